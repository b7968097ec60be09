package layout

import (
	"math"
	"unicode"
)

// candidate is a place where a line may end and the next begin.
type candidate struct {
	box         int32 // the next line begins with it
	begin       int32 // its first box that shows there
	end         int32 // after the last box that shows on the line before
	start, stop sums  // what a line that begins or ends here takes from the sums
	penalty     int64
	cost        int64 // of the best way here; unreached: none
	prev        int32 // the candidate before on that way
	first       bool  // the segment begins here
	hyphen      bool  // the line ends with a hyphen
	// What hangs outside the measure if the line begins or ends here is not in start
	// and stop. gives is what a line that ends here gives where it is too long: it
	// hangs its mark (givesMark) or takes the white of its mark away.
	hangStart, hangEnd, gives, givesShrink Length
	givesMark                              bool
}

const (
	unreached = math.MaxInt64
	// Penalties are in the unit of badness.
	hyphenPenalty    = 135
	emergencyPenalty = 5000
	lonePenalty      = 2000 // a last line of one character (CLREQ 3.5.4)
	shortPenalty     = 60   // of less than four
	maxBadness       = 1_000_000
	shortBadness     = 18_000 // of the loosest line
	// linePressure is what a line costs, in demerits: a paragraph is squeezed by a line
	// where that leaves no line with more than its brackets and commas well shrunk. It
	// saves about two lines of a hundred, and loosens none.
	linePressure = 15_000
)

// segment sets the boxes [b0, b1), which end where a line must.
func (s *lineSetter) segment(lines []line, b0, b1 int) []line {
	measure := max(s.p.measure, 1)
	indent := Length(0)
	if len(lines) == 0 && s.ragged() != alignCenter && s.ragged() != alignEnd {
		indent = min(max(s.p.indent, 0), measure/2)
	}
	if s.p.verbatim {
		return s.fill(lines, b0, b1, indent)
	}
	width := measure
	if s.p.balanced {
		width = s.balance(b0, b1, measure, indent)
	}
	s.chooseBreaks(b0, b1, width, indent)
	if s.p.looseness != 0 {
		s.loosen(b0, b1, width, indent)
	}
	// Walk back along the cheapest way, then set its lines in order.
	way := s.order[:0]
	for c := int32(len(s.cands) - 1); c > 0; c = s.cands[c].prev {
		way = append(way, c)
	}
	s.order = way
	ends := append([]int32(nil), way...)
	from := int32(0)
	for k := len(ends) - 1; k >= 0; k-- {
		to := ends[k]
		i, j := &s.cands[from], &s.cands[to]
		lines = append(lines, s.setLine(i, j, measure, indent, k == 0))
		indent = 0
		from = to
	}
	return lines
}

// chooseBreaks finds the breaks of least cost for lines of the given width and
// leaves them in s.cands. A tight search is tried first, because it looks at few
// lines; what it cannot set is rare.
func (s *lineSetter) chooseBreaks(b0, b1 int, width, indent Length) {
	begin, end := s.candidate(b0, b0), s.candidate(b0, b1)
	if end.stop.natural-begin.start.natural-end.gives <= width-indent { // one line holds it all
		begin.cost, end.cost, end.prev = 0, 0, 0
		s.cands = append(s.cands[:0], begin, end)
		return
	}
	s.candidates(b0, b1, width, indent)
	if s.p.firstFit {
		s.fit(width, indent)
		return
	}
	em := s.em()
	tolerances := []Length{em / 8, em / 4, math.MaxInt64}
	if s.ragged() != justified {
		tolerances = tolerances[2:]
	}
	s.pressure = linePressure
	for n, tolerance := range tolerances {
		if s.search(width, indent, em, tolerance, n == len(tolerances)-1) {
			return
		}
	}
}

// looseBadness is that of the worst line of a paragraph that is set with a line more
// or less than is best: white of a tenth of an em is put between its characters.
const looseBadness = 850

