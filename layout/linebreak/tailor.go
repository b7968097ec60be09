package linebreak

import (
	"strings"
	"unicode"
)

// tailor changes opportunities after UAX #14 has spoken.
type tailor struct {
	text []rune
	wide []bool
	dst  []Opportunity
	lang language
	o    Options // with the level that holds
}

func (t *tailor) apply() {
	if t.o.Strictness == Anywhere {
		for i := 1; i < len(t.text); i++ {
			switch {
			case t.dst[i]&Cluster == 0: // a mark over a space, before which UAX #14 LB18 lets a line end
				t.dst[i] &^= Allowed
			case t.text[i] != ' ':
				t.dst[i] |= Allowed
			}
		}
		return
	}
	for i := 1; i < len(t.text); i++ {
		if t.dst[i]&(Allowed|Mandatory) != Allowed {
			continue
		}
		if t.prohibited(i) {
			t.dst[i] &^= Allowed
		}
	}
	if t.lang == chinese && t.o.Strictness == Auto && t.o.Level == NoLevel {
		t.free()
	}
	t.addresses()
}

// free lets lines end before and after all full-width marks.
func (t *tailor) free() {
	for i := 1; i < len(t.text); i++ {
		if t.dst[i]&Cluster == 0 || isSpace(t.text[i-1]) || isSpace(t.text[i]) {
			continue
		}
		if t.mark(i, startMarks) || t.mark(i-1, endMarks) {
			t.dst[i] |= Allowed
		}
	}
}

// The prohibitions of CLREQ 3.1.3, basic level, that are full width. What Latin
// text uses too counts where it is set wide.
const (
	startMarks = "。．，、：；！？‼⁇⁈⁉」』）》〉】〗〕］｝·”’"
	endMarks   = "「『（《〈【〖〔［｛“‘"
)

// mark: character i is one of marks, and full width.
func (t *tailor) mark(i int, marks string) bool {
	r := t.text[i]
	return strings.ContainsRune(marks, r) && (!shared(r) || t.wide[i])
}

func isSpace(r rune) bool {
	return unicode.In(r, unicode.Z, unicode.Cc) || r == 0x200B || r == 0x2060 || r == 0xFEFF
}

// prohibited: the opportunity before character i is taken away.
func (t *tailor) prohibited(i int) bool {
	before, after := t.text[i-1], t.text[i]
	if before == '/' && t.unit(i) {
		return true // JLREQ cl-25: a compound of units is not parted
	}
	if before < 0x80 && after < 0x80 {
		return false
	}
	if isDigit(before) && strings.ContainsRune(postfixWide+"¢%", after) ||
		isDigit(after) && strings.ContainsRune(prefixWide+"$¥#", before) {
		return true // CLREQ 3.1.5.3: a number and its sign or unit
	}
	if t.o.WordBreak == KeepAll && isWord(base(t.text, i)) && isWord(after) {
		return true // CSS Text 3 §5.2, keep-all
	}
	if t.o.Strictness != Auto && t.o.Strictness != Strict {
		return false
	}
	if t.lang == japanese && before == '＃' && isWord(after) {
		return true // JLREQ cl-12: a sign before what it numbers
	}
	if before == ' ' && t.lang == japanese && t.o.Strictness == Strict && (isCJ(after) || strings.ContainsRune(iterations, after)) {
		return true // nor does it free small kana
	}
	if before == ' ' && (t.lang == chinese || t.lang == japanese) && strings.ContainsRune("：；・·‧…‥", after) {
		return true // LB13 says so of 。 and 」; a stray space frees no other mark either
	}
	if t.lang != chinese || t.o.Strictness != Auto {
		return false
	}
	// CLREQ 3.1.3, line-start prohibition, basic level. A doubled dash is no
	// connector and may begin a line.
	level := t.o.Level
	if level == NoLevel {
		return false
	}
	switch after {
	case '·', '・', '‧', '–', '～':
		return true
	case '—':
		doubled := i+1 < len(t.text) && t.text[i+1] == '—'
		return (!doubled || level == StrictLevel) && before != ' '
	case '⸺', '…', '⋯':
		if level == StrictLevel {
			return true
		}
	}
	// GB/T 15834-2011 5.1.8: the solidus ends no line.
	return (before == '/' || before == '／') && level >= GBLevel
}

// unit: the solidus before character i stands between two symbols of units, as in km/h.
func (t *tailor) unit(i int) bool {
	from, to := i-1, i
	for from > 0 && isUnit(t.text[from-1]) {
		from--
	}
	for to < len(t.text) && isUnit(t.text[to]) {
		to++
	}
	symbol := func(text []rune) bool { return unitSymbols[strings.TrimRight(string(text), "²³")] }
	return symbol(t.text[from:i-1]) && symbol(t.text[i:to])
}

func isUnit(r rune) bool { return isASCIILetter(r) || strings.ContainsRune("µμΩ℃°²³ℓ", r) }

var unitSymbols = func() map[string]bool {
	m := map[string]bool{}
	for s := range strings.FieldsSeq("m km cm mm µm μm nm g kg mg µg μg t s ms min h d L l dL mL ml ℓ mol mmol A mA V kV W kW MW J kJ " +
		"N Pa kPa MPa hPa Hz kHz MHz GHz K ℃ cal kcal B kB KB MB GB TB bit kbit Mbit Gbit b Kb Mb Gb Ω lx lm cd rad ha") {
		m[s] = true
	}
	return m
}()

// base returns the character before i that i would combine with, were it a mark.
func base(text []rune, i int) rune {
	for i--; i > 0 && unicode.Is(unicode.M, text[i]); i-- {
	}
	return text[i]
}

// isWord: letters, digits and ideographs, which keep-all does not part.
func isWord(r rune) bool {
	switch r {
	case '々', '〻', 'ゝ', 'ゞ', 'ヽ', 'ヾ', 'ー':
		return true
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' || r >= '０' && r <= '９' }

// addresses gives web addresses the places where a reader would part them:
// after a solidus, a dot, a hyphen…, but not within or right after "://".
func (t *tailor) addresses() {
	for i := 0; i+2 < len(t.text); i++ {
		if t.text[i] != ':' || t.text[i+1] != '/' || t.text[i+2] != '/' {
			continue
		}
		start := i
		for start > 0 && isASCIILetter(t.text[start-1]) {
			start--
		}
		if start == i {
			continue
		}
		end := i + 3
		for end < len(t.text) && isAddress(t.text[end]) {
			end++
		}
		for j := start + 1; j < end; j++ {
			if j <= i+3 {
				t.dst[j] &^= Allowed
				continue
			}
			if strings.ContainsRune("/?&=#.-_+", t.text[j-1]) && isAlnum(t.text[j]) ||
				t.text[j] == '%' && isAlnum(t.text[j-1]) {
				t.dst[j] |= Allowed
			}
		}
		i = end - 1
	}
}

func isASCIILetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
func isAlnum(r rune) bool       { return isASCIILetter(r) || r >= '0' && r <= '9' }

// isAddress: the characters of RFC 3986.
func isAddress(r rune) bool {
	return isAlnum(r) || r < 0x80 && strings.ContainsRune("-._~:/?#[]@!$&'()*+,;=%", r)
}
