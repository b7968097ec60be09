package queue

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/pgtest"
)

// shop is a process that works on runs, given to it as JSON in shopEnv. Its articles
// are blobs, its books lists of them. Each thing that it does is a file in Dir, so
// that what is done twice is two files.
type shop struct {
	Name  string
	URL   string // of PostgreSQL; empty: files in Dir
	Dir   string
	Slots []string // that are due
	Run   int64    // to be run, after which the process ends; 0: it works until it is told to stop
	// Hang has the process hang in the articles whose number begins with 3.
	Hang     bool
	Articles int
}

const shopEnv = "LEPORELLO_TEST_SHOP"

func TestMain(m *testing.M) {
	if as := os.Getenv(shopEnv); as != "" {
		var s shop
		if err := json.Unmarshal([]byte(as), &s); err != nil {
			panic(err)
		}
		if err := s.main(); err != nil {
			fmt.Fprintln(os.Stderr, s.Name, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func (s *shop) stateOptions() state.Options {
	return state.Options{URL: s.URL, Path: filepath.Join(s.Dir, "state.db"), Clock: time.Now}
}

func (s *shop) main() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	st, err := state.Open(ctx, s.stateOptions())
	if err != nil {
		return err
	}
	defer st.Close()
	blobs, err := blob.NewFolder(filepath.Join(s.Dir, "blobs"), time.Now)
	if err != nil {
		return err
	}
	p := &play{Store: st, articles: s.Articles}
	p.do = func(ctx context.Context, t state.Task) error { return s.do(ctx, st, blobs, t) }
	q := New(Options{
		URL: s.URL, Path: filepath.Join(s.Dir, "queue.db"), Engine: p, State: st, Clock: time.Now,
		Workers: 4, Pause: 50 * time.Millisecond, TaskTime: 2 * time.Second, Rescue: 2 * time.Second, Tick: time.Second,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Due: func(ctx context.Context) ([]int64, error) {
			var runs []int64
			for _, slot := range s.Slots {
				r := state.Run{Digest: "weekly", Slot: slot}
				if _, err := st.BeginRun(ctx, &r); err != nil {
					return runs, err
				}
				runs = append(runs, r.ID)
			}
			return runs, nil
		},
	})
	fmt.Println("ready") // the parent waits for it
	if s.Run != 0 {
		return q.Run(ctx, s.Run)
	}
	return q.Work(ctx)
}

// note leaves a file that says what was done. There is a new one each time.
func (s *shop) note(what string, t state.Task, content string) error {
	name := filepath.Join(s.Dir, what, fmt.Sprintf("%d-%s-%s-%d", t.Run, t.Key, s.Name, time.Now().UnixNano()))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(content), 0o644)
}

func (s *shop) do(ctx context.Context, st *state.Store, blobs blob.Store, t state.Task) error {
	switch t.Step {
	case "pictures":
		if s.Hang && t.Key[0] == '3' {
			if err := s.note("hung", t, ""); err != nil {
				return err
			}
			select {} // until it is killed
		}
		time.Sleep(20 * time.Millisecond)
		if _, _, err := blobs.Put(ctx, strings.NewReader("article "+t.Key+"\n")); err != nil {
			return err
		}
		return s.note("articles", t, "")
	case "assemble":
		var book strings.Builder
		tasks, err := st.Tasks(ctx, t.Run, "pictures")
		if err != nil {
			return err
		}
		for _, article := range tasks {
			b, err := blob.ReadAll(ctx, blobs, fmt.Sprintf("%x", sha256.Sum256([]byte("article "+article.Key+"\n"))), 1000)
			if err != nil {
				return err
			}
			book.Write(b)
		}
		return s.note("books", t, book.String())
	case "deliver":
		d := state.Delivery{Run: t.Run, Target: "reader", State: state.DeliverySending}
		if err := st.SaveDelivery(ctx, &d); err != nil {
			if errors.Is(err, state.ErrTaken) {
				return nil
			}
			return err
		}
		if err := s.note("mails", t, ""); err != nil {
			return err
		}
		d.State = state.DeliverySent
		return st.SaveDelivery(ctx, &d)
	}
	panic(t.Step)
}

// start runs a shop in a process and waits until it works.
func (s shop) start(t *testing.T) *exec.Cmd {
	t.Helper()
	as, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), shopEnv+"="+string(as))
	c.Stderr = t.Output()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("%s: %q %v", s.Name, line, err)
	}
	return c
}

