package press

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"iter"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/redact"
	"github.com/leporello-press/leporello/source"
)

// Input is one thing to be read: a file, a page, a stream.
type Input struct {
	Name string // what messages call it
	// Load returns its bytes. It is called for each reading, also from several
	// goroutines at once, and must give the same bytes each time.
	Load func() (source.Input, error)
	// File is the file that Load reads, which no output may replace; empty: none.
	File string
}

// Inputs returns the entries that source.Find found as inputs.
func Inputs(entries []source.Entry) []Input {
	inputs := make([]Input, len(entries))
	for i, e := range entries {
		inputs[i] = Input{Name: e.Name, Load: e.Load, File: e.File()}
	}
	return inputs
}

// ErrIsInput is wrapped when an output would replace one of the inputs.
var ErrIsInput = errors.New("is an input, and would be replaced")

// Replaces returns an error that wraps ErrIsInput where path, by whatever name, is
// the file of one of the inputs.
func Replaces(inputs []Input, path string) error {
	info, err := os.Stat(path)
	if path == "" || path == "-" || err != nil || !info.Mode().IsRegular() {
		return nil
	}
	for i := range inputs {
		if inputs[i].File == "" {
			continue
		}
		if of, err := os.Stat(inputs[i].File); err == nil && os.SameFile(info, of) {
			return fmt.Errorf("press: %s: %w", path, ErrIsInput)
		}
	}
	return nil
}

// file is what is remembered of an input.
type file struct {
	base  string
	files fs.FS
	path  string
	many  bool // holds more than one document

	issues []article.Issue // of an input that has no document
}

// record is what is remembered of an article between the readings.
type record struct {
	input, nth int    // the nth document of an input, from 0
	name       string // what issues call it
	err        error  // why it could not be read; nil: it could

	title, lang, publisher, url string
	authors                     []string
	section                     []string
	published, updated          time.Time
	expires                     time.Time
	draft                       bool

	sum      [sha256.Size]byte // of the input's bytes
	pictures []picture         // each once, in reading order
	settled  chan struct{}     // closed when nothing of pictures changes any more
	inline   bool              // some of the pictures are data: addresses
	issues   []article.Issue
	part     []string
}

// date is when the article appeared, as far as is known.
func (rec *record) date() time.Time {
	if rec.published.IsZero() {
		return rec.updated
	}
	return rec.published
}

