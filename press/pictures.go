package press

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/leporello-press/leporello/article"
)

// Fetcher gets pictures into the store of the job. It is called from many
// goroutines at once and returns soon after ctx ends.
type Fetcher interface {
	Fetch(ctx context.Context, p Picture) Fetched
}

// Picture is a picture that an article shows.
type Picture struct {
	Src      string // as in article.Image
	Referrer string // referrer policy; empty: the default
	Page     string // the address of the article; empty: it has none
	// Files and Path are those of the article's source.Input: where a relative Src
	// is looked for. Files is nil where the article may not name local files.
	Files fs.FS
	Path  string
}

// Remote tells whether the picture lies on the network: not in the article itself,
// nor beside it.
func (p *Picture) Remote() bool {
	scheme, _, ok := strings.Cut(p.Src, ":")
	switch strings.ToLower(strings.TrimSpace(scheme)) {
	case "http", "https":
		return ok
	}
	return p.Files == nil && !strings.EqualFold(scheme, "data")
}

// Fetched is what became of a picture.
type Fetched struct {
	Key    string // of the asset in the store; empty: it is missing
	Size   int64  // of the asset
	Bytes  int64  // that came over the network
	Cached bool   // it lies on the network, and nothing had to come over it
	Stale  bool   // it is from an earlier run, since it cannot be had now
	Lost   string // what of a drawing is not shown, in few words; empty: all is
	// Reason says in one stable word why the picture is missing ("http", "timeout",
	// "not_an_image"), and Detail in a few words for a person ("HTTP 403").
	Reason   string
	Detail   string
	Attempts []article.Attempt
	// Worthless says that the picture was none to be seen (a tracking pixel): it is
	// taken out of the article and not missed.
	Worthless bool
	// Hint is what a person may do to get it; empty: nothing is known.
	Hint string
	// Fault is set where it is missing for no reason of its own: it cannot be kept
	// here, on a disk that is full, say.
	Fault error
}

// Fate is what became of a picture, in a word that does not change.
type Fate string

// The fates of pictures.
const (
	Embedded Fate = "embedded" // fetched, or from a file or the article itself
	Cached   Fate = "cached"   // embedded; nothing had to come over the network
	Stale    Fate = "stale"    // embedded, from an earlier run, since it cannot be had now
	Missing  Fate = "missing"
	LeftOut  Fate = "left_out" // none to be seen
)

// picture is what is remembered of a picture of an article.
type picture struct {
	sum      uint64 // imageSum
	pos      article.Pos
	src      string
	referrer string
	inline   bool // a data: address, which is not kept
	remote   bool
	over     bool // past a bound, so that nobody asked for it
	fate     Fate // empty: nobody asked for it
	size     int64
	bytes    int64 // that came over the network
	key      string
	reason   string // why it is missing; empty: it is there
	missing  string
	lost     string
	attempts []article.Attempt
}

