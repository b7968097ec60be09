package press

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/internal/atomicfile"
	"github.com/leporello-press/leporello/internal/filelock"
	"github.com/leporello-press/leporello/media"
)

// stale is how old an unfinished file must be to belong to a run that was killed.
const stale = time.Hour

// prepare sweeps what killed runs left, and finds out whether the outputs can be
// written before much work is done for them. Each is claimed for this run until
// release: of two runs for one book the second would do the work of the first
// again.
func (r *run) prepare() (release func(), err error) {
	var claims []*filelock.Lock
	release = func() {
		for _, l := range claims {
			l.Release()
		}
	}
	for i := range r.job.Outputs {
		o := &r.job.Outputs[i]
		if o.Writer != nil {
			continue
		}
		claim, err := atomicfile.Claim(o.Path)
		if err != nil {
			release()
			return nil, fmt.Errorf("press: %s: %w: %w", o.Path, ErrOutput, cause(err))
		}
		claims = append(claims, claim)
		r.sweep(o.Path)
		f, err := atomicfile.Create(o.Path)
		if err != nil {
			release()
			return nil, fmt.Errorf("press: %s: %w: %w", o.Path, ErrOutput, cause(err))
		}
		f.Abort()
	}
	return release, nil
}

// sweep removes what killed runs left of a file.
func (r *run) sweep(path string) {
	if r.job.Clock != nil {
		atomicfile.Sweep(path, r.job.now().Add(-stale))
	}
}

// cause takes the path off an error: it names a temporary file that means
// nothing to anyone.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	var le *os.LinkError
	if errors.As(err, &le) {
		return le.Err
	}
	return err
}

// writeAll writes all outputs at the same time.
func (r *run) writeAll(ctx context.Context) error {
	outputs := r.job.Outputs
	r.outputs = make([][]article.Issue, len(outputs))
	reports := make([][]OutputReport, len(outputs))
	errs := make([]error, len(outputs))
	var wg sync.WaitGroup
	for n := range outputs {
		wg.Go(func() {
			var err error
			if reports[n], err = r.write(ctx, n); err != nil {
				errs[n] = fmt.Errorf("press: %s: %w: %w", outputs[n].Path, ErrOutput, cause(err))
			}
		})
	}
	wg.Wait()
	for _, list := range reports {
		r.report.Outputs = append(r.report.Outputs, list...)
	}
	return errors.Join(errs...)
}

// write writes one output, as one book or in volumes.
func (r *run) write(ctx context.Context, n int) ([]OutputReport, error) {
	o := &r.job.Outputs[n]
	whole := &draft{path: o.Path, book: r.book, chapters: r.chapters, step: step{profile: o.Pictures}}
	defer whole.abort()
	r.cover(ctx, n, whole)
	covered := *whole // a smaller edition of it has the same cover
	if err := r.draft(ctx, n, whole); err != nil {
		r.outputs[n] = whole.issues
		return nil, err
	}
	if o.MaxBytes <= 0 || whole.count.n <= o.MaxBytes {
		return r.commit(n, []*draft{whole})
	}
	p := newPlanner(o, r.job.Assets, r.chapters, whole)
	whole.abort() // its place on the disk is needed
	for range maxPlans {
		plan, err := p.plan(ctx)
		if err != nil {
			return nil, err
		}
		if len(plan.ends) > 1 && o.Writer != nil {
			return nil, fmt.Errorf("%w: it takes %d volumes, and there is one stream", ErrTooLarge, len(plan.ends))
		}
		drafts, excess, err := r.volumes(ctx, n, p, plan, covered)
		if err == nil && excess == 0 {
			return r.commit(n, drafts)
		}
		for _, d := range drafts {
			d.abort()
		}
		if err != nil {
			return nil, err
		}
		p.slack += excess
	}
	return nil, fmt.Errorf("%w: no plan for at most %d bytes holds", ErrTooLarge, o.MaxBytes)
}

// maxPlans is how often a book is written anew because a volume turned out larger
// than it was thought to be. The second plan holds but for freaks.
const maxPlans = 6

// volumes writes the volumes of a plan; whole is the book as the draft of one. Where
// one is too large it stops, and returns by how much the volume is larger than it was
// planned to be.
func (r *run) volumes(ctx context.Context, n int, p *planner, plan plan, whole draft) (drafts []*draft, excess int64, err error) {
	from := 0
	for k, to := range plan.ends {
		d := new(draft)
		if *d = whole; len(plan.ends) > 1 {
			*d = draft{path: whole.path, book: r.book, chapters: r.chapters[from:to]}
			if err := r.isVolume(ctx, n, d, k+1, len(plan.ends)); err != nil {
				return drafts, 0, err
			}
		}
		d.step = p.steps[plan.step]
		drafts = append(drafts, d)
		if err := r.draft(ctx, n, d); err != nil {
			return drafts, 0, err
		}
		if d.count.n > p.max {
			return drafts, d.count.n - p.size(plan.step, from, to), nil
		}
		from = to
	}
	return drafts, 0, nil
}

// isVolume makes d the nth of so many volumes.
func (r *run) isVolume(ctx context.Context, n int, d *draft, nth, of int) error {
	d.path = volumePath(d.path, nth, of)
	for i := range r.job.Outputs {
		if i != n && filepath.Clean(r.job.Outputs[i].Path) == filepath.Clean(d.path) {
			return fmt.Errorf("volume %d would be %s, which is another output", nth, d.path)
		}
	}
	if err := Replaces(r.job.Inputs, d.path); err != nil {
		return err
	}
	r.sweep(d.path)
	d.book = volumeOf(&r.job.Options, r.book, d.chapters, nth, of)
	r.cover(ctx, n, d)
	return ctx.Err()
}

