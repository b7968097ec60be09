package feed_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/feed"
	"github.com/leporello-press/leporello/source/sourcetest"
)

// read reads a feed whose dates without a zone are of Beijing.
func read(t testing.TB, in source.Input) ([]*article.Document, []article.Issue, error) {
	t.Helper()
	r := feed.Reader{Options: source.Options{Zone: time.FixedZone("", 8*3600)}}
	if !r.Match(in) {
		t.Errorf("%s is not matched", in.Name)
	}
	return sourcetest.All(r, in)
}

const rss = `<?xml version="1.0" encoding="utf-8"?>
<?xml-stylesheet type="text/xsl" href="x.xsl"?>
<!-- a comment with <item> in it -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel>
<title>河湾新闻</title><link>https://news.example.com/</link><language>en-us</language>
<item>
 <title>甲 &amp;amp; 乙</title>
 <link>/a/1.html</link>
 <guid isPermaLink="false">n-1</guid>
 <pubDate>Thu, 05 Aug 2021 13:46:35 GMT</pubDate>
 <dc:creator>张三</dc:creator>
 <category>新媒体</category><category>科技</category>
 <description>一句话的摘要。</description>
 <content:encoded><![CDATA[<p>第一段，说的是互联网企业走向开放的事，还有别的许多事情。</p>
<p>第二段<img src="../p/1.jpg"></p>]]></content:encoded>
</item>
<item>
 <title>丙</title>
 <link>https://news.example.com/a/2.html</link>
 <pubDate>2021-08-06 10:00:00</pubDate>
 <description>&lt;p&gt;只有摘要。&lt;/p&gt;
&lt;iframe src="https://video.example.com/1"&gt;&lt;/iframe&gt;</description>
 <enclosure url="https://news.example.com/1.mp3" type="audio/mpeg" length="1"/>
 <enclosure url="https://news.example.com/1.pdf" type="application/pdf" length="1"/>
 <media:thumbnail url="https://news.example.com/t.jpg"/>
</item>
</channel></rss>`

func TestRSS(t *testing.T) {
	docs, issues, err := read(t, source.Input{Name: "feed.xml", Data: []byte(rss)})
	if err != nil || len(docs) != 2 {
		t.Fatal(len(docs), err)
	}
	m := docs[0].Meta
	want := article.Meta{ID: "n-1", Title: "甲 & 乙", Authors: []string{"张三"}, Lang: "zh-Hans", Published: time.Date(2021, 8, 5, 13, 46, 35, 0, time.UTC),
		URL: "https://news.example.com/a/1.html", Tags: []string{"新媒体", "科技"}, Summary: "一句话的摘要。", Publisher: "河湾新闻"}
	m.Lang = "zh-Hans" // short texts are not asked
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got  %+v\nwant %+v", m, want)
	}
	if got := docs[0].Text(); got != "第一段，说的是互联网企业走向开放的事，还有别的许多事情。\n第二段\n" {
		t.Errorf("%q", got)
	}
	var lines []int
	for _, b := range docs[0].Blocks {
		lines = append(lines, b.Position().Line)
	}
	if lines[0] != 15 || lines[1] != 16 {
		t.Errorf("lines %v", lines)
	}
	for img := range docs[0].Images() {
		if img.Src != "https://news.example.com/p/1.jpg" {
			t.Errorf("picture %s", img.Src)
		}
	}
	d := docs[1]
	if !d.Meta.Published.Equal(time.Date(2021, 8, 6, 2, 0, 0, 0, time.UTC)) || d.Meta.Lead == nil || d.Meta.Lead.Src != "https://news.example.com/t.jpg" {
		t.Errorf("%+v", d.Meta)
	}
	if e, ok := d.Blocks[len(d.Blocks)-1].(*article.Embed); !ok || e.Kind != article.Audio || e.Src != "https://news.example.com/1.mp3" {
		t.Errorf("%#v", d.Blocks)
	}
	if i, ok := sourcetest.Find(issues, "feed.summary"); !ok || i.Pos.Line != 18 {
		t.Errorf("summary: %v", issues)
	}
	if i, ok := sourcetest.Find(issues, "feed.enclosure"); !ok || !strings.HasSuffix(i.URL, "1.pdf") {
		t.Errorf("enclosure: %v", issues)
	}
}

