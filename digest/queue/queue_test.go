package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/filelock"
	"github.com/leporello-press/leporello/internal/pgtest"
)

// play is an Engine whose runs have three steps: articles, their book, its delivery.
// Task n of a run has the key n.
type play struct {
	*state.Store
	articles int
	// do is what an article is done by; nil: nothing.
	do func(ctx context.Context, t state.Task) error
	// advance may fail a look at a run; nil: it never fails.
	advance func() error

	mu   sync.Mutex
	done map[string]int // how often tasks were done, by step and key
}

var errFinal = errors.New("for good")

func (p *play) Advance(ctx context.Context, run int64) ([]state.Task, bool, error) {
	if p.advance != nil {
		if err := p.advance(); err != nil {
			return nil, false, err
		}
	}
	for _, step := range []struct {
		name  string
		tasks int
	}{{"pictures", p.articles}, {"assemble", 1}, {"deliver", 1}} {
		tasks, err := p.Tasks(ctx, run, step.name)
		if err != nil {
			return nil, false, err
		}
		if len(tasks) == 0 {
			for n := range step.tasks {
				tasks = append(tasks, state.Task{Run: run, Step: step.name, Key: fmt.Sprint(n)})
			}
			if err := p.AddTasks(ctx, tasks); err != nil {
				return nil, false, err
			}
		}
		var left []state.Task
		for _, t := range tasks {
			if t.State != state.TaskOK && t.State != state.TaskFailed {
				left = append(left, t)
			}
		}
		if len(left) > 0 {
			return left, false, nil
		}
	}
	return nil, true, nil
}

func (p *play) Do(ctx context.Context, t state.Task) error {
	p.mu.Lock()
	if p.done == nil {
		p.done = map[string]int{}
	}
	p.done[t.Step+" "+t.Key]++
	p.mu.Unlock()
	if p.do != nil {
		if err := p.do(ctx, t); err != nil {
			return err
		}
	}
	t.State = state.TaskOK
	return p.SaveTask(ctx, t)
}

func (p *play) GiveUp(ctx context.Context, t state.Task, err error) error {
	t.State, t.Detail = state.TaskFailed, err.Error()
	return p.SaveTask(ctx, t)
}

// ended checks that all tasks of a run are done, but those that were given up.
func (p *play) ended(t *testing.T, run int64, failed ...string) {
	t.Helper()
	tasks, err := p.Tasks(context.Background(), run, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(tasks) != p.articles+2 {
		t.Errorf("%d tasks, want %d", len(tasks), p.articles+2)
	}
	var lost []string
	for _, task := range tasks {
		switch task.State {
		case state.TaskOK:
		case state.TaskFailed:
			lost = append(lost, task.Step+" "+task.Key+": "+task.Detail)
		default:
			t.Errorf("%s %s is %s", task.Step, task.Key, task.State)
		}
	}
	if strings.Join(lost, "\n") != strings.Join(failed, "\n") {
		t.Errorf("given up: %q, want %q", lost, failed)
	}
}

// databases calls test for each kind of database, with what it is opened by.
func databases(t *testing.T, test func(t *testing.T, o Options)) {
	for _, kind := range []string{"SQLite", "PostgreSQL"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel() // they wait more than they work
			o := Options{Clock: time.Now, Path: filepath.Join(t.TempDir(), "100% ünlike?#", "queue.db"), Pause: 20 * time.Millisecond}
			at := state.Options{Clock: time.Now, Path: filepath.Join(t.TempDir(), "state.db")}
			if kind == "PostgreSQL" {
				o.URL = pgtest.Schema(t)
				at.URL = o.URL
			}
			o.State = openState(t, at)
			o.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
			o.Final = func(err error) bool { return errors.Is(err, errFinal) }
			test(t, o)
		})
	}
}

