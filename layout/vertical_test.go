package layout

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/testfont"
)

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

// TestVerticalIsHarfBuzz wants the glyphs, advances and origins that HarfBuzz has, also of
// those that its port misses, and the same from the tables of single characters.
func TestVerticalIsHarfBuzz(t *testing.T) {
	families := map[string]fonts.Request{"sans": {Family: fonts.Sans}, "serif": {}}
	set := fonts.Embedded()
	s := &lineSetter{set: set}
	rows := cssRows(t, "testdata/vertical_hb.tsv")
	if len(rows) < 60 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		q, ok := families[row["face"]]
		if !ok {
			t.Fatal(row)
		}
		q.Lang = row["lang"]
		face, _ := set.Face('一', q)
		sh := s.shaper(face)
		text := []rune(row["text"])
		b := s.harfbuzz(text, 0, len(text), sh, language.Han, language.NewLanguage(fonts.Language(q.Lang)), harfbuzz.TopToBottom, grid)
		var got []string
		for _, g := range sh.upright(nil, b, Length(sh.upem), q.Lang) {
			x, y := face.VerticalOrigin(g.ID)
			got = append(got, hbGlyph(int(g.ID), int(g.Advance), x-int(g.X), y+int(g.Y)))
		}
		if got := strings.Join(got, " "); got != row["glyphs"] {
			t.Errorf("%s %s %s:\n got %s\nwant %s", row["face"], q.Lang, row["text"], got, row["glyphs"])
		}
		want := strings.Fields(row["glyphs"])
		if len(want) != len(text) {
			continue // か゚ is one
		}
		tab := s.table(tableKey{family: q.Family, lang: q.Lang, vertical: true})
		for i, r := range text {
			e := s.entry(tab, r)
			if !e.plain || e.lies {
				continue
			}
			x, y := e.shaper.face.VerticalOrigin(e.glyph)
			if got := hbGlyph(int(e.glyph), int(e.advance), x, y); got != want[i] {
				t.Errorf("%s %s %c: %s, want %s", row["face"], q.Lang, r, got, want[i])
			}
		}
	}
}

func hbGlyph(id, advance, x, y int) string {
	if advance == 1000 && x == 500 && y == 880 {
		return strconv.Itoa(id)
	}
	return fmt.Sprintf("%d:%d:%d:%d", id, advance, x, y)
}

// TestVerticalTrim: what CSS expects of full-width marks holds in vertical lines as in
// horizontal ones, for the marks that have a place of their own there.
func TestVerticalTrim(t *testing.T) {
	n := 0
	for _, file := range []string{"wpt_text_spacing_trim.tsv", "wpt_trim_lines.tsv"} {
		for _, row := range cssRows(t, "testdata/"+file) {
			if strings.ContainsAny(row["text"], "：；！？“”‘’") {
				continue
			}
			n++
			o := LineOptions{Lang: row["lang"], Em: em, Measure: 40 * em, Align: article.AlignStart, Trim: trimsByName[row["text_spacing_trim"]]}
			if w := row["width_em"]; w != "" {
				o.Measure = integer(t, w) * em
			}
			text := strings.ReplaceAll(row["text"], `\n`, "\u2028")
			want := SetLines(text, testfont.Set(), o)
			o.Mode = VerticalRL
			if got := SetLines(text, testfont.Set(), o); texts(got) != texts(want) || mask(got) != mask(want) {
				t.Errorf("%s %s: %s: got %s %s, want %s %s", row["id"], row["lang"], row["text"], texts(got), mask(got), texts(want), mask(want))
			}
		}
	}
	if n < 190 {
		t.Errorf("only %d rows", n)
	}
}

// TestVerticalLines counts ems in the square font.
func TestVerticalLines(t *testing.T) {
	for _, c := range []struct {
		name, lang string
		measure    int // in half ems
		o          LineOptions
		text, want string
		mask       string
	}{
		{"two digits are an em, without white beside", "ja", 20, LineOptions{}, "昭和38年1月", "昭和38年1月", "FFFFFF"},
		{"three lie on their side, with white", "ja", 20, LineOptions{}, "昭和380年", "昭和380年", "F(1.25)HH(0.75)F"},
		{"a stop does not begin a line", "ja", 8, LineOptions{Align: article.AlignStart}, "国国国国。国", "国国国|国。国", "FFF|FFF"},
		{"an opening mark begins a line trimmed", "ja", 9, LineOptions{}, "国、国国「国国」国", "国、国国|「国国」国", "FF(1.5)F|HFFFF"},
		{"a comma hangs below", "ja", 6, LineOptions{Hanging: HangAllowEnd}, "国国国、国国", "国国国、|国国", "FFFH|FF"},
		{"marks combined do not begin a line", "ja", 6, LineOptions{Align: article.AlignStart}, "国国国!?国", "国国|国!?国", "FF|FFF"},
		{"the commas of Taiwan are not adjusted", "zh-Hant-TW", 20, LineOptions{}, "國，「國」。", "國，「國」。", "FFFFHF"},
	} {
		c.o.Lang, c.o.Em, c.o.Measure, c.o.Mode = c.lang, em, Length(c.measure)*em/2, VerticalRL
		lines := SetLines(c.text, testfont.Set(), c.o)
		if texts(lines) != c.want || mask(lines) != c.mask {
			t.Errorf("%s: got %s %s, want %s %s", c.name, texts(lines), mask(lines), c.want, c.mask)
		}
	}
}

// A heading has room beside the table or figure that it announces, however wide that
// would be alone.
func TestVerticalHeadingStaysWithIsland(t *testing.T) {
	var rows []article.Row
	for range 40 {
		rows = append(rows, article.Row{Cells: []article.Cell{articletest.Cell(strings.Repeat("長い欄", 20)), articletest.Cell("数")}})
	}
	for name, island := range map[string]article.Block{
		"table of several pages": &article.Table{Body: rows},
		"wide table":             &article.Table{Body: rows[:2]},
		"wide figure":            &article.Figure{Images: []*article.Image{{Asset: "4000x1500", Alt: "図"}}},
	} {
		d := &article.Document{Meta: article.Meta{Title: "縦", Lang: "ja"}, Blocks: []article.Block{
			articletest.P(strings.Repeat("朝の時計は止まった。", 60)),
			articletest.H(2, "見出"),
			island,
			articletest.H(2, "次"),
			articletest.P("終。"),
		}}
		b := compose(t, Options{Lang: "ja", Mode: VerticalRL}, d)
		b.check(t, d)
		for i, p := range b.pages {
			heading, other := false, false
			for _, it := range p.Items {
				switch it := it.(type) {
				case *GlyphRun:
					heading = heading || it.Element != nil && it.Text == "見出"
					other = other || strings.Contains(it.Text, "長い")
				case *Picture:
					other = true
				}
			}
			if heading && p.Kind == Body && !other {
				t.Errorf("%s: the heading stands on page %d without it", name, i)
			}
		}
	}
}
