package tree

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source/dom"
	"github.com/leporello-press/leporello/source/lang"
)

// img adds an img element.
func (f *flow) img(n *html.Node, c context) {
	img := f.w.image(n, f.w.better[n])
	if img != nil && dom.Is(n.PrevSibling, atom.Noscript) && dom.Find(n.PrevSibling, atom.Img) != nil && f.shown(img.Src) {
		return // what stands before it for browsers without scripts
	}
	f.addImage(img, n, c)
}

func (f *flow) addImage(img *article.Image, n *html.Node, c context) {
	if img == nil {
		return
	}
	if c.style.Link != "" && !samePicture(c.style.Link, img.Src) {
		img.Link = c.style.Link
	}
	f.w.imageAt[img] = f.w.place(n)
	f.open(c)
	f.para.addObject(img, f.w.place(n), object, object)
}

// image returns the picture that an img element shows; nil where it shows none,
// which is reported. src is its address if the element around it knows better.
func (w *walker) image(n *html.Node, src string) *article.Image {
	alt, title := foldLine(dom.Attr(n, "alt")), foldLine(dom.Attr(n, "title"))
	width, height := size(n)
	if src == "" {
		src = w.imageSource(n)
	}
	if src == "" {
		if noscriptImage(n) == nil {
			s := article.Info
			if alt != "" {
				s = article.Loss
			}
			w.issue(n, s, "image.noaddress", dom.Attr(n, "src"), strings.TrimSpace("a picture without an address "+alt), "dropped")
		}
		return nil
	}
	if width <= 2 && height <= 2 && (declares(n, "width") || declares(n, "height")) {
		w.issue(n, article.Info, "image.pixel", src, fmt.Sprintf("a picture of %d by %d pixels counts readers", width, height), "dropped")
		return nil
	}
	return &article.Image{Src: src, Alt: alt, Title: title, Width: width, Height: height, Referrer: w.policy(n)}
}

// policy returns the referrer policy for the picture n.
func (w *walker) policy(n *html.Node) string {
	if p := policy(dom.Attr(n, "referrerpolicy")); p != "" {
		return p
	}
	return w.referrer
}

// policy returns a policy in the words of the standard; "" for none. Of a list the
// last one that is known counts (Referrer Policy, 8.1).
func policy(s string) string {
	found := ""
	for p := range strings.SplitSeq(strings.ToLower(s), ",") {
		switch p = strings.TrimSpace(p); p {
		case "never":
			found = "no-referrer"
		case "always":
			found = "unsafe-url"
		case "default":
			found = "no-referrer-when-downgrade"
		case "no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "same-origin", "strict-origin",
			"strict-origin-when-cross-origin", "unsafe-url":
			found = p
		}
	}
	return found
}

// lazyAttrs are where scripts that load pictures late keep the address, the best
// first.
var lazyAttrs = []string{"data-original", "data-src", "data-lazy-src", "data-original-src", "data-actualsrc", "data-actual-src",
	"data-lazyload", "data-lazy", "data-echo", "data-url", "data-image", "data-hi-res-src", "data-full-url", "zoomfile", "file", "_src", "original"}

// imageSource returns the address of the best picture that n offers; "" for none.
func (w *walker) imageSource(n *html.Node) string {
	for _, name := range lazyAttrs {
		if v := dom.Attr(n, name); looksLikeAddress(v) {
			if src, ok := w.resource(v); ok {
				return src
			}
		}
	}
	for _, name := range []string{"data-srcset", "data-lazy-srcset", "srcset"} {
		if v := bestCandidate(dom.Attr(n, name)); v != "" && !placeholder(v) {
			if src, ok := w.resource(v); ok {
				return src
			}
		}
	}
	raw := dom.Attr(n, "src")
	if placeholder(raw) && (noscriptImage(n) != nil || dom.Is(n.Parent, atom.Picture)) {
		return ""
	}
	src, _ := w.resource(raw)
	return src
}

func looksLikeAddress(s string) bool {
	s = clean(s)
	return strings.ContainsAny(s, "/.") && !strings.ContainsAny(s, " {}[]<>") && !placeholder(s)
}

var placeholderName = regexp.MustCompile(`(?i)(?:blank|spacer|placeholder|loading|lazy|grey|gray|transparent|pixel|none|empty)[^/]*\.(?:gif|png|svg|jpe?g|webp)(?:$|\?)`)

// placeholder tells whether an address is of a picture that only keeps the place
// until a script puts the real one there.
func placeholder(src string) bool {
	src = clean(src)
	if src == "" || src == "#" || strings.HasPrefix(src, "about:") {
		return true
	}
	if strings.HasPrefix(src, "data:") {
		return len(src) < 400
	}
	return placeholderName.MatchString(src)
}

