// Package queue does the work of digests as jobs of River: in a file of SQLite for
// one process, in PostgreSQL for several machines. It decides when a task is begun,
// by whom, how often and with which pauses it is tried. What a task is, what came of
// it and what comes next, is decided and remembered elsewhere; a job is no more than
// a reminder that there is something to do, and names it.
//
// A run has one job that asks the Engine what there is to do, makes a job of each
// task, and sleeps; when it wakes, it asks again. So a run is gone on with by whoever
// is there, and a job that is lost or comes twice does no harm: the rows of package
// state are the truth, and each step may be repeated.
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/leporello-press/leporello/digest/state"
)

// Engine is what makes issues; a digest.Engine is one.
type Engine interface {
	// Advance returns what there is to do of a run now, and whether it has ended. When
	// there is neither, it waits for something else.
	Advance(ctx context.Context, run int64) (tasks []state.Task, done bool, err error)
	// Do does one task. It may be done more than once.
	Do(ctx context.Context, t state.Task) error
	// GiveUp notes that a task is not tried again.
	GiveUp(ctx context.Context, t state.Task, err error) error
}

// Options are how the work is done. Engine, State, Clock, and one of Path and URL
// are needed.
type Options struct {
	Engine Engine
	State  *state.Store // where the tasks of the Engine are
	Clock  func() time.Time
	Log    *slog.Logger // nil: nobody reads it

	// Path is a file of SQLite for the jobs, which one process has at a time. It may
	// be deleted when no program runs.
	Path string
	// URL is a database of PostgreSQL for the jobs of several machines. It wins over Path.
	URL string

	// Workers is how many tasks this process does at a time; 0 is 8. Books are made
	// one at a time.
	Workers int
	// Attempts is how often a task is tried; 0 is 5.
	Attempts int
	// Final tells the errors that are the same however often something is tried; nil:
	// there are none.
	Final func(error) bool
	// Due returns the runs that somebody should work on now. Work asks it once a
	// minute, on one of the machines; nil: only what Run is called for is worked on.
	Due func(ctx context.Context) ([]int64, error)

	TaskTime time.Duration // how long a task may take; 0 is 5 minutes
	BookTime time.Duration // how long the books of an issue may take; 0 is 30 minutes
	// Rescue is after what time a task is taken from a process that is not heard of; 0
	// is a minute more than TaskTime, and it is no less. Books are left until BookTime is over.
	Rescue time.Duration
	Tick   time.Duration // between two calls of Due; 0 is a minute
	// Grace is how long the tasks of a process that is to stop may go on; 0 is 20
	// seconds. Later they are interrupted, which does not count as an attempt.
	Grace time.Duration
	// Pause is how long it takes until a task is tried again for the first time; it
	// doubles from then on, to 5 minutes. 0 is 2 seconds.
	Pause time.Duration
}

func (o *Options) defaults() {
	orElse(&o.Workers, 8)
	orElse(&o.Attempts, 5)
	orElse(&o.TaskTime, 5*time.Minute)
	orElse(&o.BookTime, 30*time.Minute)
	orElse(&o.Rescue, o.TaskTime+time.Minute)
	orElse(&o.Tick, time.Minute)
	orElse(&o.Grace, 20*time.Second)
	orElse(&o.Pause, 2*time.Second)
	if o.Final == nil {
		o.Final = func(error) bool { return false }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

func orElse[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}

// River is a digest.Executor. Its methods may be called from several goroutines.
type River struct {
	o Options

	mu     sync.Mutex
	users  int // callers of Run, for whom db is open and shared works: an idle process is idle
	db     database
	shared client

	errs sync.Map // why runs did not go on in this process: int64 to error
}

// client is what is used of a river.Client, whatever its database is.
type client interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	Insert(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
	InsertMany(ctx context.Context, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error)
	JobGet(ctx context.Context, id int64) (*rivertype.JobRow, error)
	JobRetry(ctx context.Context, id int64) (*rivertype.JobRow, error)
}

// New returns a queue. Its database is opened when there is something to do.
func New(o Options) *River {
	o.defaults()
	return &River{o: o}
}

// open opens the database, whose tables are made or migrated.
func (q *River) open(ctx context.Context) (database, error) {
	if q.o.URL != "" {
		return openPostgres(ctx, q.o.URL)
	}
	return openSQLite(ctx, q.o.Path)
}

// Run works on a run until it has ended. Others who work on the same database may
// have a part in it. The error wraps filelock.ErrHeld when another process has the file.
func (q *River) Run(ctx context.Context, run int64) error {
	c, release, err := q.use(ctx)
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	defer release()
	id, err := q.wake(ctx, c, run)
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	for failed := 0; ; {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(look):
		}
		job, err := c.JobGet(ctx, id)
		switch {
		case errors.Is(err, river.ErrNotFound):
			return nil // ended so long ago that the job was cleaned away
		case err != nil:
			// A database may be started anew.
			if failed++; failed > patience {
				return fmt.Errorf("queue: %w", err)
			}
			continue
		}
		failed = 0
		switch job.State {
		case rivertype.JobStateCompleted:
			return nil
		case rivertype.JobStateCancelled, rivertype.JobStateDiscarded:
			if err, here := q.errs.LoadAndDelete(run); here {
				return err.(error)
			}
			return lastError(job)
		}
	}
}

const (
	// look is how often Run looks whether its run has ended.
	look = 250 * time.Millisecond
	// patience is how often in a row it may find no answer.
	patience = int(time.Minute / look)
)

// wake sees to it that there is a job for a run which is about to be done.
func (q *River) wake(ctx context.Context, c client, run int64) (job int64, err error) {
	q.errs.Delete(run)
	res, err := c.Insert(ctx, runArgs{run}, nil)
	if err != nil {
		return 0, err
	}
	if res.Job.State == rivertype.JobStateRetryable {
		_, err = c.JobRetry(ctx, res.Job.ID)
	}
	return res.Job.ID, err
}

// use returns a client that works until all who use it have let go of it.
func (q *River) use(ctx context.Context) (client, func(), error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.users == 0 {
		db, err := q.open(ctx)
		if err != nil {
			return nil, nil, err
		}
		q.db = db
		if q.shared, err = q.start(db, false); err != nil {
			db.close()
			return nil, nil, err
		}
	}
	q.users++
	return q.shared, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.users--; q.users == 0 {
			q.stop(q.shared)
			q.db.close()
		}
	}, nil
}

