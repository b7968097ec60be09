package layout

import "fmt"

// This file is the material that pages are made of: a list of nodes from top to
// bottom, as in TeX boxes, glue and penalties in one record each. Blocks make
// such lists; the page breaker cuts them; nothing else knows both.

// node is one piece of a column that no page cuts: a line, a heading, a row of a
// table, a picture with its caption.
type node struct {
	// before is white that a page's top swallows, after white that its foot
	// swallows. height is what lies between.
	before, height, after Length
	// grid hangs the node on a line of the baseline grid: its top, lowered by lift,
	// stands a whole number of pitches below the top of the type area.
	grid bool
	lift Length
	// base is the distance of the node's baseline from its top; text says it has one.
	base Length
	text bool

	items   []Item // from the left end of the column and the node's top
	penalty int64  // cost of a page that ends after the node
	stretch bool   // a line of white may be added before it
	heading bool   // no picture floats past it
	span    bool   // stands across all columns
	figure  *figure
	notes   []int // of the notes that are called in it, those that stand at the foot
	entries []int // of the outline, that lead to it

	head *strip // repeated at the top of a page that begins with the node
	foot *strip // drawn at the foot of a page that ends with the node

	setting *setting // of the paragraph whose first line it is, where it could be set otherwise

	// Nodes may be set in other ways, at a cost. Those begin at alts; they stand in
	// the list after what they replace, whose last node, and each of theirs, skips
	// the others.
	alts      []int
	skip      int
	otherwise int64
}

// strip is set matter that is put in as it is.
type strip struct {
	height Length
	items  []Item // from the left end of the column and the strip's top
	notes  []int  // as in node
}

// Costs of a page that ends after a node. They add to those of what the page
// leaves empty, which reach about 10,000 for an empty page.
const (
	neverCut  int64 = 1e12 // only where nothing else fits
	lonely    int64 = 1e8  // one line of a paragraph alone
	together  int64 = 2000 // better kept: a line that announces a list
	unwelcome int64 = 60
)

// vlist is material under construction.
type vlist struct {
	nodes []node
	gap   Length // white that the next node has before it at least
}

func (v *vlist) add(n node) { v.nodes = append(v.nodes, n) }

func (v *vlist) last() *node {
	if len(v.nodes) == 0 {
		return nil
	}
	return &v.nodes[len(v.nodes)-1]
}

// keep forbids a page's end between the nodes from, from+1, … of the list.
func (v *vlist) keep(from int) {
	for i := from; i < len(v.nodes)-1; i++ {
		v.nodes[i].penalty = max(v.nodes[i].penalty, neverCut)
	}
}

// extent returns the height of the list when it is stacked.
func (v *vlist) extent() Length {
	var y, ink Length
	for i := range v.nodes {
		if i > 0 {
			y += v.nodes[i].before
		}
		ink = y + v.nodes[i].height
		y = ink + v.nodes[i].after
	}
	return ink
}

// stack places the nodes of the list under one another without a page's edges
// and returns them as one strip. Lines hang on no grid; notes and pictures
// keep their natural size. It moves the nodes' items: a list is stacked once.
func (v *vlist) stack() strip {
	var s strip
	var y, ink Length
	for i := range v.nodes {
		n := &v.nodes[i]
		if i > 0 {
			y += n.before
		}
		s.items = append(s.items, moved(n.material(n.height), 0, y)...)
		s.notes = append(s.notes, n.notes...)
		ink = y + n.height
		y = ink + n.after
	}
	s.height = ink
	return s
}

// material returns the items of the node when it is set in height.
func (n *node) material(height Length) []Item {
	if n.figure != nil {
		return append(n.items, n.figure.set(height)...)
	}
	return n.items
}

// moved shifts items in place and returns them.
func moved(items []Item, dx, dy Length) []Item {
	for _, it := range items {
		shift(it, dx, dy)
	}
	return items
}

func shift(it Item, dx, dy Length) {
	at := place(it)
	at.X += dx
	at.Y += dy
}

// place returns where an item stands.
func place(it Item) *Point {
	switch it := it.(type) {
	case *GlyphRun:
		return &it.At
	case *Picture:
		return &it.Rect.At
	case *Box:
		return &it.Rect.At
	case *Link:
		return &it.Rect.At
	case *Anchor:
		return &it.At
	default:
		panic(unknownItem(it))
	}
}

// echo returns copies of items as artifacts: what is printed again for the eye.
// Links and anchors stay behind.
func echo(items []Item) []Item {
	var out []Item
	for _, it := range items {
		switch it := it.(type) {
		case *GlyphRun:
			c := *it
			c.Element = nil
			out = append(out, &c)
		case *Picture:
			c := *it
			c.Element = nil
			out = append(out, &c)
		case *Box:
			c := *it
			c.Element = nil
			out = append(out, &c)
		case *Link, *Anchor:
		default:
			panic(unknownItem(it))
		}
	}
	return out
}

func unknownItem(it Item) string { return fmt.Sprintf("layout: unknown item %T", it) }
