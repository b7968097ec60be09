package sourcetest_test

import (
	"iter"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/source/sourcetest"
)

func TestVisible(t *testing.T) {
	for page, want := range map[string]string{
		"<title>x</title>甲<script>x</script><p hidden>乙</p>":                                           "甲乙",
		"<noscript>甲</noscript><svg><title>x</title><text>乙</text></svg><ruby>丙<rp>(</rp><rt>丁</ruby>": "甲乙丙丁",
	} {
		if got, err := sourcetest.Visible(page); got != want || err != nil {
			t.Errorf("%s: %q, %v", page, got, err)
		}
	}
}

func TestMissing(t *testing.T) {
	if got := sourcetest.Missing("乙甲 甲\u200b丙甲", "甲乙甲", sourcetest.Printed); got != "丙甲" {
		t.Errorf("%q", got)
	}
}

// What the tree has not and nobody named is lost.
func TestLost(t *testing.T) {
	got := sourcetest.Lost(t, "甲乙丙丁", sourcetest.Printed, func(left func(string), report func(article.Issue)) iter.Seq2[*article.Document, error] {
		return func(yield func(*article.Document, error) bool) {
			left("乙")
			report(article.Issue{Code: "html.hidden"})
			yield(&article.Document{Blocks: []article.Block{articletest.P("甲")}}, nil)
			yield(&article.Document{Blocks: []article.Block{articletest.P("丁")}}, nil)
		}
	})
	if got != "丙" {
		t.Errorf("%q", got)
	}
}

func TestLines(t *testing.T) {
	for text, want := range map[string]int{"": 1, "a\nb": 2, "a\r\nb\rc\n": 4} {
		if got := sourcetest.Lines(text); got != want {
			t.Errorf("%q: %d", text, got)
		}
	}
}
