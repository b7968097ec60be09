package fonts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
)

// cffTable is a CFF table (Adobe Technical Note 5176). What is small is read at
// once; the charstrings, which are nearly all of it, stay in src.
type cffTable struct {
	src        io.ReaderAt
	base, size int64

	name    []byte
	top     cffDict
	global  [][]byte // subroutines
	chars   cffIndex
	cid     bool
	fds     []cffFont
	selects []fdRange
	// accents is the charset of a name-keyed font by SID; the deprecated accented
	// characters of endchar need it.
	accents map[int]int
}

// cffFont is an entry of the FDArray; a name-keyed font has one, from its Top DICT.
type cffFont struct {
	dict    cffDict
	private cffDict
	subrs   [][]byte
}

// fdRange says that the glyphs from first on, up to the next range, are of font fd.
type fdRange struct{ first, fd int }

// cffIndex is an INDEX whose data is left where it is.
type cffIndex struct {
	count   int
	offSize int
	offsets []byte
	data    int64 // offset of the byte before the first object
}

const (
	opCharset      = 15
	opCharStrings  = 17
	opPrivate      = 18
	opSubrs        = 19
	opDefaultWidth = 20
	opNominalWidth = 21
	opFontBBox     = 5
	opFontMatrix   = 12<<8 | 7
	opCharType     = 12<<8 | 6
	opROS          = 12<<8 | 30
	opCIDCount     = 12<<8 | 34
	opFDArray      = 12<<8 | 36
	opFDSelect     = 12<<8 | 37
)

// cffDict is the entries of a DICT in their order.
type cffDict []cffEntry

type cffEntry struct {
	op   int
	args []float64
	raw  []byte // of the operands
}

func (d cffDict) find(op int) (cffEntry, bool) {
	for _, e := range d {
		if e.op == op {
			return e, true
		}
	}
	return cffEntry{}, false
}

// number returns the last operand of op; 0 when op is missing.
func (d cffDict) number(op int) float64 {
	e, ok := d.find(op)
	if !ok || len(e.args) == 0 {
		return 0
	}
	return e.args[len(e.args)-1]
}

func (d cffDict) offset(op int) int64 { return int64(d.number(op)) }

func (c *cffTable) glyphs() int { return c.chars.count }

func (c *cffTable) read(off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || off+n > c.size {
		return nil, errShort
	}
	b := make([]byte, n)
	if _, err := c.src.ReadAt(b, c.base+off); err != nil {
		return nil, err
	}
	return b, nil
}

// index reads the head of the INDEX at off and returns where it ends.
func (c *cffTable) index(off int64) (cffIndex, int64, error) {
	head, err := c.read(off, 2)
	if err != nil {
		return cffIndex{}, 0, err
	}
	ix := cffIndex{count: int(binary.BigEndian.Uint16(head))}
	if ix.count == 0 {
		return ix, off + 2, nil
	}
	size, err := c.read(off+2, 1)
	if err != nil {
		return ix, 0, err
	}
	ix.offSize = int(size[0])
	if ix.offSize < 1 || ix.offSize > 4 {
		return ix, 0, fmt.Errorf("an INDEX with offsets of %d bytes", ix.offSize)
	}
	n := int64(ix.count+1) * int64(ix.offSize)
	if ix.offsets, err = c.read(off+3, n); err != nil {
		return ix, 0, err
	}
	ix.data = off + 3 + n - 1
	end := ix.data + ix.at(ix.count)
	if end > c.size {
		return ix, 0, errShort
	}
	return ix, end, nil
}

func (ix *cffIndex) at(i int) int64 {
	var v int64
	for _, b := range ix.offsets[i*ix.offSize : (i+1)*ix.offSize] {
		v = v<<8 | int64(b)
	}
	return v
}

// object returns where object i lies in the table.
func (c *cffTable) object(ix *cffIndex, i int) (off, n int64, err error) {
	from, to := ix.at(i), ix.at(i+1)
	if from < 1 || to < from || ix.data+to > c.size {
		return 0, 0, errors.New("an INDEX with wrong offsets")
	}
	return ix.data + from, to - from, nil
}

// objects reads a whole INDEX.
func (c *cffTable) objects(off int64) ([][]byte, int64, error) {
	ix, end, err := c.index(off)
	if err != nil || ix.count == 0 {
		return nil, end, err
	}
	first := ix.data + 1
	all, err := c.read(first, end-first)
	if err != nil {
		return nil, 0, err
	}
	out := make([][]byte, ix.count)
	for i := range out {
		at, n, err := c.object(&ix, i)
		if err != nil {
			return nil, 0, err
		}
		if at < first || at+n > end {
			return nil, 0, errors.New("an INDEX with wrong offsets")
		}
		out[i] = all[at-first : at-first+n : at-first+n]
	}
	return out, end, nil
}

