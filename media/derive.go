package media

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// recipe is part of the name of everything derived. It changes whenever the
// same picture and profile would give other bytes: with this package, or with
// the encoders of another Go release.
var recipe = "4 " + runtime.Version()

// making is a picture that is being derived; those who want the same wait.
type making struct {
	done chan struct{}
	made
}

// made is what came of one: the pieces, of Derive always one.
type made struct {
	assets []Asset
	err    error
}

// Derive returns the asset as p wants it: the asset itself when it already
// fits, else one made from it, which is kept, so that a second call is free.
// The error is an *Error where the picture is at fault.
func (d *Dir) Derive(key string, p Profile) (Asset, error) {
	f, err := d.look(key)
	if err != nil {
		return Asset{}, err
	}
	if !p.Recompress && d.passes(f, p) {
		return f.Asset, nil
	}
	m := d.once(f, p, false)
	if m.err != nil {
		return Asset{}, m.err
	}
	return m.assets[0], nil
}

// Slice is Derive for pictures of any height; see Store.
func (d *Dir) Slice(key string, p Profile) ([]Asset, error) {
	f, err := d.look(key)
	if err != nil {
		return nil, err
	}
	if !p.tall(f.Width, f.Height) || f.Type == SVG && p.SVG {
		a, err := d.Derive(key, p)
		return []Asset{a}, err
	}
	m := d.once(f, p, true)
	return slices.Clone(m.assets), m.err
}

// once makes what p wants of f, unless that is done or being done.
func (d *Dir) once(f facts, p Profile, sliced bool) made {
	if !f.Type.Decodable() {
		return made{err: fail(UnsupportedType, "%s is not decoded", f.Type)}
	}
	name := p.name(f.Key, sliced)
	d.mu.Lock()
	if m, ok := d.made[name]; ok {
		d.mu.Unlock()
		return m
	}
	if other, ok := d.making[name]; ok {
		d.mu.Unlock()
		<-other.done
		return other.made
	}
	mine := &making{done: make(chan struct{})}
	d.making[name] = mine
	d.mu.Unlock()
	mine.assets, mine.err = d.derive(f, p, sliced, name)
	d.mu.Lock()
	delete(d.making, name)
	if len(d.made) >= cached {
		clear(d.made)
	}
	if _, fault := mine.err.(*Error); mine.err == nil || fault {
		d.made[name] = mine.made
	}
	d.mu.Unlock()
	close(mine.done)
	return mine.made
}

// passes tells whether a picture may be shown as it is.
func (d *Dir) passes(f facts, p Profile) bool {
	return f.fits(p) && (f.Type != PNG || f.checked || d.check(f))
}

// check compares the sums of a PNG, because readers show nothing of one with a bit
// flipped. Of another the decoder has the last word.
func (d *Dir) check(f facts) bool {
	file, err := d.open(f.Key)
	if err != nil {
		return false
	}
	defer file.Close()
	if !soundPNG(bufio.NewReaderSize(file, 32<<10), f.Bytes) {
		return false
	}
	f.checked = true
	d.remember(f.Key, f)
	return true
}

// name is the digest under which what p makes of key is remembered.
func (p Profile) name(key string, sliced bool) string {
	p.Quality = p.quality()
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %v %+v", recipe, key, sliced, p))
	return hex.EncodeToString(sum[:])
}

// fits tells whether the headers of a picture have nothing against it.
func (f *facts) fits(p Profile) bool {
	if f.Type != JPEG && f.Type != PNG || f.Cut || !f.plain || f.Orientation != 1 {
		return false
	}
	w, h := p.fit(f.Width, f.Height)
	return w == f.Width && h == f.Height && f.Bytes <= p.maxBytes() &&
		(!p.gray() || f.Gray || f.grayPalette) && (!p.Opaque || !f.Alpha) &&
		(p.Levels == 0 || f.levels(p.Levels))
}

// levels tells whether a picture is known to have no gray but n even ones.
func (f *facts) levels(n int) bool {
	return f.Type == PNG && f.Gray && f.depth <= 8 && (n-1)%(1<<f.depth-1) == 0
}

