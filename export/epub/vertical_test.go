package epub_test

import (
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/export/epub"
)

// A vertical book turns from right to left and has its sheet turned; short numbers
// stand upright, but for those in tables, which stay horizontal, and in code.
func TestVertical(t *testing.T) {
	p := articletest.P
	d := &article.Document{Meta: article.Meta{Title: "縦書き", Lang: "ja"}, Blocks: []article.Block{
		p("昭和38年、2024年、本当!?"),
		p("第1", article.Run{Text: "2", Style: article.Style{Marks: article.Strong}}, "章の", article.Run{Text: "34", Style: article.Style{Marks: article.Mono}}, "と5"),
		&article.Table{Body: []article.Row{{Cells: []article.Cell{articletest.Cell("第67行")}}}},
		p("終89"),
	}}
	u := obeyAs(t, epub.Options{Vertical: true}, d)
	var page, opf, css string
	for name, text := range u.files {
		switch {
		case strings.HasSuffix(name, "a0001.xhtml"):
			page = text
		case strings.HasSuffix(name, ".opf"):
			opf = text
		case strings.HasSuffix(name, ".css"):
			css = text
		}
	}
	for _, c := range []struct{ in, want string }{
		{page, `昭和<span class="tcy">38</span>年、2024年、本当<span class="tcy">!?</span>`},
		{page, `第1<strong>2</strong>章の<code>34</code>と<span class="tcy">5</span>`},
		{page, `第67行`},
		{page, `終<span class="tcy">89</span>`},
		{opf, `<spine toc="ncx" page-progression-direction="rtl">`},
		{opf, `<meta name="primary-writing-mode" content="vertical-rl"/>`},
		{css, "html { writing-mode: vertical-rl; -webkit-writing-mode: vertical-rl; -epub-writing-mode: vertical-rl;"},
		{css, "\nh2 { font-size: 1.2em; margin: 0 1.9em 0 0.8em; }\n"},
		{css, "\nblockquote { margin: 2em 1em 0 1em;"},
		{css, "div.table { writing-mode: horizontal-tb;"},
		{css, "\nth, td { padding: 0.4em 0.6em;"},
	} {
		if !strings.Contains(c.in, c.want) {
			t.Errorf("no %s in\n%s", c.want, c.in)
		}
	}
	for name, text := range obey(t, d).files {
		if strings.Contains(text, "writing-mode") || strings.Contains(text, "tcy") || strings.Contains(text, `direction="rtl"`) {
			t.Errorf("a horizontal book is vertical in %s", name)
		}
	}
}
