package svg

import (
	"image"
	"image/color"
	"math"
	"slices"
	"strings"

	"golang.org/x/image/colornames"
)

// source is what shapes are painted with: a colour for each pixel, weighted with
// its alpha.
type source interface{ at(x, y int) [4]uint32 }

type uniform [4]uint32

func (u uniform) at(int, int) [4]uint32 { return u }

// faint is a source of which only k of 255 shows.
type faint struct {
	source
	k uint32
}

func (f *faint) at(x, y int) [4]uint32 {
	q := f.source.at(x, y)
	for i := range q {
		q[i] = (q[i]*f.k + 127) / 255
	}
	return q
}

// flat is a colour with some of its alpha.
func flat(c color.NRGBA, opacity float64) uniform {
	a := uint32(math.Round(float64(c.A) * opacity))
	return uniform{(uint32(c.R)*a + 127) / 255, (uint32(c.G)*a + 127) / 255, (uint32(c.B)*a + 127) / 255, a}
}

// source returns what a fill or stroke property means; nil: nothing.
func (c *canvas) source(v string, opacity float64, s *style, p *path, m matrix) source {
	if m := localURL.FindStringSubmatch(v); m != nil {
		if n := c.doc.ids[m[1]]; n == nil {
			v = m[2]
		}
	}
	n := c.target(v)
	if n == nil {
		if v == "context-fill" || v == "context-stroke" {
			v = "currentColor"
		}
		col, ok := paintColor(v, s.color)
		if !ok || opacity == 0 {
			return nil
		}
		return flat(col, opacity)
	}
	var src source
	switch n.Name {
	case "linearGradient", "radialGradient":
		src = c.gradient(n, s, p, m)
	case "pattern":
		src = c.pattern(n, s, p, m)
	}
	if src == nil || opacity == 1 {
		return src
	}
	return &faint{src, uint32(math.Round(opacity * 255))}
}

// paintColor reads a colour; false: none is painted.
func paintColor(v, current string) (color.NRGBA, bool) {
	v = strings.ToLower(strings.TrimSpace(v))
	if v == "currentcolor" {
		v = strings.ToLower(strings.TrimSpace(current))
	}
	if v == "none" || v == "transparent" {
		return color.NRGBA{}, false
	}
	if hex, ok := strings.CutPrefix(v, "#"); ok {
		return hexColor(hex)
	}
	if name, args, ok := strings.Cut(v, "("); ok {
		return functionColor(name, strings.TrimSuffix(args, ")"))
	}
	if named, ok := colornames.Map[v]; ok {
		return color.NRGBA{named.R, named.G, named.B, 255}, true
	}
	if v == "rebeccapurple" {
		return color.NRGBA{0x66, 0x33, 0x99, 255}, true
	}
	return color.NRGBA{A: 255}, true // what is not known is black, which is to be seen
}

func hexColor(s string) (color.NRGBA, bool) {
	var d [8]uint8
	for i := range s {
		k := strings.IndexByte("0123456789abcdef", s[i])
		if k < 0 || i >= 8 {
			return color.NRGBA{A: 255}, true
		}
		d[i] = uint8(k)
	}
	switch len(s) {
	case 3:
		return color.NRGBA{d[0] * 17, d[1] * 17, d[2] * 17, 255}, true
	case 4:
		return color.NRGBA{d[0] * 17, d[1] * 17, d[2] * 17, d[3] * 17}, true
	case 6:
		return color.NRGBA{d[0]<<4 | d[1], d[2]<<4 | d[3], d[4]<<4 | d[5], 255}, true
	case 8:
		return color.NRGBA{d[0]<<4 | d[1], d[2]<<4 | d[3], d[4]<<4 | d[5], d[6]<<4 | d[7]}, true
	}
	return color.NRGBA{A: 255}, true
}

// functionColor reads rgb(), rgba(), hsl() and hsla(), with commas or spaces.
func functionColor(name, args string) (color.NRGBA, bool) {
	var v [4]float64
	v[3] = 1
	fields := strings.FieldsFunc(args, func(r rune) bool { return r == ',' || r == '/' || r == ' ' })
	if len(fields) < 3 || len(fields) > 4 {
		return color.NRGBA{A: 255}, true
	}
	for i, f := range fields {
		n, rest, ok := scan(f)
		if !ok {
			return color.NRGBA{A: 255}, true
		}
		percent := strings.HasPrefix(rest, "%")
		switch {
		case i == 3 && percent:
			n /= 100
		case strings.HasPrefix(name, "rgb") && percent && i < 3:
			n *= 2.55
		}
		v[i] = n
	}
	byteOf := func(v float64) uint8 { return uint8(math.Round(min(max(v, 0), 255))) }
	a := byteOf(v[3] * 255)
	if strings.HasPrefix(name, "hsl") {
		h, s, l := math.Mod(math.Mod(v[0], 360)+360, 360)/30, min(max(v[1]/100, 0), 1), min(max(v[2]/100, 0), 1)
		// CSS Color 4, 7.1.
		f := func(n float64) uint8 {
			k := math.Mod(n+h, 12)
			return byteOf(255 * (l - float64(s*min(l, 1-l)*max(-1, min(k-3, 9-k, 1)))))
		}
		return color.NRGBA{f(0), f(8), f(4), a}, true
	}
	return color.NRGBA{byteOf(v[0]), byteOf(v[1]), byteOf(v[2]), a}, true
}

// gradient colours pixels by where they lie between two points or circles.
type gradient struct {
	toUnit                 matrix // pixels to the gradient's own coordinates
	radial                 bool
	x1, y1, dx, dy, length float64 // linear: length is the square of that of (dx, dy)
	cx, cy, r, fx, fy      float64
	spread                 string
	table                  [256][4]uint32
}

// inherited looks an attribute up in an element and those it refers to.
func (c *canvas) inherited(n *Node, name string) string {
	for range maxUse {
		if v := n.attr(name); v != "" {
			return v
		}
		if n = c.doc.ids[n.href()]; n == nil {
			break
		}
	}
	return ""
}

func (c *canvas) gradient(n *Node, s *style, p *path, m matrix) source {
	g := &gradient{radial: n.Name == "radialGradient", spread: c.inherited(n, "spreadMethod")}
	stops := c.stops(n)
	switch len(stops) {
	case 0:
		return nil
	case 1:
		return stops[0].flat()
	}
	box, whole := rect{0, 0, c.view.w, c.view.h}, c.inherited(n, "gradientUnits") == "userSpaceOnUse"
	if !whole {
		var ok bool
		if box, ok = p.box(); !ok || box.w == 0 || box.h == 0 {
			return stops[len(stops)-1].flat()
		}
		m = m.then(matrix{box.w, 0, 0, box.h, box.x, box.y})
		box = rect{0, 0, 1, 1}
	}
	if t := c.inherited(n, "gradientTransform"); t != "" {
		m = m.then(transform(t))
	}
	var ok bool
	if g.toUnit, ok = m.invert(); !ok {
		return stops[len(stops)-1].flat()
	}
	at := func(name, other string, part float64) float64 {
		v := c.inherited(n, name)
		if v == "" {
			v = other
		}
		l, _ := length(v, s.fontSize, part)
		return l
	}
	if g.radial {
		g.cx, g.cy = at("cx", "50%", box.w), at("cy", "50%", box.h)
		g.r = at("r", "50%", math.Sqrt((box.w*box.w+box.h*box.h)/2))
		g.fx, g.fy = g.cx, g.cy
		if c.inherited(n, "fx") != "" {
			g.fx = at("fx", "", box.w)
		}
		if c.inherited(n, "fy") != "" {
			g.fy = at("fy", "", box.h)
		}
		if g.r <= 0 {
			return stops[len(stops)-1].flat()
		}
		// A focus outside the circle is moved onto it.
		if d := math.Hypot(g.fx-g.cx, g.fy-g.cy); d > g.r*0.99 {
			k := g.r * 0.99 / d
			g.fx, g.fy = g.cx+float64((g.fx-g.cx)*k), g.cy+float64((g.fy-g.cy)*k)
		}
	} else {
		g.x1, g.y1 = at("x1", "0%", box.w), at("y1", "0%", box.h)
		g.dx, g.dy = at("x2", "100%", box.w)-g.x1, at("y2", "0%", box.h)-g.y1
		if g.length = float64(g.dx*g.dx) + float64(g.dy*g.dy); g.length == 0 {
			return stops[len(stops)-1].flat()
		}
	}
	k := 0
	for i := range g.table {
		t := float64(i) / 255
		for k+1 < len(stops) && stops[k+1].offset <= t {
			k++
		}
		a := stops[k]
		if k+1 == len(stops) || t <= a.offset {
			g.table[i] = a.flat()
			continue
		}
		b := stops[k+1]
		f := (t - a.offset) / (b.offset - a.offset)
		mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + float64(f*(float64(b)-float64(a))))) }
		g.table[i] = flat(color.NRGBA{mix(a.color.R, b.color.R), mix(a.color.G, b.color.G), mix(a.color.B, b.color.B), mix(a.color.A, b.color.A)}, 1)
	}
	return g
}

type stop struct {
	offset float64
	color  color.NRGBA
}

func (s stop) flat() uniform { return flat(s.color, 1) }

// stops returns the colours of a gradient, or of the one that it refers to.
func (c *canvas) stops(n *Node) (out []stop) {
	for range maxUse {
		for _, child := range n.Children {
			if child.Name != "stop" {
				continue
			}
			col := child.attr("stop-color")
			if col == "" {
				col = "black"
			}
			current := child.attr("color")
			opacity := 1.0
			if v := child.attr("stop-opacity"); v != "" {
				opacity = fraction(v)
			}
			v, _ := paintColor(col, current)
			v.A = uint8(math.Round(float64(v.A) * opacity))
			at := 0.0
			if v := child.attr("offset"); v != "" {
				at = fraction(v)
			}
			if len(out) > 0 {
				at = max(at, out[len(out)-1].offset)
			}
			out = append(out, stop{at, v})
		}
		if n = c.doc.ids[n.href()]; len(out) > 0 || n == nil {
			break
		}
	}
	return out
}

func (g *gradient) at(px, py int) [4]uint32 {
	x, y := g.toUnit.apply(float64(px)+0.5, float64(py)+0.5)
	var t float64
	if g.radial {
		// From the focus through the point to the circle: how much of the way it is.
		dx, dy := x-g.fx, y-g.fy
		ex, ey := g.fx-g.cx, g.fy-g.cy
		a := float64(dx*dx) + float64(dy*dy)
		b := float64(dx*ex) + float64(dy*ey)
		cc := float64(ex*ex) + float64(ey*ey) - float64(g.r*g.r)
		if a > 0 {
			t = a / (math.Sqrt(max(0, float64(b*b)-float64(a*cc))) - b)
		}
	} else {
		t = (float64((x-g.x1)*g.dx) + float64((y-g.y1)*g.dy)) / g.length
	}
	switch g.spread {
	case "repeat":
		t -= math.Floor(t)
	case "reflect":
		t = math.Abs(t - 2*math.Round(t/2))
	}
	return g.table[int(math.Round(min(max(t, 0), 1)*255))]
}

// tile is a pattern: a small picture again and again.
type tile struct {
	toTile matrix // pixels to tiles
	img    *image.RGBA
}

// maxTile bounds the side of a tile, in pixels.
const maxTile = 2048

func (c *canvas) pattern(n *Node, s *style, p *path, m matrix) source {
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxUse || c.layers >= maxLayers {
		return nil
	}
	box, ok := p.box()
	if !ok {
		return nil
	}
	at := func(name string, part float64) float64 {
		l, _ := length(c.inherited(n, name), s.fontSize, part)
		return l
	}
	m = m.then(transform(c.inherited(n, "patternTransform")))
	var where rect
	if c.inherited(n, "patternUnits") == "userSpaceOnUse" {
		where = rect{at("x", c.view.w), at("y", c.view.h), at("width", c.view.w), at("height", c.view.h)}
	} else {
		where = rect{box.x + at("x", 1)*box.w, box.y + at("y", 1)*box.h, at("width", 1) * box.w, at("height", 1) * box.h}
	}
	if !(where.w > 0 && where.h > 0) {
		return nil
	}
	sx, sy := math.Hypot(m.a, m.b), math.Hypot(m.c, m.d)
	w, h := math.Ceil(where.w*sx), math.Ceil(where.h*sy)
	if !(w >= 1 && h >= 1) {
		return nil
	}
	// A tile that is larger than the picture shows once, or less.
	w, h = min(w, maxTile), min(h, maxTile)
	t := &tile{img: image.NewRGBA(image.Rect(0, 0, int(w), int(h)))}
	if t.toTile, ok = m.then(matrix{where.w / w, 0, 0, where.h / h, where.x, where.y}).invert(); !ok {
		return nil
	}
	content := n
	for range maxUse {
		if slices.ContainsFunc(content.Children, func(n *Node) bool { return n.Name != "" }) {
			break
		}
		to := c.doc.ids[content.href()]
		if to == nil {
			break
		}
		content = to
	}
	inner := matrix{w / where.w, 0, 0, h / where.h, 0, 0}
	if b, ok := viewBox(content); ok {
		inner = fitBox(b, rect{0, 0, w, h}, c.inherited(n, "preserveAspectRatio"))
	} else if c.inherited(n, "patternContentUnits") == "objectBoundingBox" {
		inner = inner.then(matrix{box.w, 0, 0, box.h, 0, 0})
	} else {
		inner = inner.then(matrix{1, 0, 0, 1, -where.x, -where.y})
	}
	img, clip := c.img, c.clip
	c.img, c.clip = t.img, nil
	c.layers++
	base := initial
	base.inherit(content, c.view)
	c.children(content, &base, inner)
	c.img, c.clip = img, clip
	c.layers--
	return t
}

