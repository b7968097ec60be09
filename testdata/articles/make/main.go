// Command make draws the pictures of the sample articles: landscapes, charts, a
// very tall strip, a seal with transparency. Run it in the root of the repository:
//
//	go run ./testdata/articles/make
//
// The same program draws the same files on every run.
package main

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"log"
	"math"
	"os"
	"path/filepath"
)

func main() {
	for name, draw := range map[string]func() ([]byte, error){
		"ridges.jpg":   func() ([]byte, error) { return encodeJPEG(ridges(1280, 800, 7, dawn), 84) },
		"dusk.jpg":     func() ([]byte, error) { return encodeJPEG(skyline(1200, 750, 11), 84) },
		"harbour.jpg":  func() ([]byte, error) { return encodeJPEG(harbour(1100, 1100, 3), 84) },
		"portrait.jpg": func() ([]byte, error) { return encodeJPEG(ridges(720, 1080, 23, jade), 84) },
		"terraces.jpg": func() ([]byte, error) { return encodeJPEG(terraces(1200, 675, 5), 84) },
		"press.jpg":    func() ([]byte, error) { return encodeJPEG(paper(1000, 640, 17), 84) },
		"output.png":   func() ([]byte, error) { return encodePNG(bars(900, 520)) },
		"trend.png":    func() ([]byte, error) { return encodePNG(lines(900, 480)) },
		"strip.png":    func() ([]byte, error) { return encodePNG(strip(480, 2600)) },
		"seal.png":     func() ([]byte, error) { return encodePNG(seal(420)) },
		"fold.gif":     func() ([]byte, error) { return encodeGIF(fold(480, 260)) },
	} {
		b, err := draw()
		if err == nil {
			err = os.WriteFile(filepath.Join("testdata", "articles", "images", name), b, 0o644)
		}
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		log.Printf("%s: %d KB", name, len(b)/1024)
	}
}

func encodeJPEG(img image.Image, quality int) ([]byte, error) {
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	return b.Bytes(), err
}

func encodePNG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img)
	return b.Bytes(), err
}

func encodeGIF(g *gif.GIF) ([]byte, error) {
	var b bytes.Buffer
	err := gif.EncodeAll(&b, g)
	return b.Bytes(), err
}

// rgb is a colour with components from 0 to 1.
type rgb [3]float64

func hex(v uint32) rgb {
	return rgb{float64(v>>16&255) / 255, float64(v>>8&255) / 255, float64(v&255) / 255}
}

func mix(a, b rgb, t float64) rgb {
	t = math.Max(0, math.Min(1, t))
	for i := range a {
		a[i] += (b[i] - a[i]) * t
	}
	return a
}

func (c rgb) rgba() color.NRGBA {
	v := func(f float64) uint8 { return uint8(math.Max(0, math.Min(1, f))*255 + .5) }
	return color.NRGBA{v(c[0]), v(c[1]), v(c[2]), 255}
}

// hash returns a value from 0 to 1 for a point of the integer grid.
func hash(x, y int, seed uint32) float64 {
	h := uint32(x)*374761393 + uint32(y)*668265263 + seed*2246822519
	h = (h ^ h>>13) * 1274126177
	h ^= h >> 16
	return float64(h&0xffffff) / 0xffffff
}

// noise is value noise; fbm adds octaves of it. Both are from 0 to 1.
func noise(x, y float64, seed uint32) float64 {
	xi, yi := math.Floor(x), math.Floor(y)
	fx, fy := x-xi, y-yi
	fx, fy = fx*fx*(3-2*fx), fy*fy*(3-2*fy)
	ix, iy := int(xi), int(yi)
	top := hash(ix, iy, seed)*(1-fx) + hash(ix+1, iy, seed)*fx
	low := hash(ix, iy+1, seed)*(1-fx) + hash(ix+1, iy+1, seed)*fx
	return top*(1-fy) + low*fy
}

func fbm(x, y float64, octaves int, seed uint32) float64 {
	sum, amp, total := 0.0, 1.0, 0.0
	for i := range octaves {
		sum += amp * noise(x, y, seed+uint32(i))
		total += amp
		amp /= 2
		x, y = x*2, y*2
	}
	return sum / total
}

