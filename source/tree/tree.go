// Package tree makes article trees of HTML. It is a service for the formats
// under source whose bodies are HTML or may have some in them, and knows none of
// them.
//
// It parses as browsers do and then makes its own tree from a list of elements
// that mean something; unknown ones keep their text. Nothing that a browser
// would show as text is lost without an issue that names the place. It decides
// what careless HTML means: where paragraphs begin, which bold line is a heading,
// which picture is only a placeholder, which link is a footnote. It leaves
// encodings and front matter to those who call it, and to
// source/webpage where the article stands in a whole page.
//
// Of classes it knows those that Chinese and Japanese books need and HTML has no
// element for: u of class proper-noun (zhuanming, 专名号) is a name, u of class
// book-title (shuming, 书名号), like anything with a wavy underline, a title; inline
// elements of class warichu (割注, 双行夹注) are notes within the line. A
// text-emphasis in a style attribute is emphasis.
package tree

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/date"
	"github.com/leporello-press/leporello/source/dom"
	"github.com/leporello-press/leporello/source/lang"
	"github.com/leporello-press/leporello/source/webpage"
)

// Page is HTML and what is known beside it.
type Page struct {
	// Input is what the HTML comes from. Its name, data and type are not read; what
	// references resolve against is.
	Input source.Input
	// Meta is what is known of the article before the page is asked: front matter, the
	// entry of a feed. The page fills what is empty. Lead has its Src as written.
	Meta article.Meta
	// Text is the page or a piece of one, in UTF-8.
	Text []byte
	// Line is the number of the line of the input that Text begins with; 0 is 1.
	Line int
	// Lines says which line of the input each line of Text was made from, where the
	// HTML is not the input's own; nil: they count on from Line. A line past its end
	// is its last one.
	Lines []int
	// Whole says how a whole page is reduced to its article; nil: all of Text is the
	// article.
	Whole *webpage.Options
	// Left hears every visible text that the tree does not have, for tests of the law
	// that nothing is lost; nil: nobody listens.
	Left func(text string)
}

// Build makes the tree of p. What it works around it reports, with its place.
// The error is for pages that no parser takes.
func Build(p Page, o source.Options, report func(article.Issue)) (*article.Document, error) {
	page, deep, err := parse(p.Text, max(p.Line, 1))
	if err != nil {
		return nil, err
	}
	if p.Lines != nil {
		page.relocate(p.Lines, max(p.Line, 1))
	}
	if deep {
		report(article.Issue{Severity: article.Warning, Code: "html.depth", Pos: article.Pos{Line: max(p.Line, 1)},
			Detail: "elements are nested more than 500 deep", Action: "the inner ones are left out, their text is kept"})
	}
	w := &walker{in: p.Input, page: page, report: report, left: p.Left, seen: map[string]bool{}, alias: map[string]string{},
		label: map[article.Block]bool{}, imageAt: map[*article.Image]article.Pos{}, loose: map[*article.List]bool{},
		better: map[*html.Node]string{}}
	return w.document(p.Meta, p.Whole, &o), nil
}

