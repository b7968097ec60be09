package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/leporello-press/leporello/media"
)

// fill fetches pictures and a page, each one hour after the other, and returns
// the cache and the clock.
func fill(t *testing.T, names ...string) (address string, root string, c *clock) {
	address, _ = serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/page" {
			io.WriteString(w, "<p>page")
			return
		}
		send(w, pic(len(r.URL.Path)))
	})
	root, c = t.TempDir(), newClock()
	for _, name := range names {
		use(t, root, c, address+name)
		c.advance(time.Hour)
	}
	return address, root, c
}

func use(t *testing.T, root string, c *clock, address string) {
	t.Helper()
	f := open(t, root, Options{Clock: c.Clock()})
	defer f.Close()
	if _, _, err := get(f, address); err != nil {
		t.Fatal(err)
	}
}

func cacheAt(t *testing.T, root string) Cache {
	t.Helper()
	store, err := media.New(root, media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return Cache{Store: store}
}

// there tells which of the addresses the cache still answers for.
func there(t *testing.T, root string, c *clock, address string, names ...string) (s string) {
	t.Helper()
	f := open(t, root, Options{Clock: c.Clock(), Offline: true})
	defer f.Close()
	for _, name := range names {
		_, _, err := get(f, address+name)
		if err != nil {
			wantReason(t, err, Offline)
			continue
		}
		s += name
	}
	return s
}

func TestCollect(t *testing.T) {
	all := []string{"/1", "/22", "/333", "/4444"}
	for _, tt := range []struct {
		name   string
		bounds func(one int64, now time.Time) Bounds
		want   string
	}{
		{"no bound", func(int64, time.Time) Bounds { return Bounds{Bytes: -1} }, "/1/22/333/4444"},
		{"nothing", func(int64, time.Time) Bounds { return Bounds{} }, ""},
		// /1 was used again after the others.
		{"by size", func(one int64, _ time.Time) Bounds { return Bounds{Bytes: 2*one + one/2} }, "/1/4444"},
		{"by age", func(_ int64, now time.Time) Bounds { return Bounds{Bytes: -1, Since: now.Add(-150 * time.Minute)} }, "/1/4444"},
		{"by both", func(one int64, now time.Time) Bounds {
			return Bounds{Bytes: one + one/2, Since: now.Add(-150 * time.Minute)}
		}, "/1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address, root, c := fill(t, all...)
			use(t, root, c, address+"/1")
			c.advance(time.Hour)
			cache := cacheAt(t, root)
			s, err := cache.Stat()
			if err != nil || s.Pictures.Files != 4 || s.Addresses != 4 || !s.Newest.Equal(c.now.Add(-time.Hour)) || !s.Oldest.Equal(c.now.Add(-4*time.Hour)) {
				t.Fatalf("%+v, %v", s, err)
			}
			b := tt.bounds(s.Pictures.Bytes/4, c.now)
			done, err := cache.Collect(b, c.now)
			if err != nil {
				t.Fatal(err)
			}
			left, err := cache.Stat()
			if err != nil || done.Kept != left.Pictures || done.Removed.Files+left.Pictures.Files != 4 || left.Addresses != left.Pictures.Files {
				t.Errorf("%+v, then %+v, %v", done, left, err)
			}
			if got := there(t, root, c, address, all...); got != tt.want {
				t.Errorf("there is %s, want %s", got, tt.want)
			}
		})
	}
}

