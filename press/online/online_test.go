package online

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/media/fetch"
	"github.com/leporello-press/leporello/press"
)

func TestFetcher(t *testing.T) {
	picture := func(size int) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, size, size))); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/good.png":
			w.Write(picture(20))
		case "/more.png":
			w.Write(picture(22))
		case "/dot.png":
			w.Write(picture(1))
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	store, err := media.New(t.TempDir(), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"posts/p/1.png": {Data: picture(21)}}
	open := func(allow ...netip.Prefix) press.Fetcher {
		f, err := fetch.New(fetch.Options{Store: store, Allow: allow})
		if err != nil {
			t.Fatal(err)
		}
		return Fetcher(f)
	}
	f := open(netip.MustParsePrefix("127.0.0.1/32"))
	got := f.Fetch(t.Context(), press.Picture{Src: srv.URL + "/good.png"})
	if got.Key == "" || got.Cached || len(got.Attempts) != 1 || got.Bytes == 0 {
		t.Errorf("first: %+v", got)
	}
	if _, err := store.Stat(got.Key); err != nil {
		t.Error(err)
	}
	if got := open(netip.MustParsePrefix("127.0.0.1/32")).Fetch(t.Context(), press.Picture{Src: srv.URL + "/good.png"}); got.Key == "" || !got.Cached {
		t.Errorf("in another run: %+v", got)
	}
	if got := f.Fetch(t.Context(), press.Picture{Src: "p/1.png", Files: files, Path: "posts/a.html"}); got.Key == "" || got.Cached {
		t.Errorf("file: %+v", got)
	}
	if got := f.Fetch(t.Context(), press.Picture{Src: srv.URL + "/none.png"}); got.Key != "" || got.Reason != "http_404" || got.Detail == "" || len(got.Attempts) == 0 || got.Worthless {
		t.Errorf("missing: %+v", got)
	}
	if got := f.Fetch(t.Context(), press.Picture{Src: srv.URL + "/dot.png"}); got.Key != "" || !got.Worthless {
		t.Errorf("tracking pixel: %+v", got)
	}
	if got := open().Fetch(t.Context(), press.Picture{Src: srv.URL + "/other.png"}); got.Reason != "ssrf_blocked" || got.Hint == "" {
		t.Errorf("guarded: %+v", got)
	}
	tmp := filepath.Join(store.Root(), "tmp")
	if err := errors.Join(os.RemoveAll(tmp), os.WriteFile(tmp, nil, 0o644)); err != nil { // in the way
		t.Fatal(err)
	}
	if got := f.Fetch(t.Context(), press.Picture{Src: srv.URL + "/more.png"}); got.Key != "" || got.Fault == nil {
		t.Errorf("nowhere to be kept: %+v", got)
	}
	if got := f.Fetch(t.Context(), press.Picture{Src: "p/2.png", Files: files, Path: "posts/a.html"}); got.Reason == "" || got.Fault != nil {
		t.Errorf("no file: %+v", got)
	}
}

// What a page was asked for with goes to its reader.
func TestPagesCarryTheReferrerPolicy(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("<p>文</p>"))
	}))
	defer srv.Close()
	store, err := media.New(t.TempDir(), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := fetch.New(fetch.Options{Store: store, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	if err != nil {
		t.Fatal(err)
	}
	in, err := NewPages(f, t.TempDir()).Get(t.Context(), srv.URL+"/a.html")
	if err != nil || in.Referrer != "no-referrer" || in.Base == "" || string(in.Data) != "<p>文</p>" {
		t.Errorf("%+v, %v", in, err)
	}
}
