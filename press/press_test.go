package press

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/source"
)

// lines is a reader for tests. A document is a block of lines, and documents
// are parted by a line "====": "title: …", "date: 2021-08-05", "lang: zh-Hans",
// "in: a/b" (categories), "excerpt: yes", "img: src", "fail: why", "panic: why", "odd: detail"
// (an issue), "key=value" (unknown keys); other lines are paragraphs.
type lines struct{}

func (lines) Name() string               { return "lines" }
func (lines) Match(in source.Input) bool { return !bytes.HasPrefix(in.Data, []byte("\x00")) }
func (lines) Read(in source.Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	return func(yield func(*article.Document, error) bool) {
		for _, text := range strings.Split(string(in.Data), "====\n") {
			doc := &article.Document{}
			var failed error
			for n, line := range strings.Split(strings.TrimSpace(text), "\n") {
				key, value, _ := strings.Cut(line, ": ")
				attr := article.Attr{Pos: article.Pos{Line: n + 1}}
				switch key {
				case "title":
					doc.Meta.Title = value
				case "author":
					doc.Meta.Authors = []string{value}
				case "date":
					doc.Meta.Published, _ = time.Parse(time.DateOnly, value)
				case "lang":
					doc.Meta.Lang = value
				case "publisher":
					doc.Meta.Publisher = value
				case "url":
					doc.Meta.URL = value
				case "in":
					doc.Meta.Section = strings.Split(value, "/")
				case "img":
					doc.Blocks = append(doc.Blocks, &article.Figure{Attr: attr, Images: []*article.Image{{Src: value}}})
				case "excerpt":
					doc.Extent = article.Excerpt
				case "fail":
					failed = errors.New(value)
				case "panic":
					panic(value)
				case "odd":
					report(article.Issue{Severity: article.Warning, Code: "lines.odd", Pos: attr.Pos, Detail: value})
				default:
					if k, v, ok := strings.Cut(line, "="); ok {
						doc.Meta.Extra = append(doc.Meta.Extra, article.Field{Key: k, Value: v})
					} else if line != "" {
						doc.Blocks = append(doc.Blocks, &article.Paragraph{Attr: attr, Inlines: []article.Inline{article.Run{Text: line}}})
					}
				}
			}
			if failed != nil {
				doc = nil
			}
			if !yield(doc, failed) {
				return
			}
		}
	}
}

// dump is an exporter for tests: a text that shows all of the job.
type dump struct{ pages int }

func (d dump) Export(ctx context.Context, w io.Writer, job export.Job) error {
	b := job.Book
	fmt.Fprintf(w, "book %q lang %s by %q from %q\n", b.Title, b.Lang, b.Creators, b.Publisher)
	fmt.Fprintf(w, "dates %s; modified %s; %d articles; cover %q; headlines %q\n", b.Dates(), b.Modified.Format(time.DateOnly), b.Articles, b.Cover, b.Headlines)
	for c, err := range job.Chapters {
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s> %q (%s)\n", strings.Join(c.Part, "/"), c.Document.Meta.Title, c.Name)
		c.Document.Walk(func(b article.Block) bool {
			switch b := b.(type) {
			case *article.Figure:
				for _, img := range b.Images {
					fmt.Fprintf(w, "  image %s: asset %q missing %q\n", img.Src, img.Asset, img.Missing)
				}
			default:
				fmt.Fprintf(w, "  %s\n", strings.TrimSpace(article.BlocksText([]article.Block{b})))
			}
			return true
		})
		for in := range c.Document.Images() {
			if in.Missing == "" && in.Asset == "" {
				return fmt.Errorf("nobody tried to get %s", in.Src)
			}
		}
	}
	if d.pages > 0 {
		job.Pages(d.pages)
		job.Report(article.Issue{Severity: article.Loss, Code: "glyph.missing", Detail: "U+20BB7"})
	}
	return nil
}

// store and pictures stand for media and its fetcher: an address that has a
// number in it is missing with that HTTP status, others are there.
type store struct{ media.Store }

type pictures struct {
	asked atomic.Int64
	now   atomic.Int64
	most  atomic.Int64
	wait  time.Duration
}

func (p *pictures) Fetch(ctx context.Context, pic Picture) Fetched {
	p.asked.Add(1)
	n := p.now.Add(1)
	defer p.now.Add(-1)
	for m := p.most.Load(); n > m && !p.most.CompareAndSwap(m, n); m = p.most.Load() {
	}
	if p.wait > 0 {
		select {
		case <-time.After(p.wait):
		case <-ctx.Done():
			return Fetched{Reason: "interrupted"}
		}
	}
	if strings.Contains(pic.Src, "pixel") {
		return Fetched{Reason: "tracker", Detail: "a tracking pixel", Worthless: true}
	}
	if i := strings.IndexAny(pic.Src, "45"); i >= 0 && !strings.HasPrefix(pic.Src, "data:") {
		return Fetched{
			Reason: "http", Detail: "HTTP " + pic.Src[i:i+3], Hint: "try " + pic.Src[i:i+3],
			Attempts: []article.Attempt{{Referer: "none", Status: 403}},
		}
	}
	if pic.Files != nil && !strings.Contains(pic.Src, ":") {
		return Fetched{Key: "file:" + pic.Path + "+" + pic.Src, Bytes: 1}
	}
	return Fetched{Key: "key of " + pic.Src, Bytes: 10, Cached: strings.Contains(pic.Src, "cached")}
}

// inputs makes inputs of texts, by name in the order of the arguments:
// name, text, name, text…
func inputs(pairs ...string) []Input {
	var list []Input
	for i := 0; i < len(pairs); i += 2 {
		name, text := pairs[i], pairs[i+1]
		list = append(list, Input{Name: name, Load: func() (source.Input, error) {
			if text == "absent" {
				return source.Input{}, fs.ErrNotExist
			}
			return source.Input{Name: name, Data: []byte(text)}, nil
		}})
	}
	return list
}

