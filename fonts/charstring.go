package fonts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/go-text/typesetting/font/opentype"
)

// charstring runs Type 2 charstrings (Adobe Technical Note 5177). Arithmetic
// operators, which no font in use has, are an error.
type charstring struct {
	global, local         [][]byte
	usedGlobal, usedLocal []bool // set for the subroutines that were called; may be nil

	stack [maxOperands]float64
	n     int
	sized bool     // the width was seen, or cannot come any more
	width *float64 // as written: less the nominal width; nil: the default
	stems int
	x, y  float64
	first [2]float64 // start of the contour
	begun bool       // there is a contour
	out   []Segment
	end   bool
	steps int

	// accent is the operands of a deprecated accented character at endchar:
	// adx, ady, base and accent as codes of the Standard Encoding.
	accent   [4]float64
	accented bool
}

// Bounds of a charstring: TN 5177 allows ten levels of subroutines; the longest glyphs of
// Noto CJK have some 2,000 operators.
const (
	maxDepth = 10
	maxSteps = 1 << 20
)

var (
	errStack    = errors.New("charstring: wrong number of operands")
	errOperator = errors.New("charstring: unknown operator")
)

func subrBias(n int) int {
	switch {
	case n < 1240:
		return 107
	case n < 33900:
		return 1131
	}
	return 32768
}

func (m *charstring) run(b []byte, depth int) error {
	if depth > maxDepth {
		return errors.New("charstring: subroutines nest too deep")
	}
	for len(b) > 0 && !m.end {
		if m.steps++; m.steps > maxSteps {
			return errors.New("charstring: too long")
		}
		b0 := b[0]
		if b0 >= 32 || b0 == 28 {
			v, n := 0.0, 1
			switch {
			case b0 == 28:
				n = 3
			case b0 == 255:
				n = 5
			case b0 >= 247:
				n = 2
			}
			if len(b) < n {
				return errShort
			}
			switch {
			case b0 == 28:
				v = float64(int16(binary.BigEndian.Uint16(b[1:])))
			case b0 == 255:
				v = float64(int32(binary.BigEndian.Uint32(b[1:]))) / 65536
			case b0 >= 251:
				v = -float64(int(b0)-251)*256 - float64(b[1]) - 108
			case b0 >= 247:
				v = float64(int(b0)-247)*256 + float64(b[1]) + 108
			default:
				v = float64(b0) - 139
			}
			if m.n == len(m.stack) {
				return errStack
			}
			m.stack[m.n] = v
			m.n++
			b = b[n:]
			continue
		}
		b = b[1:]
		switch b0 {
		case 11: // return
			return nil
		case 10, 29: // callsubr, callgsubr
			subrs, used := m.local, m.usedLocal
			if b0 == 29 {
				subrs, used = m.global, m.usedGlobal
			}
			if m.n == 0 {
				return errStack
			}
			m.n--
			i := int(m.stack[m.n]) + subrBias(len(subrs))
			if i < 0 || i >= len(subrs) {
				return errors.New("charstring: no such subroutine")
			}
			if used != nil {
				used[i] = true
			}
			if err := m.run(subrs[i], depth+1); err != nil {
				return err
			}
			continue
		case 1, 3, 18, 23: // hstem, vstem, hstemhm, vstemhm
			m.size(m.n%2 == 1)
			m.stems += m.n / 2
		case 19, 20: // hintmask, cntrmask; operands before it are an implied vstem
			m.size(m.n%2 == 1)
			m.stems += m.n / 2
			n := (m.stems + 7) / 8
			if len(b) < n {
				return errShort
			}
			b = b[n:]
		case 14: // endchar
			m.size(m.n == 1 || m.n == 5)
			if m.n >= 4 {
				copy(m.accent[:], m.stack[m.n-4:m.n])
				m.accented = true
			}
			m.close()
			m.end = true
		case 12:
			if len(b) == 0 {
				return errShort
			}
			b0, b = b[0], b[1:]
			if err := m.flex(b0); err != nil {
				return err
			}
		default:
			if err := m.path(b0); err != nil {
				return err
			}
		}
		m.n = 0
	}
	return nil
}

// operands returns the last n operands of a move; one more is the width of the glyph.
func (m *charstring) operands(n int) ([]float64, error) {
	if m.n != n && (m.sized || m.n != n+1) {
		return nil, errStack
	}
	m.size(m.n == n+1)
	return m.stack[m.n-n : m.n], nil
}

// size takes the width that may stand before the operands of the first operator.
func (m *charstring) size(given bool) {
	if given && !m.sized {
		w := m.stack[0]
		m.width = &w
	}
	m.sized = true
}

