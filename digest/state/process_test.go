package state

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestMain lets a test start this program again as another one that writes to the
// state of STATE_TEST_WRITER.
func TestMain(m *testing.M) {
	if path := os.Getenv("STATE_TEST_WRITER"); path != "" {
		if err := writer(path, os.Getenv("STATE_TEST_NAME")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// writer makes runs of a digest until it has made STATE_TEST_RUNS, and prints the
// number of each when all that belongs to it is written.
func writer(path, digest string) error {
	ctx := context.Background()
	s, err := Open(ctx, Options{Path: path, Clock: time.Now})
	if err != nil {
		return err
	}
	defer s.Close()
	runs, err := strconv.Atoi(os.Getenv("STATE_TEST_RUNS"))
	if err != nil {
		return err
	}
	for range runs {
		number, err := s.NextNumber(ctx, digest)
		if err != nil {
			return err
		}
		r := Run{Digest: digest, Slot: fmt.Sprint(number)}
		if _, err := s.BeginRun(ctx, &r); err != nil {
			return err
		}
		var items []Item
		for i := range 5 {
			a := Article{Source: digest, GUID: fmt.Sprint(number, "-", i), Title: strings.Repeat("x", 500)}
			if _, _, err := s.PutArticle(ctx, &a); err != nil {
				return err
			}
			items = append(items, Item{Index: i, Article: a.ID, Chosen: true})
		}
		r.Number = number
		if err := s.FreezeItems(ctx, &r, items); err != nil {
			return err
		}
		r.State = RunMade
		if err := s.Commit(ctx, &r, []Output{{Path: "x"}, {N: 1, Path: "y"}}, []string{fmt.Sprint("g:", number)}); err != nil {
			return err
		}
		if err := s.SaveDelivery(ctx, &Delivery{Run: r.ID, Target: "t", State: DeliverySent}); err != nil {
			return err
		}
		fmt.Println(number)
	}
	return nil
}

func startWriter(t *testing.T, path, name string, runs int) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), must[string](t)(os.Executable()))
	cmd.Env = append(os.Environ(), "STATE_TEST_WRITER="+path, "STATE_TEST_NAME="+name, fmt.Sprint("STATE_TEST_RUNS=", runs))
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	ok(t, cmd.Start())
	return cmd, &out
}

// verify fails unless the state is sound, and every run of a digest is there whole or
// as far as it had come; those that its writer has spoken of are whole.
func verify(t *testing.T, s *Store, digest string, said []string) {
	t.Helper()
	ctx := t.Context()
	ok(t, s.Check(ctx))
	delivered := map[string]bool{}
	for _, r := range must[[]Run](t)(s.Runs(ctx, RunQuery{Digest: digest})) {
		items, outputs := len(must[[]Item](t)(s.Items(ctx, r.ID))), len(must[[]Output](t)(s.Outputs(ctx, r.ID)))
		seen := len(must[map[string]int64](t)(s.Seen(ctx, digest, []string{fmt.Sprint("g:", r.Slot)})))
		switch {
		case r.State == RunMade && items == 5 && outputs == 2 && seen == 1:
			delivered[r.Slot] = len(must[[]Delivery](t)(s.Deliveries(ctx, r.ID))) == 1
		case r.State == RunPlanned && outputs == 0 && seen == 0 && items == map[bool]int{true: 0, false: 5}[r.Frozen.IsZero()]:
		default:
			t.Fatalf("half a run: %+v, %d items, %d outputs, %d seen", r, items, outputs, seen)
		}
	}
	for _, slot := range said {
		if !delivered[slot] {
			t.Fatalf("run %s was lost", slot)
		}
	}
}

// A program that is killed at any moment leaves a sound state, in which all is that
// it had written.
func TestKilled(t *testing.T) {
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	path := filepath.Join(t.TempDir(), "state.db")
	var said []string
	for round := range rounds {
		cmd, out := startWriter(t, path, "d", 1_000_000)
		time.Sleep(time.Duration(20+37*round) * time.Millisecond)
		ok(t, cmd.Process.Kill())
		cmd.Wait()
		said = append(said, strings.Fields(out.String())...)
		s := open(t, Options{Path: path, Clock: clock()})
		verify(t, s, "d", said)
		// What was begun when it was killed stays, in the way of nobody.
		for _, r := range must[[]Run](t)(s.Runs(t.Context(), RunQuery{States: []RunState{RunPlanned}})) {
			_, err := s.write.Exec("DELETE FROM item WHERE run = ?", r.ID)
			ok(t, err)
			_, err = s.write.Exec("DELETE FROM run WHERE id = ?", r.ID)
			ok(t, err)
		}
		ok(t, s.Close())
	}
	if len(said) == 0 {
		t.Fatal("nothing was ever written")
	}
}

// Several programs write to one state at once, and one reads.
func TestPrograms(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, Options{Path: path, Clock: clock()})
	const runs = 30
	type program struct {
		cmd *exec.Cmd
		out *strings.Builder
	}
	var programs []program
	for _, name := range []string{"a", "b", "c"} {
		cmd, out := startWriter(t, path, name, runs)
		programs = append(programs, program{cmd, out})
	}
	for i := range runs { // and this one too
		r := Run{Digest: "here", Slot: fmt.Sprint(i)}
		must[bool](t)(s.BeginRun(t.Context(), &r))
		must[[]Run](t)(s.Runs(t.Context(), RunQuery{}))
	}
	for i, p := range programs {
		if err := p.cmd.Wait(); err != nil {
			t.Fatalf("%v: %s", err, p.out)
		}
		said := strings.Fields(p.out.String())
		same(t, "runs of one program", len(said), runs)
		verify(t, s, []string{"a", "b", "c"}[i], said)
	}
	same(t, "runs of this program", len(must[[]Run](t)(s.Runs(t.Context(), RunQuery{Digest: "here"}))), runs)
}
