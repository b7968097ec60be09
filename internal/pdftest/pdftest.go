// Package pdftest reads the PDF files that package pdfobj writes, for tests that
// want to know what is in them without outside tools. It takes the
// cross-reference stream by its word and knows no more of PDF than it must.
package pdftest

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

type (
	// Name is a name without its slash.
	Name string
	// Ref is the number of an indirect object.
	Ref int
	// Dict is a dictionary.
	Dict map[string]any
	// Array is an array.
	Array []any
)

// Stream is a stream as it stands in the file.
type Stream struct {
	Dict Dict
	Data []byte
}

type scanner struct {
	b   []byte
	pos int
}

func (s *scanner) space() {
	for s.pos < len(s.b) && strings.IndexByte(" \n\r\t", s.b[s.pos]) >= 0 {
		s.pos++
	}
}

func (s *scanner) has(word string) bool {
	if bytes.HasPrefix(s.b[s.pos:], []byte(word)) {
		s.pos += len(word)
		return true
	}
	return false
}

// value reads an object: nil, bool, int, float64, Name, []byte (strings), Ref,
// Array or Dict.
func (s *scanner) value() any {
	s.space()
	switch {
	case s.has("null"):
		return nil
	case s.has("true"):
		return true
	case s.has("false"):
		return false
	case s.has("<<"):
		m := Dict{}
		for {
			s.space()
			if s.has(">>") {
				return m
			}
			key := string(s.value().(Name))
			if _, twice := m[key]; twice {
				panic("key twice: " + key)
			}
			m[key] = s.value()
		}
	case s.has("["):
		a := Array{}
		for {
			s.space()
			if s.has("]") {
				return a
			}
			a = append(a, s.value())
		}
	case s.has("("):
		return s.literal()
	case s.has("<"):
		end := bytes.IndexByte(s.b[s.pos:], '>')
		v, err := hex.DecodeString(string(s.b[s.pos : s.pos+end]))
		if err != nil {
			panic(err)
		}
		s.pos += end + 1
		return v
	case s.has("/"):
		return s.name()
	}
	start := s.pos
	for s.pos < len(s.b) && strings.IndexByte("+-.0123456789", s.b[s.pos]) >= 0 {
		s.pos++
	}
	word := string(s.b[start:s.pos])
	n, err := strconv.Atoi(word)
	if err != nil {
		f, err := strconv.ParseFloat(word, 64)
		if err != nil {
			panic(fmt.Sprintf("no object at %q", s.b[start:min(start+30, len(s.b))]))
		}
		return f
	}
	if m := s.pos; n > 0 {
		s.space()
		if s.has("0 R") {
			return Ref(n)
		}
		s.pos = m
	}
	return n
}

func (s *scanner) literal() []byte {
	out := []byte{}
	for depth := 1; ; s.pos++ {
		switch c := s.b[s.pos]; c {
		case '\\':
			s.pos++
			if s.b[s.pos] == 'r' {
				out = append(out, '\r')
				continue
			}
			out = append(out, s.b[s.pos])
			continue
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				s.pos++
				return out
			}
		case '\r':
			out = append(out, '\n') // as readers do
			continue
		}
		out = append(out, s.b[s.pos])
	}
}

func (s *scanner) name() Name {
	var out []byte
	for ; s.pos < len(s.b) && strings.IndexByte(" \n\r\t()<>[]{}/%", s.b[s.pos]) < 0; s.pos++ {
		c := s.b[s.pos]
		if c == '#' {
			n, err := strconv.ParseUint(string(s.b[s.pos+1:s.pos+3]), 16, 8)
			if err != nil {
				panic(err)
			}
			c = byte(n)
			s.pos += 2
		}
		out = append(out, c)
	}
	return Name(out)
}

// File is a parsed file.
type File struct {
	Objects map[Ref]any // null, bool, int, float64, Name, []byte, Ref, Array, Dict, Stream
	Trailer Dict
}

