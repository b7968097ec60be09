package frontmatter

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/leporello-press/leporello/article"
)

var (
	// plainKey is a line of Pelican's. Only words in ASCII are keys: Chinese prose has
	// colons everywhere.
	plainKey = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_ -]{0,40}?)[ \t]*[:：](?:[ \t]+(.*)|(：?[^\s/:].*)?)$`)
	fieldKey = regexp.MustCompile(`^:([A-Za-z][A-Za-z0-9_ -]{0,40}?):(?:[ \t]+(.*))?$`)

	underline = regexp.MustCompile(`^(?:=+|#{3,}|~{3,}|\*{3,}|-{3,})$`)
)

// stateKeys are the keys of Pelican's that no field of article.Meta stands for.
var stateKeys = map[string]bool{"slug": true, "status": true, "template": true, "saveas": true, "translation": true, "series": true,
	"draft": true, "permalink": true, "layout": true, "comments": true}

// keyLines takes the head that is lines of keys up to an empty line. r stands
// before its first line.
func (s *splitter) keyLines(r lines) (File, head) {
	h := head{notation: inLines, line: r.number}
	first, _ := r.next()
	exp := plainKey
	if fieldKey.Match(first) {
		exp = fieldKey
	} else if title, at := string(first), r; !plainKey.Match(first) {
		// A title, underlined and perhaps overlined, and fields below it.
		if underline.MatchString(title) {
			l, _ := r.next()
			title = strings.TrimSpace(string(l))
		}
		l, ok := r.next()
		if !ok || title == "" || !underline.Match(l) || string(first) == "---" {
			return s.whole, head{}
		}
		r.skipBlank()
		l, _ = r.next()
		if !fieldKey.Match(l) {
			return s.whole, head{}
		}
		h.entries = append(h.entries, pair{"title", value{text: title, line: at.number - 1}})
		exp, first = fieldKey, l
	}
	size, known, hasTitle := 0, 0, len(h.entries) > 0
	for l, ok := first, true; ok && len(l) > 0; l, ok = r.next() {
		if size += len(l) + 1; size > maxBytes {
			return s.whole, head{}
		}
		line := r.number - 1
		m := exp.FindSubmatch(l)
		last := len(h.entries) - 1
		switch {
		case m != nil:
			key := string(m[1])
			text := string(bytes.TrimSpace(m[2]))
			if len(m) > 3 && len(m[3]) > 0 {
				text = string(bytes.TrimSpace(m[3]))
			}
			h.entries = append(h.entries, pair{key, value{text: text, line: line, null: text == ""}})
			if _, ok := meanings[Key(key)]; ok || stateKeys[Key(key)] {
				known++
			}
			hasTitle = hasTitle || Key(key) == "title"
		case last >= 0 && (l[0] == ' ' || l[0] == '\t'):
			v := &h.entries[last].value
			v.text = strings.TrimSpace(v.text + "\n" + strings.TrimSpace(string(l)))
			v.null = v.text == ""
		default:
			return s.whole, head{} // prose
		}
	}
	// One line with a colon may be prose; a title or two keys that everybody uses
	// are not.
	if known == 0 || known == 1 && !hasTitle || known*2 < len(h.entries) {
		return s.whole, head{}
	}
	s.report(article.Issue{Severity: article.Info, Code: "frontmatter.lines", Pos: article.Pos{Line: h.line},
		Detail: "lines of keys and values", Action: "read as front matter"})
	return File{Body: r.rest, Line: r.number}, h
}
