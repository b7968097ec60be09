package main

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// columns sets the rows of a table under each other, two spaces apart, and leaves out
// columns that are empty but for their heading, which is the first row. A column is
// as wide as a terminal shows it: ideographs take two places.
func columns(rows [][]string) []string {
	widths := make([]int, len(rows[0]))
	for i, row := range rows {
		for j := range row {
			row[j] = printable(strings.Join(strings.Fields(row[j]), " "))
			if i > 0 && row[j] != "" {
				widths[j] = max(widths[j], places(row[j]), places(rows[0][j]))
			}
		}
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		var line strings.Builder
		for j, cell := range row {
			if widths[j] > 0 {
				line.WriteString(cell + strings.Repeat(" ", widths[j]-places(cell)+2))
			}
		}
		lines[i] = strings.TrimRight(line.String(), " ")
	}
	return lines
}

// places is how many places of a terminal a text takes (UAX #11).
func places(s string) (n int) {
	for _, r := range s {
		switch kind := width.LookupRune(r).Kind(); {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
