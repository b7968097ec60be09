package recipe

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/leporello-press/leporello/internal/spelling"
)

// Bounds of a file.
const (
	maxBytes  = 1 << 20
	maxVisits = 100_000 // of nodes; those that an alias stands for count each time
)

// Parse reads a file. name is its path, which places are told with, and table the
// settings that it may have. All that is wrong is returned, in the order of the
// file; where only warnings are, or nothing is, the Config can be used, else it is nil.
func Parse(name string, data []byte, table []Setting) (*Config, []Problem) {
	r := &reader{name: name}
	c := &Config{Path: name, Dir: filepath.Dir(name), Network: Settings{}}
	if root := r.document(data); root != nil {
		r.grammar = newGrammar(table)
		f := file{Config: c, defaults: Settings{}}
		read(r, root, &r.grammar.file, &f)
		r.finish(&f)
		c.Said = r.said
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	// What is wrong at one place is told once.
	list := slices.CompactFunc(r.problems, func(a, b Problem) bool { return a.Origin == b.Origin })
	if slices.ContainsFunc(list, func(p Problem) bool { return !p.Warning }) {
		return nil, list
	}
	return c, list
}

// reader reads one file.
type reader struct {
	name     string
	grammar  *grammar
	problems []Problem
	visits   int
	said     []Said
	group    string // that is read
	prefix   string // of its keys that are read
}

func (r *reader) origin(n *yaml.Node) Origin { return Origin{r.name, max(n.Line, 1), max(n.Column, 1)} }

func (r *reader) problem(n *yaml.Node, hint, format string, args ...any) {
	r.problems = append(r.problems, Problem{Origin: r.origin(n), What: fmt.Sprintf(format, args...), Hint: hint})
}

// mistake reports what is wrong with the value of a key.
func (r *reader) mistake(n *yaml.Node, key string, err error) {
	var m *Mistake
	hint := ""
	if errors.As(err, &m) {
		hint = m.Hint
	}
	r.problem(n, hint, "%s: %s", key, err)
}

// document parses the YAML of a file, which has one document; nil: it cannot be
// read, or there is nothing in it.
func (r *reader) document(data []byte) *yaml.Node {
	if len(data) > maxBytes {
		r.problem(&yaml.Node{}, "", "the file has more than %d bytes", maxBytes)
		return nil
	}
	if at := badText(data); at >= 0 {
		line := 1 + bytes.Count(data[:at], []byte("\n"))
		column := at - bytes.LastIndexByte(data[:at], '\n')
		r.problem(&yaml.Node{Line: line, Column: column}, "", "the file is no text in UTF-8: byte %#02x", data[at])
		return nil
	}
	docs, err := documents(data)
	switch {
	case err != nil:
		line, what := syntax(err)
		r.problem(&yaml.Node{Line: line}, "", "no YAML: %s", what)
	case len(docs) == 0:
		r.problem(&yaml.Node{}, "leporello config init writes a file to begin with", "the file is empty")
	case len(docs) > 1:
		r.problem(docs[1], "", "a second document begins here; the file is one")
	default:
		return docs[0]
	}
	return nil
}

// documents parses at most two documents. The library panics on some of what is no YAML.
func documents(data []byte) (docs []*yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			docs, err = nil, fmt.Errorf("yaml: %v", r)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for len(docs) < 2 {
		var doc yaml.Node
		if err := decoder.Decode(&doc); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		docs = append(docs, doc.Content...)
	}
	return docs, nil
}

// badText returns where data has a byte that text has not; -1: nowhere.
func badText(data []byte) int {
	for i := 0; i < len(data); {
		c, n := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && n == 1 || unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' && c != '\u0085' {
			return i
		}
		i += n
	}
	return -1
}

var syntaxLine = regexp.MustCompile(`^line (\d+): `)

// syntax takes an error of the YAML library apart.
func syntax(err error) (line int, what string) {
	what = strings.TrimPrefix(err.Error(), "yaml: ")
	if m := syntaxLine.FindStringSubmatch(what); m != nil {
		line, _ = strconv.Atoi(m[1])
		what = what[len(m[0]):]
		if strings.HasPrefix(what, "did not find expected") {
			line++ // errors of its parser, other than those of its scanner, count from 0
		}
	}
	return line, what
}

// visit returns the node that n stands for; nil, when there were too many.
func (r *reader) visit(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	if r.visits++; r.visits > maxVisits {
		if r.visits == maxVisits+1 {
			r.problem(n, "", "the file says too much: it has more than %d values", maxVisits)
		}
		return nil
	}
	return n
}

