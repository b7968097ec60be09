package readlater

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/leporello-press/leporello/article"
)

// HasKeys tells whether data begins as a JSON object with the keys, or as an array
// whose first element is one.
func HasKeys(data []byte, keys ...string) bool {
	data = bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), maxHead)], []byte("\ufeff")), " \t\r\n")
	if len(data) == 0 || data[0] != '[' && data[0] != '{' {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if data[0] == '[' {
		d.Token() // the bracket
	}
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return false
	}
	missing := slices.Clone(keys)
	for len(missing) > 0 {
		key, err := d.Token()
		name, isKey := key.(string)
		var value json.RawMessage
		if err != nil || !isKey {
			return false
		}
		missing = slices.DeleteFunc(missing, func(k string) bool { return k == name })
		if len(missing) > 0 && d.Decode(&value) != nil {
			return false
		}
	}
	return true
}

// maxHead bounds the bytes that HasKeys looks at: programs may put the text of an
// article before what tells whose it is.
const maxHead = 1 << 20

// Objects yields the objects of the JSON array in data, or the only one that it
// is, as items that item makes of them. What is no object of the kind is reported,
// with its line; what comes after something that is no JSON is lost, and said.
func Objects[T any](x *Export, data []byte, item func(T) Item) Items {
	return func(yield func(Item, error) bool) {
		text, err := x.text(data)
		if err != nil {
			yield(Item{}, err)
			return
		}
		d := json.NewDecoder(strings.NewReader(text))
		array := strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "[")
		if array {
			d.Token() // the bracket
		}
		counted, line := 0, 1
		for n := 0; d.More() && (array || n == 0); n++ {
			at := int(d.InputOffset())
			at += len(text[at:]) - len(strings.TrimLeft(text[at:], ", \t\r\n"))
			line += strings.Count(text[counted:at], "\n")
			counted = at
			var raw json.RawMessage
			var value T
			if err := d.Decode(&raw); err != nil {
				if n == 0 {
					yield(Item{}, err)
					return
				}
				x.issue(Item{Line: line}, article.Loss, "broken", err.Error(), "what came before is taken")
				return
			}
			if err := json.Unmarshal(raw, &value); err != nil {
				x.issue(Item{Line: line}, article.Loss, "entry", "an entry is no object of the kind", "left out")
				continue
			}
			it := item(value)
			it.Line = line
			if !yield(it, nil) {
				return
			}
		}
	}
}

// Texts is a list of texts in JSON: of strings, of objects with a label or a name,
// or one string with commas.
type Texts []string

// UnmarshalJSON reads any of the forms; what is none of them is no text.
func (t *Texts) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	var s string
	switch {
	case json.Unmarshal(data, &list) == nil:
		for _, raw := range list {
			var one struct{ Label, Name string }
			if json.Unmarshal(raw, &s) == nil {
				*t = append(*t, s)
			} else if json.Unmarshal(raw, &one) == nil {
				*t = append(*t, one.Label+one.Name)
			}
		}
	case json.Unmarshal(data, &s) == nil:
		*t = strings.Split(s, ",")
	}
	return nil
}

// Text is a text in JSON, which careless programs write as a number or as nothing.
type Text string

// UnmarshalJSON reads a string, a number or a truth value; all else is empty.
func (t *Text) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*t = Text(s)
	} else if len(data) > 0 && strings.IndexByte("{[n\"", data[0]) < 0 {
		*t = Text(data)
	}
	return nil
}
