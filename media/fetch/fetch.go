// Package fetch is the only package that touches the network. It brings the
// pictures of articles into a media.Store, and pages and feeds to their
// readers, and it is built for a hostile peer: every request and every redirect
// passes one guard that looks at the address really dialled, everything that
// is read is bounded, and every refusal has a stable code.
//
// It knows the manners of the web (referrer policies, retries, caching) and
// nothing of formats: what a picture is, media says.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/filelock"
	"github.com/leporello-press/leporello/media"
)

// UserAgent is what requests say they are from, unless Options say otherwise.
const UserAgent = "leporello/0.1 (+https://github.com/leporello-press/leporello)"

// Options are how a Fetcher behaves. Store must be set; the zero value of every
// other field is good.
type Options struct {
	Store *media.Dir // where pictures are kept

	// Index is the folder of what is known of addresses: which picture each had,
	// and until when that may be relied on. Empty: "index" within the store.
	Index string
	// Offline answers from the index alone.
	Offline bool
	// Refresh asks again for everything, also where the index is fresh.
	Refresh bool

	// Allow opens the guard for ranges that it refuses otherwise: 192.168.0.0/16 for
	// pictures in one's own network, 198.18.0.0/15 for proxies that give every name
	// an address of their own. Any port may be used there. Ranges of length 0 are refused.
	Allow []netip.Prefix
	// Ports may be used beside 80, 443, 8080 and 8443.
	Ports []uint16
	// Resolver looks names up; nil: as the system does. Whatever it says, the guard
	// looks at the address.
	Resolver *net.Resolver
	// Proxy is "env" for the proxy that the environment names, or its address;
	// empty: none, whatever the environment says. The proxy may be in any network,
	// and it is then the proxy that looks names up, past the guard.
	Proxy string

	// UserAgent is what requests say they are from; empty: UserAgent, and to hosts
	// that refuse it, once more, that of a browser.
	UserAgent string
	// Cookies are sent to the hosts they are for, and to hosts of pictures only on
	// pages of the same registrable domain. What servers set is not kept. nil: none.
	Cookies http.CookieJar
	Headers []Header // under the same conditions
	Global  int      // requests at the same time; 0 is 16
	// PerHost is how many requests one host gets at the same time, together with the
	// others of its domain that are at the same place. 0 is 6 for pictures, as
	// browsers do, and 2 for pages and feeds.
	PerHost int
	Robots  Robots

	Limits   Limits
	Timeouts Timeouts
	Clock    Clock
}

// Limits bound what is read, in bytes after decompression.
type Limits struct {
	Picture   int64 // 0 is 25 MiB
	Page      int64 // 0 is 10 MiB
	Feed      int64 // 0 is 20 MiB
	Data      int64 // of a data: address; 0 is 5 MiB
	Redirects int   // 0 is 10
	Attempts  int   // for one request, the first included; 0 is 3
	// Retries is how many requests of a run may be repeats, beside one for every
	// ten requests; 0 is 20.
	Retries int
}

// Timeouts bound how long a peer may take.
type Timeouts struct {
	// Connect bounds looking a name up and connecting. 0 is 6 s: a lost SYN is sent
	// again after 1 and 3 s.
	Connect time.Duration
	TLS     time.Duration // 0 is 10 s
	Header  time.Duration // until the answer begins; 0 is 15 s
	// Idle is the time between two pieces of a body; 0 is 20 s. A host that took
	// too long three times gets a quarter of it, and no repeats.
	Idle    time.Duration
	Window  time.Duration // over which a body must average 1 KB/s; 0 is 30 s
	Picture time.Duration // for all of one picture, without waiting for its turn; 0 is 90 s
	Page    time.Duration // for all of one page or feed; 0 is 60 s
	// RetryAfter is the longest that a server may ask to wait; past it the
	// request fails at once. 0 is 60 s.
	RetryAfter time.Duration
}

// Clock is time and chance. The zero value is the real ones.
type Clock struct {
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
	// Jitter returns a random part of d, up to all of it.
	Jitter func(d time.Duration) time.Duration
}

// browser is what a browser says it is, for hosts that serve nobody else.
const browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