// document makes the tree of the page. meta is what the front matter says.
func (w *walker) document(meta article.Meta, whole *webpage.Options, o *source.Options) *article.Document {
	root := w.page.root
	body := dom.Find(root, atom.Body, atom.Frameset)
	if body == nil {
		body = root
	}
	h := readHead(root)
	w.setBase(&meta, &h)
	if w.referrer = policy(h.first("referrer")); w.referrer == "" {
		w.referrer = policy(w.in.Referrer)
	}
	if doc := w.ownArticle(meta, &h); doc != nil {
		return doc
	}
	w.fill(&meta, &h, o)
	if whole != nil {
		w.reduce(&meta, *whole, o.Zone)
	}
	w.chooseLang(&meta, &h, o, text(body))
	w.linked = linkedIDs(w, root)
	w.notes = findNotes(body)
	for id := range w.notes.ids {
		w.seen[id] = true // links to it lead to the note
	}
	if w.left != nil {
		w.left(w.notes.trimmed)
	}

	c := context{lang: meta.Lang, blockLang: meta.Lang}
	inner := c.with(body)
	inner.lang, inner.blockLang = meta.Lang, meta.Lang
	f := w.flow(c)
	if dom.Is(body, atom.Body, atom.Frameset) {
		f.anchors(body)
	}
	f.children(body, inner)
	doc := &article.Document{Meta: meta, Blocks: f.end()}
	w.endAnchors(doc)
	if len(w.notes.found) > 0 {
		doc.Notes = w.makeNotes(c)
		doc.Blocks = w.dropTitle(doc.Blocks)
		w.report(article.Issue{Severity: article.Info, Code: "html.notes", Detail: fmt.Sprintf("%d notes", len(doc.Notes)), Action: "marks, numbers and links back are left to the book"})
	}
	w.title(doc, &h)
	if !o.KeepPseudoHeadings {
		w.promote(doc)
	}
	w.lead(doc)
	w.resolveLinks(doc, w.target)
	w.nameDate(doc, o)
	if doc.Meta.Title == "" {
		w.report(article.Issue{Severity: article.Info, Code: "title.missing", Detail: "neither the front matter nor the page has a title"})
	}
	doc.Normalize()
	return doc
}

// setBase decides what relative references resolve against: the address of the
// page, changed by its base element. A local file that knows where it came from
// resolves links against that, and pictures that are not beside it.
func (w *walker) setBase(m *article.Meta, h *head) {
	for _, s := range []string{w.in.Base, m.URL, h.canon} {
		if u, err := parseURL(s); err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
			w.base = u
			break
		}
	}
	if h.base == "" {
		return
	}
	u, err := parseURL(h.base)
	if err != nil {
		return
	}
	if w.base != nil {
		u = w.base.ResolveReference(u)
	}
	if (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		w.base = u
	}
}

// title takes the heading that repeats the title from the body, and the title
// from the heading where the page has no better one.
func (w *walker) title(doc *article.Document, h *head) {
	if len(doc.Blocks) == 0 {
		return
	}
	first, at := (*article.Heading)(nil), 0
	count := 0
	for i, b := range doc.Blocks {
		if hd, ok := b.(*article.Heading); ok && hd.Level == 1 {
			if count++; first == nil {
				first, at = hd, i
			}
		}
	}
	if first == nil {
		return
	}
	t := article.InlinesText(first.Inlines)
	m := &doc.Meta
	same := squeeze(t) == squeeze(m.Title)
	// The title of the window has the name of the site behind it.
	window := m.Title == h.title && count == 1 && strings.HasPrefix(squeeze(m.Title), squeeze(t))
	if m.Title != "" && !same && !window || !same && count > 1 || strings.Contains(t, "\n") && !same {
		return
	}
	for _, b := range doc.Blocks[:at] {
		if _, ok := b.(*article.Rule); !ok && !same {
			return // text before it: an h1 that is not the title of all
		}
	}
	if !same && hasObjects(first.Inlines) {
		return
	}
	if w.left != nil {
		w.left(t)
	}
	if !same {
		m.Title = foldLine(t)
	}
	w.report(article.Issue{Severity: article.Info, Code: "title.heading", Pos: first.Pos, Detail: fmt.Sprintf("the heading %q is the title", excerpt(t)), Action: "printed once"})
	doc.Blocks = slices.Delete(doc.Blocks, at, at+1)
	if first.ID != "" {
		w.waiting = append(w.waiting, first.ID)
		if at < len(doc.Blocks) {
			a := attrOf(doc.Blocks[at])
			if a.ID != "" {
				w.waiting = append([]string{a.ID}, w.waiting...)
			}
			a.ID = w.takeAnchors()
		} else {
			w.endAnchors(doc)
		}
	}
}

