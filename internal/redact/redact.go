// Package redact takes out of addresses what opens doors, for messages, reports
// and books: user and password, and the values of parameters that look like keys.
package redact

import (
	"net/url"
	"strings"
)

// secrets are parts of the names of query parameters whose values are nobody's
// business.
var secrets = []string{"token", "secret", "passw", "pwd", "auth", "sign", "key", "session", "credential", "jwt"}

// Address returns an address without secrets. What is no address of the web is
// returned as it is, but for the data of a data: address.
func Address(s string) string {
	if len(s) >= 5 && strings.EqualFold(s[:5], "data:") {
		if head, _, ok := strings.Cut(s, ","); ok {
			return head + ",…"
		}
		return "data:…"
	}
	if !strings.Contains(s, "://") && !strings.HasPrefix(s, "//") {
		head, query, ok := strings.Cut(s, "?")
		if !ok {
			return s
		}
		return head + "?" + parameters(query)
	}
	u, err := url.Parse(s)
	if err != nil {
		before, after, _ := strings.Cut(s, "//")
		after, _, _ = strings.Cut(after, "?")
		host, path, slash := strings.Cut(after, "/")
		if i := strings.LastIndexByte(host, '@'); i >= 0 {
			host = host[i+1:]
		}
		if slash {
			host += "/" + path
		}
		return before + "//" + host
	}
	u.User = nil
	u.RawQuery = parameters(u.RawQuery)
	return u.String()
}

func parameters(query string) string {
	pairs := strings.Split(query, "&")
	for i, p := range pairs {
		if name, _, ok := strings.Cut(p, "="); ok && isSecret(name) {
			pairs[i] = name + "=…"
		}
	}
	return strings.Join(pairs, "&")
}

func isSecret(name string) bool {
	name = strings.ToLower(name)
	if name == "sig" || name == "pw" || name == "pass" {
		return true
	}
	for _, s := range secrets {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}

// Text returns a message with its addresses redacted.
func Text(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	words := strings.Split(s, " ")
	for i, w := range words {
		bare := strings.Trim(w, `"'():,;`)
		if strings.Contains(bare, "://") {
			words[i] = strings.Replace(w, bare, Address(bare), 1)
		}
	}
	return strings.Join(words, " ")
}
