package fetch

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/leporello-press/leporello/article"
)

// Robots says when the robots.txt of a host is asked for and obeyed (RFC 9309).
type Robots uint8

const (
	// RobotsAuto is for what the program finds by itself: Follow.
	RobotsAuto Robots = iota
	// RobotsObey is for every page and feed, also for those that a person named.
	RobotsObey
	// RobotsIgnore never asks.
	RobotsIgnore
)

// Follow is Get for an address that no person named: the next page of an article,
// the page of a feed's entry. The host's robots.txt may refuse it, with the
// reason Disallowed.
func (f *Fetcher) Follow(ctx context.Context, address string, kind Kind) (*Response, []article.Attempt, error) {
	return f.obtain(ctx, address, kind, f.opts.Robots != RobotsIgnore)
}

// maxRobots is how much of a robots.txt is read; RFC 9309, 2.5, asks for no less
// than 500 KiB.
const maxRobots = 500 << 10

// maxDelay is the longest that a robots.txt makes us wait between two pages: a
// feed of fifty articles is then read within ten minutes.
const maxDelay = 10 * time.Second

// robots are the rules of one origin, which are read once in a run.
type robots struct {
	once  sync.Once
	err   *Error // why none of its pages may be asked for
	rules rules
}

// allowed tells whether the robots.txt of the origin of u lets us ask for it.
func (f *Fetcher) allowed(ctx context.Context, u *url.URL) error {
	if f.opts.Offline {
		return nil // nobody is asked
	}
	origin := u.Scheme + "://" + u.Host
	f.mu.Lock()
	r := f.robots[origin]
	if r == nil {
		r = new(robots)
		f.robots[origin] = r
	}
	f.mu.Unlock()
	r.once.Do(func() { r.err = f.askRobots(ctx, u, &r.rules) })
	if r.err != nil {
		if r.err.Reason == Canceled {
			f.mu.Lock()
			delete(f.robots, origin)
			f.mu.Unlock()
		}
		return r.err
	}
	if r.rules.delay > 0 {
		h := f.host(u.Host)
		f.mu.Lock()
		h.delay = r.rules.delay
		f.mu.Unlock()
	}
	if !r.rules.allow(u) {
		return &Error{Reason: Disallowed, Host: u.Host, Phrase: "robots.txt asks programs to stay away"}
	}
	return nil
}

// mayFollow is allowed for a place that a redirect leads to, if the guard lets it
// be asked at all.
func (f *Fetcher) mayFollow(ctx context.Context, u *url.URL) error {
	if f.guard.gate(u) != nil {
		return nil // the guard says so itself
	}
	return f.allowed(ctx, u)
}

func (f *Fetcher) askRobots(ctx context.Context, u *url.URL, into *rules) *Error {
	at := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	resp, attempts, err := f.page(ctx, at, robotsFile, false)
	if n := len(attempts); n > 0 {
		// RFC 9309, 2.3.1.3: a file that is not to be had forbids nothing.
		if s := attempts[n-1].Status; s >= 400 && s < 500 && s != http.StatusTooManyRequests {
			return nil
		}
	}
	if err != nil {
		e := explain(ctx, u.Host, err)
		if e.Status != 0 {
			// 2.3.1.4: one that is out of order may forbid everything.
			e = &Error{Reason: Disallowed, Host: u.Host, Phrase: "robots.txt: " + e.Phrase, Status: e.Status, Err: e}
		}
		return e
	}
	token, _, _ := strings.Cut(f.opts.UserAgent, "/")
	*into = parseRobots(resp.Body, strings.TrimSpace(token))
	return nil
}

// rules are what a robots.txt says to one program.
type rules struct {
	list  []rule
	delay time.Duration // between two pages; 0: nothing is asked for
}

// rule is one line of it.
type rule struct {
	path  string // normalised; * stands for anything
	allow bool
	end   bool // path ends where the pattern does
}

// parseRobots reads the rules for the program of the given product token: those
// of the groups that name it, and of those for all where none does. Lines that it
// does not know mean nothing.
func parseRobots(body []byte, token string) rules {
	var ours, all rules
	var named, any, forUs, forAll bool
	inRules := true // the next User-agent begins a group
	text := strings.TrimPrefix(string(body), "\uFEFF")
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line, _, _ = strings.Cut(line, "#")
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		add := func(f func(*rules)) {
			inRules = true
			if forUs {
				f(&ours)
			}
			if forAll {
				f(&all)
			}
		}
		switch key = strings.ToLower(strings.TrimSpace(key)); key {
		case "user-agent":
			if inRules {
				forUs, forAll, inRules = false, false, false
			}
			switch agent := productToken(value); {
			case value == "*":
				forAll, any = true, true
			case agent != "" && strings.EqualFold(agent, token):
				forUs, named = true, true
			}
		case "allow", "disallow":
			add(func(r *rules) {
				if value == "" {
					return // which forbids nothing
				}
				path, end := strings.CutSuffix(value, "$")
				if path != "" && path[0] != '/' && path[0] != '*' {
					path = "/" + path
				}
				r.list = append(r.list, rule{normalPath(path), key == "allow", end})
			})
		case "crawl-delay":
			add(func(r *rules) {
				if s, err := strconv.ParseFloat(value, 64); err == nil && s > 0 {
					r.delay = time.Duration(min(s, maxDelay.Seconds()) * float64(time.Second))
				}
			})
		}
	}
	switch {
	case named:
		return ours
	case any:
		return all
	}
	return rules{}
}

// productToken is the name at the beginning of a User-agent line (RFC 9309, 2.2.1).
func productToken(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i] | 0x20; (c < 'a' || c > 'z') && s[i] != '-' && s[i] != '_' {
			return s[:i]
		}
	}
	return s
}

// allow tells whether the longest rule that matches is one that allows. Of two
// that are as long the one that allows counts (RFC 9309, 2.2.2).
func (r rules) allow(u *url.URL) bool {
	path := u.EscapedPath()
	if path == "/robots.txt" {
		return true
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	path = normalPath(path)
	longest, ok := -1, true
	for _, rule := range r.list {
		n := len(rule.path)
		if (n > longest || n == longest && rule.allow) && rule.match(path) {
			longest, ok = n, rule.allow
		}
	}
	return ok
}

// match tells whether path begins as the rule says, or is as it says.
func (r rule) match(path string) bool {
	first, rest, more := strings.Cut(r.path, "*")
	if !strings.HasPrefix(path, first) {
		return false
	}
	path = path[len(first):]
	if !more {
		return !r.end || path == ""
	}
	// The first place where a piece fits leaves the most for those behind it.
	for more {
		var piece string
		if piece, rest, more = strings.Cut(rest, "*"); !more && r.end {
			return strings.HasSuffix(path, piece)
		}
		i := strings.Index(path, piece)
		if i < 0 {
			return false
		}
		path = path[i+len(piece):]
	}
	return true
}

// normalPath writes a path so that equal ones are the same: what need not be
// encoded is not, everything else is in upper case (RFC 9309, 2.2.2).
func normalPath(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			n, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if c = byte(n); isUnreserved(c) {
				b.WriteByte(c)
			} else {
				b.WriteByte('%')
				b.WriteByte(hex[c>>4])
				b.WriteByte(hex[c&15])
			}
			i += 2
			continue
		}
		if c <= ' ' || c >= 0x7f {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// isUnreserved: RFC 3986, 2.3.
func isUnreserved(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}
