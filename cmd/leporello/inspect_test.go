package main

import (
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/html"
	"github.com/leporello-press/leporello/source/sourcetest"
)

// How the encoding was found is said in every case.
func TestEncodingOf(t *testing.T) {
	gbk := func(s string) string {
		b, err := simplifiedchinese.GBK.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	text := "<p>互联网企业走向开放是未来的必经之路，对于用户来说也是一件好事。"
	for _, tt := range []struct{ name, data, media, want string }{
		{"UTF-8", text, "", "utf-8 (valid)"},
		{"UTF-8 declared as GBK", "<meta charset=gbk>" + text, "", "utf-8 (declared as gb18030, but it is valid UTF-8)"},
		{"declared by the page", gbk("<meta charset=gb2312>" + text), "", "gb18030 (declared by the page)"},
		{"declared by the server", gbk(text), "text/html; charset=gbk", "gb18030 (declared by the server)"},
		{"declared by nobody", gbk(text), "", "gb18030 (no encoding is declared; it looks like gb18030)"},
		{"declared wrong", gbk("<meta charset=utf-8>" + text), "", "gb18030 (declared by the page as utf-8, which it is not; it looks like gb18030)"},
		{"UTF-16", "\xff\xfe<\x00p\x00>\x00\x87\x65", "", "utf-16le (by its byte order mark)"},
	} {
		_, issues := sourcetest.One(t, html.Reader{}, source.Input{Name: "a.html", Type: tt.media, Data: []byte(tt.data)})
		if got := encodingOf(issues).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := languageOf(&article.Meta{Lang: "ja"}, nil).String(); got != "ja (declared)" {
		t.Error(got)
	}
}
