package pdf

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/pdftest"
	"github.com/leporello-press/leporello/layout"
)

// placed is a glyph on a page as a reader draws it.
type placed struct {
	x, y  float64 // of its origin, points, y up
	text  string
	glyph fonts.GID
}

// interpret draws a page's text with the fonts of the file, as ISO 32000-1
// §9.4.4 says, and returns every glyph. actual is what the page reads as.
func interpret(t *testing.T, f *pdftest.File, page pdftest.Dict, d *document) (out []placed, actual string) {
	t.Helper()
	content, err := f.Data(page["Contents"])
	if err != nil {
		t.Fatal(err)
	}
	type matrix [6]float64
	var tm, lm matrix
	var size, rise, spacing float64
	var font *face
	var reading strings.Builder
	var spans []bool // of the open marked contents: whether each has a text of its own
	quiet := func() bool { return slices.Contains(spans, true) }
	depth, text := 0, false
	show := func(s []byte) {
		for ; len(s) >= 2; s = s[2:] {
			code := int(s[0])<<8 | int(s[1])
			if code == 0 || code >= len(font.texts) {
				t.Fatalf("code %d of %d", code, len(font.texts))
			}
			p := placed{tm[4], tm[5], font.texts[code], font.glyphs[code]}
			p.x += rise * tm[2]
			p.y += rise * tm[3]
			out = append(out, p)
			if !quiet() {
				reading.WriteString(p.text)
			}
			if font.vertical {
				move := -float64(font.origins[code].fall)/1e6*size + spacing
				tm[4] += move * tm[2]
				tm[5] += move * tm[3]
			} else {
				move := float64(font.widths[code])/1e6*size + spacing
				tm[4] += move * tm[0]
				tm[5] += move * tm[1]
			}
		}
	}
	for _, op := range pdftest.Operators(content) {
		n := func(i int) float64 { return pdftest.Number(op.Args[i]) }
		switch op.Name {
		case "BT":
			if text {
				t.Error("BT within a text object")
			}
			text = true
			tm = matrix{1, 0, 0, 1, 0, 0}
			lm = tm
		case "ET":
			if !text {
				t.Error("ET without BT")
			}
			text = false
		case "Tf":
			size = n(1)
			i := slices.IndexFunc(d.faces.list, func(f *face) bool { return string(f.name) == string(op.Args[0].(pdftest.Name)) })
			font = d.faces.list[i]
		case "Ts":
			rise = n(0)
		case "Tc":
			spacing = n(0)
		case "Td":
			x, y := n(0), n(1)
			lm[4] += x*lm[0] + y*lm[2]
			lm[5] += x*lm[1] + y*lm[3]
			tm = lm
		case "Tm":
			for i := range lm {
				lm[i] = n(i)
			}
			tm = lm
		case "TJ":
			for _, a := range op.Args[0].(pdftest.Array) {
				if s, ok := a.([]byte); ok {
					show(s)
					continue
				}
				move := -pdftest.Number(a) / 1000 * size
				if font.vertical {
					tm[4] += move * tm[2]
					tm[5] += move * tm[3]
				} else {
					tm[4] += move * tm[0]
					tm[5] += move * tm[1]
				}
			}
		case "BDC":
			depth++
			props := op.Args[1].(pdftest.Dict)
			instead, has := props["ActualText"]
			if has && !quiet() {
				reading.WriteString(pdftest.Text(instead))
			}
			spans = append(spans, has)
		case "EMC":
			depth--
			spans = spans[:len(spans)-1]
		case "g", "G", "rg", "RG", "w", "Tr":
		case "q", "Q", "cm", "Do", "re", "f", "S", "W", "n":
			if text {
				t.Errorf("operator %s within a text object", op.Name)
			}
		default:
			t.Errorf("operator %s", op.Name)
		}
	}
	if depth != 0 || text {
		t.Errorf("%d marked contents are open, text %v", depth, text)
	}
	return out, reading.String()
}

// draw writes one page and returns how a reader draws it.
func draw(t *testing.T, p *layout.Page) ([]placed, string) {
	t.Helper()
	var b bytes.Buffer
	d := newDocument(&b, &export.Job{})
	if err := d.page(p); err != nil {
		t.Fatal(err)
	}
	if err := d.close(testBook, nil); err != nil {
		t.Fatal(err)
	}
	f := pdftest.Must(t, b.Bytes())
	return interpret(t, f, f.Pages()[0], d)
}

