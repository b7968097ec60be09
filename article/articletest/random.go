package articletest

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/leporello-press/leporello/article"
)

// Random returns a normalised document made from a seed: the same seed, the same
// tree. Its texts mix scripts, rare characters and awkward punctuation; it may
// have notes, nested lists, ragged tables with spans and pictures that are missing.
func Random(seed uint64) *article.Document {
	g := &generator{r: rand.New(rand.NewPCG(seed, 1))}
	d := &article.Document{Meta: article.Meta{Title: g.text(12), Lang: pick(g, "zh-Hans", "zh-Hant", "ja", "ko", "en", "")}}
	for i := range g.r.IntN(4) {
		d.Notes = append(d.Notes, article.Note{ID: fmt.Sprint("note", i), Blocks: g.blocks(3, 2)})
	}
	g.notes = d.Notes
	d.Blocks = g.blocks(12, 0)
	d.Normalize()
	return d
}

type generator struct {
	r     *rand.Rand
	notes []article.Note
	ids   int
}

var snippets = []string{
	"中文", "排版", "的", "是", "，", "。", "“引号”", "《书名》", "（括）", "——", "……", "！？", "𠮷", "㐂", "繁體字", "かな", "カタカナ", "ー", "っ",
	"한국어", "문장", "English", "words", " ", " ", "3.14%", "https://example.org/a/very/long/path?with=query&and=more", "naïve", "👍🏽", "👩‍👩‍👧", "🇨🇳", "e\u0301",
	"\u00a0", "\u3000", "العربية", "<b>", "&amp;", "\"", "'", "-", "x²", "№", "１２３", "supercalifragilisticexpialidocious",
}

func pick[T any](g *generator, list ...T) T { return list[g.r.IntN(len(list))] }

func (g *generator) text(n int) string {
	var b strings.Builder
	for range 1 + g.r.IntN(n) {
		b.WriteString(pick(g, snippets...))
	}
	return b.String()
}

func (g *generator) attr() article.Attr {
	a := article.Attr{Lang: pick(g, "", "", "", "", "en", "ja", "zh-Hant-HK")}
	if g.r.IntN(6) == 0 {
		g.ids++
		a.ID = fmt.Sprint("id", g.ids)
	}
	return a
}

func (g *generator) inlines(n int) []article.Inline {
	var ins []article.Inline
	for range 1 + g.r.IntN(n) {
		style := article.Style{Link: pick(g, "", "", "", "https://example.org/", "mailto:a@example.org"), Lang: pick(g, "", "", "", "en")}
		if g.r.IntN(3) == 0 {
			style.Marks = article.Mark(g.r.IntN(1 << 12))
		}
		switch g.r.IntN(12) {
		case 0:
			ins = append(ins, article.LineBreak{})
		case 1:
			ins = append(ins, &article.Ruby{Style: style, Segments: []article.RubySegment{
				{Base: pick(g, "漢", "字", "東京"), Text: pick(g, "かん", "じ", "")}, {Base: "語", Text: "ご"}}})
		case 2:
			ins = append(ins, g.image())
		case 3:
			if len(g.notes) > 0 {
				ins = append(ins, &article.NoteRef{ID: pick(g, g.notes...).ID})
			}
		case 4:
			ins = append(ins, &article.Math{Format: article.TeX, Source: "x_1", Text: "x₁", Display: g.r.IntN(2) == 0})
		default:
			ins = append(ins, article.Run{Text: g.text(20), Style: style})
		}
	}
	return ins
}

func (g *generator) image() *article.Image {
	return &article.Image{
		Src: "https://img.example.org/" + pick(g, "a.png", "b.jpg", "c"), Alt: pick(g, "", "图", "a < b & c"),
		Missing: pick(g, "", "timeout"), Width: g.r.IntN(900), Height: g.r.IntN(2000),
	}
}

func (g *generator) blocks(n, depth int) []article.Block {
	var bs []article.Block
	for range 1 + g.r.IntN(n) {
		bs = append(bs, g.block(depth))
	}
	return bs
}

func (g *generator) block(depth int) article.Block {
	kind := g.r.IntN(16)
	if depth > 2 {
		kind = 15
	}
	a := g.attr()
	switch kind {
	case 0, 1:
		return &article.Heading{Attr: a, Level: 2 + g.r.IntN(5), Inlines: g.inlines(2)}
	case 2:
		l := &article.List{Attr: a}
		if g.r.IntN(2) == 0 {
			l.Order = &article.Order{Start: g.r.IntN(30) - 2, Style: article.NumberStyle(g.r.IntN(5)), Reversed: g.r.IntN(4) == 0}
		}
		for range 1 + g.r.IntN(4) {
			l.Items = append(l.Items, article.ListItem{Task: article.Task(g.r.IntN(3)), Blocks: g.blocks(2, depth+1)})
		}
		return l
	case 3:
		return &article.DefinitionList{Attr: a, Entries: []article.Definition{
			{Terms: [][]article.Inline{g.inlines(2)}, Descriptions: [][]article.Block{g.blocks(2, depth+1)}}}}
	case 4:
		return &article.Quote{Attr: a, Blocks: g.blocks(3, depth+1)}
	case 5:
		return &article.Code{Attr: a, Text: "a\t" + g.text(30) + "\n\n  " + g.text(9)}
	case 6, 7:
		f := &article.Figure{Attr: a}
		for range 1 + g.r.IntN(2) {
			f.Images = append(f.Images, g.image())
		}
		if g.r.IntN(2) == 0 {
			f.Caption = g.inlines(3)
		}
		return f
	case 8:
		t := &article.Table{Attr: a}
		for i := range 1 + g.r.IntN(5) {
			var row article.Row
			for range 1 + g.r.IntN(5) {
				row.Cells = append(row.Cells, article.Cell{
					Header: i == 0, ColSpan: g.r.IntN(3), RowSpan: g.r.IntN(3), Align: article.Align(g.r.IntN(4)), Blocks: g.blocks(1, depth+2)})
			}
			if i == 0 {
				t.Head = append(t.Head, row)
			} else {
				t.Body = append(t.Body, row)
			}
		}
		return t
	case 9:
		return &article.Rule{Attr: a}
	case 10:
		return &article.Embed{Attr: a, Kind: article.EmbedKind(g.r.IntN(3)), Src: "https://v.example.org/", Title: pick(g, "", "片")}
	}
	return &article.Paragraph{Attr: a, Align: article.Align(g.r.IntN(4)), Inlines: g.inlines(6)}
}
