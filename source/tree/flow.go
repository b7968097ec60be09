package tree

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source/dom"
	"github.com/leporello-press/leporello/source/lang"
)

// context is what an element hands down to what is in it.
type context struct {
	style     article.Style // Lang is set when text is written
	align     article.Align
	lang      string // of the text
	blockLang string // of the block that the text is in
	inP       bool   // within a p
	keepLines bool   // line ends of the file are line breaks
	bold      int    // how deep within headings, whose text is bold anyway
}

// flow makes blocks of the content of an element: what belongs together in a
// line goes to para until a block begins or ends.
type flow struct {
	w      *walker
	lang   string // of what surrounds the blocks
	blocks []article.Block
	para   para
}

// flow returns an empty flow within a block of the language that c has.
func (w *walker) flow(c context) *flow { return &flow{w: w, lang: c.blockLang} }

// content returns the blocks that the children of n make.
func (w *walker) content(n *html.Node, c context) []article.Block {
	f := w.flow(c)
	f.children(n, c)
	return f.end()
}

func (f *flow) end() []article.Block {
	f.flush()
	return f.blocks
}

func (f *flow) add(b article.Block) {
	f.blocks = append(f.blocks, b)
}

// attr returns the Attr of a block that n makes. It takes the anchors that wait
// for a block.
func (f *flow) attr(n *html.Node, c context) article.Attr {
	return f.w.attr(f.w.page.at[n], f.lang, c.blockLang)
}

func (w *walker) attr(pos article.Pos, outer, own string) article.Attr {
	a := article.Attr{Pos: pos, ID: w.takeAnchors()}
	if own != outer {
		a.Lang = own
	}
	return a
}

func (f *flow) children(n *html.Node, c context) {
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		f.node(child, c)
	}
}

func (f *flow) node(n *html.Node, c context) {
	switch n.Type {
	case html.TextNode:
		f.text(n.Data, f.w.page.at[n], c)
	case html.ElementNode:
		f.element(n, c)
	}
}

// text adds text to the paragraph.
func (f *flow) text(s string, pos article.Pos, c context) {
	f.open(c)
	f.para.add(s, c.runStyle(), pos, c.keepLines)
}

// open prepares the paragraph for content in context c.
func (f *flow) open(c context) {
	if f.para.empty() {
		f.para.align, f.para.lang, f.para.loose = c.align, c.blockLang, !c.inP
	}
}

func (c context) runStyle() article.Style {
	s := c.style
	if c.lang != c.blockLang {
		s.Lang = c.lang
	}
	return s
}

// with returns the context within n.
func (c context) with(n *html.Node) context {
	block := blocks[n.DataAtom] && n.Namespace == ""
	tag := dom.Attr(n, "lang")
	if tag == "" {
		tag = dom.Attr(n, "xml:lang")
	}
	if l := lang.Normal(tag); l != "" {
		c.lang = l
	}
	if n.Namespace != "" {
		return c
	}
	switch item := itemMark(n); {
	case item == article.Warichu && block:
	case item != 0:
		c.style.Marks |= item
	default:
		c.style.Marks |= marksOf[n.DataAtom]
	}
	st := styles(n)
	if d := st["display"]; d == "block" || d == "flex" || d == "grid" {
		block = true
	}
	if block {
		c.blockLang = c.lang
		c = c.aligned(n, st)
	}
	switch weight := st["font-weight"]; {
	case c.bold > 0:
	case weight == "bold" || weight == "bolder" || len(weight) == 3 && weight >= "600":
		c.style.Marks |= article.Strong
	case weight == "normal" || weight == "lighter" || len(weight) == 3:
		c.style.Marks &^= article.Strong
	}
	switch st["font-style"] {
	case "italic", "oblique":
		c.style.Marks |= article.Emphasis
	case "normal":
		c.style.Marks &^= article.Emphasis
	}
	if e := st["text-emphasis"]; e != "" && e != "none" {
		c.style.Marks |= article.Emphasis
	}
	decoration := strings.Fields(st["text-decoration"] + " " + st["text-decoration-line"] + " " + st["text-decoration-style"])
	for _, d := range decoration {
		switch d {
		case "underline":
			if slices.Contains(decoration, "wavy") {
				c.style.Marks = c.style.Marks&^article.Underline | article.BookTitle
			} else if c.style.Link == "" {
				c.style.Marks |= article.Underline
			}
		case "line-through":
			c.style.Marks |= article.Strike
		}
	}
	switch st["vertical-align"] {
	case "super":
		c.style.Marks |= article.Super
	case "sub":
		c.style.Marks |= article.Sub
	}
	switch st["white-space"] {
	case "pre", "pre-wrap", "pre-line", "break-spaces":
		c.keepLines = true
	case "normal", "nowrap":
		c.keepLines = false
	}
	return c
}

