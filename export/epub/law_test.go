package epub_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/export/epub"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/html"
)

// obey exports documents and tests every law: well-formed, unique ids, links that
// lead somewhere, everything in the manifest, and the text of the trees.
func obey(t testing.TB, docs ...*article.Document) *unpacked {
	t.Helper()
	return obeyAs(t, epub.Options{}, docs...)
}

func obeyAs(t testing.TB, o epub.Options, docs ...*article.Document) *unpacked {
	t.Helper()
	u := unpack(t, writeAs(t, o, export.Job{Book: export.Book{Title: "T"}, Chapters: export.Chapters(docs...)}))
	texts := u.check(t)
	if len(texts) != len(docs) {
		t.Fatalf("%d articles, want %d", len(texts), len(docs))
	}
	for i, d := range docs {
		if want := articletest.Squeeze(legal(d.Text())); texts[i] != want {
			t.Errorf("article %d: got\n%s\nwant\n%s", i, texts[i], want)
		}
	}
	return u
}

// legal is a text without what XML has no place for.
func legal(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func TestRandom(t *testing.T) {
	for seed := range uint64(200) {
		obeyAs(t, epub.Options{Vertical: seed%4 == 3}, articletest.Random(seed))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// What is written for a paragraph reads back as it was, whatever marks, links and
// readings lie over one another.
func TestReadsBack(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		ins := articletest.Inlines("文")
		for range 1 + r.IntN(9) {
			style := article.Style{Marks: article.Mark(r.Uint32()&r.Uint32()) & (1<<12 - 1), Link: []string{"", "", "https://example.org/"}[r.IntN(3)]}
			if r.IntN(8) == 0 {
				ins = append(ins, &article.Ruby{Style: style, Segments: []article.RubySegment{{Base: "漢", Text: "かん"}, {Base: "字", Text: "じ"}}})
				continue
			}
			for range 1 + r.IntN(2) {
				ins = append(ins, article.Run{Text: []string{"李白", "杜 甫", "a ", " b"}[r.IntN(4)], Style: style})
			}
		}
		p := &article.Paragraph{Inlines: append(ins, article.Run{Text: "。"})}
		d := &article.Document{Blocks: []article.Block{p}}
		d.Normalize()
		page := obey(t, d).files["EPUB/text/a0001.xhtml"]
		_, page, _ = strings.Cut(page, "</header>")
		for got, err := range (html.Reader{}).Read(source.Input{Name: "a.html", Data: []byte(page)}, func(article.Issue) {}) {
			if err != nil {
				t.Fatal(err)
			}
			if q, ok := got.Blocks[0].(*article.Paragraph); !ok || !reflect.DeepEqual(q.Inlines, p.Inlines) {
				t.Fatalf("wrote\n%s\nread\n%s\n%s", d.Dump(), got.Dump(), page)
			}
		}
	}
}

func FuzzExport(f *testing.F) {
	f.Add(uint64(1), uint64(2), "title", "id")
	f.Fuzz(func(t *testing.T, a, b uint64, title, id string) {
		d := articletest.Random(a)
		d.Meta.Title, d.Meta.Subtitle, d.Meta.Publisher, d.Meta.Lang, d.Meta.URL, d.Meta.Summary = title, title, title, id, title, title
		d.Meta.Authors, d.Meta.Section = []string{title, id}, []string{id, title}
		for _, b := range d.Blocks {
			if p, ok := b.(*article.Paragraph); ok {
				p.ID = id
				p.Inlines = append(p.Inlines, article.Run{Text: "x", Style: article.Style{Link: "#" + id}}, &article.NoteRef{ID: id})
			}
		}
		obey(t, d, articletest.Random(b))
	})
}

// Articles that are too large for one page are cut, in whatever they are large.
func TestLarge(t *testing.T) {
	sentence := strings.Repeat("长文要切开，", 20) + "切在该切的地方。"
	big := strings.Repeat(sentence, 1200) // some 450 KB
	link := func(id string) article.Inline { return articletest.Linked("去", "#"+id) }
	var ps, items, quoted []article.Block
	list := &article.List{Order: &article.Order{Start: 7}}
	table := &article.Table{Head: []article.Row{{Cells: []article.Cell{articletest.Header("头")}}}}
	dl := &article.DefinitionList{}
	var notes []article.Note
	for i := range 1500 {
		p := articletest.P(sentence, link(fmt.Sprint("p", 1499-i)), &article.NoteRef{ID: fmt.Sprint("n", i)})
		p.ID = fmt.Sprint("p", i)
		ps = append(ps, p)
		quoted = append(quoted, articletest.P(sentence))
		list.Items = append(list.Items, article.ListItem{Blocks: []article.Block{articletest.P(sentence)}})
		table.Body = append(table.Body, article.Row{Cells: []article.Cell{articletest.Cell(sentence)}})
		dl.Entries = append(dl.Entries, article.Definition{Terms: [][]article.Inline{articletest.Inlines(fmt.Sprint(i))}, Descriptions: [][]article.Block{{articletest.P(sentence)}}})
		notes = append(notes, article.Note{ID: fmt.Sprint("n", i), Blocks: []article.Block{articletest.P("注", link(fmt.Sprint("p", i)))}})
	}
	items = append(items, list)
	one := articletest.P(big)
	one.Lang = "ja"
	for _, c := range []struct {
		name  string
		doc   *article.Document
		least int
		want  string // stands in the second page
	}{
		{"paragraphs with notes", &article.Document{Blocks: ps, Notes: notes}, 3, "<p"},
		{"one paragraph", &article.Document{Blocks: []article.Block{one}}, 2, `<p class="go-on" lang="ja" xml:lang="ja">`},
		{"a list", &article.Document{Blocks: items}, 2, `<ol start="`},
		{"a list in a quotation", &article.Document{Blocks: []article.Block{&article.Quote{Blocks: items}}}, 2, "<blockquote>\n<ol start="},
		{"a quotation", &article.Document{Blocks: []article.Block{&article.Quote{Blocks: quoted}}}, 2, "<blockquote>"},
		{"a table", &article.Document{Blocks: []article.Block{table}}, 2, `<div class="table"><table><tbody>`},
		{"definitions", &article.Document{Blocks: []article.Block{dl}}, 2, "<dl>"},
		{"code", &article.Document{Blocks: []article.Block{&article.Code{Text: strings.Repeat("line of code\n", 40_000)}}}, 2, "<pre><code>"},
		{"notes that nothing leads to", &article.Document{Blocks: []article.Block{articletest.P("文")}, Notes: notes}, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := obey(t, c.doc)
			pages := 0
			for _, name := range u.spine {
				if !strings.HasPrefix(name, "EPUB/text/") {
					continue
				}
				pages++
				if len(u.files[name]) > 252_000 {
					t.Errorf("%s: %d bytes", name, len(u.files[name]))
				}
			}
			if pages < c.least {
				t.Errorf("%d pages", pages)
			}
			if second := u.files["EPUB/text/a0001-2.xhtml"]; c.want != "" && !strings.Contains(second[:min(len(second), 900)], c.want) {
				t.Errorf("the second page begins\n%s", second[:900])
			}
		})
	}
}

// A list that goes on counts on.
func TestLargeListCounts(t *testing.T) {
	list := &article.List{Order: &article.Order{Start: 100, Reversed: true}}
	for range 900 {
		list.Items = append(list.Items, article.ListItem{Blocks: []article.Block{articletest.P(strings.Repeat("字", 200))}})
	}
	u := obey(t, &article.Document{Blocks: []article.Block{list}})
	first := strings.Count(u.files["EPUB/text/a0001.xhtml"], "<li>")
	if want := fmt.Sprintf(`<ol reversed="reversed" start="%d">`, 100-first); !strings.Contains(u.files["EPUB/text/a0001-2.xhtml"], want) {
		t.Errorf("the second page has no %s", want)
	}
}

// hostile is a book of titles that others have broken on.
func hostile() export.Job {
	var docs []*article.Document
	for _, s := range []string{
		`]]> <script>alert(1)</script> & "quotes' --`, "\u202eright to left\u2066", strings.Repeat("长", 3500), "line\nbreak\x00\ufffe\xff", "   ", "../../etc/passwd", "<!--", "${x} {{y}} %s",
	} {
		docs = append(docs, &article.Document{Meta: article.Meta{
			Title: s, Subtitle: s, Authors: []string{s, s}, Publisher: s, Summary: s, Section: []string{s}, Lang: s, URL: "https://example.org/" + s,
			Published: time.Date(12021, 1, 1, 0, 0, 0, 0, time.UTC), Lead: &article.Image{Src: s, Alt: s, Missing: s, Title: s, Link: s},
		}, Blocks: []article.Block{
			&article.Heading{Attr: article.Attr{ID: s, Lang: s}, Level: 99, Inlines: articletest.Inlines(s)},
			&article.Paragraph{Attr: article.Attr{ID: s}, Inlines: articletest.Inlines(s, articletest.Linked(s, s), articletest.Linked("a", "#"+s), &article.NoteRef{ID: s}, &article.Image{Src: s, Alt: s})},
			&article.Code{Syntax: s, Text: s}, &article.Embed{Src: s, Title: s}, &article.Quote{Cite: s},
			&article.Table{Caption: articletest.Inlines(s)}, &article.List{}, &article.DefinitionList{Entries: []article.Definition{{}}}, &article.Figure{},
			&article.Table{Body: []article.Row{{}, {Cells: []article.Cell{{ColSpan: 1 << 30, RowSpan: 1 << 30}, {}}}, {}}},
			&article.Paragraph{Inlines: []article.Inline{&article.Math{Source: s, Text: s}, &article.Ruby{Segments: []article.RubySegment{{Base: s, Text: s}, {}}}}},
		}, Notes: []article.Note{{ID: s, Blocks: []article.Block{articletest.P(s)}}, {}}})
	}
	job := export.Job{Chapters: func(yield func(export.Chapter, error) bool) {
		for _, d := range docs {
			if !yield(export.Chapter{Document: d, Part: []string{d.Meta.Title, d.Meta.Title}, Name: d.Meta.Title}, nil) {
				return
			}
		}
	}}
	s := docs[0].Meta.Title
	job.Book = export.Book{Title: s, Subtitle: s, Lang: s, Creators: []string{s, ""}, Publisher: s, Description: s, Headlines: []string{s}}
	return job
}

func TestHostile(t *testing.T) {
	u := unpack(t, write(t, hostile()))
	u.check(t)
	for name, body := range u.files {
		if strings.Contains(body, "<script") || strings.Contains(body, "javascript:") {
			t.Errorf("%s has a script", name)
		}
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./_") != "" || strings.Contains(name, "..") {
			t.Errorf("a file is named %q", name)
		}
	}
	judge(t, write(t, hostile()))
}

