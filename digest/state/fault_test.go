package state

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/leporello-press/leporello/internal/filelock"
)

func TestOpenFails(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		ok(t, os.WriteFile(path, []byte(content), 0o644))
		return path
	}
	foreign := file(t, "CREATE TABLE customers (a INTEGER)")
	marked := file(t, "PRAGMA application_id = 77")
	for _, c := range []struct {
		name string
		o    Options
		want error
		text string
	}{
		{"nothing named", Options{}, nil, "neither a file nor an address"},
		{"a folder", Options{Path: dir}, nil, "it is a folder"},
		{"in a file", Options{Path: filepath.Join(write("f", "x"), "state.db")}, syscall.ENOTDIR, ""},
		{"not a database", Options{Path: write("text", strings.Repeat("not a database\n", 1000))}, ErrBroken, "damaged"},
		{"another program's", Options{Path: foreign}, ErrForeign, "another program"},
		{"another program's, empty", Options{Path: marked}, ErrForeign, ""},
		{"another program's, to rebuild", Options{Path: foreign, Rebuild: true}, ErrForeign, ""},
		{"missing, only to read", Options{Path: filepath.Join(dir, "missing"), ReadOnly: true}, fs.ErrNotExist, ""},
		{"empty, only to read", Options{Path: write("empty", ""), ReadOnly: true}, ErrOlder, ""},
		{"no address", Options{URL: "postgres://a:secret@[/x"}, nil, ""},
		{"nobody there", Options{URL: "postgres://a:secret@127.0.0.1:1/x?connect_timeout=5"}, nil, ""},
	} {
		c.o.Clock = clock()
		s, err := Open(ctx, c.o)
		if err == nil {
			s.Close()
			t.Errorf("%s: opened", c.name)
			continue
		}
		if c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := Open(ctx, Options{Path: filepath.Join(dir, "x")}); err == nil {
		t.Error("opened without a clock")
	}
	// What is not ours is left as it was.
	if left := must[[]string](t)(filepath.Glob(filepath.Dir(foreign) + "/*")); len(left) > 2 { // and the lock
		t.Error(left)
	}
}

func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, Options{Path: path, Clock: clock()})
	fill(t, s)
	want := contents(t, s)
	// While it is written to, and afterwards.
	for range 2 {
		r := open(t, Options{Path: path, ReadOnly: true})
		same(t, "contents", contents(t, r), want)
		if err := (&Store{write: r.write, name: r.name, clock: clock()}).AddTasks(t.Context(), []Task{{Run: 1, Step: "x", Key: "y"}}); !errors.Is(err, ErrReadOnly) {
			t.Fatal(err)
		}
		ok(t, r.Close())
		ok(t, s.Close())
	}
}

func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, Options{Path: path, Clock: clock(), Wait: 50 * time.Millisecond})
	other := must[*sql.DB](t)(sql.Open("sqlite", path+"?_txlock=immediate"))
	defer other.Close()
	tx := must[*sql.Tx](t)(other.Begin())
	if _, err := s.BeginRun(t.Context(), &Run{Digest: "d", Slot: "1"}); !errors.Is(err, ErrLocked) {
		t.Fatal(err)
	}
	if _, err := s.Runs(t.Context(), RunQuery{}); err != nil {
		t.Fatalf("reading waits for writing: %v", err)
	}
	ok(t, tx.Rollback())
	must[bool](t)(s.BeginRun(t.Context(), &Run{Digest: "d", Slot: "1"}))
}

func TestDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, Options{Path: path, Clock: clock()})
	fill(t, s)
	want := contents(t, s)
	var pages int
	ok(t, s.write.QueryRow("PRAGMA page_count").Scan(&pages))
	_, err := s.write.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
	ok(t, err)
	a := Article{Source: "s", GUID: "1", Title: strings.Repeat("x", 100_000), LastSeen: day(1)}
	if _, _, err := s.PutArticle(t.Context(), &a); !errors.Is(err, ErrFull) {
		t.Fatal(err)
	}
	same(t, "contents", contents(t, s), want)
	ok(t, s.Check(t.Context()))
	_, err = s.write.Exec("PRAGMA max_page_count = 100000")
	ok(t, err)
	_, _, err = s.PutArticle(t.Context(), &a)
	ok(t, err)
}