func (c context) aligned(n *html.Node, st map[string]string) context {
	a := strings.ToLower(dom.Attr(n, "align"))
	if n.DataAtom == atom.Center {
		a = "center"
	}
	if st["text-align"] != "" {
		a = st["text-align"]
	}
	switch a {
	case "center", "-webkit-center", "middle":
		c.align = article.AlignCenter
	case "right", "end", "-webkit-right":
		c.align = article.AlignEnd
	case "left", "start", "justify", "-webkit-left":
		c.align = article.AlignDefault
	}
	return c
}

// element adds n and what is in it.
func (f *flow) element(n *html.Node, c context) {
	w := f.w
	switch {
	case n.Namespace == "svg":
		f.svg(n, c)
		return
	case n.Namespace == "math":
		f.math(n, c)
		return
	case unseen[n.DataAtom]:
		if n.DataAtom == atom.Script {
			f.script(n, c)
		}
		return
	case w.notes.refs[n] != "":
		f.ref(n, c)
		return
	case w.notes.isBody(n):
		return // printed as a note
	case w.notes.only[n]:
		if t := notesTitle(n, w.notes); t != "" {
			w.noteTitle(w.place(n), t)
		}
		return
	case w.hidden(n):
		return
	}
	block := blocks[n.DataAtom] || styles(n)["display"] == "block"
	if block {
		f.flush()
	}
	f.anchors(n)
	outer := c
	c = c.with(n)
	switch n.DataAtom {
	case atom.Br:
		f.open(outer)
		f.para.lineBreak()
	case atom.P:
		c.inP = true
		f.para.pos = w.page.at[n]
		f.children(n, c)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		f.heading(n, headings[n.DataAtom], c)
	case atom.A:
		f.link(n, c)
	case atom.Q:
		f.quoted(n, c)
	case atom.Img, atom.Image:
		f.img(n, outer)
	case atom.Picture:
		f.picture(n, c)
	case atom.Figure:
		f.figure(n, c)
	case atom.Noscript:
		f.noscript(n, c)
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		f.list(n, c)
	case atom.Li:
		f.looseItems(n, outer)
	case atom.Dl:
		f.definitions(n, c)
	case atom.Blockquote:
		a := f.attr(n, c)
		if bs := w.content(n, c.plain()); len(bs) > 0 {
			f.add(&article.Quote{Attr: a, Cite: w.citation(dom.Attr(n, "cite")), Blocks: bs})
		}
	case atom.Pre, atom.Listing, atom.Xmp, atom.Plaintext:
		f.pre(n, c)
	case atom.Textarea:
		f.flush()
		c.keepLines = true
		f.children(n, c)
		f.flush()
	case atom.Table:
		f.table(n, c)
	case atom.Hr:
		f.add(&article.Rule{Attr: f.attr(n, c)})
	case atom.Ruby:
		f.ruby(n, c)
	case atom.Video, atom.Audio, atom.Iframe, atom.Object, atom.Embed, atom.Frame:
		f.embed(n, c)
	case atom.Noframes:
		w.drop(n, article.Warning, "html.noframes", text(n), "text for browsers without frames", "dropped")
	case atom.Canvas:
		w.drop(n, article.Loss, "html.canvas", text(n), "a drawing that a script makes", "dropped")
	case atom.Summary:
		if c.style.Marks&article.Strong == 0 && c.bold == 0 {
			c.style.Marks |= article.Strong
		}
		at := len(f.blocks)
		f.children(n, c)
		f.flush()
		for _, b := range f.blocks[at:] {
			w.label[b] = true
		}
	case atom.Span:
		if hasClass(n, "katex-html") && dom.Is(n.Parent, atom.Span) && findMath(n.Parent) != nil {
			w.drop(n, article.Info, "html.math", text(n), "a formula drawn with letters", "its MathML is used")
			return
		}
		if hasClass(n, "mw-editsection") {
			w.drop(n, article.Info, "html.edit", text(n), "a wiki's link to edit a section", "dropped")
			return
		}
		f.children(n, c)
	default:
		switch level := headingRole(n); {
		case block && level > 0:
			f.heading(n, level, c)
		case n.Data == "amp-img", n.Data == "amp-anim":
			f.img(n, outer)
			f.children(n, c) // what stands there for readers without scripts
		case strings.HasPrefix(n.Data, "amp-") && embedSource(n) != "":
			f.embed(n, c)
			f.children(n, c)
		default:
			f.children(n, c)
		}
	}
	if c.style.Marks&article.Items&^outer.style.Marks != 0 {
		f.para.apart()
	}
	if block {
		f.flush()
	}
}

