package markdown

import (
	"bytes"
	"fmt"
	gohtml "html"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/leporello-press/leporello/article"
)

// writer writes a syntax tree as HTML and keeps which line of the file each line
// of it comes from.
type writer struct {
	source []byte
	first  int // the file's line that source begins with
	report func(article.Issue)
	left   func(string) // nil: nobody listens

	html   bytes.Buffer
	lines  []int // the file's line of each line of html
	starts []int // the offsets of the lines of source

	orphan map[*east.Footnote]bool // notes that no mark leads to
	ids    map[string]int          // of headings → how many had it
	indent bool                    // lines that begin with a space of full width were reported
}

// escape resolves entities and backslashes, and escapes for HTML.
var escape = html.NewWriter(html.WithEscapedSpace())

// document writes the whole tree.
func (w *writer) document(doc ast.Node) {
	w.lines = []int{w.first}
	w.ids = map[string]int{}
	w.children(doc)
}

// lineAt returns the file's line of an offset in source.
func (w *writer) lineAt(offset int) int {
	if w.starts == nil {
		w.starts = []int{0}
		for i, c := range w.source {
			if c == '\n' {
				w.starts = append(w.starts, i+1)
			}
		}
	}
	return w.first + sort.SearchInts(w.starts, offset+1) - 1
}

// at makes what is written next come from the line with the offset.
func (w *writer) at(offset int) {
	if offset < 0 {
		return
	}
	line := w.lineAt(offset)
	now := &w.lines[len(w.lines)-1]
	if *now == line {
		return
	}
	if n := w.html.Len(); n > 0 && w.html.Bytes()[n-1] != '\n' {
		w.html.WriteByte('\n')
		w.lines = append(w.lines, line)
		return
	}
	*now = line
}

// tag writes HTML of our own, without line ends.
func (w *writer) tag(s string) { w.html.WriteString(s) }

// raw writes HTML of the source.
func (w *writer) raw(s []byte) {
	w.html.Write(s)
	now := w.lines[len(w.lines)-1]
	last := w.lineAt(len(w.source)) // a listing ends in a line end, also where the file has none
	for range bytes.Count(s, []byte("\n")) {
		now = min(now+1, last)
		w.lines = append(w.lines, now)
	}
}

// escaped writes text as it stands.
func (w *writer) escaped(s []byte) { w.raw(util.EscapeHTML(s)) }

// text writes text whose entities and backslashes mean something.
func (w *writer) text(s []byte) { w.raw(resolved(s)) }

// resolved returns text, without line ends, as HTML.
func resolved(s []byte) []byte {
	var b bytes.Buffer
	escape.Write(buffer{&b}, s)
	return b.Bytes()
}

// buffer is a util.BufWriter without a buffer of its own.
type buffer struct{ *bytes.Buffer }

func (buffer) Available() int { return 0 }

func (buffer) Buffered() int { return 0 }

func (buffer) Flush() error { return nil }

// attribute writes an attribute.
func (w *writer) attribute(name string, value []byte) {
	w.tag(" " + name + `="`)
	w.raw(bytes.ReplaceAll(value, []byte("\n"), []byte(" ")))
	w.tag(`"`)
}

func (w *writer) issue(offset int, s article.Severity, code, detail, action string) {
	w.report(article.Issue{Severity: s, Code: code, Pos: article.Pos{Line: w.lineAt(max(offset, 0))}, Detail: detail, Action: action})
}

func (w *writer) gone(s string) {
	if w.left != nil {
		w.left(s)
	}
}

func (w *writer) children(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.node(c)
	}
}

// within writes the children of n between tags of an element.
func (w *writer) within(element string, n ast.Node) {
	w.tag("<" + element + ">")
	w.children(n)
	w.tag("</" + element + ">")
}

