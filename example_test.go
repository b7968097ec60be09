package leporello_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/export/epub"
	"github.com/leporello-press/leporello/export/pdf"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/media/fetch"
	"github.com/leporello-press/leporello/press"
	"github.com/leporello-press/leporello/press/online"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/html"
)

// A book of Go values, as EPUB and as PDF.
func Example_values() {
	story := &article.Document{
		Meta: article.Meta{Title: "桃花源", Authors: []string{"佚名"}, Lang: "zh-Hans"},
		Blocks: []article.Block{
			&article.Heading{Level: 2, Inlines: []article.Inline{article.Run{Text: "溪行"}}},
			&article.Paragraph{Inlines: []article.Inline{
				article.Run{Text: "沿着小溪走，忘了路的"}, article.Run{Text: "远近", Style: article.Style{Marks: article.Strong}}, article.Run{Text: "。"},
			}},
		},
	}
	job := export.Job{
		Book:     export.Book{Title: "溪边集", Lang: "zh-Hans"},
		Chapters: export.Chapters(story),
	}
	for _, exporter := range []export.Exporter{epub.New(epub.Options{}), pdf.New(pdf.Options{})} {
		var book bytes.Buffer
		err := exporter.Export(context.Background(), &book, job)
		fmt.Printf("%q %v\n", book.Bytes()[:4], err)
	}
	// Output:
	// "PK\x03\x04" <nil>
	// "%PDF" <nil>
}

// A book of the files of a folder, as EPUB and as PDF. Pictures are looked for
// beside the articles and, were it not for Offline, on the network.
func Example_files() {
	out, _ := os.MkdirTemp("", "books")
	defer os.RemoveAll(out)
	found, err := source.Find([]string{"testdata/articles"}, source.Search{})
	check(err)
	store, err := media.New(filepath.Join(out, "cache"), media.Options{})
	check(err)
	fetcher, err := fetch.New(fetch.Options{Store: store, Offline: true})
	check(err)
	report, err := press.Run(context.Background(), press.Job{
		Inputs:  press.Inputs(found),
		Readers: []source.Reader{html.Reader{}},
		Assets:  store, Pictures: online.Fetcher(fetcher),
		Outputs: []press.Output{
			{Path: filepath.Join(out, "book.epub"), Exporter: epub.New(epub.Options{})},
			{Path: filepath.Join(out, "book.pdf"), Exporter: pdf.New(pdf.Options{})},
		},
	})
	check(err)
	fmt.Println(len(report.Outputs), "books of", report.Articles.Used, "articles")
	// Output: 2 books of 9 articles
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
