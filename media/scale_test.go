package media

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"testing"
)

func TestSpans(t *testing.T) {
	for n := 1; n < 80; n++ {
		for m := 1; m <= n; m++ {
			covered := make([]uint64, n) // of each source sample, in shares of one result
			for i, s := range spans(n, m, n, m) {
				sum := uint64(0)
				for k := s.first; k <= s.last; k++ {
					w := uint64(s.full)
					switch k {
					case s.first:
						w = uint64(s.head)
					case s.last:
						w = uint64(s.tail)
					}
					sum += w
					covered[k] += w
				}
				if sum != one {
					t.Fatalf("%d to %d: the weights of %d add up to %d", n, m, i, sum)
				}
			}
			// Every sample counts as much as every other: m/n of a result.
			want := uint64(one) * uint64(m) / uint64(n)
			for k, c := range covered {
				if d := int64(c - want); d < -int64(n) || d > int64(n) {
					t.Fatalf("%d to %d: sample %d counts %d, want %d", n, m, k, c, want)
				}
			}
		}
	}
	for _, s := range spans(20000, 1, 20000, 1) {
		if s.full == 0 || s.head+s.tail+19998*s.full != one {
			t.Errorf("%+v", s)
		}
	}
}

// slowShrink averages areas by their definition, in floating point.
func slowShrink(src []byte, w, h, ow, oh int) []byte {
	out := make([]byte, ow*oh)
	part := func(lo, hi float64, k int) float64 { return max(0, min(hi, float64(k+1))-max(lo, float64(k))) }
	for y := range oh {
		for x := range ow {
			x0, x1 := float64(x)*float64(w)/float64(ow), float64(x+1)*float64(w)/float64(ow)
			y0, y1 := float64(y)*float64(h)/float64(oh), float64(y+1)*float64(h)/float64(oh)
			sum := 0.0
			for sy := int(y0); sy < h && float64(sy) < y1; sy++ {
				for sx := int(x0); sx < w && float64(sx) < x1; sx++ {
					sum += float64(src[sy*w+sx]) * part(x0, x1, sx) * part(y0, y1, sy)
				}
			}
			out[y*ow+x] = uint8(sum/((x1-x0)*(y1-y0)) + 0.5)
		}
	}
	return out
}

func TestShrinkIsTheAreaAverage(t *testing.T) {
	src := grainy(97, 61)
	const w, h = 97, 61
	gray := make([]byte, w*h)
	for i := range gray {
		gray[i] = src.Pix[4*i]
	}
	for _, size := range [][2]int{{97, 61}, {96, 60}, {65, 41}, {50, 61}, {48, 30}, {13, 7}, {97, 1}, {1, 61}, {1, 1}} {
		ow, oh := size[0], size[1]
		want := slowShrink(gray, w, h, ow, oh)
		one := make([]byte, ow*oh)
		shrink(one, ow, ow, oh, func(y int) []byte { return gray[y*w : (y+1)*w] }, w, h, 1, w, ow, h, oh)
		four := make([]byte, 4*ow*oh)
		shrink(four, 4*ow, ow, oh, func(y int) []byte { return src.Pix[y*src.Stride : (y+1)*src.Stride] }, w, h, 4, w, ow, h, oh)
		for i := range want {
			if d := int(one[i]) - int(want[i]); d < -1 || d > 1 {
				t.Fatalf("%v: sample %d is %d, want %d", size, i, one[i], want[i])
			}
			if one[i] != four[4*i] {
				t.Fatalf("%v: sample %d is %d alone and %d among four", size, i, one[i], four[4*i])
			}
			if four[4*i+3] != 255 {
				t.Fatalf("%v: what is opaque came out as %d", size, four[4*i+3])
			}
		}
	}
}

func TestShrinkKeepsFlatColours(t *testing.T) {
	for _, v := range []byte{0, 1, 127, 254, 255} {
		src := bytes.Repeat([]byte{v}, 200)
		for ow := 1; ow <= 200; ow++ {
			dst := make([]byte, ow)
			shrink(dst, ow, ow, 1, func(int) []byte { return src }, 200, 1, 1, 200, ow, 1, 1)
			for _, got := range dst {
				if got != v {
					t.Fatalf("%d of %d came out as %d", v, ow, got)
				}
			}
		}
	}
}

