package library

import (
	"context"
	"fmt"
	"image/color"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/golden"
)

var cinnabar = color.RGBA{0xa6, 0x34, 0x2a, 0xff}

// bookshop is a library with two digests, issues, a run that is not at its end and some that
// came to nothing.
func bookshop(t testing.TB) *world {
	t.Helper()
	w := empty(t)
	w.Config.Serve.Title = "书房"
	w.digest("weekly", "科技周刊", "Sun 07:00", "Asia/Shanghai")
	w.digest("yomimono", "週刊 読みもの", "Sat 06:30", "Asia/Tokyo")
	w.digest("rest", "", "", "UTC")
	w.made("weekly", 46, "科技周刊 第46期", "zh-Hans", "2026-11-15T07:00:00+08:00", nil, []piece{{"上周回顾", "https://news.example.cn/wind", "", "zh-Hans", ""}}, epub("out/weekly-46.epub"))
	run := w.made("weekly", 47, "科技周刊 第47期", "zh-Hans", "2026-11-22T07:00:00+08:00", drawn(cinnabar), []piece{
		{"港口的夜晚", "https://news.example.cn/harbour", "要闻/城市", "zh-Hans", ""},
		{"Why small models win", "https://www.blog.example.com/edge", "要闻/城市", "en", ""},
		{"读者来信", "", "生活", "zh-Hans", ""},
		{"年度会员立减三十元", "https://shop.example.cn/1", "广告", "zh-Hans", state.OtherCategory},
		{"一句话", "https://news.example.cn/brief", "", "zh-Hans", state.TooShort},
	}, epub("out/科技周刊-47.epub"), pdf("out/weekly-47.pdf"))
	ctx := context.Background()
	for _, d := range []state.Delivery{
		{Run: run.ID, Target: "kindle", State: state.DeliverySent, Detail: "1 message"},
		{Run: run.ID, Target: "nas", State: state.DeliveryFailed, Attempts: 2, Detail: "connection refused", NextAt: w.now.Add(20 * time.Minute)},
	} {
		if err := w.State.SaveDelivery(ctx, &d); err != nil {
			t.Fatal(err)
		}
	}
	w.made("yomimono", 12, "週刊 読みもの 第12号", "ja", "2026-11-21T06:30:00+09:00", drawn(cinnabar), []piece{{"港の灯、海の記憶", "https://news.example.jp/minato", "特集", "ja", ""}},
		state.Output{Path: "yomimono-12-1.epub", Format: "epub3", Articles: 1, Volume: 1, Volumes: 2}, state.Output{Path: "yomimono-12-2.epub", Format: "epub3", Articles: 3, Volume: 2, Volumes: 2})
	begin := func(r state.Run) int64 {
		if _, err := w.State.BeginRun(ctx, &r); err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	at := w.now.Add(-3 * time.Hour)
	begin(state.Run{Slot: "h", State: state.RunDone, At: at, Started: at, Finished: at.Add(12 * time.Second)})
	begin(state.Run{Digest: "rest", Slot: "a", State: state.RunMissed, At: at.Add(-48 * time.Hour), Started: at, Finished: at})
	begin(state.Run{Digest: "rest", Slot: "b", State: state.RunFailed, At: at, Started: at, Finished: at.Add(2 * time.Hour), Attempt: 3, Error: "https://feeds.example.cn/all.xml: HTTP 503"})
	now := begin(state.Run{Digest: "weekly", Slot: "c", State: state.RunPictures, At: at, Started: w.now.Add(-time.Minute), Title: "科技周刊 第48期"})
	var tasks []state.Task
	for n := range 10 {
		tasks = append(tasks, state.Task{Run: now, Step: "pictures", Key: fmt.Sprint(n), State: []state.TaskState{state.TaskOK, state.TaskPending, state.TaskFailed}[n%3]})
	}
	if err := w.State.AddTasks(ctx, tasks); err != nil {
		t.Fatal(err)
	}
	return w
}

// get asks the library, with headers as names and values in turn.
func (w *world) get(method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Host = "localhost:8377"
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	New(w.Options).ServeHTTP(rec, r)
	return rec
}

// issueID is the run of an issue.
func (w *world) issueID(digest string, number int) int64 {
	w.Helper()
	runs, err := w.State.Runs(context.Background(), state.RunQuery{Digest: digest, Number: number})
	if err != nil || len(runs) != 1 {
		w.Fatalf("%s %d: %d runs, %v", digest, number, len(runs), err)
	}
	return runs[0].ID
}

func TestPages(t *testing.T) {
	w := bookshop(t)
	for _, c := range []struct {
		name, path, accept string
		code               int
	}{
		{"front", "/", "zh-CN,zh;q=0.9,en;q=0.8", 200},
		{"issue", fmt.Sprintf("/issue/%d", w.issueID("weekly", 47)), "zh-TW", 200},
		{"volumes", fmt.Sprintf("/issue/%d", w.issueID("yomimono", 12)), "ja,en;q=0.5", 200},
		{"digest", "/digest/weekly", "en-GB", 200},
		{"none", "/digest/rest", "de", 200},
		{"runs", "/runs", "", 200},
		{"search", "/search?q=%E6%B8%AF", "ja", 200},
		{"missing", "/issue/999", "zh", 404},
	} {
		rec := w.get("GET", c.path, "Accept-Language", c.accept)
		if rec.Code != c.code || rec.Header().Get("Content-Type") != "text/html; charset=utf-8" || rec.Header().Get("Vary") != "Accept-Language" {
			t.Errorf("%s: %d, %v", c.name, rec.Code, rec.Header())
		}
		golden.Equal(t, "testdata/"+c.name+".html", rec.Body.String())
	}
}

// TestEmpty: a library without anything says so, on every page.
func TestEmpty(t *testing.T) {
	w := empty(t)
	for path, want := range map[string]string{"/": english.noDigest, "/runs": english.noRun, "/search?q=x": english.noMatch, "/opds": "<feed", "/opds/v2": `"links"`} {
		if rec := w.get("GET", path); rec.Code != 200 || !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%s: %d, without %q: %s", path, rec.Code, want, rec.Body)
		}
	}
}

