package layout

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
)

// A paragraph that is asked for a line more or less has it or stays as it is; its
// lines keep their laws, and none is much looser for it.
func TestLooseness(t *testing.T) {
	tt := testSetter(t)
	done := map[int]int{}
	for _, par := range prose(60_000) {
		p := plainParagraph("zh-Hans", par, 34*em, 2*em)
		best := len(tt.setParagraph(p))
		for _, by := range []int{-1, 1} {
			q := plainParagraph("zh-Hans", par, 34*em, 2*em)
			q.looseness = by
			lines := tt.setParagraph(q)
			checkLaws(t, q, lines)
			switch len(lines) - best {
			case by:
				done[by]++
			case 0:
			default:
				t.Errorf("%q: %d lines instead of %d%+d", par, len(lines), best, by)
			}
			for i, l := range lines[:len(lines)-1] {
				if l.width+indentOf(q, i) != q.measure {
					t.Errorf("line %d of %q is %s wide", i, par, l.width)
				}
			}
		}
	}
	t.Logf("a line less: %d paragraphs, a line more: %d", done[-1], done[1])
	if done[-1] == 0 || done[1] == 0 {
		t.Error("no paragraph gave way")
	}
}

// otherWay adds a way to set nodes[from:to] with lines lines to a list.
func otherWay(nodes []node, from, to, lines int) []node {
	way := material(fmt.Sprint("p", lines))
	way[0].otherwise = perLoose
	out := append([]node(nil), nodes[:to]...)
	out[from].alts, out[to-1].skip = []int{to}, lines
	return append(append(out, way...), nodes[to:]...)
}

func TestBreakerLoosens(t *testing.T) {
	for _, c := range []struct {
		name           string
		in             string
		from, to, more int
		want           []string
	}{
		{"a line more, and no page ends early", "p9 p6", 0, 9, 1, []string{"10", "6"}},
		{"a line less, and a last page of two lines is none", "p12", 0, 12, -2, []string{"10"}},
		{"as it is where that is best", "p10 p6", 0, 10, 1, []string{"10", "6"}},
	} {
		list := otherWay(material(c.in), c.from, c.to, c.to-c.from+c.more)
		if got := shape(newBreaker(list, &testGrid, 1, &search{})); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// Pages of text alone nearly all end at their foot, and no article ends on a page
// with three lines where a paragraph can give way. Notes and anchors of a
// paragraph that is set otherwise stay where they belong.
func TestLooserPages(t *testing.T) {
	pages, short, last := 0, 0, 0
	for n := range 24 {
		d := newsArticle(24+n, false)
		d.Notes = []article.Note{{ID: "n", Blocks: []article.Block{articletest.P("附注。")}}}
		for i, b := range d.Blocks {
			if p, ok := b.(*article.Paragraph); ok {
				p.ID = fmt.Sprint("p", i)
				p.Inlines = append(p.Inlines, &article.NoteRef{ID: "n"})
				p.Inlines = append(p.Inlines, article.Run{Text: strings.Repeat("。", i%2)})
			}
		}
		b := compose(t, Options{}, d)
		b.check(t, d)
		g := &b.t.geo
		pages += len(b.pages)
		for i, p := range b.pages {
			var bottom Length
			for _, it := range p.Items {
				if r, ok := it.(*GlyphRun); ok && r.Element != nil {
					bottom = max(bottom, r.At.Y+r.Size*12/100)
				}
			}
			switch {
			case i < len(b.pages)-1 && bottom < g.top+g.height-g.pitch/2:
				short++
			case i == len(b.pages)-1 && bottom <= g.top+2*g.pitch+g.size:
				last++
			}
		}
	}
	t.Logf("%d of %d pages end early, %d articles end with three lines or less", short, pages, last)
	if short*10 > pages || last > 0 {
		t.Errorf("%d of %d pages end early, %d articles end with three lines or less", short, pages, last)
	}
}
