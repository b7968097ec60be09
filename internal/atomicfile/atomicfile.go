// Package atomicfile replaces files whole: what stands at a path is the old
// file until the new one is complete and on the disk. Two programs may
// write the same path, and the last one counts; who wants to be alone claims it.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/leporello-press/leporello/internal/filelock"
)

// Claim takes path for this program until the lock is released, or fails with an
// error that wraps filelock.ErrHeld. What is no regular file is nobody's.
func Claim(path string) (*filelock.Lock, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return &filelock.Lock{}, nil
	}
	l, err := filelock.Claim(filepath.Join(filepath.Dir(path), tempPrefix(path)+"lock"))
	if errors.Is(err, filelock.ErrHeld) {
		err = filelock.ErrHeld // the name of the lock says nothing to a person
	}
	return l, err
}

// File is a file being written beside the path it will have.
type File struct {
	*os.File
	path string
	// direct: the path is no regular file (a terminal, a pipe, /dev/null), which
	// cannot be replaced, so that it is written as it comes.
	direct bool
	done   bool
}

// Create begins a new file for path. It is made in the same folder, under a name that
// begins with a dot, and stays there until Commit or Abort. Where path is a
// symbolic link, what it leads to is replaced and the link stays.
func Create(path string) (*File, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	mode := fs.FileMode(0o666) // less the umask
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return nil, &fs.PathError{Op: "create", Path: path, Err: errors.New("is a folder")}
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &File{File: f, path: path, direct: true}, nil
	}
	dir, prefix := filepath.Dir(path), tempPrefix(path)
	for n := 0; ; n++ {
		name := filepath.Join(dir, fmt.Sprintf("%s%d-%d%s", prefix, os.Getpid(), n, suffix))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) && n < 10_000 {
			continue
		}
		if err != nil {
			return nil, err
		}
		return &File{File: f, path: path}, nil
	}
}

// Commit puts the file in its place, once its bytes are on the disk. After an
// error the old file still stands and nothing is left of the new one.
func (f *File) Commit() (err error) {
	if f.done {
		return errors.New("atomicfile: already committed or aborted")
	}
	defer func() {
		if err != nil {
			f.Abort()
		}
	}()
	if f.direct {
		f.done = true
		return f.Close()
	}
	if info, err := os.Stat(f.path); err == nil {
		// A person may have narrowed the permissions of the old file.
		if err := f.Chmod(info.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), f.path); err != nil {
		return err
	}
	f.done = true
	// The new name is on the disk when the folder is. Some systems cannot sync a
	// folder; the file is whole there all the same.
	if dir, err := os.Open(filepath.Dir(f.path)); err == nil {
		dir.Sync()
		dir.Close()
	}
	return nil
}

// Abort removes what was written. After Commit it does nothing.
func (f *File) Abort() {
	if f.done {
		return
	}
	f.done = true
	f.Close()
	if !f.direct {
		os.Remove(f.Name())
	}
}

// Sweep removes what a killed program left of files for path, older than before.
// It returns how many it removed; what it cannot remove stays.
func Sweep(path string, before time.Time) int {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	dir, prefix := filepath.Dir(path), tempPrefix(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	n := 0
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) || !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && info.ModTime().Before(before) && os.Remove(filepath.Join(dir, e.Name())) == nil {
			n++
		}
	}
	return n
}

const suffix = ".tmp"

// tempPrefix is what the names of unfinished files for path begin with. It is
// cut so that the whole stays below the 255 bytes that file systems allow.
func tempPrefix(path string) string {
	name := filepath.Base(path)
	for len(name) > 200 {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return "." + name + "."
}
