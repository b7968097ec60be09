package epub

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// token is a token of a page. Its raw form is what is written unless it changed.
type token struct {
	html.Token
	raw     string
	changed bool
}

func (t *token) get(name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// set gives the token an attribute.
func (t *token) set(name, value string) {
	t.changed = true
	for i := range t.Attr {
		if t.Attr[i].Key == name {
			t.Attr[i].Val = value
			return
		}
	}
	t.Attr = append(t.Attr, html.Attribute{Key: name, Val: value})
}

func (t *token) drop(name string) {
	for i := range t.Attr {
		if t.Attr[i].Key == name {
			t.changed = true
			t.Attr = append(t.Attr[:i:i], t.Attr[i+1:]...)
			return
		}
	}
}

// opens tells whether t is the start tag of an element of the name, and closes
// whether it is the end tag.
func (t *token) opens(name string) bool  { return t.Type == html.StartTagToken && t.Data == name }
func (t *token) closes(name string) bool { return t.Type == html.EndTagToken && t.Data == name }

// blank makes t nothing but its line ends.
func (t *token) blank() {
	t.Type, t.changed = html.CommentToken, false
	t.raw = strings.Repeat("\n", strings.Count(t.raw, "\n"))
}

// The namespaces whose elements HTML has without a prefix.
var namespaces = map[string]bool{
	"http://www.w3.org/1999/xhtml": true, "http://www.w3.org/2000/svg": true, "http://www.w3.org/1998/Math/MathML": true,
}

// The elements that have no end tag in HTML.
var voids = map[string]bool{"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true,
	"link": true, "meta": true, "param": true, "source": true, "track": true, "wbr": true}

// tokenize returns the tokens of an XHTML page as HTML has them: elements that are
// empty get an end tag, sections of character data are text, prefixes of elements
// go. Lines keep their numbers.
func tokenize(text []byte) []token {
	var list []token
	prefixes := map[string]bool{}
	z := html.NewTokenizer(bytes.NewReader(text))
	for {
		// In HTML such a section is a comment, in XML text.
		z.AllowCDATA(true)
		kind := z.Next()
		raw := string(z.Raw())
		if kind == html.ErrorToken {
			return closed(list) // what is left is a tag that breaks off
		}
		t := token{Token: z.Token(), raw: raw}
		switch {
		case kind == html.CommentToken:
			t.blank() // it may break off
		case t.Data == "plaintext" && kind == html.StartTagToken:
			t.Data, t.changed = "pre", true // nothing would end it
		case t.Data == "noscript" && kind == html.StartTagToken:
			z.NextIsNotRawText()
		}
		if data, ok := strings.CutPrefix(raw, "<![CDATA["); ok && kind == html.TextToken {
			t.Data, t.changed = strings.TrimSuffix(data, "]]>"), true
		}
		for _, a := range t.Attr {
			if p, ok := strings.CutPrefix(a.Key, "xmlns:"); ok && namespaces[a.Val] {
				prefixes[p] = true
			}
		}
		if p, name, ok := strings.Cut(t.Data, ":"); ok && prefixes[p] && kind != html.TextToken && kind != html.CommentToken {
			t.Data, t.changed = name, true
		}
		if kind != html.SelfClosingTagToken {
			list = append(list, t)
			continue
		}
		z.NextIsNotRawText() // <title/> holds nothing
		if voids[t.Data] {
			t.Type = html.StartTagToken
			list = append(list, t)
			continue
		}
		t.Type, t.changed = html.StartTagToken, true
		list = append(list, t, token{Token: html.Token{Type: html.EndTagToken, Data: t.Data}, changed: true})
	}
}

// closed returns the tokens with the end tags of the elements that are open in the
// end: another page may follow.
func closed(list []token) []token {
	var open []string
	for i := range list {
		t := &list[i]
		switch {
		case t.Type == html.StartTagToken && !voids[t.Data] && t.Data != "html" && t.Data != "body":
			open = append(open, t.Data)
		case t.Type == html.EndTagToken:
			for k := len(open) - 1; k >= max(0, len(open)-maxSpan); k-- {
				if open[k] == t.Data {
					open = open[:k]
					break
				}
			}
		}
	}
	for _, name := range slices.Backward(open) {
		list = append(list, token{Token: html.Token{Type: html.EndTagToken, Data: name}, changed: true})
	}
	return list
}

// render returns the text of tokens.
func render(list []token) []byte {
	var b bytes.Buffer
	for i := range list {
		t := &list[i]
		if !t.changed {
			b.WriteString(t.raw)
			continue
		}
		s := t.String()
		b.WriteString(s)
		// Places stay true.
		if n := strings.Count(t.raw, "\n") - strings.Count(s, "\n"); n > 0 {
			b.WriteString(strings.Repeat("\n", n))
		}
	}
	return b.Bytes()
}

// maxSpan bounds the tokens that an element is looked at for.
const maxSpan = 4096

// end returns the index of the end tag of the element that begins at i; where
// there is none within maxSpan, that of the last token.
func end(list []token, i int) int {
	depth := 0
	list = list[:min(len(list), i+maxSpan)]
	for j := i; j < len(list); j++ {
		if list[j].opens(list[i].Data) {
			depth++
		} else if list[j].closes(list[i].Data) {
			if depth--; depth == 0 {
				return j
			}
		}
	}
	return len(list) - 1
}

// label returns the tokens of the link at i: up to its end tag or the next link.
func label(list []token, i int) []token {
	for j := i + 1; j < len(list); j++ {
		if list[j].closes("a") || list[j].opens("a") {
			return list[i:j]
		}
	}
	return list[i:]
}

// words returns the text of tokens on one line.
func words(list []token) string {
	var b strings.Builder
	for i := range list {
		switch t := &list[i]; {
		case t.Type == html.TextToken:
			b.WriteString(t.Data)
		case t.Type == html.StartTagToken && t.Data == "br", t.Type == html.EndTagToken && (t.Data == "p" || t.Data == "div"):
			b.WriteByte(' ')
		}
	}
	return fold(b.String())
}

// pictures makes plain pictures of drawings that hold nothing but one: books show
// pictures over a whole page so.
func pictures(list []token) {
	for i := 0; i < len(list); i++ {
		if !list[i].opens("svg") {
			continue
		}
		last := end(list, i)
		image := -1
		for j := i + 1; j < last; j++ {
			switch t := &list[j]; {
			case t.opens("image") && image < 0:
				image = j
			case t.opens("title") || t.opens("desc"):
				j = min(end(list, j), last)
			case t.Type == html.TextToken && strings.TrimSpace(t.Data) != "", t.Type == html.StartTagToken && t.Data != "g" && t.Data != "a":
				image = len(list)
			}
		}
		if image < 0 || image >= len(list) {
			i = last
			continue
		}
		t := &list[image]
		src, alt := t.get("xlink:href"), ""
		if src == "" {
			src = t.get("href")
		}
		for j := i + 1; j < last; j++ {
			if list[j].opens("title") {
				alt = words(list[j:end(list, j)])
			}
		}
		for j := i; j <= last; j++ {
			if j != image {
				list[j].blank()
			}
		}
		t.Data, t.changed = "img", true
		t.Attr = []html.Attribute{{Key: "src", Val: src}, {Key: "alt", Val: alt}}
		i = last
	}
}
