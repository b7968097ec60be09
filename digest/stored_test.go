package digest

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/press"
	"github.com/leporello-press/leporello/source"
)

// trees reads files that say which tree they stand for.
type trees struct{}

func (trees) Name() string               { return "trees" }
func (trees) Match(in source.Input) bool { return strings.HasPrefix(string(in.Data), "tree ") }
func (trees) Read(in source.Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	return func(yield func(*article.Document, error) bool) {
		var seed uint64
		fmt.Sscanf(string(in.Data), "tree %d", &seed)
		doc := articletest.Random(seed)
		if seed == 0 {
			doc = articletest.AllKinds()
		}
		doc.Extent = article.Whole
		report(article.Issue{Severity: article.Loss, Code: "odd.thing", Detail: fmt.Sprint(seed)})
		yield(doc, nil)
	}
}

// A book of stored documents is the book of the inputs that they were read from, and
// its report tells the same.
func TestStoredIsRead(t *testing.T) {
	w := newWorld(t, `
sources: {all: articles}
digests: {one: {title: One, outputs: ['one.epub'], dedupe: {by: [guid]}}}
`)
	dir := filepath.Join(w.dir, "articles")
	if err := os.CopyFS(dir, os.DirFS("../testdata/articles")); err != nil {
		t.Fatal(err)
	}
	for seed := range 60 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("tree-%02d.txt", seed)), fmt.Appendf(nil, "tree %d\n", seed), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := htmlReaders
	htmlReaders = append([]source.Reader{trees{}}, before...)
	defer func() { htmlReaders = before }()
	m := w.start()
	runs := m.run("one")
	if len(runs) != 1 || runs[0].Made.IsZero() {
		t.Fatalf("%+v", runs)
	}
	stored := m.files(runs[0])["one.epub"]

	// The same, by nothing but press.
	entries, err := source.Find([]string{dir}, source.Search{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := configOf(&runs[0])
	if err != nil {
		t.Fatal(err)
	}
	assets, err := media.New(t.TempDir(), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	session, err := w.session(assets)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	job, _, err := book(w.config.Digest("one"))
	if err != nil {
		t.Fatal(err)
	}
	job.Inputs, job.Readers, job.Assets, job.Pictures = press.Inputs(entries), htmlReaders, assets, session.Fetcher
	job.Options.Title, job.Options.Identifier, job.Options.Modified = "One", f.Identifier, runs[0].At
	job.Outputs[0].Path = filepath.Join(t.TempDir(), "one.epub")
	rep, err := press.Run(context.Background(), job)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(job.Outputs[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != stored {
		t.Errorf("%d bytes of inputs, %d of stored documents", len(b), len(stored))
	}
	got, err := m.ReportOf(t.Context(), &runs[0])
	if err != nil {
		t.Fatal(err)
	}
	if rep.Images.Wanted != got.Images.Wanted || rep.Images.Embedded != got.Images.Embedded || rep.Images.Failed != got.Images.Failed || rep.Images.Embedded == 0 || rep.Images.Failed == 0 {
		t.Errorf("pictures: %+v, of stored documents %+v", rep.Images, got.Images)
	}
	if a, b := fmt.Sprint(rep.Losses()), fmt.Sprint(got.Losses()); a != b || !strings.Contains(a, "odd.thing 60") {
		t.Errorf("losses: %s, of stored documents %s", a, b)
	}
	if rep.Articles.Used != got.Articles.Used || rep.Articles.Used < 62 {
		t.Errorf("articles: %+v, of stored documents %+v", rep.Articles, got.Articles)
	}
}
