package fetch

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/leporello-press/leporello/article"
)

func TestByPolicy(t *testing.T) {
	const page, origin = "https://news.example/a/b.html?x=1", "https://news.example/"
	const same, cross, plain = "https://news.example/p.png", "https://cdn.example/p.png", "http://cdn.example/p.png"
	tests := []struct {
		policy             string
		same, cross, plain string
	}{
		{"", page, origin, ""},
		{"strict-origin-when-cross-origin", page, origin, ""},
		{"origin-when-cross-origin", page, origin, ""},
		{"no-referrer", "", "", ""},
		{"never", "", "", ""},
		{"No-Referrer ", "", "", ""},
		{"same-origin", page, "", ""},
		{"origin", origin, origin, ""},
		{"strict-origin", origin, origin, ""},
		{"unsafe-url", page, page, ""},
		{"no-referrer-when-downgrade", page, page, ""},
		{"origin, no-referrer", "", "", ""},
		{"no-referrer, something-new", "", "", ""},
		{"something-new", page, origin, ""},
	}
	for _, tt := range tests {
		for target, want := range map[string]string{same: tt.same, cross: tt.cross, plain: tt.plain} {
			u, _ := url.Parse(target)
			if got := byPolicy(tt.policy, pageURL(page), u).value; got != want {
				t.Errorf("%q for %s: %q, want %q", tt.policy, target, got, want)
			}
		}
	}
	u, _ := url.Parse(plain)
	for raw, want := range map[string]string{
		"http://user:pw@news.example/a#frag": "http://news.example/",
		"file:///home/me/a.html":             "",
		"posts/a.html":                       "",
		"HTTP://NEWS.example":                "http://news.example/",
	} {
		if got := byPolicy("", pageURL(raw), u).value; got != want {
			t.Errorf("page %s: %q, want %q", raw, got, want)
		}
	}
}

// picky serves a picture to those whose Referer it likes.
func picky(likes func(referer string) bool, refuse func(http.ResponseWriter)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if likes(r.Header.Get("Referer")) {
			send(w, pic(len(r.URL.Path)))
		} else {
			refuse(w)
		}
	}
}

func TestLadder(t *testing.T) {
	const page = "http://news.example/2026/a.html"
	refusals := map[string]func(http.ResponseWriter){
		"401":  func(w http.ResponseWriter) { w.WriteHeader(401) },
		"403":  func(w http.ResponseWriter) { w.WriteHeader(403) },
		"HTML": func(w http.ResponseWriter) { io.WriteString(w, "<html>no</html>") },
	}
	tests := []struct {
		name   string
		ref    Ref
		likes  func(string) bool
		modes  string // of the first picture's attempts
		modes2 string // of the second's
	}{
		{"none wanted, none sent", Ref{}, func(r string) bool { return r == "" }, "none", "none"},
		{"none wanted, policy says so", Ref{Page: page, Referrer: "no-referrer"}, func(r string) bool { return r == "" }, "none", "none"},
		{"none wanted, origin first", Ref{Page: page}, func(r string) bool { return r == "" }, "origin page none", "none"},
		{"the article's wanted", Ref{Page: page}, func(r string) bool { return r == page }, "origin page", "page"},
		{"the article's wanted, policy says none", Ref{Page: page, Referrer: "no-referrer"}, func(r string) bool { return r == page }, "none page", "page"},
		{"its site's wanted", Ref{Page: page}, func(r string) bool { return strings.HasPrefix(r, "http://news.example/") }, "origin", "origin"},
		{"from a file, none first", Ref{Page: page, Files: fstest.MapFS{}}, func(r string) bool { return r == "" }, "none", "none"},
		{"from a file, the article's wanted", Ref{Page: page, Files: fstest.MapFS{}}, func(r string) bool { return r == page }, "none page", "page"},
		{"nothing helps", Ref{Page: page}, func(string) bool { return false }, "origin page none origin* page* none*", "origin page none origin* page* none*"},
		{"nothing helps, no page", Ref{}, func(string) bool { return false }, "none none*", "none none*"},
	}
	for _, tt := range tests {
		for how, refuse := range refusals {
			t.Run(tt.name+" "+how, func(t *testing.T) {
				address, _ := serve(t, picky(tt.likes, refuse))
				root := t.TempDir()
				f := open(t, root, Options{})
				modes := func(f *Fetcher, name string) string {
					ref := tt.ref
					ref.Src = address + name
					_, attempts, err := f.Picture(context.Background(), ref)
					if helped := !strings.HasPrefix(tt.name, "nothing"); helped != (err == nil) {
						t.Errorf("%s: %v", name, err)
					}
					var s []string
					for _, a := range attempts {
						s = append(s, rungName(a))
					}
					return strings.Join(s, " ")
				}
				if got := modes(f, "/1"); got != tt.modes {
					t.Errorf("first: %s, want %s", got, tt.modes)
				}
				if got := modes(f, "/22"); got != tt.modes2 {
					t.Errorf("second: %s, want %s", got, tt.modes2)
				}
				// The next run knows too.
				if got := modes(open(t, root, Options{}), "/333"); got != tt.modes2 {
					t.Errorf("next run: %s, want %s", got, tt.modes2)
				}
			})
		}
	}
}

