// Package pdf writes a job as a PDF 1.7 file (ISO 32000-1): pages become
// content streams, structure trees become tags, faces become embedded subsets,
// pictures become image objects. Where anything stands on a page was decided by
// layout; this package only draws it. Pages are written as they are set, so
// that memory does not grow with the book except for a few bytes an object.
//
// Files aim at PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1). They claim
// either only when nothing in the book is known to break it.
package pdf

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/layout"
	"github.com/leporello-press/leporello/media"
)

// Options are how PDF files are made. The zero value is good.
type Options struct {
	// Layout is how the pages look. Where it has no title and no language they are
	// those of the book.
	Layout layout.Options
	// Fonts are the faces that text is set in; nil: the embedded ones.
	Fonts *fonts.Set
}

// Pictures is what a Job without Job.Pictures stands for: JPEG and PNG stay as they
// are up to six megapixels. 2,000 by 3,000 pixels fill an A4 page at more than
// 240 dpi.
var Pictures = media.Profile{MaxPixels: 6_000_000}

// Exporter writes jobs as PDF. It implements export.Exporter.
type Exporter struct{ o Options }

// New returns an exporter.
func New(o Options) *Exporter {
	if o.Fonts == nil {
		o.Fonts = fonts.Embedded()
	}
	return &Exporter{o}
}

var _ export.Exporter = (*Exporter)(nil)

// Lead pictures that a cover may choose from, and what a picture must have to
// be one: icons and strips lead nothing.
const (
	maxCoverPictures = 12
	minCoverSide     = 300 // pixels
)

// addLead appends the lead picture of an article: the one that is declared so,
// else the first that is large enough.
func addLead(keys []string, doc *article.Document, store media.Store) []string {
	if doc == nil {
		return keys
	}
	for m := range doc.Images() {
		if m.Asset == "" {
			continue
		}
		a, err := store.Stat(m.Asset)
		if err != nil || a.Width < minCoverSide || a.Height < minCoverSide || a.Height > 3*a.Width || a.Width > 4*a.Height {
			continue
		}
		if slices.Contains(keys, m.Asset) {
			return keys
		}
		return append(keys, m.Asset)
	}
	return keys
}

// Export writes job to w: the articles first, then the contents and the cover,
// which stand before them in the order of pages.
func (e *Exporter) Export(ctx context.Context, w io.Writer, job export.Job) error {
	report := job.Report
	if report == nil {
		report = func(article.Issue) {}
	}
	look := e.o.Layout
	if look.Title == "" {
		look.Title = job.Book.Title
	}
	if look.Lang == "" {
		look.Lang = job.Book.Lang
	}
	if job.Pictures == (media.Profile{}) {
		job.Pictures = Pictures
	}
	if job.Slice {
		look.Long = layout.SliceLong
	}
	out := bufio.NewWriterSize(w, 64<<10)
	job.Report = report
	d := newDocument(out, &job)
	ts, err := layout.New(look, e.o.Fonts, d.pictures.assets(), report)
	if err != nil {
		return fmt.Errorf("pdf: %w", err)
	}
	d.backward = look.Backward()
	emit := func(p *layout.Page) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return d.page(p)
	}
	cover := coverText(job.Book)
	articles := 0
	for ch, err := range job.Chapters {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("pdf: %w", err)
		}
		d.chapter = ch.Name
		articles++
		d.pictures.prepare(ch.Document)
		if len(cover.Pictures) < maxCoverPictures {
			cover.Pictures = addLead(cover.Pictures, ch.Document, job.Assets)
		}
		err = ts.Chapter(layout.Chapter{Document: ch.Document, Part: ch.Part, Name: ch.Name}, emit)
		if err != nil {
			return fmt.Errorf("pdf: %s: %w", ch.Name, err)
		}
	}
	d.chapter = ""
	if cover.Articles == 0 {
		cover.Articles = articles
	}
	if err := ts.Finish(emit); err != nil {
		return fmt.Errorf("pdf: %w", err)
	}
	if err := ts.Contents(emit); err != nil {
		return fmt.Errorf("pdf: contents: %w", err)
	}
	if !look.NoCover {
		if err := ts.Cover(cover, emit); err != nil {
			return fmt.Errorf("pdf: cover: %w", err)
		}
	}
	if err := d.close(job.Book, ts.Outline()); err != nil {
		return fmt.Errorf("pdf: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("pdf: %w", err)
	}
	if job.Pages != nil {
		job.Pages(d.pages())
	}
	return nil
}

func coverText(b export.Book) layout.CoverText {
	return layout.CoverText{
		Title:     b.CoverTitle(),
		Subtitle:  b.Subtitle,
		Lang:      b.Lang,
		Dates:     b.Dates(),
		Articles:  b.Articles,
		Volume:    b.Volume,
		Volumes:   b.Volumes,
		Headlines: b.Headlines,
	}
}
