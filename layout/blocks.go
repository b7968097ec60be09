package layout

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/words"
)

// composer turns one article into material for pages.
type composer struct {
	t      *Typesetter
	doc    *article.Document
	prefix string // of the names of its anchors
	lang   string
	words  *words.Words
	root   *Element
	list   *vlist // what its pages are made of

	ids        map[string]bool // of its blocks and notes
	noteNumber map[string]int
	called     map[string]bool // notes that the body calls
	marked     map[string]bool // notes whose first mark is set
	footNotes  []strip         // those at the foot of pages, by number from 0; height 0: not there
	placed     map[string]bool
	pageAt     int // node of the list that begins a page, not far back; see passage.row
	headings   int
	measure    Length // of the frame being filled: pictures among text are no wider
	anchors    []Item // that wait for the next node
	entries    []int

	vertical bool // the lines of what is being set go down
}

// frame is where blocks are set and how.
type frame struct {
	out     *vlist
	el      *Element // that the blocks' elements belong to
	x       Length   // left end, from that of the column
	measure Length
	style   textStyle
	pitch   Length
	grid    bool // lines hang on the grid of the page
	flush   bool // no indents: items, cells and notes
	note    bool // within a note
	cell    bool // within a table, where white is scarce
	ragged  bool // lines are not stretched: narrow places
	align   article.Align
	depth   int  // of lists
	span    bool // across all columns
	item    room // of the item of a list that the frame is the body of
	first   bool // the next paragraph is the first after a heading or of its place

	vertical bool // its lines go down
}

// room is where the body of an item stands, and how far in from its list.
type room struct {
	out              *vlist
	x, measure, hang Length
}

func newComposer(t *Typesetter, c Chapter) *composer {
	d := c.Document
	cm := &composer{
		t: t, doc: d, prefix: "a" + strconv.Itoa(t.chapters), lang: d.Meta.Lang, list: &vlist{}, vertical: t.geo.vertical,
		ids: map[string]bool{}, noteNumber: map[string]int{}, called: map[string]bool{}, marked: map[string]bool{}, placed: map[string]bool{},
	}
	if cm.lang == "" {
		cm.lang = t.o.Lang
	}
	cm.words = words.For(cm.lang)
	cm.root = &Element{Role: Art, Lang: cm.lang, Title: d.Meta.Title}
	d.Walk(func(b article.Block) bool {
		cm.know(b.Anchor())
		if l, ok := b.(*article.List); ok {
			for i := range l.Items {
				cm.know(l.Items[i].ID)
			}
		}
		return true
	})
	for i := range d.Notes {
		cm.know(d.Notes[i].ID)
		if _, twice := cm.noteNumber[d.Notes[i].ID]; !twice {
			cm.noteNumber[d.Notes[i].ID] = i + 1
		}
	}
	cm.findCalls()
	return cm
}

func (c *composer) know(id string) {
	if id != "" {
		c.ids[id] = true
	}
}

// body returns the frame of the running text.
func (c *composer) body() frame {
	g := &c.t.geo
	return frame{
		out: c.list, el: c.root, vertical: c.vertical, measure: g.measure, pitch: g.pitch, grid: g.grid, first: true,
		style: textStyle{family: g.family, size: g.size, lang: c.lang},
	}
}

// acrossColumns returns f across all columns of the page, where it is running text in one.
func (c *composer) acrossColumns(f frame) frame {
	if g := &c.t.geo; g.columns > 1 && f.out == c.list && f.measure == g.measure {
		f.measure, f.span = g.width, true
	}
	return f
}

// add puts n into the frame's list with what waits for a node.
func (c *composer) add(f *frame, n node) {
	if len(c.anchors) > 0 {
		for _, a := range c.anchors {
			a.(*Anchor).At.X = f.x
		}
		n.items = append(n.items, c.anchors...)
		c.anchors = nil
	}
	n.entries, c.entries = append(n.entries, c.entries...), nil
	n.before = max(n.before, f.out.gap)
	n.span = f.span
	f.out.gap = 0
	if last := f.out.last(); last != nil && last.heading && !n.heading {
		// The white below a heading is its own.
		n.before, n.stretch = 0, false
	} else if last != nil && last.figure != nil && n.figure == nil {
		n.stretch = true // below a picture as above it
	}
	f.out.add(n)
}

