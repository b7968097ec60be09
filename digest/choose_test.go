package digest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/press"
)

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{"http://News.Example:80/a?utm_source=x&id=2&fbclid=1#top", "https://news.example/a?id=2"},
		{"https://news.example:443", "https://news.example/"},
		{"https://user:pw@news.example/a?", "https://news.example/a"},
		{"https://news.example/%E6%96%B0?b=2&a=1", "https://news.example/%E6%96%B0?b=2&a=1"},
		{"posts/a.html#2", "posts/a.html#2"},
		{"mailto:a@b.example", "mailto:a@b.example"},
		{"", ""},
	} {
		if got := canonical(c.raw); got != c.want {
			t.Errorf("%s: %s, want %s", c.raw, got, c.want)
		}
		if again := canonical(canonical(c.raw)); again != c.want {
			t.Errorf("%s: twice is %s", c.raw, again)
		}
	}
}

func TestKeys(t *testing.T) {
	all := recipe.Dedupe{GUID: true, URL: true, Content: true}
	for _, c := range []struct {
		a    state.Article
		by   recipe.Dedupe
		want string
	}{
		{state.Article{Source: "s", GUID: "tag:x,1", URL: "https://a.example/1", Content: "cc"}, all, "g:tag:x,1 u:https://a.example/1 c:cc"},
		{state.Article{Source: "s", GUID: "17"}, all, "g:s\n17"},
		{state.Article{Source: "s", URL: "https://a.example/"}, all, ""},
		{state.Article{Source: "s", URL: "https://a.example/?p=1"}, all, "u:https://a.example/?p=1"},
		{state.Article{Source: "s", URL: "posts/a.html"}, all, "u:posts/a.html"},
		{state.Article{Source: "s", GUID: "tag:x,1", URL: "https://a.example/1", Content: "cc"}, recipe.Dedupe{Content: true}, "c:cc"},
	} {
		if got := strings.Join(keys(&c.a, c.by), " "); got != c.want {
			t.Errorf("%+v: %q, want %q", c.a, got, c.want)
		}
	}
}

// Texts that share most of their words are nearly the same; others are not, in any
// script.
func TestNearlySame(t *testing.T) {
	of := func(text string) *state.Article {
		f := fingerprintOf(&article.Document{Blocks: []article.Block{&article.Paragraph{Inlines: []article.Inline{article.Run{Text: text}}}}})
		return &state.Article{Near: f.near, Chars: f.chars, Content: f.content}
	}
	var latin, han [2]strings.Builder
	for i := range 2 {
		for n := range 300 {
			fmt.Fprintf(&latin[i], "w%d ", (n*n+7*n*(i+1))%(211+i))
			han[i].WriteRune(rune(0x4e00 + (n*n*(3+i)+n)%2999))
		}
	}
	for name, text := range map[string][2]string{"words": {latin[0].String(), latin[1].String()}, "characters": {han[0].String(), han[1].String()}} {
		a, b := of(text[0]), of(text[1])
		edited := of(text[0] + " and one more")
		if !nearlySame(a, edited) || a.Content == edited.Content {
			t.Errorf("%s: a text with some more words is another", name)
		}
		if nearlySame(a, b) {
			t.Errorf("%s: other texts are nearly the same: %x, %x", name, a.Near, b.Near)
		}
	}
	if short := of("a short text"); nearlySame(short, short) {
		t.Error("short texts tell too little")
	}
	// Spaces and line ends do not make another content.
	if of("one two three").Content != of("one  two\nthree").Content {
		t.Error("white space makes another content")
	}
}

// Articles that are all picture are told by it.
func TestFingerprintOfPictures(t *testing.T) {
	of := func(src string) string {
		return fingerprintOf(&article.Document{Blocks: []article.Block{&article.Figure{Images: []*article.Image{{Src: src}}}}}).content
	}
	if of("https://a.example/1.png") == of("https://a.example/2.png") {
		t.Error("two pictures are one content")
	}
}

