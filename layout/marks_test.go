package layout

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
)

// marked sets inlines as a paragraph of an article.
func marked(t *testing.T, lang string, measure Length, ins ...any) *paragraph {
	t.Helper()
	tt := testSetter(t)
	tt.o.EmphasisDots = true
	c := newComposer(tt, Chapter{Document: &article.Document{Meta: article.Meta{Lang: lang}}})
	p := styled(lang, measure)
	p.spans = c.spans(articletest.Inlines(ins...), &Element{}, textStyle{size: em, lang: lang})
	return p
}

func TestNamesAndNotes(t *testing.T) {
	const (
		name, title, note = article.ProperNoun, article.BookTitle, article.Warichu
	)
	m := articletest.Marked
	for _, c := range []struct {
		name    string
		measure Length
		in      []any
		want    string
	}{
		{"a line along each name", 10 * em, []any{"甲", m("李白", name), m("杜甫", name), "乙"}, `
line 6 ascent 0.88 descent 0.12
  "甲李白杜甫乙" at 0,0: 1 1 1 1 1 1
  box 000000 at 1.05,0.15 size 1.9,0.05
  box 000000 at 3.05,0.15 size 1.9,0.05
`},
		{"the line goes on over the break", 4 * em, []any{"甲乙", m("司马相如", name), "丙"}, `
line 4 ascent 0.88 descent 0.12
  "甲乙司马" at 0,0: 1 1 1 1
  box 000000 at 2.05,0.15 size 1.9,0.05
line 3 ascent 0.88 descent 0.12
  "相如丙" at 0,0: 1 1 1
  box 000000 at 0.05,0.15 size 1.9,0.05
`},
		{"a wave along a title", 10 * em, []any{m("史记", title), m("汉书", title)}, `
line 4 ascent 0.88 descent 0.12
  "史记汉书" at 0,0: 1 1 1 1
  "" at -0.003,0.596: 0.95 0.95
  "" at 1.997,0.596: 0.95 0.95
`},
		{"a name in a title", 10 * em, []any{m("老", title|name), m("子注", title)}, `
line 3 ascent 0.88 descent 0.12
  "老子注" at 0,0: 1 1 1
  box 000000 at 0.05,0.15 size 0.9,0.05
  "" at -0.004,0.703: 0.967 0.967 0.967
`},
		{"dots below the line", 10 * em, []any{m("李白", name|article.Emphasis)}, `
line 2 ascent 0.88 descent 0.12
  "李白" at 0,0: 1 1
  box 000000 at 0.05,0.15 size 1.9,0.05
  "" at 0.45,0.48: 1 0
`},
		{"a name with a reading", 10 * em, []any{&article.Ruby{Style: article.Style{Marks: name}, Segments: []article.RubySegment{{Base: "李白", Text: "libai"}}}, m("诗", name)}, `
line 3 ascent 1.38 descent 0.12
  "李白" at 0,0: 1 1
  "诗" at 2,0: 1
  "libai" at 0.375,-0.94: 0.25 0.25 0.25 0.25 0.25
  box 000000 at 0.05,0.15 size 2.9,0.05
`},
		{"a note in two rows", 10 * em, []any{"正文", m("双行小字", note), "正文"}, `
line 5 ascent 0.88 descent 0.12
  "正文" at 0,0: 1 1
  "双行" at 2,-0.44: 0.5 0.5
  "小字" at 2,0.06: 0.5 0.5
  "正文" at 3,0: 1 1
`},
		{"an odd one has the longer row above", 10 * em, []any{"正文", m("三个字", note), "正文"}, `
line 5 ascent 0.88 descent 0.12
  "正文" at 0,0: 1 1
  "三个" at 2,-0.44: 0.5 0.5
  "字" at 2,0.06: 1
  "正文" at 3,0: 1 1
`},
		{"its brackets are as high as both rows", 10 * em, []any{"文", m("（双行注）", note), "文"}, `
line 5 ascent 0.88 descent 0.12
  "文（" at 0,0: 1 1
  "双行" at 2,-0.44: 0.5 0.5
  "注" at 2,0.06: 1
  "）文" at 3,0: 1 1
`},
		{"parted at the end of a line", 5 * em, []any{"一二三四", m("甲乙丙丁", note), "五"}, `
line 5 ascent 0.88 descent 0.12
  "一二三四" at 0,0: 1 1 1 1
  "甲乙" at 4,-0.44: 0.5 0.5
  "丙" at 4,0.06: 1
line 1.5 ascent 0.88 descent 0.12
  "丁" at 0,-0.44: 0.5
  "五" at 0.5,0: 1
`},
		{"no mark begins the lower row", 10 * em, []any{"文", m("甲乙，丙", note), "文"}, `
line 3.25 ascent 0.88 descent 0.12
  "文" at 0,0: 1
  "甲乙，" at 1,-0.44: 0.5 0.5 0.25
  "丙" at 1,0.06: 1.25
  "文" at 2.25,0: 1
`},
		{"two notes side by side", 10 * em, []any{m("甲乙", note), m("丙丁", note)}, `
line 1 ascent 0.88 descent 0.12
  "甲" at 0,-0.44: 0.5
  "乙" at 0,0.06: 0.5
  "丙" at 0.5,-0.44: 0.5
  "丁" at 0.5,0.06: 0.5
`},
		{"letters and an address are parted rather than one row", 12 * em, []any{"文", m("abcdefghijklmnopqrst", note), "文"}, `
line 4.75 ascent 0.88 descent 0.12
  "文" at 0,0: 1.25
  "abcdefghij" at 1.25,-0.44: 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25
  "klmnopqrst" at 1.25,0.06: 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25
  "文" at 3.75,0: 1
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := marked(t, "zh-Hans", c.measure, c.in...)
			lines := testSetter(t).setParagraph(p)
			checkLaws(t, p, lines)
			if got := dump(lines); got != strings.TrimPrefix(c.want, "\n") {
				t.Errorf("got\n%swant%s", got, c.want)
			}
		})
	}
}

// TestNotesInTheLine sets notes of all lengths in lines of all widths: rows stay within
// the measure, and full lines end at it.
func TestNotesInTheLine(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 5))
	some := func(n int) string {
		var b strings.Builder
		for range 1 + r.IntN(n) {
			b.WriteString([]string{"甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "，", "“壬”", "ab "}[r.IntN(11)])
		}
		return b.String()
	}
	for range 500 {
		var ins []any
		for range 1 + r.IntN(5) {
			ins = append(ins, some(12), articletest.Marked(some(40), article.Warichu))
		}
		p := marked(t, "zh-Hans", Length(8+r.IntN(16))*em+Length(r.IntN(int(em))), ins...)
		lines := testSetter(t).setParagraph(p)
		checkLaws(t, p, lines)
		for i, l := range lines {
			end := Length(0)
			for _, it := range l.items {
				run := it.(*GlyphRun)
				x := run.At.X
				for _, g := range run.Glyphs {
					x += g.Advance
				}
				end = max(end, x)
			}
			if end > p.measure || end < l.width-em/2 {
				t.Fatalf("line %d ends at %s of %s, is %s wide\n%s", i, ems(end), ems(p.measure), ems(l.width), dump(lines))
			}
		}
	}
}
