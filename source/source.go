// Package source says what an input is and what a reader of one format does:
// bytes and a base address in, documents out. It finds the inputs that a
// person named (files, folders, globs, standard input). It leaves the formats
// to the packages below it and the network to media/fetch.
package source

import (
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/leporello-press/leporello/article"
)

// Input is the bytes of one file, page or stream.
type Input struct {
	Name string // what messages call it: a path as the person wrote it, an address, "-"
	Type string // the media type the server declared; empty for files
	Base string // the address that relative references resolve against; empty for files
	Data []byte
	// Stale says why it cannot be had now: this came in an earlier run. Nil: it is new.
	Stale error

	// Referrer is the Referrer-Policy that came with a page: what its pictures are
	// asked for with, unless it says otherwise itself. Empty: none.
	Referrer string

	// Files is the tree that references of a local article are confined to, and
	// Path the slash-separated path of the article in it. A relative picture
	// "p/1.jpg" of the article "posts/a.html" is Files' "posts/p/1.jpg". Files is
	// nil for inputs that may not name local files. Of an archive, and of a folder
	// that is one input, it is the tree within, and Path is empty.
	Files fs.FS
	Path  string
	// Named says that a person named the very file, and it was not found in a folder
	// or by a pattern.
	Named bool
}

// ReadFile returns the content of a file of in.Files. Where it is longer than limit
// bytes, the error wraps ErrTooLarge and the first limit bytes are returned.
func (in Input) ReadFile(name string, limit int64) ([]byte, error) {
	if in.Files == nil || !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	file, err := in.Files.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(data)) > limit {
		return data[:limit], fmt.Errorf("%s: more than %d bytes: %w", name, limit, ErrTooLarge)
	}
	return data, err
}

// Options are what a person may tell every reader. The zero value is good.
type Options struct {
	// Zone is where dates without a zone were written; nil: UTC.
	Zone *time.Location
	// Lang is the language of articles that do not name their own; empty: guessed
	// from the text.
	Lang string
	// ArticleLang is the language of all articles, whatever they name; empty: the one
	// that they name.
	ArticleLang string
	// KeepPseudoHeadings leaves a paragraph of nothing but bold text a paragraph.
	KeepPseudoHeadings bool
	// Categories is what a list of categories means; zero: a path, as in Hexo.
	Categories Categories
	// SpacedTags splits tags and categories that are one text at its spaces. Files
	// that Jekyll's folders hold are read so anyway.
	SpacedTags bool
	// TeX reads $…$ and $$…$$ in Markdown as formulas. Where it is not set they stay
	// text: dollars are money, too.
	TeX bool
	// FullText says which entries of feeds are excerpts, to be completed from their
	// addresses; zero: those that look like it.
	FullText FullText
	// SinglePages leaves the pages apart that an article goes on over.
	SinglePages bool
	// Follow brings such pages of the web; nil: only those beside a file are joined.
	Follow func(address string) (Input, error)
	// MaxBytes bounds one input, decoded; 0 is 32 MiB.
	MaxBytes int64
}

// FullText says which entries of feeds are excerpts.
type FullText uint8

const (
	// AutoFullText: those that have only a summary, or a text that breaks off.
	AutoFullText FullText = iota
	// AlwaysFullText: all that have an address.
	AlwaysFullText
	// NeverFullText: none.
	NeverFullText
)

// fullTexts are the names of the FullTexts on the command line.
var fullTexts = []string{"auto", "always", "never"}

// ParseFullText returns the FullText of a name: auto, always or never.
func ParseFullText(name string) (FullText, error) {
	i, err := indexOf(name, fullTexts)
	return FullText(i), err
}

// Categories is what the list of categories in a front matter means.
type Categories uint8

const (
	// Hierarchy: the list is one path, the outermost first. Of several lists the
	// first is the section.
	Hierarchy Categories = iota
	// Flat: the categories are equals. The first is the section, the others are tags.
	Flat
	// First: the first category is the section, the others are kept in Extra.
	First
	// Last: the last category is the section, the others are kept in Extra.
	Last
)

// categories are the names of the Categories on the command line.
var categories = []string{"hierarchy", "flat", "first", "last"}

// ParseCategories returns the Categories of a name: hierarchy, flat, first or last.
func ParseCategories(name string) (Categories, error) {
	i, err := indexOf(name, categories)
	return Categories(i), err
}

func indexOf(name string, names []string) (int, error) {
	if i := slices.Index(names, name); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("%q is none of %s", name, strings.Join(names, ", "))
}

// Jekyll tells whether in lies in one of Jekyll's folders of posts, whose tags are
// separated by spaces.
func (in Input) Jekyll() bool {
	dirs := strings.Split(in.Path, "/")
	return slices.Contains(dirs[:len(dirs)-1], "_posts") || slices.Contains(dirs[:len(dirs)-1], "_drafts")
}

// Reader reads one format.
type Reader interface {
	// Name is the format's name on the command line: "html", "markdown".
	Name() string
	// Match tells whether in is of this format, by its name, its declared type
	// and its first bytes. Readers are asked in the order of a table; the first
	// that matches reads.
	Match(in Input) bool
	// Read yields the documents of in: one for an article, many for a feed or a
	// book. What it works around it reports, with its place. An error ends that
	// document, not the sequence.
	Read(in Input, report func(article.Issue)) iter.Seq2[*article.Document, error]
}

// Limit is MaxBytes, or what its zero stands for.
func (o Options) Limit() int64 {
	if o.MaxBytes == 0 {
		return 32 << 20
	}
	return o.MaxBytes
}

// One is the Read of a format whose inputs hold one document: what read reports
// is of in, and its error names the format and the input.
func One(format string, in Input, report func(article.Issue), read func(Input, func(article.Issue)) (*article.Document, error)) iter.Seq2[*article.Document, error] {
	return func(yield func(*article.Document, error) bool) {
		doc, err := read(in, func(i article.Issue) {
			if i.Article == "" {
				i.Article = in.Name
			}
			report(i)
		})
		if err != nil {
			doc, err = nil, fmt.Errorf("%s: %s: %w", format, in.Name, err)
		}
		yield(doc, err)
	}
}
