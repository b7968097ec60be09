package pdf

import (
	"io"
	"slices"
	"strconv"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/layout"
	"github.com/leporello-press/leporello/media"

	"github.com/leporello-press/leporello/internal/pdfobj"
)

// document is a file being written.
type document struct {
	w        *pdfobj.Writer
	report   func(article.Issue)
	chapter  string // what issues call the article being set
	faces    faces
	pictures pictures
	tags     tags
	dests    destinations
	lists    [3]pageList // by layout.PageKind
	canvas   canvas      // of the page being drawn; its buffers are used again
	claims   claims
	backward bool // pages follow one another from right to left
}

// pageList are the pages of one kind, in their order.
type pageList struct {
	nodes  []treeNode // of the page tree; each is written with all its kids at the end
	labels []labelRange
	pages  int
}

// treeNode is the lowest level of the page tree. Its number is reserved before
// its first page is written, because each page names its parent.
type treeNode struct {
	ref  pdfobj.Ref
	kids []pdfobj.Ref
}

// maxPageKids is how many pages a node of the page tree has.
const maxPageKids = 32

// newDocument begins a file. The pictures and the reports of job are its own; the
// rest is drawn by the caller.
func newDocument(w io.Writer, job *export.Job) *document {
	pw := pdfobj.NewWriter(w)
	d := &document{w: pw, report: job.Report}
	d.faces = faces{w: pw, byFace: map[faceKey]*face{}}
	d.pictures = pictures{doc: d, job: job, byKey: map[string]*picture{}, byAsset: map[string]*picture{}, cut: map[string][]media.Asset{}, piece: map[string]bool{}}
	d.tags = newTags(pw, &d.claims)
	d.dests = destinations{byName: map[string]destination{}, waiting: map[string][]waitingLink{}}
	return d
}

// issue reports something about the article being set.
func (d *document) issue(i article.Issue) {
	i.Article = d.chapter
	d.report(i)
}

// page writes one page and the structure trees that end on it.
func (d *document) page(p *layout.Page) error {
	list := &d.lists[p.Kind]
	if n := len(list.nodes); n == 0 || len(list.nodes[n-1].kids) == maxPageKids {
		list.nodes = append(list.nodes, treeNode{ref: d.w.Reserve()})
	}
	node := &list.nodes[len(list.nodes)-1]
	ref := d.w.Reserve()
	node.kids = append(node.kids, ref)
	list.labels = addLabel(list.labels, list.pages, p.Label)
	list.pages++

	c := &d.canvas
	c.reset(d, ref, p)
	for _, it := range p.Items {
		switch it := it.(type) {
		case *layout.GlyphRun:
			c.run(it)
		case *layout.Picture:
			c.picture(it)
		case *layout.Box:
			c.box(it)
		case *layout.Link:
			c.links = append(c.links, it)
		case *layout.Anchor:
			d.anchor(it, ref, p.Size.H)
		default:
			panic("pdf: unknown item " + typeName(it))
		}
	}
	c.finish()

	body := dict{
		kv("Type", name("Page")),
		kv("Parent", node.ref),
		kv("MediaBox", array{num(0), num(0), points(p.Size.W), points(p.Size.H)}),
		kv("Resources", c.resources()),
		kv("Contents", d.w.Stream(nil, c.buf)),
	}
	if key, ok := d.tags.closePage(c.owners); ok {
		body = append(body, kv("StructParents", num(key)))
	}
	if annots := d.annotations(c.links, ref, p); len(annots) > 0 {
		body = append(body,
			kv("Annots", pdfobj.Refs(annots)),
			// PDF/UA-1 7.18.3: the order of tabbing is that of the structure.
			kv("Tabs", name("S")))
	}
	d.w.Put(ref, body)
	for _, root := range p.Ended {
		d.tags.end(root, p.Kind)
	}
	return d.w.Err()
}

// pages returns how many pages were written.
func (d *document) pages() int {
	n := 0
	for _, list := range d.lists {
		n += list.pages
	}
	return n
}

// pageOrder is the order of kinds in the file.
var pageOrder = [3]layout.PageKind{layout.Cover, layout.Contents, layout.Body}

// close writes everything that was left to the end.
func (d *document) close(book export.Book, outline []layout.OutlineEntry) error {
	d.closeLinks()
	if err := d.faces.close(); err != nil {
		return err
	}
	pages := d.pageTree()
	viewer := dict{kv("DisplayDocTitle", pdfobj.Bool(true))}
	if d.backward {
		viewer = append(viewer, kv("Direction", name("R2L")))
	}
	catalog := dict{
		kv("Type", name("Catalog")),
		kv("Pages", pages),
		kv("PageLabels", d.pageLabels()),
		kv("ViewerPreferences", viewer),
		kv("MarkInfo", dict{kv("Marked", pdfobj.Bool(true))}),
		kv("StructTreeRoot", d.tags.close()),
		kv("OutputIntents", d.outputIntents()),
	}
	if book.Lang != "" {
		catalog = append(catalog, kv("Lang", pdfobj.Text(book.Lang)))
	} else {
		d.claims.deny(claimUA|claimA, "the book has no language")
	}
	if ref := d.dests.close(d.w); ref != 0 {
		catalog = append(catalog, kv("Names", dict{kv("Dests", ref)}))
	}
	if ref := d.outline(outline); ref != 0 {
		catalog = append(catalog,
			kv("Outlines", ref),
			kv("PageMode", name("UseOutlines")))
	}
	catalog = append(catalog, kv("Metadata", d.xmp(book)))
	return d.w.Close(d.w.Add(catalog), d.info(book))
}

