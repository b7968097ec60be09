package deliver

import (
	"context"
	"crypto/md5"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	dav "golang.org/x/net/webdav"
)

// server is a WebDAV server whose collection /dav/ is a folder.
type server struct {
	*httptest.Server
	dir  string
	ca   *x509.CertPool
	mu   sync.Mutex
	said []string // "PUT /dav/x"
}

// davServer starts one; before may answer a request itself, and says so.
func davServer(t testing.TB, before func(http.ResponseWriter, *http.Request) bool) *server {
	t.Helper()
	s := &server{dir: t.TempDir()}
	handler := &dav.Handler{Prefix: "/dav", FileSystem: dav.Dir(s.dir), LockSystem: dav.NewMemLS()}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.said = append(s.said, r.Method+" "+r.URL.Path)
		s.mu.Unlock()
		if before == nil || !before(w, r) {
			handler.ServeHTTP(w, r)
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(s.Close)
	s.ca = x509.NewCertPool()
	s.ca.AddCert(s.Certificate())
	return s
}

func (s *server) target(t testing.TB, o WebDAVOptions) Target {
	t.Helper()
	if o.URL == "" {
		o.URL = s.URL + "/dav/books"
	}
	o.RootCAs, o.Timeout = s.ca, 20*time.Second
	target, err := WebDAV(o)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestWebDAV(t *testing.T) {
	s := davServer(t, nil)
	target := s.target(t, WebDAVOptions{Keep: 2})
	books := filepath.Join(s.dir, "books")
	for n := 1; n <= 4; n++ {
		must(t, target, weekly(t, "weekly", n))
	}
	write(t, filepath.Join(books, "weekly-2025-W01.epub"), "theirs")
	other := weekly(t, "日刊 #1%", 1)
	must(t, target, other)
	got := listing(t, books)
	want := map[string]string{"weekly-2025-W01.epub": "theirs"}
	for _, f := range slices.Concat(weekly(t, "weekly", 3).Files, weekly(t, "weekly", 4).Files, other.Files) {
		want[f.Name] = read(t, f.Path)
	}
	for _, note := range []string{"leporello-weekly.json", "leporello-日刊 #1%.json"} {
		if _, ok := got[note]; !ok {
			t.Errorf("there is no %s", note)
		}
		delete(got, note)
	}
	if !maps.Equal(got, want) {
		t.Errorf("there are %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	// Again, and one that is older than those that stay.
	must(t, target, weekly(t, "weekly", 4))
	if r := must(t, target, weekly(t, "weekly", 1)); !strings.Contains(r[0].Detail, "not sent") {
		t.Errorf("an old issue: %q", r[0].Detail)
	}
	if again := listing(t, books); len(again) != len(got)+2 {
		t.Errorf("there are %v", slices.Sorted(maps.Keys(again)))
	}
	if !target.Repeatable() {
		t.Error("it may not be repeated")
	}
}

func TestWebDAVOthers(t *testing.T) {
	s := davServer(t, nil)
	books := filepath.Join(s.dir, "books")
	b := weekly(t, "weekly", 1)
	name := filepath.Join(books, b.Files[0].Name)
	if err := os.Mkdir(books, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, name, "theirs")
	target := s.target(t, WebDAVOptions{Keep: 1})
	if _, err := send(t, target, b); !IsPermanent(err) || read(t, name) != "theirs" {
		t.Errorf("a file of somebody: %v", err)
	}
	os.Remove(name)
	must(t, target, b)
	write(t, name, "with my notes")
	must(t, target, weekly(t, "weekly", 2))
	if read(t, name) != "with my notes" {
		t.Error("a file that was changed is removed")
	}
	if _, err := os.Stat(filepath.Join(books, b.Files[1].Name)); err == nil {
		t.Error("an old file is still there")
	}
	write(t, filepath.Join(books, "leporello-weekly.json"), "{")
	if _, err := send(t, target, weekly(t, "weekly", 3)); !IsPermanent(err) {
		t.Errorf("a damaged manifest: %v", err)
	}
}

// TestWebDAVStopped ends a delivery at every request; the next one puts it right.
func TestWebDAVStopped(t *testing.T) {
	var want map[string]string
	for stop := -1; ; stop++ {
		left := -1
		s := davServer(t, func(w http.ResponseWriter, r *http.Request) bool {
			if left--; left == -1 {
				panic(http.ErrAbortHandler) // the connection ends
			}
			return false
		})
		target := s.target(t, WebDAVOptions{Keep: 1})
		must(t, target, weekly(t, "weekly", 1))
		left = stop
		_, err := send(t, target, weekly(t, "weekly", 2))
		ended := left >= 0 // before it came to that
		left = -1
		if IsPermanent(err) || IsUncertain(err) {
			t.Errorf("stopped at %d: %v", stop, err)
		}
		must(t, target, weekly(t, "weekly", 3))
		got := listing(t, filepath.Join(s.dir, "books"))
		delete(got, "leporello-weekly.json") // holds the times of the files
		if want == nil {
			want = got
		} else if !maps.Equal(got, want) {
			t.Errorf("stopped at %d: there are %v", stop, slices.Sorted(maps.Keys(got)))
		}
		if ended {
			if stop < 15 {
				t.Errorf("only %d requests", stop)
			}
			break
		}
	}
}

func TestWebDAVFaults(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	status := func(method string, code int, header ...string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != method {
				return false
			}
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
			return true
		}
	}
	for _, c := range []struct {
		name   string
		before func(http.ResponseWriter, *http.Request) bool
		url    string
		fate   fate
		after  time.Duration
		want   string
	}{
		{name: "no such parent", url: "/dav/a/b/", want: "is not there"},
		{name: "redirect", before: status("PROPFIND", 302, "Location", elsewhere.URL+"/?token=secret"), fate: permanent, want: "sends us to"},
		{name: "redirect of a file", before: status("PUT", 307, "Location", elsewhere.URL), fate: permanent, want: "sends us to"},
		{name: "forbidden", before: status("PUT", 403), fate: permanent, want: "403"},
		{name: "nobody asked for a name", before: status("PROPFIND", 401, "WWW-Authenticate", "Negotiate"), fate: permanent, want: "401"},
		{name: "too large", before: status("PUT", 413), fate: permanent, want: "too large"},
		{name: "busy", before: status("PUT", 503, "Retry-After", "120"), after: 2 * time.Minute, want: "503"},
		{name: "busy for ages", before: status("PUT", 429, "Retry-After", "99999999"), after: 24 * time.Hour, want: "429"},
		{name: "full", before: status("PUT", 507), want: "507"},
		{name: "locked", before: status("MOVE", 423), want: "423"},
		{name: "cut short", before: func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == "PUT" {
				r.ContentLength, r.Body = 3, http.NoBody
			}
			return false
		}, want: "did not arrive whole"},
		{name: "nonsense", before: func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != "PROPFIND" {
				return false
			}
			w.WriteHeader(207)
			fmt.Fprint(w, "<x")
			return true
		}, want: "makes no sense"},
		{name: "nothing said", before: func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != "PROPFIND" {
				return false
			}
			w.WriteHeader(207)
			fmt.Fprint(w, `<multistatus xmlns="DAV:"/>`)
			return true
		}, want: "says nothing"},
	} {
		s := davServer(t, c.before)
		_, err := send(t, s.target(t, WebDAVOptions{URL: s.URL + c.url + map[bool]string{true: "/dav/books"}[c.url == ""]}), weekly(t, "weekly", 1))
		if err == nil || fateOf(err).fate != c.fate || RetryAfter(err) != c.after || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v (fate %d, after %v)", c.name, err, fateOf(err).fate, RetryAfter(err))
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: it tells a secret: %v", c.name, err)
		}
	}
	s := davServer(t, nil)
	strange := s.target(t, WebDAVOptions{}).(*webdav)
	strange.RootCAs = nil
	if _, err := send(t, strange, weekly(t, "weekly", 1)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("the certificate of somebody: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.target(t, WebDAVOptions{}).Deliver(ctx, weekly(t, "weekly", 1), Part{}); err == nil {
		t.Error("it does not stop")
	}
	b := weekly(t, "weekly", 1)
	write(t, b.Files[0].Path, "other bytes")
	if _, err := send(t, s.target(t, WebDAVOptions{}), b); err == nil || !strings.Contains(err.Error(), "not the file") {
		t.Errorf("a file that is not the one that was made: %v", err)
	}
}

