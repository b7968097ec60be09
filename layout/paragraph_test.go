package layout

import (
	"reflect"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/layout/linebreak"
)

// joined returns the text of the runs of the lines, readings not counted.
func joined(p *paragraph, lines []line) string {
	var b strings.Builder
	for _, l := range lines {
		for _, it := range l.items {
			if r, ok := it.(*GlyphRun); ok && (r.Element == nil || !isReading(p, r.Element)) {
				b.WriteString(r.Text)
			}
		}
	}
	return b.String()
}

func isReading(p *paragraph, e *Element) bool {
	for i := range p.spans {
		if p.spans[i].rubyEl == e {
			return true
		}
	}
	return false
}

// withoutLineEnds is the text that runs must carry.
func withoutLineEnds(p *paragraph) string {
	var b strings.Builder
	for i := range p.spans {
		if p.spans[i].object == nil {
			b.WriteString(strings.ToValidUTF8(p.spans[i].text, "\uFFFD"))
		}
	}
	return strings.Map(func(r rune) rune {
		if isNewline(r) {
			return -1
		}
		return r
	}, b.String())
}

// checkLaws fails the test where lines break a law that holds for every text.
func checkLaws(t *testing.T, p *paragraph, lines []line) {
	t.Helper()
	if got, want := joined(p, lines), withoutLineEnds(p); got != want {
		t.Fatalf("text: got %q, want %q", got, want)
	}
	at := 0
	texts := lineTexts(p, lines)
	for i, l := range lines {
		if l.text0 != at {
			t.Fatalf("line %d begins at rune %d, want %d", i, l.text0, at)
		}
		at = l.text1
		alone := graphemes(texts[i]) <= 1 || clusters(&l) <= 1
		for _, it := range l.items {
			r, ok := it.(*GlyphRun)
			if !ok {
				continue
			}
			checkPartition(t, r)
			x := r.At.X
			for _, g := range r.Glyphs {
				x += g.Advance
			}
			if x > p.measure && !alone {
				t.Fatalf("line %d sticks out: %d > %d: %q", i, x, p.measure, r.Text)
			}
		}
		if l.width > p.measure && !alone {
			t.Fatalf("line %d is %d wide, the measure %d", i, l.width, p.measure)
		}
	}
}

// clusters counts what the shaper did not part.
func clusters(l *line) int {
	n := 0
	for _, it := range l.items {
		if r, ok := it.(*GlyphRun); ok {
			for i, g := range r.Glyphs {
				if g.Advance > 0 && (i == 0 || g.Text0 != r.Glyphs[i-1].Text0) {
					n++
				}
			}
		}
	}
	return n
}

// graphemes counts the clusters of a line, spaces not counted.
func graphemes(text string) int {
	n := 0
	runes := []rune(strings.Join(strings.Fields(text), ""))
	for _, o := range linebreak.Breaks(runes, linebreak.Options{}, nil) {
		if o&linebreak.Cluster != 0 {
			n++
		}
	}
	return n - 1
}

// checkPartition: the glyphs' ranges cover the run's text, each byte once.
func checkPartition(t *testing.T, r *GlyphRun) {
	t.Helper()
	if r.Text == "" && r.Element == nil {
		return // dots and waves read as nothing
	}
	if n := len(r.Glyphs); n > 0 && r.Glyphs[n-1].Text0 == int32(len(r.Text)) { // a hyphen of the line's end
		c := *r
		c.Glyphs = r.Glyphs[:n-1]
		r = &c
	}
	starts := map[int32]int32{}
	for _, g := range r.Glyphs {
		if e, ok := starts[g.Text0]; ok && e != g.Text1 {
			t.Fatalf("%q: two ends of the cluster at %d", r.Text, g.Text0)
		}
		starts[g.Text0] = g.Text1
	}
	at := int32(0)
	for at < int32(len(r.Text)) {
		next, ok := starts[at]
		if !ok || next <= at {
			t.Fatalf("%q: no glyph for byte %d: %v", r.Text, at, starts)
		}
		delete(starts, at)
		at = next
	}
	if len(starts) != 0 || at != int32(len(r.Text)) {
		t.Fatalf("%q: glyphs beyond the text: %v", r.Text, starts)
	}
}

func FuzzParagraph(f *testing.F) {
	for _, text := range []string{
		"春天的早晨，院子里很安静。", "他说：“（真的）好看！”我笑了。", "The quick brown fox — jumps over… the “lazy” dog.",
		"使用 Go 语言 https://example.com/a/very/long/path?with=query&and=more#fragment 写PDF",
		"한국어 문장은 낱말 단위로 줄을 바꿉니다.", "مرحبا بالعالم 123 abc", "שלום abc 123 עולם", "नमस्ते दुनिया", "สวัสดีชาวโลก",
		"👨‍👩‍👧‍👦👍🏽1️⃣🇨🇳 ❤️", "か\u3099き\u0301葛󠄀", "a\u00ADb\u200Bc\u2028d\te\x00f\r\ng", "\xff\xfe", "Donaudampfschifffahrtsgesellschaftskapitän",
		"　　。，、）））（（（", " leading and trailing ", "𠮷野家\U00020200\uE000",
	} {
		f.Add(text, uint8(8), uint8(0), uint8(0))
		f.Add(text, uint8(3), uint8(2), uint8(1))
		f.Add(text, uint8(20), uint8(1), uint8(2))
		f.Add(text, uint8(10), uint8(2), uint8(128))
		f.Add(text, uint8(1), uint8(1), uint8(130))
		f.Add(text, uint8(9), uint8(0), uint8(6+64))
	}
	langs := []string{"zh-Hans", "zh-Hant-TW", "ja", "ko", "en", "ar", "und"}
	f.Fuzz(func(t *testing.T, text string, measure, lang, mode uint8) {
		if len(text) > 2000 {
			return
		}
		set := func() (*paragraph, []line) {
			p := plainParagraph(langs[int(lang)%len(langs)], text, Length(measure%40)*em/2+em/3, 0)
			p.vertical = mode >= 128
			p.hyphenate = mode&64 != 0
			switch mode % 7 {
			case 1:
				p.verbatim = true
			case 2:
				p.indent = 2 * em
			case 3:
				p.ragged = true
			case 4:
				p.balanced = true
			case 5:
				if n := len(text) / 2; n > 0 {
					a := p.spans[0]
					b := a
					a.text, b.text = text[:n], text[n:]
					b.ruby, b.rubyEl, b.style.bold = "よみ", &Element{}, true
					p.spans = []span{a, b}
					p.measure = max(p.measure, 2*em) // nothing is narrower than a reading
				}
			case 6:
				if n := len(text) / 2; n > 0 {
					a := p.spans[0]
					a.style.dots, a.style.name = true, true
					b := a
					a.text, b.text = text[:n], text[n:]
					b.pair, b.style.size, b.style.title = 1, em/2, true
					p.spans = []span{a, b}
				}
			}
			tt := testSetter(t)
			tt.report = func(article.Issue) {}
			return p, tt.setParagraph(p)
		}
		p, lines := set()
		checkLaws(t, p, lines)
		if _, again := set(); !reflect.DeepEqual(lines, again) {
			t.Fatal("twice is not the same")
		}
	})
}
