package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestParseRobots(t *testing.T) {
	tests := []struct {
		name, body string
		yes, no    string // addresses, without their host
	}{
		{"empty", "", "/ /a", ""},
		{"nothing forbidden", "User-agent: *\nDisallow:\n", "/ /a", ""},
		{"everything forbidden", "User-agent: *\nDisallow: /\n", "/robots.txt", "/ /a"},
		{"for others", "User-agent: other\nDisallow: /\n", "/", ""},
		{"a name that begins like ours", "User-agent: leporellobot\nDisallow: /\n", "/", ""},
		{"for us, in any case", "User-agent: LEPORELLO/1.0\nDisallow: /a\n", "/b", "/a /ab /a/b"},
		{"ours goes before all", "User-agent: *\nDisallow: /\n\nUser-agent: leporello\nDisallow:\n", "/ /a", ""},
		{"groups of one name are one", "User-agent: leporello\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: leporello\nDisallow: /b", "/c", "/a /b"},
		{"one group of two names", "User-agent: x\nUser-agent: leporello\nDisallow: /a\n", "/b", "/a"},
		{"lines that are none", "Disallow: /before\nnonsense\nUser-agent: *\nSitemap: https://x/\nDisallow: /a\nCrawl-delay: soon\n", "/before", "/a"},
		{"comments, spaces, line ends", "\uFEFFuser-agent : * # all\r\rdisallow:  /a # no\r\n", "/b", "/a"},
		{"the longest counts", "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\n", "/a/b /b", "/a /a/b/c"},
		{"the better of equals", "User-agent: *\nDisallow: /a\nAllow: /a\n", "/a", ""},
		{"no slash at the beginning", "User-agent: *\nDisallow: a\n", "/b", "/a"},
		{"stars", "User-agent: *\nDisallow: /*.php\nDisallow: /x*y*z\n", "/a.ph /a/b /xzy", "/a.php /d/a.php?b /xyz /x1y2z3"},
		{"the end", "User-agent: *\nDisallow: /*.php$\nDisallow: /a$\n", "/a.php?b /ab", "/a.php /a /x.php.php"},
		{"a dollar within", "User-agent: *\nDisallow: /a$b\n", "/a /ab", "/a$b"},
		{"stars at the end", "User-agent: *\nDisallow: /a*\nDisallow: /b*$\n", "/c", "/a /ab /b /bc"},
		{"encoded", "User-agent: *\nDisallow: /%7euser\nDisallow: /图\nDisallow: /a%2fb\n", "/a/b", "/~user /%7Euser /%E5%9B%BE /%e5%9b%be/1 /a%2Fb"},
		{"queries", "User-agent: *\nDisallow: /*?page=\n", "/a", "/a?page=2"},
	}
	for _, tt := range tests {
		r := parseRobots([]byte(tt.body), "leporello")
		check := func(list string, want bool) {
			for _, a := range strings.Fields(list) {
				u, err := url.Parse("https://example.org" + a)
				if err != nil {
					t.Fatal(err)
				}
				if r.allow(u) != want {
					t.Errorf("%s: %s: allowed is %v", tt.name, a, !want)
				}
			}
		}
		check(tt.yes, true)
		check(tt.no, false)
	}
	for value, want := range map[string]time.Duration{"2": 2 * time.Second, "0.5": 500 * time.Millisecond, "1e99": maxDelay, "-1": 0, "NaN": 0, "x": 0} {
		if got := parseRobots([]byte("User-agent: *\nCrawl-delay: "+value), "leporello").delay; got != want {
			t.Errorf("Crawl-delay %s: %v, want %v", value, got, want)
		}
	}
}

