package tree

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source/dom"
)

// link adds an a element.
func (f *flow) link(n *html.Node, c context) {
	w := f.w
	if w.notes.back[n] {
		if w.left != nil {
			w.left(text(n))
		}
		return
	}
	if href, ok := dom.Lookup(n, "href"); ok {
		if target, why := w.href(href); why == "" {
			c.style.Link = target
		} else if why != ignored {
			w.issue(n, article.Info, "link.dropped", href, why, "its text is kept")
		}
	}
	f.children(n, c)
}

// ignored is the reason for links that lead nowhere on purpose.
const ignored = "no target"

var cleanAddress = strings.NewReplacer("\t", "", "\n", "", "\r", "")

// clean removes what a browser ignores in an address.
func clean(s string) string {
	return cleanAddress.Replace(strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || r == '\u00a0' || r == '\u3000' || r == '\ufeff' || r == '\u200b' }))
}

// href returns where a link leads: an absolute address or "#" and an anchor. why
// says why it leads nowhere.
func (w *walker) href(raw string) (target, why string) {
	s := clean(raw)
	if s == "" || s == "#" || strings.EqualFold(s, "#top") {
		return "", ignored
	}
	if s[0] == '#' {
		return "#" + fragment(s[1:]), ""
	}
	u, err := parseURL(s)
	if err != nil {
		return "", "not an address"
	}
	switch u.Scheme {
	case "":
		if w.base == nil {
			if u.Host == "" {
				return "", "relative, and the page has no address"
			}
			u.Scheme = "https"
			break
		}
		u = w.base.ResolveReference(u)
		if u.Fragment != "" && w.samePage(u) {
			return "#" + u.Fragment, ""
		}
	case "http", "https":
		if u.Fragment != "" && w.samePage(u) && w.linked[u.Fragment] {
			return "#" + u.Fragment, ""
		}
	case "mailto", "tel":
		return u.String(), ""
	case "javascript":
		return "", ignored
	default:
		return "", "addresses of the kind " + u.Scheme + ": are not followed"
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", "not an address"
	}
	return u.String(), ""
}

// citation returns the address of a quoted work; "" where it is none.
func (w *walker) citation(raw string) string {
	target, why := w.href(raw)
	if why != "" || strings.HasPrefix(target, "#") {
		return ""
	}
	return target
}

// fragment returns the id that the fragment of an address means: its escapes are
// resolved where they are escapes.
func fragment(s string) string {
	if d, err := url.PathUnescape(s); err == nil {
		return d
	}
	return s
}

func (w *walker) samePage(u *url.URL) bool {
	if w.base == nil {
		return false
	}
	a, b := *u, *w.base
	a.Fragment, a.RawFragment, b.Fragment, b.RawFragment = "", "", "", ""
	return a.String() == b.String()
}