// rungName marks those in the name of a browser.
func rungName(a article.Attempt) string {
	if a.Agent == "browser" {
		return a.Referer + "*"
	}
	return a.Referer
}

func TestBrowser(t *testing.T) {
	const page = "http://news.example/a.html"
	likes := func(r *http.Request) bool {
		return strings.HasPrefix(r.Header.Get("User-Agent"), "Mozilla/5.0") && r.Header.Get("Referer") == page
	}
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !likes(r) {
			w.WriteHeader(403)
			return
		}
		send(w, pic(len(r.URL.Path)))
	})
	root := t.TempDir()
	get := func(o Options, name string, want string) {
		t.Helper()
		_, attempts, err := open(t, root, o).Picture(context.Background(), Ref{Src: address + name, Page: page})
		var s []string
		for _, a := range attempts {
			s = append(s, rungName(a))
		}
		if got := strings.Join(s, " "); got != want || (err == nil) == (o.UserAgent != "") {
			t.Errorf("%s: %s, %v; want %s", name, got, err, want)
		}
	}
	get(Options{}, "/1", "origin page none origin* page*")
	get(Options{}, "/22", "page*")
	if count.Load() != 6 {
		t.Errorf("%d requests", count.Load())
	}
	// Who chose a name is not given another.
	get(Options{UserAgent: "reader/1"}, "/333", "origin page none")
}

// A host that refuses everything to everyone is not asked six times for each of
// its pictures.
func TestStubbornHost(t *testing.T) {
	good := false
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !good {
			w.WriteHeader(403)
			return
		}
		send(w, pic(len(r.URL.Path)))
	})
	f := open(t, "", Options{})
	ask := func(name string) (int64, error) {
		before := count.Load()
		_, _, err := f.Picture(context.Background(), Ref{Src: address + name, Page: "http://news.example/a"})
		return count.Load() - before, err
	}
	for i := range 10 {
		n, err := ask(fmt.Sprintf("/%d", i))
		wantReason(t, err, "http_403")
		if want := map[bool]int64{true: 6, false: 1}[i < stubborn]; n != want {
			t.Errorf("picture %d: %d requests, want %d", i, n, want)
		}
	}
	good = true
	if n, err := ask("/good"); n != 1 || err != nil {
		t.Errorf("%d requests, %v", n, err)
	}
	good = false
	if n, _ := ask("/again"); n != 6 {
		t.Errorf("%d requests", n)
	}
}

// A single pixel may stand for a picture that is refused, or be one that counts
// readers.
func TestPixels(t *testing.T) {
	pixel, _ := base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
	const page = "http://news.example/a.html"
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/picture" && r.Header.Get("Referer") == page {
			send(w, pic(1))
			return
		}
		w.Write(pixel)
	})
	f := open(t, "", Options{})
	if _, attempts, err := f.Picture(context.Background(), Ref{Src: address + "/picture", Page: page}); err != nil || len(attempts) != 2 {
		t.Errorf("%v, %v", attempts, err)
	}
	count.Store(0)
	_, _, err := f.Picture(context.Background(), Ref{Src: address + "/counter", Page: page})
	wantReason(t, err, Tracker)
	if count.Load() != 3 {
		t.Errorf("%d requests", count.Load())
	}
}

func TestNoLadderForOtherFailures(t *testing.T) {
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) })
	f := open(t, "", Options{})
	_, attempts, err := f.Picture(context.Background(), Ref{Src: address, Page: "http://news.example/a"})
	wantReason(t, err, "http_404")
	if count.Load() != 1 || len(attempts) != 1 {
		t.Errorf("%d requests, %v", count.Load(), attempts)
	}
}

