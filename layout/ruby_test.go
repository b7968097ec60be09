package layout

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
)

// rubies makes spans of a text in which ｜base《reading》 has a reading (without ｜ the
// base is one character), and ＋ joins readings to one compound.
func rubies(text string) []span {
	var out []span
	word := 0
	plain := func(s string) {
		if s != "" {
			out = append(out, span{text: s})
		}
	}
	for text != "" {
		at := strings.IndexRune(text, '《')
		if at < 0 {
			plain(text)
			break
		}
		head, rest := text[:at], text[at+len("《"):]
		reading, rest, _ := strings.Cut(rest, "》")
		joined := strings.HasPrefix(head, "＋")
		head = strings.TrimPrefix(head, "＋")
		base := ""
		if bar := strings.LastIndex(head, "｜"); bar >= 0 {
			base, head = head[bar+len("｜"):], head[:bar]
		} else {
			runes := []rune(head)
			base, head = string(runes[len(runes)-1:]), string(runes[:len(runes)-1])
		}
		plain(head)
		if !joined {
			word++
		}
		out = append(out, span{text: base, ruby: reading, rubyEl: &Element{}, word: word})
		text = rest
	}
	return out
}

func TestRuby(t *testing.T) {
	for _, c := range []struct {
		name, lang, text string
		measure          Length
		want             string
	}{
		{"one kana stands over the middle", "ja", "手《て》", 10 * em, `
line 1 ascent 1.38 descent 0.12
  "手" at 0,0: 1
  "て" at 0.25,-0.94: 0.5
`},
		{"two fill the em", "ja", "山《やま》に", 10 * em, `
line 2 ascent 1.38 descent 0.12
  "山に" at 0,0: 1 1
  "やま" at 0,-0.94: 0.5 0.5
`},
		{"a group spreads its reading one to two", "ja", "｜明後日《あさって》は", 10 * em, `
line 4 ascent 1.38 descent 0.12
  "明後日は" at 0,0: 1 1 1 1
  "あさって" at 0.125,-0.94: 0.75 0.75 0.75 0.5
`},
		{"no more than a character free at the ends", "ja", "｜五月雨式《さみ》は", 10 * em, `
line 5 ascent 1.38 descent 0.12
  "五月雨式は" at 0,0: 1 1 1 1 1
  "さみ" at 0.5,-0.94: 2.5 0.5
`},
		{"a long reading spreads its base", "ja", "甲｜大人《おとなむすこ》乙", 10 * em, `
line 5 ascent 1.38 descent 0.12
  "甲大人乙" at 0,0: 1 (0.25)1.5 (0.25)1.5 1
  "おとなむすこ" at 1,-0.94: 0.5 0.5 0.5 0.5 0.5 0.5
`},
		{"not over ideographs", "ja", "甲承《うけたまわ》乙", 10 * em, `
line 4.5 ascent 1.38 descent 0.12
  "甲承乙" at 0,0: 1 (0.75)2.5 1
  "うけたまわ" at 1,-0.94: 0.5 0.5 0.5 0.5 0.5
`},
		{"over kana by one of its characters", "ja", "に承《うけたまわ》り", 10 * em, `
line 3.5 ascent 1.38 descent 0.12
  "に承り" at 0,0: 1 (0.25)1.5 1
  "うけたまわ" at 0.5,-0.94: 0.5 0.5 0.5 0.5 0.5
`},
		{"more room where that is not enough", "ja", "に承《うけたまわるよ》り", 10 * em, `
line 4.5 ascent 1.38 descent 0.12
  "に承り" at 0,0: 1 (0.75)2.5 1
  "うけたまわるよ" at 0.5,-0.94: 0.5 0.5 0.5 0.5 0.5 0.5 0.5
`},
		{"over what closes after it and opens before it", "ja", "甲「承《うけたまわ》。乙", 10 * em, `
line 5.5 ascent 1.38 descent 0.12
  "甲「承。乙" at 0,0: 1 1 (0.25)1.5 1 1
  "うけたまわ" at 1.5,-0.94: 0.5 0.5 0.5 0.5 0.5
`},
		{"over the white of a mark on the other side", "ja", "甲。承《うけたまわ》「乙", 10 * em, `
line 5.5 ascent 1.38 descent 0.12
  "甲。承「乙" at 0,0: 1 1 (0.25)1.5 1 1
  "うけたまわ" at 1.5,-0.94: 0.5 0.5 0.5 0.5 0.5
`},
		{"one kana between two readings", "ja", "甲志《こころざし》の礎《いしずえ》乙", 10 * em, `
line 6.75 ascent 1.38 descent 0.12
  "甲志の礎乙" at 0,0: 1 (0.75)2.125 1 (0.125)1.625 1
  "こころざし" at 1,-0.94: 0.5 0.5 0.5 0.5 0.5
  "いしずえ" at 3.75,-0.94: 0.5 0.5 0.5 0.5
`},
		{"a compound shares its width", "ja", "凝《ぎょう》＋視《し》する", 10 * em, `
line 4 ascent 1.38 descent 0.12
  "凝視する" at 0,0: 1 1 1 1
  "ぎょう" at 0,-0.94: 0.5 0.5 0.5
  "し" at 1.5,-0.94: 0.5
`},
		{"a compound that is wide enough is read by the character", "ja", "漢《かん》＋字《じ》", 10 * em, `
line 2 ascent 1.38 descent 0.12
  "漢字" at 0,0: 1 1
  "かん" at 0,-0.94: 0.5 0.5
  "じ" at 1.25,-0.94: 0.5
`},
		{"a compound too narrow spreads", "ja", "甲峠《とうげ》＋道《みち》乙", 10 * em, `
line 4.5 ascent 1.38 descent 0.12
  "甲峠道乙" at 0,0: 1 (0.125)1.25 (0.125)1.25 1
  "とうげ" at 1,-0.94: 0.5 0.5 0.5
  "みち" at 2.5,-0.94: 0.5 0.5
`},
		{"parted at the end of a line, each part has its own", "ja", "甲乙丙凝《ぎょう》＋視《し》丁", 9 * em / 2, `
line 4.5 ascent 1.38 descent 0.12
  "甲乙丙凝" at 0,0: 1 1 1 (0.25)1.5
  "ぎょう" at 3,-0.94: 0.5 0.5 0.5
line 2 ascent 1.38 descent 0.12
  "視丁" at 0,0: 1 1
  "し" at 0.25,-0.94: 0.5
`},
		{"a group is not parted", "ja", "甲乙丙｜明日《あす》丁戊己", 4 * em, `
line 4 ascent 0.88 descent 0.12
  "甲乙丙" at 0,0: 1.5 1.5 1
line 4 ascent 1.38 descent 0.12
  "明日丁戊" at 0,0: 1 1 1 1
  "あす" at 0.25,-0.94: 1 0.5
line 1 ascent 0.88 descent 0.12
  "己" at 0,0: 1
`},
		{"at the begin and the end of a line nothing hangs over", "ja", "志《こころざし》のの志《こころざし》", 6 * em, `
line 6 ascent 1.38 descent 0.12
  "志のの志" at 0,0: (0.75)2 1 1 (0.25)2
  "こころざし" at 0,-0.94: 0.5 0.5 0.5 0.5 0.5
  "こころざし" at 3.5,-0.94: 0.5 0.5 0.5 0.5 0.5
`},
		{"no white inside when the line is stretched", "ja", "甲乙｜丙丁《あい》戊己（庚）辛", 7 * em, `
line 7 ascent 1.38 descent 0.12
  "甲乙丙丁戊己" at 0,0: 1.25 1.25 1 1.25 1.25 1
  "あい" at 2.75,-0.94: 1 0.5
line 3.5 ascent 0.88 descent 0.12
  "（庚）辛" at 0,0: (-0.5)0.5 1 1 1
`},
		{"pinyin over a word", "zh-Hans", "我爱｜北京《běijīng》", 10 * em, `
line 4 ascent 1.38 descent 0.12
  "我爱北京" at 0,0: 1 1 1 1
  "běijīng" at 2.125,-0.94: 0.25 0.25 0.25 0.25 0.25 0.25 0.25
`},
		{"pinyin of neighbours do not touch", "zh-Hans", "庄《zhuang》双《shuang》", 10 * em, `
line 3.25 ascent 1.38 descent 0.12
  "庄双" at 0,0: (0.312)1.625 (0.312)1.625
  "zhuang" at 0.062,-0.94: 0.25 0.25 0.25 0.25 0.25 0.25
  "shuang" at 1.688,-0.94: 0.25 0.25 0.25 0.25 0.25 0.25
`},
		{"bopomofo at the right", "zh-Hant", "注《ㄓㄨˋ》音《ㄧㄣ》", 10 * em, `
line 3 ascent 0.88 descent 0.12
  "注音" at 0,0: 1.5 1.5
  "ㄓㄨ" at 1,-0.416: 0 0
  "ˋ" at 1.35,-0.31: 0
  "ㄧㄣ" at 2.5,-0.416: 0 0
`},
		{"the neutral tone above", "zh-Hant", "嗎《˙ㄇㄚ》", 10 * em, `
line 1.5 ascent 0.88 descent 0.12
  "嗎" at 0,0: 1.5
  "˙" at 1.118,-0.635: 0
  "ㄇㄚ" at 1,-0.371: 0 0
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := styled(c.lang, c.measure, rubies(c.text)...)
			lines := testSetter(t).setParagraph(p)
			checkLaws(t, p, lines)
			if got := dump(lines); got != strings.TrimPrefix(c.want, "\n") {
				t.Errorf("got\n%swant%s", got, c.want)
			}
		})
	}
}

// TestRubyLaws sets readings of all lengths over words of all lengths in lines of all
// widths: none leaves the measure, lies over another one or over an ideograph of
// another word, or reaches over kana by more than one of its characters.
func TestRubyLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	some := func(s string, least, most int) string {
		var b strings.Builder
		runes := []rune(s)
		for range least + r.IntN(most-least+1) {
			b.WriteRune(runes[r.IntN(len(runes))])
		}
		return b.String()
	}
	for n := range 400 {
		text := ""
		for range 1 + r.IntN(12) {
			switch r.IntN(4) {
			case 0:
				text += some("のはをにカー、。「」漢字文", 1, 4)
			case 1:
				text += "｜" + some("東京都明日", 1, 4) + "《" + some("かなよみ", 1, 9) + "》"
			default:
				for k := range 1 + r.IntN(3) {
					if k > 0 {
						text += "＋"
					}
					text += some("凝視漢峠", 1, 1) + "《" + some("かなよみ", 1, 5) + "》"
				}
			}
		}
		lang := []string{"ja", "zh-Hans", "zh-Hant"}[n%3]
		p := styled(lang, Length(5+r.IntN(14))*em+Length(r.IntN(int(em))), rubies(text)...)
		lines := testSetter(t).setParagraph(p)
		checkLaws(t, p, lines)
		for k := range lines {
			if fault := rubyFault(p, &lines[k]); fault != "" {
				t.Fatalf("%s, measure %s, line %d: %s\n%s%s", lang, ems(p.measure), k, fault, text, dump(lines))
			}
		}
	}
}

// rubyFault says what is wrong with the readings of a line.
func rubyFault(p *paragraph, l *line) string {
	type extent struct {
		x0, x1 Length
		span   int
		r      rune
	}
	var chars, readings []extent
	var spans []int // of the runes of the paragraph
	var runes []rune
	for k := range p.spans {
		for _, r := range p.spans[k].text {
			spans, runes = append(spans, k), append(runes, r)
		}
	}
	at := l.text0
	for _, it := range l.items {
		run := it.(*GlyphRun)
		x := run.At.X
		if run.Size != em {
			e := extent{x0: x, x1: x}
			for k := range run.Glyphs {
				e.x1 += run.Glyphs[k].Advance
			}
			for k := range p.spans {
				if p.spans[k].rubyEl == run.Element {
					e.span = k
				}
			}
			readings = append(readings, e)
			continue
		}
		for k := range run.Glyphs {
			g := &run.Glyphs[k]
			chars = append(chars, extent{x + g.X, x + g.X + em, spans[at], runes[at]})
			x += g.Advance
			at++
		}
	}
	for k, r := range readings {
		if r.x0 < 0 || r.x1 > p.measure {
			return fmt.Sprintf("a reading from %s to %s", ems(r.x0), ems(r.x1))
		}
		for _, q := range readings[:k] {
			if r.x0 < q.x1 && q.x0 < r.x1 {
				return fmt.Sprintf("readings meet at %s", ems(r.x0))
			}
		}
		for _, c := range chars {
			over := min(r.x1, c.x1) - max(r.x0, c.x0)
			limit := Length(0)
			switch {
			case p.spans[c.span].ruby == "" && unicode.In(c.r, unicode.Hiragana, unicode.Katakana) || c.r == 'ー':
				limit = em / 2
			case unicode.IsPunct(c.r):
				continue // half of its square is white
			}
			if p.spans[r.span].word != p.spans[c.span].word && over > limit {
				return fmt.Sprintf("a reading reaches %s over %c", ems(over), c.r)
			}
		}
	}
	return ""
}

// TestRubyPitch: lines with readings stand as far from one another as those without.
func TestRubyPitch(t *testing.T) {
	line := strings.Repeat("字", 60)
	d := &article.Document{Meta: article.Meta{Title: "題", Lang: "ja"}, Blocks: []article.Block{
		articletest.P(line, &article.Ruby{Segments: []article.RubySegment{{Base: "漢", Text: "かん"}, {Base: "字", Text: "じ"}}}, line),
		articletest.P(line),
	}}
	for _, mode := range []WritingMode{HorizontalTB, VerticalRL} {
		b := compose(t, Options{Lang: "ja", Mode: mode}, d)
		var at []Length
		for _, p := range b.pages {
			for _, it := range p.Items {
				if r, ok := it.(*GlyphRun); ok && strings.Contains(r.Text, "字字字") {
					x := r.At.Y
					if mode == VerticalRL {
						x = -r.At.X
					}
					if len(at) == 0 || at[len(at)-1] != x {
						at = append(at, x)
					}
				}
			}
		}
		for i := 2; i < len(at); i++ {
			if at[i]-at[i-1] != at[1]-at[0] {
				t.Errorf("mode %d: lines at %v", mode, at)
			}
		}
		if len(at) < 5 {
			t.Errorf("mode %d: %d lines", mode, len(at))
		}
	}
}
