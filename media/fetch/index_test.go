package fetch

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/leporello-press/leporello/media"
)

func TestLifetime(t *testing.T) {
	now := newClock().now
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	tests := []struct {
		name string
		h    map[string]string
		want time.Duration // 0: stale at once
		keep bool
	}{
		{"nothing said", nil, trust, true},
		{"max-age", map[string]string{"Cache-Control": "public, max-age=60"}, time.Minute, true},
		{"max-age and age", map[string]string{"Cache-Control": "max-age=60", "Age": "20"}, 40 * time.Second, true},
		{"max-age over expires", map[string]string{"Cache-Control": "max-age=60", "Expires": at(-time.Hour)}, time.Minute, true},
		{"expires", map[string]string{"Expires": at(time.Hour), "Date": at(0)}, time.Hour, true},
		{"expires by the server's clock", map[string]string{"Expires": at(3 * time.Hour), "Date": at(2 * time.Hour)}, time.Hour, true},
		{"expires 0", map[string]string{"Expires": "0"}, 0, true},
		{"no-cache", map[string]string{"Cache-Control": "no-cache, max-age=60"}, 0, true},
		{"no-store", map[string]string{"Cache-Control": "private, no-store"}, 0, false},
		{"a tenth of its age", map[string]string{"Last-Modified": at(-10 * time.Hour)}, time.Hour, true},
		{"a tenth of its age, by the server's clock", map[string]string{"Last-Modified": at(0), "Date": at(10 * time.Hour)}, time.Hour, true},
		{"a tenth of a great age", map[string]string{"Last-Modified": at(-9999 * time.Hour)}, trust, true},
		{"changed in the future", map[string]string{"Last-Modified": at(time.Hour)}, 0, true},
		{"nothing said, and age", map[string]string{"Age": "3600"}, trust - time.Hour, true},
		{"a huge number", map[string]string{"Cache-Control": "max-age=99999999999999"}, time.Duration(1<<31-1) * time.Second, true},
		{"garbage", map[string]string{"Cache-Control": "max-age=soon"}, trust, true},
	}
	for _, tt := range tests {
		h := http.Header{}
		for k, v := range tt.h {
			h.Set(k, v)
		}
		expires, keep := lifetime(h, now, trust)
		got := max(expires.Sub(now), 0)
		if got != tt.want || keep != tt.keep {
			t.Errorf("%s: %v, %v; want %v, %v", tt.name, got, keep, tt.want, tt.keep)
		}
	}
}

func TestSecondRunDownloadsNothing(t *testing.T) {
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) { send(w, pic(len(r.URL.Path))) })
	root := t.TempDir()
	for run := range 3 {
		f := open(t, root, Options{Offline: run == 2})
		for _, name := range []string{"/1", "/22", "/333"} {
			a, attempts, err := get(f, address+name)
			if err != nil || a.Width != 20 {
				t.Errorf("run %d: %+v, %v", run, a, err)
			}
			if (len(attempts) == 0) != (run > 0) {
				t.Errorf("run %d: attempts %v", run, attempts)
			}
		}
	}
	if count.Load() != 3 {
		t.Errorf("%d requests", count.Load())
	}
}

func TestRevalidation(t *testing.T) {
	var body []byte
	var etag, modified string
	var conditions []string
	var full int
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		conditions = append(conditions, r.Header.Get("If-None-Match")+"|"+r.Header.Get("If-Modified-Since"))
		w.Header().Set("Cache-Control", "max-age=60")
		if etag != "" {
			w.Header().Set("ETag", etag)
		}
		if modified != "" {
			w.Header().Set("Last-Modified", modified)
		}
		if etag != "" && r.Header.Get("If-None-Match") == etag || etag == "" && modified != "" && r.Header.Get("If-Modified-Since") == modified {
			w.WriteHeader(304)
			return
		}
		full++
		send(w, body)
	})
	for _, v := range []struct{ etag, modified, condition string }{
		{`"a"`, "", `"a"|`},
		{`W/"a"`, "Sun, 01 Feb 2026 00:00:00 GMT", `W/"a"|`},
		{"", "Sun, 01 Feb 2026 00:00:00 GMT", "|Sun, 01 Feb 2026 00:00:00 GMT"},
	} {
		etag, modified, body, full, conditions = v.etag, v.modified, pic(1), 0, nil
		root, c := t.TempDir(), newClock()
		step := func(o Options, requests, bodies int) {
			t.Helper()
			o.Clock = c.Clock()
			before := len(conditions)
			a, _, err := get(open(t, root, o), address)
			if err != nil || a.Bytes != int64(len(body)) {
				t.Errorf("%+v: %+v, %v", v, a, err)
			}
			if len(conditions)-before != requests || full != bodies {
				t.Errorf("%+v: %d requests, %d bodies; want %d, %d", v, len(conditions)-before, full, requests, bodies)
			}
		}
		step(Options{}, 1, 1)
		step(Options{}, 0, 1)
		step(Options{Refresh: true}, 1, 1)
		if got := conditions[1]; got != v.condition {
			t.Errorf("asked %q, want %q", got, v.condition)
		}
		c.advance(2 * time.Minute)
		step(Options{Offline: true}, 0, 1)
		step(Options{}, 1, 1) // 304
		step(Options{}, 0, 1) // which made it fresh again
		c.advance(2 * time.Minute)
		body, etag, modified = pic(77), `"b"`, ""
		step(Options{}, 1, 2)
	}
}

