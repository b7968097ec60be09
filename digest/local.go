package digest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/leporello-press/leporello/digest/state"
)

// Local does the tasks of runs in this process.
type Local struct {
	Engine *Engine
	// Workers bounds the tasks that are done at once; 0 is 8.
	Workers int
	// Attempts bounds how often one task is tried in a row; 0 is 3.
	Attempts int
	// Wait is the time before the second attempt; then it is twice as long each time.
	// 0 is 2 s.
	Wait time.Duration
	// Sleep waits, or returns the error of a context that ends; nil: by the system's
	// clock.
	Sleep func(ctx context.Context, d time.Duration) error
}

// retries is how many tasks of a run may be tried again in a row; beyond that one in
// ten may. When everything fails, trying all of it again mends nothing.
const retries = 20

// Run implements Executor. Whoever calls it holds the lock of the digest.
func (l *Local) Run(ctx context.Context, run int64) error {
	e := l.Engine
	r, err := e.State.Run(ctx, run)
	if err != nil {
		return err
	}
	if !r.State.Ended() {
		r.Attempt++
		if err := e.State.SaveRun(ctx, &r); err != nil {
			return err
		}
	}
	b := &budget{left: retries}
	for {
		tasks, done, err := e.Advance(ctx, run)
		if err != nil || done {
			return err
		}
		if len(tasks) == 0 {
			return fmt.Errorf("run %d waits for an earlier one of its digest", run)
		}
		if err := l.all(ctx, tasks, b); err != nil {
			return err
		}
	}
}

// all does tasks. The error is that of one that the run cannot go on without.
func (l *Local) all(ctx context.Context, tasks []state.Task, b *budget) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	b.grow(len(tasks))
	next := make(chan state.Task)
	var wg sync.WaitGroup
	workers := l.Workers
	if workers <= 0 {
		workers = 8
	}
	for range min(workers, len(tasks)) {
		wg.Go(func() {
			for t := range next {
				if err := l.do(ctx, t, b); err != nil {
					cancel(err)
				}
			}
		})
	}
feed:
	for _, t := range tasks {
		select {
		case next <- t:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

// do does one task until it is done or given up.
func (l *Local) do(ctx context.Context, t state.Task, b *budget) error {
	attempts, wait := l.Attempts, l.Wait
	if attempts <= 0 {
		attempts = 3
	}
	if wait <= 0 {
		wait = 2 * time.Second
	}
	for n := 1; ; n++ {
		err := l.Engine.Do(ctx, t)
		if err == nil || ctx.Err() != nil {
			return err
		}
		final := errors.Is(err, ErrFinal)
		if t.Step == StepAssemble {
			// Without its books a run is nothing. What is in their way may be mended, a
			// full disk, and then the run goes on.
			if r, rerr := l.Engine.State.Run(ctx, t.Run); !final && (rerr != nil || !l.Engine.hopeless(&r)) {
				return err
			}
			return errors.Join(err, l.Engine.GiveUp(ctx, t, err))
		}
		if final || n >= attempts || !b.take() {
			return l.Engine.GiveUp(ctx, t, err)
		}
		t.Attempts++
		if err := l.sleep(ctx, wait); err != nil {
			return err
		}
		wait *= 2
	}
}

func (l *Local) sleep(ctx context.Context, d time.Duration) error {
	if l.Sleep != nil {
		return l.Sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// budget is how many more tasks of a run may be tried again.
type budget struct {
	mu   sync.Mutex
	left int
}

func (b *budget) grow(tasks int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += tasks / 10
}

func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left--
	return b.left >= 0
}
