package layout

import (
	"sort"
	"strings"

	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
	"github.com/leporello-press/leporello/internal/vertical"
)

// reading is the ruby of a span, half the size of its base. It stands over the
// middle of it (JLREQ 3.3), bopomofo to the right of each character (zhuyin.go).
type reading struct {
	span       int
	box0, box1 int    // the base
	size       Length // of its em
	width      Length // set solid
	margin     Length // white that a reading in letters keeps on each side
	clusters   []readingCluster
	side       bool // bopomofo

	// What arrange finds: how wide the base is without what readings add to it, where
	// the reading begins, and what is added between its characters.
	base, x, gap Length
}

type readingCluster struct {
	shaper *shaper
	stands bool // upright in a line that goes down
	glyphs []Glyph
	text   string
	width  Length
}

// rubyWord are the readings [i, j) that are set as one: those of a compound in
// jukugo ruby (JLREQ 3.3.7), which may share the width of the whole word; else one.
type rubyWord struct{ i, j int }

// setRuby shapes the readings and makes room for those wider than their base. The
// base is not parted unless it is wider than a line, a compound only between its
// characters; no white is added inside.
func (s *lineSetter) setRuby() {
	s.words = s.words[:0]
	for k := range s.ruby {
		r := &s.ruby[k]
		sp := &s.p.spans[r.span]
		if r.side = isBopomofo(sp.ruby) && r.box1-r.box0 == 1; r.side {
			r.size = percent(zhuyinSize, sp.style.size)
			s.shapeReading(r, sp)
		} else {
			r.size = sp.style.size / 2
			s.shapeReading(r, sp)
			if r.width > s.p.measure && s.p.measure > 0 {
				r.size = max(mulDiv(r.size, s.p.measure, r.width), 1)
				s.shapeReading(r, sp)
			}
			if !strings.ContainsFunc(sp.ruby, isEastAsian) {
				r.margin = min(r.size/8, max(s.p.measure-r.width, 0)/2)
			}
		}
		for i := r.box0; i < r.box1-1; i++ {
			s.boxes[i].breaks = false
			s.rigid(i)
		}
		if n := len(s.words); n > 0 && sp.word != 0 && !r.side && !s.ruby[k-1].side && s.ruby[k-1].box1 == r.box0 && s.p.spans[s.ruby[k-1].span].word == sp.word {
			s.rigid(r.box0 - 1)
			s.words[n-1].j = k + 1
		} else {
			s.words = append(s.words, rubyWord{k, k + 1})
		}
	}
	for _, w := range s.words {
		s.widen(w.i, w.j, 0, len(s.boxes))
	}
}

// rigid forbids that white is added or taken after box i.
func (s *lineSetter) rigid(i int) {
	b := &s.boxes[i]
	b.gapMin, b.gapMax, b.stretches = b.gap, b.gap, false
}

// isEastAsian: kana, ideographs, Hangul and bopomofo, whose readings are spread over
// their base. Words in letters are not.
func isEastAsian(r rune) bool {
	c := classOf(r, true)
	return c == ideographClass || c == hangulClass
}

// overhang is how far a reading of the given size may reach over box i of the line
// [b0, b1), which stands before its base or after: over kana by one of its characters
// (JLREQ 3.3.8), if nothing is read over them, over what closes after it or opens
// before it, and over the white of other marks.
func (s *lineSetter) overhang(size Length, i, b0, b1 int, after bool) Length {
	if i < b0 || i >= b1 || s.isRead(i) {
		return 0
	}
	b := &s.boxes[i]
	if b.kind != ink || b.text0 == b.text1 {
		return 0
	}
	room, beyond := b.w, i-1
	if after {
		beyond = i + 1
	}
	switch c := s.base(b); {
	case after && b.class == closerClass, !after && b.class == openerClass:
	case b.class == closerClass, b.class == openerClass:
		room = b.l + b.r
	case c >= 0x3041 && c <= 0x30FF && c != '・':
		room /= 2
	default:
		return 0
	}
	if s.isRead(beyond) { // two readings over one character stay apart
		room = min(room, b.w*3/8)
	}
	return min(size, room)
}

