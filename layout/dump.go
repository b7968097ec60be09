package layout

import (
	"fmt"
	"strings"
)

// Dump writes a page for people and golden files, one item a line: what it is,
// where it stands in points from the top left corner, what it shows, and its
// place in the structure tree. Equal pages give equal dumps on every machine.
func Dump(p *Page) string {
	var b strings.Builder
	kind := [...]string{Body: "body", Cover: "cover", Contents: "contents"}[p.Kind]
	fmt.Fprintf(&b, "page %q %s %s×%s\n", p.Label, kind, p.Size.W, p.Size.H)
	for _, it := range p.Items {
		switch it := it.(type) {
		case *GlyphRun:
			var advance Length
			for i := range it.Glyphs {
				advance += it.Glyphs[i].Advance
			}
			fmt.Fprintf(&b, "text %s size %s advance %s", it.At, it.Size, advance)
			if it.Color != 0 {
				fmt.Fprintf(&b, " #%06X", uint32(it.Color))
			}
			if it.Face != nil && it.Face.Name() != "" {
				fmt.Fprintf(&b, " %s", it.Face.Name())
			}
			if it.Vertical {
				b.WriteString(" upright")
			}
			if it.Sideways {
				b.WriteString(" sideways")
			}
			if it.Slant {
				b.WriteString(" slanted")
			}
			if it.Embolden {
				b.WriteString(" emboldened")
			}
			fmt.Fprintf(&b, " %q", it.Text)
			writePath(&b, it.Element)
		case *Picture:
			fmt.Fprintf(&b, "picture %s %q", it.Rect, it.Key)
			if it.Crop != (Crop{}) {
				fmt.Fprintf(&b, " crop %d,%d–%d,%d", it.Crop.X0, it.Crop.Y0, it.Crop.X1, it.Crop.Y1)
			}
			if it.Turned {
				b.WriteString(" turned")
			}
			writePath(&b, it.Element)
		case *Box:
			fmt.Fprintf(&b, "box %s", it.Rect)
			if it.Filled {
				fmt.Fprintf(&b, " fill #%06X", uint32(it.Fill))
			}
			if it.Frame > 0 {
				fmt.Fprintf(&b, " frame %s #%06X", it.Frame, uint32(it.Stroke))
			}
			writePath(&b, it.Element)
		case *Link:
			fmt.Fprintf(&b, "link %s %q", it.Rect, it.Target)
		case *Anchor:
			fmt.Fprintf(&b, "anchor %s %q", it.At, it.Name)
		default:
			panic(unknownItem(it))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// String returns the point as "x,y" in points.
func (p Point) String() string { return p.X.String() + "," + p.Y.String() }

// String returns the box as "x,y w×h" in points.
func (r Rect) String() string {
	return r.At.String() + " " + r.Size.W.String() + "×" + r.Size.H.String()
}

// writePath writes the roles above e, the root left out.
func writePath(b *strings.Builder, e *Element) {
	if e == nil {
		return
	}
	var roles []string
	for ; e != nil && e.Parent != nil; e = e.Parent {
		if e.Role != Leaf {
			roles = append(roles, string(e.Role))
		}
	}
	for i, j := 0, len(roles)-1; i < j; i, j = i+1, j-1 {
		roles[i], roles[j] = roles[j], roles[i]
	}
	fmt.Fprintf(b, " <%s>", strings.Join(roles, " "))
}
