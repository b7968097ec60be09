package dom_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/source/dom"
)

func TestDOM(t *testing.T) {
	root, err := html.Parse(strings.NewReader(`<div><svg><a id=in></a></svg><p id="" class=x><a href=1>1</a></p><a href=2>2</a></div>`))
	if err != nil {
		t.Fatal(err)
	}
	a := dom.Find(root, atom.A)
	if a == nil || dom.Attr(a, "href") != "1" {
		t.Error("the first link is that of the paragraph: the one of the drawing is no HTML")
	}
	p := dom.Find(root, atom.Table, atom.P)
	if !dom.Is(p, atom.Li, atom.P) || dom.Is(p, atom.Li) || dom.Is(nil, atom.P) || dom.Is(a.FirstChild, atom.A) {
		t.Error("Is")
	}
	if _, ok := dom.Lookup(p, "id"); !ok {
		t.Error("an empty attribute is one")
	}
	if _, ok := dom.Lookup(p, "href"); ok || dom.Attr(p, "href") != "" {
		t.Error("an attribute that is not there")
	}
	if dom.Find(root, atom.Table) != nil {
		t.Error("a table where there is none")
	}
}
