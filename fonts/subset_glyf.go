package fonts

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Flags of the parts of a composite glyph (OpenType 1.9, glyf).
const (
	argsAreWords   = 0x0001
	hasScale       = 0x0008
	moreParts      = 0x0020
	hasXYScale     = 0x0040
	hasTwoByTwo    = 0x0080
	compositeStart = 10 // after the number of contours and the box
)

// glyfTables is what the subsetter reads of a TrueType font.
type glyfTables struct {
	loca, glyf, hmtx []byte
	long             bool
	metrics          int // entries of hmtx with an advance of their own
}

func (f *Face) readGlyf() (t glyfTables, err error) {
	for tag, to := range map[string]*[]byte{"loca": &t.loca, "glyf": &t.glyf, "hmtx": &t.hmtx} {
		if *to, err = f.sfnt.table(tag); err != nil {
			return t, err
		}
	}
	hhea, err := f.sfnt.table("hhea")
	if err != nil {
		return t, err
	}
	if len(hhea) < 36 {
		return t, fmt.Errorf("table hhea: %w", errShort)
	}
	t.metrics = int(binary.BigEndian.Uint16(hhea[34:]))
	t.long = f.longLoca
	return t, nil
}

// glyph returns the data of a glyph; nil when it has no outline.
func (t *glyfTables) glyph(g int) ([]byte, error) {
	be := binary.BigEndian
	var from, to int64
	if t.long {
		if 4*g+8 > len(t.loca) {
			return nil, fmt.Errorf("glyph %d: loca is %w", g, errShort)
		}
		from, to = int64(be.Uint32(t.loca[4*g:])), int64(be.Uint32(t.loca[4*g+4:]))
	} else {
		if 2*g+4 > len(t.loca) {
			return nil, fmt.Errorf("glyph %d: loca is %w", g, errShort)
		}
		from, to = 2*int64(be.Uint16(t.loca[2*g:])), 2*int64(be.Uint16(t.loca[2*g+2:]))
	}
	if from > to || to > int64(len(t.glyf)) {
		return nil, fmt.Errorf("glyph %d is %w", g, errShort)
	}
	return t.glyf[from:to], nil
}

// metric returns the advance and left side bearing of a glyph, zero where hmtx is cut off.
func (t *glyfTables) metric(g int) (advance, bearing uint16) {
	be := binary.BigEndian
	at := 4 * min(g, t.metrics-1)
	if t.metrics > 0 && at+2 <= len(t.hmtx) {
		advance = be.Uint16(t.hmtx[at:])
	}
	at += 2
	if g >= t.metrics {
		at = 4*t.metrics + 2*(g-t.metrics)
	}
	if at+2 <= len(t.hmtx) {
		bearing = be.Uint16(t.hmtx[at:])
	}
	return advance, bearing
}

// eachPart calls do with the place of the glyph number of every part of a composite glyph.
func eachPart(data []byte, do func(at int)) error {
	if len(data) < compositeStart || int16(binary.BigEndian.Uint16(data)) >= 0 {
		return nil
	}
	for at := compositeStart; ; {
		if at+4 > len(data) {
			return fmt.Errorf("a composite glyph is %w", errShort)
		}
		flags := binary.BigEndian.Uint16(data[at:])
		do(at + 2)
		at += 6
		if flags&argsAreWords != 0 {
			at += 2
		}
		switch {
		case flags&hasScale != 0:
			at += 2
		case flags&hasXYScale != 0:
			at += 4
		case flags&hasTwoByTwo != 0:
			at += 8
		}
		if flags&moreParts == 0 {
			return nil
		}
	}
}

// subsetGlyf writes a TrueType font whose glyph i is glyphs[i]; parts of composite
// glyphs that were not asked for follow. Hinting programs are kept when the font has them: some
// old Chinese fonts put their strokes together with them.
func (f *Face) subsetGlyf(glyphs []GID) ([]byte, error) {
	t, err := f.readGlyf()
	if err != nil {
		return nil, err
	}
	be := binary.BigEndian
	all := make([]int, len(glyphs))
	number := make(map[int]int, len(glyphs)) // of a glyph in the subset
	for i, g := range glyphs {
		all[i] = int(g)
		if _, ok := number[int(g)]; !ok {
			number[int(g)] = i
		}
	}

	var glyf []byte
	offsets := []int{0}
	for i := 0; i < len(all); i++ {
		data, err := t.glyph(all[i])
		if err != nil {
			return nil, err
		}
		start := len(glyf)
		glyf = append(glyf, data...)
		copied := glyf[start:]
		err = eachPart(data, func(at int) {
			part := int(be.Uint16(data[at:]))
			if part >= f.glyphs {
				part = 0
			}
			n, ok := number[part]
			if !ok {
				n = len(all)
				number[part] = n
				all = append(all, part)
			}
			be.PutUint16(copied[at:], uint16(n))
		})
		if err != nil {
			return nil, err
		}
		if len(all) > 0xffff {
			return nil, errors.New("too many glyphs with their parts")
		}
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		offsets = append(offsets, len(glyf))
	}

	tables := map[string][]byte{"glyf": glyf}
	long := len(glyf) > 2*0xffff
	var loca, hmtx []byte
	for _, o := range offsets {
		if long {
			loca = be.AppendUint32(loca, uint32(o))
		} else {
			loca = be.AppendUint16(loca, uint16(o/2))
		}
	}
	for _, g := range all {
		advance, bearing := t.metric(g)
		hmtx = be.AppendUint16(be.AppendUint16(hmtx, advance), bearing)
	}
	tables["loca"], tables["hmtx"] = loca, hmtx

	for _, tag := range []string{"head", "hhea", "maxp", "cvt ", "fpgm", "prep"} {
		b, err := f.sfnt.table(tag)
		if err != nil {
			return nil, err
		}
		switch {
		case b == nil:
			continue
		case tag == "head" && len(b) >= 54:
			be.PutUint16(b[50:], 0)
			if long {
				be.PutUint16(b[50:], 1)
			}
		case tag == "hhea" && len(b) >= 36:
			be.PutUint16(b[34:], uint16(len(all)))
		case tag == "maxp" && len(b) >= 6:
			be.PutUint16(b[4:], uint16(len(all)))
		}
		tables[tag] = b
	}
	return buildSFNT(flavorTrueType, tables), nil
}
