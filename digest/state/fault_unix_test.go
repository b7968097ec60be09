//go:build unix

package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What may not be written to is read by others, and says so to who writes. Root may
// do everything, and becomes somebody else for this.
func TestPermissions(t *testing.T) {
	if os.Getenv("STATE_TEST_PATH") != "" {
		path := os.Getenv("STATE_TEST_PATH")
		s := open(t, Options{Path: path, ReadOnly: true})
		fmt.Print(contents(t, s))
		ok(t, s.Close())
		if _, err := Open(t.Context(), Options{Path: path, Clock: clock()}); !errors.Is(err, ErrReadOnly) && !errors.Is(err, fs.ErrPermission) {
			t.Fatal(err)
		}
		return
	}
	dir, err := os.MkdirTemp("", "state")
	ok(t, err)
	defer os.RemoveAll(dir)
	ok(t, os.Chmod(dir, 0o755))
	program := must[[]byte](t)(os.ReadFile(must[string](t)(os.Executable())))
	ok(t, os.WriteFile(filepath.Join(dir, "test"), program, 0o755))
	path := filepath.Join(dir, "state.db")
	s := open(t, Options{Path: path, Clock: clock()})
	fill(t, s)
	want := contents(t, s)
	ok(t, s.Close())
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "test"), "-test.run=^TestPermissions$")
	cmd.Env = append(os.Environ(), "STATE_TEST_PATH="+path)
	cmd.Dir = dir
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	} else {
		ok(t, os.Chmod(path, 0o444))
		ok(t, os.Chmod(dir, 0o555))
		defer os.Chmod(dir, 0o755)
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), want) {
		t.Fatalf("%v: %s", err, out)
	}
}
