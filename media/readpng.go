package media

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"image"
	"io"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// readPNG decodes the kinds of PNG that there are most of, 8 bits in gray, RGB or
// RGBA and not interlaced, in half the time of image/png, into what that would
// give. It returns nil for the others and for what is damaged in any way: image/png
// has the last word on them, as on pictures so large that to decode one twice would
// matter.
func readPNG(r io.Reader) image.Image {
	c := &pngChunks{r: r}
	var head [len(pngMagic)]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || string(head[:]) != pngMagic || !c.next() || c.name != "IHDR" || c.left != 13 {
		return nil
	}
	var h [13]byte
	if _, err := io.ReadFull(c, h[:]); err != nil || h[8] != 8 || h[10] != 0 || h[11] != 0 || h[12] != 0 {
		return nil
	}
	wide, high := binary.BigEndian.Uint32(h[:]), binary.BigEndian.Uint32(h[4:])
	if wide == 0 || high == 0 || wide > maxSide || high > maxSide || wide*high > maxPixels/8 {
		return nil
	}
	w, height := int(wide), int(high)
	if c.skip(); c.name != "IDAT" {
		return nil
	}
	in, _ := inflaters.Get().(*inflater)
	if in == nil {
		in = &inflater{}
	}
	defer inflaters.Put(in)
	if !in.reset(c) {
		return nil
	}
	var m image.Image
	switch box := image.Rect(0, 0, w, height); h[9] {
	case 0:
		gray := image.NewGray(box)
		if m = gray; !in.rows(gray.Pix, gray.Stride, 1) {
			return nil
		}
	case 2:
		rgba := image.NewRGBA(box)
		if m = rgba; !in.rgb(rgba, w) {
			return nil
		}
	case 6:
		nrgba := image.NewNRGBA(box)
		if m = nrgba; !in.rows(nrgba.Pix, nrgba.Stride, 4) {
			return nil
		}
	default:
		return nil
	}
	// The sum of the pixels stands behind them, and nothing else.
	if n, err := in.z.Read(head[:]); n != 0 || err != io.EOF {
		return nil
	}
	if _, err := in.buf.ReadByte(); err != io.EOF || c.failed {
		return nil
	}
	if c.optional() {
		c.skip()
	}
	if c.name != "IEND" || c.left != 0 || !c.close() {
		return nil
	}
	return m
}

// pngChunks reads the chunks of a PNG and compares their sums. As a reader it
// gives the bytes of the chunk that next came to, and of those of pixels that
// follow one of pixels.
type pngChunks struct {
	r      io.Reader
	name   string
	left   uint32 // bytes of the chunk that were not read
	crc    uint32
	open   bool
	failed bool // the file ends early, or a sum is wrong
}

// next goes to the next chunk.
func (c *pngChunks) next() bool {
	if c.open && !c.close() {
		return false
	}
	var b [8]byte
	if _, err := io.ReadFull(c.r, b[:]); err != nil {
		c.failed = true
		return false
	}
	c.left, c.name, c.open = binary.BigEndian.Uint32(b[:]), string(b[4:]), true
	c.crc = crc32.ChecksumIEEE(b[4:])
	return true
}

// skip goes to the next chunk without which there would be no picture, or that says
// more of its pixels.
func (c *pngChunks) skip() {
	for c.next() && c.optional() {
	}
}

// optional tells whether the chunk may be passed over: the case of the first letter
// says so.
func (c *pngChunks) optional() bool { return c.name[0]&32 != 0 && c.name != "tRNS" }

// close reads the rest of the chunk and its sum.
func (c *pngChunks) close() bool {
	var b [512]byte
	for c.left > 0 && !c.failed {
		c.read(b[:])
	}
	_, err := io.ReadFull(c.r, b[:4])
	c.open, c.failed = false, c.failed || err != nil || binary.BigEndian.Uint32(b[:]) != c.crc
	return !c.failed
}

// read reads bytes of the chunk, of which there are some.
func (c *pngChunks) read(b []byte) int {
	n, err := io.ReadFull(c.r, b[:min(len(b), int(c.left))])
	c.crc = crc32.Update(c.crc, crc32.IEEETable, b[:n])
	c.left -= uint32(n)
	c.failed = c.failed || err != nil
	return n
}

func (c *pngChunks) Read(b []byte) (int, error) {
	for c.left == 0 {
		if c.name != "IDAT" || !c.next() || c.name != "IDAT" {
			return 0, io.EOF
		}
	}
	n := c.read(b)
	if c.failed {
		return n, io.ErrUnexpectedEOF
	}
	return n, nil
}

// inflater gives the rows of a PNG.
type inflater struct {
	buf *bufio.Reader
	z   io.ReadCloser
}

// inflaters keeps what takes long to make.
var inflaters sync.Pool

