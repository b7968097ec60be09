package epub

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// markup is XML being written. Nothing reaches it that its methods have not
// escaped, except the constants of this package.
type markup struct{ b []byte }

// raw appends markup that needs no escaping.
func (m *markup) raw(parts ...string) {
	for _, s := range parts {
		m.b = append(m.b, s...)
	}
}

// text appends character data.
func (m *markup) text(s string) { m.b = appendEscaped(m.b, s, false) }

// attr appends an attribute.
func (m *markup) attr(name, value string) {
	m.b = append(m.b, ' ')
	m.b = append(m.b, name...)
	m.b = append(m.b, '=', '"')
	m.b = appendEscaped(m.b, value, true)
	m.b = append(m.b, '"')
}

// attrIf appends an attribute unless its value is empty.
func (m *markup) attrIf(name, value string) {
	if value != "" {
		m.attr(name, value)
	}
}

// element appends an element that holds only text; attrs are names and values.
func (m *markup) element(name, text string, attrs ...string) {
	m.raw("<", name)
	for i := 0; i+1 < len(attrs); i += 2 {
		m.attrIf(attrs[i], attrs[i+1])
	}
	m.raw(">")
	m.text(text)
	m.raw("</", name, ">")
}

// appendEscaped appends s as character data or, in attributes, as a quoted
// value. What XML 1.0 does not allow (§2.2) is left out, and so are the control
// characters of C1, which print nothing; bytes that are not UTF-8 become U+FFFD.
func appendEscaped(b []byte, s string, inAttr bool) []byte {
	from := 0
	put := func(i, width int, with string) {
		b = append(b, s[from:i]...)
		b = append(b, with...)
		from = i + width
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			switch {
			case c == '&':
				put(i, 1, "&amp;")
			case c == '<':
				put(i, 1, "&lt;")
			case c == '>':
				put(i, 1, "&gt;") // "]]>" is not allowed in text
			case c == '"' && inAttr:
				put(i, 1, "&quot;")
			case c == '\r':
				put(i, 1, "") // a parser would make it a line end
			case (c == '\n' || c == '\t') && inAttr:
				put(i, 1, " ")
			case c < ' ' && c != '\n' && c != '\t', c == 0x7f:
				put(i, 1, "")
			}
			i++
			continue
		}
		r, width := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && width == 1:
			put(i, 1, "\uFFFD")
		case r < 0xA0, r == 0xFFFE, r == 0xFFFF:
			put(i, width, "")
		}
		i += width
	}
	return append(b, s[from:]...)
}

// label returns s as one line for titles and lists: white space folded, without
// controls, also those that turn the direction of what follows.
func label(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) && r != '\u00a0' && r != '\u3000':
			return ' '
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069',
			r == '\ufeff', r == 0xFFFE, r == 0xFFFF:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
}

// wellFormed is the last gate: what our own writer made is read as XML reads it.
// It uses raw tokens, which need no name spaces, and matches the tags itself.
func wellFormed(name string, page []byte) error {
	d := xml.NewDecoder(bytes.NewReader(page))
	var open []xml.Name
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: not well-formed: %w", name, err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			open = append(open, t.Name)
		case xml.EndElement:
			n := len(open) - 1
			if n < 0 || open[n] != t.Name {
				return fmt.Errorf("%s: not well-formed: unexpected </%s>", name, t.Name.Local)
			}
			open = open[:n]
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("%s: not well-formed: <%s> is open at the end", name, open[len(open)-1].Local)
	}
	return nil
}
