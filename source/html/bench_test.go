package html

import (
	"fmt"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
)

// BenchmarkHostile shows what pages cost that are made to cost much. On one core of
// 2020: the article of 5 MB under two seconds, all others under one.
func BenchmarkHostile(b *testing.B) {
	whole := "<!DOCTYPE html><html><head><title>x</title></head><body><nav><a href=/>a</a></nav>"
	for _, page := range []struct{ name, text string }{
		{"article of 5 MB", long(5 << 20)},
		{"600 levels", strings.Repeat("<div>甲", 600) + "乙" + strings.Repeat("</div>", 600)},
		{"600 spans in 600 paragraphs", strings.Repeat("<p>"+strings.Repeat("<span>甲", 600)+strings.Repeat("</span>", 600), 60)},
		{"100,000 attributes of one name", "<p" + strings.Repeat(" a=b", 100_000) + ">甲"},
		{"100,000 attributes", "<p" + numbered(" a%d=b", 100_000) + ">甲"},
		{"2 MB of comments", strings.Repeat("<!-- 注释 -->甲", 2<<20/20)},
		{"one comment of 2 MB", "<!--" + strings.Repeat("--!-", 2<<20/4) + "-->甲"},
		{"misnested", strings.Repeat("<b><p>甲", 20_000)},
		{"fonts", fonts(600)},
		{"unclosed links", strings.Repeat("<a href=x>甲<p>", 5_000)},
		{"breaks", strings.Repeat("甲<br>", 100_000)},
		{"empty paragraphs", strings.Repeat("<p></p>", 300_000) + "甲"},
		{"ids", numbered("<p id=p%d>甲<a href=#p%[1]d>x</a>", 30_000)},
		{"marks of one note", strings.Repeat("<sup><a href=#n>1</a></sup>", 50_000) + "<p id=n>甲"},
		{"notes", manyNotes(5000)},
		{"notes of notes", numbered("<p id=n%d>甲<sup><a href=#n%[1]d0>1</a></sup>", 5_000)},
		{"ruby", "<p>" + strings.Repeat("<ruby>甲<rt>乙</ruby>", 50_000)},
		{"one ruby", "<ruby>" + strings.Repeat("甲<rt>乙", 100_000) + "</ruby>"},
		{"table of 200,000 cells", "<table>" + strings.Repeat("<tr>"+strings.Repeat("<td>甲", 100), 2_000)},
		{"spans over 1,000 columns", "<table>" + strings.Repeat("<tr>"+strings.Repeat("<td colspan=1000 rowspan=65534>甲", 20), 500)},
		{"tables in tables", strings.Repeat("<table><tr><td>甲", 200)},
		{"text in a table", "<table>" + strings.Repeat("甲<tr>", 50_000)},
		{"math", "<math>" + strings.Repeat("<msqrt>", 400) + strings.Repeat("<mi>x</mi>", 50_000)},
		{"fractions in fractions", "<math>" + strings.Repeat("<mfrac><mrow><mi>a</mi><mi>b</mi></mrow>", 200)},
		{"drawings that use each other", "<svg>" + numbered("<g id=g%d><use href=#g%[1]d0 /></g>", 5_000) + "<text>甲</text></svg>"},
		{"options", "<select>" + strings.Repeat("<option>甲", 100_000)},
		{"entities", strings.Repeat("&notit;&#x4e00;&", 100_000)},
		{"one word of 2 MB", strings.Repeat("甲", 2<<20/3)},
		{"data: pictures", strings.Repeat("<img src='data:image/png;base64,"+strings.Repeat("A", 100_000)+"'>", 40)},
		{"srcset", "<img srcset='" + strings.Repeat("a.jpg 1x, ", 100_000) + "'>甲"},
		{"styles", "<p style='" + strings.Repeat("color:red;", 100_000) + "'>甲"},
		{"classes", strings.Repeat("<p class='"+strings.Repeat("comment ", 200)+"'>甲", 1_000)},
		{"whole page of 5 MB", whole + "<div>" + long(5<<20) + "</div>"},
		{"whole page, deep", whole + strings.Repeat(strings.Repeat("<div><span>", 200)+strings.Repeat("一二三四五，", 8)+strings.Repeat("</span></div>", 200), 60)},
		{"whole page of links", whole + strings.Repeat("<div><a href=/x>x</a></div>", 40_000)},
		{"whole page of breaks", whole + "<div>" + strings.Repeat(strings.Repeat("一二三四五，", 8)+"<br><br>", 5_000) + "</div>"},
	} {
		b.Run(page.name, func(b *testing.B) {
			b.SetBytes(int64(len(page.text)))
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range (Reader{}).Read(source.Input{Name: "page.html", Data: []byte(page.text)}, func(article.Issue) {}) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// long is an article of n bytes.
func long(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "<p id=p%d>第%d段，<b>这里</b>有一个<a href='#p%d'>链接</a>和一张图<img src='a%d.jpg'>，还有一些别的文字，足够写成一段。</p>\n", i, i, i/2, i)
	}
	return b.String()
}

// numbered is n times the format, with the numbers from 0.
func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}
