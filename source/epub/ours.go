package epub

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source/date"
	"github.com/leporello-press/leporello/source/dom"
	"github.com/leporello-press/leporello/source/lang"
)

// readOpening takes the opening that leporello writes above an article out of its
// page and keeps what it says. It tells whether there is one.
func (w *writer) readOpening(list []token, body int) bool {
	id := strings.TrimSuffix(path.Base(w.first.file), ".xhtml")
	from := slices.IndexFunc(list[body:], func(t token) bool { return t.opens("header") && t.get("class") == "opening" })
	if from < 0 {
		return false
	}
	from += body
	to := end(list, from)
	if !slices.ContainsFunc(list[from:to], func(t token) bool { return t.opens("h1") && t.get("id") == id }) {
		return false
	}
	text := words(list[from:to])
	m := article.Meta{}
	host := ""
	var byline []string
	for i := from; i < to; i++ {
		t := &list[i]
		inner := func() string { return words(list[i:end(list, i)]) }
		switch {
		case t.opens("h1"):
			m.Title = inner()
		case t.opens("p") && t.get("class") == "path":
			m.Section = strings.Split(inner(), " / ")
		case t.opens("p") && t.get("class") == "subtitle":
			m.Subtitle = inner()
		case t.opens("p") && t.get("class") == "byline":
			byline = strings.Split(inner(), " · ")
		case t.opens("span") && t.get("class") == "author":
			m.Authors = strings.FieldsFunc(inner(), func(r rune) bool { return r == '、' || r == ',' })
			byline = byline[min(1, len(byline)):]
		case t.opens("time"):
			if day, _, err := date.Parse(t.get("datetime"), nil); err == nil {
				m.Published = day
			}
			byline = slices.DeleteFunc(byline, func(s string) bool { return s == inner() })
		case t.opens("a"):
			m.URL = t.get("href")
			if u, err := url.Parse(m.URL); err == nil {
				host = strings.TrimPrefix(u.Hostname(), "www.")
			}
		}
	}
	// What is left is the periodical, and last how long the reading takes.
	if len(byline) > 1 && byline[0] != host {
		m.Publisher = byline[0]
	}
	for i := range m.Authors {
		m.Authors[i] = strings.TrimSpace(m.Authors[i])
	}
	for i := from; i <= to; i++ {
		list[i].blank()
	}
	w.title = m.Title
	if w.left != nil {
		w.left(text)
	}
	w.report(article.Issue{Severity: article.Info, Code: "epub.opening", Article: w.nameOf(w.first), Detail: "the opening that leporello wrote: " + text, Action: "read for title, authors and date"})
	for i := range list[:body] {
		if list[i].opens("html") {
			m.Lang = lang.Normal(list[i].get("lang"))
		}
	}
	w.opening = func(of *article.Meta) {
		if m.Section == nil || strings.Join(of.Section, " / ") == strings.Join(m.Section, " / ") {
			m.Section = of.Section
		}
		m.Summary = of.Summary
		*of = m
	}
	return true
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
