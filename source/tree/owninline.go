package tree

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source/dom"
	"github.com/leporello-press/leporello/source/lang"
)

// inlineList collects inlines: text that only elements without a meaning divide is
// one run.
type inlineList struct {
	list []article.Inline
	cut  bool // an item ended: what follows is another run
}

func (l *inlineList) add(in article.Inline) {
	run, ok := in.(article.Run)
	if n := len(l.list); ok && n > 0 && !l.cut {
		if last, ok := l.list[n-1].(article.Run); ok && last.Style == run.Style {
			l.list[n-1] = article.Run{Text: last.Text + run.Text, Style: run.Style}
			return
		}
	}
	l.list = append(l.list, in)
	l.cut = false
}

// blank tells whether there is nothing but white space of the markup.
func (l *inlineList) blank() bool {
	for _, in := range l.list {
		if run, ok := in.(article.Run); !ok || strings.Trim(run.Text, " \n") != "" {
			return false
		}
	}
	return true
}

// inlines reads the text of n.
func (o *own) inlines(n *html.Node, c context) []article.Inline {
	var l inlineList
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		o.inline(&l, k, c)
	}
	if l.blank() {
		return nil
	}
	return l.list
}

func (o *own) inline(l *inlineList, n *html.Node, c context) {
	switch {
	case n == o.number:
		return
	case n.Type == html.TextNode:
		o.foreign = o.foreign || odd(n.Data)
		l.add(article.Run{Text: n.Data, Style: c.runStyle()})
		return
	case n.Type == html.ElementNode && n.Namespace == "math" && n.Data == "math":
		var m formula
		m.element(n, true)
		t := dom.Attr(n, "alttext")
		if t == "" {
			t = foldLine(string(m.text))
		} else {
			o.left = append(o.left, string(m.text))
		}
		l.add(&article.Math{Format: article.MathML, Source: m.source.String(), Text: t, Display: dom.Attr(n, "display") == "block"})
		return
	case n.Type != html.ElementNode || n.Namespace != "":
		o.foreign = o.foreign || n.Type == html.ElementNode
		return
	}
	class := dom.Attr(n, "class")
	switch n.DataAtom {
	case atom.Br:
		l.add(article.LineBreak{})
		return
	case atom.Wbr:
		return
	case atom.Img:
		l.add(o.recorded(&article.Image{Alt: dom.Attr(n, "alt"), Title: dom.Attr(n, "title"), Link: c.style.Link}, n, dom.Attr(n, "src")))
		return
	case atom.Ruby:
		l.add(&article.Ruby{Style: c.runStyle(), Segments: o.ruby(n)})
		return
	case atom.Code:
		if strings.HasPrefix(class, "math") {
			l.add(o.source(n))
			return
		}
	case atom.Sup:
		if class == "ref" {
			id := ""
			if a := dom.Find(n, atom.A); a != nil {
				id = strings.TrimPrefix(o.link(dom.Attr(a, "href")), "#")
			}
			o.foreign = o.foreign || !o.notes[id]
			o.leave(n)
			l.add(&article.NoteRef{ID: id})
			return
		}
	case atom.Span:
		switch class {
		case "word":
			r := &article.Ruby{Style: c.runStyle()}
			for k := n.FirstChild; k != nil; k = k.NextSibling {
				switch {
				case k.Type == html.TextNode:
					o.foreign = o.foreign || odd(k.Data)
					r.Segments = append(r.Segments, article.RubySegment{Base: k.Data})
				case dom.Is(k, atom.Ruby):
					r.Segments = append(r.Segments, o.ruby(k)...)
				default:
					o.foreign = true
				}
			}
			l.add(r)
			return
		case "missing-inline":
			l.add(o.missing(n))
			return
		}
	}
	switch {
	case n.DataAtom == atom.A:
		c.style.Link = o.link(dom.Attr(n, "href"))
	case itemMark(n) != 0:
		c.style.Marks |= itemMark(n)
	case n.DataAtom == atom.Span && lang.Normal(dom.Attr(n, "lang")) != "":
		c.lang = lang.Normal(dom.Attr(n, "lang"))
	default:
		o.foreign = o.foreign || marksOf[n.DataAtom] == 0
		c.style.Marks |= marksOf[n.DataAtom]
	}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		o.inline(l, k, c)
	}
	l.cut = l.cut || itemMark(n) != 0
}

// source reads a formula that stands as text.
func (o *own) source(n *html.Node) *article.Math {
	m := &article.Math{Format: article.TeX, Source: dom.Attr(n, "data-tex"), Text: o.plain(n), Display: hasClass(n, "display")}
	if ml := dom.Attr(n, "data-mathml"); ml != "" {
		root, err := parseHTML([]byte(ml))
		if err != nil {
			o.foreign = true
			return m
		}
		if math := findMath(root); math != nil {
			var f formula
			f.element(math, true)
			m.Format, m.Source = article.MathML, f.source.String()
		}
	}
	return m
}

// ruby reads bases and their readings, pair by pair.
func (o *own) ruby(n *html.Node) []article.RubySegment {
	var segments []article.RubySegment
	base := ""
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		switch {
		case k.Type == html.TextNode:
			base += k.Data
		case dom.Is(k, atom.Rp):
		case dom.Is(k, atom.Rt):
			segments = append(segments, article.RubySegment{Base: base, Text: o.plain(k)})
			o.foreign = o.foreign || odd(base)
			base = ""
		default:
			o.foreign = true
		}
	}
	o.foreign = o.foreign || base != "" || len(segments) == 0
	return segments
}
