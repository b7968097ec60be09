package layout

import (
	"reflect"
	"unicode"

	"github.com/go-text/typesetting/bidi"

	"github.com/leporello-press/leporello/internal/words"
)

// isRTL: the character belongs to a script written from right to left, or asks for it.
func isRTL(r rune) bool {
	return r >= 0x590 && r <= 0x8FF || r == 0x200F || r == 0x202B || r == 0x202E || r == 0x2067 ||
		r >= 0xFB1D && r <= 0xFDFF || r >= 0xFE70 && r <= 0xFEFC || r >= 0x10800 && r <= 0x10FFF || r >= 0x1E800 && r <= 0x1EFFF
}

// direction finds the base direction of the paragraph and the embedding levels
// of its characters (UAX #9). Most paragraphs have none.
func (s *lineSetter) direction(some bool) {
	s.levels = s.levels[:0]
	s.rtl = words.RightToLeft(s.p.lang) && !s.p.verbatim // code runs to the right
	if !some && !s.rtl {
		return
	}
	if !s.rtl && !s.p.verbatim {
		for _, r := range s.runes { // rules P2 and P3
			if isRTL(r) && unicode.IsLetter(r) {
				s.rtl = true
				break
			}
			if unicode.IsLetter(r) {
				break
			}
		}
	}
	base, direction := uint8(0), bidi.LeftToRight
	if s.rtl {
		base, direction = 1, bidi.RightToLeft
	}
	for rest := s.runes; len(rest) > 0; rest = s.runes[len(s.levels):] {
		runs := s.bidi.Segment(rest, direction)
		// The levels are not exported, and runs come joined where their levels are both even or
		// both odd, which loses what is nested. A test would miss the field.
		levels := reflect.ValueOf(runs).FieldByName("levels")
		for i := range levels.Len() {
			s.levels = append(s.levels, uint8(levels.Index(i).Int()))
		}
		if levels.Len() < len(rest) { // the paragraph separator that it stops at
			s.levels = append(s.levels, base)
		}
	}
}

func (s *lineSetter) level(i int) uint8 {
	if i < len(s.levels) {
		return s.levels[i]
	}
	return 0
}

// visual returns the boxes [b0, b1) from left to right (UAX #9 L1, L2).
func (s *lineSetter) visual(b0, b1 int) []int32 {
	s.order = s.order[:0]
	for i := b0; i < b1; i++ {
		s.order = append(s.order, int32(i))
	}
	if len(s.levels) == 0 {
		return s.order
	}
	base := uint8(0)
	if s.rtl {
		base = 1
	}
	for i := b1 - 1; i >= b0 && s.boxes[i].kind != ink && s.boxes[i].kind != inline; i-- {
		s.boxes[i].level = base
	}
	low, high := uint8(255), uint8(0)
	for i := b0; i < b1; i++ {
		low, high = min(low, s.boxes[i].level), max(high, s.boxes[i].level)
	}
	for level := high; level >= low|1; level-- { // down to the lowest odd one
		for i := 0; i < len(s.order); {
			j := i
			for j < len(s.order) && s.boxes[s.order[j]].level >= level {
				j++
			}
			for l, r := i, j-1; l < r; l, r = l+1, r-1 {
				s.order[l], s.order[r] = s.order[r], s.order[l]
			}
			i = max(j, i+1)
		}
	}
	return s.order
}
