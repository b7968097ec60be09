package pdf

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/pdftest"
	"github.com/leporello-press/leporello/layout"
)

// magazine is a small book with every kind of item and of page: two pages of
// text that share a paragraph, a contents page, a cover.
func magazine(t testing.TB) (pages []*layout.Page, outline []layout.OutlineEntry, store *storeOf) {
	store = &storeOf{newStore(t)}
	q := fonts.Request{Lang: "zh-Hans"}
	at := func(x, y layout.Length) layout.Point { return layout.Point{X: x * layout.Pt, Y: y * layout.Pt} }
	rect := func(x, y, w, h layout.Length) layout.Rect {
		return layout.Rect{At: at(x, y), Size: layout.Size{W: w * layout.Pt, H: h * layout.Pt}}
	}
	text := func(s *sheet, words string, x, y layout.Length, leaf *layout.Element) {
		items, _ := runs(words, q, 10*layout.Pt, at(x, y), leaf)
		s.add(items...)
	}

	one, two := newSheet(), newSheet()
	art := &layout.Element{Role: layout.Art, Lang: "zh-Hans", Title: "第一篇"}
	_, h1 := element(layout.H1, art)
	_, h2 := element(layout.H2, art)
	p, start := element(layout.P, art)
	link, inLink := element(layout.LinkRole, p)
	end := &layout.Element{Parent: p}
	note := &layout.Element{Role: layout.Note, Parent: p}
	_, inNote := element(layout.P, note)
	p.Kids = append(p.Kids, note, end)
	note.Kids = []*layout.Element{inNote.Parent}
	figure, picture := element(layout.Figure, art)
	figure.Alt, figure.Placement = "四色", "Block"
	list := &layout.Element{Role: layout.L, Parent: art, Numbering: "Decimal"}
	item := &layout.Element{Role: layout.LI, Parent: list}
	_, label := element(layout.Lbl, item)
	body := &layout.Element{Role: layout.LBody, Parent: item}
	_, inBody := element(layout.P, body)
	item.Kids = append(item.Kids, body)
	list.Kids = []*layout.Element{item}
	table := &layout.Element{Role: layout.Table, Parent: art}
	row := &layout.Element{Role: layout.TR, Parent: table}
	th, inTH := element(layout.TH, row)
	th.Scope = "Column"
	row2 := &layout.Element{Role: layout.TR, Parent: table}
	_, inTD := element(layout.TD, row2)
	table.Kids = []*layout.Element{row, row2}
	art.Kids = append(art.Kids, list, table)

	text(one, "页眉", 40, 20, nil)
	one.add(&layout.Anchor{Name: "a1", At: at(40, 50)})
	text(one, "第一篇", 40, 60, h1)
	text(one, "小节", 40, 90, h2)
	one.add(&layout.Box{Rect: rect(30, 100, 2, 40), Filled: true, Fill: 0xA6342A})
	text(one, "段落开始，", 40, 120, start)
	text(one, "链接", 90, 120, inLink)
	one.add(
		&layout.Link{Rect: rect(90, 110, 20, 12), Target: "https://例子.example/a b?q=(1)", Element: link},
		&layout.Link{Rect: rect(90, 130, 20, 12), Target: "#a2", Element: link},
		&layout.Link{Rect: rect(90, 150, 20, 12), Target: "#nowhere", Element: link},
		&layout.Link{Rect: rect(90, 170, 20, 12), Target: " JavaScript:alert(1)", Element: link},
	)
	text(one, "注", 40, 500, inNote)
	text(one, "1", 200, 580, nil)

	two.page.Label = "2"
	text(two, "接上页。", 40, 60, end)
	key := store.put(t, quarters(40, 20))
	two.add(&layout.Picture{Key: key, Rect: rect(40, 80, 80, 40), Element: picture})
	two.add(&layout.Box{Rect: rect(40, 80, 80, 40), Frame: layout.Pt / 2, Stroke: 0x888888})
	two.add(&layout.Anchor{Name: "a2", At: at(40, 130)})
	text(two, "1.", 40, 140, label)
	text(two, "第一项", 60, 140, inBody)
	text(two, "表头", 40, 160, inTH)
	text(two, "格", 40, 180, inTD)
	two.root(art)

	contents := newSheet()
	contents.page.Kind, contents.page.Label = layout.Contents, "ii"
	toc := &layout.Element{Role: layout.TOC}
	toci, _ := element(layout.TOCI, toc)
	toci.Kids = nil
	ref := &layout.Element{Role: layout.Reference, Parent: toci}
	toLink, inTOC := element(layout.LinkRole, ref)
	ref.Kids = []*layout.Element{toLink}
	toci.Kids = []*layout.Element{ref}
	text(contents, "第一篇", 40, 60, inTOC)
	contents.add(&layout.Link{Rect: rect(40, 50, 100, 12), Target: "#a1", Element: toLink})
	contents.root(toc)

	cover := newSheet()
	cover.page.Kind, cover.page.Label = layout.Cover, "i"
	title, onCover := element(layout.P, nil)
	text(cover, "封面", 40, 100, onCover)
	cover.root(title)

	pages = []*layout.Page{one.page, two.page, contents.page, cover.page}
	outline = []layout.OutlineEntry{
		{Level: 1, Title: "部分", Anchor: "a1", Kind: layout.PartEntry},
		{Level: 2, Title: "第一篇", Anchor: "a1", Kind: layout.ArticleEntry},
		{Level: 3, Title: "小节", Anchor: "a2", Kind: layout.HeadingEntry},
		{Level: 2, Title: "第二篇", Anchor: "gone", Kind: layout.ArticleEntry},
	}
	return pages, outline, store
}

