// Package raster draws a page of layout into pixels. It decides how outlines are
// covered and how pictures are scaled, and leaves every position to layout. It is
// made for covers: one page, looked at from afar; it is no renderer of books.
package raster

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"slices"

	"github.com/go-text/typesetting/font/opentype"
	"golang.org/x/image/draw"

	"github.com/leporello-press/leporello/internal/ink"
	"github.com/leporello-press/leporello/layout"
	"github.com/leporello-press/leporello/media"
)

// MaxSide bounds the width and the height of an image, in pixels.
const MaxSide = 8192

// Draw returns p on white, width pixels wide and as high as its shape asks for.
// Store has the pictures; it may be nil where the page has none. A picture that
// cannot be decoded is an error. Links and anchors do not show.
func Draw(p *layout.Page, width int, store media.Store) (*image.RGBA, error) {
	if p.Size.W <= 0 || p.Size.H <= 0 {
		return nil, fmt.Errorf("raster: a page of %d by %d", p.Size.W, p.Size.H)
	}
	scale := float64(width) / float64(p.Size.W)
	height := int(math.Round(float64(p.Size.H) * scale))
	if width < 1 || height < 1 || width > MaxSide || height > MaxSide {
		return nil, fmt.Errorf("raster: %d by %d pixels", width, height)
	}
	d := &drawing{img: image.NewRGBA(image.Rect(0, 0, width, height)), scale: scale, store: store}
	draw.Draw(d.img, d.img.Rect, image.White, image.Point{}, draw.Src)
	for _, it := range p.Items {
		switch it := it.(type) {
		case *layout.GlyphRun:
			d.run(it)
		case *layout.Picture:
			if err := d.picture(it); err != nil {
				return nil, fmt.Errorf("raster: picture %s: %w", it.Key, err)
			}
		case *layout.Box:
			d.box(it)
		case *layout.Link, *layout.Anchor:
		default:
			panic(fmt.Sprintf("raster: unknown item %T", it))
		}
	}
	return d.img, nil
}

type drawing struct {
	img   *image.RGBA
	scale float64 // pixels in a unit of layout.Length
	store media.Store
	pen   ink.Pen
}

func opaque(c layout.Color) *image.Uniform {
	return image.NewUniform(color.RGBA{uint8(c >> 16), uint8(c >> 8), uint8(c), 0xFF})
}

// slant leans letters by 12 degrees, as in PDF: its tangent.
const slant = 0.213

func (d *drawing) run(r *layout.GlyphRun) {
	em := float64(r.Face.Metrics().UnitsPerEm)
	if em <= 0 {
		return
	}
	unit := float64(r.Size) * d.scale / em // pixels in a font unit
	src := opaque(r.Color)
	originX, originY := float64(r.At.X)*d.scale, float64(r.At.Y)*d.scale
	pen := 0.0
	for _, g := range r.Glyphs {
		x, y := float64(g.X)*d.scale, float64(g.Y)*d.scale
		if r.Vertical {
			vx, vy := r.Face.VerticalOrigin(g.ID)
			x -= float64(vx) * unit
			y += pen + float64(vy)*unit
		} else {
			x += pen
		}
		m := matrix{unit, 0, 0, -unit, x, y} // font units to the run's own pixels
		if r.Slant {
			m.c = slant * unit
		}
		if r.Sideways {
			m = matrix{-m.b, m.a, -m.d, m.c, -m.f, m.e}
		}
		m.e, m.f = m.e+originX, m.f+originY
		outline := r.Face.Outline(g.ID)
		d.glyph(outline, m, src)
		if r.Embolden {
			aside := m
			for _, sign := range [...]float64{-1, 1} {
				aside.e = m.e + sign*float64(r.Thickening())*d.scale/2
				d.glyph(outline, aside, src)
			}
		}
		pen += float64(g.Advance) * d.scale
	}
}

// matrix takes (x, y) to (a·x + c·y + e, b·x + d·y + f).
type matrix struct{ a, b, c, d, e, f float64 }

func (m *matrix) apply(p opentype.SegmentPoint) (x, y float64) {
	px, py := float64(p.X), float64(p.Y)
	// The conversions keep a machine from fusing what another rounds.
	return float64(m.a*px) + float64(m.c*py) + m.e, float64(m.b*px) + float64(m.d*py) + m.f
}

