package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// index is what is known of addresses, on disk: a small file each, so that
// several processes may share it and a torn one costs one request. Errors of
// writing are not reported: the next run asks again.
type index struct{ root string }

// entry is what an address had when it was last asked.
type entry struct {
	URL          string    `json:"url"`
	Key          string    `json:"key"`
	Bytes        int64     `json:"bytes"`
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"`
	Stored       time.Time `json:"stored"`
	Expires      time.Time `json:"expires"`
	Vary         *vary     `json:"vary,omitempty"` // nil: it does not matter how it is asked for

	// Of pages and feeds alone.
	Final    string `json:"final,omitempty"` // the address after redirects
	Type     string `json:"type,omitempty"`
	Referrer string `json:"referrer,omitempty"` // the Referrer-Policy
}

// fresh tells whether an entry may be relied on. One from the future is of a clock
// that was wrong.
func (e *entry) fresh(now time.Time) bool {
	return now.Before(e.Expires) && e.Stored.Before(now.Add(time.Hour))
}

// vary is how something was asked for whose server makes a difference by that.
type vary struct {
	Names  []string `json:"names"`  // of the headers that make it, sorted
	Values string   `json:"values"` // a digest, for they may be secret
	URL    string   `json:"url"`    // that answered, after redirects
}

// varyOf reads the Vary of an answer. What it says of the coding of the body does
// not matter: bodies are kept decoded.
func varyOf(a answer) *vary {
	v := &vary{URL: a.url.String()}
	for name := range strings.SplitSeq(strings.Join(a.header.Values("Vary"), ","), ",") {
		switch name = http.CanonicalHeaderKey(strings.TrimSpace(name)); name {
		case "", "Accept-Encoding":
		default:
			v.Names = append(v.Names, name)
		}
	}
	if len(v.Names) == 0 {
		return nil
	}
	slices.Sort(v.Names)
	v.Names = slices.Compact(v.Names)
	v.Values = v.digest(a.sent)
	return v
}

func (v *vary) digest(sent http.Header) string {
	var b strings.Builder
	for _, name := range v.Names {
		fmt.Fprintf(&b, "%s: %q\n", name, sent.Values(name))
	}
	return digest([]byte(b.String()))
}

// same tells whether what was kept is for who asks with what send returns for an
// address. A Vary of "*" is never the same.
func (v *vary) same(send func(*url.URL) http.Header) bool {
	if v == nil {
		return true
	}
	u, err := parse(v.URL)
	return err == nil && !slices.Contains(v.Names, "*") && v.digest(send(u)) == v.Values
}

// validate takes over the validators of an answer, and those of the entry that
// it confirmed where it does not repeat them; cached is nil for a new body.
func (e *entry) validate(h http.Header, cached *entry) {
	e.ETag, e.LastModified = h.Get("ETag"), h.Get("Last-Modified")
	if cached != nil {
		if e.ETag == "" {
			e.ETag = cached.ETag
		}
		if e.LastModified == "" {
			e.LastModified = cached.LastModified
		}
	}
}

// trust is for how long a picture is relied on whose server says nothing about
// it: the most that RFC 9111, 4.2.2, lets a cache assume without a warning.
const trust = 24 * time.Hour

func (x *index) file(kind, name string) string {
	h := digest([]byte(name))
	return filepath.Join(x.root, "1", kind, h[:2], h)
}

// load returns the entry of an address; kind is "url" for pictures, "page" for
// what Get brings.
func (x *index) load(kind, address string) (entry, bool) {
	var e entry
	b, err := os.ReadFile(x.file(kind, address))
	if err != nil || json.Unmarshal(b, &e) != nil || e.URL != address || e.Key == "" {
		return entry{}, false
	}
	return e, true
}

func (x *index) save(kind string, e entry) {
	if b, err := json.Marshal(e); err == nil {
		x.write(x.file(kind, e.URL), b)
	}
}

func (x *index) drop(kind, address string) { os.Remove(x.file(kind, address)) }

// body returns the bytes that an entry of a page names, if they are there and whole.
func (x *index) body(key string) ([]byte, bool) {
	b, err := os.ReadFile(x.file("body", key))
	return b, err == nil && digest(b) == key
}

// touch notes that the bytes of a page are used now.
func (x *index) touch(key string, now time.Time) {
	os.Chtimes(x.file("body", key), time.Time{}, now)
}

func (x *index) setBody(b []byte) (key string) {
	key = digest(b)
	x.write(x.file("body", key), b)
	return key
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// mode returns the Referer that a host took in an earlier run; empty: unknown.
func (x *index) mode(host string) string {
	b, err := os.ReadFile(x.file("host", host))
	if err != nil {
		return ""
	}
	name, mode, ok := strings.Cut(string(b), " ")
	if !ok || name != host {
		return ""
	}
	return mode
}

func (x *index) setMode(host, mode string) {
	x.write(x.file("host", host), []byte(host+" "+mode))
}

// pass notes that a picture may not be kept beyond the run.
func (x *index) pass(key string) { x.write(x.file("passing", key), []byte(key)) }

// passing returns the keys of such pictures.
func (x *index) passing() (keys []string) {
	x.walk("passing", func(name string, _ fs.FileInfo) error {
		if b, err := os.ReadFile(name); err == nil {
			keys = append(keys, string(b))
		}
		return nil
	})
	return keys
}

// tempPrefix is what the names of files begin with that are being written.
const tempPrefix = ".new-"

func (x *index) write(name string, b []byte) {
	dir := filepath.Dir(name)
	tmp, err := os.CreateTemp(dir, tempPrefix+"*")
	if errors.Is(err, fs.ErrNotExist) && os.MkdirAll(dir, 0o755) == nil {
		tmp, err = os.CreateTemp(dir, tempPrefix+"*")
	}
	if err != nil {
		return
	}
	_, err = tmp.Write(b)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
}

// lifetime returns until when an answer may be relied on (RFC 9111, 4.2), and
// false where it may not be kept at all. Where the server says nothing, that is a
// tenth of the time for which the answer did not change, at most trust, and
// trust where that is not known either.
func lifetime(h http.Header, now time.Time, trust time.Duration) (expires time.Time, keep bool) {
	age := time.Duration(0)
	if s, err := strconv.Atoi(h.Get("Age")); err == nil && s > 0 {
		age = time.Duration(min(s, 1<<31-1)) * time.Second
	}
	said, fresh := false, time.Duration(0)
	for d := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(d)), "=")
		switch name {
		case "no-store":
			return time.Time{}, false
		case "no-cache":
			return time.Time{}, true
		case "max-age":
			if s, err := strconv.ParseInt(strings.Trim(value, `" `), 10, 64); err == nil && s >= 0 {
				said, fresh = true, time.Duration(min(s, 1<<31-1))*time.Second
			}
		}
	}
	if said {
		return now.Add(fresh - age), true
	}
	date := now
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		date = t
	}
	if v := h.Get("Expires"); v != "" {
		t, err := http.ParseTime(v)
		if err != nil {
			return time.Time{}, true // "0" and the like: it is stale already
		}
		return now.Add(t.Sub(date) - age), true
	}
	if t, err := http.ParseTime(h.Get("Last-Modified")); err == nil {
		trust = min(trust, max(date.Sub(t), 0)/10)
	}
	return now.Add(max(trust-age, 0)), true
}
