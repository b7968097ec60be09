package pdf

import (
	"fmt"
	"strconv"

	"github.com/leporello-press/leporello/internal/pdfobj"
	"github.com/leporello-press/leporello/layout"
)

// Short names for the objects of pdfobj.
type (
	dict  = pdfobj.Dict
	array = pdfobj.Array
	name  = pdfobj.Name
	num   = pdfobj.Int
)

func kv(key pdfobj.Name, value pdfobj.Object) pdfobj.Entry {
	return pdfobj.Entry{Key: key, Value: value}
}

func typeName(v any) string { return fmt.Sprintf("%T", v) }

// milli returns l in thousandths of a point, the precision of our files.
func milli(l layout.Length) int64 { return (int64(l)*1000 + 1<<15) >> 16 }

func points(l layout.Length) pdfobj.Real { return pdfobj.Real(milli(l)) }

// canvas is the content stream of one page. Its coordinates are thousandths of
// a point from the page's lower left corner, y up, as numbers of the stream
// are.
type canvas struct {
	doc    *document
	page   pdfobj.Ref
	size   layout.Size // of the page
	height int64       // of the page
	buf    []byte
	owners []pdfobj.Ref // of the structure elements, by marked-content number
	links  []*layout.Link

	mark mark
	fill layout.Color
	// stroke is what thickens text: its width, 0 for none, and its colour.
	stroke struct {
		width layout.Length
		color layout.Color
	}
	// Text of the structure elements of links, for who cannot see them.
	linkText map[*layout.Element][]byte

	// Artifacts above top are running heads, below bottom folios and the like;
	// between them is the text of the page. Page coordinates, y down.
	top, bottom layout.Length

	text   textState
	fonts  []*face
	images []*picture
}

// mark is what the content being written belongs to.
type mark struct {
	open    bool
	element *layout.Element // nil: an artifact
	kind    string          // property list of the artifact
	reads   bool            // says what it reads as
}

// Property lists of artifacts (§14.8.2.2.2; PDF/UA-1 7.8 asks for the subtype
// of running matter).
const (
	artifactLayout = "<</Type/Layout>>"
	artifactHeader = "<</Type/Pagination/Subtype/Header>>"
	artifactFooter = "<</Type/Pagination/Subtype/Footer>>"
)

func (c *canvas) reset(d *document, page pdfobj.Ref, p *layout.Page) {
	*c = canvas{
		doc: d, page: page, size: p.Size, height: milli(p.Size.H),
		buf: c.buf[:0], owners: c.owners[:0], links: c.links[:0],
		fonts: c.fonts[:0], images: c.images[:0],
		linkText: c.linkText,
		text:     textState{gaps: c.text.gaps},
	}
	clear(c.linkText)
	c.top, c.bottom = p.Size.H, 0
	for _, it := range p.Items {
		switch it := it.(type) {
		case *layout.GlyphRun:
			if it.Element != nil {
				c.top, c.bottom = min(c.top, it.At.Y), max(c.bottom, it.At.Y)
			}
		case *layout.Picture:
			if it.Element != nil {
				c.top, c.bottom = min(c.top, it.Rect.At.Y), max(c.bottom, it.Rect.At.Y+it.Rect.Size.H)
			}
		case *layout.Box, *layout.Link, *layout.Anchor:
			// are no text
		default:
			panic(fmt.Sprintf("pdf: unknown item %T", it))
		}
	}
}

// finish closes what is open.
func (c *canvas) finish() { c.endMark() }

// begin makes what follows content of an element, or an artifact at height y.
func (c *canvas) begin(e *layout.Element, y layout.Length, text bool) {
	m := mark{open: true, element: e}
	if e == nil {
		m.kind = artifactLayout
		switch {
		case !text:
		case y < c.top:
			m.kind = artifactHeader
		case y > c.bottom:
			m.kind = artifactFooter
		}
	}
	if c.mark == m {
		return
	}
	c.endMark()
	c.mark = m
	if e == nil {
		c.buf = append(c.buf, "/Artifact "...)
		c.buf = append(c.buf, m.kind...)
		c.buf = append(c.buf, "BDC\n"...)
		return
	}
	c.content(e, name(owner(e).role()), nil)
}

