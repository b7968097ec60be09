package tree

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source/dom"
	"github.com/leporello-press/leporello/source/lang"
)

// notes is what the page has of footnotes, found before the tree is made. A
// footnote is a short mark that links to a piece of text further on.
type notes struct {
	refs    map[*html.Node]string // the mark, or the sup around it → the note's ID
	bodies  map[*html.Node]string // the text of the note → its ID
	back    map[*html.Node]bool   // links from a note to its mark
	ids     map[string]string     // id of an element → the note it is or begins
	labels  map[string]string     // of the marks, by note
	around  map[*html.Node]bool   // what the texts of notes are within
	pure    map[*html.Node]bool   // what nothingElse found
	only    map[*html.Node]bool   // elements with nothing but notes, and a heading
	node    map[string]*html.Node // the body, by note
	found   []string              // IDs in the order of the page
	named   []string              // IDs in the order of their marks in the tree
	trimmed string                // brackets that stood around marks
	isNamed map[string]bool
}

func (ns *notes) isBody(n *html.Node) bool { return ns.bodies[n] != "" }

// mark is what a link to a note looks like when nothing else says that it is one.
var (
	bracketed = regexp.MustCompile(`^[\[〔【（(]\s*(?:注|註|note|fn)?\s*[0-9０-９]{1,3}\s*[\]〕】）)]$|^[①-⑳㉑-㉟㊱-㊿❶-❿]$|^\[(?:注|註)\]$`)
	short     = regexp.MustCompile(`^[\[〔【（(]?\s*(?:注|註|note|fn)?\s*(?:[*＊※]?[0-9０-９]{1,3}|[a-zA-Z]|[ivxlc]{1,6}|[*＊†‡§¶#]{1,3}|[①-⑳㉑-㉟㊱-㊿])?\s*[\]〕】）)]?$`)
	returns   = regexp.MustCompile(`^[\s\[(（]*(?:[↩↑↥⤴⏎▲△^⬆]\x{fe0e}?|back|return|top|返回|戻る|回到正文|[0-9a-z*＊※†‡]{1,3}|[①-⑳])[\s\])）.]*$`)
	noteTitle = regexp.MustCompile(`(?i)^(?:foot\s?notes?|end\s?notes?|notes?|references|注|註|注释|註釋|脚注|腳註|注解|註解|尾注|参考资料|參考資料|参考文献|參考文獻|각주|주석)[:：]?$`)
)

