// Package dom has the few questions that readers ask of a parsed HTML page. It
// knows no tree and no format.
package dom

import (
	"slices"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Is tells whether n is an HTML element of one of the names. Nil is none, and so
// are elements of SVG and MathML.
func Is(n *html.Node, names ...atom.Atom) bool {
	return n != nil && n.Type == html.ElementNode && n.Namespace == "" && slices.Contains(names, n.DataAtom)
}

// Attr returns the value of an attribute, "" where there is none.
func Attr(n *html.Node, name string) string {
	v, _ := Lookup(n, name)
	return v
}

// Lookup returns the value of an attribute and whether n has it.
func Lookup(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val, true
		}
	}
	return "", false
}

// Find returns the first element below n of one of the names, in the order of the
// page; nil where there is none.
func Find(n *html.Node, names ...atom.Atom) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if Is(c, names...) {
			return c
		}
		if d := Find(c, names...); d != nil {
			return d
		}
	}
	return nil
}
