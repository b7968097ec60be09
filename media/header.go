package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/leporello-press/leporello/media/internal/heif"
)

// facts are what the headers of a picture say: its Asset and what else decides
// whether its bytes may be used as they are. They are read from the bytes each
// time they are needed: some reads of a few bytes, which is cheaper than a
// second file to keep true.
type facts struct {
	Asset
	// checked tells that the sums of a PNG were compared.
	checked bool
	// plain tells that every reader of the type can show it: a JPEG of one or
	// three components of 8 bits, say.
	plain bool
	// grayPalette: the palette has no colour, though the colour model has.
	grayPalette bool

	rawWidth, rawHeight int // as stored, before the orientation is applied; of a drawing, as it is drawn
	decoded             int // pixels that are decoded, of which a part may be cut out; 0: all those
	depth               int // bits of a sample
	components          int // samples of a pixel
	progressive         bool
	lossless            bool
	letters             bool // a drawing with text
}

const pngMagic = "\x89PNG\r\n\x1a\n"

func le16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }

// window reads pieces of a file through a buffer, so that a walk over small
// segments costs few reads.
type window struct {
	r    io.ReaderAt
	size int64
	buf  [4096]byte
	at   int64 // of buf[0] in the file
	n    int   // bytes of buf that are valid
	err  error // the first that was not io.EOF
}

// bytes returns n bytes from off on, n at most 4096, and false where the file
// ends before. They are valid until the next call.
func (w *window) bytes(off int64, n int) ([]byte, bool) {
	if off < 0 || off+int64(n) > w.size || w.err != nil {
		return nil, false
	}
	if off < w.at || off+int64(n) > w.at+int64(w.n) {
		k, err := w.r.ReadAt(w.buf[:], off)
		if err != nil && err != io.EOF {
			w.err = err
		}
		w.at, w.n = off, k
		if k < n {
			return nil, false
		}
	}
	i := int(off - w.at)
	return w.buf[i : i+n], true
}

// readFacts reads the headers of a picture of size bytes. Its error is an
// *Error, or what r said.
func readFacts(r io.ReaderAt, size int64) (facts, error) {
	w := &window{r: r, size: size}
	head, ok := w.bytes(0, int(min(size, SniffLen)))
	if !ok {
		if w.err != nil {
			return facts{}, w.err
		}
		return facts{}, fail(NotAnImage, "the file ended early")
	}
	f := facts{plain: true, components: 3, depth: 8}
	f.Type, f.Bytes, f.Orientation = Sniff(head), size, 1
	var err *Error
	switch f.Type {
	case JPEG:
		err = f.jpeg(w)
	case PNG:
		err = f.png(w)
	case GIF:
		err = f.gif(w)
	case WebP:
		err = f.webp(w)
	case BMP:
		err = f.bmp(w)
	case AVIF, HEIC:
		err = f.heif(w)
	case SVG:
		err = f.svg(w)
	case TIFF:
		return f, w.err // their size is not known
	default:
		if size == 0 {
			return f, fail(NotAnImage, "empty")
		}
		return f, fail(NotAnImage, "not a picture")
	}
	switch {
	case w.err != nil:
		return f, w.err
	case err != nil:
		return f, err
	case f.rawWidth <= 0 || f.rawHeight <= 0:
		return f, fail(DecodeFailed, "%s of %d×%d pixels", f.Type, f.rawWidth, f.rawHeight)
	}
	if f.Type == SVG {
		return f, nil
	}
	f.Width, f.Height = f.rawWidth, f.rawHeight
	if f.Orientation >= 5 {
		f.Width, f.Height = f.Height, f.Width
	}
	return f, nil
}

func damaged(t Type) *Error { return fail(DecodeFailed, "the header of the %s is damaged", t) }

// jpeg reads the segments up to the first scan (ITU T.81, annex B).
func (f *facts) jpeg(w *window) *Error {
	off := int64(2)
	for {
		b, ok := w.bytes(off, 4)
		if !ok {
			return damaged(JPEG)
		}
		marker := b[1]
		switch {
		case b[0] != 0xff:
			return damaged(JPEG)
		case marker == 0xff: // a fill byte
			off++
			continue
		case marker == 0x01 || marker >= 0xd0 && marker <= 0xd8: // TEM, RSTn, SOI stand alone
			off += 2
			continue
		case marker == 0xd9:
			return damaged(JPEG)
		}
		n := int(be16(b[2:]))
		if n < 2 {
			return damaged(JPEG)
		}
		switch {
		case marker == 0xda:
			if f.rawWidth == 0 {
				return damaged(JPEG)
			}
			f.Cut = !jpegEnds(w, off)
			return nil
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			if b, ok = w.bytes(off+4, 6); !ok || f.rawWidth != 0 {
				return damaged(JPEG)
			}
			f.depth, f.components = int(b[0]), int(b[5])
			f.rawHeight, f.rawWidth = int(be16(b[1:])), int(be16(b[3:]))
			f.progressive, f.Gray = marker == 0xc2, f.components == 1
			if marker > 0xc2 || f.depth != 8 || f.rawHeight == 0 {
				// Lossless, hierarchical, arithmetic; or a height that comes later (DNL).
				return fail(UnsupportedType, "a JPEG of a rare kind (SOF%d, %d bits)", marker-0xc0, f.depth)
			}
			f.plain = f.components == 1 || f.components == 3
		case marker == 0xe1 && n > 16:
			if b, ok = w.bytes(off+4, int(min(int64(n-2), 4000, w.size-off-4))); ok {
				if o := exifOrientation(b); o != 0 {
					f.Orientation = o
				}
			}
		}
		off += 2 + int64(n)
	}
}

