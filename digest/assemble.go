package digest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/press"
	"github.com/leporello-press/leporello/source"
)

// prepare writes down what the books of r are made by, and asks for them.
func (e *Engine) prepare(ctx context.Context, r *state.Run, f *frozen) error {
	d, err := e.digest(r.Digest)
	if err != nil {
		return err
	}
	job, _, err := e.Book(d)
	if err != nil {
		return err
	}
	items, err := e.chosen(ctx, r.ID)
	if err != nil {
		return err
	}
	var pictures []state.Picture
	for _, it := range items {
		if it.Doc == "" {
			continue
		}
		rows, err := e.State.Pictures(ctx, it.Doc)
		if err != nil {
			return err
		}
		pictures = append(pictures, rows...)
	}
	if f.Pictures, err = e.putJSON(ctx, pictures); err != nil {
		return err
	}
	vars := recipe.Vars{
		Name: d.Name, Issue: r.Number, Slot: r.At.In(d.Zone), From: inZone(r.From, d.Zone), To: inZone(r.To, d.Zone),
		Lang: job.Options.Lang, Articles: len(items),
	}
	if r.From.IsZero() {
		// Of the first issue it is the day of its oldest article.
		for _, it := range items {
			day := it.article.Published
			if day.IsZero() {
				day = it.article.FirstSeen
			}
			if vars.From.IsZero() || day.Before(vars.From) {
				vars.From = inZone(day, d.Zone)
			}
		}
	}
	if vars.Lang == "" {
		vars.Lang = press.Language(items, func(it item) string { return it.article.Lang })
	}
	f.Digest, f.Title, f.Paths = d, d.Title.Execute(vars), nil
	for _, o := range d.Outputs {
		vars.Format = o.Format
		f.Paths = append(f.Paths, f.place(e.Config.Abs(o.Path.Execute(vars))))
	}
	sources := []string{d.Name, r.Slot}
	for _, s := range e.Config.Of(d) {
		sources = append(append(sources, s.Name), s.Inputs...)
	}
	f.Identifier = press.Identifier(sources...)
	if err := f.keep(r); err != nil {
		return err
	}
	r.Title = f.Title
	if err := e.State.AddTasks(ctx, []state.Task{{Run: r.ID, Step: StepAssemble, Key: theBook}}); err != nil {
		return err
	}
	return e.become(ctx, r, state.RunAssembling)
}

// place returns where a book goes whose path is by the recipe.
func (f *frozen) place(path string) string {
	if f.OutputDir == "" {
		return path
	}
	return filepath.Join(f.OutputDir, filepath.Base(path))
}

// item is an item with its article.
type item struct {
	state.Item
	article state.Article
}

// chosen returns what the issue of a run has, in the order of the book.
func (e *Engine) chosen(ctx context.Context, run int64) ([]item, error) {
	all, err := e.State.Items(ctx, run)
	if err != nil {
		return nil, err
	}
	var items []item
	var ids []int64
	for _, it := range all {
		if it.Chosen {
			items = append(items, item{Item: it})
			ids = append(ids, it.Article)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	articles := make(map[int64]state.Article, len(ids))
	for a, err := range e.State.Articles(ctx, state.ArticleQuery{IDs: ids}) {
		if err != nil {
			return nil, err
		}
		articles[a.ID] = a
	}
	for i := range items {
		items[i].article = articles[items[i].Article]
	}
	return items, nil
}

// putJSON puts v into the store.
func (e *Engine) putJSON(ctx context.Context, v any) (key string, err error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	key, _, err = e.Blobs.Put(ctx, strings.NewReader(string(b)))
	return key, err
}

// assemble makes the books of r and notes that they are made.
func (e *Engine) assemble(ctx context.Context, r *state.Run) error {
	if r.State != state.RunAssembling {
		return nil // it was done before
	}
	f, err := configOf(r)
	if err != nil {
		return err
	}
	items, err := e.chosen(ctx, r.ID)
	if err != nil {
		return err
	}
	rep, cover, err := e.print(ctx, r, &f, items)
	if err != nil {
		return err
	}
	e.fault("printed")
	outputs := make([]state.Output, len(rep.Outputs))
	for i, o := range rep.Outputs {
		if err := e.keepBook(ctx, o); err != nil {
			return err
		}
		outputs[i] = state.Output{
			Run: r.ID, N: i, Path: o.Path, Format: o.Format, Blob: o.SHA256, Bytes: o.Bytes, Pages: o.Pages,
			Articles: o.Articles, Volume: max(o.Volume, 1), Volumes: max(o.Volumes, 1), Cover: cover,
		}
	}
	var seen []string
	for _, it := range items {
		if it.Doc != "" {
			seen = append(seen, keys(&it.article, recipe.Dedupe{GUID: true, URL: true, Content: true})...)
		}
	}
	if r.Report, err = json.Marshal(rep); err != nil {
		return err
	}
	r.State, r.Title, r.Error, r.Tool = state.RunMade, rep.Title, "", e.Tool
	e.fault("committing")
	if err := e.State.Commit(ctx, r, outputs, seen); err != nil {
		return err
	}
	e.fault("committed")
	for _, o := range rep.Outputs {
		e.Log.InfoContext(ctx, "a book is made", "run", r.ID, "digest", r.Digest, "issue", r.Number, "path", o.Path, "bytes", o.Bytes, "articles", o.Articles)
	}
	return nil
}

// keepBook puts a book into the store, so that it can be had when its file is gone.
func (e *Engine) keepBook(ctx context.Context, o press.OutputReport) error {
	if there, err := e.Blobs.Has(ctx, o.SHA256); err != nil || there {
		return err
	}
	file, err := os.Open(o.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	// A copy: the file is the reader's, who may change it.
	key, _, err := e.Blobs.Put(ctx, file)
	if err == nil && key != o.SHA256 {
		err = fmt.Errorf("%s was changed by someone else", o.Path)
	}
	return err
}

// print makes the books of what was frozen, and returns the blob of their cover; empty:
// they have none.
func (e *Engine) print(ctx context.Context, r *state.Run, f *frozen, items []item) (*Report, string, error) {
	job, thresholds, err := e.Book(f.Digest)
	if err != nil {
		return nil, "", err
	}
	if len(job.Outputs) != len(f.Paths) {
		return nil, "", Final(fmt.Errorf("digest %s: %d outputs for %d paths", r.Digest, len(job.Outputs), len(f.Paths)))
	}
	for i, path := range f.Paths {
		if slices.Index(f.Paths, path) != i {
			return nil, "", Final(fmt.Errorf("%s is to be written twice", path))
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, "", err
		}
		job.Outputs[i].Path = path
	}
	reader := stored{issues: map[string][]article.Issue{}}
	job.Inputs, job.Readers, job.Whole = nil, []source.Reader{&reader}, nil
	for _, it := range items {
		if reader.issues[it.Doc], err = issuesOf(&it); err != nil {
			return nil, "", err
		}
		job.Inputs = append(job.Inputs, e.input(ctx, &it))
	}
	fetcher := &kept{Engine: e, run: r.ID}
	defer fetcher.close()
	if fetcher.pictures, err = e.frozenPictures(ctx, f); err != nil {
		return nil, "", err
	}
	job.Assets, job.Pictures, job.Clock, job.Tool, job.Progress = e.Assets, fetcher, e.Clock, e.Tool, e.progress(r)
	o := &job.Options
	// What the issue has is decided.
	o.Drafts, o.Future, o.Limit = true, true, 0
	o.Now, o.Since, o.Until = time.Time{}, time.Time{}, time.Time{}
	o.Title, o.Identifier, o.Series, o.Number, o.Modified, o.Zone = f.Title, f.Identifier, f.Digest.Series, r.Number, r.At.UTC(), f.Digest.Zone
	covers := make([]string, len(job.Outputs))
	if draw := job.Cover; draw != nil {
		job.Cover = func(ctx context.Context, c press.Cover) (string, error) {
			key, err := draw(ctx, c)
			if c.Book.Volume <= 1 {
				covers[c.Output] = key // each output asks from one goroutine
			}
			return key, err
		}
	}
	made, err := press.Run(ctx, job)
	if ctx.Err() != nil {
		return nil, "", context.Cause(ctx)
	}
	if errors.Is(err, press.ErrNoArticles) || errors.Is(err, press.ErrTooLarge) || errors.Is(err, press.ErrIsInput) {
		err = Final(err)
	}
	cover := ""
	if i := slices.IndexFunc(covers, func(key string) bool { return key != "" }); err == nil && i >= 0 {
		cover = covers[i]
		err = e.keepPicture(ctx, cover)
	}
	rep, rerr := e.report(ctx, r, f, made, thresholds)
	if err == nil {
		err = rerr
	}
	return rep, cover, err
}

// progress tells who watches the making of books.
func (e *Engine) progress(r *state.Run) func(press.Progress) {
	if e.Fault == nil && e.Progress == nil {
		return nil
	}
	return func(p press.Progress) {
		e.fault("print %v %d", p.Phase, p.Done)
		if e.Progress != nil {
			e.Progress(r.Digest, p)
		}
	}
}

// input is the document of an item as an input of press.
func (e *Engine) input(ctx context.Context, it *item) press.Input {
	name, doc := it.article.Name, it.Doc
	return press.Input{Name: name, Load: func() (source.Input, error) {
		if doc == "" {
			return source.Input{}, errors.New(it.Detail)
		}
		b, err := blob.ReadAll(ctx, e.Blobs, doc, maxDocument)
		return source.Input{Name: name, Data: b, Files: nothing{}, Path: doc}, err
	}}
}

// issuesOf returns what was worked around when the article of an item was read, and
// what is odd about its being chosen.
func issuesOf(it *item) ([]article.Issue, error) {
	var list []article.Issue
	if len(it.article.Issues) > 0 {
		if err := json.Unmarshal(it.article.Issues, &list); err != nil {
			return nil, fmt.Errorf("digest: the issues of article %d: %w", it.Article, err)
		}
	}
	if it.Doc != "" && it.Detail != "" {
		list = append(list, article.Issue{Severity: article.Info, Code: "article.near_duplicate", Article: it.article.Name, Detail: it.Detail, Action: "kept"})
	}
	return list, nil
}

// stored reads documents of the store. An input's path is the blob of its document.
type stored struct{ issues map[string][]article.Issue }

func (s *stored) Name() string            { return "stored" }
func (s *stored) Match(source.Input) bool { return true }

func (s *stored) Read(in source.Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	return func(yield func(*article.Document, error) bool) {
		for _, i := range s.issues[in.Path] {
			report(i)
		}
		doc := new(article.Document)
		if err := json.Unmarshal(in.Data, doc); err != nil {
			yield(nil, err)
			return
		}
		yield(doc, nil)
	}
}

// frozenPictures returns what came of the pictures of an issue, by document and
// address.
func (e *Engine) frozenPictures(ctx context.Context, f *frozen) (map[[2]string]state.Picture, error) {
	b, err := blob.ReadAll(ctx, e.Blobs, f.Pictures, maxDocument)
	if err != nil {
		return nil, err
	}
	var rows []state.Picture
	if err := json.Unmarshal(b, &rows); err != nil {
		return nil, fmt.Errorf("digest: the pictures of an issue: %w", err)
	}
	pictures := make(map[[2]string]state.Picture, len(rows))
	for _, p := range rows {
		pictures[[2]string{p.Doc, p.Src}] = p
	}
	return pictures, nil
}

// kept is a press.Fetcher that has the pictures of an issue and no network.
type kept struct {
	*Engine
	run      int64
	pictures map[[2]string]state.Picture // by document and address

	once    sync.Once
	session *Session // for pictures within documents; nil: there is none yet
	release func()
	err     error
}

// within returns what reads pictures that are within documents.
func (k *kept) within() (press.Fetcher, error) {
	k.once.Do(func() { k.session, k.release, k.err = k.Engine.session(k.run) })
	if k.err != nil {
		return nil, k.err
	}
	return k.session.Fetcher, nil
}

func (k *kept) close() {
	if k.release != nil {
		k.release()
	}
}

// Fetch implements press.Fetcher.
func (k *kept) Fetch(ctx context.Context, p press.Picture) press.Fetched {
	if isData(p.Src) {
		f, err := k.within()
		if err != nil {
			return press.Fetched{Reason: "failed", Detail: err.Error()}
		}
		return f.Fetch(ctx, p)
	}
	row, ok := k.pictures[[2]string{p.Path, p.Src}]
	if !ok {
		return press.Fetched{Reason: "not_kept", Detail: "it was never asked for"}
	}
	got := press.Fetched{Key: row.Key, Cached: true, Stale: row.Stale, Reason: row.Reason, Detail: row.Detail, Hint: row.Hint, Worthless: row.Worthless}
	if len(row.Attempts) > 0 {
		json.Unmarshal(row.Attempts, &got.Attempts) // they are only to be told
	}
	if row.Key == "" {
		return got
	}
	if err := k.restore(ctx, row.Key); err != nil {
		return press.Fetched{Reason: "not_kept", Detail: err.Error()}
	}
	a, err := k.Assets.Stat(row.Key)
	if err != nil {
		return press.Fetched{Reason: "not_kept", Detail: err.Error()}
	}
	got.Size, got.Lost = a.Bytes, a.Lost
	return got
}

// Issue returns the run that made an issue.
func (e *Engine) Issue(ctx context.Context, digest string, number int) (state.Run, error) {
	runs, err := e.State.Runs(ctx, state.RunQuery{Digest: digest, Number: number})
	for _, r := range runs {
		if number > 0 && !r.Made.IsZero() {
			return r, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("digest %s: issue %d: %w", digest, number, ErrNoIssue)
	}
	return state.Run{}, err
}

// Remake makes the books of an issue again, of what was frozen for it, into dir; empty:
// to where they were. It changes nothing in the state. Other tells which of the books
// have other bytes than they had: those that another version of the program made.
func (e *Engine) Remake(ctx context.Context, digest string, number int, dir string) (rep *Report, other []string, err error) {
	r, err := e.Issue(ctx, digest, number)
	if err != nil {
		return nil, nil, err
	}
	f, err := configOf(&r)
	if err != nil {
		return nil, nil, err
	}
	if f.OutputDir = dir; dir != "" {
		for i, path := range f.Paths {
			f.Paths[i] = f.place(path)
		}
	}
	items, err := e.chosen(ctx, r.ID)
	if err == nil && len(items) == 0 {
		err = fmt.Errorf("digest %s: issue %d: what it was made of is forgotten", digest, r.Number)
	}
	if err != nil {
		return nil, nil, err
	}
	rep, _, err = e.print(ctx, &r, &f, items)
	e.mu.Lock()
	e.drop(r.ID)
	e.mu.Unlock()
	if err != nil {
		return rep, nil, err
	}
	was, err := e.State.Outputs(ctx, r.ID)
	for i, o := range rep.Outputs {
		if i >= len(was) || was[i].Blob != o.SHA256 {
			other = append(other, o.Path)
		}
	}
	return rep, other, err
}
