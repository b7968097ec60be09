package pdf

import (
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/layout"
)

// Memory grows by object numbers and names of anchors, not by pages.
func TestMemoryDoesNotGrowWithTheBook(t *testing.T) {
	d := newDocument(io.Discard, &export.Job{Report: func(article.Issue) {}})
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	page := func(n int) {
		s := newSheet()
		art := &layout.Element{Role: layout.Art}
		s.add(&layout.Anchor{Name: fmt.Sprintf("page%d", n)})
		for line := range 30 {
			e, leaf := element(layout.P, art)
			link, _ := element(layout.LinkRole, e)
			items, _ := runs("春天的早晨，院子里很安静", fonts.Request{}, 10*layout.Pt, layout.Point{X: layout.Pt, Y: layout.Length(line+1) * 20 * layout.Pt}, leaf)
			s.add(items...)
			s.add(&layout.Link{Target: fmt.Sprintf("#page%d", n), Element: link})
		}
		s.root(art)
		if err := d.page(s.page); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 200 {
		page(n)
	}
	before := heap()
	const pages = 1500
	for n := range pages {
		page(200 + n)
	}
	// 30 paragraphs, links and annotations are 120 objects of 8 bytes each, the
	// ends of whose slice may be twice as long.
	if grown := (int64(heap()) - int64(before)) / pages; grown > 120*8*3 {
		t.Errorf("%d bytes a page", grown)
	} else {
		t.Logf("%d bytes a page", grown)
	}
	if err := d.close(testBook, nil); err != nil {
		t.Fatal(err)
	}
}