// TestWebDAVLogin: who asks gets the answer that it asked for, and nobody else.
func TestWebDAVLogin(t *testing.T) {
	sum := func(parts ...string) string {
		h := md5.Sum([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(h[:])
	}
	for _, c := range []struct {
		name, challenge string
		right           func(r *http.Request) bool
		fails           bool
	}{
		{name: "Basic", challenge: `Basic realm="x", charset="UTF-8"`, right: func(r *http.Request) bool {
			user, password, ok := r.BasicAuth()
			return ok && user == "me" && password == secret
		}},
		{name: "Digest", challenge: `Digest realm="a \"b\", c", nonce="n1", qop="auth,auth-int", opaque="o"`, right: func(r *http.Request) bool {
			c := challenges(r.Header.Get("Authorization"))
			if len(c) != 1 || c[0].scheme != "Digest" || r.URL.RequestURI() != c[0].params["uri"] || c[0].params["opaque"] != "o" {
				return false
			}
			p := c[0].params
			return p["response"] == sum(sum("me", `a "b", c`, secret), "n1", p["nc"], p["cnonce"], "auth", sum(r.Method, p["uri"]))
		}},
		{name: "Digest of old", challenge: `Digest realm="r", nonce="n1"`, right: func(r *http.Request) bool {
			c := challenges(r.Header.Get("Authorization"))
			return len(c) == 1 && c[0].params["response"] == sum(sum("me", "r", secret), "n1", sum(r.Method, c[0].params["uri"]))
		}},
		{name: "an unknown way", challenge: `Digest realm="r", nonce="n1", qop="auth-int"`, right: func(*http.Request) bool { return false }, fails: true},
		{name: "the wrong password", challenge: `Basic realm="x"`, right: func(*http.Request) bool { return false }, fails: true},
	} {
		first := true
		s := davServer(t, func(w http.ResponseWriter, r *http.Request) bool {
			if first && r.Header.Get("Authorization") != "" {
				t.Errorf("%s: it tells who it is before it is asked", c.name)
			}
			first = false
			if c.right(r) {
				return false
			}
			w.Header().Set("WWW-Authenticate", c.challenge)
			w.WriteHeader(401)
			fmt.Fprint(w, r.Header.Get("Authorization"))
			return true
		})
		_, err := send(t, s.target(t, WebDAVOptions{User: "me", Password: password}), weekly(t, "weekly", 1))
		if (err != nil) != c.fails || c.fails && (!IsPermanent(err) || strings.Contains(err.Error(), secret)) {
			t.Errorf("%s: %v", c.name, err)
		}
		if puts := slices.DeleteFunc(s.said, func(say string) bool { return !strings.HasPrefix(say, "PUT") }); !c.fails && len(puts) != 4 {
			t.Errorf("%s: %d files were sent", c.name, len(puts))
		}
	}
}

// TestDigest is the example of RFC 7616 §3.9.1.
func TestDigest(t *testing.T) {
	for algorithm, want := range map[string]string{
		"MD5":     "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		l := login{user: "Mufasa", password: "Circle of Life"}
		header := http.Header{"Www-Authenticate": {`Basic realm="x"`, `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=` + algorithm + `, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`}}
		if !l.challenge(header) {
			t.Fatal("no answer")
		}
		l.count = 1
		got, err := l.answer("GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
		if err != nil || !strings.Contains(got, `response="`+want+`"`) {
			t.Errorf("%s: %s, %v", algorithm, got, err)
		}
	}
}

func TestChallenges(t *testing.T) {
	for in, want := range map[string][]challenge{
		"":                           nil,
		"Basic":                      {{"Basic", map[string]string{}}},
		`Basic realm="a, b=\"c\""`:   {{"Basic", map[string]string{"realm": `a, b="c"`}}},
		`Digest A=b , c = "d",Basic`: {{"Digest", map[string]string{"a": "b", "c": "d"}}, {"Basic", map[string]string{}}},
		`Negotiate, Basic realm=x`:   {{"Negotiate", map[string]string{}}, {"Basic", map[string]string{"realm": "x"}}},
		`="x"`:                       nil,
		`Basic realm="open`:          {{"Basic", map[string]string{"realm": "open"}}},
		`Basic realm="\`:             {{"Basic", map[string]string{"realm": ""}}},
	} {
		if got := challenges(in); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func FuzzChallenges(f *testing.F) {
	f.Add(`Digest realm="a", qop="auth", nonce="x\"y"`)
	f.Fuzz(func(t *testing.T, s string) {
		l := login{user: "a", password: "b"}
		if l.challenge(http.Header{"Www-Authenticate": {s}}) && l.digest != nil {
			text, err := l.answer("GET", "/", "c")
			if err == nil && len(challenges(text)) != 1 {
				t.Fatalf("%q is answered by %q", s, text)
			}
		}
	})
}

func TestWebDAVOptions(t *testing.T) {
	for _, c := range []struct {
		o    WebDAVOptions
		want string
	}{
		{WebDAVOptions{URL: "https://example.org/dav"}, ""},
		{WebDAVOptions{URL: "http://example.org/dav", AllowHTTP: true}, ""},
		{WebDAVOptions{URL: "http://example.org/dav"}, "allow_http"},
		{WebDAVOptions{URL: "ftp://example.org/"}, "not of ftp"},
		{WebDAVOptions{URL: "books/"}, "as https://"},
		{WebDAVOptions{URL: "https://exa mple.org/hunter2"}, "as https://"},
		{WebDAVOptions{URL: "https://me:hunter2@example.org/"}, "keys of their own"},
		{WebDAVOptions{URL: "https://example.org/?a=b"}, "as https://"},
		{WebDAVOptions{URL: "https://example.org/", User: "me"}, "password"},
		{WebDAVOptions{URL: "https://example.org/", Keep: -1}, "below 0"},
	} {
		target, err := WebDAV(c.o)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.o.URL, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the password is told: %v", err)
		}
		if err == nil {
			at := target.(*webdav).at("a b#?%/ü.epub")
			if back, err := url.Parse(at.String()); err != nil || !strings.HasSuffix(back.Path, "/dav/a b#?%/ü.epub") {
				t.Errorf("%s: %v", at, err)
			}
		}
	}
}
