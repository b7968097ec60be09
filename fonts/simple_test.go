package fonts

import (
	"testing"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
)

// shape runs HarfBuzz over one run.
func shape(f *Face, text []rune, lang string, script language.Script, features ...harfbuzz.Feature) ([]harfbuzz.GlyphInfo, []harfbuzz.GlyphPosition) {
	b := harfbuzz.NewBuffer()
	b.AddRunes(text, 0, -1)
	b.Props = harfbuzz.SegmentProperties{Direction: harfbuzz.LeftToRight, Script: script, Language: language.NewLanguage(lang)}
	b.Shape(harfbuzz.NewFont(font.NewFace(f.Font())), features)
	return b.Info, b.Pos
}

var noKern = harfbuzz.Feature{Tag: opentype.MustNewTag("kern"), Value: 0, Start: harfbuzz.FeatureGlobalStart, End: harfbuzz.FeatureGlobalEnd}

// TestSimpleIsHarfBuzz shapes all that Simple claims, in every language and in runs of
// neighbours, and wants the same glyphs and advances.
func TestSimpleIsHarfBuzz(t *testing.T) {
	langs := []string{"", "en", "zh", "zh-Hans", "zh-CN", "zh-SG", "zh-Hant", "zh-TW", "zh-Hant-TW", "zh-Hant-HK", "zh-HK", "zh-MO", "zh-Hans-HK", "ja", "ja-JP", "ko", "ko-KR", "yue", "lzh", "nan-Hant-TW", "zh_hant_hk"}
	scripts := []language.Script{language.Han, language.Hiragana, language.Katakana, language.Hangul}
	faces := slotFaces(t)
	for i, f := range faces {
		shaper := harfbuzz.NewFont(font.NewFace(f.Font()))
		for _, lang := range langs {
			s := f.Simple(lang)
			var text []rune
			for r := rune(0); r <= 0x10ffff; r++ {
				if _, _, ok := s.Glyph(r); ok {
					text = append(text, r)
				}
			}
			if least := [...]int{sansCJKSlot: 30000, sansCJKBoldSlot: 16000, serifCJKSlot: 40000, serifCJKBoldSlot: 16000}; i < len(least) && len(text) < least[i] {
				t.Errorf("%s %q: only %d characters are simple", f.Name(), lang, len(text))
			}
			// Scripts in their turn; all languages get the scripts that matter.
			for _, script := range scripts {
				// The script of a run is that of most of its characters: marks and kana among
				// Han, Han among kana.
				run := text
				if script != language.Han {
					run = nil
					for i, r := range text {
						if language.LookupScript(r) != language.Han || i%10 == 0 {
							run = append(run, r)
						}
					}
				}
				b := harfbuzz.NewBuffer()
				b.AddRunes(run, 0, -1)
				b.Props = harfbuzz.SegmentProperties{Direction: harfbuzz.LeftToRight, Script: script, Language: language.NewLanguage(Language(lang))}
				b.Shape(shaper, []harfbuzz.Feature{noKern})
				if len(b.Info) != len(run) {
					t.Errorf("%s %q %v: %d glyphs for %d characters", f.Name(), lang, script, len(b.Info), len(run))
					continue
				}
				wrong := 0
				for i, r := range run {
					g, a, _ := s.Glyph(r)
					p := b.Pos[i]
					if b.Info[i].Glyph != g || int(p.XAdvance) != a || p.XOffset != 0 || p.YOffset != 0 || p.YAdvance != 0 {
						if wrong++; wrong < 4 {
							t.Errorf("%s %q %v: %U: glyph %d advance %d, HarfBuzz has %d and %+v", f.Name(), lang, script, r, g, a, b.Info[i].Glyph, p)
						}
					}
				}
				if wrong > 0 {
					t.Errorf("%s %q %v: %d of %d differ", f.Name(), lang, script, wrong, len(run))
				}
			}
		}
	}
}

