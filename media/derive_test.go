package media

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"os"
	"slices"
	"testing"
)

// corners is a picture whose quarters are red, green, blue and white, in
// reading order.
func corners(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	c := [...]color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}}
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, c[min(2*x/w, 1)+2*min(2*y/h, 1)])
		}
	}
	return m
}

// near tells whether two colours look alike.
func near(a, b color.Color, by int) bool {
	x, y := color.NRGBAModel.Convert(a).(color.NRGBA), color.NRGBAModel.Convert(b).(color.NRGBA)
	d := func(p, q uint8) bool { return int(p)-int(q) <= by && int(q)-int(p) <= by }
	return d(x.R, y.R) && d(x.G, y.G) && d(x.B, y.B) && d(x.A, y.A)
}

func derive(t testing.TB, d *Dir, key string, p Profile) (Asset, image.Image) {
	t.Helper()
	a, err := d.Derive(key, p)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Decode(d, a.Key)
	if err != nil {
		t.Fatal(err)
	}
	if b := m.Bounds(); b.Dx() != a.Width || b.Dy() != a.Height {
		t.Errorf("asset says %d×%d, its pixels are %v", a.Width, a.Height, b)
	}
	return a, m
}

func TestDeriveFits(t *testing.T) {
	d := newDir(t, Options{})
	a := put(t, d, jpegOf(t, painted(300, 200)))
	for _, p := range []Profile{{}, {MaxWidth: 300, MaxHeight: 200, MaxPixels: 60000}, {Opaque: true}, {Quality: 10}} {
		if got, err := d.Derive(a.Key, p); err != nil || got != a {
			t.Errorf("%+v: %+v, %v", p, got, err)
		}
	}
	if got := files(t, d.Root()); len(got) != 1 {
		t.Errorf("files: %v", got)
	}
}

func TestDeriveSize(t *testing.T) {
	tests := []struct {
		w, h   int
		p      Profile
		ow, oh int
	}{
		{300, 200, Profile{MaxWidth: 150}, 150, 100},
		{300, 200, Profile{MaxHeight: 50}, 75, 50},
		{300, 200, Profile{MaxWidth: 100, MaxHeight: 10}, 15, 10},
		{300, 200, Profile{MaxWidth: 299}, 299, 199},
		{300, 2, Profile{MaxWidth: 30}, 30, 1},
		{300, 200, Profile{MaxPixels: 15000}, 150, 100},
		{300, 200, Profile{MaxPixels: 1}, 1, 1},
		{3, 3000, Profile{MaxPixels: 100}, 1, 100},
		{300, 200, Profile{MaxWidth: 1000, MaxHeight: 1000}, 300, 200},
	}
	for _, tt := range tests {
		if w, h := tt.p.fit(tt.w, tt.h); w != tt.ow || h != tt.oh {
			t.Errorf("%d×%d in %+v: %d×%d, want %d×%d", tt.w, tt.h, tt.p, w, h, tt.ow, tt.oh)
		}
	}
}