// Work does the tasks of all runs, and what Options.Due says, until the context
// ends. Then it returns nil, when what it was doing is done or Options.Grace over.
func (q *River) Work(ctx context.Context) error {
	if q.o.URL == "" {
		q.workAlone(ctx)
		return nil
	}
	db, err := q.open(ctx)
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	defer db.close()
	c, err := q.start(db, true)
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	defer q.stop(c)
	if q.o.Due != nil {
		// Until the processes have agreed on who asks each minute, some seconds go by.
		if _, err := c.Insert(ctx, tickArgs{}, nil); err != nil {
			return fmt.Errorf("queue: %w", err)
		}
	}
	<-ctx.Done()
	return nil
}

// workAlone is Work at a file. Nobody else makes jobs there, so that nothing need
// look for any as long as there is no run.
func (q *River) workAlone(ctx context.Context) {
	var mu sync.Mutex
	active := map[int64]bool{}
	var wg sync.WaitGroup
	defer wg.Wait()
	for ctx.Err() == nil {
		for _, run := range q.due(ctx) {
			mu.Lock()
			known := active[run]
			active[run] = true
			mu.Unlock()
			if known {
				continue
			}
			wg.Go(func() {
				if err := q.Run(ctx, run); err != nil && ctx.Err() == nil {
					q.o.Log.WarnContext(ctx, "the run is left for later", "run", run, "error", err)
				}
				mu.Lock()
				delete(active, run)
				mu.Unlock()
			})
		}
		select {
		case <-ctx.Done():
		case <-time.After(q.o.Tick):
		}
	}
}

// due asks what there is to do.
func (q *River) due(ctx context.Context) []int64 {
	if q.o.Due == nil {
		return nil
	}
	runs, err := q.o.Due(ctx)
	if err != nil && ctx.Err() == nil {
		q.o.Log.WarnContext(ctx, "what is due cannot be told", "error", err)
	}
	return runs
}

// stop lets the tasks of a client end.
func (q *River) stop(c client) {
	// What does not hear that it is interrupted is left behind.
	ctx, cancel := context.WithTimeout(context.Background(), q.o.Grace+10*time.Second)
	defer cancel()
	if err := c.Stop(ctx); err != nil {
		q.o.Log.Warn("the queue did not stop in time", "error", err)
	}
}

// The queues. Each process takes from all of them.
const (
	queueRuns  = "runs"
	queueTasks = "tasks"
	queueBooks = "books" // one at a time: they need memory and all processors
)

// start returns a client that works. With ticks it is one of those who ask what is
// due.
func (q *River) start(db database, ticks bool) (client, error) {
	workers := river.NewWorkers()
	for _, err := range []error{
		river.AddWorkerSafely(workers, &runWorker{q: q}),
		river.AddWorkerSafely(workers, &taskWorker{q: q}),
		river.AddWorkerSafely(workers, &tickWorker{q: q}),
	} {
		if err != nil {
			return nil, err
		}
	}
	poll := time.Second
	if !ticks {
		poll = 100 * time.Millisecond // there is something to do
	}
	c := &river.Config{
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			queueRuns:  {MaxWorkers: 4, FetchPollInterval: poll},
			queueTasks: {MaxWorkers: q.o.Workers},
			queueBooks: {MaxWorkers: 1},
		},
		// What is inserted is known at once; this is for what is tried again.
		FetchPollInterval:           5 * time.Second,
		FetchCooldown:               5 * time.Millisecond,
		JobTimeout:                  q.o.TaskTime,
		RescueStuckJobsAfter:        max(q.o.Rescue, q.o.TaskTime),
		SoftStopTimeout:             q.o.Grace,
		RetryPolicy:                 &backoff{q.o.Clock, q.o.Pause},
		CompletedJobRetentionPeriod: time.Hour,
		Logger:                      slog.New(quieter{q.o.Log.Handler()}),
	}
	if ticks && q.o.Due != nil {
		c.Queues[queueTicks] = river.QueueConfig{MaxWorkers: 1}
		c.PeriodicJobs = []*river.PeriodicJob{river.NewPeriodicJob(
			river.PeriodicInterval(q.o.Tick),
			func() (river.JobArgs, *river.InsertOpts) { return tickArgs{}, nil },
			nil,
		)}
	}
	started, err := db.client(c)
	if err == nil {
		err = started.Start(context.Background()) // until it is stopped
	}
	return started, err
}

// quieter hands on what River says as less than River takes it for: what fails
// there is done again, and what that comes to is told by the Engine.
type quieter struct{ slog.Handler }

const step = slog.LevelWarn - slog.LevelInfo

func (h quieter) Enabled(ctx context.Context, l slog.Level) bool {
	return h.Handler.Enabled(ctx, l-step)
}

func (h quieter) Handle(ctx context.Context, r slog.Record) error {
	r.Level -= step
	return h.Handler.Handle(ctx, r)
}

func (h quieter) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quieter{h.Handler.WithAttrs(attrs)}
}

func (h quieter) WithGroup(name string) slog.Handler { return quieter{h.Handler.WithGroup(name)} }
