package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/pgtest"
)

// clock returns a clock that goes on by a second at each look.
func clock() func() time.Time {
	var mu sync.Mutex
	now := time.Date(2026, 11, 22, 7, 0, 0, 123456789, time.FixedZone("", 8*60*60))
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}
}

// databases calls test for each kind of database that can be had, by options that
// open an empty one.
func databases(t *testing.T, test func(*testing.T, Options)) {
	t.Run("SQLite", func(t *testing.T) {
		test(t, Options{Path: filepath.Join(t.TempDir(), "100% ünlike?#.db"), Clock: clock()})
	})
	t.Run("PostgreSQL", func(t *testing.T) { test(t, Options{URL: pgtest.Schema(t), Clock: clock()}) })
}

func open(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// stores calls test with an empty store of each kind.
func stores(t *testing.T, test func(*testing.T, *Store)) {
	databases(t, func(t *testing.T, o Options) { test(t, open(t, o)) })
}

// must returns a value, or fails.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n got %.2000s\nwant %.2000s", what, fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want))
	}
}

// day is a moment of the tests: day 1 is the first of November.
func day(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 1000, time.UTC) }

func sample() Article {
	return Article{Source: "posts", GUID: "1", URL: "https://a.example/1", Content: "aa", Title: "第一篇", Lang: "zh", Near: 1<<63 + 5, Chars: 1200, Name: "https://a.example/1?x=1", Entry: "ee",
		Section: []string{"科技", "a/b"}, Published: day(1), LastSeen: day(2), Draft: true, Expires: day(30), Extent: article.Excerpt, Doc: "d1", Issues: []byte(`[{"a":1}]`)}
}

