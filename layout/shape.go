package layout

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/vertical"
	"github.com/leporello-press/leporello/layout/linebreak"
)

// shaper is a face made ready for HarfBuzz, with scale = units per em, so that
// no size is rounded before the last moment.
type shaper struct {
	face *fonts.Face
	hb   *harfbuzz.Font
	upem int64
	// italic: the face itself leans; bold: it is heavy.
	italic, bold bool
	space        fonts.GID
	hyphen       fonts.GID
}

func (s *lineSetter) shaper(f *fonts.Face) *shaper {
	sh := s.shapers[f]
	if sh == nil {
		if s.shapers == nil {
			s.shapers = map[*fonts.Face]*shaper{}
		}
		hb := harfbuzz.NewFont(font.NewFace(f.Font()))
		m := f.Metrics()
		sh = &shaper{face: f, hb: hb, upem: int64(f.Font().Upem()), italic: m.Italic != 0, bold: f.Bold()}
		sh.space, _ = f.Glyph(' ')
		sh.hyphen, _ = f.Glyph('‐')
		if sh.hyphen == 0 {
			sh.hyphen, _ = f.Glyph('-')
		}
		s.shapers[f] = sh
	}
	return sh
}

// scale converts font units at an em of size, rounded half up.
func (sh *shaper) scale(units int64, size Length) Length {
	n := 2*units*int64(size) + sh.upem
	d := 2 * sh.upem
	q := n / d
	if n%d < 0 {
		q--
	}
	return Length(q)
}

// tableKey is what decides the glyph of a character beside the character.
type tableKey struct {
	family       fonts.Family
	bold, italic bool
	wide         bool
	vertical     bool // of lines that go down, for characters that may stand upright
	lang         string
}

func (k tableKey) request() fonts.Request {
	return fonts.Request{Family: k.family, Bold: k.bold, Italic: k.italic, Lang: k.lang, Wide: k.wide}
}

// runeTable is the face of each character, and the glyph of those that
// have no neighbours to look at.
type runeTable struct {
	key   tableKey
	bmp   [256]*[256]runeEntry
	more  map[rune]*runeEntry
	hbTag language.Language
}

type runeEntry struct {
	shaper  *shaper // nil: not looked up yet
	missing bool
	plain   bool // the glyph follows from the character alone
	lies    bool // in a vertical table: on its side for want of a form of its own
	glyph   fonts.GID
	advance int32
}

func (s *lineSetter) table(k tableKey) *runeTable {
	if s.last != nil && s.lastKey == k {
		return s.last
	}
	t := s.tables[k]
	if t == nil {
		if s.tables == nil {
			s.tables = map[tableKey]*runeTable{}
		}
		t = &runeTable{key: k, hbTag: language.NewLanguage(k.lang)}
		s.tables[k] = t
	}
	s.lastKey, s.last = k, t
	return t
}

func (s *lineSetter) entry(t *runeTable, r rune) *runeEntry {
	var e *runeEntry
	if r >= 0 && r < 0x10000 {
		page := t.bmp[r>>8]
		if page == nil {
			page = new([256]runeEntry)
			t.bmp[r>>8] = page
		}
		e = &page[r&0xFF]
	} else {
		e = t.more[r]
		if e == nil {
			if t.more == nil {
				t.more = map[rune]*runeEntry{}
			}
			e = &runeEntry{}
			t.more[r] = e
		}
	}
	if e.shaper == nil {
		f, ok := s.set.Face(r, t.key.request())
		e.missing = !ok
		e.shaper = s.shaper(f)
		if !ok {
			return e
		}
		if t.key.family == fonts.Mono && !t.key.vertical {
			if g, half := f.HalfWidth(r); half {
				e.plain, e.glyph, e.advance = true, g, int32(e.shaper.upem/2)
				return e
			}
		}
		if g, adv, simple := f.Simple(t.key.lang).Glyph(r); simple {
			e.plain, e.glyph, e.advance = true, g, int32(adv)
		} else if r >= 0x3041 && r <= 0x30FF && !isAttached(r) {
			s.shapePlain(t, e, r)
		}
		if t.key.vertical {
			s.stand(t, e, r)
		}
	}
	return e
}

// isAttached: the character may change the glyph of a plain one before it.
func isAttached(r rune) bool {
	return r >= 0x300 && (r <= 0x36F || r >= 0x1100 && r <= 0x11FF || r == 0x200D || r >= 0x302A && r <= 0x302F ||
		r == 0x3099 || r == 0x309A || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF || unicode.Is(unicode.M, r))
}

