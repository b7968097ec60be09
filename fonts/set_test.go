package fonts

import (
	"testing"
)

func TestFace(t *testing.T) {
	slotFaces(t)
	s := Embedded()
	zh, ja, en := "zh-Hans", "ja", "en"
	for _, c := range []struct {
		what string
		r    rune
		q    Request
		want string
		ok   bool
	}{
		{"Han in serif", '永', Request{Lang: zh}, "NotoSerifCJKsc-Regular", true},
		{"Han in bold sans", '永', Request{Lang: zh, Family: Sans, Bold: true}, "NotoSansCJKsc-Bold", true},
		{"Han has no italic", '永', Request{Lang: zh, Italic: true}, "NotoSerifCJKsc-Regular", true},
		{"Han in English text", '永', Request{Lang: en}, "NotoSerifCJKsc-Regular", true},
		{"Han beyond the BMP", '𠮷', Request{Lang: ja}, "NotoSerifCJKsc-Regular", true},
		{"kana", 'あ', Request{Lang: ja, Family: Sans}, "NotoSansCJKsc-Regular", true},
		{"Hangul", '한', Request{Lang: "ko"}, "NotoSerifCJKsc-Regular", true},
		{"CJK comma", '，', Request{Lang: en}, "NotoSerifCJKsc-Regular", true},
		{"Latin in Chinese", 'a', Request{Lang: zh}, "NotoSerifCJKsc-Regular", true},
		{"italic Latin in Chinese", 'a', Request{Lang: zh, Italic: true}, "NotoSerif-Italic", true},
		{"a letter that the CJK face has not", 'Ž', Request{Lang: zh}, "NotoSerif-Regular", true},
		{"Latin in English", 'a', Request{Lang: en}, "NotoSerif-Regular", true},
		{"Latin without a language", 'a', Request{}, "NotoSerif-Regular", true},
		{"Latin, bold italic sans", 'a', Request{Lang: en, Family: Sans, Bold: true, Italic: true}, "NotoSans-BoldItalic", true},
		{"Cyrillic", 'Ж', Request{Lang: "ru"}, "NotoSerif-Regular", true},
		{"Greek", 'ώ', Request{Lang: "el", Bold: true}, "NotoSerif-Bold", true},
		{"a quotation mark in English", '“', Request{Lang: en}, "NotoSerif-Regular", true},
		{"a wide quotation mark", '“', Request{Lang: zh, Wide: true}, "NotoSerifCJKsc-Regular", true},
		{"a wide dash in italics", '—', Request{Lang: zh, Wide: true, Italic: true}, "NotoSerifCJKsc-Regular", true},
		{"a dash in English", '—', Request{Lang: en, Italic: true}, "NotoSerif-Italic", true},
		{"mono", 'a', Request{Lang: en, Family: Mono}, "NotoSansCJKsc-Regular", true},
		{"bold mono Han", '永', Request{Lang: zh, Family: Mono, Bold: true}, "NotoSansCJKsc-Bold", true},
		{"an emoji", '😀', Request{Lang: zh}, "NotoEmoji-Regular", true},
		{"an emoji by default", '⌚', Request{Lang: en}, "NotoEmoji-Regular", true},
		{"text by default", '☎', Request{Lang: zh}, "NotoSerifCJKsc-Regular", true},
		{"a sum", '∑', Request{Lang: en}, "", true},
		{"a mathematical letter", '𝒜', Request{Lang: zh}, "NotoSansMath-Regular", true},
		{"a symbol", '🖶', Request{Lang: en}, "", true},
		{"Arabic", 'ش', Request{Lang: "ar"}, "NotoNaskhArabic-Regular", true},
		{"an Arabic comma", '،', Request{Lang: zh}, "NotoNaskhArabic-Regular", true},
		{"Hebrew in Japanese", 'ש', Request{Lang: ja}, "NotoSerifHebrew-Regular", true},
		{"Devanagari", 'क', Request{Lang: "hi", Italic: true}, "NotoSerifDevanagari-Regular", true},
		{"Thai has one design", 'ก', Request{Lang: "th", Family: Sans, Bold: true}, "NotoSerifThai-Regular", true},
		{"Tibetan in Chinese", 'བ', Request{Lang: zh}, "NotoSerifTibetan-Regular", true},
		{"Cherokee is missing", 'Ꭰ', Request{Lang: "chr"}, "NotoSerifCJKsc-Regular", false},
		{"Cherokee is missing in sans", 'Ꭰ', Request{Lang: "chr", Family: Sans, Bold: true}, "NotoSansCJKsc-Bold", false},
		{"a rare character in bold", '㐂', Request{Lang: zh, Bold: true}, "NotoSerifCJKsc-Regular", true},
		{"a rare character in sans", '㐂', Request{Lang: zh, Family: Sans}, "NotoSerifCJKsc-Regular", true},
		{"a rare character in bold sans", '㐂', Request{Lang: ja, Family: Sans, Bold: true}, "NotoSerifCJKsc-Regular", true},
		{"level 2 of Big5 in bold sans", '籲', Request{Lang: zh, Family: Sans, Bold: true}, "NotoSansCJKsc-Bold", true},
		{"what level 2 of Big5 alone has in bold sans", '仜', Request{Lang: zh, Family: Sans, Bold: true}, "NotoSansCJKsc-Regular", true},
		{"a name of the first block in bold sans", '喆', Request{Lang: zh, Family: Sans, Bold: true}, "NotoSansCJKsc-Bold", true},
		{"a name of GBK in bold", '镕', Request{Lang: zh, Bold: true}, "NotoSerifCJKsc-Bold", true},
		{"a name of Extension A in bold sans", '䶮', Request{Lang: zh, Family: Sans, Bold: true}, "NotoSansCJKsc-Bold", true},
		{"a rare syllable in bold", '뷁', Request{Lang: "ko", Bold: true}, "NotoSerifCJKsc-Regular", true},
		{"no character", 0x10ffff, Request{}, "NotoSerifCJKsc-Regular", false},
		{"an invalid rune", -1, Request{}, "NotoSerifCJKsc-Regular", false},
	} {
		f, ok := s.Face(c.r, c.q)
		if ok != c.ok || c.want != "" && f.Name() != c.want {
			t.Errorf("%s: %s, %v", c.what, f.Name(), ok)
		}
		if _, has := f.Glyph(c.r); has != ok {
			t.Errorf("%s: the face has it: %v", c.what, has)
		}
		again, _ := s.Face(c.r, c.q)
		if again != f {
			t.Errorf("%s: asked again: %s", c.what, again.Name())
		}
	}
}

