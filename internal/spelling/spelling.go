// Package spelling finds what someone may have meant by a word that does not
// exist, so that every message says it in the same way.
package spelling

import (
	"slices"
	"strings"
)

// Nearest returns those of names that are like name, at most three, the nearest
// first.
func Nearest(names []string, name string) []string {
	var found []string
	for _, n := range names {
		near := max(len(n)-len(name), len(name)-len(n)) <= 2 && distance(name, n) <= 2
		if near || len(name) >= 3 && strings.HasPrefix(n, name) {
			found = append(found, n)
		}
	}
	slices.SortStableFunc(found, func(a, b string) int { return distance(name, a) - distance(name, b) })
	return found[:min(len(found), 3)]
}

// distance is how many letters must be put in, taken out or changed to make b of
// a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// DidYouMean asks whether name stands for one of names that are like it: "did you
// mean a or b?"; empty: none is.
func DidYouMean(names []string, name string) string {
	near := Nearest(names, name)
	if len(near) == 0 {
		return ""
	}
	return "did you mean " + Or(near) + "?"
}

// Or joins words as a choice: "a, b or c".
func Or(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