func TestRefererTellsNoSecrets(t *testing.T) {
	var told []string
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		told = append(told, r.Header.Get("Referer"))
		w.WriteHeader(403)
	})
	open(t, "", Options{}).Picture(context.Background(), Ref{Src: address, Page: "http://me:pw@news.example/a?id=1&token=abc#f", Referrer: "unsafe-url"})
	if got := strings.Join(told, " "); got != "http://news.example/a  http://news.example/a " {
		t.Errorf("told %q", got)
	}
}

func TestRefererOnRedirect(t *testing.T) {
	seen := make(chan string, 10)
	other, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { seen <- r.Header.Get("Referer"); send(w, pic(1)) })
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("Referer")
		http.Redirect(w, r, other+r.URL.Path, http.StatusFound)
	})
	page := address + "/article.html"
	for i, tt := range []struct{ policy, first, second string }{
		{"", page, address + "/"},
		{"no-referrer", "", ""},
		{"same-origin", page, ""},
		{"unsafe-url", page, page},
	} {
		f := open(t, "", Options{})
		if _, _, err := f.Picture(context.Background(), Ref{Src: fmt.Sprintf("%s/%d", address, i), Page: page, Referrer: tt.policy}); err != nil {
			t.Error(err)
		}
		if a, b := <-seen, <-seen; a != tt.first || b != tt.second {
			t.Errorf("%q: %q then %q, want %q then %q", tt.policy, a, b, tt.first, tt.second)
		}
	}
}

func TestRelativeToPage(t *testing.T) {
	var asked []string
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.RequestURI)
		send(w, pic(1))
	})
	tests := []struct{ src, want string }{
		{"p.png", "/2026/p.png"},
		{"../p 1.png?a=b c#x", "/p%201.png?a=b%20c"},
		{"/图/p.png", "/%E5%9B%BE/p.png"},
		{"?wx=1", "/2026/a.html?wx=1"},
		{`\win\p.png`, "/win/p.png"},
		{"100%.png", "/2026/100%25.png"},
		{"a%2fb.png", "/2026/a%2fb.png"},
		{"//" + strings.TrimPrefix(address, "http://") + "/x", "/x"},
		{"p:1.png", ""}, // a scheme
		{"./p:1.png", "/2026/p:1.png"},
		{"\n " + address + "/ta\tb.png ", "/tab.png"},
	}
	for _, tt := range tests {
		asked = nil
		f := open(t, "", Options{})
		_, _, err := f.Picture(context.Background(), Ref{Src: tt.src, Page: address + "/2026/a.html"})
		if tt.want == "" {
			wantReason(t, err, BadScheme)
			continue
		}
		if err != nil || len(asked) != 1 || asked[0] != tt.want {
			t.Errorf("%q: asked for %q, %v; want %s", tt.src, asked, err, tt.want)
		}
	}
}

func TestParseHosts(t *testing.T) {
	for src, want := range map[string]string{
		"http://例子.测试/图.png":             "http://xn--fsqu00a.xn--0zwm56d/%E5%9B%BE.png",
		"HTTP://EXAMPLE.org:80/A":        "http://example.org/A",
		"https://example.org:443/":       "https://example.org/",
		"https://example.org:8443/":      "https://example.org:8443/",
		"http://a_b.example.org/":        "http://a_b.example.org/",
		"http://[2001:DB8::1]:80/":       "http://[2001:db8::1]/",
		"http://example.org?x=<\"图\">":   "http://example.org?x=%3C%22%E5%9B%BE%22%3E",
		`http:\\example.org\a`:           "http://example.org/a",
		"http://example.org/a%zz":        "http://example.org/a%25zz",
		"http://example.org/!$&'()*+,;=": "http://example.org/!$&'()*+,;=",
	} {
		u, err := parse(src)
		if err != nil || u.String() != want {
			t.Errorf("%s: %v, %v; want %s", src, u, err, want)
		}
	}
}

