package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/media/fetch"
)

// cacheTool are the commands that look after the cache.
type cacheTool struct {
	*env
	dir  string
	json bool
}

func (e *env) cacheCommand() *cobra.Command {
	c := &cacheTool{env: e}
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Look after the folder of fetched pictures and pages",
		Long: `Cache looks after what build keeps of the network: pictures as they came and as
they were made for devices, pages and feeds. All of it can be fetched or made again.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("cache stat, cache gc or cache verify", "unknown command %q", "cache "+args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := cmd.PersistentFlags()
	f.StringVar(&c.dir, "cache-dir", "", "the folder (default: leporello in the user's cache folder)")
	f.BoolVar(&c.json, "json", false, "print JSON")
	cmd.AddCommand(c.statCommand(), c.gcCommand(), c.verifyCommand())
	return cmd
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("", "%s takes no arguments", cmd.Name())
	}
	return nil
}

func (c *cacheTool) statCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stat",
		Short: "Say what is in the cache",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			cache, folder, err := c.open()
			if err != nil {
				return err
			}
			s, err := cache.Stat()
			if err != nil {
				return &cacheError{err}
			}
			if c.json {
				return c.print(struct {
					Folder string `json:"folder"`
					Bytes  int64  `json:"bytes"`
					fetch.Contents
				}{folder, s.Pictures.Bytes + s.Made.Bytes + s.Pages.Bytes, s})
			}
			c.line("folder", printable(folder))
			c.line("pictures", files(s.Pictures))
			c.line("made", files(s.Made)+", from those for formats and devices")
			c.line("pages", files(s.Pages))
			c.line("addresses", strconv.Itoa(s.Addresses))
			c.line("all", size(s.Pictures.Bytes+s.Made.Bytes+s.Pages.Bytes))
			if !s.Oldest.IsZero() {
				c.line("used", s.Oldest.Format(time.DateOnly)+" to "+s.Newest.Format(time.DateOnly))
			}
			return nil
		},
	}
}

func (c *cacheTool) gcCommand() *cobra.Command {
	var most, age string
	cmd := &cobra.Command{
		Use:   "gc",
		Short: "Remove what was used longest ago",
		Long: `Gc removes what was not used for longer than --max-age, and then what was used
longest ago until no more than --max-size is left. While a build uses the cache
nothing is removed, and the exit code is 75.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			var b fetch.Bounds
			var err error
			if b.Bytes, err = recipe.ParseBytes(most); err != nil {
				return usagef("as in --max-size 500MB", "--max-size: %w", err)
			}
			since, ok := ago(age, c.now())
			if !ok {
				return usagef("as in --max-age 90d", "--max-age: %q is no age", age)
			}
			b.Since = since
			cache, _, err := c.open()
			if err != nil {
				return err
			}
			done, err := cache.Collect(b, c.now())
			if errors.Is(err, fetch.ErrInUse) {
				return fmt.Errorf("nothing was removed: the cache is %w", fetch.ErrInUse)
			}
			if err != nil {
				return &cacheError{err}
			}
			if c.json {
				return c.print(done)
			}
			c.line("removed", files(done.Removed))
			c.line("kept", files(done.Kept))
			return nil
		},
	}
	cmd.Flags().StringVar(&most, "max-size", "2GB", "keep no more than this")
	cmd.Flags().StringVar(&age, "max-age", "180d", "keep nothing that was not used for so long")
	return cmd
}

func (c *cacheTool) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Read everything, and remove what is damaged",
		Long: `Verify reads every file of the cache, compares it with the digest that is its
name, and removes what is damaged, and what names something that is not there.
The next build fetches it again.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cache, _, err := c.open()
			if err != nil {
				return err
			}
			v, err := cache.Verify(cmd.Context())
			if err != nil {
				return &cacheError{err}
			}
			if c.json {
				return c.print(v)
			}
			c.line("checked", files(v.Checked))
			c.line("damaged", strconv.Itoa(v.Damaged)+removed(v.Damaged))
			c.line("dangling", strconv.Itoa(v.Dangling)+removed(v.Dangling))
			return nil
		},
	}
}

func removed(n int) string {
	if n == 0 {
		return ""
	}
	return ", removed: the next build fetches what it needs again"
}

// open returns the cache, which must be there: who misspells its folder is told.
func (c *cacheTool) open() (cache fetch.Cache, folder string, err error) {
	folder = c.dir
	if folder == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return cache, "", usagef("--cache-dir names it", "no folder for caches is known")
		}
		folder = filepath.Join(user, "leporello")
	}
	pictures := filepath.Join(folder, "pictures")
	if _, err := os.Stat(pictures); err != nil && (c.dir != "" || !errors.Is(err, fs.ErrNotExist)) {
		return cache, "", fmt.Errorf("%s: not a cache of leporello", folder)
	}
	store, err := media.New(pictures, media.Options{})
	if err != nil {
		return cache, "", &cacheError{err}
	}
	return fetch.Cache{Store: store}, folder, nil
}

// line prints one line of a list of few.
func (e *env) line(name, value string) {
	fmt.Fprintf(e.stdout, "%-10s %s\n", name, value)
}

// print prints a line of JSON.
func (e *env) print(v any) error {
	enc := json.NewEncoder(e.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func files(a fetch.Amount) string {
	return plural(a.Files, "file", "files") + ", " + size(a.Bytes)
}
