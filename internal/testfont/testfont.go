// Package testfont makes the square font that layout is tested with: every
// wide character is one em, every other half an em, so that a reader of a test
// can check its numbers by counting. It needs no file.
//
// The ink of full-width punctuation stands where a real font has it: in the
// right half of an opening bracket, in the left half of a closing one, near the
// middle of the others. Brackets, full stops and commas have vertical forms, whose ink
// stands in the lower and in the upper half.
package testfont

import (
	"encoding/binary"
	"fmt"
	"sort"
	"sync"
	"unicode/utf16"

	"github.com/go-text/typesetting/font/opentype"
	"github.com/leporello-press/leporello/fonts"
)

// UnitsPerEm of the font. Its ascent is 880 units, its descent 120.
const UnitsPerEm = 1000

// The glyphs. Many characters share one.
const (
	notdef = iota
	space
	narrow
	wideSpace
	wide
	mark
	closer
	opener
	stop
	middle
	dash
	twoEmDash
	exclaim
	closerDown
	openerDown
	stopDown
	numGlyphs
)

// shapes are the advance of each glyph and its one square (no square where x0 is x1).
var shapes = [numGlyphs]struct{ advance, x0, y0, x1, y1 int16 }{
	notdef:    {1000, 100, -20, 900, 780},
	space:     {500, 0, 0, 0, 0},
	narrow:    {500, 50, 0, 450, 700},
	wideSpace: {1000, 0, 0, 0, 0},
	wide:      {1000, 50, -70, 950, 830},
	mark:      {0, -300, 720, -200, 820},
	closer:    {1000, 60, -100, 400, 860},
	opener:    {1000, 600, -100, 940, 860},
	stop:      {1000, 300, -50, 450, 100},
	middle:    {1000, 420, 300, 580, 460},
	dash:      {1000, 0, 360, 1000, 400},
	twoEmDash: {2000, 0, 360, 2000, 400},
	exclaim:   {1000, 300, -50, 450, 100},

	closerDown: {1000, 20, 460, 980, 820},
	openerDown: {1000, 20, -60, 980, 300},
	stopDown:   {1000, 550, 650, 700, 800},
}

// vertical are the glyphs that have vertical forms, in order.
var vertical = []struct{ of, form uint16 }{{closer, closerDown}, {opener, openerDown}, {stop, stopDown}}

// ranges map characters to glyphs; a later range wins. What no range has is
// missing from the font: the private use areas, CJK Extension B from U+20100 on
// but for U+20BB7, most symbols of the astral planes.
var ranges = []struct {
	lo, hi rune
	glyph  uint32
}{
	{0x20, 0x20, space},
	{0x21, 0x7E, narrow},
	{0xA0, 0xA0, space},
	{0xA1, 0x02FF, narrow},
	{0x0300, 0x036F, mark},
	{0x0370, 0x058F, narrow}, // Greek, Cyrillic, Armenian
	{0x0590, 0x06FF, narrow}, // Hebrew, Arabic
	{0x0591, 0x05BD, mark},
	{0x064B, 0x065F, mark},
	{0x0900, 0x0E7F, narrow}, // Indic scripts, Thai
	{0x0E31, 0x0E31, mark},
	{0x0E34, 0x0E3A, mark},
	{0x1E00, 0x1FFF, narrow},
	{0x2000, 0x200A, space},
	{0x2010, 0x2027, narrow},
	{0x2030, 0x205E, narrow},
	{0x2070, 0x209C, narrow},
	{0x20A0, 0x20BF, narrow},
	{0x20D0, 0x20F0, mark},
	{0x2100, 0x218F, narrow},
	{0x2190, 0x2BFF, wide}, // arrows, mathematics, symbols
	{0x2014, 0x2015, dash},
	{0x2018, 0x2018, opener}, {0x201C, 0x201C, opener},
	{0x2019, 0x2019, closer}, {0x201D, 0x201D, closer},
	{0x2025, 0x2026, wide},
	{0x203C, 0x203C, wide}, {0x2047, 0x2049, wide},
	{0x2030, 0x2033, wide},
	{0x2103, 0x2103, wide}, {0x2116, 0x2116, wide},
	{0xB7, 0xB7, middle}, {0x2027, 0x2027, middle},
	{0x1100, 0x115F, wide},
	{0x2E80, 0x303F, wide},
	{0x2E3A, 0x2E3A, twoEmDash},
	{0x3000, 0x3000, wideSpace},
	{0x3001, 0x3002, stop},
	{0x3041, 0x3098, wide}, {0x3099, 0x309A, mark}, {0x309B, 0x31FF, wide},
	{0x30FB, 0x30FB, middle},
	{0x3200, 0x4DBF, wide},
	{0x4E00, 0x9FFF, wide},
	{0xA960, 0xA97F, wide},
	{0xAC00, 0xD7A3, wide},
	{0xF900, 0xFAFF, wide},
	{0xFE30, 0xFE6F, wide},
	{0xFF01, 0xFF60, wide},
	{0xFF01, 0xFF01, exclaim}, {0xFF0C, 0xFF0C, stop}, {0xFF0E, 0xFF0E, stop},
	{0xFF1A, 0xFF1B, exclaim}, {0xFF1F, 0xFF1F, exclaim},
	{0xFF61, 0xFFDC, narrow},
	{0xFFE0, 0xFFE6, wide},
	{0xFFFC, 0xFFFD, wide},
	{0x1F100, 0x1F2FF, wide},
	{0x1F300, 0x1FAFF, wide},
	{0x20000, 0x200FF, wide},
	{0x20BB7, 0x20BB7, wide},
}

