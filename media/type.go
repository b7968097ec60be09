package media

import (
	"bytes"
	"fmt"
)

// String returns the format's name: "JPEG".
func (t Type) String() string {
	if int(t) < len(types) {
		return types[t].name
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}

// MediaType returns the IANA media type: "image/jpeg"; that of Unknown is
// "application/octet-stream".
func (t Type) MediaType() string {
	if int(t) < len(types) {
		return types[t].mediaType
	}
	return types[Unknown].mediaType
}

// Extension returns the usual extension of file names, with its dot: ".jpg";
// that of Unknown is empty.
func (t Type) Extension() string {
	if int(t) < len(types) {
		return types[t].extension
	}
	return ""
}

// Decodable tells whether Derive and Decode can read pictures of this type.
func (t Type) Decodable() bool {
	switch t {
	case JPEG, PNG, GIF, WebP, BMP, AVIF, HEIC, SVG:
		return true
	}
	return false
}

var types = [...]struct{ name, mediaType, extension string }{
	Unknown: {"unknown", "application/octet-stream", ""},
	JPEG:    {"JPEG", "image/jpeg", ".jpg"},
	PNG:     {"PNG", "image/png", ".png"},
	GIF:     {"GIF", "image/gif", ".gif"},
	WebP:    {"WebP", "image/webp", ".webp"},
	SVG:     {"SVG", "image/svg+xml", ".svg"},
	AVIF:    {"AVIF", "image/avif", ".avif"},
	HEIC:    {"HEIC", "image/heic", ".heic"},
	BMP:     {"BMP", "image/bmp", ".bmp"},
	TIFF:    {"TIFF", "image/tiff", ".tif"},
}

// SniffLen is how many of the first bytes Sniff looks at.
const SniffLen = 4096

// Sniff returns the type of the picture that begins with head, by its bytes
// alone; Unknown for anything else. It looks at the first SniffLen bytes.
func Sniff(head []byte) Type {
	if len(head) > SniffLen {
		head = head[:SniffLen]
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return JPEG
	case bytes.HasPrefix(head, []byte(pngMagic)):
		return PNG
	case bytes.HasPrefix(head, []byte("GIF87a")), bytes.HasPrefix(head, []byte("GIF89a")):
		return GIF
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return WebP
	case bytes.HasPrefix(head, []byte("II*\x00")), bytes.HasPrefix(head, []byte("MM\x00*")):
		return TIFF
	case isBMP(head):
		return BMP
	}
	if t := sniffISO(head); t != Unknown {
		return t
	}
	if isSVG(head) {
		return SVG
	}
	return Unknown
}

// isBMP wants more than the two letters BM, with which texts begin too: the
// reserved field is zero and the second header is of a length that exists.
func isBMP(head []byte) bool {
	if len(head) < 18 || head[0] != 'B' || head[1] != 'M' || head[6]|head[7]|head[8]|head[9] != 0 {
		return false
	}
	switch le32(head[14:]) {
	case 12, 40, 52, 56, 64, 108, 124:
		return true
	}
	return false
}

// sniffISO tells AVIF from HEIC by the brands of the file type box (ISO
// 14496-12): the major brand, else the first compatible one that is known.
func sniffISO(head []byte) Type {
	if len(head) < 16 || string(head[4:8]) != "ftyp" {
		return Unknown
	}
	size := int(min(be32(head), uint32(len(head))))
	for i := 8; i+4 <= size; i += 4 {
		if i == 12 { // the minor version is no brand
			continue
		}
		switch string(head[i : i+4]) {
		case "avif", "avis":
			return AVIF
		case "heic", "heix", "heim", "heis", "hevc", "hevx":
			return HEIC
		}
	}
	return Unknown
}

// isSVG reads over what XML allows before the root element, and looks at the
// root's local name. HTML that holds an svg element is not SVG.
func isSVG(head []byte) bool {
	b := bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	for {
		b = bytes.TrimLeft(b, " \t\r\n")
		end := ""
		switch {
		case bytes.HasPrefix(b, []byte("<?")):
			end = "?>"
		case bytes.HasPrefix(b, []byte("<!--")):
			end = "-->"
		case bytes.HasPrefix(b, []byte("<!DOCTYPE svg")):
			return true // the declarations of some editors are longer than what is looked at
		default:
			return isSVGRoot(b)
		}
		_, rest, ok := bytes.Cut(b, []byte(end))
		if !ok {
			return false
		}
		b = rest
	}
}

func isSVGRoot(b []byte) bool {
	if len(b) == 0 || b[0] != '<' {
		return false
	}
	i := bytes.IndexAny(b, " \t\r\n/>")
	if i < 0 {
		return false
	}
	name := string(b[1:i])
	if j := bytes.IndexByte(b[1:i], ':'); j >= 0 {
		name = name[j+1:]
	}
	return name == "svg"
}
