package hyphen

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// parted is the word with its hyphens.
func parted(lang, word string) string {
	runes := []rune(word)
	at := For(lang).Points(runes, nil)
	var b strings.Builder
	for i, r := range runes {
		if len(at) > 0 && at[0] == i {
			b.WriteByte('-')
			at = at[1:]
		}
		b.WriteRune(r)
	}
	return b.String()
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ lang, want string }{
		{"en", "hy-phen-ation"},
		{"en-US", "Ty-pog-ra-phy"},
		{"en", "present"}, // an exception
		{"en", "ta-ble"},
		{"en", "as"},
		{"en-GB", "ty-po-graphy"},
		{"de", "Recht-schreib-re-form"},
		{"de-CH", "Do-nau-dampf-schiff-fahrt"},
		{"fr", "bi-blio-thèque"},
		{"es", "ti-po-gra-fía"},
		{"it", "ti-po-gra-fia"},
		{"pt-BR", "ti-po-gra-fia"},
		{"nl", "boek-druk-kunst"},
		{"pl", "dru-kar-stwo"},
		{"ru", "ти-по-гра-фия"},
		{"uk", "дру-кар-ня"},
		{"sv", "hem-li-ga"},
		{"da", "bog-tryk-ker-kunst"},
		{"fi", "kir-ja-pai-no"},
		{"lt", "spaus-tu-vė"},
	} {
		word := strings.ReplaceAll(c.want, "-", "")
		if got := parted(c.lang, word); got != c.want {
			t.Errorf("%s: %s, want %s", c.lang, got, c.want)
		}
	}
	for _, lang := range []string{"", "zh-Hans", "ja", "he", "und"} {
		if For(lang) != nil {
			t.Errorf("%q has patterns", lang)
		}
	}
}

// TestLanguages loads the patterns of every language.
func TestLanguages(t *testing.T) {
	for tag := range languages {
		p := For(tag)
		if p == nil || len(p.levels) < 50 || p.left < 2 || p.right < 2 {
			t.Errorf("%s: %d patterns", tag, len(p.levels))
		}
	}
}

func FuzzPoints(f *testing.F) {
	f.Add("en", "Hyphenation")
	f.Add("de", "Donaudampfschifffahrtsgesellschaft")
	f.Add("ru", "İstanbul\u0301")
	f.Fuzz(func(t *testing.T, lang, word string) {
		p := For(lang)
		if p == nil || !utf8.ValidString(word) {
			return
		}
		runes := []rune(word)
		last := 0
		for _, at := range p.Points(runes, nil) {
			if at <= last || at < p.left || at > len(runes)-p.right {
				t.Fatalf("%s: %q is parted before letter %d", lang, word, at)
			}
			last = at
		}
	})
}

func BenchmarkPoints(b *testing.B) {
	p, word := For("en"), []rune("hyphenation")
	var dst []int
	b.ReportAllocs()
	for b.Loop() {
		dst = p.Points(word, dst[:0])
	}
}
