package readlater

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
)

func TestHasKeys(t *testing.T) {
	for data, want := range map[string]bool{
		`[{"a":1,"b":[{"c":2}],"url":""}]`: true, "\ufeff \n{\"url\":1,\"a\":2}": true,
		`{"a":1}`: false, `{"b":{"a":1,"url":2}}`: false, `[["a","url"]]`: false, `["a"]`: false, ``: false, `[`: false, `{"a":1,"url"`: true, `{"a":`: false, `{1}`: false, `a,url`: false,
	} {
		if got := HasKeys([]byte(data), "a", "url"); got != want {
			t.Errorf("%s: %v", data, got)
		}
	}
}

func TestHasColumns(t *testing.T) {
	for data, want := range map[string]bool{
		"url,a": true, "\ufeff\"URL\", A ,x\n1,2": true, "\n\na,b,url\r\n": true, "a;url": false, "": false, "a": false, "x\na,url": false, `"a,url`: false,
	} {
		if got := HasColumns([]byte(data), "a", "url"); got != want {
			t.Errorf("%q: %v", data, got)
		}
	}
}

// Every row is a document or is named in an issue with its line.
func FuzzTable(f *testing.F) {
	f.Add("title,url\na,https://e.example/1\n,\nb,x\n\"c\nd\",https://e.example/2\n\"open,https://e.example/3")
	f.Add("\ufeffurl\r\nhttps://e.example/%zz\r\nhttp://e.example\r\n\x00")
	f.Fuzz(func(t *testing.T, data string) {
		rows := 0
		named := map[int]bool{}
		x := &Export{Format: "table", Input: source.Input{Name: "x", Data: []byte(data)}, Report: func(i article.Issue) {
			if strings.HasPrefix(i.Code, "table.") && i.Code != "table.date" {
				if i.Pos.Line < 1 || i.Pos.Line > 1+strings.Count(data, "\n")+strings.Count(data, "\r") {
					t.Errorf("an issue in line %d", i.Pos.Line)
				}
				named[i.Pos.Line] = true
			}
		}}
		docs := 0
		for doc, err := range x.Read(x.Table(x.Input.Data, func(get func(string) string) Item {
			rows++
			return Item{URL: get("url"), Title: get("title"), Saved: get("title")}
		})) {
			if err != nil {
				return
			}
			if docs++; doc.Extent != article.Listed || Address(doc.Meta.URL) != doc.Meta.URL {
				t.Errorf("%+v", doc.Meta)
			}
		}
		if docs+len(named) != rows {
			t.Errorf("%d rows are %d documents and issues in lines %v", rows, docs, named)
		}
	})
}

// Whatever JSON is read, its texts stay in order and nothing panics.
func FuzzObjects(f *testing.F) {
	f.Add(`[{"url":"https://e.example/1","t":"a"},{"t":["x",{"label":"y"},{"name":"z"},4]},7,{"url":5}]`)
	f.Add(`{"url":"https://e.example/1"}{}`)
	f.Fuzz(func(t *testing.T, data string) {
		type object struct {
			URL Text  `json:"url"`
			T   Texts `json:"t"`
		}
		x := &Export{Format: "objects", Input: source.Input{Name: "x"}, Report: func(article.Issue) {}}
		last := 0
		for it, err := range Objects(x, []byte(data), func(o object) Item { return Item{URL: string(o.URL), Tags: o.T} }) {
			if err == nil && (it.Line < last || it.Line > 1+strings.Count(data, "\n")) {
				t.Errorf("an entry in line %d after one in line %d", it.Line, last)
			}
			last = it.Line
		}
	})
}

func TestBounds(t *testing.T) {
	var b strings.Builder
	b.WriteString("url\n")
	for i := range maxItems + 2 {
		fmt.Fprintf(&b, "https://e.example/%d\n", i)
	}
	var codes []string
	x := &Export{Format: "table", Input: source.Input{Name: "x", Data: []byte(b.String())}, Report: func(i article.Issue) { codes = append(codes, i.Code) }}
	n := 0
	for range x.Read(x.Table(x.Input.Data, func(get func(string) string) Item { return Item{URL: get("url")} })) {
		n++
	}
	if n != maxItems || !slices.Equal(codes, []string{"table.long"}) {
		t.Errorf("%d documents, %v", n, codes)
	}
}
