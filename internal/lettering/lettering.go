// Package lettering sets the text of drawings in the fonts of a book. It decides
// which face a drawing gets that names fonts nobody has, and leaves to media where
// letters stand.
package lettering

import (
	"slices"
	"strings"

	"github.com/go-text/typesetting/font/opentype"

	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/media"
)

// Faces sets text in the faces of a set. It implements media.Letters.
type Faces struct{ Fonts *fonts.Set }

var _ media.Letters = Faces{}

// Set returns a glyph for each character that a face has, from left to right; those
// that none has are left out.
func (l Faces) Set(text string, f media.Font) []media.Letter {
	req := fonts.Request{Family: family(f.Families), Bold: f.Bold, Italic: f.Italic}
	var out []media.Letter
	for i, r := range text {
		face, ok := l.Fonts.Face(r, req)
		if !ok {
			continue
		}
		g, ok := face.Glyph(r)
		if !ok {
			continue
		}
		em := float64(face.Metrics().UnitsPerEm)
		out = append(out, media.Letter{Outline: outline(face.Outline(g), em), Advance: float64(face.Advance(g)) / em, Text: i})
	}
	return out
}

// family chooses by the first name that says something.
func family(names []string) fonts.Family {
	serif := []string{"serif", "times", "georgia", "garamond", "palatino", "song", "ming", "mincho", "batang", "宋", "明", "roman"}
	mono := []string{"mono", "courier", "consolas", "menlo", "code"}
	for _, n := range names {
		in := func(w string) bool { return strings.Contains(n, w) }
		switch {
		case slices.ContainsFunc(mono, in):
			return fonts.Mono
		case strings.Contains(n, "sans"):
			return fonts.Sans
		case slices.ContainsFunc(serif, in):
			return fonts.Serif
		}
	}
	return fonts.Sans
}

func outline(segments []opentype.Segment, em float64) []media.Segment {
	out := make([]media.Segment, 0, len(segments))
	for _, s := range segments {
		var seg media.Segment
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			seg.Move, seg.N = true, 1
		case opentype.SegmentOpLineTo:
			seg.N = 1
		case opentype.SegmentOpQuadTo:
			seg.N = 2
		case opentype.SegmentOpCubeTo:
			seg.N = 3
		}
		for i := range seg.N {
			seg.Points[i] = [2]float64{float64(s.Args[i].X) / em, float64(s.Args[i].Y) / em}
		}
		out = append(out, seg)
	}
	return out
}
