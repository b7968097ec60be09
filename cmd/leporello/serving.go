package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/digest"
	"github.com/leporello-press/leporello/digest/queue"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/filelock"
)

// pause is how long something that failed is left alone.
type pause struct {
	until  time.Time
	failed int // in a row
}

const (
	firstPause = 5 * time.Minute
	mostPause  = time.Hour
	heldPause  = time.Minute // another program works on it
)

// nextSlot returns when the next issue of a digest is due; zero: it has no schedule.
func (s *serving) nextSlot(d *recipe.Digest) time.Time {
	if d == nil || d.Schedule == nil {
		return time.Time{}
	}
	return d.Schedule.Next(s.now()).At
}

// earliest is the first of moments; zero ones are none.
type earliest struct{ time.Time }

func (e *earliest) add(t time.Time) {
	if !t.IsZero() && (e.IsZero() || t.Before(e.Time)) {
		e.Time = t
	}
}

// work does all that is due, one after the other, and returns when to look again;
// zero: nothing will ever be due. Where there is a queue, it has the runs, and asks
// due what there is to do.
func (p *shop) work(ctx context.Context, s *serving) time.Time {
	var next earliest
	if s.queued() {
		next.add(p.attempt(ctx, s, "deliveries", func() error {
			_, err := s.engine.Redeliver(ctx, s.now())
			return err
		}))
	}
	for i := range s.config.Digests {
		d := &s.config.Digests[i]
		if !s.queued() {
			next.add(p.attempt(ctx, s, d.Name, func() error { return s.issues(ctx, d.Name) }))
			next.add(s.nextSlot(d))
		}
		ready, again, err := s.begun(ctx, d.Name)
		next.add(p.told(s, err, again))
		if ready > 0 { // it was tried just now, or somebody else has it
			next.add(s.now().Add(firstPause))
		}
	}
	if s.config.Serve.Harvest > 0 && !s.queued() {
		next.add(p.attempt(ctx, s, digest.Harvests, func() error { return s.harvest(ctx) }))
		_, at, err := s.unread(ctx)
		next.add(p.told(s, err, at))
	}
	return next.Time
}

// told returns a moment that the state told, and a later one where it could not.
func (p *shop) told(s *serving, err error, at time.Time) time.Time {
	if err != nil {
		if !errors.Is(err, context.Canceled) { // which ends it
			s.log.Error("the state cannot be read", "error", err)
		}
		return s.now().Add(firstPause)
	}
	return at
}

// attempt does something unless it is to be left alone, and returns until when it is.
func (p *shop) attempt(ctx context.Context, s *serving, what string, do func() error) time.Time {
	now := s.now()
	last := p.pauses[what]
	// A clock that was put back by more than any pause ends it.
	if left := last.until.Sub(now); left > 0 && left <= mostPause {
		return last.until
	}
	err := do()
	if err == nil || ctx.Err() != nil {
		delete(p.pauses, what)
		return time.Time{}
	}
	wait := min(firstPause<<min(last.failed, 8), mostPause)
	if errors.Is(err, filelock.ErrHeld) {
		wait = heldPause
		s.log.Info("another program works on it", "what", what)
	} else {
		last.failed++
		s.log.Error("it is tried again", "what", what, "in", wait.String(), "error", plain(err))
	}
	last.until = s.now().Add(wait)
	p.pauses[what] = last
	return last.until
}

// issues makes what was begun of a digest and what is due, and delivers what is to be
// tried again.
func (s *serving) issues(ctx context.Context, name string) error {
	ready, _, err := s.begun(ctx, name)
	if err != nil {
		return err
	}
	due, err := s.engine.DueOf(ctx, name, s.now())
	if err != nil || ready+len(due) == 0 {
		return err
	}
	return s.child(ctx, "run", "--due", name)
}

