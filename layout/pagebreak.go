package layout

import "fmt"

func unknownItem(it Item) string { return fmt.Sprintf("layout: unknown item %T", it) }

// breaker cuts a list of nodes into pages at the least cost. A figure stands in
// its place, at its full height or shrunk by whole lines, or waits for the
// top of the next page while text flows on in front of it; figures keep their
// order and never pass a heading. The cheapest sequence of pages is a shortest
// path over the states "so far, up to this node and this figure".
type breaker struct {
	nodes  []node
	height Length // of the type area
	pitch  Length
	first  Length   // of the first page, taken already
	notes  []Length // heights of the notes at the foot, by number
	rule   Length   // height of what divides text and notes

	figs   []int // node of each figure
	before []int // figures before each node; len(nodes)+1 entries
}

// cut is where a page ends and the next begins.
type cut struct {
	node int // the next node
	fig  int // the next figure; fewer than those before node while figures wait
}

// Costs, beside those of vlist.go.
const (
	perPage    int64 = 900  // a page more
	perShrink  int64 = 160  // a figure at its smallest; grows with the square
	perSmaller int64 = 25   // a page with a figure that is not as wide as its neighbours
	perFloat   int64 = 90   // a figure that stands after text that follows it
	perLine    int64 = 12   // a line of white put in
	perRunt    int64 = 400  // a last page with a line or two
	forced     int64 = 1e14 // something higher than a page
)

func newBreaker(nodes []node, height, pitch Length) *breaker {
	b := &breaker{nodes: nodes, height: height, pitch: pitch, before: make([]int, len(nodes)+1)}
	for i := range nodes {
		b.before[i] = len(b.figs)
		if nodes[i].figure != nil {
			b.figs = append(b.figs, i)
		}
	}
	b.before[len(nodes)] = len(b.figs)
	return b
}

// cuts returns the ends of the pages, in order, and what they cost. There are
// none where nothing fits on a first page that is taken already.
func (b *breaker) cuts() ([]cut, int64) {
	type way struct {
		cut
		cost int64
		from int // index of the way before
	}
	ways := []way{{from: -1}}
	at := make([][]int, len(b.nodes)+1) // ways that end at a node
	at[0] = []int{0}
	end := cut{len(b.nodes), len(b.figs)}
	for n := 0; n <= len(b.nodes); n++ {
		// Ways that end at n grow while it is walked: a page of waiting figures
		// moves only the figure on.
		for fig := 0; fig <= len(b.figs); fig++ {
			for _, w := range at[n] {
				if ways[w].fig != fig || ways[w].cut == end {
					continue
				}
				start := ways[w]
				b.page(start.cut, start.from < 0, func(c cut, cost int64) {
					cost += start.cost
					for _, old := range at[c.node] {
						if ways[old].cut == c {
							if cost < ways[old].cost {
								ways[old].cost, ways[old].from = cost, w
							}
							return
						}
					}
					at[c.node] = append(at[c.node], len(ways))
					ways = append(ways, way{c, cost, w})
				})
			}
			if len(at[n]) == 0 || fig >= b.before[n] {
				break
			}
		}
	}
	best := -1
	for _, w := range at[end.node] {
		if ways[w].cut == end {
			best = w
		}
	}
	if best < 0 {
		return nil, forced
	}
	var cuts []cut
	for w := best; w >= 0 && ways[w].from >= 0; w = ways[w].from {
		cuts = append(cuts, ways[w].cut)
	}
	for i, j := 0, len(cuts)-1; i < j; i, j = i+1, j-1 {
		cuts[i], cuts[j] = cuts[j], cuts[i]
	}
	return cuts, ways[best].cost
}

// column is a page while it is filled.
type column struct {
	y, ink   Length // below the last node with and without its white
	foot     Length // of notes
	shrink   Length // that its figures offer
	stretch  int    // lines that may be put in
	figs     int    // figures in it
	empty    bool
	fig      int // next figure
	cost     int64
	branches int
}

