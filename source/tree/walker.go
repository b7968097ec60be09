package tree

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/dom"
)

// walker makes the tree of one page.
type walker struct {
	in       source.Input
	page     *page
	report   func(article.Issue)
	base     *url.URL // nil: the page has no address
	referrer string   // the page's policy

	linked  map[string]bool   // the ids that links of the page name
	seen    map[string]bool   // those of them that were met
	waiting []string          // met, and no block has taken them
	alias   map[string]string // id → ID of the block that took it

	notes   *notes
	label   map[article.Block]bool         // paragraphs that are no headings, however bold
	imageAt map[*article.Image]article.Pos // where pictures among text stand
	loose   map[*article.List]bool         // of items that no list holds
	better  map[*html.Node]string          // img → the address that the picture element around it chose

	// left hears every text that the tree does not have, for the tests of the law that
	// nothing is lost; nil: nobody listens.
	left func(text string)
}

// issue reports something about n.
func (w *walker) issue(n *html.Node, s article.Severity, code, url, detail, action string) {
	w.report(article.Issue{Severity: s, Code: code, Pos: w.place(n), URL: url, Detail: detail, Action: action})
}

// place returns where n is: as the nearest thing in it or around it knows.
func (w *walker) place(n *html.Node) article.Pos {
	for d := n; d != nil; d = d.FirstChild {
		if pos, ok := w.page.at[d]; ok {
			return pos
		}
	}
	for ; n != nil; n = n.Parent {
		if pos, ok := w.page.at[n]; ok {
			return pos
		}
	}
	return article.Pos{}
}

// drop reports that n is not in the tree, with the text that is lost with it.
func (w *walker) drop(n *html.Node, s article.Severity, code, text, detail, action string) {
	if w.left != nil {
		w.left(text)
	}
	if t := excerpt(text); t != "" {
		detail = fmt.Sprintf("%s: %q", detail, t)
	}
	w.issue(n, s, code, "", detail, action)
}

// excerpt returns the beginning of a text on one line.
func excerpt(s string) string {
	s = foldLine(s)
	if utf8.RuneCountInString(s) <= 60 {
		return s
	}
	return string([]rune(s)[:59]) + "…"
}

// hidden tells whether n is not to be seen and is dropped for it. Long hidden text
// is kept: pages that unfold it on a click, or show it by a script when all is
// loaded, have their article there.
func (w *walker) hidden(n *html.Node) bool {
	h, isHidden := dom.Lookup(n, "hidden")
	if isHidden && strings.EqualFold(h, "until-found") {
		isHidden = false
	}
	if !isHidden && styles(n)["display"] != "none" {
		return false
	}
	if dom.Is(n, atom.Html, atom.Body) {
		return false
	}
	t := lineOf(n)
	if utf8.RuneCountInString(t) >= 200 {
		w.issue(n, article.Info, "html.hidden", "", "long text that a browser does not show at first", "kept")
		return false
	}
	switch {
	case t != "":
		w.drop(n, article.Info, "html.hidden", text(n), "text that a browser does not show", "dropped")
	case dom.Is(n, atom.Img, atom.Iframe) || dom.Find(n, atom.Img, atom.Iframe) != nil:
		w.issue(n, article.Info, "html.hidden", dom.Attr(n, "src"), "a picture or frame that a browser does not show", "dropped")
	}
	return true
}

// anchors notes that links lead to n.
func (f *flow) anchors(n *html.Node) {
	names := []string{dom.Attr(n, "id")}
	if n.DataAtom == atom.A {
		names = append(names, dom.Attr(n, "name"))
	}
	for _, name := range names {
		if name == "" || !f.w.linked[name] || f.w.seen[name] {
			continue
		}
		f.w.seen[name] = true
		if f.para.empty() {
			f.w.waiting = append(f.w.waiting, name)
		} else {
			f.para.anchor(name)
		}
	}
}

// takeAnchors returns the ID for a block that the waiting anchors are on.
func (w *walker) takeAnchors() string {
	if len(w.waiting) == 0 {
		return ""
	}
	id := w.waiting[0]
	for _, a := range w.waiting {
		w.alias[a] = id
	}
	w.waiting = nil
	return id
}

// moved makes the anchor of a block whose content becomes part of another one
// wait for that.
func (w *walker) moved(b article.Block) {
	if id := b.Anchor(); id != "" {
		w.waiting = append(w.waiting, id)
	}
}

// target returns the ID of the block that took the anchor, or of the note that it is
// in.
func (w *walker) target(anchor string) (string, bool) {
	id, ok := w.alias[anchor]
	if !ok {
		id, ok = w.notes.ids[anchor]
		return id, ok
	}
	for range len(w.alias) {
		next, more := w.alias[id]
		if !more || next == id {
			break
		}
		id = next
	}
	return id, ok
}

// endAnchors gives anchors at the very end of the page to the last block.
func (w *walker) endAnchors(doc *article.Document) {
	if len(w.waiting) == 0 || len(doc.Blocks) == 0 {
		return
	}
	a := attrOf(doc.Blocks[len(doc.Blocks)-1])
	if a.ID != "" {
		w.waiting = append([]string{a.ID}, w.waiting...)
	}
	a.ID = w.takeAnchors()
}

// attrOf returns the Attr of b itself.
func attrOf(b article.Block) *article.Attr {
	switch b := b.(type) {
	case *article.Heading:
		return &b.Attr
	case *article.Paragraph:
		return &b.Attr
	case *article.List:
		return &b.Attr
	case *article.DefinitionList:
		return &b.Attr
	case *article.Quote:
		return &b.Attr
	case *article.Code:
		return &b.Attr
	case *article.Figure:
		return &b.Attr
	case *article.Table:
		return &b.Attr
	case *article.Rule:
		return &b.Attr
	case *article.Embed:
		return &b.Attr
	}
	panic(fmt.Sprintf("tree: unknown block %T", b))
}