func TestPutArticle(t *testing.T) {
	stores(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		put := func(what string, a Article, fresh, changed bool) Article {
			t.Helper()
			gotFresh, gotChanged, err := s.PutArticle(ctx, &a)
			ok(t, err)
			same(t, what, [2]bool{gotFresh, gotChanged}, [2]bool{fresh, changed})
			same(t, what+": what is kept", must[Article](t)(s.Article(ctx, a.ID)), a)
			return a
		}
		first := put("new", sample(), true, false)
		want := sample()
		want.ID, want.FirstSeen = first.ID, want.LastSeen
		same(t, "new", first, want)
		same(t, "twice is once", put("again", sample(), false, false), first)

		a := sample()
		a.LastSeen, a.Title = day(3), "other title"
		want.LastSeen, want.Title = day(3), "other title"
		same(t, "another title", put("another title", a, false, false), want)

		a.LastSeen, a.Content, a.Doc, a.Extent = day(4), "bb", "d2", article.Whole
		want.LastSeen, want.Content, want.Doc, want.Extent, want.Changed, want.Revision = day(4), "bb", "d2", article.Whole, day(4), 1
		same(t, "another content", put("another content", a, false, true), want)

		a.LastSeen, a.Content, a.Doc, a.Extent = day(5), "cc", "d3", article.Excerpt
		want.LastSeen = day(5)
		same(t, "less than before", put("less than before", a, false, false), want)

		a.LastSeen, a.Content, a.Doc, a.Error, a.Extent = day(6), "", "", "gone", article.Whole
		want.LastSeen = day(6)
		same(t, "failed", put("failed", a, false, false), want)

		a.LastSeen = day(1)
		same(t, "clock put back", put("clock put back", a, false, false), want)

		failed := Article{Source: "posts", URL: "https://a.example/2", Error: "404", LastSeen: day(2)}
		before := put("failed at first", failed, true, false)
		failed.Error, failed.Doc, failed.Content = "", "d9", "xx"
		after := put("then read", failed, false, false)
		same(t, "then read", [3]any{after.ID, after.Doc, after.Error}, [3]any{before.ID, "d9", ""})

		byContent := put("by content", Article{Source: "posts", Content: "zz", LastSeen: day(2)}, true, false)
		put("by content again", Article{Source: "posts", Content: "zz", LastSeen: day(2)}, false, false)
		other := sample()
		other.Source = "other"
		other = put("of another source", other, true, false)

		// No text is too long or too strange to be kept.
		long := Article{Source: "posts", GUID: strings.Repeat("長", 5000), Title: "a\x00b\xffc", Section: []string{"\x00"}, LastSeen: day(2)}
		if got := put("long and strange", long, true, false); got.GUID != long.GUID || got.Title != "a\uFFFDb\uFFFDc" {
			t.Fatalf("kept: %.20q %q", got.GUID, got.Title)
		}
		put("long and strange again", long, false, false)

		if _, _, err := s.PutArticle(ctx, &Article{Source: "posts"}); err == nil {
			t.Fatal("an article without any name was taken")
		}
		now := Article{Source: "posts", GUID: "now"}
		if _, _, err := s.PutArticle(ctx, &now); err != nil || now.LastSeen.IsZero() || now.LastSeen.Location() != time.UTC {
			t.Fatalf("%v, last seen %v", err, now.LastSeen)
		}
		if _, err := s.Article(ctx, 99999); !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}

		ids := func(q ArticleQuery) (ids []int64) {
			t.Helper()
			for a, err := range s.Articles(ctx, q) {
				ok(t, err)
				ids = append(ids, a.ID)
			}
			return ids
		}
		same(t, "of a source and number", ids(ArticleQuery{Sources: []string{"posts"}, IDs: []int64{first.ID, byContent.ID, other.ID}}), []int64{first.ID, byContent.ID})
		same(t, "by number", ids(ArticleQuery{IDs: []int64{other.ID, first.ID, 9999, first.ID}}), []int64{first.ID, other.ID})
		var many []int64
		for id := range int64(40_000) {
			many = append(many, id)
		}
		same(t, "by many numbers", len(ids(ArticleQuery{IDs: many})), 6)
		same(t, "by date", ids(ArticleQuery{Sources: []string{"posts"}, From: day(1), To: day(2)}), []int64{first.ID})
		same(t, "by date or first seen", len(ids(ArticleQuery{Sources: []string{"posts"}, From: day(1), To: day(3)})), 4)
		same(t, "since", len(ids(ArticleQuery{From: day(3)})), 1)
		same(t, "all", len(ids(ArticleQuery{})), 6)
	})
}

// Articles are read while others are written, and in batches.
func TestArticlesWhileWriting(t *testing.T) {
	stores(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		for i := range 3*batch + 1 {
			_, _, err := s.PutArticle(ctx, &Article{Source: "s", GUID: fmt.Sprint(i), LastSeen: day(1)})
			ok(t, err)
		}
		n := 0
		for a, err := range s.Articles(ctx, ArticleQuery{}) {
			ok(t, err)
			n++
			a.Title = "read"
			_, _, err := s.PutArticle(ctx, &a)
			ok(t, err)
		}
		same(t, "articles", n, 3*batch+1)
		for range s.Articles(ctx, ArticleQuery{}) {
			break
		}
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		for _, err := range s.Articles(cancelled, ArticleQuery{}) {
			if err == nil {
				t.Fatal("read after the end")
			}
		}
	})
}

