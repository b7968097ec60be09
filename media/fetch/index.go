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
}

// trust is for how long a picture is relied on whose server says nothing about
// it: the most that RFC 9111, 4.2.2, lets a cache assume without a warning.
const trust = 24 * time.Hour

func (x *index) file(kind, name string) string {
	sum := sha256.Sum256([]byte(name))
	h := hex.EncodeToString(sum[:])
	return filepath.Join(x.root, "1", kind, h[:2], h)
}

func (x *index) load(address string) (entry, bool) {
	var e entry
	b, err := os.ReadFile(x.file("url", address))
	if err != nil || json.Unmarshal(b, &e) != nil || e.URL != address || e.Key == "" {
		return entry{}, false
	}
	return e, true
}

func (x *index) save(e entry) {
	if b, err := json.Marshal(e); err == nil {
		x.write(x.file("url", e.URL), b)
	}
}

func (x *index) drop(address string) { os.Remove(x.file("url", address)) }

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

func (x *index) write(name string, b []byte) {
	dir := filepath.Dir(name)
	tmp, err := os.CreateTemp(dir, ".new-*")
	if errors.Is(err, fs.ErrNotExist) && os.MkdirAll(dir, 0o755) == nil {
		tmp, err = os.CreateTemp(dir, ".new-*")
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
// false where it may not be kept at all.
func lifetime(h http.Header, now time.Time) (expires time.Time, keep bool) {
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
