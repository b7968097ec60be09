package fonts

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
)

// small makes a font file with few glyphs of an embedded face: the tables of its subset
// with a cmap of the given characters and the small tables that Parse reads.
func small(t testing.TB, f *Face, text string) []byte {
	t.Helper()
	glyphs := []GID{0}
	var groups []byte
	be := binary.BigEndian
	runes := []rune(text)
	slices.Sort(runes)
	runes = slices.Compact(runes)
	for i, r := range runes {
		g, ok := f.Glyph(r)
		if !ok {
			t.Fatalf("%s has no %q", f.Name(), r)
		}
		glyphs = append(glyphs, g)
		for _, v := range []uint32{uint32(r), uint32(r), uint32(i + 1)} {
			groups = be.AppendUint32(groups, v)
		}
	}
	cmap := []byte{0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, 0, 12, 0, 0}
	cmap = be.AppendUint32(cmap, uint32(16+len(groups)))
	cmap = be.AppendUint32(cmap, 0)
	cmap = be.AppendUint32(cmap, uint32(len(runes)))
	cmap = append(cmap, groups...)

	s, err := f.Subset(glyphs)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	take := func(s *sfnt, tags ...string) {
		for _, tag := range tags {
			if all[tag], err = s.table(tag); err != nil {
				t.Fatal(err)
			}
		}
	}
	take(f.sfnt, "head", "hhea", "OS/2", "name", "post")
	flavor := uint32(flavorTrueType)
	if s.Format == CFF {
		flavor = flavorCFF
		all["CFF "] = s.Data
		all["maxp"] = be.AppendUint16([]byte{0, 0, 0x50, 0}, uint16(len(glyphs)))
		for _, g := range glyphs {
			all["hmtx"] = be.AppendUint32(all["hmtx"], uint32(f.Advance(g))<<16)
		}
		be.PutUint16(all["hhea"][34:], uint16(len(glyphs)))
	} else {
		dir, err := parseDirectory(bytes.NewReader(s.Data), int64(len(s.Data)), 0)
		if err != nil {
			t.Fatal(err)
		}
		take(dir, "head", "hhea", "maxp", "hmtx", "glyf", "loca")
	}
	all["cmap"] = cmap
	return buildSFNT(flavor, all)
}

// collection joins font files to a TrueType collection.
func collection(files ...[]byte) []byte {
	be := binary.BigEndian
	out := []byte("ttcf\x00\x01\x00\x00")
	out = be.AppendUint32(out, uint32(len(files)))
	at := 12 + 4*len(files)
	for _, f := range files {
		out = be.AppendUint32(out, uint32(at))
		at += len(f)
	}
	for _, f := range files {
		base := uint32(len(out))
		f = bytes.Clone(f)
		for i := range int(be.Uint16(f[4:])) {
			rec := f[12+16*i+8:]
			be.PutUint32(rec, be.Uint32(rec)+base)
		}
		out = append(out, f...)
	}
	return out
}

func TestParseCollection(t *testing.T) {
	all := slotFaces(t)
	data := collection(small(t, all[sansSlot], "abc"), small(t, all[serifCJKSlot], "春夏"))
	for i, want := range []string{"NotoSans-Regular", "NotoSerifCJKsc-Regular"} {
		f, err := Parse(data, i)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name() != want {
			t.Errorf("face %d is %s", i, f.Name())
		}
		r := []rune("春a")[1-i]
		g, ok := f.Glyph(r)
		if !ok || f.Outline(g) == nil {
			t.Errorf("face %d has no %q", i, r)
		}
		original := all[[]int{sansSlot, serifCJKSlot}[i]]
		og, _ := original.Glyph(r)
		if !slices.Equal(f.Outline(g), original.Outline(og)) || f.Advance(g) != original.Advance(og) {
			t.Errorf("face %d draws %q differently", i, r)
		}
		// A subset of a subset is one.
		s, err := f.Subset([]GID{0, g})
		if err != nil {
			t.Fatal(err)
		}
		want, err := originalJudge(t, original).outline(og)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := subsetJudge(t, s).outline(1); err != nil || !slices.Equal(got, want) {
			t.Errorf("face %d: the subset draws %q differently: %v", i, r, err)
		}
	}
	if _, err := Parse(data, 2); err == nil {
		t.Error("a third face of two")
	}
}

