package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/golden"
)

// pastWeeks is a folder with a configuration and a state, in which three weeks of a
// digest and one of another went well, badly and not at all.
func pastWeeks(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	config := `
state_dir: state
sources:
  posts: posts
digests:
  weekly: {title: 科技周刊, schedule: Sun 07:00, timezone: Asia/Shanghai, outputs: [out/weekly.epub, out/weekly.pdf]}
  never: {outputs: never.epub}
`
	if err := os.WriteFile(filepath.Join(dir, configName), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	now := time.Date(2026, 11, 8, 0, 0, 0, 0, time.UTC)
	s, err := state.Open(ctx, state.Options{Path: filepath.Join(dir, "state", stateName), Clock: func() time.Time {
		now = now.Add(time.Minute)
		return now
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	begin := func(digest, slot string, at time.Time, end state.RunState) *state.Run {
		r := &state.Run{Digest: digest, Slot: slot, At: at, From: at.AddDate(0, 0, -7), To: at, Attempt: 1, Tool: "leporello 0.1.0", State: end}
		_, err := s.BeginRun(ctx, r)
		do(err)
		return r
	}
	sunday := func(n int) time.Time { return time.Date(2026, 11, 1+7*n, 7, 0, 0, 0, time.FixedZone("", 8*60*60)) }

	r := begin("weekly", "2026-11-08T07:00", sunday(1), state.RunPlanned)
	r.Number, r.Title = 1, "科技周刊 第 1 期"
	do(s.FreezeItems(ctx, r, []state.Item{{Chosen: true, Article: 1}, {Index: 1, Article: 2, Reason: state.TooShort}, {Index: 2, Article: 3, Reason: state.TooShort}}))
	do(s.Commit(ctx, r, []state.Output{
		{N: 0, Path: "out/weekly-1.epub", Format: "epub3", Blob: strings.Repeat("a", 64), Bytes: 11_200_000, Articles: 1, Volume: 1, Volumes: 1},
		{N: 1, Path: "out/weekly-1.pdf", Format: "pdf", Blob: strings.Repeat("b", 64), Bytes: 400_000, Pages: 12, Articles: 1, Volume: 1, Volumes: 1},
	}, []string{"g:1"}))
	do(s.SaveDelivery(ctx, &state.Delivery{Run: r.ID, Target: "kindle", State: state.DeliverySent, Attempts: 1, MessageID: "<1@a.example>"}))
	do(s.SaveDelivery(ctx, &state.Delivery{Run: r.ID, Target: "架子", State: state.DeliveryFailed, Attempts: 3, Detail: "PUT https://u:secret@a.example/x: 503", NextAt: sunday(2)}))
	r.State, r.Finished = state.RunDone, now
	do(s.SaveRun(ctx, r))

	begin("weekly", "2026-11-15T07:00", sunday(2), state.RunMissed)

	r = begin("gone", "manual 2026-11-15T09:44:05Z", sunday(2).Add(164*time.Minute), state.RunPlanned)
	r.Number, r.State, r.Error, r.Finished = 1, state.RunFailed, "no article could be read\x1b[2J", now
	do(s.SaveRun(ctx, r))

	begin("weekly", "2026-11-22T07:00", sunday(3), state.RunPictures)
	do(s.SetHarvested(ctx, "posts", sunday(3), 0, 0, "https://a.example/feed: 500"))
	return dir
}

// said runs the command in a folder, and returns what it printed and its exit code.
func said(t *testing.T, dir string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, messages bytes.Buffer
	t.Chdir(dir)
	for _, home := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
		t.Setenv(home, filepath.Join(dir, "home"))
	}
	e := &env{args: args, getenv: func(string) string { return "" }, now: func() time.Time { return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) }, stdin: strings.NewReader(""), stdout: &out, stderr: &messages}
	code = e.main(t.Context())
	return out.String(), messages.String(), code
}

func TestHistory(t *testing.T) {
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := pastWeeks(t)
	for name, args := range map[string][]string{
		"all.txt":     {"history"},
		"all.json":    {"history", "--json"},
		"weekly.txt":  {"history", "weekly", "weekly", "--limit", "2"},
		"gone.txt":    {"history", "gone"},
		"never.json":  {"history", "never", "--json"},
		"unknown.txt": {"history", "weekley"},
		"limit.txt":   {"history", "--limit", "-1"},
	} {
		t.Run(name, func(t *testing.T) {
			out, messages, code := said(t, dir, args...)
			if want := map[string]int{"unknown.txt": exitUsage, "limit.txt": exitUsage}[name]; code != want {
				t.Errorf("exit code %d: %s", code, messages)
			}
			if strings.Contains(out+messages, "secret") || strings.Contains(out+messages, "\x1b") {
				t.Error("it says what it should not")
			}
			golden.Equal(t, filepath.Join(home, "testdata/history", name), out+messages)
		})
	}
}

func TestHistoryOfNothing(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, configName), []byte("state_dir: s\nsources: {posts: posts}\ndigests: {weekly: {outputs: w.epub}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, messages, code := said(t, dir, "history")
	if out != "" || code != exitOK || !strings.Contains(messages, "nothing has run yet") {
		t.Errorf("exit code %d: %s%s", code, out, messages)
	}
	if _, err := os.Stat(filepath.Join(dir, "s")); err == nil {
		t.Error("a state was made by looking for one")
	}
	if err := os.MkdirAll(filepath.Join(dir, "s"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "s", stateName), bytes.Repeat([]byte("no state "), 1000), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, messages, code := said(t, dir, "history"); code != exitNoBook || !strings.Contains(messages, "damaged") || !strings.Contains(messages, "--rebuild-state") {
		t.Errorf("exit code %d: %s", code, messages)
	}
}

// A state of which nothing can be made sense stops every command, says why, and stays
// as it was.
func TestStatesRefused(t *testing.T) {
	for _, c := range []struct {
		name, want, hint string
		damage           func([]byte) []byte
	}{
		// The version of the tables stands at byte 60 (https://www.sqlite.org/fileformat.html).
		{"newer", "made by a newer version of leporello: its tables are of version 99", "must not go on", func(b []byte) []byte { b[63] = 99; return b }},
		{"older", "made by an older version", "any run brings it up to date", func(b []byte) []byte { b[63] = 0; return b }},
		{"another program's", "the database of another program", "--state-dir", func(b []byte) []byte { copy(b[68:], "GRDB"); return b }},
		{"cut off", "damaged", "--rebuild-state", func(b []byte) []byte { return b[:len(b)/2] }},
		{"of zeros", "damaged", "--rebuild-state", func(b []byte) []byte { clear(b); return b }},
		{"a text", "damaged", "--rebuild-state", func([]byte) []byte { return []byte(strings.Repeat("text ", 1000)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := pastWeeks(t)
			path := filepath.Join(dir, "state", stateName)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b = c.damage(b)
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
			commands := [][]string{{"history"}, {"ls", "--digest", "weekly"}, {"state", "verify"}, {"run", "--due"}, {"harvest"}}
			if c.name == "older" {
				commands = commands[:3] // the others bring it up to date
			}
			for _, args := range commands {
				out, messages, code := said(t, dir, args...)
				if code != exitNoBook || out != "" || !strings.Contains(messages, c.want) || !strings.Contains(messages, c.hint) {
					t.Errorf("%s: exit code %d: %s%s", args, code, out, messages)
				}
				if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, b) {
					t.Fatalf("%s: the file was changed: %v", args, err)
				}
			}
		})
	}
}

func TestColumns(t *testing.T) {
	got := strings.Join(columns([][]string{{"A", "EMPTY", "中文"}, {"一二", "", "x"}, {"abcde\u0301", "", ""}, {"", "", "y\ny"}}), "\n")
	want := "A      中文\n一二   x\nabcde\u0301\n       y y"
	if got != want {
		t.Errorf("\n%s\nis not\n%s", got, want)
	}
}
