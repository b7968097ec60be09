package frontmatter_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/frontmatter"
)

func parse(t testing.TB, text string) (frontmatter.File, []article.Issue) {
	t.Helper()
	var issues []article.Issue
	f, err := frontmatter.Parse([]byte(text), source.Options{Zone: time.FixedZone("Asia/Shanghai", 8*3600)}, func(i article.Issue) { issues = append(issues, i) })
	if err != nil {
		t.Fatal(err)
	}
	return f, issues
}

// codes are the codes and lines of issues, as "code@line".
func codes(issues []article.Issue) string {
	var list []string
	for _, i := range issues {
		list = append(list, fmt.Sprintf("%s@%d", strings.TrimPrefix(i.Code, "frontmatter."), i.Pos.Line))
	}
	return strings.Join(list, " ")
}

func TestFences(t *testing.T) {
	tests := []struct {
		name, text  string
		title, body string
		line        int
		issues      string
	}{
		{"plain", "---\ntitle: a\n---\nbody\n", "a", "body\n", 4, ""},
		{"blank line before", "\n \n---\ntitle: a\n---\nbody", "a", "body", 6, ""},
		{"byte order mark", "\ufeff---\ntitle: a\n---\nbody", "a", "body", 4, ""},
		{"mark and blank line", "\ufeff\n---\ntitle: a\n---\nbody", "a", "body", 5, ""},
		{"CRLF", "---\r\ntitle: a\r\n---\r\nbody\r\n", "a", "body\r\n", 4, ""},
		{"CR", "---\rtitle: a\r---\rbody", "a", "body", 4, ""},
		{"spaces after the fence", "---  \ntitle: a\n---\t\nbody", "a", "body", 4, ""},
		{"dots end it", "---\ntitle: a\n...\nbody", "a", "body", 4, ""},
		{"comment before", "<!-- made by\na program -->\n---\ntitle: a\n---\nbody", "a", "body", 6, ""},
		{"doctype before", "<!DOCTYPE html>\n---\ntitle: a\n---\nbody", "a", "body", 5, ""},
		{"empty", "---\n---\nbody", "", "body", 3, ""},
		{"comments only", "---\n# nothing\n---\nbody", "", "---\n# nothing\n---\nbody", 1, ""},
		{"no body", "---\ntitle: a\n---", "a", "", 4, ""},
		{"none", "<p>body", "", "<p>body", 1, ""},
		{"nothing at all", "", "", "", 1, ""},
		{"no end", "---\ntitle: a\n<p>body", "", "---\ntitle: a\n<p>body", 1, "unclosed@1"},
		{"a rule, not a fence", "---\nprose follows\nand goes on", "", "---\nprose follows\nand goes on", 1, ""},
		{"prose between two rules", "---\nprose\n---\nmore", "", "---\nprose\n---\nmore", 1, ""},
		{"three dashes within a block", "---\ntitle: |\n  ---\n  a\n---\nbody", "--- a", "body", 6, ""},
		{"a rule in the body", "---\ntitle: a\n---\nbody\n---\nmore", "a", "body\n---\nmore", 4, ""},
		{"no opening fence", "title: a\ndate: 2021-08-05\ntags:\n- x\n---\nbody", "a", "body", 6, "unopened@1"},
		{"prose with a colon", "note: this is prose\n\nmore\n---\nx", "", "note: this is prose\n\nmore\n---\nx", 1, ""},
		{"indented fence", "  ---\ntitle: a\n---\n", "", "  ---\ntitle: a\n---\n", 1, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, issues := parse(t, tt.text)
			if f.Meta.Title != tt.title || string(f.Body) != tt.body || f.Line != tt.line {
				t.Errorf("got %q, %q, line %d", f.Meta.Title, f.Body, f.Line)
			}
			if got := codes(issues); got != tt.issues {
				t.Errorf("issues %s, want %s: %v", got, tt.issues, issues)
			}
		})
	}
}

