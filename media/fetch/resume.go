package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// minResume is the size of a body in bytes from which on it is worth asking for
// the rest of one that broke off.
const minResume = 1 << 20

// resumed is a body that goes on where it broke off: the rest is asked for, on
// the condition that it is still the rest of the same (RFC 9110, 13.1.5).
type resumed struct {
	f     *Fetcher
	ctx   context.Context
	tries *tries
	a     *answer
	size  int64
	off   int64 // what was read
	begun int64 // where the current piece begins
	watch *watch
	body  io.Closer // of the current piece, when it is not the first; else nil
}

// resumable returns a reader of the body of resp that does not end where the
// connection does, or nil where the server does not promise enough.
func (f *Fetcher) resumable(ctx context.Context, t *tries, resp *http.Response, a *answer, w *watch) *resumed {
	etag := resp.Header.Get("ETag")
	if !t.resume || resp.ContentLength < minResume || !strings.HasPrefix(etag, `"`) ||
		resp.Header.Get("Content-Encoding") != "" || strings.EqualFold(resp.Header.Get("Accept-Ranges"), "none") {
		return nil
	}
	return &resumed{f: f, ctx: ctx, tries: t, a: a, size: resp.ContentLength, watch: w}
}

func (b *resumed) Read(p []byte) (int, error) {
	for {
		n, err := b.watch.Read(p)
		b.off += int64(n)
		if n > 0 || err == nil {
			if errors.As(err, new(wireError)) {
				err = nil // it comes again
			}
			return n, err
		}
		if !errors.As(err, new(wireError)) || b.ctx.Err() != nil || b.off == b.begun || !b.goOn() {
			return 0, err
		}
	}
}

// goOn asks for the rest, and tells whether it comes.
func (b *resumed) goOn() bool {
	f, t := b.f, b.tries
	if t.n >= f.opts.Limits.Attempts || !f.spend() {
		return false
	}
	broken := *b.a
	broken.bytes = b.off - b.begun
	t.note(broken, &Error{Phrase: "the connection broke"})
	b.watch.stop() // whoever waits on purpose does not stall
	if f.opts.Clock.Sleep(b.ctx, f.backoff(t.n)) != nil {
		return false
	}
	t.n++
	b.watch.timer.Reset(b.watch.idle)
	req := newRequest(b.ctx, b.a.url, b.a.sent)
	req.Header.Set("Range", fmt.Sprintf("bytes=%d-", b.off))
	req.Header.Set("If-Range", b.a.header.Get("ETag"))
	f.count(nil)
	resp, err := f.transport.RoundTrip(req)
	if err != nil {
		return false
	}
	b.close()
	b.body = resp.Body
	var from, to, size int64
	_, err = fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &size)
	if resp.StatusCode != http.StatusPartialContent || err != nil || from != b.off || size != b.size ||
		resp.Header.Get("Content-Encoding") != "" {
		return false
	}
	b.begun, b.watch.r = b.off, resp.Body
	b.watch.begun, b.watch.got, b.watch.n = time.Now(), 0, 0
	return true
}

func (b *resumed) close() {
	if b.body != nil {
		b.body.Close()
	}
}
