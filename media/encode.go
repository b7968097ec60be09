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

// encoder writes pictures of prepare.
type encoder struct {
	Profile
	drawn bool   // edges have to stay clean
	icc   []byte // the profile of their colours; nil: sRGB. Grays need none
}

// encode writes m in no more than e.maxBytes, as near as quality and then pixels
// come to it.
func (e encoder) encode(m image.Image) ([]byte, error) {
	b, err := e.try(m)
	over := func() bool { return err == nil && int64(len(b)) > e.maxBytes() }
	if !over() {
		return b, err
	}
	if _, alpha := m.(*image.NRGBA); !alpha {
		e.drawn, e.Levels = false, 0
		b, err = e.try(m)
		for _, q := range [...]int{70, 60, 50, 40, 30} {
			if q < e.quality() && over() {
				e.Quality = q
				b, err = e.try(m)
			}
		}
	}
	for over() {
		w, h := m.Bounds().Dx(), m.Bounds().Dy()
		if w*h <= 64 {
			break // it is the profile of its colours that is so large
		}
		p := Profile{MaxPixels: max(64, int(min(int64(w*h)*e.maxBytes()/int64(len(b)), int64(w*h)*9/10)))}
		w, h = p.fit(w, h)
		m = prepare(m, w, h, p)
		b, err = e.try(m)
	}
	return b, err
}

// try writes m as PNG where it has alpha or is drawn, so that edges stay clean,
// or has few grays; else as JPEG.
func (e encoder) try(m image.Image) ([]byte, error) {
	nrgba, alpha := m.(*image.NRGBA)
	_, gray := m.(*image.Gray)
	grayAlpha := alpha && isGray(nrgba)
	icc := e.icc
	if gray || grayAlpha {
		icc = nil
	}
	if e.Levels > 0 {
		return writePNG(quantize(m, e.Levels, !e.drawn), nil)
	}
	// Photographs with alpha are for image/png, which filters rows but knows no gray
	// with alpha; the profile of so rare a thing is lost.
	if e.drawn || grayAlpha {
		return writePNG(m, icc)
	}
	var buf bytes.Buffer
	var err error
	if alpha {
		err = pngEncoder.Encode(&buf, m)
	} else {
		err = jpeg.Encode(&buf, m, &jpeg.Options{Quality: e.quality()})
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