func TestValues(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	cst := func(y, m, d, h, min, s int) time.Time { return time.Date(y, time.Month(m), d, h, min, s, 0, zone) }
	extra := func(kv ...string) []article.Field {
		var f []article.Field
		for i := 0; i < len(kv); i += 2 {
			f = append(f, article.Field{Key: kv[i], Value: kv[i+1]})
		}
		return f
	}
	lead := func(src string) *article.Image { return &article.Image{Src: src} }
	type m = article.Meta
	tests := []struct {
		name, head string
		want       article.Meta
		issues     string
	}{
		{"a year", "title: 2021", m{Title: "2021"}, ""},
		{"a float", "title: 1.10", m{Title: "1.10"}, ""},
		{"a boolean", "title: yes", m{Title: "yes"}, ""},
		{"null", "title: null", m{Title: "null"}, ""},
		{"a date", "title: 2021-08-05", m{Title: "2021-08-05"}, ""},
		{"hexadecimal", "title: 0x1F", m{Title: "0x1F"}, ""},
		{"octal, sexagesimal", "title: 0o17\nsubtitle: 12:30:45", m{Title: "0o17", Subtitle: "12:30:45"}, ""},
		{"no value", "title:\nsummary: ~", m{}, ""},
		{"quotes", `title: '‘a’ "b" it''s'`, m{Title: `‘a’ "b" it's`}, ""},
		{"entities stay", "title: 'a &amp; b < c'", m{Title: "a &amp; b < c"}, ""},
		{"folded lines", "summary: >\n  one\n  two\n", m{Summary: "one two"}, ""},
		{"keys in any case", "TITLE: a\nLast_Modified-At: 2021-08-05\nPub Date: 2021-08-04", m{Title: "a", Updated: cst(2021, 8, 5, 0, 0, 0), Published: cst(2021, 8, 4, 0, 0, 0)}, ""},
		{"Chinese keys", "标题: a\n作者: 甲、乙\n分类: 丙/丁\n标签: 戊，己", m{Title: "a", Authors: []string{"甲", "乙"}, Section: []string{"丙", "丁"}, Tags: []string{"戊", "己"}}, ""},
		{"duplicate key", "title: a\nTitle: b", m{Title: "a", Extra: extra("Title", "b")}, "duplicate@3"},
		{"first that is not empty", "title:\ntitle: b", m{Title: "b"}, ""},
		{"rank, not order", "created: 2021-01-01\ndate: 2021-08-05", m{Published: cst(2021, 8, 5, 0, 0, 0), Extra: extra("created", "2021-01-01")}, ""},

		{"hierarchy", "categories:\n - 新媒体\n - 晚报\n - 最新", m{Section: []string{"新媒体", "晚报", "最新"}}, ""},
		{"hierarchy, lines not indented", "categories: \n- a\n- b", m{Section: []string{"a", "b"}}, ""},
		{"one category", "category: Machine Learning", m{Section: []string{"Machine Learning"}}, ""},
		{"path", "category: a / b > c", m{Section: []string{"a", "b", "c"}}, ""},
		{"several", "categories:\n- [a, b]\n- [c]\n- d", m{Section: []string{"a", "b"}, Extra: extra("categories", "c, d")}, "section@2"},
		{"list of one list", "categories: [[a, b]]", m{Section: []string{"a", "b"}}, ""},
		{"Zola", "taxonomies:\n  categories: [a]\n  tags: [b, c]\nextra:\n  mood: d", m{Section: []string{"a"}, Tags: []string{"b", "c"}, Extra: extra("extra.mood", "d")}, ""},

		{"tags as list", "tags: [a, 2021, 'b, c']", m{Tags: []string{"a", "2021", "b, c"}}, ""},
		{"tags with commas", "tags: a, b,c", m{Tags: []string{"a", "b", "c"}}, ""},
		{"tags with Chinese commas", "tags: 甲，乙、丙；丁", m{Tags: []string{"甲，乙、丙", "丁"}}, ""},
		{"a tag of two words", "tags: Machine Learning", m{Tags: []string{"Machine Learning"}}, ""},
		{"hashes", "tags: '#a #b'", m{Tags: []string{"a", "b"}}, ""},
		{"hashes in a list", "tags: ['#a', 'C#']", m{Tags: []string{"a", "C#"}}, ""},
		{"wiki links", `author: ["[[Jane Doe|Jane]]", "[[甲]]"]`, m{Authors: []string{"Jane", "甲"}}, ""},
		{"bare wiki link", "author:\n- [[甲]]", m{Authors: []string{"甲"}}, ""},
		{"maps", "authors:\n- name: A\n  url: x\n- name: B", m{Authors: []string{"A", "B"}}, ""},
		{"one map", "author: {name: A, email: x}", m{Authors: []string{"A"}}, ""},
		{"two names", "author: Ann Lee, Bo Li", m{Authors: []string{"Ann Lee", "Bo Li"}}, ""},
		{"family name first", "author: Doe, Jane", m{Authors: []string{"Doe, Jane"}}, ""},
		{"semicolon", "authors: Doe, Jane; Roe, Rick", m{Authors: []string{"Doe, Jane", "Roe, Rick"}}, ""},
		{"the same twice", "tags: [a, a]", m{Tags: []string{"a"}}, ""},
		{"empty list", "tags: []\nauthor: ''\nmood:", m{Extra: extra("mood", "")}, ""},

		{"RFC 1123", "date: Thu, 05 Aug 2021 13:46:35 GMT", m{Published: time.Date(2021, 8, 5, 13, 46, 35, 0, time.UTC)}, ""},
		{"with a comment", "date: 2021-08-05 # or so", m{Published: cst(2021, 8, 5, 0, 0, 0)}, ""},
		{"ambiguous zone", "date: 2021-08-05 13:46 CST", m{Published: cst(2021, 8, 5, 13, 46, 0)}, "date@2"},
		{"wrong weekday", "date: Mon, 05 Aug 2021 13:46:35 GMT", m{Published: time.Date(2021, 8, 5, 13, 46, 35, 0, time.UTC)}, "date@2"},
		{"no date", "date: soon", m{Extra: extra("date", "soon")}, "date@2"},
		{"state", "draft: true\npublished: false\nstatus: hidden\nexpiryDate: 2021-09-01", m{Extra: extra("draft", "true", "published", "false", "status", "hidden", "expiryDate", "2021-09-01T00:00:00+08:00")}, ""},

		{"lead by rank", "thumbnail: t.jpg\nheadimg: h.jpg\ncover: false", m{Lead: lead("h.jpg"), Extra: extra("thumbnail", "t.jpg", "cover", "false")}, ""},
		{"one lead under two names", "headimg: a.jpg\nthumbnail: a.jpg", m{Lead: lead("a.jpg")}, ""},
		{"lead as map", "image: {path: a.jpg, alt: b}", m{Lead: &article.Image{Src: "a.jpg", Alt: "b"}}, ""},
		{"lead as list", "images: [a.jpg, b.jpg]", m{Lead: lead("a.jpg")}, ""},
		{"a colour is none", "banner: '#fff'", m{Extra: extra("banner", "#fff")}, ""},

		{"address", "source: https://example.org/a?b=c", m{URL: "https://example.org/a?b=c"}, ""},
		{"source by name", "source: 河畔周报", m{Publisher: "河畔周报"}, ""},
		{"permalink path", "url: /2021/08/a/", m{Extra: extra("url", "/2021/08/a/")}, ""},
		{"language", "lang: zh_CN", m{Lang: "zh-CN"}, ""},
		{"no language", "lang: '???'", m{Extra: extra("lang", "???")}, ""},
		{"unknown keys", "b: 1\na:\n  x: [1, 2]\n  y: {z: null}\ncomments: false", m{Extra: extra("b", "1", "a.x", "1, 2", "a.y.z", "null", "comments", "false")}, ""},
		{"alias", "title: &t a\nsubtitle: *t", m{Title: "a", Subtitle: "a"}, ""},
		{"merge", "base: &b\n  x: 1\nparams:\n  <<: *b\n  y: 2", m{Extra: extra("base.x", "1", "params.x", "1", "params.y", "2")}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, issues := parse(t, "---\n"+tt.head+"\n---\nbody")
			if string(f.Body) != "body" {
				t.Errorf("body %q", f.Body)
			}
			if !reflect.DeepEqual(f.Meta, tt.want) {
				t.Errorf("got  %+v\nwant %+v", f.Meta, tt.want)
			}
			if got := codes(issues); got != tt.issues {
				t.Errorf("issues %s, want %s", got, tt.issues)
			}
		})
	}
}