func TestParseErrors(t *testing.T) {
	all := slotFaces(t)
	ttf := small(t, all[sansSlot], "abc")
	change := func(do func(tables map[string][]byte)) []byte {
		s, err := parseDirectory(bytes.NewReader(ttf), int64(len(ttf)), 0)
		if err != nil {
			t.Fatal(err)
		}
		tables := make(map[string][]byte)
		for tag := range s.tables {
			tables[tag], _ = s.table(tag)
		}
		do(tables)
		return buildSFNT(s.flavor, tables)
	}
	for _, c := range []struct {
		what, want string
		data       []byte
	}{
		{"nothing", "too short", nil},
		{"a text", "starts with", []byte("This is not a font at all.")},
		{"a web font", "WOFF", append([]byte("wOFF"), make([]byte, 40)...)},
		{"an empty collection", "collection of 0", append([]byte("ttcf"), make([]byte, 40)...)},
		{"half a font", "cut off", ttf[:len(ttf)/2]},
		{"no head", `no table "head"`, change(func(t map[string][]byte) { delete(t, "head") })},
		{"no outlines", "no outlines", change(func(t map[string][]byte) { delete(t, "glyf") })},
		{"CFF2", "CFF2", change(func(t map[string][]byte) { t["CFF2"] = []byte{1, 2, 3} })},
		{"broken CFF", "CFF", change(func(t map[string][]byte) { t["CFF "] = []byte{1, 0, 4, 1, 9, 9} })},
		{"no units", "units per em", change(func(t map[string][]byte) { copy(t["head"][18:], []byte{0, 0}) })},
		{"no glyphs", "no glyphs", change(func(t map[string][]byte) { copy(t["maxp"][4:], []byte{0, 0}) })},
		{"no metrics", "hmtx", change(func(t map[string][]byte) { copy(t["hhea"][34:], []byte{0, 0}) })},
		{"metrics cut off", "hmtx", change(func(t map[string][]byte) { t["hmtx"] = t["hmtx"][:5] })},
		{"no cmap", "cmap", change(func(t map[string][]byte) { delete(t, "cmap") })},
	} {
		if f, err := Parse(c.data, 0); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "fonts: ") {
			t.Errorf("%s: %v, %v", c.what, f, err)
		}
	}

	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	licence := func(bits byte, high byte) []byte {
		return change(func(t map[string][]byte) { t["OS/2"][8], t["OS/2"][9] = high, bits })
	}
	for _, c := range []struct{ what, path, want string }{
		{"installable", write("a.ttf", ttf), ""},
		{"editable", write("b.ttf", licence(8, 0)), ""},
		{"preview and print, in an old font that says restricted too", write("c.ttf", licence(6, 0)), ""},
		{"restricted", write("d.ttf", licence(2, 0)), "forbid embedding (OS/2 fsType 0x0002)"},
		{"no subsets", write("e.ttf", licence(0, 1)), "a part of it"},
		{"bitmaps only", write("f.ttf", licence(0, 2)), "bitmaps only"},
		{"not there", filepath.Join(dir, "none.ttf"), "none.ttf"},
		{"a folder", dir, "not a file"},
		{"a text", write("g.ttf", []byte("hello hello hello")), "g.ttf"},
	} {
		_, err := Load(c.path, 0)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// TestOutlines: our own reading of charstrings draws what go-text draws, for every glyph.
func TestOutlines(t *testing.T) {
	for _, f := range slotFaces(t)[:4] {
		original := originalJudge(t, f)
		order := make([]GID, f.NumGlyphs())
		for i := range order {
			order[i] = GID(i)
		}
		if p, ok := f.cff.src.(*packedFont); ok {
			slices.SortFunc(order, func(a, b GID) int { return int(p.places[a]) - int(p.places[b]) })
		}
		wrong := 0
		for _, g := range order {
			want, err := original.outline(g)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(f.Outline(g), want) {
				wrong++
			}
		}
		if wrong > 0 {
			t.Errorf("%s: %d of %d outlines differ", f.Name(), wrong, f.NumGlyphs())
		}
	}
}

func TestMetrics(t *testing.T) {
	all := slotFaces(t)
	for _, f := range all {
		m := f.Metrics()
		if m.UnitsPerEm < 1000 || m.Ascent <= 0 || m.Descent >= 0 || m.EmTop-m.EmBottom != m.UnitsPerEm || m.EmBottom >= 0 ||
			m.CapHeight <= m.XHeight || m.XHeight <= 0 || m.StemV <= 0 || m.XMin >= m.XMax || m.YMin >= m.YMax || m.Thickness <= 0 || m.FixedPitch {
			t.Errorf("%s: %+v", f.Name(), m)
		}
		italic := strings.HasSuffix(f.Name(), "Italic")
		if bold := strings.Contains(f.Name(), "Bold"); f.Bold() != bold || f.Italic() != italic || (m.Italic < 0) != italic {
			t.Errorf("%s: bold %v, italic %v (%v°)", f.Name(), f.Bold(), f.Italic(), m.Italic)
		}
		if serif := strings.Contains(f.Name(), "Serif"); m.Serif != serif {
			t.Errorf("%s: serif %v", f.Name(), m.Serif)
		}
		if err := f.Embeddable(); err != nil {
			t.Error(err)
		}
	}
	f := all[serifCJKSlot]
	g, _ := f.Glyph('永')
	if m := f.Metrics(); m.EmTop != 880 || m.EmBottom != -120 || f.Advance(g) != 1000 || f.VerticalAdvance(g) != 1000 {
		t.Errorf("%+v, advances %d and %d", m, f.Advance(g), f.VerticalAdvance(g))
	}
	if x, y := f.VerticalOrigin(g); x != 500 || y != 880 {
		t.Errorf("vertical origin %d, %d", x, y)
	}
	// The full stop of China stands in the lower left corner.
	g, _ = f.Glyph('。')
	if e, ok := f.Extents(g); !ok || e.XMax > 500 || e.YMax > 400 {
		t.Errorf("。: %+v", e)
	}
	if g, _ = f.Glyph('\u3000'); f.Outline(g) != nil {
		t.Error("the ideographic space has ink")
	}
	if _, ok := f.Extents(g); ok {
		t.Error("the ideographic space has a box")
	}
	if f.Outline(1<<20) != nil {
		t.Error("an outline of no glyph")
	}
}

// withLayout makes a font with layout tables of another one: their glyphs do not exist.
func withLayout(t testing.TB) []byte {
	all := slotFaces(t)
	data := small(t, all[symbols2Slot], "🖶")
	s, err := parseDirectory(bytes.NewReader(data), int64(len(data)), 0)
	if err != nil {
		t.Fatal(err)
	}
	tables := make(map[string][]byte)
	for tag := range s.tables {
		tables[tag], _ = s.table(tag)
	}
	for _, tag := range []string{"GSUB", "GPOS", "GDEF"} {
		tables[tag], _ = all[symbolsSlot].sfnt.table(tag)
	}
	return buildSFNT(s.flavor, tables)
}

// exercise uses all that a face has; it may fail but not panic.
func exercise(f *Face) {
	glyphs := []GID{0}
	for _, r := range "aé永あ。한\u3000😀" {
		if g, ok := f.Glyph(r); ok {
			glyphs = append(glyphs, g)
		}
		f.HalfWidth(r)
		f.Simple("ja").Glyph(r)
	}
	for g := range GID(min(f.NumGlyphs(), 40)) {
		glyphs = append(glyphs, g)
	}
	for _, g := range glyphs {
		f.Advance(g)
		f.VerticalAdvance(g)
		f.VerticalOrigin(g)
		f.Extents(g)
		f.Outline(g)
		f.Single("vert", "ja", g)
		f.Subset([]GID{0, g})
	}
	if s, err := f.Subset(glyphs); err == nil && s.Format == CFF {
		parseCFF(bytes.NewReader(s.Data), 0, int64(len(s.Data)))
	}
	shape(f, []rune("a\u0301fi永🖶"), "ja", language.Han)
	s := (&Set{slots: new([slots]*lazyFace)}).With(f)
	s.FaceFor("e\u0301x\u0302", Request{Lang: "zh", Bold: true})
}

func FuzzParse(f *testing.F) {
	all := slotFaces(f)
	for _, i := range []int{sansSlot, serifItalicSlot, serifCJKSlot} {
		f.Add(small(f, all[i], "aé"), 0)
	}
	f.Add(small(f, all[emojiSlot], "😀"), 0)
	f.Add(collection(small(f, all[serifCJKSlot], "永あ。"), small(f, all[sansSlot], "é")), 1)
	f.Add(nameKeyed(f), 0)
	f.Add(withLayout(f), 0)
	f.Fuzz(func(t *testing.T, data []byte, index int) {
		timer := time.AfterFunc(5*time.Second, func() { panic("takes too long") })
		defer timer.Stop()
		face, err := Parse(data, index)
		if err != nil {
			return
		}
		exercise(face)
	})
}

func FuzzCFF(f *testing.F) {
	all := slotFaces(f)
	s, err := all[sansCJKSlot].Subset([]GID{0, 100, 5000, 20000})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Data)
	f.Add(nameKeyedCFF())
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseCFF(bytes.NewReader(data), 0, int64(len(data)))
		if err != nil {
			return
		}
		var glyphs []GID
		for g := range min(c.glyphs(), 50) {
			glyphs = append(glyphs, GID(g))
		}
		out, err := c.subset(glyphs, "F")
		if err != nil {
			return
		}
		// A subset draws what the font drew, where that can be drawn.
		again, err := parseCFF(bytes.NewReader(out), 0, int64(len(out)))
		if err != nil {
			t.Fatalf("the subset cannot be read: %v", err)
		}
		for _, g := range glyphs {
			want, err := c.outline(int(g))
			if b := boundsOf(want); err != nil || b.XMin < -9999 || b.YMin < -9999 || b.XMax > 9999 || b.YMax > 9999 {
				continue // broken, or too large for the numbers of charstrings
			}
			got, err := again.outline(int(g))
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("glyph %d: %v, %v, want %v", g, got, err, want)
			}
		}
	})
}

