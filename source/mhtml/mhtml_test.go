package mhtml_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/mhtml"
	"github.com/leporello-press/leporello/source/sourcetest"
)

const pixels = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// message is a file as browsers save it.
func message(page string) string {
	return strings.ReplaceAll(`From: <Saved by a browser>
Snapshot-Content-Location: https://news.example.com/a/1.html
Subject: =?utf-8?Q?=E6=A0=87=E9=A2=98?=
Date: Thu, 5 Aug 2021 13:46:35 -0000
MIME-Version: 1.0
Content-Type: multipart/related;
	type="text/html";
	boundary="--=b"


----=b
`+page+`
----=b
Content-Type: image/png
Content-Transfer-Encoding: base64
Content-Location: https://news.example.com/p/1.png

`+pixels[:40]+"\n"+pixels[40:]+`
----=b
Content-Type: image/png
Content-ID: <two@x>
Content-Transfer-Encoding: base64

`+strings.Repeat("QUFB", 150)+`
----=b
Content-Type: text/css
Content-Location: https://news.example.com/p/1.css

a{}
----=b--
`, "\n", "\r\n")
}

func read(t testing.TB, in source.Input) (*article.Document, []article.Issue, error) {
	t.Helper()
	var issues []article.Issue
	for doc, err := range (mhtml.Reader{}).Read(in, func(i article.Issue) { issues = append(issues, i) }) {
		return doc, issues, err
	}
	t.Fatal("nothing was yielded")
	return nil, nil, nil
}

const htmlPart = `Content-Type: text/html
Content-Transfer-Encoding: quoted-printable
Content-Location: https://news.example.com/a/1.html

<!DOCTYPE html><html><head><meta charset=3D"utf-8"><title>=E6=A0=87=E9=A2=
=98</title></head><body><p>=E7=94=B2=E3=80=82<a href=3D"2.html">=E4=B9=99</a></p><p><img src=3D"/p/1.png" alt=3D"=E5=9B=BE">
<img srcset=3D"cid:two@x 2x, /p/9.png 1x"><img src=3D"/p/3.png"></p></body></html>`

func TestRead(t *testing.T) {
	in := source.Input{Name: "page.mhtml", Data: []byte(message(htmlPart))}
	if !(mhtml.Reader{}).Match(in) || !(mhtml.Reader{}).Match(source.Input{Name: "-", Data: in.Data}) {
		t.Error("not matched")
	}
	doc, _, err := read(t, in)
	if err != nil {
		t.Fatal(err)
	}
	if doc.Meta.Title != "标题" || !strings.HasPrefix(doc.Text(), "甲。乙\n") || doc.Meta.URL != "https://news.example.com/a/1.html" {
		t.Errorf("%q %q %q", doc.Meta.Title, doc.Text(), doc.Meta.URL)
	}
	var got []string
	for img := range doc.Images() {
		got = append(got, img.Src)
	}
	want := []string{"data:image/png;base64," + pixels, "data:image/png;base64," + strings.Repeat("QUFB", 150), "https://news.example.com/p/3.png"}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("pictures %q", got)
	}
}

// Files as browsers of all times save them.
func TestFiles(t *testing.T) {
	sourcetest.Stories(t, "testdata/*.txtar", mhtml.Reader{}, func(t testing.TB, files []txtar.File) source.Input {
		in := sourcetest.File(t, files)
		in.Data = bytes.ReplaceAll(in.Data, []byte("\n"), []byte("\r\n"))
		in.Files = nil
		return in
	})
}

func TestEncodingOfPart(t *testing.T) {
	body, err := simplifiedchinese.GBK.NewEncoder().String("<html><head><title>中文标题</title></head><body><p>互联网企业走向开放。</p></body></html>")
	if err != nil {
		t.Fatal(err)
	}
	part := "Content-Type: text/html; charset=\"gb2312\"\nContent-Transfer-Encoding: base64\nContent-Location: cid:x\n\n" + base64.StdEncoding.EncodeToString([]byte(body))
	doc, _, err := read(t, source.Input{Name: "a.mht", Data: []byte(message(part))})
	if err != nil || doc.Meta.Title != "中文标题" || doc.Text() != "互联网企业走向开放。\n" || doc.Meta.URL != "https://news.example.com/a/1.html" {
		t.Errorf("%v %v", doc, err)
	}
}

func TestBroken(t *testing.T) {
	whole := message(htmlPart)
	doc, issues, err := read(t, source.Input{Name: "a.mht", Data: []byte(whole[:strings.Index(whole, pixels[:20])+30])})
	if err != nil || len(issues) == 0 || issues[0].Code != "mhtml.broken" || doc.Meta.Title != "标题" {
		t.Errorf("cut: %v %v", issues, err)
	}
	if _, _, err := read(t, source.Input{Name: "a.mht", Data: []byte(message("Content-Type: text/plain\n\nx"))}); !errors.Is(err, mhtml.ErrNoPage) {
		t.Errorf("no page: %v", err)
	}
	for _, s := range []string{"", "x", "Content-Type: multipart/related; boundary=x\r\n\r\n--x\r\n", strings.Repeat("Content-Type: multipart/related; boundary=x\r\n\r\n--x\r\n", 50)} {
		if _, _, err := read(t, source.Input{Name: "a.mht", Data: []byte(s)}); err == nil {
			t.Errorf("%.20q is read", s)
		}
	}
}

// A picture that is shown often does not fill the memory.
func TestPictureShownOften(t *testing.T) {
	part := "Content-Type: text/html\nContent-Location: https://news.example.com/a\n\n<p>x" + strings.Repeat("<img src=/big>", 20_000) +
		"\n----=b\nContent-Type: image/png\nContent-Location: https://news.example.com/big\n\n" + strings.Repeat("x", 100_000)
	_, issues, err := read(t, source.Input{Name: "a.mht", Data: []byte(message(part))})
	found := false
	for _, i := range issues {
		found = found || i.Code == "mhtml.large"
	}
	if err != nil || !found {
		t.Error(err, len(issues))
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(message(htmlPart)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		for doc, err := range (mhtml.Reader{}).Read(source.Input{Name: "a.mht", Data: data}, func(article.Issue) {}) {
			if (doc == nil) == (err == nil) {
				t.Error(doc, err)
			}
		}
	})
}
