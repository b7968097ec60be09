package article

import (
	"fmt"
	"slices"
	"strings"
)

// Normalize brings the document to the form that exporters count on: adjacent
// runs of one style are one run unless they are Apart, white space is folded across runs and gone at
// the edges of lines, blocks without content are gone, a language is named only
// where it changes, and heading levels have no holes: the first is 2, none is more
// than one deeper than the one before.
// Text that can be seen is not changed. Twice is the same as once.
func (d *Document) Normalize() {
	d.Blocks = normalBlocks(d.Blocks, d.Meta.Lang)
	for i := range d.Notes {
		d.Notes[i].Blocks = normalBlocks(d.Notes[i].Blocks, d.Meta.Lang)
	}
	closeLevels(d)
}

// normalBlocks is Normalize of blocks that text in the language lang surrounds.
func normalBlocks(bs []Block, lang string) []Block {
	var out []Block
	for _, b := range bs {
		lang := b.settle(lang)
		for _, list := range InlineLists(b) {
			*list = normalInlines(*list, lang)
		}
		switch b := b.(type) {
		case *List:
			for i := range b.Items {
				b.Items[i].Blocks = normalBlocks(b.Items[i].Blocks, b.Items[i].settle(lang))
			}
		case *DefinitionList:
			for i := range b.Entries {
				e := &b.Entries[i]
				e.Terms = slices.DeleteFunc(e.Terms, func(t []Inline) bool { return len(t) == 0 })
				for j := range e.Descriptions {
					e.Descriptions[j] = normalBlocks(e.Descriptions[j], lang)
				}
				e.Descriptions = slices.DeleteFunc(e.Descriptions, func(d []Block) bool { return len(d) == 0 })
			}
			b.Entries = slices.DeleteFunc(b.Entries, func(e Definition) bool { return len(e.Terms)+len(e.Descriptions) == 0 })
		case *Quote:
			b.Blocks = normalBlocks(b.Blocks, lang)
		case *Table:
			for _, rows := range [][]Row{b.Head, b.Body} {
				for _, row := range rows {
					for i := range row.Cells {
						row.Cells[i].Blocks = normalBlocks(row.Cells[i].Blocks, lang)
					}
				}
			}
			noCells := func(r Row) bool { return len(r.Cells) == 0 }
			b.Head, b.Body = slices.DeleteFunc(b.Head, noCells), slices.DeleteFunc(b.Body, noCells)
		case *Heading, *Paragraph, *Code, *Figure, *Rule, *Embed:
			// hold no blocks
		default:
			panic(fmt.Sprintf("article: unknown block %T", b))
		}
		if !empty(b) {
			out = append(out, b)
		}
	}
	return out
}

// empty tells whether a normalised block has nothing to show. An empty block that is
// the target of links stays.
func empty(b Block) bool {
	if b.Anchor() != "" {
		return false
	}
	switch b := b.(type) {
	case *Heading:
		return len(b.Inlines) == 0
	case *Paragraph:
		return len(b.Inlines) == 0
	case *List:
		return len(b.Items) == 0
	case *DefinitionList:
		return len(b.Entries) == 0
	case *Quote:
		return len(b.Blocks) == 0
	case *Code:
		return strings.TrimSpace(b.Text) == ""
	case *Figure:
		return len(b.Images) == 0 && len(b.Caption) == 0
	case *Table:
		return len(b.Head)+len(b.Body)+len(b.Caption) == 0
	case *Rule, *Embed:
		return false
	default:
		panic(fmt.Sprintf("article: unknown block %T", b))
	}
}

// normalInlines folds white space over all runs as a browser does over a block:
// the second of two spaces goes, whatever runs they stand in, and so do those at
// the beginning, at the end and beside a line break.
func normalInlines(ins []Inline, lang string) []Inline {
	var out []Inline
	space := true // a space now would follow a space or begin a line
	for _, in := range ins {
		switch in := in.(type) {
		case Run:
			if in.Style.Lang == lang {
				in.Style.Lang = ""
			}
			text, ends := foldSpace(in.Text, space)
			if text == "" {
				continue
			}
			space = ends
			if n := len(out); n > 0 {
				if last, ok := out[n-1].(Run); ok && last.Style == in.Style && !Apart(last, in) {
					out[n-1] = Run{last.Text + text, last.Style}
					continue
				}
			}
			out = append(out, Run{text, in.Style})
		case LineBreak:
			out = append(trimEnd(out), in)
			space = true
		default:
			if r, ok := in.(*Ruby); ok && r.Style.Lang == lang {
				r.Style.Lang = ""
			}
			out = append(out, in)
			space = false
		}
	}
	out = trimEnd(out)
	// Line breaks at the edges of a block show nothing.
	for len(out) > 0 && out[len(out)-1] == Inline(LineBreak{}) {
		out = trimEnd(out[:len(out)-1])
	}
	for len(out) > 0 && out[0] == Inline(LineBreak{}) {
		out = out[1:]
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// foldSpace makes every stretch of spaces, tabs and line ends one space, or none
// where one comes before; it tells whether the result ends with one.
func foldSpace(s string, after bool) (string, bool) {
	if !strings.ContainsAny(s, " \t\r\n\f") {
		return s, after && s == ""
	}
	var b strings.Builder
	for _, r := range s {
		if r == ' ' || r == '\t' || r == '\r' || r == '\n' || r == '\f' {
			if !after {
				b.WriteByte(' ')
			}
			after = true
			continue
		}
		b.WriteRune(r)
		after = false
	}
	return b.String(), after
}

// trimEnd removes spaces at the end of ins.
func trimEnd(ins []Inline) []Inline {
	for len(ins) > 0 {
		last, ok := ins[len(ins)-1].(Run)
		if !ok {
			break
		}
		text := strings.TrimRight(last.Text, " ")
		if text == last.Text {
			break
		}
		ins = ins[:len(ins)-1]
		if text != "" {
			return append(ins, Run{text, last.Style})
		}
	}
	return ins
}

// closeLevels renumbers the headings of the body: relative order of depth is
// kept, holes are closed.
func closeLevels(d *Document) {
	var open []int // the levels as they came that are open now, outermost first
	d.Walk(func(b Block) bool {
		h, ok := b.(*Heading)
		if !ok {
			return true
		}
		for len(open) > 0 && open[len(open)-1] >= h.Level {
			open = open[:len(open)-1]
		}
		open = append(open, h.Level)
		h.Level = min(len(open)+1, 6)
		return true
	})
}
