package media

import (
	"bytes"
	"errors"
	"image"
	"io"
	"math"
	"strings"

	"github.com/leporello-press/leporello/media/internal/svg"
)

// Letters sets the text of drawings in SVG, for which this package has no fonts.
type Letters = svg.Letters

// What Letters deals in; the units are parts of an em.
type (
	Font    = svg.Font
	Letter  = svg.Letter
	Segment = svg.Segment
)

// sharper is how many pixels a drawing in SVG is drawn in for each that it says.
const sharper = 3

// maxDrawn bounds the pixels that a drawing is drawn in, before it is shrunk to
// what is asked for.
const maxDrawn = 6_000_000

// svg reads a drawing.
func (f *facts) svg(w *window) *Error {
	doc, err := readSVG(w.r, w.size)
	if err != nil {
		return err
	}
	if !doc.Draws() {
		return fail(UnsupportedType, "an SVG that draws nothing by itself")
	}
	f.Width, f.Height = int(math.Round(doc.Width)), int(math.Round(doc.Height))
	k := min(sharper, math.Sqrt(maxDrawn/(doc.Width*doc.Height)))
	f.rawWidth, f.rawHeight = max(1, int(math.Round(doc.Width*k))), max(1, int(math.Round(doc.Height*k)))
	f.components, f.Alpha, f.letters = 4, true, doc.Letters
	f.Lost = strings.Join(doc.Lost, ", ")
	return nil
}

func readSVG(r io.ReaderAt, size int64) (*svg.Document, *Error) {
	if size > svg.MaxBytes {
		return nil, fail(DecodeLimit, "a drawing of %d bytes", size)
	}
	b := make([]byte, size)
	if _, err := r.ReadAt(b, 0); err != nil && err != io.EOF {
		return nil, &Error{DecodeFailed, "the SVG cannot be read", err}
	}
	doc, err := svg.Parse(b)
	if errors.Is(err, svg.ErrLimit) {
		return nil, &Error{DecodeLimit, "the SVG has more than a drawing may have", err}
	}
	if err != nil {
		return nil, &Error{DecodeFailed, "the SVG is damaged", err}
	}
	return doc, nil
}

// drawSVG draws a drawing in as many pixels as its facts say.
func drawSVG(r io.ReaderAt, f facts, letters Letters) (image.Image, error) {
	doc, err := readSVG(r, f.Bytes)
	if err != nil {
		return nil, err
	}
	room := int64(maxPixels) // of all pictures within it
	within := func(b []byte) (image.Image, error) {
		in := bytes.NewReader(b)
		g, err := readFacts(in, int64(len(b)))
		if err != nil {
			return nil, err
		}
		pixels := int64(g.Width) * int64(g.Height)
		if g.Type == SVG || pixels > room {
			return nil, fail(DecodeLimit, "%d×%d pixels", g.Width, g.Height)
		}
		room -= pixels
		m, err := decode(inMemory{in}, g, nil)
		if err != nil {
			return nil, err
		}
		return upright(m, g.Orientation), nil
	}
	return doc.Draw(f.rawWidth, f.rawHeight, svg.Options{Letters: letters, Picture: within}), nil
}

// inMemory is a File of bytes.
type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }
