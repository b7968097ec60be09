package tree

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source/dom"
)

// escapeXML writes s as character data of XML, also within quotes.
func escapeXML(b *strings.Builder, s string) {
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&#34;")
		case r == '\n', r == '\t':
			b.WriteByte(' ')
		case invisible(r):
		default:
			b.WriteRune(r)
		}
	}
}

func words(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

var (
	svgElements = words(`svg g defs symbol use switch path rect circle ellipse line polyline polygon text tspan textPath
		linearGradient radialGradient stop pattern clipPath mask marker image title desc`)
	svgShapes = words("path rect circle ellipse line polyline polygon text image use")
	// Everything that draws, and nothing that runs, loads or animates.
	svgAttrs = words(`id class x y x1 y1 x2 y2 dx dy cx cy r rx ry fx fy d points width height viewBox preserveAspectRatio transform
		gradientTransform gradientUnits patternTransform patternUnits patternContentUnits clipPathUnits maskUnits maskContentUnits
		markerWidth markerHeight markerUnits refX refY orient offset rotate textLength lengthAdjust startOffset spreadMethod version
		fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-dasharray
		stroke-dashoffset stroke-miterlimit opacity color stop-color stop-opacity clip-path clip-rule mask marker-start marker-mid
		marker-end font-family font-size font-style font-weight font-variant text-anchor text-decoration letter-spacing word-spacing
		dominant-baseline alignment-baseline baseline-shift writing-mode direction visibility display overflow paint-order
		vector-effect shape-rendering text-rendering`)
)

// drawing makes the source of a drawing of its own from an svg element: what is
// not on the lists above is left out.
type drawing struct {
	b      strings.Builder
	text   strings.Builder // words that are drawn
	others strings.Builder // words that are not
	title  string
	shows  bool // there is something to see
	ids    map[string]bool
}

func (d *drawing) source(n *html.Node) string {
	d.ids = map[string]bool{}
	d.name(n)
	d.element(n, true, plain)
	return d.b.String()
}

// place is what the text at some place of a drawing is.
type place uint8

const (
	plain  place = iota // not drawn
	drawn               // within text
	titled              // shown by no page
)

func (d *drawing) element(n *html.Node, root bool, place place) {
	if n.Namespace != "svg" || !svgElements[n.Data] {
		if n.Namespace == "" && unseen[n.DataAtom] || n.Namespace == "svg" && (n.Data == "script" || n.Data == "style" || n.Data == "metadata") {
			return
		}
		d.children(n, place)
		return
	}
	switch n.Data {
	case "title", "desc":
		place = titled
	case "text":
		place = drawn
	}
	reference, usable := d.reference(n)
	if (n.Data == "use" || n.Data == "image") && !usable {
		d.children(n, place)
		return
	}
	if svgShapes[n.Data] {
		d.shows = true
	}
	d.b.WriteByte('<')
	d.b.WriteString(n.Data)
	if root {
		d.b.WriteString(` xmlns="http://www.w3.org/2000/svg"`)
	}
	for _, a := range n.Attr {
		if a.Namespace != "" || !svgAttrs[a.Key] || strings.Contains(strings.ToLower(a.Val), "url(") && !localURL(a.Val) {
			continue
		}
		d.attr(a.Key, a.Val)
	}
	if reference != "" {
		d.attr("href", reference)
	}
	d.b.WriteByte('>')
	d.children(n, place)
	d.b.WriteString("</")
	d.b.WriteString(n.Data)
	d.b.WriteByte('>')
}

func (d *drawing) attr(name, value string) {
	d.b.WriteByte(' ')
	d.b.WriteString(name)
	d.b.WriteString(`="`)
	escapeXML(&d.b, value)
	d.b.WriteByte('"')
}

func (d *drawing) children(n *html.Node, place place) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			switch place {
			case plain:
				d.others.WriteString(c.Data)
				continue
			case drawn:
				d.text.WriteString(c.Data)
			case titled:
				if n.Data == "title" && d.title == "" {
					d.title = c.Data
				}
			}
			escapeXML(&d.b, c.Data)
		case html.ElementNode:
			d.element(c, false, place)
		}
	}
}

// reference returns what a use or image refers to: a part of the drawing, or a
// picture that is in the address itself. Others are not loaded.
func (d *drawing) reference(n *html.Node) (ref string, usable bool) {
	for _, a := range n.Attr {
		if a.Key != "href" || a.Namespace != "" && a.Namespace != "xlink" {
			continue
		}
		v := clean(a.Val)
		switch n.Data {
		case "use":
			if strings.HasPrefix(v, "#") && d.ids[v[1:]] {
				return v, true
			}
		case "image":
			if strings.HasPrefix(v, "data:image/png") || strings.HasPrefix(v, "data:image/jpeg") {
				return v, true
			}
		}
	}
	return "", false
}

// name notes the ids of the parts of a drawing.
func (d *drawing) name(n *html.Node) {
	if n.Type == html.ElementNode {
		if id := dom.Attr(n, "id"); id != "" {
			d.ids[id] = true
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		d.name(c)
	}
}

func localURL(v string) bool {
	v = strings.ToLower(v)
	return strings.Count(v, "url(") == strings.Count(strings.NewReplacer(`"`, "", `'`, "", " ", "").Replace(v), "url(#")
}

// mathElements are those of MathML Core and the older ones that pages have.
var (
	mathElements = words(`math mi mn mo ms mtext mspace mrow mfrac msqrt mroot mstyle merror mpadded mphantom mfenced menclose msub msup
		msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mlabeledtr mtd maligngroup malignmark maction`)
	mathAttrs = words(`display displaystyle scriptlevel mathvariant mathsize mathcolor mathbackground dir form fence separator lspace rspace stretchy
		symmetric maxsize minsize largeop movablelimits accent accentunder linethickness bevelled open close separators notation width height
		depth voffset columnalign rowalign columnspan rowspan columnspacing rowspacing columnlines rowlines frame align side numalign denomalign
		subscriptshift superscriptshift alttext`)
)

// formula is a math element as XML and as text.
type formula struct {
	source strings.Builder
	text   []byte
}

// math adds a math element.
func (f *flow) math(n *html.Node, c context) {
	if n.Data != "math" {
		f.children(n, c)
		return
	}
	var m formula
	m.element(n, true)
	t := foldLine(string(m.text))
	f.open(c)
	f.para.addObject(&article.Math{Format: article.MathML, Source: m.source.String(), Text: t,
		Display: strings.EqualFold(dom.Attr(n, "display"), "block")}, f.w.place(n), object, object)
}

func (m *formula) element(n *html.Node, root bool) {
	if n.Namespace != "math" || !mathElements[n.Data] {
		// Annotations say the same again in another notation, and semantics are no more
		// than what holds them.
		switch {
		case n.Namespace == "" && unseen[n.DataAtom]:
		case n.Namespace == "math" && (n.Data == "annotation" || n.Data == "annotation-xml" || n.Data == "script" || n.Data == "style"):
		default:
			m.children(n, "")
		}
		return
	}
	m.source.WriteByte('<')
	m.source.WriteString(n.Data)
	if root {
		m.source.WriteString(` xmlns="http://www.w3.org/1998/Math/MathML"`)
	}
	for _, a := range n.Attr {
		if a.Namespace == "" && mathAttrs[a.Key] {
			m.source.WriteByte(' ')
			m.source.WriteString(a.Key)
			m.source.WriteString(`="`)
			escapeXML(&m.source, a.Val)
			m.source.WriteByte('"')
		}
	}
	m.source.WriteByte('>')
	m.children(n, n.Data)
	m.source.WriteString("</")
	m.source.WriteString(n.Data)
	m.source.WriteByte('>')
}

// between is what stands before each part of an element but the first in plain
// text, and opening what stands before the first.
var (
	between = map[string][]string{"mfrac": {"/"}, "msub": {"_"}, "msup": {"^"}, "mroot": {"√"}, "munder": {"_"}, "mover": {"^"},
		"msubsup": {"_", "^"}, "munderover": {"_", "^"}, "mtr": {" "}, "mtable": {"; "}}
	opening = map[string]string{"msqrt": "√"}
)

// children writes what is in n. The text is a line that a person can read: a
// part of several characters of a fraction or an exponent gets brackets.
func (m *formula) children(n *html.Node, name string) {
	m.text = append(m.text, opening[name]...)
	seps := between[name]
	begin := len(m.text)
	i := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			escapeXML(&m.source, c.Data)
			m.text = append(m.text, strings.TrimSpace(c.Data)...)
		case html.ElementNode:
			if i > 0 && len(seps) > 0 {
				m.text = append(m.text, seps[min(i, len(seps))-1]...)
			}
			i++
			start := len(m.text)
			m.element(c, false)
			brackets := len(seps) > 0 && name != "mtr" && name != "mtable"
			if part := m.text[start:]; brackets && c.FirstChild != c.LastChild && utf8.RuneCount(part) > 1 {
				m.text = append(m.text, ")"...)
				m.text = slices.Insert(m.text, start, '(')
			}
		}
	}
	if opening[name] != "" && utf8.RuneCount(m.text[begin:]) > 1 {
		m.text = append(slices.Insert(m.text, begin, '('), ')')
	}
}

// findMath returns the first math element below n.
func findMath(n *html.Node) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.Namespace == "math" && c.Data == "math" {
			return c
		}
		if m := findMath(c); m != nil {
			return m
		}
	}
	return nil
}

// script adds a formula that a script element keeps for MathJax.
func (f *flow) script(n *html.Node, c context) {
	kind, params, _ := strings.Cut(strings.ToLower(dom.Attr(n, "type")), ";")
	if strings.TrimSpace(kind) != "math/tex" || n.FirstChild == nil {
		return
	}
	source := strings.TrimSpace(n.FirstChild.Data)
	if source == "" {
		return
	}
	t := foldLine(source)
	f.open(c)
	f.para.addObject(&article.Math{Format: article.TeX, Source: source, Text: t, Display: strings.Contains(params, "mode=display")},
		f.w.place(n), object, object)
}

// ruby adds a ruby element.
func (f *flow) ruby(n *html.Node, c context) {
	r := rubyReader{w: f.w}
	r.children(n)
	r.close()
	f.open(c)
	for _, img := range r.images {
		f.img(img, c)
	}
	read := false
	for _, s := range r.segments {
		read = read || s.Text != ""
	}
	switch {
	case len(r.segments) == 0:
	case !read:
		for _, s := range r.segments {
			f.text(s.Base, f.w.place(n), c)
		}
	default:
		first, last := object, object
		for _, r := range r.segments[0].Base + r.segments[0].Text {
			first = r
			break
		}
		for _, r := range r.segments[len(r.segments)-1].Base {
			last = r
		}
		f.para.addObject(&article.Ruby{Style: c.runStyle(), Segments: r.segments}, f.w.place(n), first, last)
	}
	for _, e := range r.extra {
		f.w.issue(n, article.Info, "html.ruby", "", "a second reading: "+e, "set in brackets")
		f.text("（"+e+"）", f.w.place(n), c)
	}
}

// rubyReader pairs bases with readings. Pages write them one by one
// (base rt base rt) or all bases first (rb rb rt rt).
type rubyReader struct {
	w        *walker
	segments []article.RubySegment
	bases    []string // that have no reading yet
	texts    []string // the readings of bases
	extra    []string // readings that a segment has no room for
	images   []*html.Node
}

func (r *rubyReader) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			if foldSpaces(c.Data) != "" {
				r.base(c.Data)
			}
		case c.Type != html.ElementNode, dom.Is(c, atom.Rp):
		case dom.Is(c, atom.Rt):
			r.texts = append(r.texts, foldLine(text(c)))
			r.pictures(c)
		case dom.Is(c, atom.Rb):
			r.base(text(c))
			r.pictures(c)
		case dom.Is(c, atom.Rtc):
			r.annotation(c)
		case dom.Is(c, atom.Ruby):
			r.close()
			r.children(c)
			r.close()
		case dom.Is(c, atom.Span, atom.B, atom.Strong, atom.Em, atom.I, atom.A, atom.Font) && dom.Find(c, atom.Rt, atom.Ruby) != nil:
			r.children(c)
		case unseen[c.DataAtom] && c.Namespace == "":
		default:
			r.base(text(c))
			r.pictures(c)
		}
	}
}

// base begins another base; the ones before it are closed if they were read.
func (r *rubyReader) base(s string) {
	if len(r.texts) > 0 {
		r.close()
	}
	if s = foldSpaces(s); s != "" {
		r.bases = append(r.bases, s)
	}
}

func (r *rubyReader) pictures(n *html.Node) {
	if dom.Is(n, atom.Img) {
		r.images = append(r.images, n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.pictures(c)
	}
}

// annotation reads an rtc: the readings themselves, or a second line of them.
func (r *rubyReader) annotation(n *html.Node) {
	if len(r.texts) == 0 {
		for _, rt := range elements(n) {
			if dom.Is(rt, atom.Rt) {
				r.texts = append(r.texts, foldLine(text(rt)))
			}
		}
		if len(r.texts) == 0 {
			r.texts = []string{foldLine(text(n))}
		}
		return
	}
	if t := foldLine(text(n)); t != "" {
		r.extra = append(r.extra, t)
	}
}

// close makes segments of bases and their readings.
func (r *rubyReader) close() {
	bases, texts := r.bases, r.texts
	r.bases, r.texts = nil, nil
	switch {
	case len(bases) == 0:
		for _, t := range texts {
			if t != "" {
				r.extra = append(r.extra, t)
			}
		}
		return
	case len(texts) == 1:
		// One reading over all: a reading of a group.
		r.segments = append(r.segments, article.RubySegment{Base: strings.Join(bases, ""), Text: texts[0]})
		return
	}
	for i, b := range bases {
		s := article.RubySegment{Base: b}
		if i < len(texts) {
			s.Text = texts[i]
		}
		r.segments = append(r.segments, s)
	}
	for _, t := range texts[min(len(bases), len(texts)):] {
		if t != "" {
			r.extra = append(r.extra, t)
		}
	}
}

// foldSpaces folds white space, and keeps a single space at the ends of text that is
// written with spaces.
func foldSpaces(s string) string {
	t := foldLine(s)
	if t == "" || strings.ContainsFunc(t, solid) {
		return t
	}
	if strings.HasPrefix(s, " ") {
		t = " " + t
	}
	if strings.HasSuffix(s, " ") {
		t += " "
	}
	return t
}
