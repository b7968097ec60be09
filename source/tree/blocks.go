package tree

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source/dom"
	"github.com/leporello-press/leporello/source/lang"
)

// heading adds h1 to h6 and what has their role. Pictures in it come after it: a
// heading is text.
func (f *flow) heading(n *html.Node, level int, c context) {
	w := f.w
	c = c.plain()
	c.bold++
	ins, rest := w.inlines(n, c)
	images := takeImages(&ins)
	unmark(ins, article.Strong)
	if len(ins) > 0 {
		f.add(&article.Heading{Attr: f.attr(n, c), Level: level, Inlines: ins})
	}
	for _, img := range images {
		f.add(&article.Figure{Attr: w.attr(w.imageAt[img], f.lang, c.blockLang), Images: []*article.Image{img}})
	}
	f.blocks = append(f.blocks, rest...)
}

// headingRole returns the level of an element that has the role of a heading; 0 for
// others.
func headingRole(n *html.Node) int {
	if !strings.EqualFold(strings.TrimSpace(dom.Attr(n, "role")), "heading") {
		return 0
	}
	level, err := strconv.Atoi(strings.TrimSpace(dom.Attr(n, "aria-level")))
	if err != nil {
		return 2 // WAI-ARIA 1.2, heading: where no level is given it is 2
	}
	return min(max(level, 1), 6)
}

// takeImages removes the pictures from ins and returns them.
func takeImages(ins *[]article.Inline) []*article.Image {
	var images []*article.Image
	var others []article.Inline
	for _, in := range *ins {
		if img, ok := in.(*article.Image); ok {
			images = append(images, img)
			continue
		}
		others = append(others, in)
	}
	*ins = others
	return images
}

// unmark takes the mark from ins if all text has it.
func unmark(ins []article.Inline, m article.Mark) {
	for _, in := range ins {
		if run, ok := in.(article.Run); ok && run.Style.Marks&m == 0 && strings.TrimSpace(run.Text) != "" {
			return
		}
	}
	for i, in := range ins {
		if run, ok := in.(article.Run); ok {
			run.Style.Marks &^= m
			ins[i] = run
		}
	}
}

// quoted adds a q element between the quotation marks of its language, unless it
// has some.
func (f *flow) quoted(n *html.Node, c context) {
	before, after := "“", "”"
	switch l := strings.ToLower(c.lang); {
	case lang.Base(l) == "ja", l == "zh-hant", l == "zh-tw", l == "zh-hk":
		before, after = "「", "」"
	}
	const marks = "“‘「『《〈«‹\"'"
	first, _ := utf8.DecodeRuneInString(foldLine(text(n)))
	if strings.ContainsRune(marks, first) || f.para.space == noSpace && strings.ContainsRune(marks, f.para.last) && f.para.last != 0 {
		before, after = "", ""
	}
	f.text(before, f.w.place(n), c)
	f.children(n, c)
	f.text(after, f.w.place(n), c)
}

// list adds ul, ol, menu and dir.
func (f *flow) list(n *html.Node, c context) {
	w := f.w
	c = c.plain()
	l := &article.List{Attr: f.attr(n, c), Order: order(n)}
	w.items(l, n, c)
	if len(l.Items) > 0 {
		f.add(l)
	} else {
		w.moved(l)
	}
}

// order returns how the list n counts; nil for bullets.
func order(n *html.Node) *article.Order {
	st := styles(n)
	kind := st["list-style-type"]
	if kind == "" {
		if fields := strings.Fields(st["list-style"]); len(fields) > 0 {
			kind = fields[0]
		}
	}
	styleOf := map[string]article.NumberStyle{"lower-alpha": article.LowerAlpha, "lower-latin": article.LowerAlpha,
		"upper-alpha": article.UpperAlpha, "upper-latin": article.UpperAlpha, "lower-roman": article.LowerRoman,
		"upper-roman": article.UpperRoman, "decimal": article.Decimal}
	style, numbers := styleOf[kind]
	if !dom.Is(n, atom.Ol) && !numbers {
		return nil
	}
	o := &article.Order{Start: 1, Style: style}
	if !numbers {
		switch strings.TrimSpace(dom.Attr(n, "type")) {
		case "a":
			o.Style = article.LowerAlpha
		case "A":
			o.Style = article.UpperAlpha
		case "i":
			o.Style = article.LowerRoman
		case "I":
			o.Style = article.UpperRoman
		}
	}
	_, o.Reversed = dom.Lookup(n, "reversed")
	var items []*html.Node
	for _, c := range elements(n) {
		if dom.Is(c, atom.Li) {
			items = append(items, c)
		}
	}
	if o.Reversed {
		o.Start = len(items)
	}
	first := []*html.Node{n}
	names := []string{"start"}
	if len(items) > 0 {
		first, names = append(first, items[0]), append(names, "value")
	}
	for i, n := range first {
		if v, err := strconv.ParseInt(strings.TrimSpace(dom.Attr(n, names[i])), 10, 32); err == nil {
			o.Start = int(v)
		}
	}
	return o
}

