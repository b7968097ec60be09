package epub

import (
	"slices"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/source/dom"
)

// isOurs tells whether a page was written by leporello: source/tree reads the
// articles of such books as they were.
func isOurs(list []token) bool {
	return slices.ContainsFunc(list, func(t token) bool {
		return t.opens("meta") && t.get("name") == "generator" && t.get("content") == "leporello"
	})
}

// readIssue reads the summaries of the articles from the page that leporello made of
// their titles.
func (b *book) readIssue(pg *page) {
	b.summaries = map[string]string{}
	root := b.tree(pg.file)
	if root == nil {
		return
	}
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if a := dom.Find(n, atom.A); dom.Is(n, atom.Li) && a != nil {
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				if dom.Is(c, atom.P) && dom.Attr(c, "class") == "summary" {
					b.summaries[b.file(pg.file, dom.Attr(a, "href"))] = textOf(c)
				}
			}
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(root)
}
