package layout

import (
	"strings"

	"github.com/go-text/typesetting/language"
)

// reading is the ruby of a span: set over its middle at half the size. The base is
// not parted unless it is wider than a line, nor stretched.
type reading struct {
	span       int
	box0, box1 int // the base
	size       Length
	width      Length
	shift      Length // of the reading, from the middle of the widened base
	clusters   []readingCluster
}

type readingCluster struct {
	shaper *shaper
	glyphs []Glyph
	text   string
	width  Length
}

// setRuby shapes the readings and makes room for those wider than their base.
func (s *lineSetter) setRuby() {
	for k := range s.ruby {
		r := &s.ruby[k]
		sp := &s.p.spans[r.span]
		r.size = sp.style.size / 2
		s.shapeReading(r, sp)
		if r.width > s.p.measure && s.p.measure > 0 {
			r.size = max(mulDiv(r.size, s.p.measure, r.width), 1)
			s.shapeReading(r, sp)
		}
		base := Length(0)
		for i := r.box0; i < r.box1; i++ {
			b := &s.boxes[i]
			base += b.w + b.l + b.r
			if i+1 < r.box1 {
				base += b.gap
				b.breaks, b.stretches = false, false
			}
		}
		extra := r.width - base
		if extra <= 0 {
			continue
		}
		// The reading may reach over kana on either side by one of its characters
		// (JLREQ 3.3.8), if nothing is read over them.
		// At the end of a line it is moved in instead, so both sides must be free.
		left, right := extra/2, extra-extra/2
		if before, after := r.box0-1, r.box1; !s.isRead(before) && !s.isRead(after) {
			left = max(left-s.overhang(r, before), 0)
			right = max(right-s.overhang(r, after), 0)
		}
		s.boxes[r.box0].lead += left
		s.boxes[r.box0].w += left
		s.boxes[r.box1-1].w += right
		r.shift = (right - left) / 2
	}
}

// isRead: box i has a reading.
func (s *lineSetter) isRead(i int) bool {
	return i >= 0 && i < len(s.boxes) && s.p.spans[s.boxes[i].span].ruby != ""
}

// overhang is how far the reading may reach over box i.
func (s *lineSetter) overhang(r *reading, i int) Length {
	if i < 0 || i >= len(s.boxes) {
		return 0
	}
	b := &s.boxes[i]
	if b.kind != ink || b.text0 == b.text1 {
		return 0
	}
	if c := s.base(b); c < 0x3041 || c > 0x30FF || c == '・' {
		return 0
	}
	return min(r.size, b.w/2)
}

func (s *lineSetter) shapeReading(r *reading, sp *span) {
	r.clusters, r.width = r.clusters[:0], 0
	st := &sp.style
	t := s.table(tableKey{family: st.family, bold: st.bold, italic: st.italic, lang: st.lang})
	text := sp.ruby
	runes := []rune(strings.ToValidUTF8(text, "\uFFFD"))
	for i := 0; i < len(runes); {
		e := s.readingShaper(t, runes[i])
		j := i + 1
		for j < len(runes) && (isIgnorable(runes[j]) || isAttached(runes[j]) || s.readingShaper(t, runes[j]) == e) {
			j++
		}
		script := language.Latin
		for _, c := range runes[i:j] {
			if sc := language.LookupScript(c); sc.Strong() {
				script = sc
				break
			}
		}
		b := s.harfbuzz(runes, i, j, e, script, t.hbTag, false, featuresOf(script))
		for n := 0; n < len(b.Info); {
			m := n + 1
			for m < len(b.Info) && b.Info[m].Cluster == b.Info[n].Cluster {
				m++
			}
			end := j
			if m < len(b.Info) {
				end = b.Info[m].Cluster
			}
			c := readingCluster{shaper: e, text: string(runes[b.Info[n].Cluster:end])}
			for ; n < m; n++ {
				pos := &b.Pos[n]
				g := Glyph{ID: b.Info[n].Glyph, X: e.scale(int64(pos.XOffset), r.size), Y: -e.scale(int64(pos.YOffset), r.size), Advance: e.scale(int64(pos.XAdvance), r.size)}
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
	n, of := len(r.clusters), r.box1-r.box0
	part := r.clusters[n*(i-r.box0)/of : n*(j-r.box0)/of]
	width := Length(0)
	for _, c := range part {
		width += c.width
	}
	x0, x1 := at[i-b0], at[i-b0]
	for k := i; k < j; k++ {
		b := &s.boxes[k]
		x0, x1 = min(x0, at[k-b0]), max(x1, at[k-b0]+b.w+b.l+b.r)
	}
	sp := &s.p.spans[r.span]
	x := x0 + (x1-x0-width)/2
	if len(part) == n {
		x -= r.shift
	}
	x = min(x, s.p.measure-width)
	x = max(x, 0)
	y := -percent(emAscent, sp.style.size) - percent(emDescent, r.size) - sp.style.rise
	for k := 0; k < len(part); {
		run := &GlyphRun{Face: part[k].shaper.face, Size: r.size, Color: sp.style.color, At: Point{X: x, Y: y}, Element: sp.rubyEl}
		var text strings.Builder
		m := k
		for ; m < len(part) && part[m].shaper == part[k].shaper; m++ {
			t0 := int32(text.Len())
			text.WriteString(part[m].text)
			for _, g := range part[m].glyphs {
				g.Text0, g.Text1 = t0, int32(text.Len())
				run.Glyphs = append(run.Glyphs, g)
			}
			x += part[m].width
		}
		run.Text = text.String()
		l.items = append(l.items, run)
		k = m
	}
	l.ascent = max(l.ascent, -y+percent(emAscent, r.size))
}
