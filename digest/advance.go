package digest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/redact"
)

// The steps of a run, as state.Task names them.
const (
	StepFetch    = "fetch"    // the key is the name of a source
	StepParse    = "parse"    // the key is an article and the blob of what is known of it
	StepPictures = "pictures" // the key is an article and the blob of its document
	StepAssemble = "assemble"
	StepDeliver  = "deliver" // the key is a target and the number of a part
)

// theBook is the key of the only task that assembles.
const theBook = "book"

// A run that does not go on is given up after so many attempts, but not before so long
// a time: a network, a full disk or a drive that is away are seldom mended within
// minutes. After lastHope nobody counts.
const (
	mostAttempts = 10
	firstHope    = 48 * time.Hour
	lastHope     = 7 * 24 * time.Hour
)

// hopeless tells whether r is not to be tried again.
func (e *Engine) hopeless(r *state.Run) bool {
	age := e.Clock().Sub(r.Started)
	return age >= firstHope && r.Attempt >= mostAttempts || age >= lastHope
}

// Advance returns the tasks of a run that are to be done now. When they are done, or
// given up, it is called again; done tells that the run has ended. Where there is
// neither, the run waits for an earlier one of its digest.
func (e *Engine) Advance(ctx context.Context, run int64) (tasks []state.Task, done bool, err error) {
	r, err := e.State.Run(ctx, run)
	if err != nil {
		return nil, false, err
	}
	for !r.State.Ended() {
		before := r.State
		tasks, err := e.advance(ctx, &r)
		if err != nil {
			return nil, false, e.stumble(ctx, &r, err)
		}
		if len(tasks) > 0 || r.State == before {
			return tasks, false, nil
		}
		e.Log.DebugContext(ctx, "the run goes on", "run", run, "digest", r.Digest, "step", string(r.State))
	}
	e.mu.Lock()
	e.drop(run)
	e.mu.Unlock()
	return nil, true, nil
}

// advance returns what is left to do in the state of r, or brings r to its next state.
func (e *Engine) advance(ctx context.Context, r *state.Run) ([]state.Task, error) {
	f, err := configOf(r)
	if err != nil {
		return nil, err
	}
	switch r.State {
	case state.RunPlanned:
		return nil, e.begin(ctx, r, &f)
	case state.RunHarvesting:
		if tasks, err := e.pending(ctx, r.ID, StepFetch, StepParse, StepPictures); err != nil || len(tasks) > 0 {
			return tasks, err
		}
		return nil, e.harvested(ctx, r)
	case state.RunSelecting:
		return nil, e.freeze(ctx, r)
	case state.RunPictures:
		if err := e.wantPictures(ctx, r); err != nil {
			return nil, err
		}
		if tasks, err := e.pending(ctx, r.ID, StepPictures); err != nil || len(tasks) > 0 {
			return tasks, err
		}
		if err := e.pictured(ctx, r); err != nil {
			return nil, err
		}
		return nil, e.prepare(ctx, r, &f)
	case state.RunAssembling:
		return e.pending(ctx, r.ID, StepAssemble)
	case state.RunMade:
		return nil, e.address(ctx, r, &f)
	case state.RunDelivering:
		if tasks, err := e.pending(ctx, r.ID, StepDeliver); err != nil || len(tasks) > 0 {
			return inTurn(tasks), err
		}
		return nil, e.finish(ctx, r, state.RunDone)
	default:
		panic(fmt.Sprintf("digest: a run is %s", r.State))
	}
}

// pending returns the tasks of steps that are neither done nor given up. What a
// process that was killed had begun is among them.
func (e *Engine) pending(ctx context.Context, run int64, steps ...string) ([]state.Task, error) {
	var list []state.Task
	for _, step := range steps {
		tasks, err := e.State.Tasks(ctx, run, step)
		if err != nil {
			return nil, err
		}
		for _, t := range tasks {
			if t.State == state.TaskPending || t.State == state.TaskRunning {
				list = append(list, t)
			}
		}
	}
	return list, nil
}

// begin asks for the sources of r to be read.
func (e *Engine) begin(ctx context.Context, r *state.Run, f *frozen) error {
	if r.Digest != "" {
		// An article that an earlier issue is about to have is not for this one.
		unfinished, err := e.Unfinished(ctx, r.Digest)
		if err != nil {
			return err
		}
		if len(unfinished) > 0 && unfinished[0].ID < r.ID {
			return nil
		}
	}
	if f.NoHarvest {
		return e.become(ctx, r, state.RunSelecting)
	}
	var tasks []state.Task
	names, err := e.sourcesOf(r, f)
	if err != nil {
		return err
	}
	for _, name := range names {
		tasks = append(tasks, state.Task{Run: r.ID, Step: StepFetch, Key: name})
	}
	if err := e.State.AddTasks(ctx, tasks); err != nil {
		return err
	}
	return e.become(ctx, r, state.RunHarvesting)
}

// sourcesOf returns the names of the sources that r reads.
func (e *Engine) sourcesOf(r *state.Run, f *frozen) ([]string, error) {
	var names []string
	if r.Digest != "" {
		d, err := e.digest(r.Digest)
		if err != nil {
			return nil, err
		}
		for _, s := range e.Config.Of(d) {
			names = append(names, s.Name)
		}
		return names, nil
	}
	if len(f.Sources) > 0 {
		return f.Sources, nil
	}
	for i := range e.Config.Sources {
		names = append(names, e.Config.Sources[i].Name)
	}
	return names, nil
}

