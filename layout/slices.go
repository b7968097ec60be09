package layout

import (
	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/media"
)

// Slicer is an Assets that knows how tall pictures are cut.
type Slicer interface {
	// Pieces returns what a picture is cut into, from top to bottom, or nil where it
	// is shown whole. Area is what a piece may fill.
	Pieces(key string, area Size) []media.Asset
}

// pieces returns what a picture is cut into, or nil where it is shown whole. So it is
// in tables, whose rows no page is to be filled by, and in vertical writing,
// where what follows stands beside it.
func (c *composer) pieces(f *frame, im *article.Image) []media.Asset {
	s, ok := c.t.assets.(Slicer)
	if !ok || c.t.o.Long != SliceLong || f.cell || c.vertical || im.Asset == "" {
		return nil
	}
	return s.Pieces(im.Asset, Size{c.t.geo.measure, c.t.geo.height})
}

// strips sets the pieces of a picture one below the other, all of one width.
// Pages end between them.
func (c *composer) strips(f *frame, im *article.Image, pieces []media.Asset, el *Element, alt string) {
	whole := c.picture(im, pieces[0], el, alt)
	w := c.natural(f, media.Asset{Width: pieces[0].Width, Height: 1}, im).W
	for _, a := range pieces {
		w = min(w, c.t.geo.height*Length(a.Width)/Length(a.Height))
	}
	for i, a := range pieces {
		p := whole
		p.key, p.w, p.h = a.Key, a.Width, a.Height
		if i > 0 {
			p.el = leaf(whole.el.Parent)
		}
		high := max(w*Length(a.Height)/Length(a.Width), 1)
		c.addFigure(f, &figure{x: f.x, measure: f.measure, rows: []pictureRow{{[]picture{p}, high}}})
		n := f.out.last()
		n.figure.floats, n.figure.shrink = false, 0
		if i > 0 {
			n.before = 0
		}
		if i < len(pieces)-1 {
			n.after = 0
		}
	}
}
