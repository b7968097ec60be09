package svg

import (
	"slices"
	"strings"
)

// rule is one selector of a style sheet with its declarations.
type rule struct {
	selector []compound // from the outside in
	weight   int        // specificity, as one number
	style    []Attr
}

// compound is what one element must be. direct: its parent is what comes before.
type compound struct {
	name, id string
	classes  []string
	direct   bool
}

// rules reads style sheets: selectors of names, classes and ids, one within or
// directly within another. Others, and rules within rules, do not count.
func rules(sheets []string) []rule {
	var out []rule
	for _, s := range sheets {
		s = uncomment(s)
		for s != "" && len(out) < maxRules {
			head, rest, ok := strings.Cut(s, "{")
			if !ok {
				break
			}
			if i := strings.LastIndexByte(head, ';'); i >= 0 { // @import and such
				head = head[i+1:]
			}
			if strings.HasPrefix(strings.TrimSpace(head), "@") {
				s = afterBlock(rest)
				continue
			}
			body, rest, _ := strings.Cut(rest, "}")
			s = rest
			style := declarations(body)
			for sel := range strings.SplitSeq(head, ",") {
				if c, weight, ok := selector(sel); ok && len(style) > 0 {
					out = append(out, rule{c, weight, style})
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b rule) int { return a.weight - b.weight })
	return out
}

func uncomment(s string) string {
	var b strings.Builder
	s = strings.NewReplacer("<!--", "", "-->", "").Replace(s)
	for {
		before, rest, ok := strings.Cut(s, "/*")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		_, s, _ = strings.Cut(rest, "*/")
	}
}

// afterBlock returns what follows the block that s is in.
func afterBlock(s string) string {
	depth := 1
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return s[i+1:]
			}
		}
	}
	return ""
}

// selector reads one selector.
func selector(s string) (out []compound, weight int, ok bool) {
	direct := false
	for word := range strings.FieldsSeq(strings.ReplaceAll(s, ">", " > ")) {
		if word == ">" {
			direct = true
			continue
		}
		c := compound{direct: direct}
		direct = false
		if strings.ContainsAny(word, ":[]+~()\\") {
			return nil, 0, false
		}
		i := strings.IndexAny(word, ".#")
		if i < 0 {
			i = len(word)
		}
		if c.name = word[:i]; c.name == "*" {
			c.name = ""
		} else if c.name != "" {
			weight++
		}
		for word = word[i:]; word != ""; {
			i := strings.IndexAny(word[1:], ".#") + 1
			if i == 0 {
				i = len(word)
			}
			if word[0] == '.' {
				c.classes = append(c.classes, word[1:i])
				weight += 1000
			} else {
				c.id = word[1:i]
				weight += 1_000_000
			}
			word = word[i:]
		}
		if out = append(out, c); len(out) > 8 {
			return nil, 0, false
		}
	}
	return out, weight, len(out) > 0
}

// declarations reads what stands between braces, or in a style attribute.
// Important ones come last.
func declarations(s string) []Attr {
	var normal, important []Attr
	for d := range strings.SplitSeq(s, ";") {
		name, value, ok := strings.Cut(d, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if !ok || name == "" || value == "" {
			continue
		}
		if v, ok := strings.CutSuffix(value, "!important"); ok {
			important = append(important, Attr{name, strings.TrimSpace(v)})
		} else {
			normal = append(normal, Attr{name, value})
		}
	}
	return append(normal, important...)
}

// inline makes style sheets and style attributes the attributes that they mean.
func (p *parser) inline(root *Node, sheet []rule) {
	var path []*Node
	var walk func(n *Node)
	walk = func(n *Node) {
		if n.Name == "" {
			return
		}
		path = append(path, n)
		for i := range sheet {
			if p.matches(sheet[i].selector, path) {
				p.apply(n, sheet[i].style)
			}
		}
		p.apply(n, n.style)
		n.style = nil
		for _, c := range n.Children {
			walk(c)
		}
		path = path[:len(path)-1]
	}
	walk(root)
}

func (p *parser) apply(n *Node, style []Attr) {
	for _, d := range style {
		switch {
		case d.Name == "marker":
			for _, name := range []string{"marker-start", "marker-mid", "marker-end"} {
				p.property(n, name, d.Value)
			}
		case d.Name == "font":
			p.font(n, d.Value)
		case properties[d.Name]:
			p.property(n, d.Name, d.Value)
		case d.Name == "filter" && d.Value != "none":
			p.lose("a filter")
		case d.Name == "transform" && plain(d.Value):
			// Only what attributes can say too: numbers, with units of pixels and degrees.
			n.set("transform", strings.NewReplacer("px", "", "deg", "").Replace(d.Value))
		}
	}
}

// font reads the shorthand: what follows the size is the family.
func (p *parser) font(n *Node, value string) {
	words := strings.Fields(value)
	for i, w := range words {
		switch w {
		case "bold", "bolder":
			p.property(n, "font-weight", "bold")
		case "italic", "oblique":
			p.property(n, "font-style", "italic")
		}
		w, _, _ = strings.Cut(w, "/")
		if v, ok := length(w, 16, 16); ok && v > 0 && strings.ContainsAny(w, "pe%mcr") {
			p.property(n, "font-size", w)
			p.property(n, "font-family", strings.Join(words[i+1:], " "))
			return
		}
	}
}

// matches tells whether the last of path, an element below those before it, is
// what a selector means.
func (p *parser) matches(sel []compound, path []*Node) bool {
	last := len(sel) - 1
	if !p.is(&sel[last], path[len(path)-1]) {
		return false
	}
	if last == 0 {
		return true
	}
	above := path[:len(path)-1]
	if sel[last].direct {
		return len(above) > 0 && p.matches(sel[:last], above)
	}
	for i := len(above); i > 0; i-- {
		if p.matches(sel[:last], above[:i]) {
			return true
		}
	}
	return false
}

func (p *parser) is(c *compound, n *Node) bool {
	if c.name != "" && c.name != n.Name || c.id != "" && c.id != n.attr("id") {
		return false
	}
	for _, class := range c.classes {
		if !slices.Contains(p.class[n], class) {
			return false
		}
	}
	return true
}
