package pocket_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/pocket"
	"github.com/leporello-press/leporello/source/readlater"
	"github.com/leporello-press/leporello/source/sourcetest"
)

func TestCases(t *testing.T) {
	sourcetest.Stories(t, "testdata/*.txtar", pocket.Reader{}, sourcetest.File)
	sourcetest.Stories(t, "testdata/archive/*.txtar", pocket.Reader{}, sourcetest.Archive)
}

// Every link of a page is a document or is named in an issue.
func FuzzLinks(f *testing.F) {
	f.Add(`<h1>Unread</h1><a href="https://e.example/1" time_added="1" tags="a">x</a><a href="">y</a>`)
	f.Add(`<title>Pocket Export</title><a href=https://e.example/1>x<a href='https://e.example/1'><h1>z</a>`)
	f.Fuzz(func(t *testing.T, page string) {
		links := 0
		z := html.NewTokenizer(strings.NewReader(strings.ToValidUTF8(page, "\ufffd")))
		for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
			if name, _ := z.TagName(); kind == html.StartTagToken && string(name) == "a" {
				links++
			}
		}
		docs, issues, err := sourcetest.All(pocket.Reader{}, source.Input{Name: "x.html", Data: []byte(page)})
		for _, i := range issues {
			if i.Code == "pocket.address" || i.Code == "pocket.twice" {
				links--
			}
		}
		if err == nil && len(docs) != links && !readlater.HasColumns([]byte(page), "title", "url", "time_added") {
			t.Errorf("%d documents, %d links left", len(docs), links)
		}
	})
}
