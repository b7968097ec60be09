package html_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/html"
	"github.com/leporello-press/leporello/source/sourcetest"
)

// site is pages of the web by their addresses.
type site map[string]string

func (s site) follow(address string) (source.Input, error) {
	text, ok := s[address]
	if !ok {
		return source.Input{}, errors.New("HTTP 404")
	}
	return source.Input{Name: address, Base: address, Type: "text/html; charset=utf-8", Data: []byte(text)}, nil
}

func (s site) read(t *testing.T, address string, o source.Options) (*article.Document, []article.Issue) {
	t.Helper()
	o.Follow = s.follow
	in, err := s.follow(address)
	if err != nil {
		t.Fatal(err)
	}
	return sourcetest.One(t, html.Reader{Options: o}, in)
}

// a page of an article, with a link to the next one.
func paged(title, text, next string) string {
	if next != "" {
		next = `<div class="pages"><a href="` + next + `">下一页</a></div>`
	}
	return `<html><head><title>` + title + `</title></head><body><h1>` + title + `</h1>` + text + next + `</body></html>`
}

func codes(issues []article.Issue, prefix string) []string {
	var list []string
	for _, i := range issues {
		if strings.HasPrefix(i.Code, prefix) {
			list = append(list, i.Code)
		}
	}
	return list
}

func TestJoined(t *testing.T) {
	const a = "https://news.example/2021/c1-5.html"
	const b, c = "https://news.example/2021/c1-5_2.html", "https://news.example/2021/c1-5_3.html"
	whole := site{
		a: paged("老码头", `<p>每一页的开头都这样说一遍。</p><p>第一段<a href="#n1"><sup>1</sup></a>。</p><p id="n1">1. 第一个注。</p><p>责任编辑：李明明明</p>`, "c1-5_2.html"),
		b: paged("老码头（2）", `<p>每一页的开头都这样说一遍。</p><p>第二段<a href="#n1"><sup>1</sup></a>。</p><p id="n1">1. 第二个注。</p><p>责任编辑：李明明明</p>`, "c1-5_3.html#top"),
		c: paged("老码头（3）", `<p>第三段。</p><p>责任编辑：李明明明</p>`, "c1-5.html"),
	}
	doc, issues := whole.read(t, a, source.Options{})
	if got, want := doc.Text(), "每一页的开头都这样说一遍。\n第一段。\n第二段。\n第三段。\n责任编辑：李明明明\n第一个注。\n第二个注。\n"; got != want {
		t.Errorf("got\n%s", got)
	}
	if got := codes(issues, "pages."); !slices.Equal(got, []string{"pages.joined", "pages.repeated", "pages.joined", "pages.repeated"}) {
		t.Errorf("%v", got)
	}
	if len(doc.Notes) != 2 || doc.Notes[0].ID == doc.Notes[1].ID {
		t.Errorf("notes %+v", doc.Notes)
	}
	if doc, issues := whole.read(t, a, source.Options{SinglePages: true}); strings.Contains(doc.Text(), "第二段") || len(codes(issues, "pages.")) > 0 {
		t.Errorf("single: %s %v", doc.Text(), issues)
	}

	// A page that is not there ends the article, and is named.
	part := site{a: whole[a], b: whole[b]}
	doc, issues = part.read(t, a, source.Options{})
	if i, ok := sourcetest.Find(issues, "pages.failed"); !ok || i.URL != c || i.Severity != article.Loss || !strings.Contains(i.Detail, "404") || !strings.Contains(doc.Text(), "第二段") {
		t.Errorf("missing: %v", issues)
	}
	// A page that is the one before it under another address.
	same := site{a: whole[a], b: whole[a]}
	if _, issues = same.read(t, a, source.Options{}); !slices.Equal(codes(issues, "pages."), []string{"pages.failed"}) {
		t.Errorf("repeated page: %v", issues)
	}
	// Another article, whose address looks like the next page.
	other := site{a: whole[a], b: paged("一座新桥", "<p>别的事情。</p>", "")}
	if doc, issues = other.read(t, a, source.Options{}); strings.Contains(doc.Text(), "别的") || !slices.Equal(codes(issues, "pages."), []string{"pages.other"}) {
		t.Errorf("another article: %s %v", doc.Text(), issues)
	}
	// The next article of a blog.
	blog := site{"https://b.example/p/1.html": strings.Replace(paged("日记", "<p>一月。</p>", ""), "<head>", `<head><link rel="next" href="2.html">`, 1), "https://b.example/p/2.html": paged("日记", "<p>二月。</p>", "")}
	if doc, _ = blog.read(t, "https://b.example/p/1.html", source.Options{}); strings.Contains(doc.Text(), "二月") {
		t.Errorf("a blog: %s", doc.Text())
	}
	// A pager that never ends.
	endless := site{}
	for i := range 40 {
		name := "https://e.example/a1.html"
		if i > 0 {
			name = fmt.Sprintf("https://e.example/a1_%d.html", i+1)
		}
		endless[name] = paged("长", fmt.Sprintf("<p>第%d段文字。</p>", i+1), fmt.Sprintf("a1_%d.html", i+2))
	}
	doc, issues = endless.read(t, "https://e.example/a1.html", source.Options{})
	if i, ok := sourcetest.Find(issues, "pages.long"); !ok || i.URL != "https://e.example/a1_21.html" || strings.Count(doc.Text(), "段文字") != 20 {
		t.Errorf("endless: %v\n%s", issues, doc.Text())
	}
}

