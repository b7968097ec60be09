package fetch

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leporello-press/leporello/internal/filelock"
	"github.com/leporello-press/leporello/media"
)

// Cache is what Fetchers keep between runs, for those who look after it.
type Cache struct {
	Store *media.Dir
	Index string // as in Options
}

// ErrInUse is wrapped by Collect while a Fetcher uses the cache.
var ErrInUse = filelock.ErrHeld

// Amount is how much there is of something.
type Amount struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

func (a *Amount) add(bytes int64) { a.Files, a.Bytes = a.Files+1, a.Bytes+bytes }

// Contents is what is in a cache.
type Contents struct {
	Pictures  Amount `json:"pictures"` // as they came
	Made      Amount `json:"made"`     // made from them for a device or format
	Pages     Amount `json:"pages"`    // and feeds
	Addresses int    `json:"addresses"`
	// Oldest and Newest are when something was last used; zero: there is nothing.
	Oldest time.Time `json:"oldest,omitzero"`
	Newest time.Time `json:"newest,omitzero"`
}

// Stat counts what is there.
func (c Cache) Stat() (Contents, error) {
	var s Contents
	units, err := c.load()
	if err != nil {
		return s, err
	}
	for _, u := range units {
		switch {
		case u.body != "":
			s.Pages.add(u.bytes)
		case len(u.notes) > 0 && len(u.entries) == 0:
			s.Made.add(u.bytes)
		default:
			s.Pictures.add(u.bytes)
		}
		s.Addresses += len(u.entries)
		if s.Oldest.IsZero() || u.used.Before(s.Oldest) {
			s.Oldest = u.used
		}
		if u.used.After(s.Newest) {
			s.Newest = u.used
		}
	}
	return s, nil
}

// Bounds are what a cache may hold.
type Bounds struct {
	Bytes int64     // 0: nothing; below 0: no bound
	Since time.Time // when what is kept was last used; zero: no bound
}

// Collected is what Collect did.
type Collected struct {
	Removed Amount `json:"removed"`
	Kept    Amount `json:"kept"`
}

// Collect removes what was used longest ago until the bounds hold, and what
// killed runs left. While a Fetcher uses the cache it does nothing, and its error
// wraps ErrInUse.
func (c Cache) Collect(b Bounds, now time.Time) (Collected, error) {
	var done Collected
	lock, err := filelock.Alone(lockFile(c.Store))
	if err != nil {
		return done, fmt.Errorf("fetch: %w", err)
	}
	defer lock.Release()
	units, err := c.load()
	if err != nil {
		return done, err
	}
	for _, u := range units {
		done.Kept.add(u.bytes)
	}
	// Of what was used together, what can be made again without the network goes first.
	slices.SortStableFunc(units, func(a, b *unit) int {
		return cmp.Or(a.used.Compare(b.used), -cmp.Compare(len(a.notes), len(b.notes)))
	})
	for _, u := range units {
		if !u.used.Before(b.Since) && (b.Bytes < 0 || done.Kept.Bytes <= b.Bytes) {
			break
		}
		for _, u := range append(u.made, u) {
			if u.gone {
				continue
			}
			if err := c.drop(u); err != nil {
				return done, err
			}
			u.gone = true
			done.Removed.add(u.bytes)
			done.Kept.Files, done.Kept.Bytes = done.Kept.Files-1, done.Kept.Bytes-u.bytes
		}
	}
	c.Store.Sweep(now.Add(-time.Hour))
	return done, c.index().sweep(b.Since, now.Add(-time.Hour))
}

// forget removes pictures that no address has, and what was made of them, if
// nobody else uses the cache. What it cannot remove is left to the next run.
func (c Cache) forget(keys []string) {
	lock, err := filelock.Alone(lockFile(c.Store))
	if err != nil {
		return
	}
	defer lock.Release()
	units, err := c.load()
	if err != nil {
		return
	}
	for _, u := range units {
		if u.body != "" || !slices.Contains(keys, u.blob.Key) || len(u.entries) > 0 {
			continue
		}
		for _, u := range append(u.made, u) {
			if err := c.drop(u); err != nil {
				return
			}
		}
	}
	for _, key := range keys {
		remove(c.index().file("passing", key))
	}
}

// Verified is what Verify found.
type Verified struct {
	Checked Amount `json:"checked"`
	// Damaged files were not what their name says, and Dangling notes named what is
	// not there. Both are removed: the next run fetches them again.
	Damaged  int `json:"damaged"`
	Dangling int `json:"dangling"`
}