// loosen finds breaks for the lines that the paragraph's looseness asks for: a line
// costs so much, or is worth so much, that their number is the best. Where that
// takes lines that would show, the breaks stay as they are.
func (s *lineSetter) loosen(b0, b1 int, width, indent Length) {
	em := s.em()
	last := int32(len(s.cands) - 1)
	// way returns the number of lines, and the badness of the worst.
	way := func() (n int, worst int64) {
		for c := last; c > 0; c = s.cands[c].prev {
			n++
			from, room := s.cands[c].prev, width
			if from == 0 {
				room -= indent
			}
			worst = max(worst, s.badness(&s.cands[from], &s.cands[c], room, em, em/8, c == last, from == 0))
		}
		return n, worst
	}
	n, _ := way()
	want := n + s.p.looseness
	if s.p.firstFit || n < 2 {
		return
	}
	for pressure := int64(linePressure); pressure <= 64*linePressure; pressure *= 2 {
		s.pressure = -pressure * int64(s.p.looseness)
		if !s.search(width, indent, em, em/8, false) {
			break
		}
		n, worst := way()
		if worst > looseBadness {
			break
		}
		if s.worst = worst; n == want {
			return
		}
	}
	s.chooseBreaks(b0, b1, width, indent)
}

// candidates lists the places where [b0, b1) may be broken. Where a piece between
// two of them is wider than a line, its clusters become candidates too: nothing
// may stick out.
func (s *lineSetter) candidates(b0, b1 int, width, indent Length) {
	s.cands = append(s.cands[:0], s.candidate(b0, b0))
	room := width - indent
	shrinks := s.ragged() == justified
	for i := b0; i < b1; i++ {
		b := &s.boxes[i]
		if i+1 < b1 && !b.breaks {
			continue
		}
		c := s.candidate(b0, i+1)
		if (b.hyphen || b.parts) && i+1 < b1 {
			c.penalty, c.hyphen = hyphenPenalty, true
		}
		last := &s.cands[len(s.cands)-1]
		least := c.stop.natural - last.start.natural - c.gives
		if shrinks {
			least -= c.stop.all - last.start.all - c.givesShrink
		}
		if least > room {
			first := int(last.box)
			for k := first; k < i; k++ {
				if s.boxes[k].cluster {
					e := s.candidate(b0, k+1)
					e.penalty = emergencyPenalty
					if k-first < 2 || i-k < 3 { // rather not by one or two letters
						e.penalty *= 2
					}
					s.cands = append(s.cands, e)
				}
			}
		}
		s.cands = append(s.cands, c)
	}
}

// candidate describes a break before box i of a segment that begins at b0.
func (s *lineSetter) candidate(b0, i int) candidate {
	c := candidate{box: int32(i), cost: unreached, first: i == b0}
	begin := i
	for begin < len(s.boxes) && s.boxes[begin].vanishesAtStart() && !s.boxes[begin].ends {
		begin++
	}
	end := i
	for end > b0 && s.boxes[end-1].vanishesAtEnd() {
		end--
	}
	c.begin, c.end = int32(begin), int32(end)
	c.start = s.sums[begin]
	if begin < len(s.boxes) {
		if b := &s.boxes[begin]; b.class == openerClass && b.l != 0 && s.trimsStart(c.first) {
			c.start.natural += b.l
			c.start.shrink[b.step] += b.l
			c.start.all += b.l
		}
	}
	c.stop = s.sums[end]
	if end > b0 {
		b := &s.boxes[end-1]
		if b.r != 0 && b.class == closerClass {
			if s.trimsEnd() {
				c.stop.natural -= b.r
				c.stop.shrink[b.step] -= b.r
				if b.step != never {
					c.stop.all -= b.r
				}
			} else if b.step != never {
				c.stop.shrink[b.step] -= b.r
				c.stop.shrink[endStep] += b.r
			}
		}
		if b.gap != 0 || b.gapMax != 0 {
			c.stop.natural -= b.gap
			c.stop.shrink[b.gaps] -= b.gap - b.gapMin
			c.stop.all -= b.gap - b.gapMin
			c.stop.stretch -= b.gapMax - b.gap
		}
		if b.stretches {
			c.stop.gaps--
		}
		if b.hyphen || b.parts {
			c.stop.natural += s.hyphenWidth(b)
		}
	}
	s.edges(&c, b0)
	if len(s.words) > 0 {
		s.rubyEdges(&c, b0)
	}
	if len(s.pairs) > 0 {
		s.pairEdges(&c)
	}
	return c
}