func or[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

func (o Options) withDefaults() Options {
	or(&o.Global, 16)
	or(&o.Limits.Picture, 25<<20)
	or(&o.Limits.Page, 10<<20)
	or(&o.Limits.Feed, 20<<20)
	or(&o.Limits.Data, 5<<20)
	or(&o.Limits.Redirects, 10)
	or(&o.Limits.Attempts, 3)
	or(&o.Limits.Retries, 20)
	or(&o.Timeouts.Connect, 6*time.Second)
	or(&o.Timeouts.TLS, 10*time.Second)
	or(&o.Timeouts.Header, 15*time.Second)
	or(&o.Timeouts.Idle, 20*time.Second)
	or(&o.Timeouts.Window, 30*time.Second)
	or(&o.Timeouts.Picture, 90*time.Second)
	or(&o.Timeouts.Page, 60*time.Second)
	or(&o.Timeouts.RetryAfter, 60*time.Second)
	if o.Clock.Now == nil {
		o.Clock.Now = time.Now
	}
	if o.Clock.Sleep == nil {
		o.Clock.Sleep = sleep
	}
	if o.Clock.Jitter == nil {
		o.Clock.Jitter = func(d time.Duration) time.Duration { return rand.N(d + 1) }
	}
	return o
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Fetcher gets things from the network for one run. What it learns of hosts (who
// cannot be reached, who wants which Referer) it remembers for that long. It is
// safe for concurrent use.
type Fetcher struct {
	opts      Options
	plain     bool // the User-Agent was not chosen
	guard     *guard
	transport *http.Transport
	index     *index
	lock      *filelock.Lock // of the store, shared: nobody tidies up meanwhile
	slots     chan struct{}  // one for each request under way

	mu       sync.Mutex
	hosts    map[string]*host
	groups   map[string]group
	places   map[string]any       // where the first host of a domain is
	next     map[string]time.Time // when a domain may be asked for another page
	robots   map[string]*robots   // by origin
	flights  map[string]*flight   // of pictures, by address
	done     map[string]outcome   // of pictures, by address; of bounded size
	requests int
	retries  int
	reached  bool                       // some host answered in this run
	portals  map[string]map[string]bool // hosts, by what they answered for pictures
	down     int                        // hosts that could not be reached while none answered
}

// flight is a picture under way; those who want the same wait for it.
type flight struct {
	ready   chan struct{}
	outcome outcome
}

// outcome is what came of one address.
type outcome struct {
	asset    media.Asset
	attempts []article.Attempt
	err      error
}

// New returns a Fetcher.
func New(o Options) (*Fetcher, error) {
	if o.Store == nil {
		return nil, errors.New("fetch: Options.Store is not set")
	}
	o = o.withDefaults()
	g, err := newGuard(o)
	if err != nil {
		return nil, err
	}
	lock, err := filelock.Shared(lockFile(o.Store))
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	plain := o.UserAgent == ""
	or(&o.UserAgent, UserAgent)
	f := &Fetcher{
		opts:    o,
		plain:   plain,
		guard:   g,
		index:   &index{root: indexRoot(o.Index, o.Store)},
		lock:    lock,
		slots:   make(chan struct{}, o.Global),
		hosts:   map[string]*host{},
		groups:  map[string]group{},
		places:  map[string]any{},
		next:    map[string]time.Time{},
		robots:  map[string]*robots{},
		portals: map[string]map[string]bool{},
		flights: map[string]*flight{},
		done:    map[string]outcome{},
	}
	o.Store.Sweep(o.Clock.Now().Add(-time.Hour))
	f.transport = &http.Transport{
		DialContext:            g.dial,
		Proxy:                  g.proxy,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // bodies are inflated where they are counted
		TLSHandshakeTimeout:    o.Timeouts.TLS,
		ResponseHeaderTimeout:  o.Timeouts.Header,
		MaxResponseHeaderBytes: 1 << 20,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    max(o.PerHost, 6),
		IdleConnTimeout:        30 * time.Second,
	}
	return f, nil
}

// Close ends the run: pictures that their servers want nobody to keep go, the
// store may be tidied up again, and the Fetcher is of no more use.
func (f *Fetcher) Close() {
	f.transport.CloseIdleConnections()
	f.drop()
	f.lock.Release()
}

// drop removes the pictures that may not be kept, unless another run may be using
// them: that one will, or one after it.
func (f *Fetcher) drop() {
	keys := f.index.passing()
	if len(keys) == 0 {
		return
	}
	f.lock.Release()
	Cache{Store: f.opts.Store, Index: f.opts.Index}.forget(keys)
}

// CheckProxy tells whether s is a good value of Options.Proxy. Its error does not
// name what may be secret.
func CheckProxy(s string) error {
	_, err := parseProxy(s)
	return err
}

// parseProxy reads Options.Proxy.
func parseProxy(s string) (func(*http.Request) (*url.URL, error), error) {
	switch s {
	case "":
		return nil, nil
	case "env":
		return http.ProxyFromEnvironment, nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return nil, errors.New("fetch: the proxy is no address")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return http.ProxyURL(u), nil
	}
	return nil, errors.New("fetch: the proxy speaks neither HTTP nor SOCKS5")
}
