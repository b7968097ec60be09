// Package articletest makes documents for tests: AllKinds has every kind of
// block and inline, Random any number of trees, and the short constructors keep
// the tables of tests readable. It asserts nothing about formats.
package articletest

import (
	"strings"
	"time"
	"unicode"

	"github.com/leporello-press/leporello/article"
)

// P returns a paragraph of inlines; strings become plain runs.
func P(parts ...any) *article.Paragraph { return &article.Paragraph{Inlines: Inlines(parts...)} }

// H returns a heading of inlines; strings become plain runs.
func H(level int, parts ...any) *article.Heading {
	return &article.Heading{Level: level, Inlines: Inlines(parts...)}
}

// Inlines returns the parts as inlines; strings become plain runs.
func Inlines(parts ...any) []article.Inline {
	var ins []article.Inline
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			ins = append(ins, article.Run{Text: p})
		case article.Inline:
			ins = append(ins, p)
		default:
			panic("articletest: not a string and not an inline")
		}
	}
	return ins
}

// Marked returns a run with marks.
func Marked(text string, m article.Mark) article.Run {
	return article.Run{Text: text, Style: article.Style{Marks: m}}
}

// Linked returns a run with a link.
func Linked(text, target string) article.Run {
	return article.Run{Text: text, Style: article.Style{Link: target}}
}

// Cell returns a cell with one paragraph.
func Cell(text string) article.Cell { return article.Cell{Blocks: []article.Block{P(text)}} }

// Header returns a header cell with one paragraph.
func Header(text string) article.Cell {
	c := Cell(text)
	c.Header = true
	return c
}

// Squeeze returns s without white space and characters that print nothing, for
// comparing texts.
func Squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' || r == '\u00ad' {
			return -1
		}
		return r
	}, s)
}

