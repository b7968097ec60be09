//go:build linux

package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// story is an article that the editors publish.
type story struct {
	id       int
	feed     string // rss, atom or json
	title    string
	about    string // its category
	dated    time.Time
	shown    time.Time // from when on it is in the feed; most often when it is dated
	paras    []string
	pictures []string // names on the host of pictures
	again    bool     // the feed json has it, too, under another guid
}

// editors publish stories in three feeds that show only the newest few, and so
// forget: rss has whole texts, atom has summaries and pages, json has whole texts.
type editors struct {
	*host
	pictures *host
	stories  []story
	shows    int // entries of a feed
	now      atomic.Pointer[time.Time]
	hang     atomic.Int64 // of the requests to come, the one that is not answered; 0: none
	hung     chan struct{}
	closed   atomic.Bool // nothing is there any more
}

// newEditors has stories from a moment on, for some weeks.
func newEditors(t *testing.T, from time.Time, weeks int) *editors {
	t.Helper()
	n := &editors{shows: 4, hung: make(chan struct{}, 1)}
	n.pictures = serveAt(t, "127.0.0.3", n.picture)
	n.host = serveAt(t, "127.0.0.2", n.page)
	week := 7 * 24 * time.Hour
	for w := range weeks {
		begin := from.Add(time.Duration(w) * week)
		for _, f := range []struct {
			name string
			n    int
		}{{"rss", 5}, {"atom", 4}, {"json", 3}} {
			for i := range f.n {
				at := begin.Add(week*time.Duration(2*i+1)/time.Duration(2*f.n) + time.Duration(len(n.stories))*time.Second).Truncate(time.Second)
				n.add(f.name, at, at)
			}
		}
		// One that is shown two days after its date, beyond the end of the week, and one that is dated ahead.
		n.add("rss", begin.Add(week-12*time.Hour), begin.Add(week+36*time.Hour))
		n.add("json", begin.Add(week+8*time.Hour), begin.Add(week-36*time.Hour))
	}
	n.setTime(from)
	return n
}

func (n *editors) add(feed string, dated, shown time.Time) {
	id := len(n.stories)
	r := rand.New(rand.NewPCG(1, uint64(id)))
	s := story{id: id, feed: feed, dated: dated, shown: shown, about: pick(r, "河流", "市集", "手艺", "天文", "铁路"), again: feed == "rss" && id%9 == 0}
	s.title = fmt.Sprintf("%s%s的%s（%d）", pick(r, "山谷里", "渡口边", "老城中", "海岛上", "高原上"), pick(r, "修桥", "看星", "种茶", "守灯", "写信", "造纸"), pick(r, "人", "一天", "第三年", "夜晚", "手艺"), id)
	for range 3 + r.IntN(3) {
		s.paras = append(s.paras, paragraph(r))
	}
	for i := range r.IntN(3) {
		s.pictures = append(s.pictures, fmt.Sprintf("%d-%d.png", id, i))
	}
	switch id % 12 { // the faults of the host of pictures
	case 1:
		s.pictures = append(s.pictures, fmt.Sprintf("own-%d.png", id))
	case 4:
		s.pictures = append(s.pictures, fmt.Sprintf("gone-%d.png", id))
	case 7:
		s.pictures = append(s.pictures, fmt.Sprintf("torn-%d.png", id))
	}
	if id == 6 { // one is enough: it is waited for at each attempt
		s.pictures = append(s.pictures, fmt.Sprintf("late-%d.png", id))
	}
	n.stories = append(n.stories, s)
}

func pick(r *rand.Rand, words ...string) string { return words[r.IntN(len(words))] }

// paragraph makes a few sentences.
func paragraph(r *rand.Rand) string {
	var b strings.Builder
	for range 3 + r.IntN(3) {
		switch r.IntN(4) {
		case 0:
			fmt.Fprintf(&b, "%s，%s%s%s。", pick(r, "清早", "午后", "入夜以后", "雨停的时候", "集市散了"), pick(r, "老周", "阿梅", "摆渡的人", "两个学徒", "邮差"), pick(r, "沿着石阶往下走", "把门板一块块卸下来", "坐在船头补网", "从柜子里取出图纸", "数着屋檐下的灯"),
				pick(r, "，谁也没有说话", "，水声盖过了脚步", "，远处传来钟声", ""))
		case 1:
			fmt.Fprintf(&b, "这里的%s有%d年的历史，%s。", pick(r, "桥", "窑", "灯塔", "渡口", "茶园"), 20+r.IntN(300), pick(r, "每一代人都修过它", "图上却找不到名字", "最近才有人写进县志", "只在冬天才歇一歇"))
		case 2:
			fmt.Fprintf(&b, "“%s”%s%s。", pick(r, "慢一点，竹子要顺着纹理劈。", "今年的水比去年高。", "信到了，就是人到了。", "看见北边那颗星了吗？"), pick(r, "他", "她", "师傅", "船家"), pick(r, "说完又低头干活", "笑着递过一碗茶", "指了指窗外", "把绳子又紧了一圈"))
		default:
			fmt.Fprintf(&b, "据%s记，%s月的%s比往年多了%d%%。", pick(r, "站里", "村里", "账本上"), pick(r, "三", "六", "九", "十一"), pick(r, "雨水", "客人", "车次", "来信"), 3+r.IntN(40))
		}
	}
	return b.String()
}

