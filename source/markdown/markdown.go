// Package markdown reads articles written in Markdown: CommonMark with the tables,
// strikethrough, task lists and addresses of GitHub, footnotes, definition lists,
// and front matter before it all.
//
// It decides what is Markdown and what the programs around it added: wiki links
// and highlights of notes, short codes of Hugo and tags of Hexo and Jekyll,
// formulas. The text becomes HTML with a table of the lines it came from, and
// source/tree makes the tree of that: raw HTML in Markdown goes through the same
// list of elements as any other, and an element may begin in HTML and end behind
// Markdown, as authors write it. Nothing that a program would print as text is
// lost without an issue that names the place.
//
// Emphasis beside Chinese and Japanese punctuation is recognised where CommonMark,
// which thinks of words between spaces, leaves the asterisks. Line ends between
// two characters of Chinese or Japanese are no spaces.
package markdown

import (
	"bytes"
	"iter"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/frontmatter"
	"github.com/leporello-press/leporello/source/tree"
)

// Reader reads Markdown. The zero value is good.
type Reader struct {
	Options source.Options

	left func(string) // see tree.Page
}

var _ source.Reader = Reader{}

// Name implements source.Reader.
func (Reader) Name() string { return "markdown" }

// Match tells whether in is Markdown: by its declared type or the ending of its
// name; what comes on standard input, by marks that a text without tags has.
func (Reader) Match(in source.Input) bool {
	t, _, _ := strings.Cut(strings.ToLower(in.Type), ";")
	switch strings.TrimSpace(t) {
	case "text/markdown", "text/x-markdown":
		return true
	case "", "text/plain", "application/octet-stream":
	default:
		return false
	}
	switch strings.ToLower(path.Ext(in.Name)) {
	case ".md", ".markdown", ".mdown", ".mkd":
		return true
	}
	return t == "" && in.Name == "-" && looksLikeMarkdown(in.Data[:min(len(in.Data), 1<<16)])
}

var (
	startOfBody = regexp.MustCompile(`^(?:\x{feff}|\s)*(?:(?s:---[ \t]*\r?\n.*?\n---[ \t]*(?:\r?\n|$)|\+\+\+[ \t]*\r?\n.*?\n\+\+\+[ \t]*(?:\r?\n|$)))?\s*`)
	markOfText  = regexp.MustCompile("(?m)^ {0,3}(?:#{1,6} \\S|[-*+] \\S|1[.)] \\S|> \\S|```|~~~)|\\]\\([^)\\s]+\\)|\\*\\*\\S")
)

func looksLikeMarkdown(data []byte) bool {
	body := data[len(startOfBody.Find(data)):]
	return !bytes.HasPrefix(body, []byte("<")) && markOfText.Match(body)
}

// Read implements source.Reader. It yields one document.
func (r Reader) Read(in source.Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	return source.One("markdown", in, report, r.read)
}

func (r Reader) read(in source.Input, report func(article.Issue)) (*article.Document, error) {
	o := r.Options
	file, err := frontmatter.Open(in, o, report)
	if err != nil {
		return nil, err
	}
	body := bytes.ReplaceAll(file.Body, []byte("\r\n"), []byte("\n"))
	body = bytes.ReplaceAll(body, []byte("\r"), []byte("\n"))
	w := &writer{source: body, first: file.Line, report: report, left: r.left}
	body = w.shallow(body)
	w.source, w.starts = body, nil
	w.document(parse(body, o.TeX, w))
	untitled := false
	doc, err := tree.Build(tree.Page{Input: in, Meta: file.Meta, Text: w.html.Bytes(), Lines: w.lines, Left: r.left}, o, func(i article.Issue) {
		if i.Code == "title.missing" {
			untitled = true
			return
		}
		report(i)
	})
	if err != nil {
		return nil, err
	}
	if untitled {
		nameTitle(doc, in, report)
	}
	return doc, nil
}

var dateInName = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}-`)

// nameTitle makes the name of the file the title, as blogs and note-taking
// programs do.
func nameTitle(doc *article.Document, in source.Input, report func(article.Issue)) {
	name := strings.TrimSuffix(path.Base(in.Path), path.Ext(in.Path))
	if short := dateInName.ReplaceAllString(name, ""); short != "" {
		name = short
	}
	name = strings.Join(strings.Fields(strings.ToValidUTF8(name, "")), " ")
	if in.Path == "" || name == "" || name == "index" || utf8.RuneCountInString(name) > 200 {
		report(article.Issue{Severity: article.Info, Code: "title.missing", Detail: "neither the front matter nor the text has a title"})
		return
	}
	doc.Meta.Title = name
	report(article.Issue{Severity: article.Info, Code: "title.name", Detail: "no title is given; the name of the file is one", Action: "taken"})
}
