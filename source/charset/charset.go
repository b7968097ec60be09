// Package charset turns the bytes of a text or page into UTF-8. It decides
// which encoding they are in: a byte order mark, what the bytes themselves prove
// (valid UTF-8), what the page or the server declares, and last what they look
// like. It knows the encodings of the WHATWG standard; GB 2312 and GBK are read as
// GB 18030, whose subsets they are.
package charset

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"mime"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/leporello-press/leporello/article"
)

// The errors of Decode.
var (
	// ErrNotText: the bytes hold NUL, which no text does; the error names the line.
	ErrNotText = errors.New("not text")
	// ErrTooLarge: the decoded text exceeds the limit.
	ErrTooLarge = errors.New("larger than the limit")
)

// Decode returns data as valid UTF-8 without a byte order mark. mediaType is
// what the server declared ("text/html; charset=gbk"), or empty. limit bounds
// the result in bytes. A guess, a declaration that is wrong, and bytes that mean
// nothing in the encoding (they become U+FFFD) are reported. Lines keep their
// numbers.
func Decode(data []byte, mediaType string, limit int64, report func(article.Issue)) ([]byte, error) {
	name, how, issue := choose(data, mediaType)
	text := data
	if name != "utf-8" {
		var err error
		if text, err = decode(data, name); err != nil {
			return nil, fmt.Errorf("charset: %s: %w", name, err)
		}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("charset: more than %d bytes: %w", limit, ErrTooLarge)
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return nil, fmt.Errorf("charset: line %d: a NUL byte: %w", line(text, i), ErrNotText)
	}
	if issue != nil {
		report(*issue)
	}
	if i := firstInvalid(text, name); i >= 0 {
		// Counted in what was read: a page may really contain U+FFFD.
		report(article.Issue{
			Severity: article.Loss, Code: "charset.invalid", Pos: article.Pos{Line: line(text, i)},
			Detail: fmt.Sprintf("bytes that are not %s (%s), the first in line %d", name, how, line(text, i)), Action: "replaced by U+FFFD",
		})
		text = bytes.ToValidUTF8(text, []byte("\ufffd"))
	}
	return text, nil
}

func decode(data []byte, name string) ([]byte, error) {
	enc := byName(name)
	if enc == nil {
		return nil, errors.New("unknown encoding")
	}
	return enc.NewDecoder().Bytes(data)
}

// firstInvalid returns where text, decoded from the encoding name, has its first
// unreadable bytes; -1: nowhere.
func firstInvalid(text []byte, name string) int {
	if name == "utf-8" {
		for i := 0; i < len(text); {
			r, n := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && n == 1 {
				return i
			}
			i += n
		}
		return -1
	}
	return bytes.IndexRune(text, utf8.RuneError)
}

// line returns the number of the line that text[i] stands in.
func line(text []byte, i int) int {
	n := 1
	for j, c := range text[:i] {
		if c == '\n' || c == '\r' && text[j+1] != '\n' {
			n++
		}
	}
	return n
}

// choose returns the encoding of data, why it is that one, and what there is to
// report about the choice.
func choose(data []byte, mediaType string) (name, how string, issue *article.Issue) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return "utf-8", "byte order mark", nil
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return "utf-16le", "byte order mark", known("utf-16le", "by its byte order mark")
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return "utf-16be", "byte order mark", known("utf-16be", "by its byte order mark")
	}
	if name := utf16(data); name != "" {
		return name, "zero bytes", guess(name)
	}
	http, meta := httpCharset(mediaType), metaCharset(data)
	if utf8.Valid(data) {
		// ISO-2022-JP hides in ASCII behind escapes.
		if bytes.Contains(data, []byte("\x1b$")) && byName("iso-2022-jp") != nil {
			return "iso-2022-jp", "escape sequences", known("iso-2022-jp", "by its escape sequences")
		}
		for _, declared := range []string{http, meta} {
			if declared != "" && declared != "utf-8" && !ascii(data) {
				return "utf-8", "valid", &article.Issue{Severity: article.Info, Code: "charset.declared",
					Detail: fmt.Sprintf("declared as %s, but it is valid UTF-8", declared), Action: "read as UTF-8"}
			}
		}
		return "utf-8", "valid", nil
	}
	for _, declared := range []struct{ name, how string }{{meta, "declared by the page"}, {http, "declared by the server"}} {
		if declared.name == "" {
			continue
		}
		if bad := damage(data, declared.name); bad*100 <= len(data) {
			return declared.name, declared.how, known(declared.name, declared.how)
		}
		// More than a byte in a hundred makes no sense: the declaration is wrong.
		name := detect(data)
		if damage(data, name) < damage(data, declared.name) {
			issue := guess(name)
			issue.Detail = fmt.Sprintf("%s as %s, which it is not; it looks like %s", declared.how, declared.name, name)
			return name, "guessed", issue
		}
		return declared.name, declared.how, known(declared.name, declared.how)
	}
	name = detect(data)
	return name, "guessed", guess(name)
}

