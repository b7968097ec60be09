package layout

import "fmt"

// The em box and what is drawn around text, in hundredths of an em from the baseline.
const (
	emAscent    = 88
	emDescent   = 12
	underlineAt = 15 // its upper edge, below the descenders of Han
	strikeAt    = 36 // above the baseline, its lower edge
	lineWeight  = 5
	linkDescent = 22

	highlightColor Color = 0xFFF3B0
)

func percent(n int64, of Length) Length { return of * Length(n) / 100 }

// compose places the boxes [b0, b1) as a line that begins at x. What stands at end
// and after is without width.
func (s *lineSetter) compose(b0, b1, end int, x Length) line {
	l := line{}
	if len(s.p.spans) > 0 {
		k := len(s.p.spans) - 1
		if b0 < len(s.boxes) {
			k = int(s.boxes[b0].span)
		}
		l.ascent = percent(emAscent, s.p.spans[k].style.size)
		l.descent = percent(emDescent, s.p.spans[k].style.size)
	}
	l.text0, l.text1 = len(s.runes), len(s.runes)
	if b0 < len(s.boxes) {
		l.text0, l.text1 = int(s.boxes[b0].text0), int(s.boxes[b0].text0)
	}
	if b0 == b1 {
		return l
	}
	l.text1 = int(s.boxes[b1-1].text1)
	at := make([]Length, b1-b0)
	pen := x
	for _, i := range s.visual(b0, b1) {
		at[int(i)-b0] = pen
		pen += s.boxes[i].width()
	}
	s.under(&l, b0, end, at)
	s.runs(&l, b0, b1, at)
	s.over(&l, b0, end, at)
	s.names(&l, b0, end, at)
	s.dots(&l, b0, end, at)
	s.links(&l, b0, end, at)
	return l
}

// runs makes the glyph runs and places the objects.
func (s *lineSetter) runs(l *line, b0, b1 int, at []Length) {
	n := 0
	for i := b0; i < b1; i++ {
		n += int(s.boxes[i].glyph1 - s.boxes[i].glyph0)
	}
	glyphs := make([]Glyph, 0, n)
	for i := b0; i < b1; {
		b := &s.boxes[i]
		sp := &s.p.spans[b.span]
		if sp.noteRef != "" && (len(l.notes) == 0 || l.notes[len(l.notes)-1] != sp.noteRef) {
			l.notes = append(l.notes, sp.noteRef)
		}
		rise := s.raise(&sp.style)
		if b.rise != 0 { // a row of a note
			rise = sp.style.rise + b.rise
		}
		l.ascent = max(l.ascent, percent(emAscent, sp.style.size)+rise)
		l.descent = max(l.descent, percent(emDescent, sp.style.size)-rise)
		if b.kind == inline {
			o := sp.object
			l.ascent, l.descent = max(l.ascent, o.ascent), max(l.descent, o.descent)
			for _, it := range o.items {
				l.items = append(l.items, placed(it, at[i-b0], 0))
			}
			i++
			continue
		}
		if b.glyph0 == b.glyph1 {
			i++
			continue
		}
		j := i + 1
		for j < b1 && s.joins(j-1, j, at[j-1-b0], at[j-b0]) {
			j++
		}
		g0 := len(glyphs)
		glyphs = s.place(glyphs, i, j)
		left := at[i-b0]
		if b.level&1 == 1 {
			left = at[j-1-b0]
		}
		size := sp.style.size
		if b.size > 0 {
			size = b.size
			rise += percent(emMiddle, sp.style.size-size)
		}
		l.items = append(l.items, &GlyphRun{
			Face: b.shaper.face, Size: size, Color: sp.style.color, Vertical: b.stands,
			At:     Point{X: left, Y: -rise},
			Glyphs: glyphs[g0:len(glyphs):len(glyphs)],
			Text:   s.text[s.off[b.text0]:s.off[s.boxes[j-1].text1]],
			Slant:  b.slant, Embolden: sp.style.bold && !b.shaper.bold, Element: sp.leaf,
		})
		i = j
	}
	for k := range s.ruby {
		s.placeReading(l, &s.ruby[k], b0, b1, at)
	}
}

// joins: box j goes on with the run that box i ends.
func (s *lineSetter) joins(i, j int, xi, xj Length) bool {
	b, n := &s.boxes[i], &s.boxes[j]
	if n.glyph0 == n.glyph1 || n.kind == inline || b.shaper != n.shaper || b.level != n.level || b.slant != n.slant || b.stands != n.stands || b.size != n.size || b.rise != n.rise || b.text1 != n.text0 {
		return false
	}
	if b.level&1 == 0 && xj != xi+b.width() || b.level&1 == 1 && xi != xj+n.width() {
		return false
	}
	if b.span == n.span {
		return true
	}
	sb, sn := &s.p.spans[b.span], &s.p.spans[n.span]
	return (sb.style.bold == sn.style.bold || b.shaper.bold) && sb.style.size == sn.style.size && sb.style.color == sn.style.color && sb.style.rise == sn.style.rise && sb.leaf == sn.leaf
}

