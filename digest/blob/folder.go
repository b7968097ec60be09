package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// Folder is a Store of files. They appear by renaming, so that it needs no locks
// and may lie on a disk that several machines share. (Of NFS, mounts with the option
// lookupcache=positive see at once what another machine has put.)
//
// It holds ab/cd/abcd…, each named by the SHA-256 of its bytes; tmp, what is being
// written; and damaged, what was found to differ from its name, for a person to look at.
type Folder struct {
	root  string
	clock func() time.Time
}

// leftover is how old a file in tmp is that nobody can still be writing.
const leftover = 24 * time.Hour

// NewFolder returns the store in a folder, which is made if it is missing.
// clock is as Options.Clock.
func NewFolder(root string, clock func() time.Time) (*Folder, error) {
	f := &Folder{root: root, clock: clock}
	tmp := filepath.Join(root, "tmp")
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	if clock == nil {
		return f, nil
	}
	before := clock().Add(-leftover)
	entries, err := os.ReadDir(tmp)
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.ModTime().Before(before) {
			os.Remove(filepath.Join(tmp, e.Name())) // what cannot be removed stays until the next time
		}
	}
	return f, nil
}

func (f *Folder) path(key string) string {
	return filepath.Join(f.root, key[:2], key[2:4], key)
}

// Put implements Store.
func (f *Folder) Put(ctx context.Context, r io.Reader) (string, int64, error) {
	tmp, err := f.temp()
	if err != nil {
		return "", 0, fmt.Errorf("blob: %w", err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	key, n, err := spool(ctx, tmp, r)
	if err == nil {
		err = f.settle(ctx, tmp, key)
	}
	if err != nil {
		return "", 0, fmt.Errorf("blob: %w", err)
	}
	return key, n, nil
}

// PutFile implements Store.
func (f *Folder) PutFile(ctx context.Context, key, path string) error {
	if !validKey(key) {
		return fmt.Errorf("blob: %q is no key", key)
	}
	if !f.sound(ctx, key) {
		linked, err := f.link(ctx, key, path)
		if linked || err != nil {
			return err
		}
		return putFile(ctx, f, key, path)
	}
	return f.touch(f.path(key))
}

// link puts a file without copying it, where the system can.
func (f *Folder) link(ctx context.Context, key, path string) (bool, error) {
	// The link of a symbolic link would be one itself.
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return false, nil
	}
	tmp, err := f.free(func(name string) (*os.File, error) {
		if err := os.Link(path, name); err != nil {
			return nil, err
		}
		file, err := os.OpenFile(name, os.O_RDWR, 0) // what is read only cannot be synced everywhere
		if err != nil {
			os.Remove(name)
		}
		return file, err
	})
	if err != nil {
		return false, nil
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	is, _, err := digest(ctx, tmp)
	if err == nil && is != key {
		err = errOther
	}
	if err == nil {
		err = f.touch(tmp.Name())
	}
	if err == nil {
		err = f.settle(ctx, tmp, key)
	}
	if err != nil {
		return false, fmt.Errorf("blob: %s: %w", path, err)
	}
	return true, nil
}

// temp makes a file that settle gives its name.
func (f *Folder) temp() (*os.File, error) {
	return f.free(func(name string) (*os.File, error) {
		return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666) // less the umask: several people may share the folder
	})
}

// free calls open with a name in tmp that nobody has: nor one of another machine,
// nor, when it is taken away in the end, one that has come since.
func (f *Folder) free(open func(name string) (*os.File, error)) (*os.File, error) {
	for range 100 {
		file, err := open(filepath.Join(f.root, "tmp", fmt.Sprintf("%016x", rand.Uint64())))
		if !errors.Is(err, fs.ErrExist) {
			return file, err
		}
	}
	return nil, fs.ErrExist
}

// settle gives a whole file its name, once its bytes are on the disk.
func (f *Folder) settle(ctx context.Context, tmp *os.File, key string) error {
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	name := f.path(key)
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), name); err != nil {
		// Where an open file cannot be replaced, the same blob is already there.
		if f.sound(ctx, key) {
			return nil
		}
		return err
	}
	// A name is on the disk when its folder is. Some systems cannot sync a folder.
	for _, d := range []string{dir, filepath.Dir(dir), f.root} {
		if h, err := os.Open(d); err == nil {
			h.Sync()
			h.Close()
		}
	}
	return nil
}

// sound tells whether a blob is there and is what its name says.
func (f *Folder) sound(ctx context.Context, key string) bool {
	r, err := os.Open(f.path(key))
	if err != nil {
		return false
	}
	defer r.Close()
	is, _, err := digest(ctx, r)
	return err == nil && is == key
}

// touch says that a file was put now.
func (f *Folder) touch(name string) error {
	if f.clock == nil {
		return nil
	}
	return os.Chtimes(name, time.Time{}, f.clock())
}

// Open implements Store. What is damaged is moved aside.
func (f *Folder) Open(ctx context.Context, key string) (Reader, error) {
	if !validKey(key) {
		return nil, notFound(key)
	}
	r, err := os.Open(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(key)
	}
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	is, n, err := digest(ctx, r)
	if err == nil {
		_, err = r.Seek(0, io.SeekStart)
	}
	if err == nil && is == key {
		return &file{r, n}, nil
	}
	defer r.Close()
	if err != nil {
		return nil, fmt.Errorf("blob: %.8s: %w", key, err)
	}
	if err := f.aside(r, key); err != nil {
		return nil, fmt.Errorf("blob: %.8s: %w; it cannot be moved aside: %w", key, ErrDamaged, err)
	}
	return nil, fmt.Errorf("blob: %.8s: %w", key, ErrDamaged)
}

// aside moves the damaged file r out of the way, unless another has replaced it.
func (f *Folder) aside(r *os.File, key string) error {
	ours, err := r.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(f.path(key))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(ours, there) {
		return nil
	}
	if err != nil {
		return err
	}
	dir := filepath.Join(f.root, "damaged")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	err = os.Rename(f.path(key), filepath.Join(dir, key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Has implements Store.
func (f *Folder) Has(_ context.Context, key string) (bool, error) {
	if !validKey(key) {
		return false, nil
	}
	info, err := os.Stat(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("blob: %w", err)
	}
	return info.Mode().IsRegular(), nil
}

// Keys implements Store.
func (f *Folder) Keys(ctx context.Context) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		err := filepath.WalkDir(f.root, func(name string, e fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil // removed since its folder was read
			case err != nil:
				return err
			case e.IsDir() || !validKey(e.Name()) || name != f.path(e.Name()):
				return context.Cause(ctx)
			}
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err == nil && !yield(Info{Key: e.Name(), Bytes: info.Size(), Modified: info.ModTime()}, nil) {
				return fs.SkipAll
			}
			return err
		})
		if err != nil {
			yield(Info{}, fmt.Errorf("blob: %w", err))
		}
	}
}

// Remove implements Store.
func (f *Folder) Remove(_ context.Context, key string) error {
	if !validKey(key) {
		return nil
	}
	if err := os.Remove(f.path(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("blob: %w", err)
	}
	return nil
}
