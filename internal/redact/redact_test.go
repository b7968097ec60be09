package redact

import (
	"strings"
	"testing"
)

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"https://me:secret@example.org/a?x=1&access_token=abc&sig=9#f": "https://example.org/a?x=1&access_token=…&sig=…#f",
		"https://example.org/a?auth_key=1&Signature=2&wx_fmt=png":      "https://example.org/a?auth_key=…&Signature=…&wx_fmt=png",
		"//me@example.org/?pass=1":                                     "//example.org/?pass=…",
		"../p/1.png?v=2&token=3":                                       "../p/1.png?v=2&token=…",
		"posts/a.html":                                                 "posts/a.html",
		"data:image/png;base64,AAAA":                                   "data:image/png;base64,…",
		"DATA:":                                                        "data:…",
		"http://[":                                                     "http://[",
		"http://u:p@exa mple/%zz?key=1":                                "http://exa mple/%zz",
	} {
		if got := Address(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestText(t *testing.T) {
	got := Text(`Get "https://u:p@example.org/?token=abc": broken a://b`)
	if got != `Get "https://example.org/?token=…": broken a://b` {
		t.Error(got)
	}
	if got := Text("page?token=1 is text"); got != "page?token=1 is text" {
		t.Error(got)
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("https://me:hunter2@example.org/a?x=1&access_token=hunter2#f")
	f.Add("//u:hunter2@[::1")
	f.Fuzz(func(t *testing.T, s string) {
		Address(s)
		Text(s)
		if got := Address("https://u:hunter2@" + s); strings.Contains(got, "hunter2") && !strings.Contains(s, "hunter2") {
			t.Fatalf("%q: %q", s, got)
		}
	})
}
