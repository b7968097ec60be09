package digest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/schedule"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/filelock"
)

// Slot is a time at which a digest has an issue.
type Slot struct {
	Digest string
	schedule.Slot
	Missed bool // it is past its time: a later one is due, too
}

// manual is how the names of slots begin that are of no schedule.
const manual = "manual "

// extra is the slot of an issue that somebody asks for at a moment.
func extra(d *recipe.Digest, at time.Time) Slot {
	at = at.In(d.Zone)
	return Slot{Digest: d.Name, Slot: schedule.Slot{Civil: manual + at.UTC().Format(time.RFC3339), At: at}}
}

const (
	// grace is how late an issue may be that is not to be caught up.
	grace = 24 * time.Hour
	// mostMissed bounds the slots that are looked at: the latest of so many.
	mostMissed = 500
)

// Due returns the slots whose issues are to be made at now, the oldest of a digest
// first, and notes in the state which are not, because nobody was there at their
// time. Of a digest that never had an issue the last slot before now is due, and
// none that is older.
func (e *Engine) Due(ctx context.Context, now time.Time) ([]Slot, error) {
	var list []Slot
	for i := range e.Config.Digests {
		d := &e.Config.Digests[i]
		due, err := e.DueOf(ctx, d.Name, now)
		if err != nil {
			return nil, err
		}
		list = append(list, due...)
	}
	return list, nil
}

// DueOf is Due of one digest.
func (e *Engine) DueOf(ctx context.Context, name string, now time.Time) ([]Slot, error) {
	d, err := e.digest(name)
	if err != nil || d.Schedule == nil {
		return nil, err
	}
	slots, err := e.passed(ctx, d, now)
	if err != nil || len(slots) == 0 {
		return nil, err
	}
	var due, missed []schedule.Slot
	last := len(slots) - 1
	switch d.CatchUp {
	case recipe.CatchUpAll:
		due = slots
	case recipe.CatchUpLatest:
		missed, due = slots[:last], slots[last:]
	case recipe.CatchUpNone:
		missed = slots
		if now.Sub(slots[last].At) <= grace {
			missed, due = slots[:last], slots[last:]
		}
	default:
		panic(fmt.Sprintf("digest: unknown policy %d to catch up", d.CatchUp))
	}
	// What was due before a damaged state was rebuilt may have been made.
	forgotten, err := e.State.Forgotten(ctx)
	if err != nil {
		return nil, err
	}
	for len(due) > 0 && !due[0].At.After(forgotten) {
		missed, due = append(missed, due[0]), due[1:]
	}
	for _, s := range missed {
		r := state.Run{Digest: d.Name, Slot: s.Civil, At: s.At, State: state.RunMissed, Finished: now, Tool: e.Tool}
		if _, err := e.State.BeginRun(ctx, &r); err != nil {
			return nil, err
		}
		e.Log.WarnContext(ctx, "an issue was missed", "digest", d.Name, "slot", s.Civil)
	}
	var list []Slot
	for i, s := range due {
		list = append(list, Slot{d.Name, s, i < len(due)-1})
	}
	return list, nil
}

// passed returns the slots since the last one that has a run. Runs of a clock that was
// ahead for a while do not count: neither slots that are still to come, nor those that it
// thought were missed.
func (e *Engine) passed(ctx context.Context, d *recipe.Digest, now time.Time) ([]schedule.Slot, error) {
	last, ahead := "", false
	for before := int64(0); last == ""; {
		runs, err := e.State.Runs(ctx, state.RunQuery{Digest: d.Name, Before: before, Limit: 20})
		if err != nil {
			return nil, err
		}
		for _, r := range runs {
			before = r.ID
			switch {
			case strings.HasPrefix(r.Slot, manual):
			case r.At.After(now) || r.State == state.RunMissed && r.Finished.After(now):
				ahead = true
			default:
				// The newest row is not always that of the newest slot: clocks are put back.
				last = max(last, r.Slot)
			}
		}
		if len(runs) == 0 {
			break
		}
	}
	if last == "" {
		if ahead {
			return nil, nil // it is now that the clock is wrong
		}
		return latest(d.Schedule, now), nil
	}
	since, err := d.Schedule.Since(last, now)
	if err != nil {
		return nil, err
	}
	var slots []schedule.Slot
	for s := range since {
		if slots = append(slots, s); len(slots) > mostMissed {
			slots = slots[1:]
		}
	}
	return slots, nil
}

// latest returns the last slot that is not after now, if there was one within eight
// years.
func latest(s *schedule.Schedule, now time.Time) []schedule.Slot {
	for _, days := range []int{1, 8, 32, 367, 8 * 366} {
		var last []schedule.Slot
		for slot := range s.Between(now.AddDate(0, 0, -days), now) {
			last = []schedule.Slot{slot}
		}
		if last != nil {
			return last
		}
	}
	return nil
}

// Plan is what is asked of one run beside what the configuration says.
type Plan struct {
	NoHarvest bool `json:"no_harvest,omitempty"` // the issue is made of what was harvested before
	NoDeliver bool `json:"no_deliver,omitempty"`
	// Sources are those of a harvest alone; empty: all.
	Sources []string `json:"sources,omitempty"`
	// OutputDir is the folder that books are put into by the last part of their paths;
	// empty: they go where the recipe says.
	OutputDir string `json:"output_dir,omitempty"`
}