// readAll reads every input once and returns the records in the order of the
// inputs.
func (r *run) readAll(ctx context.Context) ([]*record, error) {
	inputs := r.job.Inputs
	r.files = make([]file, len(inputs))
	found := make([][]*record, len(inputs))
	var wg sync.WaitGroup
	next := make(chan int)
	done := 0
	for range min(r.job.Options.workers(), len(inputs)) {
		wg.Go(func() {
			for i := range next {
				found[i] = r.readInput(i)
				r.tell(func() Progress {
					done++
					return Progress{Phase: Reading, Done: done, Total: len(inputs)}
				})
			}
		})
	}
	for i := range inputs {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var records []*record
	for i, recs := range found {
		records = append(records, recs...)
		r.general = append(r.general, r.files[i].issues...)
	}
	r.captive(found)
	return records, nil
}

// captive warns when most addresses brought the same page: networks that want a
// login first answer everything with it.
func (r *run) captive(found [][]*record) {
	same, of, most := map[[sha256.Size]byte]int{}, 0, 0
	for i, recs := range found {
		if !strings.HasPrefix(r.files[i].base, "http") || len(recs) != 1 {
			continue
		}
		of++
		same[recs[0].sum]++
		most = max(most, same[recs[0].sum])
	}
	if of < 3 || 2*most <= of {
		return
	}
	r.general = append(r.general, article.Issue{
		Severity: article.Warning, Code: "article.duplicate_content",
		Detail: fmt.Sprintf("%d of %d addresses brought the same page", most, of), Action: "kept",
	})
	r.report.Hints = append(r.report.Hints, "the same page came from most addresses: does this network want a login first?")
}

// readInput reads one input for the first time.
func (r *run) readInput(i int) []*record {
	input := r.job.Inputs[i]
	in, err := input.Load()
	if err != nil {
		return []*record{r.record(i, nil, err)}
	}
	r.files[i] = file{base: in.Base, files: in.Files, path: in.Path}
	sum := sha256.Sum256(in.Data)
	reporter := func(to *[]article.Issue) func(article.Issue) {
		return func(is article.Issue) {
			if is.Article == "" {
				is.Article = input.Name
			}
			*to = append(*to, is)
		}
	}
	var records []*record
	var pending []article.Issue // of the document that comes next
	if in.Stale != nil {
		reporter(&pending)(article.Issue{Severity: article.Info, Code: "article.stale", URL: in.Base, Detail: "cannot be had now: " + in.Stale.Error(), Action: "that of an earlier run"})
	}
	var wg sync.WaitGroup
	elsewhere, early := false, r.reserve(len(in.Data))
	for doc, err := range source.Read(r.job.Readers, in, reporter(&pending)) {
		if errors.Is(err, source.ErrElsewhere) {
			elsewhere = true
			reporter(&pending)(article.Issue{Severity: article.Info, Code: "article.elsewhere", Detail: err.Error(), Action: "left out"})
			continue
		}
		rec := &record{}
		n, issues := len(records), pending
		records, pending = append(records, rec), nil
		part := doc != nil && doc.Extent != article.Whole
		fill := func() {
			*rec = *r.record(i, doc, err)
			rec.nth, rec.sum = n, sum
			if doc != nil && (part || in.Data == nil) {
				// The input's bytes are not all that is in the book.
				rec.sum = sha256.Sum256(append(sum[:], doc.Text()...))
			}
			rec.issues = append(issues, rec.issues...)
			if early && err == nil && !rec.inline {
				r.mu.Lock()
				r.early[rec] = doc
				r.mu.Unlock()
			}
		}
		if !part {
			fill()
			continue
		}
		r.completing <- struct{}{}
		wg.Go(func() {
			defer func() { <-r.completing }()
			doc, err = r.complete(doc, reporter(&issues))
			fill()
		})
	}
	wg.Wait()
	if len(records) == 0 && elsewhere {
		r.files[i].issues = pending
		return nil
	}
	if len(records) == 0 {
		records = []*record{r.record(i, nil, errors.New("nothing in it is an article"))}
		records[0].issues = append(pending, records[0].issues...)
		return records
	}
	last := records[len(records)-1]
	last.issues = append(last.issues, pending...)
	r.files[i].many = len(records) > 1
	return records
}

// record returns what is remembered of a document of the input i; after an error,
// of what is known of it, if anything is.
func (r *run) record(i int, doc *article.Document, err error) *record {
	name := r.job.Inputs[i].Name
	rec := &record{name: name, title: nameTitle(redact.Address(name))}
	if doc != nil {
		rec = newRecord(doc, name)
	}
	rec.input = i
	if err != nil {
		rec.err = err
		rec.issues = append(rec.issues, r.failure(rec, err))
	}
	return rec
}

// newRecord keeps of a document what the pipeline needs. Strings are copied,
// since they may be parts of the whole input.
func newRecord(doc *article.Document, name string) *record {
	m := &doc.Meta
	rec := &record{
		name:      name,
		title:     strings.Clone(m.Title),
		lang:      strings.Clone(m.Lang),
		publisher: strings.Clone(m.Publisher),
		url:       strings.Clone(m.URL),
		authors:   cloneStrings(m.Authors),
		section:   cloneStrings(m.Section),
		published: m.Published,
		updated:   m.Updated,
	}
	rec.draft, rec.expires = Standing(m)
	seen := map[uint64]bool{}
	eachImage(doc, func(pos article.Pos, img *article.Image) {
		sum := imageSum(img)
		if seen[sum] || img.Src == "" {
			return
		}
		seen[sum] = true
		p := picture{sum: sum, pos: pos, inline: isData(img.Src)}
		if p.inline {
			rec.inline = true
		} else {
			p.src, p.referrer = strings.Clone(img.Src), strings.Clone(img.Referrer)
		}
		rec.pictures = append(rec.pictures, p)
	})
	return rec
}

// Standing tells whether an article is a draft and when it is no longer to be
// published; zero: its front matter names no end.
func Standing(m *article.Meta) (draft bool, expires time.Time) {
	for _, f := range m.Extra {
		value := strings.ToLower(strings.TrimSpace(f.Value))
		switch strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(f.Key)) {
		case "draft":
			draft = draft || value == "true" || value == "yes"
		case "published":
			draft = draft || value == "false" || value == "no"
		case "status":
			draft = draft || value == "draft" || value == "hidden"
		case "expirydate":
			expires = parseDate(strings.TrimSpace(f.Value))
		}
	}
	return draft, expires
}