// content begins marked content of e under a tag, with more properties.
func (c *canvas) content(e *layout.Element, tag name, more []byte) {
	mcid := len(c.owners)
	c.owners = append(c.owners, c.doc.tags.content(e, c.page, mcid))
	c.buf = pdfobj.Append(c.buf, tag)
	c.buf = append(c.buf, "<</MCID "...)
	c.buf = strconv.AppendInt(c.buf, int64(mcid), 10)
	c.buf = append(c.buf, more...)
	c.buf = append(c.buf, ">>BDC\n"...)
}

func (c *canvas) endMark() {
	c.endText()
	if c.mark.open {
		c.buf = append(c.buf, "EMC\n"...)
	}
	c.mark = mark{}
}

// put appends numbers, each followed by a space.
func (c *canvas) put(v ...int64) {
	for _, n := range v {
		c.buf = pdfobj.AppendFixed(c.buf, n, 3)
		c.buf = append(c.buf, ' ')
	}
}

func (c *canvas) op(s string) {
	c.buf = append(c.buf, s...)
	c.buf = append(c.buf, '\n')
}

// color appends the operands and the operator that set a colour. Equal
// channels make a grey, which prints with black ink alone.
func (c *canvas) color(v layout.Color, gray, rgb string) {
	r, g, b := int64(v>>16&0xFF), int64(v>>8&0xFF), int64(v&0xFF)
	unit := func(n int64) int64 { return (n*1000 + 127) / 255 }
	if r == g && g == b {
		c.put(unit(r))
		c.op(gray)
		return
	}
	c.put(unit(r), unit(g), unit(b))
	c.op(rgb)
}

// setFill sets the colour of text and areas, black at the start of a page.
func (c *canvas) setFill(v layout.Color) {
	if v == c.fill {
		return
	}
	c.fill = v
	c.endShow()
	c.color(v, "g", "rg")
}

// setStroke makes text thicker or lets it be.
func (c *canvas) setStroke(r *layout.GlyphRun) {
	want := c.stroke
	want.width = 0
	if r.Embolden {
		want.width, want.color = r.Thickening(), r.Color
	}
	if want == c.stroke {
		return
	}
	c.stroke = want
	c.endShow()
	if want.width == 0 {
		c.op("0 Tr")
		return
	}
	c.color(want.color, "G", "RG")
	c.put(milli(want.width))
	c.op("w 2 Tr")
}

func (c *canvas) box(b *layout.Box) {
	c.begin(b.Element, b.Rect.At.Y, false)
	c.endText()
	x, y := milli(b.Rect.At.X), c.height-milli(b.Rect.At.Y+b.Rect.Size.H)
	w, h := milli(b.Rect.Size.W), milli(b.Rect.Size.H)
	if b.Filled {
		c.setFill(b.Fill)
		c.put(x, y, w, h)
		c.op("re f")
	}
	if b.Frame > 0 {
		// The line is centred on its path; the path stands half a line inside.
		line := milli(b.Frame)
		c.color(b.Stroke, "G", "RG")
		c.put(line)
		c.op("w")
		c.put(x+line/2, y+line/2, w-line, h-line)
		c.op("re S")
		if c.stroke.width > 0 {
			c.stroke.width = -1 // it is another one now
		}
	}
}

// resources returns what the operators of the page name.
func (c *canvas) resources() dict {
	var res dict
	if len(c.fonts) > 0 {
		var fonts dict
		for _, f := range c.fonts {
			fonts = append(fonts, kv(f.name, f.ref))
		}
		res = append(res, kv("Font", fonts))
	}
	if len(c.images) > 0 {
		var images dict
		for _, p := range c.images {
			images = append(images, kv(p.name, p.ref))
		}
		res = append(res, kv("XObject", images))
	}
	return res
}