// derive looks whether the picture was made before, by this or another process,
// and makes it if not.
func (d *Dir) derive(f facts, p Profile, sliced bool, name string) ([]Asset, error) {
	note := filepath.Join(d.root, "derived", name[:2], name)
	if assets := d.noted(note); assets != nil {
		return assets, nil
	}
	files, err := d.transform(f, p, sliced)
	if err != nil {
		return nil, err
	}
	var assets []Asset
	keys := []string{fromPrefix + f.Key}
	for _, b := range files {
		a := f.Asset
		if untouched := p.Recompress && !sliced && 10*int64(len(b)) > 9*f.Bytes && d.passes(f, p); !untouched {
			if a, err = d.Put(bytes.NewReader(b)); err != nil {
				return nil, fmt.Errorf("media: what was made of %s: %w", f.Key, err)
			}
		}
		assets, keys = append(assets, a), append(keys, a.Key)
	}
	tmp, err := d.temp("note-*")
	if err != nil {
		return nil, err
	}
	if _, err := tmp.WriteString(strings.Join(keys, "\n")); err != nil {
		tmp.Close()
		os.Remove(tmp.Name())
		return nil, fmt.Errorf("media: %w", err)
	}
	return assets, d.settle(tmp, note)
}

// fromPrefix begins the line of a note that names what was made into the others.
const fromPrefix = "from "

// noted returns the assets that a note names, nil where one is missing.
func (d *Dir) noted(note string) (assets []Asset) {
	b, err := os.ReadFile(note)
	if err != nil {
		return nil
	}
	for key := range strings.SplitSeq(string(b), "\n") {
		if strings.HasPrefix(key, fromPrefix) {
			continue
		}
		if !d.trusted(key) {
			return nil
		}
		a, err := d.Stat(key)
		if err != nil {
			return nil
		}
		assets = append(assets, a)
	}
	return assets
}

