package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"image"
	"image/color"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/media"
)

var loopback = netip.MustParsePrefix("127.0.0.0/8")

// clock is a Clock that never waits: it notes the waits and moves on.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func (c *clock) Clock() Clock {
	return Clock{
		Now: func() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now },
		Sleep: func(ctx context.Context, d time.Duration) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.waits = append(c.waits, d)
			c.now = c.now.Add(d)
			return ctx.Err()
		},
		Jitter: func(d time.Duration) time.Duration { return d },
	}
}

func (c *clock) advance(d time.Duration) { c.mu.Lock(); c.now = c.now.Add(d); c.mu.Unlock() }

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

// open is a Fetcher to which loopback is open. Its store is at root, or in a
// folder of its own where root is empty.
func open(t testing.TB, root string, o Options) *Fetcher {
	t.Helper()
	if root == "" {
		root = t.TempDir()
	}
	store, err := media.New(root, media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o.Store = store
	if o.Allow == nil {
		o.Allow = []netip.Prefix{loopback}
	}
	if o.Clock.Now == nil {
		o.Clock = newClock().Clock()
	}
	f, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// serve is a server whose handler counts its requests.
func serve(t testing.TB, h http.HandlerFunc) (address string, count *atomic.Int64) {
	t.Helper()
	count = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		h(w, r)
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL, count
}

// pic is a PNG; different seeds give different bytes.
func pic(seed int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 20, 10))
	for i := range m.Pix {
		m.Pix[i] = uint8(i*seed + seed)
	}
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 255
	}
	m.Set(0, 0, color.RGBA{uint8(seed), uint8(seed >> 8), 0, 255})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func send(w http.ResponseWriter, b []byte) {
	w.Header().Set("Content-Type", "image/png")
	w.Write(b)
}

func get(f *Fetcher, src string) (media.Asset, []article.Attempt, error) {
	return f.Picture(context.Background(), Ref{Src: src})
}

func wantReason(t testing.TB, err error, want Reason) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("error %v, want reason %s", err, want)
		return &Error{}
	}
	if e.Reason != want {
		t.Errorf("reason %s (%v, %v), want %s", e.Reason, e, e.Err, want)
	}
	return e
}

// Every code that reports have is explained to those who read them.
func TestCodesAreExplained(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Reason" {
			n++
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil || !strings.Contains(string(readme), "\n| `"+code+"` |") {
				t.Errorf("README.md lacks %s", code)
			}
		}
		return true
	})
	if n < 20 {
		t.Errorf("%d codes were found", n)
	}
}

func TestPicture(t *testing.T) {
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("User-Agent") != UserAgent || r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" {
			t.Errorf("headers: %v", r.Header)
		}
		send(w, pic(1))
	})
	f := open(t, "", Options{})
	a, attempts, err := get(f, address+"/640?wx_fmt=jpeg#top")
	if err != nil {
		t.Fatal(err)
	}
	if a.Type != media.PNG || a.Width != 20 || a.Height != 10 || a.Bytes != int64(len(pic(1))) {
		t.Errorf("%+v", a)
	}
	if want := []article.Attempt{{Referer: "none", Status: 200, Bytes: int64(len(pic(1)))}}; fmt.Sprint(attempts) != fmt.Sprint(want) {
		t.Errorf("attempts %v", attempts)
	}
	if again, _, err := get(f, address+"/640?wx_fmt=jpeg"); err != nil || again != a || count.Load() != 1 {
		t.Errorf("again: %+v, %v, %d requests", again, err, count.Load())
	}
}

