package pdf

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zlib"

	"github.com/leporello-press/leporello/internal/pdfobj"
	"github.com/leporello-press/leporello/media"
)

// Colour types of PNG (ISO 15948, table 11.1).
const (
	pngGray      = 0
	pngRGB       = 2
	pngPalette   = 3
	pngGrayAlpha = 4
	pngRGBA      = 6
)

// pngInfo is what the chunks of a PNG file say.
type pngInfo struct {
	width, height int
	depth         int
	color         byte
	interlaced    bool
	palette       []byte // three bytes an entry
	trns          []byte // of palettes an alpha each, else the transparent colour
	icc           []byte // colour profile, nil: none
	data          []chunk
}

// chunk is where the data of an IDAT chunk is.
type chunk struct {
	off int64
	n   int64
}

// maxChunks bounds the chunks that are read of a file; editors write an IDAT of
// 8 KiB each.
const maxChunks = 100_000

// readPNG reads the chunks of f and checks their sums, so that a damaged file
// is known before any of it is written.
func readPNG(f media.File) (*pngInfo, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(f, 64<<10)
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || string(head[:]) != "\x89PNG\r\n\x1a\n" {
		return nil, errors.New("not a PNG file")
	}
	info := &pngInfo{}
	off := int64(8)
	buf := make([]byte, 32<<10)
	for range maxChunks {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil, fmt.Errorf("PNG is cut short: %w", err)
		}
		n := int64(binary.BigEndian.Uint32(head[:]))
		kind := string(head[4:])
		off += 8
		if n > 1<<31-1 {
			return nil, errors.New("PNG: a chunk too long")
		}
		keep := kind == "IHDR" || kind == "PLTE" || kind == "tRNS"
		if keep && n > 1024 {
			return nil, errors.New("PNG: a head too long")
		}
		keep = keep || kind == "iCCP" && n <= maxProfile
		sum := crc32.NewIEEE()
		sum.Write(head[4:])
		var body []byte
		for left := n; left > 0; {
			part := buf[:min(left, int64(len(buf)))]
			if _, err := io.ReadFull(r, part); err != nil {
				return nil, fmt.Errorf("PNG is cut short: %w", err)
			}
			sum.Write(part)
			if keep {
				body = append(body, part...)
			}
			left -= int64(len(part))
		}
		var crc [4]byte
		if _, err := io.ReadFull(r, crc[:]); err != nil {
			return nil, fmt.Errorf("PNG is cut short: %w", err)
		}
		if binary.BigEndian.Uint32(crc[:]) != sum.Sum32() {
			return nil, fmt.Errorf("PNG: the sum of a chunk %q is wrong", kind)
		}
		switch kind {
		case "IHDR":
			if err := info.header(body); err != nil {
				return nil, err
			}
		case "PLTE":
			info.palette = body
		case "tRNS":
			info.trns = body
		case "iCCP":
			info.icc = unpackProfile(body)
		case "sRGB":
			info.icc = nil
		case "IDAT":
			info.data = append(info.data, chunk{off, n})
		case "IEND":
			return info, info.check()
		}
		off += n + 4
	}
	return nil, errors.New("PNG: too many chunks")
}

// unpackProfile returns the profile in an iCCP chunk, nil where it is damaged.
func unpackProfile(b []byte) []byte {
	_, packed, ok := bytes.Cut(b, []byte{0})
	if !ok || len(packed) < 1 {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(packed[1:]))
	if err != nil {
		return nil
	}
	defer z.Close()
	icc, err := io.ReadAll(io.LimitReader(z, maxProfile+1))
	if err != nil || len(icc) > maxProfile {
		return nil
	}
	return icc
}

func (p *pngInfo) header(b []byte) error {
	if len(b) != 13 {
		return errors.New("PNG: a head of the wrong length")
	}
	p.width = int(binary.BigEndian.Uint32(b))
	p.height = int(binary.BigEndian.Uint32(b[4:]))
	p.depth, p.color, p.interlaced = int(b[8]), b[9], b[12] != 0
	if p.width <= 0 || p.height <= 0 || p.width > 1<<20 || p.height > 1<<20 || b[10] != 0 || b[11] != 0 {
		return errors.New("PNG: a head that makes no sense")
	}
	return nil
}