func TestRun(t *testing.T) {
	stores(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		r := Run{Digest: "weekly", Slot: "2026-11-22T07:00", At: day(22), From: day(15), To: day(22), Attempt: 1, Tool: "t", Config: []byte("{}")}
		if existed, err := s.BeginRun(ctx, &r); existed || err != nil {
			t.Fatal(existed, err)
		}
		same(t, "state", r.State, RunPlanned)
		same(t, "what is kept", must[Run](t)(s.Run(ctx, r.ID)), r)
		again := Run{Digest: r.Digest, Slot: r.Slot, Title: "not taken"}
		if existed, err := s.BeginRun(ctx, &again); !existed || err != nil {
			t.Fatal(existed, err)
		}
		same(t, "again", again, r)

		r.State, r.Error, r.Attempt = RunFailed, "why", 2
		ok(t, s.SaveRun(ctx, &r))
		same(t, "saved", must[Run](t)(s.Run(ctx, r.ID)), r)
		if err := s.SaveRun(ctx, &Run{ID: 999}); !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
		if _, err := s.Run(ctx, 999); !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}

		// Runs that come to nothing leave no gap.
		for slot, want := range []int{1, 0, 2, 0, 3} {
			r := Run{Digest: "daily", Slot: fmt.Sprint(slot)}
			must[bool](t)(s.BeginRun(ctx, &r))
			r.State = RunEmpty
			if want > 0 {
				r.State = RunPictures
				r.Number = must[int](t)(s.NextNumber(ctx, "daily"))
			}
			same(t, "number", r.Number, want)
			ok(t, s.FreezeItems(ctx, &r, nil))
			if want == 2 {
				ok(t, s.Commit(ctx, &r, nil, nil))
			}
		}
		last, there, err := s.LastMade(ctx, "daily")
		if err != nil || !there || last.Number != 2 {
			t.Fatal(last, there, err)
		}
		if _, there, err := s.LastMade(ctx, "weekly"); there || err != nil {
			t.Fatal(there, err)
		}
		taken := Run{Digest: "daily", Slot: "x"}
		must[bool](t)(s.BeginRun(ctx, &taken))
		taken.Number = 2
		if err := s.FreezeItems(ctx, &taken, nil); err == nil {
			t.Fatal("two issues of one number")
		}
		harvest := Run{Slot: "2026-11-22T08:00:00Z"}
		must[bool](t)(s.BeginRun(ctx, &harvest))

		slots := func(q RunQuery) (slots []string) {
			for _, r := range must[[]Run](t)(s.Runs(ctx, q)) {
				slots = append(slots, r.Slot)
			}
			return slots
		}
		same(t, "all", slots(RunQuery{}), []string{"x", "4", "3", "2", "1", "0", "2026-11-22T07:00"})
		same(t, "with harvests", len(slots(RunQuery{Harvests: true})), 8)
		same(t, "of a digest", slots(RunQuery{Digest: "daily", Limit: 2}), []string{"x", "4"})
		same(t, "before", slots(RunQuery{Digest: "daily", Limit: 2, Before: taken.ID}), []string{"4", "3"})
		same(t, "by state", slots(RunQuery{States: []RunState{RunFailed, RunPictures}}), []string{"4", "2", "0", "2026-11-22T07:00"})
		same(t, "by number", slots(RunQuery{Digest: "daily", Number: 3}), []string{"4"})
		same(t, "by slot", slots(RunQuery{Digest: "daily", Slot: "3"}), []string{"3"})
	})
}

