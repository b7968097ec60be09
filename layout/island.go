package layout

import (
	"unicode/utf8"

	"github.com/leporello-press/leporello/article"
)

// Islands. In vertical text tables and figures stay horizontal: they are set in lines
// of their own, as wide as the type area at most, and stand at the head of the
// column, with lines of the text around them shortened below. passage.go decides
// after which lines they stand, and how large.

// island is matter in horizontal lines.
type island struct {
	size    Size   // on the page
	items   []Item // from its top left corner, as on the page
	notes   []int  // as in node
	entries []int
}

// leastUnder is how many ems the lines below an island have at least.
const leastUnder = 9

// inland says that the figures and tables of a frame are islands.
func (c *composer) inland(f *frame) bool { return f.vertical && f.out == c.list }

// islands sets what set adds to a frame of horizontal lines, in pieces no higher than
// the lines of f are long. highest is how high pictures may be, in hundredths of that.
func (c *composer) islands(f *frame, width Length, highest int, set func(in *frame)) []island {
	page := c.t.geo
	g := page
	g.vertical, g.columns = false, 1
	g.measure, g.width, g.height, g.figMax = width, width, f.measure, highest
	c.t.geo, c.vertical = g, false
	defer func() { c.t.geo, c.vertical = page, true }()
	in := *f
	in.out, in.x, in.measure = &vlist{}, 0, width
	in.vertical, in.grid, in.span, in.first = false, false, false, true
	set(&in)

	var out []island
	nodes := in.out.nodes
	notes := make([][]int, len(nodes))
	for i := range nodes {
		notes[i], nodes[i].notes = nodes[i].notes, nil // they stand in vertical lines
	}
	b := newBreaker(nodes, &g, 1, &c.t.search)
	pieces, _ := b.pieces()
	for i := range pieces {
		var is island
		var high Length
		stand, headTop, _ := b.place(&pieces[i])
		if headTop >= 0 {
			is.items = moved(echo(nodes[pieces[i].from.node].head.items), 0, headTop)
		}
		for _, s := range stand {
			n := &nodes[s.node]
			is.items = append(is.items, moved(n.material(s.height), 0, s.top)...)
			is.notes = append(is.notes, notes[s.node]...)
			is.entries = append(is.entries, n.entries...)
			high = s.top + s.height
		}
		if k, to := len(stand), pieces[i].to.node; k > 0 && to < len(nodes) && nodes[stand[k-1].node].foot != nil && nodes[to].head != nil {
			foot := nodes[stand[k-1].node].foot
			is.items = append(is.items, moved(echo(foot.items), 0, high)...)
			high += foot.height
		}
		left, right := lineEnds(is.items)
		moved(is.items, -left, 0)
		is.size = Size{max(right-left, 0), high}
		for _, it := range is.items {
			if a, ok := it.(*Anchor); ok {
				a.At.X = 0
			}
		}
		out = append(out, is)
	}
	return out
}

// lineEnds returns how far left and right the items of horizontal lines reach.
func lineEnds(items []Item) (left, right Length) {
	first := true
	for _, it := range items {
		var x0, x1 Length
		switch it := it.(type) {
		case *GlyphRun:
			x0 = it.At.X
			x1 = x0
			for i := range it.Glyphs {
				x1 += it.Glyphs[i].Advance
			}
		case *Picture:
			x0, x1 = it.Rect.At.X, it.Rect.At.X+it.Rect.Size.W
		case *Box:
			x0, x1 = it.Rect.At.X, it.Rect.At.X+it.Rect.Size.W
		case *Link, *Anchor:
			continue
		default:
			panic(unknownItem(it))
		}
		if first || x0 < left {
			left = x0
		}
		if first || x1 > right {
			right = x1
		}
		first = false
	}
	return left, right
}

// stood returns copies of the items of an island in a vertical frame, its top at x
// along the lines and its right edge at y across them.
func (is *island) stood(x, y Length) []Item {
	out := make([]Item, len(is.items))
	for i, it := range is.items {
		it = placed(it, 0, 0)
		var wide Length
		area := func(s *Size) {
			wide = s.W
			*s = Size{s.H, s.W}
		}
		switch it := it.(type) {
		case *GlyphRun:
			it.level = true
		case *Picture:
			area(&it.Rect.Size)
		case *Box:
			area(&it.Rect.Size)
		case *Link:
			area(&it.Rect.Size)
		case *Anchor:
		default:
			panic(unknownItem(it))
		}
		at := place(it)
		*at = Point{x + at.Y, y + is.size.W - at.X - wide}
		out[i] = it
	}
	return out
}

// matter is a paragraph or a heading of a passage, with what its first line carries.
type matter struct {
	p       paragraph
	title   *title // nil: a paragraph
	anchors []Item
	entries []int
}

// matter makes what b, a paragraph or a heading, is set from, once for all ways to set it.
func (c *composer) matter(f *frame, b article.Block) matter {
	g := *f
	if lang := b.Language(); lang != "" {
		g.style.lang = lang
	}
	c.t.pos = b.Position()
	c.anchor(b.Anchor())
	var m matter
	h, heading := b.(*article.Heading)
	if heading {
		t := c.newTitle(&g, h)
		m.title = &t
	} else {
		m.p = c.toSet(&g, b.(*article.Paragraph))
	}
	f.first = heading
	m.anchors, m.entries = c.anchors, c.entries
	c.anchors, c.entries = nil, nil
	return m
}

// carry gives a node what the first line of m carries.
func (m *matter) carry(n *node, f *frame, y Length) {
	for _, a := range m.anchors {
		a := placed(a, 0, y).(*Anchor)
		a.At.X = f.x
		n.items = append(n.items, a)
	}
	n.entries = append(n.entries[:len(n.entries):len(n.entries)], m.entries...)
}

