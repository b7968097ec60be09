package epub

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leporello-press/leporello/article"
)

// span is an element that a run stands in, and what makes it: a mark, a link or a
// language.
type span struct {
	mark article.Mark
	link string // as in the tree
	lang string
}

// markElements are the elements of the marks, the outermost first where nothing
// else decides.
var markElements = []struct {
	mark        article.Mark
	name, class string
}{
	{article.Warichu, "span", "warichu"},
	{article.BookTitle, "u", "book-title"},
	{article.ProperNoun, "u", "proper-noun"},
	{article.Highlight, "mark", ""},
	{article.Underline, "u", ""},
	{article.Strike, "s", ""},
	{article.Small, "small", ""},
	{article.Strong, "strong", ""},
	{article.Emphasis, "em", ""},
	{article.Super, "sup", ""},
	{article.Sub, "sub", ""},
	{article.Mono, "code", ""},
}

// element returns the name and the class of s.
func (s span) element() (name, class string) {
	switch {
	case s.link != "":
		return "a", ""
	case s.lang != "":
		return "span", ""
	}
	for _, e := range markElements {
		if e.mark == s.mark {
			return e.name, e.class
		}
	}
	panic(fmt.Sprintf("epub: unknown mark %d", s.mark))
}

// inlines writes flat runs as nested elements: one that several runs share is
// opened once, and what lasts longest is outermost.
func (c *chapter) inlines(ins []article.Inline) {
	w := inlineWriter{c: c, lang: c.lang}
	for i, in := range ins {
		switch in := in.(type) {
		case article.Run:
			if i > 0 && article.Apart(ins[i-1], in) {
				w.close(max(0, slices.IndexFunc(w.open, func(x span) bool { return x.mark&article.Items != 0 })))
			}
			w.become(in.Style, ins[i:])
			w.run(in, article.InlinesText(ins[max(i-1, 0):i]), article.InlinesText(ins[i+1:min(i+2, len(ins))]))
		case article.LineBreak:
			c.raw("<br/>\n")
		case *article.Ruby:
			w.become(in.Style, ins[i:])
			c.rubyText(in)
		case *article.Image:
			w.close(0)
			c.inlineImage(in)
		case *article.NoteRef:
			w.close(0)
			c.noteRef(in)
		case *article.Math:
			w.close(0)
			c.formula(in)
		default:
			panic(fmt.Sprintf("epub: unknown inline %T", in))
		}
	}
	w.close(0)
}

type inlineWriter struct {
	c    *chapter
	lang string // of the block
	open []span
}

// spans returns the elements that a run of style s stands in, in no order.
func (w *inlineWriter) spans(s article.Style) []span {
	var list []span
	if s.Link != "" {
		list = append(list, span{link: s.Link})
	}
	if l := tag(s.Lang); l != "" && l != w.lang {
		list = append(list, span{lang: l})
	}
	for _, e := range markElements {
		if s.Marks&e.mark != 0 {
			list = append(list, span{mark: e.mark})
		}
	}
	return list
}

// become closes what the style does not have and opens what it has; rest are the
// inlines from this one on.
func (w *inlineWriter) become(s article.Style, rest []article.Inline) {
	want := w.spans(s)
	has := func(list []span, x span) bool {
		for _, y := range list {
			if x == y {
				return true
			}
		}
		return false
	}
	keep := 0
	for keep < len(w.open) && has(want, w.open[keep]) {
		keep++
	}
	w.close(keep)
	var missing []span
	for _, x := range want {
		if !has(w.open, x) {
			missing = append(missing, x)
		}
	}
	// The one that lasts longest is opened first; the lists are short.
	for len(missing) > 0 {
		best, most := 0, -1
		for i, x := range missing {
			if n := w.lasts(x, rest); n > most {
				best, most = i, n
			}
		}
		w.start(missing[best])
		missing = append(missing[:best], missing[best+1:]...)
	}
}

// lasts is how many inlines in a row stand in x.
func (w *inlineWriter) lasts(x span, rest []article.Inline) int {
	for i, in := range rest {
		var s article.Style
		switch in := in.(type) {
		case article.Run:
			s = in.Style
		case *article.Ruby:
			s = in.Style
		case article.LineBreak:
			continue
		default:
			return i
		}
		switch {
		case x.link != "":
			if s.Link != x.link {
				return i
			}
		case x.lang != "":
			if tag(s.Lang) != x.lang {
				return i
			}
		case s.Marks&x.mark == 0:
			return i
		}
	}
	return len(rest)
}

func (w *inlineWriter) start(x span) {
	c := w.c
	switch {
	case x.link != "":
		if !c.startLink(x.link) {
			// The element is noted as open, so that it is looked at once; it writes nothing.
			x.link = ""
			w.open = append(w.open, span{link: deadLink})
			return
		}
	case x.lang != "":
		c.raw("<span")
		c.langAttrs(x.lang)
		c.raw(">")
	default:
		name, class := x.element()
		c.raw("<", name)
		c.attrIf("class", class)
		c.raw(">")
	}
	w.open = append(w.open, x)
}

