package fonts

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/cff"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/font/opentype/tables"
)

// slotFaces loads all embedded faces.
func slotFaces(t testing.TB) []*Face {
	s := Embedded()
	if s.Err() != nil {
		t.Skip("built without fonts")
	}
	var out []*Face
	for i := range slots {
		out = append(out, s.slot(i))
	}
	return out
}

// judge draws glyphs by go-text alone, from a whole font or a subset.
type judge interface {
	outline(g GID) ([]Segment, error)
}

type cffJudge struct{ *cff.CFF }

func (j cffJudge) outline(g GID) ([]Segment, error) {
	s, _, err := j.LoadGlyph(tables.GlyphID(g))
	return s, err
}

type glyfJudge struct{ *font.Face }

func (j glyfJudge) outline(g GID) ([]Segment, error) {
	o, ok := j.GlyphDataOutline(g)
	if !ok {
		return nil, fmt.Errorf("no outline for glyph %d", g)
	}
	return o.Segments, nil
}

func originalJudge(t testing.TB, f *Face) judge {
	if f.cff != nil {
		raw, err := f.sfnt.table("CFF ")
		if err != nil {
			t.Fatal(err)
		}
		c, err := cff.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		return cffJudge{c}
	}
	return glyfJudge{&font.Face{Font: f.font}}
}

// withCmap makes the font file of a subset one that go-text reads: it wants a cmap.
func withCmap(t testing.TB, data []byte) *font.Face {
	s, err := parseDirectory(bytes.NewReader(data), int64(len(data)), 0)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{"cmap": {
		0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, // one table, of format 12, without groups
		0, 12, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0,
	}}
	for tag := range s.tables {
		if all[tag], err = s.table(tag); err != nil {
			t.Fatal(err)
		}
	}
	ld, err := opentype.NewLoader(bytes.NewReader(buildSFNT(s.flavor, all)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := font.NewFont(ld)
	if err != nil {
		t.Fatal(err)
	}
	return &font.Face{Font: f}
}

func subsetJudge(t testing.TB, s Subset) judge {
	if s.Format == CFF {
		c, err := cff.Parse(s.Data)
		if err != nil {
			t.Fatal(err)
		}
		return cffJudge{c}
	}
	return glyfJudge{withCmap(t, s.Data)}
}

// compare subsets a face and counts the glyphs whose outline or advance changed.
func compare(t testing.TB, f *Face, original judge, glyphs []GID) (wrong int) {
	t.Helper()
	s, err := f.Subset(glyphs)
	if err != nil {
		t.Fatal(err)
	}
	got := subsetJudge(t, s)
	widths, err := parseWidths(s)
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range glyphs {
		want, err := original.outline(g)
		if err != nil {
			t.Fatalf("%s: glyph %d: %v", f.Name(), g, err)
		}
		have, err := got.outline(GID(i))
		if err != nil {
			t.Errorf("%s: glyph %d of the subset: %v", f.Name(), i, err)
			wrong++
			continue
		}
		if !slices.Equal(want, have) || widths(i) != f.Advance(g) {
			wrong++
			if wrong < 5 {
				t.Errorf("%s: glyph %d: advance %d, want %d; outlines equal: %v", f.Name(), g, widths(i), f.Advance(g), slices.Equal(want, have))
			}
		}
	}
	return wrong
}

// parseWidths reads the advances that a subset itself gives: hmtx, or the widths
// that charstrings begin with.
func parseWidths(s Subset) (func(i int) int, error) {
	r := bytes.NewReader(s.Data)
	if s.Format == TrueType {
		dir, err := parseDirectory(r, int64(len(s.Data)), 0)
		if err != nil {
			return nil, err
		}
		hmtx, err := dir.table("hmtx")
		if err != nil {
			return nil, err
		}
		return func(i int) int { return int(hmtx[4*i])<<8 | int(hmtx[4*i+1]) }, nil
	}
	c, err := parseCFF(r, 0, int64(len(s.Data)))
	if err != nil {
		return nil, err
	}
	return func(i int) int { w, _ := c.width(i); return w }, nil
}

// TestSubsetEveryGlyph cuts every face into subsets that hold all its glyphs and has go-text
// draw both.
func TestSubsetEveryGlyph(t *testing.T) {
	for _, f := range slotFaces(t) {
		t.Run(f.Name(), func(t *testing.T) {
			original := originalJudge(t, f)
			const chunk = 8000
			total, wrong := 0, 0
			for from := 1; from < f.NumGlyphs(); from += chunk {
				glyphs := []GID{0}
				for g := from; g < min(from+chunk, f.NumGlyphs()); g++ {
					glyphs = append(glyphs, GID(g))
				}
				wrong += compare(t, f, original, glyphs)
				total += len(glyphs) - 1
			}
			if total != f.NumGlyphs()-1 || wrong != 0 {
				t.Errorf("%d of %d glyphs differ", wrong, total)
			}
		})
	}
}

// TestSubsetRandom: any glyphs in any order, some twice, give the outlines of the original
// and, asked again, the same bytes.
func TestSubsetRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, f := range slotFaces(t) {
		original := originalJudge(t, f)
		for range 2 {
			glyphs := []GID{0}
			for range rnd.IntN(300) {
				glyphs = append(glyphs, GID(rnd.IntN(f.NumGlyphs())))
			}
			if n := compare(t, f, original, glyphs); n != 0 {
				t.Errorf("%s: %d glyphs differ", f.Name(), n)
			}
			a, _ := f.Subset(glyphs)
			b, _ := f.Subset(glyphs)
			if !bytes.Equal(a.Data, b.Data) {
				t.Errorf("%s: two subsets differ", f.Name())
			}
		}
	}
}

func TestSubsetRefuses(t *testing.T) {
	f := slotFaces(t)[sansSlot]
	for name, glyphs := range map[string][]GID{
		"nothing":        {},
		"no .notdef":     {5},
		"no such glyph":  {0, 1 << 20},
		"an empty glyph": {0, font.EmptyGlyph},
	} {
		if _, err := f.Subset(glyphs); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// BenchmarkSubset cuts a face into what a book and what an article of simplified Chinese need.
func BenchmarkSubset(b *testing.B) {
	f := slotFaces(b)[serifCJKSlot]
	text := func(step rune, n int) []GID {
		glyphs := []GID{0}
		for r := rune(0x4e00); len(glyphs) < n; r += step {
			g, _ := f.Glyph(r)
			glyphs = append(glyphs, g)
		}
		return glyphs
	}
	common := []GID{0}
	for _, r := range "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严" {
		g, _ := f.Glyph(r)
		common = append(common, g)
	}
	for _, c := range []struct {
		name   string
		glyphs []GID
	}{{"rare", text(5, 3800)}, {"common", common}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				unpacked.release()
				if _, err := f.Subset(c.glyphs); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
