package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/internal/redact"
	"github.com/leporello-press/leporello/internal/spelling"
)

func (e *env) configShowCommand() *cobra.Command {
	var k configured
	var origin, asJSON bool
	cmd := &cobra.Command{
		Use:   "show [DIGEST...]",
		Short: "Show what holds for each source, digest and output",
		Long: `Show prints the settings that hold, after defaults and the environment; with --origin
also those that nobody said, and where the others were said. Passwords are not shown.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := k.load(e)
			if err != nil {
				return err
			}
			shown, err := e.shown(c, args)
			if err != nil {
				return err
			}
			shown[0].set("state_dir", e.stateOrigin(c, &k))
			if !origin && !asJSON {
				for i := range shown {
					shown[i].Settings = slices.DeleteFunc(shown[i].Settings, func(s shownSetting) bool { return s.Origin == unsaid })
				}
			}
			if asJSON {
				enc := json.NewEncoder(e.stdout)
				enc.SetEscapeHTML(false)
				enc.SetIndent("", "  ")
				return enc.Encode(shown)
			}
			return e.printShown(shown, origin)
		},
	}
	f := cmd.Flags()
	k.flags(f)
	f.BoolVar(&origin, "origin", false, "tell where each setting was said: a line of the file, a variable, a flag, or nowhere (default)")
	f.BoolVar(&asJSON, "json", false, "print JSON, with all settings and origins")
	return cmd
}

// shownGroup is a group of settings as config show prints it.
type shownGroup struct {
	Group    string         `json:"group"` // as in recipe.Said
	Settings []shownSetting `json:"settings"`
}

type shownSetting struct {
	Key    string `json:"key"`
	Value  any    `json:"value"` // a text, or a list of texts
	Origin string `json:"origin"`
}

// unsaid is the origin of what nobody said.
var unsaid = recipe.Origin{}.String()

func (g *shownGroup) set(key string, s shownSetting) {
	s.Key = key
	g.Settings = append(slices.DeleteFunc(g.Settings, func(s shownSetting) bool { return s.Key == key }), s)
}

// stateOrigin returns where state_dir is from.
func (e *env) stateOrigin(c *recipe.Config, k *configured) shownSetting {
	s := shownSetting{Value: c.StateDir, Origin: unsaid}
	switch {
	case k.state != "" && k.state == e.getenv(variable("state-dir")):
		s.Origin = variable("state-dir")
	case k.state != "":
		s.Origin = "--state-dir"
	default:
		for _, said := range c.Said {
			if said.Group == "" && said.Key == "state_dir" {
				s.Origin = said.Origin.String()
			}
		}
	}
	return s
}

// shown returns all that holds: for the file, and for digests of some names, or for
// all and their sources.
func (e *env) shown(c *recipe.Config, names []string) ([]shownGroup, error) {
	var all []string
	for i := range c.Digests {
		all = append(all, c.Digests[i].Name)
	}
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, usagef(spelling.DidYouMean(all, name), "there is no digest %q", name)
		}
	}
	table := e.settings()
	group := func(name string, scope recipe.Scope, s recipe.Settings) shownGroup {
		g := shownGroup{Group: name}
		for _, said := range c.Said {
			if said.Group == name {
				g.Settings = append(g.Settings, shownSetting{said.Key, redact.Text(said.Text), said.Origin.String()})
			}
		}
		g.Settings = append(g.Settings, inScope(table, scope, "", s)...)
		return g
	}
	file := group("", recipe.InFile, c.Network)
	file.Settings = append(file.Settings, inScope(table, recipe.InNetwork, "network.", c.Network)...)
	if url := e.getenv(databaseVariable); url != "" {
		file.set("database_url", shownSetting{Value: redact.Text(url), Origin: databaseVariable})
	}
	list := []shownGroup{file}
	for i := range c.Sources {
		s := &c.Sources[i]
		list = append(list, group("sources."+s.Name, recipe.InSource, s.Settings))
	}
	for i := range c.Digests {
		d := &c.Digests[i]
		if len(names) > 0 && !slices.Contains(names, d.Name) {
			continue
		}
		name := "digests." + d.Name
		list = append(list, group(name, recipe.InDigest, d.Settings))
		for k := range d.Outputs {
			list = append(list, group(fmt.Sprintf("%s.outputs.%d", name, k+1), recipe.InOutput, d.Outputs[k].Settings))
		}
		for k := range d.Deliver {
			list = append(list, group(fmt.Sprintf("%s.deliver.%d", name, k+1), 0, nil))
		}
	}
	return list, nil
}

// inScope returns what holds of the settings of a scope.
func inScope(table []recipe.Setting, scope recipe.Scope, prefix string, s recipe.Settings) []shownSetting {
	var list []shownSetting
	for i := range table {
		t := &table[i]
		if t.Scopes&scope == 0 || t.Name == "format" { // which recipe tells
			continue
		}
		v := shownSetting{Key: prefix + strings.ReplaceAll(t.Name, "-", "_"), Value: t.Default, Origin: unsaid}
		said, ok := s[t.Name]
		switch {
		case !ok:
		case said.List != nil:
			texts := []string{}
			for _, text := range said.List {
				texts = append(texts, withoutSecret(t.Name, text))
			}
			v.Value, v.Origin = texts, said.Origin.String()
		default:
			v.Value, v.Origin = withoutSecret(t.Name, said.Text), said.Origin.String()
		}
		list = append(list, v)
	}
	return list
}

// withoutSecret returns a value of a flag without what opens doors.
func withoutSecret(flag, text string) string {
	if flag == "header" { // https://example.org Authorization: Bearer 1234
		name, _, found := strings.Cut(text, ": ")
		if text = name; found {
			text += ": …"
		}
	}
	return redact.Text(text)
}

func (e *env) printShown(list []shownGroup, origin bool) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for i, g := range list {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if g.Group != "" {
			fmt.Fprintln(w, printable(g.Group))
		}
		for _, s := range g.Settings {
			value := s.Value
			if texts, ok := value.([]string); ok {
				value = strings.Join(texts, ", ")
			}
			if value == "" {
				value = "-"
			}
			line := fmt.Sprintf("  %s\t%s", s.Key, printable(fmt.Sprint(value)))
			if origin {
				line += "\t" + s.Origin
			}
			fmt.Fprintln(w, line)
		}
	}
	return w.Flush()
}
