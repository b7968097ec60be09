package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/sourcetest"
	"github.com/leporello-press/leporello/source/webpage"
)

// told is what a reader of an article knows of it.
type told struct {
	meta     article.Meta
	text     string
	links    int                        // within the article, and marks of notes
	pictures int                        // that are there
	sums     map[[sha256.Size]byte]bool // of those that books take as they are
}

// articlesOf reads the articles that an operand names, by their titles.
func articlesOf(t *testing.T, operand string) map[string]told {
	t.Helper()
	entries, err := source.Find([]string{operand}, source.Search{})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]told{}
	for _, e := range entries {
		in, err := e.Load()
		if err != nil {
			t.Fatal(err)
		}
		for doc, err := range source.Read(readers(source.Options{}, webpage.Options{}), in, func(article.Issue) {}) {
			if err != nil {
				t.Fatal(err)
			}
			a := told{meta: doc.Meta, text: articletest.Squeeze(doc.Text()), sums: map[[sha256.Size]byte]bool{}}
			doc.Walk(func(b article.Block) bool {
				for in := range article.Inlines(b) {
					run, _ := in.(article.Run)
					if _, mark := in.(*article.NoteRef); mark || strings.HasPrefix(run.Style.Link, "#") {
						a.links++
					}
				}
				return true
			})
			for img := range doc.Images() {
				if data, err := fs.ReadFile(in.Files, filepath.ToSlash(filepath.Join(filepath.Dir(in.Path), img.Src))); err == nil {
					a.pictures++
					if strings.HasSuffix(img.Src, ".jpg") {
						a.sums[sha256.Sum256(data)] = true
					}
				}
			}
			found[doc.Meta.Title] = a
		}
	}
	return found
}

// TestReadBackLarge shows it for an article that is cut into several pages, whose
// links and notes lead from one to another.
func TestReadBackLarge(t *testing.T) {
	var b strings.Builder
	b.WriteString("<h1>长文</h1>")
	const n = 700
	for i := range n {
		fmt.Fprintf(&b, `<p id="p%d">%s第%d段，见<a href="#p%d">另一段</a><sup><a href="#n%d" id="r%d">[%d]</a></sup>。</p>`, i, strings.Repeat("河水慢慢地流，", 40), i, (i*7+350)%n, i, i, i+1)
	}
	b.WriteString("<ol>")
	for i := range n {
		fmt.Fprintf(&b, `<li id="n%d">第%d个注。<a href="#r%d">↩</a></li>`, i, i, i)
	}
	b.WriteString("</ol>")
	dir := t.TempDir()
	article := filepath.Join(dir, "a.html")
	if err := os.WriteFile(article, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(dir, "a.epub")
	if b, err := command("build", "-q", "--offline", "--images", "none", "-o", made, article).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	w, r := articlesOf(t, article)["长文"], articlesOf(t, made)
	if len(r) != 1 || r["长文"].text != w.text || r["长文"].links != w.links || w.links != 2*n {
		t.Errorf("%d articles; %d characters, wrote %d; %d links, wrote %d", len(r), len(r["长文"].text), len(w.text), r["长文"].links, w.links)
	}
}

// TestReadBack shows that an EPUB that was made can be read, and loses no text, no
// picture and nothing that it shows of an article; made again, it says the same.
func TestReadBack(t *testing.T) {
	dir := t.TempDir()
	build := func(operand, name string) string {
		path := filepath.Join(dir, name)
		if b, err := command("build", "-q", "--offline", "--cache-dir", dir, "--title", "样刊", "-o", path, operand).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		return path
	}
	once := build("../../testdata/articles", "once.epub")
	twice := build(once, "twice.epub")
	written, first, second := articlesOf(t, "../../testdata/articles"), articlesOf(t, once), articlesOf(t, twice)
	titles := slices.Sorted(maps.Keys(written))
	if got := slices.Sorted(maps.Keys(first)); !slices.Equal(got, titles) {
		t.Fatalf("got %q\nof  %q", got, titles)
	}
	for _, title := range titles {
		w, a, b := written[title], first[title], second[title]
		if lost := sourcetest.Missing(w.text, a.text, sourcetest.Printed); lost != "" {
			t.Errorf("%s: lost %q", title, lost)
		}
		if a.pictures != w.pictures || !maps.Equal(a.sums, w.sums) {
			t.Errorf("%s: %d pictures, wrote %d; %d photographs, wrote %d", title, a.pictures, w.pictures, len(a.sums), len(w.sums))
		}
		m, n := w.meta, a.meta
		if m.Subtitle != n.Subtitle || !slices.Equal(m.Authors, n.Authors) || m.Lang != n.Lang || m.URL != n.URL || !slices.Equal(m.Section, n.Section) ||
			m.Published.Format("20060102") != n.Published.Format("20060102") || m.Publisher != n.Publisher && !slices.Contains(m.Authors, m.Publisher) {
			t.Errorf("wrote %+v\nread  %+v", m, n)
		}
		if m.Summary != "" && !strings.Contains(a.text, articletest.Squeeze(strings.TrimRight(m.Summary, "。."))) && m.Summary != n.Summary {
			t.Errorf("%s: summary %q, wrote %q", title, n.Summary, m.Summary)
		}
		if a.text != b.text || a.pictures != b.pictures {
			t.Errorf("%s: another article the second time:\n%s\n%s", title, a.text, b.text)
		}
	}
}
