package mhtml

import (
	"encoding/base64"
	"iter"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/sourcetest"
)

// Nothing of a page within a message is lost.
func FuzzPage(f *testing.F) {
	for _, p := range []string{"<p>甲</p><img src='cid:a'>乙", "<title>x</title><nav><a>a</a></nav><p>甲<div class=comment>乙</div>", "<img src=https://x.org/p srcset='cid:a 2x'>甲<table><tr><td>乙</table>", "<p style='background:url(cid:a)'>甲<svg><text>乙</text></svg>"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, page string) {
		if len(page) > 1<<13 || !utf8.ValidString(page) || strings.ContainsAny(page, "\x00\x1b") || strings.HasPrefix(page, "\ufeff") || strings.Contains(page, "charset") {
			return // what other rooms decide
		}
		want, err := sourcetest.Visible(page)
		if err != nil {
			return
		}
		message := "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\nContent-Location: https://x.org/\r\n\r\n" +
			base64.StdEncoding.EncodeToString([]byte(page)) + "\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <a>\r\nContent-Location: https://x.org/p\r\n\r\nx\r\n--b--\r\n"
		m := sourcetest.Lost(t, want, sourcetest.Printed, func(left func(string), report func(article.Issue)) iter.Seq2[*article.Document, error] {
			return Reader{left: left}.Read(source.Input{Name: "a.mht", Data: []byte(message)}, report)
		})
		if m != "" {
			t.Errorf("%q is lost", m)
		}
	})
}