// anchor lets the next node carry the name of a block.
func (c *composer) anchor(id string) {
	if id != "" && !c.placed[id] {
		c.placed[id] = true
		c.anchors = append(c.anchors, &Anchor{Name: c.prefix + ":" + id})
	}
}

// space asks for white of at least l before the next node.
func (f *frame) space(l Length) { f.out.gap = max(f.out.gap, l) }

// rtl says that lines begin at the right end of the frame.
func (f *frame) rtl() bool { return words.RightToLeft(f.style.lang) }

// start returns the left end of what is so wide and stands in from where lines begin.
func (f *frame) start(in, width Length) Length {
	if f.rtl() {
		return f.x + f.measure - in - width
	}
	return f.x + in
}

// inset narrows the frame where lines begin and where they end, as long as six ems are
// left: what is nested deeper than that stands no further in.
func (f *frame) inset(begin, end Length) {
	room := max(f.measure-6*f.style.size, 0)
	end = min(end, room/2)
	begin = min(begin, room-end)
	if f.x += begin; f.rtl() {
		f.x += end - begin
	}
	f.measure -= begin + end
}

// article sets the opening, the body and the notes.
func (c *composer) article(ch Chapter) {
	f := c.body()
	c.opening(c.acrossColumns(f), ch)
	begin := len(f.out.nodes)
	c.prepareNotes()
	c.blocks(&f, c.doc.Blocks)
	c.endNotes()
	// An opening at the foot of a page stands above four lines.
	enough := 4 * f.pitch / Length(c.t.geo.columns)
	var below Length
	for k := begin; k < len(f.out.nodes)-1 && below < enough; k++ {
		n := &f.out.nodes[k]
		if below += n.before + n.height + n.after; below < enough {
			n.penalty = max(n.penalty, together)
		}
	}
	if len(c.anchors) > 0 || len(c.entries) > 0 {
		c.add(&f, node{grid: true})
	}
}

func (c *composer) blocks(f *frame, bs []article.Block) {
	for i := 0; i < len(bs); i++ {
		if n := c.passage(f, bs[i:]); n > 0 {
			i += n - 1
			continue
		}
		b := bs[i]
		g := *f
		c.measure = f.measure
		if lang := b.Language(); lang != "" {
			g.style.lang = lang
		}
		c.t.pos = b.Position()
		c.anchor(b.Anchor())
		switch b := b.(type) {
		case *article.Heading:
			c.heading(&g, b)
		case *article.Paragraph:
			c.paragraph(&g, b)
		case *article.List:
			c.listBlock(&g, b)
		case *article.DefinitionList:
			c.definitions(&g, b)
		case *article.Quote:
			c.quote(&g, b)
		case *article.Code:
			c.code(&g, b)
		case *article.Figure:
			if c.inland(&g) {
				all, n := c.island(&g, bs[i:], c.t.geo.height-c.announced(&g), c.t.geo.figMax)
				c.alone(&g, all)
				i += n - 1
				break
			}
			n := c.wrapped(&g, bs[i:])
			if n == 0 {
				n = c.figures(&g, bs[i:])
			}
			i += n - 1
		case *article.Table:
			if c.inland(&g) {
				all, n := c.island(&g, bs[i:], c.t.geo.height-c.announced(&g), c.t.geo.figMax)
				c.alone(&g, all)
				i += n - 1
				break
			}
			c.table(&g, b)
		case *article.Rule:
			c.rule(&g)
		case *article.Embed:
			c.embed(&g, b)
		default:
			panic(fmt.Sprintf("layout: unknown block %T", b))
		}
		_, f.first = b.(*article.Heading)
	}
}