func TestStructure(t *testing.T) {
	pages, outline, store := magazine(t)
	pdf, _ := write(t, store, pages, outline)
	f := sound(t, pdf)
	root := f.Dict(f.Root()["StructTreeRoot"])
	refs := map[pdftest.Ref]int{}
	for i, p := range f.Pages() {
		for r, o := range f.Objects {
			if d, ok := o.(pdftest.Dict); ok && fmt.Sprintf("%p", d) == fmt.Sprintf("%p", p) {
				refs[r] = i
			}
		}
	}
	// Dump the tree, and check that every page knows the owner of each content.
	parents := map[int]any{}
	keys, values := f.Tree(root["ParentTree"])
	for i, k := range keys {
		parents[k.(int)] = f.Get(values[i])
	}
	var b strings.Builder
	seen := 0
	var walk func(v any, parent any, depth int)
	walk = func(v any, parent any, depth int) {
		self := v.(pdftest.Ref)
		e := f.Dict(v)
		if e["P"] != parent {
			t.Errorf("%v has parent %v, want %v", e["S"], e["P"], parent)
		}
		fmt.Fprintf(&b, "%s%s", strings.Repeat(" ", depth), e["S"])
		for _, key := range []string{"Alt", "T", "Lang", "ID"} {
			if e[key] != nil {
				fmt.Fprintf(&b, " %s=%s", key, pdftest.Text(e[key]))
			}
		}
		if a := f.Dict(e["A"]); a != nil {
			for _, key := range []string{"ListNumbering", "Scope", "Placement", "BBox"} {
				if a[key] != nil {
					fmt.Fprintf(&b, " %s=%v", key, a[key])
				}
			}
		}
		kids := f.Array(e["K"])
		if kids == nil && e["K"] != nil {
			kids = pdftest.Array{e["K"]}
		}
		var below []any
		content := func(page pdftest.Ref, mcid int) {
			seen++
			fmt.Fprintf(&b, " %d:%d", refs[page], mcid)
			key := f.Dict(page)["StructParents"].(int)
			if got := parents[key].(pdftest.Array)[mcid]; got != self {
				t.Errorf("content %d of page %d belongs to %v, not to %v", mcid, refs[page], got, self)
			}
		}
		for _, k := range kids {
			if n, ok := k.(int); ok {
				content(e["Pg"].(pdftest.Ref), n)
				continue
			}
			d := f.Dict(k)
			switch d["Type"] {
			case pdftest.Name("MCR"):
				content(d["Pg"].(pdftest.Ref), d["MCID"].(int))
			case pdftest.Name("OBJR"):
				annot := f.Dict(d["Obj"])
				if f.Dict(parents[annot["StructParent"].(int)])["S"] != e["S"] {
					t.Errorf("an annotation of another element")
				}
				b.WriteString(" link")
			default:
				below = append(below, k)
			}
		}
		b.WriteByte('\n')
		for _, k := range below {
			walk(k, self, depth+1)
		}
	}
	for r, o := range f.Objects {
		if d, ok := o.(pdftest.Dict); ok && d["Type"] == pdftest.Name("StructTreeRoot") {
			walk(d["K"], r, 0)
		}
	}
	want := `Document
 P 0:0
 TOC
  TOCI
   Reference
    Link 1:0 link
 Art T=第一篇 Lang=zh-Hans
  H1 2:0
  H2 2:1
  P 2:2 3:0
   Link 2:3 link link link
   Note ID=n0000001
    P 2:4
  Figure Alt=四色 Placement=Block BBox=[40 475.276 120 515.276] 3:1
  L ListNumbering=Decimal
   LI
    Lbl 3:2
    LBody
     P 3:3
  Table
   TR
    TH Scope=Column 3:4
   TR
    TD 3:5
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if seen != 13 {
		t.Errorf("%d contents", seen)
	}
	out := judge(t, pdf, "pdfinfo", "-struct-text", "FILE")
	// The link stands within its paragraph, before the paragraph goes on overleaf.
	if got := strings.Join(strings.Fields(out), ""); !strings.Contains(got, `"段落开始，"`) {
		t.Errorf("pdfinfo reads %s", out)
	}
}

func TestArtifacts(t *testing.T) {
	pages, _, store := magazine(t)
	pdf, _ := write(t, store, pages, nil)
	f := pdftest.Must(t, pdf)
	content, err := f.Data(f.Pages()[2]["Contents"])
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, op := range pdftest.Operators(content) {
		if op.Name == "BDC" && op.Args[0] == pdftest.Name("Artifact") {
			d := op.Args[1].(pdftest.Dict)
			got = append(got, fmt.Sprint(d["Type"], " ", d["Subtype"]))
		}
	}
	want := []string{"Pagination Header", "Layout <nil>", "Pagination Footer"}
	if !slices.Equal(got, want) {
		t.Errorf("artifacts %q, want %q", got, want)
	}
}

func TestLinks(t *testing.T) {
	pages, outline, store := magazine(t)
	pdf, issues := write(t, store, pages, outline)
	f := pdftest.Must(t, pdf)
	var got []string
	for i, p := range f.Pages() {
		for _, a := range f.Array(p["Annots"]) {
			d := f.Dict(a)
			to := pdftest.Text(d["Dest"])
			if action := f.Dict(d["A"]); action != nil {
				if action["S"] != pdftest.Name("URI") {
					t.Errorf("action %v", action)
				}
				to = pdftest.Text(action["URI"])
			}
			if d["F"] != 4 || d["Contents"] == nil {
				t.Errorf("annotation %v", d)
			}
			got = append(got, fmt.Sprintf("%d %s %v %s", i, to, d["Rect"], pdftest.Text(d["Contents"])))
		}
	}
	want := []string{
		"1 a1 [40 533.276 140 545.276] 第一篇",
		"2 https://%E4%BE%8B%E5%AD%90.example/a%20b?q=(1) [90 473.276 110 485.276] 链接",
		"2 a2 [90 453.276 110 465.276] 链接",
		"2  [90 433.276 90 433.276] 链接", // leads nowhere: no area
	}
	if !slices.Equal(got, want) {
		t.Errorf("links\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var codes []string
	for _, i := range issues {
		codes = append(codes, i.Code+" "+i.URL)
	}
	if want := []string{"link.scheme  JavaScript:alert(1)", "link.dangling #nowhere", "link.dangling #gone"}; !slices.Equal(codes, want) {
		t.Errorf("issues %q, want %q", codes, want)
	}
	keys, values := f.Tree(f.At(f.Root(), "Names", "Dests"))
	if len(keys) != 2 || pdftest.Text(keys[0]) != "a1" || fmt.Sprint(values[0].(pdftest.Array)[1:]) != "[XYZ 40 545.276 <nil>]" {
		t.Errorf("destinations %v %v", keys, values)
	}
	for _, word := range []string{"/JavaScript", "/JS", "/Launch", "/OpenAction", "/EmbeddedFile", "/SubmitForm", "/AA"} {
		for r, o := range f.Objects {
			if strings.Contains(fmt.Sprintf("/%v", o), word[1:]+":") {
				t.Errorf("object %d has %s", r, word)
			}
		}
	}
}

func TestSafeURI(t *testing.T) {
	for _, c := range []struct {
		in, want string // empty: refused
	}{
		{"https://example.org/a", "https://example.org/a"},
		{" HTTP://example.org/ ", "http://example.org/"},
		{"mailto:a@example.org", "mailto:a@example.org"},
		{"tel:+86-10", "tel:+86-10"},
		{"https://example.org/中文#段", "https://example.org/%E4%B8%AD%E6%96%87#%E6%AE%B5"},
		{"https://example.org/a\\b)(c", "https://example.org/a%5Cb%29%28c"},
		{"java\nscript:alert(1)", ""},
		{"javascript:alert(1)", ""},
		{"data:text/html,x", ""},
		{"file:///etc/passwd", ""},
		{"ftp://example.org/", ""},
		{"//example.org/", ""},
		{"a/b.html", ""},
		{"http:", ""},
		{"mailto:", ""},
		{"https://[::1", ""},
		{"https://example.org/" + strings.Repeat("a", maxURI), ""},
		{"", ""},
	} {
		got, ok := safeURI(c.in)
		if c.want == "" && ok || c.want != "" && !ok {
			t.Errorf("%.60q: %q, %v", c.in, got, ok)
		}
		if ok && strings.IndexFunc(got, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
			t.Errorf("%q is not ASCII", got)
		}
		if ok && !strings.Contains(c.in, "\\") && got != c.want {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzSafeURI(f *testing.F) {
	f.Add("https://example.org/中?a=b#c")
	f.Add("\tjAvAscript:alert(1)")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := safeURI(s)
		if !ok {
			return
		}
		scheme, _, _ := strings.Cut(got, ":")
		if !slices.Contains([]string{"http", "https", "mailto", "tel"}, scheme) {
			t.Errorf("%q became %q", s, got)
		}
		for i := range len(got) {
			if got[i] <= ' ' || got[i] > '~' {
				t.Errorf("%q became %q", s, got)
			}
		}
	})
}

func TestOutline(t *testing.T) {
	pages, outline, store := magazine(t)
	pdf, _ := write(t, store, pages, outline)
	f := pdftest.Must(t, pdf)
	var b strings.Builder
	var walk func(first any, parent pdftest.Dict, depth int)
	walk = func(first any, parent pdftest.Dict, depth int) {
		var prev any
		for at := first; at != nil; at = f.Dict(at)["Next"] {
			d := f.Dict(at)
			if d["Prev"] != prev {
				t.Errorf("%s: previous is %v, want %v", pdftest.Text(d["Title"]), d["Prev"], prev)
			}
			fmt.Fprintf(&b, "%s%s %v %s\n", strings.Repeat(" ", depth), pdftest.Text(d["Title"]), d["Count"], pdftest.Text(d["Dest"]))
			if d["First"] != nil {
				walk(d["First"], d, depth+1)
			}
			prev = at
		}
		if parent["Last"] != prev {
			t.Errorf("the last of %v is %v", parent, prev)
		}
	}
	root := f.Dict(f.Root()["Outlines"])
	walk(root["First"], root, 0)
	want := "部分 2 a1\n 第一篇 -1 a1\n  小节 <nil> a2\n 第二篇 <nil> \n"
	if b.String() != want || root["Count"] != 3 {
		t.Errorf("got %s count %v, want %s", b.String(), root["Count"], want)
	}
}

func TestPageLabels(t *testing.T) {
	page := func(kind layout.PageKind, label string) *layout.Page {
		return &layout.Page{Size: layout.Size{W: 100 * layout.Pt, H: 100 * layout.Pt}, Kind: kind, Label: label}
	}
	pages := []*layout.Page{
		page(layout.Body, "1"), page(layout.Body, "2"), page(layout.Body, "3"), page(layout.Body, "7"),
		page(layout.Contents, "ii"), page(layout.Contents, "iii"), page(layout.Cover, "Cover"),
	}
	pdf, _ := write(t, nil, pages, nil)
	f := pdftest.Must(t, pdf)
	keys, values := f.Tree(f.Root()["PageLabels"])
	var got []string
	for i, k := range keys {
		d := f.Dict(values[i])
		got = append(got, fmt.Sprint(k, " ", d["S"], " ", d["St"], " ", pdftest.Text(d["P"])))
	}
	want := []string{"0 <nil> <nil> Cover", "1 r 2 ", "3 D <nil> ", "6 D 7 "}
	if !slices.Equal(got, want) {
		t.Errorf("labels %q, want %q", got, want)
	}
}

func TestRoman(t *testing.T) {
	for n := 1; n <= 3999; n++ {
		for _, lower := range []bool{true, false} {
			if got := parseRoman(roman(n, lower), lower); got != n {
				t.Fatalf("%d is written %q and read %d", n, roman(n, lower), got)
			}
		}
	}
	for _, s := range []string{"", "iiii", "ic", "vx", "Iv", "a", "4", "mmmmm"} {
		if n := parseRoman(s, true); n != 0 {
			t.Errorf("%q is read %d", s, n)
		}
	}
}

func TestPageTree(t *testing.T) {
	for _, n := range []int{0, 1, 32, 33, 1024, 1025, 3000} {
		var b bytes.Buffer
		d := newDocument(&b, &export.Job{Report: func(article.Issue) {}})
		for i := range n {
			p := &layout.Page{Size: layout.Size{W: layout.Length(i+1) * layout.Pt, H: layout.Pt}}
			if i%10 == 9 {
				p.Kind = layout.Contents
			}
			if err := d.page(p); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.close(testBook, nil); err != nil {
			t.Fatal(err)
		}
		f := pdftest.Must(t, b.Bytes())
		var got, want []int
		for _, p := range f.Pages() { // checks the counts
			got = append(got, f.Array(p["MediaBox"])[2].(int))
		}
		for _, front := range []bool{true, false} {
			for i := range n {
				if (i%10 == 9) == front {
					want = append(want, i+1)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d pages: out of order", n)
		}
	}
}

func TestMetadata(t *testing.T) {
	pages, outline, store := magazine(t)
	pdf, _ := write(t, store, pages, outline)
	f := pdftest.Must(t, pdf)
	info := f.Dict(f.Trailer["Info"])
	for key, want := range map[string]string{
		"Title": testBook.Title, "Author": "甲; B & C", "Subject": testBook.Description,
		"CreationDate": "D:20210806220504Z", "ModDate": "D:20210806220504Z", "Producer": "leporello",
	} {
		if got := pdftest.Text(info[key]); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	xmp, err := f.Data(f.Root()["Metadata"])
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	var path []string
	dec := xml.NewDecoder(bytes.NewReader(xmp))
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			path = append(path, tok.Name.Local)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			for _, p := range path {
				if slices.Contains(path, "schemas") {
					continue
				}
				texts[p] += strings.TrimSpace(string(tok))
			}
		}
	}
	for key, want := range map[string]string{
		"title": testBook.Title, "creator": "甲; B & C", "description": testBook.Description,
		"CreateDate": "2021-08-06T22:05:04Z", "ModifyDate": "2021-08-06T22:05:04Z", "Producer": "leporello",
		"language": "zh-Hans", "identifier": testBook.Identifier, "conformance": "A",
	} {
		if texts[key] != want {
			t.Errorf("%s is %q, want %q", key, texts[key], want)
		}
	}
	if got := pdftest.Text(f.Root()["Lang"]); got != "zh-Hans" {
		t.Errorf("language %q", got)
	}
}

// A file claims a standard only where nothing is known to break it.
func TestClaims(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(pages []*layout.Page, b *export.Book)
		a, u bool
	}{
		{"sound", func([]*layout.Page, *export.Book) {}, true, true},
		{"no language", func(_ []*layout.Page, b *export.Book) { b.Lang = "" }, false, false},
		{"a figure without description", func(p []*layout.Page, _ *export.Book) {
			for _, it := range p[1].Items {
				if pic, ok := it.(*layout.Picture); ok {
					pic.Element.Parent.Alt = ""
				}
			}
		}, true, false},
		{"a skipped level", func(p []*layout.Page, _ *export.Book) { p[1].Ended[0].Kids[1].Role = layout.H3 }, true, false},
		{"a first heading that is not H1", func(p []*layout.Page, _ *export.Book) { p[1].Ended[0].Kids[0].Role = layout.H2 }, true, false},
	} {
		pages, _, store := magazine(t)
		book := testBook
		c.edit(pages, &book)
		var b bytes.Buffer
		d := newDocument(&b, &export.Job{Assets: store, Pictures: Pictures, Report: func(article.Issue) {}})
		for _, p := range pages {
			if err := d.page(p); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.close(book, nil); err != nil {
			t.Fatal(err)
		}
		f := pdftest.Must(t, b.Bytes())
		xmp, _ := f.Data(f.Root()["Metadata"])
		a, u := bytes.Contains(xmp, []byte("<pdfaid:part>")), bytes.Contains(xmp, []byte("<pdfuaid:part>"))
		if a != c.a || u != c.u {
			t.Errorf("%s: claims PDF/A %v, PDF/UA %v; want %v, %v (%v)", c.name, a, u, c.a, c.u, d.claims.why)
		}
	}
}

func TestEqualJobsGiveEqualBytes(t *testing.T) {
	local, procs := time.Local, runtime.GOMAXPROCS(0)
	defer func() { time.Local = local; runtime.GOMAXPROCS(procs) }()
	var first []byte
	for i := range 4 {
		runtime.GOMAXPROCS(1 + i%2)
		time.Local = time.FixedZone("x", i*3600)
		pages, outline, store := magazine(t)
		pdf, _ := write(t, store, pages, outline)
		if first == nil {
			first = pdf
		}
		if !bytes.Equal(pdf, first) {
			t.Fatalf("run %d gives other bytes", i)
		}
	}
}

func TestJudges(t *testing.T) {
	pages, outline, store := magazine(t)
	pdf, _ := write(t, store, pages, outline)
	t.Run("qpdf", func(t *testing.T) { judge(t, pdf, "qpdf", "--check", "FILE") })
	t.Run("mutool draw", func(t *testing.T) {
		judge(t, pdf, "mutool", "draw", "-q", "-o", t.TempDir()+"/%d.png", "-r", "40", "FILE")
	})
	t.Run("mutool outline", func(t *testing.T) {
		if out := judge(t, pdf, "mutool", "show", "FILE", "outline"); !strings.Contains(out, "第一篇") {
			t.Errorf("%s", out)
		}
	})
	t.Run("pdfinfo", func(t *testing.T) {
		out := judge(t, pdf, "pdfinfo", "FILE")
		for _, want := range []string{"Tagged:          yes", "Pages:           4", "PDF version:     1.7"} {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in %s", want, out)
			}
		}
	})
	t.Run("pdftoppm", func(t *testing.T) { judge(t, pdf, "pdftoppm", "-r", "40", "-png", "FILE", t.TempDir()+"/p") })
}

func TestRepairTable(t *testing.T) {
	cell := func(cols, rows int) *layout.Element {
		return &layout.Element{Role: layout.TD, ColSpan: cols, RowSpan: rows}
	}
	row := func(cells ...*layout.Element) *layout.Element { return &layout.Element{Role: layout.TR, Kids: cells} }
	group := func(r layout.Role, rows ...*layout.Element) *layout.Element {
		return &layout.Element{Role: r, Kids: rows}
	}
	for _, c := range []struct {
		name string
		kids []*layout.Element
		want []int // cells that each row lacks
		head bool  // becomes a body
	}{
		{"regular", []*layout.Element{
			group(layout.THead, row(cell(0, 0), cell(0, 0))), group(layout.TBody, row(cell(2, 1))),
		}, []int{0, 0}, false},
		{"ragged", []*layout.Element{
			group(layout.TBody, row(cell(1, 1), cell(1, 1), cell(1, 1)), row(cell(1, 1)), row()),
		}, []int{0, 2, 3}, false},
		{"a cell reaches down", []*layout.Element{
			group(layout.TBody, row(cell(1, 2), cell(1, 1)), row(cell(1, 1)), row(cell(1, 1))),
		}, []int{0, 0, 1}, false},
		{"only a head", []*layout.Element{group(layout.THead, row(cell(1, 1)))}, []int{0}, true},
		{"rows without a group", []*layout.Element{row(cell(1, 1)), row(cell(3, 1))}, []int{2, 0}, false},
	} {
		r := repairTable(&layout.Element{Role: layout.Table, Kids: c.kids})
		var got []int
		for _, k := range c.kids {
			if k.Role == layout.TR {
				got = append(got, r.empty[k])
				continue
			}
			for _, k := range k.Kids {
				got = append(got, r.empty[k])
			}
		}
		if !slices.Equal(got, c.want) || (r.head != nil) != c.head {
			t.Errorf("%s: %v, head %v; want %v, %v", c.name, got, r.head != nil, c.want, c.head)
		}
	}
}

func TestClip(t *testing.T) {
	for _, c := range []struct {
		text string
		want int // bytes
	}{
		{"short", 5},
		{strings.Repeat("a", maxText), maxText},
		{strings.Repeat("a", maxText+9), maxText},
		{strings.Repeat("字", maxText), 3 * maxText},
		{strings.Repeat("𠮷", maxText), 4 * maxText / 2},
	} {
		if got := clip(c.text); len(got) != c.want || !strings.HasPrefix(c.text, got) {
			t.Errorf("%d bytes became %d, want %d", len(c.text), len(got), c.want)
		}
	}
}