// files returns the names of what was done of a kind, in order.
func (s shop) files(t *testing.T, what string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.Dir, what))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// await waits for something that a test cannot go on without.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// check holds runs to the law: each has one book, delivered once, with each article
// once in it.
func (s shop) check(t *testing.T, runs int) {
	t.Helper()
	books, mails := s.files(t, "books"), s.files(t, "mails")
	if len(books) != runs || len(mails) != runs {
		t.Errorf("%d books and %d mails of %d runs: %q %q", len(books), len(mails), runs, books, mails)
	}
	var want []string
	for n := range s.Articles {
		want = append(want, fmt.Sprint("article ", n))
	}
	slices.Sort(want)
	for _, name := range books {
		book, err := os.ReadFile(filepath.Join(s.Dir, "books", name))
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Split(strings.TrimSpace(string(book)), "\n")
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func (s shop) begin(t *testing.T, slot string) (run int64, st *state.Store) {
	t.Helper()
	st = openState(t, s.stateOptions())
	return newRun(t, st, slot), st
}

// delivered tells whether a run's delivery is done.
func delivered(t *testing.T, st *state.Store, run int64) func() bool {
	return func() bool {
		task, err := st.Task(context.Background(), run, "deliver", "0")
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			t.Log(err) // a database may be away
		}
		return err == nil && task.State == state.TaskOK
	}
}

// A process at a file of SQLite is killed. The next one resumes at once.
func TestKilled(t *testing.T) {
	t.Parallel()
	s := shop{Name: "first", Dir: t.TempDir(), Articles: 40, Hang: true}
	var st *state.Store
	s.Run, st = s.begin(t, "1")
	first := s.start(t)
	await(t, "the first process hangs", func() bool { return len(s.files(t, "hung")) >= 4 })
	first.Process.Kill()
	first.Wait()
	done := len(s.files(t, "articles"))
	s.Name, s.Hang = "second", false
	second := s.start(t)
	await(t, "the second process ends the run", delivered(t, st, s.Run))
	if err := second.Wait(); err != nil {
		t.Error(err)
	}
	s.check(t, 1)
	if n := len(s.files(t, "articles")); n < s.Articles || n > s.Articles+4 {
		t.Errorf("%d articles were read, %d of them by the first process; there are %d", n, done, s.Articles)
	}
}

// Two processes share a database and a folder of blobs. One is killed in the middle.
func TestTwoWorkersOneKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("a killed worker is missed after half a minute")
	}
	t.Parallel()
	s := shop{URL: pgtest.Schema(t), Dir: t.TempDir(), Articles: 60}
	run, st := s.begin(t, "1")
	s.Slots = []string{"1"}
	victim, other := s, s
	victim.Name, victim.Hang, other.Name = "victim", true, "other"
	killed := victim.start(t)
	await(t, "the victim hangs", func() bool { return len(s.files(t, "hung")) > 0 })
	other.start(t)
	await(t, "the other works, too", func() bool {
		return slices.ContainsFunc(s.files(t, "articles"), func(name string) bool { return strings.Contains(name, other.Name) })
	})
	killed.Process.Kill()
	killed.Wait()
	began := time.Now()
	await(t, "the other ends the run", delivered(t, st, run))
	t.Logf("the run ended %.1f s after the kill", time.Since(began).Seconds())
	s.check(t, 1)
	by := map[string]int{}
	for _, name := range s.files(t, "articles") {
		by[strings.Split(name, "-")[2]]++
	}
	if n := by["victim"] + by["other"]; n < s.Articles || by["other"] == 0 {
		t.Errorf("articles were read by %v", by)
	}
}

// Two daemons with one recipe see the same slots.
func TestTwoDaemons(t *testing.T) {
	t.Parallel()
	s := shop{URL: pgtest.Schema(t), Dir: t.TempDir(), Articles: 20, Slots: []string{"1", "2", "3"}}
	st := openState(t, s.stateOptions())
	a, b := s, s
	a.Name, b.Name = "a", "b"
	var daemons []*exec.Cmd
	for _, s := range []shop{a, b} {
		daemons = append(daemons, s.start(t))
	}
	await(t, "all runs end", func() bool { return len(s.files(t, "mails")) >= len(s.Slots) })
	time.Sleep(3 * time.Second) // somebody asks again what is due
	for _, d := range daemons {
		d.Process.Signal(syscall.SIGTERM)
	}
	for _, d := range daemons {
		if err := d.Wait(); err != nil {
			t.Error(err)
		}
	}
	s.check(t, len(s.Slots))
	runs, err := st.Runs(t.Context(), state.RunQuery{Digest: "weekly"})
	if err != nil || len(runs) != len(s.Slots) {
		t.Errorf("%d runs, %v", len(runs), err)
	}
	if n, want := len(s.files(t, "articles")), s.Articles*len(s.Slots); n != want {
		t.Errorf("%d articles were read, want %d", n, want)
	}
}

// The database crashes and starts again while it is worked with.
func TestDatabaseCrash(t *testing.T) {
	t.Parallel()
	at, crash := pgtest.Own(t)
	s := shop{Name: "worker", URL: at, Dir: t.TempDir(), Articles: 100, Slots: []string{"1"}}
	run, st := s.begin(t, "1")
	worker := s.start(t)
	await(t, "the work is under way", func() bool { return len(s.files(t, "articles")) > 20 })
	crash()
	if n := len(s.files(t, "articles")); n >= s.Articles {
		t.Fatalf("all of %d articles were read before", n)
	}
	await(t, "the run ends", delivered(t, st, run))
	worker.Process.Signal(syscall.SIGTERM)
	if err := worker.Wait(); err != nil {
		t.Error(err)
	}
	s.check(t, 1)
}

// Two thousand articles that cost nothing: what is measured is the queue. It prints
// seconds for all of them.
func BenchmarkArticles(b *testing.B) {
	for b.Loop() {
		dir := b.TempDir()
		st := openState(b, state.Options{Path: filepath.Join(dir, "state.db"), Clock: time.Now})
		p := &play{Store: st, articles: 2000}
		q := New(Options{Engine: p, State: st, Clock: time.Now, Path: filepath.Join(dir, "queue.db"), Workers: 8})
		if err := q.Run(b.Context(), newRun(b, st, "1")); err != nil {
			b.Fatal(err)
		}
		if len(p.done) != 2002 {
			b.Errorf("%d tasks were done", len(p.done))
		}
	}
}
