// Package library is what a browser and a reading program see of the digests: a
// few quiet pages, catalogues after OPDS, the files of the books, and figures for
// those who watch over a machine. It decides what stands where and who may see
// it. It changes nothing: it answers GET and HEAD, from the state and the blobs, and
// leaves listening, schedules and runs to those who call it.
//
// Pages need no script, and work in the browsers of e-readers.
package library

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
)

// Options are what a library is made of.
type Options struct {
	State  *state.Store
	Blobs  blob.Store
	Config *recipe.Config // names the digests; Serve.Title and Serve.BaseURL are looked at
	// Token is the password of everybody, with any name; empty: none is asked for.
	Token string
	// Hosts are names that the library answers to, beside those of this machine's
	// loopback, that of the base address, and the address that a request came to.
	Hosts []string
	// Thumbnails is a folder for small covers, which may be removed at any time;
	// empty: they are made for each request.
	Thumbnails string
	// Next returns when the next issue of a digest is due; nil: nothing is due. Zero:
	// it has no schedule.
	Next func(digest string) time.Time
	// Tool is the program and its version.
	Tool  string
	Clock func() time.Time
	// Wall is the clock that the deadlines of connections are told by; nil: Clock.
	Wall func() time.Time
	// Patience is how long a client may take for each piece of a book, some ten thousand
	// bytes; 0 is 30 s.
	Patience time.Duration
	Log      *slog.Logger // nil: nothing is logged
}

// site answers requests.
type site struct {
	Options
	title  string
	prefix string // of all paths, from the base address; without a slash at its end
	origin string // scheme and host of the base address; empty: those of the request

	drawing sync.Mutex // one cover at a time: a large one takes tens of megabytes
}

// New returns the handler of all pages.
func New(o Options) http.Handler {
	s := &site{Options: o, title: o.Config.Serve.Title}
	if s.title == "" {
		s.title = "leporello"
	}
	if s.Wall == nil {
		s.Wall = s.Clock
	}
	if s.Patience == 0 {
		s.Patience = 30 * time.Second
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Next == nil {
		s.Next = func(string) time.Time { return time.Time{} }
	}
	hosts := map[string]bool{}
	for _, name := range o.Hosts {
		hosts[strings.ToLower(name)] = true
	}
	if u, err := url.Parse(o.Config.Serve.BaseURL); err == nil && u.Host != "" {
		s.origin, s.prefix = u.Scheme+"://"+u.Host, strings.TrimRight(u.Path, "/")
		hosts[strings.ToLower(u.Hostname())] = true
	}

	mux := http.NewServeMux()
	show := func(pattern string, f func(*view) (*page, error)) {
		mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, r *http.Request) { s.page(w, r, f) })
	}
	show("/{$}", (*view).front)
	show("/digest/{name}", (*view).digest)
	show("/issue/{run}", (*view).issue)
	show("/runs", (*view).runs)
	show("/search", (*view).search)
	show("/", func(*view) (*page, error) { return nil, errNotFound })
	other := func(pattern string, f func(*view, http.ResponseWriter) error) {
		mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, r *http.Request) {
			v := s.view(r)
			if err := f(v, w); err != nil {
				v.fail(w, err)
			}
		})
	}
	other("/file/{file}/{name}", (*view).file)
	other("/cover/{cover}", (*view).cover)
	other("/opds", (*view).opdsRoot)
	other("/opds/v2", (*view).opdsRoot)
	other("/opds/digest/{name}", (*view).opdsDigest)
	other("/opds/v2/digest/{name}", (*view).opdsDigest)
	other("/opds/search", (*view).opdsSearch)
	other("/opds/v2/search", (*view).opdsSearch)
	other("/opds/v2/issue/{run}", (*view).opdsIssue)
	other("/opensearch.xml", (*view).openSearch)
	other("/metrics", (*view).metrics)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) { serve(w, r, "text/css; charset=utf-8", style) })
	mux.HandleFunc("GET /icon.svg", func(w http.ResponseWriter, r *http.Request) { serve(w, r, "image/svg+xml", icon) })

	var h http.Handler = http.StripPrefix(s.prefix, mux)
	if o.Token != "" {
		h = authorised(o.Token, s.title, h)
	}
	open := http.NewServeMux()
	open.Handle(s.prefix+"/", h)
	// Those who only ask whether the program lives have no token.
	open.HandleFunc("GET "+s.prefix+"/healthz", s.health)
	return headers(knownHost(hosts, onlyReading(open)))
}

// errNotFound says that there is no such page.
var errNotFound = errors.New("not found")

// view is one request: whom it is answered for, in what words.
type view struct {
	*site
	r *http.Request
	*phrases
}

func (s *site) view(r *http.Request) *view {
	return &view{s, r, speak(r.Header.Get("Accept-Language"))}
}

func (v *view) ctx() context.Context { return v.r.Context() }

// number returns a number of the request's path.
func (v *view) number(name string) (int64, error) {
	n, err := strconv.ParseInt(v.r.PathValue(name), 10, 64)
	if err != nil || n < 0 {
		return 0, errNotFound
	}
	return n, nil
}

// page answers with a page.
func (s *site) page(w http.ResponseWriter, r *http.Request, f func(*view) (*page, error)) {
	v := s.view(r)
	p, err := f(v)
	if err != nil {
		v.fail(w, err)
		return
	}
	w.Header().Add("Vary", "Accept-Language")
	serve(w, r, "text/html; charset=utf-8", v.html(p))
}

// fail answers with a page that says what is wrong. What broke within is told to the
// log alone.
func (v *view) fail(w http.ResponseWriter, err error) {
	code, p := http.StatusInternalServerError, v.broken()
	if errors.Is(err, errNotFound) {
		code, p = http.StatusNotFound, v.missing()
	} else if v.ctx().Err() == nil { // who asked is still there
		v.Log.Error("page", "path", v.r.URL.Path, "error", err)
	}
	var gone *goneError
	if errors.As(err, &gone) {
		code, p = http.StatusGone, v.gone(gone)
	}
	h := w.Header()
	h.Add("Vary", "Accept-Language")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Del("Etag")
	h.Del("Last-Modified")
	h.Del("Content-Disposition")
	w.WriteHeader(code)
	w.Write(v.html(p)) // net/http leaves the body of HEAD out
}

// serve answers with bytes that may be asked for again: who has them already is
// told so.
func serve(w http.ResponseWriter, r *http.Request, mediaType string, b []byte) {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Cache-Control", "no-cache") // but ask whether it changed
	sum := sha256.Sum256(b)
	h.Set("Etag", `"`+hex.EncodeToString(sum[:16])+`"`)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(b)))
}

// health says that the program answers and the state can be read.
func (s *site) health(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if _, err := s.State.Runs(r.Context(), state.RunQuery{Limit: 1}); err != nil {
		s.Log.Error("state", "error", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		w.Write([]byte("the state cannot be read\n"))
		return
	}
	w.Write([]byte("ok\n"))
}
