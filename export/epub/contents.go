package epub

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/words"
)

// coverPage is the cover picture alone on a page: Kobo takes no other form.
func (b *book) coverPage() []byte {
	var m markup
	m.shellHead(b.title(), b.lang, styleName, "cover")
	m.raw(`<section epub:type="cover">`, "\n<div><img")
	m.attr("src", imageDir+b.cover.name())
	m.attr("alt", b.words.Cover+b.words.Colon+b.title())
	m.raw(` role="doc-cover"/></div>`, "\n</section>\n")
	m.shellFoot()
	return m.b
}

// title is the book's title on one line, never empty.
func (b *book) title() string {
	if t := label(b.job.Book.Title); t != "" {
		return t
	}
	return b.words.Untitled
}

// addIssue writes the page that presents the articles, in several documents where
// one would be too large.
func (b *book) addIssue() ([]page, error) {
	var pages []page
	var m markup
	var path []string
	inList := false
	start := func() {
		m.b = m.b[:0]
		m.shellHead(b.words.Issue, b.lang, styleName, "issue")
		m.raw("<section")
		if len(pages) == 0 {
			m.attr("aria-labelledby", "issue")
		} else {
			m.attr("aria-label", b.words.Issue)
		}
		m.raw(">\n")
	}
	closeList := func() {
		if inList {
			m.raw("</ul>\n")
		}
		inList = false
	}
	finish := func() error {
		closeList()
		m.raw("</section>\n")
		m.shellFoot()
		p := page{id: "issue", href: "issue.xhtml"}
		if n := len(pages) + 1; n > 1 {
			p.id, p.href = "issue-"+strconv.Itoa(n), "issue-"+strconv.Itoa(n)+".xhtml"
		}
		pages = append(pages, p)
		return b.addPage(p.href, m.b)
	}
	start()
	b.issueHead(&m)
	for i := range b.records {
		r := &b.records[i]
		if len(m.b) > maxPage-2*room {
			if err := finish(); err != nil {
				return nil, err
			}
			start()
			path = nil
		}
		if i == 0 || !equal(path, r.part) {
			closeList()
			if len(r.part) > 0 {
				m.raw("<h2>")
				if n := len(r.part) - 1; n > 0 {
					m.element("span", strings.Join(r.part[:n], " / "), "class", "above")
					m.raw(" ")
				}
				m.text(r.part[len(r.part)-1])
				m.raw("</h2>\n")
			}
			path = r.part
		}
		if !inList {
			m.raw(`<ul class="articles">`, "\n")
			inList = true
		}
		b.issueItem(&m, r)
	}
	return pages, finish()
}

func (b *book) issueHead(m *markup) {
	k := &b.job.Book
	m.raw(`<header class="masthead">`, "\n")
	if s := label(k.Publisher); s != "" && s != b.title() {
		m.element("p", s, "class", "publisher")
		m.raw("\n")
	}
	m.element("h1", b.title(), "id", "issue")
	m.raw("\n")
	if s := label(k.Subtitle); s != "" {
		m.element("p", s, "class", "subtitle", "role", "doc-subtitle")
		m.raw("\n")
	}
	minutes := 0
	for i := range b.records {
		minutes += b.records[i].minutes
	}
	facts := []string{b.words.Days(k.From, k.To), b.words.Articles(len(b.records)), b.words.Minutes(minutes)}
	m.element("p", joinLabels(facts, " · "), "class", "facts")
	m.raw("\n")
	if s := label(k.Description); s != "" {
		m.element("p", s, "class", "about")
		m.raw("\n")
	}
	m.raw("</header>\n")
}