// fetchAll gets the pictures of the chosen articles, in reading order as far as
// they do not overtake each other. An article is settled, in that order too, when
// all of its own are there or missing: its chapter can be written while those of
// others are under way.
func (r *run) fetchAll(ctx context.Context) {
	n := r.job.Options.Fetches
	if n <= 0 {
		n = 64
	}
	total := 0
	pending := make([]sync.WaitGroup, len(r.chapters)) // pictures of each
	for i, rec := range r.chapters {
		pending[i].Add(len(rec.pictures))
		total += len(rec.pictures)
	}
	r.progress.Lock()
	r.fetched = total == 0
	r.progress.Unlock()
	type want struct {
		rec     *record
		p       *picture
		req     Picture
		pending *sync.WaitGroup
	}
	next := make(chan want)
	var wg sync.WaitGroup
	done, failed := 0, 0
	var soFar bytesOf // what came, in whatever order; guarded by r.progress
	for range min(n, total) {
		wg.Go(func() {
			for w := range next {
				got := r.job.Pictures.Fetch(ctx, w.req)
				r.tell(func() Progress {
					w.p.settle(got, r.job.Options.EachPicture)
					soFar.add(w.rec, w.p)
					if got.Hint != "" && !slices.Contains(r.report.Hints, got.Hint) {
						r.report.Hints = append(r.report.Hints, got.Hint)
					}
					if w.p.fate == Missing {
						failed++
					}
					done++
					r.fetched = done == total
					return Progress{Phase: Fetching, Done: done, Total: total, Failed: failed}
				})
				w.pending.Done()
			}
		})
	}
	wg.Go(func() {
		var sum bytesOf
		for i, rec := range r.chapters {
			pending[i].Wait()
			r.count(rec, &sum)
			close(rec.settled)
		}
	})
	again := &rereading{run: r}
	defer again.close()
	for i, rec := range r.chapters {
		data := inlineSources(rec, again)
		f := r.files[rec.input]
		page := rec.url
		if page == "" {
			page = f.base
		}
		remote := 0
		for k := range rec.pictures {
			p := &rec.pictures[k]
			src := p.src
			if p.inline {
				src = data[p.sum]
			}
			if ctx.Err() != nil {
				pending[i].Done()
				continue
			}
			req := Picture{Src: src, Referrer: p.referrer, Page: page, Files: f.files, Path: f.path}
			if p.remote = req.Remote(); p.remote {
				// What came is a part of what stands before this one, so that refuse will
				// not find it within the bounds either.
				remote++
				r.progress.Lock()
				if p.over = remote > r.job.Options.maxPictures() || !soFar.within(&r.job.Options, rec); p.over {
					done++
					r.fetched = done == total
				}
				r.progress.Unlock()
				if p.over {
					pending[i].Done()
					continue
				}
			}
			next <- want{rec, p, req, &pending[i]}
		}
	}
	close(next)
	wg.Wait()
	slices.Sort(r.report.Hints) // they came as the network would have it
}

// noPictures settles every article without its pictures.
func (r *run) noPictures() {
	for _, rec := range r.chapters {
		r.report.Images.Skipped += len(rec.pictures)
		rec.pictures = nil
		close(rec.settled)
	}
	r.fetched = true
}

