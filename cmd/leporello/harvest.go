package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/leporello-press/leporello/digest"
	"github.com/leporello-press/leporello/digest/state"
)

// harvestCommand reads sources.
func (e *env) harvestCommand() *cobra.Command {
	g := &digests{env: e}
	asJSON := false
	cmd := &cobra.Command{
		Use:   "harvest [SOURCE...]",
		Short: "Read the sources of digests and keep what they have",
		Long: `Harvest reads sources of the configuration, all or those that are named, and keeps
their articles and pictures for the issues to come. Done often enough, nothing is
lost that a feed has for a few hours only.

Exit codes: 0 sources were read; 1 none could be; 2 the command line or the
configuration is wrong; 75 another harvest is under way; 130 interrupted.`,
		Example: `  leporello harvest
  leporello harvest news`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			defer g.close()
			if err := g.open(ctx, cmd); err != nil {
				return err
			}
			g.hire()
			var all []string
			for i := range g.config.Sources {
				all = append(all, g.config.Sources[i].Name)
			}
			names, err := among("source", args, all)
			if err != nil {
				return err
			}
			release, err := g.engine.Lock(ctx, digest.Harvests)
			if err != nil {
				return err
			}
			defer release()
			run, err := g.engine.BeginHarvest(ctx, names)
			if err != nil {
				return err
			}
			if err := g.executor.Run(ctx, run.ID); err != nil {
				return err
			}
			return g.harvested(cmd, run.ID, names, asJSON)
		},
	}
	g.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was read as JSON, one object a line")
	return cmd
}

// harvested tells what became of a harvest.
func (g *digests) harvested(cmd *cobra.Command, id int64, names []string, asJSON bool) error {
	ctx := cmd.Context()
	run, err := g.state.Run(ctx, id)
	if err != nil {
		return err
	}
	harvests, err := g.state.Harvests(ctx)
	if err != nil {
		return err
	}
	of := map[string]state.Harvest{}
	for _, h := range harvests {
		of[h.Source] = h
	}
	for _, name := range names {
		h := of[name]
		if asJSON {
			line := struct {
				Source string `json:"source"`
				Seen   int    `json:"seen"`
				Fresh  int    `json:"fresh"`
				Error  string `json:"error,omitempty"`
			}{name, h.Seen, h.Fresh, h.Error}
			if err := writeJSON(g.stdout, line, ""); err != nil {
				return err
			}
		}
		if h.Error != "" && !g.quiet {
			g.say("warning", "%s: %s", name, remembered(h.Error))
		}
		if h.Seen > 0 && !g.quiet {
			g.say("note", "%s: %s, %d of them new", name, plural(h.Seen, "article", "articles"), h.Fresh)
		}
	}
	if run.State == state.RunFailed {
		return errors.New(run.Error)
	}
	tasks, err := g.state.Tasks(ctx, id, digest.StepPictures)
	if err != nil {
		return err
	}
	missing := 0
	for _, t := range tasks {
		if t.Detail != "" {
			missing++
		}
	}
	if missing > 0 && !g.quiet {
		g.say("warning", "pictures of %s are missing; they are asked for again", plural(missing, "article", "articles"))
	}
	return nil
}
