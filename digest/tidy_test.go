package digest

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/filelock"
)

// put dates all blobs that are there by the clock of the world.
func (w *world) put() (files int) {
	w.Helper()
	err := filepath.WalkDir(filepath.Join(w.dir, "blobs"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		return os.Chtimes(path, w.clock(), w.clock())
	})
	if err != nil {
		w.Fatal(err)
	}
	return files
}

// What is tidied is what nothing needs: young issues are made again, old ones are
// known, and no article comes twice.
func TestTidy(t *testing.T) {
	w := crashWorld(t)
	m := w.start()
	first := m.run("weekly")[0]
	want := m.files(first)
	before := w.put()
	tidy := func(age time.Duration) Tidied {
		t.Helper()
		done, err := m.Tidy(t.Context(), w.clock().Add(-age))
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	const year = 365 * 24 * time.Hour

	// Nothing is old: nothing goes that a new issue of the same would need.
	w.at(sunday.AddDate(0, 0, 3))
	if done := tidy(year); done.Pruned != (state.Pruned{}) {
		t.Errorf("removed of what is young: %+v", done)
	}
	w.web.down = true
	if err := os.RemoveAll(w.cache); err != nil {
		t.Fatal(err)
	}
	m.stop()
	m = w.start()
	if _, other, err := m.Remake(t.Context(), "weekly", 1, ""); err != nil || other != nil || !maps.Equal(m.files(first), want) {
		t.Fatalf("after tidying another book: %v, %v", other, err)
	}

	// Two years later the feed still has what it had, and one more.
	w.web.down = false
	w.at(sunday.AddDate(0, 0, 7*104))
	w.web.feeds["https://news.example/feed"] = append(w.web.feeds["https://news.example/feed"], news(9, w.clock().Add(-time.Hour)))
	second := m.run("weekly")
	last := second[len(second)-1]
	if chosen, _ := m.titles(last); len(chosen) != 1 {
		t.Fatalf("chosen: %q", chosen)
	}
	want = m.files(last)
	w.put()
	w.at(w.clock().AddDate(0, 0, 3))

	m.Locks = t.TempDir()
	held, err := m.Lock(t.Context(), "weekly")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Tidy(t.Context(), w.clock()); !errors.Is(err, filelock.ErrHeld) {
		t.Fatalf("tidied beside a run: %v", err)
	}
	held()
	begun, err := m.BeginHarvest(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Tidy(t.Context(), w.clock()); !errors.Is(err, filelock.ErrHeld) {
		t.Fatalf("tidied beside a harvest: %v", err)
	}
	begun.State = state.RunDone
	if err := m.State.SaveRun(t.Context(), &begun); err != nil {
		t.Fatal(err)
	}

	done := tidy(year)
	if after := w.put(); done.Items == 0 || done.Blobs == 0 || after >= before {
		t.Errorf("of %d blobs %d are left: %+v", before, after, done)
	}
	if _, _, err := m.Remake(t.Context(), "weekly", 1, ""); err == nil || errors.Is(err, ErrNoIssue) || !strings.Contains(err.Error(), "forgotten") {
		t.Errorf("made again of nothing: %v", err)
	}
	if _, other, err := m.Remake(t.Context(), "weekly", last.Number, ""); err != nil || other != nil || !maps.Equal(m.files(last), want) {
		t.Errorf("another book: %v, %v", other, err)
	}
	w.at(sunday.AddDate(0, 0, 7*105))
	for _, r := range m.run("weekly") {
		if chosen, _ := m.titles(r); len(chosen) > 0 {
			t.Errorf("%q came again", chosen)
		}
	}
	if done := tidy(year); done.Pruned != (state.Pruned{}) {
		t.Errorf("removed again: %+v", done)
	}
}
