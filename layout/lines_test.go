package layout

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/testfont"
)

// styled is a paragraph of spans whose styles lack the em and the language.
func styled(lang string, measure Length, spans ...span) *paragraph {
	for i := range spans {
		if spans[i].style.size == 0 {
			spans[i].style.size = em
		}
		spans[i].style.lang = lang
	}
	return &paragraph{lang: lang, measure: measure, spans: spans}
}

// dump writes lines for the eye: every item with its place in ems.
func dump(lines []line) string {
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "line %s ascent %s descent %s", ems(l.width), ems(l.ascent), ems(l.descent))
		if l.hyphen {
			b.WriteString(" hyphen")
		}
		if l.notes != nil {
			fmt.Fprintf(&b, " notes %v", l.notes)
		}
		b.WriteByte('\n')
		for _, it := range l.items {
			switch it := it.(type) {
			case *GlyphRun:
				fmt.Fprintf(&b, "  %q at %s,%s:", it.Text, ems(it.At.X), ems(it.At.Y))
				for _, g := range it.Glyphs {
					b.WriteByte(' ')
					if g.X != 0 {
						fmt.Fprintf(&b, "(%s)", ems(g.X))
					}
					b.WriteString(ems(g.Advance))
				}
				if it.Slant {
					b.WriteString(" slanted")
				}
				b.WriteByte('\n')
			case *Box:
				fmt.Fprintf(&b, "  box %06X at %s,%s size %s,%s\n", uint32(it.Fill), ems(it.Rect.At.X), ems(it.Rect.At.Y), ems(it.Rect.Size.W), ems(it.Rect.Size.H))
			case *Link:
				fmt.Fprintf(&b, "  link %s at %s,%s size %s,%s\n", it.Target, ems(it.Rect.At.X), ems(it.Rect.At.Y), ems(it.Rect.Size.W), ems(it.Rect.Size.H))
			case *Picture:
				fmt.Fprintf(&b, "  picture %s at %s,%s size %s,%s\n", it.Key, ems(it.Rect.At.X), ems(it.Rect.At.Y), ems(it.Rect.Size.W), ems(it.Rect.Size.H))
			default:
				fmt.Fprintf(&b, "  %T\n", it)
			}
		}
	}
	return b.String()
}

