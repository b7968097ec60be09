package media

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"
)

// tag is one of an ICC profile.
type tag struct {
	name string
	data []byte
}

func icc(space string, tags ...tag) []byte {
	p := make([]byte, 132+12*len(tags))
	p[8] = 4
	copy(p[12:], "mntr"+space+"XYZ ")
	copy(p[36:], "acsp")
	binary.BigEndian.PutUint32(p[128:], uint32(len(tags)))
	for i, t := range tags {
		copy(p[132+12*i:], t.name)
		binary.BigEndian.PutUint32(p[136+12*i:], uint32(len(p)))
		binary.BigEndian.PutUint32(p[140+12*i:], uint32(len(t.data)))
		p = append(p, t.data...)
	}
	binary.BigEndian.PutUint32(p, uint32(len(p)))
	return p
}

func fixedBytes(kind string, v ...float64) []byte {
	b := append([]byte(kind), 0, 0, 0, 0)
	for _, x := range v {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(x*65536))))
	}
	return b
}

// para is a parametric curve of a kind.
func para(kind byte, v ...float64) []byte {
	b := fixedBytes("para", append([]float64{0}, v...)...)
	b[9] = kind
	return b
}

func gammaCurve(g float64) []byte {
	return append([]byte("curv\x00\x00\x00\x00\x00\x00\x00\x01"), byte(g), byte(g*256))
}

func rgbProfile(m [3][3]float64, curve []byte) []byte {
	var tags []tag
	for k, n := range []string{"r", "g", "b"} {
		tags = append(tags, tag{n + "XYZ", fixedBytes("XYZ ", m[0][k], m[1][k], m[2][k])}, tag{n + "TRC", curve})
	}
	return icc("RGB ", tags...)
}

var (
	srgbPrimaries  = [3][3]float64{{0.4360747, 0.3850649, 0.1430804}, {0.2225045, 0.7168786, 0.0606169}, {0.0139322, 0.0971045, 0.7141733}}
	adobePrimaries = [3][3]float64{{0.6097559, 0.2052401, 0.1492240}, {0.3111242, 0.6256560, 0.0632197}, {0.0194811, 0.0608902, 0.7448387}}
	srgbCurve      = para(3, 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)
)

func TestColours(t *testing.T) {
	tabled := append([]byte("curv\x00\x00\x00\x00"), 0, 0, 4, 0)
	for i := range 1024 {
		tabled = binary.BigEndian.AppendUint16(tabled, uint16(math.Round(65535*math.Pow(float64(i)/1023, 2.2))))
	}
	// The wanted samples are those of LittleCMS.
	for _, tt := range []struct {
		name     string
		icc      []byte
		in, want [3]uint8
	}{
		{"Display P3, skin", rgbProfile(displayP3, srgbCurve), [3]uint8{220, 160, 130}, [3]uint8{231, 157, 125}},
		{"Display P3, a red that sRGB has not", rgbProfile(displayP3, srgbCurve), [3]uint8{255, 0, 0}, [3]uint8{255, 0, 0}},
		{"Display P3, green", rgbProfile(displayP3, srgbCurve), [3]uint8{60, 180, 80}, [3]uint8{0, 183, 64}},
		{"Adobe RGB", rgbProfile(adobePrimaries, gammaCurve(2.19921875)), [3]uint8{100, 150, 200}, [3]uint8{66, 151, 203}},
		{"Adobe RGB, by a table", rgbProfile(adobePrimaries, tabled), [3]uint8{100, 150, 200}, [3]uint8{66, 151, 203}},
		{"gray stays gray", rgbProfile(displayP3, srgbCurve), [3]uint8{99, 99, 99}, [3]uint8{99, 99, 99}},
		{"light itself", rgbProfile(srgbPrimaries, gammaCurve(1)), [3]uint8{55, 55, 55}, [3]uint8{128, 128, 128}},
		{"a gamma of 1.8", rgbProfile(srgbPrimaries, para(0, 1.8)), [3]uint8{128, 128, 128}, [3]uint8{146, 146, 146}},
		{"a gray of light", icc("GRAY", tag{"kTRC", gammaCurve(1)}), [3]uint8{55, 55, 55}, [3]uint8{128, 128, 128}},
	} {
		c, ok := coloursOf(tt.icc)
		if !ok || c == nil {
			t.Errorf("%s: %v", tt.name, ok)
			continue
		}
		q := []byte{tt.in[0], tt.in[1], tt.in[2], 255}
		c.row(q)
		for k := range 3 {
			if d := int(q[k]) - int(tt.want[k]); d < -2 || d > 2 {
				t.Errorf("%s: %v, want %v", tt.name, q[:3], tt.want)
				break
			}
		}
	}
	for name, p := range map[string][]byte{
		"sRGB":          rgbProfile(srgbPrimaries, srgbCurve),
		"nearly so":     rgbProfile(srgbPrimaries, para(4, 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045, 0, 0)),
		"gray, like it": icc("GRAY", tag{"kTRC", srgbCurve}),
	} {
		if c, ok := coloursOf(p); !ok || c != nil {
			t.Errorf("%s: %v, %v", name, c != nil, ok)
		}
	}
	for name, p := range map[string][]byte{
		"tables":       icc("RGB ", tag{"A2B0", make([]byte, 40)}),
		"half":         rgbProfile(displayP3, srgbCurve)[:200],
		"no curve":     rgbProfile(displayP3, []byte("curv")),
		"a long curve": rgbProfile(displayP3, []byte("curv\x00\x00\x00\x00\xff\xff\xff\xff")),
		"an odd curve": rgbProfile(displayP3, para(9, 1)),
	} {
		if c, ok := coloursOf(p); ok || c != nil {
			t.Errorf("%s: %v, %v", name, c != nil, ok)
		}
	}
}