// items adds what is in n to l: a li is an item, a list without a li belongs to
// the item before it, other content is an item of its own.
func (w *walker) items(l *article.List, n *html.Node, c context) {
	rest := w.flow(c)
	flush := func() {
		blocks := rest.end()
		rest = w.flow(c)
		if len(blocks) == 0 {
			return
		}
		if _, sub := blocks[0].(*article.List); sub && len(l.Items) > 0 {
			it := &l.Items[len(l.Items)-1]
			it.Blocks = append(it.Blocks, blocks...)
			return
		}
		l.Items = append(l.Items, article.ListItem{Attr: article.Attr{Pos: blocks[0].Position()}, Blocks: blocks})
	}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		if !dom.Is(k, atom.Li) || w.notes.isBody(k) || w.hidden(k) {
			if !dom.Is(k, atom.Li) {
				rest.node(k, c)
			}
			continue
		}
		flush()
		if it, ok := w.item(k, c, l.Order != nil); ok {
			w.number(l, k)
			l.Items = append(l.Items, it)
		}
	}
	flush()
}

// number reports a number that an item was given and the list does not count to.
func (w *walker) number(l *article.List, n *html.Node) {
	v, err := strconv.Atoi(strings.TrimSpace(dom.Attr(n, "value")))
	if err != nil || l.Order == nil {
		return
	}
	want := l.Order.Start + len(l.Items)
	if l.Order.Reversed {
		want = l.Order.Start - len(l.Items)
	}
	if v != want {
		w.issue(n, article.Warning, "html.number", "", "an item is numbered "+strconv.Itoa(v)+" where "+strconv.Itoa(want)+" is next", "numbered in order")
	}
}

// item reads a li. An empty one of a numbered list is still counted.
func (w *walker) item(n *html.Node, c context, numbered bool) (article.ListItem, bool) {
	f := w.flow(c)
	f.anchors(n)
	outer := c.blockLang
	c = c.with(n).plain()
	it := article.ListItem{Attr: w.attr(w.page.at[n], outer, c.blockLang), Task: task(n)}
	it.Blocks = w.content(n, c)
	if len(it.Blocks) == 0 && !numbered && it.ID == "" {
		return it, false
	}
	return it, true
}

// task returns the state of the checkbox that an item begins with.
func task(n *html.Node) article.Task {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode && strings.TrimSpace(c.Data) != "":
			return article.NoTask
		case dom.Is(c, atom.Input):
			if !strings.EqualFold(dom.Attr(c, "type"), "checkbox") {
				return article.NoTask
			}
			if _, done := dom.Lookup(c, "checked"); done {
				return article.TaskDone
			}
			return article.TaskOpen
		case dom.Is(c, atom.P, atom.Label, atom.Div, atom.Span):
			return task(c)
		case c.Type == html.ElementNode:
			return article.NoTask
		}
	}
	return article.NoTask
}

// looseItems adds a li that no list holds; those that follow each other are one
// list.
func (f *flow) looseItems(n *html.Node, c context) {
	w := f.w
	it, ok := w.item(n, c, false)
	if !ok {
		return
	}
	if k := len(f.blocks); k > 0 {
		if l, isList := f.blocks[k-1].(*article.List); isList && w.loose[l] {
			l.Items = append(l.Items, it)
			return
		}
	}
	l := &article.List{Attr: article.Attr{Pos: it.Pos}, Items: []article.ListItem{it}}
	w.loose[l] = true
	f.add(l)
}

