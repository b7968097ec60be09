// Package heif reads AVIF and HEIC pictures: what their boxes say, and their
// pixels through decoders that run as WebAssembly, in a memory and a time of their
// own. Neither is touched before the first such picture is decoded.
//
// The package decides nothing about how large a picture may be.
package heif

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"
)

// Codec is how the pixels of a file are coded.
type Codec uint8

// The codecs.
const (
	AV1  Codec = iota // AVIF
	HEVC              // HEIC
)

// Info is what the boxes of a file say of its picture.
type Info struct {
	Codec         Codec
	Width, Height int // pixels, as Decode returns them
	// Crop is the part of these pixels that shows.
	Crop image.Rectangle
	// Orientation is what is left to do to see what shows upright, as EXIF numbers
	// it, 1 to 8.
	Orientation int
	Depth       int // bits of a sample
	Gray        bool
	Alpha       bool
	Animated    bool
	Cut         bool   // the file ends before its boxes do
	ICC         []byte // colour profile, nil: none
	// Colours by number (ITU-T H.273); 2: not said.
	Primaries, Transfer int

	matrix  int  // how colours are made of samples, by number
	limited bool // samples go from 16 to 235 or 240

	primary, alpha uint32 // items
	pitm           int64  // where the number of the primary item stands in the file
	pitmWide       bool   // it has 32 bits
}

// ErrUnsupported says that a file may be sound, but is of a kind that is not read.
var ErrUnsupported = errors.New("a rare kind")

var errDamaged = errors.New("its boxes are damaged")

// Bounds of what is read of a file.
const (
	maxMeta  = 4 << 20 // bytes of the meta box; profiles of colours lie within
	maxBoxes = 4096    // in one box
)

// box is a box of ISO 14496-12, 4.2.
type box struct {
	kind string
	body []byte
}

// boxes returns the boxes of b.
func boxes(b []byte) ([]box, error) {
	var out []box
	for len(b) > 0 {
		if len(b) < 8 || len(out) == maxBoxes {
			return nil, errDamaged
		}
		n, head := uint64(binary.BigEndian.Uint32(b)), 8
		switch n {
		case 0: // as far as there is anything
			n = uint64(len(b))
		case 1:
			if len(b) < 16 {
				return nil, errDamaged
			}
			n, head = binary.BigEndian.Uint64(b[8:]), 16
		}
		if n < uint64(head) || n > uint64(len(b)) {
			return nil, errDamaged
		}
		out = append(out, box{string(b[4:8]), b[head:n]})
		b = b[n:]
	}
	return out, nil
}

// fields reads big-endian numbers. What is not there is zero, and remembered.
type fields struct {
	b     []byte
	short bool
}

func (f *fields) take(n int) []byte {
	if len(f.b) < n {
		f.b, f.short = nil, true
		return make([]byte, n)
	}
	out := f.b[:n]
	f.b = f.b[n:]
	return out
}

func (f *fields) u8() int     { return int(f.take(1)[0]) }
func (f *fields) u16() int    { return int(binary.BigEndian.Uint16(f.take(2))) }
func (f *fields) u32() uint32 { return binary.BigEndian.Uint32(f.take(4)) }

// id reads the number of an item, which has 32 bits if wide.
func (f *fields) id(wide bool) uint32 {
	if wide {
		return f.u32()
	}
	return uint32(f.u16())
}

// Parse reads the boxes of a file of size bytes. It reads none of its pixels. An
// error of r is returned as it is.
func Parse(r io.ReaderAt, size int64) (Info, error) {
	info := Info{Orientation: 1, Primaries: 2, Transfer: 2, matrix: 6}
	var head [16]byte
	seen := false
	for off, n := int64(0), 0; off < size; n++ {
		if n == maxBoxes {
			return info, errDamaged
		}
		if size-off < 8 {
			info.Cut = true
			break
		}
		k, err := r.ReadAt(head[:min(16, size-off)], off)
		if k < 8 {
			return info, err
		}
		length, start := int64(binary.BigEndian.Uint32(head[:])), int64(8)
		switch length {
		case 0:
			length = size - off
		case 1:
			length, start = int64(binary.BigEndian.Uint64(head[8:])), 16
		}
		if length < start {
			return info, errDamaged
		}
		if length > size-off {
			info.Cut, length = true, size-off
		}
		switch kind := string(head[4:8]); kind {
		case "ftyp", "meta":
			if kind == "meta" && seen {
				break // the first counts
			}
			if length-start > maxMeta {
				return info, errDamaged
			}
			body := make([]byte, length-start)
			if k, err := r.ReadAt(body, off+start); k < len(body) {
				return info, err
			}
			if kind == "ftyp" {
				info.brands(body)
				break
			}
			seen = true
			if err := info.meta(body, off+start); err != nil {
				return info, err
			}
		}
		off += length
	}
	if !seen {
		return info, errDamaged
	}
	return info, nil
}

