package fetch

import (
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/redact"
)

// request is one thing to get, with all its repeats and redirects.
type request struct {
	url     *url.URL
	accept  string
	gzip    bool // offer to take the body compressed
	resume  bool // go on with a broken body where it broke
	limit   int64
	total   time.Duration
	perHost int
	cached  *entry // nil: ask without conditions
	// site is the registrable domain of the page that this is a part of; empty: it
	// is a page itself. Others than their own hosts get no credentials.
	site string
	// referer returns the Referer for a hop; "" for none.
	referer func(*url.URL) string
	mode    string // what attempts call the Referer
	agent   string // the User-Agent; empty: that of the options
	// may tells whether a redirect may be followed; nil: any.
	may func(context.Context, *url.URL) error
	// use reads the body of an answer of status 200. What it fails with because
	// of the body is tried again.
	use func(answer, io.Reader) error
}

// answer is the head of the last response.
type answer struct {
	url    *url.URL // after redirects
	status int
	header http.Header
	sent   http.Header // what was asked with
	bytes  int64       // of the body, as they came over the wire
}

// header is what a hop of a request is asked with, without conditions.
func (f *Fetcher) header(r *request, u *url.URL) http.Header {
	h := http.Header{}
	h.Set("User-Agent", cmp.Or(r.agent, f.opts.UserAgent))
	h.Set("Accept", r.accept)
	if r.gzip {
		h.Set("Accept-Encoding", "gzip")
	} else {
		h.Set("Accept-Encoding", "identity")
	}
	if v := r.referer(u); v != "" {
		h.Set("Referer", v)
	}
	if !f.trusted(r, u) {
		return h
	}
	for _, c := range f.opts.Headers {
		if c.Origin == u.Scheme+"://"+u.Host {
			h.Set(c.Name, c.Value)
		}
	}
	if f.opts.Cookies != nil {
		var pairs []string
		for _, c := range f.opts.Cookies.Cookies(u) {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
		if len(pairs) > 0 {
			h.Set("Cookie", strings.Join(pairs, "; "))
		}
	}
	return h
}

// do makes a request, again where that may help, and returns the last answer.
// Its error is an *Error; a status of 400 and above is one.
func (f *Fetcher) do(ctx context.Context, r request, attempts *[]article.Attempt) (answer, error) {
	t := &tries{request: &r, attempts: attempts}
	for {
		t.n++
		a, err := f.once(ctx, t)
		f.count(err)
		if errors.Is(err, errNotTried) {
			return a, errors.Unwrap(err)
		}
		f.slow(err)
		var e *Error
		if err != nil {
			e = explain(ctx, hostName(r.url), err)
		}
		t.note(a, e)
		if err == nil {
			return a, nil
		}
		wait, again := f.again(a, e, t.n)
		if !again || ctx.Err() != nil {
			return a, e
		}
		if err := f.opts.Clock.Sleep(ctx, wait); err != nil {
			return a, explain(ctx, hostName(r.url), err)
		}
	}
}

// tries is a request with what became of it.
type tries struct {
	*request
	n        int // how often it was made, the pieces of a broken body counted apart
	attempts *[]article.Attempt
}

func (t *tries) note(a answer, e *Error) {
	note := article.Attempt{Referer: t.mode, Status: a.status, Bytes: a.bytes}
	if t.agent != "" {
		note.Agent = "browser"
	}
	if a.url.Scheme != t.url.Scheme || a.url.Host != t.url.Host || a.url.Path != t.url.Path {
		note.Final = redact.Address(a.url.String())
	}
	if e != nil {
		note.Error = e.Phrase
	}
	*t.attempts = append(*t.attempts, note)
}

// errNotTried wraps what kept a request from being made at all.
var errNotTried = errors.New("not tried")

type notTried struct{ error }

func (n notTried) Unwrap() error     { return n.error }
func (n notTried) Is(err error) bool { return err == errNotTried }

// again tells whether a request that failed is worth a repeat, and after how
// long: some time between none and 0.5, 1, 2 … 15 s, so that many who failed
// together do not come back together.
func (f *Fetcher) again(a answer, e *Error, try int) (time.Duration, bool) {
	if try >= f.opts.Limits.Attempts {
		return 0, false
	}
	switch e.Reason {
	case Interrupted:
	case Timeout:
		if f.isSlow(e.Host) {
			return 0, false
		}
	case Unreachable:
		if f.isDead(e.Host) {
			return 0, false
		}
	default:
		if !passing(a.status) {
			return 0, false
		}
	}
	wait := f.backoff(try)
	if a.status == 429 || a.status == 503 {
		asked := retryAfter(a.header.Get("Retry-After"), f.opts.Clock.Now())
		if asked > f.opts.Timeouts.RetryAfter {
			return 0, false
		}
		wait = max(wait, asked)
	}
	return wait, f.spend()
}

// retryAfter is how long a server asks to wait (RFC 9110, 10.2.3); what cannot be
// read asks for nothing.
func retryAfter(v string, now time.Time) time.Duration {
	if s, err := strconv.ParseInt(v, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(max(s, 0), 1<<31)) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(t.Sub(now), 0)
	}
	return 0
}

