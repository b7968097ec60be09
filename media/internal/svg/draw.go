package svg

import (
	"image"
	"math"
	"strings"

	"github.com/leporello-press/leporello/internal/ink"
)

// Options are what drawing needs from others.
type Options struct {
	Letters Letters // nil: text is not drawn
	// Picture decodes a picture within the drawing; nil: none is drawn.
	Picture func(b []byte) (image.Image, error)
}

// Draw returns the drawing on nothing, w×h pixels. Equal drawings give equal
// pixels.
func (d *Document) Draw(w, h int, o Options) *image.RGBA {
	c := &canvas{doc: d, opts: o, img: image.NewRGBA(image.Rect(0, 0, w, h))}
	// The root is placed as any drawing within a drawing.
	root := identity
	if b, ok := viewBox(d.Root); ok {
		root = fitBox(b, rect{0, 0, float64(w), float64(h)}, d.Root.attr("preserveAspectRatio"))
		c.view = b
	}
	s := initial
	s.inherit(d.Root, c.view)
	c.children(d.Root, &s, root)
	return c.img
}

// canvas is what is drawn on.
type canvas struct {
	doc   *Document
	opts  Options
	img   *image.RGBA
	clip  *image.Alpha // nil: everything shows
	view  rect         // what percentages are of
	pen   ink.Pen
	depth int // of elements that are used by others
	drawn int // elements
	// layers is how many pictures of the whole size are being put together.
	layers   int
	pictures map[*Node]image.Image // that are within the drawing, nil: damaged
}

// Bounds of drawing.
const (
	maxUse    = 40 // elements that are used by one another
	maxLayers = 6
)

// style is what elements inherit.
type style struct {
	fill, stroke          string
	fillOpacity, strokeOp float64
	fillRule, clipRule    string
	width                 float64
	caps, joins           string
	limit                 float64
	dashes                string
	dashOffset            float64
	color                 string
	visible               bool
	start, mid, end       string // markers
	fontSize              float64
	family                string
	bold, italic          bool
	anchor                string
	spacing               float64 // between letters
	baseline              string
	nonScaling            bool
	strokeFirst           bool
}

var initial = style{
	fill: "black", stroke: "none", fillOpacity: 1, strokeOp: 1, width: 1, caps: "butt", joins: "miter", limit: 4,
	color: "black", visible: true, fontSize: 16,
}

// inherit takes over what an element says of itself.
func (s *style) inherit(n *Node, view rect) {
	diagonal := math.Sqrt((view.w*view.w + view.h*view.h) / 2)
	s.nonScaling = false
	for _, a := range n.Attrs {
		v := strings.TrimSpace(a.Value)
		if v == "inherit" || v == "" {
			continue
		}
		switch a.Name {
		case "color":
			if v != "currentColor" {
				s.color = v
			}
		case "fill":
			s.fill = v
		case "stroke":
			s.stroke = v
		case "fill-opacity":
			s.fillOpacity = fraction(v)
		case "stroke-opacity":
			s.strokeOp = fraction(v)
		case "fill-rule":
			s.fillRule = v
		case "clip-rule":
			s.clipRule = v
		case "stroke-width":
			if w, ok := length(v, s.fontSize, diagonal); ok && w >= 0 {
				s.width = w
			}
		case "stroke-linecap":
			s.caps = v
		case "stroke-linejoin":
			s.joins = v
		case "stroke-miterlimit":
			if w, _, ok := scan(v); ok && w >= 1 {
				s.limit = w
			}
		case "stroke-dasharray":
			s.dashes = v
		case "stroke-dashoffset":
			s.dashOffset, _ = length(v, s.fontSize, diagonal)
		case "visibility":
			s.visible = v == "visible"
		case "marker-start":
			s.start = v
		case "marker-mid":
			s.mid = v
		case "marker-end":
			s.end = v
		case "font-family":
			s.family = v
		case "font-size":
			s.fontSize = fontSize(v, s.fontSize)
		case "font-weight":
			w, _, ok := scan(v)
			s.bold = v == "bold" || v == "bolder" || ok && w >= 600
		case "font-style":
			s.italic = v == "italic" || strings.HasPrefix(v, "oblique")
		case "text-anchor":
			s.anchor = v
		case "letter-spacing":
			s.spacing, _ = length(v, s.fontSize, 0)
		case "dominant-baseline", "alignment-baseline":
			s.baseline = v
		case "vector-effect":
			s.nonScaling = v == "non-scaling-stroke"
		case "paint-order":
			s.strokeFirst = strings.HasPrefix(v, "stroke")
		}
	}
}