// years makes a state as large as years of a digest make it, and returns its path.
func years(t *testing.T, runs int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, Options{Path: path, Clock: clock()})
	ctx := t.Context()
	for n := range runs {
		r := Run{Digest: "weekly", Slot: fmt.Sprint(n)}
		must[bool](t)(s.BeginRun(ctx, &r))
		var items []Item
		var keys []string
		for i := range 10 {
			a := Article{Source: "s", GUID: fmt.Sprint(n, "-", i), Title: strings.Repeat("長", 50), Doc: fmt.Sprint("d", n, "-", i), LastSeen: day(1)}
			_, _, err := s.PutArticle(ctx, &a)
			ok(t, err)
			items = append(items, Item{Index: i, Article: a.ID, Doc: a.Doc, Chosen: true})
			keys = append(keys, "g:"+a.GUID)
			ok(t, s.PutPictures(ctx, []Picture{{Doc: a.Doc, Src: "https://a.example/" + a.GUID, Key: strings.Repeat("k", 64)}}))
		}
		r.Number = n + 1
		ok(t, s.FreezeItems(ctx, &r, items))
		r.State = RunDelivering
		ok(t, s.Commit(ctx, &r, []Output{{Path: "x.epub"}}, keys))
		ok(t, s.SaveDelivery(ctx, &Delivery{Run: r.ID, Target: "kindle", State: DeliverySent}))
		if n < runs-1 {
			r.State = RunDone
		}
		ok(t, s.SaveRun(ctx, &r))
	}
	ok(t, s.Close())
	return path
}

const page = 4096 // bytes of a page of SQLite

func TestRebuild(t *testing.T) {
	const runs = 60
	whole := must[[]byte](t)(os.ReadFile(years(t, runs)))
	pages := len(whole) / page
	count := func(s *Store, table string) (n int) {
		t.Helper()
		ok(t, s.read.QueryRow("SELECT count(*) FROM "+table).Scan(&n))
		return n
	}
	for _, c := range []struct {
		name   string
		damage func([]byte) []byte
		least  int // articles that must be saved
		header bool
	}{
		{"no damage", func(b []byte) []byte { return b }, runs * 10, false},
		{"cut off", func(b []byte) []byte { return b[:len(b)-3*page] }, runs * 9, false},
		{"half", func(b []byte) []byte { return b[:len(b)/2] }, 1, false},
		{"one page", func(b []byte) []byte { clear(b[pages/2*page : pages/2*page+page]); return b }, runs * 9, false},
		{"every tenth page", func(b []byte) []byte {
			for i := 45; i < pages; i += 10 {
				clear(b[i*page : i*page+page])
			}
			return b
		}, runs * 5, false},
		{"first page", func(b []byte) []byte { clear(b[:page]); return b }, 0, true},
		{"text", func([]byte) []byte { return []byte("hello, world") }, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			damaged := c.damage(append([]byte(nil), whole...))
			ok(t, os.WriteFile(path, damaged, 0o644))
			if c.header {
				if _, err := Open(t.Context(), Options{Path: path, Clock: clock()}); !errors.Is(err, ErrBroken) {
					t.Fatal(err)
				}
			}
			s := open(t, Options{Path: path, Clock: clock(), Rebuild: true})
			ok(t, s.Check(t.Context()))
			forgotten := must[time.Time](t)(s.Forgotten(t.Context()))
			if c.name == "no damage" {
				if s.Rebuilt() != nil || !forgotten.IsZero() {
					t.Fatalf("%+v, forgotten until %v", s.Rebuilt(), forgotten)
				}
				return
			}
			done := s.Rebuilt()
			if done == nil {
				t.Fatal("it was not rebuilt")
			}
			lost := map[string]bool{}
			for _, table := range done.Tables {
				lost[table.Name] = table.Damaged
			}
			same(t, "forgotten", !forgotten.IsZero(), lost["run"] || lost["fact"])
			if kept := must[[]byte](t)(os.ReadFile(done.Aside)); string(kept) != string(damaged) {
				t.Fatal("the damaged file was changed")
			}
			for _, table := range done.Tables {
				if table.Name != "fact" {
					same(t, "rows of "+table.Name, table.Rows, count(s, table.Name))
				}
			}
			if n := count(s, "article"); n < c.least {
				t.Fatalf("%d articles were saved, not %d; %+v", n, c.least, done)
			}
			if n := len(must[[]Run](t)(s.Runs(t.Context(), RunQuery{States: []RunState{RunMade, RunDelivering}}))); n != 0 && lost["delivery"] {
				t.Fatal("something would be delivered again")
			}
			rows := must[*sql.Rows](t)(s.write.Query("PRAGMA foreign_key_check"))
			defer rows.Close()
			if rows.Next() {
				t.Fatal("rows of lost runs were kept")
			}
			rows.Close()
			// It is a state again, and gives no number twice.
			var most int64
			ok(t, s.read.QueryRow("SELECT COALESCE(MAX(article), 0) FROM item").Scan(&most))
			a := sample()
			_, _, err := s.PutArticle(t.Context(), &a)
			ok(t, err)
			if a.ID <= most {
				t.Fatalf("article %d is another one's number", a.ID)
			}
			ok(t, s.Close())
			again := open(t, Options{Path: path, Clock: clock(), Rebuild: true})
			if again.Rebuilt() != nil {
				t.Fatal("rebuilt a sound one")
			}
		})
	}
}

