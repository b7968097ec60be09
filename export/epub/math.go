package epub

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/leporello-press/leporello/article"
)

// formula writes a formula as MathML, or its text where that is not well-formed or has more
// than presentation markup.
func (c *chapter) formula(f *article.Math) {
	if f.Format == article.MathML {
		if n := parseMath(f.Source); n != nil {
			c.math = append(c.math, len(c.b))
			c.raw(`<math xmlns="http://www.w3.org/1998/Math/MathML"`)
			c.attrIf("alttext", f.Text)
			if f.Display {
				c.attr("display", "block")
			}
			c.raw(">")
			for _, k := range n.kids {
				c.mathNode(k)
			}
			c.raw("</math>")
			return
		}
	}
	text := f.Text
	if text == "" {
		text = f.Source
	}
	class, format := "math", "data-mathml"
	if f.Display {
		class = "math display"
	}
	if f.Format == article.TeX {
		format = "data-tex"
	}
	c.element("code", text, "class", class, format, f.Source)
}

// mathNode is an element of MathML, or text where it has no name.
type mathNode struct {
	name  string
	text  string
	attrs []xml.Attr
	kids  []*mathNode
}

// Elements of presentation MathML 3 and how many arguments they take: exactly so
// many, any number (anyArgs), or text (token).
const (
	anyArgs = -1
	token   = -2
)

var mathElements = map[string]int{
	"mrow": anyArgs, "mstyle": anyArgs, "msqrt": anyArgs, "mpadded": anyArgs, "mphantom": anyArgs, "merror": anyArgs,
	"menclose": anyArgs, "mtable": anyArgs, "mtr": anyArgs, "mtd": anyArgs, "mfenced": anyArgs,
	"mi": token, "mn": token, "mo": token, "mtext": token, "ms": token, "mspace": 0,
	"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2,
	"msubsup": 3, "munderover": 3,
}

// mathAttrs are the attributes that are kept, with the values they may have; nil:
// lengths and words without anything that could be markup or an address.
var mathAttrs = map[string][]string{
	"mathvariant": {"normal", "bold", "italic", "bold-italic", "double-struck", "script", "fraktur", "sans-serif", "monospace", "bold-script", "bold-fraktur"},
	"stretchy":    {"true", "false"}, "fence": {"true", "false"}, "separator": {"true", "false"}, "accent": {"true", "false"},
	"accentunder": {"true", "false"}, "largeop": {"true", "false"}, "movablelimits": {"true", "false"}, "displaystyle": {"true", "false"},
	"bevelled": {"true", "false"}, "form": {"prefix", "infix", "postfix"}, "columnalign": {"left", "center", "right"},
}

// maxMath bounds the depth of a formula.
const maxMath = 64

// parseMath returns the math element of a source, nil unless it is one well-formed
// element of presentation MathML. Annotations are dropped.
func parseMath(source string) *mathNode {
	d := xml.NewDecoder(strings.NewReader(source))
	d.Entity = xml.HTMLEntity
	var top *mathNode
	var stack []*mathNode
	skip := 0 // depth within an annotation
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil
		}
		switch t := t.(type) {
		case xml.StartElement:
			name := t.Name.Local
			if skip > 0 || name == "annotation" || name == "annotation-xml" {
				skip++
				continue
			}
			n := &mathNode{name: name, attrs: t.Attr}
			switch {
			case len(stack) == 0:
				if top != nil || name != "math" {
					return nil
				}
				top = n
			case len(stack) >= maxMath:
				return nil
			default:
				parent := stack[len(stack)-1]
				parent.kids = append(parent.kids, n)
			}
			stack = append(stack, n)
		case xml.EndElement:
			if skip > 0 {
				skip--
				continue
			}
			stack = stack[:len(stack)-1]
		case xml.CharData:
			text := strings.Join(strings.Fields(string(t)), " ")
			if skip > 0 || text == "" {
				continue
			}
			if len(stack) == 0 {
				return nil
			}
			parent := stack[len(stack)-1]
			parent.kids = append(parent.kids, &mathNode{text: text})
		}
	}
	if top == nil {
		return nil
	}
	top.kids = flatten(top.kids)
	for _, k := range top.kids {
		if k.name == "" || !k.valid("math") {
			return nil
		}
	}
	return top
}

// flatten puts the content of semantics elements in their place.
func flatten(kids []*mathNode) []*mathNode {
	var out []*mathNode
	for _, k := range kids {
		k.kids = flatten(k.kids)
		if k.name == "semantics" && len(k.kids) == 1 {
			out = append(out, k.kids[0])
			continue
		}
		out = append(out, k)
	}
	return out
}

func (n *mathNode) valid(parent string) bool {
	args, ok := mathElements[n.name]
	if !ok || (n.name == "mtr") != (parent == "mtable") || (n.name == "mtd") != (parent == "mtr") {
		return false
	}
	if args >= 0 && len(n.kids) != args {
		return false
	}
	for _, k := range n.kids {
		if k.name == "" {
			if args != token {
				return false
			}
			continue
		}
		if args == token || !k.valid(n.name) {
			return false
		}
	}
	return true
}

func (c *chapter) mathNode(n *mathNode) {
	if n.name == "" {
		c.text(n.text)
		return
	}
	c.raw("<", n.name)
	done := map[string]bool{}
	for _, a := range n.attrs {
		for _, v := range mathAttrs[a.Name.Local] {
			if v == a.Value && a.Name.Space == "" && !done[a.Name.Local] && takes(n.name, a.Name.Local) {
				done[a.Name.Local] = true
				c.attr(a.Name.Local, v)
			}
		}
	}
	c.raw(">")
	for _, k := range n.kids {
		c.mathNode(k)
	}
	c.raw("</", n.name, ">")
}

// takes tells whether an element may have an attribute.
func takes(element, attr string) bool {
	switch attr {
	case "mathvariant":
		return mathElements[element] == token || element == "mstyle"
	case "stretchy", "fence", "separator", "largeop", "movablelimits", "form":
		return element == "mo"
	case "accent":
		return element == "mo" || element == "mover" || element == "munderover"
	case "accentunder":
		return element == "munder" || element == "munderover"
	case "displaystyle":
		return element == "mstyle"
	case "bevelled":
		return element == "mfrac"
	case "columnalign":
		return element == "mtd"
	}
	return false
}
