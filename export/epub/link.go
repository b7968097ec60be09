package epub

import (
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// address returns link as a valid address that a book may lead to, empty where
// it is none: http, https, mailto and tel are allowed, scripts and files are not.
func address(link string) string {
	link = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1 // browsers strip them before they look at the scheme
		}
		return r
	}, strings.TrimSpace(strings.ToValidUTF8(link, "\uFFFD")))
	u, err := url.Parse(escapeStray(link))
	if err != nil {
		return ""
	}
	switch u.Scheme {
	case "http", "https":
		host := u.Host
		if host == "" || u.Hostname() == "" {
			return ""
		}
		if !ascii(host) {
			name, err := idna.Lookup.ToASCII(u.Hostname())
			if err != nil {
				return ""
			}
			if port := u.Port(); port != "" {
				name += ":" + port
			}
			host = name
		}
		if strings.ContainsAny(host, " \"<>\\^`{|}%") {
			return ""
		}
		if port := u.Port(); port != "" {
			if _, err := strconv.ParseUint(port, 10, 16); err != nil {
				return ""
			}
		}
		u.Host, u.User = host, nil
	case "mailto", "tel":
		if u.Opaque == "" {
			return ""
		}
	default:
		return ""
	}
	return escapeURI(u.String())
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

const upperHex = "0123456789ABCDEF"

// escapeStray makes "%25" of every "%" that begins no escape.
func escapeStray(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if s[i] == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) {
			b.WriteString("%25")
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// escapeURI escapes what RFC 3986 does not allow after the host. Brackets are
// allowed in hosts alone.
func escapeURI(s string) string {
	tail := 0
	if i := strings.Index(s, "://"); i >= 0 {
		tail = len(s)
		if j := strings.IndexAny(s[i+3:], "/?#"); j >= 0 {
			tail = i + 3 + j
		}
	}
	var b strings.Builder
	hash := false
	for i := range len(s) {
		c := s[i]
		ok := c > ' ' && c < 0x7f && !strings.ContainsRune("\"<>\\^`{|}", rune(c))
		if i >= tail && (c == '[' || c == ']' || c == '#' && hash) {
			ok = false
		}
		hash = hash || c == '#'
		if ok {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
	return b.String()
}
