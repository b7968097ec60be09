package media

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"sync"
)

var pngEncoder = png.Encoder{CompressionLevel: png.DefaultCompression, BufferPool: new(pngBuffers)}

type pngBuffers struct{ pool sync.Pool }

func (p *pngBuffers) Get() *png.EncoderBuffer {
	b, _ := p.pool.Get().(*png.EncoderBuffer)
	return b
}

func (p *pngBuffers) Put(b *png.EncoderBuffer) { p.pool.Put(b) }

// encode writes a picture of prepare: as PNG where it has alpha or is drawn, so
// that edges stay clean, else as JPEG. icc is the profile of its colours; nil:
// sRGB. Grays need none.
func encode(m image.Image, drawn bool, quality int, icc []byte) ([]byte, error) {
	nrgba, alpha := m.(*image.NRGBA)
	_, gray := m.(*image.Gray)
	grayAlpha := alpha && isGray(nrgba)
	if gray || grayAlpha {
		icc = nil
	}
	// Photographs with alpha are for image/png, which filters rows but knows no gray
	// with alpha; the profile of so rare a thing is lost.
	if drawn || grayAlpha {
		return writePNG(m, icc)
	}
	var buf bytes.Buffer
	var err error
	if alpha {
		err = pngEncoder.Encode(&buf, m)
	} else {
		err = jpeg.Encode(&buf, m, &jpeg.Options{Quality: quality})
	}
	if err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	if !alpha && icc != nil {
		return withProfile(buf.Bytes(), icc), nil
	}
	return buf.Bytes(), nil
}

// isGray tells whether no pixel has a colour.
func isGray(m *image.NRGBA) bool {
	for i := 0; i+3 < len(m.Pix); i += 4 {
		if m.Pix[i] != m.Pix[i+1] || m.Pix[i] != m.Pix[i+2] {
			return false
		}
	}
	return true
}

// isDrawn tells drawings, charts and screenshots from photographs: in them at
// least half of the neighbours along a row have the very same colour, in
// photographs hardly any. Some rows speak for the picture.
func isDrawn(m image.Image) bool {
	b := m.Bounds()
	step := max(1, b.Dy()/64)
	same, all := 0, 0
	count := func(eq func(x, y int) bool) {
		for y := b.Min.Y + step/2; y < b.Max.Y; y += step {
			for x := b.Min.X + 1; x < b.Max.X; x++ {
				if eq(x, y) {
					same++
				}
				all++
			}
		}
	}
	switch m := m.(type) {
	case *image.RGBA:
		count(func(x, y int) bool { return equal4(m.Pix[m.PixOffset(x-1, y):]) })
	case *image.NRGBA:
		count(func(x, y int) bool { return equal4(m.Pix[m.PixOffset(x-1, y):]) })
	case *image.Gray:
		count(func(x, y int) bool { i := m.PixOffset(x, y); return m.Pix[i] == m.Pix[i-1] })
	case *image.Paletted:
		count(func(x, y int) bool { i := m.PixOffset(x, y); return m.Pix[i] == m.Pix[i-1] })
	case *image.YCbCr:
		return false // a lossy WebP: what was drawn is smeared already
	case *image.NYCbCrA:
		return false
	default:
		count(func(x, y int) bool { return m.At(x, y) == m.At(x-1, y) })
	}
	return all == 0 || 2*same >= all
}

func equal4(p []byte) bool { return *(*[4]byte)(p) == *(*[4]byte)(p[4:]) }
