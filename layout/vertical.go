package layout

import (
	"strings"
	"unicode"

	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/vertical"
)

// Vertical writing. Everything in this package is set in the frame of its lines: x
// runs along a line from its begin, y across the lines from the first on, and text
// stands on baselines. Only geometry.onPage knows that in vertical writing this frame
// is a quarter turned: x goes down the page, y to the left. What lies in a line as in
// horizontal writing, Latin and readings of Latin letters, is thereby on its side;
// pictures, areas and lines are only moved.
//
// What stands upright says so itself: GlyphRun.Vertical. Its origin in the frame is on
// the baseline like that of other runs, so that code that places runs, such as that of
// readings, need not know how they stand; its glyphs advance along the line and are
// centred on the middle of their em, emMiddle above the baseline. Text of another size
// than its line has the middle in common with it and not the baseline (raise).
//
// Who shapes text in a vertical line asks tableKey.vertical and stands whether a character
// stands upright, and lets upright make the glyphs of a run that does.

// WritingMode is which way the lines of a book run.
type WritingMode uint8

// The names are those of CSS Writing Modes.
const (
	// HorizontalTB: lines from left to right, the first at the top.
	HorizontalTB WritingMode = iota
	// VerticalRL: lines from the top down, the first at the right, as in Japanese and
	// in traditional Chinese; pages are bound at the right.
	VerticalRL
)

// emMiddle is the middle of the em box above the baseline, in hundredths.
const emMiddle = (emAscent - emDescent) / 2

// raise is how far above the baseline of the line text of a style stands.
func (s *lineSetter) raise(st *textStyle) Length {
	if s.p.vertical && st.rise == 0 {
		return percent(emMiddle, s.em()-st.size)
	}
	return st.rise
}

// stand makes an entry that of a character that stands upright, in its vertical form.
// A character that UAX #50 wants turned where the face has no such form lies.
func (s *lineSetter) stand(t *runeTable, e *runeEntry, r rune) {
	face := e.shaper.face
	g := e.glyph
	if !e.plain {
		g, _ = face.Glyph(r)
	}
	_, ok := face.VerticalForm(g, t.key.lang)
	// The colons of Chinese are upright in books, and the semicolon is in all fonts;
	// Unicode has them turn since Japanese turns the colon (CLREQ 3.1.2).
	if !ok && vertical.Of(r) == vertical.Tr && r != '：' && r != '；' {
		e.lies = true
		return
	}
	switch {
	case !e.plain:
	case ok || r < 0x3400 || r > 0xFAFF: // what is not an ideograph may also be moved: ㄧ is
		b := s.harfbuzz([]rune{r}, 0, 1, e.shaper, language.Han, t.hbTag, harfbuzz.TopToBottom, grid)
		gs := e.shaper.upright(nil, b, Length(e.shaper.upem), t.key.lang)
		e.plain = len(gs) == 1 && gs[0].X == 0 && gs[0].Y == 0
		e.glyph, e.advance = gs[0].ID, int32(gs[0].Advance)
	default:
		e.advance = int32(face.VerticalAdvance(g))
	}
}

// upright appends the glyphs of a run of a language that was shaped from top to bottom,
// each placed from its vertical origin. The lookup filter of go-text 0.3 misses vertical forms of fonts
// with large coverages (222 of Noto CJK), so they are looked up here again.
func (sh *shaper) upright(glyphs []Glyph, b *harfbuzz.Buffer, size Length, lang string) []Glyph {
	first := 0 // of the cluster
	x0, y0 := 0, 0
	for n := range b.Info {
		id, pos := b.Info[n].Glyph, &b.Pos[n]
		x, y := sh.face.VerticalOrigin(id)
		if n == 0 || b.Info[n].Cluster != b.Info[first].Cluster {
			first = n
			// HarfBuzz counts from horizontal origins, to which it guesses vertical
			// ones in its own way where the face has none.
			x0, y0 = -int(pos.XOffset), -int(pos.YOffset)
			if !sh.face.Font().HasVerticalMetrics() {
				x0, y0 = x, y
			}
		}
		g := Glyph{ID: id, Advance: sh.scale(-int64(pos.YAdvance), size)}
		g.X = sh.scale(int64(x-x0)+int64(pos.XOffset-b.Pos[first].XOffset), size)
		g.Y = -sh.scale(int64(y-y0)+int64(pos.YOffset-b.Pos[first].YOffset), size)
		if form, ok := sh.face.VerticalForm(id, lang); ok {
			g.ID = form
			if pos.YAdvance != 0 {
				g.Advance = sh.scale(int64(sh.face.VerticalAdvance(form)), size)
			}
		}
		glyphs = append(glyphs, g)
	}
	return glyphs
}

// maxCombined is how many characters one em may hold.
const maxCombined = 4

