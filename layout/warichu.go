package layout

import (
	"math"
	"sort"
	"unicode/utf8"
)

// A note within the line is set in two rows of half its size, one above the other
// (JLREQ 3.4; in Chinese 双行夹注). It may be parted at the end of a line; each part
// has its two rows, read one after the other. Until its lines are known each of its
// boxes counts half its width.

// pair are the boxes [box0, box1) of a note within the line.
type pair struct{ box0, box1 int }

// maxPair is how many boxes a note may have; a longer one is set in one row.
const maxPair = 600

// warichu adds a text as a note within the line. The brackets around it are as high as
// both rows (JLREQ cl-28, cl-29).
func (w *inliner) warichu(text string, s span) {
	first, n := utf8.DecodeRuneInString(text)
	last, m := utf8.DecodeLastRuneInString(text)
	open, _ := punctuation(first, false, mainland)
	shut, _ := punctuation(last, false, mainland)
	if bracketed := open == openerClass && shut == closerClass && n+m < len(text); !bracketed {
		n, m = 0, 0
	}
	bracket := func(text string) {
		if text != "" {
			b := s
			b.text = text
			w.add(b)
		}
	}
	bracket(text[:n])
	small := s
	small.text = text[n : len(text)-m]
	small.style.size = max(small.style.size/2, 1)
	small.pair = w.item + 1
	w.add(small)
	bracket(text[len(text)-m:])
}

// setPairs finds the notes within the line and halves their widths.
func (s *lineSetter) setPairs() {
	s.pairs = s.pairs[:0]
	for i := 0; i < len(s.boxes); {
		id, j := s.p.spans[s.boxes[i].span].pair, i+1
		for j < len(s.boxes) && s.p.spans[s.boxes[j].span].pair == id && !s.boxes[j-1].ends {
			j++
		}
		if id != 0 && j-i <= maxPair && s.leftToRight(i, j) && s.hasRows(i, j) {
			for k := i; k < j; k++ {
				b := &s.boxes[k]
				// Its marks are not adjusted, but for the white at the end of a row.
				b.w, b.l, b.l0, b.step = b.w+b.l, 0, 0, never
				if b.kind == blank {
					b.w += b.gap
				}
				switch b.class {
				case openerClass, closerClass, middleClass:
					b.class = fixedClass
				}
				b.gap = -b.half()
				s.rigid(k)
			}
			s.pairs = append(s.pairs, pair{i, j})
			s.boxes[j-1].gap += s.estimate(pair{i, j}, i, j) - s.halves(i, j)
			s.rigid(j - 1)
		}
		i = j
	}
}

// hasRows tells whether the measure has room for a note in two rows: it has four ems
// of the text around it, and no word of the note is wider than half of it. Another
// note is set in one row.
func (s *lineSetter) hasRows(i, j int) bool {
	if s.p.measure < 8*s.p.spans[s.boxes[i].span].style.size {
		return false
	}
	word := Length(0)
	for k := i; k < j; k++ {
		b := &s.boxes[k]
		if word += b.w + b.r; 2*word > s.p.measure {
			return false
		}
		if b.breaks {
			word = 0
		}
	}
	return true
}

func (s *lineSetter) leftToRight(i, j int) bool {
	for k := i; k < j; k++ {
		if s.boxes[k].level != 0 {
			return false
		}
	}
	return true
}

// halves is what the boxes [i, j) of a note count before they have rows.
func (s *lineSetter) halves(i, j int) Length {
	n := Length(0)
	for k := i; k < j; k++ {
		b := &s.boxes[k]
		n += b.w + b.r - b.half()
	}
	return n
}

// half is what a box of a note leaves out of its width.
func (b *box) half() Length { return (b.w + b.r + 1) / 2 }