// TestPaging: older pages show every issue once, in order.
func TestPaging(t *testing.T) {
	w := empty(t)
	w.digest("daily", "Daily", "daily 07:00", "UTC")
	const issues = 2*perPage + 3
	for n := 1; n <= issues; n++ {
		w.made("daily", n, fmt.Sprintf("Daily %03d", n), "en", day("2026-01-01T07:00:00Z").AddDate(0, 0, n).Format(time.RFC3339), nil, nil, epub(fmt.Sprintf("d%d.epub", n)))
	}
	path, next := "/digest/daily", issues
	for pages := 1; path != ""; pages++ {
		body := w.get("GET", path).Body.String()
		for _, line := range strings.Split(body, "\n") {
			if _, after, ok := strings.Cut(line, `<h2><a href="/issue/`); ok {
				if want := fmt.Sprintf("Daily %03d", next); !strings.Contains(after, want) {
					t.Fatalf("%s: %s, want %s", path, line, want)
				}
				next--
			}
		}
		before, _, more := strings.Cut(body, `" rel="next"`)
		if path = ""; more {
			path = before[strings.LastIndex(before, `href="`)+len(`href="`):]
		}
		if pages > 5 {
			t.Fatal("no end of pages")
		}
	}
	if next != 0 {
		t.Errorf("%d issues were not shown", next)
	}
}

// hostile is text that tries to be more than text.
const hostile = `</title></h1><script>alert(1)</script>"><img src=x onerror=alert(1)>' onmouseover='x' &lt;b&gt; ]]> <!-- ` + "\u202e\x00\x1b[31m\u2028" + ` javascript:alert(1) 🜁`

