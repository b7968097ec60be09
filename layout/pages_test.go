package layout

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/internal/testfont"
	"github.com/leporello-press/leporello/media"
)

// fakeAssets knows pictures whose keys are their pixels: "550x367".
type fakeAssets struct{}

func (fakeAssets) Stat(key string) (media.Asset, error) {
	a := media.Asset{Key: key, Type: media.PNG}
	if n, _ := fmt.Sscanf(key, "%dx%d", &a.Width, &a.Height); n != 2 {
		return a, fmt.Errorf("asset %q: %w", key, fs.ErrNotExist)
	}
	return a, nil
}

// book is what a typesetter made.
type book struct {
	pages  []*Page
	roots  []*Element
	issues []article.Issue
	t      *Typesetter
}

func (b *book) emit(p *Page) error {
	b.pages = append(b.pages, p)
	b.roots = append(b.roots, p.Ended...)
	return nil
}

// compose sets documents with the square font.
func compose(t testing.TB, o Options, docs ...*article.Document) *book {
	t.Helper()
	b := &book{}
	ts, err := New(o, testfont.Set(), fakeAssets{}, func(i article.Issue) { b.issues = append(b.issues, i) })
	if err != nil {
		t.Fatal(err)
	}
	b.t = ts
	for i, d := range docs {
		if err := ts.Chapter(Chapter{Document: d, Part: d.Meta.Section, Name: fmt.Sprint("doc", i)}, b.emit); err != nil {
			t.Fatal(err)
		}
	}
	if err := ts.Finish(b.emit); err != nil {
		t.Fatal(err)
	}
	return b
}

// text returns the article's own text in logical order: that of the leaves of
// the structure trees.
func (b *book) text() string {
	runs := map[*Element]*strings.Builder{}
	for _, p := range b.pages {
		for _, it := range p.Items {
			r, ok := it.(*GlyphRun)
			if !ok || r.Element == nil {
				continue
			}
			if runs[r.Element] == nil {
				runs[r.Element] = &strings.Builder{}
			}
			runs[r.Element].WriteString(r.Text)
		}
	}
	var out strings.Builder
	var visit func(e *Element)
	visit = func(e *Element) {
		if w := runs[e]; w != nil && !e.own {
			out.WriteString(w.String())
		}
		for _, k := range e.Kids {
			visit(k)
		}
	}
	for _, r := range b.roots {
		visit(r)
	}
	return out.String()
}

// check fails the test where the book breaks a law of every book.
func (b *book) check(t testing.TB, docs ...*article.Document) {
	t.Helper()
	var want strings.Builder
	for _, d := range docs {
		want.WriteString(d.Text())
	}
	if got, want := articletest.Squeeze(b.text()), articletest.Squeeze(want.String()); got != want {
		t.Errorf("text differs at %s", firstDifference(got, want))
	}
	g := &b.t.geo
	anchors, links := map[string]bool{}, map[string]bool{}
	for i, p := range b.pages {
		for _, it := range p.Items {
			box := bounds(it)
			if box.At.X < 0 || box.At.Y < 0 || box.At.X+box.Size.W > p.Size.W || box.At.Y+box.Size.H > p.Size.H {
				t.Errorf("page %d: %T leaves the page: %v", i, it, box)
			}
			switch it := it.(type) {
			case *Anchor:
				if anchors[it.Name] {
					t.Errorf("page %d: anchor %q twice", i, it.Name)
				}
				anchors[it.Name] = true
			case *Link:
				if strings.HasPrefix(it.Target, "#") {
					links[it.Target[1:]] = true
				}
				if it.Element == nil {
					t.Errorf("page %d: link without an element", i)
				}
			case *Picture:
				if area := g.area(); it.Rect.Size.W > area.W+1 && p.Kind == Body {
					t.Errorf("page %d: picture wider than the type area", i)
				}
			}
		}
	}
	for _, e := range b.t.Outline() {
		links[e.Anchor] = true
		if e.Label == "" || e.Page < 0 || e.Page >= len(b.pages) {
			t.Errorf("outline entry %q leads to page %d, %q", e.Title, e.Page, e.Label)
		}
	}
	for name := range links {
		if !anchors[name] {
			t.Errorf("link to %q leads nowhere", name)
		}
	}
	seen := map[*Element]bool{}
	for _, r := range b.roots {
		checkTree(t, r, seen)
	}
	for i, p := range b.pages {
		for _, it := range p.Items {
			var e *Element
			switch it := it.(type) {
			case *GlyphRun:
				e = it.Element
			case *Picture:
				e = it.Element
			case *Box:
				e = it.Element
			case *Link:
				e = it.Element
			}
			if e != nil && !seen[e] {
				t.Errorf("page %d: item of an element outside the tree: %q below %+v", i, e.Role, e.Parent)
			}
		}
	}
}

