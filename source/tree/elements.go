package tree

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source/dom"
)

type atoms map[atom.Atom]bool

func set(names ...atom.Atom) atoms {
	m := atoms{}
	for _, n := range names {
		m[n] = true
	}
	return m
}

var (
	// blocks begin on a line of their own.
	blocks = set(atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Center, atom.Dd, atom.Details, atom.Dialog,
		atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.Frameset,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup, atom.Hr, atom.Html, atom.Legend, atom.Li,
		atom.Listing, atom.Main, atom.Marquee, atom.Menu, atom.Nav, atom.Ol, atom.Optgroup, atom.Option, atom.P, atom.Plaintext, atom.Pre, atom.Search,
		atom.Section, atom.Summary, atom.Table, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul, atom.Xmp,
		atom.Caption)

	// voids have no content.
	voids = set(atom.Area, atom.Base, atom.Basefont, atom.Bgsound, atom.Br, atom.Col, atom.Embed, atom.Frame, atom.Hr, atom.Img, atom.Image,
		atom.Input, atom.Keygen, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr)

	// rawTexts hold text in which no tags are seen.
	rawTexts = set(atom.Iframe, atom.Noembed, atom.Noframes, atom.Noscript, atom.Plaintext, atom.Script, atom.Style, atom.Textarea,
		atom.Title, atom.Xmp)

	// formatting: the standard's name for what is opened again in the next
	// paragraph when it was not closed.
	formatting = set(atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small, atom.Strike,
		atom.Strong, atom.Tt, atom.U)

	// unseen show nothing in a browser and have nothing for a reader.
	unseen = set(atom.Head, atom.Script, atom.Style, atom.Template, atom.Title, atom.Datalist, atom.Area, atom.Base, atom.Basefont,
		atom.Bgsound, atom.Col, atom.Colgroup, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Input, atom.Keygen, atom.Wbr,
		atom.Noembed, atom.Rp)

	headings = map[atom.Atom]int{atom.H1: 1, atom.H2: 2, atom.H3: 3, atom.H4: 4, atom.H5: 5, atom.H6: 6}

	marksOf = map[atom.Atom]article.Mark{
		atom.Em: article.Emphasis, atom.I: article.Emphasis, atom.Cite: article.Emphasis, atom.Dfn: article.Emphasis, atom.Var: article.Emphasis,
		atom.Strong: article.Strong, atom.B: article.Strong,
		atom.Code: article.Mono, atom.Kbd: article.Mono, atom.Samp: article.Mono, atom.Tt: article.Mono,
		atom.S: article.Strike, atom.Del: article.Strike, atom.Strike: article.Strike,
		atom.U: article.Underline, atom.Ins: article.Underline,
		atom.Mark: article.Highlight, atom.Sup: article.Super, atom.Sub: article.Sub, atom.Small: article.Small,
	}
)

// itemMark returns the mark that the class of n names. The classes of the lines of
// names and titles count on u alone: others have them for what is no line.
func itemMark(n *html.Node) article.Mark {
	switch {
	case hasClass(n, "warichu", "割注", "割り注", "双行夹注", "雙行夾註", "shuanghang-jiazhu"):
		return article.Warichu
	case n.DataAtom != atom.U:
		return 0
	case hasClass(n, "proper-noun", "zhuanming", "zhuanminghao", "专名", "专名号", "專名", "專名號"):
		return article.ProperNoun
	case hasClass(n, "book-title", "shuming", "shuminghao", "书名", "书名号", "書名", "書名號"):
		return article.BookTitle
	}
	return 0
}

// hasClass tells whether n is of one of the classes.
func hasClass(n *html.Node, names ...string) bool {
	for c := range strings.FieldsSeq(dom.Attr(n, "class")) {
		for _, name := range names {
			if strings.EqualFold(c, name) {
				return true
			}
		}
	}
	return false
}

// elements yields the element children of n.
func elements(n *html.Node) []*html.Node {
	var list []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			list = append(list, c)
		}
	}
	return list
}

// text returns all text below n as it stands, without that of unseen elements.
func text(n *html.Node) string {
	var b strings.Builder
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			return
		}
		if n.Type == html.ElementNode && n.Namespace == "" && unseen[n.DataAtom] {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(n)
	return b.String()
}

// line returns the text below n folded to one line.
func lineOf(n *html.Node) string { return foldLine(text(n)) }

// styles returns the declarations of a style attribute that have a meaning here,
// in lower case.
func styles(n *html.Node) map[string]string {
	s := dom.Attr(n, "style")
	if s == "" {
		return nil
	}
	m := map[string]string{}
	for decl := range strings.SplitSeq(s, ";") {
		name, value, ok := strings.Cut(decl, ":")
		if !ok {
			continue
		}
		name = strings.ToLower(strings.TrimSpace(name))
		value = strings.ToLower(strings.TrimSpace(value))
		value = strings.TrimSpace(strings.TrimSuffix(value, "!important"))
		switch name {
		case "text-emphasis", "text-emphasis-style", "-webkit-text-emphasis", "-webkit-text-emphasis-style", "-epub-text-emphasis", "-epub-text-emphasis-style":
			m["text-emphasis"] = value
		case "display", "text-align", "font-weight", "font-style", "text-decoration", "text-decoration-line", "text-decoration-style", "white-space",
			"width", "height", "list-style-type", "list-style", "vertical-align":
			m[name] = value
		}
	}
	return m
}
