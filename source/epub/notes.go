package epub

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/source/dom"
)

// mark is what a link to a note looks like where nothing else says that it is one.
var mark = regexp.MustCompile(`^[\[〔【（(]?\s*(?:注|註|note)?\s*(?:[0-9０-９]{1,4}|[a-z]|[ivxlc]{1,6}|[*＊†‡§¶#]{1,3}|[①-⑳㉑-㉟㊱-㊿❶-❿])\s*[\]〕】）)]?$`)

// maxNote bounds the bytes of a note that is put to its mark.
const maxNote = 20_000

// note puts the note with the id in another file to the end of the chapter, and
// returns the id that it has there; "": it is no note. link has the tokens of the
// link to it, in pg.
func (w *writer) note(pg *page, link []token, file, id string) string {
	a := &link[0]
	said := has(a.get("epub:type"), "noteref") || a.get("role") == "doc-noteref"
	label := words(link)
	if !said && !mark.MatchString(label) {
		return ""
	}
	n := noteBody(byID(w.tree(file), id))
	if n == nil || !said && !w.leadsBack(n, file, pg.file) {
		return ""
	}
	if known := w.noteIDs[n]; known != "" {
		return known
	}
	to := "note-" + strconv.Itoa(len(w.noteIDs)+1)
	w.noteIDs[n] = to
	text := textOf(n)
	w.taken[file] = append(w.taken[file], text)
	w.notes.WriteString(`<aside epub:type="footnote" id="` + to + `">`)
	w.copy(n, file, pg.file)
	w.notes.WriteString("</aside>\n")
	return to
}

// takeNotes takes the notes of a page that stand with their marks now out of its
// tokens, and returns how many they are.
func (b *book) takeNotes(pg *page, list []token) int {
	left := map[string]int{}
	for _, text := range b.taken[pg.file] {
		left[squeeze(text)]++
	}
	n := 0
	for i := 0; i < len(list) && n < len(b.taken[pg.file]); i++ {
		if t := &list[i]; t.Type != html.StartTagToken || !slices.Contains(noteElements, atom.Lookup([]byte(t.Data))) {
			continue
		}
		last := end(list, i)
		text := squeeze(words(list[i : last+1]))
		if left[text] == 0 {
			continue
		}
		left[text]--
		n++
		for j := i; j <= last; j++ {
			list[j].blank()
		}
		i = last
	}
	return n
}

// noteElements are those that hold notes.
var noteElements = []atom.Atom{atom.Li, atom.P, atom.Div, atom.Aside, atom.Dd, atom.Section}

// tree returns the parsed file; nil: it cannot be read.
func (b *book) tree(file string) *html.Node {
	root, known := b.parsed[file]
	if !known {
		if list, err := b.load(b.pages[file]); err == nil {
			root, _ = html.Parse(bytes.NewReader(render(list))) // nil where it nests too deep
		}
		b.parsed[file] = root
	}
	return root
}

func byID(n *html.Node, id string) *html.Node {
	if n == nil || n.Type == html.ElementNode && (dom.Attr(n, "id") == id || dom.Is(n, atom.A) && dom.Attr(n, "name") == id) {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := byID(c, id); found != nil {
			return found
		}
	}
	return nil
}

// noteBody returns the element with the text of a note that n is or begins; nil:
// there is none.
func noteBody(n *html.Node) *html.Node {
	for hops := 0; n != nil && hops < 4; hops++ {
		if dom.Is(n, noteElements...) {
			if t := textOf(n); t == "" || len(t) > maxNote || dom.Find(n, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6) != nil {
				return nil
			}
			return n
		}
		if n.Parent == nil || !strings.HasPrefix(textOf(n.Parent), textOf(n)) {
			return nil
		}
		n = n.Parent
	}
	return nil
}

// leadsBack tells whether a link in n, an element of the file, leads to a place in
// the other.
func (b *book) leadsBack(n *html.Node, file, to string) bool {
	if dom.Is(n, atom.A) {
		if target, id := b.target(file, dom.Attr(n, "href")); target == to && id != "" {
			return true
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if b.leadsBack(c, file, to) {
			return true
		}
	}
	return false
}

// cloned returns a copy of n and what is below it.
func cloned(n *html.Node) *html.Node {
	c := &html.Node{Type: n.Type, DataAtom: n.DataAtom, Data: n.Data, Namespace: n.Namespace, Attr: slices.Clone(n.Attr)}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		c.AppendChild(cloned(k))
	}
	return c
}

// copy writes what the note n of a file holds. Links back to the page become those
// of the chapter; ids would be those of other things here.
func (w *writer) copy(n *html.Node, file, to string) {
	n = cloned(n)
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.ElementNode {
			kept := n.Attr[:0]
			for _, a := range n.Attr {
				switch {
				case a.Key == "id" || a.Key == "name":
					continue
				case a.Key == "href" && dom.Is(n, atom.A):
					if target, id := w.target(file, a.Val); target == to && id != "" {
						a.Val = "#" + id
						kept = append(kept, html.Attribute{Key: "role", Val: "doc-backlink"})
					} else if target != "" {
						continue
					}
				case a.Key == "src":
					if f := w.file(file, a.Val); f != "" {
						a.Val = w.reference(f)
					}
				}
				kept = append(kept, a)
			}
			n.Attr = kept
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(n)
	if dom.Is(n, atom.P) {
		html.Render(&w.notes, n)
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		html.Render(&w.notes, c)
	}
}