func (t *tile) at(px, py int) [4]uint32 {
	x, y := t.toTile.apply(float64(px)+0.5, float64(py)+0.5)
	w, h := t.img.Rect.Dx(), t.img.Rect.Dy()
	i, j := int(math.Floor(x))%w, int(math.Floor(y))%h
	if i < 0 {
		i += w
	}
	if j < 0 {
		j += h
	}
	q := t.img.Pix[t.img.PixOffset(i, j):]
	return [4]uint32{uint32(q[0]), uint32(q[1]), uint32(q[2]), uint32(q[3])}
}

// image draws a picture within the drawing.
func (c *canvas) image(n *Node, s *style, m matrix) {
	if c.opts.Picture == nil || !s.visible {
		return
	}
	src := c.decoded(n)
	if src == nil {
		return
	}
	b := src.Bounds()
	own := rect{0, 0, float64(b.Dx()), float64(b.Dy())}
	to := rect{c.len(n, "x", s, c.view.w), c.len(n, "y", s, c.view.h), own.w, own.h}
	w, wok := length(n.attr("width"), s.fontSize, c.view.w)
	h, hok := length(n.attr("height"), s.fontSize, c.view.h)
	switch {
	case wok && hok:
		to.w, to.h = w, h
	case wok:
		to.w, to.h = w, w*own.h/own.w
	case hok:
		to.w, to.h = h*own.w/own.h, h
	}
	if !(to.w > 0 && to.h > 0) {
		return
	}
	fit := m.then(fitBox(own, to, n.attr("preserveAspectRatio")))
	back, ok := fit.invert()
	if !ok {
		return
	}
	clip := c.clip
	defer func() { c.clip = clip }()
	if strings.Contains(n.attr("preserveAspectRatio"), "slice") {
		c.clip = both(clip, c.cover(boxPath(to), m, false))
	}
	c.pen.Reset()
	boxPath(own).fill(&c.pen, fit)
	c.lay(&sampled{src, back}, false)
}

// decoded returns the pixels of a picture, nil where it has none.
func (c *canvas) decoded(n *Node) image.Image {
	if m, ok := c.pictures[n]; ok {
		return m
	}
	m, err := c.opts.Picture(dataPicture(n.attr("href")))
	if err != nil {
		m = nil
	}
	if c.pictures == nil {
		c.pictures = map[*Node]image.Image{}
	}
	c.pictures[n] = m
	return m
}

// sampled takes the colours of a picture, the nearest pixel of it for each.
type sampled struct {
	image.Image
	back matrix
}

func (p *sampled) at(px, py int) [4]uint32 {
	x, y := p.back.apply(float64(px)+0.5, float64(py)+0.5)
	b := p.Bounds()
	i, j := min(max(int(math.Floor(x)), 0), b.Dx()-1), min(max(int(math.Floor(y)), 0), b.Dy()-1)
	r, g, bl, a := p.At(b.Min.X+i, b.Min.Y+j).RGBA()
	return [4]uint32{r >> 8, g >> 8, bl >> 8, a >> 8}
}
