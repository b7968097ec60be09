package layout

import (
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/testfont"
	"github.com/leporello-press/leporello/layout/linebreak"
)

var trimsByName = map[string]Trim{
	"space-all": SpaceAll, "normal": TrimNormal, "space-first": SpaceFirst, "trim-start": TrimStart,
	"trim-both": TrimBoth, "trim-all": TrimAll, "auto": TrimAuto,
}

// mask writes the advances of lines: F an em, H half an em, "|" between lines.
func mask(lines []SetLine) string {
	var out []string
	for _, l := range lines {
		m := ""
		for _, a := range l.Advances {
			switch a {
			case em:
				m += "F"
			case em / 2:
				m += "H"
			case 0:
			default:
				m += "(" + ems(a) + ")"
			}
		}
		out = append(out, m)
	}
	return strings.Join(out, "|")
}

func texts(lines []SetLine) string {
	var out []string
	for _, l := range lines {
		out = append(out, strings.TrimRight(l.Text, "\u2028"))
	}
	return strings.Join(out, "|")
}

func integer(t *testing.T, text string) Length {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return Length(n)
}

// TestCSSTrim: the rows as they stand, with the values of CSS.
func TestCSSTrim(t *testing.T) {
	for _, row := range cssRows(t, "testdata/wpt_text_spacing_trim.tsv") {
		trim, ok := trimsByName[row["text_spacing_trim"]]
		if !ok || row["writing_mode"] != "horizontal-tb" {
			t.Fatal(row)
		}
		o := LineOptions{Lang: row["lang"], Em: em, Measure: 40 * em, Align: article.AlignStart, Trim: trim}
		if got, want := mask(SetLines(row["text"], testfont.Set(), o)), row["advance_mask_F_full_H_half"]; got != want {
			t.Errorf("%s %s: %s: got %s, want %s", row["id"], row["lang"], row["text"], got, want)
		}
	}
	for _, row := range cssRows(t, "testdata/wpt_trim_lines.tsv") {
		trim, ok := trimsByName[row["text_spacing_trim"]]
		if !ok {
			t.Fatal(row)
		}
		o := LineOptions{Lang: row["lang"], Em: em, Measure: integer(t, row["width_em"]) * em, Align: article.AlignStart, Trim: trim}
		lines := SetLines(strings.ReplaceAll(row["text"], `\n`, "\u2028"), testfont.Set(), o)
		if texts(lines) != row["expected_lines"] || mask(lines) != row["mask_per_line_F_full_H_half"] {
			t.Errorf("%s: %s: got %s %s, want %s %s", row["id"], row["text_spacing_trim"], texts(lines), mask(lines), row["expected_lines"], row["mask_per_line_F_full_H_half"])
		}
	}
}

func TestCSSHanging(t *testing.T) {
	names := map[string]Hanging{"first": HangFirst, "last": HangLast, "force-end": HangForceEnd, "allow-end": HangAllowEnd}
	for _, row := range cssRows(t, "testdata/wpt_hanging.tsv") {
		hang, ok := names[row["hanging_punctuation"]]
		if !ok {
			t.Fatal(row)
		}
		o := LineOptions{Lang: row["lang"], Em: em, Measure: integer(t, row["width_em"]) * em, Align: article.AlignStart, Trim: SpaceAll, Hanging: hang}
		if got := texts(SetLines(row["text"], testfont.Set(), o)); got != row["expected_lines"] {
			t.Errorf("%s: %s: got %s, want %s", row["id"], row["hanging_punctuation"], got, row["expected_lines"])
		}
	}
}

// TestCSSAutospaceBreak: the rows take letters for an em wide; ours are half.
func TestCSSAutospaceBreak(t *testing.T) {
	for _, row := range cssRows(t, "testdata/wpt_autospace_break.tsv") {
		letters := Length(strings.Count(row["text"], "X"))
		o := LineOptions{Lang: "ja", Em: em, Measure: integer(t, row["width_em"])*em - letters/2*em/2, Align: article.AlignStart}
		if got := texts(SetLines(row["text"], testfont.Set(), o)); got != row["expected_lines"] {
			t.Errorf("%s: got %s, want %s", row["id"], got, row["expected_lines"])
		}
	}
}

