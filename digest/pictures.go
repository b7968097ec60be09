package digest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/redact"
	"github.com/leporello-press/leporello/press"
)

// again ends the keys of tasks that ask for the pictures of an article that was
// chosen.
const again = "/again"

// Bounds of the pictures of one document. Books have fewer, by press.Options.
const (
	maxPictures = 500
	fetches     = 8 // at once
)

// wantPictures adds a task for each document of an issue, to make sure of its
// pictures.
func (e *Engine) wantPictures(ctx context.Context, r *state.Run) error {
	d, err := e.digest(r.Digest)
	if err != nil {
		return err
	}
	job, _, err := e.Book(d)
	if err != nil || job.Options.Images != press.Embed {
		return err
	}
	items, err := e.State.Items(ctx, r.ID)
	if err != nil {
		return err
	}
	var tasks []state.Task
	for _, it := range items {
		if it.Chosen && it.Doc != "" {
			tasks = append(tasks, state.Task{Run: r.ID, Step: StepPictures, Key: fmt.Sprint(it.Article, "/", it.Doc, again)})
		}
	}
	return e.State.AddTasks(ctx, tasks)
}

// pictured tells whether all pictures of an issue were asked for. One that its host
// does not give is lost; one that cannot be kept here is had when the disk has room.
func (e *Engine) pictured(ctx context.Context, r *state.Run) error {
	lost, _, err := e.failed(ctx, r.ID, StepPictures)
	lost = slices.DeleteFunc(lost, func(t state.Task) bool { return !strings.HasSuffix(t.Key, again) })
	if err != nil || len(lost) == 0 {
		return err
	}
	if err := e.again(ctx, lost); err != nil {
		return err
	}
	return fmt.Errorf("pictures of %d articles could not be kept: %s", len(lost), lost[0].Detail)
}

// pictures gets the pictures of a document that are not there yet. Those that cannot
// be had are rows, with the reason.
func (e *Engine) pictures(ctx context.Context, r *state.Run, key string) (string, error) {
	number, key := cutKey(key)
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return "", Final(fmt.Errorf("digest: a task for pictures %q", key))
	}
	a, err := e.State.Article(ctx, id)
	if err != nil {
		return "", err
	}
	key = strings.TrimSuffix(key, again)
	doc, err := e.document(ctx, key)
	if errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrDamaged) {
		return redact.Text(err.Error()), nil // its chapter tells
	}
	if err != nil {
		return "", err
	}
	known, err := e.State.Pictures(ctx, key)
	if err != nil {
		return "", err
	}
	page := doc.Meta.URL
	if page == "" {
		page = a.Name
	}
	wanted := picturesOf(doc)
	wanted = slices.DeleteFunc(wanted, func(p press.Picture) bool {
		// Files are read with their article, and are not here any more.
		p.Files = nothing{}
		if !p.Remote() && !strings.HasPrefix(p.Src, "//") {
			return true
		}
		i := slices.IndexFunc(known, func(k state.Picture) bool { return k.Src == p.Src })
		return i >= 0 && (known[i].Worthless || known[i].Key != "" && e.restore(ctx, known[i].Key) == nil)
	})
	if len(wanted) == 0 {
		return "", nil
	}
	for i := range wanted {
		wanted[i].Page = page
	}
	session, release, err := e.session(r.ID)
	if err != nil {
		return "", err
	}
	defer release()
	return e.fetchPictures(ctx, session.Fetcher, key, wanted[:min(len(wanted), maxPictures)])
}

// local takes the pictures of an article that are files beside it.
func (h *harvest) local(ctx context.Context, a *state.Article, r read) error {
	if h.old(a) {
		if known, err := h.State.Pictures(ctx, a.Doc); err != nil || len(known) > 0 {
			return err
		}
	}
	wanted := slices.DeleteFunc(picturesOf(r.doc), func(p press.Picture) bool {
		p.Files = r.in.Files
		return p.Remote()
	})
	for i := range wanted {
		wanted[i].Files, wanted[i].Path, wanted[i].Page = r.in.Files, r.in.Path, r.in.Base
	}
	_, err := h.fetchPictures(ctx, h.session.Fetcher, a.Doc, wanted)
	return err
}

// picturesOf returns the pictures of a document that are not within it, each address
// once.
func picturesOf(doc *article.Document) []press.Picture {
	var list []press.Picture
	seen := map[string]bool{"": true}
	for img := range doc.Images() {
		if !seen[img.Src] && !isData(img.Src) {
			seen[img.Src] = true
			list = append(list, press.Picture{Src: img.Src, Referrer: img.Referrer})
		}
	}
	return list
}

func isData(src string) bool { return len(src) > 5 && strings.EqualFold(src[:5], "data:") }

// fetchPictures gets pictures of a document, keeps them, and writes down what came
// of each.
func (e *Engine) fetchPictures(ctx context.Context, f press.Fetcher, doc string, wanted []press.Picture) (string, error) {
	rows := make([]state.Picture, len(wanted))
	errs := make([]error, len(wanted))
	var wg sync.WaitGroup
	slots := make(chan struct{}, fetches)
	for i, p := range wanted {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() != nil {
				return
			}
			got := f.Fetch(ctx, p)
			rows[i] = state.Picture{
				Doc: doc, Src: p.Src, Key: got.Key, Reason: got.Reason, Detail: got.Detail, Hint: got.Hint, Bytes: got.Bytes,
				Stale: got.Stale, Worthless: got.Worthless, Lossy: got.Lost != "",
			}
			if errs[i] = got.Fault; got.Key != "" {
				errs[i] = e.keepPicture(ctx, got.Key)
			}
			if errs[i] == nil && (got.Key == "" || got.Stale) {
				rows[i].Attempts, errs[i] = json.Marshal(got.Attempts)
			}
			e.fault("picture %d", i+1)
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	missing := 0
	for i, err := range errs {
		if err != nil {
			return "", err
		}
		if rows[i].Key == "" && !rows[i].Worthless {
			missing++
		}
	}
	if err := e.State.PutPictures(ctx, rows); err != nil {
		return "", err
	}
	if missing == 0 {
		return "", nil
	}
	return fmt.Sprintf("%d of %d pictures missing", missing, len(rows)), nil
}

// keepPicture puts a picture of Assets into the store of blobs.
func (e *Engine) keepPicture(ctx context.Context, key string) error {
	if there, err := e.Blobs.Has(ctx, key); err != nil || there {
		return err
	}
	path, err := e.Assets.Path(key)
	if err != nil {
		return err
	}
	return e.Blobs.PutFile(ctx, key, path)
}

// restore makes sure that a picture is in Assets, whole.
func (e *Engine) restore(ctx context.Context, key string) error {
	if e.Assets.Verify(key) == nil {
		return e.keepPicture(ctx, key)
	}
	b, err := e.Blobs.Open(ctx, key)
	if err != nil {
		return err
	}
	defer b.Close()
	a, err := e.Assets.Put(b)
	if err == nil && a.Key != key {
		err = fmt.Errorf("picture %.8s: %w", key, fs.ErrNotExist)
	}
	return err
}

// nothing is a tree without files. Documents of the store have it in place of the
// files that their pictures were read from, so that these count as local ones.
type nothing struct{}

// Open implements fs.FS.
func (nothing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