// plain is c without what the elements around a block say of its text.
func (c context) plain() context {
	c.align, c.inP = article.AlignDefault, false
	return c
}

// flush ends the paragraph: its lines become paragraphs and figures.
func (f *flow) flush() {
	p := f.para
	f.para = para{}
	p.endRun()
	first := true
	var group []line
	end := func() {
		if len(group) == 0 {
			return
		}
		var ins []article.Inline
		for i, l := range group {
			f.w.waiting = append(f.w.waiting, l.anchors...)
			if i > 0 {
				ins = append(ins, article.LineBreak{})
			}
			ins = append(ins, l.inlines...)
		}
		pos := group[0].pos
		if first && p.pos.Line > 0 {
			pos = p.pos
		}
		first = false
		f.add(&article.Paragraph{Attr: f.w.attr(pos, f.lang, p.lang), Align: p.align, Inlines: ins})
		group = nil
	}
	for i := range p.lines {
		l := &p.lines[i]
		l.inlines = trimEnd(l.inlines)
		if len(l.inlines) == 0 {
			f.w.waiting = append(f.w.waiting, l.anchors...)
			end()
			continue
		}
		if len(group) > 0 && (l.indented || p.loose && sentence(group[len(group)-1])) {
			end()
		}
		parts := split(l.inlines)
		for i, part := range parts {
			if i > 0 {
				end()
				l.anchors = nil
			}
			if !part.pictures {
				group = append(group, line{part.inlines, l.anchors, l.pos, l.indented})
				continue
			}
			end()
			f.w.waiting = append(f.w.waiting, l.anchors...)
			l.anchors = nil
			f.figures(part.inlines, l.pos, p.lang)
			first = false
		}
		if parts[len(parts)-1].pictures {
			end()
		}
	}
	end()
}

// part is a piece of a line: text, or pictures that stand by themselves.
type part struct {
	inlines  []article.Inline
	pictures bool
}

// split takes the pictures out of a line that are no part of its text: those at
// its beginning and its end, and large ones anywhere. Small ones are letters. It
// returns one part at least.
func split(ins []article.Inline) []part {
	alone := make([]bool, len(ins))
	found := false
	// edge marks the pictures from i on up to the first text.
	edge := func(i, step int) {
		for ; i >= 0 && i < len(ins); i += step {
			switch in := ins[i].(type) {
			case *article.Image:
				if small(in) {
					return
				}
				alone[i], found = true, true
			case article.Run:
				if strings.TrimFunc(in.Text, isSpace) != "" {
					return
				}
			default:
				return
			}
		}
	}
	edge(0, 1)
	edge(len(ins)-1, -1)
	for i, in := range ins {
		if img, ok := in.(*article.Image); ok && (img.Width >= 200 || img.Height >= 200) {
			alone[i], found = true, true
		}
	}
	if !found {
		return []part{{inlines: ins}}
	}
	var parts []part
	for i := 0; i < len(ins); {
		j := i
		for j < len(ins) && alone[j] == alone[i] {
			j++
		}
		piece := slices.Clone(ins[i:j])
		if !alone[i] {
			piece = trimStart(trimEnd(piece))
		}
		if len(piece) > 0 {
			parts = append(parts, part{piece, alone[i]})
		}
		i = j
	}
	return parts
}

