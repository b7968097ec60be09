package digest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/press"
	"github.com/leporello-press/leporello/source"
)

// patience is how long an article that an issue had no room for, or that could not be
// read, waits for one of the next.
const patience = 60 * 24 * time.Hour

// candidate is an article that an issue might have.
type candidate struct {
	state.Article
	reason state.Reason // why it is left out; empty: it is taken
	detail string
}

// date is when an article appeared; where it does not say, when it was first seen.
func (c *candidate) date() time.Time {
	if c.Published.IsZero() {
		return c.FirstSeen
	}
	return c.Published
}

func (c *candidate) refuse(r state.Reason, format string, args ...any) {
	c.reason, c.detail = r, fmt.Sprintf(format, args...)
}

// Choice is what an issue would have and what not.
type Choice struct {
	Slot     Slot
	From, To time.Time // the window
	Number   int
	Items    []state.Item // those that are chosen first, in the order of the book
	Articles map[int64]state.Article
}

// freeze decides what the issue of r has, and writes it down.
func (e *Engine) freeze(ctx context.Context, r *state.Run) error {
	d, err := e.digest(r.Digest)
	if err != nil {
		return err
	}
	// The issue before may have been made since the run was entered.
	slot := slotOf(d, r)
	if r.From, r.To, err = e.window(ctx, d, slot); err != nil {
		return err
	}
	c, err := e.choose(ctx, d, slot, r.From, r.To)
	if err != nil {
		return err
	}
	chosen, readable := 0, 0
	for _, it := range c.Items {
		if it.Chosen {
			chosen++
			if it.Doc != "" {
				readable++
			}
		}
	}
	if readable == 0 {
		lost, all, err := e.failed(ctx, r.ID, StepFetch)
		if err != nil {
			return err
		}
		if len(lost) > 0 && len(lost) == all {
			// Nobody knows what there is: it is asked again when the run is.
			if err := e.again(ctx, lost); err != nil {
				return err
			}
			r.State = state.RunHarvesting
			return fmt.Errorf("%w: %s", ErrSources, reasons(lost))
		}
	}
	next := state.RunPictures
	switch {
	case readable > 0:
		if r.Number, err = e.State.NextNumber(ctx, d.Name); err != nil {
			return err
		}
	case chosen == 0 && d.SkipEmpty:
		next, r.Finished, r.Error = state.RunEmpty, e.Clock(), ""
	default:
		next, r.Finished = state.RunFailed, e.Clock()
		r.Error = "there is no article"
		if chosen > 0 {
			r.Error = fmt.Sprintf("none of %d articles could be read: %s", chosen, c.Items[0].Detail)
		}
	}
	before := r.State
	r.State = next
	if err := e.State.FreezeItems(ctx, r, c.Items); err != nil {
		r.State = before
		return err
	}
	e.Log.InfoContext(ctx, "the articles are chosen", "run", r.ID, "digest", d.Name, "slot", r.Slot, "issue", r.Number, "chosen", chosen, "left out", len(c.Items)-chosen)
	e.fault("%s", r.State)
	return nil
}