func TestSetLines(t *testing.T) {
	start := func(o LineOptions) LineOptions { o.Align = article.AlignStart; return o }
	for _, c := range []struct {
		name, lang string
		measure    int // in half ems
		o          LineOptions
		text, want string
		mask       string
	}{
		{"a mark that has no room is trimmed", "ja", 8, start(LineOptions{Trim: TrimNormal}), "国国国」国", "国国国」|国", "FFFF|F"},
		{"by half an em", "ja", 7, start(LineOptions{Trim: TrimNormal}), "国国国」国", "国国国」|国", "FFFH|F"},
		{"trim-both always", "ja", 8, start(LineOptions{Trim: TrimBoth}), "国国国」「国国国", "国国国」|「国国国", "FFFH|HFFF"},
		{"space-all never", "ja", 7, start(LineOptions{Trim: SpaceAll}), "「国」「国", "「国」|「国", "FFF|FF"},
		{"Taiwan trims a bracket that has no room", "zh-Hant-TW", 7, start(LineOptions{}), "國國國」國", "國國國」|國", "FFFH|F"},
		{"a letter but no digit", "zh-Hans", 20, start(LineOptions{Autospace: AutospaceLetters}), "国A国1国", "国A国1国", "(1.25)(0.75)FHF"},
		{"an author's space is kept", "zh-Hans", 20, start(LineOptions{Autospace: AutospaceLetters}), "国 A", "国 A", "FHH"},
		{"or a quarter", "zh-Hans", 20, start(LineOptions{}), "国 A", "国 A", "F(0.25)H"},
		{"an opening bracket hangs", "zh-Hans", 6, start(LineOptions{Hanging: HangFirst}), "（国国国国", "（国国国|国", "HFFF|F"},
		{"a closing one too", "zh-Hans", 6, start(LineOptions{Hanging: HangLast}), "国国国”", "国国国”", "FFFH"},
		{"a comma hangs out of a justified line", "ja", 6, LineOptions{Hanging: HangAllowEnd}, "国国国、国国", "国国国、|国国", "FFFH|FF"},
		{"forced, even where there is room", "ja", 8, LineOptions{Hanging: HangForceEnd}, "国国国、", "国国国、", "FFFH"},
		{"not after another mark", "ja", 6, start(LineOptions{Hanging: HangAllowEnd}), "国国国」。国", "国国|国」。|国", "FF|FHH|F"},
		{"not in the middle of its square", "zh-Hant-TW", 6, start(LineOptions{Hanging: HangAllowEnd}), "國國國，國", "國國|國，國", "FF|FFF"},
		{"small kana where asked", "ja", 6, start(LineOptions{Strictness: linebreak.Loose}), "国国国ょ国", "国国国|ょ国", "FFF|FF"},
		{"first fit breaks a word only where it must", "en", 6, start(LineOptions{}), "abc abcdefgh", "abc |abcdef|gh", "HHH|HHHHHH|HH"},
		{"nothing", "ja", 6, LineOptions{}, "", "", ""},
	} {
		c.o.Lang, c.o.Em, c.o.Measure = c.lang, em, Length(c.measure)*em/2
		lines := SetLines(c.text, testfont.Set(), c.o)
		if texts(lines) != c.want || mask(lines) != c.mask {
			t.Errorf("%s: got %s %s, want %s %s", c.name, texts(lines), mask(lines), c.want, c.mask)
		}
	}
}

// TestBookConventions: what is chosen for a book holds for its running text, and
// hanging for no headings and cells.
func TestBookConventions(t *testing.T) {
	set := testSetter(t)
	set.o.Hanging, set.o.Level = HangAllowEnd, linebreak.StrictLevel
	p := plainParagraph("zh-Hans", "国国国，国国", 3*em, 0)
	if l := set.setParagraph(p)[0]; l.text1 != 4 || l.hangEnd != em/2 {
		t.Errorf("the line ends at %d, %s hang", l.text1, ems(l.hangEnd))
	}
	p = plainParagraph("zh-Hans", "国国国，国国", 3*em, 0)
	p.ragged = true
	for _, l := range set.setParagraph(p) {
		if l.hangEnd != 0 {
			t.Errorf("%s hang from a heading", ems(l.hangEnd))
		}
	}
	p = plainParagraph("zh-Hans", "国国国——国国", 3*em, 0)
	if l := set.setParagraph(p)[0]; l.text1 == 3 {
		t.Error("a dash begins a line")
	}
}

// TestPunctuation: the presets of Chinese books, as advances in halves of an em.
func TestPunctuation(t *testing.T) {
	for _, c := range []struct {
		name string
		p    Punctuation
		lang string
		text string
		want string // of each character: F an em, H half an em
	}{
		{"quanjiao", Quanjiao, "zh-Hans", "国：“国。”国，国！国", "FFHFHFFFFFF"},
		{"banjiao", Banjiao, "zh-Hans", "国：“国。”国，国！国", "FHHFHHFHFHF"},
		{"kaiming", Kaiming, "zh-Hans", "国：“国。”国，国！国", "FHHFHHFHFFF"},
		{"plain", Plain, "zh-Hans", "国：“国。”国，国！国", "FFFFFFFFFFF"},
		{"two marks are an em", Quanjiao, "zh-Hans", "国！？国", "FHHF"},
		{"three are two", Quanjiao, "zh-Hans", "国！！！国", "FHHFF"},
		{"not in the middle of their square", Quanjiao, "zh-Hant", "國！？國", "FFFF"},
		{"within quotation marks", Quanjiao, "zh-Hans", "“国？！”国", "HFHHFF"},
		{"Taiwan", Quanjiao, "zh-Hant-TW", "國，「國。」國", "FFFFFFF"},
		{"Hong Kong", Quanjiao, "zh-Hant-HK", "國，「國。」國", "FFFFFFF"},
		{"Japan", Quanjiao, "ja", "国、「国。」国：国！国", "FFHFHFFFFFF"},
	} {
		tt := testSetter(t)
		tt.o.Punctuation = c.p
		p := plainParagraph(c.lang, c.text, 40*em, 0)
		p.measured = true
		got := mask([]SetLine{{Advances: tt.setParagraph(p)[0].advances}})
		if got != c.want {
			t.Errorf("%s: %s: got %s, want %s", c.name, c.text, got, c.want)
		}
	}
}

