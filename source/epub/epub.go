// Package epub reads the chapters of EPUB books (EPUB 2.0.1 to 3.3): the files of
// the spine in their order, with titles and parts from the table of contents.
//
// It decides which files are one chapter, which page is the cover and which only
// lists the others, where the notes of a chapter stand, and what XHTML is in HTML;
// what the HTML means is left to source/tree. Books that leporello made give back
// the articles that they were made from.
//
// Not done: scripts, styles (what is hidden by a style sheet is read), media
// overlays, page lists, and chapters within one file, which stay sections of one
// article.
package epub

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
)

// The errors for books that cannot be read.
var (
	// ErrEncrypted: the chapters are encrypted (DRM).
	ErrEncrypted = errors.New("the book is encrypted (DRM) and cannot be read")
	// ErrNoBook: there is no package document, or no spine in it.
	ErrNoBook = errors.New("not an EPUB book")
)

// Reader reads EPUB books. The zero value is good.
type Reader struct {
	Options source.Options

	left func(string) // see tree.Page
}

var _ source.Reader = Reader{}

// Name implements source.Reader.
func (Reader) Name() string { return "epub" }

// Match tells whether in is the archive of a book, or the folder that one was
// unpacked to.
func (Reader) Match(in source.Input) bool {
	return in.Files != nil && in.Path == "" && Unpacked(in.Files)
}

// Unpacked tells whether fsys is the tree of a book: it has a container, or, where
// that was lost, a type.
func Unpacked(fsys fs.FS) bool {
	if _, err := fs.Stat(fsys, containerName); err == nil {
		return true
	}
	kind, err := source.Input{Files: fsys}.ReadFile("mimetype", 64)
	return err == nil && strings.TrimSpace(string(kind)) == "application/epub+zip"
}

// Read implements source.Reader. It yields a document for each chapter. References
// of their pictures are relative to the root of in.Files.
func (r Reader) Read(in source.Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	return func(yield func(*article.Document, error) bool) {
		b := &book{in: in, o: r.Options, left: r.left, report: func(i article.Issue) {
			if i.Article == "" {
				i.Article = in.Name
			}
			report(i)
		}}
		fail := func(err error) bool { return yield(nil, fmt.Errorf("epub: %s: %w", in.Name, err)) }
		if err := b.open(); err != nil {
			fail(err)
			return
		}
		for _, c := range b.chapters() {
			doc, err := b.document(c)
			if err != nil {
				if !fail(err) {
					return
				}
				continue
			}
			if doc != nil && !yield(doc, nil) {
				return
			}
		}
	}
}
