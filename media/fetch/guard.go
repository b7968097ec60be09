package fetch

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"code.dny.dev/ssrf"
)

// guard decides which addresses may be asked. It looks twice: at the address as
// it is written, before each request and each redirect, and at the IP address
// that is really dialled, so that no name can point somewhere else meanwhile.
type guard struct {
	dialer  net.Dialer // passes check
	bare    net.Dialer // does not; for the proxy alone
	allow   []netip.Prefix
	ports   []uint16
	safe    *ssrf.Guardian
	proxies func(*http.Request) (*url.URL, error)
	// places has the neighbourhood of each host name that was connected to.
	places sync.Map
}

// nat64 is the range in which IPv6-only networks embed IPv4 addresses (RFC 6052).
var nat64 = ssrf.IPv6NAT64Prefix

// fakeIP is the range from which local proxies give every name an address
// (RFC 2544 reserves it for benchmarks).
var fakeIP = netip.MustParsePrefix("198.18.0.0/15")

// CheckNetwork tells whether a range may stand in Options.Allow: not where it is
// all there is of IPv4 or IPv6.
func CheckNetwork(p netip.Prefix) error {
	ipv4 := netip.MustParsePrefix("::ffff:0:0/96") // as IPv6 writes all of it
	if !p.IsValid() || p.Bits() == 0 || p.Addr().Is6() && p.Bits() <= ipv4.Bits() && p.Contains(ipv4.Addr()) {
		return fmt.Errorf("fetch: %s is all there is: the guard would guard nothing", p)
	}
	return nil
}

func newGuard(o Options) (*guard, error) {
	for _, p := range o.Allow {
		if err := CheckNetwork(p); err != nil {
			return nil, err
		}
	}
	proxies, err := parseProxy(o.Proxy)
	if err != nil {
		return nil, err
	}
	g := &guard{
		allow:   slices.Clone(o.Allow),
		ports:   append([]uint16{80, 443, 8080, 8443}, o.Ports...),
		safe:    ssrf.New(),
		proxies: proxies,
	}
	g.dialer = net.Dialer{Timeout: o.Timeouts.Connect, Resolver: o.Resolver, Control: func(network, address string, _ syscall.RawConn) error {
		return g.check(network, address)
	}}
	g.bare = net.Dialer{Timeout: o.Timeouts.Connect, Resolver: o.Resolver}
	return g, nil
}

// check is called by the dialer with the address of the socket that is about to
// connect.
func (g *guard) check(network, address string) error {
	if network != "tcp4" && network != "tcp6" {
		return refuse(Blocked, "blocked: %s", network)
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return refuse(Blocked, "blocked: the address cannot be read")
	}
	return g.checkAddr(ap)
}

func (g *guard) checkAddr(ap netip.AddrPort) error {
	ip := ap.Addr()
	if ip.Zone() != "" {
		return refuse(Blocked, "blocked: an address with a zone")
	}
	for _, p := range g.allow {
		if !p.Contains(ip) {
			continue
		}
		if nat64.Contains(ip) && p.Bits() <= nat64.Bits() {
			// The switch opens the way, not what lies behind it.
			b := ip.As16()
			if err := g.safe.SafeAddr(netip.AddrFrom4([4]byte(b[12:]))); err != nil {
				break
			}
		}
		return nil
	}
	err := g.safe.SafeAddr(ip)
	if err == nil {
		if !slices.Contains(g.ports, ap.Port()) {
			return refuse(Blocked, "blocked: port %d", ap.Port())
		}
		return nil
	}
	e := &Error{Reason: Blocked, Phrase: "blocked: not a public address", Err: err}
	switch v4 := ip.Unmap(); {
	case fakeIP.Contains(ip):
		e.Hint = "a local proxy gives every name an address in 198.18.0.0/15; if that is so here: --allow-network 198.18.0.0/15"
	case nat64.Contains(ip):
		e.Hint = "in a network of IPv6 only: --allow-network " + nat64.String()
	case v4.IsLinkLocalUnicast(), v4.IsUnspecified(), v4.IsMulticast():
		// No person's pictures are there; what an article asks for is the keys of the
		// machine in a cloud. The way to it is not told.
	default:
		e.Hint = "to fetch from your own network: --allow-network " + netip.PrefixFrom(ip, ip.BitLen()).String()
	}
	return e
}

// dial is the only way out.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if trusted, _ := ctx.Value(proxyAddress{}).(string); trusted != "" && trusted == address {
		return g.bare.DialContext(ctx, network, address)
	}
	conn, err := g.dialer.DialContext(ctx, network, address)
	if err == nil {
		if at, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
			name, _, _ := net.SplitHostPort(address)
			g.places.Store(name, neighbourhood(at.Addr()))
		}
	}
	return conn, err
}

// neighbourhood is the range of addresses that one machine room is likely to have.
func neighbourhood(ip netip.Addr) netip.Prefix {
	bits := 48
	if ip = ip.Unmap(); ip.Is4() {
		bits = 24
	}
	p, _ := ip.Prefix(bits)
	return p
}

// proxyAddress is the key of a request's context under which the address of its
// proxy stands.
type proxyAddress struct{}

// proxy tells the transport the proxy of a request. That is decided before, by
// viaProxy, since the dialer has to know of it too.
func (g *guard) proxy(r *http.Request) (*url.URL, error) {
	u, _ := r.Context().Value(proxyURL{}).(*url.URL)
	return u, nil
}

type proxyURL struct{}

// viaProxy returns ctx with the proxy that a request for u goes through, if any.
func (g *guard) viaProxy(ctx context.Context, u *url.URL) (context.Context, error) {
	if g.proxies == nil {
		return ctx, nil
	}
	p, err := g.proxies(&http.Request{URL: u})
	if err != nil || p == nil {
		return ctx, err
	}
	port := p.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[p.Scheme]
	}
	ctx = context.WithValue(ctx, proxyURL{}, p)
	return context.WithValue(ctx, proxyAddress{}, net.JoinHostPort(p.Hostname(), port)), nil
}

// gate looks at an address as it is written, after clean.
func (g *guard) gate(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return refuse(BadScheme, "%s: addresses are not fetched", cut(u.Scheme))
	case u.User != nil:
		return refuse(BadAddress, "an address with a user name or password")
	case u.Hostname() == "":
		return refuse(BadAddress, "an address without a host")
	case strings.Contains(u.Host, "%"):
		return refuse(BadAddress, "an address with a zone")
	case len(u.String()) > 8<<10:
		return refuse(BadAddress, "an address of more than 8 KiB")
	}
	port := uint64(80)
	if u.Scheme == "https" {
		port = 443
	}
	if p := u.Port(); p != "" {
		var err error
		if port, err = strconv.ParseUint(p, 10, 16); err != nil || port == 0 {
			return refuse(BadAddress, "an address with an impossible port")
		}
	}
	// A literal address needs no dialling to be refused; behind a proxy there is no
	// other moment to do it.
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		return g.checkAddr(netip.AddrPortFrom(ip, uint16(port)))
	}
	return nil
}

// cut shortens foreign text in messages.
func cut(s string) string {
	if len(s) > 20 {
		return s[:20] + "…"
	}
	return s
}
