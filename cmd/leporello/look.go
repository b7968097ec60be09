package main

import (
	"fmt"
	"os"

	"golang.org/x/text/language"

	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/layout"
)

// look is how books look.
type look struct {
	layout layout.Options
	font   string // a font file; empty: the embedded fonts
	set    *fonts.Set
}

func newLook(b *build) (look, error) {
	var l look
	size, screen, err := layout.ParseSize(b.pageSize)
	if err != nil {
		return l, usagef("as in --page-size a5, 148x210mm, 6x8in or 1072x1448px@300", "--page-size: %w", err)
	}
	l.layout.Page, l.layout.Screen = size, screen
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

// checkLang refuses what is no language tag.
func checkLang(lang string) error {
	if lang == "" {
		return nil
	}
	if _, err := language.Parse(lang); err != nil {
		return usagef("languages are written as zh-Hans, zh-Hant, ja, ko, en", "--lang: %q is no language: %s", lang, fmt.Sprint(err))
	}
	return nil
}
