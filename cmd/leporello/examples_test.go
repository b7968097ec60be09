//go:build linux

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/internal/golden"
	"github.com/leporello-press/leporello/internal/pgtest"
	"github.com/leporello-press/leporello/internal/smtptest"
)

const examples = "../../testdata/examples"

// example is what a folder of testdata/examples makes at noon of Saturday, 5 December 2026.
type example struct {
	books []string // in the folder of the configuration
	mails int
	more  []string // other files
}

var exampleResults = map[string]example{
	"weekly":       {books: []string{"books/weekly-2026-W48.epub"}, more: []string{"shelf/opds.xml"}},
	"kindle-news":  {books: []string{"news/news-2026-12-05.epub"}, mails: 1},
	"team-mail":    {books: []string{"issues/team-2026-W49.epub", "issues/team-2026-W49.pdf"}, mails: 1},
	"vertical-ja":  {books: []string{"本/maitsuki-2026-11.epub", "本/maitsuki-2026-11.pdf"}},
	"print-pdf":    {books: []string{"print/paper-2026-W49.pdf"}, more: []string{"printed"}},
	"systemd":      {books: []string{"books/weekly-2026-W48.epub", "books/evening-2026-12-04.epub"}},
	"kubernetes":   {books: []string{"data/books/weekly-2026-W48.epub"}, mails: 1},
	"two-machines": {books: []string{"srv/books/weekly-2026-W48.epub", "srv/books/weekly-2026-W48.pdf"}, more: []string{"srv/shelf/opds.xml"}},
}

// Every example is valid as it stands, and makes its books with addresses of the loopback
// in place of those that nobody has.
func TestExamples(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob(examples + "/*/leporello.yaml")
	if err != nil || len(folders) != len(exampleResults) {
		t.Fatalf("%d examples, want %d, %v", len(folders), len(exampleResults), err)
	}
	now := time.Date(2026, 12, 5, 12, 0, 0, 0, time.UTC)
	news := newEditors(t, now.AddDate(0, 0, -35), 6)
	news.shows = 100
	news.setTime(now)
	for name, want := range exampleResults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkbench(t)
			if err := os.CopyFS(w.dir, os.DirFS(filepath.Join(examples, name))); err != nil {
				t.Fatal(err)
			}
			if code, stderr := w.run("config", "validate"); code != exitOK || stderr != "" {
				t.Errorf("as it stands: exit code %d\n%s", code, stderr)
			}
			database := ""
			if name == "two-machines" {
				database = pgtest.Schema(t)
			}
			direct := smtptest.Start(t, smtptest.Options{TLS: true, User: "me", Password: "open sesame"})
			started := smtptest.Start(t, smtptest.Options{User: "digest", Password: "open sesame"})
			w.write("leporello.yaml", strings.NewReplacer(
				"https://news.example.org/feed.xml", news.URL+"/rss.xml",
				"https://blog.example.com/atom.xml", news.URL+"/atom.xml",
				"https://letters.example.net/feed.json", news.URL+"/feed.json",
				"smtp.example.org:465", direct.Addr,
				"mail.example.com:587", started.Addr,
				"/data/", w.path("data")+"/",
				"/srv/leporello/", w.path("srv")+"/",
				"postgres://leporello@db.example.org/leporello?sslmode=verify-full", database,
			).Replace(w.read("leporello.yaml")))
			w.write("ca.pem", string(direct.PEM)+string(started.PEM))
			w.write("smtp-password", "open sesame\n")
			if err := os.WriteFile(w.path("lp"), []byte("#!/bin/sh\nfor last; do :; done\ncp \"$last\" "+w.path("printed")+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			w.env = append(w.env, "SSL_CERT_FILE="+w.path("ca.pem"), "SMTP_PASSWORD=open sesame", "FAULT_PAUSE=10ms", "LEPORELLO_ALLOW_NETWORK=127.0.0.0/8",
				"PATH="+w.dir+":"+os.Getenv("PATH"))
			if code, stderr := w.run("run", "--due", "--now", now.Format(time.RFC3339)); code != exitOK {
				t.Fatalf("exit code %d\n%s", code, stderr)
			}
			for _, book := range want.books {
				if filepath.Ext(book) == ".epub" {
					validEPUB(t, w.path(book))
				} else if !strings.HasPrefix(w.read(book), "%PDF-") {
					t.Errorf("%s is no PDF", book)
				}
			}
			for _, file := range want.more {
				if _, err := os.Stat(w.path(file)); err != nil {
					t.Error(err)
				}
			}
			mails := slices.Concat(direct.Messages(), started.Messages())
			if len(mails) != want.mails {
				t.Errorf("%d mails", len(mails))
			}
			for _, m := range mails {
				if _, files := attachments(t, m.Data); len(files) != len(want.books) {
					t.Errorf("a mail with %d files", len(files))
				}
			}
		})
	}
}

// The files for other programs are those that schedule print makes.
func TestExampleStarters(t *testing.T) {
	for by, to := range map[string]string{"systemd": "systemd/units", "kubernetes": "kubernetes"} {
		w := newWorkbench(t)
		config := abs(t, filepath.Join(examples, by, "leporello.yaml"))
		if code, stderr := w.run("schedule", "print", "--for", by, "-c", config, "--program", "/usr/local/bin/leporello", "--image", "registry.example.org/leporello:1", "--output-dir", w.path("made")); code != exitOK {
			t.Fatalf("exit code %d\n%s", code, stderr)
		}
		files, err := os.ReadDir(w.path("made"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text := strings.NewReplacer(config, "/home/me/.config/leporello/leporello.yaml").Replace(w.read("made/" + f.Name()))
			golden.Equal(t, filepath.Join(examples, to, f.Name()), text)
		}
	}
}

func abs(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