const (
	openers = "「『（《〈【〖〔［｛｟〘〚〝"
	closers = "」』）》〉】〗〕］｝｠〙〛〞〟"
)

// Bytes returns the font file. The caller must not change it.
var Bytes = sync.OnceValue(build)

// Face returns the square face.
var Face = sync.OnceValue(func() *fonts.Face {
	f, err := fonts.Parse(Bytes(), 0)
	if err != nil {
		panic(fmt.Sprintf("testfont: %v", err))
	}
	return f
})

// Set returns a set that has the square face alone.
var Set = sync.OnceValue(func() *fonts.Set { return fonts.NewSet(Face()) })

func build() []byte {
	table := func(tag string, b []byte) opentype.Table {
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
		return opentype.Table{Tag: opentype.MustNewTag(tag), Content: b}
	}
	glyf, loca := outlines()
	return opentype.WriteTTF([]opentype.Table{ // in the order of their tags
		table("GSUB", gsub()),
		table("OS/2", os2()),
		table("cmap", cmap()),
		table("glyf", glyf),
		table("head", head()),
		table("hhea", hhea()),
		table("hmtx", hmtx()),
		table("loca", loca),
		table("maxp", maxp()),
		table("name", name()),
		table("post", post()),
	})
}

// be appends numbers big-endian, each in the size of its type.
func be(b []byte, values ...any) []byte {
	for _, v := range values {
		b, _ = binary.Append(b, binary.BigEndian, v)
	}
	return b
}

func outlines() (glyf, loca []byte) {
	for _, s := range shapes {
		loca = be(loca, uint32(len(glyf)))
		if s.x0 == s.x1 {
			continue
		}
		glyf = be(glyf, int16(1), s.x0, s.y0, s.x1, s.y1) // one contour and the bounds
		glyf = be(glyf, uint16(3), uint16(0))             // its last point; no instructions
		glyf = append(glyf, 1, 1, 1, 1)                   // on the curve, long differences
		w, h := s.x1-s.x0, s.y1-s.y0
		glyf = be(glyf, s.x0, int16(0), w, int16(0)) // x: clockwise from the lower left
		glyf = be(glyf, s.y0, h, int16(0), -h)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
	}
	return glyf, be(loca, uint32(len(glyf)))
}

func head() []byte {
	return be(nil, uint32(0x00010000), uint32(0x00010000), uint32(0), uint32(0x5F0F3CF5),
		uint16(3), uint16(UnitsPerEm), uint64(0), uint64(0),
		int16(-300), int16(-100), int16(2000), int16(860),
		uint16(0), uint16(8), int16(2), int16(1), int16(0)) // long loca
}

func hhea() []byte {
	return be(nil, uint32(0x00010000), int16(880), int16(-120), int16(0), uint16(2000),
		int16(-300), int16(0), int16(2000), int16(1), int16(0), int16(0),
		uint64(0), int16(0), uint16(numGlyphs))
}