// begun counts the runs and the deliveries of a digest that are to be tried now, and
// tells when the time of the next one comes.
func (s *serving) begun(ctx context.Context, name string) (ready int, next time.Time, err error) {
	now := s.now()
	var first earliest
	runs, err := s.engine.Unfinished(ctx, name)
	if err != nil {
		return 0, next, err
	}
	for i := range runs {
		if at := digest.RetryAt(&runs[i], now); at.IsZero() {
			ready++
		} else {
			first.add(at)
		}
	}
	pending, err := s.state.PendingDeliveries(ctx, now.AddDate(10, 0, 0))
	if err != nil {
		return 0, next, err
	}
	for _, d := range pending {
		run, err := s.state.Run(ctx, d.Run)
		switch {
		case err != nil:
			return 0, next, err
		case run.Digest != name || !run.State.Ended():
		case d.NextAt.After(now):
			first.add(d.NextAt)
		default:
			ready++
		}
	}
	return ready, first.Time, nil
}

// child does something by a process of its own: a run takes much memory, and reads
// what strangers have written.
func (s *serving) child(ctx context.Context, args ...string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.CommandContext(ctx, program, append(args, s.shared(args[0])...)...)
	child.Stderr = s.stderr
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
	child.WaitDelay = grace
	err = child.Run()
	var exit *exec.ExitError
	switch {
	case !errors.As(err, &exit):
		return err
	case exit.ExitCode() == exitHeld:
		return filelock.ErrHeld
	case exit.ExitCode() == exitThreshold || exit.ExitCode() == exitUndelivered:
		return nil // it has told so, and what can be tried again has its time
	}
	return fmt.Errorf("leporello %s: %w", args[0], err)
}

// grace is how long a child may take to end when it is asked to.
const grace = 20 * time.Second

// shared are the flags that s was given and another command has too.
func (s *serving) shared(command string) []string {
	other, _, err := s.cmd.Root().Find([]string{command})
	if err != nil {
		panic(err)
	}
	var args []string
	s.cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if other.Flags().Lookup(f.Name) == nil || !f.Changed && f.Name != "log-format" {
			return
		}
		values := []string{f.Value.String()}
		switch f.Name {
		case "rebuild-state":
			return // that is done
		case "now":
			values[0] = s.now().Format(time.RFC3339)
		}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			args = append(args, "--"+f.Name+"="+v)
		}
	})
	return args
}

// unread returns the sources that are to be read now, and when the next one is.
func (g *digests) unread(ctx context.Context) (names []string, next time.Time, err error) {
	harvests, err := g.state.Harvests(ctx)
	if err != nil {
		return nil, next, err
	}
	last := map[string]time.Time{}
	for _, h := range harvests {
		last[h.Source] = h.At
	}
	now := g.now()
	var first earliest
	for _, source := range g.config.Sources {
		at := last[source.Name]
		// What was read in the future was read by a clock that was wrong.
		if due := at.Add(g.config.Serve.Harvest); at.IsZero() || !due.After(now) || at.After(now) {
			names = append(names, source.Name)
		} else {
			first.add(due)
		}
	}
	return names, first.Time, nil
}

// harvest reads the sources that were not read for a while.
func (s *serving) harvest(ctx context.Context) error {
	names, _, err := s.unread(ctx)
	if err != nil || len(names) == 0 {
		return err
	}
	return s.child(ctx, append([]string{"harvest"}, names...)...)
}

// hire works on the queue until the context ends or end is called.
func (p *shop) hire(ctx context.Context) (end func()) {
	o := p.first.jobs()
	o.Engine, o.Due = p, p.due
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			if err := queue.New(o).Work(ctx); err != nil {
				p.first.log.Error("the queue does not work", "error", plain(err))
				select {
				case <-ctx.Done():
				case <-time.After(heldPause):
				}
			}
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// due returns the runs that are to be worked on.
func (p *shop) due(ctx context.Context) ([]int64, error) {
	s, done := p.use()
	defer done()
	return s.toDo(ctx)
}

// Advance implements queue.Engine by the configuration that holds, and so do Do and GiveUp.
func (p *shop) Advance(ctx context.Context, run int64) ([]state.Task, bool, error) {
	s, done := p.use()
	defer done()
	return s.engine.Advance(ctx, run)
}

func (p *shop) Do(ctx context.Context, t state.Task) error {
	s, done := p.use()
	defer done()
	return s.engine.Do(ctx, t)
}

func (p *shop) GiveUp(ctx context.Context, t state.Task, err error) error {
	s, done := p.use()
	defer done()
	return s.engine.GiveUp(ctx, t, err)
}