// nameKeyedCFF builds a name-keyed CFF font as old ones are: subroutines, local and
// global, hints with a mask, an accented character by endchar.
//
// The glyphs are .notdef, A (a triangle), acute (a square), Aacute, and one with curves.
func nameKeyedCFF() []byte {
	n := func(v ...int) (b []byte) {
		for _, v := range v {
			b = appendInt(b, v)
		}
		return b
	}
	cat := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	op := func(v ...byte) []byte { return v }
	// Numbers of subroutines are less the bias of 107.
	global := [][]byte{
		{11}, // never called
		cat(n(100, 0), op(5), n(0, 100), op(5), n(-100), op(6), op(11)), // a square: rlineto, rlineto, hlineto
	}
	local := [][]byte{
		cat(n(300, 700, 300, -700), op(5), op(11)), // two sides of a triangle
		cat(n(50, 60, 70, 80, 90, 100), op(8), op(11)),
		{11}, // never called
	}
	chars := [][]byte{
		cat(n(500-600), op(14)), // .notdef, width 500
		cat(n(0, 10, 50, 60), op(18), n(20, 30), op(19, 0xe0), n(0, 0), op(21), n(0-107), op(10), op(14)), // A: 3 stems
		cat(n(300-600), n(100, 500), op(21), n(1-107), op(29), op(14)),                                    // acute, width 300
		cat(n(650-600, 120, 200, 65, 194), op(14)),                                                        // Aacute: A and acute by their codes
		cat(n(10, 20), op(21), n(1-107), op(10), n(1, 2, 3, 4, 5), op(27), n(1, 2, 3, 4), op(30),
			op(255, 0, 1, 0x80, 0), n(7), op(5), op(14)), // curves and 1.5
	}
	private := cat(n(600), op(opDefaultWidth), n(600), op(opNominalWidth))
	private = cat(private, n(len(private)+2), op(opSubrs))

	strings := [][]byte{[]byte("swash")}
	var b []byte
	for range 2 { // the offsets are known the second time
		var at struct{ charset, chars, private int }
		if b != nil {
			at.charset = bytes.Index(b, []byte{0, 0, 34, 0, 125, 0, 171, 1, 135})
			at.chars = at.charset + 9
			at.private = len(b) - len(private) - indexSize(local)
		}
		var top []byte
		for _, e := range [][2]int{{at.charset, opCharset}, {at.chars, opCharStrings}} {
			top = append(appendOffset(top, e[0]), byte(e[1]))
		}
		top = append(appendOffset(appendInt(top, len(private)), at.private), opPrivate)
		w := &cffWriter{b: []byte{1, 0, 4, 1}}
		w.index([][]byte{[]byte("Old")})
		w.index([][]byte{top})
		w.index(strings)
		w.index(global)
		w.b = append(w.b, 0, 0, 34, 0, 125, 0, 171, 1, 135) // charset: A, acute, Aacute, swash
		w.index(chars)
		w.b = append(w.b, private...)
		w.index(local)
		b = w.b
	}
	return b
}