func TestDeriveIsKept(t *testing.T) {
	d := newDir(t, Options{})
	a := put(t, d, jpegOf(t, painted(300, 200)))
	p := Profile{MaxWidth: 100, Gray: true}
	first, err := d.Derive(a.Key, p)
	if err != nil {
		t.Fatal(err)
	}
	if !first.Gray || first.Width != 100 || first.Type != JPEG {
		t.Errorf("%+v", first)
	}
	// Without the source's pixels only what was kept can answer.
	other, err := New(d.Root(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := read(t, d, a.Key)
	scan := bytes.Index(b, []byte{0xff, 0xda})
	overwrite(t, d.blob(a.Key), append(bytes.Clone(b[:scan+14]), 0xff, 0xd9))
	for _, s := range []*Dir{d, other} {
		if again, err := s.Derive(a.Key, p); err != nil || again != first {
			t.Errorf("second Derive: %+v, %v; first %+v", again, err, first)
		}
	}
	if _, err := other.Derive(a.Key, Profile{MaxWidth: 99}); err == nil {
		t.Error("the source was not damaged: the test shows nothing")
	}
}

func TestDeriveSameBytes(t *testing.T) {
	p := Profile{MaxWidth: 111, MaxHeight: 97}
	for _, b := range [][]byte{jpegOf(t, painted(300, 200)), pngOf(t, corners(300, 300)), pngOf(t, grainy(200, 200))} {
		var keys []string
		for range 2 {
			d := newDir(t, Options{})
			a, err := d.Derive(put(t, d, b).Key, p)
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, a.Key)
		}
		if keys[0] != keys[1] {
			t.Errorf("two stores: %v", keys)
		}
	}
}

func TestDeriveOrientation(t *testing.T) {
	// The upright picture is wider than high: red, green over blue, white.
	want := corners(96, 64)
	for o := 1; o <= 8; o++ {
		for _, gray := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d gray %v", o, gray), func(t *testing.T) {
				w, h := 96, 64
				if o >= 5 {
					w, h = h, w
				}
				stored := image.NewRGBA(image.Rect(0, 0, w, h))
				for y := range 64 {
					for x := range 96 {
						sx, sy := storedAt(o, x, y, 96, 64)
						stored.Set(sx, sy, want.At(x, y))
					}
				}
				d := newDir(t, Options{})
				a := put(t, d, withOrientation(jpegOf(t, stored), o))
				if a.Orientation != o || a.Width != 96 || a.Height != 64 {
					t.Errorf("stored: %+v", a)
				}
				for _, p := range []Profile{{Gray: gray}, {MaxWidth: 48, Gray: gray}, {MaxHeight: 20, Gray: gray}} {
					got, m := derive(t, d, a.Key, p)
					if got.Orientation != 1 {
						t.Errorf("derived: %+v", got)
					}
					b := m.Bounds()
					for _, at := range [][2]int{{1, 1}, {3, 1}, {1, 3}, {3, 3}} {
						c := want.At(96*at[0]/4, 64*at[1]/4)
						if gray {
							c = color.GrayModel.Convert(c)
						}
						if got := m.At(b.Dx()*at[0]/4, b.Dy()*at[1]/4); !near(got, c, 12) {
							t.Errorf("%+v at %v: %v, want %v", p, at, got, c)
						}
					}
				}
			})
		}
	}
}

// storedAt is where TIFF 6.0 says that the pixel x, y of an upright w×h picture
// is stored, told by what the first row and column are.
func storedAt(o, x, y, w, h int) (int, int) {
	left, top, right, bottom := x, y, w-1-x, h-1-y
	switch o {
	case 1: // row 0 is the top, column 0 the left
		return left, top
	case 2: // top, right
		return right, top
	case 3: // bottom, right
		return right, bottom
	case 4: // bottom, left
		return left, bottom
	case 5: // left, top
		return top, left
	case 6: // right, top
		return top, right
	case 7: // right, bottom
		return bottom, right
	default: // left, bottom
		return bottom, left
	}
}