func TestEncodings(t *testing.T) {
	text := strings.Replace(rss, "utf-8", "gb2312", 1)
	b, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	utf16 := []byte{0xff, 0xfe}
	for _, r := range text {
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	for name, data := range map[string][]byte{
		"gb2312": []byte(b), "utf-16": utf16, "declared wrong": []byte(text), "bom": []byte("\ufeff" + rss), "leading lines": []byte("\n\n" + rss), "carriage returns": []byte(strings.ReplaceAll(rss, "\n", "\r\n")),
		"controls": []byte(strings.ReplaceAll(rss, "第一段", "\x01第\x0b一段")),
	} {
		docs, _, err := read(t, source.Input{Name: name + ".xml", Data: data})
		if err != nil || len(docs) != 2 || docs[0].Meta.Publisher != "河湾新闻" || !strings.Contains(strings.ReplaceAll(docs[0].Text(), " ", ""), "第一段，说的是互联网") {
			t.Errorf("%s: %d %v", name, len(docs), err)
		}
	}
	docs, _, _ := read(t, source.Input{Name: "x.xml", Data: []byte("\n\n" + rss)})
	if line := docs[0].Blocks[0].Position().Line; line != 17 {
		t.Errorf("line %d after empty lines", line)
	}
}

func TestFormats(t *testing.T) {
	tests := []struct{ name, data, title, id, url, author, published, text string }{
		{"RSS 1.0", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>駅</title><link>https://e.example/</link></channel>
<item rdf:about="https://e.example/1"><title>題</title><link>https://e.example/1</link><description>本文です。</description><dc:date>2021-08-05T13:46:00+09:00</dc:date><dc:creator>山田</dc:creator></item></rdf:RDF>`,
			"題", "", "https://e.example/1", "山田", "2021-08-05T13:46:00+09:00", "本文です。\n"},
		{"Atom html", `<feed xmlns="http://www.w3.org/2005/Atom"><title>站</title><link href="https://e.example/"/><entry><title type="html">&lt;b&gt;题&lt;/b&gt;目</title><id>tag:e.example,2021:1</id><link rel="alternate" href="https://e.example/1"/><published>2021-08-05T13:46:00Z</published><updated>2021-08-06T00:00:00Z</updated><author><name>李四</name></author>
<content type="html">&lt;p&gt;甲&lt;/p&gt;&lt;p&gt;乙&lt;/p&gt;</content></entry></feed>`, "题目", "tag:e.example,2021:1", "https://e.example/1", "李四", "2021-08-05T13:46:00Z", "甲\n乙\n"},
		{"Atom xhtml", `<feed xmlns="http://www.w3.org/2005/Atom"><title>站</title><entry><title>题</title><id>https://e.example/1</id><updated>2021-08-06T00:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>甲<em>乙</em></p><ul><li>丙</li></ul></div></content></entry></feed>`, "题", "https://e.example/1", "https://e.example/1", "", "2021-08-06T00:00:00Z", "甲乙\n丙\n"},
		{"JSON Feed", `{"version": "https://jsonfeed.org/version/1.1", "title": "站", "items": [
 {"id": "1", "title": "题", "url": "https://e.example/1", "content_html": "<p>甲</p>", "date_published": "2021-08-05T13:46:00Z", "authors": [{"name": "王五"}], "tags": ["x"]}]}`, "题", "1", "https://e.example/1", "王五", "2021-08-05T13:46:00Z", "甲\n"},
		{"plain text", `<rss version="2.0"><channel><title>x</title><item><title>题</title><description>甲行
续行

乙行</description></item></channel></rss>`, "题", "", "", "", "", "甲行续行\n乙行\n"},
		{"longer description", `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>x</title><item><title>题</title><description>&lt;p&gt;全文在这里，比另一处长得多，所以取它。&lt;/p&gt;</description><content:encoded>短</content:encoded></item></channel></rss>`, "题", "", "", "", "", "全文在这里，比另一处长得多，所以取它。\n"},
		{"entities of HTML", `<rss version="2.0"><channel><title>x</title><item><title>题&nbsp;目</title><description>甲&mdash;乙 & 丙</description></item></channel></rss>`, "题 目", "", "", "", "", "甲—乙 & 丙\n"},
	}
	for _, tt := range tests {
		docs, _, err := read(t, source.Input{Name: "a.xml", Data: []byte(tt.data)})
		if err != nil || len(docs) != 1 {
			t.Errorf("%s: %d %v", tt.name, len(docs), err)
			continue
		}
		m := docs[0].Meta
		published := ""
		if !m.Published.IsZero() {
			published = m.Published.Format(time.RFC3339)
		}
		if m.Title != tt.title || m.ID != tt.id || m.URL != tt.url || strings.Join(m.Authors, ",") != tt.author || published != tt.published || docs[0].Text() != tt.text {
			t.Errorf("%s: %q %q %q %q %q %q", tt.name, m.Title, m.ID, m.URL, m.Authors, published, docs[0].Text())
		}
	}
}

func TestPlacesOfJSON(t *testing.T) {
	docs, _, err := read(t, source.Input{Name: "a.json", Data: []byte("{\"version\": \"https://jsonfeed.org/version/1\",\n\"items\": [\n{\"id\": \"1\",\n\"content_html\": \"<p>甲\\n</p>\\n<p>乙\"},\n{\"id\": \"2\", \"content_text\": \"丙\"}]}")})
	if err != nil || len(docs) != 2 {
		t.Fatal(docs, err)
	}
	if a, b := docs[0].Blocks[1].Position().Line, docs[1].Blocks[0].Position().Line; a != 3 || b != 5 {
		t.Error(a, b)
	}
}

func TestBroken(t *testing.T) {
	docs, issues, err := read(t, source.Input{Name: "a.xml", Data: []byte(rss[:strings.Index(rss, "<title>丙")])})
	if i, ok := sourcetest.Find(issues, "feed.broken"); !ok || i.Severity != article.Loss || err != nil || len(docs) != 1 || docs[0].Meta.ID != "n-1" {
		t.Errorf("%v %v %v", docs, issues, err)
	}
	for _, s := range []string{"<rss>", "<rss><channel><item>", "<feed xmlns='http://www.w3.org/2005/Atom'><entry>", `{"version": "https://jsonfeed.org/version/1", "items": [`} {
		if docs, _, err := read(t, source.Input{Name: "a.xml", Data: []byte(s)}); len(docs) > 0 || err != nil && !errors.Is(err, feed.ErrNoFeed) {
			t.Errorf("%q: %v %v", s, docs, err)
		}
	}
	for _, in := range []source.Input{{Name: "a.xml", Data: []byte("<urlset><url>")}, {Name: "package.json", Data: []byte(`{"version": "1.0"}`)}, {Name: "a.html", Data: []byte(rss)}, {Name: "-", Data: []byte("<p>x")}, {Name: "x", Type: "image/png"}} {
		if (feed.Reader{}).Match(in) {
			t.Errorf("%s is matched", in.Name)
		}
	}
}

func TestLargeFeed(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel><title>x</title>`)
	for i := 0; b.Len() < 5<<20; i++ {
		fmt.Fprintf(&b, "<item><title>题%d</title><description><![CDATA[<p>%s</p>]]></description></item>\n", i, strings.Repeat("文字，", 300))
	}
	b.WriteString("</channel></rss>")
	start := time.Now()
	docs, _, err := read(t, source.Input{Name: "a.xml", Data: []byte(b.String())})
	if err != nil || len(docs) < 1000 {
		t.Fatal(len(docs), err)
	}
	if d := time.Since(start); d > 60*time.Second {
		t.Error(d)
	}
	if line := docs[999].Blocks[0].Position().Line; line != 1000 {
		t.Error(line)
	}
}

// The parser copies the name spaces of an element for all that is in it.
func TestManyNameSpaces(t *testing.T) {
	var nested, side strings.Builder
	for i := range 16_000 {
		fmt.Fprintf(&nested, "<channel xmlns:a%d='b'>", i)
		fmt.Fprintf(&side, "<item><title>甲</title><br><br><br><description xmlns:a%d='b'>乙<p>丙</description></item>", i)
	}
	if _, _, err := read(t, source.Input{Name: "a.xml", Data: []byte("<rss>" + nested.String())}); !errors.Is(err, feed.ErrNoFeed) {
		t.Errorf("nested: %v", err)
	}
	if docs, _, err := read(t, source.Input{Name: "a.xml", Data: []byte("<rss><channel>" + side.String()[:strings.Index(side.String(), "a400=")-20] + "</channel></rss>")}); err != nil && strings.Contains(err.Error(), "name spaces") {
		t.Errorf("side by side: %d, %v", len(docs), err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(rss)
	f.Add(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title><content type="xhtml"><div>b</div></content></entry></feed>`)
	f.Add(`{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "content_text": "x"}]}`)
	f.Fuzz(func(t *testing.T, data string) {
		if len(data) > 1<<14 {
			return
		}
		for doc, err := range (feed.Reader{}).Read(source.Input{Name: "a.xml", Data: []byte(data)}, func(article.Issue) {}) {
			if (doc == nil) == (err == nil) {
				t.Error(doc, err)
			}
		}
	})
}