// transform makes the bytes of a new picture, or of the pieces of one.
func (d *Dir) transform(f facts, p Profile, sliced bool) ([][]byte, error) {
	file, err := d.open(f.Key)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	release := d.hold(f)
	defer release()
	if f.Type == SVG && p.SVG {
		doc, err := readSVG(file, f.Bytes)
		if err != nil {
			return nil, err
		}
		if b := doc.Bytes(); int64(len(b)) <= p.maxBytes() {
			return [][]byte{b}, nil
		}
	}
	m, err := decode(file, f, d.opts.Letters)
	if err != nil {
		return nil, err
	}
	high := p
	if sliced {
		high.MaxHeight, high.MaxPixels = 0, 0
	}
	// Shrink first: turning then moves fewer pixels.
	w, h := f.rawWidth, f.rawHeight
	if f.Orientation >= 5 {
		w, h = high.fit(h, w)
		w, h = h, w
	} else {
		w, h = high.fit(w, h)
	}
	e := encoder{Profile: p, drawn: f.Type == SVG || f.Type != JPEG && isDrawn(m)}
	var convert *colours
	if convert, e.icc = colour(file, f); convert != nil {
		bright := p
		bright.Gray, bright.Levels = false, 0
		m = convert.apply(prepare(m, w, h, bright))
	}
	if convert == nil || p.gray() {
		m = prepare(m, w, h, p)
	}
	m = upright(m, f.Orientation)
	pieces := []image.Image{m}
	if sliced {
		pieces = slice(m, p.MaxHeight)
	}
	files := make([][]byte, len(pieces))
	for i, m := range pieces {
		if files[i], err = e.encode(m); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// prepare returns m shrunk to w×h, as *image.YCbCr, *image.Gray, *image.RGBA
// (opaque) or *image.NRGBA.
func prepare(m image.Image, w, h int, p Profile) image.Image {
	sw, sh := m.Bounds().Dx(), m.Bounds().Dy()
	switch m := m.(type) {
	case *image.YCbCr:
		if p.gray() {
			return &image.Gray{Pix: shrinkPlane(m.Y, m.YStride, sw, sh, w, h), Stride: w, Rect: image.Rect(0, 0, w, h)}
		}
		return shrinkYCbCr(m, w, h)
	case *image.Gray:
		return &image.Gray{Pix: shrinkPlane(m.Pix, m.Stride, sw, sh, w, h), Stride: w, Rect: image.Rect(0, 0, w, h)}
	case *image.Gray16:
		out := image.NewGray(image.Rect(0, 0, w, h))
		line := make([]byte, sw)
		shrink(out.Pix, w, w, h, func(y int) []byte {
			row := m.Pix[y*m.Stride:]
			for x := range line {
				line[x] = row[2*x]
			}
			return line
		}, sw, sh, 1, sw, w, sh, h)
		return out
	}
	src, opaque := rgbaRows(m)
	if m, ok := m.(*image.NRGBA); ok && p.gray() && p.Opaque && !opaque {
		out := image.NewGray(image.Rect(0, 0, w, h))
		shrink(out.Pix, w, w, h, graysOnWhite(m), sw, sh, 1, sw, w, sh, h)
		return out
	}
	if p.Opaque && !opaque {
		src, opaque = onWhite(src), true
	}
	if p.gray() && opaque {
		out := image.NewGray(image.Rect(0, 0, w, h))
		shrink(out.Pix, w, w, h, grayRows(src, sw), sw, sh, 1, sw, w, sh, h)
		return out
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	shrink(out.Pix, 4*w, w, h, src, sw, sh, 4, sw, w, sh, h)
	if p.gray() {
		for i := 0; i < len(out.Pix); i += 4 {
			// The samples are weighted with alpha, and so is the gray.
			q := out.Pix[i : i+4 : i+4]
			g := min(luma(uint32(q[0]), uint32(q[1]), uint32(q[2])), q[3])
			q[0], q[1], q[2] = g, g, g
		}
	}
	switch opaque = opaque || out.Opaque(); {
	case opaque && p.gray(): // nothing of its alpha was used
		gray := image.NewGray(out.Rect)
		for i := range gray.Pix {
			gray.Pix[i] = out.Pix[4*i]
		}
		return gray
	case opaque:
		return out
	}
	return straight(out)
}

func shrinkPlane(pix []byte, stride, sw, sh, w, h int) []byte {
	out := make([]byte, w*h)
	shrink(out, w, w, h, func(y int) []byte { return pix[y*stride : y*stride+sw] }, sw, sh, 1, sw, w, sh, h)
	return out
}

// shrinkYCbCr shrinks the planes by themselves, to the subsampling 4:2:0 that
// image/jpeg writes.
func shrinkYCbCr(m *image.YCbCr, w, h int) *image.YCbCr {
	sw, sh := m.Rect.Dx(), m.Rect.Dy()
	out := &image.YCbCr{
		Y:              shrinkPlane(m.Y, m.YStride, sw, sh, w, h),
		YStride:        w,
		SubsampleRatio: image.YCbCrSubsampleRatio420,
		Rect:           image.Rect(0, 0, w, h),
	}
	xstep, ystep := chromaStep(m.SubsampleRatio)
	cw, ch := chromaSize(sw, sh, m.SubsampleRatio)
	ow, oh := chromaSize(w, h, out.SubsampleRatio)
	out.CStride = ow
	plane := func(pix []byte) []byte {
		dst := make([]byte, ow*oh)
		// A result's sample covers 2·sw/w pixels of the source across.
		shrink(dst, ow, ow, oh, func(y int) []byte { return pix[y*m.CStride : y*m.CStride+cw] }, cw, ch, 1, 2*sw, w*xstep, 2*sh, h*ystep)
		return dst
	}
	out.Cb, out.Cr = plane(m.Cb), plane(m.Cr)
	return out
}

// rgbaRows gives the rows of m as RGBA of 8 bits, weighted with alpha, and tells
// whether m is known to be opaque.
func rgbaRows(m image.Image) (rows, bool) {
	b := m.Bounds()
	w := b.Dx()
	line := make([]byte, 4*w)
	switch m := m.(type) {
	case *image.RGBA:
		return func(y int) []byte { return m.Pix[y*m.Stride : y*m.Stride+4*w] }, m.Opaque()
	case *image.NRGBA:
		if m.Opaque() {
			return func(y int) []byte { return m.Pix[y*m.Stride : y*m.Stride+4*w] }, true
		}
		return func(y int) []byte {
			copy(line, m.Pix[y*m.Stride:])
			weigh(line)
			return line
		}, false
	case *image.Paletted:
		var table [256][4]byte
		for i, c := range m.Palette {
			r, g, b, a := c.RGBA()
			table[i] = [4]byte{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(a >> 8)}
		}
		return func(y int) []byte {
			for x, i := range m.Pix[y*m.Stride : y*m.Stride+w] {
				*(*[4]byte)(line[4*x:]) = table[i]
			}
			return line
		}, m.Opaque()
	case *image.RGBA64:
		return func(y int) []byte {
			row := m.Pix[y*m.Stride:]
			for i := range line {
				line[i] = row[2*i]
			}
			return line
		}, m.Opaque()
	case *image.NRGBA64:
		return func(y int) []byte {
			row := m.Pix[y*m.Stride:]
			for i := range line {
				line[i] = row[2*i]
			}
			weigh(line)
			return line
		}, m.Opaque()
	case *image.NYCbCrA:
		return func(y int) []byte {
			for x := range w {
				c := m.NYCbCrAAt(b.Min.X+x, b.Min.Y+y)
				r, g, b := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
				*(*[4]byte)(line[4*x:]) = [4]byte{r, g, b, c.A}
			}
			weigh(line)
			return line
		}, m.Opaque()
	}
	opaque := false
	if o, ok := m.(interface{ Opaque() bool }); ok {
		opaque = o.Opaque()
	}
	return func(y int) []byte { // CMYK, and whatever else a decoder comes up with
		for x := range w {
			r, g, bl, a := m.At(b.Min.X+x, b.Min.Y+y).RGBA()
			*(*[4]byte)(line[4*x:]) = [4]byte{uint8(r >> 8), uint8(g >> 8), uint8(bl >> 8), uint8(a >> 8)}
		}
		return line
	}, opaque
}

// weigh multiplies the colours of a row with their alpha.
func weigh(line []byte) {
	for i := 0; i+3 < len(line); i += 4 {
		q := line[i : i+4 : i+4]
		if a := uint32(q[3]); a != 255 {
			q[0] = uint8((uint32(q[0])*a + 127) / 255)
			q[1] = uint8((uint32(q[1])*a + 127) / 255)
			q[2] = uint8((uint32(q[2])*a + 127) / 255)
		}
	}
}

// straight undoes weigh for a whole picture.
func straight(m *image.RGBA) *image.NRGBA {
	for i := 0; i < len(m.Pix); i += 4 {
		q := m.Pix[i : i+4 : i+4]
		if a := uint32(q[3]); a != 255 && a != 0 {
			for c := range 3 {
				q[c] = uint8(min((uint32(q[c])*255+a/2)/a, 255))
			}
		}
	}
	return &image.NRGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
}

// onWhite lays weighted rows on white.
func onWhite(src rows) rows {
	var line []byte
	return func(y int) []byte {
		row := src(y)
		if line == nil {
			line = make([]byte, len(row))
		}
		for i := 0; i+3 < len(row); i += 4 {
			q, o := row[i:i+4:i+4], line[i:i+4:i+4]
			rest := 255 - q[3]
			// Rounding may have left a colour larger than its alpha.
			o[0], o[1], o[2], o[3] = cap255(q[0], rest), cap255(q[1], rest), cap255(q[2], rest), 255
		}
		return line
	}
}

func cap255(a, b byte) byte { return uint8(min(uint32(a)+uint32(b), 255)) }

// graysOnWhite gives the rows of m laid on white, as grays: what onWhite and grayRows
// do one after the other, in one go.
func graysOnWhite(m *image.NRGBA) rows {
	w := m.Rect.Dx()
	line := make([]byte, w)
	return func(y int) []byte {
		row := m.Pix[y*m.Stride : y*m.Stride+4*w]
		for x := range line {
			q := row[4*x : 4*x+4 : 4*x+4]
			v, a := uint32(luma(uint32(q[0]), uint32(q[1]), uint32(q[2]))), uint32(q[3])
			line[x] = uint8((v*a + 255*(255-a) + 127) / 255)
		}
		return line
	}
}

// grayRows turns opaque RGBA rows of w pixels into gray ones.
func grayRows(src rows, w int) rows {
	line := make([]byte, w)
	return func(y int) []byte {
		row := src(y)
		for x := range line {
			q := row[4*x : 4*x+4 : 4*x+4]
			line[x] = luma(uint32(q[0]), uint32(q[1]), uint32(q[2]))
		}
		return line
	}
}
