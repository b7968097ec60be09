// Package collation sorts titles as a language does: letters count before accents and
// accents before case, numbers go by their value, Han characters by their sound,
// their strokes or the standard that the language has. It follows the Unicode
// Collation Algorithm (UTS #10) and the orders of CLDR as far as titles need them,
// in a tenth of the size of golang.org/x/text/collate, out of whose tables its own
// are made.
package collation

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// An Order is that of one language. It does not change and may be shared.
type Order struct {
	han      map[rune]place
	readings bool // letter is the number of a syllable
	tailored map[string]ownLetter
	longest  int // of tailored, in runes
	lower    func(rune) rune
	root     map[rune]place
	marks    map[rune]place
}

// New returns the order of a language (BCP 47): for Chinese in simplified characters
// that of pinyin, in traditional ones of strokes, for Japanese of JIS X 0208, for
// Korean of the readings in Hangul. Of a language that it does not know, and of "", it
// is that of Unicode, where Han characters go by their numbers.
func New(lang string) *Order {
	tag := language.Make(lang)
	base, _ := tag.Base()
	script, _ := tag.Script()
	o := &Order{lower: unicode.ToLower, root: root(), marks: marks()}
	switch script.String() {
	case "Hans":
		o.han = pinyin()
	case "Hant":
		o.han = stroke()
	case "Jpan":
		o.han = jis()
	case "Kore":
		o.han, o.readings = hanja(), true
	case "Latn":
		o.tailor(latin[base.String()])
	}
	if b := base.String(); b == "tr" || b == "az" {
		o.lower = unicode.TurkishCase.ToLower
	}
	return o
}

// A place is where a character stands: which letter it is, among those of this letter
// which accent it has, and among those which case. All count from 0.
type place struct{ letter, accent, case_ uint16 }

// An ownLetter is one that only a language has: the n-th after a letter of root, and
// among those that are alike which.
type ownLetter struct {
	after     rune
	n, accent uint16
}

// Weights of letters. The letters of root follow 0, which ends a level.
const (
	otherLetter = 0x7FFF // of those that root does not have, and their numbers follow
	firstHan    = 0x8000
	otherHan    = 0xFE00 // and their numbers follow
	rareHan     = 0xFE01 // those beyond the first block
	// What is higher follows the weight of a letter, and so stands between all that
	// begins with this letter and the next one.
	firstVowel  = 0xFF00 // of a syllable of Hangul, after its first consonant
	otherSymbol = 0xFF80
	tailored    = 0xFFF0
)

// Weights of accents: those of the letters themselves are lower than marks that follow.
const (
	firstMark = 0x200
	expansion = 0x1FF // follows letters that are written as one
)

// Syllables of Hangul are the combinations of 19 consonants, 21 vowels and 28 ends.
const (
	firstSyllable = 0xAC00
	lastSyllable  = 0xD7A3
	vowels        = 21
	ends          = 28
)

// Key returns what to compare, byte by byte, instead of s. Keys are equal only if
// the strings are.
func (o *Order) Key(s string) string {
	runes := []rune(norm.NFKC.String(s))
	k := &key{Order: o}
	for len(runes) > len(k.done) {
		n := k.next(runes[len(k.done):])
		k.done = runes[:len(k.done)+n]
	}
	var b []byte
	for _, level := range [][]uint16{k.letters, k.accents, k.cases} {
		for _, w := range level {
			b = binary.BigEndian.AppendUint16(b, w)
		}
		b = append(b, 0, 0)
	}
	return string(b) + s
}

// A key is one in the making: its three levels.
type key struct {
	*Order
	done                    []rune
	letters, accents, cases []uint16
}

// next adds what the runes begin with, and returns how many of them that is.
func (k *key) next(runes []rune) int {
	r := runes[0]
	if n := k.number(runes); n > 0 {
		return n
	}
	for n := min(k.longest, len(runes)); n > 0; n-- {
		if k.own(runes[:n]) {
			return n
		}
	}
	if !k.repeats(r) {
		k.rune(r)
	}
	return 1
}

// add adds a letter of one or several weights.
func (k *key) add(p place, letter ...uint16) {
	k.letters = append(k.letters, letter...)
	k.accents = append(k.accents, 1+p.accent)
	k.cases = append(k.cases, 1+p.case_)
}

