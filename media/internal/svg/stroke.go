package svg

import (
	"math"

	"github.com/leporello-press/leporello/internal/ink"
)

// stroke is how lines are drawn.
type stroke struct {
	width     float64
	caps      string // butt, round, square
	joins     string // miter, round, bevel
	limit     float64
	dashes    []float64 // none: a whole line
	offset    float64
	tolerance float64
}

// draw puts what the pen of a stroke covers into p: a polygon for each line, joint
// and end, all turning the same way, so that together they enclose all of it.
func (s *stroke) draw(o outline, p *ink.Pen, m matrix) {
	pts := distinct(o.points)
	closed := o.closed
	if closed && len(pts) > 1 && pts[0] == pts[len(pts)-1] {
		pts = pts[:len(pts)-1]
	}
	if len(pts) == 1 {
		s.dot(pts[0], p, m)
		return
	}
	if len(s.dashes) == 0 {
		s.line(pts, closed, p, m)
		return
	}
	if closed {
		pts = append(pts[:len(pts):len(pts)], pts[0])
	}
	for _, part := range s.dashed(pts) {
		s.line(part, false, p, m)
	}
}

func distinct(pts []xy) []xy {
	out := pts[:1:1]
	for _, q := range pts[1:] {
		if q != out[len(out)-1] {
			out = append(out, q)
		}
	}
	return out
}

// maxDashes bounds the dashes of an outline.
const maxDashes = 20_000

// dashed cuts a line into its dashes.
func (s *stroke) dashed(pts []xy) (out [][]xy) {
	total := 0.0
	for _, d := range s.dashes {
		total += d
	}
	at := math.Mod(s.offset, total)
	if at < 0 {
		at += total
	}
	k := 0
	for at >= s.dashes[k] {
		at -= s.dashes[k]
		k = (k + 1) % len(s.dashes)
	}
	left, on := s.dashes[k]-at, k%2 == 0
	var part []xy
	if on {
		part = []xy{pts[0]}
	}
	for i := 1; i < len(pts); i++ {
		a, b := pts[i-1], pts[i]
		length := math.Hypot(b.x-a.x, b.y-a.y)
		for done := 0.0; done < length; {
			if left > length-done {
				left -= length - done
				break
			}
			done += left
			t := done / length
			q := xy{a.x + float64((b.x-a.x)*t), a.y + float64((b.y-a.y)*t)}
			if on {
				out = append(out, distinct(append(part, q)))
			}
			if len(out) > maxDashes {
				return out
			}
			part, on = []xy{q}, !on
			k = (k + 1) % len(s.dashes)
			left = s.dashes[k]
		}
		if on {
			part = append(part, b)
		}
	}
	if on && len(part) > 1 {
		out = append(out, distinct(part))
	}
	return out
}

func (s *stroke) line(pts []xy, closed bool, p *ink.Pen, m matrix) {
	if len(pts) == 1 {
		s.dot(pts[0], p, m)
		return
	}
	r := s.width / 2
	n := len(pts)
	segments := n - 1
	if closed {
		segments = n
	}
	for i := range segments {
		a, b := pts[i], pts[(i+1)%n]
		d := unit(a, b)
		nx, ny := -d.y*r, d.x*r
		start, end := a, b
		if s.caps == "square" && !closed {
			if i == 0 {
				start = xy{a.x - d.x*r, a.y - d.y*r}
			}
			if i == segments-1 {
				end = xy{b.x + d.x*r, b.y + d.y*r}
			}
		}
		turning(p, m, xy{start.x + nx, start.y + ny}, xy{end.x + nx, end.y + ny}, xy{end.x - nx, end.y - ny}, xy{start.x - nx, start.y - ny})
		if i < segments-1 || closed {
			s.joint(b, d, unit(b, pts[(i+2)%n]), p, m)
		}
	}
	if s.caps == "round" && !closed {
		s.circle(pts[0], p, m)
		s.circle(pts[n-1], p, m)
	}
}

// unit is the direction from a to b.
func unit(a, b xy) xy {
	l := math.Hypot(b.x-a.x, b.y-a.y)
	return xy{(b.x - a.x) / l, (b.y - a.y) / l}
}

// joint fills the corner at q, where the direction changes from d to e.
func (s *stroke) joint(q, d, e xy, p *ink.Pen, m matrix) {
	r := s.width / 2
	cross, dot := float64(d.x*e.y)-float64(d.y*e.x), float64(d.x*e.x)+float64(d.y*e.y)
	if math.Abs(cross) < 1e-6 && dot > 0 {
		return
	}
	if s.joins == "round" {
		s.circle(q, p, m)
		return
	}
	side := -r // the outer side
	if cross < 0 {
		side = r
	}
	a, b := xy{q.x - d.y*side, q.y + d.x*side}, xy{q.x - e.y*side, q.y + e.x*side}
	// The length of the miter over the width is one over the sine of half the angle.
	if half := math.Sqrt(max(0, (1+dot)/2)); s.joins == "miter" && half > 0 && 1/half <= s.limit {
		k := side / (1 + dot)
		tip := xy{q.x - float64((d.y+e.y)*k), q.y + float64((d.x+e.x)*k)}
		turning(p, m, q, a, tip, b)
		return
	}
	turning(p, m, q, a, b)
}

// dot is what is drawn of a line without length.
func (s *stroke) dot(q xy, p *ink.Pen, m matrix) {
	switch r := s.width / 2; s.caps {
	case "round":
		s.circle(q, p, m)
	case "square":
		turning(p, m, xy{q.x - r, q.y - r}, xy{q.x + r, q.y - r}, xy{q.x + r, q.y + r}, xy{q.x - r, q.y + r})
	}
}

func (s *stroke) circle(q xy, p *ink.Pen, m matrix) {
	c := path{tolerance: s.tolerance}
	c.ellipse(q.x, q.y, s.width/2, s.width/2)
	turning(p, m, c.outlines[0].points...)
}

// turning draws a polygon so that, as seen, it turns clockwise.
func turning(p *ink.Pen, m matrix, pts ...xy) {
	area := 0.0
	for i, q := range pts {
		x, y := m.apply(q.x, q.y)
		pts[i] = xy{x, y}
	}
	for i, q := range pts {
		r := pts[(i+1)%len(pts)]
		area += float64(q.x*r.y) - float64(r.x*q.y)
	}
	for i := range pts {
		k := i
		if area < 0 {
			k = len(pts) - 1 - i
		}
		if i == 0 {
			p.MoveTo(pts[k].x, pts[k].y)
		} else {
			p.LineTo(pts[k].x, pts[k].y)
		}
	}
	p.Close()
}
