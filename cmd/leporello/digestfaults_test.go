//go:build linux

package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A folder of articles and a digest of it, for the faults of this file.
const folderConfig = `sources: {posts: posts}
digests:
  weekly:
    timezone: Asia/Shanghai
    schedule: Sun 07:00
    outputs: ['books/{{ .Name }}-{{ .Date }}.epub']
`

// newFolder is a workbench with that configuration, to which more is added, and one article.
func newFolder(t *testing.T, more string) *household {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	w := &household{workbench: newWorkbench(t), zone: zone}
	if err := os.Mkdir(w.path("posts"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.write("leporello.yaml", folderConfig+more)
	w.post(1, time.Date(2026, 11, 16, 9, 0, 0, 0, zone))
	return w
}

// post writes an article.
func (w *household) post(n int, dated time.Time) {
	w.Helper()
	w.write(fmt.Sprintf("posts/%d.md", n), fmt.Sprintf("---\ntitle: 第%d篇\ndate: %s\n---\n河边的人%d，把船拉上岸。\n", n, dated.Format(time.RFC3339), n))
}

// An entry that changes after it was in an issue is not in another one, unless that
// is asked for.
func TestFaultEdited(t *testing.T) {
	t.Parallel()
	w := newFolder(t, "    updates: ignore\n  again:\n    timezone: Asia/Shanghai\n    schedule: Sun 07:00\n    updates: include\n    outputs: ['books/{{ .Name }}-{{ .Date }}.epub']\n")
	sunday := time.Date(2026, 11, 22, 7, 1, 0, 0, w.zone)
	for week := range 3 {
		if week == 1 {
			name := "posts/1.md"
			w.write(name, strings.Replace(w.read(name), "拉上岸", "推下水", 1))
			w.post(2, sunday.AddDate(0, 0, 2))
		}
		if week == 2 {
			w.post(3, sunday.AddDate(0, 0, 9))
		}
		if code, stderr := w.runAt(sunday.AddDate(0, 0, 7*week), "run", "--due"); code != exitOK {
			t.Fatalf("exit code %d\n%s", code, stderr)
		}
	}
	for digest, want := range map[string][]string{"weekly": {"第1篇", "第2篇", "第3篇"}, "again": {"第1篇", "第1篇 第2篇", "第3篇"}} {
		var got []string
		for _, book := range w.books(digest) {
			var titles []string
			for title := range articlesOf(t, book) {
				titles = append(titles, title)
			}
			slices.Sort(titles)
			got = append(got, strings.Join(titles, " "))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", digest, got, want)
		}
	}
	for _, a := range articlesOf(t, w.books("again")[1]) {
		if a.meta.Title == "第1篇" && !strings.Contains(a.text, "推下水") {
			t.Errorf("the old text: %s", a.text)
		}
	}
}

// What is wrong with the file of the state is said, and what to do; nothing is lost by it.
func TestFaultState(t *testing.T) {
	t.Parallel()
	const state = "state/state.db"
	sunday := time.Date(2026, 11, 22, 7, 1, 0, 0, time.FixedZone("", 8*3600))
	exec := func(t *testing.T, path, statement string) *sql.DB {
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
		return db
	}
	for _, tt := range []struct {
		name, says, hint string
		code             int
		breaks           func(t *testing.T, path string) (mend func())
	}{
		{"newer", "newer version", "a newer leporello", exitNoBook, func(t *testing.T, path string) func() {
			exec(t, path, "PRAGMA user_version = 999").Close()
			return nil
		}},
		{"something else", "damaged", "--rebuild-state", exitNoBook, func(t *testing.T, path string) func() {
			if err := os.WriteFile(path, []byte(strings.Repeat("no database at all\n", 1000)), 0o644); err != nil {
				t.Fatal(err)
			}
			return nil
		}},
		{"locked", "in use", "try again", exitHeld, func(t *testing.T, path string) func() {
			if testing.Short() {
				t.Skip("it is waited for")
			}
			db := exec(t, path, "BEGIN EXCLUSIVE")
			return func() { db.Close() }
		}},
		{"read-only", "read-only", "", exitNoBook, func(t *testing.T, path string) func() {
			dir := filepath.Dir(path)
			if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
				t.Skipf("nothing can be mounted here: %v", err)
			}
			t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
			if err := syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
				t.Skipf("nothing can be mounted read-only here: %v", err)
			}
			return func() { syscall.Unmount(dir, syscall.MNT_DETACH) }
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newFolder(t, "state_dir: state\n")
			w.T = t
			if code, stderr := w.runAt(sunday, "run", "--due"); code != exitOK {
				t.Fatalf("exit code %d\n%s", code, stderr)
			}
			w.post(2, sunday.AddDate(0, 0, 2))
			mend := tt.breaks(t, w.path(state))
			code, stderr := w.runAt(sunday.AddDate(0, 0, 7), "run", "--due")
			if code != tt.code || !strings.Contains(stderr, tt.says) || !strings.Contains(stderr, tt.hint) || strings.Contains(stderr, "panic") {
				t.Errorf("exit code %d\n%s", code, stderr)
			}
			if n := len(w.books("weekly")); n != 1 {
				t.Errorf("%d books", n)
			}
			if mend != nil {
				mend()
			}
		})
	}
}

