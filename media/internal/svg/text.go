package svg

import (
	"math"
	"strings"
)

// Letters sets text in the fonts of whoever draws.
type Letters interface {
	// Set returns the letters of a line of text, from left to right.
	Set(text string, f Font) []Letter
}

// Font is what a drawing asks for.
type Font struct {
	Families     []string // as CSS names them, in small letters
	Bold, Italic bool
}

// Letter is one glyph, in parts of an em, y up.
type Letter struct {
	Outline []Segment
	Advance float64
	Text    int // where the text that it shows begins, in bytes
}

// Segment is a piece of an outline: it moves to a point, or draws a line, a
// quadratic or a cubic curve to the last of one, two or three points.
type Segment struct {
	Move   bool
	Points [3][2]float64
	N      int
}

// piece is a run of text in one style.
type piece struct {
	text         string
	style        style
	x, y, dx, dy []float64 // of its characters, one by one
	shift        float64   // of the baseline, down
	link         *Node     // of textPath: what it runs along
	offset       string    // and from where
	node         *Node
}

// text draws a text element.
func (c *canvas) text(n *Node, s *style, m matrix) {
	if c.opts.Letters == nil {
		return
	}
	t := &line{c: c, m: m}
	c.pieces(n, *s, 0, nil, "", &t.pieces, n.attr("xml:space") == "preserve")
	trim(t.pieces)
	t.draw()
}

// pieces collects the runs of an element.
func (c *canvas) pieces(n *Node, s style, shift float64, link *Node, offset string, out *[]piece, preserve bool) {
	list := func(name string, part float64) (v []float64) {
		for w := range strings.FieldsSeq(strings.ReplaceAll(n.attr(name), ",", " ")) {
			l, ok := length(w, s.fontSize, part)
			if !ok {
				break
			}
			v = append(v, l)
		}
		return v
	}
	first := len(*out)
	for _, child := range n.Children {
		switch child.Name {
		case "":
			*out = append(*out, piece{text: collapse(child.Text, preserve), style: s, shift: shift, link: link, offset: offset, node: n})
		case "tspan", "a", "textPath":
			if child.attr("display") == "none" {
				continue
			}
			inner := s
			inner.inherit(child, c.view)
			to, from := link, offset
			if child.Name == "textPath" {
				to, from = c.doc.ids[child.href()], child.attr("startOffset")
			}
			sh := shift
			switch v := child.attr("baseline-shift"); v {
			case "", "baseline":
			case "sub":
				sh += s.fontSize * 0.2
			case "super":
				sh -= s.fontSize * 0.35
			default:
				l, _ := length(v, s.fontSize, s.fontSize)
				sh -= l
			}
			c.pieces(child, inner, sh, to, from, out, preserve || child.attr("xml:space") == "preserve")
		}
	}
	// The positions of an element are of its first characters.
	if len(*out) > first {
		p := &(*out)[first]
		for _, f := range []struct {
			to   *[]float64
			name string
			part float64
		}{{&p.x, "x", c.view.w}, {&p.y, "y", c.view.h}, {&p.dx, "dx", c.view.w}, {&p.dy, "dy", c.view.h}} {
			if v := list(f.name, f.part); len(*f.to) == 0 {
				*f.to = v
			}
		}
	}
}