// put adds n to the column, or says that it does not fit.
func (b *breaker) put(c *column, n *node) bool {
	d := *c
	if !d.empty {
		d.y += n.before
		if n.stretch {
			d.stretch++
		}
	}
	if n.grid {
		d.y = b.onGrid(d.y+n.lift) - n.lift
	}
	d.ink = d.y + n.height
	d.y = d.ink + n.after
	for _, note := range n.notes {
		if d.foot == 0 {
			d.foot = b.rule
		}
		d.foot += b.notes[note]
	}
	if n.figure != nil {
		d.figs++
		d.shrink += n.figure.shrink
	}
	if d.ink+d.foot-d.shrink > b.height && !c.empty {
		return false
	}
	if d.ink+d.foot-d.shrink > b.height {
		d.cost += forced
	}
	d.empty = false
	*c = d
	return true
}

func (b *breaker) onGrid(y Length) Length {
	return (y + b.pitch - 1) / b.pitch * b.pitch
}

// page tries every end of the page that begins at start.
func (b *breaker) page(start cut, first bool, try func(cut, int64)) {
	c := column{empty: true, fig: start.fig}
	if first && b.first > 0 {
		c.y, c.ink, c.empty = b.first, b.first, false
	}
	for c.fig < b.before[start.node] {
		if !b.put(&c, &b.nodes[b.figs[c.fig]]) {
			break
		}
		c.fig++
	}
	if c.fig > start.fig {
		b.end(&c, start.node, 0, try)
	}
	if start.node < len(b.nodes) {
		if h := b.nodes[start.node].head; h != nil {
			c.y += h.height
			c.ink, c.empty = c.y, false
		}
	}
	b.walk(start.node, c, try)
}

// walk goes on with the page from node k.
func (b *breaker) walk(k int, c column, try func(cut, int64)) {
	for ; k < len(b.nodes); k++ {
		n := &b.nodes[k]
		waiting := c.fig < b.before[k]
		if n.heading && waiting {
			return
		}
		if n.figure != nil {
			if waiting {
				continue
			}
			// Either it waits, or it stands here.
			if n.figure.floats && c.branches < 3 {
				d := c
				d.branches++
				d.cost += perFloat
				b.walk(k+1, d, try)
			}
		}
		if !b.put(&c, n) {
			return
		}
		if n.figure != nil {
			c.fig++
		}
		b.end(&c, k+1, n.penalty, try)
		if c.cost >= forced {
			return
		}
	}
}

// end tries the end of the page before node next.
func (b *breaker) end(c *column, next int, penalty int64, try func(cut, int64)) {
	cost := c.cost + perPage
	last := next == len(b.nodes) && c.fig == len(b.figs)
	switch free := b.height - c.ink - c.foot; {
	case free < 0 && c.shrink > 0:
		lines := int64((-free + b.pitch - 1) / b.pitch)
		all := int64(c.shrink / b.pitch)
		cost += perSmaller + perShrink*int64(c.figs)*lines*lines/(all*all)
	case last:
		if c.ink < 3*b.pitch && b.first == 0 {
			cost += perRunt
		}
	default:
		lines := int64(free / b.pitch)
		if lines > int64(c.stretch) {
			part := int64(free) * 1000 / int64(b.height)
			cost += part * part / 100
		} else {
			cost += perLine * lines
		}
	}
	if !last {
		cost += penalty
	}
	try(cut{next, c.fig}, cost)
}

// standing is a node on a page.
type standing struct {
	node   int
	top    Length // below the top of the type area
	height Length
}

// place lays out the page between two cuts: which nodes stand where. It follows
// the walk that found the cut, then spreads what is left over. A repeated head
// stands at headTop; it is -1 without one.
func (b *breaker) place(from, to cut, first bool) (nodes []standing, headTop, foot Length) {
	c := column{empty: true}
	if first && b.first > 0 {
		c.y, c.ink, c.empty = b.first, b.first, false
	}
	headTop = -1
	headAt := -1 // the node below it
	add := func(k int) {
		n := &b.nodes[k]
		b.put(&c, n)
		nodes = append(nodes, standing{k, c.ink - n.height, n.height})
	}
	for f := from.fig; f < to.fig && b.figs[f] < from.node; f++ {
		add(b.figs[f])
	}
	if from.node < to.node {
		if h := b.nodes[from.node].head; h != nil {
			headAt, headTop = len(nodes), c.y
			c.y += h.height
			c.ink, c.empty = c.y, false
		}
	}
	for k := from.node; k < to.node; k++ {
		if b.nodes[k].figure != nil && b.before[k] >= to.fig {
			continue
		}
		add(k)
	}
	free := b.height - c.ink - c.foot
	if free < 0 {
		b.squeeze(nodes, int((-free+b.pitch-1)/b.pitch), c.stretch)
		free = b.height - c.foot
		if n := len(nodes); n > 0 {
			free -= nodes[n-1].top + nodes[n-1].height
		}
	}
	last := to.node == len(b.nodes) && to.fig == len(b.figs)
	b.settle(nodes, headAt)
	if !last {
		lines := int(free / b.pitch)
		if lines > 0 && lines <= c.stretch {
			b.loosen(nodes, lines, first && b.first > 0)
			free -= Length(lines) * b.pitch
		}
		if free > 0 && free < b.pitch {
			b.drop(nodes, free)
		}
	}
	return nodes, headTop, c.foot
}

