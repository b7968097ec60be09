package recipe

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/leporello-press/leporello/digest/schedule"
	"github.com/leporello-press/leporello/internal/spelling"
)

// failed tells whether there is an error among the problems since there were so many.
func (r *reader) failed(before int) bool {
	return slices.ContainsFunc(r.problems[before:], func(p Problem) bool { return !p.Warning })
}

// has tells whether a group has a key.
func (r *reader) has(n *yaml.Node, key string) bool {
	return slices.ContainsFunc(r.pairs(n, key), func(p pair) bool { return p.key.Value == key })
}

// finish shares the defaults out, and checks what needs the whole file.
func (r *reader) finish(f *file) {
	for i := range f.Sources {
		f.Sources[i].Settings = r.inherit(InSource, f.Sources[i].Settings, f.defaults)
	}
	paths := map[string]Origin{}
	for _, d := range f.issues {
		r.sources(f, d)
		r.schedule(d, f.defaults)
		r.outputs(d, f.defaults, paths)
		r.deliver(d)
		d.Settings = r.inherit(InDigest, d.Settings, f.defaults)
		f.Digests = append(f.Digests, d.Digest)
	}
}

// inherit returns the settings of a place: of each, what the first of levels says.
func (r *reader) inherit(in Scope, levels ...Settings) Settings {
	all := Settings{}
	for i := range r.grammar.table {
		s := &r.grammar.table[i]
		if s.Scopes&in == 0 {
			continue
		}
		for _, l := range levels {
			if v, ok := l[s.Name]; ok {
				all[s.Name] = v
				break
			}
		}
	}
	return all
}

// sources checks the names of the sources of a digest.
func (r *reader) sources(f *file, d *digestFile) {
	var names []string
	for i := range f.Sources {
		names = append(names, f.Sources[i].Name)
	}
	if len(names) == 0 && len(d.refs) == 0 && len(r.problems) == 0 {
		r.problems = append(r.problems, Problem{Origin: d.Pos, What: "digest " + d.Name + ": there are no sources", Hint: "as in sources: {posts: {inputs: [posts]}}"})
	}
	seen := map[string]bool{}
	for _, n := range d.refs {
		name := r.visit(n)
		switch {
		case name == nil || name.Kind != yaml.ScalarNode || isNull(name): // reported
		case !slices.Contains(names, name.Value):
			r.problem(n, spelling.DidYouMean(names, name.Value), "sources: there is no source %q", shorten(name.Value))
		case seen[name.Value]:
			r.problem(n, "", "sources: %s is named twice", name.Value)
		default:
			seen[name.Value] = true
		}
	}
}

// schedule reads the schedule of a digest in its time zone.
func (r *reader) schedule(d *digestFile, defaults Settings) {
	d.Zone = time.UTC
	if v, ok := r.inherit(InDigest, d.Settings, defaults)["timezone"]; ok {
		zone, err := time.LoadLocation(v.Text)
		if err != nil || v.Text == "Local" {
			r.problems = append(r.problems, Problem{Origin: v.Origin, What: "timezone: there is no zone " + shorten(v.Text), Hint: "zones are named as Asia/Shanghai, Europe/Berlin, UTC"})
			return
		}
		d.Zone = zone
	}
	if d.schedule == nil {
		return
	}
	s, err := schedule.Parse(d.Digest.schedule, d.Zone)
	if err != nil {
		r.problem(d.schedule, "as in Sun 07:00, Mon-Fri 18:30, daily 7:00, or 0 7 1 * *", "%s", err)
		return
	}
	d.Schedule = s
}

// outputs completes the outputs of a digest and sees to it that none is the place of
// another. paths are those of the digests before.
func (r *reader) outputs(d *digestFile, defaults Settings, paths map[string]Origin) {
	formats := r.grammar.formats
	for i := range d.outputs {
		o := &d.outputs[i]
		if o.path == nil {
			continue
		}
		ending := strings.ToLower(strings.TrimPrefix(path.Ext(o.Path.String()), "."))
		known := slices.Contains(formats, ending)
		switch {
		case o.Format == "" && known:
			o.Format = ending
		case o.Format == "" && len(formats) > 0:
			r.problem(o.path, "format says it, as in format: "+formats[0], "path: no format is known by this ending")
			continue
		case known && o.Format != ending:
			r.problem(o.path, "", "path: it ends in .%s, and the format is %s", ending, o.Format)
			continue
		}
		// Two issues that are due at once must differ, as must the outputs of one.
		at := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
		place := filepath.Clean(o.Path.ExecutePath(Vars{Name: d.Name, Issue: 1, Slot: at, From: at, To: at, Lang: "en", Format: o.Format, Articles: 1}))
		if first, taken := paths[place]; taken {
			r.problem(o.path, "{{ .Name }} and {{ .Format }} make paths differ", "path: the output in line %d has the same", first.Line)
			continue
		}
		paths[place] = r.origin(o.path)
		o.Settings = r.inherit(InOutput, o.Settings, d.Settings, defaults)
		d.Outputs = append(d.Outputs, o.Output)
	}
}

// deliver checks the targets of a digest against each other and against its outputs.
func (r *reader) deliver(d *digestFile) {
	seen := map[string]bool{}
	for i := range d.Deliver {
		t := &d.Deliver[i]
		if t.To == nil {
			continue // reported
		}
		if seen[t.Name] {
			r.problem(d.targets[i], "name tells them apart", "deliver: two targets are called %q", t.Name)
		}
		seen[t.Name] = true
		for _, format := range t.Formats {
			if !slices.ContainsFunc(d.Outputs, func(o Output) bool { return o.Format == format }) {
				r.problem(d.targets[i], "", "deliver: no output is in the format %s", format)
			}
		}
	}
}
