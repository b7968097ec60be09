package fonts

import (
	"bytes"
	"fmt"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
)

// Face is one font. It is safe for concurrent use.
type Face struct {
	name string
	data []byte
	font *font.Font
}

// Parse reads a TrueType or OpenType font; index chooses the face of a
// collection. It keeps data.
func Parse(data []byte, index int) (*Face, error) {
	loaders, err := opentype.NewLoaders(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("fonts: %w", err)
	}
	if index < 0 || index >= len(loaders) {
		return nil, fmt.Errorf("fonts: no face %d among %d", index, len(loaders))
	}
	f, err := font.NewFont(loaders[index])
	if err != nil {
		return nil, fmt.Errorf("fonts: %w", err)
	}
	return &Face{data: data, font: f}, nil
}

// Name returns the PostScript name.
func (f *Face) Name() string { return f.name }

// Font returns the parsed font for shaping. It must not be changed.
func (f *Face) Font() *font.Font { return f.font }

// Metrics returns the measures of the face.
func (f *Face) Metrics() Metrics { panic("to be written") }

// Glyph returns the glyph of r, without regional forms or shaping.
func (f *Face) Glyph(r rune) (GID, bool) { return f.font.NominalGlyph(r) }

// Advance returns the horizontal advance of g in font units.
func (f *Face) Advance(g GID) int { panic("to be written") }

// Subset returns a font program with the given glyphs; glyphs[0] must be 0.
func (f *Face) Subset(glyphs []GID) (Subset, error) { panic("to be written") }

// Set chooses faces. It is safe for concurrent use.
type Set struct{}

// Embedded returns the set of the embedded faces. Each is read when first asked for.
func Embedded() *Set { return &Set{} }

// Face returns the face that sets r. When no face of the set has r it returns
// the face whose .notdef stands for it, and false.
func (s *Set) Face(r rune, q Request) (*Face, bool) { panic("to be written") }