func TestLocal(t *testing.T) {
	dir := t.TempDir()
	outside := dir + "/secret.png"
	write := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in := dir + "/in"
	for _, d := range []string{in, in + "/posts", in + "/posts/p", in + "/img", in + "/posts/dir.png"} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(outside, pic(1))
	write(in+"/posts/a.html", []byte("<p>"))
	write(in+"/posts/p/1.png", pic(2))
	write(in+"/posts/p/图 1.png", pic(3))
	write(in+"/posts/100%.png", pic(4))
	write(in+"/img/2.png", pic(5))
	write(in+"/posts/text.png", []byte("not a picture"))
	write(in+"/posts/big.png", append(pic(6), make([]byte, 200<<10)...))
	for link, to := range map[string]string{
		in + "/posts/escape.png": outside, in + "/posts/up": dir, in + "/posts/inner.png": "p/1.png", in + "/posts/passwd.png": "/etc/passwd",
	} {
		if err := os.Symlink(to, link); err != nil {
			t.Skip(err)
		}
	}
	root, err := os.OpenRoot(in)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	tests := []struct {
		src  string
		want Reason // empty: it is a picture
	}{
		{"p/1.png", ""},
		{"./p/1.png?v=2#x", ""},
		{`p\1.png`, ""},
		{"p/%E5%9B%BE%201.png", ""},
		{"p/图 1.png", ""},
		{"100%.png", ""},
		{"../img/2.png", ""},
		{"p/../../img/2.png", ""},
		{"inner.png", ""},
		{"nothing.png", Missing},
		{"dir.png", Missing},
		{"text.png", NotAnImage},
		{"big.png", TooLarge},
		{"../../secret.png", OutsideFolder},
		{"..%2f..%2fsecret.png", OutsideFolder},
		{"%2e%2e/%2e%2e/secret.png", OutsideFolder},
		{`..\..\secret.png`, OutsideFolder},
		{"p/../../../secret.png", OutsideFolder},
		{"/etc/passwd", OutsideFolder},
		{"%2fetc/passwd", OutsideFolder},
		{outside, OutsideFolder},
		{"escape.png", OutsideFolder},
		{"up/secret.png", OutsideFolder},
		{"passwd.png", OutsideFolder},
		{"p/1.png%00.jpg", OutsideFolder},
		{"file:p/1.png", BadScheme},
		{"file:///" + outside, BadScheme},
		{"file%3a///etc/passwd", OutsideFolder},
		{"c%3a/x.png", OutsideFolder},
		{"", BadAddress},
		{"?x", BadAddress},
	}
	for _, tt := range tests {
		f := open(t, "", Options{Limits: Limits{Picture: 100 << 10}})
		a, attempts, err := f.Picture(context.Background(), Ref{Src: tt.src, Files: root.FS(), Path: "posts/a.html"})
		if len(attempts) != 0 {
			t.Errorf("%q: attempts %v", tt.src, attempts)
		}
		if tt.want == "" {
			if err != nil || a.Width != 20 {
				t.Errorf("%q: %+v, %v", tt.src, a, err)
			}
			continue
		}
		if e := wantReason(t, err, tt.want); strings.Contains(e.Error(), dir) {
			t.Errorf("%q: %v names a path of the machine", tt.src, e)
		}
	}
}

func TestRemotePagesNameNoFiles(t *testing.T) {
	f := open(t, "", Options{})
	for _, src := range []string{"file:///etc/passwd", "file://localhost/etc/passwd"} {
		_, _, err := f.Picture(context.Background(), Ref{Src: src, Page: "http://news.example/"})
		wantReason(t, err, BadScheme)
	}
}

func TestData(t *testing.T) {
	b64 := "iVBORw0KGgoAAAANSUhEUgAAAAMAAAADCAAAAABzQ+pjAAAAEElEQVR4nGNgaGAAA4f/DgAICgIAW8touwAAAABJRU5ErkJggg=="
	tests := []struct {
		src  string
		want Reason
	}{
		{"data:image/png;base64," + b64, ""},
		{"DATA:text/html;charset=x;BASE64 ," + strings.TrimRight(b64, "="), ""},
		{"data:;base64," + strings.NewReplacer("+", "%2B", "/", "%2F").Replace(b64), ""},
		{"data:;base64," + strings.NewReplacer("+", "-", "/", "_").Replace(b64), ""},
		{"data:;base64," + b64[:20] + "\n  " + b64[20:], ""},
		{"data:image/png;base64,!!!", BadAddress},
		{"data:image/png", BadAddress},
		{"data:image/png,", NotAnImage},
		{"data:text/html,<script>alert(1)</script>", NotAnImage},
		{"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E", UnsupportedType},
		{"data:image/png;base64," + strings.Repeat("A", 8<<20), TooLarge},
		{"data:image/png," + strings.Repeat("A", 100<<20), TooLarge},
	}
	for _, tt := range tests {
		f := open(t, "", Options{})
		a, _, err := get(f, tt.src)
		name := tt.src[:min(len(tt.src), 60)]
		if tt.want == "" {
			if err != nil || a.Width != 3 {
				t.Errorf("%s: %+v, %v", name, a, err)
			}
			continue
		}
		if e := wantReason(t, err, tt.want); len(e.Error()) > 200 {
			t.Errorf("%s: an error of %d bytes", name, len(e.Error()))
		}
	}
}
