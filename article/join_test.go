package article_test

import (
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
)

// A document joined to itself has all of it twice, and its links and notes lead to
// the copy they stand in.
func TestJoin(t *testing.T) {
	for seed := range uint64(50) {
		d, once := articletest.Random(seed), articletest.Random(seed)
		d.Join(articletest.Random(seed))
		if got, want := articletest.Squeeze(article.BlocksText(d.Blocks)), articletest.Squeeze(article.BlocksText(once.Blocks)); got != want+want {
			t.Fatalf("seed %d: %s", seed, d.Dump())
		}
		if len(d.Notes) != 2*len(once.Notes) {
			t.Fatalf("seed %d: %d notes", seed, len(d.Notes))
		}
	}
	d := func() *article.Document {
		p := articletest.P("a", articletest.Linked("b", "#p"), &article.NoteRef{ID: "n"}, &article.Ruby{Style: article.Style{Link: "#i"}, Segments: []article.RubySegment{{Base: "x"}}})
		p.ID = "p"
		list := &article.List{Items: []article.ListItem{{Attr: article.Attr{ID: "i"}, Blocks: []article.Block{articletest.P("item")}}}}
		fig := &article.Figure{Attr: article.Attr{ID: "p-2"}, Images: []*article.Image{{Src: "x", Link: "#p-2"}}}
		return &article.Document{Blocks: []article.Block{p, list, fig}, Notes: []article.Note{{ID: "n", Blocks: []article.Block{articletest.P("note", articletest.Linked("back", "#p"))}}}}
	}
	got := d()
	got.Join(d())
	const want = `meta
paragraph #p
  "a"
  "b" link "#p"
  noteref n
  ruby "x" "" link "#i"
list bullets
  item #i
    paragraph
      "item"
figure #p-2
  image "x" link "#p-2"
paragraph #p-3
  "a"
  "b" link "#p-3"
  noteref n-2
  ruby "x" "" link "#i-2"
list bullets
  item #i-2
    paragraph
      "item"
figure #p-2-2
  image "x" link "#p-2-2"
note n
  paragraph
    "note"
    "back" link "#p"
note n-2
  paragraph
    "note"
    "back" link "#p-3"
`
	if got.Dump() != want {
		t.Errorf("got\n%s", got.Dump())
	}
}