func TestFollow(t *testing.T) {
	var asked atomic.Int64
	status := 200
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			asked.Add(1)
			w.WriteHeader(status)
			io.WriteString(w, "User-agent: leporello\nCrawl-delay: 3\nDisallow: /private\n")
			return
		}
		io.WriteString(w, "<p>page")
	})
	root, c := t.TempDir(), newClock()
	follow := func(f *Fetcher, path string) error {
		_, _, err := f.Follow(context.Background(), address+path, Page)
		return err
	}
	f := open(t, root, Options{Clock: c.Clock()})
	if err := follow(f, "/a"); err != nil {
		t.Error(err)
	}
	wantReason(t, follow(f, "/private/1"), Disallowed)
	if err := follow(f, "/b"); err != nil {
		t.Error(err)
	}
	// What a person named is theirs to ask for.
	if _, _, err := f.Get(context.Background(), address+"/private/1", Page); err != nil {
		t.Error(err)
	}
	// Jitter is as long as it may be: 62.5 ms.
	if got := fmt.Sprint(c.waits); got != "[312.5ms 3.0625s 3.0625s]" {
		t.Errorf("waits %s", got)
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
	// The next run knows for a day.
	wantReason(t, follow(open(t, root, Options{Clock: c.Clock()}), "/private/1"), Disallowed)
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
	c.advance(25 * time.Hour)
	wantReason(t, follow(open(t, root, Options{Clock: c.Clock()}), "/private/1"), Disallowed)
	if asked.Load() != 2 {
		t.Errorf("asked %d times", asked.Load())
	}

	if _, _, err := open(t, root, Options{Robots: RobotsObey, Clock: c.Clock()}).Get(context.Background(), address+"/private/1", Page); err == nil {
		t.Error("RobotsObey: passed")
	}
	if err := follow(open(t, "", Options{Robots: RobotsIgnore}), "/private/1"); err != nil {
		t.Errorf("RobotsIgnore: %v", err)
	}
	if asked.Load() != 2 {
		t.Errorf("asked %d times", asked.Load())
	}
	// Another program may do what we may not.
	if err := follow(open(t, "", Options{UserAgent: "reader/2"}), "/private/1"); err != nil {
		t.Error(err)
	}
	// A file that is not there forbids nothing, one that is out of order everything.
	for _, tt := range []struct {
		status int
		ok     bool
	}{{404, true}, {403, true}, {503, false}} {
		status = tt.status
		for _, root := range []string{"", root} { // also where there was one before
			cl := newClock()
			cl.now = c.now.Add(48 * time.Hour)
			err := follow(open(t, root, Options{Clock: cl.Clock()}), "/a")
			if tt.ok && err != nil {
				t.Errorf("%d: %v", tt.status, err)
			}
			if !tt.ok && root == "" {
				wantReason(t, err, Disallowed)
			}
		}
	}
	// Nobody is asked offline.
	if err := follow(open(t, root, Options{Offline: true}), "/a"); err != nil {
		t.Error(err)
	}
	// Canceled is not forbidden.
	f = open(t, "", Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, err := f.Follow(ctx, address+"/a", Page)
	wantReason(t, err, Canceled)
	status = 200
	if err := follow(f, "/a"); err != nil {
		t.Error(err)
	}
	// A host that is not there is no question of robots.
	_, _, err = f.Follow(context.Background(), "http://nowhere.invalid/a", Page)
	wantReason(t, err, NoDNS)
}

// A redirect is no way around the robots.txt of the place that it leads to.
func TestRedirectAndRobots(t *testing.T) {
	var private atomic.Int64
	other, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			io.WriteString(w, "User-agent: *\nDisallow: /private\n")
		case "/private":
			private.Add(1)
			fallthrough
		default:
			io.WriteString(w, "x")
		}
	})
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			io.WriteString(w, "User-agent: *\nDisallow: /local\n")
			return
		}
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
	})
	f := open(t, "", Options{})
	for to, ok := range map[string]bool{other + "/open": true, other + "/private": false, "/local": false} {
		_, _, err := f.Follow(context.Background(), address+"/a?to="+url.QueryEscape(to), Page)
		if ok && err != nil {
			t.Error(err)
		} else if !ok {
			wantReason(t, err, Disallowed)
		}
	}
	if n := private.Load(); n != 0 {
		t.Errorf("asked for %d times", n)
	}
	if _, _, err := f.Get(context.Background(), address+"/a?to="+url.QueryEscape(other+"/private"), Page); err != nil {
		t.Error(err)
	}
}

// A robots.txt without end is read as far as it counts.
func TestEndlessRobots(t *testing.T) {
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/robots.txt" {
			io.WriteString(w, "x")
			return
		}
		io.WriteString(w, "User-agent: *\nDisallow: /private\n")
		for {
			if _, err := io.WriteString(w, strings.Repeat("# more\n", 10_000)); err != nil {
				return
			}
		}
	})
	f := open(t, "", Options{})
	if _, _, err := f.Follow(context.Background(), address+"/a", Page); err != nil {
		t.Error(err)
	}
	_, _, err := f.Follow(context.Background(), address+"/private", Page)
	wantReason(t, err, Disallowed)
}

func FuzzRobots(f *testing.F) {
	f.Add("User-agent: *\nDisallow: /*a*b$\nAllow: /%7e\nCrawl-delay: 3", "/~a?b=c")
	f.Add("Disallow: /\nUser-agent: leporello\rUser-agent: *\r\nAllow:*", "/")
	f.Fuzz(func(t *testing.T, body, path string) {
		u, err := url.Parse("https://example.org" + path)
		if err != nil {
			return
		}
		r := parseRobots([]byte(body), "leporello")
		got := r.allow(u)
		if r.delay < 0 || r.delay > maxDelay {
			t.Fatalf("delay %v", r.delay)
		}
		if p := normalPath(path); normalPath(p) != p {
			t.Fatalf("%q is not normal", p)
		}
		// Rules for others change nothing for us.
		if again := parseRobots([]byte("User-agent: other\nDisallow: /\n\n"+strings.TrimPrefix(body, "\uFEFF")), "leporello"); again.allow(u) != got && strings.HasPrefix(strings.ToLower(strings.TrimLeft(body, "\r\n")), "user-agent:") {
			t.Fatalf("%v became %v", got, !got)
		}
		if len(r.list) == 0 && !got {
			t.Fatal("refused by no rule")
		}
	})
}
