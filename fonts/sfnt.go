package fonts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sort"
	"unicode/utf16"
)

// Bounds of what is read. The largest fonts in use are collections of about 200 MB
// with some hundred tables.
const (
	maxFontSize = 512 << 20
	maxFaces    = 256
	maxTables   = 512
)

// sfnt is the table directory of one font file (OpenType 1.9, "Organization of an OpenType Font").
type sfnt struct {
	src    io.ReaderAt
	flavor uint32
	tables map[string]tableRange
}

type tableRange struct{ off, len int64 }

const (
	flavorTrueType = 0x00010000
	flavorApple    = 0x74727565 // "true"
	flavorCFF      = 0x4F54544F // "OTTO"
	flavorTTC      = 0x74746366 // "ttcf"
	flavorWOFF     = 0x774F4646 // "wOFF"
	flavorWOFF2    = 0x774F4632 // "wOF2"
)

// faceOffsets returns where the directories of the faces of a file start.
func faceOffsets(src io.ReaderAt, size int64) ([]int64, error) {
	if size > maxFontSize {
		return nil, fmt.Errorf("the file has %d bytes, more than %d", size, int64(maxFontSize))
	}
	var head [12]byte
	if _, err := src.ReadAt(head[:], 0); err != nil {
		return nil, errors.New("not a TrueType or OpenType font: too short")
	}
	switch flavor := binary.BigEndian.Uint32(head[:]); flavor {
	case flavorTrueType, flavorApple, flavorCFF:
		return []int64{0}, nil
	case flavorWOFF, flavorWOFF2:
		return nil, errors.New("a web font (WOFF): unpack it to TTF or OTF first")
	case flavorTTC:
		n := binary.BigEndian.Uint32(head[8:])
		if n == 0 || n > maxFaces {
			return nil, fmt.Errorf("a collection of %d faces", n)
		}
		raw := make([]byte, 4*n)
		if _, err := src.ReadAt(raw, 12); err != nil {
			return nil, errors.New("the collection's header is cut off")
		}
		offsets := make([]int64, n)
		for i := range offsets {
			offsets[i] = int64(binary.BigEndian.Uint32(raw[4*i:]))
		}
		return offsets, nil
	default:
		return nil, fmt.Errorf("not a TrueType or OpenType font: starts with %q", head[:4])
	}
}

// parseDirectory reads the table directory at off. Every range it returns lies in the file.
func parseDirectory(src io.ReaderAt, size, off int64) (*sfnt, error) {
	var head [12]byte
	if _, err := src.ReadAt(head[:], off); err != nil {
		return nil, errors.New("the table directory is cut off")
	}
	s := &sfnt{src: src, flavor: binary.BigEndian.Uint32(head[:])}
	switch s.flavor {
	case flavorTrueType, flavorApple, flavorCFF:
	default:
		return nil, fmt.Errorf("unknown font flavour %08x", s.flavor)
	}
	n := int(binary.BigEndian.Uint16(head[4:]))
	if n == 0 || n > maxTables {
		return nil, fmt.Errorf("%d tables", n)
	}
	raw := make([]byte, 16*n)
	if _, err := src.ReadAt(raw, off+12); err != nil {
		return nil, errors.New("the table directory is cut off")
	}
	s.tables = make(map[string]tableRange, n)
	for ; len(raw) > 0; raw = raw[16:] {
		r := tableRange{int64(binary.BigEndian.Uint32(raw[8:])), int64(binary.BigEndian.Uint32(raw[12:]))}
		if r.off+r.len > size {
			return nil, fmt.Errorf("table %q is cut off", raw[:4])
		}
		s.tables[string(raw[:4])] = r
	}
	return s, nil
}

// table reads a table; a missing one is nil.
func (s *sfnt) table(tag string) ([]byte, error) {
	r, ok := s.tables[tag]
	if !ok {
		return nil, nil
	}
	b := make([]byte, r.len)
	if _, err := s.src.ReadAt(b, r.off); err != nil {
		return nil, fmt.Errorf("table %q: %w", tag, err)
	}
	return b, nil
}

