package frontmatter_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/frontmatter"
)

var shanghai = time.FixedZone("", 8*3600)

func fields(kv ...string) []article.Field {
	var f []article.Field
	for i := 0; i < len(kv); i += 2 {
		f = append(f, article.Field{Key: kv[i], Value: kv[i+1]})
	}
	return f
}

// TestGenerators reads a whole post of each generator, with every key that its
// documentation names for what a book needs.
func TestGenerators(t *testing.T) {
	day := time.Date(2021, 8, 5, 0, 0, 0, 0, shanghai)
	noon := time.Date(2021, 8, 5, 12, 0, 0, 0, shanghai)
	tests := []struct {
		name, text string
		o          source.Options
		want       article.Meta
		issues     string
	}{
		{"Hexo", "---\ntitle: 河\ndate: 2021/8/5 12:00:00\nupdated: 2021-08-05 00:00:00\ncategories:\n- 随笔\n- 江河\ntags: 水\ncover: /img/a.jpg\nexcerpt: 一条河\nsource: https://example.org/a\n" +
			"sticky: 1\nlayout: post\ncomments: false\n---\nbody", source.Options{},
			article.Meta{Title: "河", Published: noon, Updated: day, Section: []string{"随笔", "江河"}, Tags: []string{"水"}, Lead: &article.Image{Src: "/img/a.jpg"}, Summary: "一条河",
				URL: "https://example.org/a", Extra: fields("sticky", "1", "layout", "post", "comments", "false")}, ""},
		{"Hexo, several categories", "---\ntitle: a\ncategories:\n- [x, y]\n- [z]\n---\nbody", source.Options{},
			article.Meta{Title: "a", Section: []string{"x", "y"}, Extra: fields("categories", "z")}, "section@3"},
		{"Hexo without the first fence", "title: a\ndate: 2021-08-05\ntags:\n- x\n---\nbody", source.Options{},
			article.Meta{Title: "a", Published: day, Tags: []string{"x"}}, "unopened@1"},
		{"Hexo in JSON", "\"title\": \"a\",\n\"date\": \"2021-08-05\",\n\"tags\": [\"x\", \"y\"]\n;;;\nbody", source.Options{},
			article.Meta{Title: "a", Published: day, Tags: []string{"x", "y"}}, "unopened@1"},
		{"Hexo in JSON between fences", ";;;\n\"title\": \"a\",\n\"n\": 1.10\n;;;\nbody", source.Options{},
			article.Meta{Title: "a", Extra: fields("n", "1.10")}, ""},
		{"Hexo's object and fence", "{\n\"title\": \"a\"\n}\n;;;\nbody", source.Options{}, article.Meta{Title: "a"}, ""},

		{"Hugo in YAML", "---\ntitle: a\nlinkTitle: b\npublishDate: 2021-08-05\nlastmod: 2021-08-05T12:00:00+08:00\ncategories: [x, y]\ntags: [z]\nparams:\n  author: Ann\nsummary: s\n" +
			"images: [a.png, b.png]\ncanonicalURL: https://example.org/a\ndraft: true\nexpiryDate: 2022-01-01\nweight: 10\nslug: a\naliases: [/b]\n---\nbody", source.Options{Categories: source.Flat},
			article.Meta{Title: "a", Published: day, Updated: noon, Section: []string{"x"}, Tags: []string{"z", "y"}, Authors: []string{"Ann"}, Summary: "s", Lead: &article.Image{Src: "a.png"},
				URL: "https://example.org/a", Extra: fields("linkTitle", "b", "draft", "true", "expiryDate", "2022-01-01T00:00:00+08:00", "weight", "10", "slug", "a", "aliases", "/b")}, ""},
		{"Hugo in TOML", "+++\ntitle = 'a = b'\ndate = 2021-08-05T12:00:00+08:00\ndraft = false\ntags = [\n  'x', # one\n  \"y\",\n]\nweight = 1_000\nunpublishDate = 2022-01-01\n[cover]\nimage = 'a.jpg'\nalt = 'A'\n" +
			"[params]\nauthor = 'Ann'\n[[resources]]\nsrc = 'b.jpg'\n+++\nbody", source.Options{},
			article.Meta{Title: "a = b", Published: noon, Tags: []string{"x", "y"}, Authors: []string{"Ann"}, Lead: &article.Image{Src: "a.jpg", Alt: "A"},
				Extra: fields("draft", "false", "weight", "1_000", "expiryDate", "2022-01-01T00:00:00+08:00", "resources", "src: b.jpg")}, ""},
		{"Hugo in JSON", "{\n  \"title\": \"a } b\",\n  \"date\": \"2021-08-05\",\n  \"categories\": [\"x\"],\n  \"n\": 1.10,\n  \"y\": {\"z\": [null, true]},\n  \"draft\": false\n}\nbody", source.Options{},
			article.Meta{Title: "a } b", Published: day, Section: []string{"x"}, Extra: fields("n", "1.10", "y.z", "null, true", "draft", "false")}, ""},
		{"Hugo's resources", "+++\ntitle = 'a'\n[[resources]]\nname = 'featured'\nsrc = 'f.webp'\n+++\nbody", source.Options{},
			article.Meta{Title: "a", Lead: &article.Image{Src: "f.webp"}}, ""},
		{"Hugo's other resources", "+++\ntitle = 'a'\n[[resources]]\nsrc = 'f.pdf'\n+++\nbody", source.Options{},
			article.Meta{Title: "a", Extra: fields("resources", "src: f.pdf")}, ""},

		{"Jekyll", "---\nlayout: post\ntitle: a\ndate: 2021-08-05 12:00:00 +0800\nlast_modified_at: 2021-08-05\ncategories: x y\ntags: p q\nauthor: {name: Ann, uri: u}\nimage: {path: a.jpg, height: 3}\n" +
			"canonical_url: https://example.org/a\npublished: false\npermalink: /a\n---\nbody", source.Options{SpacedTags: true},
			article.Meta{Title: "a", Published: noon, Updated: day, Section: []string{"x", "y"}, Tags: []string{"p", "q"}, Authors: []string{"Ann"}, Lead: &article.Image{Src: "a.jpg"},
				URL: "https://example.org/a", Extra: fields("layout", "post", "published", "false", "permalink", "/a")}, ""},
		{"Jekyll's header and redirect", "---\ntitle: a\nheader:\n  overlay_image: h.jpg\nredirect_to: https://example.org/b\nauthor: [Ann, Bo]\n---\nbody", source.Options{},
			article.Meta{Title: "a", Lead: &article.Image{Src: "h.jpg"}, URL: "https://example.org/b", Authors: []string{"Ann", "Bo"}}, ""},

		{"Zola", "+++\ntitle = \"a\"\ndate = 2021-08-05\nupdated = 2021-08-05T04:00:00Z\nauthors = [\"Ann\"]\ndescription = \"\"\"\ns\nt\"\"\"\nweight = 1\n[taxonomies]\ncategories = [\"x\"]\ntags = [\"p\", \"q\"]\n" +
			"[extra]\ncover = \"a.jpg\"\nmood = \"m\"\nmore.deep = 0x1F\n+++\nbody", source.Options{},
			article.Meta{Title: "a", Published: day, Updated: noon.UTC(), Authors: []string{"Ann"}, Summary: "s t", Section: []string{"x"}, Tags: []string{"p", "q"}, Lead: &article.Image{Src: "a.jpg"},
				Extra: fields("weight", "1", "extra.mood", "m", "extra.more.deep", "0x1F")}, ""},

		{"Pelican", "Title: a: b\nDate: 2021-08-05 12:00\nModified: 2021-08-05\nCategory: x/y\nTags: p, q\nAuthors: Doe, Jane; Roe, Rick\nSummary: one\n    two\nSlug: a\nStatus: draft\nLang: zh\n\nbody", source.Options{},
			article.Meta{Title: "a: b", Published: noon, Updated: day, Section: []string{"x", "y"}, Tags: []string{"p", "q"}, Authors: []string{"Doe, Jane", "Roe, Rick"}, Summary: "one two", Lang: "zh",
				Extra: fields("Slug", "a", "Status", "draft")}, "lines@1"},
		{"Pelican's tags line by line", "Title: a\nTags: p\n  q; r\n\nbody", source.Options{}, article.Meta{Title: "a", Tags: []string{"p", "q", "r"}}, "lines@1"},
		{"a field list", ":title: a\n:date: 2021-08-05\n:tags: p; q\n\nbody", source.Options{}, article.Meta{Title: "a", Published: day, Tags: []string{"p", "q"}}, "lines@1"},
		{"a field list below its title", "###\n a\n###\n\n:date: 2021-08-05\n:category: x\n\nbody", source.Options{}, article.Meta{Title: "a", Published: day, Section: []string{"x"}}, "lines@1"},
		{"full-width colons", "title：a\nauthor：甲\n\nbody", source.Options{}, article.Meta{Title: "a", Authors: []string{"甲"}}, "lines@1"},

		{"Obsidian", "---\ntitle: \"a\"\nsource: \"https://example.org/a\"\nauthor:\n  - \"[[Ann Lee]]\"\n  - \"[[p/Bo|Bo]]\"\npublished: 2021-08-05\ncreated: 2021-09-01\ndescription: \"s\"\ntags:\n  - \"clippings\"\nimage: \"https://example.org/a.png\"\n---\nbody", source.Options{},
			article.Meta{Title: "a", URL: "https://example.org/a", Authors: []string{"Ann Lee", "Bo"}, Published: day, Summary: "s", Tags: []string{"clippings"}, Lead: &article.Image{Src: "https://example.org/a.png"},
				Extra: fields("created", "2021-09-01")}, ""},
		{"TOML by name", "---toml\ntitle = \"a\"\n---\nbody", source.Options{}, article.Meta{Title: "a"}, ""},
		{"JSON by name", "---json\n{\"title\": \"a\"}\n---\nbody", source.Options{}, article.Meta{Title: "a"}, ""},
	}
	for _, tt := range tests {
		for end, name := range map[string]string{"\n": tt.name, "\r\n": tt.name + " with CRLF"} {
			t.Run(name, func(t *testing.T) {
				tt.o.Zone = shanghai
				var issues []article.Issue
				f, err := frontmatter.Parse([]byte(strings.ReplaceAll(tt.text, "\n", end)), tt.o, func(i article.Issue) { issues = append(issues, i) })
				if err != nil {
					t.Fatal(err)
				}
				if string(f.Body) != "body" {
					t.Errorf("body %q", f.Body)
				}
				if want := 1 + strings.Count(tt.text, "\n"); f.Line != want {
					t.Errorf("line %d, want %d", f.Line, want)
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
}

// TestNotHeads: what only looks like front matter stays in the body.
func TestNotHeads(t *testing.T) {
	for name, text := range map[string]string{
		"a line with a colon":         "Source: the river itself.\n\nbody",
		"a greeting":                  "Dear Ann: hello\nhow are you\n\nbody",
		"a poem":                      "River: a word\nMountain: another\n\nbody",
		"Chinese prose":               "来源：新华社\n作者：甲\n\nbody",
		"keys, then prose":            "Title: a\nDate: 2021-08-05\nand so on\n\nbody",
		"a short code":                "{{< figure src=\"a.jpg\" >}}\n\nbody",
		"a template":                  "{% raw %}\nx\n{% endraw %}\n",
		"a text about JSON":           "{\"a\": 1}\n\nbody",
		"an object with text behind":  "{\"title\": \"a\"} is JSON\n\nbody",
		"plus signs":                  "+++\nprose\n+++\nbody",
		"semicolons":                  ";;;\nprose\n;;;\nbody",
		"an address":                  "https://example.org/a\nhttps://example.org/b\n\nbody",
		"a heading with an underline": "A title\n=======\n\nprose: more\n",
		"an opened brace":             "{\nprose\n",
		"times":                       "Date: today\n\n10:30 we left",
	} {
		f, issues := parse(t, text)
		if string(f.Body) != text || f.Line != 1 || !reflect.DeepEqual(f.Meta, article.Meta{}) || len(issues) > 0 {
			t.Errorf("%s: %+v, body %q, issues %v", name, f.Meta, f.Body, issues)
		}
	}
}

func TestCategories(t *testing.T) {
	type m = article.Meta
	const list, lists = "categories: [a, b, c]", "categories:\n- [a, b]\n- [c]"
	for _, tt := range []struct {
		name, head string
		c          source.Categories
		want       article.Meta
	}{
		{"hierarchy", list, source.Hierarchy, m{Section: []string{"a", "b", "c"}}},
		{"flat", list + "\ntags: [x, b]", source.Flat, m{Section: []string{"a"}, Tags: []string{"x", "b", "c"}}},
		{"first", list, source.First, m{Section: []string{"a"}, Extra: fields("categories", "b, c")}},
		{"last", list, source.Last, m{Section: []string{"c"}, Extra: fields("categories", "a, b")}},
		{"several hierarchies", lists, source.Hierarchy, m{Section: []string{"a", "b"}, Extra: fields("categories", "c")}},
		{"several flat", lists, source.Flat, m{Section: []string{"a"}, Tags: []string{"b", "c"}}},
		{"first of several", lists, source.First, m{Section: []string{"a"}, Extra: fields("categories", "b, c")}},
		{"last of several", lists, source.Last, m{Section: []string{"c"}, Extra: fields("categories", "a, b")}},
		{"none", "categories: []", source.Flat, m{}},
	} {
		f, err := frontmatter.Parse([]byte("---\n"+tt.head+"\n---\n"), source.Options{Categories: tt.c}, func(article.Issue) {})
		if err != nil || !reflect.DeepEqual(f.Meta, tt.want) {
			t.Errorf("%s: got %+v, %v", tt.name, f.Meta, err)
		}
	}
}

func TestSpacedTags(t *testing.T) {
	for in, want := range map[string][]string{
		"a b  c":             {"a", "b", "c"},
		"Machine Learning,b": {"Machine Learning", "b"},
		"[a b, c]":           {"a b", "c"},
		"a":                  {"a"},
	} {
		f, err := frontmatter.Parse([]byte("---\ntags: "+in+"\n---\n"), source.Options{SpacedTags: true}, func(article.Issue) {})
		if err != nil || !reflect.DeepEqual(f.Meta.Tags, want) {
			t.Errorf("%s: got %q, %v", in, f.Meta.Tags, err)
		}
	}
}

func TestBrokenTOMLAndJSON(t *testing.T) {
	type m = article.Meta
	for _, tt := range []struct {
		name, text string
		want       article.Meta
		issues     string
	}{
		{"a quote too many", "+++\ntitle = \"a \"b\" c\"\nauthors = ['x']\n+++\nbody", m{Title: `a "b" c`, Authors: []string{"x"}}, "repaired@2"},
		{"no quotes", "+++\ntitle = a b\ntags = [x, y]\n+++\nbody", m{Title: "a b", Tags: []string{"x", "y"}}, "repaired@2 repaired@3"},
		{"colons", "+++\ntitle: a\ndate = 2021-08-05\n+++\nbody", m{Title: "a", Published: time.Date(2021, 8, 5, 0, 0, 0, 0, shanghai)}, "repaired@2"},
		{"a date of another kind", "+++\ntitle = 'a'\ndate = 2021/08/05\n+++\nbody", m{Title: "a", Published: time.Date(2021, 8, 5, 0, 0, 0, 0, shanghai)}, "repaired@3"},
		{"in a table", "+++\ntitle = 'a'\n[taxonomies]\ntags = [x]\ncategories = ['c']\n+++\nbody", m{Title: "a", Tags: []string{"x"}, Section: []string{"c"}}, "repaired@4"},
		{"a line of nothing", "+++\nx y\ntitle = 'a'\n+++\nbody", m{Title: "a"}, "line@2 repaired@2"},
		{"duplicate", "+++\ntitle = 'a'\ntitle = 'b'\n+++\nbody", m{Title: "a", Extra: fields("title", "b")}, "duplicate@3"},
		{"quotes that close later", "+++\ntitle = 'a'\nx = '''\n+++\n'''\n+++\nbody", m{Title: "a", Extra: fields("x", "+++\n")}, ""},
		{"no end", "+++\ntitle = 'a'\n\nbody", m{}, "unclosed@1"},
		{"a comma too many", "{\n\"title\": \"a\",\n\"tags\": [\"x\",],\n}\nbody", m{Title: "a", Tags: []string{"x"}}, "repaired@1"},
		{"a comma too few", "{\n\t\"title\": \"a\"\n\t\"author\": \"b\"\n}\nbody", m{Title: "a", Authors: []string{"b"}}, "repaired@1"},
		{"a brace that is missing", "{\n\"title\": \"a\",\n\nbody", m{}, "unclosed@1"},
	} {
		f, issues := parse(t, tt.text)
		body := "body"
		if strings.HasPrefix(tt.issues, "unclosed") {
			body = tt.text
		}
		if string(f.Body) != body || !reflect.DeepEqual(f.Meta, tt.want) {
			t.Errorf("%s: got %+v, body %q, want %+v", tt.name, f.Meta, f.Body, tt.want)
		}
		if got := codes(issues); got != tt.issues {
			t.Errorf("%s: issues %s, want %s: %v", tt.name, got, tt.issues, issues)
		}
	}
}

// TestDates reads each layout of dates that front matter is known to have.
func TestDates(t *testing.T) {
	at := time.Date(2021, 8, 5, 13, 46, 0, 0, shanghai)
	day := time.Date(2021, 8, 5, 0, 0, 0, 0, shanghai)
	for text, want := range map[string]time.Time{
		"Thu, 05 Aug 2021 13:46:00 GMT":    at.Add(8 * time.Hour),
		"Thu, 05 Aug 2021 13:46:00 +0800":  at,
		"05 Aug 21 13:46 +0800":            at,
		"Thursday, 05-Aug-21 13:46:00 GMT": at.Add(8 * time.Hour),
		"Thu Aug  5 13:46:00 2021":         at,
		"2021-08-05T13:46:00+08:00":        at,
		"2021-08-05T05:46:00Z":             at,
		"2021-08-05T05:46:00.000000000Z":   at,
		"2021-8-5 13:46":                   at,
		"2021-08-05 13:46:00 +0800":        at,
		"2021-08-05 13:46:00 +08:00":       at,
		"2021/8/5 13:46:00":                at,
		"2021.8.5":                         day,
		"2021年8月5日":                        day,
		"2021年8月5日 下午1时46分":                at,
		"2021年8月5日 13:46":                  at,
		"Aug 5, 2021":                      day,
		"5 August 2021":                    day,
		"1628142360":                       at,
		"1628142360000":                    at,
		"2021-08-05":                       day,
		"2021-08-05 # a comment":           day,
	} {
		f, issues := parse(t, "---\ndate: "+text+"\n---\n")
		if !f.Meta.Published.Equal(want) || len(issues) > 0 {
			t.Errorf("%s: %v, want %v, issues %v", text, f.Meta.Published, want, issues)
		}
	}
	for _, text := range []string{"2021-08-05 13:46 CST", "Thu, 05 Aug 2021 13:46:00 EST", "Thu, 05 Aug 2021 13:46:00 IST"} {
		f, issues := parse(t, "---\ndate: "+text+"\n---\n")
		if !f.Meta.Published.Equal(at) || codes(issues) != "date@2" {
			t.Errorf("%s: %v, issues %v", text, f.Meta.Published, issues)
		}
	}
}

func TestLimitsOfOthers(t *testing.T) {
	for name, text := range map[string]string{
		"TOML bytes":  "+++\ntitle = 'a'\nx = '" + strings.Repeat("y", 64<<10) + "'\n+++\n",
		"TOML arrays": "+++\nx = " + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "\n+++\n",
		"TOML tables": "+++\n[" + strings.Repeat("a.", 100) + "a]\nx = 1\n+++\n",
		"TOML values": "+++\nx = [" + strings.Repeat("1,", 30_000) + "]\n+++\n",
		"JSON depth":  "{\"title\": " + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}\n",
		"JSON bytes":  "{\n\"title\": \"a\",\n" + strings.Repeat("\"x\": \"y\",\n", 10_000) + "}\n",
		"JSON values": "{\"title\": [" + strings.Repeat("1,", 30_000) + "1]}\n",
	} {
		start := time.Now()
		_, err := frontmatter.Parse([]byte(text), source.Options{}, func(article.Issue) {})
		if !errors.Is(err, frontmatter.ErrLimit) {
			t.Errorf("%s: error %v", name, err)
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s: took %v", name, d)
		}
	}
}
