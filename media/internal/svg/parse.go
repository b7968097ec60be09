package svg

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html/charset"
)

const (
	svgSpace   = "http://www.w3.org/2000/svg"
	xlinkSpace = "http://www.w3.org/1999/xlink"
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
)

// elements are those that draw, or name what draws.
var elements = set("svg g defs symbol use a switch path rect circle ellipse line polyline polygon " +
	"text tspan textPath title desc linearGradient radialGradient stop clipPath mask pattern marker image")

// texts are elements whose own text counts.
var texts = set("text tspan textPath title desc")

// attributes are those of the elements; those of style are in properties.
var attributes = set("id x y x1 y1 x2 y2 cx cy r rx ry fx fy fr dx dy rotate width height points d viewBox " +
	"preserveAspectRatio transform gradientTransform patternTransform gradientUnits patternUnits patternContentUnits " +
	"clipPathUnits maskUnits maskContentUnits markerUnits markerWidth markerHeight refX refY orient spreadMethod offset " +
	"startOffset textLength lengthAdjust pathLength href")

// properties may be attributes as well as declarations.
var properties = set("fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin " +
	"stroke-miterlimit stroke-dasharray stroke-dashoffset opacity color display visibility clip-path clip-rule mask " +
	"marker-start marker-mid marker-end stop-color stop-opacity font-family font-size font-weight font-style " +
	"text-anchor letter-spacing dominant-baseline alignment-baseline baseline-shift text-decoration writing-mode " +
	"paint-order vector-effect mask-type overflow direction unicode-bidi shape-rendering text-rendering")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// unseen are elements that are no loss, with all that is in them.
var unseen = set("script metadata animate animateTransform animateMotion animateColor set mpath handler listener " +
	"discard namedview perspective font font-face glyph missing-glyph cursor view style color-profile")

// cleanID returns an id that XML allows in every place: what it may not begin with
// or does not allow is written as its number, there and where the id is referred to.
func cleanID(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z', i > 0 && (r == '-' || r == '.' || r >= '0' && r <= '9'):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "_%x", r)
		}
	}
	return b.String()
}

// parser builds the tree of a drawing.
type parser struct {
	xml    *xml.Decoder
	doc    *Document
	lost   map[string]bool
	nodes  int
	bytes  int
	styles []string
	class  map[*Node][]string
}

// Parse reads a drawing. Its error is ErrLimit, or says what is no XML.
func Parse(b []byte) (*Document, error) {
	if len(b) > MaxBytes {
		return nil, ErrLimit
	}
	p := &parser{doc: &Document{ids: map[string]*Node{}}, lost: map[string]bool{}, class: map[*Node][]string{}}
	p.xml = xml.NewDecoder(bytes.NewReader(b))
	p.xml.CharsetReader = charset.NewReaderLabel
	p.xml.Entity = maps.Clone(xml.HTMLEntity) // what is drawn by hand within pages
	for {
		tok, err := p.xml.Token()
		if err != nil {
			return nil, fmt.Errorf("svg: %w", err)
		}
		switch tok := tok.(type) {
		case xml.Directive:
			if err := p.entities(string(tok)); err != nil {
				return nil, err
			}
			continue
		case xml.StartElement:
			if tok.Name.Local != "svg" {
				return nil, errors.New("svg: another root")
			}
			root := p.element(tok)
			if err := p.children(root, 1); err != nil {
				return nil, err
			}
			p.doc.Root = root
		default:
			continue
		}
		break
	}
	p.inline(p.doc.Root, rules(p.styles))
	p.collect(p.doc.Root)
	p.check()
	p.doc.measure()
	return p.doc, nil
}

func (p *parser) lose(what string) {
	if !p.lost[what] {
		p.lost[what] = true
		p.doc.Lost = append(p.doc.Lost, what)
	}
}

var entity = regexp.MustCompile(`<!ENTITY\s+([\pL_][\pL\pN_.-]*)\s+(?:"([^"]*)"|'([^']*)')\s*>`)

// entities reads the declarations of an internal subset. A value that has another
// entity in it is not used, so that none grows.
func (p *parser) entities(directive string) error {
	found := entity.FindAllStringSubmatch(directive, maxEntities+1)
	if len(found) > maxEntities {
		return ErrLimit
	}
	for _, m := range found {
		value := m[2] + m[3]
		if len(value) > maxEntity {
			return ErrLimit
		}
		if !strings.ContainsAny(value, "&<%") {
			p.xml.Entity[m[1]] = value
		}
	}
	return nil
}

