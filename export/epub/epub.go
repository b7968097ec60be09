// Package epub writes a book as EPUB 3.3 that older reading systems open too
// (NCX, guide, cover meta). It decides the files of the publication, its XHTML
// and its style sheet. It leaves line and page breaks, type sizes and colours to
// the reading system, and the design of the cover picture to the caller.
//
// Chapters are written as they come: what is kept of one is a record for the
// contents. Pictures are copied as they are first needed and are not deflated.
//
// Not done: fixed layout, media overlays, scripts, embedded fonts, volumes of a
// bounded size.
package epub

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/media"
)

// Options are how the publication is made. The zero value is good for reading
// systems of every kind.
type Options struct {
	// Pictures is what the device can show. The zero value keeps JPEG and PNG as they
	// are up to 3.2 megapixels, what the weakest reading systems load.
	Pictures media.Profile
}

// Exporter writes books as EPUB. It keeps no state between them.
type Exporter struct{ opts Options }

var _ export.Exporter = (*Exporter)(nil)

// New returns an exporter.
func New(o Options) *Exporter {
	if o.Pictures == (media.Profile{}) {
		o.Pictures = media.Profile{MaxPixels: 3_200_000, Quality: 80}
	}
	return &Exporter{opts: o}
}

// ErrEmpty is returned for a job without chapters: a publication must have
// something to read.
var ErrEmpty = errors.New("epub: no articles")

// Export writes the job as one EPUB. After an error what was written is of no use.
func (e *Exporter) Export(ctx context.Context, w io.Writer, job export.Job) error {
	b := newBook(ctx, w, e.opts, job)
	if err := b.write(); err != nil {
		if errors.Is(err, ErrEmpty) {
			return err
		}
		return fmt.Errorf("epub: %w", err)
	}
	return nil
}
