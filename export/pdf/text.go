package pdf

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/leporello-press/leporello/internal/pdfobj"
	"github.com/leporello-press/leporello/layout"
)

// textState is what the operators of a text object have set.
type textState struct {
	open  bool // between BT and ET
	show  bool // in the array of a TJ
	str   bool // in a string of that array
	plain bool // the text matrix only moves
	// Start of the line that Td moves from, in the canvas's coordinates.
	x, y int64

	// Font, size and spacing outlive the text object.
	face    *face
	size    layout.Length
	rise    layout.Length
	spacing int64 // after every glyph, in 1/10000 pt
	step    int64 // the same in millionths of an em

	gaps []layout.Length // used again by each run

	// The line of glyphs that is being shown: where it began, and where the pen
	// of the reader stands on it in millionths of an em.
	line line
	pen  int64
}

// line identifies runs that can go on in one text line.
type line struct {
	face            *face
	size            layout.Length
	across          layout.Length // baseline: y, or x of a line that goes down
	start           layout.Length // the other coordinate of the first glyph
	sideways, slant bool
}

// slant leans letters by 12 degrees: its tangent in thousandths.
const slant = 213

// run writes the glyphs of r. The text of a glyph is told by its code, because
// every pair of glyph and text has one of its own; only a cluster of several
// glyphs needs a span that says what it reads as.
func (c *canvas) run(r *layout.GlyphRun) {
	if len(r.Glyphs) == 0 || r.Size <= 0 {
		return
	}
	c.begin(r.Element, r.At.Y, true)
	if r.Element != nil {
		c.noteLinkText(r)
	}
	f := c.useFace(r)
	c.setFill(r.Color)
	c.setStroke(r)
	var pen, origin layout.Length
	// start begins a line of text at the pen, or goes on with it.
	start := func() {
		from := *r
		along := &from.At.X
		if r.Vertical || r.Sideways {
			along = &from.At.Y
		}
		*along += pen
		c.startRun(f, &from)
		origin = *along - pen - c.text.line.start
	}
	// Glyphs in a mixed order read as the whole run.
	whole := !ordered(r.Glyphs)
	if whole {
		c.span(r, r.Text)
	}
	start()
	c.setSpacing(c.commonGap(f, r), r)
	for i := 0; i < len(r.Glyphs); {
		g := &r.Glyphs[i]
		j := i + 1
		for j < len(r.Glyphs) && r.Glyphs[j].Text0 == g.Text0 && r.Glyphs[j].Text1 == g.Text1 {
			j++
		}
		text := clusterText(r, g)
		span := !whole && (j > i+1 || text == "" || long(text))
		if span {
			c.span(r, text)
			start()
		}
		// Readers that do not know spans get the whole text from the first glyph,
		// and nothing that shows from the others.
		if text == "" {
			text = "\u00AD"
		}
		for ; i < j; i++ {
			g := &r.Glyphs[i]
			c.glyph(f, f.code(g.ID, brief(text)), g, origin+pen, r)
			pen += g.Advance
			text = "\u200B"
		}
		if span {
			c.endSpan(r)
			start()
		}
	}
	if whole {
		c.endSpan(r)
	}
}

// long tells whether text has more than eight UTF-16 units, which not every
// reader takes from one code: a family of emoji.
func long(text string) bool {
	if len(text) <= 8 {
		return false
	}
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n > 8
}

// brief returns as much of text as readers take from one code at most: poppler
// drops codes of more than 63 UTF-16 units. The rest is in the span alone.
func brief(text string) string {
	if len(text) <= 60 {
		return text
	}
	n := 0
	for i, r := range text {
		if n += utf16.RuneLen(r); n > 60 {
			return text[:i]
		}
	}
	return text
}

func clusterText(r *layout.GlyphRun, g *layout.Glyph) string {
	if g.Text0 < 0 || g.Text1 > int32(len(r.Text)) || g.Text0 >= g.Text1 {
		return ""
	}
	return r.Text[g.Text0:g.Text1]
}

// ordered tells whether the clusters of a run follow one another in the order
// of the text or, in a script written from the right, wholly against it.
func ordered(glyphs []layout.Glyph) bool {
	up, down := true, true
	for i := 1; i < len(glyphs); i++ {
		switch a, b := glyphs[i-1].Text0, glyphs[i].Text0; {
		case a < b:
			down = false
		case a > b:
			up = false
		}
	}
	return up || down
}

