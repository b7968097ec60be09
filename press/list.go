package press

import (
	"context"
	"time"
)

// Item is an article that would go into a book.
type Item struct {
	Part      []string // the parts it stands in, outermost first
	Title     string
	Name      string    // of its input
	Published time.Time // zero: unknown
	Lang      string
	Pictures  int
	Err       error // why it cannot be read; nil: it can
}

// List returns the articles that Run would put into a book, in reading order.
// The job needs no outputs, no store and no fetcher: no picture is asked for and
// nothing is written.
func List(ctx context.Context, job Job) ([]Item, *Report, error) {
	r := newRun(job)
	err := r.list(ctx)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	var items []Item
	for _, rec := range r.chapters {
		items = append(items, Item{
			Part: rec.part, Title: rec.title, Name: rec.name, Published: rec.date(), Lang: rec.lang,
			Pictures: len(rec.pictures), Err: rec.err,
		})
	}
	r.finish(err)
	return items, &r.report, err
}

func (r *run) list(ctx context.Context) error {
	records, err := r.readAll(ctx)
	if err != nil {
		return err
	}
	if err := r.choose(records); err != nil {
		return err
	}
	r.book = r.describe()
	r.report.Title = r.book.Title
	return nil
}
