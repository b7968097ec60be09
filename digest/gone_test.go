package digest

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/digest/state"
)

// A feed that is gone, of which an earlier reading is kept, is not one with nothing
// new: a run that has nothing else waits, and every other one tells.
func TestStaleSource(t *testing.T) {
	w := newWorld(t, weekly)
	const list = "https://news.example/feed"
	w.web.feeds[list] = []entry{news(1, sunday.Add(-time.Hour))}
	m := w.start()
	m.run("weekly")

	w.at(sunday.AddDate(0, 0, 7))
	w.web.stale = errors.New("HTTP 410")
	runs, err := m.try("weekly")
	if !errors.Is(err, ErrSources) || !strings.Contains(err.Error(), "HTTP 410") || len(runs) != 1 || runs[0].State.Ended() {
		t.Fatalf("%+v, %v", runs, err)
	}
	// What an earlier reading had is taken all the same.
	w.web.feeds[list] = append(w.web.feeds[list], news(2, sunday.Add(time.Hour)))
	runs = m.run("weekly")
	if chosen, left := m.titles(runs[0]); runs[0].State != state.RunDone || !slices.Equal(chosen, []string{"Title 2"}) {
		t.Errorf("%s: %v, without %v", runs[0].State, chosen, left)
	}
	rep, err := m.ReportOf(t.Context(), &runs[0])
	if err != nil || len(rep.Sources) != 1 || !strings.Contains(rep.Sources[0].Error, "HTTP 410") {
		t.Errorf("%v, %v", rep.Sources, err)
	}
}

// What comes instead of a feed is no article that is lost: it is in no issue.
func TestGarbledFeed(t *testing.T) {
	w := newWorld(t, weekly)
	const list = "https://news.example/feed"
	w.web.feeds[list] = []entry{news(1, sunday.Add(-time.Hour))}
	w.web.garbled = true
	m := w.start()
	if runs, err := m.try("weekly"); !errors.Is(err, ErrSources) || !strings.Contains(err.Error(), "not a feed") || runs[0].State.Ended() {
		t.Fatalf("%+v, %v", runs, err)
	}
	w.web.garbled = false
	runs := m.run("weekly")
	if chosen, left := m.titles(runs[0]); runs[0].State != state.RunDone || !slices.Equal(chosen, []string{"Title 1"}) {
		t.Errorf("%s: %v, without %v", runs[0].State, chosen, left)
	}
}

// Entries without GUIDs and addresses of their own, or with the same, are articles of
// their own, also when others have their places in the feed.
func TestNamelessEntries(t *testing.T) {
	for _, c := range []struct{ guid, link string }{{"", ""}, {"", "https://news.example/"}, {"", "https://news.example/log#new"}, {"one", ""}, {"one", "https://news.example"}} {
		w := newWorld(t, weekly)
		m := w.start()
		next := 1
		for week, n := range []int{2, 1, 1, 3} { // as many are new
			w.at(sunday.AddDate(0, 0, 7*week))
			var entries []entry
			var want []string
			for range n {
				e := news(next, w.clock().Add(-time.Hour))
				e.guid, e.link = c.guid, c.link
				entries, want = append(entries, e), append(want, e.title)
				next++
			}
			w.web.feeds["https://news.example/feed"] = entries
			if c.guid != "" && n == 1 {
				continue // nobody can tell it from an edited one
			}
			runs := m.run("weekly")
			if chosen, left := m.titles(runs[0]); !slices.Equal(chosen, want) {
				t.Errorf("%+v, week %d: %v, without %v; want %v", c, week, chosen, left, want)
			}
		}
	}
}

// An issue with nothing in it tells of the sources that could not be read.
func TestEmptyTells(t *testing.T) {
	w := crashWorld(t)
	m := w.start()
	m.run("weekly")
	w.at(sunday.AddDate(0, 0, 7))
	w.web.down = true
	runs := m.run("weekly")
	rep, err := m.ReportOf(t.Context(), &runs[0])
	if err != nil || runs[0].State != state.RunEmpty || len(rep.Sources) != 1 || rep.Sources[0].Name != "news" {
		t.Errorf("%s: %+v, %v", runs[0].State, rep.Sources, err)
	}
}

// Pictures that cannot be kept here make no issue without them: the run waits, and has
// them when it goes on.
func TestPicturesNotKept(t *testing.T) {
	w := newWorld(t, weekly)
	w.web.feeds["https://news.example/feed"] = []entry{w.web.pictured(news(1, sunday.Add(-time.Hour)))}
	m := w.start()
	tmp := filepath.Join(w.cache, "tmp")
	if err := errors.Join(os.RemoveAll(tmp), os.WriteFile(tmp, nil, 0o644)); err != nil { // in the way
		t.Fatal(err)
	}
	for range 2 {
		runs, err := m.try("weekly")
		if err == nil || len(runs) != 1 || runs[0].State != state.RunPictures || !strings.Contains(runs[0].Error, tmp) {
			t.Fatalf("%s: %s, %v", runs[0].State, runs[0].Error, err)
		}
		w.at(w.clock().Add(time.Hour))
	}
	if err := os.Remove(tmp); err != nil {
		t.Fatal(err)
	}
	runs := m.run("weekly")
	rep, err := m.ReportOf(t.Context(), &runs[0])
	if err != nil || runs[0].State != state.RunDone || rep.Images.Embedded+rep.Images.Cached == 0 || rep.Images.Failed != 0 {
		t.Errorf("%s: %+v, %v", runs[0].State, rep.Images, err)
	}
}

// The first issue begins with the day of its oldest article.
func TestFirstFrom(t *testing.T) {
	w := newWorld(t, strings.Replace(weekly, "Weekly {{ .Issue }}", `'{{ .From | date "2006-01-02" }}'`, 1))
	w.web.feeds["https://news.example/feed"] = []entry{news(1, sunday.Add(-time.Hour)), news(2, sunday.AddDate(0, 0, -9))}
	m := w.start()
	if runs := m.run("weekly"); runs[0].Title != "2026-11-13" {
		t.Errorf("%q", runs[0].Title)
	}
	w.at(sunday.AddDate(0, 0, 7))
	w.web.feeds["https://news.example/feed"] = []entry{news(3, w.clock().Add(-time.Hour))}
	if runs := m.run("weekly"); runs[0].Title != "2026-11-22" {
		t.Errorf("%q", runs[0].Title)
	}
}
