package article

import (
	"fmt"
	"iter"
)

// Walk calls visit for every block of bs and the blocks within them, outer
// before inner, in reading order. Where visit returns false it does not go into
// the block.
func Walk(bs []Block, visit func(Block) bool) {
	for _, b := range bs {
		if visit(b) {
			for _, kids := range children(b) {
				Walk(kids, visit)
			}
		}
	}
}

// Walk calls visit for every block of the document, those of its notes last.
func (d *Document) Walk(visit func(Block) bool) {
	Walk(d.Blocks, visit)
	for i := range d.Notes {
		Walk(d.Notes[i].Blocks, visit)
	}
}

// children returns the lists of blocks directly within b.
func children(b Block) [][]Block {
	switch b := b.(type) {
	case *List:
		lists := make([][]Block, len(b.Items))
		for i := range b.Items {
			lists[i] = b.Items[i].Blocks
		}
		return lists
	case *DefinitionList:
		var lists [][]Block
		for i := range b.Entries {
			lists = append(lists, b.Entries[i].Descriptions...)
		}
		return lists
	case *Quote:
		return [][]Block{b.Blocks}
	case *Table:
		var lists [][]Block
		for _, rows := range [][]Row{b.Head, b.Body} {
			for _, row := range rows {
				for _, cell := range row.Cells {
					lists = append(lists, cell.Blocks)
				}
			}
		}
		return lists
	case *Heading, *Paragraph, *Code, *Figure, *Rule, *Embed:
		return nil
	default:
		panic(fmt.Sprintf("article: unknown block %T", b))
	}
}

// InlineLists returns pointers to the lists of inlines that b itself holds, in
// reading order, not those of blocks within it: its text, its caption or its terms.
func InlineLists(b Block) []*[]Inline {
	switch b := b.(type) {
	case *Heading:
		return []*[]Inline{&b.Inlines}
	case *Paragraph:
		return []*[]Inline{&b.Inlines}
	case *Figure:
		return []*[]Inline{&b.Caption}
	case *Table:
		return []*[]Inline{&b.Caption}
	case *DefinitionList:
		var lists []*[]Inline
		for i := range b.Entries {
			for j := range b.Entries[i].Terms {
				lists = append(lists, &b.Entries[i].Terms[j])
			}
		}
		return lists
	case *List, *Quote, *Code, *Rule, *Embed:
		return nil
	default:
		panic(fmt.Sprintf("article: unknown block %T", b))
	}
}

// Inlines yields the inlines that b itself holds, in reading order: those of a
// heading, a paragraph, a caption or a term, not those of blocks within b.
func Inlines(b Block) iter.Seq[Inline] {
	return func(yield func(Inline) bool) {
		for _, list := range InlineLists(b) {
			for _, in := range *list {
				if !yield(in) {
					return
				}
			}
		}
	}
}

// Images yields every picture of the document in reading order: the lead, those
// of figures, among text and of embeds. The pointers are the tree's own.
func (d *Document) Images() iter.Seq[*Image] {
	return func(yield func(*Image) bool) {
		if d.Meta.Lead != nil && !yield(d.Meta.Lead) {
			return
		}
		more := true
		d.Walk(func(b Block) bool {
			for _, img := range Images(b) {
				more = more && yield(img)
			}
			return more
		})
	}
}

// Images returns the pictures that b itself holds, in reading order: those of a
// figure, the poster of an embed, those among its text.
func Images(b Block) []*Image {
	var list []*Image
	if fig, ok := b.(*Figure); ok {
		list = append(list, fig.Images...)
	} else if embed, ok := b.(*Embed); ok && embed.Poster != nil {
		list = append(list, embed.Poster)
	}
	for in := range Inlines(b) {
		if img, ok := in.(*Image); ok {
			list = append(list, img)
		}
	}
	return list
}
