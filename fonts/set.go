package fonts

import (
	"errors"
	"fmt"
	"sync"
	"unicode"

	"github.com/go-text/typesetting/font/opentype/tables"
	"golang.org/x/text/unicode/norm"
)

// Set chooses faces. It is safe for concurrent use.
type Set struct {
	preferred []*Face
	slots     *[slots]*lazyFace

	mu     sync.RWMutex
	chosen map[uint32]answer
}

// slots are the embedded faces.
const (
	sansCJKSlot = iota
	sansCJKBoldSlot
	serifCJKSlot
	serifCJKBoldSlot
	sansSlot
	sansBoldSlot
	sansItalicSlot
	sansBoldItalicSlot
	serifSlot
	serifBoldSlot
	serifItalicSlot
	serifBoldItalicSlot
	mathSlot
	symbolsSlot
	symbols2Slot
	emojiSlot
	scriptSlots // the first of the faces of scripts
	slots       = scriptSlots + len(scripts)
)

// lazyFace is an embedded face that is read when it is first asked for.
type lazyFace struct {
	packed []byte
	once   sync.Once
	face   *Face
}

// load reads the face. That the embedded files are whole is our own promise, so a
// broken one panics.
func (l *lazyFace) load() *Face {
	l.once.Do(func() {
		file, err := openFrames(l.packed)
		if err == nil {
			src, size, e := openPacked(file)
			if err = e; err == nil {
				l.face, err = parse(src, size, 0)
			}
		}
		if err != nil {
			panic(fmt.Sprintf("fonts: an embedded font is broken: %v", err))
		}
	})
	return l.face
}

var (
	embeddedOnce  sync.Once
	embeddedFaces [slots]*lazyFace
)

// Embedded returns the set of the embedded faces. Each is read when first asked for,
// once for all sets. In a build with the tag nofonts the set is empty; see Err.
func Embedded() *Set {
	embeddedOnce.Do(func() { embeddedFaces = embedded() })
	return &Set{slots: &embeddedFaces}
}

// NewSet returns a set of the given faces alone, preferred in their order.
func NewSet(faces ...*Face) *Set {
	return &Set{preferred: append([]*Face{}, faces...), slots: new([slots]*lazyFace)}
}

// ErrNoFonts says that a set has no face at all.
var ErrNoFonts = errors.New("fonts: this program was built without fonts (tag nofonts): name a font file")

// Err returns ErrNoFonts when the set has no face, so that Face has nothing to return.
func (s *Set) Err() error {
	if len(s.preferred) > 0 || s.slots[sansSlot] != nil {
		return nil
	}
	return ErrNoFonts
}

// With returns a set that prefers the given faces, in their order, to those of s
// for serif and sans text. A character takes the first of them that has it and is of the weight
// and slope that is asked for; then the first of the upright regular ones, unless bold is asked for.
// Monospaced text keeps the faces of s.
func (s *Set) With(faces ...*Face) *Set {
	return &Set{preferred: append(append([]*Face{}, faces...), s.preferred...), slots: s.slots}
}

// answer is a face that was chosen, and whether it has the character.
type answer struct {
	face *Face
	ok   bool
}

// Face returns the face that sets r. When no face of the set has r it returns
// the face whose .notdef stands for it, and false; the face is nil only when Err says so.
//
// Preferred faces come first. Han, kana, Hangul and their punctuation are set with the CJK
// face of the family and weight, or rare ones with its regular weight; the regional forms
// follow from the language given to the shaper. Latin, Greek and Cyrillic take the companion of the family. In CJK text, upright
// letters, digits and marks are those of the CJK face, drawn to go with it (the companions
// are darker and larger beside Han characters), and so are symbols; italics are the companion's.
// Characters that are emoji by default take the emoji face, those of other scripts
// (Arabic, Hebrew, Devanagari, Thai, Tibetan …) the one face of their script. What is left goes to mathematics, symbols, and at last any face that has it.
func (s *Set) Face(r rune, q Request) (*Face, bool) { return s.choose(r, q, byDefault) }

