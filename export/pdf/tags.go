package pdf

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf16"

	"github.com/leporello-press/leporello/internal/pdfobj"
	"github.com/leporello-press/leporello/layout"
)

// tags is the structure tree. An element is written when layout says that its
// root has ended; until then the content it has on pages is kept.
type tags struct {
	w      *pdfobj.Writer
	claims *claims
	nodes  map[*layout.Element]*node
	// Children of the document, by the kind of page they stand on.
	roots    [3][]pdfobj.Ref
	document pdfobj.Ref
	parents  *pdfobj.Tree[int] // from keys of pages and annotations to elements
	next     int               // key in parents
	ids      *pdfobj.Tree[string]
	notes    int
	levels   [3]headings
	table    tableRepair // of the table that is being written
}

// node is what is known of an element before it is written.
type node struct {
	ref   pdfobj.Ref // 0: none was needed yet; leaves have none
	parts []part
	box   *layout.Rect // around its pictures
	boxOn layout.Size  // size of the page that box is on
}

// part is content of an element: marked content of a page, or an annotation.
type part struct {
	page   pdfobj.Ref
	object pdfobj.Ref // 0: marked content
	mcid   int32
}

func newTags(w *pdfobj.Writer, c *claims) tags {
	return tags{
		w: w, claims: c,
		nodes:    map[*layout.Element]*node{},
		document: w.Reserve(),
		parents:  pdfobj.NewNumberTree(w),
		ids:      pdfobj.NewNameTree(w),
	}
}

// ownerElement is an element that has content of its own.
type ownerElement layout.Element

// role is the structure type that the content is marked with.
func (e *ownerElement) role() layout.Role {
	if e.Role == layout.Leaf {
		return layout.P
	}
	return e.Role
}

// owner returns the element that content of e belongs to: the parent of a
// leaf. A leaf without a parent counts as a paragraph.
func owner(e *layout.Element) *ownerElement {
	if e.Role == layout.Leaf && e.Parent != nil {
		return (*ownerElement)(e.Parent)
	}
	return (*ownerElement)(e)
}

func (t *tags) node(e *layout.Element) *node {
	n := t.nodes[e]
	if n == nil {
		n = &node{}
		t.nodes[e] = n
	}
	return n
}

// ref returns the number of a structure element.
func (t *tags) ref(e *layout.Element) pdfobj.Ref {
	n := t.node(e)
	if n.ref == 0 {
		n.ref = t.w.Reserve()
	}
	return n.ref
}

// content notes that e has marked content, and returns the element to enter in
// the page's part of the parent tree.
func (t *tags) content(e *layout.Element, page pdfobj.Ref, mcid int) pdfobj.Ref {
	n := t.node(e)
	n.parts = append(n.parts, part{page: page, mcid: int32(mcid)})
	return t.ref((*layout.Element)(owner(e)))
}

// object notes that annotation is part of e, and returns the annotation's key
// in the parent tree.
func (t *tags) object(e *layout.Element, page, annotation pdfobj.Ref) int {
	n := t.node(e)
	n.parts = append(n.parts, part{page: page, object: annotation})
	return t.parent(t.ref((*layout.Element)(owner(e))))
}

func (t *tags) parent(o pdfobj.Object) int {
	key := t.next
	t.next++
	t.parents.Add(key, o)
	return key
}

// closePage enters the elements of a page's marked content and returns the
// page's key.
func (t *tags) closePage(owners []pdfobj.Ref) (key int, ok bool) {
	if len(owners) == 0 {
		return 0, false
	}
	return t.parent(t.w.Add(pdfobj.Refs(owners))), true
}

// picture notes where a picture of e stands.
func (t *tags) picture(e *layout.Element, r layout.Rect, page layout.Size) {
	n := t.node((*layout.Element)(owner(e)))
	if n.box == nil {
		n.box, n.boxOn = &r, page
		return
	}
	*n.box = union(*n.box, r)
}