// args is how many points of a segment count.
func args(op opentype.SegmentOp) int {
	switch op {
	case opentype.SegmentOpMoveTo, opentype.SegmentOpLineTo:
		return 1
	case opentype.SegmentOpQuadTo:
		return 2
	case opentype.SegmentOpCubeTo:
		return 3
	}
	return 0
}

func (d *drawing) glyph(outline []opentype.Segment, m matrix, src image.Image) {
	d.pen.Reset()
	for i := range outline {
		var p [6]float64
		for k := range args(outline[i].Op) {
			p[2*k], p[2*k+1] = m.apply(outline[i].Args[k])
		}
		switch outline[i].Op {
		case opentype.SegmentOpMoveTo:
			d.pen.MoveTo(p[0], p[1])
		case opentype.SegmentOpLineTo:
			d.pen.LineTo(p[0], p[1])
		case opentype.SegmentOpQuadTo:
			d.pen.QuadTo(p[0], p[1], p[2], p[3])
		case opentype.SegmentOpCubeTo:
			d.pen.CubeTo(p[0], p[1], p[2], p[3], p[4], p[5])
		}
	}
	d.pen.Fill(d.img.Rect, false, func(x, y int, cover []byte) {
		mask := &image.Alpha{Pix: cover, Stride: len(cover), Rect: image.Rect(0, 0, len(cover), 1)}
		draw.DrawMask(d.img, image.Rect(x, y, x+len(cover), y+1), src, image.Point{}, mask, image.Point{}, draw.Over)
	})
}

// pixels returns the rectangle of whole pixels nearest to r. Boxes and pictures
// that touch on the page touch in the image, without a seam.
func (d *drawing) pixels(r layout.Rect) image.Rectangle {
	round := func(l layout.Length) int {
		v := math.Round(float64(l) * d.scale)
		return int(max(min(v, 2*MaxSide), -2*MaxSide))
	}
	return image.Rect(round(r.At.X), round(r.At.Y), round(r.At.X+r.Size.W), round(r.At.Y+r.Size.H))
}

func (d *drawing) box(b *layout.Box) {
	if b.Rect.Size.W <= 0 || b.Rect.Size.H <= 0 {
		return
	}
	r := d.pixels(b.Rect)
	r.Max.X = thin(r.Min.X, r.Max.X, float64(b.Rect.Size.W)*d.scale)
	r.Max.Y = thin(r.Min.Y, r.Max.Y, float64(b.Rect.Size.H)*d.scale)
	if b.Filled {
		draw.Draw(d.img, r, opaque(b.Fill), image.Point{}, draw.Src)
	}
	if b.Frame > 0 {
		w := max(int(math.Round(float64(b.Frame)*d.scale)), 1)
		src := opaque(b.Stroke)
		for _, side := range []image.Rectangle{
			image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+w), image.Rect(r.Min.X, r.Max.Y-w, r.Max.X, r.Max.Y),
			image.Rect(r.Min.X, r.Min.Y, r.Min.X+w, r.Max.Y), image.Rect(r.Max.X-w, r.Min.Y, r.Max.X, r.Max.Y),
		} {
			draw.Draw(d.img, side.Intersect(r), src, image.Point{}, draw.Src)
		}
	}
}

// thin returns the end of a box that is size wide. Lines of the same size get the
// same number of pixels wherever they stand, and a hairline stays to be seen.
func thin(from, to int, size float64) int {
	if size >= 4 {
		return to
	}
	return from + max(int(math.Round(size)), 1)
}