// hyphenWidth is what a hyphen adds to the box that it stands for or comes after.
func (s *lineSetter) hyphenWidth(b *box) Length {
	w := b.shaper.scale(int64(b.shaper.face.Advance(b.shaper.hyphen)), s.p.spans[b.span].style.size)
	if b.hyphen {
		w -= b.w
	}
	return w
}

// edges settles what hangs where a line begins or ends at c, and what it may give.
func (s *lineSetter) edges(c *candidate, b0 int) {
	inPair := func(i int) bool { return s.p.spans[s.boxes[i].span].pair != 0 }
	if begin := int(c.begin); s.p.hanging&HangFirst != 0 && c.box == 0 && begin < len(s.boxes) {
		if b := &s.boxes[begin]; b.kind == ink && !inPair(begin) && hangsFirst(s.base(b)) {
			c.hangStart = b.w + b.r
			if b.l != 0 && !(b.class == openerClass && s.trimsStart(true)) {
				c.hangStart += b.l
				if b.step != never {
					c.start.shrink[b.step] += b.l
					c.start.all += b.l
				}
			}
			c.start.natural += c.hangStart
		}
	}
	end := int(c.end)
	if end <= b0 {
		return
	}
	b := &s.boxes[end-1]
	if b.kind != ink || b.text0 == b.text1 || inPair(end-1) {
		return
	}
	white := b.r
	if b.class == closerClass && s.trimsEnd() {
		white = 0
	}
	shrink := Length(0)
	if b.step != never {
		shrink = white
	}
	last := s.p.hanging&HangLast != 0 && int(c.box) == len(s.boxes) && hangsLast(s.base(b))
	point := s.p.hanging&(HangForceEnd|HangAllowEnd) != 0 && s.hangsEnd(end-1)
	switch {
	case last, point && s.p.hanging&HangForceEnd != 0:
		c.hangEnd = b.w + b.l + white
		c.stop.natural -= c.hangEnd
		c.stop.shrink[endStep] -= shrink
		c.stop.all -= shrink
	case point:
		c.gives, c.givesShrink, c.givesMark = b.w+b.l+white, shrink, true
	case b.class == closerClass && s.ragged() != justified:
		c.gives, c.givesShrink = white, shrink
	}
}

// hangsEnd: box i is a full stop or comma that may stand outside the measure.
func (s *lineSetter) hangsEnd(i int) bool {
	switch s.base(&s.boxes[i]) {
	case '、', '。', '，', '．', '､', '｡':
	case '；', '：', '！', '？':
		if s.p.hanging&HangAll == 0 || s.region != mainland {
			return false
		}
	default:
		return false
	}
	if s.region == taiwan || i == 0 {
		return false
	}
	switch s.boxes[i-1].class {
	case closerClass, fixedClass:
		return false
	}
	return true
}

// hangsFirst: an opening bracket or a quotation mark.
func hangsFirst(r rune) bool {
	return r == '"' || r == '\'' || unicode.In(r, unicode.Ps, unicode.Pi, unicode.Pf)
}

// hangsLast: a closing bracket or a quotation mark.
func hangsLast(r rune) bool {
	return r == '"' || r == '\'' || unicode.In(r, unicode.Pe, unicode.Pi, unicode.Pf)
}

// trimsStart: an opening mark begins a line without its white; first: the line
// is the first or comes after a forced break.
func (s *lineSetter) trimsStart(first bool) bool {
	switch s.p.trim {
	case SpaceAll, TrimNormal:
		return false
	case SpaceFirst:
		return !first
	}
	return true
}

// trimsEnd: a full-width mark at the end of a line is half an em (GB/T 15834
// 5.1.10; JIS X 4051 lets it). Taiwan leaves it, unless the line is too long.
func (s *lineSetter) trimsEnd() bool {
	switch s.p.trim {
	case TrimAuto, TrimKaiming:
		return s.region == mainland || s.region == japan
	case TrimBoth, TrimAll:
		return true
	}
	return false
}