func (m *charstring) path(op byte) error {
	switch op {
	case 21, 22, 4: // rmoveto, hmoveto, vmoveto
		var dx, dy float64
		want := 1
		if op == 21 {
			want = 2
		}
		a, err := m.operands(want)
		if err != nil {
			return err
		}
		switch op {
		case 21:
			dx, dy = a[0], a[1]
		case 22:
			dx = a[0]
		default:
			dy = a[0]
		}
		m.close()
		m.x, m.y = m.x+dx, m.y+dy
		m.first = [2]float64{m.x, m.y}
		m.add(opentype.SegmentOpMoveTo, [2]float64{m.x, m.y})
		return nil
	}
	a := m.stack[:m.n]
	switch op {
	case 5: // rlineto
		if len(a)%2 != 0 {
			return errStack
		}
		m.lines(a)
	case 6, 7: // hlineto, vlineto
		for i, d := range a {
			if (i%2 == 0) == (op == 6) {
				m.line(d, 0)
			} else {
				m.line(0, d)
			}
		}
	case 8: // rrcurveto
		if len(a)%6 != 0 {
			return errStack
		}
		m.curves(a)
	case 24: // rcurveline
		if len(a) < 2 || (len(a)-2)%6 != 0 {
			return errStack
		}
		m.curves(a[:len(a)-2])
		m.lines(a[len(a)-2:])
	case 25: // rlinecurve
		if len(a) < 6 || len(a)%2 != 0 {
			return errStack
		}
		m.lines(a[:len(a)-6])
		m.curves(a[len(a)-6:])
	case 26: // vvcurveto
		dx := 0.0
		if len(a)%4 == 1 {
			dx, a = a[0], a[1:]
		}
		if len(a)%4 != 0 {
			return errStack
		}
		for ; len(a) > 0; a = a[4:] {
			m.curve(dx, a[0], a[1], a[2], 0, a[3])
			dx = 0
		}
	case 27: // hhcurveto
		dy := 0.0
		if len(a)%4 == 1 {
			dy, a = a[0], a[1:]
		}
		if len(a)%4 != 0 {
			return errStack
		}
		for ; len(a) > 0; a = a[4:] {
			m.curve(a[0], dy, a[1], a[2], a[3], 0)
			dy = 0
		}
	case 30, 31: // vhcurveto, hvcurveto
		if len(a) < 4 || len(a)%4 > 1 {
			return errStack
		}
		for across := op == 31; len(a) >= 4; across = !across {
			last := 0.0
			if len(a) == 5 {
				last = a[4]
			}
			if across {
				m.curve(a[0], 0, a[1], a[2], last, a[3])
			} else {
				m.curve(0, a[0], a[1], a[2], a[3], last)
			}
			a = a[4:]
		}
	default:
		return errOperator
	}
	return nil
}

func (m *charstring) flex(op byte) error {
	a := m.stack[:m.n]
	want := map[byte]int{34: 7, 35: 13, 36: 9, 37: 11}[op]
	if want == 0 {
		return errOperator
	}
	if len(a) != want {
		return errStack
	}
	switch op {
	case 34: // hflex
		m.curve(a[0], 0, a[1], a[2], a[3], 0)
		m.curve(a[4], 0, a[5], -a[2], a[6], 0)
	case 35: // flex
		m.curves(a[:12])
	case 36: // hflex1
		m.curve(a[0], a[1], a[2], a[3], a[4], 0)
		m.curve(a[5], 0, a[6], a[7], a[8], -(a[1] + a[3] + a[7]))
	case 37: // flex1
		dx := a[0] + a[2] + a[4] + a[6] + a[8]
		dy := a[1] + a[3] + a[5] + a[7] + a[9]
		m.curves(a[:6])
		if math.Abs(dx) > math.Abs(dy) {
			m.curve(a[6], a[7], a[8], a[9], a[10], -dy)
		} else {
			m.curve(a[6], a[7], a[8], a[9], -dx, a[10])
		}
	}
	return nil
}

func (m *charstring) add(op opentype.SegmentOp, points ...[2]float64) {
	if !m.begun {
		m.begun = true
		if op != opentype.SegmentOpMoveTo { // readers forgive that too
			m.add(opentype.SegmentOpMoveTo, m.first)
		}
	}
	s := Segment{Op: op}
	for i, p := range points {
		s.Args[i] = opentype.SegmentPoint{X: float32(p[0]), Y: float32(p[1])}
	}
	m.out = append(m.out, s)
}

// close draws the line back to the start of the contour, which a filled path implies.
func (m *charstring) close() {
	if m.first != [2]float64{m.x, m.y} {
		m.add(opentype.SegmentOpLineTo, m.first)
	}
}

