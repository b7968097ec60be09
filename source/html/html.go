// Package html reads articles whose body is HTML: fragments with front matter,
// as blogs and feeds keep them, and whole pages.
//
// It decides the encoding, where the front matter ends and the HTML begins, and
// what a text without any tag is. What the HTML means is left to source/tree, and
// where the article stands in a whole page to source/webpage.
package html

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"path"
	"regexp"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/frontmatter"
	"github.com/leporello-press/leporello/source/paging"
	"github.com/leporello-press/leporello/source/tree"
	"github.com/leporello-press/leporello/source/webpage"
)

// Reader reads HTML. The zero value is good.
type Reader struct {
	Options source.Options
	// Page says how whole web pages are reduced to their articles. A file with front
	// matter is an article, not a page.
	Page webpage.Options

	left func(string) // see tree.Page
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

var startOfHTML = regexp.MustCompile(`(?i)^(?:\x{feff}|\s)*(?:(?:---|\+\+\+)[ \t]*[\r\n]|(?:<\?xml[^>]*>\s*)?<(?:!doctype html|!--|html|head|body|div|p|h[1-6]|article|section|main|table|ul|ol|img|a|span|br|figure|blockquote|pre|center|font|b|strong|em|i)\b)`)

func looksLikeHTML(data []byte) bool {
	return startOfHTML.Match(bytes.ToValidUTF8(data[:min(len(data), 4096)], nil))
}

// Read implements source.Reader. It yields one document.
func (r Reader) Read(in source.Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	return source.One("html", in, report, r.read)
}

// read reads an article, with the pages that it goes on over.
func (r Reader) read(in source.Input, report func(article.Issue)) (*article.Document, error) {
	say := func(of source.Input) func(article.Issue) {
		return func(i article.Issue) {
			i.Article = cmp.Or(i.Article, of.Name)
			report(i)
		}
	}
	pages := paging.Article{Follow: r.Options.Follow, Report: report, Read: func(in source.Input) (paging.Page, error) { return r.page(in, say(in)) }}
	if !in.Named && !r.Options.SinglePages {
		quiet := pages
		quiet.Read = func(in source.Input) (paging.Page, error) { return r.page(in, func(article.Issue) {}) }
		if first := quiet.PartOf(in); first != "" {
			return nil, fmt.Errorf("a page of the article %s: %w", first, source.ErrElsewhere)
		}
	}
	page, err := r.page(in, report)
	if err != nil {
		return nil, err
	}
	if !r.Options.SinglePages {
		pages.Join(page)
	}
	return page.Document, nil
}

// page reads one page.
func (r Reader) page(in source.Input, report func(article.Issue)) (paging.Page, error) {
	o := r.Options
	file, err := frontmatter.Open(in, o, report)
	if err != nil {
		return paging.Page{}, err
	}
	body := file.Body
	if !anyTag.Match(body) {
		body = paragraphs(body)
	}
	whole := r.Page
	if file.Line > 1 && whole.Mode == webpage.Auto {
		whole.Mode = webpage.Never
	}
	if file.Meta.URL == "" {
		file.Meta.URL = webpage.Origin(body)
	}
	doc, err := tree.Build(tree.Page{Input: in, Meta: file.Meta, Text: body, Line: file.Line, Whole: &whole, Left: r.left}, o, report)
	if err == nil && len(doc.Blocks) == 0 && doc.Meta.Lead == nil {
		report(article.Issue{Severity: article.Warning, Code: "html.empty", Detail: "there is no text in it", Action: "nothing but its title is printed"})
	}
	return paging.Page{Input: in, Document: doc, Text: body}, err
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
