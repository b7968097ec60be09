package press

import (
	"context"
	"errors"
	"iter"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/internal/redact"
	"github.com/leporello-press/leporello/internal/words"
)

const (
	// ahead is how many documents are read before the exporter asks for them.
	ahead = 2
	// window is how many chapters ahead documents of an input that holds many are
	// kept, so that one sorted otherwise is not read from its start for each.
	window = 64
)

// Chapters yields chapters of the book. Several goroutines may iterate at
// the same time; each has its own reading, and memory for the few documents
// between reading and writing.
func (r *run) Chapters(ctx context.Context, chapters []*record, tell func(done int)) iter.Seq2[export.Chapter, error] {
	return func(yield func(export.Chapter, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		next := make(chan export.Chapter, ahead)
		go func() {
			defer close(next)
			again := &rereading{run: r, kept: map[*record]*article.Document{}}
			defer again.close()
			for i, rec := range chapters {
				if rec.await(ctx) != nil {
					return
				}
				c := r.chapter(rec, chapters[i+1:min(len(chapters), i+1+window)], again)
				select {
				case next <- c:
				case <-ctx.Done():
					return
				}
			}
		}()
		defer func() {
			cancel()
			for range next { // wait for the reading to end
			}
		}()
		done := 0
		for {
			select {
			case <-ctx.Done():
				yield(export.Chapter{}, context.Cause(ctx))
				return
			case c, ok := <-next:
				if !ok {
					return
				}
				if !yield(c, nil) {
					return
				}
				done++
				tell(done)
			}
		}
	}
}

// chapter reads the document of a record and makes it ready for exporters.
func (r *run) chapter(rec *record, soon []*record, again *rereading) export.Chapter {
	c := export.Chapter{Part: rec.part, Name: redact.Address(rec.name)}
	if rec.err != nil {
		c.Document = r.stub(rec, rec.err)
		return c
	}
	doc, err := again.document(rec, soon)
	if err != nil {
		r.mu.Lock()
		if r.failures == nil {
			r.failures = map[*record]article.Issue{}
		}
		i := r.failure(rec, err)
		i.Action = "a chapter that says so" // its place in the contents is already counted
		r.failures[rec] = i
		r.mu.Unlock()
		c.Document = r.stub(rec, err)
		return c
	}
	if r.job.Options.Images == Embed {
		rec.place(doc)
	} else {
		withoutImages(doc, r.job.Options.Images, doc.Meta.Lang)
	}
	// Books are given away.
	doc.Meta.URL = redact.Address(doc.Meta.URL)
	c.Document = doc
	return c
}

// stub is the chapter in the place of an article that could not be read.
func (r *run) stub(rec *record, err error) *article.Document {
	w, lang := words.For(r.book.Lang), r.book.Lang
	if !words.Known(lang) {
		lang = w.Lang
	}
	return &article.Document{
		Meta: article.Meta{
			Title: rec.title, Authors: rec.authors, Lang: lang, Published: rec.published,
			URL: redact.Address(rec.url), Section: rec.section, Publisher: rec.publisher,
		},
		Blocks: []article.Block{
			&article.Paragraph{Inlines: []article.Inline{article.Run{Text: w.Unread(errors.New(redact.Text(err.Error())))}}},
		},
	}
}