// noscriptImage returns the img within a noscript that follows n, which lazy
// loading scripts write for browsers without scripts; nil where there is none.
func noscriptImage(n *html.Node) *html.Node {
	for next := n.NextSibling; next != nil; next = next.NextSibling {
		switch {
		case next.Type == html.TextNode && strings.TrimSpace(next.Data) == "", next.Type == html.CommentNode:
		case dom.Is(next, atom.Noscript):
			return dom.Find(next, atom.Img)
		default:
			return nil
		}
	}
	return nil
}

// noscript keeps what stands there for browsers without scripts: the pictures, if
// they were not seen. Text there asks to turn scripts on.
func (f *flow) noscript(n *html.Node, c context) {
	w := f.w
	if t := text(n); foldLine(t) != "" {
		if dom.Find(n, atom.Img, atom.P, atom.Iframe, atom.Video) != nil && lang.Width(foldLine(t)) > 200 {
			f.children(n, c) // an article for readers without scripts
			return
		}
		w.drop(n, article.Info, "html.noscript", t, "text for browsers without scripts", "dropped")
	}
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		switch {
		case dom.Is(n, atom.Img):
			if src := w.imageSource(n); src == "" || f.shown(src) {
				return
			}
			f.img(n, c)
		case dom.Is(n, atom.Iframe, atom.Video, atom.Audio):
			f.embed(n, c)
		default:
			for k := n.FirstChild; k != nil; k = k.NextSibling {
				visit(k)
			}
		}
	}
	visit(n)
}

// shown tells whether the picture src was the last thing added.
func (f *flow) shown(src string) bool {
	if len(f.para.lines) > 0 {
		ins := f.para.lines[len(f.para.lines)-1].inlines
		for i := len(ins) - 1; i >= 0; i-- {
			if img, ok := ins[i].(*article.Image); ok {
				return samePicture(img.Src, src)
			}
		}
		return false
	}
	if len(f.blocks) > 0 {
		if fig, ok := f.blocks[len(f.blocks)-1].(*article.Figure); ok {
			return samePicture(fig.Images[len(fig.Images)-1].Src, src)
		}
	}
	return false
}

// maxCandidate is the width in pixels up to which more is better: no page of a
// book shows more.
const maxCandidate = 2048

// bestCandidate returns an address of a srcset: the widest that is no wider than
// maxCandidate, or the narrowest.
func bestCandidate(srcset string) string {
	best, bestSize := "", 0
	better := func(size int) bool {
		if size <= maxCandidate {
			return size > bestSize || bestSize > maxCandidate
		}
		return best == "" || size < bestSize
	}
	s := srcset
	for {
		s = strings.TrimLeft(s, " \t\r\n\f,")
		if s == "" {
			return best
		}
		end := strings.IndexAny(s, " \t\r\n\f")
		if end < 0 {
			end = len(s)
		}
		address, desc := s[:end], ""
		s = s[end:]
		if strings.HasSuffix(address, ",") {
			address = strings.TrimRight(address, ",")
		} else {
			desc, s, _ = strings.Cut(s, ",")
		}
		if size := candidateSize(strings.TrimSpace(desc)); address != "" && better(size) {
			best, bestSize = address, size
		}
	}
}

// candidateSize returns the pixels of a descriptor: "640w", or "2x" as if the
// plain picture had a thousand.
func candidateSize(desc string) int {
	for d := range strings.FieldsSeq(desc) {
		v, err := strconv.ParseFloat(d[:len(d)-1], 64)
		if err != nil || v <= 0 || v > 1e6 {
			continue
		}
		switch d[len(d)-1] {
		case 'w':
			return int(v)
		case 'x':
			return int(v * 1000)
		}
	}
	return 1000
}

// picture adds the picture of a picture element: that of its img, or where the
// img only keeps the place, that of the first source in a format all can read.
func (f *flow) picture(n *html.Node, c context) {
	w := f.w
	img := dom.Find(n, atom.Img)
	if img == nil {
		f.children(n, c)
		return
	}
	src := w.imageSource(img)
	if src == "" {
		for pass := range 2 {
			for _, s := range elements(n) {
				if !dom.Is(s, atom.Source) || src != "" {
					continue
				}
				t := strings.ToLower(dom.Attr(s, "type"))
				common := t == "" || t == "image/jpeg" || t == "image/png"
				if common == (pass == 0) {
					src = w.imageSource(s)
				}
			}
		}
	}
	w.better[img] = src
	f.children(n, c)
}

var leadingNumber = regexp.MustCompile(`^\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$`)

// size returns the declared size of n in CSS pixels; 0 where there is none.
func size(n *html.Node) (width, height int) {
	st := styles(n)
	get := func(name string) int {
		for _, v := range []string{st[name], dom.Attr(n, name)} {
			if m := leadingNumber.FindStringSubmatch(v); m != nil {
				if i, err := strconv.Atoi(m[1]); err == nil {
					return i
				}
			}
		}
		return 0
	}
	return get("width"), get("height")
}