func TestFreezeAndCommit(t *testing.T) {
	stores(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		var items []Item
		for i := range 2*batch + 3 {
			a := Article{Source: "s", GUID: fmt.Sprint(i), LastSeen: day(1)}
			_, _, err := s.PutArticle(ctx, &a)
			ok(t, err)
			item := Item{Index: i, Article: a.ID, Doc: fmt.Sprint("d", i), Chosen: i%2 == 0}
			if !item.Chosen {
				item.Reason, item.Detail = []Reason{TooNew, TooShort}[i/2%2], "why"
			}
			items = append(items, item)
		}
		r := Run{Digest: "weekly", Slot: "1"}
		must[bool](t)(s.BeginRun(ctx, &r))
		r.State, r.Number, r.Title = RunPictures, 7, "title"
		ok(t, s.FreezeItems(ctx, &r, items))
		want := make([]Item, len(items))
		for i, item := range items {
			item.Run = r.ID
			want[i] = item
		}
		same(t, "items", must[[]Item](t)(s.Items(ctx, r.ID)), want)
		same(t, "run", must[Run](t)(s.Run(ctx, r.ID)), r)
		for a, err := range s.Articles(ctx, ArticleQuery{}) {
			ok(t, err)
			item := items[slicesIndex(items, a.ID)]
			same(t, "weighed", !a.Weighed.IsZero(), item.Chosen || item.Reason == TooShort)
		}

		second := r
		second.Number, second.State, second.Title = 9, RunEmpty, "other"
		ok(t, s.FreezeItems(ctx, &second, items[:1]))
		same(t, "the first stays", second, r)
		same(t, "the first stays", must[[]Item](t)(s.Items(ctx, r.ID)), want)
		if err := s.FreezeItems(ctx, &Run{ID: 999}, nil); !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}

		long := "u:https://a.example/" + strings.Repeat("x", 9000)
		keys := []string{"g:1", long, "c:\x00"}
		outputs := []Output{
			{N: 0, Path: "out/第一期.epub", Format: "epub3", Blob: "b0", Bytes: 1 << 40, Articles: 3, Volume: 1, Volumes: 2, Cover: "cc"},
			{N: 1, Path: "out/1.pdf", Format: "pdf", Blob: "b1", Pages: 20, Articles: 3, Volume: 1, Volumes: 1},
		}
		r.State, r.Report = RunMade, []byte(`{"a":1}`)
		ok(t, s.Commit(ctx, &r, outputs, keys))
		ok(t, s.Commit(ctx, &r, outputs, keys))
		for i := range outputs {
			outputs[i].Run = r.ID
		}
		same(t, "outputs", must[[]Output](t)(s.Outputs(ctx, r.ID)), outputs)
		same(t, "run", must[Run](t)(s.Run(ctx, r.ID)), r)
		if r.Made.IsZero() {
			t.Fatal("not made")
		}
		other := Run{Digest: "weekly", Slot: "2"}
		must[bool](t)(s.BeginRun(ctx, &other))
		ok(t, s.Commit(ctx, &other, nil, []string{"g:1", "g:2"}))
		seen := must[map[string]int64](t)(s.Seen(ctx, "weekly", []string{"g:1", "g:2", "g:3", long, "c:\x00"}))
		same(t, "seen", seen, map[string]int64{"g:1": r.ID, "g:2": other.ID, long: r.ID, "c:\x00": r.ID})
		same(t, "of another digest", len(must[map[string]int64](t)(s.Seen(ctx, "daily", keys))), 0)

		// All or nothing: the second output has the number of the first.
		state := r
		r.State, r.Title = RunDone, "half"
		err := s.Commit(ctx, &r, []Output{{N: 5}, {N: 5}}, []string{"g:9"})
		if err == nil {
			t.Fatal("written")
		}
		same(t, "run", must[Run](t)(s.Run(ctx, r.ID)), state)
		same(t, "outputs", must[[]Output](t)(s.Outputs(ctx, r.ID)), outputs)
		same(t, "seen", len(must[map[string]int64](t)(s.Seen(ctx, "weekly", []string{"g:9"}))), 0)
		if err := s.Commit(ctx, &Run{ID: 999}, nil, nil); !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
	})
}

func slicesIndex(items []Item, article int64) int {
	for i, item := range items {
		if item.Article == article {
			return i
		}
	}
	return -1
}