func TestStatus(t *testing.T) {
	tests := []struct {
		status   int
		attempts int
	}{{404, 1}, {410, 1}, {400, 1}, {451, 1}, {501, 1}, {500, 3}, {502, 3}, {503, 3}, {504, 3}, {408, 3}, {425, 3}, {429, 3}, {204, 1}}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.status), func(t *testing.T) {
			address, count := serve(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(tt.status) })
			c := newClock()
			f := open(t, "", Options{Clock: c.Clock()})
			_, attempts, err := get(f, address+"/a.jpg")
			e := wantReason(t, err, Reason(fmt.Sprintf("http_%d", tt.status)))
			host := strings.TrimPrefix(address, "http://")
			if want := fmt.Sprintf("%s: HTTP %d", host, tt.status); e.Error() != want || e.Status != tt.status {
				t.Errorf("says %q, want %q", e, want)
			}
			if len(attempts) != tt.attempts || count.Load() != int64(tt.attempts) {
				t.Errorf("%d attempts, %d requests, want %d", len(attempts), count.Load(), tt.attempts)
			}
			if tt.attempts == 3 && fmt.Sprint(c.waits) != "[500ms 1s]" {
				t.Errorf("waits %v", c.waits)
			}
			// Within a run a failure is final.
			if _, _, err := get(f, address+"/a.jpg"); err == nil || count.Load() != int64(tt.attempts) {
				t.Errorf("again: %v, %d requests", err, count.Load())
			}
		})
	}
}

func TestFlaky(t *testing.T) {
	var n atomic.Int64
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch n.Add(1) {
		case 1:
			w.WriteHeader(503)
		case 2:
			w.Header().Set("Content-Length", "5000")
			w.Write(pic(1)[:40])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		default:
			send(w, pic(1))
		}
	})
	f := open(t, "", Options{})
	_, attempts, err := get(f, address+"/a.png")
	if err != nil || len(attempts) != 3 {
		t.Errorf("%v, attempts %+v", err, attempts)
	}
	if left, _ := os.ReadDir(filepath.Join(f.opts.Store.Root(), "tmp")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRetryAfter(t *testing.T) {
	now := newClock().now
	for _, tt := range []struct {
		value string
		waits string
	}{
		{"7", "[7s 7s]"},
		{"0", "[500ms 1s]"},
		{"-5", "[500ms 1s]"},
		{now.Add(20 * time.Second).Format(http.TimeFormat), "[20s 1s]"},
		{"999999999999999999", "[]"},
		{"61", "[]"},
		{"soon", "[500ms 1s]"},
	} {
		address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", tt.value)
			w.WriteHeader(429)
		})
		c := newClock()
		f := open(t, "", Options{Clock: c.Clock()})
		_, _, err := get(f, address+"/a.jpg")
		wantReason(t, err, "http_429")
		if got := fmt.Sprint(c.waits); got != tt.waits {
			t.Errorf("Retry-After %s: waits %s, want %s", tt.value, got, tt.waits)
		}
	}
}

func TestRetryBudget(t *testing.T) {
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })
	f := open(t, "", Options{Limits: Limits{Retries: 5}})
	for i := range 40 {
		get(f, fmt.Sprintf("%s/%d.jpg", address, i))
	}
	// 40 first attempts, 5 repeats, and one for every ten requests.
	if n := count.Load(); n < 45 || n > 51 {
		t.Errorf("%d requests", n)
	}
}

func TestNotAnImage(t *testing.T) {
	for name, body := range map[string]string{
		"page": "<!doctype html><html><body>403</body></html>", "empty": "", "json": `{"code":403}`,
	} {
		address, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "image/jpeg") // which nobody believes
			io.WriteString(w, body)
		})
		f := open(t, "", Options{})
		_, _, err := get(f, address+"/a.jpg")
		wantReason(t, err, NotAnImage)
		if count.Load() != 2 { // once more in the name of a browser
			t.Errorf("%s: %d requests", name, count.Load())
		}
	}
}

