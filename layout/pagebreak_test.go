package layout

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/testfont"
)

// Material for the tests: pages of 10 lines of 10 units, letters 6 high.
const (
	testPitch  Length = 10
	testHeight Length = 96
)

var testGrid = geometry{height: testHeight, pitch: testPitch, grid: true}

// material reads "s2" as two lines across columns, "F30" as a figure there, "p5" as a paragraph of five lines, "h" as a heading of two lines,
// "f30" as a figure 30 high that may shrink by tens to 60 %.
func material(s string) []node {
	var nodes []node
	for _, w := range strings.Fields(s) {
		var n int
		fmt.Sscanf(w[1:], "%d", &n)
		switch w[0] {
		case 'p':
			for i := range n {
				l := node{height: 6, after: 4, grid: true, text: true}
				if i < n-1 && (i == 0 || i == n-2) {
					l.penalty = lonely
				}
				nodes = append(nodes, l)
			}
		case 'h':
			nodes = append(nodes, node{before: 8, height: 8, after: 8, heading: true, stretch: true, penalty: neverCut})
		case 's': // lines that span the columns
			for range n {
				nodes = append(nodes, node{before: 2, height: 8, after: 4, span: true, stretch: true})
			}
		case 'f', 'F':
			high := Length(n)
			nodes = append(nodes, node{before: 4, height: high, after: 8, stretch: true, span: w[0] == 'F', figure: &figure{
				measure: 100, shrink: high * 4 / 10 / testPitch * testPitch, floats: true,
				rows: []pictureRow{{[]picture{{w: 100, h: n, slot: 50}}, high}},
			}})
		default:
			panic(w)
		}
	}
	return nodes
}

// shape writes pages as the nodes that stand on them, in order from the top: runs
// of lines by their number, "h", "f" with its height.
func shape(b *breaker) []string {
	pieces, _ := b.pieces()
	var pages []string
	for i := range pieces {
		nodes, _, _ := b.place(&pieces[i])
		var words []string
		lines := 0
		flush := func() {
			if lines > 0 {
				words = append(words, fmt.Sprint(lines))
			}
			lines = 0
		}
		for _, p := range nodes {
			switch n := &b.nodes[p.node]; {
			case n.figure != nil:
				flush()
				words = append(words, fmt.Sprintf("f%d", p.height))
			case n.heading:
				flush()
				words = append(words, "h")
			default:
				lines++
			}
		}
		flush()
		pages = append(pages, strings.Join(words, " "))
	}
	return pages
}