// announced is how much of the page the headings take that the frame ends with, so
// that what they announce has room beside them. It is half of the page at most.
func (c *composer) announced(f *frame) Length {
	nodes := f.out.nodes
	k := len(nodes)
	for k > 0 && nodes[k-1].heading {
		k--
	}
	if k == len(nodes) {
		return 0
	}
	var high Length
	for i := k; i < len(nodes); i++ {
		if i > k {
			high += nodes[i].before
		}
		high += nodes[i].height + nodes[i].after
	}
	if high += aloneGap(f); high > c.t.geo.height/2 {
		return 0
	}
	return high
}

// aloneGap is the white on both sides of islands that have no text beside them.
func aloneGap(f *frame) Length { return f.pitch * 45 / 100 }

// alone adds islands that have no text beside them.
func (c *composer) alone(f *frame, all []island) {
	gap := aloneGap(f)
	for i := range all {
		is := &all[i]
		c.add(f, node{
			before: gap, height: is.size.W, after: gap + f.pitch - f.style.size, stretch: true,
			items: is.stood(f.x+max(f.measure-is.size.H, 0)/2, 0), notes: is.notes, entries: is.entries,
		})
	}
}

// flow is matter that is set line by line in places of different length.
type flow struct {
	c  *composer
	f  *frame
	ms []matter
	// parted: the lines of a place ended where a paragraph cannot be taken up again.
	parted bool
}

// flowing is a line of a flow, or a heading.
type flowing struct {
	line    line
	title   []node
	rows    int     // of the grid
	first   *matter // what begins with it; nil: it goes on
	penalty int64   // of a page that ends after it
}

// take sets as much as has room in so many rows of a frame, and says how many it takes.
func (w *flow) take(f *frame, most int) (out []flowing, rows int) {
	for len(w.ms) > 0 && rows < most {
		m := &w.ms[0]
		if m.title != nil {
			t := *m.title
			t.own.x, t.p.measure = f.x, f.measure
			nodes, n := t.nodes(w.c, f.pitch-f.style.size)
			if rows+n+2 > most {
				return out, rows
			}
			out = append(out, flowing{title: nodes, rows: n, first: m})
			rows += n
			w.ms = w.ms[1:]
			continue
		}
		p := m.p
		p.measure = f.measure
		lines := w.c.t.setParagraph(&p)
		begins := p.indent > 0
		for i := range lines {
			if rows == most {
				w.parted = w.parted || parts(&p, lines[i].text0)
				w.ms = append([]matter{{p: *p.from(lines[i].text0, f.measure)}}, w.ms[1:]...)
				return out, rows
			}
			l := flowing{line: lines[i], rows: 1}
			if i == 0 {
				l.first = m
			}
			if i < len(lines)-1 && (i == 0 && begins || i == len(lines)-2) {
				l.penalty = lonely
			}
			out = append(out, l)
			rows++
		}
		w.ms = w.ms[1:]
	}
	return out, rows
}

// parts says that a place in p is within text that is set as one: under a reading, in
// two rows, in one em.
func parts(p *paragraph, runes int) bool {
	for i := range p.spans {
		s := &p.spans[i]
		n := utf8.RuneCountInString(s.text)
		if runes < n {
			return runes > 0 && (s.ruby != "" || s.combine) || s.pair != 0
		}
		runes -= n
	}
	return false
}

// nodes sets as much as has room in so many rows of the frame of the flow.
func (w *flow) nodes(most int) (out []node, rows int) {
	set, rows := w.take(w.f, most)
	for i := range set {
		l := &set[i]
		begin := len(out)
		if l.title != nil {
			out = append(out, l.title...)
		} else {
			n := w.c.lineNode(w.f, &l.line)
			n.penalty = l.penalty
			if l.first != nil && w.c.t.o.Indent == NoIndent {
				n.before = w.f.pitch / 2
			}
			out = append(out, n)
		}
		if l.first != nil && begin < len(out) {
			l.first.carry(&out[begin], w.f, 0)
		}
	}
	return out, rows
}

// under sets an island and the lines that stand below it.
// Nothing stands below where it is to be alone.
func (w *flow) under(is *island, rows int, alone bool) node {
	f := *w.f
	f.x += is.size.H + f.style.size
	f.measure -= is.size.H + f.style.size
	high := Length(rows-1)*f.pitch + f.style.size
	n := node{height: high, after: f.pitch - f.style.size, grid: true, notes: is.notes, entries: is.entries}
	x, most := w.f.x, rows
	if alone {
		x, most = x+max(w.f.measure-is.size.H, 0)/2, 0
	}
	n.items = is.stood(x, max(high-is.size.W, 0)/2)
	set, _ := w.take(&f, most)
	row := 0
	for i := range set {
		l := &set[i]
		y := Length(row) * f.pitch
		nodes := l.title
		if nodes == nil {
			nodes = []node{w.c.lineNode(&f, &l.line)}
			y -= nodes[0].lift
		} else if row > 0 {
			y += nodes[0].before
		}
		if l.first != nil {
			l.first.carry(&n, &f, y)
		}
		for k := range nodes {
			n.items = append(n.items, moved(nodes[k].items, 0, y)...)
			n.notes = append(n.notes[:len(n.notes):len(n.notes)], nodes[k].notes...)
			y += nodes[k].height + nodes[k].after
		}
		row += l.rows
		// Short lines matter less than the hole that another place would leave.
		n.penalty = min(l.penalty, 3*unwelcome)
	}
	return n
}
