// Package raster draws a page of layout as a picture: the cover of an EPUB is
// the cover page that layout designed, in pixels. It decides nothing about
// position.
package raster

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"github.com/go-text/typesetting/font/opentype"
	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/vector"

	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/layout"
	"github.com/leporello-press/leporello/media"
)

// Draw returns the page on white, width pixels wide and as high as its
// proportions say. A picture of the page that cannot be decoded is an error.
// Links and anchors do not show.
func Draw(page *layout.Page, width int, store media.Store) (*image.RGBA, error) {
	if page.Size.W <= 0 || page.Size.H <= 0 || width <= 0 {
		return nil, fmt.Errorf("raster: a page of %d by %d units in %d pixels", page.Size.W, page.Size.H, width)
	}
	height := int((int64(width)*int64(page.Size.H) + int64(page.Size.W)/2) / int64(page.Size.W))
	c := &canvas{
		img:   image.NewRGBA(image.Rect(0, 0, width, height)),
		scale: float64(width) / float64(page.Size.W),
		store: store,
		pen:   vector.NewRasterizer(width, height),
	}
	draw.Draw(c.img, c.img.Bounds(), image.White, image.Point{}, draw.Src)
	for _, item := range page.Items {
		switch item := item.(type) {
		case *layout.GlyphRun:
			c.glyphs(item)
		case *layout.Picture:
			if err := c.picture(item); err != nil {
				return nil, fmt.Errorf("raster: %w", err)
			}
		case *layout.Box:
			c.box(item)
		case *layout.Link, *layout.Anchor:
		default:
			panic(fmt.Sprintf("raster: unknown item %T", item))
		}
	}
	return c.img, nil
}

type canvas struct {
	img   *image.RGBA
	scale float64 // pixels for each unit of length
	store media.Store
	pen   *vector.Rasterizer
}

func (c *canvas) px(l layout.Length) float64 { return float64(l) * c.scale }

func ink(v layout.Color) image.Image {
	return image.NewUniform(color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255})
}

// affine maps font units, y up, to pixels, y down.
type affine struct{ xx, xy, x, yx, yy, y float64 }

func (a affine) at(p opentype.SegmentPoint) (x, y float32) {
	fx, fy := float64(p.X), float64(p.Y)
	return float32(a.xx*fx + a.xy*fy + a.x), float32(a.yx*fx + a.yy*fy + a.y)
}

// slant is the tangent of the angle at which upright glyphs lean when an italic
// is asked of a face that has none.
const slant = 0.2126

func (c *canvas) glyphs(run *layout.GlyphRun) {
	fill := ink(run.Color)
	size := c.px(run.Size) / float64(run.Face.Metrics().UnitsPerEm)
	penX, penY := c.px(run.At.X), c.px(run.At.Y)
	for _, g := range run.Glyphs {
		a := affine{xx: size, yy: -size, x: penX + c.px(g.X), y: penY + c.px(g.Y)}
		if run.Slant {
			a.xy = size * slant
		}
		if run.Sideways {
			// A quarter clockwise: right becomes down, up becomes right.
			a = affine{xy: size, yx: size, x: penX - c.px(g.Y), y: penY + c.px(g.X)}
			if run.Slant {
				a.yy = size * slant
			}
		}
		if run.Vertical {
			ox, oy := run.Face.VerticalOrigin(g.ID)
			a.x -= size * float64(ox)
			a.y += size * float64(oy)
		}
		c.outline(run.Face.Outline(g.ID), a, fill)
		if run.Sideways || run.Vertical {
			penY += c.px(g.Advance)
		} else {
			penX += c.px(g.Advance)
		}
	}
}

func (c *canvas) outline(segments []fonts.Segment, a affine, fill image.Image) {
	if len(segments) == 0 {
		return
	}
	// Only the box of the glyph is filled, not the whole picture.
	box := bounds(segments, a).Intersect(c.img.Bounds())
	if box.Empty() {
		return
	}
	a.x -= float64(box.Min.X)
	a.y -= float64(box.Min.Y)
	c.pen.Reset(box.Dx(), box.Dy())
	open := false
	for _, s := range segments {
		x0, y0 := a.at(s.Args[0])
		x1, y1 := a.at(s.Args[1])
		x2, y2 := a.at(s.Args[2])
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			if open {
				c.pen.ClosePath()
			}
			open = true
			c.pen.MoveTo(x0, y0)
		case opentype.SegmentOpLineTo:
			c.pen.LineTo(x0, y0)
		case opentype.SegmentOpQuadTo:
			c.pen.QuadTo(x0, y0, x1, y1)
		case opentype.SegmentOpCubeTo:
			c.pen.CubeTo(x0, y0, x1, y1, x2, y2)
		}
	}
	c.pen.ClosePath()
	c.pen.Draw(c.img, box, fill, image.Point{})
}

