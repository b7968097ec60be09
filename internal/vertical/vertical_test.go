package vertical

import "testing"

func TestOrientation(t *testing.T) {
	for _, c := range []struct {
		chars string
		want  Orientation
	}{
		{"Aé1 -.~–—…“”°αЖא", R},
		{"§×※①℃％Ａ１・あア々〇漢가\U00020000🙂", U},
		{"、。，！？ぁっㇰ㌔", Tu},
		{"「」『』（）〈〉《》【】〜ー゠：；", Tr},
	} {
		for _, r := range c.chars {
			if got := Of(r); got != c.want {
				t.Errorf("%c %U: %d, want %d", r, r, got, c.want)
			}
		}
	}
	for i := 1; i < len(ranges); i++ {
		if a, b := ranges[i-1], ranges[i]; a.hi >= b.lo || a.lo > a.hi {
			t.Errorf("%U–%U stands before %U–%U", a.lo, a.hi, b.lo, b.hi)
		}
	}
}

func TestCombine(t *testing.T) {
	for _, c := range []struct {
		text, want string
		digits     int
	}{
		{"昭和38年12月3日", "昭和[38]年[12]月[3]日", 2},
		{"2024年", "2024年", 2},
		{"2024年", "[2024]年", 4},
		{"本当!?はい!!!いや!!!!", "本当[!?]はい[!!!]いや!!!!", 2},
		{"Aさん、ABC商会の1A", "[A]さん、ABC商会の1A", 2},
		{"第 12 章", "第 [12] 章", 2},
		{"12.5％と12%", "12.5％と12%", 2},
		{"12–15", "[12]–[15]", 2},
		{"", "", 2},
		{"  ", "  ", 2},
		{"99", "[99]", 2},
		{"я", "я", 2},
	} {
		text := []rune(c.text)
		got, at := "", 0
		Combine(text, c.digits, nil, func(from, to int) {
			got += string(text[at:from]) + "[" + string(text[from:to]) + "]"
			at = to
		})
		if got += string(text[at:]); got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}