// Every glyph is drawn within 0.01 pt of where layout put it, in every
// direction of writing, however long the line.
func TestPositions(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	faces := []*fonts.Face{}
	for _, r := range "中a→" {
		f, ok := embedded().Face(r, fonts.Request{Lang: "zh-Hans"})
		if !ok {
			t.Fatalf("no face for %q", r)
		}
		faces = append(faces, f)
	}
	for round := range 200 {
		s := newSheet()
		p, leaf := element(layout.P, nil)
		s.root(p)
		type want struct {
			x, y  layout.Length
			glyph fonts.GID
		}
		var wants []want
		at := layout.Point{X: 20 * layout.Pt, Y: 30 * layout.Pt}
		for range 1 + rnd.IntN(6) {
			run := &layout.GlyphRun{
				Face: faces[rnd.IntN(len(faces))], Element: leaf, At: at,
				Size:  layout.Length(5+rnd.IntN(60)) * layout.Pt / 2,
				Color: layout.Color(rnd.IntN(3) * 0x123456),
			}
			switch rnd.IntN(6) {
			case 0:
				run.Sideways = true
			case 1:
				run.Vertical = true
			case 2:
				run.Slant = true
			}
			var pen layout.Length
			justified := rnd.IntN(2) == 0
			gap := layout.Length(rnd.IntN(int(run.Size))-int(run.Size)/4) / 8
			for range 1 + rnd.IntN(60) {
				r := []rune("中文排版abc→")[rnd.IntN(8)]
				g, ok := run.Face.Glyph(r)
				if !ok {
					continue
				}
				glyph := layout.Glyph{ID: g, Text0: int32(len(run.Text))}
				run.Text += string(r)
				glyph.Text1 = int32(len(run.Text))
				glyph.Advance = run.Size + layout.Length(rnd.IntN(int(run.Size)))/8
				if justified {
					glyph.Advance = run.Size + gap + layout.Length(rnd.IntN(2))
					if rnd.IntN(9) == 0 {
						glyph.Advance -= run.Size / 2
					}
				}
				if rnd.IntN(8) == 0 && !justified {
					glyph.X = layout.Length(rnd.IntN(1 << 18))
					glyph.Y = layout.Length(rnd.IntN(1<<18) - 1<<17)
				}
				run.Glyphs = append(run.Glyphs, glyph)
				w := want{run.At.X + glyph.X, run.At.Y + glyph.Y, g}
				switch {
				case run.Vertical:
					w.y += pen
				case run.Sideways:
					// Turned a quarter clockwise: right is down, down is left.
					w = want{run.At.X - glyph.Y, run.At.Y + pen + glyph.X, g}
				default:
					w.x += pen
				}
				if run.Slant {
					// What is raised leans with the line; the origin of the glyph with it.
					w.x += glyph.Y * -slant / 1000
				}
				wants = append(wants, w)
				pen += glyph.Advance
			}
			s.add(run)
			if rnd.IntN(2) == 0 && !run.Vertical && !run.Sideways {
				at.X += pen // goes on where it ended
			} else {
				at.X, at.Y = 20*layout.Pt, at.Y+40*layout.Pt
			}
		}
		got, _ := draw(t, s.page)
		if len(got) != len(wants) {
			t.Fatalf("round %d: %d glyphs, want %d", round, len(got), len(wants))
		}
		for i, w := range wants {
			x, y := w.x.Points(), (s.page.Size.H - w.y).Points()
			if g := got[i]; math.Abs(g.x-x) > 0.01 || math.Abs(g.y-y) > 0.01 || g.glyph != w.glyph {
				t.Fatalf("round %d: glyph %d (%d) at %.4f %.4f, want %d at %.4f %.4f", round, i, g.glyph, g.x, g.y, w.glyph, x, y)
			}
		}
	}
}

