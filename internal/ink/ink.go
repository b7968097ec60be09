// Package ink says how much of each pixel a shape covers. Shapes come in floating
// point and are rounded to 1/256 of a pixel before anything is computed, all of
// which is integers: every machine makes the same picture. Colours are for those
// who draw with it.
package ink

import (
	"image"
	"math"
)

// one is a pixel in the units of points.
const one = 256

// far bounds coordinates, in pixels: what is farther off is drawn there.
const far = 1 << 21

type point struct{ x, y int64 }

type line struct{ from, to point }

// Pen collects the outline of a shape, in pixels, y down. Its zero value is ready.
type Pen struct {
	lines     []line
	start, at point
}

// Reset empties the pen.
func (p *Pen) Reset() { *p = Pen{lines: p.lines[:0]} }

// round returns v pixels in units. What is no number is zero.
func round(v float64) int64 {
	if v != v {
		return 0
	}
	return int64(math.Round(min(max(v, -far), far) * one))
}

// MoveTo begins an outline. The one before it is closed.
func (p *Pen) MoveTo(x, y float64) {
	p.Close()
	p.start = point{round(x), round(y)}
	p.at = p.start
}

// LineTo draws a line.
func (p *Pen) LineTo(x, y float64) { p.lineTo(point{round(x), round(y)}) }

func (p *Pen) lineTo(to point) {
	if to != p.at {
		p.lines = append(p.lines, line{p.at, to})
		p.at = to
	}
}

// Close draws a line to where the outline began.
func (p *Pen) Close() { p.lineTo(p.start) }

// QuadTo draws a quadratic curve with one control point.
func (p *Pen) QuadTo(x1, y1, x2, y2 float64) {
	x0, y0 := float64(p.at.x)/one, float64(p.at.y)/one
	third := func(a, b float64) float64 { return a + float64((b-a)*2)/3 }
	p.CubeTo(third(x0, x1), third(y0, y1), third(x2, x1), third(y2, y1), x2, y2)
}

// CubeTo draws a cubic curve with two control points.
func (p *Pen) CubeTo(x1, y1, x2, y2, x3, y3 float64) {
	a, b, c, d := p.at, point{round(x1), round(y1)}, point{round(x2), round(y2)}, point{round(x3), round(y3)}
	// The curve leaves its chords by at most the second differences over the square of
	// their number, times 3/4.
	bend := max(abs(a.x-2*b.x+c.x), abs(a.y-2*b.y+c.y), abs(b.x-2*c.x+d.x), abs(b.y-2*c.y+d.y))
	n := int64(1)
	for n < 256 && bend*3 > n*n*4*(one/16) { // a sixteenth of a pixel
		n++
	}
	for i := int64(1); i < n; i++ {
		// Weights over n³, which has room: 2⁸ pixels' units of 2⁸, 2²¹, 2²⁴.
		j := n - i
		w0, w1, w2, w3 := j*j*j, 3*j*j*i, 3*j*i*i, i*i*i
		p.lineTo(point{
			div(w0*a.x+w1*b.x+w2*c.x+w3*d.x, n*n*n),
			div(w0*a.y+w1*b.y+w2*c.y+w3*d.y, n*n*n),
		})
	}
	p.lineTo(d)
}

func abs(v int64) int64 { return max(v, -v) }