// buildSFNT writes a font file with the given tables, sorted by tag, with checksums.
func buildSFNT(flavor uint32, tables map[string][]byte) []byte {
	tags := make([]string, 0, len(tables))
	for t := range tables {
		tags = append(tags, t)
	}
	sort.Strings(tags)
	size := 12 + 16*len(tags)
	for _, t := range tags {
		size += (len(tables[t]) + 3) &^ 3
	}
	be := binary.BigEndian
	out := make([]byte, 12+16*len(tags), size)
	be.PutUint32(out, flavor)
	be.PutUint16(out[4:], uint16(len(tags)))
	sel := 0
	for 2<<sel <= len(tags) {
		sel++
	}
	be.PutUint16(out[6:], uint16(16<<sel))
	be.PutUint16(out[8:], uint16(sel))
	be.PutUint16(out[10:], uint16(16*len(tags)-16<<sel))
	head := -1
	for i, t := range tags {
		rec := out[12+16*i:]
		copy(rec, t)
		be.PutUint32(rec[8:], uint32(len(out)))
		be.PutUint32(rec[12:], uint32(len(tables[t])))
		start := len(out)
		out = append(out, tables[t]...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
		if t == "head" && len(tables[t]) >= 12 {
			head = start
			be.PutUint32(out[head+8:], 0)
		}
		be.PutUint32(out[12+16*i+4:], checksum(out[start:]))
	}
	if head >= 0 {
		be.PutUint32(out[head+8:], 0xB1B0AFBA-checksum(out))
	}
	return out
}

func checksum(b []byte) uint32 {
	var sum uint32
	for ; len(b) >= 4; b = b[4:] {
		sum += binary.BigEndian.Uint32(b)
	}
	return sum
}

// header is what the small tables of a face say.
type header struct {
	metrics  Metrics
	name     string
	glyphs   int
	longLoca bool
	fsType   uint16
	bold     bool
	italic   bool
	weight   int
}

var errShort = errors.New("cut off")

func (s *sfnt) header() (header, error) {
	var h header
	be := binary.BigEndian
	i16 := func(b []byte, at int) int { return int(int16(be.Uint16(b[at:]))) }

	read := func(tag string, least int) ([]byte, error) {
		r, ok := s.tables[tag]
		if !ok {
			return nil, fmt.Errorf("no table %q", tag)
		}
		if r.len < int64(least) {
			return nil, fmt.Errorf("table %q: %w", tag, errShort)
		}
		b := make([]byte, least)
		if _, err := s.src.ReadAt(b, r.off); err != nil {
			return nil, fmt.Errorf("table %q: %w", tag, err)
		}
		return b, nil
	}

	head, err := read("head", 54)
	if err != nil {
		return h, err
	}
	m := &h.metrics
	m.UnitsPerEm = int(be.Uint16(head[18:]))
	if m.UnitsPerEm < 16 || m.UnitsPerEm > 16384 {
		return h, fmt.Errorf("%d units per em", m.UnitsPerEm)
	}
	m.XMin, m.YMin, m.XMax, m.YMax = i16(head, 36), i16(head, 38), i16(head, 40), i16(head, 42)
	h.bold, h.italic = head[45]&1 != 0, head[45]&2 != 0
	h.longLoca = be.Uint16(head[50:]) != 0

	maxp, err := read("maxp", 6)
	if err != nil {
		return h, err
	}
	h.glyphs = int(be.Uint16(maxp[4:]))
	if h.glyphs == 0 {
		return h, errors.New("no glyphs")
	}

	hhea, err := read("hhea", 36)
	if err != nil {
		return h, err
	}
	m.Ascent, m.Descent, m.LineGap = i16(hhea, 4), i16(hhea, 6), i16(hhea, 8)

	m.Underline, m.Thickness = -m.UnitsPerEm/10, m.UnitsPerEm/20
	if post, err := read("post", 16); err == nil {
		m.Italic = float64(int32(be.Uint32(post[4:]))) / 65536
		if t := i16(post, 10); t > 0 {
			// OpenType gives the top of the underline.
			m.Underline, m.Thickness = i16(post, 8)-t/2, t
		}
		m.FixedPitch = be.Uint32(post[12:]) != 0
	}

	h.weight = 400
	if h.bold {
		h.weight = 700
	}
	m.EmTop = (m.UnitsPerEm*88 + 50) / 100
	if os2, err := read("OS/2", 78); err == nil {
		h.weight = int(be.Uint16(os2[4:]))
		h.fsType = be.Uint16(os2[8:])
		class := os2[30]
		// sFamilyClass 1 to 5 and 7 have serifs; PANOSE: Latin text, serif styles 2 to 10.
		m.Serif = class >= 1 && class <= 5 || class == 7 || class == 0 && os2[32] == 2 && os2[33] >= 2 && os2[33] <= 10
		sel := be.Uint16(os2[62:])
		h.bold = h.bold || sel&0x20 != 0
		h.italic = h.italic || sel&1 != 0
		top, bottom := i16(os2, 68), i16(os2, 70)
		if sel&0x80 != 0 { // USE_TYPO_METRICS
			m.Ascent, m.Descent, m.LineGap = top, bottom, i16(os2, 72)
		}
		if top-bottom == m.UnitsPerEm {
			m.EmTop = top
		}
		if be.Uint16(os2) >= 2 {
			if v2, err := read("OS/2", 90); err == nil {
				m.XHeight, m.CapHeight = i16(v2, 86), i16(v2, 88)
			}
		}
	}
	m.EmBottom = m.EmTop - m.UnitsPerEm
	// A weight says more about the stems than any other number that fonts carry:
	// 50 + (weight/65)² is the estimate that common PDF writers use.
	w := h.weight
	if w < 1 || w > 1000 {
		w = 400
	}
	m.StemV = (50 + w*w/(65*65)) * m.UnitsPerEm / 1000

	name, err := s.table("name")
	if err != nil {
		return h, err
	}
	h.name = postScriptName(name)
	return h, nil
}

// postScriptName returns name 6, cut to what PDF allows in a font name. It is
// "Unnamed" when the table does not say.
func postScriptName(t []byte) string {
	be := binary.BigEndian
	best := ""
	if len(t) >= 6 {
		n, base := int(be.Uint16(t[2:])), int(be.Uint16(t[4:]))
		for i := 0; i < n && 6+12*i+12 <= len(t); i++ {
			rec := t[6+12*i:]
			platform, id := be.Uint16(rec), be.Uint16(rec[6:])
			from, size := base+int(be.Uint16(rec[10:])), int(be.Uint16(rec[8:]))
			if id != 6 || from+size > len(t) {
				continue
			}
			raw, s := t[from:from+size], ""
			if platform == 1 {
				s = cleanName(string(raw))
			} else {
				units := make([]uint16, len(raw)/2)
				for i := range units {
					units[i] = be.Uint16(raw[2*i:])
				}
				s = cleanName(string(utf16.Decode(units)))
			}
			if s != "" && (best == "" || platform == 3) {
				best = s
			}
		}
	}
	if best == "" {
		return "Unnamed"
	}
	return best
}

// cleanName keeps the characters that a PostScript name may have.
func cleanName(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		switch r {
		case '[', ']', '(', ')', '{', '}', '<', '>', '/', '%', '#':
			continue
		}
		if r > ' ' && r < 0x7f && len(out) < 63 {
			out = append(out, byte(r))
		}
	}
	return string(out)
}