func parseCFF(src io.ReaderAt, base, size int64) (*cffTable, error) {
	c := &cffTable{src: src, base: base, size: size}
	head, err := c.read(0, 4)
	if err != nil {
		return nil, err
	}
	if head[0] != 1 {
		return nil, fmt.Errorf("version %d", head[0])
	}
	names, at, err := c.objects(int64(head[2]))
	if err != nil {
		return nil, fmt.Errorf("names: %w", err)
	}
	tops, at, err := c.objects(at)
	if err != nil {
		return nil, fmt.Errorf("top dict: %w", err)
	}
	if len(names) != 1 || len(tops) != 1 {
		return nil, fmt.Errorf("%d names and %d top dicts", len(names), len(tops))
	}
	c.name = names[0]
	if c.top, err = parseDict(tops[0]); err != nil {
		return nil, fmt.Errorf("top dict: %w", err)
	}
	_, at, err = c.index(at) // strings: glyph and family names, of no use here
	if err != nil {
		return nil, fmt.Errorf("strings: %w", err)
	}
	if c.global, _, err = c.objects(at); err != nil {
		return nil, fmt.Errorf("global subroutines: %w", err)
	}
	if e, ok := c.top.find(opCharType); ok && (len(e.args) != 1 || e.args[0] != 2) {
		return nil, errors.New("charstrings are not of Type 2")
	}
	if c.chars, _, err = c.index(c.top.offset(opCharStrings)); err != nil {
		return nil, fmt.Errorf("charstrings: %w", err)
	}
	if c.chars.count == 0 {
		return nil, errors.New("no charstrings")
	}

	if _, c.cid = c.top.find(opROS); !c.cid {
		f := cffFont{dict: c.top}
		if err := c.readPrivate(&f); err != nil {
			return nil, err
		}
		c.fds, c.selects = []cffFont{f}, []fdRange{{0, 0}}
		return c, c.readAccents()
	}
	dicts, _, err := c.objects(c.top.offset(opFDArray))
	if err != nil {
		return nil, fmt.Errorf("font dicts: %w", err)
	}
	if len(dicts) == 0 || len(dicts) > 256 {
		return nil, fmt.Errorf("%d font dicts", len(dicts))
	}
	for i, raw := range dicts {
		f := cffFont{}
		if f.dict, err = parseDict(raw); err == nil {
			err = c.readPrivate(&f)
		}
		if err != nil {
			return nil, fmt.Errorf("font dict %d: %w", i, err)
		}
		c.fds = append(c.fds, f)
	}
	if err := c.readSelect(c.top.offset(opFDSelect)); err != nil {
		return nil, fmt.Errorf("FDSelect: %w", err)
	}
	return c, nil
}

// readPrivate reads the Private DICT that f's dict points at, and its subroutines.
func (c *cffTable) readPrivate(f *cffFont) error {
	e, ok := f.dict.find(opPrivate)
	if !ok {
		return nil
	}
	if len(e.args) != 2 {
		return errors.New("private dict without size and offset")
	}
	size, off := int64(e.args[0]), int64(e.args[1])
	raw, err := c.read(off, size)
	if err != nil {
		return fmt.Errorf("private dict: %w", err)
	}
	if f.private, err = parseDict(raw); err != nil {
		return fmt.Errorf("private dict: %w", err)
	}
	if at := f.private.offset(opSubrs); at != 0 {
		if f.subrs, _, err = c.objects(off + at); err != nil {
			return fmt.Errorf("subroutines: %w", err)
		}
	}
	return nil
}

func (c *cffTable) readSelect(off int64) error {
	be := binary.BigEndian
	format, err := c.read(off, 1)
	if err != nil {
		return err
	}
	add := func(first, fd int) error {
		if fd >= len(c.fds) {
			return fmt.Errorf("font dict %d of %d", fd, len(c.fds))
		}
		n := len(c.selects)
		if n == 0 && first != 0 || n > 0 && first <= c.selects[n-1].first {
			return errors.New("ranges out of order")
		}
		c.selects = append(c.selects, fdRange{first, fd})
		return nil
	}
	switch format[0] {
	case 0:
		all, err := c.read(off+1, int64(c.glyphs()))
		if err != nil {
			return err
		}
		for g, fd := range all {
			if g > 0 && all[g-1] == fd {
				continue
			}
			if err := add(g, int(fd)); err != nil {
				return err
			}
		}
	case 3:
		head, err := c.read(off+1, 2)
		if err != nil {
			return err
		}
		n := int(be.Uint16(head))
		all, err := c.read(off+3, int64(3*n+2))
		if err != nil {
			return err
		}
		for i := range n {
			if err := add(int(be.Uint16(all[3*i:])), int(all[3*i+2])); err != nil {
				return err
			}
		}
		if n == 0 || int(be.Uint16(all[3*n:])) < c.glyphs() {
			return errors.New("glyphs without a font dict")
		}
	default:
		return fmt.Errorf("format %d", format[0])
	}
	return nil
}

// fd returns the number of the font dict of a glyph.
func (c *cffTable) fd(glyph int) int {
	i := sort.Search(len(c.selects), func(i int) bool { return c.selects[i].first > glyph })
	return c.selects[i-1].fd
}

