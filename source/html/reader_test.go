package html_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/charset"
	"github.com/leporello-press/leporello/source/frontmatter"
	"github.com/leporello-press/leporello/source/html"
	"github.com/leporello-press/leporello/source/sourcetest"
)

func TestTitle(t *testing.T) {
	tests := []struct{ name, page, title, text string }{
		{"front matter", "---\ntitle: 甲\n---\n<p>文", "甲", "文"},
		{"repeated by a heading", "---\ntitle: 甲 乙\n---\n<h1>甲乙</h1><p>文", "甲 乙", "文"},
		{"repeated below a picture", "---\ntitle: 甲\n---\n<img src=a.jpg><h1>甲</h1><p>文", "甲", "文"},
		{"another heading", "---\ntitle: 甲\n---\n<h1>乙</h1><p>文", "甲", "乙\n文"},
		{"window", "<title>甲 - 站</title><h1>甲</h1><p>文", "甲", "文"},
		{"heading alone", "<h1>甲</h1><p>文", "甲", "文"},
		{"heading after text", "<p>先</p><h1>甲</h1><p>文", "", "先\n甲\n文"},
		{"two headings", "<h1>甲</h1><p>文</p><h1>乙</h1>", "", "甲\n文\n乙"},
		{"social", "<title>站</title><meta property='og:title' content='甲'><h1>甲</h1>文", "甲", "文"},
	}
	for _, tt := range tests {
		doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "a.html", Data: []byte(tt.page)})
		if doc.Meta.Title != tt.title || strings.TrimSpace(doc.Text()) != tt.text {
			t.Errorf("%s: %q, %q", tt.name, doc.Meta.Title, doc.Text())
		}
	}
}

func TestLanguage(t *testing.T) {
	english := "<p>" + strings.Repeat("The road to openness is one that every company has to take in the end. ", 20)
	chinese := "<p>" + strings.Repeat("互联网企业走向开放是未来的必经之路，对于用户来说也是一件好事。", 20)
	tests := []struct{ name, page, given, want, issue string }{
		{"front matter", "---\nlang: zh_TW\n---\n" + chinese, "ja", "zh-TW", ""},
		{"page", "<html lang=zh_CN>" + chinese, "ja", "zh-CN", ""},
		{"given", chinese, "ja", "ja", "lang.given"},
		{"few words", "<p>山水之中", "", "zh-Hans", "lang.guessed"},
		{"guessed", chinese, "", "zh-Hans", "lang.guessed"},
		{"English", english, "", "en", "lang.guessed"},
		{"script of zh", "<html lang=zh>" + chinese, "", "zh-Hans", ""},
		{"template in English", "<html lang=en>" + chinese, "", "zh-Hans", "lang.contradicted"},
		{"front matter is believed", "---\nlang: en\n---\n" + chinese, "", "en", ""},
		{"too short to contradict", "<html lang=en><p>开放的路", "", "en", ""},
		{"unknown", "<p>123", "", "", "lang.unknown"},
	}
	for _, tt := range tests {
		doc, issues := sourcetest.One(t, html.Reader{Options: source.Options{Lang: tt.given}}, source.Input{Name: "a.html", Data: []byte(tt.page)})
		found := ""
		for _, i := range issues {
			if strings.HasPrefix(i.Code, "lang.") {
				found = i.Code
			}
		}
		if doc.Meta.Lang != tt.want || found != tt.issue {
			t.Errorf("%s: %q, %q", tt.name, doc.Meta.Lang, found)
		}
	}
}

// What a person says of all articles counts, whatever they say.
func TestArticleLang(t *testing.T) {
	for _, page := range []string{"---\nlang: en\n---\n<p>文", "<html lang=ko><p>文", "<p>文"} {
		doc, issues := sourcetest.One(t, html.Reader{Options: source.Options{ArticleLang: "zh-Hant", Lang: "ja"}}, source.Input{Name: "a.html", Data: []byte(page)})
		if _, ok := sourcetest.Find(issues, "lang.given"); doc.Meta.Lang != "zh-Hant" || !ok {
			t.Errorf("%s: %q %v", page, doc.Meta.Lang, issues)
		}
	}
}

