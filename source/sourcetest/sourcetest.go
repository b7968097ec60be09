// Package sourcetest has what the tests of readers share: reading one input,
// the written form of what was understood, and the laws of reading. Visible is
// the oracle of the first of them, that no visible text is lost: it has its own
// parser and its own list of elements and knows nothing of any reader. Check has
// the others.
package sourcetest

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
)

// All reads the documents of in and returns them with what was reported; the
// error is that of the last document that failed.
func All(r source.Reader, in source.Input) (docs []*article.Document, issues []article.Issue, err error) {
	for doc, e := range r.Read(in, func(i article.Issue) { issues = append(issues, i) }) {
		if e != nil {
			err = e
			continue
		}
		docs = append(docs, doc)
	}
	return docs, issues, err
}

// One reads an input of one document and returns what was reported with it.
func One(t testing.TB, r source.Reader, in source.Input) (*article.Document, []article.Issue) {
	t.Helper()
	docs, issues, err := All(r, in)
	if err != nil || len(docs) != 1 {
		t.Fatalf("%d documents: %v", len(docs), err)
	}
	return docs[0], issues
}

// Outline is the tree of a document and, a line each, what was reported with it. That
// the test named the language is not worth one.
func Outline(doc *article.Document, issues []article.Issue) string {
	var b strings.Builder
	b.WriteString(doc.Dump())
	for _, i := range issues {
		if i.Code != "lang.given" {
			fmt.Fprintf(&b, "%s %s\n", i.Severity, i)
		}
	}
	return b.String()
}

// Find returns the first issue of a code.
func Find(issues []article.Issue, code string) (article.Issue, bool) {
	i := slices.IndexFunc(issues, func(i article.Issue) bool { return i.Code == code })
	if i < 0 {
		return article.Issue{}, false
	}
	return issues[i], true
}

