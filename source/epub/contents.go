package epub

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source/dom"
)

// entry is a line of the table of contents.
type entry struct {
	label, file, fragment string
	above                 []string // the labels of those it stands under
}

// maxNesting bounds how deep entries stand under each other.
const maxNesting = 32

// readContents reads the table of contents: the navigation document of EPUB 3, else
// the NCX of EPUB 2, whose id in the manifest is given.
func (b *book) readContents(ncx string) {
	for _, it := range b.manifest {
		if has(it.Properties, "nav") && it.file != "" {
			b.readNav(it.file)
			break
		}
	}
	if len(b.contents) > 0 {
		return
	}
	i := slices.IndexFunc(b.manifest, func(it item) bool { return it.file != "" && it.ID == ncx && ncx != "" })
	if i < 0 {
		i = slices.IndexFunc(b.manifest, func(it item) bool { return it.file != "" && it.Type == "application/x-dtbncx+xml" })
	}
	if i >= 0 {
		b.readNCX(b.manifest[i].file)
	}
	if len(b.contents) == 0 {
		b.report(article.Issue{Severity: article.Info, Code: "epub.contents", Detail: "the book has no table of contents that can be read", Action: "chapters are what begins with a heading"})
	}
}

func (b *book) readNav(name string) {
	text, err := b.text(name)
	if err != nil {
		b.report(article.Issue{Severity: article.Warning, Code: "epub.contents", Detail: name + ": " + err.Error(), Action: "ignored"})
		return
	}
	root, err := html.Parse(bytes.NewReader(render(tokenize(text))))
	if err != nil {
		return
	}
	if pg := b.pages[name]; pg != nil && pg.kind == "" {
		pg.kind = "toc"
	}
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if dom.Is(n, atom.Nav) {
			switch kind := dom.Attr(n, "epub:type"); {
			case has(kind, "toc"), dom.Attr(n, "role") == "doc-toc":
				b.navList(name, dom.Find(n, atom.Ol), nil)
			case has(kind, "landmarks"):
				b.landmarks(name, n)
			}
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(root)
}

func (b *book) landmarks(name string, n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if dom.Is(c, atom.A) {
			kind, _, _ := strings.Cut(dom.Attr(c, "epub:type"), " ")
			b.mark(name, dom.Attr(c, "href"), kind, textOf(c))
		}
		b.landmarks(name, c)
	}
}

func (b *book) navList(name string, list *html.Node, above []string) {
	if list == nil || len(above) > maxNesting {
		return
	}
	for li := list.FirstChild; li != nil; li = li.NextSibling {
		if !dom.Is(li, atom.Li) {
			continue
		}
		label, href := "", ""
		var kids *html.Node
		for c := li.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case dom.Is(c, atom.Ol):
				kids = c
			case dom.Is(c, atom.A) && href == "":
				label, href = textOf(c), dom.Attr(c, "href")
			case label == "" && kids == nil:
				label = textOf(c)
				if a := dom.Find(c, atom.A); a != nil {
					href = dom.Attr(a, "href")
				}
			}
		}
		b.enter(name, label, href, above)
		b.navList(name, kids, under(above, label))
	}
}

// enter adds an entry of the table of contents in the file name.
func (b *book) enter(name, label, href string, above []string) {
	e := entry{label: fold(label), above: above}
	if href != "" {
		e.file, e.fragment = b.target(name, href)
	}
	b.contents = append(b.contents, e)
}

func under(above []string, label string) []string {
	if label = fold(label); label == "" {
		return above
	}
	return append(above[:len(above):len(above)], label)
}

type navPoint struct {
	Label   string `xml:"navLabel>text"`
	Content struct {
		Src string `xml:"src,attr"`
	} `xml:"content"`
	Kids []navPoint `xml:"navPoint"`
}

func (b *book) readNCX(name string) {
	var ncx struct {
		Points []navPoint `xml:"navMap>navPoint"`
	}
	if err := b.parse(name, &ncx); err != nil {
		b.report(article.Issue{Severity: article.Warning, Code: "epub.contents", Detail: name + ": " + err.Error(), Action: "what could be read is taken"})
	}
	b.navPoints(name, ncx.Points, nil)
}

func (b *book) navPoints(name string, points []navPoint, above []string) {
	if len(above) > maxNesting {
		return
	}
	for _, p := range points {
		b.enter(name, p.Label, p.Content.Src, above)
		b.navPoints(name, p.Kids, under(above, p.Label))
	}
}

func textOf(n *html.Node) string {
	var b strings.Builder
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(n)
	return fold(b.String())
}