// paint calls at for every pixel with its place in heights of the picture and
// adds a film grain.
func paint(w, h int, grain float64, at func(x, y float64) rgb) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for py := range h {
		for px := range w {
			c := at(float64(px)/float64(h), float64(py)/float64(h))
			g := (hash(px, py, 99) - .5) * grain
			img.SetNRGBA(px, py, rgb{c[0] + g, c[1] + g, c[2] + g}.rgba())
		}
	}
	return img
}

type palette struct{ top, low, sun, far, near rgb }

var (
	dawn = palette{hex(0x7E93B4), hex(0xF3D9BC), hex(0xFFF1D2), hex(0xB9B4C0), hex(0x1E2B33)}
	jade = palette{hex(0xB9CFC9), hex(0xF1F0DF), hex(0xFFFFF0), hex(0xA4C0B4), hex(0x10302B)}
)

// ridges paints layers of mountains that fade into mist.
func ridges(w, h int, seed uint32, p palette) image.Image {
	const layers = 6
	aspect := float64(w) / float64(h)
	return paint(w, h, .03, func(x, y float64) rgb {
		c := mix(p.top, p.low, y/.62+.25*(fbm(x*2, y*5, 4, seed+50)-.5))
		c = mix(c, p.sun, 1.2*math.Exp(-(math.Pow(x-.68*aspect, 2)+math.Pow(y-.3, 2))*22))
		for i := range layers {
			t := float64(i+1) / layers
			ridge := .34 + .55*t*t - (.26-.1*t)*fbm(x*(2.2-t)+float64(i)*7.3, float64(i), 7, seed+uint32(i))
			if y > ridge {
				rock := mix(p.far, p.near, t*t*.92)
				rock = mix(rock, p.near, .28*fbm(x*26, y*34, 4, seed+90+uint32(i)))
				c = mix(rock, p.low, math.Max(0, (y-ridge)*3.2*(1-t*.75)))
			}
		}
		return c
	})
}

// skyline paints a city after sunset.
func skyline(w, h int, seed uint32) image.Image {
	return paint(w, h, .03, func(x, y float64) rgb {
		c := mix(hex(0x24345C), hex(0xF0A46A), math.Pow(y/.7, 1.6)+.2*(fbm(x*1.5, y*7, 5, seed)-.5))
		water := y > .74
		yy := y
		if water {
			yy = 1.48 - y + .012*(fbm(x*9, y*70, 3, seed+4)-.5)*8*(y-.74)
			c = mix(hex(0xF0A46A), hex(0x2B3350), (y-.74)*4+.2*fbm(x*8, y*60, 3, seed+1))
		}
		for layer := range 3 {
			t := float64(layer) / 2
			width := .035 + .02*t
			col := int(math.Floor(x/width + float64(layer)*.37))
			tall := .74 - (.08+.34*math.Pow(hash(col, layer, seed), 2))*(1.05-.35*t)
			if yy > tall && yy <= .75 {
				wall := mix(hex(0x6C5A72), hex(0x171C2C), .35+.65*t)
				fx, fy := math.Mod(x+float64(layer)*.37*width, width)/width, math.Mod(yy, .016)/.016
				if layer > 0 && fx > .15 && fx < .85 && fy < .55 && hash(int(x*260), int(yy/.016), seed+9) > .62 {
					wall = mix(wall, hex(0xFFD98F), .75)
				}
				if water {
					wall = mix(wall, c, .35)
				}
				c = wall
			}
		}
		return c
	})
}

// harbour paints water with boats under a clouded sky.
func harbour(w, h int, seed uint32) image.Image {
	return paint(w, h, .035, func(x, y float64) rgb {
		cloud := fbm(x*2.4, y*4.5, 7, seed)
		c := mix(hex(0x8FA9BF), hex(0xF4EFE6), math.Pow(cloud, 1.2)*1.5-.2)
		if y > .48 {
			depth := (y - .48) / .52
			wave := fbm(x*(30-22*depth), y*140*(1.3-depth), 4, seed+8)
			c = mix(hex(0x9DB4BD), hex(0x22404D), depth*.9+.35*(wave-.5))
			c = mix(c, hex(0xFFFFFF), math.Max(0, wave-.74)*2)
		}
		for i := range 7 {
			bx, by, s := .08+float64(i)*.145+.05*hash(i, 1, seed), .5+.3*hash(i, 2, seed)*hash(i, 5, seed), .0
			s = .03 + .12*(by-.48)
			dx, dy := (x-bx)/s, (y-by)/s
			switch {
			case dy > -.35 && dy < .25 && math.Abs(dx) < 1-.35*math.Pow((dy+.35)/.6, 2):
				c = mix(hex(0x3A2A24), hex(0x93452F), hash(i, 3, seed))
			case dy > -2.6 && dy <= -.35 && math.Abs(dx-.1) < .03:
				c = hex(0x2B2320)
			case dy > -2.5 && dy < -.5 && dx > .13 && dx < .13+.45*(dy+2.5):
				c = mix(hex(0xE9E1D0), hex(0xB8A98C), fbm(dx*4, dy*4, 3, seed+30))
			}
		}
		return c
	})
}