// TestSimpleCovers: what most CJK text is made of needs no shaper.
func TestSimpleCovers(t *testing.T) {
	f := slotFaces(t)[serifCJKSlot]
	for _, c := range []struct {
		lang, text string
		want       bool
	}{
		{"zh-Hans", "一龥㐂𠮷，。、；：？！（）《》「」", true},
		{"ja", "あゃんアヵヿー・々〆ヶ゛「」。、", true},
		{"ko", "가힣뷁", true},
		{"zh-Hant-TW", "ㄅㄆㄇ㈠㊣", true},
		{"zh-Hans", "Aé1…—“", false}, // Latin and its punctuation is shaped
		{"ja", "\u3099\u309a\ufe00", false},
		{"ko", "\u1100\u3131\u3164", false},
	} {
		s := f.Simple(c.lang)
		for _, r := range c.text {
			if _, _, ok := s.Glyph(r); ok != c.want {
				t.Errorf("%s %q (%U): %v", c.lang, r, r, ok)
			}
		}
	}
}

// TestRegionalForms: one face, five regions, by the language that is given to the shaper.
func TestRegionalForms(t *testing.T) {
	// How many forms each character has among the five regions in Noto CJK: 骨 is
	// mirrored only in China, 令 and 直 differ in most.
	for _, f := range slotFaces(t)[:4] {
		for _, r := range "骨直令" {
			forms := make(map[GID][]string)
			for _, lang := range []string{"zh-Hans", "zh-Hant-TW", "zh-Hant-HK", "ja", "ko"} {
				info, _ := shape(f, []rune{r}, lang, language.Han)
				forms[info[0].Glyph] = append(forms[info[0].Glyph], lang)
			}
			if len(forms) < 3 {
				t.Errorf("%s: %q has the forms %v", f.Name(), r, forms)
			}
			sc, _ := shape(f, []rune{r}, "zh-Hans", language.Han)
			if g, _ := f.Glyph(r); sc[0].Glyph != g {
				t.Errorf("%s: the form of %q without a language is not that of China", f.Name(), r)
			}
		}
	}
}

// TestHalfWidth: all printable ASCII has a glyph of half an em, in each CJK face.
func TestHalfWidth(t *testing.T) {
	for _, f := range slotFaces(t)[:4] {
		seen := make(map[GID]rune)
		for r := rune('!'); r <= '~'; r++ {
			g, ok := f.HalfWidth(r)
			if !ok || f.Advance(g) != 500 {
				t.Errorf("%s: %q: glyph %d, advance %d", f.Name(), r, g, f.Advance(g))
			}
			if seen[g] != 0 {
				t.Errorf("%s: %q and %q have the same glyph", f.Name(), r, seen[g])
			}
			seen[g] = r
			if proportional, _ := f.Glyph(r); g == proportional {
				continue // drawn in half an em already
			}
			a, _ := f.Extents(g)
			if a.XMin < -20 || a.XMax > 520 {
				t.Errorf("%s: %q: ink from %d to %d", f.Name(), r, a.XMin, a.XMax)
			}
		}
		if g, ok := f.HalfWidth(' '); !ok {
			t.Errorf("%s: the space is %d wide", f.Name(), f.Advance(g))
		}
		if _, ok := f.HalfWidth('永'); ok {
			t.Errorf("%s: 永 in half an em", f.Name())
		}
	}
}

// BenchmarkSimple measures setting Han text without a shaper.
func BenchmarkSimple(b *testing.B) {
	s := slotFaces(b)[serifCJKSlot].Simple("zh-Hans")
	var text []rune
	for i := range 100000 {
		text = append(text, rune(0x4e00+i*7919%20000))
	}
	b.SetBytes(int64(len(text))) // characters
	for b.Loop() {
		sum := 0
		for _, r := range text {
			g, a, _ := s.Glyph(r)
			sum += int(g) + a
		}
		if sum == 0 {
			b.Fatal("nothing")
		}
	}
}

// BenchmarkNewSimple measures what the first character in a language costs.
func BenchmarkNewSimple(b *testing.B) {
	f := slotFaces(b)[serifCJKSlot]
	for _, system := range []string{"ZHS ", "JAN "} {
		b.Run(system, func(b *testing.B) {
			for b.Loop() {
				s := newSimple(f, system)
				s.Glyph('永')
			}
		})
	}
}
