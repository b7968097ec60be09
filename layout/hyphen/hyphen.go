// Package hyphen says where words of languages written with letters may be parted by
// a hyphen: by the patterns that TeX uses (F. M. Liang, Word Hy-phen-a-tion by
// Com-put-er, 1983). It knows nothing of lines; layout decides which places it takes.
package hyphen

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// The files are made by internal/pack; patterns/NOTICE has their authors and licences.
//
//go:embed patterns/*.zst
var files embed.FS

// Patterns are those of one language. They do not change and may be shared.
type Patterns struct {
	left, right int               // letters that stay before and after a hyphen at least
	levels      map[string]string // of the gaps of a pattern: before its first letter, and after each
	longest     int               // pattern, in letters
	exceptions  map[string][]int
	buf         sync.Pool // of *buffer
}

type buffer struct {
	word   []byte
	off    []int // of each letter in word, and its length
	levels []byte
}

// languages have their patterns read when they are first asked for.
var languages = func() map[string]func() *Patterns {
	m := map[string]func() *Patterns{}
	for _, tag := range []string{"da", "de", "en", "en-GB", "es", "et", "fi", "fr", "it", "lt", "nl", "pl", "pt", "ru", "sl", "sv", "uk"} {
		m[tag] = sync.OnceValue(func() *Patterns { return load(tag) })
	}
	return m
}()

// For returns the patterns of a language (BCP 47); nil: there are none.
func For(lang string) *Patterns {
	parts := strings.FieldsFunc(strings.ToLower(lang), func(r rune) bool { return r == '-' || r == '_' })
	if len(parts) == 0 {
		return nil
	}
	tag := parts[0]
	if tag == "en" {
		for _, region := range parts[1:] {
			switch region {
			case "gb", "ie", "au", "nz", "za", "in", "hk", "sg":
				tag = "en-GB" // British spelling and its ways of parting
			}
		}
	}
	if get := languages[tag]; get != nil {
		return get()
	}
	return nil
}

// load reads the patterns of a language: a line with the least numbers of letters, one
// with patterns and one with words that are exceptions.
func load(tag string) *Patterns {
	data, err := files.ReadFile("patterns/" + tag + ".zst")
	if err == nil {
		var r *zstd.Decoder
		if r, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1)); err == nil {
			data, err = r.DecodeAll(data, nil)
			r.Close()
		}
	}
	lines := strings.Split(string(data), "\n")
	if err != nil || len(lines) < 3 {
		panic(fmt.Sprintf("hyphen: patterns of %s: %v", tag, err))
	}
	left, right, _ := strings.Cut(lines[0], " ")
	p := &Patterns{levels: map[string]string{}, exceptions: map[string][]int{}}
	p.left, _ = strconv.Atoi(left)
	p.right, _ = strconv.Atoi(right)
	p.buf.New = func() any { return new(buffer) }
	for word := range strings.FieldsSeq(lines[1]) {
		p.add(word)
	}
	for word := range strings.FieldsSeq(lines[2]) {
		var at []int
		n := 0
		for _, r := range word {
			if r == '-' {
				at = append(at, n)
			} else {
				n++
			}
		}
		p.exceptions[strings.ReplaceAll(word, "-", "")] = at
	}
	return p
}

// add enters a pattern, such as "1na" or ".ach4".
func (p *Patterns) add(pattern string) {
	var letters strings.Builder
	levels := []byte{0}
	for _, r := range pattern {
		if r >= '0' && r <= '9' {
			levels[len(levels)-1] = byte(r - '0')
			continue
		}
		letters.WriteRune(r)
		levels = append(levels, 0)
	}
	p.longest = max(p.longest, len(levels)-1)
	p.levels[letters.String()] = string(levels)
}

// longestWord is how many letters a word has that is looked at.
const longestWord = 100

// Points appends to dst the places where word, letters alone, may be parted: before
// which of its letters.
func (p *Patterns) Points(word []rune, dst []int) []int {
	if len(word) < p.left+p.right || len(word) > longestWord {
		return dst
	}
	b := p.buf.Get().(*buffer)
	defer p.buf.Put(b)
	b.word, b.off, b.levels = append(b.word[:0], '.'), append(b.off[:0], 0), append(b.levels[:0], 0, 0)
	for _, r := range word {
		b.off = append(b.off, len(b.word))
		b.levels = append(b.levels, 0)
		b.word = utf8.AppendRune(b.word, unicode.ToLower(r))
	}
	b.off = append(b.off, len(b.word), len(b.word)+1)
	b.word = append(b.word, '.')
	if at, ok := p.exceptions[string(b.word[1:len(b.word)-1])]; ok {
		for _, i := range at {
			if i >= p.left && i <= len(word)-p.right {
				dst = append(dst, i)
			}
		}
		return dst
	}
	n := len(word) + 2 // with the full stops that stand for the ends
	for i := range n {
		for j := i + 1; j <= min(n, i+p.longest); j++ {
			levels := p.levels[string(b.word[b.off[i]:b.off[j]])]
			for k := range len(levels) {
				if at := i + k; at < len(b.levels) {
					b.levels[at] = max(b.levels[at], levels[k])
				}
			}
		}
	}
	for i := p.left; i <= len(word)-p.right; i++ {
		if b.levels[i+1]%2 == 1 {
			dst = append(dst, i)
		}
	}
	return dst
}