// vanishesAtStart: a space that shows nowhere at the begin of a line.
func (b *box) vanishesAtStart() bool {
	return b.kind == control || b.kind == blank && b.gaps == wordStep
}

func (b *box) vanishesAtEnd() bool { return b.kind == control || b.kind == blank }

// search finds the cheapest way from the first candidate to the last; false:
// there is none within the tolerance, which is how much white may be added to a gap.
func (s *lineSetter) search(width, indent, em, tolerance Length, always bool) bool {
	cands := s.cands
	for j := range cands {
		cands[j].cost = unreached
	}
	cands[0].cost = 0
	last := len(cands) - 1
	lo, mid := 0, 0 // the first candidate from which a line to j is not too long, even unshrunk
	ragged := s.ragged() != justified
	for j := 1; j <= last; j++ {
		to := &cands[j]
		room := func(i int) Length {
			if i == 0 {
				return width - indent
			}
			return width
		}
		tooLong := func(i int, shrunk bool) bool {
			n := to.stop.natural - cands[i].start.natural
			if shrunk {
				n -= to.gives
				if !ragged {
					n -= to.stop.all - cands[i].start.all - to.givesShrink
				}
			}
			return n > room(i)
		}
		for lo < j && tooLong(lo, true) {
			lo++
		}
		mid = max(mid, lo)
		for mid < j && tooLong(mid, false) {
			mid++
		}
		if lo == j && always { // a single cluster wider than the measure
			lo = j - 1
			mid = min(mid, lo)
			if cands[lo].cost != unreached {
				to.cost, to.prev = add(cands[lo].cost, maxBadness), int32(lo)
			}
			continue
		}
		for i := lo; i < j; i++ {
			from := &cands[i]
			if from.cost == unreached {
				continue
			}
			b := s.badness(from, to, room(i), em, tolerance, j == last, i == 0)
			if b < 0 {
				if i >= mid {
					break // the lines from later candidates are looser still
				}
				continue
			}
			d := 1 + b + to.penalty
			if from.hyphen && to.hyphen {
				d += hyphenPenalty
			}
			if cost := add(from.cost, d*d+s.pressure); cost < to.cost {
				to.cost, to.prev = cost, int32(i)
			}
		}
	}
	return cands[last].cost != unreached
}

// fit fills the lines one by one. A word is broken where it alone is too long.
func (s *lineSetter) fit(width, indent Length) {
	room := width - indent
	for from := 0; from < len(s.cands)-1; room = width {
		c := &s.cands[from]
		to, word := from+1, 0
		for j := from + 1; j < len(s.cands); j++ {
			e := &s.cands[j]
			n := e.stop.natural - c.start.natural - e.gives
			if s.ragged() == justified {
				n -= e.stop.all - c.start.all - e.givesShrink
			}
			if n > room+2*s.em() {
				break
			}
			if n <= room {
				to = j
				if e.penalty < emergencyPenalty {
					word = j
				}
			}
		}
		if word > 0 {
			to = word
		}
		s.cands[to].cost, s.cands[to].prev = 0, int32(from)
		from = to
	}
}

// add adds costs and stays below unreached.
func add(a, b int64) int64 {
	if b > 0 && a > unreached-1-b {
		return unreached - 1
	}
	return a + b
}

// weights of shrinking by step, in tenths.
var weights = [numSteps]int64{endStep: 1, wordStep: 3, interpunctStep: 4, bracketStep: 6, commaStep: 8, autospaceStep: 10, stopStep: 16}

