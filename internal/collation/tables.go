package collation

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

//go:generate go run ./internal/make

var (
	//go:embed root.zst
	rootData string
	//go:embed marks.zst
	marksData string
	//go:embed pinyin.zst
	pinyinData string
	//go:embed stroke.zst
	strokeData string
	//go:embed jis.zst
	jisData string
	//go:embed hanja.zst
	hanjaData string
)

// The orders are unpacked when they are first asked for.
var (
	root   = sync.OnceValue(func() map[rune]place { return places(unpack(rootData), 1) })
	marks  = sync.OnceValue(func() map[rune]place { return places(unpack(marksData), 0) })
	pinyin = sync.OnceValue(func() map[rune]place { return places(unpack(pinyinData), 0) })
	stroke = sync.OnceValue(func() map[rune]place { return places(unpack(strokeData), 0) })
	jis    = sync.OnceValue(func() map[rune]place { return places(unpack(jisData), 0) })
	hanja  = sync.OnceValue(func() map[rune]place { return sounds(unpack(hanjaData)) })
)

// A step is a character and how far it differs from the one before it: 0 is
// another letter, 1 another accent, 2 only another case.
type step struct {
	char  rune
	level byte
}

// unpack reads what internal/make writes.
func unpack(packed string) []step {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		panic("collation: " + err.Error())
	}
	defer r.Close()
	b, err := r.DecodeAll([]byte(packed), nil)
	if err != nil {
		panic("collation: a damaged table: " + err.Error())
	}
	n := len(b) / 4
	steps := make([]step, n)
	last := rune(0)
	for i := range steps {
		d := rune(b[i])<<16 | rune(b[n+i])<<8 | rune(b[2*n+i])
		last += d>>1 ^ -(d & 1)
		steps[i] = step{last, b[3*n+i]}
	}
	return steps
}

// places returns where each character stands; the first letter has the number first.
func places(steps []step, first uint16) map[rune]place {
	m := make(map[rune]place, len(steps))
	p := place{letter: first}
	for i, s := range steps {
		switch {
		case i == 0:
		case s.level == 0:
			p = place{letter: p.letter + 1}
		case s.level == 1:
			p = place{letter: p.letter, accent: p.accent + 1}
		default:
			p.case_++
		}
		m[s.char] = p
	}
	return m
}

// sounds returns of each Han character the number of its syllable in Hangul, and which
// it is of those with this sound.
func sounds(steps []step) map[rune]place {
	m := make(map[rune]place, len(steps))
	var p place
	for _, s := range steps {
		if s.char >= firstSyllable {
			p = place{letter: uint16(s.char - firstSyllable)}
			continue
		}
		p.accent++
		m[s.char] = p
	}
	return m
}

// latin has, of languages in Latin letters, those that are letters of their own: each
// word begins with a letter of Unicode's order, between which and the next stand
// those after "<". What "=" joins is one letter.
var latin = map[string]string{
	"az": "c<ç e<ə g<ğ h<x<ı<i k<q o<ö s<ş u<ü z<w",
	"bs": "c<č<ć d<dž<đ l<lj n<nj s<š z<ž",
	"cs": "c<č h<ch r<ř s<š z<ž",
	"cy": "c<ch d<dd f<ff g<ng l<ll p<ph r<rh t<th",
	"da": "x<y=ü=ű z<æ=ä=ę<ø=ö=ő=œ<å=aa",
	"eo": "c<ĉ g<ĝ h<ĥ j<ĵ s<ŝ u<ŭ",
	"es": "n<ñ",
	"et": "s<š<z<ž u<v=w<õ<ä<ö<ü",
	"fi": "x<y=ü z<å<ä=æ<ö=ø",
	"hr": "c<č<ć d<dž<đ l<lj n<nj s<š z<ž",
	"hu": "c<cs d<dz<dzs g<gy l<ly n<ny o<ö=ő s<sz t<ty u<ü=ű z<zs",
	"is": "a<á d<ð e<é i<í o<ó u<ú y<ý z<þ<æ=ä<ö=ø<å",
	"lt": "c<č h<i=y s<š z<ž",
	"lv": "c<č g<ģ k<ķ l<ļ n<ņ r<ŗ s<š z<ž",
	"nb": "x<y=ü z<æ=ä<ø=ö=ő<å=aa",
	"nn": "x<y=ü z<æ=ä<ø=ö=ő<å=aa",
	"no": "x<y=ü z<æ=ä<ø=ö=ő<å=aa",
	"pl": "a<ą c<ć e<ę l<ł n<ń o<ó s<ś z<ź<ż",
	"ro": "a<ă<â i<î s<ș=ş t<ț=ţ",
	"sk": "a<ä c<č h<ch o<ô r<ř s<š z<ž",
	"sl": "c<č<ć d<đ s<š z<ž",
	"sq": "c<ç d<dh e<ë g<gj l<ll n<nj r<rr s<sh t<th x<xh z<zh",
	"sr": "c<č<ć d<dž<đ l<lj n<nj s<š z<ž",
	"sv": "x<y=ü=ű z<å<ä=æ=ę<ö=ø=ő=œ=ô",
	"tr": "c<ç g<ğ h<ı<i o<ö s<ş u<ü",
	"vi": "a<ă<â d<đ e<ê o<ô<ơ u<ư",
}

// tailor adds the letters that a language has of its own, as latin writes them.
func (o *Order) tailor(letters string) {
	o.tailored = map[string]ownLetter{}
	for _, group := range strings.Fields(letters) {
		list := strings.Split(group, "<")
		for i, same := range list[1:] {
			for j, s := range strings.Split(same, "=") {
				o.tailored[s] = ownLetter{rune(list[0][0]), uint16(i), uint16(j)}
				o.longest = max(o.longest, utf8.RuneCountInString(s))
			}
		}
	}
}
