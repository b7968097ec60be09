package frontmatter

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/date"
	"github.com/leporello-press/leporello/source/lang"
)

// field is a field of article.Meta.
type field uint8

const (
	id field = iota
	title
	subtitle
	authors
	language
	published
	updated
	address
	section
	tags
	summary
	lead
	publisher
	fieldCount
)

// meaning is what a key stands for. Where several keys of a front matter stand
// for one field, the one with the least rank that has a value is taken.
type meaning struct {
	field field
	rank  int
}

var meanings = func() map[string]meaning {
	m := map[string]meaning{}
	for f, keys := range map[field]string{
		id:        "guid id uuid",
		title:     "title headline 标题 標題 linktitle",
		subtitle:  "subtitle subhead subheading 副标题 副標題",
		authors:   "authors author byline creator writer 作者",
		language:  "lang language locale",
		published: "date published publishdate publisheddate pubdate publishedat publishedtime datepublished created createdat datetime 日期 发布时间 發佈時間",
		updated:   "updated lastmod modified lastmodified lastmodifiedat updatedat datemodified modifiedtime 更新",
		address:   "source original originalurl canonicalurl canonical externallink sourceurl originurl url link redirectto",
		section:   "categories category section sections 分类 分類",
		tags:      "tags tag keywords keyword 标签 標籤",
		summary:   "summary description excerpt abstract desc 摘要",
		lead: "cover headimg thumbnail image featuredimage featuredimg featureimage coverimage coverimg banner bannerimg headerimg headerimage " +
			"indeximg topimg ogimage heroimage img thumb pic photos images header resources",
		publisher: "publisher sitename site periodical 来源 來源",
	} {
		for i, key := range strings.Fields(keys) {
			m[key] = meaning{f, i}
		}
	}
	return m
}()

// spreads are the keys whose maps have entries like the front matter itself
// (Zola's taxonomies, Hugo's params).
var spreads = []string{"taxonomies", "params", "extra"}

type mapper struct {
	o      source.Options
	report func(article.Issue)
	out    article.Meta
	flat   []string // categories that are tags
}

// meta gives the entries their places.
func (m *mapper) meta(entries []pair) article.Meta {
	entries = spread(entries)
	m.duplicates(entries)
	best := map[field]int{} // the rank that filled the field
	// By rank, so that the first that has a value wins; then what is left, in the
	// order of the file.
	order := make([]int, len(entries))
	rank := func(i int) int { return meanings[meaningKey(entries[i].key)].rank }
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank(a) - rank(b) })
	used := make([]bool, len(entries))
	for _, i := range order {
		mean, ok := meanings[meaningKey(entries[i].key)]
		if !ok {
			continue
		}
		if _, filled := best[mean.field]; filled {
			// The same again need not be kept.
			used[i] = m.same(mean.field, entries[i].value)
			continue
		}
		if m.set(mean.field, entries[i]) {
			best[mean.field], used[i] = mean.rank, true
		}
	}
	for i, e := range entries {
		_, known := meanings[meaningKey(e.key)]
		if !used[i] && !(known && e.String() == "") {
			m.extra(m.state(e))
		}
	}
	if len(m.flat) > 0 {
		m.out.Tags = words(append(m.out.Tags, m.flat...))
	}
	return m.out
}

// state returns the key and the value that are kept of e. The day on which an
// article expires has one key, and is written as RFC 3339, so that who reads it
// need not know the zone.
func (m *mapper) state(e pair) (string, value) {
	if k := meaningKey(e.key); k != "expirydate" && k != "unpublishdate" && k != "expires" {
		return e.key, e.value
	}
	var t time.Time
	if !m.date(&t, e) {
		return e.key, e.value
	}
	e.text = t.Format(time.RFC3339)
	return "expiryDate", e.value
}

// meaningKey is the last part of a key that was spread.
func meaningKey(key string) string {
	if before, after, ok := strings.Cut(key, "."); ok && slices.Contains(spreads, Key(before)) {
		key = after
	}
	return Key(key)
}

func spread(entries []pair) []pair {
	var out []pair
	for _, e := range entries {
		if e.dict == nil || !slices.Contains(spreads, Key(e.key)) {
			out = append(out, e)
			continue
		}
		for _, d := range e.dict {
			out = append(out, pair{e.key + "." + d.key, d.value})
		}
	}
	return out
}

func (m *mapper) duplicates(entries []pair) {
	seen := map[string]int{}
	for _, e := range entries {
		k := Key(e.key)
		if first, ok := seen[k]; ok {
			m.issue(article.Warning, "frontmatter.duplicate", e.line, fmt.Sprintf("the key %q was already in line %d", e.key, first), "the first value counts")
			continue
		}
		if !e.null {
			seen[k] = e.line
		}
	}
}

func (m *mapper) issue(s article.Severity, code string, line int, detail, action string) {
	m.report(article.Issue{Severity: s, Code: code, Pos: article.Pos{Line: line}, Detail: detail, Action: action})
}

