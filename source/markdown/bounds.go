package markdown

import (
	"bytes"
	"regexp"

	"github.com/leporello-press/leporello/article"
)

// The bounds of what no person writes. What exceeds them stays text.
const (
	maxNotes   = 10_000  // marks of footnotes: each is looked up among all notes
	maxLinks   = 10_000  // definitions of links, and links in a paragraph of ...
	maxLines   = 10_000  // ... as many lines: for each the parser walks over all of them
	maxMarkers = 300     // marks of quotes and lists within each other on one line
	maxIndent  = 600     // spaces and tabs that a line begins with
	maxColumns = 300     // columns of tables that ...
	maxCells   = 500_000 // ... would have more cells than this: short rows are filled up
)

var (
	marker     = regexp.MustCompile(`^[ \t]*(?:>|[-*+][ \t]|[0-9]{1,9}[.)][ \t])`)
	thematic   = regexp.MustCompile(`^[ \t]*(?:[-*_][ \t]*)+$`)
	delimiting = regexp.MustCompile(`^[ \t>]*[|:-][ \t|:-]*$`)
)

// shallow takes the meaning from marks of quotes and lists that are nested too
// deep on one line, and makes deep indents less deep.
func (w *writer) shallow(body []byte) []byte {
	var out []byte // nil: nothing was changed
	offset := 0
	for line := range bytes.Lines(body) {
		start := offset
		offset += len(line)
		end := -1
		blank := 0
		if len(line) > maxIndent {
			blank = len(line) - len(bytes.TrimLeft(line, " \t"))
		}
		if blank > maxIndent {
			if out == nil {
				out = append(out, body[:start]...)
				w.issue(start, article.Warning, "markdown.depth", "a line is set in deeper than any text is", "set in less")
			}
			out = append(out, line[blank-maxIndent:]...)
			continue
		}
		if len(line) > maxMarkers && !thematic.Match(bytes.TrimRight(line, "\n")) {
			end = afterMarkers(line)
		}
		if end < 0 {
			if out != nil {
				out = append(out, line...)
			}
			continue
		}
		if out == nil {
			out = append(out, body[:start]...)
			w.issue(start, article.Warning, "markdown.depth", "quotes and lists within each other, deeper than any text is", "the inner marks are kept as text")
		}
		if i := bytes.IndexAny(line[end:], ">-*+.)"); i >= 0 {
			end += i
		}
		out = append(out, line[:end]...)
		if end < len(line) && line[end] != '\n' {
			out = append(out, '\\')
		}
		out = append(out, line[end:]...)
	}
	if out == nil {
		return body
	}
	return out
}

// afterMarkers returns where the most marks that a line may begin with end; -1 if
// it has fewer.
func afterMarkers(line []byte) int {
	end := 0
	for range maxMarkers {
		m := marker.Find(line[end:])
		if m == nil {
			return -1
		}
		end += len(m)
	}
	return end
}

// manyLinks tells whether body has more links side by side than any article has.
func manyLinks(body []byte) bool {
	if bytes.Count(body, []byte("]:")) > maxLinks {
		return true
	}
	if bytes.Count(body, []byte("]")) <= maxLinks {
		return false
	}
	lines := 0
	for line := range bytes.Lines(body) {
		if lines++; len(bytes.TrimSpace(line)) == 0 {
			lines = 0
		}
		if lines > maxLines {
			return true
		}
	}
	return false
}

// wideTables tells whether body has tables that would be filled up with more cells
// than any table has.
func wideTables(body []byte) bool {
	columns := 0
	for line := range bytes.Lines(body) {
		line = bytes.TrimRight(line, "\n")
		if n := bytes.Count(line, []byte("|")); n > columns && delimiting.Match(line) {
			columns = n
		}
	}
	return columns > maxColumns && columns*(1+bytes.Count(body, []byte("\n"))) > maxCells
}
