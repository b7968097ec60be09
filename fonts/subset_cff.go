package fonts

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/go-text/typesetting/font/opentype"
)

// subset writes a CID-keyed CFF table whose glyph and CID i is glyphs[i]. Charstrings and
// Private DICTs are copied as they are. INDEXes of subroutines keep their counts, so that
// the biases of calls hold; subroutines that are not called are empty.
func (c *cffTable) subset(glyphs []GID, name string) ([]byte, error) {
	// Charstrings are read in the order they are stored in, written in the order of glyphs.
	order := make([]int, len(glyphs))
	for i := range order {
		order[i] = i
	}
	place := func(i int) int { return int(glyphs[i]) }
	if p, ok := c.src.(*packedFont); ok {
		place = func(i int) int { return int(p.places[glyphs[i]]) }
	}
	slices.SortFunc(order, func(a, b int) int { return place(a) - place(b) })

	usedGlobal := make([]bool, len(c.global))
	usedLocal := make([][]bool, len(c.fds))
	usedFD := make([]bool, len(c.fds))
	var pool []byte
	chars := make([][2]int, len(glyphs)) // ranges of pool
	for _, i := range order {
		g := int(glyphs[i])
		fd := c.fd(g)
		usedFD[fd] = true
		if usedLocal[fd] == nil {
			usedLocal[fd] = make([]bool, len(c.fds[fd].subrs))
		}
		from := len(pool)
		var err error
		if len(c.global) == 0 && len(c.fds[fd].subrs) == 0 && c.cid {
			pool, err = c.appendChar(pool, g)
		} else {
			pool, err = c.appendTraced(pool, g, usedGlobal, usedLocal[fd])
		}
		if err != nil {
			return nil, err
		}
		chars[i] = [2]int{from, len(pool)}
	}

	// Font dicts that are in use, in their old order.
	newFD := make([]int, len(c.fds))
	var kept []int
	for fd, used := range usedFD {
		if used {
			newFD[fd] = len(kept)
			kept = append(kept, fd)
		}
	}

	w := &cffWriter{}
	w.b = append(w.b, 1, 0, 4, 4)
	w.index([][]byte{[]byte(name)})

	// All offsets are written in five bytes, so that sizes do not depend on them.
	top := func(charset, fdSelect, charStrings, fdArray int) []byte {
		var d []byte
		d = appendInt(d, 391) // "Adobe", the first string of our own
		d = appendInt(d, 392) // "Identity"
		d = appendInt(d, 0)
		d = appendOp(d, opROS)
		// What tells the size of the em and the box around all glyphs stays.
		for _, op := range [...]int{opFontMatrix, opFontBBox} {
			if e, ok := c.top.find(op); ok {
				d = append(d, e.raw...)
				d = appendOp(d, op)
			}
		}
		d = appendInt(d, len(glyphs))
		d = appendOp(d, opCIDCount)
		for _, o := range [...][2]int{{charset, opCharset}, {fdSelect, opFDSelect}, {charStrings, opCharStrings}, {fdArray, opFDArray}} {
			d = appendOffset(d, o[0])
			d = appendOp(d, o[1])
		}
		return d
	}
	topAt := len(w.b)
	w.index([][]byte{top(0, 0, 0, 0)})
	w.index([][]byte{[]byte("Adobe"), []byte("Identity")})
	w.index(emptied(c.global, usedGlobal))

	charset := len(w.b)
	if len(glyphs) == 1 {
		w.b = append(w.b, 0) // format 0 without entries
	} else {
		w.b = append(w.b, 2, 0, 1) // format 2: one range from CID 1
		w.b = binary.BigEndian.AppendUint16(w.b, uint16(len(glyphs)-2))
	}

	fdSelect := len(w.b)
	w.b = append(w.b, 3, 0, 0)
	ranges, last := 0, -1
	for i, g := range glyphs {
		if fd := newFD[c.fd(int(g))]; fd != last {
			w.b = binary.BigEndian.AppendUint16(w.b, uint16(i))
			w.b = append(w.b, byte(fd))
			last = fd
			ranges++
		}
	}
	binary.BigEndian.PutUint16(w.b[fdSelect+1:], uint16(ranges))
	w.b = binary.BigEndian.AppendUint16(w.b, uint16(len(glyphs)))

	charStrings := len(w.b)
	data := make([][]byte, len(glyphs))
	for i, r := range chars {
		data[i] = pool[r[0]:r[1]]
	}
	w.index(data)

	dicts := make([][]byte, len(kept))
	for i, fd := range kept {
		f := &c.fds[fd]
		at := len(w.b)
		private := privateDict(f, 0)
		if len(f.subrs) > 0 {
			// Subroutines follow their Private DICT; the offset counts from its start.
			private = privateDict(f, len(private))
		}
		w.b = append(w.b, private...)
		if len(f.subrs) > 0 {
			w.index(emptied(f.subrs, usedLocal[fd]))
		}
		var d []byte
		if c.cid {
			if e, ok := f.dict.find(opFontMatrix); ok {
				d = append(d, e.raw...)
				d = appendOp(d, opFontMatrix)
			}
		}
		d = appendOffset(d, len(private))
		d = appendOffset(d, at)
		dicts[i] = appendOp(d, opPrivate)
	}
	fdArray := len(w.b)
	w.index(dicts)
	if w.err != nil {
		return nil, w.err
	}

	head := &cffWriter{b: w.b[:topAt:topAt]}
	head.index([][]byte{top(charset, fdSelect, charStrings, fdArray)})
	copy(w.b[topAt:], head.b[topAt:])
	return w.b, nil
}