// shapePlain remembers what HarfBuzz makes of kana alone. They are kerned in CJK
// fonts, which we leave off, and change with nothing else but the marks that isAttached names.
func (s *lineSetter) shapePlain(t *runeTable, e *runeEntry, r rune) {
	script := language.LookupScript(r)
	if !script.Strong() {
		script = language.Han
	}
	b := s.harfbuzz([]rune{r}, 0, 1, e.shaper, script, t.hbTag, harfbuzz.LeftToRight, grid)
	if len(b.Info) != 1 || b.Pos[0].XOffset != 0 || b.Pos[0].YOffset != 0 {
		return
	}
	e.plain, e.glyph, e.advance = true, b.Info[0].Glyph, b.Pos[0].XAdvance
	if r == '・' {
		e.glyph, e.advance = fullWidth(e.shaper, t.key.lang, r, e.glyph, e.advance)
	}
}

// harfbuzz shapes text[i:j]. The clusters of the result are indices of text.
func (s *lineSetter) harfbuzz(text []rune, i, j int, sh *shaper, script language.Script, lang language.Language, way harfbuzz.Direction, use features) *harfbuzz.Buffer {
	if s.buffer == nil {
		s.buffer = harfbuzz.NewBuffer()
		s.features[grid] = []harfbuzz.Feature{{Tag: opentype.MustNewTag("kern"), Value: 0, Start: harfbuzz.FeatureGlobalStart, End: harfbuzz.FeatureGlobalEnd}}
	}
	b := s.buffer
	b.Clear()
	b.AddRunes(text, i, j-i)
	b.Props = harfbuzz.SegmentProperties{Language: lang, Script: script, Direction: way}
	b.Shape(sh.hb, s.features[use])
	return b
}

// features are what a run is shaped with beside the defaults of its script.
type features uint8

const (
	natural features = iota
	// grid: without kerning, which would move kana and marks off the grid. The space
	// of marks is ours to give.
	grid
	numFeatures
)

func featuresOf(sc language.Script) features {
	if isCJKScript(sc) {
		return grid
	}
	return natural
}

// fullWidth returns an em wide glyph for a mark that Latin and CJK text share, where
// the face has one: Noto CJK gives ・ and Japanese quotation marks the widths of
// Latin text through locl, and the width of “·” depends on the design.
func fullWidth(sh *shaper, lang string, r rune, g fonts.GID, advance int32) (fonts.GID, int32) {
	if int64(advance) == sh.upem {
		return g, advance
	}
	nominal, _ := sh.face.Glyph(r)
	for _, c := range [...]fonts.GID{sh.face.Single("fwid", lang, g), nominal, sh.face.Single("fwid", lang, nominal)} {
		if int64(sh.face.Advance(c)) == sh.upem {
			return c, int32(sh.upem)
		}
	}
	return g, advance
}

func isCJKScript(sc language.Script) bool {
	switch sc {
	case language.Han, language.Hiragana, language.Katakana, language.Hangul, language.Bopomofo:
		return true
	}
	return false
}

// isIgnorable: the character is invisible and needs no glyph of its own.
func isIgnorable(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7F && r < 0xA0, r == 0xAD, r == 0x34F, r == 0x61C, r == 0xFEFF:
		return true
	case r < 0x180B:
		return false
	}
	return r <= 0x180F || r >= 0x200B && r <= 0x200F || r >= 0x2028 && r <= 0x202E || r >= 0x2060 && r <= 0x206F ||
		r >= 0xFE00 && r <= 0xFE0F || r >= 0xFFF9 && r <= 0xFFFB || r >= 0xE0000 && r <= 0xE0FFF
}

// shapeRun is text of one face, script and direction: what HarfBuzz gets at once.
type shapeRun struct {
	i, j   int
	shaper *shaper
	script language.Script
	level  uint8
	wide   bool
	stands bool // upright in lines that go down
}

