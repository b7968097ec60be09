package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestReadCookies(t *testing.T) {
	now := newClock().now
	const far = "2000000000"
	file := strings.Join([]string{
		"# Netscape HTTP Cookie File",
		"",
		".example.com\tTRUE\t/\tFALSE\t" + far + "\twide\t1",
		"example.com\tFALSE\t/\tFALSE\t0\tnarrow\t2",
		"www.example.com\tFALSE\t/deep\tFALSE\t0\tdeep\t3",
		"#HttpOnly_.example.com\tTRUE\t/\tTRUE\t" + far + ".5\tsecure\t4",
		".example.com\tTRUE\t/\tFALSE\t1000000000\told\t5",
		".com\tTRUE\t/\tFALSE\t" + far + "\tsuffix\t6",
		".co.uk\tTRUE\t/\tFALSE\t" + far + "\tsuffix2\t7",
		`例子.测试` + "\tFALSE\t/\tFALSE\t0\tidn\t{\"a\":1, \"b\":2}",
		"127.0.0.1\tFALSE\t/\tFALSE\t0\tnumber\t\r",
		"empty.example\tFALSE\t/\tFALSE\t0\tempty",
	}, "\n")
	jar, err := ReadCookies(strings.NewReader(file), now)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"http://example.com/":             "narrow=2 wide=1",
		"https://example.com/":            "narrow=2 secure=4 wide=1",
		"http://www.example.com/":         "wide=1",
		"http://www.example.com/deep":     "deep=3 wide=1",
		"https://a.b.example.com/":        "secure=4 wide=1",
		"http://example.com.evil.com/":    "",
		"http://notexample.com/":          "",
		"http://other.com/":               "",
		"http://x.co.uk/":                 "",
		"http://xn--fsqu00a.xn--0zwm56d/": `idn={"a":1, "b":2}`,
		"http://127.0.0.1:8080/":          "number=",
		"http://empty.example/":           "empty=",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range jar.Cookies(u) {
			got = append(got, c.Name+"="+c.Value)
		}
		slices.Sort(got)
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s, want %s", address, s, want)
		}
	}
	for _, bad := range []string{
		"one", "a b c d e f g", "x\tFALSE\t/\tFALSE\tnever\tname\tsecret", "x:1\tFALSE\t/\tFALSE\t0\tname\tsecret",
		"x\tFALSE\t\tFALSE\t0\tname\tsecret", "x\tFALSE\t/\tFALSE\t0\tna me\tsecret", "x\tFALSE\t/\tFALSE\t0\tname\tsecret; Path=/",
		"\tFALSE\t/\tFALSE\t0\tname\tsecret", "x\tFALSE\t/\tFALSE\t0\tname\tsecret\x01", "x\tFALSE\t/\tFALSE\tNaN\tname\tsecret",
	} {
		_, err := ReadCookies(strings.NewReader("\n"+bad), now)
		if err == nil || !strings.Contains(err.Error(), "line 2: ") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestParseHeader(t *testing.T) {
	for s, want := range map[string]Header{
		"https://example.org Authorization: Bearer 12:34":  {"https://example.org", "Authorization", "Bearer 12:34"},
		" HTTPS://Example.org:443/ x-key:1 ":               {"https://example.org", "X-Key", "1"},
		"http://127.0.0.1:8080 X-A:":                       {"http://127.0.0.1:8080", "X-A", ""},
		"Authorization: Bearer secret":                     {},
		"https://example.org Authorization secret":         {},
		"https://example.org/path Authorization: secret":   {},
		"https://u:secret@example.org Authorization: x":    {},
		"ftp://example.org Authorization: secret":          {},
		"https://example.org Host: secret":                 {},
		"https://example.org Content-Length: 5":            {},
		"https://example.org Bad Name: secret":             {},
		"https://example.org X: secret\nHost: example.com": {},
		"": {},
	} {
		got, err := ParseHeader(s)
		if got != want || (err == nil) != (want != Header{}) {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("says %v", err)
		}
	}
}

// seen notes what requests told of us.
type seen struct {
	mu   sync.Mutex
	told []string
}

func (s *seen) note(name string, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := r.Header.Get("Cookie") + r.Header.Get("Authorization"); v != "" {
		name += " " + v
	}
	s.told = append(s.told, name)
}

func (s *seen) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.told = nil }()
	return strings.Join(s.told, ", ")
}