// definitions adds a dl.
func (f *flow) definitions(n *html.Node, c context) {
	w := f.w
	c = c.plain()
	d := &article.DefinitionList{Attr: f.attr(n, c)}
	// entry returns the entry that a term or a description belongs to.
	entry := func(term bool) *article.Definition {
		k := len(d.Entries)
		if k == 0 || term && len(d.Entries[k-1].Descriptions) > 0 {
			d.Entries = append(d.Entries, article.Definition{})
			k++
		}
		return &d.Entries[k-1]
	}
	var after []article.Block
	describe := func(blocks []article.Block) {
		if len(blocks) > 0 {
			e := entry(false)
			e.Descriptions = append(e.Descriptions, blocks)
		}
	}
	var visit func(n *html.Node, c context)
	visit = func(n *html.Node, c context) {
		rest := w.flow(c)
		flush := func() {
			describe(rest.end())
			rest = w.flow(c)
		}
		for k := n.FirstChild; k != nil; k = k.NextSibling {
			switch {
			case dom.Is(k, atom.Dt, atom.Dd) && (w.notes.isBody(k) || w.hidden(k)):
			case dom.Is(k, atom.Dt):
				flush()
				rest.anchors(k)
				ins, more := w.inlines(k, c.with(k).plain())
				if len(ins) > 0 {
					e := entry(true)
					e.Terms = append(e.Terms, ins)
				}
				after = append(after, more...)
			case dom.Is(k, atom.Dd):
				flush()
				rest.anchors(k)
				// The language of a description is that of the blocks in it.
				sub := w.flow(c)
				sub.children(k, c.with(k).plain())
				describe(sub.end())
			case dom.Is(k, atom.Div):
				flush()
				rest.anchors(k)
				visit(k, c.with(k).plain())
			default:
				rest.node(k, c)
			}
		}
		flush()
	}
	visit(n, c)
	if len(d.Entries) > 0 {
		f.add(d)
	} else {
		w.moved(d)
	}
	f.blocks = append(f.blocks, after...)
}

var syntaxClass = regexp.MustCompile(`(?i)^(?:language|lang|brush|highlight-source)[-:]\s*([A-Za-z0-9+#._-]+)`)

// syntax returns the language that the classes of a pre or of the elements around
// and in it name.
func syntax(n *html.Node) string {
	candidates := []*html.Node{n, dom.Find(n, atom.Code), n.Parent}
	if n.Parent != nil {
		candidates = append(candidates, n.Parent.Parent)
	}
	for _, c := range candidates {
		if c == nil || c.Type != html.ElementNode {
			continue
		}
		for _, name := range []string{"data-lang", "data-language"} {
			if v := dom.Attr(c, name); v != "" && !strings.ContainsAny(v, " <>") {
				return strings.ToLower(v)
			}
		}
		class := strings.ReplaceAll(dom.Attr(c, "class"), "brush: ", "brush:")
		fields := strings.Fields(class)
		for _, f := range fields {
			if m := syntaxClass.FindStringSubmatch(strings.TrimSuffix(f, ";")); m != nil {
				return strings.ToLower(m[1])
			}
		}
		for i, f := range fields {
			if (f == "highlight" || f == "hljs") && i+1 < len(fields) && fields[i+1] != "hljs" && fields[i+1] != "highlight" {
				return strings.ToLower(fields[i+1])
			}
		}
	}
	return ""
}

// pre adds preformatted text. Pictures in it come after it.
func (f *flow) pre(n *html.Node, c context) {
	w := f.w
	a := f.attr(n, c)
	code, images := w.preformatted(n)
	if strings.TrimSpace(code) == "" {
		if a.ID != "" {
			w.waiting = append(w.waiting, a.ID)
		}
	} else {
		f.add(&article.Code{Attr: a, Syntax: syntax(n), Text: code})
	}
	for _, img := range images {
		f.element(img, c)
		f.flush()
	}
}

