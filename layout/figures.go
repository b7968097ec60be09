package layout

import (
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/media"
)

// figure is pictures in rows, each row of one height, and what stands under
// them. Its node may be made lower; the pictures then become smaller together.
type figure struct {
	x, measure Length
	rows       []pictureRow
	gap        Length // between pictures and between rows
	caption    []Item // of them all, from the left end of the column and its own top
	below      Length // height of captions and the white above them
	shrink     Length // how much lower it may be made, whole pitches
	floats     bool   // may wait for the next page
}

// pictureRow is pictures side by side.
type pictureRow struct {
	pics []picture
	high Length // of the pictures, at the full height of the figure
}

// picture is one picture of a row.
type picture struct {
	key     string
	w, h    int // pixels, as it stands
	turned  bool
	slot    Length // its width at the full height
	el      *Element
	link    string
	linkEl  *Element
	caption []Item // its own, from the left end of its slot
}

// width returns the width of the row at its full height.
func (r *pictureRow) width(gap Length) Length {
	w := gap * Length(len(r.pics)-1)
	for i := range r.pics {
		w += r.pics[i].slot
	}
	return w
}

// full says that a row of the figure fills the measure.
func (g *figure) full() bool {
	for i := range g.rows {
		if g.rows[i].width(g.gap) >= g.measure*98/100 {
			return true
		}
	}
	return false
}

// high returns the sum of the heights of the rows.
func (g *figure) high() Length {
	var h Length
	for i := range g.rows {
		h += g.rows[i].high
	}
	return h
}

// between returns the white between the rows.
func (g *figure) between() Length { return g.gap * Length(len(g.rows)-1) }

// scale makes the full height of the rows num/den of what it is.
func (g *figure) scale(num, den Length) {
	for i := range g.rows {
		r := &g.rows[i]
		r.high = max(r.high*num/den, 1)
		for k := range r.pics {
			p := &r.pics[k]
			p.slot = max(min(r.high*Length(p.w)/Length(p.h), p.slot), 1)
		}
	}
}

// set returns the items of the figure in a node of the given height.
func (g *figure) set(height Length) []Item {
	var items []Item
	room, all := height-g.below-g.between(), g.high()
	var y Length
	for i := range g.rows {
		r := &g.rows[i]
		high := r.high
		if room != all {
			high = Length(int64(high) / 64 * int64(room) / (int64(all) / 64))
		}
		if i == len(g.rows)-1 {
			high = height - g.below - y // what rounding left over
		}
		x := g.x + (g.measure-r.width(g.gap))/2
		if high < r.high {
			// Smaller pictures move together, but those with captions stay above them.
			var w Length
			for k := range r.pics {
				if r.pics[k].caption != nil {
					w = 0
					break
				}
				w += high * Length(r.pics[k].w) / Length(r.pics[k].h)
			}
			if w > 0 {
				for k := range r.pics {
					r.pics[k].slot = high * Length(r.pics[k].w) / Length(r.pics[k].h)
				}
				x = g.x + (g.measure-r.width(g.gap))/2
			}
		}
		for k := range r.pics {
			p := &r.pics[k]
			w := min(high*Length(p.w)/Length(p.h), p.slot)
			box := Rect{Point{x + (p.slot-w)/2, y}, Size{w, high}}
			items = append(items, &Picture{Key: p.key, Rect: box, Turned: p.turned, Element: p.el})
			if p.link != "" {
				items = append(items, &Link{Rect: box, Target: p.link, Element: p.linkEl})
			}
			items = append(items, moved(p.caption, x, y+high)...)
			x += p.slot + g.gap
		}
		y += high + g.gap
	}
	return append(items, moved(g.caption, 0, height-g.below)...)
}