// startRun sets what r needs and moves to its first glyph, unless r goes on
// where the run before it ended.
func (c *canvas) startRun(f *face, r *layout.GlyphRun) {
	t := &c.text
	l := line{face: f, size: r.Size, sideways: r.Sideways, slant: r.Slant}
	along := r.At.X
	l.across = r.At.Y
	if r.Vertical || r.Sideways {
		along, l.across = r.At.Y, r.At.X
	}
	if t.open && t.face == f && t.size == r.Size {
		if l.start = t.line.start; l == t.line {
			return
		}
	}
	l.start = along
	c.endShow()
	c.resetRise()
	if !t.open {
		c.op("BT")
		t.open, t.plain, t.x, t.y = true, true, 0, 0
	}
	if t.face != f || t.size != r.Size {
		c.buf = pdfobj.Append(c.buf, f.name)
		c.buf = append(c.buf, ' ')
		c.put(milli(r.Size))
		c.op("Tf")
		t.face, t.size = f, r.Size
	}
	x, y := milli(r.At.X), c.height-milli(r.At.Y)
	c.moveTo(x, y, r)
	t.line, t.pen = l, 0
}

// moveTo begins a text line at x and y.
func (c *canvas) moveTo(x, y int64, r *layout.GlyphRun) {
	t := &c.text
	switch {
	case r.Sideways && r.Slant:
		// A quarter clockwise, after leaning.
		c.put(0, -1000, 1000, -slant, x, y)
		c.op("Tm")
		t.plain = false
	case r.Sideways:
		c.put(0, -1000, 1000, 0, x, y)
		c.op("Tm")
		t.plain = false
	case r.Slant:
		c.put(1000, 0, slant, 1000, x, y)
		c.op("Tm")
		t.plain = false
	case t.plain:
		c.put(x-t.x, y-t.y)
		c.op("Td")
	default:
		c.put(1000, 0, 0, 1000, x, y)
		c.op("Tm")
		t.plain = true
	}
	t.x, t.y = x, y
}

// glyph shows one code. at is where its origin belongs, along the line from
// where the line began.
func (c *canvas) glyph(f *face, code uint16, g *layout.Glyph, at layout.Length, r *layout.GlyphRun) {
	t := &c.text
	offset, rise := g.X, -g.Y
	if r.Vertical {
		offset, rise = g.Y, g.X
	}
	if rise != t.rise {
		c.setRise(rise, r.Vertical)
	}
	want := int64(at+offset) * 1_000_000 / int64(r.Size)
	// Adjustments are whole thousandths of an em, or tenths of these in large
	// type, so that no glyph stands off by more than 0.01 pt. The distance is
	// always measured from where the line began: errors do not add up.
	unit := int64(1000)
	if r.Size > 16*layout.Pt {
		unit = 100
	}
	if !t.show {
		c.buf = append(c.buf, '[')
		t.show = true
	}
	if off := t.pen - want; off > unit/2 || off < -unit/2 {
		n := (off + unit/2) / unit
		if off < 0 {
			n = (off - unit/2) / unit
		}
		if t.str {
			c.buf = append(c.buf, ')')
			t.str = false
		}
		t.pen -= n * unit
		if r.Vertical {
			n = -n // positive is down there, and to the left in other lines (§9.4.3)
		}
		if unit == 1000 {
			c.buf = strconv.AppendInt(c.buf, n, 10)
		} else {
			c.buf = pdfobj.AppendFixed(c.buf, n, 1)
		}
	}
	if !t.str {
		c.buf = append(c.buf, '(')
		t.str = true
	}
	c.buf = pdfobj.AppendStringByte(c.buf, byte(code>>8))
	c.buf = pdfobj.AppendStringByte(c.buf, byte(code))
	if r.Vertical {
		t.pen += f.fall(code)
	} else {
		t.pen += f.widths[code]
	}
	t.pen += t.step
}