func (f *Fetcher) backoff(try int) time.Duration {
	return f.opts.Clock.Jitter(min(500*time.Millisecond<<(try-1), 15*time.Second))
}

// spend takes a repeat out of the run's budget, if there is one left.
func (f *Fetcher) spend() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.retries >= f.opts.Limits.Retries+f.requests/10 {
		return false
	}
	f.retries++
	return true
}

func (f *Fetcher) count(err error) {
	if errors.Is(err, errNotTried) {
		return
	}
	f.mu.Lock()
	f.requests++
	f.mu.Unlock()
}

// once makes a request one time, following its redirects.
func (f *Fetcher) once(ctx context.Context, r *tries) (answer, error) {
	u := r.url
	for hop := 0; ; hop++ {
		if hop > f.opts.Limits.Redirects {
			return answer{url: u}, refuse(TooManyRedirects, "more than %d redirects", f.opts.Limits.Redirects)
		}
		if err := f.guard.gate(u); err != nil {
			if hop == 0 {
				return answer{url: u}, notTried{explain(ctx, hostName(u), err)}
			}
			return answer{url: u}, explain(ctx, hostName(u), err)
		}
		next, a, err := f.hop(ctx, r, u)
		if err != nil || next == nil {
			return a, err
		}
		if r.may != nil {
			if err := r.may(ctx, next); err != nil {
				return answer{url: next}, err
			}
		}
		u = next
	}
}

// hop makes one request of a chain. next is where the answer redirects to; nil:
// it is the last.
func (f *Fetcher) hop(ctx context.Context, r *tries, u *url.URL) (next *url.URL, a answer, err error) {
	a.url = u
	name := hostName(u)
	h := f.host(u.Host)
	leave, err := f.enter(ctx, h, f.group(u, r.perHost))
	if err != nil {
		return nil, a, notTried{explain(ctx, name, err)}
	}
	defer leave()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	total := time.AfterFunc(r.total, func() { cancel(errTotal) })
	defer total.Stop()
	if ctx, err = f.guard.viaProxy(ctx, u); err != nil {
		return nil, a, explain(ctx, name, err)
	}

	a.sent = f.header(r.request, u)
	req := newRequest(ctx, u, a.sent)
	if r.cached != nil && u == r.url {
		if r.cached.ETag != "" {
			req.Header.Set("If-None-Match", r.cached.ETag)
		} else if r.cached.LastModified != "" {
			req.Header.Set("If-Modified-Since", r.cached.LastModified)
		}
	}
	resp, err := f.transport.RoundTrip(req)
	f.reach(h, err)
	if err != nil {
		return nil, a, explain(ctx, name, wireError{err})
	}
	defer resp.Body.Close()
	a.status, a.header = resp.StatusCode, resp.Header
	limits := f.opts.Timeouts
	if f.isSlow(u.Host) {
		limits.Idle /= 4
	}
	watch := newWatch(resp.Body, cancel, limits)
	defer func() { watch.stop(); a.bytes = watch.n }()
	switch {
	case resp.StatusCode == http.StatusNotModified && req.Header.Get("If-None-Match")+req.Header.Get("If-Modified-Since") != "":
		return nil, a, nil
	case isRedirect(resp.StatusCode):
		next, err := redirect(u, resp.Header.Get("Location"))
		if err != nil {
			return nil, a, explain(ctx, name, err)
		}
		io.CopyN(io.Discard, watch, 4<<10) // a short body leaves the connection good
		return next, a, nil
	case resp.StatusCode != http.StatusOK:
		io.CopyN(io.Discard, watch, 4<<10)
		return nil, a, &Error{
			Reason: Reason("http_" + strconv.Itoa(resp.StatusCode)), Host: name,
			Phrase: "HTTP " + strconv.Itoa(resp.StatusCode), Status: resp.StatusCode,
		}
	case resp.ContentLength > r.limit:
		return nil, a, explain(ctx, name, tooLarge(r.limit))
	}
	var wire io.Reader = watch
	if whole := f.resumable(ctx, r, resp, &a, watch); whole != nil {
		defer whole.close()
		wire = whole
	}
	body, err := inflate(resp, wire, watch, r.limit)
	if err == nil {
		err = r.use(a, body)
	}
	if err != nil {
		return nil, a, explain(ctx, name, err)
	}
	return nil, a, nil
}

