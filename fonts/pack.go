//go:build fontpack

package fonts

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// Groups of glyphs, the most common first.
const (
	groupChinese = iota // Latin, kana, punctuation, the 3,755 characters of GB 2312 level 1
	groupEast           // level 1 of Big5 and JIS X 0208, regional forms of common characters
	groupHangul         // the 2,350 syllables of KS X 1001
	groupSecond         // level 2 of all
	groupRest
)

// Pack returns the pieces of the packed form of a CFF font, each to be one Zstandard frame
// of at most size bytes, except the first.
func Pack(data []byte, size int) ([][]byte, error) {
	f, err := Parse(data, 0)
	if err != nil {
		return nil, err
	}
	if f.cff == nil {
		return nil, fmt.Errorf("%s has no CFF outlines", f.Name())
	}
	groups := f.groups()
	ix := &f.cff.chars
	start, offsetsAt := f.cff.base+ix.data+1, f.cff.base+ix.data+1-int64(len(ix.offsets))
	end := f.cff.base + ix.data + ix.at(ix.count)

	be := binary.BigEndian
	head := []byte(packedMagic)
	for _, v := range []int64{int64(len(data)), start, int64(ix.count), offsetsAt, int64(ix.offSize)} {
		head = be.AppendUint32(head, uint32(v))
	}
	head = append(head, groups...)
	low, high := make([]byte, ix.count), make([]byte, ix.count)
	for g := range low {
		n := ix.at(g+1) - ix.at(g)
		if n > 0xffff {
			return nil, fmt.Errorf("%s: charstring %d is too long", f.Name(), g)
		}
		low[g], high[g] = byte(n), byte(n>>8)
	}
	head = append(append(head, low...), high...)
	head = append(head, data[:offsetsAt]...)
	head = append(head, data[end:]...)
	pieces := [][]byte{head}
	for k := byte(0); k <= groupRest; k++ {
		var piece []byte
		flush := func() error {
			if len(piece) == 0 {
				return nil
			}
			split := splitCharstrings(piece)
			if back, err := mergeCharstrings(nil, split); err != nil || !bytes.Equal(back, piece) {
				return fmt.Errorf("%s: split and merged charstrings differ", f.Name())
			}
			pieces, piece = append(pieces, split), nil
			return nil
		}
		for g, group := range groups {
			if group != k {
				continue
			}
			char := data[start-1+ix.at(g) : start-1+ix.at(g+1)]
			if len(piece)+len(char) > size {
				if err := flush(); err != nil {
					return nil, err
				}
			}
			piece = append(piece, char...)
		}
		if err := flush(); err != nil {
			return nil, err
		}
	}
	return pieces, nil
}

// Common returns the characters that a bold CJK face keeps of those of the regular data: all
// that is neither Han nor Hangul, the Han characters of GB 2312, JIS X 0208, KS X 1001, level
// 1 of Big5 and more, and the syllables of KS X 1001. With a serif, which has what is rare,
// data is the regular sans serif: it keeps level 2 of Big5, all syllables and what the
// serif lacks as well.
func Common(data []byte, more []rune, serif []byte) ([]rune, error) {
	f, err := Parse(data, 0)
	if err != nil {
		return nil, err
	}
	bold := serif == nil
	lacks := func(rune) bool { return false }
	if !bold {
		other, err := Parse(serif, 0)
		if err != nil {
			return nil, err
		}
		lacks = func(r rune) bool { _, ok := other.Glyph(r); return !ok }
	}
	han := map[rune]bool{}
	add := func(r rune) { han[r] = true }
	for _, r := range more {
		add(r)
	}
	rows(simplifiedchinese.GBK, 0xb0, 0xf7, add)
	rows(japanese.EUCJP, 0xb0, 0xf4, add)
	rows(korean.EUCKR, 0xca, 0xfd, add)
	rows(traditionalchinese.Big5, 0xa4, 0xc6, add)
	if !bold {
		rows(traditionalchinese.Big5, 0xc9, 0xf9, add)
	}
	groups := f.groups()
	keep := make([]bool, f.glyphs)
	chars := func(do func(r rune, g GID)) {
		for r := rune(0); r <= unicode.MaxRune; r++ {
			if g, ok := f.Glyph(r); ok {
				do(r, g)
			}
		}
	}
	chars(func(r rune, g GID) {
		switch {
		case unicode.Is(unicode.Han, r):
			keep[g] = keep[g] || han[r] || groups[g] <= groupEast || lacks(r)
		case unicode.Is(unicode.Hangul, r):
			keep[g] = keep[g] || !bold || groups[g] != groupRest
		default:
			keep[g] = true
		}
	})
	var common []rune
	chars(func(r rune, g GID) { // others may have the same glyph
		if keep[g] {
			common = append(common, r)
		}
	})
	if !bold {
		for r := rune(0xe0100); r <= 0xe01ef; r++ { // variation selectors, which have no glyph
			common = append(common, r)
		}
	}
	return common, nil
}

