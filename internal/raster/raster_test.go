package raster_test

import (
	"bytes"
	"image"
	"image/color"
	_ "image/jpeg"
	"image/png"
	"testing"

	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/raster"
	"github.com/leporello-press/leporello/layout"
	"github.com/leporello-press/leporello/media"
)

const pt = layout.Pt

func at(t *testing.T, img image.Image, x, y int, want color.RGBA) {
	t.Helper()
	if got := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA); got != want {
		t.Errorf("pixel %d,%d is %v, want %v", x, y, got, want)
	}
}

var (
	white = color.RGBA{255, 255, 255, 255}
	red   = color.RGBA{255, 0, 0, 255}
	blue  = color.RGBA{0, 0, 255, 255}
	black = color.RGBA{0, 0, 0, 255}
)

// Two pixels a point: a box from 10 to 20 points covers pixels 20 to 40.
func TestBoxAndFrame(t *testing.T) {
	page := &layout.Page{Size: layout.Size{W: 50 * pt, H: 40 * pt}, Items: []layout.Item{
		&layout.Box{Rect: layout.Rect{At: layout.Point{X: 10 * pt, Y: 10 * pt}, Size: layout.Size{W: 10 * pt, H: 10 * pt}}, Filled: true, Fill: 0xFF0000, Frame: pt, Stroke: 0x0000FF},
	}}
	img, err := raster.Draw(page, 100, nil)
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds() != image.Rect(0, 0, 100, 80) {
		t.Errorf("bounds %v", img.Bounds())
	}
	at(t, img, 19, 30, white)
	at(t, img, 20, 30, blue)
	at(t, img, 21, 30, blue)
	at(t, img, 22, 30, red)
	at(t, img, 37, 30, red)
	at(t, img, 39, 39, blue)
	at(t, img, 40, 30, white)
}

// 十 has its strokes in the middle of the em: upright, and turned by a quarter
// around its origin.
func TestGlyphs(t *testing.T) {
	face, ok := fonts.Embedded().Face('十', fonts.Request{Family: fonts.Sans, Bold: true, Lang: "zh-Hans"})
	if !ok {
		t.Skip("built without fonts")
	}
	g, _ := face.Glyph('十')
	run := func(x layout.Length, sideways bool) *layout.GlyphRun {
		return &layout.GlyphRun{Face: face, Size: 100 * pt, At: layout.Point{X: x, Y: 100 * pt}, Sideways: sideways,
			Glyphs: []layout.Glyph{{ID: g, Advance: 100 * pt}}, Text: "十"}
	}
	page := &layout.Page{Size: layout.Size{W: 300 * pt, H: 220 * pt}, Items: []layout.Item{run(0, false), run(150*pt, true)}}
	img, err := raster.Draw(page, 300, nil)
	if err != nil {
		t.Fatal(err)
	}
	at(t, img, 50, 50, black)   // the upright stem
	at(t, img, 10, 20, white)   // a corner
	at(t, img, 188, 150, black) // turned: the em lies to the right of the origin's line and below it
	at(t, img, 160, 105, white)
}

