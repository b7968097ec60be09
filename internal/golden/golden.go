// Package golden compares what a test made with a file under testdata, and
// rewrites the file when the tests run with -update.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files from what the tests make")

// Equal fails the test where got is not the content of the file at path,
// testdata/… of the package under test, and names the first line that differs.
func Equal(t testing.TB, path, got string) {
	t.Helper()
	path = filepath.FromSlash(path)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update makes it)", err)
	}
	want := string(b)
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	n := 0
	for n < len(g) && n < len(w) && g[n] == w[n] {
		n++
	}
	t.Errorf("%s:%d\n got: %s\nwant: %s", path, n+1, at(g, n), at(w, n))
}

func at(lines []string, n int) string {
	if n < len(lines) {
		return lines[n]
	}
	return "(end)"
}
