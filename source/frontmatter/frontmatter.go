// Package frontmatter takes an article's file apart into what its YAML front
// matter says and the body below. It is a service for the formats under source,
// not a format itself, and the one package there that the others may share
// beside the small ones for dates, languages and encodings.
//
// It decides which keys mean what (the names that Hexo, Hugo, Jekyll, Zola,
// Pelican and web clippers use), and it is tolerant: values keep the text that
// stands in the file, whatever YAML takes it for; broken YAML is read line by
// line; what no field of article.Meta holds is kept in Meta.Extra. It knows no
// other front matter than YAML between "---" lines, and resolves no references.
package frontmatter

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/leporello-press/leporello/article"
)

// The bounds of a front matter. Beyond them Parse's error wraps ErrLimit.
const (
	maxBytes = 64 << 10
	maxDepth = 32
	maxNodes = 20_000 // with aliases followed
)

// ErrLimit is the error for a front matter that is larger or deeper than any
// person's.
var ErrLimit = errors.New("front matter exceeds the limit")

// File is a file taken apart.
type File struct {
	// Meta has what the front matter says. Meta.Lead has its Src as written.
	Meta article.Meta
	// Body is what follows the front matter, a part of the input. It is the whole
	// input where there is no front matter.
	Body []byte
	// Line is the number of the line in the file that Body begins with.
	Line int
}

// Parse takes text, which is UTF-8, apart. Dates without a zone are of zone; nil
// is UTC. What had to be repaired or could not be understood is reported with its
// line. No input but one that exceeds the limits is an error.
func Parse(text []byte, zone *time.Location, report func(article.Issue)) (File, error) {
	file, head, headLine, err := split(text, report)
	if err != nil || head == nil {
		return file, err
	}
	p := parser{line: headLine, report: report}
	entries, err := p.parse(string(head))
	if err != nil {
		return file, err
	}
	m := mapper{zone: zone, report: report}
	file.Meta = m.meta(entries)
	return file, nil
}

// split finds the front matter of text. head is nil where there is none; its
// line ends are "\n" then, and headLine is the number of its first line.
func split(text []byte, report func(article.Issue)) (file File, head []byte, headLine int, err error) {
	whole := File{Body: text, Line: 1}
	r := lines{rest: bytes.TrimPrefix(text, []byte("\ufeff")), number: 1}
	open := r.skipBlank()
	first, ok := r.next()
	fenced := ok && string(first) == "---"
	if !fenced {
		// Old posts of Hexo have no fence before the front matter, only one after it.
		if !ok || !keyLine.Match(first) || !known(first) {
			return whole, nil, 0, nil
		}
		r = open
	}
	headLine = r.number
	var b bytes.Buffer
	for {
		l, ok := r.next()
		if !ok {
			if fenced && b.Len() > 0 && looksLikeHead(b.Bytes()) {
				report(article.Issue{Severity: article.Warning, Code: "frontmatter.unclosed", Pos: article.Pos{Line: headLine - 1},
					Detail: `no "---" ends the front matter`, Action: "read as part of the body"})
			}
			return whole, nil, 0, nil
		}
		if s := string(l); s == "---" || s == "..." && fenced {
			break
		}
		if !fenced && !plausible(l) {
			return whole, nil, 0, nil
		}
		b.Write(l)
		b.WriteByte('\n')
	}
	head = b.Bytes()
	switch {
	case len(bytes.TrimSpace(head)) > 0 && !looksLikeHead(head):
		return whole, nil, 0, nil // two thematic breaks with prose between them
	case len(head) > maxBytes:
		return whole, nil, 0, fmt.Errorf("front matter: line %d: more than %d bytes: %w", headLine, maxBytes, ErrLimit)
	}
	if !fenced {
		report(article.Issue{Severity: article.Info, Code: "frontmatter.unopened", Pos: article.Pos{Line: headLine},
			Detail: `no "---" opens the front matter`, Action: "read as front matter"})
	}
	return File{Body: r.rest, Line: r.number}, append(head, '\n'), headLine, nil
}

// lines reads text line by line.
type lines struct {
	rest   []byte
	number int // of the next line, from 1
}

// next returns the next line without white space at its end.
func (r *lines) next() ([]byte, bool) {
	if len(r.rest) == 0 {
		return nil, false
	}
	line, after := r.rest, []byte(nil)
	if i := bytes.IndexAny(r.rest, "\r\n"); i >= 0 {
		line, after = r.rest[:i], r.rest[i+1:]
		if r.rest[i] == '\r' && len(after) > 0 && after[0] == '\n' {
			after = after[1:]
		}
	}
	r.rest = after
	r.number++
	return bytes.TrimRight(line, " \t\u00a0\u3000\u0085"), true
}

// skipBlank skips empty lines, comments and a doctype, and returns where it
// stopped.
func (r *lines) skipBlank() lines {
	for {
		at := *r
		line, ok := r.next()
		text := bytes.TrimSpace(line)
		switch {
		case !ok:
			return at
		case len(text) == 0:
		case len(text) > 9 && bytes.EqualFold(text[:9], []byte("<!doctype")) && text[len(text)-1] == '>':
		case bytes.HasPrefix(text, []byte("<!--")):
			for ok && !bytes.HasSuffix(text, []byte("-->")) {
				line, ok = r.next()
				text = bytes.TrimSpace(line)
			}
			if !ok {
				*r = at
				return at
			}
		default:
			*r = at
			return at
		}
	}
}

// keyLine is a line that begins an entry: a key at its very beginning, quoted or
// not, and a colon. The last form has no space after the colon.
var keyLine = regexp.MustCompile(`^(?:"([^"]+)"|'([^']+)'|([^\s#:："'\[\]{}<>,&*!|%@` + "`" + `-][^:：<>]{0,60}?))\s*(?:(:)(?:\s+|$)|(：)\s*|(:)([^\s/]))`)

// entry is what keyLine finds in line: a key and the text after it.
func entry(line string) (key, rest string, ok bool) {
	m := keyLine.FindStringSubmatchIndex(line)
	if m == nil {
		return "", "", false
	}
	for _, g := range []int{1, 2, 3} {
		if m[2*g] >= 0 {
			key = line[m[2*g]:m[2*g+1]]
		}
	}
	end := m[1]
	if m[14] >= 0 {
		end = m[14]
	}
	return strings.TrimSpace(key), line[end:], true
}

// looksLikeHead tells whether some line of head is an entry.
func looksLikeHead(head []byte) bool {
	for line := range bytes.Lines(head) {
		if keyLine.Match(bytes.TrimRight(line, "\n")) {
			return true
		}
	}
	return false
}

// known tells whether line is an entry with a key that has a meaning.
func known(line []byte) bool {
	key, _, _ := entry(string(line))
	_, ok := meanings[Key(key)]
	return ok
}

// plausible tells whether line may stand in a front matter.
func plausible(line []byte) bool {
	return len(line) == 0 || line[0] == ' ' || line[0] == '\t' || line[0] == '#' || bytes.HasPrefix(line, []byte("- ")) || keyLine.Match(line)
}

// Key returns the form of a key that is compared: "Last-Modified At" and
// "last_modified_at" are one.
func Key(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' || r == '\u00a0' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}
