// Package omnivore reads the exports of Omnivore: metadata_*.json with a list of
// articles, and their texts beside it as content/SLUG.html, in a ZIP archive, in a
// folder, or the list alone. An entry whose text is not there is an excerpt that
// has nothing but an address.
package omnivore

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/readlater"
)

// Reader reads exports of Omnivore. The zero value is good.
type Reader struct {
	Options source.Options

	left func(string) // see tree.Page
}

var _ source.Reader = Reader{}

// Name implements source.Reader.
func (Reader) Name() string { return "omnivore" }

// Match tells whether in is an export: a list by its fields, an archive or folder
// by the lists in it.
func (Reader) Match(in source.Input) bool {
	return isList(in.Data) || in.Path == "" && in.Files != nil && Unpacked(in.Files)
}

func isList(data []byte) bool { return readlater.HasKeys(data, "slug", "savedAt", "url") }

// Unpacked tells whether fsys is the tree of an export.
func Unpacked(fsys fs.FS) bool { return len(lists(fsys)) > 0 }

// lists returns the names of the lists in an archive or a folder. They are numbered
// by what they hold, "metadata_0_to_20.json".
func lists(fsys fs.FS) []string {
	names, err := fs.Glob(fsys, "metadata_*.json")
	if err != nil {
		return nil
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(number(a), number(b)), cmp.Compare(a, b))
	})
	return names
}

func number(name string) int {
	n := 0
	if _, err := fmt.Sscanf(name, "metadata_%d", &n); err != nil {
		return -1
	}
	return n
}

type entry struct {
	ID          readlater.Text  `json:"id"`
	Slug        readlater.Text  `json:"slug"`
	Title       readlater.Text  `json:"title"`
	Description readlater.Text  `json:"description"`
	Author      readlater.Text  `json:"author"`
	URL         readlater.Text  `json:"url"`
	State       readlater.Text  `json:"state"`
	Thumbnail   readlater.Text  `json:"thumbnail"`
	Labels      readlater.Texts `json:"labels"`
	Saved       readlater.Text  `json:"savedAt"`
	Published   readlater.Text  `json:"publishedAt"`
}

// Read implements source.Reader. It yields a document for each entry.
func (r Reader) Read(in source.Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	x := &readlater.Export{Format: "omnivore", Input: in, Options: r.Options, Report: report, Left: r.left}
	if isList(in.Data) {
		return x.Read(readlater.Objects(x, in.Data, func(e entry) readlater.Item { return r.item(in, path.Dir(in.Path), e) }))
	}
	listed := map[string]bool{}
	docs := x.Read(x.Files(lists(in.Files), func(x *readlater.Export, name string, data []byte) readlater.Items {
		return readlater.Objects(x, data, func(e entry) readlater.Item {
			listed[string(e.Slug)] = true
			return r.item(in, path.Dir(name), e)
		})
	}))
	return func(yield func(*article.Document, error) bool) {
		for doc, err := range docs {
			if !yield(doc, err) {
				return
			}
		}
		names, _ := fs.Glob(in.Files, "content/*.html") // the pattern is right
		for _, name := range names {
			if !listed[strings.TrimSuffix(path.Base(name), ".html")] {
				report(article.Issue{Severity: article.Loss, Code: "omnivore.unlisted", Article: in.Name + "/" + name, Detail: "a text that no list names", Action: "left out"})
			}
		}
	}
}

// item is what an entry says, with its text if that lies below the folder dir.
func (r Reader) item(in source.Input, dir string, e entry) readlater.Item {
	it := readlater.Item{ID: string(e.ID), URL: string(e.URL), Title: readlater.Plain(string(e.Title)), Authors: []string{string(e.Author)}, Summary: string(e.Description),
		Picture: string(e.Thumbnail), Published: string(e.Published), Saved: string(e.Saved), State: strings.ToLower(string(e.State)), Tags: e.Labels}
	file := path.Join(dir, "content", string(e.Slug)+".html")
	if data, err := in.ReadFile(file, r.Options.Limit()); err == nil {
		it.HTML, it.File = string(data), path.Join(in.Name, file)
		if in.Path != "" {
			it.File = path.Join(in.Name, "..", "content", path.Base(file))
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		it.Broken = err
	}
	if notes, err := in.ReadFile(path.Join(dir, "highlights", string(e.Slug)+".md"), 1<<20); err == nil && len(bytes.TrimSpace(notes)) > 0 {
		it.Notes = 1
	}
	return it
}
