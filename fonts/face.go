package fonts

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
)

// Face is one font. It is safe for concurrent use.
type Face struct {
	header
	sfnt *sfnt
	font *font.Font
	// bare wraps font without the caches of go-text's Face, which may not be shared.
	bare *font.Face
	// shaping has the outlines of a CFF face when go-text does not.
	cff *cffTable

	simple  simpleGlyphs
	singles sync.Map // singleKey → map[GID]GID
	boxes   sync.Map // GID → Extents
}

// Parse reads a TrueType or OpenType font; index chooses the face of a
// collection. It keeps data.
func Parse(data []byte, index int) (*Face, error) {
	f, err := parse(bytes.NewReader(data), int64(len(data)), index)
	if err != nil {
		return nil, fmt.Errorf("fonts: %w", err)
	}
	return f, nil
}

// Load reads a font from a file of at most 512 MB; index chooses the face of a
// collection. It is an error when the font's licence bits forbid embedding.
func Load(path string, index int) (*Face, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("fonts: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("fonts: %s: not a file", path)
	}
	if info.Size() > maxFontSize {
		return nil, fmt.Errorf("fonts: %s: the file has %d bytes, more than %d", path, info.Size(), int64(maxFontSize))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("fonts: %w", err)
	}
	f, err := parse(bytes.NewReader(data), int64(len(data)), index)
	if err == nil {
		err = f.Embeddable()
	}
	if err != nil {
		return nil, fmt.Errorf("fonts: %s: %w", path, err)
	}
	return f, nil
}

// maxKept is the size up to which a CFF table is given to go-text too. The shaper looks
// at outlines only to place marks in fonts that have no GPOS table; of the large
// CJK fonts, which have one, a second copy would cost up to 25 MB each.
const maxKept = 1 << 20

func parse(src io.ReaderAt, size int64, index int) (f *Face, err error) {
	// go-text checks what it reads, but font files are hostile ground.
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, fmt.Errorf("the font is broken: %v", r)
		}
	}()
	offsets, err := faceOffsets(src, size)
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= len(offsets) {
		return nil, fmt.Errorf("no face %d among %d", index, len(offsets))
	}
	s, err := parseDirectory(src, size, offsets[index])
	if err != nil {
		return nil, err
	}
	f = &Face{sfnt: s}
	if f.header, err = s.header(); err != nil {
		return nil, err
	}
	_, hasGlyf := s.tables["glyf"]
	cffRange, hasCFF := s.tables["CFF "]
	if _, ok := s.tables["CFF2"]; ok {
		return nil, errors.New("outlines are in CFF2 (a variable font): PDF cannot hold them")
	}
	if !hasGlyf && !hasCFF {
		return nil, errors.New("the font has no outlines (bitmaps or SVG only)")
	}
	if hasCFF {
		if f.cff, err = parseCFF(src, cffRange.off, cffRange.len); err != nil {
			return nil, fmt.Errorf("CFF: %w", err)
		}
		if f.cff.glyphs() != f.glyphs {
			return nil, fmt.Errorf("CFF: %d glyphs, maxp says %d", f.cff.glyphs(), f.glyphs)
		}
	}

	keep := make(map[string][]byte, len(s.tables))
	for tag := range s.tables {
		switch tag {
		case "CFF ":
			if cffRange.len > maxKept {
				continue
			}
		case "SVG ", "COLR", "CPAL", "CBDT", "CBLC", "EBDT", "EBLC", "bdat", "bloc", "sbix", "DSIG",
			"fpgm", "prep", "cvt ", "fvar", "gvar", "avar", "HVAR", "VVAR", "MVAR", "STAT":
			// Pages are set with plain outlines of the default instance.
			continue
		}
		if keep[tag], err = s.table(tag); err != nil {
			return nil, err
		}
	}
	// go-text trusts these counts.
	if n, ok := metricsFit(keep["hhea"], keep["hmtx"], f.glyphs); !ok {
		return nil, fmt.Errorf("hmtx: %d metrics for %d glyphs in %d bytes", n, f.glyphs, len(keep["hmtx"]))
	}
	if _, ok := metricsFit(keep["vhea"], keep["vmtx"], f.glyphs); !ok {
		delete(keep, "vhea")
		delete(keep, "vmtx")
	}
	loader, err := opentype.NewLoader(bytes.NewReader(buildSFNT(s.flavor, keep)))
	if err != nil {
		return nil, err
	}
	if f.font, err = font.NewFont(loader); err != nil {
		return nil, err
	}
	f.bare = &font.Face{Font: f.font}
	f.fillHeights()
	return f, nil
}