func (d *drawing) picture(p *layout.Picture) error {
	r := d.pixels(p.Rect)
	if r.Empty() || !r.Overlaps(d.img.Rect) {
		return nil
	}
	if d.store == nil {
		return fmt.Errorf("no store")
	}
	crop := p.Crop
	if crop == (layout.Crop{}) {
		crop = layout.Crop{X1: 1 << 16, Y1: 1 << 16}
	}
	if crop.X0 < 0 || crop.Y0 < 0 || crop.X1 > 1<<16 || crop.Y1 > 1<<16 || crop.X0 >= crop.X1 || crop.Y0 >= crop.Y1 {
		return fmt.Errorf("bad crop %v", crop)
	}
	// The store averages a large picture down and keeps what comes of it, so that what
	// is decoded here is not much larger than what is drawn, and four pixels for each one
	// are enough: kernels cost more than all the rest of a cover.
	fit := func(n int, part int32) int { return min(int(int64(n)<<16/int64(part))+1, MaxSide) }
	a, err := d.store.Derive(p.Key, media.Profile{
		MaxWidth: 3 * fit(r.Dx(), crop.X1-crop.X0) / 2, MaxHeight: 3 * fit(r.Dy(), crop.Y1-crop.Y0) / 2, Opaque: true, Quality: 92,
	})
	if err != nil {
		return err
	}
	m, err := media.Decode(d.store, a.Key)
	if err != nil {
		return err
	}
	b := m.Bounds()
	part := func(n int, at int32) int { return int((int64(n)*int64(at) + 1<<15) >> 16) }
	from := image.Rect(
		b.Min.X+part(b.Dx(), crop.X0), b.Min.Y+part(b.Dy(), crop.Y0),
		b.Min.X+part(b.Dx(), crop.X1), b.Min.Y+part(b.Dy(), crop.Y1))
	if from.Empty() {
		return nil
	}
	if !p.Turned {
		draw.ApproxBiLinear.Scale(d.img, r, m, from, draw.Over, nil)
		return nil
	}
	// Row y of the upright picture is column y of the turned one, from below.
	up := image.NewRGBA(image.Rect(0, 0, r.Dy(), r.Dx()))
	draw.ApproxBiLinear.Scale(up, up.Rect, m, from, draw.Src, nil)
	turned := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	for y := range r.Dx() {
		for x := range r.Dy() {
			turned.SetRGBA(y, r.Dy()-1-x, up.RGBAAt(x, y))
		}
	}
	draw.Draw(d.img, r, turned, image.Point{}, draw.Over)
	return nil
}

// Quality of the JPEGs that Encode writes.
const Quality = 85

// Encode returns m as a PNG with a palette where it has as few colours as text and
// rules have, else as a JPEG. Each is far the smaller one of its kind.
func Encode(m *image.RGBA) ([]byte, error) {
	var b bytes.Buffer
	if drawn := paletted(m); drawn != nil {
		if err := png.Encode(&b, drawn); err != nil {
			return nil, fmt.Errorf("raster: %w", err)
		}
		return b.Bytes(), nil
	}
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: Quality}); err != nil {
		return nil, fmt.Errorf("raster: %w", err)
	}
	return b.Bytes(), nil
}

// flatColors is how many colours a drawing has at most: smoothed text on a few
// grounds.
const flatColors = 2048

// paletted returns m in 256 colours, nil where it has more than a drawing. Where
// it has more than 256, shades that differ by a few steps become the most frequent one
// of them: grounds keep their colour, and edges of letters lose nothing that can be seen.
func paletted(m *image.RGBA) *image.Paletted {
	type shade struct {
		color color.RGBA
		count int
		first int // the place among all colours as they come
	}
	index := map[color.RGBA]uint16{}
	var shades []shade
	pixels := make([]uint16, 0, m.Rect.Dx()*m.Rect.Dy())
	var last color.RGBA
	var lastIndex uint16
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		row := m.Pix[m.PixOffset(m.Rect.Min.X, y):][:4*m.Rect.Dx()]
		for ; len(row) >= 4; row = row[4:] {
			c := color.RGBA{row[0], row[1], row[2], row[3]}
			if c != last || len(shades) == 0 {
				i, ok := index[c]
				if !ok {
					if len(shades) == flatColors {
						return nil
					}
					i = uint16(len(shades))
					index[c] = i
					shades = append(shades, shade{c, 0, len(shades)})
				}
				last, lastIndex = c, i
			}
			shades[lastIndex].count++
			pixels = append(pixels, lastIndex)
		}
	}
	slices.SortFunc(shades, func(a, b shade) int { return cmp.Or(b.count-a.count, a.first-b.first) })
	become := make([]uint8, len(shades))
	for step := uint8(1); step <= 16; step *= 2 {
		buckets := map[color.RGBA]int{}
		var palette color.Palette
		for _, s := range shades {
			key := color.RGBA{s.color.R / step, s.color.G / step, s.color.B / step, s.color.A}
			i, ok := buckets[key]
			if !ok {
				i = len(palette)
				buckets[key] = i
				palette = append(palette, s.color)
			}
			become[s.first] = uint8(i)
		}
		if len(palette) <= 256 {
			p := image.NewPaletted(m.Rect, palette)
			for i, v := range pixels {
				p.Pix[i] = become[v]
			}
			return p
		}
	}
	return nil
}
