package recipe

import (
	"bytes"
	"encoding/json"
)

// form returns what a group of keys looks like.
func (l *level[T]) form() form {
	properties := map[string]form{}
	for i := range l.keys {
		k := &l.keys[i]
		f := form{"description": k.help}
		for name, v := range k.form {
			f[name] = v
		}
		properties[k.name] = f
	}
	f := form{"type": []string{"object", "null"}, "properties": properties, "additionalProperties": false}
	if len(l.required) > 0 {
		f["required"] = l.required
	}
	if l.free {
		f["patternProperties"] = form{"^x-": form{}}
	}
	return f
}

// Schema returns the schema of files with the settings of a table, in JSON Schema
// 2020-12, for editors. What a schema cannot say only Parse checks.
func Schema(table []Setting) []byte {
	g := newGrammar(table)
	var ways []form
	for _, name := range g.wayNames {
		ways = append(ways, g.ways[name].form)
	}
	f := g.file.form()
	f["$defs"] = form{"output": g.output.form(), "target": form{"oneOf": ways}}
	f["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	f["title"] = "leporello.yaml"
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		panic("recipe: " + err.Error()) // a form holds nothing that cannot be JSON
	}
	return b.Bytes()
}
