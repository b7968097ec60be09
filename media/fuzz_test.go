package media

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"testing"
)

// seeds are small files of every kind, whole and broken.
func seeds(t testing.TB) [][]byte {
	whole := [][]byte{
		jpegOf(t, corners(16, 16)),
		withOrientation(jpegOf(t, corners(24, 16)), 6),
		flatJPEG(true, -1, 1, 2, 3), flatJPEG(false, 2, 1, 2, 3, 4),
		pngOf(t, corners(16, 16)),
		rawPNG(16, 16, 8, 2, 1, adam7(corners(16, 16))),
		rawPNG(4, 4, 8, 3, 0, make([]byte, 20), "PLTE", "\xff\x00\x00", "tRNS", "\x80", "acTL", "\x00\x00\x00\x02\x00\x00\x00\x00"),
		gifOf(t, corners(16, 16)), bmpOf(t, corners(16, 16)),
		solidWebP(16, 16, color.NRGBA{1, 2, 3, 4}), testFile(t, "lossy.webp"), testFile(t, "lossy-alpha.webp"),
		animatedWebP(16, 16, image.Pt(2, 2), 4, 4, solidWebP(4, 4, color.NRGBA{1, 2, 3, 4}), solidWebP(4, 4, color.NRGBA{})),
		pngHeader(60000, 60000), []byte("<svg/>"), []byte(drawing), heifFile(t, "cropped.avif"), heifFile(t, "small.heic"), []byte("II*\x00"),
		withProfile(jpegOf(t, corners(16, 16)), rgbProfile(displayP3, srgbCurve)),
	}
	out := whole
	for _, b := range whole {
		out = append(out, b[:len(b)/2], b[:len(b)*9/10])
	}
	return out
}

func FuzzSniff(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		typ := Sniff(b)
		facts, err := readFacts(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%v is no *Error", err)
			}
			return
		}
		if facts.Type != typ || typ == Unknown {
			t.Fatalf("Sniff says %v, the facts %v", typ, facts.Type)
		}
		if typ.Decodable() && (facts.Width <= 0 || facts.Height <= 0) || facts.Orientation < 1 || facts.Orientation > 8 {
			t.Fatalf("%+v", facts)
		}
	})
}

// FuzzDerive checks that whatever is taken in can be made into what was asked
// for or is refused with a reason, and that what is made needs no more making.
func FuzzDerive(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b, uint16(10), true, true)
		f.Add(b, uint16(0), false, false)
	}
	f.Fuzz(func(t *testing.T, b []byte, width uint16, gray, opaque bool) {
		// A small limit keeps the fuzzer fast; the pixels a header may claim are the same everywhere.
		d, err := New(t.TempDir(), Options{MaxPixels: 1 << 16, MaxBytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		var e *Error
		a, err := d.Put(bytes.NewReader(b))
		if err != nil {
			if !errors.As(err, &e) {
				t.Fatalf("Put: %v is no *Error", err)
			}
			return
		}
		p := Profile{MaxWidth: int(width), Gray: gray, Opaque: opaque}
		got, err := d.Derive(a.Key, p)
		if err != nil {
			if !errors.As(err, &e) {
				t.Fatalf("Derive: %v is no *Error", err)
			}
			return
		}
		if got.Type != JPEG && got.Type != PNG || got.Orientation != 1 || width > 0 && got.Width > int(width) || opaque && got.Alpha || gray && got.Key != a.Key && !got.Gray {
			t.Fatalf("%+v of %+v", got, a)
		}
		if again, err := d.Derive(got.Key, p); err != nil || again != got {
			t.Fatalf("twice: %+v, %v; once: %+v", again, err, got)
		}
		if got.Key != a.Key {
			m, err := Decode(d, got.Key)
			if err != nil || m.Bounds().Dx() != got.Width || m.Bounds().Dy() != got.Height {
				t.Fatalf("what was made cannot be read: %v", err)
			}
		}
	})
}

// TestDamage breaks every byte of small files in turn.
func TestDamage(t *testing.T) {
	for _, b := range seeds(t)[:13] {
		for i := range b {
			for _, v := range []byte{0x00, 0xff, b[i] ^ 0x55} {
				c := bytes.Clone(b)
				c[i] = v
				f, err := readFacts(bytes.NewReader(c), int64(len(c)))
				if err != nil || f.Width*f.Height > 1<<18 || !f.Type.Decodable() {
					continue
				}
				m, err := decode(inMemory{bytes.NewReader(c)}, f, nil)
				var e *Error
				if err != nil && !errors.As(err, &e) {
					t.Fatalf("%s, byte %d = %#x: %v", f.Type, i, v, err)
				}
				if err == nil && (m.Bounds().Dx() != f.rawWidth || m.Bounds().Dy() != f.rawHeight) {
					t.Fatalf("%s, byte %d = %#x: %v of %d×%d", f.Type, i, v, m.Bounds(), f.rawWidth, f.rawHeight)
				}
			}
		}
	}
}
