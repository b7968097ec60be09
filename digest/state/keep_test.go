package state

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/leporello-press/leporello/internal/filelock"
)

func references(t *testing.T, s *Store) (keys []string) {
	t.Helper()
	for key, err := range s.References(t.Context()) {
		ok(t, err)
		keys = append(keys, key)
	}
	return keys
}

func TestReferences(t *testing.T) {
	stores(t, func(t *testing.T, s *Store) {
		same(t, "of nothing", references(t, s), nil)
		fill(t, s)
		same(t, "blobs", references(t, s), []string{"book1", "cover1", "doc0", "doc1", "doc2", "picture1"})
		for range s.References(t.Context()) {
			break
		}
	})
}

func TestPrune(t *testing.T) {
	stores(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		// What nobody has decided about, or only for now, is kept.
		put := func(guid string, seen time.Time) Item {
			a := Article{Source: "s", GUID: guid, Doc: "doc " + guid, LastSeen: seen}
			_, _, err := s.PutArticle(ctx, &a)
			ok(t, err)
			return Item{Article: a.ID, Doc: a.Doc}
		}
		guids := func() (guids []string) {
			for a, err := range s.Articles(ctx, ArticleQuery{}) {
				ok(t, err)
				guids = append(guids, a.GUID)
			}
			return guids
		}
		year := time.Hour * 24 * 365
		old := day(1).Add(-2 * year)
		chosen, short, new, recent := put("chosen", old), put("short", old), put("too new", old), put("recent", day(1))
		put("never", old)
		chosen.Chosen, recent.Chosen, short.Reason, new.Reason = true, true, TooShort, TooNew
		ok(t, s.PutPictures(ctx, []Picture{{Doc: chosen.Doc, Src: "p", Key: "picture of chosen"}, {Doc: recent.Doc, Src: "p", Key: "picture of recent"}}))
		r := Run{Digest: "d", Slot: "1"}
		must[bool](t)(s.BeginRun(ctx, &r))
		ok(t, s.AddTasks(ctx, []Task{{Run: r.ID, Step: "fetch", Key: "1"}}))
		r.Number = 1
		items := []Item{chosen, recent, short, new}
		for i := range items {
			items[i].Index = i
		}
		ok(t, s.FreezeItems(ctx, &r, items))
		ok(t, s.Commit(ctx, &r, []Output{{Path: "x", Blob: "book"}}, []string{"g:chosen"}))
		horizon := day(1).Add(2 * year) // the store's clock says November: all was decided before

		got := must[Pruned](t)(s.Prune(ctx, horizon))
		same(t, "while the run is not at its end", got, Pruned{})

		r.State, r.Finished = RunDone, day(2)
		ok(t, s.SaveRun(ctx, &r))
		got = must[Pruned](t)(s.Prune(ctx, day(2)))
		same(t, "what is not older", got, Pruned{})
		got = must[Pruned](t)(s.Prune(ctx, horizon))
		same(t, "pruned", got, Pruned{Articles: 3, Items: 4, Pictures: 2, Tasks: 1})
		same(t, "articles", guids(), []string{"too new", "never"})
		same(t, "blobs", references(t, s), []string{"book", "doc never", "doc too new"})
		same(t, "seen", len(must[map[string]int64](t)(s.Seen(ctx, "d", []string{"g:chosen"}))), 1)
		same(t, "next number", must[int](t)(s.NextNumber(ctx, "d")), 2)
		ok(t, s.Check(ctx))
		same(t, "again", must[Pruned](t)(s.Prune(ctx, horizon)), Pruned{})
	})
}

// What Prune removes comes back to nobody's surprise, and its room to the disk.
func TestPruneShrinks(t *testing.T) {
	path := years(t, 30)
	s := open(t, Options{Path: path, Clock: clock()})
	runs := must[[]Run](t)(s.Runs(t.Context(), RunQuery{}))
	for _, r := range runs {
		r.State, r.Finished = RunDone, day(1)
		ok(t, s.SaveRun(t.Context(), &r))
	}
	before := pageCount(t, s)
	must[Pruned](t)(s.Prune(t.Context(), day(1).AddDate(10, 0, 0)))
	if after := pageCount(t, s); after > before/2 {
		t.Fatalf("%d of %d pages are left", after, before)
	}
	same(t, "runs", len(must[[]Run](t)(s.Runs(t.Context(), RunQuery{}))), len(runs))
}

func pageCount(t *testing.T, s *Store) (n int) {
	t.Helper()
	ok(t, s.write.QueryRow("PRAGMA page_count").Scan(&n))
	return n
}

func TestLock(t *testing.T) {
	databases(t, func(t *testing.T, o Options) {
		a, b := open(t, o), open(t, o)
		var held []func()
		for i := range 12 { // more than there are other connections
			held = append(held, must[func()](t)(a.Lock(t.Context(), fmt.Sprint(i))))
		}
		_, err := b.Lock(t.Context(), "3")
		if a.Dialect() == SQLite {
			ok(t, err)
		} else if !errors.Is(err, filelock.ErrHeld) {
			t.Fatal(err)
		}
		must[bool](t)(a.BeginRun(t.Context(), &Run{Digest: "d", Slot: "1"}))
		for _, release := range slices.Backward(held) {
			release()
		}
		must[func()](t)(b.Lock(t.Context(), "3"))()
		must[func()](t)(a.Lock(t.Context(), "3"))()
	})
}
