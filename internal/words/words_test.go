package words

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestFor(t *testing.T) {
	for lang, want := range map[string]string{
		"zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-Hans-HK": "zh-Hans", "ZH-hant": "zh-Hant", "zh-TW": "zh-Hant", "zh-HK": "zh-Hant",
		"yue": "zh-Hant", "ja-JP": "ja", "ko": "ko", "en-GB": "en", "de": "en", "": "en", "und": "en",
	} {
		if got := For(lang).Lang; got != want {
			t.Errorf("%q: %s, want %s", lang, got, want)
		}
	}
}

// English among text from right to left keeps its numbers in front.
func TestGuest(t *testing.T) {
	for lang, want := range map[string]string{"ar": "\u200e2 min read", "he-IL": "\u200e2 min read", "en": "2 min read", "ur": "\u200e2 min read"} {
		if got := For(lang).Minutes(2); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
	if For("ar").Contents != "Contents" {
		t.Error("no words")
	}
}

// Every language has every word.
func TestComplete(t *testing.T) {
	for lang, w := range table {
		v := reflect.ValueOf(*w)
		for i := range v.NumField() {
			if v.Field(i).String() == "" {
				t.Errorf("%s: no %s", lang, v.Type().Field(i).Name)
			}
		}
		for _, s := range []string{w.Articles(1), w.Articles(23), w.Minutes(4)} {
			if strings.Contains(s, "%") || !strings.ContainsAny(s, "0123456789") {
				t.Errorf("%s: %q", lang, s)
			}
		}
	}
}

func TestDays(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2021, 8, d, 23, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		from, to time.Time
		want     string
	}{
		{time.Time{}, day(2), ""},
		{day(1), time.Time{}, "2021年8月1日"},
		{day(1), day(1), "2021年8月1日"},
		{day(1), day(7), "2021年8月1日 – 2021年8月7日"},
	} {
		if got := For("ja").Days(c.from, c.to); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestReadingTime(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"nothing takes a minute", "", 1},
		{"a minute of Chinese", strings.Repeat("字", 400), 1},
		{"one more is rounded up", strings.Repeat("字", 401), 2},
		{"punctuation is not read", strings.Repeat("字，", 400), 1},
		{"English by words", strings.Repeat("don’t stop ", 230), 2},
		{"both", strings.Repeat("字", 400) + " " + strings.Repeat("word ", 231), 3},
	} {
		if got := ReadingTime(c.text); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestHost(t *testing.T) {
	for in, want := range map[string]string{
		"https://www.example.com:8443/a?b#c": "example.com",
		"http://xn--fiq228c.example/":        "中文.example",
		"http://中文.example/图.png":            "中文.example",
		"http://xn--55qx5d.xn--fiqs8s":       "公司.中国",
		"http://xn--a/":                      "xn--a", // stands for nothing
		"http://[2001:db8::1]/":              "2001:db8::1",
		"mailto:a@example.com":               "",
		"a/b.png":                            "",
		"http://[":                           "",
		"":                                   "",
	} {
		if got := Host(in); got != want {
			t.Errorf("Host(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestVolume(t *testing.T) {
	for lang, want := range map[string]string{
		"zh": "第2册，共3册", "zh-TW": "第2冊，共3冊", "ja": "第2巻（全3巻）", "ko": "제2권(전 3권)", "fr": "Volume 2 of 3",
	} {
		if got := For(lang).Volume(2, 3); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}
