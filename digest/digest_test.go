package digest

import (
	"slices"
	"testing"
	"time"

	"github.com/leporello-press/leporello/digest/state"
)

const weekly = `
sources:
  news: https://news.example/feed
digests:
  weekly:
    title: Weekly {{ .Issue }}
    schedule: Sun 07:00
    outputs: ['out/{{ .Name }}-{{ .Issue | pad 3 }}.epub']
`

func TestIssues(t *testing.T) {
	w := newWorld(t, weekly)
	w.web.feeds["https://news.example/feed"] = []entry{w.web.pictured(news(2, sunday.Add(-time.Hour))), news(1, sunday.Add(-48*time.Hour))}
	m := w.start()
	runs := m.run("weekly")
	if len(runs) != 1 || runs[0].State != state.RunDone || runs[0].Number != 1 || runs[0].Title != "Weekly 1" || runs[0].Slot != "2026-11-22T07:00" {
		t.Fatalf("%+v", runs)
	}
	chosen, left := m.titles(runs[0])
	if !slices.Equal(chosen, []string{"Title 2", "Title 1"}) || left != nil {
		t.Errorf("%v, without %v", chosen, left)
	}
	if f := m.files(runs[0]); len(f["weekly-001.epub"]) < 1000 {
		t.Errorf("%d bytes", len(f["weekly-001.epub"]))
	}
	if runs := m.run("weekly"); runs != nil {
		t.Errorf("the same slot again: %+v", runs)
	}
}

// Of each target the first part goes first, by number.
func TestInTurn(t *testing.T) {
	var tasks []state.Task
	for _, key := range []string{"a/10", "a/2", "b/x/0", "a/9", "b/x/1"} {
		tasks = append(tasks, state.Task{Key: key})
	}
	got := inTurn(tasks)
	if len(got) != 2 || got[0].Key != "a/2" || got[1].Key != "b/x/0" {
		t.Errorf("%+v", got)
	}
}
