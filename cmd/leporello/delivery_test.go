//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	dav "golang.org/x/net/webdav"

	"github.com/leporello-press/leporello/internal/smtptest"
)

// The password of the servers, which nothing may tell.
const canary = "canary-5e5d0c3f"

// digestOf is a workbench with one article and a digest that is delivered.
func digestOf(t *testing.T, deliver string, outputs ...string) *workbench {
	w := newWorkbench(t)
	w.env = append(w.env, "MAIL_PASSWORD="+canary)
	if err := os.Mkdir(w.path("posts"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.write("posts/a.md", "---\ndate: 2027-03-13\n---\n# One\n\nSome words.\n")
	if len(outputs) == 0 {
		outputs = []string{"weekly.epub"}
	}
	w.write("leporello.yaml", fmt.Sprintf(`state_dir: state
sources:
  posts: posts
digests:
  weekly:
    title: 科技周刊
    outputs: [%s]
    deliver: [%s]
`, strings.Join(outputs, ", "), deliver))
	return w
}

// at runs leporello run at an hour of one day.
func (w *workbench) at(hour int, args ...string) (code int, stderr string) {
	w.Helper()
	now := time.Date(2027, 3, 14, 0, 0, 0, 0, time.UTC).Add(time.Duration(hour) * time.Hour)
	return w.run(append([]string{"run", "--now", now.Format(time.RFC3339), "--report", "report.json"}, args...)...)
}

// silent fails the test where a file or a message tells the password.
func (w *workbench) silent(said ...string) {
	w.Helper()
	secrets := []string{canary, base64.StdEncoding.EncodeToString([]byte(canary)), base64.StdEncoding.EncodeToString([]byte("\x00me@example.org\x00" + canary))}
	tells := func(where string, b []byte) {
		for _, s := range secrets {
			if bytes.Contains(b, []byte(s)) {
				w.Errorf("%s tells the password", where)
			}
		}
	}
	for _, s := range said {
		tells("a message", []byte(s))
	}
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		tells(path, b)
		return err
	})
	if err != nil {
		w.Error(err)
	}
}

// TestFaultMail is what mail servers do: what comes of the book then, and what of the
// next runs.
func TestFaultMail(t *testing.T) {
	on := func(command, answer string) smtptest.Options {
		return smtptest.Options{Reply: func(c string) string {
			if c == command {
				return answer
			}
			return ""
		}}
	}
	for _, c := range []struct {
		name    string
		server  smtptest.Options
		keys    string // more keys of the target
		say     string // by the first run
		arrived int    // messages after it
		later   int    // messages after the runs of the next hours, when the server is well
		forbid  string // a command that is not said
	}{
		{name: "well", arrived: 1, later: 1},
		{name: "450", server: on("RCPT", "450 4.2.0 greylisted"), say: "greylisted", later: 1},
		{name: "550", server: on("RCPT", "550 5.1.1 unknown"), say: "unknown"},
		{name: "535", server: on("AUTH", "535 5.7.8 no"), say: "535"},
		{name: "password repeated", server: on("AUTH", "454 4.7.0 later: "+canary), say: "454", later: 1},
		{name: "STARTTLS taken away", server: smtptest.Options{NoSTARTTLS: true}, say: "STARTTLS", forbid: "AUTH"},
		{name: "too large", server: smtptest.Options{MaxSize: 1000}, say: "max_size", forbid: "DATA"},
		{name: "552", server: on(".", "552 5.3.4 too big"), say: "max_size"},
		{name: "lost before the end", server: on("DATA", smtptest.Drop), say: "not delivered", later: 1},
		{name: "lost after the end", server: on(".", smtptest.Drop), say: "nobody knows", arrived: 1, later: 1},
		{name: "a field of two lines", keys: `, subject: "a\r\nBcc: all@example.org"`, say: "line", forbid: "MAIL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.server.User, c.server.Password = "me@example.org", canary
			var well atomic.Bool
			reply := c.server.Reply
			c.server.Reply = func(command string) string {
				if reply == nil || well.Load() {
					return ""
				}
				return reply(command)
			}
			s := smtptest.Start(t, c.server)
			w := digestOf(t, fmt.Sprintf("{type: mail, to: you@example.org, smtp: 'smtp://me@example.org@%s', password_env: MAIL_PASSWORD%s}", s.Addr, c.keys))
			w.env = append(w.env, "SSL_CERT_FILE="+w.write("ca.pem", string(s.PEM)))
			code, said := w.at(8, "weekly")
			want := 5
			if c.say == "" {
				want = 0
			} else if c.keys != "" {
				want = 2 // the configuration is at fault
			}
			if code != want || !strings.Contains(said, c.say) {
				t.Errorf("exit code %d, want %d: %s", code, want, said)
			}
			if n := len(s.Messages()); n != c.arrived {
				t.Errorf("%d messages arrived, want %d", n, c.arrived)
			}
			if _, err := os.Stat(w.path("weekly.epub")); (err == nil) != (want != 2) {
				t.Errorf("the book: %v", err)
			}
			well.Store(true)
			for hour := 10; hour < 40; hour += 10 {
				_, again := w.at(hour, "--due")
				said += again
			}
			if n := len(s.Messages()); n != c.later {
				t.Errorf("%d messages in the end, want %d: %s", n, c.later, said)
			}
			for _, command := range s.Commands() {
				if verb, _, _ := strings.Cut(command, " "); verb == c.forbid {
					t.Errorf("it said %s", verb)
				}
			}
			w.silent(said)
		})
	}
}

