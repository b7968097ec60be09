package press

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/collation"
	"github.com/leporello-press/leporello/internal/words"
)

// Sort is the order of the articles within their parts.
type Sort uint8

const (
	// ByInput keeps the order of the inputs.
	ByInput Sort = iota
	// Oldest and Newest go by date; articles without one come last.
	Oldest
	Newest
	// ByTitle goes by title, as the language of the book sorts.
	ByTitle
)

// ParseSort reads what a person calls an order: "input", "date", "-date", "title".
func ParseSort(s string) (Sort, error) {
	switch s {
	case "", "input":
		return ByInput, nil
	case "date":
		return Oldest, nil
	case "-date":
		return Newest, nil
	case "title":
		return ByTitle, nil
	}
	return 0, fmt.Errorf("%q is no order: it is one of input, date, -date and title", s)
}

// Grouping says what the parts of the book are.
type Grouping uint8

const (
	// ByCategory makes parts of the hierarchy of categories.
	ByCategory Grouping = iota
	// BySource makes a part of each publisher; where an article names none, of its
	// site, else of its folder.
	BySource
	// ByDate makes a part of each day.
	ByDate
	// Ungrouped makes no parts.
	Ungrouped
)

// ParseGrouping reads what a person calls a grouping: "category", "source",
// "date", "none".
func ParseGrouping(s string) (Grouping, error) {
	switch s {
	case "", "category":
		return ByCategory, nil
	case "source":
		return BySource, nil
	case "date":
		return ByDate, nil
	case "none":
		return Ungrouped, nil
	}
	return 0, fmt.Errorf("%q is no grouping: it is one of category, source, date and none", s)
}

// ParseImageMode reads what a person calls a mode: "embed", "link", "none".
func ParseImageMode(s string) (ImageMode, error) {
	switch s {
	case "", "embed":
		return Embed, nil
	case "link":
		return Link, nil
	case "none":
		return NoImages, nil
	}
	return 0, fmt.Errorf("%q is no mode for pictures: it is one of embed, link and none", s)
}

// choose selects, sorts and groups the articles into r.chapters.
func (r *run) choose(records []*record) error {
	o := &r.job.Options
	c := &r.report.Articles
	c.Seen = len(records)
	var failed, chosen []*record
	for _, rec := range records {
		if rec.err != nil {
			c.Failed++
			failed = append(failed, rec)
			if o.Failed == Skip {
				r.general = append(r.general, rec.issues...)
			} else {
				chosen = append(chosen, rec)
			}
			continue
		}
		if n := c.verdict(rec, o); n != nil {
			*n++
			continue
		}
		if rec.date().IsZero() && (!o.Since.IsZero() || !o.Until.IsZero()) {
			rec.issues = append(rec.issues, article.Issue{
				Severity: article.Info, Code: "article.undated", Article: rec.name,
				Detail: "it has no date to compare with the time asked for", Action: "taken",
			})
		}
		chosen = append(chosen, rec)
	}
	if !slices.ContainsFunc(chosen, func(rec *record) bool { return rec.err == nil }) {
		r.chapters = chosen // so that the report names what failed
		if len(failed) == 0 {
			return fmt.Errorf("press: %w: %s", ErrNoneChosen, c.reasons())
		}
		first := failed[0]
		if len(failed) == c.Seen && c.Seen > 1 {
			return fmt.Errorf("press: %w: none of %d inputs could be read; %s: %w", ErrNoArticles, c.Seen, first.name, first.err)
		}
		return fmt.Errorf("press: %w: %s: %w", ErrNoArticles, first.name, first.err)
	}
	r.report.Lang = r.language(chosen)
	SortBy(chosen, o.Sort, r.report.Lang, func(rec *record) (time.Time, string) { return rec.date(), rec.title })
	if o.Limit > 0 && len(chosen) > o.Limit {
		c.OverLimit = len(chosen) - o.Limit
		chosen = chosen[:o.Limit]
	}
	for _, rec := range chosen {
		rec.part = r.partOf(rec)
	}
	r.chapters = group(chosen)
	for _, rec := range r.chapters {
		if rec.err == nil {
			c.Used++
		}
	}
	return nil
}

