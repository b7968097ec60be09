package digest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/redact"
	"github.com/leporello-press/leporello/press"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/feed"
)

// maxDocument bounds the JSON of a document that is read: that of the largest input,
// whose pictures may be within it.
const maxDocument = 256 << 20

// inputs bounds the inputs of one source that are read at once.
const inputs = 8

// harvest is the reading of one source.
type harvest struct {
	*Engine
	run     int64
	src     *recipe.Source
	session *Session
	reading Reading
	at      time.Time // when it began
	embeds  bool      // somebody wants the pictures

	seen, fresh int
	lost        []error // inputs that could not be read
}

// fetch reads a source: every article becomes a row and a document in the store.
// What the source has only a part of becomes a task to parse.
func (e *Engine) fetch(ctx context.Context, r *state.Run, name string) (string, error) {
	src := e.Config.Source(name)
	if src == nil {
		return "", Final(fmt.Errorf("source %s: %w", name, ErrNoDigest))
	}
	session, reading, done, err := e.reading(ctx, r.ID, src)
	if err != nil {
		return "", err
	}
	defer done()
	h := &harvest{Engine: e, run: r.ID, src: src, session: session, reading: reading, at: e.Clock(), embeds: e.embeds(name)}
	entries, err := reading.Find(ctx)
	if err != nil {
		h.lost = append(h.lost, err)
	}
	good, err := h.readAll(ctx, entries)
	if err != nil {
		return "", err
	}
	lost := errors.Join(h.lost...)
	if good == 0 && lost != nil {
		// Final where each of them is.
		if slices.ContainsFunc(h.lost, func(err error) bool { return !errors.Is(err, ErrFinal) && !errors.Is(err, fs.ErrNotExist) }) {
			return "", errors.New(lost.Error())
		}
		return "", Final(lost)
	}
	detail := ""
	if lost != nil {
		detail = redact.Text(lost.Error())
		e.Log.WarnContext(ctx, "a part of a source could not be read", "source", name, "error", detail)
	}
	if err := e.State.SetHarvested(ctx, name, h.at, h.seen, h.fresh, detail); err != nil {
		return "", err
	}
	e.Log.InfoContext(ctx, "a source was read", "source", name, "seen", h.seen, "fresh", h.fresh)
	return detail, nil
}

// reading returns how a run reads a source, the session that it does it in, and what
// lets go of both.
func (e *Engine) reading(ctx context.Context, run int64, src *recipe.Source) (*Session, Reading, func(), error) {
	session, release, err := e.session(run)
	if err != nil {
		return nil, Reading{}, nil, err
	}
	reading, done, err := session.Read(ctx, src)
	if err != nil {
		release()
		return nil, Reading{}, nil, err
	}
	return session, reading, func() { done(); release() }, nil
}

