package tree

import (
	"slices"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/source/dom"
)

// shadows puts what templates say is the shadow of their element (HTML, "declarative
// shadow roots") in its place, as browsers show it: what the element holds stands in
// the slots. Programs that save pages write them so. Unlike in browsers, nothing is
// lost that no slot takes.
func shadows(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		shadows(c)
	}
	i := n.FirstChild
	for i != nil && !isShadow(i) {
		i = i.NextSibling
	}
	if i == nil || dom.Is(n, atom.Template) {
		return
	}
	shadow := i
	n.RemoveChild(shadow)
	var light []*html.Node
	for c := range n.ChildNodes() {
		light = append(light, c)
	}
	for _, c := range light {
		n.RemoveChild(c)
	}
	var fill func(at *html.Node)
	fill = func(at *html.Node) {
		for c := at.FirstChild; c != nil; c = c.NextSibling {
			if !dom.Is(c, atom.Slot) {
				fill(c)
				continue
			}
			name := dom.Attr(c, "name")
			var takes []*html.Node
			light = slices.DeleteFunc(light, func(l *html.Node) bool {
				if dom.Attr(l, "slot") != name {
					return false
				}
				takes = append(takes, l)
				return true
			})
			if len(takes) == 0 {
				fill(c)
				continue
			}
			for c.FirstChild != nil {
				c.RemoveChild(c.FirstChild)
			}
			for _, l := range takes {
				c.AppendChild(l)
			}
		}
	}
	fill(shadow)
	for shadow.FirstChild != nil {
		c := shadow.FirstChild
		shadow.RemoveChild(c)
		n.AppendChild(c)
	}
	for _, l := range light {
		n.AppendChild(l)
	}
}

func isShadow(n *html.Node) bool {
	mode := ""
	if dom.Is(n, atom.Template) {
		mode = dom.Attr(n, "shadowrootmode") + dom.Attr(n, "shadowroot") + dom.Attr(n, "shadowmode") // as it was called at first, and in MHTML
	}
	return mode == "open" || mode == "closed"
}