// verdict returns the counter of why an article is left out; nil: it is taken.
func (c *Articles) verdict(rec *record, o *Options) *int {
	date := rec.date()
	switch {
	case rec.draft && !o.Drafts:
		return &c.Drafts
	case !o.Now.IsZero() && date.After(o.Now) && !o.Future:
		return &c.Future
	case !o.Now.IsZero() && !rec.expires.IsZero() && !rec.expires.After(o.Now):
		return &c.Expired
	case date.IsZero():
		return nil
	case !o.Since.IsZero() && date.Before(o.Since):
		return &c.TooOld
	case !o.Until.IsZero() && !date.Before(o.Until):
		return &c.TooNew
	}
	return nil
}

// reasons says why no article was taken: "of 61 articles 58 are too old, 3 drafts".
func (c *Articles) reasons() string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{
		{c.TooOld, "too old"}, {c.TooNew, "too new"}, {c.Drafts, "drafts"},
		{c.Future, "dated in the future"}, {c.Expired, "expired"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return fmt.Sprintf("of %d found, %s", c.Seen, strings.Join(parts, ", "))
}

// SortBy sorts articles in place, of which key tells the date, which may be zero,
// and the title; equal ones keep their order. lang is the language of the book.
func SortBy[T any](articles []T, order Sort, lang string, key func(T) (time.Time, string)) {
	byDate := func(sign int) func(a, b T) int {
		return func(a, b T) int {
			x, _ := key(a)
			y, _ := key(b)
			if x.IsZero() || y.IsZero() {
				return cmp.Compare(zeroLast(x), zeroLast(y))
			}
			return sign * x.Compare(y)
		}
	}
	switch order {
	case ByInput:
	case Oldest:
		slices.SortStableFunc(articles, byDate(1))
	case Newest:
		slices.SortStableFunc(articles, byDate(-1))
	case ByTitle:
		type keyed struct {
			key     string
			article T
		}
		o := collation.New(lang)
		list := make([]keyed, len(articles))
		for i, a := range articles {
			_, title := key(a)
			list[i] = keyed{o.Key(title), a}
		}
		slices.SortStableFunc(list, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
		for i, k := range list {
			articles[i] = k.article
		}
	default:
		panic(fmt.Sprintf("press: unknown sort %d", order))
	}
}

func zeroLast(t time.Time) int {
	if t.IsZero() {
		return 1
	}
	return 0
}

// partOf returns the path of the parts an article stands in.
func (r *run) partOf(rec *record) []string {
	switch o := &r.job.Options; o.Group {
	case ByCategory:
		return rec.section
	case BySource:
		if s := r.sourceOf(rec); s != "" {
			return []string{s}
		}
		return nil
	case ByDate:
		if rec.date().IsZero() {
			return nil
		}
		day := rec.date().In(o.zone())
		if !words.Known(r.report.Lang) {
			return []string{day.Format(time.DateOnly)}
		}
		return []string{words.For(r.report.Lang).Day(day)}
	case Ungrouped:
		return nil
	default:
		panic(fmt.Sprintf("press: unknown grouping %d", o.Group))
	}
}

// group brings the articles of one part together. Parts stand in the order of
// their first article; articles that belong to a part as a whole stand before the
// parts within it.
func group(records []*record) []*record {
	root := &part{}
	for _, rec := range records {
		p := root
		for _, name := range rec.part {
			p = p.kid(name)
		}
		p.records = append(p.records, rec)
	}
	return root.flatten(make([]*record, 0, len(records)))
}

type part struct {
	records []*record
	names   map[string]*part
	kids    []*part
}

func (p *part) kid(name string) *part {
	if k, ok := p.names[name]; ok {
		return k
	}
	if p.names == nil {
		p.names = map[string]*part{}
	}
	k := &part{}
	p.names[name] = k
	p.kids = append(p.kids, k)
	return k
}

func (p *part) flatten(list []*record) []*record {
	list = append(list, p.records...)
	for _, k := range p.kids {
		list = k.flatten(list)
	}
	return list
}