func (p *pngInfo) check() error {
	ok := false
	switch p.color {
	case pngGray:
		ok = p.depth == 1 || p.depth == 2 || p.depth == 4 || p.depth == 8 || p.depth == 16
	case pngPalette:
		ok = p.depth == 1 || p.depth == 2 || p.depth == 4 || p.depth == 8
	case pngRGB, pngGrayAlpha, pngRGBA:
		ok = p.depth == 8 || p.depth == 16
	}
	if !ok || len(p.data) == 0 {
		return errors.New("PNG: no picture that the format knows")
	}
	if p.color == pngPalette && (len(p.palette) == 0 || len(p.palette)%3 != 0) {
		return errors.New("PNG without its palette")
	}
	return nil
}

// channels returns the samples of a pixel.
func (p *pngInfo) channels() int {
	switch p.color {
	case pngRGB:
		return 3
	case pngGrayAlpha:
		return 2
	case pngRGBA:
		return 4
	}
	return 1
}

func (p *pngInfo) alpha() bool { return p.color == pngGrayAlpha || p.color == pngRGBA }

// rowBytes returns the bytes of a row, without the one that names its filter.
func (p *pngInfo) rowBytes() int { return (p.width*p.channels()*p.depth + 7) / 8 }

// png embeds a PNG file. The compressed data of opaque pictures is copied: the
// filters of PNG are the predictors of PDF. Other pictures are taken apart into
// colours and a mask.
func (p *pictures) png(pic *picture, a media.Asset, f media.File) error {
	info, err := readPNG(f)
	if err != nil {
		return err
	}
	switch {
	case info.interlaced, info.depth == 16 && len(info.trns) > 0:
		return p.decodedPNG(pic, info, f)
	case info.alpha(), info.depth == 16:
		return p.splitPNG(pic, info, f)
	}
	image := imageDict(info.width, info.height, p.spaceOf(info), info.depth)
	image, masked := info.keyMask(image)
	if !masked && len(info.trns) > 0 && info.color == pngPalette {
		mask, err := p.paletteMask(info, f)
		if err != nil {
			return err
		}
		if mask != 0 {
			image = append(image, kv("SMask", mask))
		}
	}
	image = append(image, kv("Filter", name("FlateDecode")), kv("DecodeParms", info.predictor(info.channels())))
	var size int64
	for _, c := range info.data {
		size += c.n
	}
	pic.ref = p.doc.w.Reserve()
	p.doc.w.PutFrom(pic.ref, image, info.reader(f), size, a.Key)
	return nil
}

func (p *pngInfo) predictor(colors int) dict {
	return dict{
		kv("Predictor", num(15)),
		kv("Colors", num(colors)),
		kv("BitsPerComponent", num(min(p.depth, 8))),
		kv("Columns", num(p.width)),
	}
}

func (p *pngInfo) reader(f io.ReaderAt) io.Reader {
	parts := make([]io.Reader, len(p.data))
	for i, c := range p.data {
		parts[i] = io.NewSectionReader(f, c.off, c.n)
	}
	return io.MultiReader(parts...)
}

// spaceOf returns the colour space of a PNG.
func (p *pictures) spaceOf(info *pngInfo) pdfobj.Object {
	switch info.color {
	case pngRGB, pngRGBA:
		return p.space(3, info.icc)
	case pngPalette:
		// More entries than the depth can name are of no use and not allowed.
		n := min(len(info.palette)/3, 1<<info.depth)
		return array{name("Indexed"), p.space(3, info.icc), num(n - 1), pdfobj.Bytes(info.palette[:3*n])}
	}
	return p.space(1, info.icc)
}

// keyMask adds the mask of one transparent colour, which needs no pixels.
func (p *pngInfo) keyMask(image dict) (dict, bool) {
	var mask array
	switch {
	case p.color == pngPalette:
		at := -1
		for i, a := range p.trns {
			if a == 0xFF {
				continue
			}
			if a != 0 || at >= 0 {
				return image, false
			}
			at = i
		}
		if at < 0 {
			return image, len(p.trns) > 0
		}
		mask = array{num(at), num(at)}
	case len(p.trns) == 2*p.channels():
		for i := 0; i < len(p.trns); i += 2 {
			v := num(binary.BigEndian.Uint16(p.trns[i:])) & (1<<p.depth - 1)
			mask = append(mask, v, v)
		}
	default:
		return image, false
	}
	return append(image, kv("Mask", mask)), true
}