func TestOneGlyphSeveralTexts(t *testing.T) {
	face, _ := embedded().Face('中', fonts.Request{Lang: "zh-Hans"})
	g, _ := face.Glyph('中')
	h, _ := face.Glyph('文')
	full := 10 * layout.Pt
	_, leaf := element(layout.P, nil)
	run := func(text string, glyphs ...layout.Glyph) *layout.GlyphRun {
		return &layout.GlyphRun{Face: face, Size: full, At: layout.Point{X: full, Y: 2 * full}, Text: text, Glyphs: glyphs, Element: leaf}
	}
	for _, c := range []struct {
		name string
		run  *layout.GlyphRun
		want string   // what the page reads as
		each []string // what each glyph reads as by itself
	}{
		{
			"one glyph, three texts", run("⋯…⋯",
				layout.Glyph{ID: g, Advance: full, Text0: 0, Text1: 3},
				layout.Glyph{ID: g, Advance: full, Text0: 3, Text1: 6},
				layout.Glyph{ID: g, Advance: full, Text0: 6, Text1: 9}),
			"⋯…⋯", []string{"⋯", "…", "⋯"},
		},
		{
			"a ligature", run("——", layout.Glyph{ID: g, Advance: 2 * full, Text0: 0, Text1: 6}),
			"——", []string{"——"},
		},
		{
			"a cluster of two glyphs", run("a\u0301b",
				layout.Glyph{ID: g, Advance: full, Text0: 0, Text1: 3},
				layout.Glyph{ID: h, Text0: 0, Text1: 3},
				layout.Glyph{ID: g, Advance: full, Text0: 3, Text1: 4}),
			"a\u0301b", []string{"a\u0301", "\u200B", "b"},
		},
		{
			"a hyphen that no one wrote", run("ab",
				layout.Glyph{ID: g, Advance: full, Text0: 0, Text1: 2},
				layout.Glyph{ID: h, Advance: full, Text0: 2, Text1: 2}),
			"ab", []string{"ab", "\u00AD"},
		},
		{
			"from right to left", run("אב",
				layout.Glyph{ID: g, Advance: full, Text0: 2, Text1: 4},
				layout.Glyph{ID: h, Advance: full, Text0: 0, Text1: 2}),
			"בא", []string{"ב", "א"}, // readers turn it round
		},
		{
			"a mixed order", run("abc",
				layout.Glyph{ID: g, Advance: full, Text0: 1, Text1: 2},
				layout.Glyph{ID: h, Advance: full, Text0: 0, Text1: 1},
				layout.Glyph{ID: g, Advance: full, Text0: 2, Text1: 3}),
			"abc", []string{"b", "a", "c"},
		},
		{
			"not a text range", run("a", layout.Glyph{ID: g, Advance: full, Text0: -1, Text1: 99}),
			"", []string{"\u00AD"},
		},
	} {
		s := newSheet()
		s.add(c.run)
		got, actual := draw(t, s.page)
		var each []string
		for _, p := range got {
			each = append(each, p.text)
		}
		if actual != c.want || !slices.Equal(each, c.each) {
			t.Errorf("%s: reads %q by glyphs %q, want %q by %q", c.name, actual, each, c.want, c.each)
		}
	}
}

func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

// pdftotext gives the text back that the page was set from.
func TestPDFToText(t *testing.T) {
	lines := []string{
		"春天的早晨，院子里很安静，只有风吹过树叶的声音……",
		"“引号”——破折号，𠮷野家与㐂，emoji 😀 and 🎉.",
		"Latin words with spaces, fi fl ffi, naïve café Ωμέγα Привет",
		"日本語の文章です。ちょっと待って！ 한국어 문장은 낱말 단위로.",
		"3.14 × 10⋯ (a) [b] {c} <d> \\e\\ /f/ %g #h",
	}
	s := newSheet()
	for _, l := range lines {
		s.paragraph(l, 1000)
	}
	pdf, _ := write(t, nil, []*layout.Page{s.page}, nil)
	got := judge(t, pdf, "pdftotext", "-enc", "UTF-8", "FILE", "-")
	if want := strings.Join(lines, " "); fold(got) != want {
		t.Errorf("got  %s\nwant %s", fold(got), want)
	}
}