// TestFaultMailSplit: what does not go in one message goes in several.
func TestFaultMailSplit(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{TLS: true})
	w := digestOf(t, fmt.Sprintf("{type: mail, to: you@example.org, smtp: 'smtps://%s', from: me@example.org, max_files: 1}", s.Addr), "weekly.epub", "weekly.pdf")
	w.env = append(w.env, "SSL_CERT_FILE="+w.write("ca.pem", string(s.PEM)))
	if code, said := w.at(8, "weekly"); code != 0 {
		t.Fatalf("exit code %d: %s", code, said)
	}
	var names []string
	for _, m := range s.Messages() {
		for _, name := range []string{"weekly.epub", "weekly.pdf"} {
			if bytes.Contains(m.Data, []byte("filename=\""+name+"\"")) {
				names = append(names, name)
			}
		}
	}
	if !slices.Equal(names, []string{"weekly.epub", "weekly.pdf"}) {
		t.Errorf("messages with %v", names)
	}
	ids := map[string]bool{}
	for _, m := range s.Messages() {
		_, id, _ := bytes.Cut(m.Data, []byte("Message-ID: "))
		id, _, _ = bytes.Cut(id, []byte("\r\n"))
		ids[string(id)] = true
	}
	if len(ids) != 2 {
		t.Errorf("identifiers %v", ids)
	}
}

// TestFaultMailKilled: a program that is killed while it sends does not send again.
func TestFaultMailKilled(t *testing.T) {
	ctx, taken := context.WithCancel(context.Background())
	release := make(chan struct{})
	s := smtptest.Start(t, smtptest.Options{TLS: true, Reply: func(command string) string {
		if command == "." {
			taken()
			<-release // the answer never comes
		}
		return ""
	}})
	w := digestOf(t, fmt.Sprintf("{type: mail, to: you@example.org, smtp: 'smtps://%s', from: me@example.org}", s.Addr))
	w.env = append(w.env, "SSL_CERT_FILE="+w.write("ca.pem", string(s.PEM)))
	cmd := w.command("run", "weekly", "--now", "2027-03-14T08:00:00Z")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ctx.Done():
	case <-time.After(time.Minute):
		t.Error("nothing was sent")
	}
	cmd.Process.Kill()
	cmd.Wait()
	close(release)
	for hour := 10; hour < 40; hour += 10 {
		w.at(hour, "weekly")
		w.at(hour, "--due")
	}
	var mails int
	for _, command := range s.Commands() {
		if strings.HasPrefix(command, "DATA") {
			mails++
		}
	}
	if mails != 1 {
		t.Errorf("it was sent %d times", mails)
	}
}

// TestFaultDelivery is what befalls folders and WebDAV servers: both are right in the end.
func TestFaultDelivery(t *testing.T) {
	dir := t.TempDir()
	var well atomic.Bool
	handler := &dav.Handler{Prefix: "/dav", FileSystem: dav.Dir(dir), LockSystem: dav.NewMemLS()}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !well.Load() {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		handler.ServeHTTP(rw, r)
	}))
	defer server.Close()
	w := digestOf(t, fmt.Sprintf("{type: folder, path: card/books, opds: true}, {type: webdav, url: '%s/dav/books/', allow_http: true, keep: 1}", server.URL))
	code, said := w.at(8, "weekly")
	if code != 5 || !strings.Contains(said, "card/books") || !strings.Contains(said, "503") {
		t.Errorf("exit code %d: %s", code, said)
	}
	if _, err := os.Stat(w.path("card")); err == nil {
		t.Error("the place of the card is made")
	}
	if err := os.Mkdir(w.path("card"), 0o755); err != nil {
		t.Fatal(err)
	}
	well.Store(true)
	for hour := 10; hour < 40; hour += 10 {
		if code, said := w.at(hour, "--due"); code != 0 && hour > 20 {
			t.Errorf("exit code %d: %s", code, said)
		}
	}
	book := w.read("weekly.epub")
	if w.read("card/books/weekly.epub") != book {
		t.Error("the book in the folder differs")
	}
	if b, err := os.ReadFile(filepath.Join(dir, "books", "weekly.epub")); err != nil || string(b) != book {
		t.Errorf("the book on the server differs: %v", err)
	}
}
