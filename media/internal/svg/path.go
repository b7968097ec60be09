package svg

import (
	"math"
	"strings"

	"github.com/leporello-press/leporello/internal/ink"
)

// matrix takes (x, y) to (a·x + c·y + e, b·x + d·y + f).
type matrix struct{ a, b, c, d, e, f float64 }

var identity = matrix{a: 1, d: 1}

// The conversions here keep a machine from fusing what another rounds.

func (m matrix) apply(x, y float64) (float64, float64) {
	return float64(m.a*x) + float64(m.c*y) + m.e, float64(m.b*x) + float64(m.d*y) + m.f
}

// then returns the matrix that is first n, then m.
func (m matrix) then(n matrix) matrix {
	e, f := m.apply(n.e, n.f)
	return matrix{
		float64(m.a*n.a) + float64(m.c*n.b), float64(m.b*n.a) + float64(m.d*n.b),
		float64(m.a*n.c) + float64(m.c*n.d), float64(m.b*n.c) + float64(m.d*n.d), e, f,
	}
}

func (m matrix) invert() (matrix, bool) {
	det := float64(m.a*m.d) - float64(m.b*m.c)
	if !(math.Abs(det) > 1e-12) {
		return m, false
	}
	return matrix{
		m.d / det, -m.b / det, -m.c / det, m.a / det,
		(float64(m.c*m.f) - float64(m.d*m.e)) / det, (float64(m.b*m.e) - float64(m.a*m.f)) / det,
	}, true
}

// scale is how much longer lines become, on the average.
func (m matrix) scale() float64 {
	return math.Sqrt(math.Abs(float64(m.a*m.d) - float64(m.b*m.c)))
}

func (m matrix) sound() bool {
	for _, v := range [...]float64{m.a, m.b, m.c, m.d, m.e, m.f} {
		if !(math.Abs(v) < 1e9) {
			return false
		}
	}
	return true
}

// transform reads a transform attribute; what makes no sense ends it.
func transform(s string) matrix {
	m := identity
	for {
		name, rest, ok := strings.Cut(s, "(")
		if !ok {
			return m
		}
		args, rest, ok := strings.Cut(rest, ")")
		if !ok {
			return m
		}
		s = rest
		v := numbers(args)
		arg := func(i int, other float64) float64 {
			if i < len(v) {
				return v[i]
			}
			return other
		}
		var n matrix
		switch strings.Trim(name, " \t\r\n,") {
		case "matrix":
			if len(v) != 6 {
				return m
			}
			n = matrix{v[0], v[1], v[2], v[3], v[4], v[5]}
		case "translate":
			n = matrix{1, 0, 0, 1, arg(0, 0), arg(1, 0)}
		case "scale":
			n = matrix{arg(0, 1), 0, 0, arg(1, arg(0, 1)), 0, 0}
		case "rotate":
			sin, cos := math.Sincos(arg(0, 0) * math.Pi / 180)
			x, y := arg(1, 0), arg(2, 0)
			n = matrix{1, 0, 0, 1, x, y}.then(matrix{cos, sin, -sin, cos, 0, 0}).then(matrix{1, 0, 0, 1, -x, -y})
		case "skewX":
			n = matrix{1, 0, math.Tan(arg(0, 0) * math.Pi / 180), 1, 0, 0}
		case "skewY":
			n = matrix{1, math.Tan(arg(0, 0) * math.Pi / 180), 0, 1, 0, 0}
		default:
			return m
		}
		if next := m.then(n); next.sound() {
			m = next
		}
	}
}

type xy struct{ x, y float64 }

// outline is one part of a path: straight lines, as near to its curves as shows.
type outline struct {
	points []xy
	closed bool
}

// path collects outlines. Curves become lines that leave them by less than
// tolerance.
type path struct {
	outlines  []outline
	corners   []xy // where commands end; nil: at all points
	tolerance float64
	points    int
}

// maxPoints bounds a path.
const maxPoints = 2_000_000

func (p *path) last() *outline { return &p.outlines[len(p.outlines)-1] }

func (p *path) at() xy {
	o := p.last()
	return o.points[len(o.points)-1]
}

