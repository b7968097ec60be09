package library

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image"
	"io"
	"net"

	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/digest/opds"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
)

// TestHeaders: every answer, also one that refuses, carries what browsers are to obey.
func TestHeaders(t *testing.T) {
	w := bookshop(t)
	for _, c := range [][]string{{"GET", "/"}, {"HEAD", "/runs"}, {"GET", "/nothing"}, {"POST", "/"}, {"GET", "/", "Host", "evil.example"}, {"GET", "/opds"}, {"GET", "/style.css"}, {"GET", "/healthz"}, {"GET", "/metrics"}} {
		h := w.get(c[0], c[1], c[2:]...).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Set-Cookie": "",
		} {
			if h.Get(name) != want {
				t.Errorf("%v: %s is %q", c, name, h.Get(name))
			}
		}
		if h.Get("Content-Type") == "" {
			t.Errorf("%v: no type", c)
		}
	}
}

func TestMethods(t *testing.T) {
	w := bookshop(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "TRACE", "CONNECT"} {
		for _, path := range []string{"/", "/runs", "/nothing", "/opds", "/healthz"} {
			if rec := w.get(method, path); rec.Code != 405 || rec.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d, %q", method, path, rec.Code, rec.Header().Get("Allow"))
			}
		}
	}
}

// TestHosts: a name that is not the library's own is refused, so that no page of
// another site reads it by a name that leads here.
func TestHosts(t *testing.T) {
	w := bookshop(t)
	w.Config.Serve.BaseURL = "https://Books.example.org:8443/lib/"
	w.Hosts = []string{"nas.local"}
	h := New(w.Options)
	ask := func(host, at string) int {
		r := httptest.NewRequest("GET", "/lib/", nil)
		r.Host = host
		if at != "" {
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, addr(at)))
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec.Code
	}
	for _, c := range []struct {
		host, at string
		code     int
	}{
		{"localhost:8377", "", 200}, {"LOCALHOST", "", 200}, {"localhost.", "", 200}, {"127.0.0.1", "", 200}, {"127.9.9.9:80", "", 200}, {"[::1]:8377", "", 200}, {"[::ffff:127.0.0.1]", "", 200},
		{"books.example.org", "", 200}, {"BOOKS.example.org:443", "", 200}, {"nas.local:8377", "", 200},
		{"evil.example", "", 421}, {"localhost.evil.example", "", 421}, {"127.0.0.1.evil.example", "", 421}, {"evil.example:8377", "192.168.1.5:8377", 421}, {"", "", 421}, {"[::1%25lo]", "", 421},
		{"192.168.1.5", "127.0.0.1:8377", 421}, {"192.168.1.5", "", 421}, {"0.0.0.0", "127.0.0.1:8377", 421}, {"192.168.1.5:8377", "192.168.1.5:8377", 200}, {"203.0.113.7", "172.17.0.2:8377", 200}, {"[2001:db8::1]:8377", "[2001:db8::1]:8377", 200},
	} {
		if got := ask(c.host, c.at); got != c.code {
			t.Errorf("host %q at %q: %d, want %d", c.host, c.at, got, c.code)
		}
	}
}

type addr string

func (addr) Network() string  { return "tcp" }
func (a addr) String() string { return string(a) }

// TestPrefix: behind a proxy the library lies below a path, and all its links do.
func TestPrefix(t *testing.T) {
	w := bookshop(t)
	w.Config.Serve.BaseURL = "https://books.example.org/lib"
	for path, code := range map[string]int{"/lib/": 200, "/lib/runs": 200, "/lib/opds": 200, "/lib/healthz": 200, "/": 404, "/runs": 404} {
		rec := w.get("GET", path)
		if rec.Code != code {
			t.Errorf("%s: %d", path, rec.Code)
		}
		for _, m := range regexp.MustCompile(`(?:href|src|action)="(/[^"]*)"`).FindAllStringSubmatch(rec.Body.String(), -1) {
			if !strings.HasPrefix(m[1], "/lib/") {
				t.Errorf("%s leads to %s", path, m[1])
			}
		}
	}
	if rec := w.get("GET", "/lib"); rec.Code/100 != 3 || rec.Header().Get("Location") != "/lib/" {
		t.Errorf("/lib: %d to %q", rec.Code, rec.Header().Get("Location"))
	}
	if body := w.get("GET", "/lib/opensearch.xml").Body.String(); !strings.Contains(body, `template="https://books.example.org/lib/opds/search?q={searchTerms}"`) {
		t.Error(body)
	}
}