// TestHostile: whatever titles, names, addresses and errors say, pages consist of the
// elements and attributes that the program wrote, and show the text as it is.
func TestHostile(t *testing.T) {
	w := empty(t)
	w.Config.Serve.Title = hostile
	w.Tool = hostile
	w.digest("a", hostile, "Sun 07:00", "UTC")
	run := w.made("a", 1, hostile, `en" onload="x`, "2026-11-22T07:00:00Z", drawn(cinnabar), []piece{
		{hostile, "javascript:alert(1)", hostile, `"><script>`, ""},
		{"", `https://example.org/"><script>alert(1)</script>`, "", "", ""},
		{hostile, " https://example.org", hostile, "", "<b>"},
		{hostile, "//example.org", "", "", state.TooOld},
	}, state.Output{Path: "/out/" + strings.ReplaceAll(hostile, "/", "") + `.epub"`, Format: `"><script>`})
	run.Report = []byte(`{"lang":"\"><script>","problems":[{"code":"<script>","article":"<img src=x>","detail":"<b onclick=x>","url":"javascript:x","action":"\"'>"}]}`)
	ctx := context.Background()
	if err := w.State.SaveRun(ctx, run); err != nil {
		t.Fatal(err)
	}
	if err := w.State.SaveDelivery(ctx, &state.Delivery{Run: run.ID, Target: hostile, Detail: hostile, State: "<i>"}); err != nil {
		t.Fatal(err)
	}
	failed := &state.Run{Digest: hostile, Slot: "x", State: state.RunFailed, Error: hostile, At: w.now}
	if _, err := w.State.BeginRun(ctx, failed); err != nil {
		t.Fatal(err)
	}
	shown := strings.Map(func(r rune) rune {
		if r == '\u202e' || r < ' ' {
			return '\uFFFD'
		}
		return r
	}, hostile)
	for _, path := range []string{"/", "/digest/a", "/digest/%3Cscript%3E", fmt.Sprintf("/issue/%d", run.ID), "/runs", "/search?q=" + strings.ReplaceAll("\"><script>%3Cscript%3E", " ", "%20"), "/nothing%22%3E%3Cscript%3E"} {
		body := w.get("GET", path).Body.String()
		text := wellFormed(t, path, body)
		if path != "/nothing%22%3E%3Cscript%3E" && path != "/digest/%3Cscript%3E" && !strings.Contains(text, shown) {
			t.Errorf("%s: the title is not shown as it is", path)
		}
	}
}

// vocabulary is what pages are written with.
var vocabulary = map[string][]string{
	"html": {"lang"}, "head": nil, "meta": {"charset", "name", "content"}, "title": nil, "link": {"rel", "href", "type", "title"}, "body": nil,
	"a": {"class", "href", "rel", "dir", "lang", "aria-current", "tabindex", "aria-hidden", "download", "title"}, "header": {"class"}, "nav": {"class", "aria-label"},
	"main": {"id"}, "footer": {"class"}, "form": {"action", "role"}, "label": {"for"}, "input": {"type", "id", "name", "value"}, "button": {"type"}, "h1": {"class", "dir", "lang"}, "h2": nil, "h3": {"lang", "dir"},
	"section": {"class", "id"}, "article": {"class"}, "div": {"class"}, "p": {"class", "dir"}, "ul": {"class", "aria-label"}, "ol": {"class"}, "li": {"class"}, "span": {"class", "dir", "lang"},
	"b": {"dir"}, "i": nil, "br": nil, "cite": {"lang", "dir"}, "code": nil, "time": {"datetime"}, "img": {"src", "alt"}, "details": nil, "summary": nil, "progress": {"value", "max", "aria-label"},
}

// wellFormed checks that a page is elements of the vocabulary, every one ended in
// its order, and returns its text.
func wellFormed(t *testing.T, path, page string) string {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(page))
	var open []string
	var text strings.Builder
	for {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("%s: without an end: %v", path, open)
			}
			return text.String()
		case html.TextToken:
			text.WriteString(z.Token().Data)
		case html.CommentToken:
			t.Errorf("%s: a comment: %s", path, z.Raw())
		case html.SelfClosingTagToken:
			t.Errorf("%s: %s", path, z.Raw())
		case html.StartTagToken:
			raw := string(z.Raw())
			token := z.Token()
			attributes, known := vocabulary[token.Data]
			if !known {
				t.Errorf("%s: an element %s", path, raw)
			}
			for _, a := range token.Attr {
				if !slices.Contains(attributes, a.Key) {
					t.Errorf("%s: an attribute %s in %s", path, a.Key, raw)
				}
				if (a.Key == "href" || a.Key == "src" || a.Key == "action") && !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "https://example.org/") {
					t.Errorf("%s: an address %q", path, a.Val)
				}
			}
			if !void[markup(token.Data)] {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Fatalf("%s: %s ends within %v", path, name, open)
			}
			open = open[:len(open)-1]
		}
	}
}