// TestConverted derives pictures with profiles: in colour, gray, turned, as drawn.
func TestConverted(t *testing.T) {
	flat := image.NewRGBA(image.Rect(0, 0, 64, 32))
	for i := 0; i < len(flat.Pix); i += 4 {
		copy(flat.Pix[i:], []byte{60, 180, 80, 255})
	}
	p3 := rgbProfile(displayP3, srgbCurve)
	gray := image.NewGray(flat.Rect)
	for i := range gray.Pix {
		gray.Pix[i] = 55
	}
	linear := icc("GRAY", tag{"kTRC", gammaCurve(1)})
	z, err := deflated(p3)
	if err != nil {
		t.Fatal(err)
	}
	rows := bytes.Repeat(append([]byte{0}, bytes.Repeat([]byte{60, 180, 80}, 64)...), 32)
	whole := func(m image.Image) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 100}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	want := color.RGBA{0, 183, 64, 255}
	for _, tt := range []struct {
		name string
		b    []byte
		p    Profile
		want color.Color
	}{
		{"JPEG", withProfile(whole(flat), p3), Profile{MaxWidth: 32, Quality: 100}, want},
		{"JPEG turned", withOrientation(withProfile(whole(flat), p3), 6), Profile{Quality: 100}, want},
		{"JPEG to gray", withProfile(whole(flat), p3), Profile{MaxWidth: 32, Gray: true}, color.GrayModel.Convert(want)},
		{"gray JPEG", withProfile(whole(gray), linear), Profile{MaxWidth: 32}, color.Gray{128}},
		{"PNG", rawPNG(64, 32, 8, 2, 0, rows, "iCCP", "x\x00\x00"+string(z)), Profile{MaxWidth: 32}, want},
	} {
		d := newDir(t, Options{})
		got, m := derive(t, d, put(t, d, tt.b).Key, tt.p)
		if c := m.At(8, 8); !near(c, tt.want, 4) {
			t.Errorf("%s: %v, want %v", tt.name, color.NRGBAModel.Convert(c), tt.want)
		}
		b := read(t, d, got.Key)
		if f, err := readFacts(bytes.NewReader(b), int64(len(b))); err != nil || profile(bytes.NewReader(b), f) != nil {
			t.Errorf("%s: it still has a profile, or %v", tt.name, err)
		}
	}
	// What passes untouched keeps its profile.
	d := newDir(t, Options{})
	a := put(t, d, withProfile(whole(flat), p3))
	if got, err := d.Derive(a.Key, Profile{}); err != nil || got != a {
		t.Errorf("%+v, %v", got, err)
	}
}

func FuzzColours(f *testing.F) {
	f.Add(rgbProfile(displayP3, srgbCurve))
	f.Add(icc("GRAY", tag{"kTRC", gammaCurve(2.2)}))
	f.Fuzz(func(t *testing.T, p []byte) {
		if len(p) < 132 {
			return
		}
		if c, ok := coloursOf(p); ok && c != nil {
			c.row([]byte{1, 2, 3, 4, 255, 254, 253, 252})
		}
	})
}

// TestNamedColours is for AVIF and HEIC, which may name their primaries by number.
func TestNamedColours(t *testing.T) {
	b := bytes.Clone(heifFile(t, "limited.heic"))
	at := bytes.Index(b, []byte("nclx"))
	for primaries, want := range map[byte]color.RGBA{1: {0, 255, 0, 255}, 12: {0, 255, 0, 255}, 9: {0, 255, 0, 255}} {
		c := bytes.Clone(b)
		c[at+5] = primaries
		f, err := readFacts(bytes.NewReader(c), int64(len(c)))
		if err != nil {
			t.Fatal(err)
		}
		convert := named(bytes.NewReader(c), f)
		if (convert != nil) != (primaries != 1) {
			t.Errorf("primaries %d: converted: %v", primaries, convert != nil)
		}
		if convert == nil {
			continue
		}
		q := []byte{0, 255, 0, 255} // greener than sRGB can say
		if convert.row(q); !near(color.RGBA{q[0], q[1], q[2], 255}, want, 2) {
			t.Errorf("primaries %d: %v", primaries, q)
		}
	}
}
