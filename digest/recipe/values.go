package recipe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/leporello-press/leporello/internal/spelling"
)

// form is what the values of a key look like, in the words of JSON Schema.
type form map[string]any

// Forms of values. What is a text here may be written as a number there.
var (
	aTextForm = form{"type": []string{"string", "number"}}
	textsForm = listOf(aTextForm)
)

// listOf is the form of lists: one item is a list of one, and nothing an empty one.
func listOf(item form) form {
	return form{"anyOf": []form{item, {"type": "array", "items": item}, {"type": "null"}}}
}

// text is a key whose value is a text, which check, if there is one, approves of.
func text[T any](name, help string, at func(*T) *string, check func(string) error) key[T] {
	return key[T]{name: name, help: help, form: aTextForm, read: func(r *reader, n *yaml.Node, v *T) {
		s, ok := r.scalar(n, name)
		if ok && check != nil {
			if err := check(s); err != nil {
				r.mistake(n, name, err)
				return
			}
		}
		if ok {
			*at(v) = s
		}
	}}
}

// texts is a key whose value is a list of texts, each of which check, if there is
// one, approves of.
func texts[T any](name, help string, at func(*T) *[]string, check func(string) error) key[T] {
	return key[T]{name: name, help: help, form: textsForm, read: func(r *reader, n *yaml.Node, v *T) {
		var list []string
		for _, item := range r.items(n) {
			s, ok := r.scalar(item, name)
			if ok && check != nil {
				if err := check(s); err != nil {
					r.mistake(item, name, err)
				}
			}
			list = append(list, s)
		}
		*at(v) = list
	}}
}

// number is a key whose value is a whole number of at least 0.
func number[T any](name, help string, at func(*T) *int) key[T] {
	return key[T]{name: name, help: help, form: form{"type": "integer", "minimum": 0}, read: func(r *reader, n *yaml.Node, v *T) {
		i, ok := r.number(n, name)
		if ok && i < 0 {
			r.problem(n, "", "%s: %d is less than nothing", name, i)
		} else if ok {
			*at(v) = i
		}
	}}
}

// truth is a key whose value is true or false.
func truth[T any](name, help string, byDefault bool, at func(*T) *bool) key[T] {
	return key[T]{name: name, help: help, form: form{"type": "boolean", "default": byDefault}, read: func(r *reader, n *yaml.Node, v *T) {
		if b, ok := r.truth(n, name); ok {
			*at(v) = b
		}
	}}
}

// span is a key whose value is a time, as parseSpan reads it.
func span[T any](name, help string, at func(*T) *time.Duration) key[T] {
	return key[T]{name: name, help: help, form: form{"type": "string", "examples": []string{"14d", "12h"}}, read: func(r *reader, n *yaml.Node, v *T) {
		if s, ok := r.scalar(n, name); ok {
			d, err := parseSpan(s)
			if err != nil {
				r.mistake(n, name, err)
				return
			}
			*at(v) = d
		}
	}}
}

// parseSpan reads a time: "2w", "14d", "12h", "1h30m". Its days have 24 hours.
func parseSpan(s string) (time.Duration, error) {
	for suffix, unit := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if number, ok := strings.CutSuffix(s, suffix); ok {
			if n, err := strconv.Atoi(number); err == nil && n >= 0 && n <= 36600 {
				return time.Duration(n) * unit, nil
			}
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return d, nil
	}
	return 0, &Mistake{fmt.Sprintf("%q is no time", shorten(s)), "as in 14d, 2w or 12h"}
}

// size is a key whose value is a number of bytes, as ParseBytes reads it.
func size[T any](name, help string, at func(*T) *int64) key[T] {
	return key[T]{name: name, help: help, form: form{"type": aTextForm["type"], "examples": []string{"25MB"}}, read: func(r *reader, n *yaml.Node, v *T) {
		if s, ok := r.scalar(n, name); ok {
			bytes, err := ParseBytes(s)
			if err != nil {
				r.mistake(n, name, err)
				return
			}
			*at(v) = bytes
		}
	}}
}

// ParseBytes reads a size: "45MB", "1.5 GB", "700000", "64KiB".
func ParseBytes(s string) (int64, error) {
	number := strings.TrimRight(strings.TrimSpace(s), "KMGTiBkmgtb ")
	unit := strings.ToLower(strings.TrimSpace(strings.TrimSpace(s)[len(number):]))
	factor, ok := map[string]float64{
		"": 1, "b": 1, "kb": 1e3, "k": 1e3, "mb": 1e6, "m": 1e6, "gb": 1e9, "g": 1e9, "tb": 1e12, "t": 1e12,
		"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
	}[unit]
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !ok || !(n >= 0) || n*factor >= 1<<62 {
		return 0, &Mistake{fmt.Sprintf("%q is no size", s), "as in 45MB"}
	}
	return int64(n * factor), nil
}

// choice is a key whose value is one of names; V counts them from 0.
func choice[T any, V ~uint8](name, help string, names []string, at func(*T) *V) key[T] {
	return key[T]{name: name, help: help, form: form{"enum": names, "default": names[0]}, read: func(r *reader, n *yaml.Node, v *T) {
		if s, ok := r.scalar(n, name); ok {
			if i := slices.Index(names, s); i >= 0 {
				*at(v) = V(i)
			} else {
				r.mistake(n, name, noneOf(names, s))
			}
		}
	}}
}

