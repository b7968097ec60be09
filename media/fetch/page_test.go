package fetch

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func TestGet(t *testing.T) {
	var accept string
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
		accept = r.Header.Get("Accept")
		switch r.URL.Path {
		case "/old":
			http.Redirect(w, r, "/new/", http.StatusMovedPermanently)
		case "/new/":
			w.Header().Set("Content-Type", "text/html; charset=gbk")
			w.Header().Set("Referrer-Policy", "no-referrer")
			w.Header().Set("ETag", `"1"`)
			if r.Header.Get("If-None-Match") == `"1"` {
				w.WriteHeader(304)
				return
			}
			if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				t.Errorf("headers: %v", r.Header)
			}
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, "<p>\xc4\xe3\xba\xc3")
			z.Close()
		case "/private":
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
		default:
			w.WriteHeader(404)
		}
	})
	root := t.TempDir()
	want := Response{URL: address + "/new/", Type: "text/html; charset=gbk", Referrer: "no-referrer", Body: []byte("<p>\xc4\xe3\xba\xc3")}
	check := func(o Options, requests int64, stale bool) {
		t.Helper()
		count.Store(0)
		got, _, err := open(t, root, o).Get(context.Background(), address+"/new/#top", Page)
		if err != nil {
			t.Fatal(err)
		}
		w := want
		if w.Stale = got.Stale; (w.Stale != nil) != stale {
			t.Errorf("stale: %v", w.Stale)
		}
		if fmt.Sprint(*got) != fmt.Sprint(w) {
			t.Errorf("%+v\nwant %+v", *got, w)
		}
		if count.Load() != requests {
			t.Errorf("%d requests, want %d", count.Load(), requests)
		}
	}
	check(Options{}, 1, false)
	check(Options{}, 1, false) // 304
	check(Options{Offline: true}, 0, false)
	f := open(t, root, Options{})
	if got, _, err := f.Get(context.Background(), address+"/old", Page); err != nil || got.URL != want.URL {
		t.Errorf("%+v, %v", got, err)
	}
	if !strings.HasPrefix(accept, "text/html") {
		t.Errorf("accepts %q", accept)
	}
	_, attempts, err := f.Get(context.Background(), address+"/nothing", Feed)
	wantReason(t, err, "http_404")
	if len(attempts) != 1 || !strings.Contains(accept, "rss") {
		t.Errorf("%v, accepts %q", attempts, accept)
	}
	_, _, err = f.Get(context.Background(), address+"/private", Page)
	wantReason(t, err, Blocked)
	_, _, err = f.Get(context.Background(), "file:///etc/passwd", Page)
	wantReason(t, err, BadScheme)
	_, _, err = open(t, root, Options{Offline: true}).Get(context.Background(), address+"/nothing", Page)
	wantReason(t, err, Offline)
}

func TestGetStale(t *testing.T) {
	fail := false
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if fail {
			w.WriteHeader(500)
			return
		}
		io.WriteString(w, "<p>one")
	})
	root := t.TempDir()
	for range 2 {
		got, attempts, err := open(t, root, Options{}).Get(context.Background(), address, Page)
		if err != nil || string(got.Body) != "<p>one" || (got.Stale != nil) != fail {
			t.Errorf("%+v, %v", got, err)
		}
		if fail && len(attempts) != 3 {
			t.Errorf("attempts %v", attempts)
		}
		fail = true
	}
}

func TestGetLimits(t *testing.T) {
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	f := open(t, "", Options{Limits: Limits{Page: 1 << 20, Feed: 2 << 20}})
	for _, kind := range []Kind{Page, Feed} {
		_, _, err := f.Get(context.Background(), address, kind)
		wantReason(t, err, TooLarge)
	}
}

func TestGetSpacing(t *testing.T) {
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x") })
	c := newClock()
	f := open(t, "", Options{Clock: c.Clock()})
	for i := range 4 {
		if _, _, err := f.Get(context.Background(), fmt.Sprintf("%s/%d", address, i), Page); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(c.waits); got != "[312.5ms 312.5ms 312.5ms]" {
		t.Errorf("waits %s", got)
	}
}

func TestDamagedGzip(t *testing.T) {
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		var b strings.Builder
		z := gzip.NewWriter(&b)
		z.Write(pic(1))
		z.Close()
		s := b.String()
		io.WriteString(w, s[:len(s)-8]+"01234567") // the checksum is wrong
	})
	f := open(t, "", Options{})
	_, _, err := get(f, address)
	wantReason(t, err, Interrupted)
	if count.Load() != 3 {
		t.Errorf("%d requests", count.Load())
	}
}

