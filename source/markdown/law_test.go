package markdown

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	rhtml "github.com/yuin/goldmark/renderer/html"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/sourcetest"
)

// plainMarkdown is Markdown as its library prints it: without what this package
// adds.
var plainMarkdown = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList), goldmark.WithRendererOptions(rhtml.WithUnsafe()))

// lost returns the letters of a text that are neither in the tree nor named as left
// out. The oracle is what a browser shows of what another program makes of it.
func lost(t testing.TB, text string, o source.Options) string {
	t.Helper()
	var page bytes.Buffer
	if err := plainMarkdown.Convert([]byte(text), &page); err != nil {
		t.Fatal(err)
	}
	want, err := sourcetest.Visible(page.String())
	if err != nil {
		t.Skip("deeper than the parser of the test goes")
	}
	return sourcetest.Lost(t, want, letter, func(left func(string), report func(article.Issue)) iter.Seq2[*article.Document, error] {
		return Reader{Options: o, left: left}.Read(source.Input{Name: "a.md", Data: []byte(text)}, report)
	})
}

// letter: a letter or digit. Signs may be marks of Markdown to one program and text
// to another.
func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// check holds the tree of a text against what exporters count on.
func check(t testing.TB, text string) {
	t.Helper()
	doc, _ := sourcetest.One(t, Reader{Options: source.Options{TeX: true}}, source.Input{Name: "a.md", Data: []byte(text)})
	sourcetest.Check(t, doc, sourcetest.Lines(text))
}

// pieces are texts with letters wherever they can hide.
var pieces = []string{
	"甲", "甲\n乙", "甲  \n乙\\\n丙", "# 甲", "甲\n===\n\n乙\n---", "## 甲 {#x .y z=1}", "####### 甲", "> 甲\n乙\n\n> > 丙", "- 甲\n- 乙\n\n  丙\n  1. 丁", "- [ ] 甲\n- [x] 乙\n- [y] 丙", "3. 甲\n4. 乙",
	"    甲\n\n    乙", "```go 甲\n乙\n```", "~~~\n甲", "```\n```", "`甲` ``乙`丙``", "*甲* **乙** ***丙*** _丁_ __戊__ ~~己~~ ~庚~ ==辛==", "**甲*乙**丙*", "**「甲」**乙", "甲==乙",
	"[甲](b \"丙\") [乙][x] [丁][] [丙]\n\n[x]: /y '戊'\n[丁]: <z>\n[丙]: w", "![甲](b \"丙\")", "![甲*乙*](b)", "[![甲](b)丙](c)", "![甲](a b.jpg)", "![甲](a.jpg =30x)", "![甲|300](a.jpg)", "<https://甲.example> www.example.org a@b.example",
	"| 甲 | 乙 |\n|:--|--:|\n| 丙 | 丁 | 戊 | `己\\|庚` |\n| 辛 |", "甲 | 乙\n--- | :-:\n丙 `丁 | 戊` | 己", "甲[^1]乙[^1]\n\n[^1]: 丙\n\n    丁\n    > 戊\n[^2]: 己", "甲[^a]\n\n[^a]: ## 乙\n", "甲[^x]", "甲[^n]\n\n[^n]: 乙[^m]\n[^m]: 丙", "[^o]: 甲",
	"甲\n: 乙\n: 丙\n\n丁\n戊\n\n:   己\n\n    庚", "甲 <b>乙 *丙</b>* 丁", "<div>\n甲\n\n*乙*\n\n</div>\n丙", "<div>甲</div>\n\n<p>乙\n\n丙", "<table><tr><td>\n\n**甲**\n\n</td></tr></table>", "<pre>\n甲\n\n乙</pre>", "<script>\nx\n</script>\n甲", "<!-- x\n\ny -->甲",
	"<details>\n<summary>甲</summary>\n\n- 乙\n\n</details>", "<ruby>甲<rt>乙</rt></ruby>", "<svg><text>甲</text></svg>", "甲 <!-- more --> 乙", "<!--more-->\n甲", "<甲>", "&amp;甲&lt;&#30002;&nbsp;\\*乙",
	"[[甲]] [[甲|乙]] [[甲#丙]] ![[甲.png|30]] ![[乙]] [[#丙]] [[丁](e)] [[x]]\n\n[x]: y", "{{< figure src=\"甲.jpg\" caption=\"乙\" >}}", "{{% notice 甲 %}}\n乙\n{{% /notice %}}", "{{< youtube 甲 >}}丙", "{% asset_img a.jpg \"甲\" %}",
	"{% codeblock 甲 lang:go %}\n乙\n\n# 丙\n{% endcodeblock %}丁", "{% highlight go %}\n甲\n{% endhighlight %}", "{% highlight go %}\n甲", "{% post_link 甲 乙 %}", "{% link 甲 https://example.org %}", "{% raw %}甲{% endraw %}", "{{ 甲 }}", "{{</* 甲 */>}}", "甲\n{: .乙}",
	"$甲_乙_丙$ $$丁$$ $5 戊 $6", "$$\n甲\n乙\n$$", "$$甲\n乙$$\n丙", "$$\n甲", "$甲</script>$乙", "[TOC]", "甲\n　　乙\n　　丙", "> [!NOTE] 甲\n> 乙", "> [!TIP]\n> 甲", "***", "\t甲", "1) 甲\n1. 乙", "- \n甲", "*\n", "\\", "[]()", "[甲](<b c>)", "甲\x0b乙", "甲\\ **乙**",
}