// AllKinds returns a document with every kind of block and inline, every mark
// and every variant of a kind. Its pictures are missing: a test that has a store
// sets their Asset.
func AllKinds() *article.Document {
	at := func(line int) article.Attr { return article.Attr{Pos: article.Pos{Line: line, Column: 1}} }
	named := func(line int, id string) article.Attr {
		return article.Attr{Pos: article.Pos{Line: line, Column: 1}, ID: id}
	}
	item := func(bs ...article.Block) article.ListItem { return article.ListItem{Blocks: bs} }
	bullets := func(items ...article.ListItem) *article.List { return &article.List{Items: items} }
	numbers := func(o article.Order, items ...article.ListItem) *article.List {
		return &article.List{Order: &o, Items: items}
	}
	zone := time.FixedZone("", 8*3600)
	return &article.Document{
		Meta: article.Meta{
			ID: "tag:example.org,2021:1", Title: "万象：一篇什么都有的文章", Subtitle: "副标题与《书名》",
			Authors: []string{"林一舟", "Ada Byron"}, Lang: "zh-Hans",
			Published: time.Date(2021, 8, 5, 21, 46, 35, 0, zone), Updated: time.Date(2021, 8, 6, 9, 0, 0, 0, zone),
			URL: "https://example.org/all?kinds=1&x=2", Section: []string{"新媒体", "样张"}, Tags: []string{"排版", "EPUB"},
			Summary: "每种块与每种行内成分各一。", Publisher: "样张周刊",
			Lead:  &article.Image{Src: "https://img.example.org/lead.jpg", Alt: "题图", Width: 1200, Height: 630},
			Extra: []article.Field{{Key: "comments", Value: "false"}},
		},
		Blocks: []article.Block{
			&article.Paragraph{Attr: at(1), Inlines: Inlines("正文从这里开始，",
				Marked("着重", article.Emphasis), "、", Marked("加粗", article.Strong), "、", Marked("mono", article.Mono), "、",
				Marked("删去", article.Strike), "、", Marked("下划", article.Underline), "、", Marked("标亮", article.Highlight), "、x",
				Marked("2", article.Super), "、H", Marked("2", article.Sub), "O、", Marked("小字", article.Small), "，又",
				Marked("粗而斜", article.Strong|article.Emphasis), "；", Linked("链接", "https://example.org/a?b=1&c=%E4%B8%AD"), "，",
				Marked("李白", article.ProperNoun), Marked("杜甫", article.ProperNoun), "作", Marked("史记", article.BookTitle), "（",
				Marked("双行小字的夹注", article.Warichu), "），", Linked("回到表格", "#tab"), "，", article.Run{Text: "English words", Style: article.Style{Lang: "en"}}, "。")},
			&article.Heading{Attr: named(2, "sec"), Level: 2, Inlines: Inlines("第一节 ", Marked("小标题", article.Emphasis))},
			&article.Paragraph{Attr: at(3), Inlines: Inlines("第一行", article.LineBreak{}, "第二行，有𠮷野家、㐂寿与表情👩‍👩‍👧‍👦。注", &article.NoteRef{ID: "n1"}, "，再注", &article.NoteRef{ID: "n2"}, "。")},
			&article.Paragraph{Attr: article.Attr{Pos: article.Pos{Line: 4}, Lang: "ja"}, Inlines: Inlines(
				&article.Ruby{Segments: []article.RubySegment{{Base: "漢", Text: "かん"}, {Base: "字", Text: "じ"}}}, "と",
				&article.Ruby{Segments: []article.RubySegment{{Base: "振仮名", Text: "ふりがな"}}}, "を使う。")},
			&article.Paragraph{Attr: at(5), Align: article.AlignCenter, Inlines: Inlines("居中一行")},
			&article.Paragraph{Attr: at(6), Align: article.AlignEnd, Inlines: Inlines("——落款")},
			&article.Paragraph{Attr: at(7), Align: article.AlignStart, Inlines: Inlines("左齐一行")},
			&article.Paragraph{Attr: at(8), Inlines: Inlines("行内图", &article.Image{Src: "https://img.example.org/icon.png", Alt: "图标", Width: 16, Height: 16}, "与公式",
				&article.Math{Format: article.MathML, Source: "<math><msup><mi>a</mi><mn>2</mn></msup></math>", Text: "a²"}, "和",
				&article.Math{Format: article.TeX, Source: `\sqrt{b}`, Text: `\sqrt{b}`}, "。")},
			&article.Paragraph{Attr: at(9), Inlines: Inlines(&article.Math{Format: article.MathML, Source: `<math display="block"><mi>E</mi><mo>=</mo><mi>m</mi></math>`, Text: "E=m", Display: true})},
			&article.Heading{Attr: at(10), Level: 3, Inlines: Inlines("列表")},
			bullets(item(P("一层"), bullets(item(P("二层"), numbers(article.Order{Start: 1, Style: article.LowerRoman}, item(P("三层")))))), item(P("又一项"), P("同项另一段"))),
			numbers(article.Order{Start: 3}, item(P("从三数起")), item(P("四"))),
			numbers(article.Order{Start: 5, Reversed: true}, item(P("倒数")), item(P("再倒"))),
			numbers(article.Order{Start: 1, Style: article.LowerAlpha}, item(P("小写字母"))),
			numbers(article.Order{Start: 1, Style: article.UpperAlpha}, item(P("大写字母"))),
			numbers(article.Order{Start: 4, Style: article.UpperRoman}, item(P("大写罗马"))),
			bullets(article.ListItem{Task: article.TaskOpen, Blocks: []article.Block{P("未办")}}, article.ListItem{Task: article.TaskDone, Blocks: []article.Block{P("已办")}}),
			&article.DefinitionList{Attr: at(20), Entries: []article.Definition{
				{Terms: [][]article.Inline{Inlines("术语"), Inlines("别名")}, Descriptions: [][]article.Block{{P("解释一")}, {P("解释二"), P("续")}}}}},
			&article.Quote{Attr: at(22), Cite: "https://example.org/q", Blocks: []article.Block{P("引文第一段。"), &article.Quote{Blocks: []article.Block{P("引中引。")}}}},
			&article.Code{Attr: at(25), Syntax: "go", Text: "func main() {\n\tfmt.Println(\"你好，世界\")\n}"},
			&article.Figure{Attr: named(28, "fig"), Images: []*article.Image{{Src: "https://img.example.org/1.jpg", Alt: "第一图", Width: 550, Height: 367, Referrer: "no-referrer"}}, Caption: Inlines("图一　", Marked("说明", article.Strong), "文字")},
			&article.Figure{Images: []*article.Image{{Src: "https://img.example.org/2.png", Missing: "HTTP 403"}, {Src: "https://img.example.org/3.png", Alt: "带链接", Link: "https://example.org/big", Title: "大图"}}},
			&article.Table{Attr: named(30, "tab"), Caption: Inlines("表一　产量"),
				Head: []article.Row{
					{Cells: []article.Cell{{Header: true, RowSpan: 2, Blocks: []article.Block{P("地区")}}, {Header: true, ColSpan: 2, Scope: article.ScopeColumn, Blocks: []article.Block{P("年份")}}}},
					{Cells: []article.Cell{Header("2020"), Header("2021")}}},
				Body: []article.Row{
					{Cells: []article.Cell{{Header: true, Scope: article.ScopeRow, Blocks: []article.Block{P("东部")}}, {Align: article.AlignEnd, Blocks: []article.Block{P("1,204.5")}}, {Align: article.AlignCenter, Blocks: []article.Block{P("98")}}}},
					{Cells: []article.Cell{Header("西部"), {Align: article.AlignStart, Blocks: []article.Block{P("七"), P("八")}}, {Blocks: []article.Block{bullets(item(P("格中列表")))}}}}}},
			&article.Rule{Attr: at(40)},
			&article.Embed{Attr: at(41), Kind: article.Video, Src: "https://v.example.org/1", Title: "一段视频", Poster: &article.Image{Src: "https://img.example.org/poster.jpg", Alt: "封面"}},
			&article.Embed{Attr: at(42), Kind: article.Audio, Src: "https://a.example.org/1.mp3", Title: "一段声音"},
			&article.Embed{Attr: at(43), Kind: article.Frame, Src: "https://f.example.org/frame"},
			&article.Heading{Attr: at(44), Level: 2, Inlines: Inlines("尾声")},
			&article.Paragraph{Attr: at(45), Inlines: Inlines("他说：“（真的）好看！”全文完。")},
		},
		Notes: []article.Note{
			{Pos: article.Pos{Line: 46}, ID: "n1", Blocks: []article.Block{P("注一，", Linked("出处", "https://example.org/n"), "。")}},
			{ID: "n2", Blocks: []article.Block{P("注二第一段。"), P("注二第二段。")}},
		},
	}
}
