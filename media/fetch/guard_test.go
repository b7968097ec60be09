package fetch

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// listen is a server at an address of loopback that counts connections.
func listen(t testing.TB, ip string, h http.HandlerFunc) (address string, accepted *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
	if err != nil {
		t.Skipf("this machine has no %s: %v", ip, err)
	}
	accepted = new(atomic.Int64)
	s := httptest.NewUnstartedServer(h)
	s.Listener.Close()
	s.Listener = countingListener{l, accepted}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL, accepted
}

type countingListener struct {
	net.Listener
	n *atomic.Int64
}

func (l countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.n.Add(1)
	}
	return c, err
}

func TestGuardRefuses(t *testing.T) {
	address, accepted := listen(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) { send(w, pic(1)) })
	port := address[strings.LastIndex(address, ":")+1:]
	// Nothing is allowed but a range that is not there.
	none := []netip.Prefix{netip.MustParsePrefix("127.9.9.0/24")}
	hosts := []string{
		"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::7f00:1]", "[::]", "0.0.0.0",
		"10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "192.88.99.1",
		"[fd00:ec2::254]", "[fe80::1]", "[2001:db8::1]", "[2001::1]", "[5f00::1]", "[::ffff:169.254.169.254]", "[64:ff9b:1::1]",
	}
	for _, host := range hosts {
		for _, scheme := range []string{"http", "HTTP", "hTTps"} {
			f := open(t, "", Options{Allow: none})
			begin := time.Now()
			for _, p := range []string{"", ":" + port, ":80"} {
				_, attempts, err := get(f, scheme+"://"+host+p+"/a.png")
				wantReason(t, err, Blocked)
				if len(attempts) != 0 {
					t.Errorf("%s: attempts %v", host, attempts)
				}
			}
			if time.Since(begin) > 10*time.Second {
				t.Errorf("%s: took %v", host, time.Since(begin))
			}
		}
	}
	// A name is judged by what it stands for.
	f := open(t, "", Options{Allow: none})
	_, _, err := get(f, "http://localhost:"+port+"/a.png")
	e := wantReason(t, err, Blocked)
	if !strings.Contains(e.Hint, "--allow-network") {
		t.Errorf("hint %q", e.Hint)
	}
	if n := accepted.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

func TestGuardAddresses(t *testing.T) {
	prefixes := func(s ...string) (out []netip.Prefix) {
		for _, p := range s {
			out = append(out, netip.MustParsePrefix(p))
		}
		return out
	}
	const none = "none" // there is no hint
	tests := []struct {
		allow   []netip.Prefix
		address string
		ok      bool
		hint    string
	}{
		{nil, "8.8.8.8:443", true, ""},
		{nil, "8.8.8.8:8080", true, ""},
		{nil, "[2001:4860:4860::8888]:443", true, ""},
		{nil, "8.8.8.8:22", false, ""},
		{nil, "8.8.8.8:18080", false, ""},
		{nil, "192.168.1.5:80", false, "--allow-network 192.168.1.5/32"},
		{nil, "198.18.0.7:443", false, "--allow-network 198.18.0.0/15"},
		{nil, "[64:ff9b::808:808]:443", false, "--allow-network 64:ff9b::/96"},
		{nil, "[fe80::1%eth0]:80", false, ""},
		{nil, "169.254.169.254:80", false, none},
		{nil, "[::ffff:169.254.169.254]:80", false, none},
		{nil, "0.0.0.0:80", false, none},
		{nil, "224.0.0.1:80", false, none},
		{prefixes("192.168.0.0/16"), "192.168.1.5:80", true, ""},
		{prefixes("192.168.0.0/16"), "192.168.1.5:18080", true, ""},
		{prefixes("192.168.0.0/16"), "10.0.0.1:80", false, "--allow-network"},
		{prefixes("192.168.0.0/16"), "[::ffff:192.168.1.5]:80", false, "--allow-network"},
		{prefixes("198.18.0.0/15"), "198.18.0.7:443", true, ""},
		{prefixes("64:ff9b::/96"), "[64:ff9b::808:808]:443", true, ""},
		{prefixes("64:ff9b::/96"), "[64:ff9b::7f00:1]:443", false, ""},
		{prefixes("64:ff9b::/96"), "[64:ff9b::a9fe:a9fe]:80", false, ""},
		{prefixes("fd00::/8"), "[fd00::1]:80", true, ""},
	}
	for _, tt := range tests {
		g, err := newGuard(Options{Allow: tt.allow}.withDefaults())
		if err != nil {
			t.Fatal(err)
		}
		err = g.check("tcp4", tt.address)
		if (err == nil) != tt.ok {
			t.Errorf("%v: %s: %v", tt.allow, tt.address, err)
			continue
		}
		if err != nil {
			if e := wantReason(t, err, Blocked); tt.hint == none && e.Hint != "" || tt.hint != none && !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("%s: hint %q, want %q", tt.address, e.Hint, tt.hint)
			}
		}
	}
	g, err := newGuard(Options{Ports: []uint16{81}}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	if err := g.check("tcp4", "8.8.8.8:81"); err != nil {
		t.Errorf("a port that was opened: %v", err)
	}
	if err := g.check("udp4", "8.8.8.8:80"); err == nil {
		t.Error("UDP passed")
	}
	for _, p := range []string{"0.0.0.0/0", "::/0", "::/1", "::ffff:0:0/96", "::ffff:0:0/90"} {
		if _, err := newGuard(Options{Allow: prefixes(p)}.withDefaults()); err == nil {
			t.Errorf("%s was taken", p)
		}
	}
}

