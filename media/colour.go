package media

import (
	"image"
	"image/draw"
	"math"
	"sync"
)

// colours turns the samples of a picture into those of sRGB.
type colours struct {
	light [3][256]int32 // amount of light of each sample, of 65535; of gray the first
	// matrix mixes light of the picture's primaries to that of sRGB's, in 16384ths;
	// gray has none.
	matrix [3][3]int64
	gray   bool
}

// Matrices from the primaries of a profile, adapted to the white of ICC (D50), to
// light: of XYZ to sRGB, and of other primaries that HEIF names by number.
var (
	xyzToSRGB = [3][3]float64{
		{3.1338561, -1.6168667, -0.4906146},
		{-0.9787684, 1.9161415, 0.0334540},
		{0.0719453, -0.2289914, 1.4052427},
	}
	displayP3 = [3][3]float64{
		{0.5151187, 0.2919778, 0.1571035},
		{0.2411892, 0.6922441, 0.0665668},
		{-0.0010505, 0.0418791, 0.7840713},
	}
	bt2020 = [3][3]float64{
		{0.6734241, 0.1656411, 0.1251286},
		{0.2790177, 0.6753402, 0.0456377},
		{-0.0019300, 0.0299784, 0.7973330},
	}
)

// newColours returns what turns samples, whose light is a function of theirs from
// 0 to 1, and whose primaries are the columns of m, into sRGB; nil where that is
// hardly another thing.
func newColours(m [3][3]float64, curves [3]func(float64) float64) *colours {
	c := &colours{}
	for k, curve := range curves {
		for i := range c.light[k] {
			c.light[k][i] = int32(math.Round(min(max(curve(float64(i)/255), 0), 1) * 65535))
		}
	}
	for i := range 3 {
		for j := range 3 {
			v := 0.0
			for k := range 3 {
				v += float64(xyzToSRGB[i][k] * m[k][j])
			}
			c.matrix[i][j] = int64(math.Round(min(max(v, -8), 8) * (1 << 14)))
		}
	}
	if c.harmless() {
		return nil
	}
	return c
}

// newGrays is newColours for pictures without colour.
func newGrays(curve func(float64) float64) *colours {
	c := &colours{gray: true}
	for i := range c.light[0] {
		c.light[0][i] = int32(math.Round(min(max(curve(float64(i)/255), 0), 1) * 65535))
	}
	if c.harmless() {
		return nil
	}
	return c
}

// harmless tells whether no sample changes by more than the eye sees.
func (c *colours) harmless() bool {
	for _, v := range [...]uint8{0, 16, 64, 128, 192, 255} {
		for mask := range 8 {
			q := [4]byte{255, 255, 255, 255}
			for k := range 3 {
				if mask>>k&1 != 0 {
					q[k] = v
				}
			}
			if c.gray {
				q[0], q[1], q[2] = v, v, v
			}
			was := q
			c.row(q[:])
			for k := range 3 {
				if d := int(q[k]) - int(was[k]); d < -2 || d > 2 {
					return false
				}
			}
		}
	}
	return true
}

// sample returns the sample of sRGB of an amount of light, by its upper 12 bits.
var sample = sync.OnceValue(func() *[1 << 12]byte {
	var t [1 << 12]byte
	l := light()
	v := 0
	for i := range t {
		for at := int32(i<<4 + 8); v < 255 && 2*at > l[v]+l[v+1]; {
			v++
		}
		t[i] = byte(v)
	}
	return &t
})

// row turns a row of RGBA pixels, whose colours are not weighted with alpha, into
// sRGB.
func (c *colours) row(line []byte) {
	out := sample()
	for i := 0; i+3 < len(line); i += 4 {
		q := line[i : i+4 : i+4]
		if c.gray {
			v := out[c.light[0][q[0]]>>4]
			q[0], q[1], q[2] = v, v, v
			continue
		}
		r, g, b := int64(c.light[0][q[0]]), int64(c.light[1][q[1]]), int64(c.light[2][q[2]])
		for k := range 3 {
			m := &c.matrix[k]
			q[k] = out[min(max((m[0]*r+m[1]*g+m[2]*b)>>14, 0), 65535)>>4]
		}
	}
}