func TestPicturesAndTasks(t *testing.T) {
	stores(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		long := "https://a.example/" + strings.Repeat("x", 9000)
		pictures := []Picture{
			{Doc: "d", Src: long, Key: "k1", Bytes: 5, Stale: true, Lossy: true},
			{Doc: "d", Src: "https://a.example/1.png", Reason: "http", Detail: "403", Hint: "h", Worthless: true, Attempts: []byte("[]")},
		}
		ok(t, s.PutPictures(ctx, append([]Picture{{Doc: "d", Src: long, Key: "older"}}, pictures...)))
		ok(t, s.PutPictures(ctx, pictures))
		ok(t, s.PutPictures(ctx, nil))
		same(t, "pictures", must[[]Picture](t)(s.Pictures(ctx, "d")), pictures)

		r := Run{Digest: "d", Slot: "1"}
		must[bool](t)(s.BeginRun(ctx, &r))
		ok(t, s.AddTasks(ctx, []Task{{Run: r.ID, Step: "fetch", Key: "b"}, {Run: r.ID, Step: "fetch", Key: long}, {Run: r.ID, Step: "parse", Key: "a"}}))
		done := Task{Run: r.ID, Step: "fetch", Key: "b", State: TaskOK, Attempts: 2, Detail: "x", NotBefore: day(3)}
		ok(t, s.SaveTask(ctx, done))
		ok(t, s.SaveTask(ctx, Task{Run: r.ID, Step: "parse", Key: long, State: TaskFailed}))
		ok(t, s.AddTasks(ctx, []Task{{Run: r.ID, Step: "fetch", Key: "b"}, {Run: r.ID, Step: "fetch", Key: "c"}}))
		ok(t, s.AddTasks(ctx, nil))
		keys := func(tasks []Task) (keys []string) {
			for _, task := range tasks {
				keys = append(keys, fmt.Sprintf("%s %.1s %s", task.Step, task.Key, task.State))
			}
			return keys
		}
		tasks := must[[]Task](t)(s.Tasks(ctx, r.ID, "fetch"))
		same(t, "tasks", keys(tasks), []string{"fetch h pending", "fetch b ok", "fetch c pending"})
		same(t, "long", tasks[0].Key, long)
		done.Updated = tasks[1].Updated
		same(t, "done", tasks[1], done)
		same(t, "of all steps", len(must[[]Task](t)(s.Tasks(ctx, r.ID, ""))), 5)
		if err := s.AddTasks(ctx, []Task{{Run: 999, Step: "fetch", Key: "a"}}); err == nil {
			t.Fatal("a task of no run")
		}
	})
}

func TestDelivery(t *testing.T) {
	stores(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		r := Run{Digest: "d", Slot: "1"}
		must[bool](t)(s.BeginRun(ctx, &r))
		save := func(d Delivery) error { return s.SaveDelivery(ctx, &d) }
		kindle := Delivery{Run: r.ID, Target: "kindle", Part: 1}
		ok(t, save(kindle))
		kindle.State, kindle.Attempts = DeliverySending, 1
		ok(t, save(kindle))
		if err := save(kindle); !errors.Is(err, ErrTaken) {
			t.Fatalf("sent by two: %v", err)
		}
		kindle.State, kindle.Detail, kindle.NextAt = DeliveryFailed, "421", day(9)
		ok(t, save(kindle))
		folder := Delivery{Run: r.ID, Target: strings.Repeat("長", 1000), State: DeliverySending}
		ok(t, save(folder))
		ok(t, save(Delivery{Run: r.ID, Target: "other", State: DeliveryGaveUp}))
		targets := func(list []Delivery) (targets []string) {
			for _, d := range list {
				targets = append(targets, fmt.Sprintf("%.3s %d %s", d.Target, d.Part, d.State))
			}
			return targets
		}
		same(t, "pending", targets(must[[]Delivery](t)(s.PendingDeliveries(ctx, day(8)))), []string{"長長長 0 sending"})
		same(t, "pending later", targets(must[[]Delivery](t)(s.PendingDeliveries(ctx, day(9)))), []string{"長長長 0 sending", "kin 1 failed"})
		kindle.State, kindle.MessageID = DeliverySending, "<1@x>"
		ok(t, save(kindle))
		kindle.State = DeliverySent
		ok(t, save(kindle))
		ok(t, save(kindle))
		for _, state := range []DeliveryState{DeliveryPending, DeliverySending, DeliveryFailed, DeliveryUncertain, DeliveryGaveUp} {
			late := kindle
			late.State, late.MessageID = state, ""
			if err := s.SaveDelivery(ctx, &late); !errors.Is(err, ErrTaken) || late.State != DeliverySent || late.MessageID != "<1@x>" {
				t.Fatalf("a sent one became %s: %v, %+v", state, err, late)
			}
		}
		same(t, "all", targets(must[[]Delivery](t)(s.Deliveries(ctx, r.ID))), []string{"長長長 0 sending", "kin 1 sent", "oth 0 gave_up"})
		if err := save(Delivery{Run: 999, Target: "x"}); err == nil {
			t.Fatal("a delivery of no run")
		}
	})
}

