package tree

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source/dom"
	"github.com/leporello-press/leporello/source/lang"
)

// own reads the pages that export/epub writes: what it made of a tree becomes that
// tree again. Its markup is the contract of both, and TestIdentity of export/epub
// holds them to it. A page with anything else on it is none of them, and is read as
// all others are.
type own struct {
	w     *walker
	doc   *article.Document
	ids   map[string]bool // of blocks and notes, so far
	notes map[string]bool // IDs of the notes: those of the page
	// number is what the book has before the text of a note.
	number *html.Node

	foreign bool     // the page has something that the writer does not write
	left    []string // words of the book itself, which are left out
}

// ownArticle returns the tree of a page of a book of ours; nil where it is another.
func (w *walker) ownArticle(meta article.Meta, h *head) *article.Document {
	body := dom.Find(w.page.root, atom.Body)
	if h.first("generator") != "leporello" || body == nil {
		return nil
	}
	o := &own{w: w, doc: &article.Document{Meta: meta}, ids: map[string]bool{}, notes: map[string]bool{}}
	m := &o.doc.Meta
	if m.Lang == "" {
		m.Lang = lang.Normal(h.lang)
	}
	c := context{lang: m.Lang, blockLang: m.Lang}
	o.findNotes(body)
	sections := o.only(body)
	for _, s := range sections {
		o.foreign = o.foreign || !dom.Is(s, atom.Section) || dom.Attr(s, "epub:type") != "chapter"
		for _, n := range o.only(s) {
			switch {
			case dom.Is(n, atom.Header) && hasClass(n, "opening"):
				o.opening(n)
			case dom.Is(n, atom.Figure) && hasClass(n, "lead"):
				if f := o.figure(n, c); m.Lead == nil && len(f.Images) > 0 {
					m.Lead = f.Images[0]
				}
			case dom.Is(n, atom.Div) && hasClass(n, "notes"):
				for _, n := range o.only(n) {
					o.note(n, c)
				}
			default:
				o.doc.Blocks = append(o.doc.Blocks, o.block(n, c))
			}
		}
	}
	if o.foreign || len(sections) == 0 {
		return nil
	}
	w.resolveLinks(o.doc, func(id string) (string, bool) { return id, id != "" })
	if len(o.left) > 0 {
		w.report(article.Issue{Severity: article.Info, Code: "page.own", Pos: w.place(body),
			Detail: "a page of a book of leporello: what the book says of itself and of missing pictures is left out", Action: "read as the article it was made of"})
	}
	for _, s := range o.left {
		if w.left != nil {
			w.left(s)
		}
	}
	o.doc.Normalize()
	return o.doc
}

// only returns the elements of n, which has no text of its own.
func (o *own) only(n *html.Node) []*html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		o.foreign = o.foreign || c.Type == html.TextNode && strings.TrimSpace(c.Data) != ""
	}
	return elements(n)
}

// leave leaves out what the book says of itself.
func (o *own) leave(n *html.Node) {
	if t := text(n); strings.TrimSpace(t) != "" {
		o.left = append(o.left, t)
	}
}

// plain returns the text of n, which holds nothing else.
func (o *own) plain(n *html.Node) string {
	t := text(n)
	o.foreign = o.foreign || len(elements(n)) > 0 || odd(t)
	return t
}

// odd tells whether a text has characters that no tree has.
func odd(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && invisible(r) })
}

// findNotes notes which ids are those of notes.
func (o *own) findNotes(n *html.Node) {
	if id := dom.Attr(n, "id"); dom.Is(n, atom.Aside) && id != "" {
		o.notes[id], o.ids[id] = true, true
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		o.findNotes(c)
	}
}

var (
	ownID     = regexp.MustCompile(`^a\d+-i-(.+)$`)
	ownEscape = regexp.MustCompile(`_([0-9a-f]{1,6})_`)
	ownLink   = regexp.MustCompile(`^(?:a\d+(?:-\d+)?\.xhtml)?#(a\d+-[in]-.+)$`)
)