func findNotes(root *html.Node) *notes {
	ns := &notes{refs: map[*html.Node]string{}, bodies: map[*html.Node]string{}, back: map[*html.Node]bool{}, ids: map[string]string{},
		labels: map[string]string{}, only: map[*html.Node]bool{}, around: map[*html.Node]bool{}, pure: map[*html.Node]bool{}, node: map[string]*html.Node{}, isNamed: map[string]bool{}}
	byID := map[string]*html.Node{}
	order := map[*html.Node]int{}
	var links []*html.Node
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.ElementNode {
			order[n] = len(order)
			for _, name := range []string{"id", "name"} {
				if id := dom.Attr(n, name); id != "" && byID[id] == nil && (name == "id" || dom.Is(n, atom.A)) {
					byID[id] = n
				}
			}
			if dom.Is(n, atom.A) && strings.HasPrefix(clean(dom.Attr(n, "href")), "#") {
				links = append(links, n)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(root)
	targetOf := func(a *html.Node) (string, *html.Node) {
		id := clean(dom.Attr(a, "href"))[1:]
		if byID[id] == nil {
			id = fragment(id)
		}
		return id, byID[id]
	}
	for _, a := range links {
		id, target := targetOf(a)
		if target == nil || order[target] < order[a] || !isMark(a) {
			continue
		}
		body := bodyOf(target)
		if body == nil || within(a, body) || within(body, a) || ns.nested(body) {
			continue
		}
		note := ns.bodies[body]
		if note == "" {
			note = id
			ns.bodies[body] = note
			for p := body.Parent; p != nil && !ns.around[p]; p = p.Parent {
				ns.around[p] = true
			}
			ns.node[note] = body
			ns.found = append(ns.found, note)
			ns.labels[note] = foldLine(text(a))
		}
		ns.ids[id] = note
		outer := around(a)
		ns.refs[outer] = note
		if outer == a && bracketsAround(a) {
			before, after := a.PrevSibling, a.NextSibling
			for _, m := range []string{"[", "〔"} {
				before.Data = strings.TrimSuffix(before.Data, m)
			}
			for _, m := range []string{"]", "〕"} {
				after.Data = strings.TrimPrefix(after.Data, m)
			}
			ns.trimmed += "[〔]〕"
		}
	}
	for _, a := range links {
		body := a.Parent
		for body != nil && !ns.isBody(body) {
			body = body.Parent
		}
		if body == nil {
			continue
		}
		_, target := targetOf(a)
		if target != nil && order[target] < order[body] && returns.MatchString(strings.ToLower(foldLine(text(a)))) ||
			hasClass(a, "footnote-backref", "footnote-back", "footnote-backlink", "reversefootnote") || dom.Attr(a, "role") == "doc-backlink" {
			ns.back[a] = true
		}
	}
	for _, note := range ns.found {
		ns.emptied(ns.node[note])
	}
	return ns
}

// isMark tells whether the link a is the mark of a note.
func isMark(a *html.Node) bool {
	label := foldLine(text(a))
	if strings.Contains(dom.Attr(a, "epub:type"), "noteref") || dom.Attr(a, "role") == "doc-noteref" ||
		hasClass(a, "footnote-ref", "footnote-reference", "footnoteref", "noteref", "fn-ref", "footnote") {
		return lang.Width(label) <= 16
	}
	if lang.Width(label) > 10 || dom.Find(a, atom.Img) != nil {
		return false
	}
	if bracketsAround(a) && short.MatchString(label) && label != "" {
		return true
	}
	raised := dom.Is(a.Parent, atom.Sup) || len(elements(a)) == 1 && dom.Is(elements(a)[0], atom.Sup) || strings.Contains(styles(a)["vertical-align"], "super") ||
		dom.Is(a.Parent, atom.Span) && a.Parent.Parent != nil && dom.Is(a.Parent.Parent, atom.Sup)
	return bracketed.MatchString(label) || raised && label != "" && short.MatchString(label)
}

// bracketsAround tells whether brackets stand directly before and after a.
func bracketsAround(a *html.Node) bool {
	before, after := a.PrevSibling, a.NextSibling
	return before != nil && after != nil && before.Type == html.TextNode && after.Type == html.TextNode &&
		(strings.HasSuffix(before.Data, "[") && strings.HasPrefix(after.Data, "]") || strings.HasSuffix(before.Data, "〔") && strings.HasPrefix(after.Data, "〕"))
}

// around returns the sup around a mark if it holds nothing else but brackets.
func around(a *html.Node) *html.Node {
	for n := a; dom.Is(n.Parent, atom.Sup, atom.Span); n = n.Parent {
		if strings.Trim(foldLine(text(n.Parent)), "[]()（）〔〕【】 ") != strings.Trim(foldLine(text(a)), "[]()（）〔〕【】 ") {
			break
		}
		if dom.Is(n.Parent, atom.Sup) {
			return n.Parent
		}
	}
	return a
}

// bodyOf returns the element with the text of the note that target is or begins;
// nil where there is none.
func bodyOf(target *html.Node) *html.Node {
	n := target
	for range 4 {
		if dom.Is(n, atom.Li, atom.P, atom.Div, atom.Aside, atom.Section, atom.Dd) {
			break
		}
		if !dom.Is(n, atom.A, atom.Sup, atom.Span, atom.B, atom.Strong, atom.Em, atom.I, atom.Small, atom.Cite) {
			return nil
		}
		// A mark at the beginning of the text.
		before := foldLine(text(n))
		if n = n.Parent; n == nil || !strings.HasPrefix(foldLine(text(n)), before) {
			return nil
		}
	}
	if !dom.Is(n, atom.Li, atom.P, atom.Div, atom.Aside, atom.Section, atom.Dd) || foldLine(text(n)) == "" {
		return nil
	}
	if dom.Find(n, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6) != nil || len(text(n)) > 20_000 {
		return nil
	}
	return n
}

func within(n, outer *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == outer {
			return true
		}
	}
	return false
}

// nested tells whether n is within or around another note.
func (ns *notes) nested(n *html.Node) bool {
	if ns.around[n] {
		return true
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if ns.isBody(p) {
			return true
		}
	}
	return false
}

// emptied notes the outermost element around body that holds nothing but notes.
func (ns *notes) emptied(body *html.Node) {
	var top *html.Node
	for n := body.Parent; n != nil && !dom.Is(n, atom.Body, atom.Html, atom.Article, atom.Main); n = n.Parent {
		pure, known := ns.pure[n]
		if !known {
			pure = ns.nothingElse(n)
			ns.pure[n] = pure
		}
		if !pure {
			break
		}
		top = n
	}
	if top != nil {
		ns.only[top] = true
	}
}

func (ns *notes) nothingElse(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			if foldLine(c.Data) != "" {
				return false
			}
		case c.Type != html.ElementNode, ns.isBody(c), dom.Is(c, atom.Hr, atom.Br):
		case headings[c.DataAtom] > 0 || dom.Is(c, atom.P, atom.Div) && noteTitle.MatchString(lineOf(c)):
			if !noteTitle.MatchString(lineOf(c)) {
				return false
			}
		case dom.Is(c, atom.Img, atom.Svg, atom.Video, atom.Audio, atom.Iframe, atom.Table), c.Namespace != "":
			return false
		default:
			if !ns.nothingElse(c) {
				return false
			}
		}
	}
	return true
}

