package frontmatter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/leporello-press/leporello/article"
)

// object takes the head that is an object of JSON. r stands before its line.
func (s *splitter) object(r lines) (File, head, error) {
	h := head{notation: inJSON, line: r.number}
	text := r.rest
	dec := json.NewDecoder(bytes.NewReader(text[:min(len(text), maxBytes+1)]))
	var raw json.RawMessage
	err := dec.Decode(&raw)
	end := int(dec.InputOffset())
	switch {
	case err == nil && !hasKnownKey(text[:end]):
		return s.whole, head{}, nil // a text about JSON
	case err == nil:
		for range bytes.Count(lineEnds.ReplaceAll(text[:end], []byte("\n")), []byte("\n")) {
			r.next()
		}
		rest := text[end:]
		if i := bytes.IndexAny(rest, "\r\n"); i >= 0 {
			rest = rest[:i]
		}
		if len(bytes.TrimSpace(rest)) > 0 {
			return s.whole, head{}, nil // goes on as something else
		}
		r.next()
	default:
		// Broken: it ends where its brace stands at the margin.
		var b bytes.Buffer
		for {
			l, ok := r.next()
			if !ok || b.Len() > maxBytes {
				return s.unclosedObject(h, b.Bytes())
			}
			b.Write(l)
			b.WriteByte('\n')
			if string(l) == "}" {
				break
			}
		}
		if !hasKnownKey(b.Bytes()) {
			return s.whole, head{}, nil
		}
		end = len(text) - len(r.rest)
	}
	h.text = string(lineEnds.ReplaceAll(text[:end], []byte("\n"))) + "\n"
	// Hexo ends it by a fence all the same.
	after := r
	after.skipBlank()
	if l, ok := after.next(); ok && string(l) == ";;;" {
		r = after
	}
	return File{Body: r.rest, Line: r.number}, h, nil
}

// unclosedObject decides about an object without an end.
func (s *splitter) unclosedObject(h head, text []byte) (File, head, error) {
	if !hasKnownKey(text[:min(len(text), 4096)]) {
		return s.whole, head{}, nil
	}
	if len(text) > maxBytes {
		return s.whole, head{}, tooLarge(h.line)
	}
	s.report(article.Issue{Severity: article.Warning, Code: "frontmatter.unclosed", Pos: article.Pos{Line: h.line},
		Detail: `no "}" at the margin ends the front matter`, Action: "read as part of the body"})
	return s.whole, head{}, nil
}

var (
	lineEnds = regexp.MustCompile(`\r\n?|\n`)
	jsonKey  = regexp.MustCompile(`["']?([^\s"':,{}\[\]]+)["']?\s*:`)
)

// hasKnownKey tells whether a key with a meaning stands in text.
func hasKnownKey(text []byte) bool {
	for _, m := range jsonKey.FindAllSubmatch(text, -1) {
		if _, ok := meanings[Key(string(m[1]))]; ok {
			return true
		}
	}
	return false
}

// parseJSON reads an object, with or without the braces around it.
func (p *parser) parseJSON(head string) ([]pair, error) {
	text := strings.TrimSpace(head)
	if !strings.HasPrefix(text, "{") {
		text = "{" + strings.TrimSuffix(text, ",") + "}"
	} else {
		p.line += strings.Count(head[:strings.Index(head, "{")], "\n")
	}
	j := jsonReader{parser: p, dec: json.NewDecoder(strings.NewReader(text)), text: text}
	j.dec.UseNumber()
	v, err := j.value(0)
	if err == nil {
		if _, err = j.dec.Token(); err == nil {
			err = errors.New("something follows the object")
		} else if err == io.EOF {
			return v.dict, nil
		}
	}
	if errors.Is(err, ErrLimit) {
		return nil, err
	}
	// A comma too many, a missing quote: YAML is JSON without such rules.
	root, err2 := unmarshal(strings.ReplaceAll(text, "\t", "  "))
	if err2 == nil && root.Kind == yaml.MappingNode {
		p.repaired(1, "broken JSON: "+err.Error(), "read as YAML")
		return p.mapping(root, 0)
	}
	return p.jsonLines(text, err), nil
}

// jsonReader reads JSON in the order of the file; numbers keep their text.
type jsonReader struct {
	*parser
	dec  *json.Decoder
	text string
	at   int // the offset up to which lines are counted
	row  int // the lines counted
}

// lineNow is the line of the file that the decoder has reached.
func (j *jsonReader) lineNow() int {
	end := int(j.dec.InputOffset())
	j.row += strings.Count(j.text[j.at:end], "\n")
	j.at = end
	return j.line + j.row
}

func (j *jsonReader) value(depth int) (value, error) {
	t, err := j.dec.Token()
	if err != nil {
		return value{}, err
	}
	v := value{line: j.lineNow()}
	if j.nodes++; j.nodes > maxNodes {
		return v, fmt.Errorf("front matter: line %d: more than %d values: %w", v.line, maxNodes, ErrLimit)
	}
	if depth > maxDepth {
		return v, fmt.Errorf("front matter: line %d: nested more than %d deep: %w", v.line, maxDepth, ErrLimit)
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			v.dict = []pair{}
			for j.dec.More() {
				key, err := j.dec.Token()
				if err != nil {
					return v, err
				}
				line := j.lineNow()
				val, err := j.value(depth + 1)
				if err != nil {
					return v, err
				}
				val.line = line
				v.dict = append(v.dict, pair{key.(string), val})
			}
		} else {
			v.list = []value{}
			for j.dec.More() {
				val, err := j.value(depth + 1)
				if err != nil {
					return v, err
				}
				v.list = append(v.list, val)
			}
		}
		_, err = j.dec.Token()
	case string:
		v.text = t
	case json.Number:
		v.text = t.String()
	case bool:
		v.text = fmt.Sprint(t)
	case nil:
		v.text, v.null = "null", true
	default:
		panic(fmt.Sprintf("frontmatter: unknown token %T", t))
	}
	return v, err
}

var jsonLine = regexp.MustCompile(`^[\s{,]*(?:"([^"]+)"|'([^']+)'|([A-Za-z_][\w-]*))\s*:\s*(.*?)[\s,}]*$`)

// jsonLines reads what is neither JSON nor YAML line by line.
func (p *parser) jsonLines(text string, cause error) []pair {
	pairs := []pair{}
	for i, line := range strings.Split(text, "\n") {
		m := jsonLine.FindStringSubmatch(line)
		switch {
		case m != nil:
			c := chunk{line: i + 1, lines: []string{"x: " + m[4]}}
			_, v := c.asText(p.line)
			pairs = append(pairs, pair{m[1] + m[2] + m[3], v})
		case strings.Trim(line, " \t{}[],") != "":
			p.report(article.Issue{Severity: article.Loss, Code: "frontmatter.line", Pos: article.Pos{Line: p.line + i},
				Detail: "neither a key nor part of a value: " + strings.TrimSpace(line), Action: "dropped"})
		}
	}
	p.repaired(1, "broken JSON: "+cause.Error(), "read line by line")
	return pairs
}
