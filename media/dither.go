package media

import (
	"fmt"
	"image"
	"math"
	"sync"
)

// quantize returns m with only so many even grays: an *image.Gray, or an
// *image.NRGBA without colour. With dither the error of each pixel goes on to its
// neighbours.
func quantize(m image.Image, levels int, dither bool) image.Image {
	q := newQuantizer(min(max(levels, 2), 256))
	each := q.round
	if dither {
		each = q.diffuse
	}
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	switch m := m.(type) {
	case *image.Gray:
		out := image.NewGray(image.Rect(0, 0, w, h))
		for y := range h {
			row := out.Pix[y*w : (y+1)*w]
			copy(row, m.Pix[y*m.Stride:])
			each(row, y)
		}
		return out
	case *image.NRGBA:
		out := image.NewNRGBA(image.Rect(0, 0, w, h))
		line := make([]byte, w)
		for y := range h {
			from, to := m.Pix[y*m.Stride:], out.Pix[y*out.Stride:]
			for x := range line {
				line[x] = from[4*x]
			}
			each(line, y)
			for x, v := range line {
				to[4*x], to[4*x+1], to[4*x+2], to[4*x+3] = v, v, v, from[4*x+3]
			}
		}
		return out
	default:
		panic(fmt.Sprintf("media: quantize of %T", m))
	}
}

// quantizer maps rows of grays to levels.
type quantizer struct {
	nearest [256]byte     // the level of a gray, as seen
	level   [1 << 12]byte // the level of an amount of light, by its upper 12 bits
	light   *[256]int32
	errors  [2][]int32 // of this row and the next, with a column on either side
}

// light returns the amount of light of the 256 grays of sRGB (IEC 61966-2-1), of
// 65535. What is far enough away to mix in the eye mixes as light.
var light = sync.OnceValue(func() *[256]int32 {
	var t [256]int32
	for i := range t {
		// No value is so near a half that the last bits of a float could matter.
		t[i] = int32(math.Round(65535 * srgbLight(float64(i)/255)))
	}
	return &t
})

// srgbLight returns the light of a sample of sRGB; both are of 1.
func srgbLight(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

func newQuantizer(levels int) *quantizer {
	q := &quantizer{light: light()}
	gray := func(k int) byte { return byte((k*255*2 + levels - 1) / (2 * (levels - 1))) }
	for v := range q.nearest {
		q.nearest[v] = gray((v*(levels-1)*2 + 255) / (2 * 255))
	}
	k := 0
	for i := range q.level {
		at := int32(i<<4 + 8)
		for k < levels-1 && 2*at > q.light[gray(k)]+q.light[gray(k+1)] {
			k++
		}
		q.level[i] = gray(k)
	}
	return q
}

func (q *quantizer) round(row []byte, _ int) {
	for x, v := range row {
		row[x] = q.nearest[v]
	}
}

// diffuse spreads errors as Floyd and Steinberg do, every other row from right to
// left, so that no pattern leans one way. Looked at beside it: Atkinson's filter,
// which turns dark parts into patches, and a fixed mask, whose own grain shows.
func (q *quantizer) diffuse(row []byte, y int) {
	if n := len(row) + 2; len(q.errors[0]) != n {
		q.errors = [2][]int32{make([]int32, n), make([]int32, n)}
	}
	here, below := q.errors[y&1], q.errors[y&1^1]
	clear(below)
	x, step := 0, 1
	if y&1 == 1 {
		x, step = len(row)-1, -1
	}
	for range row {
		// The sums are of sixteenths.
		v := q.light[row[x]] + (here[x+1]+8)>>4
		out := q.level[min(max(v, 0), 65535)>>4]
		row[x] = out
		e := v - q.light[out]
		here[x+1+step] += 7 * e
		below[x+1-step] += 3 * e
		below[x+1] += 5 * e
		below[x+1+step] += e
		x += step
	}
}