// Each reason for which an article is left out, and the neighbour that is taken.
func TestWeigh(t *testing.T) {
	from, to, at := sunday.AddDate(0, 0, -7), sunday, sunday
	day := func(n int) time.Time { return sunday.AddDate(0, 0, -n) }
	article := func(change func(*state.Article)) state.Article {
		a := state.Article{ID: 1, Source: "s", GUID: "urn:1", Doc: "d", Title: "A title", Lang: "zh-Hans", Chars: 500, Section: []string{"新媒体", "短视频"}, Published: day(3), FirstSeen: day(2)}
		if change != nil {
			change(&a)
		}
		return a
	}
	on := func(t time.Time) func(*state.Article) { return func(a *state.Article) { a.Published = t } }
	for _, c := range []struct {
		name string
		a    state.Article
		w    weighing
		want state.Reason
	}{
		{"in the window", article(nil), weighing{}, ""},
		{"the first moment", article(on(from)), weighing{}, ""},
		{"the moment before", article(on(from.Add(-1))), weighing{}, state.TooOld},
		{"the last moment", article(on(to.Add(-1))), weighing{}, ""},
		{"the end", article(on(to)), weighing{}, state.TooNew},
		{"after the slot", article(on(at.Add(time.Hour))), weighing{}, state.InFuture},
		{"after the slot, wanted", article(on(at.Add(time.Hour))), weighing{options: &press.Options{Future: true}}, ""},
		{"undated, seen in the window", article(on(time.Time{})), weighing{}, ""},
		{"undated, seen now", article(func(a *state.Article) { a.Published, a.FirstSeen = time.Time{}, at.Add(time.Hour) }), weighing{}, ""},
		{"undated, seen before", article(func(a *state.Article) { a.Published, a.FirstSeen = time.Time{}, day(20) }), weighing{}, state.TooOld},
		{"late", article(on(day(30))), weighing{first: map[string]time.Time{"s": day(100)}}, ""},
		{"there from the first", article(on(day(30))), weighing{first: map[string]time.Time{"s": day(2)}}, state.TooOld},
		{"late, and everything is wanted", article(on(day(30))), weighing{d: &recipe.Digest{}, first: map[string]time.Time{"s": day(100)}}, state.TooOld},
		{"no room in the last issue", article(on(day(30))), weighing{waiting: map[int64]state.Reason{1: state.OverLimit}}, ""},
		{"draft", article(func(a *state.Article) { a.Draft = true }), weighing{}, state.IsDraft},
		{"draft, wanted", article(func(a *state.Article) { a.Draft = true }), weighing{options: &press.Options{Drafts: true}}, ""},
		{"expired", article(func(a *state.Article) { a.Expires = at }), weighing{}, state.Expired},
		{"expires later", article(func(a *state.Article) { a.Expires = at.Add(1) }), weighing{}, ""},
		{"category below", article(nil), weighing{d: &recipe.Digest{OnlyNew: true, Where: recipe.Where{Categories: []string{"新媒体/**"}}}}, ""},
		{"category itself", article(func(a *state.Article) { a.Section = []string{"新媒体"} }), weighing{d: &recipe.Digest{Where: recipe.Where{Categories: []string{"新媒体/**"}}}}, ""},
		{"another category", article(func(a *state.Article) { a.Section = []string{"新媒体们"} }), weighing{d: &recipe.Digest{Where: recipe.Where{Categories: []string{"新媒体/**"}}}}, state.OtherCategory},
		{"no category", article(func(a *state.Article) { a.Section = nil }), weighing{d: &recipe.Digest{Where: recipe.Where{Categories: []string{"新媒体"}}}}, state.OtherCategory},
		{"any depth", article(nil), weighing{d: &recipe.Digest{Where: recipe.Where{NotCategories: []string{"**/短视频"}}}}, state.OtherCategory},
		{"language of a kind", article(nil), weighing{d: &recipe.Digest{Where: recipe.Where{Languages: []string{"ja", "zh"}}}}, ""},
		{"another language", article(func(a *state.Article) { a.Lang = "zhx" }), weighing{d: &recipe.Digest{Where: recipe.Where{Languages: []string{"zh"}}}}, state.OtherLanguage},
		{"short", article(nil), weighing{d: &recipe.Digest{Where: recipe.Where{MinChars: 501}}}, state.TooShort},
		{"long enough", article(nil), weighing{d: &recipe.Digest{Where: recipe.Where{MinChars: 500}}}, ""},
		{"title", article(nil), weighing{d: &recipe.Digest{Where: recipe.Where{Title: []string{"x", "TITLE"}}}}, ""},
		{"another title", article(nil), weighing{d: &recipe.Digest{Where: recipe.Where{Title: []string{"x"}}}}, state.OtherTitle},
		{"title not wanted", article(nil), weighing{d: &recipe.Digest{Where: recipe.Where{NotTitle: []string{"a t"}}}}, state.OtherTitle},
		{"seen", article(nil), weighing{seen: map[string]int64{"g:urn:1": 7}}, state.InIssue},
		{"not read, of no known length", article(func(a *state.Article) { a.Doc, a.Chars = "", 0 }), weighing{d: &recipe.Digest{Where: recipe.Where{MinChars: 500}}}, ""},
		{"not read, again", article(func(a *state.Article) { a.Doc, a.Error = "", "HTTP 404" }), weighing{waiting: map[int64]state.Reason{1: state.Unreadable}}, state.Unreadable},
		{"changed since, updates ignored", article(func(a *state.Article) { a.Content, a.Changed = "new", day(1) }), weighing{seen: map[string]int64{"g:urn:1": 7}}, state.InIssue},
		{"changed since, updates included", article(func(a *state.Article) { a.Content, a.Changed, a.Published = "new", day(1), day(30) }), weighing{d: &recipe.Digest{Updates: recipe.IncludeUpdates}, seen: map[string]int64{"g:urn:1": 7}}, ""},
		{"not changed, updates included", article(func(a *state.Article) { a.Content, a.Changed = "old", day(9) }), weighing{d: &recipe.Digest{Updates: recipe.IncludeUpdates, Dedupe: recipe.Dedupe{Content: true}}, seen: map[string]int64{"g:urn:1": 7, "c:old": 7}}, state.InIssue},
	} {
		w := c.w
		if w.d == nil {
			w.d = &recipe.Digest{OnlyNew: true}
		}
		w.d.Zone = time.UTC
		if w.options == nil {
			w.options = &press.Options{}
		}
		w.at, w.from, w.to = at, from, to
		got := candidate{Article: c.a}
		w.weigh(&got)
		if got.reason != c.want || (got.detail == "") != (c.want == "") {
			t.Errorf("%s: %q (%s), want %q", c.name, got.reason, got.detail, c.want)
		}
	}
}