// make runs a job on one output and returns the dump of the book.
func run1(t *testing.T, job Job) (string, *Report, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.txt")
	job.Readers = []source.Reader{lines{}}
	if job.Pictures == nil {
		job.Pictures = &pictures{}
	}
	job.Assets = store{}
	if job.Outputs == nil {
		job.Outputs = []Output{{Path: path, Format: "dump", Exporter: dump{}}}
	}
	rep, err := Run(t.Context(), job)
	if rep == nil {
		t.Fatal("the report is nil")
	}
	b, rerr := os.ReadFile(path)
	if err == nil && rerr != nil && job.Outputs[0].Path == path {
		t.Fatal(rerr)
	}
	return string(b), rep, err
}

func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestBook(t *testing.T) {
	all := inputs(
		"a.txt", "title: Alpha\nlang: zh-Hans\ndate: 2021-08-05\nin: News/Tech\nauthor: Li\nalpha text\nimg: http://h/1.jpg\n",
		"b.txt", "title: Beta\nlang: zh-Hans\ndate: 2021-08-03\nin: News\nauthor: Li\nbeta text\nimg: http://h/403.jpg\n",
		"c.txt", "title: Gamma\nlang: en\ndate: 2021-08-04\nin: Life\nauthor: Li\ngamma text\n",
	)
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"zero options", Options{}, `
book "文章合集 2021-08-03 – 2021-08-05" lang zh-Hans by ["Li"] from ""
dates 2021-08-03 – 2021-08-05; modified 2021-08-05; 3 articles; cover ""; headlines ["Beta" "Alpha" "Gamma"]
News> "Beta" (b.txt)
  beta text
  image http://h/403.jpg: asset "" missing "HTTP 403"
News/Tech> "Alpha" (a.txt)
  alpha text
  image http://h/1.jpg: asset "key of http://h/1.jpg" missing ""
Life> "Gamma" (c.txt)
  gamma text
`},
		{"newest first by day, title given", Options{Title: "T", Lang: "en", Sort: Newest, Group: ByDate, Images: NoImages, Modified: date("2000-01-02")}, `
book "T" lang en by ["Li"] from ""
dates 2021-08-03 – 2021-08-05; modified 2000-01-02; 3 articles; cover ""; headlines ["Alpha" "Gamma" "Beta"]
5 August 2021> "Alpha" (a.txt)
  alpha text
4 August 2021> "Gamma" (c.txt)
  gamma text
3 August 2021> "Beta" (b.txt)
  beta text
`},
		{"links, ungrouped, two", Options{Images: Link, Group: Ungrouped, Limit: 2, Sort: Oldest}, `
book "文章合集 2021-08-03 – 2021-08-04" lang zh-Hans by ["Li"] from ""
dates 2021-08-03 – 2021-08-04; modified 2021-08-04; 2 articles; cover ""; headlines ["Beta" "Gamma"]
> "Beta" (b.txt)
  beta text
  图片
> "Gamma" (c.txt)
  gamma text
`},
		{"one is left", Options{Since: date("2021-08-05"), Images: NoImages}, `
book "Alpha" lang zh-Hans by ["Li"] from ""
dates 2021-08-05; modified 2021-08-05; 1 articles; cover ""; headlines []
News/Tech> "Alpha" (a.txt)
  alpha text
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, err := run1(t, Job{Inputs: all, Options: c.o})
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.TrimPrefix(c.want, "\n"); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	all := inputs(
		"old", "title: old\ndate: 2021-07-01",
		"first", "title: first\ndate: 2021-08-01",
		"last", "title: last\ndate: 2021-08-07",
		"new", "title: new\ndate: 2021-08-08",
		"undated", "title: undated",
		"draft", "title: draft\ndraft=True\ndate: 2021-08-02",
		"hidden", "title: hidden\nStatus=hidden",
		"unpublished", "title: unpublished\npublished=no",
		"expired", "title: expired\nexpiryDate=2021-08-01\ndate: 2021-07-30",
	)
	august := Options{Since: date("2021-08-01"), Until: date("2021-08-08"), Now: date("2021-08-07").Add(time.Hour)}
	for _, c := range []struct {
		name   string
		o      Options
		titles string
		counts Articles
	}{
		{"all that is published", Options{}, "old first last new undated expired", Articles{Seen: 9, Used: 6, Drafts: 3}},
		{"a week", august, "first last undated", Articles{Seen: 9, Used: 3, Drafts: 3, TooOld: 1, Future: 1, Expired: 1}},
		{"the future", Options{Now: august.Now, Future: true}, "old first last new undated", Articles{Seen: 9, Used: 5, Drafts: 3, Expired: 1}},
		{"drafts", Options{Drafts: true, Since: date("2021-08-02")}, "last new undated draft hidden unpublished", Articles{Seen: 9, Used: 6, TooOld: 3}},
		{"until", Options{Until: date("2021-08-01")}, "old undated expired", Articles{Seen: 9, Used: 3, Drafts: 3, TooNew: 3}},
		{"newest two", Options{Sort: Newest, Limit: 2}, "new last", Articles{Seen: 9, Used: 2, Drafts: 3, OverLimit: 4}},
		{"undated last", Options{Sort: Oldest, Limit: 0}, "old expired first last new undated", Articles{Seen: 9, Used: 6, Drafts: 3}},
		{"by title", Options{Sort: ByTitle}, "expired first last new old undated", Articles{Seen: 9, Used: 6, Drafts: 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, rep, err := run1(t, Job{Inputs: all, Options: c.o})
			if err != nil {
				t.Fatal(err)
			}
			if titles := titlesOf(got); titles != c.titles {
				t.Errorf("got %q, want %q", titles, c.titles)
			}
			if rep.Articles != c.counts {
				t.Errorf("got %+v, want %+v", rep.Articles, c.counts)
			}
		})
	}
	_, rep, err := run1(t, Job{Inputs: all[:2], Options: Options{Since: date("2022-01-01")}})
	if !errors.Is(err, ErrNoArticles) || !errors.Is(err, ErrNoneChosen) || !strings.Contains(err.Error(), "of 2 found, 2 too old") || rep.Status != Failed {
		t.Errorf("nothing left: %v, %s", err, rep.Status)
	}
}

// titlesOf returns the titles in a dump, in their order.
func titlesOf(dump string) string {
	var titles []string
	for _, line := range strings.Split(dump, "\n") {
		if _, rest, ok := strings.Cut(line, `> "`); ok && line[0] != ' ' {
			title, _, _ := strings.Cut(rest, `"`)
			titles = append(titles, title)
		}
	}
	return strings.Join(titles, " ")
}

