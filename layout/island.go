package layout

import (
	"fmt"
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
	set := func(in *frame) {
		switch b := bs[0].(type) {
		case *article.Figure:
			n = c.figures(in, bs)
		case *article.Table:
			c.table(in, b)
		}
	}
	kids, anchors, entries, marked, named := len(f.el.Kids), c.anchors, c.entries, maps.Clone(c.marked), maps.Clone(c.placed)
	whole := c.t.geo.height - c.announced(f)
	all := c.islands(f, whole, set)
	if f.note || f.depth > 0 || f.measure != c.t.geo.measure || len(all) != 1 {
		c.alone(f, all)
		return n
	}
	beside := c.besides(f, bs[n:])
	if _, ok := bs[0].(*article.Figure); ok {
		// It is set again as large as the text that follows has use for.
		width := c.fitting(f, &all[0], beside, whole)
		f.el.Kids = f.el.Kids[:kids]
		c.anchors, c.entries, c.marked, c.placed = anchors, entries, marked, named
		all = c.islands(f, width, set)
	}
	is := &all[0]
	if len(all) != 1 || c.roomUnder(f, is.size.H) < leastUnder {
		c.alone(f, all)
		return n
	}
	headed := false // by what the island does not belong to
	if len(beside) > 0 {
		_, headed = beside[0].(*article.Heading)
	}
	var ms []matter
	if headed || c.lines(beside, c.roomUnder(f, is.size.H)) < c.rowsOf(f, is) {
		ms = c.before(f)
	}
	back := len(ms)
	if back+len(beside) == 0 {
		c.alone(f, all)
		return n
	}
	for _, b := range beside {
		ms = append(ms, c.matter(f, b))
	}
	c.under(f, is, ms, back, headed && back == 0)
	return n + len(beside)
}

// roomUnder is how many ems lines have below an island of a height.
func (c *composer) roomUnder(f *frame, high Length) int {
	return int((f.measure - high - f.style.size) / f.style.size)
}

// lines is about how many lines of so many ems blocks have.
func (c *composer) lines(bs []article.Block, ems int) int {
	n := 0
	for _, b := range bs {
		switch b := b.(type) {
		case *article.Paragraph:
			n += utf8.RuneCountInString(article.InlinesText(b.Inlines))/max(ems, 1) + 1
		case *article.Heading:
			n += 3
		default:
			panic(fmt.Sprintf("layout: %T below an island", b))
		}
	}
	return n
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

// fitting returns the width at which a figure, of the size that it has in the whole
// width, and the text up to the next one fill pages best. It is at least seven tenths of the
// page, or the whole.
func (c *composer) fitting(f *frame, full *island, beside []article.Block, whole Length) Length {
	page := c.t.geo.rows
	best, least := whole*8/10, page*page
	if c.lines(beside, c.t.geo.ems) > 2*page {
		return best // there is text enough for any
	}
	for rows := page * 7 / 10; rows <= page; rows++ {
		width := min(Length(rows)*f.pitch-f.style.size/2, whole)
		ems := c.roomUnder(f, full.size.H*width/max(full.size.W, 1))
		if width > full.size.W || ems < leastUnder {
			break
		}
		lines := c.lines(beside, ems)
		over := max(lines-rows, 0) * ems / c.t.geo.ems
		off := (page - (rows+over)%page) % page
		if off += 2 * max(rows-lines, 0); off <= least {
			best, least = width, off
		}
	}
	return best
}

// before takes the last paragraph of the frame back, so that its lines may stand beside an
// island that little follows.
func (c *composer) before(f *frame) []matter {
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
		return []matter{{p: s.p}}
	}
	return nil
}

// rowsOf is how many lines stand beside an island.
func (c *composer) rowsOf(f *frame, is *island) int {
	return min(int((is.size.W+f.style.size/2+f.pitch-1)/f.pitch), c.t.geo.rows)
}