// anchor returns the ID that the tree had for an id of the page; "" for those that
// the writer made.
func anchor(id string) string {
	m := ownID.FindStringSubmatch(id)
	if m == nil {
		return ""
	}
	return ownEscape.ReplaceAllStringFunc(m[1], func(e string) string {
		r, err := strconv.ParseUint(strings.Trim(e, "_"), 16, 32)
		if err != nil || r > '\U0010FFFF' {
			return e
		}
		return string(rune(r))
	})
}

// attr returns the Attr of n, and the context within it.
func (o *own) attr(n *html.Node, c context) (article.Attr, context) {
	a := article.Attr{Pos: o.w.place(n), ID: anchor(dom.Attr(n, "id"))}
	if a.ID != "" {
		o.foreign = o.foreign || o.ids[a.ID]
		o.ids[a.ID] = true
	}
	if l := lang.Normal(dom.Attr(n, "lang")); l != "" && l != c.blockLang {
		a.Lang = l
		c.lang, c.blockLang = l, l
	}
	return a, c
}

// opening reads the head of an article.
func (o *own) opening(n *html.Node) {
	m := &o.doc.Meta
	set := func(to *string, n *html.Node) {
		if t := o.plain(n); *to == "" {
			*to = t
		}
	}
	authors := len(m.Authors)
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		for _, k := range elements(n) {
			switch {
			case dom.Is(k, atom.H1) && !hasClass(k, "untitled"):
				set(&m.Title, k)
			case hasClass(k, "subtitle"):
				set(&m.Subtitle, k)
			case hasClass(k, "author") && authors == 0:
				m.Authors = append(m.Authors, o.plain(k))
			case hasClass(k, "publisher"):
				set(&m.Publisher, k)
			case dom.Is(k, atom.Time) && m.Published.IsZero():
				m.Published, _ = time.Parse(time.DateOnly, dom.Attr(k, "datetime"))
			case dom.Is(k, atom.A) && m.URL == "":
				m.URL, _ = o.w.href(dom.Attr(k, "href"))
			default:
				visit(k)
			}
		}
	}
	visit(n)
	o.leave(n)
}

func (o *own) note(n *html.Node, c context) {
	note := article.Note{Pos: o.w.place(n), ID: dom.Attr(n, "id")}
	o.foreign = o.foreign || !o.notes[note.ID] || !dom.Is(n, atom.Aside)
	for i, k := range o.only(n) {
		if i == 0 && dom.Is(k, atom.P) {
			// The number goes before the text of the first paragraph.
			number := k.FirstChild
			if !dom.Is(number, atom.A, atom.Span) || !hasClass(number, "number") {
				o.foreign = true
				return
			}
			o.leave(number)
			o.number = number
		}
		note.Blocks = append(note.Blocks, o.block(k, c))
	}
	o.doc.Notes = append(o.doc.Notes, note)
}

// blocks reads the blocks in n, before them the text that stands in n itself. label
// reads what a list of tasks has before that.
func (o *own) blocks(n *html.Node, c context, label func(*html.Node) bool) []article.Block {
	var ins inlineList
	var blocks []article.Block
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		switch {
		case k.Type == html.ElementNode && isOwnBlock(k):
			blocks = append(blocks, o.block(k, c))
		case len(blocks) > 0:
			o.foreign = o.foreign || k.Type != html.TextNode || strings.TrimSpace(k.Data) != ""
		case label == nil || !label(k):
			o.inline(&ins, k, c)
		}
	}
	if !ins.blank() {
		p := &article.Paragraph{Attr: article.Attr{Pos: o.w.place(n)}, Inlines: ins.list}
		return append([]article.Block{p}, blocks...)
	}
	return blocks
}

// isOwnBlock tells whether n is written for a block.
func isOwnBlock(n *html.Node) bool {
	switch n.DataAtom {
	case atom.P, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Dl, atom.Blockquote, atom.Pre, atom.Figure, atom.Div, atom.Hr:
		return n.Namespace == ""
	}
	return false
}

