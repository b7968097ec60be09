package press

import (
	"context"
	"io/fs"
	"slices"
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

// Fetched is what became of a picture.
type Fetched struct {
	Key    string // of the asset in the store; empty: it is missing
	Bytes  int64  // that came over the network
	Cached bool   // it lies on the network, and nothing had to come over it
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
}

// picture is what is remembered of a picture of an article.
type picture struct {
	sum      uint64 // imageSum
	pos      article.Pos
	src      string // dropped when it is there; kept for the report when it is missing
	referrer string
	inline   bool // a data: address, which is not kept
	key      string
	reason   string // why it is missing; empty: it is there
	missing  string
	none     bool // worthless
	attempts []article.Attempt
}

// fetchAll gets the pictures of the chosen articles, in reading order as far as
// they do not overtake each other.
func (r *run) fetchAll(ctx context.Context) error {
	if r.job.Options.Images != Embed {
		for _, rec := range r.chapters {
			r.report.Images.Skipped += len(rec.pictures)
			rec.pictures = nil
		}
		return nil
	}
	total := 0
	for _, rec := range r.chapters {
		total += len(rec.pictures)
	}
	r.report.Images.Wanted = total
	type want struct {
		p   *picture
		req Picture
	}
	n := r.job.Options.Fetches
	if n <= 0 {
		n = 64
	}
	next := make(chan want)
	var wg sync.WaitGroup
	done := 0
	for range min(n, total) {
		wg.Go(func() {
			for w := range next {
				got := r.job.Pictures.Fetch(ctx, w.req)
				r.tell(func() Progress {
					w.p.settle(got)
					r.report.Images.add(got)
					if got.Hint != "" && !slices.Contains(r.report.Hints, got.Hint) {
						r.report.Hints = append(r.report.Hints, got.Hint)
					}
					done++
					return Progress{Phase: Fetching, Done: done, Total: total, Failed: r.report.Images.Failed}
				})
			}
		})
	}
	for _, rec := range r.chapters {
		data := r.inlineSources(rec)
		f := r.files[rec.input]
		page := rec.url
		if page == "" {
			page = f.base
		}
		for i := range rec.pictures {
			p := &rec.pictures[i]
			src, referrer := p.src, p.referrer
			if p.inline {
				src = data[p.sum]
			}
			if ctx.Err() != nil {
				break
			}
			next <- want{p, Picture{Src: src, Referrer: referrer, Page: page, Files: f.files, Path: f.path}}
		}
	}
	close(next)
	wg.Wait()
	slices.Sort(r.report.Hints) // they came as the network would have it
	return ctx.Err()
}

// inlineSources reads the data: addresses of an article again: they may be as
// large as the pictures themselves, so that they are not kept.
func (r *run) inlineSources(rec *record) map[uint64]string {
	if !rec.inline {
		return nil
	}
	data := map[uint64]string{}
	doc, err := r.reread(rec, nil, nil)
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

func (p *picture) settle(f Fetched) {
	p.key = f.Key
	if f.Key != "" {
		p.src = ""
		return
	}
	p.reason, p.missing, p.attempts, p.none = f.Reason, f.Detail, f.Attempts, f.Worthless
	if p.reason == "" {
		p.reason = "failed"
	}
	if p.missing == "" {
		p.missing = p.reason
	}
}

// pictureIssues are the issues of the pictures that are missing.
func (rec *record) pictureIssues() []article.Issue {
	var list []article.Issue
	for i := range rec.pictures {
		p := &rec.pictures[i]
		if p.reason == "" {
			continue
		}
		i := article.Issue{
			Severity: article.Loss, Code: "image." + p.reason, Article: rec.name, Pos: p.pos,
			URL: p.src, Detail: p.missing, Action: "placeholder", Attempts: p.attempts,
		}
		if p.none {
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
			worthless = worthless || p.none
		}
	}
	if worthless {
		without(doc, func(img *article.Image) bool {
			p := known[imageSum(img)]
			return p != nil && p.none
		})
	}
}