// shapeAll makes the boxes of the paragraph.
func (s *lineSetter) shapeAll() {
	s.glyphs, s.boxes, s.ruby = s.glyphs[:0], s.boxes[:0], s.ruby[:0]
	for k := range s.p.spans {
		b0 := len(s.boxes)
		i, j := int(s.first[k]), int(s.first[k+1])
		if sp := &s.p.spans[k]; sp.object != nil {
			s.boxes = append(s.boxes, box{text0: int32(i), text1: int32(j), span: int32(k), kind: inline, w: sp.object.width})
		} else {
			s.shapeSpan(k, i, j)
			if sp.ruby != "" && len(s.boxes) > b0 {
				s.ruby = append(s.ruby, reading{span: k, box0: b0, box1: len(s.boxes)})
			}
		}
		if s.p.spans[k].forced && j < len(s.runes) {
			if len(s.boxes) == 0 || s.boxes[len(s.boxes)-1].ends {
				s.boxes = append(s.boxes, box{text0: int32(j), text1: int32(j), span: int32(k), kind: control})
			}
			s.boxes[len(s.boxes)-1].ends = true
		}
	}
	room, whole, first := s.room(), Length(0), 0
	for i := range s.boxes {
		b := &s.boxes[i]
		o := s.opp[b.text1]
		b.breaks = b.breaks || o&linebreak.Allowed != 0
		b.cluster = b.cluster || o&linebreak.Cluster != 0
		// A cluster has no end in Unicode: nothing may part a hundred letters with
		// joiners between them, but the line is at an end.
		if whole += b.w; whole > room {
			for k := first; k < i; k++ {
				s.boxes[k].cluster = true
			}
			whole, first = b.w, i
		}
		if b.cluster {
			whole, first = 0, i+1
		}
		if o&linebreak.Mandatory != 0 && (int(b.text1) < len(s.runes) || b.text0 < b.text1 && isNewline(s.runes[b.text0])) {
			b.ends = true
		}
	}
}

func isNewline(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}

func (s *lineSetter) shapeSpan(k, i, j int) {
	st := &s.p.spans[k].style
	key := tableKey{family: st.family, bold: st.bold, italic: st.italic, lang: st.lang}
	var q shapeRun
	for i < j {
		r := s.shown[i]
		if isNewline(r) || r == '\t' || r < 0x20 {
			s.flush(k, &q)
			s.controls(k, i)
			i++
			continue
		}
		key.wide = i < len(s.wide) && s.wide[i]
		if n := s.combined(int32(i)); n > 0 {
			s.flush(k, &q)
			s.combine(k, i, i+n)
			i += n
			continue
		}
		key.vertical = s.p.vertical && vertical.Of(r) != vertical.R
		t := s.table(key)
		if key.vertical && s.entry(t, r).lies {
			key.vertical = false
			t = s.table(key)
		}
		stands := key.vertical
		level := s.level(i)
		if r >= 0x3000 || st.family == fonts.Mono {
			if e := s.entry(t, r); e.plain && (i+1 == j || !isAttached(s.shown[i+1])) && level&1 == 0 {
				s.flush(k, &q)
				s.plain(k, i, e, level, stands)
				i++
				continue
			}
		}
		end := i + 1
		for end < j && s.opp[end]&linebreak.Cluster == 0 {
			end++
		}
		sh := s.choose(t, i, end, &q)
		script := language.LookupScript(r)
		if key.wide {
			script = language.Han
		}
		switch {
		case q.shaper != sh || q.level != level || q.wide != key.wide || q.stands != stands:
			s.flush(k, &q)
		case !script.Strong() || q.script == script:
			script = q.script
		case q.script.Strong():
			s.flush(k, &q)
		}
		if q.shaper == nil {
			q = shapeRun{i: i, shaper: sh, script: script, level: level, wide: key.wide, stands: stands}
		}
		q.script = script
		q.j = end
		i = end
	}
	s.flush(k, &q)
}

// choose returns the face of a cluster. Spaces and invisible characters stay with what is
// before them.
func (s *lineSetter) choose(t *runeTable, i, j int, q *shapeRun) *shaper {
	r := s.shown[i]
	if q.shaper != nil && (r == ' ' || r == 0xA0 || isIgnorable(r)) {
		// The spaces of emoji are as wide as these.
		g, ok := q.shaper.face.Glyph(r)
		if isIgnorable(r) || ok && 2*int64(q.shaper.face.Advance(g)) <= q.shaper.upem {
			return q.shaper
		}
	}
	if isIgnorable(r) {
		return s.entry(t, ' ').shaper
	}
	if j == i+1 {
		e := s.entry(t, r)
		if e.missing {
			s.reportMissing(r, t.key)
		}
		return e.shaper
	}
	f, ok := s.set.FaceFor(string(s.shown[i:j]), t.key.request())
	if !ok {
		for _, r := range s.shown[i:j] {
			if _, has := f.Glyph(r); !has && !isIgnorable(r) {
				s.reportMissing(r, t.key)
			}
		}
	}
	return s.shaper(f)
}