// apply returns a picture of prepare in sRGB.
func (c *colours) apply(m image.Image) image.Image {
	switch m := m.(type) {
	case *image.Gray:
		if !c.gray {
			return m
		}
		out := sample()
		for i, v := range m.Pix {
			m.Pix[i] = out[c.light[0][v]>>4]
		}
		return m
	case *image.RGBA: // opaque
		c.row(m.Pix)
		return m
	case *image.NRGBA:
		c.row(m.Pix)
		return m
	}
	b := m.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, m, b.Min, draw.Src)
	c.row(out.Pix)
	return out
}

// coloursOf returns what an ICC profile of at least 132 bytes says, nil where it is
// sRGB, and whether it is of a kind that is read: of a matrix and curves, or of one
// curve (ICC.1, 8.3.3, 8.4.3, 8.4.4), as those of cameras, screens and editors are.
// Printers have tables.
func coloursOf(p []byte) (c *colours, ok bool) {
	tags := map[string][]byte{}
	for i := range min(be32(p[128:]), 100) {
		at := 132 + 12*int(i)
		if at+12 > len(p) {
			return nil, false
		}
		off, n := int64(be32(p[at+4:])), int64(be32(p[at+8:]))
		if off+n > int64(len(p)) {
			return nil, false
		}
		tags[string(p[at:at+4])] = p[off : off+n]
	}
	if string(p[16:20]) == "GRAY" {
		if curve := curveOf(tags["kTRC"]); curve != nil {
			return newGrays(curve), true
		}
		return nil, false
	}
	if string(p[16:20]) != "RGB " || string(p[20:24]) != "XYZ " {
		return nil, false
	}
	var m [3][3]float64
	var curves [3]func(float64) float64
	for k, name := range [3]string{"r", "g", "b"} {
		xyz := tags[name+"XYZ"]
		if curves[k] = curveOf(tags[name+"TRC"]); curves[k] == nil || len(xyz) < 20 || string(xyz[:4]) != "XYZ " {
			return nil, false
		}
		for i := range 3 {
			m[i][k] = fixed(xyz[8+4*i:])
		}
	}
	return newColours(m, curves), true
}

// fixed reads a number of 16 bits before and behind the point.
func fixed(b []byte) float64 { return float64(int32(be32(b))) / 65536 }

// curveOf reads a curve (ICC.1, 10.6, 10.18), nil where it is none.
func curveOf(b []byte) func(float64) float64 {
	if len(b) < 12 {
		return nil
	}
	switch string(b[:4]) {
	case "curv":
		n := int64(be32(b[8:]))
		if int64(len(b)) < 12+2*n {
			return nil
		}
		switch n {
		case 0:
			return func(v float64) float64 { return v }
		case 1:
			gamma := float64(be16(b[12:])) / 256
			return func(v float64) float64 { return math.Pow(v, gamma) }
		}
		table := b[12 : 12+2*n]
		return func(v float64) float64 {
			at := v * float64(n-1)
			i := min(int64(at), n-2)
			from, to := float64(be16(table[2*i:])), float64(be16(table[2*i+2:]))
			return (from + float64((to-from)*(at-float64(i)))) / 65535
		}
	case "para":
		kind := int(be16(b[8:]))
		counts := [...]int{1, 3, 4, 5, 7}
		if kind >= len(counts) || len(b) < 12+4*counts[kind] {
			return nil
		}
		var v [7]float64 // g, a, b, c, d, e, f
		for i := range counts[kind] {
			v[i] = fixed(b[12+4*i:])
		}
		g, a, bb, c, d, e, f := v[0], v[1], v[2], v[3], v[4], v[5], v[6]
		switch kind {
		case 0:
			return func(x float64) float64 { return math.Pow(x, g) }
		case 1, 2:
			// Below -b/a it is c, which is 0 in the first of the two.
			return func(x float64) float64 { return math.Pow(max(float64(a*x)+bb, 0), g) + c }
		}
		return func(x float64) float64 {
			if x < d {
				return float64(c*x) + f
			}
			return math.Pow(max(float64(a*x)+bb, 0), g) + e
		}
	}
	return nil
}
