package epub

import (
	"strings"
	"unicode/utf8"

	"github.com/leporello-press/leporello/internal/vertical"
)

// combinedDigits is how many figures of a number stand upright side by side.
const combinedDigits = 2

// downText writes text of vertical lines that stands between two others: short numbers
// and pairs of marks are upright in one em.
func (c *chapter) downText(s, before, after string) {
	text := []rune{'\uFFFC'} // upright
	if before != "" {
		text[0], _ = utf8.DecodeLastRuneInString(before)
	}
	text = append(text, []rune(s)...)
	end := len(text)
	next, _ := utf8.DecodeRuneInString(after + "\uFFFC")
	text = append(text, next)
	at := 1
	vertical.Combine(text, combinedDigits, nil, func(from, to int) {
		if from >= 1 && to <= end {
			c.runText(string(text[at:from]))
			c.element("span", string(text[from:to]), "class", "tcy")
			at = to
		}
	})
	c.runText(string(text[at:end]))
}

// verticalStyle is what the sheet of a vertical book begins with, before its turned rules.
// Engines of the years before CSS Writing Modes know the properties with a prefix. Where
// Chromium fits glyphs to whole pixels, those of small text become higher than their
// advance and touch: geometricPrecision leaves them as they are.
const verticalStyle = `html { writing-mode: vertical-rl; -webkit-writing-mode: vertical-rl; -epub-writing-mode: vertical-rl; text-orientation: mixed; -webkit-text-orientation: mixed; text-rendering: geometricPrecision; }
body.cover { writing-mode: horizontal-tb; -webkit-writing-mode: horizontal-tb; -epub-writing-mode: horizontal-tb; }
span.tcy { text-combine-upright: all; -webkit-text-combine: horizontal; -epub-text-combine: horizontal; }

`

// verticalEnd overrides what stays as in horizontal lines: tables, and the size of
// pictures, which are upright.
const verticalEnd = `
img, img.wide { width: auto; height: auto; max-width: 80vw; max-height: 92vh; }
img.icon { width: 1.1em; height: auto; }
div.table { writing-mode: horizontal-tb; -webkit-writing-mode: horizontal-tb; -epub-writing-mode: horizontal-tb; margin: 0 1.3em; max-height: 100%; }
`

// turned returns a sheet for vertical lines: what is above a block in horizontal lines
// is at its right there, what is at its left is above. Rules of what stays horizontal, tables
// and pictures, stay. It knows the way that our sheet is written: a rule to a line.
func turned(sheet string) string {
	var out strings.Builder
	out.WriteString(verticalStyle)
	for line := range strings.Lines(sheet) {
		selector, rest, ok := strings.Cut(line, "{")
		body, _, closed := strings.Cut(rest, "}")
		if !ok || !closed || staysHorizontal(selector) {
			out.WriteString(line)
			continue
		}
		out.WriteString(selector + "{")
		for decl := range strings.SplitSeq(body, ";") {
			property, value, ok := strings.Cut(decl, ":")
			if !ok {
				continue
			}
			property, value = strings.TrimSpace(property), strings.TrimSpace(value)
			if four := strings.Fields(value); (property == "margin" || property == "padding") && len(four) > 1 {
				value = turnedSides(four)
			}
			out.WriteString(" " + turnedProperty(property) + ": " + value + ";")
		}
		out.WriteString(" }\n")
	}
	out.WriteString(verticalEnd)
	return out.String()
}

// staysHorizontal says of a selector that it is of tables, pictures or the cover.
func staysHorizontal(selector string) bool {
	for part := range strings.SplitSeq(selector, ",") {
		switch first, _, _ := strings.Cut(strings.TrimSpace(part), " "); {
		case first == "table", first == "caption", first == "tr", first == "thead", first == "body.cover", strings.HasPrefix(first, "div.many"),
			strings.HasPrefix(first, "th"), strings.HasPrefix(first, "td"), strings.HasPrefix(first, "img"):
			return true
		}
	}
	return false
}

var sides = strings.NewReplacer("-top", "-right", "-right", "-bottom", "-bottom", "-left", "-left", "-top")

func turnedProperty(name string) string {
	switch name {
	case "width":
		return "height"
	case "height":
		return "width"
	case "max-width":
		return "max-height"
	case "max-height":
		return "max-width"
	case "overflow-x":
		return "overflow-y"
	}
	if strings.HasPrefix(name, "margin-") || strings.HasPrefix(name, "padding-") || strings.HasPrefix(name, "border-") {
		return sides.Replace(name)
	}
	return name
}

// turnedSides writes the values for the top, right, bottom and left, of which the last
// may be left out as in CSS, each a side further.
func turnedSides(v []string) string {
	right := v[1]
	bottom, left := v[0], right
	if len(v) > 2 {
		bottom = v[2]
	}
	if len(v) > 3 {
		left = v[3]
	}
	return strings.Join([]string{left, v[0], right, bottom}, " ")
}
