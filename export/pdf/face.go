package pdf

import (
	"crypto/sha256"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/pdfobj"
)

// faces are the fonts of a file. They are written last, one subset for each.
type faces struct {
	w      *pdfobj.Writer
	byFace map[faceKey]*face
	list   []*face // in the order of first use
}

type faceKey struct {
	face     *fonts.Face
	vertical bool
}

// face is one font of the file: a face and the codes that were given out. A
// code stands for a glyph and a text, so that a glyph that is read in several
// ways (Noto CJK draws U+2026 and U+22EF alike) has a code for each: the text
// of a page is always that of its source.
type face struct {
	face     *fonts.Face
	vertical bool
	name     name // of the resource
	ref      pdfobj.Ref

	upem   int64
	first  []uint16 // by glyph: its first code; 0: none
	others map[glyphText]uint16
	glyphs []fonts.GID // by code; code 0 is .notdef
	texts  []string    // by code
	widths []int64     // by code, millionths of an em

	origins []origin // by code, of lines that go down
}

type glyphText struct {
	glyph fonts.GID
	text  string
}

// origin is where a glyph stands in a line that goes down: its vertical origin
// and its advance downwards, in millionths of an em.
type origin struct{ x, y, fall int64 }

// maxCodes is how many codes one font has. Past it, texts share the glyph's
// first code; no book of the world's writing comes near it.
const maxCodes = 1<<16 - 1

func (f *faces) get(of *fonts.Face, vertical bool) *face {
	key := faceKey{of, vertical}
	if got := f.byFace[key]; got != nil {
		return got
	}
	n := &face{face: of, vertical: vertical, ref: f.w.Reserve()}
	n.name = name("F" + strconv.Itoa(len(f.list)+1))
	n.upem = int64(max(of.Metrics().UnitsPerEm, 1))
	n.others = map[glyphText]uint16{}
	n.add(0, "")
	f.byFace[key] = n
	f.list = append(f.list, n)
	return n
}

// code returns the code that shows glyph g and reads as text.
func (f *face) code(g fonts.GID, text string) uint16 {
	if int(g) < len(f.first) {
		if c := f.first[g]; c != 0 {
			if f.texts[c] == text {
				return c
			}
			key := glyphText{g, text}
			if o, ok := f.others[key]; ok {
				return o
			}
			if len(f.glyphs) == maxCodes {
				return c
			}
			key.text = strings.Clone(text) // not to keep the paragraph
			o := f.add(g, key.text)
			f.others[key] = o
			return o
		}
	} else {
		f.first = append(f.first, make([]uint16, int(g)+1-len(f.first))...)
	}
	if len(f.glyphs) == maxCodes {
		return 0
	}
	c := f.add(g, strings.Clone(text))
	f.first[g] = c
	return c
}

func (f *face) add(g fonts.GID, text string) uint16 {
	c := len(f.glyphs)
	f.glyphs = append(f.glyphs, g)
	f.texts = append(f.texts, text)
	w := f.millionths(int64(f.face.Advance(g)))
	f.widths = append(f.widths, w)
	if f.vertical {
		f.origins = append(f.origins, f.measure(g))
	}
	return uint16(c)
}

// millionths returns font units in millionths of an em.
func (f *face) millionths(v int64) int64 { return v * 1_000_000 / f.upem }

func (f *face) measure(g fonts.GID) origin {
	x, y := f.face.VerticalOrigin(g)
	fall := f.face.VerticalAdvance(g)
	return origin{f.millionths(int64(x)), f.millionths(int64(y)), f.millionths(int64(fall))}
}

// fall returns the advance of a code in a line that goes down, in millionths
// of an em.
func (f *face) fall(code uint16) int64 { return f.origins[code].fall }

// close writes the fonts.
func (f *faces) close() error {
	for _, n := range f.list {
		if err := n.write(f.w); err != nil {
			return err
		}
	}
	return nil
}

// Flags of font descriptors (§9.8.2).
const (
	flagFixedPitch = 1 << 0
	flagSerif      = 1 << 1
	flagSymbolic   = 1 << 2
	flagItalic     = 1 << 6
)

func (f *face) write(w *pdfobj.Writer) error {
	subset, err := f.face.Subset(f.glyphs)
	if err != nil {
		return fmt.Errorf("font %s: %w", f.face.Name(), err)
	}
	base := subsetName(subset.Data, f.face.Name())
	var program dict
	var fileKey, kind name
	full := base
	switch subset.Format {
	case fonts.CFF:
		fileKey, kind = "FontFile3", "CIDFontType0"
		program = dict{kv("Subtype", name("CIDFontType0C"))}
		full += "-" + f.encoding() // §9.7.6.2
	case fonts.TrueType:
		fileKey, kind = "FontFile2", "CIDFontType2"
		program = dict{kv("Length1", num(len(subset.Data)))}
	default:
		panic("pdf: unknown format of a font program")
	}
	descriptor := w.Add(append(f.descriptor(base), kv(fileKey, w.Stream(program, subset.Data))))

	cid := dict{
		kv("Type", name("Font")),
		kv("Subtype", kind),
		kv("BaseFont", base),
		kv("CIDSystemInfo", dict{
			kv("Registry", pdfobj.Bytes("Adobe")),
			kv("Ordering", pdfobj.Bytes("Identity")),
			kv("Supplement", num(0)),
		}),
		kv("FontDescriptor", descriptor),
		kv("DW", num(1000)),
		kv("W", pdfobj.Raw(f.appendWidths(nil))),
	}
	if subset.Format == fonts.TrueType {
		cid = append(cid, kv("CIDToGIDMap", name("Identity")))
	}
	if f.vertical {
		cid = append(cid, kv("W2", pdfobj.Raw(f.appendOrigins(nil))))
	}
	w.Put(f.ref, dict{
		kv("Type", name("Font")),
		kv("Subtype", name("Type0")),
		kv("BaseFont", full),
		kv("Encoding", f.encoding()),
		kv("DescendantFonts", array{w.Add(cid)}),
		kv("ToUnicode", w.Stream(nil, f.toUnicode())),
	})
	return w.Err()
}