// brands reads the file type box.
func (info *Info) brands(b []byte) {
	for i := 0; i+4 <= len(b); i += 4 {
		switch string(b[i : i+4]) {
		case "avis", "msf1", "hevc", "hevx":
			info.Animated = true
		}
	}
}

// meta reads the meta box, which stands at the byte at of the file
// (ISO 14496-12, 8.11; ISO 23008-12).
func (info *Info) meta(b []byte, at int64) error {
	if len(b) < 4 {
		return errDamaged
	}
	all, err := boxes(b[4:])
	if err != nil {
		return err
	}
	props := map[uint32][]int{}
	kinds := map[uint32]string{}
	var list []box
	var refs []reference
	for _, x := range all {
		f := &fields{b: x.body}
		switch x.kind {
		case "pitm":
			info.pitmWide = f.u32()>>24 != 0
			info.primary = f.id(info.pitmWide)
			info.pitm = at + int64(cap(b)-cap(x.body)) + 4 // both end where the box does
		case "iinf":
			if kinds, err = itemKinds(f); err != nil {
				return err
			}
		case "iref":
			if refs, err = references(f); err != nil {
				return err
			}
		case "iprp":
			if list, props, err = properties(x.body); err != nil {
				return err
			}
		}
		if f.short {
			return errDamaged
		}
	}
	of := func(item uint32) []box {
		var out []box
		for _, i := range props[item] {
			if i >= 1 && i <= len(list) {
				out = append(out, list[i-1])
			}
		}
		return out
	}
	var tiles []uint32
	for _, ref := range refs {
		switch {
		case ref.kind == "dimg" && ref.from == info.primary:
			tiles = ref.to
		case ref.kind == "auxl" && slices.Contains(ref.to, info.primary):
			for _, p := range of(ref.from) {
				if p.kind == "auxC" && isAlpha(p.body) {
					info.Alpha, info.alpha = true, ref.from
				}
			}
		}
	}
	switch kinds[info.primary] {
	case "av01":
		info.Codec = AV1
	case "hvc1":
		info.Codec = HEVC
	case "grid":
		if len(tiles) > 0 && kinds[tiles[0]] == "hvc1" {
			info.Codec = HEVC
		}
	default:
		return ErrUnsupported
	}
	return info.describe(of(info.primary))
}

// isAlpha tells whether the auxC property b is that of transparency.
func isAlpha(b []byte) bool {
	return bytes.Contains(b, []byte(":auxiliary:alpha\x00")) || bytes.Contains(b, []byte(":auxid:1\x00"))
}

// itemKinds reads the item information box: what kind each item is.
func itemKinds(f *fields) (map[uint32]string, error) {
	if f.u32()>>24 == 0 {
		f.u16()
	} else {
		f.u32()
	}
	entries, err := boxes(f.b)
	if err != nil {
		return nil, err
	}
	kinds := map[uint32]string{}
	for _, e := range entries {
		g := &fields{b: e.body}
		version := g.u32() >> 24
		if e.kind != "infe" || version < 2 {
			continue
		}
		id := g.id(version > 2)
		g.u16() // protection
		kinds[id] = string(g.take(4))
		if g.short {
			return nil, errDamaged
		}
	}
	return kinds, nil
}

// reference says what some items are to another.
type reference struct {
	kind string
	from uint32
	to   []uint32
}

