package webpage

import (
	"log/slog"
	"net/url"
	"strconv"
	"strings"

	readability "codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/source/dom"
)

// reducer is the state of one Reduce.
type reducer struct {
	root, body *html.Node
	known      Known
	rule       Rule

	elements []*html.Node       // of the body, in the order of the page
	at       map[*html.Node]int // their places in elements

	kept  map[*html.Node]bool // elements of the article, with the text directly in them
	leads map[*html.Node]bool // elements that are kept or hold some that are
	inner *html.Node          // the innermost element around all that is kept
	why   map[*html.Node]string
	auto  bool // no selector said what to keep
}

func (r *reducer) order() {
	r.at = map[*html.Node]int{}
	r.kept, r.leads, r.why = map[*html.Node]bool{}, map[*html.Node]bool{}, map[*html.Node]string{}
	each(r.body, func(n *html.Node) bool {
		if n.Type == html.ElementNode {
			r.at[n] = len(r.elements)
			r.elements = append(r.elements, n)
		}
		return true
	})
}

// keepAll keeps n and all below it but what a selector removes.
func (r *reducer) keepAll(n *html.Node) {
	each(n, func(n *html.Node) bool {
		if r.why[n] != "" {
			return false
		}
		if n.Type == html.ElementNode {
			r.keep(n)
		}
		return true
	})
}

func (r *reducer) keep(n *html.Node) {
	r.kept[n] = true
	for ; n != nil && !r.leads[n]; n = n.Parent {
		r.leads[n] = true
	}
}

// The library returns copies of the elements it kept, renamed, moved and without
// their attributes. An attribute with a number of its own comes through all of
// that, also where two elements become one.
const markPrefix = "leporello-at-"

// tooMany bounds the elements of a page that the library looks at: its time grows
// faster than the page.
const tooMany = 80_000

// extract asks the library which elements are the article. It returns what
// chose them; "" where nothing was found.
func (r *reducer) extract(removed []*html.Node) string {
	if len(r.elements) > tooMany {
		return r.fallback()
	}
	skip := map[*html.Node]bool{}
	for _, n := range removed {
		skip[n] = true
	}
	r.skipComments(skip)
	marks := r.ask(skip, false)
	if r.count(marks) < 200 {
		// Pages that show their text only when a script has run hide it by a style.
		if more := r.ask(skip, true); r.count(more) > 2*r.count(marks) {
			marks = more
		}
	}
	how := "the text of the page"
	hint := r.hint(skip)
	if hint != nil {
		inside, all := 0, r.count(marks)
		for _, n := range marks {
			if within(n, hint) {
				inside += ownLetters(n)
			}
		}
		if inside*2 <= all {
			// The library chose something else: comments, where the lines of the
			// article are short.
			marks = nil
			r.keepGood(hint)
			how = "a name that only the text of an article has"
			r.keep(hint)
		}
		marks = r.besides(marks, hint)
	}
	for _, n := range marks {
		r.keep(n)
	}
	if len(r.kept) == 0 {
		return r.fallback()
	}
	return how
}

// besides returns marks without those that stand behind the hint, if they are so
// much that they must be something else: what readers wrote.
func (r *reducer) besides(marks []*html.Node, hint *html.Node) []*html.Node {
	_, all := density(hint)
	var behind, rest []*html.Node
	for _, n := range marks {
		if r.at[n] > r.at[hint] && !within(n, hint) {
			behind = append(behind, n)
		} else {
			rest = append(rest, n)
		}
	}
	if r.count(behind)*2 > all {
		return rest
	}
	return marks
}

// fallback keeps the hint, or the only article or main element, of a page that
// the library found nothing in or did not see.
func (r *reducer) fallback() string {
	if h := r.hint(nil); h != nil {
		r.keepGood(h)
		r.keep(h)
		return "a name that only the text of an article has"
	}
	for _, name := range []atom.Atom{atom.Article, atom.Main} {
		var found []*html.Node
		for _, n := range r.elements {
			if dom.Is(n, name) {
				found = append(found, n)
			}
		}
		if len(found) != 1 {
			continue
		}
		if linked, length := density(found[0]); length >= 40 && linked < 0.4 {
			r.keepGood(found[0])
			r.keep(found[0])
			return "its " + name.String() + " element"
		}
	}
	return ""
}