func TestSortByTitleInChinese(t *testing.T) {
	got, _, err := run1(t, Job{Options: Options{Sort: ByTitle, Lang: "zh-Hans"}, Inputs: inputs(
		"1", "title: 重庆", "2", "title: 北京", "3", "title: 安徽", "4", "title: 10", "5", "title: 9")})
	if err != nil {
		t.Fatal(err)
	}
	if titles := titlesOf(got); titles != "9 10 安徽 北京 重庆" {
		t.Errorf("got %s", titles)
	}
}

func TestGroupBySource(t *testing.T) {
	got, _, err := run1(t, Job{Options: Options{Group: BySource}, Inputs: inputs(
		"x/posts/a.txt", "title: 1", "b.txt", "title: 2\nurl: https://www.example.org/1",
		"x/posts/c.txt", "title: 3", "d.txt", "title: 4\npublisher: Paper", "e.txt", "title: 5")})
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, line := range strings.Split(got, "\n")[2:] {
		part, title, ok := strings.Cut(line, "> ")
		if ok {
			parts = append(parts, part+":"+title[1:2])
		}
	}
	if s := strings.Join(parts, " "); s != ":5 posts:1 posts:3 example.org:2 Paper:4" {
		t.Errorf("got %s", s)
	}
}

// TestFailures shows that what cannot be read costs a chapter, not the book.
func TestFailures(t *testing.T) {
	all := inputs(
		"dir/absent.txt", "absent",
		"good.txt", "title: good\nlang: en\nodd: strange line",
		"broken.txt", "fail: no end",
		"bad.txt", "panic: index out of range",
		"unknown.bin", "\x00",
	)
	got, rep, err := run1(t, Job{Inputs: all})
	if err != nil {
		t.Fatal(err)
	}
	if titles := titlesOf(got); titles != "absent good broken bad unknown" {
		t.Errorf("got %q", titles)
	}
	if !strings.Contains(got, "This article could not be read: no end") {
		t.Errorf("the stub does not say why:\n%s", got)
	}
	if want := (Articles{Seen: 5, Used: 1, Failed: 4}); rep.Articles != want || rep.Status != Partial {
		t.Errorf("got %+v %s", rep.Articles, rep.Status)
	}
	var said []string
	for _, p := range rep.Problems {
		said = append(said, p.Issue().String())
	}
	want := []string{
		"dir/absent.txt: article.failed: file does not exist; a chapter that says so",
		"good.txt:3: lines.odd: strange line",
		"broken.txt: article.failed: no end; a chapter that says so",
		"bad.txt: article.failed: reader lines failed: index out of range; a chapter that says so",
		"unknown.bin: article.failed: no reader knows this format; a chapter that says so",
	}
	if !slices.Equal(said, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}

	got, rep, err = run1(t, Job{Inputs: all, Options: Options{Failed: Skip}})
	if err != nil || titlesOf(got) != "good" || len(rep.Problems) != 5 || rep.Articles.Failed != 4 {
		t.Errorf("skip: %v, %q, %+v", err, titlesOf(got), rep.Problems)
	}

	_, rep, err = run1(t, Job{Inputs: all[2:4]})
	if !errors.Is(err, ErrNoArticles) || errors.Is(err, ErrNoneChosen) || !strings.Contains(err.Error(), "none of 2 inputs could be read; broken.txt: no end") {
		t.Errorf("all failed: %v", err)
	}
	if len(rep.Problems) != 2 || rep.Status != Failed || rep.Error == "" {
		t.Errorf("all failed: %+v", rep)
	}
}

// TestChangedBetween shows that an input which is gone when its turn comes
// leaves a chapter that says so.
func TestChangedBetween(t *testing.T) {
	var loads atomic.Int64
	long := strings.Repeat("x\n", earlyBytes) // more than is kept of the first reading
	all := append(inputs("a.txt", "title: a\nurl: http://h/a\n"+long), inputs("b.txt", "title: b")...)
	load := all[0].Load
	all[0].Load = func() (source.Input, error) {
		if loads.Add(1) > 1 {
			return source.Input{}, fs.ErrNotExist
		}
		return load()
	}
	got, rep, err := run1(t, Job{Inputs: all, Options: Options{Lang: "en"}})
	if err != nil {
		t.Fatal(err)
	}
	if titlesOf(got) != "a b" || !strings.Contains(got, "could not be read: file does not exist") {
		t.Errorf("got\n%s", got)
	}
	if rep.Articles.Used != 1 || rep.Articles.Failed != 1 || len(rep.Problems) != 1 || rep.Problems[0].Code != "article.failed" {
		t.Errorf("got %+v %+v", rep.Articles, rep.Problems)
	}
}

