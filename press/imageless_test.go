package press

import (
	"testing"

	"github.com/leporello-press/leporello/article"
)

func TestWithoutImages(t *testing.T) {
	text := func(s string) article.Inline { return article.Run{Text: s} }
	photo := func() *article.Image { return &article.Image{Src: "https://h/a.jpg", Alt: "a boat"} }
	bare := func() *article.Image { return &article.Image{Src: "https://h/b.jpg"} }
	local := func() *article.Image { return &article.Image{Src: "p/c.jpg", Alt: "a plan"} }
	doc := func() *article.Document {
		p := func(ins ...article.Inline) []article.Block { return []article.Block{&article.Paragraph{Inlines: ins}} }
		return &article.Document{
			Meta: article.Meta{Lead: photo()},
			Blocks: []article.Block{
				&article.Figure{Attr: article.Attr{ID: "fig"}, Images: []*article.Image{photo(), bare()}, Caption: []article.Inline{text("caption")}},
				&article.Paragraph{Inlines: []article.Inline{bare()}},
				&article.Heading{Level: 2, Inlines: []article.Inline{text("head"), local()}},
				&article.List{Items: []article.ListItem{{Blocks: p(text("item"), photo())}}},
				&article.DefinitionList{Entries: []article.Definition{{Terms: [][]article.Inline{{text("term"), photo()}}, Descriptions: [][]article.Block{p(text("means"), bare())}}}},
				&article.Quote{Blocks: p(text("quote"), local())},
				&article.Table{Caption: []article.Inline{text("table"), bare()}, Body: []article.Row{{Cells: []article.Cell{{Blocks: p(text("cell"), photo())}}}}},
				&article.Embed{Src: "https://h/v", Title: "film", Poster: photo()},
				&article.Code{Text: "code"},
				&article.Rule{},
			},
			Notes: []article.Note{{ID: "n", Blocks: p(text("note"), photo())}},
		}
	}
	for _, c := range []struct {
		mode  ImageMode
		texts []string
		links int
	}{
		{NoImages, []string{"a boat", "caption", "head", "a plan", "item", "a boat", "term", "a boat", "means", "quote", "a plan", "table", "cell", "a boat", "note", "a boat"}, 0},
		{Link, []string{"a boat", "Picture", "caption", "Picture", "head", "a plan", "item", "a boat", "term", "a boat", "means", "Picture", "quote", "a plan", "table", "Picture", "cell", "a boat", "note", "a boat"}, 9},
	} {
		d := doc()
		withoutImages(d, c.mode, "en")
		for img := range d.Images() {
			t.Errorf("mode %d: %s is still there", c.mode, img.Src)
		}
		var texts []string
		links := 0
		d.Walk(func(b article.Block) bool {
			for in := range article.Inlines(b) {
				r := in.(article.Run)
				texts = append(texts, r.Text)
				if r.Style.Link != "" {
					links++
				}
			}
			return true
		})
		if len(texts) != len(c.texts) || links != c.links {
			t.Fatalf("mode %d: %d links in %q\nwant %d in %q", c.mode, links, texts, c.links, c.texts)
		}
		for i := range texts {
			if texts[i] != c.texts[i] {
				t.Errorf("mode %d: got %q\nwant %q", c.mode, texts, c.texts)
				break
			}
		}
		if d.Blocks[0].Anchor() != "fig" || d.Blocks[1].Anchor() != "" {
			t.Errorf("mode %d: the anchor of the figure is lost or doubled", c.mode)
		}
	}
}