func openState(t testing.TB, o state.Options) *state.Store {
	t.Helper()
	s, err := state.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newRun(t testing.TB, s *state.Store, slot string) int64 {
	t.Helper()
	r := state.Run{Digest: "weekly", Slot: slot}
	if _, err := s.BeginRun(context.Background(), &r); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func TestRun(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, o Options) {
		var tries sync.Map
		p := &play{Store: o.State, articles: 30, do: func(_ context.Context, task state.Task) error {
			n, _ := tries.LoadOrStore(task.Step+task.Key, new(atomic.Int32))
			switch try := n.(*atomic.Int32).Add(1); {
			case task.Step != "pictures":
			case task.Key == "3" && try < 3:
				return errors.New("not now")
			case task.Key == "5":
				return errors.New("not ever")
			case task.Key == "6":
				return fmt.Errorf("no use: %w", errFinal)
			case task.Key == "7" && try == 1:
				panic("out of order")
			case task.Key == "8":
				panic("broken")
			}
			return nil
		}}
		o.Engine, o.Attempts = p, 3
		q := New(o)
		run := newRun(t, o.State, "1")
		if err := q.Run(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		p.ended(t, run, "pictures 5: not ever", "pictures 6: no use: for good", "pictures 8: broken")
		for key, want := range map[string]int{"pictures 1": 1, "pictures 3": 3, "pictures 5": 3, "pictures 6": 1, "pictures 7": 2, "pictures 8": 3, "assemble 0": 1, "deliver 0": 1} {
			if got := p.done[key]; got != want {
				t.Errorf("%s was done %d times, want %d", key, got, want)
			}
		}
		// Run again, it has ended.
		if err := q.Run(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	})
}

// Runs beside each other share the workers; two callers of one run share the run.
func TestRunsTogether(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, o Options) {
		var now, most atomic.Int32
		p := &play{Store: o.State, articles: 12, do: func(context.Context, state.Task) error {
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(5 * time.Millisecond)
			return nil
		}}
		o.Engine, o.Workers = p, 3
		q := New(o)
		runs := []int64{newRun(t, o.State, "1"), newRun(t, o.State, "2")}
		var wg sync.WaitGroup
		for _, run := range append(runs, runs...) {
			wg.Go(func() {
				if err := q.Run(t.Context(), run); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, run := range runs {
			p.ended(t, run)
		}
		if n := most.Load(); n < 2 || n > 3+1 { // and one who makes books
			t.Errorf("%d tasks at a time", n)
		}
		for key, n := range p.done {
			if n != len(runs) {
				t.Errorf("%s was done %d times", key, n)
			}
		}
	})
}

func TestRunThatFails(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, o Options) {
		failing := fmt.Errorf("no source: %w", errFinal)
		p := &play{Store: o.State, articles: 1, advance: func() error { return failing }}
		o.Engine = p
		q := New(o)
		run := newRun(t, o.State, "1")
		if err := q.Run(t.Context(), run); !errors.Is(err, errFinal) {
			t.Errorf("error %v", err)
		}
		looks := 0
		p.advance = func() error {
			if looks++; looks < 3 {
				return errors.New("the database is away")
			}
			return nil
		}
		if err := q.Run(t.Context(), run); err != nil {
			t.Error(err)
		}
		p.ended(t, run)
		run = newRun(t, o.State, "2")
		p.advance = func() error { return errors.New("the database stays away") }
		if err := q.Run(t.Context(), run); err == nil || err.Error() != "the database stays away" {
			t.Errorf("error %v", err)
		}
	})
}

// What is interrupted is not counted, and is gone on with by the next process.
func TestStop(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, o Options) {
		begun := make(chan struct{}, 100)
		hang := true
		p := &play{Store: o.State, articles: 4, do: func(ctx context.Context, task state.Task) error {
			begun <- struct{}{}
			if hang && task.Key == "2" {
				<-ctx.Done()
				return context.Cause(ctx)
			}
			return nil
		}}
		o.Engine, o.Attempts, o.Grace = p, 1, 200*time.Millisecond
		run := newRun(t, o.State, "1")
		q := New(o)
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			for range p.articles {
				<-begun
			}
			cancel(errors.New("enough"))
		}()
		if err := q.Run(ctx, run); err == nil || err.Error() != "enough" {
			t.Errorf("error %v", err)
		}
		hang = false
		if err := New(o).Run(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		p.ended(t, run)
		if p.done["pictures 2"] != 2 || p.done["pictures 1"] != 1 {
			t.Errorf("done: %v", p.done)
		}
	})
}

func TestWork(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, o Options) {
		p := &play{Store: o.State, articles: 3}
		run := newRun(t, o.State, "1")
		asked := make(chan struct{}, 1000)
		o.Engine, o.Tick = p, 100*time.Millisecond
		o.Due = func(context.Context) ([]int64, error) {
			asked <- struct{}{}
			return []int64{run}, errors.New("one digest is broken")
		}
		q := New(o)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- q.Work(ctx) }()
		for { // until it has ended, and somebody was asked again
			<-asked
			tasks, err := o.State.Tasks(t.Context(), run, "deliver")
			if err != nil {
				t.Fatal(err)
			}
			if len(tasks) == 1 && tasks[0].State == state.TaskOK {
				break
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		p.ended(t, run)
		for key, n := range p.done {
			if n != 1 {
				t.Errorf("%s was done %d times", key, n)
			}
		}
	})
}

func TestOneAtAFile(t *testing.T) {
	o := Options{Clock: time.Now, Path: filepath.Join(t.TempDir(), "queue.db")}
	q := New(o)
	_, release, err := q.use(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := New(o).Run(t.Context(), 1); !errors.Is(err, filelock.ErrHeld) {
		t.Errorf("a second process: %v", err)
	}
	release()
	if _, release, err = q.use(t.Context()); err != nil {
		t.Fatal(err)
	}
	release()
}
