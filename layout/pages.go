package layout

import (
	"strconv"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/words"
)

// openPage is a page that may still be added to.
type openPage struct {
	page *Page
	used Length // of the type area
}

// enterArticle adds an article, and the parts that begin with it, to the outline.
func (t *Typesetter) enterArticle(ch Chapter, anchor string) {
	t.opened = t.opened[:0]
	same := 0
	for same < len(ch.Part) && same < len(t.part) && ch.Part[same] == t.part[same] {
		same++
	}
	for i := same; i < len(ch.Part); i++ {
		t.opened = append(t.opened, len(t.outline))
		t.outline = append(t.outline, OutlineEntry{Level: i + 1, Title: ch.Part[i], Anchor: anchor, Kind: PartEntry})
	}
	t.part = append([]string(nil), ch.Part...)
	m := &ch.Document.Meta
	title := strings.TrimSpace(m.Title)
	if title == "" {
		lang := m.Lang
		if lang == "" {
			lang = t.o.Lang
		}
		title = words.For(lang).Untitled
	}
	t.level = len(ch.Part) + 1
	t.levels = t.levels[:0]
	t.opened = append(t.opened, len(t.outline))
	t.outline = append(t.outline, OutlineEntry{
		Level: t.level, Title: title, Anchor: anchor, Kind: ArticleEntry,
		Author: strings.Join(m.Authors, words.For(m.Lang).Join),
	})
}

// enterHeading adds a heading to the outline and returns its number there. Levels
// that the article skips are closed up.
func (t *Typesetter) enterHeading(level int, title, anchor string) int {
	for len(t.levels) > 0 && t.levels[len(t.levels)-1] >= level {
		t.levels = t.levels[:len(t.levels)-1]
	}
	t.levels = append(t.levels, level)
	t.outline = append(t.outline, OutlineEntry{
		Level: t.level + len(t.levels), Title: strings.Join(strings.Fields(title), " "), Anchor: anchor, Kind: HeadingEntry,
	})
	return len(t.outline) - 1
}

// setPages cuts the article into pages and emits them.
func (t *Typesetter) setPages(c *composer, emit func(*Page) error) error {
	b := newBreaker(c.list.nodes, &t.geo, t.geo.columns, &t.search)
	b.rule, b.notes = t.geo.pitch, c.noteHeights()
	pieces, cost := b.pieces()
	if on, less, saved := t.runOn(b); on != nil && less-saved < cost {
		pieces, cost = on, less
	} else {
		b.first = 0
		if err := t.Finish(emit); err != nil {
			return err
		}
	}
	if nodes := c.loosen(b, pieces); nodes != nil {
		loose := newBreaker(nodes, &t.geo, t.geo.columns, &t.search)
		loose.first, loose.rule, loose.notes = b.first, b.rule, b.notes
		if better, less := loose.pieces(); less < cost {
			b, pieces = loose, better
		}
	}
	for i := range pieces {
		s := &pieces[i]
		if s.from.opens() {
			if i > 0 {
				if err := t.Finish(emit); err != nil {
					return err
				}
			}
			t.open = t.newPage(c, i == 0)
		}
		t.fill(c, t.open, b, s)
	}
	t.open.page.Ended = append(t.open.page.Ended, c.root)
	if t.o.RunOn {
		return nil
	}
	return t.Finish(emit)
}

// runOn breaks the article from the middle of the open page on, where there is one
// with room, and leaves b so. Saved is what it would cost to leave the rest of that
// page empty.
func (t *Typesetter) runOn(b *breaker) (pieces []piece, cost, saved int64) {
	if t.open == nil || !t.o.RunOn || t.open.used > t.geo.height*7/8 {
		return nil, 0, 0
	}
	b.first = (t.open.used/t.geo.pitch + 3) * t.geo.pitch
	if pieces, cost = b.pieces(); cost >= lonely {
		return nil, 0, 0
	}
	part := int64(t.geo.height-t.open.used) * 1000 / int64(t.geo.height)
	return pieces, cost, perPage + part*part/100
}

// Finish emits what is left of the last page.
func (t *Typesetter) Finish(emit func(*Page) error) error {
	if t.open == nil {
		return nil
	}
	page := t.open.page
	t.open = nil
	return emit(page)
}

// newPage begins a body page with its running head and number.
func (t *Typesetter) newPage(c *composer, opener bool) *openPage {
	p := &openPage{page: &Page{Size: t.geo.page, Label: strconv.Itoa(t.pages + 1), Kind: Body}}
	t.pages++
	verso := t.pages%2 == 0
	if !opener && !t.o.NoHeads {
		t.head(p.page, verso, c)
	}
	// Contents lead to openers, so that these too show their number.
	if !t.o.NoFolios {
		t.folio(p.page, verso)
	}
	return p
}

