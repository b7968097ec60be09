package layout

import (
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/words"
)

// opening sets what stands above an article: its section path, its title over at
// most three lines, its author, source, date and length, a hairline, the lead
// picture.
func (c *composer) opening(f frame, ch Chapter) {
	m := &c.doc.Meta
	em := f.style.size
	t := c.t
	t.enterArticle(ch, c.prefix)
	c.entries = append(c.entries, t.opened...)
	c.anchors = append(c.anchors, &Anchor{Name: c.prefix})
	begin := len(f.out.nodes)

	section := m.Section
	if len(section) == 0 {
		section = ch.Part
	}
	own := f
	own.grid, own.ragged, own.align = false, true, article.AlignStart
	own.style.family = fonts.Sans
	if len(section) > 0 {
		in := own
		in.style.size, in.style.color = em*80/100, t.geo.accent
		in.pitch = in.style.size * 150 / 100
		c.ownText(&in, P, strings.Join(section, between(c.lang)), "")
		for i := begin; i < len(f.out.nodes); i++ {
			track(f.out.nodes[i].items, in.style.size*8/100)
		}
		f.space(em * 7 / 10)
	}

	title := strings.TrimSpace(m.Title)
	if title == "" {
		title = c.words.Untitled
	}
	c.title(own, title)
	if s := strings.TrimSpace(m.Subtitle); s != "" {
		in := own
		in.style.size, in.style.color = em*112/100, 0x3C3C3C
		in.pitch = in.style.size * 145 / 100
		f.out.last().after = em * 7 / 10
		c.ownText(&in, P, s, "")
	}

	f.out.last().after = em
	c.metaLine(own)
	f.space(em * 6 / 10)
	c.add(&f, node{height: hairline, after: f.pitch * 6 / 10, items: []Item{
		&Box{Rect: Rect{Point{f.x, 0}, Size{f.measure, hairline}}, Fill: pale, Filled: true},
	}})
	f.out.keep(begin)
	f.out.last().penalty = neverCut

	if m.Lead != nil {
		lead := *m.Lead
		if lead.Alt == "" {
			lead.Alt = m.Title
		}
		c.blocks(&f, []article.Block{&article.Figure{Images: []*article.Image{&lead}}})
	}
}

// between stands between the facts of a line. The dot of Chinese and Japanese
// fills an em by itself.
func between(lang string) string {
	if isCJK(lang) && !strings.HasPrefix(strings.ToLower(lang), "ko") {
		return "·"
	}
	return "\u2002·\u2002"
}

// title sets the title as large as three lines allow.
func (c *composer) title(f frame, title string) {
	em := f.style.size
	el := element(c.root, H1)
	l := ownLeaf(el)
	f.style.bold = true
	for _, size := range []Length{em * 9 / 5, em * 8 / 5, em * 7 / 5, em * 6 / 5, em} {
		f.style.size = size
		f.pitch = size * 132 / 100
		p := f.paragraphOf([]span{{text: title, style: f.style, leaf: l}})
		lines := c.t.displayed(p)
		if len(lines) > 3 && size > em {
			continue
		}
		for i := range lines {
			n := c.lineNode(&f, &lines[i])
			n.penalty, n.heading = neverCut, true
			if len(lines) > 8 {
				n.penalty = lonely
			}
			c.add(&f, n)
		}
		return
	}
}

// metaLine sets author, source, date and reading time in small grey type.
func (c *composer) metaLine(f frame) {
	m := &c.doc.Meta
	f.style.size, f.style.color = f.style.size*80/100, grey
	f.pitch = f.style.size * 150 / 100
	el := element(c.root, P)
	var spans []span
	add := func(text, target string) {
		if text = strings.TrimSpace(text); text == "" {
			return
		}
		if len(spans) > 0 {
			spans = append(spans, span{text: between(c.lang), style: f.style, leaf: ownLeaf(el)})
		}
		s := span{text: text, style: f.style, link: target}
		parent := el
		if target != "" {
			s.linkEl = element(el, LinkRole)
			parent = s.linkEl
		}
		s.leaf = ownLeaf(parent)
		spans = append(spans, s)
	}
	add(strings.Join(m.Authors, c.words.Join), "")
	source := m.Publisher
	if source == "" {
		source = words.Host(m.URL)
	}
	if len(m.Authors) != 1 || source != m.Authors[0] {
		add(source, webTarget(m.URL))
	}
	if !m.Published.IsZero() {
		add(c.words.Day(m.Published), "")
	}
	add(c.words.Minutes(words.ReadingTime(c.doc.Text())), "")
	c.set(&f, f.paragraphOf(spans))
}

// ownText sets a line that is not the article's own text.
func (c *composer) ownText(f *frame, role Role, text, target string) {
	el := element(f.el, role)
	s := span{text: text, style: f.style, link: target}
	if target != "" {
		s.linkEl = element(el, LinkRole)
		s.leaf = ownLeaf(s.linkEl)
	} else {
		s.leaf = ownLeaf(el)
	}
	c.set(f, f.paragraphOf([]span{s}))
}

// joins: the letters of its script are written in one line, which no white may break.
func joins(r rune) bool {
	return r >= 0x600 && r <= 0xA7F || r >= 0x1800 && r <= 0x18AF ||
		r >= 0xFB50 && r <= 0xFDFF || r >= 0xFE70 && r <= 0xFEFC
}

// track spaces the glyphs of a line that is not justified apart, but for those of
// scripts whose letters are joined.
func track(items []Item, by Length) {
	var moved Length
	for _, it := range items {
		if r, ok := it.(*GlyphRun); ok {
			r.At.X += moved
			if strings.ContainsFunc(r.Text, joins) {
				continue
			}
			for i := range r.Glyphs {
				// Marks, which have no width, stay with their base.
				if r.Glyphs[i].Advance > 0 {
					r.Glyphs[i].Advance += by
					moved += by
				}
			}
		}
	}
}
