// Package svg reads drawings in SVG, leaves of them what draws and nothing else,
// writes that as SVG again and draws it into pixels.
//
// What is left is what an allow-list names: shapes, text, paints, clips, masks,
// markers and pictures that are within the file. Scripts, animations, references
// to anything outside, foreign markup and filters are gone; style sheets have
// become attributes. Text in foreign markup, as some programs label their diagrams,
// becomes text of the drawing.
package svg

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Document is a drawing that is clean.
type Document struct {
	Root *Node
	// Width and Height are its size in pixels of CSS, at most MaxSide.
	Width, Height float64
	// Lost names in few words what the file had and the drawing has not, in the order
	// in which it came; scripts and animations are not missed.
	Lost []string
	// Letters tells whether it has text.
	Letters bool

	ids map[string]*Node
}

// Bounds of a drawing.
const (
	MaxBytes = 8 << 20 // of a file
	MaxSide  = 4000    // pixels; what is larger is drawn smaller

	maxNodes    = 100_000
	maxDepth    = 100
	maxText     = 16 << 20 // bytes of all values and texts, entities replaced
	maxEntities = 200
	maxEntity   = 1 << 10 // bytes
	maxExpanded = 200_000 // elements that are drawn, each time that they are used
	maxRules    = 2000    // of style sheets
)

// ErrLimit says that a drawing has more than is read.
var ErrLimit = errors.New("more than a drawing may have")

// Node is an element, or text where it has no name.
type Node struct {
	Name     string
	Attrs    []Attr
	Children []*Node
	Text     string

	style []Attr // declarations of style sheets and of a style attribute, as they count
}

// Attr is an attribute.
type Attr struct{ Name, Value string }

// attr returns the value of an attribute, empty where there is none.
func (n *Node) attr(name string) string {
	for i := range n.Attrs {
		if n.Attrs[i].Name == name {
			return n.Attrs[i].Value
		}
	}
	return ""
}

func (n *Node) set(name, value string) {
	for i := range n.Attrs {
		if n.Attrs[i].Name == name {
			n.Attrs[i].Value = value
			return
		}
	}
	n.Attrs = append(n.Attrs, Attr{name, value})
}

// href returns the id that an element refers to, empty: none.
func (n *Node) href() string {
	id, ok := strings.CutPrefix(n.attr("href"), "#")
	if !ok {
		return ""
	}
	return id
}

// Draws tells whether there is anything in the drawing that could be seen.
func (d *Document) Draws() bool { return d.Root.draws() }

func (n *Node) draws() bool {
	switch n.Name {
	case "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "image", "use":
		return true
	case "defs", "symbol", "clipPath", "mask", "pattern", "marker":
		return false
	}
	return slices.ContainsFunc(n.Children, (*Node).draws)
}

// measure fills in the size of the drawing from its root.
func (d *Document) measure() {
	box, boxed := viewBox(d.Root)
	width, wok := size(d.Root.attr("width"))
	height, hok := size(d.Root.attr("height"))
	switch {
	case wok && hok:
	case boxed && wok:
		height = width * box.h / box.w
	case boxed && hok:
		width = height * box.w / box.h
	case boxed:
		width, height = box.w, box.h
	default: // as CSS has it where nothing is said
		if !wok {
			width = 300
		}
		if !hok {
			height = 150
		}
	}
	if !boxed {
		d.Root.set("viewBox", "0 0 "+number(width)+" "+number(height))
	}
	// A drawing may be in any unit of its own.
	if most := max(width, height); most > MaxSide {
		width, height = width*MaxSide/most, height*MaxSide/most
	}
	d.Width, d.Height = max(width, 1), max(height, 1)
	d.Root.set("width", number(d.Width))
	d.Root.set("height", number(d.Height))
}

// size reads a length that is above zero and no part of something else.
func size(s string) (float64, bool) {
	if strings.HasSuffix(strings.TrimSpace(s), "%") {
		return 0, false
	}
	v, ok := length(s, 16, 0)
	return v, ok && v > 0 && v < 1e6
}

type rect struct{ x, y, w, h float64 }

func viewBox(n *Node) (rect, bool) {
	v := numbers(n.attr("viewBox"))
	if len(v) != 4 || !(v[2] > 0 && v[3] > 0 && v[2] < 1e9 && v[3] < 1e9) {
		return rect{}, false
	}
	return rect{v[0], v[1], v[2], v[3]}, true
}

// number writes v as short as four places behind the point allow.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'f', 4, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// numbers reads numbers that spaces and commas are between, or nothing, as SVG
// allows it; it stops at what is none.
func numbers(s string) []float64 {
	var out []float64
	for {
		v, rest, ok := scan(s)
		if !ok {
			return out
		}
		out, s = append(out, v), rest
	}
}

// scan reads one number and what follows it.
func scan(s string) (v float64, rest string, ok bool) {
	s = strings.TrimLeft(s, " \t\r\n,")
	i, digits := 0, 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	for dot := false; i < len(s); i++ {
		if s[i] == '.' && !dot {
			dot = true
		} else if s[i] < '0' || s[i] > '9' {
			break
		} else {
			digits++
		}
	}
	if digits == 0 {
		return 0, s, false
	}
	if i+1 < len(s) && (s[i] == 'e' || s[i] == 'E') {
		k := i + 1
		if s[k] == '+' || s[k] == '-' {
			k++
		}
		if k < len(s) && s[k] >= '0' && s[k] <= '9' { // not the unit em
			for i = k; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
			}
		}
	}
	v, err := strconv.ParseFloat(s[:i], 64)
	if err != nil || !(v > -1e12 && v < 1e12) {
		return 0, s, false
	}
	return v, s[i:], true
}

// length reads a length in pixels. em is the size of the font, whole what 100% is.
func length(s string, em, whole float64) (float64, bool) {
	v, unit, ok := scan(s)
	if !ok {
		return 0, false
	}
	switch strings.ToLower(strings.TrimSpace(unit)) {
	case "", "px":
	case "pt":
		v *= 4.0 / 3
	case "pc":
		v *= 16
	case "in":
		v *= 96
	case "cm":
		v *= 96 / 2.54
	case "mm":
		v *= 96 / 25.4
	case "em":
		v *= em
	case "rem":
		v *= 16
	case "ex":
		v *= em / 2
	case "%":
		v *= whole / 100
	default:
		return 0, false
	}
	return v, true
}