// metricsFit reports whether hmtx, or vmtx, has the metrics that hhea, or vhea, promises.
func metricsFit(head, metrics []byte, glyphs int) (n int, ok bool) {
	if len(head) < 36 {
		return 0, false
	}
	n = int(binary.BigEndian.Uint16(head[34:]))
	return n, n > 0 && n <= glyphs && len(metrics) >= 4*n+2*(glyphs-n)
}

// fillHeights takes cap and x height from the letters where OS/2 does not say.
func (f *Face) fillHeights() {
	m := &f.metrics
	for _, h := range []struct {
		r   rune
		to  *int
		def int
	}{{'H', &m.CapHeight, 70}, {'x', &m.XHeight, 50}} {
		if *h.to != 0 {
			continue
		}
		*h.to = m.UnitsPerEm * h.def / 100
		if g, ok := f.Glyph(h.r); ok {
			if e, ok := f.Extents(g); ok && e.YMax > 0 {
				*h.to = e.YMax
			}
		}
	}
}

// Name returns the PostScript name, printable ASCII without the delimiters of PDF.
func (f *Face) Name() string { return f.name }

// Font returns the parsed font for shaping, with scale = units per em. It must not be changed.
// In large CFF faces it has no outlines: use Outline and Extents of Face.
func (f *Face) Font() *font.Font { return f.font }

// Metrics returns the measures of the face.
func (f *Face) Metrics() Metrics { return f.metrics }

// NumGlyphs returns how many glyphs the face has.
func (f *Face) NumGlyphs() int { return f.glyphs }

// Bold reports whether the face is a bold one.
func (f *Face) Bold() bool { return f.bold || f.weight >= 600 }

// Italic reports whether the face is an italic or oblique one.
func (f *Face) Italic() bool { return f.italic }

// Glyph returns the glyph of r, without regional forms or shaping.
func (f *Face) Glyph(r rune) (GID, bool) {
	g, ok := f.font.NominalGlyph(r)
	if !ok || int64(g) >= int64(f.glyphs) {
		return 0, false
	}
	return g, true
}

// Advance returns the horizontal advance of g in font units.
func (f *Face) Advance(g GID) int { return int(f.bare.HorizontalAdvance(g)) }

// VerticalAdvance returns how far g moves the pen down in vertical text, in font units.
// It is an em in faces without vertical metrics.
func (f *Face) VerticalAdvance(g GID) int { return -int(f.bare.VerticalAdvance(g)) }

// VerticalOrigin returns the origin of g in vertical text, from its horizontal origin, y up.
func (f *Face) VerticalOrigin(g GID) (x, y int) {
	if !f.font.HasVerticalMetrics() {
		return f.Advance(g) / 2, f.metrics.EmTop
	}
	fx, fy := f.bare.GlyphVOrigin(g)
	return int(fx), int(fy)
}

// Extents is the box around the ink of a glyph in font units, y up.
type Extents struct{ XMin, YMin, XMax, YMax int }

// Extents returns the box around the ink of g. It is false when g has no ink.
func (f *Face) Extents(g GID) (Extents, bool) {
	if e, ok := f.boxes.Load(g); ok {
		e := e.(Extents)
		return e, e != Extents{}
	}
	e := boundsOf(f.Outline(g))
	f.boxes.Store(g, e)
	return e, e != Extents{}
}

// Segment is a piece of an outline: a move, a line, or a quadratic or cubic curve.
type Segment = opentype.Segment

// Outline returns the outline of g in font units, y up; nil when g has no ink or
// is broken. It is made anew at each call.
func (f *Face) Outline(g GID) (segments []Segment) {
	if int64(g) >= int64(f.glyphs) {
		return nil
	}
	if f.cff != nil {
		segments, err := f.cff.outline(int(g))
		if err != nil {
			return nil
		}
		return segments
	}
	// go-text trusts the point numbers of composite glyphs.
	defer func() {
		if recover() != nil {
			segments = nil
		}
	}()
	o, ok := f.bare.GlyphDataOutline(g)
	if !ok {
		return nil
	}
	return o.Segments
}

// Embeddable returns an error when the licence bits of the font (OS/2 fsType) forbid
// embedding it in a document, or embedding a part of it, or its outlines.
func (f *Face) Embeddable() error {
	const restricted, preview, editable, noSubset, bitmapOnly = 0x2, 0x4, 0x8, 0x100, 0x200
	switch t := f.fsType; {
	case t&restricted != 0 && t&(preview|editable) == 0:
		return fmt.Errorf("the licence bits of %s forbid embedding (OS/2 fsType %#04x)", f.name, t)
	case t&noSubset != 0:
		return fmt.Errorf("the licence bits of %s forbid embedding a part of it (OS/2 fsType %#04x)", f.name, t)
	case t&bitmapOnly != 0:
		return fmt.Errorf("the licence bits of %s allow embedding bitmaps only (OS/2 fsType %#04x)", f.name, t)
	}
	return nil
}