func TestUnusable(t *testing.T) {
	pixel := func(w, h int) string {
		var b bytes.Buffer
		png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)))
		return b.String()
	}
	for name, tt := range map[string]struct {
		body string
		want Reason
	}{
		"1×1":                    {pixel(1, 1), Tracker},
		"2×2":                    {pixel(2, 2), Tracker},
		"AVIF without a picture": {"\x00\x00\x00\x14ftypavif\x00\x00\x00\x00avif", DecodeFailed},
		"TIFF":                   {"II*\x00\x08\x00\x00\x00", UnsupportedType},
		"bomb":                   {string(bomb()), DecodeLimit},
		"half a header":          {string(pic(1)[:20]), DecodeFailed},
		"half a PNG":             {string(pic(1)[:len(pic(1))*3/4]), DecodeFailed},
		"a wrong sum":            {strings.Replace(string(pic(1)), "IEND", "IENX", 1), DecodeFailed},
	} {
		address, count := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, tt.body) })
		root := t.TempDir()
		for range 2 { // the second from the index, where it got so far
			f := open(t, root, Options{})
			_, _, err := get(f, address+"/a")
			if e := wantReason(t, err, tt.want); e.Host == "" {
				t.Errorf("%s: no host in %v", name, e)
			}
		}
		if tt.want == Tracker && count.Load() != 1 {
			t.Errorf("%s: %d requests", name, count.Load())
		}
	}
	f := open(t, "", Options{})
	if _, _, err := get(f, "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"); err == nil {
		t.Error("a tracking pixel passed")
	} else {
		wantReason(t, err, Tracker)
	}
}

// bomb is the header of a PNG of 60,000 by 60,000 pixels.
func bomb() []byte {
	return append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\xea\x60\x00\x00\xea\x60\x08\x06\x00\x00\x00"), make([]byte, 30)...)
}

func TestLimits(t *testing.T) {
	limits := Limits{Picture: 64 << 10}
	t.Run("endless body", func(t *testing.T) {
		var sent atomic.Int64
		address, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Write(pic(1))
			for block := make([]byte, 8<<10); ; {
				n, err := w.Write(block)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		})
		f := open(t, "", Options{Limits: limits})
		_, _, err := get(f, address)
		wantReason(t, err, TooLarge)
		if count.Load() != 1 {
			t.Errorf("%d requests", count.Load())
		}
	})
	t.Run("announced", func(t *testing.T) {
		address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100000")
			w.Write(pic(1))
		})
		f := open(t, "", Options{Limits: limits})
		_, _, err := get(f, address)
		wantReason(t, err, TooLarge)
	})
	t.Run("gzip bomb", func(t *testing.T) {
		address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			z.Write(pic(1))
			for block := make([]byte, 1<<20); ; {
				if _, err := z.Write(block); err != nil {
					return
				}
			}
		})
		for _, l := range []Limits{limits, {}} { // by size, and by ratio
			f := open(t, "", Options{Limits: l})
			_, _, err := get(f, address)
			wantReason(t, err, TooLarge)
		}
	})
	t.Run("gzip", func(t *testing.T) {
		address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			z.Write(pic(1))
			z.Close()
		})
		f := open(t, "", Options{})
		if a, _, err := get(f, address); err != nil || a.Bytes != int64(len(pic(1))) {
			t.Errorf("%+v, %v", a, err)
		}
	})
	t.Run("another coding", func(t *testing.T) {
		address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			w.Write([]byte("whatever"))
		})
		f := open(t, "", Options{})
		_, _, err := get(f, address)
		wantReason(t, err, Failed)
	})
	t.Run("headers without end", func(t *testing.T) {
		address := raw(t, func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(c, "X-%d: %s\r\n", i, strings.Repeat("x", 1000)); err != nil {
					return
				}
			}
		})
		f := open(t, "", Options{})
		if _, _, err := get(f, address); err == nil {
			t.Error("passed")
		}
	})
}

