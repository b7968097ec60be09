package media

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Options bound what a Dir takes in. The zero value is good.
type Options struct {
	MaxBytes  int64 // of one picture; 0 is 25 MiB
	MaxPixels int64 // width times height of one picture; 0 is 40,000,000
	MaxSide   int   // pixels; 0 is 20,000
	// Memory bounds the decoded pixels of all pictures that are worked on at the
	// same time, in bytes; 0 is 48 MiB. A picture that needs more than all of it
	// is worked on alone.
	Memory int64
	// Letters sets the text of drawings in SVG that are turned into pixels; nil: they
	// have none, and Asset.Lost says so.
	Letters Letters
}

// Dir is a Store in a folder. Several processes may use the same folder: files
// appear there whole, by renaming, and are never changed.
//
// The folder holds blobs/ab/cd/abcd…, each named by the SHA-256 of its bytes;
// derived/ab/…, which say what blob was made from which for a profile; and
// tmp, what is being written. All of it may be deleted at any time.
type Dir struct {
	root  string
	opts  Options
	heavy *semaphore.Weighted // bytes of decoded pixels

	mu     sync.Mutex
	facts  map[string]facts   // of blobs that were looked at; a cache of bounded size
	making map[string]*making // by profile and key
	made   map[string]made    // the same, done; a cache of bounded size
}

// cached is how many entries the caches of a Dir in memory have at most.
const cached = 8192

// New returns the store in the folder root, which is made if it is missing.
func New(root string, opts Options) (*Dir, error) {
	if opts.MaxBytes == 0 {
		opts.MaxBytes = 25 << 20
	}
	if opts.MaxPixels == 0 {
		opts.MaxPixels = 40_000_000
	}
	if opts.MaxSide == 0 {
		opts.MaxSide = 20_000
	}
	if opts.Memory == 0 {
		opts.Memory = 48 << 20
	}
	d := &Dir{
		root: root, opts: opts, heavy: semaphore.NewWeighted(opts.Memory),
		facts: map[string]facts{}, making: map[string]*making{}, made: map[string]made{},
	}
	for _, name := range []string{"blobs", "derived", "tmp"} {
		if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
			return nil, fmt.Errorf("media: %w", err)
		}
	}
	return d, nil
}

// Root returns the folder of the store.
func (d *Dir) Root() string { return d.root }

// Sweep removes what killed processes left in tmp before the given time. Its
// errors do not matter: the next run tries again.
func (d *Dir) Sweep(before time.Time) {
	tmp := filepath.Join(d.root, "tmp")
	entries, err := os.ReadDir(tmp)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.ModTime().Before(before) {
			os.Remove(filepath.Join(tmp, e.Name()))
		}
	}
}

var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

// Put reads a picture to its end and keeps it. What is no picture is refused
// after its first bytes, what claims too many pixels before it is kept. The
// error is an *Error where the picture is at fault, else that of r or the disk.
func (d *Dir) Put(r io.Reader) (Asset, error) {
	bp := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(bp)
	in := &incoming{d: d, buf: *bp}
	f, err := in.read(r)
	if err != nil {
		in.discard()
		return Asset{}, err
	}
	d.remember(f.Key, f)
	return f.Asset, nil
}

// incoming is a picture that is being read. What fits the buffer is looked at
// there, so that a small picture that is already kept costs no file.
type incoming struct {
	d     *Dir
	buf   []byte
	n     int // bytes waiting in buf
	total int64
	known bool // the first bytes are those of a picture
	sum   [sha256.Size]byte
	tmp   *os.File // nil while all bytes are in buf
}

func (in *incoming) read(r io.Reader) (facts, error) {
	h := sha256.New()
	for {
		n, err := r.Read(in.buf[in.n:])
		h.Write(in.buf[in.n : in.n+n])
		in.n, in.total = in.n+n, in.total+int64(n)
		if in.total > in.d.opts.MaxBytes {
			return facts{}, fail(TooLarge, "more than %d bytes", in.d.opts.MaxBytes)
		}
		if !in.known && (in.n >= SniffLen || err == io.EOF) {
			if Sniff(in.buf[:in.n]) == Unknown {
				if in.n == 0 {
					return facts{}, fail(NotAnImage, "empty")
				}
				return facts{}, fail(NotAnImage, "not a picture")
			}
			in.known = true
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return facts{}, fmt.Errorf("media: %w", err)
		}
		if in.n == len(in.buf) {
			if err := in.spill(); err != nil {
				return facts{}, err
			}
		}
	}
	h.Sum(in.sum[:0])
	return in.keep()
}

// spill writes what waits in the buffer to the temporary file.
func (in *incoming) spill() error {
	if in.tmp == nil {
		tmp, err := in.d.temp("put-*")
		if err != nil {
			return err
		}
		in.tmp = tmp
	}
	if _, err := in.tmp.Write(in.buf[:in.n]); err != nil {
		return fmt.Errorf("media: %w", err)
	}
	in.n = 0
	return nil
}

// keep looks at the picture, which is there to its end, and gives it its name.
func (in *incoming) keep() (facts, error) {
	var r io.ReaderAt = bytes.NewReader(in.buf[:in.n])
	if in.tmp != nil {
		if err := in.spill(); err != nil {
			return facts{}, err
		}
		r = in.tmp
	}
	f, err := in.d.examine(r, in.total)
	if err != nil {
		return facts{}, err
	}
	f.Key = hex.EncodeToString(in.sum[:])
	name := in.d.blob(f.Key)
	if info, err := os.Stat(name); err == nil && info.Size() == in.total && in.d.trusted(f.Key) {
		in.discard()
		return f, nil
	}
	if in.tmp == nil {
		if err := in.spill(); err != nil {
			return facts{}, err
		}
	}
	tmp := in.tmp
	in.tmp = nil
	return f, in.d.settle(tmp, name)
}