// What was made of a picture is used with it, and goes with it.
func TestCollectDerived(t *testing.T) {
	address, root, c := fill(t, "/1", "/22")
	cache := cacheAt(t, root)
	for b, err := range cache.Store.Blobs() {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cache.Store.Derive(b.Key, media.Profile{MaxWidth: 10}); err != nil {
			t.Fatal(err)
		}
	}
	made := func() string {
		s, err := cache.Stat()
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(s.Pictures.Files, s.Made.Files)
	}
	if got := made(); got != "2 2" {
		t.Fatalf("pictures and what was made of them: %s", got)
	}
	// The files were made just now, by the clock of the system.
	for _, sub := range []string{"blobs/*/*/*", "derived/*/*"} {
		names, _ := filepath.Glob(filepath.Join(root, sub))
		for _, n := range names {
			os.Chtimes(n, time.Time{}, c.now)
		}
	}
	c.advance(time.Hour)
	use(t, root, c, address+"/22")
	if _, err := cache.Collect(Bounds{Bytes: -1, Since: c.now}, c.now); err != nil {
		t.Fatal(err)
	}
	if got := made(); got != "1 1" {
		t.Errorf("left: %s", got)
	}
	if got := there(t, root, c, address, "/1", "/22"); got != "/22" {
		t.Errorf("there is %s", got)
	}
}

func TestCollectPages(t *testing.T) {
	address, root, c := fill(t)
	f := open(t, root, Options{Clock: c.Clock()})
	if _, _, err := f.Get(context.Background(), address+"/page", Page); err != nil {
		t.Fatal(err)
	}
	cache := cacheAt(t, root)
	// Not while somebody uses it.
	if _, err := cache.Collect(Bounds{}, c.now); !errors.Is(err, ErrInUse) {
		t.Errorf("beside a Fetcher: %v", err)
	}
	f.Close()
	// What killed runs left goes when it is old enough.
	for name, age := range map[string]time.Duration{".new-1": 2 * time.Hour, ".new-2": 0} {
		name = filepath.Join(root, "index", "1", "page", name)
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		os.Chtimes(name, time.Time{}, c.now.Add(-age))
	}
	if s, err := cache.Stat(); err != nil || s.Pages.Files != 1 || s.Addresses != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if done, err := cache.Collect(Bounds{}, c.now); err != nil || done.Removed.Files != 1 || done.Kept.Files != 0 {
		t.Errorf("%+v, %v", done, err)
	}
	var left []string
	filepath.WalkDir(filepath.Join(root, "index"), func(name string, e os.DirEntry, _ error) error {
		if !e.IsDir() {
			left = append(left, e.Name())
		}
		return nil
	})
	if fmt.Sprint(left) != "[.new-2]" {
		t.Errorf("left: %v", left)
	}
}

func TestVerify(t *testing.T) {
	address, root, c := fill(t, "/1", "/22", "/333")
	f := open(t, root, Options{Clock: c.Clock()})
	if _, _, err := f.Get(context.Background(), address+"/page", Page); err != nil {
		t.Fatal(err)
	}
	f.Close()
	cache := cacheAt(t, root)
	check := func(checked, damaged, dangling int) {
		t.Helper()
		v, err := cache.Verify(context.Background())
		if err != nil || v.Checked.Files != checked || v.Damaged != damaged || v.Dangling != dangling {
			t.Errorf("%+v, %v; want %d, %d, %d", v, err, checked, damaged, dangling)
		}
	}
	check(4, 0, 0)
	blobs, _ := filepath.Glob(filepath.Join(root, "blobs/*/*/*"))
	bodies, _ := filepath.Glob(filepath.Join(root, "index/1/body/*/*"))
	entries, _ := filepath.Glob(filepath.Join(root, "index/1/url/*/*"))
	if len(blobs) != 3 || len(bodies) != 1 || len(entries) != 3 {
		t.Fatal(blobs, bodies, entries)
	}
	os.WriteFile(blobs[0], nil, 0o600)
	os.WriteFile(bodies[0], []byte("another"), 0o600)
	os.Remove(blobs[1])
	check(3, 2, 1)
	check(1, 0, 0)
	os.WriteFile(entries[0], []byte("{"), 0o600)
	os.WriteFile(entries[1], []byte("{"), 0o600)
	os.WriteFile(entries[2], []byte("{"), 0o600)
	check(1, 0, 3)
	if got := there(t, root, c, address, "/1", "/22", "/333"); got != "" {
		t.Errorf("there is %s", got)
	}
	use(t, root, c, address+"/1")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := cache.Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