// parseURL parses an address as people write them: with spaces, brackets and
// stray percent signs.
func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err == nil {
		return u, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		hex := i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
		if c <= ' ' || c == 0x7f || c == '%' && !hex || strings.IndexByte(`"<>\^{|}`+"`", c) >= 0 {
			const digits = "0123456789ABCDEF"
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return url.Parse(b.String())
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// resource returns the address of a picture or another file of the page: an
// absolute address, a path relative to the article's file, or a data: address. ok
// is false for what can be none: src is then empty, or what was written where
// someone may have meant an address.
func (w *walker) resource(raw string) (src string, ok bool) {
	s := clean(raw)
	if s == "" || s[0] == '#' {
		return "", false
	}
	if len(s) > 5 && strings.EqualFold(s[:5], "data:") {
		return s, true
	}
	u, err := parseURL(s)
	if err != nil {
		return s, false
	}
	switch u.Scheme {
	case "http", "https":
		return u.String(), u.Host != ""
	case "":
	case "javascript", "about", "vbscript":
		return "", false
	default:
		if len(u.Scheme) == 1 {
			return s, false // a drive of Windows
		}
		return u.String(), true // nobody can get it, and the reader is told so
	}
	if w.in.Base == "" && w.in.Files != nil && u.Host == "" {
		if p, found := w.local(u.Path); found || w.base == nil {
			return escapePath.Replace(p), p != ""
		}
	}
	if w.base != nil {
		u = w.base.ResolveReference(u)
		return u.String(), u.Host != ""
	}
	if u.Host != "" {
		u.Scheme = "https"
		return u.String(), true
	}
	return escapePath.Replace(strings.ReplaceAll(u.Path, `\`, "/")), u.Path != ""
}

// escapePath makes a reference of a path: what means something else in one is
// escaped again.
var escapePath = strings.NewReplacer("%", "%25", "?", "%3F", "#", "%23")

// local returns the path of a file, relative to the article's, for a relative
// reference whose escapes are resolved. found tells whether there is such a file:
// beside the article, from the root of the tree or in the folder that carries the
// article's name, where blogs keep the pictures of a post.
func (w *walker) local(ref string) (rel string, found bool) {
	ref = strings.ReplaceAll(ref, `\`, "/")
	dir := path.Dir(w.in.Path)
	name := strings.TrimSuffix(path.Base(w.in.Path), path.Ext(w.in.Path))
	tries := []string{path.Join(dir, ref), path.Join(dir, name, ref)}
	if strings.HasPrefix(ref, "/") {
		tries = []string{path.Clean(ref[1:]), path.Join("source", ref), path.Join("static", ref)}
	}
	for _, p := range tries {
		if !fs.ValidPath(p) {
			continue
		}
		if info, err := fs.Stat(w.in.Files, p); err == nil && info.Mode().IsRegular() {
			return relative(dir, p), true
		}
	}
	return ref, false
}

// relative returns p, a path of the tree, as seen from the folder dir.
func relative(dir, p string) string {
	if dir == "." {
		return p
	}
	up := strings.Split(dir, "/")
	to := strings.Split(p, "/")
	for len(up) > 0 && len(to) > 1 && up[0] == to[0] {
		up, to = up[1:], to[1:]
	}
	return strings.Repeat("../", len(up)) + strings.Join(to, "/")
}

// linkedIDs returns the ids that links of the page lead to.
func linkedIDs(w *walker, root *html.Node) map[string]bool {
	ids := map[string]bool{}
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if dom.Is(n, atom.A) {
			href := clean(dom.Attr(n, "href"))
			if i := strings.IndexByte(href, '#'); i >= 0 && i+1 < len(href) {
				u, err := parseURL(href)
				if i == 0 || err == nil && w.base != nil && w.samePage(w.base.ResolveReference(u)) {
					ids[fragment(href[i+1:])] = true
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(root)
	return ids
}

// resolveLinks makes links within the page lead to blocks and notes. target returns
// the ID of that which took an anchor.
func (w *walker) resolveLinks(doc *article.Document, target func(anchor string) (string, bool)) {
	dead := map[string]bool{}
	ids := idsOf(doc)
	fix := func(link string, pos article.Pos) string {
		anchor, ok := strings.CutPrefix(link, "#")
		if !ok {
			return link
		}
		if id, ok := target(anchor); ok && ids[id] {
			return "#" + id
		}
		if !dead[anchor] {
			dead[anchor] = true
			w.report(article.Issue{Severity: article.Info, Code: "link.dead", Pos: pos, URL: link,
				Detail: "nothing on the page has this id", Action: "its text is kept"})
		}
		return ""
	}
	eachInline(doc, func(in article.Inline, pos article.Pos) article.Inline {
		switch in := in.(type) {
		case article.Run:
			in.Style.Link = fix(in.Style.Link, pos)
			return in
		case *article.Ruby:
			in.Style.Link = fix(in.Style.Link, pos)
		case *article.Image:
			in.Link = fix(in.Link, pos)
		case article.LineBreak, *article.NoteRef, *article.Math:
			// have no link
		default:
			panic(fmt.Sprintf("tree: unknown inline %T", in))
		}
		return in
	})
	doc.Walk(func(b article.Block) bool {
		if fig, ok := b.(*article.Figure); ok {
			for _, img := range fig.Images {
				img.Link = fix(img.Link, fig.Pos)
			}
		}
		return true
	})
}

// idsOf returns the IDs of the document.
func idsOf(doc *article.Document) map[string]bool {
	ids := map[string]bool{}
	for _, n := range doc.Notes {
		ids[n.ID] = true
	}
	doc.Walk(func(b article.Block) bool {
		ids[b.Anchor()] = true
		if l, ok := b.(*article.List); ok {
			for _, it := range l.Items {
				ids[it.ID] = true
			}
		}
		return true
	})
	return ids
}

// eachInline replaces every inline of the document by what change makes of it.
func eachInline(doc *article.Document, change func(in article.Inline, pos article.Pos) article.Inline) {
	doc.Walk(func(b article.Block) bool {
		for _, list := range article.InlineLists(b) {
			for i, in := range *list {
				(*list)[i] = change(in, b.Position())
			}
		}
		return true
	})
}

var sizeInName = regexp.MustCompile(`-\d{2,4}x\d{2,4}(\.[A-Za-z]+)$`)
var sizeInPath = regexp.MustCompile(`/w\d{2,4}h\d{2,4}/`)

// samePicture tells whether two addresses are most likely of one picture: they
// differ in scheme, query or size only.
func samePicture(a, b string) bool { return pictureKey(a) == pictureKey(b) }

func pictureKey(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "data" {
		return s
	}
	p := u.Path
	// Image servers take orders at the end of a name: "a.jpg@600w", "a.jpg!thumb".
	for _, mark := range []string{"@", "!"} {
		if i := strings.LastIndex(p, mark); i > strings.LastIndex(p, "/")+1 {
			p = p[:i]
		}
	}
	p = sizeInName.ReplaceAllString(p, "$1")
	p = sizeInPath.ReplaceAllString(p, "/")
	if path.Ext(p) == "" && u.RawQuery != "" {
		p += "?" + u.RawQuery // the query names the picture
	}
	return u.Host + p
}
