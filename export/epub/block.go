package epub

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/leporello-press/leporello/article"
)

// blocks writes blocks one after another. Before each the text may be cut.
func (c *chapter) blocks(bs []article.Block) {
	for _, b := range bs {
		c.mayCut()
		c.block(b)
	}
}

func (c *chapter) block(b article.Block) {
	outer := c.lang
	if l := tag(b.Language()); l != "" {
		c.lang = l
	}
	switch b := b.(type) {
	case *article.Heading:
		c.heading(b, outer)
	case *article.Paragraph:
		c.lang = outer // it looks itself
		c.paragraph(b, nil)
	case *article.List:
		c.list(b, outer)
	case *article.DefinitionList:
		c.definitions(b, outer)
	case *article.Quote:
		c.start("blockquote", b, outer, "", "cite", address(b.Cite))
		c.raw("\n")
		c.push("<blockquote>\n", "</blockquote>\n")
		c.blocks(b.Blocks)
		c.pop()
		c.raw("</blockquote>\n")
	case *article.Code:
		c.code(b, outer)
	case *article.Figure:
		c.figure(b, outer)
	case *article.Table:
		c.table(b, outer)
	case *article.Rule:
		c.start("hr", b, outer, "")
		c.b[len(c.b)-1] = '/'
		c.raw(">\n")
	case *article.Embed:
		c.embed(b, outer)
	default:
		panic(fmt.Sprintf("epub: unknown block %T", b))
	}
	c.lang = outer
}

// start writes the start tag of a block with its id, its language where that is
// another than outer, and further attributes, names and values.
func (c *chapter) start(name string, b article.Block, outer, class string, attrs ...string) {
	c.raw("<", name)
	c.writeID(c.ids[b.Anchor()])
	c.attrIf("class", class)
	dir := direction(c.lang, outer)
	if c.lang != outer {
		c.langAttrs(c.lang)
	}
	if name == "pre" { // code runs to the right, whatever the language of its comments
		dir = direction("", outer)
	}
	c.attrIf("dir", dir)
	for i := 0; i+1 < len(attrs); i += 2 {
		c.attrIf(attrs[i], attrs[i+1])
	}
	c.raw(">")
}

// push says that a container is open: a cut closes it and opens it again.
func (c *chapter) push(open, end string) { c.open = append(c.open, container{open, end}) }

// pushLang is push for an element in the language being written.
func (c *chapter) pushLang(name, attrs, outer, end string) {
	var m markup
	m.raw("<", name, attrs)
	if c.lang != outer {
		m.langAttrs(c.lang)
	}
	m.raw(">")
	c.push(string(m.b), end)
}

func (c *chapter) pop() { c.open = c.open[:len(c.open)-1] }

// maxDepth is how deep below the article's title the contents go.
const maxDepth = 2

func (c *chapter) heading(h *article.Heading, outer string) {
	level := min(max(h.Level, 2), 6)
	id := c.ids[h.Anchor()]
	if _, ok := c.seen[id]; id == "" || ok {
		c.unnamed++
		id = c.name + "-h-" + strconv.Itoa(c.unnamed)
	}
	if len(c.open) == 0 {
		for len(c.level) > 0 && c.level[len(c.level)-1] >= level {
			c.level = c.level[:len(c.level)-1]
		}
		c.level = append(c.level, level)
		if t := plain(h.Inlines); t != "" && len(c.level) <= maxDepth {
			c.heads = append(c.heads, heading{len(c.level), t, id})
		}
	}
	name := "h" + strconv.Itoa(level)
	c.raw("<", name)
	c.writeID(id)
	if c.lang != outer {
		c.langAttrs(c.lang)
	}
	c.raw(">")
	c.open = append(c.open, container{})
	c.inlines(h.Inlines)
	c.open = c.open[:len(c.open)-1]
	c.raw("</", name, ">\n")
}

// plain is a heading on one line, without the readings of ruby.
func plain(ins []article.Inline) string {
	var b strings.Builder
	for _, in := range ins {
		switch in := in.(type) {
		case article.Run:
			b.WriteString(in.Text)
		case article.LineBreak:
			b.WriteByte(' ')
		case *article.Ruby:
			for _, s := range in.Segments {
				b.WriteString(s.Base)
			}
		case *article.Math:
			b.WriteString(in.Text)
		case *article.Image, *article.NoteRef:
		default:
			panic(fmt.Sprintf("epub: unknown inline %T", in))
		}
	}
	return label(b.String())
}

// alignClass are the classes of alignments; the default has none.
var alignClass = [...]string{
	article.AlignDefault: "", article.AlignStart: "start", article.AlignCenter: "center", article.AlignEnd: "end",
}

// paragraph writes running text; before, where not nil, writes what precedes it
// in the same paragraph.
func (c *chapter) paragraph(p *article.Paragraph, before func()) {
	outer := c.lang
	if l := tag(p.Lang); l != "" {
		c.lang = l
	}
	class := ""
	if int(p.Align) < len(alignClass) {
		class = alignClass[p.Align]
	}
	if class == "" && standsAlone(p.Inlines) {
		class = "alone"
	}
	c.start("p", p, outer, class)
	if before != nil {
		before()
	}
	if long(p.Inlines) {
		c.pushLang("p", ` class="go-on"`, outer, "</p>\n")
		c.inlines(p.Inlines)
		c.pop()
	} else {
		c.inlines(p.Inlines)
	}
	c.raw("</p>\n")
	c.lang = outer
}

