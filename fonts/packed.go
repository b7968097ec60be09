package fonts

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sort"
)

// The large CFF faces are stored with their charstrings in another order: glyphs of common
// characters stand together, so that a page of text unpacks two or three megabytes
// instead of the 15 or 25 that are all outlines. The stored bytes are
//
//	the magic, then as big-endian uint32 the size of the font file, the start of the charstrings
//	in it, their count, and the place and width of the offsets of their INDEX
//	the group of every glyph (a byte each)
//	the low bytes of the sizes of all charstrings, then the high bytes
//	the font file without its charstrings and their offsets
//	the charstrings, by group and then by glyph
//
// and of the Zstandard frames that the stored bytes are cut into, those after the first are
// of whole charstrings, split into streams.
const packedMagic = "lepfont2"

const packedHeader = len(packedMagic) + 5*4

// packedFont gives random access to a font file that was stored in that form.
type packedFont struct {
	src        io.ReaderAt
	size       int64
	head       int64 // where the font file's first part is stored
	start, end int64 // of the charstrings in the font file
	offsetsAt  int64 // where the font file has the offsets of the charstrings
	width      int64 // bytes of such an offset
	starts     []uint32
	places     []uint32 // where each charstring is stored
}

// openPacked reads the head of a stored font; one that is not in packed form is src itself.
func openPacked(src *frames) (io.ReaderAt, int64, error) {
	head := make([]byte, packedHeader)
	if _, err := src.ReadAt(head, 0); err != nil || string(head[:len(packedMagic)]) != packedMagic {
		return src, src.size, nil
	}
	src.split()
	be := binary.BigEndian
	field := func(i int) int64 { return int64(be.Uint32(head[len(packedMagic)+4*i:])) }
	p := &packedFont{src: src, size: field(0), start: field(1), offsetsAt: field(3), width: field(4)}
	count := field(2)
	broken := errors.New("a packed font is broken")
	if count == 0 || count > 0xffff || p.width < 1 || p.width > 4 || p.offsetsAt+(count+1)*p.width != p.start {
		return nil, 0, broken
	}
	p.head = int64(packedHeader) + 3*count
	glyphs := make([]byte, 3*count)
	if _, err := src.ReadAt(glyphs, int64(packedHeader)); err != nil {
		return nil, 0, err
	}
	groups, low, high := glyphs[:count], glyphs[count:2*count], glyphs[2*count:]
	p.starts = make([]uint32, count+1)
	p.starts[0] = uint32(p.start)
	for i := range count {
		p.starts[i+1] = p.starts[i] + uint32(low[i]) + uint32(high[i])<<8
	}
	p.end = int64(p.starts[count])

	// The groups follow each other in their order.
	var place [256]int64
	for g, k := range groups {
		place[k] += int64(p.starts[g+1] - p.starts[g])
	}
	at := p.head + p.offsetsAt + p.size - p.end
	for k, n := range place {
		place[k] = at
		at += n
	}
	if at != src.size {
		return nil, 0, broken
	}
	p.places = make([]uint32, count)
	for g, k := range groups {
		p.places[g] = uint32(place[k])
		place[k] += int64(p.starts[g+1] - p.starts[g])
	}
	return p, p.size, nil
}

