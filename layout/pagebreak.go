package layout

import "slices"

// breaker cuts a list of nodes into columns and pages at the least cost. A figure
// stands in its place, at its full height or shrunk by whole lines, or waits for
// the top of the next column while text flows on in front of it; figures keep
// their order and never pass a heading. The cheapest sequence of columns is a
// shortest path over the states "so far, up to this node and this figure". What a
// page of several columns is besides is told in bands.go, where everything then
// stands in standing.go.
type breaker struct {
	nodes   []node
	height  Length // of the type area
	pitch   Length
	grid    bool
	columns int      // of a page
	first   Length   // of the first page, taken already
	notes   []Length // heights of the notes at the foot, by number
	rule    Length   // height of what divides text and notes

	figs   []int    // node of each figure
	before []int    // figures before each node; len(nodes)+1 entries
	tall   []Length // heights of the nodes before each, white left out
	seq    []int    // a buffer
	search *search
}

// cut is where a column ends and the next begins.
type cut struct {
	node int // the next node
	fig  int // the next figure; fewer than those before node while figures wait
	col  int // the column that begins
	// top is where the columns of its band begin, from the top of the type area.
	// At 0 the first column begins a page.
	top Length
}

// piece is what is set from one cut to the next: one column, or what spans all.
type piece struct {
	from, to cut
	high     Length // of the column, with its notes
	span     bool
	even     bool // the column is one of a band that is balanced
	alt      int  // node at which the way of the column leaves the list for an alternative
	cost     int64
}

// opens says that a page begins at the cut.
func (c cut) opens() bool { return c.col == 0 && c.top == 0 }

// Costs, beside those of vlist.go.
const (
	perPage    int64 = 900  // a page more
	perShrink  int64 = 160  // a figure at its smallest; grows with the square
	perSmaller int64 = 25   // a page with a figure that is not as wide as its neighbours
	perFloat   int64 = 90   // a figure that stands after text that follows it
	perLine    int64 = 12   // a line of white put in by a figure; grows with the square
	perHeading int64 = 90   // one above a heading
	perShort   int64 = 140  // a page that ends above its foot; grows with the square
	perLoose   int64 = 40   // a paragraph with a line more or less than is best; more where it shows
	perRunt    int64 = 400  // a last page of three lines; more for fewer
	perUneven  int64 = 30   // a line by which columns of a band differ
	forced     int64 = 1e14 // something higher than a column; more the higher it is
)

func newBreaker(nodes []node, g *geometry, columns int, s *search) *breaker {
	b := &breaker{nodes: nodes, search: s, height: g.height, pitch: g.pitch, grid: g.grid, columns: columns}
	b.before, b.tall = make([]int, len(nodes)+1), make([]Length, len(nodes)+1)
	for i, skip := 0, 0; i < len(nodes); i++ {
		b.before[i] = len(b.figs)
		if nodes[i].figure != nil {
			b.figs = append(b.figs, i)
		}
		b.tall[i+1] = b.tall[i]
		if skip == 0 {
			b.tall[i+1] += nodes[i].height
			skip = nodes[i].skip
		} else {
			skip--
		}
	}
	b.before[len(nodes)] = len(b.figs)
	return b
}

// next returns the node that follows k in the list.
func (b *breaker) next(k int) int { return k + 1 + b.nodes[k].skip }

// way is the cheapest way to a cut.
type way struct {
	cut
	cost int64
	from int32 // the way before
	next int32 // another way that ends at the same node; -1: none
	// How it comes from there: see piece. The second of columns that are balanced begins
	// at split.
	last       int64
	high       Length
	alt, split int32
	splitFig   int32
	span, even bool
}

// search is what the breaker keeps from one list to the next: buffers.
type search struct {
	ways        []way
	first, last []int32 // of the ways that end at each node; -1: none
}