// collapse makes white space as XML does by default.
func collapse(s string, preserve bool) string {
	var b strings.Builder
	for _, r := range s {
		if r == '\n' || r == '\r' || r == '\t' {
			r = ' '
		}
		if r == ' ' && !preserve && strings.HasSuffix(b.String(), " ") {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// trim takes away the spaces at the beginning, at the end and after spaces.
func trim(ps []piece) {
	space := true
	last := -1
	for i := range ps {
		p := &ps[i]
		if p.node.attr("xml:space") == "preserve" {
			space, last = false, i
			continue
		}
		if space {
			p.text = strings.TrimPrefix(p.text, " ")
		}
		if p.text != "" {
			space = strings.HasSuffix(p.text, " ")
			last = i
		}
	}
	if last >= 0 && space {
		ps[last].text = strings.TrimSuffix(ps[last].text, " ")
	}
}

// line is a text that is being drawn.
type line struct {
	c      *canvas
	m      matrix
	pieces []piece
	x, y   float64 // where the next letter stands
}

// glyph is a letter at its place.
type glyph struct {
	*Letter
	piece *piece
	x, y  float64
	size  float64
}

// draw sets chunk after chunk: what begins at a place of its own, and is anchored.
func (t *line) draw() {
	var chunk []glyph
	for i := range t.pieces {
		p := &t.pieces[i]
		letters := t.c.opts.Letters.Set(p.text, Font{families(p.style.family), p.style.bold, p.style.italic})
		k, at := 0, 0 // character of the piece, and its byte
		for j := range letters {
			l := &letters[j]
			for at < l.Text && at < len(p.text) {
				k++
				at += runeLen(p.text[at:])
			}
			if k < len(p.x) || k < len(p.y) {
				t.chunk(chunk)
				chunk = chunk[:0]
				if k < len(p.x) {
					t.x = p.x[k]
				}
				if k < len(p.y) {
					t.y = p.y[k]
				}
			}
			if k < len(p.dx) {
				t.x += p.dx[k]
			}
			if k < len(p.dy) {
				t.y += p.dy[k]
			}
			chunk = append(chunk, glyph{l, p, t.x, t.y + p.shift + baseline(&p.style), p.style.fontSize})
			t.x += l.Advance*p.style.fontSize + p.style.spacing
		}
	}
	t.chunk(chunk)
}

func runeLen(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}

// baseline is how far below its place the letters' own line is.
func baseline(s *style) float64 {
	switch s.baseline {
	case "middle", "central":
		return s.fontSize * 0.35
	case "hanging", "text-before-edge", "before-edge", "text-top", "top":
		return s.fontSize * 0.8
	case "text-after-edge", "after-edge", "ideographic", "bottom", "text-bottom":
		return -s.fontSize * 0.15
	}
	return 0
}

// families returns the names of a font-family property.
func families(v string) (out []string) {
	for f := range strings.SplitSeq(v, ",") {
		if f = strings.ToLower(strings.Trim(strings.TrimSpace(f), `'"`)); f != "" {
			out = append(out, f)
		}
	}
	return out
}

// chunk draws letters that belong together.
func (t *line) chunk(gs []glyph) {
	if len(gs) == 0 {
		return
	}
	p := gs[0].piece
	width := t.x - gs[0].x
	shift := 0.0
	switch p.style.anchor {
	case "middle":
		shift = -width / 2
	case "end":
		shift = -width
	}
	t.x += shift
	var along *rail
	if p.link != nil {
		along = t.rail(p)
	}
	for i := range gs {
		g := &gs[i]
		m := t.m
		x, y := g.x+shift, g.y
		if along != nil {
			mid := g.Advance * g.size / 2
			at, d, ok := along.at(x + mid)
			if !ok {
				continue
			}
			m = m.then(matrix{d.x, d.y, -d.y, d.x, at.x, at.y})
			x, y = -mid, g.y
		}
		t.letter(g, m.then(matrix{g.size, 0, 0, -g.size, x, y}))
	}
	if strings.Contains(p.node.attr("text-decoration"), "underline") && along == nil {
		w := p.style.fontSize / 16
		under := boxPath(rect{gs[0].x + shift, gs[0].y + p.style.fontSize/9, width, w})
		t.c.paint(p.node, under, &p.style, t.m)
	}
}

func (t *line) letter(g *glyph, m matrix) {
	if len(g.Outline) == 0 || !m.sound() {
		return
	}
	// In parts of an em; lines around letters are of the text's own units.
	s := g.piece.style
	p := &path{tolerance: 0.1 / max(m.scale(), 1e-6)}
	for _, seg := range g.Outline {
		q := func(i int) xy { return xy{seg.Points[i][0], seg.Points[i][1]} }
		switch {
		case seg.Move:
			if len(p.outlines) > 0 {
				p.close()
			}
			p.moveTo(q(0).x, q(0).y)
		case len(p.outlines) == 0:
			return
		case seg.N == 1:
			p.lineTo(q(0).x, q(0).y)
		case seg.N == 2:
			p.quadTo(q(0), q(1))
		default:
			p.cubeTo(q(0), q(1), q(2))
		}
	}
	p.close()
	if g.size > 0 {
		s.width /= g.size
		s.dashes = ""
	}
	s.fillRule = ""
	t.c.paint(g.piece.node, p, &s, m)
}

// rail is a path that text runs along.
type rail struct {
	points []xy
	from   float64
}

func (t *line) rail(p *piece) *rail {
	s := initial
	link := t.c.path(p.link, &s, t.m)
	if link == nil {
		return nil
	}
	r := &rail{points: distinct(link.outlines[0].points)}
	total := 0.0
	for i := 1; i < len(r.points); i++ {
		total += math.Hypot(r.points[i].x-r.points[i-1].x, r.points[i].y-r.points[i-1].y)
	}
	r.from, _ = length(p.offset, p.style.fontSize, total)
	return r
}

// at returns the point and the direction so far along the path.
func (r *rail) at(x float64) (xy, xy, bool) {
	x += r.from
	for i := 1; i < len(r.points) && x >= 0; i++ {
		a, b := r.points[i-1], r.points[i]
		l := math.Hypot(b.x-a.x, b.y-a.y)
		if x <= l {
			k := x / l
			return xy{a.x + float64((b.x-a.x)*k), a.y + float64((b.y-a.y)*k)}, unit(a, b), true
		}
		x -= l
	}
	return xy{}, xy{}, false
}