func (in *inflater) reset(r io.Reader) bool {
	if in.buf == nil {
		in.buf = bufio.NewReaderSize(r, 16<<10)
	} else {
		in.buf.Reset(r)
	}
	var err error
	if in.z == nil {
		in.z, err = zlib.NewReader(in.buf)
	} else {
		err = in.z.(zlib.Resetter).Reset(in.buf, nil)
	}
	return err == nil
}

// row reads a row of bpp bytes per pixel; above is the one above it, nil or as long.
func (in *inflater) row(row, above []byte, bpp int) bool {
	var filter [1]byte
	if _, err := io.ReadFull(in.z, filter[:]); err != nil {
		return false
	}
	if _, err := io.ReadFull(in.z, row); err != nil {
		return false
	}
	if above == nil {
		switch filter[0] {
		case 2:
			return true
		case 3, 4: // of the first row, half of what stands to the left, and all of it
			above = make([]byte, len(row))
		}
	}
	return unfilter(filter[0], row, above, bpp)
}

// rows reads all rows into pix.
func (in *inflater) rows(pix []byte, stride, bpp int) bool {
	var above []byte
	for ; len(pix) > 0; pix = pix[stride:] {
		row := pix[:stride:stride]
		if !in.row(row, above, bpp) {
			return false
		}
		above = row
	}
	return true
}

// rgb reads all rows, which have no alpha, into m.
func (in *inflater) rgb(m *image.RGBA, w int) bool {
	row, other := make([]byte, 3*w), make([]byte, 3*w)
	var above []byte
	for pix := m.Pix; len(pix) > 0; pix = pix[m.Stride:] {
		if !in.row(row, above, 3) {
			return false
		}
		for i, j := 0, 0; i+3 <= len(row) && j+4 <= len(pix); i, j = i+3, j+4 {
			p, q := pix[j:j+4:j+4], row[i:i+3:i+3]
			p[0], p[1], p[2], p[3] = q[0], q[1], q[2], 255
		}
		above, row, other = row, other, row
	}
	return true
}

// unfilter undoes a filter (PNG, 9.2).
func unfilter(filter byte, row, above []byte, bpp int) bool {
	switch filter {
	case 0:
	case 1:
		for i := bpp; i < len(row); i++ {
			row[i] += row[i-bpp]
		}
	case 2:
		above = above[:len(row)]
		for i, b := range above {
			row[i] += b
		}
	case 3:
		above = above[:len(row)]
		for i := range min(bpp, len(row)) {
			row[i] += above[i] / 2
		}
		for i := bpp; i < len(row); i++ {
			row[i] += uint8((int(row[i-bpp]) + int(above[i])) / 2)
		}
	case 4:
		switch bpp {
		case 1:
			var a, c int32
			for i := range row {
				b := int32(above[i])
				a, c = paeth(row[i], a, b, c), b
				row[i] = uint8(a)
			}
		case 3:
			var a, c [3]int32
			for i := 0; i+3 <= len(row); i += 3 {
				p, q := row[i:i+3:i+3], above[i:i+3:i+3]
				b0, b1, b2 := int32(q[0]), int32(q[1]), int32(q[2])
				a[0], c[0] = paeth(p[0], a[0], b0, c[0]), b0
				a[1], c[1] = paeth(p[1], a[1], b1, c[1]), b1
				a[2], c[2] = paeth(p[2], a[2], b2, c[2]), b2
				p[0], p[1], p[2] = uint8(a[0]), uint8(a[1]), uint8(a[2])
			}
		case 4:
			var a, c [4]int32
			for i := 0; i+4 <= len(row); i += 4 {
				p, q := row[i:i+4:i+4], above[i:i+4:i+4]
				b0, b1, b2, b3 := int32(q[0]), int32(q[1]), int32(q[2]), int32(q[3])
				a[0], c[0] = paeth(p[0], a[0], b0, c[0]), b0
				a[1], c[1] = paeth(p[1], a[1], b1, c[1]), b1
				a[2], c[2] = paeth(p[2], a[2], b2, c[2]), b2
				a[3], c[3] = paeth(p[3], a[3], b3, c[3]), b3
				p[0], p[1], p[2], p[3] = uint8(a[0]), uint8(a[1]), uint8(a[2]), uint8(a[3])
			}
		}
	default:
		return false
	}
	return true
}

// paeth adds to x the one of a to the left, b above and c above to the left that is
// nearest to a+b-c. It is written for conditional moves: which one it is cannot
// be foreseen.
func paeth(x uint8, a, b, c int32) int32 {
	pa, pb := b-c, a-c
	pc := pa + pb
	pa, pb, pc = pa^pa>>31-pa>>31, pb^pb>>31-pb>>31, pc^pc>>31-pc>>31
	best := c
	if pb <= pc {
		best = b
	}
	if pa <= min(pb, pc) {
		best = a
	}
	return int32(x+uint8(best)) & 255
}
