package heif

import (
	"encoding/binary"
	"fmt"
)

// fuel is the name of the global variable that metered adds.
const fuel = "fuel"

// metered returns a program that stops by itself: it takes one from the global
// variable fuel on each turn of a loop, and traps when there is none left. The
// decoders cannot leave a damaged picture as they do elsewhere, by jumping out of
// it, so that some would keep them busy for ever; and the checks that a runtime
// makes for being stopped cost several times what the program does.
//
// The formats are those of the WebAssembly core specification 2.0, section 5. What
// the decoders do not have, as vectors, is an error.
func metered(wasm []byte) ([]byte, error) {
	if len(wasm) < 8 {
		return nil, errShort
	}
	r := &reader{b: wasm[8:]}
	out := append([]byte(nil), wasm[:8]...)
	globals := uint64(0)
	for len(r.b) > 0 {
		id := r.byte()
		body := &reader{b: r.take(r.unsigned())}
		var section []byte
		switch id {
		case 2: // imports
			section = body.b
			globals += importedGlobals(&reader{b: body.b})
		case 6: // globals
			n := body.unsigned()
			section = append(binary.AppendUvarint(nil, n+1), body.b...)
			section = append(section, 0x7e, 0x01, 0x42, 0x00, 0x0b) // mutable, of 64 bits, zero
			globals += n
		case 7: // exports
			section = append(binary.AppendUvarint(nil, body.unsigned()+1), body.b...)
			section = append(section, byte(len(fuel)))
			section = append(section, fuel+"\x03"...)
			section = binary.AppendUvarint(section, globals)
		case 10: // functions
			n := body.unsigned()
			section = binary.AppendUvarint(nil, n)
			for range n {
				f, err := meteredFunction(body.take(body.unsigned()), globals)
				if err != nil {
					return nil, err
				}
				section = append(binary.AppendUvarint(section, uint64(len(f))), f...)
			}
		default:
			section = body.b
		}
		if body.short || r.short {
			return nil, errShort
		}
		out = append(binary.AppendUvarint(append(out, id), uint64(len(section))), section...)
	}
	return out, nil
}

var errShort = fmt.Errorf("a program that ends early")

// importedGlobals counts the global variables among the imports.
func importedGlobals(r *reader) (n uint64) {
	for range r.unsigned() {
		r.take(r.unsigned())
		r.take(r.unsigned())
		switch r.byte() {
		case 0:
			r.unsigned()
		case 1:
			r.byte()
			r.limits()
		case 2:
			r.limits()
		case 3:
			r.take(2)
			n++
		}
	}
	return n
}

// meteredFunction returns a function with a check at the head of every loop.
func meteredFunction(f []byte, global uint64) ([]byte, error) {
	r := &reader{b: f}
	for range r.unsigned() { // local variables
		r.unsigned()
		r.byte()
	}
	get, set := binary.AppendUvarint([]byte{0x23}, global), binary.AppendUvarint([]byte{0x24}, global)
	var check []byte
	check = append(check, get...)
	check = append(check, 0x42, 0x01, 0x7d) // less 1
	check = append(check, set...)
	check = append(check, get...)
	check = append(check, 0x42, 0x00, 0x53, 0x04, 0x40, 0x00, 0x0b) // below 0: trap
	var out []byte
	from := f
	for len(r.b) > 0 {
		op := r.byte()
		if err := r.immediates(op); err != nil {
			return nil, err
		}
		if op == 0x03 { // loop
			n := len(from) - len(r.b)
			out = append(append(out, from[:n]...), check...)
			from = r.b
		}
	}
	if r.short {
		return nil, errShort
	}
	return append(out, from...), nil
}

// reader reads a program. What is not there is zero, and remembered.
type reader struct {
	b     []byte
	short bool
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.b, r.short = nil, true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) unsigned() uint64 {
	v, n := binary.Uvarint(r.b)
	r.take(uint64(max(n, 1)))
	return v
}

// skip passes over numbers, signed or not.
func (r *reader) skip(count int) {
	for range count {
		for r.byte()&0x80 != 0 {
		}
	}
}

func (r *reader) limits() {
	if r.byte()&1 != 0 {
		r.unsigned()
	}
	r.unsigned()
}

// immediates passes over what follows an instruction.
func (r *reader) immediates(op byte) error {
	switch {
	case op >= 0x02 && op <= 0x04, op == 0x0c, op == 0x0d, op == 0x10, op >= 0x20 && op <= 0x26,
		op >= 0x3f && op <= 0x42, op == 0xd0, op == 0xd2:
		r.skip(1)
	case op == 0x11, op >= 0x28 && op <= 0x3e: // calls by table; loads and stores
		r.skip(2)
	case op == 0x0e: // a jump by table
		r.skip(int(r.unsigned()) + 1)
	case op == 0x1c:
		r.take(r.unsigned())
	case op == 0x43:
		r.take(4)
	case op == 0x44:
		r.take(8)
	case op == 0xfc:
		switch sub := r.unsigned(); {
		case sub <= 7:
		case sub == 9, sub == 11, sub == 13, sub >= 15 && sub <= 17:
			r.skip(1)
		case sub <= 14:
			r.skip(2)
		default:
			return fmt.Errorf("an unknown instruction fc %x", sub)
		}
	case op <= 0x01, op == 0x05, op == 0x0b, op == 0x0f, op == 0x1a, op == 0x1b, op >= 0x45 && op <= 0xc4, op == 0xd1:
	default:
		return fmt.Errorf("an unknown instruction %x", op)
	}
	return nil
}