func TestToken(t *testing.T) {
	w := bookshop(t)
	w.Token = "correct horse"
	with := func(user, password string) string {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetBasicAuth(user, password)
		return r.Header.Get("Authorization")
	}
	for _, path := range []string{"/", "/opds", "/metrics", "/style.css", "/file/2-0/weekly-47.epub", "/cover/2-small-00000000", "/nothing"} {
		for _, auth := range []string{"", with("", ""), with("leporello", "wrong"), with("correct horse", ""), "Bearer correct horse", "Basic !!", "Basic"} {
			rec := w.get("GET", path, "Authorization", auth)
			if rec.Code != 401 || rec.Header().Get("WWW-Authenticate") != `Basic realm="__", charset="UTF-8"` || strings.Contains(rec.Body.String(), "weekly") {
				t.Errorf("%s with %q: %d, %q", path, auth, rec.Code, rec.Header().Get("WWW-Authenticate"))
			}
		}
	}
	for _, user := range []string{"", "leporello", "me@example.org"} {
		if rec := w.get("GET", "/opds", "Authorization", with(user, "correct horse")); rec.Code != 200 {
			t.Errorf("user %q: %d", user, rec.Code)
		}
	}
	if rec := w.get("GET", "/healthz"); rec.Code != 200 || rec.Body.String() != "ok\n" {
		t.Errorf("/healthz: %d, %q", rec.Code, rec.Body)
	}
}

