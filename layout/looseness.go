package layout

// setting is how a paragraph was set, so that it can be set with a line more or
// less.
type setting struct {
	p     paragraph
	f     frame
	lines int
	width Length // of the last line
	// Of its nodes: the anchors that waited for the first, and the notes that are
	// called in it before all other calls.
	anchors []Item
	calls   []string
}

// Paragraphs of a line more or less are tried only where pages came out badly,
// which is where they may help: on the page and the one before, or the pages that
// lead to a last page of few lines.
const reach, reachRunt = 2, 5

// loosen returns the list with other ways to set paragraphs of pages that came
// out badly, or nil where there is none.
func (c *composer) loosen(b *breaker, pieces []piece) []node {
	wanted := make([]bool, len(b.nodes)+1)
	some := false
	for i := range pieces {
		p := &pieces[i]
		fair := perHeading / int64(b.columns)
		if p.to.opens() {
			fair += perPage
		}
		if p.cost < fair || p.even || p.span {
			continue
		}
		n := reach * b.columns
		if i == len(pieces)-1 {
			n = reachRunt
		}
		for k := pieces[max(i-n+1, 0)].from.node; k < p.to.node; k++ {
			wanted[k] = true
			some = some || b.nodes[k].setting != nil
		}
	}
	if !some {
		return nil
	}
	out := make([]node, 0, len(b.nodes)*2)
	found := false
	now := make([]int, len(b.nodes)) // where each node stands in out
	for k := 0; k < len(b.nodes); k++ {
		now[k] = len(out)
		s := b.nodes[k].setting
		if s == nil || !wanted[k] {
			out = append(out, b.nodes[k])
			continue
		}
		begin := len(out)
		out = append(out, b.nodes[k:k+s.lines]...)
		var ways [][]node
		for _, by := range []int{-1, 1} {
			if way := c.otherwise(out[begin:begin+s.lines], s, by); way != nil {
				ways = append(ways, way)
			}
		}
		rest := 0
		for _, way := range ways {
			rest += len(way)
		}
		out[len(out)-1].skip = rest
		for _, way := range ways {
			found = true
			out[begin].alts = append(out[begin].alts, len(out))
			out = append(out, way...)
			rest -= len(way)
			out[len(out)-1].skip = rest
		}
		k += s.lines - 1
	}
	if !found {
		return nil
	}
	for k := range b.nodes {
		if alts := b.nodes[k].alts; alts != nil { // it had other ways before
			way := &out[now[k]]
			way.alts = nil
			for _, a := range alts {
				way.alts = append(way.alts, now[a])
			}
		}
	}
	return out
}

// otherwise sets a paragraph again with by lines more, or returns nil where it
// would show.
func (c *composer) otherwise(as []node, s *setting, by int) []node {
	em := s.f.style.size
	switch {
	case by < 0 && s.width > Length(s.lines-1)*em:
		return nil // more than its marks could give
	case by > 0 && s.p.measure-s.width+2*em > Length(s.lines)*s.p.measure*8/100:
		return nil
	}
	p := s.p
	p.looseness = by
	lines := c.t.setParagraph(&p)
	if len(lines) != s.lines+by {
		return nil
	}
	worst := c.t.lines.worst
	for _, id := range s.calls {
		delete(c.marked, id) // this way calls them first too
	}
	out := make([]node, len(lines))
	for i := range lines {
		out[i] = c.lineNode(&s.f, &lines[i])
		if i == 0 || i == len(lines)-2 {
			out[i].penalty = lonely
		}
	}
	last := &as[len(as)-1]
	out[len(out)-1].penalty, out[len(out)-1].after = last.penalty, last.after
	first := &out[0]
	first.before, first.stretch, first.entries, first.otherwise = as[0].before, as[0].stretch, as[0].entries, perLoose+worst/10
	first.items = append(first.items, s.anchors...)
	return out
}
