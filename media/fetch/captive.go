package fetch

import (
	"io"
	"net/url"
)

// captiveHosts is how many hosts must answer for pictures with the same thing that
// is none until that is thought to be the network's own answer.
const captiveHosts = 3

const captiveHint = "every host answers with the same page: does this network want a login first?"

// captive notes what came from a host instead of a picture, and tells whether the
// same came from others: networks that want a login first answer everything so.
func (f *Fetcher) captive(u *url.URL, head string) bool {
	if head == "" {
		return false // nothing at all may be anybody's answer
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	hosts := f.portals[head]
	if hosts == nil {
		if len(f.portals) >= 64 {
			return false // as many answers as hosts: those are pages of their own
		}
		hosts = map[string]bool{}
		f.portals[head] = hosts
	}
	if len(hosts) < captiveHosts {
		hosts[u.Host] = true
	}
	return len(hosts) >= captiveHosts
}

// headReader keeps the first bytes of what passes.
type headReader struct {
	io.Reader
	head []byte
}

func (h *headReader) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	h.head = append(h.head, p[:min(n, max(512-len(h.head), 0))]...)
	return n, err
}