// raw serves connections by hand.
func raw(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 4<<10)
				c.Read(buf) // the request
				serve(c)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestSlowPeers(t *testing.T) {
	fast := Timeouts{Header: 100 * time.Millisecond, Idle: 100 * time.Millisecond, Window: 200 * time.Millisecond, Picture: 5 * time.Second}
	head := "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + string(pic(1)[:30])
	tests := []struct {
		name  string
		t     Timeouts
		serve func(net.Conn)
	}{
		{"no answer", fast, func(c net.Conn) { io.Copy(io.Discard, c) }},
		{"half a header", fast, func(c net.Conn) { io.WriteString(c, head[:20]); io.Copy(io.Discard, c) }},
		{"stalled body", fast, func(c net.Conn) { io.WriteString(c, head); io.Copy(io.Discard, c) }},
		{"stalled refusal", fast, func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 503 no\r\nContent-Length: 100\r\n\r\nhalf")
			io.Copy(io.Discard, c)
		}},
		{"dripping body", fast, func(c net.Conn) {
			io.WriteString(c, head)
			for {
				if _, err := c.Write([]byte{0}); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}},
		{"over all", Timeouts{Picture: 200 * time.Millisecond}, func(c net.Conn) {
			io.WriteString(c, head)
			for {
				if _, err := c.Write(make([]byte, 100)); err != nil {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := open(t, "", Options{Timeouts: tt.t})
			begin := time.Now()
			_, attempts, err := get(f, raw(t, tt.serve))
			if tt.name == "stalled refusal" {
				wantReason(t, err, "http_503")
			} else {
				wantReason(t, err, Timeout)
			}
			if d := time.Since(begin); d > 30*time.Second {
				t.Errorf("took %v", d)
			}
			if len(attempts) != 3 {
				t.Errorf("attempts %+v", attempts)
			}
		})
	}
}

func TestSlowHostGetsNoMoreChances(t *testing.T) {
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/good" {
			send(w, pic(1))
			return
		}
		w.Header().Set("Content-Length", "5000")
		w.Write(pic(1)[:30])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	f := open(t, "", Options{Timeouts: Timeouts{Idle: 400 * time.Millisecond}})
	begin := time.Now()
	for i := range 6 {
		_, _, err := get(f, fmt.Sprintf("%s/%d", address, i))
		wantReason(t, err, Timeout)
	}
	// Three times 400 ms for the first picture, once 100 ms for the others.
	if d := time.Since(begin); count.Load() != 8 || d > 20*time.Second {
		t.Errorf("%d requests, %v", count.Load(), d)
	}
	if _, _, err := get(f, address+"/good"); err != nil {
		t.Error(err)
	}
}

// TestMuteHostIsGivenUp: a host that takes connections and never says a word
// holds a book of hundreds of pictures up for a bounded time.
func TestMuteHostIsGivenUp(t *testing.T) {
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	f := open(t, "", Options{Timeouts: Timeouts{Header: 20 * time.Millisecond}})
	for i := range 40 {
		_, _, err := get(f, fmt.Sprintf("%s/%d", address, i))
		wantReason(t, err, Timeout)
	}
	if n := count.Load(); n != muteAfter {
		t.Errorf("asked %d times, want %d", n, muteAfter)
	}
}

func TestTruncated(t *testing.T) {
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(pic(1))))
		w.Write(pic(1)[:len(pic(1))-5])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	f := open(t, "", Options{})
	_, _, err := get(f, address)
	wantReason(t, err, Interrupted)
	if count.Load() != 3 {
		t.Errorf("%d requests", count.Load())
	}
}

func TestCancel(t *testing.T) {
	begun := make(chan struct{}, 10)
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-r.Context().Done()
	})
	f := open(t, "", Options{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-begun; cancel() }()
	_, _, err := f.Picture(ctx, Ref{Src: address})
	wantReason(t, err, Canceled)
	// It is not held against the picture.
	ctx, cancel = context.WithCancel(context.Background())
	go func() { <-begun; cancel() }()
	_, _, err = f.Picture(ctx, Ref{Src: address})
	wantReason(t, err, Canceled)
}

