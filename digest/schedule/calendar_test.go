package schedule

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestCalendar(t *testing.T) {
	for spec, want := range map[string][]string{
		"Sun 07:00":         {"Sun *-*-* 07:00:00 Asia/Shanghai"},
		"Sat-Mon 06:05":     {"Mon,Sat..Sun *-*-* 06:05:00 Asia/Shanghai"},
		"daily 23:59":       {"*-*-* 23:59:00 Asia/Shanghai"},
		"*/20 8-10 * * 1-5": {"Mon..Fri *-*-* 08..10:00,20,40:00 Asia/Shanghai"},
		"0 7 1,15 3-5,12 *": {"*-03..05,12-01,15 07:00:00 Asia/Shanghai"},
		"0 7 1 * 7":         {"Sun *-*-* 07:00:00 Asia/Shanghai", "*-*-01 07:00:00 Asia/Shanghai"},
		"* * 1-31 * *":      {"*-*-* *:*:00 Asia/Shanghai"},
	} {
		if got := parse(t, spec, "Asia/Shanghai").Calendar(); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", spec, got, want)
		}
	}
}

// TestCalendarAgrees: the expressions mean the times of the schedule, by the reading of
// systemd.time(7) below.
func TestCalendarAgrees(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	field := func(lo, hi int) string {
		a := lo + rnd.IntN(hi-lo+1)
		b := a + rnd.IntN(hi-a+1)
		return []string{"*", strconv.Itoa(a), strconv.Itoa(a) + "-" + strconv.Itoa(b), strconv.Itoa(b) + "," + strconv.Itoa(a), "*/" + strconv.Itoa(1+rnd.IntN(5)),
			strconv.Itoa(a) + "-" + strconv.Itoa(b) + "/2"}[rnd.IntN(6)]
	}
	tried := 0
	for tried < 100 {
		spec := strings.Join([]string{field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7)}, " ")
		s, err := Parse(spec, nil)
		if err != nil {
			continue // there is no such day
		}
		tried++
		from := time.Date(2026, time.Month(1+rnd.IntN(12)), 1+rnd.IntN(28), 0, 0, 0, 0, time.UTC)
		due := map[time.Time]bool{}
		for slot := range s.Between(from.Add(-time.Second), from.AddDate(0, 0, 9)) {
			due[slot.At] = true
		}
		calendar := s.Calendar()
		for at := from; at.Before(from.AddDate(0, 0, 9)); at = at.Add(time.Minute) {
			if got := slices.ContainsFunc(calendar, func(expr string) bool { return elapses(t, expr, at) }); got != due[at] {
				t.Fatalf("%q, %q: at %v %v, want %v", spec, calendar, at.Format("Mon 2006-01-02 15:04"), got, due[at])
			}
		}
	}
}

// elapses says whether an expression has an event at a time of UTC.
func elapses(t *testing.T, expr string, at time.Time) bool {
	words := strings.Fields(expr)
	if words[len(words)-1] != "UTC" {
		t.Fatalf("%q: another zone", expr)
	}
	words = words[:len(words)-1]
	if len(words) == 3 {
		days := []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
		if !within(words[0], (int(at.Weekday())+6)%7, func(s string) int { return slices.Index(days, s) }) {
			return false
		}
		words = words[1:]
	}
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("%q: %v", expr, err)
		}
		return n
	}
	date, clock := strings.Split(words[0], "-"), strings.Split(words[1], ":")
	return len(date) == 3 && len(clock) == 3 && date[0] == "*" && clock[2] == "00" &&
		within(date[1], int(at.Month()), number) && within(date[2], at.Day(), number) && within(clock[0], at.Hour(), number) && within(clock[1], at.Minute(), number)
}

func within(list string, n int, number func(string) int) bool {
	return list == "*" || slices.ContainsFunc(strings.Split(list, ","), func(item string) bool {
		first, last, ranged := strings.Cut(item, "..")
		if !ranged {
			last = first
		}
		return number(first) <= n && n <= number(last)
	})
}