// asset returns what is known of a picture, or why it cannot be shown. Its width
// is that along the lines.
func (c *composer) asset(im *article.Image) (media.Asset, string) {
	if im.Asset == "" {
		if im.Missing == "" {
			return media.Asset{}, c.words.Missing
		}
		return media.Asset{}, c.words.Missing + " · " + im.Missing
	}
	if c.t.assets == nil {
		return media.Asset{}, c.words.Missing
	}
	a, err := c.t.assets.Stat(im.Asset)
	if err != nil || a.Width <= 0 || a.Height <= 0 {
		detail := "no pixels"
		if err != nil {
			detail = err.Error()
		}
		c.t.issue(article.Issue{Severity: article.Loss, Code: "image.asset", URL: im.Src, Detail: detail, Action: "placeholder"})
		return media.Asset{}, c.words.Missing
	}
	a.Key = im.Asset
	if c.vertical {
		a.Width, a.Height = a.Height, a.Width
	}
	return a, ""
}

// figures sets the figure at the head of bs, and with it those that follow at
// once and share its row. It returns how many it set.
func (c *composer) figures(f *frame, bs []article.Block) int {
	row := []*article.Figure{bs[0].(*article.Figure)}
	if g := c.acrossColumns(*f); g.span && c.needsWidth(&g, row[0]) {
		c.figure(&g, row[0])
		return 1
	}
	if c.shows(f, row[0]) && !c.isTurned(f, row[0].Images[0]) {
		for len(row) < 3 && len(row) < len(bs) {
			next, ok := bs[len(row)].(*article.Figure)
			if !ok || !c.shows(f, next) || !c.shareRow(f, append(row, next)) {
				break
			}
			row = append(row, next)
		}
	}
	if len(row) > 1 {
		for _, fig := range row[1:] {
			c.anchor(fig.ID)
		}
		c.figureRow(f, row)
		return len(row)
	}
	c.figure(f, row[0])
	return 1
}

// shows says that fig is one picture that can be shown, whole.
func (c *composer) shows(f *frame, fig *article.Figure) bool {
	if len(fig.Images) != 1 {
		return false
	}
	if fig.Images[0].Asset == "" || c.t.assets == nil {
		return false
	}
	a, err := c.t.assets.Stat(fig.Images[0].Asset)
	return err == nil && a.Width > 0 && a.Height > 0 && c.pieces(f, fig.Images[0]) == nil
}

// needsWidth says that a figure is to stand across the columns: one picture about
// twice as wide as high, with the pixels for it.
func (c *composer) needsWidth(f *frame, fig *article.Figure) bool {
	if !c.shows(f, fig) {
		return false
	}
	a, _ := c.asset(fig.Images[0])
	size := c.natural(f, a, fig.Images[0])
	return size.W > c.t.geo.measure*3/2 && size.W > size.H*19/10
}

// rowGap is the white between pictures of a row.
func (f *frame) rowGap() Length { return f.style.size * 8 / 10 }

// shareRow says that pictures side by side lose little of the size they would
// have one below the other, and are of like shape.
func (c *composer) shareRow(f *frame, row []*article.Figure) bool {
	if f.cell {
		return false
	}
	var sum, least, most Length // widths at the height 1024
	for _, fig := range row {
		a, _ := c.asset(fig.Images[0])
		w := 1024 * Length(a.Width) / Length(a.Height)
		// A caption that would have more than four lines wants more room.
		if n := Length(len([]rune(article.InlinesText(fig.Caption)))); n*f.style.size*Length(len(row)) > 4*f.measure {
			return false
		}
		if least == 0 || w < least {
			least = w
		}
		most = max(most, w)
		sum += w
	}
	if sum == 0 || most > least*2 {
		return false
	}
	h := (f.measure - f.rowGap()*Length(len(row)-1)) * 1024 / sum
	for _, fig := range row {
		a, _ := c.asset(fig.Images[0])
		if alone := c.natural(f, a, fig.Images[0]).H; h < alone*64/100 {
			return false
		}
	}
	return true
}