// commonGap returns the space that most glyphs of r have after them beyond
// their width, in 1/10000 pt: what justification gave them. Said once, it need
// not be said after each glyph; 0 where no gap is common.
func (c *canvas) commonGap(f *face, r *layout.GlyphRun) int64 {
	const near = layout.Pt / 500
	if len(r.Glyphs) < 4 {
		return 0
	}
	gaps := c.text.gaps[:0]
	var common layout.Length
	votes := 0
	for i := range r.Glyphs[:len(r.Glyphs)-1] {
		g, next := &r.Glyphs[i], &r.Glyphs[i+1]
		var width layout.Length
		gap := g.Advance
		if r.Vertical {
			width = layout.Length(f.face.VerticalAdvance(g.ID))
			gap += next.Y - g.Y
		} else {
			width = layout.Length(f.face.Advance(g.ID))
			gap += next.X - g.X
		}
		gap -= width * r.Size / layout.Length(f.upem)
		gaps = append(gaps, gap)
		// The majority, if there is one, outlives this vote (Boyer and Moore).
		switch {
		case votes == 0:
			common, votes = gap, 1
		case gap > common-near && gap < common+near:
			votes++
		default:
			votes--
		}
	}
	c.text.gaps = gaps
	var sum layout.Length
	n := 0
	for _, gap := range gaps {
		if gap > common-near && gap < common+near {
			sum += gap
			n++
		}
	}
	if 2*n < len(gaps) {
		return 0
	}
	return int64(sum) * 10000 / int64(n) >> 16
}

func (c *canvas) setSpacing(gap int64, r *layout.GlyphRun) {
	t := &c.text
	// Less than what adjustments round to is left to them.
	if gap < 10 && gap > -10 {
		gap = 0
	}
	sign := int64(1)
	if r.Vertical {
		sign = -1 // up is positive (§9.3.2)
	}
	if sign*gap != t.spacing {
		c.endShow()
		c.buf = pdfobj.AppendFixed(c.buf, sign*gap, 4)
		c.op(" Tc")
		t.spacing = sign * gap
	}
	t.step = gap << 16 * 100 / int64(r.Size)
}

// setRise moves glyphs off the baseline. In lines that go down, "rise" is to
// the right, which only a new position can do.
func (c *canvas) setRise(rise layout.Length, vertical bool) {
	t := &c.text
	c.endShow()
	if vertical {
		move := milli(rise) - milli(t.rise)
		c.put(move, 0)
		c.op("Td")
		t.x += move
		t.pen = 0
	} else {
		c.put(milli(rise))
		c.op("Ts")
	}
	t.rise = rise
}

// resetRise forgets the rise before another line begins.
func (c *canvas) resetRise() {
	t := &c.text
	if t.rise != 0 && !t.line.face.vertical {
		c.op("0 Ts")
	}
	t.rise = 0
}

// span begins marked content that reads as text whatever its glyphs say. It is
// content of the run's element by itself and not nested in other content: poppler
// loses what follows a nested span when it reads by structure.
func (c *canvas) span(r *layout.GlyphRun, text string) {
	reads := pdfobj.Append([]byte("/ActualText"), pdfobj.Text(text))
	if r.Element == nil {
		c.endShow()
		c.buf = append(c.buf, "/Span<<"...)
		c.buf = append(c.buf, reads...)
		c.op(">>BDC")
		return
	}
	c.endMark()
	c.mark = mark{open: true, element: r.Element, reads: true}
	c.content(r.Element, "Span", reads)
}

// endSpan ends it and goes on with the run.
func (c *canvas) endSpan(r *layout.GlyphRun) {
	if r.Element == nil {
		c.endShow()
		c.op("EMC")
		return
	}
	c.begin(r.Element, r.At.Y, true)
}

// endShow ends the array of a TJ. The pen stays where it is.
func (c *canvas) endShow() {
	t := &c.text
	if t.str {
		c.buf = append(c.buf, ')')
		t.str = false
	}
	if t.show {
		c.op("]TJ")
		t.show = false
	}
}

func (c *canvas) endText() {
	t := &c.text
	c.endShow()
	if t.open {
		c.resetRise()
		c.op("ET")
		t.open = false
	}
	t.line = line{}
}

// Longest description of a link, in bytes.
const maxLinkText = 200

// noteLinkText keeps what the text of a link says.
func (c *canvas) noteLinkText(r *layout.GlyphRun) {
	for e := r.Element; e != nil; e = e.Parent {
		if e.Role != layout.LinkRole {
			continue
		}
		if c.linkText == nil {
			c.linkText = map[*layout.Element][]byte{}
		}
		text := append(c.linkText[e], r.Text...)
		if len(text) > maxLinkText {
			text = text[:maxLinkText]
			for len(text) > 0 && !utf8.Valid(text) {
				text = text[:len(text)-1]
			}
		}
		c.linkText[e] = text
		return
	}
}

func (c *canvas) useFace(r *layout.GlyphRun) *face {
	f := c.doc.faces.get(r.Face, r.Vertical)
	for _, g := range c.fonts {
		if g == f {
			return f
		}
	}
	c.fonts = append(c.fonts, f)
	return f
}
