package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/redact"
	"github.com/leporello-press/leporello/internal/spelling"
)

// stateName is the file of the state in its folder.
const stateName = "state.db"

// readState opens the state of a configuration to read it, whoever may be writing to
// it. Where nothing was ever written the store is nil.
func (e *env) readState(ctx context.Context, c *recipe.Config) (*state.Store, error) {
	s, err := state.Open(ctx, state.Options{Path: filepath.Join(c.StateDir, stateName), URL: c.DatabaseURL, ReadOnly: true})
	if errors.Is(err, fs.ErrNotExist) {
		e.say("note", "nothing has run yet: there is no %s", filepath.Join(c.StateDir, stateName))
		return nil, nil
	}
	return s, err
}

// history is what the command of that name prints.
type history struct {
	Schema  string        `json:"schema"`
	Runs    []pastRun     `json:"runs"`    // the newest first
	Sources []pastHarvest `json:"sources"` // by name
	zones   map[string]*time.Location
}

// historySchema is the version of the JSON: members may be added to one version, none
// is taken away or changed.
const historySchema = "leporello.history/1"

// pastRun is what became of a slot of a digest.
type pastRun struct {
	Digest     string         `json:"digest"`
	Issue      int            `json:"issue,omitempty"` // 0: it came to no issue
	Slot       string         `json:"slot"`
	At         time.Time      `json:"at,omitzero"`
	Window     pastWindow     `json:"window,omitzero"`
	State      state.RunState `json:"state"`
	Attempt    int            `json:"attempt,omitempty"`
	Title      string         `json:"title,omitempty"`
	Started    time.Time      `json:"started,omitzero"`
	Finished   time.Time      `json:"finished,omitzero"`
	Articles   pastArticles   `json:"articles"`
	Outputs    []pastOutput   `json:"outputs"`
	Deliveries []pastDelivery `json:"deliveries"`
	Error      string         `json:"error,omitempty"`
	Tool       string         `json:"tool,omitempty"`
}

type pastWindow struct {
	From time.Time `json:"from,omitzero"` // zero: it has no beginning
	To   time.Time `json:"to,omitzero"`
}

type pastArticles struct {
	Used    int                  `json:"used"`
	LeftOut map[state.Reason]int `json:"left_out,omitempty"`
}

type pastOutput struct {
	Path     string `json:"path"`
	Format   string `json:"format"`
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256,omitempty"`
	Pages    int    `json:"pages,omitempty"`
	Articles int    `json:"articles,omitempty"`
	Volume   int    `json:"volume,omitempty"`
	Volumes  int    `json:"volumes,omitempty"`
}

type pastDelivery struct {
	To        string              `json:"to"`
	Part      int                 `json:"part,omitempty"` // from 0
	Status    state.DeliveryState `json:"status"`
	Attempts  int                 `json:"attempts,omitempty"`
	MessageID string              `json:"message_id,omitempty"`
	Detail    string              `json:"detail,omitempty"`
	NextAt    time.Time           `json:"next_at,omitzero"`
	Updated   time.Time           `json:"updated,omitzero"`
}

// pastHarvest is the last reading of a source.
type pastHarvest struct {
	Name  string    `json:"name"`
	At    time.Time `json:"at,omitzero"`
	Good  time.Time `json:"good,omitzero"` // when it last went well
	Seen  int       `json:"seen"`
	Fresh int       `json:"fresh"`
	Error string    `json:"error,omitempty"`
}

