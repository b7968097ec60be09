package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/internal/pdftest"
	"github.com/leporello-press/leporello/layout"
)

func chapters(docs ...*article.Document) iter.Seq2[export.Chapter, error] {
	return func(yield func(export.Chapter, error) bool) {
		for i, d := range docs {
			if !yield(export.Chapter{Document: d, Part: d.Meta.Section, Name: fmt.Sprintf("%d.html", i)}, nil) {
				return
			}
		}
	}
}

// withPictures gives every picture of d an asset.
func withPictures(t testing.TB, d *article.Document, store *storeOf) *article.Document {
	keys := []string{
		store.put(t, quarters(400, 240)),
		put(t, store.Dir, withOrientation(testJPEG(t, quarters(320, 200)), 6)).Key,
	}
	n := 0
	give := func(m *article.Image) {
		m.Asset, m.Missing = keys[n%len(keys)], ""
		n++
	}
	for m := range d.Images() {
		give(m)
	}
	return d
}

func exported(t testing.TB, o Options, job export.Job) ([]byte, []article.Issue) {
	t.Helper()
	var issues []article.Issue
	job.Report = func(i article.Issue) { issues = append(issues, i) }
	var b bytes.Buffer
	if err := New(o).Export(context.Background(), &b, job); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), issues
}

var weekly = export.Book{Title: "一周文摘", Subtitle: "第三十一周", Lang: "zh-Hans", Modified: testBook.Modified, From: testBook.Modified, To: testBook.Modified}

// Every kind of block and inline goes into a sound file that claims what it may.
func TestAllKinds(t *testing.T) {
	store := &storeOf{newStore(t)}
	doc := withPictures(t, articletest.AllKinds(), store)
	pages := 0
	pdf, issues := exported(t, Options{}, export.Job{
		Book: weekly, Chapters: chapters(doc, doc), Assets: store,
		Pages: func(n int) { pages = n },
	})
	for _, i := range issues {
		t.Log(i)
	}
	f := sound(t, pdf)
	if n := len(f.Pages()); n != pages || n < 4 {
		t.Errorf("%d pages, reported %d", n, pages)
	}
	t.Run("mutool", func(t *testing.T) {
		judge(t, pdf, "mutool", "draw", "-q", "-o", t.TempDir()+"/%d.png", "-r", "30", "FILE")
	})
	t.Run("pdfinfo", func(t *testing.T) { judge(t, pdf, "pdfinfo", "-struct-text", "FILE") })
}

// reading returns what the tagged content of a page says, in its order.
func reading(t *testing.T, f *pdftest.File, page pdftest.Dict) string {
	t.Helper()
	content, err := f.Data(page["Contents"])
	if err != nil {
		t.Fatal(err)
	}
	cmaps := map[pdftest.Name]map[int]string{}
	for n, ref := range f.Dict(f.At(page["Resources"], "Font")) {
		cmaps[pdftest.Name(n)] = readCMap(t, f, f.Dict(ref)["ToUnicode"])
	}
	var out strings.Builder
	var open []string // of each marked content: "", "artifact" or "span"
	var texts map[int]string
	for _, op := range pdftest.Operators(content) {
		switch op.Name {
		case "Tf":
			texts = cmaps[op.Args[0].(pdftest.Name)]
		case "BDC":
			kind := ""
			actual, has := op.Args[1].(pdftest.Dict)["ActualText"]
			switch {
			case op.Args[0] == pdftest.Name("Artifact"):
				kind = "artifact"
			case has:
				kind = "span"
				if !slices.Contains(open, "artifact") {
					out.WriteString(pdftest.Text(actual))
				}
			}
			open = append(open, kind)
		case "EMC":
			open = open[:len(open)-1]
		case "TJ":
			if slices.Contains(open, "artifact") || slices.Contains(open, "span") {
				continue
			}
			for _, a := range op.Args[0].(pdftest.Array) {
				s, _ := a.([]byte)
				for ; len(s) >= 2; s = s[2:] {
					text, ok := texts[int(s[0])<<8|int(s[1])]
					if !ok {
						t.Fatal("a code that reads as nothing")
					}
					out.WriteString(text)
				}
			}
		}
	}
	return out.String()
}

// visual returns the text of a run as its clusters stand: readers turn scripts
// that are written from the right round again.
func visual(r *layout.GlyphRun) string {
	if len(r.Glyphs) == 0 || r.Glyphs[0].Text0 <= r.Glyphs[len(r.Glyphs)-1].Text0 {
		return r.Text
	}
	var b strings.Builder
	last := int32(-1)
	for _, g := range r.Glyphs {
		if g.Text0 != last {
			b.WriteString(r.Text[g.Text0:g.Text1])
		}
		last = g.Text0
	}
	return b.String()
}