func inflate(b []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// indirect reads the object at off of the file.
func indirect(b []byte, off int, objects map[Ref]any) (Ref, any) {
	s := &scanner{b: b, pos: off}
	n := s.value().(int)
	if !s.has(" 0 obj\n") {
		panic(fmt.Sprintf("no object at %d", off))
	}
	v := s.value()
	s.space()
	if s.has("stream\n") {
		d := v.(Dict)
		length, ok := d["Length"].(int)
		if !ok {
			length = objects[d["Length"].(Ref)].(int)
		}
		data := b[s.pos : s.pos+length]
		s.pos += length
		if !s.has("\nendstream") {
			panic(fmt.Sprintf("object %d: the stream is not %d bytes", n, length))
		}
		v = Stream{d, data}
		s.space()
	}
	if !s.has("endobj") {
		panic(fmt.Sprintf("object %d does not end", n))
	}
	return Ref(n), v
}

// Parse reads a file.
func Parse(b []byte) (f *File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	f = &File{Objects: map[Ref]any{}}
	tail := b[bytes.LastIndex(b, []byte("startxref\n")):]
	var start int
	if _, err := fmt.Sscanf(string(tail), "startxref\n%d\n%%%%EOF\n", &start); err != nil {
		return f, err
	}
	self, v := indirect(b, start, nil)
	xref := v.(Stream)
	f.Trailer = xref.Dict
	table, err := inflate(xref.Data)
	if err != nil {
		return f, err
	}
	wide := xref.Dict["W"].(Array)[1].(int)
	row := 1 + wide + 1
	if got := xref.Dict["DecodeParms"].(Dict)["Columns"].(int); got != row {
		return f, fmt.Errorf("rows of %d bytes, columns of %d", row, got)
	}
	prev := make([]byte, row)
	type inner struct {
		stream Ref
		index  int
	}
	var inners []struct {
		ref Ref
		at  inner
	}
	offsets := map[Ref]int{}
	size := xref.Dict["Size"].(int)
	if len(table) != size*(row+1) {
		return f, errors.New("the table has another size")
	}
	for n := range size {
		r := table[n*(row+1):][:row+1]
		if r[0] != 2 {
			return f, errors.New("a row has another predictor")
		}
		for i := range prev {
			prev[i] += r[1+i]
		}
		field := 0
		for _, c := range prev[1 : 1+wide] {
			field = field<<8 | int(c)
		}
		switch prev[0] {
		case 0:
			if n != 0 {
				return f, fmt.Errorf("object %d is free", n)
			}
		case 1:
			offsets[Ref(n)] = field
		case 2:
			inners = append(inners, struct {
				ref Ref
				at  inner
			}{Ref(n), inner{Ref(field), int(prev[row-1])}})
		}
	}
	// Lengths first, then what needs them.
	for ref, off := range offsets {
		s := &scanner{b: b, pos: off}
		s.value()
		s.has(" 0 obj\n")
		if n, ok := s.value().(int); ok {
			f.Objects[ref] = n
		}
	}
	for ref, off := range offsets {
		got, v := indirect(b, off, f.Objects)
		if got != ref {
			return f, fmt.Errorf("object %d is where %d should be", got, ref)
		}
		f.Objects[ref] = v
	}
	if offsets[self] != start {
		return f, errors.New("the table does not know itself")
	}
	for _, in := range inners {
		s := f.Objects[in.at.stream].(Stream)
		data, err := inflate(s.Data)
		if err != nil {
			return f, err
		}
		index := &scanner{b: data}
		var ref, at int
		for range in.at.index + 1 {
			ref, at = index.value().(int), index.value().(int)
		}
		if Ref(ref) != in.ref {
			return f, fmt.Errorf("object %d is where %d should be", ref, in.ref)
		}
		body := &scanner{b: data, pos: s.Dict["First"].(int) + at}
		f.Objects[in.ref] = body.value()
	}
	return f, nil
}

// Must is Parse for tests.
func Must(t testing.TB, b []byte) *File {
	t.Helper()
	f, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Get returns v, or the object that it refers to.
func (f *File) Get(v any) any {
	if r, ok := v.(Ref); ok {
		return f.Objects[r]
	}
	return v
}

// Dict returns v, or what it refers to, as a dictionary; nil where it is none.
func (f *File) Dict(v any) Dict {
	switch v := f.Get(v).(type) {
	case Dict:
		return v
	case Stream:
		return v.Dict
	}
	return nil
}

// Array is Dict for arrays.
func (f *File) Array(v any) Array {
	a, _ := f.Get(v).(Array)
	return a
}

// At follows keys from a dictionary downwards.
func (f *File) At(v any, keys ...string) any {
	for _, k := range keys {
		v = f.Dict(v)[k]
	}
	return f.Get(v)
}

// Root returns the catalog.
func (f *File) Root() Dict { return f.Dict(f.Trailer["Root"]) }

// Data returns the data of a stream, inflated where that is its filter.
func (f *File) Data(v any) ([]byte, error) {
	s, ok := f.Get(v).(Stream)
	if !ok {
		return nil, fmt.Errorf("%v is no stream", v)
	}
	if s.Dict["Filter"] == Name("FlateDecode") {
		return inflate(s.Data)
	}
	return s.Data, nil
}

// Text decodes a text string.
func Text(v any) string {
	b, _ := v.([]byte)
	if !bytes.HasPrefix(b, []byte{0xFE, 0xFF}) {
		return string(b)
	}
	var u []uint16
	for b = b[2:]; len(b) >= 2; b = b[2:] {
		u = append(u, uint16(b[0])<<8|uint16(b[1]))
	}
	return string(utf16.Decode(u))
}

// Pages returns the pages in their order.
func (f *File) Pages() []Dict {
	var walk func(v any) []Dict
	walk = func(v any) (all []Dict) {
		d := f.Dict(v)
		if d["Type"] == Name("Page") {
			return []Dict{d}
		}
		for _, k := range f.Array(d["Kids"]) {
			if f.At(k, "Parent") == nil {
				panic("a page without parent")
			}
			all = append(all, walk(k)...)
		}
		if d["Count"] != len(all) {
			panic(fmt.Sprintf("a node counts %v pages of %d", d["Count"], len(all)))
		}
		return all
	}
	return walk(f.Root()["Pages"])
}

// Tree returns the entries of a name tree or a number tree in their order, and
// checks its limits.
func (f *File) Tree(v any) (keys, values []any) {
	node := f.Dict(v)
	for _, k := range f.Array(node["Kids"]) {
		if f.At(k, "Limits") == nil {
			panic("a node below the root has no limits")
		}
		ks, vs := f.Tree(k)
		keys, values = append(keys, ks...), append(values, vs...)
	}
	for _, kind := range []string{"Nums", "Names"} {
		a := f.Array(node[kind])
		for i := 0; i+1 < len(a); i += 2 {
			keys, values = append(keys, a[i]), append(values, a[i+1])
		}
	}
	if l := f.Array(node["Limits"]); l != nil {
		if !reflect.DeepEqual(l[0], keys[0]) || !reflect.DeepEqual(l[1], keys[len(keys)-1]) {
			panic(fmt.Sprintf("limits %v of keys %v to %v", l, keys[0], keys[len(keys)-1]))
		}
	}
	return keys, values
}
