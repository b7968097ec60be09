package linebreak

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// show writes text with a bar at every opportunity within it.
func show(text string, o Options) string {
	runes := []rune(text)
	var b strings.Builder
	for i, op := range Breaks(runes, o, nil) {
		switch {
		case i == 0 || i == len(runes):
		case op&Mandatory != 0:
			b.WriteString("¶")
		case op&Allowed != 0:
			b.WriteByte('|')
		}
		if i < len(runes) {
			b.WriteRune(runes[i])
		}
	}
	return b.String()
}

func TestBreaks(t *testing.T) {
	zh, ja, ko := Options{Lang: "zh-Hans"}, Options{Lang: "ja"}, Options{Lang: "ko"}
	with := func(o Options, s Strictness, w WordBreak) Options { o.Strictness, o.WordBreak = s, w; return o }
	for _, c := range []struct {
		name, want string
		o          Options
	}{
		{"marks and brackets", "春|天，|他|说：|“（真|的）|好|看！”|我", zh},
		{"apostrophes are no brackets", "don’t |say |“yes”", zh},
		{"a quotation in Latin letters among Han", "他|说|“yes”|了", zh},
		{"quotation marks by what is around them", "他|说|“是”|了", Options{}},
		{"a dash is one", "想|过|——|竟|然", zh},
		{"an ellipsis is one and begins no line", "这|样……|结|束", zh},
		{"a number and its sign", "增|长|35%|和|20℃|或|¥100|元", zh},
		{"groups of digits", "共|1,234.56|元", zh},
		{"middle dot and connectors begin no line", "列|夫·|托|尔|1～|2|年", zh},
		{"the solidus ends no line in simplified characters", "和/或", Options{Lang: "zh-Hans"}},
		{"but may in traditional ones", "和/|或", Options{Lang: "zh-Hant-TW"}},
		{"a stray space frees no mark", "对 |说 ：|好", zh},
		{"no level: marks stand anywhere", "他|说|：|“|好|！|”|（|真|的|）|。", Options{Lang: "zh-Hant-TW", Level: NoLevel}},
		{"but numbers and dashes stay whole", "增|35%|想|——|好|10|～|2|和/|或", Options{Lang: "zh-Hant-TW", Level: NoLevel}},
		{"Latin marks are not freed", "don’t |say |(yes)", Options{Lang: "zh-Hant-TW", Level: NoLevel}},
		{"basic: the solidus may end a line", "和/|或|——|好", Options{Lang: "zh-Hans", Level: BasicLevel}},
		{"GB: it may not", "和/或|——|好", Options{Lang: "zh-Hant", Level: GBLevel}},
		{"strict: dashes begin no line", "和/或——|好⸺|好……|好", Options{Lang: "zh-Hans", Level: StrictLevel}},
		{"the level is for Chinese", "で|す。", Options{Lang: "ja", Level: NoLevel}},
		{"an address", "https://example.|com/|a/|b-|c?|d=|e&|f", Options{}},
		{"no address", "a//|b ://|c", Options{}},
		{"small kana, strict", "あ|の|ひ|と|は|ちょっ|と|変|だ。", with(ja, Strict, 0)},
		{"small kana, normal", "あ|の|ひ|と|は|ち|ょ|っ|と|変|だ。", with(ja, Normal, 0)},
		{"no space frees small kana", "あ |い っ|と ー|と 々|い", with(ja, Strict, 0)},
		{"a sign before what it numbers", "第|＃一|と|＃あ|＃1", with(ja, Strict, 0)},
		{"compounds of units", "60km/h|と|5 |m/s²|と|and/|or|と |80Mbit/s", with(ja, Strict, 0)},
		{"iteration marks, normal", "人々|の", with(ja, Normal, 0)},
		{"iteration marks, loose", "人|々|の", with(ja, Loose, 0)},
		{"Korean syllables", "한|국|어 |문|장.", ko},
		{"Korean words", "한국어 |문장.", with(ko, Auto, KeepAll)},
		{"ideographs kept in words", "中文，|中文　|中文", with(zh, Auto, KeepAll)},
		{"letters broken like ideographs", "a|b|c |1|2", with(zh, Auto, BreakAll)},
		{"anywhere", "a|b|。|e\u0301 |c", with(zh, Anywhere, 0)},
		{"line ends", "a\n¶b\r\n¶c\u2028¶d", Options{}},
		{"nothing", "", zh},
	} {
		text := strings.NewReplacer("|", "", "¶", "").Replace(c.want)
		if got := show(text, c.o); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWide(t *testing.T) {
	for _, c := range []struct{ lang, want string }{
		// «» stand around the characters that are set full width.
		{"zh-Hans", "他说«“»是«”»"},
		{"zh-Hans", "“Yes,” he said."},
		{"zh-Hans", "他说«“»Yes«”»了"},
		{"zh-Hans", "«“»Yes«”»他说"},
		{"zh-Hans", "他说：«“»It’s a ‘good’ day.«”»"},
		{"zh-Hans", "the students’ 书"},
		{"zh-Hans", "列夫«·»托尔斯泰"},
		{"zh-Hans", "a · b"},
		{"zh-Hans", "wait… what — no"},
		{"zh-Hans", "wait«…»«…» what «—»«—» no"},
		{"zh-Hans", "好«…»"},
		{"ja", "«“»引用«”»"},
		{"ko", "“인용”"},
		{"en", "“中文”——"},
	} {
		text := strings.NewReplacer("«", "", "»", "").Replace(c.want)
		runes := []rune(text)
		var b strings.Builder
		for i, w := range Wide(runes, c.lang, nil) {
			if w {
				b.WriteString("«" + string(runes[i]) + "»")
			} else {
				b.WriteRune(runes[i])
			}
		}
		if b.String() != c.want {
			t.Errorf("%s: got %s, want %s", c.lang, b.String(), c.want)
		}
	}
}

func FuzzBreaks(f *testing.F) {
	f.Add("春天，“好”——https://a.b/c", uint8(0), uint8(0), uint8(0))
	f.Add("ab\r\nc\u2028", uint8(1), uint8(4), uint8(1))
	f.Add("한국어 e\u0301\u200d", uint8(3), uint8(2), uint8(2))
	f.Add(" \u05ba", uint8(0), uint8(4), uint8(0)) // a mark over a space
	langs := []string{"", "zh-Hans", "zh-Hant", "ja", "ko", "en"}
	var b Breaker
	var dst []Opportunity
	f.Fuzz(func(t *testing.T, text string, lang, strictness, word uint8) {
		if !utf8.ValidString(text) {
			return
		}
		runes := []rune(text)
		o := Options{Lang: langs[int(lang)%len(langs)], Strictness: Strictness(strictness % 5), WordBreak: WordBreak(word % 3), Level: Level(word / 3 % 5)}
		dst = b.Breaks(runes, o, dst)
		if len(dst) != len(runes)+1 || dst[len(runes)]&Mandatory == 0 {
			t.Fatal("no end", dst)
		}
		fresh := Breaks(runes, o, nil)
		for i, op := range dst {
			if op != fresh[i] {
				t.Fatal("reused buffers change the result")
			}
			if op&Mandatory != 0 && op&Allowed == 0 {
				t.Fatal("mandatory but not allowed")
			}
			if op&(Allowed|Cluster) == Allowed && o.Strictness == Anywhere {
				t.Fatalf("break within a cluster at %d of %q", i, text)
			}
		}
		if len(runes) > 0 && dst[0]&(Allowed|Mandatory) != 0 {
			t.Fatal("break before the text")
		}
	})
}

func BenchmarkBreaks(b *testing.B) {
	text := []rune(strings.Repeat("春天的早晨，院子里很安静，只有风吹过“树叶”的声音——GPU价格上涨了35%。", 200))
	var br Breaker
	var dst []Opportunity
	b.ReportAllocs()
	for b.Loop() {
		dst = br.Breaks(text, Options{Lang: "zh-Hans"}, dst)
	}
	b.ReportMetric(float64(len(text))*float64(b.N)/b.Elapsed().Seconds(), "chars/s")
}