// reportMissing tells once an article of a character that no face has.
func (s *lineSetter) reportMissing(r rune, k tableKey) {
	if s.missing[r] {
		return
	}
	s.missing[r] = true
	s.issue(article.Issue{
		Severity: article.Warning,
		Code:     "glyph.missing",
		Text:     string(r),
		Detail:   fmt.Sprintf("no font has %q (U+%04X, language %s)", string(r), r, k.lang),
		Action:   "drawn as an empty box, kept as text",
	})
}

// controls makes the box of a tab, a line end or another control character.
func (s *lineSetter) controls(k, i int) {
	st := &s.p.spans[k].style
	b := box{text0: int32(i), text1: int32(i + 1), span: int32(k), kind: control, level: s.level(i)}
	if r := s.runes[i]; !isNewline(r) {
		b.shaper = s.entry(s.table(tableKey{family: st.family, bold: st.bold, italic: st.italic, lang: st.lang}), ' ').shaper
		b.glyph0 = int32(len(s.glyphs))
		s.glyphs = append(s.glyphs, Glyph{ID: b.shaper.space})
		b.glyph1 = b.glyph0 + 1
		if r == '\t' {
			b.kind = blank
			b.w = st.size / 4
		}
	}
	s.boxes = append(s.boxes, b)
}

// plain makes the box of a character whose glyph follows from itself.
func (s *lineSetter) plain(k, i int, e *runeEntry, level uint8, stands bool) {
	st := &s.p.spans[k].style
	adv := e.shaper.scale(int64(e.advance), st.size)
	g := int32(len(s.glyphs))
	s.glyphs = append(s.glyphs, Glyph{ID: e.glyph, Advance: adv})
	s.boxes = append(s.boxes, box{
		text0: int32(i), text1: int32(i + 1), glyph0: g, glyph1: g + 1, span: int32(k), shaper: e.shaper, w: adv, level: level, stands: stands,
		slant: st.italic && s.runes[i] < 0x3000 && !e.shaper.italic,
	})
}

// A runKey is what decides the glyphs of a run in a script whose letters do not look
// at their neighbours in other runs.
type runKey struct {
	shaper *shaper
	lang   string
	script language.Script
	wide   bool
	text   string
}

// shapedRun is what HarfBuzz made of a run, at the scale of the face.
type shapedRun struct {
	at   int // where its text began; the clusters count from the same
	info []harfbuzz.GlyphInfo
	pos  []harfbuzz.GlyphPosition
}

// Short runs are words within Chinese, numbers and marks that come again and again.
const (
	maxRemembered     = 24 // characters of a run
	maxRememberedRuns = 8192
)

// shape shapes the run, or remembers how.
func (s *lineSetter) shape(q *shapeRun, script language.Script, lang string, way harfbuzz.Direction) shapedRun {
	remember := q.j-q.i <= maxRemembered && way == harfbuzz.LeftToRight && (script == language.Latin || isCJKScript(script)) && !s.p.vertical
	key := runKey{shaper: q.shaper, lang: lang, script: script, wide: q.wide}
	if remember {
		key.text = s.text[s.off[q.i]:s.off[q.j]]
		if run, ok := s.runsByText[key]; ok {
			return run
		}
	}
	b := s.harfbuzz(s.shown, q.i, q.j, q.shaper, script, s.last.hbTag, way, featuresOf(script))
	for n := range b.Info {
		if c := b.Info[n].Cluster; q.wide && s.runes[c] != '—' && s.runes[c] != '⸺' {
			b.Info[n].Glyph, b.Pos[n].XAdvance = fullWidth(q.shaper, lang, s.runes[c], b.Info[n].Glyph, b.Pos[n].XAdvance)
		}
	}
	run := shapedRun{q.i, b.Info, b.Pos}
	if remember {
		if len(s.runsByText) >= maxRememberedRuns || s.runsByText == nil {
			s.runsByText = map[runKey]shapedRun{}
		}
		key.text = strings.Clone(key.text)
		run = shapedRun{q.i, slices.Clone(b.Info), slices.Clone(b.Pos)}
		s.runsByText[key] = run
	}
	return run
}