// rows says which box of [i, j) begins the lower row, and how wide the longer row is.
// The upper one is longer by as little as the rules for line ends allow, if that is no
// wider than room.
func (s *lineSetter) rows(i, j int, room Length) (lower int, width Length) {
	total := Length(0)
	for k := i; k < j; k++ {
		total += s.boxes[k].w + s.boxes[k].r
	}
	upper := Length(0)
	for k := i; k < j; k++ {
		b := &s.boxes[k]
		upper += b.w + b.r
		if 2*upper < total || !b.cluster && k+1 < j {
			continue
		}
		wide := max(upper-b.r, total-upper-s.boxes[j-1].r)
		if lower == 0 || b.breaks && wide <= max(room, width) {
			lower, width = k+1, wide
		}
		if b.breaks || k >= lower+3 { // a long word is parted rather
			break
		}
	}
	return lower, width
}

// estimate is the width of the rows of the part [i, j) of note p, as far as it is known
// before the line is. One that about fills a line may be parted more than once, and
// its rows follow the rules for line ends only where the line has room.
func (s *lineSetter) estimate(p pair, i, j int) Length {
	room := Length(math.MaxInt64)
	if s.isLong(p) {
		room = 0
	}
	_, width := s.rows(i, j, room)
	return width
}

func (s *lineSetter) isLong(p pair) bool {
	return s.halves(p.box0, p.box1)+4*s.p.spans[s.boxes[p.box0].span].style.size > s.p.measure
}

// pairEdges settles what a line gains that begins or ends within a note at c.
func (s *lineSetter) pairEdges(c *candidate) {
	begin, end := int(c.begin), int(c.end)
	if k := s.pairOf(begin); k < len(s.pairs) && s.pairs[k].box0 < begin {
		p := s.pairs[k]
		c.start.natural += s.estimate(p, p.box0, p.box1) - s.halves(p.box0, begin) - s.estimate(p, begin, p.box1)
	}
	if k := s.pairOf(end - 1); k < len(s.pairs) && s.pairs[k].box0 < end {
		p := s.pairs[k]
		// The last box counts whole there: its gap, the other half, is left out.
		c.stop.natural += s.estimate(p, p.box0, end) - s.halves(p.box0, end) - s.boxes[end-1].half()
		if end < p.box1 && s.isLong(p) { // the longest row that the middle of the note may have
			c.stop.natural += s.estimate(p, p.box0, p.box1) - s.halves(p.box0, p.box1) + s.p.spans[s.boxes[end-1].span].style.size
		}
	}
}

// pairOf returns the first note that ends after box i.
func (s *lineSetter) pairOf(i int) int {
	return sort.Search(len(s.pairs), func(k int) bool { return s.pairs[k].box1 > i })
}

// fitPairs gives the notes on the line [b0, b1), which has room, their rows.
func (s *lineSetter) fitPairs(b0, b1 int, room Length) {
	for n := b0; n < b1; n++ {
		room -= s.boxes[n].width()
	}
	on := s.pairs[s.pairOf(b0):]
	part := func(p pair) (i, j int, least Length) {
		i, j = max(p.box0, b0), min(p.box1, b1)
		_, least = s.rows(i, j, 0)
		return i, j, least
	}
	for k := 0; k < len(on) && on[k].box0 < b1; k++ {
		i, j, least := part(on[k])
		room -= least
		for n := i; n < j; n++ {
			room += s.boxes[n].width()
		}
	}
	for k := 0; k < len(on) && on[k].box0 < b1; k++ {
		i, j, least := part(on[k])
		lower, width := s.rows(i, j, least+max(room, 0))
		room -= width - least
		var above, below Length
		for n := i; n < j; n++ {
			b := &s.boxes[n]
			size := s.p.spans[b.span].style.size
			if n+1 == lower || n+1 == j {
				b.r = 0
			}
			b.gap = 0
			if n < lower {
				b.rise = percent(emAscent, size)
				above += b.w + b.r
			} else {
				b.rise = -percent(emDescent, size)
				below += b.w + b.r
			}
			s.rigid(n)
		}
		if lower < j { // back to the begin, then to the end of the longer row
			s.boxes[lower-1].gap = -above
			s.rigid(lower - 1)
			s.boxes[j-1].w += width - below
		}
	}
}
