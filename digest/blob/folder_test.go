package blob

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func folder(t testing.TB) *Folder {
	t.Helper()
	f, err := NewFolder(filepath.Join(t.TempDir(), "store"), clock)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFolder(t *testing.T) {
	f := folder(t)
	testStore(t, f, func(key string, to []byte) {
		if err := os.WriteFile(f.path(key), to, 0o644); err != nil {
			t.Fatal(err)
		}
	})
	if left, err := os.ReadDir(filepath.Join(f.root, "tmp")); err != nil || len(left) > 0 {
		t.Errorf("left in tmp: %v %v", left, err)
	}
	if aside, err := os.ReadDir(filepath.Join(f.root, "damaged")); err != nil || len(aside) != 1 {
		t.Errorf("moved aside: %v %v; want the one damaged document", aside, err)
	}
}

// A file of the same disk costs no second copy; the time of a blob is that of its put.
func TestFolderLinks(t *testing.T) {
	f := folder(t)
	path := filepath.Join(filepath.Dir(f.root), "book.epub")
	if err := os.WriteFile(path, []byte("book"), 0o644); err != nil {
		t.Fatal(err)
	}
	old := clock().Add(-1000 * time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	key := keyOf("book")
	if err := f.PutFile(t.Context(), key, path); err != nil {
		t.Fatal(err)
	}
	a, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.Stat(f.path(key))
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(a, b) {
		t.Skip("no hard links here")
	}
	if !b.ModTime().Equal(clock()) {
		t.Errorf("put at %v", b.ModTime())
	}
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	if err := f.PutFile(t.Context(), key, path); err != nil {
		t.Fatal(err)
	}
	if got := keys(t, f)[key].Modified; !got.Equal(clock()) {
		t.Errorf("put again: %v", got)
	}
	// A symbolic link is copied: what it leads to may go.
	link := filepath.Join(t.TempDir(), "link")
	if err := os.WriteFile(path+"2", []byte("linked"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path+"2", link); err != nil {
		t.Skip(err)
	}
	if err := f.PutFile(t.Context(), keyOf("linked"), link); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(f.path(keyOf("linked"))); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v %v", info, err)
	}
}

func TestFolderForgetsLeftovers(t *testing.T) {
	f := folder(t)
	for name, age := range map[string]time.Duration{"1-0": 25 * time.Hour, "1-1": time.Hour} {
		path := filepath.Join(f.root, "tmp", name)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, clock().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := NewFolder(f.root, clock); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Join(f.root, "tmp"))
	if err != nil || len(left) != 1 || left[0].Name() != "1-1" {
		t.Errorf("left: %v %v", left, err)
	}
}

const crowdEnv = "LEPORELLO_TEST_CROWD"

// Several programs put, damage, read and list the same few blobs. Whatever is
// read is what was put.
func TestFolderCrowd(t *testing.T) {
	if root := os.Getenv(crowdEnv); root != "" {
		crowd(t, root)
		return
	}
	f := folder(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			c := exec.Command(os.Args[0], "-test.run=^TestFolderCrowd$")
			c.Env = append(os.Environ(), crowdEnv+"="+f.root)
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wg.Wait()
	if left, err := os.ReadDir(filepath.Join(f.root, "tmp")); err != nil || len(left) > 0 {
		t.Errorf("left in tmp: %v %v", left, err)
	}
}

func crowd(t *testing.T, root string) {
	f, err := NewFolder(root, nil)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 40 {
				content := strings.Repeat(fmt.Sprint(rand.IntN(5)), 1+rand.IntN(3)*40_000)
				key, _, err := f.Put(context.Background(), strings.NewReader(content))
				if err != nil {
					t.Error(err)
					return
				}
				if rand.IntN(4) == 0 {
					os.Truncate(f.path(key), 1)
				}
				got, err := read(f, key)
				if err == nil && got != content {
					t.Errorf("read %d other bytes", len(got))
				}
				for _, err := range f.Keys(context.Background()) {
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkFolderPut(b *testing.B) {
	f := folder(b)
	body := strings.Repeat("x", 8<<10)
	for n := 0; b.Loop(); n++ {
		if _, _, err := f.Put(b.Context(), strings.NewReader(fmt.Sprint(n, body))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFolderOpen(b *testing.B) {
	f := folder(b)
	key, n, err := f.Put(b.Context(), strings.NewReader(strings.Repeat("x", 10<<20)))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(n)
	for b.Loop() {
		r, err := f.Open(b.Context(), key)
		if err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}
