package article

import (
	"fmt"
	"strings"
)

// Issue is something that was worked around and is worth knowing: a missing
// picture, an unknown element, a glyph no font has. It names its place. What
// cannot be worked around is an error instead.
type Issue struct {
	Severity Severity
	Code     string // stable, dotted, lower case: "image.http", "glyph.missing", "frontmatter.repaired"
	Article  string // which input: a path or an address; empty: the book as a whole
	Pos      Pos
	URL      string // what it is about, if that has an address
	Text     string // the characters it is about, where it is about some: those without a glyph
	Detail   string // one line for a person
	Action   string // what was done instead: "placeholder", "dropped", "kept as text"
	Attempts []Attempt
}

// Attempt is one try to get something over the network.
type Attempt struct {
	Referer string // what was sent: "none", "page", "origin"
	Agent   string // "browser": it said so; empty: it told its own name
	Status  int    // the HTTP status; 0: there was no answer
	Bytes   int64  // that came of the body
	Final   string // the address that answered, after redirects; empty: the one that was asked
	Error   string // why it failed
}

// Severity says how much an Issue matters.
type Severity uint8

const (
	// Info: nothing is lost; a choice was made that someone may want to know.
	Info Severity = iota
	// Warning: something of the input shows in another form than its author meant.
	Warning
	// Loss: something of the input is not in the book.
	Loss
)

// String returns "info", "warning" or "loss".
func (s Severity) String() string {
	switch s {
	case Info:
		return "info"
	case Warning:
		return "warning"
	case Loss:
		return "loss"
	}
	return fmt.Sprintf("Severity(%d)", uint8(s))
}

// String returns the issue on one line, its place first:
// "a.html:12: image.http: HTTP 403 (https://…); placeholder".
func (i Issue) String() string {
	var b strings.Builder
	if i.Article != "" {
		b.WriteString(i.Article)
		b.WriteByte(':')
		if i.Pos.Line > 0 {
			fmt.Fprintf(&b, "%d:", i.Pos.Line)
		}
		b.WriteByte(' ')
	}
	b.WriteString(i.Code)
	if i.Detail != "" {
		b.WriteString(": ")
		b.WriteString(i.Detail)
	}
	if i.URL != "" {
		fmt.Fprintf(&b, " (%s)", i.URL)
	}
	if i.Action != "" {
		b.WriteString("; ")
		b.WriteString(i.Action)
	}
	return b.String()
}