// node writes n. The kinds of nodes are those of the parsers that parse sets up.
func (w *writer) node(n ast.Node) {
	if n.Type() == ast.TypeBlock {
		w.at(n.Pos())
	}
	switch n := n.(type) {
	case *ast.TextBlock:
		w.children(n)
	case *ast.Paragraph:
		w.paragraph(n)
	case *ast.Heading:
		w.heading(n)
	case *ast.Blockquote:
		w.within("blockquote", n)
	case *ast.List:
		w.list(n)
	case *ast.ListItem:
		w.within("li", n)
	case *ast.CodeBlock:
		w.listing(n.Lines(), "")
	case *ast.FencedCodeBlock:
		w.fenced(n)
	case *lines:
		w.tagged(n)
	case *ast.HTMLBlock:
		w.block(n)
	case *ast.ThematicBreak:
		w.tag("<hr>")
	case *ast.LinkReferenceDefinition:
	case *east.Table:
		w.within("table", n)
	case *east.TableHeader:
		w.tag("<thead>")
		w.row(n, "th", n.Alignments)
		w.tag("</thead>")
	case *east.TableRow:
		w.row(n, "td", n.Alignments)
	case *east.DefinitionList:
		w.within("dl", n)
	case *east.DefinitionTerm:
		w.within("dt", n)
	case *east.DefinitionDescription:
		w.within("dd", n)
	case *east.FootnoteList:
		w.notes(n)
	case *east.Footnote:
		w.within("li", n)

	case *ast.Text:
		w.run(n)
	case *ast.String:
		if n.IsCode() || n.IsRaw() {
			w.escaped(n.Value)
		} else {
			w.text(n.Value)
		}
	case *ast.CodeSpan:
		w.tag("<code>")
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			w.escaped(c.(*ast.Text).Segment.Value(w.source))
		}
		w.tag("</code>")
	case *ast.Emphasis:
		if n.Level == 2 {
			w.within("strong", n)
		} else {
			w.within("em", n)
		}
	case *east.Strikethrough:
		w.within("del", n)
	case *highlight:
		w.within("mark", n)
	case *ast.Link:
		w.tag("<a")
		w.attribute("href", util.EscapeHTML(util.URLEscape(n.Destination, true)))
		w.tag(">")
		w.children(n)
		w.tag("</a>")
	case *ast.AutoLink:
		w.autoLink(n)
	case *ast.Image:
		w.image(n)
	case *ast.RawHTML:
		for i := range n.Segments.Len() {
			s := n.Segments.At(i)
			w.raw(s.Value(w.source))
		}
		w.comment(n.Segments, n.Pos())
	case *east.TaskCheckBox:
		if n.IsChecked {
			w.tag(`<input type="checkbox" checked>`)
		} else {
			w.tag(`<input type="checkbox">`)
		}
	case *east.FootnoteLink:
		number := strconv.Itoa(n.Index)
		w.tag(`<sup><a href="#fn:` + number + `" class="footnote-ref" role="doc-noteref">` + number + `</a></sup>`)
	case *east.FootnoteBacklink: // books have their own
	case *piece:
		w.piece(n)
	default:
		panic(fmt.Sprintf("markdown: unknown node %s", n.Kind()))
	}
}

var tocMark = regexp.MustCompile(`(?i)^\[toc\]$`)

func (w *writer) paragraph(n *ast.Paragraph) {
	if n.Lines().Len() > 0 {
		seg := n.Lines().At(0)
		first := strings.TrimSpace(string(seg.Value(w.source)))
		if n.Lines().Len() == 1 && tocMark.MatchString(first) {
			w.piece(dropped(first, "a mark for a table of contents"))
			return
		}
	}
	w.within("p", n)
}

func (w *writer) heading(n *ast.Heading) {
	tag := "h" + strconv.Itoa(n.Level)
	w.tag("<" + tag)
	words := plain(n, w.source)
	id := slug(words)
	if v, ok := n.AttributeString("id"); ok {
		if b, ok := v.([]byte); ok {
			id = string(b)
		}
	}
	if id != "" {
		k := w.ids[id]
		w.ids[id]++
		if k > 0 {
			id += "-" + strconv.Itoa(k)
		}
		w.attribute("id", util.EscapeHTML([]byte(id)))
	}
	w.tag(">")
	// Some programs keep the case in the names of headings.
	if name := strings.Join(strings.Fields(words), "-"); name != id && name != "" && !strings.Contains(words, "\n") {
		w.tag("<a")
		w.attribute("name", util.EscapeHTML([]byte(name)))
		w.tag("></a>")
	}
	w.children(n)
	w.tag("</" + tag + ">")
	if k := n.Lines().Len(); k > 0 && len(n.Attributes()) > 0 {
		rest := strings.TrimSpace(string(w.lineFrom(n.Lines().At(k - 1).Stop)))
		w.gone(rest)
		w.issue(n.Pos(), article.Info, "markdown.sign", "attributes of a heading: "+rest, "only its id is used")
	}
}

// slug returns the name that links call a heading by, as GitHub makes it.
func slug(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(s))
	return s
}

func (w *writer) list(n *ast.List) {
	if !n.IsOrdered() {
		w.within("ul", n)
		return
	}
	w.tag("<ol")
	if n.Start != 1 {
		w.attribute("start", []byte(strconv.Itoa(n.Start)))
	}
	w.tag(">")
	w.children(n)
	w.tag("</ol>")
}