// reserve tells whether the documents of an input of n bytes may be kept.
func (r *run) reserve(n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n == 0 || n > r.room {
		return false
	}
	r.room -= n
	return true
}

// take returns the document of the first reading, once; nil: it was not kept.
func (r *run) take(rec *record) *article.Document {
	r.mu.Lock()
	defer r.mu.Unlock()
	doc := r.early[rec]
	delete(r.early, rec)
	return doc
}

// rereading reads the documents of records once more. Of an input that holds many
// it stays where it is between two of them, so that chapters in the order of the
// input are read in one go.
type rereading struct {
	*run
	kept map[*record]*article.Document // passed over, and wanted soon

	input int // that is open
	n     int // documents of it that were read
	next  func() (*article.Document, error, bool)
	stop  func() // nil: none is open
}

// close ends the reading.
func (r *rereading) close() {
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
}

// document reads the document of rec. Those of soon that it passes over it keeps.
func (r *rereading) document(rec *record, soon []*record) (*article.Document, error) {
	if doc := r.take(rec); doc != nil {
		return doc, nil
	}
	if doc, ok := r.kept[rec]; ok {
		delete(r.kept, rec)
		return r.complete(doc, func(article.Issue) {})
	}
	if r.stop == nil || r.input != rec.input || r.n > rec.nth {
		r.close()
		in, err := r.job.Inputs[rec.input].Load()
		if err != nil {
			return nil, err
		}
		r.input, r.n = rec.input, 0
		r.next, r.stop = iter.Pull2(source.Read(r.job.Readers, in, func(article.Issue) {}))
	}
	if !r.files[rec.input].many {
		defer r.close()
	}
	passed := map[int]*record{}
	for _, s := range soon {
		if s.input == rec.input && s.nth < rec.nth && s.err == nil {
			passed[s.nth] = s
		}
	}
	for {
		doc, err, ok := r.next()
		switch {
		case !ok:
			return nil, errors.New("it changed while the book was made")
		case errors.Is(err, source.ErrElsewhere):
			continue
		}
		r.n++
		if r.n-1 == rec.nth {
			if err != nil {
				return nil, err
			}
			return r.complete(doc, func(article.Issue) {})
		}
		if s := passed[r.n-1]; s != nil && err == nil && r.kept[s] == nil {
			r.kept[s] = doc
		}
	}
}

// complete returns the whole of a document that is only a part, and others as they
// are. After an error the document is as it was.
func (r *run) complete(doc *article.Document, report func(article.Issue)) (*article.Document, error) {
	switch {
	case doc.Extent == article.Whole:
		return doc, nil
	case r.job.Whole != nil:
		whole, err := r.job.Whole(doc, report)
		if err != nil {
			return doc, err
		}
		return whole, nil
	case len(doc.Blocks) > 0:
		return doc, nil
	}
	return doc, fmt.Errorf("the article is at %s, and nothing is fetched", doc.Meta.URL)
}

// failure is the issue of an article that could not be read.
func (r *run) failure(rec *record, err error) article.Issue {
	action := "a chapter that says so"
	if r.job.Options.Failed == Skip {
		action = "left out"
	}
	return article.Issue{
		Severity: article.Loss, Code: "article.failed", Article: rec.name, URL: rec.url,
		Detail: err.Error(), Action: action,
	}
}

// nameTitle makes a title of the name of an input.
func nameTitle(name string) string {
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	if t := strings.TrimSuffix(base, path.Ext(base)); t != "" && t != "-" {
		return t
	}
	return base
}

// parseDate reads the dates that a front matter names an end with; zero: it is none.
func parseDate(s string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// eachImage calls f for every picture of a document with the place of its block.
func eachImage(doc *article.Document, f func(article.Pos, *article.Image)) {
	if doc.Meta.Lead != nil {
		f(article.Pos{}, doc.Meta.Lead)
	}
	doc.Walk(func(b article.Block) bool {
		for _, img := range article.Images(b) {
			f(b.Position(), img)
		}
		return true
	})
}

// imageSum tells pictures of one article apart.
func imageSum(img *article.Image) uint64 {
	h := fnv.New64a()
	h.Write([]byte(img.Src))
	h.Write([]byte{0})
	h.Write([]byte(img.Referrer))
	return h.Sum64()
}

func isData(src string) bool {
	return len(src) > 5 && bytes.EqualFold([]byte(src[:5]), []byte("data:"))
}

func cloneStrings(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.Clone(s)
	}
	return out
}
