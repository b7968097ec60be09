package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mmcdole/gofeed/atom"

	"github.com/leporello-press/leporello/internal/golden"
)

func folderAt(t testing.TB, o FolderOptions) Target {
	t.Helper()
	target, err := Folder(o)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "books") // made: its parent is there
	target := folderAt(t, FolderOptions{Dir: dir, Keep: 2, OPDS: true, Title: "Library"})
	write(t, filepath.Join(filepath.Dir(dir), "beside"), "")
	for n := 1; n <= 4; n++ {
		must(t, target, weekly(t, "weekly", n))
	}
	got := listing(t, dir)
	for _, f := range append(weekly(t, "weekly", 3).Files, weekly(t, "weekly", 4).Files...) {
		if got[f.Name] != read(t, f.Path) {
			t.Errorf("%s is not the file that was delivered", f.Name)
		}
		delete(got, f.Name)
	}
	names := slices.Sorted(maps.Keys(got))
	if want := 2 + 3; len(names) != want || !slices.Contains(names, manifestName) {
		t.Errorf("besides the two newest issues there are %v", names)
	}
	note := got[manifestName]
	for _, name := range []string{atomName, jsonName} { // what they hold is a matter of digest/opds
		note = strings.Replace(note, dataContent([]byte(got[name])).sha, "of "+name, 1)
	}
	golden.Equal(t, "testdata/folder/leporello.json", note)

	// The same again changes nothing.
	before := listing(t, dir)
	must(t, target, weekly(t, "weekly", 4))
	if !maps.Equal(before, listing(t, dir)) {
		t.Error("delivered again, the folder has changed")
	}
	// An issue older than those that are kept is not copied.
	r := must(t, target, weekly(t, "weekly", 1))
	if !strings.Contains(r[0].Detail, "not copied") || !maps.Equal(before, listing(t, dir)) {
		t.Errorf("an old issue: %q", r[0].Detail)
	}
}

