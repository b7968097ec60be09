package html

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/sourcetest"
)

// lost returns the characters of a page that are neither in the tree nor named as
// left out.
func lost(t testing.TB, page string) string {
	t.Helper()
	want, err := sourcetest.Visible(page)
	if err != nil {
		t.Skip("deeper than the parser of the test goes")
	}
	return sourcetest.Lost(t, want, sourcetest.Printed, func(left func(string), report func(article.Issue)) iter.Seq2[*article.Document, error] {
		return Reader{left: left}.Read(source.Input{Name: "page.html", Data: []byte(page)}, report)
	})
}

// check holds the tree of page against what exporters count on.
func check(t testing.TB, page string) {
	t.Helper()
	doc, _ := sourcetest.One(t, Reader{}, source.Input{Name: "page.html", Data: []byte(page)})
	sourcetest.Check(t, doc, sourcetest.Lines(page))
}

// pieces are pages with text wherever text can hide. 甲 to 癸 mark what must survive.
var pieces = []string{
	"甲", "甲<br>乙<p>丙", "甲<p>乙</p>丙", "<div>甲<div>乙</div>丙</div>", "<p>甲<div>乙</div>丙</p>", "<span>甲<p>乙</p>丙</span>",
	"<b>甲<p>乙<i>丙</b>丁</i>", "<a href=x>甲<div>乙</div></a>", "<h1>甲</h1><h1>乙</h1>", "<h2>甲<p>乙<ul><li>丙</ul></h2>", "<h3><img src=a.png>甲</h3>",
	"<ul>甲<li>乙<ul><li>丙</ul>丁<ul><li>戊</ul><p>己</ul>", "<ol><li>甲<li><p>乙<p>丙</ol>", "<li>甲<li>乙", "<dl>甲<dt>乙<dd>丙<dd>丁<div><dt>戊<dd>己</div>庚</dl>", "<dt>甲<dd>乙",
	"<table>甲<caption>乙<p>丙</caption><caption>癸</caption><colgroup><tr>丁<td>戊<th>己<tbody>庚<tr><td>辛</table>", "<table><tr><td>甲<p>乙</table>", "<table><caption>甲</caption></table>",
	"<table><tr><td>甲<table><tr><td>乙<td>丙</table><td>丁</table>", "<td>甲</td>", "<tr><td>甲", "<table role=presentation><caption>甲<tr><td>乙<td>丙</table>",
	"<pre>甲\n 乙<b>丙</b>\n</pre>", "<pre><img src=a.png>甲<svg><text>乙</text></svg></pre>", "<textarea>甲</textarea>", "<xmp><p>甲</xmp>", "<listing>甲</listing>", "甲<plaintext>乙<p>丙",
	"<figure>甲<img src=a.png><figcaption>乙</figcaption>丙<figcaption>丁<p>戊</figcaption></figure>", "<figure><figcaption>甲<img src=a.png></figcaption></figure>", "<figure><table><tr><td>甲<td>乙</table><figcaption>丙</figure>",
	"<figure><figure><img src=a><figcaption>甲</figure><figcaption>乙</figure>", "<figure><pre>甲</pre><figcaption>乙</figure>", "<figcaption>甲</figcaption>",
	"<picture>甲<source srcset=a><img src=b>乙</picture>", "<details><summary>甲<p>乙</summary>丙</details>", "<summary>甲</summary>",
	"<form>甲<label>乙</label><input value=x><select><optgroup label=y><option>丙<option>丁</select><button>戊</button><fieldset><legend>己</legend>庚</fieldset></form>",
	"<video>x</video>甲", "<object data=a>甲<p>乙</object>", "<iframe>x</iframe>甲", "<canvas>甲</canvas>", "<noscript>甲<img src=a.png></noscript>", "<noscript><p>甲</noscript>",
	"<ruby>甲<rp>(</rp><rt>乙</rt>丙<rt>丁</rt></ruby>", "<ruby><rb>甲<rb>乙<rt>丙<rt>丁<rtc><rt>戊</rtc></ruby>", "<ruby><ruby>甲<rt>乙</ruby><rt>丙</ruby>", "<ruby>甲</ruby>", "<ruby><rt>甲</ruby>",
	"<ruby>甲<rt>乙<rt>丙</ruby>", "<rt>甲</rt>", "<ruby><p>甲<rt>乙</ruby>",
	"<math><mi>甲</mi><mfrac><mn>乙</mn><mtext>丙<b>丁</b></mtext></mfrac><semantics><annotation>x</annotation></semantics></math>", "<math>甲<mi>乙</math>", "<mi>甲</mi>",
	"<svg><title>x</title><text>甲</text><foreignObject><p>乙</p></foreignObject></svg>", "<svg>甲</svg>", "<svg><g>甲<use href=#x /></g></svg>",
	"<custom-thing>甲<o:p>乙</o:p></custom-thing>", "<marquee>甲</marquee><blink>乙</blink>", "<font color=red>甲</font><center>乙</center><big>丙</big>",
	"<p hidden>甲</p><div style='display:none'>乙</div>", "<q>甲</q>", "<map><area>甲</map>", "<meter>甲</meter><progress>乙</progress><output>丙</output>", "<time>甲</time><data>乙</data><bdo>丙</bdo>",
	"<body>甲<frameset><frame>", "<noframes>甲</noframes>", "<frameset><noframes>甲</noframes></frameset>", "<select>甲<p>乙<noscript><p>丙</noscript></select>",
	"<head>甲</head><body>乙</body>丙</html>丁", "<title>x</title>甲", "<template>x</template>甲", "<!--x-->甲<![CDATA[y]]>乙", "甲&amp;&lt;&bogus;&#128;&#x20BB7;&nbsp;乙",
	"<p>甲<sup><a href=#n>1</a></sup><p id=n>1. 乙</p>", "<p>甲<a href=#n>[1]</a><div id=n><a href=#r>[1]</a> 乙<p>丙</div>", "<p>甲<sup id=r><a href=#n>1</a></sup><h2>注释</h2><ol><li id=n>乙 <a href=#r>↩</a></ol>",
	"<p><a href=#n><sup>1</sup></a><table><tr><td id=n>甲</table>", "<p>甲<sup><a href=#n>*</a></sup><ul><li id=n>乙<ul><li>丙</ul></ul>", "<p>甲<a href=#n>[1]</a><pre id=n>乙</pre>", "<pre>甲<a href=#n>[1]</a></pre><p id=n>[1] 乙",
	"<span class=katex><span class=katex-mathml><math><mi>甲</mi></math></span><span class=katex-html aria-hidden=true>乙</span></span>",
	"<table class=highlight><tr><td class=gutter><pre>1\n2</pre><td class=code><pre>甲\n乙</pre></table>", "<figure class='highlight js'><table><tr><td class=gutter>1<td>甲</table></figure>",
	"<p>甲<br><br>乙<br>　　丙<img src=a.png width=500>丁<img src=b.png></p>", "<a><a href=x>甲</a>乙</a>", "<p>甲<table>乙<tr>丙<td>丁</table>戊",
	"<dl><dt><img src=a.png><ul><li>甲</ul><table><tr><td>乙<td>丙</table></dt><dd>", "<p style='white-space:pre'>甲\n乙", "<blockquote>甲<p>乙</blockquote><address>丙</address>",
}

