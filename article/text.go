package article

import (
	"fmt"
	"strings"
)

// Text returns the text of the body and then of the notes, a line for each
// block and each row of a table. It is the oracle of the laws that nothing is
// lost: readers must give it the visible text of their input, exporters must
// give it back, white space aside. What stands in attributes (alternative texts,
// titles of embeds) and what a program writes of itself (numbers of list items,
// marks of notes) is not part of it. The reading of ruby follows its base.
func (d *Document) Text() string {
	var w textWriter
	w.blocks(d.Blocks)
	for i := range d.Notes {
		w.blocks(d.Notes[i].Blocks)
	}
	return w.b.String()
}

// BlocksText returns the text of blocks as Document.Text does.
func BlocksText(bs []Block) string {
	var w textWriter
	w.blocks(bs)
	return w.b.String()
}

// InlinesText returns the text of inlines; a line break is "\n".
func InlinesText(ins []Inline) string {
	if len(ins) == 1 {
		if r, ok := ins[0].(Run); ok {
			return r.Text
		}
	}
	var b strings.Builder
	writeInlines(&b, ins)
	return b.String()
}

type textWriter struct{ b strings.Builder }

func (w *textWriter) blocks(bs []Block) {
	for _, b := range bs {
		switch b := b.(type) {
		case *Heading:
			w.line(b.Inlines)
		case *Paragraph:
			w.line(b.Inlines)
		case *List:
			for i := range b.Items {
				w.blocks(b.Items[i].Blocks)
			}
		case *DefinitionList:
			for _, e := range b.Entries {
				for _, term := range e.Terms {
					w.line(term)
				}
				for _, desc := range e.Descriptions {
					w.blocks(desc)
				}
			}
		case *Quote:
			w.blocks(b.Blocks)
		case *Code:
			w.b.WriteString(b.Text)
			w.b.WriteByte('\n')
		case *Figure:
			w.line(b.Caption)
		case *Table:
			w.line(b.Caption)
			w.rows(b.Head)
			w.rows(b.Body)
		case *Rule, *Embed:
		default:
			panic(fmt.Sprintf("article: unknown block %T", b))
		}
	}
}

func (w *textWriter) rows(rows []Row) {
	for _, row := range rows {
		for i, cell := range row.Cells {
			if i > 0 {
				w.b.WriteByte('\t')
			}
			w.b.WriteString(strings.TrimSuffix(BlocksText(cell.Blocks), "\n"))
		}
		w.b.WriteByte('\n')
	}
}

func (w *textWriter) line(ins []Inline) {
	if len(ins) == 0 {
		return
	}
	writeInlines(&w.b, ins)
	w.b.WriteByte('\n')
}

func writeInlines(b *strings.Builder, ins []Inline) {
	for _, in := range ins {
		switch in := in.(type) {
		case Run:
			b.WriteString(in.Text)
		case LineBreak:
			b.WriteByte('\n')
		case *Ruby:
			for _, s := range in.Segments {
				b.WriteString(s.Base)
				b.WriteString(s.Text)
			}
		case *Math:
			b.WriteString(in.Text)
		case *Image, *NoteRef:
		default:
			panic(fmt.Sprintf("article: unknown inline %T", in))
		}
	}
}