// join finds what is combined into one upright em in a line that goes down: what is
// marked so, and numbers, marks and letters that stand alone in running text.
func (s *lineSetter) join() {
	s.joined, s.shown = s.joined[:0], s.runes
	if !s.p.vertical {
		return
	}
	if s.p.quotes {
		s.cornerQuotes()
	}
	for range s.runes {
		s.joined = append(s.joined, 0)
	}
	digits := s.p.combine
	if digits <= 0 {
		digits = 2
	}
	digits = min(digits, maxCombined)
	for k := range s.p.spans {
		sp := &s.p.spans[k]
		i, j := int(s.first[k]), int(s.first[k+1])
		if sp.combine && j > i && j-i <= maxCombined {
			s.joined[i] = uint8(j - i)
		}
	}
	if s.p.verbatim {
		return
	}
	wide := func(i int) bool { return i < len(s.wide) && s.wide[i] }
	vertical.Combine(s.runes, digits, wide, func(from, to int) {
		sp := s.spanOf(from, to)
		if sp != nil && !sp.combine && sp.object == nil && sp.style.rise == 0 && sp.style.family != fonts.Mono && s.level(from)&1 == 0 {
			s.joined[from] = uint8(to - from)
		}
	})
}

// spanOf returns the span that holds all of the characters [i, j), if one does.
func (s *lineSetter) spanOf(i, j int) *span {
	for k := range s.p.spans {
		if int(s.first[k]) <= i && i < j && j <= int(s.first[k+1]) {
			return &s.p.spans[k]
		}
	}
	return nil
}

// combined returns how many characters are one upright em from i on; 0: none.
func (s *lineSetter) combined(i int32) int {
	if int(i) < len(s.joined) {
		return int(s.joined[i])
	}
	return 0
}

// combine makes the box of the characters [i, j) in one em: side by side, in half-width
// forms where the face has them, smaller where they are still wider.
func (s *lineSetter) combine(k, i, j int) {
	st := &s.p.spans[k].style
	t := s.table(tableKey{family: st.family, bold: st.bold, italic: st.italic, lang: st.lang})
	sh := s.choose(t, i, j, &shapeRun{})
	b := box{
		text0: int32(i), text1: int32(j), glyph0: int32(len(s.glyphs)), span: int32(k), shaper: sh,
		w: st.size, stands: true,
	}
	var units int64
	for _, r := range s.runes[i:j] {
		g, _ := sh.face.Glyph(r)
		if j > i+1 {
			if half, ok := sh.face.HalfWidth(r); ok {
				g = half
			}
		}
		s.glyphs = append(s.glyphs, Glyph{ID: g})
		units += int64(sh.face.Advance(g))
	}
	b.glyph1 = int32(len(s.glyphs))
	size := st.size
	if units > sh.upem {
		size = Length(int64(size) * sh.upem / units)
		b.size = size
	}
	// Capitals and figures stand in the middle of the em.
	base := st.size/2 + sh.scale(int64(sh.face.Metrics().CapHeight), size)/2
	x := -sh.scale(units, size) / 2
	for n := b.glyph0; n < b.glyph1; n++ {
		g := &s.glyphs[n]
		vx, vy := sh.face.VerticalOrigin(g.ID)
		g.X, g.Y = x+sh.scale(int64(vx), size), base-sh.scale(int64(vy), size)
		x += sh.scale(int64(sh.face.Advance(g.ID)), size)
	}
	s.boxes = append(s.boxes, b)
}

// cornerQuotes draws the quotation marks of horizontal lines as those of vertical
// ones: in mainland China ﹃﹄ within which ﹁﹂ stand, elsewhere ﹁﹂ within which ﹃﹄ stand
// (GB/T 15834 4.8.3, CLREQ 2.4). The text stays what it is.
func (s *lineSetter) cornerQuotes() {
	if s.latin() {
		return
	}
	pairs := strings.NewReplacer("“", "「", "”", "」", "‘", "『", "’", "』")
	if s.region == mainland {
		pairs = strings.NewReplacer("“", "『", "”", "』", "‘", "「", "’", "」")
	}
	s.shown = append([]rune(nil), s.runes...)
	for i, r := range s.runes {
		// An apostrophe stays.
		if r != '’' || i == 0 || !unicode.Is(unicode.Latin, s.runes[i-1]) {
			s.shown[i] = []rune(pairs.Replace(string(r)))[0]
		}
	}
}

// turned places an item of a vertical frame on the page. right is where the frame
// begins, top where its lines do.
func turned(it Item, right, top Length) {
	at := func(p *Point, across Length) { *p = Point{right - p.Y - across, top + p.X} }
	area := func(r *Rect) {
		at(&r.At, r.Size.H)
		r.Size = Size{r.Size.H, r.Size.W}
	}
	switch it := it.(type) {
	case *GlyphRun:
		if it.Vertical {
			it.At.Y -= percent(emMiddle, it.Size)
		}
		it.Sideways = !it.Vertical && !it.level
		at(&it.At, 0)
	case *Picture:
		area(&it.Rect)
	case *Box:
		area(&it.Rect)
	case *Link:
		area(&it.Rect)
	case *Anchor:
		at(&it.At, 0)
	default:
		panic(unknownItem(it))
	}
}