func readCMap(t *testing.T, f *pdftest.File, v any) map[int]string {
	t.Helper()
	data, err := f.Data(v)
	if err != nil {
		t.Fatal(err)
	}
	m := map[int]string{}
	for _, line := range strings.Split(string(data), "\n") {
		var code int
		var hex string
		if n, _ := fmt.Sscanf(line, "<%04X> <%s", &code, &hex); n != 2 || !strings.HasSuffix(hex, ">") || len(hex) < 5 {
			continue
		}
		utf16 := []byte{0xFE, 0xFF}
		for hex = strings.TrimSuffix(hex, ">"); hex != ""; hex = hex[2:] {
			var b byte
			fmt.Sscanf(hex[:2], "%02X", &b)
			utf16 = append(utf16, b)
		}
		m[code] = pdftest.Text(utf16)
	}
	return m
}

// What the pages of layout say, in every run that is not an artifact, is what
// the file says: over random articles.
func TestTextIn(t *testing.T) {
	store := &storeOf{newStore(t)}
	docs := []*article.Document{articletest.AllKinds()}
	for seed := range uint64(12) {
		docs = append(docs, articletest.Random(seed))
	}
	for i, doc := range docs {
		withPictures(t, doc, store)
		look := layout.Options{Title: weekly.Title, Lang: weekly.Lang, NoCover: true}
		if i%3 == 1 {
			look.Mode = layout.VerticalRL
		}
		var want strings.Builder
		ts, err := layout.New(look, embedded(), store, nil)
		if err != nil {
			t.Fatal(err)
		}
		note := func(p *layout.Page) error {
			for _, it := range p.Items {
				if r, ok := it.(*layout.GlyphRun); ok && r.Element != nil {
					want.WriteString(visual(r))
				}
			}
			return nil
		}
		if err := errors.Join(ts.Chapter(layout.Chapter{Document: doc, Part: doc.Meta.Section}, note), ts.Finish(note)); err != nil {
			t.Fatal(err)
		}
		pdf, _ := exported(t, Options{Layout: look, Fonts: embedded()}, export.Job{Book: weekly, Chapters: chapters(doc), Assets: store})
		f := pdftest.Must(t, pdf)
		var got strings.Builder
		body := 0
		for _, p := range f.Pages() {
			body++
			got.WriteString(reading(t, f, p))
		}
		if !strings.HasSuffix(articletest.Squeeze(got.String()), articletest.Squeeze(want.String())) {
			t.Errorf("document %d reads %s\nwant %s", i, got.String(), want.String())
		}
	}
}

// pdftotext gives back every stretch of text of an article, on a page so long
// that nothing is broken over pages.
func TestPDFToTextOfArticles(t *testing.T) {
	store := &storeOf{newStore(t)}
	look := layout.Options{
		NoCover: true, NoHeads: true, NoFolios: true, NotesAtEnd: true,
		Page: layout.Size{W: layout.MM(148), H: 200 * layout.In}, Ems: 34, Rows: 400,
	}
	for _, doc := range []*article.Document{articletest.AllKinds(), prose()} {
		withPictures(t, doc, store)
		pdf, _ := exported(t, Options{Layout: look, Fonts: embedded()}, export.Job{Book: weekly, Chapters: chapters(doc), Assets: store})
		got := articletest.Squeeze(judge(t, pdf, "pdftotext", "-raw", "-enc", "UTF-8", "FILE", "-"))
		check := func(text string) {
			if want := articletest.Squeeze(text); !strings.Contains(got, want) {
				t.Errorf("%q is not in %s", want, got)
			}
		}
		check(doc.Meta.Title)
		doc.Walk(func(b article.Block) bool {
			for in := range article.Inlines(b) {
				if r, ok := in.(article.Run); ok {
					check(r.Text)
				}
			}
			if code, ok := b.(*article.Code); ok {
				check(code.Text)
			}
			return true
		})
	}
}