// badness says how bad a line looks, 0 to maxBadness; negative: it cannot be set
// within the tolerance.
func (s *lineSetter) badness(from, to *candidate, room, em, tolerance Length, last, first bool) int64 {
	slack := room - (to.stop.natural - from.start.natural)
	gone := Length(0) // of what shrinks
	if slack < 0 && to.gives > 0 {
		slack += to.gives
		gone = to.givesShrink
	}
	runt := int64(0)
	if last && !first {
		switch n := to.stop.letters - from.start.letters; {
		case n < 2:
			runt = lonePenalty
		case n < 4:
			runt = shortPenalty
		}
	}
	switch {
	case slack < 0:
		need := -slack
		if s.ragged() != justified || need > to.stop.all-from.start.all-gone {
			return -1
		}
		// Each step in its order, as much as it has: weight · 100 · r³ · its share.
		b, left := int64(0), need
		for st := endStep; st < numSteps && left > 0; st++ {
			have := to.stop.shrink[st] - from.start.shrink[st]
			if st == endStep {
				have -= gone
			}
			if have <= 0 {
				continue
			}
			use := min(left, have)
			left -= use
			r := int64(use) << 10 / int64(have)
			b += weights[st] * 10 * (r * r >> 10 * r >> 10) >> 10 * (int64(use) << 10 / int64(need)) >> 10
		}
		return b + runt
	case last:
		return runt
	case s.ragged() != justified:
		r := int64(slack) << 5 / int64(em)
		return min(100*r*r>>10, maxBadness)
	}
	stretch := to.stop.stretch - from.start.stretch
	if slack <= stretch {
		if slack == 0 {
			return 0
		}
		r := int64(slack) << 10 / int64(stretch)
		return 30 * (r * r >> 10 * r >> 10) >> 10
	}
	gaps := Length(to.stop.gaps - from.start.gaps)
	each := slack - stretch
	if gaps > 0 {
		each /= gaps
	}
	if each > tolerance {
		return -1
	}
	// A long word or address alone is left short; white in few places is as bad as that.
	short := min(2000+2500*int64(slack)/int64(em), shortBadness+200*int64(slack)/int64(em))
	if gaps == 0 {
		return short
	}
	r := int64(each) << 5 * 20 / int64(em) // in 1/32 of 1/20 em
	if r > 3<<5 {
		return min(30+2700+(r-3<<5)*900>>5, short)
	}
	return 30 + 100*(r*r*r>>15)
}

// balance returns the least width at which [b0, b1) needs no more lines than at
// the measure.
func (s *lineSetter) balance(b0, b1 int, measure, indent Length) Length {
	count := func(width Length) int {
		s.chooseBreaks(b0, b1, width, indent)
		n := 0
		for c := int32(len(s.cands) - 1); c > 0; c = s.cands[c].prev {
			n++
			if s.cands[c].penalty >= emergencyPenalty {
				n += 1000 // no word is broken for balance
			}
		}
		return n
	}
	want := count(measure)
	if want == 1 {
		return measure
	}
	lo, hi := measure/4, measure // lo is too narrow
	for step := s.em() / 8; hi-lo > step && step > 0; {
		mid := (lo + hi) / 2
		if count(mid) <= want {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// fill sets a line of code: as many clusters on each line as there is room for, or
// as many words where that leaves less than a quarter of the line empty.
func (s *lineSetter) fill(lines []line, b0, b1 int, indent Length) []line {
	for i := b0; i < b1; {
		width := s.p.measure - indent
		x := Length(0)
		j, cluster, word := i, i, i
		for j < b1 {
			b := &s.boxes[j]
			if b.kind != blank && x+b.width() > width && cluster > i {
				break
			}
			x += b.width()
			j++
			if b.cluster || j == b1 {
				cluster = j
				if b.kind == blank && x > width*3/4 {
					word = j
				}
			}
		}
		switch {
		case j == b1:
		case word > i:
			j = word
		default:
			j = cluster
		}
		// Spaces that reach over the end show no more.
		x = 0
		for k := i; k < j; k++ {
			if b := &s.boxes[k]; b.kind == blank && x+b.width() > width {
				b.w, b.gap = max(width-x, 0), 0
			}
			x += s.boxes[k].width()
		}
		l := s.compose(i, j, j, indent)
		l.width, l.natural = x, x
		lines = append(lines, l)
		i, indent = j, 0
	}
	return lines
}

// em is that of the paragraph's first text.
func (s *lineSetter) em() Length {
	for i := range s.p.spans {
		if e := s.p.spans[i].style.size; e > 0 {
			return e
		}
	}
	return Pt
}
