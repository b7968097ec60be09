package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// TestDeterministic shows that neither zone, language, working folder, umask,
// home nor the number of processors changes a byte of a book.
func TestDeterministic(t *testing.T) {
	articles, err := filepath.Abs("../../testdata/articles")
	if err != nil {
		t.Fatal(err)
	}
	server := newPictures()
	defer server.Close()
	// An article of its own has pictures that come over the network.
	more := filepath.Join(t.TempDir(), "more.html")
	text := `<html lang="en"><title>More</title><p>Pictures that come in any order.</p>`
	for i := range 12 {
		text += fmt.Sprintf(`<p><img referrerpolicy="no-referrer" src="%s/%c.png"></p>`, server.URL, 'a'+i)
	}
	if err := os.WriteFile(more, []byte(text+`<p><img src="`+server.URL+`/404.png"></p>`), 0o644); err != nil {
		t.Fatal(err)
	}
	relative := func(dir, path string) string {
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		return rel
	}
	books := func(dir, umask string, inputs []string, env ...string) (epub, pdf []byte) {
		t.Helper()
		out := t.TempDir()
		args := append([]string{"build", "-q", "--allow-network", "127.0.0.1", "-o", filepath.Join(out, "a.epub"), "-o", filepath.Join(out, "a.pdf")}, inputs...)
		cmd := command(args...)
		if runtime.GOOS != "windows" {
			sh := exec.Command("sh", append([]string{"-c", "umask " + umask + `; exec "$0" "$@"`, cmd.Path}, args...)...)
			sh.Env = cmd.Env
			cmd = sh
		}
		cmd.Dir = dir
		home := t.TempDir()
		cmd.Env = append(cmd.Env, "HOME="+home, "XDG_CACHE_HOME="+home, "LocalAppData="+home)
		cmd.Env = append(cmd.Env, env...)
		if b, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		read := func(name string) []byte {
			b, err := os.ReadFile(filepath.Join(out, name))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		return read("a.epub"), read("a.pdf")
	}
	elsewhere := t.TempDir()
	e1, p1 := books(articles, "022", []string{".", more}, "TZ=Asia/Tokyo", "LANG=ja_JP.UTF-8", "GOMAXPROCS=1")
	e2, p2 := books(elsewhere, "077", []string{articles, relative(elsewhere, more)}, "TZ=America/New_York", "LANG=C", "LC_ALL=C", "GOMAXPROCS=4", "GOGC=20")
	if !bytes.Equal(e1, e2) {
		t.Errorf("the EPUBs differ: %s", firstDifference(e1, e2))
	}
	if !bytes.Equal(p1, p2) {
		t.Errorf("the PDFs differ: %s", firstDifference(p1, p2))
	}
	// The date of the book is the one thing the environment may set.
	e3, p3 := books(articles, "022", []string{".", more}, "SOURCE_DATE_EPOCH=1700000000")
	if bytes.Equal(e1, e3) || bytes.Equal(p1, p3) {
		t.Error("SOURCE_DATE_EPOCH changes nothing")
	}
	if !bytes.Contains(p3, []byte("2023-11-14T22:13:20Z")) {
		t.Error("the PDF does not have the date of SOURCE_DATE_EPOCH")
	}
}

func firstDifference(a, b []byte) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	around := func(s []byte) []byte { return s[max(0, min(n, len(s))-40):min(len(s), n+40)] }
	return fmt.Sprintf("lengths %d and %d, at byte %d:\n%q\n%q", len(a), len(b), n, around(a), around(b))
}

// command returns this test program as the command leporello, see TestMain.
func command(args ...string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	return cmd
}