// blockElement adds the element of a block in the frame.
func (c *composer) blockElement(f *frame, role Role) *Element {
	e := element(f.el, role)
	if l := f.style.lang; l != languageOf(f.el) {
		e.Lang = l
	}
	return e
}

// languageOf returns the language that an element has or inherits.
func languageOf(e *Element) string {
	for ; e != nil; e = e.Parent {
		if e.Lang != "" {
			return e.Lang
		}
	}
	return ""
}

// paragraphOf returns the parts that all paragraphs of a frame share.
func (f *frame) paragraphOf(spans []span) paragraph {
	return paragraph{spans: spans, lang: f.style.lang, vertical: f.vertical, measure: f.measure, align: f.align, ragged: f.ragged}
}

// set sets p and adds its lines to the frame. It returns the width of the last.
func (c *composer) set(f *frame, p paragraph) Length {
	lines := c.t.setParagraph(&p)
	for i := range lines {
		n := c.lineNode(f, &lines[i])
		// Two lines of a paragraph at least stand together on either side.
		switch {
		case i == len(lines)-1:
		case i == 0 || i == len(lines)-2:
			n.penalty = lonely
		}
		c.add(f, n)
	}
	if len(lines) == 0 {
		return 0
	}
	return lines[len(lines)-1].width
}

// lineNode returns a line as a node. Its height is the em; what stands higher or
// lower uses the white between lines first.
func (c *composer) lineNode(f *frame, l *line) node {
	size := f.style.size
	above := size * 88 / 100
	white := max(f.pitch-size, 0)
	lift := max(l.ascent-above-white*95/100, 0)
	low := max(l.descent-(size-above)-white*40/100, 0)
	n := node{
		height: size + lift + low, after: white, lift: lift, grid: f.grid,
		base: above + lift, text: true, items: l.items,
	}
	moved(n.items, f.x, n.base)
	for _, id := range l.notes {
		if !f.note && !c.marked[id] {
			c.marked[id] = true
			n.items = append(n.items, &Anchor{Name: c.prefix + ".r:" + id, At: Point{f.x, 0}})
			if no := c.noteNumber[id]; no > 0 && no <= len(c.footNotes) && c.footNotes[no-1].height > 0 {
				n.notes = append(n.notes, no-1)
			}
		}
	}
	return n
}

// emptyLine adds a line without text, to carry something.
func (c *composer) emptyLine(f *frame) {
	c.add(f, node{height: f.style.size, after: max(f.pitch-f.style.size, 0), grid: f.grid, base: f.style.size * 88 / 100, text: true})
}

func (c *composer) heading(f *frame, h *article.Heading) {
	t := c.newTitle(f, h)
	after := Length(-1)
	if last := f.out.last(); last != nil {
		after = last.after
	}
	nodes, _ := t.nodes(c, after)
	for _, n := range nodes {
		c.add(&t.own, n)
	}
}

// title is a heading that is to be set.
type title struct {
	p      paragraph
	f, own frame // of the text around it, and its own
	rows   Length
}

// newTitle makes the element of a heading and its entry in the outline.
func (c *composer) newTitle(f *frame, h *article.Heading) title {
	c.headings++
	level := min(max(h.Level, 2), 6)
	name := c.prefix + ".h" + strconv.Itoa(c.headings)
	if f.out == c.list {
		c.anchors = append(c.anchors, &Anchor{Name: name})
		c.entries = append(c.entries, c.t.enterHeading(level, article.InlinesText(h.Inlines), name))
	}
	el := c.blockElement(f, [...]Role{H2, H3, H4, H5, H6}[level-2])
	st := f.style
	st.family, st.bold = fonts.Sans, true
	t := title{f: *f, rows: 2} // beside those of the lines beyond the first
	if level == 2 {
		st.size, t.rows = st.size*6/5, 3
	}
	t.own = *f
	t.own.style, t.own.pitch, t.own.grid = st, st.size*138/100, false
	t.p = t.own.paragraphOf(c.spans(h.Inlines, el, st))
	return t
}

