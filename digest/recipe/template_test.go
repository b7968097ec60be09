package recipe

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func issue42(t testing.TB) Vars {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return Vars{
		Name: "周刊", Issue: 42, Slot: time.Date(2026, 1, 4, 7, 0, 0, 0, zone),
		From: time.Date(2025, 12, 29, 0, 0, 0, 0, zone), To: time.Date(2026, 1, 5, 0, 0, 0, 0, zone),
		Lang: "zh-Hans", Format: "epub", Articles: 7,
	}
}

func TestTemplate(t *testing.T) {
	vars := issue42(t)
	for text, want := range map[string]string{
		"":             "",
		"plain } text": "plain } text",
		"{{ .Name }} {{.Issue}} {{  .Articles  }}":        "周刊 42 7",
		"{{ .Date }} {{ .From }} {{ .To }}":               "2026-01-04 2025-12-29 2026-01-04",
		"{{ .Year }}/{{ .Month }}/{{ .Day }}":             "2026/1/4",
		"{{ .Month | pad 2 }} {{ .Issue | pad 5 }}":       "01 00042",
		"{{ .Week }} {{ .ISOWeek }}":                      "1 2026-W01",
		"{{ .From | isoweek }} {{ .To | isoweek }}":       "2026-W01 2026-W01",
		`{{ .From | date "2 January 2006" | upper }}`:     "29 DECEMBER 2025",
		`{{.To|date "15:04 }}"}}!`:                        "23:59 }}!",
		"{{ .Lang | lower }}.{{ .Format | upper }}":       "zh-hans.EPUB",
		"第 {{ .Issue }} 期（{{ .From | date \"01月02日\" }}）": "第 42 期（12月29日）",
	} {
		tmpl, err := ParseTemplate(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := tmpl.Execute(vars); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		if tmpl.String() != text {
			t.Errorf("%s: written as %s", text, tmpl)
		}
	}
	if got := (Template{}).Execute(vars); got != "" || !(Template{}).IsZero() {
		t.Errorf("the zero template: %q", got)
	}
	tmpl, _ := ParseTemplate(`{{ .From }}{{ .From | date "2006" }}{{ .To }}{{ .To | isoweek }}`)
	if got := tmpl.Execute(Vars{}); got != "" {
		t.Errorf("no window: %q", got)
	}
}

func TestTemplateMistakes(t *testing.T) {
	for text, want := range map[string][2]string{
		"{{ .Issue":                       {`a "{{" has no "}}"`, ""},
		"{{ }}":                           {"names no field", "as in {{ .Issue }}"},
		"{{ | date }}":                    {"names no field", "as in {{ .Issue }}"},
		"{{ .issue }}":                    {`no field ".issue"`, "did you mean .Issue?"},
		"{{ Issue }}":                     {`no field "Issue"`, "did you mean .Issue?"},
		"{{ .Weekday }}":                  {`no field ".Weekday"`, "it is one of .Name, .Issue"},
		"{{ .Issue .Name }}":              {`".Name" stands where a filter`, ""},
		"{{ .Issue | }}":                  {`"|" stands where a filter`, ""},
		"{{ .Issue | pda 3 }}":            {`no filter "pda"`, "did you mean pad?"},
		"{{ .Issue | pad }}":              {"pad needs a number of digits from 1 to 20", "as in"},
		"{{ .Issue | pad 99 }}":           {"pad needs a number of digits", "as in"},
		"{{ .Name | pad 3 }}":             {"pad is for a number, and this is a text", ""},
		`{{ .Issue | date "2006" }}`:      {"date is for a moment, and this is a number", ""},
		"{{ .From | date }}":              {"date needs a layout", `as in {{ .Date | date "2006-01-02" }}`},
		"{{ .From | date 2006 }}":         {"date needs a layout", ""},
		`{{ .From | date "%Y-%m-%d" }}`:   {"date needs a layout", ""},
		`{{ .From | date "YYYYMMDD" }}`:   {"date needs a layout", ""},
		`{{ .From | date "" }}`:           {"date needs a layout", ""},
		`{{ .From | date "2006 }}`:        {`a "{{" has no "}}"`, ""},
		`{{ .From | date "2006" | pad }}`: {"pad is for a number", ""},
		"{{ .Name | upper 3 }}":           {"upper takes nothing, but there is 3", ""},
		"{{ if .Name }}":                  {`no field "if"`, ""},
	} {
		_, err := ParseTemplate(text)
		var m *Mistake
		if !errors.As(err, &m) || !strings.Contains(m.What, want[0]) || !strings.Contains(m.Hint, want[1]) {
			t.Errorf("%s: %v (%+v), want %q", text, err, m, want)
		}
	}
}

// TestPath: no text that is filled in adds a folder or leaves one.
func TestPath(t *testing.T) {
	for name, want := range map[string]string{
		"zh":        "out/zh-x.epub",
		"../../etc": "out/------etc-x.epub",
		"a/b\\c":    "out/a-b-c-x.epub",
		"..":        "out/---x.epub",
		"a\x00b\n":  "out/a-b--x.epub",
		"C:":        "out/C--x.epub",
		"v1.2":      "out/v1.2-x.epub",
		"v1...2":    "out/v1--.2-x.epub",
		"\xff":      "out/--x.epub",
		"<|?>*\"":   "out/-------x.epub",
	} {
		tmpl, err := ParseTemplate("out/{{ .Lang }}-x.epub")
		if err != nil {
			t.Fatal(err)
		}
		if got := tmpl.ExecutePath(Vars{Lang: name}); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

// FuzzTemplate: what is read is written as it was, and paths stay in their folders.
func FuzzTemplate(f *testing.F) {
	f.Add("out/{{ .Name }}-{{ .ISOWeek }}.{{ .Format }}", "../x", 3)
	f.Add(`{{ .From | date "2006/01" | lower }}{{ .Issue | pad 4 }}`, "..", -1)
	f.Add(`{{.Lang}}{{.Lang}}.{{.Name}}.`, ".", 0)
	f.Fuzz(func(t *testing.T, text, name string, number int) {
		tmpl, err := ParseTemplate(text)
		if err != nil {
			var m *Mistake
			if !errors.As(err, &m) || m.What == "" {
				t.Fatalf("%q: %v says nothing", text, err)
			}
			return
		}
		if tmpl.String() != text {
			t.Fatalf("%q is written as %q", text, tmpl)
		}
		vars := issue42(t)
		vars.Name, vars.Lang, vars.Format, vars.Issue, vars.Articles = name, name, name, number, number
		_ = tmpl.Execute(vars)
		plain := vars
		plain.Name, plain.Lang, plain.Format = "x", "x", "x"
		got, want := tmpl.ExecutePath(vars), tmpl.ExecutePath(plain)
		if strings.Count(got, "/") != strings.Count(want, "/") || up(got) > up(want) {
			t.Fatalf("%q with %q is the path %q", text, name, got)
		}
		if utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Fatalf("%q with %q is no text: %q", text, name, got)
		}
	})
}

// up counts the steps of a path to the folder above.
func up(p string) (n int) {
	for s := range strings.SplitSeq(p, "/") {
		if s == ".." {
			n++
		}
	}
	return n
}

// FuzzParse: whatever a file holds, what is wrong has a place, and what is taken is
// what the schema allows.
func FuzzParse(f *testing.F) {
	for _, path := range files(f, "testdata/*/*.yaml") {
		f.Add(content(f, path))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, problems := Parse("f.yaml", data, table)
		broken := false
		for _, p := range problems {
			if p.Name != "f.yaml" || p.Line < 1 || p.Column < 1 || p.What == "" {
				t.Fatalf("%+v", p)
			}
			broken = broken || !p.Warning
		}
		if broken != (c == nil) {
			t.Fatalf("%v with %v", c, problems)
		}
		if c == nil {
			return
		}
		if err := validate(t, data); err != nil {
			t.Fatalf("the schema does not allow it: %v", err)
		}
	})
}