// set fills field f from e, and tells whether e had a value for it.
func (m *mapper) set(f field, e pair) bool {
	d := &m.out
	switch f {
	case id:
		return setText(&d.ID, e.value)
	case title:
		// A title may be the word null.
		if e.null && e.text != "" {
			d.Title = e.text
			return true
		}
		return setText(&d.Title, e.value)
	case subtitle:
		return setText(&d.Subtitle, e.value)
	case summary:
		return setText(&d.Summary, e.value)
	case publisher:
		return setText(&d.Publisher, e.value)
	case authors:
		d.Authors = names(e.value)
		return len(d.Authors) > 0
	case tags:
		d.Tags = m.tags(e.value)
		return len(d.Tags) > 0
	case section:
		return m.section(e)
	case language:
		d.Lang = lang.Normal(e.text)
		return d.Lang != ""
	case published:
		return m.date(&d.Published, e)
	case updated:
		return m.date(&d.Updated, e)
	case address:
		if isAddress(e.text) {
			d.URL = strings.TrimSpace(e.text)
			return true
		}
		// "source: 新华社" names who published it.
		if Key(e.key) == "source" && !e.null && d.Publisher == "" && e.text != "" {
			return setText(&d.Publisher, e.value)
		}
		return false
	case lead:
		d.Lead = image(e.value)
		if Key(e.key) == "resources" && d.Lead != nil && !pictureFile.MatchString(d.Lead.Src) {
			d.Lead = nil // another file that belongs to the page
		}
		return d.Lead != nil
	}
	panic(fmt.Sprintf("frontmatter: unknown field %d", f))
}

// same tells whether field f already says what v does.
func (m *mapper) same(f field, v value) bool {
	d := &m.out
	switch f {
	case lead:
		img := image(v)
		return img != nil && *img == *d.Lead
	case title:
		return fold(v.text) == d.Title
	case summary:
		return fold(v.text) == d.Summary
	case authors:
		return slices.Equal(names(v), d.Authors)
	case tags:
		return slices.Equal(m.tags(v), d.Tags)
	case address:
		return strings.TrimSpace(v.text) == d.URL
	}
	return false
}

func setText(to *string, v value) bool {
	if v.null || v.dict != nil || v.list != nil && v.text == "" {
		return false
	}
	*to = fold(v.text)
	return *to != ""
}

// fold makes s one line, without characters that print nothing.
func fold(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' || r == '\ufeff' || r == '\u200b' || r == '\ufffe' || r == '\uffff' {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\r' }), " ")
}

func (m *mapper) date(to *time.Time, e pair) bool {
	if e.null || e.text == "" || isBool(e.text) {
		return false
	}
	t, note, err := date.Parse(e.text, m.o.Zone)
	if err != nil {
		m.issue(article.Warning, "frontmatter.date", e.line, fmt.Sprintf("%s: %v", e.key, err), "ignored")
		return false
	}
	if note != "" {
		m.issue(article.Warning, "frontmatter.date", e.line, fmt.Sprintf("%s: %q: %s", e.key, e.text, note), "read as "+t.Format(time.RFC3339))
	}
	*to = t
	return true
}

func isBool(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "false", "yes", "no", "on", "off":
		return true
	}
	return false
}

func isAddress(s string) bool {
	u, err := url.Parse(strings.TrimSpace(s))
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

var pictureFile = regexp.MustCompile(`(?i)\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?)(?:[?#].*)?$`)

// section takes categories as the options say: a list is one path from the
// outermost in, or names of equal rank. Of several lists the first counts.
func (m *mapper) section(e pair) bool {
	paths := m.paths(e.value)
	if len(paths) == 0 {
		return false
	}
	var others []string
	whole := paths[0]
	switch m.o.Categories {
	case source.Hierarchy:
		for _, p := range paths[1:] {
			others = append(others, strings.Join(p, "/"))
		}
		m.out.Section = whole
	case source.Flat:
		all := words(slices.Concat(paths...))
		m.out.Section = all[:1]
		m.flat = all[1:]
		return true
	case source.First:
		all := words(slices.Concat(paths...))
		m.out.Section, others = all[:1], all[1:]
	case source.Last:
		all := words(slices.Concat(paths...))
		m.out.Section, others = all[len(all)-1:], all[:len(all)-1]
	default:
		panic(fmt.Sprintf("frontmatter: unknown meaning of categories %d", m.o.Categories))
	}
	if len(others) > 0 {
		m.out.Extra = append(m.out.Extra, article.Field{Key: e.key, Value: strings.Join(others, ", ")})
		m.issue(article.Info, "frontmatter.section", e.line, "several categories", strings.Join(m.out.Section, "/")+" is the section")
	}
	return true
}

// paths returns the categories in v, each from the outermost in.
func (m *mapper) paths(v value) [][]string {
	var paths [][]string
	add := func(p []string) {
		if len(p) > 0 {
			paths = append(paths, p)
		}
	}
	switch {
	case v.null:
	case v.list == nil || v.text != "":
		if m.spaced(v.text) {
			add(words(strings.Fields(v.text)))
			break
		}
		add(path(v.text))
	case slices.ContainsFunc(v.list, func(v value) bool { return v.list != nil }):
		for _, item := range v.list {
			add(names(item))
		}
	default:
		add(names(v))
	}
	return paths
}

// spaced tells whether s is to be split at its spaces: where that was asked for
// and nothing else separates.
func (m *mapper) spaced(s string) bool {
	return m.o.SpacedTags && !strings.ContainsAny(s, ",，、;；/>›»#[")
}

func (m *mapper) tags(v value) []string {
	if v.list == nil && v.dict == nil && !v.null && m.spaced(v.text) {
		return words(strings.Fields(v.text))
	}
	return names(v)
}

// path splits "a/b" and "a > b".
func path(s string) []string {
	if strings.ContainsAny(s, ",，、;；") {
		return names(value{text: s})
	}
	return words(strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '>' || r == '›' || r == '»' }))
}

