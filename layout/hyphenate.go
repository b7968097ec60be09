package layout

import (
	"strings"
	"unicode"

	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/layout/hyphen"
)

// hyphenate lets words be parted where the patterns of their language say, at the end
// of a line and with a hyphen that is no text. A word within Chinese, Japanese or
// Korean whose language nobody tells is English.
func (s *lineSetter) hyphenate() {
	n := 0 // of the boxes
	for i := 0; i < len(s.runes); {
		if !unicode.IsLetter(s.runes[i]) {
			i++
			continue
		}
		j := i
		for j < len(s.runes) && (unicode.IsLetter(s.runes[j]) || unicode.Is(unicode.M, s.runes[j])) {
			j++
		}
		i, j = j, i
		if !s.isWord(j, i) {
			continue
		}
		for n < len(s.boxes) && s.boxes[n].text0 < int32(j) {
			n++
		}
		if n == len(s.boxes) {
			return
		}
		st := &s.p.spans[s.boxes[n].span].style
		if st.family == fonts.Mono {
			continue
		}
		s.points = s.points[:0]
		if p := hyphen.For(wordLanguage(st.lang)); p != nil {
			s.points = p.Points(s.runes[j:i], s.points)
		}
		for _, at := range s.points {
			for n < len(s.boxes) && s.boxes[n].text1 < int32(j+at) {
				n++
			}
			if b := &s.boxes[min(n, len(s.boxes)-1)]; b.text1 == int32(j+at) && b.kind == ink && b.level&1 == 0 && !b.breaks && b.cluster {
				b.breaks, b.parts = true, true
			}
		}
	}
}

// wordLanguage is that of the words in letters of a text.
func wordLanguage(lang string) string {
	if isCJK(lang) {
		return "en"
	}
	return lang
}

// isWord: the letters [i, j) are a word to be parted, and not a name in capitals, a
// part of an address or one of what hyphens join already.
func (s *lineSetter) isWord(i, j int) bool {
	for _, r := range s.runes[i+1 : j] {
		if unicode.IsUpper(r) {
			return false
		}
	}
	const parts = "@_/\\:#&=~%+-‐\u00AD"
	joined := func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune(parts, r) }
	if i > 0 && (joined(s.runes[i-1]) || s.runes[i-1] == '.') {
		return false
	}
	if j < len(s.runes) && joined(s.runes[j]) && s.runes[j] != ':' {
		return false
	}
	return j+1 >= len(s.runes) || s.runes[j] != '.' && s.runes[j] != ':' || !unicode.IsLetter(s.runes[j+1]) && s.runes[j+1] != '/'
}
