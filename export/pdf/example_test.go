package pdf_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/export/pdf"
	"github.com/leporello-press/leporello/media"
)

// A book from Go values: one article of one paragraph, no pictures.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := media.New(dir, media.Options{})
	if err != nil {
		log.Fatal(err)
	}
	doc := &article.Document{
		Meta:   article.Meta{Title: "清晨", Lang: "zh-Hans"},
		Blocks: []article.Block{&article.Paragraph{Inlines: []article.Inline{article.Run{Text: "院子里很安静。"}}}},
	}
	var out bytes.Buffer
	err = pdf.New(pdf.Options{}).Export(context.Background(), &out, export.Job{
		Book:     export.Book{Title: "一周", Lang: "zh-Hans"},
		Chapters: func(yield func(export.Chapter, error) bool) { yield(export.Chapter{Document: doc}, nil) },
		Assets:   store,
		Pages:    func(n int) { fmt.Println(n, "pages") },
	})
	fmt.Printf("%s %v\n", out.Bytes()[:8], err)
	// Output:
	// 3 pages
	// %PDF-1.7 <nil>
}