func TestPictures(t *testing.T) {
	data := "data:image/png;base64," + strings.Repeat("AAAA", 2000)
	job := Job{Inputs: inputs(
		"a.txt", "title: a\nimg: http://h/1.jpg\nimg: http://h/404.jpg\nimg: http://h/1.jpg\nimg: "+data,
		"b.txt", "title: b\nimg: http://h/cached.jpg\nimg: http://h/500.jpg")}
	f := &pictures{}
	job.Pictures = f
	got, rep, err := run1(t, job)
	if err != nil {
		t.Fatal(err)
	}
	if f.asked.Load() != 5 {
		t.Errorf("asked for %d pictures, want 5: one is shown twice", f.asked.Load())
	}
	if want := (Images{Wanted: 5, Embedded: 3, Cached: 1, Failed: 2, BytesIn: 30}); rep.Images != want {
		t.Errorf("got %+v, want %+v", rep.Images, want)
	}
	if n := strings.Count(got, `asset "key of http://h/1.jpg"`); n != 2 {
		t.Errorf("the picture that is shown twice is there %d times:\n%s", n, got)
	}
	if !strings.Contains(got, `asset "key of `+data) {
		t.Error("the data: address was not fetched")
	}
	if len(rep.Problems) != 2 {
		t.Fatalf("problems %+v", rep.Problems)
	}
	want := Problem{
		Severity: "loss", Code: "image.http", Article: "a.txt", Line: 3, URL: "http://h/404.jpg", Detail: "HTTP 404",
		Attempts: []ProblemAttempt{{Referer: "none", Status: 403}}, Action: "placeholder",
	}
	if got, _ := json.Marshal(rep.Problems[0]); true {
		if w, _ := json.Marshal(want); !bytes.Equal(got, w) {
			t.Errorf("got %s\nwant %s", got, w)
		}
	}
}

func TestWorthlessPictures(t *testing.T) {
	got, rep, err := run1(t, Job{Inputs: inputs("a.txt", "title: a\nimg: http://h/pixel.gif\nimg: http://h/1.jpg")})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got, "pixel") || !strings.Contains(got, "key of http://h/1.jpg") {
		t.Errorf("got\n%s", got)
	}
	if want := (Images{Wanted: 1, Embedded: 1, Skipped: 1, BytesIn: 10}); rep.Images != want || rep.Status != Complete {
		t.Errorf("got %+v %s", rep.Images, rep.Status)
	}
	if len(rep.Problems) != 1 || rep.Problems[0].Severity != "info" || rep.Problems[0].Action != "left out" {
		t.Errorf("got %+v", rep.Problems)
	}
}

func TestPicturesOfFiles(t *testing.T) {
	all := inputs("posts/a.txt", "title: a\nimg: p/1.jpg")
	load := all[0].Load
	all[0].Load = func() (source.Input, error) {
		in, err := load()
		in.Files, in.Path = os.DirFS("."), "posts/a.txt"
		return in, err
	}
	got, _, err := run1(t, Job{Inputs: all})
	if err != nil || !strings.Contains(got, `asset "file:posts/a.txt+p/1.jpg"`) {
		t.Errorf("%v\n%s", err, got)
	}
}

// TestFetchesAtOnce shows that many pictures are asked for at once, and no more
// than allowed.
func TestFetchesAtOnce(t *testing.T) {
	var text strings.Builder
	for i := range 60 {
		fmt.Fprintf(&text, "img: http://h/%c%c.jpg\n", 'a'+i/26, 'a'+i%26)
	}
	f := &pictures{wait: 5 * time.Millisecond}
	if _, _, err := run1(t, Job{Inputs: inputs("a", text.String()), Pictures: f, Options: Options{Fetches: 16}}); err != nil {
		t.Fatal(err)
	}
	if most := f.most.Load(); most > 16 || most < 8 {
		t.Errorf("%d at once, want 16", most)
	}
}

// TestManyDocuments shows that an input with many documents may be cut up,
// sorted and grouped, and is not read from its start for each of them.
// latePicture is there when ready is closed.
type latePicture struct {
	pictures
	ready chan struct{}
}

func (l *latePicture) Fetch(ctx context.Context, p Picture) Fetched {
	if strings.HasSuffix(p.Src, "/late.png") {
		select {
		case <-l.ready:
		case <-ctx.Done():
			return Fetched{Reason: "interrupted"}
		}
	}
	return l.pictures.Fetch(ctx, p)
}

// opening writes what dump does, and closes ready at the first chapter.
type opening struct{ ready chan struct{} }

func (o opening) Export(ctx context.Context, w io.Writer, job export.Job) error {
	chapters := job.Chapters
	job.Chapters = func(yield func(export.Chapter, error) bool) {
		first := true
		for c, err := range chapters {
			if first {
				close(o.ready)
				first = false
			}
			if !yield(c, err) {
				return
			}
		}
	}
	return dump{}.Export(ctx, w, job)
}

// TestWritesWhileFetching shows that a chapter is written before the pictures of
// later ones are there, and that those are waited for.
func TestWritesWhileFetching(t *testing.T) {
	ready := make(chan struct{})
	path := filepath.Join(t.TempDir(), "out.txt")
	phases := []Phase{}
	_, rep, err := run1(t, Job{
		Inputs:   inputs("a.txt", "title: a\nurl: http://h/a\nimg: http://h/soon.png", "b.txt", "title: b\nurl: http://h/b\nimg: http://h/late.png"),
		Pictures: &latePicture{ready: ready},
		Outputs:  []Output{{Path: path, Format: "dump", Exporter: opening{ready}}},
		Progress: func(p Progress) { phases = append(phases, p.Phase) },
	})
	if err != nil || rep.Images.Embedded != 2 || rep.Status != Complete {
		t.Fatalf("%v, %+v", err, rep.Images)
	}
	if !slices.IsSorted(phases) || phases[len(phases)-1] != Writing {
		t.Errorf("progress jumps back: %v", phases)
	}
	b, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(b), `asset "key of http://h/late.png"`) {
		t.Errorf("%v\n%s", err, b)
	}
}