func TestShrinkYCbCr(t *testing.T) {
	// Colour that changes along both axes: planes that drifted apart would show.
	const w, h = 203, 151
	rgb := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			rgb.SetRGBA(x, y, color.RGBA{uint8(x), uint8(y), uint8(255 - x), 255})
		}
	}
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420,
		image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410,
	} {
		m := image.NewYCbCr(rgb.Rect, ratio)
		for y := range h {
			for x := range w {
				c := rgb.RGBAAt(x, y)
				yy, cb, cr := color.RGBToYCbCr(c.R, c.G, c.B)
				m.Y[m.YOffset(x, y)], m.Cb[m.COffset(x, y)], m.Cr[m.COffset(x, y)] = yy, cb, cr
			}
		}
		for _, size := range [][2]int{{w, h}, {w - 1, h - 1}, {150, 111}, {60, 44}, {30, 22}} {
			ow, oh := size[0], size[1]
			got := shrinkYCbCr(m, ow, oh)
			for y := range oh {
				for x := range ow {
					want := rgb.RGBAAt((2*x+1)*w/(2*ow), (2*y+1)*h/(2*oh))
					if !near(got.At(x, y), want, 14) {
						t.Fatalf("%v to %v at %d,%d: %v, want %v", ratio, size, x, y, color.RGBAModel.Convert(got.At(x, y)), want)
					}
				}
			}
		}
	}
}

func TestWritePNG(t *testing.T) {
	for _, colours := range []int{1, 2, 3, 4, 5, 16, 17, 256, 257} {
		for _, alpha := range []bool{false, true} {
			for _, w := range []int{1, 7, 64} {
				h := 300/w + 1
				m := image.NewNRGBA(image.Rect(0, 0, w, h))
				for i := range w * h {
					k := i % colours
					c := color.NRGBA{uint8(k), uint8(k >> 8), uint8(7 * k), 255}
					if alpha {
						c.A = uint8(200 - k%3)
					}
					m.SetNRGBA(i%w, i/w, c)
				}
				var in image.Image = m
				if !alpha {
					opaque := image.NewRGBA(m.Rect)
					draw.Draw(opaque, m.Rect, m, image.Point{}, draw.Src)
					in = opaque
				}
				samePNG(t, fmt.Sprintf("%d colours, alpha %v, width %d", colours, alpha, w), in)
			}
		}
	}
	gray := image.NewGray(image.Rect(0, 0, 33, 9))
	for i := range gray.Pix {
		gray.Pix[i] = uint8(i)
	}
	samePNG(t, "gray", gray)
	clear := image.NewNRGBA(image.Rect(0, 0, 33, 9))
	for i := range 33 * 9 {
		clear.SetNRGBA(i%33, i/33, color.NRGBA{uint8(i), uint8(i), uint8(i), uint8(i * 3)})
	}
	samePNG(t, "gray with alpha", clear)
}

// samePNG writes m and has image/png read it.
func samePNG(t *testing.T, name string, m image.Image) {
	t.Helper()
	b, err := writePNG(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	back, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if back.Bounds() != m.Bounds() {
		t.Fatalf("%s: %v", name, back.Bounds())
	}
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			if a, b := color.NRGBAModel.Convert(m.At(x, y)), color.NRGBAModel.Convert(back.At(x, y)); a != b {
				t.Fatalf("%s at %d,%d: %v, want %v", name, x, y, b, a)
			}
		}
	}
	f, err := readFacts(bytes.NewReader(b), int64(len(b)))
	if err != nil || f.Cut {
		t.Errorf("%s: %+v, %v", name, f, err)
	}
}

// iccProfile is the shell of a profile of n bytes for a colour space.
func iccProfile(n int, space, name string) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i * 31)
	}
	copy(p[16:], space)
	copy(p[36:], "acsp")
	copy(p[100:], name)
	return p
}