// What EPUBCheck says of random trees and of cut ones.
func TestEPUBCheckRandom(t *testing.T) {
	var docs []*article.Document
	for seed := range uint64(60) {
		docs = append(docs, articletest.Random(1000+seed))
	}
	big := &article.Document{Meta: article.Meta{Title: "Large"}}
	for i := range 900 {
		q := &article.Quote{Blocks: []article.Block{articletest.P(strings.Repeat("长文要切开。", 40), &article.NoteRef{ID: "n"})}}
		q.ID = fmt.Sprint("q", i)
		big.Blocks = append(big.Blocks, q, articletest.H(2, "节"))
	}
	big.Notes = []article.Note{{ID: "n", Blocks: []article.Block{articletest.P("注", articletest.Linked("q", "#q899"))}}}
	book := export.Book{Title: "T", Lang: "zh"}
	judge(t, writeAs(t, epub.Options{Vertical: true}, export.Job{Book: book, Chapters: export.Chapters(docs[:20]...)}))
	judge(t, write(t, export.Job{Book: book, Chapters: export.Chapters(append(docs, big)...)}))
}

// Every picture that cannot be shown is a placeholder and an issue with its place.
func TestUnusablePictures(t *testing.T) {
	d, keys := store(t)
	tiff, err := d.Put(strings.NewReader("II*\x00\x08\x00\x00\x00"))
	if err != nil {
		t.Fatal(err)
	}
	doc := &article.Document{Blocks: []article.Block{
		&article.Figure{Attr: article.Attr{Pos: article.Pos{Line: 3}}, Images: []*article.Image{{Src: "https://www.example.org/a.tif", Alt: "图", Asset: tiff.Key}}},
		&article.Figure{Images: []*article.Image{{Src: "p/gone.jpg", Asset: strings.Repeat("0", 64)}}},
		&article.Figure{Images: []*article.Image{{Src: "https://example.org/b.png", Missing: "HTTP 403", Link: "https://example.org/big"}}},
		articletest.P("行内", &article.Image{Src: "https://example.org/c.png", Missing: "timeout"}),
		&article.Figure{Images: []*article.Image{{Src: "p/there.png", Asset: keys["wide"]}}},
	}}
	var issues []article.Issue
	u := unpack(t, write(t, export.Job{Book: export.Book{Title: "T", Lang: "en"}, Assets: d, Chapters: export.Chapters(doc), Report: func(i article.Issue) { issues = append(issues, i) }}))
	u.check(t)
	page := u.files["EPUB/text/a0001.xhtml"]
	for _, want := range []string{
		`<p class="alt">图</p><p class="why">Picture missing · example.org · `, `<a href="https://www.example.org/a.tif">See it at its source</a>`,
		">Picture missing · p/gone.jpg</p>", "Picture missing · example.org · HTTP 403", `<a href="https://example.org/big">example.org</a>`,
		`[<a href="https://example.org/c.png" title="example.org · timeout">Picture missing</a>]`, `alt="Picture"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	if n := strings.Count(page, "<img"); n != 1 {
		t.Errorf("%d pictures", n)
	}
	if len(issues) != 2 || issues[0].Code != "image.embed" || issues[0].Pos.Line != 3 || issues[0].Severity != article.Loss || issues[0].URL != "https://www.example.org/a.tif" {
		t.Errorf("issues %v", issues)
	}
	if opf := u.files["EPUB/package.opf"]; strings.Contains(opf, "alternativeText") {
		t.Error("alternative texts are claimed")
	}
}

func TestErrors(t *testing.T) {
	fault := errors.New("fault")
	ok := export.Chapter{Document: &article.Document{}}
	for _, c := range []struct {
		name string
		ch   export.Chapter
		err  error
	}{{"of a chapter", ok, fault}, {"no document", export.Chapter{}, nil}} {
		job := export.Job{Book: export.Book{Title: "T"}, Chapters: func(yield func(export.Chapter, error) bool) { _ = yield(ok, nil) && yield(c.ch, c.err) }}
		err := epub.New(epub.Options{}).Export(context.Background(), io.Discard, job)
		if err == nil || c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := epub.New(epub.Options{}).Export(ctx, io.Discard, export.Job{Chapters: export.Chapters(&article.Document{})}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := epub.New(epub.Options{}).Export(context.Background(), full{}, export.Job{Chapters: export.Chapters(&article.Document{})}); !errors.Is(err, errFull) {
		t.Errorf("full: %v", err)
	}
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// The same content has the same identifier; other content has another.
func TestIdentifier(t *testing.T) {
	id := func(title, text string, b export.Book) string {
		u := unpack(t, write(t, export.Job{Book: b, Chapters: export.Chapters(&article.Document{Meta: article.Meta{Title: title}, Blocks: []article.Block{articletest.P(text)}})}))
		_, s, _ := strings.Cut(u.files["EPUB/package.opf"], `<dc:identifier id="id">`)
		s, _, _ = strings.Cut(s, "<")
		return s
	}
	a := id("a", "text", export.Book{Title: "T"})
	if b := id("a", "text", export.Book{Title: "T", Modified: time.Unix(1e9, 0)}); a != b {
		t.Errorf("the date changes the identifier: %s, %s", a, b)
	}
	if b := id("a", "other", export.Book{Title: "T"}); a == b {
		t.Error("another text, the same identifier")
	}
	if b := id("a", "text", export.Book{Title: "T", Identifier: "urn:isbn:1"}); b != "urn:isbn:1" {
		t.Errorf("given, but %s", b)
	}
	if len(a) != 45 || a[23] != '5' || !strings.HasPrefix(a, "urn:uuid:") {
		t.Errorf("not a UUID of version 5: %s", a)
	}
}

// A thousand articles need little more memory than a hundred: their records.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	peak := func(n int) (most uint64) {
		job := many(n, nil)
		inner := job.Chapters
		job.Chapters = func(yield func(export.Chapter, error) bool) {
			i := 0
			for ch, err := range inner {
				if i++; i%(n/10) == 0 {
					runtime.GC()
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapAlloc)
				}
				if !yield(ch, err) {
					return
				}
			}
		}
		if err := epub.New(epub.Options{}).Export(context.Background(), io.Discard, job); err != nil {
			t.Fatal(err)
		}
		return most
	}
	base := peak(10)
	a, b := peak(100), peak(1000)
	t.Logf("10: %d KB, 100: %d KB, 1000: %d KB", base>>10, a>>10, b>>10)
	if grown := int64(b) - int64(a); grown > 900*6<<10 {
		t.Errorf("%d bytes for each of 900 articles", grown/900)
	}
}

// many is a job of n articles of some 3,000 characters, each with the given pictures.
func many(n int, keys []string) export.Job {
	text := strings.Repeat("这是一篇文章里的一句话，有逗号，也有句号。", 10)
	return export.Job{Book: export.Book{Title: "T", Lang: "zh-Hans"}, Chapters: func(yield func(export.Chapter, error) bool) {
		for i := range n {
			d := &article.Document{Meta: article.Meta{Title: fmt.Sprintf("第%d篇", i), Lang: "zh-Hans", Publisher: "社", URL: fmt.Sprintf("https://example.org/%d", i)}}
			for k := range 15 {
				if k%4 == 0 {
					d.Blocks = append(d.Blocks, articletest.H(2, fmt.Sprintf("第%d节", k)))
				}
				d.Blocks = append(d.Blocks, articletest.P(text, articletest.Marked("强调", article.Strong), "完。"))
				if k < len(keys) {
					d.Blocks = append(d.Blocks, &article.Figure{Images: []*article.Image{{Asset: keys[k], Alt: "图"}}})
				}
			}
			if !yield(export.Chapter{Document: d, Part: []string{fmt.Sprintf("第%d部", i/10)}, Name: d.Meta.URL}, nil) {
				return
			}
		}
	}}
}

// 100 articles of 3,000 characters with 8 pictures, which are kept as they are.
func BenchmarkExport(b *testing.B) {
	d, keys := store(b)
	job := many(100, []string{keys["wide"], keys["tall"], keys["tall2"], keys["icon"], keys["cover"], keys["wide"], keys["tall"], keys["tall2"]})
	job.Assets = d
	var n bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		n.Reset()
		if err := epub.New(epub.Options{}).Export(context.Background(), &n, job); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(n.Len()))
}