func fraction(s string) float64 {
	v, rest, ok := scan(s)
	if !ok {
		return 1
	}
	if strings.HasPrefix(rest, "%") {
		v /= 100
	}
	return min(max(v, 0), 1)
}

func fontSize(s string, parent float64) float64 {
	words := map[string]float64{"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32, "larger": parent * 1.2, "smaller": parent / 1.2}
	if v, ok := words[s]; ok {
		return v
	}
	if v, ok := length(s, parent, parent); ok && v >= 0 && v < 1e5 {
		return v
	}
	return parent
}

// fitBox takes a box of a drawing to where it is shown (SVG 1.1, 7.8).
func fitBox(b, to rect, aspect string) matrix {
	sx, sy := to.w/b.w, to.h/b.h
	words := strings.Fields(aspect)
	align, slice := "xMidYMid", false
	for _, w := range words {
		switch w {
		case "slice":
			slice = true
		case "meet", "defer":
		default:
			align = w
		}
	}
	m := matrix{sx, 0, 0, sy, 0, 0}
	if align != "none" {
		s := min(sx, sy)
		if slice {
			s = max(sx, sy)
		}
		m.a, m.d = s, s
		part := func(w string) float64 {
			switch {
			case strings.Contains(align, w+"Min"):
				return 0
			case strings.Contains(align, w+"Max"):
				return 1
			}
			return 0.5
		}
		m.e = (to.w - b.w*s) * part("x")
		m.f = (to.h - b.h*s) * part("Y")
	}
	m.e += to.x - b.x*m.a
	m.f += to.y - b.y*m.d
	return m
}

func (c *canvas) children(n *Node, s *style, m matrix) {
	for _, child := range n.Children {
		c.element(child, s, m)
	}
}

// element draws an element and what is in it.
func (c *canvas) element(n *Node, parent *style, m matrix) {
	if n.Name == "" || n.attr("display") == "none" {
		return
	}
	switch n.Name {
	case "defs", "symbol", "title", "desc", "linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern", "marker":
		return
	}
	if c.drawn++; c.drawn > maxNodes+2*maxExpanded || c.depth > maxUse {
		return
	}
	s := *parent
	s.inherit(n, c.view)
	if t := n.attr("transform"); t != "" {
		m = m.then(transform(t))
	}
	if !m.sound() {
		return
	}
	c.group(n, &s, m, func() { c.shape(n, &s, m) })
}

// group draws what draw draws with the opacity, the clip and the mask of n.
func (c *canvas) group(n *Node, s *style, m matrix, draw func()) {
	opacity := 1.0
	if v := n.attr("opacity"); v != "" {
		opacity = fraction(v)
	}
	if opacity == 0 {
		return
	}
	clip := c.clip
	defer func() { c.clip = clip }()
	if to := c.target(n.attr("clip-path")); to != nil && to.Name == "clipPath" {
		c.clip = both(clip, c.clipOf(to, n, s, m))
	}
	mask := c.target(n.attr("mask"))
	if mask != nil && mask.Name != "mask" {
		mask = nil
	}
	if opacity == 1 && mask == nil || c.layers >= maxLayers {
		draw()
		return
	}
	c.layers++
	below := c.img
	c.img = image.NewRGBA(below.Rect)
	draw()
	layer := c.img
	var through *image.Alpha
	if mask != nil {
		through = c.maskOf(mask, n, s, m)
	}
	c.img = below
	c.layers--
	compose(below, layer, uint32(math.Round(opacity*255)), through)
}

// compose lays a picture on another.
func compose(dst, src *image.RGBA, opacity uint32, mask *image.Alpha) {
	for i := 0; i < len(dst.Pix); i += 4 {
		if src.Pix[i+3] == 0 {
			continue
		}
		k := opacity
		if mask != nil {
			k = (k*uint32(mask.Pix[i/4]) + 127) / 255
		}
		blend(dst.Pix[i:i+4:i+4], [4]uint32{uint32(src.Pix[i]), uint32(src.Pix[i+1]), uint32(src.Pix[i+2]), uint32(src.Pix[i+3])}, k)
	}
}

// blend lays a colour, weighted with its alpha, on a pixel; k is how much of it, of
// 255.
func blend(q []byte, colour [4]uint32, k uint32) {
	rest := 255*255 - colour[3]*k
	for i := range 4 {
		q[i] = byte((colour[i]*k*255 + uint32(q[i])*rest + 255*255/2) / (255 * 255))
	}
}

// target returns what url(#id) names.
func (c *canvas) target(value string) *Node {
	if m := localURL.FindStringSubmatch(value); m != nil {
		return c.doc.ids[m[1]]
	}
	return nil
}

// len reads a length of an element; part is what percentages are of.
func (c *canvas) len(n *Node, name string, s *style, part float64) float64 {
	v, _ := length(n.attr(name), s.fontSize, part)
	return v
}

func (c *canvas) shape(n *Node, s *style, m matrix) {
	switch n.Name {
	case "g", "a":
		c.children(n, s, m)
	case "svg":
		c.nested(n, s, m, rect{0, 0, c.view.w, c.view.h})
	case "use":
		c.use(n, s, m)
	case "image":
		c.image(n, s, m)
	case "text":
		c.text(n, s, m)
	default:
		if p := c.path(n, s, m); p != nil {
			c.paint(n, p, s, m)
			if n.Name == "path" || n.Name == "line" || n.Name == "polyline" || n.Name == "polygon" {
				c.markers(p, s, m)
			}
		}
	}
}

// nested draws a drawing within the drawing, or a symbol; whole is its size where
// it does not say.
func (c *canvas) nested(n *Node, s *style, m matrix, whole rect) {
	to := rect{c.len(n, "x", s, c.view.w), c.len(n, "y", s, c.view.h), whole.w, whole.h}
	if v := n.attr("width"); v != "" && n.Name == "svg" {
		to.w = c.len(n, "width", s, c.view.w)
	}
	if v := n.attr("height"); v != "" && n.Name == "svg" {
		to.h = c.len(n, "height", s, c.view.h)
	}
	if !(to.w > 0 && to.h > 0) {
		return
	}
	view, clip := c.view, c.clip
	defer func() { c.view, c.clip = view, clip }()
	if n.attr("overflow") != "visible" {
		c.clip = both(clip, c.cover(boxPath(to), m, false))
	}
	c.view = rect{0, 0, to.w, to.h}
	if b, ok := viewBox(n); ok {
		m = m.then(fitBox(b, to, n.attr("preserveAspectRatio")))
		c.view = b
	} else {
		m = m.then(matrix{1, 0, 0, 1, to.x, to.y})
	}
	c.children(n, s, m)
}

func (c *canvas) use(n *Node, s *style, m matrix) {
	to := c.doc.ids[n.href()]
	if to == nil {
		return
	}
	c.depth++
	defer func() { c.depth-- }()
	m = m.then(matrix{1, 0, 0, 1, c.len(n, "x", s, c.view.w), c.len(n, "y", s, c.view.h)})
	if to.Name != "symbol" && to.Name != "svg" {
		c.element(to, s, m)
		return
	}
	whole := rect{0, 0, c.view.w, c.view.h}
	if b, ok := viewBox(to); ok && to.Name == "symbol" && n.attr("width") == "" && n.attr("height") == "" && to.attr("width") == "" {
		whole = b
	}
	for _, from := range []*Node{to, n} {
		if v := from.attr("width"); v != "" {
			whole.w = c.len(from, "width", s, c.view.w)
		}
		if v := from.attr("height"); v != "" {
			whole.h = c.len(from, "height", s, c.view.h)
		}
	}
	inner := *s
	inner.inherit(to, c.view)
	c.group(to, &inner, m, func() { c.nested(to, &inner, m, whole) })
}

func boxPath(r rect) *path {
	return &path{tolerance: 1, outlines: []outline{{points: []xy{{r.x, r.y}, {r.x + r.w, r.y}, {r.x + r.w, r.y + r.h}, {r.x, r.y + r.h}}, closed: true}}}
}

// path returns the outlines of a shape in its own coordinates; nil: it is none.
func (c *canvas) path(n *Node, s *style, m matrix) *path {
	p := &path{tolerance: 0.1 / max(m.scale(), 1e-6)}
	x := func(name string) float64 { return c.len(n, name, s, c.view.w) }
	y := func(name string) float64 { return c.len(n, name, s, c.view.h) }
	switch n.Name {
	case "path":
		p.data(n.attr("d"))
	case "rect":
		box := rect{x("x"), y("y"), x("width"), y("height")}
		if !(box.w > 0 && box.h > 0) {
			return nil
		}
		rx, rok := length(n.attr("rx"), s.fontSize, c.view.w)
		ry, yok := length(n.attr("ry"), s.fontSize, c.view.h)
		if !rok {
			rx = ry
		}
		if !yok {
			ry = rx
		}
		rx, ry = min(max(rx, 0), box.w/2), min(max(ry, 0), box.h/2)
		if rx == 0 || ry == 0 {
			return boxPath(box)
		}
		r, b := box.x+box.w, box.y+box.h
		p.moveTo(box.x+rx, box.y)
		p.lineTo(r-rx, box.y)
		p.arcTo(rx, ry, 0, false, true, xy{r, box.y + ry})
		p.lineTo(r, b-ry)
		p.arcTo(rx, ry, 0, false, true, xy{r - rx, b})
		p.lineTo(box.x+rx, b)
		p.arcTo(rx, ry, 0, false, true, xy{box.x, b - ry})
		p.lineTo(box.x, box.y+ry)
		p.arcTo(rx, ry, 0, false, true, xy{box.x + rx, box.y})
		p.close()
	case "circle":
		if r := c.len(n, "r", s, math.Sqrt((c.view.w*c.view.w+c.view.h*c.view.h)/2)); r > 0 {
			p.ellipse(x("cx"), y("cy"), r, r)
		}
	case "ellipse":
		if rx, ry := x("rx"), y("ry"); rx > 0 && ry > 0 {
			p.ellipse(x("cx"), y("cy"), rx, ry)
		}
	case "line":
		p.moveTo(x("x1"), y("y1"))
		p.lineTo(x("x2"), y("y2"))
	case "polyline", "polygon":
		v := numbers(n.attr("points"))
		for i := 0; i+1 < len(v); i += 2 {
			if i == 0 {
				p.moveTo(v[0], v[1])
			} else {
				p.lineTo(v[i], v[i+1])
			}
		}
		if n.Name == "polygon" && len(p.outlines) > 0 {
			p.close()
		}
	}
	if len(p.outlines) == 0 {
		return nil
	}
	return p
}

// paint fills a shape and draws its lines.
func (c *canvas) paint(n *Node, p *path, s *style, m matrix) {
	if !s.visible {
		return
	}
	fill := func() {
		if src := c.source(s.fill, s.fillOpacity, s, p, m); src != nil {
			c.pen.Reset()
			p.fill(&c.pen, m)
			c.lay(src, s.fillRule == "evenodd")
		}
	}
	if !s.strokeFirst {
		fill()
	}
	c.outline(p, s, m)
	if s.strokeFirst {
		fill()
	}
}

func (c *canvas) outline(p *path, s *style, m matrix) {
	src := c.source(s.stroke, s.strokeOp, s, p, m)
	if src == nil || s.width == 0 {
		return
	}
	st := stroke{width: s.width, caps: s.caps, joins: s.joins, limit: s.limit, offset: s.dashOffset, tolerance: p.tolerance}
	scale := m.scale()
	if s.nonScaling && scale > 0 {
		st.width /= scale
	}
	// A line that is hardly there is drawn thinner by drawing it fainter: half a pixel
	// is the least.
	if w := st.width * scale; w < 0.5 && w > 0 {
		st.width = 0.5 / scale
		src = &faint{src, uint32(math.Round(255 * w / 0.5))}
	}
	st.dashes = dashes(s.dashes, s.fontSize, c.view.w)
	c.pen.Reset()
	for _, o := range p.outlines {
		st.draw(o, &c.pen, m)
	}
	c.lay(src, false)
}

// dashes reads how long lines and gaps are; none: no gaps.
func dashes(v string, em, whole float64) []float64 {
	var out []float64
	total := 0.0
	for w := range strings.FieldsSeq(strings.ReplaceAll(v, ",", " ")) {
		d, ok := length(w, em, whole)
		if !ok || d < 0 || len(out) >= 100 {
			return nil
		}
		out, total = append(out, d), total+d
	}
	if !(total > 1e-6) {
		return nil
	}
	if len(out)%2 == 1 {
		out = append(out, out...)
	}
	return out
}

// lay draws what the pen covers.
func (c *canvas) lay(src source, evenOdd bool) {
	c.pen.Fill(c.img.Rect, evenOdd, func(x, y int, cover []byte) {
		for i, k := range cover {
			if k == 0 {
				continue
			}
			at := c.img.PixOffset(x+i, y)
			kk := uint32(k)
			if c.clip != nil {
				kk = (kk*uint32(c.clip.Pix[at/4]) + 127) / 255
				if kk == 0 {
					continue
				}
			}
			blend(c.img.Pix[at:at+4:at+4], src.at(x+i, y), kk)
		}
	})
}

// cover returns how much of each pixel a shape covers.
func (c *canvas) cover(p *path, m matrix, evenOdd bool) *image.Alpha {
	out := image.NewAlpha(c.img.Rect)
	c.pen.Reset()
	p.fill(&c.pen, m)
	c.pen.Fill(c.img.Rect, evenOdd, func(x, y int, cover []byte) { copy(out.Pix[out.PixOffset(x, y):], cover) })
	return out
}

// both is what shows through a and b; nil is everything. b is changed.
func both(a, b *image.Alpha) *image.Alpha {
	if a == nil {
		return b
	}
	for i, v := range b.Pix {
		b.Pix[i] = byte((uint32(v)*uint32(a.Pix[i]) + 127) / 255)
	}
	return b
}

// clipOf returns what a clip path lets through.
func (c *canvas) clipOf(clip, n *Node, s *style, m matrix) *image.Alpha {
	c.depth++
	defer func() { c.depth-- }()
	out := image.NewAlpha(c.img.Rect)
	if c.depth > maxUse {
		return out
	}
	m = c.units(clip, "clipPathUnits", "userSpaceOnUse", n, s, m)
	m = m.then(transform(clip.attr("transform")))
	var add func(n *Node, s style, m matrix)
	add = func(n *Node, s style, m matrix) {
		if c.drawn++; n.Name == "" || n.attr("display") == "none" || c.drawn > maxNodes+2*maxExpanded {
			return
		}
		s.inherit(n, c.view)
		m = m.then(transform(n.attr("transform")))
		if n.Name == "use" {
			if to := c.doc.ids[n.href()]; to != nil && to.Name != "use" {
				add(to, s, m.then(matrix{1, 0, 0, 1, c.len(n, "x", &s, c.view.w), c.len(n, "y", &s, c.view.h)}))
			}
			return
		}
		var part *image.Alpha
		if n.Name == "text" {
			part = c.textCover(n, &s, m)
		} else if p := c.path(n, &s, m); p != nil {
			part = c.cover(p, m, s.clipRule == "evenodd")
		}
		if part == nil {
			return
		}
		if to := c.target(n.attr("clip-path")); to != nil && to.Name == "clipPath" {
			part = both(c.clipOf(to, n, &s, m), part)
		}
		for i, v := range part.Pix {
			out.Pix[i] = max(out.Pix[i], v)
		}
	}
	base := initial
	base.fontSize = s.fontSize
	for _, child := range clip.Children {
		add(child, base, m)
	}
	if to := c.target(clip.attr("clip-path")); to != nil && to.Name == "clipPath" {
		out = both(c.clipOf(to, n, s, m), out)
	}
	return out
}

// textCover returns what the letters of a text cover.
func (c *canvas) textCover(n *Node, s *style, m matrix) *image.Alpha {
	img, clip := c.img, c.clip
	c.img, c.clip = image.NewRGBA(img.Rect), nil
	s.fill, s.stroke, s.fillOpacity = "black", "none", 1
	c.text(n, s, m)
	out := image.NewAlpha(img.Rect)
	for i := range out.Pix {
		out.Pix[i] = c.img.Pix[4*i+3]
	}
	c.img, c.clip = img, clip
	return out
}

// units returns m so that 0 to 1 is the box of n, where an element says so.
func (c *canvas) units(by *Node, attr, other string, n *Node, s *style, m matrix) matrix {
	u := by.attr(attr)
	if u == "" {
		u = other
	}
	if u != "objectBoundingBox" {
		return m
	}
	b, ok := c.box(n, s, m)
	if !ok {
		return matrix{}
	}
	return m.then(matrix{b.w, 0, 0, b.h, b.x, b.y})
}

// box is the smallest rectangle around a shape or what is in a group.
func (c *canvas) box(n *Node, s *style, m matrix) (rect, bool) {
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxUse {
		return rect{}, false
	}
	if p := c.path(n, s, m); p != nil {
		return p.box()
	}
	if n.Name == "image" || n.Name == "svg" {
		return rect{c.len(n, "x", s, c.view.w), c.len(n, "y", s, c.view.h), c.len(n, "width", s, c.view.w), c.len(n, "height", s, c.view.h)}, true
	}
	var all path
	add := func(child *Node, m matrix) {
		if b, ok := c.box(child, s, m); ok {
			for _, q := range boxPath(b).outlines[0].points {
				x, y := m.apply(q.x, q.y)
				all.outlines = append(all.outlines, outline{points: []xy{{x, y}}})
			}
		}
	}
	if n.Name == "use" {
		if to := c.doc.ids[n.href()]; to != nil {
			add(to, matrix{1, 0, 0, 1, c.len(n, "x", s, c.view.w), c.len(n, "y", s, c.view.h)}.then(transform(to.attr("transform"))))
		}
	} else {
		for _, child := range n.Children {
			add(child, transform(child.attr("transform")))
		}
	}
	return all.box()
}

// maskOf returns what a mask lets through: its light, or its alpha.
func (c *canvas) maskOf(mask, n *Node, s *style, m matrix) *image.Alpha {
	c.depth++
	defer func() { c.depth-- }()
	out := image.NewAlpha(c.img.Rect)
	if c.depth > maxUse {
		return out
	}
	img, clip := c.img, c.clip
	c.img, c.clip = image.NewRGBA(img.Rect), nil
	base := initial
	base.inherit(mask, c.view)
	c.children(mask, &base, c.units(mask, "maskContentUnits", "userSpaceOnUse", n, s, m))
	alpha := mask.attr("mask-type") == "alpha"
	for i := range out.Pix {
		q := c.img.Pix[4*i : 4*i+4]
		if alpha {
			out.Pix[i] = q[3]
		} else {
			// Light in linear RGB is what SVG asks for; what editors write looks right without.
			out.Pix[i] = byte((uint32(q[0])*2126 + uint32(q[1])*7152 + uint32(q[2])*722 + 5000) / 10000)
		}
	}
	c.img, c.clip = img, clip
	return out
}

// markers draws what stands at the points of a path.
func (c *canvas) markers(p *path, s *style, m matrix) {
	start, mid, end := c.target(s.start), c.target(s.mid), c.target(s.end)
	if start == nil && mid == nil && end == nil || !s.visible {
		return
	}
	var pts []xy
	for _, o := range p.outlines {
		pts = append(pts, o.points...)
		if o.closed {
			pts = append(pts, o.points[0])
		}
	}
	pts = distinct(pts)
	if len(pts) < 2 {
		return
	}
	n := len(pts)
	if start != nil {
		d := unit(pts[0], pts[1])
		c.marker(start, pts[0], d, true, s, m)
	}
	corners := p.corners
	if corners == nil {
		corners = pts
	}
	for i := 1; mid != nil && i+1 < len(corners); i++ {
		if corners[i-1] != corners[i] {
			c.marker(mid, corners[i], unit(corners[i-1], corners[i]), false, s, m)
		}
	}
	if end != nil {
		c.marker(end, pts[n-1], unit(pts[n-2], pts[n-1]), false, s, m)
	}
}

func (c *canvas) marker(n *Node, at, d xy, start bool, s *style, m matrix) {
	if n.Name != "marker" || c.depth > maxUse {
		return
	}
	c.depth++
	defer func() { c.depth-- }()
	if c.drawn++; c.drawn > maxNodes+2*maxExpanded {
		return
	}
	m = m.then(matrix{1, 0, 0, 1, at.x, at.y})
	switch orient := n.attr("orient"); {
	case orient == "auto-start-reverse" && start:
		m = m.then(matrix{-d.x, -d.y, d.y, -d.x, 0, 0})
	case strings.HasPrefix(orient, "auto"):
		m = m.then(matrix{d.x, d.y, -d.y, d.x, 0, 0})
	default:
		if v, _, ok := scan(orient); ok {
			m = m.then(transform("rotate(" + number(v) + ")"))
		}
	}
	if n.attr("markerUnits") != "userSpaceOnUse" {
		m = m.then(matrix{s.width, 0, 0, s.width, 0, 0})
	}
	w, wok := length(n.attr("markerWidth"), s.fontSize, c.view.w)
	h, hok := length(n.attr("markerHeight"), s.fontSize, c.view.h)
	if !wok {
		w = 3
	}
	if !hok {
		h = 3
	}
	if !(w > 0 && h > 0) {
		return
	}
	view, clip := c.view, c.clip
	defer func() { c.view, c.clip = view, clip }()
	fit := identity
	if b, ok := viewBox(n); ok {
		fit = fitBox(b, rect{0, 0, w, h}, n.attr("preserveAspectRatio"))
		c.view = b
	}
	rx, _ := length(n.attr("refX"), s.fontSize, c.view.w)
	ry, _ := length(n.attr("refY"), s.fontSize, c.view.h)
	x, y := fit.apply(rx, ry)
	m = m.then(matrix{1, 0, 0, 1, -x, -y})
	if n.attr("overflow") != "visible" {
		c.clip = both(clip, c.cover(boxPath(rect{0, 0, w, h}), m, false))
	}
	inner := initial
	inner.inherit(n, c.view)
	c.children(n, &inner, m.then(fit))
}
