package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/digest"
	"github.com/leporello-press/leporello/digest/deliver"
	"github.com/leporello-press/leporello/digest/queue"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/spelling"
	"github.com/leporello-press/leporello/media/fetch"
	"github.com/leporello-press/leporello/press"
	"github.com/leporello-press/leporello/press/online"
	"github.com/leporello-press/leporello/source"
)

// digests are the flags of every command that makes issues, and what it works with,
// which open opens.
type digests struct {
	*env
	configured
	network
	quiet, verbose bool
	logFormat      string
	at             string
	rebuild        bool

	config   *recipe.Config
	state    *state.Store
	engine   *digest.Engine
	executor digest.Executor
}

func (g *digests) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	g.configured.flags(f)
	g.network.flags(f)
	f.BoolVarP(&g.quiet, "quiet", "q", false, "print errors only")
	f.BoolVarP(&g.verbose, "verbose", "v", false, "list everything that was worked around")
	f.StringVar(&g.logFormat, "log-format", "", "write messages as the lines of a log instead: text or json")
	oneOf(f, "log-format", "text", "json")
	nowFlag(f, &g.at)
	f.BoolVar(&g.rebuild, "rebuild-state", false, "move a damaged state aside and make one of what can still be read of it")
}

// open reads the configuration and opens what the command works with.
func (g *digests) open(ctx context.Context, cmd *cobra.Command) error {
	if err := g.listen(); err != nil {
		return err
	}
	var err error
	if g.config, err = g.configured.load(g.env); err != nil {
		return err
	}
	if err := g.networkOf(g.config, cmd.Flags(), &g.network, g.quiet); err != nil {
		return err
	}
	if err := g.network.open(); err != nil {
		return err
	}
	if g.network.lost != nil && !g.quiet {
		g.say("warning", "%v; what is fetched is kept for this run only", g.network.lost)
	}
	for _, dir := range []string{g.config.StateDir, g.locks()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return usagef("--state-dir names another", "the folder for what is remembered: %w", err)
		}
	}
	g.state, err = state.Open(ctx, state.Options{Path: filepath.Join(g.config.StateDir, stateName), URL: g.config.DatabaseURL, Rebuild: g.rebuild, Clock: g.now})
	if err != nil {
		return err
	}
	if done := g.state.Rebuilt(); done != nil {
		g.rebuilt(done)
	}
	blobs, err := g.openBlobs(ctx, g.config)
	if err != nil {
		return err
	}
	g.engine = digest.New(digest.Deps{
		Config: g.config, State: g.state, Blobs: blobs, Assets: g.store,
		Open: g.session,
		Book: func(d *recipe.Digest) (press.Job, []press.Threshold, error) { return g.bookOf(g.config, d, &g.network) },
		Target: func(d *recipe.Digest, t *recipe.Target) (deliver.Target, error) {
			return g.targetOf(g.config, t)
		},
		Clock: g.now, Log: g.log, Tool: "leporello " + toolVersion(), Locks: g.locks(), Fault: faults.at,
	})
	return nil
}

// hire says who does the tasks of runs.
func (g *digests) hire() {
	if g.queued() {
		g.executor = queue.New(g.jobs())
	} else {
		g.executor = &digest.Local{Engine: g.engine, Workers: g.connections}
	}
}

// queued tells whether tasks are done as jobs of a queue.
func (g *digests) queued() bool {
	return g.config.Engine == "river" || g.config.Engine == "" && g.config.DatabaseURL != ""
}

// jobs is how the queue works.
func (g *digests) jobs() queue.Options {
	return queue.Options{
		// Jobs are dated by the wall, whatever --now says.
		Engine: g.engine, State: g.state, Clock: time.Now, Log: g.log, Path: filepath.Join(g.config.StateDir, "queue.db"), URL: g.config.DatabaseURL,
		Workers: g.connections, TaskTime: faults.taskTime, Rescue: faults.taskTime,
		// What no source can be read for is for another hour.
		Final: func(err error) bool { return errors.Is(err, digest.ErrFinal) || errors.Is(err, digest.ErrSources) },
	}
}

// rebuilt says what was saved of a damaged state.
func (g *digests) rebuilt(done *state.Rebuilt) {
	var saved, lost []string
	for _, t := range done.Tables {
		if t.Rows > 0 {
			saved = append(saved, fmt.Sprintf("%s %d", t.Name, t.Rows))
		}
		if t.Damaged {
			lost = append(lost, t.Name)
		}
	}
	g.say("warning", "the state was damaged (%s); it is %s now, and a new one has what could be read of it", done.Damage, done.Aside)
	if len(saved) > 0 {
		g.say("note", "rows that were saved: %s", strings.Join(saved, ", "))
	}
	if len(lost) > 0 {
		g.say("warning", "rows may be lost of: %s; nothing that they may have been about is made or delivered again by itself", strings.Join(lost, ", "))
	}
}