// ReadAt implements io.ReaderAt for the font file as it was.
func (p *packedFont) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 || off >= p.size {
		return 0, io.EOF
	}
	short := int64(len(b)) > p.size-off
	if short {
		b = b[:p.size-off]
	}
	// part reads what of [from, to) of the font file was asked for, stored at place.
	part := func(from, to, place int64) error {
		lo, hi := max(from, off), min(to, off+int64(len(b)))
		if lo >= hi {
			return nil
		}
		_, err := p.src.ReadAt(b[lo-off:hi-off], place+lo-from)
		return err
	}
	err := part(0, p.offsetsAt, p.head)
	if err == nil {
		err = part(p.end, p.size, p.head+p.offsetsAt)
	}
	if err != nil {
		return 0, err
	}
	for at := max(off, p.offsetsAt); at < min(p.start, off+int64(len(b))); at++ {
		i := at - p.offsetsAt
		offset := int64(p.starts[i/p.width]) - p.start + 1
		b[at-off] = byte(offset >> (8 * (p.width - 1 - i%p.width)))
	}
	at := func(off int64) int {
		return sort.Search(len(p.places), func(i int) bool { return int64(p.starts[i+1]) > off })
	}
	first, last := at(off), at(off+int64(len(b))-1)
	glyph := func(g int) error {
		return part(int64(p.starts[g]), int64(p.starts[g+1]), int64(p.places[g]))
	}
	if first == last && first < len(p.places) {
		err = glyph(first)
	} else if first < last {
		// In the order they are stored in, so that each frame is unpacked once.
		order := make([]int, 0, last-first+1)
		for g := first; g <= last && g < len(p.places); g++ {
			order = append(order, g)
		}
		slices.SortFunc(order, func(a, b int) int { return int(p.places[a]) - int(p.places[b]) })
		for _, g := range order {
			if err = glyph(g); err != nil {
				break
			}
		}
	}
	if err == nil && short {
		err = io.EOF
	}
	return len(b), err
}

const splitHeader = 8

// splitCharstrings writes charstrings as streams of their own, which compress by a
// fifteenth better: the sizes of the first two as uint32, the first bytes of numbers and
// operators, the second bytes of numbers of two bytes, and what else follows first bytes.
func splitCharstrings(b []byte) []byte {
	var first, second, more []byte
	for len(b) > 0 {
		b0 := b[0]
		first = append(first, b0)
		n := min(tokenSize(b0), len(b))
		if n == 2 && tokenTail[b0] == 1 {
			second = append(second, b[1])
		} else {
			more = append(more, b[1:n]...)
		}
		b = b[n:]
	}
	be := binary.BigEndian
	out := be.AppendUint32(nil, uint32(len(first)))
	out = be.AppendUint32(out, uint32(len(second)))
	return append(append(append(out, first...), second...), more...)
}

// tokenSize is the size of the number or operator that begins with b0.
func tokenSize(b0 byte) int {
	switch {
	case b0 == 28:
		return 3
	case b0 == 255:
		return 5
	case b0 >= 247, b0 == 12:
		return 2
	}
	return 1
}

// mergeCharstrings appends what was split to dst.
func mergeCharstrings(dst, b []byte) ([]byte, error) {
	broken := errors.New("a packed font is broken")
	if len(b) < splitHeader {
		return nil, broken
	}
	be := binary.BigEndian
	n, m := int64(be.Uint32(b)), int64(be.Uint32(b[4:]))
	if b = b[splitHeader:]; n+m > int64(len(b)) {
		return nil, broken
	}
	first, tail := b[:n], b[n:]
	start, at := len(dst), len(dst)
	// A byte to spare in both, for the second byte is copied before it is known to be one.
	dst = slices.Grow(dst, len(b)+1)[:start+len(b)+1]
	tail = append(tail, 0)
	next, more := 0, int(m)
	for _, b0 := range first {
		t := int(tokenTail[b0])
		if t > 1 {
			k := min(t-1, len(tail)-1-more) // the end may be cut
			dst[at] = b0
			copy(dst[at+1:], tail[more:more+k])
			at, more = at+1+k, more+k
			continue
		}
		if next >= len(tail) || at+1 >= len(dst) {
			return nil, broken
		}
		dst[at], dst[at+1] = b0, tail[next]
		at += 1 + t
		next += t
	}
	if next != int(m) || at != start+len(b) {
		return nil, broken
	}
	return dst[:at], nil
}

// tokenTail is 0 for tokens of one byte, 1 for numbers of two, and otherwise one more than
// the bytes that follow the first.
var tokenTail = func() (t [256]uint8) {
	for b := range t {
		switch n := tokenSize(byte(b)); {
		case n == 2 && b != 12:
			t[b] = 1
		case n > 1:
			t[b] = uint8(n)
		}
	}
	return t
}()
