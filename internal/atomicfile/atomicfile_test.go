package atomicfile

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestCommit(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.epub")
	write(t, path, "old")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	f := create(t, path)
	f.WriteString("new")
	if got := read(t, path); got != "old" {
		t.Errorf("before Commit the file is %q", got)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	f.Abort()
	if got := read(t, path); got != "new" {
		t.Errorf("after Commit the file is %q", got)
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, want that of the old file", info.Mode())
	}
	if err := f.Commit(); err == nil {
		t.Error("a second Commit is no error")
	}
	only(t, dir, "a.epub")
}

func TestAbort(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.epub")
	write(t, path, "old")
	f := create(t, path)
	f.WriteString("half")
	f.Abort()
	f.Abort()
	if got := read(t, path); got != "old" {
		t.Errorf("after Abort the file is %q", got)
	}
	only(t, dir, "a.epub")
}

// TestTwo shows that two writers of one path do not meet.
func TestTwo(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.epub")
	f, g := create(t, path), create(t, path)
	f.WriteString("first")
	g.WriteString("second")
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := g.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != "second" {
		t.Errorf("got %q", got)
	}
	only(t, dir, "a.epub")
}

func TestLongName(t *testing.T) {
	dir := t.TempDir()
	name := strings.Repeat("周", 80) + ".epub" // 245 bytes
	f := create(t, filepath.Join(dir, name))
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	only(t, dir, name)
}

func TestSymlink(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "real.epub"), "old")
	if err := os.Symlink("real.epub", filepath.Join(dir, "link.epub")); err != nil {
		t.Skip(err)
	}
	f := create(t, filepath.Join(dir, "link.epub"))
	f.WriteString("new")
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(dir, "real.epub")); got != "new" {
		t.Errorf("got %q", got)
	}
	only(t, dir, "link.epub", "real.epub")
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	if _, err := Create(dir); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("got %v", err)
	}
	if _, err := Create(filepath.Join(dir, "none", "a.epub")); !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
}

func TestDevice(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /dev/null and /dev/full")
	}
	f := create(t, "/dev/null")
	f.WriteString("x")
	if err := f.Commit(); err != nil {
		t.Error(err)
	}
	full := create(t, "/dev/full")
	defer full.Abort()
	if _, err := full.WriteString("x"); err == nil {
		t.Error("writing to a full device is no error")
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.epub")
	now := time.Date(2021, 8, 5, 12, 0, 0, 0, time.UTC)
	for name, age := range map[string]time.Duration{
		".a.epub.12-0.tmp": 2 * time.Hour, // left by a killed program
		".a.epub.13-0.tmp": time.Minute,   // of one that may still run
		".b.epub.12-0.tmp": 2 * time.Hour, // of another book
		".a.epub.note":     2 * time.Hour, // not ours
	} {
		p := filepath.Join(dir, name)
		write(t, p, "x")
		if err := os.Chtimes(p, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if n := Sweep(path, now.Add(-time.Hour)); n != 1 {
		t.Errorf("removed %d, want 1", n)
	}
	only(t, dir, ".a.epub.13-0.tmp", ".a.epub.note", ".b.epub.12-0.tmp")
}

func create(t *testing.T, path string) *File {
	t.Helper()
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func write(t *testing.T, path, s string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(s), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// only fails the test where dir holds anything but names, which are sorted.
func only(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, "|") != strings.Join(names, "|") {
		t.Errorf("the folder holds %q, want %q", got, names)
	}
}
