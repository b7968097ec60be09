package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func keyOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func put(t *testing.T, s Store, content string) string {
	t.Helper()
	key, n, err := s.Put(t.Context(), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if key != keyOf(content) || n != int64(len(content)) {
		t.Fatalf("put %d bytes: key %s, %d bytes", len(content), key, n)
	}
	return key
}

func read(s Store, key string) (string, error) {
	b, err := ReadAll(context.Background(), s, key, 1<<30)
	return string(b), err
}

func mustRead(t *testing.T, s Store, key, want string) {
	t.Helper()
	if got, err := read(s, key); err != nil || got != want {
		t.Errorf("read %d bytes, error %v; want the %d that were put", len(got), err, len(want))
	}
}

// keys returns the blobs of a store with their sizes.
func keys(t *testing.T, s Store) map[string]Info {
	t.Helper()
	all := map[string]Info{}
	for info, err := range s.Keys(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := all[info.Key]; twice {
			t.Errorf("%s comes twice", info.Key)
		}
		all[info.Key] = info
	}
	return all
}

// testStore holds a store, which is empty, to the laws of all. spoil changes
// the bytes of a blob behind its back.
func testStore(t *testing.T, s Store, spoil func(key string, to []byte)) {
	ctx := t.Context()
	t.Run("what is put is read", func(t *testing.T) {
		for _, content := range []string{"", "a", "第一篇\n", strings.Repeat("leporello ", 500_000)} {
			key := put(t, s, content)
			mustRead(t, s, key, content)
			if ok, err := s.Has(ctx, key); !ok || err != nil {
				t.Errorf("has: %v %v", ok, err)
			}
			if info := keys(t, s)[key]; info.Bytes != int64(len(content)) || info.Modified.IsZero() {
				t.Errorf("listed as %+v", info)
			}
		}
		if n := len(keys(t, s)); n != 4 {
			t.Errorf("%d blobs, want 4", n)
		}
	})
	t.Run("a reader may go back and forth", func(t *testing.T) {
		r, err := s.Open(ctx, put(t, s, "0123456789"))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for _, at := range []int64{7, 2} {
			if _, err := r.Seek(at, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			b := make([]byte, 2)
			if _, err := io.ReadFull(r, b); err != nil || string(b) != "0123456789"[at:at+2] {
				t.Errorf("at %d: %q, %v", at, b, err)
			}
		}
		if r.Size() != 10 {
			t.Errorf("size %d", r.Size())
		}
	})
	t.Run("what is not there", func(t *testing.T) {
		for _, key := range []string{keyOf("nothing"), "", "x", "../../etc/passwd", strings.ToUpper(keyOf("a")), keyOf("a")[:40],
			strings.Repeat("../", 20) + "abcd", keyOf("a") + "/..", "tmp", "damaged/" + keyOf("a")} {
			if _, err := s.Open(ctx, key); !errors.Is(err, ErrNotFound) {
				t.Errorf("open %q: %v", key, err)
			}
			if ok, err := s.Has(ctx, key); ok || err != nil {
				t.Errorf("has %q: %v %v", key, ok, err)
			}
			if err := s.Remove(ctx, key); err != nil {
				t.Errorf("remove %q: %v", key, err)
			}
		}
	})
	t.Run("damage is found, and mended by the next put", func(t *testing.T) {
		content := "a document of some length"
		flipped := []byte(content)
		flipped[3] ^= 1
		for name, to := range map[string][]byte{"cut": []byte(content[:9]), "flipped": flipped, "empty": {}, "longer": []byte(content + "!")} {
			key := put(t, s, content)
			spoil(key, to)
			if _, err := s.Open(ctx, key); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := s.Open(ctx, key); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s, again: %v", name, err)
			}
			if _, listed := keys(t, s)[key]; listed {
				t.Errorf("%s: still listed", name)
			}
			put(t, s, content)
			mustRead(t, s, key, content)
			spoil(key, to)
			put(t, s, content) // without an Open that finds it
			mustRead(t, s, key, content)
		}
	})
	t.Run("files", func(t *testing.T) {
		content := strings.Repeat("picture", 1000)
		path := filepath.Join(t.TempDir(), "picture.jpg")
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		key := keyOf(content)
		for range 2 {
			if err := s.PutFile(ctx, key, path); err != nil {
				t.Fatal(err)
			}
			mustRead(t, s, key, content)
		}
		spoil(key, []byte("bad"))
		if err := s.PutFile(ctx, key, path); err != nil && !errors.Is(err, errOther) {
			t.Fatal(err) // the file itself may be what was spoiled, if it was linked
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.PutFile(ctx, key, path); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		mustRead(t, s, key, content)

		other := filepath.Join(t.TempDir(), "other")
		if err := os.WriteFile(other, []byte("something else"), 0o644); err != nil {
			t.Fatal(err)
		}
		wrong := keyOf("what it is not")
		for _, k := range []string{wrong, "../x", ""} {
			if err := s.PutFile(ctx, k, other); err == nil {
				t.Errorf("put as %q", k)
			}
			if ok, _ := s.Has(ctx, k); ok {
				t.Errorf("kept as %q", k)
			}
		}
		if err := s.PutFile(ctx, wrong, filepath.Join(t.TempDir(), "missing")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("missing file: %v", err)
		}
	})
	t.Run("removed", func(t *testing.T) {
		key := put(t, s, "goes")
		for range 2 {
			if err := s.Remove(ctx, key); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Open(ctx, key); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
		put(t, s, "goes")
		mustRead(t, s, key, "goes")
	})
	t.Run("what ends early is not kept", func(t *testing.T) {
		before := len(keys(t, s))
		broken := errors.New("broken")
		if _, _, err := s.Put(ctx, io.MultiReader(strings.NewReader("half of it"), errReader{broken})); !errors.Is(err, broken) {
			t.Errorf("of a broken reader: %v", err)
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, _, err := s.Put(ended, strings.NewReader("never")); !errors.Is(err, context.Canceled) {
			t.Errorf("after the end: %v", err)
		}
		if after := len(keys(t, s)); after != before {
			t.Errorf("%d blobs, were %d", after, before)
		}
	})
	t.Run("a limit", func(t *testing.T) {
		key := put(t, s, "four")
		if b, err := ReadAll(ctx, s, key, 4); err != nil || !bytes.Equal(b, []byte("four")) {
			t.Errorf("%q, %v", b, err)
		}
		if _, err := ReadAll(ctx, s, key, 3); err == nil {
			t.Error("four bytes of three")
		}
	})
}

type errReader struct{ err error }

func (e errReader) Read([]byte) (int, error) { return 0, e.err }

func TestOpenURL(t *testing.T) {
	dir := t.TempDir()
	t.Run("folders", func(t *testing.T) {
		for _, address := range []string{"", "file://" + filepath.ToSlash(filepath.Join(dir, "x y")), "file://localhost" + filepath.ToSlash(filepath.Join(dir, "z"))} {
			s, err := OpenURL(t.Context(), address, Options{Dir: filepath.Join(dir, "own")})
			if err != nil {
				t.Fatal(err)
			}
			mustRead(t, s, put(t, s, address), address)
		}
		for _, name := range []string{"own", "x y", "z"} {
			if _, err := os.Stat(filepath.Join(dir, name, "tmp")); err != nil {
				t.Error(err)
			}
		}
	})
	for _, address := range []string{"file://server/share", "file:relative", "file:///x?y=1", "gs://bucket", "/srv/blobs", "s3://", ":"} {
		if _, err := OpenURL(t.Context(), address, Options{}); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
	if _, err := OpenURL(t.Context(), "gs://me:sesame@bucket/x", Options{}); err == nil || strings.Contains(err.Error(), "sesame") {
		t.Errorf("a secret is told: %v", err)
	}
}

func clock() time.Time { return time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC) }
