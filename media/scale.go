package media

import (
	"math"
	"math/bits"
)

// span is which source samples make one of the result, and how much of each:
// the first counts with head, the last with tail, those between with full. The
// weights of a span add up to one, exactly.
type span struct {
	first, last      int32
	head, full, tail uint32
}

const one = 1 << 16

// spans divides a row of n samples into m areas of equal length, each num/den
// samples long, and clips them to the row. Shrinking by areas keeps every
// sample's share exactly, so thin lines do not vanish. All of it is integers:
// each machine makes the same picture.
func spans(n, m, num, den int) []span {
	out := make([]span, m)
	for i := range out {
		// The area [a, b) in units of 1/den sample.
		a, b := min(i*num, (n-1)*den), min((i+1)*num, n*den)
		if b <= a {
			b = a + den
		}
		first, last := a/den, (b-1)/den
		s := span{first: int32(first), last: int32(last)}
		length := uint64(b - a)
		if first == last {
			s.head = one
		} else {
			part := func(k int) uint32 { return uint32(uint64(k) * one / length) }
			s.full = part(den)
			s.head, s.tail = part((first+1)*den-a), part(b-last*den)
			rest := one - s.head - s.tail - uint32(last-first-1)*s.full // what rounding down left over
			s.head, s.tail = s.head+rest/2, s.tail+rest-rest/2
		}
		out[i] = s
	}
	return out
}

// rows gives the rows of a picture from top to bottom, each of width times
// channels samples. A row is valid until the next is asked for.
type rows func(y int) []byte

// shrink makes a picture of ow×oh samples from one of w×h by averaging areas.
// num/den is the length of an area in source samples, the same in both
// directions but for rounding. channels is 1 or 4. dst has rows of stride bytes.
func shrink(dst []byte, stride, ow, oh int, src rows, w, h, channels int, xnum, xden, ynum, yden int) {
	if w == ow && h == oh && xnum == xden && ynum == yden {
		for y := range oh {
			copy(dst[y*stride:y*stride+ow*channels], src(y))
		}
		return
	}
	xs, ys := spans(w, ow, xnum, xden), spans(h, oh, ynum, yden)
	line := make([]uint32, ow*channels) // one source row, shrunk across; 8.8 bits
	sum := make([]uint32, ow*channels)  // weighted sum of lines; 8.24 bits
	have := int32(-1)                   // the source row that line holds
	across := across1
	if channels == 4 {
		across = across4
	}
	for y, s := range ys {
		clear(sum)
		for sy := s.first; sy <= s.last; sy++ {
			weight := s.full
			switch sy {
			case s.first:
				weight = s.head
			case s.last:
				weight = s.tail
			}
			if sy != have {
				across(line, src(int(sy)), xs)
				have = sy
			}
			sum := sum[:len(line)]
			for i, v := range line {
				sum[i] += v * weight
			}
		}
		row := dst[y*stride : y*stride+ow*channels]
		row = row[:len(sum)]
		for i, v := range sum {
			row[i] = uint8((v + 1<<23) >> 24)
		}
	}
}

func across1(line []uint32, row []byte, xs []span) {
	line = line[:len(xs)]
	for x := range xs {
		s := &xs[x]
		v := uint32(row[s.first]) * s.head
		if s.last > s.first {
			var mid uint32
			for _, p := range row[s.first+1 : s.last] {
				mid += uint32(p)
			}
			v += mid*s.full + uint32(row[s.last])*s.tail
		}
		line[x] = (v + 1<<7) >> 8
	}
}

func across4(line []uint32, row []byte, xs []span) {
	for x := range xs {
		s := &xs[x]
		p := row[4*s.first : 4*s.first+4 : 4*s.first+4]
		r, g, b, a := uint32(p[0])*s.head, uint32(p[1])*s.head, uint32(p[2])*s.head, uint32(p[3])*s.head
		for i := s.first + 1; i < s.last; i++ {
			p := row[4*i : 4*i+4 : 4*i+4]
			r += uint32(p[0]) * s.full
			g += uint32(p[1]) * s.full
			b += uint32(p[2]) * s.full
			a += uint32(p[3]) * s.full
		}
		if s.last > s.first {
			p := row[4*s.last : 4*s.last+4 : 4*s.last+4]
			r += uint32(p[0]) * s.tail
			g += uint32(p[1]) * s.tail
			b += uint32(p[2]) * s.tail
			a += uint32(p[3]) * s.tail
		}
		o := line[4*x : 4*x+4 : 4*x+4]
		o[0], o[1], o[2], o[3] = (r+1<<7)>>8, (g+1<<7)>>8, (b+1<<7)>>8, (a+1<<7)>>8
	}
}

// fit returns the size of a w×h picture that is shrunk, never enlarged, to what
// p allows, its proportions kept as nearly as whole pixels can.
func (p Profile) fit(w, h int) (int, int) {
	// The scale is num/den, the smallest of what the limits ask.
	num, den := uint64(1), uint64(1)
	ask := func(n, d int) {
		if n > 0 && n < d && less(uint64(n), uint64(d), num, den) {
			num, den = uint64(n), uint64(d)
		}
	}
	ask(p.MaxWidth, w)
	ask(p.MaxHeight, h)
	ow, oh := scaled(w, num, den), scaled(h, num, den)
	if p.MaxPixels > 0 && ow*oh > p.MaxPixels {
		// The largest width whose height still fits.
		lo, hi := 1, ow
		for lo < hi {
			mid := (lo + hi + 1) / 2
			if mid*scaled(h, uint64(mid), uint64(w)) <= p.MaxPixels {
				lo = mid
			} else {
				hi = mid - 1
			}
		}
		ow, oh = lo, scaled(h, uint64(lo), uint64(w))
		if ow*oh > p.MaxPixels {
			oh = max(1, p.MaxPixels/ow)
		}
	}
	return ow, oh
}

// Screen returns the screen that p is for, in pixels: one of 3 by 4, as most pages
// are, where p does not say both of its sides, and of three megapixels where it says
// nothing.
func (p Profile) Screen() (width, height int) {
	w, h := p.MaxWidth, p.MaxHeight
	switch {
	case w > 0 && h > 0:
	case w > 0:
		h = w * 4 / 3
	case h > 0:
		w = max(h*3/4, 1)
	case p.MaxPixels > 0:
		w = max(int(math.Sqrt(float64(p.MaxPixels)*3/4)), 1)
		h = w * 4 / 3
	default:
		w, h = 1536, 2048
	}
	return w, h
}

// less tells whether a/b < c/d.
func less(a, b, c, d uint64) bool {
	h1, l1 := bits.Mul64(a, d)
	h2, l2 := bits.Mul64(c, b)
	return h1 < h2 || h1 == h2 && l1 < l2
}

// scaled returns n·num/den, rounded, at least 1.
func scaled(n int, num, den uint64) int {
	return max(1, int((uint64(n)*num+den/2)/den))
}
