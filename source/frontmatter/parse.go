package frontmatter

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/leporello-press/leporello/article"
)

// value is a value of the front matter: a text, a list or a map. Texts are as
// written, without regard to what YAML takes them for.
type value struct {
	text string
	null bool    // empty, ~ or null without quotes
	list []value // not nil: a list
	dict []pair  // not nil: a map
	line int     // in the file
}

// pair is a key with its value, in the order of the file.
type pair struct {
	key string
	value
}

// parser reads a head.
type parser struct {
	line    int // of the file, that the head begins with
	nodes   int // seen so far, aliases followed
	repairs int // reported so far
	report  func(article.Issue)
}

func (p *parser) parse(head string) ([]pair, error) {
	head = p.fullWidthColons(head)
	root, err := unmarshal(head)
	if err == nil && root.Kind == yaml.MappingNode && !severalDocuments.MatchString(head) {
		return p.mapping(root, 0)
	}
	return p.lineByLine(head, err)
}

// severalDocuments: YAML would read the first document and drop the others.
var severalDocuments = regexp.MustCompile(`(?m)^(?:---|\.\.\.|%)`)

// unmarshal returns the root of a YAML text. It never panics.
func unmarshal(text string) (root *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("yaml: %v", r)
		}
	}()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) != 1 {
		return &yaml.Node{Kind: yaml.MappingNode}, nil // empty, or comments only
	}
	return doc.Content[0], nil
}

var fullWidthColon = regexp.MustCompile(`(?m)^([A-Za-z][A-Za-z0-9_ -]{0,40}?)[ \t]*：[ \t]*`)

// fullWidthColons makes the colons of "title：…" ASCII. Only words in ASCII at the
// beginning of a line are keys: Chinese prose has such colons everywhere.
func (p *parser) fullWidthColons(head string) string {
	for _, m := range fullWidthColon.FindAllStringSubmatchIndex(head, -1) {
		p.repaired(strings.Count(head[:m[0]], "\n")+1, fmt.Sprintf("the colon after %q is a full-width one", head[m[2]:m[3]]), "read as a colon")
	}
	return fullWidthColon.ReplaceAllString(head, "$1: ")
}

func (p *parser) repaired(line int, detail, action string) {
	p.repairs++
	p.report(article.Issue{Severity: article.Warning, Code: "frontmatter.repaired",
		Pos: article.Pos{Line: p.line + line - 1}, Detail: detail, Action: action})
}

func (p *parser) mapping(n *yaml.Node, depth int) ([]pair, error) {
	pairs := []pair{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		val, err := p.value(v, depth+1)
		if err != nil {
			return nil, err
		}
		val.line = p.line + k.Line - 1
		if k.Tag == "!!merge" {
			pairs = append(pairs, val.dict...)
			for _, item := range val.list {
				pairs = append(pairs, item.dict...)
			}
			continue
		}
		key, err := p.value(k, depth+1)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, pair{key.String(), val})
	}
	return pairs, nil
}

// value turns n into a value. Aliases are followed, and counted each time.
func (p *parser) value(n *yaml.Node, depth int) (value, error) {
	if p.nodes++; p.nodes > maxNodes {
		return value{}, fmt.Errorf("front matter: line %d: more than %d values: %w", p.line+n.Line-1, maxNodes, ErrLimit)
	}
	if depth > maxDepth {
		return value{}, fmt.Errorf("front matter: line %d: nested more than %d deep: %w", p.line+n.Line-1, maxDepth, ErrLimit)
	}
	v := value{line: p.line + n.Line - 1}
	switch n.Kind {
	case yaml.AliasNode:
		return p.value(n.Alias, depth+1)
	case yaml.SequenceNode:
		v.list = []value{}
		for _, c := range n.Content {
			item, err := p.value(c, depth+1)
			if err != nil {
				return v, err
			}
			v.list = append(v.list, item)
		}
	case yaml.MappingNode:
		var err error
		if v.dict, err = p.mapping(n, depth); err != nil {
			return v, err
		}
	default:
		v.text = n.Value
		v.null = n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0 && n.ShortTag() == "!!null"
		if v.null && n.Value == "~" {
			v.text = ""
		}
	}
	return v, nil
}

// String returns the value on one line: the items of a list separated by commas.
func (v value) String() string {
	switch {
	case v.text != "" || v.list == nil && v.dict == nil:
		return v.text
	case v.list != nil:
		var items []string
		for _, item := range v.list {
			items = append(items, item.String())
		}
		return strings.Join(items, ", ")
	}
	var pairs []string
	for _, p := range v.dict {
		pairs = append(pairs, p.key+": "+p.String())
	}
	return strings.Join(pairs, ", ")
}

