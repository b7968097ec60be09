package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// moment reads a date or an age: "2021-08-05", "2021-08-05T13:46:00+08:00",
// "today", "yesterday", "7d". With end, a day is meant to its end. Days begin in
// the zone of now.
func moment(s string, now time.Time, end bool) (time.Time, error) {
	day := func(y int, m time.Month, d int) time.Time {
		if end {
			d++
		}
		return time.Date(y, m, d, 0, 0, 0, 0, now.Location())
	}
	y, m, d := now.Date()
	switch s {
	case "today":
		return day(y, m, d), nil
	case "yesterday":
		return day(y, m, d-1), nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, now.Location()); err == nil {
		return day(t.Date()), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	if t, ok := ago(s, now); ok {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%q is no date and no age: write 2021-08-05, yesterday or 7d", s)
}

// ago reads how long ago: "12h", "7d", "2w", "1y".
func ago(s string, now time.Time) (time.Time, bool) {
	if s == "" {
		return now, false
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	if err != nil || n < 0 || n > 100_000 || strings.HasPrefix(s, "+") {
		return now, false
	}
	switch s[len(s)-1] {
	case 'h':
		return now.Add(-time.Duration(n) * time.Hour), true
	case 'd':
		return now.AddDate(0, 0, -n), true
	case 'w':
		return now.AddDate(0, 0, -7*n), true
	case 'y':
		return now.AddDate(-n, 0, 0), true
	}
	return now, false
}

// epoch reads SOURCE_DATE_EPOCH (reproducible-builds.org/specs/source-date-epoch):
// seconds since 1970. Zero: it is not set.
func epoch(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > 253402300799 { // the end of the year 9999
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %q is no number of seconds", s)
	}
	return time.Unix(n, 0).UTC(), nil
}