// Read by its tags, as a screen reader does, a book says its articles from
// beginning to end, over pages, notes, tables and ruby, whichever way its lines run.
func TestStructureReadsAsText(t *testing.T) {
	store := &storeOf{newStore(t)}
	for i, doc := range []*article.Document{articletest.AllKinds(), prose(), articletest.AllKinds(), prose()} {
		withPictures(t, doc, store)
		look := layout.Options{}
		if i > 1 {
			look.Mode = layout.VerticalRL
		}
		pdf, _ := exported(t, Options{Layout: look, Fonts: embedded()}, export.Job{Book: weekly, Chapters: chapters(doc), Assets: store})
		var read strings.Builder
		for line := range strings.Lines(judge(t, pdf, "pdfinfo", "-struct-text", "-enc", "UTF-8", "FILE")) {
			if text, ok := strings.CutPrefix(strings.TrimSpace(line), `"`); ok {
				read.WriteString(strings.TrimSuffix(text, `"`))
			}
		}
		// Marks of notes and numbers of lists stand between: every stretch is looked for after
		// the one before. Notes come where they are referred to.
		got := articletest.Squeeze(read.String())
		walk := func(blocks []article.Block, rest string) string {
			article.Walk(blocks, func(b article.Block) bool {
				for in := range article.Inlines(b) {
					text := articletest.Squeeze(article.InlinesText([]article.Inline{in}))
					at := strings.Index(rest, text)
					if at < 0 {
						t.Fatalf("%q does not follow in %s", text, rest)
					}
					rest = rest[at+len(text):]
				}
				return true
			})
			return rest
		}
		walk(doc.Blocks, got)
		for i := range doc.Notes {
			walk(doc.Notes[i].Blocks, got)
		}
	}
}

// Pages of vertical books follow one another from right to left, and so do those of books in
// Hebrew.
func TestVertical(t *testing.T) {
	store := &storeOf{newStore(t)}
	for look, want := range map[layout.Options]string{{}: "", {Mode: layout.VerticalRL}: "R2L", {Lang: "he"}: "R2L"} {
		pdf, _ := exported(t, Options{Layout: look, Fonts: embedded()}, export.Job{Book: weekly, Chapters: chapters(prose()), Assets: store})
		f := sound(t, pdf)
		if got, _ := f.At(f.Root(), "ViewerPreferences", "Direction").(pdftest.Name); string(got) != want {
			t.Errorf("direction %q, want %q", got, want)
		}
	}
}

func prose() *article.Document {
	p := articletest.P
	return &article.Document{
		Meta: article.Meta{Title: "散文：𠮷野家", Lang: "zh-Hans"},
		Blocks: []article.Block{
			p("春天的早晨，院子里很安静，只有风吹过树叶的声音。他说：“（真的）好看！”我笑了……我们从未想过——竟然会这样。"),
			p("使用Go语言写PDF工具，3天完成，增长了35%；路过𠮷野家，买了㐂寿司😀，又拍了照片👩‍👩‍👧‍👦。"),
			articletest.H(2, "Latin"),
			p("The quick brown fox jumps over the lazy dog; affine fjords, naïve cafés, “quoted” — dashed, and a long_identifier_without_any_space."),
			&article.Paragraph{Attr: article.Attr{Lang: "ja"}, Inlines: articletest.Inlines("今日は「いい天気」でした。ちょっと散歩へ。ビールを飲む。")},
			&article.Paragraph{Attr: article.Attr{Lang: "ko"}, Inlines: articletest.Inlines("한국어 문장은 낱말 단위로 줄을 바꿉니다.")},
			&article.Code{Text: "func main() {\n\tfmt.Println(\"你好\")\n}"},
		},
	}
}

func TestEqualJobs(t *testing.T) {
	store := &storeOf{newStore(t)}
	doc := withPictures(t, articletest.AllKinds(), store)
	job := export.Job{Book: weekly, Chapters: chapters(doc, prose(), doc), Assets: store}
	a, _ := exported(t, Options{}, job)
	b, _ := exported(t, Options{}, job)
	if !bytes.Equal(a, b) {
		t.Error("two exports differ")
	}
}

var errStop = errors.New("stop")

type failing struct{ n int }

func (f *failing) Write(b []byte) (int, error) {
	if f.n -= len(b); f.n < 0 {
		return 0, errStop
	}
	return len(b), nil
}

func TestErrorsStop(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	store := &storeOf{newStore(t)}
	job := export.Job{Book: weekly, Chapters: chapters(prose()), Assets: store}
	e := New(Options{Fonts: embedded()})
	if err := e.Export(ctx, io.Discard, job); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for n := 0; n < 60_000; n += 20_000 {
		if err := e.Export(context.Background(), &failing{n}, job); !errors.Is(err, errStop) {
			t.Errorf("full after %d bytes: %v", n, err)
		}
	}
	job.Chapters = func(yield func(export.Chapter, error) bool) { yield(export.Chapter{}, errStop) }
	if err := e.Export(context.Background(), io.Discard, job); !errors.Is(err, errStop) {
		t.Errorf("a chapter that is an error: %v", err)
	}
}
