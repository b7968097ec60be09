package schedule

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same zones on every machine
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func parse(t testing.TB, spec, in string) *Schedule {
	t.Helper()
	s, err := Parse(spec, zone(t, in))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// zones with all kinds of changes: an hour, half an hour (Lord Howe), two hours (Troll),
// at midnight (Santiago, Beirut), a day that never was (Apia, 30 December 2011), and none.
var zones = []string{
	"UTC", "Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Antarctica/Troll",
	"America/Santiago", "Asia/Beirut", "Pacific/Apia", "America/St_Johns", "Africa/Casablanca", "Asia/Kathmandu",
}

func TestParse(t *testing.T) {
	for spec, want := range map[string]string{
		"Sun 07:00":       "0 7 * * 0",
		"sunday 7:05":     "5 7 * * 0",
		"Mon,Thu 18:30":   "30 18 * * 1,4",
		"Mon-Fri 06:00":   "0 6 * * 1,2,3,4,5",
		"Sat-Mon 06:00":   "0 6 * * 6,0,1",
		"daily 23:59":     "59 23 * * *",
		"00:00":           "0 0 * * *",
		" 0  7 1 * * ":    "0 7 1 * *",
		"*/15 8-10 * * *": "*/15 8-10 * * *",
		"0 7 * * MON":     "0 7 * * MON",
		"0 7 29 2 *":      "0 7 29 2 *",
	} {
		s, err := Parse(spec, nil)
		if err != nil || s.Crontab() != want || s.Zone() != time.UTC {
			t.Errorf("%q: %v, want %q", spec, err, want)
		}
	}
	for spec, want := range map[string]string{
		"":                      "five fields",
		"Sun":                   "not a time",
		"Son 07:00":             "no day of the week",
		"Su 07:00":              "no day of the week",
		"Sun-Xyz 07:00":         "no day of the week",
		"Sun 25:00":             "not a time",
		"Sun 07:00 UTC":         "five fields",
		"0 7 30 2 *":            "no such day",
		"61 7 * * *":            "61",
		"0 0 7 * * 0":           "five fields",
		"TZ=Asia/Tokyo 0 7 * *": "",
		"TZ=Asia/Shanghai":      "",
	} {
		if _, err := Parse(spec, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", spec, err, want)
		}
	}
	if _, err := Parse("0 7 31 4 *", nil); !errors.Is(err, ErrNever) {
		t.Errorf("31 April: %v", err)
	}
}

// TestChanges are slots at the hours when clocks are put forward or back.
func TestChanges(t *testing.T) {
	for _, c := range []struct{ what, zone, spec, after, civil, at string }{
		{"an hour is skipped", "America/New_York", "Sun 02:30", "2026-03-07T12:00:00-05:00", "2026-03-08T02:30", "2026-03-08T03:00:00-04:00"},
		{"an hour comes twice", "America/New_York", "Sun 01:30", "2026-10-31T12:00:00-04:00", "2026-11-01T01:30", "2026-11-01T01:30:00-04:00"},
		{"and is not told again", "America/New_York", "Sun 01:30", "2026-11-01T01:30:00-04:00", "2026-11-08T01:30", "2026-11-08T01:30:00-05:00"},
		{"between the two", "America/New_York", "Sun 01:30", "2026-11-01T01:10:00-05:00", "2026-11-08T01:30", "2026-11-08T01:30:00-05:00"},
		{"London in spring", "Europe/London", "Sun 01:30", "2026-03-28T12:00:00Z", "2026-03-29T01:30", "2026-03-29T02:00:00+01:00"},
		{"half an hour", "Australia/Lord_Howe", "Sun 02:15", "2026-10-03T12:00:00+10:30", "2026-10-04T02:15", "2026-10-04T02:30:00+11:00"},
		{"half an hour twice", "Australia/Lord_Howe", "Sun 01:45", "2026-04-04T12:00:00+11:00", "2026-04-05T01:45", "2026-04-05T01:45:00+11:00"},
		{"midnight is skipped", "America/Santiago", "Sun 00:00", "2026-09-05T12:00:00-04:00", "2026-09-06T00:00", "2026-09-06T01:00:00-03:00"},
		{"a day is skipped", "Pacific/Apia", "Fri 07:00", "2011-12-29T12:00:00-10:00", "2011-12-30T07:00", "2011-12-31T00:00:00+14:00"},
		{"a day of the month or of the week", "UTC", "0 7 3 3 4", "2026-10-25T00:30:00Z", "2027-03-03T07:00", "2027-03-03T07:00:00Z"},
		{"and the other", "UTC", "0 7 3 3 4", "2027-03-03T07:00:00Z", "2027-03-04T07:00", "2027-03-04T07:00:00Z"},
		{"a century without a leap day", "UTC", "0 7 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T07:00", "2104-02-29T07:00:00Z"},
		{"no change", "Asia/Shanghai", "0 7 * * 1", "2026-11-16T08:00:00+08:00", "2026-11-23T07:00", "2026-11-23T07:00:00+08:00"},
	} {
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		got := parse(t, c.spec, c.zone).Next(after)
		if got.Civil != c.civil || got.At.Format(time.RFC3339) != c.at {
			t.Errorf("%s: %s at %s, want %s at %s", c.what, got.Civil, got.At.Format(time.RFC3339), c.civil, c.at)
		}
	}
}

// TestOnceAWeek: over forty years, in every zone and at every half hour of the night, a
// weekly slot comes exactly once in every week of the calendar, and the moments go on.
func TestOnceAWeek(t *testing.T) {
	for _, name := range zones {
		z := zone(t, name)
		for minutes := 0; minutes < 4*60; minutes += 30 {
			spec := time.Date(0, 1, 1, 0, minutes, 0, 0, time.UTC).Format("Sun 15:04")
			s := parse(t, spec, name)
			from := time.Date(2000, 1, 5, 12, 0, 0, 0, z)
			want := time.Date(2000, 1, 9, 0, minutes, 0, 0, time.UTC) // civil
			last := from
			n := 0
			for slot := range s.Between(from, from.AddDate(40, 0, 0)) {
				if slot.Civil != want.Format(civilForm) {
					t.Fatalf("%s, %s: %s follows %s", name, spec, slot.Civil, want.Format(civilForm))
				}
				if !slot.At.After(last) {
					t.Fatalf("%s, %s: %s comes at %v, after %v", name, spec, slot.Civil, slot.At, last)
				}
				if next := s.Next(last); next != slot {
					t.Fatalf("%s, %s: after %v comes %v, of all %v", name, spec, last, next, slot)
				}
				shown := civilOf(slot.At)
				if off := shown.Sub(want); off < 0 || off > 24*time.Hour {
					t.Fatalf("%s, %s: clocks show %v at slot %s", name, spec, shown, slot.Civil)
				}
				last, want = slot.At, want.AddDate(0, 0, 7)
				n++
			}
			if n != 2087 {
				t.Errorf("%s, %s: %d weeks in forty years", name, spec, n)
			}
		}
	}
}

// TestMoments: every civil time of every day with a change is one slot, and slots of every minute
// never go back.
func TestMoments(t *testing.T) {
	for _, name := range zones {
		s := parse(t, "*/10 * * * *", name)
		last, civil := time.Time{}, ""
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for slot := range s.Between(from, from.AddDate(1, 0, 0)) {
			if slot.At.Before(last) || slot.Civil <= civil {
				t.Fatalf("%s: %s at %v after %s at %v", name, slot.Civil, slot.At, civil, last)
			}
			last, civil = slot.At, slot.Civil
		}
	}
}

func TestSince(t *testing.T) {
	s := parse(t, "Mon 07:00", "Asia/Shanghai")
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	missed, err := s.Since("2026-10-19T07:00", now)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for slot := range missed {
		got = append(got, slot.Civil)
	}
	want := []string{"2026-10-26T07:00", "2026-11-02T07:00", "2026-11-09T07:00", "2026-11-16T07:00"}
	if !slices.Equal(got, want) {
		t.Errorf("missed %v, want %v", got, want)
	}
	if _, err := s.Since("last week", now); err == nil {
		t.Error("a slot that is none: no error")
	}
}

func TestWindows(t *testing.T) {
	for _, c := range []struct{ window, zone, civil, from, to string }{
		{"previous-week", "Asia/Shanghai", "2026-11-22T07:00", "2026-11-09T00:00:00+08:00", "2026-11-16T00:00:00+08:00"},
		{"previous-week", "Asia/Shanghai", "2026-11-23T07:00", "2026-11-16T00:00:00+08:00", "2026-11-23T00:00:00+08:00"},
		{"previous-week", "America/New_York", "2026-03-09T07:00", "2026-03-02T00:00:00-05:00", "2026-03-09T00:00:00-04:00"},
		{"previous-day", "America/Santiago", "2026-09-07T07:00", "2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00"},
		{"previous-month", "UTC", "2026-03-31T07:00", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"},
		{"previous-month", "UTC", "2026-01-01T00:00", "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		{"7d", "Europe/London", "2026-03-30T07:00", "2026-03-23T07:00:00Z", "2026-03-30T07:00:00+01:00"},
		{"2w", "UTC", "2026-11-22T07:00", "2026-11-08T07:00:00Z", "2026-11-22T07:00:00Z"},
		{"since-last", "UTC", "2026-11-22T07:00", "2026-11-01T06:00:00Z", "2026-11-22T07:00:00Z"},
	} {
		w, err := ParseWindow(c.window)
		if err != nil {
			t.Fatal(err)
		}
		civil, _ := time.Parse(civilForm, c.civil)
		slot := Slot{c.civil, moment(civil, zone(t, c.zone))}
		from, to := w.Of(slot, time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC))
		if got := from.Format(time.RFC3339); got != c.from {
			t.Errorf("%s of %s: from %s, want %s", c.window, c.civil, got, c.from)
		}
		if got := to.Format(time.RFC3339); got != c.to {
			t.Errorf("%s of %s: to %s, want %s", c.window, c.civil, got, c.to)
		}
	}
	for _, bad := range []string{"", "week", "0d", "-1d", "d", "4000d", "7", "1.5d", "99999999999999999999d"} {
		if _, err := ParseWindow(bad); err == nil {
			t.Errorf("window %q: no error", bad)
		}
	}
	if from, _ := (Window{}).Of(Slot{At: time.Unix(0, 0)}, time.Time{}); !from.IsZero() {
		t.Errorf("the first issue begins at %v", from)
	}
}

// TestWindowsMeet: the windows of weekly issues leave no moment out and hold none twice.
func TestWindowsMeet(t *testing.T) {
	for _, name := range zones {
		for _, kind := range []string{"previous-week", "7d", "since-last"} {
			w, err := ParseWindow(kind)
			if err != nil {
				t.Fatal(err)
			}
			s := parse(t, "Sun 02:15", name)
			from := time.Date(2008, 1, 1, 0, 0, 0, 0, time.UTC)
			var last time.Time
			for slot := range s.Between(from, from.AddDate(20, 0, 0)) {
				begin, end := w.Of(slot, last)
				if !last.IsZero() && !begin.Equal(last) {
					t.Fatalf("%s, %s: the window of %s begins at %v, the one before ended at %v", name, kind, slot.Civil, begin, last)
				}
				if end.After(slot.At) || !end.After(begin) {
					t.Fatalf("%s, %s: window of %s: %v to %v", name, kind, slot.Civil, begin, end)
				}
				last = end
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, spec := range []string{"Sun 07:00", "0 7 * * 1", "daily 1:00", "*/7 1-3,5 31 */2 sun#2", "TZ=x 1 2 3 4"} {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := Parse(spec, zone(t, "Europe/London"))
		if err != nil {
			return
		}
		now := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)
		slot := s.Next(now)
		if !slot.At.After(now) {
			t.Fatalf("%q: next after %v is %v", spec, now, slot)
		}
		again, err := Parse(s.Crontab(), s.Zone())
		if err != nil || again.Next(now) != slot {
			t.Fatalf("%q is another schedule as %q: %v", spec, s.Crontab(), err)
		}
	})
}