func TestStaleIfError(t *testing.T) {
	status := 0
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if status != 0 {
			w.WriteHeader(status)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		send(w, pic(1))
	})
	root := t.TempDir()
	want, _, err := get(open(t, root, Options{}), address)
	if err != nil {
		t.Fatal(err)
	}
	for _, status = range []int{500, 404, 403} {
		a, attempts, err := get(open(t, root, Options{}), address)
		if err != nil || a != want {
			t.Errorf("%d: %+v, %v", status, a, err)
		}
		if len(attempts) == 0 || attempts[0].Status != status {
			t.Errorf("%d: attempts %v", status, attempts)
		}
	}
}

func TestNoStore(t *testing.T) {
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		send(w, pic(1))
	})
	root := t.TempDir()
	f := open(t, root, Options{})
	for range 2 { // once within a run
		if _, _, err := get(f, address); err != nil {
			t.Error(err)
		}
	}
	if count.Load() != 1 {
		t.Errorf("%d requests in a run", count.Load())
	}
	_, _, err := get(open(t, root, Options{Offline: true}), address)
	wantReason(t, err, Offline)
}

// Between runs nothing is kept of what a server wants nobody to keep, nor what was
// made of it; what another address has too stays.
func TestNoStoreIsDropped(t *testing.T) {
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/both2" {
			w.Header().Set("Cache-Control", "no-store")
		}
		send(w, pic(len(r.URL.Path)&^1)) // of /both1 and /both2 the same
	})
	root := t.TempDir()
	f, other := open(t, root, Options{}), open(t, root, Options{})
	a, _, err := get(f, address+"/a")
	if err != nil {
		t.Fatal(err)
	}
	made, err := f.opts.Store.Derive(a.Key, media.Profile{MaxWidth: 10})
	if err != nil {
		t.Fatal(err)
	}
	both, _, err := get(f, address+"/both1")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := get(f, address+"/both2"); err != nil {
		t.Fatal(err)
	}
	blob := func(key string) bool {
		_, err := os.Stat(filepath.Join(root, "blobs", key[:2], key[2:4], key))
		return err == nil
	}
	f.Close()
	if !blob(a.Key) || !blob(made.Key) {
		t.Error("taken from under another run")
	}
	other.Close()
	if blob(a.Key) || blob(made.Key) || !blob(both.Key) {
		t.Errorf("kept: %v, %v; the one of both %v", blob(a.Key), blob(made.Key), blob(both.Key))
	}
	if left := other.index.passing(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestVary(t *testing.T) {
	const page1, page2 = "http://news.example/1", "http://news.example/2"
	for _, tt := range []struct {
		vary      string
		unsafe    bool // the Referer is the article's address
		agent     string
		requests  int64 // of the second run
		condition bool  // which asks only whether it changed
	}{
		{"", true, "other/1", 0, false},
		{"Accept-Encoding", true, "other/1", 0, false},
		{"Accept, accept-encoding", true, "other/1", 0, false},
		{"User-Agent", false, UserAgent, 0, false},
		{"User-Agent", false, "other/1", 1, false},
		{"referer", false, UserAgent, 0, false}, // both say the origin
		{"Accept,Referer", true, UserAgent, 1, false},
		{"*", false, UserAgent, 1, false},
	} {
		conditional := false
		address, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if tt.vary != "" {
				w.Header().Set("Vary", tt.vary)
			}
			w.Header().Set("Cache-Control", "max-age=3600")
			w.Header().Set("ETag", `"1"`)
			conditional = r.Header.Get("If-None-Match") != ""
			send(w, pic(1))
		})
		root := t.TempDir()
		ref := Ref{Src: address + "/a", Page: page1}
		if tt.unsafe {
			ref.Referrer = "unsafe-url"
		}
		run := func(o Options, page string) {
			t.Helper()
			count.Store(0)
			ref.Page = page
			if _, _, err := open(t, root, o).Picture(context.Background(), ref); err != nil {
				t.Error(err)
			}
		}
		run(Options{UserAgent: UserAgent}, page1)
		run(Options{UserAgent: tt.agent}, page2)
		if count.Load() != tt.requests || conditional != tt.condition {
			t.Errorf("Vary %q: %d requests, conditional %v; want %d, %v", tt.vary, count.Load(), conditional, tt.requests, tt.condition)
		}
		// Offline, anything is better than nothing.
		run(Options{UserAgent: "third/1", Offline: true}, page1)
		if count.Load() != 0 {
			t.Errorf("Vary %q: %d requests offline", tt.vary, count.Load())
		}
	}
}

