package html_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/golden"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/html"
)

// read reads one article and returns what was reported with it.
func read(t testing.TB, r html.Reader, in source.Input) (*article.Document, []article.Issue) {
	t.Helper()
	var issues []article.Issue
	var doc *article.Document
	for d, err := range r.Read(in, func(i article.Issue) { issues = append(issues, i) }) {
		if err != nil {
			t.Fatal(err)
		}
		doc = d
	}
	return doc, issues
}

// dump is the tree and the issues of an input.
func dump(doc *article.Document, issues []article.Issue) string {
	var b strings.Builder
	b.WriteString(doc.Dump())
	for _, i := range issues {
		fmt.Fprintf(&b, "%s %s\n", i.Severity, i)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	files, err := source.Find([]string{"testdata"}, source.Search{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range files {
		t.Run(e.Name, func(t *testing.T) {
			in, err := e.Load()
			if err != nil {
				t.Fatal(err)
			}
			doc, issues := read(t, html.Reader{}, in)
			golden.Equal(t, e.Name+".dump", dump(doc, issues))
		})
	}
	if _, err := os.Stat("testdata/weekly.txt"); err != nil {
		t.Fatal(err)
	}
}
