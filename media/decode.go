package media

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"

	"github.com/leporello-press/leporello/media/internal/heif"
)

// Limits of Decode, for a Store that is not a Dir. They are a Dir's defaults.
const (
	maxPixels = 40_000_000
	maxSide   = 20_000
)

// maxPasses bounds the work of decoding a JPEG, in millions of pixels times
// scans: every scan of a progressive JPEG visits all pixels, and a scan may be
// a few bytes long.
const maxPasses = 1000

// Decode returns the pixels of an asset, upright; of an animation the first
// frame, of a drawing in SVG three times the pixels that it says. Its type is one
// of image's own: YCbCr and Gray for JPEG, what PNG stores for PNG. It refuses more than 40 million pixels by the header. The
// error is an *Error where the picture is at fault.
func Decode(s Store, key string) (image.Image, error) {
	file, err := s.Open(key)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	f, err := readFacts(file, size)
	if err != nil {
		return nil, err
	}
	if f.Width > maxSide || f.Height > maxSide || f.Width*f.Height > maxPixels {
		return nil, fail(DecodeLimit, "%d×%d pixels", f.Width, f.Height)
	}
	var letters Letters
	if d, ok := s.(*Dir); ok {
		letters = d.opts.Letters
		release := d.hold(f)
		defer release()
	}
	m, err := decode(file, f, letters)
	if err != nil {
		return nil, err
	}
	return upright(m, f.Orientation), nil
}

// hold waits until the pixels of f may be decoded, and returns what gives the
// memory back.
func (d *Dir) hold(f facts) (release func()) {
	n := min(f.weight(), d.opts.Memory)
	// Acquire fails only with its context, or for more than there is in all.
	if err := d.heavy.Acquire(context.Background(), n); err != nil {
		panic("media: " + err.Error())
	}
	return func() { d.heavy.Release(n) }
}

// weight is about how many bytes decoding f takes.
func (f *facts) weight() int64 {
	pixels := int64(f.rawWidth) * int64(f.rawHeight)
	if f.decoded > 0 {
		codec := heif.AV1
		if f.Type == HEIC {
			codec = heif.HEVC
		}
		return heif.Memory(codec, int64(f.decoded), f.depth)
	}
	per := int64(4)
	switch {
	case f.Type == JPEG && f.progressive:
		per = int64(4*f.components + f.components) // image/jpeg keeps all coefficients as int32
	case f.Type == JPEG && f.components == 4:
		per = 8
	case f.Type == JPEG:
		per = int64(f.components)
	case f.Type == PNG && f.depth == 16:
		per = 8
	case f.Type == PNG && f.components == 1, f.Type == GIF:
		per = 1
	case f.Type == WebP:
		per = 6
	case f.Type == SVG:
		per = 12 // layers and clips
	}
	return pixels*per + 1<<20
}

// decode reads the pixels as they are stored. It never panics: what a decoder
// panics with becomes an error. letters are for drawings, and may be nil.
func decode(file File, f facts, letters Letters) (m image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, &Error{DecodeFailed, "the " + f.Type.String() + " is damaged", fmt.Errorf("decoder panicked: %v", p)}
		}
	}()
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	r := bufio.NewReaderSize(file, 32<<10)
	switch f.Type {
	case JPEG:
		if err := checkScans(file, f); err != nil {
			return nil, err
		}
		m, err = jpeg.Decode(endJPEG(r, f))
	case PNG:
		if m = readPNG(r); m != nil {
			break
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("media: %w", err)
		}
		r.Reset(file)
		m, err = png.Decode(r)
	case GIF:
		m, err = gif.Decode(r)
	case WebP:
		m, err = decodeWebP(file, r, f)
	case AVIF, HEIC:
		m, err = decodeHEIF(file, f)
	case SVG:
		m, err = drawSVG(file, f, letters)
	case BMP:
		m, err = bmp.Decode(r)
		if errors.Is(err, bmp.ErrUnsupported) {
			return nil, &Error{UnsupportedType, "a BMP of a rare kind", err}
		}
	default:
		return nil, fail(UnsupportedType, "%s is not decoded", f.Type)
	}
	var own *Error
	if errors.As(err, &own) {
		return nil, err
	}
	if err != nil {
		return nil, &Error{DecodeFailed, "the " + f.Type.String() + " is damaged", err}
	}
	if f.Type == GIF {
		m = onScreen(m, image.Pt(0, 0), f)
	}
	if b := m.Bounds(); b.Dx() != f.rawWidth || b.Dy() != f.rawHeight {
		// The headers that were checked are not those that the decoder used.
		return nil, fail(DecodeFailed, "the %s contradicts itself", f.Type)
	}
	return m, nil
}

// endJPEG adds the end marker where a file lacks it: many do, and browsers show
// them.
func endJPEG(r io.Reader, f facts) io.Reader {
	if !f.Cut {
		return r
	}
	return io.MultiReader(r, bytes.NewReader([]byte{0xff, 0xd9}))
}

// checkScans refuses a JPEG whose scans would keep the decoder busy.
func checkScans(r io.ReaderAt, f facts) error {
	bp := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(bp)
	scans, prev := int64(0), byte(0)
	in := io.NewSectionReader(r, 0, f.Bytes)
	for {
		n, err := in.Read(*bp)
		b := (*bp)[:n]
		if n > 0 && prev == 0xff && b[0] == 0xda {
			scans++
		}
		scans += int64(bytes.Count(b, []byte{0xff, 0xda}))
		if n > 0 {
			prev = b[n-1]
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("media: %w", err)
		}
	}
	// The first ten are free: a picture of the largest size has about as many.
	if scans > 10 && scans*int64(f.rawWidth)*int64(f.rawHeight) > maxPasses*1_000_000 || scans > 2000 {
		return fail(DecodeLimit, "%d scans of %d×%d pixels", scans, f.rawWidth, f.rawHeight)
	}
	return nil
}