// TestFolderCatalog reads the static catalogues as a reading program does.
func TestFolderCatalog(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "books")
	books := []Book{weekly(t, "weekly", 1), weekly(t, "日刊 #1%", 2)}
	books[1].Files[0].Name = "日刊 #1?.epub" // a card has no ?
	for _, base := range []string{"", "https://example.org/books/"} {
		target := folderAt(t, FolderOptions{Dir: dir, OPDS: true, BaseURL: base})
		for _, b := range books {
			must(t, target, b)
		}
		feed, err := (&atom.Parser{}).Parse(strings.NewReader(read(t, filepath.Join(dir, "opds.xml"))))
		if err != nil {
			t.Fatal(err)
		}
		if len(feed.Entries) != 2 || feed.Entries[0].Title != books[1].Title || feed.Title != "books" {
			t.Errorf("%s with %d entries, %s first", feed.Title, len(feed.Entries), feed.Entries[0].Title)
		}
		var links []string
		for _, e := range feed.Entries {
			for _, l := range e.Links {
				links = append(links, l.Href)
			}
		}
		var v2 struct {
			Publications []struct {
				Links, Images []struct{ Href string }
			}
		}
		if err := json.Unmarshal([]byte(read(t, filepath.Join(dir, "opds.json"))), &v2); err != nil {
			t.Fatal(err)
		}
		for _, p := range v2.Publications {
			for _, l := range append(p.Links, p.Images...) {
				links = append(links, l.Href)
			}
		}
		if len(links) != 2*2*3 {
			t.Errorf("%d links: %v", len(links), links)
		}
		for _, l := range links {
			name, ok := strings.CutPrefix(l, base)
			if !ok {
				t.Errorf("%s is not below %s", l, base)
			}
			if name, err = url.PathUnescape(name); err != nil {
				t.Error(err)
			} else if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestFolderProperties(t *testing.T) {
	// Whatever is delivered in whatever order, each digest has its newest issues, the
	// files of others are as they were, and nothing else is there.
	rnd := rand.New(rand.NewPCG(1, 2))
	books := map[string][]Book{}
	for _, digest := range []string{"a", "b"} {
		for n := 1; n <= 8; n++ {
			books[digest] = append(books[digest], weekly(t, digest, n))
		}
	}
	for round := range 8 {
		dir := t.TempDir()
		theirs := map[string]string{"notes.txt": "mine", "a-2025-W01.epub": "theirs", ".hidden": "x"}
		for name, text := range theirs {
			write(t, filepath.Join(dir, name), text)
		}
		keep := rnd.IntN(4)
		target := folderAt(t, FolderOptions{Dir: dir, Keep: keep, OPDS: rnd.IntN(2) == 0})
		last := map[string][]int{} // the issues that are to be there, in ascending order
		for range 12 {
			digest := []string{"a", "b"}[rnd.IntN(2)]
			n := 1 + rnd.IntN(8)
			must(t, target, books[digest][n-1])
			if !slices.Contains(last[digest], n) {
				last[digest] = append(last[digest], n)
				slices.Sort(last[digest])
				if keep > 0 && len(last[digest]) > keep {
					last[digest] = last[digest][1:]
				}
			}
		}
		want := maps.Clone(theirs)
		for digest, issues := range last {
			for _, n := range issues {
				for _, f := range books[digest][n-1].Files {
					want[f.Name] = read(t, f.Path)
				}
			}
		}
		got := listing(t, dir)
		maps.DeleteFunc(got, func(name, _ string) bool {
			return name == manifestName || isCatalog(name) || strings.HasPrefix(name, coverDir+"/")
		})
		if !maps.Equal(got, want) {
			t.Fatalf("round %d, keep %d: there are %v, want %v", round, keep, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
}

// TestFolderStopped stops a delivery at every point, by a source that ends; the next
// one leaves what it would have left without that.
func TestFolderStopped(t *testing.T) {
	want := t.TempDir()
	for n := 1; n <= 3; n++ {
		must(t, folderAt(t, FolderOptions{Dir: want, Keep: 1, OPDS: true, Title: "x"}), weekly(t, "weekly", n))
	}
	for stop := 1; ; stop++ {
		dir := t.TempDir()
		target := folderAt(t, FolderOptions{Dir: dir, Keep: 1, OPDS: true, Title: "x"})
		must(t, target, weekly(t, "weekly", 1))
		b := weekly(t, "weekly", 2)
		parts, err := target.Parts(b)
		if err != nil {
			t.Fatal(err)
		}
		ctx := &countdown{Context: context.Background(), left: stop}
		_, err = target.Deliver(ctx, b, parts[0])
		for name := range listing(t, dir) {
			if strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, ".lock") {
				t.Errorf("stopped at %d: %s is left", stop, name)
			}
		}
		must(t, target, weekly(t, "weekly", 3)) // the second is given up
		got, want := listing(t, dir), listing(t, want)
		if !maps.Equal(got, want) {
			t.Errorf("stopped at %d: there are %v", stop, slices.Sorted(maps.Keys(got)))
		}
		if err == nil {
			if stop < 6 {
				t.Errorf("only %d points to stop at", stop)
			}
			break
		}
	}
}

// countdown is a context that ends when it has been asked some times.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestFolderOthers(t *testing.T) {
	b := weekly(t, "weekly", 1)
	name := b.Files[0].Name
	for _, c := range []struct {
		name    string
		prepare func(dir string)
		want    string
	}{
		{"a file of somebody", func(dir string) { write(t, filepath.Join(dir, name), "theirs") }, "is there already"},
		{"a folder", func(dir string) { os.Mkdir(filepath.Join(dir, name), 0o755) }, "no plain file"},
		{"a catalogue of somebody", func(dir string) { write(t, filepath.Join(dir, "opds.xml"), "theirs") }, "is there already"},
		{"a damaged manifest", func(dir string) { write(t, filepath.Join(dir, manifestName), "{") }, "is damaged"},
		{"a manifest of the future", func(dir string) { write(t, filepath.Join(dir, manifestName), `{"version":9}`) }, "version 9"},
		{"a manifest that leads out", func(dir string) {
			write(t, filepath.Join(dir, manifestName), `{"version":1,"files":{"../x":["00"]}}`)
		}, "outside"},
		{"the same bytes", func(dir string) { write(t, filepath.Join(dir, name), read(t, b.Files[0].Path)) }, ""},
	} {
		dir := t.TempDir()
		c.prepare(dir)
		before := listing(t, dir)
		_, err := send(t, folderAt(t, FolderOptions{Dir: dir, OPDS: true, Keep: 1}), b)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if !maps.Equal(before, listing(t, dir)) {
			t.Errorf("%s: the folder has changed: %v", c.name, listing(t, dir))
		}
	}
}

// TestFolderChanged: what a person did to delivered files stays done.
func TestFolderChanged(t *testing.T) {
	dir := t.TempDir()
	target := folderAt(t, FolderOptions{Dir: dir, Keep: 1})
	one, two, three := weekly(t, "weekly", 1), weekly(t, "weekly", 2), weekly(t, "weekly", 3)
	must(t, target, one)
	edited := filepath.Join(dir, one.Files[0].Name)
	write(t, edited, "with my notes")
	must(t, target, two)
	if read(t, edited) != "with my notes" {
		t.Error("a file that was changed is removed")
	}
	for _, f := range two.Files {
		os.Remove(filepath.Join(dir, f.Name))
	}
	must(t, target, three)
	got := listing(t, dir)
	if _, back := got[two.Files[0].Name]; back || len(got) != 4 {
		t.Errorf("there are %v", slices.Sorted(maps.Keys(got)))
	}
}

// TestFolderSameName: a digest whose file has one name replaces it each week; that of
// another digest it does not.
func TestFolderSameName(t *testing.T) {
	dir := t.TempDir()
	target := folderAt(t, FolderOptions{Dir: dir, Keep: 2})
	var last Book
	for n := 1; n <= 3; n++ {
		last = weekly(t, "weekly", n)
		last.Files = last.Files[:1]
		last.Files[0].Name = "latest.epub"
		must(t, target, last)
	}
	if got := listing(t, dir); got["latest.epub"] != read(t, last.Files[0].Path) || len(got) != 2 {
		t.Errorf("there are %v", slices.Sorted(maps.Keys(got)))
	}
	other := weekly(t, "daily", 9)
	other.Files = other.Files[:1]
	other.Files[0].Name = "latest.epub"
	if _, err := send(t, target, other); !IsPermanent(err) {
		t.Errorf("the file of another digest: %v", err)
	}
	two := weekly(t, "weekly", 4)
	two.Files[0].Name, two.Files[1].Name = "A.epub", "a.epub"
	if _, err := send(t, target, two); !IsPermanent(err) {
		t.Errorf("two files of one name: %v", err)
	}
}

func TestFolderMissing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "card", "books")
	if _, err := send(t, folderAt(t, FolderOptions{Dir: dir}), weekly(t, "weekly", 1)); err == nil || IsPermanent(err) {
		t.Errorf("no drive: %v", err)
	}
	if _, err := os.Stat(filepath.Dir(dir)); err == nil {
		t.Error("the place of the drive is made")
	}
	b := weekly(t, "weekly", 1)
	dir = t.TempDir()
	write(t, b.Files[1].Path, "other bytes")
	if _, err := send(t, folderAt(t, FolderOptions{Dir: dir}), b); err == nil || len(listing(t, dir)) != 0 {
		t.Errorf("a file that is not the one that was made: %v", err)
	}
	for _, o := range []FolderOptions{
		{}, {Dir: dir, Keep: -1}, {Dir: dir, BaseURL: "books/"}, {Dir: dir, BaseURL: "https://u:p@example.org/"}, {Dir: dir, BaseURL: "https://example.org/?a=b"},
	} {
		if _, err := Folder(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// TestFolderAtOnce: several digests may deliver to one folder at the same time.
func TestFolderAtOnce(t *testing.T) {
	dir := t.TempDir()
	target := folderAt(t, FolderOptions{Dir: dir, OPDS: true})
	var all sync.WaitGroup
	for i := range 6 {
		b := weekly(t, fmt.Sprintf("digest-%d", i), 1)
		all.Go(func() {
			if _, err := send(t, target, b); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	m, err := readManifest(dir)
	if err != nil || len(m.Issues) != 6 {
		t.Errorf("%d issues, %v", len(m.Issues), err)
	}
}

func TestPortable(t *testing.T) {
	for in, want := range map[string]string{
		"weekly-2026-W47.epub":             "weekly-2026-W47.epub",
		"科技周刊：第 1 期.epub":                  "科技周刊：第 1 期.epub",
		"a/b\\c:d*e?f\"g<h>i|j.pdf":        "a_b_c_d_e_f_g_h_i_j.pdf",
		"..":                               "_",
		".profile":                         "_.profile",
		"":                                 "_",
		"x\x00\n\x7fy":                     "x___y",
		"end. . ":                          "end",
		strings.Repeat("周", 200) + ".epub": strings.Repeat("周", 65) + ".epub",
		strings.Repeat("a.", 300):          strings.Repeat("a.", 99) + "a",
	} {
		if got := portable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzPortable(f *testing.F) {
	f.Add("a/../b.epub")
	f.Add("\xff.")
	f.Fuzz(func(t *testing.T, name string) {
		got := portable(name)
		if got == "" || len(got) > 200 || got[0] == '.' || !fs.ValidPath(got) || filepath.Base(got) != got || bytes.ContainsRune([]byte(got), ':') {
			t.Fatalf("%q: %q", name, got)
		}
		if again := portable(got); again != got {
			t.Fatalf("%q: %q, then %q", name, got, again)
		}
	})
}
