package digest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/digest/state"
)

// In every zone a weekly digest has one issue in each local week of two years,
// whatever the clocks do, however often and irregularly somebody looks, and though
// the program is started anew each time.
func TestEveryWeekOnce(t *testing.T) {
	t.Parallel()
	for zone, at := range map[string]string{
		"America/New_York":    "Sun 02:30", // skipped in March
		"Europe/London":       "Sun 01:30", // skipped in March, twice in October
		"Asia/Shanghai":       "Sun 07:00",
		"Australia/Lord_Howe": "Sun 02:15", // clocks change by half an hour
	} {
		w := newWorld(t, fmt.Sprintf("sources: {news: 'https://news.example/feed'}\ndefaults: {timezone: %s}\ndigests: {weekly: {schedule: %s, outputs: [a.epub]}}\n", zone, at))
		place, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		m := w.start()
		begin := time.Date(2025, 1, 6, 12, 0, 0, 0, place) // a Monday
		weeks := map[string]int{}
		last := ""
		steps := []time.Duration{5 * time.Hour, 20 * time.Minute, 51 * time.Hour, 37 * time.Hour}
		for i, now := 0, begin; now.Before(begin.AddDate(2, 0, 0)); i++ {
			now = now.Add(steps[i%len(steps)])
			w.at(now)
			due, err := m.DueOf(t.Context(), "weekly", now)
			if err != nil {
				t.Fatal(err)
			}
			for _, slot := range due {
				if slot.At.After(now) || slot.Civil <= last || slot.At.Weekday() != time.Sunday {
					t.Errorf("%s: %s at %v, when it is %v, after %s", zone, slot.Civil, slot.At, now, last)
				}
				last = slot.Civil
				r := state.Run{Digest: "weekly", Slot: slot.Civil, At: slot.At, State: state.RunDone}
				if existed, err := m.State.BeginRun(t.Context(), &r); err != nil || existed {
					t.Fatal(existed, err)
				}
				year, week := slot.At.ISOWeek()
				weeks[fmt.Sprint(year, "-", week)]++
			}
			if again, err := m.DueOf(t.Context(), "weekly", now); err != nil || again != nil {
				t.Fatalf("%s: %v again, %v", zone, again, err)
			}
			if back, err := m.DueOf(t.Context(), "weekly", now.AddDate(0, 0, -30)); err != nil || back != nil {
				t.Fatalf("%s: the clock is put back, and %v is due: %v", zone, back, err)
			}
		}
		for week, n := range weeks {
			if n != 1 {
				t.Errorf("%s: %d issues in week %s", zone, n, week)
			}
		}
		if n := len(weeks); n < 104 || n > 106 {
			t.Errorf("%s: %d weeks", zone, n)
		}
	}
}

// What was missed is caught up as the recipe says, and can be looked up.
func TestCatchUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		policy, window string
		hours          int // after the last slot
		due, missed    int
		chosen         string // titles of the issues
	}{
		{"latest", "since-last", 30, 1, 3, "1 2 3 4"},
		{"latest", "previous-week", 30, 1, 3, "0 1 2 3"},
		{"latest", "7d", 30, 1, 3, "1 2 3 4"},
		{"all", "since-last", 30, 4, 0, "1; 2; 3; 4"},
		{"all", "7d", 30, 4, 0, "1; 2; 3; 4"},
		{"none", "since-last", 3, 1, 3, "1 2 3 4"},
		{"none", "since-last", 30, 0, 4, ""},
		{"none", "7d", 3, 1, 3, "4"},
	} {
		name := fmt.Sprintf("%s, %s, %d h late", c.policy, c.window, c.hours)
		w := newWorld(t, strings.Replace(weekly, "schedule:", fmt.Sprintf("catch_up: %s\n    window: %s\n    schedule:", c.policy, c.window), 1))
		const feed = "https://news.example/feed"
		m := w.start()
		w.web.feeds[feed] = []entry{news(9, sunday.AddDate(0, 0, -7).Add(time.Hour))}
		m.run("weekly")
		// One article a week, harvested in time.
		for week := range 4 {
			w.at(sunday.AddDate(0, 0, 7*week+2))
			date := w.clock().AddDate(0, 0, -1)
			if week == 0 {
				w.web.feeds[feed] = []entry{news(0, sunday.Add(-24*time.Hour))} // late
			} else {
				w.web.feeds[feed] = nil
			}
			if c.window != "previous-week" {
				w.web.feeds[feed] = nil
			}
			w.web.feeds[feed] = append(w.web.feeds[feed], news(week+1, date))
			m.harvest()
		}
		w.web.down = true
		w.at(sunday.AddDate(0, 0, 28).Add(time.Duration(c.hours) * time.Hour))
		due, err := m.DueOf(t.Context(), "weekly", w.clock())
		if err != nil || len(due) != c.due {
			t.Errorf("%s: %v, %v", name, due, err)
		}
		var issues []string
		for i, slot := range due {
			if slot.Missed != (i < len(due)-1) {
				t.Errorf("%s: %+v", name, slot)
			}
			r, err := m.Begin(t.Context(), slot, Plan{})
			if err == nil {
				err = m.local.Run(t.Context(), r.ID)
			}
			if err != nil {
				t.Fatal(name, err)
			}
			if r, err = m.State.Run(t.Context(), r.ID); err != nil {
				t.Fatal(err)
			}
			chosen, _ := m.titles(r)
			issues = append(issues, strings.ReplaceAll(strings.Join(chosen, " "), "Title ", ""))
		}
		if got := strings.Join(issues, "; "); got != c.chosen {
			t.Errorf("%s: %q, want %q", name, got, c.chosen)
		}
		missed, err := m.State.Runs(t.Context(), state.RunQuery{States: []state.RunState{state.RunMissed}})
		if err != nil || len(missed) != c.missed {
			t.Errorf("%s: %d missed, %v", name, len(missed), err)
		}
	}
}

// A run waits for an earlier one of its digest; those of others do not.
func TestOneAfterTheOther(t *testing.T) {
	w := newWorld(t, strings.Replace(weekly, "schedule:", "catch_up: all\n    schedule:", 1))
	w.web.feeds["https://news.example/feed"] = []entry{news(1, sunday.Add(-time.Hour))}
	m := w.start()
	first, err := m.Begin(t.Context(), extra(m.Config.Digest("weekly"), sunday), Plan{NoHarvest: true})
	if err != nil {
		t.Fatal(err)
	}
	w.at(sunday.Add(time.Hour))
	second, err := m.BeginExtra(t.Context(), "weekly", Plan{NoHarvest: true})
	if err != nil {
		t.Fatal(err)
	}
	if tasks, done, err := m.Advance(t.Context(), second.ID); err != nil || done || len(tasks) > 0 {
		t.Errorf("%v, %v, %v", tasks, done, err)
	}
	if err := m.local.Run(t.Context(), second.ID); err == nil {
		t.Error("it did not wait")
	}
	for _, id := range []int64{first.ID, second.ID} {
		if err := m.local.Run(t.Context(), id); err != nil {
			t.Error(err)
		}
		if r, err := m.State.Run(t.Context(), id); err != nil || r.State != state.RunEmpty {
			t.Errorf("%+v, %v", r, err)
		}
	}
}