// listing writes code.
func (w *writer) listing(code *text.Segments, syntax string) {
	w.tag("<pre><code")
	if syntax != "" {
		w.attribute("class", util.EscapeHTML([]byte("language-"+syntax)))
	}
	w.tag(">")
	for i := range code.Len() {
		s := code.At(i)
		w.escaped(s.Value(w.source))
	}
	w.tag("</code></pre>")
}

func (w *writer) fenced(n *ast.FencedCodeBlock) {
	syntax := ""
	if n.Info != nil {
		info := strings.TrimSpace(gohtml.UnescapeString(string(n.Info.Segment.Value(w.source))))
		rest := ""
		if i := strings.IndexAny(info, " \t{"); i >= 0 {
			info, rest = info[:i], strings.TrimSpace(info[i:])
		}
		syntax = strings.TrimPrefix(strings.TrimSuffix(info, ","), ".")
		if rest != "" {
			w.issue(n.Pos(), article.Info, "markdown.fence", "words behind the language of a listing: "+rest, "dropped")
		}
	}
	w.listing(n.Lines(), syntax)
}

var (
	tagLang  = regexp.MustCompile(`\blang:\s*"?([\w+#.-]+)`)
	tagWords = regexp.MustCompile(`^\{[{%<-]*\s*(?:codeblock|highlight)\b\s*([\w+#.-]*)`)
)

// tagged writes a listing between tags, or a formula.
func (w *writer) tagged(n *lines) {
	if n.math {
		var b strings.Builder
		for i := range n.Lines().Len() {
			s := n.Lines().At(i)
			b.Write(s.Value(w.source))
		}
		w.tag("<p>")
		if s, ok := script(strings.TrimRight(b.String(), "\n"), true); ok && n.shut {
			w.raw([]byte(s))
		} else {
			w.tag("$$ ")
			w.escaped([]byte(b.String()))
			if n.shut {
				w.tag("$$")
			}
		}
		w.tag("</p>")
		return
	}
	syntax := ""
	if m := tagLang.FindStringSubmatch(n.tag); m != nil {
		syntax = m[1]
	} else if m := tagWords.FindStringSubmatch(n.tag); m != nil && !strings.Contains(n.tag, "codeblock") {
		syntax = m[1]
	}
	w.gone(n.tag + n.end)
	w.issue(n.Pos(), article.Info, "markdown.shortcode", "a listing between tags: "+n.tag, "read as a listing")
	w.listing(n.Lines(), syntax)
}

// block writes a block of HTML.
func (w *writer) block(n *ast.HTMLBlock) {
	for i := range n.Lines().Len() {
		s := n.Lines().At(i)
		if i == 0 {
			w.at(s.Start)
		}
		w.raw(s.Value(w.source))
	}
	if n.HasClosure() {
		w.raw(n.ClosureLine.Value(w.source))
	} else if n.HTMLBlockType == ast.HTMLBlockType2 {
		if t := string(n.Lines().Value(w.source)); !strings.Contains(t, "-->") {
			w.issue(n.Pos(), article.Warning, "markdown.comment", "a comment without an end", "all that follows it is left out, as browsers do")
		}
	}
	w.comment(n.Lines(), n.Pos())
}

var moreMark = regexp.MustCompile(`^\s*<!--\s*(more|excerpt|truncate)\b`)

// comment reports a comment that site generators act on.
func (w *writer) comment(s *text.Segments, offset int) {
	if s.Len() == 0 {
		return
	}
	first := s.At(0)
	if m := moreMark.FindSubmatch(first.Value(w.source)); m != nil {
		w.issue(offset, article.Info, "markdown.more", fmt.Sprintf("the mark %q, which ends the beginning that lists show", m[1]), "dropped")
	}
}

// row writes a row of a table. Cells beyond the columns of the head, which GitHub
// drops, are kept.
func (w *writer) row(n ast.Node, element string, columns []east.Alignment) {
	w.tag("<tr>")
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		cell := c.(*east.TableCell)
		w.tag("<" + element)
		switch cell.Alignment {
		case east.AlignLeft:
			w.tag(` align="left"`)
		case east.AlignRight:
			w.tag(` align="right"`)
		case east.AlignCenter:
			w.tag(` align="center"`)
		}
		w.tag(">")
		w.children(cell)
		w.tag("</" + element + ">")
	}
	if n.Pos() >= 0 && element == "td" {
		if more := cellsBeyond(w.lineFrom(n.Pos()), len(columns)); len(more) > 0 {
			for _, m := range more {
				w.tag("<td>")
				w.text(m)
				w.tag("</td>")
			}
			w.issue(n.Pos(), article.Info, "markdown.table", fmt.Sprintf("a row of %d cells in a table of %d columns", len(columns)+len(more), len(columns)), "all are kept, as text")
		}
	}
	w.tag("</tr>")
}