// long tells whether a paragraph has a run within which the text may be cut.
func long(ins []article.Inline) bool {
	for _, in := range ins {
		if r, ok := in.(article.Run); ok && len(r.Text) > runPiece {
			return true
		}
	}
	return false
}

// standsAlone tells whether a paragraph is one picture or one formula on a line of
// its own, which takes no indent.
func standsAlone(ins []article.Inline) bool {
	if len(ins) != 1 {
		return false
	}
	if math, ok := ins[0].(*article.Math); ok {
		return math.Display
	}
	_, picture := ins[0].(*article.Image)
	return picture
}

// onlyText returns the inlines of blocks that are one paragraph without anything
// of its own, so that a cell or an item needs no p element.
func onlyText(bs []article.Block) ([]article.Inline, bool) {
	if len(bs) != 1 {
		return nil, false
	}
	p, ok := bs[0].(*article.Paragraph)
	if !ok || p.ID != "" || p.Lang != "" || p.Align != article.AlignDefault {
		return nil, false
	}
	return p.Inlines, true
}

// listType are the values of ol's type attribute.
var listType = [...]string{
	article.Decimal: "", article.LowerAlpha: "a", article.UpperAlpha: "A", article.LowerRoman: "i", article.UpperRoman: "I",
}

func (c *chapter) list(l *article.List, outer string) {
	name, class := "ul", ""
	for i := range l.Items {
		if l.Items[i].Task != article.NoTask {
			class = "tasks"
		}
	}
	var attrs []string
	number, step := 0, 1
	if o := l.Order; o != nil {
		name, number = "ol", o.Start
		if o.Reversed {
			step = -1
			attrs = append(attrs, "reversed", "reversed")
		}
		if int(o.Style) < len(listType) {
			attrs = append(attrs, "type", listType[o.Style])
		}
	}
	start := func(n int) string {
		if l.Order == nil || n == 1 && step == 1 {
			return ""
		}
		return strconv.Itoa(n)
	}
	c.start(name, l, outer, class, append(attrs, "start", start(number))...)
	c.raw("\n")
	for i := range l.Items {
		// A list that goes on in another page begins with the next number.
		var m markup
		m.raw("<", name)
		m.attrIf("class", class)
		for k := 0; k < len(attrs); k += 2 {
			m.attrIf(attrs[k], attrs[k+1])
		}
		m.attrIf("start", start(number+i*step))
		if c.lang != outer {
			m.langAttrs(c.lang)
		}
		m.raw(">\n")
		c.push(string(m.b), "</"+name+">\n")
		c.mayCut()
		c.item(&l.Items[i])
		c.pop()
	}
	c.raw("</", name, ">\n")
}

func (c *chapter) item(it *article.ListItem) {
	outer := c.lang
	if l := tag(it.Lang); l != "" {
		c.lang = l
	}
	c.raw("<li")
	c.writeID(c.ids[it.ID])
	if c.lang != outer {
		c.langAttrs(c.lang)
	}
	c.raw(">")
	switch it.Task {
	case article.TaskOpen:
		c.element("span", "☐", "class", "task", "role", "img", "aria-label", c.words.ToDo)
		c.raw(" ")
	case article.TaskDone:
		c.element("span", "☑", "class", "task", "role", "img", "aria-label", c.words.Done)
		c.raw(" ")
	}
	// An item is not divided: its second half would have a number of its own.
	c.open = append(c.open, container{})
	bs := it.Blocks
	if len(bs) > 0 {
		// The first paragraph stands beside the number.
		if ins, ok := onlyText(bs[:1]); ok {
			c.inlines(ins)
			bs = bs[1:]
		}
	}
	if len(bs) > 0 {
		c.raw("\n")
		c.blocks(bs)
	}
	c.open = c.open[:len(c.open)-1]
	c.raw("</li>\n")
	c.lang = outer
}

func (c *chapter) definitions(d *article.DefinitionList, outer string) {
	c.start("dl", d, outer, "")
	c.raw("\n")
	for _, e := range d.Entries {
		c.push("<dl>\n", "</dl>\n")
		c.mayCut()
		c.pop()
		c.open = append(c.open, container{})
		// XHTML wants a term and a description in each group.
		if len(e.Terms) == 0 {
			c.raw("<dt></dt>\n")
		}
		for _, t := range e.Terms {
			c.raw("<dt>")
			c.inlines(t)
			c.raw("</dt>\n")
		}
		if len(e.Descriptions) == 0 {
			c.raw("<dd></dd>\n")
		}
		for _, desc := range e.Descriptions {
			c.raw("<dd>")
			if ins, ok := onlyText(desc); ok {
				c.inlines(ins)
			} else {
				c.raw("\n")
				c.blocks(desc)
			}
			c.raw("</dd>\n")
		}
		c.open = c.open[:len(c.open)-1]
	}
	c.raw("</dl>\n")
}

func (c *chapter) code(k *article.Code, outer string) {
	c.start("pre", k, outer, "")
	c.raw("<code")
	if s := label(k.Syntax); s != "" {
		c.attr("class", "language-"+strings.ReplaceAll(s, " ", "-"))
	}
	c.raw(">")
	c.push("<pre><code>", "</code></pre>\n")
	text := k.Text
	for len(text) > runPiece {
		i := strings.IndexByte(text[runPiece:], '\n')
		if i < 0 {
			break
		}
		c.text(text[:runPiece+i])
		c.raw("\n")
		text = text[runPiece+i+1:]
		c.mayCut()
	}
	c.text(text)
	c.pop()
	c.raw("</code></pre>\n")
}