// count notes that so much was read.
func (p *parser) count(n int) error {
	if p.bytes += n; p.bytes > maxText {
		return ErrLimit
	}
	return nil
}

// element returns an allowed element with its allowed attributes.
func (p *parser) element(start xml.StartElement) *Node {
	n := &Node{Name: start.Name.Local}
	for _, a := range start.Attr {
		name := a.Name.Local
		switch a.Name.Space {
		case "":
		case xlinkSpace, "xlink":
			if name != "href" || n.attr("href") != "" {
				continue
			}
		case xmlSpace, "xml":
			if name == "space" && a.Value == "preserve" || name == "lang" && plain(a.Value) {
				n.set("xml:"+name, a.Value)
			}
			continue
		default:
			continue
		}
		value := strings.Map(legal, strings.TrimSpace(a.Value))
		switch {
		case name == "style":
			n.style = declarations(value)
		case name == "class":
			p.class[n] = strings.Fields(value)
		case name == "id":
			if value != "" {
				n.set("id", cleanID(value))
			}
		case name == "href":
			p.reference(n, value)
		case properties[name]:
			p.property(n, name, value)
		case attributes[name]:
			if plain(value) {
				n.set(name, value)
			}
		}
	}
	return n
}

// legal drops what XML 1.0 does not allow.
func legal(r rune) rune {
	if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
		return -1
	}
	return r
}

// plain tells whether a value is one of words, numbers and marks alone.
func plain(value string) bool {
	return !strings.ContainsAny(value, `\<>{}@;"&`) && !strings.Contains(strings.ToLower(value), "url(")
}

// localURL is a reference to an element of the drawing, and what counts without it.
var localURL = regexp.MustCompile(`^url\(\s*["']?#([^"'()\\<>{}@;&]+?)["']?\s*\)\s*([^"\\<>{}@;&]*)$`)

// refers are the properties that name another element.
var refers = set("fill stroke clip-path mask marker-start marker-mid marker-end")

// property sets a property that has a value it may have.
func (p *parser) property(n *Node, name, value string) {
	if name == "font-family" {
		value = strings.ReplaceAll(value, `"`, "'")
	}
	if value = firstOf(value); value == "" || name == "filter" {
		return
	}
	if !plain(value) {
		m := localURL.FindStringSubmatch(value)
		if m == nil || !refers[name] {
			if strings.Contains(strings.ToLower(value), "url(") {
				p.lose("a reference to something outside")
			}
			return
		}
		value = strings.TrimSpace("url(#" + cleanID(m[1]) + ") " + strings.TrimSpace(m[2]))
	}
	n.set(name, value)
}

// firstOf returns the value that var() falls back to, or light-dark() begins with.
func firstOf(value string) string {
	for _, f := range []struct {
		name string
		at   int
	}{{"var(", 1}, {"light-dark(", 0}} {
		inner, ok := strings.CutPrefix(value, f.name)
		if !ok {
			continue
		}
		inner = strings.TrimSuffix(inner, ")")
		depth, from, at := 0, 0, 0
		for i := 0; i <= len(inner); i++ {
			if i == len(inner) || inner[i] == ',' && depth == 0 {
				if at == f.at {
					return firstOf(strings.TrimSpace(inner[from:i]))
				}
				at, from = at+1, i+1
				continue
			}
			switch inner[i] {
			case '(':
				depth++
			case ')':
				depth--
			}
		}
		return ""
	}
	return value
}

// reference sets what an element refers to, if it may.
func (p *parser) reference(n *Node, value string) {
	switch {
	case n.Name == "a": // a picture leads nowhere
	case n.Name == "image" && dataPicture(value) != nil:
		n.set("href", value)
	case n.Name == "image":
		p.lose("a picture that is elsewhere")
	case strings.HasPrefix(value, "#"):
		n.set("href", "#"+cleanID(value[1:]))
	default:
		p.lose("a reference to something outside")
	}
}

