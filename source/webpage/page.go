// Package webpage finds the article within a whole web page: what is left when
// navigation, advertisements, lists of other articles and comments are taken
// away. It is a service for the formats under source that hold HTML, not a
// format itself: it works on a parsed page and takes nodes out of it.
//
// Which part of the page is the article decides go-readability, a descendant
// of Mozilla's Readability. Its result is only used to know which elements it
// kept: the tree keeps the elements of the page as they were written, with their
// places, and what the library drops within an article although it reads like a
// part of it (a list, a quotation, a lead above the body) is kept. Nothing is
// taken away in silence: Found.Dropped has it all.
//
// It also finds what pages say of themselves in their text alone: the title
// without the name of the site, the date beside it, the author.
//
// It does not read the head of the page, which source/tree does, and does not
// join an article that goes over several pages, which source/paging does.
package webpage

import (
	"fmt"
	"strings"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/source/dom"
)

// Options say how pages are reduced. The zero value is good: pages that look
// like whole ones are reduced by what the library finds.
type Options struct {
	Mode Mode
	// Keep are the parts of the page that are the article; all else is dropped.
	// Nil: the rule of the page's host says it, or it is found out.
	Keep []Selector
	// Remove are parts that are dropped whatever is found out. Nil: those of the
	// rule of the page's host.
	Remove []Selector
	// Rules are what is known of single sites. Keep and Remove go before them.
	Rules []Rule
}

// Mode says which pages are reduced.
type Mode uint8

const (
	// Auto reduces pages that look like whole ones: with a head, and with
	// navigation, scripts or many links around the article.
	Auto Mode = iota
	// Always reduces every page with a body.
	Always
	// Never takes all of the body, less what Options.Remove names.
	Never
)

// ParseMode reads "auto", "always" or "never".
func ParseMode(s string) (Mode, error) {
	switch s {
	case "auto", "":
		return Auto, nil
	case "always":
		return Always, nil
	case "never":
		return Never, nil
	}
	return 0, fmt.Errorf("webpage: %q is none of auto, always and never", s)
}

// Selector is a group of CSS selectors: ".ad, #related".
type Selector struct {
	text  string
	group cascadia.SelectorGroup
}

// ParseSelector reads CSS selectors separated by commas.
func ParseSelector(s string) (Selector, error) {
	if strings.TrimSpace(s) == "" {
		return Selector{}, fmt.Errorf("webpage: an empty selector")
	}
	g, err := cascadia.ParseGroup(s)
	if err != nil {
		return Selector{}, fmt.Errorf("webpage: selector %q: %w", s, err)
	}
	return Selector{s, g}, nil
}

// ParseSelectors reads a list of selectors.
func ParseSelectors(list []string) ([]Selector, error) {
	var out []Selector
	for _, s := range list {
		sel, err := ParseSelector(s)
		if err != nil {
			return nil, err
		}
		out = append(out, sel)
	}
	return out, nil
}

// String returns the selector as it was written.
func (s Selector) String() string { return s.text }

// find returns the elements that some of the selectors select, each once, in the
// order of the page, without those within others.
func find(root *html.Node, list []Selector) []*html.Node {
	if len(list) == 0 {
		return nil
	}
	var found []*html.Node
	each(root, func(n *html.Node) bool {
		if n.Type != html.ElementNode {
			return true
		}
		for _, s := range list {
			if s.group != nil && s.group.Match(n) {
				found = append(found, n)
				return false
			}
		}
		return true
	})
	return found
}

// Known is what is known of a page before it is reduced.
type Known struct {
	URL   string // of the page; empty: unknown
	Title string // the best that its head has; empty: none
	Site  string // the name of the site; empty: unknown
	// Zone is where dates without a zone were written; nil: UTC.
	Zone *time.Location
}

// Found is what was found out about a page.
type Found struct {
	// Title is the title of the article; empty: nothing better than what is known.
	Title string
	// TitleAt is the element whose text the title is; nil: it was made of Known.Title.
	TitleAt *html.Node
	// Published and Updated are dates that stand near the title; zero: none.
	Published, Updated time.Time
	DateAt             *html.Node // what Published was read from
	Author             string     // empty: not found
	// Dropped is what is not in the page any more, in its order.
	Dropped []Dropped
	// How says in a few words what chose the article; empty: the page was not
	// reduced.
	How string
}

