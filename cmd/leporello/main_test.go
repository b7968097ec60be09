package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/leporello-press/leporello/media/fetch"
	"github.com/leporello-press/leporello/press"
)

// asCommand is the variable that makes the test program be the command.
const asCommand = "BE_LEPORELLO"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		setFaults()
		os.Exit(Main())
	}
	testscript.Main(m, map[string]func(){"leporello": func() { setFaults(); os.Exit(Main()) }})
}

// setFaults breaks the command as the variables of tests say: FAULT_AT is the point
// at which it dies, or with a star behind it how that begins, FAULT_DNS the address of its name server, FAULT_HURRY makes it
// as impatient as tests are, FAULT_PAUSE makes all pauses between requests so long, and FAULT_RESCUE is how long a task may
// take before another process takes it.
func setFaults() {
	if point := os.Getenv("FAULT_AT"); point != "" {
		faults.at = func(p string) {
			if begin, ok := strings.CutSuffix(point, "*"); p == point || ok && strings.HasPrefix(p, begin) {
				self, _ := os.FindProcess(os.Getpid())
				self.Kill()
				select {}
			}
		}
	}
	if server := os.Getenv("FAULT_DNS"); server != "" {
		faults.resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "udp", server)
		}}
	}
	if pause, err := time.ParseDuration(os.Getenv("FAULT_PAUSE")); err == nil {
		faults.clock.Sleep = func(ctx context.Context, _ time.Duration) error {
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
			return context.Cause(ctx)
		}
	}
	if patience, err := time.ParseDuration(os.Getenv("FAULT_RESCUE")); err == nil {
		faults.taskTime = patience
	}
	if os.Getenv("FAULT_HURRY") != "" {
		faults.patience = time.Second
		faults.timeouts = fetch.Timeouts{Header: time.Second, Idle: time.Second, Window: 1500 * time.Millisecond}
	}
}

// TestScript runs what a person types: testdata/script. $PICTURES is the
// address of a server of pictures, see newPictures.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			p := newPictures()
			e.Defer(p.Close)
			e.Values["pictures"] = p
			e.Setenv("PICTURES", p.URL)
			e.Setenv("HOME", e.WorkDir+"/home")
			e.Setenv("XDG_CACHE_HOME", e.WorkDir+"/home/cache")
			e.Setenv("LocalAppData", e.WorkDir+"/home/cache")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"articles": articles,
			"epub":     inEPUB,
			"asked":    asked,
			"damage":   damage,
			"exitcode": exitcode,
			"serve":    serve,
		},
	})
}

// pictures is a server of pictures on the loopback. It refuses requests with a
// Referer. A path with a number of three digits is answered with that status;
// "wait" is not answered before the client goes away.
type pictures struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int
	files map[string][]byte // by path: pages and feeds, see serve
}

func newPictures() *pictures {
	p := &pictures{asked: map[string]int{}, files: map[string][]byte{}}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	return p
}

var status = regexp.MustCompile(`[45]\d\d`)

func (p *pictures) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked[r.URL.Path]++
	file, ok := p.files[r.URL.Path]
	p.mu.Unlock()
	if ok {
		w.Write(file) // its type is sniffed
		return
	}
	if r.Header.Get("Referer") != "" {
		http.Error(w, "hotlink", http.StatusForbidden)
		return
	}
	if s := status.FindString(r.URL.Path); s != "" {
		code, _ := strconv.Atoi(s)
		http.Error(w, s, code)
		return
	}
	if strings.Contains(r.URL.Path, "wait") {
		select {
		case <-r.Context().Done():
		case <-time.After(time.Minute):
		}
		return
	}
	// Every path has a picture of its own.
	h := 0
	for _, c := range r.URL.Path {
		h = h*31 + int(c)
	}
	img := image.NewRGBA(image.Rect(0, 0, 60, 40))
	for y := range 40 {
		for x := range 60 {
			img.Set(x, y, color.RGBA{uint8(x * 4), uint8(y * 6), uint8(h), 255})
		}
	}
	w.Header().Set("Content-Type", "image/png")
	png.Encode(w, img)
}

// articles writes files with $PICTURES filled in: articles FILE...
func articles(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: articles FILE...")
	}
	for _, name := range args {
		text := strings.ReplaceAll(ts.ReadFile(name), "$PICTURES", ts.Getenv("PICTURES"))
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o644))
	}
}

// serve puts a file on the server, with $PICTURES filled in: serve PATH FILE.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: serve PATH FILE")
	}
	p := ts.Value("pictures").(*pictures)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files[args[0]] = []byte(strings.ReplaceAll(ts.ReadFile(args[1]), "$PICTURES", ts.Getenv("PICTURES")))
}

