package pdf

import (
	"encoding/binary"
	"unicode/utf16"
)

// sRGB returns an ICC profile (ICC.1:2004, version 4.2) of the sRGB colour
// space (IEC 61966-2-1): three primaries adapted to D50 and one curve.
func sRGB() []byte {
	type tag struct {
		sign string
		data []byte
	}
	xyz := func(x, y, z uint32) []byte {
		return append([]byte("XYZ \x00\x00\x00\x00"), fixed(x, y, z)...)
	}
	// Numbers are in 1/65536.
	curve := append([]byte("para\x00\x00\x00\x00\x00\x03\x00\x00"),
		// Type 3: ((a·x + b)^g where x ≥ d, else c·x, with g = 2.4, a = 1/1.055,
		// b = 0.055/1.055, c = 1/12.92, d = 0.04045.
		fixed(157286, 62119, 3417, 5072, 2651)...)
	tags := []tag{
		{"desc", text("sRGB")},
		{"cprt", text("No copyright: a list of numbers")},
		{"wtpt", xyz(0xF6D6, 0x10000, 0xD32D)}, // D50
		{"chad", append([]byte("sf32\x00\x00\x00\x00"), fixed(
			// Bradford, D65 to D50.
			68674, 1502, 0xFFFFFFFF-3290+1,
			1939, 64912, 0xFFFFFFFF-1118+1,
			0xFFFFFFFF-605+1, 988, 49262)...)},
		{"rXYZ", xyz(28578, 14582, 912)},
		{"gXYZ", xyz(25241, 46981, 6362)},
		{"bXYZ", xyz(9376, 3971, 46799)},
		{"rTRC", curve},
		{"gTRC", curve},
		{"bTRC", curve},
	}
	b := make([]byte, 128, 1024)
	copy(b[8:], "\x04\x20\x00\x00mntrRGB XYZ ")
	binary.BigEndian.PutUint16(b[24:], 2000) // year, month and day of the profile: not a clock's
	b[27], b[29] = 1, 1
	copy(b[36:], "acsp")
	copy(b[68:], fixed(0xF6D6, 0x10000, 0xD32D)) // illuminant: D50
	b = binary.BigEndian.AppendUint32(b, uint32(len(tags)))
	at := uint32(len(b) + 12*len(tags))
	var body []byte
	var curveAt uint32
	for _, t := range tags {
		off := at + uint32(len(body))
		if t.sign[1:] == "TRC" {
			// The curves are one.
			if curveAt != 0 {
				off = curveAt
			} else {
				curveAt = off
				body = append(body, t.data...)
			}
		} else {
			body = append(body, t.data...)
		}
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		b = append(b, t.sign...)
		b = binary.BigEndian.AppendUint32(b, off)
		b = binary.BigEndian.AppendUint32(b, uint32(len(t.data)))
	}
	b = append(b, body...)
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

func fixed(v ...uint32) []byte {
	var b []byte
	for _, n := range v {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// text returns a tag of one text in English.
func text(s string) []byte {
	u := utf16.Encode([]rune(s))
	b := append([]byte("mluc\x00\x00\x00\x00"), fixed(1, 12)...)
	b = append(b, "enUS"...)
	b = append(b, fixed(uint32(2*len(u)), 28)...)
	for _, c := range u {
		b = binary.BigEndian.AppendUint16(b, c)
	}
	return b
}
