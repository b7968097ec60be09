package frontmatter

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/leporello-press/leporello/article"
)

// tomlKey is a line of TOML that begins an entry or a table.
var tomlKey = regexp.MustCompile(`^\s*(?:\[{1,2}[^\[\]]+\]{1,2}\s*(?:#.*)?$|("[^"]*"|'[^']*'|[A-Za-z0-9_.-]+)\s*=\s*(.*))`)

// table is a table of TOML. Its entries may be anywhere in the file.
type table struct {
	keys   []string
	values []*cell
	tables map[string]*cell // the entries that are tables
}

// cell is an entry of a table: a value, a table, or a list of tables.
type cell struct {
	value
	sub  *table
	list []*table
}

// tomlReader reads TOML. The parser of the library is used for its syntax only:
// what it makes of values would not keep their text.
type tomlReader struct {
	*parser
	root    *table
	current *table // that entries are in
	text    unstable.Parser
	first   int // the file's line of the text
}

func (p *parser) parseTOML(head string) ([]pair, error) {
	r := tomlReader{parser: p, root: &table{}}
	r.current = r.root
	err := r.read(head, p.line)
	if err != nil && !errors.Is(err, ErrLimit) {
		r.root = &table{}
		r.current = r.root
		p.nodes = 0
		err = r.chunks(head, err)
	}
	if err != nil {
		return nil, err
	}
	return r.pairs(r.root, 0)
}

// read reads text, whose first line is the given one of the file. It never panics.
func (r *tomlReader) read(text string, line int) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	r.first = line
	r.text.Reset([]byte(text))
	for r.text.NextExpression() {
		n := r.text.Expression()
		var keys []string
		at := line
		for it := n.Key(); it.Next(); {
			if len(keys) == 0 {
				at = r.lineOf(it.Node())
			}
			keys = append(keys, string(it.Node().Data))
		}
		switch n.Kind {
		case unstable.Table, unstable.ArrayTable:
			r.current = r.root.at(keys[:len(keys)-1], at)
			c := r.current.table(keys[len(keys)-1], at)
			if n.Kind == unstable.ArrayTable {
				c.list = append(c.list, &table{})
				r.current = c.list[len(c.list)-1]
			} else {
				r.current = c.last()
			}
		case unstable.KeyValue:
			v, err := r.node(n.Value(), at, 0)
			if err != nil {
				return err
			}
			v.line = at
			r.current.at(keys[:len(keys)-1], at).add(keys[len(keys)-1], &cell{value: v})
		default:
			panic(fmt.Sprintf("frontmatter: unknown expression %s", n.Kind))
		}
	}
	if err := r.text.Error(); err != nil {
		return err
	}
	return nil
}

func (r *tomlReader) lineOf(n *unstable.Node) int {
	return r.first + r.text.Shape(n.Raw).Start.Line - 1
}

func (r *tomlReader) node(n *unstable.Node, line, depth int) (value, error) {
	v := value{line: line}
	if r.nodes++; r.nodes > maxNodes {
		return v, fmt.Errorf("front matter: line %d: more than %d values: %w", line, maxNodes, ErrLimit)
	}
	if depth > maxDepth {
		return v, fmt.Errorf("front matter: line %d: nested more than %d deep: %w", line, maxDepth, ErrLimit)
	}
	switch n.Kind {
	case unstable.Array:
		v.list = []value{}
		for it := n.Children(); it.Next(); {
			if it.Node().Kind == unstable.Comment {
				continue
			}
			item, err := r.node(it.Node(), line, depth+1)
			if err != nil {
				return v, err
			}
			v.list = append(v.list, item)
		}
	case unstable.InlineTable:
		t := &table{}
		for it := n.Children(); it.Next(); {
			if it.Node().Kind == unstable.Comment {
				continue
			}
			var keys []string
			for k := it.Node().Key(); k.Next(); {
				keys = append(keys, string(k.Node().Data))
			}
			val, err := r.node(it.Node().Value(), line, depth+1)
			if err != nil {
				return v, err
			}
			t.at(keys[:len(keys)-1], line).add(keys[len(keys)-1], &cell{value: val})
		}
		var err error
		v.dict, err = r.pairs(t, depth)
		return v, err
	default:
		v.text = string(n.Data)
	}
	return v, nil
}