func TestBreaker(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"lines fill pages", "p25", []string{"10", "10", "5"}},
		{"no widow: a line goes over with the last one", "p11", []string{"9", "2"}},
		{"no orphan: the page ends a line early", "p9 p6", []string{"9", "6"}},
		{"three lines stand together", "p8 p3 p4", []string{"8", "7"}},
		{"a heading goes over with its text", "p7 h p5", []string{"7", "h 5"}},
		{"a heading stays with two lines", "p5 h p5", []string{"5 h 2", "3"}},
		{"a figure shrinks into the page", "p4 f60 p9", []string{"4 f50", "9"}},
		{"text flows in front of a figure that does not fit", "p6 f60 p12", []string{"10", "f60 3", "5"}},
		{"no figure passes a heading", "p6 f60 h p6", []string{"6", "f40 h 2", "4"}},
		{"figures keep their order", "p7 f50 f20 p9", []string{"10", "f50 f20 1", "5"}},
		{"an empty list has no pages", "", nil},
	} {
		got := shape(newBreaker(material(c.in), &testGrid, 1, &search{}))
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %s: got %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

// textRun returns how many lines of one paragraph a list begins with: one and more
// that no page parts from it, to the first that a page may end after.
func textRun(nodes []node) int {
	if nodes[0].penalty != lonely || !nodes[0].text {
		return 0
	}
	for i := 1; i < len(nodes); i++ {
		if !nodes[i].text {
			return 0
		}
		if nodes[i].penalty == lonely {
			return i + 2
		}
	}
	return 0
}

// FuzzBreaker checks the laws of pages on any material: every node stands once and
// in order, figures in theirs, nothing overlaps or leaves the page, no page ends
// with a heading, no line of a paragraph is alone.
func FuzzBreaker(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint8(seed*7))
	}
	f.Fuzz(func(t *testing.T, seed uint64, size uint8) {
		r := rand.New(rand.NewPCG(seed, 2))
		var words []string
		columns := 1 + int(seed%2)
		for range size {
			switch r.IntN(8) {
			case 6:
				if columns > 1 {
					words = append(words, fmt.Sprint("s", 1+r.IntN(3)))
				}
			case 7:
				if columns > 1 {
					words = append(words, fmt.Sprint("F", 10+r.IntN(60)))
				}
			case 0:
				// A heading always has text to stay with.
				words = append(words, "h", fmt.Sprint("p", 2+r.IntN(5)))
			case 1:
				words = append(words, fmt.Sprint("f", 10+r.IntN(86)))
			default:
				words = append(words, fmt.Sprint("p", 1+r.IntN(14)))
			}
		}
		nodes := material(strings.Join(words, " "))
		plain := len(nodes)
		// Some long paragraphs may have a line more or less.
		for k := 0; seed%3 == 0 && k+6 < len(nodes); k++ {
			if run := textRun(nodes[k:]); run >= 6 && nodes[k].alts == nil {
				more := 1 - 2*r.IntN(2)
				nodes = otherWay(nodes, k, k+run, run+more)
				k += 2*run + more - 1
			}
		}
		b := newBreaker(nodes, &testGrid, columns, &search{})
		pieces, cost := b.pieces()
		if len(nodes) == 0 {
			return
		}
		if cost >= lonely {
			t.Fatalf("%s: cost %d", words, cost)
		}
		seen := make([]int, len(nodes))
		next, nextFig := 0, 0
		for i := range pieces {
			page, _, _ := b.place(&pieces[i])
			bottom := Length(0)
			for k, p := range page {
				n := &nodes[p.node]
				seen[p.node]++
				if n.figure != nil {
					if b.before[p.node] != nextFig {
						t.Fatalf("%s: page %d: figure %d out of order", words, i, b.before[p.node])
					}
					nextFig++
					if p.height < n.height-n.figure.shrink {
						t.Fatalf("%s: page %d: figure of %d is %d high", words, i, n.height, p.height)
					}
				} else {
					if p.node < next {
						t.Fatalf("%s: page %d: node %d out of order", words, i, p.node)
					}
					next = p.node
				}
				if k > 0 && p.top < bottom {
					t.Fatalf("%s: page %d: node %d begins at %d, above %d: %+v %+v", words, i, p.node, p.top, bottom, pieces[i], page)
				}
				bottom = p.top + p.height
				if n.grid && p.top%testPitch != 0 {
					t.Fatalf("%s: page %d: line at %d is off the grid", words, i, p.top)
				}
			}
			p := &pieces[i]
			if bottom > p.high || p.from.top+p.high > testHeight || p.from.top%testPitch != 0 {
				t.Fatalf("%s: page %d: ends at %d of %d", words, i, bottom, p.high)
			}
			// A column may be empty beside a figure, or above one, a page not.
			if len(page) == 0 && p.from.opens() {
				t.Fatalf("%s: page %d is empty", words, i)
			}
			if len(page) == 0 || p.even && p.to.top > 0 && p.to.col == 0 {
				continue // the next node spans the columns below
			}
			if last := page[len(page)-1]; i < len(pieces)-1 && nodes[last.node].penalty >= lonely {
				t.Fatalf("%s: page %d ends within what stays together", words, i)
			}
		}
		for k, n := range seen {
			if want := 1; nodes[k].alts != nil {
				// Either way stands whole.
				a := nodes[k].alts[0]
				mine, other := seen[k:a], seen[a:a+nodes[a-1].skip]
				if n == 0 {
					mine, other = other, mine
				}
				for i := range mine {
					want *= mine[i]
				}
				if want != 1 || slices.Max(other) != 0 {
					t.Fatalf("%s: node %d: both ways stand, or neither: %d %d", words, k, mine, other)
				}
			} else if plain == len(nodes) && n != 1 {
				t.Fatalf("%s: node %d stands %d times", words, k, n)
			}
		}
	})
}

