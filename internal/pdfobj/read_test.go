package pdfobj

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
)

// The reader below knows just the PDF that the writer of this package writes;
// it takes the cross-reference stream by its word.

type stream struct {
	dict map[string]any
	data []byte
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
// []any or map[string]any.
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
		m := map[string]any{}
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
		a := []any{}
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

// file is a parsed file: every object by its number.
type file struct {
	objects map[Ref]any
	trailer map[string]any
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
		d := v.(map[string]any)
		length, ok := d["Length"].(int)
		if !ok {
			length = objects[d["Length"].(Ref)].(int)
		}
		data := b[s.pos : s.pos+length]
		s.pos += length
		if !s.has("\nendstream") {
			panic(fmt.Sprintf("object %d: the stream is not %d bytes", n, length))
		}
		v = stream{d, data}
		s.space()
	}
	if !s.has("endobj") {
		panic(fmt.Sprintf("object %d does not end", n))
	}
	return Ref(n), v
}

func parseFile(b []byte) (f file, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	tail := b[bytes.LastIndex(b, []byte("startxref\n")):]
	var start int
	if _, err := fmt.Sscanf(string(tail), "startxref\n%d\n%%%%EOF\n", &start); err != nil {
		return f, err
	}
	f.objects = map[Ref]any{}
	self, v := indirect(b, start, nil)
	xref := v.(stream)
	f.trailer = xref.dict
	table, err := inflate(xref.data)
	if err != nil {
		return f, err
	}
	wide := xref.dict["W"].([]any)[1].(int)
	row := 1 + wide + 1
	if got := xref.dict["DecodeParms"].(map[string]any)["Columns"].(int); got != row {
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
	size := xref.dict["Size"].(int)
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
			f.objects[ref] = n
		}
	}
	for ref, off := range offsets {
		got, v := indirect(b, off, f.objects)
		if got != ref {
			return f, fmt.Errorf("object %d is where %d should be", got, ref)
		}
		f.objects[ref] = v
	}
	if offsets[self] != start {
		return f, errors.New("the table does not know itself")
	}
	for _, in := range inners {
		s := f.objects[in.at.stream].(stream)
		data, err := inflate(s.data)
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
		body := &scanner{b: data, pos: s.dict["First"].(int) + at}
		f.objects[in.ref] = body.value()
	}
	return f, nil
}

func mustParse(t *testing.T, b []byte) file {
	t.Helper()
	f, err := parseFile(b)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