func TestDateOfName(t *testing.T) {
	zone := time.FixedZone("Asia/Shanghai", 8*3600)
	r := html.Reader{Options: source.Options{Zone: zone}}
	doc, issues := sourcetest.One(t, r, source.Input{Name: "posts/2021-08-05-a.html", Path: "2021-08-05-a.html", Data: []byte("文")})
	if want := time.Date(2021, 8, 5, 0, 0, 0, 0, time.FixedZone("", 8*3600)); !reflect.DeepEqual(doc.Meta.Published, want) {
		t.Errorf("published %v", doc.Meta.Published)
	}
	if _, ok := sourcetest.Find(issues, "date.name"); !ok {
		t.Error("not reported")
	}
	doc, _ = sourcetest.One(t, r, source.Input{Name: "x", Path: "2021-08-05-a.html", Data: []byte("---\ndate: 2020-01-02\n---\n文")})
	if doc.Meta.Published.Year() != 2020 {
		t.Errorf("published %v", doc.Meta.Published)
	}
	for _, name := range []string{"", "2021-13-05-a.html", "20210805.html", "a.html"} {
		if doc, _ := sourcetest.One(t, r, source.Input{Name: "x", Path: name, Data: []byte("文")}); !doc.Meta.Published.IsZero() {
			t.Errorf("%s: published %v", name, doc.Meta.Published)
		}
	}
}

func TestPlainText(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"gaps", "一行\n二行\n\n三 & <3\n", "一行二行\n三 & <3\n"},
		{"each line", "　　一。\n　　二。\n　　三。\n　　四。\n五。", "一。\n二。\n三。\n四。\n五。\n"},
		{"with front matter", "---\ntitle: x\n---\n\n一\n\n二", "一\n二\n"},
	}
	for _, tt := range tests {
		doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "a.txt", Data: []byte(tt.text)})
		if doc.Text() != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, doc.Text(), tt.want)
		}
	}
}

func TestEncodings(t *testing.T) {
	page := "---\ntitle: 开放是必经之路\n---\n<p>从用户的角度，我们希望企业能走向开放。</p>"
	data, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(page))
	if err != nil {
		t.Fatal(err)
	}
	doc, issues := sourcetest.One(t, html.Reader{}, source.Input{Name: "a.txt", Data: data})
	if doc.Meta.Title != "开放是必经之路" || doc.Text() != "从用户的角度，我们希望企业能走向开放。\n" {
		t.Errorf("%q %q", doc.Meta.Title, doc.Text())
	}
	if _, ok := sourcetest.Find(issues, "charset.guessed"); !ok {
		t.Errorf("the guess is not reported: %v", issues)
	}
	if _, issues := sourcetest.One(t, html.Reader{}, source.Input{Name: "https://x.org/", Type: "text/html; charset=gbk", Data: data}); issues[0].Code != "charset.known" {
		t.Errorf("declared, and reported: %v", issues)
	}
}

// What cannot be read is an error of the document, with its name; never a panic.
func TestErrors(t *testing.T) {
	tests := []struct {
		name, data string
		want       error
	}{
		{"picture", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", charset.ErrNotText},
		{"front matter", "---\nx: " + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "\n---\n", frontmatter.ErrLimit},
	}
	for _, tt := range tests {
		n := 0
		for doc, err := range (html.Reader{}).Read(source.Input{Name: tt.name + ".html", Data: []byte(tt.data)}, func(article.Issue) {}) {
			n++
			if doc != nil || !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.name+".html") {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if n != 1 {
			t.Errorf("%s: yielded %d times", tt.name, n)
		}
	}
}
