package main

import (
	"strings"
	"testing"
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
