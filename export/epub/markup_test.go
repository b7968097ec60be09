package epub

import (
	"encoding/xml"
	"regexp"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
)

func TestEscape(t *testing.T) {
	for _, c := range []struct{ name, in, text, attr string }{
		{"markup", `a<b>&"c'`, `a&lt;b&gt;&amp;"c'`, `a&lt;b&gt;&amp;&quot;c'`},
		{"the end of CDATA", "]]>", "]]&gt;", "]]&gt;"},
		{"controls", "a\x00\x08\x0b\x1f\x7f\u0085b", "ab", "ab"},
		{"white space", "a\tb\nc\r\nd", "a\tb\nc\nd", "a b c d"},
		{"not characters", "a\uFFFE\uFFFFb", "ab", "ab"},
		{"not UTF-8", "a\xffb\xed\xa0\x80", "a\uFFFDb\uFFFD\uFFFD\uFFFD", "a\uFFFDb\uFFFD\uFFFD\uFFFD"},
		{"beyond the BMP", "𠮷\u00a0👩‍👩", "𠮷\u00a0👩‍👩", "𠮷\u00a0👩‍👩"},
	} {
		if got := string(appendEscaped(nil, c.in, false)); got != c.text {
			t.Errorf("%s: text %q, want %q", c.name, got, c.text)
		}
		if got := string(appendEscaped(nil, c.in, true)); got != c.attr {
			t.Errorf("%s: attribute %q, want %q", c.name, got, c.attr)
		}
	}
}

// Whatever is written as text is well-formed, and is read back but for what XML
// does not allow.
func FuzzEscape(f *testing.F) {
	f.Add("a<b>&\"]]>\x00\uFFFE\xff𠮷")
	f.Fuzz(func(t *testing.T, s string) {
		var m markup
		m.raw("<a")
		m.attr("b", s)
		m.raw(">")
		m.text(s)
		m.raw("</a>")
		if err := wellFormed("a", m.b); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Text string `xml:",chardata"`
			B    string `xml:"b,attr"`
		}
		if err := xml.Unmarshal(m.b, &got); err != nil {
			t.Fatal(err)
		}
		keep := func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0xFFFE || r == 0xFFFF {
				return -1
			}
			return r
		}
		want := strings.Map(keep, strings.Map(func(r rune) rune { return r }, s))
		if got.Text != want {
			t.Errorf("text %q, want %q", got.Text, want)
		}
		if want = strings.NewReplacer("\n", " ", "\t", " ").Replace(want); got.B != want {
			t.Errorf("attribute %q, want %q", got.B, want)
		}
		if l := label(s); l != label(l) || strings.ContainsAny(l, "\n\r\t") {
			t.Errorf("label %q", l)
		}
	})
}

func TestWellFormed(t *testing.T) {
	for page, ok := range map[string]bool{
		"<a><b/></a>": true, "<a><b></a></b>": false, "<a>": false, "</a>": false, "<a>&nbsp;</a>": false, "<a x='1' \x01/>": false, "<x:a></x:a>": true, "<x:a></y:a>": false,
	} {
		if err := wellFormed("p", []byte(page)); (err == nil) != ok {
			t.Errorf("%s: %v", page, err)
		}
	}
}

func TestAddress(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"https://example.org/a?b=1&c=2#d", "https://example.org/a?b=1&c=2#d"},
		{" HTTP://Example.org/ ", "http://Example.org/"},
		{"https://example.org/中文 名?q=a b\"c", "https://example.org/%E4%B8%AD%E6%96%87%20%E5%90%8D?q=a%20b%22c"},
		{"https://例え.jp:8080/", "https://xn--r8jz45g.jp:8080/"},
		{"https://example.org/100%", "https://example.org/100%25"},
		{"https://example.org/[bad", "https://example.org/%5Bbad"},
		{"https://example.org/a#b#c", "https://example.org/a#b%23c"},
		{"http://[::1]:80/a[0]", "http://[::1]:80/a%5B0%5D"},
		{"https://user:secret@example.org/", "https://example.org/"},
		{"mailto:a@example.org", "mailto:a@example.org"},
		{"tel:+8610", "tel:+8610"},
		{"java\tscript:alert(1)", ""}, {"JaVaScRiPt:alert(1)", ""}, {"data:text/html,x", ""}, {"file:///etc/passwd", ""},
		{"//example.org/", ""}, {"relative.html", ""}, {"http://", ""}, {"http:///path", ""}, {"", ""}, {"http://a b/", ""}, {"http://a:b/", ""},
		{"http://example.org:65535/", "http://example.org:65535/"}, {"http://example.org:65536/", ""}, {"http://例え.jp:99999999/", ""},
	} {
		if got := address(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{"https://例え.jp/%zz?[#a#b", "mailto:a b", "http://a%41/", "tel:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a := address(s)
		if a == "" {
			return
		}
		if again := address(a); again != a {
			t.Errorf("%q: %q, then %q", s, a, again)
		}
		for _, r := range a {
			if r <= ' ' || r > '~' || strings.ContainsRune("\"<>\\^`{|}", r) {
				t.Errorf("%q: %q has %q", s, a, r)
			}
		}
	})
}

