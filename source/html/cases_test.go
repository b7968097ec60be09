package html_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/golden"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/html"
	"github.com/leporello-press/leporello/source/sourcetest"
)

// What becomes of everything that pages have been seen with.
func TestCases(t *testing.T) {
	for _, c := range sourcetest.Cases(t, "testdata/cases") {
		t.Run(c.Name, func(t *testing.T) {
			doc, issues := sourcetest.One(t, html.Reader{Options: source.Options{Lang: "zh-Hans"}}, c.Input)
			// Nearly all of them have no title.
			issues = slices.DeleteFunc(issues, func(i article.Issue) bool { return i.Code == "title.missing" })
			golden.Equal(t, "testdata/cases/"+c.Name+".txtar", c.With(sourcetest.Outline(doc, issues)))
			sourcetest.Check(t, doc, sourcetest.Lines(string(c.Input.Data)))
		})
	}
}

// Posts as generators write them, and a file for each rule of tolerance.
func TestFrontMatter(t *testing.T) {
	sourcetest.Stories(t, "testdata/heads/*.txtar", html.Reader{Options: source.Options{Zone: time.FixedZone("Asia/Shanghai", 8*3600)}}, sourcetest.File)
}

// Posts as blogs, forums, messengers and word processors write them.
func TestPosts(t *testing.T) {
	sourcetest.Stories(t, "testdata/posts/*.txtar", html.Reader{}, sourcetest.File)
}

func TestLocalPictures(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"posts/a/own.jpg", "posts/beside.jpg", "img/root.jpg", "source/img/blog.jpg", "posts/sp ace.jpg", "posts/a?b#c%20.jpg", "top.jpg"} {
		files[name] = &fstest.MapFile{}
	}
	page := func(head, src string) string { return "---\n" + head + "\n---\n<img src='" + src + "'>" }
	tests := []struct{ name, head, src, want string }{
		{"beside the article", "x: y", "beside.jpg", "beside.jpg"},
		{"with escapes", "x: y", "sp%20ace.jpg?v=1#f", "sp ace.jpg"},
		{"escapes of what means something", "x: y", "a%3Fb%23c%2520.jpg", "a%3Fb%23c%2520.jpg"},
		{"a drive", "x: y", `C:\x.jpg`, `C:\x.jpg`},
		{"no address", "x: y", "http://a b/x.jpg", "http://a b/x.jpg"},
		{"dots", "x: y", "./../top.jpg", "../top.jpg"},
		{"backslashes", "x: y", `..\top.jpg`, "../top.jpg"},
		{"folder of the post", "x: y", "own.jpg", "a/own.jpg"},
		{"from the root", "x: y", "/img/root.jpg", "../img/root.jpg"},
		{"from the root of the blog", "x: y", "/img/blog.jpg", "../source/img/blog.jpg"},
		{"missing", "x: y", "gone.jpg", "gone.jpg"},
		{"out of the tree", "x: y", "../../etc/passwd", "../../etc/passwd"},
		{"missing, but the page has an address", "source: https://x.org/p/a.html", "../gone.jpg", "https://x.org/gone.jpg"},
		{"there, and the page has an address", "source: https://x.org/p/a.html", "beside.jpg", "beside.jpg"},
		{"remote", "x: y", "https://x.org/a.jpg", "https://x.org/a.jpg"},
	}
	for _, tt := range tests {
		doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "a.html", Path: "posts/a.html", Files: files, Data: []byte(page(tt.head, tt.src))})
		got := ""
		for img := range doc.Images() {
			got = img.Src
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	// A page from the network names no files.
	doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "https://x.org/p/", Base: "https://x.org/p/", Files: files, Path: "posts/a.html", Data: []byte("<img src='beside.jpg'>")})
	for img := range doc.Images() {
		if img.Src != "https://x.org/p/beside.jpg" {
			t.Errorf("remote page: %q", img.Src)
		}
	}
}

