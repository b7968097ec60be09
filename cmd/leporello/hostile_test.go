//go:build linux

package main

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/leporello-press/leporello/internal/pdftest"
)

// chapters returns the XML of an EPUB, which must be XML, by name.
func (w *workbench) chapters(book string) map[string]string {
	w.Helper()
	z, err := zip.OpenReader(w.path(book))
	if err != nil {
		w.Fatal(err)
	}
	defer z.Close()
	files := map[string]string{}
	for _, f := range z.File {
		if !regexp.MustCompile(`\.(xhtml|opf|ncx|xml)$`).MatchString(f.Name) {
			continue
		}
		r, err := f.Open()
		if err != nil {
			w.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			w.Fatal(err)
		}
		for dec := xml.NewDecoder(bytes.NewReader(b)); ; {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				w.Errorf("%s: %v", f.Name, err)
				break
			}
		}
		files[f.Name] = string(b)
	}
	return files
}

// Texts in encodings that nothing declares come out as they were meant.
func TestFaultEncodings(t *testing.T) {
	w := newWorkbench(t)
	zh := "老码头的改造进入第二阶段，工程预计在年底之前完工。沿岸的旧仓库将改成图书馆和工坊，居民们希望保留那座钟楼。"
	hant := "老碼頭的改造進入第二階段，工程預計在年底之前完工。沿岸的舊倉庫將改成圖書館和工坊，居民們希望保留那座鐘樓。"
	ja := "古い港の改修は第二段階に入り、工事は年末までに終わる見込みです。倉庫は図書館と工房になり、時計台は残されます。"
	ko := "오래된 부두의 개조가 두 번째 단계에 들어갔으며 공사는 연말까지 끝날 예정입니다. 창고는 도서관과 공방이 됩니다."
	for i, c := range []struct {
		enc  encoding.Encoding
		text string
	}{
		{simplifiedchinese.GBK, zh}, {simplifiedchinese.GB18030, zh}, {traditionalchinese.Big5, hant},
		{japanese.ShiftJIS, ja}, {japanese.EUCJP, ja}, {korean.EUCKR, ko},
	} {
		body, err := c.enc.NewEncoder().String(fmt.Sprintf("<p>%s</p><p>%s</p>", c.text, c.text))
		if err != nil {
			t.Fatal(err)
		}
		w.write(fmt.Sprintf("%d.html", i), fmt.Sprintf("<title>t%d</title>", i)+body)
	}
	// What nobody may write in XML does not come through.
	w.write("9.html", "<title>t9</title><p>before \xff\xfe af\xed\xa0\x80ter \uFFFE&#0;&#x1F;&#xD800; end</p>")
	code, stderr, rep := w.build(".")
	if code != exitOK || rep.Articles.Used != 7 {
		t.Errorf("exit code %d, %+v\n%s", code, rep.Articles, stderr)
	}
	all := ""
	for _, text := range w.chapters("book.epub") {
		all += text
	}
	for text, n := range map[string]int{zh: 4, hant: 2, ja: 4, ko: 2} {
		if got := strings.Count(all, "<p>"+text+"</p>"); got != n {
			t.Errorf("%.20s… stands there %d times, want %d", text, got, n)
		}
	}
}

// What articles say runs nowhere, and leads nowhere it should not.
func TestFaultHostileTexts(t *testing.T) {
	w := newWorkbench(t)
	canary := serveAt(t, "127.0.0.2", func(rw http.ResponseWriter, r *http.Request) { io.WriteString(rw, "<!ENTITY x 'canary'>") })
	title := `]]> <b>"Title" & 'more'` + "\u202e" + strings.Repeat("长", 3000)
	w.write("a.html", "---\ntitle: '"+strings.ReplaceAll(title, "'", "''")+"'\nauthor: \"a <&> ]]> b\"\n---\n"+`
<p id="x" onclick="canary()">First.</p><script>canary()</script><a href="javascript:canary()">one</a><a href="JaVa	ScRiPt:canary()">two</a>
<a href="&#106;avascript:canary()">three</a><a href="data:text/html,canary">four</a><a href="vbscript:canary">five</a><a href="//127.0.0.2/ok">six</a>
<form action="javascript:canary()"><button formaction="javascript:canary()">Go</button></form><meta http-equiv="refresh" content="0;url=javascript:canary()">
<svg><script>canary()</script><a xlink:href="javascript:canary()"><text>seven</text></a></svg><math><mtext><img src=x onerror=canary()></mtext></math>
<noscript><p title="</noscript><img src=x onerror=canary()>">eight</p></noscript><p><a href="#x">link</a></p>`)
	w.write("b.html", `<title>b</title><p id="x">Second.</p><p><a href="#x">link</a></p>`) // the same id
	w.write("c.html", "---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n---\n<p>Third.</p>")
	w.write("d.html", "---js\n{ title: (() => { throw 'canary' })() }\n---\n<p>Fourth.</p>")
	w.write("e.xml", `<?xml version="1.0"?><!DOCTYPE rss SYSTEM "`+canary.URL+`/x.dtd" [<!ENTITY % p SYSTEM "`+canary.URL+`/p"> %p; <!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;&a;">]>
<rss version="2.0"><channel><title>Feed</title><item><title>Fifth</title><description>Text &lt;b&gt;of it&lt;/b&gt;.</description></item></channel></rss>`)
	code, stderr, rep := w.build("a.html", "b.html", "c.html", "d.html", "e.xml", "-o", "book.pdf", "--allow-network", "127.0.0.2")
	// What is a bomb fails for itself alone; the feed may.
	if code != exitOK || rep.Articles.Used < 3 || rep.Articles.Seen != 5 {
		t.Errorf("exit code %d, %+v\n%s", code, rep.Articles, stderr)
	}
	if n := canary.accepted.Load(); n != 0 {
		t.Errorf("%d connections for entities", n)
	}
	active := regexp.MustCompile(`(?i)<script|<iframe|<form|\son[a-z]+=|="\s*(javascript|vbscript|data:text)|root:x:`)
	ids := regexp.MustCompile(` id="([^"]*)"`)
	for name, text := range w.chapters("book.epub") {
		if s := active.FindString(text); s != "" {
			t.Errorf("%s: %s", name, s)
		}
		seen := map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(text, -1) {
			if seen[m[1]] {
				t.Errorf("%s: two are called %s", name, m[1])
			}
			seen[m[1]] = true
		}
	}
	for _, object := range pdftest.Must(t, []byte(w.read("book.pdf"))).Objects {
		if d, ok := object.(pdftest.Dict); ok && (d["JS"] != nil || d["AA"] != nil || d["S"] == pdftest.Name("JavaScript") || d["S"] == pdftest.Name("Launch") || d["S"] == pdftest.Name("SubmitForm")) {
			t.Errorf("the PDF acts: %v", d)
		}
	}
}
