//go:build linux

package main

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/pgtest"
	"github.com/leporello-press/leporello/internal/smtptest"
)

// crew is a feed, a mailbox and a configuration for several machines that share a
// database and a folder of blobs. Their issue is due.
type crew struct {
	*workbench
	articles int
	state    *state.Store
	mail     *smtptest.Server
	// hung counts the pictures that a machine called "victim" waits for in vain, sent
	// those that others were sent.
	hung, sent atomic.Int64
}

func newCrew(t *testing.T, database string, articles int) *crew {
	c := &crew{workbench: newWorkbench(t), articles: articles, mail: smtptest.Start(t, smtptest.Options{})}
	server := serveAt(t, "127.0.0.2", func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/feed.xml" {
			if r.UserAgent() == "victim" {
				c.hung.Add(1)
				<-r.Context().Done()
			}
			c.sent.Add(1)
			time.Sleep(100 * time.Millisecond) // so that there is a middle of the work
			sendPicture(rw, r.URL.Path)
			return
		}
		fmt.Fprint(rw, `<rss version="2.0"><channel><title>News</title>`)
		for n := range articles {
			text := fmt.Sprintf(`<p>Story %d is told in some words of its own, from its first to its last one.</p><img src="http://%s/%d.png">`, n, r.Host, n)
			fmt.Fprintf(rw, "<item><title>Story %d</title><guid>story-%d</guid><pubDate>Sat, 21 Nov 2026 %02d:00:00 GMT</pubDate><description>", n, n, n%24)
			xml.EscapeText(rw, []byte(text))
			fmt.Fprint(rw, "</description></item>")
		}
		fmt.Fprint(rw, "</channel></rss>")
	})
	c.write("leporello.yaml", fmt.Sprintf(`version: 1
database_url: %s
store: file://%s
network: {allow_network: [127.0.0.2]}
sources:
  news: {inputs: [%s/feed.xml]}
digests:
  weekly:
    title: 'Weekly {{ .Issue }}'
    schedule: daily 00:00
    outputs:
      - {format: epub, path: 'books/weekly-{{ .Issue }}.epub'}
    deliver:
      - {type: mail, to: reader@example.org, from: press@example.org, smtp: 'smtp://%s'}
`, database, filepath.ToSlash(c.path("blobs")), server.URL, c.mail.Addr))
	c.env = append(c.env, "SSL_CERT_FILE="+c.write("mail.pem", string(c.mail.PEM)), "FAULT_RESCUE=4s", "FAULT_PAUSE=10ms")
	var err error
	c.state, err = state.Open(t.Context(), state.Options{URL: database, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.state.Close() })
	return c
}

// machine returns the command as it would be run on one of the machines.
func (c *crew) machine(name string, args ...string) *exec.Cmd {
	cmd := c.command(append(args, "--state-dir", c.path("state-"+name), "--now", "2026-11-22T08:00:00Z", "--user-agent", name)...)
	cmd.Stderr = c.Output()
	return cmd
}

func (c *crew) start(name string) *exec.Cmd {
	c.Helper()
	cmd := c.machine(name, "work")
	if err := cmd.Start(); err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd
}

// await waits for something that the test cannot go on without.
func (c *crew) await(what string, is func() bool) {
	c.Helper()
	for end := time.Now().Add(2 * time.Minute); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			c.Fatalf("waited in vain: %s", what)
		}
	}
}

// runs returns the runs of the digest that are in a state; without one, all.
func (c *crew) runs(in ...state.RunState) []state.Run {
	c.Helper()
	runs, err := c.state.Runs(context.Background(), state.RunQuery{Digest: "weekly", States: in})
	if err != nil {
		c.Log(err) // the database may be away
	}
	return runs
}

// end asks machines to end, which they do well.
func (c *crew) end(machines ...*exec.Cmd) {
	c.Helper()
	for _, m := range machines {
		m.Process.Signal(syscall.SIGTERM)
	}
	for _, m := range machines {
		if err := m.Wait(); err != nil {
			c.Error(err)
		}
	}
}