func TestTLS(t *testing.T) {
	var proto atomic.Value
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proto.Store(r.Proto)
		switch r.URL.Path {
		case "/down":
			http.Redirect(w, r, "http://"+r.Header.Get("Referer")[len("https://"):], http.StatusFound)
		default:
			send(w, pic(1))
		}
	}))
	s.Config.ErrorLog = nil
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()

	f := open(t, "", Options{})
	_, attempts, err := get(f, s.URL)
	wantReason(t, err, BadTLS)
	if len(attempts) != 1 {
		t.Errorf("attempts %v", attempts)
	}

	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	f = open(t, "", Options{})
	f.transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	if _, _, err := get(f, s.URL); err != nil || proto.Load() != "HTTP/2.0" {
		t.Errorf("%v, %v", err, proto.Load())
	}

	// To an unencrypted server nothing is said of an encrypted page.
	var referer atomic.Value
	plain, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		referer.Store(r.Header.Get("Referer"))
		send(w, pic(2))
	})
	page := "https://" + strings.TrimPrefix(plain, "http://") + "/article"
	if _, _, err := f.Picture(context.Background(), Ref{Src: s.URL + "/down", Page: page, Referrer: "unsafe-url"}); err != nil {
		t.Error(err)
	}
	if referer.Load() != "" {
		t.Errorf("Referer %q", referer.Load())
	}
	// TLS is spoken to a server that has none.
	_, _, err = get(open(t, "", Options{}), strings.Replace(plain, "http:", "https:", 1))
	wantReason(t, err, BadTLS)
}

// nameServer answers each question for an IPv4 address with what answer returns;
// nil: not at all.
func nameServer(t *testing.T, answer func(name string) net.IP) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.Additionals = true, nil
			if q.Type == dnsmessage.TypeA {
				ip := answer(q.Name.String())
				if ip == nil {
					continue
				}
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: [4]byte(ip.To4())},
				}}
			}
			if b, err := m.Pack(); err == nil {
				pc.WriteTo(b, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

func TestRebinding(t *testing.T) {
	secret, accepted := listen(t, "127.0.0.3", func(w http.ResponseWriter, r *http.Request) { send(w, pic(1)) })
	port := secret[strings.LastIndex(secret, ":"):]
	public, err := net.Listen("tcp", "127.0.0.2"+port)
	if err != nil {
		t.Skip(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		send(w, pic(2))
	})}
	go srv.Serve(public)
	defer srv.Close()

	var n atomic.Int64
	f := open(t, "", Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}})
	f.guard.dialer.Resolver = nameServer(t, func(string) net.IP {
		if n.Add(1) == 1 {
			return net.IPv4(127, 0, 0, 2)
		}
		return net.IPv4(127, 0, 0, 3)
	})
	if _, _, err := get(f, "http://pictures.example"+port+"/1"); err != nil {
		t.Errorf("first: %v", err)
	}
	_, _, err = get(f, "http://pictures.example"+port+"/2")
	wantReason(t, err, Blocked)
	if accepted.Load() != 0 {
		t.Errorf("%d connections", accepted.Load())
	}
}

func TestSilentNameServerFailsFast(t *testing.T) {
	f := open(t, "", Options{Timeouts: Timeouts{Connect: 200 * time.Millisecond}})
	f.guard.dialer.Resolver = nameServer(t, func(string) net.IP { return nil })
	begin := time.Now()
	done := make(chan error, 64)
	for i := range 64 {
		go func() {
			_, _, err := get(f, fmt.Sprintf("http://host%d.example/%d.png", i%8, i))
			done <- err
		}()
	}
	for range 64 {
		if err := <-done; err == nil {
			t.Error("passed")
		} else if e := err.(*Error); e.Reason != NoDNS && e.Reason != Unreachable {
			t.Errorf("%s: %v", e.Reason, e)
		}
	}
	if d := time.Since(begin); d > 20*time.Second {
		t.Errorf("64 pictures of eight hosts took %v", d)
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{
		"http://example.org/a b?c=d#e", "//example.org", `http:\\a\b`, "http://例子.测试/图", "../a/../../b", "%2e%2e%2fa", "a%00b",
		"http://[::1]:80/", "http://127.1/", "http://0x7f000001/", "C:\\x", "data:,x", "java\nscript:x", "http://a%zz/", "http://u:p@h/",
	} {
		f.Add(s, "posts/a.html")
	}
	f.Fuzz(func(t *testing.T, src, from string) {
		s := clean(src)
		if p, err := localPath(s, from); err == nil {
			for part := range strings.SplitSeq(p, "/") {
				if part == ".." || p[0] == '/' || strings.Contains(p, "\x00") {
					t.Fatalf("%q from %q leads to %q", src, from, p)
				}
			}
		}
		g, err := newGuard(Options{}.withDefaults())
		if err != nil {
			t.Fatal(err)
		}
		u, err := parse(s)
		if err != nil || g.gate(u) != nil {
			return
		}
		// What is asked for is what was looked at.
		again, err := parse(u.String())
		if err != nil || again.String() != u.String() || again.Host != u.Host {
			t.Fatalf("%q: %q, and again %v, %v", src, u, again, err)
		}
		for i := 0; i < len(u.String()); i++ {
			if c := u.String()[i]; c <= ' ' || c >= 0x7f {
				t.Fatalf("%q: %q has a byte %#x", src, u, c)
			}
		}
	})
}
