// Package press turns inputs and options into finished books and one report:
// the pipeline that every command runs. It decides what goes into a book, in
// which order, what the book is called and when which input is read; it sees to
// it that a picture or an article that fails costs a placeholder and a line of
// the report, not the book.
//
// Readers, the fetcher of pictures and the exporters are values that the caller
// chooses. Press knows no format, no network, no flags, no environment and no
// clock.
//
// Every input is read twice: once to learn what it is and which pictures it
// shows, and once for each book that is written, when its turn comes. Between
// the two only a small record of it is kept, so that memory does not grow with
// the text of the book; of a small book the first reading will do.
package press

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/internal/redact"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/source"
)

// Job is everything that one run needs.
type Job struct {
	Inputs  []Input
	Readers []source.Reader // asked in this order; the first that matches reads
	Outputs []Output
	Options Options
	// Whole returns the whole of a document that is only a part, as source.Complete
	// does; it is called from several goroutines at once, for each reading, and must
	// give the same each time. Nil: what there is is taken.
	Whole func(doc *article.Document, report func(article.Issue)) (*article.Document, error)

	// Assets holds the pictures, and Pictures puts them there. Pictures may be nil
	// where Options.Images is not Embed: then no picture is asked for.
	Assets   media.Store
	Pictures Fetcher
	// Cover makes the cover picture of a book and returns its key in Assets; empty: the
	// book has none. When it fails it has none either, and the report says so. It is
	// called from several goroutines at once, for each output, or each of its volumes.
	// Nil: no book has a cover.
	Cover func(context.Context, Cover) (string, error)

	// Tool is the name and version that the report carries.
	Tool string
	// Progress is told what is being done, from one goroutine at a time; nil: nobody is.
	Progress func(Progress)
	// Clock gives the time for the report and for sweeping what killed runs left;
	// nil: the report has no times and nothing is swept. No byte of a book depends on it.
	Clock func() time.Time
}

// Options choose the articles and shape the book. The zero value takes every
// article that is not a draft, in the order of the inputs, grouped by category.
type Options struct {
	Title string // empty: made from the articles
	Lang  string // BCP 47; empty: the language of most articles
	// Since and Until bound the dates of the articles: from Since on, before Until.
	// Zero: no bound. An article without a date is taken, and reported.
	Since, Until time.Time
	// Now tells which articles are not published yet, or no longer; zero: all are
	// published.
	Now time.Time
	// Drafts takes drafts too, Future what is dated after Now.
	Drafts, Future bool
	Sort           Sort
	Limit          int // articles at most, the first in the order of Sort; 0: no limit
	Group          Grouping
	Images         ImageMode
	Failed         FailedMode
	// Identifier is the URI of the book (urn:uuid:…), of which those of its volumes are
	// made; empty: made of what is in it.
	Identifier string
	// Series is what the book is an issue of, and Number which; empty: of nothing.
	Series string
	Number int
	// Modified is the date of the book; zero: that of its newest article.
	Modified time.Time
	// Zone is where days begin, for grouping by date; nil: UTC.
	Zone *time.Location
	// Workers bounds how many inputs are read at once; 0: one for each processor.
	Workers int
	// Fetches bounds how many pictures are asked for at once; 0 is 64. The fetcher
	// has lower bounds of its own, for each host and for all; the more it may look
	// ahead, the less one slow host holds up the others.
	Fetches int
	// MaxPictures bounds the pictures of the network in one article; 0 is 200.
	// MaxArticleBytes and MaxBookBytes bound the bytes of those in one article and in
	// the book; 0 is 100 MB and 2 GB. What is past a bound is missing, and reported.
	MaxPictures                   int
	MaxArticleBytes, MaxBookBytes int64
	// MaxProblems bounds the problems that the report lists, and the pictures; the
	// rest is counted. 0 is 10,000.
	MaxProblems int
	// EachPicture lists in the report what became of every picture.
	EachPicture bool
}

// ImageMode says what becomes of pictures.
type ImageMode uint8