func TestManyDocuments(t *testing.T) {
	const n = 300
	var docs []string
	for i := range n {
		docs = append(docs, fmt.Sprintf("title: %03d\ndate: %s\n", i, date("2021-01-01").AddDate(0, 0, i).Format(time.DateOnly)))
	}
	all := inputs("feed", strings.Join(docs, "====\n"), "single", "title: single\ndate: 2021-03-01")
	var loads atomic.Int64
	load := all[0].Load
	all[0].Load = func() (source.Input, error) { loads.Add(1); return load() }
	got, _, err := run1(t, Job{Inputs: all, Options: Options{Sort: Newest}})
	if err != nil {
		t.Fatal(err)
	}
	titles := strings.Fields(titlesOf(got))
	if len(titles) != n+1 || titles[0] != "299" || titles[n] != "000" || !slices.Contains(titles, "single") {
		t.Errorf("got %d titles: %v", len(titles), titles)
	}
	if loads.Load() > 1+n/window+1 {
		t.Errorf("the feed was loaded %d times", loads.Load())
	}
}

// TestTwoOutputs shows that both books are written from one reading of the
// options, at the same time, and that the report knows both.
func TestTwoOutputs(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.txt"), filepath.Join(dir, "b.txt")
	meet := &meeting{want: 2, met: make(chan bool)}
	_, rep, err := run1(t, Job{
		Tool:   "leporello test",
		Inputs: inputs("1", "title: one\nimg: http://h/x.jpg", "2", "title: two"),
		Outputs: []Output{
			{Path: a, Format: "first", Exporter: meet.exporter(dump{})},
			{Path: b, Format: "second", Exporter: meet.exporter(dump{pages: 212})},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	x, _ := os.ReadFile(a)
	y, _ := os.ReadFile(b)
	if len(x) == 0 || !bytes.Equal(x, y) {
		t.Errorf("the books differ:\n%s\n%s", x, y)
	}
	if len(rep.Outputs) != 2 || rep.Outputs[1].Pages != 212 || rep.Outputs[0].Bytes != int64(len(x)) || rep.Outputs[0].SHA256 != rep.Outputs[1].SHA256 || rep.Outputs[1].Articles != 2 {
		t.Errorf("outputs %+v", rep.Outputs)
	}
	if len(rep.Problems) != 1 || rep.Problems[0].Output != b {
		t.Errorf("problems %+v", rep.Problems)
	}
}

// meeting lets exporters begin only when all of them are there.
type meeting struct {
	mu   sync.Mutex
	want int
	met  chan bool
}

type meetingExporter struct {
	*meeting
	export.Exporter
}

func (m *meeting) exporter(e export.Exporter) export.Exporter { return meetingExporter{m, e} }

func (m meetingExporter) Export(ctx context.Context, w io.Writer, job export.Job) error {
	m.mu.Lock()
	m.want--
	if m.want == 0 {
		close(m.met)
	}
	m.mu.Unlock()
	select {
	case <-m.met:
	case <-time.After(10 * time.Second):
		return errors.New("the other exporter did not come")
	}
	return m.Exporter.Export(ctx, w, job)
}

// broken writes a little and fails.
type broken struct{}

func (broken) Export(_ context.Context, w io.Writer, job export.Job) error {
	io.WriteString(w, "half a book")
	for range job.Chapters {
		return errors.New("disk on fire")
	}
	return nil
}

// TestOutputFails shows that the old book stays and nothing else is left, and
// that the other output is finished.
func TestOutputFails(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.txt"), filepath.Join(dir, "b.txt")
	if err := os.WriteFile(a, []byte("old book"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, rep, err := run1(t, Job{
		Inputs:  inputs("1", "title: one", "2", "title: two", "3", "title: three", "4", "title: four", "5", "title: five"),
		Outputs: []Output{{Path: a, Exporter: broken{}}, {Path: b, Exporter: dump{}}},
	})
	if !errors.Is(err, ErrOutput) || !strings.Contains(err.Error(), "a.txt: not written: disk on fire") {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(a); string(got) != "old book" {
		t.Errorf("the old book is %q", got)
	}
	if rep.Status != Failed || len(rep.Outputs) != 1 || rep.Outputs[0].Path != b {
		t.Errorf("report %+v", rep)
	}
	onlyFiles(t, dir, "a.txt", "b.txt")
}

func onlyFiles(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, names) {
		t.Errorf("the folder holds %q, want %q", got, names)
	}
}

// TestOutputRefused shows that an output which cannot be written is known before
// anything is read.
func TestOutputRefused(t *testing.T) {
	_, _, err := run1(t, Job{
		Inputs: []Input{{Name: "a", Load: func() (source.Input, error) {
			t.Error("the input was read")
			return source.Input{}, fs.ErrNotExist
		}}},
		Outputs: []Output{{Path: filepath.Join(t.TempDir(), "none", "a.txt"), Exporter: dump{}}},
	})
	if !errors.Is(err, ErrOutput) || !errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), ".tmp") {
		t.Errorf("got %v", err)
	}
}

func TestStandardOutput(t *testing.T) {
	var out bytes.Buffer
	_, rep, err := run1(t, Job{Inputs: inputs("1", "title: one"), Outputs: []Output{{Path: "-", Writer: &out, Format: "dump", Exporter: dump{}}}})
	if err != nil || titlesOf(out.String()) != "one" || rep.Outputs[0].Bytes != int64(out.Len()) {
		t.Errorf("%v, %q, %+v", err, out.String(), rep.Outputs)
	}
	out.Reset()
	_, _, err = run1(t, Job{Inputs: inputs("1", "title: one"), Outputs: []Output{{Path: "-", Writer: &out, Exporter: broken{}}}})
	if err == nil || out.Len() != 0 {
		t.Errorf("%v; half a book went out: %q", err, out.String())
	}
}

// stopping cancels the run from within an exporter.
type stopping struct{ cancel func(error) }

var errStopped = errors.New("stopped by a person")

func (s stopping) Export(ctx context.Context, w io.Writer, job export.Job) error {
	io.WriteString(w, "half a book")
	s.cancel(errStopped)
	for _, err := range job.Chapters {
		if err != nil {
			return err
		}
	}
	return nil // an exporter that does not look at its context
}

func TestInterrupted(t *testing.T) {
	for _, c := range []struct {
		name string
		job  func(cancel func(error)) Job
	}{
		{"while reading", func(cancel func(error)) Job {
			all := inputs("1", "title: one", "2", "title: two")
			load := all[1].Load
			all[1].Load = func() (source.Input, error) { cancel(errStopped); return load() }
			return Job{Inputs: all, Outputs: []Output{{Exporter: dump{}}}}
		}},
		{"while fetching", func(cancel func(error)) Job {
			return Job{
				Inputs:   inputs("1", "title: one\nimg: http://h/x.jpg\nimg: http://h/y.jpg"),
				Pictures: &pictures{wait: time.Minute},
				Progress: func(p Progress) {
					if p.Phase == Reading {
						time.AfterFunc(10*time.Millisecond, func() { cancel(errStopped) })
					}
				},
				Outputs: []Output{{Exporter: dump{}}},
			}
		}},
		{"while writing", func(cancel func(error)) Job {
			return Job{Inputs: inputs("1", "title: one", "2", "title: two"), Outputs: []Output{{Exporter: stopping{cancel}}}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a.txt")
			os.WriteFile(path, []byte("old book"), 0o644)
			ctx, cancel := context.WithCancelCause(t.Context())
			job := c.job(cancel)
			job.Readers, job.Assets, job.Outputs[0].Path = []source.Reader{lines{}}, store{}, path
			if job.Pictures == nil {
				job.Pictures = &pictures{}
			}
			rep, err := Run(ctx, job)
			if !errors.Is(err, errStopped) || rep.Status != Failed || len(rep.Outputs) != 0 {
				t.Errorf("got %v, %+v", err, rep)
			}
			if got, _ := os.ReadFile(path); string(got) != "old book" {
				t.Errorf("the old book is %q", got)
			}
			onlyFiles(t, dir, "a.txt")
		})
	}
}

func TestCover(t *testing.T) {
	all := inputs("1", "title: one\nimg: http://h/x.jpg\nimg: http://h/y.jpg", "2", "title: two\nimg: http://h/404.jpg", "3", "title: three\nimg: http://h/x.jpg\nimg: http://h/z.jpg")
	var asked Cover
	got, _, err := run1(t, Job{Inputs: all, Options: Options{Title: "T"}, Cover: func(_ context.Context, c Cover) (string, error) {
		asked = c
		return "cover key", nil
	}})
	if err != nil || !strings.Contains(got, `cover "cover key"`) {
		t.Errorf("%v\n%s", err, got)
	}
	if asked.Book.Title != "T" || !slices.Equal(asked.Pictures, []string{"key of http://h/x.jpg", "key of http://h/z.jpg"}) {
		t.Errorf("asked for %+v", asked)
	}
	two := Job{
		Inputs: illustrated(2), Readers: []source.Reader{lines{}}, Assets: scales{}, Pictures: given{},
		Cover: func(_ context.Context, c Cover) (string, error) { return fmt.Sprintf("cover %d", c.Output), nil },
	}
	for _, name := range []string{"a.txt", "b.txt"} {
		two.Outputs = append(two.Outputs, Output{Path: filepath.Join(t.TempDir(), name), Exporter: weighed{}})
	}
	if _, err := Run(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	for n, o := range two.Outputs {
		if book, err := os.ReadFile(o.Path); err != nil || !strings.Contains(string(book), fmt.Sprintf("|cover %d|", n)) {
			t.Errorf("output %d: %v\n%s", n, err, book)
		}
	}
	got, rep, err := run1(t, Job{Inputs: all[:1], Cover: func(context.Context, Cover) (string, error) { return "", errors.New("no ink") }})
	if err != nil || !strings.Contains(got, `cover ""`) || len(rep.Problems) != 1 || rep.Problems[0].Code != "cover.failed" {
		t.Errorf("%v, %+v\n%s", err, rep.Problems, got)
	}
}

func TestIdentifier(t *testing.T) {
	id := func(o Options, pairs ...string) string {
		var got string
		_, _, err := run1(t, Job{Inputs: inputs(pairs...), Options: o, Cover: func(_ context.Context, c Cover) (string, error) {
			got = c.Book.Identifier
			return "", nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	a := id(Options{}, "posts/1", "title: one", "posts/2", "title: two")
	if len(a) != len("urn:uuid:00000000-0000-5000-8000-000000000000") || a[len("urn:uuid:00000000-0000-")] != '5' {
		t.Errorf("%s is no version 5 UUID", a)
	}
	if b := id(Options{Modified: date("2020-01-01")}, "/elsewhere/1", "title: one", "/elsewhere/2", "title: two"); b != a {
		t.Errorf("the same content in another folder: %s, %s", a, b)
	}
	for name, b := range map[string]string{
		"other text":  id(Options{}, "posts/1", "title: one\nmore", "posts/2", "title: two"),
		"other order": id(Options{}, "posts/2", "title: two", "posts/1", "title: one"),
		"other title": id(Options{Title: "T"}, "posts/1", "title: one", "posts/2", "title: two"),
	} {
		if b == a {
			t.Errorf("%s: the same identifier %s", name, a)
		}
	}
	given := Identifier("weekly", "2026-11-22T07:00")
	if given == Identifier("weekly2026-", "11-22T07:00") {
		t.Error("where parts end makes no difference")
	}
	if got := id(Options{Identifier: given}, "a", "title: one"); got != given {
		t.Errorf("%s is to be %s", got, given)
	}
}

// An issue of a series says so; its volumes have identifiers of their own, which are
// the same whenever they are made.
func TestSeries(t *testing.T) {
	whole := Identifier("weekly", "2026-11-22T07:00")
	made := func() (books []export.Book) {
		job := Job{
			Inputs: illustrated(12), Readers: []source.Reader{lines{}}, Assets: scales{}, Pictures: given{},
			Options: Options{Title: "Book", Identifier: whole, Series: "Weekly", Number: 7},
			Outputs: []Output{{Path: filepath.Join(t.TempDir(), "b.txt"), Exporter: weighed{head: 500, entry: 50}, MaxBytes: 200_000, Pictures: media.Profile{MaxWidth: 400, MaxHeight: 500}}},
			Cover: func(_ context.Context, c Cover) (string, error) {
				books = append(books, c.Book)
				return "", nil
			},
		}
		if _, err := Run(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		return books
	}
	first, again := made(), made()
	seen := map[string]bool{}
	for i, b := range first {
		if b.Series != "Weekly" || b.Number != 7 || b.Volume > 0 && b.WholeID != whole {
			t.Errorf("%+v", b)
		}
		if seen[b.Identifier] || again[i].Identifier != b.Identifier {
			t.Errorf("volume %d of %d: %s, and then %s", b.Volume, b.Volumes, b.Identifier, again[i].Identifier)
		}
		seen[b.Identifier] = true
	}
	if len(first) < 3 || !seen[whole] {
		t.Errorf("%d books, %v", len(first), seen)
	}
}

func TestProgress(t *testing.T) {
	var said []string
	_, _, err := run1(t, Job{
		Inputs:   inputs("1", "title: one\nimg: http://h/404.jpg", "2", "title: two"),
		Progress: func(p Progress) { said = append(said, fmt.Sprintf("%s %d/%d-%d", p.Phase, p.Done, p.Total, p.Failed)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(said, ", "); got != "reading 1/2-0, reading 2/2-0, pictures 1/1-1, writing 1/2-0, writing 2/2-0" {
		t.Errorf("got %s", got)
	}
}

func TestReport(t *testing.T) {
	now := date("2021-08-08")
	_, rep, err := run1(t, Job{
		Tool:   "leporello 0.1.0",
		Inputs: inputs("a.txt", "title: a <b>\nlang: en\nimg: http://h/403.jpg?a&b", "b.txt", "title: b\nlang: en\nodd: x\nodd: y"),
		Clock:  func() time.Time { now = now.Add(time.Second); return now },
		Options: Options{
			Title: "Weekly & more", MaxProblems: 2,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	rep.Outputs[0].Path = "out.txt"
	var b bytes.Buffer
	if err := rep.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	want := `{
  "schema": "leporello.report/1",
  "tool": "leporello 0.1.0",
  "status": "partial",
  "title": "Weekly & more",
  "lang": "en",
  "articles": {
    "seen": 2,
    "used": 2,
    "failed": 0
  },
  "images": {
    "wanted": 1,
    "embedded": 0,
    "cached": 0,
    "failed": 1,
    "skipped": 0,
    "bytes_in": 0
  },
  "outputs": [
    {
      "path": "out.txt",
      "format": "dump",
      "bytes": 208,
      "sha256": "` + rep.Outputs[0].SHA256 + `",
      "articles": 2
    }
  ],
  "problems": [
    {
      "severity": "loss",
      "code": "image.http",
      "article": "a.txt",
      "line": 3,
      "url": "http://h/403.jpg?a&b",
      "detail": "HTTP 403",
      "attempts": [
        {
          "referer": "none",
          "status": 403
        }
      ],
      "action": "placeholder"
    },
    {
      "severity": "warning",
      "code": "lines.odd",
      "article": "b.txt",
      "line": 3,
      "detail": "x"
    }
  ],
  "hints": [
    "try 403"
  ],
  "more_problems": 1,
  "timing": {
    "read": 2,
    "pictures": 1,
    "write": 1,
    "total": 5
  }
}
`
	if b.String() != want {
		t.Errorf("got %s", b.String())
	}
}

func TestThresholds(t *testing.T) {
	rep := &Report{Images: Images{Wanted: 80, Failed: 8}, Articles: Articles{Used: 9, Failed: 1}, lostText: 0, missingGlyphs: 3}
	for _, c := range []struct {
		s        string
		exceeded bool
		said     string
		bad      string // part of the error
	}{
		{s: "missing-images>10%", said: "8 of 80"},
		{s: "missing-images>9.9%", exceeded: true, said: "8 of 80"},
		{s: "missing-images > 7", exceeded: true, said: "8 of 80"},
		{s: "missing-images", exceeded: true, said: "8 of 80"},
		{s: "failed-articles>10%", said: "1 of 10"},
		{s: "failed-articles", exceeded: true, said: "1 of 10"},
		{s: "lost-text", said: "0"},
		{s: "missing-glyphs", exceeded: true, said: "3"},
		{s: "missing-glyphs>3", said: "3"},
		{s: "missing-glyphs>3%", bad: "has no percentage"},
		{s: "missing-pictures", bad: "is one of failed-articles, front-matter, losses, lost-text, missing-glyphs, missing-images"},
		{s: "missing-images>ten", bad: "is no number"},
		{s: "missing-images>NaN", bad: "is no number"},
		{s: "missing-images>-1", bad: "is no number"},
		{s: "", bad: "no threshold"},
	} {
		th, err := ParseThreshold(c.s)
		if c.bad != "" {
			if err == nil || !strings.Contains(err.Error(), c.bad) {
				t.Errorf("%q: %v", c.s, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.s, err)
			continue
		}
		if got, said := rep.Exceeds(th); got != c.exceeded || said != c.said {
			t.Errorf("%q: %v, %q", c.s, got, said)
		}
		if again, err := ParseThreshold(th.String()); err != nil || again != th {
			t.Errorf("%q is printed as %q, which is read as %+v, %v", c.s, th, again, err)
		}
	}
	none := &Report{}
	if th, _ := ParseThreshold("missing-images>0%"); th.What == "" {
		t.Error("not parsed")
	} else if over, _ := none.Exceeds(th); over {
		t.Error("a book without pictures lacks some")
	}
}

// TestMemory shows that memory does not grow with the text of a book: a
// few hundred articles of 64 KiB are never there together.
func TestMemory(t *testing.T) {
	body := strings.Repeat("沧海月明珠有泪\n", 3000)
	var all []Input
	for i := range 400 {
		name := fmt.Sprintf("%04d.txt", i)
		all = append(all, Input{Name: name, Load: func() (source.Input, error) {
			return source.Input{Name: name, Data: []byte("title: " + name + "\n" + body)}, nil
		}})
	}
	var most uint64
	seen := 0
	_, _, err := run1(t, Job{Inputs: all, Options: Options{Workers: 2}, Progress: func(p Progress) {
		if seen++; seen%100 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if most > 16<<20 {
		t.Errorf("%d MB in use; all texts together are %d MB", most>>20, 400*len(body)>>20)
	}
}

func TestList(t *testing.T) {
	items, rep, err := List(t.Context(), Job{
		Readers: []source.Reader{lines{}},
		Inputs:  inputs("a", "title: a\nin: X/Y\ndate: 2021-08-05\nimg: http://h/1.jpg", "b", "absent", "c", "title: c\nin: X\ndraft=true"),
	})
	if err != nil || len(items) != 2 || rep.Title == "" {
		t.Fatalf("%v, %+v", err, items)
	}
	if b := items[0]; b.Name != "b" || !errors.Is(b.Err, fs.ErrNotExist) {
		t.Errorf("got %+v", b)
	}
	if a := items[1]; a.Title != "a" || strings.Join(a.Part, "/") != "X/Y" || a.Pictures != 1 || !a.Published.Equal(date("2021-08-05")) {
		t.Errorf("got %+v", a)
	}
}

func TestCheckedJob(t *testing.T) {
	out := []Output{{Path: "x", Exporter: dump{}}}
	for name, job := range map[string]Job{
		"no inputs":        {Outputs: out},
		"no outputs":       {Inputs: inputs("a", "")},
		"no fetcher":       {Inputs: inputs("a", ""), Outputs: out},
		"no exporter":      {Inputs: inputs("a", ""), Outputs: []Output{{Path: "x"}}, Options: Options{Images: Link}},
		"no writer":        {Inputs: inputs("a", ""), Outputs: []Output{{Path: "-", Exporter: dump{}}}, Options: Options{Images: Link}},
		"input is no file": {Inputs: []Input{{Name: "a"}}, Outputs: out, Options: Options{Images: Link}},
	} {
		if rep, err := Run(t.Context(), job); err == nil || rep.Status != Failed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestExcerpts shows that excerpts are completed whenever they are read, in order,
// and that one that cannot be costs its own chapter only.
func TestExcerpts(t *testing.T) {
	const n = 100
	var docs, want []string
	for i := range n {
		docs = append(docs, fmt.Sprintf("title: %03d\nurl: https://e.example/%d\nexcerpt: yes\nodd: before\n", i, i))
		want = append(want, fmt.Sprintf("%03d", i))
	}
	whole := func(doc *article.Document, report func(article.Issue)) (*article.Document, error) {
		if strings.HasSuffix(doc.Meta.URL, "/7") {
			return nil, errors.New("HTTP 404")
		}
		report(article.Issue{Code: "page.odd", Article: doc.Meta.URL})
		full := *doc
		full.Extent = article.Whole
		full.Blocks = []article.Block{&article.Paragraph{Inlines: []article.Inline{article.Run{Text: "whole " + doc.Meta.URL}}}}
		return &full, nil
	}
	all := inputs("list", strings.Join(docs, "====\n"))
	got, rep, err := run1(t, Job{Inputs: all, Whole: whole})
	if err != nil {
		t.Fatal(err)
	}
	if titles := strings.Fields(titlesOf(got)); !slices.Equal(titles, want) {
		t.Errorf("titles %v", titles)
	}
	if c := strings.Count(got, "whole https://e.example/"); c != n-1 {
		t.Errorf("%d articles are whole", c)
	}
	if a := rep.Articles; a.Failed != 1 || a.Used != n-1 {
		t.Errorf("%+v", a)
	}
	for i, p := range rep.Problems[:4] {
		if want := []string{"lines.odd", "page.odd"}[i%2]; p.Code != want {
			t.Errorf("problem %d is %s", i, p.Code)
		}
	}
	again, _, _ := run1(t, Job{Inputs: all, Whole: whole})
	if got != again {
		t.Error("another book the second time")
	}
	// Without anyone who completes, there is nothing to make a book of.
	if _, _, err := run1(t, Job{Inputs: all}); !errors.Is(err, ErrNoArticles) {
		t.Errorf("nobody completes: %v", err)
	}
}