func union(a, b layout.Rect) layout.Rect {
	x0, y0 := min(a.At.X, b.At.X), min(a.At.Y, b.At.Y)
	x1 := max(a.At.X+a.Size.W, b.At.X+b.Size.W)
	y1 := max(a.At.Y+a.Size.H, b.At.Y+b.Size.H)
	return layout.Rect{At: layout.Point{X: x0, Y: y0}, Size: layout.Size{W: x1 - x0, H: y1 - y0}}
}

// end writes the tree below root and forgets it.
func (t *tags) end(root *layout.Element, kind layout.PageKind) {
	t.roots[kind] = append(t.roots[kind], t.ref(root))
	t.write(root, t.document, kind)
}

// write writes e and what is below it.
func (t *tags) write(e *layout.Element, parent pdfobj.Ref, kind layout.PageKind) {
	ref := t.ref(e)
	n := t.nodes[e]
	if e.Role == layout.Table {
		around := t.table
		t.table = repairTable(e)
		defer func() { t.table = around }()
	}
	role := (*ownerElement)(e).role()
	if e == t.table.head {
		role = layout.TBody
	}
	s := dict{
		kv("S", name(role)),
		kv("P", parent),
	}
	var page pdfobj.Ref
	// An element's annotations come after what it says.
	var content, annotations []part
	for _, p := range n.parts {
		if p.object == 0 {
			content = append(content, p)
		} else {
			annotations = append(annotations, p)
		}
	}
	kids := t.parts(nil, content, &page)
	for _, kid := range e.Kids {
		if kid.Role != layout.Leaf {
			kids = append(kids, t.ref(kid))
			t.write(kid, ref, kind)
			continue
		}
		if leaf := t.nodes[kid]; leaf != nil {
			kids = t.parts(kids, leaf.parts, &page)
			delete(t.nodes, kid)
		}
	}
	for range t.table.empty[e] {
		kids = append(kids, t.w.Add(dict{kv("S", name(layout.TD)), kv("P", ref)}))
	}
	kids = t.parts(kids, annotations, &page)
	delete(t.nodes, e)
	if page != 0 {
		s = append(s, kv("Pg", page))
	}
	switch len(kids) {
	case 0:
	case 1:
		s = append(s, kv("K", kids[0]))
	default:
		s = append(s, kv("K", kids))
	}
	s = appendText(s, "Lang", e.Lang)
	s = appendText(s, "T", e.Title)
	s = appendText(s, "Alt", e.Alt)
	s = appendText(s, "ActualText", e.Actual)
	if a := attributes(e, n); a != nil {
		s = append(s, kv("A", a))
	}
	if e.Role == layout.Note {
		// PDF/UA-1 7.9: every note has an identifier of its own.
		t.notes++
		id := fmt.Sprintf("n%07d", t.notes)
		t.ids.Add(id, ref)
		s = append(s, kv("ID", pdfobj.Bytes(id)))
	}
	if (e.Role == layout.Figure || e.Role == layout.Formula) && e.Alt == "" && e.Actual == "" {
		t.claims.deny(claimUA, "a figure has no description")
	}
	t.levels[kind].meet(e.Role)
	t.w.Put(ref, s)
}

// parts appends marked content and annotations as kids of an element. page is
// the page of those kids that do not name their own; 0: not yet chosen.
func (t *tags) parts(kids array, parts []part, page *pdfobj.Ref) array {
	for _, p := range parts {
		if *page == 0 {
			*page = p.page
		}
		switch {
		case p.object != 0:
			kids = append(kids, dict{kv("Type", name("OBJR")), kv("Obj", p.object), kv("Pg", p.page)})
		case p.page == *page:
			kids = append(kids, num(p.mcid))
		default:
			kids = append(kids, dict{kv("Type", name("MCR")), kv("Pg", p.page), kv("MCID", num(p.mcid))})
		}
	}
	return kids
}

func appendText(d dict, key name, s string) dict {
	if s == "" {
		return d
	}
	return append(d, kv(key, pdfobj.Text(clip(s))))
}

// maxText bounds text strings in UTF-16 units; PDF/A-2 6.1.13 allows strings of
// 32,767 bytes.
const maxText = 16_000

