package blob

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// bucket is a Store of objects on an S3-compatible server: ab/cd/abcd… below a
// prefix, and damaged/abcd… for a person to look at. What is put or open lies in a
// file of this machine meanwhile, never in memory.
type bucket struct {
	core   minio.Core
	name   string
	prefix string // empty or with a slash at its end
	temp   string
	stall  time.Duration
}

const (
	// stall is how long a server may send and take nothing.
	stall = time.Minute
	// tries is how often a request is made, and a transfer that ends early.
	tries = 4
)

// openBucket returns the store at an address s3://….
func openBucket(ctx context.Context, u *url.URL, o Options) (*bucket, error) {
	mistake := func(what string) error { return fmt.Errorf("store %q: %s", u.Redacted(), what) }
	if u.User != nil {
		return nil, mistake("keys do not belong in the address; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	q := u.Query()
	for key := range q {
		if key != "endpoint" && key != "region" && key != "insecure" {
			return nil, mistake("unknown parameter " + key + "; known are endpoint, region and insecure")
		}
	}
	secure := q.Get("insecure") != "1"
	if !secure && q.Get("endpoint") == "" {
		return nil, mistake("insecure=1 is for an endpoint of your own")
	}
	endpoint, region := q.Get("endpoint"), q.Get("region")
	switch {
	case endpoint == "":
		endpoint = "s3.amazonaws.com"
	case region == "":
		region = "us-east-1" // what servers that have no regions call theirs
	}
	transport, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, mistake(err.Error())
	}
	transport.ResponseHeaderTimeout = stall
	c, err := minio.New(endpoint, &minio.Options{
		Creds:      credentials.NewStaticV4(o.AccessKey, o.SecretKey, o.SessionToken), // empty: not signed
		Secure:     secure,
		Transport:  transport,
		Region:     region,
		MaxRetries: tries,
	})
	if err != nil {
		return nil, mistake(err.Error())
	}
	prefix := strings.Trim(path.Clean("/"+u.Path), "/")
	if prefix != "" {
		prefix += "/"
	}
	b := &bucket{core: minio.Core{Client: c}, name: u.Host, prefix: prefix, temp: o.Temp, stall: stall}
	there, err := c.BucketExists(ctx, b.name)
	if err == nil && !there {
		err = errors.New("there is no such bucket, or the keys do not open it")
	}
	if err != nil && minio.ToErrorResponse(err).StatusCode != http.StatusForbidden { // keys may open the objects alone
		return nil, fmt.Errorf("store %q: %w", u.Redacted(), err)
	}
	return b, nil
}

func (b *bucket) object(key string) string {
	return b.prefix + key[:2] + "/" + key[2:4] + "/" + key
}

// Put implements Store.
func (b *bucket) Put(ctx context.Context, r io.Reader) (string, int64, error) {
	tmp, err := os.CreateTemp(b.temp, "leporello-put-*")
	if err != nil {
		return "", 0, fmt.Errorf("blob: %w", err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	key, n, err := spool(ctx, tmp, r)
	if err == nil {
		err = b.upload(ctx, key, tmp, n)
	}
	if err != nil {
		return "", 0, fmt.Errorf("blob: %w", err)
	}
	return key, n, nil
}

// PutFile implements Store.
func (b *bucket) PutFile(ctx context.Context, key, path string) error {
	src, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	defer src.Close()
	is, n, err := digest(ctx, src)
	if err == nil && is != key {
		err = errOther
	}
	if err == nil {
		err = b.upload(ctx, key, src, n)
	}
	if err != nil {
		return fmt.Errorf("blob: %s: %w", path, err)
	}
	return nil
}

// upload puts the n bytes of a file in one request, whose digest the server checks
// if it knows how to.
func (b *bucket) upload(ctx context.Context, key string, f *os.File, n int64) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum, err := hex.DecodeString(key)
	if err != nil {
		return err
	}
	ctx, watch := patience(ctx, b.stall)
	defer watch.stop()
	_, err = b.core.Client.PutObject(ctx, b.name, b.object(key), f, n, minio.PutObjectOptions{
		DisableMultipart: true, // whole or not there
		UserMetadata:     map[string]string{"X-Amz-Checksum-Sha256": base64.StdEncoding.EncodeToString(sum)},
		Progress:         watch,
	})
	return watch.cause(ctx, err)
}

// Open implements Store. What is damaged is moved aside.
func (b *bucket) Open(ctx context.Context, key string) (Reader, error) {
	if !validKey(key) {
		return nil, notFound(key)
	}
	tmp, err := os.CreateTemp(b.temp, "leporello-open-*")
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	f := &borrowed{file{File: tmp}}
	var etag string
	for try := 1; ; try++ {
		var is string
		if is, etag, err = b.download(ctx, key, f); err == nil && is == key {
			return f, nil
		}
		if missing(err) || ctx.Err() != nil || try == tries {
			break
		}
	}
	f.Close()
	switch {
	case missing(err):
		return nil, notFound(key)
	case err != nil:
		return nil, fmt.Errorf("blob: %.8s: %w", key, err)
	}
	if err := b.aside(ctx, key, etag); err != nil {
		return nil, fmt.Errorf("blob: %.8s: %w; it cannot be moved aside: %w", key, ErrDamaged, err)
	}
	return nil, fmt.Errorf("blob: %.8s: %w", key, ErrDamaged)
}

// download fills f with an object and returns the digest of what came.
func (b *bucket) download(ctx context.Context, key string, f *borrowed) (is, etag string, err error) {
	if err := f.Truncate(0); err != nil {
		return "", "", err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", "", err
	}
	ctx, watch := patience(ctx, b.stall)
	defer watch.stop()
	body, info, _, err := b.core.GetObject(ctx, b.name, b.object(key), minio.GetObjectOptions{})
	if err != nil {
		return "", "", watch.cause(ctx, err)
	}
	defer body.Close()
	is, f.size, err = spool(ctx, f, io.TeeReader(body, watch))
	if err != nil {
		return "", "", watch.cause(ctx, err)
	}
	_, err = f.Seek(0, io.SeekStart)
	return is, info.ETag, err
}

// aside moves a damaged object out of the way, unless another has replaced it.
func (b *bucket) aside(ctx context.Context, key, etag string) error {
	_, err := b.core.Client.CopyObject(ctx,
		minio.CopyDestOptions{Bucket: b.name, Object: b.prefix + "damaged/" + key},
		minio.CopySrcOptions{Bucket: b.name, Object: b.object(key), MatchETag: etag})
	if missing(err) || minio.ToErrorResponse(err).StatusCode == http.StatusPreconditionFailed {
		return nil
	}
	if err != nil {
		return err
	}
	return b.core.RemoveObject(ctx, b.name, b.object(key), minio.RemoveObjectOptions{})
}

// Has implements Store.
func (b *bucket) Has(ctx context.Context, key string) (bool, error) {
	if !validKey(key) {
		return false, nil
	}
	_, err := b.core.StatObject(ctx, b.name, b.object(key), minio.StatObjectOptions{})
	if missing(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("blob: %.8s: %w", key, err)
	}
	return true, nil
}

// Keys implements Store.
func (b *bucket) Keys(ctx context.Context) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for o := range b.core.ListObjectsIter(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix, Recursive: true}) {
			if o.Err != nil {
				yield(Info{}, fmt.Errorf("blob: %w", o.Err))
				return
			}
			key := path.Base(o.Key)
			if validKey(key) && o.Key == b.object(key) && !yield(Info{Key: key, Bytes: o.Size, Modified: o.LastModified}, nil) {
				return
			}
		}
		if err := context.Cause(ctx); err != nil {
			yield(Info{}, fmt.Errorf("blob: %w", err))
		}
	}
}