// keepGood keeps n and what is below it but for what is surely no article.
func (r *reducer) keepGood(n *html.Node) {
	each(n, func(c *html.Node) bool {
		if r.why[c] != "" {
			return false
		}
		if c.Type != html.ElementNode {
			return true
		}
		if c != n && r.junk(c) {
			return false
		}
		r.keep(c)
		return true
	})
}

// ask runs the library on a copy of the page and returns the elements it kept.
// Where show is set, styles that hide long texts are taken away first.
func (r *reducer) ask(skip map[*html.Node]bool, show bool) (marks []*html.Node) {
	defer func() {
		// The page is a stranger's and so is the library.
		if p := recover(); p != nil {
			marks = nil
		}
	}()
	base, err := url.Parse(r.known.URL)
	if err != nil || base.Host == "" {
		base, _ = url.Parse("http://page.invalid/")
	}
	p := readability.NewParser()
	p.Logger = slog.New(slog.DiscardHandler)
	art, err := p.ParseAndMutate(r.copy(r.root, skip, show), base)
	if err != nil || art.Node == nil {
		return nil
	}
	each(art.Node, func(n *html.Node) bool {
		for _, a := range n.Attr {
			if s, ok := strings.CutPrefix(a.Key, markPrefix); ok {
				if i, err := strconv.Atoi(s); err == nil && i < len(r.elements) {
					marks = append(marks, r.elements[i])
				}
			}
		}
		return true
	})
	for c := art.Node.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode && letters(c.Data) > 0 {
			marks = append(marks, r.body) // text directly in the body
			break
		}
	}
	return marks
}

// copy returns a copy of n with a mark on each element of the body.
func (r *reducer) copy(n *html.Node, skip map[*html.Node]bool, show bool) *html.Node {
	c := &html.Node{Type: n.Type, DataAtom: n.DataAtom, Data: n.Data, Namespace: n.Namespace}
	if n.Type == html.ElementNode {
		c.Attr = make([]html.Attribute, len(n.Attr), len(n.Attr)+1)
		copy(c.Attr, n.Attr)
		if dom.Is(n, atom.Img) {
			promote(c)
		}
		if show {
			reveal(c, n)
		}
		if i, ok := r.at[n]; ok {
			c.Attr = append(c.Attr, html.Attribute{Key: markPrefix + strconv.Itoa(i)})
		}
	}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		if !skip[k] && k.Type != html.CommentNode {
			c.AppendChild(r.copy(k, skip, show))
		}
	}
	return c
}

// promote gives a picture that a script loads late its address, so that the
// library does not take it for an empty one.
func promote(n *html.Node) {
	for _, name := range []string{"data-original", "data-src", "data-lazy-src", "data-original-src", "data-actualsrc", "data-lazyload", "data-lazy", "data-echo", "data-url"} {
		if v := dom.Attr(n, name); strings.Contains(v, "/") && !strings.ContainsAny(v, " <>") {
			for i := range n.Attr {
				if n.Attr[i].Key == "src" {
					n.Attr[i].Val = v
					return
				}
			}
			n.Attr = append(n.Attr, html.Attribute{Key: "src", Val: v})
			return
		}
	}
}

// reveal takes the style that hides it away from the copy of an element with much text.
func reveal(c, n *html.Node) {
	for i := range c.Attr {
		if c.Attr[i].Key != "style" {
			continue
		}
		s := strings.ReplaceAll(strings.ToLower(c.Attr[i].Val), " ", "")
		if !strings.Contains(s, "visibility:hidden") && !strings.Contains(s, "opacity:0") {
			return
		}
		if _, length := density(n); length >= 200 {
			c.Attr[i].Val = ""
		}
		return
	}
}

// ownLetters counts the characters directly in n.
func ownLetters(n *html.Node) int {
	if unseen(n) {
		return 0
	}
	l := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			l += letters(c.Data)
		}
	}
	return l
}

func (r *reducer) count(marks []*html.Node) int {
	l := 0
	for _, n := range marks {
		l += ownLetters(n)
	}
	return l
}

func within(n, outer *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == outer {
			return true
		}
	}
	return false
}

// skipComments adds what readers wrote to what the library does not see, as long
// as a text is left without it: where an article is short the library takes the
// comments for it.
func (r *reducer) skipComments(skip map[*html.Node]bool) {
	var found []*html.Node
	letters := 0
	each(r.body, func(n *html.Node) bool {
		if n.Type != html.ElementNode || n == r.body || dom.Is(n, atom.Main, atom.Article, atom.A) || !comments(n) {
			return true
		}
		if dom.Find(n, atom.H1) != nil {
			return true
		}
		_, l := density(n)
		letters += l
		found = append(found, n)
		return false
	})
	if len(found) == 0 {
		return
	}
	linked, all := density(r.body)
	if all-letters-int(linked*float64(all)) < 60 {
		return
	}
	for _, n := range found {
		skip[n] = true
	}
}