// As many requests as are allowed are under way at once, and never more: none is
// answered before that many have come.
func TestManyAtOnce(t *testing.T) {
	for _, tt := range []struct{ global, perHost, want int64 }{{16, 3, 3}, {2, 8, 2}, {0, 0, 6}} {
		var now, most, first atomic.Int64
		var once sync.Once
		full := make(chan struct{})
		address, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
			n := now.Add(1)
			defer now.Add(-1)
			for {
				m := most.Load()
				if n <= m || most.CompareAndSwap(m, n) {
					break
				}
			}
			if r.URL.Path == "/0" {
				first.Add(1)
			}
			if n == tt.want {
				once.Do(func() { close(full) })
			}
			select {
			case <-full:
			case <-time.After(10 * time.Second):
			}
			time.Sleep(2 * time.Millisecond) // one too many would show now
			send(w, pic(len(r.URL.Path)))
		})
		f := open(t, "", Options{Global: int(tt.global), PerHost: int(tt.perHost)})
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				if _, _, err := get(f, fmt.Sprintf("%s/%d", address, i%20)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if most.Load() != tt.want || count.Load() != 20 || first.Load() != 1 {
			t.Errorf("%+v: %d at once, %d requests, %d for one address", tt, most.Load(), count.Load(), first.Load())
		}
	}
}

// BenchmarkPicture fetches 100 pictures of 100 KB in each round, the first time
// and once more with another Fetcher.
func BenchmarkPicture(b *testing.B) {
	body := append(pic(1), make([]byte, 100<<10)...)
	var n atomic.Int64
	address, _ := serve(b, func(w http.ResponseWriter, r *http.Request) {
		i := n.Add(1)
		w.Header().Set("Content-Length", fmt.Sprint(len(body)+8))
		w.Write(body)
		fmt.Fprintf(w, "%08d", i)
	})
	run := func(f *Fetcher, round int) {
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				if _, _, err := get(f, fmt.Sprintf("%s/%d/%d", address, round, i)); err != nil {
					b.Error(err)
				}
			})
		}
		wg.Wait()
	}
	b.Run("first run", func(b *testing.B) {
		f := open(b, "", Options{})
		for i := 0; b.Loop(); i++ {
			run(f, i)
		}
	})
	b.Run("second run", func(b *testing.B) {
		root := b.TempDir()
		run(open(b, root, Options{}), -1)
		for b.Loop() {
			run(open(b, root, Options{}), -1)
		}
	})
}

// Hosts of one domain share its slots where they are near each other.
func TestGroups(t *testing.T) {
	f := open(t, "", Options{})
	group := func(host string) group {
		return f.group(&url.URL{Scheme: "http", Host: host}, 6)
	}
	at := func(host, ip string) { f.guard.places.Store(host, neighbourhood(netip.MustParseAddr(ip))) }
	if group("a.example.com") != group("b.example.com:8080") || group("a.example.com") != group("example.com") {
		t.Error("hosts of one domain are apart before anything is known")
	}
	if group("a.example.co.uk") == group("a.other.co.uk") || group("10.0.0.1") == group("10.0.0.2") {
		t.Error("strangers are together")
	}
	first := group("a.example.com")
	at("a.example.com", "203.0.113.1")
	at("b.example.com", "::ffff:203.0.113.99")
	at("c.example.com", "203.0.114.1")
	at("d.example.com", "2001:db8:1:2::1")
	at("e.example.com", "2001:db8:1:3::1")
	if group("a.example.com") != first || group("b.example.com") != first || group("new.example.com") != first {
		t.Error("neighbours are apart")
	}
	if group("c.example.com") == first || group("d.example.com") == first || group("c.example.com") == group("d.example.com") {
		t.Error("hosts at different places are together")
	}
	if group("d.example.com") != group("e.example.com") {
		t.Error("neighbours are apart")
	}
}

// What is the same in a minute, too, need not be asked again then.
func TestLasting(t *testing.T) {
	for _, c := range []struct {
		e    Error
		want bool
	}{
		{Error{Reason: "http_404", Status: 404}, true},
		{Error{Reason: "http_403", Status: 403}, true},
		{Error{Reason: "http_429", Status: 429}, false},
		{Error{Reason: "http_503", Status: 503}, false},
		{Error{Reason: "http_501", Status: 501}, true},
		{Error{Reason: Blocked}, true},
		{Error{Reason: Offline}, true},
		{Error{Reason: NoDNS}, false},
		{Error{Reason: Timeout}, false},
		{Error{Reason: Unreachable}, false},
	} {
		if got := c.e.Lasting(); got != c.want {
			t.Errorf("%s: %v", c.e.Reason, got)
		}
	}
}
