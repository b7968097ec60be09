package layout

import (
	"fmt"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/testfont"
)

const em = 20 * Pt // of the tests: halves, quarters and eighths are whole numbers

// testSetter returns a typesetter with the square font.
func testSetter(t testing.TB) *Typesetter {
	return &Typesetter{set: testfont.Set(), name: "test", report: func(i article.Issue) { t.Log(i) }}
}

// plainParagraph is text in one style.
func plainParagraph(lang, text string, measure, indent Length) *paragraph {
	return &paragraph{lang: lang, measure: measure, indent: indent, spans: []span{{text: text, style: textStyle{size: em, lang: lang}}}}
}

// lineTexts returns the text of each line.
func lineTexts(p *paragraph, lines []line) []string {
	var b strings.Builder
	for _, s := range p.spans {
		b.WriteString(strings.ToValidUTF8(s.text, "\uFFFD"))
	}
	runes := []rune(b.String())
	var out []string
	for _, l := range lines {
		out = append(out, string(runes[l.text0:l.text1]))
	}
	return out
}

func ems(l Length) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", float64(l)/float64(em)), "0"), ".")
}

// TestSamples: wide characters are 1 em, narrow ones a half. Each line is its
// text, a space, its natural width and, after "→", the width it is set in.
func TestSamples(t *testing.T) {
	for _, c := range []struct {
		name, lang      string
		measure, indent int
		text            string
		want            []string
	}{
		{"S1 indent, exact grid, ragged last line", "zh-Hans", 10, 2, "春天的早晨，院子里很安静，只有风吹过树叶的声音。",
			[]string{"春天的早晨，院子 8", "里很安静，只有风吹过 10", "树叶的声音。 5.5"}},
		{"S2 marks that meet", "zh-Hans", 8, 0, "他说：“（真的）好看！”我笑了。",
			[]string{"他说：“（真的）好 8", "看！”我笑了。 6"}},
		{"S3 a dash is not parted", "zh-Hans", 8, 0, "我们从未想过——竟然会这样……结束。",
			[]string{"我们从未想过—— 8", "竟然会这样……结 8", "束。 1.5"}},
		{"S3 a dash may begin a line", "zh-Hans", 7, 0, "我们从未想过——竟然会这样……结束。",
			[]string{"我们从未想过 6→7", "——竟然会这 6→7", "样……结束。 5.5"}},
		{"S4 half marks at both ends", "zh-Hans", 9, 0, "这本书名叫《山中》，《水边》是另一本。",
			[]string{"这本书名叫《山中》， 9", "《水边》是另一本。 8"}},
		{"S5 Han and Latin part first", "zh-Hans", 9, 0, "使用Go语言写PDF工具，3天完成。",
			[]string{"使用Go语言写PDF 8.25→9", "工具，3天完成。 7.25"}},
		{"S6 commas within a line", "zh-Hans", 11, 2, "第一章讲基础，第二章讲应用，第三章讲技术和方法。",
			[]string{"第一章讲基础，第二 9", "章讲应用，第三章讲技术 11", "和方法。 3.5"}},
		{"S7 no lone character", "zh-Hans", 10, 0, "天亮了我们继续向前走吧。",
			[]string{"天亮了我们继续向前 9→10", "走吧。 2.5"}},
		{"S7b the push begins lines before", "zh-Hans", 13, 0, "天亮了，我们继续沿着河边的小路向前走去，谁也没有说话，只听见水声在身后轻轻地响着。",
			[]string{"天亮了，我们继续沿着河边 12→13", "的小路向前走去，谁也没有说 13", "话，只听见水声在身后轻轻地 13", "响着。 2.5"}},
		{"S8 a comma gives before a line is added", "zh-Hans", 10, 0, "列夫·托尔斯泰写了很多小说，大家都喜欢看。",
			[]string{"列夫·托尔斯泰写了很 10", "多小说，大家都喜欢看。 10.5→10"}},
		{"S9 brackets give alike", "zh-Hans", 9, 0, "（甲）（乙）（丙）三项，都要填写清楚。",
			[]string{"（甲）（乙）（丙）三项， 10→9", "都要填写清楚。 6.5"}},
		{"S10 a number keeps its sign", "zh-Hans", 10, 0, "今年产量增长了35%，达到1200吨左右。",
			[]string{"今年产量增长了35%， 9.25→10", "达到1200吨左右。 8"}},
		{"S11 brackets before the full stop", "zh-Hans", 9, 0, "她问：“你去吗？”他答：“去！”然后走了。",
			[]string{"她问：“你去吗？”他 9", "答：“去！”然后走了。 9.5→9"}},
		{"S12 marks in the middle of their square", "zh-Hant-TW", 8, 0, "他說：「今天很好。」然後走了。",
			[]string{"他說：「今天很 7→8", "好。」然後走了。 8"}},
		{"S13 Japanese brackets", "ja", 12, 0, "今日は「いい天気」でした。ちょっと散歩へ。",
			[]string{"今日は「いい天気」でした。 12.5→12", "ちょっと散歩へ。 7.5"}},
		{"S14 no small kana at the begin of a line", "ja", 9, 0, "あの人の顔はまるでちょっと変だ。",
			[]string{"あの人の顔はまるで 9", "ちょっと変だ。 6.5"}},
		{"S14 nor where that would fill it", "ja", 10, 0, "あの人の顔はまるでちょっと変だ。",
			[]string{"あの人の顔はまるで 9→10", "ちょっと変だ。 6.5"}},
		{"an opening bracket at the begin", "ja", 4, 0, "国国国国（国", []string{"国国国国 4", "（国 1.5"}},
		{"S15 Korean breaks between words", "ko", 8, 0, "한국어 문장은 낱말 단위로 줄을 바꿉니다.",
			[]string{"한국어 문장은  6.5", "낱말 단위로 줄을  8", "바꿉니다. 4.5"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plainParagraph(c.lang, c.text, Length(c.measure)*em, Length(c.indent)*em)
			lines := testSetter(t).setParagraph(p)
			texts := lineTexts(p, lines)
			var got []string
			for i, l := range lines {
				g := texts[i] + " " + ems(l.natural)
				if l.width != l.natural {
					g += "→" + ems(l.width+indentOf(p, i))
				}
				got = append(got, g)
			}
			if strings.Join(got, "|") != strings.Join(c.want, "|") {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func indentOf(p *paragraph, line int) Length {
	if line == 0 {
		return p.indent
	}
	return 0
}
