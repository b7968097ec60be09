package article_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/internal/golden"
)

func TestDumpAndText(t *testing.T) {
	d := articletest.AllKinds()
	golden.Equal(t, "testdata/allkinds.dump", d.Dump())
	golden.Equal(t, "testdata/allkinds.txt", d.Text())
	b, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/allkinds.json", string(b)+"\n")
}

// AllKinds is only worth its name while it has every member of both sums: the
// dump names each kind by a word of its own.
func TestAllKindsHasEveryKind(t *testing.T) {
	seen := map[string]bool{}
	d := articletest.AllKinds()
	d.Walk(func(b article.Block) bool {
		seen[fmt.Sprintf("%T", b)] = true
		for in := range article.Inlines(b) {
			seen[fmt.Sprintf("%T", in)] = true
		}
		return true
	})
	for _, kind := range []any{
		&article.Heading{}, &article.Paragraph{}, &article.List{}, &article.DefinitionList{}, &article.Quote{}, &article.Code{},
		&article.Figure{}, &article.Table{}, &article.Rule{}, &article.Embed{},
		article.Run{}, article.LineBreak{}, &article.Ruby{}, &article.Image{}, &article.NoteRef{}, &article.Math{},
	} {
		if name := fmt.Sprintf("%T", kind); !seen[name] {
			t.Errorf("AllKinds has no %s", name)
		}
	}
}

func roundTrip(t *testing.T, d *article.Document) {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back article.Document
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	if back.Dump() != d.Dump() {
		t.Errorf("JSON changed the tree:\n%s\n--- became\n%s", d.Dump(), back.Dump())
	}
}

func TestJSONRoundTrip(t *testing.T) {
	d := articletest.AllKinds()
	roundTrip(t, d)
	var back article.Document
	b, _ := json.Marshal(d)
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	// time.Time carries the zone as a pointer; compare the rest deeply.
	back.Meta.Published, back.Meta.Updated = d.Meta.Published, d.Meta.Updated
	if !reflect.DeepEqual(d, &back) {
		t.Error("the tree read back is not deeply equal")
	}
}

func TestJSONRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"another schema": `{"schema":"leporello.article/9","blocks":[]}`,
		"unknown block":  `{"schema":"leporello.article/1","blocks":[{"kind":"sonnet"}]}`,
		"unknown inline": `{"schema":"leporello.article/1","blocks":[{"kind":"paragraph","inlines":[{"kind":"blink"}]}]}`,
		"unknown mark":   `{"schema":"leporello.article/1","blocks":[{"kind":"paragraph","inlines":[{"kind":"run","marks":["loud"]}]}]}`,
		"unknown word":   `{"schema":"leporello.article/1","blocks":[{"kind":"paragraph","align":"diagonal"}]}`,
		"null image":     `{"schema":"leporello.article/1","blocks":[{"kind":"figure","images":[null]}]}`,
	} {
		var d article.Document
		if err := json.Unmarshal([]byte(in), &d); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNormalize(t *testing.T) {
	run := func(s string, m article.Mark) article.Run { return articletest.Marked(s, m) }
	for _, c := range []struct {
		name string
		in   []article.Inline
		want string
	}{
		{"space over two runs", articletest.Inlines("a ", run(" b", article.Strong)), `"a " | "b"`},
		{"edges", articletest.Inlines("  a\n", "\tb  "), `"a b"`},
		{"around a break", articletest.Inlines("a ", article.LineBreak{}, " b"), `"a" | break | "b"`},
		{"breaks at the edges", articletest.Inlines(article.LineBreak{}, "a", article.LineBreak{}, " ", article.LineBreak{}), `"a"`},
		{"only space", articletest.Inlines(" ", run("\n", article.Strong)), ``},
		{"ideographic space stays", articletest.Inlines("图一\u3000说明"), `"图一\u3000说明"`},
		{"two names side by side", articletest.Inlines(run("李白", article.ProperNoun), run("杜甫 ", article.ProperNoun), run(" 王维", article.ProperNoun)), `"李白" | "杜甫 " | "王维"`},
		{"space after a picture stays", articletest.Inlines(&article.Image{Src: "x"}, " b"), `image | " b"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &article.Document{Blocks: []article.Block{&article.Paragraph{Inlines: c.in}}}
			d.Normalize()
			var got []string
			if len(d.Blocks) > 0 {
				for in := range article.Inlines(d.Blocks[0]) {
					switch in := in.(type) {
					case article.Run:
						got = append(got, fmt.Sprintf("%q", in.Text))
					case article.LineBreak:
						got = append(got, "break")
					case *article.Image:
						got = append(got, "image")
					}
				}
			}
			if s := strings.Join(got, " | "); s != c.want {
				t.Errorf("got %s, want %s", s, c.want)
			}
		})
	}
}

func TestHeadingLevels(t *testing.T) {
	var d article.Document
	for _, level := range []int{4, 6, 6, 4, 5, 3, 3, 6} {
		d.Blocks = append(d.Blocks, articletest.H(level, "h"))
	}
	d.Normalize()
	var got []int
	for _, b := range d.Blocks {
		got = append(got, b.(*article.Heading).Level)
	}
	if want := []int{2, 3, 3, 2, 3, 2, 2, 3}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestGrid(t *testing.T) {
	c := func(cols, rows int) article.Cell { return article.Cell{ColSpan: cols, RowSpan: rows} }
	table := &article.Table{
		Head: []article.Row{{Cells: []article.Cell{c(1, 2), c(2, 1)}}, {Cells: []article.Cell{c(0, 0), c(0, 0)}}},
		Body: []article.Row{{Cells: []article.Cell{c(1, 9), c(5000, 1)}}, {Cells: []article.Cell{c(1, 1)}}, {}},
	}
	places, columns := table.Grid()
	var got []string
	for _, p := range places {
		got = append(got, fmt.Sprintf("r%dc%d %d×%d", p.Row, p.Column, p.Rows, p.Columns))
	}
	want := []string{"r0c0 2×1", "r0c1 1×2", "r1c1 1×1", "r1c2 1×1", "r2c0 3×1", "r2c1 1×999", "r3c1 1×1"}
	if !reflect.DeepEqual(got, want) || columns != 1000 {
		t.Errorf("got %v in %d columns, want %v in 1000", got, columns, want)
	}
}

// The laws of the tree on any document: JSON gives it back, normalising twice is
// the same as once and keeps the text.
func FuzzTree(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		d := articletest.Random(seed)
		roundTrip(t, d)
		before, text := d.Dump(), d.Text()
		d.Normalize()
		if after := d.Dump(); after != before {
			t.Errorf("normalising again changed the tree:\n%s\n--- became\n%s", before, after)
		}
		if d.Text() != text {
			t.Error("normalising changed the text")
		}
	})
}

func FuzzJSON(f *testing.F) {
	b, _ := json.Marshal(articletest.AllKinds())
	f.Add(b)
	f.Fuzz(func(t *testing.T, data []byte) {
		var d article.Document
		if json.Unmarshal(data, &d) != nil {
			return
		}
		d.Text()
		d.Normalize()
		roundTrip(t, &d)
	})
}