// A letter of a page may reach over its edges: a hundred accents on one letter
// of a title do.
func TestGlyphsOverTheEdge(t *testing.T) {
	face, ok := fonts.Embedded().Face('十', fonts.Request{Family: fonts.Sans, Bold: true, Lang: "zh-Hans"})
	if !ok {
		t.Skip("built without fonts")
	}
	g, _ := face.Glyph('十')
	glyph := func(x, y layout.Length) *layout.Page {
		return &layout.Page{Size: layout.Size{W: 100 * pt, H: 100 * pt}, Items: []layout.Item{&layout.GlyphRun{
			Face: face, Size: 100 * pt, At: layout.Point{X: x, Y: y + 85*pt}, Glyphs: []layout.Glyph{{ID: g, Advance: 100 * pt}}, Text: "十",
		}}}
	}
	whole, err := raster.Draw(glyph(0, 0), 200, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []image.Point{{-50, 0}, {50, 0}, {0, -50}, {0, 50}, {-60, -60}, {60, 60}, {99, 0}, {0, -99}, {-5000, 0}} {
		img, err := raster.Draw(glyph(layout.Length(d.X)*pt, layout.Length(d.Y)*pt), 200, nil)
		if err != nil {
			t.Fatal(err)
		}
		for y := range 200 {
			for x := range 200 {
				want := white
				if p := (image.Point{x - 2*d.X, y - 2*d.Y}); p.In(whole.Rect) {
					want = whole.RGBAAt(p.X, p.Y)
				}
				if got := img.RGBAAt(x, y); int(got.R)-int(want.R) > 2 || int(want.R)-int(got.R) > 2 {
					t.Fatalf("moved by %v: pixel %d,%d is %v, want %v", d, x, y, got, want)
				}
			}
		}
	}
}

func TestPicture(t *testing.T) {
	store, err := media.New(t.TempDir(), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	src := image.NewRGBA(image.Rect(0, 0, 400, 200))
	for y := range 200 {
		for x := range 400 {
			c := red
			if x >= 200 {
				c = blue
			}
			src.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, src); err != nil {
		t.Fatal(err)
	}
	asset, err := store.Put(&b)
	if err != nil {
		t.Fatal(err)
	}
	place := layout.Rect{At: layout.Point{X: 10 * pt, Y: 10 * pt}, Size: layout.Size{W: 40 * pt, H: 40 * pt}}
	page := &layout.Page{Size: layout.Size{W: 60 * pt, H: 60 * pt}, Items: []layout.Item{
		&layout.Picture{Key: asset.Key, Rect: place, Crop: layout.Crop{X0: 32768, X1: 65536, Y1: 65536}}}}
	img, err := raster.Draw(page, 60, store)
	if err != nil {
		t.Fatal(err)
	}
	at(t, img, 5, 30, white)
	at(t, img, 30, 30, blue) // the right half alone, stretched over its place
	// Turned to the left its right half is above.
	page.Items[0] = &layout.Picture{Key: asset.Key, Rect: place, Turned: true}
	if img, err = raster.Draw(page, 60, store); err != nil {
		t.Fatal(err)
	}
	at(t, img, 30, 15, blue)
	at(t, img, 30, 45, red)
	page.Items[0].(*layout.Picture).Key = "0000"
	if _, err := raster.Draw(page, 60, store); err == nil {
		t.Error("a picture that is not in the store gives no error")
	}
}

// Boxes that meet between two pixels leave no seam, and lines of one thickness have
// one thickness wherever they fall.
func TestEdges(t *testing.T) {
	plus := func(n, part layout.Length) layout.Length { return n*pt + part }
	page := &layout.Page{Size: layout.Size{W: 30 * pt, H: 90 * pt}, Items: []layout.Item{
		&layout.Box{Rect: layout.Rect{Size: layout.Size{W: 30 * pt, H: plus(10, pt/2)}}, Filled: true, Fill: 0xFF0000},
		&layout.Box{Rect: layout.Rect{At: layout.Point{Y: plus(10, pt/2)}, Size: layout.Size{W: 30 * pt, H: 20 * pt}}, Filled: true, Fill: 0x0000FF},
	}}
	for i := range layout.Length(5) {
		page.Items = append(page.Items, &layout.Box{Rect: layout.Rect{At: layout.Point{Y: plus(40+8*i, i*pt/5)}, Size: layout.Size{W: 30 * pt, H: pt * 4 / 3}}, Filled: true})
	}
	img, err := raster.Draw(page, 30, nil)
	if err != nil {
		t.Fatal(err)
	}
	dark := 0
	for y := range 90 {
		switch c := img.RGBAAt(7, y); c {
		case black:
			dark++
		case red, blue, white:
		default:
			t.Errorf("row %d is %v", y, c)
		}
	}
	if dark != 5 {
		t.Errorf("5 lines are %d pixels", dark)
	}
}

func TestEncode(t *testing.T) {
	flat := image.NewRGBA(image.Rect(0, 0, 300, 400))
	photo := image.NewRGBA(flat.Rect)
	for y := range 400 {
		for x := range 300 {
			c := white
			if x > y {
				c = red
			}
			flat.SetRGBA(x, y, c)
			photo.SetRGBA(x, y, color.RGBA{uint8(x*y + x), uint8(x ^ y), uint8(y * 3), 255})
		}
	}
	for _, c := range []struct {
		img    *image.RGBA
		format string
		exact  bool
	}{{flat, "png", true}, {photo, "jpeg", false}} {
		b, err := raster.Encode(c.img)
		if err != nil {
			t.Fatal(err)
		}
		got, format, err := image.Decode(bytes.NewReader(b))
		if err != nil || format != c.format || got.Bounds() != c.img.Rect {
			t.Fatalf("%s, %v; want %s", format, err, c.format)
		}
		if c.exact {
			at(t, got, 200, 100, red)
			at(t, got, 100, 200, white)
		}
	}
}

// More than 256 shades of text on two grounds stay a drawing; the grounds keep their
// colour and shades move little.
func TestEncodeShades(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 600, 40))
	for y := range 40 {
		for x := range 600 {
			c := red
			switch v := uint8(x % 256); {
			case y >= 20:
			case x < 300:
				c = color.RGBA{v, v, v, 255}
			default:
				c = color.RGBA{255, v, v, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	b, err := raster.Encode(img)
	if err != nil {
		t.Fatal(err)
	}
	got, format, err := image.Decode(bytes.NewReader(b))
	if err != nil || format != "png" {
		t.Fatalf("%s, %v", format, err)
	}
	at(t, got, 5, 30, red)
	for x := range 600 {
		r, g, bl, _ := got.At(x, 5).RGBA()
		w := img.RGBAAt(x, 5)
		for i, d := range []int{int(r>>8) - int(w.R), int(g>>8) - int(w.G), int(bl>>8) - int(w.B)} {
			if d < -3 || d > 3 {
				t.Fatalf("pixel %d: channel %d moved by %d", x, i, d)
			}
		}
	}
}

// What an item asks that cannot be drawn is left out; it does not panic.
func TestHostile(t *testing.T) {
	huge := layout.Length(1) << 60
	page := &layout.Page{Size: layout.Size{W: 30 * pt, H: 30 * pt}, Items: []layout.Item{
		&layout.Box{Rect: layout.Rect{At: layout.Point{X: -huge, Y: -huge}, Size: layout.Size{W: 2 * huge, H: huge}}, Filled: true},
		&layout.Box{Rect: layout.Rect{Size: layout.Size{W: -1, H: 5}}, Filled: true, Frame: huge},
	}}
	if face, ok := fonts.Embedded().Face('a', fonts.Request{}); ok {
		g, _ := face.Glyph('a')
		page.Items = append(page.Items, &layout.GlyphRun{Face: face, Size: huge, Text: "a", Glyphs: []layout.Glyph{{ID: g}, {ID: 65535}}},
			&layout.GlyphRun{Face: face, Size: pt, At: layout.Point{X: huge}, Text: "a", Glyphs: []layout.Glyph{{ID: g, Advance: huge}, {ID: g}}})
	}
	if _, err := raster.Draw(page, 30, nil); err != nil {
		t.Error(err)
	}
	for _, size := range []layout.Size{{W: pt, H: huge}, {W: -pt, H: pt}} {
		if _, err := raster.Draw(&layout.Page{Size: size}, 30, nil); err == nil {
			t.Errorf("a page of %v gives no error", size)
		}
	}
}

func TestRefuses(t *testing.T) {
	if _, err := raster.Draw(&layout.Page{}, 100, nil); err == nil {
		t.Error("an empty page gives no error")
	}
}
