package spelling

import "testing"

func TestDidYouMean(t *testing.T) {
	names := []string{"title", "timezone", "sort", "max_size", "max_width", "max_articles", "max_age"}
	for word, want := range map[string]string{
		"tilte": "did you mean title?",
		"max_a": "did you mean max_age or max_articles?",
		"max":   "did you mean max_age, max_size or max_width?",
		"zzz":   "",
		"":      "",
	} {
		if got := DidYouMean(names, word); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"kitten", "sitting", 3}, {"outptu", "output", 2}, {"limit", "limit", 0}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