// dataPicture returns the bytes of a picture in a data: address, nil where it is
// none. What they are the bytes tell.
func dataPicture(value string) []byte {
	head, body, ok := strings.Cut(value, ",")
	if !ok || len(head) < 5 || !strings.EqualFold(head[:5], "data:") {
		return nil
	}
	head = strings.ToLower(head)
	if !strings.HasPrefix(head, "data:image/") || strings.HasPrefix(head, "data:image/svg") {
		return nil
	}
	if strings.Contains(head, ";base64") {
		body = strings.Map(func(r rune) rune {
			if strings.ContainsRune(" \t\r\n", r) {
				return -1
			}
			return r
		}, body)
		b, err := base64.StdEncoding.DecodeString(body)
		if err != nil {
			b, err = base64.RawStdEncoding.DecodeString(body)
		}
		if err != nil || len(b) == 0 {
			return nil
		}
		return b
	}
	s, err := url.PathUnescape(body)
	if err != nil || s == "" {
		return nil
	}
	return []byte(s)
}

// children reads what is in an element, to its end.
func (p *parser) children(n *Node, depth int) error {
	for {
		tok, err := p.xml.Token()
		if err != nil {
			return fmt.Errorf("svg: %w", err)
		}
		switch tok := tok.(type) {
		case xml.EndElement:
			return nil
		case xml.CharData:
			if err := p.count(len(tok)); err != nil {
				return err
			}
			if texts[n.Name] {
				n.Children = append(n.Children, &Node{Text: strings.Map(legal, string(tok))})
			}
		case xml.StartElement:
			if err := p.start(n, tok, depth); err != nil {
				return err
			}
		}
	}
}

func (p *parser) start(n *Node, tok xml.StartElement, depth int) error {
	size := 0
	for _, a := range tok.Attr {
		size += len(a.Value)
	}
	if err := p.count(size); err != nil {
		return err
	}
	if p.nodes++; p.nodes > maxNodes || depth > maxDepth {
		return ErrLimit
	}
	name, ours := tok.Name.Local, tok.Name.Space == svgSpace || tok.Name.Space == "" || tok.Name.Space == "svg"
	switch {
	case ours && elements[name]:
		child := p.element(tok)
		if err := p.children(child, depth+1); err != nil {
			return err
		}
		switch {
		case name == "image" && child.attr("href") == "":
		case name == "switch":
			n.Children = append(n.Children, chosen(child))
		default:
			n.Children = append(n.Children, child)
		}
		return nil
	case ours && name == "style":
		return p.sheet()
	case ours && name == "foreignObject":
		text, err := p.foreign(tok)
		if text != nil {
			n.Children = append(n.Children, text)
		}
		return err
	case ours && (name == "filter" || strings.HasPrefix(name, "fe")):
		p.lose("a filter")
	case ours && !unseen[name]:
		p.lose("an element " + label(name))
	}
	return p.skip()
}

// label is a name from a file, as a report may show it.
func label(name string) string {
	if len(name) > 40 {
		return name[:40] + "…"
	}
	return name
}

// skip reads to the end of an element.
func (p *parser) skip() error {
	if err := p.xml.Skip(); err != nil {
		return fmt.Errorf("svg: %w", err)
	}
	return nil
}

// chosen is what a switch shows: the first of its elements, as a group. What they
// require was foreign markup, which is text by now.
func chosen(n *Node) *Node {
	n.Name = "g"
	if len(n.Children) > 1 {
		n.Children = n.Children[:1]
	}
	return n
}