// again makes the tasks that were given up ones to be done.
func (e *Engine) again(ctx context.Context, lost []state.Task) error {
	for _, t := range lost {
		t.State, t.Attempts = state.TaskPending, 0
		if err := e.State.SaveTask(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// slotOf returns the slot of a run.
func slotOf(d *recipe.Digest, r *state.Run) Slot {
	s := Slot{Digest: d.Name}
	s.Civil, s.At = r.Slot, r.At.In(d.Zone)
	return s
}

// Choose tells what the issue of a slot would have, were it made now of what is
// stored.
func (e *Engine) Choose(ctx context.Context, slot Slot) (*Choice, error) {
	d, err := e.digest(slot.Digest)
	if err != nil {
		return nil, err
	}
	from, to, err := e.window(ctx, d, slot)
	if err != nil {
		return nil, err
	}
	c, err := e.choose(ctx, d, slot, from, to)
	if err != nil {
		return nil, err
	}
	c.Number, err = e.State.NextNumber(ctx, d.Name)
	return c, err
}

// NextSlot returns the slot that the issue of a digest would be of, were it made at
// now: the last one that is due, or one of no schedule.
func (e *Engine) NextSlot(ctx context.Context, digest string, now time.Time) (Slot, error) {
	d, err := e.digest(digest)
	if err != nil {
		return Slot{}, err
	}
	if d.Schedule != nil {
		slots, err := e.passed(ctx, d, now)
		if err != nil {
			return Slot{}, err
		}
		if n := len(slots); n > 0 {
			return Slot{Digest: d.Name, Slot: slots[n-1]}, nil
		}
	}
	return extra(d, now), nil
}

func (e *Engine) choose(ctx context.Context, d *recipe.Digest, slot Slot, from, to time.Time) (*Choice, error) {
	job, _, err := e.Book(d)
	if err != nil {
		return nil, err
	}
	list, waiting, err := e.candidates(ctx, d, slot, from)
	if err != nil {
		return nil, err
	}
	first, err := e.firstHarvests(ctx)
	if err != nil {
		return nil, err
	}
	seen, issues, err := e.seen(ctx, d, list)
	if err != nil {
		return nil, err
	}
	w := weighing{d: d, options: &job.Options, at: slot.At, from: from, to: to, waiting: waiting, first: first, seen: seen, issues: issues}
	for _, c := range list {
		w.weigh(c)
	}
	unique(list, d.Dedupe)
	list = limit(list, d, &job.Options)
	c := &Choice{Slot: slot, From: from, To: to, Articles: make(map[int64]state.Article, len(list))}
	for i, a := range list {
		c.Items = append(c.Items, state.Item{Index: i, Article: a.ID, Doc: a.Doc, Chosen: a.reason == "", Reason: a.reason, Detail: a.detail})
		if a.reason == "" && a.Doc == "" {
			c.Items[i].Reason, c.Items[i].Detail = state.Unreadable, a.Error
		}
		c.Articles[a.ID] = a.Article
	}
	return c, nil
}

// candidates returns what an issue has to decide about, in the order of the sources
// and, of each, of the harvests; and which of it the last issue left for it, with the
// reason.
func (e *Engine) candidates(ctx context.Context, d *recipe.Digest, slot Slot, from time.Time) ([]*candidate, map[int64]state.Reason, error) {
	waiting := map[int64]state.Reason{}
	last, ok, err := e.State.LastMadeUntil(ctx, d.Name, slot.At)
	if err != nil {
		return nil, nil, err
	}
	if ok {
		items, err := e.State.Items(ctx, last.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, it := range items {
			if it.Reason == state.OverLimit || it.Reason == state.Unreadable {
				waiting[it.Article] = it.Reason
			}
		}
		if last.To.Before(from) {
			from = last.To // so that what was left between two windows is explained
		}
	}
	order := map[string]int{}
	var names []string
	for i, s := range e.Config.Of(d) {
		order[s.Name] = i
		names = append(names, s.Name)
	}
	queries := []state.ArticleQuery{{Sources: names, From: from}}
	if len(waiting) > 0 && !from.IsZero() {
		q := state.ArticleQuery{Sources: names}
		for id := range waiting {
			q.IDs = append(q.IDs, id)
		}
		queries = append(queries, q)
	}
	var list []*candidate
	known := map[int64]bool{}
	for _, q := range queries {
		for a, err := range e.State.Articles(ctx, q) {
			if err != nil {
				return nil, nil, err
			}
			if !known[a.ID] {
				known[a.ID] = true
				list = append(list, &candidate{Article: a})
			}
		}
	}
	slices.SortFunc(list, func(a, b *candidate) int {
		if n := order[a.Source] - order[b.Source]; n != 0 {
			return n
		}
		return int(a.ID - b.ID)
	})
	for _, c := range list {
		if slot.At.Sub(c.FirstSeen) > patience {
			delete(waiting, c.ID)
		}
	}
	return list, waiting, nil
}

// firstHarvests returns when each source was first read.
func (e *Engine) firstHarvests(ctx context.Context) (map[string]time.Time, error) {
	harvests, err := e.State.Harvests(ctx)
	first := map[string]time.Time{}
	for _, h := range harvests {
		first[h.Source] = h.First
	}
	return first, err
}

// seen returns the runs that made an issue of the digest with a key of candidates, and
// the numbers of these issues.
func (e *Engine) seen(ctx context.Context, d *recipe.Digest, list []*candidate) (map[string]int64, map[int64]int, error) {
	if !d.OnlyNew {
		return nil, nil, nil
	}
	var all []string
	for _, c := range list {
		all = append(all, keys(&c.Article, compared(d))...)
	}
	seen, err := e.State.Seen(ctx, d.Name, all)
	if err != nil {
		return nil, nil, err
	}
	issues := map[int64]int{}
	for _, run := range seen {
		if _, ok := issues[run]; ok {
			continue
		}
		r, err := e.State.Run(ctx, run)
		if err != nil && !errors.Is(err, state.ErrNotFound) { // of a state that was rebuilt
			return nil, nil, err
		}
		issues[run] = r.Number
	}
	return seen, issues, nil
}

// compared is what tells that an article was in an issue before. That it is the very
// same is told even where articles are not compared with each other.
func compared(d *recipe.Digest) recipe.Dedupe {
	by := d.Dedupe
	by.GUID, by.URL = true, true
	return by
}

// weighing decides about articles one by one.
type weighing struct {
	d        *recipe.Digest
	options  *press.Options
	at       time.Time // of the slot
	from, to time.Time
	waiting  map[int64]state.Reason // what the last issue left, and why
	first    map[string]time.Time   // when each source was first read
	seen     map[string]int64       // runs, by keys of articles
	issues   map[int64]int          // numbers, by runs
}

func (w *weighing) weigh(c *candidate) {
	date, where := c.date(), &w.d.Where
	updated := false
	for _, key := range keys(&c.Article, compared(w.d)) {
		if run, ok := w.seen[key]; ok {
			updated = c.Content != "" && w.seen["c:"+c.Content] == 0 && !c.Changed.IsZero() && !strings.HasPrefix(key, "c:")
			if !updated || w.d.Updates == recipe.IgnoreUpdates {
				c.refuse(state.InIssue, "in an earlier issue")
				if n := w.issues[run]; n > 0 {
					c.detail = fmt.Sprintf("in issue %d", n)
				}
				if updated {
					c.detail += ", and changed since"
				}
				return
			}
		}
	}
	switch {
	case c.Draft && !w.options.Drafts:
		c.refuse(state.IsDraft, "it says that it is a draft")
	case date.After(w.at) && !c.Published.IsZero() && !w.options.Future:
		c.refuse(state.InFuture, "dated %s", c.Published.Format(time.DateOnly))
	case !c.Expires.IsZero() && !c.Expires.After(w.at):
		c.refuse(state.Expired, "on %s", c.Expires.Format(time.DateOnly))
	case !c.Published.IsZero() && !date.Before(w.to) && !(w.options.Future && date.After(w.at)):
		// What has no date is for the first issue that is made when it is there.
		c.refuse(state.TooNew, "of %s", date.In(w.d.Zone).Format(time.DateOnly))
	case date.Before(w.from) && w.waiting[c.ID] == "" && !updated && !w.late(c):
		c.refuse(state.TooOld, "of %s", date.In(w.d.Zone).Format(time.DateOnly))
	case c.Doc == "" && w.waiting[c.ID] == state.Unreadable:
		c.refuse(state.Unreadable, "%s, as an issue before has told", c.Error)
	case c.Doc == "": // what it is, nobody knows
	case len(where.Categories) > 0 && !under(where.Categories, c.Section):
		c.refuse(state.OtherCategory, "in %q", strings.Join(c.Section, "/"))
	case under(where.NotCategories, c.Section):
		c.refuse(state.OtherCategory, "in %q", strings.Join(c.Section, "/"))
	case len(where.Languages) > 0 && !slices.ContainsFunc(where.Languages, func(l string) bool { return speaks(c.Lang, l) }):
		c.refuse(state.OtherLanguage, "in %q", c.Lang)
	case c.Chars < where.MinChars:
		c.refuse(state.TooShort, "%d characters", c.Chars)
	case len(where.Title) > 0 && !mentions(c.Title, where.Title):
		c.refuse(state.OtherTitle, "none of the words that are wanted")
	case mentions(c.Title, where.NotTitle):
		c.refuse(state.OtherTitle, "a word that is not wanted")
	}
}

// late tells whether an article came to light in the window, or after it, though it
// is dated before. What a source had when it was first read is not late: it was
// there before anybody looked.
func (w *weighing) late(c *candidate) bool {
	first, ok := w.first[c.Source]
	return w.d.OnlyNew && !c.FirstSeen.Before(w.from) && ok && c.FirstSeen.After(first)
}

// under tells whether a path of categories is one that a pattern means, or below it.
func under(patterns, section []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		return source.MatchPath(strings.Split(strings.Trim(p, "/"), "/"), section)
	})
}

// speaks tells whether lang is wanted, or a kind of it: zh-Hans of zh.
func speaks(lang, wanted string) bool {
	return strings.EqualFold(lang, wanted) || len(lang) > len(wanted) && lang[len(wanted)] == '-' && strings.EqualFold(lang[:len(wanted)], wanted)
}

func mentions(title string, words []string) bool {
	title = strings.ToLower(title)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(title, strings.ToLower(w)) })
}

