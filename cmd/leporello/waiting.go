package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/leporello-press/leporello/digest"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/redact"
	"github.com/leporello-press/leporello/internal/spelling"
	"github.com/leporello-press/leporello/press"
)

// listDigest lists what the next issue of a digest would have of what was harvested;
// with an issue, what that one had. Nothing is read or written but the state.
func (e *env) listDigest(ctx context.Context, k configured, name string, issue int, asJSON bool) error {
	c, err := k.load(e)
	if err != nil {
		return err
	}
	d := c.Digest(name)
	if d == nil {
		var all []string
		for _, d := range c.Digests {
			all = append(all, d.Name)
		}
		return usagef(spelling.DidYouMean(all, name), "the configuration has no digest %q", name)
	}
	s, err := e.readState(ctx, c)
	if err != nil || s == nil {
		return err
	}
	defer s.Close()
	var choice *digest.Choice
	if issue > 0 {
		choice, err = chosenFor(ctx, s, name, issue)
	} else {
		engine := digest.New(digest.Deps{Config: c, State: s, Clock: e.now, Book: func(d *recipe.Digest) (press.Job, []press.Threshold, error) {
			return e.bookOf(c, d, &network{})
		}})
		defer engine.Close()
		var slot digest.Slot
		if slot, err = engine.NextSlot(ctx, name, e.now()); err == nil {
			choice, err = engine.Choose(ctx, slot)
		}
	}
	if err != nil {
		return err
	}
	return e.printChoice(choice, d.Zone, asJSON)
}

// chosenFor returns what an old issue had, and what not.
func chosenFor(ctx context.Context, s *state.Store, name string, issue int) (*digest.Choice, error) {
	runs, err := s.Runs(ctx, state.RunQuery{Digest: name, Number: issue})
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 {
		return nil, usagef("leporello history lists those that there are", "%s has no issue %d", name, issue)
	}
	r := runs[0]
	choice := &digest.Choice{From: r.From, To: r.To, Number: r.Number, Articles: map[int64]state.Article{}}
	choice.Slot.Digest, choice.Slot.Civil, choice.Slot.At = name, r.Slot, r.At
	if choice.Items, err = s.Items(ctx, r.ID); err != nil {
		return nil, err
	}
	if len(choice.Items) == 0 {
		return nil, fmt.Errorf("%s: nobody knows any more what lay in issue %d: that was pruned", name, issue)
	}
	q := state.ArticleQuery{}
	for _, it := range choice.Items {
		q.IDs = append(q.IDs, it.Article)
	}
	for a, err := range s.Articles(ctx, q) {
		if err != nil {
			return nil, err
		}
		choice.Articles[a.ID] = a
	}
	return choice, nil
}

// printChoice prints a line for each article that an issue has, or not. Times are in
// the zone of the digest.
func (e *env) printChoice(c *digest.Choice, zone *time.Location, asJSON bool) error {
	if !asJSON {
		from := "the beginning"
		if !c.From.IsZero() {
			from = c.From.In(zone).Format("2006-01-02 15:04")
		}
		fmt.Fprintf(e.stdout, "%s: issue %d, of %s, from %s until %s\n", c.Slot.Digest, c.Number, slotText(c.Slot.Civil, c.Slot.At.In(zone)), from, c.To.In(zone).Format("2006-01-02 15:04"))
	}
	for _, it := range c.Items {
		a := c.Articles[it.Article]
		if asJSON {
			err := writeJSON(e.stdout, struct {
				Digest    string       `json:"digest"`
				Slot      string       `json:"slot"`
				Issue     int          `json:"issue"`
				Chosen    bool         `json:"chosen"`
				Reason    state.Reason `json:"reason,omitempty"`
				Detail    string       `json:"detail,omitempty"`
				Source    string       `json:"source"`
				Title     string       `json:"title"`
				Address   string       `json:"address"`
				Published time.Time    `json:"published,omitzero"`
			}{c.Slot.Digest, c.Slot.Civil, c.Number, it.Chosen, it.Reason, redact.Text(it.Detail), a.Source, a.Title, redact.Address(a.Name), a.Published}, "")
			if err != nil {
				return err
			}
			continue
		}
		line := "  + "
		if !it.Chosen {
			line = "  - "
		}
		if line += a.Title; a.Title == "" {
			line += a.Name
		}
		if !a.Published.IsZero() {
			line += "  " + a.Published.In(zone).Format(time.DateOnly)
		}
		line += "  [" + a.Source + "]"
		if it.Reason != "" || it.Detail != "" {
			line += "  " + strings.TrimPrefix(string(it.Reason)+detail(it.Detail), ": ")
		}
		fmt.Fprintln(e.stdout, printable(redact.Text(line)))
	}
	return nil
}
