// Package frontmatter takes an article's file apart into what its front matter
// says and the body below. It is a service for the formats under source, not a
// format itself.
//
// Front matter is one of these, after empty lines, comments and a doctype:
//
//   - YAML between "---" lines (Hexo, Hugo, Jekyll, Obsidian); the first may be missing
//   - TOML between "+++" lines (Zola, Hugo)
//   - an object of JSON (Hugo), or the inside of one that ";;;" ends (Hexo)
//   - lines of "Key: value" up to an empty line (Pelican, MultiMarkdown)
//   - lines of ":key: value" up to an empty line, below an underlined title or not
//     (reStructuredText)
//
// It decides which keys mean what (the names that Hexo, Hugo, Jekyll, Zola,
// Pelican and web clippers use), and it is tolerant: values keep the text that
// stands in the file, whatever the notation takes it for; what is broken is read
// entry by entry; what no field of article.Meta holds is kept in Meta.Extra, with
// the keys of maps joined by dots. It resolves no references.
//
// Among the keys in Extra are those of an article's state, which this package does
// not act on: draft, published (false), status, and expiryDate, which is written as
// RFC 3339 whatever the file calls it.
package frontmatter

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/charset"
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

// Open decodes an input and takes it apart. Files of Jekyll's names have tags
// between spaces.
func Open(in source.Input, o source.Options, report func(article.Issue)) (File, error) {
	text, err := charset.Decode(in.Data, in.Type, o.Limit(), report)
	if err != nil {
		return File{}, err
	}
	o.SpacedTags = o.SpacedTags || in.Jekyll()
	return Parse(text, o, report)
}

// Parse takes text, which is UTF-8, apart. What had to be repaired or could not be
// understood is reported with its line. No input but one that exceeds the limits is
// an error.
func Parse(text []byte, o source.Options, report func(article.Issue)) (File, error) {
	file, h, err := split(text, report)
	if err != nil || h.notation == none {
		return file, err
	}
	p := parser{line: h.line, report: report}
	var entries []pair
	switch h.notation {
	case inYAML:
		entries, err = p.parse(h.text)
	case inTOML:
		entries, err = p.parseTOML(h.text)
	case inJSON:
		entries, err = p.parseJSON(h.text)
	case inLines:
		entries = h.entries
	default:
		panic(fmt.Sprintf("frontmatter: unknown notation %d", h.notation))
	}
	if err != nil {
		return file, err
	}
	m := mapper{o: o, report: report}
	file.Meta = m.meta(entries)
	return file, nil
}

// notation is how a front matter is written.
type notation uint8

const (
	none notation = iota
	inYAML
	inTOML
	inJSON
	inLines
)

// head is a front matter.
type head struct {
	notation notation
	text     string // its lines, which end in "\n"
	line     int    // the number of the first
	entries  []pair // of inLines, in place of text
}

// split finds the front matter of text.
func split(text []byte, report func(article.Issue)) (File, head, error) {
	whole := File{Body: text, Line: 1}
	r := lines{rest: bytes.TrimPrefix(text, []byte("\ufeff")), number: 1}
	open := r.skipBlank()
	first, ok := r.next()
	if !ok {
		return whole, head{}, nil
	}
	s := &splitter{whole: whole, report: report}
	switch fence := string(first); {
	case fence == "+++":
		return s.fenced(r, inTOML, fence)
	case fence == "---toml", fence == "---json":
		n := inTOML
		if fence == "---json" {
			n = inJSON
		}
		return s.fenced(r, n, "---")
	case fence == "---", fence == "---yaml", fence == "---yml":
		return s.fenced(r, inYAML, "---")
	case fence == ";;;":
		return s.fenced(r, inJSON, fence)
	case fence == "{", len(fence) > 1 && fence[0] == '{' && strings.IndexByte("\"' \t", fence[1]) >= 0:
		return s.object(open)
	}
	if file, h, err := s.unopened(open, first); err != nil || h.notation != none {
		return file, h, err
	}
	file, h := s.keyLines(open)
	return file, h, nil
}

