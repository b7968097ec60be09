package pdf

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/pdftest"
	"github.com/leporello-press/leporello/layout"
	"github.com/leporello-press/leporello/media"
)

var embedded = sync.OnceValue(fonts.Embedded)

// sheet is a page that tests set by hand.
type sheet struct {
	page *layout.Page
	y    layout.Length
}

func newSheet() *sheet {
	s := &sheet{page: &layout.Page{Size: layout.Size{W: layout.MM(148), H: layout.MM(210)}, Label: "1"}}
	s.y = 40 * layout.Pt
	return s
}

func (s *sheet) add(items ...layout.Item) { s.page.Items = append(s.page.Items, items...) }

// root makes e the child of the document and lets it end on this page.
func (s *sheet) root(e *layout.Element) { s.page.Ended = append(s.page.Ended, e) }

// element returns an element with a leaf.
func element(role layout.Role, parent *layout.Element) (e, leaf *layout.Element) {
	e = &layout.Element{Role: role, Parent: parent}
	if parent != nil {
		parent.Kids = append(parent.Kids, e)
	}
	leaf = &layout.Element{Parent: e}
	e.Kids = []*layout.Element{leaf}
	return e, leaf
}

// runs sets a line of text at a place, one run for each stretch of one face.
func runs(text string, q fonts.Request, size layout.Length, at layout.Point, leaf *layout.Element) (items []layout.Item, end layout.Length) {
	var run *layout.GlyphRun
	for _, r := range text {
		face, _ := embedded().Face(r, q)
		g, _ := face.Glyph(r)
		if run == nil || run.Face != face {
			run = &layout.GlyphRun{Face: face, Size: size, At: at, Element: leaf}
			items = append(items, run)
		}
		from := int32(len(run.Text))
		run.Text += string(r)
		advance := layout.Length(face.Advance(g)) * size / layout.Length(face.Metrics().UnitsPerEm)
		run.Glyphs = append(run.Glyphs, layout.Glyph{ID: g, Advance: advance, Text0: from, Text1: int32(len(run.Text))})
		at.X += advance
	}
	return items, at.X
}

// paragraph sets a text in lines of at most n characters as a P of its own.
func (s *sheet) paragraph(text string, n int) {
	p, leaf := element(layout.P, nil)
	s.root(p)
	chars := []rune(text)
	for len(chars) > 0 {
		line := chars[:min(n, len(chars))]
		chars = chars[len(line):]
		items, _ := runs(string(line), fonts.Request{Lang: "zh-Hans"}, 10*layout.Pt, layout.Point{X: 40 * layout.Pt, Y: s.y}, leaf)
		s.add(items...)
		s.y += 16 * layout.Pt
	}
	s.y += 8 * layout.Pt
}

var testBook = export.Book{
	Title: "一周（样本）<&>", Lang: "zh-Hans", Creators: []string{"甲", "B & C"},
	Description: "用来检查的书", Identifier: "urn:uuid:00000000-0000-4000-8000-000000000000",
	Modified: time.Date(2021, 8, 7, 6, 5, 4, 3, time.FixedZone("", 8*3600)),
}

// write makes a file of pages.
func write(t testing.TB, store media.Store, pages []*layout.Page, outline []layout.OutlineEntry) ([]byte, []article.Issue) {
	t.Helper()
	var issues []article.Issue
	var b bytes.Buffer
	d := newDocument(&b, &export.Job{Assets: store, Pictures: Pictures, Report: func(i article.Issue) { issues = append(issues, i) }})
	for _, p := range pages {
		if err := d.page(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.close(testBook, outline); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), issues
}

// judge runs a tool on a file, if it is installed or has to be.
func judge(t testing.TB, pdf []byte, tool string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		if os.Getenv("LEPORELLO_JUDGES") == "1" {
			t.Fatal(err)
		}
		t.Skipf("%s is not installed", tool)
	}
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "FILE", file)
	}
	var errs bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	complaints := errs.String()
	for _, known := range []string{
		"warning: ICC support is not available\n", // a matter of how mutool was built
		// Of a family of emoji; a span says what it reads as.
		"warning: ignoring one to many mapping in cmap Adobe-Identity-UCS\n",
		"warning: unknown link uri '(null)'\n", // of a bookmark that leads nowhere on purpose
	} {
		complaints = strings.ReplaceAll(complaints, known, "")
	}
	if err != nil || complaints != "" {
		t.Errorf("%s %v: %v: %s", tool, args, err, complaints)
	}
	return string(out)
}

func sound(t *testing.T, pdf []byte) *pdftest.File {
	t.Helper()
	f := pdftest.Must(t, pdf)
	t.Run("qpdf", func(t *testing.T) { judge(t, pdf, "qpdf", "--check", "FILE") })
	return f
}

func encodePNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
