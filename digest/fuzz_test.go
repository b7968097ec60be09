package digest

import (
	"strings"
	"testing"
)

// Made canonical twice is the same as once, whatever a feed calls an address; what is
// one stays one, and leads nowhere else.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"http://News.Example:80/a?utm_source=x&id=2#top", "https://a.example", "https://[::1]:443/%zz", "posts/a b.html#2", "HTTPS://a.example//x/../y?&&=&b", "http://a.example?a;b=%41&A=b", "https://bücher.example/ü?ü=ü"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		once := canonical(raw)
		if twice := canonical(once); twice != once {
			t.Errorf("%q is %q, and then %q", raw, once, twice)
		}
		_, query, _ := strings.Cut(once, "?")
		if once != raw && (!strings.HasPrefix(once, "https://") || strings.Contains(once, "#") || strings.Contains("&"+query, "&utm_")) {
			t.Errorf("%q is %q", raw, once)
		}
	})
}
