package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/lettering"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/media/fetch"
	"github.com/leporello-press/leporello/press/online"
	"github.com/leporello-press/leporello/source"
)

// network are the flags of every command that may use the network, and what is
// opened for it when it is first needed.
type network struct {
	offline      bool
	refresh      bool
	cacheDir     string
	allowNetwork []string
	allowPort    []uint
	proxy        string
	userAgent    string
	cookies      string
	headers      []string
	robots       string
	connections  int
	perHost      int

	fetching fetch.Options // made by resolve

	once    sync.Once
	err     error
	lost    error    // why the cache is a temporary one; nil: it is not, or was meant to be
	ended   []func() // called in the end
	store   *media.Dir
	fetcher *fetch.Fetcher
}

func (n *network) flags(f *pflag.FlagSet) {
	f.BoolVar(&n.offline, "offline", false, "do not use the network: pictures and pages come from the cache")
	f.StringVar(&n.cacheDir, "cache-dir", "", "folder for fetched pictures and pages (default: leporello in the user's cache folder)")
	f.BoolVar(&n.refresh, "refresh", false, "ask again for everything, also for what the cache has and need not ask for")
	f.StringSliceVar(&n.allowNetwork, "allow-network", nil, "let pictures and pages come from addresses of this private network, as 192.168.0.0/16 (repeatable)")
	f.UintSliceVar(&n.allowPort, "allow-port", nil, "let them come from this port, too, beside 80, 443, 8080 and 8443 (repeatable)")
	f.StringVar(&n.proxy, "proxy", "", "address of a proxy, or env for the one that HTTP_PROXY and HTTPS_PROXY name (default: none, whatever they say)")
	f.StringVar(&n.userAgent, "user-agent", "", "what requests say they are from")
	f.StringVar(&n.cookies, "cookies", "", "file of cookies as browsers export them (Netscape's format), for the hosts they name")
	f.StringArrayVar(&n.headers, "header", nil, "a header for one origin, as 'https://example.org Authorization: Bearer 1234' (repeatable)")
	f.StringVar(&n.robots, "robots", "auto", "obey robots.txt: auto (for addresses that nobody typed), yes or no")
	f.IntVar(&n.connections, "connections", 16, "requests at the same time")
	f.IntVar(&n.perHost, "per-host", 0, "requests to one host at the same time (default: 6 for pictures, 2 for pages)")
	oneOf(f, "robots", "auto", "yes", "no")
	isPath(f, "cookies")
	isPath(f, "cache-dir")
}

// resolve reads the flags. What is worth knowing of them is said to e, unless quiet.
func (n *network) resolve(e *env, quiet bool) error {
	o := fetch.Options{Offline: n.offline, Refresh: n.refresh, Proxy: n.proxy, UserAgent: n.userAgent, Global: n.connections, PerHost: n.perHost}
	for _, s := range n.allowNetwork {
		p, err := parsePrefix(s)
		if err != nil {
			return usagef("a network is written as 192.168.0.0/16, an address as 127.0.0.1", "--allow-network: %s", plain(err))
		}
		o.Allow = append(o.Allow, p)
	}
	for _, port := range n.allowPort {
		if port < 1 || port > 65535 {
			return usagef("", "--allow-port: %d is no port", port)
		}
		o.Ports = append(o.Ports, uint16(port))
	}
	if n.offline && n.refresh {
		return usagef("", "--offline and --refresh: nothing can be asked again without the network")
	}
	if n.connections < 1 || n.perHost < 0 {
		return usagef("", "--connections and --per-host are numbers from 1")
	}
	if strings.ContainsFunc(n.userAgent, unicode.IsControl) {
		return usagef("", "--user-agent: a name without control characters")
	}
	switch n.robots {
	case "auto":
	case "yes":
		o.Robots = fetch.RobotsObey
	case "no":
		o.Robots = fetch.RobotsIgnore
	default:
		return usagef("", "--robots: %q is none of auto, yes or no", n.robots)
	}
	if n.proxy != "" {
		if err := fetch.CheckProxy(n.proxy); err != nil {
			return usagef("as in --proxy http://127.0.0.1:8080 or --proxy env", "--proxy: %s", plain(err))
		}
		if !quiet {
			e.say("warning", "pictures and pages come through a proxy, which looks names up itself: where they lead cannot be checked here")
		}
	}
	for _, s := range n.headers {
		h, err := fetch.ParseHeader(s)
		if err != nil {
			return usagef("as in --header 'https://example.org Authorization: Bearer 1234'", "--header: %w", err)
		}
		o.Headers = append(o.Headers, h)
	}
	if n.cookies != "" {
		jar, err := readCookies(n.cookies, e.now())
		if err != nil {
			return usagef("", "--cookies %s: %s", n.cookies, plain(err))
		}
		o.Cookies = jar
	}
	n.fetching = o
	return nil
}

