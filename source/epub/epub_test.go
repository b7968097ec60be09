package epub

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/sourcetest"
)

// archive makes the archive of a book; a container that names its package document
// need not be among the files.
func archive(t testing.TB, files []txtar.File) source.Input {
	t.Helper()
	if !slices.ContainsFunc(files, func(f txtar.File) bool { return f.Name == containerName }) {
		i := slices.IndexFunc(files, func(f txtar.File) bool { return strings.HasSuffix(f.Name, ".opf") })
		files = append(files[:len(files):len(files)], txtar.File{Name: containerName, Data: []byte(`<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="` + files[i].Name + `" media-type="application/oebps-package+xml"/></rootfiles></container>`)})
	}
	in := sourcetest.Archive(t, files)
	in.Name = "book.epub"
	return in
}

func TestCases(t *testing.T) {
	sourcetest.Stories(t, "testdata/*.txtar", Reader{}, archive)
}

// chapterOf is a chapter with a body.
func chapterOf(body string) string {
	return `<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body>` + body + "</body></html>"
}

// ofChapters makes a book of pages.
func ofChapters(t testing.TB, pages ...string) source.Input {
	var manifest, spine strings.Builder
	var files []txtar.File
	for i, p := range pages {
		fmt.Fprintf(&manifest, `<item id="c%d" href="c%d.xhtml" media-type="application/xhtml+xml"/>`, i, i)
		fmt.Fprintf(&spine, `<itemref idref="c%d"/>`, i)
		files = append(files, txtar.File{Name: fmt.Sprintf("c%d.xhtml", i), Data: []byte(p)})
	}
	files = append(files, txtar.File{Name: "p.opf", Data: []byte("<package><manifest>" + manifest.String() + "</manifest><spine>" + spine.String() + "</spine></package>")})
	return archive(t, files)
}

// No visible text of the pages is lost without an issue.
func FuzzChapters(f *testing.F) {
	f.Add("<h1>a</h1><p>b<a href='c1.xhtml#n'>1</a></p>", "<p id='n'><a href='c0.xhtml#r'>1</a> note</p>")
	f.Add("<p>a<a epub:type='noteref' href='c1.xhtml#n'>*</a></p>", "<ol><li id='n'>note</li></ol>")
	f.Add("<svg><image href='x.png'/></svg><title/><i/>x<span epub:type='pagebreak'>12</span>", "<section epub:type='cover'><img src='x'></section>")
	f.Add("<header class='opening'><h1 id='c0'>t</h1></header>", "<a><a><h2>x</h2><svg><a>y")
	f.Fuzz(func(t *testing.T, a, b string) {
		pages := []string{chapterOf(a), chapterOf(b)}
		want := ""
		for _, p := range pages {
			// What the pages are in HTML; TestXHTML is about that.
			text, err := sourcetest.Visible(string(render(tokenize([]byte(p)))))
			if err != nil || strings.ContainsRune(p, 0) || !utf8.ValidString(p) {
				t.Skip()
			}
			want += text
		}
		lost := sourcetest.Lost(t, want, sourcetest.Printed, func(left func(string), report func(article.Issue)) iter.Seq2[*article.Document, error] {
			return Reader{left: left}.Read(ofChapters(t, pages...), report)
		})
		if lost != "" {
			t.Errorf("lost %q", lost)
		}
	})
}

// The text of a page is the same whether it is read as XML or, as HTML, rewritten.
func FuzzXHTML(f *testing.F) {
	f.Add(`<p>a<br/><i/>b<title/>c</p>`)
	f.Add(`<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:g/><s:text>x</s:text></s:svg><![CDATA[a<b>&amp;]]>&lt;`)
	f.Add("<!-- a --><textarea/>\r\n<x:y xmlns:x='z'>q</x:y>")
	f.Fuzz(func(t *testing.T, body string) {
		want, err := xmlText(chapterOf(body))
		if err != nil {
			t.Skip()
		}
		out := render(tokenize([]byte(chapterOf(body))))
		if got, want := strings.Count(string(out), "\n"), strings.Count(chapterOf(body), "\n"); got != want {
			t.Errorf("%d lines, not %d", got, want)
		}
		have, err := sourcetest.Visible(string(out))
		if err != nil {
			t.Skip()
		}
		if lost := sourcetest.Missing(want, have, sourcetest.Printed); lost != "" {
			t.Errorf("%s\nlost %q", out, lost)
		}
	})
}

