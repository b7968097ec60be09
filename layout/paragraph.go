package layout

import (
	"strings"
	"unicode/utf8"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/harfbuzz"
	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/layout/linebreak"
)

// lineSetter is what the setting of paragraphs keeps from one to the next:
// glyphs already looked up, and buffers. The zero value is ready to use.
type lineSetter struct {
	set   *fonts.Set
	issue func(article.Issue)

	shapers    map[*fonts.Face]*shaper
	tables     map[tableKey]*runeTable
	runsByText map[runKey]shapedRun
	lastKey    tableKey
	last       *runeTable
	buffer     *harfbuzz.Buffer
	breaker    linebreak.Breaker
	bidi       bidi.Paragraph
	name       string // of the article that missing is about
	missing    map[rune]bool
	features   [numFeatures][]harfbuzz.Feature

	// Of the paragraph being set:
	p      *paragraph
	region region
	text   string
	runes  []rune
	off    []int32 // byte offset in text of each rune, and its length
	first  []int32 // first rune of each span, and the number of runes
	opp    []linebreak.Opportunity
	wide   []bool
	levels []uint8 // embedding levels; empty: all 0
	shown  []rune  // what is drawn: runes, with other quotation marks where that is asked for
	joined []uint8 // how many characters are combined from each on; empty: none
	rtl    bool    // base direction
	glyphs []Glyph // with Text0 and Text1 not yet set
	boxes  []box
	sums   []sums // before each box, and of all
	cands  []candidate
	order  []int32
	points []int // of a word, where it may be parted
	// pressure is what a line costs, in demerits; worst the badness of the worst line
	// of a paragraph that was loosened.
	pressure, worst int64
	ruby            []reading
	words           []rubyWord
	pairs           []pair
}

// setParagraph breaks p into lines and justifies them.
//
// The ascent and descent of a line are those of the em boxes on it (0.88 and 0.12
// em), of objects, and of readings: a line with ruby ascends half an em more,
// which the space between lines can hold where it is that wide.
func (t *Typesetter) setParagraph(p *paragraph) []line {
	s := &t.lines
	s.set, s.issue = t.set, t.issue
	if p.level == linebreak.RegionLevel {
		p.level = t.o.Level
	}
	if p.trim == TrimAuto {
		p.trim = t.o.Punctuation.trim()
	}
	if !p.ragged && !p.verbatim {
		p.hanging |= t.o.Hanging
		p.hyphenate = p.hyphenate || t.o.Hyphenate
	}
	if p.combine == 0 {
		p.combine = t.o.Combine
	}
	p.quotes = p.quotes || t.o.CornerQuotes
	if s.name != t.name || s.missing == nil {
		s.name, s.missing = t.name, map[rune]bool{}
	}
	return s.paragraph(p)
}

// maxPiece is how many bytes of text are set at once, so that memory is bounded. A longer
// paragraph, which no person wrote, is set in pieces; the last line of each is not stretched.
const maxPiece = 1 << 17

func (s *lineSetter) paragraph(p *paragraph) []line {
	p = valid(p)
	size := 0
	for i := range p.spans {
		size += len(p.spans[i].text)
	}
	if size <= maxPiece {
		return s.piece(p, false)
	}
	var lines []line
	done := 0 // runes
	for rest := p; rest != nil; {
		var q *paragraph
		q, rest = divide(rest)
		set := s.piece(q, rest != nil)
		for i := range set {
			set[i].text0 += done
			set[i].text1 += done
		}
		lines = append(lines, set...)
		for i := range q.spans {
			done += utf8.RuneCountInString(q.spans[i].text)
		}
	}
	return lines
}

