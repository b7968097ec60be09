package layout

import (
	"strings"
	"unicode"
)

// region is whose conventions of punctuation hold.
type region uint8

const (
	mainland region = iota // simplified Chinese; also where the language says nothing
	taiwan                 // traditional Chinese: marks in the middle of their square
	japan
	korea
)

func regionOf(tag string) region {
	parts := strings.Split(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	switch parts[0] {
	case "ja":
		return japan
	case "ko":
		return korea
	case "yue":
		parts = append(parts, "hant")
	case "zh":
	default:
		return mainland
	}
	for _, p := range parts[1:] {
		switch p {
		case "hant", "tw", "hk", "mo":
			return taiwan
		case "hans", "cn", "sg", "my":
			return mainland
		}
	}
	return mainland
}

// class is what a box is to its neighbours.
type class uint8

const (
	plainClass     class = iota
	ideographClass       // Han, kana
	hangulClass
	wordClass   // letters and digits, and signs that go with them
	openerClass // white on the left: JLREQ cl-01
	closerClass // white on the right: cl-02, and 。，、 where they stand at the left of their square
	middleClass // white on both sides: cl-05
	fixedClass  // full width that is not adjusted: ！？, and the marks of Taiwan
	dashClass   // —— …… and the like: JLREQ cl-08
	joinerClass // – ～ ／: no white around
	spaceClass  // U+3000
)

// punctuation gives the class of a full-width mark, and at which step its
// white shrinks (CLREQ 3.1.6, JLREQ 3.1.4; the sides are those of W3C's tables).
func punctuation(r rune, wide bool, g region) (class, step) {
	switch r {
	case '（', '「', '『', '《', '〈', '【', '〖', '〔', '［', '｛', '｟', '〘', '〚', '〝':
		return openerClass, bracketStep
	case '）', '」', '』', '》', '〉', '】', '〗', '〕', '］', '｝', '｠', '〙', '〛', '〞', '〟':
		return closerClass, bracketStep
	case '“', '‘':
		if wide {
			return openerClass, bracketStep
		}
	case '”', '’':
		if wide {
			return closerClass, bracketStep
		}
	case '、', '，':
		if g == taiwan {
			return fixedClass, never
		}
		return closerClass, commaStep
	case '。', '．':
		switch g {
		case taiwan:
			return fixedClass, never
		case japan:
			return closerClass, never // JLREQ 3.8.3: not within a line
		}
		return closerClass, stopStep
	case '：', '；':
		switch g {
		case taiwan:
			return fixedClass, never
		case mainland:
			return closerClass, commaStep
		}
		return middleClass, interpunctStep
	case '！', '？', '‼', '⁇', '⁈', '⁉':
		if g == mainland && (r == '！' || r == '？') {
			return closerClass, stopStep
		}
		return fixedClass, never
	case '·', '‧':
		if wide {
			return middleClass, interpunctStep
		}
	case '・':
		return middleClass, interpunctStep
	case '—', '…', '‥':
		if wide {
			return dashClass, never
		}
	case '⸺', '⋯', '〳', '〴', '〵':
		return dashClass, never
	case '–', '～', '〜', '゠', '／':
		return joinerClass, never
	case '\u3000':
		return spaceClass, never
	}
	return plainClass, never
}

func classOf(r rune, chinese bool) class {
	switch {
	case r == 'ℓ': // a unit, like ℃
		return plainClass
	case r < 0x80:
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			chinese && strings.ContainsRune("!#%&@$+=~", r) {
			return wordClass
		}
		return plainClass
	case r >= 0x4E00 && r <= 0x9FFF, r >= 0x3041 && r <= 0x3096, r >= 0x30A1 && r <= 0x30FA,
		r == 'ー', r == '々', r == '〇', r == '〻', r == 'ゝ', r == 'ゞ', r == 'ヽ', r == 'ヾ',
		r >= 0x3400 && r <= 0x4DBF, r >= 0xF900 && r <= 0xFAFF, r >= 0x20000 && r <= 0x3FFFD,
		r >= 0x31F0 && r <= 0x31FF, r >= 0x2E80 && r <= 0x2FDF, r >= 0x3105 && r <= 0x312F:
		return ideographClass
	case r >= 0xAC00 && r <= 0xD7A3, r >= 0x1100 && r <= 0x11FF, r >= 0x3131 && r <= 0x318E:
		return hangulClass
	case r >= 0xFF01 && r <= 0xFFEF:
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return ideographClass // full-width letters are set like ideographs
		}
		return plainClass
	case unicode.IsLetter(r), unicode.Is(unicode.Nd, r), r == '²', r == '³', r == '¹', r >= 0x2070 && r <= 0x2089:
		return wordClass
	}
	return plainClass
}

// isWide: the class is set on the grid of full-width characters.
func (c class) isWide() bool { return c != plainClass && c != wordClass && c != hangulClass }

// base is the first character of a box: what its marks belong to.
func (s *lineSetter) base(b *box) rune { return s.runes[b.text0] }