// head puts the running head on a page, at the outer edge: on even pages the book, on
// odd ones the article. It is horizontal, as in vertical books too.
func (t *Typesetter) head(p *Page, verso bool, c *composer) {
	title, lang := c.doc.Meta.Title, c.lang
	if verso && strings.TrimSpace(t.o.Title) != "" {
		title, lang = t.o.Title, t.o.Lang
	}
	if strings.TrimSpace(title) == "" || t.geo.top < 2*t.geo.size {
		return // no margin to stand in
	}
	st := textStyle{family: fonts.Sans, size: t.geo.size * 76 / 100, lang: lang, color: grey}
	wide := t.geo.area().W
	l := t.oneLine(title, st, wide)
	x := t.geo.left(verso)
	if t.geo.mirrored && verso == t.geo.backward {
		x += wide - l.width
	}
	y := t.geo.top - min(t.geo.pitch*12/10, t.geo.top*45/100)
	p.Items = append(p.Items, moved(l.items, x, y)...)
}

// folio puts the page's number at the outer edge below the text.
func (t *Typesetter) folio(p *Page, verso bool) {
	if t.geo.bottom < 2*t.geo.size {
		return
	}
	st := textStyle{family: fonts.Sans, size: t.geo.size * 80 / 100, lang: t.o.Lang, color: grey}
	area := t.geo.area()
	l := t.oneLine(p.Label, st, area.W)
	x := t.geo.left(verso)
	switch {
	case !t.geo.mirrored:
		x += (area.W - l.width) / 2
	case verso == t.geo.backward:
		x += area.W - l.width
	}
	y := t.geo.top + area.H + min(t.geo.pitch*2, t.geo.bottom*65/100)
	p.Items = append(p.Items, moved(l.items, x, y)...)
}

// oneLine sets text as an artifact on one line, cut short where it is longer than
// width.
func (t *Typesetter) oneLine(text string, st textStyle, width Length) label {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	for cutAt := len(runes); ; {
		s := string(runes[:cutAt])
		if cutAt < len(runes) {
			s = strings.TrimRight(s, " ，、。：；,.:;—-") + "…"
		}
		lines := t.setParagraph(&paragraph{
			spans: []span{{text: s, style: st}}, lang: st.lang, measure: width, ragged: true, align: article.AlignStart,
		})
		if len(lines) == 0 {
			return label{}
		}
		if len(lines) == 1 || cutAt <= 1 {
			return flush(&lines[0])
		}
		cutAt = max(min(lines[0].text1, cutAt)-1, 1)
	}
}

// fill puts what is set in a piece on a page.
func (t *Typesetter) fill(c *composer, p *openPage, b *breaker, s *piece) {
	nodes, headTop, foot := b.place(s)
	col, rule := s.from.col, -t.geo.gap/2
	if words.RightToLeft(t.o.Lang) && !t.geo.vertical && t.geo.columns > 1 { // the first column is the right one
		rule = t.geo.measure + t.geo.gap/2
		if col = t.geo.columns - 1 - col; len(nodes) > 0 && b.nodes[nodes[0].node].span {
			col = 0
		}
	}
	along := Length(col) * (t.geo.measure + t.geo.gap)
	put := func(items []Item, y Length) {
		p.page.Items = append(p.page.Items, t.geo.onPage(items, t.pages%2 == 0, along, s.from.top+y)...)
	}
	if headTop >= 0 {
		put(echo(b.nodes[s.from.node].head.items), headTop)
	}
	var called []int
	for _, pl := range nodes {
		n := &b.nodes[pl.node]
		put(n.material(pl.height), pl.top)
		p.used = max(p.used, s.from.top+pl.top+pl.height)
		called = append(called, n.notes...)
		for _, e := range n.entries {
			t.outline[e].Page, t.outline[e].Label = t.pages-1, p.page.Label
		}
	}
	if k := len(nodes); k > 0 && s.to.node < len(b.nodes) {
		if pl := nodes[k-1]; b.nodes[pl.node].foot != nil && b.nodes[s.to.node].head != nil {
			put(echo(b.nodes[pl.node].foot.items), pl.top+pl.height)
		}
	}
	if s.from.col > 0 && t.o.ColumnRule && len(nodes) > 0 {
		put([]Item{&Box{Rect: Rect{Point{rule, 0}, Size{hairline, s.high}}, Fill: pale, Filled: true}}, 0)
	}
	if foot == 0 {
		return
	}
	p.used = max(p.used, s.from.top+s.high)
	y := s.high - foot + b.rule
	wide := min(8*t.geo.size, t.geo.measure)
	from := Length(0)
	if words.RightToLeft(c.lang) {
		from = t.geo.measure - wide
	}
	put([]Item{&Box{Rect: Rect{Point{from, 0}, Size{wide, hairline}}, Filled: true}}, y-b.rule*45/100)
	for _, no := range called {
		put(c.footNotes[no].items, y)
		y += b.notes[no]
	}
}