// chunk is an entry of a head that is not YAML as a whole: the line with the key
// and those that belong to it.
type chunk struct {
	line  int // in the head, from 1
	lines []string
}

// lineByLine reads what YAML does not: each entry by itself, and those that are
// still broken as text. cause is what was wrong with the whole; nil: its root is
// no map.
func (p *parser) lineByLine(head string, cause error) ([]pair, error) {
	var chunks []chunk
	for i, line := range strings.Split(strings.TrimRight(head, "\n"), "\n") {
		_, _, isEntry := entry(line)
		blank := strings.TrimSpace(line) == "" || line[0] == '#'
		switch {
		case isEntry && line[0] != ' ' && line[0] != '\t':
			chunks = append(chunks, chunk{i + 1, []string{line}})
		case len(chunks) > 0:
			c := &chunks[len(chunks)-1]
			c.lines = append(c.lines, line)
		case !blank:
			p.report(article.Issue{Severity: article.Loss, Code: "frontmatter.line", Pos: article.Pos{Line: p.line + i},
				Detail: "neither a key nor part of a value: " + line, Action: "dropped"})
		}
	}
	pairs := []pair{}
	before := p.repairs
	for _, c := range chunks {
		found, err := p.chunk(c)
		if errors.Is(err, ErrLimit) {
			return nil, err
		}
		if err != nil {
			key, v := c.asText(p.line)
			p.repaired(c.line, fmt.Sprintf("line %d: %v", p.line+c.line-1, err), "read as text")
			found = []pair{{key, v}}
		}
		pairs = append(pairs, found...)
	}
	if p.repairs == before && cause != nil {
		p.repaired(1, cause.Error(), "read entry by entry")
	}
	return pairs, nil
}

// chunk reads one entry as YAML.
func (p *parser) chunk(c chunk) ([]pair, error) {
	text := strings.Join(c.lines, "\n") + "\n"
	root, err := unmarshal(text)
	if err != nil {
		// Tabs that indent are the commonest mistake, and clear in meaning.
		if fixed := tabs.ReplaceAllStringFunc(text, func(s string) string { return strings.ReplaceAll(s, "\t", "  ") }); fixed != text {
			if r, err2 := unmarshal(fixed); err2 == nil && r.Kind == yaml.MappingNode {
				p.repaired(c.line, "indented by tabs", "read as spaces")
				root, err = r, nil
			}
		}
	}
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if root.Kind != yaml.MappingNode || len(root.Content) != 2 {
		return nil, errors.New("not a key and its value")
	}
	if severalDocuments.MatchString(text) {
		return nil, errors.New("a mark of documents")
	}
	sub := parser{line: p.line + c.line - 1, nodes: p.nodes, report: p.report}
	pairs, err := sub.mapping(root, 0)
	p.nodes = sub.nodes
	return pairs, err
}

var tabs = regexp.MustCompile(`(?m)^[ \t]+`)

// asText reads the entry by what a person sees: quotes around a value, a list of
// lines with dashes or of words between brackets, or just text. line is the
// file's line of the head.
func (c chunk) asText(line int) (string, value) {
	key, first, _ := entry(c.lines[0])
	v := value{line: line + c.line - 1}
	first = strings.TrimSpace(first)
	if first == "|" || first == ">" || first == "|-" || first == ">-" {
		first = ""
	}
	var texts []string
	if first != "" {
		texts = append(texts, unquote(first))
	}
	dashes := false
	for _, l := range c.lines[1:] {
		l = strings.TrimSpace(l)
		if l == "" || l[0] == '#' {
			continue
		}
		item, dash := strings.CutPrefix(l, "-")
		if dash && (item == "" || item[0] == ' ' || item[0] == '\t') {
			dashes = true
			l = strings.TrimSpace(item)
		}
		if l != "" {
			texts = append(texts, unquote(l))
		}
	}
	inside, bracket := strings.CutPrefix(first, "[")
	closing := strings.IndexByte(inside, ']')
	switch {
	case dashes:
		v.list = []value{}
		for _, t := range texts {
			v.list = append(v.list, value{text: t, line: v.line})
		}
	case bracket && len(texts) == 1 && (closing < 0 || closing == len(inside)-1):
		// Both readings are kept: a title has the brackets, a list the words.
		v.list = []value{}
		for item := range strings.SplitSeq(strings.TrimSuffix(inside, "]"), ",") {
			v.list = append(v.list, value{text: unquote(strings.TrimSpace(item)), line: v.line})
		}
		v.text = first
	default:
		v.text = strings.Join(texts, " ")
	}
	return key, v
}

// unquote removes quotes that stand around all of s. One without its partner is
// part of the text: 'Tis.
func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}
