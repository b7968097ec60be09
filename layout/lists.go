package layout

import (
	"strconv"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
)

// wide is a measure in which no label breaks.
const wide = 4000 * Pt

// label is the set number or bullet of an item.
type label struct {
	items []Item
	width Length
}

// label sets text on one line.
func (c *composer) label(spans []span, lang string) label {
	lines := c.t.setParagraph(&paragraph{spans: spans, lang: lang, vertical: c.vertical, measure: wide, ragged: true, align: article.AlignStart})
	if len(lines) == 0 {
		return label{}
	}
	return flush(&lines[0])
}

// flush returns a line moved to the left end of the measure, where one that
// is written from right to left does not stand.
func flush(l *line) label {
	var left Length
	first := true
	for _, it := range l.items {
		if r, ok := it.(*GlyphRun); ok && (first || r.At.X < left) {
			left, first = r.At.X, false
		}
	}
	return label{moved(l.items, -left, 0), l.width}
}

func (c *composer) listBlock(f *frame, b *article.List) {
	el := c.blockElement(f, L)
	el.Numbering = numbering(b.Order, f.depth)
	em := f.style.size
	if i := f.item; i.hang > 0 && i.out == f.out && i.x == f.x && i.measure == f.measure && f.measure < 8*em {
		// What is nested deeper stands no further in than its list: lines of one
		// character cannot be read.
		g := *f
		g.measure += i.hang
		if !f.rtl() {
			g.x -= i.hang
		}
		f = &g
	}
	hang := 2 * em
	if f.measure < 16*em {
		hang = em * 3 / 2
	}
	gap := em / 2
	labels := make([]label, len(b.Items))
	bodies := make([]*Element, len(b.Items))
	for i := range b.Items {
		it := &b.Items[i]
		li := element(el, LI)
		if it.Lang != "" && it.Lang != languageOf(el) {
			li.Lang = it.Lang
		}
		st := f.style
		text := itemLabel(b.Order, i, it.Task, f.depth)
		if b.Order == nil && it.Task == article.NoTask {
			st.family = fonts.Sans
		}
		counts := f.vertical && b.Order != nil && it.Task == article.NoTask
		if counts { // upright, without the point
			text = strings.TrimSuffix(text, ".")
		}
		labels[i] = c.label([]span{{text: text, style: st, leaf: ownLeaf(element(li, Lbl)), combine: counts}}, f.style.lang)
		bodies[i] = element(li, LBody)
		hang = max(hang, labels[i].width+gap)
	}
	// Deep within lists the numbers stand in the margin of the text rather than
	// that nothing is left for it.
	hang = min(hang, max(f.measure-4*em, f.measure/4))

	if last := f.out.last(); last != nil && last.text && !last.heading && f.depth == 0 {
		last.penalty = max(last.penalty, together) // the line that announces the list
	}
	for i := range b.Items {
		it := &b.Items[i]
		in := *f
		in.el = bodies[i]
		in.measure -= hang
		if !f.rtl() {
			in.x += hang
		}
		in.item = room{in.out, in.x, in.measure, hang}
		in.depth++
		in.flush, in.first = true, true
		if it.Lang != "" {
			in.style.lang = it.Lang
		}
		begin := len(f.out.nodes)
		c.anchor(it.ID)
		c.blocks(&in, it.Blocks)
		x := hang - gap - labels[i].width
		if b.Order == nil && it.Task == article.NoTask {
			// Bullets stand in the middle of what is left of the text.
			x = (hang - labels[i].width) * 6 / 10
		}
		x = min(f.start(x, labels[i].width), max(f.x+f.measure, c.t.geo.measure)-labels[i].width)
		c.hangLabel(f, begin, labels[i], max(x, 0))
	}
}

// hangLabel puts a label on the baseline of the first of the nodes from begin
// on, or on a line of its own where that is no text.
func (c *composer) hangLabel(f *frame, begin int, l label, x Length) {
	if begin == len(f.out.nodes) {
		c.emptyLine(f)
	} else if !f.out.nodes[begin].text {
		// A picture or table in the place of text: the label stands above it.
		rest := append([]node(nil), f.out.nodes[begin:]...)
		f.out.nodes = f.out.nodes[:begin]
		c.emptyLine(f)
		f.out.nodes[begin].penalty = neverCut
		f.out.nodes = append(f.out.nodes, rest...)
	}
	n := &f.out.nodes[begin]
	n.items = append(moved(l.items, x, n.base), n.items...)
}

// numbering names how a list counts, by PDF 1.7 table 347.
func numbering(o *article.Order, depth int) string {
	if o == nil {
		return [...]string{"Disc", "Circle", "Square"}[depth%3]
	}
	switch o.Style {
	case article.LowerAlpha:
		return "LowerAlpha"
	case article.UpperAlpha:
		return "UpperAlpha"
	case article.LowerRoman:
		return "LowerRoman"
	case article.UpperRoman:
		return "UpperRoman"
	default:
		return "Decimal"
	}
}

func itemLabel(o *article.Order, i int, task article.Task, depth int) string {
	switch task {
	case article.TaskOpen:
		return "☐"
	case article.TaskDone:
		return "☑"
	}
	if o == nil {
		return [...]string{"•", "◦", "▪"}[depth%3]
	}
	n := o.Start + i
	if o.Reversed {
		n = o.Start - i
	}
	return number(n, o.Style) + "."
}

// number writes n; numbers that letters or Roman figures cannot write are
// decimal.
func number(n int, s article.NumberStyle) string {
	switch s {
	case article.LowerAlpha, article.UpperAlpha:
		if n < 1 {
			break
		}
		var b []byte
		for m := n; m > 0; m = (m - 1) / 26 {
			b = append([]byte{byte('a' + (m-1)%26)}, b...)
		}
		if s == article.UpperAlpha {
			return strings.ToUpper(string(b))
		}
		return string(b)
	case article.LowerRoman, article.UpperRoman:
		if n < 1 || n > 3999 {
			break
		}
		if s == article.UpperRoman {
			return strings.ToUpper(roman(n))
		}
		return roman(n)
	}
	return strconv.Itoa(n)
}

// roman writes 1 to 3999 in small Roman figures.
func roman(n int) string {
	var b strings.Builder
	for _, r := range []struct {
		n int
		s string
	}{{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"}, {10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"}} {
		for n >= r.n {
			b.WriteString(r.s)
			n -= r.n
		}
	}
	return b.String()
}

// definitions sets terms in bold and what they mean below them, indented.
func (c *composer) definitions(f *frame, b *article.DefinitionList) {
	el := c.blockElement(f, L)
	hang := 2 * f.style.size
	if f.measure < 16*f.style.size {
		hang = f.style.size
	}
	for i := range b.Entries {
		e := &b.Entries[i]
		li := element(el, LI)
		for _, term := range e.Terms {
			st := f.style
			st.bold = true
			p := f.paragraphOf(c.spans(term, element(li, Lbl), st))
			p.ragged = true
			begin := len(f.out.nodes)
			c.set(f, p)
			f.out.keep(begin)
			if last := f.out.last(); last != nil && len(f.out.nodes) > begin {
				last.penalty = max(last.penalty, neverCut)
			}
		}
		for _, d := range e.Descriptions {
			in := *f
			in.el = element(li, LBody)
			in.inset(hang, 0)
			in.flush, in.first = true, true
			c.blocks(&in, d)
		}
		if len(e.Descriptions) == 0 {
			if last := f.out.last(); last != nil {
				last.penalty = 0
			}
		}
	}
}