// presentation is how a character that is both text and emoji is shown.
type presentation uint8

const (
	byDefault presentation = iota
	asText                 // U+FE0E follows
	asEmoji                // U+FE0F follows, or the sequence is one of emoji
)

func (s *Set) choose(r rune, q Request, show presentation) (*Face, bool) {
	key := uint32(r)&0x1fffff | uint32(q.Family&3)<<21 | uint32(show)<<23
	for i, b := range [...]bool{q.Bold, q.Italic, q.Wide, isCJK(q.Lang)} {
		if b {
			key |= 1 << (25 + i)
		}
	}
	s.mu.RLock()
	a, ok := s.chosen[key]
	s.mu.RUnlock()
	if ok {
		return a.face, a.ok
	}
	a = s.search(r, q, show)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chosen == nil || len(s.chosen) > 1<<17 {
		s.chosen = make(map[uint32]answer)
	}
	s.chosen[key] = a
	return a.face, a.ok
}

func (s *Set) search(r rune, q Request, show presentation) answer {
	if show == byDefault && isEmoji(r) {
		show = asEmoji
	}
	if show == asEmoji {
		if f := s.slot(emojiSlot); f != nil {
			if _, ok := f.Glyph(r); ok {
				return answer{f, true}
			}
		}
	}
	if q.Family != Mono {
		if f := s.preferredFace(r, q, true); f != nil {
			return answer{f, true}
		}
	}
	for _, slot := range s.order(r, q) {
		if f := s.slot(slot); f != nil {
			if _, ok := f.Glyph(r); ok {
				return answer{f, true}
			}
		}
	}
	if f := s.preferredFace(r, q, false); f != nil {
		return answer{f, true}
	}
	// .notdef is a box with a cross in the CJK faces.
	if f := s.slot(cjkSlot(q)); f != nil {
		return answer{f, false}
	}
	for _, f := range s.preferred {
		return answer{f, false}
	}
	return answer{}
}

func (s *Set) slot(i int) *Face {
	if s.slots[i] == nil {
		return nil
	}
	return s.slots[i].load()
}

// preferredFace returns the preferred face that fits best; with strict set, a regular
// face does not stand for a bold one.
func (s *Set) preferredFace(r rune, q Request, strict bool) *Face {
	var best *Face
	points := -1
	for _, f := range s.preferred {
		if strict && q.Bold && !f.Bold() {
			continue
		}
		n := 0
		if f.Bold() == q.Bold {
			n += 2
		}
		if f.Italic() == (q.Italic && !isWide(r)) {
			n++
		}
		if n <= points {
			continue
		}
		if _, ok := f.Glyph(r); ok {
			best, points = f, n
		}
	}
	return best
}

// order returns the slots to look for r in.
func (s *Set) order(r rune, q Request) []int {
	cjk, companion := cjkSlot(q), companionSlot(q)
	// What a bold face has not, the regular one of its design may have.
	own := [...]int{cjkSlot(Request{Family: q.Family}), serifCJKSlot, sansCJKSlot}
	first := []int{companion, cjk}
	switch {
	case q.Family == Mono:
		// Feature hwid sets the Latin of the CJK face in half an em; what it has not,
		// the companion has.
		first = []int{cjk, companion}
	case isWide(r):
		first = []int{cjk, companion}
	case !isCJK(q.Lang):
		if q.Wide && !unicode.IsLetter(r) {
			first = []int{cjk, companion}
		}
	case !q.Italic || q.Wide && !unicode.IsLetter(r) && !unicode.IsDigit(r):
		first = []int{cjk, companion}
	}
	if i, ok := scriptSlot(r); ok {
		first = append([]int{i}, first...)
	}
	first = append(first, own[:]...)
	return append(first, mathSlot, symbols2Slot, symbolsSlot, emojiSlot, sansSlot, serifSlot)
}

func cjkSlot(q Request) int {
	i := serifCJKSlot
	if q.Family != Serif {
		i = sansCJKSlot
	}
	if q.Bold {
		i++
	}
	return i
}

