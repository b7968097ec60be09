//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/media/fetch"
)

// A run that is killed, whenever that is, leaves the old book or the whole new
// one, and the next run fetches nothing that the killed one had stored.
func TestFaultKilled(t *testing.T) {
	const pictures = 8
	var halt atomic.Int64 // the request that gets half a body
	halted := make(chan struct{}, 1)
	var again atomic.Int64 // requests of runs that are not killed
	server := serveAt(t, "127.0.0.2", func(rw http.ResponseWriter, r *http.Request) {
		b := picture(r.URL.Path)
		if r.UserAgent() == "again" {
			again.Add(1)
		}
		if halt.Add(-1) != 0 {
			rw.Write(b)
			return
		}
		rw.Header().Set("Content-Length", fmt.Sprint(len(b)))
		rw.Write(b[:len(b)/2])
		rw.(http.Flusher).Flush()
		halted <- struct{}{}
		<-r.Context().Done()
	})
	articles := newWorkbench(t)
	for i := range 3 {
		var addresses []string
		for n := i; n < pictures; n += 3 {
			addresses = append(addresses, fmt.Sprintf("%s/%d.png", server.URL, n))
		}
		articles.write(fmt.Sprintf("%c.html", 'a'+i), figures(addresses...))
	}
	build := func(w *workbench) *exec.Cmd {
		return w.command("build", articles.dir, "-o", "book.epub", "-o", "book.pdf", "--report", "r.json", "--allow-network", "127.0.0.2", "--cache-dir", w.path("kept"))
	}
	finish := func(w *workbench) (epub, pdf string) {
		t.Helper()
		cmd := build(w)
		cmd.Args = append(cmd.Args, "--user-agent", "again")
		if b, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		return w.read("book.epub"), w.read("book.pdf")
	}
	epub, pdf := finish(newWorkbench(t))

	var points []string
	for i := range 3 {
		points = append(points, fmt.Sprint("reading ", i+1))
	}
	for i := range pictures {
		points = append(points, fmt.Sprint("pictures ", i+1), fmt.Sprint("body ", i+1))
	}
	for i := range 3 {
		points = append(points, fmt.Sprint("writing ", i+1), fmt.Sprint("writing ", i+1)) // of one book or the other
	}
	points = append(points, "made", "made")
	if testing.Short() {
		points = []string{"reading 2", "pictures 5", "body 4", "writing 2", "made"}
	}
	for _, point := range points {
		w := newWorkbench(t)
		w.write("book.epub", "old epub")
		w.write("book.pdf", "old pdf")
		cmd := build(w)
		halt.Store(0)
		if n, ok := strings.CutPrefix(point, "body "); ok {
			var nth int64
			fmt.Sscan(n, &nth)
			halt.Store(nth)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			<-halted
			cmd.Process.Kill()
			cmd.Wait()
		} else {
			cmd.Env = append(cmd.Env, "FAULT_AT="+point)
			cmd.Run()
		}
		halt.Store(0)
		if s := cmd.ProcessState.Sys().(syscall.WaitStatus); !s.Signaled() || s.Signal() != syscall.SIGKILL {
			t.Fatalf("%s: not killed: %v", point, cmd.ProcessState)
		}
		if got := w.read("book.epub"); got != "old epub" && got != epub {
			t.Errorf("%s: a torn EPUB of %d bytes", point, len(got))
		}
		if got := w.read("book.pdf"); got != "old pdf" && got != pdf {
			t.Errorf("%s: a torn PDF of %d bytes", point, len(got))
		}
		if got := w.read("book.epub"); point == "made" && got != epub {
			t.Errorf("%s: the book is not there", point)
		}
		store, err := media.New(filepath.Join(w.path("kept"), "pictures"), media.Options{})
		if err != nil {
			t.Fatal(err)
		}
		kept, err := fetch.Cache{Store: store}.Stat()
		if err != nil {
			t.Fatal(err)
		}
		again.Store(0)
		e, p := finish(w)
		if e != epub || p != pdf {
			t.Errorf("%s: the next run makes another book", point)
		}
		if n := int(again.Load()); n != pictures-kept.Addresses {
			t.Errorf("%s: %d were stored, and %d fetched again, of %d", point, kept.Addresses, n, pictures)
		}
		if v, err := (fetch.Cache{Store: store}).Verify(context.Background()); err != nil || v.Damaged+v.Dangling > 0 {
			t.Errorf("%s: %+v, %v", point, v, err)
		}
	}
	t.Logf("killed %d times", len(points))
}

