package webpage

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/source/dom"
	"github.com/leporello-press/leporello/source/lang"
)

// each calls f for n and what is below it, in the order of the page; what is
// below a node for which f returns false is left out.
func each(n *html.Node, f func(*html.Node) bool) {
	if !f(n) {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, f)
	}
}

// unseen tells whether n is an element whose text nobody sees.
func unseen(n *html.Node) bool {
	return dom.Is(n, atom.Head, atom.Script, atom.Style, atom.Template, atom.Title, atom.Noscript, atom.Datalist, atom.Noembed, atom.Noframes,
		atom.Iframe)
}

// text returns the text that is seen below n, on one line.
func text(n *html.Node) string {
	var b strings.Builder
	each(n, func(n *html.Node) bool {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case dom.Is(n, atom.Br, atom.P, atom.Div, atom.Li, atom.Td, atom.Tr, atom.H1, atom.H2, atom.H3, atom.Section, atom.Dd, atom.Dt):
			b.WriteByte(' ')
		}
		return !unseen(n)
	})
	return fold(b.String())
}

func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// letters counts the characters of s that print.
func letters(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// density returns which part of the text below n is links, and how long it is.
// Links within the page (notes) do not count.
func density(n *html.Node) (linked float64, length int) {
	in := 0
	var visit func(n *html.Node, link bool)
	visit = func(n *html.Node, link bool) {
		if n.Type == html.TextNode {
			l := letters(n.Data)
			length += l
			if link {
				in += l
			}
			return
		}
		if unseen(n) {
			return
		}
		if dom.Is(n, atom.A) {
			if href := strings.TrimSpace(dom.Attr(n, "href")); href != "" && href[0] != '#' {
				link = true
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c, link)
		}
	}
	visit(n, false)
	if length == 0 {
		return 0, 0
	}
	return float64(in) / float64(length), length
}

// sentence tells whether s reads like a sentence: it ends like one, or has a
// comma or full stop within and is long.
func sentence(s string) bool {
	s = strings.TrimRight(s, " 」』”’\"')）]】")
	if s == "" {
		return false
	}
	if strings.ContainsAny(s[len(s)-1:], ".!?") || strings.HasSuffix(s, "…") {
		return lang.Width(s) >= 8
	}
	for _, end := range []string{"。", "！", "？", "．"} {
		if strings.HasSuffix(s, end) {
			return true
		}
	}
	return lang.Width(s) >= 60 && strings.ContainsAny(s, "，。、,.;；：")
}

// The words that classes and ids are made of, where they tell what an element is.
var (
	frameWords = words("nav navbar navigation menu topnav subnav breadcrumb breadcrumbs crumb crumbs sidebar sidebox rightbar footer foot header topbar related recommend copyright")
	junkWords  = words(`share sharing sharebar sharedaddy related relate relates recommend recommended recommendation recommendations comment comments commentlist
		commentform pinglun ad ads adv advert adverts advertisement advertising guanggao gg sponsor sponsored promo promotion nav navbar navigation menu topnav
		breadcrumb breadcrumbs crumb crumbs sidebar sidebox rightbar toolbar tools pager pagination paging prev next prevnext social subscribe subscription newsletter
		popup modal dialog cookie cookies consent qrcode erweima ranking rank hot tag tags keywords login signup register feedback vote like likes print
		reward dashang donate disqus respond widget banner footer copyright statement skip bookmark follow`)
	adWords      = words("ad ads adv advert adverts advertisement advertising adsbygoogle guanggao sponsored copyright footer share sharing sharebar sharedaddy")
	captionWords = words("caption captions figcaption imgcaption photocaption tuzhu tushuo")
	// commentWords are for containers of what readers wrote.
	commentWords = words("comments commentlist commentarea commentbox commentwrap commentsection disqus pinglun cmtlist commentarea respond")
)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

var hump = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// hasWord tells whether class or id of n have one of the words: "post-nav" and
// "postNav" have "nav".
func hasWord(n *html.Node, list map[string]bool) bool {
	for _, name := range []string{"class", "id"} {
		v := dom.Attr(n, name)
		if v == "" {
			continue
		}
		if len(v) > 1000 {
			v = v[:1000]
		}
		for _, w := range strings.FieldsFunc(strings.ToLower(hump.ReplaceAllString(v, "$1 $2")), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if list[w] || list[strings.TrimRight(w, "0123456789")] {
				return true
			}
		}
	}
	return false
}

// comments tells whether n holds what readers wrote.
func comments(n *html.Node) bool {
	if hasWord(n, commentWords) {
		return true
	}
	for c := range strings.FieldsSeq(strings.ToLower(dom.Attr(n, "class") + " " + dom.Attr(n, "id"))) {
		c = strings.NewReplacer("_", "-").Replace(c)
		switch c {
		case "comment-list", "comment-area", "comment-box", "comment-wrap", "comment-section", "comment-container", "post-comments", "comment-content", "hot-comment",
			"comment", "bbs-comment", "article-comment", "news-comment":
			return true
		}
	}
	return false
}

// inline tells whether n stands within running text.
func inline(n *html.Node) bool {
	return dom.Is(n, atom.A, atom.Abbr, atom.B, atom.Bdi, atom.Bdo, atom.Big, atom.Cite, atom.Code, atom.Data, atom.Del, atom.Dfn, atom.Em, atom.Font, atom.I, atom.Ins,
		atom.Kbd, atom.Label, atom.Mark, atom.Q, atom.S, atom.Samp, atom.Small, atom.Span, atom.Strike, atom.Strong, atom.Time, atom.Tt, atom.U, atom.Var)
}