// Remove implements Store.
func (b *bucket) Remove(ctx context.Context, key string) error {
	if !validKey(key) {
		return nil
	}
	if err := b.core.RemoveObject(ctx, b.name, b.object(key), minio.RemoveObjectOptions{}); err != nil && !missing(err) {
		return fmt.Errorf("blob: %.8s: %w", key, err)
	}
	return nil
}

func missing(err error) bool {
	return err != nil && minio.ToErrorResponse(err).Code == minio.NoSuchKey
}

// borrowed is an open blob in a temporary file, which goes when it is closed.
type borrowed struct{ file }

func (f *borrowed) Close() error {
	err := f.File.Close()
	if rerr := os.Remove(f.Name()); err == nil && !errors.Is(rerr, os.ErrNotExist) {
		err = rerr
	}
	return err
}

// watch ends a transfer in which nothing moves. Whatever moves is written to it, or
// read from it.
type watch struct {
	timer *time.Timer
	stall time.Duration
	end   context.CancelCauseFunc
}

var errStalled = errors.New("the server does not answer")

func patience(ctx context.Context, stall time.Duration) (context.Context, *watch) {
	ctx, end := context.WithCancelCause(ctx)
	return ctx, &watch{time.AfterFunc(stall, func() { end(errStalled) }), stall, end}
}

func (w *watch) stop() {
	w.timer.Stop()
	w.end(nil)
}

// cause returns what ended a transfer with err.
func (w *watch) cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); err != nil && c != nil {
		return c
	}
	return err
}

func (w *watch) Write(p []byte) (int, error) {
	w.timer.Reset(w.stall)
	return len(p), nil
}

func (w *watch) Read(p []byte) (int, error) { return w.Write(p) }
