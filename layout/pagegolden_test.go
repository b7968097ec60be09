package layout

import (
	"fmt"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/internal/golden"
)

// numbered is a paragraph of so many characters that a reader can count by.
func numbered(chars int) *article.Paragraph {
	var b strings.Builder
	for i := 0; i < chars; i += 10 {
		b.WriteString(string([]rune("甲乙丙丁戊己庚辛壬癸")[i/10%10]) + "二三四五六七八九十")
	}
	return articletest.P(string([]rune(b.String())[:chars]))
}

func imageOf(key string) *article.Figure {
	return &article.Figure{Images: []*article.Image{{Asset: key, Alt: key}}}
}

// The pages are 20 em by 12 lines of 10 points, in two columns 9 em each with 2 em
// between: little enough to count.
func TestPageGoldens(t *testing.T) {
	small := Options{Page: Size{280 * Pt, 260 * Pt}, Body: 10 * Pt, Pitch: 16 * Pt, Ems: 20, Rows: 12, NoHeads: true, OneSided: true}
	two := small
	two.Columns, two.Gap, two.ColumnRule = 2, 2, true
	for _, c := range []struct {
		name   string
		o      Options
		blocks []article.Block
	}{
		// A panorama spans both columns; above it they are balanced, below they fill the
		// page, and on the last page they end on one line.
		{"columns", two, []article.Block{numbered(70), imageOf("1600x400"), numbered(60), articletest.H(2, "小题"), numbered(150)}},
		// Text flows in front of the first picture, which stands at the top of the second
		// page; the next keeps its order.
		{"floats", small, []article.Block{numbered(60), imageOf("1000x620"), numbered(130), imageOf("1000x300"), numbered(60)}},
		// Eight lines of the first page and one more: the first paragraph takes a fifth
		// line, so that two go over.
		{"looseness", small, []article.Block{numbered(77), numbered(88), numbered(60)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &article.Document{Meta: article.Meta{Title: "题", Lang: "zh-Hans"}, Blocks: c.blocks}
			b := compose(t, c.o, d)
			b.check(t, d)
			golden.Equal(t, fmt.Sprintf("testdata/%s.txt", c.name), dumps(b.pages))
		})
	}
}