func TestUnique(t *testing.T) {
	make := func(list ...state.Article) (out []*candidate) {
		for i, a := range list {
			a.ID = int64(i + 1)
			if a.Doc == "" {
				a.Doc = "d"
			}
			out = append(out, &candidate{Article: a})
		}
		return out
	}
	all := recipe.Dedupe{GUID: true, URL: true, Content: true}
	tell := func(list []*candidate) string {
		var s []string
		for _, c := range list {
			s = append(s, fmt.Sprintf("%d%s", c.ID, c.reason))
		}
		return strings.Join(s, " ")
	}
	for _, c := range []struct {
		name string
		list []*candidate
		by   recipe.Dedupe
		want string
	}{
		{"by guid", make(state.Article{GUID: "urn:1"}, state.Article{GUID: "urn:1"}, state.Article{GUID: "urn:2"}), all, "1 2duplicate 3"},
		{"by address", make(state.Article{GUID: "urn:1", URL: "https://a.example/1"}, state.Article{GUID: "urn:2", URL: "https://a.example/1"}), all, "1 2duplicate"},
		{"by content", make(state.Article{Content: "c"}, state.Article{Content: "c"}), all, "1 2duplicate"},
		{"by nothing", make(state.Article{Content: "c", GUID: "urn:1"}, state.Article{Content: "c", GUID: "urn:1"}), recipe.Dedupe{}, "1 2"},
		{"the whole rather than a part", make(state.Article{GUID: "urn:1", Extent: article.Excerpt}, state.Article{GUID: "urn:1"}), all, "2 1duplicate"},
		{"what is left out is nobody's twin", append(make(state.Article{GUID: "urn:1"}, state.Article{GUID: "urn:1"})[:0:0], func() []*candidate {
			l := make(state.Article{GUID: "urn:1"}, state.Article{GUID: "urn:1"})
			l[0].reason = state.TooOld
			return l
		}()...), all, "1too_old 2"},
		{"a chain", make(state.Article{GUID: "urn:1", URL: "https://a.example/1"}, state.Article{URL: "https://a.example/1", Content: "c"}, state.Article{Content: "c"}), all, "1 2duplicate 3duplicate"},
		{"nearly, dropped", make(state.Article{Content: "1", Chars: 900, Near: 0b1111}, state.Article{Content: "2", Chars: 900, Near: 0b1}, state.Article{Content: "3", Chars: 900, Near: 1 << 40}), recipe.Dedupe{Content: true, Near: recipe.DropNear}, "1 2near_duplicate 3"},
		{"nearly, reported", make(state.Article{Content: "1", Chars: 900}, state.Article{Content: "2", Chars: 900}), recipe.Dedupe{Content: true}, "1 2"},
	} {
		unique(c.list, c.by)
		if got := tell(c.list); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if c.name == "nearly, reported" && c.list[1].detail != "nearly the same as article 1" {
			t.Errorf("%s: %q", c.name, c.list[1].detail)
		}
	}
}

