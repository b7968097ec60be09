package tree

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source/webpage"
)

// maxDropped is how many parts that are left out of one page are reported one by
// one.
const maxDropped = 100

// reduce takes out of a whole page what is not its article, and says what that
// was. fill has been called: m has what the front matter and the head say.
func (w *walker) reduce(m *article.Meta, o webpage.Options, zone *time.Location) {
	address := m.URL
	if w.base != nil {
		address = w.base.String()
	}
	found := webpage.Reduce(w.page.root, o, webpage.Known{URL: address, Title: m.Title, Site: m.Publisher, Zone: zone})
	if found.How == "" {
		return
	}
	place := func(n *html.Node) article.Pos {
		if n == nil {
			return article.Pos{}
		}
		return w.place(n)
	}
	if t := found.Title; t != "" && foldLine(t) != m.Title {
		detail := fmt.Sprintf("the title %q is shown as %q", m.Title, foldLine(t))
		if found.TitleAt == nil {
			detail = fmt.Sprintf("the name of the site is taken from the title %q", m.Title)
		}
		if m.Title != "" {
			w.report(article.Issue{Severity: article.Info, Code: "page.title", Pos: place(found.TitleAt), Detail: detail, Action: fmt.Sprintf("titled %q", foldLine(t))})
		}
		m.Title = foldLine(t)
	}
	if !found.Published.IsZero() && m.Published.IsZero() {
		m.Published = found.Published
		w.report(article.Issue{Severity: article.Info, Code: "page.date", Pos: place(found.DateAt), Detail: "the date is read from the text of the page", Action: "taken"})
	}
	if !found.Updated.IsZero() && m.Updated.IsZero() {
		m.Updated = found.Updated
	}
	if found.Author != "" && len(m.Authors) == 0 {
		m.Authors = []string{found.Author}
		w.report(article.Issue{Severity: article.Info, Code: "page.author", Detail: fmt.Sprintf("%q stands near the title", found.Author), Action: "taken for the author"})
	}
	var all webpage.Dropped
	for i, d := range found.Dropped {
		all.Nodes = append(all.Nodes, d.Nodes...)
		all.Links += d.Links
		all.Pictures += d.Pictures
		all.Text += d.Text
		if w.left != nil {
			w.left(d.Text)
		}
		if foldLine(d.Text) == m.Title && d.Text != "" {
			w.report(article.Issue{Severity: article.Info, Code: "title.heading", Pos: place(d.Nodes[0]), Detail: fmt.Sprintf("the heading %q is the title", excerpt(d.Text)), Action: "printed once"})
			continue
		}
		if i >= maxDropped && !d.Prose {
			continue
		}
		is := article.Issue{Severity: article.Info, Code: "page.dropped", Pos: place(d.Nodes[0]), Detail: d.Why + ": " + amount(d), Action: "dropped"}
		if t := excerpt(d.Text); t != "" {
			is.Detail += fmt.Sprintf(": %q", t)
		}
		if d.Prose {
			is.Severity = article.Warning
			is.Detail = "it reads like an article, but stands apart from it: " + strings.TrimPrefix(is.Detail, d.Why+": ")
		}
		w.report(is)
	}
	detail := "the article was found by " + found.How
	if len(found.Dropped) > 0 {
		detail += "; around it are " + amount(all)
	}
	w.report(article.Issue{Severity: article.Info, Code: "page.reduced", Detail: detail, Action: "only the article is taken"})
}

// amount tells what d holds: "120 characters, 12 links, 2 pictures".
func amount(d webpage.Dropped) string {
	parts := []string{fmt.Sprintf("%d characters", utf8.RuneCountInString(d.Text))}
	for _, c := range []struct {
		n    int
		name string
	}{{d.Links, "links"}, {d.Pictures, "pictures"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.name))
		}
	}
	return strings.Join(parts, ", ")
}