// What was moved aside stays, also when it happens again at the same moment.
func TestRebuildTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	o := Options{Path: path, Rebuild: true, Clock: func() time.Time { return day(1) }}
	for _, text := range []string{"one", "two", "three"} {
		ok(t, os.WriteFile(path, []byte(text), 0o644))
		s := open(t, o)
		same(t, "aside", string(must[[]byte](t)(os.ReadFile(s.Rebuilt().Aside))), text)
		ok(t, s.Close())
	}
	names := must[[]string](t)(filepath.Glob(path + "*"))
	same(t, "files", len(names), 5) // the state, its lock, and three
}

// Nobody rebuilds what is in use.
func TestRebuildInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, Options{Path: path, Clock: clock()})
	if _, err := Open(t.Context(), Options{Path: path, Clock: clock(), Rebuild: true}); !errors.Is(err, filelock.ErrHeld) {
		t.Fatal(err)
	}
	ok(t, s.Close())
	open(t, Options{Path: path, Clock: clock(), Rebuild: true})
}

// Whatever is done to the bytes: opening and reading end, with an error of ours or
// without one, and rebuilding makes a sound state.
func TestRandomDamage(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 5
	}
	whole := must[[]byte](t)(os.ReadFile(years(t, 6)))
	random := rand.New(rand.NewPCG(1, 2))
	for round := range rounds {
		damaged := append([]byte(nil), whole...)
		for range 1 + random.IntN(4) {
			at := random.IntN(len(damaged))
			switch random.IntN(4) {
			case 0:
				damaged = damaged[:max(at, 100)]
			case 1:
				clear(damaged[at:min(len(damaged), at+random.IntN(2*page))])
			default:
				for range 1 + random.IntN(20) {
					damaged[random.IntN(min(len(damaged)-at, 200))+at] = byte(random.Uint32())
				}
			}
		}
		path := filepath.Join(t.TempDir(), "state.db")
		ok(t, os.WriteFile(path, damaged, 0o644))
		if s, err := Open(t.Context(), Options{Path: path, Clock: clock()}); err == nil {
			for _, err := range s.Articles(t.Context(), ArticleQuery{}) {
				if err != nil && s.name == "" {
					t.Fatal(err)
				}
			}
			s.PutArticle(t.Context(), &Article{Source: "x", GUID: "y"})
			s.Close()
		}
		s, err := Open(t.Context(), Options{Path: path, Clock: clock(), Rebuild: true})
		if errors.Is(err, ErrNewer) || errors.Is(err, ErrForeign) {
			continue // the few bytes that say so were hit
		}
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		ok(t, s.Check(t.Context()))
		a := sample()
		_, _, err = s.PutArticle(t.Context(), &a)
		ok(t, err)
		ok(t, s.Close())
	}
}
