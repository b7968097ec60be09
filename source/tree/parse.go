package tree

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
)

// page is a parsed page with the places of its nodes in the file.
type page struct {
	root *html.Node
	// at holds the place of every element with a tag of its own, except those
	// that only format text, and the line of every text.
	at map[*html.Node]article.Pos
}

// relocate makes the places those of the input that the page, which begins at the
// given line, was made from: by lines, without columns.
func (p *page) relocate(lines []int, first int) {
	for n, pos := range p.at {
		i := min(pos.Line-first, len(lines)-1)
		if i < 0 {
			delete(p.at, n)
			continue
		}
		p.at[n] = article.Pos{Line: lines[i]}
	}
}

// The parser does not tell where a node came from. So before it, every start
// tag is given an attribute with a number, and after it the attributes are taken
// away again: the numbers lead to the places.
const markAttr = "leporello-mark"

var leakedMark = regexp.MustCompile(` ` + markAttr + `="\d+"`)

// mark is where a start tag begins and where the text after it does.
type mark struct{ start, end article.Pos }

// The parser refuses trees that are deeper than 512. Where a page is, elements
// deeper than this are left out and their content moves up.
const flatDepth = 200

// parse parses body, whose first line is the given one of the file. deep tells
// that elements were left out because the page is nested too deep.
func parse(body []byte, line int) (p *page, deep bool, err error) {
	for _, depth := range []int{-1, flatDepth, 0} {
		marked, marks := prepare(body, line, depth)
		var root *html.Node
		if root, err = parseHTML(marked); err == nil {
			p := &page{root: root, at: map[*html.Node]article.Pos{}}
			// The parser drops white space before the first thing on the page.
			space := body[:len(body)-len(bytes.TrimLeft(body, " \t\r\n\f"))]
			p.place(marks, advance(article.Pos{Line: line}, space).Line)
			return p, depth >= 0, nil
		}
	}
	return nil, true, err
}

func parseHTML(text []byte) (root *html.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("parser: %v", r)
		}
	}()
	root, err = html.ParseWithOptions(bytes.NewReader(text), html.ParseOptionEnableScripting(false))
	if err == nil && root == nil {
		err = errors.New("nothing was parsed")
	}
	return root, err
}

// prepare returns text with a mark in every start tag. Where depth is not
// negative, elements nested deeper are left out; paragraphs keep what they held
// apart.
func prepare(text []byte, line, depth int) ([]byte, []mark) {
	out := make([]byte, 0, len(text)+len(text)/8+1024)
	var marks []mark
	var open []openTag
	pos := article.Pos{Line: line, Column: 1}
	offset := 0
	z := html.NewTokenizer(bytes.NewReader(text))
	for {
		kind := z.Next()
		raw := z.Raw()
		start := pos
		pos = advance(pos, raw)
		offset += len(raw)
		if kind == html.ErrorToken {
			return append(out, raw...), marks
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken && kind != html.EndTagToken {
			out = append(out, raw...)
			continue
		}
		name, _ := z.TagName()
		tag := atom.Lookup(name)
		if kind == html.EndTagToken {
			if depth >= 0 && closeTag(&open, string(name)) {
				if blocks[tag] {
					out = append(out, "</p>"...)
				}
				continue
			}
			out = append(out, raw...)
			continue
		}
		if tag == atom.Noscript {
			z.NextIsNotRawText() // as the parser does without scripts
		}
		if depth >= 0 && !voids[tag] && !rawTexts[tag] && kind == html.StartTagToken {
			drop := len(open) >= depth
			open = append(open, openTag{string(name), drop})
			if drop {
				if blocks[tag] {
					out = append(out, "<p "+markAttr+`="`+strconv.Itoa(len(marks))+`">`...)
					marks = append(marks, mark{start, pos})
				}
				continue
			}
		}
		// Elements that format text are opened again by the parser in each
		// paragraph they reach into, at most three of a kind if they are equal: a
		// number would make them all different.
		if formatting[tag] || len(raw) <= len(name)+1 {
			out = append(out, raw...)
			continue
		}
		out = append(out, raw[:1+len(name)]...)
		out = append(out, ' ')
		out = append(out, markAttr...)
		out = append(out, `="`...)
		out = strconv.AppendInt(out, int64(len(marks)), 10)
		out = append(out, '"')
		out = append(out, raw[1+len(name):]...)
		end := pos
		// The parser drops a line end directly after these tags.
		if (tag == atom.Pre || tag == atom.Listing || tag == atom.Textarea) && offset < len(text) && (text[offset] == '\n' || text[offset] == '\r') {
			end.Line++
		}
		marks = append(marks, mark{start, end})
	}
}

// openTag is an element that was not closed yet.
type openTag struct {
	name    string
	dropped bool
}

// closeTag closes the innermost open element with the name, and tells whether it
// had been left out.
func closeTag(open *[]openTag, name string) (dropped bool) {
	s := *open
	for i := len(s) - 1; i >= 0; i-- {
		if s[i].name == name {
			*open = s[:i]
			return s[i].dropped
		}
		if len(s)-i > 1000 {
			break
		}
	}
	return false
}

// advance returns the place after raw.
func advance(p article.Pos, raw []byte) article.Pos {
	for {
		i := bytes.IndexAny(raw, "\r\n")
		if i < 0 {
			p.Column += utf8.RuneCount(raw)
			return p
		}
		if raw[i] == '\r' && i+1 < len(raw) && raw[i+1] == '\n' {
			i++
		}
		p.Line++
		p.Column = 1
		raw = raw[i+1:]
	}
}

// place takes the marks out of the tree.
func (p *page) place(marks []mark, line int) {
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		switch n.Type {
		case html.TextNode:
			// A tag that the parser took for text, within a select.
			if strings.Contains(n.Data, markAttr) {
				n.Data = leakedMark.ReplaceAllString(n.Data, "")
			}
			p.at[n] = article.Pos{Line: line}
			line += strings.Count(n.Data, "\n")
		case html.CommentNode:
			line += strings.Count(n.Data, "\n")
		case html.ElementNode:
			n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool {
				if a.Key != markAttr {
					return false
				}
				if i, err := strconv.Atoi(a.Val); err == nil && i >= 0 && i < len(marks) {
					p.at[n] = marks[i].start
					line = marks[i].end.Line
				}
				return true
			})
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(p.root)
	shadows(p.root)
}
