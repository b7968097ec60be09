// Package digest makes the issues of digests: books that come again and again, of
// articles that were read from their sources in the meantime. It decides which
// issue is due, which articles it has, and in which order its steps are done and
// repeated, so that each slot of a schedule has one issue whatever crashes.
//
// # Steps
//
// A run is the making of one issue, or a harvest alone. Its work is cut into tasks
// that may be done by different processes, at the same time, more than once:
//
//	fetch     one source: its articles become documents in the store of blobs
//	parse     one article of which the source had only a part: the whole of it
//	pictures  one document: its pictures become blobs
//	assemble  the books, of what is stored and nothing else
//	deliver   one part of the books to one target
//
// Advance says which tasks there are to do, and goes on to the next step when they
// are done; Do does one. Neither remembers anything between two calls that is not
// in package state or in the blobs. Who calls them is an Executor: Local in this
// process, digest/queue by jobs.
//
// # What is frozen
//
// Which articles an issue has, in which revision, is decided once, when all of its
// sources were read. What came of their pictures and how its books look is written
// down before they are made. So an issue can be made again, byte for byte, when its
// feeds have forgotten it. Dates within the books come from the slot, never from
// the clock.
package digest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/digest/deliver"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/press"
	"github.com/leporello-press/leporello/source"
)

// Deps is what an Engine works with.
type Deps struct {
	Config *recipe.Config
	State  *state.Store
	Blobs  blob.Store
	Assets *media.Dir // pictures as they are worked with; what is lost of it is restored from Blobs
	// Open begins a session: what a run reads and fetches with. It is closed when the
	// run has ended.
	Open func() (*Session, error)
	// Book returns the look of a digest's books and what holds for all of them: Options,
	// Cover, and for each of its outputs one Output, without a path; and how much may be
	// missing of them.
	Book func(*recipe.Digest) (press.Job, []press.Threshold, error)
	// Target returns who gets the books. Nil: nothing is delivered.
	Target func(*recipe.Digest, *recipe.Target) (deliver.Target, error)
	Clock  func() time.Time
	Log    *slog.Logger // nil: nobody reads it
	Tool   string       // name and version of the program
	// Locks is a folder for files that keep two processes from working on one digest;
	// empty: somebody else sees to it.
	Locks string
	// Progress is told how far the books of a digest are; nil: nobody wants to know.
	Progress func(digest string, p press.Progress)
	// Fault is told of each point of the work; tests end the process there. Nil: nobody
	// wants to know.
	Fault func(point string)
}

// Session is what the tasks of one run share: a fetcher asks each address of a
// picture once.
type Session struct {
	Fetcher press.Fetcher
	// Read returns how a source is read, and what lets go of it. Its pages are new, not
	// those that another call was given.
	Read  func(ctx context.Context, s *recipe.Source) (Reading, func(), error)
	Close func()

	mu   sync.Mutex
	came map[string][]int64 // the articles that a page of some content came for
}

// sameFor notes that a page came for an article, and returns all articles that the
// very same came for.
func (s *Session) sameFor(content string, article int64) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.came == nil {
		s.came = map[string][]int64{}
	}
	if !slices.Contains(s.came[content], article) {
		s.came[content] = append(s.came[content], article)
	}
	return slices.Clone(s.came[content])
}

// Reading is how one source is read.
type Reading struct {
	Find    func(ctx context.Context) ([]source.Entry, error)
	Readers []source.Reader
	// Whole returns the whole of a document that is a part, as in press.Job.
	Whole func(doc *article.Document, report func(article.Issue)) (*article.Document, error)
}

// An Executor does the tasks of a run until it has ended. The error is that of what
// keeps it from ending; a later call goes on where it stopped.
type Executor interface {
	Run(ctx context.Context, run int64) error
}

// Engine makes issues. It may be used by several goroutines.
type Engine struct {
	Deps

	mu       sync.Mutex
	sessions map[int64]*session // by run
}

// session is a Session in use.
type session struct {
	once  sync.Once
	users int
	used  time.Time // last
	s     *Session
	err   error
}

// idle is how long a session is kept that nobody uses, of a run that did not end
// here.
const idle = 15 * time.Minute

// Errors that callers branch on.
var (
	// ErrNoDigest is wrapped when the configuration has no digest, or no source, of a name.
	ErrNoDigest = errors.New("not in the configuration")
	// ErrNoIssue is wrapped when a digest never had an issue of a number.
	ErrNoIssue = errors.New("there is no such issue")
	// ErrSources is wrapped when no source of a run could be read and nothing else is
	// new. The run can be tried again.
	ErrSources = errors.New("no source could be read")
	// ErrFinal is wrapped by errors of tasks that are the same however often they are
	// tried.
	ErrFinal = errors.New("trying again is of no use")
)

// Final marks an error that is the same however often something is tried; nil stays
// nil.
func Final(err error) error {
	if err == nil {
		return nil
	}
	return final{err}
}

type final struct{ error }

func (f final) Unwrap() error        { return f.error }
func (f final) Is(target error) bool { return target == ErrFinal }

// New returns an Engine.
func New(d Deps) *Engine {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return &Engine{Deps: d, sessions: map[int64]*session{}}
}

// fault tells whoever tests crashes where the work is.
func (e *Engine) fault(format string, args ...any) {
	if e.Fault != nil {
		e.Fault(fmt.Sprintf(format, args...))
	}
}

// session returns the session of a run, and what says that it is not used any more.
func (e *Engine) session(run int64) (*Session, func(), error) {
	now := e.Clock()
	e.mu.Lock()
	for id, s := range e.sessions {
		if id != run && s.users == 0 && now.Sub(s.used) > idle {
			e.drop(id)
		}
	}
	s := e.sessions[run]
	if s == nil {
		s = &session{}
		e.sessions[run] = s
	}
	s.users++
	e.mu.Unlock()
	release := func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		s.users--
		s.used = e.Clock()
		if s.err != nil && e.sessions[run] == s {
			delete(e.sessions, run) // it is tried again
		}
	}
	s.once.Do(func() { s.s, s.err = e.Open() })
	if s.err != nil {
		release()
		return nil, nil, s.err
	}
	return s.s, release, nil
}

// drop closes a session that nobody uses. e.mu is held.
func (e *Engine) drop(run int64) {
	if s := e.sessions[run]; s != nil && s.users == 0 {
		delete(e.sessions, run)
		if s.s != nil && s.s.Close != nil {
			s.s.Close()
		}
	}
}

// Close closes what is still open.
func (e *Engine) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for id := range e.sessions {
		e.drop(id)
	}
}

// digest returns the digest of a name.
func (e *Engine) digest(name string) (*recipe.Digest, error) {
	if d := e.Config.Digest(name); d != nil {
		return d, nil
	}
	return nil, fmt.Errorf("digest %s: %w", name, ErrNoDigest)
}
