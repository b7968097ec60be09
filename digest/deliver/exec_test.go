package deliver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain is also the command of the tests, which does what its first argument says.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || !strings.HasPrefix(os.Args[1], "hook-") {
		os.Exit(m.Run())
	}
	switch os.Args[1] {
	case "hook-tell": // its arguments, its environment and the files it got
		fmt.Printf("%q\n", os.Args[2:])
		env := os.Environ()
		slices.Sort(env)
		for _, e := range env {
			if !strings.HasPrefix(e, "LEPORELLO_FILE") {
				fmt.Println(e)
			}
		}
		for _, path := range strings.Split(os.Getenv("LEPORELLO_FILES"), "\n") {
			b, err := os.ReadFile(path)
			fmt.Println(filepath.Base(path), len(b), err, path == os.Getenv("LEPORELLO_FILE_EPUB"), path == os.Getenv("LEPORELLO_FILE_PDF"))
		}
	case "hook-exit":
		fmt.Fprint(os.Stderr, strings.Repeat("x", 3000), "\x1b[31mthe end\xff\n")
		var code int
		fmt.Sscan(os.Args[2], &code)
		os.Exit(code)
	case "hook-change":
		os.WriteFile(os.Getenv("LEPORELLO_FILE_EPUB"), []byte("changed"), 0o644)
	case "hook-hang":
		time.Sleep(time.Hour)
	}
	os.Exit(0)
}

func execOf(t testing.TB, o ExecOptions) Target {
	t.Helper()
	target, err := Exec(o)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestExec(t *testing.T) {
	t.Setenv("A_SECRET", "hunter2")
	t.Setenv("TMPDIR", t.TempDir())
	b := weekly(t, "weekly", 3)
	b.Title = "科技周刊\n$(rm -rf /) `x` ; \x00"
	b.Cover = ""
	r := must(t, execOf(t, ExecOptions{Argv: []string{os.Args[0], "hook-tell", "$HOME", "a b", "*"}, Env: []string{"PATH=/bin"}}), b)
	want := fmt.Sprintf(`["$HOME" "a b" "*"]
LEPORELLO_DATE=2026-01-18T07:00:00+08:00
LEPORELLO_DIGEST=weekly
LEPORELLO_ISSUE=3
LEPORELLO_LANG=zh-Hans
LEPORELLO_SLOT=2026-W03
LEPORELLO_TITLE=科技周刊 $(rm -rf /) `+"`x`"+` ;
PATH=/bin
weekly-2026-W03.epub %d <nil> true false
weekly-2026-W03.pdf %d <nil> false true`, b.Files[0].Bytes, b.Files[1].Bytes)
	if r[0].Detail != want {
		t.Errorf("it got\n%s\nwant\n%s", r[0].Detail, want)
	}
	// What a command does to its files is done to copies where they had to be named.
	must(t, execOf(t, ExecOptions{Argv: []string{os.Args[0], "hook-change"}}), b)
	if read(t, b.Files[0].Path) == "changed" {
		t.Error("a command changed the stored file")
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "leporello-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestExecEnds(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	b := weekly(t, "weekly", 1)
	for _, c := range []struct {
		code  string
		retry bool
		fate  fate
	}{{"1", false, permanent}, {"75", false, later}, {"1", true, later}, {"255", false, permanent}} {
		_, err := send(t, execOf(t, ExecOptions{Argv: []string{os.Args[0], "hook-exit", c.code}, Retry: c.retry}), b)
		if err == nil || fateOf(err).fate != c.fate || !strings.Contains(err.Error(), "exit status "+c.code) {
			t.Errorf("%s: %.200v", c.code, err)
		}
		if err != nil && (!strings.HasSuffix(err.Error(), "[31mthe end") || len(err.Error()) > 2200) {
			t.Errorf("%s: the end of its output is lost: …%q", c.code, err.Error()[max(0, len(err.Error())-30):])
		}
	}
	if _, err := send(t, execOf(t, ExecOptions{Argv: []string{filepath.Join(t.TempDir(), "none")}}), b); !IsPermanent(err) {
		t.Errorf("no such command: %v", err)
	}
	for _, repeatable := range []bool{false, true} {
		o := ExecOptions{Argv: []string{os.Args[0], "hook-hang"}, Timeout: 50 * time.Millisecond, Repeatable: repeatable}
		target := execOf(t, o)
		_, err := send(t, target, b)
		if err == nil || IsUncertain(err) == repeatable || IsPermanent(err) || target.Repeatable() != repeatable || !strings.Contains(err.Error(), "longer than 50ms") {
			t.Errorf("too long: %v", err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	target := execOf(t, ExecOptions{Argv: []string{os.Args[0], "hook-hang"}})
	parts, err := target.Parts(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.Deliver(ctx, b, parts[0]); !errors.Is(err, context.Canceled) || !IsUncertain(err) {
		t.Errorf("stopped: %v", err)
	}
	for _, o := range []ExecOptions{{}, {Argv: []string{""}}, {Argv: []string{"x"}, Timeout: -1}} {
		if _, err := Exec(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	b.Files[1].Name = b.Files[0].Name
	if _, err := execOf(t, ExecOptions{Argv: []string{"x"}}).Parts(b); !IsPermanent(err) {
		t.Errorf("two files of one name: %v", err)
	}
}