// divide cuts a long paragraph after the last line end, sentence or space that is
// within maxPiece; rest is nil where nothing is left.
func divide(p *paragraph) (first, rest *paragraph) {
	size := 0
	for i := range p.spans {
		sp := &p.spans[i]
		if size+len(sp.text) <= maxPiece {
			size += len(sp.text)
			continue
		}
		at := 0
		if sp.object == nil && sp.ruby == "" {
			text := sp.text[:maxPiece-size]
			ends := "\n"
			if !p.verbatim {
				ends = "\n。！？ "
			}
			if at = strings.LastIndexAny(text, ends); at >= 0 {
				_, n := utf8.DecodeRuneInString(text[at:])
				at += n
			} else {
				for at = len(text); at > 0 && !utf8.RuneStart(sp.text[at]); at-- {
				}
			}
		}
		if i == 0 && at == 0 { // an object or reading that large: as it is
			at = len(sp.text)
		}
		a, b := *p, *p
		a.spans, b.spans = append([]span(nil), p.spans[:i]...), append([]span(nil), p.spans[i:]...)
		if at > 0 {
			head := *sp
			head.text, head.forced = sp.text[:at], sp.forced && at == len(sp.text)
			a.spans = append(a.spans, head)
			b.spans[0].text = sp.text[at:]
			if at == len(sp.text) {
				b.spans = b.spans[1:]
			}
		}
		b.indent = 0
		a.hanging &^= HangLast
		b.hanging &^= HangFirst
		if len(b.spans) == 0 {
			return &a, nil
		}
		return &a, &b
	}
	return p, nil
}

// piece sets a paragraph at once; more: its text goes on.
func (s *lineSetter) piece(p *paragraph, more bool) []line {
	s.load(p)
	s.shapeAll()
	if p.verbatim {
		s.expandTabs()
	} else {
		s.space()
	}
	if p.hyphenate {
		s.hyphenate()
	}
	s.setRuby()
	s.setPairs()
	s.sum()
	var lines []line
	for b0 := 0; b0 < len(s.boxes); {
		b1 := b0 + 1
		for b1 < len(s.boxes) && !s.boxes[b1-1].ends {
			b1++
		}
		lines = s.segment(lines, b0, b1)
		b0 = b1
	}
	if n := len(s.boxes); p.verbatim && !more && (n == 0 || s.boxes[n-1].ends) {
		lines = append(lines, s.compose(n, n, n, 0)) // code that ends in an empty line
	}
	s.p = nil
	return lines
}

// load joins the spans and finds what is true of the text before it has a shape.
func (s *lineSetter) load(p *paragraph) {
	s.p = p
	s.region = regionOf(p.lang)
	s.text = ""
	if len(p.spans) == 1 {
		s.text = p.spans[0].text
	} else {
		var b strings.Builder
		for i := range p.spans {
			b.WriteString(p.spans[i].text)
		}
		s.text = b.String()
	}
	s.runes, s.off, s.first = s.runes[:0], s.off[:0], s.first[:0]
	span, end := 0, 0
	rtl, cjk := false, false
	if len(p.spans) > 0 {
		end = len(p.spans[0].text)
		s.first = append(s.first, 0)
	}
	for i, r := range s.text {
		for i >= end && span+1 < len(p.spans) {
			span++
			end += len(p.spans[span].text)
			s.first = append(s.first, int32(len(s.runes)))
		}
		s.runes = append(s.runes, r)
		s.off = append(s.off, int32(i))
		rtl = rtl || r >= 0x590 && isRTL(r)
		cjk = cjk || r >= 0xB7
	}
	for len(s.first) <= len(p.spans) {
		s.first = append(s.first, int32(len(s.runes)))
	}
	s.off = append(s.off, int32(len(s.text)))

	o := linebreak.Options{Lang: p.lang, Strictness: p.strictness, Level: p.level}
	switch s.region {
	case japan: // books: no small kana at the begin of a line (JLREQ 3.1.7)
		if o.Strictness == linebreak.Auto {
			o.Strictness = linebreak.Strict
		}
	case korea: // words are not parted (KLREQ)
		o.WordBreak = linebreak.KeepAll
	}
	s.opp = s.breaker.Breaks(s.runes, o, s.opp)
	s.wide = s.wide[:0]
	if cjk {
		s.wide = linebreak.Wide(s.runes, p.lang, s.wide)
	}
	s.direction(rtl)
	s.join()
}