// What an issue has no room for is in the next ones, oldest first as it came.
func TestOverLimit(t *testing.T) {
	w := newWorld(t, strings.Replace(weekly, "outputs:", "max_articles: 3\n    sort: -date\n    outputs:", 1))
	var feed []entry
	for n := range 7 {
		feed = append(feed, news(n, sunday.Add(-time.Duration(n+1)*time.Hour)))
	}
	w.web.feeds["https://news.example/feed"] = feed
	m := w.start()
	want := [][]string{{"Title 0", "Title 1", "Title 2"}, {"Title 3", "Title 4", "Title 5"}, {"Title 6"}, nil}
	for week, titles := range want {
		w.at(sunday.AddDate(0, 0, 7*week))
		w.web.feeds["https://news.example/feed"] = nil // it forgets fast
		if week == 0 {
			w.web.feeds["https://news.example/feed"] = feed
		}
		runs, err := m.try("weekly")
		if err != nil || len(runs) != 1 {
			t.Fatal(runs, err)
		}
		chosen, left := m.titles(runs[0])
		if !slices.Equal(chosen, titles) {
			t.Errorf("week %d: %v, without %v", week, chosen, left)
		}
		if week == 0 && !slices.Equal(left, []string{"Title 3: over_limit", "Title 4: over_limit", "Title 5: over_limit", "Title 6: over_limit"}) {
			t.Errorf("week 0: without %v", left)
		}
	}
}

// A feed's backlog from before it was first read does not flood the second issue, and
// nothing that comes late is lost.
func TestBacklog(t *testing.T) {
	w := newWorld(t, strings.Replace(weekly, "schedule:", "window: previous-week\n    schedule:", 1))
	old := func(n, days int) entry { return news(n, sunday.AddDate(0, 0, -days)) }
	w.web.feeds["https://news.example/feed"] = []entry{old(1, 8), old(2, 100), old(3, 1)} // of last week, of old, of this week
	m := w.start()
	check := func(titles ...string) {
		t.Helper()
		runs := m.run("weekly")
		if len(runs) != 1 {
			t.Fatal(runs)
		}
		if chosen, left := m.titles(runs[0]); !slices.Equal(chosen, titles) {
			t.Errorf("%v, without %v", chosen, left)
		}
	}
	check("Title 1")
	// On Monday something turns up that is dated two weeks before.
	w.at(sunday.AddDate(0, 0, 1))
	w.web.feeds["https://news.example/feed"] = []entry{old(4, 14)}
	m.harvest()
	w.at(sunday.AddDate(0, 0, 7))
	check("Title 3", "Title 4")
}
