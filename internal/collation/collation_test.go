package collation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/collate"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// han returns the Han characters among the two-byte codes of an encoding.
func han(t *testing.T, e encoding.Encoding, first, last byte, lows ...[2]byte) []string {
	t.Helper()
	var list []string
	for high := int(first); high <= int(last); high++ {
		for _, span := range lows {
			for low := int(span[0]); low <= int(span[1]); low++ {
				s, err := e.NewDecoder().String(string([]byte{byte(high), byte(low)}))
				if err != nil {
					t.Fatal(err)
				}
				if r, _ := utf8.DecodeRuneInString(s); r >= 0x4E00 && r <= 0x9FFF {
					list = append(list, s)
				}
			}
		}
	}
	return list
}

// The Han characters of the national standards stand in the order of CLDR: all of
// them are sorted by its implementation in x/text, and each neighbour is compared.
func TestHan(t *testing.T) {
	whole := [2]byte{0xA1, 0xFE}
	gb := han(t, simplifiedchinese.GBK, 0xB0, 0xF7, whole)
	big5 := han(t, traditionalchinese.Big5, 0xA4, 0xC6, [2]byte{0x40, 0x7E}, whole)
	jis := han(t, japanese.EUCJP, 0xB0, 0xF4, whole)
	for _, c := range []struct {
		lang  string
		list  []string
		least int
	}{
		{"zh", gb, 6763}, {"zh-Hans", gb, 6763}, {"zh-CN", big5, 5401},
		{"zh-Hant", big5, 5401}, {"zh-TW", big5, 5401}, {"zh-HK", gb, 6763}, {"zh-MO", big5, 5401},
		{"ja", jis, 6355}, {"ko", jis, 6355}, {"ko-KR", big5, 5401}, {"en", jis, 6355}, {"", gb, 6763},
	} {
		if len(c.list) < c.least {
			t.Fatalf("%s: only %d characters", c.lang, len(c.list))
		}
		oracle := collate.New(language.Make(c.lang))
		list := slices.Clone(c.list)
		slices.SortStableFunc(list, oracle.CompareString)
		o := New(c.lang)
		wrong := 0
		for i := range list[1:] {
			if oracle.CompareString(list[i], list[i+1]) != 0 && o.Key(list[i]) >= o.Key(list[i+1]) {
				if wrong++; wrong < 10 {
					t.Errorf("%s: %s stands before %s", c.lang, list[i+1], list[i])
				}
			}
		}
		if wrong > 0 {
			t.Errorf("%s: %d of %d wrong", c.lang, wrong, len(list))
		}
	}
}

// titles are those of a mixed book.
var titles = strings.Split(`9 lives
10 Downing Street
100 years
007
1984
2001: A Space Odyssey
20 000 lieues
第9回
第10回
第2章 出发
第12章 归来
１０時のニュース
!important
"Quoted"
(in brackets)
#hash
$5
— dash
… and so on
«Guillemets»
「括弧」
《书名》
apple
Apple
APPLE
apple pie
applepie
apples
äpfel
Äpfel
apfel
cote
coté
côte
côté
Cote
naïve
naive
naiver
résumé
resume
Resume
Œuvre
oeuvre
oevre
straße
strasse
Strassen
Ångström
angstrom
zebra
Zürich
zurich
żaba
łódź
lodz
ñandú
nandu
Москва
москва
ёлка
елка
йод
иод
Київ
їжак
Αθήνα
αθηνα
Ωμέγα
カード
かど
カード
ガード
かあど
きって
きつて
キット
はは
はば
はぱ
ばば
ハハ
ﾊﾊ
パーティー
ぱあてぃい
東京
日本語
京都
가
각
가나
나
한국
한글
힣
北京
重庆
安徽
臺北
台北
香港
中文 English
English 中文
中文10
中文9
中 文
ไทย
עברית
עולם
العربية
हिन्दी
😀 smile
x²
①
½
Ⅳ`, "\n")

// accepted are differences from x/text that are meant, as one of both titles.
func accepted(lang, a, b string) bool {
	for _, s := range []string{a, b} {
		// ー is the vowel that it lengthens in every language; x/text has this for
		// Japanese alone, and there puts パー before か.
		if strings.Contains(norm.NFKC.String(s), "ー") {
			return true
		}
		// In Chinese x/text puts letters with the marks of tones before those without.
		if strings.HasPrefix(lang, "zh") && strings.Contains(s, "é") {
			return true
		}
	}
	return false
}

func TestTitles(t *testing.T) {
	for _, lang := range []string{"", "en", "zh", "zh-TW", "ja", "ko", "fr"} {
		oracle := collate.New(language.Make(lang), collate.Numeric)
		o := New(lang)
		for _, a := range titles {
			for _, b := range titles {
				if o.Key(a) < o.Key(b) && oracle.CompareString(a, b) > 0 && !accepted(lang, a, b) {
					t.Errorf("%q: %s stands before %s", lang, a, b)
				}
			}
		}
	}
}

