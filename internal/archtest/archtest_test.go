package archtest

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// TestModule is the check itself.
func TestModule(t *testing.T) {
	found, err := Check(os.DirFS("../.."), Rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range found {
		t.Error(line)
	}
	if t.Failed() {
		t.Log("the allowed imports are drawn in ARCHITECTURE.md and listed in internal/archtest/table.go")
	}
}

// TestCheck shows that what is forbidden is found, and only that.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name, file, src string
		want            string // part of the only complaint; empty: none
	}{
		{"exporter on layout", "export/epub/epub.go", `package epub; import _ "` + Module + `/layout"`, "export/epub may not import layout"},
		{"layout on network", "layout/page.go", `package layout; import _ "` + Module + `/media/fetch"`, "layout may not import media/fetch"},
		{"ground on room", "article/article.go", `package article; import _ "` + Module + `/source"`, "article may not import source"},
		{"reader on reader", "source/html/html.go", `package html; import _ "` + Module + `/source/markdown"`, "source/html may not import source/markdown"},
		{"reader on front matter", "source/html/html.go", `package html; import _ "` + Module + `/source/frontmatter"`, ""},
		{"pipeline on format", "press/press.go", `package press; import _ "` + Module + `/export/pdf"`, "press may not import export/pdf"},
		{"test of pipeline on format", "press/press_test.go", `package press; import _ "` + Module + `/export/pdf"`, "press may not import export/pdf"},
		{"program on library helper", "export/pdf/pdf.go", `package pdf; import _ "` + Module + `/internal/golden"`, "may not import internal/golden"},
		{"test on helper", "export/pdf/pdf_test.go", `package pdf; import _ "` + Module + `/internal/golden"`, ""},
		{"external test on its package", "layout/page_test.go", `package layout_test; import _ "` + Module + `/layout"`, ""},
		{"command on anything", "cmd/leporello/main.go", `package main; import _ "` + Module + `/export/pdf"`, ""},
		{"new room", "ledger/ledger.go", `package ledger`, "not in the table"},
		{"room with a similar name", "articles/a.go", `package articles`, "not in the table"},
		{"http in a reader", "source/feed/feed.go", `package feed; import "net/http"; var _ = http.Get`, "source/feed may not import net/http: it has no power over the network"},
		{"http below net/http", "media/media.go", `package media; import _ "net/http/httputil"`, "no power over the network"},
		{"url is no network", "media/media.go", `package media; import _ "net/url"`, ""},
		{"http in the fetcher", "media/fetch/fetch.go", `package fetch; import _ "net/http"`, ""},
		{"http in a test", "press/press_test.go", `package press; import _ "net/http/httptest"`, ""},
		{"clock", "export/epub/epub.go", `package epub; import "time"; var t = time.Now()`, "may not use time.Now"},
		{"clock by another name", "press/a.go", `package press; import clock "time"; var t = clock.Since`, "may not use time.Since"},
		{"time without the clock", "press/a.go", `package press; import "time"; const d = time.Second`, ""},
		{"environment", "fonts/a.go", `package fonts; import "os"; var d = os.Getenv("HOME")`, "may not use os.Getenv"},
		{"flags", "press/a.go", `package press; import _ "github.com/spf13/pflag"`, "no power over the flags"},
		{"flags in the command", "cmd/leporello/a.go", `package main; import _ "github.com/spf13/cobra"`, ""},
		{"tool that no build takes", "fonts/gen.go", "//go:build ignore\n\npackage main; import _ \"flag\"", ""},
		{"testdata", "press/testdata/a.go", `package x; import _ "net/http"`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := Check(fstest.MapFS{c.file: {Data: []byte(c.src)}}, Rules)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(found, "\n")
			if c.want == "" && got != "" || c.want != "" && (len(found) != 1 || !strings.Contains(got, c.want)) {
				t.Errorf("got %q, want one with %q", got, c.want)
			}
		})
	}
}

// TestOtherModules shows that a module within the module is left alone.
func TestOtherModules(t *testing.T) {
	found, err := Check(fstest.MapFS{
		"internal/rivals/go.mod": {Data: []byte("module rivals")},
		"internal/rivals/a.go":   {Data: []byte(`package rivals; import _ "net/http"`)},
	}, Rules)
	if err != nil || len(found) != 0 {
		t.Errorf("got %q, %v", found, err)
	}
}

// TestRules shows that the table names what exists: a rule that another one
// hides, or a power nobody knows, would check nothing.
func TestRules(t *testing.T) {
	for i, r := range Rules {
		for _, before := range Rules[:i] {
			dir, tree := strings.CutSuffix(r.Package, "/...")
			if match(before.Package, dir) && (!tree || strings.HasSuffix(before.Package, "/...")) {
				t.Errorf("the rule of %s is hidden by that of %s", r.Package, before.Package)
			}
		}
		for _, p := range r.Free {
			if _, ok := Powers[p]; !ok {
				t.Errorf("%s: no power is called %q", r.Package, p)
			}
		}
	}
}
