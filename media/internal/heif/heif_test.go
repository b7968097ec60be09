package heif

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// The files of testdata show quarters in red, green, blue and white, or in four
// grays. They were written by avifenc and heif-enc; those of several tiles by
// hand, from tiles that heif-enc wrote.
func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parse(t testing.TB, b []byte) Info {
	t.Helper()
	info, err := Parse(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

var (
	red, green, blue, white = color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 0, 255, 255}, color.NRGBA{255, 255, 255, 255}
	clear                   = color.NRGBA{}
	grays                   = [4]color.NRGBA{{60, 60, 60, 255}, {120, 120, 120, 255}, {160, 160, 160, 255}, {220, 220, 220, 255}}
	quarters                = [4]color.NRGBA{red, green, blue, white}
)

func TestDecode(t *testing.T) {
	for _, tt := range []struct {
		name          string
		width, height int
		want          Info // what is not of the size
		quarters      [4]color.NRGBA
	}{
		{"corners.avif", 64, 48, Info{}, quarters},
		{"alpha.avif", 64, 48, Info{Alpha: true}, [4]color.NRGBA{red, green, blue, clear}},
		{"gray.avif", 64, 48, Info{Gray: true}, grays},
		{"deep.avif", 64, 48, Info{Depth: 10}, quarters},
		{"grid.avif", 128, 128, Info{}, quarters},
		{"animated.avif", 64, 48, Info{Animated: true, Alpha: true}, quarters},
		{"turned.avif", 64, 48, Info{Orientation: 8}, quarters},   // a quarter anticlockwise
		{"mirrored.avif", 64, 48, Info{Orientation: 5}, quarters}, // three quarters, then mirrored
		{"cropped.avif", 64, 48, Info{Crop: image.Rect(32, 0, 64, 24)}, quarters},
		{"corners.heic", 64, 48, Info{Codec: HEVC}, quarters},
		{"small.heic", 40, 24, Info{Codec: HEVC}, quarters},
		{"gray.heic", 128, 128, Info{Codec: HEVC, Gray: true}, grays},
		{"alpha.heic", 128, 128, Info{Codec: HEVC, Alpha: true}, [4]color.NRGBA{red, green, blue, clear}},
		{"grid.heic", 100, 90, Info{Codec: HEVC}, quarters},
		{"turned.heic", 90, 100, Info{Codec: HEVC}, [4]color.NRGBA{white, green, blue, red}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := file(t, tt.name)
			info := parse(t, b)
			want := tt.want
			want.Width, want.Height = tt.width, tt.height
			if want.Crop.Empty() {
				want.Crop = image.Rect(0, 0, tt.width, tt.height)
			}
			want.Depth, want.Orientation = max(want.Depth, 8), max(want.Orientation, 1)
			if got := fmt.Sprint(info.Codec, info.Width, info.Height, info.Crop, info.Orientation, info.Depth, info.Gray, info.Alpha, info.Animated, info.Cut, len(info.ICC)); got != fmt.Sprint(want.Codec, want.Width, want.Height, want.Crop, want.Orientation, want.Depth, want.Gray, want.Alpha, want.Animated, want.Cut, 0) {
				t.Errorf("%+v, want %+v", info, want)
			}
			m, err := Decode(b, info)
			if err != nil {
				t.Fatal(err)
			}
			if m.Bounds() != image.Rect(0, 0, tt.width, tt.height) {
				t.Fatalf("%v", m.Bounds())
			}
			if _, gray := m.(*image.Gray); gray != want.Gray {
				t.Errorf("%T", m)
			}
			for i, want := range tt.quarters {
				x, y := tt.width/4+i%2*tt.width/2, tt.height/4+i/2*tt.height/2
				if got := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA); !near(got, want) {
					t.Errorf("quarter %d: %v, want %v", i, got, want)
				}
			}
		})
	}
}

func near(a, b color.NRGBA) bool {
	if a.A == 0 && b.A == 0 {
		return true
	}
	for _, d := range [4]int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B), int(a.A) - int(b.A)} {
		if max(d, -d) > 12 {
			return false
		}
	}
	return true
}