// natural returns the size a picture is given: as wide as the measure, but no
// larger than 150 % of its pixels at 150 to the inch, than its author declared,
// and than the greatest height.
func (c *composer) natural(f *frame, a media.Asset, im *article.Image) Size {
	w := c.naturalWidth(f, a, im)
	limit := c.t.geo.height * Length(c.t.geo.figMax) / 100
	if f.cell {
		limit = c.t.geo.height / 3
	}
	h := w * Length(a.Height) / Length(a.Width)
	if h > limit {
		w, h = limit*Length(a.Width)/Length(a.Height), limit
	}
	return Size{max(w, 1), max(h, 1)}
}

// naturalWidth is the width of natural, were pages as high as it takes.
func (c *composer) naturalWidth(f *frame, a media.Asset, im *article.Image) Length {
	w := min(f.measure, Length(a.Width)*72*Pt/100)
	declared := im.Width
	if f.vertical {
		declared = im.Height
	}
	if declared > 0 && declared < a.Width {
		w = min(w, Length(declared)*Pt*3/4)
	}
	// A little narrower than the text looks like a mistake.
	if w < f.measure && w > f.measure*5/6 {
		w = f.measure * 5 / 6
	}
	return max(w, 1)
}

// describe returns the alternative text of a picture.
func (c *composer) describe(im *article.Image, caption []article.Inline) string {
	for _, s := range []string{im.Alt, im.Title, article.InlinesText(caption)} {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return c.words.Picture
}

// picture returns a picture of a row under the element el.
func (c *composer) picture(im *article.Image, a media.Asset, el *Element, alt string) picture {
	p := picture{key: a.Key, w: a.Width, h: a.Height}
	if p.link = c.target(im.Link); p.link != "" {
		p.linkEl = element(el, LinkRole)
		el = p.linkEl
	}
	fig := element(el, Figure)
	fig.Alt, fig.Placement = alt, "Block"
	p.el = leaf(fig)
	return p
}

// figure sets the pictures and the caption of one figure. Pictures of one figure
// stand in rows; each row may be cut from the next.
func (c *composer) figure(f *frame, b *article.Figure) {
	el := c.blockElement(f, Div)
	begin := len(f.out.nodes)
	var pics []picture
	var sizes []Size
	turned := c.shows(f, b) && c.isTurned(f, b.Images[0])
	for _, im := range b.Images {
		a, why := c.asset(im)
		if why != "" {
			c.notice(f, element(el, P), strings.TrimSpace(im.Alt), why, im.Src)
			continue
		}
		alt := c.describe(im, b.Caption)
		if pieces := c.pieces(f, im); pieces != nil {
			c.rows(f, pics, sizes)
			c.strips(f, im, pieces, el, alt)
			pics, sizes = nil, nil
			continue
		}
		p, size := c.picture(im, a, el, alt), c.natural(f, a, im)
		if turned {
			p.turned, p.w, p.h, size = true, p.h, p.w, c.turnedSize(f, a)
		}
		pics, sizes = append(pics, p), append(sizes, size)
	}
	c.rows(f, pics, sizes)
	caption := c.caption(f, b.Caption, el)
	if len(caption.nodes) == 0 {
		return
	}
	last := f.out.last()
	if last == nil || len(f.out.nodes) == begin || last.figure == nil {
		// Under a frame, or under nothing.
		for i, n := range caption.nodes {
			if i == 0 && last != nil && len(f.out.nodes) > begin {
				last.penalty, last.after = neverCut, f.style.size*6/10
			}
			c.add(f, n)
		}
		f.space(f.pitch * 4 / 10)
		return
	}
	gap := f.style.size * 6 / 10
	if caption.extent() > c.t.geo.height/4 {
		// As long as a text, and set as one below the picture.
		last.penalty, last.after = neverCut, gap
		for _, n := range caption.nodes {
			c.add(f, n)
		}
		f.space(f.pitch * 4 / 10)
		return
	}
	under := caption.stack()
	last.figure.caption = moved(under.items, 0, gap)
	last.figure.below = gap + under.height
	last.height += last.figure.below
	last.notes = append(last.notes, under.notes...)
	// With its caption a picture is still no higher than the page.
	c.limit(last)
}

// isTurned says that a picture is to be turned: it becomes so much larger.
func (c *composer) isTurned(f *frame, im *article.Image) bool {
	if c.t.o.Long != TurnLong || f.cell || f.vertical {
		return false
	}
	a, _ := c.asset(im)
	return a.Width > 2*a.Height && c.turnedSize(f, a).H > c.natural(f, a, im).W*5/4
}

// turnedSize is the size that a picture has when it is turned: it may fill the page
// but for a caption.
func (c *composer) turnedSize(f *frame, a media.Asset) Size {
	h := min(c.t.geo.height*9/10, Length(a.Width)*72*Pt/100)
	w := h * Length(a.Height) / Length(a.Width)
	if w > f.measure {
		w, h = f.measure, f.measure*Length(a.Width)/Length(a.Height)
	}
	return Size{max(w, 1), max(h, 1)}
}

// limit keeps a figure within the page and says how much it may shrink.
func (c *composer) limit(n *node) {
	g := n.figure
	if room := max(c.t.geo.height-g.below-g.between(), c.t.geo.pitch); g.high() > room {
		g.scale(room, g.high())
		n.height = g.high() + g.between() + g.below
	}
	g.shrink = 0
	// A small picture stays as it is.
	if high := g.high(); high > 7*c.t.geo.pitch && g.floats {
		g.shrink = high * Length(100-c.t.geo.figMin) / 100 / c.t.geo.pitch * c.t.geo.pitch
	}
}

// rows adds pictures in rows that fill the measure, so that the rows are of
// moderate and like height. A figure of more than the greatest height of
// pictures is cut between rows.
func (c *composer) rows(f *frame, pics []picture, sizes []Size) {
	if len(pics) == 0 {
		return
	}
	limit := c.t.geo.height * Length(c.t.geo.figMax) / 100
	g := &figure{x: f.x, measure: f.measure, gap: f.rowGap()}
	from, cut := 0, false
	for _, to := range rowEnds(f, pics, sizes) {
		row := pictureRow{pics[from:to], rowHeight(f, pics[from:to], sizes[from:to])}
		from = to
		if len(g.rows) > 0 && g.high()+g.between()+g.gap+row.high > limit {
			c.addFigure(f, g)
			// The rest of the pictures follows at once.
			last := f.out.last()
			last.after, last.penalty, g.floats, cut = g.gap, unwelcome, false, true
			g = &figure{x: f.x, measure: f.measure, gap: g.gap}
		}
		g.rows = append(g.rows, row)
	}
	c.addFigure(f, g)
	g.floats = g.floats && !cut
}

// rowEnds returns after which pictures rows end: at most four stand side by side,
// and rows are about two fifths of the measure high.
func rowEnds(f *frame, pics []picture, sizes []Size) []int {
	want := f.measure * 2 / 5
	n := len(pics)
	cost, prev := make([]int64, n+1), make([]int, n+1)
	for to := 1; to <= n; to++ {
		cost[to] = -1
		for from := max(to-4, 0); from < to; from++ {
			h := rowHeight(f, pics[from:to], sizes[from:to])
			off := int64(h) * 1024 / int64(want)
			if h < want {
				off = int64(want) * 1024 / int64(h)
			}
			if sum := cost[from] + off*int64(to-from); cost[to] < 0 || sum < cost[to] {
				cost[to], prev[to] = sum, from
			}
		}
	}
	var ends []int
	for k := n; k > 0; k = prev[k] {
		ends = append([]int{k}, ends...)
	}
	return ends
}

// rowHeight returns the height at which pictures fill the measure side by side,
// but not more than the highest is by itself.
func rowHeight(f *frame, pics []picture, sizes []Size) Length {
	var sum, high Length
	for i := range pics {
		sum += 1024 * Length(pics[i].w) / Length(pics[i].h)
		high = max(high, sizes[i].H)
	}
	if len(pics) == 1 {
		return high
	}
	return max(min((f.measure-f.rowGap()*Length(len(pics)-1))*1024/max(sum, 1), high), 1)
}

// addFigure adds rows of pictures as one node.
func (c *composer) addFigure(f *frame, g *figure) {
	for i := range g.rows {
		r := &g.rows[i]
		for k := range r.pics {
			r.pics[k].slot = max(min(r.high*Length(r.pics[k].w)/Length(r.pics[k].h), g.measure), 1)
		}
	}
	g.floats = f.out == c.list
	n := node{
		before: f.pitch * 45 / 100, height: g.high() + g.between(), after: f.pitch*45/100 + (f.pitch - f.style.size),
		figure: g, stretch: true,
	}
	c.limit(&n)
	c.add(f, n)
}

// figureRow sets figures of one picture each side by side, each with its caption.
func (c *composer) figureRow(f *frame, row []*article.Figure) {
	g := &figure{x: f.x, measure: f.measure, gap: f.rowGap()}
	var pics []picture
	var sizes []Size
	els := make([]*Element, len(row))
	for i, b := range row {
		a, _ := c.asset(b.Images[0])
		els[i] = c.blockElement(f, Div)
		pics = append(pics, c.picture(b.Images[0], a, els[i], c.describe(b.Images[0], b.Caption)))
		sizes = append(sizes, c.natural(f, a, b.Images[0]))
	}
	g.rows = []pictureRow{{pics, rowHeight(f, pics, sizes)}}
	c.addFigure(f, g)
	n := f.out.last()
	for i, b := range row {
		if len(b.Caption) == 0 {
			continue
		}
		in := *f
		in.x, in.measure = 0, pics[i].slot
		in.out = &vlist{}
		list := c.captionIn(&in, b.Caption, els[i], pics[i].slot)
		under := list.stack()
		gap := f.style.size * 6 / 10
		pics[i].caption = moved(under.items, 0, gap)
		g.below = max(g.below, gap+under.height)
		n.notes = append(n.notes, under.notes...)
	}
	n.height += g.below
	c.limit(n)
}

// caption sets a caption at most 80 % of the measure wide.
func (c *composer) caption(f *frame, ins []article.Inline, el *Element) *vlist {
	return c.captionIn(f, ins, el, f.measure*8/10)
}

// captionIn sets a caption in a width that stands in the middle of the frame: one
// line is centred, several begin at the left.
func (c *composer) captionIn(f *frame, ins []article.Inline, el *Element, width Length) *vlist {
	in := *f
	in.out = &vlist{}
	if len(ins) == 0 {
		return in.out
	}
	in.grid = false
	in.style = c.captionStyle(f)
	in.pitch = in.style.size * 145 / 100
	in.measure = width
	in.x = f.x + (f.measure-width)/2
	in.ragged, in.align = true, article.AlignStart
	c.measure = width
	c.set(&in, in.paragraphOf(c.spans(ins, element(el, Caption), in.style)))
	if len(in.out.nodes) == 1 {
		if l := lineWidth(in.out.nodes[0].items, in.x); l < width {
			moved(in.out.nodes[0].items, (width-l)/2, 0)
		}
	}
	return in.out
}

func (c *composer) captionStyle(f *frame) textStyle {
	return textStyle{family: fonts.Sans, size: f.style.size * 85 / 100, lang: f.style.lang, color: 0x3C3C3C}
}

// lineWidth returns how far to the right of x the items of a line reach.
func lineWidth(items []Item, x Length) Length {
	var right Length
	for _, it := range items {
		switch it := it.(type) {
		case *GlyphRun:
			end := it.At.X
			for i := range it.Glyphs {
				end += it.Glyphs[i].Advance
			}
			right = max(right, end-x)
		case *Picture:
			right = max(right, it.Rect.At.X+it.Rect.Size.W-x)
		case *Box, *Link, *Anchor:
		default:
			panic(unknownItem(it))
		}
	}
	return right
}