func checkTree(t testing.TB, e *Element, seen map[*Element]bool) {
	t.Helper()
	if seen[e] {
		t.Errorf("element %q twice in the tree", e.Role)
	}
	seen[e] = true
	if e.Role == Leaf && len(e.Kids) > 0 {
		t.Error("leaf with kids")
	}
	for _, k := range e.Kids {
		if k.Parent != e {
			t.Errorf("%q has another parent than %q", k.Role, e.Role)
		}
		checkTree(t, k, seen)
	}
}

// bounds returns the box of an item on a page; that of text is its advance and its em.
func bounds(it Item) Rect {
	switch it := it.(type) {
	case *GlyphRun:
		var w Length
		for i := range it.Glyphs {
			w += it.Glyphs[i].Advance
		}
		switch {
		case it.Vertical:
			return Rect{Point{it.At.X - it.Size/2, it.At.Y}, Size{it.Size, w}}
		case it.Sideways:
			return Rect{Point{it.At.X - it.Size*12/100, it.At.Y}, Size{it.Size, w}}
		}
		return Rect{Point{it.At.X, it.At.Y - it.Size*88/100}, Size{w, it.Size}}
	case *Picture:
		return it.Rect
	case *Box:
		return it.Rect
	case *Link:
		return it.Rect
	case *Anchor:
		return Rect{At: it.At}
	default:
		panic(unknownItem(it))
	}
}

func firstDifference(got, want string) string {
	g, w := []rune(got), []rune(want)
	i := 0
	for i < len(g) && i < len(w) && g[i] == w[i] {
		i++
	}
	part := func(r []rune) string { return string(r[max(i-20, 0):min(i+40, len(r))]) }
	return fmt.Sprintf("rune %d:\n got …%s…\nwant …%s…", i, part(g), part(w))
}

// shown gives every picture of d an asset, of sizes that follow a pattern.
func shown(d *article.Document) *article.Document {
	sizes := []string{"1200x630", "550x367", "300x900", "2000x800", "64x64", "550x1190", "800x800"}
	i := 0
	for im := range d.Images() {
		im.Asset = sizes[i%len(sizes)]
		i++
	}
	return d
}

func TestAllKinds(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		doc  *article.Document
	}{
		{"A5, pictures missing", Options{}, articletest.AllKinds()},
		{"A5, pictures shown", Options{}, shown(articletest.AllKinds())},
		{"screen", Options{Page: Size{257 * Pt, 347 * Pt}, Screen: true}, shown(articletest.AllKinds())},
		{"A4, notes at the end", Options{Page: Size{MM(210), MM(297)}, NotesAtEnd: true}, shown(articletest.AllKinds())},
		{"small", Options{Page: Size{150 * Pt, 200 * Pt}}, shown(articletest.AllKinds())},
		{"vertical", Options{Mode: VerticalRL}, shown(articletest.AllKinds())},
		{"vertical, pictures missing", Options{Mode: VerticalRL, NotesAtEnd: true}, articletest.AllKinds()},
		{"vertical, two columns", Options{Mode: VerticalRL, Page: Size{MM(210), MM(297)}, Columns: 2, EmphasisDots: true}, shown(articletest.AllKinds())},
		{"vertical, small", Options{Mode: VerticalRL, Page: Size{200 * Pt, 260 * Pt}, Screen: true}, shown(articletest.AllKinds())},
	} {
		t.Run(c.name, func(t *testing.T) {
			compose(t, c.o, c.doc).check(t, c.doc)
		})
	}
}