const (
	// Embed puts the pictures into the book.
	Embed ImageMode = iota
	// Link puts a link to the picture where it stood.
	Link
	// NoImages leaves the pictures out and keeps their captions.
	NoImages
)

// FailedMode says what becomes of an article that cannot be read.
type FailedMode uint8

const (
	// Stub puts a chapter in its place that says what is missing and why.
	Stub FailedMode = iota
	// Skip leaves it out.
	Skip
)

// Output is one book to be written.
type Output struct {
	// Path is the file. It is replaced when the new book is whole. "-" writes to
	// Writer, also not before the book is whole.
	Path     string
	Writer   io.Writer
	Format   string // what the report calls it: "epub3", "pdf"
	Exporter export.Exporter
	// Pictures and Slice are what the device can show, as in export.Job.
	Pictures media.Profile
	Slice    bool
	// MaxBytes is how large the file may be; 0: no limit. A book that is larger gives up
	// the quality of its pictures step by step (70, 60, 50), then their pixels (by
	// eighths of the width, down to half), then their colour. Where that is not enough it becomes as few
	// volumes as can be, of like size, each with its own contents and cover, in files
	// with numbers behind their names; they then give up no more than so many volumes
	// need.
	MaxBytes int64
}

// Cover is what stands on a cover.
type Cover struct {
	Output   int // index in Job.Outputs of the book that it is for
	Book     export.Book
	Pictures []string // keys of the first pictures of the first articles
}

// Errors that callers branch on.
var (
	// ErrNoArticles is wrapped when there is nothing to make a book of.
	ErrNoArticles = errors.New("no articles")
	// ErrNoneChosen is wrapped, with ErrNoArticles, when there are articles and the
	// options leave none.
	ErrNoneChosen = fmt.Errorf("%w", ErrNoArticles)
	// ErrOutput is wrapped when a book could not be written.
	ErrOutput = errors.New("not written")
)

// Run makes the books of a job. The report is never nil; after an error it tells
// how far the run came. The error is that of the context when that ended the
// run. An output that failed does not keep the others from being finished.
func Run(ctx context.Context, job Job) (*Report, error) {
	r := newRun(job)
	err := r.run(ctx)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	r.finish(err)
	return &r.report, err
}

// run is the state of one Run.
type run struct {
	job      Job
	files    []file    // one for each input
	chapters []*record // selected, in reading order
	book     export.Book
	report   Report
	start    time.Time
	mark     time.Time // of the last lap

	general []article.Issue   // about the book as a whole
	outputs [][]article.Issue // what each output met

	mu       sync.Mutex // guards failures, early and room
	failures map[*record]article.Issue
	early    map[*record]*article.Document // of the first reading; who takes one owns it
	room     int                           // bytes of inputs whose documents early may still hold
	progress sync.Mutex                    // orders calls of Job.Progress
	fetched  bool                          // all pictures are there or missing; guarded by progress

	completing chan struct{} // as long as there is room, an excerpt may be completed
}

// completions bounds the excerpts that are completed at once: pages of the web,
// most of them of a few hosts.
const completions = 16

// earlyBytes bounds the inputs whose documents are kept from the first reading.
const earlyBytes = 1 << 20

func newRun(job Job) *run {
	r := &run{
		job: job, start: job.now(), completing: make(chan struct{}, completions),
		early: map[*record]*article.Document{}, room: earlyBytes,
	}
	r.mark = r.start
	r.report.Schema = Schema
	r.report.Tool = job.Tool
	r.report.Outputs, r.report.Problems = []OutputReport{}, []Problem{} // in JSON: lists, not null
	return r
}

