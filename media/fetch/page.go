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

	robotsFile
)

// Response is a page or feed as it came.
type Response struct {
	URL      string // after redirects: what relative references are relative to
	Type     string // the media type that the server declared, with its parameters
	Referrer string // the Referrer-Policy it declared; empty: none
	Body     []byte // without compression; in the encoding it was sent in
	Stale    error  // why the host could not be asked; this is from an earlier run; nil: it is new
}

// spacing is the time between two pages from the same host: unlike pictures,
// nothing but a program asks for many of them.
const spacing = 250 * time.Millisecond

// Get brings a page or feed that a person asked for, through the same guard and
// with the same manners as pictures. Its error is an *Error.
func (f *Fetcher) Get(ctx context.Context, address string, kind Kind) (*Response, []article.Attempt, error) {
	return f.obtain(ctx, address, kind, f.opts.Robots == RobotsObey)
}

func (f *Fetcher) obtain(ctx context.Context, address string, kind Kind, obey bool) (*Response, []article.Attempt, error) {
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
	if obey {
		if err := f.allowed(ctx, u); err != nil {
			return nil, nil, err
		}
	}
	return f.page(ctx, u, kind, obey)
}

// page answers from the index or asks the host. Where it is to obey, the robots.txt
// of each place that a redirect leads to may refuse it.
func (f *Fetcher) page(ctx context.Context, u *url.URL, kind Kind, obey bool) (*Response, []article.Attempt, error) {
	old, known := f.index.load("page", u.String())
	var kept []byte
	if known {
		kept, known = f.index.body(old.Key)
	}
	r := f.pageRequest(u, kind)
	same := known && old.Vary.same(func(hop *url.URL) http.Header { return f.header(&r, hop) })
	if known && (f.opts.Offline || same && !f.opts.Refresh && old.fresh(f.opts.Clock.Now())) {
		f.index.touch(old.Key, f.opts.Clock.Now())
		return old.response(kept), nil, nil
	}
	if f.opts.Offline {
		return nil, nil, &Error{Reason: Offline, Host: u.Host, Phrase: "not fetched: offline"}
	}
	var body []byte
	r.use = func(_ answer, in io.Reader) (err error) {
		if kind == robotsFile {
			in = io.LimitReader(in, maxRobots) // the rest of it does not count
		}
		body, err = io.ReadAll(in)
		return err
	}
	if same {
		r.cached = &old
	}
	if obey {
		r.may = f.mayFollow
	}
	if err := f.space(ctx, u); err != nil {
		return nil, nil, explain(ctx, u.Host, err)
	}
	var attempts []article.Attempt
	a, err := f.do(ctx, r, &attempts)
	if err != nil {
		if known && !isCanceled(err) {
			out := old.response(kept)
			out.Stale = err
			return out, attempts, nil
		}
		return nil, attempts, err
	}
	e := entry{URL: u.String(), Vary: varyOf(a)}
	if a.status == http.StatusNotModified {
		body, e.Final, e.Type, e.Referrer = kept, old.Final, old.Type, old.Referrer
		e.validate(a.header, &old)
	} else {
		e.validate(a.header, nil)
		e.Final, e.Type, e.Referrer = a.url.String(), a.header.Get("Content-Type"), a.header.Get("Referrer-Policy")
	}
	e.Bytes = int64(len(body))
	now := f.opts.Clock.Now()
	if expires, keep := lifetime(a.header, now, kinds[kind].trust); keep {
		if most := kinds[kind].most; most > 0 && expires.After(now.Add(most)) {
			expires = now.Add(most)
		}
		e.Key, e.Stored, e.Expires = f.index.setBody(body), now.UTC(), expires.UTC()
		f.index.save("page", e)
	} else {
		f.index.drop("page", e.URL)
	}
	return e.response(body), attempts, nil
}

// kinds are how the kinds of things differ.
var kinds = map[Kind]struct {
	accept string
	// trust is for how long one is relied on whose server says nothing about it.
	// Pages and feeds are asked for again each time.
	trust time.Duration
	most  time.Duration // that one is relied on, whatever the server says; 0: no bound
}{
	Page: {accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
	Feed: {accept: "application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,*/*;q=0.8"},
	// RFC 9309, 2.4: no longer than a day.
	robotsFile: {accept: "text/plain,*/*;q=0.5", trust: 24 * time.Hour, most: 24 * time.Hour},
}

func (f *Fetcher) pageRequest(u *url.URL, kind Kind) request {
	r := request{
		url: u, gzip: true, total: f.opts.Timeouts.Page, perHost: 2, mode: "none",
		limit: f.opts.Limits.Page, accept: kinds[kind].accept,
		referer: func(*url.URL) string { return "" },
	}
	if f.opts.PerHost != 0 {
		r.perHost = f.opts.PerHost
	}
	if kind == Feed {
		r.limit = f.opts.Limits.Feed
	}
	return r
}

func (e *entry) response(body []byte) *Response {
	return &Response{URL: e.Final, Type: e.Type, Referrer: e.Referrer, Body: body}
}

// space waits until the hosts of a domain may be asked for another page.
func (f *Fetcher) space(ctx context.Context, u *url.URL) error {
	h, jitter, domain := f.host(u.Host), f.opts.Clock.Jitter(spacing/4), site(u.Hostname())
	f.mu.Lock()
	now := f.opts.Clock.Now()
	wait := f.next[domain].Sub(now)
	f.next[domain] = now.Add(max(wait, 0) + max(spacing, h.delay) + jitter)
	f.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	return f.opts.Clock.Sleep(ctx, wait)
}