func (f *Face) groups() []byte {
	const none = 0xff
	groups := bytes.Repeat([]byte{none}, f.glyphs)
	groups[0] = groupChinese
	give := func(g GID, k byte) {
		if groups[g] == none {
			groups[g] = k
		}
	}
	char := func(r rune, k byte) {
		if g, ok := f.Glyph(r); ok {
			give(g, k)
		}
	}
	for r := rune(0); r < 0x10000; r++ {
		if !unicode.In(r, unicode.Han, unicode.Hangul) && (r < 0xe000 || r > 0xf8ff) {
			char(r, groupChinese)
		}
	}
	f.images(groups, func(k byte) byte { return k })

	rows(simplifiedchinese.GBK, 0xb0, 0xd7, func(r rune) { char(r, groupChinese) })
	rows(traditionalchinese.Big5, 0xa4, 0xc6, func(r rune) { char(r, groupEast) })
	rows(japanese.EUCJP, 0xb0, 0xcf, func(r rune) { char(r, groupEast) })
	f.images(groups, func(byte) byte { return groupEast })
	rows(korean.EUCKR, 0xb0, 0xc8, func(r rune) { char(r, groupHangul) })
	rows(simplifiedchinese.GBK, 0xd8, 0xf7, func(r rune) { char(r, groupSecond) })
	rows(japanese.EUCJP, 0xd0, 0xf4, func(r rune) { char(r, groupSecond) })
	rows(traditionalchinese.Big5, 0xc9, 0xf9, func(r rune) { char(r, groupSecond) })
	f.images(groups, func(k byte) byte { return groupSecond })
	for g := range groups {
		give(GID(g), groupRest)
	}
	return groups
}

// images gives the glyphs that single substitutions make of grouped ones a group.
func (f *Face) images(groups []byte, group func(byte) byte) {
	for l := range f.font.GSUB.Lookups {
		m, ok := f.compose([]uint16{uint16(l)})
		if !ok {
			continue
		}
		for from := range f.glyphs { // in order: maps have none
			to, ok := m[GID(from)]
			if k := groups[from]; ok && int(to) < len(groups) && k != 0xff && groups[to] == 0xff {
				groups[to] = group(k)
			}
		}
	}
}

// rows calls do with the characters of two-byte codes with these first bytes.
func rows(e encoding.Encoding, from, to int, do func(rune)) {
	d := e.NewDecoder()
	for a := from; a <= to; a++ {
		for b := 0x40; b <= 0xfe; b++ {
			if a1 := b < 0xa1; a1 && e != traditionalchinese.Big5 {
				continue
			}
			s, err := d.String(string([]byte{byte(a), byte(b)}))
			if r := []rune(s); err == nil && len(r) == 1 && r[0] != unicode.ReplacementChar {
				do(r[0])
			}
		}
	}
}