func TestGuardOnRedirects(t *testing.T) {
	target, accepted := listen(t, "127.0.0.3", func(w http.ResponseWriter, r *http.Request) { send(w, pic(1)) })
	host, _ := listen(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/private":
			http.Redirect(w, r, target+"/a.png", http.StatusFound)
		case "/name":
			http.Redirect(w, r, "http://localhost"+target[strings.LastIndex(target, ":"):]+"/a.png", http.StatusFound)
		case "/relative":
			http.Redirect(w, r, "ok", http.StatusMovedPermanently)
		case "/ok", "/\xc4\xe3.png":
			send(w, pic(2))
		case "/gbk": // as old servers write it
			w.Header().Set("Location", "/\xc4\xe3.png")
			w.WriteHeader(http.StatusFound)
		default:
			w.Header().Set("Location", strings.TrimPrefix(r.URL.Path, "/to/"))
			w.WriteHeader(http.StatusFound)
		}
	})
	f := open(t, "", Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}})
	for path, want := range map[string]Reason{
		"/private":                   Blocked,
		"/name":                      Blocked,
		"/to/file:///etc/passwd":     BadScheme,
		"/to/ftp://127.0.0.2/a":      BadScheme,
		"/to/gopher://127.0.0.2/a":   BadScheme,
		"/to/data:image/png,abc":     BadScheme,
		"/to/":                       BadAddress,
		"/to/http://u:p@example.org": BadAddress,
	} {
		_, _, err := get(f, host+path)
		wantReason(t, err, want)
	}
	for _, path := range []string{"/relative", "/gbk"} {
		if _, _, err := get(f, host+path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if n := accepted.Load(); n != 0 {
		t.Errorf("%d connections to the private server", n)
	}
}

func TestRedirects(t *testing.T) {
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var n int
		fmt.Sscanf(r.URL.Path, "/%d", &n)
		switch {
		case r.URL.Path == "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case n > 0:
			http.Redirect(w, r, fmt.Sprintf("/%d", n-1), []int{301, 302, 303, 307, 308}[n%5])
		default:
			send(w, pic(1))
		}
	})
	f := open(t, "", Options{})
	if _, _, err := get(f, address+"/10"); err != nil {
		t.Errorf("ten redirects: %v", err)
	}
	count.Store(0)
	_, _, err := get(f, address+"/11")
	wantReason(t, err, TooManyRedirects)
	_, _, err = get(f, address+"/loop")
	wantReason(t, err, TooManyRedirects)
	if count.Load() != 22 {
		t.Errorf("%d requests", count.Load())
	}
}

func TestEnvironmentProxyIsIgnored(t *testing.T) {
	proxy, accepted := listen(t, "127.0.0.4", func(w http.ResponseWriter, r *http.Request) { send(w, pic(9)) })
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, proxy)
	}
	host, direct := listen(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) { send(w, pic(1)) })
	f := open(t, "", Options{})
	if _, _, err := get(f, host+"/a"); err != nil {
		t.Error(err)
	}
	if accepted.Load() != 0 || direct.Load() == 0 {
		t.Errorf("%d connections to the proxy, %d to the host", accepted.Load(), direct.Load())
	}
}