func (p *path) moveTo(x, y float64) {
	p.outlines = append(p.outlines, outline{points: []xy{{x, y}}})
}

func (p *path) lineTo(x, y float64) {
	if p.points++; p.points > maxPoints {
		return
	}
	o := p.last()
	if o.closed { // drawing goes on where the outline began
		p.moveTo(o.points[0].x, o.points[0].y)
		o = p.last()
	}
	o.points = append(o.points, xy{x, y})
}

func (p *path) close() { p.last().closed = true }

// steps is how many lines a curve needs that bends so much.
func (p *path) steps(bend float64) int {
	n := math.Ceil(math.Sqrt(bend / (8 * p.tolerance)))
	return int(min(max(n, 1), 100))
}

func (p *path) cubeTo(b, c, d xy) {
	a := p.at()
	bend := max(math.Abs(a.x-2*b.x+c.x), math.Abs(a.y-2*b.y+c.y), math.Abs(b.x-2*c.x+d.x), math.Abs(b.y-2*c.y+d.y))
	n := p.steps(6 * bend)
	for i := 1; i < n; i++ {
		t := float64(i) / float64(n)
		u := 1 - t
		w0, w1, w2, w3 := u*u*u, 3*t*u*u, 3*t*t*u, t*t*t
		p.lineTo(float64(w0*a.x)+float64(w1*b.x)+float64(w2*c.x)+float64(w3*d.x), float64(w0*a.y)+float64(w1*b.y)+float64(w2*c.y)+float64(w3*d.y))
	}
	p.lineTo(d.x, d.y)
}

func (p *path) quadTo(b, c xy) {
	a := p.at()
	third := func(from, to float64) float64 { return from + float64((to-from)*2)/3 }
	p.cubeTo(xy{third(a.x, b.x), third(a.y, b.y)}, xy{third(c.x, b.x), third(c.y, b.y)}, c)
}

// arcTo draws part of an ellipse (SVG 1.1, appendix F.6).
func (p *path) arcTo(rx, ry, angle float64, large, sweep bool, to xy) {
	from := p.at()
	rx, ry = math.Abs(rx), math.Abs(ry)
	if rx == 0 || ry == 0 || from == to {
		p.lineTo(to.x, to.y)
		return
	}
	sin, cos := math.Sincos(angle * math.Pi / 180)
	dx, dy := (from.x-to.x)/2, (from.y-to.y)/2
	x1, y1 := float64(cos*dx)+float64(sin*dy), float64(cos*dy)-float64(sin*dx)
	if r := x1*x1/(rx*rx) + y1*y1/(ry*ry); r > 1 {
		rx, ry = rx*math.Sqrt(r), ry*math.Sqrt(r)
	}
	d := float64(rx*rx)*float64(y1*y1) + float64(ry*ry)*float64(x1*x1)
	k := math.Sqrt(max(0, (float64(rx*rx)*float64(ry*ry)-d)/d))
	if large == sweep {
		k = -k
	}
	cx1, cy1 := k*rx*y1/ry, -k*ry*x1/rx
	cx, cy := float64(cos*cx1)-float64(sin*cy1)+(from.x+to.x)/2, float64(sin*cx1)+float64(cos*cy1)+(from.y+to.y)/2
	start := math.Atan2((y1-cy1)/ry, (x1-cx1)/rx)
	turn := math.Atan2((-y1-cy1)/ry, (-x1-cx1)/rx) - start
	if sweep && turn < 0 {
		turn += 2 * math.Pi
	} else if !sweep && turn > 0 {
		turn -= 2 * math.Pi
	}
	n := p.steps(max(rx, ry) * turn * turn)
	for i := 1; i < n; i++ {
		s, c := math.Sincos(start + turn*float64(i)/float64(n))
		x, y := rx*c, ry*s
		p.lineTo(float64(cos*x)-float64(sin*y)+cx, float64(sin*x)+float64(cos*y)+cy)
	}
	p.lineTo(to.x, to.y)
}

