// Package epub writes a book as EPUB 3.3 that older reading systems open too
// (NCX, guide, cover meta). It decides the files of the publication, its XHTML
// and its style sheet. It leaves line and page breaks, type sizes and colours to
// the reading system, and the design of the cover picture to the caller.
//
// Chapters are written as they come: what is kept of one is a record for the
// contents. Pictures are copied as they are first needed and are not deflated.
//
// Not done: fixed layout, media overlays, scripts, embedded fonts.
package epub

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/media"
)

// Pictures is what a Job without Job.Pictures stands for: JPEG and PNG stay as they
// are up to 3.2 megapixels, what the weakest reading systems load.
var Pictures = media.Profile{MaxPixels: 3_200_000, Quality: 80, SVG: true}

// Options are how the publication is made. The zero value is good for reading
// systems of every kind.
type Options struct {
	// Vertical sets lines from the top down, the first at the right, with pages that
	// turn from right to left: for Japanese and traditional Chinese.
	Vertical bool
}

// Exporter writes books as EPUB. It keeps no state between them.
type Exporter struct{ o Options }

var _ export.Exporter = (*Exporter)(nil)

// New returns an exporter.
func New(o Options) *Exporter { return &Exporter{o} }

// ErrEmpty is returned for a job without chapters: a publication must have
// something to read.
var ErrEmpty = errors.New("epub: no articles")

// Export writes the job as one EPUB. After an error what was written is of no use.
func (e *Exporter) Export(ctx context.Context, w io.Writer, job export.Job) error {
	if job.Pictures == (media.Profile{}) {
		job.Pictures = Pictures
	}
	b := newBook(ctx, w, job)
	b.vertical = e.o.Vertical
	if err := b.write(); err != nil {
		if errors.Is(err, ErrEmpty) {
			return err
		}
		return fmt.Errorf("epub: %w", err)
	}
	return nil
}
