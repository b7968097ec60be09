package library

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Pages are trees of nodes, and a node knows how to write itself: there is no way
// to put a string into a page but as text or as the value of an attribute, which
// are escaped. What is written as it stands has the type markup, which only
// constants have.

// markup is a name of HTML, written as it stands. No string is ever converted to it.
type markup string

// part is what an element is made of: an attr, a text, an *element or a group; nil
// is nothing.
//
//sumtype:decl
type part interface{ part() }

type (
	// attr is an attribute of the element it is a part of.
	attr struct {
		name  markup
		value string
	}
	// text is what is read.
	text string
	// element has a name, attributes and parts within.
	element struct {
		name  markup
		parts []part
	}
	// group are several parts where one is wanted.
	group []part
)

func (attr) part()     {}
func (text) part()     {}
func (*element) part() {}
func (group) part()    {}

// el is an element; its attributes stand among its parts.
func el(name markup, parts ...part) *element { return &element{name, parts} }

func class(name markup) attr           { return attr{"class", string(name)} }
func lang(tag string) part             { return given("lang", tag) }
func id(name string) attr              { return attr{"id", name} }
func label(s string) attr              { return attr{"aria-label", s} }
func value(name markup, s string) attr { return attr{name, s} }

// given is an attribute that is left out where its value is empty.
func given(name markup, s string) part {
	if s == "" {
		return nil
	}
	return attr{name, s}
}

// when is parts under a condition.
func when(yes bool, parts ...part) part {
	if !yes {
		return nil
	}
	return group(parts)
}

// href is where a link leads: a path of this site or an address of the web.
// Anything else, as javascript:, is left out, and the element is no link.
func href(address string) part {
	if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") && !strings.HasPrefix(address, `/\`) ||
		strings.HasPrefix(address, "#") || strings.HasPrefix(address, "?") {
		return attr{"href", address}
	}
	if webAddress(address) {
		return group{attr{"href", address}, attr{"rel", "noreferrer noopener external"}}
	}
	return nil
}

// webAddress tells whether an address is one of the web with a host.
func webAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// void are the elements without an end.
var void = map[markup]bool{"br": true, "hr": true, "img": true, "input": true, "link": true, "meta": true}

// lines are the elements that end a line of the source, for those who read it.
var lines = map[markup]bool{
	"html": true, "head": true, "body": true, "title": true, "meta": true, "link": true, "header": true, "nav": true, "main": true, "footer": true, "section": true,
	"article": true, "h1": true, "h2": true, "h3": true, "p": true, "ul": true, "ol": true, "li": true, "dl": true, "dt": true, "dd": true, "div": true, "form": true,
	"table": true, "tr": true, "details": true, "summary": true, "figure": true,
}

// document writes a page.
func document(root *element) []byte {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n")
	write(&b, root)
	return []byte(b.String())
}

func write(b *strings.Builder, p part) {
	switch p := p.(type) {
	case nil, attr: // attributes are written with their element
	case text:
		escape(b, string(p))
	case group:
		for _, in := range p {
			write(b, in)
		}
	case *element:
		b.WriteByte('<')
		b.WriteString(string(p.name))
		attributes(b, p.parts)
		b.WriteByte('>')
		if !void[p.name] {
			for _, in := range p.parts {
				write(b, in)
			}
			b.WriteString("</")
			b.WriteString(string(p.name))
			b.WriteByte('>')
		}
		if lines[p.name] {
			b.WriteByte('\n')
		}
	default:
		panic(fmt.Sprintf("library: part %T", p))
	}
}

func attributes(b *strings.Builder, parts []part) {
	for _, p := range parts {
		switch p := p.(type) {
		case attr:
			b.WriteByte(' ')
			b.WriteString(string(p.name))
			b.WriteString(`="`)
			escape(b, p.value)
			b.WriteByte('"')
		case group:
			attributes(b, p)
		case nil, text, *element: // within the element
		default:
			panic(fmt.Sprintf("library: part %T", p))
		}
	}
}

// escape writes text so that it is text in an element and in a value between
// quotes. What HTML cannot say becomes U+FFFD, and so do characters that turn the
// direction of what follows them.
func escape(b *strings.Builder, s string) {
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r < 0x20, r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef:
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
}
