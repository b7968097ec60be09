package digest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/filelock"
)

// Harvests is what Lock is told for what belongs to no digest. A name of one never
// begins like this.
const Harvests = "-harvest"

// newBlob is how long a blob is kept that nothing refers to: longer than what is between
// its being put and a row that names it.
const newBlob = 24 * time.Hour

// Tidied tells what Tidy removed.
type Tidied struct {
	state.Pruned
	Blobs int
	Bytes int64
}

// Tidy forgets what is older than a moment and no longer needed (state.Store.Prune says
// what), and removes the blobs that nothing refers to any more. Issues that ended
// before then stay in the history and their books where they are, but cannot be made
// again. While one of the digests is being worked on it fails with an error that wraps
// filelock.ErrHeld. The store of blobs must be this state's alone.
func (e *Engine) Tidy(ctx context.Context, before time.Time) (Tidied, error) {
	var done Tidied
	names := []string{Harvests}
	for _, d := range e.Config.Digests {
		names = append(names, d.Name)
	}
	for _, name := range names {
		release, err := e.Lock(ctx, name)
		if err != nil {
			return done, err
		}
		defer release()
	}
	old := e.Clock().Add(-newBlob)
	runs, err := e.State.Runs(ctx, state.RunQuery{Harvests: true})
	if err != nil {
		return done, err
	}
	for i := range runs {
		// Workers of a queue hold no lock.
		if r := &runs[i]; !r.State.Ended() && r.Updated.After(old) {
			return done, fmt.Errorf("run %d is not at its end: %w", r.ID, filelock.ErrHeld)
		}
	}
	if done.Pruned, err = e.State.Prune(ctx, before); err != nil {
		return done, err
	}
	used, err := e.references(ctx, runs)
	if err != nil {
		return done, err
	}
	for b, err := range e.Blobs.Keys(ctx) {
		if err != nil {
			return done, err
		}
		if used[b.Key] || b.Modified.After(old) {
			continue
		}
		if err := e.Blobs.Remove(ctx, b.Key); err != nil {
			return done, err
		}
		done.Blobs++
		done.Bytes += b.Bytes
	}
	return done, nil
}

// references returns the keys of all blobs that something may still need: rows of the
// state, and what its runs hold beside them.
func (e *Engine) references(ctx context.Context, runs []state.Run) (map[string]bool, error) {
	used := map[string]bool{}
	for key, err := range e.State.References(ctx) {
		if err != nil {
			return nil, err
		}
		used[key] = true
	}
	for i := range runs {
		if err := e.referencesOf(ctx, &runs[i], used); err != nil {
			return nil, fmt.Errorf("digest: what run %d needs: %w", runs[i].ID, err)
		}
	}
	return used, nil
}

// referencesOf adds what a run needs beside what rows name: to go on, the blobs that
// its tasks are called by; to be made again, what came of its pictures.
func (e *Engine) referencesOf(ctx context.Context, r *state.Run, used map[string]bool) error {
	if !r.State.Ended() {
		tasks, err := e.State.Tasks(ctx, r.ID, "")
		if err != nil {
			return err
		}
		for _, t := range tasks {
			for part := range strings.SplitSeq(t.Key, "/") {
				used[part] = true
			}
		}
	}
	items, err := e.State.Items(ctx, r.ID)
	if err != nil || len(items) == 0 {
		return err
	}
	f, err := configOf(r)
	if err != nil || f.Pictures == "" {
		return err
	}
	used[f.Pictures] = true
	pictures, err := e.frozenPictures(ctx, &f)
	if errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrDamaged) {
		return nil // it cannot be made again anyway
	}
	if err != nil {
		return err
	}
	for _, p := range pictures {
		used[p.Key] = true
	}
	return nil
}
