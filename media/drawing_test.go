package media

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"strings"
	"testing"
)

const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><script>x</script><filter/>` +
	`<rect onclick="y" width="20" height="30" fill="red"/><text x="22" y="20">x</text></svg>`

func TestSVG(t *testing.T) {
	d := newDir(t, Options{})
	a := put(t, d, []byte(drawing))
	if a.Lost != "a filter, text where it has to be drawn" || a.Width != 40 || a.Height != 30 {
		t.Errorf("%+v", a)
	}
	clean, err := d.Derive(a.Key, Profile{SVG: true, MaxWidth: 10, Gray: true})
	if err != nil || clean.Type != SVG {
		t.Fatalf("%+v, %v", clean, err)
	}
	if b := string(read(t, d, clean.Key)); strings.Contains(b, "script") || strings.Contains(b, "onclick") || !strings.Contains(b, `fill="red"`) {
		t.Error(b)
	}
	if again, err := d.Derive(clean.Key, Profile{SVG: true}); err != nil || again != clean {
		t.Errorf("%+v, %v", again, err)
	}
	for _, tt := range []struct {
		p    Profile
		w, h int
	}{{Profile{}, 120, 90}, {Profile{MaxWidth: 60}, 60, 45}, {Profile{MaxPixels: 1200, Opaque: true}, 40, 30}} {
		if got, _ := derive(t, d, a.Key, tt.p); got.Type != PNG || got.Width != tt.w || got.Height != tt.h {
			t.Errorf("%+v: %+v", tt.p, got)
		}
	}
	whole, err := d.Slice(put(t, d, []byte(strings.Replace(drawing, `height="30"`, `height="900"`, 1))).Key, Profile{SVG: true, MaxHeight: 100})
	if err != nil || len(whole) != 1 {
		t.Errorf("%+v, %v", whole, err)
	}
}

func TestLetters(t *testing.T) {
	d := newDir(t, Options{Letters: blocks{}})
	a := put(t, d, []byte(drawing))
	if a.Lost != "a filter" {
		t.Errorf("%+v", a)
	}
	if _, m := derive(t, d, a.Key, Profile{}); !near(m.At(3*24, 3*18), color.Black, 2) {
		t.Errorf("%v", m.At(3*24, 3*18))
	}
}

// blocks is a font of blocks.
type blocks struct{}

func (blocks) Set(text string, _ Font) []Letter {
	s := make([]Segment, 4)
	for i, p := range [4][2]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1}} {
		s[i] = Segment{Move: i == 0, Points: [3][2]float64{p}, N: 1}
	}
	return []Letter{{Outline: s, Advance: 1}}
}

func TestDamagedSVG(t *testing.T) {
	for name, tt := range map[string]struct {
		b    string
		want Reason
	}{
		"cut":     {drawing[:60], DecodeFailed},
		"deep":    {"<svg>" + strings.Repeat("<g>", 500), DecodeLimit},
		"large":   {"<svg>" + strings.Repeat(" ", 9<<20) + "</svg>", DecodeLimit},
		"nothing": {"<svg><defs><rect width='9' height='9'/></defs></svg>", UnsupportedType},
	} {
		_, err := newDir(t, Options{}).Put(strings.NewReader(tt.b))
		if err == nil {
			t.Errorf("%s passed", name)
			continue
		}
		wantReason(t, err, tt.want)
	}
}

// TestPicturesWithin has a drawing with more pixels in its pictures than one may
// have: those that go too far are not drawn.
func TestPicturesWithin(t *testing.T) {
	one := `<image width="9" height="9" href="data:image/png;base64,` + base64.StdEncoding.EncodeToString(pngOf(t, corners(8, 8))) + `"/>`
	bomb := `<image x="20" width="9" height="9" href="data:image/png;base64,` + base64.StdEncoding.EncodeToString(pngHeader(9000, 9000)) + `"/>`
	d := newDir(t, Options{})
	a := put(t, d, []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="40" height="9">`+one+bomb+`</svg>`))
	_, m := derive(t, d, a.Key, Profile{})
	if !near(m.At(6, 6), color.RGBA{255, 0, 0, 255}, 2) || !near(m.At(3*24, 6), color.Transparent, 0) {
		t.Errorf("%v, %v", m.At(6, 6), m.At(3*24, 6))
	}
	if m.Bounds() != image.Rect(0, 0, 120, 27) {
		t.Error(m.Bounds())
	}
}

func TestSVGSameBytes(t *testing.T) {
	var keys []string
	for range 2 {
		d := newDir(t, Options{Letters: blocks{}})
		a, err := d.Derive(put(t, d, bytes.Clone([]byte(drawing))).Key, Profile{})
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, a.Key)
	}
	if keys[0] != keys[1] {
		t.Errorf("%v", keys)
	}
}