// known says what an input is in, for those who want to know.
func known(name, how string) *article.Issue {
	if name == "utf-8" {
		return nil
	}
	return &article.Issue{Severity: article.Info, Code: "charset.known", Detail: name + ", " + how, Action: "read as " + name}
}

func guess(name string) *article.Issue {
	return &article.Issue{Severity: article.Info, Code: "charset.guessed",
		Detail: "no encoding is declared; it looks like " + name, Action: "read as " + name}
}

func ascii(data []byte) bool {
	for _, c := range data {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// utf16 recognises UTF-16 without a mark by the zero bytes of its ASCII
// characters, of which every page and every article has some.
func utf16(data []byte) string {
	head := data[:min(len(data), 4096)&^1]
	var zero [2]int
	for i, c := range head {
		if c == 0 {
			zero[i&1]++
		}
	}
	// Some Han characters have a zero byte in the other place.
	switch few := max(len(head)/20, 3); {
	case zero[1] > few && zero[1] > 4*zero[0]:
		return "utf-16le"
	case zero[0] > few && zero[0] > 4*zero[1]:
		return "utf-16be"
	}
	return ""
}

var metaTag = regexp.MustCompile(`(?i)<(?:meta\b[^>]*?\bcharset\s*=|\?xml\b[^>]*?\bencoding\s*=)\s*["']?\s*([a-z0-9_:.-]+)`)

// metaCharset returns what the page itself declares in its first 16 KiB. A page
// whose declaration could be read as ASCII cannot be UTF-16, whatever it says.
func metaCharset(data []byte) string {
	m := metaTag.FindSubmatch(data[:min(len(data), 16<<10)])
	if m == nil {
		return ""
	}
	name := canonical(string(m[1]))
	if strings.HasPrefix(name, "utf-16") {
		return "utf-8"
	}
	return name
}

func httpCharset(mediaType string) string {
	_, params, err := mime.ParseMediaType(mediaType)
	if err != nil {
		return ""
	}
	return canonical(params["charset"])
}

// canonical returns the name of the encoding with the given label; "" where
// there is none.
func canonical(label string) string {
	enc, err := htmlindex.Get(strings.TrimSpace(label))
	if err != nil {
		return ""
	}
	name, err := htmlindex.Name(enc)
	if err != nil || name == "replacement" {
		return ""
	}
	if name == "gbk" {
		return "gb18030"
	}
	return name
}

func byName(name string) encoding.Encoding {
	switch name {
	case "gb18030":
		return simplifiedchinese.GB18030
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	return enc
}

// damage counts the characters of data that the encoding name cannot read, in
// the first 256 KiB.
func damage(data []byte, name string) int {
	head := data[:min(len(data), 256<<10)]
	if name == "utf-8" {
		n := 0
		for i := 0; i < len(head); {
			r, size := utf8.DecodeRune(head[i:])
			if r == utf8.RuneError && size == 1 {
				n++
			}
			i += size
		}
		return n
	}
	text, err := decode(head, name)
	if err != nil {
		return len(head)
	}
	return bytes.Count(text, []byte("\ufffd"))
}

// detect returns the encoding that data, which is not valid UTF-8, looks like.
func detect(data []byte) string {
	head := data[:min(len(data), 64<<10)]
	// UTF-8 with a few broken bytes (cut in the middle of a character, a stray
	// byte of an older system) is still UTF-8. No other encoding gives so many
	// sequences of several bytes that are right by chance.
	if good, bad := multibyte(head); bad*20 < good {
		return "utf-8"
	}
	best, bestScore := "windows-1252", 0.0
	for _, c := range candidates(head) {
		if s := score(head, c.name) * c.weight; s > bestScore {
			best, bestScore = c.name, s
		}
	}
	return best
}

// multibyte counts the sequences of several bytes that UTF-8 allows and the
// bytes that it does not.
func multibyte(data []byte) (good, bad int) {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			bad++
		case size > 1:
			good++
		}
		i += size
	}
	return good, bad
}

type candidate struct {
	name   string
	weight float64
}

// candidates are the encodings that data may be in. The detector looks at how
// often pairs of bytes occur; it is right for long texts, and for short ones it
// calls Chinese Latin. So the encodings of East Asia are always among them.
func candidates(data []byte) []candidate {
	list := []candidate{{"gb18030", 1}, {"big5", 1}, {"shift_jis", 1}, {"euc-jp", 1}, {"euc-kr", 1}}
	results, err := chardet.NewHtmlDetector().DetectAll(data)
	if err != nil {
		return list
	}
	// Results of equal confidence come in any order.
	slices.SortFunc(results, func(a, b chardet.Result) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.Charset, b.Charset))
	})
	for _, r := range results {
		name := canonical(r.Charset)
		if name == "" || strings.HasPrefix(name, "utf-") {
			continue
		}
		weight := 1 + float64(r.Confidence)/100
		found := false
		for i := range list {
			if list[i].name == name {
				list[i].weight, found = max(list[i].weight, weight), true
			}
		}
		if !found {
			list = append(list, candidate{name, weight})
		}
	}
	return list
}