// besides returns the paragraphs and headings at the head of bs that may stand below an
// island, as many as fill two pages at most. Where another island follows that has
// no text of its own after it, the last paragraph is left to it.
func (c *composer) besides(f *frame, bs []article.Block) []article.Block {
	paragraph := func(i int) bool {
		if i >= len(bs) {
			return false
		}
		p, ok := bs[i].(*article.Paragraph)
		return ok && !slices.ContainsFunc(p.Inlines, func(in article.Inline) bool {
			_, picture := in.(*article.Image)
			return picture
		})
	}
	room := 2 * c.t.geo.rows * c.t.geo.ems
	n := 0
	for ; n < len(bs) && room > 0; n++ {
		if _, ok := bs[n].(*article.Heading); ok && paragraph(n+1) {
			room -= 3 * c.t.geo.ems
			continue
		}
		if !paragraph(n) {
			break
		}
		room -= utf8.RuneCountInString(article.InlinesText(bs[n].(*article.Paragraph).Inlines))
	}
	for n > 0 && !paragraph(n-1) {
		n-- // a heading stays with its text
	}
	if n > 1 && n < len(bs) && paragraph(n-2) && !paragraph(n+1) {
		if _, ok := bs[n].(*article.Figure); ok {
			n--
		}
	}
	return bs[:n]
}

// matter is a paragraph or a heading that stands below an island, after it or
// before it, with what its first line carries.
type matter struct {
	p       paragraph
	title   *title // nil: a paragraph
	anchors []Item
	entries []int
}

// matter makes what b is set from, once for all ways to set it.
func (c *composer) matter(f *frame, b article.Block) matter {
	g := *f
	if lang := b.Language(); lang != "" {
		g.style.lang = lang
	}
	c.t.pos = b.Position()
	c.anchor(b.Anchor())
	var m matter
	switch b := b.(type) {
	case *article.Paragraph:
		m.p = c.toSet(&g, b)
	case *article.Heading:
		t := c.newTitle(&g, b)
		m.title = &t
	default:
		panic(fmt.Sprintf("layout: %T below an island", b))
	}
	_, f.first = b.(*article.Heading)
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

// perLineLater is what it costs, beside the costs of vlist.go, for each line that an
// island stands away from its place.
const perLineLater int64 = 6

// hole is what it costs that lines below an island are empty: as much as white of that
// size at the end of a page.
func (c *composer) hole(f *frame, is *island, empty int) int64 {
	part := int64(empty) * 1000 * int64((f.measure-is.size.H)/f.style.size) / int64(c.t.geo.rows*c.t.geo.ems)
	if part == 0 {
		return 0
	}
	return perShort + part*part/50
}

// under adds an island with matter that is set below it and after it, and before it in
// other ways to set the same. The first of it, back in number, belongs before it; it
// may be that nothing may stand before it.
func (c *composer) under(f *frame, is *island, ms []matter, back int, atHead bool) {
	rows := c.rowsOf(f, is)
	marked := maps.Clone(c.marked)
	var ways [][]node
	var first int64
	all := 0
	for later := range rows {
		c.marked = maps.Clone(marked)
		w := flow{c: c, f: f, ms: ms}
		nodes, done := w.nodes(later)
		if done < later {
			if len(w.ms) == 0 {
				break
			}
			continue // a heading has no room
		}
		n, empty := w.under(is, rows)
		nodes = append(nodes, n)
		rest, _ := w.nodes(1 << 20)
		nodes = append(nodes, rest...)
		if w.parted {
			continue
		}
		if atHead && later > 0 {
			break
		}
		away := later
		if back > 0 {
			away = rows - later
		}
		// The first way costs nothing by itself; the others cost what they cost more.
		cost := perLineLater*int64(away) + c.hole(f, is, empty)
		if len(ways) == 0 {
			first = cost
		}
		nodes[0].otherwise = cost - first
		ways = append(ways, nodes)
		all += len(nodes)
	}
	if len(ways) == 0 {
		c.alone(f, []island{*is})
		w := flow{c: c, f: f, ms: ms}
		rest, _ := w.nodes(1 << 20)
		for _, n := range rest {
			c.add(f, n)
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
			out = append(out, n)
		}
		if l.first != nil && begin < len(out) {
			l.first.carry(&out[begin], w.f, 0)
		}
	}
	return out, rows
}

// under sets the lines that stand below an island, and says how many are missing.
func (w *flow) under(is *island, rows int) (n node, empty int) {
	f := *w.f
	f.x += is.size.H + f.style.size
	f.measure -= is.size.H + f.style.size
	high := Length(rows-1)*f.pitch + f.style.size
	n = node{height: high, after: f.pitch - f.style.size, grid: true, notes: is.notes, entries: is.entries}
	n.items = is.stood(w.f.x, max(high-is.size.W, 0)/2)
	set, done := w.take(&f, rows)
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
	return n, rows - done
}
