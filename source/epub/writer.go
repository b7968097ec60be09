package epub

import (
	"bytes"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/leporello-press/leporello/article"
)

// writer makes one page of HTML of the pages of a chapter.
type writer struct {
	*book
	title  string // of the chapter; empty: not found yet
	window string // what the head of the first page calls it
	first  *page  // the one that references are relative to; nil: none was added
	ours   bool   // leporello wrote the pages

	out   bytes.Buffer
	lines []int // of each line of out, the line of its page; nil: out is one page
	notes bytes.Buffer

	noteIDs map[*html.Node]string
	away    int // links to other chapters
}

// add adds a page of c.
func (w *writer) add(c *chapter, index int, list []token) {
	pg := c.pages[index]
	body := bodyOf(list)
	switch {
	case w.first == nil && isOurs(list):
		w.first, w.ours = pg, true
	case w.first == nil:
		w.first = pg
		w.head(list[:body])
		w.begin(list, body)
	default:
		for i := range list[:body] {
			list[i].blank()
		}
		for i := body; i < len(list); i++ {
			if list[i].closes("body") || list[i].closes("html") {
				list[i].blank()
			}
		}
	}
	if !w.ours {
		w.breaks(pg, list)
		for i := range list {
			if t := &list[i]; t.Type == html.StartTagToken {
				w.attributes(c, pg, index, list, i)
			}
		}
	}
	text := render(list)
	if w.out.Len() > 0 {
		if w.lines == nil {
			w.count(w.out.Bytes()[:w.out.Len()-1])
		}
		w.count(text)
	}
	w.out.Write(text)
	w.out.WriteByte('\n')
}

// count notes the lines of a page.
func (w *writer) count(text []byte) {
	for i := range 1 + bytes.Count(text, []byte("\n")) {
		w.lines = append(w.lines, i+1)
	}
}

// page returns the page that was made.
func (w *writer) page() []byte {
	if w.away > 0 {
		w.report(article.Issue{Severity: article.Info, Code: "epub.links", Article: w.nameOf(w.first), Detail: fmt.Sprintf("links to other places of the book: %d", w.away), Action: "their text is kept"})
	}
	return append(w.out.Bytes(), w.notes.Bytes()...)
}

// head takes from the head of the first page what would be believed of an article,
// and gives the page the language of the book where it has none.
func (w *writer) head(list []token) {
	title := ""
	for i := range list {
		switch t := &list[i]; {
		case t.opens("html"):
			if w.lang != "" && t.get("lang") == "" && t.get("xml:lang") == "" {
				t.set("lang", w.lang)
			}
		case t.opens("title"):
			last := end(list, i)
			title = words(list[i:last])
			for j := i; j <= last; j++ {
				list[j].blank()
			}
		case t.opens("base"):
			t.blank()
		}
	}
	if title = fold(title); !strings.EqualFold(title, w.book.title) {
		w.window = title
	}
}

// begin finds the title where the table of contents has none, and makes the heading
// that has it one of the first level, whatever it is: there the tree looks for it.
func (w *writer) begin(list []token, body int) {
	rename := func(i, last int, name string) {
		for _, t := range []*token{&list[i], &list[last]} {
			t.Data, t.changed = name, true
		}
	}
	// Headings may follow each other: that of the part, the number, the title.
	var above [][2]int
	for i, from := heading(list, body), body; i >= 0 && words(list[from:i]) == ""; i = heading(list, from) {
		last := end(list, i)
		text := words(list[i:last])
		if w.title == "" {
			w.title = text
		}
		if strings.EqualFold(squeeze(text), squeeze(w.title)) {
			w.title = text
			for _, h := range above {
				rename(h[0], h[1], "h2")
			}
			rename(i, last, "h1")
			break
		}
		above = append(above, [2]int{i, last})
		from = last + 1
	}
	for _, name := range []string{w.first.label, w.window} {
		if w.title == "" {
			w.title = name
		}
	}
}

// breaks takes the numbers of printed pages out of the text.
func (w *writer) breaks(pg *page, list []token) {
	var numbers []string
	for i := 0; i < len(list); i++ {
		t := &list[i]
		if t.Type != html.StartTagToken || voids[t.Data] || !has(t.get("epub:type"), "pagebreak") && t.get("role") != "doc-pagebreak" {
			continue
		}
		last := end(list, i)
		text := words(list[i:last])
		if text == "" || len(text) > maxPageNumber {
			continue
		}
		numbers = append(numbers, text)
		for j := i + 1; j < last; j++ {
			list[j].blank()
		}
	}
	if len(numbers) == 0 {
		return
	}
	if w.left != nil {
		w.left(strings.Join(numbers, " "))
	}
	w.report(article.Issue{Severity: article.Info, Code: "epub.pages", Article: w.nameOf(pg), Detail: "numbers of the printed pages: " + strings.Join(numbers, ", "), Action: "left out"})
}

// maxPageNumber bounds the bytes of a number of a printed page.
const maxPageNumber = 20

// attributes makes references of the start tag at i lead to where things stand now.
func (w *writer) attributes(c *chapter, pg *page, index int, list []token, i int) {
	t := &list[i]
	if index > 0 {
		for _, name := range []string{"id", "name"} {
			if id := t.get(name); id != "" && (name == "id" || t.Data == "a") {
				t.set(name, anchor(index, id))
			}
		}
	}
	if href := t.get("href"); t.Data == "a" && href != "" {
		w.link(c, pg, list, i, href)
	}
	for _, name := range []string{"src", "poster", "data", "href", "xlink:href"} {
		switch v := t.get(name); {
		case v == "" || strings.HasPrefix(v, "#"), name == "data" && t.Data != "object", strings.HasSuffix(name, "href") && t.Data != "image":
		default:
			if file := w.file(pg.file, v); file != "" {
				if ref := w.reference(file); ref != v {
					t.set(name, ref)
				}
			}
		}
	}
}

// anchor is the id that an id of a page has in its chapter: those of the first page
// stay as they are.
func anchor(index int, id string) string {
	if index == 0 {
		return id
	}
	return "page" + strconv.Itoa(index+1) + "-" + id
}

// reference returns the reference from the first page to a file.
func (w *writer) reference(file string) string {
	from := strings.Split(path.Dir(w.first.file), "/")
	to := strings.Split(file, "/")
	if from[0] == "." {
		from = nil
	}
	for len(from) > 0 && len(to) > 1 && from[0] == to[0] {
		from, to = from[1:], to[1:]
	}
	for i := range to {
		to[i] = url.PathEscape(to[i])
	}
	return strings.Repeat("../", len(from)) + strings.Join(to, "/")
}

// link makes the link at i lead to where its target stands in the chapter: a place
// in one of its pages, or a note of another one, which is put to the end of the
// chapter. Links to other chapters lead nowhere.
func (w *writer) link(c *chapter, pg *page, list []token, i int, href string) {
	if u, err := url.Parse(strings.TrimSpace(href)); err == nil && (u.Scheme != "" || u.Host != "") {
		return
	}
	t := &list[i]
	file, id := w.target(pg.file, href)
	if at := slices.IndexFunc(c.pages, func(p *page) bool { return p.file == file }); at >= 0 && id != "" {
		if to := "#" + (&url.URL{Fragment: anchor(at, id)}).EscapedFragment(); to != href {
			t.set("href", to)
		}
		return
	}
	if id != "" && w.pages[file] != nil {
		if note := w.note(pg, label(list, i), file, id); note != "" {
			t.set("href", "#"+note)
			t.set("epub:type", "noteref")
			return
		}
	}
	t.drop("href")
	w.away++
}
