package source

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// The bounds of archives.
const (
	maxEntries  = 10_000
	maxUnpacked = 2 << 30  // bytes of all entries, unpacked
	maxRatio    = 100      // unpacked bytes for each packed one, of all entries
	freeRatio   = 64 << 20 // unpacked bytes up to which the ratio does not matter
	archiveMore = 8        // times as large as other inputs an archive may be
)

// ErrArchive is wrapped by the error for a ZIP archive that is broken or that
// nobody who means well makes: entries that lead out of it, links, two entries of
// one name, far more bytes unpacked than packed.
var ErrArchive = errors.New("not an archive that can be read")

// isArchive tells whether data begins as ZIP archives do.
func isArchive(data []byte) bool {
	return bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("PK\x05\x06"))
}

// unpacked returns in with the tree of the archive that its data is; other inputs
// return as they are. Where reopen is not nil, it opens the same bytes again, so
// that the tree does not keep them in memory.
func unpacked(in Input, reopen func() (fs.File, error)) (Input, error) {
	if !isArchive(in.Data) {
		return in, nil
	}
	a := &archive{bytes: opened{reopen: reopen}}
	if reopen == nil {
		a.bytes.at = bytes.NewReader(in.Data)
	}
	err := a.bytes.hold()
	if err == nil {
		defer a.bytes.release()
		if a.Reader, err = zip.NewReader(&a.bytes, int64(len(in.Data))); err == nil {
			err = a.check(int64(len(in.Data)))
		}
	}
	if err != nil {
		return Input{}, fmt.Errorf("%w: %w", ErrArchive, cause(err))
	}
	in.Files, in.Path = a, ""
	return in, nil
}

// archive is the tree within a ZIP archive whose entries were checked.
type archive struct {
	*zip.Reader
	bytes opened
}

func (a *archive) check(size int64) error {
	if len(a.File) > maxEntries {
		return fmt.Errorf("%d entries are more than %d", len(a.File), maxEntries)
	}
	seen := make(map[string]bool, len(a.File))
	total := uint64(0)
	for _, f := range a.File {
		name := path.Clean(f.Name)
		switch mode := f.Mode(); {
		case !filepath.IsLocal(f.Name) || strings.ContainsAny(name, "\\\x00") || slices.Contains(strings.Split(f.Name, "/"), ".."):
			return fmt.Errorf("the entry %q leads out of it", f.Name)
		case !mode.IsRegular() && !mode.IsDir():
			return fmt.Errorf("the entry %q is a link or a device", f.Name)
		case seen[name]:
			return fmt.Errorf("there are two entries %q", f.Name)
		case f.Flags&1 != 0:
			return fmt.Errorf("the entry %q is encrypted", f.Name)
		}
		seen[name] = true
		if f.UncompressedSize64 > maxUnpacked {
			return fmt.Errorf("the entry %q is larger than %d bytes", f.Name, maxUnpacked)
		}
		if total += f.UncompressedSize64; total > maxUnpacked || total > freeRatio && total > maxRatio*uint64(size) {
			return fmt.Errorf("%d bytes hold more than %d", size, total)
		}
	}
	return nil
}

// Open implements fs.FS.
func (a *archive) Open(name string) (fs.File, error) {
	if err := a.bytes.hold(); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: cause(err)}
	}
	file, err := a.Reader.Open(name)
	if err != nil {
		a.bytes.release()
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		a.bytes.release()
		return nil, err
	}
	if info.IsDir() {
		a.bytes.release() // it is in memory
		return file, nil
	}
	return &entry{File: file, left: info.Size(), bytes: &a.bytes}, nil
}

// entry is an open file of an archive.
type entry struct {
	fs.File
	left  int64 // bytes that it says it has
	bytes *opened
	once  sync.Once
}

func (e *entry) Read(p []byte) (int, error) {
	n, err := e.File.Read(p)
	if e.left -= int64(n); e.left < 0 {
		return 0, fmt.Errorf("%w: an entry is longer than it says", ErrArchive)
	}
	return n, err
}

func (e *entry) Close() error {
	e.once.Do(e.bytes.release)
	return e.File.Close()
}

// opened are bytes of a file that is open only while someone holds it.
type opened struct {
	reopen func() (fs.File, error) // nil: at is always there

	mu    sync.Mutex
	users int
	file  fs.File
	at    io.ReaderAt
}

func (o *opened) hold() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.reopen != nil && o.users == 0 {
		file, err := o.reopen()
		if err != nil {
			return err
		}
		at, ok := file.(io.ReaderAt)
		if !ok {
			file.Close()
			return errors.New("the file can only be read from its beginning")
		}
		o.file, o.at = file, at
	}
	o.users++
	return nil
}

func (o *opened) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.users--; o.reopen != nil && o.users == 0 {
		o.file.Close()
		o.file, o.at = nil, nil
	}
}

// ReadAt implements io.ReaderAt for who holds o.
func (o *opened) ReadAt(p []byte, off int64) (int, error) {
	o.mu.Lock()
	at := o.at
	o.mu.Unlock()
	if at == nil {
		return 0, fs.ErrClosed
	}
	return at.ReadAt(p, off)
}