// A clock that went back does not make what was kept fresh for years.
func TestClockGoesBack(t *testing.T) {
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) { send(w, pic(1)) })
	root, c := t.TempDir(), newClock()
	for i, step := range []struct {
		by       time.Duration
		requests int64
	}{{0, 1}, {-30 * time.Minute, 1}, {-365 * 24 * time.Hour, 2}, {time.Minute, 2}, {700 * 24 * time.Hour, 3}} {
		c.advance(step.by)
		if _, _, err := get(open(t, root, Options{Clock: c.Clock()}), address); err != nil || count.Load() != step.requests {
			t.Errorf("step %d: %v, %d requests, want %d", i, err, count.Load(), step.requests)
		}
	}
}

func TestOffline(t *testing.T) {
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) { send(w, pic(1)) })
	f := open(t, "", Options{Offline: true})
	_, attempts, err := get(f, address)
	if e := wantReason(t, err, Offline); len(attempts) != 0 || count.Load() != 0 || e.Host == "" {
		t.Errorf("%v, %d requests, %v", attempts, count.Load(), e)
	}
}

func TestDamagedCache(t *testing.T) {
	address, count := serve(t, func(w http.ResponseWriter, r *http.Request) { send(w, pic(1)) })
	root := t.TempDir()
	want, _, err := get(open(t, root, Options{}), address)
	if err != nil {
		t.Fatal(err)
	}
	each := func(sub string, damage func(string)) {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(root, sub))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", sub, names, err)
		}
		for _, n := range names {
			damage(n)
		}
	}
	write := func(b []byte) func(string) {
		return func(name string) {
			if err := os.WriteFile(name, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	flipped := bytes.Clone(pic(1))
	flipped[50] ^= 4
	for i, damage := range []func(){
		func() { each("blobs/*/*/*", write(flipped)) },
		func() { each("blobs/*/*/*", write(pic(1)[:30])) },
		func() { each("blobs/*/*/*", write(nil)) },
		func() { each("blobs/*/*/*", func(n string) { os.Remove(n) }) },
		func() { each("index/1/url/*/*", write([]byte("{"))) },
		func() { each("index/1/url/*/*", write(nil)) },
		func() { each("index/1/url/*/*", write([]byte(`{"url":"http://other.example/","key":"00"}`))) },
		func() {
			each("index/1/url/*/*", write(fmt.Appendf(nil, `{"url":%q,"key":"../../../etc/passwd","expires":"2099-01-01T00:00:00Z"}`, address)))
		},
	} {
		damage()
		if a, _, err := get(open(t, root, Options{}), address); err != nil || a != want {
			t.Errorf("damage %d: %+v, %v", i, a, err)
		}
		if count.Load() != int64(i+2) {
			t.Errorf("damage %d: %d requests", i, count.Load())
		}
		if got, err := os.ReadFile(filepath.Join(root, "blobs", want.Key[:2], want.Key[2:4], want.Key)); err != nil || !bytes.Equal(got, pic(1)) {
			t.Errorf("damage %d: the blob was not mended: %v", i, err)
		}
	}
}
