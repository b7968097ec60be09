package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/internal/golden"
)

// fill writes some of everything.
func fill(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	var items []Item
	for i := range 3 {
		a := sample()
		a.GUID = fmt.Sprint("guid ", i)
		a.Doc = fmt.Sprint("doc", i)
		_, _, err := s.PutArticle(ctx, &a)
		ok(t, err)
		items = append(items, Item{Index: i, Article: a.ID, Doc: a.Doc, Chosen: i > 0, Reason: []Reason{TooOld, "", ""}[i]})
	}
	ok(t, s.PutPictures(ctx, []Picture{{Doc: "doc1", Src: "https://a.example/1.png", Key: "picture1", Bytes: 10}, {Doc: "doc2", Src: strings.Repeat("x", 600), Reason: "http"}}))
	r := Run{Digest: "weekly", Slot: "2026-11-22T07:00", At: day(22), From: day(15), To: day(22), Attempt: 1, Tool: "t", Config: []byte(`{"name":"weekly"}`)}
	must[bool](t)(s.BeginRun(ctx, &r))
	ok(t, s.AddTasks(ctx, []Task{{Run: r.ID, Step: "pictures", Key: "doc1", State: TaskOK}, {Run: r.ID, Step: "pictures", Key: "doc2"}}))
	r.State, r.Number, r.Title = RunPictures, 1, "科技周刊"
	ok(t, s.FreezeItems(ctx, &r, items))
	r.State, r.Report = RunMade, []byte(`{}`)
	ok(t, s.Commit(ctx, &r, []Output{{Path: "out/1.epub", Format: "epub3", Blob: "book1", Bytes: 1000, Articles: 2, Volume: 1, Volumes: 1, Cover: "cover1"}}, []string{"g:guid 1", "u:https://a.example/1"}))
	ok(t, s.SaveDelivery(ctx, &Delivery{Run: r.ID, Target: "kindle", State: DeliverySent, Attempts: 1, MessageID: "<1@a.example>"}))
	r.State, r.Finished = RunDone, day(23)
	ok(t, s.SaveRun(ctx, &r))
	ok(t, s.SetHarvested(ctx, "posts", day(22), 3, 3, ""))
}

// contents is all that the methods of a store tell.
func contents(t *testing.T, s *Store) string {
	t.Helper()
	ctx := t.Context()
	var b strings.Builder
	for a, err := range s.Articles(ctx, ArticleQuery{}) {
		ok(t, err)
		fmt.Fprintf(&b, "%+v\n", a)
		for _, p := range must[[]Picture](t)(s.Pictures(ctx, a.Doc)) {
			fmt.Fprintf(&b, "%+v\n", p)
		}
	}
	for _, r := range must[[]Run](t)(s.Runs(ctx, RunQuery{Harvests: true})) {
		fmt.Fprintf(&b, "%+v\n%+v\n%+v\n%+v\n%+v\n", r, must[[]Item](t)(s.Items(ctx, r.ID)), must[[]Task](t)(s.Tasks(ctx, r.ID, "")), must[[]Output](t)(s.Outputs(ctx, r.ID)), must[[]Delivery](t)(s.Deliveries(ctx, r.ID)))
	}
	fmt.Fprintf(&b, "%+v\n%+v\n", must[map[string]int64](t)(s.Seen(ctx, "weekly", []string{"g:guid 1", "u:https://a.example/1", "g:guid 0"})), must[[]Harvest](t)(s.Harvests(ctx)))
	return b.String()
}

// file returns the path of a database that a script makes.
func file(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := sql.Open("sqlite", path)
	ok(t, err)
	_, err = db.Exec(script)
	ok(t, err)
	ok(t, db.Close())
	return path
}

// dump returns a script that makes a database.
func dump(t *testing.T, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	ok(t, err)
	defer db.Close()
	var b strings.Builder
	strs := func(query string) []string {
		list, err := list1[string](t.Context(), db, query)
		ok(t, err)
		return list
	}
	for _, create := range strs("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid") {
		b.WriteString(create + ";\n")
	}
	for _, table := range strs("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid") {
		var quoted []string
		for _, column := range strs("SELECT name FROM pragma_table_info('" + table + "')") {
			quoted = append(quoted, "quote("+column+")")
		}
		for _, row := range strs("SELECT " + strings.Join(quoted, " || ', ' || ") + " FROM " + table) {
			fmt.Fprintf(&b, "INSERT INTO %s VALUES (%s);\n", table, row)
		}
	}
	for _, pragma := range []string{"user_version", "application_id"} {
		fmt.Fprintf(&b, "PRAGMA %s = %s;\n", pragma, strs("SELECT " + pragma + " FROM pragma_" + pragma)[0])
	}
	return b.String()
}

