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
	"sync"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/internal/atomicfile"
	"github.com/leporello-press/leporello/internal/filelock"
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
		if r.job.Clock != nil {
			atomicfile.Sweep(o.Path, r.job.now().Add(-stale))
		}
		f, err := atomicfile.Create(o.Path)
		if err != nil {
			release()
			return nil, fmt.Errorf("press: %s: %w: %w", o.Path, ErrOutput, cause(err))
		}
		f.Abort()
	}
	return release, nil
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
	reports := make([]OutputReport, len(outputs))
	errs := make([]error, len(outputs))
	var wg sync.WaitGroup
	for n := range outputs {
		wg.Go(func() {
			reports[n], errs[n] = r.write(ctx, n)
		})
	}
	wg.Wait()
	for n := range outputs {
		if errs[n] == nil {
			r.report.Outputs = append(r.report.Outputs, reports[n])
		}
	}
	return errors.Join(errs...)
}

// write writes one output.
func (r *run) write(ctx context.Context, n int) (OutputReport, error) {
	o := &r.job.Outputs[n]
	fail := func(err error) (OutputReport, error) {
		return OutputReport{}, fmt.Errorf("press: %s: %w: %w", o.Path, ErrOutput, cause(err))
	}
	f, err := createOutput(o)
	if err != nil {
		return fail(err)
	}
	defer f.Abort()
	rep := OutputReport{Path: o.Path, Format: o.Format, Articles: len(r.chapters)}
	count := &counter{h: sha256.New(), w: f}
	buffered := bufio.NewWriterSize(count, 1<<18)
	tell := func(done int) {
		r.tell(func() Progress {
			return Progress{Phase: Writing, Output: o.Path, Done: done, Total: len(r.chapters)}
		})
	}
	err = o.Exporter.Export(ctx, buffered, export.Job{
		Book:     r.book,
		Chapters: r.Chapters(ctx, tell),
		Assets:   r.job.Assets,
		Pictures: o.Pictures,
		Slice:    o.Slice,
		Report:   func(i article.Issue) { r.outputs[n] = append(r.outputs[n], i) },
		Pages:    func(pages int) { rep.Pages = pages },
	})
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = ctx.Err() // whoever stopped the run wants no book
	}
	if err == nil {
		err = f.Commit()
	}
	if err != nil {
		return fail(err)
	}
	rep.Bytes = count.n
	rep.SHA256 = hex.EncodeToString(count.h.Sum(nil))
	return rep, nil
}

// unfinished is a file that is not in its place yet.
type unfinished interface {
	io.Writer
	Commit() error
	Abort()
}

func createOutput(o *Output) (unfinished, error) {
	if o.Writer == nil {
		return atomicfile.Create(o.Path)
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

// counter counts and hashes what passes.
type counter struct {
	n int64
	h hash.Hash
	w io.Writer
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	c.h.Write(b[:n])
	return n, err
}
