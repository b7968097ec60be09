package recipe

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/leporello-press/leporello/internal/spelling"
)

// Template is a text with places that differ from issue to issue:
//
//	科技周刊 第 {{ .Issue }} 期（{{ .From | date "2006-01-02" }}）
//	out/{{ .Name }}-{{ .ISOWeek }}.{{ .Format }}
//
// A place is a field and the filters that it goes through; without one a moment is
// its day, 2026-11-22. The zero Template is empty.
type Template struct {
	text  string
	parts []part
}

// part is a piece of text, and then a place; the last has no place.
type part struct {
	text    string
	field   *field // nil: none
	filters []filter
}

type filter struct {
	apply *filterKind
	text  string // the argument of date
	n     int    // the argument of pad
}

// Vars are what a Template is filled with.
type Vars struct {
	Name  string // of the digest
	Issue int    // its number
	Slot  time.Time
	// From and To are the window [From, To). A zero From prints as nothing.
	From, To time.Time
	Lang     string
	Format   string // of the output
	Articles int
}

// A field is read from Vars as a string, an int or a time.Time.
type field struct {
	name string
	kind string // of value, in words
	of   func(v *Vars) any
}

// The kinds of values.
const (
	aText   = "a text"
	aNumber = "a number"
	aMoment = "a moment"
)

var fields = []field{
	{"Name", aText, func(v *Vars) any { return v.Name }},
	{"Issue", aNumber, func(v *Vars) any { return v.Issue }},
	{"Date", aMoment, func(v *Vars) any { return v.Slot }},
	{"From", aMoment, func(v *Vars) any { return v.From }},
	// A window ends before midnight; people name the day that it ends in.
	{"To", aMoment, func(v *Vars) any {
		if v.To.IsZero() {
			return v.To
		}
		return v.To.Add(-1)
	}},
	{"Year", aNumber, func(v *Vars) any { return v.Slot.Year() }},
	{"Month", aNumber, func(v *Vars) any { return int(v.Slot.Month()) }},
	{"Day", aNumber, func(v *Vars) any { return v.Slot.Day() }},
	{"Week", aNumber, func(v *Vars) any { _, week := v.Slot.ISOWeek(); return week }},
	{"ISOWeek", aText, func(v *Vars) any { return isoWeek(v.Slot) }},
	{"Lang", aText, func(v *Vars) any { return v.Lang }},
	{"Format", aText, func(v *Vars) any { return v.Format }},
	{"Articles", aNumber, func(v *Vars) any { return v.Articles }},
}

// isoWeek returns the week of t as ISO 8601 writes it: 2026-W47.
func isoWeek(t time.Time) string {
	year, week := t.ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// A filterKind makes a value of one kind into a text.
type filterKind struct {
	name     string
	takes    string // the kind; empty: any
	argument string // the kind of its argument, aText or aNumber; empty: it has none
	apply    func(v any, f *filter) string
}

var filterKinds = []filterKind{
	{"date", aMoment, aText, func(v any, f *filter) string {
		if v.(time.Time).IsZero() {
			return ""
		}
		return v.(time.Time).Format(f.text)
	}},
	{"isoweek", aMoment, "", func(v any, _ *filter) string {
		if v.(time.Time).IsZero() {
			return ""
		}
		return isoWeek(v.(time.Time))
	}},
	{"pad", aNumber, aNumber, func(v any, f *filter) string { return fmt.Sprintf("%0*d", f.n, v) }},
	{"upper", "", "", func(v any, _ *filter) string { return strings.ToUpper(plain(v)) }},
	{"lower", "", "", func(v any, _ *filter) string { return strings.ToLower(plain(v)) }},
}

// maxPad bounds the digits of a number.
const maxPad = 20

// ParseTemplate reads a template. The error is a *Mistake.
func ParseTemplate(s string) (Template, error) {
	t := Template{text: s}
	if s == "" {
		return t, nil
	}
	for rest := s; ; {
		text, place, found := strings.Cut(rest, "{{")
		p := part{text: text}
		if !found {
			t.parts = append(t.parts, p)
			return t, nil
		}
		place, rest, found = cutPlace(place)
		if !found {
			return Template{}, &Mistake{What: `a "{{" has no "}}"`}
		}
		if err := p.parse(place); err != nil {
			return Template{}, err
		}
		t.parts = append(t.parts, p)
	}
}

// cutPlace cuts at the first "}}" that is not quoted.
func cutPlace(s string) (place, rest string, found bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(s[i:], "}}"):
			return s[:i], s[i+2:], true
		}
	}
	return "", "", false
}

// parse reads what stands between the braces.
func (p *part) parse(place string) error {
	words, err := lex(place)
	if err != nil {
		return err
	}
	if len(words) == 0 || words[0] == "|" {
		return &Mistake{What: `"{{ }}" names no field`, Hint: "as in {{ .Issue }}"}
	}
	name, dotted := strings.CutPrefix(words[0], ".")
	for i := range fields {
		if dotted && fields[i].name == name {
			p.field = &fields[i]
		}
	}
	if p.field == nil {
		return unknown("field", words[0], ".", fieldNames())
	}
	kind := p.field.kind
	for words = words[1:]; len(words) > 0; {
		if words[0] != "|" || len(words) == 1 {
			return &Mistake{What: fmt.Sprintf("%q stands where a filter begins with |", words[0]), Hint: `as in {{ .From | date "2006-01-02" }}`}
		}
		var f filter
		if words, err = f.parse(words[1:], kind); err != nil {
			return err
		}
		p.filters = append(p.filters, f)
		kind = aText
	}
	return nil
}

