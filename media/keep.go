package media

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Kept is a file of a Dir, as those see it who tidy up.
type Kept struct {
	Key   string // of the asset
	Bytes int64
	Used  time.Time // when it was last put or touched
}

// Note says what was made of an asset.
type Note struct {
	From string   // the key of what was made into something else; empty: unknown
	Keys []string // of what was made of it
	file string
}

// Touch notes that an asset is used now.
func (d *Dir) Touch(key string, now time.Time) {
	if validKey(key) {
		os.Chtimes(d.blob(key), time.Time{}, now)
	}
}

// Blobs yields the assets of the folder, in the order of their keys. What stands
// there under names that are no keys is not ours.
func (d *Dir) Blobs() iter.Seq2[Kept, error] {
	return walk(filepath.Join(d.root, "blobs"), func(name string, info fs.FileInfo) (Kept, bool) {
		return Kept{Key: info.Name(), Bytes: info.Size(), Used: info.ModTime()}, name == d.blob(info.Name())
	})
}

// Notes yields what is known of assets that were made from others.
func (d *Dir) Notes() iter.Seq2[Note, error] {
	return walk(filepath.Join(d.root, "derived"), func(name string, info fs.FileInfo) (Note, bool) {
		b, err := os.ReadFile(name)
		if err != nil {
			return Note{}, false
		}
		n := Note{file: name}
		for line := range strings.SplitSeq(string(b), "\n") {
			if from, ok := strings.CutPrefix(line, fromPrefix); ok {
				n.From = from
			} else {
				n.Keys = append(n.Keys, line)
			}
		}
		return n, true
	})
}

// walk yields what look makes of the files below a folder that are named by digests.
func walk[T any](folder string, look func(name string, info fs.FileInfo) (T, bool)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := filepath.WalkDir(folder, func(name string, e fs.DirEntry, err error) error {
			if err == nil && !e.Type().IsRegular() || errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			var info fs.FileInfo
			if err == nil {
				info, err = e.Info()
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil // someone else was faster
			}
			if err != nil {
				return err
			}
			if !validKey(e.Name()) {
				return nil
			}
			if v, ok := look(name, info); ok && !yield(v, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			var none T
			yield(none, fmt.Errorf("media: %w", err))
		}
	}
}

// Remove removes an asset. Nobody may be using it. That it is gone already is no
// error.
func (d *Dir) Remove(key string) error {
	if !validKey(key) {
		return fmt.Errorf("media: %q is no key", key)
	}
	d.mu.Lock()
	delete(d.facts, key)
	d.mu.Unlock()
	return remove(d.blob(key))
}

// Forget removes a note.
func (d *Dir) Forget(n Note) error { return remove(n.file) }

func remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("media: %w", err)
	}
	return nil
}