// nodes sets a heading below a node with the white after, or at the top where that is
// negative. It says how many lines of the grid it takes.
func (t *title) nodes(c *composer, after Length) (nodes []node, rows int) {
	lines := c.t.displayed(t.p)
	if len(lines) == 0 {
		return nil, 0
	}
	// The heading and its white fill whole lines of the grid, two parts of the white
	// above and one below.
	f, pitch := &t.f, t.own.pitch
	content := Length(len(lines)-1)*pitch + t.own.style.size
	fill := t.rows
	for (fill+1)*f.pitch-f.style.size-content < f.style.size*5/2 {
		fill++
	}
	white := (fill+1)*f.pitch - f.style.size - content
	for i := range lines {
		n := c.lineNode(&t.own, &lines[i])
		n.after = max(pitch-n.height, 0)
		if i == 0 && after >= 0 {
			n.before = max(white*2/3-after, 0)
		}
		if i == len(lines)-1 {
			n.after = white / 3
		}
		n.heading, n.stretch, n.penalty = true, i == 0, neverCut
		nodes = append(nodes, n)
	}
	return nodes, int(fill)
}

// indent returns the first-line indent of a paragraph of the frame.
func (c *composer) indent(f *frame) Length {
	if f.flush || c.t.o.Indent == NoIndent {
		return 0
	}
	switch primary, _, _ := strings.Cut(strings.ToLower(f.style.lang), "-"); {
	case primary == "zh" || primary == "yue":
		if c.t.geo.columns > 1 {
			return f.style.size // as is the custom in narrow columns (CLREQ 3.5.1)
		}
		return 2 * f.style.size
	case isCJK(primary):
		return f.style.size
	case f.first:
		return 0
	}
	return f.style.size
}

// toSet returns a paragraph as it is to be set in a frame.
func (c *composer) toSet(f *frame, b *article.Paragraph) paragraph {
	el := c.blockElement(f, P)
	p := f.paragraphOf(c.spans(b.Inlines, el, f.style))
	if b.Align != article.AlignDefault {
		p.align = b.Align
	}
	if len(b.Inlines) == 1 {
		if m, ok := b.Inlines[0].(*article.Math); ok && m.Display {
			p.align = article.AlignCenter
		}
	}
	if p.align == article.AlignDefault {
		p.indent = c.indent(f)
	}
	return p
}

func (c *composer) paragraph(f *frame, b *article.Paragraph) {
	p := c.toSet(f, b)
	if c.t.o.Indent == NoIndent && !f.first {
		f.space(f.pitch / 2)
	}
	if f.out != c.list || f.depth > 0 || f.note {
		c.set(f, p)
		return
	}
	s := &setting{p: p, f: *f, anchors: c.anchors}
	for i := range p.spans {
		if id := p.spans[i].noteRef; id != "" && !c.marked[id] {
			s.calls = append(s.calls, id)
		}
	}
	begin := len(f.out.nodes)
	s.width = c.set(f, p)
	if s.lines = len(f.out.nodes) - begin; s.lines > 2 {
		f.out.nodes[begin].setting = s
	}
}

func (c *composer) quote(f *frame, b *article.Quote) {
	el := c.blockElement(f, BlockQuote)
	in := *f
	in.el = el
	em := f.style.size
	side := 2 * em
	if f.measure < 20*em {
		side = em
	}
	far := side
	if f.vertical { // lowered, and no more
		far = 0
	}
	in.inset(side, far)
	in.style.size = c.t.geo.smaller(em, 96)
	in.first = true
	f.space(f.pitch)
	c.blocks(&in, b.Blocks)
	f.space(f.pitch)
}

func (c *composer) code(f *frame, b *article.Code) {
	el := c.blockElement(f, Code)
	in := *f
	in.style.family = fonts.Mono
	in.style.size = f.style.size * 84 / 100
	in.pitch = in.style.size * 150 / 100
	in.grid = false
	if !f.cell {
		in.inset(f.style.size, 0)
		in.space(f.pitch * 6 / 10)
	}
	p := in.paragraphOf([]span{{text: b.Text, style: in.style, leaf: leaf(el)}})
	p.verbatim, p.align, p.ragged = true, article.AlignStart, true
	c.set(&in, p)
	if last := f.out.last(); last != nil && !f.cell {
		last.after = max(last.after, f.pitch*6/10+(f.pitch-f.style.size)/2)
	}
}