func companionSlot(q Request) int {
	i := serifSlot
	if q.Family != Serif {
		i = sansSlot
	}
	if q.Bold {
		i++
	}
	if q.Italic {
		i += 2
	}
	return i
}

// FaceFor returns the face that sets a piece of text as a whole: a grapheme cluster, so that
// marks, variation selectors and joiners are shaped with what they belong to, or a word,
// so that Žižek in Chinese text, where the CJK face has no Ž, is not set in two faces.
// When no face has all of it, it is the face of the first character, and false.
func (s *Set) FaceFor(text string, q Request) (*Face, bool) {
	show := byDefault
	first, more := rune(-1), false
	for _, r := range text {
		switch {
		case first < 0:
			first = r
		case r == 0xfe0e:
			show = asText
		case r == 0xfe0f, r == 0x20e3, isRegional(r), isEmoji(r):
			show = asEmoji
			more = true
		case !isIgnorable(r):
			more = true
		}
	}
	if first < 0 {
		first = ' '
	}
	f, ok := s.choose(first, q, show)
	if !more {
		return f, ok
	}
	// A face that has the base may lack a mark that another face has together with it,
	// or not know where to put it.
	composed := norm.NFC.String(text)
	faces := []*Face{f}
	if show == asEmoji && s.slots[emojiSlot] != nil {
		faces = append(faces, s.slot(emojiSlot))
	}
	if q.Family != Mono {
		faces = append(faces, s.preferred...)
	}
	order := s.order(first, q)
	for _, places := range [...]bool{true, false} {
		for _, f := range faces {
			if f != nil && (hasAll(f, composed, places) || hasAll(f, text, places)) {
				return f, true
			}
		}
		for _, slot := range order { // loaded one by one, as far as needed
			if f := s.slot(slot); f != nil && (hasAll(f, composed, places) || hasAll(f, text, places)) {
				return f, true
			}
		}
	}
	return f, false
}

// hasAll reports whether a face has every character of a text and, with places set, knows
// where the marks on letters go. Marks of other scripts are left to their substitutions.
func hasAll(f *Face, text string, places bool) bool {
	base := GID(0)
	for _, r := range text {
		g, ok := f.Glyph(r)
		switch {
		case isIgnorable(r):
		case !ok:
			return false
		case !isLetterMark(r):
			base = g
		case places && !f.attaches(base, g):
			return false
		}
	}
	return true
}

// isLetterMark reports whether r is a combining diacritic of Latin, Greek or Cyrillic letters.
func isLetterMark(r rune) bool {
	return r >= 0x300 && r <= 0x36f && r != 0x34f || r >= 0x1ab0 && r <= 0x1aff || r >= 0x1dc0 && r <= 0x1dff
}

// attaches reports whether the GPOS table has anchors for a mark on a base.
func (f *Face) attaches(base, mark GID) bool {
	if base > 0xffff || mark > 0xffff {
		return false
	}
	for _, l := range f.font.GPOS.Lookups {
		for _, sub := range l.Subtables {
			if p, ok := sub.(tables.MarkBasePos); ok {
				_, isBase := p.BaseCoverage.Index(tables.GlyphID(base))
				_, isMark := p.Cov().Index(tables.GlyphID(mark))
				if isBase && isMark {
					return true
				}
			}
		}
	}
	return false
}

// isCJK reports whether a language, BCP 47, is written with Han characters, kana or Hangul.
func isCJK(lang string) bool { return languageSystem(lang) != "" }

// isIgnorable reports whether r has no glyph of its own: joiners and variation selectors.
func isIgnorable(r rune) bool {
	return r == 0x200c || r == 0x200d || r == 0x034f || r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef ||
		r >= 0xe0020 && r <= 0xe007f
}

