package press

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Threshold is how much of something may be missing from a book that counts as
// good, as a person writes it: "missing-images>10%", "failed-articles>2",
// "lost-text".
type Threshold struct {
	What    string
	Over    float64 // more than this is too much
	Percent bool    // of what there is; else a number
}

// thresholds are what can be bounded; the value tells whether it is a part of a
// whole.
var thresholds = map[string]bool{
	"missing-images":  true,
	"failed-articles": true,
	"lost-text":       false,
	"missing-glyphs":  false,
	"front-matter":    false, // entries of metadata that were repaired or lost
	"losses":          false, // of any kind
}

// ThresholdNames are what can be bounded, sorted.
func ThresholdNames() []string {
	var names []string
	for name := range thresholds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ParseThreshold reads a threshold. Without ">" any is too much.
func ParseThreshold(s string) (Threshold, error) {
	name, bound, bounded := strings.Cut(strings.TrimSpace(s), ">")
	t := Threshold{What: strings.TrimSpace(name)}
	share, ok := thresholds[t.What]
	if !ok {
		return t, fmt.Errorf("%q is no threshold: it is one of %s", t.What, strings.Join(ThresholdNames(), ", "))
	}
	if !bounded {
		return t, nil
	}
	number, percent := strings.CutSuffix(strings.TrimSpace(bound), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(v >= 0 && v <= 1e9) {
		return t, fmt.Errorf("%q: %q is no number", s, bound)
	}
	if percent && !share {
		return t, fmt.Errorf("%q: %s is counted and has no percentage", s, t.What)
	}
	t.Over, t.Percent = v, percent
	return t, nil
}

// String returns the threshold as ParseThreshold reads it.
func (t Threshold) String() string {
	s := t.What
	if t.Over > 0 || t.Percent {
		s += ">" + strconv.FormatFloat(t.Over, 'g', -1, 64)
	}
	if t.Percent {
		s += "%"
	}
	return s
}

// Exceeds tells whether more is missing than t allows, and says how much is.
func (r *Report) Exceeds(t Threshold) (bool, string) {
	n, of := 0, 0
	switch t.What {
	case "missing-images":
		n, of = r.Images.Failed, r.Images.Wanted
	case "failed-articles":
		n, of = r.Articles.Failed, r.Articles.Used+r.Articles.Failed
	case "lost-text":
		n = r.lostText
	case "missing-glyphs":
		n = r.missingGlyphs
	case "front-matter":
		n = r.frontMatter
	case "losses":
		for _, l := range r.Losses() {
			n += l.N
		}
	}
	value := float64(n)
	said := fmt.Sprint(n)
	if of > 0 {
		said = fmt.Sprintf("%d of %d", n, of)
	}
	if t.Percent {
		if of == 0 {
			return false, said
		}
		value = 100 * float64(n) / float64(of)
	}
	return value > t.Over, said
}
