// Package layout decides where everything stands: blocks become paragraphs,
// paragraphs become lines, lines become pages, and pages are data that an
// output format only has to draw. It knows no file format and does no I/O; where
// a line may end is told by layout/linebreak, what sets a character by fonts.
//
// A paragraph is set in four steps. Its text is cut into runs of one face, script
// and direction and shaped (shape.go); every cluster becomes a box whose white
// can be adjusted: half of a bracket, the quarter em between Han and Latin, the
// space between words (spacing.go). Breaks are the cheapest way through all that
// are allowed, with prefix sums for the width of any line (breaking.go). Each line
// then gives or takes white in the order of the standards until it is exactly
// the measure (justify.go), and becomes items (compose.go).
//
// Blocks leave a list of nodes (vlist.go), which is cut into columns and pages at
// the least cost: where pictures stand or wait, how small they are, where pages end
// short, all are one choice (pagebreak.go). Where pages come out badly, paragraphs are
// set with a line more or less (looseness.go). Columns are divided into bands by what
// spans them; the columns above it and at the end of an article are balanced (bands.go).
//
// Lengths are integers, so that every machine breaks the same lines.
//
// Vertical writing is horizontal writing in a frame that is turned when a page is
// filled (vertical.go). Pictures and tables stay horizontal in it: how large they are,
// after which lines they stand, with what lines below, is chosen for a passage at a
// time (passage.go, island.go).
package layout
