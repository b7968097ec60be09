package main

import (
	"errors"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/source"
)

// valuesOf annotates a flag with the values that it takes.
const valuesOf = "leporello_values"

// oneOf says that a flag takes these values.
func oneOf(f *pflag.FlagSet, flag string, values ...string) {
	f.Lookup(flag).Annotations = map[string][]string{valuesOf: values}
}

// isPath says that a flag takes a path, where it is none of the values of oneOf.
func isPath(f *pflag.FlagSet, flag string) {
	if err := cobra.MarkFlagFilename(f, flag); err != nil {
		panic(err) // there is no such flag
	}
}

func takesPath(f *pflag.Flag) bool {
	_, ok := f.Annotations[cobra.BashCompFilenameExt]
	return ok
}

// group is a group of flags that are keys of the configuration.
type group struct {
	scopes recipe.Scope
	// flags adds the flags, with values of their own, and returns what reads them.
	flags func(f *pflag.FlagSet) (resolve func() error)
}

// groups are all flags that are keys.
func (e *env) groups() []group {
	return []group{
		{recipe.InDigest, func(f *pflag.FlagSet) func() error {
			var c choosing
			c.own(f)
			return func() error { return c.choose(e) }
		}},
		{recipe.InDigest, func(f *pflag.FlagSet) func() error {
			var m making
			m.flags(f)
			return m.resolve
		}},
		{recipe.InSource, func(f *pflag.FlagSet) func() error {
			var r reading
			r.flags(f)
			return func() error { _, err := r.options(time.UTC, "", source.Web{}); return err }
		}},
		{recipe.InSource, func(f *pflag.FlagSet) func() error {
			var p pages
			p.flags(f)
			return func() error { _, err := p.options(); return err }
		}},
		{recipe.InOutput, func(f *pflag.FlagSet) func() error {
			var x edition
			x.flags(f)
			return x.resolve
		}},
		{recipe.InNetwork, func(f *pflag.FlagSet) func() error {
			var n network
			n.flags(f)
			return func() error { return n.resolve(e, true) }
		}},
	}
}

// placed are the flags that stand elsewhere than those of their group; 0: they are
// no keys, or such that package recipe has by itself.
var placed = map[string]recipe.Scope{
	"lang":        recipe.InSource | recipe.InDigest,
	"timezone":    recipe.InSource | recipe.InDigest,
	"cache-dir":   recipe.InFile,
	"title":       0, // a template of each digest
	"limit":       0, // of a source; a digest has max_articles
	"since":       0, // a digest has a window
	"until":       0,
	"concurrency": 0, // connections are bounded
}

// settings is the table of the keys that are flags of build.
func (e *env) settings() []recipe.Setting {
	table := []recipe.Setting{{Name: "format", Scopes: recipe.InOutput, Values: formatWords()}}
	for _, g := range e.groups() {
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		g.flags(f)
		f.VisitAll(func(f *pflag.Flag) {
			s := recipe.Setting{Name: f.Name, Scopes: g.scopes, Values: f.Annotations[valuesOf], Path: takesPath(f), Help: asKeys(forLists.Replace(f.Usage)), Default: f.DefValue}
			if scopes, ok := placed[f.Name]; ok {
				s.Scopes = scopes
			}
			if s.Scopes == 0 {
				return
			}
			if _, list := f.Value.(pflag.SliceValue); list {
				s.Type = recipe.List
			} else if t := f.Value.Type(); t == "bool" {
				s.Type = recipe.Bool
			} else if t == "int" {
				s.Type = recipe.Int
			}
			if s.Default == "0" || s.Default == "[]" {
				s.Default = "" // says nothing
			}
			if !s.Path { // only who knows the folder can look at files
				s.Check = func(v recipe.Value) error { return g.check(f.Name, v) }
			}
			table = append(table, s)
		})
	}
	return table
}

// check tells what is wrong with a value of one flag of g, the others being as they
// are by themselves.
func (g *group) check(flag string, v recipe.Value) error {
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	resolve := g.flags(f)
	err := setFlag(f.Lookup(flag), v)
	if err == nil {
		err = resolve()
	}
	if err == nil {
		return nil
	}
	m := &recipe.Mistake{What: strings.TrimPrefix(err.Error(), "--"+flag+": ")}
	var usage *usageError
	if errors.As(err, &usage) {
		m.Hint = usage.hint
	}
	m.What, m.Hint = asKeys(m.What), asKeys(m.Hint)
	return m
}

var flagInText = regexp.MustCompile(`(as in )?--([a-z-]+)`)

// asKeys writes the flags in a text as keys: "as in --max-size 45MB" is "as in
// max_size: 45MB".
func asKeys(text string) string {
	return flagInText.ReplaceAllStringFunc(text, func(s string) string {
		example, name, _ := strings.Cut(s, "--")
		if name = strings.ReplaceAll(name, "-", "_"); example != "" {
			name += ":"
		}
		return example + name
	})
}

// forLists takes out of the help of a flag what is true of flags alone.
var forLists = strings.NewReplacer(" (repeatable)", "", "(repeatable; ", "(")

// setFlag gives a flag a value.
func setFlag(f *pflag.Flag, v recipe.Value) error {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.Replace(v.List)
	}
	return f.Value.Set(v.Text)
}

// overlay puts what the environment says over what the configuration does. It becomes
// a part of what an issue is made by, and is written down with it.
func (e *env) overlay(c *recipe.Config) {
	c.Network = e.over(recipe.InNetwork, c.Network)
	for i := range c.Sources {
		s := &c.Sources[i]
		s.Settings = e.over(recipe.InSource, s.Settings)
	}
	for i := range c.Digests {
		d := &c.Digests[i]
		d.Settings = e.over(recipe.InDigest, d.Settings)
		for k := range d.Outputs {
			o := &d.Outputs[k]
			o.Settings = e.over(recipe.InOutput, o.Settings)
		}
	}
}

// over returns the settings of a scope with those of the environment in their place.
func (e *env) over(scope recipe.Scope, s recipe.Settings) recipe.Settings {
	s = maps.Clone(s)
	for _, g := range e.groups() {
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		g.flags(f)
		f.VisitAll(func(f *pflag.Flag) {
			scopes, ok := placed[f.Name]
			if !ok || f.Name == "cache-dir" { // which stands in the file and is a flag of the network
				scopes = g.scopes
			}
			text := e.getenv(variable(f.Name))
			if scopes&scope == 0 || text == "" {
				return
			}
			v := recipe.Value{Text: text, Origin: recipe.Origin{Name: variable(f.Name)}}
			if list, ok := f.Value.(pflag.SliceValue); ok && f.Value.Set(text) == nil {
				v.Text, v.List = "", list.GetSlice()
			}
			if abs, err := filepath.Abs(text); err == nil && takesPath(f) && !slices.Contains(f.Annotations[valuesOf], text) {
				v.Text = abs
			}
			if s == nil {
				s = recipe.Settings{}
			}
			s[f.Name] = v
		})
	}
	return s
}

// fill gives the flags that nobody typed what the settings say.
func fill(f *pflag.FlagSet, c *recipe.Config, s recipe.Settings) (err error) {
	f.VisitAll(func(f *pflag.Flag) {
		v, ok := s[f.Name]
		if f.Changed || err != nil || !ok {
			return
		}
		if takesPath(f) && !slices.Contains(f.Annotations[valuesOf], v.Text) {
			v.Text = c.Abs(v.Text)
		}
		if failed := setFlag(f, v); failed != nil {
			err = usagef("", "%s: %w", v.Origin, failed)
		}
	})
	return err
}
