package webpage

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"
)

func parse(t testing.TB, s string) *html.Node {
	t.Helper()
	root, err := html.ParseWithOptions(strings.NewReader(s), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Skip(err)
	}
	return root
}

func selectors(t testing.TB, list ...string) []Selector {
	t.Helper()
	s, err := ParseSelectors(list)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhole(t *testing.T) {
	tests := []struct {
		name, page string
		want       bool
	}{
		{"a fragment", "<p>甲</p><p>乙</p>", false},
		{"a document of a word processor", "<html><head><title>甲</title><style>p{}</style></head><body><h1>甲</h1><p>乙</p></body></html>", false},
		{"with navigation", "<head><title>甲</title></head><nav><a href=/>乙</a></nav><p>丙", true},
		{"a head that ends early", "<head><div></div><title>甲</title></head><nav><a href=/>乙</a></nav><p>丙", true},
		{"navigation without a head", "<nav><a href=/>乙</a></nav><p>丙", false},
		{"scripts", "<title>甲</title><script></script><script></script><link rel=stylesheet href=x><p>丙", true},
		{"links before the text", "<title>甲</title><a>a</a> <a>b</a> | <a>c</a> <a>d</a><p>丙", true},
		{"references behind the text", "<title>甲</title><p>" + strings.Repeat("文字很长，", 40) + "<p><a>a</a> <a>b</a> <a>c</a> <a>d</a>", false},
		{"linked data is not a script", `<title>甲</title><script type="application/ld+json">{}</script><script type="application/ld+json">{}</script><script type="application/ld+json">{}</script><p>丙`, false},
	}
	for _, tt := range tests {
		if got := Whole(parse(t, tt.page)); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

const sample = `<html><head><title>甲乙丙丁_新闻_河湾网</title></head><body><nav><a href=/>首页</a></nav><h1 class=t>甲乙丙丁</h1><div class=meta><span class=when>2021年8月5日 13:46</span><span class=who>作者：张三</span></div>
<div class=x><p>第一段，说的是开放的路。</p><p class=ad>买一送一</p><p>第二段，说的是另一件事。</p></div><div class=y><p>第三段，在别处。</p></div></body></html>`

func TestSelectors(t *testing.T) {
	tests := []struct {
		name       string
		o          Options
		text, lost string
	}{
		{"keep", Options{Keep: selectors(t, ".x")}, "第一段，说的是开放的路。 买一送一 第二段，说的是另一件事。", "第三段"},
		{"keep two", Options{Keep: selectors(t, ".y", ".x p:first-child")}, "第一段，说的是开放的路。 第三段，在别处。", "买一送一"},
		{"keep and remove", Options{Keep: selectors(t, ".x"), Remove: selectors(t, ".ad")}, "第一段，说的是开放的路。 第二段，说的是另一件事。", "买一送一"},
		{"remove alone", Options{Mode: Never, Remove: selectors(t, ".ad, nav", ".meta", "h1")}, "第一段，说的是开放的路。 第二段，说的是另一件事。 第三段，在别处。", "首页"},
		{"keep without Auto", Options{Mode: Never, Keep: selectors(t, ".y")}, "第三段，在别处。", "第一段"},
	}
	for _, tt := range tests {
		root := parse(t, sample)
		f := Reduce(root, tt.o, Known{})
		if got := text(root); got != tt.text {
			t.Errorf("%s: %q", tt.name, got)
		}
		var dropped strings.Builder
		for _, d := range f.Dropped {
			dropped.WriteString(d.Text + "\n")
		}
		if !strings.Contains(dropped.String(), tt.lost) {
			t.Errorf("%s: dropped %q", tt.name, dropped.String())
		}
	}
	root := parse(t, sample)
	if f := Reduce(root, Options{Mode: Never}, Known{}); f.How != "" || f.Dropped != nil || !strings.Contains(text(root), "首页") {
		t.Errorf("never: %+v", f)
	}
}

func TestRules(t *testing.T) {
	rules, err := ParseRules([]byte(`
- hosts: ["*.example.com"]
  keep: .x
  remove: [.ad]
  title: .who
  date: .when
  author: [".who"]
- hosts: [example.org, news.example.net]
  keep: [.y]
`))
	if err != nil {
		t.Fatal(err)
	}
	zone := time.FixedZone("", 8*3600)
	root := parse(t, sample)
	f := Reduce(root, Options{Rules: rules}, Known{URL: "https://a.b.example.com/1", Zone: zone})
	if got := text(root); got != "第一段，说的是开放的路。 第二段，说的是另一件事。" {
		t.Errorf("%q", got)
	}
	if f.Title != "作者：张三" || f.Author != "张三" || !f.Published.Equal(time.Date(2021, 8, 5, 13, 46, 0, 0, zone)) {
		t.Errorf("%+v", f)
	}
	for address, want := range map[string]string{"https://example.org:8080/": "第三段", "https://NEWS.example.net/": "第三段", "https://other.org/": "第一段", "https://example.com/": "第一段"} {
		root := parse(t, sample)
		Reduce(root, Options{Rules: rules}, Known{URL: address})
		if !strings.Contains(text(root), want) {
			t.Errorf("%s: %q", address, text(root))
		}
	}
	// The person's selectors go before those of the rule, each kind for itself.
	root = parse(t, sample)
	Reduce(root, Options{Rules: rules, Keep: selectors(t, ".x, .y")}, Known{URL: "https://x.example.com/"})
	if got := text(root); got != "第一段，说的是开放的路。 第二段，说的是另一件事。 第三段，在别处。" {
		t.Errorf("%q", got)
	}
	for _, bad := range []string{"x: y", "- keep: .a", "- hosts: [a]\n  kep: .a", "- hosts: [a]\n  keep: '..'", "- hosts: [a]\n  keep: {a: b}", "- - a", ": :\n\t"} {
		if _, err := ParseRules([]byte(bad)); !errors.Is(err, ErrRules) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if rules, err := ParseRules(nil); rules != nil || err != nil {
		t.Error(rules, err)
	}
}

func TestTrimSite(t *testing.T) {
	tests := []struct{ title, site, url, want string }{
		{"老码头改造进入第二阶段_河湾新闻网", "", "", "老码头改造进入第二阶段"},
		{"老码头改造进入第二阶段_国内新闻_河湾新闻网", "", "", "老码头改造进入第二阶段"},
		{"老码头改造进入第二阶段 - 河湾周报", "", "", "老码头改造进入第二阶段"},
		{"老码头改造进入第二阶段-河湾", "河湾", "", "老码头改造进入第二阶段"},
		{"老码头改造进入第二阶段｜みなと新聞", "", "", "老码头改造进入第二阶段"},
		{"旧埠頭の再整備が第二段階へ：みなと", "みなと", "", "旧埠頭の再整備が第二段階へ：みなと"},
		{"Old wharf enters its second year | The Quay Herald", "The Quay Herald", "", "Old wharf enters its second year"},
		{"Old wharf enters its second year - quayherald", "", "https://www.quayherald.example/", "Old wharf enters its second year"},
		{"Old wharf - a history", "", "", "Old wharf - a history"},
		{"Well-known problems of well-being", "", "", "Well-known problems of well-being"},
		{"COVID-19", "", "", "COVID-19"},
		{"A | B", "B", "", "A | B"}, // too little would be left
		{"", "x", "", ""},
	}
	for _, tt := range tests {
		if got := trimSite(tt.title, tt.site, tt.url); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.title, got, tt.want)
		}
	}
}

func TestDate(t *testing.T) {
	page := func(meta string) string {
		return "<title>甲乙丙丁</title><nav><a>x</a></nav><div>今天是2026年1月1日</div><h1>甲乙丙丁</h1>" + meta + "<p>" + strings.Repeat("第一段，说的是开放的路。", 20) + "</p><p>1999年9月9日，他在那里出生，后来搬到了别的地方，再后来又回来了，一直住到现在，没有再离开过这座城市，人们都认识他，也都记得他。</p>"
	}
	tests := []struct{ name, meta, want, updated string }{
		{"Chinese", "<div>2021年8月5日 13:46　来源：某报</div>", "2021-08-05 13:46", ""},
		{"Chinese hour and minute", "<div>2021年08月05日 13时46分</div>", "2021-08-05 13:46", ""},
		{"Chinese half day", "<div>发布于 2021年8月5日 下午1:46</div>", "2021-08-05 13:46", ""},
		{"weekday", "<div>2021年8月5日（木） 13時46分</div>", "2021-08-05 13:46", ""},
		{"slashes", "<span>2021/08/05 13:46</span>", "2021-08-05 13:46", ""},
		{"dots", "<span>2021.08.05. 13:46</span>", "2021-08-05 13:46", ""},
		{"Korean", "<span>입력 2021년 8월 5일 13:46</span>", "2021-08-05 13:46", ""},
		{"day alone", "<span>2021-08-05</span>", "2021-08-05 00:00", ""},
		{"time element", "<time datetime='2021-08-05T13:46:00Z'>vor drei Tagen</time>", "2021-08-05 13:46", ""},
		{"updated after", "<p>2021年8月5日 13:46</p><p>更新：2021年8月6日 10:00</p>", "2021-08-05 13:46", "2021-08-06 10:00"},
		{"updated before", "<p>更新：2021年8月6日 10:00</p><p>2021年8月5日 13:46</p>", "2021-08-05 13:46", "2021-08-06 10:00"},
		{"script", `<script>var ct = "1628171160";</script>`, "2021-08-05 13:46", ""},
		{"none but today", "", "0001-01-01 00:00", ""},
	}
	for _, tt := range tests {
		f := Reduce(parse(t, page(tt.meta)), Options{}, Known{Title: "甲乙丙丁"})
		if got := f.Published.Format("2006-01-02 15:04"); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		if got := f.Updated; tt.updated == "" != got.IsZero() || !got.IsZero() && got.Format("2006-01-02 15:04") != tt.updated {
			t.Errorf("%s: updated %s, want %s", tt.name, got, tt.updated)
		}
	}
}

func TestOrigin(t *testing.T) {
	for page, want := range map[string]string{
		"<!DOCTYPE html> <html><!--\n Page saved with SingleFile \n url: https://a.example/b?c=d \n saved date: x\n--><head>": "https://a.example/b?c=d",
		"<!-- saved from url=(0021)https://a.example/b -->\n<html>":                                                           "https://a.example/b",
		"<!-- saved from url=(0014)about:internet -->\n<html>":                                                                "",
		"<p>url: https://a.example/": "",
	} {
		if got := Origin([]byte(page)); got != want {
			t.Errorf("%q: %q", page, got)
		}
	}
}

// What is left and what is dropped together are all there was.
func FuzzReduce(f *testing.F) {
	f.Add(sample)
	f.Add("<title>x</title><nav>a</nav><body>甲<div class=comment>乙</div><article>丙<p>丁</article>戊")
	f.Add("<title>x</title><nav></nav><table><tr><td>甲<td><p>乙，丙，丁。</table><footer>己</footer>")
	f.Fuzz(func(t *testing.T, page string) {
		if len(page) > 1<<13 || !utf8.ValidString(page) {
			return
		}
		root, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(false))
		if err != nil {
			return
		}
		seen := func() string {
			var b strings.Builder
			each(root, func(n *html.Node) bool {
				if n.Type == html.TextNode && !unseen(n.Parent) {
					b.WriteString(n.Data)
				}
				return !unseen(n)
			})
			return b.String()
		}
		all := count(seen())
		found := Reduce(root, Options{Mode: Always}, Known{})
		for _, d := range found.Dropped {
			for r, n := range count(d.Text) {
				all[r] -= n
			}
		}
		for r, n := range count(seen()) {
			all[r] -= n
		}
		for r, n := range all {
			if n > 0 {
				t.Fatalf("%q is lost", r)
			}
		}
	})
}

func count(s string) map[rune]int {
	m := map[rune]int{}
	for _, r := range s {
		if letters(string(r)) > 0 {
			m[r]++
		}
	}
	return m
}
