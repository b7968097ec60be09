package article

import (
	"fmt"
	"strings"
	"time"
)

// Dump returns the document as an indented outline for people and golden files:
// a line for each block and inline, with what differs from the zero value.
func (d *Document) Dump() string {
	w := &dumper{}
	w.meta(&d.Meta)
	if d.Extent != Whole {
		w.printf("%s", extentWords[d.Extent])
	}
	w.blocks(d.Blocks)
	for i := range d.Notes {
		n := &d.Notes[i]
		w.printf("note %s%s", n.ID, n.Pos.mark())
		w.within(func() { w.blocks(n.Blocks) })
	}
	return w.b.String()
}

// mark returns " @12:3", or nothing where the place is unknown.
func (p Pos) mark() string {
	switch {
	case p.Line == 0:
		return ""
	case p.Column == 0:
		return fmt.Sprintf(" @%d", p.Line)
	}
	return fmt.Sprintf(" @%d:%d", p.Line, p.Column)
}

type dumper struct {
	b     strings.Builder
	depth int
}

func (w *dumper) printf(format string, args ...any) {
	w.b.WriteString(strings.Repeat("  ", w.depth))
	fmt.Fprintf(&w.b, format, args...)
	w.b.WriteByte('\n')
}

func (w *dumper) within(f func()) {
	w.depth++
	f()
	w.depth--
}

func (w *dumper) meta(m *Meta) {
	w.printf("meta")
	w.within(func() {
		field := func(name, value string) {
			if value != "" {
				w.printf("%s %q", name, value)
			}
		}
		date := func(name string, t time.Time) {
			if !t.IsZero() {
				w.printf("%s %s", name, t.Format(time.RFC3339))
			}
		}
		field("id", m.ID)
		field("title", m.Title)
		field("subtitle", m.Subtitle)
		for _, a := range m.Authors {
			field("author", a)
		}
		field("lang", m.Lang)
		date("published", m.Published)
		date("updated", m.Updated)
		field("url", m.URL)
		field("section", strings.Join(m.Section, " / "))
		for _, t := range m.Tags {
			field("tag", t)
		}
		field("summary", m.Summary)
		field("publisher", m.Publisher)
		if m.Lead != nil {
			w.printf("lead %s", imageLine(m.Lead))
		}
		for _, f := range m.Extra {
			w.printf("extra %s %q", f.Key, f.Value)
		}
	})
}

func (w *dumper) blocks(bs []Block) {
	for _, b := range bs {
		w.block(b)
	}
}

func (w *dumper) block(b Block) {
	attr := attrLine(b)
	switch b := b.(type) {
	case *Heading:
		w.printf("heading %d%s", b.Level, attr)
		w.inlines(b.Inlines)
	case *Paragraph:
		w.printf("paragraph%s%s", alignWord(b.Align), attr)
		w.inlines(b.Inlines)
	case *List:
		kind := "bullets"
		if o := b.Order; o != nil {
			kind = fmt.Sprintf("numbers from %d %s", o.Start, numberWords[o.Style])
			if o.Reversed {
				kind += " reversed"
			}
		}
		w.printf("list %s%s", kind, attr)
		w.within(func() {
			for i := range b.Items {
				it := &b.Items[i]
				w.printf("item%s%s", taskWords[it.Task], attrLine(it))
				w.within(func() { w.blocks(it.Blocks) })
			}
		})
	case *DefinitionList:
		w.printf("definitions%s", attr)
		w.within(func() {
			for _, e := range b.Entries {
				for _, t := range e.Terms {
					w.printf("term")
					w.inlines(t)
				}
				for _, d := range e.Descriptions {
					w.printf("description")
					w.within(func() { w.blocks(d) })
				}
			}
		})
	case *Quote:
		w.printf("quote%s%s", quoted(" cite", b.Cite), attr)
		w.within(func() { w.blocks(b.Blocks) })
	case *Code:
		w.printf("code%s%s", quoted(" syntax", b.Syntax), attr)
		w.within(func() {
			for line := range strings.SplitSeq(b.Text, "\n") {
				w.printf("%q", line)
			}
		})
	case *Figure:
		w.printf("figure%s", attr)
		w.within(func() {
			for _, img := range b.Images {
				w.printf("image %s", imageLine(img))
			}
			if b.Caption != nil {
				w.printf("caption")
				w.inlines(b.Caption)
			}
		})
	case *Table:
		w.printf("table%s", attr)
		w.within(func() {
			if b.Caption != nil {
				w.printf("caption")
				w.inlines(b.Caption)
			}
			w.rows("head", b.Head)
			w.rows("row", b.Body)
		})
	case *Rule:
		w.printf("rule%s", attr)
	case *Embed:
		w.printf("embed %s %q%s%s", embedWords[b.Kind], b.Src, quoted(" title", b.Title), attr)
		if b.Poster != nil {
			w.within(func() { w.printf("poster %s", imageLine(b.Poster)) })
		}
	default:
		panic(fmt.Sprintf("article: unknown block %T", b))
	}
}

