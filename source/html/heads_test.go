package html_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/html"
	"github.com/leporello-press/leporello/source/sourcetest"
)

// TestHeads reads what bare pages say in their heads, in each vocabulary.
func TestHeads(t *testing.T) {
	day := time.Date(2021, 8, 5, 0, 0, 0, 0, time.UTC)
	noon := day.Add(12 * time.Hour)
	type m = article.Meta
	for _, tt := range []struct {
		name, head string
		want       article.Meta
		code       string // of the only issue about dates
	}{
		{"Pelican", `<title>河</title><meta name="date" content="2021-08-05 12:00"><meta name="modified" content="2021-08-05"><meta name="category" content="随笔">
			<meta name="tags" content="水, 山"><meta name="authors" content="甲"><meta name="summary" content="一条河"><meta name="status" content="draft"><meta name="lang" content="zh">`,
			m{Title: "河", Lang: "zh", Published: noon, Updated: day, Section: []string{"随笔"}, Tags: []string{"水", "山"}, Authors: []string{"甲"}, Summary: "一条河",
				Extra: []article.Field{{Key: "status", Value: "draft"}}}, ""},
		{"Open Graph", `<meta property="og:title" content="A"><meta property="og:description" content="S"><meta property="og:site_name" content="P"><meta property="og:image" content="https://example.org/a.jpg">
			<meta property="og:url" content="https://example.org/a"><meta property="og:locale" content="en_US"><meta property="article:published_time" content="2021-08-05T12:00:00Z">
			<meta property="article:modified_time" content="2021-08-05"><meta property="article:section" content="X"><meta property="article:tag" content="t, u"><meta property="article:tag" content="v">`,
			m{Title: "A", Summary: "S", Publisher: "P", Lead: &article.Image{Src: "https://example.org/a.jpg"}, URL: "https://example.org/a", Lang: "en-US", Published: noon, Updated: day,
				Section: []string{"X"}, Tags: []string{"t, u", "v"}}, ""},
		{"linked data", `<script type="application/ld+json">{"@type":"NewsArticle","headline":"A","description":"S","datePublished":"2021-08-05T12:00:00Z","dateModified":"2021-08-05",
			"author":[{"@type":"Person","name":"Ann"},"Bo"],"publisher":{"name":"P"},"image":{"url":"https://example.org/a.jpg"},"articleSection":["X","Y"],"keywords":"t, u","inLanguage":"en"}</script>`,
			m{Title: "A", Summary: "S", Published: noon, Updated: day, Authors: []string{"Ann", "Bo"}, Publisher: "P", Lead: &article.Image{Src: "https://example.org/a.jpg"},
				Section: []string{"X"}, Tags: []string{"t", "u"}, Lang: "en"}, ""},
		{"linked data in a graph", `<script type="application/ld+json">{"@graph":[{"@type":"WebSite","name":"W"},{"@type":"Article","headline":"A","author":{"name":"Ann"},"keywords":["t","u"],"inLanguage":"en"}]}</script>`,
			m{Title: "A", Authors: []string{"Ann"}, Tags: []string{"t", "u"}, Lang: "en"}, ""},
		{"nothing", "", m{}, ""},
		{"a zone of several meanings", `<meta name="date" content="2021-08-05 12:00 CST">`, m{Published: noon}, "html.date"},
		{"a date that is none", `<meta name="date" content="soon">`, m{}, "html.date"},
		{"the second of two dates", `<meta name="date" content="soon"><script type="application/ld+json">{"headline":"A","datePublished":"2021-08-05"}</script>`, m{Title: "A", Published: day}, "html.date"},
	} {
		page := "<!DOCTYPE html><html><head>" + tt.head + "</head><body><p>1</p></body></html>"
		doc, issues := sourcetest.One(t, html.Reader{}, source.Input{Name: "a.html", Data: []byte(page)})
		if !reflect.DeepEqual(doc.Meta, tt.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", tt.name, doc.Meta, tt.want)
		}
		issues = slices.DeleteFunc(issues, func(i article.Issue) bool { return !strings.Contains(i.Code, "date") })
		switch {
		case tt.code == "" && len(issues) > 0, tt.code != "" && (len(issues) != 1 || issues[0].Code != tt.code):
			t.Errorf("%s: issues %v", tt.name, issues)
		}
	}
}

// TestHeadAndFrontMatter: what the front matter says counts more than the head.
func TestHeadAndFrontMatter(t *testing.T) {
	page := "---\ntitle: A\ntags: [x]\n---\n<html><head><title>B</title><meta name=keywords content=y><meta name=author content=Ann></head><body><p>1</p></body></html>"
	doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "a.html", Data: []byte(page)})
	want := article.Meta{Title: "A", Tags: []string{"x"}, Authors: []string{"Ann"}}
	if !reflect.DeepEqual(doc.Meta, want) {
		t.Errorf("got %+v", doc.Meta)
	}
}

// TestJekyllFolder: tags are split at spaces where Jekyll keeps its posts.
func TestJekyllFolder(t *testing.T) {
	for path, want := range map[string][]string{"_posts/2021-08-05-a.html": {"a", "b"}, "site/_drafts/x/a.html": {"a", "b"}, "posts/a.html": {"a b"}, "_posts": {"a b"}} {
		doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "a.html", Path: path, Data: []byte("---\ntags: a b\n---\n<p>1")})
		if !reflect.DeepEqual(doc.Meta.Tags, want) {
			t.Errorf("%s: %q", path, doc.Meta.Tags)
		}
	}
}