func (g *digests) locks() string { return locksOf(g.config) }

// locksOf is the folder of the files by which processes keep out of each other's way.
func locksOf(c *recipe.Config) string { return filepath.Join(c.StateDir, "locks") }

// listen resolves the flags that say what is told and when it is.
func (g *digests) listen() error {
	if err := g.pretend(g.at); err != nil {
		return err
	}
	level := slog.LevelInfo
	switch {
	case g.quiet:
		level = slog.LevelWarn
	case g.verbose:
		level = slog.LevelDebug
	}
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: g.stamp}
	switch g.logFormat {
	case "":
	case "text":
		g.log = slog.New(slog.NewTextHandler(g.stderr, o))
	case "json":
		g.log = slog.New(slog.NewJSONHandler(g.stderr, o))
	default:
		return usagef("", "--log-format: %q is none of text and json", g.logFormat)
	}
	return nil
}

func nowFlag(f *pflag.FlagSet, at *string) {
	f.StringVar(at, "now", "", "work as if it were this time, as 2026-11-22T07:00:00+08:00")
}

// pretend sets the clock by --now; empty: it goes right.
func (e *env) pretend(now string) error {
	if now == "" {
		return nil
	}
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		return usagef("as in --now 2026-11-22T07:00:00+08:00", "--now: %q is no time", now)
	}
	begun, clock := e.now(), e.now
	e.now = func() time.Time { return at.Add(clock().Sub(begun)) }
	return nil
}

// stamp dates the lines of the log by the clock of the command.
func (g *digests) stamp(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey && len(groups) == 0 {
		a.Value = slog.TimeValue(g.now().UTC())
	}
	return a
}

// close lets go of what open opened.
func (g *digests) close() {
	if g.engine != nil {
		g.engine.Close()
	}
	if g.state != nil {
		g.state.Close()
	}
	g.network.close()
}

// session begins what one run reads and fetches with.
func (g *digests) session() (*digest.Session, error) {
	f, err := fetch.New(g.fetching)
	if err != nil {
		return nil, err
	}
	return &digest.Session{
		Fetcher: online.Fetcher(f),
		Read: func(ctx context.Context, s *recipe.Source) (digest.Reading, func(), error) {
			dir, err := os.MkdirTemp("", "leporello-pages-")
			if err != nil {
				return digest.Reading{}, nil, err
			}
			done := func() { os.RemoveAll(dir) }
			pages := online.NewPages(f, dir)
			reading, err := g.sourceOf(g.config, s, source.Web{
				Get:    func(address string) (source.Input, error) { return lasting(pages.Get(ctx, address)) },
				Follow: func(address string) (source.Input, error) { return lasting(pages.Follow(ctx, address)) },
			})
			if err != nil {
				done()
				return reading, nil, digest.Final(err) // a setting that makes no sense
			}
			return reading, done, nil
		},
		Close: func() { f.Close() },
	}, nil
}

// lasting marks the errors that need not be tried again.
func lasting(in source.Input, err error) (source.Input, error) {
	mark := func(err error) error {
		var e *fetch.Error
		if errors.As(err, &e) && e.Lasting() {
			return digest.Final(err)
		}
		return err
	}
	in.Stale = mark(in.Stale)
	return in, mark(err)
}

// names returns the digests that operands name; all without any.
func (g *digests) names(operands []string) ([]string, error) {
	var all []string
	for i := range g.config.Digests {
		all = append(all, g.config.Digests[i].Name)
	}
	return among("digest", operands, all)
}

// among returns what operands name of all; without operands, all.
func among(what string, operands, all []string) ([]string, error) {
	if len(operands) == 0 {
		if len(all) == 0 {
			return nil, usagef("leporello config validate tells what it has", "the configuration has no %s", what)
		}
		return all, nil
	}
	for _, name := range operands {
		if !slices.Contains(all, name) {
			hint := "it has " + spelling.Or(all)
			if near := spelling.Nearest(all, name); len(near) > 0 {
				hint = "did you mean " + spelling.Or(near) + "?"
			}
			return nil, usagef(hint, "the configuration has no %s %q", what, name)
		}
	}
	return operands, nil
}