// withOrientation puts an Exif segment into a JPEG.
func withOrientation(b []byte, o int) []byte {
	exif := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")
	exif[6+8+2+9] = byte(o)
	seg := append([]byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	return append(append(bytes.Clone(b[:2]), seg...), b[2:]...)
}

func TestDeriveAlpha(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for y := range 40 {
		for x := range 40 {
			switch {
			case x < 20:
				m.SetNRGBA(x, y, color.NRGBA{255, 0, 0, 0}) // the red must not show
			default:
				m.SetNRGBA(x, y, color.NRGBA{0, 0, 200, 128})
			}
		}
	}
	d := newDir(t, Options{})
	a := put(t, d, pngOf(t, m))
	if !a.Alpha {
		t.Errorf("%+v", a)
	}
	kept, small := derive(t, d, a.Key, Profile{MaxWidth: 20})
	if kept.Type != PNG || !kept.Alpha {
		t.Errorf("alpha kept: %+v", kept)
	}
	if c := small.At(2, 2); !near(c, color.NRGBA{}, 0) {
		t.Errorf("clear: %v", c)
	}
	if c := small.At(17, 2); !near(c, color.NRGBA{0, 0, 200, 128}, 2) {
		t.Errorf("half clear: %v", c)
	}
	flat, opaque := derive(t, d, a.Key, Profile{Opaque: true})
	if flat.Alpha {
		t.Errorf("flattened: %+v", flat)
	}
	if c := opaque.At(2, 2); !near(c, color.White, 2) {
		t.Errorf("clear on white: %v", c)
	}
	if c := opaque.At(35, 2); !near(c, color.NRGBA{127, 127, 227, 255}, 3) {
		t.Errorf("half clear on white: %v", c)
	}
	both, gray := derive(t, d, a.Key, Profile{Gray: true})
	if !both.Alpha || !both.Gray {
		t.Errorf("gray: %+v", both)
	}
	if again, err := d.Derive(both.Key, Profile{Gray: true}); err != nil || again != both {
		t.Errorf("gray again: %+v, %v", again, err)
	}
	// A picture whose alpha channel is all opaque needs none, gray or not.
	m = image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	m.SetNRGBA(0, 0, color.NRGBA{255, 0, 0, 254})
	a = put(t, d, pngOf(t, m))
	if none, _ := derive(t, d, a.Key, Profile{Gray: true, MaxWidth: 4}); none.Alpha || !none.Gray {
		t.Errorf("all but opaque: %+v", none)
	}
	if c := gray.At(35, 2); !near(c, color.NRGBA{23, 23, 23, 128}, 2) {
		t.Errorf("half clear gray: %v", c)
	}
}

func TestDeriveGIF(t *testing.T) {
	pal := color.Palette{color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}, color.Transparent}
	frame := func(r image.Rectangle, i uint8) *image.Paletted {
		m := image.NewPaletted(r, pal)
		for k := range m.Pix {
			m.Pix[k] = i
		}
		return m
	}
	var b bytes.Buffer
	err := gif.EncodeAll(&b, &gif.GIF{
		Image:  []*image.Paletted{frame(image.Rect(10, 10, 30, 30), 0), frame(image.Rect(0, 0, 40, 40), 1)},
		Delay:  []int{10, 10},
		Config: image.Config{Width: 40, Height: 40, ColorModel: pal},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := newDir(t, Options{})
	a := put(t, d, b.Bytes())
	if !a.Animated || !a.Alpha || a.Width != 40 || a.Type != GIF {
		t.Errorf("%+v", a)
	}
	got, m := derive(t, d, a.Key, Profile{})
	if got.Type != PNG || got.Animated {
		t.Errorf("%+v", got)
	}
	if c := m.At(20, 20); !near(c, pal[0], 0) {
		t.Errorf("within the frame: %v", c)
	}
	if c := m.At(5, 5); !near(c, color.Transparent, 0) {
		t.Errorf("beside the frame: %v", c)
	}
}

func TestDeriveDamaged(t *testing.T) {
	j, p := jpegOf(t, grainy(200, 200)), pngOf(t, grainy(200, 200))
	var g bytes.Buffer
	if err := gif.Encode(&g, grainy(100, 100), nil); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"JPEG": j[:len(j)/2], "PNG": p[:len(p)/2], "GIF": g.Bytes()[:g.Len()/2], "WebP": testFile(t, "lossy.webp")[:300]} {
		d := newDir(t, Options{})
		a := put(t, d, b)
		if !a.Cut {
			t.Errorf("%s: half a file is not said to be cut", name)
		}
		for range 2 {
			_, err := d.Derive(a.Key, Profile{})
			if err == nil {
				t.Errorf("%s: half a file passed", name)
				continue
			}
			wantReason(t, err, DecodeFailed)
		}
	}
	// A bit flipped in a PNG, and one of indices into a palette that it lacks.
	flipped := bytes.Clone(p)
	flipped[len(p)/2] ^= 4
	unpainted := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Black, color.White})
	indexed := pngOf(t, unpainted)
	at := bytes.Index(indexed, []byte("PLTE")) - 4
	indexed = slices.Delete(indexed, at, at+12+6)
	for name, b := range map[string][]byte{"flipped": flipped, "without palette": indexed} {
		d := newDir(t, Options{})
		a := put(t, d, b)
		_, err := d.Derive(a.Key, Profile{})
		if err == nil {
			t.Errorf("%s: passed", name)
			continue
		}
		wantReason(t, err, DecodeFailed)
	}
	// A JPEG that lacks nothing but its end marker is shown by every browser.
	d := newDir(t, Options{})
	a := put(t, d, j[:len(j)-2])
	if !a.Cut {
		t.Error("a file without its end is not said to be cut")
	}
	if got, _ := derive(t, d, a.Key, Profile{}); got.Key == a.Key {
		t.Error("a file without its end passed through")
	}
}

func TestDeriveUnsupported(t *testing.T) {
	d := newDir(t, Options{})
	for _, b := range []string{"II*\x00........"} {
		a := put(t, d, []byte(b))
		_, err := d.Derive(a.Key, Profile{})
		wantReason(t, err, UnsupportedType)
		_, err = Decode(d, a.Key)
		wantReason(t, err, UnsupportedType)
	}
}

func TestScanBomb(t *testing.T) {
	// A scan header costs ten bytes and makes a decoder visit every pixel.
	b := jpegOf(t, image.NewGray(image.Rect(0, 0, 1000, 1000)))
	scan := bytes.Repeat([]byte{0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0}, 1500)
	b = append(b[:len(b)-2:len(b)-2], append(scan, 0xff, 0xd9)...)
	d := newDir(t, Options{})
	a := put(t, d, b)
	_, err := Decode(d, a.Key)
	wantReason(t, err, DecodeLimit)
}

func overwrite(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
