package source_test

import (
	"errors"
	"iter"
	"reflect"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/source"
)

// pages is a reader of one page; its text is the data of the input.
type pages struct{ meta article.Meta }

func (pages) Name() string            { return "page" }
func (pages) Match(source.Input) bool { return true }
func (p pages) Read(in source.Input, _ func(article.Issue)) iter.Seq2[*article.Document, error] {
	return func(yield func(*article.Document, error) bool) {
		if string(in.Data) == "panic" {
			panic("hostile")
		}
		doc := &article.Document{Meta: p.meta, Blocks: []article.Block{articletest.P(string(in.Data))}}
		if yield(doc, nil) && string(in.Data) == "two" {
			yield(doc, nil)
		}
	}
}

func TestComplete(t *testing.T) {
	day := time.Date(2021, 8, 5, 0, 0, 0, 0, time.UTC)
	page := article.Meta{Title: "window", Authors: []string{"a"}, Lang: "en", Published: day, URL: "https://e.example/canonical", Tags: []string{"t"}, Publisher: "p", Lead: &article.Image{Src: "https://e.example/l.jpg"}}
	complete := func(doc *article.Document, text string) (*article.Document, []article.Issue, error) {
		var issues []article.Issue
		get := func(extent article.Extent) func(string) (source.Input, error) {
			return func(address string) (source.Input, error) {
				switch {
				case doc.Extent != extent:
					t.Error("who named the address is not told")
				case text == "":
					return source.Input{}, errors.New("offline")
				}
				return source.Input{Name: address, Data: []byte(text)}, nil
			}
		}
		got, err := source.Complete(doc, source.Web{Get: get(article.Listed), Follow: get(article.Excerpt)}, []source.Reader{pages{page}}, func(i article.Issue) { issues = append(issues, i) })
		return got, issues, err
	}
	list := &article.Document{Extent: article.Listed, Meta: article.Meta{Title: "listed", URL: "https://e.example/1", Tags: []string{"mine"}, Extra: []article.Field{{Key: "saved", Value: "x"}}}}
	got, issues, err := complete(list, "whole text")
	want := page
	want.Tags, want.Extra = list.Meta.Tags, list.Meta.Extra
	if err != nil || len(issues) > 0 || got.Extent != article.Whole || !reflect.DeepEqual(got.Meta, want) {
		t.Errorf("list: %+v\n%v %v", got, issues, err)
	}
	for name, text := range map[string]string{"offline": "", "many": "two", "panic": "panic"} {
		if got, _, err := complete(list, text); err == nil || got != nil {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}

	entry := &article.Document{Extent: article.Excerpt, Meta: article.Meta{ID: "1", Title: "entry", URL: "https://e.example/1", Lang: "en", Published: day.AddDate(0, 0, 1)},
		Blocks: []article.Block{articletest.P("a summary"), &article.Embed{Kind: article.Audio, Src: "https://e.example/1.mp3"}}}
	got, issues, err = complete(entry, "the whole text of it")
	want = page
	want.ID, want.Title, want.Summary, want.Published = "1", "entry", "a summary", entry.Meta.Published
	if err != nil || len(issues) > 0 || !reflect.DeepEqual(got.Meta, want) || len(got.Blocks) != 2 {
		t.Errorf("entry: %+v\n%v %v", got, issues, err)
	}
	for name, text := range map[string]string{"offline": "", "shorter": "paywall", "panic": "panic"} {
		got, issues, err := complete(entry, text)
		if err != nil || got.Extent != article.Whole || !reflect.DeepEqual(got.Blocks, entry.Blocks) || len(issues) != 1 || issues[0].Code != "excerpt.only" {
			t.Errorf("%s: %+v %v %v", name, got, issues, err)
		}
		if entry.Extent != article.Excerpt {
			t.Fatal("the excerpt itself was changed")
		}
	}
}