// squeeze makes the figures of a page lower by lines in all: first the one that
// offers most, so that the others keep their size. A picture a little narrower
// than the text looks like a mistake; it is made narrower still when the page
// can take the white, spare lines of it.
func (b *breaker) squeeze(nodes []standing, lines, spare int) {
	for lines > 0 {
		most := -1
		for i := range nodes {
			if s := b.offer(&nodes[i]); s > 0 && (most < 0 || s > b.offer(&nodes[most])) {
				most = i
			}
		}
		if most < 0 {
			return
		}
		p := &nodes[most]
		g := b.nodes[p.node].figure
		take := min(lines, b.offer(p))
		lines -= take
		if g.full() {
			pic := p.height - g.below - g.between()
			if want := int((pic/6 + b.pitch - 1) / b.pitch); take < want && want-take <= spare && want <= b.offer(p) {
				spare -= want - take
				take = want
			}
		}
		p.height -= Length(take) * b.pitch
		for k := most + 1; k < len(nodes); k++ {
			nodes[k].top -= Length(take) * b.pitch
		}
		if lines > 0 && take == 0 {
			return
		}
	}
}

// offer returns by how many lines a figure may still be made lower.
func (b *breaker) offer(p *standing) int {
	n := &b.nodes[p.node]
	if n.figure == nil {
		return 0
	}
	return int((n.figure.shrink - (n.height - p.height)) / b.pitch)
}

// settle puts the white that the grid left above text into better places: above
// a heading, or half above and half below what stands off the grid. At the top
// of a page and below a repeated head only headings move.
func (b *breaker) settle(nodes []standing, headAt int) {
	begin := -1 // of a group off the grid
	for i := range nodes {
		n := &b.nodes[nodes[i].node]
		if !n.grid {
			if begin < 0 || i == headAt {
				begin = i
			}
			continue
		}
		if begin >= 0 {
			p, q := &nodes[i-1], &nodes[i]
			slack := q.top + n.lift - (p.top + p.height + b.nodes[p.node].after + n.before)
			from := b.headingIn(nodes, begin, i)
			if from < 0 && begin > 0 && begin != headAt {
				from = begin
				slack /= 2
			}
			if from >= 0 && slack > 0 {
				for k := from; k < i; k++ {
					nodes[k].top += slack
				}
			}
		}
		begin = -1
	}
}

// headingIn returns where the last run of headings among nodes[from:to] begins,
// or -1. An article's title is none: it keeps its place.
func (b *breaker) headingIn(nodes []standing, from, to int) int {
	k := to - 1
	for k >= from && !(b.nodes[nodes[k].node].heading && b.nodes[nodes[k].node].stretch) {
		k--
	}
	if k < from {
		return -1
	}
	for k > from && b.nodes[nodes[k-1].node].heading {
		k--
	}
	return k
}

// loosen puts lines of white above the nodes that allow it, the last ones first.
func (b *breaker) loosen(nodes []standing, lines int, firstToo bool) {
	for i := len(nodes) - 1; i >= 0 && lines > 0; i-- {
		if (i > 0 || firstToo) && b.nodes[nodes[i].node].stretch {
			lines--
			for k := i; k < len(nodes); k++ {
				nodes[k].top += b.pitch
			}
		}
	}
}

// drop moves what stands off the grid at the foot of the page down to it.
func (b *breaker) drop(nodes []standing, free Length) {
	i := len(nodes)
	for i > 0 && !b.nodes[nodes[i-1].node].grid {
		i--
	}
	if i == 0 {
		return
	}
	for k := i; k < len(nodes); k++ {
		nodes[k].top += free
	}
}
