package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/leporello-press/leporello/digest"
	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/media/fetch"
)

// stateTool are the commands that look after what digests remember.
type stateTool struct {
	*env
	configured
	json bool

	config *recipe.Config
	store  *state.Store
	blobs  blob.Store
}

func (e *env) stateCommand() *cobra.Command {
	t := &stateTool{env: e}
	cmd := &cobra.Command{
		Use:   "state",
		Short: "Look after what is remembered of digests",
		Long: `State looks after what digests remember from issue to issue: which articles were
read, what lay in every issue, where it was delivered; and the documents, pictures
and books that an issue is made of again. Unlike the cache it cannot be fetched
again: a copy of the folder, made while nothing runs, is worth having.`,
		Args: e.noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := cmd.PersistentFlags()
	t.flags(f)
	f.BoolVar(&t.json, "json", false, "print JSON")
	cmd.AddCommand(t.statCommand(), t.gcCommand(), t.verifyCommand())
	return cmd
}

// with runs f with what is remembered, where there is something.
func (t *stateTool) with(ctx context.Context, readOnly bool, f func() error) error {
	var err error
	if t.config, err = t.load(t.env); err != nil {
		return err
	}
	if t.store, err = t.readState(ctx, t.config); err != nil || t.store == nil {
		return err
	}
	if !readOnly {
		t.store.Close()
		if t.store, err = state.Open(ctx, state.Options{Path: filepath.Join(t.config.StateDir, stateName), URL: t.config.DatabaseURL, Clock: t.now}); err != nil {
			return err
		}
	}
	defer t.store.Close()
	if t.blobs, err = t.openBlobs(ctx, t.config); err != nil {
		return err
	}
	return f()
}

func (t *stateTool) statCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stat",
		Short: "Say how much is remembered",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return t.with(ctx, true, func() error {
				var out struct {
					Folder string         `json:"folder"`
					Bytes  int64          `json:"bytes"` // of the file of SQLite
					Rows   map[string]int `json:"rows"`
					Blobs  fetch.Amount   `json:"blobs"`
				}
				out.Folder, out.Rows = t.config.StateDir, map[string]int{}
				rows, err := t.store.Rows(ctx)
				if err != nil {
					return err
				}
				for _, r := range rows {
					out.Rows[r.Name] = r.Rows
				}
				for b, err := range t.blobs.Keys(ctx) {
					if err != nil {
						return err
					}
					out.Blobs.Files++
					out.Blobs.Bytes += b.Bytes
				}
				if info, err := os.Stat(filepath.Join(t.config.StateDir, stateName)); err == nil && t.store.Dialect() == state.SQLite {
					out.Bytes = info.Size()
				} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				if t.json {
					return t.print(out)
				}
				t.line("folder", printable(out.Folder))
				if t.store.Dialect() == state.SQLite {
					t.line("state", size(out.Bytes))
				} else {
					t.line("state", "in "+t.store.Dialect().String())
				}
				for _, r := range rows {
					switch r.Name {
					case "article":
						t.line("articles", strconv.Itoa(r.Rows))
					case "run":
						t.line("runs", strconv.Itoa(r.Rows))
					}
				}
				t.line("blobs", files(out.Blobs))
				return nil
			})
		},
	}
}

func (t *stateTool) gcCommand() *cobra.Command {
	var age string
	cmd := &cobra.Command{
		Use:   "gc",
		Short: "Forget what is old and no longer needed",
		Long: `Gc forgets what is older than --max-age: articles that their sources have no more and
that a run has decided about, and of old issues which articles they had. Then it
removes the documents and pictures that nothing needs any more. Such an issue stays
in the history and in the library with its books, but cannot be made again. That an
article was in an issue is never forgotten. While a run or a harvest is under
way nothing is removed, and the exit code is 75. A store that several states share
must not be cleaned like this: one would remove what the others need.`,
		Example: `  leporello state gc
  leporello state gc --max-age 90d`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			before, ok := ago(age, t.now())
			if !ok {
				return usagef("as in --max-age 400d", "--max-age: %q is no age", age)
			}
			ctx := cmd.Context()
			return t.with(ctx, false, func() error {
				if err := os.MkdirAll(locksOf(t.config), 0o755); err != nil {
					return err
				}
				engine := digest.New(digest.Deps{Config: t.config, State: t.store, Blobs: t.blobs, Clock: t.now, Locks: locksOf(t.config)})
				defer engine.Close()
				done, err := engine.Tidy(ctx, before)
				if err != nil {
					return err
				}
				removed := fetch.Amount{Files: done.Blobs, Bytes: done.Bytes}
				if t.json {
					return t.print(struct {
						Articles int64        `json:"articles"`
						Items    int64        `json:"items"`
						Pictures int64        `json:"pictures"`
						Tasks    int64        `json:"tasks"`
						Blobs    fetch.Amount `json:"blobs"`
					}{done.Articles, done.Items, done.Pictures, done.Tasks, removed})
				}
				t.line("forgotten", plural(int(done.Articles), "article", "articles"))
				t.line("removed", files(removed))
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&age, "max-age", "400d", "forget nothing that is younger")
	return cmd
}

func (t *stateTool) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Read everything that is remembered, and say what is damaged",
		Long: `Verify reads the whole state, and every document, picture and book, and compares each
with the digest that is its name. What is damaged is moved aside; where a run needs
it, it is fetched again. Leporello run --rebuild-state mends a damaged state.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return t.with(ctx, true, func() error {
				if err := t.store.Check(ctx); err != nil {
					return err
				}
				var out struct {
					Checked fetch.Amount `json:"checked"`
					Damaged int          `json:"damaged"`
					Missing int          `json:"missing"` // that rows name
				}
				for b, err := range t.blobs.Keys(ctx) {
					if err != nil {
						return err
					}
					r, err := t.blobs.Open(ctx, b.Key)
					switch {
					case errors.Is(err, blob.ErrDamaged):
						out.Damaged++
					case errors.Is(err, blob.ErrNotFound):
						continue // it was removed meanwhile
					case err != nil:
						return err
					default:
						r.Close()
					}
					out.Checked.Files++
					out.Checked.Bytes += b.Bytes
				}
				for key, err := range t.store.References(ctx) {
					if err != nil {
						return err
					}
					there, err := t.blobs.Has(ctx, key)
					if err != nil {
						return err
					}
					if !there {
						out.Missing++
					}
				}
				if t.json {
					return t.print(out)
				}
				t.line("state", "sound")
				t.line("checked", files(out.Checked))
				t.line("damaged", strconv.Itoa(out.Damaged))
				t.line("missing", strconv.Itoa(out.Missing))
				return nil
			})
		},
	}
}