// newsArticle is an article of paragraphs, headings and pictures like the news.
func newsArticle(paragraphs int, pictures bool) *article.Document {
	r := rand.New(rand.NewPCG(7, 7))
	sizes := []string{"550x140", "550x330", "550x571", "550x392", "550x1190", "800x533", "1080x1440", "1600x900"}
	words := []string{"图书馆", "互借", "读者", "两座城市", "，", "。", "交换车", "一次", "目录", "在", "的", "了", "编号", "2021年", "PDF", "——", "“旧书”"}
	d := &article.Document{Meta: article.Meta{Title: "江城与澜州：图书馆互借的一年", Lang: "zh-Hans", Authors: []string{"林一舟"}}}
	for i := range paragraphs {
		var b strings.Builder
		for range 30 + r.IntN(60) {
			b.WriteString(words[r.IntN(len(words))])
		}
		if i%5 == 4 {
			d.Blocks = append(d.Blocks, articletest.H(2, "从一张借书证说起"))
		}
		d.Blocks = append(d.Blocks, articletest.P(b.String()+"。"))
		if pictures && i%3 == 1 {
			d.Blocks = append(d.Blocks, &article.Figure{Images: []*article.Image{{Src: "x.jpg", Asset: sizes[r.IntN(len(sizes))]}}})
		}
	}
	return d
}

// Every page of an article but its last is full: the last line or the foot of a
// figure stands on the foot of the type area, or a line or two above it where two
// lines have to stay together.
func TestPagesAreFull(t *testing.T) {
	for _, c := range []struct {
		name     string
		pictures bool
		o        Options
	}{
		{"text", false, Options{}},
		{"pictures", true, Options{}},
		{"pictures, A4", true, Options{Page: Size{MM(210), MM(297)}}},
	} {
		d := newsArticle(60, c.pictures)
		b := compose(t, c.o, d)
		b.check(t, d)
		exact, low := 0, 0
		for i, p := range b.pages[:len(b.pages)-1] {
			bottom := Length(0)
			for _, it := range p.Items {
				switch it := it.(type) {
				case *GlyphRun:
					if it.Element != nil {
						bottom = max(bottom, it.At.Y+it.Size*12/100)
					}
				case *Picture:
					bottom = max(bottom, it.Rect.At.Y+it.Rect.Size.H)
				}
			}
			g := &b.t.geo
			short := g.top + g.height - bottom
			if short < 0 {
				t.Errorf("%s: page %d is %s too long", c.name, i, -short)
			}
			if short < Pt/50 {
				exact++
			}
			if short > g.height*15/100 {
				low++
			}
		}
		n := len(b.pages) - 1
		t.Logf("%s: %d of %d pages end at the foot, %d are less than 85 %% full", c.name, exact, n, low)
		if exact*10 < n*7 || low*100 > n*8 {
			t.Errorf("%s: %d of %d pages end at the foot, %d are less than 85 %% full", c.name, exact, n, low)
		}
	}
}

func TestRunOn(t *testing.T) {
	var docs []*article.Document
	for range 6 {
		docs = append(docs, newsArticle(2, false))
	}
	apart, on := compose(t, Options{}, docs...), compose(t, Options{RunOn: true}, docs...)
	on.check(t, docs...)
	if len(on.pages) >= len(apart.pages) {
		t.Errorf("%d pages run on, %d apart", len(on.pages), len(apart.pages))
	}
}

// Equal books give equal pages.
func TestPagesAreDeterministic(t *testing.T) {
	d := shown(articletest.AllKinds())
	if a, b := dumps(compose(t, Options{}, d).pages), dumps(compose(t, Options{}, d).pages); a != b {
		t.Error("two runs differ")
	}
}

// BenchmarkPages sets articles on A4 pages at 11 points, with the square font and
// with the embedded ones. Run it with -cpu 1 for the speed of one core.
func BenchmarkPages(b *testing.B) {
	a4 := Options{Page: Size{MM(210), MM(297)}, Body: 11 * Pt}
	two := a4
	two.Columns = 2
	for _, c := range []struct {
		name     string
		set      *fonts.Set
		o        Options
		pictures bool
	}{
		{"text", testfont.Set(), a4, false},
		{"pictures", testfont.Set(), a4, true},
		{"columns", testfont.Set(), two, true},
		{"Noto", fonts.Embedded(), a4, true},
	} {
		if c.set.Err() != nil {
			continue
		}
		b.Run(c.name, func(b *testing.B) {
			d := newsArticle(60, c.pictures)
			pages := 0
			emit := func(*Page) error { pages++; return nil }
			t, err := New(c.o, c.set, fakeAssets{}, nil)
			if err != nil {
				b.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				if err := t.Chapter(Chapter{Document: d}, emit); err != nil {
					b.Fatal(err)
				}
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(pages)/b.Elapsed().Seconds(), "pages/s")
			b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(pages), "allocs/page")
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(pages), "B/page")
		})
	}
}