// pieces returns the columns in order, and what they cost. There are none where
// nothing fits on a first page that is taken already.
func (b *breaker) pieces() ([]piece, int64) {
	s := b.search
	s.ways = append(s.ways[:0], way{cut: cut{top: b.first}, from: -1, next: -1})
	s.first, s.last = s.first[:0], s.last[:0]
	for range len(b.nodes) + 1 {
		s.first, s.last = append(s.first, -1), append(s.last, -1)
	}
	s.first[0], s.last[0] = 0, 0
	end := cut{node: len(b.nodes), fig: len(b.figs)}
	var w int32
	try := func(p piece, split cut) {
		found := way{
			cut: p.to, cost: s.ways[w].cost + p.cost, from: w, next: -1, last: p.cost,
			high: p.high, alt: int32(p.alt), split: int32(split.node), splitFig: int32(split.fig), span: p.span, even: p.even,
		}
		for i := s.first[p.to.node]; i >= 0; i = s.ways[i].next {
			if old := &s.ways[i]; old.cut == p.to {
				if found.cost < old.cost {
					found.next = old.next
					*old = found
				}
				return
			}
		}
		i := int32(len(s.ways))
		s.ways = append(s.ways, found)
		if last := s.last[p.to.node]; last >= 0 {
			s.ways[last].next = i
		} else {
			s.first[p.to.node] = i
		}
		s.last[p.to.node] = i
	}
	for n := 0; n <= len(b.nodes); n++ {
		// Ways that end at n grow while it is walked: a column of waiting figures
		// moves only the figure on.
		for fig := 0; fig <= len(b.figs); fig++ {
			// Columns within a page first: where nothing fits they stay empty, and the page
			// begins where they did.
			for _, opens := range []bool{false, true} {
				for w = s.first[n]; w >= 0; w = s.ways[w].next {
					if c := s.ways[w].cut; c.fig == fig && c != end && c.opens() == opens {
						b.moves(c, try)
					}
				}
			}
			if s.first[n] < 0 || fig >= b.before[n] {
				break
			}
		}
	}
	best := s.first[end.node]
	for best >= 0 && s.ways[best].cut != end {
		best = s.ways[best].next
	}
	if best < 0 {
		return nil, forced
	}
	var pieces []piece
	for w := &s.ways[best]; w.from >= 0; w = &s.ways[w.from] {
		p := piece{from: s.ways[w.from].cut, to: w.cut, high: w.high, span: w.span, even: w.even, alt: int(w.alt), cost: w.last}
		if p.even {
			// From the second column back to the first.
			right := p
			right.from, right.cost = cut{node: int(w.split), fig: int(w.splitFig), col: 1, top: p.from.top}, 0
			p.to = right.from
			pieces = append(pieces, right)
		}
		pieces = append(pieces, p)
	}
	slices.Reverse(pieces)
	return pieces, s.ways[best].cost
}

// moves tries all that may follow a cut.
func (b *breaker) moves(from cut, try func(piece, cut)) {
	if from.col == 0 && b.columns > 1 {
		if b.spans(from) {
			b.across(from, try)
			return
		}
		b.balance(from, try)
	}
	b.column(from, try)
}

// column is a column while it is filled.
type column struct {
	y, ink   Length // below the last node with and without its white
	limit    Length // its height
	foot     Length // of notes
	shrink   Length // that its figures offer
	stretch  int    // lines that may be put in
	heads    int    // those of them above headings
	figs     int    // figures in it
	empty    bool
	fig      int // next figure
	alt      int
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
			if n.heading {
				d.heads++
			}
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
	if over := d.ink + d.foot - d.shrink - d.limit; over > 0 {
		if !c.empty {
			return false
		}
		d.cost += forced + int64(over/Pt)*lonely
	}
	d.empty = false
	*c = d
	return true
}

func (b *breaker) onGrid(y Length) Length {
	return (y + b.pitch - 1) / b.pitch * b.pitch
}

// begin returns the empty column at a cut.
func (b *breaker) begin(from cut) column {
	return column{empty: true, fig: from.fig, limit: b.height - from.top}
}

