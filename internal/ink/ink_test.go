package ink

import (
	"image"
	"math"
	"testing"
)

// drawn returns the coverage of a shape within w×h pixels.
func drawn(p *Pen, w, h int, evenOdd bool) []byte {
	out := make([]byte, w*h)
	p.Fill(image.Rect(0, 0, w, h), evenOdd, func(x, y int, cover []byte) { copy(out[y*w+x:], cover) })
	return out
}

func polygon(p *Pen, v ...float64) {
	p.MoveTo(v[0], v[1])
	for i := 2; i < len(v); i += 2 {
		p.LineTo(v[i], v[i+1])
	}
}

func TestFill(t *testing.T) {
	for _, tt := range []struct {
		name string
		draw func(p *Pen)
		odd  bool
		want []byte // 4×2
	}{
		{"whole pixels", func(p *Pen) { polygon(p, 1, 0, 3, 0, 3, 1, 1, 1) }, false, []byte{0, 255, 255, 0, 0, 0, 0, 0}},
		{"the other way", func(p *Pen) { polygon(p, 1, 0, 1, 1, 3, 1, 3, 0) }, false, []byte{0, 255, 255, 0, 0, 0, 0, 0}},
		{"halves", func(p *Pen) { polygon(p, 0.5, 0, 1.5, 0, 1.5, 1.5, 0.5, 1.5) }, false, []byte{128, 128, 0, 0, 64, 64, 0, 0}},
		{"a diagonal", func(p *Pen) { polygon(p, 0, 0, 2, 0, 0, 2) }, false, []byte{255, 128, 0, 0, 128, 0, 0, 0}},
		{"beyond every edge", func(p *Pen) { polygon(p, -9, -9, 99, -9, 99, 99, -9, 99) }, false, []byte{255, 255, 255, 255, 255, 255, 255, 255}},
		{"a slope through the left edge", func(p *Pen) { polygon(p, -4, 0, 4, 1, -4, 1) }, false, []byte{112, 80, 48, 16, 0, 0, 0, 0}},
		{"a slope through the right edge", func(p *Pen) { polygon(p, 0, 0, 8, 0, 8, 1) }, false, []byte{16, 48, 80, 112, 0, 0, 0, 0}},
		{"far away", func(p *Pen) { polygon(p, 0, 0, 1e30, 0, 1e30, 1, 0, 1) }, false, []byte{255, 255, 255, 255, 0, 0, 0, 0}},
		{"no number", func(p *Pen) { polygon(p, math.NaN(), 0, 1, 0, 1, 1, math.NaN(), 1) }, false, []byte{255, 0, 0, 0, 0, 0, 0, 0}},
		{"twice", func(p *Pen) { polygon(p, 0, 0, 2, 0, 2, 1, 0, 1); polygon(p, 1, 0, 3, 0, 3, 1, 1, 1) }, false, []byte{255, 255, 255, 0, 0, 0, 0, 0}},
		{"twice is outside", func(p *Pen) { polygon(p, 0, 0, 2, 0, 2, 1, 0, 1); polygon(p, 1, 0, 3, 0, 3, 1, 1, 1) }, true, []byte{255, 0, 255, 0, 0, 0, 0, 0}},
		{"a hole", func(p *Pen) { polygon(p, 0, 0, 4, 0, 4, 2, 0, 2); polygon(p, 1, 0, 1, 2, 2, 2, 2, 0) }, false, []byte{255, 0, 255, 255, 255, 0, 255, 255}},
		{"nothing", func(p *Pen) { p.MoveTo(1, 1); p.LineTo(1, 1) }, false, make([]byte, 8)},
	} {
		var p Pen
		tt.draw(&p)
		got := drawn(&p, 4, 2, tt.odd)
		for i := range got {
			if d := int(got[i]) - int(tt.want[i]); d < -1 || d > 1 {
				t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
				break
			}
		}
	}
}

// TestBands draws a shape in many bands and as seen through windows: both are
// parts of the same picture.
func TestBands(t *testing.T) {
	var p Pen
	p.MoveTo(-3, 5)
	p.CubeTo(150, -40, -60, 160, 97.3, 130.6)
	p.QuadTo(-20, 100, -3, 5)
	polygon(&p, 20, 20, 80.5, 33.3, 40, 99)
	whole := drawn(&p, 100, 150, false)
	for _, r := range []image.Rectangle{image.Rect(10, 7, 50, 77), image.Rect(90, 40, 100, 150), image.Rect(33, 33, 34, 34)} {
		p.Fill(r, false, func(x, y int, cover []byte) {
			for i, c := range cover {
				if d := int(c) - int(whole[y*100+x+i]); d < -2 || d > 2 {
					t.Fatalf("through %v at %d,%d: %d, want %d", r, x+i, y, c, whole[y*100+x+i])
				}
			}
		})
	}
}

func TestCircle(t *testing.T) {
	const r, k = 40.0, 40 * 0.5522847498
	var p Pen
	p.MoveTo(50+r, 50)
	p.CubeTo(50+r, 50+k, 50+k, 50+r, 50, 50+r)
	p.CubeTo(50-k, 50+r, 50-r, 50+k, 50-r, 50)
	p.CubeTo(50-r, 50-k, 50-k, 50-r, 50, 50-r)
	p.CubeTo(50+k, 50-r, 50+r, 50-k, 50+r, 50)
	sum := 0
	for _, c := range drawn(&p, 100, 100, false) {
		sum += int(c)
	}
	if area := float64(sum) / 255; math.Abs(area-math.Pi*r*r) > 12 {
		t.Errorf("area %.1f, want %.1f", area, math.Pi*r*r)
	}
	if b := p.Bounds(); b != image.Rect(10, 10, 90, 90) {
		t.Errorf("bounds %v", b)
	}
}

func FuzzFill(f *testing.F) {
	f.Add(0.0, 0.0, 3.0, 0.5, 2.0, 9.0, true)
	f.Add(-1e9, 4.0, 1e9, 4.1, 5.0, 5.0, false)
	f.Fuzz(func(t *testing.T, x0, y0, x1, y1, x2, y2 float64, odd bool) {
		var p Pen
		p.MoveTo(x0, y0)
		p.LineTo(x1, y1)
		p.CubeTo(x2, y2, x0, y1, x1, y2)
		clip := image.Rect(-5, -5, 40, 70)
		seen := p.Bounds().Intersect(clip)
		p.Fill(clip, odd, func(x, y int, cover []byte) {
			if x != seen.Min.X || len(cover) != seen.Dx() || y < seen.Min.Y || y >= seen.Max.Y {
				t.Fatalf("row %d at %d of %d, within %v", y, x, len(cover), seen)
			}
		})
	})
}

func BenchmarkFill(b *testing.B) {
	var p Pen
	for i := range 20 {
		c := float64(i)
		polygon(&p, 10+c, 10, 500-c, 60+7*c, 480, 480-c, 30+c, 450)
	}
	for b.Loop() {
		p.Fill(image.Rect(0, 0, 512, 512), false, func(int, int, []byte) {})
	}
}