func TestProxy(t *testing.T) {
	var asked atomic.Value
	proxy, accepted := listen(t, "127.0.0.4", func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.RequestURI)
		send(w, pic(9))
	})
	// The proxy is in a network that is closed to everything else.
	f := open(t, "", Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.9.9.0/24")}, Proxy: proxy})
	if _, _, err := get(f, "http://pictures.example/a.png"); err != nil {
		t.Error(err)
	}
	if accepted.Load() != 1 || asked.Load() != "http://pictures.example/a.png" {
		t.Errorf("%d connections, asked for %v", accepted.Load(), asked.Load())
	}
	// Addresses that are written out are still refused.
	for _, a := range []string{"http://127.0.0.1/a", "http://169.254.169.254/latest", proxy + "/a"} {
		_, _, err := get(f, a)
		wantReason(t, err, Blocked)
	}
	for _, bad := range []string{"no address", "ftp://127.0.0.1", "http://"} {
		if _, err := New(Options{Store: f.opts.Store, Proxy: bad}); err == nil {
			t.Errorf("proxy %q was taken", bad)
		}
	}
}

func TestBadAddresses(t *testing.T) {
	f := open(t, "", Options{})
	for src, want := range map[string]Reason{
		"":                                     BadAddress,
		"  \t\n":                               BadAddress,
		"file:///etc/passwd":                   BadScheme,
		"FILE:///etc/passwd":                   BadScheme,
		"\x01file:///etc/passwd":               BadScheme,
		"java\nscript:alert(1)":                BadScheme,
		"ftp://example.org/a.png":              BadScheme,
		"blob:https://example.org/1":           BadScheme,
		"C:\\pictures\\a.png":                  BadScheme,
		"http://":                              BadAddress,
		"http:///a.png":                        BadAddress,
		"http://user:pw@example.org/":          BadAddress,
		"http://[fe80::1%25eth0]/":             BadAddress,
		"http://exa mple.org/":                 BadAddress,
		"http://[::1/":                         BadAddress,
		"a.png":                                BadAddress, // relative to nothing
		"http://example.org:99999/":            BadAddress,
		"https://" + strings.Repeat("a", 9000): BadAddress,
	} {
		_, attempts, err := get(f, src)
		e := wantReason(t, err, want)
		if len(attempts) != 0 || strings.Contains(e.Error(), "pw") {
			t.Errorf("%q: %v, %v", src, attempts, e)
		}
	}
}

func TestUnreachableHostFailsFast(t *testing.T) {
	// A port on which nobody listens.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + l.Addr().String()
	l.Close()
	c := newClock()
	f := open(t, "", Options{Clock: c.Clock()})
	for i := range 8 {
		_, attempts, err := get(f, fmt.Sprintf("%s/%d.png", dead, i))
		wantReason(t, err, Unreachable)
		if want := 1; i == 0 && len(attempts) != want || i > 0 && len(attempts) != 0 {
			t.Errorf("picture %d: attempts %v", i, attempts)
		}
	}
	if len(c.waits) != 0 {
		t.Errorf("waits %v", c.waits)
	}
	// A name that does not exist.
	for i := range 8 {
		_, _, err := get(f, fmt.Sprintf("http://nowhere.invalid/%d.png", i))
		wantReason(t, err, NoDNS)
	}
}

func TestHangingNetworkFailsFast(t *testing.T) {
	f := open(t, "", Options{Timeouts: Timeouts{Connect: 150 * time.Millisecond}})
	// Connecting hangs as it does where packets are swallowed.
	f.guard.dialer.ControlContext = func(ctx context.Context, _, _ string, _ syscall.RawConn) error {
		<-ctx.Done()
		return timeoutError{}
	}
	f.guard.dialer.Control = nil
	begin := time.Now()
	done := make(chan error, 80)
	for i := range 80 {
		go func() {
			_, _, err := get(f, fmt.Sprintf("http://127.0.0.%d/%d.png", 10+i%10, i))
			done <- err
		}()
	}
	for range 80 {
		wantReason(t, <-done, Unreachable)
	}
	if d := time.Since(begin); d > 20*time.Second {
		t.Errorf("80 pictures of ten hosts took %v", d)
	}
}

type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

func TestHostComesBack(t *testing.T) {
	// A host that has answered is not given up for one broken connection.
	var n atomic.Int64
	address := raw(t, func(c net.Conn) {
		if n.Add(1)%2 == 0 {
			return
		}
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(pic(1)), pic(1))
	})
	f := open(t, "", Options{})
	for i := range 6 {
		if _, _, err := get(f, fmt.Sprintf("%s/%d", address, i)); err != nil {
			t.Error(err)
		}
	}
}