// historyCommand shows what the digests have come to.
func (e *env) historyCommand() *cobra.Command {
	var (
		k      configured
		limit  int
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "history [DIGEST...]",
		Short: "List the issues that were made, and what became of each",
		Long: `History lists the runs of digests, the newest first: their issues, what lay in them,
where they were delivered, and why one failed. It changes nothing, and may be asked
while a run is going on.`,
		Example: `  leporello history
  leporello history weekly --limit 5 --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 0 {
				return usagef("0 lists all", "--limit: %d is less than nothing", limit)
			}
			c, err := k.load(e)
			if err != nil {
				return err
			}
			s, err := e.readState(cmd.Context(), c)
			if err != nil {
				return err
			}
			h := history{Schema: historySchema, Runs: []pastRun{}, Sources: []pastHarvest{}, zones: map[string]*time.Location{}}
			for _, d := range c.Digests {
				h.zones[d.Name] = d.Zone
			}
			if s != nil {
				defer s.Close()
				if err := h.read(cmd.Context(), s, args, limit); err != nil {
					return err
				}
			}
			if err := h.known(c, args); err != nil {
				return err
			}
			if !asJSON {
				h.print(e)
				return nil
			}
			enc := json.NewEncoder(e.stdout)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			return enc.Encode(h)
		},
	}
	k.flags(cmd.Flags())
	cmd.Flags().IntVar(&limit, "limit", 20, "list no more than this of the newest; 0: all")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// known fails where a digest that was asked for is in the configuration no more than
// in the history.
func (h *history) known(c *recipe.Config, names []string) error {
	var all []string
	for _, d := range c.Digests {
		all = append(all, d.Name)
	}
	for _, name := range names {
		if !slices.Contains(all, name) && !slices.ContainsFunc(h.Runs, func(r pastRun) bool { return r.Digest == name }) {
			return usagef(spelling.DidYouMean(all, name), "unknown digest %q", name)
		}
	}
	return nil
}

// read reads the runs of digests, of all without names, and the sources.
func (h *history) read(ctx context.Context, s *state.Store, digests []string, limit int) error {
	if len(digests) == 0 {
		digests = []string{""}
	}
	var runs []state.Run
	for _, name := range digests {
		some, err := s.Runs(ctx, state.RunQuery{Digest: name, Limit: limit})
		if err != nil {
			return err
		}
		runs = append(runs, some...)
	}
	slices.SortFunc(runs, func(a, b state.Run) int { return int(b.ID - a.ID) })
	runs = slices.CompactFunc(runs, func(a, b state.Run) bool { return a.ID == b.ID }) // a name was said twice
	if limit > 0 {
		runs = runs[:min(len(runs), limit)]
	}
	for _, r := range runs {
		past, err := h.run(ctx, s, r)
		if err != nil {
			return err
		}
		h.Runs = append(h.Runs, past)
	}
	harvests, err := s.Harvests(ctx)
	for _, x := range harvests {
		h.Sources = append(h.Sources, pastHarvest{x.Source, x.At, x.Good, x.Seen, x.Fresh, redact.Text(x.Error)})
	}
	return err
}

// run returns a run with what belongs to it. Its times are in the zone of its digest,
// as long as the configuration has that.
func (h *history) run(ctx context.Context, s *state.Store, r state.Run) (pastRun, error) {
	in := func(t time.Time) time.Time {
		if zone := h.zones[r.Digest]; zone != nil && !t.IsZero() {
			return t.In(zone)
		}
		return t
	}
	past := pastRun{
		Digest: r.Digest, Issue: r.Number, Slot: r.Slot, At: in(r.At), Window: pastWindow{in(r.From), in(r.To)}, State: r.State, Attempt: r.Attempt, Title: r.Title,
		Started: in(r.Started), Finished: in(r.Finished), Outputs: []pastOutput{}, Deliveries: []pastDelivery{}, Error: redact.Text(r.Error), Tool: r.Tool,
	}
	items, err := s.Items(ctx, r.ID)
	if err != nil {
		return past, err
	}
	for _, it := range items {
		switch {
		case it.Chosen:
			past.Articles.Used++
		case past.Articles.LeftOut == nil:
			past.Articles.LeftOut = map[state.Reason]int{it.Reason: 1}
		default:
			past.Articles.LeftOut[it.Reason]++
		}
	}
	if len(items) == 0 && len(r.Report) > 0 { // they were pruned
		var kept struct {
			Articles pastArticles
			LeftOut  map[state.Reason]int `json:"left_out"`
		}
		if err := json.Unmarshal(r.Report, &kept); err != nil {
			return past, fmt.Errorf("the report of run %d: %w", r.ID, err)
		}
		past.Articles = pastArticles{kept.Articles.Used, kept.LeftOut}
	}
	outputs, err := s.Outputs(ctx, r.ID)
	if err != nil {
		return past, err
	}
	for _, o := range outputs {
		past.Outputs = append(past.Outputs, pastOutput{o.Path, o.Format, o.Bytes, o.Blob, o.Pages, o.Articles, o.Volume, o.Volumes})
	}
	deliveries, err := s.Deliveries(ctx, r.ID)
	for _, d := range deliveries {
		past.Deliveries = append(past.Deliveries, pastDelivery{d.Target, d.Part, d.State, d.Attempts, d.MessageID, redact.Text(d.Detail), in(d.NextAt), in(d.Updated)})
	}
	return past, err
}

// print lists the runs, one a line, and below a line what went wrong.
func (h *history) print(e *env) {
	rows := [][]string{{"DIGEST", "ISSUE", "SLOT", "OF", "STATE", "ARTICLES", "BOOKS", "DELIVERED", "TITLE"}}
	troubles := [][]string{nil}
	for _, r := range h.Runs {
		row := []string{r.Digest, "", r.slot(), r.Window.short(), string(r.State), "", r.books(), r.delivered(), r.Title}
		if r.Issue > 0 {
			row[1] = strconv.Itoa(r.Issue)
		}
		if left := r.leftOut(); r.Articles.Used+left > 0 {
			row[5] = fmt.Sprintf("%d of %d", r.Articles.Used, r.Articles.Used+left)
		}
		rows, troubles = append(rows, row), append(troubles, r.troubles())
	}
	if len(h.Runs) > 0 {
		for i, line := range columns(rows) {
			fmt.Fprintln(e.stdout, line)
			for _, trouble := range troubles[i] {
				fmt.Fprintf(e.stdout, "  %s\n", printable(trouble))
			}
		}
	}
	for _, s := range h.Sources {
		if s.Error != "" {
			e.say("note", "source %s: could not be read at %s: %s", s.Name, s.At.In(e.now().Location()).Format("2006-01-02 15:04"), remembered(s.Error))
		}
	}
}

// slot tells for when a run was.
func (r *pastRun) slot() string { return slotText(r.Slot, r.At) }

func slotText(slot string, at time.Time) string {
	if _, err := time.Parse("2006-01-02T15:04", slot); err == nil {
		return strings.Replace(slot, "T", " ", 1)
	}
	return at.Format("2006-01-02 15:04") + " extra" // somebody asked for it
}

// short tells the days of a window; that of the slot has the year.
func (w pastWindow) short() string {
	if w.To.IsZero() {
		return ""
	}
	day := func(t time.Time) string { return t.Format("01-02") }
	if w.From.IsZero() {
		return "until " + day(w.To)
	}
	return day(w.From) + " – " + day(w.To)
}

func (r *pastRun) leftOut() (n int) {
	for _, some := range r.Articles.LeftOut {
		n += some
	}
	return n
}

// books tells the formats and sizes of the books: "epub 1.2 MB, pdf 400.0 KB".
func (r *pastRun) books() string {
	var list []string
	for _, o := range r.Outputs {
		list = append(list, strings.TrimPrefix(filepath.Ext(o.Path), ".")+" "+size(o.Bytes))
	}
	return strings.Join(list, ", ")
}

// delivered tells what became of the deliveries to each target: "kindle sent".
func (r *pastRun) delivered() string {
	var list []string
	for _, d := range r.Deliveries {
		word := d.To + " " + strings.ReplaceAll(string(d.Status), "_", " ")
		if !slices.Contains(list, word) { // once for several parts
			list = append(list, word)
		}
	}
	return strings.Join(list, ", ")
}

// troubles are why a run failed, and its deliveries.
func (r *pastRun) troubles() (list []string) {
	if r.Error != "" {
		list = append(list, remembered(r.Error))
	}
	for _, d := range r.Deliveries {
		if d.Status != state.DeliverySent && d.Detail != "" {
			list = append(list, d.To+": "+d.Detail)
		}
	}
	return list
}
