package pdftest

import "strings"

// Op is an operator of a content stream and its operands.
type Op struct {
	Name string
	Args []any
}

// Operators splits a content stream. It panics where the stream is not sound.
func Operators(content []byte) (ops []Op) {
	s := &scanner{b: content}
	var args []any
	for {
		s.space()
		if s.pos == len(s.b) {
			if len(args) > 0 {
				panic("operands without an operator")
			}
			return ops
		}
		c := s.b[s.pos]
		letter := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '*'
		if !letter {
			args = append(args, s.value())
			continue
		}
		start := s.pos
		for s.pos < len(s.b) && strings.IndexByte(" \n\r\t()<>[]{}/%", s.b[s.pos]) < 0 {
			s.pos++
		}
		ops = append(ops, Op{string(s.b[start:s.pos]), args})
		args = nil
	}
}

// Number returns an operand as a number.
func Number(v any) float64 {
	switch v := v.(type) {
	case int:
		return float64(v)
	case float64:
		return v
	}
	panic("not a number")
}
