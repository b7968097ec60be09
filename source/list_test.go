package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/leporello-press/leporello/internal/golden"
)

func TestLists(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return p
	}
	a := write("a.html", "a")
	write("sub/b.html", "b")
	write("sub/more.txt", "\ufeff# comment\r\nb.html\r\nhttps://example.org/1\r\n\r\nhttps://example.org/1\r\n")
	list := write("list.txt", "  a.html  \n@sub/more.txt\nhttp://example.org/2?a=b\n")
	opml := write("feeds.OPML", `<?xml version="1.0" encoding="gb2312"?><opml><body><outline title="&nbsp;x & y"><outline xmlUrl="https://example.org/f1" /></outline><OUTLINE xmlurl='https://example.org/f2'><outline htmlUrl="https://example.org/no" xmlUrl="javascript:x"/></body></opml>`)
	calls := 0
	s := Search{Get: func(address string) (Input, error) {
		calls++
		return Input{Name: address, Data: []byte(address)}, nil
	}}
	find := func(ops ...string) []string {
		t.Helper()
		entries, err := Find(ops, s)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			for range 2 {
				in, err := e.Load()
				if err != nil {
					t.Fatal(err)
				}
				if len(got) == 0 || got[len(got)-1] != string(in.Data) {
					got = append(got, string(in.Data))
				}
			}
		}
		return got
	}
	if got, want := find("@"+list, opml, "https://example.org/2", a), []string{"a", "b", "https://example.org/1", "http://example.org/2?a=b", "https://example.org/f1", "https://example.org/f2", "https://example.org/2"}; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if calls != 10 {
		t.Errorf("%d calls for 5 addresses, each loaded twice", calls)
	}

	self := write("self.txt", "@self.txt\n")
	for op, want := range map[string]error{"@" + self: ErrList, "@" + write("empty.txt", "# nothing\n"): ErrList, write("none.opml", "<opml></opml>"): ErrList, "@" + filepath.Join(dir, "gone.txt"): fs.ErrNotExist, "@" + write("bad.txt", "gone.html"): fs.ErrNotExist} {
		if _, err := Find([]string{op}, s); !errors.Is(err, want) {
			t.Errorf("%s: %v", op, err)
		}
	}
	if _, err := Find([]string{"https://example.org/"}, Search{}); err == nil || !strings.Contains(err.Error(), "an address") {
		t.Errorf("without Get: %v", err)
	}
	// A file that is really called so is an input.
	t.Chdir(dir)
	write("@home.html", "at home")
	if got := find("@home.html"); !slices.Equal(got, []string{"at home"}) {
		t.Errorf("%q", got)
	}
}

// TestListCases finds what the first file of each case, a list, names: the operand
// that its name is.
func TestListCases(t *testing.T) {
	cases, err := filepath.Glob("testdata/lists/*.txtar")
	if err != nil || len(cases) < 10 {
		t.Fatal(cases, err)
	}
	for _, c := range cases {
		c, err := filepath.Abs(c)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(c), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(c)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
			for i, f := range a.Files {
				if i == 0 && len(f.Data) == 0 {
					continue // the operand alone
				}
				if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(f.Name, f.Data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			entries, err := Find([]string{a.Files[0].Name}, Search{Get: func(address string) (Input, error) { return Input{}, nil }})
			var want strings.Builder
			for _, e := range entries {
				fmt.Fprintln(&want, filepath.ToSlash(e.Name))
			}
			if err != nil {
				fmt.Fprintln(&want, "error", err)
			}
			a.Files = append(a.Files, txtar.File{Name: "want", Data: []byte(want.String())})
			golden.Equal(t, c, string(txtar.Format(a)))
		})
	}
}