// readAccents reads the charset for the glyphs of the Standard Encoding, whose SIDs
// are below 150.
func (c *cffTable) readAccents() error {
	c.accents = make(map[int]int)
	note := func(glyph, sid int) {
		if sid < 150 {
			c.accents[sid] = glyph
		}
	}
	off := c.top.offset(opCharset)
	if off <= 2 { // predefined: ISOAdobe counts the SIDs up; the Expert ones have no letters
		for g := 0; off == 0 && g < min(c.glyphs(), 229); g++ {
			note(g, g)
		}
		return nil
	}
	fail := func(err error) error { return fmt.Errorf("charset: %w", err) }
	format, err := c.read(off, 1)
	if err != nil {
		return fail(err)
	}
	be := binary.BigEndian
	off++
	switch format[0] {
	case 0:
		all, err := c.read(off, int64(2*(c.glyphs()-1)))
		if err != nil {
			return fail(err)
		}
		for g := 1; g < c.glyphs(); g++ {
			note(g, int(be.Uint16(all[2*g-2:])))
		}
	case 1, 2:
		width := int64(format[0])
		for g := 1; g < c.glyphs(); {
			rec, err := c.read(off, 2+width)
			if err != nil {
				return fail(err)
			}
			off += 2 + width
			first, left := int(be.Uint16(rec)), int(rec[2])
			if width == 2 {
				left = int(be.Uint16(rec[2:]))
			}
			for i := 0; i <= left && g < c.glyphs(); i++ {
				note(g, first+i)
				g++
			}
		}
	default:
		return fail(fmt.Errorf("format %d", format[0]))
	}
	return nil
}

// appendChar appends the charstring of a glyph to dst.
func (c *cffTable) appendChar(dst []byte, glyph int) ([]byte, error) {
	if glyph < 0 || glyph >= c.chars.count {
		return nil, fmt.Errorf("no glyph %d", glyph)
	}
	off, n, err := c.object(&c.chars, glyph)
	if err != nil {
		return nil, err
	}
	if n > 1<<16 {
		return nil, fmt.Errorf("glyph %d has a charstring of %d bytes", glyph, n)
	}
	at := len(dst)
	dst = append(dst, make([]byte, n)...)
	if _, err := c.src.ReadAt(dst[at:], c.base+off); err != nil {
		return nil, err
	}
	return dst, nil
}

// maxOperands is the limit of operands before an operator of a DICT (TN 5176, Appendix B)
// and of a charstring (TN 5177, Appendix B).
const maxOperands = 48

func parseDict(b []byte) (cffDict, error) {
	var d cffDict
	var args []float64
	start := b
	for len(b) > 0 {
		b0 := b[0]
		var v float64
		n := 1
		switch {
		case b0 <= 21:
			raw := start[:len(start)-len(b)]
			op := int(b0)
			if b0 == 12 {
				if len(b) < 2 {
					return nil, errShort
				}
				op, n = 12<<8|int(b[1]), 2
			}
			d = append(d, cffEntry{op, args, raw})
			args, b = nil, b[n:]
			start = b
			continue
		case b0 == 28:
			if n = 3; len(b) < n {
				return nil, errShort
			}
			v = float64(int16(binary.BigEndian.Uint16(b[1:])))
		case b0 == 29:
			if n = 5; len(b) < n {
				return nil, errShort
			}
			v = float64(int32(binary.BigEndian.Uint32(b[1:])))
		case b0 == 30:
			var err error
			if v, n, err = realNumber(b); err != nil {
				return nil, err
			}
		case b0 >= 32 && b0 <= 246:
			v = float64(b0) - 139
		case b0 >= 247 && b0 <= 254:
			if n = 2; len(b) < n {
				return nil, errShort
			}
			if v = float64(int(b0)-247)*256 + float64(b[1]) + 108; b0 >= 251 {
				v = -float64(int(b0)-251)*256 - float64(b[1]) - 108
			}
		default:
			return nil, fmt.Errorf("byte %d in a dict", b0)
		}
		if args = append(args, v); len(args) > maxOperands {
			return nil, errors.New("too many operands in a dict")
		}
		b = b[n:]
	}
	return d, nil
}

// realNumber reads a number of packed decimal digits (TN 5176, 4).
func realNumber(b []byte) (float64, int, error) {
	var s []byte
	for i := 1; i < len(b) && i < 32; i++ {
		for _, nibble := range [2]byte{b[i] >> 4, b[i] & 15} {
			switch {
			case nibble < 10:
				s = append(s, '0'+nibble)
			case nibble == 10:
				s = append(s, '.')
			case nibble == 11:
				s = append(s, 'E')
			case nibble == 12:
				s = append(s, 'E', '-')
			case nibble == 14:
				s = append(s, '-')
			case nibble == 15:
				v, err := strconv.ParseFloat(string(s), 64)
				if err != nil {
					return 0, 0, fmt.Errorf("the number %q in a dict", s)
				}
				return v, i + 1, nil
			default:
				return 0, 0, errors.New("a broken number in a dict")
			}
		}
	}
	return 0, 0, errShort
}