// frozen is what Run.Config holds: what an issue is made by.
type frozen struct {
	Plan
	// What follows is there when the books are about to be made.
	Digest     *recipe.Digest `json:"digest,omitempty"`
	Title      string         `json:"title,omitempty"` // empty: made from the articles
	Identifier string         `json:"identifier,omitempty"`
	Paths      []string       `json:"paths,omitempty"` // of the outputs
	// Pictures is the blob of what came of the pictures: a JSON list of state.Picture.
	Pictures string `json:"pictures,omitempty"`
}

func configOf(r *state.Run) (frozen, error) {
	var f frozen
	if len(r.Config) == 0 {
		return f, nil
	}
	if err := json.Unmarshal(r.Config, &f); err != nil {
		return f, fmt.Errorf("digest: run %d: what it is made by cannot be read: %w", r.ID, err)
	}
	return f, nil
}

func (f *frozen) keep(r *state.Run) error {
	var err error
	r.Config, err = json.Marshal(f)
	return err
}

func inZone(t time.Time, zone *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}

// Begin enters the run of a slot. Begun again, it is the same run, with the plan that
// it was begun with.
func (e *Engine) Begin(ctx context.Context, slot Slot, p Plan) (state.Run, error) {
	d, err := e.digest(slot.Digest)
	if err != nil {
		return state.Run{}, err
	}
	from, to, err := e.window(ctx, d, slot)
	if err != nil {
		return state.Run{}, err
	}
	r := state.Run{Digest: d.Name, Slot: slot.Civil, At: slot.At, From: from, To: to, Tool: e.Tool}
	f := frozen{Plan: p}
	if err := f.keep(&r); err != nil {
		return r, err
	}
	existed, err := e.State.BeginRun(ctx, &r)
	if err == nil && r.State == state.RunMissed { // by a clock that was ahead
		r.State, r.From, r.To, r.Finished, existed = state.RunPlanned, from, to, time.Time{}, false
		if err = f.keep(&r); err == nil {
			err = e.State.SaveRun(ctx, &r)
		}
	}
	if err == nil && !existed {
		e.Log.InfoContext(ctx, "an issue is due", "digest", d.Name, "slot", slot.Civil, "run", r.ID)
	}
	return r, err
}

// BeginExtra enters a run for now, outside of the schedule.
func (e *Engine) BeginExtra(ctx context.Context, digest string, p Plan) (state.Run, error) {
	d, err := e.digest(digest)
	if err != nil {
		return state.Run{}, err
	}
	return e.Begin(ctx, extra(d, e.Clock()), p)
}

// window returns the window of the issue of a slot. Where one issue stands for all
// that were missed, it reaches back to the last that was made.
func (e *Engine) window(ctx context.Context, d *recipe.Digest, slot Slot) (from, to time.Time, err error) {
	last, ok, err := e.State.LastMadeUntil(ctx, d.Name, slot.At)
	if err != nil {
		return from, to, err
	}
	end := time.Time{}
	if ok {
		end = last.To
	}
	from, to = d.Window.Of(slot.Slot, end)
	if ok && d.CatchUp == recipe.CatchUpLatest && end.Before(from) {
		from = end
	}
	return from, to, nil
}

// BeginHarvest enters a run that reads sources and makes nothing; without names, all.
func (e *Engine) BeginHarvest(ctx context.Context, sources []string) (state.Run, error) {
	for _, name := range sources {
		if e.Config.Source(name) == nil {
			return state.Run{}, fmt.Errorf("source %s: %w", name, ErrNoDigest)
		}
	}
	now := e.Clock()
	r := state.Run{Slot: now.UTC().Format(time.RFC3339Nano), At: now, Tool: e.Tool}
	f := frozen{Plan: Plan{Sources: sources}}
	if err := f.keep(&r); err != nil {
		return r, err
	}
	_, err := e.State.BeginRun(ctx, &r)
	return r, err
}

// Unfinished returns the runs of a digest that have not ended, the oldest first.
func (e *Engine) Unfinished(ctx context.Context, digest string) ([]state.Run, error) {
	runs, err := e.State.Runs(ctx, state.RunQuery{Digest: digest, States: state.Unended})
	slices.Reverse(runs)
	return runs, err
}

// Pauses before a run that could not go on is tried again by who only looks what is due: the
// first, twice as long each time, the longest. Ten attempts are two days, and a program that
// looks every quarter of an hour comes just after the first.
const (
	firstPause = 14 * time.Minute
	mostPause  = 12 * time.Hour
)

// RetryAt returns until when an unfinished run is to be left alone; zero: it is not.
func RetryAt(r *state.Run, now time.Time) time.Time {
	if r.Error == "" || r.State.Ended() {
		return time.Time{}
	}
	at := r.Updated.Add(min(firstPause<<min(max(r.Attempt-1, 0), 10), mostPause))
	if !at.After(now) || at.Sub(now) > mostPause { // or the clock was put back
		return time.Time{}
	}
	return at
}

// Lock keeps other processes from working on a digest until release: those of this
// machine, and where the state is in PostgreSQL those of all. The error wraps
// filelock.ErrHeld when one does.
func (e *Engine) Lock(ctx context.Context, digest string) (release func(), err error) {
	release, err = e.lock(ctx, digest)
	if errors.Is(err, filelock.ErrHeld) {
		err = fmt.Errorf("digest %s: %w", digest, filelock.ErrHeld)
	}
	return release, err
}

func (e *Engine) lock(ctx context.Context, digest string) (release func(), err error) {
	everywhere, err := e.State.Lock(ctx, "digest "+digest)
	if err != nil || e.Locks == "" {
		return everywhere, err
	}
	here, err := filelock.Alone(filepath.Join(e.Locks, digest+".lock"))
	if err != nil {
		everywhere()
		return nil, err
	}
	return func() {
		here.Release()
		everywhere()
	}, nil
}