// isRead: box i has a reading.
func (s *lineSetter) isRead(i int) bool {
	return i >= 0 && i < len(s.boxes) && s.p.spans[s.boxes[i].span].ruby != ""
}

// arrange finds how the readings [i, j) of one word stand where they may reach out by
// left and right over what is beside it: where each begins, counted from the left end
// of the word, and how much wider than its characters that must be on either side.
func (s *lineSetter) arrange(i, j int, left, right Length) (before, after Length) {
	rs := s.ruby[i:j]
	var bases, texts Length
	fits := true
	for k := range rs {
		r := &rs[k]
		r.base = 0
		for n := r.box0; n < r.box1; n++ {
			b := &s.boxes[n]
			r.base += b.w - b.lead - b.trail + b.l + b.r
			if n+1 < rs[len(rs)-1].box1 {
				r.base += b.gap
			}
		}
		wide := r.width + 2*r.margin
		bases += r.base
		texts += wide
		fits = fits && wide <= r.base
	}
	switch {
	case rs[0].side:
		rs[0].x, rs[0].gap = bases, 0
		if s.p.vertical { // they stand between the lines
			return 0, 0
		}
		return 0, percent(zhuyinColumn, s.p.spans[rs[0].span].style.size)
	case fits:
		x := Length(0)
		for k := range rs {
			rs[k].spread()
			rs[k].x += x
			x += rs[k].base
		}
		return 0, 0
	}
	if extra := texts - bases; extra > 0 {
		before = max(extra/2-left, 0)
		left = extra/2 - before
		after = max(extra-extra/2-right, 0)
		settle(rs, -left, texts-left)
	} else {
		settle(rs, 0, bases)
	}
	return before, after
}

// spread sets a reading over a base that is as wide: with 1:2:1 between its characters
// (JLREQ 3.3.6), but at most one of them free at the ends; words in the middle.
func (r *reading) spread() {
	free, n := r.base-r.width, Length(len(r.clusters))
	r.x, r.gap = free/2, 0
	if n > 1 && r.margin == 0 {
		r.x = min(free/(2*n), r.size)
		r.gap = (free - 2*r.x) / (n - 1)
	}
}

// settle sets readings side by side between x0 and x1, each as near the middle of
// its base as the others let it: least squares of the distances, by joining
// neighbours that would lie over one another.
func settle(rs []reading, x0, x1 Length) {
	type block struct{ sum, n, width Length }
	var blocks []block
	total, at := Length(0), Length(0)
	for k := range rs {
		wide := rs[k].width + 2*rs[k].margin
		// Where the first of all would stand, were this one over its middle.
		blocks = append(blocks, block{at + (rs[k].base-wide)/2 - total, 1, wide})
		for n := len(blocks); n > 1 && blocks[n-2].sum*blocks[n-1].n > blocks[n-1].sum*blocks[n-2].n; n-- {
			a, b := blocks[n-2], blocks[n-1]
			blocks = append(blocks[:n-2], block{a.sum + b.sum, a.n + b.n, a.width + b.width})
		}
		at += rs[k].base
		total += wide
	}
	k, done := 0, Length(0)
	for _, b := range blocks {
		first := max(min(b.sum/b.n, x1-total), x0)
		for range b.n {
			rs[k].x, rs[k].gap = first+done+rs[k].margin, 0
			done += rs[k].width + 2*rs[k].margin
			k++
		}
	}
}

