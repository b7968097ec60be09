package fetch

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/media"
)

// Ref is a picture as an article refers to it.
type Ref struct {
	Src      string // an http or https address, a data: address, or a path relative to the article's file
	Page     string // the address of the article; empty: unknown
	Referrer string // the referrer policy of the picture or its page; empty: the default

	// Files is the tree of files that the article may name, os.Root's for one, and
	// Path the article's own path in it. Without Files a relative Src is resolved
	// against Page.
	Files fs.FS
	Path  string
}

// accept is what pictures are asked for: what is decoded, JPEG and PNG first.
const accept = "image/jpeg,image/png,image/gif;q=0.9,image/webp;q=0.8,*/*;q=0.5"

// Picture gets a picture into the store. Each address is asked once in a run,
// however many articles show it. The attempts are those that were made over the
// network, for the report; there are none where the index answered. The error
// is an *Error.
func (f *Fetcher) Picture(ctx context.Context, ref Ref) (media.Asset, []article.Attempt, error) {
	src := clean(ref.Src)
	switch s := scheme(src); {
	case src == "":
		return media.Asset{}, nil, refuse(BadAddress, "an empty address")
	case s == "data":
		a, err := f.data(src)
		return a, nil, err
	case s == "http", s == "https", strings.HasPrefix(strings.ReplaceAll(src, `\`, "/"), "//"):
		u, err := parse(src)
		if err != nil {
			return media.Asset{}, nil, err
		}
		if base := pageURL(ref.Page); s == "" && base != nil {
			u.Scheme = base.Scheme
		}
		return f.remote(ctx, u, ref)
	case s != "":
		return media.Asset{}, nil, refuse(BadScheme, "%s: addresses are not fetched", cut(s))
	case ref.Files != nil:
		a, err := f.local(src, ref)
		return a, nil, err
	}
	base := pageURL(ref.Page)
	if base == nil {
		return media.Asset{}, nil, refuse(BadAddress, "a relative address, and nothing it is relative to")
	}
	u, err := resolve(base, src)
	if err != nil {
		return media.Asset{}, nil, err
	}
	return f.remote(ctx, u, ref)
}

// use notes that a kept picture is wanted, and refuses those that cannot be shown.
func (f *Fetcher) use(a media.Asset) error {
	f.opts.Store.Touch(a.Key, f.opts.Clock.Now())
	switch {
	case !a.Type.Decodable():
		return refuse(UnsupportedType, "%s pictures are not supported", a.Type)
	case a.Width <= 2 && a.Height <= 2:
		return refuse(Tracker, "a tracking pixel")
	case a.Cut || a.Type == media.PNG:
		// Known before the pages are made, a damaged picture gets a small frame with
		// its description. To look at the sums of a PNG takes no decoding.
		if _, err := f.opts.Store.Derive(a.Key, media.Profile{}); err != nil {
			return explain(context.Background(), "", err)
		}
	}
	return nil
}

// data reads the picture in a data: address (RFC 2397).
func (f *Fetcher) data(src string) (media.Asset, error) {
	limit := f.opts.Limits.Data
	if int64(len(src)) > 3*limit+1024 { // every byte may be written with three
		return media.Asset{}, tooLarge(limit)
	}
	head, body, ok := strings.Cut(src[len("data:"):], ",")
	if !ok {
		return media.Asset{}, refuse(BadAddress, "a data: address without data")
	}
	b := []byte(body)
	if decoded, err := url.PathUnescape(mendPercent(body)); err == nil {
		b = []byte(decoded)
	}
	if params := strings.ToLower(strings.ReplaceAll(head, " ", "")); strings.HasSuffix(params, ";base64") {
		var err error
		if b, err = decodeBase64(b); err != nil {
			return media.Asset{}, refuse(BadAddress, "a data: address that is not base64")
		}
	}
	if int64(len(b)) > limit {
		return media.Asset{}, tooLarge(limit)
	}
	return f.put(bytes.NewReader(b))
}

// decodeBase64 reads base64 with or without padding, of either alphabet, with
// white space in it.
func decodeBase64(b []byte) ([]byte, error) {
	s := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\n', '\f', '\r', '=':
			return -1
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return r
	}, string(b))
	return base64.RawStdEncoding.DecodeString(s)
}

// local reads a picture from the tree of the article's files.
func (f *Fetcher) local(src string, ref Ref) (media.Asset, error) {
	name, err := localPath(src, ref.Path)
	if err != nil {
		return media.Asset{}, err
	}
	// A pipe or device would block when opened.
	info, err := fs.Stat(ref.Files, name)
	if err != nil {
		return media.Asset{}, localError(err)
	}
	if !info.Mode().IsRegular() {
		return media.Asset{}, refuse(Missing, "not a file")
	}
	file, err := ref.Files.Open(name)
	if err != nil {
		return media.Asset{}, localError(err)
	}
	defer file.Close()
	return f.put(&bounded{r: file, left: f.opts.Limits.Picture, limit: f.opts.Limits.Picture})
}

// localError tells a missing file from one that is there and out of bounds; the
// text of the error would name a path of this machine.
func localError(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &Error{Reason: Missing, Phrase: "no such file", Err: err}
	}
	var path *fs.PathError
	if errors.As(err, &path) && strings.Contains(path.Err.Error(), "escapes") {
		return &Error{Reason: OutsideFolder, Phrase: "a path that leaves the folder of the article", Err: err}
	}
	return &Error{Reason: Missing, Phrase: "the file cannot be read", Err: err}
}

func (f *Fetcher) put(r io.Reader) (media.Asset, error) {
	a, err := f.opts.Store.Put(r)
	if err != nil {
		return media.Asset{}, explain(context.Background(), "", err)
	}
	if err := f.use(a); err != nil {
		return media.Asset{}, err
	}
	return a, nil
}

// remember is how many outcomes a Fetcher keeps in memory at most; the index
// answers for what is forgotten.
const remember = 16384

// remote gets the picture at u, once.
func (f *Fetcher) remote(ctx context.Context, u *url.URL, ref Ref) (media.Asset, []article.Attempt, error) {
	if err := f.guard.gate(u); err != nil {
		return media.Asset{}, nil, explain(ctx, hostName(u), err)
	}
	address := u.String()
	for {
		f.mu.Lock()
		if o, ok := f.done[address]; ok {
			f.mu.Unlock()
			return o.asset, o.attempts, o.err
		}
		other := f.flights[address]
		if other == nil {
			break
		}
		f.mu.Unlock()
		select {
		case <-other.ready:
		case <-ctx.Done():
			return media.Asset{}, nil, explain(ctx, hostName(u), context.Cause(ctx))
		}
		if !isCanceled(other.outcome.err) {
			return other.outcome.asset, other.outcome.attempts, other.outcome.err
		}
		// Who was first gave up; that is not the picture's fault.
	}
	mine := &flight{ready: make(chan struct{})}
	f.flights[address] = mine
	f.mu.Unlock()

	o := f.get(ctx, u, ref)
	mine.outcome = o
	f.mu.Lock()
	delete(f.flights, address)
	if !isCanceled(o.err) {
		if len(f.done) >= remember {
			clear(f.done)
		}
		f.done[address] = o
	}
	f.mu.Unlock()
	close(mine.ready)
	return o.asset, o.attempts, o.err
}

func isCanceled(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Reason == Canceled
}

// get answers from the index or asks the host.
func (f *Fetcher) get(ctx context.Context, u *url.URL, ref Ref) (o outcome) {
	address := u.String()
	rungs := ladder(u, ref, f.lastMode(u.Host), f.plain)
	old, known := f.index.load("url", address)
	if known && f.opts.Store.Verify(old.Key) != nil {
		known = false
	}
	// What came to who asked in another way may be another picture.
	same := known && old.Vary.same(func(hop *url.URL) http.Header {
		r := f.pictureRequest(u, rungs[0], ref)
		return f.header(&r, hop)
	})
	if known && (f.opts.Offline || same && !f.opts.Refresh && old.fresh(f.opts.Clock.Now())) {
		if o.asset, o.err = f.stored(old, u); o.err == nil || isFault(o.err) {
			return o
		}
		known = false
	}
	if f.opts.Offline {
		o.err = &Error{Reason: Offline, Host: u.Host, Phrase: "not fetched: offline"}
		return o
	}
	var cached *entry
	if known && same {
		cached = &old
	}
	o = f.climb(ctx, u, ref, rungs, cached)
	if o.err != nil && known && !isCanceled(o.err) {
		// Better the picture of the last time than none (RFC 5861); the attempts say what happened.
		if a, err := f.stored(old, u); err == nil {
			o.asset, o.err = a, nil
		}
	}
	return o
}

// stored returns the picture of an entry.
func (f *Fetcher) stored(e entry, u *url.URL) (media.Asset, error) {
	a, err := f.opts.Store.Stat(e.Key)
	if err == nil {
		err = f.use(a)
	}
	if err != nil {
		return media.Asset{}, explain(context.Background(), u.Host, err)
	}
	return a, nil
}

// isFault tells errors that the picture itself is the reason of: asking again
// would bring the same.
func isFault(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Reason {
	case UnsupportedType, Tracker, DecodeLimit, DecodeFailed, NotAnImage:
		return true
	}
	return false
}

// climb asks the host, with one Referer after another where it refuses. What it
// answered first is what counts where nothing helps.
func (f *Fetcher) climb(ctx context.Context, u *url.URL, ref Ref, rungs []rung, cached *entry) (o outcome) {
	h := f.host(u.Host)
	f.mu.Lock()
	if h.refusals >= stubborn {
		rungs = rungs[:1]
	}
	f.mu.Unlock()
	var first error
	gave := false // or failed in a way that no rung helps against
	for i, r := range rungs {
		o.asset, o.err = f.ask(ctx, u, r, ref, cached, &o.attempts)
		if gave = o.err == nil; gave {
			if i > 0 {
				f.setMode(u.Host, r.name())
			}
			break
		}
		if first == nil {
			first = o.err
		}
		var e *Error
		errors.As(o.err, &e)
		// A stand-in for those who link from elsewhere may be a single pixel, but most
		// single pixels count readers; those are not worth the name of a browser.
		pixel := e.Reason == Tracker && !(i+1 < len(rungs) && rungs[i+1].browser)
		if gave = e.Status != 401 && e.Status != 403 && e.Reason != NotAnImage && !pixel; gave {
			break
		}
	}
	if o.err != nil && !isCanceled(o.err) {
		o.err = first
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if gave {
		h.refusals = 0
	} else {
		h.refusals++
	}
	return o
}

// stubborn is how many pictures in a row a host must have refused to all rungs to
// be asked for others once only.
const stubborn = 3

func (f *Fetcher) pictureRequest(u *url.URL, r rung, ref Ref) request {
	page := pageURL(ref.Page)
	req := request{
		url: u, accept: accept, limit: f.opts.Limits.Picture, total: f.opts.Timeouts.Picture,
		perHost: f.perHost(), mode: r.mode, resume: true, site: "none",
		referer: func(hop *url.URL) string { return r.refererFor(page, hop) },
	}
	if page != nil {
		req.site = site(page.Hostname())
	}
	if r.browser {
		req.agent = browser
	}
	return req
}

// ask makes one request for a picture and puts it into the store and the index.
func (f *Fetcher) ask(ctx context.Context, u *url.URL, r rung, ref Ref, cached *entry, attempts *[]article.Attempt) (media.Asset, error) {
	var asset media.Asset
	var head headReader
	req := f.pictureRequest(u, r, ref)
	req.cached = cached
	req.use = func(_ answer, body io.Reader) (err error) {
		head = headReader{Reader: body}
		asset, err = f.opts.Store.Put(&head)
		return err
	}
	a, err := f.do(ctx, req, attempts)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Reason == NotAnImage && f.captive(u, string(head.head)) {
			e.Hint = captiveHint
		}
		return media.Asset{}, err
	}
	e := entry{URL: u.String(), Key: asset.Key, Bytes: asset.Bytes, Vary: varyOf(a)}
	if a.status == http.StatusNotModified {
		if asset, err = f.opts.Store.Stat(cached.Key); err != nil {
			return media.Asset{}, explain(ctx, u.Host, err)
		}
		e.Key, e.Bytes = cached.Key, cached.Bytes
		e.validate(a.header, cached)
	} else {
		e.validate(a.header, nil)
	}
	now := f.opts.Clock.Now()
	expires, keep := lifetime(a.header, now, trust)
	if keep {
		e.Stored, e.Expires = now.UTC(), expires.UTC()
		f.index.save("url", e)
	} else {
		f.index.drop("url", e.URL)
		f.index.pass(asset.Key)
	}
	if err := f.use(asset); err != nil {
		return media.Asset{}, explain(ctx, u.Host, err)
	}
	return asset, nil
}

// perHost is how many pictures one host gives at the same time.
func (f *Fetcher) perHost() int {
	if f.opts.PerHost != 0 {
		return f.opts.PerHost
	}
	return 6
}

// lastMode returns the Referer that a host took before.
func (f *Fetcher) lastMode(name string) string {
	h := f.host(name)
	f.mu.Lock()
	mode, asked := h.mode, h.asked
	f.mu.Unlock()
	if asked || mode != "" {
		return mode
	}
	mode = f.index.mode(name)
	f.mu.Lock()
	defer f.mu.Unlock()
	if h.asked = true; h.mode == "" {
		h.mode = mode
	}
	return h.mode
}

func (f *Fetcher) setMode(name, mode string) {
	f.mu.Lock()
	h := f.hosts[name]
	changed := h.mode != mode
	h.mode = mode
	f.mu.Unlock()
	if changed {
		f.index.setMode(name, mode)
	}
}
