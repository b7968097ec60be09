package svg

import (
	"bytes"
	"strings"
)

// Bytes returns the drawing as SVG, of which Parse makes the same drawing.
func (d *Document) Bytes() []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	write(&b, d.Root, true)
	b.WriteByte('\n')
	return b.Bytes()
}

func write(b *bytes.Buffer, n *Node, root bool) {
	if n.Name == "" {
		escape(b, n.Text)
		return
	}
	b.WriteString("<" + n.Name)
	if root {
		b.WriteString(` xmlns="` + svgSpace + `" xmlns:xlink="` + xlinkSpace + `"`)
	}
	for _, a := range n.Attrs {
		name := a.Name
		if name == "href" {
			name = "xlink:href" // old reading systems know no other
		}
		b.WriteString(" " + name + `="`)
		escape(b, a.Value)
		b.WriteByte('"')
	}
	if len(n.Children) == 0 {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	for _, c := range n.Children {
		write(b, c, false)
	}
	b.WriteString("</" + n.Name + ">")
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\t", "&#9;", "\n", "&#10;", "\r", "&#13;")

func escape(b *bytes.Buffer, s string) { escaper.WriteString(b, s) }