// lineFrom returns the source from an offset to the end of its line.
func (w *writer) lineFrom(offset int) []byte {
	s := w.source[offset:]
	if i := bytes.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	return s
}

// cellsBeyond returns the cells of a row that stand after the nth.
func cellsBeyond(line []byte, n int) [][]byte {
	line = bytes.TrimSpace(line)
	line = bytes.TrimPrefix(line, []byte("|"))
	var cells [][]byte
	start, count := 0, 0
	add := func(end int) {
		if count++; count > n {
			cells = append(cells, bytes.ReplaceAll(bytes.TrimSpace(line[start:end]), []byte(`\|`), []byte("|")))
		}
	}
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '|':
			add(i)
			start = i + 1
		}
	}
	if start < len(line) {
		add(len(line))
	}
	return cells
}

// notes writes the footnotes: those with a mark as a list that it leads to, the
// others as a list of their own.
func (w *writer) notes(list *east.FootnoteList) {
	w.tag(`<section class="footnotes" role="doc-endnotes"><ol>`)
	for c := list.FirstChild(); c != nil; c = c.NextSibling() {
		note := c.(*east.Footnote)
		if w.orphan[note] {
			continue
		}
		w.at(note.Pos())
		w.tag(`<li id="fn:` + strconv.Itoa(note.Index) + `">`)
		w.children(note)
		w.tag("</li>")
	}
	w.tag("</ol></section>")
	if len(w.orphan) == 0 {
		return
	}
	w.tag("<ul>")
	for c := list.FirstChild(); c != nil; c = c.NextSibling() {
		note := c.(*east.Footnote)
		if !w.orphan[note] {
			continue
		}
		w.issue(note.Pos(), article.Warning, "markdown.note", fmt.Sprintf("no mark leads to the note %q", note.Ref), "printed at the end")
		w.gone(string(note.Ref))
		w.node(note)
	}
	w.tag("</ul>")
}

// run writes text and the line end after it.
func (w *writer) run(n *ast.Text) {
	v := n.Segment.Value(w.source)
	if n.IsRaw() {
		w.escaped(v)
	} else {
		w.text(v)
	}
	next, _ := n.NextSibling().(*ast.Text)
	switch {
	case n.HardLineBreak():
		w.tag("<br>")
	case n.SoftLineBreak() && next != nil && bytes.HasPrefix(next.Segment.Value(w.source), []byte("\u3000")):
		// A line that is set in begins a paragraph, whatever Markdown says.
		w.tag("<br>")
		if !w.indent {
			w.indent = true
			w.issue(next.Pos(), article.Info, "markdown.indent", "a line begins with a space of full width", "read as a paragraph")
		}
	}
	if n.HardLineBreak() || n.SoftLineBreak() {
		w.raw([]byte("\n"))
	}
}

func (w *writer) autoLink(n *ast.AutoLink) {
	address := util.URLEscape(n.URL(w.source), false)
	if n.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(bytes.ToLower(address), []byte("mailto:")) {
		address = append([]byte("mailto:"), address...)
	}
	w.tag("<a")
	w.attribute("href", util.EscapeHTML(address))
	w.tag(">")
	w.escaped(n.Label(w.source))
	w.tag("</a>")
}

var sizeInAlt = regexp.MustCompile(`^(.*)\|(\d{1,4})(?:x(\d{1,4}))?$`)

func (w *writer) image(n *ast.Image) {
	alt := plain(n, w.source)
	w.tag("<img")
	w.attribute("src", util.EscapeHTML(util.URLEscape(n.Destination, true)))
	if m := sizeInAlt.FindStringSubmatch(alt); m != nil { // as Obsidian writes it
		alt = m[1]
		w.attribute("width", []byte(m[2]))
		if m[3] != "" {
			w.attribute("height", []byte(m[3]))
		}
	}
	w.attribute("alt", util.EscapeHTML([]byte(alt)))
	if len(n.Title) > 0 {
		w.attribute("title", resolved(n.Title))
	}
	w.tag(">")
}

func (w *writer) piece(n *piece) {
	w.raw([]byte(n.html))
	if n.left != "" {
		w.gone(n.left)
	}
	if n.issue != nil {
		i := *n.issue
		i.Pos.Line = w.lines[len(w.lines)-1]
		w.report(i)
	}
}

// plain returns the text of the inlines below n.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			v := c.Segment.Value(source)
			if !c.IsRaw() {
				v = []byte(gohtml.UnescapeString(string(resolved(v))))
			}
			b.Write(v)
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.AutoLink:
			b.Write(c.Label(source))
		case *piece:
			b.WriteString(c.text)
		default:
			b.WriteString(plain(c, source))
		}
	}
	return b.String()
}
