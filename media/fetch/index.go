package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
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

	// Of pages and feeds alone.
	Final    string `json:"final,omitempty"` // the address after redirects
	Type     string `json:"type,omitempty"`
	Referrer string `json:"referrer,omitempty"` // the Referrer-Policy
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

// lifetime returns until when an answer may be relied on (RFC 9111, 4.2), for
// trust where the server says nothing, and false where it may not be kept at all.
func lifetime(h http.Header, now time.Time, trust time.Duration) (expires time.Time, keep bool) {
	if strings.Contains(h.Get("Vary"), "*") {
		return time.Time{}, true // always asked again
	}
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
	return now.Add(trust), true
}
