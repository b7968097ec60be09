package epub

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/tree"
)

// chapter is a chapter: the pages of the spine that it goes over.
type chapter struct {
	pages   []*page
	title   string   // from the table of contents; empty: it is not in there
	section []string // what it stands under there
}

// chapters divides the spine: a page that the table of contents names, or that
// begins with a heading, begins a chapter; others go on with the one before them.
// Pages that are out of the order of reading come last.
func (b *book) chapters() []*chapter {
	var list, aside []*chapter
	for _, pg := range b.spine {
		c := &chapter{pages: []*page{pg}}
		named := b.name(c)
		switch {
		case !pg.linear:
			aside = append(aside, c)
		case !named && len(list) > 0 && pg.kind == "" && list[len(list)-1].pages[0].kind == "" && !b.begins(pg):
			last := list[len(list)-1]
			last.pages = append(last.pages, pg)
		default:
			if !named && len(list) > 0 {
				c.section = list[len(list)-1].section
			}
			list = append(list, c)
		}
	}
	for _, c := range aside {
		b.report(article.Issue{Severity: article.Info, Code: "epub.aside", Article: b.in.Name + "/" + c.pages[0].file, Detail: "a page out of the order of reading", Action: "read after the others"})
	}
	return append(list, aside...)
}

// name gives c the title and the section that the table of contents has for its
// first page, and tells whether it has them. The entries of a part and of its first
// chapter may lead to the same page: the innermost names the chapter.
func (b *book) name(c *chapter) bool {
	file := c.pages[0].file
	at := slices.IndexFunc(b.contents, func(e entry) bool { return e.file == file && e.fragment == "" })
	if at < 0 {
		// Some name a place at the beginning of every page. Several such places are
		// sections of one chapter.
		n := 0
		for i, e := range b.contents {
			if e.file == file {
				if n++; n == 1 {
					at = i
				}
			}
		}
		if n != 1 {
			return n > 0
		}
	}
	for next := at + 1; next < len(b.contents); next++ {
		e := b.contents[next]
		if e.file != file || e.fragment != "" || !slices.Equal(e.above, under(b.contents[at].above, b.contents[at].label)) {
			break
		}
		at = next
	}
	c.title, c.section = b.contents[at].label, b.contents[at].above
	return true
}

// noteName is what pages of notes for many chapters are called.
var noteName = regexp.MustCompile(`(?i)(?:foot|end|rear)?notes?[0-9]*\.|注`)

// begins tells whether a page begins with a heading, or is not to go on with others.
func (b *book) begins(pg *page) bool {
	list, err := b.load(pg)
	if err != nil || noteName.MatchString(path.Base(pg.file)) {
		return true
	}
	body := bodyOf(list)
	i := heading(list, body)
	return i >= 0 && words(list[body:i]) == ""
}

// bodyOf returns the index of the first token behind the start of the body.
func bodyOf(list []token) int {
	for i := range list {
		if list[i].opens("body") {
			return i + 1
		}
	}
	for i := range list {
		if list[i].closes("head") {
			return i + 1
		}
	}
	return 0
}

// heading returns the index of the first heading with a text from the token at on;
// -1: there is none.
func heading(list []token, at int) int {
	for i := at; i < len(list); i++ {
		if t := &list[i]; t.Type == html.StartTagToken && len(t.Data) == 2 && t.Data[0] == 'h' && t.Data[1] >= '1' && t.Data[1] <= '6' && words(list[i:end(list, i)]) != "" {
			return i
		}
	}
	return -1
}