// kind says what a node is.
func kind(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a group of keys"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	}
	return strconv.Quote(shorten(n.Value))
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// shorten cuts a text for a message.
func shorten(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// pair is a key and its value.
type pair struct{ key, value *yaml.Node }

// pairs returns what a group of keys has. Nothing at all is an empty group: its keys may be
// commented out. what names the group.
func (r *reader) pairs(n *yaml.Node, what string) []pair {
	n = r.visit(n)
	if n == nil || isNull(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.problem(n, "", "%s: want a group of keys, not %s", what, kind(n))
		return nil
	}
	var list []pair
	seen := map[string]*yaml.Node{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := r.visit(n.Content[i]), n.Content[i+1]
		switch {
		case key == nil:
			return list
		case key.Kind != yaml.ScalarNode:
			r.problem(n.Content[i], "", "%s: a key is a word, not %s", what, kind(key))
		case key.ShortTag() == "!!merge":
			merged = append(merged, value)
		case seen[key.Value] != nil:
			r.problem(key, "", "%s stands here twice, first in line %d", shorten(key.Value), seen[key.Value].Line)
		default:
			seen[key.Value] = key
			list = append(list, pair{key, value})
		}
	}
	for _, m := range merged {
		list = append(list, r.merge(m, what, seen, 0)...)
	}
	return list
}

// maxMerges bounds groups that are merged into groups that are merged.
const maxMerges = 10

// merge returns the pairs of a group, or of a list of groups, that seen has not.
func (r *reader) merge(n *yaml.Node, what string, seen map[string]*yaml.Node, depth int) []pair {
	target := r.visit(n)
	switch {
	case target == nil:
		return nil
	case depth == maxMerges:
		r.problem(n, "", "%s: groups are merged more than %d deep", what, maxMerges)
		return nil
	case target.Kind == yaml.SequenceNode && depth == 0:
		var list []pair
		for _, item := range target.Content {
			list = append(list, r.merge(item, what, seen, 1)...)
		}
		return list
	case target.Kind != yaml.MappingNode:
		r.problem(n, "", "%s: what is merged is a group of keys, not %s", what, kind(target))
		return nil
	}
	var list []pair
	for i := 0; i+1 < len(target.Content); i += 2 {
		key, value := r.visit(target.Content[i]), target.Content[i+1]
		switch {
		case key == nil || key.Kind != yaml.ScalarNode:
		case key.ShortTag() == "!!merge":
			list = append(list, r.merge(value, what, seen, depth+1)...)
		case seen[key.Value] == nil:
			seen[key.Value] = key
			list = append(list, pair{key, value})
		}
	}
	return list
}

// items returns the values of a list. One value is a list of one; nothing is an empty list.
func (r *reader) items(n *yaml.Node) []*yaml.Node {
	target := r.visit(n)
	switch {
	case target == nil || isNull(target):
		return nil
	case target.Kind == yaml.SequenceNode:
		return target.Content
	}
	return []*yaml.Node{n}
}

// scalar returns the text of a value.
func (r *reader) scalar(n *yaml.Node, key string) (text string, ok bool) {
	target := r.visit(n)
	if target == nil {
		return "", false
	}
	if target.Kind != yaml.ScalarNode || isNull(target) {
		hint := ""
		if isNull(target) {
			hint = `an empty text is written ""`
		}
		r.problem(n, hint, "%s: want a text, not %s", key, kind(target))
		return "", false
	}
	if target.ShortTag() == "!!bool" {
		r.problem(n, fmt.Sprintf("as a text it is written %q", target.Value), "%s: want a text, not %s", key, target.Value)
		return "", false
	}
	return target.Value, true
}

// texts returns a list of texts.
func (r *reader) texts(n *yaml.Node, key string) []string {
	list := []string{}
	for _, item := range r.items(n) {
		if text, ok := r.scalar(item, key); ok {
			list = append(list, text)
		}
	}
	return list
}

// truth reads true or false.
func (r *reader) truth(n *yaml.Node, key string) (value, ok bool) {
	target := r.visit(n)
	if target == nil {
		return false, false
	}
	if target.Kind != yaml.ScalarNode || target.ShortTag() != "!!bool" || target.Decode(&value) != nil {
		hint := ""
		switch strings.ToLower(target.Value) {
		case "yes", "on", "y", "1":
			hint = "did you mean true?"
		case "no", "off", "n", "0":
			hint = "did you mean false?"
		}
		r.problem(n, hint, "%s: want true or false, not %s", key, kind(target))
		return false, false
	}
	return value, true
}

// number reads a whole number.
func (r *reader) number(n *yaml.Node, key string) (value int, ok bool) {
	target := r.visit(n)
	if target == nil {
		return 0, false
	}
	if target.Kind != yaml.ScalarNode || target.ShortTag() != "!!int" || target.Decode(&value) != nil {
		r.problem(n, "", "%s: want a whole number, not %s", key, kind(target))
		return 0, false
	}
	return value, true
}

// command reads a program and its arguments: a list, or one text that is split as
// a shell would.
func (r *reader) command(n *yaml.Node, key string) []string {
	target := r.visit(n)
	if target == nil {
		return nil
	}
	var words []string
	if target.Kind == yaml.ScalarNode {
		text, ok := r.scalar(n, key)
		if !ok {
			return nil
		}
		var err error
		if words, err = split(text); err != nil {
			r.mistake(n, key, err)
			return nil
		}
	} else {
		words = r.texts(n, key)
	}
	if len(words) == 0 || words[0] == "" {
		r.problem(n, `as in [pass, show, mail]`, "%s: no command", key)
		return nil
	}
	return words
}

// split splits a command line at its spaces, outside of quotation marks. What only a
// shell would understand is a mistake: there is none.
func split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	open, quote := false, rune(0) // a word, a quotation
	escaped := false
	for _, c := range line {
		switch {
		case escaped:
			// Between double quotation marks a backslash stands for itself before most characters.
			if quote == '"' && c != '"' && c != '\\' {
				word.WriteByte('\\')
			}
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped, open = true, true
		case quote == 0 && (c == '"' || c == '\''):
			quote, open = c, true
		case c == quote:
			quote = 0
		case quote == 0 && unicode.IsSpace(c):
			if open {
				words = append(words, word.String())
				word.Reset()
				open = false
			}
		case quote != '\'' && (c == '$' || c == '`'), quote == 0 && strings.ContainsRune("|&;<>()*?#~", c):
			return nil, &Mistake{fmt.Sprintf("no shell reads this command, and %q would be a letter as any other", c), "a shell is called as [sh, -c, 'a | b']"}
		default:
			word.WriteRune(c)
			open = true
		}
	}
	if quote != 0 || escaped {
		return nil, &Mistake{"a quotation mark is not closed", ""}
	}
	if open {
		words = append(words, word.String())
	}
	return words, nil
}

// read reads a group of keys into v.
func read[T any](r *reader, n *yaml.Node, l *level[T], v *T) {
	said := map[string]bool{}
	for _, p := range r.pairs(n, l.what) {
		if k := l.find(p.key.Value); k != nil {
			k.read(r, p.value, v)
			r.say(k.told, k.name, p.value)
			said[k.name] = true
		} else if !l.free || !strings.HasPrefix(p.key.Value, "x-") {
			r.unknown(p.key, l.what, l.names())
		}
	}
	for i := range l.keys {
		k := &l.keys[i]
		if d := k.form["default"]; d != nil && !said[k.name] && k.told == asWritten {
			text := fmt.Sprint(d)
			if list, ok := d.([]string); ok {
				text = strings.Join(list, ", ")
			}
			r.said = append(r.said, Said{Group: r.group, Key: r.prefix + k.name, Text: text})
		}
	}
}

// say adds to what the file says.
func (r *reader) say(how told, key string, n *yaml.Node) {
	s := Said{Group: r.group, Key: r.prefix + key, Text: "…", Origin: r.origin(n)}
	switch how {
	case asWritten:
		var words []string
		for _, item := range r.items(n) {
			if v := r.visit(item); v != nil && v.Kind == yaml.ScalarNode {
				words = append(words, v.Value)
			}
		}
		s.Text = strings.Join(words, ", ")
	case asThere:
	case notAtAll:
		return
	}
	r.said = append(r.said, s)
}

// within reads what is a group of its own, or a part of one.
func (r *reader) within(group, prefix string, read func()) {
	g, p := r.group, r.prefix
	r.group, r.prefix = group, prefix
	read()
	r.group, r.prefix = g, p
}

// unknown reports a key that a group does not have.
func (r *reader) unknown(key *yaml.Node, what string, names []string) {
	word := strings.ToLower(strings.ReplaceAll(key.Value, "-", "_"))
	var here, there []string // keys that are meant, of this group and of others
	for _, ours := range words[word] {
		if slices.Contains(names, ours) {
			here = append(here, ours)
		} else if groups := r.grammar.elsewhere(ours); len(groups) > 0 {
			there = append(there, ours+", a key of "+spelling.Or(groups))
		}
	}
	hint := spelling.DidYouMean(names, word)
	switch groups := r.grammar.elsewhere(word); {
	case len(here) > 0:
		hint = "did you mean " + spelling.Or(here) + "?"
	case hint != "": // what is written nearly so
	case advice[word] != "":
		hint = advice[word]
	case len(groups) > 0:
		hint = word + " is a key of " + spelling.Or(groups)
	case len(there) == 1:
		hint = "did you mean " + there[0] + "?"
	}
	r.problem(key, hint, "%s: unknown key %q", what, shorten(key.Value))
}
