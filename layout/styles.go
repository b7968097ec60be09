package layout

import (
	"fmt"
	"slices"
)

// Style is a designed look of pages that has a name.
type Style struct {
	Name, About string
	Options     Options
}

// Styles are the looks that books can be asked for. Each stands on a page of its
// own size; WithPage sets it on another.
var Styles = []Style{
	{"digest", "news digest: A5, an article begins where the one before ends", Options{
		Page: Size{MM(148), MM(210)}, Body: 19 * Pt / 2, Pitch: 63 * Pt / 4, Ems: 36, Rows: 32,
		Typeface: SerifTypeface, RunOn: true, FigureHeight: 55, Hyphenate: true,
	}},
	{"book", "book: B6, wide margins, black alone, every article on a new page", Options{
		Page: Size{MM(128), MM(182)}, Body: 19 * Pt / 2, Pitch: 33 * Pt / 2, Ems: 27, Rows: 24,
		Typeface: SerifTypeface, FigureHeight: 66, Hyphenate: true, Accent: black,
	}},
	{"large", "large print: A4, 18 points, sans, for weak eyes", Options{
		Page: Size{MM(210), MM(297)}, Body: 18 * Pt, Pitch: 31 * Pt, Ems: 26, Rows: 22,
		Typeface: SansTypeface, OneSided: true,
	}},
	{"eink", "e-ink: a screen of six inches, sans, narrow margins, greys", Options{
		Page: Size{1072 * In / 300, 1448 * In / 300}, Screen: true, Body: 9 * Pt, Pitch: 59 * Pt / 4, Ems: 25, Rows: 21,
		Typeface: SansTypeface, NoHeads: true, Hyphenate: true, Accent: black,
	}},
	{"newspaper", "newspaper: A4, two columns, articles run on", Options{
		Page: Size{MM(210), MM(297)}, Body: 10 * Pt, Pitch: 16 * Pt, Ems: 48, Rows: 45,
		Columns: 2, Gap: 2, ColumnRule: true, Typeface: SerifTypeface, RunOn: true, FigureHeight: 45, Hyphenate: true,
	}},
}

// black as an accent: the zero Color stands for the cinnabar.
const black Color = 0x1A1A1A

// FindStyle returns the style of a name.
func FindStyle(name string) (Style, bool) {
	i := slices.IndexFunc(Styles, func(s Style) bool { return s.Name == name })
	if i < 0 {
		return Style{}, false
	}
	return Styles[i], true
}

// WithPage returns o for another page: the type area and the margins follow from
// the page, and so does the body unless o is for the same kind of page.
func (o Options) WithPage(page Size, screen bool) Options {
	if o.Screen != screen {
		o.Body, o.Pitch = 0, 0
	}
	o.Page, o.Screen = page, screen
	o.Ems, o.Rows, o.Margins = 0, 0, Margins{}
	return o
}

// WithMode returns o with lines that run in a mode: the type area and the margins
// follow from the page where they were made for another.
func (o Options) WithMode(m WritingMode) Options {
	if o.Mode != m {
		o.Mode, o.Ems, o.Rows, o.Margins = m, 0, 0, Margins{}
	}
	return o
}

// MarshalText writes l in points, "10.5pt".
func (l Length) MarshalText() ([]byte, error) { return []byte(l.String() + "pt"), nil }

// MarshalText writes c as "#A6342A", and nothing for the zero value.
func (c Color) MarshalText() ([]byte, error) {
	if c == 0 {
		return nil, nil
	}
	return fmt.Appendf(nil, "#%06X", uint32(c)), nil
}

// MarshalText writes "auto", "serif" or "sans".
func (t Typeface) MarshalText() ([]byte, error) {
	return []byte([...]string{AutoTypeface: "auto", SerifTypeface: "serif", SansTypeface: "sans"}[t]), nil
}

// MarshalText writes "auto" or "none".
func (r IndentRule) MarshalText() ([]byte, error) {
	return []byte([...]string{AutoIndent: "auto", NoIndent: "none"}[r]), nil
}

// MarshalText writes "fit", "slice" or "turn".
func (l LongPictures) MarshalText() ([]byte, error) {
	return []byte([...]string{FitLong: "fit", SliceLong: "slice", TurnLong: "turn"}[l]), nil
}
