package html_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/html"
	"github.com/leporello-press/leporello/source/sourcetest"
)

// Every number in the pages of this test is that of the line it stands in.
func TestPlaces(t *testing.T) {
	pages := map[string]string{
		"front matter": "\n---\ntitle: x\ntags:\n- a\n---\n\n<div>\n9<br>\n<p>10</p><p\n class=y\n>10</p>\n<!-- a\ncomment --><p>14</p></div>",
		"page": "<!DOCTYPE html>\n<html\n lang=en><head>\n<title>x</title>\n<script>\nvar x = 1\n</script></head>\n<body>\n<p>9\n<p>10\n" +
			"<ul>\n<li>12\n<li><p>13</p>\n<ul><li>14</ul></ul><table>\n<tr><td>15\n<td>16</table>\n<blockquote><h2>17</h2>\n18</blockquote>" +
			"<pre>\nx</pre>19\n<dl><dt>20\n<dd>21</dl>\n<img src=a.jpg><figure>\n<img src=b.jpg><figcaption>x</figcaption></figure>\n24\n<hr>\n26",
		"breaks": "1<br>\n2<br><br>\n\n4<br>\n<br>\n\n7",
		"loose":  "\n\n\n4<b>\nx</b><p>5<span>\n<p>6</span>\n7",
		"plain":  "1\n\n3\nx\n\n6\n",
	}
	for name, page := range pages {
		for _, end := range []string{"\n", "\r\n", "\r"} {
			doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "p.html", Data: []byte(strings.ReplaceAll(page, "\n", end))})
			checked := sourcetest.Places(t, fmt.Sprintf("%s with %q", name, end), doc)
			if checked < 2 {
				t.Errorf("%s with %q: only %d places: %s", name, end, checked, doc.Dump())
			}
		}
	}
}

func TestColumns(t *testing.T) {
	doc, issues := sourcetest.One(t, html.Reader{}, source.Input{Name: "p.html", Data: []byte("<p>中文</p>\n  <h2>题</h2><img src=a.jpg><img src='javascript:x'>")})
	want := []article.Pos{{Line: 1, Column: 1}, {Line: 2, Column: 3}, {Line: 2, Column: 13}}
	for i, b := range doc.Blocks {
		if b.Position() != want[i] {
			t.Errorf("%T at %v, want %v", b, b.Position(), want[i])
		}
	}
	for _, i := range issues {
		if i.Code == "image.noaddress" && i.Pos != (article.Pos{Line: 2, Column: 28}) {
			t.Errorf("issue at %v", i.Pos)
		}
		if i.Article != "p.html" {
			t.Errorf("issue without its article: %v", i)
		}
	}
}

func ExampleReader() {
	in := source.Input{Name: "note.html", Data: []byte("---\ntitle: 便条\n---\n　　下午三点，<b>老地方</b>见。")}
	for doc, err := range (html.Reader{}).Read(in, func(i article.Issue) { fmt.Println(i) }) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Print(doc.Meta.Title, ": ", doc.Text())
	}
	// Output:
	// note.html: lang.guessed: no language is declared; the text is short or mixed and looks like zh-Hans; taken
	// 便条: 下午三点，老地方见。
}