func indexSize(objects [][]byte) int {
	w := &cffWriter{}
	w.index(objects)
	return len(w.b)
}

// nameKeyed wraps it in a font file.
func nameKeyed(t testing.TB) []byte {
	donor := slotFaces(t)[serifCJKSlot]
	data := small(t, donor, "ABCD")
	s, err := parseDirectory(bytes.NewReader(data), int64(len(data)), 0)
	if err != nil {
		t.Fatal(err)
	}
	tables := make(map[string][]byte)
	for tag := range s.tables {
		tables[tag], _ = s.table(tag)
	}
	tables["CFF "] = nameKeyedCFF()
	return buildSFNT(flavorCFF, tables)
}

func TestNameKeyed(t *testing.T) {
	f, err := Parse(nameKeyed(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	move := func(x, y float32) Segment {
		return Segment{Op: opentype.SegmentOpMoveTo, Args: [3]opentype.SegmentPoint{{X: x, Y: y}}}
	}
	line := func(x, y float32) Segment {
		return Segment{Op: opentype.SegmentOpLineTo, Args: [3]opentype.SegmentPoint{{X: x, Y: y}}}
	}
	triangle := []Segment{move(0, 0), line(300, 700), line(600, 0), line(0, 0)}
	square := func(x, y float32) []Segment {
		return []Segment{move(x, y), line(x+100, y), line(x+100, y+100), line(x, y+100), line(x, y)}
	}
	want := [][]Segment{nil, triangle, square(100, 500), append(slices.Clone(triangle), square(220, 700)...)}
	for g, w := range want {
		if got := f.Outline(GID(g)); !slices.Equal(got, w) {
			t.Errorf("glyph %d: %v, want %v", g, got, w)
		}
	}
	for g, w := range []int{500, 600, 300, 650, 600} {
		if got, err := f.cff.width(g); got != w || err != nil {
			t.Errorf("glyph %d: width %d, %v", g, got, err)
		}
	}

	order := []GID{0, 4, 3, 1, 2}
	s, err := f.Subset(order)
	if err != nil {
		t.Fatal(err)
	}
	c, err := parseCFF(bytes.NewReader(s.Data), 0, int64(len(s.Data)))
	if err != nil {
		t.Fatal(err)
	}
	if !c.cid || len(c.global) != 2 || len(c.fds[0].subrs) != 3 || len(c.global[0]) != 0 || len(c.fds[0].subrs[2]) != 0 || len(c.global[1]) == 0 {
		t.Errorf("CID-keyed %v, subroutines %q and %q", c.cid, c.global, c.fds[0].subrs)
	}
	judge := subsetJudge(t, s)
	for i, g := range order {
		got, err := judge.outline(GID(i))
		if err != nil || !slices.Equal(got, f.Outline(g)) {
			t.Errorf("glyph %d in the subset: %v, %v", g, got, err)
		}
		was, _ := f.cff.width(int(g))
		if w, err := c.width(i); w != was || err != nil {
			t.Errorf("glyph %d in the subset: width %d, %v; was %d", g, w, err, was)
		}
	}
	// Without the glyphs that call them no subroutine stays.
	if s, err = f.Subset([]GID{0}); err != nil {
		t.Fatal(err)
	}
	if c, err = parseCFF(bytes.NewReader(s.Data), 0, int64(len(s.Data))); err != nil {
		t.Fatal(err)
	}
	for _, subr := range slices.Concat(c.global, c.fds[0].subrs) {
		if len(subr) > 0 {
			t.Errorf("a subroutine that nothing calls: %v", subr)
		}
	}
}
