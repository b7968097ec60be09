//go:build unix

package deliver

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestExecGroup: what a command started ends with it, also when neither wants to.
func TestExecGroup(t *testing.T) {
	alive := filepath.Join(t.TempDir(), "alive")
	script := `trap "" TERM; (trap "" TERM; while :; do echo x >>"$0"; sleep 0.05; done) & wait`
	target := execOf(t, ExecOptions{
		Argv: []string{"/bin/sh", "-c", script, alive}, Env: []string{"PATH=/bin:/usr/bin"}, Timeout: 500 * time.Millisecond,
	})
	if _, err := send(t, target, weekly(t, "weekly", 1)); !IsUncertain(err) {
		t.Fatal(err)
	}
	before := read(t, alive)
	time.Sleep(300 * time.Millisecond)
	if after := read(t, alive); after != before || !strings.HasPrefix(before, "x") {
		t.Errorf("it still runs: %d bytes, then %d", len(before), len(after))
	}
}