// gsub writes feature vert as one lookup of single substitutions.
func gsub() []byte {
	tag := func(b []byte, t string) []byte { return append(b, t...) }
	b := be(nil, uint32(0x00010000), uint16(10), uint16(30), uint16(44))
	b = be(tag(be(b, uint16(1)), "DFLT"), uint16(8))                                 // scripts
	b = be(b, uint16(4), uint16(0), uint16(0), uint16(0xFFFF), uint16(1), uint16(0)) // its language system, feature 0
	b = be(tag(be(b, uint16(1)), "vert"), uint16(8))                                 // features
	b = be(b, uint16(0), uint16(1), uint16(0))                                       // of lookup 0
	b = be(b, uint16(1), uint16(4), uint16(1), uint16(0), uint16(1), uint16(8))      // lookups: single substitution
	b = be(b, uint16(2), uint16(6+2*len(vertical)), uint16(len(vertical)))
	for _, v := range vertical {
		b = be(b, v.form)
	}
	b = be(b, uint16(1), uint16(len(vertical)))
	for _, v := range vertical {
		b = be(b, v.of)
	}
	return b
}

func hmtx() (b []byte) {
	for _, s := range shapes {
		b = be(b, uint16(s.advance), s.x0)
	}
	return b
}

func maxp() []byte {
	return be(nil, uint32(0x00010000), uint16(numGlyphs), uint16(4), uint16(1), uint16(0), uint16(0),
		uint16(2), uint16(0), uint16(0), uint16(0), uint16(0), uint16(0), uint16(0), uint16(0), uint16(0))
}

func post() []byte {
	return be(nil, uint32(0x00030000), uint32(0), int16(-100), int16(50), uint32(0), uint64(0), uint64(0))
}

func os2() []byte {
	b := be(nil, uint16(4), int16(500), uint16(400), uint16(5), uint16(0)) // fsType 0: may be embedded
	b = be(b, make([]int16, 11))                                           // sub- and superscripts, strikeout, class
	b = append(b, make([]byte, 10+16)...)                                  // panose, Unicode ranges
	b = append(b, "LEPO"...)
	b = be(b, uint16(0x40), uint16(0x20), uint16(0xFFFF), int16(880), int16(-120), int16(0), uint16(880), uint16(120))
	b = be(b, uint64(0), int16(500), int16(700), uint16(0), uint16(0x20), uint16(1))
	return b
}

func name() []byte {
	entries := []struct {
		id   uint16
		text string
	}{{1, "Leporello Square"}, {2, "Regular"}, {4, "Leporello Square"}, {6, "LeporelloSquare"}}
	var records, data []byte
	for _, e := range entries {
		text := be(nil, utf16.Encode([]rune(e.text)))
		records = be(records, uint16(3), uint16(1), uint16(0x409), e.id, uint16(len(text)), uint16(len(data)))
		data = append(data, text...)
	}
	b := be(nil, uint16(0), uint16(len(entries)), uint16(6+len(records)))
	return append(append(b, records...), data...)
}

// cmap writes subtable format 13: ranges of characters that share a glyph.
func cmap() []byte {
	glyphs := map[rune]uint32{}
	for _, r := range ranges {
		for c := r.lo; c <= r.hi; c++ {
			glyphs[c] = r.glyph
		}
	}
	for _, c := range openers {
		glyphs[c] = opener
	}
	for _, c := range closers {
		glyphs[c] = closer
	}
	chars := make([]rune, 0, len(glyphs))
	for c := range glyphs {
		chars = append(chars, c)
	}
	sort.Slice(chars, func(i, j int) bool { return chars[i] < chars[j] })
	var groups []byte
	for i := 0; i < len(chars); {
		j := i + 1
		for j < len(chars) && chars[j] == chars[j-1]+1 && glyphs[chars[j]] == glyphs[chars[i]] {
			j++
		}
		groups = be(groups, uint32(chars[i]), uint32(chars[j-1]), glyphs[chars[i]])
		i = j
	}
	b := be(nil, uint16(0), uint16(1), uint16(3), uint16(10), uint32(12))
	b = be(b, uint16(13), uint16(0), uint32(16+len(groups)), uint32(0), uint32(len(groups)/12))
	return append(b, groups...)
}