// TestNoPaths: nothing but what the state lists is sent, whatever the address says.
func TestNoPaths(t *testing.T) {
	w := bookshop(t)
	n := w.issueID("weekly", 47)
	for _, path := range []string{
		"/file/..%2f..%2fetc%2fpasswd", "/file/%2e%2e%2f%2e%2e%2fetc/passwd", "/file/..%5c..%5cx/y", "/..%2f..%2fetc%2fpasswd", "/file/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
		fmt.Sprintf("/file/%d-0/..%%2f..%%2fetc%%2fpasswd", n), fmt.Sprintf("/file/%d-0/other.epub", n), fmt.Sprintf("/file/%d-0/", n), fmt.Sprintf("/file/%d-0", n), fmt.Sprintf("/file/%d-9/weekly-47.epub", n), fmt.Sprintf("/file/%d--1/weekly-47.epub", n),
		fmt.Sprintf("/file/%d/weekly-47.epub", n), "/file/-1-0/x", "/file/99999999999999999999-0/x", "/file/x-y/z", "/file/%00-0/x", fmt.Sprintf("/cover/%d-small-zzzzzzzz", n), "/cover/..%2fx", "/cover/1-small-", "/cover/99-large-00000000", "/cover/" + strings.Repeat("-", 5000),
		"/issue/..%2f1", "/issue/-1", "/issue/0", "/issue/1e3", "/digest/..%2f..%2fetc", "/digest/", "/style.css/..%2fx", "/testdata/front.html", "/.git/config",
	} {
		rec := w.get("GET", path)
		if rec.Code == 307 || rec.Code == 301 { // cleaned by net/http, which asks to come again
			rec = w.get("GET", rec.Header().Get("Location"))
		}
		if rec.Code != 404 || strings.Contains(rec.Body.String(), "root:") {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
}

// TestFiles: books are sent whole, in part, or not again.
func TestFiles(t *testing.T) {
	w := bookshop(t)
	n := w.issueID("weekly", 47)
	path := fmt.Sprintf("/file/%d-0/weekly-47.epub", n)
	const book = "epub3 book 0 of weekly 47"
	rec := w.get("GET", path)
	h := rec.Header()
	if rec.Code != 200 || rec.Body.String() != book || h.Get("Content-Type") != "application/epub+zip" || h.Get("Content-Length") != "25" || h.Get("Accept-Ranges") != "bytes" ||
		h.Get("Content-Disposition") != `attachment; filename="weekly-47.epub"; filename*=UTF-8''%E7%A7%91%E6%8A%80%E5%91%A8%E5%88%8A-47.epub` || h.Get("Last-Modified") == "" {
		t.Errorf("%d, %q, %v", rec.Code, rec.Body, h)
	}
	etag := h.Get("Etag")
	if rec := w.get("HEAD", path); rec.Code != 200 || rec.Body.Len() != 0 || rec.Header().Get("Content-Length") != "25" || rec.Header().Get("Content-Type") != "application/epub+zip" {
		t.Errorf("HEAD: %d, %v", rec.Code, rec.Header())
	}
	for _, c := range []struct {
		name, header, value string
		code                int
		body                string
	}{
		{"not changed", "If-None-Match", etag, 304, ""},
		{"not changed, weakly", "If-None-Match", `"x", W/` + etag, 304, ""},
		{"changed", "If-None-Match", `"x"`, 200, book},
		{"a part", "Range", "bytes=6-9", 206, "book"},
		{"the end", "Range", "bytes=-2", 206, "47"},
		{"from there on", "Range", "bytes=23-", 206, "47"},
		{"too far", "Range", "bytes=25-", 416, ""},
		{"far too far", "Range", "bytes=99999999999999999999-", 416, ""},
		{"huge", "Range", "bytes=0-99999999999999", 206, book},
		{"nonsense", "Range", "bytes=x", 416, ""},
		{"many parts, more than all", "Range", "bytes=" + strings.Repeat("0-,", 100) + "0-", 200, book},
	} {
		rec := w.get("GET", path, c.header, c.value)
		if rec.Code != c.code || c.code < 300 && rec.Body.String() != c.body {
			t.Errorf("%s: %d, %q", c.name, rec.Code, rec.Body)
		}
	}
	if rec := w.get("GET", path, "Range", "bytes=0-1", "If-Range", `"old"`); rec.Code != 200 || rec.Body.String() != book {
		t.Errorf("If-Range of an old book: %d", rec.Code)
	}
	if rec := w.get("GET", fmt.Sprintf("/file/%d-1/weekly-47.pdf", n)); rec.Header().Get("Content-Type") != "application/pdf" || rec.Header().Get("Content-Disposition") != `attachment; filename="weekly-47.pdf"` {
		t.Errorf("%v", rec.Header())
	}
}

// TestGone: a book that is no longer in the store is said to be gone, and how to make
// it again.
func TestGone(t *testing.T) {
	w := bookshop(t)
	n := w.issueID("weekly", 47)
	outputs, err := w.State.Outputs(context.Background(), n)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Blobs.Remove(context.Background(), outputs[0].Blob); err != nil {
		t.Fatal(err)
	}
	rec := w.get("GET", fmt.Sprintf("/file/%d-0/weekly-47.epub", n))
	if rec.Code != 410 || !strings.Contains(rec.Body.String(), "leporello run weekly --issue 47") || rec.Header().Get("Etag") != "" || rec.Header().Get("Content-Disposition") != "" {
		t.Errorf("%d, %v, %s", rec.Code, rec.Header(), rec.Body)
	}
}

// TestBroken: what broke within is told to the log, not to readers.
func TestBroken(t *testing.T) {
	w := bookshop(t)
	w.State.Close()
	for _, path := range []string{"/", "/runs", "/opds", "/metrics", "/file/2-0/weekly-47.epub"} {
		if rec := w.get("GET", path); rec.Code != 500 || strings.Contains(rec.Body.String(), "sql") || !strings.Contains(rec.Body.String(), english.failure) {
			t.Errorf("%s: %d, %s", path, rec.Code, rec.Body)
		}
	}
	if rec := w.get("GET", "/healthz"); rec.Code != 503 {
		t.Errorf("/healthz: %d", rec.Code)
	}
}

// counting tells how often blobs were opened.
type counting struct {
	blob.Store
	opened int
}

func (c *counting) Open(ctx context.Context, key string) (blob.Reader, error) {
	c.opened++
	return c.Store.Open(ctx, key)
}

// TestCovers: a cover is sent as it is and made small once.
func TestCovers(t *testing.T) {
	w := bookshop(t)
	count := &counting{Store: w.Blobs}
	w.Blobs = count
	n := w.issueID("weekly", 47)
	outputs, err := w.State.Outputs(context.Background(), n)
	if err != nil {
		t.Fatal(err)
	}
	path := func(size string) string { return fmt.Sprintf("/cover/%d-%s-%.8s", n, size, outputs[0].Cover) }
	large := w.get("GET", path("large"))
	if large.Code != 200 || large.Header().Get("Content-Type") != "image/png" || !bytes.Equal(large.Body.Bytes(), drawn(cinnabar)) {
		t.Errorf("large: %d, %v", large.Code, large.Header())
	}
	count.opened = 0
	var first []byte
	for range 3 {
		small := w.get("GET", path("small"))
		c, kind, err := image.DecodeConfig(bytes.NewReader(small.Body.Bytes()))
		if small.Code != 200 || small.Header().Get("Content-Type") != "image/jpeg" || err != nil || kind != "jpeg" || c.Width != smallWidth || c.Height != smallWidth*4/3 {
			t.Errorf("small: %d, %v, %v, %v", small.Code, small.Header(), c, err)
		}
		if first == nil {
			first = small.Body.Bytes()
		} else if !bytes.Equal(first, small.Body.Bytes()) {
			t.Error("another picture")
		}
	}
	if count.opened != 1 {
		t.Errorf("the cover was read %d times", count.opened)
	}
	if files, err := os.ReadDir(w.Thumbnails); err != nil || len(files) != 1 {
		t.Errorf("thumbnails: %v, %v", files, err)
	}
	// Without a folder, and with one that cannot be, covers are made all the same.
	for _, folder := range []string{"", "/dev/null/x"} {
		w.Thumbnails = folder
		if small := w.get("GET", path("small")); small.Code != 200 || !bytes.Equal(small.Body.Bytes(), first) {
			t.Errorf("folder %q: %d", folder, small.Code)
		}
	}
	if rec := w.get("GET", path("small"), "If-None-Match", `"x", `+w.get("GET", path("small")).Header().Get("Etag")); rec.Code != 304 {
		t.Errorf("again: %d", rec.Code)
	}
}

// TestNoPicture: a cover that is none breaks no page and is not shown as one.
func TestNoPicture(t *testing.T) {
	w := empty(t)
	w.digest("a", "A", "", "UTC")
	w.made("a", 1, "A 1", "en", "2026-11-22T07:00:00Z", []byte("<svg onload=alert(1)>"), nil, epub("a.epub"))
	page := w.get("GET", "/").Body.String()
	src := regexp.MustCompile(`/cover/[^"]+`).FindString(page)
	if rec := w.get("GET", strings.Replace(src, "small", "large", 1)); rec.Header().Get("Content-Type") != "application/octet-stream" {
		t.Errorf("large: %d %v", rec.Code, rec.Header())
	}
	if rec := w.get("GET", src); rec.Code != 500 {
		t.Errorf("small: %d", rec.Code)
	}
	if rec := w.get("GET", "/opds/digest/a"); rec.Code != 200 || strings.Contains(rec.Body.String(), "/image") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

// feed is what a reading program takes of OPDS 1.2.
type feed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Links   []link   `xml:"link"`
	Entries []struct {
		ID     string `xml:"id"`
		Title  string `xml:"title"`
		Author string `xml:"author>name"`
		Links  []link `xml:"link"`
	} `xml:"entry"`
}

type link struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
	Type string `xml:"type,attr"`
}

func linked(links []link, rel string) string {
	for _, l := range links {
		if l.Rel == rel {
			return l.Href
		}
	}
	return ""
}

// TestKOReader goes the way of KOReader: the first catalogue, a shelf, its pages, a
// search, the cover and the book, by HEAD and GET, with basic authentication.
func TestKOReader(t *testing.T) {
	w := bookshop(t)
	for n := 1; n <= perPage+2; n++ {
		w.made("rest", n, fmt.Sprintf("Rest %d", n), "en", day("2026-01-01T07:00:00Z").AddDate(0, 0, n).Format(time.RFC3339), nil, nil, epub(fmt.Sprintf("r%d.epub", n)))
	}
	w.Token = "open sesame"
	login := httptest.NewRequest("GET", "/", nil)
	login.SetBasicAuth("reader", w.Token)
	ask := func(method, path string) *httptest.ResponseRecorder {
		t.Helper()
		rec := w.get(method, path, "User-Agent", "KOReader/2026.03 (https://koreader.rocks/) LuaSocket/3.0-rc1", "Accept", "*/*", "Authorization", login.Header.Get("Authorization"))
		if rec.Code != 200 {
			t.Fatalf("%s %s: %d", method, path, rec.Code)
		}
		return rec
	}
	read := func(path string) (f feed) {
		t.Helper()
		rec := ask("GET", path)
		if err := xml.Unmarshal(rec.Body.Bytes(), &f); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if got := rec.Header().Get("Content-Type"); !strings.HasPrefix(got, "application/atom+xml;profile=opds-catalog;kind=") || linked(f.Links, "self") != path || linked(f.Links, "start") != "/opds" {
			t.Errorf("%s: %s, %v", path, got, f.Links)
		}
		return f
	}
	root := read("/opds")
	if root.Title != "书房" || len(root.Entries) != 3 || root.Entries[0].Title != "科技周刊" || root.Entries[0].ID != opds.ID("digest", "weekly") {
		t.Errorf("%+v", root)
	}
	shelf := read(linked(root.Entries[0].Links, "subsection"))
	if len(shelf.Entries) != 2 || shelf.Entries[0].Title != "科技周刊 第47期" || shelf.Entries[0].ID != opds.ID("issue", "weekly", "2026-11-22T07:00") {
		t.Fatalf("%+v", shelf)
	}
	issue := shelf.Entries[0]
	book := linked(issue.Links, "http://opds-spec.org/acquisition")
	if head := ask("HEAD", book); head.Header().Get("Content-Disposition") == "" || head.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD %s: %v", book, head.Header())
	}
	if got := ask("GET", book).Body.String(); got != "epub3 book 0 of weekly 47" {
		t.Errorf("%s: %q", book, got)
	}
	for _, rel := range []string{"http://opds-spec.org/image", "http://opds-spec.org/image/thumbnail"} {
		for _, l := range issue.Links {
			if l.Rel == rel {
				if got := ask("GET", l.Href).Header().Get("Content-Type"); got != l.Type {
					t.Errorf("%s is %s, not %s", l.Href, got, l.Type)
				}
			}
		}
		if linked(issue.Links, rel) == "" {
			t.Errorf("no %s", rel)
		}
	}
	seen := map[string]bool{}
	for path := linked(root.Entries[2].Links, "subsection"); path != ""; {
		page := read(path)
		for _, e := range page.Entries {
			if seen[e.ID] {
				t.Errorf("%s twice", e.Title)
			}
			seen[e.ID] = true
		}
		path = linked(page.Links, "next")
	}
	if len(seen) != perPage+2 {
		t.Errorf("%d issues on all pages", len(seen))
	}
	var search struct {
		URL struct {
			Template string `xml:"template,attr"`
			Type     string `xml:"type,attr"`
		} `xml:"Url"`
	}
	if err := xml.Unmarshal(ask("GET", linked(root.Links, "search")).Body.Bytes(), &search); err != nil || search.URL.Type != opds.AcquisitionType {
		t.Fatalf("%+v, %v", search, err)
	}
	path, _ := strings.CutPrefix(strings.Replace(search.URL.Template, "{searchTerms}", "%E6%B8%AF%E5%8F%A3", 1), "http://localhost:8377")
	if found := read(path); len(found.Entries) != 1 || found.Entries[0].Title != "科技周刊 第47期" {
		t.Errorf("%s: %+v", path, found.Entries)
	}
}

