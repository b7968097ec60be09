package article

import (
	"fmt"
	"strconv"
	"strings"
)

// Join appends the blocks and notes of more, which goes on with d, and leaves more
// to d. What it knows beside its text is not looked at. IDs that d has already
// become others.
func (d *Document) Join(more *Document) {
	taken := map[string]bool{}
	d.eachID(func(id *string) { taken[*id] = true })
	names := map[string]string{}
	more.eachID(func(id *string) {
		if *id == "" || !taken[*id] {
			return
		}
		name := *id
		for n := 2; taken[name]; n++ {
			name = *id + "-" + strconv.Itoa(n)
		}
		taken[name] = true
		names[*id], *id = name, name
	})
	if len(names) > 0 {
		link := func(l string) string {
			if id, ok := strings.CutPrefix(l, "#"); ok && names[id] != "" {
				return "#" + names[id]
			}
			return l
		}
		more.Walk(func(b Block) bool {
			if fig, ok := b.(*Figure); ok {
				for _, img := range fig.Images {
					img.Link = link(img.Link)
				}
			}
			for _, list := range InlineLists(b) {
				for i, in := range *list {
					switch in := in.(type) {
					case Run:
						in.Style.Link = link(in.Style.Link)
						(*list)[i] = in
					case *Ruby:
						in.Style.Link = link(in.Style.Link)
					case *Image:
						in.Link = link(in.Link)
					case *NoteRef:
						if name := names[in.ID]; name != "" {
							in.ID = name
						}
					case LineBreak, *Math:
					default:
						panic(fmt.Sprintf("article: unknown inline %T", in))
					}
				}
			}
			return true
		})
	}
	d.Blocks = append(d.Blocks, more.Blocks...)
	d.Notes = append(d.Notes, more.Notes...)
}

// eachID calls f for every ID of the document: of blocks, items and notes.
func (d *Document) eachID(f func(*string)) {
	d.Walk(func(b Block) bool {
		f(&b.(interface{ self() *Attr }).self().ID)
		if l, ok := b.(*List); ok {
			for i := range l.Items {
				f(&l.Items[i].ID)
			}
		}
		return true
	})
	for i := range d.Notes {
		f(&d.Notes[i].ID)
	}
}

func (a *Attr) self() *Attr { return a }
