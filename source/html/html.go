// Package html reads articles whose body is HTML: fragments with front matter,
// as blogs and feeds keep them, and whole pages.
//
// It parses as browsers do and then makes its own tree from a list of elements
// that mean something; unknown ones keep their text. Nothing that a browser
// would show as text is lost without an issue that names the place. It decides
// what careless HTML means: where paragraphs begin, which bold line is a heading,
// which picture is only a placeholder, which link is a footnote. It does not look for
// the article within a page: all of the body is taken.
package html

import (
	"bytes"
	"fmt"
	"iter"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/charset"
	"github.com/leporello-press/leporello/source/date"
	"github.com/leporello-press/leporello/source/frontmatter"
)

// Reader reads HTML. The zero value is good.
type Reader struct {
	Options source.Options

	left func(string) // see walker
}

var _ source.Reader = Reader{}

// Name implements source.Reader.
func (Reader) Name() string { return "html" }

// Match tells whether in is HTML: by its declared type, by the ending of its
// name, or for texts and streams by a tag or front matter at its beginning.
func (Reader) Match(in source.Input) bool {
	t, _, _ := strings.Cut(strings.ToLower(in.Type), ";")
	switch strings.TrimSpace(t) {
	case "text/html", "application/xhtml+xml":
		return true
	case "", "text/plain", "application/octet-stream":
	default:
		return false
	}
	switch strings.ToLower(path.Ext(in.Name)) {
	case ".html", ".htm", ".xhtml", ".xht":
		return true
	case ".txt":
		return true
	case "":
		return looksLikeHTML(in.Data)
	}
	return t == "" && in.Name == "-" && looksLikeHTML(in.Data)
}

var startOfHTML = regexp.MustCompile(`(?i)^(?:\x{feff}|\s)*(?:---[ \t]*[\r\n]|(?:<\?xml[^>]*>\s*)?<(?:!doctype html|!--|html|head|body|div|p|h[1-6]|article|section|main|table|ul|ol|img|a|span|br|figure|blockquote|pre|center|font|b|strong|em|i)\b)`)

func looksLikeHTML(data []byte) bool {
	return startOfHTML.Match(bytes.ToValidUTF8(data[:min(len(data), 4096)], nil))
}

// Read implements source.Reader. It yields one document.
func (r Reader) Read(in source.Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	return func(yield func(*article.Document, error) bool) {
		doc, err := r.read(in, func(i article.Issue) {
			if i.Article == "" {
				i.Article = in.Name
			}
			report(i)
		})
		if err != nil {
			yield(nil, fmt.Errorf("html: %s: %w", in.Name, err))
			return
		}
		yield(doc, nil)
	}
}

func (r Reader) read(in source.Input, report func(article.Issue)) (*article.Document, error) {
	limit := r.Options.MaxBytes
	if limit == 0 {
		limit = 32 << 20
	}
	text, err := charset.Decode(in.Data, in.Type, limit, report)
	if err != nil {
		return nil, err
	}
	file, err := frontmatter.Parse(text, r.Options.Zone, report)
	if err != nil {
		return nil, err
	}
	body := file.Body
	if !anyTag.Match(body) {
		body = paragraphs(body)
	}
	page, deep, err := parse(body, file.Line)
	if err != nil {
		return nil, err
	}
	if deep {
		report(article.Issue{Severity: article.Warning, Code: "html.depth", Pos: article.Pos{Line: file.Line},
			Detail: "elements are nested more than 500 deep", Action: "the inner ones are left out, their text is kept"})
	}
	w := &walker{in: in, page: page, report: report, left: r.left, seen: map[string]bool{}, alias: map[string]string{},
		label: map[article.Block]bool{}, imageAt: map[*article.Image]article.Pos{}, loose: map[*article.List]bool{},
		better: map[*html.Node]string{}}
	return r.document(w, file.Meta), nil
}

var anyTag = regexp.MustCompile(`<[A-Za-z!/?]`)

// paragraphs makes HTML of a text without any tag, line by line so that places
// stay true: empty lines end paragraphs, or each line is one where there are none.
func paragraphs(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	lines := bytes.Split(text, []byte("\n"))
	gaps, full := 0, 0
	for _, l := range lines {
		if len(bytes.TrimSpace(l)) == 0 {
			gaps++
		} else {
			full++
		}
	}
	each := gaps*4 < full
	var b bytes.Buffer
	open := false
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		blank := len(bytes.TrimSpace(l)) == 0
		indented := bytes.HasPrefix(l, []byte("\u3000"))
		if open && (blank || each || indented) {
			open = false
		}
		if !blank && !open {
			b.WriteString("<p>")
			open = true
		}
		b.Write(l)
	}
	return b.Bytes()
}

// document makes the tree of the page. meta is what the front matter says.
func (r Reader) document(w *walker, meta article.Meta) *article.Document {
	root := w.page.root
	body := find(root, atom.Body, atom.Frameset)
	if body == nil {
		body = root
	}
	h := readHead(root)
	w.setBase(&meta, &h)
	w.referrer = policy(h.first("referrer"))
	w.fill(&meta, &h, &r)
	w.chooseLang(&meta, &h, r.Options.Lang, text(body))
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
	if is(body, atom.Body, atom.Frameset) {
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
	if !r.Options.KeepPseudoHeadings {
		w.promote(doc)
	}
	w.lead(doc)
	w.resolveLinks(doc)
	w.nameDate(doc, &r)
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
		switch in.(type) {
		case article.Run, article.LineBreak:
			return false
		}
		return true
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
	return words && !linked && width(t) <= 60 && !strings.ContainsRune("。．.，,、；;：:？?！!…—～~", last)
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
func (w *walker) nameDate(doc *article.Document, r *Reader) {
	if !doc.Meta.Published.IsZero() {
		return
	}
	m := dateInName.FindStringSubmatch(path.Base(w.in.Path))
	if m == nil {
		return
	}
	if t, _, err := date.Parse(m[1]+"-"+m[2]+"-"+m[3], r.Options.Zone); err == nil {
		doc.Meta.Published = t
		w.report(article.Issue{Severity: article.Info, Code: "date.name", Detail: "no date is given; the name of the file has one", Action: "taken"})
	}
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