// preformatted returns the text of n with its line ends, and the pictures and the
// like in it.
func (w *walker) preformatted(n *html.Node) (string, []*html.Node) {
	var b strings.Builder
	var others []*html.Node
	newLine := func() {
		if s := b.String(); s != "" && !strings.HasSuffix(s, "\n") {
			b.WriteByte('\n')
		}
	}
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			for _, r := range n.Data {
				if r == '\r' {
					r = '\n'
				}
				if r == '\n' || r == '\t' || !invisible(r) {
					b.WriteRune(r)
				}
			}
			return
		case n.Type != html.ElementNode:
			return
		case n.Namespace == "svg", n.Namespace == "math", dom.Is(n, atom.Img, atom.Video, atom.Audio, atom.Iframe, atom.Object, atom.Embed, atom.Canvas):
			others = append(others, n)
			return
		case n.Namespace == "" && unseen[n.DataAtom], w.notes.isBody(n), w.hidden(n):
			return
		case dom.Is(n, atom.A) && w.notes.refs[n] != "":
			others = append(others, n)
			return
		case dom.Is(n, atom.Br):
			b.WriteByte('\n')
			return
		}
		if id := dom.Attr(n, "id"); id != "" && w.linked[id] && !w.seen[id] {
			w.seen[id] = true
			w.waiting = append(w.waiting, id)
		}
		block := blocks[n.DataAtom] && !dom.Is(n, atom.Pre, atom.Listing, atom.Xmp, atom.Plaintext)
		if block {
			newLine()
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
		if block {
			newLine()
		}
	}
	visit(n)
	return strings.TrimLeft(strings.TrimRight(b.String(), " \t\n"), "\n"), others
}

// gutter adds a listing that highlighters make of a table of two columns, the
// first with the numbers of the lines; it tells whether n is one.
func (f *flow) gutter(n *html.Node, c context) bool {
	w := f.w
	var code *html.Node
	var numbers []*html.Node
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		for k := n.FirstChild; k != nil; k = k.NextSibling {
			switch {
			case dom.Is(k, atom.Td) && hasClass(k, "gutter", "linenos", "rouge-gutter", "lntd") && isNumbers(text(k)):
				numbers = append(numbers, k)
			case dom.Is(k, atom.Td) && code == nil && dom.Find(k, atom.Pre) != nil:
				code = k
			default:
				visit(k)
			}
		}
	}
	visit(n)
	if code == nil || len(numbers) != 1 {
		return false
	}
	// Nothing else may be in it.
	if foldLine(text(n)) != foldLine(text(numbers[0])+" "+text(code)) && strings.Join(strings.Fields(text(n)), "") != strings.Join(strings.Fields(text(numbers[0])+text(code)), "") {
		return false
	}
	w.drop(numbers[0], article.Info, "html.gutter", text(numbers[0]), "numbers of lines of code", "dropped")
	a := f.attr(n, c)
	s, others := w.preformatted(code)
	if a.ID == "" {
		a.ID = w.takeAnchors()
	}
	lang := syntax(n)
	if lang == "" {
		lang = syntax(dom.Find(code, atom.Pre))
	}
	f.add(&article.Code{Attr: a, Syntax: lang, Text: s})
	for _, o := range others {
		f.element(o, c)
		f.flush()
	}
	return true
}

func isNumbers(s string) bool {
	return strings.Trim(s, "0123456789 \t\r\n\u00a0") == "" && strings.TrimSpace(s) != ""
}