func TestNothingIsLost(t *testing.T) {
	options := []source.Options{{}, {TeX: true}}
	for _, o := range options {
		for _, p := range pieces {
			if m := lost(t, p, o); m != "" {
				t.Errorf("%q: %q is lost", p, m)
			}
		}
	}
	indent := func(prefix, text string) string { return prefix + strings.ReplaceAll(text, "\n", "\n"+prefix) }
	for _, outer := range []func(string) string{
		func(s string) string { return indent("> ", s) },
		func(s string) string { return "- 子\n\n" + indent("  ", s) },
		func(s string) string { return "子[^q]\n\n[^q]: 丑\n\n" + indent("    ", s) },
		func(s string) string { return "子\n" + s + "\n丑" },
		func(s string) string { return "<div>\n\n" + s + "\n\n</div>" },
		func(s string) string { return "| 子 |\n|-|\n| " + strings.ReplaceAll(s, "\n", " ") + " |" },
		func(s string) string { return "# " + strings.ReplaceAll(s, "\n", " ") },
		func(s string) string { return "[子 " + s + "](丑)" },
		func(s string) string { return "**" + s + "**" },
		func(s string) string { return "寅\n: " + s },
	} {
		for _, p := range pieces {
			if m := lost(t, outer(p), source.Options{}); m != "" {
				t.Errorf("%q: %q is lost", outer(p), m)
			}
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, p := range pieces {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 || strings.ContainsAny(text, "\x00\r\x1b") || strings.ToValidUTF8(text, "") != text || strings.HasPrefix(text, "\ufeff") {
			return // what other rooms decide
		}
		if first, _, _ := strings.Cut(strings.TrimSpace(text), "\n"); strings.ContainsAny(first[:min(len(first), 1)], "{+-;") || strings.Contains(first, ":") {
			return // front matter
		}
		if m := lost(t, text, source.Options{}); m != "" {
			t.Errorf("%q is lost", m)
		}
		check(t, text)
	})
}

func TestLawsOfTheTree(t *testing.T) {
	for _, p := range pieces {
		check(t, p)
	}
}

// large returns texts that are made to cost much. 甲 marks what must survive.
func large() map[string]string {
	var long strings.Builder
	for i := 0; long.Len() < 5<<20; i++ {
		fmt.Fprintf(&long, "## 第%d节\n\n这里有**粗体**和[链接](https://example.org/%d)，还有一些别的文字，足够写成一段。\n第二行。\n\n- 一\n- 二\n\n", i, i)
	}
	var notes strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&notes, "甲[^%d]\n\n[^%d]: 甲\n\n", i, i)
	}
	return map[string]string{
		"large":          long.String(),
		"quotes":         strings.Repeat(">", 100_000) + "甲",
		"lists":          strings.Repeat("- ", 50_000) + "甲",
		"indented":       indented(1500),
		"numbers":        strings.Repeat("1. ", 50_000) + "甲",
		"long rule":      strings.Repeat("- ", 50_000) + "\n甲",
		"wide table":     strings.Repeat("|甲", 5000) + "\n" + strings.Repeat("|-", 5000) + "\n" + strings.Repeat("|甲\n", 2000),
		"emphasis":       strings.Repeat("*甲 ", 20_000),
		"nested":         strings.Repeat("*甲", 3000) + strings.Repeat("*", 3000),
		"brackets":       strings.Repeat("[", 50_000) + "甲",
		"links":          strings.Repeat("[甲](", 20_000),
		"pictures":       strings.Repeat("![甲](", 50_000),
		"parentheses":    strings.Repeat("[甲](()", 50_000),
		"addresses":      strings.Repeat("甲![](data:image/png;base64,"+strings.Repeat("A", 100_000)+") ", 40),
		"backticks":      strings.Repeat("`甲``", 20_000),
		"dollars":        strings.Repeat("$甲$$ ", 50_000),
		"short codes":    strings.Repeat("{{< 甲 ", 50_000),
		"tags":           strings.Repeat("{% codeblock %}\n甲\n", 20_000),
		"displays":       strings.Repeat("$$ 甲\n\n", 20_000),
		"wiki":           strings.Repeat("[[甲", 50_000),
		"tables":         "|甲|\n|-|\n" + strings.Repeat("|甲|甲", 20_000),
		"notes":          notes.String(),
		"lines of links": strings.Repeat("[甲] [甲](x)\n", 50_000),
		"link definitions": func() string {
			var b strings.Builder
			for i := range 100_000 {
				fmt.Fprintf(&b, "[%d]: 甲\n", i)
			}
			return b.String()
		}(),
		"note marks": strings.Repeat("甲[^1]", 20_000) + "\n\n[^1]: x",
		"headings":   strings.Repeat("# 甲\n", 20_000),
		"html":       strings.Repeat("<b>甲", 20_000),
		"one line":   strings.Repeat("甲 ", 1<<20),
		"setext":     strings.Repeat("甲\n", 50_000) + "===",
	}
}