func TestNothingIsLost(t *testing.T) {
	for _, p := range pieces {
		if m := lost(t, p); m != "" {
			t.Errorf("%s: %q is lost", p, m)
		}
	}
	for _, c := range sourcetest.Cases(t, "testdata/cases") {
		if page := string(c.Input.Data); utf8.ValidString(page) {
			if m := lost(t, page); m != "" {
				t.Errorf("%s: %q is lost", c.Name, m)
			}
		}
	}
	if m := lost(t, ownPage(t)); m != "" {
		t.Errorf("a page of a book: %q is lost", m)
	}
	// Each within each other: nesting changes what the parser and the reader do.
	for _, outer := range []string{"<p>%s</p>", "<a href='https://example.org'>%s</a>", "<li>%s", "<table><tr><td>%s<td>子</table>", "<h2>%s</h2>", "<dt>%s<dd>丑", "<pre>%s</pre>",
		"<figure>%s<figcaption>寅</figcaption></figure>", "<figcaption>%s</figcaption>", "<ruby>%s<rt>卯</ruby>", "<svg><foreignObject>%s</foreignObject></svg>", "<details><summary>%s</summary></details>",
		"<div hidden>%s</div>", "<blockquote><b>%s</blockquote>", "<caption>%s", "<dl>%s</dl>", "<ul>%s</ul>", "<select>%s</select>", "<math><mtext>%s</mtext></math>", "<noscript>%s</noscript>", "<object>%s</object>",
		"<p>辰<sup><a href=#note>7</a></sup></p><div id=note>%s</div>"} {
		for _, p := range pieces {
			if m := lost(t, fmt.Sprintf(outer, p)); m != "" {
				t.Errorf(outer+": %q is lost", p, m)
			}
		}
	}
}

