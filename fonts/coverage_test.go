package fonts

import (
	"crypto/sha256"
	"fmt"
	"testing"
)

// TestCoverage: what one face lacks another has, whatever the family and weight that is
// asked for, and no character is lost when faces are made anew.
func TestCoverage(t *testing.T) {
	slotFaces(t)
	s := Embedded()
	h := sha256.New()
	n := 0
	for r := rune(0); r < 0x33000; r++ { // no characters yet beyond
		_, set := s.Face(r, Request{Lang: "zh"})
		for _, family := range []Family{Serif, Sans, Mono} {
			for _, bold := range []bool{false, true} {
				f, ok := s.Face(r, Request{Lang: "zh", Family: family, Bold: bold})
				if _, has := f.Glyph(r); ok != set || has != set {
					t.Fatalf("U+%04X in family %d, bold %v: %v, %v; in the regular serif: %v", r, family, bold, ok, has, set)
				}
			}
		}
		if set {
			n++
			fmt.Fprintf(h, "%X\n", r)
		}
	}
	if got, want := fmt.Sprintf("%d, digest %.4x", n, h.Sum(nil)), "58296, digest 50d01397"; got != want {
		t.Errorf("the set has %s characters, not %s", got, want)
	}
}