// document makes the document of a chapter; nil: all that its pages say stands
// elsewhere in the book, and that was reported.
func (b *book) document(c *chapter) (*article.Document, error) {
	w := &writer{book: b, title: c.title, noteIDs: map[*html.Node]string{}}
	var failed error
	for i, pg := range c.pages {
		list, err := b.load(pg)
		if err != nil {
			b.report(article.Issue{Severity: article.Loss, Code: "epub.page", Article: b.nameOf(pg), Detail: err.Error(), Action: "left out"})
			failed = fmt.Errorf("%s: %w", pg.file, err)
			continue
		}
		if !b.repeats(pg, list) {
			w.add(c, i, list)
		}
	}
	if w.first == nil {
		return nil, failed
	}
	var m article.Meta
	if !w.ours {
		m = b.meta
		m.ID = cmp.Or(m.ID, b.title) + "#" + w.first.file
		m.Authors, m.Tags, m.Extra = slices.Clone(m.Authors), slices.Clone(m.Tags), slices.Clone(m.Extra)
		m.Title = w.title
	}
	m.Section, m.Summary = c.section, b.summaries[w.first.file]
	cover := b.cover
	if cover != "" {
		m.Lead = &article.Image{Src: w.reference(cover)}
		b.cover = ""
	}
	name := b.nameOf(w.first)
	doc, err := tree.Build(tree.Page{
		Input: source.Input{Files: b.in.Files, Path: w.first.file}, Meta: m, Text: w.page(), Lines: w.lines, Left: b.left,
	}, b.o, func(i article.Issue) {
		i.Article = cmp.Or(i.Article, name)
		b.report(i)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", w.first.file, err)
	}
	if len(doc.Blocks) == 0 && slices.ContainsFunc(b.contents, func(e entry) bool { return slices.Equal(e.above, under(c.section, c.title)) }) {
		if m.Lead != nil {
			b.cover = cover
		}
		b.report(article.Issue{Severity: article.Info, Code: "epub.part", Article: name, Detail: "the page of a part, with nothing but its title: " + doc.Meta.Title, Action: "left to the parts of the book"})
		return nil, nil
	}
	if u, err := url.Parse(doc.Meta.URL); err == nil && w.ours && doc.Meta.Publisher == strings.TrimPrefix(u.Hostname(), "www.") {
		doc.Meta.Publisher = "" // the book names the host where it knows no better
	}
	for img := range doc.Images() {
		// A picture that our book has not is called what the article called it.
		if src := rooted(w.first.file, img.Src); !w.ours || b.file("", src) != "" {
			img.Src = src
		}
	}
	if s := strings.TrimRight(squeeze(m.Summary), "….。"); s != "" && strings.Contains(squeeze(doc.Text()), s) {
		doc.Meta.Summary = ""
	}
	return doc, nil
}

func (b *book) nameOf(pg *page) string { return b.in.Name + "/" + pg.file }

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// load returns the tokens of a page.
func (b *book) load(pg *page) ([]token, error) {
	if strings.HasPrefix(pg.Type, "image/") {
		img := html.Token{Type: html.StartTagToken, Data: "img", Attr: []html.Attribute{{Key: "src", Val: (&url.URL{Path: path.Base(pg.file)}).String()}}}
		return []token{{Token: img, changed: true}}, nil
	}
	text, err := b.text(pg.file)
	if err != nil {
		return nil, err
	}
	list := tokenize(text)
	pictures(list)
	return list, nil
}

// rooted returns the reference to a picture of the file from as seen from the root
// of the archive.
func rooted(from, src string) string {
	u, err := url.Parse(src)
	if err != nil || u.Scheme != "" || u.Host != "" {
		return src
	}
	return path.Join(path.Dir(from), src)
}

// repeats tells whether what a page says stands elsewhere, and reports it: the
// cover, which books draw themselves or show with the first chapter, the table of
// contents, notes that were put to their marks.
func (b *book) repeats(pg *page, list []token) bool {
	body := list[bodyOf(list):]
	text := words(body)
	drop := func(code, detail, action string) bool {
		if b.left != nil {
			b.left(text)
		}
		b.report(article.Issue{Severity: article.Info, Code: "epub." + code, Article: b.nameOf(pg), Detail: detail, Action: action})
		return true
	}
	ours := isOurs(list)
	switch picture, count := b.only(pg, body); {
	case ours && path.Base(pg.file) == "issue.xhtml":
		b.readIssue(pg)
		return drop("contents", "the page that leporello made of the titles of the articles", "made anew")
	case pg.kind == "toc" && len(linked(body))*2 > len(squeeze(text)):
		return drop("contents", "a page that lists the others", "made anew")
	case ours && isCover(list) && text == "":
		b.cover = ""
		return drop("cover", "the cover that leporello drew", "drawn anew")
	case (pg.kind == "cover" || isCover(list)) && text == "" && count == 1 && picture != "" && (b.cover == picture || !b.started):
		b.cover = picture
		return drop("cover", "the page of the cover picture", "shown with the first chapter")
	}
	b.started = true
	if n := b.takeNotes(pg, list); n > 0 {
		if rest := words(body); rest == "" || rest == b.headingOf(pg, body) {
			return drop("notes", fmt.Sprintf("a page of nothing but %d notes", n), "put to their marks")
		}
		b.report(article.Issue{Severity: article.Info, Code: "epub.notes", Article: b.nameOf(pg), Detail: fmt.Sprintf("%d notes", n), Action: "put to their marks; the rest of the page is read"})
	}
	return false
}

// headingOf returns what a page says is its title: its first heading, else what the
// table of contents calls it.
func (b *book) headingOf(pg *page, body []token) string {
	if i := heading(body, 0); i >= 0 {
		return words(body[i:end(body, i)])
	}
	c := &chapter{pages: []*page{pg}}
	b.name(c)
	return cmp.Or(c.title, pg.label)
}

// only returns the file of the first picture among the tokens and how many there
// are.
func (b *book) only(pg *page, list []token) (file string, count int) {
	for i := range list {
		if list[i].opens("img") {
			if count++; count == 1 {
				file = b.file(pg.file, list[i].get("src"))
			}
		}
	}
	return file, count
}

// isCover tells whether a page says itself that it is the cover.
func isCover(list []token) bool {
	return slices.ContainsFunc(list, func(t token) bool {
		return (t.opens("body") || t.opens("section")) && has(t.get("epub:type"), "cover")
	})
}

// linked returns the text of links among the tokens, without white space.
func linked(list []token) string {
	var b strings.Builder
	for i := range list {
		if list[i].opens("a") && list[i].get("href") != "" {
			b.WriteString(words(label(list, i)))
		}
	}
	return squeeze(b.String())
}