// Dropped are neighbours that were taken out of the page.
type Dropped struct {
	Nodes    []*html.Node
	Text     string // theirs, on one line
	Links    int
	Pictures int
	Why      string // "not the article", "a selector of the user", …
	Prose    bool   // reads like a part of an article: long, and hardly a link in it
}

// Reduce takes out of the page under root what is not its article. It decides
// by the options whether the page is a whole one.
func Reduce(root *html.Node, o Options, k Known) Found {
	var f Found
	body := dom.Find(root, atom.Body)
	if body == nil {
		return f
	}
	rule := ruleFor(o.Rules, k.URL)
	remove, keep := o.Remove, o.Keep
	if remove == nil && o.Mode != Never {
		remove = rule.remove
	}
	if keep == nil && o.Mode != Never {
		keep = rule.keep
	}
	whole := o.Mode == Always || o.Mode == Auto && (len(keep) > 0 || Whole(root))
	r := reducer{root: root, body: body, known: k, rule: rule}
	// Before anything is gone: titles and dates often stand outside of the article.
	if whole {
		r.title(&f)
		r.date(&f)
		r.author(&f)
	}
	removed := find(body, remove)
	r.order()
	for _, n := range removed {
		r.why[n] = "a selector"
	}
	switch kept := find(body, keep); {
	case len(keep) > 0 && len(kept) > 0:
		for _, n := range kept {
			r.keepAll(n)
		}
		f.How = "the selectors to keep"
	case whole:
		f.How = r.extract(removed)
		if f.How != "" {
			r.auto = true
			r.rescue(f.TitleAt)
		}
	}
	if f.How == "" {
		r.keepAll(body)
		if len(removed) > 0 {
			f.How = "the selectors to remove"
		}
	}
	f.Dropped = r.prune(f.TitleAt)
	return f
}

// Whole tells whether a parsed page looks like one that a browser showed, with
// all that stands around an article: it has a head, and navigation, scripts and
// styles, or a text that is in good part links.
func Whole(root *html.Node) bool {
	head, body := dom.Find(root, atom.Head), dom.Find(root, atom.Body)
	// Careless markup ends the head early, and what follows stands in the body.
	if head == nil || body == nil || dom.Find(root, atom.Title, atom.Meta) == nil {
		return false
	}
	scripts, styles, frame := 0, 0, 0
	run, menu := 0, false // links in a row, and whether there are many before any text
	links, linked, total := 0, 0, 0
	each(root, func(n *html.Node) bool {
		if n.Type == html.TextNode {
			if unseen(n.Parent) {
				return true
			}
			l := letters(n.Data)
			if total += l; l > 3 {
				run = 0
			}
			return true
		}
		if n.Type != html.ElementNode {
			return true
		}
		switch n.DataAtom {
		case atom.Script:
			if strings.ToLower(dom.Attr(n, "type")) != "application/ld+json" {
				scripts++
			}
		case atom.Style:
			styles++
		case atom.Link:
			if strings.EqualFold(dom.Attr(n, "rel"), "stylesheet") {
				styles++
			}
		case atom.Nav, atom.Aside:
			frame += 2
		case atom.Footer, atom.Header, atom.Form:
			frame++
		case atom.Div, atom.Ul, atom.Td, atom.Table, atom.Section:
			if hasWord(n, frameWords) {
				frame++
			}
		}
		switch strings.ToLower(dom.Attr(n, "role")) {
		case "navigation", "banner", "contentinfo", "complementary":
			frame++
		}
		if n.DataAtom == atom.A && n.Namespace == "" {
			l := letters(text(n))
			links++
			linked += l
			total += l
			if run++; run >= 4 && total-linked < 100 {
				menu = true
			}
			return false
		}
		return true
	})
	return frame >= 2 || scripts+styles >= 3 || menu || links >= 12 && linked*5 > total
}
