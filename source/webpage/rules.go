package webpage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Rule is what is known of the pages of one site.
type Rule struct {
	hosts               []string
	keep, remove        []Selector
	title, date, author []Selector
}

// maxRules is how many bytes a file of rules may have.
const maxRules = 1 << 20

// ErrRules is wrapped by the errors of ParseRules.
var ErrRules = errors.New("not a file of site rules")

// ParseRules reads a file of site rules. It is a list in YAML:
//
//   - hosts: [news.example.com, "*.example.org"]
//     keep: ["#content .text"]     # the article: nothing else is taken
//     remove: [.ad, ".more a"]     # never a part of the article
//     title: h1.headline           # the element whose text is the title
//     date: .meta .time            # … the date (or its datetime attribute)
//     author: .meta .by            # … the author
//
// Every key but hosts may be missing. A host is written without a port; "*."
// stands for any host below. The first rule with the host of a page counts. The
// values of keep and the keys after it are CSS selectors, one or a list. Unknown
// keys and selectors that do not parse are errors that name the line.
func ParseRules(data []byte) ([]Rule, error) {
	if len(data) > maxRules {
		return nil, fmt.Errorf("webpage: more than %d bytes: %w", maxRules, ErrRules)
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var list yaml.Node
	if err := d.Decode(&list); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("webpage: %w: %w", ErrRules, err)
	}
	if len(list.Content) != 1 || list.Content[0].Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("webpage: line %d: a list of rules is expected: %w", list.Line, ErrRules)
	}
	var rules []Rule
	for _, n := range list.Content[0].Content {
		r, err := parseRule(n)
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func parseRule(n *yaml.Node) (Rule, error) {
	var r Rule
	if n.Kind != yaml.MappingNode {
		return r, fmt.Errorf("webpage: line %d: a rule has keys: %w", n.Line, ErrRules)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		texts, err := texts(value)
		if err != nil {
			return r, err
		}
		selectors := map[string]*[]Selector{"keep": &r.keep, "remove": &r.remove, "title": &r.title, "date": &r.date, "author": &r.author}
		switch to, ok := selectors[key.Value]; {
		case key.Value == "hosts":
			for _, h := range texts {
				r.hosts = append(r.hosts, strings.ToLower(strings.TrimSpace(h)))
			}
		case !ok:
			return r, fmt.Errorf("webpage: line %d: unknown key %q: %w", key.Line, key.Value, ErrRules)
		default:
			if *to, err = ParseSelectors(texts); err != nil {
				return r, fmt.Errorf("webpage: line %d: %w: %w", value.Line, err, ErrRules)
			}
		}
	}
	if len(r.hosts) == 0 {
		return r, fmt.Errorf("webpage: line %d: a rule without hosts: %w", n.Line, ErrRules)
	}
	return r, nil
}

// texts returns a text or a list of texts.
func texts(n *yaml.Node) ([]string, error) {
	switch n.Kind {
	case yaml.ScalarNode:
		return []string{n.Value}, nil
	case yaml.SequenceNode:
		var list []string
		for _, c := range n.Content {
			if c.Kind != yaml.ScalarNode {
				return nil, fmt.Errorf("webpage: line %d: a text is expected: %w", c.Line, ErrRules)
			}
			list = append(list, c.Value)
		}
		return list, nil
	}
	return nil, fmt.Errorf("webpage: line %d: a text or a list of texts is expected: %w", n.Line, ErrRules)
}

// ruleFor returns the first rule for the host of the address; the zero Rule if
// there is none.
func ruleFor(rules []Rule, address string) Rule {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return Rule{}
	}
	host := strings.ToLower(u.Hostname())
	for _, r := range rules {
		for _, h := range r.hosts {
			if below, ok := strings.CutPrefix(h, "*."); h == host || ok && strings.HasSuffix(host, "."+below) {
				return r
			}
		}
	}
	return Rule{}
}
