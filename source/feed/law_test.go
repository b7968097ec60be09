package feed

import (
	"encoding/json"
	"encoding/xml"
	"iter"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/sourcetest"
)

// wrappings put the text of an article into a feed, each in another way.
var wrappings = []func(page string) string{
	func(page string) string {
		return "<rss version='2.0'><channel><title>x</title><item><description><![CDATA[" + page + "]]></description></item></channel></rss>"
	},
	func(page string) string {
		return "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><item><description>x</description><content:encoded>" + escape(page) + "</content:encoded></item></channel></rss>"
	},
	func(page string) string {
		return "<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='html'>" + escape(page) + "</content></entry></feed>"
	},
	func(page string) string {
		b, err := json.Marshal(map[string]any{"version": "https://jsonfeed.org/version/1.1", "items": []any{map[string]string{"id": "1", "content_html": page}}})
		if err != nil {
			panic(err) // a string has a JSON form
		}
		return string(b)
	},
}

func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err) // nothing fails in memory
	}
	return b.String()
}

// lost returns what of a page that is an entry of a feed is neither in the tree nor
// named as left out.
func lost(t testing.TB, wrapping func(string) string, page string) string {
	t.Helper()
	want, err := sourcetest.Visible(page)
	if err != nil {
		t.Skip("deeper than the parser of the test goes")
	}
	return sourcetest.Lost(t, want, sourcetest.Printed, func(left func(string), report func(article.Issue)) iter.Seq2[*article.Document, error] {
		return Reader{left: left}.Read(source.Input{Name: "a.xml", Data: []byte(wrapping(page))}, report)
	})
}

var pieces = []string{
	"<p>甲</p>乙<br>丙", "<div>甲<script>x</script><p hidden>乙</p></div>", "<h1>甲</h1><p>乙<sup><a href=#n>1</a></sup><p id=n>1. 丙", "<table><tr><td>甲<td>乙</table><pre>丙</pre>",
	"<p>甲 &amp; 乙 &lt;丙&gt; &#x20BB7;</p>", "甲<p>乙</p>丙<iframe src='https://v.example/'></iframe>", "<ruby>甲<rt>乙</ruby><math><mi>丙</mi></math><svg><text>丁</text></svg>", "<p>甲\n乙</p>\n\n<p>丙",
}

func TestNothingIsLost(t *testing.T) {
	for _, p := range pieces {
		for i, w := range wrappings {
			if m := lost(t, w, p); m != "" {
				t.Errorf("%d: %s: %q is lost", i, p, m)
			}
		}
	}
}

func FuzzEntry(f *testing.F) {
	for _, p := range pieces {
		f.Add(p, uint8(len(p)))
	}
	f.Fuzz(func(t *testing.T, page string, way uint8) {
		switch {
		case len(page) > 1<<13 || !utf8.ValidString(page) || strings.ContainsFunc(page, sourcetest.Invisible) && !strings.Contains(page, "\n") || strings.ContainsAny(page, "\x00\x1b\r"):
			return // what other rooms decide
		case strings.Contains(page, "]]>") || strings.Contains(page, "generator") || !strings.Contains(page, "<p"):
			return // plain text has its own rules
		}
		if m := lost(t, wrappings[int(way)%len(wrappings)], "<p>始</p>"+page); m != "" {
			t.Errorf("%q is lost", m)
		}
	})
}