// pageTree writes the nodes of the page tree and returns its root.
func (d *document) pageTree() pdfobj.Ref {
	type level struct {
		ref   pdfobj.Ref
		kids  []pdfobj.Ref
		count int
	}
	var nodes []level
	for _, kind := range pageOrder {
		for _, n := range d.lists[kind].nodes {
			nodes = append(nodes, level{n.ref, n.kids, len(n.kids)})
		}
	}
	// A level is written when the one above it has numbers for its parents.
	for {
		var up []level
		for group := range slices.Chunk(nodes, maxPageKids) {
			u := level{ref: d.w.Reserve()}
			for _, n := range group {
				u.kids = append(u.kids, n.ref)
				u.count += n.count
				d.w.Put(n.ref, pageNode(u.ref, n.kids, n.count))
			}
			up = append(up, u)
		}
		nodes = up
		if len(nodes) <= 1 {
			break
		}
	}
	if len(nodes) == 0 {
		return d.w.Add(pageNode(0, nil, 0))
	}
	d.w.Put(nodes[0].ref, pageNode(0, nodes[0].kids, nodes[0].count))
	return nodes[0].ref
}

func pageNode(parent pdfobj.Ref, kids []pdfobj.Ref, count int) dict {
	node := dict{
		kv("Type", name("Pages")),
		kv("Kids", pdfobj.Refs(kids)),
		kv("Count", num(count)),
	}
	if parent != 0 {
		node = append(node, kv("Parent", parent))
	}
	return node
}

// labelRange is a run of pages whose labels count up in one style.
type labelRange struct {
	first  int // index of its first page among those of its kind
	style  byte
	prefix string
	start  int
	length int
}

// Styles of page labels (§12.4.2).
const (
	noNumber = 0
	decimal  = 'D'
	lowRoman = 'r'
	upRoman  = 'R'
)

// addLabel notes that page number n of its kind is labelled label.
func addLabel(ranges []labelRange, n int, label string) []labelRange {
	style, number := parseLabel(label)
	if len(ranges) > 0 {
		last := &ranges[len(ranges)-1]
		if style == last.style && (style == noNumber && label == last.prefix || style != noNumber && number == last.start+last.length) {
			last.length++
			return ranges
		}
	}
	r := labelRange{first: n, style: style, start: number, length: 1}
	if style == noNumber {
		r.prefix = label
	}
	return append(ranges, r)
}

// parseLabel tells how a label is counted. A label of another kind is a prefix
// without a number.
func parseLabel(s string) (style byte, number int) {
	if n, err := strconv.Atoi(s); err == nil && n > 0 && strconv.Itoa(n) == s {
		return decimal, n
	}
	if n := parseRoman(s, true); n > 0 {
		return lowRoman, n
	}
	if n := parseRoman(s, false); n > 0 {
		return upRoman, n
	}
	return noNumber, 0
}

// parseRoman returns the number that s writes, or 0.
func parseRoman(s string, lower bool) int {
	if s == "" || len(s) > 15 {
		return 0
	}
	value := map[byte]int{'i': 1, 'v': 5, 'x': 10, 'l': 50, 'c': 100, 'd': 500, 'm': 1000}
	n, last := 0, 0
	for i := len(s) - 1; i >= 0; i-- {
		c := s[i]
		if !lower {
			c |= 0x20
		}
		v, ok := value[c]
		if !ok || !lower && s[i]&0x20 != 0 {
			return 0
		}
		if v < last {
			n -= v
		} else {
			n, last = n+v, v
		}
	}
	if n <= 0 || n > 3999 || roman(n, lower) != s {
		return 0
	}
	return n
}

// roman writes n, 1 to 3999, in roman numerals.
func roman(n int, lower bool) string {
	digits := []struct {
		value int
		text  string
	}{
		{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"},
		{50, "l"}, {40, "xl"}, {10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"},
	}
	var b []byte
	for _, d := range digits {
		for ; n >= d.value; n -= d.value {
			b = append(b, d.text...)
		}
	}
	if !lower {
		for i := range b {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// pageLabels writes the number tree of page labels.
func (d *document) pageLabels() pdfobj.Ref {
	tree := pdfobj.NewNumberTree(d.w)
	first := 0
	for _, kind := range pageOrder {
		list := &d.lists[kind]
		for _, r := range list.labels {
			var label dict
			if r.style != noNumber {
				label = append(label, kv("S", name(r.style)))
				if r.start != 1 {
					label = append(label, kv("St", num(r.start)))
				}
			}
			if r.prefix != "" {
				label = append(label, kv("P", pdfobj.Text(r.prefix)))
			}
			tree.Add(first+r.first, label)
		}
		first += list.pages
	}
	if ref := tree.Close(); ref != 0 {
		return ref
	}
	return d.w.Add(dict{kv("Nums", array{})})
}