// Saved pages are joined with those beside them, which are no articles of their own.
func TestJoinedFiles(t *testing.T) {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"d/wharf.html":   paged("老码头", "<p>第一段。</p>", "https://news.example/a/wharf_2.html"),
		"d/wharf_2.html": paged("老码头(2)", "<p>第二段。</p>", "wharf_3.html"),
		"d/wharf_3.html": paged("老码头(3)", "<p>第三段。</p>", "wharf_4.html"),
		"d/bridge.html":  paged("桥", "<p>桥。</p>", "../../etc/passwd_2.html"),
		"d/track_2.html": paged("第二条路", "<p>路。</p>", ""),
		"d/track.html":   paged("路", "<p>路。</p>", ""),
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	read := func(name string, named bool) (string, []article.Issue, error) {
		in := source.Input{Name: name, Path: name, Files: files, Data: files[name].Data, Named: named}
		docs, issues, err := sourcetest.All(html.Reader{}, in)
		if len(docs) == 0 {
			return "", issues, err
		}
		return docs[0].Text(), issues, err
	}
	text, issues, err := read("d/wharf.html", false)
	if err != nil || !strings.Contains(text, "第一段") || !strings.Contains(text, "第二段") || !strings.Contains(text, "第三段") {
		t.Errorf("%s %v %v", text, issues, err)
	}
	if i, _ := sourcetest.Find(issues, "pages.joined"); i.URL != "d/wharf_2.html" {
		t.Errorf("%v", issues)
	}
	for _, name := range []string{"d/wharf_2.html", "d/wharf_3.html"} {
		if _, _, err := read(name, false); !errors.Is(err, source.ErrElsewhere) || !strings.Contains(err.Error(), "d/wharf.html") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A person who names it wants it.
	if text, _, err := read("d/wharf_2.html", true); err != nil || !strings.Contains(text, "第二段") {
		t.Errorf("named: %s %v", text, err)
	}
	for _, name := range []string{"d/bridge.html", "d/track.html", "d/track_2.html"} {
		if _, issues, err := read(name, false); err != nil || len(codes(issues, "pages.")) > 0 {
			t.Errorf("%s: %v %v", name, issues, err)
		}
	}
}

// What two pages say is in the article that they are joined to, or named as what
// both repeat.
func FuzzJoined(f *testing.F) {
	f.Add("<p>the same at the beginning</p><p>one</p><p>the same at the end</p>", "<p>the same at the beginning</p><p>two</p><p>the same at the end</p>")
	f.Add("<p id=a>x<a href=#a>y</a></p><p><a href='2'>1</a> 2</p>", "<p id=a>z<sup><a href=#n>1</a></sup></p><p id=n>1 note</p>")
	f.Fuzz(func(t *testing.T, a, b string) {
		const first, second = "https://e.example/story1.html", "https://e.example/story1_2.html"
		pages := site{first: "<title>story</title><link rel=next href=story1_2.html>" + a, second: "<title>story</title>" + b}
		read := func(address string, o source.Options) (text string, repeated []string) {
			in, err := pages.follow(address)
			if err != nil {
				t.Fatal(err)
			}
			docs, issues, err := sourcetest.All(html.Reader{Options: o}, in)
			if err != nil {
				t.Skip()
			}
			for _, i := range issues {
				if strings.HasPrefix(i.Code, "pages.") {
					repeated = append(repeated, i.Detail)
				}
			}
			return docs[0].Text(), repeated
		}
		one, _ := read(first, source.Options{SinglePages: true})
		two, _ := read(second, source.Options{SinglePages: true})
		both, repeated := read(first, source.Options{Follow: pages.follow})
		if len(repeated) == 0 {
			t.Skip() // they are not joined
		}
		if !strings.HasPrefix(repeated[len(repeated)-1], "page 2") && !strings.HasPrefix(repeated[0], "page 2") {
			return // another article, and said to be
		}
		if lost := sourcetest.Missing(one+two, both+strings.Join(repeated, " "), unicode.IsLetter); lost != "" && !strings.Contains(repeated[0], "says the same") {
			t.Errorf("lost %q", lost)
		}
	})
}
