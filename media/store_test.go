package media

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func newDir(t testing.TB, o Options) *Dir {
	t.Helper()
	d, err := New(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func put(t testing.TB, d *Dir, b []byte) Asset {
	t.Helper()
	a, err := d.Put(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func read(t testing.TB, d *Dir, key string) []byte {
	t.Helper()
	f, err := d.Open(key)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wantReason(t testing.TB, err error, want Reason) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Reason != want {
		t.Errorf("error %v, want reason %s", err, want)
	}
}

// painted is a smooth picture in which every place has its own colour.
func painted(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, color.RGBA{uint8(x * 255 / w), uint8(y * 255 / h), uint8((x*7 + y*3) % 61 * 2), 255})
		}
	}
	return m
}

// grainy is a picture that does not compress.
func grainy(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	v := uint32(1)
	for i := range m.Pix {
		v = v*1664525 + 1013904223
		m.Pix[i] = uint8(v >> 24)
		if i%4 == 3 {
			m.Pix[i] = 255
		}
	}
	return m
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func files(t testing.TB, root string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(root, p)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestPutKeepsBytesOnce(t *testing.T) {
	d := newDir(t, Options{})
	for _, b := range [][]byte{
		jpegOf(t, painted(40, 30)), // fits the buffer
		pngOf(t, grainy(300, 200)), // does not
		pngOf(t, image.NewGray(image.Rect(0, 0, 1, 1))),
	} {
		before := len(files(t, d.Root()))
		a := put(t, d, b)
		if got := read(t, d, a.Key); !bytes.Equal(got, b) {
			t.Errorf("%s: %d bytes came back of %d", a.Type, len(got), len(b))
		}
		if again := put(t, d, b); again != a {
			t.Errorf("second Put: %+v, first %+v", again, a)
		}
		if now := files(t, d.Root()); len(now) != before+1 {
			t.Errorf("files: %v", now)
		}
		other, err := New(d.Root(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s, err := other.Stat(a.Key); err != nil || s != a {
			t.Errorf("another process: %+v, %v; want %+v", s, err, a)
		}
	}
}

func TestPutManyAtOnce(t *testing.T) {
	d := newDir(t, Options{})
	b := pngOf(t, grainy(300, 200))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := d.Put(bytes.NewReader(b)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := files(t, d.Root()); len(got) != 1 {
		t.Errorf("files: %v", got)
	}
}

func TestPutRefuses(t *testing.T) {
	photo := jpegOf(t, painted(300, 300))
	tests := []struct {
		name string
		in   io.Reader
		opts Options
		want Reason
	}{
		{"nothing", strings.NewReader(""), Options{}, NotAnImage},
		{"a page", strings.NewReader("<!doctype html><title>403</title>"), Options{}, NotAnImage},
		{"a page with a picture in it", strings.NewReader("<html><svg xmlns='http://www.w3.org/2000/svg'/></html>"), Options{}, NotAnImage},
		{"endless text", endless{'a'}, Options{}, NotAnImage},
		{"endless picture", io.MultiReader(bytes.NewReader(photo), endless{0}), Options{MaxBytes: 1 << 20}, TooLarge},
		{"one byte too many", bytes.NewReader(photo), Options{MaxBytes: int64(len(photo)) - 1}, TooLarge},
		{"too many pixels", bytes.NewReader(pngHeader(60000, 60000)), Options{}, DecodeLimit},
		{"too long a side", bytes.NewReader(pngHeader(20001, 1)), Options{}, DecodeLimit},
		{"pixels that overflow", bytes.NewReader(pngHeader(1<<31-1, 1<<31-1)), Options{}, DecodeLimit},
		{"pixels past the option", bytes.NewReader(photo), Options{MaxPixels: 89999}, DecodeLimit},
		{"no width", bytes.NewReader(pngHeader(0, 5)), Options{}, DecodeFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDir(t, tt.opts)
			_, err := d.Put(tt.in)
			wantReason(t, err, tt.want)
			if left := files(t, d.Root()); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestPutPassesReaderErrors(t *testing.T) {
	d := newDir(t, Options{})
	for _, n := range []int{0, 100, 5000, 150_000} {
		b := pngOf(t, grainy(300, 300))
		_, err := d.Put(io.MultiReader(bytes.NewReader(b[:n]), broken{}))
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
	if left := files(t, d.Root()); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestStatOfNothing(t *testing.T) {
	d := newDir(t, Options{})
	for _, key := range []string{"", "abc", strings.Repeat("0", 64), strings.Repeat("A", 64), "../../../../etc/passwd", strings.Repeat("../", 21) + "x"} {
		if _, err := d.Stat(key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Stat(%q): %v", key, err)
		}
		if f, err := d.Open(key); !errors.Is(err, fs.ErrNotExist) || f != nil {
			t.Errorf("Open(%q): %v, %v", key, f, err)
		}
		if _, err := d.Derive(key, Profile{}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Derive(%q): %v", key, err)
		}
	}
}

func TestVerifyRemovesDamage(t *testing.T) {
	for _, damage := range []func([]byte) []byte{
		func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		func(b []byte) []byte { return b[:len(b)/2] },
		func(b []byte) []byte { return nil },
	} {
		d := newDir(t, Options{})
		b := jpegOf(t, painted(100, 80))
		a := put(t, d, b)
		if err := d.Verify(a.Key); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(d.blob(a.Key), damage(bytes.Clone(b)), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := d.Verify(a.Key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("damaged blob: %v", err)
		}
		if _, err := d.Stat(a.Key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("damaged blob is still there: %v", err)
		}
		put(t, d, b)
		if err := d.Verify(a.Key); err != nil {
			t.Errorf("put again: %v", err)
		}
	}
}

// A power cut may leave files of the right length and name with nothing in them.
func TestTornBlobsAreMended(t *testing.T) {
	d := newDir(t, Options{})
	b := jpegOf(t, grainy(200, 200))
	a := put(t, d, b)
	p := Profile{MaxWidth: 100}
	small, err := d.Derive(a.Key, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []Asset{a, small} {
		torn := read(t, d, a.Key)
		clear(torn[len(torn)/2:])
		if err := os.WriteFile(d.blob(a.Key), torn, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	next, err := New(d.Root(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, next, b)
	if got, err := next.Derive(a.Key, p); err != nil || got != small {
		t.Errorf("%+v, %v", got, err)
	}
	for _, key := range []string{a.Key, small.Key} {
		if err := next.Verify(key); err != nil {
			t.Error(err)
		}
	}
}

func TestSweep(t *testing.T) {
	d := newDir(t, Options{})
	old, young := filepath.Join(d.Root(), "tmp", "put-1"), filepath.Join(d.Root(), "tmp", "put-2")
	for _, name := range []string{old, young} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	if err := os.Chtimes(old, now.Add(-2*time.Hour), now.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	d.Sweep(now.Add(-time.Hour))
	if got := files(t, d.Root()); len(got) != 1 || got[0] != "tmp/put-2" {
		t.Errorf("left: %v", got)
	}
}

type endless struct{ b byte }

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.b
	}
	return len(p), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// pngHeader is a PNG that claims a size and has no pixels.
func pngHeader(w, h uint32) []byte {
	b := []byte(pngMagic + "\x00\x00\x00\x0dIHDR")
	b = append(b, byte(w>>24), byte(w>>16), byte(w>>8), byte(w), byte(h>>24), byte(h>>16), byte(h>>8), byte(h))
	return append(b, 8, 2, 0, 0, 0, 0, 0, 0, 0)
}

func TestDeletedFolder(t *testing.T) {
	d := newDir(t, Options{})
	b := jpegOf(t, grainy(300, 200))
	for range 2 {
		a := put(t, d, b)
		if _, err := d.Derive(a.Key, Profile{MaxWidth: 100}); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(d.Root()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestKilled has processes write into a store until they are killed. Whatever
// moment that is, each blob is whole.
func TestKilled(t *testing.T) {
	if root := os.Getenv("MEDIA_TEST_STORE"); root != "" {
		d, err := New(root, Options{})
		if err != nil {
			t.Fatal(err)
		}
		b := jpegOf(t, grainy(300, 300))
		for i := 0; ; i++ {
			put(t, d, append(b, byte(i), byte(i>>8), byte(i>>16), 0xff, 0xd9))
		}
	}
	root := t.TempDir()
	for i := range 8 {
		var kids []*exec.Cmd
		for range 2 { // at the same time
			kid := exec.Command(os.Args[0], "-test.run=^TestKilled$")
			kid.Env = append(os.Environ(), "MEDIA_TEST_STORE="+root)
			if err := kid.Start(); err != nil {
				t.Skip(err)
			}
			kids = append(kids, kid)
		}
		time.Sleep(time.Duration(100+17*i) * time.Millisecond)
		for _, kid := range kids {
			kid.Process.Kill()
			kid.Wait()
		}
	}
	d, err := New(root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range files(t, filepath.Join(root, "blobs")) {
		n++
		if err := d.Verify(filepath.Base(name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n == 0 {
		t.Error("nothing was written: the test shows nothing")
	}
	d.Sweep(time.Now().Add(time.Minute))
	if left := files(t, filepath.Join(root, "tmp")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
