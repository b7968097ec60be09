package layout

import (
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/internal/golden"
)

func dumps(pages []*Page) string {
	var b strings.Builder
	for _, p := range pages {
		b.WriteString(Dump(p))
		b.WriteByte('\n')
	}
	return b.String()
}

// Pages of the square font on A5: 34 em of 10 pt, 30 lines of 16.5 pt, the first
// baseline at 42.71 + 8.8.
func TestGoldenPages(t *testing.T) {
	b := compose(t, Options{Title: "样张", Lang: "zh-Hans"}, shown(articletest.AllKinds()))
	golden.Equal(t, "testdata/allkinds.txt", dumps(b.pages))

	b = compose(t, Options{}, longTable())
	golden.Equal(t, "testdata/table.txt", dumps(b.pages))
}

// A vertical page of B6: 27 em of 9.5 pt from the top down, lines of 15.75 pt from right
// to left. The picture stands at the head, with shortened lines below it.
func TestGoldenVertical(t *testing.T) {
	d := &article.Document{Meta: article.Meta{Title: "縦書き", Lang: "ja"}, Blocks: []article.Block{
		articletest.P("昭和38年12月の朝、「時計」は止まった。—ABC商会の主人は、本当!?と言った。"),
		&article.Figure{Images: []*article.Image{{Asset: "300x200", Alt: "図"}}, Caption: articletest.Inlines("図の説明。")},
		articletest.P(strings.Repeat("図の下に続く行は短くなる。", 12)),
		&article.List{Order: &article.Order{Start: 1}, Items: []article.ListItem{{Blocks: []article.Block{articletest.P("油を差す。")}}, {Blocks: []article.Block{articletest.P("様子を見る。")}}}},
		&article.Table{Head: []article.Row{{Cells: []article.Cell{articletest.Header("年"), articletest.Header("数")}}}, Body: []article.Row{{Cells: []article.Cell{articletest.Cell("昭和"), articletest.Cell("38")}}}},
	}}
	b := compose(t, Options{Title: "縦書き", Lang: "ja", Mode: VerticalRL, Page: Size{MM(128), MM(182)}}, d)
	b.check(t, d)
	golden.Equal(t, "testdata/vertical.txt", dumps(b.pages))
}

func TestGoldenContents(t *testing.T) {
	var docs []*article.Document
	for _, d := range []struct {
		title, author string
		section       []string
	}{
		{"短题", "甲", []string{"新媒体", "甲报"}},
		{"一个长到要在目录里折成两行的题目，因为它什么都想在题目里先说完才肯罢休", "乙", []string{"新媒体", "甲报"}},
		{"第三篇", "", []string{"新媒体", "乙报"}},
		{"An English title", "A. Author", []string{"Letters"}},
	} {
		docs = append(docs, &article.Document{
			Meta:   article.Meta{Title: d.title, Authors: strings.Fields(d.author), Section: d.section, Lang: "zh-Hans"},
			Blocks: []article.Block{articletest.P("正文。")},
		})
	}
	b := compose(t, Options{Title: "样张", Lang: "zh-Hans"}, docs...)
	b.pages, b.roots = nil, nil
	if err := b.t.Contents(b.emit); err != nil {
		t.Fatal(err)
	}
	if err := b.t.Cover(CoverText{
		Title: "样张周刊 第三十一期", Subtitle: "八月第一周", Lang: "zh-Hans", Dates: "2021-08-01 – 2021-08-07", Articles: 4,
		Headlines: []string{"短题", "第三篇", "An English title"}, Pictures: []string{"1200x630", "800x800", "90x900", "640x960"},
	}, b.emit); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/contents.txt", dumps(b.pages))
}

// longTable is a table of more rows than a page has lines, with a row that is
// higher than a page, and one that no page is wide enough for.
func longTable() *article.Document {
	row := func(cells ...string) article.Row {
		var r article.Row
		for _, c := range cells {
			r.Cells = append(r.Cells, articletest.Cell(c))
		}
		return r
	}
	t := &article.Table{Head: []article.Row{{Cells: []article.Cell{articletest.Header("年"), articletest.Header("事"), articletest.Header("数")}}}}
	for range 30 {
		t.Body = append(t.Body, row("一九八八", strings.Repeat("书", 30), "1,280.5"))
	}
	t.Body = append(t.Body, row("很久", strings.Repeat("很高的一格。", 200), "—"))
	many := &article.Table{Head: []article.Row{{}}, Body: []article.Row{{}, {}}}
	for i := range 24 {
		h := articletest.Header(number(i+1, article.UpperRoman))
		many.Head[0].Cells = append(many.Head[0].Cells, h)
		for k := range many.Body {
			many.Body[k].Cells = append(many.Body[k].Cells, articletest.Cell(strings.Repeat("值", i%5+1)))
		}
	}
	return &article.Document{
		Meta:   article.Meta{Title: "表", Lang: "zh-Hans"},
		Blocks: []article.Block{articletest.P("引言。"), t, articletest.P("其后。"), many, articletest.P("完。")},
	}
}

func TestTables(t *testing.T) {
	d := longTable()
	for _, o := range []Options{{}, {Page: Size{200 * Pt, 260 * Pt}}, {Page: Size{257 * Pt, 347 * Pt}, Screen: true}} {
		b := compose(t, o, d)
		b.check(t, d)
		// Every page that begins within the first table begins with its head again.
		heads := 0
		for _, p := range b.pages {
			for _, it := range p.Items {
				if r, ok := it.(*GlyphRun); ok && r.Text == "事" {
					heads++
				}
			}
		}
		if heads < 3 {
			t.Errorf("the head stands %d times on %d pages", heads, len(b.pages))
		}
	}
}