func (p *path) ellipse(cx, cy, rx, ry float64) {
	p.moveTo(cx+rx, cy)
	p.arcTo(rx, ry, 0, false, true, xy{cx, cy + ry})
	p.arcTo(rx, ry, 0, false, true, xy{cx - rx, cy})
	p.arcTo(rx, ry, 0, false, true, xy{cx, cy - ry})
	p.arcTo(rx, ry, 0, false, true, xy{cx + rx, cy})
	p.close()
}

// argsOf is how many numbers each command takes.
var argsOf = map[byte]int{'m': 2, 'l': 2, 'h': 1, 'v': 1, 'c': 6, 's': 4, 'q': 4, 't': 2, 'a': 7, 'z': 0}

// data reads the d attribute, as far as it makes sense.
func (p *path) data(s string) {
	var cmd byte
	var start, at, ctrl xy
	var before byte // the command before, in small letters
	for {
		s = strings.TrimLeft(s, " \t\r\n,")
		if s == "" {
			return
		}
		if c := s[0] | 0x20; c >= 'a' && c <= 'z' {
			if _, ok := argsOf[c]; !ok {
				return
			}
			cmd, s = s[0], s[1:]
		} else if cmd|0x20 == 'z' || cmd == 0 {
			return
		}
		low := cmd | 0x20
		var v [7]float64
		for i := range argsOf[low] {
			s = strings.TrimLeft(s, " \t\r\n,")
			if low == 'a' && (i == 3 || i == 4) && s != "" && (s[0] == '0' || s[0] == '1') {
				v[i], s = float64(s[0]-'0'), s[1:] // a flag needs no space after it
				continue
			}
			var ok bool
			if v[i], s, ok = scan(s); !ok {
				return
			}
		}
		if len(p.outlines) == 0 && low != 'm' {
			return
		}
		off := xy{}
		if cmd == low {
			off = at
		}
		pt := func(i int) xy { return xy{v[i] + off.x, v[i+1] + off.y} }
		to := at
		switch low {
		case 'm':
			to = pt(0)
			start = to
			p.moveTo(to.x, to.y)
			cmd -= 'm' - 'l' // more pairs are lines
		case 'l':
			to = pt(0)
			p.lineTo(to.x, to.y)
		case 'h':
			to.x = v[0] + off.x
			p.lineTo(to.x, to.y)
		case 'v':
			to.y = v[0] + off.y
			p.lineTo(to.x, to.y)
		case 'c':
			ctrl, to = pt(2), pt(4)
			p.cubeTo(pt(0), ctrl, to)
		case 's':
			first := at
			if before == 'c' || before == 's' {
				first = xy{2*at.x - ctrl.x, 2*at.y - ctrl.y}
			}
			ctrl, to = pt(0), pt(2)
			p.cubeTo(first, ctrl, to)
		case 'q':
			ctrl, to = pt(0), pt(2)
			p.quadTo(ctrl, to)
		case 't':
			if before == 'q' || before == 't' {
				ctrl = xy{2*at.x - ctrl.x, 2*at.y - ctrl.y}
			} else {
				ctrl = at
			}
			to = pt(0)
			p.quadTo(ctrl, to)
		case 'a':
			to = pt(5)
			p.arcTo(v[0], v[1], v[2], v[3] != 0, v[4] != 0, to)
		case 'z':
			to = start
			p.close()
		}
		at, before = to, low
		p.corners = append(p.corners, to)
	}
}

// box is the smallest rectangle around all points.
func (p *path) box() (rect, bool) {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, o := range p.outlines {
		for _, q := range o.points {
			x0, y0, x1, y1 = min(x0, q.x), min(y0, q.y), max(x1, q.x), max(y1, q.y)
		}
	}
	return rect{x0, y0, x1 - x0, y1 - y0}, x1 >= x0
}

// fill puts the outlines into a pen.
func (p *path) fill(pen *ink.Pen, m matrix) {
	for _, o := range p.outlines {
		for i, q := range o.points {
			x, y := m.apply(q.x, q.y)
			if i == 0 {
				pen.MoveTo(x, y)
			} else {
				pen.LineTo(x, y)
			}
		}
	}
	pen.Close()
}