// score tells how much data looks like text when it is read as name: the share
// of the characters beyond ASCII that are frequent ones.
func score(data []byte, name string) float64 {
	text, err := decode(data, name)
	if err != nil {
		return 0
	}
	var all, points float64
	for _, r := range string(text) {
		if r < 0x80 {
			continue
		}
		all++
		switch {
		case r == utf8.RuneError:
			points -= 5
		case frequent[r]:
			points += 2
		case r >= 0x3041 && r <= 0x30fe, r >= 0xac00 && r <= 0xd7a3:
			points += 1.5
		case r >= 0x4e00 && r <= 0x9fff:
			points += 0.6
		case r >= 0xff61 && r <= 0xff9f: // half-width katakana: what Chinese becomes in Shift_JIS
			points -= 0.5
		case r >= 0x3000 && r <= 0x303f, r >= 0xff01 && r <= 0xff60, r >= 0x2010 && r <= 0x2026:
			points++
		case r >= 0xc0 && r <= 0x24f, r >= 0x391 && r <= 0x3c9, r >= 0x410 && r <= 0x451, r >= 0x5d0 && r <= 0x64a:
			points += 0.8
		}
	}
	if all == 0 {
		return 0
	}
	return max(points/all, 0)
}

// frequent are the commonest characters of Chinese and Japanese texts.
var frequent = func() map[rune]bool {
	m := map[rune]bool{}
	for _, r := range "的一是不了在人有我他这個个们們来來到时時大地为為子中你说說生国國年着就那和要她出也得里裡后後自以会會家可下而过過天去能对對小多然于於心学學么麼之都好看起发發当當没沒成只如事把还還用第样樣道想作种種开開美总總从從无無情己面最女但现現前些所同日手又行意动動方期它头頭经經长長月公司业業网網新品市场場企日本者年月東京、。，「」のにはをたがでてとし" {
		m[r] = true
	}
	return m
}()