func (o *own) block(n *html.Node, c context) article.Block {
	switch {
	case !isOwnBlock(n):
		o.foreign = true
		return &article.Rule{}
	case n.DataAtom == atom.Figure:
		return o.figure(n, c)
	case n.DataAtom == atom.Div && hasClass(n, "table"):
		kids := o.only(n)
		if len(kids) != 1 || !dom.Is(kids[0], atom.Table) {
			o.foreign = true
			return &article.Rule{}
		}
		return o.table(kids[0], c)
	}
	a, c := o.attr(n, c)
	switch n.DataAtom {
	case atom.P:
		return &article.Paragraph{Attr: a, Align: ownAlign(n), Inlines: o.inlines(n, c)}
	case atom.Ul, atom.Ol:
		return o.list(n, a, c)
	case atom.Dl:
		return o.definitions(n, a, c)
	case atom.Blockquote:
		q := &article.Quote{Attr: a, Cite: o.w.citation(dom.Attr(n, "cite"))}
		for _, k := range o.only(n) {
			q.Blocks = append(q.Blocks, o.block(k, c))
		}
		return q
	case atom.Pre:
		kids := o.only(n)
		if len(kids) != 1 || !dom.Is(kids[0], atom.Code) {
			o.foreign = true
			return &article.Rule{}
		}
		return &article.Code{Attr: a, Syntax: strings.TrimPrefix(dom.Attr(kids[0], "class"), "language-"), Text: o.plain(kids[0])}
	case atom.Hr:
		return &article.Rule{Attr: a}
	case atom.Div:
		return o.embed(n, a)
	}
	return &article.Heading{Attr: a, Level: headings[n.DataAtom], Inlines: o.inlines(n, c)}
}

func ownAlign(n *html.Node) article.Align {
	switch dom.Attr(n, "class") {
	case "start":
		return article.AlignStart
	case "center":
		return article.AlignCenter
	case "end":
		return article.AlignEnd
	}
	return article.AlignDefault
}

func (o *own) list(n *html.Node, a article.Attr, c context) article.Block {
	l := &article.List{Attr: a}
	if dom.Is(n, atom.Ol) {
		l.Order = order(n)
	}
	for _, k := range o.only(n) {
		o.foreign = o.foreign || !dom.Is(k, atom.Li)
		ia, ic := o.attr(k, c)
		it := article.ListItem{Attr: ia}
		it.Blocks = o.blocks(k, ic, func(n *html.Node) bool {
			if !dom.Is(n, atom.Span) || !hasClass(n, "task") || it.Task != article.NoTask {
				return false
			}
			it.Task = article.TaskOpen
			if text(n) == "☑" {
				it.Task = article.TaskDone
			}
			o.leave(n)
			return true
		})
		l.Items = append(l.Items, it)
	}
	return l
}

// definitions reads a dl: an empty dt or dd is written where there is none.
func (o *own) definitions(n *html.Node, a article.Attr, c context) article.Block {
	d := &article.DefinitionList{Attr: a}
	described := true
	for _, k := range o.only(n) {
		switch {
		case dom.Is(k, atom.Dt):
			if described {
				d.Entries = append(d.Entries, article.Definition{})
				described = false
			}
			e := &d.Entries[len(d.Entries)-1]
			if ins := o.inlines(k, c); len(ins) > 0 {
				e.Terms = append(e.Terms, ins)
			}
		case dom.Is(k, atom.Dd) && len(d.Entries) > 0:
			described = true
			e := &d.Entries[len(d.Entries)-1]
			if bs := o.blocks(k, c, nil); len(bs) > 0 {
				e.Descriptions = append(e.Descriptions, bs)
			}
		default:
			o.foreign = true
		}
	}
	return d
}