// table adds a table, or what is in it where it only lays out the page.
func (f *flow) table(n *html.Node, c context) {
	w := f.w
	if f.gutter(n, c) {
		return
	}
	c = c.plain()
	t := &article.Table{Attr: f.attr(n, c)}
	var after []article.Block
	type row struct {
		n       *html.Node
		section atom.Atom
	}
	var rows []row
	var caption *html.Node
	rest := w.flow(c)
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		switch {
		case dom.Is(k, atom.Caption) && caption == nil:
			caption = k
		case dom.Is(k, atom.Thead, atom.Tbody, atom.Tfoot):
			if w.hidden(k) {
				continue
			}
			rest.anchors(k)
			for r := k.FirstChild; r != nil; r = r.NextSibling {
				if dom.Is(r, atom.Tr) {
					rows = append(rows, row{r, k.DataAtom})
				} else {
					rest.node(r, c)
				}
			}
		case dom.Is(k, atom.Tr):
			rows = append(rows, row{k, atom.Tbody})
		default:
			rest.node(k, c)
		}
	}
	if caption != nil && !w.hidden(caption) {
		rest.anchors(caption)
		var more []article.Block
		t.Caption, more = w.inlines(caption, c.with(caption).plain())
		after = append(after, more...)
	}
	layout := strings.EqualFold(dom.Attr(n, "role"), "presentation") || strings.EqualFold(dom.Attr(n, "role"), "none")
	column := caption == nil && dom.Find(n, atom.Th) == nil && dom.Find(n, atom.Img) != nil // a picture and what is below it
	for _, r := range rows {
		column = column && len(cellsOf(r.n)) == 1
	}
	if column || len(rows) == 1 && len(cellsOf(rows[0].n)) == 1 {
		layout = true
	}
	var foot []article.Row
	headerRows := true // so far, rows of nothing but headers
	for i, r := range rows {
		if w.hidden(r.n) {
			continue
		}
		rc := c.with(r.n)
		sub := w.flow(c)
		sub.anchors(r.n)
		cells := cellsOf(r.n)
		if layout {
			f.blocks = append(f.blocks, w.layoutRow(f, cells, rc)...)
			continue
		}
		var out article.Row
		headers := len(cells) > 0
		for _, k := range cells {
			if w.hidden(k) {
				continue
			}
			out.Cells = append(out.Cells, w.cell(k, rc, len(rows)-i))
			headers = headers && dom.Is(k, atom.Th)
		}
		for k := r.n.FirstChild; k != nil; k = k.NextSibling {
			if !dom.Is(k, atom.Td, atom.Th) {
				rest.node(k, rc)
			}
		}
		if len(out.Cells) == 0 {
			continue
		}
		headerRows = headerRows && headers && i+1 < len(rows)
		switch {
		case r.section == atom.Thead, headerRows && r.section == atom.Tbody && len(cells) > 1:
			t.Head = append(t.Head, out)
		case r.section == atom.Tfoot:
			foot = append(foot, out)
		default:
			t.Body = append(t.Body, out)
		}
	}
	t.Body = append(t.Body, foot...)
	after = append(rest.end(), after...)
	if layout && len(t.Caption) > 0 {
		f.add(&article.Paragraph{Attr: w.attr(w.page.at[caption], f.lang, c.blockLang), Inlines: t.Caption})
		t.Caption = nil
	}
	if len(t.Head)+len(t.Body) > 0 && !w.blank(t) {
		f.add(t)
	} else {
		w.moved(t)
		if len(t.Caption) > 0 {
			f.add(&article.Paragraph{Attr: w.attr(t.Pos, f.lang, c.blockLang), Inlines: t.Caption})
		}
	}
	f.blocks = append(f.blocks, after...)
}

// blank tells whether no cell of t has anything in it.
func (w *walker) blank(t *article.Table) bool {
	for _, rows := range [][]article.Row{t.Head, t.Body} {
		for _, r := range rows {
			for _, c := range r.Cells {
				if len(c.Blocks) > 0 {
					return false
				}
			}
		}
	}
	return true
}

func cellsOf(tr *html.Node) []*html.Node {
	var cells []*html.Node
	for _, k := range elements(tr) {
		if dom.Is(k, atom.Td, atom.Th) {
			cells = append(cells, k)
		}
	}
	return cells
}

// layoutRow returns what is in the cells of a table that only lays out.
func (w *walker) layoutRow(f *flow, cells []*html.Node, c context) []article.Block {
	var out []article.Block
	for _, k := range cells {
		if w.hidden(k) {
			continue
		}
		sub := &flow{w: w, lang: f.lang}
		sub.anchors(k)
		sub.children(k, c.with(k))
		out = append(out, sub.end()...)
	}
	return out
}

