package schedule

import (
	"fmt"
	"strings"
	"time"

	cron "github.com/netresearch/go-cron"
)

// Calendar returns s as expressions of systemd.time(7), in the zone of s: one, or two where
// days of the month and days of the week are alternatives. systemd has no event at a time that
// the clocks of the zone skip.
func (s *Schedule) Calendar() []string {
	rule := s.rule.(*cron.SpecSchedule) // what our parser makes of five fields
	line := func(dow, dom uint64) string {
		expr := fmt.Sprintf("*-%s-%s %s:%s:00", ranges(rule.Month, 1, 12), ranges(dom, 1, 31), ranges(rule.Hour, 0, 23), ranges(rule.Minute, 0, 59))
		if days := weekRanges(dow); days != "" {
			expr = days + " " + expr
		}
		return expr + " " + s.zone.String()
	}
	const star = 1 << 63 // go-cron marks a field that was written with *
	if rule.Dom&star != 0 || rule.Dow&star != 0 {
		return []string{line(rule.Dow, rule.Dom)}
	}
	return []string{line(rule.Dow, ^uint64(0)), line(^uint64(0), rule.Dom)}
}

// ranges writes the numbers from lo to hi whose bit is set: "*", "7", "1..5,15".
func ranges(bits uint64, lo, hi int) string {
	var out []string
	for n := lo; n <= hi; n++ {
		if bits>>n&1 == 0 {
			continue
		}
		first := n
		for n < hi && bits>>(n+1)&1 != 0 {
			n++
		}
		switch {
		case first == lo && n == hi:
			return "*"
		case first == n:
			out = append(out, fmt.Sprintf("%02d", n))
		default:
			out = append(out, fmt.Sprintf("%02d..%02d", first, n))
		}
	}
	return strings.Join(out, ",")
}

// weekRanges writes days of the week, which begins on Monday; empty: all.
func weekRanges(bits uint64) string {
	bits &= 1<<7 - 1 // Sunday is the lowest
	if bits == 1<<7-1 {
		return ""
	}
	var out []string
	for n := 1; n <= 7; n++ {
		on := func(n int) bool { return bits>>(n%7)&1 != 0 }
		if !on(n) {
			continue
		}
		first := n
		for n < 7 && on(n+1) {
			n++
		}
		name := func(n int) string { return time.Weekday(n % 7).String()[:3] }
		if first == n {
			out = append(out, name(n))
		} else {
			out = append(out, name(first)+".."+name(n))
		}
	}
	return strings.Join(out, ",")
}