// jpegEnds looks for the end marker near the end of the file, behind the start
// of the first scan: cameras and phones append things after it.
func jpegEnds(w *window, scan int64) bool {
	for end := w.size; end > scan && w.size-end < 1<<16; {
		from := max(end-4096, scan)
		b, ok := w.bytes(from, int(end-from))
		if !ok {
			return false
		}
		if bytes.Contains(b, []byte{0xff, 0xd9}) {
			return true
		}
		if from == scan {
			return false
		}
		end = from + 1 // the marker may lie across the edge
	}
	return false
}

// exifOrientation returns the orientation in the Exif segment b, 1 to 8, or 0
// where it has none (TIFF 6.0, tag 274, in the first directory).
func exifOrientation(b []byte) int {
	b, ok := bytes.CutPrefix(b, []byte("Exif\x00\x00"))
	if !ok || len(b) < 8 {
		return 0
	}
	var bo binary.ByteOrder = binary.LittleEndian
	switch string(b[:4]) {
	case "II*\x00":
	case "MM\x00*":
		bo = binary.BigEndian
	default:
		return 0
	}
	at := int64(bo.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 0
	}
	n := int64(bo.Uint16(b[at:]))
	for e := at + 2; n > 0 && e+12 <= int64(len(b)); e, n = e+12, n-1 {
		if bo.Uint16(b[e:]) == 274 && bo.Uint16(b[e+2:]) == 3 {
			if o := int(bo.Uint16(b[e+8:])); o >= 1 && o <= 8 {
				return o
			}
			return 0
		}
	}
	return 0
}

// png walks the chunks (PNG 3rd edition, 5.3).
func (f *facts) png(w *window) *Error {
	b, ok := w.bytes(8, 25)
	if !ok || be32(b) != 13 || string(b[4:8]) != "IHDR" {
		return damaged(PNG)
	}
	width, height := be32(b[8:]), be32(b[12:])
	if width > 1<<31-1 || height > 1<<31-1 {
		return damaged(PNG)
	}
	f.rawWidth, f.rawHeight = int(width), int(height)
	f.depth = int(b[16])
	switch b[17] {
	case 0:
		f.components, f.Gray = 1, true
	case 2:
		f.components = 3
	case 3:
		f.components = 1
	case 4:
		f.components, f.Gray, f.Alpha = 2, true, true
	case 6:
		f.components, f.Alpha = 4, true
	default:
		return damaged(PNG)
	}
	f.Cut = true
	for off := int64(33); ; {
		if b, ok = w.bytes(off, 8); !ok {
			return nil
		}
		n := int64(be32(b))
		switch string(b[4:8]) {
		case "tRNS":
			f.Alpha = true
		case "acTL":
			if b, ok = w.bytes(off+8, 4); ok && be32(b) > 1 {
				f.Animated = true
			}
		case "PLTE":
			if b, ok = w.bytes(off+8, int(min(n, 768))); ok {
				f.grayPalette = isGrayPalette(b)
			}
		case "IEND":
			f.Cut = false
			return nil
		}
		if off += 12 + n; off > w.size {
			return nil
		}
	}
}

// soundPNG tells whether the chunks that a picture needs are there and have the
// sums that they say (PNG 3rd edition, 5.5). Readers pass over others.
func soundPNG(r io.Reader, size int64) bool {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return false
	}
	palette, indexed := false, false
	for {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return false
		}
		n, kind := int64(be32(b[:])), string(b[4:])
		if n > size {
			return false
		}
		sum := crc32.NewIEEE()
		sum.Write(b[4:])
		body := io.TeeReader(io.LimitReader(r, n), sum)
		if kind == "IHDR" && n == 13 {
			var head [13]byte
			if _, err := io.ReadFull(body, head[:]); err != nil {
				return false
			}
			indexed = head[9] == 3
		}
		if _, err := io.Copy(io.Discard, body); err != nil {
			return false
		}
		var want [4]byte
		if _, err := io.ReadFull(r, want[:]); err != nil {
			return false
		}
		needed := kind[0]&0x20 == 0 // a capital: critical
		if needed && int64(sum.Sum32()) != int64(be32(want[:])) {
			return false
		}
		switch kind {
		case "PLTE":
			palette = true
		case "IDAT":
			if indexed && !palette {
				return false
			}
		case "IEND":
			return true
		}
	}
}

