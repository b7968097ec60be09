package layout

import (
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/internal/golden"
)

// portrait is an article with a small picture and paragraphs of some characters.
func portrait(caption string, chars ...int) *article.Document {
	fig := &article.Figure{Images: []*article.Image{{Asset: "150x180", Alt: "像"}}}
	if caption != "" {
		fig.Caption = []article.Inline{article.Run{Text: caption}}
	}
	d := &article.Document{Meta: article.Meta{Title: "像", Lang: "zh-Hans"}, Blocks: []article.Block{articletest.P("起。"), fig}}
	for _, n := range chars {
		d.Blocks = append(d.Blocks, articletest.P(strings.Repeat("山高月小，水落石出。", n/10)))
	}
	return d
}

// The picture is 108 pt of 340 wide and takes 13 em with the white beside it, so
// that 21 em are left. No text meets it, and lines beside it are full.
func TestWrappedPictures(t *testing.T) {
	for _, c := range []struct {
		name    string
		doc     *article.Document
		wrapped bool
	}{
		{"a long paragraph", portrait("", 600), true},
		{"a long paragraph and a caption", portrait("一张不大的像，题记有两行那么长。", 600), true},
		{"short paragraphs", portrait("", 60, 80, 50, 90, 70), true},
		{"too little text", portrait("", 60), false},
		{"a caption like a text", portrait(strings.Repeat("题记很长。", 40), 600), false},
	} {
		b := compose(t, Options{Wrap: true}, c.doc)
		b.check(t, c.doc)
		g := &b.t.geo
		var rect Rect
		for _, p := range b.pages {
			for _, it := range p.Items {
				if pic, ok := it.(*Picture); ok {
					rect = pic.Rect
				}
			}
			beside := 0
			for _, it := range p.Items {
				r, ok := it.(*GlyphRun)
				if !ok || r.Element == nil || r.Size != g.size {
					continue
				}
				box := bounds(r)
				if box.At.Y >= rect.At.Y+rect.Size.H || box.At.Y+box.Size.H <= rect.At.Y {
					continue
				}
				beside++
				if end := box.At.X + box.Size.W; end > rect.At.X {
					t.Errorf("%s: %q meets the picture", c.name, r.Text)
				}
			}
			if (beside > 5) != c.wrapped && rect != (Rect{}) {
				t.Errorf("%s: %d lines beside the picture", c.name, beside)
			}
			break
		}
		if want := g.left(false) + g.measure - rect.Size.W; c.wrapped && max(rect.At.X-want, want-rect.At.X) > Pt/50 {
			t.Errorf("%s: the picture stands at %s, want %s", c.name, rect.At.X, want)
		}
	}
	golden.Equal(t, "testdata/wrap.txt", dumps(compose(t, Options{Wrap: true}, portrait("像与题记。", 260, 120)).pages))
}

// What is turned is larger.
func TestTurnedPictures(t *testing.T) {
	doc := func(key string) *article.Document {
		return &article.Document{Meta: article.Meta{Title: "长图", Lang: "zh-Hans"}, Blocks: []article.Block{
			articletest.P(strings.Repeat("前面的正文。", 40)),
			&article.Figure{Images: []*article.Image{{Asset: key, Alt: "图"}}, Caption: []article.Inline{article.Run{Text: "题记"}}},
			articletest.P(strings.Repeat("后面的正文。", 40)),
		}}
	}
	for _, c := range []struct {
		key    string
		turned bool
	}{{"3000x900", true}, {"1600x900", false}, {"600x6000", false}} {
		d := doc(c.key)
		b := compose(t, Options{Long: TurnLong}, d)
		b.check(t, d)
		for _, p := range b.pages {
			for _, it := range p.Items {
				if pic, ok := it.(*Picture); ok && (pic.Turned != c.turned || c.turned && pic.Rect.Size.H <= pic.Rect.Size.W) {
					t.Errorf("%s: turned %v, %v", c.key, pic.Turned, pic.Rect.Size)
				}
			}
		}
	}
}
