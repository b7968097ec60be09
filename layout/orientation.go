package layout

import "sort"

//go:generate go run generate_orientation.go VerticalOrientation.txt

// orientation is how a character stands in lines that go down (UAX #50,
// Vertical_Orientation).
type orientation uint8

// The values are named as in UAX #50.
const (
	voR  orientation = iota // on its side
	voU                     // upright, as in horizontal lines
	voTu                    // a form of its own, or upright
	voTr                    // a form of its own, or on its side
)

// orientationOf returns the property of r.
func orientationOf(r rune) orientation {
	switch {
	case r < 0xA7:
		return voR
	case r >= 0x3400 && r <= 0x9FFF, r >= 0xAC00 && r <= 0xD7A3: // most of all
		return voU
	}
	i := sort.Search(len(orientations), func(i int) bool { return orientations[i].hi >= r })
	if i < len(orientations) && orientations[i].lo <= r {
		return orientations[i].is
	}
	return voR
}

// orientationRange is characters in a row that stand alike.
type orientationRange struct {
	lo, hi rune
	is     orientation
}