// inEPUB checks how many files of an EPUB have a name that matches and a
// content that matches: [!] epub FILE NAME [CONTENT [COUNT]].
func inEPUB(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 4 {
		ts.Fatalf("usage: [!] epub FILE NAME [CONTENT [COUNT]]")
	}
	content := regexp.MustCompile("")
	if len(args) > 2 {
		content = regexp.MustCompile(args[2])
	}
	name := regexp.MustCompile(args[1])
	z, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer z.Close()
	n := 0
	for _, f := range z.File {
		if !name.MatchString(f.Name) {
			continue
		}
		r, err := f.Open()
		ts.Check(err)
		b, err := io.ReadAll(r)
		ts.Check(err)
		if content.Match(b) {
			n++
		}
	}
	switch {
	case len(args) == 4 && fmt.Sprint(n) != args[3]:
		ts.Fatalf("%d files match, want %s", n, args[3])
	case len(args) < 4 && (n > 0) == neg:
		ts.Fatalf("%d files match", n)
	}
}

// damage flips a bit of the first file below a folder: damage FOLDER.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: damage FOLDER")
	}
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		ts.Check(err)
		b[len(b)/2] ^= 1
		ts.Check(os.WriteFile(name, b, 0o644))
		return fs.SkipAll
	}))
}

// exitcode runs a command and checks how it ends: exitcode CODE COMMAND...
func exitcode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode CODE COMMAND...")
	}
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// asked checks how often a path of the server was asked for: asked PATH COUNT.
// With "+" for COUNT it waits until it was.
func asked(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: asked PATH COUNT")
	}
	p := ts.Value("pictures").(*pictures)
	count := func() int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.asked[path.Clean(args[0])]
	}
	if args[1] != "+" {
		if n := count(); fmt.Sprint(n) != args[1] {
			ts.Fatalf("%s was asked for %d times, want %s", args[0], n, args[1])
		}
		return
	}
	for range 1000 {
		if count() > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("nobody asked for %s", args[0])
}

func TestMoment(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	now := time.Date(2021, 8, 5, 13, 46, 0, 0, zone)
	for _, c := range []struct {
		s    string
		end  bool
		want string // empty: an error
	}{
		{"2021-08-01", false, "2021-08-01T00:00:00+08:00"},
		{"2021-08-01", true, "2021-08-02T00:00:00+08:00"},
		{"2021-12-31", true, "2022-01-01T00:00:00+08:00"},
		{"today", false, "2021-08-05T00:00:00+08:00"},
		{"yesterday", true, "2021-08-05T00:00:00+08:00"},
		{"2021-08-01T12:30:00Z", false, "2021-08-01T12:30:00Z"},
		{"2021-08-01 12:30", true, "2021-08-01T12:30:00+08:00"},
		{"7d", false, "2021-07-29T13:46:00+08:00"},
		{"2w", false, "2021-07-22T13:46:00+08:00"},
		{"12h", false, "2021-08-05T01:46:00+08:00"},
		{"1y", false, "2020-08-05T13:46:00+08:00"},
		{"0d", false, "2021-08-05T13:46:00+08:00"},
		{"7", false, ""},
		{"d", false, ""},
		{"-7d", false, ""},
		{"+7d", false, ""},
		{"7 days", false, ""},
		{"2021-13-01", false, ""},
		{"", false, ""},
		{"99999999d", false, ""},
	} {
		got, err := moment(c.s, now, c.end)
		if c.want == "" {
			if err == nil {
				t.Errorf("%q is read as %v", c.s, got)
			}
			continue
		}
		if err != nil || got.Format(time.RFC3339) != c.want {
			t.Errorf("%q: %s, %v; want %s", c.s, got.Format(time.RFC3339), err, c.want)
		}
	}
}

func TestPrintable(t *testing.T) {
	if got := printable("标题\x1b[2J\u202eevil\nnext"); got != "标题\uFFFD[2J\uFFFDevil\nnext" {
		t.Errorf("got %q", got)
	}
}

func TestPlain(t *testing.T) {
	err := fmt.Errorf("press: a.html: %w", fmt.Errorf("source: b: fetch: c"))
	if got := plain(err); got != "a.html: b: c" {
		t.Errorf("got %q", got)
	}
}

// TestBar shows the line a person sees: one line, short enough for any terminal.
func TestBar(t *testing.T) {
	var b bytes.Buffer
	now := time.Date(2021, 8, 5, 0, 0, 0, 0, time.UTC)
	p := &bar{w: &b, now: func() time.Time { return now }}
	for i := 1; i <= 100; i++ {
		now = now.Add(time.Millisecond)
		p.update(pressProgress(i, 100))
	}
	p.clear()
	if n := strings.Count(b.String(), "\r"); n != 3 { // the first, the last, the clearing
		t.Errorf("drawn %d times in 0.1 s: %q", n, b.String())
	}
	for _, line := range strings.Split(b.String(), "\r") {
		if len(strings.TrimSuffix(line, "\x1b[K")) > 79 {
			t.Errorf("too long: %q", line)
		}
	}
}

func pressProgress(done, total int) press.Progress {
	return press.Progress{Phase: press.Fetching, Done: done, Total: total, Failed: done / 2}
}
