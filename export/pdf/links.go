package pdf

import (
	"net/url"
	"slices"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/pdfobj"
	"github.com/leporello-press/leporello/layout"
)

// destinations are the anchors of a book and the links that wait for one.
type destinations struct {
	byName  map[string]destination
	waiting map[string][]waitingLink
}

type destination struct {
	page pdfobj.Ref
	x, y int64 // thousandths of a point, y up
}

// waitingLink is a link annotation whose anchor has not come yet.
type waitingLink struct {
	ref     pdfobj.Ref
	body    dict // without Rect and Dest
	rect    array
	chapter string
}

// anchor notes a place that links lead to and writes the links that waited for it.
func (d *document) anchor(a *layout.Anchor, page pdfobj.Ref, height layout.Length) {
	if _, ok := d.dests.byName[a.Name]; ok {
		return // names are unique; the first one counts
	}
	d.dests.byName[a.Name] = destination{page, milli(a.At.X), milli(height) - milli(a.At.Y)}
	for _, l := range d.dests.waiting[a.Name] {
		d.w.Put(l.ref, append(l.body, kv("Rect", l.rect), kv("Dest", pdfobj.Bytes(a.Name))))
	}
	delete(d.dests.waiting, a.Name)
}

// annotations writes the links of a page.
func (d *document) annotations(links []*layout.Link, page pdfobj.Ref, p *layout.Page) []pdfobj.Ref {
	var refs []pdfobj.Ref
	for _, l := range links {
		body := dict{
			kv("Type", name("Annot")),
			kv("Subtype", name("Link")),
			kv("Border", array{num(0), num(0), num(0)}),
			kv("F", num(4)), // printed, as PDF/A wants
			kv("P", page),
		}
		internal := strings.HasPrefix(l.Target, "#")
		var uri string
		if !internal {
			var ok bool
			if uri, ok = safeURI(l.Target); !ok {
				d.issue(article.Issue{
					Severity: article.Warning, Code: "link.scheme", URL: l.Target,
					Detail: "a PDF may link to http, https, mailto and tel only", Action: "no link",
				})
				continue
			}
		}
		ref := d.w.Reserve()
		refs = append(refs, ref)
		contents := string(d.canvas.linkText[l.Element])
		if strings.TrimSpace(contents) == "" {
			contents = l.Target
		}
		// PDF/UA-1 7.18.5: a link is described.
		body = append(body, kv("Contents", pdfobj.Text(contents)))
		if l.Element != nil {
			body = append(body, kv("StructParent", num(d.tags.object(l.Element, page, ref))))
		} else {
			d.claims.deny(claimUA|claimA, "a link is not tagged")
		}
		x, y := milli(l.Rect.At.X), milli(p.Size.H)-milli(l.Rect.At.Y+l.Rect.Size.H)
		rect := array{
			pdfobj.Real(x), pdfobj.Real(y),
			pdfobj.Real(x + milli(l.Rect.Size.W)), pdfobj.Real(y + milli(l.Rect.Size.H)),
		}
		if !internal {
			d.w.Put(ref, append(body, kv("Rect", rect), kv("A", dict{
				kv("Type", name("Action")),
				kv("S", name("URI")),
				kv("URI", pdfobj.Bytes(uri)),
			})))
			continue
		}
		target := l.Target[1:]
		if _, ok := d.dests.byName[target]; ok {
			d.w.Put(ref, append(body, kv("Rect", rect), kv("Dest", pdfobj.Bytes(target))))
			continue
		}
		d.dests.waiting[target] = append(d.dests.waiting[target], waitingLink{ref, body, rect, d.chapter})
	}
	return refs
}

// closeLinks writes the links whose anchor never came. Their numbers stand in
// pages and in the structure tree, so each becomes an area without extent that
// leads nowhere.
func (d *document) closeLinks() {
	var names []string
	for n := range d.dests.waiting {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		for _, l := range d.dests.waiting[n] {
			corner := array{l.rect[0], l.rect[1], l.rect[0], l.rect[1]}
			d.w.Put(l.ref, append(l.body, kv("Rect", corner)))
			d.report(article.Issue{
				Severity: article.Warning, Code: "link.dangling", Article: l.chapter, URL: "#" + n,
				Detail: "nothing in the book has this name", Action: "no link",
			})
		}
	}
}

// close writes the name tree of destinations.
func (t *destinations) close(w *pdfobj.Writer) pdfobj.Ref {
	names := make([]string, 0, len(t.byName))
	for n := range t.byName {
		names = append(names, n)
	}
	slices.Sort(names)
	tree := pdfobj.NewNameTree(w)
	for _, n := range names {
		tree.Add(n, t.byName[n].array())
	}
	return tree.Close()
}

func (t destination) array() array {
	return array{t.page, name("XYZ"), pdfobj.Real(t.x), pdfobj.Real(t.y), pdfobj.Null{}}
}

// maxURI is how long an address may be, in bytes.
const maxURI = 8 << 10

// safeURI returns an address in ASCII that a reader may be sent to. White space
// and control characters are taken out first, as browsers do, so that they
// cannot hide a scheme.
func safeURI(s string) (string, bool) {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	if len(s) > maxURI {
		return "", false
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", false
	}
	switch u.Scheme {
	case "http", "https":
		if u.Host == "" {
			return "", false
		}
	case "mailto", "tel":
		if u.Opaque == "" {
			return "", false
		}
	default:
		return "", false
	}
	out := u.String()
	var b []byte
	for i := range len(out) {
		if c := out[i]; c > ' ' && c < 0x7F {
			b = append(b, c)
		} else {
			b = append(b, '%')
			b = appendHex(b, c)
		}
	}
	return string(b), true
}