// become saves r in a state.
func (e *Engine) become(ctx context.Context, r *state.Run, s state.RunState) error {
	before := r.State
	r.State = s
	if err := e.State.SaveRun(ctx, r); err != nil {
		r.State = before
		return err
	}
	e.fault("%s", s)
	return nil
}

// finish ends r.
func (e *Engine) finish(ctx context.Context, r *state.Run, s state.RunState) error {
	r.Finished = e.Clock()
	if s != state.RunFailed {
		r.Error = ""
	}
	if err := e.become(ctx, r, s); err != nil {
		return err
	}
	e.Log.InfoContext(ctx, "the run has ended", "run", r.ID, "digest", r.Digest, "slot", r.Slot, "state", string(s), "issue", r.Number, "error", r.Error)
	return nil
}

// fail ends r without its books. Its number is free for the next one.
func (e *Engine) fail(ctx context.Context, r *state.Run, err error) error {
	r.Error, r.Number = redact.Text(err.Error()), 0
	return e.finish(ctx, r, state.RunFailed)
}

// stumble notes why r does not go on, and gives it up where there is no hope.
func (e *Engine) stumble(ctx context.Context, r *state.Run, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r.Error = redact.Text(err.Error())
	save := e.State.SaveRun
	if e.hopeless(r) {
		save = func(ctx context.Context, r *state.Run) error { return e.fail(ctx, r, err) }
	}
	if serr := save(ctx, r); serr != nil {
		return errors.Join(err, serr)
	}
	return err
}

// harvested goes on when the sources were read as far as they can be.
func (e *Engine) harvested(ctx context.Context, r *state.Run) error {
	lost, all, err := e.failed(ctx, r.ID, StepFetch)
	if err != nil {
		return err
	}
	if r.Digest != "" {
		return e.become(ctx, r, state.RunSelecting)
	}
	if len(lost) > 0 && len(lost) == all {
		return e.fail(ctx, r, fmt.Errorf("%w: %s", ErrSources, reasons(lost)))
	}
	return e.finish(ctx, r, state.RunDone)
}

// failed returns the tasks of a step that were given up, and how many tasks it has.
func (e *Engine) failed(ctx context.Context, run int64, step string) (lost []state.Task, all int, err error) {
	tasks, err := e.State.Tasks(ctx, run, step)
	for _, t := range tasks {
		if t.State == state.TaskFailed {
			lost = append(lost, t)
		}
	}
	return lost, len(tasks), err
}

// reasons says why tasks were given up: the first of them, and how many there are.
func reasons(lost []state.Task) string {
	s := lost[0].Key + ": " + lost[0].Detail
	if n := len(lost) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more)", n)
	}
	return s
}

// Do does one task. Done again it comes to the same. That an article or a picture is
// lost is a result; an error is what another attempt may mend, and leaves the task as
// it was. One that wraps ErrFinal need not be tried again.
func (e *Engine) Do(ctx context.Context, t state.Task) error {
	r, err := e.State.Run(ctx, t.Run)
	if err != nil || r.State.Ended() {
		return err
	}
	e.fault("%s %s", t.Step, t.Key)
	begun := e.Clock()
	detail := ""
	switch t.Step {
	case StepFetch:
		detail, err = e.fetch(ctx, &r, t.Key)
	case StepParse:
		detail, err = e.parse(ctx, &r, t.Key)
	case StepPictures:
		detail, err = e.pictures(ctx, &r, t.Key)
	case StepAssemble:
		err = e.assemble(ctx, &r)
	case StepDeliver:
		detail, err = e.deliver(ctx, &r, t.Key)
	default:
		err = Final(fmt.Errorf("digest: a task to %q", t.Step))
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	t.Attempts++
	if t.State, t.Detail = state.TaskOK, detail; err != nil {
		t.State, t.Detail = state.TaskPending, redact.Text(err.Error())
	}
	if serr := e.State.SaveTask(ctx, t); serr != nil {
		return errors.Join(err, serr)
	}
	log := e.Log.DebugContext
	if err != nil {
		log = e.Log.WarnContext
	}
	log(ctx, "a task was done", "run", t.Run, "digest", r.Digest, "step", t.Step, "key", redact.Address(t.Key), "attempt", t.Attempts, "seconds", e.Clock().Sub(begun).Seconds(), "result", t.Detail)
	e.fault("done %s %s", t.Step, t.Key)
	return err
}

// GiveUp notes that a task is not tried again, because of an error of Do. A run whose
// books cannot be made has failed with that; all others go on without.
func (e *Engine) GiveUp(ctx context.Context, t state.Task, err error) error {
	text := redact.Text(err.Error())
	switch t.Step {
	case StepFetch:
		if err := e.State.SetHarvested(ctx, t.Key, e.Clock(), 0, 0, text); err != nil {
			return err
		}
	case StepAssemble:
		r, rerr := e.State.Run(ctx, t.Run)
		if rerr == nil && !r.State.Ended() && r.Made.IsZero() {
			rerr = e.fail(ctx, &r, err)
		}
		if rerr != nil {
			return rerr
		}
	}
	t.State, t.Detail = state.TaskFailed, text
	return e.State.SaveTask(ctx, t)
}

// cutKey parts the key of a task at its first slash.
func cutKey(key string) (first, rest string) {
	first, rest, _ = strings.Cut(key, "/")
	return first, rest
}