// div divides and rounds down, for divisors above zero.
func div(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Bounds returns the pixels that the shape touches, which Fill covers at most.
func (p *Pen) Bounds() image.Rectangle {
	p.Close()
	if len(p.lines) == 0 {
		return image.Rectangle{}
	}
	lo, hi := p.lines[0].from, p.lines[0].from
	for i := range p.lines {
		to := p.lines[i].to
		lo, hi = point{min(lo.x, to.x), min(lo.y, to.y)}, point{max(hi.x, to.x), max(hi.y, to.y)}
	}
	return image.Rect(int(div(lo.x, one)), int(div(lo.y, one)), int(-div(-hi.x, one)), int(-div(-hi.y, one)))
}

// band is how many rows are worked on at once.
const band = 32

// Fill calls row for each row of pixels that the shape touches within clip, from
// top to bottom: x is the first pixel, cover[i] how much of pixel x+i is covered,
// of 255. cover is good until row returns. With evenOdd what is enclosed twice is
// outside; else all that is enclosed, unless in both directions, is inside.
func (p *Pen) Fill(clip image.Rectangle, evenOdd bool, row func(x, y int, cover []byte)) {
	clip = clip.Intersect(p.Bounds())
	if clip.Empty() {
		return
	}
	a := &accumulator{width: clip.Dx()}
	a.cover, a.area = make([]int32, band*(a.width+1)), make([]int32, band*(a.width+1))
	out := make([]byte, a.width)
	for y := clip.Min.Y; y < clip.Max.Y; y += band {
		h := min(band, clip.Max.Y-y)
		clear(a.cover)
		clear(a.area)
		for i := range p.lines {
			a.line(p.lines[i], point{int64(clip.Min.X) * one, int64(y) * one}, int64(h)*one)
		}
		for k := range h {
			if a.row(k, out, evenOdd) {
				row(clip.Min.X, y+k, out)
			}
		}
	}
}

// accumulator sums up what lines do to a band of pixels: how far they go down in
// each, and twice the area between them and its left edge.
type accumulator struct {
	width       int
	cover, area []int32
}

// line adds a line, seen from the origin of the band, which is height units high.
func (a *accumulator) line(l line, origin point, height int64) {
	from, to := point{l.from.x - origin.x, l.from.y - origin.y}, point{l.to.x - origin.x, l.to.y - origin.y}
	sign := int64(1)
	if from.y > to.y {
		from, to, sign = to, from, -1
	}
	if from.y == to.y || to.y <= 0 || from.y >= height {
		return
	}
	dx, dy := to.x-from.x, to.y-from.y
	xAt := func(y int64) int64 { return from.x + div(dx*(y-from.y), dy) }
	y, end := max(from.y, 0), min(to.y, height)
	x := from.x
	if y > from.y {
		x = xAt(y)
	}
	for y < end {
		next := min((y/one+1)*one, end)
		nx := to.x
		if next < to.y {
			nx = xAt(next)
		}
		a.span(int(y/one), x, nx, next-y, sign)
		x, y = nx, next
	}
}

// span adds the part of a line within a row: from x to nx while it goes down by
// dy. What is left of the band counts at its edge, what is right of it not at all.
func (a *accumulator) span(row int, x, nx, dy, sign int64) {
	w := int64(a.width) * one
	if x > nx {
		x, nx = nx, x // upside down it covers the same
	}
	if x >= w {
		return
	}
	if nx <= 0 {
		a.cell(row, 0, 0, 0, sign*dy)
		return
	}
	// The part left of the band, and that within.
	length := nx - x
	done := int64(0) // of dy
	if x < 0 {
		done = div(-x*dy, length)
		a.cell(row, 0, 0, 0, sign*done)
		length, dy, done, x = nx, dy-done, 0, 0
	}
	first := x
	for {
		edge := (x/one + 1) * one
		end := min(edge, nx)
		part := dy
		if end < nx {
			part = div((end-first)*dy, length)
		}
		a.cell(row, x/one, x-(edge-one), end-(edge-one), sign*(part-done))
		done = part
		if x = end; end == nx || x >= w {
			return
		}
	}
}

// cell adds a piece of a line within a pixel, from and to of its left edge.
func (a *accumulator) cell(row int, x, from, to, dy int64) {
	i := row*(a.width+1) + int(x)
	a.cover[i] += int32(dy)
	a.area[i] += int32(dy * (from + to))
}

// row turns the sums of a row into how much is covered, and tells whether anything is.
func (a *accumulator) row(k int, out []byte, evenOdd bool) bool {
	cover, area := a.cover[k*(a.width+1):(k+1)*(a.width+1)], a.area[k*(a.width+1):(k+1)*(a.width+1)]
	sum, any := int32(0), false
	for x := range out {
		sum += cover[x]
		v := (sum*2*one - area[x]) >> 9 // of 256
		v = max(v, -v)
		if evenOdd {
			if v &= 2*one - 1; v > one {
				v = 2*one - v
			}
		}
		out[x] = byte(min(v, 255))
		any = any || v != 0
	}
	return any
}
