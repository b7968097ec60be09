package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leporello-press/leporello/digest"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/atomicfile"
	"github.com/leporello-press/leporello/press"
)

// running is the command that makes issues.
type running struct {
	digests
	due, dryRun, noDeliver, noHarvest bool
	exitEmpty, json                   bool
	issue                             int
	outputDir, report                 string

	reports []*digest.Report
	empty   bool // nothing is new, in any digest so far
	codes   []int
}

func (e *env) runCommand() *cobra.Command {
	r := &running{digests: digests{env: e}, empty: true}
	cmd := &cobra.Command{
		Use:   "run [DIGEST...]",
		Short: "Make the issues of digests, and deliver them",
		Long: `Run reads the sources of digests and makes their issues, as the configuration says:
one that an earlier run could not finish, then those that are due; of a digest of
which none is, one for now, unless --due is given. What was in an issue before is
in no other. Started again for the same slot of a schedule, it makes nothing twice.

Exit codes: 0 the issues are made, or nothing is due or new; 1 no book; 2 the
command line or the configuration is wrong; 3 made, but more is missing than
fail_on allows; 4 nothing is new, with --exit-empty; 5 made, but not delivered; 75
another run works on the same; 130 interrupted.`,
		Example: `  leporello run
  leporello run weekly --dry-run
  leporello run --due --log-format json
  leporello run weekly --issue 42 --output-dir /tmp`,
		RunE: func(cmd *cobra.Command, args []string) error { return r.run(cmd, args) },
	}
	f := cmd.Flags()
	f.BoolVar(&r.due, "due", false, "make only what is due by the schedules, and try deliveries again that failed")
	f.BoolVar(&r.dryRun, "dry-run", false, "read the sources, tell what would go in and what not, and make nothing; with --no-harvest nothing is read, either")
	f.BoolVar(&r.noDeliver, "no-deliver", false, "make the books only")
	f.BoolVar(&r.noHarvest, "no-harvest", false, "do not read the sources: make the issue of what was harvested")
	f.IntVar(&r.issue, "issue", 0, "make this issue of one digest again, of what it was made of")
	f.StringVar(&r.outputDir, "output-dir", "", "put the books into this folder")
	f.StringVar(&r.report, "report", "", "write what was done and what is missing to this file, as JSON")
	f.BoolVar(&r.json, "json", false, "print that report on standard output, one object for each issue")
	f.BoolVar(&r.exitEmpty, "exit-empty", false, "exit with 4 where nothing is new")
	isPath(f, "output-dir")
	isPath(f, "report")
	r.flags(cmd)
	return cmd
}

func (r *running) run(cmd *cobra.Command, args []string) (err error) {
	switch {
	case r.issue < 0 || r.issue > 0 && len(args) > 1:
		return usagef("as in leporello run weekly --issue 42", "--issue is the number of an issue of one digest")
	case r.issue > 0 && (r.due || r.dryRun):
		return usagef("", "--issue makes an old issue again; it has no --due and no --dry-run")
	}
	ctx := cmd.Context()
	defer r.close()
	if err := r.open(ctx, cmd); err != nil {
		return err
	}
	r.hire()
	names, err := r.names(args)
	if err != nil {
		return err
	}
	if r.issue > 0 && len(names) != 1 {
		return usagef("as in leporello run "+names[0]+" --issue 42", "--issue is the number of an issue of one digest")
	}
	var progress *bar
	if r.terminal && !r.quiet && r.log == nil {
		progress = &bar{w: r.stderr, now: r.now}
		r.engine.Progress = func(_ string, p press.Progress) { progress.update(p) }
		defer progress.clear()
	}
	for _, name := range names {
		err := r.one(ctx, name)
		if progress != nil {
			progress.clear()
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			if said := strings.TrimPrefix(err.Error(), "digest "); len(names) > 1 && !strings.HasPrefix(said, name+": ") {
				err = fmt.Errorf("digest %s: %w", name, err)
			}
			r.codes = append(r.codes, r.explain(err))
		}
	}
	if !r.noDeliver && !r.dryRun && r.issue == 0 {
		if err := r.redeliver(ctx); err != nil {
			return err
		}
	}
	if err := r.writeReports(); err != nil {
		return err
	}
	if r.empty && r.exitEmpty && len(r.codes) == 0 {
		r.codes = append(r.codes, exitEmpty)
	}
	// The worst comes first.
	for _, code := range []int{exitUsage, exitNoBook, exitHeld, exitUndelivered, exitThreshold, exitEmpty} {
		if slices.Contains(r.codes, code) {
			return &exitError{code}
		}
	}
	return nil
}