// onScreen puts a frame that does not cover the screen of its animation where
// it belongs; the rest is transparent.
func onScreen(m image.Image, at image.Point, f facts) image.Image {
	screen := image.Rect(0, 0, f.rawWidth, f.rawHeight)
	where := m.Bounds().Add(at)
	if where == screen {
		return m
	}
	out := image.NewNRGBA(screen)
	draw.Draw(out, where, m, m.Bounds().Min, draw.Src)
	return out
}

// decodeWebP decodes a WebP; of an animation the first frame, for which a file
// of its own is put together, since x/image/webp knows no animations.
func decodeWebP(file io.ReaderAt, r io.Reader, f facts) (image.Image, error) {
	at := image.Point{}
	frame := f
	if f.Animated {
		b, where, err := firstFrame(file, f)
		if err != nil {
			return nil, err
		}
		r, at = bytes.NewReader(b), where
		if frame, err = readFacts(bytes.NewReader(b), int64(len(b))); err != nil {
			return nil, err
		}
		if at.X+frame.Width > f.rawWidth || at.Y+frame.Height > f.rawHeight {
			return nil, fail(DecodeFailed, "a frame of the WebP is larger than it")
		}
	}
	m, err := webp.Decode(r)
	if err != nil {
		return nil, err
	}
	if b := m.Bounds(); b.Dx() != frame.rawWidth || b.Dy() != frame.rawHeight {
		return nil, fail(DecodeFailed, "the WebP contradicts itself")
	}
	switch m := m.(type) {
	case *image.YCbCr:
		fullRange(m)
	case *image.NYCbCrA:
		fullRange(&m.YCbCr)
	}
	if f.Animated {
		return onScreen(m, at, f), nil
	}
	return m, nil
}

// decodeHEIF decodes an AVIF or HEIC; of an animation the first frame.
func decodeHEIF(file io.ReaderAt, f facts) (image.Image, error) {
	info, err := heif.Parse(file, f.Bytes)
	if err != nil {
		return nil, err
	}
	b := make([]byte, f.Bytes)
	if _, err := file.ReadAt(b, 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("media: %w", err)
	}
	m, err := heif.Decode(b, info)
	if errors.Is(err, heif.ErrUnsupported) {
		return nil, &Error{UnsupportedType, "an " + f.Type.String() + " of a rare kind", err}
	}
	if err != nil {
		return nil, err
	}
	return part(m, info.Crop), nil
}

// firstFrame returns the first frame of an animated WebP as a WebP (RFC 9649,
// 2.7.1.1) and where it stands.
func firstFrame(file io.ReaderAt, f facts) ([]byte, image.Point, error) {
	w := &window{r: file, size: f.Bytes}
	for off := int64(12); ; {
		b, ok := w.bytes(off, 8)
		if !ok {
			return nil, image.Point{}, fail(DecodeFailed, "the WebP has no frame")
		}
		n := int64(le32(b[4:]))
		if string(b[:4]) != "ANMF" {
			off += 8 + n + n&1
			continue
		}
		if n < 16 || off+8+n > f.Bytes {
			return nil, image.Point{}, damaged(WebP)
		}
		data := make([]byte, n)
		if _, err := file.ReadAt(data, off+8); err != nil && err != io.EOF {
			return nil, image.Point{}, fmt.Errorf("media: %w", err)
		}
		u24 := func(i int) int { return int(data[i]) | int(data[i+1])<<8 | int(data[i+2])<<16 }
		at := image.Pt(2*u24(0), 2*u24(3))
		chunks := data[16:]
		out := []byte("RIFF\x00\x00\x00\x00WEBP")
		if bytes.HasPrefix(chunks, []byte("ALPH")) {
			// The extended header that an alpha chunk needs; sizes are minus one, as in the frame.
			out = append(out, "VP8X\x0a\x00\x00\x00\x10\x00\x00\x00"...)
			out = append(out, data[6:12]...)
		}
		for len(chunks) >= 8 {
			size := int64(le32(chunks[4:]))
			end := 8 + size + size&1
			if end > int64(len(chunks)) {
				break
			}
			switch string(chunks[:4]) {
			case "ALPH", "VP8 ", "VP8L":
				out = append(out, chunks[:end]...)
			}
			chunks = chunks[end:]
		}
		binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
		return out, at, nil
	}
}

// fullRange spreads the samples of a WebP, black at 16 and white at 235 (RFC
// 6386, 9.2: ITU-R BT.601), over the whole range that image.YCbCr has.
func fullRange(m *image.YCbCr) {
	for i, y := range m.Y {
		m.Y[i] = lumaRange[y]
	}
	for i, c := range m.Cb {
		m.Cb[i] = chromaRange[c]
	}
	for i, c := range m.Cr {
		m.Cr[i] = chromaRange[c]
	}
}

var lumaRange, chromaRange = func() (luma, chroma [256]uint8) {
	for i := range luma {
		luma[i] = uint8(min(max(((i-16)*255*2+219)/(2*219), 0), 255))
		c := (i - 128) * 255 * 2
		if c < 0 {
			c -= 224
		} else {
			c += 224
		}
		chroma[i] = uint8(min(max(128+c/(2*224), 0), 255))
	}
	return luma, chroma
}()
