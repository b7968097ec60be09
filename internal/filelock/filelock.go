// Package filelock keeps programs out of each other's way by locks on files that
// the system lets go of when a program ends, however it ends. Where the system
// or the file system knows no locks, shared ones are taken for granted.
package filelock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ErrHeld is wrapped when another program holds the lock.
var ErrHeld = errors.New("in use by another run")

// Lock is a lock that is held.
type Lock struct {
	file *os.File // nil: of a shared lock that could not be asked for
	path string   // removed in the end; empty: it stays
}

// Shared takes the lock of path together with others who share it, and waits for
// one who has it alone. Path is made where it is missing; where it may not be
// written to, nobody can want it alone.
func Shared(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if errors.Is(err, fs.ErrPermission) {
		return &Lock{}, nil
	}
	if err != nil {
		return nil, err
	}
	if err := lock(f, false, true); err != nil {
		f.Close()
		if unsupported(err) {
			return &Lock{}, nil
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Lock{file: f}, nil
}

// Alone takes the lock of path with nobody else, or fails at once with an error
// that wraps ErrHeld.
func Alone(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := lock(f, true, false); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Lock{file: f}, nil
}

// Claim is Alone with a file of its own, which is removed with the lock. What a
// killed program left of it is in nobody's way. Where there are no locks the
// claim is granted.
func Claim(path string) (*Lock, error) {
	for range 100 {
		l, err := Alone(path)
		if unsupported(err) {
			return &Lock{}, nil
		}
		if err != nil {
			return nil, err
		}
		// Who had it before may have removed the file that we waited at.
		ours, err := l.file.Stat()
		if err == nil {
			var there os.FileInfo
			if there, err = os.Stat(path); err == nil && os.SameFile(ours, there) {
				l.path = path
				return l, nil
			}
		}
		l.Release()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s: %w", path, ErrHeld)
}

// Release lets go of the lock.
func (l *Lock) Release() {
	if l.file == nil {
		return
	}
	if l.path != "" {
		os.Remove(l.path) // while it is held, so that nobody takes what is going
	}
	l.file.Close()
	l.file = nil
}