// setTime says what time it is for the feeds.
func (n *editors) setTime(now time.Time) { n.now.Store(&now) }

func (n *editors) link(s *story) string { return fmt.Sprintf("%s/stories/%d.html", n.URL, s.id) }

// body is the text of a story, as HTML.
func (n *editors) body(s *story) string {
	var b strings.Builder
	for i, p := range s.paras {
		fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(p))
		if i < len(s.pictures) {
			fmt.Fprintf(&b, "<p><img src=\"%s/%s\" alt=\"插图\"></p>\n", n.pictures.URL, s.pictures[i])
		}
	}
	return b.String()
}

// newest returns the stories that a feed shows, the newest first.
func (n *editors) newest(feed string) (list []*story) {
	now := *n.now.Load()
	for i := len(n.stories) - 1; i >= 0; i-- {
		if s := &n.stories[i]; (s.feed == feed || feed == "json" && s.again) && !s.shown.After(now) {
			list = append(list, s)
		}
	}
	// By when it was shown: what is new stands first, whatever its date.
	for i := range list {
		for k := i; k > 0 && list[k].shown.After(list[k-1].shown); k-- {
			list[k], list[k-1] = list[k-1], list[k]
		}
	}
	return list[:min(len(list), n.shows)]
}

func (n *editors) page(w http.ResponseWriter, r *http.Request) {
	if n.closed.Load() {
		http.NotFound(w, r)
		return
	}
	if n.hang.Add(-1) == 0 {
		n.hung <- struct{}{}
		<-r.Context().Done()
		return
	}
	switch path := r.URL.Path; {
	case path == "/rss.xml":
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>渡口日报</title><link>%s/</link><description>渡口</description><language>zh-CN</language>`, n.URL)
		for _, s := range n.newest("rss") {
			fmt.Fprintf(w, "<item><title>%s</title><link>%s</link><guid isPermaLink=\"false\">rss-%d</guid><pubDate>%s</pubDate><category>%s</category><content:encoded>", s.title, n.link(s), s.id, s.dated.Format(time.RFC1123Z), s.about)
			xml.EscapeText(w, []byte(n.body(s)))
			fmt.Fprint(w, "</content:encoded></item>")
		}
		fmt.Fprint(w, "</channel></rss>")
	case path == "/atom.xml":
		w.Header().Set("Content-Type", "application/atom+xml")
		fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN"><title>老城周报</title><id>urn:x:atom</id><updated>%s</updated><author><name>老城</name></author>`, n.now.Load().Format(time.RFC3339))
		for _, s := range n.newest("atom") {
			fmt.Fprintf(w, `<entry><title>%s</title><id>urn:x:%d</id><link href="%s"/><published>%s</published><updated>%s</updated><category term="%s"/><summary>%s……</summary></entry>`,
				s.title, s.id, n.link(s), s.dated.Format(time.RFC3339), s.dated.Format(time.RFC3339), s.about, string([]rune(s.paras[0])[:20]))
		}
		fmt.Fprint(w, "</feed>")
	case path == "/feed.json":
		w.Header().Set("Content-Type", "application/feed+json")
		type item struct {
			ID        string   `json:"id"`
			URL       string   `json:"url"`
			Title     string   `json:"title"`
			HTML      string   `json:"content_html"`
			Published string   `json:"date_published"`
			Tags      []string `json:"tags"`
		}
		feed := struct {
			Version  string `json:"version"`
			Title    string `json:"title"`
			Language string `json:"language"`
			Items    []item `json:"items"`
		}{Version: "https://jsonfeed.org/version/1.1", Title: "灯塔来信", Language: "zh-CN", Items: []item{}}
		for _, s := range n.newest("json") {
			feed.Items = append(feed.Items, item{fmt.Sprintf("json-%d", s.id), n.link(s), s.title, n.body(s), s.dated.Format(time.RFC3339), []string{s.about}})
		}
		json.NewEncoder(w).Encode(feed)
	case strings.HasPrefix(path, "/stories/"):
		id, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(path, "/stories/"), ".html"))
		if err != nil || id >= len(n.stories) {
			http.NotFound(w, r)
			return
		}
		s := &n.stories[id]
		fmt.Fprintf(w, "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>%s</title></head><body><nav><a href=\"/\">首页</a></nav><article><h1>%s</h1>\n%s</article></body></html>", s.title, s.title, n.body(s))
	default:
		http.NotFound(w, r)
	}
}

// picture is the host of pictures. Names say what is wrong with it.
func (n *editors) picture(w http.ResponseWriter, r *http.Request) {
	if n.closed.Load() {
		http.NotFound(w, r)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	kind, _, _ := strings.Cut(name, "-")
	switch kind {
	case "own": // for pages of their own
		if !strings.HasPrefix(r.Referer(), n.URL) {
			http.Error(w, "hotlink", http.StatusForbidden)
			return
		}
	case "gone":
		http.NotFound(w, r)
		return
	case "late":
		select {
		case <-r.Context().Done():
		case <-time.After(time.Minute):
		}
		return
	case "torn":
		b := picture(name)
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		w.Write(b[:len(b)/2])
		return
	}
	sendPicture(w, name)
}
