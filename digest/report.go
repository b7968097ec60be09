package digest

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/redact"
	"github.com/leporello-press/leporello/press"
)

// Report is what became of an issue: the report of its books, and what a digest adds
// to it.
type Report struct {
	*press.Report
	Digest string  `json:"digest"`
	Issue  int     `json:"issue,omitempty"`
	Slot   string  `json:"slot"`
	Window *Window `json:"window,omitempty"`
	// LeftOut counts the articles that are not in the issue, by the reason.
	LeftOut map[state.Reason]int `json:"left_out,omitempty"`
	Sources []SourceReport       `json:"sources,omitempty"` // that could not be read, or only in part
	// Exceeded says what more is missing of than the recipe's fail_on allows.
	Exceeded []string         `json:"exceeded,omitempty"`
	Delivery []DeliveryReport `json:"delivery,omitempty"`
}

// Window is the time that an issue is of: from From on, before To.
type Window struct {
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to"`
}

// SourceReport is why a source could not be read.
type SourceReport struct {
	Name  string `json:"name"`
	Error string `json:"error"`
}

// DeliveryReport is what became of a delivery.
type DeliveryReport struct {
	To     string              `json:"to"`
	Part   int                 `json:"part,omitempty"` // from 0
	Status state.DeliveryState `json:"status"`
	Detail string              `json:"detail,omitempty"`
	NextAt time.Time           `json:"next_at,omitzero"` // when it is tried again
}

// report makes a report of that of the books.
func (e *Engine) report(ctx context.Context, r *state.Run, f *frozen, made *press.Report, thresholds []press.Threshold) (*Report, error) {
	rep := &Report{Report: made, Digest: r.Digest, Issue: r.Number, Slot: r.Slot}
	rep.Window = &Window{From: inZone(r.From, f.Digest.Zone), To: inZone(r.To, f.Digest.Zone)}
	items, err := e.State.Items(ctx, r.ID)
	if err != nil {
		return rep, err
	}
	made.Articles.Seen = len(items)
	for _, it := range items {
		if !it.Chosen {
			if rep.LeftOut == nil {
				rep.LeftOut = map[state.Reason]int{}
			}
			rep.LeftOut[it.Reason]++
		}
	}
	made.Articles.TooOld, made.Articles.TooNew = rep.LeftOut[state.TooOld], rep.LeftOut[state.TooNew]
	made.Articles.Drafts, made.Articles.Future, made.Articles.Expired = rep.LeftOut[state.IsDraft], rep.LeftOut[state.InFuture], rep.LeftOut[state.Expired]
	made.Articles.OverLimit = rep.LeftOut[state.OverLimit]
	if rep.Sources, err = e.sources(ctx, r); err != nil {
		return rep, err
	}
	for _, t := range thresholds {
		if over, n := made.Exceeds(t); over {
			rep.Exceeded = append(rep.Exceeded, fmt.Sprintf("%s: %s", t, n))
		}
	}
	return rep, nil
}

// sources returns what could not be read for a run.
func (e *Engine) sources(ctx context.Context, r *state.Run) (list []SourceReport, err error) {
	tasks, err := e.State.Tasks(ctx, r.ID, StepFetch)
	for _, t := range tasks {
		if t.Detail != "" {
			list = append(list, SourceReport{t.Key, t.Detail})
		}
	}
	return list, err
}

// ReportOf returns the report of a run, with what became of its deliveries by now. Of
// one that has made no books yet it tells what is known.
func (e *Engine) ReportOf(ctx context.Context, r *state.Run) (*Report, error) {
	rep := &Report{Digest: r.Digest, Issue: r.Number, Slot: r.Slot}
	if len(r.Report) > 0 {
		if err := json.Unmarshal(r.Report, rep); err != nil {
			return nil, fmt.Errorf("digest: the report of run %d: %w", r.ID, err)
		}
	}
	if rep.Report == nil {
		rep.Report = &press.Report{Schema: press.Schema, Tool: r.Tool, Status: press.Failed, Error: r.Error, Title: r.Title, Outputs: []press.OutputReport{}, Problems: []press.Problem{}}
		if r.State == state.RunEmpty {
			rep.Status = Empty
		}
		var err error
		if rep.Sources, err = e.sources(ctx, r); err != nil {
			return nil, err
		}
	}
	rep.Recount()
	deliveries, err := e.State.Deliveries(ctx, r.ID)
	for _, d := range deliveries {
		rep.Delivery = append(rep.Delivery, DeliveryReport{d.Target, d.Part, d.State, redact.Text(d.Detail), d.NextAt})
	}
	return rep, err
}

// Empty is the status of a report of an issue that is not made, since nothing is new.
const Empty press.Status = "empty"
