package epub_test

import (
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/export/epub"
)

// A book in Hebrew turns from right to left; what is in another language, and code, say
// that they do not run so.
func TestDirection(t *testing.T) {
	d := &article.Document{Meta: article.Meta{Title: "ספר", Lang: "he"}, Blocks: []article.Block{
		articletest.P("שלום"),
		&article.Paragraph{Attr: article.Attr{Lang: "en"}, Inlines: articletest.Inlines("Peace")},
		&article.Code{Text: "go()"},
		&article.Code{Attr: article.Attr{Lang: "en"}, Text: "stop()"},
		&article.Quote{Attr: article.Attr{Lang: "en"}, Blocks: []article.Block{&article.Paragraph{Attr: article.Attr{Lang: "ar"}, Inlines: articletest.Inlines("سلام")}}},
	}}
	u := unpack(t, write(t, export.Job{Book: export.Book{Title: "T", Lang: "he"}, Chapters: export.Chapters(d)}))
	u.check(t)
	all := ""
	for _, text := range u.files {
		all += text
	}
	for _, want := range []string{
		`page-progression-direction="rtl"`,
		`lang="he" xml:lang="he" dir="rtl"`,
		`<p lang="en" xml:lang="en" dir="ltr">Peace</p>`,
		`<pre dir="ltr"><code>go()`,
		`<pre lang="en" xml:lang="en" dir="ltr"><code>stop()`,
		`<p lang="ar" xml:lang="ar" dir="rtl">سلام</p>`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s", want)
		}
	}
	for name, text := range obeyAs(t, epub.Options{}, &article.Document{Meta: article.Meta{Title: "T", Lang: "en"}, Blocks: d.Blocks[1:3]}).files {
		if !strings.HasSuffix(name, ".css") && strings.Contains(text, "dir=") {
			t.Errorf("%s names a direction", name)
		}
	}
}
