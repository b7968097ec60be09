package source_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/source"
)

// tree makes files in a new folder and makes it the working directory.
func tree(t *testing.T, names ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range names {
		write(t, name, "content of "+name)
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func names(entries []source.Entry) []string {
	var list []string
	for _, e := range entries {
		list = append(list, e.Name)
	}
	return list
}

func TestFind(t *testing.T) {
	tree(t, "b.html", "a.txt", "posts/2.html", "posts/10.htm", "posts/1.xhtml", "posts/pic.jpg", "posts/.draft.html",
		"posts/.git/x.html", "posts/in/deep/er.txt", "posts/in/notes.org", "odd[1].html", "empty/x.jpg")
	tests := []struct {
		name     string
		operands []string
		want     []string
	}{
		{"file", []string{"a.txt"}, []string{"a.txt"}},
		{"files keep their order", []string{"b.html", "a.txt"}, []string{"b.html", "a.txt"}},
		{"named file of any kind", []string{"posts/in/notes.org"}, []string{"posts/in/notes.org"}},
		{"named file with a dot", []string{"posts/.draft.html"}, []string{"posts/.draft.html"}},
		{"folder", []string{"posts"}, []string{"posts/1.xhtml", "posts/10.htm", "posts/2.html", "posts/in/deep/er.txt"}},
		{"folder with slash", []string{"./posts/in/"}, []string{"posts/in/deep/er.txt"}},
		{"folder and file of it", []string{"posts/2.html", "posts"}, []string{"posts/2.html", "posts/1.xhtml", "posts/10.htm", "posts/in/deep/er.txt"}},
		{"twice", []string{"a.txt", "./a.txt", "posts/../a.txt"}, []string{"a.txt"}},
		{"star", []string{"*.html"}, []string{"b.html", "odd[1].html"}},
		{"name with brackets is a file first", []string{"odd[1].html"}, []string{"odd[1].html"}},
		{"star takes articles only", []string{"posts/*"}, []string{"posts/1.xhtml", "posts/10.htm", "posts/2.html", "posts/in/deep/er.txt"}},
		{"ending asked for", []string{"posts/in/*.org"}, []string{"posts/in/notes.org"}},
		{"two stars", []string{"posts/**/*.txt"}, []string{"posts/in/deep/er.txt"}},
		{"two stars are also none", []string{"posts/**/*.htm"}, []string{"posts/10.htm"}},
		{"two stars alone", []string{"**"}, []string{"a.txt", "b.html", "odd[1].html", "posts/1.xhtml", "posts/10.htm", "posts/2.html", "posts/in/deep/er.txt"}},
		{"class and question mark", []string{"posts/[0-9].?tml", "posts/[12].*"}, []string{"posts/2.html", "posts/1.xhtml"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := source.Find(tt.operands, source.Search{})
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(names(got), tt.want) {
				t.Errorf("got %q, want %q", names(got), tt.want)
			}
		})
	}
}

func TestFindNothing(t *testing.T) {
	tree(t, "a.txt", "empty/x.jpg")
	for _, op := range []string{"b.txt", "empty", "*.md", "https://example.org/a.html", "no/such/*.txt"} {
		got, err := source.Find([]string{op, "a.txt"}, source.Search{})
		if err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(op, "/*.txt")) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: error %v", op, err)
		}
		if len(got) != 1 {
			t.Errorf("%s: the others are lost: %q", op, names(got))
		}
	}
	if _, err := source.Find([]string{"[a"}, source.Search{}); err == nil {
		t.Error("a broken pattern is no error")
	}
	_, err := source.Find([]string{"x", "y"}, source.Search{})
	if err == nil || !strings.Contains(err.Error(), "x: ") || !strings.Contains(err.Error(), "y: ") {
		t.Errorf("not all operands are named: %v", err)
	}
}

func TestLoad(t *testing.T) {
	tree(t, "posts/in/a.txt", "posts/p.jpg", "top.html")
	entries, err := source.Find([]string{"posts", "top.html", "-", "-"}, source.Search{Stdin: strings.NewReader("piped")})
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ name, path, data string }{
		{"posts/in/a.txt", "in/a.txt", "content of posts/in/a.txt"},
		{"top.html", "top.html", "content of top.html"},
		{"-", "", "piped"},
	}
	if len(entries) != len(want) {
		t.Fatalf("entries %q", names(entries))
	}
	t.Chdir("posts") // where Find was called is what counts
	for i, w := range want {
		for range 2 {
			in, err := entries[i].Load()
			if err != nil {
				t.Fatal(err)
			}
			if in.Name != w.name || in.Path != w.path || string(in.Data) != w.data {
				t.Errorf("got %q %q %q, want %q", in.Name, in.Path, in.Data, w)
			}
			if (in.Files == nil) != (w.name == "-") {
				t.Errorf("%s: Files is %v", w.name, in.Files)
			}
		}
	}
	in, _ := entries[0].Load()
	if _, err := fs.ReadFile(in.Files, "p.jpg"); err != nil {
		t.Errorf("a picture of the folder: %v", err)
	}
	if _, err := fs.Stat(in.Files, "p.jpg"); err != nil {
		t.Errorf("a picture of the folder: %v", err)
	}
	for _, name := range []string{"../top.html", "/etc/passwd", "in/../../top.html"} {
		if _, err := in.Files.Open(name); err == nil {
			t.Errorf("%s can be opened", name)
		}
	}
}

func TestLoadIsLazyAndBounded(t *testing.T) {
	tree(t, "a.txt", "b.txt")
	entries, err := source.Find([]string{"a.txt", "b.txt", "-"}, source.Search{MaxBytes: 16, Stdin: strings.NewReader(strings.Repeat("x", 17))})
	if err != nil {
		t.Fatal(err)
	}
	write(t, "a.txt", "new")
	if in, err := entries[0].Load(); err != nil || string(in.Data) != "new" {
		t.Errorf("%q, %v", in.Data, err)
	}
	write(t, "a.txt", "sixteen bytes ok")
	if _, err := entries[0].Load(); err != nil {
		t.Error(err)
	}
	write(t, "a.txt", "seventeen bytes!!")
	if _, err := entries[0].Load(); !errors.Is(err, source.ErrTooLarge) || !strings.Contains(err.Error(), "a.txt") {
		t.Errorf("error %v", err)
	}
	os.Remove("b.txt")
	if _, err := entries[1].Load(); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "b.txt") {
		t.Errorf("error %v", err)
	}
	if _, err := entries[2].Load(); !errors.Is(err, source.ErrTooLarge) {
		t.Errorf("error %v", err)
	}
}

func TestLinks(t *testing.T) {
	tree(t, "secret.txt", "posts/a.txt")
	for link, to := range map[string]string{
		"posts/out.txt":   "../secret.txt",
		"posts/same.txt":  "a.txt",
		"posts/loop":      "..",
		"posts/gone.html": "nowhere.html",
	} {
		if err := os.Symlink(to, link); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	entries, err := source.Find([]string{"posts"}, source.Search{})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(entries); !reflect.DeepEqual(got, []string{"posts/a.txt", "posts/out.txt"}) {
		t.Fatalf("found %q", got)
	}
	if in, err := entries[1].Load(); err == nil {
		t.Errorf("a link out of the folder was read: %q", in.Data)
	}
	// A person who names the link means it.
	entries, err = source.Find([]string{"posts/out.txt"}, source.Search{})
	if err != nil {
		t.Fatal(err)
	}
	if in, err := entries[0].Load(); err != nil || string(in.Data) != "content of secret.txt" {
		t.Errorf("%q, %v", in.Data, err)
	}
}
