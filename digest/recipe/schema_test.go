package recipe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// compile reads a schema by a validator that others wrote.
func compile(schema []byte) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	const name = "leporello.schema.json"
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource(name, doc); err != nil {
		return nil, err
	}
	return c.Compile(name)
}

var schemaOfTable = sync.OnceValues(func() (*jsonschema.Schema, error) { return compile(Schema(table)) })

// validate validates a file by the schema of table.
func validate(t testing.TB, data []byte) error {
	t.Helper()
	s, err := schemaOfTable()
	if err != nil {
		t.Fatal(err)
	}
	return validateBy(s, data)
}

func validateBy(s *jsonschema.Schema, data []byte) error {
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		return nil // what keys that begin with x- hold may be no value
	}
	b, err := json.Marshal(asJSON(v))
	if err != nil {
		return nil // .inf and .nan are nothing that JSON has
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

// asJSON makes the keys of groups texts, as editors see them.
func asJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = asJSON(v[k])
		}
	case map[any]any:
		m := map[string]any{}
		for k := range v {
			m[fmt.Sprint(k)] = asJSON(v[k])
		}
		return m
	case []any:
		for i := range v {
			v[i] = asJSON(v[i])
		}
	}
	return v
}

func content(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestExamples: editors that know the published schema have nothing to say of the examples.
func TestExamples(t *testing.T) {
	s, err := compile(content(t, "leporello.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(files(t, "../../testdata/examples/*/leporello.yaml"), "../../cmd/leporello/starter.yaml") {
		if err := validateBy(s, content(t, path)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestSchema: the schema allows what Parse takes, and refuses what is wrong by its form alone.
func TestSchema(t *testing.T) {
	for _, path := range files(t, "testdata/good/*.yaml") {
		if err := validate(t, content(t, path)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, bad := range []string{
		"verson: 1",
		"version: 2",
		"defaults: {max_articles: 3}",
		"sources: {a: {limit: 3}}",
		"sources: {a: {inputs: x, limit: many}}",
		"sources: {'a b': x}",
		"digests: {a: {}}",
		"digests: {a: {outputs: a.epub, only_new: 1}}",
		"digests: {a: {outputs: a.epub, catch_up: newest}}",
		"digests: {a: {outputs: [{device: x}]}}",
		"digests: {a: {outputs: a.epub, grayscale: 15}}",
		"digests: {a: {outputs: a.epub, deliver: [{type: mail, to: x}]}}",
		"digests: {a: {outputs: a.epub, deliver: [{type: pigeon}]}}",
		"digests: {a: {outputs: a.epub, deliver: [{type: folder, path: x, smtp: y}]}}",
		"serve: {listn: x}",
	} {
		if err := validate(t, []byte(bad)); err == nil {
			t.Errorf("%s is allowed", bad)
		}
	}
	if s := string(Schema(table)); strings.Contains(s, `"description": ""`) {
		t.Error("a key is not explained")
	}
}
