package library

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// policy is what pages may load: style and pictures of this site, nothing else. No
// script is ever one of theirs.
const policy = "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// headers sets what every answer carries.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// onlyReading refuses whatever is not GET or HEAD.
func onlyReading(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.Header().Set("Connection", "close") // what else it sends is not waited for
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// knownHost refuses requests for another host: a page elsewhere whose name was
// made to point at this machine would otherwise read the library with the eyes
// of whoever looks at it (DNS rebinding). A name can be made to point anywhere, an address
// cannot.
func knownHost(names map[string]bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
		if !names[host] && host != "localhost" && !ownAddress(host, r) {
			http.Error(w, "this library does not answer to the name "+strconv.Quote(host)+"; serve.base_url of the configuration gives it one", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ownAddress tells whether host is an address of the loopback, or the one that the
// request came to. Where that is not the loopback, every address is one of this
// machine as others see it: between the two may stand a router.
func ownAddress(host string, r *http.Request) bool {
	asked, err := netip.ParseAddr(host)
	if err != nil || asked.Zone() != "" {
		return false
	}
	if asked.Unmap().IsLoopback() {
		return true
	}
	at, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if at == nil {
		return false
	}
	here, err := netip.ParseAddrPort(at.String())
	return err == nil && !here.Addr().Unmap().IsLoopback()
}

// authorised asks for the token as the password of basic authentication, which every
// reading program knows. Names are not looked at.
func authorised(token, realm string, next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(token))
	challenge := "Basic realm=" + quoted(realm) + `, charset="UTF-8"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		// Digests are of one length, so that the time to compare tells nothing.
		got := sha256.Sum256([]byte(password))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", challenge)
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, "the password is the token of this library", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// quoted is a string of a header: ASCII, between quotes.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r >= 0x20 && r < 0x7f:
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
	}
	b.WriteByte('"')
	return b.String()
}
