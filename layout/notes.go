package layout

import (
	"strconv"

	"github.com/leporello-press/leporello/article"
)

// Notes stand at the foot of the page that calls them. Where one is too long for
// that, or holds more than text, all notes of the article stand at its end.

// prepareNotes sets the notes that stand at the foot of pages.
func (c *composer) prepareNotes() {
	if len(c.doc.Notes) == 0 || c.t.o.NotesAtEnd || !c.notesFit() {
		return
	}
	c.footNotes = make([]strip, len(c.doc.Notes))
	for i := range c.doc.Notes {
		if c.called[c.doc.Notes[i].ID] && c.noteNumber[c.doc.Notes[i].ID] == i+1 {
			// The text of notes goes in the tree after that of the body: endNotes.
			c.footNotes[i].height = 1
		}
	}
	for i := range c.footNotes {
		if c.footNotes[i].height == 0 {
			continue
		}
		f := c.body()
		f.out = &vlist{}
		c.note(&f, i)
		c.footNotes[i] = f.out.stack()
		c.footNotes[i].notes = nil
		if c.footNotes[i].height > c.t.geo.height/4 {
			// Too long after all; nothing of it has reached a page yet.
			c.footNotes = nil
			c.forgetNotes()
			return
		}
	}
}

// forgetNotes takes the elements and anchors of notes that were set in vain back.
func (c *composer) forgetNotes() {
	kids := c.root.Kids[:0]
	for _, k := range c.root.Kids {
		if k.Role != Note {
			kids = append(kids, k)
		}
	}
	c.root.Kids = kids
	for i := range c.doc.Notes {
		delete(c.placed, c.doc.Notes[i].ID)
	}
}

// notesFit says that the notes are such as can stand at the foot of a page.
func (c *composer) notesFit() bool {
	all := 0
	for i := range c.doc.Notes {
		for _, b := range c.doc.Notes[i].Blocks {
			if _, ok := b.(*article.Paragraph); !ok {
				return false
			}
		}
		n := len([]rune(article.BlocksText(c.doc.Notes[i].Blocks)))
		if n > c.t.geo.ems*c.t.geo.rows/5 {
			return false
		}
		all += n
	}
	return true
}

// findCalls notes which notes the body calls; a note that only notes call stands
// at the end.
func (c *composer) findCalls() {
	article.Walk(c.doc.Blocks, func(b article.Block) bool {
		for in := range article.Inlines(b) {
			if r, ok := in.(*article.NoteRef); ok {
				c.called[r.ID] = true
			}
		}
		return true
	})
}

// endNotes sets the notes that do not stand at the foot after the article.
func (c *composer) endNotes() {
	f := c.body()
	first := true
	for i := range c.doc.Notes {
		if i < len(c.footNotes) && c.footNotes[i].height > 0 {
			continue
		}
		if first {
			first = false
			c.noteRule(&f)
		}
		c.note(&f, i)
	}
	c.orderNotes()
}

// noteRule divides the article from its notes.
func (c *composer) noteRule(f *frame) {
	wide := min(8*f.style.size, f.measure)
	c.add(f, node{
		before: f.pitch, height: hairline, after: f.pitch / 2, penalty: neverCut,
		items: []Item{&Box{Rect: Rect{Point{f.start(0, wide), 0}, Size{wide, hairline}}, Filled: true}},
	})
}

// orderNotes puts the elements of notes at the end of the article, in their order.
func (c *composer) orderNotes() {
	var body, notes []*Element
	for _, k := range c.root.Kids {
		if k.Role == Note {
			notes = append(notes, k)
		} else {
			body = append(body, k)
		}
	}
	byNumber := make([]*Element, 0, len(notes))
	for i := range c.doc.Notes {
		for _, n := range notes {
			if n.note == i+1 {
				byNumber = append(byNumber, n)
			}
		}
	}
	c.root.Kids = append(body, byNumber...)
}

// note sets one note in small type, its number hanging in front of it and leading
// back to where it was called.
func (c *composer) note(f *frame, i int) {
	n := &c.doc.Notes[i]
	el := element(c.root, Note)
	el.note = i + 1
	in := *f
	in.el = el
	in.grid, in.flush, in.first, in.note = false, true, true, true
	in.style.size = f.style.size * 82 / 100
	in.pitch = in.style.size * 150 / 100
	hang := 2 * in.style.size
	number := element(el, Lbl)
	s := span{text: strconv.Itoa(i + 1), style: in.style, combine: true}
	if c.called[n.ID] {
		s.link = "#" + c.prefix + ".r:" + n.ID
		s.linkEl = element(number, LinkRole)
		number = s.linkEl
	}
	s.leaf = ownLeaf(number)
	l := c.label([]span{s}, in.style.lang)
	hang = max(hang, l.width+in.style.size/2)
	in.inset(hang, 0)
	if c.noteNumber[n.ID] == i+1 {
		c.anchor(n.ID)
	}
	begin := len(in.out.nodes)
	c.blocks(&in, n.Blocks)
	c.hangLabel(&in, begin, l, f.start(0, l.width))
}

// noteHeights returns the heights of the notes at the foot, with the white below each.
func (c *composer) noteHeights() []Length {
	out := make([]Length, len(c.footNotes))
	for i := range out {
		out[i] = c.footNotes[i].height + c.t.geo.size*3/10
	}
	return out
}
