package media

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"reflect"
	"testing"
)

// noise returns pixels that make an encoder use every filter, and the same ones
// smooth, which make it use those that look at neighbours.
func noise(m interface {
	image.Image
	Set(x, y int, c color.Color)
}, seed uint64) image.Image {
	r := rand.New(rand.NewPCG(seed, 1))
	b := m.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			v := uint8(3*x + 5*y)
			c := color.NRGBA{v, v + uint8(x), uint8(y), 255 - uint8(x*y)}
			if y%7 == 0 || seed%3 == 0 {
				c = color.NRGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32())}
			}
			m.Set(x, y, c)
		}
	}
	return m
}

// pngSamples are PNG files of the kinds that readPNG reads.
func pngSamples(t testing.TB) [][]byte {
	t.Helper()
	var list [][]byte
	for seed := range uint64(6) {
		w, h := 1+int(seed*17), 40-int(seed*7)
		box := image.Rect(0, 0, w, h)
		opaque := image.NewRGBA(box)
		noise(opaque, seed)
		for i := 3; i < len(opaque.Pix); i += 4 {
			opaque.Pix[i] = 255
		}
		for _, m := range []image.Image{noise(image.NewGray(box), seed), opaque, noise(image.NewNRGBA(box), seed)} {
			for _, level := range []png.CompressionLevel{png.DefaultCompression, png.NoCompression} {
				var buf bytes.Buffer
				if err := (&png.Encoder{CompressionLevel: level}).Encode(&buf, m); err != nil {
					t.Fatal(err)
				}
				list = append(list, buf.Bytes())
			}
		}
	}
	return list
}

func TestReadPNG(t *testing.T) {
	for i, b := range pngSamples(t) {
		want, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if got := readPNG(bytes.NewReader(b)); !reflect.DeepEqual(got, want) {
			t.Errorf("sample %d: not what image/png reads", i)
		}
	}
	for _, m := range []image.Image{
		image.NewGray16(image.Rect(0, 0, 3, 3)),
		image.NewPaletted(image.Rect(0, 0, 3, 3), color.Palette{color.Black, color.White}),
	} {
		var buf bytes.Buffer
		if err := png.Encode(&buf, m); err != nil {
			t.Fatal(err)
		}
		if got := readPNG(&buf); got != nil {
			t.Errorf("%T is read", m)
		}
	}
}

// TestUnfilter holds every filter against its definition (PNG, 9.2).
func TestUnfilter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	bytesOf := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = uint8(r.Uint32())
			if r.IntN(3) == 0 {
				b[i] = []byte{0, 1, 127, 128, 255}[r.IntN(5)]
			}
		}
		return b
	}
	for _, bpp := range []int{1, 3, 4} {
		for range 200 {
			row, above := bytesOf(bpp*9), bytesOf(bpp*9)
			for filter := range byte(5) {
				want := make([]byte, len(row))
				for i := range want {
					a, b, c := 0, int(above[i]), 0
					if i >= bpp {
						a, c = int(want[i-bpp]), int(above[i-bpp])
					}
					pred := [5]int{0, a, b, (a + b) / 2, nearest(a, b, c)}[filter]
					want[i] = row[i] + uint8(pred)
				}
				got := bytes.Clone(row)
				if !unfilter(filter, got, above, bpp) || !bytes.Equal(got, want) {
					t.Fatalf("filter %d of %d bytes per pixel\nrow   %v\nabove %v\ngot   %v\nwant  %v", filter, bpp, row, above, got, want)
				}
			}
		}
	}
	if unfilter(5, make([]byte, 4), make([]byte, 4), 4) {
		t.Error("there is a filter 5")
	}
}

func nearest(a, b, c int) int {
	abs := func(v int) int { return max(v, -v) }
	p := a + b - c
	pa, pb, pc := abs(p-a), abs(p-b), abs(p-c)
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

// FuzzReadPNG shows that what readPNG reads is what image/png reads: where that
// fails, so does this.
func FuzzReadPNG(f *testing.F) {
	for _, b := range pngSamples(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if cfg, err := png.DecodeConfig(bytes.NewReader(b)); err == nil && cfg.Width*cfg.Height > 1<<20 {
			return
		}
		got := readPNG(bytes.NewReader(b))
		if got == nil {
			return
		}
		want, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("image/png: %v", err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatal("not what image/png reads")
		}
	})
}
