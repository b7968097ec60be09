package layout

import (
	"math/bits"

	"github.com/leporello-press/leporello/article"
)

// alignment is how the lines of a paragraph stand in the measure.
type alignment uint8

const (
	justified alignment = iota
	alignStart
	alignCenter
	alignEnd
)

func (s *lineSetter) ragged() alignment {
	switch s.p.align {
	case article.AlignStart:
		return alignStart
	case article.AlignCenter:
		return alignCenter
	case article.AlignEnd:
		return alignEnd
	}
	if s.p.ragged || s.p.balanced || s.p.verbatim {
		return alignStart
	}
	return justified
}

// setLine justifies the line between two candidates and places it.
func (s *lineSetter) setLine(from, to *candidate, measure, indent Length, last bool) line {
	b0, b1 := int(from.begin), int(to.end)
	b1 = max(b1, b0)
	for i := int(from.box); i < b0; i++ {
		s.boxes[i].vanish()
	}
	for i := b1; i < int(to.box); i++ {
		s.boxes[i].vanish()
	}
	if len(s.words) > 0 {
		s.fitRuby(b0, b1)
	}
	if len(s.pairs) > 0 && b0 < b1 { // a line of spaces is empty
		s.fitPairs(b0, b1, measure-indent)
	}
	natural := Length(0)
	hyphen := false
	if b0 < b1 {
		if b := &s.boxes[b0]; b.class == openerClass && s.trimsStart(from.first) {
			b.l = 0
		}
		b := &s.boxes[b1-1]
		b.gap, b.gapMin, b.gapMax = 0, 0, 0
		if b.class == closerClass && b.r != 0 {
			if s.trimsEnd() {
				b.r = 0
			} else if b.step != never {
				b.step = endStep
			}
		}
		if hyphen = (b.hyphen || b.parts) && !last; hyphen {
			b.w += s.hyphenWidth(b)
			if b.parts { // one more glyph of its last letter
				g0 := int32(len(s.glyphs))
				s.glyphs = append(append(s.glyphs, s.glyphs[b.glyph0:b.glyph1]...), Glyph{})
				b.glyph0, b.glyph1, b.hyphenated = g0, int32(len(s.glyphs)), true
			}
			s.glyphs[b.glyph1-1].ID = b.shaper.hyphen
		}
	}
	for i := b0; i < b1; i++ {
		natural += s.boxes[i].width()
	}
	hangStart, hangEnd := from.hangStart, to.hangEnd
	natural -= hangStart + hangEnd
	if to.gives > 0 && natural > measure-indent {
		natural -= to.gives
		if to.givesMark {
			hangEnd = to.gives
		} else {
			s.boxes[b1-1].r = 0
		}
	}
	if hangStart > 0 { // their white is outside
		s.boxes[b0].step = never
	}
	if hangEnd > 0 {
		s.boxes[b1-1].step = never
	}
	width := natural
	slack := measure - indent - natural
	if s.ragged() == justified {
		switch {
		case slack < 0:
			width -= s.shrink(b0, b1, -slack)
		case slack > 0 && !last:
			width += s.stretch(b0, b1, slack)
		}
	}
	x := s.offset(indent, measure, width)
	if s.rtl {
		x -= hangEnd
	} else {
		x -= hangStart
	}
	l := s.compose(int(from.box), int(to.box), b1, x)
	l.width, l.natural, l.hyphen = width, natural, hyphen
	l.hangStart, l.hangEnd = hangStart, hangEnd
	if s.p.measured {
		l.advances = s.advances(int(from.box), int(to.box), b1)
	}
	return l
}

// offset is where a line of a width begins, from the left end of the measure.
func (s *lineSetter) offset(indent, measure, width Length) Length {
	a := s.ragged()
	switch {
	case a == alignCenter:
		return max((measure-width)/2, 0)
	case a == alignEnd && !s.rtl, a != alignEnd && s.rtl:
		return max(measure-indent-width, 0)
	}
	return indent
}

// vanish takes the width of a space at the end of a line.
func (b *box) vanish() { b.w, b.l, b.r, b.gap = 0, 0, 0, 0 }

// shrink takes up to need from the spaces of the boxes [b0, b1), step by step, and
// within a step from all in proportion. It returns what it took.
func (s *lineSetter) shrink(b0, b1 int, need Length) Length {
	taken := Length(0)
	for st := endStep; st < numSteps && need > 0; st++ {
		have := Length(0)
		for i := b0; i < b1; i++ {
			have += s.boxes[i].has(st)
		}
		if have <= 0 {
			continue
		}
		use := min(need, have)
		need -= use
		taken += use
		var sum, done Length
		for i := b0; i < b1; i++ {
			b := &s.boxes[i]
			n := b.has(st)
			if n == 0 {
				continue
			}
			sum += n
			cut := mulDiv(use, sum, have) - done
			done += cut
			if b.gaps == st {
				g := min(cut, b.gap-b.gapMin)
				b.gap -= g
				cut -= g
			}
			if b.step == st {
				l := mulDiv(cut, b.l, max(b.l+b.r, 1))
				b.r -= cut - l
				b.l -= l
			}
		}
	}
	return taken
}

// has is how much the box gives at a step.
func (b *box) has(st step) Length {
	n := Length(0)
	if b.step == st {
		n += b.l + b.r
	}
	if b.gaps == st {
		n += b.gap - b.gapMin
	}
	return n
}

// looseLimit is the white in ems that may be added to each gap of a line; a line
// that would need more is left short: it has a word or address that cannot be
// broken, and holes would look worse.
const looseLimit = 1

// stretch adds slack to the boxes [b0, b1): first to the spaces between words up to
// their limit, then to those between Han and Latin, then to all gaps alike. It
// returns what it added: slack, or nothing.
func (s *lineSetter) stretch(b0, b1 int, slack Length) Length {
	var have [numSteps]Length
	gaps := Length(0)
	for i := b0; i < b1-1; i++ {
		b := &s.boxes[i]
		have[b.gaps] += b.gapMax - b.gap
		if b.stretches {
			gaps++
		}
	}
	rest := slack - have[wordStep] - have[autospaceStep]
	if rest > 0 && (gaps == 0 || rest/gaps > looseLimit*s.em()) {
		return 0
	}
	left := slack
	for _, st := range []step{wordStep, autospaceStep} {
		use := min(left, have[st])
		if use <= 0 {
			continue
		}
		left -= use
		var sum, done Length
		for i := b0; i < b1-1; i++ {
			b := &s.boxes[i]
			if b.gaps != st {
				continue
			}
			sum += b.gapMax - b.gap
			n := mulDiv(use, sum, have[st]) - done
			done += n
			b.gap += n
		}
	}
	if left > 0 {
		n, done := Length(0), Length(0)
		for i := b0; i < b1-1; i++ {
			if b := &s.boxes[i]; b.stretches {
				n++
				part := mulDiv(left, n, gaps) - done
				done += part
				b.gap += part
			}
		}
	}
	return slack
}

// mulDiv is a·b/c for non-negative numbers, without overflow, rounded down.
func mulDiv(a, b, c Length) Length {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, _ := bits.Div64(hi, lo, uint64(c))
	return Length(q)
}
