package recipe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"github.com/leporello-press/leporello/digest/schedule"
	"github.com/leporello-press/leporello/internal/golden"
)

// table is a table as a command makes of its flags, in small.
var table = []Setting{
	{Name: "format", Scopes: InOutput, Values: []string{"epub", "pdf"}},
	{Name: "timezone", Scopes: InSource | InDigest, Default: "UTC", Help: "zone of dates"},
	{Name: "lang", Scopes: InSource | InDigest, Help: "language"},
	{Name: "device", Scopes: InOutput, Help: "what the book is read on", Check: func(v Value) error {
		if v.Text == "kindel" {
			return &Mistake{`no device is called "kindel"`, "did you mean kindle?"}
		}
		return nil
	}},
	{Name: "keep", Scopes: InSource, Type: List, Help: "selectors"},
	{Name: "remove", Scopes: InSource, Type: List, Help: "selectors"},
	{Name: "full-text", Scopes: InSource, Values: []string{"auto", "always", "never"}, Default: "auto", Help: "whose text"},
	{Name: "grayscale", Scopes: InOutput, Values: []string{"auto", "yes", "no", "16"}, Default: "auto", Help: "without colour"},
	{Name: "quality", Scopes: InOutput, Type: Int, Help: "of pictures"},
	{Name: "hyphenate", Scopes: InOutput, Type: Bool, Default: "false", Help: "part words"},
	{Name: "font", Scopes: InOutput, Values: []string{"serif"}, Path: true, Help: "type"},
	{Name: "images", Scopes: InDigest, Values: []string{"embed", "link", "none"}, Default: "embed", Help: "pictures"},
	{Name: "style", Scopes: InOutput, Help: "look"},
	{Name: "fail-on", Scopes: InDigest, Type: List, Help: "too much missing"},
	{Name: "offline", Scopes: InNetwork, Type: Bool, Default: "false", Help: "no network"},
	{Name: "allow-network", Scopes: InNetwork, Type: List, Help: "private networks"},
	{Name: "header", Scopes: InNetwork, Type: List, Help: "of requests"},
	{Name: "cache-dir", Scopes: InFile, Path: true, Help: "folder"},
}

func files(t testing.TB, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil || len(list) == 0 {
		t.Fatal(pattern, err)
	}
	return list
}

// messages writes problems as a command does.
func messages(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		if p.Warning {
			b.WriteString("warning: ")
		}
		fmt.Fprintln(&b, p)
		if p.Hint != "" {
			fmt.Fprintln(&b, "   ", p.Hint)
		}
	}
	return b.String()
}

func parseFile(t testing.TB, path string) (*Config, []Problem) {
	t.Helper()
	return Parse(filepath.Base(path), content(t, path), table)
}

// TestBad: all that is wrong is told at once, each with its place.
func TestBad(t *testing.T) {
	for _, path := range files(t, "testdata/bad/*.yaml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			c, problems := parseFile(t, path)
			if c != nil {
				t.Error("it can be used")
			}
			golden.Equal(t, strings.TrimSuffix(path, ".yaml")+".golden", messages(problems))
		})
	}
}

func TestGood(t *testing.T) {
	for _, path := range files(t, "testdata/good/*.yaml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			c, problems := parseFile(t, path)
			if c == nil {
				t.Fatal(messages(problems))
			}
			golden.Equal(t, strings.TrimSuffix(path, ".yaml")+".golden", messages(problems)+dump(c))
		})
	}
}

