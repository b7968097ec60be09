package source

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// packed returns an archive of the entries; w writes them.
func packed(t testing.TB, write func(w *zip.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	write(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func entryOf(w *zip.Writer, h zip.FileHeader, content string) {
	h.Method = zip.Deflate
	if f, err := w.CreateHeader(&h); err == nil {
		io.WriteString(f, content)
	}
}

func names(entries ...string) func(*zip.Writer) {
	return func(w *zip.Writer) {
		for _, n := range entries {
			entryOf(w, zip.FileHeader{Name: n}, "text of "+n)
		}
	}
}

func TestArchive(t *testing.T) {
	data := packed(t, names("a.txt", "dir/b.txt", "dir/图.txt"))
	dir := t.TempDir()
	file := filepath.Join(dir, "x.zip")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	entries, err := Find([]string{file}, Search{})
	if err != nil {
		t.Fatal(err)
	}
	fromDisk, err := entries[0].Load()
	if err != nil {
		t.Fatal(err)
	}
	entries, err = Find([]string{"-"}, Search{Stdin: bytes.NewReader(data)})
	if err != nil {
		t.Fatal(err)
	}
	fromMemory, err := entries[0].Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]Input{"disk": fromDisk, "memory": fromMemory} {
		if in.Path != "" {
			t.Errorf("%s: path %q", name, in.Path)
		}
		if err := fstest.TestFS(in.Files, "a.txt", "dir/b.txt", "dir/图.txt"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := in.ReadFile("a.txt", 3); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
		for _, p := range []string{"none.txt", "../x.zip", "/a.txt"} {
			if _, err := in.ReadFile(p, 100); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %s: %v", name, p, err)
			}
		}
	}
	if users := fromDisk.Files.(*archive).bytes.users; users != 0 {
		t.Errorf("%d users hold the file open", users)
	}
	// A file that is gone is an error, not a panic.
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := fs.ReadFile(fromDisk.Files, "a.txt"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
}

func TestHostileArchives(t *testing.T) {
	link := zip.FileHeader{Name: "link"}
	link.SetMode(fs.ModeSymlink | 0o777)
	tests := map[string][]byte{
		"a path that leads out":    packed(t, names("a", "../b")),
		"a detour":                 packed(t, names("a/../b")),
		"an absolute path":         packed(t, names("/etc/passwd")),
		"a backslash":              packed(t, names(`..\b`)),
		"two of one name":          packed(t, names("a", "b", "a")),
		"two of one name, written": packed(t, names("a", "./a")),
		"a link":                   packed(t, func(w *zip.Writer) { entryOf(w, link, "/etc/passwd") }),
		"encrypted":                packed(t, func(w *zip.Writer) { entryOf(w, zip.FileHeader{Name: "a", Flags: 1}, "x") }),
		"too many": packed(t, func(w *zip.Writer) {
			for i := range maxEntries + 1 {
				w.CreateRaw(&zip.FileHeader{Name: fmt.Sprint(i)})
			}
		}),
		"a bomb": packed(t, func(w *zip.Writer) {
			entryOf(w, zip.FileHeader{Name: "a"}, strings.Repeat("\x00", freeRatio+1))
		}),
		"cut":           packed(t, names("a", "b"))[:60],
		"nothing in it": []byte("PK\x03\x04"),
	}
	for name, data := range tests {
		if in, err := unpacked(Input{Name: name, Data: data}, nil); !errors.Is(err, ErrArchive) || in.Files != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An entry that is longer than the directory says ends in an error, not in memory.
func TestLyingArchive(t *testing.T) {
	long := strings.Repeat("long ", 1000)
	data := packed(t, func(w *zip.Writer) { entryOf(w, zip.FileHeader{Name: "a"}, long) })
	// The size in the directory, which readers believe.
	at := bytes.LastIndex(data, []byte("PK\x01\x02")) + 24
	data[at], data[at+1] = 10, 0
	in, err := unpacked(Input{Data: data}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := fs.ReadFile(in.Files, "a"); err == nil || len(b) > 5000 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

func TestFolderAsInput(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "list.json"), []byte("[]"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := Search{Folder: func(f fs.FS) bool {
		_, err := fs.Stat(f, "list.json")
		return err == nil
	}}
	entries, err := Find([]string{dir, dir}, s)
	if err != nil || len(entries) != 1 || entries[0].File() != "" {
		t.Fatal(entries, err)
	}
	in, err := entries[0].Load()
	if err != nil || in.Path != "" || in.Data != nil {
		t.Fatal(in, err)
	}
	if b, err := in.ReadFile("list.json", 10); err != nil || string(b) != "[]" {
		t.Errorf("%q %v", b, err)
	}
}

func FuzzArchive(f *testing.F) {
	f.Add(packed(f, names("a", "b/c")))
	f.Add(packed(f, names("../a")))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := unpacked(Input{Data: append([]byte("PK\x03\x04"), data...)}, nil)
		if err != nil {
			return
		}
		fs.WalkDir(in.Files, ".", func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				in.ReadFile(p, 1<<20)
			}
			return nil
		})
	})
}