// hints are what sites and their systems call the text of an article, and nothing else.
var hints = mustSelectors(`[itemprop~="articleBody"]`, `#js_content`, `.article-content`, `.article_content`, `.article-body`, `.article__body`, `.articleBody`,
	`#articleContent`, `#article_content`, `#article-content`, `#article-body`, `#artibody`, `.article-text`, `.article_text`, `.articleText`, `.post-content`, `.post-body`, `.post__content`, `.entry-content`,
	`.news-content`, `.news_content`, `.news-body`, `.story-body`, `.story-content`, `.content-article`, `.markdown-body`, `.honbun`, `.article-main-text`, `.TRS_Editor`, `.t_f`)

func mustSelectors(list ...string) []Selector {
	s, err := ParseSelectors(list)
	if err != nil {
		panic(err)
	}
	return s
}

// hint returns the only element of a name that the text of an article has.
func (r *reducer) hint(skip map[*html.Node]bool) *html.Node {
	for _, h := range hints {
		found := find(r.body, []Selector{h})
		if len(found) != 1 {
			continue
		}
		n := found[0]
		for s := range skip {
			if within(n, s) {
				return nil
			}
		}
		if linked, length := density(n); length >= 40 && linked < 0.35 {
			return n
		}
	}
	return nil
}

// rescue keeps what the library drops although it is a part of the article: the
// lead between the title and the text, and notes that the text leads to.
func (r *reducer) rescue(titleAt *html.Node) {
	firstKept := -1
	for i, n := range r.elements {
		if r.kept[n] && ownLetters(n) > 0 && n != titleAt && (titleAt == nil || !within(n, titleAt)) {
			firstKept = i
			break
		}
	}
	if i, ok := r.at[titleAt]; ok && firstKept > i {
		for j := i + 1; j < firstKept; j++ {
			n := r.elements[j]
			if r.kept[n] || within(n, titleAt) || r.junkAround(n) {
				continue
			}
			if r.isLead(n) {
				r.keepGood(n)
			}
		}
	}
	var targets []string
	for _, n := range r.elements {
		if id, ok := strings.CutPrefix(dom.Attr(n, "href"), "#"); ok && id != "" && r.kept[n] {
			targets = append(targets, id)
		}
	}
	if len(targets) == 0 {
		return
	}
	byID := map[string]*html.Node{}
	for _, n := range r.elements {
		for _, id := range []string{dom.Attr(n, "id"), dom.Attr(n, "name")} {
			if id != "" && byID[id] == nil {
				byID[id] = n
			}
		}
	}
	for _, id := range targets {
		n := byID[id]
		if n == nil || r.leads[n] {
			continue
		}
		for inline(n) && n.Parent != nil && !r.leads[n.Parent] {
			n = n.Parent // <p><a name=n1></a>text
		}
		if linked, length := density(n); length > 0 && linked < 0.5 && r.why[n] == "" && !r.removedAround(n) && !dom.Is(n, atom.Nav, atom.Form) {
			if dom.Is(n.Parent, atom.Ol, atom.Ul) {
				r.keep(n.Parent)
			}
			r.keepGood(n)
		}
	}
}

func (r *reducer) removedAround(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if r.why[n] != "" {
			return true
		}
	}
	return false
}

// isLead tells whether n, which stands between the title and the text, is a
// paragraph or picture of the article.
func (r *reducer) isLead(n *html.Node) bool {
	if dom.Is(n, atom.Figure) {
		return dom.Find(n, atom.Img) != nil
	}
	if !dom.Is(n, atom.P, atom.Div, atom.Blockquote, atom.H2, atom.H3, atom.Section) || dom.Find(n, atom.P, atom.Div, atom.Ul, atom.Table, atom.Form, atom.Section) != nil {
		return false
	}
	linked, length := density(n)
	t := text(n)
	return length >= 12 && linked < 0.2 && sentence(t) && !dateInText.MatchString(t)
}

