// Package pocket reads the exports of Pocket: tables (part_000000.csv), alone or in
// the ZIP archive that they come in, and the older page of links (ril_export.html).
// They have addresses and no text: the text is left to whoever completes excerpts.
package pocket

import (
	"bytes"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/readlater"
)

// Reader reads exports of Pocket. The zero value is good.
type Reader struct {
	Options source.Options
}

var _ source.Reader = Reader{}

// Name implements source.Reader.
func (Reader) Name() string { return "pocket" }

// Match tells whether in is an export: by the columns of a table, by the headings
// and links of a page, by the tables in an archive.
func (Reader) Match(in source.Input) bool {
	return isTable(in.Data) || isPage(in.Data) || len(tables(in)) > 0
}

func isTable(data []byte) bool {
	return readlater.HasColumns(data, "title", "url", "time_added")
}

func isPage(data []byte) bool {
	head := data[:min(len(data), 4096)]
	return bytes.Contains(head, []byte("<title>Pocket Export</title>")) ||
		bytes.Contains(head, []byte(" time_added=")) && bytes.Contains(head, []byte("<h1>"))
}

// tables returns the names of the tables in an archive, sorted.
func tables(in source.Input) []string {
	if in.Files == nil || in.Path != "" {
		return nil
	}
	var list []string
	for _, pattern := range []string{"part_*.csv", "*/part_*.csv"} {
		if names, err := fs.Glob(in.Files, pattern); err == nil {
			list = append(list, names...)
		}
	}
	slices.Sort(list)
	return slices.DeleteFunc(list, func(name string) bool {
		head, err := in.ReadFile(name, 4096)
		return err != nil && !errors.Is(err, source.ErrTooLarge) || !isTable(head)
	})
}

// Read implements source.Reader. It yields an excerpt without text for each address.
func (r Reader) Read(in source.Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	x := &readlater.Export{Format: "pocket", Input: in, Options: r.Options, Report: report}
	switch parts := tables(in); {
	case len(parts) > 0:
		return x.Read(x.Files(parts, func(x *readlater.Export, _ string, data []byte) readlater.Items { return x.Table(data, item) }))
	case isTable(in.Data):
		return x.Read(x.Table(in.Data, item))
	}
	return x.Read(links(in.Data))
}

// item is what a row of a table says.
func item(get func(string) string) readlater.Item {
	return readlater.Item{URL: get("url"), Title: readlater.Plain(get("title")), Saved: get("time_added"), State: get("status"), Tags: strings.FieldsFunc(get("tags"), func(r rune) bool { return r == '|' || r == ',' })}
}

// links yields the links of a page; the heading above them is their state.
func links(page []byte) readlater.Items {
	return func(yield func(readlater.Item, error) bool) {
		z := html.NewTokenizer(bytes.NewReader(bytes.ToValidUTF8(page, []byte("\ufffd"))))
		line := 1
		state := ""
		var it *readlater.Item // within its link
		inHeading := false
		for {
			kind := z.Next()
			raw := z.Raw()
			at := line
			line += bytes.Count(raw, []byte("\n"))
			if kind == html.ErrorToken {
				if it != nil {
					yield(*it, nil)
				}
				return
			}
			t := z.Token()
			switch {
			case kind == html.TextToken && it != nil:
				it.Title += t.Data
			case kind == html.TextToken && inHeading:
				state += t.Data
			case t.Data == "h1":
				if inHeading = kind == html.StartTagToken; inHeading {
					state = ""
				}
			case t.Data == "a":
				if it != nil && !yield(*it, nil) {
					return
				}
				if it = nil; kind != html.StartTagToken {
					continue
				}
				it = &readlater.Item{Line: at, State: strings.TrimPrefix(strings.ToLower(strings.TrimSpace(state)), "read ")}
				for _, a := range t.Attr {
					switch a.Key {
					case "href":
						it.URL = a.Val
					case "time_added":
						it.Saved = a.Val
					case "tags":
						it.Tags = strings.Split(a.Val, ",")
					}
				}
			}
		}
	}
}
