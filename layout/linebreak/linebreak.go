// Package linebreak says where a line of text may end: UAX #14 with what CSS
// Text calls strictness and word-break, and the rules of Chinese and Japanese
// typesetting for what may not begin or end a line (kinsoku). It knows nothing
// of widths and fonts; layout chooses among the opportunities.
//
// Not done: dictionaries for Thai, Lao, Khmer and Burmese, whose words are
// only broken at spaces, and hyphenation.
package linebreak

import (
	"strings"
	"unicode"

	"github.com/go-text/typesetting/segmenter"
)

// Options choose the rules. The zero value is UAX #14 with breaks before small kana.
type Options struct {
	// Lang is the language of the text, BCP 47. Empty: the rules that all languages share.
	Lang       string
	Strictness Strictness
	WordBreak  WordBreak
	// Level is how much CLREQ prohibits; it matters for Chinese with Auto alone.
	Level Level
}

// Level is one of the levels of CLREQ 3.1.3: which marks may not begin or end a
// line of Chinese.
type Level uint8

const (
	// RegionLevel is GBLevel for simplified characters and BasicLevel for traditional ones.
	RegionLevel Level = iota
	// NoLevel lets full-width marks stand anywhere, as newspapers of Taiwan and Hong
	// Kong do. Numbers, dashes and ellipses stay whole.
	NoLevel
	// BasicLevel keeps closing marks, middle dots and connectors from the begin of a
	// line and opening marks from its end.
	BasicLevel
	// GBLevel is BasicLevel, and a solidus ends no line (GB/T 15834-2011, 5.1.8).
	GBLevel
	// StrictLevel is GBLevel, and dashes and ellipses begin no line.
	StrictLevel
)

// level is the one that holds for Chinese.
func (o Options) level() Level {
	switch {
	case o.Level != RegionLevel:
		return o.Level
	case traditional(o.Lang):
		return BasicLevel
	}
	return GBLevel
}

// Strictness is how much may begin a line (CSS Text 3, line-break).
type Strictness uint8

const (
	// Auto is Normal, and for Chinese also the prohibitions of CLREQ 3.1.3 (the
	// basic level, and GB/T 15834 for simplified characters).
	Auto Strictness = iota
	// Loose lets iteration marks, middle dots, ellipses and some marks begin a line (newspapers).
	Loose
	// Normal lets small kana and ー begin a line.
	Normal
	// Strict is UAX #14 as it stands: small kana and ー do not begin a line.
	Strict
	// Anywhere lets a line end between any two grapheme clusters.
	Anywhere
)

// WordBreak is where a word may be broken (CSS Text 3, word-break).
type WordBreak uint8

const (
	// NormalBreak lets lines end between ideographs, kana and Hangul syllables.
	NormalBreak WordBreak = iota
	// KeepAll lets lines end only between words (Korean) and after punctuation.
	KeepAll
	// BreakAll treats letters and digits of every script like ideographs.
	BreakAll
)

// Opportunity says what may happen before a character.
type Opportunity uint8

const (
	// Allowed: a line may end here.
	Allowed Opportunity = 1 << iota
	// Mandatory: a line must end here; comes with Allowed.
	Mandatory
	// Cluster: a grapheme cluster begins here. Where nothing else helps a line is
	// broken at such a place, and only there.
	Cluster
)

// A Breaker finds opportunities. Its buffers are reused from text to text. The
// zero value is ready. It is not safe for concurrent use.
type Breaker struct {
	seg  segmenter.Segmenter
	buf  []rune
	wide []bool
}

// Breaks returns the opportunities before each of the characters and, as the
// last element, at the end of the text, which is always Mandatory. The result
// is dst, grown to len(text)+1 elements.
func Breaks(text []rune, o Options, dst []Opportunity) []Opportunity {
	var b Breaker
	return b.Breaks(text, o, dst)
}

