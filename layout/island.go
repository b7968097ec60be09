package layout

import (
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/leporello-press/leporello/article"
)

// Islands. In vertical text tables and figures stay horizontal: they are set in lines
// of their own, as wide as the type area at most, and stand at the head of the
// column, with the lines that follow shortened below them. Where these lines begin is
// left to the page breaker: an island may stand after as many lines as its page has
// still room for.

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
// the lines of f are long.
func (c *composer) islands(f *frame, width Length, set func(in *frame)) []island {
	page := c.t.geo
	g := page
	g.vertical, g.columns = false, 1
	g.measure, g.width, g.height = width, width, f.measure
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

// island sets the figure or table at the head of bs with the paragraphs that
// stand beside it, and returns how many blocks it set.
func (c *composer) island(f *frame, bs []article.Block) int {
	n := 1
	widths := []Length{c.t.geo.height}
	set := func(in *frame) {
		switch b := bs[0].(type) {
		case *article.Figure:
			n = c.figures(in, bs)
		case *article.Table:
			c.table(in, b)
		}
	}
	if _, ok := bs[0].(*article.Figure); ok {
		widths = append(widths, c.t.geo.height*3/4, c.t.geo.height*6/10)
	}
	kids, anchors, entries, marked, named := len(f.el.Kids), c.anchors, c.entries, maps.Clone(c.marked), maps.Clone(c.placed)
	for i, width := range widths {
		if i > 0 {
			f.el.Kids = f.el.Kids[:kids]
			c.anchors, c.entries, c.marked, c.placed = anchors, entries, maps.Clone(marked), maps.Clone(named)
		}
		all := c.islands(f, width, set)
		if f.note || f.depth > 0 || f.measure != c.t.geo.measure || len(all) != 1 || all[0].size.H+(leastUnder+1)*f.style.size > f.measure {
			c.alone(f, all)
			return n
		}
		is := &all[0]
		beside := c.besides(f, bs[n:])
		ems := int((f.measure - is.size.H - f.style.size) / f.style.size)
		lines := 0
		for _, b := range beside {
			lines += utf8.RuneCountInString(article.InlinesText(b.(*article.Paragraph).Inlines))/ems + 1
		}
		rows := c.rowsOf(f, is)
		if lines < rows && i+1 < len(widths) {
			continue
		}
		var ps []paragraph
		if lines < rows {
			ps = c.before(f)
		}
		back := len(ps)
		for k, b := range beside {
			g := *f
			if lang := b.Language(); lang != "" {
				g.style.lang = lang
			}
			c.t.pos = b.Position()
			g.first = k == 0 && f.first
			ps = append(ps, c.toSet(&g, b.(*article.Paragraph)))
		}
		if len(ps) == 0 {
			c.alone(f, all)
		} else {
			c.under(f, is, ps, back)
		}
		return n + len(beside)
	}
	return n
}

// before takes the last paragraph of the frame back, so that its lines may stand beside an
// island that little follows.
func (c *composer) before(f *frame) []paragraph {
	nodes := f.out.nodes
	for k := len(nodes) - 1; k >= 0; k-- {
		s := nodes[k].setting
		if s == nil {
			continue
		}
		if k+s.lines != len(nodes) || len(s.anchors) > 0 || len(nodes[k].entries) > 0 {
			break
		}
		for _, id := range s.calls {
			delete(c.marked, id)
		}
		f.out.nodes = nodes[:k]
		return []paragraph{s.p}
	}
	return nil
}

// rowsOf is how many lines stand beside an island.
func (c *composer) rowsOf(f *frame, is *island) int {
	return min(int((is.size.W+f.style.size/2+f.pitch-1)/f.pitch), c.t.geo.rows)
}

// besides returns the paragraphs at the head of bs that may stand beside an island, as
// many as fill two pages at most.
func (c *composer) besides(f *frame, bs []article.Block) []article.Block {
	room := 2 * c.t.geo.rows * c.t.geo.ems
	for i, b := range bs {
		p, ok := b.(*article.Paragraph)
		if !ok || room <= 0 || p.Anchor() != "" || slices.ContainsFunc(p.Inlines, func(in article.Inline) bool {
			_, picture := in.(*article.Image)
			return picture
		}) {
			return bs[:i]
		}
		room -= utf8.RuneCountInString(article.InlinesText(p.Inlines))
	}
	return bs
}

// alone adds islands that have no text beside them.
func (c *composer) alone(f *frame, all []island) {
	gap := f.pitch * 45 / 100
	for i := range all {
		is := &all[i]
		c.add(f, node{
			before: gap, height: is.size.W, after: gap + f.pitch - f.style.size, stretch: true,
			items: is.stood(f.x+max(f.measure-is.size.H, 0)/2, 0), notes: is.notes, entries: is.entries,
		})
	}
}

// Costs of an island, beside those of vlist.go: for each line that it stands after what
// it belongs before, and for each line that it has empty beside it.
const (
	perLineLater int64 = 6
	perLineEmpty int64 = 60
)

// under adds an island with the paragraphs ps, set beside it and after it, and before it in other
// ways to set the same. The first of them, back in number, belong before it.
func (c *composer) under(f *frame, is *island, ps []paragraph, back int) {
	rows := c.rowsOf(f, is)
	marked := maps.Clone(c.marked)
	var ways [][]node
	all := 0
	for later := range rows {
		c.marked = maps.Clone(marked)
		w := flow{c: c, f: f, ps: ps}
		nodes := w.nodes(later)
		if len(nodes) < later {
			break
		}
		n, empty := w.under(is, rows)
		nodes = append(nodes, n)
		nodes = append(nodes, w.nodes(1<<20)...)
		if w.parted {
			continue
		}
		away := later
		if back > 0 {
			away = rows - later
		}
		nodes[0].otherwise = perFloat + perLineLater*int64(away) + perLineEmpty*int64(empty)
		ways = append(ways, nodes)
		all += len(nodes)
	}
	if len(ways) == 0 {
		c.alone(f, []island{*is})
		for i := range ps {
			c.set(f, ps[i])
		}
		return
	}
	last := f.out.last()
	begin := len(f.out.nodes)
	for _, nodes := range ways {
		if last == nil || !last.heading {
			nodes[0].before = max(nodes[0].before, f.out.gap)
		}
		if len(f.out.nodes) > begin {
			f.out.nodes[begin].alts = append(f.out.nodes[begin].alts, len(f.out.nodes))
		}
		all -= len(nodes)
		nodes[len(nodes)-1].skip = all
		for _, n := range nodes {
			f.out.add(n)
		}
	}
	f.out.gap = 0
}

// flow is paragraphs that are set line by line in places of different length.
type flow struct {
	c  *composer
	f  *frame
	ps []paragraph
	// parted: the lines of a place ended where a paragraph cannot be taken up again.
	parted bool
}

// flowing is a line of a flow and what may not be parted from it.
type flowing struct {
	line    line
	penalty int64 // of a page that ends after it
}

// take sets at most so many lines of a measure.
func (w *flow) take(measure Length, most int) []flowing {
	var out []flowing
	for len(w.ps) > 0 && len(out) < most {
		p := w.ps[0]
		p.measure = measure
		lines := w.c.t.setParagraph(&p)
		begins := w.ps[0].indent > 0
		for i := range lines {
			if len(out) == most {
				w.parted = w.parted || parts(&p, lines[i].text0)
				w.ps = append([]paragraph{*p.from(lines[i].text0, measure)}, w.ps[1:]...)
				return out
			}
			l := flowing{line: lines[i]}
			if i < len(lines)-1 && (i == 0 && begins || i == len(lines)-2) {
				l.penalty = lonely
			}
			out = append(out, l)
		}
		w.ps = w.ps[1:]
	}
	return out
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

// nodes sets at most so many lines of the frame.
func (w *flow) nodes(most int) []node {
	var out []node
	for _, l := range w.take(w.f.measure, most) {
		n := w.c.lineNode(w.f, &l.line)
		n.penalty = l.penalty
		out = append(out, n)
	}
	return out
}

// under sets the lines that stand below an island, and says how many are missing.
func (w *flow) under(is *island, rows int) (n node, empty int) {
	f := *w.f
	f.x += is.size.H + f.style.size
	f.measure -= is.size.H + f.style.size
	high := Length(rows-1)*f.pitch + f.style.size
	n = node{height: high, after: f.pitch - f.style.size, grid: true, notes: is.notes, entries: is.entries}
	n.items = is.stood(w.f.x, max(high-is.size.W, 0)/2)
	lines := w.take(f.measure, rows)
	for i := range lines {
		m := w.c.lineNode(&f, &lines[i].line)
		n.items = append(n.items, moved(m.items, 0, Length(i)*f.pitch-m.lift)...)
		n.notes = append(n.notes, m.notes...)
		n.penalty = lines[i].penalty
	}
	return n, rows - len(lines)
}
