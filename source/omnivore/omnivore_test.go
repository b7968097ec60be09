package omnivore

import (
	"iter"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/sourcetest"
)

func TestCases(t *testing.T) {
	sourcetest.Stories(t, "testdata/*.txtar", Reader{}, sourcetest.File)
}

func TestFolders(t *testing.T) {
	sourcetest.Stories(t, "testdata/folder/*.txtar", Reader{}, sourcetest.Folder)
	sourcetest.Stories(t, "testdata/archive/*.txtar", Reader{}, sourcetest.Archive)
}

// No visible text of an article is lost without an issue; whatever the list is, it
// reads nothing but what lies beside it.
func FuzzText(f *testing.F) {
	f.Add(`[{"id":"1","slug":"one","title":"t","url":"https://e.example/1","savedAt":"2021-08-05"}]`, "<p>text</p>")
	f.Add(`{"slug":"../one","url":1,"savedAt":[],"labels":[{"name":3}]}`, "plain")
	f.Fuzz(func(t *testing.T, list, text string) {
		want, err := sourcetest.Visible("<body>" + text)
		if err != nil || !utf8.ValidString(text) {
			t.Skip()
		}
		in := source.Input{Name: "folder", Files: fstest.MapFS{"metadata_0.json": {Data: []byte(list)}, "content/one.html": {Data: []byte(text)}}}
		read := false
		var errs error
		lost := sourcetest.Lost(t, want, sourcetest.Printed, func(left func(string), report func(article.Issue)) iter.Seq2[*article.Document, error] {
			return func(yield func(*article.Document, error) bool) {
				for doc, err := range (Reader{left: left}).Read(in, report) {
					if err != nil {
						errs = err
						continue
					}
					read = read || doc.Extent == article.Whole
					if !yield(doc, nil) {
						return
					}
				}
			}
		})
		if lost != "" && read && errs == nil {
			t.Errorf("lost %q", lost)
		}
	})
}
