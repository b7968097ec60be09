package fetch

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/leporello-press/leporello/article"
)

// Kind is what Get is asked for.
type Kind uint8

// The kinds of things that Get brings; they differ in size and in what is said
// to be welcome.
const (
	Page Kind = iota
	Feed
)

// Response is a page or feed as it came.
type Response struct {
	URL      string // after redirects: what relative references are relative to
	Type     string // the media type that the server declared, with its parameters
	Referrer string // the Referrer-Policy it declared; empty: none
	Body     []byte // without compression; in the encoding it was sent in
	Stale    bool   // the host could not be asked; this is from an earlier run
}

// spacing is the time between two pages from the same host: unlike pictures,
// nothing but a program asks for many of them.
const spacing = 250 * time.Millisecond

// Get brings a page or feed, through the same guard and with the same manners
// as pictures. Its error is an *Error.
func (f *Fetcher) Get(ctx context.Context, address string, kind Kind) (*Response, []article.Attempt, error) {
	u, err := parse(clean(address))
	if err != nil {
		return nil, nil, err
	}
	if err := f.guard.gate(u); err != nil {
		return nil, nil, explain(ctx, hostName(u), err)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	old, known := f.index.load("page", u.String())
	var kept []byte
	if known {
		kept, known = f.index.body(old.Key)
	}
	if known && (f.opts.Offline || !f.opts.Refresh && f.opts.Clock.Now().Before(old.Expires)) {
		f.index.touch(old.Key, f.opts.Clock.Now())
		return old.response(kept), nil, nil
	}
	if f.opts.Offline {
		return nil, nil, &Error{Reason: Offline, Host: u.Host, Phrase: "not fetched: offline"}
	}
	r := request{
		url: u, gzip: true, total: f.opts.Timeouts.Page, perHost: 2, mode: "none",
		limit:   f.opts.Limits.Page,
		accept:  "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
		referer: func(*url.URL) string { return "" },
	}
	if f.opts.PerHost != 0 {
		r.perHost = f.opts.PerHost
	}
	if kind == Feed {
		r.limit = f.opts.Limits.Feed
		r.accept = "application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,*/*;q=0.8"
	}
	if known {
		r.cached = &old
	}
	var body []byte
	r.use = func(_ answer, in io.Reader) (err error) {
		body, err = io.ReadAll(in)
		return err
	}
	if err := f.space(ctx, u.Host, r.perHost); err != nil {
		return nil, nil, explain(ctx, u.Host, err)
	}
	var attempts []article.Attempt
	a, err := f.do(ctx, r, &attempts)
	if err != nil {
		if known && !isCanceled(err) {
			out := old.response(kept)
			out.Stale = true
			return out, attempts, nil
		}
		return nil, attempts, err
	}
	e := entry{URL: u.String()}
	if a.status == http.StatusNotModified {
		body, e.Final, e.Type, e.Referrer = kept, old.Final, old.Type, old.Referrer
		e.validate(a.header, &old)
	} else {
		e.validate(a.header, nil)
		e.Final, e.Type, e.Referrer = a.url.String(), a.header.Get("Content-Type"), a.header.Get("Referrer-Policy")
	}
	e.Bytes = int64(len(body))
	now := f.opts.Clock.Now()
	// Where the server says nothing a page is asked for again each time.
	if expires, keep := lifetime(a.header, now, 0); keep {
		e.Key, e.Stored, e.Expires = f.index.setBody(body), now.UTC(), expires.UTC()
		f.index.save("page", e)
	} else {
		f.index.drop("page", e.URL)
	}
	return e.response(body), attempts, nil
}

func (e *entry) response(body []byte) *Response {
	return &Response{URL: e.Final, Type: e.Type, Referrer: e.Referrer, Body: body}
}

// space waits until the host may be asked for another page.
func (f *Fetcher) space(ctx context.Context, name string, slots int) error {
	h := f.host(name, slots)
	f.mu.Lock()
	now := f.opts.Clock.Now()
	wait := h.next.Sub(now)
	h.next = now.Add(max(wait, 0) + spacing)
	f.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	return f.opts.Clock.Sleep(ctx, wait)
}