func newRequest(ctx context.Context, u *url.URL, h http.Header) *http.Request {
	r := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h.Clone()}
	return r.WithContext(ctx)
}

func isRedirect(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// redirect resolves where an answer points to. The guard looks at it afterwards.
func redirect(from *url.URL, location string) (*url.URL, error) {
	location = clean(location)
	if location == "" {
		return nil, refuse(BadAddress, "a redirect to nowhere")
	}
	if s := scheme(location); s != "" && s != "http" && s != "https" {
		return nil, refuse(BadScheme, "a redirect to a %s: address", cut(s))
	}
	return resolve(from, location)
}

// resolve returns what a cleaned reference of the page at base means.
func resolve(base *url.URL, ref string) (*url.URL, error) {
	if s := scheme(ref); s != "" {
		return parse(ref)
	}
	if strings.HasPrefix(strings.ReplaceAll(ref, `\`, "/"), "//") {
		return parse(base.Scheme + ":" + ref)
	}
	ref, _, _ = strings.Cut(ref, "#")
	head, query, hasQuery := strings.Cut(ref, "?")
	rel, err := url.Parse(mendPercent(strings.ReplaceAll(head, `\`, "/")))
	if err != nil {
		// A colon in the first segment is no scheme here.
		rel, err = url.Parse("./" + mendPercent(head))
	}
	if err != nil {
		return nil, refuse(BadAddress, "an address that cannot be read")
	}
	u := base.ResolveReference(rel)
	u.Fragment, u.RawFragment = "", ""
	if hasQuery {
		u.RawQuery = escapeQuery(query)
	}
	return u, nil
}

// hostName returns the host of u for messages.
func hostName(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.Host
}

func tooLarge(limit int64) *Error {
	if limit >= 1<<20 {
		return refuse(TooLarge, "larger than %d MiB", limit>>20)
	}
	return refuse(TooLarge, "larger than %d bytes", limit)
}

// inflate returns the body as it was before compression, bounded: by the limit,
// and by 200 times of what came over the wire.
func inflate(resp *http.Response, wire io.Reader, count *watch, limit int64) (io.Reader, error) {
	switch strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))) {
	case "", "identity":
		return &bounded{r: wire, left: limit, limit: limit}, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(wire)
		if err != nil {
			return nil, &Error{Reason: Interrupted, Phrase: "the compressed body is damaged", Err: err}
		}
		return &bounded{r: z, left: limit, limit: limit, wire: count}, nil
	}
	return nil, refuse(Failed, "compressed in a way that was not asked for")
}

// bounded reads up to limit bytes and fails at the next, unlike io.LimitReader,
// which would pass the beginning for the whole.
type bounded struct {
	r           io.Reader
	left, limit int64
	wire        *watch // nil: the body is not compressed
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, tooLarge(b.limit)
	}
	if b.wire != nil && err != nil && err != io.EOF && !errors.As(err, new(wireError)) {
		return n, &Error{Reason: Interrupted, Phrase: "the compressed body is damaged", Err: err}
	}
	if got := b.limit - b.left; b.wire != nil && got > 1<<20 && got > 200*b.wire.n {
		return 0, refuse(TooLarge, "a bomb: compressed more than 200 times")
	}
	return n, err
}

// watch reads a body and cancels the request when it stalls or only drips.
type watch struct {
	r      io.Reader
	cancel context.CancelCauseFunc
	idle   time.Duration
	timer  *time.Timer
	window time.Duration
	begun  time.Time // of the window
	got    int64     // bytes in it
	n      int64     // bytes in all
}

func newWatch(r io.Reader, cancel context.CancelCauseFunc, t Timeouts) *watch {
	return &watch{
		r: r, cancel: cancel, idle: t.Idle, window: t.Window, begun: time.Now(),
		timer: time.AfterFunc(t.Idle, func() { cancel(errStalled) }),
	}
}

func (w *watch) Read(p []byte) (int, error) {
	w.timer.Reset(w.idle)
	n, err := w.r.Read(p)
	w.n += int64(n)
	w.got += int64(n)
	if d := time.Since(w.begun); d >= w.window {
		if err == nil && w.got < d.Milliseconds()<<10/1000 {
			w.cancel(errSlow)
			return n, errSlow
		}
		w.begun, w.got = time.Now(), 0
	}
	if err != nil && err != io.EOF {
		err = wireError{err}
	}
	return n, err
}

// wireError is what went wrong between the peer and us, to tell it from what
// goes wrong on the way to the disk.
type wireError struct{ error }

func (e wireError) Unwrap() error { return e.error }

func (w *watch) stop() { w.timer.Stop() }

// host is what a run knows of one server. It is guarded by Fetcher.mu.
type host struct {
	name     string
	answered bool
	failures int           // connections in a row that did not come about
	timeouts int           // requests that took too long
	dead     *Error        // why it is not asked any more; nil: it is
	mode     string        // the Referer it took last; empty: nobody had to find out
	asked    bool          // the index was asked for mode
	refusals int           // pictures in a row that it gave to no rung
	delay    time.Duration // what its robots.txt asks for between two pages
}

// host returns the state of a server.
func (f *Fetcher) host(name string) *host {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.hosts[name]
	if h == nil {
		h = &host{name: name}
		f.hosts[name] = h
	}
	return h
}

// group bounds the load of one or more hosts: those of one registrable domain
// whose addresses are near each other. It is full when no more requests may be
// under way.
type group chan struct{}

// group returns the group of a host for requests of which slots may be under way.
// A host that was not connected to yet is taken to be where the first of its
// domain is.
func (f *Fetcher) group(u *url.URL, slots int) group {
	name := u.Hostname()
	key := fmt.Sprint(slots, " ", site(name))
	place, known := f.guard.places.Load(name)
	f.mu.Lock()
	defer f.mu.Unlock()
	if first, ok := f.places[key]; known && !ok {
		f.places[key] = place
	} else if known && place != first {
		key += fmt.Sprint(" ", place)
	}
	g := f.groups[key]
	if g == nil {
		g = make(group, slots)
		f.groups[key] = g
	}
	return g
}

// site is the registrable domain of a host; of an address, the address.
func site(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

// enter waits for a turn: of the host's group first, so that a slow host's queue
// does not hold the slots of all. leave ends it.
func (f *Fetcher) enter(ctx context.Context, h *host, g group) (leave func(), err error) {
	select {
	case g <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		<-g
		return nil, context.Cause(ctx)
	}
	f.mu.Lock()
	dead := h.dead
	if dead == nil && !f.reached && f.down >= 3 {
		dead = refuse(Unreachable, "no network")
	}
	f.mu.Unlock()
	if dead != nil {
		<-f.slots
		<-g
		return nil, dead
	}
	return func() { <-f.slots; <-g }, nil
}

// slow counts a request that took too long against its host.
func (f *Fetcher) slow(err error) {
	var e *Error
	if !errors.As(err, &e) || e.Reason != Timeout {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if h := f.hosts[e.Host]; h != nil {
		h.timeouts++
		if h.timeouts >= muteAfter && !h.answered && h.dead == nil {
			h.dead = e
		}
	}
}

// muteAfter is how many requests must have timed out for a host that has never
// answered to be given up: two rounds of those that it gets at the same time.
const muteAfter = 12

// isSlow tells whether a host has made us wait in vain too often to be given
// another chance for each picture: a book of 800 pictures would wait for hours.
func (f *Fetcher) isSlow(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.hosts[name]
	return h != nil && h.timeouts >= 3
}

func (f *Fetcher) isDead(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.hosts[name]
	return h != nil && h.dead != nil
}

// reach learns from how a request went whether its host is worth another. One
// that was never reached is given up at once, one that has answered after
// three failures in a row; and when three hosts time out before any has
// answered, there is no network.
func (f *Fetcher) reach(h *host, err error) {
	var dns *net.DNSError
	var op *net.OpError
	var own *Error
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err == nil:
		h.answered, h.failures, f.reached = true, 0, true
	case errors.As(err, &own): // the guard's
	case errors.As(err, &dns), errors.As(err, &op) && op.Op == "dial":
		h.failures++
		var netErr net.Error
		if !h.answered && h.dead == nil && errors.As(err, &netErr) && netErr.Timeout() {
			f.down++
		}
		if !h.answered || h.failures >= 3 {
			h.dead = explain(context.Background(), h.name, err)
		}
	}
}