// testdata/vN.sql is a state as version N of the tables had it. Those of versions
// that were published are never changed: from each of them the present tables must
// come, with all that was in it.
func TestMigrate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, Options{Path: path, Clock: clock()})
	fill(t, s)
	want := contents(t, s)
	ok(t, s.Close())
	now := dump(t, path)
	golden.Equal(t, fmt.Sprintf("testdata/v%d.sql", len(migrations)), now)
	schema, _, _ := strings.Cut(now, "INSERT")

	for version := 1; version <= len(migrations); version++ {
		script, err := os.ReadFile(fmt.Sprintf("testdata/v%d.sql", version))
		ok(t, err)
		path := file(t, string(script))
		s := open(t, Options{Path: path, Clock: clock()})
		same(t, fmt.Sprintf("version %d", version), contents(t, s), want)
		ok(t, s.Check(t.Context()))
		ok(t, s.Close())
		if got, _, _ := strings.Cut(dump(t, path), "INSERT"); got != schema {
			t.Errorf("from version %d came other tables:\n%s", version, got)
		}
	}
}

// What is rebuilt and counted is every table.
func TestTables(t *testing.T) {
	s := open(t, Options{Path: filepath.Join(t.TempDir(), "state.db"), Clock: clock()})
	there := must[[]string](t)(list1[string](t.Context(), s.read, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"))
	var known []string
	for _, r := range must[[]TableRows](t)(s.Rows(t.Context())) {
		known = append(known, r.Name)
	}
	slices.Sort(known)
	same(t, "tables", known, there)
}

// The machinery: a version is made whole or not at all, and known to be newer or
// older.
func TestNextVersion(t *testing.T) {
	databases(t, func(t *testing.T, o Options) {
		ctx := t.Context()
		s := open(t, o)
		fill(t, s)
		want := contents(t, s)
		ok(t, s.Close())
		reopen := func(o Options) error {
			s, err := Open(ctx, o)
			if err == nil {
				s.Close()
			}
			return err
		}
		defer func(published []string) { migrations = published }(migrations)
		published := migrations
		reading := o
		reading.ReadOnly = true

		migrations = append(published[:len(published):len(published)], "CREATE TABLE added (a INTEGER); INSERT INTO added VALUES (7); CREATE TABLE run (a INTEGER);")
		if err := reopen(o); err == nil || !strings.Contains(err.Error(), "making version") {
			t.Fatalf("a migration that fails: %v", err)
		}
		migrations = published
		s = open(t, o)
		same(t, "after a failed migration", contents(t, s), want)
		if _, err := list1[int](ctx, s.read, "SELECT a FROM added"); err == nil {
			t.Fatal("half of a migration was done")
		}
		ok(t, s.Close())

		migrations = append(published[:len(published):len(published)], "CREATE TABLE added (a INTEGER); INSERT INTO added VALUES (7);", "UPDATE added SET a = a + 1;")
		if err := reopen(reading); !errors.Is(err, ErrOlder) {
			t.Fatalf("an older one that is only read: %v", err)
		}
		for range 2 {
			s = open(t, o)
			got := must[[]int](t)(list1[int](ctx, s.read, "SELECT a FROM added"))
			same(t, "migrated", got, []int{8})
			same(t, "migrated", contents(t, s), want)
			ok(t, s.Close())
		}
		ok(t, reopen(reading))

		migrations = published
		for _, o := range []Options{o, reading} {
			if err := reopen(o); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), fmt.Sprintf("version %d", len(published)+2)) {
				t.Fatalf("a newer one: %v", err)
			}
		}
	})
}

// Several programs may come first at once.
func TestOpenAtOnce(t *testing.T) {
	databases(t, func(t *testing.T, o Options) {
		const many = 8
		errs := make(chan error, many)
		for i := range many {
			go func() {
				s, err := Open(context.Background(), o)
				if err == nil {
					_, _, err = s.PutArticle(context.Background(), &Article{Source: "s", GUID: fmt.Sprint(i), LastSeen: day(1)})
					s.Close()
				}
				errs <- err
			}()
		}
		for range many {
			ok(t, <-errs)
		}
		s := open(t, o)
		n := 0
		for _, err := range s.Articles(t.Context(), ArticleQuery{}) {
			ok(t, err)
			n++
		}
		same(t, "articles", n, many)
	})
}