// Hostile and large texts are read in time.
func TestLargeAndDeep(t *testing.T) {
	for name, text := range large() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			for doc, err := range (Reader{Options: source.Options{TeX: true}}).Read(source.Input{Name: "a.md", Data: []byte(text)}, func(article.Issue) {}) {
				if err != nil {
					t.Fatal(err)
				}
				if got, want := strings.Count(doc.Meta.Title+doc.Text(), "甲"), strings.Count(text, "甲"); got < want && !strings.HasPrefix(name, "tags") {
					t.Errorf("%d of %d", got, want)
				}
			}
			if d := time.Since(start); d > 2*time.Second*slow {
				t.Errorf("took %v", d)
			} else {
				t.Logf("took %v", d)
			}
		})
	}
}

// indented returns lists within each other, one to a line.
func indented(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("  ", i) + "- 甲\n")
	}
	return b.String()
}

// slow allows for machines that do other work too.
const slow = 10

// BenchmarkHostile shows what such texts cost. On one core of 2020 each is read in
// under a second, the article of 5 MB in under two.
func BenchmarkHostile(b *testing.B) {
	texts := large()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(texts[name])))
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range (Reader{Options: source.Options{TeX: true}}).Read(source.Input{Name: "a.md", Data: []byte(texts[name])}, func(article.Issue) {}) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