func (t *table) add(key string, c *cell) {
	t.keys = append(t.keys, key)
	t.values = append(t.values, c)
}

// table returns the entry of t that is a table or a list of them, new if need be.
func (t *table) table(key string, line int) *cell {
	if c := t.tables[key]; c != nil {
		return c
	}
	c := &cell{value: value{line: line}}
	if t.tables == nil {
		t.tables = map[string]*cell{}
	}
	t.tables[key] = c
	t.add(key, c)
	return c
}

// last returns the table that entries are added to.
func (c *cell) last() *table {
	if len(c.list) > 0 {
		return c.list[len(c.list)-1]
	}
	if c.sub == nil {
		c.sub = &table{}
	}
	return c.sub
}

// at returns the table that the keys lead to.
func (t *table) at(keys []string, line int) *table {
	for _, k := range keys {
		t = t.table(k, line).last()
	}
	return t
}

// pairs returns the entries of t in their order.
func (r *tomlReader) pairs(t *table, depth int) ([]pair, error) {
	pairs := []pair{}
	for i, c := range t.values {
		if depth > maxDepth {
			return nil, fmt.Errorf("front matter: line %d: nested more than %d deep: %w", c.line, maxDepth, ErrLimit)
		}
		v := c.value
		var err error
		if c.sub != nil {
			if v.dict, err = r.pairs(c.sub, depth+1); err != nil {
				return nil, err
			}
		}
		for _, sub := range c.list {
			item := value{line: c.line}
			if item.dict, err = r.pairs(sub, depth+1); err != nil {
				return nil, err
			}
			v.list = append(v.list, item)
		}
		pairs = append(pairs, pair{t.keys[i], v})
	}
	return pairs, nil
}

// chunks reads what is not TOML as a whole: each entry by itself, and those that
// are still broken as text.
func (r *tomlReader) chunks(head string, cause error) error {
	var chunks []chunk
	quotes := ""
	for i, line := range strings.Split(strings.TrimRight(head, "\n"), "\n") {
		begins := quotes == "" && (tomlKey.MatchString(line) || keyLine.MatchString(line) && !strings.HasPrefix(strings.TrimSpace(line), "["))
		quotes = openQuotes(line, quotes)
		switch {
		case begins:
			chunks = append(chunks, chunk{i + 1, []string{line}})
		case len(chunks) > 0:
			c := &chunks[len(chunks)-1]
			c.lines = append(c.lines, line)
		case strings.TrimSpace(line) != "" && line[0] != '#':
			r.report(article.Issue{Severity: article.Loss, Code: "frontmatter.line", Pos: article.Pos{Line: r.line + i},
				Detail: "neither a key nor part of a value: " + line, Action: "dropped"})
		}
	}
	before := r.repairs
	for _, c := range chunks {
		err := r.read(strings.Join(c.lines, "\n")+"\n", r.line+c.line-1)
		if errors.Is(err, ErrLimit) {
			return err
		}
		if err == nil {
			continue
		}
		r.repaired(c.line, fmt.Sprintf("line %d: %v", r.line+c.line-1, err), "read as text")
		key, rest := "", ""
		if m := tomlKey.FindStringSubmatch(c.lines[0]); m != nil {
			key, rest = unquote(m[1]), m[2]
		} else {
			key, rest, _ = entry(c.lines[0])
		}
		c.lines[0] = "x: " + strings.TrimSuffix(rest, ",")
		_, v := c.asText(r.line)
		r.current.add(key, &cell{value: v})
	}
	if r.repairs == before {
		r.repaired(1, cause.Error(), "read entry by entry")
	}
	return nil
}
