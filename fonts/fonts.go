// Package fonts owns faces: the embedded ones, those of a file or the system,
// what characters they cover, which of them sets a character in a language,
// their metrics and their subsets. It leaves articles and lines to layout.
package fonts

import "github.com/go-text/typesetting/font"

// GID is the number of a glyph in its face; 0 is .notdef.
type GID = font.GID

// Family is the kind of design that is asked for.
type Family uint8

// The families. Serif is Song, Mincho and Batang; Sans is Hei, Gothic and
// Dotum; Mono sets Latin half an em wide.
const (
	Serif Family = iota
	Sans
	Mono
)

// Request is what text asks of a face.
type Request struct {
	Family Family
	Bold   bool
	Italic bool // only scripts that have italics heed it
	// Lang is the language of the text, BCP 47. It chooses between the regional forms
	// of a face (locl) and between faces.
	Lang string
	// Wide sets punctuation that both Latin and CJK text use (“ ” ‘ ’ … — ·) with
	// the CJK face.
	Wide bool
}

// Metrics are a face's own measures in its font units, y up. Descent is
// negative below the baseline.
type Metrics struct {
	UnitsPerEm int
	Ascent     int
	Descent    int
	LineGap    int
	// EmTop and EmBottom are the top and bottom of the em box of ideographs; they are
	// one em apart, EmBottom being below the baseline.
	EmTop      int
	EmBottom   int
	CapHeight  int
	XHeight    int
	StemV      int     // estimated thickness of vertical stems
	Italic     float64 // angle in degrees, counter-clockwise from the vertical; negative leans right
	XMin, YMin int     // the box around all glyphs
	XMax, YMax int
	Underline  int // centre of the underline, y up
	Thickness  int // of the underline
	Serif      bool
	FixedPitch bool
}

// Format is how the outlines of a font program are written.
type Format uint8

// TrueType outlines are quadratic (glyf); CFF outlines are cubic.
const (
	TrueType Format = iota
	CFF
)

// Subset is a font program with the outlines of some glyphs of a face.
type Subset struct {
	Format Format
	// Data is a TrueType font file for TrueType, a bare CID-keyed CFF table for CFF.
	// The glyph that was asked for at index i is glyph i, and in CFF also CID i.
	Data []byte
}
