package layout

import (
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/words"
)

// Contents emits the contents pages: parts as small headings, articles with
// their authors and the pages they begin on. Their labels are small Roman
// figures. On mirrored pages a blank page may follow, so that the first page of
// the body is a right one. Call it after Finish; an empty book has no contents.
func (t *Typesetter) Contents(emit func(*Page) error) error {
	root := &Element{Role: TOC, Lang: t.o.Lang}
	list := t.contents(root)
	if len(list.nodes) == 0 {
		return nil
	}
	b := newBreaker(list.nodes, &t.geo, 1, &t.search)
	pieces, _ := b.pieces()
	before := 1 // pages that stand before, the cover
	if t.o.NoCover {
		before = 0
	}
	count := len(pieces)
	if t.geo.mirrored && (before+count)%2 == 1 {
		count++
	}
	for i := range count {
		verso := (before+i)%2 == 1
		p := &Page{Size: t.geo.page, Kind: Contents, Label: roman(min(i+1, 3999))}
		if i < len(pieces) {
			if !t.o.NoFolios {
				t.folio(p, verso)
			}
			nodes, headTop, _ := b.place(&pieces[i])
			if headTop >= 0 {
				p.Items = append(p.Items, t.geo.onPage(echo(b.nodes[pieces[i].from.node].head.items), verso, 0, headTop)...)
			}
			for _, pl := range nodes {
				n := &b.nodes[pl.node]
				p.Items = append(p.Items, t.geo.onPage(n.material(pl.height), verso, 0, pl.top)...)
			}
		}
		if i == len(pieces)-1 {
			p.Ended = []*Element{root}
		}
		if err := emit(p); err != nil {
			return err
		}
	}
	return nil
}

// contents returns the contents as material for pages.
func (t *Typesetter) contents(root *Element) *vlist {
	g := &t.geo
	list := &vlist{}
	shown := 0
	for i := range t.outline {
		if t.outline[i].Kind != HeadingEntry {
			shown++
		}
	}
	if shown == 0 {
		return list
	}
	w := words.For(t.o.Lang)
	if t.o.Lang == "und" {
		w = words.For(t.lang)
	}
	c := &composer{t: t, list: list, words: w, root: root, lang: t.o.Lang, vertical: g.vertical}
	f := frame{
		out: list, vertical: g.vertical, el: root, measure: g.width, pitch: g.pitch, grid: true, ragged: true, align: article.AlignStart,
		style: textStyle{family: g.family, size: g.size, lang: t.o.Lang},
	}

	title := f
	title.grid = false
	title.style.family, title.style.bold, title.style.size = fonts.Sans, true, g.size*9/5
	title.pitch = title.style.size * 132 / 100
	el := element(root, Caption)
	c.set(&title, title.paragraphOf([]span{{text: w.Contents, style: title.style, leaf: ownLeaf(el)}}))
	for i := range list.nodes {
		items := list.nodes[i].items
		track(items, title.style.size/10)
		if _, right := lineEnds(items); title.rtl() {
			moved(items, title.measure-right, 0)
		}
	}
	list.keep(0)
	list.last().penalty, list.last().after = neverCut, 3*g.pitch/2

	// The numbers stand in a column as wide as the widest.
	number := f.style
	number.family = fonts.Sans
	number.size = g.size * 92 / 100
	var widest Length
	for i := range t.outline {
		if n := len(t.outline[i].Label); t.outline[i].Kind == ArticleEntry {
			widest = max(widest, Length(n)*number.size*62/100)
		}
	}
	column := max(widest+g.size, 3*g.size)
	dot := c.label([]span{{text: ".", style: number}}, t.o.Lang)
	if g.vertical { // in the middle of the line
		moved(dot.items, 0, -percent(emMiddle, number.size))
	}

	parents := []*Element{root} // by level
	for i := range t.outline {
		e := &t.outline[i]
		if e.Kind == HeadingEntry {
			continue
		}
		level := min(max(e.Level, 1), len(parents))
		parents = parents[:level]
		item := element(parents[level-1], TOCI)
		in := f
		if e.Kind == PartEntry {
			// Two levels on paper: parts that begin together share a line.
			joins := i > 0 && t.outline[i-1].Kind == PartEntry
			c.contentsPart(&in, e, item, joins)
			parents = append(parents, element(item, TOC))
			continue
		}
		c.contentsEntry(&in, e, item, column, number, dot)
	}
	return list
}