// readAll reads inputs, several at a time, and takes what is in them in their order,
// so that the numbers of articles are in it, too. It returns how many could be read.
func (h *harvest) readAll(ctx context.Context, entries []source.Entry) (good int, err error) {
	type result struct {
		articles []read
		err      error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make([]chan result, len(entries))
	for i := range results {
		results[i] = make(chan result, 1)
	}
	slots := make(chan struct{}, inputs)
	go func() {
		for i, entry := range entries {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			go func() {
				articles, err := h.read(entry)
				results[i] <- result{articles, err}
			}()
		}
	}()
	var all []read // where the number of articles is limited
	for i := range entries {
		var got result
		select {
		case got = <-results[i]:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
		<-slots
		if got.err != nil {
			h.lost = append(h.lost, got.err)
		} else {
			good++
		}
		if h.src.Limit > 0 {
			all = append(all, got.articles...)
			continue
		}
		for _, a := range got.articles {
			if err := h.take(ctx, a); err != nil {
				return 0, err
			}
		}
	}
	for _, a := range h.newest(all) {
		if err := h.take(ctx, a); err != nil {
			return 0, err
		}
	}
	return good, nil
}

// embeds tells whether a digest that has the pictures in its books is of a source.
func (e *Engine) embeds(name string) bool {
	used := false
	for i := range e.Config.Digests {
		d := &e.Config.Digests[i]
		for _, s := range e.Config.Of(d) {
			if s.Name != name {
				continue
			}
			used = true
			if job, _, err := e.Book(d); err != nil || job.Options.Images == press.Embed {
				return true
			}
		}
	}
	return !used // whoever keeps a source for a digest to come wants all of it
}

// read is a document as its input has it.
type read struct {
	in     source.Input // without its bytes
	name   string       // of the input, and of the document in it where there are several
	entry  bool         // one of those that come and go in its input
	doc    *article.Document
	err    error
	issues []article.Issue
}

// read reads one input. What an earlier run had of one that cannot be had now comes
// with the error: it may not have been stored, but nobody shall take a feed that is
// gone for one with nothing new.
func (h *harvest) read(entry source.Entry) ([]read, error) {
	in, err := entry.Load()
	if err != nil {
		return nil, err
	}
	var list []read
	var pending []article.Issue
	report := func(i article.Issue) {
		if i.Article == "" {
			i.Article = in.Name
		}
		pending = append(pending, i)
	}
	var lost error
	if in.Stale != nil {
		report(article.Issue{Severity: article.Info, Code: "article.stale", URL: in.Base, Detail: "cannot be had now: " + in.Stale.Error(), Action: "that of an earlier run"})
		lost = fmt.Errorf("%s: %w", in.Name, in.Stale)
	}
	without := in
	without.Data = nil
	name := h.within(in.Name)
	for doc, err := range source.Read(h.reading.Readers, in, report) {
		if errors.Is(err, source.ErrElsewhere) {
			continue
		}
		if errors.Is(err, feed.ErrNoFeed) {
			return nil, err // not an article: no issue has a chapter of it
		}
		list = append(list, read{in: without, name: name, doc: doc, err: err, issues: pending})
		pending = nil
	}
	if len(list) == 0 {
		return nil, lost // a feed may be empty
	}
	list[len(list)-1].issues = append(list[len(list)-1].issues, pending...)
	if len(list) > 1 {
		for i := range list {
			list[i].name = name + "#" + strconv.Itoa(i+1)
		}
	}
	if r := source.ReaderOf(h.reading.Readers, in); len(list) > 1 || r != nil && r.Name() == "feed" {
		for i := range list {
			list[i].entry = true
		}
		distinct(list)
	}
	return h.young(list), lost
}

// distinct gives the articles of one input identifiers by which none is taken for
// another: there are feeds that give all their entries one GUID, the address of their
// front page, parts of a single page as addresses, or nothing. Such an article is known
// by its address, where that is its own, else by its text. One that comes twice with its
// GUID and its address has been edited.
func distinct(list []read) {
	address := func(r *read) string {
		u := canonical(r.doc.Meta.URL)
		if strings.Contains(r.doc.Meta.URL, "#") || !ownPage(u) {
			return ""
		}
		return u
	}
	of := map[string]string{}   // the address that goes with a GUID
	shared := map[string]bool{} // GUIDs with more than one, or none
	pages := map[string]int{}   // how many articles have an address
	for i := range list {
		r := &list[i]
		if r.err != nil {
			continue
		}
		id, at := r.doc.Meta.ID, address(r)
		if known, ok := of[id]; ok && (known != at || at == "") {
			shared[id] = true
		}
		of[id] = at
		pages[at]++
	}
	for i := range list {
		r := &list[i]
		if r.err != nil || r.doc.Meta.ID != "" && !shared[r.doc.Meta.ID] {
			continue
		}
		r.doc.Meta.ID = address(r)
		if r.doc.Meta.ID == "" || pages[r.doc.Meta.ID] > 1 {
			r.doc.Meta.ID = "urn:sha256:" + fingerprintOf(r.doc).content
		}
	}
}

// within returns the path of a file below the folder of the configuration as relative
// to that, so that it is the same from wherever the program runs, and when the folder
// was moved; other names as they are.
func (e *Engine) within(name string) string {
	if strings.Contains(name, "://") {
		return name
	}
	dir, err := filepath.Abs(e.Config.Dir)
	if err != nil {
		return name
	}
	abs, err := filepath.Abs(filepath.FromSlash(name))
	if err != nil {
		return name
	}
	rel, err := filepath.Rel(dir, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return name
	}
	return filepath.ToSlash(rel)
}

// young leaves out what is older than the source may have it.
func (h *harvest) young(list []read) []read {
	if h.src.MaxAge <= 0 {
		return list
	}
	return slices.DeleteFunc(list, func(r read) bool {
		d := r.date()
		return !d.IsZero() && h.at.Sub(d) > h.src.MaxAge
	})
}

// newest returns as many as the source may have in one harvest.
func (h *harvest) newest(list []read) []read {
	// Feeds have their newest first, unless dates say otherwise.
	press.SortBy(list, press.Newest, "", func(r read) (time.Time, string) { return r.date(), "" })
	return list[:min(len(list), max(h.src.Limit, 0))]
}

// date is zero where it is not known.
func (r *read) date() time.Time {
	if r.doc == nil {
		return time.Time{}
	}
	return dateOf(&r.doc.Meta)
}

// dateOf is when an article appeared, as far as is known.
func dateOf(m *article.Meta) time.Time {
	if m.Published.IsZero() {
		return m.Updated
	}
	return m.Published
}

// take makes a row of what was read, and tasks of what is to be done about it.
func (h *harvest) take(ctx context.Context, r read) error {
	h.seen++
	a := state.Article{Source: h.src.Name, URL: r.name, Name: r.name, LastSeen: h.at, Extent: article.Whole}
	if r.entry && r.err == nil {
		a.URL = "" // its place in the input is another's tomorrow
	}
	if r.err != nil {
		a.Title, a.Error = r.name, redact.Text(r.err.Error())
		if r.doc != nil {
			a.GUID, a.Title, a.URL = r.doc.Meta.ID, r.doc.Meta.Title, canonical(r.doc.Meta.URL)
		}
		return h.put(ctx, &a)
	}
	if !tagged(h.src.Tags, r.doc.Meta.Tags) {
		h.seen--
		return nil
	}
	entry, err := json.Marshal(r.doc)
	if err != nil { // a date beyond the year 9999
		a.Title, a.Error = r.doc.Meta.Title, err.Error()
		return h.put(ctx, &a)
	}
	if r.doc.Extent == article.Whole {
		a, err = h.store(ctx, a, r.doc, r.issues)
		if err != nil {
			return err
		}
		if err := h.put(ctx, &a); err != nil {
			return err
		}
		if r.in.Files != nil {
			// They are here now; who knows where the folder is when a book is made.
			if err := h.local(ctx, &a, r); err != nil {
				return err
			}
		}
		return h.wantPictures(ctx, &a)
	}
	// What is known is an article as long as the whole cannot be had.
	key, _, err := h.Blobs.Put(ctx, bytes.NewReader(entry))
	if err != nil {
		return err
	}
	a.Extent = r.doc.Extent
	known := *r.doc
	known.Extent = article.Whole
	if len(known.Blocks) > 0 {
		r.issues = append(r.issues, article.Issue{Severity: article.Loss, Code: "excerpt.only", Article: r.name, URL: known.Meta.URL,
			Detail: "only the beginning or a summary is known", Action: "taken for the article"})
		a, err = h.store(ctx, a, &known, r.issues)
	} else {
		describe(&a, &known.Meta)
		a.Error = "the article is at " + redact.Address(known.Meta.URL) + ", and was not fetched yet"
	}
	if err != nil {
		return err
	}
	a.Entry = key
	if err := h.put(ctx, &a); err != nil { // a is now what is known, which may be the whole
		return err
	}
	if a.Extent == article.Whole && a.Doc != "" && a.Entry == key {
		return h.wantPictures(ctx, &a)
	}
	return h.State.AddTasks(ctx, []state.Task{{Run: h.run, Step: StepParse, Key: fmt.Sprint(a.ID, "/", key)}})
}

// put enters a row.
func (h *harvest) put(ctx context.Context, a *state.Article) error {
	fresh, changed, err := h.State.PutArticle(ctx, a)
	if err != nil {
		return err
	}
	if fresh {
		h.fresh++
	}
	if fresh || changed {
		h.Log.DebugContext(ctx, "an article is new, or has changed", "source", a.Source, "article", a.ID, "title", a.Title, "address", redact.Address(a.URL), "error", a.Error)
	}
	return nil
}

// wantPictures adds a task for the pictures of an article's document.
func (h *harvest) wantPictures(ctx context.Context, a *state.Article) error {
	if !h.embeds || a.Doc == "" || h.old(a) {
		return nil
	}
	return h.State.AddTasks(ctx, []state.Task{{Run: h.run, Step: StepPictures, Key: fmt.Sprint(a.ID, "/", a.Doc)}})
}

// old tells whether an article is no news any more: its pictures were asked for often
// enough. They are once more when an issue has it.
func (h *harvest) old(a *state.Article) bool { return h.at.Sub(a.FirstSeen) > 48*time.Hour }

// tagged tells whether an article has one of the tags that are wanted.
func tagged(wanted, has []string) bool {
	if len(wanted) == 0 {
		return true
	}
	for _, w := range wanted {
		for _, t := range has {
			if t == w {
				return true
			}
		}
	}
	return false
}

// store puts a document into the store, and returns a with what is known of it.
func (e *Engine) store(ctx context.Context, a state.Article, doc *article.Document, issues []article.Issue) (state.Article, error) {
	b, err := json.Marshal(doc)
	if err != nil {
		return a, Final(err)
	}
	if a.Doc, _, err = e.Blobs.Put(ctx, bytes.NewReader(b)); err != nil {
		return a, err
	}
	a.Issues, a.Error = nil, ""
	if len(issues) > 0 {
		if a.Issues, err = json.Marshal(issues); err != nil {
			return a, err
		}
	}
	describe(&a, &doc.Meta)
	f := fingerprintOf(doc)
	a.Content, a.Near, a.Chars = f.content, f.near, f.chars
	return a, nil
}

// describe gives a what its document says of itself.
func describe(a *state.Article, m *article.Meta) {
	a.GUID, a.Title, a.Lang, a.Section, a.Published = m.ID, m.Title, m.Lang, m.Section, dateOf(m)
	a.Draft, a.Expires = press.Standing(m)
	if m.URL != "" {
		a.Name = m.URL
		if !strings.Contains(m.URL, "#") { // a part of a page shares its address with others
			a.URL = canonical(m.URL)
		}
	}
}

// parse gets the whole of an article. That it cannot be had is a result: what is
// known of it stays.
func (e *Engine) parse(ctx context.Context, r *state.Run, key string) (string, error) {
	number, entry := cutKey(key)
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return "", Final(fmt.Errorf("digest: a task to parse %q", key))
	}
	a, err := e.State.Article(ctx, id)
	if err != nil {
		return "", err
	}
	src := e.Config.Source(a.Source)
	if src == nil {
		return "its source is gone", nil
	}
	doc, err := e.document(ctx, entry)
	if err != nil {
		return "", err
	}
	session, reading, done, err := e.reading(ctx, r.ID, src)
	if err != nil {
		return "", err
	}
	defer done()
	var issues []article.Issue
	only := false // nothing but the excerpt could be had
	whole, err := reading.Whole(doc, func(i article.Issue) {
		if i.Article == "" {
			i.Article = a.Name
		}
		only = only || i.Code == "excerpt.only"
		issues = append(issues, i)
	})
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	switch {
	case err != nil:
		a.Error, a.LastSeen = redact.Text(err.Error()), e.Clock()
		_, _, perr := e.State.PutArticle(ctx, &a)
		return a.Error, perr
	case only:
		if a.Extent == article.Whole {
			return "an excerpt only", nil // of what is known in full
		}
	default:
		a.Extent = article.Whole
	}
	content := fingerprintOf(whole).content
	if same := session.sameFor(content, id); !only && len(same) > captive {
		return e.refuse(ctx, id, same)
	}
	a, err = e.store(ctx, a, whole, issues)
	if err != nil {
		return "", err
	}
	a.LastSeen, a.Entry = e.Clock(), entry
	if _, _, err := e.State.PutArticle(ctx, &a); err != nil {
		return "", err
	}
	if same := session.sameFor(content, id); !only && len(same) > captive { // that others came for in the meantime
		return e.refuse(ctx, id, same)
	}
	h := &harvest{Engine: e, run: r.ID, src: src, at: e.Clock(), embeds: e.embeds(src.Name)}
	return "", h.wantPictures(ctx, &a)
}

// captive is for how many articles one and the same page is believed. Networks that
// want a login answer everything with theirs, and papers what is said of subscribing.
const captive = 2

// refuse has articles asked for again, because the page that came for them is none of
// theirs, and leaves the last of them what was known of it.
func (e *Engine) refuse(ctx context.Context, last int64, same []int64) (string, error) {
	detail := fmt.Sprintf("the same page came for %d articles: does this network want a login first?", len(same))
	for _, id := range same {
		a, err := e.State.Article(ctx, id)
		if err != nil {
			return "", err
		}
		a.Entry, a.LastSeen = "", e.Clock()
		if id == last {
			a.Error = detail
		}
		if _, _, err := e.State.PutArticle(ctx, &a); err != nil {
			return "", err
		}
	}
	return detail, nil
}

// document returns a document of the store.
func (e *Engine) document(ctx context.Context, key string) (*article.Document, error) {
	b, err := blob.ReadAll(ctx, e.Blobs, key, maxDocument)
	if err != nil {
		return nil, err
	}
	doc := new(article.Document)
	if err := json.Unmarshal(b, doc); err != nil {
		return nil, fmt.Errorf("document %.8s: %w", key, err)
	}
	return doc, nil
}
