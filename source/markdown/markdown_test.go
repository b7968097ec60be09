package markdown_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/golden"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/markdown"
	"github.com/leporello-press/leporello/source/sourcetest"
)

func TestGolden(t *testing.T) {
	files, err := source.Find([]string{"testdata"}, source.Search{Extensions: []string{".md"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range files {
		t.Run(e.Name, func(t *testing.T) {
			in, err := e.Load()
			if err != nil {
				t.Fatal(err)
			}
			r := markdown.Reader{Options: source.Options{TeX: strings.Contains(e.Name, "tex")}}
			doc, issues := sourcetest.One(t, r, in)
			golden.Equal(t, e.Name+".dump", sourcetest.Outline(doc, issues))
		})
	}
}

// Texts as programs and people write them.
func TestPosts(t *testing.T) {
	sourcetest.Stories(t, "testdata/posts/*.txtar", markdown.Reader{}, sourcetest.File)
}

// traits are the tree of each thing that Markdown has, one under another.
var traits = []struct{ name, text string }{
	{"soft and hard line ends", "中文的一行\n接下一行，\nLatin\nwords  \n新的一行\\\n再一行"},
	{"emphasis beside Chinese punctuation", "前**「强调」**后，*“引”*文，**注意：**这里，~~“删”~~了"},
	{"emphasis within words", "字**粗**字 snake_case_name 2*3*4"},
	{"highlight", "==亮==的 a == b == c"},
	{"heading and link to it", "## 第一 节！\n\n见[上文](#第一-节)、[[#第一 节！]]和[旧式](#A-b)\n\n### A b"},
	{"heading with an id", "## 题 {#here}\n\n[到](#here)"},
	{"lists", "1. 一\n2. 二\n   - [ ] 待\n   - [x] 成\n\n3) 三\n\n- 松\n\n  段"},
	{"code", "```go {3}\nfunc  main() {\n\n}\n```\n\n    缩进\n\n行内`a  b`码"},
	{"table", "| 名 | 数 |\n|:-:|--:|\n| 甲 | 1 |\n| 乙 | 2 | 多 |"},
	{"footnotes", "文[^a]，又[^1]，再[^a]。\n\n[^1]: 一\n[^a]: 甲\n\n    续\n[^z]: 无人"},
	{"definition list", "词\n: 义一\n: 义二"},
	{"pictures", "![说明](a.jpg \"题\")\n\n![](<b c.jpg>)\n\n![|300](d.jpg) ![e](e f.png) ![g](g.png =20x30)"},
	{"links", "[文](https://example.org/a_b \"题\") <https://example.org> www.example.org a@example.org [引][r] [r]\n\n[r]: https://example.org/r"},
	{"raw HTML", "<div align=\"right\">\n\n**署名**\n\n</div>\n\n文<kbd>键</kbd>和<ruby>漢<rt>かん</rt></ruby>\n\n<script>alert(1)</script>"},
	{"wiki links", "[[笔记]]、[[笔记|别名]]、![[图.png|200]]、![[另一篇]]"},
	{"more", "前\n\n<!-- more -->\n\n后"},
	{"Hugo's short codes", "{{< figure src=\"a.jpg\" alt=\"甲\" caption=\"乙\" >}}\n\n{{% notice tip %}}\n内\n{{% /notice %}}\n\n{{< youtube abc >}}\n\n{{</* 例 */>}}"},
	{"Hexo's tags", "{% asset_img a.jpg \"题\" %}\n\n{% codeblock lang:go %}\nx := 1\n\n# y\n{% endcodeblock %}\n\n{% post_link other 另一篇 %}"},
	{"kramdown's attributes", "段\n{: .center}\n\n![](a.jpg){: width=\"10\"}"},
	{"callout", "> [!NOTE]\n> 内容"},
	{"indented lines", "　　段一。\n　　段二。"},
	{"dollars are money", "从 $5 到 $6"},
	{"a bold line", "**小标题**\n\n正文。"},
	{"quotes and rules", "> 引\n> > 再引\n\n---\n\n文"},
	{"entities and backslashes", "&copy; \\*文\\* &lt;b&gt; AT&T"},
	{"a table of contents", "[TOC]\n\n文"},
}

func TestTraits(t *testing.T) {
	var b strings.Builder
	for _, tr := range traits {
		doc, issues := sourcetest.One(t, markdown.Reader{Options: source.Options{Lang: "zh-Hans"}}, source.Input{Name: "a.md", Data: []byte(tr.text)})
		fmt.Fprintf(&b, "== %s\n%s\n--\n%s", tr.name, tr.text, sourcetest.Outline(doc, issues))
	}
	golden.Equal(t, "testdata/traits.golden", b.String())
}

func TestFormulas(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"令$a_1$为$b$。", "a_1|b"},
		{"$$x*y*z$$", "x*y*z!"},
		{"文\n\n$$\na\n= b\n$$\n\n文", "a\n= b!"},
		{"$$ a +\nb $$", "a +\nb!"},
		{"从 $5 到 $6", ""},
		{"$ a $ 和 $$", ""},
		{"\\$a$", ""},
		{"`$a$` 和 $`b`$", "`b`"},
		{"$$\n无尾", ""},
		{"$a$5", ""},
		{"$a < b & c > d$", "a < b & c > d"},
	} {
		doc, _ := sourcetest.One(t, markdown.Reader{Options: source.Options{TeX: true}}, source.Input{Name: "a.md", Data: []byte(tt.text)})
		var got []string
		doc.Walk(func(b article.Block) bool {
			for in := range article.Inlines(b) {
				if m, ok := in.(*article.Math); ok {
					s := m.Source
					if m.Format != article.TeX {
						s = "not TeX: " + s
					}
					if m.Display {
						s += "!"
					}
					got = append(got, s)
				}
			}
			return true
		})
		if s := strings.Join(got, "|"); s != tt.want {
			t.Errorf("%q: %q, want %q\n%s", tt.text, s, tt.want, doc.Dump())
		}
	}
}

// Every number in the texts of this test is that of the line it stands in.
func TestPlaces(t *testing.T) {
	for name, text := range map[string]string{
		"front matter": "---\ntitle: x\n---\n\n5\n\n# 7\n\n- 9\n- 10\n\n  12\n\n> 14\n\n```\n17\n```\n\n20[^1]\n\n[^1]: 22\n\n24",
		"blocks":       "1\nx\n\n4\n===\n\n<div>7\n8\n</div>\n\n11\n\n| 13 |\n|--|\n| 15 |\n\n17\n: 18\n\n    20\n\n1. 22\n   - 23\n\n***\n\n27",
	} {
		for _, end := range []string{"\n", "\r\n", "\r"} {
			doc, _ := sourcetest.One(t, markdown.Reader{}, source.Input{Name: "a.md", Data: []byte(strings.ReplaceAll(text, "\n", end))})
			checked := sourcetest.Places(t, fmt.Sprintf("%s with %q", name, end), doc)
			if checked < 8 {
				t.Errorf("%s with %q: only %d places: %s", name, end, checked, doc.Dump())
			}
		}
	}
}

func TestTitle(t *testing.T) {
	for _, tt := range []struct{ path, text, title, code string }{
		{"a/2021-08-05-一条 河.md", "文", "一条 河", "title.name"},
		{"a/河.md", "# 题\n\n文", "题", ""},
		{"a/河.md", "---\ntitle: 前\n---\n文", "前", ""},
		{"a/index.md", "文", "", "title.missing"},
		{"", "文", "", "title.missing"},
	} {
		doc, issues := sourcetest.One(t, markdown.Reader{}, source.Input{Name: "x.md", Path: tt.path, Data: []byte(tt.text)})
		code := ""
		for _, i := range issues {
			if strings.HasPrefix(i.Code, "title.") && i.Code != "title.heading" {
				code = i.Code
			}
		}
		if doc.Meta.Title != tt.title || code != tt.code {
			t.Errorf("%s: title %q, issue %q", tt.path, doc.Meta.Title, code)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		name, typ string
		want      bool
	}{{"a.md", "", true}, {"A.Markdown", "", true}, {"a.txt", "", false}, {"a.html", "", false}, {"a", "text/markdown; charset=utf-8", true}, {"a.md", "text/html", false}, {"a.md", "text/plain", true}, {"-", "", false}} {
		if got := (markdown.Reader{}).Match(source.Input{Name: tt.name, Type: tt.typ}); got != tt.want {
			t.Errorf("%s %s: %v", tt.name, tt.typ, got)
		}
	}
	for text, want := range map[string]bool{
		"# 题\n": true, "文\n\n- 一\n": true, "\n---\ntitle: a\n---\n\n文**粗**": true, "+++\nt = 1\n+++\n[a](b)": true, "```\nx\n```": true,
		"": false, "文": false, "<p>- a</p>\n- b": false, "---\n- a\n---\n<div>**x**": false, "---\ntags:\n- a\n---\n文": false,
	} {
		if got := (markdown.Reader{}).Match(source.Input{Name: "-", Data: []byte(text)}); got != want {
			t.Errorf("%q on standard input: %v", text, got)
		}
	}
}

func ExampleReader() {
	in := source.Input{Name: "note.md", Data: []byte("---\ntitle: 便条\n---\n下午三点，**「老地方」**见。")}
	for doc, err := range (markdown.Reader{}).Read(in, func(i article.Issue) { fmt.Println(i) }) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Print(doc.Meta.Title, ": ", doc.Text())
	}
	// Output:
	// note.md: lang.guessed: no language is declared; the text is short or mixed and looks like zh-Hans; taken
	// 便条: 下午三点，「老地方」见。
}