// Whatever the clock does, a slot has one issue, and none waits for a time that never was.
func TestFaultClocks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, zone, schedule, policy string
		runs                         []string // UTC
		issues                       []string // by the dates of their slots
	}{
		{"four weeks missed", "Asia/Shanghai", "Sun 07:00", "latest", []string{"2026-10-25T00:00", "2026-11-23T00:00", "2026-11-23T00:15"}, []string{"2026-10-25", "2026-11-22"}},
		{"four weeks missed, all of them", "Asia/Shanghai", "Sun 07:00", "all", []string{"2026-10-25T00:00", "2026-11-23T00:00", "2026-11-23T00:15"},
			[]string{"2026-10-25", "2026-11-01", "2026-11-08", "2026-11-15", "2026-11-22"}},
		{"four weeks missed, none of them", "Asia/Shanghai", "Sun 07:00", "none", []string{"2026-10-25T00:00", "2026-11-27T00:00", "2026-11-29T00:00"}, []string{"2026-10-25", "2026-11-29"}},
		{"put back over a slot", "Asia/Shanghai", "Sun 07:00", "latest", []string{"2026-11-22T00:00", "2026-11-21T00:00", "2026-11-22T00:00", "2026-11-29T00:00"}, []string{"2026-11-22", "2026-11-29"}},
		{"ten years ahead for a while", "Asia/Shanghai", "Sun 07:00", "latest", []string{"2026-11-15T00:00", "2036-11-16T00:00", "2026-11-22T00:00", "2026-11-29T00:00"},
			[]string{"2026-11-15", "2026-11-22", "2026-11-29", "2036-11-16"}},
		{"before it all began", "Asia/Shanghai", "Sun 07:00", "latest", []string{"2026-11-15T00:00", "1970-01-05T00:00", "2026-11-22T00:00"}, []string{"2026-11-15", "2026-11-22"}},
		{"a time that clocks skip", "America/New_York", "Sun 02:30", "latest", []string{"2026-03-01T08:00", "2026-03-08T06:59", "2026-03-08T07:00", "2026-03-08T08:00"}, []string{"2026-03-01", "2026-03-08"}},
		{"a time that comes twice", "America/New_York", "Sun 01:30", "latest", []string{"2026-10-25T06:00", "2026-11-01T05:30", "2026-11-01T06:30"}, []string{"2026-10-25", "2026-11-01"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newFolder(t, "")
			w.T = t
			w.write("leporello.yaml", strings.NewReplacer("Asia/Shanghai", tt.zone, "Sun 07:00", tt.schedule, "    outputs", "    catch_up: "+tt.policy+"\n    only_new: false\n    window: 500w\n    outputs").Replace(folderConfig))
			w.post(1, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
			w.post(2, time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC))
			for _, run := range tt.runs {
				now, err := time.Parse("2006-01-02T15:04", run)
				if err != nil {
					t.Fatal(err)
				}
				if code, stderr := w.runAt(now, "run", "--due"); code != exitOK {
					t.Fatalf("%s: exit code %d\n%s", run, code, stderr)
				}
			}
			var got []string
			for _, book := range w.books("weekly") {
				got = append(got, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(book), "weekly-"), ".epub"))
			}
			if !slices.Equal(got, tt.issues) {
				t.Errorf("issues of %q, want %q", got, tt.issues)
			}
		})
	}
}

// Where no source can be read when an issue is due, it is made when one can; until then
// it is asked less and less often, however often somebody looks.
func TestFaultAway(t *testing.T) {
	t.Parallel()
	sunday := time.Date(2026, 10, 11, 0, 30, 0, 0, time.UTC)
	w := newHousehold(t, sunday.AddDate(0, 0, -7), 1, worldConfig)
	w.news.closed.Store(true)
	for _, tt := range []struct{ minutes, code int }{{0, exitNoBook}, {1, exitOK}, {15, exitNoBook}, {30, exitOK}, {45, exitNoBook}, {60, exitOK}, {90, exitOK}, {120, exitNoBook}} {
		now := sunday.Add(time.Duration(tt.minutes) * time.Minute)
		if code, stderr := w.runAt(now, "run", "--due", "-q"); code != tt.code || code == exitOK && stderr != "" {
			t.Errorf("after %d minutes: exit code %d, want %d\n%s", tt.minutes, code, tt.code, stderr)
		}
	}
	w.news.closed.Store(false)
	w.due(sunday.Add(5*time.Hour), exitOK)
	if books := w.books("weekly"); len(books) != 1 || filepath.Base(books[0]) != "weekly-2026-10-11.epub" {
		t.Errorf("books: %v", books)
	}
}