func (b *book) issueItem(m *markup, r *entry) {
	m.raw("<li")
	if r.lang != b.lang {
		m.langAttrs(r.lang)
		m.attrIf("dir", direction(r.lang, b.lang))
	}
	m.raw(`><p class="title">`)
	m.element("a", r.title, "href", r.href)
	m.raw("</p>")
	if r.summary != "" {
		m.element("p", r.summary, "class", "summary")
	}
	m.element("p", joinLabels([]string{r.meta, words.For(r.lang).Minutes(r.minutes)}, " · "), "class", "meta")
	m.raw("</li>\n")
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// summaryWidth is how long the summary of an article is at most, in halves of an em.
const summaryWidth = 150

// summary is what the page of the issue says of an article: the summary it
// has, else how its text begins.
func (c *chapter) summary() string {
	if s := label(c.doc.Meta.Summary); s != "" {
		return excerpt(s)
	}
	for _, b := range c.doc.Blocks {
		p, ok := b.(*article.Paragraph)
		if !ok {
			continue
		}
		if s := plain(p.Inlines); width(s) >= 30 {
			return excerpt(s)
		}
	}
	return ""
}

func width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if r >= 0x1100 && (r < 0x2000 || r >= 0x2E80) {
		return 2
	}
	return 1
}

// excerpt cuts s to the width of a summary: behind its last sentence that fits,
// where that leaves enough, else with an ellipsis.
func excerpt(s string) string {
	n, sentence, word := 0, 0, 0
	for i, r := range s {
		n += runeWidth(r)
		if n > summaryWidth {
			if sentence > 0 {
				return strings.TrimSpace(s[:sentence])
			}
			if word == 0 || runeWidth(r) == 2 {
				word = i
			}
			return strings.TrimRight(s[:word], " ，、,；;：:") + "…"
		}
		end := i + len(string(r))
		if n >= summaryWidth/3 && (strings.ContainsRune("。！？", r) || strings.ContainsRune(".!?", r) && end < len(s) && s[end] == ' ') {
			sentence = end
		}
		if r == ' ' || runeWidth(r) == 2 {
			word = end
		}
	}
	return s
}

// A listWriter writes the contents in one of its two forms.
type listWriter interface {
	open(kind entryKind, title, lang, href string) // an entry, and what is in it
	close()
}

type entryKind uint8

const (
	partEntry entryKind = iota
	articleEntry
	headEntry
)

// outline calls w for every part, article and heading; heads says whether for headings
// too.
func (b *book) outline(w listWriter, heads bool) {
	var path []string
	for i := range b.records {
		r := &b.records[i]
		same := 0
		for same < len(path) && same < len(r.part) && path[same] == r.part[same] {
			same++
		}
		for n := len(path); n > same; n-- {
			w.close()
		}
		for _, p := range r.part[same:] {
			// A part has no page of its own: it begins with its first article.
			w.open(partEntry, p, "", r.href)
		}
		path = r.part
		lang := r.lang
		if lang == b.lang {
			lang = ""
		}
		w.open(articleEntry, r.title, lang, r.href)
		if heads {
			depth := 0
			for _, h := range r.heads {
				// A heading that has no text is not here; those below it move up.
				level := min(h.depth, depth+1)
				for ; depth >= level; depth-- {
					w.close()
				}
				w.open(headEntry, h.title, "", h.href)
				depth = level
			}
			for ; depth > 0; depth-- {
				w.close()
			}
		}
		w.close()
	}
	for range path {
		w.close()
	}
}

// navPage is the navigation document, which is also the page of contents. The
// headings of articles are for the reading system's own list: on the page they
// are hidden by the style sheet.
func (b *book) navPage(issue string) []byte {
	m := b.navDocument(issue, true)
	if len(m) > maxPage {
		m = b.navDocument(issue, false)
	}
	return m
}

func (b *book) navDocument(issue string, heads bool) []byte {
	var m markup
	m.shellHead(b.words.Contents, b.lang, styleName, "contents")
	m.raw(`<nav epub:type="toc" role="doc-toc" id="toc" aria-labelledby="contents">`, "\n")
	m.element("h1", b.words.Contents, "id", "contents")
	m.raw("\n<ol>\n<li class=\"front\">")
	m.element("a", b.words.Issue, "href", issue)
	m.raw("</li>\n")
	b.outline(&navWriter{m: &m, inList: true}, heads)
	m.raw("</ol>\n</nav>\n")
	m.raw(`<nav epub:type="landmarks" hidden="hidden" id="landmarks">`, "\n<ol>\n")
	for _, l := range b.landmarks() {
		m.raw("<li><a epub:type=\"", l.typ, `"`)
		m.attr("href", l.href)
		m.raw(">")
		m.text(l.title)
		m.raw("</a></li>\n")
	}
	m.raw("</ol>\n</nav>\n")
	m.shellFoot()
	return m.b
}

