package main

import (
	"os"
	"path/filepath"

	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/media/fetch"
	"github.com/leporello-press/leporello/press"
	"github.com/leporello-press/leporello/press/online"
)

// openStore opens the cache of pictures and gives the job its store and fetcher.
// The function that it returns lets go of them.
func (b *build) openStore(job *press.Job) (done func(), err error) {
	dir, temporary, err := b.cacheFolder()
	if err != nil {
		return nil, err
	}
	store, err := media.New(filepath.Join(dir, "pictures"), media.Options{})
	if err != nil {
		return nil, &cacheError{err}
	}
	f, err := fetch.New(fetch.Options{Store: store, Offline: b.offline, Allow: b.allow})
	if err != nil {
		return nil, &cacheError{err}
	}
	b.store = store
	job.Assets, job.Pictures = store, online.Fetcher(f)
	return func() {
		f.Close()
		if temporary {
			os.RemoveAll(dir)
		}
	}, nil
}

// cacheError is why the cache cannot be used.
type cacheError struct{ err error }

func (c *cacheError) Error() string { return "the cache: " + plain(c.err) }
func (c *cacheError) Unwrap() error { return c.err }
