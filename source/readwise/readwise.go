// Package readwise reads the table that Readwise Reader exports. It has addresses
// and no text: the text is left to whoever completes excerpts.
package readwise

import (
	"iter"
	"regexp"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/readlater"
)

// Reader reads exports of Readwise Reader. The zero value is good.
type Reader struct {
	Options source.Options
}

var _ source.Reader = Reader{}

// Name implements source.Reader.
func (Reader) Name() string { return "readwise" }

// Match tells whether in is an export, by the columns of the table.
func (Reader) Match(in source.Input) bool {
	return readlater.HasColumns(in.Data, "title", "url", "document tags", "saved date")
}

// Read implements source.Reader. It yields an excerpt without text for each address.
func (r Reader) Read(in source.Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	x := &readlater.Export{Format: "readwise", Input: in, Options: r.Options, Report: report}
	return x.Read(x.Table(in.Data, func(get func(string) string) readlater.Item {
		return readlater.Item{ID: get("id"), URL: get("url"), Title: readlater.Plain(get("title")), Saved: get("saved date"), State: strings.ToLower(get("location")), Tags: tags(get("document tags"))}
	}))
}

var quoted = regexp.MustCompile(`'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"`)

// tags reads a list as Python prints it: ['a', "b's"]. Anything else is tags with
// commas between them.
func tags(s string) []string {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "[") {
		return strings.Split(s, ",")
	}
	var list []string
	for _, m := range quoted.FindAllStringSubmatch(s, -1) {
		list = append(list, strings.NewReplacer(`\'`, `'`, `\"`, `"`, `\\`, `\`).Replace(m[1]+m[2]))
	}
	return list
}
