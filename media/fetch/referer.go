package fetch

import (
	"net/url"
	"slices"
	"strings"

	"github.com/leporello-press/leporello/internal/redact"
)

// rung is one value of the Referer header to try.
type rung struct {
	mode  string // "none", "page" or "origin"
	value string // of the header; empty: none is sent
	// policy is what value came from; where it is set, each redirect gets the value
	// of its own. Empty: the value is that of the ladder.
	policy  string
	browser bool // says that it is one
}

// name is what the index calls a rung.
func (r rung) name() string {
	if r.browser {
		return r.mode + " browser"
	}
	return r.mode
}

const defaultPolicy = "strict-origin-when-cross-origin"

// refererFor returns the value for a hop of a request: the first or a redirect.
func (r rung) refererFor(page, hop *url.URL) string {
	switch {
	case page == nil || isDowngrade(page, hop):
		return ""
	case r.policy != "":
		return byPolicy(r.policy, page, hop).value
	default:
		return r.value
	}
}

// ladder returns what to send as Referer for a picture, in the order to try:
// what the page's policy says, then the address of the article, then nothing;
// where it may help, all that once more in the name of a browser. Servers differ:
// some serve only their own pages, some only those who do not say where they come
// from. first is the name of the rung that the host took before.
func ladder(target *url.URL, ref Ref, first string, disguised bool) []rung {
	page := pageURL(ref.Page)
	policy := ref.Referrer
	if policy == "" && ref.Files != nil {
		policy = "no-referrer" // a file has no address to speak of
	}
	if policy == "" {
		policy = defaultPolicy
	}
	start := byPolicy(policy, page, target)
	start.policy = policy
	all := []rung{start}
	if page != nil && !isDowngrade(page, target) {
		all = append(all, rung{mode: "page", value: page.String()})
	}
	all = append(all, rung{mode: "none"})
	if disguised {
		for _, r := range slices.Clone(all) {
			r.browser = true
			all = append(all, r)
		}
	}
	var out []rung
	add := func(r rung) {
		for _, o := range out {
			if o.value == r.value && o.browser == r.browser {
				return
			}
		}
		out = append(out, r)
	}
	for _, r := range all {
		if r.name() == first {
			add(r)
		}
	}
	for _, r := range all {
		add(r)
	}
	return out
}

// pageURL returns the address of a page as a Referer may show it, or nil for
// what is no web page.
func pageURL(s string) *url.URL {
	if s == "" {
		return nil
	}
	u, err := parse(clean(s))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil
	}
	u.User = nil
	if redact.Address(u.String()) != u.String() {
		u.RawQuery = "" // a key to the article is not for those who serve its pictures
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u
}

// byPolicy applies a referrer policy (W3C Referrer Policy, 8.3), which may be a
// list of which the last known one counts. It never tells an unencrypted
// server of an encrypted page, not even where the policy would.
func byPolicy(policy string, page, target *url.URL) rung {
	known := defaultPolicy
	for p := range strings.SplitSeq(policy, ",") {
		switch p = strings.ToLower(strings.TrimSpace(p)); p {
		case "no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin",
			"same-origin", "strict-origin", "strict-origin-when-cross-origin", "unsafe-url":
			known = p
		case "never":
			known = "no-referrer" // the older words of the meta element
		case "always":
			known = "unsafe-url"
		}
	}
	none := rung{mode: "none"}
	if page == nil || isDowngrade(page, target) {
		return none
	}
	full := rung{mode: "page", value: page.String()}
	origin := rung{mode: "origin", value: page.Scheme + "://" + page.Host + "/"}
	same := page.Scheme == target.Scheme && page.Host == target.Host
	switch known {
	case "no-referrer":
		return none
	case "origin", "strict-origin":
		return origin
	case "same-origin":
		if same {
			return full
		}
		return none
	case "no-referrer-when-downgrade", "unsafe-url":
		return full
	default: // origin-when-cross-origin, strict-origin-when-cross-origin
		if same {
			return full
		}
		return origin
	}
}

func isDowngrade(page, target *url.URL) bool {
	return page.Scheme == "https" && target.Scheme != "https"
}
