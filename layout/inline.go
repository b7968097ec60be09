package layout

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
)

// Greys of text that is not the article's own, and of hairlines.
const (
	grey     Color = 0x5E5E5E
	pale     Color = 0x9A9A9A
	hairline       = Pt * 2 / 5
)

// element adds a node of the structure tree to parent.
func element(parent *Element, role Role) *Element {
	e := &Element{Role: role, Parent: parent}
	if parent != nil {
		parent.Kids = append(parent.Kids, e)
	}
	return e
}

// leaf adds a leaf to parent.
func leaf(parent *Element) *Element { return element(parent, Leaf) }

// ownLeaf adds a leaf for text that layout writes of itself.
func ownLeaf(parent *Element) *Element {
	e := leaf(parent)
	e.own = true
	return e
}

// inliner turns the inlines of one block into spans.
type inliner struct {
	c     *composer
	el    *Element // of the block
	base  textStyle
	spans []span
	// The leaf that text goes on in, and what it belongs to.
	leaf   *Element
	link   string
	linkEl *Element
	item   int // of names and titles
}

// spans returns ins as spans whose leaves stand below el.
func (c *composer) spans(ins []article.Inline, el *Element, base textStyle) []span {
	w := inliner{c: c, el: el, base: base}
	for i, in := range ins {
		if i > 0 && article.Apart(ins[i-1], in) {
			w.item++
		}
		switch in := in.(type) {
		case article.Run:
			if in.Text != "" {
				w.run(in)
			}
		case article.LineBreak:
			if i < len(ins)-1 {
				w.lineBreak()
			}
		case *article.Ruby:
			w.ruby(in)
		case *article.Image:
			w.image(in)
		case *article.NoteRef:
			w.noteRef(in)
		case *article.Math:
			w.math(in)
		default:
			panic(fmt.Sprintf("layout: unknown inline %T", in))
		}
	}
	if n := len(w.spans); n > 0 {
		w.spans[n-1].forced = false // the block ends the line
	}
	return w.spans
}

// home returns the element that a piece of text with style s belongs under: the
// block, a link or a span of another language.
func (w *inliner) home(s article.Style) (*Element, textStyle) {
	st := w.c.styled(w.base, s)
	st.item = w.item
	parent := w.el
	if target := w.c.target(s.Link); target != "" {
		if target != w.link || w.el.Kids[len(w.el.Kids)-1] != w.linkEl {
			w.link, w.linkEl = target, element(w.el, LinkRole)
		}
		parent = w.linkEl
		st.color = w.c.t.geo.linkColor()
	} else {
		w.link, w.linkEl = "", nil
	}
	if s.Lang != "" && s.Lang != w.base.lang {
		parent = element(parent, Span)
		parent.Lang = s.Lang
	}
	return parent, st
}

// in returns the leaf for text under parent, the one in use when nothing came
// between.
func (w *inliner) in(parent *Element) *Element {
	if w.leaf == nil || w.leaf.Parent != parent || w.leaf.own || parent.Kids[len(parent.Kids)-1] != w.leaf {
		w.leaf = leaf(parent)
	}
	return w.leaf
}

func (w *inliner) add(s span) {
	s.link, s.linkEl = w.link, w.linkEl
	w.spans = append(w.spans, s)
}

func (w *inliner) run(r article.Run) {
	parent, st := w.home(r.Style)
	if r.Style.Marks&article.Emphasis != 0 && hasHan(r.Text) { // Chinese and Japanese have no italics:
		switch {
		case w.c.t.o.EmphasisDots && isCJK(st.lang):
			st.dots = true
		case st.family == fonts.Serif: // another design marks stress
			st.family = fonts.Sans
		}
	}
	s := span{text: r.Text, style: st, leaf: w.in(parent)}
	if r.Style.Marks&article.Warichu != 0 {
		w.warichu(r.Text, s)
		return
	}
	w.add(s)
}

func (w *inliner) lineBreak() {
	if n := len(w.spans); n > 0 && !w.spans[n-1].forced {
		w.spans[n-1].forced = true
		return
	}
	w.spans = append(w.spans, span{style: w.base, leaf: w.in(w.el), forced: true})
}

func (w *inliner) ruby(r *article.Ruby) {
	parent, st := w.home(r.Style)
	word := 0
	if regionOf(st.lang) == japan { // Chinese has its readings by the character or by the word
		word = len(w.spans) + 1
	}
	for _, seg := range syllables(r.Segments) {
		if seg.Base == "" || seg.Text == "" {
			if text := seg.Base + seg.Text; text != "" {
				w.add(span{text: text, style: st, leaf: w.in(parent)})
			}
			continue
		}
		el := element(parent, RubyRole)
		s := span{text: seg.Base, style: st, ruby: seg.Text, word: word}
		s.leaf = leaf(element(el, RB))
		s.rubyEl = leaf(element(el, RT))
		w.add(s)
	}
}

// syllables parts segments whose readings are bopomofo, a syllable for each character.
func syllables(segments []article.RubySegment) []article.RubySegment {
	var out []article.RubySegment
	for _, seg := range segments {
		parts, base := strings.Fields(seg.Text), []rune(seg.Base)
		if len(parts) != len(base) || len(parts) < 2 || slices.ContainsFunc(parts, func(p string) bool { return !isBopomofo(p) }) {
			out = append(out, seg)
			continue
		}
		for i, p := range parts {
			out = append(out, article.RubySegment{Base: string(base[i]), Text: p})
		}
	}
	return out
}

