package pdf

import (
	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/pdfobj"
	"github.com/leporello-press/leporello/layout"
)

// bookmark is a line of the outline and the lines below it.
type bookmark struct {
	entry layout.OutlineEntry
	ref   pdfobj.Ref
	kids  []*bookmark
}

// maxOpen is how many lines of the outline are shown at first, at most, before
// the parts are folded.
const maxOpen = 40

// outline writes the bookmarks and returns their root; 0: there are none.
func (d *document) outline(entries []layout.OutlineEntry) pdfobj.Ref {
	if len(entries) == 0 {
		return 0
	}
	root := &bookmark{ref: d.w.Reserve()}
	// The last line of each level, the root at level 0.
	path := []*bookmark{root}
	for _, e := range entries {
		level := min(max(e.Level, 1), len(path))
		b := &bookmark{entry: e, ref: d.w.Reserve()}
		parent := path[level-1]
		parent.kids = append(parent.kids, b)
		path = append(path[:level], b)
	}
	shown := 0
	for _, e := range entries {
		if e.Kind != layout.HeadingEntry {
			shown++
		}
	}
	open := shown <= maxOpen
	d.bookmarks(root, open)
	count := 0
	for _, b := range root.kids {
		count += 1 + max(b.count(open), 0)
	}
	d.w.Put(root.ref, dict{
		kv("Type", name("Outlines")),
		kv("First", root.kids[0].ref),
		kv("Last", root.kids[len(root.kids)-1].ref),
		kv("Count", num(count)),
	})
	return root.ref
}

// count returns the Count of a line (§12.3.3): how many lines show below it
// while it is unfolded, negative when it is folded at first. Only parts are
// unfolded, and only when open is set.
func (b *bookmark) count(open bool) int {
	n := 0
	for _, k := range b.kids {
		n += 1 + max(k.count(open), 0)
	}
	if b.entry.Kind != layout.PartEntry || !open {
		return -n
	}
	return n
}

func (d *document) bookmarks(parent *bookmark, open bool) {
	for i, b := range parent.kids {
		line := dict{
			kv("Title", pdfobj.Text(b.entry.Title)),
			kv("Parent", parent.ref),
		}
		if i > 0 {
			line = append(line, kv("Prev", parent.kids[i-1].ref))
		}
		if i+1 < len(parent.kids) {
			line = append(line, kv("Next", parent.kids[i+1].ref))
		}
		if len(b.kids) > 0 {
			line = append(line,
				kv("First", b.kids[0].ref),
				kv("Last", b.kids[len(b.kids)-1].ref),
				kv("Count", num(b.count(open))))
		}
		if _, ok := d.dests.byName[b.entry.Anchor]; ok {
			line = append(line, kv("Dest", pdfobj.Bytes(b.entry.Anchor)))
		} else {
			d.report(article.Issue{
				Severity: article.Warning, Code: "link.dangling", URL: "#" + b.entry.Anchor,
				Detail: "the bookmark " + b.entry.Title + " leads nowhere", Action: "no link",
			})
		}
		d.w.Put(b.ref, line)
		d.bookmarks(b, open)
	}
}
