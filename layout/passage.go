package layout

import (
	"maps"
	"slices"

	"github.com/leporello-press/leporello/article"
)

// A passage is text with islands in it, which are placed together. Each is offered
// in several sizes, and two of like width one above the other. Where they stand is
// a shortest path over the lines of the passage and the rows of its pages. As the
// measure of a line follows from all that stands before it, the path counts
// characters; then lines are set up to the first island, and the rest is chosen again
// from where they really end. Islands keep their order and pass no heading.
type passage struct {
	c     *composer
	f     *frame
	ms    []matter
	texts []extent
	at    []int // half ems of the texts before each; len(texts)+1 entries
	seats []seat
	rows  int  // of a page
	line  int  // half ems of a whole line
	begin bool // a heading stands before it
	ends  bool // nothing follows
	known map[spot]choice
}

// extent is about how long a paragraph or a heading is.
type extent struct {
	wide  int // half ems of a paragraph
	chars int // of it, wide ones twice
	rows  int // of a heading
}

// seat is where an island belongs.
type seat struct {
	text   int // texts before it
	first  int // the first of them that it may stand before: no heading is between
	kid    int // where its elements are in that of the frame
	offers []offer
}

// offer is a way to set an island, or two.
type offer struct {
	is   island
	kids [][]*Element // of each island
	rows int          // that it takes
	line int          // half ems of the lines below; 0: none stand there
	// shrunk is what it costs that it is smaller than it could be, cost that and the
	// white below it.
	shrunk, cost int64
}

// spot is how far a passage is set.
type spot struct {
	text, off int // off in half ems
	seat      int // the next
	row       int // of the page, those before are taken
}

// choice is the cheapest way to go on from a spot, and what all up to the end costs.
type choice struct {
	offer *offer // nil: a line, or a heading
	cost  int64
}

// Costs of passages, beside those of vlist.go and of the page breaker.
const (
	perLineLater  int64 = 6  // a line by which an island stands after its place
	perLineSooner int64 = 12 // one by which it stands before it
	perSooner     int64 = 90 // beside that
)

// passage sets the passage at the head of bs, and returns how many blocks it has; 0: bs
// does not begin with one.
func (c *composer) passage(f *frame, bs []article.Block) int {
	if !c.inland(f) || f.note || f.depth > 0 || f.measure != c.t.geo.measure {
		return 0
	}
	n := c.passageEnd(bs)
	if n == 0 {
		return 0
	}
	p := passage{c: c, f: f, rows: c.t.geo.rows, line: 2 * c.t.geo.ems, at: []int{0}, known: map[spot]choice{}}
	heading := 0 // the first text after one
	i := 0
	for i < n {
		b := bs[i]
		g := *f
		c.measure, c.t.pos = f.measure, b.Position()
		if lang := b.Language(); lang != "" {
			g.style.lang = lang
		}
		_, paragraph := b.(*article.Paragraph)
		_, isHeading := b.(*article.Heading)
		if paragraph || isHeading {
			p.add(c.matter(f, b))
			if f.first {
				heading = len(p.ms)
			}
			i++
			continue
		}
		offers, used := c.offers(&g, bs[i:], p.announced())
		if offers == nil {
			break
		}
		f.first = false
		p.seats = append(p.seats, seat{text: len(p.ms), first: heading, kid: len(f.el.Kids) - len(offers[0].kids[0]), offers: offers})
		i += used
	}
	p.begin, p.ends = c.announced(f) > 0, i == len(bs)
	for i := range len(p.seats) - 1 {
		p.seats[i].pair(&p.seats[i+1], f, &c.t.geo)
	}
	p.set()
	return i
}

