package html_test

import (
	"os"
	"testing"

	"github.com/leporello-press/leporello/internal/golden"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/html"
	"github.com/leporello-press/leporello/source/sourcetest"
)

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
			doc, issues := sourcetest.One(t, html.Reader{}, in)
			golden.Equal(t, e.Name+".dump", sourcetest.Outline(doc, issues))
		})
	}
	if _, err := os.Stat("testdata/weekly.txt"); err != nil {
		t.Fatal(err)
	}
}
