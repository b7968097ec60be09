package layout

import "slices"

// standing is a node on a page.
type standing struct {
	node   int
	top    Length // below the top of the column
	height Length
}

// place lays out a piece: which nodes stand where. It follows the walk that found
// it, then spreads what is left over. A repeated head stands at headTop; it is -1
// without one.
func (b *breaker) place(s *piece) (nodes []standing, headTop, foot Length) {
	c := b.begin(s.from)
	c.limit = s.high
	c.empty = !s.span || s.from.top == 0
	headTop = -1
	headAt := -1 // the node below it
	add := func(k int) {
		n := &b.nodes[k]
		b.put(&c, n)
		nodes = append(nodes, standing{k, c.ink - n.height, n.height})
	}
	for f := s.from.fig; f < s.to.fig && b.figs[f] < s.from.node; f++ {
		add(b.figs[f])
	}
	if s.from.node < s.to.node {
		if h := b.nodes[s.from.node].head; h != nil {
			headAt, headTop = len(nodes), c.y
			b.repeat(&c, s.from.node)
		}
	}
	for k := s.from.node; k < s.to.node; k = b.next(k) {
		if s.alt > 0 && slices.Contains(b.nodes[k].alts, s.alt) {
			k = s.alt
		}
		if b.nodes[k].figure != nil && b.before[k] >= s.to.fig {
			continue
		}
		add(k)
	}
	free := c.limit - c.ink - c.foot
	if free < 0 {
		b.squeeze(nodes, int((-free+b.pitch-1)/b.pitch), c.stretch-c.heads)
		free = c.limit - c.foot
		if n := len(nodes); n > 0 {
			free -= nodes[n-1].top + nodes[n-1].height
		}
	}
	b.settle(nodes, headAt)
	last := s.to.node == len(b.nodes) && s.to.fig == len(b.figs)
	if last || s.even || s.span && s.to.top > 0 {
		return nodes, headTop, c.foot
	}
	lines := int(free / b.pitch)
	if !b.grid {
		if free > 0 && lines <= c.stretch {
			b.spread(nodes, free)
		}
		return nodes, headTop, c.foot
	}
	if lines > 0 && lines <= c.stretch {
		b.loosen(nodes, lines)
		free -= Length(lines) * b.pitch
	}
	if free > 0 && free < b.pitch {
		b.drop(nodes, free)
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
// a heading, or half above and half below what stands off the grid, of which a
// heading may be the last. At the top of a page and below a repeated head only headings move.
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
			half := Length(0) // for what stands above the heading, or has none below it
			if (from < 0 || from > begin) && begin > 0 && begin != headAt {
				half = slack / 2
			}
			for k := begin; k < i && slack > 0; k++ {
				if from >= 0 && k >= from {
					nodes[k].top += slack
				} else {
					nodes[k].top += half
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

// loosen puts lines of white above the nodes that allow it, the last ones first;
// above headings only where figures cannot take them.
func (b *breaker) loosen(nodes []standing, lines int) {
	for _, headings := range []bool{false, true} {
		for i := len(nodes) - 1; i > 0 && lines > 0; i-- {
			if n := &b.nodes[nodes[i].node]; n.stretch && n.heading == headings {
				lines--
				for k := i; k < len(nodes); k++ {
					nodes[k].top += b.pitch
				}
			}
		}
	}
}

// spread shares white out evenly above the nodes that allow it, at most a line and
// a half to each.
func (b *breaker) spread(nodes []standing, free Length) {
	places := Length(0)
	for i := range nodes {
		if i > 0 && b.nodes[nodes[i].node].stretch {
			places++
		}
	}
	free = min(free, places*b.pitch*3/2)
	var n Length
	for i := range nodes {
		if i > 0 && b.nodes[nodes[i].node].stretch {
			n++
		}
		if n > 0 {
			nodes[i].top += free * n / places
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