// passageEnd returns how many blocks may be a passage: of text that is near islands.
func (c *composer) passageEnd(bs []article.Block) int {
	page := 2 * c.t.geo.rows * c.t.geo.ems
	room := page
	found := false
	n := 0
	for ; n < len(bs) && room > 0; n++ {
		p, text := bs[n].(*article.Paragraph)
		_, heading := bs[n].(*article.Heading)
		switch {
		case heading:
			room -= 6 * c.t.geo.ems
			continue
		case text && !slices.ContainsFunc(p.Inlines, func(in article.Inline) bool { _, ok := in.(*article.Image); return ok }):
			room -= halfEms(article.InlinesText(p.Inlines))
			continue
		}
		_, figure := bs[n].(*article.Figure)
		_, table := bs[n].(*article.Table)
		if !figure && !table {
			break
		}
		room, found = 2*page, true
	}
	for ; n > 0; n-- {
		if _, ok := bs[n-1].(*article.Heading); !ok {
			break // it stays with its text
		}
	}
	if !found {
		return 0
	}
	return n
}

// halfEms is about how long text is.
func halfEms(s string) int {
	n := 0
	for _, r := range s {
		if n++; r >= 0x2E80 {
			n++
		}
	}
	return n
}

// chars returns how many characters a paragraph has, wide ones twice.
func (p *paragraph) chars() int {
	n := 0
	for i := range p.spans {
		n += halfEms(p.spans[i].text)
	}
	return n
}

// add puts text at the end of the passage. What has no lines leaves what it would carry to
// what follows.
func (p *passage) add(m matter) {
	var e extent
	long := 0
	if m.title != nil {
		t := *m.title
		marked := maps.Clone(p.c.marked)
		_, e.rows = t.nodes(p.c, p.f.pitch-p.f.style.size)
		p.c.marked = marked
		long = e.rows * p.line
	} else {
		q := m.p
		if lines := p.c.t.setParagraph(&q); len(lines) > 0 {
			e.wide = (len(lines)-1)*p.line + max(int(2*lines[len(lines)-1].width/p.f.style.size), 1)
		}
		e.chars = q.chars()
		long = e.wide
	}
	if long == 0 {
		p.c.anchors, p.c.entries = m.anchors, m.entries
		return
	}
	if m.title == nil && p.c.t.o.Indent == NoIndent {
		e.wide += p.line // the white above it
	}
	p.ms, p.texts = append(p.ms, m), append(p.texts, e)
	p.at = append(p.at, p.at[len(p.at)-1]+long)
}

// island sets the figure or table at the head of bs in a width, with those that share
// its row, and returns how many it set.
func (c *composer) island(f *frame, bs []article.Block, width Length, highest int) ([]island, int) {
	n := 1
	all := c.islands(f, width, highest, func(in *frame) {
		if table, ok := bs[0].(*article.Table); ok {
			c.table(in, table)
		} else {
			n = c.figures(in, bs)
		}
	})
	return all, n
}

// leastPart is the least of its size that an island is offered at, in hundredths; what is
// not more than smallRows wide stays as it is.
const leastPart, smallRows = 60, 6

// offers returns the ways to set the figure or table at the head of bs, the largest first,
// and how many blocks it is; none where pages have to cut it. Headings before it have
// taken so much of a page.
func (c *composer) offers(f *frame, bs []article.Block, taken Length) (out []offer, used int) {
	kids, anchors, entries, marked, named, report := len(f.el.Kids), c.anchors, c.entries, maps.Clone(c.marked), maps.Clone(c.placed), c.t.report
	defer func() { c.t.report = report }()
	again := func() {
		f.el.Kids = f.el.Kids[:kids]
		c.anchors, c.entries, c.marked, c.placed = anchors, entries, maps.Clone(marked), maps.Clone(named)
	}
	try := func(width Length, highest int) bool {
		again()
		c.anchor(bs[0].Anchor())
		all, n := c.island(f, bs, width, highest)
		if len(all) != 1 || used > 0 && n != used {
			return false
		}
		used = n
		o := offer{is: all[0], kids: [][]*Element{slices.Clone(f.el.Kids[kids:])}}
		o.fit(f, &c.t.geo)
		if k := len(out); k > 0 && out[k-1].rows == o.rows && out[k-1].line >= o.line {
			return true
		}
		out = append(out, o)
		c.t.report = func(article.Issue) {} // it has told all
		return true
	}
	g := &c.t.geo
	whole := g.height - taken
	if !try(whole, g.figMax) {
		again()
		return nil, 0
	}
	if _, ok := bs[0].(*article.Figure); !ok {
		return out, used
	}
	if out[0].line == 0 {
		try(whole, 100) // as high as lines are long
	}
	full := out[len(out)-1].is.size.W
	for part := 90; part >= leastPart; part -= 10 {
		rows := (int(full/f.pitch) + 1) * part / 100
		if width := Length(rows)*f.pitch - f.style.size/2; rows >= smallRows && width < full {
			try(width, g.figMax)
		}
	}
	for i := range out {
		if less := int64((full - out[i].is.size.W) * 100 / max(full, 1)); less > 0 {
			out[i].shrunk = perSmaller + perShrink*less*less/((100-leastPart)*(100-leastPart))
			out[i].cost += out[i].shrunk
		}
	}
	f.el.Kids = append(f.el.Kids[:kids], out[0].kids[0]...)
	return out, used
}