// Of two runs for one book the second ends at once, of two for different books
// with one cache each makes its own.
func TestFaultTwoAtOnce(t *testing.T) {
	w := newWorkbench(t)
	begun, goOn := make(chan struct{}, 8), make(chan struct{})
	server := serveAt(t, "127.0.0.2", func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait.png" {
			begun <- struct{}{}
			<-goOn
		}
		sendPicture(rw, r.URL.Path)
	})
	w.env = slices.DeleteFunc(w.env, func(s string) bool { return s == "FAULT_HURRY=1" })
	w.write("a.html", figures(server.URL+"/wait.png", server.URL+"/1.png"))
	args := []string{"build", "a.html", "--allow-network", "127.0.0.2", "-o"}
	first := w.command(append(args, "book.epub")...)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	<-begun
	if code, stderr := w.run(append(args, "book.epub")...); code != exitHeld || !strings.Contains(stderr, "book.epub: not written: in use by another run") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	second := w.command(append(args, "other.epub")...)
	if err := second.Start(); err != nil {
		t.Fatal(err)
	}
	<-begun
	close(goOn)
	for _, cmd := range []*exec.Cmd{first, second} {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	if a, b := w.read("book.epub"), w.read("other.epub"); len(a) < 1000 || len(b) != len(a) {
		t.Errorf("books of %d and %d bytes", len(a), len(b))
	}
	if code, stderr := w.run("cache", "verify"); code != exitOK || strings.Contains(stderr, "error") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	hidden, _ := filepath.Glob(w.path(".*"))
	if len(hidden) != 0 {
		t.Errorf("left: %v", hidden)
	}
}

// A full disk keeps the old book; a full cache costs pictures.
func TestFaultDiskFull(t *testing.T) {
	w := newWorkbench(t)
	server := serveAt(t, "127.0.0.2", func(rw http.ResponseWriter, r *http.Request) {
		rw.Write(picture(r.URL.Path))
		rw.Write(make([]byte, 200<<10)) // after the end of a PNG nothing counts
	})
	var addresses []string
	for i := range 12 {
		addresses = append(addresses, fmt.Sprintf("%s/%d.png", server.URL, i))
	}
	w.write("a.html", figures(addresses...))
	if code, stderr := w.run("build", "a.html", "-o", "/dev/full", "--format", "epub", "--allow-network", "127.0.0.2"); code != exitNoBook || !strings.Contains(stderr, "no space left") {
		t.Errorf("/dev/full: exit code %d\n%s", code, stderr)
	}
	small := w.path("small")
	if err := os.Mkdir(small, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	defer syscall.Unmount(small, 0)
	w.write("small/book.epub", "old")
	code, stderr := w.run("build", "a.html", "-o", "small/book.epub", "--report", "small/r.json", "--allow-network", "127.0.0.2")
	if code != exitNoBook || !strings.Contains(stderr, "small/book.epub: not written: no space left on device") || w.read("small/book.epub") != "old" {
		t.Errorf("a full disk: exit code %d\n%s", code, stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(small, ".*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	code, stderr, rep := w.build("a.html", "--cache-dir", "small/cache", "--allow-network", "127.0.0.2")
	if code != exitOK || rep.Images.Embedded == 0 || rep.Images.Failed == 0 {
		t.Errorf("a full cache: exit code %d, %+v\n%s", code, rep.Images, stderr)
	}
	for name, c := range codes(rep) {
		if c != "embedded" && c != "failed" {
			t.Errorf("a full cache: %s: %s", name, c)
		}
	}
}

// How signals and a closed pipe end a run.
func TestFaultSignals(t *testing.T) {
	begun := make(chan struct{}, 8)
	server := serveAt(t, "127.0.0.2", func(rw http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-r.Context().Done()
	})
	for _, tt := range []struct {
		signals []os.Signal
		code    int
	}{
		{[]os.Signal{os.Interrupt}, 130},
		{[]os.Signal{syscall.SIGTERM}, 143},
		{[]os.Signal{os.Interrupt, os.Interrupt}, 0}, // how is not said, but at once
	} {
		w := newWorkbench(t)
		w.env = slices.DeleteFunc(w.env, func(s string) bool { return s == "FAULT_HURRY=1" })
		w.write("a.html", figures(server.URL+"/1.png"))
		w.write("book.epub", "old")
		cmd := w.command("build", "a.html", "-o", "book.epub", "--allow-network", "127.0.0.2")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-begun
		for _, s := range tt.signals {
			cmd.Process.Signal(s)
		}
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code == 0 || tt.code != 0 && code != tt.code {
			t.Errorf("%v: exit code %d", tt.signals, code)
		}
		left, _ := filepath.Glob(w.path(".book*"))
		if w.read("book.epub") != "old" || tt.code != 0 && len(left) != 0 {
			t.Errorf("%v: the book is gone, or there is more: %v", tt.signals, left)
		}
	}
	// A reader that goes away ends the run, and no words about pipes.
	w := newWorkbench(t)
	w.write("a.html", figures())
	cmd := w.command("build", "a.html", "-o", "-", "--format", "pdf")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out.Close()
	cmd.Wait()
	if cmd.ProcessState.ExitCode() == 0 || strings.Contains(stderr.String(), "panic") || strings.Contains(stderr.String(), "goroutine") {
		t.Errorf("exit code %d\n%s", cmd.ProcessState.ExitCode(), &stderr)
	}
}