// rune adds a character by itself.
func (k *key) rune(r rune) {
	if p, ok := k.han[r]; ok && k.readings {
		k.syllable(p)
		return
	} else if ok {
		k.add(p, firstHan+p.letter)
		return
	}
	if r >= firstSyllable && r <= lastSyllable {
		k.syllable(place{letter: uint16(r - firstSyllable)})
		return
	}
	if p, ok := k.root[r]; ok {
		k.add(p, p.letter)
		return
	}
	if p, ok := k.marks[r]; ok {
		k.accents = append(k.accents, firstMark+p.accent)
		return
	}
	if s := expansions(r); s != "" {
		for _, r := range s {
			k.rune(r)
		}
		k.accents = append(k.accents, expansion)
		return
	}
	if d := []rune(norm.NFD.String(string(r))); len(d) > 1 {
		k.accented(d[0], d[1:])
		return
	}
	high, low := 1+uint16(r>>8), 1+uint16(r&0xFF)
	switch {
	case unicode.In(r, unicode.Mn, unicode.Cf, unicode.Cc):
		// It is not seen, or only with a letter.
	case unicode.In(r, unicode.S, unicode.P, unicode.Z):
		k.add(place{}, k.root['0'].letter-1, otherSymbol, high, low)
	case !unicode.Is(unicode.Han, r):
		k.add(place{}, otherLetter, high, low)
	case r >= 0x4E00 && r <= 0xFAFF:
		k.add(place{}, otherHan, high, low)
	default:
		k.add(place{}, rareHan, high, low)
	}
}

// accented adds a letter and its marks, one of which may make another letter of it.
func (k *key) accented(base rune, marks []rune) {
	whole := base
	for i, m := range marks {
		c := []rune(norm.NFC.String(string([]rune{base, m})))
		if len(c) > 1 {
			continue
		}
		if k.own(c) {
			whole = 0
		} else if _, ok := k.root[c[0]]; ok {
			whole = c[0]
		} else {
			continue
		}
		marks = append(marks[:i:i], marks[i+1:]...)
		break
	}
	if whole != 0 && !k.own([]rune{whole}) {
		k.rune(whole)
	}
	for _, m := range marks {
		k.rune(m)
	}
}

// own adds what the language has as a letter of its own, if the runes are one.
func (k *key) own(runes []rune) bool {
	if k.tailored == nil {
		return false
	}
	upper := uint16(0)
	low := make([]rune, len(runes))
	for i, r := range runes {
		if low[i] = k.lower(r); low[i] != r {
			upper++
		}
	}
	l, ok := k.tailored[string(low)]
	if ok {
		k.add(place{accent: l.accent, case_: upper}, k.root[l.after].letter, tailored+l.n)
	}
	return ok
}

// syllable adds the syllable of Hangul whose number p.letter is.
func (k *key) syllable(p place) {
	n := p.letter
	first := k.root[rune(0x1100+n/(vowels*ends))]
	k.add(p, first.letter, firstVowel+n/ends%vowels, 1+n%ends)
}

// number adds the number that the runes begin with, and returns how many runes it
// has. Numbers stand where the digit 0 does: those with fewer digits before those with
// more.
func (k *key) number(runes []rune) int {
	zero := k.root['0'].letter
	n := 0
	var digits []uint16
	for _, r := range runes {
		p, ok := k.root[r]
		if _, han := k.han[r]; !ok || han || p.letter < zero || p.letter > zero+9 {
			break
		}
		n++
		if d := p.letter - zero; d > 0 || len(digits) > 0 {
			digits = append(digits, 1+d)
		}
	}
	if n > 0 {
		k.add(place{}, zero, uint16(min(1+len(digits), 0xFFFF)))
		k.letters = append(k.letters, digits...)
	}
	return n
}

// repeats adds a character that repeats the kana or the vowel before it, if it does.
func (k *key) repeats(r rune) bool {
	if len(k.done) == 0 {
		return false
	}
	last := k.done[len(k.done)-1]
	switch r {
	case 'ー':
		for i := len(k.done) - 1; i > 0 && last == 'ー'; i-- {
			last = k.done[i-1]
		}
		vowel, ok := vowelOf(last)
		if ok {
			k.add(place{}, k.root[vowel].letter)
		}
		return ok
	case 'ゝ', 'ヽ', 'ゞ', 'ヾ':
		if _, ok := vowelOf(last); !ok {
			return false
		}
		k.add(place{}, k.root[kana(last)].letter)
		if r == 'ゞ' || r == 'ヾ' {
			k.rune('\u3099')
		}
		return true
	}
	return false
}

// kana returns the kana without a voiced mark that r is, as katakana.
func kana(r rune) rune {
	r = []rune(norm.NFD.String(string(r)))[0]
	if r >= 'ぁ' && r <= 'ゖ' {
		r += 'ァ' - 'ぁ'
	}
	return r
}

// vowelOf returns the vowel of a kana, if it is one and has one.
func vowelOf(r rune) (rune, bool) {
	for _, row := range []string{
		"アカサタナハマヤラワァャヮヵ", "イキシチニヒミリヰィ", "ウクスツヌフムユルゥュッ", "エケセテネヘメレヱェヶ", "オコソトノホモヨロヲォョ",
	} {
		if strings.ContainsRune(row, kana(r)) {
			vowel, _ := utf8.DecodeRuneInString(row)
			return vowel, true
		}
	}
	return 0, false
}

// expansions are letters that sort as several.
func expansions(r rune) string {
	switch r {
	case 'æ':
		return "ae"
	case 'Æ':
		return "AE"
	case 'œ':
		return "oe"
	case 'Œ':
		return "OE"
	case 'ß':
		return "ss"
	case 'ẞ':
		return "SS"
	}
	return ""
}