// fit finds what room the offer takes.
func (o *offer) fit(f *frame, g *geometry) {
	o.rows = min(int((o.is.size.W+f.style.size/2+f.pitch-1)/f.pitch), g.rows)
	o.line = 2 * int((f.measure-o.is.size.H-f.style.size)/f.style.size)
	if o.line < 2*leastUnder {
		o.line = 0
		o.cost = hole(int64(o.rows)*int64(max(f.measure-o.is.size.H, 0)), int64(g.rows)*int64(f.measure))
	}
}

// pair adds the offers of two islands one above the other.
func (s *seat) pair(next *seat, f *frame, g *geometry) {
	for _, a := range s.offers {
		for _, b := range next.offers {
			wide := max(a.is.size.W, b.is.size.W)
			high := a.is.size.H + f.style.size + b.is.size.H
			if len(a.kids)+len(b.kids) > 2 || wide-min(a.is.size.W, b.is.size.W) > wide/12 || high > f.measure {
				continue
			}
			o := offer{kids: [][]*Element{a.kids[0], b.kids[0]}}
			o.is = island{
				size: Size{wide, high}, notes: slices.Concat(a.is.notes, b.is.notes), entries: slices.Concat(a.is.entries, b.is.entries),
				items: append(a.is.copied((wide-a.is.size.W)/2, 0), b.is.copied((wide-b.is.size.W)/2, high-b.is.size.H)...),
			}
			o.fit(f, g)
			o.cost += a.shrunk + b.shrunk
			s.offers = append(s.offers, o)
		}
	}
}

// copied returns the items of an island at another place.
func (is *island) copied(x, y Length) []Item {
	out := make([]Item, len(is.items))
	for i, it := range is.items {
		out[i] = placed(it, x, y)
	}
	return out
}

// hole is what it costs that a part of a page within the text is empty: twice what white at
// its end does.
func hole(part, page int64) int64 {
	part = part * 1000 / max(page, 1)
	if part < 20 {
		return 0
	}
	return perShort + part*part/50
}

// best returns the cheapest way to go on.
func (p *passage) best(s spot) choice {
	if s.seat == len(p.seats) {
		return choice{cost: p.rest(s)}
	}
	if known, ok := p.known[s]; ok {
		return known
	}
	best := choice{cost: forced}
	if next, cost, ok := p.flows(s); ok {
		best.cost = cost + p.best(next).cost
	}
	offers := p.seats[s.seat].offers
	for i := range offers {
		if next, cost, ok := p.stands(s, &offers[i]); ok {
			if cost += p.best(next).cost; cost < best.cost {
				best = choice{&offers[i], cost}
			}
		}
	}
	p.known[s] = best
	return best
}

// rest is what the text costs that follows the last island.
func (p *passage) rest(s spot) int64 {
	rows := s.row
	for k := s.text; k < len(p.texts); k++ {
		e := &p.texts[k]
		rows += e.rows + (e.wide-s.off+p.line-1)/p.line
		s.off = 0
	}
	cost := perPage * int64(rows) / int64(p.rows)
	if over := int64(rows % p.rows); p.ends && rows > p.rows && over > 0 && over <= 4 {
		cost += perRunt * (5 - over) / 2
	}
	return cost
}