func TestItems(t *testing.T) {
	picture := &object{width: 2 * em, ascent: 3 * em, descent: em / 2, items: []Item{&Picture{Key: "p", Rect: Rect{Point{0, -3 * em}, Size{2 * em, 3 * em}}}}}
	for _, c := range []struct {
		name string
		p    *paragraph
		want string
	}{
		{"white is taken from the glyphs", styled("zh-Hans", 10*em, span{text: "“甲”，（乙）"}), `
line 5 ascent 0.88 descent 0.12
  "“甲”，（乙）" at 0,0: (-0.5)0.5 1 0.5 1 (-0.5)0.5 1 0.5
`},
		{"a span in the run of its neighbours", styled("zh-Hans", 10*em, span{text: "一二"}, span{text: "三", style: textStyle{highlight: true}}, span{text: "四"}), `
line 4 ascent 0.88 descent 0.12
  box FFF3B0 at 2,-0.88 size 1,1.1
  "一二三四" at 0,0: 1 1 1 1
`},
		{"a line under a word, over the break", styled("zh-Hans", 4*em, span{text: "一二"}, span{text: "三四五六", style: textStyle{underline: true}}), `
line 4 ascent 0.88 descent 0.12
  "一二三四" at 0,0: 1 1 1 1
  box 000000 at 2,0.15 size 2,0.05
line 2 ascent 0.88 descent 0.12
  "五六" at 0,0: 1 1
  box 000000 at 0,0.15 size 2,0.05
`},
		{"a link over the break has two areas", styled("zh-Hans", 4*em, span{text: "一二"}, span{text: "三四", link: "#a"}, span{text: "五六", link: "#a", style: textStyle{bold: true}}), `
line 4 ascent 0.88 descent 0.12
  "一二三四" at 0,0: 1 1 1 1
  link #a at 2,-0.88 size 2,1.1
line 2 ascent 0.88 descent 0.12
  "五六" at 0,0: 1 1
  link #a at 0,-0.88 size 2,1.1
`},
		{"a picture among text", styled("zh-Hans", 10*em, span{text: "甲"}, span{text: "\uFFFC", object: picture}, span{text: "乙"}), `
line 4 ascent 3 descent 0.5
  "甲" at 0,0: 1
  picture p at 1,-3 size 2,3
  "乙" at 3,0: 1
`},
		{"the mark of a note stays with its word", styled("zh-Hans", 4*em, span{text: "一二三四"}, span{text: "1", noteRef: "n", style: textStyle{size: em / 2, rise: em / 4}}, span{text: "五"}), `
line 4 ascent 0.88 descent 0.12
  "一二三" at 0,0: 1.5 1.5 1
line 2.25 ascent 0.88 descent 0.12 notes [n]
  "四" at 0,0: 1
  "1" at 1,-0.25: 0.25
  "五" at 1.25,0: 1
`},
		{"and close to the mark before it", styled("zh-Hans", 4*em, span{text: "一。"}, span{text: "1", noteRef: "n", style: textStyle{size: em / 2, rise: em / 4}}), `
line 1.75 ascent 0.88 descent 0.12 notes [n]
  "一。" at 0,0: 1 0.5
  "1" at 1.5,-0.25: 0.25
`},
		{"spaces at the end of a line keep their text", styled("en", 4*em, span{text: "abcd efgh ijkl"}), `
line 2 ascent 0.88 descent 0.12
  "abcd " at 0,0: 0.5 0.5 0.5 0.5 0
line 2 ascent 0.88 descent 0.12
  "efgh " at 0,0: 0.5 0.5 0.5 0.5 0
line 2 ascent 0.88 descent 0.12
  "ijkl" at 0,0: 0.5 0.5 0.5 0.5
`},
		{"a space between Han and Latin is a quarter em", styled("zh-Hans", 10*em, span{text: "用 Go 写"}), `
line 3.5 ascent 0.88 descent 0.12
  "用 Go 写" at 0,0: 1 0.25 0.5 0.5 0.25 1
`},
		{"a soft hyphen shows where the line ends", styled("en", 3*em, span{text: "abcd\u00ADefgh", style: textStyle{}}), `
line 2.5 ascent 0.88 descent 0.12 hyphen
  "abcd\u00ad" at 0,0: 0.5 0.5 0.5 0.5 0.5
line 2 ascent 0.88 descent 0.12
  "efgh" at 0,0: 0.5 0.5 0.5 0.5
`},
		{"and nowhere else", styled("en", 10*em, span{text: "ab\u00ADcd"}), `
line 2 ascent 0.88 descent 0.12
  "ab\u00adcd" at 0,0: 0.5 0.5 0 0.5 0.5
`},
		{"a reading in the middle of its base", styled("ja", 10*em, span{text: "甲"}, span{text: "漢字", ruby: "かん", rubyEl: &Element{}}), `
line 3 ascent 1.38 descent 0.12
  "甲漢字" at 0,0: 1 1 1
  "かん" at 1.25,-0.94: 1 0.5
`},
		{"a wide reading makes room", styled("ja", 10*em, span{text: "甲"}, span{text: "承", ruby: "うけたまわ", rubyEl: &Element{}}, span{text: "乙"}), `
line 4.5 ascent 1.38 descent 0.12
  "甲承乙" at 0,0: 1 (0.75)2.5 1
  "うけたまわ" at 1,-0.94: 0.5 0.5 0.5 0.5 0.5
`},
		{"and reaches over kana", styled("ja", 10*em, span{text: "に"}, span{text: "承", ruby: "うけたまわ", rubyEl: &Element{}}, span{text: "り"}), `
line 3.5 ascent 1.38 descent 0.12
  "に承り" at 0,0: 1 (0.25)1.5 1
  "うけたまわ" at 0.5,-0.94: 0.5 0.5 0.5 0.5 0.5
`},
		{"forced line ends, one after the other", styled("zh-Hans", 10*em, span{text: "甲", forced: true}, span{text: "", forced: true}, span{text: "乙", forced: true}), `
line 1 ascent 0.88 descent 0.12
  "甲" at 0,0: 1
line 0 ascent 0.88 descent 0.12
line 1 ascent 0.88 descent 0.12
  "乙" at 0,0: 1
`},
		{"a word in italics where the font has none", styled("en", 10*em, span{text: "a"}, span{text: "b", style: textStyle{italic: true}}), `
line 1 ascent 0.88 descent 0.12
  "a" at 0,0: 0.5
  "b" at 0.5,0: 0.5 slanted
`},
		{"right to left, with a number", styled("en", 10*em, span{text: "ab אבג 12 cd"}), `
line 6 ascent 0.88 descent 0.12
  "ab " at 0,0: 0.5 0.5 0.5
  "אבג " at 2.5,0: 0.5 0.5 0.5 0.5
  "12" at 1.5,0: 0.5 0.5
  " cd" at 4.5,0: 0.5 0.5 0.5
`},
		{"a paragraph from right to left", styled("he", 10*em, span{text: "אב ab ג"}), `
line 3.5 ascent 0.88 descent 0.12
  "אב " at 8.5,0: 0.5 0.5 0.5
  "ab" at 7.5,0: 0.5 0.5
  " ג" at 6.5,0: 0.5 0.5
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := testSetter(t).setParagraph(c.p)
			checkLaws(t, c.p, lines)
			if got := dump(lines); got != strings.TrimPrefix(c.want, "\n") {
				t.Errorf("got\n%swant%s", got, c.want)
			}
		})
	}
}

func TestAlignment(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*paragraph)
		want []string // of each line: its place and width
	}{
		{"justified", func(*paragraph) {}, []string{"0+10", "0+3"}},
		{"ragged", func(p *paragraph) { p.ragged = true }, []string{"0+9.5", "0+3"}},
		{"start", func(p *paragraph) { p.align = article.AlignStart }, []string{"0+9.5", "0+3"}},
		{"center", func(p *paragraph) { p.align = article.AlignCenter }, []string{"0.25+9.5", "3.5+3"}},
		{"end", func(p *paragraph) { p.align = article.AlignEnd }, []string{"0.5+9.5", "7+3"}},
		{"balanced", func(p *paragraph) { p.balanced = true }, []string{"0+7", "0+6"}},
		{"balanced in the middle", func(p *paragraph) { p.balanced, p.align = true, article.AlignCenter }, []string{"1.5+7", "2+6"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plainParagraph("zh-Hans", "一二三四五六七八九，十一二", 10*em, 0)
			c.set(p)
			lines := testSetter(t).setParagraph(p)
			checkLaws(t, p, lines)
			var got []string
			for _, l := range lines {
				got = append(got, ems(l.items[0].(*GlyphRun).At.X)+"+"+ems(l.width))
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCode(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"spaces stay", "a  b\n  c", []string{"a  b\n 2", "  c 1.5"}},
		{"tabs go to every fourth column", "\tx\nab\ty", []string{"\tx\n 2.5", "ab\ty 2.5"}},
		{"empty lines stay", "a\n\nb\n", []string{"a\n 0.5", "\n 0", "b\n 0.5", " 0"}},
		{"a long line goes on", "abcdefghijkl", []string{"abcdefgh 4", "ijkl 2"}},
		{"after a word near the end", "abcdef ghi jkl", []string{"abcdef  3.5", "ghi jkl 3.5"}},
		{"within a word that is not", "ab cdefghij", []string{"ab cdefg 4", "hij 1.5"}},
		{"wide characters", "中文中文中", []string{"中文中文 4", "中 1"}},
		{"spaces beyond the end do not show", "abcdefgh  ij", []string{"abcdefgh   4", "ij 1"}},
		{"no full-width mark is narrowed", "“中”，", []string{"“中”， 4"}},
		{"nothing", "", []string{" 0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := styled("zh-Hans", 4*em, span{text: c.text, style: textStyle{family: fonts.Mono}})
			p.verbatim = true
			lines := testSetter(t).setParagraph(p)
			checkLaws(t, p, lines)
			var got []string
			for i, text := range lineTexts(p, lines) {
				got = append(got, text+" "+ems(lines[i].width))
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestMissingGlyph(t *testing.T) {
	var issues []string
	tt := testSetter(t)
	tt.report = func(i article.Issue) { issues = append(issues, i.String()) }
	text := "甲\uE123乙\uE123\uE124"
	for _, tt.name = range []string{"a", "b"} {
		p := plainParagraph("zh-Hans", text, 10*em, 0)
		checkLaws(t, p, tt.setParagraph(p))
		tt.setParagraph(p)
	}
	want := []string{
		`a: glyph.missing: no font has "\ue123" (U+E123, language zh-Hans); drawn as an empty box, kept as text`,
		`a: glyph.missing: no font has "\ue124" (U+E124, language zh-Hans); drawn as an empty box, kept as text`,
		`b: glyph.missing: no font has "\ue123" (U+E123, language zh-Hans); drawn as an empty box, kept as text`,
		`b: glyph.missing: no font has "\ue124" (U+E124, language zh-Hans); drawn as an empty box, kept as text`,
	}
	if !reflect.DeepEqual(issues, want) {
		t.Errorf("got %q", issues)
	}
}

// TestKinsoku: at sensible measures no line begins or ends with what must not.
func TestKinsoku(t *testing.T) {
	const (
		notFirst = "。，、：；！？」』）》〉】〗〕］｝”’·…"
		notLast  = "「『（《〈【〖〔［｛“‘"
	)
	rnd := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("一二三四五六七八九十" + notFirst + notLast + "ab1 ")
	tt := testSetter(t)
	for n := 0; n < 3000; n++ {
		var text []rune
		marks := 0 // in a row; a long row of marks can only be broken somewhere
		for len(text) < 60 {
			r := alphabet[rnd.IntN(len(alphabet))]
			if strings.ContainsRune(notFirst+notLast, r) {
				if marks++; marks > 3 {
					continue
				}
			} else {
				marks = 0
			}
			text = append(text, r)
		}
		p := plainParagraph([]string{"zh-Hans", "zh-Hant", "ja"}[n%3], string(text), Length(12+n%20)*em, 0)
		p.vertical = n%2 == 1
		lines := tt.setParagraph(p)
		checkLaws(t, p, lines)
		texts := lineTexts(p, lines)
		for i, l := range texts {
			first, _ := utf8.DecodeRuneInString(l)
			last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(l, " "))
			quotes := p.lang == "ja" // in Japanese they are no brackets to UAX #14
			if i > 0 && strings.ContainsRune(notFirst, first) && !(quotes && strings.ContainsRune("”’·", first)) {
				t.Fatalf("%s: line %q begins with %q: %q", p.lang, l, first, texts)
			}
			if i+1 < len(texts) && strings.ContainsRune(notLast, last) && !(quotes && strings.ContainsRune("“‘", last)) {
				t.Fatalf("%s: line %q ends with %q: %q", p.lang, l, last, texts)
			}
		}
	}
}

// TestGiant: text without end is set in bounded pieces, and none of it is lost.
func TestGiant(t *testing.T) {
	for _, c := range []struct {
		name, unit string
		verbatim   bool
		lines      int // 0: not counted
	}{
		{"sentences", "春天的早晨，院子里很安静。", false, 0},
		{"no sentence", "春", false, 0},
		{"code", "if x > 0 {\n", true, 40_001},
		{"one line of code", "abcdefgh", true, 8_001},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := styled("zh-Hans", 20*em, span{text: "始"}, span{text: strings.Repeat(c.unit, 40_000)}, span{text: "终", style: textStyle{bold: true}})
			if c.verbatim {
				p.verbatim, p.spans = true, p.spans[1:2]
			}
			lines := testSetter(t).setParagraph(p)
			checkLaws(t, p, lines)
			if c.lines != 0 && len(lines) != c.lines {
				t.Errorf("%d lines, want %d", len(lines), c.lines)
			}
		})
	}
}

// A cluster may be longer than any line: it is parted, on glyphs, and keeps its text.
func TestEndlessCluster(t *testing.T) {
	for name, text := range map[string]string{
		"joined emoji":     "始" + strings.Repeat("👨\u200D", 200) + "終",
		"skin tones":       "👩" + strings.Repeat("🏽", 90),
		"jamo":             strings.Repeat("\u1100", 120) + strings.Repeat("\u1161", 120) + strings.Repeat("\u11A8", 120),
		"marks on a space": "a " + strings.Repeat("🏽", 90) + " b\u3000" + strings.Repeat("🏽", 90) + "。",
		"marks of no face": "a" + strings.Repeat("\U0001E008", 90),
		"signs of Hebrew":  strings.Repeat("\u0591", 90) + "\u05D0",
		"prepended":        strings.Repeat("\u0600", 90) + "1",
		"virama":           strings.Repeat("\u0915\u094D", 90) + "\u0915",
	} {
		t.Run(name, func(t *testing.T) {
			for _, measure := range []Length{em, 5*em + em/2, 30 * em} {
				for _, verbatim := range []bool{false, true} {
					p := plainParagraph("zh-Hans", text, measure, 2*em)
					p.verbatim = verbatim
					ts := testSetter(t)
					ts.set, ts.report = fonts.Embedded(), func(article.Issue) {}
					lines := ts.setParagraph(p)
					checkLaws(t, p, lines)
					for i, l := range lines {
						if l.width > measure && measure > 3*em {
							t.Errorf("measure %s: line %d is %s wide", ems(measure), i, ems(l.width))
						}
					}
				}
			}
		})
	}
}

func TestNoFonts(t *testing.T) {
	if _, err := New(Options{}, fonts.NewSet(), nil, nil); err == nil {
		t.Error("a typesetter without a face")
	}
}

// TestEveryBlock sets characters of all of Unicode in the embedded faces.
func TestEveryBlock(t *testing.T) {
	set := fonts.Embedded()
	if err := set.Err(); err != nil {
		t.Skip(err)
	}
	tt := &Typesetter{set: set, report: func(article.Issue) {}}
	langs := []string{"zh-Hans", "ja", "ar", "en"}
	for i := 0; i < 400; i++ {
		text := []rune("一二三")
		for r := rune(i) * 512; r < rune(i)*512+90; r++ {
			if r < 0xD800 || r > 0xDFFF {
				text = append(text, r)
			}
			if r%11 == 0 {
				text = append(text, ' ')
			}
		}
		p := styled(langs[i%len(langs)], 12*em, span{text: string(text)},
			span{text: string(text), style: textStyle{italic: true, family: fonts.Mono}},
			span{text: string(text[:3]), ruby: string(text[3:8]), rubyEl: &Element{}})
		p.verbatim, p.balanced = i%5 == 1, i%5 == 2
		checkLaws(t, p, tt.setParagraph(p))
	}
}

// TestEmphasisDots: one dot in the middle of each character, none at marks, spaces
// and letters; they read as nothing.
func TestEmphasisDots(t *testing.T) {
	for _, c := range []struct {
		lang, text string
		want       []Length // middle of each dot, in halves of an em
		above      bool
	}{
		{"zh-Hans", "重点，是A", []Length{1, 3, 7}, false},
		{"ja", "かな。漢", []Length{1, 3, 7}, true},
		{"ko", "한 글", []Length{1, 4}, true},
	} {
		p := plainParagraph(c.lang, c.text, 20*em, 0)
		p.spans[0].style.dots = true
		l := testSetter(t).setParagraph(p)[0]
		var got []Length
		for _, it := range l.items {
			r, ok := it.(*GlyphRun)
			if !ok || r.Element != nil || r.Text != "" {
				continue
			}
			pen := r.At.X
			for _, g := range r.Glyphs {
				e, _ := r.Face.Extents(g.ID)
				got = append(got, (pen+Length(e.XMin+e.XMax)*r.Size/2/testfont.UnitsPerEm+em/4)/(em/2))
				pen += g.Advance
			}
			e, _ := r.Face.Extents(r.Glyphs[0].ID)
			middle := r.At.Y - Length(e.YMin+e.YMax)*r.Size/2/testfont.UnitsPerEm
			if c.above && middle > -percent(emAscent, em) || !c.above && middle < percent(emDescent, em) {
				t.Errorf("%s: the dots stand at %s", c.text, ems(middle))
			}
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: dots at %v, want %v", c.text, got, c.want)
		}
	}
}
