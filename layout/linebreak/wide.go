package linebreak

import "unicode"

// Wide says of every character of text whether it is one of those that Latin
// and CJK text share (“ ” ‘ ’ — … ‥ · ⸺) and is set full width here: in Chinese and
// Japanese, next to a CJK character, or doubled (—— and ……). Quotation marks
// that belong together are alike. The result is dst, grown to len(text).
func Wide(text []rune, tag string, dst []bool) []bool {
	if cap(dst) < len(text) {
		dst = make([]bool, len(text))
	}
	dst = dst[:len(text)]
	clear(dst)
	l := lang(tag)
	if l != chinese && l != japanese {
		return dst
	}
	var open []int // quotation marks not yet closed
	for i, r := range text {
		if r < 0xB7 || !shared(r) {
			continue
		}
		before, after := neighbour(text, i, -1), neighbour(text, i, +1)
		dst[i] = before == cjk || after == cjk
		switch r {
		case '—', '…':
			if i > 0 && text[i-1] == r || i+1 < len(text) && text[i+1] == r {
				dst[i] = true
			}
		case '“', '‘':
			open = append(open, i)
		case '”', '’':
			if r == '’' && before == latin && i > 0 && text[i-1] != ' ' && (len(open) == 0 || text[open[len(open)-1]] != '‘') {
				dst[i] = false // an apostrophe
				continue
			}
			if r == '’' && i > 0 && i+1 < len(text) && class(text[i-1]) == latin && class(text[i+1]) == latin {
				dst[i] = false
				continue
			}
			for len(open) > 0 {
				j := open[len(open)-1]
				open = open[:len(open)-1]
				if (text[j] == '“') == (r == '”') {
					both := dst[i] || dst[j]
					dst[i], dst[j] = both, both
					break
				}
			}
		}
	}
	return dst
}

// shared: Latin and CJK text both use the character, in their own widths.
func shared(r rune) bool {
	switch r {
	case '“', '”', '‘', '’', '—', '…', '‥', '·', '⸺':
		return true
	}
	return false
}

const (
	neutral = iota
	latin
	cjk
)

// neighbour is the class of the nearest character in a direction that is neither
// shared nor a space.
func neighbour(text []rune, i, step int) int {
	for k := 0; k < 8; k++ { // enough for quotes within quotes after a dash
		i += step
		if i < 0 || i >= len(text) {
			return neutral
		}
		if r := text[i]; r != ' ' && !shared(r) {
			return class(r)
		}
	}
	return neutral
}

func class(r rune) int {
	switch {
	case r < 0x1100:
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return latin
		}
		return neutral
	case r <= 0x11FF, r >= 0x2E80 && r <= 0xA4CF, r >= 0xA960 && r <= 0xA97F, r >= 0xAC00 && r <= 0xD7FF,
		r >= 0xF900 && r <= 0xFAFF, r >= 0xFE30 && r <= 0xFE6F, r >= 0xFF01 && r <= 0xFFEF,
		r >= 0x1B000 && r <= 0x1B16F, r >= 0x20000 && r <= 0x3FFFD:
		return cjk
	case unicode.IsLetter(r):
		return latin
	}
	return neutral
}