// turn begins a page where the rows that follow have no room on this one.
func (p *passage) turn(s *spot, rows int) (cost int64) {
	if s.row+rows <= p.rows {
		return 0
	}
	cost = perPage
	if free := int64(p.rows - s.row); free > 0 {
		part := free * 1000 / int64(p.rows)
		cost += perShort + part*part/100
	}
	s.row = 0
	return cost
}

// later is how far behind the place of an island a spot is, in half ems.
func (p *passage) later(s spot, seat int) int {
	return p.at[s.text] + s.off - p.at[p.seats[seat].text]
}

// flows goes on with a line or a heading.
func (p *passage) flows(s spot) (next spot, cost int64, ok bool) {
	if s.text == len(p.texts) || p.later(s, s.seat) > p.rows*p.line {
		return s, 0, false
	}
	e := &p.texts[s.text]
	if e.rows > 0 {
		if s.text >= p.seats[s.seat].text {
			return s, 0, false
		}
		cost = p.turn(&s, e.rows+2)
		s.row += e.rows
		s.text++
		return s, cost, true
	}
	cost = p.turn(&s, 1)
	s.row++
	first := s.off == 0
	s.off += p.line
	left := e.wide - s.off
	if s.row == p.rows && left > 0 && (first || left <= p.line) {
		cost += perShort // a line moves to keep another company
	}
	if left <= 0 {
		s.text, s.off = s.text+1, 0
	}
	return s, cost, true
}

// stands goes on with an island.
func (p *passage) stands(s spot, o *offer) (next spot, cost int64, ok bool) {
	cost = o.cost
	for k := range o.kids {
		later := p.later(s, s.seat+k)
		if s.text < p.seats[s.seat+k].first || -later > p.rows*p.line/2 {
			return s, 0, false
		}
		if later > 0 {
			cost += perLineLater * int64(later/p.line)
		} else if later < 0 {
			cost += perSooner + perLineSooner*int64(-later/p.line)
		}
	}
	if s.row+o.rows > p.rows && p.headed(s) {
		cost += lonely
	}
	cost += p.turn(&s, o.rows)
	s.row += o.rows
	s.seat += len(o.kids)
	if o.line == 0 {
		return s, cost, true
	}
	stop := p.stop(s.seat)
	rows := o.rows
	for rows > 0 && s.text < stop {
		e := &p.texts[s.text]
		if e.rows > 0 {
			if e.rows+2 > rows {
				break
			}
			rows -= e.rows
			s.text++
			continue
		}
		lines := (e.wide - s.off + o.line - 1) / o.line
		if lines > rows {
			s.off = p.quarters(s.off + rows*o.line)
			if s.off >= e.wide {
				s.text, s.off = s.text+1, 0
			}
			rows = 0
			break
		}
		rows -= max(lines, 1)
		s.text, s.off = s.text+1, 0
	}
	return s, cost + hole(int64(rows)*int64(o.line), int64(p.rows)*int64(p.line)), true
}

// headed says that the next island would stand next to a heading.
func (p *passage) headed(s spot) bool {
	if s.off > 0 || s.seat > 0 && p.seats[s.seat-1].text >= s.text {
		return false
	}
	if s.text > 0 {
		return p.texts[s.text-1].rows > 0
	}
	return p.begin
}

// announced is what the headings before the next block take of the page.
func (p *passage) announced() Length {
	rows := 0
	for k := len(p.texts); k > 0 && p.texts[k-1].rows > 0; k-- {
		rows += p.texts[k-1].rows
	}
	high := Length(rows) * p.f.pitch
	if len(p.texts) == 0 && len(p.seats) == 0 {
		high = p.c.announced(p.f)
	}
	if high > p.c.t.geo.height/2 {
		return 0
	}
	return high
}

// quarters returns a place in a paragraph in quarters of lines, so that ways meet.
func (p *passage) quarters(off int) int {
	part := max(p.line/4, 1)
	return (off + part/2) / part * part
}

