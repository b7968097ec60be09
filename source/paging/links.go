package paging

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/source/dom"
)

// link is a link that may lead to the next page.
type link struct {
	href   string
	pages  bool // it says that it is about pages, not about articles
	number bool // nothing but the number of the page says so
}

var (
	// nextPage is what links to the next page are called, and nextThing what may be
	// one or a link to the next article.
	nextPage  = regexp.MustCompile(`(?i)^\W*(?:下一?[页頁]|后一?[页頁]|後一?頁|次の?(?:ページ|頁|页)|다음\s*페이지|next\s*page|page\s*suivante)(?:へ|を読む|读|閱讀|阅读)?\W*$`)
	nextThing = regexp.MustCompile(`(?i)^\W*(?:次へ|다음|next)\W*$|^\s*[»›→]\s*$`)
	// arrow is a link that is a sign or the number of a page.
	arrow = regexp.MustCompile(`>\s*(?:»|›|→|&raquo;|&rsaquo;|[2-9]|1[0-9]|20)\s*<`)
	pager = regexp.MustCompile(`(?i)pagin|pager|page[_-]?(?:nav|num|link|list|bar|break|box)|pages?\b|fenye|分页|wp-link`)
)

// nextWords begin what links to the next page are called. Most pages have none of them,
// which is found out sooner than by parsing.
var nextWords = [][]byte{
	[]byte("next"), []byte("Next"), []byte("NEXT"), []byte("suivante"), []byte("下一"), []byte("下页"), []byte("下頁"), []byte("后一"),
	[]byte("後一"), []byte("后页"), []byte("次へ"), []byte("次の"), []byte("次ペ"), []byte("次页"), []byte("次頁"), []byte("다음"),
}

// mayHave tells whether a page may have a link to the next page.
func mayHave(text []byte) bool {
	return slices.ContainsFunc(nextWords, func(w []byte) bool { return bytes.Contains(text, w) }) || arrow.Match(text)
}

// linksOf returns the links of a page that may lead to the page of a number, the
// most telling first.
func linksOf(text []byte, number int) []link {
	if !mayHave(text) {
		return nil
	}
	root, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return nil // it nests too deep, and was read in another way
	}
	var related, named, counted []link
	var visit func(n *html.Node, in bool)
	visit = func(n *html.Node, in bool) {
		if n.Type == html.ElementNode {
			in = in || pager.MatchString(dom.Attr(n, "class")+" "+dom.Attr(n, "id")+" "+dom.Attr(n, "aria-label"))
		}
		if href := strings.TrimSpace(dom.Attr(n, "href")); dom.Is(n, atom.A, atom.Link) && href != "" && href[0] != '#' {
			label := labelOf(n)
			l := link{href: href, pages: in || nextPage.MatchString(label)}
			switch {
			case slices.Contains(strings.Fields(strings.ToLower(dom.Attr(n, "rel"))), "next"):
				related = append(related, l)
			case dom.Is(n, atom.Link):
			case nextPage.MatchString(label), nextThing.MatchString(label):
				named = append(named, l)
			case in && label == fmt.Sprint(number):
				l.number = true
				counted = append(counted, l)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c, in)
		}
	}
	visit(root, false)
	return slices.Concat(related, named, counted)
}

// labelOf returns the text of a link, or what it is called for those who do not see
// its picture.
func labelOf(n *html.Node) string {
	var b strings.Builder
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		} else if dom.Is(n, atom.Img) {
			b.WriteString(dom.Attr(n, "alt"))
		}
		for c := n.FirstChild; c != nil && b.Len() < 200; c = c.NextSibling {
			visit(c)
		}
	}
	visit(n)
	if s := strings.Join(strings.Fields(b.String()), " "); s != "" {
		return s
	}
	return strings.TrimSpace(dom.Attr(n, "title") + dom.Attr(n, "aria-label"))
}