// repeat puts the repeated head of node k at the top of what follows.
func (b *breaker) repeat(c *column, k int) {
	if k < len(b.nodes) && b.nodes[k].head != nil {
		c.y += b.nodes[k].head.height
		c.ink, c.empty = c.y, false
	}
}

// column tries every end of the column that begins at a cut.
func (b *breaker) column(from cut, try func(piece, cut)) {
	c := b.begin(from)
	for c.fig < b.before[from.node] && !b.nodes[b.figs[c.fig]].span {
		if !b.put(&c, &b.nodes[b.figs[c.fig]]) {
			break
		}
		c.fig++
	}
	if c.fig > from.fig {
		b.end(&c, from, from.node, 0, try)
	}
	b.repeat(&c, from.node)
	if first := b.begin(from); from.node > 0 && !from.opens() && from.node < len(b.nodes) && first.limit < b.nodes[from.node].height {
		try(piece{from: from, to: cut{node: from.node, fig: from.fig}, high: first.limit, cost: perPage + b.white(&first, first.limit)}, cut{})
	}
	b.walk(from, from.node, c, try)
}

// walk goes on with the column from node k.
func (b *breaker) walk(from cut, k int, c column, try func(piece, cut)) {
	for ; k < len(b.nodes); k = b.next(k) {
		n := &b.nodes[k]
		waiting := c.fig < b.before[k]
		if n.heading && waiting {
			return
		}
		if n.span && (n.figure == nil || !n.figure.floats) {
			return
		}
		if c.alt == 0 {
			for _, a := range n.alts {
				d := c
				d.alt = a
				d.cost += b.nodes[a].otherwise
				b.walk(from, a, d, try)
			}
		}
		if n.figure != nil {
			if waiting {
				continue
			}
			if n.span {
				c.cost += perFloat
				continue
			}
			// Either it waits, or it stands here.
			if n.figure.floats && c.branches < 3 {
				d := c
				d.branches++
				d.cost += perFloat
				b.walk(from, k+1, d, try)
			}
		}
		if !b.put(&c, n) {
			return
		}
		if n.figure != nil {
			c.fig++
		}
		b.end(&c, from, b.next(k), n.penalty, try)
		if c.cost >= forced {
			return
		}
	}
}

// end tries the end of the column before node next.
func (b *breaker) end(c *column, from cut, next int, penalty int64, try func(piece, cut)) {
	s := piece{from: from, to: cut{node: next, fig: c.fig}, high: c.limit, alt: c.alt, cost: c.cost}
	last := next == len(b.nodes) && c.fig == len(b.figs)
	if from.col+1 < b.columns {
		if last || c.fig == b.before[next] && b.spans(s.to) {
			return // such columns are balanced
		}
		s.to.col, s.to.top = from.col+1, from.top
	} else {
		s.cost += perPage
	}
	switch free := c.limit - c.ink - c.foot; {
	case free < 0 && c.shrink > 0:
		lines := int64((-free + b.pitch - 1) / b.pitch)
		all := int64(c.shrink / b.pitch)
		s.cost += perSmaller + perShrink*int64(c.figs)*lines*lines/(all*all)
	case last && b.columns == 1:
		s.cost += b.runt(from, c.ink)
	default:
		s.cost += b.white(c, free)
	}
	if !last {
		s.cost += penalty
	}
	try(s, cut{})
}

// runt is what a last page costs that holds few lines.
func (b *breaker) runt(from cut, ink Length) int64 {
	if lines := int64((ink + b.pitch - 1) / b.pitch); lines <= 4 && from.top == 0 && from.node > 0 {
		return perRunt * (5 - lines) / 2
	}
	return 0
}

// white is what it costs that a column leaves free.
func (b *breaker) white(c *column, free Length) int64 {
	lines := int64(free / b.pitch)
	if lines > int64(c.stretch) {
		part := int64(free) * 1000 / int64(b.height)
		return (perShort + part*part/100) / int64(b.columns)
	}
	// Above headings only what figures cannot take.
	return (perLine*lines*lines + (perHeading-perLine)*max(lines-int64(c.stretch-c.heads), 0)) / int64(b.columns)
}