func TestBroken(t *testing.T) {
	type m = article.Meta
	tests := []struct {
		name, head string
		want       article.Meta
		issues     string
	}{
		{"colon in a title", "title: a: b\nauthor: c", m{Title: "a: b", Authors: []string{"c"}}, "repaired@2"},
		{"stray quote", "title: 'Tis the season\nauthor: c", m{Title: "'Tis the season", Authors: []string{"c"}}, "repaired@2"},
		{"quote within quotes", "title: 'It's fine'\nauthor: c", m{Title: "It's fine", Authors: []string{"c"}}, "repaired@2"},
		{"text after a quote", `title: "a" b` + "\nauthor: c", m{Title: `"a" b`, Authors: []string{"c"}}, "repaired@2"},
		{"at sign", "title: a\nauthor: @c", m{Title: "a", Authors: []string{"@c"}}, "repaired@3"},
		{"backtick", "title: `a`", m{Title: "`a`"}, "repaired@2"},
		{"percent", "title: %a\nauthor: c", m{Title: "%a", Authors: []string{"c"}}, "repaired@2"},
		{"bracket not closed", "title: [x unclosed\nauthor: c", m{Title: "[x unclosed", Authors: []string{"c"}}, "repaired@2"},
		{"text after a bracket", "title: [独家] 专访\nauthor: c", m{Title: "[独家] 专访", Authors: []string{"c"}}, "repaired@2"},
		{"list not closed", "tags: [a, b\ntitle: t", m{Title: "t", Tags: []string{"a", "b"}}, "repaired@2"},
		{"template", "title: {% raw %}a{% endraw %}\nauthor: c", m{Title: "{% raw %}a{% endraw %}", Authors: []string{"c"}}, "repaired@2"},
		{"tab", "categories:\n\t- a\n\t- b\ntitle: t", m{Title: "t", Section: []string{"a", "b"}}, "repaired@2"},
		{"item with a colon and a quote", "tags:\n - a: b: c\n - 'd\ntitle: t", m{Title: "t", Tags: []string{"a: b: c", "'d"}}, "repaired@2"},
		{"full-width colon", "title：a\nauthor: c", m{Title: "a", Authors: []string{"c"}}, "repaired@2"},
		{"no space after the colon", "title:a\nauthor: c", m{Title: "a", Authors: []string{"c"}}, "repaired@2"},
		{"second document", "title: a\n--- b\nauthor: c", m{Title: "a --- b", Authors: []string{"c"}}, "repaired@2"},
		{"line of no key", "x y z\ntitle: a", m{Title: "a"}, "line@2 repaired@2"},
		{"continued at the margin", "title: a\nand b\nauthor: c", m{Title: "a and b", Authors: []string{"c"}}, "repaired@2"},
		{"broken and whole", "title: a: b\ntags: [x, y]\ndate: 2021-08-05", m{Title: "a: b", Tags: []string{"x", "y"}, Published: time.Date(2021, 8, 5, 0, 0, 0, 0, time.FixedZone("", 8*3600))}, "repaired@2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, issues := parse(t, "---\n"+tt.head+"\n---\nbody")
			if string(f.Body) != "body" {
				t.Errorf("body %q", f.Body)
			}
			if !reflect.DeepEqual(f.Meta, tt.want) {
				t.Errorf("got  %+v\nwant %+v", f.Meta, tt.want)
			}
			if got := codes(issues); got != tt.issues {
				t.Errorf("issues %s, want %s: %v", got, tt.issues, issues)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 9; i++ {
		fmt.Fprintf(&bomb, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	for name, head := range map[string]string{
		"bytes":   "title: a\nx: " + strings.Repeat("y", 64<<10),
		"aliases": bomb.String(),
		"depth":   "x: " + strings.Repeat("[", 40) + strings.Repeat("]", 40),
		"itself":  "x: &a [*a]",
	} {
		start := time.Now()
		_, err := frontmatter.Parse([]byte("---\n"+head+"\n---\nbody"), source.Options{}, func(article.Issue) {})
		if !errors.Is(err, frontmatter.ErrLimit) {
			t.Errorf("%s: error %v", name, err)
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s: took %v", name, d)
		}
	}
	// A long article between two rules is not a front matter that is too large.
	body := "---\n" + strings.Repeat("prose ", 20_000) + "\n---\n"
	if f, _ := parse(t, body); string(f.Body) != body {
		t.Error("an article between rules is lost")
	}
}

// No input panics; the body is the end of the input, Line is where it begins; and
// what is not front matter is untouched.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"\n---\ntitle: '…_互通_…？'\ncategories: \n - 新媒体\n - 最新\ndate: Thu, 05 Aug 2021 13:46:35 GMT\n---\n\n<div>", "---\r\n\ta: b: c\r\n...\r\nx",
		"title: a\n---\n", "---\na: &a [*a]\n---\n", "---\n? [x]\n: {y: z}\n<<: q\n---\n", "---\n'a': \"b\n - c\n---\nd", "<!-- x\n---\n",
		"+++\ntitle = 'a'\n[x.y]\nz = [1, {a.b = 2}]\n[[w]]\nt = \"\"\"\n+++\n\"\"\"\n+++\nbody", "+++\ntitle = a\nx: 1\n+++\n", "{\n\"title\": \"a\", \"x\": [1.10, null]\n}\n;;;\nbody", "{\"title\": 1,}\n}\n",
		";;;\n\"a\": 1\n;;;\n", "Title: a\nTags: b\n c\n\nbody", ":title: a\n:date: b\n\nbody", "===\nx\n===\n:date: y\n:tags:\n\nbody"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := frontmatter.Parse(data, source.Options{}, func(i article.Issue) {
			if i.Code == "" || i.Pos.Line < 1 {
				t.Errorf("issue without code or place: %+v", i)
			}
		})
		if err != nil {
			if !errors.Is(err, frontmatter.ErrLimit) {
				t.Errorf("error %v", err)
			}
			return
		}
		if !bytes.HasSuffix(data, file.Body) {
			t.Fatalf("the body is not the end of the input: %q", file.Body)
		}
		before := string(data[:len(data)-len(file.Body)])
		lines := 1 + strings.Count(strings.ReplaceAll(strings.ReplaceAll(before, "\r\n", "\n"), "\r", "\n"), "\n")
		if len(file.Body) > 0 && file.Line != lines {
			t.Errorf("line %d, counted %d", file.Line, lines)
		}
		if reflect.DeepEqual(file.Meta, article.Meta{}) && len(file.Body) == len(data) && file.Line != 1 {
			t.Errorf("no front matter, but the body begins at line %d", file.Line)
		}
	})
}
