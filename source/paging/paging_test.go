package paging

import (
	"net/url"
	"testing"

	"github.com/leporello-press/leporello/article"
)

func TestAlike(t *testing.T) {
	at := func(s string) place {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return place{url: u}
	}
	for _, c := range []struct {
		first, next string
		number      int
		want        likeness
	}{
		{"https://a.example/2021/c1-123.html", "https://a.example/2021/c1-123_2.html", 2, suffixed},
		{"https://a.example/2021/c1-123.html", "https://a.example/2021/c1-124.html", 2, unlike},
		{"https://a.example/t2021_77.shtml", "https://a.example/t2021_77_1.shtml", 2, suffixed}, // counted from 0
		{"https://a.example/t2021_77.shtml", "https://a.example/t2021_77_2.shtml", 3, suffixed},
		{"https://a.example/t2021_77.shtml", "https://a.example/t2021_77_4.shtml", 3, unlike},
		{"https://a.example/story/", "https://a.example/story/2/", 2, suffixed},
		{"https://a.example/story", "http://www.a.example/story/p2", 2, suffixed},
		{"https://a.example/story-of-a-river", "https://a.example/story-of-a-river/page/2", 2, suffixed},
		{"https://a.example/blog/", "https://a.example/blog/page/2/", 2, unlike}, // a list of articles
		{"https://a.example/", "https://a.example/page/2/", 2, unlike},
		{"https://a.example/n/1.html", "https://a.example/n/2.html", 2, counted},
		{"https://a.example/n/7.html", "https://a.example/n/8.html", 2, unlike},
		{"https://a.example/n/s-1", "https://a.example/n/s-2", 2, counted},
		{"https://a.example/a?id=5", "https://a.example/a?id=5&page=2", 2, suffixed},
		{"https://a.example/a.php?id=5", "https://a.example/a.php?id=5&page=2", 2, suffixed},
		{"https://a.example/a.php?id=5&page=1", "https://a.example/a.php?page=2&id=5", 2, suffixed},
		{"https://a.example/a.php?id=5", "https://a.example/a.php?id=6&page=2", 2, unlike},
		{"https://a.example/a.php?id=5", "https://a.example/a.php?id=6", 2, unlike},
		{"https://a.example/blog", "https://a.example/blog?page=2", 2, unlike},
		{"https://a.example/20210805.html", "https://b.example/20210805_2.html", 2, unlike},
		{"https://a.example/20210805.html", "https://a.example/202108052.html", 2, unlike},
		{"https://a.example/index.html", "https://a.example/index_2.html", 2, suffixed},
		{"https://a.example/日记.html", "https://a.example/日记（2）.html", 2, unlike},
	} {
		if got := alike(at(c.first), at(c.next), c.number); got != c.want {
			t.Errorf("%s → %s: %d, want %d", c.first, c.next, got, c.want)
		}
	}
}

func TestGoesOn(t *testing.T) {
	u, _ := url.Parse("https://a.example/1.html")
	for _, c := range []struct {
		first, next, url string
		how              likeness
		want             bool
	}{
		{"老码头的十年", "老码头的十年（2）", "", counted, true},
		{"老码头的十年", "老码头的十年 第2页", "", counted, true},
		{"A river", "A river - Page 2 of 3", "", counted, true},
		{"A river", "A river (2/3)", "", counted, true},
		{"川の話", "川の話 2ページ目", "", counted, true},
		{"老码头的十年", "新码头", "", suffixed, false},
		{"老码头的十年", "", "", suffixed, true},
		{"", "老码头的十年", "", counted, false},
		{"老码头的十年", "老码头的十年：下", "", suffixed, true},
		{"老码头的十年", "老码头的十年：下", "", counted, false},
		{"A", "B", "https://a.example/1.html", counted, true}, // it says whose page it is
		{"1984", "1985", "", suffixed, false},
	} {
		page := Page{Document: &article.Document{Meta: article.Meta{Title: c.next, URL: c.url}}}
		if got := goesOn(place{url: u}, c.first, page, c.how); got != c.want {
			t.Errorf("%q → %q: %v", c.first, c.next, got)
		}
	}
}

func TestLinks(t *testing.T) {
	for page, want := range map[string][]link{
		`<link rel="next" href="a_2.html">`:                                                         {{href: "a_2.html"}},
		`<a rel="nofollow next" href=2>x</a>`:                                                       {{href: "2"}},
		`<p>第一页 <a href="a_2.html"> 下一页 </a><a href="b.html">下一篇</a>`:                               {{href: "a_2.html", pages: true}},
		`<div class="pagination"><a href="1">1</a><a href="2">2</a><a href="2">»</a></div>`:         {{href: "2", pages: true}, {href: "2", pages: true, number: true}},
		`<a href="2"><img alt="次へ"></a>`:                                                            {{href: "2"}},
		`<a href="#n">Next</a><a>next</a><a href="/">next article</a><a href="/x">What is next</a>`: nil,
		`<a href="2" title="下一页"><i></i></a>`:                                                       {{href: "2", pages: true}},
	} {
		got := linksOf([]byte(page), 2)
		if len(got) != len(want) {
			t.Errorf("%s: %+v", page, got)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: %+v", page, got[i])
			}
		}
	}
}
