// Package instapaper reads the table that Instapaper exports
// (instapaper-export.csv). It has addresses and no text: the text is left to
// whoever completes excerpts. What a reader marked in an article is its summary.
package instapaper

import (
	"encoding/json"
	"iter"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/readlater"
)

// Reader reads exports of Instapaper. The zero value is good.
type Reader struct {
	Options source.Options
}

var _ source.Reader = Reader{}

// Name implements source.Reader.
func (Reader) Name() string { return "instapaper" }

// Match tells whether in is an export, by the columns of the table.
func (Reader) Match(in source.Input) bool {
	return readlater.HasColumns(in.Data, "url", "title", "selection", "folder")
}

// Read implements source.Reader. It yields an excerpt without text for each address.
func (r Reader) Read(in source.Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	x := &readlater.Export{Format: "instapaper", Input: in, Options: r.Options, Report: report}
	return x.Read(x.Table(in.Data, func(get func(string) string) readlater.Item {
		it := readlater.Item{URL: get("url"), Title: readlater.Plain(get("title")), Summary: get("selection"), Saved: get("timestamp"), Folder: get("folder")}
		// The folders that everyone has say how far one has come.
		switch s := strings.ToLower(it.Folder); s {
		case "unread", "archive", "starred", "liked", "home":
			it.Folder, it.State = "", s
		}
		if tags := get("tags"); json.Unmarshal([]byte(tags), &it.Tags) != nil {
			it.Tags = strings.Split(tags, ",")
		}
		return it
	}))
}