// TestColours gives the samples of one colour in several conventions.
func TestColours(t *testing.T) {
	one := func(y, cb, cr uint8) *image.YCbCr {
		m := image.NewYCbCr(image.Rect(0, 0, 1, 1), image.YCbCrSubsampleRatio444)
		m.Y[0], m.Cb[0], m.Cr[0] = y, cb, cr
		return m
	}
	if info := parse(t, file(t, "limited.heic")); info.matrix != 1 || !info.limited || info.Primaries != 1 || info.Transfer != 13 {
		t.Errorf("%+v", info)
	}
	orange := color.NRGBA{230, 120, 40, 255}
	for _, tt := range []struct {
		name string
		info Info
		m    *image.YCbCr
	}{
		{"whole", Info{matrix: 6}, one(144, 69, 189)},
		{"not said", Info{matrix: 2}, one(144, 69, 189)},
		{"limited", Info{matrix: 6, limited: true}, one(139, 77, 182)},
		{"709", Info{matrix: 1}, one(138, 75, 187)},
		{"709 limited", Info{matrix: 1, limited: true}, one(134, 82, 180)},
		{"2020", Info{matrix: 9}, one(144, 73, 186)},
		{"none", Info{matrix: 0}, one(120, 40, 230)},
	} {
		if got := color.NRGBAModel.Convert(tt.info.standard(tt.m).At(0, 0)).(color.NRGBA); !near(got, orange) {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	dark := &image.Gray{Pix: []byte{16, 235, 126}, Stride: 3, Rect: image.Rect(0, 0, 3, 1)}
	if (&Info{limited: true}).standard(dark); dark.Pix[0] != 0 || dark.Pix[1] != 255 || dark.Pix[2] != 128 {
		t.Errorf("%v", dark.Pix)
	}
}

func TestCompose(t *testing.T) {
	// Where the corner 0 of a square, and the one clockwise of it, go.
	corners := [9][2]int{1: {0, 1}, 2: {1, 0}, 3: {2, 3}, 4: {3, 2}, 5: {0, 3}, 6: {1, 2}, 7: {2, 1}, 8: {3, 0}}
	apply := func(o, corner int) int {
		zero, one := corners[o][0], corners[o][1]
		step := (one - zero + 4) % 4 // 1: as it was, 3: mirrored
		return (zero + corner*step) % 4
	}
	for a := 1; a <= 8; a++ {
		for b := 1; b <= 8; b++ {
			c := compose(a, b)
			for corner := range 4 {
				if apply(c, corner) != apply(b, apply(a, corner)) {
					t.Errorf("%d then %d is not %d", a, b, c)
					break
				}
			}
		}
	}
}

func TestClip(t *testing.T) {
	clap := func(v ...int32) []byte {
		var b []byte
		for _, n := range v {
			b = append(b, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
		}
		return b
	}
	whole := image.Rect(0, 0, 100, 60)
	for _, tt := range []struct {
		clap []byte
		want image.Rectangle
	}{
		{clap(50, 1, 20, 1, 0, 1, 0, 1), image.Rect(25, 20, 75, 40)},
		{clap(50, 1, 20, 1, -25, 1, -20, 1), image.Rect(0, 0, 50, 20)},
		{clap(51, 1, 21, 1, 1, 2, 1, 2), image.Rect(25, 20, 76, 41)},
		{clap(50, 1, 20, 1, 26, 1, 0, 1), whole}, // beyond the edge
		{clap(51, 1, 20, 1, 0, 1, 0, 1), whole},  // half a pixel
		{clap(50, 0, 20, 1, 0, 1, 0, 1), whole},
		{clap(50, 3, 20, 1, 0, 1, 0, 1), whole},
		{clap(0, 1, 20, 1, 0, 1, 0, 1), whole},
		{clap(-1, 1, -1, 1, -1, 1, -1, 1), whole},
	} {
		info := Info{Width: 100, Height: 60, Crop: whole}
		if info.clip(tt.clap); info.Crop != tt.want {
			t.Errorf("%v: %v, want %v", tt.clap, info.Crop, tt.want)
		}
	}
}

func TestOrientationOfHEVC(t *testing.T) {
	info := parse(t, file(t, "turned.heic"))
	if info.Orientation != 1 || info.Width != 90 {
		t.Errorf("%+v", info)
	}
}

// TestDamage breaks files in every way that is cheap to try: they are refused, or
// something is shown, and neither takes long.
func TestDamage(t *testing.T) {
	names := []string{"corners.avif", "alpha.avif", "corners.heic", "grid.heic"}
	step := 19
	if testing.Short() {
		step = 97
	}
	for _, name := range names {
		b := file(t, name)
		try := func(what string, c []byte) {
			info, err := Parse(bytes.NewReader(c), int64(len(c)))
			if err != nil || info.pixels() > 1<<16 {
				return
			}
			if m, err := Decode(c, info); err == nil && (m.Bounds().Dx() != info.Width || m.Bounds().Dy() != info.Height) {
				t.Errorf("%s, %s: %v of %d×%d", name, what, m.Bounds(), info.Width, info.Height)
			}
		}
		for i := 0; i < len(b); i += step {
			try(fmt.Sprintf("the first %d bytes", i), b[:i])
			for _, v := range []byte{0x00, 0xff, b[i] ^ 0x10} {
				c := bytes.Clone(b)
				c[i] = v
				try(fmt.Sprintf("byte %d = %#x", i, v), c)
			}
		}
	}
}

func TestCut(t *testing.T) {
	b := file(t, "corners.avif")
	if info := parse(t, b[:len(b)-10]); !info.Cut {
		t.Errorf("%+v", info)
	}
}

// TestSize says another size than is coded: no memory is taken for more than the
// boxes say, and no less is shown.
func TestSize(t *testing.T) {
	for _, name := range []string{"corners.avif", "small.heic"} {
		b := file(t, name)
		at := bytes.Index(b, []byte("ispe"))
		for _, width := range []byte{1, 63, 255} {
			c := bytes.Clone(b)
			c[at+11] = width
			info := parse(t, c)
			if m, err := Decode(c, info); err == nil && m.Bounds().Dx() != info.Width {
				t.Errorf("%s, %d pixels wide: %v", name, width, m.Bounds())
			}
		}
	}
}

// loop is a program whose function "f" never returns.
const loop = "\x00asm\x01\x00\x00\x00" +
	"\x01\x04\x01\x60\x00\x00" + // a type: no arguments, no results
	"\x03\x02\x01\x00" + // a function of it
	"\x06\x06\x01\x7f\x01\x41\x00\x0b" + // a global variable
	"\x07\x05\x01\x01f\x00\x00" + // the function's name
	"\x0a\x09\x01\x07\x00\x03\x40\x0c\x00\x0b\x0b" // loop, branch to it

func TestMetered(t *testing.T) {
	wasm, err := metered([]byte(loop))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	rt := wazero.NewRuntime(ctx)
	defer rt.Close(ctx)
	m, err := rt.Instantiate(ctx, wasm)
	if err != nil {
		t.Fatal(err)
	}
	left := m.ExportedGlobal(fuel).(api.MutableGlobal)
	left.Set(1000)
	if _, err = m.ExportedFunction("f").Call(ctx); err == nil || !strings.Contains(err.Error(), "unreachable") {
		t.Errorf("it ended with %v", err)
	}
	if got := int64(left.Get()); got != -1 {
		t.Errorf("%d turns are left", got)
	}
	for i := range len(loop) {
		metered([]byte(loop[:i])) // must not panic
	}
	if _, err := metered([]byte(strings.Replace(loop, "\x0c\x00\x0b\x0b", "\xfd\x00\x0b\x0b", 1))); err == nil {
		t.Error("an instruction of vectors passed")
	}
}

func TestWork(t *testing.T) {
	b := file(t, "corners.avif")
	info := parse(t, b)
	err := decoders[AV1].run(b, &info, func(in *instance, src uint32) error {
		ret, err := in.alloc(24)
		if err != nil {
			return err
		}
		in.ExportedGlobal(fuel).(api.MutableGlobal).Set(100) // less than any picture takes
		r := uint64(ret)
		_, err = in.call("decode", uint64(src), uint64(len(b)), 1, 0, r, r+4, r+8, r+12, 0, 0)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "unreachable") {
		t.Errorf("a decoder without fuel ended with %v", err)
	}
}

func TestSums(t *testing.T) {
	sums, err := os.ReadFile("SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(sums)) {
		want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		var b []byte
		switch name {
		case "avif.wasm":
			b, err = decoders[AV1].unpack()
		case "heic.wasm":
			b, err = decoders[HEVC].unpack()
		default:
			b, err = os.ReadFile(name)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(b)); err != nil || got != want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) == 0 {
		f.Fatal(err)
	}
	for _, name := range names {
		f.Add(file(f, filepath.Base(name)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := Parse(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		whole := image.Rect(0, 0, info.Width, info.Height)
		if whole.Empty() || info.Crop.Empty() || !info.Crop.In(whole) || info.Orientation < 1 || info.Orientation > 8 || info.Depth < 8 {
			t.Fatalf("%+v", info)
		}
	})
}

// FuzzDecode is for the decoders, which do what damaged pictures make them do, but
// within their bounds.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"corners.avif", "alpha.avif", "small.heic", "grid.heic"} {
		f.Add(file(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := Parse(bytes.NewReader(b), int64(len(b)))
		if err != nil || info.pixels() > 1<<16 {
			return
		}
		if m, err := Decode(b, info); err == nil && m.Bounds() != image.Rect(0, 0, info.Width, info.Height) {
			t.Fatalf("%v of %d×%d", m.Bounds(), info.Width, info.Height)
		}
	})
}