type splitter struct {
	whole  File
	report func(article.Issue)
}

// fenced takes the head that r stands in up to a line of fence.
func (s *splitter) fenced(r lines, n notation, fence string) (File, head, error) {
	h := head{notation: n, line: r.number}
	var b bytes.Buffer
	quotes := "" // of the TOML string over several lines that is open
	for {
		l, ok := r.next()
		if !ok {
			if b.Len() > 0 && looksLikeHead(b.Bytes(), n) {
				s.report(article.Issue{Severity: article.Warning, Code: "frontmatter.unclosed", Pos: article.Pos{Line: h.line - 1},
					Detail: fmt.Sprintf("no %q ends the front matter", fence), Action: "read as part of the body"})
			}
			return s.whole, head{}, nil
		}
		end := string(l) == fence || n == inYAML && (string(l) == "..." || string(l) == ";;;")
		if end && quotes == "" {
			break
		}
		if n == inTOML {
			quotes = openQuotes(string(l), quotes)
		}
		b.Write(l)
		b.WriteByte('\n')
	}
	text := b.Bytes()
	switch {
	case len(bytes.TrimSpace(text)) > 0 && !looksLikeHead(text, n):
		return s.whole, head{}, nil // two thematic breaks with prose between them
	case len(text) > maxBytes:
		return s.whole, head{}, tooLarge(h.line)
	}
	b.WriteByte('\n')
	h.text = b.String()
	return File{Body: r.rest, Line: r.number}, h, nil
}

func tooLarge(line int) error {
	return fmt.Errorf("front matter: line %d: more than %d bytes: %w", line, maxBytes, ErrLimit)
}

// openQuotes returns the quotes of the string over several lines that is open
// after a line of TOML.
func openQuotes(line, open string) string {
	for {
		if open != "" {
			i := strings.Index(line, open)
			if i < 0 {
				return open
			}
			line, open = line[i+3:], ""
			continue
		}
		basic, literal := strings.Index(line, `"""`), strings.Index(line, "'''")
		switch {
		case basic < 0 && literal < 0:
			return ""
		case literal < 0 || basic >= 0 && basic < literal:
			line, open = line[basic+3:], `"""`
		default:
			line, open = line[literal+3:], "'''"
		}
	}
}

// unopened takes the head of an old post of Hexo, which has no fence before the
// front matter, only one after it.
func (s *splitter) unopened(r lines, first []byte) (File, head, error) {
	if !keyLine.Match(first) || !known(first) {
		return s.whole, head{}, nil
	}
	h := head{line: r.number}
	var b bytes.Buffer
	for h.notation == none {
		l, ok := r.next()
		switch {
		case !ok, len(l) > 0 && !plausible(l) && string(l) != "---" && string(l) != ";;;":
			return s.whole, head{}, nil
		case string(l) == "---":
			h.notation = inYAML
		case string(l) == ";;;":
			h.notation = inJSON
		default:
			b.Write(l)
			b.WriteByte('\n')
		}
	}
	if b.Len() > maxBytes {
		return s.whole, head{}, tooLarge(h.line)
	}
	s.report(article.Issue{Severity: article.Info, Code: "frontmatter.unopened", Pos: article.Pos{Line: h.line},
		Detail: "no line opens the front matter", Action: "read as front matter"})
	b.WriteByte('\n')
	h.text = b.String()
	return File{Body: r.rest, Line: r.number}, h, nil
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
func looksLikeHead(head []byte, n notation) bool {
	for line := range bytes.Lines(head) {
		line = bytes.TrimRight(line, "\n")
		if n != inTOML && keyLine.Match(bytes.TrimLeft(line, " \t{,")) || n == inTOML && (tomlKey.Match(line) || keyLine.Match(line)) {
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
	return len(line) == 0 || line[0] == ' ' || line[0] == '}' || line[0] == ']' || line[0] == '\t' || line[0] == '#' || bytes.HasPrefix(line, []byte("- ")) || keyLine.Match(line)
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
