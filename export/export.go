// Package export says what a book is before it has a format: a Job. The
// packages below it write a Job as EPUB or PDF. It decides nothing about either.
package export

import (
	"context"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/media"
)

// Job is everything a book is made of.
type Job struct {
	Book Book
	// Chapters yields the articles in reading order. It may be called more than
	// once and yields the same each time; an exporter keeps no document longer
	// than it needs, so that memory does not grow with the book.
	Chapters iter.Seq2[Chapter, error]
	// Assets holds the bytes of every picture whose Image.Asset is set.
	Assets media.Store
	// Pictures is what the device can show. The zero value stands for what all
	// reading systems of the format can.
	Pictures media.Profile
	// Slice cuts what is much higher than a screen of Pictures.MaxWidth by
	// Pictures.MaxHeight, were it as wide, into pieces, which stand one below the other,
	// instead of making it small.
	Slice bool
	// Embedded receives what a picture was turned into, once for each that is shown;
	// nil drops it. Exporters call it from one goroutine.
	Embedded func(key string, pieces []media.Asset)
	// Report receives what was worked around; nil drops it. Exporters call it from one
	// goroutine.
	Report func(article.Issue)
	// Pages receives the number of pages of the book, once, before Export returns;
	// nil drops it. Formats without pages do not call it.
	Pages func(n int)
}

// Chapter is one article and its place among the parts of the book.
type Chapter struct {
	// Part is the path of the parts it stands in, outermost first: its section
	// path, its date or its source, as the book is grouped; empty: no part.
	Part     []string
	Document *article.Document
	// Name is what issues call the article: the path or address of its input.
	Name string
}

// Chapters returns documents as the chapters of a book without parts.
func Chapters(docs ...*article.Document) iter.Seq2[Chapter, error] {
	return func(yield func(Chapter, error) bool) {
		for _, d := range docs {
			if !yield(Chapter{Document: d, Name: d.Meta.Title}, nil) {
				return
			}
		}
	}
}

// Book is the metadata of the book as a whole.
type Book struct {
	Title       string // never empty
	Subtitle    string
	Lang        string // BCP 47; empty: und
	Creators    []string
	Publisher   string
	Description string
	// Identifier is a URI that names this book (urn:uuid:…); empty: exporters
	// derive one from the book's content.
	Identifier string
	// Modified is the one date that formats demand. It comes from
	// SOURCE_DATE_EPOCH or from the newest article, never from the clock. Zero:
	// 1980-01-01.
	Modified time.Time
	// From and To are the dates of the oldest and the newest article; zero: unknown.
	From, To time.Time
	Articles int // how many chapters there are; 0: not counted beforehand
	// Cover is the key of the cover picture in Job.Assets, a JPEG or PNG; empty: no
	// picture. PDF draws its own cover.
	Cover string
	// Headlines are the titles that the cover announces, the most important first.
	Headlines []string
	// Series is what the book is an issue of, and Number which; empty: of nothing.
	Series string
	Number int
	// Volume is which of so many Volumes this book is, counted from 1; 0: it is whole.
	// Its title ends with both.
	Volume, Volumes int
	// Whole and WholeID are the title and the identifier of the book that the volumes
	// make.
	Whole, WholeID string
}

// Dates writes the days that the articles are of: "2021-08-01 – 2021-08-07", one
// day once; empty where they are unknown.
func (b *Book) Dates() string {
	from, to := b.From, b.To
	switch {
	case from.IsZero() && to.IsZero():
		return ""
	case from.IsZero():
		from = to
	case to.IsZero():
		to = from
	}
	first, last := from.Format(time.DateOnly), to.Format(time.DateOnly)
	if first == last {
		return first
	}
	return first + " – " + last
}

// CoverTitle is the title for a place where Dates and the volume stand too: a title
// that ends with them, which it needs in a list of books, is cut before them.
func (b *Book) CoverTitle() string {
	title := b.Title
	if b.Volume > 0 {
		title = b.Whole
	}
	if d := b.Dates(); d != "" {
		if t, ok := strings.CutSuffix(title, " "+d); ok && strings.TrimSpace(t) != "" {
			return strings.TrimSpace(t)
		}
	}
	return title
}

// Exporter writes a job in one format. Equal jobs give equal bytes. After an
// error what was written is of no use. An Exporter may be used again, also from
// several goroutines.
type Exporter interface {
	Export(ctx context.Context, w io.Writer, job Job) error
}
