// Package date reads dates as people and programs write them in front matter,
// pages and feeds. It knows the layouts of RFC 822, 850, 1123, 3339 and ANSI C,
// year-first dates with any separator, Chinese, Japanese and Korean dates,
// English month names, Unix seconds and milliseconds. A date whose order of day
// and month is a guess (8/5/2021) is not read.
package date

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ErrUnknown is the error for what is not a date.
var ErrUnknown = errors.New("not a date that can be read")

// Parse reads s. A date without a zone is of zone (nil: UTC). The result is in
// UTC or in a fixed zone, so that equal results are DeepEqual. The note, if not
// empty, says what was doubtful: a zone name that means different offsets in
// different countries (it counts as no zone), a weekday that is another one.
func Parse(s string, zone *time.Location) (t time.Time, note string, err error) {
	if zone == nil {
		zone = time.UTC
	}
	p := parser{rest: normal.Replace(strings.TrimSpace(s)), zone: zone}
	if t, ok := p.digits(); ok {
		return t, "", nil
	}
	p.rest = isoT.ReplaceAllString(p.rest, "$1 $2")
	p.clock()
	p.weekday()
	if !p.day() || !p.valid() {
		return time.Time{}, "", fmt.Errorf("%q: %w", s, ErrUnknown)
	}
	t = time.Date(p.year, time.Month(p.month), p.mday, p.hour, p.min, p.sec, p.nsec, p.zone)
	if p.wday != "" && !strings.EqualFold(p.wday, t.Weekday().String()[:3]) {
		p.notes = append(p.notes, fmt.Sprintf("the day was a %s", t.Weekday()))
	}
	return fixed(t), strings.Join(p.notes, "; "), nil
}

// fixed gives t a zone that depends on nothing but its offset.
func fixed(t time.Time) time.Time {
	if _, offset := t.Zone(); offset != 0 {
		return t.In(time.FixedZone("", offset))
	}
	return t.UTC()
}

type parser struct {
	rest           string // what is not understood yet
	zone           *time.Location
	year, month    int
	mday           int
	hour, min, sec int
	nsec           int
	wday           string // as in "mon"; empty: not given
	notes          []string
}

var normal = strings.NewReplacer("：", ":", "，", ",", "　", " ", "\u00a0", " ", "／", "/", "－", "-", "（", "(", "）", ")",
	"０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9")

var (
	allDigits = regexp.MustCompile(`^\d+$`)
	isoT      = regexp.MustCompile(`(\d)[Tt](\d)`)

	// The clock and all that may stand beside it: half of the day before or
	// after, the zone as offset, as name, or as both.
	clock = regexp.MustCompile(`(?i)(上午|下午|凌晨|清晨|早上|中午|傍晚|晚上|午前|午後|오전|오후)?\s*\b` +
		`(\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9})\d*)?)?|\s*[时時点點시]\s*(?:(\d{1,2})\s*[分분]?\s*(?:(\d{1,2})\s*[秒초])?)?)` +
		`\s*(am|pm|a\.m\.|p\.m\.)?\s*` +
		`((?:Z|UTC|GMT|UT)?\s*[+-]\d{2}:?\d{2}|(?:UTC|GMT)\s*[+-]\d{1,2}|[+-]\d{2}\b|[A-Za-z]{1,5}\b)?(?:\s+[A-Z]{3,5}\b)?(?:\s*\([^)]*\))?(?:\s+m=[+-][\d.]+)?`)

	weekday = regexp.MustCompile(`(?i)\(?(?:\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b\.?,?|(?:星期|周|週|礼拜|禮拜)([一二三四五六日天])|([月火水木金土日])曜日?|([월화수목금토일])요일)\)?`)

	yearFirst  = regexp.MustCompile(`^(\d{4})\s*[-/.年년]\s*(\d{1,2})\s*[-/.月월]\s*(\d{1,2})\s*[日号號일]?\.?$`)
	dayFirst   = regexp.MustCompile(`(?i)^(\d{1,2})(?:st|nd|rd|th)?[ -]+([a-z]{3,9})\.?[ -]*,?\s*(\d{4}|\d{2})$`)
	monthFirst = regexp.MustCompile(`(?i)^([a-z]{3,9})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})$`)
)

// digits reads a date of nothing but digits.
func (p *parser) digits() (time.Time, bool) {
	if !allDigits.MatchString(p.rest) {
		return time.Time{}, false
	}
	switch len(p.rest) {
	case 8: // 20210805
		p.rest = p.rest[:4] + "-" + p.rest[4:6] + "-" + p.rest[6:]
	case 14: // 20210805134635
		r := p.rest
		p.rest = r[:4] + "-" + r[4:6] + "-" + r[6:8] + " " + r[8:10] + ":" + r[10:12] + ":" + r[12:]
	case 10, 13:
		n, err := strconv.ParseInt(p.rest, 10, 64)
		if err != nil {
			return time.Time{}, false
		}
		if len(p.rest) == 10 {
			return time.Unix(n, 0).UTC(), true
		}
		return time.UnixMilli(n).UTC(), true
	}
	return time.Time{}, false
}