func readCookies(path string, now time.Time) (http.CookieJar, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	return fetch.ReadCookies(f, now)
}

// cause takes the path off an error whose message names it already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// parsePrefix reads a range of addresses, or one address.
func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("%q is no network", s)
	}
	return p, fetch.CheckNetwork(p)
}

// open opens the cache. It may be called again and from several goroutines.
func (n *network) open() error {
	n.once.Do(func() {
		n.err = n.openCache()
		if n.err != nil {
			n.err = &cacheError{n.err}
		}
	})
	return n.err
}

func (n *network) openCache() error {
	dir, temporary, err := n.cacheFolder()
	if err != nil {
		return err
	}
	if temporary {
		n.removeInTheEnd(dir)
	}
	n.store, err = media.New(filepath.Join(dir, "pictures"), media.Options{Letters: lettering.Faces{Fonts: fonts.Embedded()}})
	if err != nil && n.cacheDir == "" && !temporary {
		// Services often run without a home that they may write to.
		n.lost = &cacheError{err}
		if dir, err = os.MkdirTemp("", "leporello-"); err != nil {
			return err
		}
		n.removeInTheEnd(dir)
		n.store, err = media.New(filepath.Join(dir, "pictures"), media.Options{Letters: lettering.Faces{Fonts: fonts.Embedded()}})
	}
	if err != nil {
		return err
	}
	n.fetching.Store = n.store
	n.fetching.Timeouts, n.fetching.Clock, n.fetching.Resolver = faults.timeouts, faults.clock, faults.resolver
	n.fetcher, err = fetch.New(n.fetching)
	return err
}

// close lets go of what was opened.
func (n *network) close() {
	if n.fetcher != nil {
		n.fetcher.Close()
	}
	for _, end := range n.ended {
		end()
	}
}

func (n *network) removeInTheEnd(dir string) {
	n.ended = append(n.ended, func() { os.RemoveAll(dir) })
}

// cacheFolder returns where fetched things are kept. Where the user has no
// folder for that, it is a temporary one, and temporary is true.
func (n *network) cacheFolder() (dir string, temporary bool, err error) {
	if n.cacheDir != "" {
		return n.cacheDir, false, nil
	}
	if user, err := os.UserCacheDir(); err == nil {
		return filepath.Join(user, "leporello"), false, nil
	}
	dir, err = os.MkdirTemp("", "leporello-")
	return dir, true, err
}

// web returns what brings pages and feeds, until n is closed.
func (n *network) web(ctx context.Context) source.Web {
	web, end := n.session(ctx)
	n.ended = append(n.ended, end)
	return web
}

// session returns what brings pages and feeds, none of which another session was
// given, and what ends it.
func (n *network) session(ctx context.Context) (web source.Web, end func()) {
	dir := ""
	pages := sync.OnceValues(func() (_ *online.Pages, err error) {
		if err = n.open(); err != nil {
			return nil, err
		}
		if dir, err = os.MkdirTemp("", "leporello-pages-"); err != nil {
			return nil, err
		}
		return online.NewPages(n.fetcher, dir), nil
	})
	by := func(get func(*online.Pages, context.Context, string) (source.Input, error)) func(string) (source.Input, error) {
		return func(address string) (source.Input, error) {
			p, err := pages()
			if err != nil {
				return source.Input{}, err
			}
			return get(p, ctx, address)
		}
	}
	end = func() {
		if dir != "" {
			os.RemoveAll(dir)
		}
	}
	return source.Web{Get: by((*online.Pages).Get), Follow: by((*online.Pages).Follow)}, end
}

// cacheError is why the cache cannot be used.
type cacheError struct{ err error }

func (c *cacheError) Error() string { return "the cache: " + plain(c.err) }
func (c *cacheError) Unwrap() error { return c.err }
