package layout

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
)

// illustrated is an article of short paragraphs, headings and pictures. Captions and
// headings say what they belong to: pictures are counted through, headings say how
// many stand before them.
func illustrated(r *rand.Rand, pictures int) *article.Document {
	sizes := []string{"1200x800", "900x1200", "1600x500", "800x800", "500x1600", "300x200", "1200x630"}
	d := &article.Document{Meta: article.Meta{Title: "国国国国", Lang: "ja"}, Blocks: []article.Block{articletest.P(strings.Repeat("国", 20+r.Intn(400)))}}
	for i := range pictures {
		if r.Intn(3) == 0 {
			d.Blocks = append(d.Blocks, &article.Heading{Level: 2, Inlines: articletest.Inlines(fmt.Sprintf("題%d", i))}, articletest.P(strings.Repeat("国", 30+r.Intn(90))))
		}
		f := &article.Figure{Images: []*article.Image{{Asset: sizes[r.Intn(len(sizes))], Alt: fmt.Sprint(i)}}}
		if r.Intn(2) == 0 {
			f.Caption = articletest.Inlines(fmt.Sprintf("図%d", i))
		}
		d.Blocks = append(d.Blocks, f)
		for range r.Intn(4) {
			d.Blocks = append(d.Blocks, articletest.P(strings.Repeat("国。", 10+r.Intn(120))))
		}
	}
	return d
}

// TestIslandsKeepTheirPlace: pictures in vertical text stay in order and between the
// headings they stand between, each above its caption.
func TestIslandsKeepTheirPlace(t *testing.T) {
	for seed := range int64(60) {
		r := rand.New(rand.NewSource(seed))
		d := illustrated(r, 1+r.Intn(9))
		o := Options{Mode: VerticalRL, Page: []Size{{MM(128), MM(182)}, {MM(210), MM(297)}, {MM(90), MM(120)}}[seed%3]}
		b := compose(t, o, d)
		b.check(t, d)
		next := 0
		for _, p := range b.pages {
			var last *Picture
			for _, it := range p.Items {
				switch it := it.(type) {
				case *Picture:
					if want := fmt.Sprint(next); it.Element.Parent.Alt != want && it.Element.Alt != want {
						t.Errorf("seed %d: picture %q, want %s", seed, it.Element.Parent.Alt, want)
					}
					last = it
					next++
				case *GlyphRun:
					var n int
					if _, err := fmt.Sscanf(it.Text, "題%d", &n); err == nil && n != next {
						t.Errorf("seed %d: %d pictures before heading %d", seed, next, n)
					}
					if _, err := fmt.Sscanf(it.Text, "図%d", &n); err == nil {
						if n != next-1 || last == nil || it.At.Y < last.Rect.At.Y+last.Rect.Size.H {
							t.Errorf("seed %d: caption %d after picture %d, or not below it", seed, n, next-1)
						}
					}
				}
			}
		}
	}
}

// TestIslandsWithoutHoles counts the pages of picture-dense articles.
func TestIslandsWithoutHoles(t *testing.T) {
	o := Options{Mode: VerticalRL, Page: Size{MM(148), MM(210)}}
	pages := 0
	for seed := range int64(10) {
		b := compose(t, o, illustrated(rand.New(rand.NewSource(seed)), 8))
		pages += len(b.pages)
	}
	// Islands of one size, each with the text that follows, took 90.
	if pages > 60 {
		t.Errorf("%d pages, want at most 60", pages)
	}
}