// unique leaves one of each article that several sources have, or one under several
// names: the whole rather than a part, and then the first.
func unique(list []*candidate, by recipe.Dedupe) {
	var kept []*candidate
	owner := map[string]*candidate{}
	for _, c := range list {
		if c.reason != "" || c.Doc == "" {
			continue
		}
		var twin *candidate
		same := keys(&c.Article, by)
		for _, key := range same {
			if o := owner[key]; o != nil {
				twin = o
				break
			}
		}
		if twin != nil && c.Extent < twin.Extent {
			*twin, *c = *c, *twin // the better one takes its place
		}
		if twin != nil {
			c.refuse(state.Duplicate, "the same as article %d", twin.ID)
			c = twin
		} else {
			kept = append(kept, c)
		}
		for _, key := range same {
			owner[key] = c
		}
	}
	if by.Near == recipe.IgnoreNear {
		return
	}
	for i, c := range kept {
		for _, o := range kept[:i] {
			if o.reason != "" || !nearlySame(&c.Article, &o.Article) {
				continue
			}
			if by.Near == recipe.DropNear {
				c.refuse(state.NearDuplicate, "nearly the same as article %d", o.ID)
			} else {
				c.detail = fmt.Sprintf("nearly the same as article %d", o.ID)
			}
			break
		}
	}
}

// limit puts what is taken into the order of the book, leaves out what is past its
// limit, and puts what is left out behind.
func limit(list []*candidate, d *recipe.Digest, o *press.Options) []*candidate {
	var taken, others []*candidate
	for _, c := range list {
		if c.reason == "" {
			taken = append(taken, c)
		} else {
			others = append(others, c)
		}
	}
	lang := o.Lang
	if lang == "" {
		lang = press.Language(taken, func(c *candidate) string { return c.Lang })
	}
	press.SortBy(taken, o.Sort, lang, func(c *candidate) (time.Time, string) { return c.Published, c.Title })
	most := d.MaxArticles
	if most == 0 {
		most = o.Limit
	}
	if most > 0 && len(taken) > most {
		for _, c := range taken[most:] {
			c.refuse(state.OverLimit, "%d articles are more than %d", len(taken), most)
		}
	}
	return append(taken, others...)
}