// Words of the letters of a language stand as x/text has them, but for those named
// here, where this is by the present CLDR or only accents differ.
func TestLatin(t *testing.T) {
	differ := map[string]string{
		"az": "w cw zw",     // a foreign letter, last
		"hu": "ccs ddz zzs", // doubled digraphs
		"ro": "ş ţ Ș Ț",     // the old way to write ș and ț
	}
	// x/text does not know these by name.
	as := map[string]string{"bs": "hr", "nb": "nn", "no": "nn"}
	for lang, own := range latin {
		letters := strings.Split("abcdefghijklmnopqrstuvwxyz", "")
		letters = append(letters, strings.FieldsFunc(own, func(r rune) bool { return strings.ContainsRune(" <=", r) })...)
		var words []string
		for _, l := range letters {
			words = append(words, l, l+"a", l+"z", "c"+l, "z"+l, strings.ToUpper(l))
		}
		oracle := collate.New(language.Make(cmp.Or(as[lang], lang)))
		o := New(lang)
		slices.SortStableFunc(words, oracle.CompareString)
		for i := range words[1:] {
			a, b := words[i], words[i+1]
			if oracle.CompareString(a, b) != 0 && o.Key(a) >= o.Key(b) && !slices.ContainsFunc(strings.Fields(differ[lang]), func(s string) bool {
				return strings.HasPrefix(a, s) || strings.HasPrefix(b, s)
			}) {
				t.Errorf("%s: %s stands before %s", lang, b, a)
			}
		}
	}
}

func TestOrder(t *testing.T) {
	for _, c := range []struct{ lang, titles string }{
		{"en", "1e 9 010 10 99 100 a A á Á b"},
		{"en", "! a 가 か 乙 \U00020000"},
		{"en", "é e\u0301x éy f"},
		{"ja", "か ガ かあ カー カート か゚ド きき きゝ きぎ きヾ きく"},
		{"ja", "は ば ハ゜ はあ ハート ぱーと ひ"},
		{"ja", "亜 愛 逢 一 一丁 丂"},
		{"zh-Hans", "a 가 か 安徽 北京 〇 零 上海 天津 张 重庆"},
		{"zh-Hant", "一 人 三 大 中 王 國 臺"},
		{"ko", "ㄱ 가 家 가漢 각 나 ㄷ 다"},
		{"sv", "a z å ä ö"},
		{"cs", "c č h ch i"},
		{"tr", "h ı I i İ j"},
		{"vi", "a ạ ă ặ â b"},
	} {
		o := New(c.lang)
		titles := strings.Fields(c.titles)
		got := slices.Clone(titles)
		slices.Reverse(got)
		slices.SortFunc(got, func(a, b string) int { return strings.Compare(o.Key(a), o.Key(b)) })
		t.Logf("%s: %v", c.lang, got)
		if !slices.Equal(got, titles) {
			t.Errorf("%s: got %v, want %v", c.lang, got, titles)
		}
	}
}

// The weights of the tables stay within what the ranges of each level leave them.
func TestWeights(t *testing.T) {
	for name, m := range map[string]map[rune]place{"root": root(), "marks": marks(), "pinyin": pinyin(), "stroke": stroke(), "jis": jis(), "hanja": hanja()} {
		for r, p := range m {
			switch {
			case name == "root" && (p.letter == 0 || p.letter >= otherLetter || 1+p.accent >= expansion),
				name == "marks" && (p.letter != 0 || p.accent > 0x7000),
				name != "root" && name != "hanja" && p.letter >= otherHan-firstHan,
				name == "hanja" && p.letter > lastSyllable-firstSyllable:
				t.Errorf("%s: %q is at %v", name, r, p)
			}
		}
	}
	for i := range uint16(10) {
		if got, want := root()[rune('0'+i)].letter, root()['0'].letter+i; got != want {
			t.Errorf("the digit %d is at %d, want %d", i, got, want)
		}
	}
}

func FuzzKey(f *testing.F) {
	for i, s := range titles {
		f.Add(s, titles[len(titles)-1-i], uint64(i), uint64(1)<<i, uint8(i))
	}
	f.Add("\xff", "\u3099ー", uint64(0), uint64(10), uint8(2))
	langs := []string{"", "zh", "zh-TW", "ja", "ko", "hu", "tr", "vi"}
	f.Fuzz(func(t *testing.T, a, b string, m, n uint64, lang uint8) {
		o := New(langs[int(lang)%len(langs)])
		x, y := o.Key(a), o.Key(b)
		if (x == y) != (a == b) {
			t.Errorf("%q and %q are equal: %t", a, b, x == y)
		}
		if x != o.Key(a) {
			t.Errorf("%q has two keys", a)
		}
		if nfd := norm.NFD.String(a); strings.TrimSuffix(o.Key(nfd), nfd) != strings.TrimSuffix(x, a) {
			t.Errorf("%q sorts apart from its decomposed form", a)
		}
		x, y = o.Key(fmt.Sprint("v ", m, b)), o.Key(fmt.Sprint("v ", n, b))
		if r, _ := utf8.DecodeRuneInString(norm.NFKC.String(b)); m != n && !unicode.IsNumber(r) && (x < y) != (m < n) {
			t.Errorf("%d and %d before %q", m, n, b)
		}
	})
}

func BenchmarkKey(b *testing.B) {
	for _, lang := range []string{"en", "zh", "ja", "ko"} {
		b.Run(lang, func(b *testing.B) {
			o := New(lang)
			for b.Loop() {
				for _, s := range titles {
					o.Key(s)
				}
			}
		})
	}
}
