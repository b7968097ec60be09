package layout

// Bopomofo stand in a column to the right of each character, whatever the direction
// of the line (CLREQ 3.3.3): letters under one another in the middle of its height,
// the tone beside the last one, the dot of the neutral tone above the first. In
// hundredths of an em of the base:
const (
	zhuyinSize   = 30 // of a letter's em
	zhuyinColumn = 50 // the letters and the tone
	toneWidth    = 16 // ink of a tone at most
	toneHeight   = 14
	neutralTone  = 9 // the dot's ink
)

// isBopomofo: the reading is one syllable of bopomofo with its tone.
func isBopomofo(text string) bool {
	letters := 0
	for _, r := range text {
		switch {
		case r >= 0x3105 && r <= 0x312F, r >= 0x31A0 && r <= 0x31BF:
			letters++
		case isTone(r):
		default:
			return false
		}
	}
	return letters > 0 && letters < 4
}

func isTone(r rune) bool {
	switch r {
	case 'ˉ', 'ˊ', 'ˇ', 'ˋ', '˙', '˪', '˫':
		return true
	}
	return false
}

// placeZhuyin sets the letters of r beside the character that begins at x0 and ends at x.
func (s *lineSetter) placeZhuyin(l *line, r *reading, x0, x Length) {
	sp := &s.p.spans[r.span]
	size := sp.style.size
	letters, dot := Length(0), Length(0)
	for _, c := range r.clusters {
		if c.text == "˙" {
			dot = percent(neutralTone, size)
		} else if !c.isTone() {
			letters++
		}
	}
	if s.p.vertical {
		s.stackZhuyin(l, r, (x0+x-letters*r.size+dot)/2, dot)
		return
	}
	// The middle of the column is that of the em box.
	top := -percent((emAscent-emDescent)/2, size) - (letters*r.size+dot)/2 + dot - sp.style.rise
	y := top
	for i := 0; i < len(r.clusters); {
		c := &r.clusters[i]
		run := &GlyphRun{Face: c.shaper.face, Size: r.size, Color: sp.style.color, At: Point{X: x, Y: y}, Element: sp.rubyEl}
		if c.isTone() {
			cx, cy := x+(r.size+percent(zhuyinColumn, size))/2, max(y-r.size, top)
			w, h := percent(toneWidth, size), percent(toneHeight, size)
			if c.text == "˙" {
				cx, cy = x+r.size/2, top-dot/2
				w, h = dot, dot
			}
			run.At.X, run.At.Y, run.Size = c.centred(cx, cy, w, h, r.size)
			run.add(c, 0)
			i++
		} else {
			run.At.Y += percent(emAscent, r.size)
			for ; i < len(r.clusters) && !r.clusters[i].isTone() && r.clusters[i].shaper == c.shaper; i++ {
				run.add(&r.clusters[i], y-(run.At.Y-percent(emAscent, r.size)))
				y += r.size
			}
		}
		l.items = append(l.items, run)
	}
}

// stackZhuyin is placeZhuyin for lines that go down, in which the letters begin at x.
func (s *lineSetter) stackZhuyin(l *line, r *reading, x, dot Length) {
	sp := &s.p.spans[r.span]
	size := sp.style.size
	edge := -percent(emAscent, size) - s.raise(&sp.style) // of the character
	top := x
	for i := range r.clusters {
		c := &r.clusters[i]
		run := &GlyphRun{Face: c.shaper.face, Size: r.size, Color: sp.style.color, Vertical: true, Element: sp.rubyEl}
		if c.isTone() {
			cx, cy := max(x-r.size, top), edge-(r.size+percent(zhuyinColumn, size))/2
			w, h := percent(toneWidth, size), percent(toneHeight, size)
			if c.text == "˙" {
				cx, cy = top-dot/2, edge-r.size/2
				w, h = dot, dot
			}
			_, _, run.Size = c.centred(cx, cy, w, h, r.size)
			along, below := c.shaper.middle(c.glyphs[0].ID, run.Size, true)
			run.At = Point{X: cx - along, Y: cy - below}
		} else {
			run.At = Point{X: x, Y: edge - percent(emDescent, r.size)}
			x += r.size
		}
		run.add(c, 0)
		l.items = append(l.items, run)
	}
	l.ascent = max(l.ascent, -edge+percent(zhuyinColumn, size))
}

func (c *readingCluster) isTone() bool {
	for _, r := range c.text {
		return isTone(r)
	}
	return false
}

// add appends a cluster, lowered by dy; the pen stays where it is.
func (run *GlyphRun) add(c *readingCluster, dy Length) {
	t0 := int32(len(run.Text))
	run.Text += c.text
	for _, g := range c.glyphs {
		g.Y, g.Advance = g.Y+dy, 0
		g.Text0, g.Text1 = t0, int32(len(run.Text))
		run.Glyphs = append(run.Glyphs, g)
	}
}

// centred returns the origin and em at which the ink of c has its middle at x, y and is
// at most w wide and h high; em is for a glyph without ink.
func (c *readingCluster) centred(x, y, w, h, em Length) (x0, y0, size Length) {
	e, ok := c.shaper.face.Extents(c.glyphs[0].ID)
	if !ok || e.XMax <= e.XMin || e.YMax <= e.YMin {
		return x, y, em
	}
	upem := Length(c.shaper.upem)
	size = min(w*upem/Length(e.XMax-e.XMin), h*upem/Length(e.YMax-e.YMin))
	return x - c.shaper.scale(int64(e.XMin+e.XMax), size)/2, y + c.shaper.scale(int64(e.YMin+e.YMax), size)/2, size
}