func TestFaceFor(t *testing.T) {
	slotFaces(t)
	s := Embedded()
	for _, c := range []struct {
		what, text string
		q          Request
		want       string
		ok         bool
	}{
		{"a word in Chinese", "Hello", Request{Lang: "zh"}, "NotoSerifCJKsc-Regular", true},
		{"a word with a letter that CJK has not", "Žižek", Request{Lang: "zh"}, "NotoSerif-Regular", true},
		{"the same, decomposed", "Z\u030ciz\u030cek", Request{Lang: "zh"}, "NotoSerif-Regular", true},
		{"a letter that composes", "e\u0301", Request{Lang: "zh"}, "NotoSerifCJKsc-Regular", true},
		{"a mark that does not compose", "x\u0302", Request{Lang: "zh", Family: Sans}, "NotoSans-Regular", true},
		{"kana with a mark", "か\u309a", Request{Lang: "ja"}, "NotoSerifCJKsc-Regular", true},
		{"an ideographic variation", "葛\U000e0100", Request{Lang: "ja"}, "NotoSerifCJKsc-Regular", true},
		{"a family", "👨\u200d👩\u200d👧", Request{Lang: "zh"}, "NotoEmoji-Regular", true},
		{"a skin tone", "👍🏽", Request{Lang: "en"}, "NotoEmoji-Regular", true},
		{"a flag", "🇨🇭", Request{Lang: "en"}, "NotoEmoji-Regular", true},
		{"a flag by tags", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", Request{}, "NotoEmoji-Regular", true},
		{"a keycap", "1\ufe0f\u20e3", Request{Lang: "zh"}, "NotoEmoji-Regular", true},
		{"a heart as emoji", "❤\ufe0f", Request{Lang: "zh"}, "NotoEmoji-Regular", true},
		{"a watch as text", "⌚\ufe0e", Request{Lang: "zh"}, "NotoSansSymbols2-Regular", true},
		{"text and Han", "a永", Request{Lang: "en"}, "NotoSerifCJKsc-Regular", true},
		{"nothing has it all", "aش", Request{Lang: "en"}, "NotoSerif-Regular", false},
		{"nothing", "", Request{Lang: "en"}, "NotoSerif-Regular", true},
		{"broken text", "\xff", Request{Lang: "en"}, "NotoSerif-Regular", true},
	} {
		f, ok := s.FaceFor(c.text, c.q)
		if f.Name() != c.want || ok != c.ok {
			t.Errorf("%s: %s, %v", c.what, f.Name(), ok)
		}
	}
}

// TestWith: a preferred face comes first, but a regular one does not stand for bold.
func TestWith(t *testing.T) {
	all := slotFaces(t)
	s := Embedded().With(all[sansSlot])
	for _, c := range []struct {
		what string
		r    rune
		q    Request
		want string
	}{
		{"what it has", 'a', Request{Lang: "en"}, "NotoSans-Regular"},
		{"also in Chinese", 'a', Request{Lang: "zh"}, "NotoSans-Regular"},
		{"italics it has not", 'a', Request{Lang: "en", Italic: true}, "NotoSans-Regular"},
		{"bold it has not", 'a', Request{Lang: "en", Bold: true}, "NotoSerif-Bold"},
		{"what it has not", '永', Request{Lang: "zh"}, "NotoSerifCJKsc-Regular"},
		{"mono", 'a', Request{Family: Mono}, "NotoSansCJKsc-Regular"},
	} {
		if f, ok := s.Face(c.r, c.q); f.Name() != c.want || !ok {
			t.Errorf("%s: %s, %v", c.what, f.Name(), ok)
		}
	}
	s = s.With(all[sansItalicSlot], all[sansBoldSlot])
	for _, c := range []struct {
		q    Request
		want string
	}{
		{Request{}, "NotoSans-Regular"},
		{Request{Italic: true}, "NotoSans-Italic"},
		{Request{Bold: true}, "NotoSans-Bold"},
		{Request{Bold: true, Italic: true}, "NotoSans-Bold"},
	} {
		if f, _ := s.Face('a', c.q); f.Name() != c.want {
			t.Errorf("%+v: %s", c.q, f.Name())
		}
	}
}

// TestEmptySet: a program without embedded fonts works with a font file, and says so without.
func TestEmptySet(t *testing.T) {
	s := &Set{slots: new([slots]*lazyFace)}
	if s.Err() != ErrNoFonts {
		t.Error(s.Err())
	}
	if f, ok := s.Face('a', Request{}); f != nil || ok {
		t.Error(f, ok)
	}
	if f, ok := s.FaceFor("ab", Request{}); f != nil || ok {
		t.Error(f, ok)
	}
	s = s.With(slotFaces(t)[serifSlot])
	if s.Err() != nil {
		t.Error(s.Err())
	}
	for _, c := range []struct {
		text string
		q    Request
		ok   bool
	}{{"ab", Request{Lang: "zh"}, true}, {"a", Request{Bold: true}, true}, {"a", Request{Family: Mono}, true}, {"永", Request{}, false}} {
		if f, ok := s.FaceFor(c.text, c.q); f == nil || ok != c.ok {
			t.Error(c, f, ok)
		}
	}
}

func TestLanguage(t *testing.T) {
	for lang, want := range map[string]string{
		"": "", "en": "en", "zh": "zh-Hans", "zh-CN": "zh-Hans", "ZH-TW": "zh-Hant-TW", "zh_HK": "zh-Hant-HK",
		"zh-Hant": "zh-Hant-TW", "zh-Hant-MO": "zh-Hant-HK", "zh-Hans-HK": "zh-Hans", "yue": "zh-Hant-HK",
		"ja-JP": "ja", "ko-KR": "ko", "kok": "kok", "z": "z", "zh-x-hk": "zh-Hans", "cmn-Hant": "zh-Hant-TW",
	} {
		if got := Language(lang); got != want {
			t.Errorf("%q: %q, want %q", lang, got, want)
		}
	}
}

// BenchmarkFace measures the choice for text that was seen before.
func BenchmarkFace(b *testing.B) {
	slotFaces(b)
	s := Embedded()
	q := Request{Lang: "zh-Hans"}
	text := []rune("春天的早晨，院子里很安静，只有风吹过树叶的声音。Hello 2026")
	for b.Loop() {
		for _, r := range text {
			s.Face(r, q)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(text)), "ns/char")
}
