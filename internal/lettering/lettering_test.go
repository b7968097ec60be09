package lettering

import (
	"testing"

	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/testfont"
	"github.com/leporello-press/leporello/media"
)

func TestSet(t *testing.T) {
	l := Faces{fonts.NewSet(testfont.Face())}
	got := l.Set("a好", media.Font{})
	if len(got) != 2 || got[0].Text != 0 || got[1].Text != 1 {
		t.Fatalf("%+v", got)
	}
	// Wide characters of that font are one em, others half of one.
	for i, g := range got {
		if g.Advance != float64(i+1)/2 || len(g.Outline) == 0 || !g.Outline[0].Move {
			t.Errorf("%+v", g)
		}
		for _, s := range g.Outline {
			for _, p := range s.Points[:s.N] {
				if p[0] < 0 || p[0] > 1 || p[1] < -1 || p[1] > 1 {
					t.Errorf("a point at %v of an em", p)
				}
			}
		}
	}
}

func TestFamily(t *testing.T) {
	for _, tt := range []struct {
		names []string
		want  fonts.Family
	}{
		{nil, fonts.Sans}, {[]string{"arial"}, fonts.Sans}, {[]string{"dejavu sans", "serif"}, fonts.Sans},
		{[]string{"times new roman"}, fonts.Serif}, {[]string{"simsun", "宋体"}, fonts.Serif},
		{[]string{"verdana", "sans-serif"}, fonts.Sans}, {[]string{"dejavu sans mono"}, fonts.Mono},
	} {
		if got := family(tt.names); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.names, got, tt.want)
		}
	}
}