// check holds the crew to the law: one run, one book, one mail, each article once.
func (c *crew) check() {
	c.Helper()
	if runs := c.runs(); len(runs) != 1 || runs[0].State != state.RunDone || runs[0].Number != 1 {
		c.Errorf("runs: %+v", runs)
	}
	books, err := filepath.Glob(c.path("books/*"))
	if err != nil || len(books) != 1 {
		c.Fatalf("books: %q %v", books, err)
	}
	if mails := c.mail.Messages(); len(mails) != 1 {
		c.Errorf("%d mails", len(mails))
	}
	stories := map[string]int{}
	for name, text := range c.chapters("books/" + filepath.Base(books[0])) {
		if !strings.HasSuffix(name, ".xhtml") {
			continue
		}
		if m := regexp.MustCompile(`<p>Story (\d+) is told[^<]*</p>`).FindStringSubmatch(text); m != nil {
			stories[m[1]]++
			if !strings.Contains(text, "<img") {
				c.Errorf("story %s has no picture", m[1])
			}
		}
	}
	for n := range c.articles {
		if stories[fmt.Sprint(n)] != 1 {
			c.Errorf("story %d is in the book %d times", n, stories[fmt.Sprint(n)])
		}
	}
}

// Two machines work on an issue. One is killed while it waits for pictures.
func TestWorkersOneKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("a machine that was killed is missed after half a minute")
	}
	t.Parallel()
	c := newCrew(t, pgtest.Schema(t), 30)
	victim := c.start("victim")
	c.await("the victim hangs", func() bool { return c.hung.Load() > 0 })
	other := c.start("other")
	c.await("the other works, too", func() bool { return c.sent.Load() > 0 })
	victim.Process.Kill()
	victim.Wait()
	killed := time.Now()
	c.await("the issue is made", func() bool { return len(c.runs(state.RunDone)) == 1 })
	t.Logf("the issue was made %.1f s after the kill", time.Since(killed).Seconds())
	c.end(other)
	c.check()
}

// Two machines that stay and some that come by see the same slot.
func TestWorkersAtOnce(t *testing.T) {
	t.Parallel()
	c := newCrew(t, pgtest.Schema(t), 12)
	machines := []*exec.Cmd{c.start("a"), c.start("b")}
	ended := make(chan error)
	const passers = 3
	for n := range passers {
		go func() { ended <- c.machine(fmt.Sprint("passer-", n), "run", "--due").Run() }()
	}
	for range passers {
		var exit *exec.ExitError
		if err := <-ended; err != nil && (!errors.As(err, &exit) || exit.ExitCode() != exitHeld) {
			t.Error(err)
		}
	}
	c.await("the issue is made", func() bool { return len(c.runs(state.RunDone)) == 1 })
	c.end(machines...)
	c.check()
}

// The database crashes while pictures are fetched, and is there again.
func TestWorkersDatabaseCrash(t *testing.T) {
	t.Parallel()
	database, crash := pgtest.Own(t)
	c := newCrew(t, database, 60)
	machines := []*exec.Cmd{c.start("a"), c.start("b")}
	c.await("pictures are fetched", func() bool { return c.sent.Load() > 5 })
	if n := c.sent.Load(); n >= int64(c.articles) {
		t.Errorf("all of %d pictures were fetched before", n)
	}
	crash()
	c.await("the issue is made", func() bool { return len(c.runs(state.RunDone)) == 1 })
	c.end(machines...)
	c.check()
}

// What one machine cannot share is said at once.
func TestWorkAlone(t *testing.T) {
	w := newWorkbench(t)
	w.write("leporello.yaml", "version: 1\nsources: {a: {inputs: [x.html]}}\ndigests: {weekly: {outputs: [{path: a.epub}]}}\n")
	code, stderr := w.run("work")
	if code != exitUsage || !strings.Contains(stderr, "database_url") || !strings.Contains(stderr, "leporello serve") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