func isRegional(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

// isWide reports whether r belongs to CJK text alone.
func isWide(r rune) bool {
	return unicode.Is(wide, r)
}

// wide: the blocks of CJK scripts, punctuation, compatibility and full-width forms.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x11ff, 1}, {0x2e80, 0x2fff, 1}, {0x3000, 0x9fff, 1}, {0xa960, 0xa97f, 1}, {0xac00, 0xd7ff, 1},
		{0xf900, 0xfaff, 1}, {0xfe10, 0xfe1f, 1}, {0xfe30, 0xfe6f, 1}, {0xff00, 0xffef, 1},
	},
	R32: []unicode.Range32{{0x16fe0, 0x18dff, 1}, {0x1aff0, 0x1b2ff, 1}, {0x1f200, 0x1f2ff, 1}, {0x20000, 0x3ffff, 1}},
}

// isEmoji reports whether r is shown as an emoji by default.
func isEmoji(r rune) bool { return unicode.Is(emojiPresentation, r) }

// emojiPresentation: UTS #51, emoji-data.txt 17.0, Emoji_Presentation; within the blocks of
// pictographs the few characters that are text by default are left out.
var emojiPresentation = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x231a, 0x231b, 1}, {0x23e9, 0x23ec, 1}, {0x23f0, 0x23f3, 3}, {0x25fd, 0x25fe, 1}, {0x2614, 0x2615, 1},
		{0x2648, 0x2653, 1}, {0x267f, 0x2693, 20}, {0x26a1, 0x26a1, 1}, {0x26aa, 0x26ab, 1}, {0x26bd, 0x26be, 1},
		{0x26c4, 0x26c5, 1}, {0x26ce, 0x26d4, 6}, {0x26ea, 0x26ea, 1}, {0x26f2, 0x26f3, 1}, {0x26f5, 0x26fa, 5},
		{0x26fd, 0x2705, 8}, {0x270a, 0x270b, 1}, {0x2728, 0x2728, 1}, {0x274c, 0x274e, 2}, {0x2753, 0x2755, 1},
		{0x2757, 0x2757, 1}, {0x2795, 0x2797, 1}, {0x27b0, 0x27bf, 15}, {0x2b1b, 0x2b1c, 1}, {0x2b50, 0x2b55, 5},
	},
	R32: []unicode.Range32{
		{0x1f004, 0x1f004, 1}, {0x1f0cf, 0x1f0cf, 1}, {0x1f18e, 0x1f18e, 1}, {0x1f191, 0x1f19a, 1},
		{0x1f1e6, 0x1f1ff, 1}, {0x1f201, 0x1f201, 1}, {0x1f21a, 0x1f22f, 21}, {0x1f232, 0x1f236, 1},
		{0x1f238, 0x1f23a, 1}, {0x1f250, 0x1f251, 1}, {0x1f300, 0x1f320, 1}, {0x1f32d, 0x1f335, 1},
		{0x1f337, 0x1f37c, 1}, {0x1f37e, 0x1f393, 1}, {0x1f3a0, 0x1f3ca, 1}, {0x1f3cf, 0x1f3d3, 1},
		{0x1f3e0, 0x1f3f0, 1}, {0x1f3f4, 0x1f3f4, 1}, {0x1f3f8, 0x1f43e, 1}, {0x1f440, 0x1f440, 1},
		{0x1f442, 0x1f4fc, 1}, {0x1f4ff, 0x1f53d, 1}, {0x1f54b, 0x1f54e, 1}, {0x1f550, 0x1f567, 1},
		{0x1f57a, 0x1f57a, 1}, {0x1f595, 0x1f596, 1}, {0x1f5a4, 0x1f5a4, 1}, {0x1f5fb, 0x1f64f, 1},
		{0x1f680, 0x1f6c5, 1}, {0x1f6cc, 0x1f6cc, 1}, {0x1f6d0, 0x1f6d2, 1}, {0x1f6d5, 0x1f6d8, 1},
		{0x1f6dc, 0x1f6df, 1}, {0x1f6eb, 0x1f6ec, 1}, {0x1f6f4, 0x1f6fc, 1}, {0x1f7e0, 0x1f7eb, 1},
		{0x1f7f0, 0x1f7f0, 1}, {0x1f90c, 0x1f93a, 1}, {0x1f93c, 0x1f945, 1}, {0x1f947, 0x1f9ff, 1},
		{0x1fa70, 0x1faff, 1},
	},
}
