package deliver

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strings"
)

// login answers the question of an HTTP server who asks: by Digest (RFC 7616) where it
// takes that, otherwise by Basic (RFC 7617). Nothing is told before it is asked.
type login struct {
	user, password string

	basic  bool              // it takes Basic
	digest map[string]string // the parameters of its Digest; nil: none
	count  int               // how often its nonce was used
}

// challenge takes over what a server wants to know, and tells whether there is an
// answer.
func (l *login) challenge(header http.Header) bool {
	l.basic, l.digest, l.count = false, nil, 0
	for _, line := range header.Values("WWW-Authenticate") {
		for _, c := range challenges(line) {
			switch strings.ToLower(c.scheme) {
			case "basic":
				l.basic = true
			case "digest":
				// The first whose hash is known: a server names the best first.
				if l.digest == nil && hashOf(c.params["algorithm"]) != nil && c.params["nonce"] != "" {
					l.digest = c.params
				}
			}
		}
	}
	return l.basic || l.digest != nil
}

// sign adds the answer to a request, once there was a question.
func (l *login) sign(req *http.Request) error {
	switch {
	case l.digest != nil:
		cnonce := make([]byte, 16)
		if _, err := rand.Read(cnonce); err != nil {
			return err
		}
		l.count++
		text, err := l.answer(req.Method, req.URL.RequestURI(), hex.EncodeToString(cnonce))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", text)
	case l.basic:
		req.SetBasicAuth(l.user, l.password)
	}
	return nil
}

// answer returns the value of an Authorization header (RFC 7616 §3.4).
func (l *login) answer(method, uri, cnonce string) (string, error) {
	p := l.digest
	sum := func(parts ...string) string {
		h := hashOf(p["algorithm"])()
		h.Write([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(h.Sum(nil))
	}
	who := sum(l.user, p["realm"], l.password)
	if strings.HasSuffix(strings.ToLower(p["algorithm"]), "-sess") {
		who = sum(who, p["nonce"], cnonce)
	}
	what := sum(method, uri)
	nc := fmt.Sprintf("%08x", l.count)
	fields := []string{
		`username="` + quoted(l.user) + `"`, `realm="` + quoted(p["realm"]) + `"`, `nonce="` + quoted(p["nonce"]) + `"`, `uri="` + quoted(uri) + `"`,
	}
	if qop, ok := p["qop"]; !ok {
		fields = append(fields, `response="`+sum(who, p["nonce"], what)+`"`) // RFC 2069
	} else {
		found := false
		for _, q := range strings.Split(qop, ",") {
			found = found || strings.EqualFold(strings.TrimSpace(q), "auth")
		}
		if !found {
			return "", Permanent(errors.New("the server wants a way to log in that is not known: Digest with qop=" + qop))
		}
		fields = append(fields, `response="`+sum(who, p["nonce"], nc, cnonce, "auth", what)+`"`, "qop=auth", "nc="+nc, `cnonce="`+cnonce+`"`)
	}
	if a, ok := p["algorithm"]; ok {
		fields = append(fields, "algorithm="+a)
	}
	if o, ok := p["opaque"]; ok {
		fields = append(fields, `opaque="`+quoted(o)+`"`)
	}
	return "Digest " + strings.Join(fields, ", "), nil
}

// hashOf returns the hash of an algorithm of Digest; nil: it is not known.
func hashOf(algorithm string) func() hash.Hash {
	switch strings.TrimSuffix(strings.ToLower(algorithm), "-sess") {
	case "", "md5":
		return md5.New
	case "sha-256":
		return sha256.New
	}
	return nil
}

// quoted writes the inside of a quoted string (RFC 9110 §5.6.4).
func quoted(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
}

type challenge struct {
	scheme string
	params map[string]string // by their names in lower case
}

// challenges reads a WWW-Authenticate header, which may hold several (RFC 9110 §11.6.1).
func challenges(s string) []challenge {
	var out []challenge
	for {
		s = strings.TrimLeft(s, " \t,")
		if s == "" {
			return out
		}
		end := strings.IndexAny(s, " \t,=")
		if end < 0 {
			end = len(s)
		}
		word, rest := s[:end], strings.TrimLeft(s[end:], " \t")
		value, isParam := strings.CutPrefix(rest, "=")
		switch {
		case !isParam:
			out = append(out, challenge{word, map[string]string{}})
			s = rest
		case word == "" || len(out) == 0:
			return out // no header that anybody sends
		default:
			var v string
			v, s = parameter(strings.TrimLeft(value, " \t"))
			out[len(out)-1].params[strings.ToLower(word)] = v
		}
	}
}

// parameter reads a value, quoted or not, and returns what follows it.
func parameter(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, " \t,")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:]
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}
