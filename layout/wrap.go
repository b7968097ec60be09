package layout

import (
	"unicode/utf8"

	"github.com/leporello-press/leporello/article"
)

// A small picture may stand at the end of the lines of the paragraphs that follow
// it. Lines beside it are set in what is left of the measure, a whole number of ems;
// a paragraph that is longer goes on below in the full measure from where the last
// short line ends, which is a place where a line may end.

// The least measure beside a picture, in ems, and the greatest share of the measure
// and of the page's height that the picture has, in hundredths.
const (
	leastBeside                 = 14
	widestBeside, highestBeside = 45, 35
)

// wrapped sets the figure at the head of bs beside the paragraphs that follow, and
// returns how many blocks it set; none where the figure is not one to stand so.
func (c *composer) wrapped(f *frame, bs []article.Block) int {
	fig := bs[0].(*article.Figure)
	if !c.t.o.Wrap || c.t.o.Indent == NoIndent || f.out != c.list || f.depth > 0 || f.note || f.vertical || f.align != article.AlignDefault || !c.shows(f, fig) {
		return 0
	}
	im := fig.Images[0]
	a, _ := c.asset(im)
	size := c.natural(f, a, im)
	em := f.style.size
	if size.W > f.measure*widestBeside/100 {
		return 0
	}
	// The picture with the white beside it fills whole ems.
	wide := (size.W + em*3/2 + em - 1) / em * em
	in := *f
	in.measure -= wide
	if in.measure < leastBeside*em {
		return 0
	}
	// About as high as the picture and its caption will be.
	high := size.H + em*6/10
	if n := Length(utf8.RuneCountInString(article.InlinesText(fig.Caption))); n > 0 {
		high += (n*em*85/100/size.W + 1) * em * 5 / 4
	}
	n := c.enough(&in, bs[1:], high)
	if n == 0 || high > c.t.geo.height*highestBeside/100 {
		return 0
	}

	el := c.blockElement(f, Div)
	p := c.picture(im, a, el, c.describe(im, fig.Caption))
	p.slot = size.W
	g := &figure{measure: size.W, rows: []pictureRow{{[]picture{p}, size.H}}}
	items := g.set(size.H)
	high = size.H
	var notes []int
	if len(fig.Caption) > 0 {
		cf := *f
		cf.x, cf.measure = 0, size.W
		list := c.captionIn(&cf, fig.Caption, el, size.W)
		under := list.stack()
		items = append(items, moved(under.items, 0, high+em*6/10)...)
		high += em*6/10 + under.height
		notes = under.notes
	}
	beside := int((high + em*4/10 + f.pitch - 1) / f.pitch) // lines
	begin := len(f.out.nodes)
	set := 1
	for ; set <= n && len(f.out.nodes)-begin < beside; set++ {
		b := bs[set].(*article.Paragraph)
		c.anchor(b.Anchor())
		c.t.pos = b.Position()
		c.beside(&in, f, b, beside-(len(f.out.nodes)-begin))
		in.first, f.first = false, false
	}
	// The lines stay together as long as the picture.
	last := min(begin+beside, len(f.out.nodes)) - 1
	for k := begin; k < last; k++ {
		f.out.nodes[k].penalty = neverCut
	}
	first := &f.out.nodes[begin]
	first.items = append(moved(items, f.x+in.measure+wide-size.W, first.lift+em*6/100), first.items...)
	first.notes = append(first.notes, notes...)
	first.stretch = true
	if short := beside - (len(f.out.nodes) - begin); short > 0 {
		f.out.last().height += Length(short) * f.pitch
	}
	return set
}

// enough returns how many paragraphs at the head of bs have the lines that a
// picture of a height needs, by the number of their characters; 0: they have not.
func (c *composer) enough(f *frame, bs []article.Block, high Length) int {
	chars := int(high/f.pitch+2) * int(f.measure/f.style.size)
	for i, b := range bs {
		p, ok := b.(*article.Paragraph)
		if !ok || p.Align != article.AlignDefault {
			return 0
		}
		for _, in := range p.Inlines {
			switch in := in.(type) {
			case article.Run:
				if !utf8.ValidString(in.Text) {
					return 0
				}
				// A Latin letter is about half as wide as a character of Han.
				chars -= (utf8.RuneCountInString(in.Text) + len(in.Text)) / 4
			case *article.NoteRef:
			default:
				return 0
			}
		}
		if chars <= 0 {
			return i + 1
		}
	}
	return 0
}

// beside sets a paragraph with its first n lines in the frame in, and the others
// in f.
func (c *composer) beside(in, f *frame, b *article.Paragraph, n int) {
	p := c.toSet(in, b)
	lines := c.t.setParagraph(&p)
	if len(lines) > n {
		rest := c.t.setParagraph(p.from(lines[n].text0, f.measure))
		lines = append(lines[:n:n], rest...)
	}
	for i := range lines {
		l := c.lineNode(in, &lines[i])
		if i < len(lines)-1 && (i == 0 || i == len(lines)-2) {
			l.penalty = lonely
		}
		c.add(in, l)
	}
}

// from returns what is left of p after so many runes of its text, to be set in a
// measure.
func (p *paragraph) from(runes int, measure Length) *paragraph {
	q := *p
	q.indent, q.measure, q.hanging = 0, measure, p.hanging&^HangFirst
	for i := range p.spans {
		n := utf8.RuneCountInString(p.spans[i].text)
		if runes >= n {
			runes -= n
			continue
		}
		q.spans = append([]span(nil), p.spans[i:]...)
		for range runes {
			_, size := utf8.DecodeRuneInString(q.spans[0].text)
			q.spans[0].text = q.spans[0].text[size:]
		}
		return &q
	}
	q.spans = nil
	return &q
}
