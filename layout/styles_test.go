package layout

import (
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
)

// Every style has a grid, keeps the laws of pages, and does so on other pages too.
func TestStyles(t *testing.T) {
	for _, s := range Styles {
		if got, ok := FindStyle(s.Name); !ok || got != s {
			t.Errorf("%s is not found by its name", s.Name)
		}
		for _, o := range []Options{s.Options, s.Options.WithPage(Size{MM(182), MM(257)}, s.Options.Screen), s.Options.WithPage(Size{100 * In / 25, 100 * In / 18}, true)} {
			g, err := o.geometry()
			if err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
			checkGeometry(t, g)
			if o == s.Options {
				if ems := o.Ems; Length(ems)*g.size != g.width || o.Rows != g.rows {
					t.Errorf("%s: the type area is %s by %d lines, not as its options say", s.Name, g.width, g.rows)
				}
				for _, white := range []Length{g.inner, g.outer, g.top, g.bottom} {
					if white < g.page.W*5/100 {
						t.Errorf("%s: a margin of %s on a page %s wide", s.Name, white, g.page.W)
					}
				}
			}
			all, news := shown(articletest.AllKinds()), newsArticle(20, true)
			b := compose(t, o, all, news, newsArticle(2, false))
			b.check(t, all, news, newsArticle(2, false))
		}
	}
	if _, ok := FindStyle("none"); ok {
		t.Error("a style that nobody designed is found")
	}
}

// What spans columns stands between columns of like height.
func TestColumnsAreBalanced(t *testing.T) {
	d := newsArticle(9, false)
	o := Options{Page: Size{MM(210), MM(297)}, Columns: 2}
	b := compose(t, o, d)
	b.check(t, d)
	g := &b.t.geo
	var bottom [2]Length
	for _, it := range b.pages[len(b.pages)-1].Items {
		if r, ok := it.(*GlyphRun); ok && r.Element != nil && r.Size == g.size {
			col := 0
			if r.At.X >= g.left(len(b.pages)%2 == 0)+g.measure {
				col = 1
			}
			bottom[col] = max(bottom[col], r.At.Y)
		}
	}
	if off := bottom[0] - bottom[1]; bottom[1] == 0 || off < 0 || off > 2*g.pitch {
		t.Errorf("the last columns end at %s and %s", bottom[0], bottom[1])
	}
}

// A table that fits the page as little as a column stands in columns; what fits the page
// alone stands across them.
func TestTablesInColumns(t *testing.T) {
	for columns, across := range map[int]bool{3: false, 9: true, 60: false} {
		var row article.Row
		for range columns {
			row.Cells = append(row.Cells, articletest.Cell("四字一格"))
		}
		d := &article.Document{Meta: article.Meta{Lang: "zh-Hans"}, Blocks: []article.Block{&article.Table{Body: []article.Row{row, row, row}}}}
		b := compose(t, Options{Page: Size{MM(210), MM(297)}, Columns: 2}, d)
		b.check(t, d)
		var widest Length
		for _, it := range b.pages[0].Items {
			if r, ok := it.(*Box); ok && r.Rect.Size.H == heavyRule {
				widest = max(widest, r.Rect.Size.W)
			}
		}
		if got := widest > b.t.geo.measure; got != across {
			t.Errorf("%d columns: across the page: %v", columns, got)
		}
	}
}

// In no style do pictures leave holes: columns but the last of an article are full
// but for a seventh.
func TestStylesAreFull(t *testing.T) {
	for _, s := range Styles {
		low, columns := 0, 0
		for k := range 4 {
			b := compose(t, s.Options, newsArticle(20+9*k, true))
			g := &b.t.geo
			for i, p := range b.pages[:len(b.pages)-1] {
				bottom := make([]Length, g.columns)
				for _, it := range p.Items {
					switch it := it.(type) {
					case *GlyphRun:
						if it.Element == nil {
							continue
						}
					case *Picture:
					default:
						continue
					}
					r := bounds(it)
					for c := range bottom {
						left := g.left(i%2 == 1) + Length(c)*(g.measure+g.gap)
						if r.At.X < left+g.measure && r.At.X+r.Size.W > left {
							bottom[c] = max(bottom[c], r.At.Y+r.Size.H)
						}
					}
				}
				for _, y := range bottom {
					columns++
					if g.top+g.height-y > g.height*15/100 {
						low++
					}
				}
			}
		}
		t.Logf("%s: %d of %d columns are less than 85 %% full", s.Name, low, columns)
		if low*100 > columns*3 {
			t.Errorf("%s: %d of %d columns are less than 85 %% full", s.Name, low, columns)
		}
	}
}