// bounds returns pixels that hold an outline: control points never lie within.
func bounds(segments []fonts.Segment, a affine) image.Rectangle {
	var r image.Rectangle
	for i, s := range segments {
		for _, p := range s.ArgsSlice() {
			x, y := a.at(p)
			q := image.Rect(int(x)-2, int(y)-2, int(x)+3, int(y)+3)
			if i == 0 {
				r = q
			}
			r = r.Union(q)
		}
	}
	return r
}

// rect fills a rectangle; edges between pixels are blended.
func (c *canvas) rect(r layout.Rect, fill layout.Color) {
	x0, y0 := float32(c.px(r.At.X)), float32(c.px(r.At.Y))
	x1, y1 := float32(c.px(r.At.X+r.Size.W)), float32(c.px(r.At.Y+r.Size.H))
	b := c.img.Bounds()
	c.pen.Reset(b.Dx(), b.Dy())
	c.pen.MoveTo(x0, y0)
	c.pen.LineTo(x1, y0)
	c.pen.LineTo(x1, y1)
	c.pen.LineTo(x0, y1)
	c.pen.ClosePath()
	c.pen.Draw(c.img, b, ink(fill), image.Point{})
}

func (c *canvas) box(b *layout.Box) {
	if b.Filled {
		c.rect(b.Rect, b.Fill)
	}
	if b.Frame <= 0 {
		return
	}
	at, s, f := b.Rect.At, b.Rect.Size, b.Frame
	for _, side := range []layout.Rect{
		{At: at, Size: layout.Size{W: s.W, H: f}},
		{At: layout.Point{X: at.X, Y: at.Y + s.H - f}, Size: layout.Size{W: s.W, H: f}},
		{At: layout.Point{X: at.X, Y: at.Y + f}, Size: layout.Size{W: f, H: s.H - 2*f}},
		{At: layout.Point{X: at.X + s.W - f, Y: at.Y + f}, Size: layout.Size{W: f, H: s.H - 2*f}},
	} {
		c.rect(side, b.Stroke)
	}
}

func (c *canvas) picture(p *layout.Picture) error {
	crop := p.Crop
	if crop == (layout.Crop{}) {
		crop.X1, crop.Y1 = 65536, 65536
	}
	if crop.X1 <= crop.X0 || crop.Y1 <= crop.Y0 || p.Rect.Size.W <= 0 || p.Rect.Size.H <= 0 {
		return nil
	}
	asset, err := c.store.Stat(p.Key)
	if err != nil {
		return err
	}
	// The picture is first made about as small as its place, so that no more is
	// decoded and sampled than shows.
	wide := int(c.px(p.Rect.Size.W)*65536/float64(crop.X1-crop.X0)) + 1
	tall := int(c.px(p.Rect.Size.H)*65536/float64(crop.Y1-crop.Y0)) + 1
	if asset.Width > wide && asset.Height > tall {
		f := max(float64(wide)/float64(asset.Width), float64(tall)/float64(asset.Height))
		small := media.Profile{MaxWidth: int(f*float64(asset.Width)) + 1, MaxHeight: int(f*float64(asset.Height)) + 1, Quality: 92}
		if asset, err = c.store.Derive(p.Key, small); err != nil {
			return err
		}
	}
	src, err := media.Decode(c.store, asset.Key)
	if err != nil {
		return err
	}
	b := src.Bounds()
	part := func(v int32, n int) int { return int(int64(v) * int64(n) / 65536) }
	from := image.Rect(b.Min.X+part(crop.X0, b.Dx()), b.Min.Y+part(crop.Y0, b.Dy()), b.Min.X+part(crop.X1, b.Dx()), b.Min.Y+part(crop.Y1, b.Dy()))
	if from.Empty() {
		return nil
	}
	sx, sy := c.px(p.Rect.Size.W)/float64(from.Dx()), c.px(p.Rect.Size.H)/float64(from.Dy())
	to := f64.Aff3{sx, 0, c.px(p.Rect.At.X) - sx*float64(from.Min.X), 0, sy, c.px(p.Rect.At.Y) - sy*float64(from.Min.Y)}
	xdraw.BiLinear.Transform(c.img, to, src, from, draw.Over, nil)
	return nil
}
