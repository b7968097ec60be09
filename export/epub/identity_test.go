package epub_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/html"
	"github.com/leporello-press/leporello/source/sourcetest"
)

// said brings a tree to what a page of a book can say of it. Of its date that is the
// day, of its section, tags and summary nothing, and titles are one line without marks of direction. Places are those of the
// file; pictures that the book has are named by it, and nobody has tried yet to get
// the others; notes are named by their number; a cell's scope and spans are what they
// come to; the name space and the text of a formula are its element's.
func said(d *article.Document) string {
	m := d.Meta
	d.Meta = article.Meta{Title: strings.Trim(marks.ReplaceAllString(spaces.ReplaceAllString(m.Title, " "), ""), " "), Subtitle: m.Subtitle, Authors: m.Authors, Lang: m.Lang, URL: m.URL, Publisher: m.Publisher, Lead: m.Lead}
	if !m.Published.IsZero() {
		d.Meta.Published = time.Date(m.Published.Year(), m.Published.Month(), m.Published.Day(), 0, 0, 0, 0, time.UTC)
	}
	for img := range d.Images() {
		if img.Asset != "" || strings.HasPrefix(img.Src, "../img/") || strings.HasPrefix(img.Src, "data:") {
			img.Src, img.Asset = "in the book", ""
		}
		img.Missing = ""
	}
	number := map[string]string{}
	for i := range d.Notes {
		n := &d.Notes[i]
		number[n.ID] = fmt.Sprint("note ", i+1)
		n.ID, n.Pos = number[n.ID], article.Pos{}
	}
	d.Walk(func(b article.Block) bool {
		for _, list := range article.InlineLists(b) {
			for i, in := range *list {
				switch in := in.(type) {
				case article.Run:
					if to := number[strings.TrimPrefix(in.Style.Link, "#")]; to != "" {
						in.Style.Link = "#" + to
					}
					(*list)[i] = in
				case *article.NoteRef:
					in.ID = number[in.ID]
				case *article.Math:
					in.Source = mathTag.ReplaceAllString(in.Source, "<math>")
				}
			}
		}
		if t, ok := b.(*article.Table); ok {
			places, _ := t.Grid()
			for _, p := range places {
				p.Cell.RowSpan, p.Cell.ColSpan = p.Rows, p.Columns
				if p.Cell.Header && p.Cell.Scope == article.ScopeAuto {
					p.Cell.Scope = article.ScopeRow
					if p.HeadPart {
						p.Cell.Scope = article.ScopeColumn
					}
				}
			}
		}
		return true
	})
	return places.ReplaceAllString(d.Dump(), "")
}

var (
	spaces  = regexp.MustCompile(" +")
	marks   = regexp.MustCompile("[\u202a-\u202e\u2066-\u2069]")
	mathTag = regexp.MustCompile(`^<math[^>]*>`)
	places  = regexp.MustCompile(`(?m) @\d+(:\d+)?$`)
)

// again returns the tree that the page of d in a book is read as.
func again(t testing.TB, d *article.Document, assets media.Store) (*article.Document, string) {
	t.Helper()
	u := unpack(t, write(t, export.Job{Book: export.Book{Title: "T"}, Assets: assets, Chapters: export.Chapters(d)}))
	page := u.files["EPUB/text/a0001.xhtml"]
	doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "a0001.xhtml", Data: []byte(page)})
	return doc, page
}

// identical fails where d is not read from the book as it was.
func identical(t testing.TB, d *article.Document, assets media.Store) {
	t.Helper()
	got, page := again(t, d, assets)
	have, want := strings.Split(said(got), "\n"), strings.Split(said(d), "\n")
	for i := range max(len(have), len(want)) {
		if i >= len(have) || i >= len(want) || have[i] != want[i] {
			at := func(lines []string) string {
				return strings.Join(lines[min(max(i-3, 0), len(lines)):min(i+4, len(lines))], "\n")
			}
			t.Fatalf("line %d of the tree: got\n%s\nwant\n%s\nfrom\n%.2000s", i+1, at(have), at(want), page)
		}
	}
}

// A tree that is written is read as the same tree.
func TestIdentity(t *testing.T) {
	d, keys := store(t)
	t.Run("all kinds", func(t *testing.T) {
		doc := articletest.AllKinds()
		n := 0
		for img := range doc.Images() {
			if n++; n%2 == 0 {
				img.Asset = keys["wide"]
			}
		}
		identical(t, doc, d)
	})
	for seed := range uint64(500) {
		t.Run(fmt.Sprint("random ", seed), func(t *testing.T) { identical(t, articletest.Random(seed), nil) })
		if t.Failed() {
			return
		}
	}
	for _, doc := range everything(t, d) {
		if doc.Meta.Title == "links-odd" {
			continue // the addresses that are written are valid ones
		}
		t.Run(doc.Meta.Title, func(t *testing.T) { identical(t, doc, d) })
	}
}

func FuzzIdentity(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { identical(t, articletest.Random(seed), nil) })
}