// widen gives the bases of the readings [i, j) of one word the room that these need on
// the line [b0, b1), and finds where the readings begin from their base.
func (s *lineSetter) widen(i, j, b0, b1 int) {
	rs := s.ruby[i:j]
	from, to := rs[0].box0, rs[len(rs)-1].box1
	before, after := s.arrange(i, j, s.overhang(rs[0].size, from-1, b0, b1, false), s.overhang(rs[0].size, to, b0, b1, true))
	even := to-from > 1 && !rs[0].side
	for n := from; n < to; n++ {
		b := &s.boxes[n]
		b.w -= b.lead + b.trail
		b.lead, b.trail = 0, 0
		even = even && (b.class == ideographClass || b.class == hangulClass)
	}
	s.boxes[from].lead, s.boxes[to-1].trail = before, after
	if n := Length(to - from); even {
		pad := before + after
		for k := range n {
			b := &s.boxes[from+int(k)]
			b.lead = pad*(2*k+1)/(2*n) - pad*(2*k)/(2*n)
			b.trail = pad*(2*k+2)/(2*n) - pad*(2*k+1)/(2*n)
		}
	}
	x := Length(0)
	for k := range rs {
		rs[k].x -= x
		for n := rs[k].box0; n < rs[k].box1; n++ {
			b := &s.boxes[n]
			b.w += b.lead + b.trail
			x += b.width()
		}
	}
}

// part returns the readings of word w whose bases stand whole in the boxes [b0, b1).
func (s *lineSetter) part(w rubyWord, b0, b1 int) (i, j int) {
	i, j = w.i, w.j
	for i < j && s.ruby[i].box0 < b0 {
		i++
	}
	for i < j && s.ruby[j-1].box1 > b1 {
		j--
	}
	return i, j
}

// wordOf returns the first word with readings that ends after box i.
func (s *lineSetter) wordOf(i int) int {
	return sort.Search(len(s.words), func(k int) bool { return s.ruby[s.words[k].j-1].box1 > i })
}

// rubyEdges settles what a line gains that begins or ends at c: nothing hangs over its
// ends, and a compound that is parted there has the readings of each part over that
// part alone.
func (s *lineSetter) rubyEdges(c *candidate, b0 int) {
	if k := s.wordOf(int(c.begin)); k < len(s.words) {
		w := s.words[k]
		if i, j := s.part(w, int(c.begin), len(s.boxes)); i < j && s.ruby[i].box0 == int(c.begin) {
			c.start.natural -= s.growth(i, j, int(c.begin), len(s.boxes))
		}
	}
	if int(c.end) == b0 {
		return
	}
	if k := s.wordOf(int(c.end) - 1); k < len(s.words) {
		w := s.words[k]
		if i, j := s.part(w, b0, int(c.end)); i < j && s.ruby[j-1].box1 == int(c.end) {
			c.stop.natural += s.growth(i, j, b0, int(c.end))
		}
	}
}

// growth is how much wider the bases of the readings [i, j) are as a part of the line
// [b0, b1) than they are now.
func (s *lineSetter) growth(i, j, b0, b1 int) Length {
	from, to := s.ruby[i].box0, s.ruby[j-1].box1
	size := s.ruby[i].size
	before, after := s.arrange(i, j, s.overhang(size, from-1, b0, b1, false), s.overhang(size, to, b0, b1, true))
	for n := from; n < to; n++ {
		before -= s.boxes[n].lead + s.boxes[n].trail
	}
	return before + after
}

// fitRuby settles the readings of the line [b0, b1).
func (s *lineSetter) fitRuby(b0, b1 int) {
	for k := s.wordOf(b0); k < len(s.words); k++ {
		if i, j := s.part(s.words[k], b0, b1); i < j {
			s.widen(i, j, b0, b1)
		} else if s.ruby[s.words[k].i].box0 >= b1 {
			return
		}
	}
}

