package layout

// The lines along names and titles (CLREQ 3.1.8), in hundredths of an em: each is a
// little shorter than its item, so that two side by side are two; the wave's ink is
// as high at most.
const (
	itemGap    = 5
	waveHeight = 9
)

// names draws the line along each name and the wave along each title, next to the
// text; one that a line's end parts goes on on the next line.
func (s *lineSetter) names(l *line, b0, b1 int, at []Length) {
	same := func(a, b *span) bool {
		return a.style.item == b.style.item && a.style.size == b.style.size && a.style.rise == b.style.rise
	}
	s.pieces(b0, b1, at, func(sp *span) bool { return sp.style.name }, same,
		func(sp *span, x0, x1 Length) {
			gap := percent(itemGap, sp.style.size)
			l.items = append(l.items, filled(x0+gap, x1-gap, percent(underlineAt, sp.style.size)-s.raise(&sp.style), percent(lineWeight, sp.style.size), sp.style.color))
		})
	s.pieces(b0, b1, at, func(sp *span) bool { return sp.style.title }, same,
		func(sp *span, x0, x1 Length) {
			gap := percent(itemGap, sp.style.size)
			y := percent(underlineAt, sp.style.size) - s.raise(&sp.style)
			if sp.style.name { // a name that is part of a title
				y += percent(lineWeight+itemGap, sp.style.size)
			}
			s.wave(l, sp, x0+gap, x1-gap, y)
		})
}

// wave draws a wavy line from x0 to x1 below y: U+FE4F, whose ink fills its em from side
// to side, as often as makes waves of about the text's em. Without it the line is
// straight.
func (s *lineSetter) wave(l *line, sp *span, x0, x1, y Length) {
	st := &sp.style
	const wavy = '﹏'
	e := s.entry(s.table(tableKey{family: st.family, lang: st.lang}), wavy)
	sh := e.shaper
	id, ok := sh.face.Glyph(wavy)
	ink, inked := sh.face.Extents(id)
	if e.missing || !ok || !inked || ink.XMax <= ink.XMin {
		l.items = append(l.items, filled(x0, x1, y, percent(lineWeight, st.size), st.color))
		return
	}
	wide := Length(ink.XMax - ink.XMin)
	n := max((x1-x0+st.size/2)/max(st.size, 1), 1)
	size := (x1 - x0) * Length(sh.upem) / (n * wide)
	height := sh.scale(int64(ink.YMax-ink.YMin), size)
	y += min(height, percent(waveHeight, st.size))/2 + sh.scale(int64(ink.YMin+ink.YMax), size)/2
	run := &GlyphRun{Face: sh.face, Size: size, Color: st.color, At: Point{X: x0 - sh.scale(int64(ink.XMin), size), Y: y}}
	for k := range n {
		run.Glyphs = append(run.Glyphs, Glyph{ID: id, Advance: (x1-x0)*(k+1)/n - (x1-x0)*k/n})
	}
	l.items = append(l.items, run)
}