// marked tells whether more than its first character shows.
func (s *lineSetter) marked(b *box) bool {
	for i := b.text0 + 1; i < b.text1; i++ {
		if !isIgnorable(s.runes[i]) {
			return true
		}
	}
	return false
}

// space gives the boxes their classes and the spaces between them.
func (s *lineSetter) space() {
	chinese := s.region == mainland || s.region == taiwan
	for i := range s.boxes {
		b := &s.boxes[i]
		if b.kind != ink || b.text0 == b.text1 {
			continue
		}
		r := s.base(b)
		if r == 0xAD {
			b.hyphen = true
			continue
		}
		if unicode.Is(unicode.Zs, r) && s.marked(b) {
			continue // the space is only there to bear the marks
		}
		switch r {
		case ' ':
			s.wordSpace(b)
			continue
		case 0xA0: // adjusted like the others, but it stays where it is
			s.wordSpace(b)
			b.kind = ink
			continue
		case 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2008, 0x2009, 0x200A, 0x205F, 0x1680:
			b.kind = blank
			continue
		}
		wide := int(b.text0) < len(s.wide) && s.wide[b.text0]
		if r >= 0x3000 || r >= 0xB7 && r < 0x3000 {
			var st step
			b.class, st = punctuation(r, wide, s.region)
			switch b.class {
			case openerClass, closerClass, middleClass:
				s.adjustable(b, st)
			case spaceClass:
				b.kind = blank
			}
		}
		if b.class == plainClass {
			b.class = classOf(r, chinese)
		}
		switch {
		case s.combined(b.text0) > 0 && (r == '!' || r == '?'):
			b.class = fixedClass
		case b.stands && b.class == wordClass: // no white beside it (CSS Text 4, text-autospace)
			b.class = ideographClass
		}
		b.letter = b.class == ideographClass || b.class == wordClass || b.class == hangulClass
	}
	for i := range s.boxes {
		s.between(i)
	}
	if s.region == mainland && s.p.trim != SpaceAll {
		s.chains()
	}
}

// chains sets two exclamation and question marks in one em, and so three in two
// (GB/T 15834 5.1.4, CLREQ 3.1.3.3).
func (s *lineSetter) chains() {
	is := func(i int) bool {
		return i >= 0 && i < len(s.boxes) && s.boxes[i].class == closerClass && (s.base(&s.boxes[i]) == '！' || s.base(&s.boxes[i]) == '？')
	}
	for i := 1; i < len(s.boxes); i++ {
		if is(i-1) && is(i) && !is(i-2) && !is(i+1) && (i+1 == len(s.boxes) || s.boxes[i+1].class != openerClass) {
			s.boxes[i].r = 0
		}
	}
}

// wordSpace makes b a space between words.
func (s *lineSetter) wordSpace(b *box) {
	size := s.p.spans[b.span].style.size
	b.kind = blank
	b.gap, b.w = b.w, 0
	b.gaps, b.gapMin = wordStep, min(b.gap, size/4)
	b.gapMax = max(b.gap, size/2)
	if s.latin() {
		// Text of words alone: a third less, half more, as in books.
		b.gapMin, b.gapMax = b.gap*2/3, b.gap*3/2
	}
	b.stretches = true
}

// latin: the paragraph's language is not one of full-width characters.
func (s *lineSetter) latin() bool {
	switch primary, _, _ := strings.Cut(strings.ToLower(s.p.lang), "-"); primary {
	case "zh", "yue", "ja", "ko":
		return false
	}
	return true
}

// adjustable takes the white out of a full-width mark, as far as its glyph has it.
func (s *lineSetter) adjustable(b *box, st step) {
	size := s.p.spans[b.span].style.size
	if b.glyph1-b.glyph0 != 1 || b.w < size*31/32 || b.w > size*33/32 || b.level&1 == 1 {
		b.class = fixedClass // not full width here
		return
	}
	left, right := b.w, Length(0)
	if e, ok := b.shaper.face.Extents(s.glyphs[b.glyph0].ID); ok {
		from, to := e.XMin, e.XMax
		if b.stands {
			_, top := b.shaper.face.VerticalOrigin(s.glyphs[b.glyph0].ID)
			from, to = top-e.YMax, top-e.YMin
		}
		left = b.shaper.scale(int64(from), size)
		right = b.w - b.shaper.scale(int64(to), size)
	}
	// Ink may reach a little into the other half.
	slack := size / 16
	take := func(want, has Length) Length {
		if has+slack < want {
			return 0
		}
		return want
	}
	switch b.class {
	case openerClass:
		b.l = take(size/2, left)
	case closerClass:
		b.r = take(size/2, right)
	case middleClass:
		if left+slack >= size/4 && right+slack >= size/4 {
			b.l, b.r = size/4, size/4
		}
	}
	if b.l+b.r == 0 {
		b.class = fixedClass
		return
	}
	if s.p.trim == SpaceAll {
		b.l, b.r = 0, 0
		return
	}
	b.l0 = b.l
	b.w -= b.l + b.r
	b.step = st
	if s.p.trim == TrimAll || s.p.trim == TrimKaiming && !endsSentence(s.base(b)) {
		b.l, b.r = 0, 0
	}
}