// shapeReading shapes the text of a reading at its size.
func (s *lineSetter) shapeReading(r *reading, sp *span) {
	r.clusters, r.width = r.clusters[:0], 0
	st := &sp.style
	t := s.table(tableKey{family: st.family, bold: st.bold || r.side, italic: st.italic, lang: st.lang}) // bopomofo are small
	runes := []rune(strings.ToValidUTF8(sp.ruby, "\uFFFD"))
	for i := 0; i < len(runes); {
		e := s.readingShaper(t, runes[i])
		stands := s.p.vertical && vertical.Of(runes[i]) != vertical.R
		j := i + 1
		for j < len(runes) && (isIgnorable(runes[j]) || isAttached(runes[j]) ||
			s.readingShaper(t, runes[j]) == e && stands == (s.p.vertical && vertical.Of(runes[j]) != vertical.R)) {
			j++
		}
		script := language.Latin
		for _, c := range runes[i:j] {
			if sc := language.LookupScript(c); sc.Strong() {
				script = sc
				break
			}
		}
		way := harfbuzz.LeftToRight
		if stands {
			way = harfbuzz.TopToBottom
		}
		b := s.harfbuzz(runes, i, j, e, script, t.hbTag, way, featuresOf(script))
		var upright []Glyph
		if stands {
			upright = e.upright(nil, b, r.size, st.lang)
		}
		for n := 0; n < len(b.Info); {
			m := n + 1
			for m < len(b.Info) && b.Info[m].Cluster == b.Info[n].Cluster {
				m++
			}
			end := j
			if m < len(b.Info) {
				end = b.Info[m].Cluster
			}
			c := readingCluster{shaper: e, stands: stands, text: string(runes[b.Info[n].Cluster:end])}
			for ; n < m; n++ {
				pos := &b.Pos[n]
				g := Glyph{ID: b.Info[n].Glyph, X: e.scale(int64(pos.XOffset), r.size), Y: -e.scale(int64(pos.YOffset), r.size), Advance: e.scale(int64(pos.XAdvance), r.size)}
				if stands {
					g = upright[n]
				}
				c.width += g.Advance
				c.glyphs = append(c.glyphs, g)
			}
			r.width += c.width
			r.clusters = append(r.clusters, c)
		}
		i = j
	}
}

func (s *lineSetter) readingShaper(t *runeTable, r rune) *shaper {
	if isIgnorable(r) {
		r = ' '
	}
	e := s.entry(t, r)
	if e.missing {
		s.reportMissing(r, t.key)
	}
	return e.shaper
}

// placeReading sets what belongs of the reading over the boxes [b0, b1): all of it,
// or, where the base had to be parted, a share.
func (s *lineSetter) placeReading(l *line, r *reading, b0, b1 int, at []Length) {
	i, j := max(r.box0, b0), min(r.box1, b1)
	if i >= j {
		return
	}
	x0, x1 := at[i-b0], at[i-b0]
	for k := i; k < j; k++ {
		b := &s.boxes[k]
		x0, x1 = min(x0, at[k-b0]), max(x1, at[k-b0]+b.w+b.l+b.r)
	}
	sp := &s.p.spans[r.span]
	if r.side {
		s.placeZhuyin(l, r, x0, x1-s.boxes[i].trail)
		return
	}
	n, of := len(r.clusters), r.box1-r.box0
	part, x, gap := r.clusters, x0+r.x, r.gap
	if j-i < of {
		part, gap = r.clusters[n*(i-r.box0)/of:n*(j-r.box0)/of], 0
	}
	width := Length(0)
	for _, c := range part {
		width += c.width + gap
	}
	if j-i < of {
		x = x0 + (x1-x0-width)/2
	}
	x = max(min(x, s.p.measure-width+gap), 0)
	y := -percent(emAscent, sp.style.size) - percent(emDescent, r.size) - s.raise(&sp.style)
	for k := 0; k < len(part); {
		run := &GlyphRun{Face: part[k].shaper.face, Size: r.size, Color: sp.style.color, Vertical: part[k].stands, At: Point{X: x, Y: y}, Element: sp.rubyEl}
		var text strings.Builder
		m := k
		for ; m < len(part) && part[m].shaper == part[k].shaper && part[m].stands == part[k].stands; m++ {
			t0 := int32(text.Len())
			text.WriteString(part[m].text)
			for _, g := range part[m].glyphs {
				g.Text0, g.Text1 = t0, int32(text.Len())
				run.Glyphs = append(run.Glyphs, g)
			}
			if m+1 < len(part) {
				run.Glyphs[len(run.Glyphs)-1].Advance += gap
			}
			x += part[m].width + gap
		}
		run.Text = text.String()
		l.items = append(l.items, run)
		k = m
	}
	l.ascent = max(l.ascent, -y+percent(emAscent, r.size))
}