// dump writes a configuration, without what is empty, and what the file says.
func dump(c *Config) string {
	var b strings.Builder
	var walk func(indent string, v reflect.Value)
	walk = func(indent string, v reflect.Value) {
		switch x := v.Interface().(type) {
		case Settings:
			for _, s := range table {
				if value, ok := x[s.Name]; ok {
					fmt.Fprintf(&b, "%s%s = %q %q from %v\n", indent, s.Name, value.Text, value.List, value.Origin)
				}
			}
			return
		case Origin:
			fmt.Fprintf(&b, "%s%v\n", indent, x)
			return
		case Template, *time.Location, time.Duration, Secret:
			fmt.Fprintf(&b, "%s%v\n", indent, x)
			return
		}
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			fmt.Fprintf(&b, "%s%s\n", indent, v.Elem().Type())
			walk(indent, v.Elem())
		case reflect.Struct:
			for i := range v.NumField() {
				f := v.Type().Field(i)
				if !f.IsExported() || v.Field(i).IsZero() || f.Name == "Said" || f.Name == "Schedule" {
					continue
				}
				fmt.Fprintf(&b, "%s%s:\n", indent, f.Name)
				walk(indent+"  ", v.Field(i))
			}
		case reflect.Slice:
			if v.Type().Elem().Kind() == reflect.String {
				fmt.Fprintf(&b, "%s%q\n", indent, v.Interface())
				return
			}
			for i := range v.Len() {
				fmt.Fprintf(&b, "%s- %d\n", indent, i+1)
				walk(indent+"  ", v.Index(i))
			}
		default:
			fmt.Fprintf(&b, "%s%v\n", indent, v.Interface())
		}
	}
	walk("", reflect.ValueOf(*c))
	for i := range c.Digests {
		d := &c.Digests[i]
		if d.Schedule != nil {
			fmt.Fprintf(&b, "%s is due by %s in %s\n", d.Name, d.Schedule.Crontab(), d.Schedule.Zone())
		}
		from, to := d.Window.Of(schedule.Slot{Civil: "2026-11-22T07:00", At: time.Date(2026, 11, 22, 7, 0, 0, 0, d.Zone)}, time.Time{})
		fmt.Fprintf(&b, "%s is of %s – %s\n", d.Name, from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	for _, s := range c.Said {
		fmt.Fprintf(&b, "[%s] %s: %s (%s)\n", s.Group, s.Key, s.Text, s.Origin)
	}
	return b.String()
}

// TestBounds: what is too much is refused, whatever it is.
func TestBounds(t *testing.T) {
	many := "x-a: &a [" + strings.Repeat("x,", 1000) + "]\nsources:\n"
	for i := range 200 {
		many += fmt.Sprintf("  s%d: *a\n", i)
	}
	merged := "sources:\n  a: &m0 {inputs: x}\n"
	for i := range 12 {
		merged += fmt.Sprintf("  a%d: &m%d {<<: *m%d}\n", i, i+1, i)
	}
	for name, c := range map[string]struct{ file, want string }{
		"long":          {strings.Repeat("# a comment\n", 100_000), "the file has more than 1048576 bytes"},
		"aliases":       {many, "more than 100000 values"},
		"deep":          {strings.Repeat("[", 200_000), "no YAML"},
		"deeply merged": {merged, "more than 10 deep"},
		"a byte":        {"sources: \x01", "byte 0x01"},
		"its own alias": {"sources: &a {<<: *a}", "more than 10 deep"},
	} {
		if _, problems := Parse("f", []byte(c.file), table); len(problems) == 0 || !strings.Contains(messages(problems), c.want) {
			t.Errorf("%s: %s", name, messages(problems))
		}
	}
}

// TestAbs: paths are those of the file's folder, and ~ is a home where there is one.
func TestAbs(t *testing.T) {
	root := t.TempDir()
	c := &Config{Dir: filepath.Join(root, "conf"), Home: root}
	for path, want := range map[string]string{
		"a/b": "conf/a/b", "../a": "a", "~/a": "a", "~a": "conf/~a", "": "", filepath.Join(root, "x"): "x",
	} {
		if want != "" {
			want = filepath.Join(root, want)
		}
		if got := c.Abs(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := (&Config{Dir: "conf"}).Abs("~/a"); got != filepath.Join("conf", "~", "a") {
		t.Errorf("without a home: %s", got)
	}
}

// TestFrozen: a digest that was frozen is the same again, but for who gets it.
func TestFrozen(t *testing.T) {
	c, _ := parseFile(t, "testdata/good/full.yaml")
	for i := range c.Digests {
		d := c.Digests[i]
		b, err := json.Marshal(&d)
		if err != nil {
			t.Fatal(err)
		}
		var again Digest
		if err := json.Unmarshal(b, &again); err != nil {
			t.Fatal(err)
		}
		if d.Schedule != nil && !slices.Equal(slots(d.Schedule), slots(again.Schedule)) {
			t.Errorf("%s: %v, then %v", d.Name, slots(d.Schedule), slots(again.Schedule))
		}
		d.Deliver, d.Schedule, again.Schedule = nil, nil, nil
		b2, err := json.Marshal(&again)
		if err != nil || !bytes.Equal(b, b2) && d.schedule == "" {
			t.Errorf("%s: frozen twice: %v\n%s\n%s", d.Name, err, b, b2)
		}
		if a, b := dump(&Config{Digests: []Digest{d}}), dump(&Config{Digests: []Digest{again}}); a != b {
			t.Errorf("%s: %s\nthen %s", d.Name, a, b)
		}
		for _, secret := range []string{"show me", "mail.example.org"} {
			if strings.Contains(string(b), secret) {
				t.Errorf("%s: %q is in %s", d.Name, secret, b)
			}
		}
	}
	for _, bad := range []string{`[]`, `{"Zone":"Asia/Nowhere"}`, `{"Window":"x"}`, `{"Schedule":"x"}`, `{"Title":"{{"}`} {
		if err := json.Unmarshal([]byte(bad), new(Digest)); err == nil {
			t.Errorf("%s is no digest", bad)
		}
	}
}

func slots(s *schedule.Schedule) (list []string) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for slot := range s.Between(at, at.AddDate(0, 1, 0)) {
		list = append(list, fmt.Sprint(slot))
	}
	return list
}

func TestLookups(t *testing.T) {
	c, _ := parseFile(t, "testdata/good/full.yaml")
	names := func(d string) (list []string) {
		for _, s := range c.Of(c.Digest(d)) {
			list = append(list, s.Name)
		}
		return list
	}
	if got := names("weekly"); !slices.Equal(got, []string{"posts", "news"}) {
		t.Error(got)
	}
	if got := names("日刊"); !slices.Equal(got, []string{"posts", "more", "news"}) {
		t.Error(got)
	}
	if c.Digest("x") != nil || c.Source("x") != nil {
		t.Error("there is no x")
	}
}

func TestSplit(t *testing.T) {
	for line, want := range map[string][]string{
		"pass show mail":          {"pass", "show", "mail"},
		"  a\t'b c'  \"d e\"f g ": {"a", "b c", "d ef", "g"},
		`a "" ''`:                 {"a", "", ""},
		`a\ b 'c\d' "e\f" "g\"h"`: {"a b", `c\d`, `e\f`, `g"h`},
		"security -w 密码":          {"security", "-w", "密码"},
		"a '$x|y'":                {"a", "$x|y"},
		"":                        nil,
	} {
		if got, err := split(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", line, got, err, want)
		}
	}
	for _, line := range []string{"a | b", "a $x", "a > b", `a "$x"`, "a `b`", "a 'b", `a "b`, `a \`, "a; b", "a &", "a *"} {
		if got, err := split(line); err == nil {
			t.Errorf("%s: %q", line, got)
		}
	}
}

func TestSpans(t *testing.T) {
	day := 24 * time.Hour
	for s, want := range map[string]time.Duration{
		"14d": 14 * day, "2w": 14 * day, "0d": 0, "12h": 12 * time.Hour, "1h30m": 90 * time.Minute, "10s": 10 * time.Second,
		"": -1, "d": -1, "-1d": -1, "-1h": -1, "7": -1, "7 days": -1, "99999999d": -1, "1y": -1,
	} {
		got, err := parseSpan(s)
		if want < 0 && err == nil || want >= 0 && (err != nil || got != want) {
			t.Errorf("%q: %v, %v, want %v", s, got, err, want)
		}
	}
}

func TestParseBytes(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "700": 700, "45MB": 45e6, "1.5 GB": 1.5e9, "64KiB": 64 << 10, " 2 g ": 2e9, "1t": 1e12,
		"": -1, "MB": -1, "-1": -1, "1XB": -1, "NaN": -1, "Inf": -1, "9e30": -1, "1 2": -1, "1iB": -1,
	} {
		got, err := ParseBytes(s)
		if want < 0 && err == nil || want >= 0 && (err != nil || got != want) {
			t.Errorf("%q: %d, %v; want %d", s, got, err, want)
		}
	}
}