// Text in every script and size of cluster comes back through the codes.
func FuzzReading(f *testing.F) {
	f.Add("中文 abc 𠮷😀", uint8(3))
	f.Add("()\\\r\n<>", uint8(0))
	f.Fuzz(func(t *testing.T, text string, step uint8) {
		text = strings.ToValidUTF8(text, "?")
		if text == "" {
			return
		}
		face, _ := embedded().Face('a', fonts.Request{})
		run := &layout.GlyphRun{Face: face, Size: 10 * layout.Pt, At: layout.Point{X: layout.Pt, Y: layout.Pt}, Text: text}
		from, n := 0, 0
		for i := range text {
			if n++; i > from && n%(int(step%4)+1) == 0 {
				run.Glyphs = append(run.Glyphs, layout.Glyph{ID: fonts.GID(n % 7), Advance: layout.Pt, Text0: int32(from), Text1: int32(i)})
				from = i
			}
		}
		run.Glyphs = append(run.Glyphs, layout.Glyph{ID: 3, Text0: int32(from), Text1: int32(len(text))})
		s := newSheet()
		s.add(run)
		if _, actual := draw(t, s.page); actual != text {
			t.Errorf("%q reads %q", text, actual)
		}
	})
}

// A cluster of any length reads as a whole from its span; its code says no more
// than readers take.
func TestLongClusters(t *testing.T) {
	for _, text := range []string{"é" + strings.Repeat("\u0301", 300), strings.Repeat("👨\u200D", 100)} {
		face, _ := fonts.Embedded().Face('a', fonts.Request{Lang: "en"})
		g, _ := face.Glyph('a')
		got, actual := draw(t, &layout.Page{Size: layout.Size{W: 100 * layout.Pt, H: 100 * layout.Pt}, Items: []layout.Item{&layout.GlyphRun{
			Face: face, Size: 10 * layout.Pt, At: layout.Point{X: 0, Y: 50 * layout.Pt}, Text: text,
			Glyphs: []layout.Glyph{{ID: g, Advance: 10 * layout.Pt, Text1: int32(len(text))}},
		}}})
		if actual != text {
			t.Errorf("reads as %q", actual)
		}
		if n := len(utf16.Encode([]rune(got[0].text))); n > 60 || !strings.HasPrefix(text, got[0].text) || n < 50 {
			t.Errorf("the code has %d units", n)
		}
	}
}

func TestToUnicodeBlocks(t *testing.T) {
	f := &face{}
	for i := range 250 {
		f.texts = append(f.texts, fmt.Sprint(i))
	}
	f.texts[1], f.texts[2], f.texts[3] = "𠮷", "a\x00", "\uFEFF"
	got := string(f.toUnicode())
	for _, want := range []string{
		"\n100 beginbfchar\n<0001> <D842DFB7>\n<0002> <0061FFFD>\n<0003> <FFFD>\n<0004> <0034>\n",
		"endbfchar\n100 beginbfchar\n<0065> <0031", "endbfchar\n49 beginbfchar\n<00C9> ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

func TestFontsAreWhole(t *testing.T) {
	s := newSheet()
	s.paragraph("中文和 Latin 与 😀，𠮷", 100)
	pdf, _ := write(t, nil, []*layout.Page{s.page}, nil)
	f := sound(t, pdf)
	for name, ref := range f.Dict(f.At(f.Pages()[0]["Resources"], "Font")) {
		font := f.Dict(ref)
		cid := f.Dict(f.Array(font["DescendantFonts"])[0])
		desc := f.Dict(cid["FontDescriptor"])
		base := string(cid["BaseFont"].(pdftest.Name))
		if len(base) < 8 || base[6] != '+' || strings.ToUpper(base[:6]) != base[:6] {
			t.Errorf("%s: name %s", name, base)
		}
		if desc["FontName"] != cid["BaseFont"] {
			t.Errorf("%s: the descriptor is of %v", name, desc["FontName"])
		}
		for _, key := range []string{"Flags", "FontBBox", "ItalicAngle", "Ascent", "Descent", "CapHeight", "StemV"} {
			if desc[key] == nil {
				t.Errorf("%s: no %s", name, key)
			}
		}
	}
	out := judge(t, pdf, "pdffonts", "FILE")
	for _, line := range strings.Split(strings.TrimSpace(out), "\n")[2:] {
		if !strings.Contains(line, "yes yes yes") {
			t.Errorf("not embedded, a subset and readable: %s", line)
		}
	}
}