func hasObjects(ins []article.Inline) bool {
	return slices.ContainsFunc(ins, func(in article.Inline) bool {
		_, run := in.(article.Run)
		_, end := in.(article.LineBreak)
		return !run && !end
	})
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// promote makes headings of paragraphs that are nothing but a short bold line: the
// headings of editors that have none. They are one level below the heading they
// stand under. Something must follow that they can be the heading of.
func (w *walker) promote(doc *article.Document) {
	bold := make([]bool, len(doc.Blocks))
	follows := false // text, a picture and the like, before the next heading or rule
	for i := len(doc.Blocks) - 1; i >= 0; i-- {
		switch b := doc.Blocks[i].(type) {
		case *article.Heading, *article.Rule:
			follows = false
		case *article.Paragraph:
			if !w.label[b] && boldLine(b) {
				bold[i] = follows
				break
			}
			follows = true
		default:
			follows = true
		}
	}
	level := 1
	for i, b := range doc.Blocks {
		if h, ok := b.(*article.Heading); ok {
			level = h.Level
		}
		if !bold[i] {
			continue
		}
		p := b.(*article.Paragraph)
		unmark(p.Inlines, article.Strong)
		w.report(article.Issue{Severity: article.Info, Code: "heading.bold", Pos: p.Pos,
			Detail: fmt.Sprintf("a paragraph of nothing but bold text: %q", article.InlinesText(p.Inlines)), Action: "read as a heading"})
		doc.Blocks[i] = &article.Heading{Attr: p.Attr, Level: min(level+1, 6), Inlines: p.Inlines}
	}
}

// boldLine tells whether p is one line of at most 30 characters (or 60 Latin
// letters), all bold, not all of it a link, and without the punctuation that ends a
// sentence.
func boldLine(p *article.Paragraph) bool {
	words, linked := false, true
	for _, in := range p.Inlines {
		run, ok := in.(article.Run)
		if !ok {
			return false
		}
		if strings.TrimSpace(run.Text) == "" {
			continue
		}
		if run.Style.Marks&article.Strong == 0 {
			return false
		}
		words = words || strings.ContainsFunc(run.Text, isWord)
		linked = linked && run.Style.Link != ""
	}
	t := strings.TrimSpace(article.InlinesText(p.Inlines))
	last, _ := utf8.DecodeLastRuneInString(t)
	return words && !linked && lang.Width(t) <= 60 && !strings.ContainsRune("。．.，,、；;：:？?！!…—～~", last)
}

// lead resolves the lead picture, and drops it where it is the first of the body.
func (w *walker) lead(doc *article.Document) {
	l := doc.Meta.Lead
	if l == nil {
		return
	}
	src, ok := w.resource(l.Src)
	if !ok || strings.HasPrefix(src, "data:") && len(src) < 100 {
		w.report(article.Issue{Severity: article.Info, Code: "image.lead", URL: l.Src, Detail: "the lead picture is not an address", Action: "dropped"})
		doc.Meta.Lead = nil
		return
	}
	l.Src, l.Referrer = src, w.referrer
	doc.Meta.Lead = nil
	for img := range doc.Images() {
		if samePicture(img.Src, src) {
			return
		}
		if l.Referrer == "" && host(img.Src) == host(src) {
			l.Referrer = img.Referrer
		}
		break
	}
	doc.Meta.Lead = l
}

func host(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Host
}

// nameDate takes the date from the name of the file, as blogs name their posts.
func (w *walker) nameDate(doc *article.Document, o *source.Options) {
	if !doc.Meta.Published.IsZero() {
		return
	}
	m := dateInName.FindStringSubmatch(path.Base(w.in.Path))
	if m == nil {
		return
	}
	if t, _, err := date.Parse(m[1]+"-"+m[2]+"-"+m[3], o.Zone); err == nil {
		doc.Meta.Published = t
		w.report(article.Issue{Severity: article.Info, Code: "date.name", Detail: "no date is given; the name of the file has one", Action: "taken"})
	}
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