// junkAround tells whether n or an element around it, up to one that is kept in
// part, is surely no article.
func (r *reducer) junkAround(n *html.Node) bool {
	for ; n != nil && !r.leads[n]; n = n.Parent {
		if r.why[n] != "" || r.junk(n) {
			return true
		}
	}
	return false
}

// junk tells whether n by its name is no part of an article.
func (r *reducer) junk(n *html.Node) bool {
	if dom.Is(n, atom.Nav, atom.Footer, atom.Form, atom.Button, atom.Input, atom.Select, atom.Textarea, atom.Fieldset, atom.Dialog, atom.Aside, atom.Option) {
		return true
	}
	switch strings.ToLower(dom.Attr(n, "role")) {
	case "navigation", "menu", "menubar", "complementary", "alert", "dialog", "alertdialog", "toolbar", "search":
		return true
	}
	if dom.Is(n, atom.Body, atom.Article, atom.Main, atom.Img, atom.Picture) || r.kept[n] {
		return false
	}
	if hasWord(n, junkWords) {
		// "content with-sidebar": what holds most of a page is not what it is called after.
		_, length := density(n)
		return length < 2000
	}
	return false
}

// never tells whether n is no part of an article although the library kept it, as
// it does when it finds little text.
func (r *reducer) never(n *html.Node) bool {
	if dom.Is(n, atom.Nav) {
		return true
	}
	if !dom.Is(n, atom.Div, atom.Section, atom.Ul, atom.Ol, atom.Ins, atom.Span, atom.P, atom.Footer, atom.Header, atom.Aside, atom.Dl, atom.Table) {
		return false
	}
	named := dom.Is(n, atom.Footer, atom.Aside) || hasWord(n, junkWords)
	if !named {
		return false
	}
	linked, length := density(n)
	return length > 0 && (linked > 0.5 || length < 300 && hasWord(n, adWords))
}

// good tells whether c, which the library dropped from within n, reads like a part of
// the article.
func (r *reducer) good(c, n *html.Node) bool {
	if r.junk(c) {
		return false
	}
	linked, length := density(c)
	switch {
	case length > 0 && linked < 0.5 && hasWord(c, captionWords):
		return true
	case inline(c):
		return r.kept[n] && (ownLetters(n) > 0 || length > 0 && sentence(text(c)))
	case dom.Is(c, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6):
		return r.kept[n] && length > 0 && linked < 0.5
	case dom.Is(c, atom.Pre, atom.Blockquote, atom.Figure, atom.Table, atom.Details):
		return (length > 0 || dom.Find(c, atom.Img) != nil) && linked < 0.4
	case dom.Is(c, atom.Iframe, atom.Object, atom.Embed):
		return false
	}
	if length == 0 {
		return dom.Find(c, atom.Img, atom.Video, atom.Audio) != nil && r.kept[n] && dom.Find(c, atom.A) == nil
	}
	if linked >= 0.3 {
		return false
	}
	if r.kept[n] {
		return sentence(text(c)) || dom.Is(c, atom.Ul, atom.Ol, atom.Dl, atom.P) || length >= 40
	}
	// Beside what is kept, not within it.
	return dom.Is(c, atom.P, atom.Ul, atom.Ol) && sentence(text(c)) || r.twin(c, n)
}

// twin tells whether c has the name and class of a child of n that is kept: one
// text in several boxes.
func (r *reducer) twin(c, n *html.Node) bool {
	class := fold(dom.Attr(c, "class"))
	if class == "" || !dom.Is(c, atom.Div, atom.Section, atom.P) {
		return false
	}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		if k != c && k.Type == html.ElementNode && k.DataAtom == c.DataAtom && r.kept[k] && fold(dom.Attr(k, "class")) == class {
			return true
		}
	}
	return false
}

// whatever is left to the reader of the article where the text around it is kept.
func whatever(n *html.Node) bool {
	if n.Namespace != "" {
		return true
	}
	return dom.Is(n, atom.Br, atom.Hr, atom.Wbr, atom.Img, atom.Picture, atom.Source, atom.Svg, atom.Math, atom.Noscript, atom.Video, atom.Audio, atom.Track,
		atom.Sup, atom.Sub, atom.Ruby, atom.Rb, atom.Rt, atom.Rp, atom.Script, atom.Style, atom.Template, atom.Col, atom.Colgroup, atom.Caption, atom.Figcaption,
		atom.Thead, atom.Tbody, atom.Tfoot, atom.Tr, atom.Td, atom.Th, atom.Li, atom.Dt, atom.Dd, atom.Summary)
}

