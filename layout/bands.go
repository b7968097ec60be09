package layout

// What spans the columns of a page divides them into bands. Above it, and at the end
// of an article, the columns are balanced.

// spans says that what comes next spans the columns: a figure that waits, or the
// next node.
func (b *breaker) spans(at cut) bool {
	if at.fig < b.before[at.node] {
		return b.nodes[b.figs[at.fig]].span
	}
	return at.node < len(b.nodes) && b.nodes[at.node].span
}

// across tries the ends of what spans the columns from a cut on.
func (b *breaker) across(from cut, try func(piece, cut)) {
	c := b.begin(from)
	c.empty = from.top == 0
	end := func(next int, penalty int64) {
		s := piece{from: from, to: cut{node: next, fig: c.fig}, high: c.limit, span: true, cost: c.cost}
		last := next == len(b.nodes) && c.fig == len(b.figs)
		free := c.limit - c.ink - c.foot
		if !last && free >= 0 && !b.spans(s.to) {
			below := s
			below.to.top = from.top + b.onGrid(c.y)
			if below.to.top+3*b.pitch <= b.height {
				try(below, cut{})
			}
		}
		s.cost += perPage
		if last {
			s.cost += b.runt(from, c.ink)
		} else {
			s.cost += penalty + b.white(&c, max(free, 0))
		}
		if free < 0 {
			s.cost += perShrink
		}
		try(s, cut{})
	}
	k := from.node
	for c.fig < b.before[k] && b.nodes[b.figs[c.fig]].span {
		if !b.put(&c, &b.nodes[b.figs[c.fig]]) {
			return
		}
		c.fig++
		end(k, 0)
	}
	if c.fig < b.before[k] {
		return
	}
	for ; k < len(b.nodes) && b.nodes[k].span; k = b.next(k) {
		n := &b.nodes[k]
		if k == from.node {
			b.repeat(&c, k)
		}
		if !b.put(&c, n) {
			return
		}
		if n.figure != nil {
			c.fig++
		}
		end(b.next(k), n.penalty)
		if c.cost >= forced {
			return
		}
	}
}

// balance tries columns of like height down to the next node that spans, or to the
// end, where that is on this page. While a figure waits that spans, they end above
// the next heading too.
func (b *breaker) balance(from cut, try func(piece, cut)) {
	limit := b.height - from.top
	stop := from.node
	blocked := false // a figure that spans waits
	b.seq = b.seq[:0]
	fig := from.fig
	for fig < b.before[from.node] && !blocked {
		if blocked = b.nodes[b.figs[fig]].span; !blocked {
			b.seq = append(b.seq, b.figs[fig])
			fig++
		}
	}
	for ; stop < len(b.nodes); stop = b.next(stop) {
		n := &b.nodes[stop]
		if n.span || blocked && n.heading {
			break
		}
		if b.tall[stop]-b.tall[from.node] > 2*limit {
			return
		}
		if n.figure != nil {
			if blocked {
				continue
			}
			fig++
		}
		b.seq = append(b.seq, stop)
	}
	if len(b.seq) == 0 {
		return
	}
	// add puts node k in a column and says whether it fits. The first is one that
	// does not only stand here because it waited.
	add := func(c *column, k int, first bool) bool {
		if first && k >= from.node {
			b.repeat(c, k)
		}
		return b.put(c, &b.nodes[k]) && c.ink+c.foot <= limit
	}
	fill := func(seq []int) (column, bool) {
		c := b.begin(from)
		for i, k := range seq {
			if !add(&c, k, i == 0) {
				return c, false
			}
		}
		return c, true
	}
	best, split := int64(-1), 0
	var high, below Length
	left := b.begin(from)
	for j, k := range b.seq {
		if !add(&left, k, k == from.node) {
			break
		}
		penalty := b.nodes[k].penalty
		right := column{}
		if j+1 < len(b.seq) {
			if penalty >= lonely || 2*left.ink < (b.tall[stop]-b.tall[from.node])*8/10 {
				continue
			}
			var ok bool
			if right, ok = fill(b.seq[j+1:]); !ok {
				continue
			}
		} else {
			penalty = together
		}
		h := b.onGrid(max(left.ink+left.foot, right.ink+right.foot)) / b.pitch
		off := (left.ink + left.foot - right.ink - right.foot) / b.pitch
		if cost := penalty + 2*perUneven*int64(h) + perUneven*int64(max(off, -off)); best < 0 || cost < best {
			best, split = cost, j+1
			high = max(left.ink+left.foot, right.ink+right.foot)
			below = max(left.y+left.foot, right.y+right.foot)
		}
	}
	if best < 0 {
		return
	}
	s := piece{from: from, to: cut{node: stop, fig: fig}, high: high, even: true, cost: best - 2*perUneven*int64(b.onGrid(high)/b.pitch)}
	at := cut{node: stop, fig: fig, col: 1, top: from.top}
	if split < len(b.seq) {
		// Between figures that waited the list has not gone on.
		at.node, at.fig = max(b.seq[split], from.node), min(b.before[b.seq[split]], fig)
	}
	if s.to == (cut{node: len(b.nodes), fig: len(b.figs)}) {
		s.cost += perPage + b.runt(from, 2*high)
		try(s, at)
		return
	}
	lower := s
	if lower.to.top = from.top + b.onGrid(below); lower.to.top+3*b.pitch <= b.height {
		try(lower, at)
	}
	part := int64(max(limit-high, 0)) * 1000 / int64(b.height)
	s.cost += perPage + part*part/100
	if k := b.seq[len(b.seq)-1]; k >= from.node {
		s.cost += b.nodes[k].penalty
	}
	try(s, at)
}