// commit puts drafts in their places.
func (r *run) commit(n int, drafts []*draft) (reports []OutputReport, err error) {
	for _, d := range drafts {
		if err == nil {
			err = d.file.Commit()
		}
		d.abort()
		if err != nil {
			continue
		}
		r.outputs[n] = append(r.outputs[n], d.issues...)
		d.report.MissingGlyphs = missingGlyphs(d.issues)
		d.report.Bytes, d.report.SHA256 = d.count.n, hex.EncodeToString(d.count.h.Sum(nil))
		reports = append(reports, d.report)
	}
	return reports, err
}

// draft is a book that is written beside its place.
type draft struct {
	path     string
	book     export.Book
	chapters []*record
	step     step

	file   unfinished
	count  counter
	report OutputReport
	issues []article.Issue

	marks    []int64         // bytes before each chapter, and after the last
	embedded []int64         // of them, the pictures of each chapter
	front    int64           // bytes of the pictures before the first chapter
	shown    map[string]bool // the keys of pictures
	files    map[string]bool // the keys of what they were made into
}

func (d *draft) abort() {
	if d.file != nil {
		d.file.Abort()
	}
}

// draft writes d. Of what is larger than the output may be, the file lacks the end.
func (r *run) draft(ctx context.Context, n int, d *draft) error {
	o := &r.job.Outputs[n]
	var err error
	if d.file, err = createOutput(o, d.path); err != nil {
		return err
	}
	d.report = OutputReport{Path: d.path, Format: o.Format, Articles: len(d.chapters), Volume: d.book.Volume, Volumes: d.book.Volumes, Reduced: d.step.lost}
	d.shown, d.files = map[string]bool{}, map[string]bool{}
	d.count = counter{h: sha256.New(), w: d.file, most: o.MaxBytes}
	buffered := bufio.NewWriterSize(&d.count, 1<<18)
	written := func() int64 { return d.count.n + int64(buffered.Buffered()) }
	tell := func(done int) {
		r.progress.Lock()
		fetched := r.fetched
		r.progress.Unlock()
		if !fetched {
			return // the pictures say how far the run is
		}
		r.tell(func() Progress {
			return Progress{Phase: Writing, Output: o.Path, Done: done, Total: len(d.chapters)}
		})
	}
	err = o.Exporter.Export(ctx, buffered, export.Job{
		Book: d.book,
		Chapters: func(yield func(export.Chapter, error) bool) {
			d.marks, d.embedded = d.marks[:0], d.embedded[:0]
			for c, err := range r.Chapters(ctx, d.chapters, tell) {
				d.marks, d.embedded = append(d.marks, written()), append(d.embedded, 0)
				if !yield(c, err) {
					return
				}
			}
			d.marks = append(d.marks, written())
		},
		Assets:   r.job.Assets,
		Pictures: d.step.profile,
		Slice:    o.Slice,
		Report:   func(i article.Issue) { d.issues = append(d.issues, i) },
		Pages:    func(pages int) { d.report.Pages = pages },
		Embedded: func(key string, pieces []media.Asset) { r.embedded(d, key, pieces) },
	})
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = ctx.Err() // whoever stopped the run wants no book
	}
	return err
}

// embedded notes what became of a picture.
func (r *run) embedded(d *draft, key string, pieces []media.Asset) {
	weight := &d.front
	if n := len(d.embedded); n > 0 {
		weight = &d.embedded[n-1]
	}
	for _, a := range pieces {
		if !d.files[a.Key] { // exporters embed equal files once
			d.files[a.Key] = true
			*weight += a.Bytes
		}
	}
	d.shown[key] = true
	if key == d.book.Cover {
		return // no picture of an article
	}
	from, err := r.job.Assets.Stat(key)
	if err != nil {
		from = media.Asset{Key: key}
	}
	d.report.Pictures.Quality = d.step.profile.Quality
	limit := 0
	if r.job.Options.EachPicture {
		limit = r.job.Options.maxProblems()
	}
	d.report.Pictures.add(from, pieces, limit)
}

// unfinished is a file that is not in its place yet.
type unfinished interface {
	io.Writer
	Commit() error
	Abort()
}

func createOutput(o *Output, path string) (unfinished, error) {
	if o.Writer == nil {
		return atomicfile.Create(path)
	}
	f, err := os.CreateTemp("", "leporello-*.tmp")
	if err != nil {
		return nil, err
	}
	return &stream{File: f, to: o.Writer}, nil
}

// stream is an output that goes on to a writer when it is whole.
type stream struct {
	*os.File
	to io.Writer
}

func (s *stream) Commit() error {
	if _, err := s.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(s.to, s.File)
	return err
}

func (s *stream) Abort() {
	s.Close()
	os.Remove(s.Name())
}

// counter counts and hashes what passes. What is more than most, if that is more
// than nothing, is only counted: it is for no one.
type counter struct {
	n, most int64
	h       hash.Hash
	w       io.Writer
}

func (c *counter) Write(b []byte) (int, error) {
	if c.n += int64(len(b)); c.most > 0 && c.n > c.most {
		return len(b), nil
	}
	c.h.Write(b)
	return c.w.Write(b)
}