func endsSentence(r rune) bool { return strings.ContainsRune("。．！？", r) }

// between settles what stands between box i and the next: adjacent marks share
// their white, Han and Latin are set apart, and white may be added or not.
func (s *lineSetter) between(i int) {
	b := &s.boxes[i]
	if i+1 >= len(s.boxes) || b.ends {
		return
	}
	n := &s.boxes[i+1]
	sb, sn := &s.p.spans[b.span], &s.p.spans[n.span]
	if sn.noteRef != "" || sn.style.rise != 0 && sb.style.rise == 0 && b.kind == ink {
		b.breaks = false // a mark belongs to what it marks (CLREQ 3.1.5.2)
		if b.class == closerClass {
			b.r = 0
		}
	}
	// Two full-width marks that meet are 1.5 em (CSS Text 4, fullwidth-collapsing;
	// JLREQ 3.1.4, CLREQ 3.1.6.2), if the larger one is not the second.
	if b.class == closerClass && sb.style.size >= sn.style.size {
		switch n.class {
		case closerClass, middleClass, fixedClass, spaceClass:
			b.r = 0
		}
	}
	if n.class == openerClass && sb.style.size >= sn.style.size {
		switch b.class {
		case openerClass, closerClass, middleClass, spaceClass:
			n.l = 0
		}
	}
	if s.p.autospace&AutospacePunctuation != 0 {
		if white := s.french(b, n); white > 0 {
			b.gap, b.gapMin, b.gapMax, b.gaps = white, white, white, never
			return
		}
	}
	if s.autospaced(b, n) {
		size := sb.style.size
		if b.class != ideographClass {
			size = sn.style.size
		}
		b.gap, b.gapMin, b.gapMax, b.gaps = size/4, size/8, size/2, autospaceStep
		b.stretches = true
		return
	}
	if s.p.autospace.or(AutospaceReplace)&AutospaceReplace != 0 && b.kind == blank && b.gaps == wordStep && i > 0 && s.region != korea && !s.latin() && s.autospaced(&s.boxes[i-1], n) {
		// A space that an author set between Han and Latin is this very space.
		size := sb.style.size
		b.gap, b.gapMin, b.gapMax, b.gaps = size/4, size/8, size/2, autospaceStep
		return
	}
	if b.kind == ink && n.kind == ink && b.gaps != wordStep && !isIgnorable(s.base(n)) {
		b.stretches = stretches(b.class, n.class, s.region == japan) && !(s.p.spans[b.span].ruby != "" && b.span == n.span)
	}
}

// french is the white between a word of French and a mark beside it.
func (s *lineSetter) french(b, n *box) Length {
	st := &s.p.spans[n.span].style
	if primary, _, _ := strings.Cut(strings.ToLower(st.lang), "-"); primary != "fr" || b.kind != ink || n.kind != ink {
		return 0
	}
	switch x, y := s.base(b), s.base(n); {
	case x == '«', y == '»', y == ':':
		return st.size / 4
	case y == ';', y == '!' && x != '!' && x != '?', y == '?' && x != '!' && x != '?':
		return st.size / 8
	}
	return 0
}

// autospaced: a quarter of an em stands between the boxes (CSS Text 4,
// text-autospace; CLREQ 3.2.2).
func (s *lineSetter) autospaced(b, n *box) bool {
	if b.kind != ink || n.kind != ink || s.region == korea ||
		!(b.class == ideographClass && n.class == wordClass || b.class == wordClass && n.class == ideographClass) {
		return false
	}
	full, word := s.base(b), s.base(n)
	if b.class == wordClass {
		full, word = word, full
	}
	if full >= 0xFF01 && full <= 0xFFEF {
		return false
	}
	kind := AutospaceLetters
	if unicode.Is(unicode.Nd, word) {
		kind = AutospaceDigits
	}
	if s.p.autospace.or(AutospaceLetters|AutospaceDigits)&kind == 0 {
		return false
	}
	sb, sn := &s.p.spans[b.span].style, &s.p.spans[n.span].style
	return sb.rise == 0 && sn.rise == 0
}

// stretches: white may be added between boxes of these classes when a line is
// too short (CLREQ 3.6.4, JLREQ 3.1.11).
func stretches(b, n class, japanese bool) bool {
	if !b.isWide() && !n.isWide() {
		return false
	}
	if japanese { // JLREQ table 6: nor on the outer side of marks
		switch {
		case b == closerClass, b == fixedClass, n == openerClass, n == dashClass && b == spaceClass:
			return false
		}
	}
	switch b {
	case openerClass, middleClass, joinerClass:
		return false
	case dashClass:
		if n == dashClass {
			return false
		}
	}
	switch n {
	case closerClass, middleClass, joinerClass, fixedClass:
		return false
	}
	return true
}
