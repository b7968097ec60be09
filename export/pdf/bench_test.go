package pdf

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/layout"
)

// counter counts what is written.
type counter struct{ n int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

// hanzi returns text of so many characters out of 3,000 in the order of their
// frequency, with a mark after every twelve or so.
func hanzi(rnd *rand.Rand, n int) string {
	var b strings.Builder
	for i := range n {
		if i%12 == 11 {
			b.WriteRune([]rune("，。、；")[rnd.IntN(4)])
			continue
		}
		// Products of two even numbers fall off about as words do.
		b.WriteRune(rune(0x4E00 + rnd.IntN(3000)*rnd.IntN(3000)/3000*6))
	}
	return b.String()
}

// BenchmarkDraw writes 1,000 A4 pages of 44 lines by 40 characters that are set
// already: 1.76 million characters, 3,000 of them distinct.
func BenchmarkDraw(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 1))
	var pages []*layout.Page
	face, _ := embedded().Face('中', fonts.Request{Lang: "zh-Hans"})
	for n := range 1000 {
		p := &layout.Page{Size: layout.Size{W: layout.MM(210), H: layout.MM(297)}, Label: fmt.Sprint(n + 1)}
		var leaf *layout.Element
		for l := range 44 {
			if l%5 == 0 {
				var e *layout.Element
				e, leaf = element(layout.P, nil)
				p.Ended = append(p.Ended, e)
			}
			run := &layout.GlyphRun{Face: face, Size: 12 * layout.Pt, Element: leaf, Text: hanzi(rnd, 40)}
			run.At = layout.Point{X: 60 * layout.Pt, Y: layout.Length(60+17*l) * layout.Pt}
			gap := layout.Length(rnd.IntN(20000)) // as if justified
			for i, r := range run.Text {
				g, _ := face.Glyph(r)
				run.Glyphs = append(run.Glyphs, layout.Glyph{ID: g, Advance: 12*layout.Pt + gap, Text0: int32(i), Text1: int32(i + len(string(r)))})
			}
			p.Items = append(p.Items, run)
		}
		pages = append(pages, p)
	}
	b.ResetTimer()
	b.ReportAllocs()
	var c counter
	for b.Loop() {
		c = counter{}
		d := newDocument(&c, &export.Job{Report: func(article.Issue) {}})
		for _, p := range pages {
			if err := d.page(p); err != nil {
				b.Fatal(err)
			}
		}
		if err := d.close(testBook, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(c.n)/1e6, "MB")
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}

// BenchmarkExport sets and writes 100 articles of 2,850 characters.
func BenchmarkExport(b *testing.B) {
	rnd := rand.New(rand.NewPCG(2, 2))
	var docs []*article.Document
	for i := range 100 {
		d := &article.Document{Meta: article.Meta{Title: fmt.Sprint("第", i, "篇 ", hanzi(rnd, 10)), Lang: "zh-Hans"}}
		for range 15 {
			d.Blocks = append(d.Blocks, articletest.P(hanzi(rnd, 190)))
		}
		docs = append(docs, d)
	}
	store := &storeOf{newStore(b)}
	e := New(Options{Fonts: embedded()})
	b.ReportAllocs()
	var c counter
	pages := 0
	for b.Loop() {
		c = counter{}
		err := e.Export(context.Background(), &c, export.Job{
			Book: weekly, Chapters: chapters(docs...), Assets: store,
			Pages: func(n int) { pages = n },
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(pages)*float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	b.ReportMetric(float64(c.n)/1e6, "MB")
}
