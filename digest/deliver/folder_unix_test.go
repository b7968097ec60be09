//go:build unix

package deliver

import (
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestFolderFull: where there is no room for a book, the folder is as before and the
// error may pass. A limit on the size of files stands for the full disk.
func TestFolderFull(t *testing.T) {
	dir := t.TempDir()
	target := folderAt(t, FolderOptions{Dir: dir, Keep: 1})
	must(t, target, weekly(t, "weekly", 1))
	before := listing(t, dir)
	big := weekly(t, "weekly", 2)
	write(t, big.Files[0].Path, strings.Repeat("x", 9<<20))
	big.Files[0].SHA256 = ""

	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	small := old
	small.Cur = 8 << 20 // more than the logs of the test itself need
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	_, err := send(t, target, big)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err == nil || IsPermanent(err) || !strings.Contains(err.Error(), big.Files[0].Name) {
		t.Errorf("a full disk: %v", err)
	}
	got := listing(t, dir)
	delete(before, manifestName)
	delete(got, manifestName)
	if !maps.Equal(before, got) {
		t.Errorf("there are %v", slices.Sorted(maps.Keys(got)))
	}
	must(t, target, big) // when there is room
	if got := listing(t, dir); len(got) != 3 {
		t.Errorf("there are %v", slices.Sorted(maps.Keys(got)))
	}
}

func TestFolderReadOnly(t *testing.T) {
	dir := t.TempDir()
	if os.Geteuid() == 0 {
		dir = "/sys/kernel" // where root may not write either
		if _, err := os.Stat(dir); err != nil {
			t.Skip("root may write everywhere")
		}
	} else if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	_, err := send(t, folderAt(t, FolderOptions{Dir: dir}), weekly(t, "weekly", 1))
	if err == nil || IsPermanent(err) || !strings.Contains(err.Error(), dir) {
		t.Errorf("a folder that is read-only: %v", err)
	}
	// A link where a book is to be leads to somebody else's file.
	dir, theirs := t.TempDir(), filepath.Join(t.TempDir(), "theirs")
	write(t, theirs, "theirs")
	b := weekly(t, "weekly", 1)
	if err := os.Symlink(theirs, filepath.Join(dir, b.Files[0].Name)); err != nil {
		t.Fatal(err)
	}
	if _, err := send(t, folderAt(t, FolderOptions{Dir: dir}), b); !IsPermanent(err) || read(t, theirs) != "theirs" {
		t.Errorf("a link: %v", err)
	}
}
