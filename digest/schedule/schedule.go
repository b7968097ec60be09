// Package schedule says when the issues of a digest are due. It decides what a
// schedule means where clocks are put forward and back; it starts nothing and
// reads no clock.
package schedule

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	cron "github.com/netresearch/go-cron"
)

// Schedule is a rule such as every Sunday at seven, in the civil time of one
// zone. Each of its civil times is one slot, whatever the clocks do: one that is
// skipped when they are put forward comes at the moment they are, one that is
// shown twice when they are put back comes the first time.
type Schedule struct {
	zone   *time.Location
	rule   cron.Schedule // in UTC, which stands for the civil time of the zone
	fields string        // of a crontab
}

// Slot is one time of a schedule.
type Slot struct {
	// Civil is what clocks are to show, to the minute and without a zone:
	// "2026-11-22T07:00". It names the slot; the slots of a schedule come in its order.
	Civil string
	// At is when that is, in the schedule's zone.
	At time.Time
}

// civilForm is the form of Slot.Civil.
const civilForm = "2006-01-02T15:04"

// ErrNever says that a schedule has no time at all, as "0 7 30 2 *".
var ErrNever = errors.New("there is no such day")

// Parse reads a schedule in words or as the five fields of a crontab:
//
//	Sun 07:00
//	Mon,Thu 18:30
//	Mon-Fri 7:00
//	daily 07:00
//	0 7 1 * *
//
// zone is where its times are told; nil is UTC.
func Parse(spec string, zone *time.Location) (*Schedule, error) {
	if zone == nil {
		zone = time.UTC
	}
	fields, err := crontab(spec)
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w", spec, err)
	}
	rule, err := parser.Parse(fields)
	if err == nil && rule.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		err = ErrNever
	}
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w", spec, err)
	}
	return &Schedule{zone: zone, rule: rule, fields: fields}, nil
}

// parser reads fields as crontab(5) does: where days of the month and of the week are
// given, one of them is enough. Eight years go from one 29 February to the next where a
// century leaves one out.
var parser = cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.DowOrDom).WithMaxSearchYears(12)

// crontab returns the five fields that a schedule in words stands for.
func crontab(spec string) (string, error) {
	words := strings.Fields(spec)
	switch len(words) {
	case 5:
		return strings.Join(words, " "), nil
	case 1:
		words = []string{"daily", words[0]}
	case 2:
	default:
		return "", errors.New(`want days and a time, as in "Sun 07:00", or the five fields of a crontab`)
	}
	days, clock := words[0], words[1]
	at, err := time.Parse("15:04", clock)
	if err != nil {
		return "", fmt.Errorf("%q is not a time of the day, as 07:00 is", clock)
	}
	if strings.EqualFold(days, "daily") {
		days = "*"
	} else if days, err = weekdays(days); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %d * * %s", at.Minute(), at.Hour(), days), nil
}

// weekdays returns a list of days and ranges of days as a field of a crontab.
func weekdays(list string) (string, error) {
	var out []string
	for _, item := range strings.Split(list, ",") {
		first, last, ranged := strings.Cut(item, "-")
		from, ok := weekday(first)
		to := from
		if ok && ranged {
			to, ok = weekday(last)
		}
		if !ok {
			return "", fmt.Errorf("%q is no day of the week, as Sun and Mon-Fri are", item)
		}
		// A week may begin on any day: Sat-Mon are three days.
		for day := from; ; day = (day + 1) % 7 {
			out = append(out, fmt.Sprint(int(day)))
			if day == to {
				break
			}
		}
	}
	return strings.Join(out, ","), nil
}

// weekday reads the English name of a day, or its first three letters or more.
func weekday(name string) (time.Weekday, bool) {
	if len(name) < 3 {
		return 0, false
	}
	for day := time.Sunday; day <= time.Saturday; day++ {
		if full := day.String(); len(name) <= len(full) && strings.EqualFold(name, full[:len(name)]) {
			return day, true
		}
	}
	return 0, false
}

// Zone returns where the times of s are told.
func (s *Schedule) Zone() *time.Location { return s.zone }

// Crontab returns the five fields of s for a crontab.
func (s *Schedule) Crontab() string { return s.fields }

// Next returns the first slot after t.
func (s *Schedule) Next(t time.Time) Slot {
	for slot := range s.after(civilOf(t.In(s.zone)).Add(-25 * time.Hour)) {
		if slot.At.After(t) {
			return slot
		}
	}
	return Slot{}
}

// Between yields the slots whose moment is after from and not after to, in
// order.
func (s *Schedule) Between(from, to time.Time) iter.Seq[Slot] {
	return func(yield func(Slot) bool) {
		for slot := range s.after(civilOf(from.In(s.zone)).Add(-25 * time.Hour)) {
			if slot.At.After(to) {
				return
			}
			if slot.At.After(from) && !yield(slot) {
				return
			}
		}
	}
}

// Since yields the slots after the one named by civil that are due at now, in
// order: what was missed, if nothing was made since. It is an error when civil
// names no time.
func (s *Schedule) Since(civil string, now time.Time) (iter.Seq[Slot], error) {
	last, err := time.Parse(civilForm, civil)
	if err != nil {
		return nil, fmt.Errorf("slot %q: want a time such as 2026-11-22T07:00", civil)
	}
	return func(yield func(Slot) bool) {
		for slot := range s.after(last) {
			if slot.At.After(now) || !yield(slot) {
				return
			}
		}
	}, nil
}

// after yields the slots after a civil time, which UTC stands for, in order.
// Their moments never go back.
func (s *Schedule) after(civil time.Time) iter.Seq[Slot] {
	return func(yield func(Slot) bool) {
		for {
			if civil = s.rule.Next(civil); civil.IsZero() {
				return
			}
			if !yield(Slot{civil.Format(civilForm), moment(civil, s.zone)}) {
				return
			}
		}
	}
}

// civilOf returns what the clocks show at t, as a time of UTC.
func civilOf(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// moment returns when the clocks of a zone first show a civil time, or, when
// they skip it, the moment they do.
func moment(civil time.Time, zone *time.Location) time.Time {
	y, mo, d := civil.Date()
	h, mi, sec := civil.Clock()
	t := time.Date(y, mo, d, h, mi, sec, 0, zone)
	// Date takes the offset of one side of a change, without saying which.
	start, end := t.ZoneBounds()
	switch shown := civilOf(t); {
	case shown.After(civil): // skipped; the offset of before the change
		return start
	case shown.Before(civil): // the same, the offset of after it
		return end
	}
	if !start.IsZero() {
		_, before := start.Add(-time.Second).Zone()
		first := civil.Add(-time.Duration(before) * time.Second)
		if first.Before(start) {
			return first.In(zone)
		}
	}
	return t
}