// flush shapes the run and makes its boxes.
func (s *lineSetter) flush(k int, q *shapeRun) {
	if q.shaper == nil {
		return
	}
	st := &s.p.spans[k].style
	sh := q.shaper
	script := q.script
	if !script.Strong() {
		script = language.Latin
		if q.wide {
			script = language.Han
		}
	}
	rtl := q.level&1 == 1
	way := harfbuzz.LeftToRight
	switch {
	case q.stands: // one below the other, whatever the script
		way, rtl = harfbuzz.TopToBottom, false
	case rtl:
		way = harfbuzz.RightToLeft
	}
	base := int32(len(s.glyphs))
	var info []harfbuzz.GlyphInfo
	moved := 0 // from where the run stood when it was shaped
	if q.stands {
		b := s.harfbuzz(s.shown, q.i, q.j, sh, script, s.last.hbTag, way, featuresOf(script))
		info = b.Info
		s.glyphs = sh.upright(s.glyphs, b, st.size, st.lang)
	} else {
		run := s.shape(q, script, st.lang, way)
		info, moved = run.info, q.i-run.at
		for n := range info {
			pos := &run.pos[n]
			s.glyphs = append(s.glyphs, Glyph{
				ID:      info[n].Glyph,
				X:       sh.scale(int64(pos.XOffset), st.size),
				Y:       -sh.scale(int64(pos.YOffset), st.size),
				Advance: sh.scale(int64(pos.XAdvance), st.size),
			})
		}
	}
	slant := st.italic && !sh.italic && hasItalic(script)
	n := len(info)
	at := func(i int) int { // the i-th glyph in logical order
		if rtl {
			return n - 1 - i
		}
		return i
	}
	end := q.i
	for i := 0; i < n; {
		j := i + 1
		for j < n && info[at(j)].Cluster == info[at(i)].Cluster {
			j++
		}
		text0 := end
		end = q.j
		if j < n {
			end = info[at(j)].Cluster + moved
		}
		g0, g1 := at(i), at(j-1)
		if rtl {
			g0, g1 = g1, g0
		}
		x := box{
			text0: int32(text0), text1: int32(end), glyph0: base + int32(g0), glyph1: base + int32(g1) + 1,
			span: int32(k), shaper: sh, level: q.level, slant: slant && !q.stands, stands: q.stands,
		}
		for _, g := range s.glyphs[x.glyph0:x.glyph1] {
			x.w += g.Advance
		}
		s.box(x)
		i = j
	}
	if n == 0 && q.j > q.i { // a font may swallow characters; their text is kept
		s.glyphs = append(s.glyphs, Glyph{ID: sh.space})
		s.boxes = append(s.boxes, box{text0: int32(q.i), text1: int32(q.j), glyph0: base, glyph1: base + 1, span: int32(k), shaper: sh, level: q.level})
	}
	*q = shapeRun{}
}

// room is the width of the shortest line of the paragraph.
func (s *lineSetter) room() Length {
	measure := max(s.p.measure, 1)
	return measure - min(max(s.p.indent, 0), measure/2)
}

// box appends b, parted between its glyphs where it is wider than a line. The
// parts share its text out among them.
func (s *lineSetter) box(b box) {
	room := s.room()
	if b.w <= room || b.glyph1-b.glyph0 < 2 {
		s.boxes = append(s.boxes, b)
		return
	}
	rtl := b.level&1 == 1
	whole, n := b, b.glyph1-b.glyph0
	for from := int32(0); from < n; {
		to, w := from, Length(0)
		for ; to < n; to++ {
			g := whole.glyph0 + to
			if rtl {
				g = whole.glyph1 - 1 - to
			}
			if w += s.glyphs[g].Advance; w > room && to > from {
				w -= s.glyphs[g].Advance
				break
			}
		}
		if whole.text1-b.text0 <= 1 { // no part is without text
			to, w = n, whole.w
		}
		whole.w -= w
		b.w = w
		b.glyph0, b.glyph1 = whole.glyph0+from, whole.glyph0+to
		if rtl {
			b.glyph0, b.glyph1 = whole.glyph1-to, whole.glyph1-from
		}
		b.text1 = whole.text1
		if to < n {
			share := int64(whole.text1-whole.text0) * int64(to) / int64(n)
			b.text1 = min(max(whole.text0+int32(share), b.text0+1), whole.text1-1)
		}
		b.cluster = true
		s.boxes = append(s.boxes, b)
		b.text0 = b.text1
		from = to
	}
}

// hasItalic: the script is written in italics.
func hasItalic(sc language.Script) bool {
	return sc == language.Latin || sc == language.Greek || sc == language.Cyrillic
}