// Verify reads everything and removes what is damaged.
func (c Cache) Verify(ctx context.Context) (Verified, error) {
	var v Verified
	lock, err := filelock.Shared(lockFile(c.Store))
	if err != nil {
		return v, fmt.Errorf("fetch: %w", err)
	}
	defer lock.Release()
	units, err := c.load()
	if err != nil {
		return v, err
	}
	whole := map[string]bool{} // by unit.name
	for _, u := range units {
		if err := context.Cause(ctx); err != nil {
			return v, err
		}
		v.Checked.add(u.bytes)
		if u.body != "" {
			b, err := os.ReadFile(u.body)
			whole[u.name] = err == nil && unitName("page", digest(b)) == u.name
		} else {
			whole[u.name] = c.Store.Verify(u.blob.Key) == nil
		}
		if whole[u.name] {
			continue
		}
		v.Damaged++
		if err := c.drop(u); err != nil {
			return v, err
		}
	}
	err = c.index().each(func(kind, name string, e entry) error {
		if whole[unitName(kind, e.Key)] {
			return nil
		}
		if _, err := os.Stat(name); err == nil {
			v.Dangling++
		}
		return remove(name)
	})
	if err != nil {
		return v, err
	}
	for note, err := range c.Store.Notes() {
		missing := func(key string) bool { return !whole[unitName("url", key)] }
		if err == nil && slices.ContainsFunc(note.Keys, missing) {
			v.Dangling++
			err = c.Store.Forget(note)
		}
		if err != nil {
			return v, err
		}
	}
	return v, nil
}

// unit is a picture or page with what names it: what is kept or goes as one.
type unit struct {
	name    string // unitName
	blob    media.Kept
	body    string       // the file, of a page; empty: the store has it
	entries []string     // the files of the addresses that have it
	notes   []media.Note // it was made from another picture
	made    []*unit      // from this picture
	bytes   int64
	used    time.Time
	gone    bool
}

// unitName names what an entry of a kind has under a key.
func unitName(kind, key string) string {
	if kind == "page" {
		key = digest([]byte(key)) // as index.file does
	}
	return kind + key
}

// load finds everything that is kept.
func (c Cache) load() ([]*unit, error) {
	var units []*unit
	known := map[string]*unit{}
	add := func(u *unit) {
		u.bytes, u.used = u.blob.Bytes, u.blob.Used
		units = append(units, u)
		known[u.name] = u
	}
	for blob, err := range c.Store.Blobs() {
		if err != nil {
			return nil, err
		}
		add(&unit{name: unitName("url", blob.Key), blob: blob})
	}
	x := c.index()
	err := x.walk("body", func(name string, info fs.FileInfo) error {
		add(&unit{name: "page" + info.Name(), body: name, blob: media.Kept{Bytes: info.Size(), Used: info.ModTime()}})
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = x.each(func(kind, name string, e entry) error {
		if u := known[unitName(kind, e.Key)]; u != nil {
			u.entries = append(u.entries, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for note, err := range c.Store.Notes() {
		if err != nil {
			return nil, err
		}
		from := known[unitName("url", note.From)]
		for _, key := range note.Keys {
			u := known[unitName("url", key)]
			if u == nil || u == from {
				continue
			}
			u.notes = append(u.notes, note)
			if from != nil && len(u.entries) == 0 {
				// Whoever uses what was made uses the picture that it was made from.
				from.made = append(from.made, u)
				u.used = later(u.used, from.used)
			}
		}
	}
	return units, nil
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// drop removes a unit, what names it first.
func (c Cache) drop(u *unit) error {
	for _, name := range u.entries {
		if err := remove(name); err != nil {
			return err
		}
	}
	for _, note := range u.notes {
		if err := c.Store.Forget(note); err != nil {
			return err
		}
	}
	if u.body != "" {
		return remove(u.body)
	}
	return c.Store.Remove(u.blob.Key)
}

func remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("fetch: %w", err)
	}
	return nil
}

func (c Cache) index() *index { return &index{root: indexRoot(c.Index, c.Store)} }

// indexRoot is the folder of the index of a store.
func indexRoot(name string, store *media.Dir) string {
	if name == "" {
		return filepath.Join(store.Root(), "index")
	}
	return name
}

// lockFile is what Fetchers share while they run.
func lockFile(store *media.Dir) string { return filepath.Join(store.Root(), "lock") }

// walk calls f with the files of a kind.
func (x *index) walk(kind string, f func(name string, info fs.FileInfo) error) error {
	return filepath.WalkDir(filepath.Join(x.root, "1", kind), func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && !e.Type().IsRegular() {
			return nil
		}
		var info fs.FileInfo
		if err == nil {
			info, err = e.Info()
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // someone else was faster
		}
		if err != nil {
			return fmt.Errorf("fetch: %w", err)
		}
		if strings.HasPrefix(info.Name(), tempPrefix) {
			return nil
		}
		return f(name, info)
	})
}

// each calls f with the entries of all addresses. Of a torn one nothing but its
// name is known.
func (x *index) each(f func(kind, name string, e entry) error) error {
	for _, kind := range []string{"url", "page"} {
		err := x.walk(kind, func(name string, _ fs.FileInfo) error {
			var e entry
			if b, err := os.ReadFile(name); err != nil || json.Unmarshal(b, &e) != nil {
				e = entry{}
			}
			return f(kind, name, e)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sweep forgets what is known of hosts since before the given time, and removes
// what killed runs left half written.
func (x *index) sweep(since, stale time.Time) error {
	err := x.walk("host", func(name string, info fs.FileInfo) error {
		if info.ModTime().Before(since) {
			return remove(name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return filepath.WalkDir(x.root, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasPrefix(e.Name(), tempPrefix) {
			return nil
		}
		if info, err := e.Info(); err == nil && info.ModTime().Before(stale) {
			return remove(name)
		}
		return nil
	})
}
