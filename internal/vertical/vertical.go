// Package vertical knows how characters stand in lines that go down the page: which are
// upright (UAX #50), and which few of those that lie on their side are combined
// into one upright em. It draws nothing.
package vertical

import (
	"sort"
	"strings"
	"unicode"
)

//go:generate go run generate.go VerticalOrientation.txt

// Orientation is the property Vertical_Orientation.
type Orientation uint8

// The values are named as in UAX #50.
const (
	R  Orientation = iota // on its side
	U                     // upright, as in horizontal lines
	Tu                    // a form of its own, or upright
	Tr                    // a form of its own, or on its side
)

// Of returns the property of r.
func Of(r rune) Orientation {
	switch {
	case r < 0xA7:
		return R
	case r >= 0x3400 && r <= 0x9FFF, r >= 0xAC00 && r <= 0xD7A3: // most of all
		return U
	}
	i := sort.Search(len(ranges), func(i int) bool { return ranges[i].hi >= r })
	if i < len(ranges) && ranges[i].lo <= r {
		return ranges[i].is
	}
	return R
}

// oriented is characters in a row that have the same value.
type oriented struct {
	lo, hi rune
	is     Orientation
}

// Combine calls yield for each part [from, to) of text that is set upright in one em
// (tate-chu-yoko, JLREQ 3.2.5): numbers of up to digits figures, two or three
// exclamation and question marks, and a single letter, figure or mark, if nothing
// else that lies on its side is beside it. Where not nil, wide says of a character by its
// index that it is full width and counts with what stands.
func Combine(text []rune, digits int, wide func(i int) bool, yield func(from, to int)) {
	lies := func(i int) bool {
		r := text[i]
		return r >= ' ' && (r < 0x2000 || unicode.IsLetter(r)) && (wide == nil || !wide(i)) && Of(r) == R
	}
	for i := 0; i < len(text); i++ {
		if !lies(i) {
			continue
		}
		from := i
		for i+1 < len(text) && lies(i+1) {
			i++
		}
		to := i + 1
		for from < to && text[from] == ' ' {
			from++
		}
		for from < to && text[to-1] == ' ' {
			to--
		}
		if from < to && combines(text[from:to], digits) {
			yield(from, to)
		}
	}
}

func combines(text []rune, digits int) bool {
	only := func(set string) bool { return strings.Trim(string(text), set) == "" }
	switch n := len(text); {
	case n == 1 && text[0] < 0x80:
		return only("0123456789!?") || unicode.IsLetter(text[0])
	case n <= digits && only("0123456789"):
		return true
	default:
		return n <= 3 && only("!?")
	}
}