// cut removes s[from:to] from the rest.
func (p *parser) cut(from, to int) {
	p.rest = strings.Join(strings.Fields(p.rest[:from]+" "+p.rest[to:]), " ")
}

// group returns the submatch n of m, or "".
func group(s string, m []int, n int) string {
	if m[2*n] < 0 {
		return ""
	}
	return s[m[2*n]:m[2*n+1]]
}

func number(s string) int {
	n, _ := strconv.Atoi(s) // of digits only, by the expressions
	return n
}

func (p *parser) clock() {
	m := clock.FindStringSubmatchIndex(p.rest)
	if m == nil {
		return
	}
	g := func(n int) string { return group(p.rest, m, n) }
	p.hour, p.min, p.sec = number(g(2)), number(g(3)+g(6)), number(g(4)+g(7))
	if f := g(5); f != "" {
		p.nsec = number((f + "000000000")[:9])
	}
	p.half(g(1), strings.ToLower(g(8)))
	zone, end := g(9), m[1]
	if _, month := months[lower3(zone)]; month {
		// "13:46 August 5": the word belongs to the day.
		zone, end = "", m[18]
	}
	if y := yearAfter.FindStringIndex(p.rest[end:]); y != nil && allDigits.MatchString(zone) {
		end = m[18]
	}
	p.offset(zone)
	p.cut(m[0], end)
}

var yearAfter = regexp.MustCompile(`^\s*\d{4}`)

func lower3(s string) string {
	s = strings.ToLower(s)
	return s[:min(3, len(s))]
}

// half moves the hour to the half of the day that the words name.
func (p *parser) half(before, after string) {
	pm := strings.HasPrefix(after, "p")
	switch before {
	case "下午", "傍晚", "晚上", "午後", "오후":
		pm = true
	case "中午":
		pm = p.hour < 11
	}
	am := strings.HasPrefix(after, "a") || before == "上午" || before == "凌晨" || before == "午前" || before == "오전"
	switch {
	case pm && p.hour < 12:
		p.hour += 12
	case am && p.hour == 12:
		p.hour = 0
	}
}

func (p *parser) offset(s string) {
	name := strings.ToUpper(strings.TrimSpace(s))
	i := strings.IndexAny(name, "+-")
	switch {
	case name == "":
	case name == "Z" || name == "UTC" || name == "GMT" || name == "UT":
		p.zone = time.UTC
	case i < 0:
		p.notes = append(p.notes, fmt.Sprintf("the zone %q is not an offset; %s is assumed", name, p.zone))
	default:
		digits := strings.ReplaceAll(name[i+1:], ":", "")
		h, m := number(digits[:min(2, len(digits))]), 0
		if len(digits) == 4 {
			m = number(digits[2:])
		}
		seconds := h*3600 + m*60
		if h > 15 || m > 59 {
			p.month = -1 // no such offset: invalid
		}
		if name[i] == '-' {
			seconds = -seconds
		}
		p.zone = time.FixedZone("", seconds)
	}
}

func (p *parser) weekday() {
	m := weekday.FindStringSubmatchIndex(p.rest)
	if m == nil {
		return
	}
	// 月 and 日 of a date are no weekdays: those expressions need 曜 or 요일.
	cjk := group(p.rest, m, 2) + group(p.rest, m, 3) + group(p.rest, m, 4)
	p.wday = group(p.rest, m, 1)
	for day, names := range map[string]string{"mon": "一月월", "tue": "二火화", "wed": "三水수", "thu": "四木목", "fri": "五金금", "sat": "六土토", "sun": "日天일"} {
		if cjk != "" && strings.Contains(names, cjk) {
			p.wday = day
		}
	}
	p.cut(m[0], m[1])
}

var months = map[string]int{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
	"jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12}

func (p *parser) day() bool {
	if p.month < 0 {
		return false
	}
	s := strings.Trim(p.rest, " ,()")
	if m := yearFirst.FindStringSubmatch(s); m != nil {
		p.year, p.month, p.mday = number(m[1]), number(m[2]), number(m[3])
		return true
	}
	if m := dayFirst.FindStringSubmatch(s); m != nil {
		p.year, p.month, p.mday = number(m[3]), months[lower3(m[2])], number(m[1])
		// RFC 822 years: 69 and later are of the last century (POSIX).
		if len(m[3]) == 2 {
			p.year += 1900
			if p.year < 1969 {
				p.year += 100
			}
		}
		return true
	}
	if m := monthFirst.FindStringSubmatch(s); m != nil {
		p.year, p.month, p.mday = number(m[3]), months[lower3(m[1])], number(m[2])
		return true
	}
	return false
}

func (p *parser) valid() bool {
	// Day 0 of the next month is the last of this one.
	return p.month >= 1 && p.month <= 12 && p.year > 0 &&
		p.mday >= 1 && p.mday <= time.Date(p.year, time.Month(p.month)+1, 0, 0, 0, 0, 0, time.UTC).Day() &&
		p.hour <= 24 && p.min <= 59 && p.sec <= 60
}
