package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/leporello-press/leporello/digest"
	"github.com/leporello-press/leporello/digest/queue"
	"github.com/leporello-press/leporello/digest/state"
)

// workCommand is one of several that share the work of digests.
func (e *env) workCommand() *cobra.Command {
	g := &digests{env: e}
	cmd := &cobra.Command{
		Use:   "work",
		Short: "Share the work of digests with other machines",
		Long: `Work stays and does what there is to do of all digests, together with every other
machine that has the same configuration: it needs database_url, a PostgreSQL, and
store, which all of them reach. One of them looks each minute what is due; each
article, each book and each delivery is done by one. When a machine is lost, the
others go on with what it was doing after some minutes.

It listens on no port; leporello serve shows what was made. SIGTERM ends it: what it
is doing may end within 20 seconds, or is left to the others.

Exit codes: 0 it was asked to end; 1 it cannot work; 2 the command line or the
configuration is wrong.`,
		Example: `  leporello work
  LEPORELLO_DATABASE_URL=postgres://leporello@db.example/leporello leporello work -c /etc/leporello.yaml`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			defer g.close()
			if err := g.open(ctx, cmd); err != nil {
				return err
			}
			if g.config.DatabaseURL == "" || !g.queued() {
				return usagef("one machine alone has leporello serve, or leporello run --due", "work needs database_url, and engine: river")
			}
			if g.config.Store == "" {
				g.log.WarnContext(ctx, "other machines cannot reach the documents and books that are kept in state_dir; store names a place that they can", "state_dir", g.config.StateDir)
			}
			o := g.jobs()
			o.Due = func(ctx context.Context) ([]int64, error) {
				runs, err := g.toDo(ctx)
				_, rerr := g.engine.Redeliver(ctx, g.now())
				return runs, errors.Join(err, rerr)
			}
			return queue.New(o).Work(ctx)
		},
	}
	g.flags(cmd)
	g.logFormat = "text" // it speaks to a log
	cmd.Flags().Lookup("log-format").DefValue = g.logFormat
	return cmd
}

// toDo begins what is due and returns all runs that somebody should work on now, the
// oldest first. What is wrong with one digest keeps no other from its issues.
func (g *digests) toDo(ctx context.Context) ([]int64, error) {
	now := g.now()
	var errs []error
	for i := range g.config.Digests {
		due, err := g.engine.DueOf(ctx, g.config.Digests[i].Name, now)
		errs = append(errs, err)
		for _, slot := range due {
			if _, err := g.engine.Begin(ctx, slot, digest.Plan{}); err != nil {
				errs = append(errs, err)
				break // the later ones come after it
			}
		}
	}
	begun, err := g.state.Runs(ctx, state.RunQuery{Harvests: true, States: state.Unended})
	errs = append(errs, err)
	slices.Reverse(begun)
	var runs []int64
	harvests := 0
	for _, r := range begun {
		if r.Digest == "" {
			harvests++
		}
		if digest.RetryAt(&r, now).IsZero() {
			runs = append(runs, r.ID)
		}
	}
	if g.config.Serve.Harvest > 0 && harvests == 0 {
		names, _, err := g.unread(ctx)
		if err == nil && len(names) > 0 {
			var run state.Run
			if run, err = g.engine.BeginHarvest(ctx, names); err == nil {
				runs = append(runs, run.ID)
			}
		}
		errs = append(errs, err)
	}
	return runs, errors.Join(errs...)
}