// await waits until the pictures of the article are there or missing, or ctx ends.
func (rec *record) await(ctx context.Context) error {
	select {
	case <-rec.settled:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// count fills in the numbers of the report, and refuses the pictures that are past
// the bounds, in reading order: which those are does not depend on what came first.
// In sum are the pictures of the articles before.
func (r *run) count(rec *record, sum *bytesOf) {
	remote := 0
	for i := range rec.pictures {
		p := &rec.pictures[i]
		if p.remote {
			remote++
			sum.add(rec, p)
			p.refuse(&r.job.Options, remote, sum, rec)
		}
		r.report.Images.add(p)
		if p.key != "" && p.fate != Stale && !r.job.Options.EachPicture {
			p.src = "" // no report names it
		}
	}
}

// bytesOf are the sizes of the pictures of the network that came, all together and
// by article.
type bytesOf struct {
	book    int64
	article map[*record]int64
	seen    map[string]bool // keys: the same picture is in the book once
}

func (b *bytesOf) add(rec *record, p *picture) {
	if !p.remote || p.key == "" {
		return
	}
	if b.seen == nil {
		b.seen, b.article = map[string]bool{}, map[*record]int64{}
	}
	b.article[rec] += p.size
	if !b.seen[p.key] {
		b.seen[p.key] = true
		b.book += p.size
	}
}

func (b *bytesOf) within(o *Options, rec *record) bool {
	return b.book <= o.maxBookBytes() && b.article[rec] <= o.maxArticleBytes()
}

// refuse takes the nth picture of an article out where it is past a bound.
func (p *picture) refuse(o *Options, nth int, sum *bytesOf, rec *record) {
	if p.key == "" && !p.over {
		return
	}
	switch {
	case nth > o.maxPictures():
		p.reason, p.missing = "too_many", fmt.Sprintf("more than %d pictures in one article", o.maxPictures())
	case sum.article[rec] > o.maxArticleBytes():
		p.reason, p.missing = "article_limit", fmt.Sprintf("more than %d MB of pictures in one article", o.maxArticleBytes()/1e6)
	case sum.book > o.maxBookBytes():
		p.reason, p.missing = "book_limit", fmt.Sprintf("more than %d MB of pictures in one book", o.maxBookBytes()/1e6)
	default:
		return
	}
	p.fate, p.key = Missing, ""
}

// inlineSources reads the data: addresses of an article again: they may be as
// large as the pictures themselves, so that they are not kept.
func inlineSources(rec *record, again *rereading) map[uint64]string {
	if !rec.inline {
		return nil
	}
	data := map[uint64]string{}
	doc, err := again.document(rec, nil)
	if err != nil {
		return nil // the reading that writes the book reports it
	}
	eachImage(doc, func(_ article.Pos, img *article.Image) {
		if isData(img.Src) {
			data[imageSum(img)] = img.Src
		}
	})
	return data
}

// settle notes what became of a picture; with all, also of one that is there.
func (p *picture) settle(f Fetched, all bool) {
	p.key, p.lost, p.size, p.bytes = f.Key, f.Lost, f.Size, f.Bytes
	if all || f.Key == "" || f.Stale {
		p.attempts = f.Attempts
	}
	switch {
	case f.Key == "" && f.Worthless:
		p.fate = LeftOut
	case f.Key == "":
		p.fate = Missing
	case f.Stale:
		p.fate = Stale
	case f.Cached:
		p.fate = Cached
	default:
		p.fate = Embedded
	}
	if f.Key != "" {
		return
	}
	p.reason, p.missing = f.Reason, f.Detail
	if p.reason == "" {
		p.reason = "failed"
	}
	if p.missing == "" {
		p.missing = p.reason
	}
}

// pictureIssues are the issues of the pictures that are missing, or not all there.
func (rec *record) pictureIssues() []article.Issue {
	var list []article.Issue
	for i := range rec.pictures {
		p := &rec.pictures[i]
		if p.lost != "" {
			list = append(list, article.Issue{
				Severity: article.Loss, Code: "image.parts", Article: rec.name, Pos: p.pos, URL: p.src,
				Detail: "a drawing has " + p.lost, Action: "shown without",
			})
		}
		if p.fate == Stale {
			list = append(list, article.Issue{
				Severity: article.Info, Code: "image.stale", Article: rec.name, Pos: p.pos, URL: p.src,
				Detail: "cannot be had now", Action: "that of an earlier run", Attempts: p.attempts,
			})
		}
		if p.reason == "" {
			continue
		}
		i := article.Issue{
			Severity: article.Loss, Code: "image." + p.reason, Article: rec.name, Pos: p.pos,
			URL: p.src, Detail: p.missing, Action: "placeholder", Attempts: p.attempts,
		}
		if p.fate == LeftOut {
			i.Severity, i.Action = article.Info, "left out"
		}
		list = append(list, i)
	}
	return list
}

// place fills in what became of the pictures of a document.
func (rec *record) place(doc *article.Document) {
	if len(rec.pictures) == 0 {
		return
	}
	known := make(map[uint64]*picture, len(rec.pictures))
	for i := range rec.pictures {
		known[rec.pictures[i].sum] = &rec.pictures[i]
	}
	worthless := false
	for img := range doc.Images() {
		if p := known[imageSum(img)]; p != nil {
			img.Asset, img.Missing = p.key, p.missing
			worthless = worthless || p.fate == LeftOut
		}
	}
	if worthless {
		without(doc, func(img *article.Image) bool {
			p := known[imageSum(img)]
			return p != nil && p.fate == LeftOut
		})
	}
}
