package press

import (
	"fmt"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/words"
)

// withoutImages takes the pictures out of a document. Captions and descriptions
// stay; with Link a link to the picture stands in its place.
func withoutImages(doc *article.Document, mode ImageMode, lang string) {
	imageless{link: mode == Link, word: words.For(lang).Picture}.document(doc)
}

// without takes those pictures out of a document that drop names, and leaves
// nothing in their place.
func without(doc *article.Document, drop func(*article.Image) bool) {
	imageless{drop: drop}.document(doc)
}

// imageless rewrites trees.
type imageless struct {
	drop func(*article.Image) bool // which pictures go without a trace; nil: all go, and text stays
	link bool
	word string // in the place of a picture without a description
}

func (w imageless) document(doc *article.Document) {
	if doc.Meta.Lead != nil && w.goes(doc.Meta.Lead) {
		doc.Meta.Lead = nil
	}
	doc.Blocks = w.blocks(doc.Blocks)
	for i := range doc.Notes {
		doc.Notes[i].Blocks = w.blocks(doc.Notes[i].Blocks)
	}
}

func (w imageless) goes(img *article.Image) bool { return w.drop == nil || w.drop(img) }

func (w imageless) blocks(bs []article.Block) []article.Block {
	var out []article.Block
	for _, b := range bs {
		switch b := b.(type) {
		case *article.Figure:
			out = append(out, w.figure(b)...)
			continue
		case *article.Embed:
			if b.Poster != nil && w.goes(b.Poster) {
				b.Poster = nil
			}
		case *article.Heading:
			b.Inlines = w.inlines(b.Inlines)
		case *article.Paragraph:
			had := len(b.Inlines)
			if b.Inlines = w.inlines(b.Inlines); len(b.Inlines) == 0 && had > 0 {
				continue // it held nothing but pictures
			}
		case *article.List:
			for i := range b.Items {
				b.Items[i].Blocks = w.blocks(b.Items[i].Blocks)
			}
		case *article.DefinitionList:
			for i := range b.Entries {
				e := &b.Entries[i]
				for j := range e.Terms {
					e.Terms[j] = w.inlines(e.Terms[j])
				}
				for j := range e.Descriptions {
					e.Descriptions[j] = w.blocks(e.Descriptions[j])
				}
			}
		case *article.Quote:
			b.Blocks = w.blocks(b.Blocks)
		case *article.Table:
			b.Caption = w.inlines(b.Caption)
			for _, rows := range [][]article.Row{b.Head, b.Body} {
				for i := range rows {
					for j := range rows[i].Cells {
						c := &rows[i].Cells[j]
						c.Blocks = w.blocks(c.Blocks)
					}
				}
			}
		case *article.Code, *article.Rule:
		default:
			panic(fmt.Sprintf("press: unknown block %T", b))
		}
		out = append(out, b)
	}
	return out
}

// figure returns what is left of a figure: a line with a link or a description
// for each picture, and the caption.
func (w imageless) figure(f *article.Figure) []article.Block {
	var kept []*article.Image
	for _, img := range f.Images {
		if !w.goes(img) {
			kept = append(kept, img)
		}
	}
	if len(kept) > 0 {
		f.Images, f.Caption = kept, w.inlines(f.Caption)
		return []article.Block{f}
	}
	var out []article.Block
	attr := f.Attr
	add := func(inlines []article.Inline) {
		if len(inlines) > 0 {
			out = append(out, &article.Paragraph{Attr: attr, Inlines: inlines})
			attr.ID = "" // the anchor goes to what comes first
		}
	}
	for _, img := range f.Images {
		add(w.image(img))
	}
	add(w.inlines(f.Caption))
	return out
}

func (w imageless) inlines(ins []article.Inline) []article.Inline {
	var out []article.Inline
	for _, in := range ins {
		if img, ok := in.(*article.Image); ok && w.goes(img) {
			out = append(out, w.image(img)...)
		} else {
			out = append(out, in)
		}
	}
	return out
}

// image returns the text in place of a picture: its description, as a link where
// links are wanted and the picture has an address.
func (w imageless) image(img *article.Image) []article.Inline {
	if w.drop != nil {
		return nil
	}
	text, link := img.Alt, ""
	if lower := strings.ToLower(img.Src); w.link && (strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")) {
		link = img.Src
		if text == "" {
			text = w.word
		}
	}
	if text == "" {
		return nil
	}
	return []article.Inline{article.Run{Text: text, Style: article.Style{Link: link}}}
}