// ownPage is a page of a book of ours.
func ownPage(t testing.TB) string {
	t.Helper()
	page, err := os.ReadFile("../../export/epub/testdata/sample/text-a0001.xhtml.golden")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// The characters come in the order of the page, and none is invented, where
// nothing is moved by design.
func TestOrderOfText(t *testing.T) {
	squeezed := func(s string) string {
		return strings.Map(func(r rune) rune {
			if !sourcetest.Printed(r) {
				return -1
			}
			return r
		}, s)
	}
	var pages []string
	for _, p := range pieces {
		if !strings.ContainsAny(p, "注") && !strings.Contains(p, "<q") && !strings.Contains(p, "href=#n") && !strings.Contains(p, "figcaption") && !strings.Contains(p, "caption") &&
			!strings.Contains(p, "math") && !strings.Contains(p, "svg") && !strings.Contains(p, "<ruby") && !strings.Contains(p, "hidden") && !strings.Contains(p, "noscript") &&
			!strings.Contains(p, "canvas") && !strings.Contains(p, "noframes") && !strings.Contains(p, "gutter") && !strings.Contains(p, "<table") {
			pages = append(pages, p)
		}
	}
	files, err := filepath.Glob("../../testdata/articles/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, body, ok := strings.Cut(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(string(data)), "---")), "\n---\n"); ok && !strings.Contains(body, "href=\"#") && !strings.Contains(body, "<math") && !strings.Contains(body, "<q") {
			pages = append(pages, body)
		}
	}
	if len(pages) < 40 {
		t.Fatalf("only %d pages", len(pages))
	}
	for _, p := range pages {
		want, err := sourcetest.Visible(p)
		if err != nil {
			t.Fatal(err)
		}
		doc, _ := sourcetest.One(t, Reader{}, source.Input{Name: "page.html", Data: []byte(p)})
		if got, want := squeezed(doc.Meta.Title+doc.Text()), squeezed(want); got != want && squeezed(doc.Text()) != want {
			t.Errorf("%s\n got %s\nwant %s", p, got, want)
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, p := range pieces {
		f.Add(p)
	}
	for _, c := range sourcetest.Cases(f, "testdata/cases") {
		f.Add(string(c.Input.Data))
	}
	f.Add(ownPage(f))
	f.Fuzz(func(t *testing.T, page string) {
		if len(page) > 1<<14 || strings.ContainsRune(page, 0) || strings.Contains(page, "\x1b$") || !utf8.ValidString(page) || strings.Contains(page, "---") || strings.HasPrefix(page, "\ufeff") {
			return // what other rooms decide
		}
		if !anyTag.MatchString(page) {
			return
		}
		if m := lost(t, page); m != "" {
			t.Errorf("%q is lost", m)
		}
		check(t, page)
	})
}

func TestLawsOfTheTree(t *testing.T) {
	for _, p := range pieces {
		check(t, p)
	}
}

// The same bytes give the same tree, and one long article is read in time.
func TestLargeAndDeep(t *testing.T) {
	pages := map[string]string{
		"large":          long(5 << 20),
		"600 divs":       strings.Repeat("<div>甲", 600) + "乙" + strings.Repeat("</div>", 600) + "丙",
		"600 spans":      strings.Repeat("<span>甲", 600) + "乙",
		"600 lists":      strings.Repeat("<ul><li>甲", 600),
		"600 tables":     strings.Repeat("<table><tr><td>甲", 600),
		"600 quotes":     strings.Repeat("<blockquote>甲<p>乙", 600),
		"misnested":      strings.Repeat("<b><p>甲", 20_000),
		"fonts":          fonts(600),
		"100,000 breaks": strings.Repeat("甲<br>", 100_000),
		"comments":       strings.Repeat("<!-- -->甲", 100_000),
		"attributes":     "<p" + strings.Repeat(" a=b", 100_000) + ">甲",
		"ruby":           "<p>" + strings.Repeat("<ruby>甲<rt>乙</ruby>", 10_000),
		"notes":          strings.Repeat("<sup><a href=#n>1</a></sup>", 10_000) + "<p id=n>甲",
		"many notes":     manyNotes(2000),
		"deep math":      "<math>" + strings.Repeat("<msqrt>", 450) + strings.Repeat("<mi>x</mi>", 20_000),
		"one long line":  strings.Repeat("甲 ", 1<<20),
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			dumps := [2]*article.Document{}
			for i := range dumps {
				for doc, err := range (Reader{}).Read(source.Input{Name: "page.html", Data: []byte(page)}, func(article.Issue) {}) {
					if err != nil {
						t.Fatal(err)
					}
					dumps[i] = doc
				}
			}
			if d := time.Since(start) / 2; d > 20*time.Second*slow {
				t.Errorf("took %v", d)
			}
			if !reflect.DeepEqual(dumps[0], dumps[1]) {
				t.Error("two readings differ")
			}
			if want := strings.Count(page, "甲"); strings.Count(dumps[0].Text(), "甲") != want {
				t.Errorf("%d of %d", strings.Count(dumps[0].Text(), "甲"), want)
			}
		})
	}
}

// slow allows for machines that do other work too.
const slow = 10

func fonts(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<font size=%d>甲", i)
	}
	b.WriteString("<p>乙<p>丙")
	return b.String()
}

func manyNotes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<p>文<sup><a href='#n%d' id='r%d'>%d</a></sup>", i, i, i%100)
	}
	for i := range n {
		fmt.Fprintf(&b, "<p id='n%d'><a href='#r%d'>↩</a>甲", i, i)
	}
	return b.String()
}

func BenchmarkRead(b *testing.B) {
	data, err := os.ReadFile("testdata/weekly.txt")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range (Reader{}).Read(source.Input{Name: "a.txt", Data: data}, func(article.Issue) {}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