// stop returns the text up to which all may stand before an island: a heading.
func (p *passage) stop(seat int) int {
	if seat == len(p.seats) {
		return len(p.texts)
	}
	k := p.seats[seat].text
	for k < len(p.texts) && p.texts[k].rows == 0 {
		k++
	}
	return k
}

// row returns the rows that are taken of the page that what is set ends on.
func (p *passage) row() int {
	b := newBreaker(p.f.out.nodes[p.c.pageAt:], &p.c.t.geo, 1, &p.c.t.search)
	b.rule, b.notes = p.c.t.geo.pitch, p.c.noteHeights()
	pieces, _ := b.pieces()
	if len(pieces) == 0 {
		return 0
	}
	// What follows may still move the ends of two pages.
	p.c.pageAt += pieces[max(len(pieces)-3, 0)].from.node
	stand, _, foot := b.place(&pieces[len(pieces)-1])
	if len(stand) == 0 {
		return 0
	}
	last := stand[len(stand)-1]
	return min(int((last.top+last.height+b.nodes[last.node].after+foot+p.f.pitch-1)/p.f.pitch), p.rows)
}

// set adds the passage to its frame.
func (p *passage) set() {
	c := p.c
	anchors, entries := c.anchors, c.entries // they are of what follows
	c.anchors, c.entries = nil, nil
	defer func() { c.anchors, c.entries = anchors, entries }()
	w := &flow{c: p.c, f: p.f, ms: p.ms}
	for next := 0; next < len(p.seats); {
		s := spot{text: len(p.ms) - len(w.ms), seat: next, row: p.row()}
		if len(w.ms) > 0 && w.ms[0].title == nil {
			e := &p.texts[s.text]
			s.off = (e.chars - w.ms[0].p.chars()) * e.wide / max(e.chars, 1)
			s.off = p.quarters(s.off)
		}
		rows, at := 0, s
		way := p.best(at)
		for way.offer == nil {
			to, _, ok := p.flows(at)
			if !ok {
				panic("layout: an island without a place")
			}
			rows += max(p.texts[at.text].rows, 1)
			at = to
			way = p.best(at)
		}
		if rows > 0 {
			p.lines(w, rows, p.stop(next))
			continue
		}
		p.stand(w, way.offer, p.stop(next+len(way.offer.kids)))
		for k, kids := range way.offer.kids {
			copy(p.f.el.Kids[p.seats[next+k].kid:], kids)
		}
		next += len(way.offer.kids)
	}
	rest, _ := w.nodes(1 << 20)
	for _, n := range rest {
		p.c.add(p.f, n)
	}
}

// until takes what may not be set yet from the flow, and returns how to give it back.
func (p *passage) until(w *flow, stop int) (tail []matter) {
	k := max(stop-(len(p.ms)-len(w.ms)), 0)
	tail = w.ms[k:]
	w.ms = w.ms[:k:k]
	return tail
}

// lines adds so many rows of text, or a few more where it cannot be parted there.
func (p *passage) lines(w *flow, rows, stop int) {
	tail := p.until(w, stop)
	marked := p.c.marked
	for {
		p.c.marked = maps.Clone(marked)
		try := *w
		nodes, done := try.nodes(rows)
		rows++
		if try.parted || done == 0 && len(try.ms) > 0 {
			continue
		}
		for _, n := range nodes {
			p.c.add(p.f, n)
		}
		w.ms = append(try.ms[:len(try.ms):len(try.ms)], tail...)
		return
	}
}

// stand adds an island, and lines below it as far as text up to stop has them.
func (p *passage) stand(w *flow, o *offer, stop int) {
	tail := p.until(w, stop)
	marked := maps.Clone(p.c.marked)
	try := *w
	n := try.under(&o.is, o.rows, o.line == 0)
	if try.parted {
		p.c.marked = marked
		try = *w
		n = try.under(&o.is, o.rows, true)
	}
	p.c.add(p.f, n)
	w.ms = append(try.ms[:len(try.ms):len(try.ms)], tail...)
}