// references reads the item reference box.
func references(f *fields) (refs []reference, err error) {
	wide := f.u32()>>24 != 0
	all, err := boxes(f.b)
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		g := &fields{b: x.body}
		ref := reference{kind: x.kind, from: g.id(wide)}
		for n := g.u16(); n > 0 && !g.short; n-- {
			ref.to = append(ref.to, g.id(wide))
		}
		if g.short {
			return nil, errDamaged
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

// properties reads the item properties box: the properties, and which of them,
// counted from 1, each item has.
func properties(b []byte) (list []box, props map[uint32][]int, err error) {
	all, err := boxes(b)
	if err != nil {
		return nil, nil, err
	}
	props = map[uint32][]int{}
	for _, x := range all {
		switch x.kind {
		case "ipco":
			if list, err = boxes(x.body); err != nil {
				return nil, nil, err
			}
		case "ipma":
			f := &fields{b: x.body}
			flags := f.u32()
			for n := f.u32(); n > 0 && !f.short; n-- {
				id := f.id(flags>>24 != 0)
				for k := f.u8(); k > 0; k-- {
					if flags&1 != 0 {
						props[id] = append(props[id], f.u16()&0x7fff)
					} else {
						props[id] = append(props[id], f.u8()&0x7f)
					}
				}
			}
			if f.short {
				return nil, nil, errDamaged
			}
		}
	}
	return list, props, nil
}

// describe reads the properties of the primary item, in their order, which is
// that in which its transformations apply.
func (info *Info) describe(props []box) error {
	info.Depth = 8
	var clap []byte
	for _, p := range props {
		f := &fields{b: p.body}
		switch p.kind {
		case "ispe":
			f.u32()
			w, h := f.u32(), f.u32()
			if w == 0 || h == 0 || w > 1<<30 || h > 1<<30 {
				return errDamaged
			}
			info.Width, info.Height = int(w), int(h)
		case "pixi":
			f.u32()
			n := f.u8()
			info.Gray = n == 1
			for range n {
				info.Depth = max(info.Depth, f.u8())
			}
		case "av1C":
			f.u16()
			switch v := f.u8(); {
			case v&0x60 == 0x60:
				info.Depth = 12
			case v&0x40 != 0:
				info.Depth = max(info.Depth, 10)
				fallthrough
			default:
				info.Gray = v&0x10 != 0
			}
		case "hvcC":
			info.Gray = f.take(18)[16]&3 == 0
		case "colr":
			switch string(f.take(4)) {
			case "prof", "rICC":
				info.ICC = f.b
			case "nclx":
				info.Primaries, info.Transfer, info.matrix = f.u16(), f.u16(), f.u16()
				info.limited = f.u8()&0x80 == 0
			}
		case "clap":
			clap = f.take(32)
		case "irot":
			// Anticlockwise by quarters; the orientations that undo it.
			info.turn([4]int{1, 8, 3, 6}[f.u8()&3])
		case "imir":
			// 0: top and bottom change places, 1: left and right.
			info.turn([2]int{4, 2}[f.u8()&1])
		}
		if f.short {
			return errDamaged
		}
	}
	if info.Width == 0 {
		return errDamaged
	}
	info.Crop = image.Rect(0, 0, info.Width, info.Height)
	if clap != nil {
		if err := info.clip(clap); err != nil {
			return err
		}
	}
	if info.Codec == HEVC {
		// Its decoder does all that by itself.
		w, h := info.Crop.Dx(), info.Crop.Dy()
		if info.Orientation >= 5 {
			w, h = h, w
		}
		info.Width, info.Height, info.Crop, info.Orientation = w, h, image.Rect(0, 0, w, h), 1
	}
	return nil
}

// turn adds a transformation to those before it.
func (info *Info) turn(next int) { info.Orientation = compose(info.Orientation, next) }

// compose returns the orientation that is first a, then b.
func compose(a, b int) int {
	// Each is a mirror, left to right, of 0 or 1, and then quarters clockwise.
	parts := [9][2]int{1: {0, 0}, 2: {1, 0}, 3: {0, 2}, 4: {1, 2}, 5: {1, 3}, 6: {0, 1}, 7: {1, 1}, 8: {0, 3}}
	m, q := parts[a][0], parts[a][1]
	if parts[b][0] == 1 {
		// What is mirrored turns the other way.
		m, q = 1-m, (4-q)%4
	}
	want := [2]int{m, (q + parts[b][1]) % 4}
	for o := 1; o <= 8; o++ {
		if parts[o] == want {
			return o
		}
	}
	panic(fmt.Sprintf("heif: orientations %d, %d", a, b))
}

// clip reads the clean aperture: size and centre as fractions (ISO 14496-12,
// 12.1.4). One that is not of whole pixels within the picture is not used.
func (info *Info) clip(b []byte) error {
	f := &fields{b: b}
	var v [4]int64 // width, height and the offsets of the centre, in halves of a pixel
	for i := range v {
		n, d := int64(f.u32()), int64(int32(f.u32()))
		if i >= 2 {
			n = int64(int32(n))
		}
		if d <= 0 || 2*n%d != 0 {
			return nil
		}
		v[i] = 2 * n / d
	}
	// In halves, the left edge is the middle, and the offset, less half the width.
	x, y := int64(info.Width)+v[2]-v[0]/2, int64(info.Height)+v[3]-v[1]/2
	if v[0]%2 != 0 || v[1]%2 != 0 || x%2 != 0 || y%2 != 0 || v[0] < 2 || v[1] < 2 {
		return nil
	}
	r := image.Rect(int(x/2), int(y/2), int(x/2+v[0]/2), int(y/2+v[1]/2))
	if r.In(info.Crop) {
		info.Crop = r
	}
	return nil
}
