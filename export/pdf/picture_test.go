package pdf

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/internal/pdftest"
	"github.com/leporello-press/leporello/layout"
	"github.com/leporello-press/leporello/media"
)

func newStore(t testing.TB) *media.Dir {
	t.Helper()
	store, err := media.New(t.TempDir(), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func put(t testing.TB, store *media.Dir, data []byte) media.Asset {
	t.Helper()
	a, err := store.Put(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// pictured is a page with one picture that fills it, a point for each pixel.
func pictured(a media.Asset) *layout.Page {
	size := layout.Size{W: layout.Length(a.Width) * layout.Pt, H: layout.Length(a.Height) * layout.Pt}
	figure, leaf := element(layout.Figure, nil)
	figure.Alt, figure.Placement = "图", "Block"
	return &layout.Page{
		Size: size, Label: "1", Ended: []*layout.Element{figure},
		Items: []layout.Item{&layout.Picture{Key: a.Key, Rect: layout.Rect{Size: size}, Element: leaf}},
	}
}

// pixels decodes an image object as a reader does: predictors, palettes, masks.
func pixels(t *testing.T, f *pdftest.File, v any) *image.NRGBA {
	t.Helper()
	s := f.Get(v).(pdftest.Stream)
	w, h := s.Dict["Width"].(int), s.Dict["Height"].(int)
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if s.Dict["Filter"] == pdftest.Name("DCTDecode") {
		m, err := jpeg.Decode(bytes.NewReader(s.Data))
		if err != nil {
			t.Fatal(err)
		}
		for y := range h {
			for x := range w {
				out.Set(x, y, m.At(x, y))
			}
		}
		return out
	}
	r, err := zlib.NewReader(bytes.NewReader(s.Data))
	if err != nil {
		t.Fatal(err)
	}
	bits := s.Dict["BitsPerComponent"].(int)
	colors := 1
	var palette []byte
	switch space := f.Get(s.Dict["ColorSpace"]).(type) {
	case pdftest.Name:
		if space == "DeviceRGB" {
			colors = 3
		}
	case pdftest.Array:
		palette = space[3].([]byte)
		if space[2].(int) != len(palette)/3-1 {
			t.Errorf("a palette of %d bytes for indices to %v", len(palette), space[2])
		}
	}
	parms := f.Dict(s.Dict["DecodeParms"])
	if parms["Predictor"] != 15 || parms["Colors"] != colors || parms["Columns"] != w || parms["BitsPerComponent"] != bits {
		t.Fatalf("predictor %v for %d colours of %d bits", parms, colors, bits)
	}
	n := (w*colors*bits + 7) / 8
	pixel := max(1, colors*bits/8)
	prev, row := make([]byte, n), make([]byte, 1+n)
	for y := range h {
		if _, err := io.ReadFull(r, row); err != nil {
			t.Fatal(err)
		}
		referenceUnfilter(row[0], row[1:], prev, pixel)
		copy(prev, row[1:])
		for x := range w {
			var v [3]int
			for k := range colors {
				bit := (x*colors + k) * bits
				v[k] = int(prev[bit/8]) >> (8 - bits - bit%8) & (1<<bits - 1)
			}
			c := color.NRGBA{A: 255}
			switch {
			case palette != nil:
				c.R, c.G, c.B = palette[3*v[0]], palette[3*v[0]+1], palette[3*v[0]+2]
			case colors == 3:
				c.R, c.G, c.B = byte(v[0]), byte(v[1]), byte(v[2])
			default:
				c.R = byte(v[0] * 255 / (1<<bits - 1))
				c.G, c.B = c.R, c.R
			}
			if mask := f.Array(s.Dict["Mask"]); mask != nil {
				hit := true
				for k := range colors {
					hit = hit && v[k] >= mask[2*k].(int) && v[k] <= mask[2*k+1].(int)
				}
				if hit {
					c.A = 0
				}
			}
			out.SetNRGBA(x, y, c)
		}
	}
	if n, _ := r.Read(row); n != 0 {
		t.Error("more rows than the height")
	}
	if mask := s.Dict["SMask"]; mask != nil {
		alpha := pixels(t, f, mask)
		for i := 3; i < len(out.Pix); i += 4 {
			out.Pix[i] = alpha.Pix[i-1]
		}
	}
	return out
}

// referenceUnfilter is ISO 15948, 9.2, word by word.
func referenceUnfilter(filter byte, row, prev []byte, pixel int) {
	for i := range row {
		var a, b, c int
		b = int(prev[i])
		if i >= pixel {
			a, c = int(row[i-pixel]), int(prev[i-pixel])
		}
		switch filter {
		case 1:
			row[i] += byte(a)
		case 2:
			row[i] += byte(b)
		case 3:
			row[i] += byte((a + b) / 2)
		case 4:
			p := a + b - c
			pa, pb, pc := math.Abs(float64(p-a)), math.Abs(float64(p-b)), math.Abs(float64(p-c))
			switch {
			case pa <= pb && pa <= pc:
				row[i] += byte(a)
			case pb <= pc:
				row[i] += byte(b)
			default:
				row[i] += byte(c)
			}
		}
	}
}

// rawPNG writes PNG files that image/png does not: any depth, any filter,
// transparent colours, interlaced.
type rawPNG struct {
	w, h, depth int
	color       byte
	interlaced  bool
	opaque      bool // RGBA of 8 bits without transparency
	palette     []byte
	trns        []byte
	icc         []byte
}

func (p rawPNG) channels() int { return (&pngInfo{color: p.color}).channels() }

func (p rawPNG) encode(rnd *rand.Rand) []byte {
	var data bytes.Buffer
	z := zlib.NewWriter(&data)
	pass := func(w, h int) {
		if w == 0 || h == 0 {
			return
		}
		n := (w*p.channels()*p.depth + 7) / 8
		for range h {
			row := make([]byte, 1+n)
			row[0] = byte(rnd.IntN(5))
			for i := range row[1:] {
				// Smooth, so that filtered values repeat; with few distinct values.
				row[1+i] = byte(rnd.IntN(3)) * 0x55
			}
			if p.color == pngPalette && p.depth == 8 {
				row[0] = 0 // indices must be of the palette
				for i := range row[1:] {
					row[1+i] = byte(rnd.IntN(len(p.palette) / 3))
				}
			} else if p.color == pngPalette {
				row[0] = 0
				if len(p.palette)/3 < 1<<p.depth {
					clear(row[1:])
				}
			}
			if p.opaque {
				row[0] = 0
				for i := 4; i < len(row); i += 4 {
					row[i] = 255
				}
			}
			z.Write(row)
		}
	}
	if p.interlaced {
		for _, a := range [7][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
			pass((p.w-a[0]+a[2]-1)/a[2], (p.h-a[1]+a[3]-1)/a[3])
		}
	} else {
		pass(p.w, p.h)
	}
	z.Close()
	out := bytes.NewBufferString("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, body []byte) {
		binary.Write(out, binary.BigEndian, uint32(len(body)))
		sum := crc32.NewIEEE()
		io.WriteString(sum, kind)
		sum.Write(body)
		out.WriteString(kind)
		out.Write(body)
		binary.Write(out, binary.BigEndian, sum.Sum32())
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(p.w))
	head = binary.BigEndian.AppendUint32(head, uint32(p.h))
	head = append(head, byte(p.depth), p.color, 0, 0, 0)
	if p.interlaced {
		head[12] = 1
	}
	chunk("IHDR", head)
	if p.icc != nil {
		packed := bytes.NewBufferString("name\x00\x00")
		z := zlib.NewWriter(packed)
		z.Write(p.icc)
		z.Close()
		chunk("iCCP", packed.Bytes())
	}
	if p.palette != nil {
		chunk("PLTE", p.palette)
	}
	if p.trns != nil {
		chunk("tRNS", p.trns)
	}
	body := data.Bytes()
	chunk("IDAT", body[:len(body)/3])
	chunk("IDAT", body[len(body)/3:])
	chunk("IEND", nil)
	return out.Bytes()
}

func TestPNG(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	palette := func(n int) []byte {
		b := make([]byte, 3*n)
		for i := range b {
			b[i] = byte(rnd.IntN(256))
		}
		return b
	}
	var all []rawPNG
	for _, depth := range []int{1, 2, 4, 8, 16} {
		all = append(all, rawPNG{depth: depth, color: pngGray})
		// A transparent grey: one of the values that occur.
		all = append(all, rawPNG{depth: depth, color: pngGray, trns: []byte{0, 0}})
		if depth <= 8 {
			all = append(all,
				rawPNG{depth: depth, color: pngPalette, palette: palette(1 << depth)},
				rawPNG{depth: depth, color: pngPalette, palette: palette(1 << depth), trns: []byte{0, 255}[:1]},
				rawPNG{depth: depth, color: pngPalette, palette: palette(1 << depth), trns: []byte{17, 0}},
				rawPNG{depth: depth, color: pngPalette, palette: palette(1 << depth), trns: []byte{255, 255}})
		}
		if depth >= 8 {
			all = append(all,
				rawPNG{depth: depth, color: pngRGB},
				rawPNG{depth: depth, color: pngRGB, trns: make([]byte, 6)},
				rawPNG{depth: depth, color: pngGrayAlpha},
				rawPNG{depth: depth, color: pngRGBA})
		}
	}
	store := newStore(t)
	for _, p := range all {
		for _, interlaced := range []bool{false, true} {
			p.interlaced = interlaced
			p.w, p.h = 13, 9
			name := fmt.Sprintf("colour %d depth %d trns %v interlaced %v", p.color, p.depth, p.trns, interlaced)
			data := p.encode(rnd)
			want, err := png.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			a := put(t, store, data)
			out, issues := write(t, store, []*layout.Page{pictured(a)}, nil)
			if len(issues) > 0 {
				t.Fatalf("%s: %v", name, issues)
			}
			f := pdftest.Must(t, out)
			images := f.Dict(f.At(f.Pages()[0]["Resources"], "XObject"))
			got := pixels(t, f, images["P1"])
			for y := range p.h {
				for x := range p.w {
					w := color.NRGBAModel.Convert(want.At(x, y)).(color.NRGBA)
					g := got.NRGBAAt(x, y)
					if w.A == 0 && g.A == 0 {
						continue
					}
					if p.depth == 16 && w.A == g.A && max(w.R, g.R)-min(w.R, g.R) <= 1 {
						continue // the reference rounds through alpha, we cut
					}
					if g != w {
						t.Fatalf("%s: pixel %d,%d is %v, want %v", name, x, y, g, w)
					}
				}
			}
			if !interlaced && p.depth <= 8 && (p.color == pngGray || p.color == pngRGB || p.color == pngPalette) {
				if !bytes.Contains(out, idat(data)) {
					t.Errorf("%s: the data was not passed through", name)
				}
			}
		}
	}
}

// idat returns the data of a PNG file.
func idat(b []byte) (data []byte) {
	for b = b[8:]; len(b) >= 12; {
		n := binary.BigEndian.Uint32(b)
		if string(b[4:8]) == "IDAT" {
			data = append(data, b[8:8+n]...)
		}
		b = b[12+n:]
	}
	return data
}

func TestOpaqueAlphaHasNoMask(t *testing.T) {
	store := newStore(t)
	m := image.NewNRGBA(image.Rect(0, 0, 5, 5))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	m.SetNRGBA(1, 1, color.NRGBA{1, 2, 3, 254}) // makes the encoder write alpha
	with := put(t, store, encodePNG(t, m))
	p := rawPNG{w: 4, h: 4, depth: 8, color: pngRGBA, opaque: true}
	without := put(t, store, p.encode(rand.New(rand.NewPCG(9, 9))))
	for _, c := range []struct {
		a    media.Asset
		mask bool
	}{{with, true}, {without, false}} {
		out, _ := write(t, store, []*layout.Page{pictured(c.a)}, nil)
		f := pdftest.Must(t, out)
		image := f.Dict(f.At(f.Pages()[0]["Resources"], "XObject", "P1"))
		if got := image["SMask"] != nil; got && !c.mask {
			t.Errorf("mask %v, want %v", got, c.mask)
		} else if c.mask && !got {
			t.Error("alpha was lost")
		}
	}
}

func testJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// quarters is a picture whose four quarters differ: red, green, blue, white.
func quarters(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			switch {
			case x < w/2 && y < h/2:
				c = color.RGBA{255, 0, 0, 255}
			case y < h/2:
				c = color.RGBA{0, 255, 0, 255}
			case x < w/2:
				c = color.RGBA{0, 0, 255, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

// withOrientation adds an EXIF segment.
func withOrientation(b []byte, o byte) []byte {
	exif := append([]byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00"), o, 0, 0, 0, 0, 0, 0, 0)
	n := len(exif) + 2
	out := append([]byte{0xFF, 0xD8, 0xFF, 0xE1, byte(n >> 8), byte(n)}, exif...)
	return append(out, b[2:]...)
}

func TestJPEGPassesThrough(t *testing.T) {
	store := newStore(t)
	gray := image.NewGray(image.Rect(0, 0, 16, 8))
	for _, c := range []struct {
		name  string
		data  []byte
		space string
	}{
		{"colour", testJPEG(t, quarters(32, 16)), "DeviceRGB"},
		{"grey", testJPEG(t, gray), "DeviceGray"},
		{"turned", withOrientation(testJPEG(t, quarters(32, 16)), 6), "DeviceRGB"},
	} {
		a := put(t, store, c.data)
		page := pictured(a)
		page.Items = append(page.Items, page.Items[0]) // twice on a page
		out, issues := write(t, store, []*layout.Page{page, pictured(a)}, nil)
		if len(issues) > 0 {
			t.Fatal(c.name, issues)
		}
		if n := bytes.Count(out, c.data); n != 1 {
			t.Errorf("%s: the file is embedded %d times", c.name, n)
		}
		f := pdftest.Must(t, out)
		if got := f.At(f.Pages()[0]["Resources"], "XObject", "P1", "ColorSpace"); got != pdftest.Name(c.space) {
			t.Errorf("%s: colour space %v", c.name, got)
		}
	}
}

// A picture is upright whatever way the camera was held.
func TestOrientation(t *testing.T) {
	const w, h = 30.0, 20.0
	for o := 1; o <= 8; o++ {
		m := upright(o, 0, 0, w*1000, h*1000)
		// Where the corners of the stored picture come to stand: first row, first
		// column of EXIF 2.32, 4.6.4 A.
		at := func(u, v float64) [2]float64 {
			return [2]float64{
				(u*float64(m[0]) + v*float64(m[2]) + float64(m[4])) / 1000,
				(u*float64(m[1]) + v*float64(m[3]) + float64(m[5])) / 1000,
			}
		}
		want := map[int][2]string{
			1: {"top", "left"}, 2: {"top", "right"}, 3: {"bottom", "right"}, 4: {"bottom", "left"},
			5: {"left", "top"}, 6: {"right", "top"}, 7: {"right", "bottom"}, 8: {"left", "bottom"},
		}[o]
		side := func(a, b [2]float64) string {
			switch {
			case a[0] == 0 && b[0] == 0:
				return "left"
			case a[0] == w && b[0] == w:
				return "right"
			case a[1] == 0 && b[1] == 0:
				return "bottom"
			case a[1] == h && b[1] == h:
				return "top"
			}
			return "askew"
		}
		first := [2]string{side(at(0, 1), at(1, 1)), side(at(0, 0), at(0, 1))}
		if first != want {
			t.Errorf("orientation %d: first row and column are at %v, want %v", o, first, want)
		}
	}
}

// rendered draws the first page with poppler, a pixel a point.
func rendered(t *testing.T, pdf []byte) image.Image {
	t.Helper()
	out := filepath.Join(t.TempDir(), "page")
	judge(t, pdf, "pdftoppm", "-png", "-r", "72", "-singlefile", "FILE", out)
	b, err := os.ReadFile(out + ".png")
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func near(a, b color.Color) bool {
	r, g, bl, _ := a.RGBA()
	R, G, B, _ := b.RGBA()
	d := func(x, y uint32) bool { return max(x, y)-min(x, y) < 0x2800 }
	return d(r, R) && d(g, G) && d(bl, B)
}

func TestPicturesAreDrawn(t *testing.T) {
	if _, err := exec.LookPath("pdftoppm"); err != nil && os.Getenv("LEPORELLO_JUDGES") != "1" {
		t.Skip("pdftoppm is not installed")
	}
	store := newStore(t)
	red, green, blue, white := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 255, 0, 255}, color.RGBA{0, 0, 255, 255}, color.RGBA{255, 255, 255, 255}
	data := testJPEG(t, quarters(64, 32))
	for _, c := range []struct {
		name        string
		orientation byte
		crop        layout.Crop
		left        bool
		want        [4]color.RGBA // top left, top right, bottom left, bottom right
	}{
		{"upright", 1, layout.Crop{}, false, [4]color.RGBA{red, green, blue, white}},
		{"turned right", 6, layout.Crop{}, false, [4]color.RGBA{blue, red, white, green}},
		{"turned left", 8, layout.Crop{}, false, [4]color.RGBA{green, white, red, blue}},
		{"upside down", 3, layout.Crop{}, false, [4]color.RGBA{white, blue, green, red}},
		{"lower half", 1, layout.Crop{Y0: 1 << 15, X1: 1 << 16, Y1: 1 << 16}, false, [4]color.RGBA{blue, white, blue, white}},
		{"right half", 1, layout.Crop{X0: 1 << 15, X1: 1 << 16, Y1: 1 << 16}, false, [4]color.RGBA{green, green, white, white}},
		{"turned in layout", 1, layout.Crop{}, true, [4]color.RGBA{green, white, red, blue}},
		{"turned right, then left", 6, layout.Crop{}, true, [4]color.RGBA{red, green, blue, white}},
		{"top left quarter", 1, layout.Crop{X1: 1 << 15, Y1: 1 << 15}, false, [4]color.RGBA{red, red, red, red}},
	} {
		a := put(t, store, withOrientation(data, c.orientation))
		page := pictured(a)
		page.Items[0].(*layout.Picture).Crop, page.Items[0].(*layout.Picture).Turned = c.crop, c.left
		out, issues := write(t, store, []*layout.Page{page}, nil)
		if len(issues) > 0 {
			t.Fatal(c.name, issues)
		}
		m := rendered(t, out)
		w, h := m.Bounds().Dx(), m.Bounds().Dy()
		for i, p := range []image.Point{{w / 4, h / 4}, {w * 3 / 4, h / 4}, {w / 4, h * 3 / 4}, {w * 3 / 4, h * 3 / 4}} {
			if !near(m.At(p.X, p.Y), c.want[i]) {
				t.Errorf("%s: corner %d is %v, want %v", c.name, i, m.At(p.X, p.Y), c.want[i])
			}
		}
	}
}

// A picture that cannot be embedded becomes a frame and an issue.
func TestBrokenPictures(t *testing.T) {
	whole := encodePNG(t, quarters(40, 40))
	for _, c := range []struct {
		name   string
		damage func(path string)
	}{
		{"gone", func(p string) { os.Remove(p) }},
		{"cut", func(p string) { os.Truncate(p, int64(len(whole)/2)) }},
		{"empty", func(p string) { os.Truncate(p, 0) }},
		{"a bit flipped", func(p string) {
			os.Chmod(p, 0o600)
			b := bytes.Clone(whole)
			b[len(b)/2] ^= 4
			os.WriteFile(p, b, 0o600)
		}},
	} {
		store := newStore(t)
		a := put(t, store, whole)
		err := filepath.WalkDir(store.Root(), func(p string, d os.DirEntry, err error) error {
			if err == nil && d.Name() == a.Key {
				os.Chmod(p, 0o600)
				c.damage(p)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		out, issues := write(t, store, []*layout.Page{pictured(a), pictured(a)}, nil)
		if len(issues) != 1 || issues[0].Code != "image.embed" || issues[0].Action != "frame" {
			t.Errorf("%s: issues %v", c.name, issues)
		}
		f := pdftest.Must(t, out)
		content, err := f.Data(f.Pages()[0]["Contents"])
		if err != nil || !strings.Contains(string(content), "re S") || strings.Contains(string(content), "Do") {
			t.Errorf("%s: %s", c.name, content)
		}
	}
}

// A JPEG that ends in the middle of its picture is not put into a file as it is:
// the same picture is missing in EPUB.
func TestCutJPEG(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, quarters(64, 64), nil); err != nil {
		t.Fatal(err)
	}
	store := newStore(t)
	a := put(t, store, b.Bytes()[:b.Len()-40])
	out, issues := write(t, store, []*layout.Page{pictured(a)}, nil)
	if len(issues) != 1 || issues[0].Code != "image.embed" {
		t.Errorf("issues %v", issues)
	}
	sound(t, out)
}

// jpegWith returns a JPEG head with a frame of so many components and a segment
// before it, and no picture worth drawing.
func jpegWith(sof byte, components int, before ...byte) []byte {
	b := append([]byte{0xFF, 0xD8}, before...)
	n := 8 + 3*components
	b = append(b, 0xFF, sof, 0, byte(n), 8, 0, 4, 0, 6, byte(components))
	for i := range components {
		b = append(b, "RGBK"[i], 0x11, 0)
	}
	return append(b, 0xFF, 0xDA, 0, 2)
}

func TestReadJPEG(t *testing.T) {
	adobe := append([]byte{0xFF, 0xEE, 0, 14}, "Adobe\x00\x64\x00\x00\x00\x00\x02"...)
	for _, c := range []struct {
		name string
		data []byte
		want jpegInfo
		bad  bool
	}{
		{"RGB by its names", jpegWith(0xC0, 3), jpegInfo{width: 6, height: 4, components: 3, rgb: true}, false},
		{"CMYK of Photoshop", jpegWith(0xC2, 4, adobe...), jpegInfo{width: 6, height: 4, components: 4, adobe: true}, false},
		{"grey", jpegWith(0xC1, 1), jpegInfo{width: 6, height: 4, components: 1}, false},
		{"fill bytes", jpegWith(0xC0, 1, 0xFF, 0xFF), jpegInfo{width: 6, height: 4, components: 1}, false},
		{"lossless", jpegWith(0xC3, 3), jpegInfo{}, true},
		{"arithmetic", jpegWith(0xC9, 3), jpegInfo{}, true},
		{"two components", jpegWith(0xC0, 2), jpegInfo{}, true},
		{"cut", jpegWith(0xC0, 3)[:9], jpegInfo{}, true},
		{"no frame", []byte{0xFF, 0xD8, 0xFF, 0xDA, 0, 2}, jpegInfo{}, true},
		{"a segment of no length", []byte{0xFF, 0xD8, 0xFF, 0xE0, 0, 0, 0, 0}, jpegInfo{}, true},
		{"PNG", []byte("\x89PNG\r\n"), jpegInfo{}, true},
		{"empty", nil, jpegInfo{}, true},
	} {
		got, err := readJPEG(bytes.NewReader(c.data))
		if c.bad {
			if err == nil {
				t.Errorf("%s: no error", c.name)
			}
			continue
		}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
}

func TestProfileOfPicture(t *testing.T) {
	store := newStore(t)
	profile := sRGB()
	profile[24] ^= 1 // not the one of the output intent
	segment := append([]byte("ICC_PROFILE\x00\x01\x01"), profile...)
	n := len(segment) + 2
	head := append([]byte{0xFF, 0xD8, 0xFF, 0xE2, byte(n >> 8), byte(n)}, segment...)
	good := append(bytes.Clone(head), testJPEG(t, quarters(16, 16))[2:]...)
	rnd := rand.New(rand.NewPCG(1, 2))
	grey := append(bytes.Clone(head), testJPEG(t, image.NewGray(image.Rect(0, 0, 8, 8)))[2:]...)
	for _, c := range []struct {
		name string
		data []byte
		want bool
	}{
		{"of its kind", good, true}, {"for colours, in a grey picture", grey, false},
		{"PNG", rawPNG{w: 5, h: 4, depth: 8, color: pngRGB, icc: profile}.encode(rnd), true},
		{"PNG with alpha", rawPNG{w: 5, h: 4, depth: 8, color: pngRGBA, icc: profile}.encode(rnd), true},
		{"PNG, interlaced", rawPNG{w: 9, h: 9, depth: 8, color: pngRGB, interlaced: true, icc: profile}.encode(rnd), true},
		{"PNG for colours, grey", rawPNG{w: 5, h: 4, depth: 8, color: pngGray, icc: profile}.encode(rnd), false},
		{"PNG with half a profile", rawPNG{w: 5, h: 4, depth: 8, color: pngRGB, icc: profile[:200]}.encode(rnd), false},
	} {
		out, _ := write(t, store, []*layout.Page{pictured(put(t, store, c.data))}, nil)
		f := pdftest.Must(t, out)
		space := f.At(f.Pages()[0]["Resources"], "XObject", "P1", "ColorSpace")
		a, ok := space.(pdftest.Array)
		if ok != c.want {
			t.Fatalf("%s: colour space %v", c.name, space)
		}
		if ok {
			if got, err := f.Data(a[1]); err != nil || !bytes.Equal(got, profile) {
				t.Errorf("%s: profile of %d bytes, %v", c.name, len(got), err)
			}
		}
	}
}

func FuzzReadPictures(f *testing.F) {
	f.Add(jpegWith(0xC0, 3))
	f.Add(rawPNG{w: 3, h: 3, depth: 8, color: pngRGBA}.encode(rand.New(rand.NewPCG(1, 1))))
	f.Add(sRGB())
	f.Fuzz(func(t *testing.T, b []byte) {
		readJPEG(bytes.NewReader(b))
		soundProfile(b, 3)
		info, err := readPNG(memoryFile{bytes.NewReader(b)})
		if err == nil && info.width*info.height < 1<<16 {
			info.rows(bytes.NewReader(b), func([]byte) error { return nil })
		}
	})
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }

// storeOf is a store that tests fill with pictures.
type storeOf struct{ *media.Dir }

func (s *storeOf) put(t testing.TB, m image.Image) string {
	t.Helper()
	return put(t, s.Dir, encodePNG(t, m)).Key
}

// Formats that PDF does not have, and pictures past the bounds, are made into
// others by the store.
func TestDerivedPictures(t *testing.T) {
	store := newStore(t)
	var b bytes.Buffer
	if err := gif.Encode(&b, quarters(60, 40), nil); err != nil {
		t.Fatal(err)
	}
	large := testJPEG(t, quarters(3000, 2200))
	for _, c := range []struct {
		name string
		data []byte
		fits bool
	}{{"GIF", b.Bytes(), true}, {"too many pixels", large, false}} {
		a := put(t, store, c.data)
		out, issues := write(t, store, []*layout.Page{pictured(a)}, nil)
		if len(issues) > 0 {
			t.Fatal(c.name, issues)
		}
		f := pdftest.Must(t, out)
		image := f.Dict(f.At(f.Pages()[0]["Resources"], "XObject", "P1"))
		w, h := image["Width"].(int), image["Height"].(int)
		if c.fits != (w == a.Width && h == a.Height) || w*h > Pictures.MaxPixels {
			t.Errorf("%s: %d by %d became %d by %d", c.name, a.Width, a.Height, w, h)
		}
		m := pixels(t, f, f.Dict(f.At(f.Pages()[0]["Resources"], "XObject"))["P1"])
		if !near(m.At(w/4, h/4), color.RGBA{255, 0, 0, 255}) || !near(m.At(w*3/4, h/4), color.RGBA{0, 255, 0, 255}) {
			t.Errorf("%s: other colours", c.name)
		}
	}
}

// A tall picture is embedded in pieces of the shape of the page, whose bytes are
// those that the store made; the caller is told of each picture once.
func TestPieces(t *testing.T) {
	store := newStore(t)
	strip := image.NewGray(image.Rect(0, 0, 400, 2400))
	for i := range strip.Pix {
		strip.Pix[i] = uint8(i / 400 / 10)
	}
	tall, wide := put(t, store, encodePNG(t, strip)).Key, put(t, store, testJPEG(t, quarters(300, 100))).Key
	doc := &article.Document{Meta: article.Meta{Title: "A", Lang: "en"}, Blocks: []article.Block{
		&article.Figure{Images: []*article.Image{{Asset: tall}}}, &article.Figure{Images: []*article.Image{{Asset: wide}}},
	}}
	told := map[string][]media.Asset{}
	var issues []article.Issue
	var b bytes.Buffer
	err := New(Options{Fonts: embedded(), Layout: layout.Options{NoCover: true}}).Export(context.Background(), &b, export.Job{
		Book: export.Book{Title: "A", Lang: "en"}, Chapters: export.Chapters(doc, doc), Assets: store,
		Pictures: media.Profile{MaxWidth: 400, MaxHeight: 500, Quality: 40, Recompress: true}, Slice: true,
		Report: func(i article.Issue) { issues = append(issues, i) },
		Embedded: func(key string, pieces []media.Asset) {
			if told[key] != nil {
				t.Errorf("told of %.8s twice", key)
			}
			told[key] = pieces
		},
	})
	if err != nil || len(issues) > 0 {
		t.Fatal(err, issues)
	}
	if len(told[tall]) < 5 || len(told[wide]) != 1 || told[wide][0].Key == wide {
		t.Fatalf("told of %v", told)
	}
	f := pdftest.Must(t, b.Bytes())
	heights := map[int]bool{}
	for _, page := range f.Pages() {
		for _, x := range f.Dict(f.At(page["Resources"], "XObject")) {
			heights[f.Dict(x)["Height"].(int)] = true
		}
	}
	for _, a := range told[tall] {
		if a.Height > 500 || !heights[a.Height] {
			t.Errorf("a piece of %d rows; on the pages are %v", a.Height, heights)
		}
	}
}
