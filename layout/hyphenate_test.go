package layout

import (
	"reflect"
	"strings"
	"testing"
)

func TestHyphenate(t *testing.T) {
	for _, c := range []struct {
		name, lang, text string
		measure          Length
		want             []string
	}{
		{"a word is parted", "en", "conventions of hyphenation", 9 * em, []string{"conventions of hy-", "phenation"}},
		{"no letter stands alone", "en", "the idea", 4 * em, []string{"the idea"}},
		{"a word in Chinese is English", "zh-Hans", "我们用了international一词", 15 * em / 2, []string{"我们用了inter-", "national一词"}},
		{"German", "de", "eine Rechtschreibreform", 9 * em, []string{"eine Rechtschreib-", "reform"}},
		{"a language without patterns", "sw", "lugha kimataifa", 6 * em, []string{"lugha ", "kimataifa"}},
		{"names in capitals stay whole", "en", "about InterNATIONAL", 9 * em, []string{"about ", "InterNATIONAL"}},
		{"so do addresses", "en", "see international.example.org", 14 * em, []string{"see ", "international.example.org"}},
		{"and what has hyphens", "en", "an all-international", 9 * em, []string{"an all-", "international"}},
		{"a soft hyphen is where it is", "en", "the inter\u00ADnational", 7 * em, []string{"the inter\u00AD-", "national"}},
		{"rather one line with a hyphen than two", "en", "typographical international conventional", 11 * em, []string{"typographical interna-", "tional conventional"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := styled(c.lang, c.measure, span{text: c.text})
			p.hyphenate = true
			lines := testSetter(t).setParagraph(p)
			checkLaws(t, p, lines)
			var got []string
			for i, text := range lineTexts(p, lines) {
				hyphens := 0
				for _, it := range lines[i].items {
					r := it.(*GlyphRun)
					for _, g := range r.Glyphs {
						if g.Text0 == g.Text1 {
							hyphens++
						}
					}
				}
				if lines[i].hyphen {
					text += "-"
					if !strings.Contains(text, "\u00AD") {
						hyphens--
					}
				}
				if hyphens != 0 {
					t.Errorf("line %d has %d hyphens more or less", i, hyphens)
				}
				got = append(got, text)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