// sheet reads a style sheet.
func (p *parser) sheet() error {
	var b strings.Builder
	for depth := 0; ; {
		tok, err := p.xml.Token()
		if err != nil {
			return fmt.Errorf("svg: %w", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			if depth--; depth < 0 {
				p.styles = append(p.styles, b.String())
				return nil
			}
		case xml.CharData:
			if err := p.count(len(tok)); err != nil {
				return err
			}
			b.Write(tok)
		}
	}
}

// foreign turns the text of foreign markup into text of the drawing, in the middle
// of its box, each block in a line of its own.
func (p *parser) foreign(tok xml.StartElement) (*Node, error) {
	box := p.element(tok)
	var lines []string
	var line strings.Builder
	end := func() {
		if s := strings.Join(strings.Fields(line.String()), " "); s != "" {
			lines = append(lines, s)
		}
		line.Reset()
	}
	for depth := 0; depth >= 0; {
		tok, err := p.xml.Token()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, fmt.Errorf("svg: %w", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if depth++; depth > 2*maxDepth {
				return nil, ErrLimit
			}
			switch tok.Name.Local {
			case "p", "div", "br", "li", "h1", "h2", "h3", "h4", "tr":
				end()
			case "style", "script":
				if err := p.skip(); err != nil {
					return nil, err
				}
				depth--
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if err := p.count(len(tok)); err != nil {
				return nil, err
			}
			line.WriteString(strings.Map(legal, string(tok)))
		}
	}
	end()
	if len(lines) == 0 {
		return nil, nil
	}
	at := func(name string) float64 {
		v, _ := length(box.attr(name), 16, 0)
		return v
	}
	const size, leading = 16.0, 19.0
	x, y := at("x")+at("width")/2, at("y")+at("height")/2-leading*float64(len(lines)-1)/2+size*0.35
	text := &Node{Name: "text", Attrs: []Attr{{"text-anchor", "middle"}, {"font-size", number(size)}}, style: box.style}
	for _, name := range []string{"transform", "color", "opacity", "display", "visibility"} {
		if v := box.attr(name); v != "" {
			text.set(name, v)
		}
	}
	text.set("fill", "currentColor")
	for i, s := range lines {
		text.Children = append(text.Children, &Node{
			Name:     "tspan",
			Attrs:    []Attr{{"x", number(x)}, {"y", number(y + leading*float64(i))}},
			Children: []*Node{{Text: s}},
		})
	}
	p.nodes += len(lines)
	return text, nil
}

// collect finds the elements with ids; of two with the same the first counts, and
// the other has none.
func (p *parser) collect(n *Node) {
	if id := n.attr("id"); id != "" {
		if p.doc.ids[id] == nil {
			p.doc.ids[id] = n
		} else {
			n.drop("id")
		}
	}
	if n.Name == "text" {
		p.doc.Letters = true
	}
	for _, c := range n.Children {
		p.collect(c)
	}
}

func (n *Node) drop(name string) {
	for i := range n.Attrs {
		if n.Attrs[i].Name == name {
			n.Attrs = append(n.Attrs[:i], n.Attrs[i+1:]...)
			return
		}
	}
}

// check takes references out that lead nowhere, in a circle, or to more than may
// be drawn, so that no reader of the drawing has to.
func (p *parser) check() {
	sizes, expanded := map[*Node]int{}, 0
	open := map[*Node]bool{}
	var weigh func(n *Node) int
	follow := func(n *Node, id string) (int, bool) {
		to := p.doc.ids[id]
		if to == nil || open[to] {
			return 0, false
		}
		if w := weigh(to); to.Name != "linearGradient" && to.Name != "radialGradient" {
			expanded += w
			return w, expanded <= maxExpanded
		}
		return 1, true
	}
	weigh = func(n *Node) int {
		if w, ok := sizes[n]; ok {
			return w
		}
		open[n] = true
		total := 1
		for i := 0; i < len(n.Attrs); i++ {
			a := &n.Attrs[i]
			id, ok := "", false
			if a.Name == "href" && strings.HasPrefix(a.Value, "#") {
				id, ok = a.Value[1:], true
			} else if refers[a.Name] {
				if m := localURL.FindStringSubmatch(a.Value); m != nil {
					id, ok = m[1], true
				}
			}
			if !ok {
				continue
			}
			w, good := follow(n, id)
			if !good {
				if p.unlink(n, i) {
					i--
				}
				continue
			}
			total += w
		}
		for _, c := range n.Children {
			total += weigh(c)
		}
		delete(open, n)
		sizes[n] = total
		return total
	}
	weigh(p.doc.Root)
}

// unlink takes the reference in an attribute away, or all of the attribute, and
// tells which.
func (p *parser) unlink(n *Node, i int) (all bool) {
	a := &n.Attrs[i]
	if n.Name == "use" {
		p.lose("a part that is not there, within itself, or too much")
	}
	if a.Name == "fill" || a.Name == "stroke" {
		m := localURL.FindStringSubmatch(a.Value)
		if a.Value = m[2]; a.Value == "" { // the paint for that case
			a.Value = "none"
		}
		return false
	}
	n.Attrs = append(n.Attrs[:i], n.Attrs[i+1:]...)
	return true
}