func TestTag(t *testing.T) {
	for in, want := range map[string]string{"": "", "zh-Hans": "zh-Hans", "zh_CN": "zh-CN", "us": "", "C": "", "en-US": "en-US", "zh-Hant-HK": "zh-Hant-HK", "und": "", "a b": "", "x": ""} {
		if got := tag(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestCleanID(t *testing.T) {
	seen := map[string]string{}
	for _, id := range []string{"a", "0", "a b", "a_20_b", "中文", "a.b", "A", strings.Repeat("x", 101), strings.Repeat("x", 102), "\xff", "\xfe", "\uFFFD"} {
		got := cleanID(id)
		if other, ok := seen[got]; ok {
			t.Errorf("%q and %q are both %q", id, other, got)
		}
		seen[got] = id
		if len(got) > 120 {
			t.Errorf("%q is long", got)
		}
	}
}

func newChapter() *chapter {
	b := &book{report: func(article.Issue) {}}
	c := &chapter{book: b}
	return c
}

func TestInlines(t *testing.T) {
	run := func(text string, m article.Mark, more ...string) article.Run {
		s := article.Style{Marks: m}
		if len(more) > 0 {
			s.Link = more[0]
		}
		if len(more) > 1 {
			s.Lang = more[1]
		}
		return article.Run{Text: text, Style: s}
	}
	const (
		em, strong, sub = article.Emphasis, article.Strong, article.Sub
		url             = "https://example.org/"
	)
	for _, c := range []struct {
		name string
		in   []article.Inline
		want string
	}{
		{"what lasts longer is outside", []article.Inline{run("a", em), run("b", em|strong), run("c", strong)}, "<em>a<strong>b</strong></em><strong>c</strong>"},
		{"of two that begin together too", []article.Inline{run("a", em|strong), run("b", em)}, "<em><strong>a</strong>b</em>"},
		{"one link over several styles", []article.Inline{run("a", 0, url), run("b", strong, url), run("c", 0, url)}, `<a href="https://example.org/">a<strong>b</strong>c</a>`},
		{"a style over two links", []article.Inline{run("a", em, url+"1"), run("b", em, url+"2")}, `<em><a href="https://example.org/1">a</a><a href="https://example.org/2">b</a></em>`},
		{"a dead link leaves its text", []article.Inline{run("a", em, "javascript:1"), run("b", em, "#none")}, "<em>ab</em>"},
		{"languages", []article.Inline{run("a", 0, "", "en"), run("b", strong, "", "en"), run("c", 0, "", "zh-Hans")}, `<span lang="en" xml:lang="en">a<strong>b</strong></span>c`},
		{"line breaks close nothing", []article.Inline{run("a", em), article.LineBreak{}, run("b", em)}, "<em>a<br/>\nb</em>"},
		{"subscript in italics", []article.Inline{run("x", em), run("1", em|sub)}, "<em>x<sub>1</sub></em>"},
		{"ruby with kana", []article.Inline{&article.Ruby{Style: article.Style{Marks: em}, Segments: []article.RubySegment{{Base: "食", Text: "た"}, {Base: "べ"}, {Base: "物", Text: "もの"}}}},
			`<em><span class="word"><ruby>食<rp>(</rp><rt>た</rt><rp>)</rp></ruby>べ<ruby>物<rp>(</rp><rt>もの</rt><rp>)</rp></ruby></span></em>`},
		{"names and titles", []article.Inline{run("史", article.BookTitle|em), run("记", article.BookTitle), run("汉书", article.BookTitle), run("注", article.Warichu)},
			`<u class="book-title"><em>史</em>记</u><u class="book-title">汉书</u><span class="warichu">注</span>`},
		{"two names in a link", []article.Inline{run("李", article.ProperNoun, url), run("杜", article.ProperNoun, url), run("集", 0, url)},
			`<a href="https://example.org/"><u class="proper-noun">李</u><u class="proper-noun">杜</u>集</a>`},
		{"long addresses may break", []article.Inline{run("看https://example.org/a/b?c=d&e=f。", 0)}, "看https://<wbr/>example.<wbr/>org/<wbr/>a/<wbr/>b?<wbr/>c=<wbr/>d&amp;<wbr/>e=<wbr/>f。"},
		{"short ones do not", []article.Inline{run("a/b and/or c-d", 0)}, "a/b and/or c-d"},
	} {
		ch := newChapter()
		ch.lang = "zh-Hans"
		ch.inlines(c.in)
		if got := string(ch.b); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestFormula(t *testing.T) {
	const ns = ` xmlns="http://www.w3.org/1998/Math/MathML"`
	for _, c := range []struct{ name, source, want string }{
		{"presentation", `<math><msup><mi>a</mi><mn>2</mn></msup></math>`, `<math` + ns + ` alttext="T"><msup><mi>a</mi><mn>2</mn></msup></math>`},
		{"a prefix and a name space", `<m:math xmlns:m="http://www.w3.org/1998/Math/MathML"><m:mi>a</m:mi></m:math>`, `<math` + ns + ` alttext="T"><mi>a</mi></math>`},
		{"entities", `<math><mo>&InvisibleTimes;</mo></math>`, `<code class="math">T</code>`},
		{"entities of HTML", `<math><mo>&times;</mo></math>`, `<math` + ns + ` alttext="T"><mo>×</mo></math>`},
		{"annotations go", `<math><semantics><mi>a</mi><annotation encoding="x">y<z/></annotation></semantics></math>`, `<math` + ns + ` alttext="T"><mi>a</mi></math>`},
		{"handlers go", `<math><mi onclick="x" mathvariant="bold" href="javascript:1">a</mi></math>`, `<math` + ns + ` alttext="T"><mi mathvariant="bold">a</mi></math>`},
		{"a wrong number of arguments", `<math><mfrac><mi>a</mi></mfrac></math>`, `<code class="math">T</code>`},
		{"other elements", `<math><script>x</script></math>`, `<code class="math">T</code>`},
		{"not well-formed", `<math><mi>a</math>`, `<code class="math">T</code>`},
		{"two of them", `<math><mi>a</mi></math><math><mi>b</mi></math>`, `<code class="math">T</code>`},
		{"too deep", `<math>` + strings.Repeat("<mrow>", 99) + strings.Repeat("</mrow>", 99) + `</math>`, `<code class="math">T</code>`},
		{"a table", `<math><mtable><mtr><mtd><mn>1</mn></mtd></mtr></mtable></math>`, `<math` + ns + ` alttext="T"><mtable><mtr><mtd><mn>1</mn></mtd></mtr></mtable></math>`},
		{"a row outside of one", `<math><mtr><mtd/></mtr></math>`, `<code class="math">T</code>`},
	} {
		ch := newChapter()
		ch.formula(&article.Math{Source: c.source, Text: "T"})
		if got := sourceOfMath.ReplaceAllString(string(ch.b), ""); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// sourceOfMath is what stands beside a formula that is written as text.
var sourceOfMath = regexp.MustCompile(` data-mathml="[^"]+"`)

func TestIsNumber(t *testing.T) {
	for s, want := range map[string]bool{"1,204.5": true, "−3": true, "￥1,280": true, "35%": true, "12.5kg": true, "(5)": true, "2021年": true, "U+20BB7": false, "D842 DFB7": false, "3a4": false, "一": false, "1 of 12 things": false, "": false} {
		if got := isNumber(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("字", 30)
	for _, c := range []struct{ name, in, want string }{
		{"short", "短。", "短。"},
		{"at a sentence", long + "。" + long + "。" + long, long + "。" + long + "。"},
		{"none that fits", long + long + long, strings.Repeat("字", 75) + "…"},
		{"between words", strings.Repeat("word ", 40), strings.TrimSpace(strings.Repeat("word ", 30)) + "…"},
		{"a point within a number ends nothing", strings.Repeat("a", 60) + " 3.14 " + strings.Repeat("b", 100), strings.Repeat("a", 60) + " 3.14…"},
	} {
		if got := excerpt(label(c.in)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