func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := 0
	for i, r := range s {
		if n += max(utf16.RuneLen(r), 1); n > maxText {
			return s[:i]
		}
	}
	return s
}

// attributes returns the attribute object of an element (§14.8.5), or nil.
func attributes(e *layout.Element, n *node) pdfobj.Object {
	var a dict
	switch e.Role {
	case layout.TH, layout.TD:
		a = dict{kv("O", name("Table"))}
		if e.ColSpan > 1 {
			a = append(a, kv("ColSpan", num(e.ColSpan)))
		}
		if e.RowSpan > 1 {
			a = append(a, kv("RowSpan", num(e.RowSpan)))
		}
		if e.Role == layout.TH && e.Scope != "" {
			a = append(a, kv("Scope", name(e.Scope)))
		}
	case layout.L:
		a = dict{kv("O", name("List"))}
		if e.Numbering != "" {
			a = append(a, kv("ListNumbering", name(e.Numbering)))
		}
	case layout.Figure, layout.Formula:
		a = dict{kv("O", name("Layout"))}
		if e.Placement != "" {
			a = append(a, kv("Placement", name(e.Placement)))
		}
		if n.box != nil {
			x, y := milli(n.box.At.X), milli(n.boxOn.H)-milli(n.box.At.Y+n.box.Size.H)
			a = append(a, kv("BBox", array{
				pdfobj.Real(x), pdfobj.Real(y),
				pdfobj.Real(x + milli(n.box.Size.W)), pdfobj.Real(y + milli(n.box.Size.H)),
			}))
		}
	}
	if len(a) < 2 {
		return nil
	}
	return a
}

// close writes the root and returns it.
func (t *tags) close() pdfobj.Ref {
	t.endRest()
	var kids array
	var order headings
	for _, kind := range pageOrder {
		for _, r := range t.roots[kind] {
			kids = append(kids, r)
		}
		order.join(t.levels[kind])
	}
	if order.broken {
		t.claims.deny(claimUA, "heading levels are skipped")
	}
	root := t.w.Reserve()
	t.w.Put(t.document, dict{
		kv("Type", name("StructElem")),
		kv("S", name("Document")),
		kv("P", root),
		kv("K", kids),
	})
	s := dict{
		kv("Type", name("StructTreeRoot")),
		kv("K", t.document),
		kv("ParentTreeNextKey", num(t.next)),
	}
	if ref := t.parents.Close(); ref != 0 {
		s = append(s, kv("ParentTree", ref))
	}
	if ref := t.ids.Close(); ref != 0 {
		s = append(s, kv("IDTree", ref))
	}
	t.w.Put(root, s)
	return root
}

// endRest writes the trees that no page has ended, in the order in which their
// numbers were reserved.
func (t *tags) endRest() {
	type started struct {
		ref  pdfobj.Ref
		root *layout.Element
	}
	var rest []started
	for e, n := range t.nodes {
		if n.ref != 0 {
			root := e
			for root.Parent != nil {
				root = root.Parent
			}
			rest = append(rest, started{n.ref, root})
		}
	}
	slices.SortFunc(rest, func(a, b started) int { return cmp.Compare(a.ref, b.ref) })
	done := map[*layout.Element]bool{}
	for _, s := range rest {
		if !done[s.root] {
			done[s.root] = true
			t.end(s.root, layout.Body)
		}
	}
}

// headings checks PDF/UA-1 7.4.2: the first heading is an H1, and none is more
// than one level below the one before it.
type headings struct {
	first, last int // 0: no heading yet
	broken      bool
}

func (h *headings) meet(r layout.Role) {
	if len(r) != 2 || r[0] != 'H' || r[1] < '1' || r[1] > '6' {
		return
	}
	level := int(r[1] - '0')
	if h.first == 0 {
		h.first = level
	} else if level > h.last+1 {
		h.broken = true
	}
	h.last = level
}

// join appends the headings of n.
func (h *headings) join(n headings) {
	if n.first == 0 {
		return
	}
	if n.broken || n.first > h.last+1 {
		h.broken = true
	}
	h.last = n.last
}