// navWriter writes nested lists. A list is begun by the first entry within another.
type navWriter struct {
	m      *markup
	inList bool // the list that the next entry belongs to is open
}

func (w *navWriter) open(kind entryKind, title, lang, href string) {
	if !w.inList {
		w.m.raw("\n<ol")
		if kind == headEntry {
			w.m.raw(` class="heads" hidden="hidden"`)
		}
		w.m.raw(">\n")
	}
	w.m.raw("<li")
	if kind == partEntry {
		w.m.raw(` class="part"`)
	}
	w.m.langAttrs(lang)
	w.m.raw(">")
	w.m.element("a", title, "href", href)
	w.inList = false
}

func (w *navWriter) close() {
	if w.inList {
		w.m.raw("</ol>\n")
	}
	w.m.raw("</li>\n")
	w.inList = true
}

// landmark is a place that reading systems know by its kind.
type landmark struct{ typ, guide, title, href string }

func (b *book) landmarks() []landmark {
	var list []landmark
	if b.cover != nil {
		list = append(list, landmark{"cover", "cover", b.words.Cover, coverName})
	}
	return append(list,
		landmark{"toc", "toc", b.words.Contents, navName},
		landmark{"bodymatter", "text", b.records[0].title, b.records[0].href})
}

// ncx is the contents in the form of EPUB 2, the only one that Adobe's engine and
// some readers know.
func (b *book) ncx(issue string) []byte {
	depth := 1
	for i := range b.records {
		d := len(b.records[i].part) + 1
		for _, h := range b.records[i].heads {
			depth = max(depth, d+h.depth)
		}
		depth = max(depth, d)
	}
	var m markup
	m.raw(`<?xml version="1.0" encoding="utf-8"?>`, "\n", `<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"`)
	m.attr("xml:lang", b.lang)
	m.raw(">\n<head>\n")
	for _, kv := range [][2]string{{"dtb:uid", b.id}, {"dtb:depth", strconv.Itoa(depth)}, {"dtb:totalPageCount", "0"}, {"dtb:maxPageNumber", "0"}} {
		m.raw("<meta")
		m.attr("name", kv[0])
		m.attr("content", kv[1])
		m.raw("/>\n")
	}
	m.raw("</head>\n<docTitle>")
	m.element("text", b.title())
	m.raw("</docTitle>\n<navMap>\n")
	w := &ncxWriter{m: &m, order: map[string]int{}}
	w.open(articleEntry, b.words.Issue, "", issue)
	w.close()
	b.outline(w, true)
	m.raw("</navMap>\n</ncx>\n")
	return m.b
}

// ncxWriter writes navPoints. Those that lead to the same place have the same
// playOrder (DAISY Z39.86-2005).
type ncxWriter struct {
	m     *markup
	n     int
	order map[string]int
}

func (w *ncxWriter) open(_ entryKind, title, _, href string) {
	w.n++
	order, ok := w.order[href]
	if !ok {
		order = len(w.order) + 1
		w.order[href] = order
	}
	fmt.Fprintf(w, `<navPoint id="n%d" playOrder="%d"><navLabel>`, w.n, order)
	w.m.element("text", title)
	w.m.raw("</navLabel><content")
	w.m.attr("src", href)
	w.m.raw("/>\n")
}

func (w *ncxWriter) close() { w.m.raw("</navPoint>\n") }

// Write appends markup that needs no escaping.
func (w *ncxWriter) Write(p []byte) (int, error) {
	w.m.b = append(w.m.b, p...)
	return len(p), nil
}
