package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Window says which articles an issue is of.
type Window struct {
	kind windowKind
	days int
}

type windowKind uint8

const (
	sinceLast windowKind = iota
	lastDays
	previousDay
	previousWeek
	previousMonth
)

// ParseWindow reads a window: previous-day, previous-week (Monday to Sunday),
// previous-month, a number of days or weeks before the slot as 7d or 2w, or
// since-last, which is also what the zero Window means: all that came after the
// last issue.
func ParseWindow(s string) (Window, error) {
	switch s {
	case "since-last":
		return Window{}, nil
	case "previous-day":
		return Window{kind: previousDay}, nil
	case "previous-week":
		return Window{kind: previousWeek}, nil
	case "previous-month":
		return Window{kind: previousMonth}, nil
	}
	for suffix, days := range map[string]int{"d": 1, "w": 7} {
		if number, ok := strings.CutSuffix(s, suffix); ok {
			if n, err := strconv.Atoi(number); err == nil && n > 0 && n <= 3660/days {
				return Window{lastDays, n * days}, nil
			}
		}
	}
	return Window{}, fmt.Errorf("window %q: want previous-day, previous-week, previous-month, since-last, or days as in 7d", s)
}

// Of returns the window [from, to) of the issue of a slot, told in the slot's
// zone. last is the end of the window of the issue before; a zero last leaves
// from zero, for there is no beginning.
func (w Window) Of(slot Slot, last time.Time) (from, to time.Time) {
	at := slot.At
	civil, err := time.Parse(civilForm, slot.Civil)
	if err != nil {
		civil = civilOf(at)
	}
	// The day that the slot is of begins at midnight, or when the clocks skip it.
	midnight := func(days int) time.Time {
		return moment(time.Date(civil.Year(), civil.Month(), civil.Day()+days, 0, 0, 0, 0, time.UTC), at.Location())
	}
	switch w.kind {
	case sinceLast:
		return last, at
	case lastDays:
		return moment(civil.AddDate(0, 0, -w.days), at.Location()), at
	case previousDay:
		return midnight(-1), midnight(0)
	case previousWeek:
		monday := -(int(civil.Weekday()) + 6) % 7
		return midnight(monday - 7), midnight(monday)
	case previousMonth:
		first := 1 - civil.Day()
		before := time.Date(civil.Year(), civil.Month(), 0, 0, 0, 0, 0, time.UTC).Day()
		return midnight(first - before), midnight(first)
	}
	panic(fmt.Sprintf("schedule: window of kind %d", w.kind))
}
