package media

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"slices"
	"testing"
)

// ramp is a photograph of a sky: every gray, falling from left to right, and
// enough grain to be no drawing.
func ramp(w, h int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetGray(x, y, color.Gray{uint8(min(max(255*x/w+(x*7+y*13)%5-2, 0), 255))})
		}
	}
	return m
}

func TestLevels(t *testing.T) {
	d := newDir(t, Options{})
	photo, drawing := put(t, d, jpegOf(t, ramp(512, 64))), put(t, d, pngOf(t, corners(64, 64)))
	veil := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for i := range veil.Pix {
		veil.Pix[i] = uint8(i * 31)
	}
	for _, key := range []string{photo.Key, drawing.Key, put(t, d, pngOf(t, veil)).Key} {
		for _, levels := range []int{2, 4, 7, 16, 256} {
			p := Profile{Levels: levels, MaxWidth: 500}
			a, m := derive(t, d, key, p)
			if a.Type != PNG || !a.Gray {
				t.Errorf("%d levels: %+v", levels, a)
			}
			seen := map[uint8]bool{}
			for y := range a.Height {
				for x := range a.Width {
					n := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
					if n.R != n.G || n.R != n.B {
						t.Fatalf("%d levels: %v has colour", levels, n)
					}
					if n.A != 0 {
						seen[n.R] = true
					}
				}
			}
			if len(seen) > levels || key == photo.Key && len(seen) < levels*9/10 {
				t.Errorf("%d levels: %d are there", levels, len(seen))
			}
			if again, err := d.Derive(a.Key, p); err != nil || again != a && !a.Alpha {
				t.Errorf("%d levels again: %+v, %v", levels, again, err)
			}
		}
	}
	// Sixteen levels are four bits a pixel, in which no gray is lost.
	a, _ := derive(t, d, photo.Key, Profile{Levels: 16})
	if f, err := d.look(a.Key); err != nil || f.depth != 4 {
		t.Errorf("depth %d, %v", f.depth, err)
	}
}

// TestDitherKeepsLight compares how light areas are, before and after.
func TestDitherKeepsLight(t *testing.T) {
	for _, levels := range []int{2, 4, 16} {
		m := ramp(512, 64)
		out := quantize(m, levels, true).(*image.Gray)
		for x0 := 0; x0 < 512; x0 += 32 {
			var before, after int64
			for y := range 64 {
				for x := x0; x < x0+32; x++ {
					before += int64(light()[m.GrayAt(x, y).Y])
					after += int64(light()[out.GrayAt(x, y).Y])
				}
			}
			if diff := (after - before) / (64 * 32); max(diff, -diff) > 65535/100 {
				t.Errorf("%d levels, from %d on: light changed by %d of 65535", levels, x0, diff)
			}
		}
	}
}

func TestGrayDepth(t *testing.T) {
	for _, tt := range []struct {
		grays []uint8
		depth int
	}{{[]uint8{0, 255}, 1}, {[]uint8{0, 85, 170}, 2}, {[]uint8{255, 17, 85}, 4}, {[]uint8{0, 1}, 8}} {
		m := image.NewGray(image.Rect(0, 0, 13, 3))
		for i := range m.Pix {
			m.Pix[i] = tt.grays[i%len(tt.grays)]
		}
		b, err := writePNG(m, nil)
		if err != nil {
			t.Fatal(err)
		}
		back, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if got := int(b[24]); got != tt.depth {
			t.Errorf("%v: %d bits", tt.grays, got)
		}
		for y := range 3 {
			for x := range 13 {
				if back.At(x, y).(color.Gray) != m.GrayAt(x, y) {
					t.Fatalf("%v at %d,%d: %v", tt.grays, x, y, back.At(x, y))
				}
			}
		}
	}
}

// page is a tall page: dark lines of text of 20 rows, 10 white rows apart.
func page(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := uint8(255)
			if y%30 < 20 && (x/3+y/30)%2 == 0 {
				v = 30
			}
			m.SetRGBA(x, y, color.RGBA{v, v, uint8(min(int(v)+20, 255)), 255})
		}
	}
	return m
}