func (w *inliner) noteRef(r *article.NoteRef) {
	no, ok := w.c.noteNumber[r.ID]
	if !ok {
		return
	}
	w.link = "#" + w.c.prefix + ":" + r.ID
	w.linkEl = element(element(w.el, Reference), LinkRole)
	st := w.base
	st.rise += st.size * 38 / 100
	st.size = st.size * 62 / 100
	st.bold, st.italic = false, false
	w.add(span{text: strconv.Itoa(no), style: st, leaf: ownLeaf(w.linkEl), noteRef: r.ID, combine: true})
	w.link, w.linkEl = "", nil
}

func (w *inliner) math(m *article.Math) {
	w.link, w.linkEl = "", nil
	el := element(w.el, Formula)
	el.Alt = m.Text
	l := leaf(el)
	text := m.Text
	if text == "" {
		// Without a plain form the source stands for the formula.
		text, l.own = m.Source, true
		if m.Format == article.MathML {
			text = tagless(text)
		}
		el.Alt = text
	}
	if text = strings.Join(strings.Fields(text), " "); text == "" {
		return
	}
	if m.Display && len(w.spans) > 0 {
		w.lineBreakOnce()
	}
	w.add(span{text: text, style: w.base, leaf: l, forced: m.Display})
}

// lineBreakOnce ends the line if it is not ended already.
func (w *inliner) lineBreakOnce() {
	if n := len(w.spans); n > 0 {
		w.spans[n-1].forced = true
	}
}

// tagless returns the text between the tags of s.
func tagless(s string) string {
	var b strings.Builder
	in := false
	for _, r := range s {
		switch {
		case r == '<':
			in = true
		case r == '>':
			in = false
			b.WriteByte(' ')
		case !in:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// image sets a small picture among the text. Its declared size counts, else
// its pixels at 96 to the inch; it is at most two ems high.
func (w *inliner) image(im *article.Image) {
	parent, st := w.home(article.Style{Link: im.Link})
	alt := strings.TrimSpace(im.Alt)
	if alt == "" {
		alt = im.Title
	}
	asset, why := w.c.asset(im)
	if why != "" {
		text := alt
		if text == "" {
			text = w.c.words.Picture
		}
		st.size, st.color = st.size*85/100, grey
		el := element(parent, Figure)
		el.Alt = text
		w.add(span{text: "〔" + text + "〕", style: st, leaf: ownLeaf(el)})
		w.leaf = nil
		return
	}
	el := element(parent, Figure)
	el.Alt = alt
	if alt == "" {
		el.Alt = w.c.words.Picture
	}
	wide, high := asset.Width, asset.Height
	if im.Height > 0 && im.Width > 0 {
		wide, high = im.Width, im.Height
		if w.c.vertical {
			wide, high = high, wide
		}
	}
	h := Length(high) * Pt * 3 / 4
	h = min(h, 2*st.size)
	width := h * Length(wide) / Length(high)
	if limit := w.c.measure * 9 / 10; width > limit {
		h, width = max(h*limit/width, 1), limit
	}
	// Pictures about as high as the text stand like a character, centred on the em.
	descent := max((h-st.size)/2+st.size*12/100, 0)
	ascent := h - descent
	pic := &Picture{Key: asset.Key, Rect: Rect{Point{0, -ascent}, Size{width, h}}, Element: leaf(el)}
	w.add(span{text: "\uFFFC", style: st, leaf: pic.Element, object: &object{width: width, ascent: ascent, descent: descent, items: []Item{pic}}})
}

// styled returns base with the marks of s.
func (c *composer) styled(base textStyle, s article.Style) textStyle {
	m := s.Marks
	if m&article.Strong != 0 {
		base.bold = true
	}
	if m&article.Emphasis != 0 {
		base.italic = true
	}
	if m&article.Mono != 0 {
		base.family = fonts.Mono
		base.size = base.size * 94 / 100
	}
	if m&article.Small != 0 {
		base.size = base.size * 85 / 100
	}
	if m&article.Super != 0 {
		base.rise += base.size * 36 / 100
		base.size = base.size * 65 / 100
	} else if m&article.Sub != 0 {
		base.rise -= base.size * 14 / 100
		base.size = base.size * 65 / 100
	}
	base.strike = base.strike || m&article.Strike != 0
	base.underline = base.underline || m&article.Underline != 0
	base.name = m&article.ProperNoun != 0
	base.title = m&article.BookTitle != 0
	base.highlight = base.highlight || m&article.Highlight != 0
	if s.Lang != "" {
		base.lang = s.Lang
	}
	return base
}

// linkColor is that of text that leads elsewhere: the accent, darkened so that
// a page with many links stays quiet.
func (g *geometry) linkColor() Color {
	dark := func(shift uint) Color { return (g.accent >> shift & 0xFF) * 3 / 4 << shift }
	return dark(16) | dark(8) | dark(0)
}

// target returns where a link of the article leads in the book, or the empty
// string where that is nowhere.
func (c *composer) target(link string) string {
	if id, ok := strings.CutPrefix(link, "#"); ok {
		if c.ids[id] {
			return "#" + c.prefix + ":" + id
		}
		return ""
	}
	return webTarget(link)
}

// webTarget returns link if a reader may be sent there.
func webTarget(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" {
			return ""
		}
		return link
	case "mailto", "tel":
		return link
	}
	return ""
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
	})
}

// isCJK tells the languages that are written without italics and with marks an
// em wide.
func isCJK(lang string) bool {
	primary, _, _ := strings.Cut(lang, "-")
	switch strings.ToLower(primary) {
	case "zh", "ja", "ko", "yue":
		return true
	}
	return false
}
