package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/spf13/pflag"
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
	// fonts returns the faces that text is set in. A file is read once, when it is first
	// needed.
	fonts  func() (*fonts.Set, error)
	screen *device.Device // that covers are to fill; nil: any
}

// edition are the flags that say how one output looks: what it is read on, and how
// it is set.
type edition struct {
	fitting
	style, pageSize, font, fontSize string
	mode, level, hanging, punct     string
	columns, combine                int
	runOn, wrap, offGrid            bool
	corners, dots, hyphens          bool

	look look // made by resolve
}

func (b *edition) flags(f *pflag.FlagSet) {
	b.fitting.flags(f)
	f.StringVar(&b.pageSize, "page-size", "", "pages of PDF: a4, a5, a6, b5, b6, letter, 148x210mm, 6x8in, 1072x1448px@300 (default: that of the style, else the screen of the device, else a5)")
	f.StringVar(&b.style, "style", "", "look of PDF: digest, book, large, eink or newspaper; leporello styles tells more")
	f.StringVar(&b.fontSize, "font-size", "", "of running text in PDF, as 10.5pt")
	f.IntVar(&b.columns, "columns", 0, "columns of text on pages of PDF, 1 or 2 (default: those of the style, else 1)")
	f.BoolVar(&b.runOn, "run-on", false, "begin articles where the one before ended in PDF, instead of on a new page")
	f.StringVar(&b.font, "font", "", "type of running text in PDF: serif, sans or a font file (default: serif, sans on screens)")
	modeFlag(f, &b.mode)
	f.IntVar(&b.combine, "combine-digits", 2, "how many digits of a number stand side by side in vertical lines of PDF, 1 to 4; longer numbers lie on their side")
	f.BoolVar(&b.corners, "corner-quotes", false, "draw “ and ” as corner brackets in vertical lines of PDF; the text stays")
	f.BoolVar(&b.offGrid, "off-grid", false, "let lines of PDF stand off the baseline grid; white is then shared out evenly")
	f.BoolVar(&b.wrap, "wrap-pictures", false, "set small pictures beside the text in PDF")
	levelFlag(f, &b.level)
	hangingFlag(f, &b.hanging)
	f.StringVar(&b.punct, "punctuation", "quanjiao", "full-width marks in PDF: quanjiao (an em, less where they meet), banjiao (half an em), kaiming (half but for 。！？), plain (an em)")
	f.BoolVar(&b.hyphens, "hyphenate", false, "part words in letters by hyphens at the ends of the lines of PDF")
	f.BoolVar(&b.dots, "emphasis-dots", false, "mark emphasis in Chinese, Japanese and Korean by dots in PDF; else another design marks it")
	oneOf(f, "style", styleNames()...)
	oneOf(f, "punctuation", namesOf(punctuations)...)
	oneOf(f, "font", "serif", "sans")
	isPath(f, "font")
}

func (b *edition) resolve() (err error) {
	if err = b.fitting.resolve(); err == nil {
		b.look, err = newLook(b)
	}
	return err
}

// output returns an output in a format, without its path.
func (b *edition) output(f *format) (press.Output, error) {
	x, err := f.exporter(&b.look)
	o := press.Output{Format: f.name, Exporter: x, MaxBytes: b.maxBytes}
	o.Pictures, o.Slice = b.fitting.pictures(*f.pictures)
	return o, err
}

func newLook(b *edition) (look, error) {
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
	file := ""
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
		file = b.font
	}
	l.fonts = sync.OnceValues(func() (*fonts.Set, error) { return loadFonts(file) })
	return l, nil
}

// loadFonts returns the faces that text is set in: those of a file before the
// embedded ones, or only these, where no file is named.
func loadFonts(file string) (*fonts.Set, error) {
	set := fonts.Embedded()
	if file == "" {
		return set, set.Err()
	}
	face, err := fonts.Load(file, 0)
	if err != nil {
		return nil, usagef("", "--font: %s: %w", file, err)
	}
	if err := face.Embeddable(); err != nil {
		return nil, usagef("", "--font: %s: %w", file, err)
	}
	return set.With(face), nil
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