// parse reads a filter for a value of some kind, and returns the words after it.
func (f *filter) parse(words []string, kind string) ([]string, error) {
	name := words[0]
	var names []string
	for i := range filterKinds {
		names = append(names, filterKinds[i].name)
		if filterKinds[i].name == name {
			f.apply = &filterKinds[i]
		}
	}
	if f.apply == nil {
		return nil, unknown("filter", name, "", names)
	}
	words = words[1:]
	if f.apply.takes != "" && f.apply.takes != kind {
		return nil, &Mistake{What: fmt.Sprintf("%s is for %s, and this is %s", name, f.apply.takes, kind)}
	}
	argument := len(words) > 0 && words[0] != "|"
	switch f.apply.argument {
	case "":
		if argument {
			return nil, &Mistake{What: fmt.Sprintf("%s takes nothing, but there is %s", name, words[0])}
		}
		return words, nil
	case aText:
		layout, ok := "", false
		if argument {
			layout, ok = strings.CutPrefix(words[0], `"`)
		}
		// A layout in which nothing changes within a century is none.
		at := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
		if f.text = strings.TrimSuffix(layout, `"`); !ok || at.Format(f.text) == at.AddDate(55, 5, 7).Add(7*time.Hour+7*time.Minute+7*time.Second).Format(f.text) {
			return nil, &Mistake{What: fmt.Sprintf("%s needs a layout, which shows how it writes 2 January 2006", name), Hint: `as in {{ .Date | date "2006-01-02" }}`}
		}
	case aNumber:
		n, err := 0, errors.New("none")
		if argument {
			n, err = strconv.Atoi(words[0])
		}
		if f.n = n; err != nil || n < 1 || n > maxPad {
			return nil, &Mistake{What: fmt.Sprintf("%s needs a number of digits from 1 to %d", name, maxPad), Hint: "as in {{ .Issue | pad 3 }}"}
		}
	}
	return words[1:], nil
}

// lex splits a place into words, bars and quoted texts, which keep their quotes.
func lex(s string) ([]string, error) {
	var words []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		end := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '|' || r == '"' })
		switch {
		case s[0] == '|':
			end = 1
		case s[0] == '"':
			closed := strings.IndexByte(s[1:], '"')
			if closed < 0 {
				return nil, &Mistake{What: "a quotation mark is not closed"}
			}
			end = closed + 2
		case end < 0:
			end = len(s)
		}
		words = append(words, s[:end])
		s = s[end:]
	}
	return words, nil
}

func fieldNames() []string {
	var names []string
	for i := range fields {
		names = append(names, "."+fields[i].name)
	}
	return names
}

// unknown says that there is no such thing, and what there is.
func unknown(what, word, prefix string, names []string) error {
	hint := "it is one of " + spelling.Or(names)
	if near := spelling.Nearest(names, prefix+strings.TrimPrefix(word, prefix)); len(near) > 0 {
		hint = "did you mean " + spelling.Or(near) + "?"
	}
	return &Mistake{What: fmt.Sprintf("there is no %s %q", what, word), Hint: hint}
}

// IsZero tells that t is empty.
func (t Template) IsZero() bool { return t.text == "" }

// String returns t as ParseTemplate reads it.
func (t Template) String() string { return t.text }

// MarshalText returns t as ParseTemplate reads it.
func (t Template) MarshalText() ([]byte, error) { return []byte(t.text), nil }

// UnmarshalText reads t as ParseTemplate does.
func (t *Template) UnmarshalText(text []byte) (err error) {
	*t, err = ParseTemplate(string(text))
	return err
}

// Execute fills t.
func (t Template) Execute(v Vars) string {
	return t.fill(&v, func(s string) string { return s })
}

// ExecutePath fills t, which is a path: no text that comes from elsewhere than the
// template adds a folder or leaves one.
func (t Template) ExecutePath(v Vars) string {
	return t.fill(&v, safe)
}

func (t Template) fill(v *Vars, text func(string) string) string {
	var b strings.Builder
	for i := range t.parts {
		p := &t.parts[i]
		b.WriteString(p.text)
		if p.field == nil {
			continue
		}
		value := p.field.of(v)
		if s, ok := value.(string); ok {
			value = text(s)
		}
		for k := range p.filters {
			f := &p.filters[k]
			value = f.apply.apply(value, f)
		}
		b.WriteString(plain(value))
	}
	return b.String()
}

// plain writes a value that went through no filter.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.Format(time.DateOnly)
	}
	panic(fmt.Sprintf("recipe: a field of type %T", v))
}

// maxPathPart bounds what one field adds to a path, in bytes: names of files have at
// most 255.
const maxPathPart = 100

// safe makes a text fit for a part of the name of a file, everywhere.
func safe(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || unicode.IsControl(r) || r == unicode.ReplacementChar {
			return '-'
		}
		return r
	}, s)
	// Two dots are the folder above, and dots at either side make two with their neighbours.
	core := strings.Trim(s, ".")
	lead := len(s) - len(strings.TrimLeft(s, "."))
	s = strings.Repeat("-", lead) + core + strings.Repeat("-", max(0, len(s)-lead-len(core)))
	s = strings.ReplaceAll(s, "..", "--")
	if len(s) > maxPathPart {
		s = strings.ToValidUTF8(s[:maxPathPart], "")
	}
	return s
}