// rule sets a thematic break: a short hairline in two lines of white.
func (c *composer) rule(f *frame) {
	wide := min(6*f.style.size, f.measure)
	n := node{before: f.pitch / 2, height: f.style.size, after: f.pitch - f.style.size, stretch: true}
	n.items = []Item{&Box{
		Rect: Rect{Point{f.x + (f.measure-wide)/2, f.style.size / 2}, Size{wide, hairline}},
		Fill: 0, Filled: true,
	}}
	c.add(f, n)
}

// embed sets what a book cannot hold: its poster, its kind, its title, its
// address.
func (c *composer) embed(f *frame, b *article.Embed) {
	kind := c.words.Frame
	switch b.Kind {
	case article.Frame:
	case article.Video:
		kind = c.words.Video
	case article.Audio:
		kind = c.words.Audio
	default:
		panic(fmt.Sprintf("layout: unknown kind of embed %d", b.Kind))
	}
	if b.Poster != nil {
		if _, why := c.asset(b.Poster); why == "" {
			poster := *b.Poster
			if poster.Alt == "" {
				poster.Alt = b.Title
			}
			fig := &article.Figure{Images: []*article.Image{&poster}}
			begin := len(f.out.nodes)
			c.figures(f, []article.Block{fig})
			f.out.keep(begin)
			if last := f.out.last(); last != nil && len(f.out.nodes) > begin {
				last.penalty, last.after = neverCut, f.style.size/2
				last.figure.floats = false
			}
		}
	}
	c.notice(f, c.blockElement(f, P), b.Title, kind, b.Src)
}

// notice sets a thin frame with what is known of something that cannot be shown:
// a text, and below it small what it is and where it can be had.
func (c *composer) notice(f *frame, el *Element, text, what, address string) {
	pad := f.style.size * 7 / 10
	in := *f
	in.out = &vlist{}
	in.x, in.measure = pad, f.measure-2*pad
	in.grid, in.ragged, in.align = false, true, article.AlignStart
	in.style.family, in.style.bold, in.style.italic = fonts.Sans, false, false
	in.style.size = f.style.size * 85 / 100
	in.pitch = in.style.size * 145 / 100
	if text = strings.TrimSpace(text); text != "" {
		c.set(&in, in.paragraphOf([]span{{text: text, style: in.style, leaf: ownLeaf(el)}}))
	}
	small := in.style
	small.size, small.color = f.style.size*72/100, grey
	spans := []span{{text: what, style: small, leaf: ownLeaf(el)}}
	if h := words.Host(address); h != "" {
		spans[0].text += " · "
		s := span{text: h, style: small, link: webTarget(address)}
		parent := el
		if s.link != "" {
			s.linkEl = element(el, LinkRole)
			s.style.color, parent = c.t.geo.linkColor(), s.linkEl
		}
		s.leaf = ownLeaf(parent)
		spans = append(spans, s)
	}
	c.set(&in, in.paragraphOf(spans))

	gap := f.pitch * 4 / 10
	if in.out.extent()+2*pad > c.t.geo.height/2 {
		// A description of half a page is text like other text.
		f.space(gap)
		for _, n := range in.out.nodes {
			moved(n.items, f.x, 0)
			c.add(f, n)
		}
		f.space(gap)
		return
	}
	whole := in.out.stack()
	n := node{before: gap, height: whole.height + 2*pad, after: gap + (f.pitch-f.style.size)/2, stretch: true}
	n.items = append(n.items, &Box{Rect: Rect{Point{f.x, 0}, Size{f.measure, n.height}}, Frame: hairline, Stroke: pale})
	n.items = append(n.items, moved(whole.items, f.x, pad)...)
	c.add(f, n)
}