// xmlText returns the text of the body of a page, read as XML.
func xmlText(page string) (string, error) {
	d := xml.NewDecoder(strings.NewReader(page))
	var b strings.Builder
	hidden := 0 // elements whose text nobody sees
	for {
		tok, err := d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return b.String(), nil
			}
			return "", err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			switch tok.Name.Local {
			case "head", "title", "script", "style", "template", "iframe", "video", "audio", "datalist", "rp", "noembed", "noframes", "noscript",
				"svg", "math", "select", "textarea", "plaintext", "xmp", "frameset", "table", "html", "body", "option":
				if tok.Name.Local != "html" && tok.Name.Local != "body" && hidden == 0 && tok.Name.Local != "head" {
					return "", errors.New("an element that HTML reads in a way of its own")
				}
			}
			if hidden > 0 || tok.Name.Local == "head" {
				hidden++
			}
		case xml.EndElement:
			hidden = max(hidden-1, 0)
		case xml.CharData:
			if hidden == 0 {
				b.Write(tok)
			}
		}
	}
}

// A book whose container was lost is known by its type.
func TestNoContainer(t *testing.T) {
	files := []txtar.File{{Name: "mimetype", Data: []byte("application/epub+zip")}, {Name: "a.xhtml", Data: []byte(chapterOf("<p>text</p>"))},
		{Name: "p.opf", Data: []byte(`<package><manifest><item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>`)}}
	in := sourcetest.Archive(t, files)
	if docs, _, err := sourcetest.All(Reader{}, in); !(Reader{}).Match(in) || err != nil || len(docs) != 1 || !strings.Contains(docs[0].Text(), "text") {
		t.Errorf("%d documents, %v", len(docs), err)
	}
	files[0].Data = []byte("application/vnd.oasis.opendocument.text")
	if (Reader{}).Match(sourcetest.Archive(t, files)) {
		t.Error("another format matches")
	}
}

// Nothing in a package makes a reader panic, and what it yields is in order.
func FuzzPackage(f *testing.F) {
	f.Add(`<package><metadata><title>t</title></metadata><manifest><item id="a" href="a.xhtml" media-type="text/html"/><item id="n" href="n.xhtml" properties="nav"/></manifest><spine toc="n"><itemref idref="a"/></spine></package>`,
		`<nav epub:type="toc"><ol><li><a href="a.xhtml#x">A</a><ol><li>b</li></ol></li></ol></nav>`)
	f.Add(`<package><manifest><item id="a" href="a.xhtml" fallback="a"/><item id="n" href="n.xhtml" media-type="application/x-dtbncx+xml"/></manifest><spine><itemref idref="a" linear="no"/><itemref idref="n"/></spine><guide><reference type="cover" href="a.xhtml"/></guide></package>`,
		`<ncx><navMap><navPoint><navLabel><text>A</text></navLabel><content src="a.xhtml"/></navPoint></navMap></ncx>`)
	f.Fuzz(func(t *testing.T, opf, contents string) {
		in := archive(t, []txtar.File{{Name: "p.opf", Data: []byte(opf)}, {Name: "n.xhtml", Data: []byte(contents)}, {Name: "a.xhtml", Data: []byte(chapterOf("<h1>A</h1><p>text</p>"))}})
		docs, _, _ := sourcetest.All(Reader{}, in)
		for _, doc := range docs {
			sourcetest.Check(t, doc, 1+strings.Count(contents, "\n")+strings.Count(contents, "\r"))
		}
	})
}