// appendTraced appends the charstring of a glyph and marks the subroutines it calls.
func (c *cffTable) appendTraced(pool []byte, g int, usedGlobal, usedLocal []bool) ([]byte, error) {
	m, err := c.runGlyph(g, usedGlobal, usedLocal)
	if err != nil {
		// A glyph that cannot be followed may call anything; its reader may know better.
		for _, used := range [][]bool{usedGlobal, usedLocal} {
			for i := range used {
				used[i] = true
			}
		}
		return c.appendChar(pool, g)
	}
	if !m.accented {
		return c.appendChar(pool, g)
	}
	// Accented characters name their parts by a code of the Standard Encoding, which
	// CID-keyed fonts do not have: they are drawn.
	segments, err := c.outline(g)
	if err != nil {
		segments = nil
	}
	return appendCharstring(pool, m.width, segments), nil
}

// privateDict copies a Private DICT. With subrs not 0 that is the offset of the subroutines.
func privateDict(f *cffFont, subrs int) []byte {
	var d []byte
	for _, e := range f.private {
		if e.op != opSubrs {
			d = append(d, e.raw...)
			d = appendOp(d, e.op)
		}
	}
	if len(f.subrs) > 0 {
		d = appendOffset(d, subrs)
		d = appendOp(d, opSubrs)
	}
	return d
}

// emptied returns objects with those that are not used made empty.
func emptied(objects [][]byte, used []bool) [][]byte {
	out := make([][]byte, len(objects))
	for i, o := range objects {
		if i < len(used) && used[i] {
			out[i] = o
		}
	}
	return out
}

type cffWriter struct {
	b   []byte
	err error
}

// index writes an INDEX (TN 5176, 5).
func (w *cffWriter) index(objects [][]byte) {
	if len(objects) > 0xffff {
		w.err = fmt.Errorf("an INDEX of %d objects", len(objects))
		return
	}
	w.b = binary.BigEndian.AppendUint16(w.b, uint16(len(objects)))
	if len(objects) == 0 {
		return
	}
	end := 1
	for _, o := range objects {
		end += len(o)
	}
	size := 1
	for end >= 1<<(8*size) {
		size++
	}
	w.b = slices.Grow(w.b, 1+size*(len(objects)+1)+end)
	w.b = append(w.b, byte(size))
	at := 1
	put := func() {
		for i := size - 1; i >= 0; i-- {
			w.b = append(w.b, byte(at>>(8*i)))
		}
	}
	put()
	for _, o := range objects {
		at += len(o)
		put()
	}
	for _, o := range objects {
		w.b = append(w.b, o...)
	}
}

func appendOp(d []byte, op int) []byte {
	if op >= 12<<8 {
		return append(d, 12, byte(op))
	}
	return append(d, byte(op))
}

// appendOffset writes a number in the five bytes that any offset fits in.
func appendOffset(d []byte, v int) []byte {
	return binary.BigEndian.AppendUint32(append(d, 29), uint32(v))
}

// appendInt writes an integer of 16 bits as shortly as DICTs and charstrings allow.
func appendInt(d []byte, v int) []byte {
	switch {
	case v >= -107 && v <= 107:
		return append(d, byte(v+139))
	case v >= 108 && v <= 1131:
		return append(d, byte((v-108)>>8+247), byte(v-108))
	case v >= -1131 && v <= -108:
		return append(d, byte((-v-108)>>8+251), byte(-v-108))
	case v >= math.MinInt16 && v <= math.MaxInt16:
		return append(d, 28, byte(v>>8), byte(v))
	}
	return binary.BigEndian.AppendUint32(append(d, 29), uint32(v)) // DICTs only
}

// appendCharstring writes an outline as a Type 2 charstring, to 1/65536 of a unit. The width
// is less the nominal one; nil stands for the default.
func appendCharstring(b []byte, width *float64, segments []Segment) []byte {
	var x, y int64 // 16.16
	number := func(v int64) {
		if v&0xffff == 0 && v>>16 >= math.MinInt16 && v>>16 <= math.MaxInt16 {
			b = appendInt(b, int(v>>16))
			return
		}
		b = binary.BigEndian.AppendUint32(append(b, 255), uint32(v))
	}
	to := func(p opentype.SegmentPoint) {
		px, py := int64(math.Round(float64(p.X)*65536)), int64(math.Round(float64(p.Y)*65536))
		number(px - x)
		number(py - y)
		x, y = px, py
	}
	if width != nil {
		number(int64(math.Round(*width * 65536)))
	}
	for _, s := range segments {
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			to(s.Args[0])
			b = append(b, 21)
		case opentype.SegmentOpLineTo:
			to(s.Args[0])
			b = append(b, 5)
		case opentype.SegmentOpCubeTo:
			to(s.Args[0])
			to(s.Args[1])
			to(s.Args[2])
			b = append(b, 8)
		default:
			panic(fmt.Sprintf("fonts: segment %d in a CFF outline", s.Op))
		}
	}
	return append(b, 14)
}