// names returns the names in v: the items of a list, or the parts of a text.
func names(v value) []string {
	switch {
	case v.null:
		return nil
	case v.list != nil:
		var all []string
		for _, item := range v.list {
			if item.list == nil && item.dict == nil {
				if !item.null {
					all = append(all, item.text) // a comma in an item is part of its name
				}
				continue
			}
			all = append(all, names(item)...)
		}
		return words(all)
	case v.dict != nil:
		for _, p := range v.dict {
			if k := Key(p.key); k == "name" || k == "title" || k == "id" {
				return words([]string{p.text})
			}
		}
		return nil
	}
	return words(parts(v.text))
}

// parts splits a text at what separates names in it.
func parts(s string) []string {
	in := func(chars string) func(rune) bool { return func(r rune) bool { return strings.ContainsRune(chars, r) } }
	if strings.Contains(s, "\n") {
		var all []string
		for line := range strings.Lines(s) {
			all = append(all, parts(strings.TrimSpace(line))...)
		}
		return all
	}
	if strings.ContainsAny(s, ";；") {
		return strings.FieldsFunc(s, in(";；"))
	}
	if strings.ContainsAny(s, "、，") {
		return strings.FieldsFunc(s, in("、，,"))
	}
	list := strings.Split(s, ",")
	if len(list) == 2 && oneWord(list[0]) && oneWord(list[1]) && strings.ToLower(s) != s {
		return []string{s} // "Doe, Jane"
	}
	if len(list) > 1 {
		return list
	}
	if fields := strings.Fields(s); len(fields) > 1 && !slices.ContainsFunc(fields, func(f string) bool { return f[0] != '#' }) {
		return fields
	}
	return list
}

// oneWord tells whether s is one word of Latin letters.
func oneWord(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.Is(unicode.Latin, r) && r != '-' && r != '\'' && r != '.' })
}

var wikiLink = regexp.MustCompile(`^\[\[(?:[^\]|]*\|)?([^\]|]*)\]\]$`)

// words trims each name and what note-taking programs write around it.
func words(list []string) []string {
	var out []string
	for _, s := range list {
		s = fold(s)
		if m := wikiLink.FindStringSubmatch(s); m != nil {
			s = m[1]
		}
		if rest, ok := strings.CutPrefix(s, "#"); ok && rest != "" && rest[0] != ' ' {
			s = rest
		}
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// image returns the picture that v names; nil: none.
func image(v value) *article.Image {
	switch {
	case v.dict != nil:
		img := &article.Image{}
		for _, p := range v.dict {
			switch Key(p.key) {
			case "image", "path", "src", "url", "img", "teaser", "feature", "overlayimage":
				if img.Src == "" {
					img.Src = strings.TrimSpace(p.text)
				}
			case "alt", "caption":
				if img.Alt == "" {
					img.Alt = fold(p.text)
				}
			}
		}
		if !isReference(img.Src) {
			return nil
		}
		return img
	case v.list != nil:
		if len(v.list) == 0 {
			return nil
		}
		return image(v.list[0])
	}
	if src := strings.TrimSpace(v.text); isReference(src) {
		return &article.Image{Src: src}
	}
	return nil
}

// isReference tells an address or a path from words such as "false" and
// colours such as "#fff".
func isReference(s string) bool {
	return s != "" && s[0] != '#' && strings.ContainsAny(s, "./") && !strings.ContainsAny(s, "\n\t")
}

// extra keeps what has no field, with the keys of maps joined by dots.
func (m *mapper) extra(key string, v value) {
	if v.dict != nil {
		for _, p := range v.dict {
			m.extra(key+"."+p.key, p.value)
		}
		return
	}
	m.out.Extra = append(m.out.Extra, article.Field{Key: key, Value: v.String()})
}
