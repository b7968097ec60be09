package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/internal/golden"
	"github.com/leporello-press/leporello/internal/spelling"
)

// A world is what a test lets a command see: variables of the environment.
func world(variables map[string]string) *env {
	return &env{
		getenv: func(key string) string { return variables[key] }, now: func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) },
		stdin: strings.NewReader(""), stdout: &strings.Builder{}, stderr: &strings.Builder{},
	}
}

// noKeys are the flags of build that make no sense for books that come again and again.
var noKeys = []string{"concurrency", "help", "json", "output", "quiet", "report", "since", "until", "verbose"}

// a shape is a part of a JSON Schema.
type shape struct {
	Description string
	Default     any
	Enum        []any
	Const       any
	Defs        map[string]*shape `json:"$defs"`
	Properties  map[string]*shape
	Items       *shape
	AnyOf       []*shape
	OneOf       []*shape
	Additional  json.RawMessage `json:"additionalProperties"` // false, or a shape
}

// each calls do for s and all shapes within it.
func (s *shape) each(do func(*shape)) {
	if s == nil {
		return
	}
	do(s)
	for _, p := range s.Defs {
		p.each(do)
	}
	for _, p := range s.Properties {
		p.each(do)
	}
	for _, o := range append(s.AnyOf, s.OneOf...) {
		o.each(do)
	}
	s.Items.each(do)
	s.additional().each(do)
}

func (s *shape) additional() *shape {
	a := new(shape)
	if json.Unmarshal(s.Additional, a) != nil {
		return nil
	}
	return a
}

func schemaShape(t *testing.T) *shape {
	t.Helper()
	s := new(shape)
	if err := json.Unmarshal(recipe.Schema(world(nil).settings()), s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestEveryFlagIsAKey: what a person can say to build, a file can say, but for a few things.
func TestEveryFlagIsAKey(t *testing.T) {
	keys := map[string]bool{}
	schemaShape(t).each(func(s *shape) {
		for key := range s.Properties {
			keys[key] = true
		}
	})
	flags := world(nil).buildCommand().Flags()
	flags.VisitAll(func(f *pflag.Flag) {
		if keys[strings.ReplaceAll(f.Name, "-", "_")] == slices.Contains(noKeys, f.Name) {
			t.Errorf("--%s is to be a key, or one of noKeys", f.Name)
		}
	})
	for _, name := range noKeys {
		if name != "help" && flags.Lookup(name) == nil {
			t.Errorf("there is no --%s", name)
		}
	}
}

// TestPublished: the schema and the page of keys in the repository are those of the program.
func TestPublished(t *testing.T) {
	golden.Equal(t, "../../digest/recipe/leporello.schema.json", string(recipe.Schema(world(nil).settings())))

	const page = "../../digest/recipe/README.md"
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	root := schemaShape(t)
	digests := root.Properties["digests"].additional()
	settings := map[string]recipe.Scope{}
	for _, s := range world(nil).settings()[1:] { // without the format
		settings[strings.ReplaceAll(s.Name, "-", "_")] |= s.Scopes
	}
	tables := map[string]string{}
	own := func(name string, s *shape, shared recipe.Scope) {
		tables[name] = table(s, func(key string) (string, bool) { return "", settings[key]&shared == 0 })
	}
	own("the file", root, 0)
	own("a source", root.Properties["sources"].additional().AnyOf[1], recipe.InSource)
	own("a digest", digests, recipe.InDigest|recipe.InOutput)
	own("where", digests.Properties["where"], 0)
	own("dedupe", digests.Properties["dedupe"], 0)
	own("an output", root.Defs["output"], recipe.InOutput)
	for _, way := range root.Defs["target"].OneOf {
		own(fmt.Sprint("deliver by ", way.Properties["type"].Const), way, 0)
	}
	own("retry", root.Defs["target"].OneOf[0].Properties["retry"], 0)
	own("serve", root.Properties["serve"], 0)
	own("network", root.Properties["network"], 0)
	tables["settings"] = table(root.Properties["defaults"], func(key string) (string, bool) {
		var places []string
		for _, p := range []struct {
			in   recipe.Scope
			name string
		}{{recipe.InSource, "source"}, {recipe.InDigest, "digest"}, {recipe.InOutput, "digest, output"}} {
			if settings[key]&p.in != 0 {
				places = append(places, p.name)
			}
		}
		return strings.Join(places, ", "), true
	})
	text := string(b)
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		begin, end := "<!-- keys of "+name+" -->\n", "<!-- end -->"
		before, rest, found := strings.Cut(text, begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Errorf("%s has no place for the keys of %s", page, name)
			continue
		}
		text = before + begin + "\n" + tables[name] + "\n" + end + after
	}
	golden.Equal(t, page, text)
}

// table writes the keys of a group as a table in Markdown, those that choose takes, with what it
// says of them.
func table(s *shape, choose func(key string) (where string, ok bool)) string {
	var b strings.Builder
	wide := false
	var rows [][3]string
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[key]
		where, ok := choose(key)
		if !ok {
			continue
		}
		wide = wide || where != ""
		text := p.Description
		var values []string
		told := true
		for _, v := range p.Enum {
			if word, ok := v.(string); ok {
				values = append(values, word)
				told = told && strings.Contains(text, word)
			}
		}
		if !told {
			text += ": " + spelling.Or(values)
		}
		if p.Default != nil && p.Default != false && !strings.Contains(text, "(default") {
			text += fmt.Sprintf(" (default: %v)", p.Default)
		}
		rows = append(rows, [3]string{"`" + key + "`", where, strings.ReplaceAll(text, "|", `\|`)})
	}
	if wide {
		b.WriteString("| key | of | |\n|---|---|---|\n")
	} else {
		b.WriteString("| key | |\n|---|---|\n")
	}
	for _, r := range rows {
		if wide {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", r[0], r[1], r[2])
		} else {
			fmt.Fprintf(&b, "| %s | %s |\n", r[0], r[2])
		}
	}
	return b.String()
}