// declares tells whether n has a size of its own in pixels in that direction.
func declares(n *html.Node, name string) bool {
	return leadingNumber.MatchString(styles(n)[name]) || leadingNumber.MatchString(dom.Attr(n, name))
}

// figure adds a figure element.
func (f *flow) figure(n *html.Node, c context) {
	w := f.w
	if hasClass(n, "highlight") && f.gutter(n, c) {
		return
	}
	var captions []*html.Node
	body := w.flow(c)
	waiting := w.waiting // the figure's own
	w.waiting = nil
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		if dom.Is(k, atom.Figcaption) {
			captions = append(captions, k)
			continue
		}
		body.node(k, c.plain())
	}
	blocks := body.end()
	var caption []article.Inline
	var rest []article.Block
	for i, k := range captions {
		cc := c.plain().with(k)
		if w.hidden(k) {
			continue
		}
		body.anchors(k)
		if i == 0 {
			var more []article.Block
			caption, more = w.inlines(k, cc)
			rest = append(rest, more...)
			continue
		}
		rest = append(rest, w.content(k, cc)...)
	}
	w.waiting = append(waiting, w.waiting...)
	f.blocks = append(f.blocks, w.captioned(blocks, caption, f.attr(n, c))...)
	f.blocks = append(f.blocks, rest...)
}

// captioned gives blocks the caption: pictures become one figure, a table takes
// it, and what has no place for it is followed by a paragraph.
func (w *walker) captioned(blocks []article.Block, caption []article.Inline, a article.Attr) []article.Block {
	all := &article.Figure{Attr: a, Caption: caption}
	only := true
	at := -1 // where the pictures stand among the others
	var others []article.Block
	for _, b := range blocks {
		fig, ok := b.(*article.Figure)
		if !ok || len(fig.Caption) > 0 {
			only = only && !ok // a figure with a caption of its own stays one
			others = append(others, b)
			continue
		}
		switch {
		case fig.ID == "":
		case all.ID == "":
			all.ID = fig.ID
		default:
			w.alias[fig.ID] = all.ID
		}
		all.Images = append(all.Images, fig.Images...)
		if at < 0 {
			at = len(others)
		}
	}
	if len(all.Images) > 0 && only {
		return slices.Insert(others, at, article.Block(all))
	}
	if len(blocks) == 1 && len(caption) > 0 {
		if t, ok := blocks[0].(*article.Table); ok && len(t.Caption) == 0 {
			t.Caption, caption = caption, nil
		}
	}
	switch {
	case len(caption) > 0:
		p := &article.Paragraph{Attr: a, Inlines: caption}
		w.label[p] = true
		return append(blocks, p)
	case a.ID == "":
	case len(blocks) == 0:
		w.waiting = append(w.waiting, a.ID)
	case attrOf(blocks[0]).ID == "":
		attrOf(blocks[0]).ID = a.ID
	default:
		w.alias[a.ID] = attrOf(blocks[0]).ID
	}
	return blocks
}

// svg adds a drawing that stands in the page as a picture of its own.
func (f *flow) svg(n *html.Node, c context) {
	w := f.w
	d := drawing{}
	width, height := size(n)
	source := d.source(n)
	alt := foldLine(dom.Attr(n, "aria-label"))
	if alt == "" {
		alt = foldLine(d.title)
	}
	words, others := foldLine(d.text.String()), foldLine(d.others.String())
	if alt == "" {
		alt = words
	}
	icon := strings.EqualFold(dom.Attr(n, "aria-hidden"), "true") || width > 0 && width <= 32 && height <= 32
	switch {
	case !d.shows:
		if others == "" {
			w.issue(n, article.Info, "html.svg", "", strings.TrimSpace("a drawing whose parts are elsewhere "+alt), "dropped")
		}
		f.text(others, w.place(n), c)
		return
	case icon && words == "":
		w.issue(n, article.Info, "html.svg", "", strings.TrimSpace("an icon "+alt), "dropped")
		f.text(others, w.place(n), c)
		return
	}
	if words != "" {
		if w.left != nil {
			w.left(words)
		}
		w.issue(n, article.Info, "html.svg", "", "the words of a drawing: "+words, "drawn, not set as text")
	}
	if width == 0 && height == 0 {
		if box := strings.FieldsFunc(dom.Attr(n, "viewBox"), func(r rune) bool { return r == ' ' || r == ',' }); len(box) == 4 {
			width, height = pixels(box[2]), pixels(box[3])
		}
	}
	f.addImage(&article.Image{Src: "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(source)),
		Alt: alt, Width: width, Height: height}, n, c)
	f.text(others, w.place(n), c)
}

func pixels(s string) int {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v < 0 || v > 1e5 {
		return 0
	}
	return int(v + 0.5)
}