// valid returns p, or a copy whose text is UTF-8, with U+FFFD for what is not.
func valid(p *paragraph) *paragraph {
	for i := range p.spans {
		if utf8.ValidString(p.spans[i].text) {
			continue
		}
		c := *p
		c.spans = append([]span(nil), p.spans...)
		for j := range c.spans {
			c.spans[j].text = strings.ToValidUTF8(c.spans[j].text, "\uFFFD")
		}
		return &c
	}
	return p
}

// A box is a cluster: what is shaped together and never parted. Its width on a
// line is w + l + r + gap.
type box struct {
	text0, text1   int32 // runes
	glyph0, glyph1 int32 // of lineSetter.glyphs, in visual order
	span           int32
	shaper         *shaper

	w    Length // what cannot be adjusted
	l, r Length // adjustable space of full-width punctuation
	gap  Length // adjustable space after: of a space, between Han and Latin
	// l0 is the l that the glyph was drawn with, lead and trail what a reading adds
	// to w on either side.
	l0, lead, trail Length
	rise            Length // of the baseline, beside that of the style
	gapMin          Length // gap shrinks to it
	gapMax          Length // gap stretches to it before others do

	kind       kind
	class      class
	step, gaps step // at which l and r, and gap, shrink
	level      uint8
	breaks     bool // a line may end after the box
	ends       bool // a line must
	cluster    bool // a grapheme cluster ends after the box
	stretches  bool // white may be added after the box
	letter     bool // counts as a character on the last line
	hyphen     bool // a soft hyphen
	parts      bool // a line may end after the box with a hyphen
	hyphenated bool // it does: the last glyph is the hyphen
	slant      bool
	stands     bool   // upright in a line that goes down; others lie on their side
	size       Length // of its glyphs, where not that of the span
}

// kind is what a box is.
type kind uint8

const (
	ink     kind = iota
	blank        // a space: nothing at the ends of a line
	control      // a line end or another character without width
	inline       // an object
)

// width is that of the box within a line.
func (b *box) width() Length { return b.w + b.l + b.r + b.gap }

// step is the order in which spaces shrink (CLREQ 3.6.3, JLREQ 3.8.3).
type step uint8

const (
	never   step = iota
	endStep      // the mark at the end of the line
	wordStep
	interpunctStep
	bracketStep
	commaStep
	autospaceStep
	stopStep
	numSteps
)

// sums are totals over the boxes before one.
type sums struct {
	natural Length
	shrink  [numSteps]Length
	all     Length // of shrink
	stretch Length // to gapMax
	gaps    int32  // that white may be added to
	letters int32
}

func (s *lineSetter) sum() {
	s.sums = append(s.sums[:0], sums{})
	var t sums
	for i := range s.boxes {
		b := &s.boxes[i]
		t.natural += b.width()
		t.shrink[b.step] += b.l + b.r
		if b.step != never {
			t.all += b.l + b.r
		}
		if b.gap != 0 || b.gapMax != 0 {
			t.shrink[b.gaps] += b.gap - b.gapMin
			t.all += b.gap - b.gapMin
			t.stretch += b.gapMax - b.gap
		}
		if b.stretches {
			t.gaps++
		}
		if b.letter {
			t.letters++
		}
		s.sums = append(s.sums, t)
	}
}

// expandTabs sets tabs to the next of every four columns of half an em.
func (s *lineSetter) expandTabs() {
	x := Length(0)
	for i := range s.boxes {
		b := &s.boxes[i]
		if b.ends {
			x = 0
			continue
		}
		if b.text0 < b.text1 {
			switch s.runes[b.text0] {
			case '\t':
				stop := max(2*s.p.spans[b.span].style.size, 1)
				b.w = stop - x%stop
			case ' ':
				if !s.marked(b) {
					b.kind = blank
				}
			}
		}
		x += b.w
	}
}
