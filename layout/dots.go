package layout

import "github.com/leporello-press/leporello/fonts"

// Emphasis dots, in hundredths of an em: how high their ink is, round ones and
// sesame dots, and how far their middle is from the em box. The white between lines
// holds them.
const (
	dotHeight    = 14
	sesameHeight = 22
	dotsAt       = 15
)

// dots sets a dot by each emphasized ideograph, kana and syllable: below in Chinese
// (CLREQ 3.1.8), above in Japanese (JLREQ 3.3.9) and Korean, to the right in vertical
// lines. Where a reading stands there, the dots give way. Marks and spaces have none.
func (s *lineSetter) dots(l *line, b0, b1 int, at []Length) {
	var run *GlyphRun
	of, next := int32(-1), Length(0) // the run's span, and where it would go on
	for i := b0; i < b1; i++ {
		b := &s.boxes[i]
		sp := &s.p.spans[b.span]
		st := &sp.style
		if !st.dots || b.class != ideographClass && b.class != hangulClass {
			continue
		}
		g := regionOf(st.lang)
		above := g == japan || g == korea || s.p.vertical
		if above && sp.ruby != "" {
			continue
		}
		sh, id := s.dot(st, g)
		if sh == nil {
			continue
		}
		e, ok := sh.face.Extents(id)
		if !ok || e.YMax <= e.YMin {
			continue
		}
		height := percent(dotHeight, st.size)
		if g == japan {
			height = percent(sesameHeight, st.size)
		}
		size := min(height*Length(sh.upem)/Length(e.YMax-e.YMin), 2*st.size) // a small dot is drawn larger
		along, below := sh.middle(id, size, s.p.vertical)
		x := at[i-b0] + (b.w+b.l+b.r)/2 - along
		y := percent(emDescent+dotsAt, st.size)
		if above {
			y = -percent(emAscent+dotsAt, st.size)
		}
		if !above && (st.name || st.title) { // the line stands next to the text (CLREQ 3.1.8)
			y += percent(waveHeight+itemGap, st.size)
		}
		y -= below + s.raise(st)
		if run == nil || of != b.span || x < next {
			run = &GlyphRun{Face: sh.face, Size: size, Color: st.color, Vertical: s.p.vertical, At: Point{X: x, Y: y}}
			l.items = append(l.items, run)
			of = b.span
		} else {
			run.Glyphs[len(run.Glyphs)-1].Advance = x - next
		}
		run.Glyphs = append(run.Glyphs, Glyph{ID: id})
		next = x
	}
}

// middle returns where the middle of a glyph's ink is from the origin of a run of that
// size in the frame of the lines, upright where these go down.
func (sh *shaper) middle(id fonts.GID, size Length, upright bool) (along, below Length) {
	e, _ := sh.face.Extents(id)
	x, y := sh.scale(int64(e.XMin+e.XMax), size)/2, -sh.scale(int64(e.YMin+e.YMax), size)/2
	if !upright {
		return x, y
	}
	vx, vy := sh.face.VerticalOrigin(id)
	return sh.scale(int64(vy), size) + y, sh.scale(int64(vx), size) - x - percent(emMiddle, size)
}

// dot is the glyph of an emphasis dot; no shaper: no face has one.
func (s *lineSetter) dot(st *textStyle, g region) (*shaper, fonts.GID) {
	t := s.table(tableKey{family: st.family, lang: st.lang})
	candidates := []rune{'•', '·'}
	if g == japan {
		candidates = []rune{'﹅', '•', '・'} // sesame dots
	}
	for _, r := range candidates {
		if e := s.entry(t, r); !e.missing {
			if id, ok := e.shaper.face.Glyph(r); ok {
				return e.shaper, id
			}
		}
	}
	s.reportMissing(candidates[0], t.key)
	return nil, 0
}