func isSpace(r rune) bool { return r == ' ' || indent(r) }

func trimStart(ins []article.Inline) []article.Inline {
	if len(ins) == 0 {
		return ins
	}
	if run, ok := ins[0].(article.Run); ok {
		t := strings.TrimLeftFunc(run.Text, isSpace)
		if t == "" {
			return trimStart(ins[1:])
		}
		ins[0] = article.Run{Text: t, Style: run.Style}
	}
	return ins
}

// small tells whether a picture is declared to be of the size of letters.
func small(img *article.Image) bool {
	w, h := img.Width, img.Height
	return w > 0 && w <= 64 && h <= 64 || h > 0 && h <= 48
}

// figures adds each picture of ins as a figure of its own.
func (f *flow) figures(ins []article.Inline, pos article.Pos, lang string) {
	for _, in := range ins {
		img, ok := in.(*article.Image)
		if !ok {
			continue
		}
		if at, ok := f.w.imageAt[img]; ok {
			pos = at
		}
		f.add(&article.Figure{Attr: f.w.attr(pos, f.lang, lang), Images: []*article.Image{img}})
	}
}

// sentence tells whether a line is as long as a paragraph and ends as one. In
// text that no paragraph holds a single break after it is the end of the
// paragraph; after the lines of a verse or an address it is a line's end.
func sentence(l line) bool {
	s := strings.TrimRight(article.InlinesText(l.inlines), "”’」』）)\"'")
	last, _ := utf8.DecodeLastRuneInString(s)
	return lang.Width(s) >= 60 && strings.ContainsRune("。！？…．.!?：:；;", last)
}

// inlines returns the content of n as one line of text: what cannot stand in it
// is returned apart.
func (w *walker) inlines(n *html.Node, c context) (ins []article.Inline, rest []article.Block) {
	return w.flat(w.content(n, c))
}

// flat makes one list of inlines of blocks, with breaks between them. Pictures
// and what else has no text of its own are returned apart.
func (w *walker) flat(bs []article.Block) (ins []article.Inline, rest []article.Block) {
	add := func(list []article.Inline) {
		if len(list) > 0 && len(ins) > 0 {
			ins = append(ins, article.LineBreak{})
		}
		ins = append(ins, list...)
	}
	for _, b := range bs {
		w.moved(b)
		switch b := b.(type) {
		case *article.Paragraph:
			add(b.Inlines)
		case *article.Heading:
			add(b.Inlines)
		case *article.Figure, *article.Embed, *article.Table:
			rest = append(rest, b)
		case *article.Rule:
		case *article.Code:
			for l := range strings.SplitSeq(b.Text, "\n") {
				add([]article.Inline{article.Run{Text: l, Style: article.Style{Marks: article.Mono}}})
			}
		case *article.Quote:
			in, r := w.flat(b.Blocks)
			add(in)
			rest = append(rest, r...)
		case *article.List:
			for _, it := range b.Items {
				if it.ID != "" {
					w.waiting = append(w.waiting, it.ID)
				}
				in, r := w.flat(it.Blocks)
				add(in)
				rest = append(rest, r...)
			}
		case *article.DefinitionList:
			for _, e := range b.Entries {
				for _, t := range e.Terms {
					add(t)
				}
				for _, d := range e.Descriptions {
					in, r := w.flat(d)
					add(in)
					rest = append(rest, r...)
				}
			}
		default:
			panic(fmt.Sprintf("tree: unknown block %T", b))
		}
	}
	return ins, rest
}