// terraces paints rice terraces from above.
func terraces(w, h int, seed uint32) image.Image {
	return paint(w, h, .035, func(x, y float64) rgb {
		height := fbm(x*1.4, y*1.4, 6, seed) + .35*y
		step := height * 26
		frac := step - math.Floor(step)
		field := int(math.Floor(step))
		c := mix(hex(0x4E7A3A), hex(0xB7B65A), hash(field, 0, seed))
		if hash(field, 1, seed) > .62 {
			c = mix(hex(0x9FB8C4), hex(0xE6EAE2), fbm(x*3, y*6, 4, seed+3)) // flooded, with the sky in it
		}
		c = mix(c, hex(0x2E2A1A), .35*fbm(x*60, y*60, 3, seed+7))
		if frac < .16 {
			c = mix(hex(0x3A3020), c, frac/.16)
		}
		return c
	})
}

// paper paints a sheet of laid paper with lines of type in perspective.
func paper(w, h int, seed uint32) image.Image {
	return paint(w, h, .04, func(x, y float64) rgb {
		c := mix(hex(0xEFE6D2), hex(0xC9B994), fbm(x*3, y*3, 6, seed)*.8)
		c = mix(c, hex(0xA8946A), .08+.08*math.Sin(y*420))
		u, v := x*18/(.6+.4*y)+y*2, y*17
		col, row := int(math.Floor(u)), int(math.Floor(v))
		fu, fv := u-math.Floor(u), v-math.Floor(v)
		if fu > .14 && fu < .86 && fv > .2 && fv < .8 && hash(col, row, seed) > .12 {
			// A made-up character: bars of a five by five grid.
			k := hash(int(fu*6.9), int(fv*8.3), seed+uint32(col*131+row*17))
			if k > .46 {
				c = mix(c, hex(0x1C1712), .82-.3*fbm(x*70, y*70, 3, seed))
			}
		}
		return mix(c, hex(0x2A2118), math.Pow(math.Max(0, math.Hypot(x-.78, y-.5)-.45), 2)*2.4)
	})
}

// canvas is a palette picture to draw charts on.
type canvas struct{ *image.Paletted }

var inks = color.Palette{
	color.NRGBA{255, 255, 255, 255}, color.NRGBA{34, 34, 34, 255}, color.NRGBA{166, 52, 42, 255},
	color.NRGBA{92, 110, 122, 255}, color.NRGBA{214, 219, 222, 255}, color.NRGBA{222, 178, 120, 255}, color.NRGBA{120, 146, 120, 255},
}

func newCanvas(w, h int) canvas { return canvas{image.NewPaletted(image.Rect(0, 0, w, h), inks)} }

func (c canvas) rect(x0, y0, x1, y1 int, ink uint8) {
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			c.SetColorIndex(x, y, ink)
		}
	}
}

func (c canvas) disc(cx, cy, r float64, ink uint8) {
	for y := int(cy - r); y <= int(cy+r)+1; y++ {
		for x := int(cx - r); x <= int(cx+r)+1; x++ {
			if math.Hypot(float64(x)-cx, float64(y)-cy) <= r {
				c.SetColorIndex(x, y, ink)
			}
		}
	}
}

// bars is a bar chart of two series over eight years.
func bars(w, h int) image.Image {
	c := newCanvas(w, h)
	base := h - 50
	for i := range 6 {
		y := base - i*(h-100)/5
		c.rect(60, y, w-30, y+1, 4)
	}
	for i := range 8 {
		x := 84 + i*(w-130)/8
		a, b := int(float64(h-110)*(.25+.09*float64(i)+.06*hash(i, 0, 1))), int(float64(h-110)*(.5-.03*float64(i)+.08*hash(i, 1, 1)))
		c.rect(x, base-a, x+34, base, 2)
		c.rect(x+38, base-b, x+72, base, 3)
	}
	c.rect(60, base, w-30, base+2, 1)
	return c
}