func (m *charstring) lines(a []float64) {
	for ; len(a) >= 2; a = a[2:] {
		m.line(a[0], a[1])
	}
}

func (m *charstring) line(dx, dy float64) {
	m.x, m.y = m.x+dx, m.y+dy
	m.add(opentype.SegmentOpLineTo, [2]float64{m.x, m.y})
}

func (m *charstring) curves(a []float64) {
	for ; len(a) >= 6; a = a[6:] {
		m.curve(a[0], a[1], a[2], a[3], a[4], a[5])
	}
}

func (m *charstring) curve(dx1, dy1, dx2, dy2, dx3, dy3 float64) {
	x1, y1 := m.x+dx1, m.y+dy1
	x2, y2 := x1+dx2, y1+dy2
	m.x, m.y = x2+dx3, y2+dy3
	m.add(opentype.SegmentOpCubeTo, [2]float64{x1, y1}, [2]float64{x2, y2}, [2]float64{m.x, m.y})
}

// outline returns the segments of a glyph.
func (c *cffTable) outline(glyph int) ([]Segment, error) {
	m, err := c.runGlyph(glyph, nil, nil)
	if err != nil || !m.accented {
		return m.out, err
	}
	// The base, then the accent moved: an accented character of old fonts.
	var out []Segment
	for i, code := range m.accent[2:] {
		if code < 0 || code > 255 {
			return nil, errors.New("charstring: broken accented character")
		}
		g, ok := c.accents[standardSID(int(code))]
		if !ok {
			return nil, errors.New("charstring: accented character without its parts")
		}
		part, err := c.runGlyph(g, nil, nil)
		if err != nil {
			return nil, err
		}
		if part.accented {
			return nil, errors.New("charstring: accented characters nest")
		}
		for _, s := range part.out {
			if i == 1 {
				for j := range s.ArgsSlice() {
					s.Args[j].X += float32(m.accent[0])
					s.Args[j].Y += float32(m.accent[1])
				}
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// runGlyph interprets a glyph; the subroutines it calls are noted in the slices.
func (c *cffTable) runGlyph(glyph int, usedGlobal, usedLocal []bool) (*charstring, error) {
	b, err := c.appendChar(nil, glyph)
	if err != nil {
		return &charstring{}, err
	}
	m := &charstring{
		global: c.global, local: c.fds[c.fd(glyph)].subrs,
		usedGlobal: usedGlobal, usedLocal: usedLocal,
	}
	if err := m.run(b, 0); err != nil {
		return m, fmt.Errorf("glyph %d: %w", glyph, err)
	}
	if !m.end {
		m.close() // endchar is missing; readers forgive that
	}
	return m, nil
}

// standardSID returns the string number of a code of the Standard Encoding
// (TN 5176, Appendix B), 0 where it has none.
func standardSID(code int) int {
	switch {
	case code >= 32 && code <= 126:
		return code - 31
	case code >= 161 && code <= 175:
		return code - 65
	case code >= 177 && code <= 180:
		return code - 66
	case code >= 182 && code <= 189:
		return code - 67
	case code == 191:
		return 123
	case code >= 193 && code <= 200:
		return code - 69
	case code == 202 || code == 203:
		return code - 70
	case code >= 205 && code <= 208:
		return code - 71
	}
	return map[int]int{225: 138, 227: 139, 232: 140, 233: 141, 234: 142, 235: 143,
		241: 144, 245: 145, 248: 146, 249: 147, 250: 148, 251: 149}[code]
}

// boundsOf returns the box around the points of an outline, rounded outwards. Control
// points count, as in the bounding boxes of CFF fonts.
func boundsOf(segments []Segment) Extents {
	first := true
	var xMin, yMin, xMax, yMax float32
	for _, s := range segments {
		for _, p := range s.ArgsSlice() {
			if first {
				xMin, xMax, yMin, yMax = p.X, p.X, p.Y, p.Y
				first = false
			}
			xMin, xMax = min(xMin, p.X), max(xMax, p.X)
			yMin, yMax = min(yMin, p.Y), max(yMax, p.Y)
		}
	}
	floor := func(v float32) int { return int(math.Floor(float64(v))) }
	ceil := func(v float32) int { return int(math.Ceil(float64(v))) }
	return Extents{floor(xMin), floor(yMin), ceil(xMax), ceil(yMax)}
}

// width returns the advance that the charstring of a glyph gives.
func (c *cffTable) width(glyph int) (int, error) {
	m, err := c.runGlyph(glyph, nil, nil)
	if err != nil {
		return 0, err
	}
	private := &c.fds[c.fd(glyph)].private
	if m.width == nil {
		return int(private.number(opDefaultWidth)), nil
	}
	return int(private.number(opNominalWidth) + *m.width), nil
}
