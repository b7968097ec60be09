// Package pdfobj writes the objects of a PDF 1.7 file (ISO 32000-1): values,
// streams, object streams and the cross-reference stream. It writes to an
// io.Writer as it goes and remembers eight bytes an object. It knows nothing of
// pages, fonts or pictures.
package pdfobj

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Object is one of Null, Bool, Int, Real, Name, Text, Bytes, Ref, Array, Dict
// and Raw.
//
//sumtype:decl
type Object interface {
	appendTo(b []byte) []byte
}

// Append appends the written form of o to b.
func Append(b []byte, o Object) []byte { return o.appendTo(b) }

type (
	// Null is the null object.
	Null struct{}
	// Bool is a boolean.
	Bool bool
	// Int is an integer.
	Int int64
	// Real is a number in thousandths, so that it is written alike everywhere:
	// Real(12500) is 12.5.
	Real int64
	// Name is a name without its slash; any bytes but NUL.
	Name string
	// Text is a text string (§7.9.2.2), given in UTF-8.
	Text string
	// Bytes is a byte string.
	Bytes string
	// Ref is the number of an indirect object; 0 is none.
	Ref uint32
	// Array is an array.
	Array []Object
	// Dict is a dictionary. Its entries are written in their order; an entry
	// without Value is left out. Keys must differ.
	Dict []Entry
	// Raw is an object in its written form.
	Raw string
)

// Entry is a key of a Dict and its value.
type Entry struct {
	Key   Name
	Value Object // nil: the entry is not written
}

func (Null) appendTo(b []byte) []byte { return append(b, "null"...) }

func (v Bool) appendTo(b []byte) []byte { return strconv.AppendBool(b, bool(v)) }

func (v Int) appendTo(b []byte) []byte { return strconv.AppendInt(b, int64(v), 10) }

func (v Real) appendTo(b []byte) []byte { return AppendFixed(b, int64(v), 3) }

// AppendFixed appends v / 10^places as a decimal without needless zeros.
func AppendFixed(b []byte, v int64, places int) []byte {
	if v < 0 {
		b = append(b, '-')
		v = -v
	}
	unit := int64(1)
	for range places {
		unit *= 10
	}
	whole, part := v/unit, v%unit
	if whole != 0 || part == 0 {
		b = strconv.AppendInt(b, whole, 10)
	}
	if part == 0 {
		return b
	}
	b = append(b, '.')
	for part != 0 {
		unit /= 10
		b = append(b, byte('0'+part/unit))
		part %= unit
	}
	return b
}

func (v Name) appendTo(b []byte) []byte {
	b = append(b, '/')
	for i := range len(v) {
		c := v[i]
		switch {
		case c == 0:
			// No name may hold it (§7.3.5).
		case c <= ' ' || c > '~' || c == '#' || delimiter(c):
			b = append(b, '#', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
	}
	return b
}

const hexDigits = "0123456789ABCDEF"

func delimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func (v Text) appendTo(b []byte) []byte {
	if plain(string(v)) {
		return AppendString(b, string(v))
	}
	u := append(make([]byte, 0, 2+2*len(v)), 0xFE, 0xFF)
	return appendLiteral(b, AppendUTF16(u, string(v)))
}

// plain tells whether s is written alike in PDFDocEncoding and ASCII.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c > '~' || c < ' ' && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// AppendUTF16 appends s in UTF-16BE without a byte order mark. What is not
// UTF-8 becomes U+FFFD.
func AppendUTF16(b []byte, s string) []byte {
	for _, r := range s {
		if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
			b = append(b, byte(hi>>8), byte(hi), byte(lo>>8), byte(lo))
		} else {
			b = append(b, byte(r>>8), byte(r))
		}
	}
	return b
}

func (v Bytes) appendTo(b []byte) []byte { return AppendString(b, string(v)) }

// AppendString appends s as a literal string.
func AppendString(b []byte, s string) []byte {
	b = append(b, '(')
	for i := range len(s) {
		b = AppendStringByte(b, s[i])
	}
	return append(b, ')')
}

func appendLiteral(b, s []byte) []byte {
	b = append(b, '(')
	for _, c := range s {
		b = AppendStringByte(b, c)
	}
	return append(b, ')')
}

// AppendStringByte appends c as it stands within the brackets of a literal string.
func AppendStringByte(b []byte, c byte) []byte {
	switch c {
	case '(', ')', '\\':
		return append(b, '\\', c)
	case '\r':
		// A bare CR in a literal string is read as LF (§7.3.4.2).
		return append(b, '\\', 'r')
	}
	return append(b, c)
}

func (v Ref) appendTo(b []byte) []byte {
	b = strconv.AppendUint(b, uint64(v), 10)
	return append(b, " 0 R"...)
}

func (v Array) appendTo(b []byte) []byte {
	b = append(b, '[')
	for i, o := range v {
		if i > 0 {
			b = append(b, ' ')
		}
		b = o.appendTo(b)
	}
	return append(b, ']')
}

func (v Dict) appendTo(b []byte) []byte {
	b = append(b, "<<"...)
	for _, e := range v {
		if e.Value == nil {
			continue
		}
		b = e.Key.appendTo(b)
		n := len(b)
		b = append(b, ' ')
		b = e.Value.appendTo(b)
		// What begins with a delimiter needs no space before it.
		if len(b) > n+1 && delimiter(b[n+1]) {
			b = append(b[:n], b[n+1:]...)
		}
	}
	return append(b, ">>"...)
}

func (v Raw) appendTo(b []byte) []byte { return append(b, v...) }

// Refs returns refs as an Array.
func Refs(refs []Ref) Array {
	a := make(Array, len(refs))
	for i, r := range refs {
		a[i] = r
	}
	return a
}