// Visible returns the text that a browser without scripts shows of page, and the
// text for readers of a few elements that it does not show. The error is for pages
// that nest deeper than its parser goes.
func Visible(page string) (string, error) {
	root, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(false))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			return
		}
		if n.Type == html.ElementNode {
			switch n.Namespace {
			case "":
				switch n.DataAtom {
				case atom.Script, atom.Style, atom.Template, atom.Title, atom.Datalist, atom.Head, atom.Rp, atom.Noembed,
					atom.Video, atom.Audio, atom.Iframe:
					return
				}
			case "svg":
				switch n.Data {
				case "title", "desc", "script", "style", "metadata":
					return
				}
			case "math":
				if strings.HasPrefix(n.Data, "annotation") || n.Data == "script" || n.Data == "style" {
					return
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(root)
	return b.String(), nil
}

// Invisible tells whether r prints nothing.
func Invisible(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r == '\u200b' || r == '\ufeff' || r >= 0xfff9 && r <= 0xfffc || r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef
}

// Printed tells whether r is a character to see: neither white space nor
// Invisible.
func Printed(r rune) bool { return !unicode.IsSpace(r) && !Invisible(r) }

// Missing returns, sorted, the characters of want that have lacks, as often as
// it lacks them. Those that counts refuses are not asked for.
func Missing(want, have string, counts func(rune) bool) string {
	n := map[rune]int{}
	for _, r := range have {
		n[r]++
	}
	var missing []rune
	for _, r := range want {
		if !counts(r) {
			continue
		}
		if n[r]--; n[r] < 0 {
			missing = append(missing, r)
		}
	}
	slices.Sort(missing)
	return string(missing)
}

// Lost returns what of want, the text of an input as Visible gives it, is neither
// in the documents that read yields nor was named as left out. read passes what it
// leaves out to left, and what it reports to report. Text that is left out without
// any report fails the test.
func Lost(t testing.TB, want string, counts func(rune) bool, read func(left func(string), report func(article.Issue)) iter.Seq2[*article.Document, error]) string {
	t.Helper()
	var have, left strings.Builder
	issues := 0
	for doc, err := range read(func(s string) { left.WriteString(s) }, func(article.Issue) { issues++ }) {
		if err != nil {
			t.Fatal(err)
		}
		have.WriteString(doc.Text())
	}
	if strings.TrimSpace(left.String()) != "" && issues == 0 {
		t.Errorf("%q was left out without an issue", left.String())
	}
	return Missing(want, have.String()+left.String(), counts)
}

// Lines counts the lines of text, whatever they end in.
func Lines(text string) int {
	return 1 + strings.Count(text, "\n") + strings.Count(text, "\r") - strings.Count(text, "\r\n")
}

// Check holds doc against what exporters count on: it is in normal form, every
// block stands in one of the lines of the input, IDs are unique, links and marks
// of notes lead somewhere, runs have no white space to fold.
func Check(t testing.TB, doc *article.Document, lines int) {
	t.Helper()
	first := doc.Dump()
	doc.Normalize()
	if second := doc.Dump(); second != first {
		t.Errorf("the tree was not in normal form:\n%s\n%s", first, second)
	}
	ids := map[string]bool{}
	notes := map[string]bool{}
	id := func(s string) {
		if s != "" && ids[s] {
			t.Errorf("the ID %q is there twice", s)
		}
		ids[s] = true
	}
	for _, n := range doc.Notes {
		id(n.ID)
		notes[n.ID] = true
	}
	doc.Walk(func(b article.Block) bool {
		id(b.Anchor())
		if l := b.Position().Line; l < 1 || l > lines {
			t.Errorf("%T is in line %d of %d", b, l, lines)
		}
		if l, ok := b.(*article.List); ok {
			for _, it := range l.Items {
				id(it.ID)
			}
		}
		if f, ok := b.(*article.Figure); ok && len(f.Images) == 0 {
			t.Error("a figure without a picture")
		}
		if h, ok := b.(*article.Heading); ok && (h.Level < 2 || h.Level > 6) {
			t.Errorf("heading of level %d", h.Level)
		}
		return true
	})
	link := func(s string) {
		switch {
		case s == "", strings.HasPrefix(s, "http://"), strings.HasPrefix(s, "https://"), strings.HasPrefix(s, "mailto:"), strings.HasPrefix(s, "tel:"):
		case strings.HasPrefix(s, "#") && ids[s[1:]]:
		default:
			t.Errorf("link %q leads nowhere", s)
		}
	}
	doc.Walk(func(b article.Block) bool {
		for in := range article.Inlines(b) {
			if run, ok := in.(article.Run); ok {
				link(run.Style.Link)
				if strings.ContainsFunc(run.Text, Invisible) || strings.Contains(run.Text, "  ") || strings.ContainsAny(run.Text, "\n\t\r") {
					t.Errorf("run %q", run.Text)
				}
			}
			if ref, ok := in.(*article.NoteRef); ok && !notes[ref.ID] {
				t.Errorf("no note %q", ref.ID)
			}
			if img, ok := in.(*article.Image); ok {
				link(img.Link)
				if img.Src == "" {
					t.Error("a picture without an address")
				}
			}
		}
		return true
	})
}

// Places checks that every block whose text begins with a number has that number
// for its line, and returns how many such blocks there are. Messages call the
// input what.
func Places(t testing.TB, what string, doc *article.Document) (checked int) {
	t.Helper()
	doc.Walk(func(b article.Block) bool {
		first := strings.TrimSpace(article.InlinesText(slices.Collect(article.Inlines(b))))
		if i := strings.IndexAny(first, " x\n"); i > 0 {
			first = first[:i]
		}
		want, err := strconv.Atoi(first)
		if err != nil {
			return true
		}
		checked++
		if got := b.Position().Line; got != want {
			t.Errorf("%s: %T %d is in line %d", what, b, want, got)
		}
		return true
	})
	return checked
}
