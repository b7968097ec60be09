package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/text/language"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/raster"
	"github.com/leporello-press/leporello/layout"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/media/device"
	"github.com/leporello-press/leporello/press"
)

// look is how books look.
type look struct {
	layout layout.Options
	font   string // a font file; empty: the embedded fonts
	set    *fonts.Set
	screen *device.Device // that covers are to fill; nil: any
}

func newLook(b *build) (look, error) {
	var l look
	var err error
	page, style := b.pageSize, b.style
	if d := b.device; d != nil {
		if d.Screen() {
			l.screen = d
		}
		if page == "" && style == "" {
			page = d.PageSize()
		}
		if style == "" && d.Greys > 0 {
			style = "eink"
		}
	}
	if style != "" {
		style, err := findStyle(style)
		if err != nil {
			return l, err
		}
		l.layout = style.Options
	}
	if page != "" {
		size, screen, err := layout.ParseSize(page)
		if err != nil {
			return l, usagef("as in --page-size a5, 148x210mm, 6x8in or 1072x1448px@300", "--page-size: %w", err)
		}
		l.layout = l.layout.WithPage(size, screen)
		if style != b.style {
			l.layout.Body, l.layout.Pitch = 0, 0 // larger screens have larger type
		}
	}
	if b.fontSize != "" {
		if l.layout.Body, err = layout.ParseLength(b.fontSize); err != nil || l.layout.Body < 4*layout.Pt || l.layout.Body > 144*layout.Pt {
			return l, usagef("between 4pt and 144pt, as in --font-size 10.5pt", "--font-size: %q is no size of type", b.fontSize)
		}
		l.layout.Pitch, l.layout.Ems, l.layout.Rows = 0, 0, 0
	}
	switch b.columns {
	case 0:
	case 1, 2:
		l.layout.Columns, l.layout.Ems = b.columns, 0
	default:
		return l, usagef("it is 1 or 2", "--columns: %d", b.columns)
	}
	l.layout.RunOn = l.layout.RunOn || b.runOn
	l.layout.OffGrid = l.layout.OffGrid || b.offGrid
	l.layout.Wrap = l.layout.Wrap || b.wrap
	if b.fitting.tall == "turn" {
		l.layout.Long = layout.TurnLong
	}
	l.layout.EmphasisDots = b.dots
	l.layout.Hyphenate = l.layout.Hyphenate || b.hyphens
	if l.layout.Punctuation, err = choose("punctuation", b.punct, punctuations); err != nil {
		return l, err
	}
	mode, err := choose("writing-mode", b.mode, modes)
	if err != nil {
		return l, err
	}
	l.layout = l.layout.WithMode(mode)
	if b.combine < 1 || b.combine > 4 {
		return l, usagef("", "--combine-digits: %d is not between 1 and 4", b.combine)
	}
	l.layout.Combine, l.layout.CornerQuotes = b.combine, b.corners
	if l.layout.Level, err = choose("clreq-level", b.level, levels); err != nil {
		return l, err
	}
	if l.layout.Hanging, err = combine("hanging-punctuation", b.hanging, hangings); err != nil {
		return l, err
	}
	switch b.font {
	case "":
	case "serif":
		l.layout.Typeface = layout.SerifTypeface
	case "sans":
		l.layout.Typeface = layout.SansTypeface
	default:
		if _, err := os.Stat(b.font); err != nil {
			return l, usagef("name serif, sans or a TrueType or OpenType file", "--font: %q is no file", b.font)
		}
		l.font = b.font
	}
	return l, nil
}

// fonts returns the faces that text is set in. A file is read once, when it is
// first needed.
func (l *look) fonts() (*fonts.Set, error) {
	if l.set != nil {
		return l.set, nil
	}
	l.set = fonts.Embedded()
	if l.font == "" {
		return l.set, l.set.Err()
	}
	face, err := fonts.Load(l.font, 0)
	if err != nil {
		return nil, usagef("", "--font: %s: %w", l.font, err)
	}
	if err := face.Embeddable(); err != nil {
		return nil, usagef("", "--font: %s: %w", l.font, err)
	}
	l.set = l.set.With(face)
	return l.set, nil
}

// Covers are laid out on a page of 6 by 8 inches and drawn about as wide as the
// screens of e-readers are. Drawing and packing one takes most of the time that
// a short book needs, so that more pixels would cost more than they show.
// Those for a device fill its screen.
const (
	coverPage     = "6x8in"
	coverWidth    = 1008
	maxCoverWidth = 1600
)

// cover returns a function that draws the cover picture and puts it into store.
func (l *look) cover(store *media.Dir) func(context.Context, press.Cover) (string, error) {
	return func(ctx context.Context, c press.Cover) (string, error) {
		set, err := l.fonts()
		if err != nil {
			return "", err
		}
		o := l.layout
		page, width := coverPage, coverWidth
		if d := l.screen; d != nil {
			page, width = d.PageSize(), min(d.Width, maxCoverWidth)
		}
		if o.Page, _, err = layout.ParseSize(page); err != nil {
			return "", err
		}
		o.Screen = true
		o.Title, o.Lang = c.Book.Title, c.Book.Lang
		t, err := layout.New(o, set, store, func(article.Issue) {})
		if err != nil {
			return "", err
		}
		var drawn *layout.Page
		err = t.Cover(layout.CoverText{
			Title: c.Book.CoverTitle(), Subtitle: c.Book.Subtitle, Lang: c.Book.Lang, Dates: c.Book.Dates(),
			Articles: c.Book.Articles, Volume: c.Book.Volume, Volumes: c.Book.Volumes,
			Headlines: c.Book.Headlines, Pictures: c.Pictures,
		}, func(p *layout.Page) error { drawn = p; return nil })
		if err != nil {
			return "", err
		}
		if drawn == nil {
			return "", errors.New("the cover has no page")
		}
		img, err := raster.Draw(drawn, width, store)
		if err != nil {
			return "", err
		}
		b, err := raster.Encode(img)
		if err != nil {
			return "", err
		}
		a, err := store.Put(bytes.NewReader(b))
		return a.Key, err
	}
}

// checkLang refuses a value of flag that is no language tag.
func checkLang(flag, lang string) error {
	if lang == "" {
		return nil
	}
	if _, err := language.Parse(lang); err != nil {
		return usagef("languages are written as zh-Hans, zh-Hant, ja, ko, en", "%s: %q is no language: %s", flag, lang, fmt.Sprint(err))
	}
	return nil
}
