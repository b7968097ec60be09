package sourcetest

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/leporello-press/leporello/source"
)

// Case is one thing that people feed readers, and what becomes of it: a file of
// the txtar format that begins with a sentence on what it shows. Its first file is
// the input. Where that ends in .esc, \x and two hexadecimal digits in it are a
// byte, for those that no editor shows. The tests of the reader keep what it makes
// of the input, its Outline, in the second file, "tree".
type Case struct {
	Name    string // of the file, without its ending
	Shows   string
	Input   source.Input
	archive *txtar.Archive
}

// Cases reads the cases of a folder, in the order of their names.
func Cases(t testing.TB, dir string) []Case {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s: %v", dir, err)
	}
	var cases []Case
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		a := txtar.Parse(data)
		c := Case{Name: strings.TrimSuffix(filepath.Base(f), ".txtar"), Shows: strings.TrimSpace(string(a.Comment)), archive: a}
		if len(a.Files) == 0 || c.Shows == "" {
			t.Fatalf("%s shows nothing", f)
		}
		in := a.Files[0]
		c.Input = source.Input{Name: in.Name, Data: in.Data}
		if name, ok := strings.CutSuffix(in.Name, ".esc"); ok {
			c.Input = source.Input{Name: name + ".html", Data: unescape(in.Data)}
		}
		cases = append(cases, c)
	}
	return cases
}

// With returns the text of the case's file with what a reader made of the input.
func (c Case) With(outline string) string {
	return string(txtar.Format(&txtar.Archive{Comment: c.archive.Comment, Files: []txtar.File{c.archive.Files[0], {Name: "tree", Data: []byte(outline)}}}))
}

var escaped = regexp.MustCompile(`\\x[0-9a-f]{2}`)

func unescape(data []byte) []byte {
	return escaped.ReplaceAllFunc(data, func(e []byte) []byte {
		b, err := strconv.ParseUint(string(e[2:]), 16, 8)
		if err != nil {
			panic(err) // the pattern has hexadecimal digits alone
		}
		return []byte{byte(b)}
	})
}
