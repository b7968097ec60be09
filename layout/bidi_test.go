package layout

import (
	"sort"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/fonts"
)

// seen is a paragraph's first line from left to right. Capitals stand for Hebrew letters
// in it and in text, {} for a right-to-left isolate, [] for a left-to-right one.
func seen(lang, text string) string {
	memory := strings.NewReplacer("{", "\u2067", "}", "\u2069", "[", "\u2066", "]", "\u2069").Replace(text)
	memory = strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return 'א' + r - 'A'
		}
		return r
	}, memory)
	p := styled(lang, 99*em, span{text: memory})
	tt := &Typesetter{set: fonts.Embedded()}
	type glyph struct {
		x    Length
		text string
	}
	var glyphs []glyph
	for _, it := range tt.setParagraph(p)[0].items {
		run := it.(*GlyphRun)
		x := run.At.X
		for i := range run.Glyphs {
			g := &run.Glyphs[i]
			text := run.Text[g.Text0:g.Text1]
			if at := strings.Index("()（）", text); at >= 0 { // what the glyph shows
				if nominal, _ := run.Face.Glyph([]rune(text)[0]); nominal != g.ID {
					text = map[string]string{"(": ")", ")": "(", "（": "）", "）": "（"}[text]
				}
			}
			glyphs = append(glyphs, glyph{x, text})
			x += g.Advance
		}
	}
	sort.SliceStable(glyphs, func(i, j int) bool { return glyphs[i].x < glyphs[j].x })
	var b strings.Builder
	for _, g := range glyphs {
		for _, r := range g.text {
			switch {
			case r >= 'א' && r < 'א'+26:
				b.WriteRune('A' + r - 'א')
			case !isIgnorable(r):
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// TestBidi: the examples of UAX #9, with isolates.
func TestBidi(t *testing.T) {
	if err := fonts.Embedded().Err(); err != nil {
		t.Skip(err)
	}
	for _, c := range []struct{ lang, text, want string }{
		{"en", "car means CAR.", "car means RAC."},
		{"he", "CAR MEANS car.", ".car SNAEM RAC"},
		{"en", "he said “{car MEANS CAR}.”", "he said “RAC SNAEM car.”"},
		{"he", "DID YOU SAY ’[he said “{car MEANS CAR}”]‘?", "?‘he said “RAC SNAEM car”’ YAS UOY DID"},
		{"he", "A 12.5 B, c 3", "c 3 ,B 12.5 A"},
		{"he", "car means car", "car means car"}, // no line of which has an odd level
		{"he", "\u200e12 cars", "12 cars"},
		{"he", "123", "123"},
		{"en", "a (B) c", "a (B) c"},
		{"he", "A (b) C", "C (b) A"},
		{"en", "a B\n1 B", "a B"},
		{"zh-Hans", "他写ABC（12）。", "他写（12）CBA。"},
	} {
		if got := seen(c.lang, c.text); got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}

// TestBackwardBlocks: what begins at the left elsewhere begins at the right, but for code.
// Numbers of pages and of the contents are at the outer edges of books bound at the right.
func TestBackwardBlocks(t *testing.T) {
	item := func(text string) article.ListItem {
		return article.ListItem{Blocks: []article.Block{articletest.P(text)}}
	}
	row := func(a, b string) article.Row {
		return article.Row{Cells: []article.Cell{articletest.Cell(a), articletest.Cell(b)}}
	}
	d := &article.Document{Meta: article.Meta{Title: "ספר", Lang: "he"}, Blocks: []article.Block{
		&article.List{Order: &article.Order{Start: 7}, Items: []article.ListItem{item("אחד")}},
		&article.DefinitionList{Entries: []article.Definition{{Terms: [][]article.Inline{articletest.Inlines("מילה")}, Descriptions: [][]article.Block{{articletest.P("פירוש")}}}}},
		&article.Table{Head: []article.Row{row("שם", "מספר")}, Body: []article.Row{row("שלום", "12")}},
		&article.Code{Text: "go ש := 1"},
		articletest.P("גוף", &article.NoteRef{ID: "n"}),
	}, Notes: []article.Note{{ID: "n", Blocks: []article.Block{articletest.P("הערה")}}}}
	for _, lang := range []string{"he", "en"} {
		d.Meta.Lang = lang
		b := compose(t, Options{Lang: lang}, d)
		b.check(t, d)
		if err := b.t.Contents(b.emit); err != nil {
			t.Fatal(err)
		}
		at := map[string]Length{}
		for _, p := range b.pages {
			for _, it := range p.Items {
				if r, ok := it.(*GlyphRun); ok && r.Element != nil {
					text := strings.TrimSuffix(strings.TrimSpace(r.Text), ".")
					if p.Kind == Contents && text == "1" {
						text = "page"
					}
					at[text] = r.At.X
				}
			}
		}
		if at["מילה"] < at["פירוש"] {
			t.Errorf("%s: what is said of a term stands further out", lang)
		}
		for _, c := range [][2]string{{"7", "אחד"}, {"שם", "מספר"}, {"שלום", "12"}, {"1", "הערה"}} {
			first, ok := at[c[0]]
			second, also := at[c[1]]
			if !ok || !also {
				t.Fatalf("%s: no %q: %v", lang, c, at)
			}
			if right := first > second; right != (lang == "he") {
				t.Errorf("%s: %q at the right: %v", lang, c[0], right)
			}
		}
		if outer := at["page"] < 100*Pt; outer != (lang == "he") {
			t.Errorf("%s: the contents have the page at %s", lang, at["page"])
		}
		if at["go"] > 100*Pt {
			t.Errorf("%s: code begins at %s", lang, at["go"])
		}
	}
}

// TestTrack: letters that are joined are not parted.
func TestTrack(t *testing.T) {
	for text, want := range map[string]bool{"ABC": true, "报道": true, "سلام": false, "हिन्दी": false} {
		r := &GlyphRun{Text: text, Glyphs: []Glyph{{Advance: em}, {}, {Advance: em}}}
		track([]Item{r}, Pt)
		if parted := r.Glyphs[0].Advance > em; parted != want || r.Glyphs[1].Advance != 0 {
			t.Errorf("%s: parted: %v", text, parted)
		}
	}
}

// TestClusters: what is one sign is never parted, and the scripts are shaped.
func TestClusters(t *testing.T) {
	if err := fonts.Embedded().Err(); err != nil {
		t.Skip(err)
	}
	for _, c := range []struct {
		lang, text string
		clusters   int
	}{
		{"zh-Hans", "👩‍👩‍👧‍👦", 1}, {"zh-Hans", "👍🏽", 1}, {"zh-Hans", "🇨🇳", 1}, {"zh-Hans", "❤️‍🔥", 1}, {"zh-Hans", "1️⃣", 1},
		{"hi", "क्षत्रि", 2}, {"ar", "لا", 1}, {"th", "น้ำ", 1}, {"ko", "\u1112\u1161\u11ab", 1}, {"ja", "葛󠄀が", 2},
	} {
		p := styled(c.lang, 40*em, span{text: c.text})
		tt := &Typesetter{set: fonts.Embedded()}
		tt.report = func(i article.Issue) { t.Errorf("%s: %s", c.text, i.Detail) }
		l := tt.setParagraph(p)[0]
		if got := clusters(&l); got != c.clusters {
			t.Errorf("%s: %d clusters, want %d", c.text, got, c.clusters)
		}
	}
	// White after an emoji is that of the text.
	plain := (&Typesetter{set: fonts.Embedded()}).setParagraph(styled("en", 40*em, span{text: "a b"}))[0].width
	alone := (&Typesetter{set: fonts.Embedded()}).setParagraph(styled("en", 40*em, span{text: "a❤️b"}))[0].width
	white := (&Typesetter{set: fonts.Embedded()}).setParagraph(styled("en", 40*em, span{text: "a❤️ b"}))[0].width - alone
	letters := (&Typesetter{set: fonts.Embedded()}).setParagraph(styled("en", 40*em, span{text: "ab"}))[0].width
	if white != plain-letters {
		t.Errorf("the white after an emoji is %s, that of the text %s", white, plain-letters)
	}
	// The first letter of بب is joined to the second.
	tt := &Typesetter{set: fonts.Embedded()}
	run := tt.setParagraph(styled("ar", 40*em, span{text: "بب"}))[0].items[0].(*GlyphRun)
	nominal, _ := run.Face.Glyph('ب')
	if len(run.Glyphs) != 2 || run.Glyphs[0].ID == run.Glyphs[1].ID || run.Glyphs[0].ID == nominal {
		t.Errorf("unshaped: %v, alone %d", run.Glyphs, nominal)
	}
}