// TestThorium goes the way of Thorium: OPDS 2.0, its groups, a publication, the
// search by a template.
func TestThorium(t *testing.T) {
	w := bookshop(t)
	type item struct {
		Rel, Href, Type string
		Templated       bool
	}
	type publication struct {
		Metadata struct{ Title, Identifier, Language string }
		Links    []item
		Images   []item
	}
	type feed struct {
		Metadata     struct{ Title string }
		Links        []item
		Navigation   []item
		Groups       []struct{ Publications []publication }
		Publications []publication
	}
	read := func(path string, into any) {
		t.Helper()
		rec := w.get("GET", path, "User-Agent", "Mozilla/5.0 Electron Thorium/3.2", "Accept", "application/opds+json;q=0.9, application/opds-publication+json;q=0.9, application/atom+xml;q=0.8, */*;q=0.1")
		if rec.Code != 200 || !strings.HasPrefix(rec.Header().Get("Content-Type"), "application/opds") || !json.Valid(rec.Body.Bytes()) {
			t.Fatalf("%s: %d, %s", path, rec.Code, rec.Header().Get("Content-Type"))
		}
		if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	to := func(links []item, rel string) (it item) {
		for _, l := range links {
			if l.Rel == rel {
				return l
			}
		}
		return it
	}
	var root, shelf, found feed
	read("/opds/v2", &root)
	if root.Metadata.Title != "书房" || len(root.Groups) != 2 || len(root.Navigation) != 1 || len(root.Groups[0].Publications) != 1 {
		t.Errorf("%+v", root)
	}
	read("/opds/v2/digest/weekly", &shelf)
	if len(shelf.Publications) != 2 || shelf.Publications[0].Metadata.Language != "zh-Hans" || len(shelf.Publications[0].Images) != 2 {
		t.Fatalf("%+v", shelf)
	}
	var alone publication
	read(to(shelf.Publications[0].Links, "self").Href, &alone)
	if alone.Metadata != shelf.Publications[0].Metadata {
		t.Errorf("%+v", alone)
	}
	book := to(alone.Links, "http://opds-spec.org/acquisition")
	if rec := w.get("GET", book.Href); rec.Code != 200 || rec.Header().Get("Content-Type") != book.Type {
		t.Errorf("%v: %d %v", book, rec.Code, rec.Header())
	}
	search := to(root.Links, "search")
	if !search.Templated {
		t.Fatalf("%+v", search)
	}
	read(strings.Replace(search.Href, "{?query}", "?query=%E7%81%AF", 1), &found)
	if len(found.Publications) != 1 || found.Publications[0].Metadata.Title != "週刊 読みもの 第12号" {
		t.Errorf("%+v", found)
	}
}

// TestSearch: what is searched for is text, not a pattern.
func TestSearch(t *testing.T) {
	w := empty(t)
	w.digest("a", "A", "", "UTC")
	w.made("a", 1, `100% of a_b \ "Ärger"`, "en", "2026-11-21T07:00:00Z", nil, []piece{{"Left Out", "", "", "", state.TooOld}, {"The Folded Book", "", "", "", ""}}, epub("a.epub"))
	w.made("a", 2, "Another", "en", "2026-11-22T07:00:00Z", nil, nil, epub("b.epub"))
	for q, want := range map[string]int{"%": 1, "_": 1, `\`: 1, `"`: 1, "anoTHER": 1, "a": 2, "folded BOOK": 1, "left out": 0, "Ärger": 1, "' OR 1=1 --": 0, "": 0, "  ": 0, "\x00": 0} {
		list, err := (&view{site: &site{Options: w.Options}, r: httptest.NewRequest("GET", "/", nil)}).found(strings.TrimSpace(q))
		if err != nil || len(list) != want {
			t.Errorf("%q: %d issues, want %d, %v", q, len(list), want, err)
		}
	}
}

// line is one of the text format of Prometheus.
var line = regexp.MustCompile(`^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"\})? [-+0-9.e]+)$`)

func TestMetrics(t *testing.T) {
	w := bookshop(t)
	w.Tool = `leporello "1.0"\`
	if err := w.State.SetHarvested(context.Background(), "feed\n1", w.now, 3, 1, "HTTP 503"); err != nil {
		t.Fatal(err)
	}
	rec := w.get("GET", "/metrics")
	body := rec.Body.String()
	if rec.Code != 200 || rec.Header().Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
	typed := map[string]bool{}
	for _, l := range strings.Split(strings.TrimSuffix(body, "\n"), "\n") {
		if !line.MatchString(l) {
			t.Errorf("no line of a metric: %q", l)
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(l, "# TYPE "), " ")
		if strings.HasPrefix(l, "# TYPE ") {
			if typed[name] {
				t.Errorf("%s twice", name)
			}
			typed[name] = true
		} else if name, _, _ = strings.Cut(name, "{"); !strings.HasPrefix(l, "#") && !typed[name] {
			t.Errorf("%s has no type", name)
		}
	}
	for _, want := range []string{
		`leporello_build_info{version="leporello \"1.0\"\\"} 1`, `leporello_runs{state="done"} 3`, `leporello_runs{state="failed"} 1`, `leporello_runs{state="pictures"} 1`,
		`leporello_deliveries{state="failed"} 1`, `leporello_issues{digest="weekly"} 2`, `leporello_last_issue_duration_seconds{digest="weekly"} 95`, `leporello_articles 7`,
		`leporello_last_issue_timestamp_seconds{digest="weekly"} 1.795302095e+09`, `leporello_harvest_failing{source="feed\n1"} 1`, `leporello_next_issue_timestamp_seconds{digest="weekly"} 1.7959068e+09`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("without %s", want)
		}
	}
	if t.Failed() {
		t.Log(body)
	}
}

// TestSlow: a client that stops to read is let go, and one that reads slowly gets all.
func TestSlow(t *testing.T) {
	w := bookshop(t)
	w.Wall, w.Patience = time.Now, 500*time.Millisecond
	const size = 24 << 20 // more than the system keeps for a connection
	run := w.made("rest", 1, "Rest 1", "en", "2026-11-22T07:00:00Z", nil, nil, epub("rest.epub"))
	outputs, err := w.State.Outputs(context.Background(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	outputs[0].Blob = w.put(make([]byte, size))
	if err := w.State.Commit(context.Background(), run, outputs, nil); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(New(w.Options))
	server.Config.WriteTimeout = w.Patience
	server.Start()
	defer server.Close()
	for _, pause := range []time.Duration{20 * time.Millisecond, 2 * time.Second} {
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(time.Minute))
		fmt.Fprintf(c, "GET /file/%d-0/rest.epub HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", run.ID)
		got := 0
		for n := range 60 {
			if n < 50 && pause < w.Patience || n == 0 {
				time.Sleep(pause)
			}
			m, err := io.CopyN(io.Discard, c, 512<<10)
			got += int(m)
			if err != nil {
				break
			}
		}
		if whole := got > size; whole != (pause < w.Patience) {
			t.Errorf("with pauses of %v it gets %d bytes", pause, got)
		}
	}
}

// TestForgotten: issues of a digest that the configuration has no more are still there.
func TestForgotten(t *testing.T) {
	w := bookshop(t)
	n := w.issueID("weekly", 47)
	w.Config = &recipe.Config{}
	for _, path := range []string{"/digest/weekly", fmt.Sprintf("/issue/%d", n), "/runs", fmt.Sprintf("/file/%d-0/weekly-47.epub", n), "/opds/digest/weekly"} {
		if rec := w.get("GET", path); rec.Code != 200 {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
}