func (f *face) encoding() name {
	if f.vertical {
		return "Identity-V"
	}
	return "Identity-H"
}

func (f *face) descriptor(base name) dict {
	m := f.face.Metrics()
	thousand := func(v int) num { return num(math.Round(float64(v) * 1000 / float64(max(m.UnitsPerEm, 1)))) }
	// Symbolic: the glyphs are not those of the standard Latin set alone.
	flags := flagSymbolic
	if m.FixedPitch {
		flags |= flagFixedPitch
	}
	if m.Serif {
		flags |= flagSerif
	}
	if m.Italic != 0 {
		flags |= flagItalic
	}
	return dict{
		kv("Type", name("FontDescriptor")),
		kv("FontName", base),
		kv("Flags", num(flags)),
		kv("FontBBox", array{thousand(m.XMin), thousand(m.YMin), thousand(m.XMax), thousand(m.YMax)}),
		kv("ItalicAngle", pdfobj.Real(math.Round(m.Italic*1000))),
		kv("Ascent", thousand(m.Ascent)),
		kv("Descent", thousand(m.Descent)),
		kv("Leading", thousand(m.LineGap)),
		kv("CapHeight", thousand(m.CapHeight)),
		kv("XHeight", thousand(m.XHeight)),
		kv("StemV", num(max(m.StemV, 1)*1000/max(m.UnitsPerEm, 1))),
	}
}

// subsetName returns the tag of a subset (§9.6.4) and the name of its face. The
// tag is a digest of the program: equal subsets have equal names.
func subsetName(data []byte, face string) name {
	sum := sha256.Sum256(data)
	tag := make([]byte, 6, 64)
	for i := range tag {
		tag[i] = 'A' + sum[i]%26
	}
	tag = append(tag, '+')
	for _, c := range []byte(face) {
		if c > ' ' && c < 0x7F && !strings.ContainsRune("()<>[]{}/%#", rune(c)) {
			tag = append(tag, c)
		}
	}
	if len(tag) == 7 {
		tag = append(tag, "Font"...)
	}
	return name(tag)
}

// appendWidths writes the W array (§9.7.4.3): the widths of codes that are not
// one em wide.
func (f *face) appendWidths(b []byte) []byte {
	b = append(b, '[')
	for c := 0; c < len(f.widths); {
		if f.widths[c] == 1_000_000 {
			c++
			continue
		}
		b = strconv.AppendInt(b, int64(c), 10)
		b = append(b, '[')
		for first := c; c < len(f.widths) && f.widths[c] != 1_000_000; c++ {
			if c > first {
				b = append(b, ' ')
			}
			b = pdfobj.AppendFixed(b, f.widths[c], 3)
		}
		b = append(b, ']')
	}
	return append(b, ']')
}

// appendOrigins writes the W2 array: of every code the advance, which is
// negative, and the vertical origin.
func (f *face) appendOrigins(b []byte) []byte {
	b = append(b, "[0["...)
	for c, o := range f.origins {
		if c > 0 {
			b = append(b, ' ')
		}
		b = pdfobj.AppendFixed(b, -o.fall, 3)
		b = append(b, ' ')
		b = pdfobj.AppendFixed(b, o.x, 3)
		b = append(b, ' ')
		b = pdfobj.AppendFixed(b, o.y, 3)
	}
	return append(b, "]]"...)
}

// maxBlock is how many lines a block of a CMap may have.
const maxBlock = 100

// toUnicode returns the CMap that says what each code reads as (§9.10.3).
func (f *face) toUnicode() []byte {
	b := []byte(`/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
`)
	for c := 1; c < len(f.texts); c += maxBlock {
		n := min(maxBlock, len(f.texts)-c)
		b = strconv.AppendInt(b, int64(n), 10)
		b = append(b, " beginbfchar\n"...)
		var u []byte
		for i := c; i < c+n; i++ {
			b = append(b, '<')
			b = appendHex(b, byte(i>>8), byte(i))
			b = append(b, "> <"...)
			u = pdfobj.AppendUTF16(u[:0], strings.Map(mappable, f.texts[i]))
			b = appendHex(b, u...)
			b = append(b, ">\n"...)
		}
		b = append(b, "endbfchar\n"...)
	}
	return append(b, `endcmap
CMapName currentdict /CMap defineresource pop
end
end
`...)
}

// mappable replaces what a ToUnicode CMap may not give (ISO 19005-2, 6.2.11.7.2).
func mappable(r rune) rune {
	if r == 0 || r == 0xFEFF || r == 0xFFFE {
		return '\uFFFD'
	}
	return r
}

func appendHex(b []byte, bytes ...byte) []byte {
	const digits = "0123456789ABCDEF"
	for _, c := range bytes {
		b = append(b, digits[c>>4], digits[c&15])
	}
	return b
}