func TestSlice(t *testing.T) {
	p := Profile{MaxWidth: 200, MaxHeight: 300}
	for name, b := range map[string][]byte{
		"JPEG":   jpegOf(t, page(400, 3000)),
		"PNG":    pngOf(t, page(400, 3000)),
		"turned": withOrientation(jpegOf(t, turned(page(400, 3000))), 6),
	} {
		d := newDir(t, Options{})
		a := put(t, d, b)
		pieces, err := d.Slice(a.Key, p)
		if err != nil {
			t.Fatal(err)
		}
		height := 0
		for i, s := range pieces {
			height += s.Height
			if s.Width != 200 || s.Height > 300 || s.Height < 150 {
				t.Errorf("%s: piece %d is %d×%d", name, i, s.Width, s.Height)
			}
			m, err := Decode(d, s.Key)
			if err != nil {
				t.Fatal(err)
			}
			for _, y := range []int{0, s.Height - 1} {
				if i == len(pieces)-1 && y > 0 || i == 0 && y == 0 {
					continue
				}
				for x := range 200 {
					if c := color.GrayModel.Convert(m.At(x, y)).(color.Gray); c.Y < 240 {
						t.Errorf("%s: piece %d is cut through text: %v at %d,%d", name, i, c, x, y)
						break
					}
				}
			}
		}
		if height != 1500 {
			t.Errorf("%s: %d rows of 1500", name, height)
		}
		other, err := New(d.Root(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := other.Slice(a.Key, p); err != nil || !slices.Equal(again, pieces) {
			t.Errorf("%s in another run: %v, %v", name, again, err)
		}
		whole, err := d.Derive(a.Key, p)
		if err != nil || whole.Height != 300 {
			t.Errorf("%s fitted: %+v, %v", name, whole, err)
		}
		for _, low := range []Profile{{}, {MaxWidth: 200}, {MaxWidth: 20, MaxHeight: 150}} {
			one, err := d.Slice(a.Key, low)
			if want, derr := d.Derive(a.Key, low); err != nil || derr != nil || len(one) != 1 || one[0] != want {
				t.Errorf("%s in %+v: %v, %v", name, low, one, err)
			}
		}
	}
}

// TestSliceBusy cuts where no row is quiet: nothing may be lost there.
func TestSliceBusy(t *testing.T) {
	for _, most := range []int{1, 2, 3, 31, 64, 100} {
		m := grainy(50, 333)
		y := 0
		for _, s := range slice(m, most) {
			b := s.Bounds()
			if b.Min.Y > y || b.Dy() > most || b.Max.Y <= y || b.Dx() != 50 {
				t.Fatalf("at most %d: %v after %d", most, b, y)
			}
			if over := y - b.Min.Y; y > 0 && over != most/32 {
				t.Errorf("at most %d: %d rows are repeated", most, over)
			}
			y = b.Max.Y
		}
		if y != 333 {
			t.Errorf("at most %d: %d rows of 333", most, y)
		}
	}
}

// turned is m as a camera held on its side stores it, for orientation 6.
func turned(m *image.RGBA) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, h, w))
	for y := range h {
		for x := range w {
			sx, sy := storedAt(6, x, y, w, h)
			out.Set(sx, sy, m.At(x, y))
		}
	}
	return out
}

func TestRecompress(t *testing.T) {
	d := newDir(t, Options{})
	a := put(t, d, jpegOf(t, grainy(300, 200)))
	smaller, err := d.Derive(a.Key, Profile{Quality: 30, Recompress: true})
	if err != nil || smaller.Key == a.Key || 10*smaller.Bytes > 9*a.Bytes {
		t.Errorf("%d bytes from %d, %v", smaller.Bytes, a.Bytes, err)
	}
	// At a quality that it does not have, it stays what it is; also in the next run.
	other, err := New(d.Root(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Dir{d, d, other} {
		if got, err := s.Derive(smaller.Key, Profile{Quality: 90, Recompress: true}); err != nil || got != smaller {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestMaxBytes(t *testing.T) {
	d := newDir(t, Options{})
	veil := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	for i, v := range grainy(300, 200).Pix {
		veil.Pix[i] = v ^ uint8(i%4*i>>8)
	}
	for name, b := range map[string][]byte{"JPEG": jpegOf(t, grainy(300, 200)), "PNG": pngOf(t, painted(600, 400)), "alpha": pngOf(t, veil)} {
		a := put(t, d, b)
		for _, p := range []Profile{{}, {Gray: true}, {Levels: 16}} {
			if p.MaxBytes = a.Bytes; p == (Profile{MaxBytes: a.Bytes}) {
				if got, err := d.Derive(a.Key, p); err != nil || got != a {
					t.Errorf("%s of that size: %+v, %v", name, got, err)
				}
			}
			width := a.Width
			for _, part := range []int64{2, 5, 20} {
				p.MaxBytes = a.Bytes / part
				got, err := d.Derive(a.Key, p)
				if err != nil || got.Bytes > max(p.MaxBytes, 4096) || got.Width > width || got.Alpha != a.Alpha || p.gray() && !got.Gray {
					t.Errorf("%s in %+v: %+v, %v", name, p, got, err)
				}
				width = got.Width
			}
		}
		if got, err := d.Derive(a.Key, Profile{MaxBytes: 1}); err != nil || got.Bytes > 4096 || got.Bytes < 1024 {
			t.Errorf("%s in one byte: %+v, %v", name, got, err)
		}
	}
}
