package layout

import (
	"fmt"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/layout/linebreak"
)

// Trim is which full-width marks lose their white (CSS Text 4, text-spacing-trim).
type Trim uint8

const (
	// TrimAuto is what books of the language do: marks that meet share their white, an
	// opening mark begins a line without, and a closing one ends it without in
	// mainland China and Japan.
	TrimAuto Trim = iota
	// SpaceAll leaves all marks an em wide.
	SpaceAll
	// TrimNormal trims marks that meet, and one at a line's end that has no room.
	TrimNormal
	// SpaceFirst is TrimNormal, and opening marks begin lines trimmed, but for the
	// first and those after a forced break.
	SpaceFirst
	// TrimStart is TrimNormal, and opening marks begin all lines trimmed.
	TrimStart
	// TrimBoth is TrimStart, and closing marks end all lines trimmed.
	TrimBoth
	// TrimAll trims all marks to half an em.
	TrimAll
	// TrimKaiming is TrimAuto, and trims all marks but those that end sentences.
	TrimKaiming
)

// Punctuation is one of the ways in which Chinese books set their full-width marks.
type Punctuation uint8

const (
	// Quanjiao (全角): every mark has its em, but those that meet share their white and
	// lines begin and end without: TrimAuto.
	Quanjiao Punctuation = iota
	// Banjiao (半角): every mark is half an em: TrimAll.
	Banjiao
	// Kaiming (开明): only marks that end sentences have their em: TrimKaiming.
	Kaiming
	// Plain: every mark has its em, wherever it stands: SpaceAll.
	Plain
)

func (p Punctuation) trim() Trim {
	switch p {
	case Quanjiao:
		return TrimAuto
	case Banjiao:
		return TrimAll
	case Kaiming:
		return TrimKaiming
	case Plain:
		return SpaceAll
	default:
		panic(fmt.Sprintf("layout: unknown Punctuation %d", p))
	}
}

// Autospace is where Han and Latin text are set apart by a quarter of an em (CSS Text
// 4, text-autospace). The zero value is what books do: by letters and digits, and an
// author's space there becomes that quarter.
type Autospace uint8

const (
	// AutospaceLetters sets letters apart.
	AutospaceLetters Autospace = 1 << iota
	// AutospaceDigits sets digits apart.
	AutospaceDigits
	// AutospaceReplace makes an author's space between Han and Latin the same quarter.
	AutospaceReplace
	// NoAutospace sets nothing apart.
	NoAutospace
	// AutospacePunctuation sets the marks of French apart from their words where the
	// author did not: « » and : by a quarter of an em, ; ! ? by an eighth.
	AutospacePunctuation
)

func (a Autospace) or(auto Autospace) Autospace {
	if a == 0 {
		return auto
	}
	return a
}

// Hanging is which marks may stand outside the measure (CSS Text 4,
// hanging-punctuation). The zero value is none. Full stops and commas in the middle of
// their square (traditional Chinese) do not hang, nor does one of a run of marks
// (CLREQ 3.1.7).
type Hanging uint8

const (
	// HangFirst hangs an opening mark at the begin of the paragraph.
	HangFirst Hanging = 1 << iota
	// HangLast hangs a closing mark at the end of the paragraph.
	HangLast
	// HangForceEnd hangs every full stop or comma at the end of a line.
	HangForceEnd
	// HangAllowEnd hangs one that has no room.
	HangAllowEnd
	// HangAll counts ； ： ！ ？ of simplified Chinese among the full stops and commas.
	HangAll
)

// conventions are what may be chosen of the rules; the zero value is what books of
// the language do.
type conventions struct {
	strictness linebreak.Strictness
	level      linebreak.Level
	trim       Trim
	autospace  Autospace
	hanging    Hanging
	combine    int  // in lines that go down: as in Options
	quotes     bool // the same: as CornerQuotes
	hyphenate  bool // words are parted by patterns
	firstFit   bool // lines are filled one by one
	measured   bool // lines tell their advances
}

// LineOptions say how SetLines sets a text. The zero value, with a Measure, is the
// way of books.
type LineOptions struct {
	Lang string // BCP 47; empty: unknown
	Mode WritingMode
	// Em is the size of the text. Zero: 20 points.
	Em      Length
	Measure Length // width of the lines; less than 1: one cluster a line
	Indent  Length // of the first line
	// Align is how the lines stand; AlignDefault: justified. Lines that are not
	// justified are filled one by one, as browsers do.
	Align      article.Align
	Strictness linebreak.Strictness // Auto: Strict for Japanese
	Level      linebreak.Level      // for Chinese with Auto
	Trim       Trim
	Autospace  Autospace
	Hanging    Hanging
	Hyphenate  bool // as in Options
}

// SetLine is one line as set, for those who look into what the typesetter does.
type SetLine struct {
	Text string // with the spaces at its end
	// Natural is the width before justification, Set after. What hangs is in neither,
	// nor is the indent.
	Natural, Set Length
	// Advances are the widths of the characters of Text, each with the white after
	// it. A cluster's is that of its first character, the others have none.
	Advances []Length
	// HangStart and HangEnd are how much hangs out of the measure.
	HangStart, HangEnd Length
}

// SetLines sets text as one paragraph, in lines. Characters that no face of set has are
// set as empty boxes.
func SetLines(text string, set *fonts.Set, o LineOptions) []SetLine {
	if o.Em <= 0 {
		o.Em = 20 * Pt
	}
	if o.Lang == "" {
		o.Lang = "und"
	}
	p := &paragraph{
		spans: []span{{text: text, style: textStyle{size: o.Em, lang: o.Lang}}},
		lang:  o.Lang, vertical: o.Mode == VerticalRL, measure: o.Measure, indent: o.Indent, align: o.Align,
		conventions: conventions{
			strictness: o.Strictness, level: o.Level, trim: o.Trim, autospace: o.Autospace, hanging: o.Hanging, hyphenate: o.Hyphenate,
			firstFit: o.Align != article.AlignDefault, measured: true,
		},
	}
	t := &Typesetter{set: set, name: "text", report: func(article.Issue) {}}
	p = valid(p)
	runes := []rune(p.spans[0].text)
	var lines []SetLine
	for _, l := range t.setParagraph(p) {
		lines = append(lines, SetLine{
			Text: string(runes[l.text0:l.text1]), Natural: l.natural, Set: l.width,
			Advances: l.advances, HangStart: l.hangStart, HangEnd: l.hangEnd,
		})
	}
	return lines
}

// advances are those of the characters of the boxes [b0, b1). What stands at end and
// after is without width on the line.
func (s *lineSetter) advances(b0, b1, end int) []Length {
	if b0 == b1 {
		return nil
	}
	first := s.boxes[b0].text0
	a := make([]Length, s.boxes[b1-1].text1-first)
	for i := b0; i < b1; i++ {
		if b := &s.boxes[i]; b.text0 < b.text1 {
			a[b.text0-first] += b.width()
			if i >= end && b.class == spaceClass { // it hangs: CSS Text 3, white-space-phase-2
				a[b.text0-first] = s.glyphs[b.glyph0].Advance
			}
		}
	}
	return a
}
