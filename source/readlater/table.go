package readlater

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
)

// Columns returns the names of the columns of a table of comma-separated values
// (RFC 4180), in lower case: its first row, which may be cut off after head. Nil:
// data begins with no row.
func Columns(data []byte) []string {
	head := string(data[:min(len(data), 4096)])
	row, err := newTable(strings.TrimLeft(head, "\ufeff\r\n \t")).Read()
	if err != nil {
		return nil
	}
	return names(row)
}

// HasColumns tells whether data begins as a table with the columns.
func HasColumns(data []byte, columns ...string) bool {
	have := Columns(data)
	return !slices.ContainsFunc(columns, func(c string) bool { return !slices.Contains(have, c) })
}

func newTable(text string) *csv.Reader {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1 // rows of careless programs end early
	r.LazyQuotes = true
	return r
}

func names(row []string) []string {
	out := make([]string, len(row))
	for i, s := range row {
		out[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(s, "\ufeff")))
	}
	return out
}

// Table yields the rows of the table in data as items that item makes of them; get
// returns the field of a column by its name in lower case, "" where the row has
// none. Rows without a character are skipped.
func (x *Export) Table(data []byte, item func(get func(column string) string) Item) Items {
	return func(yield func(Item, error) bool) {
		text, err := x.text(data)
		if err != nil {
			yield(Item{}, err)
			return
		}
		table := strings.TrimLeft(text, "\ufeff\r\n \t")
		above := strings.Count(text[:len(text)-len(table)], "\n")
		t := newTable(table)
		head, err := t.Read()
		if err != nil {
			yield(Item{}, err)
			return
		}
		columns := names(head)
		for {
			row, err := t.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Item{}, err)
				return
			}
			if strings.TrimSpace(strings.Join(row, "")) == "" {
				continue
			}
			it := item(func(column string) string {
				if i := slices.Index(columns, column); i >= 0 && i < len(row) {
					return row[i]
				}
				return ""
			})
			line, _ := t.FieldPos(0)
			it.Line = line + above
			if !yield(it, nil) {
				return
			}
		}
	}
}