func (o *own) table(n *html.Node, c context) article.Block {
	a, c := o.attr(n, c)
	t := &article.Table{Attr: a}
	for _, part := range o.only(n) {
		if dom.Is(part, atom.Caption) {
			t.Caption = o.inlines(part, c)
			continue
		}
		o.foreign = o.foreign || !dom.Is(part, atom.Thead, atom.Tbody)
		for _, tr := range o.only(part) {
			o.foreign = o.foreign || !dom.Is(tr, atom.Tr)
			var row article.Row
			for _, k := range o.only(tr) {
				o.foreign = o.foreign || !dom.Is(k, atom.Td, atom.Th)
				cell := article.Cell{Header: dom.Is(k, atom.Th), Align: ownAlign(k), ColSpan: span(dom.Attr(k, "colspan"), 1000), RowSpan: span(dom.Attr(k, "rowspan"), 65534)}
				switch dom.Attr(k, "scope") {
				case "col":
					cell.Scope = article.ScopeColumn
				case "row":
					cell.Scope = article.ScopeRow
				}
				cell.Blocks = o.blocks(k, c, nil)
				row.Cells = append(row.Cells, cell)
			}
			if dom.Is(part, atom.Thead) {
				t.Head = append(t.Head, row)
			} else {
				t.Body = append(t.Body, row)
			}
		}
	}
	return t
}

func (o *own) figure(n *html.Node, c context) *article.Figure {
	a, c := o.attr(n, c)
	f := &article.Figure{Attr: a}
	for _, k := range o.only(n) {
		if dom.Is(k, atom.Figcaption) {
			f.Caption = o.inlines(k, c)
			continue
		}
		f.Images = append(f.Images, o.pictures(k)...)
	}
	o.foreign = o.foreign || len(f.Images) == 0
	return f
}

// pictures reads a picture of a figure, the pieces of one, or what stands in its
// place: one at least.
func (o *own) pictures(n *html.Node) []*article.Image {
	if hasClass(n, "missing") {
		return []*article.Image{o.missing(n)}
	}
	var ins inlineList
	for _, k := range o.only(n) {
		o.inline(&ins, k, context{})
	}
	images := takeImages(&ins.list)
	if len(images) == 0 || len(ins.list) > 0 {
		o.foreign = true
		return []*article.Image{{}}
	}
	return images
}

// missing reads what stands in the place of a picture.
func (o *own) missing(n *html.Node) *article.Image {
	o.leave(n)
	img := &article.Image{}
	if link := dom.Attr(n, "data-link"); link != "" {
		img.Link = o.link(link)
	}
	return o.recorded(img, n, dom.Attr(n, "data-address"))
}

// recorded fills in what attributes say of a picture.
func (o *own) recorded(img *article.Image, n *html.Node, src string) *article.Image {
	img.Src, _ = o.w.resource(src)
	if alt, ok := dom.Lookup(n, "data-alt"); ok {
		img.Alt = alt
	}
	if title, ok := dom.Lookup(n, "data-title"); ok {
		img.Title = title
	}
	img.Width, _ = strconv.Atoi(dom.Attr(n, "data-width"))
	img.Height, _ = strconv.Atoi(dom.Attr(n, "data-height"))
	img.Referrer = policy(dom.Attr(n, "data-referrer"))
	o.foreign = o.foreign || img.Src == "" || img.Width < 0 || img.Height < 0 || odd(img.Alt) || odd(img.Title)
	return img
}

func (o *own) embed(n *html.Node, a article.Attr) article.Block {
	kind := slices.Index([]string{article.Frame: "frame", article.Video: "video", article.Audio: "audio"}, dom.Attr(n, "data-kind"))
	if !hasClass(n, "embed") || kind < 0 {
		o.foreign = true
		return &article.Rule{}
	}
	e := &article.Embed{Attr: a, Kind: article.EmbedKind(kind), Title: dom.Attr(n, "data-title")}
	e.Src, _ = o.w.resource(dom.Attr(n, "data-address"))
	for _, k := range o.only(n) {
		if dom.Is(k, atom.Div) && e.Poster == nil {
			e.Poster = o.pictures(k)[0]
			continue
		}
		o.leave(k)
	}
	return e
}

// link returns where a link leads. Where it leads out of the page to another of the
// same article, that is as if it were here.
func (o *own) link(href string) string {
	if m := ownLink.FindStringSubmatch(href); m != nil {
		if o.notes[m[1]] {
			return "#" + m[1]
		}
		return "#" + anchor(m[1])
	}
	target, why := o.w.href(href)
	if why != "" {
		return ""
	}
	return target
}
