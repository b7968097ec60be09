// Package blob keeps bytes under the SHA-256 of themselves: documents, books and
// pictures, so that an issue can be made again. It holds them in a folder, which
// several machines may share, or in a bucket of an S3-compatible server.
//
// It decides how bytes are kept and proves that what is read is what was put. What
// they mean, who refers to them and when they may go, it leaves to its callers.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A Store keeps blobs. Several programs may use the same store at the same time: a
// blob is there whole or not at all, and never changes.
type Store interface {
	// Put reads r to its end and keeps it. A blob that was there already is as if
	// put now: Info.Modified says so, and damage is mended.
	Put(ctx context.Context, r io.Reader) (key string, n int64, err error)
	// PutFile is Put of a file whose digest is known. A folder links the file
	// where it can, so it may not be changed afterwards, only replaced or removed.
	// It is an error when the file has another digest.
	PutFile(ctx context.Context, key, path string) error
	// Open returns a blob whose digest was compared with its key. The error wraps
	// ErrNotFound when there is none and ErrDamaged when its bytes are others; from
	// then on it is not found.
	Open(ctx context.Context, key string) (Reader, error)
	// Has tells whether there is a blob, without looking at its bytes.
	Has(ctx context.Context, key string) (bool, error)
	// Keys yields all blobs in no order that means anything. After an error it ends.
	Keys(ctx context.Context) iter.Seq2[Info, error]
	// Remove removes a blob; one that is not there is no error.
	Remove(ctx context.Context, key string) error
}

// Reader is an open blob.
type Reader interface {
	io.ReadSeekCloser
	Size() int64 // bytes
}

// Info is what a store tells of a blob without opening it.
type Info struct {
	Key   string
	Bytes int64
	// Modified is when it was last put. Who removes what nothing refers to spares
	// what is younger than the time between a Put and the row that names its key.
	Modified time.Time
}

var (
	ErrNotFound = errors.New("not in the store")
	ErrDamaged  = errors.New("damaged in the store")
)

// Options are where and how blobs are kept. The zero value is good for file://
// and for buckets that anyone may write to.
type Options struct {
	Dir   string           // the folder that an empty address stands for
	Temp  string           // where lies what goes to a bucket and what is open of one; empty: os.TempDir
	Clock func() time.Time // nil: a folder leaves the times of linked files and what killed programs left in tmp as they are
	// Credentials of an S3-compatible server; empty: requests are not signed.
	AccessKey, SecretKey, SessionToken string
}

// OpenURL opens the store at an address:
//
//	(empty)                the folder Options.Dir
//	file:///srv/leporello  a folder, which is made if it is missing
//	s3://bucket/prefix?endpoint=host:port&region=eu-central-1&insecure=1
//
// The endpoint of a bucket may be left out for Amazon's; insecure=1 speaks HTTP
// instead of HTTPS. A server is asked for its bucket at once.
func OpenURL(ctx context.Context, address string, o Options) (Store, error) {
	if address == "" {
		return NewFolder(o.Dir, o.Clock)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("store: not an address, as file:///srv/leporello and s3://bucket/prefix are") // the address may hold a secret
	}
	switch u.Scheme {
	case "s3":
		return openBucket(ctx, u, o)
	case "file":
		if u.Host != "" && u.Host != "localhost" || u.RawQuery != "" || u.Fragment != "" || !strings.HasPrefix(u.Path, "/") {
			return nil, fmt.Errorf("store %q: want file:/// and an absolute path", u.Redacted())
		}
		dir := filepath.FromSlash(u.Path)
		if filepath.VolumeName(dir[1:]) != "" {
			dir = dir[1:] // file:///C:/books
		}
		return NewFolder(dir, o.Clock)
	}
	return nil, fmt.Errorf("store %q: want file:///path or s3://bucket/prefix", u.Redacted())
}

// ReadAll returns the bytes of a blob of no more than limit bytes.
func ReadAll(ctx context.Context, s Store, key string, limit int64) ([]byte, error) {
	r, err := s.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if r.Size() > limit {
		return nil, fmt.Errorf("blob: %.8s: %d bytes, more than %d", key, r.Size(), limit)
	}
	b := make([]byte, r.Size())
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("blob: %.8s: %w", key, err)
	}
	return b, nil
}

// validKey tells whether key is a digest as Put makes them, so that no name of
// another file or object is ever built from one.
func validKey(key string) bool {
	b, err := hex.DecodeString(key)
	return err == nil && len(b) == sha256.Size && key == strings.ToLower(key)
}

func notFound(key string) error {
	return fmt.Errorf("blob: %.8s: %w", key, ErrNotFound)
}

var errOther = errors.New("the file has another digest than its key")

// putFile is PutFile by Put.
func putFile(ctx context.Context, s Store, key, path string) error {
	src, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	defer src.Close()
	is, _, err := s.Put(ctx, src)
	if err == nil && is != key {
		err = fmt.Errorf("blob: %s: %w", path, errOther)
	}
	return err
}

// file is an open file of which a whole blob is known to be the content.
type file struct {
	*os.File
	size int64
}

func (f *file) Size() int64 { return f.size }

// digest reads r to its end.
func digest(ctx context.Context, r io.Reader) (key string, n int64, err error) {
	h := sha256.New()
	n, err = io.Copy(h, &within{ctx, r})
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// spool writes r to w and returns its digest.
func spool(ctx context.Context, w io.Writer, r io.Reader) (key string, n int64, err error) {
	return digest(ctx, io.TeeReader(r, w))
}

// within is a reader that ends with a context.
type within struct {
	ctx context.Context
	r   io.Reader
}

func (w *within) Read(p []byte) (int, error) {
	if err := context.Cause(w.ctx); err != nil {
		return 0, err
	}
	return w.r.Read(p)
}
