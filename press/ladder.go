package press

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leporello-press/leporello/media"
)

// step is a rung of the ladder: what pictures are made for, and what is given up.
type step struct {
	profile media.Profile
	lost    string // empty: nothing
}

// No picture is made worse than this.
const (
	leastQuality = 50  // of JPEGs; less shows blocks around letters
	leastWidth   = 600 // pixels; less leaves the letters of charts and screenshots unreadable
)

// ladder returns what a book gives up, step by step, until it is small enough:
// quality first, since it shows least, then pixels, then colour. The first step is
// p itself; each gives up what those before it do.
func ladder(p media.Profile) []step {
	steps := []step{{profile: p}}
	var quality, pixels, colour string
	add := func() {
		lost := slices.DeleteFunc([]string{quality, pixels, colour}, func(s string) bool { return s == "" })
		steps = append(steps, step{p, "pictures " + strings.Join(lost, ", ")})
	}
	best := p.Quality
	if best == 0 {
		best = 82 // see media.Profile
	}
	p.Recompress = true
	for _, q := range [...]int{70, 60, leastQuality} {
		if q < best {
			p.Quality, quality = q, fmt.Sprintf("at quality %d", q)
			add()
		}
	}
	w, h := p.Screen()
	for eighths := 7; eighths >= 4; eighths-- {
		width := max(w*eighths/8, min(w, leastWidth))
		if p.MaxWidth == 0 || width < p.MaxWidth {
			p.MaxWidth, p.MaxHeight, p.MaxPixels = width, h*width/w, 0
			pixels = fmt.Sprintf("at most %d pixels wide", width)
			add()
		}
	}
	if !p.Gray && p.Levels == 0 {
		p.Gray, colour = true, "without colour"
		add()
	}
	return steps
}