// discard removes the temporary file.
func (in *incoming) discard() {
	if in.tmp != nil {
		in.tmp.Close()
		os.Remove(in.tmp.Name())
		in.tmp = nil
	}
}

// temp makes a file that settle gives its name later.
func (d *Dir) temp(pattern string) (*os.File, error) {
	dir := filepath.Join(d.root, "tmp")
	f, err := os.CreateTemp(dir, pattern)
	if errors.Is(err, fs.ErrNotExist) && os.MkdirAll(dir, 0o755) == nil {
		f, err = os.CreateTemp(dir, pattern)
	}
	if err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	return f, nil
}

// settle closes a temporary file and renames it to name. It does not wait for
// the disk: what a power cut tears is found when it is next used, since names
// are digests.
func (d *Dir) settle(tmp *os.File, name string) error {
	err := tmp.Close()
	if err == nil {
		err = os.Rename(tmp.Name(), name)
		if errors.Is(err, fs.ErrNotExist) {
			if err = os.MkdirAll(filepath.Dir(name), 0o755); err == nil {
				err = os.Rename(tmp.Name(), name)
			}
		}
	}
	if err != nil {
		os.Remove(tmp.Name())
		// Where an open file cannot be replaced, the same blob is already there.
		if _, serr := os.Stat(name); serr == nil {
			return nil
		}
		return fmt.Errorf("media: %w", err)
	}
	return nil
}

// examine reads the headers of a picture and refuses more pixels than allowed.
func (d *Dir) examine(r io.ReaderAt, size int64) (facts, error) {
	f, err := readFacts(r, size)
	if err != nil {
		return f, err
	}
	if f.letters && d.opts.Letters == nil {
		f.Lost = strings.TrimPrefix(f.Lost+", text where it has to be drawn", ", ")
	}
	if f.Width > d.opts.MaxSide || f.Height > d.opts.MaxSide ||
		int64(f.Width)*int64(f.Height) > d.opts.MaxPixels {
		return f, fail(DecodeLimit, "%d×%d pixels", f.Width, f.Height)
	}
	return f, nil
}

func (d *Dir) blob(key string) string {
	return filepath.Join(d.root, "blobs", key[:2], key[2:4], key)
}

// Path returns the file of an asset, for those who link or copy it; what is there may
// be removed at any time.
func (d *Dir) Path(key string) (string, error) {
	f, err := d.open(key)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return f.Name(), nil
}

// validKey tells whether key is a digest as Put makes them, so that no name of
// another file is ever built from it.
func validKey(key string) bool {
	if len(key) != 2*sha256.Size {
		return false
	}
	for i := 0; i < len(key); i++ {
		if c := key[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// trusted tells whether a blob that is there is what its name says. Those that
// this process has put or looked at before are not read again.
func (d *Dir) trusted(key string) bool {
	d.mu.Lock()
	_, ok := d.facts[key]
	d.mu.Unlock()
	return ok || d.Verify(key) == nil
}

func (d *Dir) remember(key string, f facts) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.facts) >= cached {
		clear(d.facts)
	}
	d.facts[key] = f
}

// look returns the facts of a kept picture.
func (d *Dir) look(key string) (facts, error) {
	d.mu.Lock()
	f, ok := d.facts[key]
	d.mu.Unlock()
	if ok {
		return f, nil
	}
	file, err := d.open(key)
	if err != nil {
		return facts{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return facts{}, fmt.Errorf("media: %w", err)
	}
	f, err = d.examine(file, info.Size())
	if err != nil {
		return facts{}, err
	}
	f.Key = key
	d.remember(key, f)
	return f, nil
}

// Stat returns what is known of an asset, or an error that wraps fs.ErrNotExist.
func (d *Dir) Stat(key string) (Asset, error) {
	f, err := d.look(key)
	return f.Asset, err
}

// Open opens the bytes of an asset for reading.
func (d *Dir) Open(key string) (File, error) {
	f, err := d.open(key)
	if err != nil {
		return nil, err // no nil *os.File in a File
	}
	return f, nil
}

func (d *Dir) open(key string) (*os.File, error) {
	if !validKey(key) {
		return nil, fmt.Errorf("media: %q is no key: %w", key, fs.ErrNotExist)
	}
	f, err := os.Open(d.blob(key))
	if errors.Is(err, fs.ErrNotExist) {
		// The reason may be printed in a book: it names no folder of this machine.
		return nil, fmt.Errorf("media: picture %.8s is not in the store: %w", key, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	return f, nil
}

// Verify reads a blob and compares it with its name. One that differs is
// removed, and the error wraps fs.ErrNotExist as if it had never been there.
func (d *Dir) Verify(key string) error {
	f, err := d.open(key)
	if err != nil {
		return err
	}
	bp := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(bp)
	h := sha256.New()
	_, err = io.CopyBuffer(h, onlyReader{f}, *bp)
	f.Close()
	if err != nil {
		return fmt.Errorf("media: %w", err)
	}
	if hex.EncodeToString(h.Sum(nil)) == key {
		return nil
	}
	d.mu.Lock()
	delete(d.facts, key)
	d.mu.Unlock()
	if err := os.Remove(d.blob(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("media: damaged blob: %w", err)
	}
	return fmt.Errorf("media: blob %s was damaged: %w", key, fs.ErrNotExist)
}

// onlyReader hides the other methods of a file, so that io.CopyBuffer uses the buffer.
type onlyReader struct{ io.Reader }
