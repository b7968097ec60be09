package queue

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/leporello-press/leporello/digest/state"
)

// unfinished are the states of jobs that keep another of the same arguments from
// being made. One that has ended does not: whether there is still something to do,
// the rows of package state say.
var unfinished = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
	rivertype.JobStateRunning, rivertype.JobStateScheduled,
}}

// runArgs is the job that keeps a run going.
type runArgs struct {
	Run int64 `json:"run"`
}

// Kind implements river.JobArgs.
func (runArgs) Kind() string { return "run" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (runArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueRuns, MaxAttempts: runAttempts, UniqueOpts: unfinished}
}

// runAttempts is how often in a row a run may fail to go on before it is left alone.
const runAttempts = 5

type runWorker struct {
	river.WorkerDefaults[runArgs]
	q *River
}

// Work asks what there is to do, makes jobs of it and sleeps for about as long as
// that should take.
func (w *runWorker) Work(ctx context.Context, job *river.Job[runArgs]) error {
	q, run := w.q, job.Args.Run
	tasks, done, err := q.o.Engine.Advance(ctx, run)
	if err != nil && ctx.Err() == nil {
		q.errs.Store(run, err)
		q.o.Log.WarnContext(ctx, "the run does not go on", "run", run, "error", err)
		// The Engine gives up a run that comes to nothing too often.
		r, serr := q.o.State.Run(ctx, run)
		if serr == nil && !r.State.Ended() {
			r.Attempt++
			serr = q.o.State.SaveRun(ctx, &r)
		}
		if serr == nil && q.o.Final(err) {
			return river.JobCancel(err)
		}
	}
	if err != nil {
		return err
	}
	if done {
		return nil
	}
	c := clientOf(ctx)
	for part := range slices.Chunk(tasks, 1000) {
		jobs := make([]river.InsertManyParams, len(part))
		for i, t := range part {
			jobs[i] = q.jobOf(t)
		}
		// Those that have a job already keep it.
		if _, err := c.InsertMany(ctx, jobs); err != nil {
			return err
		}
	}
	return river.JobSnooze(max(shortest, min(time.Duration(len(tasks))*20*time.Millisecond, longest)))
}

// A run looks at what became of its tasks after shortest to longest.
const (
	shortest = 250 * time.Millisecond
	longest  = 4 * time.Second
)

// taskArgs is one task of a run.
type taskArgs struct {
	Run  int64  `json:"run"`
	Step string `json:"step"`
	Key  string `json:"key"`
}

// Kind implements river.JobArgs.
func (taskArgs) Kind() string { return "task" }

func (q *River) jobOf(t state.Task) river.InsertManyParams {
	o := &river.InsertOpts{
		Queue: queueTasks,
		// One more than there are: who was killed at the last one cannot give up.
		MaxAttempts: q.o.Attempts + 1,
		UniqueOpts:  unfinished,
	}
	if t.Step == stepBooks {
		o.Queue = queueBooks
	}
	return river.InsertManyParams{Args: taskArgs{t.Run, t.Step, t.Key}, InsertOpts: o}
}

// stepBooks is the step that makes the books.
const stepBooks = "assemble"

type taskWorker struct {
	river.WorkerDefaults[taskArgs]
	q *River
}

// Timeout implements river.Worker.
func (w *taskWorker) Timeout(job *river.Job[taskArgs]) time.Duration {
	if job.Args.Step == stepBooks {
		return w.q.o.BookTime
	}
	return w.q.o.TaskTime
}

// Work does a task, or gives it up.
func (w *taskWorker) Work(ctx context.Context, job *river.Job[taskArgs]) error {
	q, a := w.q, job.Args
	t, err := q.o.State.Task(ctx, a.Run, a.Step, a.Key)
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return err
	}
	if err != nil || t.State == state.TaskOK || t.State == state.TaskFailed {
		return nil // the job is older than what is known
	}
	if job.Attempt > q.o.Attempts {
		return q.o.Engine.GiveUp(ctx, t, lastError(job.JobRow))
	}
	err = q.o.Engine.Do(ctx, t)
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return err // this process stops, another goes on
	case q.o.Final(err) || job.Attempt == q.o.Attempts:
		// The time of the task may be over.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return q.o.Engine.GiveUp(ctx, t, err)
	}
	return err
}

// lastError returns why a job failed the last time.
func lastError(job *rivertype.JobRow) error {
	if n := len(job.Errors); n > 0 {
		return errors.New(job.Errors[n-1].Error)
	}
	return errors.New("no attempt came to an end")
}

const queueTicks = "ticks"

// tickArgs is the job that looks what is due.
type tickArgs struct{}

// Kind implements river.JobArgs.
func (tickArgs) Kind() string { return "tick" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (tickArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueTicks, MaxAttempts: 1, UniqueOpts: unfinished}
}

type tickWorker struct {
	river.WorkerDefaults[tickArgs]
	q *River
}

// Work wakes the runs that are due.
func (w *tickWorker) Work(ctx context.Context, _ *river.Job[tickArgs]) error {
	for _, run := range w.q.due(ctx) {
		if _, err := w.q.wake(ctx, clientOf(ctx), run); err != nil {
			return err
		}
	}
	return nil
}

// backoff is when a job is tried again.
type backoff struct {
	clock func() time.Time
	pause time.Duration
}

// mostPause is the longest time between two attempts.
const mostPause = 5 * time.Minute

// NextRetry implements river.ClientRetryPolicy.
func (b *backoff) NextRetry(job *rivertype.JobRow) time.Time {
	d := mostPause
	if n := len(job.Errors); n < 20 {
		d = min(b.pause<<n, mostPause)
	}
	// Half of it by chance, so that what failed together does not come back together.
	return b.clock().Add(d/2 + rand.N(d/2+1))
}