func TestRandomTrees(t *testing.T) {
	for seed := range uint64(150) {
		d := articletest.Random(seed)
		if seed%2 == 0 {
			shown(d)
		}
		o := Options{RunOn: seed%3 == 0}
		if seed%4 == 3 {
			o.Mode = VerticalRL
		}
		if seed%5 == 1 {
			o.Page, o.Screen = Size{257 * Pt, 347 * Pt}, true
		}
		o = varied(o, seed/2)
		e := articletest.Random(seed + 1000)
		b := compose(t, o, d, e)
		b.check(t, d, e)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// varied changes what else pages may be by the bits of n.
func varied(o Options, n uint64) Options {
	if n&1 != 0 {
		o.Columns, o.Page = 2, Size{max(o.Page.W, MM(160)), max(o.Page.H, MM(210))}
	}
	o.Wrap, o.OffGrid, o.ColumnRule = n&2 != 0, n&4 != 0, n&8 != 0
	if n&16 != 0 {
		o.Long = TurnLong
	}
	return o
}

// FuzzPages checks the laws of every book on any tree and page.
func FuzzPages(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, uint16(200+40*seed), uint16(260+50*seed), seed%2 == 0)
	}
	f.Fuzz(func(t *testing.T, seed uint64, w, h uint16, notesAtEnd bool) {
		o := Options{Page: Size{Length(w%900) * Pt, Length(h%900) * Pt}, NotesAtEnd: notesAtEnd, Screen: seed%7 == 0}
		if seed%3 == 1 {
			o.Mode = VerticalRL
		}
		o = varied(o, seed/5)
		if _, err := o.geometry(); err != nil {
			return
		}
		d := articletest.Random(seed)
		if seed%2 == 0 {
			shown(d)
		}
		compose(t, o, d).check(t, d)
	})
}

// However deep blocks are nested, nothing leaves the page or is lost.
func TestDeepNesting(t *testing.T) {
	inner := []article.Block{articletest.P("最里面的一段，有几个字，也有words and words。"), &article.Code{Text: "x := 1"}}
	for i := range 60 {
		switch i % 4 {
		case 0:
			inner = []article.Block{&article.Quote{Blocks: inner}}
		case 1:
			inner = []article.Block{&article.List{Items: []article.ListItem{{Blocks: inner}, {Blocks: []article.Block{articletest.P("旁")}}}}}
		case 2:
			inner = []article.Block{&article.DefinitionList{Entries: []article.Definition{{Terms: [][]article.Inline{articletest.Inlines("词")}, Descriptions: [][]article.Block{inner}}}}}
		case 3:
			inner = []article.Block{&article.Table{Body: []article.Row{{Cells: []article.Cell{{Blocks: inner}, articletest.Cell("格")}}}}}
		}
	}
	d := &article.Document{Meta: article.Meta{Lang: "zh-Hans"}, Blocks: inner}
	compose(t, Options{Mode: VerticalRL}, d).check(t, d)
	b := compose(t, Options{}, d)
	b.check(t, d)
	for _, p := range b.pages {
		for _, it := range p.Items {
			if r, ok := it.(*GlyphRun); ok && r.Size < 5*Pt { // of running text of 10
				t.Fatalf("%q is set in %s points", r.Text, r.Size)
			}
		}
	}
}

// A list in a list in a list keeps room for words: a hundred levels take a line each.
func TestDeepLists(t *testing.T) {
	var inner []article.Block
	for range 100 {
		l := &article.List{Items: []article.ListItem{{Blocks: append([]article.Block{articletest.P("春天的早晨")}, inner...)}}}
		inner = []article.Block{l}
	}
	d := &article.Document{Meta: article.Meta{Lang: "zh-Hans"}, Blocks: inner}
	b := compose(t, Options{}, d)
	b.check(t, d)
	lines := 0
	for _, p := range b.pages {
		for _, it := range p.Items {
			if r, ok := it.(*GlyphRun); ok && r.Element != nil && r.Text == "春天的早晨" {
				lines++
			}
		}
	}
	if lines != 100 {
		t.Errorf("%d of 100 levels stand on one line", lines)
	}
}