// place appends the glyphs of the boxes [i, j) of one run, in visual order.
func (s *lineSetter) place(glyphs []Glyph, i, j int) []Glyph {
	text0 := s.off[s.boxes[i].text0]
	rtl := s.boxes[i].level&1 == 1
	for k := i; k < j; k++ {
		b := &s.boxes[k]
		if rtl {
			b = &s.boxes[i+j-1-k]
		}
		shift := b.l - b.l0 + b.lead
		if rtl && b.kind == ink {
			shift += b.gap
		}
		left := b.width() - min(b.gap, 0) // a row ends where it began
		for g := b.glyph0; g < b.glyph1; g++ {
			y := s.glyphs[g]
			if b.stands {
				y.Y += shift
			} else {
				y.X += shift
			}
			if g+1 == b.glyph1 {
				y.Advance = left
			}
			left -= y.Advance
			y.Text0, y.Text1 = s.off[b.text0]-text0, s.off[b.text1]-text0
			if b.hyphenated && g+1 == b.glyph1 {
				y.Text0 = y.Text1
			}
			glyphs = append(glyphs, y)
		}
	}
	return glyphs
}

// pieces calls draw for each unbroken piece of the boxes [b0, b1) whose spans
// same says to be alike, with its left and right end.
func (s *lineSetter) pieces(b0, b1 int, at []Length, wanted func(*span) bool, same func(a, b *span) bool, draw func(sp *span, x0, x1 Length)) {
	for i := b0; i < b1; {
		sp := &s.p.spans[s.boxes[i].span]
		if !wanted(sp) {
			i++
			continue
		}
		x0, x1 := at[i-b0], at[i-b0]+s.boxes[i].width()-s.boxes[i].gap
		gap := s.boxes[i].gap
		j := i + 1
		for ; j < b1; j++ {
			n := &s.p.spans[s.boxes[j].span]
			y0, y1 := at[j-b0], at[j-b0]+s.boxes[j].width()-s.boxes[j].gap
			if n != sp && !(wanted(n) && same(sp, n)) || y0 != x1+gap && y0+s.boxes[j].width() != x0 {
				break
			}
			x0, x1, gap = min(x0, y0), max(x1, y1), s.boxes[j].gap
		}
		if x1 > x0 {
			draw(sp, x0, x1)
		}
		i = j
	}
}

// under draws what lies below the text.
func (s *lineSetter) under(l *line, b0, b1 int, at []Length) {
	s.pieces(b0, b1, at,
		func(sp *span) bool { return sp.style.highlight },
		func(a, b *span) bool { return a.style.size == b.style.size },
		func(sp *span, x0, x1 Length) {
			l.items = append(l.items, filled(x0, x1, -percent(emAscent, sp.style.size)-s.raise(&sp.style), percent(emAscent+linkDescent, sp.style.size), highlightColor))
		})
}

// over draws the lines under and through text.
func (s *lineSetter) over(l *line, b0, b1 int, at []Length) {
	same := func(a, b *span) bool {
		return a.style.size == b.style.size && a.style.color == b.style.color && a.style.rise == b.style.rise
	}
	s.pieces(b0, b1, at, func(sp *span) bool { return sp.style.underline }, same,
		func(sp *span, x0, x1 Length) {
			y := percent(underlineAt, sp.style.size)
			if s.p.vertical && s.region == japan { // to the right of the line
				y = -percent(emAscent+lineWeight+underlineAt-emDescent, sp.style.size)
			}
			l.items = append(l.items, filled(x0, x1, y-s.raise(&sp.style), percent(lineWeight, sp.style.size), sp.style.color))
		})
	s.pieces(b0, b1, at, func(sp *span) bool { return sp.style.strike }, same,
		func(sp *span, x0, x1 Length) {
			l.items = append(l.items, filled(x0, x1, -percent(strikeAt, sp.style.size)-s.raise(&sp.style), percent(lineWeight, sp.style.size), sp.style.color))
		})
}

func filled(x0, x1, y, h Length, c Color) *Box {
	return &Box{Rect: Rect{At: Point{x0, y}, Size: Size{x1 - x0, h}}, Fill: c, Filled: true}
}

// links makes the areas of the links.
func (s *lineSetter) links(l *line, b0, b1 int, at []Length) {
	s.pieces(b0, b1, at,
		func(sp *span) bool { return sp.link != "" },
		func(a, b *span) bool { return a.link == b.link && a.linkEl == b.linkEl },
		func(sp *span, x0, x1 Length) {
			top, bottom := percent(emAscent, sp.style.size)+s.raise(&sp.style), percent(linkDescent, sp.style.size)-s.raise(&sp.style)
			if sp.object != nil {
				top, bottom = sp.object.ascent, sp.object.descent
			}
			l.items = append(l.items, &Link{Rect: Rect{At: Point{x0, -top}, Size: Size{x1 - x0, top + bottom}}, Target: sp.link, Element: sp.linkEl})
		})
}

// placed returns a copy of the item at another place.
func placed(it Item, x, y Length) Item {
	switch it := it.(type) {
	case *GlyphRun:
		c := *it
		c.At.X, c.At.Y = c.At.X+x, c.At.Y+y
		return &c
	case *Picture:
		c := *it
		c.Rect.At.X, c.Rect.At.Y = c.Rect.At.X+x, c.Rect.At.Y+y
		return &c
	case *Box:
		c := *it
		c.Rect.At.X, c.Rect.At.Y = c.Rect.At.X+x, c.Rect.At.Y+y
		return &c
	case *Link:
		c := *it
		c.Rect.At.X, c.Rect.At.Y = c.Rect.At.X+x, c.Rect.At.Y+y
		return &c
	case *Anchor:
		c := *it
		c.At.X, c.At.Y = c.At.X+x, c.At.Y+y
		return &c
	default:
		panic(fmt.Sprintf("layout: item %T", it))
	}
}
