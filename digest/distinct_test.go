package digest

import (
	"errors"
	"slices"
	"testing"

	"github.com/leporello-press/leporello/article"
)

// TestDistinct: what tells articles of one input from each other.
func TestDistinct(t *testing.T) {
	entry := func(id, url, text string) read {
		return read{doc: &article.Document{Meta: article.Meta{ID: id, URL: url}, Blocks: []article.Block{
			&article.Paragraph{Inlines: []article.Inline{article.Run{Text: text}}},
		}}}
	}
	for _, c := range []struct {
		name string
		list []read
		same [][]int // which are one article; all others are by themselves
		kept bool    // identifiers stay what they are
	}{
		{"their own", []read{entry("1", "", "甲"), entry("2", "", "乙")}, nil, true},
		{"one for all", []read{entry("1", "", "甲"), entry("1", "", "乙"), entry("1", "", "丙")}, nil, false},
		{"one for all, with addresses", []read{entry("1", "https://a.example/1", "甲"), entry("1", "https://a.example/2", "甲")}, nil, false},
		{"edited", []read{entry("1", "https://a.example/1", "甲"), entry("1", "https://a.example/1", "甲，改")}, [][]int{{0, 1}}, true},
		{"none", []read{entry("", "", "甲"), entry("", "", "乙"), entry("", "", "甲")}, [][]int{{0, 2}}, false},
		{"the front page for all", []read{entry("", "https://a.example/", "甲"), entry("", "https://a.example", "乙")}, nil, false},
		{"one page for all", []read{entry("", "https://a.example/log#1", "甲"), entry("", "https://a.example/log#2", "乙")}, nil, false},
		{"addresses", []read{entry("", "https://a.example/1", "甲"), entry("", "https://a.example/2", "甲")}, nil, false},
		{"one cannot be read", []read{{err: errors.New("no")}, entry("1", "", "甲"), entry("1", "", "乙")}, nil, false},
	} {
		var before []string
		for _, r := range c.list {
			if r.doc != nil {
				before = append(before, r.doc.Meta.ID)
			}
		}
		distinct(c.list)
		var after []string
		one := map[string][]int{}
		for i, r := range c.list {
			if r.doc != nil {
				after = append(after, r.doc.Meta.ID)
				one[r.doc.Meta.ID] = append(one[r.doc.Meta.ID], i)
			}
		}
		if slices.Contains(after, "") || c.kept && !slices.Equal(before, after) {
			t.Errorf("%s: %q", c.name, after)
		}
		var same [][]int
		for _, is := range one {
			if len(is) > 1 {
				same = append(same, is)
			}
		}
		if !slices.EqualFunc(same, c.same, slices.Equal[[]int]) {
			t.Errorf("%s: %v are the same, want %v", c.name, same, c.same)
		}
	}
}