// TestSettings: the values that a flag says it takes are those that it takes, and what is wrong
// is said in the words of the file.
func TestSettings(t *testing.T) {
	for _, s := range world(nil).settings() {
		if s.Help == "" && s.Name != "format" {
			t.Errorf("%s is not explained", s.Name)
		}
		if s.Values == nil || s.Check == nil {
			continue
		}
		for _, v := range s.Values {
			if err := s.Check(recipe.Value{Text: v}); err != nil {
				t.Errorf("%s: %s: %v", s.Name, v, err)
			}
		}
		if err := s.Check(recipe.Value{Text: "nonsense"}); err == nil {
			t.Errorf("%s takes nonsense", s.Name)
		}
	}
	table := world(nil).settings()
	for _, c := range []struct{ name, value, what, hint string }{
		{"max-size", "big", `"big" is no size`, "as in max_size: 45MB"},
		{"device", "kindel", `no device is called "kindel"`, ""},
		{"quality", "200", "200 is not between 1 and 100", ""},
		{"fail-on", "missing-images>x", `"missing-images>x": "x" is no number`, "as in fail_on: 'missing-images>10%'"},
		{"timezone", "Local", `"Local" is no name of a zone`, "name the zone, as in timezone: Asia/Shanghai"},
		{"keep", "::", "", "as in keep: '#content'"},
		{"allow-network", "x", `"x" is no network`, ""},
		{"connections", "0", "connections and per_host are numbers from 1", ""},
	} {
		i := slices.IndexFunc(table, func(s recipe.Setting) bool { return s.Name == c.name })
		v := recipe.Value{Text: c.value}
		if table[i].Type == recipe.List {
			v = recipe.Value{List: []string{c.value}}
		}
		err := table[i].Check(v)
		var m *recipe.Mistake
		if !errors.As(err, &m) || !strings.Contains(m.What, c.what) || !strings.Contains(m.Hint, c.hint) || strings.Contains(m.What, "--") {
			t.Errorf("%s: %s: %+v", c.name, c.value, m)
		}
	}
}