// contentsPart sets a part as a small heading.
func (c *composer) contentsPart(f *frame, e *OutlineEntry, item *Element, joins bool) {
	g := &c.t.geo
	first := len(f.out.nodes) < 2
	f.style.family, f.style.bold, f.style.size = fonts.Sans, true, g.size
	if e.Level == 1 {
		f.style.color = g.accent
	} else {
		f.style.size, f.style.color = g.size*88/100, grey
	}
	link := element(item, LinkRole)
	p := f.paragraphOf([]span{{text: e.Title, style: f.style, leaf: ownLeaf(link), link: "#" + e.Anchor, linkEl: link}})
	if last := f.out.last(); joins && last != nil {
		at := lineWidth(last.items, f.x) + g.size
		if l := c.label(p.spans, f.style.lang); at+l.width <= f.measure {
			last.items = append(last.items, moved(l.items, f.x+at, last.base)...)
			return
		}
	}
	begin := len(f.out.nodes)
	c.set(f, p)
	for i := begin; i < len(f.out.nodes); i++ {
		n := &f.out.nodes[i]
		n.penalty, n.heading = neverCut, true
		if i == begin && !first && !joins {
			n.before, n.stretch = g.pitch, true
		}
	}
}

// contentsEntry sets an article: title, author in grey, leaders, page.
func (c *composer) contentsEntry(f *frame, e *OutlineEntry, item *Element, column Length, number textStyle, dot label) {
	g := &c.t.geo
	whole := *f
	if f.measure -= column; f.rtl() {
		f.x += column
	}
	link := element(item, LinkRole)
	target := "#" + e.Anchor
	spans := []span{{text: strings.Join(strings.Fields(e.Title), " "), style: f.style, leaf: ownLeaf(link), link: target, linkEl: link}}
	if a := strings.Join(strings.Fields(e.Author), " "); a != "" {
		st := f.style
		st.family, st.size, st.color = fonts.Sans, g.size*78/100, grey
		spans = append(spans, span{text: "\u2003" + a, style: st, leaf: ownLeaf(link), link: target, linkEl: link})
	}
	begin := len(f.out.nodes)
	c.set(f, f.paragraphOf(c.unbroken(f, spans)))
	if len(f.out.nodes) == begin {
		return
	}
	f.out.keep(begin)
	n := f.out.last()
	no := c.label([]span{{text: e.Label, style: number, leaf: ownLeaf(link), link: target, linkEl: link, combine: true}}, c.lang)
	left, right := lineEnds(n.items)
	if f.rtl() {
		right, left = left-g.size*6/10, whole.x+no.width+g.size*5/10
	} else {
		left, right = right+g.size*6/10, whole.x+whole.measure-no.width-g.size*5/10
	}
	n.items = append(n.items, leaders(dot, left, right, g.size*7/10, n.base)...)
	n.items = append(n.items, moved(no.items, whole.start(whole.measure-no.width, no.width), n.base)...)
}

// unbroken gives the author, the second span, a line of its own where it does
// not end on the line on which the title ends.
func (c *composer) unbroken(f *frame, spans []span) []span {
	if len(spans) < 2 {
		return spans
	}
	alone := f.paragraphOf(spans[:1])
	lines := c.t.setParagraph(&alone)
	if len(lines) == 0 {
		return spans
	}
	if end := lines[len(lines)-1].width + c.label(spans[1:], c.lang).width; end > f.measure {
		spans[0].forced = true
		spans[1].text = strings.TrimLeft(spans[1].text, "\u2003")
	}
	return spans
}

// leaders returns dots between from and to that stand below one another on all
// lines: at whole pieces from the left.
func leaders(dot label, from, to, piece, base Length) []Item {
	if len(dot.items) == 0 || piece <= 0 {
		return nil
	}
	one, ok := dot.items[0].(*GlyphRun)
	if !ok || len(one.Glyphs) != 1 {
		return nil
	}
	first := (from + piece - 1) / piece
	n := int((to-dot.width)/piece - first + 1)
	if n < 3 {
		return nil
	}
	run := *one
	run.Color = pale
	run.At.X += first * piece
	run.At.Y += base
	run.Text = strings.Repeat(one.Text, n)
	run.Glyphs = make([]Glyph, n)
	for i := range run.Glyphs {
		g := one.Glyphs[0]
		g.Advance = piece
		g.Text0, g.Text1 = int32(i*len(one.Text)), int32((i+1)*len(one.Text))
		run.Glyphs[i] = g
	}
	return []Item{&run}
}