// lines is a chart of three curves.
func lines(w, h int) image.Image {
	c := newCanvas(w, h)
	base := h - 44
	for i := range 5 {
		y := base - i*(h-90)/4
		c.rect(50, y, w-24, y+1, 4)
	}
	for s, ink := range []uint8{2, 3, 6} {
		for x := 50.0; x < float64(w-24); x += .4 {
			t := (x - 50) / float64(w-74)
			v := .2 + .55*fbm(t*5, float64(s)*3, 4, 40+uint32(s)) + .25*t*float64(1-s)
			c.disc(x, float64(base)-v*float64(h-110), 1.6, ink)
		}
	}
	c.rect(50, base, w-24, base+2, 1)
	return c
}

// strip is a time line, far taller than wide, as phones show them.
func strip(w, h int) image.Image {
	c := newCanvas(w, h)
	c.rect(88, 40, 91, h-40, 3)
	for i := 0; 110+i*150 < h-80; i++ {
		y := 80 + i*150
		c.disc(89, float64(y)+20, 11, 2)
		c.disc(89, float64(y)+20, 6, 0)
		c.rect(130, y, 130+120+int(150*hash(i, 0, 5)), y+18, 1)
		for line := range 3 {
			c.rect(130, y+36+line*20, 130+180+int(120*hash(i, line+1, 5)), y+44+line*20, 4)
		}
		if i%4 == 3 {
			c.rect(360, y-6, 440, y+92, 5)
			c.disc(400, float64(y)+43, 26, 2)
		}
	}
	return c
}

// seal is a carved seal on nothing: its background is transparent.
func seal(size int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	s := float64(size)
	for py := range size {
		for px := range size {
			x, y := float64(px)/s-.5, float64(py)/s-.5
			wobble := .012 * (fbm(x*9+20, y*9+20, 3, 2) - .5)
			edge := math.Max(math.Abs(x), math.Abs(y)) + wobble
			if edge > .46 {
				continue
			}
			cut := edge > .41 && edge < .425
			for i := range 4 { // four made-up characters in a square
				cx, cy := float64(i%2)*.4-.2, float64(i/2)*.4-.2
				u, v := (x-cx)/.34+.5, (y-cy)/.34+.5
				if u > 0 && u < 1 && v > 0 && v < 1 {
					bar := math.Mod(v*5+float64(i), 1) < .42 && hash(int(u*3), int(v*5+float64(i)), 8) > .2
					stem := math.Abs(math.Mod(u*3+.5, 1)-.5) < .12 && hash(int(u*3+.5), int(v*2.5), 9+uint32(i)) > .35
					cut = cut || bar || stem
				}
			}
			if cut || fbm(x*40+9, y*40+9, 3, 6) > .74 {
				continue
			}
			a := math.Min(1, (.46-edge)*s/1.5) * (.86 + .14*fbm(x*14, y*14, 3, 12))
			img.SetNRGBA(px, py, color.NRGBA{170, 44, 34, uint8(255 * a)})
		}
	}
	return img
}

// fold is an animation of a strip of paper that folds into a book.
func fold(w, h int) *gif.GIF {
	g := &gif.GIF{}
	for frame := range 8 {
		c := newCanvas(w, h)
		t := float64(frame) / 7
		for panel := range 8 {
			width := 56 - 34*t
			x0, x1 := 20+float64(panel)*width, 20+float64(panel+1)*width
			for x := int(x0); x < int(x1); x++ {
				f := (float64(x) - x0) / width
				if panel%2 == 1 {
					f = 1 - f
				}
				lift := int(t * 40 * f)
				ink := uint8(5)
				if panel%2 == 1 {
					ink = 4
				}
				c.rect(x, 50-lift+40, x+1, h-60-lift+40, ink)
				if x%9 == 0 {
					c.rect(x, 70-lift+40, x+2, h-90-lift+40, 1)
				}
			}
		}
		g.Image = append(g.Image, c.Paletted)
		g.Delay = append(g.Delay, 12)
	}
	return g
}