// cell reads td and th. below is the number of rows from this one on.
func (w *walker) cell(n *html.Node, c context, below int) article.Cell {
	f := w.flow(c)
	f.anchors(n)
	inner := c.with(n)
	header := dom.Is(n, atom.Th)
	if header {
		inner.bold++
	}
	cell := article.Cell{Header: header, Align: inner.align, ColSpan: span(dom.Attr(n, "colspan"), 1000), RowSpan: span(dom.Attr(n, "rowspan"), 65534)}
	if a := strings.ToLower(dom.Attr(n, "align") + styles(n)["text-align"]); a == "left" || a == "start" {
		cell.Align = article.AlignStart
	}
	if dom.Attr(n, "rowspan") == "0" && below > 1 {
		cell.RowSpan = below // to the end of the section
	}
	switch strings.ToLower(strings.TrimSpace(dom.Attr(n, "scope"))) {
	case "col", "colgroup":
		cell.Scope = article.ScopeColumn
	case "row", "rowgroup":
		cell.Scope = article.ScopeRow
	}
	f.children(n, inner.plain())
	cell.Blocks = f.end()
	return cell
}

// span returns a number of rows or columns; 0 for one.
func span(s string, most int) int {
	v, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || v <= 1 {
		return 0
	}
	return min(v, most)
}

// embed adds what a book cannot hold.
func (f *flow) embed(n *html.Node, c context) {
	w := f.w
	kind := article.Frame
	t := strings.ToLower(dom.Attr(n, "type"))
	switch {
	case dom.Is(n, atom.Video), n.Data == "amp-video", n.Data == "amp-youtube", strings.HasPrefix(t, "video/"):
		kind = article.Video
	case dom.Is(n, atom.Audio), n.Data == "amp-audio", strings.HasPrefix(t, "audio/"):
		kind = article.Audio
	}
	raw := embedSource(n)
	src, ok := w.resource(raw)
	if len(src) > 5 && strings.EqualFold(src[:5], "data:") {
		ok = false
	}
	width, height := size(n)
	_, declared := dom.Lookup(n, "width")
	counter := dom.Is(n, atom.Iframe) && declared && width <= 1 && height <= 1
	if dom.Is(n, atom.Object, atom.Embed) && strings.HasPrefix(t, "image/") && ok {
		f.addImage(w.image(n, src), n, c)
		return
	}
	switch {
	case !ok && dom.Attr(n, "srcdoc") != "":
		w.issue(n, article.Loss, "html.embed", "", "a page within the page: "+excerpt(dom.Attr(n, "srcdoc")), "dropped")
	case !ok:
		w.issue(n, article.Info, "html.embed", raw, "an embedded "+n.Data+" without an address", "dropped")
	case f.embedded(src):
	case counter:
		w.issue(n, article.Info, "html.embed", src, "an invisible frame", "dropped")
	default:
		f.flush()
		e := &article.Embed{Attr: f.attr(n, c), Kind: kind, Src: src, Title: foldLine(dom.Attr(n, "title"))}
		if e.Title == "" {
			e.Title = foldLine(dom.Attr(n, "aria-label"))
		}
		if p, ok := w.resource(dom.Attr(n, "poster")); ok {
			e.Poster = &article.Image{Src: p, Referrer: w.policy(n)}
		}
		f.add(e)
	}
	// What an object holds is shown where the object cannot be; the text in the
	// others is for browsers that do not know them.
	if dom.Is(n, atom.Object) {
		f.children(n, c)
	}
}

// embedded tells whether the last block is the same thing: an object with an embed
// in it for older browsers.
func (f *flow) embedded(src string) bool {
	if !f.para.empty() || len(f.blocks) == 0 {
		return false
	}
	e, ok := f.blocks[len(f.blocks)-1].(*article.Embed)
	return ok && e.Src == src
}

func embedSource(n *html.Node) string {
	for _, name := range []string{"data-src", "src", "data"} {
		if v := dom.Attr(n, name); v != "" && v != "about:blank" {
			return v
		}
	}
	if id := dom.Attr(n, "data-videoid"); id != "" && n.Data == "amp-youtube" {
		return "https://www.youtube.com/watch?v=" + url.QueryEscape(id)
	}
	if s := dom.Find(n, atom.Source, atom.Embed); s != nil {
		return dom.Attr(s, "src")
	}
	for _, p := range elements(n) {
		if dom.Is(p, atom.Param) {
			if name := strings.ToLower(dom.Attr(p, "name")); name == "movie" || name == "src" || name == "url" {
				return dom.Attr(p, "value")
			}
		}
	}
	return ""
}