// ref adds the mark of a note.
func (f *flow) ref(n *html.Node, c context) {
	w := f.w
	id := w.notes.refs[n]
	if w.left != nil {
		w.left(text(n))
	}
	if !w.notes.isNamed[id] {
		w.notes.isNamed[id] = true
		w.notes.named = append(w.notes.named, id)
	}
	f.open(c)
	// Nothing of the mark is seen in a fold: the space before it goes.
	f.para.addObject(&article.NoteRef{ID: id}, w.place(n), f.para.last, f.para.last)
}

// makeNotes returns the notes in the order of their marks, then those whose marks
// are not in the tree.
func (w *walker) makeNotes(c context) []article.Note {
	ns := w.notes
	var out []article.Note
	add := func(id string) {
		n := ns.node[id]
		cc := c.with(n).plain()
		cc.inP = dom.Is(n, atom.P)
		note := article.Note{Pos: w.place(n), ID: id, Blocks: w.content(n, cc)}
		w.unlabel(note.Blocks, ns.labels[id])
		out = append(out, note)
	}
	for i := 0; i < len(ns.named); i++ { // a note may name others
		add(ns.named[i])
	}
	for _, id := range ns.found {
		if !ns.isNamed[id] {
			ns.isNamed[id] = true
			add(id)
		}
	}
	return out
}

// unlabel takes the number of a note from the beginning of its text: books number
// notes themselves.
func (w *walker) unlabel(blocks []article.Block, label string) {
	if len(blocks) == 0 {
		return
	}
	p, ok := blocks[0].(*article.Paragraph)
	core := strings.Trim(label, "[]()（）〔〕【】 ")
	if !ok || core == "" {
		return
	}
	// A wiki's list begins with what was a link back: "^ a b".
	exp := regexp.MustCompile(`^(?:[\^↑]\s|[\[(（〔【]\s*` + regexp.QuoteMeta(core) + `\s*[\])）〕】][.．、:：]?|` + regexp.QuoteMeta(core) + `[.．、:：]?)(?:\s+|$)?`)
	t := article.InlinesText(p.Inlines)
	found := exp.FindString(t)
	if found == "" || len(found) == len(t) {
		return
	}
	// "1984 was" does not begin with the label 1.
	last, next := found[len(found)-1], t[len(found)]
	run, isRun := p.Inlines[0].(article.Run)
	apart := isRun && strings.TrimSpace(run.Text) == strings.TrimSpace(found)
	if !apart && alphanumeric(last) && (alphanumeric(next) || next == '.' || next == '-' || next >= 0x80) {
		return
	}
	if w.left != nil {
		w.left(found)
	}
	rest := len(found)
	for rest > 0 && len(p.Inlines) > 0 {
		run, ok := p.Inlines[0].(article.Run)
		if !ok {
			return
		}
		if len(run.Text) > rest {
			p.Inlines[0] = article.Run{Text: run.Text[rest:], Style: run.Style}
			return
		}
		rest -= len(run.Text)
		p.Inlines = p.Inlines[1:]
	}
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// dropTitle removes what is left of a list of notes at the end of the page: its
// heading and the rule before it.
func (w *walker) dropTitle(bs []article.Block) []article.Block {
	for len(bs) > 0 {
		switch b := bs[len(bs)-1].(type) {
		case *article.Rule:
		case *article.Heading:
			t := article.InlinesText(b.Inlines)
			if !noteTitle.MatchString(t) {
				return bs
			}
			w.noteTitle(b.Pos, t)
		case *article.Paragraph:
			t := article.InlinesText(b.Inlines)
			if !noteTitle.MatchString(t) {
				return bs
			}
			w.noteTitle(b.Pos, t)
		default:
			return bs
		}
		bs = bs[:len(bs)-1]
	}
	return bs
}

func (w *walker) noteTitle(pos article.Pos, t string) {
	if w.left != nil {
		w.left(t)
	}
	w.report(article.Issue{Severity: article.Info, Code: "html.notes", Pos: pos, Detail: "the heading of the notes: " + t, Action: "left to the book"})
}

// notesTitle returns the text of n that is not within notes.
func notesTitle(n *html.Node, ns *notes) string {
	var b strings.Builder
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if !ns.isBody(c) {
				visit(c)
			}
		}
	}
	visit(n)
	return foldLine(b.String())
}
