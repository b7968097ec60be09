package fetch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/publicsuffix"
)

// Header is a header line for one origin: the scheme, host and port that it names
// get it, and nobody else, whatever redirects say.
type Header struct {
	Origin string // as "https://example.org" or "http://example.org:8080"
	Name   string
	Value  string
}

// ParseHeader reads a Header as a person writes it: "https://example.org
// Authorization: Bearer 1234". Its errors do not say what it reads.
func ParseHeader(s string) (Header, error) {
	origin, line, ok := strings.Cut(strings.TrimSpace(s), " ")
	name, value, colon := strings.Cut(line, ":")
	if !ok || !colon {
		return Header{}, errors.New("a header is written as an origin, a name, a colon and a value")
	}
	u, err := parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return Header{}, errors.New("a header begins with the origin that gets it, as https://example.org")
	}
	h := Header{Origin: u.Scheme + "://" + u.Host, Name: http.CanonicalHeaderKey(strings.TrimSpace(name)), Value: strings.TrimSpace(value)}
	if !httpguts.ValidHeaderFieldName(h.Name) || !httpguts.ValidHeaderFieldValue(h.Value) {
		return Header{}, errors.New("a header with a name or value that none may have")
	}
	switch h.Name {
	case "Host", "Connection", "Content-Length", "Transfer-Encoding", "Te", "Trailer", "Upgrade", "Range", "If-Range", "If-None-Match", "If-Modified-Since", "Accept-Encoding":
		return Header{}, fmt.Errorf("the header %s is not for people to set", h.Name)
	}
	return h, nil
}

// maxCookies bounds a file of cookies, in bytes: a browser keeps some thousands of
// cookies of up to 4 KB.
const maxCookies = 16 << 20

// ReadCookies reads a file of cookies as browsers export them and curl keeps them
// (Netscape's format): a line each, of seven fields between tabs. Lines that are
// none are an error, cookies for whole public suffixes and those that have
// expired are left out.
func ReadCookies(r io.Reader, now time.Time) (http.CookieJar, error) {
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(&bounded{r: r, left: maxCookies, limit: maxCookies})
	lines.Buffer(nil, 64<<10)
	for n := 1; lines.Scan(); n++ {
		u, c, err := parseCookie(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if c != nil && (c.Expires.IsZero() || c.Expires.After(now)) {
			jar.SetCookies(u, []*http.Cookie{c})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return jar, nil
}

// parseCookie reads a line of a file of cookies; nil: it has none. Its errors do
// not say what it reads.
func parseCookie(line string) (*url.URL, *http.Cookie, error) {
	line = strings.TrimRight(strings.TrimPrefix(line, "\uFEFF"), "\r\n")
	line, _ = strings.CutPrefix(line, "#HttpOnly_") // curl's sign; scripts are not run here
	if strings.TrimSpace(line) == "" || line[0] == '#' {
		return nil, nil, nil
	}
	f := strings.Split(line, "\t")
	if len(f) == 6 {
		f = append(f, "") // a cookie without a value, its tab lost
	}
	if len(f) != 7 {
		return nil, nil, errors.New("not a cookie of Netscape's format: seven fields between tabs")
	}
	host, below := strings.CutPrefix(f[0], ".")
	u := &url.URL{Scheme: "http", Host: host, Path: "/"}
	if strings.Contains(host, ":") {
		return nil, nil, errors.New("a cookie's domain has a colon")
	}
	if err := asciiHost(u); err != nil || u.Host == "" {
		return nil, nil, errors.New("a cookie's domain cannot be read")
	}
	c := &http.Cookie{Name: f[5], Value: f[6], Path: f[2], Secure: strings.EqualFold(f[3], "TRUE")}
	if !httpguts.ValidHeaderFieldName(c.Name) || !httpguts.ValidHeaderFieldValue(c.Value) || strings.Contains(c.Value, ";") {
		return nil, nil, errors.New("a cookie with a name or value that none may have")
	}
	if !strings.HasPrefix(c.Path, "/") {
		return nil, nil, errors.New("a cookie's path cannot be read")
	}
	if c.Secure {
		u.Scheme = "https"
	}
	if below || strings.EqualFold(f[1], "TRUE") {
		c.Domain = u.Host
	}
	// Some write fractions of seconds; 0 is a cookie of a session.
	expires, err := strconv.ParseFloat(f[4], 64)
	if err != nil || expires != expires {
		return nil, nil, errors.New("a cookie's expiry cannot be read")
	}
	if expires > 0 {
		c.Expires = time.Unix(int64(min(expires, 253402300799)), 0)
	}
	return u, c, nil
}

// trusted tells whether the host of a hop may be told who we are: one that was
// asked for itself, or that is of the same registrable domain as the page that
// its picture is in; and never unencrypted what was asked for encrypted.
func (f *Fetcher) trusted(r *request, u *url.URL) bool {
	if isDowngrade(r.url, u) {
		return false
	}
	return r.site == "" || r.site == site(u.Hostname())
}