// noneOf says that a text is none of names.
func noneOf(names []string, s string) error {
	return &Mistake{fmt.Sprintf("%q is none of %s", shorten(s), spelling.Or(names)), spelling.DidYouMean(names, s)}
}

// template is a key whose value is a Template.
func template[T any](name, help string, at func(*T) *Template) key[T] {
	return key[T]{name: name, help: help, form: aTextForm, read: func(r *reader, n *yaml.Node, v *T) {
		if s, ok := r.scalar(n, name); ok {
			t, err := ParseTemplate(s)
			if err != nil {
				r.mistake(n, name, err)
				return
			}
			*at(v) = t
		}
	}}
}

// command is a key whose value is a program and its arguments.
func command[T any](name, help string, at func(*T) *[]string) key[T] {
	return key[T]{name: name, help: help, form: textsForm, read: func(r *reader, n *yaml.Node, v *T) { *at(v) = r.command(n, name) }}
}

// secret are the keys that say where a secret is.
func secret[T any](name, what string, at func(*T) *Secret) []key[T] {
	keys := []key[T]{
		command(name+"_command", "Program, with its arguments, that prints "+what, func(v *T) *[]string { return &at(v).Command }),
		text(name+"_file", "File with "+what, func(v *T) *string { return &at(v).File }, nil),
		text(name+"_env", "Variable of the environment with "+what, func(v *T) *string { return &at(v).Env }, nil),
		text(name, capital(what)+", written here; better one of the others, for files are read by many", func(v *T) *string { return &at(v).Clear }, nil),
	}
	keys[len(keys)-1].told = asThere
	for i := range keys {
		set := keys[i].read
		keys[i].read = func(r *reader, n *yaml.Node, v *T) {
			if !at(v).IsZero() {
				r.problem(n, "", "%s: where it is, is said twice", keys[i].name)
				return
			}
			set(r, n, v)
			if at(v).Clear != "" {
				r.inTheClear(n, name, fmt.Sprintf("%s_command, %s_file or %s_env says where it is", name, name, name))
			}
		}
	}
	return keys
}

// inTheClear warns of a secret in the file.
func (r *reader) inTheClear(n *yaml.Node, key, hint string) {
	r.problem(n, hint, "%s: a secret is written here for all who may read the file", key)
	r.problems[len(r.problems)-1].Warning = true
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// group is a key whose value is a group of keys.
func group[T, U any](name, help string, l *level[U], at func(*T) *U) key[T] {
	return key[T]{name: name, help: help, form: l.form(), told: notAtAll, read: func(r *reader, n *yaml.Node, v *T) {
		r.within(r.group, r.prefix+name+".", func() { read(r, n, l, at(v)) })
	}}
}

// setting is the key of a setting.
func setting[T any](s *Setting, at func(*T) Settings) key[T] {
	name := s.key()
	k := key[T]{name: name, help: capital(s.Help), form: s.form(), told: notAtAll}
	k.read = func(r *reader, n *yaml.Node, v *T) {
		if value, ok := r.setting(s, n); ok {
			at(v)[s.Name] = value
		}
	}
	return k
}

// form returns what the values of a setting look like.
func (s *Setting) form() form {
	var f form
	switch s.Type {
	case Bool:
		f = form{"type": "boolean"}
	case Int:
		f = form{"type": "integer"}
	case List:
		f = form{"anyOf": textsForm["anyOf"]}
	case String:
		if f = (form{"type": aTextForm["type"]}); s.Values == nil {
			break
		}
		if s.Path {
			f["examples"] = s.Values
			break
		}
		var values []any
		for _, v := range s.Values {
			values = append(values, v)
			if n, err := strconv.Atoi(v); err == nil {
				values = append(values, n)
			}
		}
		f = form{"enum": values}
	default:
		panic(fmt.Sprintf("recipe: a setting of type %d", s.Type))
	}
	if s.Default != "" {
		switch s.Type {
		case Bool:
			f["default"] = s.Default == "true"
		case Int:
			f["default"], _ = strconv.Atoi(s.Default)
		default:
			f["default"] = s.Default
		}
	}
	return f
}

// setting reads the value of a setting.
func (r *reader) setting(s *Setting, n *yaml.Node) (value Value, ok bool) {
	value.Origin = r.origin(n)
	switch s.Type {
	case Bool:
		var b bool
		b, ok = r.truth(n, s.key())
		value.Text = strconv.FormatBool(b)
	case Int:
		var i int
		i, ok = r.number(n, s.key())
		value.Text = strconv.Itoa(i)
	case List:
		value.List, ok = r.texts(n, s.key()), true
	case String:
		value.Text, ok = r.scalar(n, s.key())
		if ok && s.Values != nil && !s.Path && !slices.Contains(s.Values, value.Text) {
			r.mistake(n, s.key(), noneOf(s.Values, value.Text))
			return value, false
		}
	default:
		panic(fmt.Sprintf("recipe: a setting of type %d", s.Type))
	}
	if ok && s.Check != nil {
		if err := s.Check(value); err != nil {
			r.mistake(n, s.key(), err)
			return value, false
		}
	}
	return value, ok
}