// rows calls f with every row: the byte that names its filter and its bytes as
// they are filtered. The slices are used again.
func (p *pngInfo) rows(f io.ReaderAt, each func(row []byte) error) error {
	r := bufio.NewReaderSize(p.reader(f), 64<<10)
	// The head of zlib (RFC 1950). Its sum at the end is not computed: the sums of
	// the chunks were.
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || head[0]&15 != 8 || head[1]&0x20 != 0 || (int(head[0])<<8|int(head[1]))%31 != 0 {
		return errors.New("PNG: not compressed as it must be")
	}
	z := flate.NewReader(r)
	defer z.Close()
	row := make([]byte, 1+p.rowBytes())
	for range p.height {
		if _, err := io.ReadFull(z, row); err != nil {
			return fmt.Errorf("PNG is cut short: %w", err)
		}
		if row[0] > 4 {
			return errors.New("PNG: an unknown filter")
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return nil
}

// splitPNG writes the colours and the alpha of a picture as two images, of
// eight bits each. The filters of PNG work on each byte of a pixel by itself,
// from the same byte of its neighbours: filtered rows can be taken apart
// without undoing the filter, and the low bytes of 16-bit samples left out.
func (p *pictures) splitPNG(pic *picture, info *pngInfo, f media.File) error {
	colors := info.channels()
	if info.alpha() {
		colors--
	}
	step := info.depth / 8
	pixel := info.channels() * step

	var mask maskWriter
	if info.alpha() {
		mask = newMask(p.doc.w, info.width)
	}
	// Compressed in memory, so that a file that turns out to be damaged leaves
	// nothing behind; the store's bounds keep it small.
	var body bytes.Buffer
	zip, err := zlib.NewWriterLevel(&body, pngLevel)
	if err != nil {
		panic(err) // the level is a constant
	}
	out := make([]byte, 1+info.width*colors)
	alpha := make([]byte, 1+info.width)
	err = info.rows(f, func(row []byte) error {
		out[0], alpha[0] = row[0], row[0]
		switch {
		case pixel == 4 && colors == 3: // by far the most common
			px, rgb := row[1:], out[1:]
			for x := range info.width {
				p := px[4*x : 4*x+4 : 4*x+4]
				c := rgb[3*x : 3*x+3 : 3*x+3]
				c[0], c[1], c[2] = p[0], p[1], p[2]
				alpha[1+x] = p[3]
			}
		default:
			o := 1
			for x, i := 0, 1; x < info.width; x, i = x+1, i+pixel {
				for k := range colors {
					out[o+k] = row[i+k*step]
				}
				o += colors
				if info.alpha() {
					alpha[1+x] = row[i+colors*step]
				}
			}
		}
		if info.alpha() {
			mask.row(alpha)
		}
		_, err := zip.Write(out)
		return err
	})
	if err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	image := imageDict(info.width, info.height, p.spaceOf(info), 8)
	if info.alpha() {
		if ref := mask.close(info.height); ref != 0 {
			image = append(image, kv("SMask", ref))
		}
	}
	image = append(image, kv("Filter", name("FlateDecode")), kv("DecodeParms", info.predictor(colors)))
	pic.ref = p.doc.w.Reserve()
	p.doc.w.PutRaw(pic.ref, image, body.Bytes())
	return nil
}

// pngLevel is the effort of packing pixels again. From level 1 to level 5 the
// size falls by a twentieth.
const pngLevel = 4

// maskWriter packs the alpha of a picture.
type maskWriter struct {
	w      *pdfobj.Writer
	width  int
	body   *bytes.Buffer
	zip    *zlib.Writer
	prev   []byte // the row above, not filtered
	opaque bool   // all so far
}

func newMask(w *pdfobj.Writer, width int) maskWriter {
	m := maskWriter{w: w, width: width, body: &bytes.Buffer{}, prev: make([]byte, width), opaque: true}
	zip, err := zlib.NewWriterLevel(m.body, pngLevel)
	if err != nil {
		panic(err) // the level is a constant
	}
	m.zip = zip
	return m
}

// row packs a filtered row of one byte a pixel.
func (m *maskWriter) row(row []byte) {
	m.zip.Write(row) // a Buffer does not fail
	if !m.opaque {
		return
	}
	unfilter(row[0], row[1:], m.prev, 1)
	for _, a := range row[1:] {
		if a != 0xFF {
			m.opaque = false
			return
		}
	}
	copy(m.prev, row[1:])
}

// close writes the mask and returns it; 0 where all is opaque.
func (m *maskWriter) close(height int) pdfobj.Ref {
	m.zip.Close()
	if m.opaque {
		return 0
	}
	image := append(imageDict(m.width, height, name("DeviceGray"), 8),
		kv("Filter", name("FlateDecode")),
		kv("DecodeParms", dict{
			kv("Predictor", num(15)), kv("Colors", num(1)), kv("BitsPerComponent", num(8)), kv("Columns", num(m.width)),
		}))
	ref := m.w.Reserve()
	m.w.PutRaw(ref, image, m.body.Bytes())
	return ref
}

// unfilter undoes a filter of PNG in place (ISO 15948, 9). prev is the row
// above, pixel the bytes of a pixel, at least 1.
func unfilter(filter byte, row, prev []byte, pixel int) {
	switch filter {
	case 1:
		for i := pixel; i < len(row); i++ {
			row[i] += row[i-pixel]
		}
	case 2:
		for i := range row {
			row[i] += prev[i]
		}
	case 3:
		for i := range row {
			left := 0
			if i >= pixel {
				left = int(row[i-pixel])
			}
			row[i] += byte((left + int(prev[i])) / 2)
		}
	case 4:
		for i := range row {
			var left, corner int
			if i >= pixel {
				left, corner = int(row[i-pixel]), int(prev[i-pixel])
			}
			row[i] += paeth(left, int(prev[i]), corner)
		}
	}
}

func paeth(a, b, c int) byte {
	p := a + b - c
	pa, pb, pc := max(p-a, a-p), max(p-b, b-p), max(p-c, c-p)
	switch {
	case pa <= pb && pa <= pc:
		return byte(a)
	case pb <= pc:
		return byte(b)
	}
	return byte(c)
}

// paletteMask writes the mask of a palette with several transparent entries.
func (p *pictures) paletteMask(info *pngInfo, f media.File) (pdfobj.Ref, error) {
	mask := newMask(p.doc.w, info.width)
	prev := make([]byte, info.rowBytes())
	alpha := make([]byte, 1+info.width)
	var table [256]byte
	for i := range table {
		table[i] = 0xFF
	}
	copy(table[:], info.trns)
	perByte := 8 / info.depth
	err := info.rows(f, func(row []byte) error {
		unfilter(row[0], row[1:], prev, 1)
		copy(prev, row[1:])
		alpha[0] = 0
		for x := range info.width {
			b := row[1+x/perByte]
			shift := 8 - info.depth*(x%perByte+1)
			alpha[1+x] = table[b>>shift&(1<<info.depth-1)]
		}
		mask.row(alpha)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return mask.close(info.height), nil
}

// decodedPNG embeds an interlaced picture, whose rows do not come in order, and
// one of 16 bits a sample with a transparent colour, which eight bits cannot tell
// from its neighbours.
func (p *pictures) decodedPNG(pic *picture, info *pngInfo, f media.File) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	decoded, err := png.Decode(bufio.NewReader(f))
	if err != nil {
		return err
	}
	b := decoded.Bounds()
	gray := false
	switch decoded.(type) {
	case *image.Gray, *image.Gray16:
		gray = true
	}
	mask := newMask(p.doc.w, b.Dx())
	var body bytes.Buffer
	zip, err := zlib.NewWriterLevel(&body, pngLevel)
	if err != nil {
		panic(err) // the level is a constant
	}
	colors := 3
	if gray {
		colors = 1
	}
	out := make([]byte, 1+colors*b.Dx())
	alpha := make([]byte, 1+b.Dx())
	line := image.NewNRGBA(image.Rect(0, 0, b.Dx(), 1))
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := range b.Dx() {
			line.Set(x, 0, decoded.At(b.Min.X+x, y))
		}
		alpha[0] = 0
		// The filter Sub, from the right, so that the left pixel is still there.
		out[0] = 1
		for x := range b.Dx() {
			px := line.Pix[4*x:]
			alpha[1+x] = px[3]
			for k := range colors {
				v := px[k]
				if x > 0 {
					v -= line.Pix[4*(x-1)+k]
				}
				out[1+colors*x+k] = v
			}
		}
		mask.row(alpha)
		zip.Write(out) // a Buffer does not fail
	}
	zip.Close()
	picture := append(imageDict(b.Dx(), b.Dy(), p.space(colors, info.icc), 8),
		kv("Filter", name("FlateDecode")),
		kv("DecodeParms", dict{
			kv("Predictor", num(15)), kv("Colors", num(colors)), kv("BitsPerComponent", num(8)), kv("Columns", num(b.Dx())),
		}))
	if ref := mask.close(b.Dy()); ref != 0 {
		picture = append(picture, kv("SMask", ref))
	}
	pic.ref = p.doc.w.Reserve()
	p.doc.w.PutRaw(pic.ref, picture, body.Bytes())
	return nil
}
