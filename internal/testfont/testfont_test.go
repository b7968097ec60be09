package testfont

import "testing"

func TestAdvances(t *testing.T) {
	for _, c := range []struct {
		text string
		want int // font units; -1: missing
	}{
		{"字", 1000}, {"𠮷", 1000}, {"あ", 1000}, {"한", 1000}, {"，", 1000}, {"「", 1000}, {"“", 1000},
		{"　", 1000}, {"😀", 1000}, {"⸺", 2000},
		{"a", 500}, {"7", 500}, {"%", 500}, {" ", 500}, {"é", 500}, {"Ω", 500}, {"я", 500},
		{"\u0301", 0}, {"\u3099", 0},
		{"\uE000", -1}, {"\U00020200", -1},
	} {
		r := []rune(c.text)[0]
		g, ok := Face().Glyph(r)
		if !ok {
			if c.want >= 0 {
				t.Errorf("%q is missing", c.text)
			}
			continue
		}
		if got := Face().Advance(g); got != c.want {
			t.Errorf("%q: advance %d, want %d", c.text, got, c.want)
		}
	}
}