// TestFrench: marks stand apart from their words, by quarters and eighths of an em.
func TestFrench(t *testing.T) {
	for text, want := range map[string]Length{"a!": em / 8, "a :": em / 2, "a:": em / 4, "«a»": em / 2, "a?!": em / 8} {
		o := LineOptions{Lang: "fr", Em: em, Measure: 40 * em, Autospace: AutospacePunctuation}
		l := SetLines(text, testfont.Set(), o)[0]
		if got := l.Set - Length(utf8.RuneCountInString(strings.ReplaceAll(text, " ", "")))*em/2; got != want {
			t.Errorf("%s: %s of white, want %s", text, ems(got), ems(want))
		}
	}
}

// TestHangAll: colons and exclamation marks hang in simplified Chinese where asked for.
func TestHangAll(t *testing.T) {
	for _, c := range []struct {
		lang, text, want string
		hang             Hanging
	}{
		{"zh-Hans", "国国国！国国", "国国国！|国国", HangForceEnd | HangAll},
		{"zh-Hans", "国国国！国国", "国国|国！国|国", HangForceEnd},
		{"zh-Hant", "國國國！國國", "國國|國！國|國", HangForceEnd | HangAll},
	} {
		o := LineOptions{Lang: c.lang, Em: em, Measure: 3 * em, Align: article.AlignStart, Hanging: c.hang}
		if got := texts(SetLines(c.text, testfont.Set(), o)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}

// FuzzSetLines: whatever is chosen, no character is lost, nothing reaches over the
// measure but what hangs, and the advances are the width.
func FuzzSetLines(f *testing.F) {
	f.Add("他说：“（真的）好看！”我笑了。", uint8(0), uint8(0), uint8(0), uint8(0), uint8(8))
	f.Add("「これは、満たす」ための　。\u2028国1A 国", uint8(3), uint8(1), uint8(15), uint8(3), uint8(5))
	f.Add("(abc) don’t \u05d0\u05d1, e\u0301", uint8(6), uint8(2), uint8(9), uint8(7), uint8(3))
	langs := []string{"zh-Hans", "zh-Hant-TW", "ja", "ko", "en", "ar"}
	f.Fuzz(func(t *testing.T, text string, trim, lang, hang, space, measure uint8) {
		if !utf8.ValidString(text) || len(text) > 600 {
			return
		}
		o := LineOptions{
			Lang: langs[int(lang/2)%len(langs)], Em: em, Measure: Length(measure%24+2) * em,
			Trim: Trim(trim % 8), Hanging: Hanging(hang % 32), Autospace: Autospace(space % 32),
		}
		if lang%2 == 1 {
			o.Align = article.AlignStart
		}
		if measure%2 == 1 {
			o.Mode = VerticalRL
		}
		all := ""
		for _, l := range SetLines(text, testfont.Set(), o) {
			all += l.Text
			if len(l.Advances) != utf8.RuneCountInString(l.Text) {
				t.Fatalf("%d advances of %q", len(l.Advances), l.Text)
			}
			sum, full, i := Length(0), 0, 0
			runes := []rune(l.Text)
			end := len(strings.TrimRightFunc(l.Text, func(r rune) bool { return unicode.In(r, unicode.Z, unicode.M, unicode.C) }))
			for at := range l.Text {
				if at < end || runes[i] != '\u3000' {
					sum += l.Advances[i]
				}
				if l.Advances[i] != 0 {
					full++
				}
				i++
			}
			if sum != l.Set+l.HangStart+l.HangEnd {
				t.Fatalf("%q: advances of %s, set %s, hanging %s and %s", l.Text, ems(sum), ems(l.Set), ems(l.HangStart), ems(l.HangEnd))
			}
			if l.Set > o.Measure && full > 1 {
				t.Fatalf("%q is %s wide, the measure %s", l.Text, ems(l.Set), ems(o.Measure))
			}
			if l.HangStart+l.HangEnd > 0 && o.Hanging == 0 {
				t.Fatalf("%q hangs", l.Text)
			}
		}
		if all != text {
			t.Fatalf("got %q of %q", all, text)
		}
	})
}