// prune takes what is not kept out of the page.
func (r *reducer) prune(titleAt *html.Node) []Dropped {
	if len(r.kept) == 0 {
		return nil
	}
	r.inner = r.innermost()
	p := pruner{reducer: r, titleAt: titleAt}
	p.children(r.body, r.inner == r.body)
	var list []Dropped
	for _, d := range p.dropped {
		if d.measure(); d.Text != "" || d.Pictures > 0 {
			list = append(list, d)
		}
	}
	return list
}

// innermost returns the innermost element around all kept ones.
func (r *reducer) innermost() *html.Node {
	n := r.body
	for !r.kept[n] {
		var only *html.Node
		count := 0
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if r.leads[c] {
				only = c
				count++
			}
		}
		if count != 1 {
			return n
		}
		n = only
	}
	return n
}

type pruner struct {
	*reducer
	titleAt *html.Node
	dropped []Dropped
}

// children prunes what is below n; inside tells that n is a part of the article or
// holds all of it.
func (p *pruner) children(n *html.Node, inside bool) {
	open := -1 // the place in dropped of what was dropped directly before
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch {
		case c.Type == html.TextNode:
			if letters(c.Data) == 0 {
				break
			}
			if !inside || !p.auto && !p.kept[n] {
				open = p.drop(c, "not the article", open)
				break
			}
			open = -1
		case c.Type != html.ElementNode:
		case p.why[c] != "":
			open = p.drop(c, p.why[c], open)
		case p.auto && !p.holdsTitle(c) && p.never(c):
			open = p.drop(c, "not the article", open)
		case p.leads[c]:
			open = -1
			p.children(c, inside || p.kept[c] || c == p.inner)
		case inside && p.auto && (whatever(c) || c != p.titleAt && p.good(c, n)):
			open = -1
			p.within(c)
		default:
			open = p.drop(c, "not the article", open)
		}
		c = next
	}
}

// within prunes an element that is kept although the library did not say so.
func (p *pruner) within(n *html.Node) {
	open := -1
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch {
		case c.Type != html.ElementNode:
		case p.why[c] != "":
			open = p.drop(c, p.why[c], open)
		case p.leads[c]:
			open = -1
			p.children(c, true)
		case p.junk(c):
			open = p.drop(c, "not the article", open)
		default:
			open = -1
			p.within(c)
		}
		c = next
	}
}

func (p *pruner) holdsTitle(n *html.Node) bool { return p.titleAt != nil && within(p.titleAt, n) }

// drop takes n out of the page. open is the place of its neighbours that were
// dropped before it, -1 where there are none; the result is that of n.
func (p *pruner) drop(n *html.Node, why string, open int) int {
	n.Parent.RemoveChild(n)
	if open >= 0 && p.dropped[open].Why == why {
		p.dropped[open].Nodes = append(p.dropped[open].Nodes, n)
		return open
	}
	p.dropped = append(p.dropped, Dropped{Nodes: []*html.Node{n}, Why: why})
	return len(p.dropped) - 1
}

// measure fills in what the nodes hold.
func (d *Dropped) measure() {
	var b strings.Builder
	linked, prose := 0, 0
	for _, top := range d.Nodes {
		each(top, func(n *html.Node) bool {
			switch {
			case n.Type == html.TextNode:
				b.WriteString(n.Data)
			case dom.Is(n, atom.Script, atom.Style, atom.Template, atom.Title, atom.Datalist, atom.Noembed, atom.Iframe):
				if n.DataAtom == atom.Iframe {
					d.Pictures++
				}
				return false
			case dom.Is(n, atom.Img, atom.Video, atom.Audio, atom.Object, atom.Embed):
				d.Pictures++
			case dom.Is(n, atom.A):
				d.Links++
				linked += letters(text(n))
			}
			if dom.Is(n, atom.P) && !d.comments(n) {
				if share, length := density(n); length >= 40 && share < 0.1 && sentence(text(n)) {
					prose += length
				}
			}
			if n.Type == html.ElementNode {
				b.WriteByte(' ')
			}
			return true
		})
		b.WriteByte(' ')
	}
	d.Text = fold(b.String())
	d.Prose = prose >= 200 && linked*4 < letters(d.Text) && d.Why == "not the article"
}

// comments tells whether n stands among what readers wrote.
func (*Dropped) comments(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && comments(n) {
			return true
		}
	}
	return false
}