func TestReferrerPolicy(t *testing.T) {
	tests := []struct{ name, header, page, want string }{
		{"none", "", "<img src=a.jpg>", ""},
		{"of the answer", "No-Referrer", "<img src=a.jpg>", "no-referrer"},
		{"the last one that is known", "origin, x, same-origin, strict", "<img src=a.jpg>", "same-origin"},
		{"the page goes before the answer", "no-referrer", "<meta name=referrer content=origin><img src=a.jpg>", "origin"},
		{"the picture before both", "no-referrer", "<meta name=referrer content=origin><img src=a.jpg referrerpolicy=unsafe-url>", "unsafe-url"},
		{"a page that says nothing known", "no-referrer", "<meta name=referrer content=x><img src=a.jpg referrerpolicy=y>", "no-referrer"},
	}
	for _, tt := range tests {
		doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "https://x.org/", Base: "https://x.org/", Type: "text/html", Referrer: tt.header, Data: []byte(tt.page)})
		for img := range doc.Images() {
			if img.Referrer != tt.want {
				t.Errorf("%s: %q, want %q", tt.name, img.Referrer, tt.want)
			}
		}
	}
}

func TestLead(t *testing.T) {
	tests := []struct{ name, lead, body, want string }{
		{"equal", "https://x.org/a.jpg", "<img src='https://x.org/a.jpg'>", ""},
		{"equal but for the query", "http://x.org/a.jpg?w=600", "<p>文</p><img src='https://x.org/a.jpg'>", ""},
		{"equal but for the size", "https://x.org/a-300x200.jpg", "<img src='https://x.org/a.jpg'>", ""},
		{"size in the path", "https://n.x.org/1/w550h140/b.png", "<img src='https://n.x.org/1/w1100h280/b.png'>", ""},
		{"another", "https://x.org/a.jpg", "<img src='https://x.org/b.jpg'>", "https://x.org/a.jpg"},
		{"the second picture", "https://x.org/a.jpg", "<img src='https://x.org/b.jpg'><img src='https://x.org/a.jpg'>", "https://x.org/a.jpg"},
		{"named by the query", "https://x.org/p?id=1", "<img src='https://x.org/p?id=2'>", "https://x.org/p?id=1"},
		{"no picture in the body", "https://x.org/a.jpg", "文", "https://x.org/a.jpg"},
		{"no address", "javascript:x/y", "文", ""},
	}
	for _, tt := range tests {
		doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "a.html", Data: []byte("---\nheadimg: '" + tt.lead + "'\n---\n" + tt.body)})
		got := ""
		if doc.Meta.Lead != nil {
			got = doc.Meta.Lead.Src
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	// The lead is fetched as the pictures beside it are.
	doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "a.html", Data: []byte("---\nheadimg: https://x.org/a.jpg\n---\n<img src='https://x.org/b.jpg' referrerpolicy='no-referrer'>")})
	if doc.Meta.Lead == nil || doc.Meta.Lead.Referrer != "no-referrer" {
		t.Errorf("lead %+v", doc.Meta.Lead)
	}
}

func TestOptions(t *testing.T) {
	in := source.Input{Name: "a.html", Data: []byte("<p><b>题</b></p><p>文</p>")}
	doc, _ := sourcetest.One(t, html.Reader{Options: source.Options{KeepPseudoHeadings: true}}, in)
	if strings.Contains(doc.Dump(), "heading") {
		t.Errorf("promoted:\n%s", doc.Dump())
	}
	big := source.Input{Name: "big.html", Data: []byte(strings.Repeat("a", 101))}
	for _, err := range (html.Reader{Options: source.Options{MaxBytes: 100}}).Read(big, nil) {
		if err == nil || !strings.Contains(err.Error(), "big.html") {
			t.Errorf("error %v", err)
		}
	}
	nul := source.Input{Name: "nul.html", Data: []byte("<p>a\n\x00b")}
	for _, err := range (html.Reader{}).Read(nul, nil) {
		if err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("error %v", err)
		}
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		name, media, data string
		want              bool
	}{
		{"a.html", "", "", true}, {"a.HTM", "", "", true}, {"a.xhtml", "", "", true}, {"a.txt", "", "\n---\ntitle: a\n---\n", true},
		{"https://x.org/a", "text/html; charset=gbk", "", true}, {"https://x.org/a.html", "application/xml", "", false},
		{"a.md", "", "# a", false}, {"a.md", "", "<p>", false}, {"-", "", "\ufeff\n---\ntitle: a\n---", true}, {"-", "", "<p>a", true}, {"-", "", "plain", false},
		{"-", "", "{\"a\": 1}", false}, {"feed", "", "<?xml version='1.0'?><rss>", false}, {"a.epub", "", "PK", false},
	}
	for _, tt := range tests {
		if got := (html.Reader{}).Match(source.Input{Name: tt.name, Type: tt.media, Data: []byte(tt.data)}); got != tt.want {
			t.Errorf("%s %s %q: %v", tt.name, tt.media, tt.data, got)
		}
	}
}
