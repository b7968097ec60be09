package layout

import (
	"bufio"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/testfont"
)

// cssRows reads a tab-separated file of testdata; its first row names the columns.
func cssRows(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var names []string
	var out []map[string]string
	s := bufio.NewScanner(f)
	for s.Scan() {
		cells := strings.Split(s.Text(), "\t")
		if names == nil {
			names = cells
			continue
		}
		row := map[string]string{}
		for i, c := range cells {
			row[names[i]] = c
		}
		out = append(out, row)
	}
	if s.Err() != nil || len(out) == 0 {
		t.Fatal(path, s.Err(), len(out))
	}
	return out
}

// widths returns the advance of every character of the lines' runs.
func widths(lines []line) (out []Length) {
	for _, l := range lines {
		for _, it := range l.items {
			if r, ok := it.(*GlyphRun); ok {
				for _, g := range r.Glyphs {
					out = append(out, g.Advance)
				}
			}
		}
	}
	return out
}

// TestCSSTextSpacingTrim: full-width marks that meet, F full and H half width. The
// marks at the ends of the rows are kept from the ends of the line, where ours are
// always trimmed.
func TestCSSTextSpacingTrim(t *testing.T) {
	passed, ran := 0, 0
	for _, row := range cssRows(t, "testdata/wpt_text_spacing_trim.tsv") {
		if row["text_spacing_trim"] != "normal" || row["writing_mode"] != "horizontal-tb" {
			continue
		}
		ran++
		text := "国" + row["text"] + "国"
		lang := row["lang"]
		p := plainParagraph(lang, text, 40*em, 0)
		got := widths(testSetter(t).setParagraph(p))
		var mask strings.Builder
		for i := 1; i+1 < len(got); i++ {
			switch got[i] {
			case em:
				mask.WriteByte('F')
			case em / 2:
				mask.WriteByte('H')
			default:
				mask.WriteString(ems(got[i]))
			}
		}
		if want := row["advance_mask_F_full_H_half"]; mask.String() != want {
			t.Errorf("%s %s %s: got %s, want %s", row["id"], lang, row["text"], mask.String(), want)
			continue
		}
		passed++
	}
	t.Logf("%d of %d", passed, ran)
}

// TestExpand: where white may be added in a Japanese line that is too short (JLREQ
// table 6), + between the characters.
func TestExpand(t *testing.T) {
	for _, want := range []string{"漢+字+か+な+カ+ー+ヨ", "「漢+字」か", "漢「字」「か", "漢、字。か", "漢・字：か", "漢！字？か", "漢+……+か", "漢～字／か"} {
		s := &lineSetter{set: testfont.Set()}
		s.load(plainParagraph("ja", strings.ReplaceAll(want, "+", ""), 40*em, 0))
		s.shapeAll()
		s.space()
		got := ""
		for i := range s.boxes {
			b := &s.boxes[i]
			got += string(s.runes[b.text0:b.text1])
			if b.stretches {
				got += "+"
			}
		}
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestCSSTextAutospace: ^ marks the places where Han and Latin are set apart.
func TestCSSTextAutospace(t *testing.T) {
	kinds := map[string]Autospace{"normal": AutospaceLetters | AutospaceDigits, "ideograph-alpha": AutospaceLetters, "ideograph-numeric": AutospaceDigits}
	for _, row := range cssRows(t, "testdata/wpt_autospace.tsv") {
		p := plainParagraph("zh-Hans", row["text"], 40*em, 0)
		p.autospace = kinds[row["text_autospace"]]
		if strings.Contains(row["note"], "vertical") {
			p = styled("zh-Hans", 40*em)
			p.autospace, p.vertical = kinds[row["text_autospace"]], true
			for _, word := range regexp.MustCompile("[A-Z]+|[^A-Z]+").FindAllString(row["text"], -1) {
				p.spans = append(p.spans, styled("zh-Hans", 0, span{text: word, combine: word[0] < 0x80}).spans...)
			}
		}
		tt := testSetter(t)
		lines := tt.setParagraph(p)
		got := ""
		for _, l := range lines {
			for _, it := range l.items {
				r := it.(*GlyphRun)
				for i, g := range r.Glyphs {
					if i > 0 && r.Glyphs[i-1].Text0 == g.Text0 {
						continue
					}
					text := r.Text[g.Text0:g.Text1]
					wide, width := classOf([]rune(text)[0], true) == ideographClass, Length(0)
					for _, o := range r.Glyphs {
						if o.Text0 == g.Text0 {
							width += o.Advance
						}
					}
					got += text
					if wide && width == em*5/4 || !wide && width == em*3/4 {
						got += "^"
					}
				}
			}
		}
		if got != row["text_with_gap_marks"] {
			t.Errorf("%s: got %q, want %q", row["id"], got, row["text_with_gap_marks"])
		}
	}
}

// TestPlain: what is remembered of a character alone is what HarfBuzz makes of it
// among others.
func TestPlain(t *testing.T) {
	if err := fonts.Embedded().Err(); err != nil {
		t.Skip(err)
	}
	var all []rune
	for _, r := range [][2]rune{{0x3000, 0x30FF}, {0x4E00, 0x9FFF}, {0xAC00, 0xD7A3}, {0xFF01, 0xFF5E}, {0x3400, 0x3500}, {0x20000, 0x20100}} {
		for c := r[0]; c <= r[1]; c++ {
			all = append(all, c)
		}
	}
	for _, family := range []fonts.Family{fonts.Serif, fonts.Sans} {
		for _, lang := range []string{"zh-Hans", "zh-Hant-TW", "ja", "ko"} {
			s := &lineSetter{set: fonts.Embedded()}
			tab := s.table(tableKey{family: family, lang: lang})
			for _, step := range []int{1, 7, 101} { // in different company
				var text []rune
				var sh *shaper
				for i := 0; i < len(all); i++ {
					r := all[i*step%len(all)]
					if e := s.entry(tab, r); e.plain {
						if sh == nil {
							sh = e.shaper
						}
						if e.shaper != sh { // the other design has it
							continue
						}
						text = append(text, r)
					}
				}
				if len(text) < 20000 {
					t.Fatalf("only %d plain characters", len(text))
				}
				scripts := map[language.Script]bool{language.Han: true, language.Hangul: lang == "ko", language.Hiragana: lang == "ja"}
				for script, wanted := range scripts {
					if !wanted {
						continue
					}
					b := s.harfbuzz(text, 0, len(text), sh, script, tab.hbTag, harfbuzz.LeftToRight, grid)
					if len(b.Info) != len(text) {
						for i := range b.Info {
							if i+1 < len(b.Info) && b.Info[i+1].Cluster != b.Info[i].Cluster+1 {
								t.Errorf("%q became one", string(text[b.Info[i].Cluster:b.Info[i+1].Cluster]))
							}
						}
						t.Fatalf("%v %s: %d glyphs of %d characters", family, lang, len(b.Info), len(text))
					}
					bad := 0
					for i, r := range text {
						e := s.entry(tab, r)
						if r == '・' {
							continue
						}
						if b.Info[i].Glyph != e.glyph || b.Pos[i].XAdvance != e.advance || b.Pos[i].XOffset != 0 || b.Pos[i].YOffset != 0 {
							if bad++; bad < 5 {
								t.Errorf("%v %s %s: %c: glyph %d advance %d, alone %d and %d", family, lang, script, r, b.Info[i].Glyph, b.Pos[i].XAdvance, e.glyph, e.advance)
							}
						}
					}
				}
			}
		}
	}
}