func (w *dumper) rows(word string, rows []Row) {
	for _, row := range rows {
		w.printf("%s", word)
		w.within(func() {
			for _, c := range row.Cells {
				s := "cell"
				if c.Header {
					s = "header" + scopeWords[c.Scope]
				}
				if c.ColSpan > 1 {
					s += fmt.Sprintf(" colspan %d", c.ColSpan)
				}
				if c.RowSpan > 1 {
					s += fmt.Sprintf(" rowspan %d", c.RowSpan)
				}
				w.printf("%s%s", s, alignWord(c.Align))
				w.within(func() { w.blocks(c.Blocks) })
			}
		})
	}
}

func (w *dumper) inlines(ins []Inline) {
	w.within(func() {
		for _, in := range ins {
			switch in := in.(type) {
			case Run:
				w.printf("%q%s", in.Text, styleWords(in.Style))
			case LineBreak:
				w.printf("break")
			case *Ruby:
				var b strings.Builder
				for _, s := range in.Segments {
					fmt.Fprintf(&b, " %q %q", s.Base, s.Text)
				}
				w.printf("ruby%s%s", b.String(), styleWords(in.Style))
			case *Image:
				w.printf("image %s", imageLine(in))
			case *NoteRef:
				w.printf("noteref %s", in.ID)
			case *Math:
				s := mathWords[in.Format]
				if in.Display {
					s += " display"
				}
				w.printf("%s %q text %q", s, in.Source, in.Text)
			default:
				panic(fmt.Sprintf("article: unknown inline %T", in))
			}
		}
	})
}

func attrLine(b interface {
	Position() Pos
	Anchor() string
	Language() string
}) string {
	s := ""
	if b.Anchor() != "" {
		s = " #" + b.Anchor()
	}
	if b.Language() != "" {
		s += " lang " + b.Language()
	}
	return s + b.Position().mark()
}

func imageLine(img *Image) string {
	s := fmt.Sprintf("%q", img.Src)
	if img.Width != 0 || img.Height != 0 {
		s += fmt.Sprintf(" %d×%d", img.Width, img.Height)
	}
	return s + quoted(" alt", img.Alt) + quoted(" title", img.Title) + quoted(" link", img.Link) +
		quoted(" referrer", img.Referrer) + quoted(" asset", img.Asset) + quoted(" missing", img.Missing)
}

func quoted(word, value string) string {
	if value == "" {
		return ""
	}
	return fmt.Sprintf("%s %q", word, value)
}

func styleWords(s Style) string {
	var b strings.Builder
	for i, word := range markWords {
		if s.Marks&(1<<i) != 0 {
			b.WriteByte(' ')
			b.WriteString(word)
		}
	}
	b.WriteString(quoted(" link", s.Link))
	if s.Lang != "" {
		b.WriteString(" lang " + s.Lang)
	}
	return b.String()
}

func alignWord(a Align) string {
	if a == AlignDefault {
		return ""
	}
	return " " + alignWords[a]
}

// The words of Dump and of the JSON form, in the order of the constants.
var (
	markWords = []string{"emphasis", "strong", "mono", "strike", "underline", "highlight", "super", "sub", "small",
		"proper-noun", "book-title", "warichu"}
	alignWords  = []string{"default", "start", "center", "end"}
	numberWords = []string{"decimal", "lower-alpha", "upper-alpha", "lower-roman", "upper-roman"}
	taskWords   = []string{"", " open", " done"}
	scopeWords  = []string{"", " column", " row"}
	embedWords  = []string{"frame", "video", "audio"}
	mathWords   = []string{"mathml", "tex"}
)
