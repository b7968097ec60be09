package digest

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/fnv"
	"math/bits"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
)

// fingerprint is what tells the content of an article from that of others.
type fingerprint struct {
	content string // hexadecimal SHA-256
	near    uint64 // simhash
	chars   int    // of the text, without white space
}

// telling is how many characters a text must have to stand for an article. What is
// shorter ("Photo of the day") is told by its title and pictures, too.
const telling = 60

func fingerprintOf(doc *article.Document) fingerprint {
	text := strings.Join(strings.Fields(doc.Text()), " ")
	squeezed := strings.ReplaceAll(text, " ", "")
	f := fingerprint{near: simhash(text), chars: utf8.RuneCountInString(squeezed)}
	h := sha256.New()
	h.Write([]byte(squeezed))
	if f.chars < telling {
		h.Write([]byte("\n" + doc.Meta.Title))
		for img := range doc.Images() {
			h.Write([]byte("\n" + img.Src))
		}
	}
	f.content = hex.EncodeToString(h.Sum(nil))
	return f
}

// simhash returns 64 bits of which texts that share most of their words differ in
// few (Charikar, Similarity estimation techniques from rounding algorithms, 2002).
// In scripts that do not part words, two characters that follow each other stand
// for one.
func simhash(text string) uint64 {
	var sums [64]int
	add := func(feature string) {
		h := fnv.New64a()
		h.Write([]byte(feature))
		v := mix(h.Sum64())
		for i := range sums {
			if v&(1<<i) != 0 {
				sums[i]++
			} else {
				sums[i]--
			}
		}
	}
	var word []rune
	var before rune // the character before, of a script without words
	flush := func() {
		if len(word) > 0 {
			add(string(word))
			word = word[:0]
		}
	}
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			flush()
			if before != 0 {
				add(string([]rune{before, r}))
			}
			before = r
			continue
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			word = append(word, unicode.ToLower(r))
		default:
			flush()
		}
		before = 0
	}
	flush()
	var v uint64
	for i, n := range sums {
		if n > 0 {
			v |= 1 << i
		}
	}
	return v
}

// mix spreads what FNV leaves alike in short texts (the finalizer of MurmurHash3).
func mix(v uint64) uint64 {
	v ^= v >> 33
	v *= 0xff51afd7ed558ccd
	v ^= v >> 33
	v *= 0xc4ceb9fe1a85ec53
	return v ^ v>>33
}

// Texts are nearly the same when they have nearChars characters each and their
// simhashes differ in no more than nearBits bits.
const (
	nearChars = 200
	nearBits  = 3
)

func nearlySame(a, b *state.Article) bool {
	return a.Chars >= nearChars && b.Chars >= nearChars && bits.OnesCount64(a.Near^b.Near) <= nearBits
}

// canonical returns the address that stands for all that lead to the same page as
// raw does; what is no address of the web stays as it is.
func canonical(raw string) string {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" || !strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https") {
		return raw
	}
	u.Scheme, u.Host, u.User, u.Fragment, u.RawFragment = "https", strings.ToLower(u.Host), nil, "", ""
	u.Host = strings.TrimSuffix(strings.TrimSuffix(u.Host, ":80"), ":443")
	if u.Path == "" {
		u.Path = "/"
	}
	var kept []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if pair != "" && !campaign(strings.ToLower(name)) {
			kept = append(kept, pair)
		}
	}
	u.RawQuery, u.ForceQuery = strings.Join(kept, "&"), false
	return u.String()
}

// campaign tells whether a parameter only says where a reader came from.
func campaign(name string) bool {
	return strings.HasPrefix(name, "utm_") || strings.HasPrefix(name, "mtm_") || strings.HasPrefix(name, "pk_") ||
		slices.Contains([]string{"fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "spm", "cmpid", "_hsenc", "_hsmi"}, name)
}

// keys are what a digest knows an article by that was in an issue. What its recipe
// does not compare is not among them.
func keys(a *state.Article, by recipe.Dedupe) []string {
	var list []string
	if by.GUID && a.GUID != "" {
		guid := a.GUID
		if !strings.Contains(guid, ":") && len(guid) < 32 {
			guid = a.Source + "\n" + guid // numbers from 1 are each source's own
		}
		list = append(list, "g:"+guid)
	}
	if by.URL && a.URL != "" && ownPage(a.URL) {
		list = append(list, "u:"+a.URL)
	}
	if by.Content && a.Content != "" {
		list = append(list, "c:"+a.Content)
	}
	return list
}

// ownPage tells whether an address may be that of one article: the front page of a
// site, which some feeds give for all of theirs, is not.
func ownPage(address string) bool {
	u, err := url.Parse(address)
	return err != nil || u.Host == "" || u.Path != "/" && u.Path != "" || u.RawQuery != ""
}
