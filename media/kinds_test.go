package media

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"os"
	"testing"

	"golang.org/x/image/bmp"
)

// flatJPEG writes a JPEG of 8×8 pixels of one colour by hand (ITU T.81): each
// component is one block that has nothing but its DC coefficient. image/jpeg
// writes no CMYK and no progressive files.
func flatJPEG(progressive bool, adobe int, samples ...uint8) []byte {
	b := []byte{0xff, 0xd8}
	seg := func(marker byte, data ...byte) {
		b = append(b, 0xff, marker, byte((len(data)+2)>>8), byte(len(data)+2))
		b = append(b, data...)
	}
	if adobe >= 0 {
		seg(0xee, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, byte(adobe))
	}
	// Every quantum is 8, so that a DC of n is a sample of 128 + n.
	seg(0xdb, append([]byte{0}, bytes.Repeat([]byte{8}, 64)...)...)
	sof, frame := byte(0xc0), []byte{8, 0, 8, 0, 8, byte(len(samples))}
	if progressive {
		sof = 0xc2
	}
	scan := []byte{byte(len(samples))}
	for i := range samples {
		frame = append(frame, byte(i+1), 0x11, 0)
		scan = append(scan, byte(i+1), 0)
	}
	seg(sof, frame...)
	// DC: the twelve sizes, four bits each. AC: the end of the block, one bit.
	seg(0xc4, 0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	seg(0xc4, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	if progressive {
		scan = append(scan, 0, 0, 0)
	} else {
		scan = append(scan, 0, 63, 0)
	}
	seg(0xda, scan...)
	var acc, n uint32
	put := func(v, bits uint32) { acc, n = acc<<bits|v, n+bits }
	flush := func() {
		for ; n >= 8; n -= 8 {
			c := byte(acc >> (n - 8))
			if b = append(b, c); c == 0xff {
				b = append(b, 0)
			}
		}
	}
	for _, s := range samples {
		v := int(s) - 128
		size, abs := uint32(0), max(v, -v)
		for abs>>size != 0 {
			size++
		}
		if v < 0 {
			v += 1<<size - 1
		}
		put(size, 4)
		put(uint32(v), size)
		if !progressive {
			put(0, 1)
		}
		flush()
	}
	put(0x7f, 7)
	flush()
	return append(b, 0xff, 0xd9)
}

// rawPNG writes a PNG from its header, extra chunks and filtered rows.
func rawPNG(w, h int, depth, colour, interlace byte, rows []byte, extra ...string) []byte {
	b := []byte(pngMagic)
	chunk := func(name string, data []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
		body := append([]byte(name), data...)
		b = append(b, body...)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(body))
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(w))
	head = binary.BigEndian.AppendUint32(head, uint32(h))
	chunk("IHDR", append(head, depth, colour, 0, 0, interlace))
	for i := 0; i+1 < len(extra); i += 2 {
		chunk(extra[i], []byte(extra[i+1]))
	}
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	zw.Write(rows)
	zw.Close()
	chunk("IDAT", z.Bytes())
	chunk("IEND", nil)
	return b
}

// adam7 filters and interlaces a picture as RGB rows (PNG 3rd edition, 8.2).
func adam7(m image.Image) (rows []byte) {
	b := m.Bounds()
	for _, p := range [7][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		for y := p[1]; y < b.Dy(); y += p[3] {
			if p[0] >= b.Dx() {
				continue
			}
			rows = append(rows, 0)
			for x := p[0]; x < b.Dx(); x += p[2] {
				r, g, bl, _ := m.At(x, y).RGBA()
				rows = append(rows, uint8(r>>8), uint8(g>>8), uint8(bl>>8))
			}
		}
	}
	return rows
}

// solidWebP writes a lossless WebP of one colour (RFC 9649, 3): five prefix
// codes of one symbol each, and no bits at all for the pixels.
func solidWebP(w, h int, c color.NRGBA) []byte {
	var bits []byte
	n := 0
	put := func(v, count int) {
		for i := range count {
			if n%8 == 0 {
				bits = append(bits, 0)
			}
			bits[n/8] |= byte(v >> i & 1 << (n % 8))
			n++
		}
	}
	put(0x2f, 8)
	put(w-1, 14)
	put(h-1, 14)
	put(1, 1) // alpha is used
	put(0, 3)
	put(0, 3)                                           // no transform, no colour cache, one group of codes
	for _, s := range [5]uint8{c.G, c.R, c.B, c.A, 0} { // the last is of distances
		put(1, 1)
		put(0, 1)
		put(1, 1)
		put(int(s), 8)
	}
	if len(bits)%2 == 1 {
		bits = append(bits, 0)
	}
	b := append([]byte("RIFF\x00\x00\x00\x00WEBPVP8L\x00\x00\x00\x00"), bits...)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	binary.LittleEndian.PutUint32(b[16:], uint32(len(bits)))
	return b
}

// animatedWebP puts frames, each a WebP of one chunk, on a screen.
func animatedWebP(w, h int, at image.Point, fw, fh int, frames ...[]byte) []byte {
	u24 := func(b []byte, v int) []byte { return append(b, byte(v), byte(v>>8), byte(v>>16)) }
	b := []byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x12\x00\x00\x00")
	b = u24(u24(b, w-1), h-1)
	b = append(b, "ANIM\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	for _, f := range frames {
		body := u24(u24(u24(u24(nil, at.X/2), at.Y/2), fw-1), fh-1)
		body = append(u24(body, 100), 0)
		body = append(body, f[12:]...)
		b = append(b, "ANMF"...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(body)))
		b = append(b, body...)
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

func testFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// heifFile returns a file of the package that reads AVIF and HEIC.
func heifFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("internal/heif/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func bmpOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := bmp.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gifOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestKinds shows every kind of file to Stat, Derive and Decode.
func TestKinds(t *testing.T) {
	red, green, blue, white := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 255, 0, 255}, color.RGBA{0, 0, 255, 255}, color.RGBA{255, 255, 255, 255}
	pal := color.Palette{red, green, blue, white}
	paletted := image.NewPaletted(image.Rect(0, 0, 32, 32), pal)
	deep, deepAlpha := image.NewRGBA64(image.Rect(0, 0, 32, 32)), image.NewNRGBA64(image.Rect(0, 0, 32, 32))
	gray16 := image.NewGray16(image.Rect(0, 0, 32, 32))
	quarters := corners(32, 32)
	for y := range 32 {
		for x := range 32 {
			c := quarters.At(x, y)
			paletted.Set(x, y, c)
			deep.Set(x, y, c)
			deepAlpha.SetNRGBA64(x, y, color.NRGBA64{0xffff, 0, 0, 0x8080})
			gray16.SetGray16(x, y, color.Gray16{0x4080})
		}
	}
	type seen map[image.Point]color.Color // in a picture of 32×32
	four := seen{{4, 4}: red, {28, 4}: green, {4, 28}: blue, {28, 28}: white}
	all := func(c color.Color) seen { return seen{{4, 4}: c, {28, 28}: c} }
	half := color.NRGBA{255, 0, 0, 128}
	tests := []struct {
		name  string
		b     []byte
		asset Asset // without Key and Bytes; 32×32 and upright where it does not say
		want  seen
		out   Type // of Derive with the zero Profile; Unknown: the asset itself
	}{
		{"JPEG", jpegOf(t, quarters), Asset{Type: JPEG}, four, Unknown},
		{"JPEG gray", jpegOf(t, image.NewGray(image.Rect(0, 0, 32, 32))), Asset{Type: JPEG, Gray: true}, all(color.Black), Unknown},
		{"JPEG progressive", flatJPEG(true, -1, 76, 85, 255), Asset{Type: JPEG, Width: 8, Height: 8}, all(red), Unknown},
		{"JPEG progressive gray", flatJPEG(true, -1, 200), Asset{Type: JPEG, Width: 8, Height: 8, Gray: true}, all(color.Gray{200}), Unknown},
		{"JPEG by hand", flatJPEG(false, -1, 76, 85, 255), Asset{Type: JPEG, Width: 8, Height: 8}, all(red), Unknown},
		{"JPEG RGB", flatJPEG(false, 0, 255, 0, 0), Asset{Type: JPEG, Width: 8, Height: 8}, all(red), Unknown},
		// Adobe writes inks inverted: 255 is no ink.
		{"JPEG CMYK", flatJPEG(false, 0, 255, 0, 0, 255), Asset{Type: JPEG, Width: 8, Height: 8}, all(red), JPEG},
		{"JPEG CMYK progressive", flatJPEG(true, 0, 0, 0, 255, 255), Asset{Type: JPEG, Width: 8, Height: 8}, all(blue), JPEG},
		// Y, Cb and Cr give the inks' complements, which are written inverted too.
		{"JPEG YCCK", flatJPEG(false, 2, 0, 128, 128, 128), Asset{Type: JPEG, Width: 8, Height: 8}, all(color.Gray{128}), JPEG},

		{"PNG RGB", pngOf(t, quarters), Asset{Type: PNG}, four, Unknown},
		{"PNG RGB 16", pngOf(t, deep), Asset{Type: PNG}, four, Unknown},
		{"PNG RGBA 16", pngOf(t, deepAlpha), Asset{Type: PNG, Alpha: true}, all(half), Unknown},
		{"PNG gray", pngOf(t, image.NewGray(image.Rect(0, 0, 32, 32))), Asset{Type: PNG, Gray: true}, all(color.Black), Unknown},
		{"PNG gray 16", pngOf(t, gray16), Asset{Type: PNG, Gray: true}, all(color.Gray{0x40}), Unknown},
		{"PNG palette 2", pngOf(t, paletted), Asset{Type: PNG}, four, Unknown},
		{"PNG gray 1", rawPNG(32, 32, 1, 0, 0, bytes.Repeat([]byte{0, 255, 255, 255, 255}, 32)), Asset{Type: PNG, Gray: true}, all(color.White), Unknown},
		{"PNG gray with a clear one", rawPNG(32, 32, 8, 0, 0, bytes.Repeat(append([]byte{0}, bytes.Repeat([]byte{9}, 32)...), 32), "tRNS", "\x00\x09"), Asset{Type: PNG, Gray: true, Alpha: true}, all(color.Transparent), Unknown},
		{"PNG gray alpha", rawPNG(32, 32, 8, 4, 0, bytes.Repeat(append([]byte{0}, bytes.Repeat([]byte{200, 128}, 32)...), 32)), Asset{Type: PNG, Gray: true, Alpha: true}, all(color.NRGBA{200, 200, 200, 128}), Unknown},
		{"PNG palette with alpha", rawPNG(32, 32, 8, 3, 0, make([]byte, 33*32), "PLTE", "\xff\x00\x00", "tRNS", "\x80"), Asset{Type: PNG, Alpha: true}, all(half), Unknown},
		{"PNG interlaced", rawPNG(32, 32, 8, 2, 1, adam7(quarters)), Asset{Type: PNG}, four, Unknown},
		{"APNG", rawPNG(32, 32, 8, 0, 0, make([]byte, 33*32), "acTL", "\x00\x00\x00\x02\x00\x00\x00\x00"), Asset{Type: PNG, Gray: true, Animated: true}, all(color.Black), Unknown},

		{"GIF", gifOf(t, paletted), Asset{Type: GIF}, four, PNG},
		{"BMP", bmpOf(t, quarters), Asset{Type: BMP}, four, PNG},
		{"BMP palette", bmpOf(t, paletted), Asset{Type: BMP}, four, PNG},

		{"WebP lossless", solidWebP(32, 32, half), Asset{Type: WebP, Alpha: true}, all(half), PNG},
		{"WebP lossy", testFile(t, "lossy.webp"), Asset{Type: WebP, Width: 64, Height: 48},
			seen{{4, 4}: red, {28, 4}: green, {4, 28}: blue, {28, 28}: white, {16, 16}: color.Black}, JPEG},
		{"WebP lossy with alpha", testFile(t, "lossy-alpha.webp"), Asset{Type: WebP, Width: 64, Height: 48, Alpha: true},
			seen{{4, 4}: red, {28, 4}: green, {4, 28}: blue, {28, 28}: color.Transparent}, PNG},
		{"WebP animated", animatedWebP(32, 32, image.Pt(0, 0), 32, 32, solidWebP(32, 32, half), solidWebP(32, 32, color.NRGBA{0, 0, 9, 255})),
			Asset{Type: WebP, Alpha: true, Animated: true}, all(half), PNG},
		{"WebP animated, a small frame", animatedWebP(32, 32, image.Pt(16, 16), 16, 16, solidWebP(16, 16, color.NRGBA{0, 0, 255, 255})),
			Asset{Type: WebP, Alpha: true, Animated: true}, seen{{4, 4}: color.Transparent, {28, 28}: blue}, PNG},

		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><path fill="red" d="M0 0h16v16H0"/><path fill="lime" d="M16 0h16v16H16"/><path fill="blue" d="M0 16h16v16H0"/></svg>`),
			Asset{Type: SVG, Alpha: true}, seen{{4, 4}: red, {28, 4}: green, {4, 28}: blue, {28, 28}: color.Transparent}, PNG},

		{"AVIF", heifFile(t, "corners.avif"), Asset{Type: AVIF, Width: 64, Height: 48}, four, PNG},
		{"AVIF turned", heifFile(t, "turned.avif"), Asset{Type: AVIF, Width: 48, Height: 64, Orientation: 8}, seen{{4, 4}: green, {28, 4}: white, {4, 28}: red, {28, 28}: blue}, PNG},
		{"AVIF cropped", heifFile(t, "cropped.avif"), Asset{Type: AVIF, Width: 32, Height: 24}, all(green), PNG},
		{"AVIF gray", heifFile(t, "gray.avif"), Asset{Type: AVIF, Width: 64, Height: 48, Gray: true}, seen{{4, 4}: color.Gray{60}, {28, 28}: color.Gray{220}}, PNG},
		{"AVIF with alpha", heifFile(t, "alpha.avif"), Asset{Type: AVIF, Width: 64, Height: 48, Alpha: true}, seen{{4, 4}: red, {28, 28}: color.Transparent}, PNG},
		{"HEIC", heifFile(t, "grid.heic"), Asset{Type: HEIC, Width: 100, Height: 90}, four, JPEG},
		{"HEIC turned", heifFile(t, "turned.heic"), Asset{Type: HEIC, Width: 90, Height: 100}, seen{{4, 4}: white, {28, 4}: green, {4, 28}: blue, {28, 28}: red}, JPEG},
		{"HEIC with alpha", heifFile(t, "alpha.heic"), Asset{Type: HEIC, Width: 128, Height: 128, Alpha: true}, seen{{4, 4}: red, {28, 28}: color.Transparent}, PNG},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDir(t, Options{})
			a := put(t, d, tt.b)
			want := tt.asset
			want.Key, want.Bytes, want.Orientation = a.Key, int64(len(tt.b)), max(want.Orientation, 1)
			if want.Width == 0 {
				want.Width, want.Height = 32, 32
			}
			if a != want {
				t.Errorf("%+v\nwant %+v", a, want)
			}
			look := func(what string, m image.Image, of func(color.Color) color.Color) {
				t.Helper()
				b := m.Bounds()
				for at, c := range tt.want {
					if got := m.At(b.Min.X+at.X*b.Dx()/32, b.Min.Y+at.Y*b.Dy()/32); !near(got, of(c), 20) {
						t.Errorf("%s at %v: %v, want %v", what, at, color.NRGBAModel.Convert(got), of(c))
					}
				}
			}
			same := func(c color.Color) color.Color { return c }
			m, err := Decode(d, a.Key)
			if err != nil {
				t.Fatal(err)
			}
			look("decoded", m, same)
			got, m := derive(t, d, a.Key, Profile{})
			if tt.out == Unknown && got != a || tt.out != Unknown && got.Type != tt.out {
				t.Errorf("derived: %+v", got)
			}
			look("derived", m, same)
			onPaper := func(c color.Color) color.Color {
				n := color.NRGBAModel.Convert(c).(color.NRGBA)
				over := func(v uint8) uint8 { return uint8((int(v)*int(n.A) + 255*(255-int(n.A))) / 255) }
				return color.RGBA{over(n.R), over(n.G), over(n.B), 255}
			}
			got, m = derive(t, d, a.Key, Profile{Opaque: true, MaxWidth: a.Width / 2})
			if want := a.Width / 2; got.Alpha || got.Width != want || got.Type != JPEG && got.Type != PNG {
				t.Errorf("on paper: %+v", got)
			}
			look("on paper", m, onPaper)
			got, m = derive(t, d, a.Key, Profile{Opaque: true, Gray: true})
			if got.Alpha || !got.Gray || got.Animated && got.Type != PNG {
				t.Errorf("gray: %+v", got)
			}
			look("gray", m, func(c color.Color) color.Color { return color.GrayModel.Convert(onPaper(c)) })
		})
	}
}

func TestSniff(t *testing.T) {
	for in, want := range map[string]Type{
		"":                         Unknown,
		"\xff\xd8\xff\xe0":         JPEG,
		"\xff\xd8":                 Unknown,
		"GIF89a":                   GIF,
		"GIF88a":                   Unknown,
		"RIFF\x00\x00\x00\x00WEBP": WebP,
		"RIFF\x00\x00\x00\x00WAVE": Unknown,
		"BM is a text":             Unknown,
		"BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00": BMP,
		"MM\x00*": TIFF,
		"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmif1": AVIF,
		"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic": HEIC,
		"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42": Unknown,
		"<svg>":          SVG,
		"<svg:svg xm":    SVG,
		"<svgx>":         Unknown,
		"<svg":           Unknown,
		"<html><svg>":    Unknown,
		"<!doctype html": Unknown,
		"\xef\xbb\xbf <?xml version='1.0'?>\n<!-- by > hand -->\n<svg xmlns='http://www.w3.org/2000/svg'>": SVG,
		"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x.dtd'><svg/>":                                    SVG,
		"<!DOCTYPE svg [<!ENTITY a '>'>]><svg/>":                                                           SVG,
		"<?xml version='1.0'?><html/>":                                                                     Unknown,
		"<!-- never closed":                                                                                Unknown,
	} {
		if got := Sniff([]byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
	for typ := Unknown; typ <= TIFF; typ++ {
		if typ.String() == "" || typ.MediaType() == "" || (typ.Extension() == "") != (typ == Unknown) {
			t.Errorf("%d: %q %q %q", typ, typ, typ.MediaType(), typ.Extension())
		}
	}
	if s := fmt.Sprint(Type(99)); s != "Type(99)" {
		t.Error(s)
	}
}

func TestRareJPEGs(t *testing.T) {
	b := flatJPEG(false, -1, 1, 2, 3)
	at := bytes.Index(b, []byte{0xff, 0xc0})
	for name, change := range map[string]func([]byte){
		"arithmetic":     func(b []byte) { b[at+1] = 0xc9 },
		"lossless":       func(b []byte) { b[at+1] = 0xc3 },
		"12 bits":        func(b []byte) { b[at+4] = 12 },
		"a height later": func(b []byte) { b[at+5], b[at+6] = 0, 0 },
	} {
		c := bytes.Clone(b)
		change(c)
		d := newDir(t, Options{})
		_, err := d.Put(bytes.NewReader(c))
		if err == nil {
			t.Errorf("%s passed", name)
			continue
		}
		wantReason(t, err, UnsupportedType)
	}
}

func TestLargeExifIsRead(t *testing.T) {
	// A thumbnail makes the segment long; the orientation is at its start.
	b := withOrientation(jpegOf(t, corners(64, 32)), 6)
	n := int(be16(b[4:]))
	b = append(b[:4+n:4+n], append(make([]byte, 40000), b[4+n:]...)...)
	binary.BigEndian.PutUint16(b[4:], uint16(n+40000))
	d := newDir(t, Options{})
	if a := put(t, d, b); a.Orientation != 6 || a.Width != 32 || a.Height != 64 {
		t.Errorf("%+v", a)
	}
}