// isGrayPalette tells whether all colours of a palette of RGB triples are grays.
func isGrayPalette(b []byte) bool {
	for i := 0; i+2 < len(b); i += 3 {
		if b[i] != b[i+1] || b[i] != b[i+2] {
			return false
		}
	}
	return len(b) >= 3
}

// gif walks the blocks as far as the second frame (GIF89a, appendix A).
func (f *facts) gif(w *window) *Error {
	b, ok := w.bytes(6, 7)
	if !ok {
		return damaged(GIF)
	}
	f.rawWidth, f.rawHeight, f.components = int(le16(b)), int(le16(b[2:])), 1
	off := int64(13)
	if b[4]&0x80 != 0 {
		n := 3 << (b[4]&7 + 1)
		if b, ok = w.bytes(off, n); !ok {
			return damaged(GIF)
		}
		f.grayPalette = isGrayPalette(b)
		off += int64(n)
	}
	f.Cut = true
	for frames := 0; ; {
		if b, ok = w.bytes(off, 1); !ok {
			return nil
		}
		switch b[0] {
		case 0x21:
			if b, ok = w.bytes(off, 4); ok && b[1] == 0xf9 && frames == 0 && b[3]&1 != 0 {
				f.Alpha = true
			}
			off += 2
		case 0x2c:
			if b, ok = w.bytes(off, 10); !ok {
				return nil
			}
			if frames++; frames == 2 {
				f.Animated, f.Cut = true, false
				return nil
			}
			if le16(b[1:])|le16(b[3:]) != 0 || int(le16(b[5:])) < f.rawWidth || int(le16(b[7:])) < f.rawHeight {
				f.Alpha = true // the rest of the screen shows through
			}
			off += 11
			if b[9]&0x80 != 0 {
				n := 3 << (b[9]&7 + 1)
				f.grayPalette = false
				off += int64(n)
			}
		case 0x3b:
			f.Cut = false
			return nil
		default:
			return nil // garbage; the first frame may still be good
		}
		for { // sub-blocks
			if b, ok = w.bytes(off, 1); !ok {
				return nil
			}
			off += 1 + int64(b[0])
			if b[0] == 0 {
				break
			}
		}
	}
}

// webp reads the first chunks (RFC 9649).
func (f *facts) webp(w *window) *Error {
	b, ok := w.bytes(4, 26)
	if !ok {
		return damaged(WebP)
	}
	f.Cut = int64(le32(b))+8 > w.size
	b = b[8:]
	switch string(b[:4]) {
	case "VP8 ":
		// Frame tag of 3 bytes, start code, then width and height with their scale bits.
		if b[8]&1 != 0 || b[11] != 0x9d || b[12] != 0x01 || b[13] != 0x2a {
			return damaged(WebP)
		}
		f.rawWidth, f.rawHeight = int(le16(b[14:])&0x3fff), int(le16(b[16:])&0x3fff)
	case "VP8L":
		if b[8] != 0x2f {
			return damaged(WebP)
		}
		v := le32(b[9:])
		f.rawWidth, f.rawHeight = int(v&0x3fff)+1, int(v>>14&0x3fff)+1
		f.Alpha, f.lossless = v>>28&1 != 0, true
	case "VP8X":
		f.rawWidth = (int(b[12]) | int(b[13])<<8 | int(b[14])<<16) + 1
		f.rawHeight = (int(b[15]) | int(b[16])<<8 | int(b[17])<<16) + 1
		f.Animated, f.Alpha = b[8]&0x02 != 0, b[8]&0x10 != 0
	default:
		return damaged(WebP)
	}
	return nil
}

// bmp reads the second header.
func (f *facts) bmp(w *window) *Error {
	b, ok := w.bytes(14, 12)
	if !ok {
		return damaged(BMP)
	}
	if le32(b) == 12 {
		f.rawWidth, f.rawHeight = int(le16(b[4:])), int(le16(b[6:]))
		return nil
	}
	width, height := int64(int32(le32(b[4:]))), int64(int32(le32(b[8:])))
	f.rawWidth, f.rawHeight = int(width), int(max(height, -height)) // negative: top row first
	return nil
}

// heif reads the boxes.
func (f *facts) heif(w *window) *Error {
	info, err := heif.Parse(w.r, w.size)
	switch {
	case errors.Is(err, heif.ErrUnsupported):
		return &Error{UnsupportedType, "an " + f.Type.String() + " of a rare kind", err}
	case err != nil:
		return &Error{DecodeFailed, "the header of the " + f.Type.String() + " is damaged", err}
	}
	f.rawWidth, f.rawHeight, f.Orientation = info.Crop.Dx(), info.Crop.Dy(), info.Orientation
	f.depth, f.Gray, f.Alpha, f.Animated, f.Cut = info.Depth, info.Gray, info.Alpha, info.Animated, info.Cut
	f.decoded = info.Width * info.Height
	return nil
}