// Who we are is told to those for whom it is meant, and to nobody that a redirect
// or an article leads to.
func TestCredentials(t *testing.T) {
	var s seen
	var secure, plain, other string
	handler := func(name string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			s.note(name, r)
			to := map[string]string{"/to-plain": plain, "/to-secure": secure, "/to-other": other}[r.URL.Path]
			switch {
			case to != "":
				http.Redirect(w, r, to+"/end", http.StatusFound)
			case strings.HasSuffix(r.URL.Path, ".png"):
				send(w, pic(len(r.URL.Path)))
			default:
				io.WriteString(w, "<p>page")
			}
		}
	}
	srv := httptest.NewTLSServer(handler("secure"))
	defer srv.Close()
	named := func(address, name string) string {
		u, _ := url.Parse(address)
		return u.Scheme + "://" + name + ":" + u.Port()
	}
	secure = named(srv.URL, "example.com")
	a, _ := serve(t, handler("plain"))
	plain = named(a, "example.com")
	b, _ := serve(t, handler("other"))
	other = named(b, "other.example")

	jar, err := ReadCookies(strings.NewReader(".example.com\tTRUE\t/\tFALSE\t0\tc\t1\nother.example\tFALSE\t/\tFALSE\t0\to\t2\n"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate()) // it is for example.com
	open := func() *Fetcher {
		f := open(t, "", Options{Cookies: jar, Headers: []Header{{secure, "Authorization", "key"}}})
		f.transport.TLSClientConfig = &tls.Config{RootCAs: roots}
		f.guard.dialer.Resolver = nameServer(t, func(string) net.IP { return net.IPv4(127, 0, 0, 1) })
		return f
	}
	for _, tt := range []struct{ address, page, want string }{
		{secure + "/", "", "secure c=1key"},
		{plain + "/", "", "plain c=1"},
		{secure + "/to-plain", "", "secure c=1key, plain"}, // no more once it is in the clear
		{secure + "/to-other", "", "secure c=1key, other"},
		{plain + "/to-secure", "", "plain c=1, secure c=1key"},
		{plain + "/to-other", "", "plain c=1, other o=2"}, // as if it had been asked for itself
		{secure + "/1.png", secure + "/article", "secure c=1key"},
		{secure + "/2.png", strings.Replace(plain, "example.com", "www.example.com", 1) + "/article", "secure c=1key"},
		{secure + "/3.png", other + "/article", "secure"}, // another site shows the picture
		{secure + "/4.png", "", "secure"},                 // nobody knows which
		{other + "/5.png", secure + "/article", "other"},
	} {
		f := open()
		var err error
		if strings.HasSuffix(tt.address, ".png") {
			_, _, err = f.Picture(context.Background(), Ref{Src: tt.address, Page: tt.page})
		} else {
			_, _, err = f.Get(context.Background(), tt.address, Page)
		}
		if err != nil {
			t.Errorf("%s: %v", tt.address, err)
		}
		if got := s.take(); got != tt.want {
			t.Errorf("%s on %q: %s, want %s", tt.address, tt.page, got, tt.want)
		}
	}
	// The attempts say where the answer came from.
	_, attempts, err := open().Get(context.Background(), secure+"/to-plain", Page)
	if err != nil || len(attempts) != 1 || attempts[0].Final != plain+"/end" {
		t.Errorf("%+v, %v", attempts, err)
	}
}

func FuzzCookies(f *testing.F) {
	f.Add("#HttpOnly_.example.com\tTRUE\t/\tTRUE\t1e9\tname\tvalue\n")
	f.Add("例子.测试\tFALSE\t/\tFALSE\t0\tidn\t\"x\"")
	f.Fuzz(func(t *testing.T, file string) {
		jar, err := ReadCookies(strings.NewReader(file), time.Unix(0, 0))
		if err != nil {
			return
		}
		for _, host := range []string{"example.com", "com", "xn--fsqu00a.xn--0zwm56d", "127.0.0.1"} {
			for _, c := range jar.Cookies(&url.URL{Scheme: "https", Host: host, Path: "/"}) {
				if strings.ContainsAny(c.Name+c.Value, "\r\n;") {
					t.Fatalf("%q", c)
				}
				if !strings.Contains(file, c.Value) {
					t.Fatalf("%q is not in the file", c.Value)
				}
			}
		}
	})
}

func FuzzHeaders(f *testing.F) {
	f.Add("120", "public, max-age=\"60\", no-cache", "Accept, *", "Sun, 01 Feb 2026 00:00:00 GMT", "https://example.org X-Key: 1")
	f.Add("Sun, 01 Feb 2026 00:00:00 GMT", "max-age=99999999999999999999", "", "0", "x")
	f.Fuzz(func(t *testing.T, wait, control, varies, date, header string) {
		now := newClock().now
		if d := retryAfter(wait, now); d < 0 {
			t.Fatalf("Retry-After %q: %v", wait, d)
		}
		h := http.Header{}
		for name, v := range map[string]string{"Cache-Control": control, "Expires": date, "Last-Modified": date, "Date": date, "Age": wait, "Vary": varies} {
			h.Set(name, v)
		}
		for _, without := range []string{"", "Expires", "Last-Modified"} {
			h.Del(without)
			expires, keep := lifetime(h, now, trust)
			if !keep && !expires.IsZero() || expires.After(now.AddDate(300, 0, 0)) {
				t.Fatalf("%v: %v, %v", h, expires, keep)
			}
		}
		sent := http.Header{"Accept": {"a"}}
		u, _ := url.Parse("http://example.org/")
		v := varyOf(answer{url: u, header: h, sent: sent})
		if got := v.same(func(*url.URL) http.Header { return sent }); v != nil && got == slices.Contains(v.Names, "*") {
			t.Fatalf("%q: the same is %v", varies, got)
		}
		if c, err := ParseHeader(header); err == nil && strings.ContainsAny(c.Name+c.Value, "\r\n") {
			t.Fatalf("%q", c)
		}
	})
}

func FuzzEntry(f *testing.F) {
	f.Add([]byte(`{"url":"http://example.org/","key":"abc","vary":{"names":["*"]},"expires":"2099-01-01T00:00:00Z"}`), []byte("example.org page browser"))
	f.Add([]byte("{"), []byte(""))
	root := f.TempDir()
	fetcher := open(f, root, Options{Offline: true})
	f.Fuzz(func(t *testing.T, b, mode []byte) {
		const address = "http://example.org/"
		x := fetcher.index
		x.write(x.file("url", address), b)
		x.write(x.file("page", address), b)
		x.write(x.file("host", "example.org"), mode)
		if _, _, err := get(fetcher, address); err == nil {
			t.Fatal("a picture out of nothing")
		}
		delete(fetcher.done, address)
		if _, _, err := fetcher.Get(context.Background(), address, Page); err == nil {
			t.Fatal("a page out of nothing")
		}
		if _, err := (Cache{Store: fetcher.opts.Store}).Verify(context.Background()); err != nil {
			t.Fatal(err)
		}
		if _, ok := x.load("url", address); ok {
			t.Fatal("a dangling entry was left")
		}
	})
}