func TestProfilesArePassedOn(t *testing.T) {
	wide, srgb, cmyk := iccProfile(500, "RGB ", "Wide"), iccProfile(500, "RGB ", "sRGB IEC61966-2.1"), iccProfile(500, "CMYK", "Inks")
	long := iccProfile(150_000, "RGB ", "Long")
	photo := jpegOf(t, painted(200, 100))
	drawing := func(p []byte) []byte {
		z, err := deflated(p)
		if err != nil {
			t.Fatal(err)
		}
		rows := bytes.Repeat(append([]byte{0}, bytes.Repeat([]byte{255, 0, 0}, 200)...), 100)
		return rawPNG(200, 100, 8, 2, 0, rows, "iCCP", "x\x00\x00"+string(z))
	}
	half := withProfile(photo, long)
	half = append(half[:2:2], half[2+65535:]...) // without the first piece
	tests := []struct {
		name string
		b    []byte
		p    Profile
		want []byte
	}{
		{"JPEG", withProfile(photo, wide), Profile{MaxWidth: 100}, wide},
		{"JPEG, several pieces", withProfile(photo, long), Profile{MaxWidth: 100}, long},
		{"JPEG, a piece is missing", half, Profile{MaxWidth: 100}, nil},
		{"JPEG, gray", withProfile(photo, wide), Profile{MaxWidth: 100, Gray: true}, nil},
		{"JPEG, sRGB", withProfile(photo, srgb), Profile{MaxWidth: 100}, nil},
		{"JPEG, inks", withProfile(photo, cmyk), Profile{MaxWidth: 100}, nil},
		{"PNG", drawing(wide), Profile{MaxWidth: 100}, wide},
		{"PNG, gray", drawing(wide), Profile{MaxWidth: 100, Gray: true}, nil},
		{"PNG, too long", drawing(make([]byte, maxICC+1)), Profile{MaxWidth: 100}, nil},
	}
	for _, tt := range tests {
		d := newDir(t, Options{})
		a := put(t, d, tt.b)
		got, err := d.Derive(a.Key, tt.p)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		b := read(t, d, got.Key)
		f, err := readFacts(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if _, p := colour(bytes.NewReader(b), f); !bytes.Equal(p, tt.want) {
			t.Errorf("%s: a profile of %d bytes, want %d", tt.name, len(p), len(tt.want))
		}
		if _, err := Decode(d, got.Key); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestDrawingsStayPNG(t *testing.T) {
	for name, tt := range map[string]struct {
		m    image.Image
		want Type
	}{
		"drawing":    {corners(300, 300), PNG},
		"photograph": {grainy(300, 300), JPEG},
	} {
		d := newDir(t, Options{})
		got, _ := derive(t, d, put(t, d, pngOf(t, tt.m)).Key, Profile{MaxWidth: 200})
		if got.Type != tt.want {
			t.Errorf("%s: %v", name, got.Type)
		}
	}
}

func BenchmarkDerive(b *testing.B) {
	for _, tt := range []struct {
		name string
		in   []byte
	}{
		{"JPEG 1600 to 1072 gray", jpegOf(b, painted(1600, 1067))},
		{"PNG 1280 to 1072 gray", pngOf(b, painted(1280, 720))},
	} {
		b.Run(tt.name, func(b *testing.B) {
			d := newDir(b, Options{})
			a := put(b, d, tt.in)
			f, err := d.look(a.Key)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.transform(f, Profile{MaxWidth: 1072, Gray: true}, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkShrink(b *testing.B) {
	src := make([]byte, 1600*1067)
	dst := make([]byte, 1072*715)
	for b.Loop() {
		shrink(dst, 1072, 1072, 715, func(y int) []byte { return src[y*1600 : (y+1)*1600] }, 1600, 1067, 1, 1600, 1072, 1067, 715)
	}
	b.ReportMetric(float64(len(src))*float64(b.N)/1e6/b.Elapsed().Seconds(), "MP/s")
}

func BenchmarkStat(b *testing.B) {
	root := b.TempDir()
	d, err := New(root, Options{})
	if err != nil {
		b.Fatal(err)
	}
	a := put(b, d, withOrientation(jpegOf(b, painted(400, 300)), 6))
	for b.Loop() {
		clear(d.facts) // as in a new process
		if _, err := d.Stat(a.Key); err != nil {
			b.Fatal(err)
		}
	}
}

func TestScreen(t *testing.T) {
	for _, c := range []struct {
		p    Profile
		w, h int
	}{
		{Profile{}, 1536, 2048},
		{Profile{MaxWidth: 1072, MaxHeight: 1448, MaxPixels: 5}, 1072, 1448},
		{Profile{MaxWidth: 600}, 600, 800},
		{Profile{MaxHeight: 800}, 600, 800},
		{Profile{MaxPixels: 3_200_000}, 1549, 2065},
		{Profile{MaxPixels: 1}, 1, 1},
	} {
		if w, h := c.p.Screen(); w != c.w || h != c.h {
			t.Errorf("%+v: %d×%d, want %d×%d", c.p, w, h, c.w, c.h)
		}
	}
}
