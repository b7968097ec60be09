package epub_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/html"
	"github.com/leporello-press/leporello/source/sourcetest"
)

// everything reads all that pages have been seen with. Pictures that the pages hold
// themselves go to the store.
func everything(t testing.TB, store *media.Dir) []*article.Document {
	t.Helper()
	var docs []*article.Document
	for _, c := range sourcetest.Cases(t, "../../source/html/testdata/cases") {
		doc, _ := sourcetest.One(t, html.Reader{Options: source.Options{Lang: "zh-Hans"}}, c.Input)
		if doc.Meta.Title == "" {
			doc.Meta.Title = c.Name
		}
		for img := range doc.Images() {
			_, data, ok := strings.Cut(img.Src, ";base64,")
			if b, err := base64.StdEncoding.DecodeString(data); ok && err == nil {
				if a, err := store.Put(strings.NewReader(string(b))); err == nil {
					img.Asset = a.Key
				} else {
					img.Missing = err.Error()
				}
			}
		}
		docs = append(docs, doc)
	}
	return docs
}

// Whatever pages are written with, the book is well-formed, every link leads
// somewhere, and the text is that of the trees.
func TestBookOfEverything(t *testing.T) {
	d, _ := store(t)
	docs := everything(t, d)
	data := write(t, export.Job{Book: export.Book{Title: "万物", Lang: "zh-Hans"}, Assets: d, Chapters: export.Chapters(docs...)})
	for i, text := range unpack(t, data).check(t) {
		if want := articletest.Squeeze(legal(docs[i].Text())); text != want {
			t.Errorf("%s: got\n%s\nwant\n%s", docs[i].Meta.Title, text, want)
		}
	}
	judge(t, data)
}
