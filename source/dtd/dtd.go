// Package dtd reads the document type declarations that stand in XML files
// themselves (XML 1.0, section 2.8): it takes them out and puts what entities stand
// for in their place, which parsers of HTML and of feeds do not know.
//
// Not done: entities of other files, parameter entities, default attributes.
package dtd

import (
	"bytes"
	"regexp"
	"strings"
)

// The bounds of what entities may stand for, in bytes where nothing else is said.
const (
	maxEntity = 64 << 10 // one of them
	maxAll    = 1 << 20  // all together
	maxWithin = 50       // and how deep they stand within each other
)

var (
	prolog    = regexp.MustCompile(`(?is)^[^<]*(?:<\?.*?\?>[^<]*|<!--.*?-->[^<]*)*<!DOCTYPE`)
	entity    = regexp.MustCompile(`^<!ENTITY\s+([^\s%"'<>&;]+)\s+(?:"([^"]*)"|'([^']*)'|(?:SYSTEM|PUBLIC)\s)`)
	named     = regexp.MustCompile(`&[^\s&;<>"'#]{1,100};`)
	reference = regexp.MustCompile(`^&[^\s&;<>"'#]{1,100};`)
)

// The entities that XML has without any declaration: they stay as they are.
var own = map[string]bool{"lt": true, "gt": true, "amp": true, "quot": true, "apos": true}

// Resolve returns a document without the declarations of its own, in which entities
// that are declared there are replaced by what they stand for. left counts
// references that stay as they are: to other files, to themselves, or to more text
// than anybody means. Lines keep their numbers. Text without such declarations is
// returned as it is.
func Resolve(text []byte) (out []byte, left int) {
	m := prolog.FindIndex(text)
	if m == nil {
		return text, 0
	}
	from, to := subset(text, m[1])
	if from == to {
		return text, 0
	}
	d := declared{values: map[string]string{}, whole: map[string]*string{}}
	d.declare(text[from+1 : to-1])
	lines := bytes.Repeat([]byte("\n"), bytes.Count(text[from:to], []byte("\n")))
	body := text[to:]
	if len(d.values) > 0 {
		body = d.replace(body)
	}
	return bytes.Join([][]byte{text[:from], lines, body}, nil), d.left
}

// ends has what closes what begins in a way that nothing within means anything.
var ends = []struct{ open, close string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}, {`"`, `"`}, {"'", "'"}}

// closed returns the length of what text begins with if that is a comment, a section
// of character data, an instruction or, where quotes is true, something in quotes;
// 0: it is none of these, -1: nothing closes it.
func closed(text []byte, quotes bool) int {
	for _, e := range ends {
		if len(e.open) == 1 && !quotes || !bytes.HasPrefix(text, []byte(e.open)) {
			continue
		}
		if i := bytes.Index(text[len(e.open):], []byte(e.close)); i >= 0 {
			return len(e.open) + i + len(e.close)
		}
		return -1
	}
	return 0
}

// subset returns where the declarations between brackets of the document type
// declaration around at stand, with the brackets; nowhere: it has none.
func subset(text []byte, at int) (from, to int) {
	for i := at; i < len(text); {
		n := closed(text[i:], true)
		if n < 0 {
			break
		}
		if i += n; n > 0 {
			continue
		}
		switch c := text[i]; {
		case c == '[' && from == 0:
			from = i
		case c == ']' && from > 0:
			return from, i + 1
		case c == '>' && from == 0:
			return 0, 0
		}
		i++
	}
	return 0, 0
}

// declared are the entities of a document.
type declared struct {
	values map[string]string  // as they are declared
	whole  map[string]*string // with the entities in them replaced; nil: cannot be
	bytes  int                // that were put in
	left   int
}

// declare reads declarations, of which each is closed.
func (d *declared) declare(text []byte) {
	for len(text) > 0 {
		if m := entity.FindSubmatch(text); m != nil {
			name := string(m[1])
			if _, twice := d.values[name]; !twice && !own[name] { // the first one counts (XML 1.0, section 4.2)
				if m[2] == nil && m[3] == nil {
					d.whole[name] = nil
				}
				d.values[name] = strings.NewReplacer("\r", " ", "\n", " ").Replace(string(m[2]) + string(m[3]))
			}
			text = text[len(m[0]):]
			continue
		}
		text = text[max(closed(text, true), 1):]
	}
}

// replace returns text with the references in it replaced.
func (d *declared) replace(text []byte) []byte {
	var out bytes.Buffer
	for len(text) > 0 {
		i := bytes.IndexAny(text, "<&")
		if i < 0 {
			break
		}
		out.Write(text[:i])
		text = text[i:]
		n := closed(text, false)
		switch {
		case n < 0:
			n = len(text)
			out.Write(text)
		case n > 0:
			out.Write(text[:n])
		case text[0] == '&':
			ref := reference.Find(text)
			n = max(len(ref), 1)
			if s, ok := d.take(ref); ok {
				out.WriteString(s)
			} else {
				out.Write(text[:n])
			}
		default:
			if n = bytes.IndexByte(text, '>') + 1; n == 0 {
				n = len(text)
			}
			out.Write(named.ReplaceAllFunc(text[:n], func(ref []byte) []byte {
				if s, ok := d.take(ref); ok {
					return []byte(inTag.Replace(s))
				}
				return ref
			}))
		}
		text = text[n:]
	}
	out.Write(text)
	return out.Bytes()
}

var inTag = strings.NewReplacer(`"`, "&quot;", "'", "&#39;", "<", "&lt;", ">", "&gt;")

// take returns what a reference stands for, once more; ok is false where it stays.
func (d *declared) take(ref []byte) (s string, ok bool) {
	if len(ref) == 0 {
		return "", false
	}
	name := string(ref[1 : len(ref)-1])
	if _, known := d.values[name]; !known {
		return "", false
	}
	whole := d.resolve(name, 0)
	if whole == nil || d.bytes+len(*whole) > maxAll {
		d.left++
		return "", false
	}
	d.bytes += len(*whole)
	return *whole, true
}

// resolve returns all that an entity stands for; nil: it is too much, or itself.
func (d *declared) resolve(name string, depth int) *string {
	if s, known := d.whole[name]; known {
		return s
	}
	d.whole[name] = nil // within itself
	var b strings.Builder
	value, at := d.values[name], 0
	for _, m := range named.FindAllStringIndex(value, -1) {
		inner := value[m[0]+1 : m[1]-1]
		if _, known := d.values[inner]; !known {
			continue
		}
		if depth == maxWithin {
			return nil
		}
		s := d.resolve(inner, depth+1)
		if s == nil || b.Len()+len(*s) > maxEntity {
			return nil
		}
		b.WriteString(value[at:m[0]])
		b.WriteString(*s)
		at = m[1]
	}
	b.WriteString(value[at:])
	if b.Len() > maxEntity {
		return nil
	}
	s := b.String()
	d.whole[name] = &s
	return &s
}
