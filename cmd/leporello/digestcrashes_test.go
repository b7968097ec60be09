//go:build linux

package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// newsroom is a server with a feed of excerpts, their pages and pictures.
func newsroom(t *testing.T, hold func(*http.Request)) (feed string) {
	server := serveAt(t, "127.0.0.2", func(rw http.ResponseWriter, r *http.Request) {
		hold(r)
		rw.Header().Set("Cache-Control", "no-cache")
		switch {
		case r.URL.Path == "/feed":
			fmt.Fprint(rw, `<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>`)
			for n := range 3 {
				fmt.Fprintf(rw, `<item><title>Item %d</title><guid isPermaLink="false">urn:item:%d</guid><link>http://%s/page%d.html</link><pubDate>Fri, 20 Nov 2026 0%d:00:00 GMT</pubDate><description>Only the beginning…</description></item>`, n, n, r.Host, n, n)
			}
			fmt.Fprint(rw, `</channel></rss>`)
		case strings.HasSuffix(r.URL.Path, ".html"):
			rw.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(rw, `<html lang="en"><head><title>%s</title></head><body><article><h1>%[1]s</h1>`, r.URL.Path)
			for n := range 12 {
				fmt.Fprintf(rw, "<p>Paragraph %d of %s tells what happened there, and why nobody had expected it to.</p>", n, r.URL.Path)
			}
			fmt.Fprintf(rw, `<img src="%s.png" alt="A picture"></article></body></html>`, r.URL.Path)
		default:
			sendPicture(rw, r.URL.Path)
		}
	})
	return server.URL + "/feed"
}

func weeklyOf(w *workbench, feed string) {
	w.env = append(w.env, "FAULT_PAUSE=1ms")
	if err := os.Mkdir(w.path("out"), 0o755); err != nil {
		w.Fatal(err)
	}
	w.write("leporello.yaml", `
version: 1
state_dir: state
network: {allow_network: [127.0.0.2]}
sources: {news: '`+feed+`'}
digests:
  weekly:
    title: Weekly {{ .Issue }}
    schedule: Sun 07:00
    outputs: [out/weekly.epub, out/weekly.pdf]
    deliver: [{type: folder, name: shelf, path: shelf}]
`)
}

// An issue whose run is killed, whenever that is, is made by the next one as if nothing
// had been; the old books are there until then, and no article is fetched again that
// the killed one had stored.
func TestFaultIssueKilled(t *testing.T) {
	var pages atomic.Int64 // that were asked for by runs that are not killed
	feed := newsroom(t, func(r *http.Request) {
		if r.UserAgent() == "again" && strings.HasSuffix(r.URL.Path, ".html") {
			pages.Add(1)
		}
	})
	run := []string{"run", "weekly", "--now", "2026-11-22T07:00:05Z", "--cache-dir", "kept"}
	finish := func(w *workbench) (epub, pdf string) {
		t.Helper()
		pages.Store(0)
		if code, stderr := w.run(append(run, "--user-agent", "again")...); code != exitOK {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		return w.read("out/weekly.epub"), w.read("out/weekly.pdf")
	}
	w := newWorkbench(t)
	weeklyOf(w, feed)
	epub, pdf := finish(w)
	points := []string{
		"fetch news", "parse 2*", "done parse 3*", "picture 1", "selecting", "assembling", "print writing 2",
		"printed", "committing", "committed", "sending shelf 0", "sent shelf 0",
	}
	if testing.Short() {
		points = []string{"parse 2*", "printed", "sent shelf 0"}
	}
	for _, point := range points {
		w := newWorkbench(t)
		weeklyOf(w, feed)
		w.write("out/weekly.epub", "old epub")
		w.write("out/weekly.pdf", "old pdf")
		cmd := w.command(run...)
		cmd.Env = append(cmd.Env, "FAULT_AT="+point)
		out, _ := cmd.CombinedOutput()
		if s := cmd.ProcessState.Sys().(syscall.WaitStatus); !s.Signaled() || s.Signal() != syscall.SIGKILL {
			t.Errorf("%s: not killed: %v: %s", point, cmd.ProcessState, out)
			continue
		}
		if got := w.read("out/weekly.epub"); got != "old epub" && got != epub {
			t.Errorf("%s: a torn EPUB of %d bytes", point, len(got))
		}
		if got := w.read("out/weekly.pdf"); got != "old pdf" && got != pdf {
			t.Errorf("%s: a torn PDF of %d bytes", point, len(got))
		}
		if e, p := finish(w); e != epub || p != pdf {
			t.Errorf("%s: the next run makes other books", point)
		}
		if got := w.read("shelf/weekly.epub"); got != epub {
			t.Errorf("%s: %d bytes were delivered", point, len(got))
		}
		if n := pages.Load(); point == "selecting" && n > 0 {
			t.Errorf("%s: %d pages were fetched again", point, n)
		}
		if !strings.HasPrefix(point, "commit") {
			continue
		}
		code, stderr := w.run("run", "weekly", "--now", "2026-11-22T07:10:00Z", "--due", "--cache-dir", "kept")
		if code != exitOK || !strings.Contains(stderr, "nothing is due") {
			t.Errorf("%s: exit code %d: %s", point, code, stderr)
		}
	}
	t.Logf("killed %d times", len(points))
}

// Of two runs for one digest the second ends at once.
func TestFaultTwoRunsAtOnce(t *testing.T) {
	begun, goOn := make(chan struct{}, 8), make(chan struct{})
	feed := newsroom(t, func(r *http.Request) {
		if r.URL.Path == "/feed" {
			begun <- struct{}{}
			<-goOn
		}
	})
	w := newWorkbench(t)
	w.env = []string{"HOME=" + w.dir}
	weeklyOf(w, feed)
	first := w.command("run", "weekly")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	<-begun
	code, stderr := w.run("run", "weekly")
	close(goOn)
	if code != exitHeld || !strings.Contains(stderr, "digest weekly: in use by another run") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if err := first.Wait(); err != nil {
		t.Error(err)
	}
	if len(w.read("out/weekly.epub")) < 1000 {
		t.Error("no book")
	}
}