// Breaks is the function of the same name, reusing b's buffers.
func (b *Breaker) Breaks(text []rune, o Options, dst []Opportunity) []Opportunity {
	n := len(text) + 1
	if cap(dst) < n {
		dst = make([]Opportunity, n)
	}
	dst = dst[:n]
	clear(dst)

	l := lang(o.Lang)
	b.wide = b.wide[:0]
	if l == chinese {
		b.wide = Wide(text, o.Lang, b.wide)
	}
	b.buf = append(b.buf[:0], text...)
	s := newSubstituter(l, o)
	for i, r := range b.buf {
		if r < 0x80 && o.WordBreak != BreakAll {
			continue
		}
		b.buf[i] = s.replace(r, i < len(b.wide) && b.wide[i])
	}
	b.seg.Init(b.buf)
	for it := b.seg.LineIterator(); it.Next(); {
		line := it.Line()
		end := line.Offset + len(line.Text)
		dst[end] |= Allowed
		if line.IsMandatoryBreak {
			dst[end] |= Mandatory
		}
	}
	for it := b.seg.GraphemeIterator(); it.Next(); {
		dst[it.Grapheme().Offset] |= Cluster
	}
	dst[n-1] |= Allowed | Mandatory | Cluster

	o.Level = o.level()
	t := tailor{text: text, wide: b.wide, dst: dst, lang: l, o: o}
	t.apply()
	return dst
}

// language is what the rules distinguish.
type language uint8

const (
	other language = iota
	chinese
	japanese
	korean
)

func lang(tag string) language {
	primary, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	switch strings.ToLower(primary) {
	case "zh", "yue", "cmn", "hak", "nan", "wuu", "lzh":
		return chinese
	case "ja":
		return japanese
	case "ko":
		return korean
	}
	return other
}

// traditional: the tag asks for traditional characters.
func traditional(tag string) bool {
	for _, sub := range strings.Split(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")[1:] {
		switch sub {
		case "hant", "tw", "hk", "mo":
			return true
		case "hans", "cn", "sg", "my":
			return false
		}
	}
	return false
}

// substituter replaces characters by others of the line breaking class that a
// rule wants; the rest of UAX #14 then does the work. The substitutes are wide
// where the originals are: LB19a and LB30 look at East Asian width.
type substituter struct {
	lang       language
	strictness Strictness
	cj         bool // conditional Japanese starters may begin a line
	eastAsian  bool // Chinese or Japanese
	breakAll   bool
}

func newSubstituter(l language, o Options) substituter {
	return substituter{
		lang:       l,
		strictness: o.Strictness,
		cj:         o.Strictness != Strict,
		eastAsian:  l == chinese || l == japanese,
		breakAll:   o.WordBreak == BreakAll,
	}
}

const ideograph = '字'

func (s substituter) replace(r rune, wide bool) rune {
	switch r {
	case '“', '‘':
		if wide { // CLREQ 3.1.4: they are brackets
			return '（'
		}
		return r
	case '”', '’':
		if wide {
			return '）'
		}
		return r
	case '⋯', '︙':
		if s.strictness == Loose {
			return ideograph
		}
		return '…'
	case '‐', '–', '〜', '゠':
		if s.eastAsian && (s.strictness == Normal || s.strictness == Loose || s.strictness == Auto && s.lang == japanese) {
			return ideograph
		}
		return r
	}
	if s.cj && isCJ(r) {
		return ideograph
	}
	if s.strictness == Loose {
		if strings.ContainsRune(looseAll, r) {
			return ideograph
		}
		if s.eastAsian && strings.ContainsRune(looseEastAsian, r) {
			return ideograph
		}
	}
	if s.breakAll && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
		return ideograph
	}
	return r
}

// CSS Text 3 §5.3 (line-break: loose).
const (
	iterations     = "々〻ゝゞヽヾ"
	looseAll       = iterations + "․‥…"
	looseEastAsian = "・：；･‼⁇⁈⁉！？" + postfixWide + prefixWide
	// postfixWide and prefixWide: line breaking classes PO and PR of East Asian
	// width ambiguous, full or wide.
	postfixWide = "°‰′″‵℃℉﹪％￠"
	prefixWide  = "±€№﹩＄￡￥￦"
)

// isCJ: line breaking class CJ, conditional Japanese starters (UAX #14).
func isCJ(r rune) bool {
	switch {
	case r < 0x3041:
		return false
	case r <= 0x30FC:
		switch r {
		case 'ぁ', 'ぃ', 'ぅ', 'ぇ', 'ぉ', 'っ', 'ゃ', 'ゅ', 'ょ', 'ゎ', 'ゕ', 'ゖ',
			'ァ', 'ィ', 'ゥ', 'ェ', 'ォ', 'ッ', 'ャ', 'ュ', 'ョ', 'ヮ', 'ヵ', 'ヶ', 'ー':
			return true
		}
		return false
	}
	return r >= 0x31F0 && r <= 0x31FF || r >= 0xFF67 && r <= 0xFF70 ||
		r == 0x1B132 || r >= 0x1B150 && r <= 0x1B152 || r == 0x1B155 || r >= 0x1B164 && r <= 0x1B167
}
