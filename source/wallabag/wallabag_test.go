package wallabag

import (
	"encoding/json"
	"iter"
	"testing"
	"unicode/utf8"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/sourcetest"
)

func TestCases(t *testing.T) {
	sourcetest.Stories(t, "testdata/*.txtar", Reader{}, sourcetest.File)
}

// No visible text of an entry is lost without an issue.
func FuzzText(f *testing.F) {
	f.Add("title", "<p>text</p><h1>title</h1><p hidden>x</p>", "second")
	f.Add("", "wallabag can't retrieve contents", "<table><td>a")
	f.Fuzz(func(t *testing.T, title, first, second string) {
		want := ""
		for _, s := range []string{first, second} {
			text, err := sourcetest.Visible("<body>" + s)
			if err != nil || !utf8.ValidString(s) || failed.MatchString(s) {
				t.Skip()
			}
			want += text
		}
		data, err := json.Marshal([]map[string]any{
			{"is_archived": 0, "url": "https://e.example/1", "title": title, "content": first},
			{"is_archived": 1, "url": "none", "title": title, "content": second},
		})
		if err != nil {
			t.Skip()
		}
		lost := sourcetest.Lost(t, want, sourcetest.Printed, func(left func(string), report func(article.Issue)) iter.Seq2[*article.Document, error] {
			return Reader{left: left}.Read(source.Input{Name: "x.json", Data: data}, report)
		})
		if lost != "" {
			t.Errorf("lost %q", lost)
		}
	})
}