// FuzzText: text and values come out of a page as they went in, but for what HTML
// cannot say.
func FuzzText(f *testing.F) {
	f.Add(hostile)
	f.Add("a\r\nb\x85\ufffe")
	f.Fuzz(func(t *testing.T, s string) {
		var b strings.Builder
		write(&b, el("p", value("title", s), href(s), text(s)))
		page := b.String()
		z := html.NewTokenizer(strings.NewReader(page))
		if z.Next() != html.StartTagToken {
			t.Fatalf("%q", page)
		}
		start := z.Token()
		want := strings.Map(func(r rune) rune {
			if r != '\n' && r != '\t' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Noncharacter_Code_Point, r) || strings.ContainsRune("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", r)) {
				return unicode.ReplacementChar
			}
			return r
		}, string([]rune(s)))
		if start.Data != "p" || start.Attr[0].Key != "title" || start.Attr[0].Val != want {
			t.Fatalf("%q: %v", s, start)
		}
		for _, a := range start.Attr[1:] {
			if a.Key == "href" && !(strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "#") || strings.HasPrefix(a.Val, "?") || webAddress(a.Val)) || a.Key != "href" && a.Key != "rel" {
				t.Fatalf("%q: %v", s, a)
			}
		}
		got := ""
		for z.Next() == html.TextToken {
			got += z.Token().Data
		}
		if got != want {
			t.Fatalf("%q became %q", s, got)
		}
	})
}

func TestSpeak(t *testing.T) {
	for accept, want := range map[string]*phrases{
		"": english, "*": english, "de-DE,de;q=0.9": english, "en-US": english, "zh": simplified, "zh-CN,zh;q=0.9,en;q=0.8": simplified, "zh-TW": traditional,
		"zh-Hant-HK;q=0.4, ja;q=0.5": japanese, "fr, ja;q=0.2": japanese, "ja;q=0": english, "ja;q=x": english, "en;q=0.1,zh-HK;q = 0.3": traditional, "ko,en": english, ",;,": english,
	} {
		if got := speak(accept); got != want {
			t.Errorf("%q: %s, want %s", accept, got.Lang, want.Lang)
		}
	}
}

// TestPhrases: every language has a word for everything.
func TestPhrases(t *testing.T) {
	for _, p := range []*phrases{simplified, traditional, japanese} {
		for _, table := range []func(*phrases) map[string]string{
			func(p *phrases) map[string]string { return p.states },
			func(p *phrases) map[string]string { return p.reasons },
			func(p *phrases) map[string]string { return p.steps },
		} {
			for key := range table(english) {
				if table(p)[key] == "" {
					t.Errorf("%s: no word for %s", p.Lang, key)
				}
			}
		}
	}
	for _, reason := range []state.Reason{
		state.TooOld, state.TooNew, state.OtherCategory, state.OtherLanguage, state.TooShort, state.OtherTitle, state.IsDraft, state.InFuture, state.Expired, state.InIssue,
		state.Duplicate, state.NearDuplicate, state.OverLimit, state.Unreadable,
	} {
		if english.reasons[string(reason)] == "" {
			t.Errorf("no word for %s", reason)
		}
	}
}

func TestHref(t *testing.T) {
	for address, leads := range map[string]bool{
		"/a": true, "#a": true, "?q=1": true, "https://example.org/": true, "http://example.org": true,
		"": false, "a": false, "//example.org": false, `/\example.org`: false, "javascript:x": false, "JavaScript:x": false, "data:text/html,x": false, "https:": false, " https://example.org": false, "mailto:a@b": false,
	} {
		if (href(address) != nil) != leads {
			t.Errorf("%q: %v", address, href(address))
		}
	}
}
