package main

import (
	"os"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/internal/filelock"
)

// TestHints: what is said of inputs is said of them alone.
func TestHints(t *testing.T) {
	w := newWorkbench(t)
	for _, args := range [][]string{
		{"config", "init", "nowhere/leporello.yaml"},
		{"build", "nowhere.html", "-o", "x.epub"},
	} {
		code, stderr := w.run(args...)
		if about := strings.Contains(stderr, "inputs are"); code != exitNoBook || about != (args[0] == "build") {
			t.Errorf("%s: %d, %s", args, code, stderr)
		}
	}
}

// TestDigestSaidOnce: of several digests, an error names its own, once.
func TestDigestSaidOnce(t *testing.T) {
	w := newWorkbench(t)
	w.write("leporello.yaml", "state_dir: state\nsources: {s: nowhere}\ndigests: {one: {outputs: [one.epub]}, two: {outputs: [two.epub]}}\n")
	if err := os.MkdirAll(w.path("state/locks"), 0o755); err != nil {
		t.Fatal(err)
	}
	held, err := filelock.Claim(w.path("state/locks/one.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Release()
	if code, stderr := w.run("run"); code == exitOK || strings.Count(stderr, "digest one: ") != 1 || strings.Count(stderr, "digest two: ") != 1 {
		t.Errorf("%d, %s", code, stderr)
	}
}
