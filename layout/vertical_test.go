package layout

import (
	"strings"
	"testing"

	"github.com/leporello-press/leporello/fonts"
)

func TestOrientation(t *testing.T) {
	for _, c := range []struct {
		chars string
		want  orientation
	}{
		{"Aé1 -.~–—…“”°αЖא", voR},
		{"§×※①℃％Ａ１・あア々〇漢가\U00020000🙂", voU},
		{"、。，！？ぁっㇰ㌔", voTu},
		{"「」『』（）〈〉《》【】〜ー゠：；", voTr},
	} {
		for _, r := range c.chars {
			if got := orientationOf(r); got != c.want {
				t.Errorf("%c %U: %d, want %d", r, r, got, c.want)
			}
		}
	}
	for i := 1; i < len(orientations); i++ {
		if a, b := orientations[i-1], orientations[i]; a.hi >= b.lo || a.lo > a.hi {
			t.Errorf("%U–%U stands before %U–%U", a.lo, a.hi, b.lo, b.hi)
		}
	}
}

// stances writes runs of a vertical paragraph: upright text as it is, what lies in ⟨⟩, what
// is combined in one em in [].
func stances(text, lang string, digits int) string {
	t := &Typesetter{set: fonts.Embedded()}
	p := &paragraph{
		spans: []span{{text: text, style: textStyle{size: em, lang: lang}}}, lang: lang, vertical: true, measure: 100 * em, ragged: true,
		conventions: conventions{combine: digits},
	}
	var b strings.Builder
	for _, l := range t.setParagraph(p) {
		for _, it := range l.items {
			r := it.(*GlyphRun)
			if !r.Vertical {
				b.WriteString("⟨" + r.Text + "⟩")
				continue
			}
			for i := 0; i < len(r.Glyphs); {
				j := i + 1
				for j < len(r.Glyphs) && r.Glyphs[j].Text0 == r.Glyphs[i].Text0 {
					j++
				}
				s := r.Text[r.Glyphs[i].Text0:r.Glyphs[i].Text1]
				if s[0] < 0x80 {
					s = "[" + s + "]"
				}
				b.WriteString(s)
				i = j
			}
		}
	}
	return b.String()
}

func TestStanding(t *testing.T) {
	for _, c := range []struct {
		lang, text, want string
		digits           int
	}{
		{"ja", "昭和38年12月3日", "昭和[38]年[12]月[3]日", 0},
		{"ja", "2024年", "⟨2024⟩年", 0},
		{"ja", "2024年", "[2024]年", 4},
		{"ja", "本当!?はい!", "本当[!?]はい[!]", 0},
		{"ja", "Aさん、ABC商会", "[A]さん、⟨ABC⟩商会", 0},
		{"ja", "「ー」〜ぁっ", "「ー」〜ぁっ", 0},
		{"ja", "第 12 章", "第⟨ ⟩[12]⟨ ⟩章", 0},
		{"ja", "12.5％と12%", "⟨12.5⟩％と⟨12%⟩", 0},
		{"ja", "見よ—この", "見よ⟨—⟩この", 0},
		{"zh-Hans", "想——好……", "想⟨——⟩好⟨……⟩", 0},
		{"zh-Hant", "他說：「好；來！」", "他說：「好；來！」", 0},
		{"zh-Hans", "他说“好”", "他说⟨“⟩好⟨”⟩", 0},
		{"zh-Hans", "见12–15页", "见[12]⟨–⟩[15]页", 0},
		{"ja", "か゚が葛󠄀", "か゚が葛󠄀", 0},
	} {
		if got := stances(c.text, c.lang, c.digits); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.lang, c.text, got, c.want)
		}
	}
}
