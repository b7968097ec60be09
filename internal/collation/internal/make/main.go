// Command make writes the orders that package collation embeds, out of the tables
// of golang.org/x/text/collate (CLDR 23, Unicode 6.2), into the folder it is
// started in, which is that of the package.
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

func main() {
	root := newSorter(language.Und)
	var letters, marks, han, korean []rune
	for r := rune(1); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) || norm.NFKC.String(string(r)) != string(r) {
			continue
		}
		switch nfd := norm.NFD.String(string(r)); {
		case unicode.Is(unicode.Hangul, r):
			if r >= 0xAC00 {
				korean = append(korean, r)
			} else if root.single(r) {
				letters = append(letters, r)
			}
		case r >= 0x3400 && r <= 0x9FFF && unicode.Is(unicode.Han, r) || r == '〇':
			han = append(han, r)
			if r != '〇' {
				korean = append(korean, r)
			}
			if root.single(r) {
				letters = append(letters, r)
			}
		case root.single(r):
			// A letter with an accent is only entered if it is a letter of its own, as й is.
			base, _ := utf8.DecodeRuneInString(nfd)
			if nfd == string(r) || !bytes.Equal(root.key(0, r), root.key(0, base)) {
				letters = append(letters, r)
			}
		case unicode.Is(unicode.Mn, r) && len(root.key(0, r)) == 0 && len(root.key(2, r)) > 0:
			marks = append(marks, r)
		}
	}
	write("root.zst", root.order(letters))
	write("marks.zst", root.order(marks))
	for _, o := range []struct {
		file string
		lang language.Tag
		list []rune
	}{
		{"pinyin.zst", language.SimplifiedChinese, han},
		{"stroke.zst", language.TraditionalChinese, han},
		{"jis.zst", language.Japanese, han},
		{"hanja.zst", language.Korean, korean},
	} {
		s := newSorter(o.lang)
		var own, rest []rune
		for _, r := range o.list {
			switch {
			case unicode.Is(unicode.Han, r) && s.single(r): // 〇, where it is a digit
			case bytes.Equal(s.key(2, r), root.key(2, r)) && unicode.Is(unicode.Han, r):
				rest = append(rest, r)
			default:
				own = append(own, r)
			}
		}
		// x/text has those that a language does not order before those that it does;
		// CLDR, and this, after.
		order := append(s.order(own), s.order(rest)...)
		if o.lang == language.Korean {
			order = readings(order)
		}
		write(o.file, order)
	}
}

// A sorter knows the order of one language at its three levels: letters; accents
// as well; case and width as well.
type sorter struct{ levels [3]*collate.Collator }

func newSorter(lang language.Tag) *sorter {
	return &sorter{[3]*collate.Collator{
		collate.New(lang, collate.Loose),
		collate.New(lang, collate.IgnoreCase, collate.IgnoreWidth),
		collate.New(lang),
	}}
}

func (s *sorter) key(level int, r rune) []byte {
	var buf collate.Buffer
	return bytes.Clone(s.levels[level].KeyFromString(&buf, string(r)))
}

// single tells if a character sorts as one letter of the tables, rather than as
// none, as several, or by its number.
func (s *sorter) single(r rune) bool {
	k := s.key(0, r)
	return len(k) == 2 && k[0] < 0x80
}

// A step is a character and how far it differs from the one before it: 0 is
// another letter, 1 another accent, 2 only another case.
type step struct {
	char  rune
	level int
}

func (s *sorter) order(list []rune) []step {
	keys := map[rune][]byte{}
	for _, r := range list {
		keys[r] = s.key(2, r)
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b rune) int { return bytes.Compare(keys[a], keys[b]) })
	steps := make([]step, len(list))
	for i, r := range list {
		steps[i].char = r
		if i == 0 {
			continue
		}
		for steps[i].level < 2 && s.levels[steps[i].level].CompareString(string(list[i-1]), string(r)) == 0 {
			steps[i].level++
		}
	}
	return steps
}

// readings leaves of an order of Hangul and Han the characters that sort as a
// syllable does, and these syllables.
func readings(steps []step) []step {
	var list []step
	for i, s := range steps {
		syllable := s.char >= 0xAC00
		if syllable && (i+1 == len(steps) || steps[i+1].level == 0) {
			continue
		}
		if !syllable && s.level == 0 {
			break // the rest has no reading
		}
		list = append(list, s)
	}
	return list
}

// write packs an order, as columns: of each character the difference of its number
// from that of the one before, with the sign in the lowest bit, in three bytes, each
// a column, the highest first; then the levels.
func write(file string, steps []step) {
	b := make([]byte, 4*len(steps))
	last := rune(0)
	for i, s := range steps {
		d := s.char - last
		last = s.char
		d = d<<1 ^ d>>31
		for col, c := range [4]byte{byte(d >> 16), byte(d >> 8), byte(d), byte(s.level)} {
			b[col*len(steps)+i] = c
		}
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		log.Fatal(err)
	}
	packed := w.EncodeAll(b, nil)
	if err := os.WriteFile(file, packed, 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d characters, %d bytes\n", file, len(steps), len(packed))
}