func (r *run) run(ctx context.Context) error {
	if err := r.check(); err != nil {
		return err
	}
	release, err := r.prepare()
	if err != nil {
		return err
	}
	defer release()
	records, err := r.readAll(ctx)
	if err != nil {
		return err
	}
	r.report.Timing.Read = r.lap()
	if err := r.choose(records); err != nil {
		return err
	}
	early := r.early
	r.early = map[*record]*article.Document{} // without what is not in the book
	for _, rec := range r.chapters {
		rec.settled = make(chan struct{})
		if doc := early[rec]; doc != nil {
			r.early[rec] = doc
		}
	}
	var pictures sync.WaitGroup
	if r.job.Options.Images == Embed {
		pictures.Go(func() {
			r.fetchAll(ctx)
			r.report.Timing.Pictures = r.lap()
		})
	} else {
		r.noPictures()
	}
	r.book = r.describe()
	r.report.Title = r.book.Title
	err = r.writeAll(ctx)
	pictures.Wait() // a book that failed leaves them to the next run
	r.report.Timing.Write = r.lap()
	return err
}

func (r *run) check() error {
	switch {
	case len(r.job.Inputs) == 0:
		return fmt.Errorf("press: no inputs: %w", ErrNoArticles)
	case len(r.job.Outputs) == 0:
		return errors.New("press: no outputs")
	case r.job.Options.Images == Embed && (r.job.Pictures == nil || r.job.Assets == nil):
		return errors.New("press: pictures are to be embedded, but there is no fetcher or no store")
	}
	for _, in := range r.job.Inputs {
		if in.Load == nil {
			return fmt.Errorf("press: input %q cannot be loaded", in.Name)
		}
	}
	for _, o := range r.job.Outputs {
		if o.Exporter == nil || (o.Path == "-") != (o.Writer != nil) {
			return fmt.Errorf("press: output %q lacks an exporter or a writer", o.Path)
		}
		if err := Replaces(r.job.Inputs, o.Path); err != nil {
			return err
		}
	}
	return nil
}

// finish completes the report.
func (r *run) finish(err error) {
	r.report.Articles.Failed += len(r.failures)
	r.report.Articles.Used -= len(r.failures)
	r.problems()
	if r.job.Options.EachPicture {
		r.eachPicture(r.job.Options.maxProblems())
	}
	r.report.Status = Complete
	if len(r.report.losses) > 0 {
		r.report.Status = Partial
	}
	if err != nil {
		r.report.Status = Failed
		r.report.Error = redact.Text(err.Error())
	}
	if r.job.Clock != nil {
		r.report.Timing.Total = r.job.now().Sub(r.start).Seconds()
	}
}

// problems lists the issues in the order of the book: article by article, then
// what each output met.
func (r *run) problems() {
	limit := r.job.Options.maxProblems()
	add := func(output string, i article.Issue) {
		r.report.count(i)
		if len(r.report.Problems) < limit {
			r.report.Problems = append(r.report.Problems, ProblemOf(output, i))
		} else {
			r.report.MoreProblems++
		}
	}
	for _, i := range r.general {
		add("", i)
	}
	for _, rec := range r.chapters {
		for _, i := range rec.issues {
			add("", i)
		}
		if i, ok := r.failures[rec]; ok {
			add("", i)
		}
		for _, i := range rec.pictureIssues() {
			add("", i)
		}
	}
	for n, list := range r.outputs {
		path := ""
		if n < len(r.job.Outputs) {
			path = r.job.Outputs[n].Path
		}
		for _, i := range list {
			add(path, i)
		}
	}
}

func (j *Job) now() time.Time {
	if j.Clock == nil {
		return time.Time{}
	}
	return j.Clock()
}

// lap returns the seconds since the last lap.
func (r *run) lap() float64 {
	now := r.job.now()
	d := now.Sub(r.mark)
	r.mark = now
	return d.Seconds()
}

func (o *Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

func (o *Options) maxProblems() int       { return positive(o.MaxProblems, 10_000) }
func (o *Options) maxPictures() int       { return positive(o.MaxPictures, 200) }
func (o *Options) maxArticleBytes() int64 { return positive(o.MaxArticleBytes, 100e6) }
func (o *Options) maxBookBytes() int64    { return positive(o.MaxBookBytes, 2e9) }

func positive[T int | int64](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}

func (o *Options) zone() *time.Location {
	if o.Zone == nil {
		return time.UTC
	}
	return o.Zone
}