// Deliveries are on the disk before they count, the rest is soon.
func TestDurably(t *testing.T) {
	stores(t, func(t *testing.T, s *Store) {
		how := map[Dialect]string{SQLite: "PRAGMA synchronous", Postgres: "SHOW synchronous_commit"}[s.Dialect()]
		var within, otherwise string
		ok(t, s.durably(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow(how).Scan(&within) }))
		ok(t, s.transaction(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow(how).Scan(&otherwise) }))
		// 2 is FULL, 1 NORMAL (https://www.sqlite.org/pragma.html#pragma_synchronous).
		if want := map[Dialect]string{SQLite: "2 1", Postgres: "on on"}[s.Dialect()]; within+" "+otherwise != want {
			t.Errorf("%s, otherwise %s; want %s", within, otherwise, want)
		}
	})
}

// What is cancelled says so, and writes nothing.
func TestCancelled(t *testing.T) {
	stores(t, func(t *testing.T, s *Store) {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.transaction(ctx, func(tx *sql.Tx) error {
			if _, err := s.exec(ctx, tx, "INSERT INTO seen (digest, key, run) VALUES ('d', 'k', 1)"); err != nil {
				return err
			}
			cancel()
			for {
				if _, err := list1[int](ctx, tx, "SELECT count(*) FROM seen"); err != nil {
					return err
				}
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		same(t, "seen", len(must[map[string]int64](t)(s.Seen(t.Context(), "d", []string{"k"}))), 0)
	})
}

func TestHarvest(t *testing.T) {
	stores(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		if at := must[time.Time](t)(s.Harvested(ctx, "b")); !at.IsZero() {
			t.Fatal(at)
		}
		ok(t, s.SetHarvested(ctx, "b", day(1), 10, 3, ""))
		ok(t, s.SetHarvested(ctx, "b", day(2), 0, 0, "500"))
		ok(t, s.SetHarvested(ctx, "a", day(3), 1, 1, ""))
		ok(t, s.SetHarvested(ctx, "c", day(1), 0, 0, "500"))
		ok(t, s.SetHarvested(ctx, "c", day(2), 5, 5, "a part"))
		ok(t, s.SetHarvested(ctx, "c", day(4), 5, 1, "a part"))
		same(t, "at", must[time.Time](t)(s.Harvested(ctx, "b")), day(2))
		same(t, "all", must[[]Harvest](t)(s.Harvests(ctx)), []Harvest{{"a", day(3), day(3), day(3), 1, 1, ""}, {"b", day(2), day(1), day(1), 0, 0, "500"}, {"c", day(4), time.Time{}, day(2), 5, 1, "a part"}})
	})
}

// Readings of one article at once: a good one is never lost.
func TestPutArticleAtOnce(t *testing.T) {
	stores(t, func(t *testing.T, s *Store) {
		const many = 40
		errs := make(chan error, many)
		for i := range many {
			a := Article{Source: "s", GUID: "1", LastSeen: day(1), Error: "500"}
			if i%4 == 0 {
				a.Doc, a.Content, a.Error = "doc", "content", ""
			}
			go func() {
				_, _, err := s.PutArticle(context.Background(), &a)
				errs <- err
			}()
		}
		for range many {
			ok(t, <-errs)
		}
		for a, err := range s.Articles(t.Context(), ArticleQuery{}) {
			ok(t, err)
			same(t, "kept", [3]any{a.Doc, a.Error, a.Revision}, [3]any{"doc", "", 0})
		}
	})
}

// Whatever fails within a commit undoes all of it, and the run can be committed again.
func TestCommitFails(t *testing.T) {
	s := open(t, Options{Path: filepath.Join(t.TempDir(), "state.db"), Clock: clock()})
	ctx := t.Context()
	r := Run{Digest: "weekly", Slot: "1"}
	must[bool](t)(s.BeginRun(ctx, &r))
	ok(t, s.Commit(ctx, &r, []Output{{Path: "old"}}, []string{"g:old"}))
	want := contents(t, s)
	for _, at := range []string{"UPDATE ON run", "DELETE ON output", "INSERT ON output", "INSERT ON seen"} {
		_, err := s.write.Exec("CREATE TRIGGER fault BEFORE " + at + " BEGIN SELECT RAISE(ABORT, 'fault'); END")
		ok(t, err)
		half := r
		half.State, half.Title = RunMade, "new"
		if err := s.Commit(ctx, &half, []Output{{Path: "new"}, {N: 1, Path: "newer"}}, []string{"g:new"}); err == nil || !strings.Contains(err.Error(), "fault") {
			t.Fatalf("%s: %v", at, err)
		}
		same(t, at, contents(t, s), want)
		_, err = s.write.Exec("DROP TRIGGER fault")
		ok(t, err)
	}
	ok(t, s.Commit(ctx, &r, []Output{{Path: "new"}, {N: 1, Path: "newer"}}, []string{"g:new"}))
	same(t, "outputs", len(must[[]Output](t)(s.Outputs(ctx, r.ID))), 2)
}

// Whatever sources say is kept, and found again as the same article.
func FuzzPutArticle(f *testing.F) {
	f.Add("guid", "https://a.example/1", "content", "title", "section", int64(1))
	f.Add("", "", "c\x00\xff", strings.Repeat("長", 600), "\x00", int64(-1<<62))
	f.Add("#"+strings.Repeat("0", 64), "", "", "", "", int64(0))
	s, err := Open(context.Background(), Options{Path: filepath.Join(f.TempDir(), "state.db"), Clock: clock()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	f.Fuzz(func(t *testing.T, guid, url, content, title, section string, published int64) {
		if guid+url+content == "" {
			return
		}
		ctx := t.Context()
		_, err := s.write.Exec("DELETE FROM article")
		ok(t, err)
		a := Article{Source: "s", GUID: guid, URL: url, Content: content, Title: title, Section: []string{section}, Published: time.UnixMicro(published).UTC(), Doc: "doc", LastSeen: day(1)}
		first := a
		fresh, changed, err := s.PutArticle(ctx, &first)
		ok(t, err)
		same(t, "fresh, changed", [2]bool{fresh, changed}, [2]bool{true, false})
		want := a
		want.ID, want.FirstSeen = first.ID, day(1)
		for _, text := range []*string{&want.GUID, &want.URL, &want.Content, &want.Title} {
			*text = clean(*text)
		}
		want.Section = first.Section // JSON says invalid UTF-8 in its own way
		same(t, "kept", first, want)
		second := a
		fresh, changed, err = s.PutArticle(ctx, &second)
		ok(t, err)
		same(t, "fresh, changed", [2]bool{fresh, changed}, [2]bool{false, false})
		same(t, "twice", second, first)
		third := first // as it was read back
		fresh, changed, err = s.PutArticle(ctx, &third)
		ok(t, err)
		same(t, "fresh, changed", [2]bool{fresh, changed}, [2]bool{false, false})
		same(t, "as it was read", third, first)
	})
}