// deadLink marks a link that could not be written.
const deadLink = "\x00"

func (w *inlineWriter) close(keep int) {
	for len(w.open) > keep {
		x := w.open[len(w.open)-1]
		w.open = w.open[:len(w.open)-1]
		if x.link != deadLink {
			name, _ := x.element()
			w.c.raw("</", name, ">")
		}
	}
}

// startLink opens an a element, unless the link leads nowhere.
func (c *chapter) startLink(target string) bool {
	if target[0] == '#' {
		id, ok := c.ids[target[1:]]
		if !ok {
			c.issue(article.Issue{Severity: article.Warning, Code: "link.dangling", URL: target, Action: "kept as text"})
			return false
		}
		c.raw(`<a href="`)
		c.link(id)
		c.raw(`">`)
		return true
	}
	a := address(target)
	if a == "" {
		c.issue(article.Issue{Severity: article.Warning, Code: "link.scheme", URL: target, Action: "kept as text"})
		return false
	}
	c.raw("<a")
	c.attr("href", a)
	c.raw(">")
	return true
}

// issue reports something about the article.
func (c *chapter) issue(i article.Issue) {
	i.Article = c.input
	c.report(i)
}

// runPiece is how long a run may be before it is a place where the text may be cut.
const runPiece = 4000

// run writes the text of r, which stands between two others. A very long one may be cut, where no inline element
// is open.
func (w *inlineWriter) run(r article.Run, before, after string) {
	put := func(s, after string) {
		if w.c.down && r.Style.Marks&(article.Mono|article.Super|article.Sub) == 0 {
			w.c.downText(s, before, after)
		} else {
			w.c.runText(s)
		}
		before = s
	}
	s := r.Text
	for len(w.open) == 0 && len(s) > runPiece {
		i := runPiece
		for i < len(s) && s[i]&0xC0 == 0x80 {
			i++
		}
		put(s[:i], s[i:])
		w.c.mayCut()
		s = s[i:]
	}
	put(s, after)
}

// longWord is how many bytes of ASCII without a space are an address that must be
// broken, lest the line before it be torn apart.
const longWord = 24

// runText writes text, with places to break the line within addresses: behind marks
// between their parts, but not between two of them.
func (c *chapter) runText(s string) {
	for len(s) > 0 {
		from, slash := -1, false
		to := 0
		for to = 0; to <= len(s); to++ {
			if to < len(s) && s[to] > ' ' && s[to] < 0x7f {
				if from < 0 {
					from, slash = to, false
				}
				slash = slash || s[to] == '/'
				continue
			}
			if from >= 0 && to-from > longWord && slash {
				break
			}
			from = -1
		}
		if from < 0 {
			c.text(s)
			return
		}
		c.text(s[:from])
		word := s[from:to]
		done := 0
		for i := 0; i+1 < len(word); i++ {
			if strings.IndexByte("/?&=._-", word[i]) >= 0 && strings.IndexByte("/?&=._-:", word[i+1]) < 0 {
				c.text(word[done : i+1])
				c.raw("<wbr/>")
				done = i + 1
			}
		}
		c.text(word[done:])
		s = s[to:]
	}
}

// rubyText writes base texts with their readings. Parts without a reading stand
// beside the ruby, where readers that know none show them as they are; a span says
// what is one word.
func (c *chapter) rubyText(r *article.Ruby) {
	mixed := slices.ContainsFunc(r.Segments, func(s article.RubySegment) bool { return s.Text == "" })
	if mixed {
		c.raw(`<span class="word">`)
	}
	open := false
	for _, s := range r.Segments {
		if (s.Text != "") != open {
			if open = !open; open {
				c.raw("<ruby>")
				c.book.ruby = true
			} else {
				c.raw("</ruby>")
			}
		}
		c.text(s.Base)
		if open {
			c.raw("<rp>(</rp><rt>")
			c.text(s.Text)
			c.raw("</rt><rp>)</rp>")
		}
	}
	if open {
		c.raw("</ruby>")
	}
	if mixed {
		c.raw("</span>")
	}
}

// noteRef writes the mark that leads to a note.
func (c *chapter) noteRef(r *article.NoteRef) {
	i, ok := c.notes[r.ID]
	if !ok {
		c.issue(article.Issue{Severity: article.Warning, Code: "link.dangling", URL: "#" + r.ID, Detail: "a mark without its note", Action: "dropped"})
		return
	}
	c.marks[i]++
	id := c.refID(i, c.marks[i])
	c.raw(`<sup class="ref"><a epub:type="noteref" role="doc-noteref" href="`)
	c.link(c.noteID(i))
	c.raw(`"`)
	c.writeID(id)
	c.raw(">[", strconv.Itoa(i+1), "]</a></sup>")
}