// one makes what there is to make of a digest.
func (r *running) one(ctx context.Context, name string) error {
	release, err := r.engine.Lock(ctx, name)
	if err != nil {
		return err
	}
	defer release()
	switch {
	case r.issue > 0:
		return r.remake(ctx, name)
	case r.dryRun:
		return r.preview(ctx, name)
	}
	unfinished, err := r.engine.Unfinished(ctx, name)
	if err != nil {
		return err
	}
	for i := range unfinished {
		if at := digest.RetryAt(&unfinished[i], r.now()); r.due && !at.IsZero() {
			r.empty = false
			r.note("%s: the run of %s is tried again after %s", name, unfinished[i].Slot, at.In(r.config.Digest(name).Zone).Format("2006-01-02 15:04"))
			return nil
		}
		r.note("%s: the run of %s goes on", name, unfinished[i].Slot)
		if err := r.finish(ctx, &unfinished[i]); err != nil {
			return err
		}
	}
	due, err := r.engine.DueOf(ctx, name, r.now())
	if err != nil {
		return err
	}
	plan := digest.Plan{NoHarvest: r.noHarvest, NoDeliver: r.noDeliver, OutputDir: r.outputDir}
	for _, slot := range due {
		run, err := r.engine.Begin(ctx, slot, plan)
		if err == nil {
			err = r.finish(ctx, &run)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case len(unfinished)+len(due) > 0:
		return nil
	case r.due:
		r.note("%s: nothing is due", name)
		return nil
	}
	run, err := r.engine.BeginExtra(ctx, name, plan)
	if err != nil {
		return err
	}
	return r.finish(ctx, &run)
}

// finish brings a run to its end, and tells what became of it.
func (r *running) finish(ctx context.Context, run *state.Run) error {
	err := r.executor.Run(ctx, run.ID)
	if ctx.Err() != nil {
		return err
	}
	after, serr := r.state.Run(context.WithoutCancel(ctx), run.ID)
	if serr != nil {
		return errors.Join(err, serr)
	}
	*run = after
	rep, rerr := r.engine.ReportOf(ctx, run)
	if rerr != nil {
		return errors.Join(err, rerr)
	}
	r.reports = append(r.reports, rep)
	if err != nil {
		return err
	}
	return r.tell(run, rep)
}

// tell says what became of a run that has ended.
func (r *running) tell(run *state.Run, rep *digest.Report) error {
	if !r.quiet && r.log == nil && run.State != state.RunFailed { // the error of which says it
		for _, s := range rep.Sources {
			r.say("warning", "%s could not be read, or not all of it: %s", s.Name, remembered(s.Error))
		}
	}
	switch run.State {
	case state.RunEmpty:
		r.note("%s: nothing is new", run.Digest)
		return nil
	case state.RunFailed:
		r.empty = false
		return fmt.Errorf("%s: %s", run.Digest, run.Error)
	}
	r.empty = false
	if !r.quiet && r.log == nil {
		for _, o := range rep.Outputs {
			r.say("made", "%s", made(o, rep.Report))
		}
		r.losses(rep.Report, r.verbose, false)
		for _, h := range rep.Hints {
			r.say("hint", "%s", h)
		}
	}
	for _, d := range rep.Delivery {
		switch d.Status {
		case state.DeliverySent:
			r.note("delivered to %s%s", d.To, detail(d.Detail))
			continue
		case state.DeliveryFailed:
			r.say("error", "not delivered to %s%s; leporello run --due tries again", d.To, detail(d.Detail))
		case state.DeliveryUncertain:
			r.say("error", "nobody knows whether it was delivered to %s%s; it is not sent again by itself", d.To, detail(d.Detail))
		default:
			r.say("error", "not delivered to %s%s", d.To, detail(d.Detail))
		}
		r.codes = append(r.codes, exitUndelivered)
	}
	for _, s := range rep.Exceeded {
		r.say("error", "fail_on %s", s)
		r.codes = append(r.codes, exitThreshold)
	}
	return nil
}

func detail(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}

// note says what is no trouble, unless quiet.
func (r *running) note(format string, args ...any) {
	if !r.quiet {
		r.say("note", format, args...)
	}
}

// redeliver tries deliveries again whose time has come.
func (r *running) redeliver(ctx context.Context) error {
	runs, err := r.engine.Redeliver(ctx, r.now())
	if err != nil {
		return err
	}
	for _, id := range runs {
		run, err := r.state.Run(ctx, id)
		if err != nil {
			return err
		}
		rep, err := r.engine.ReportOf(ctx, &run)
		if err != nil {
			return err
		}
		rep.Outputs, rep.Problems, rep.Exceeded, rep.Sources, rep.Hints = nil, nil, nil, nil, nil // they were told before
		rep.Recount()
		rep.Images, rep.Articles = press.Images{}, press.Articles{}
		r.note("%s: the deliveries of issue %d are tried again", run.Digest, run.Number)
		if err := r.tell(&run, rep); err != nil {
			return err
		}
	}
	return nil
}

// remake makes an old issue again.
func (r *running) remake(ctx context.Context, name string) error {
	rep, other, err := r.engine.Remake(ctx, name, r.issue, r.outputDir)
	if errors.Is(err, digest.ErrNoIssue) {
		return usagef("leporello history "+name+" lists them", "%s has no issue %d", name, r.issue)
	}
	if rep != nil {
		r.reports = append(r.reports, rep)
	}
	if err != nil {
		return err
	}
	for _, path := range other {
		r.say("warning", "%s differs from the book that was made first, by another version of leporello", path)
	}
	return r.tell(&state.Run{Digest: name, State: state.RunDone}, rep)
}

// preview tells what the next issue of a digest would have.
func (r *running) preview(ctx context.Context, name string) error {
	if !r.noHarvest {
		d := r.config.Digest(name)
		var sources []string
		for _, s := range r.config.Of(d) {
			sources = append(sources, s.Name)
		}
		run, err := r.engine.BeginHarvest(ctx, sources)
		if err == nil {
			err = r.executor.Run(ctx, run.ID)
		}
		if err != nil {
			return err
		}
	}
	slot, err := r.engine.NextSlot(ctx, name, r.now())
	if err != nil {
		return err
	}
	c, err := r.engine.Choose(ctx, slot)
	if err != nil {
		return err
	}
	some := slices.ContainsFunc(c.Items, func(it state.Item) bool { return it.Chosen })
	if r.empty = r.empty && !some; !some {
		r.note("%s: nothing is new", name)
	}
	return r.printChoice(c, r.config.Digest(name).Zone, r.json)
}

// writeReports writes the reports of all issues.
func (r *running) writeReports() error {
	write := func(w io.Writer) error {
		for _, rep := range r.reports {
			if err := writeJSON(w, rep, "  "); err != nil {
				return err
			}
		}
		return nil
	}
	if r.json && !r.dryRun || r.report == "-" {
		if err := write(r.stdout); err != nil {
			return err
		}
	}
	if r.report == "" || r.report == "-" {
		return nil
	}
	f, err := atomicfile.Create(r.report)
	if err != nil {
		return fmt.Errorf("the report could not be written: %w", err)
	}
	defer f.Abort()
	if err := write(f); err != nil {
		return err
	}
	return f.Commit()
}

// writeJSON writes v as JSON, by lines that begin with indent.
func writeJSON(w io.Writer, v any, indent string) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", indent)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
