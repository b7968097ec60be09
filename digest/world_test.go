package digest

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/fnv"
	"html"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/digest/deliver"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/export/epub"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/media/fetch"
	"github.com/leporello-press/leporello/press"
	"github.com/leporello-press/leporello/press/online"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/feed"
	htmlsource "github.com/leporello-press/leporello/source/html"
	"github.com/leporello-press/leporello/source/markdown"
)

// world is a web without a network, a machine with a clock that stands still, and
// what a command would put together on it.
type world struct {
	*testing.T
	dir string // of the machine
	web *web

	mu    sync.Mutex
	now   time.Time
	fault func(string)

	config  *recipe.Config
	targets map[string]deliver.Target
	cache   string // folder of pictures
	opened  int    // sessions
	slept   int    // how often somebody waited to try again
}

// web is what addresses bring.
type web struct {
	mu       sync.Mutex
	feeds    map[string][]entry
	pages    map[string]string
	pictures map[string]bool // addresses whose picture is there
	down     bool
	stale    error // why there is no newer one than it brings
	garbled  bool  // feeds are none
	asked    map[string]int
}

// entry is an item of a feed.
type entry struct {
	guid, link, title, body string
	date                    time.Time
}

var settings = []recipe.Setting{
	{Name: "timezone", Scopes: recipe.InSource | recipe.InDigest},
	{Name: "images", Scopes: recipe.InDigest, Values: []string{"embed", "none"}, Default: "embed"},
	{Name: "sort", Scopes: recipe.InDigest},
	{Name: "group-by", Scopes: recipe.InDigest},
	{Name: "fail-on", Scopes: recipe.InDigest, Type: recipe.List},
	{Name: "format", Scopes: recipe.InOutput, Values: []string{"epub"}},
}

var sunday = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC) // a Sunday

// newWorld makes a world with a configuration.
func newWorld(t *testing.T, config string) *world {
	t.Helper()
	w := &world{
		T: t, dir: t.TempDir(), now: sunday,
		web: &web{feeds: map[string][]entry{}, pages: map[string]string{}, pictures: map[string]bool{}, asked: map[string]int{}},
	}
	w.cache = filepath.Join(w.dir, "cache")
	w.configure(config)
	return w
}

func (w *world) configure(config string) {
	w.Helper()
	path := filepath.Join(w.dir, "leporello.yaml")
	c, problems := recipe.Parse(path, []byte(config), settings)
	for _, p := range problems {
		w.Errorf("%v", p)
	}
	if c == nil || w.Failed() {
		w.FailNow()
	}
	c.Dir = w.dir
	w.config = c
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) at(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = t
}

// machine is a process of the world.
type machine struct {
	*Engine
	w     *world
	local *Local
}

// start starts a process, which ends with the test or with stop.
func (w *world) start() *machine {
	w.Helper()
	s, err := state.Open(w.Context(), state.Options{Path: filepath.Join(w.dir, "state.db"), Clock: w.clock})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { s.Close() })
	blobs, err := blob.OpenURL(w.Context(), "", blob.Options{Dir: filepath.Join(w.dir, "blobs")})
	if err != nil {
		w.Fatal(err)
	}
	assets, err := media.New(w.cache, media.Options{})
	if err != nil {
		w.Fatal(err)
	}
	e := New(Deps{
		Config: w.config, State: s, Blobs: blobs, Assets: assets, Clock: w.clock, Tool: "leporello test",
		Open: func() (*Session, error) {
			w.mu.Lock()
			w.opened++
			w.mu.Unlock()
			return w.session(assets)
		},
		Book: book, Fault: w.fault,
		Target: func(_ *recipe.Digest, t *recipe.Target) (deliver.Target, error) {
			if to, ok := w.targets[t.Name]; ok {
				return to, nil
			}
			return nil, fmt.Errorf("no target %s", t.Name)
		},
	})
	w.Cleanup(e.Close)
	return &machine{e, w, &Local{Engine: e, Workers: 3, Sleep: func(ctx context.Context, d time.Duration) error {
		w.mu.Lock()
		w.slept++
		w.mu.Unlock()
		return context.Cause(ctx)
	}}}
}

// stop ends a process.
func (m *machine) stop() {
	m.Close()
	m.State.Close()
}

func book(d *recipe.Digest) (press.Job, []press.Threshold, error) {
	var job press.Job
	var err error
	if job.Options.Sort, err = press.ParseSort(d.Settings["sort"].Text); err != nil {
		return job, nil, err
	}
	if job.Options.Group, err = press.ParseGrouping(d.Settings["group-by"].Text); err != nil {
		return job, nil, err
	}
	if job.Options.Images, err = press.ParseImageMode(d.Settings["images"].Text); err != nil {
		return job, nil, err
	}
	for range d.Outputs {
		job.Outputs = append(job.Outputs, press.Output{Format: "epub3", Exporter: epub.New(epub.Options{}), Pictures: epub.Pictures})
	}
	var thresholds []press.Threshold
	for _, s := range d.Settings["fail-on"].List {
		t, err := press.ParseThreshold(s)
		if err != nil {
			return job, nil, err
		}
		thresholds = append(thresholds, t)
	}
	return job, thresholds, nil
}

var htmlReaders = []source.Reader{feed.Reader{}, markdown.Reader{}, htmlsource.Reader{}}

func (w *world) session(assets *media.Dir) (*Session, error) {
	f, err := fetch.New(fetch.Options{Store: assets, Offline: true}) // for files and what is within documents
	if err != nil {
		return nil, err
	}
	return &Session{
		Fetcher: &fetcher{w.web, assets, online.Fetcher(f)},
		Read: func(ctx context.Context, s *recipe.Source) (Reading, func(), error) {
			pages := source.Web{Get: w.web.get, Follow: w.web.get}
			var inputs []string
			for _, in := range s.Inputs {
				if !strings.Contains(in, "://") {
					in = filepath.Join(w.dir, in)
				}
				inputs = append(inputs, in)
			}
			return Reading{
				Find: func(context.Context) ([]source.Entry, error) {
					return source.Find(inputs, source.Search{Get: w.web.get})
				},
				Readers: htmlReaders,
				Whole: func(doc *article.Document, report func(article.Issue)) (*article.Document, error) {
					return source.Complete(doc, pages, htmlReaders, report)
				},
			}, func() {}, nil
		},
		Close: func() { f.Close() },
	}, nil
}

var errDown = errors.New("connection refused")

func (v *web) get(address string) (source.Input, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked[address]++
	if v.down {
		return source.Input{}, errDown
	}
	if entries, ok := v.feeds[address]; ok {
		in := source.Input{Name: address, Base: address, Type: "application/rss+xml", Data: rss(entries), Stale: v.stale}
		if v.garbled {
			in.Data = []byte("Error 1040: too many connections")
		}
		return in, nil
	}
	if page, ok := v.pages[address]; ok {
		return source.Input{Name: address, Base: address, Type: "text/html", Data: []byte(page)}, nil
	}
	return source.Input{}, errors.New("HTTP 404")
}

// rss writes a feed.
func rss(entries []entry) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><link>https://news.example/</link>`)
	for _, e := range entries {
		fmt.Fprintf(&b, "<item><title>%s</title>", html.EscapeString(e.title))
		if e.guid != "" {
			fmt.Fprintf(&b, `<guid isPermaLink="false">%s</guid>`, e.guid)
		}
		if e.link != "" {
			fmt.Fprintf(&b, "<link>%s</link>", html.EscapeString(e.link))
		}
		if !e.date.IsZero() {
			fmt.Fprintf(&b, "<pubDate>%s</pubDate>", e.date.Format(time.RFC1123Z))
		}
		fmt.Fprintf(&b, "<description>%s</description></item>", html.EscapeString(e.body))
	}
	b.WriteString("</channel></rss>")
	return b.Bytes()
}

// fetcher brings the pictures of the web.
type fetcher struct {
	web    *web
	assets *media.Dir
	files  press.Fetcher
}

func (f *fetcher) Fetch(ctx context.Context, p press.Picture) press.Fetched {
	if !p.Remote() {
		return f.files.Fetch(ctx, p)
	}
	f.web.mu.Lock()
	f.web.asked[p.Src]++
	there := f.web.pictures[p.Src] && !f.web.down
	f.web.mu.Unlock()
	if !there {
		return press.Fetched{Reason: "http_404", Detail: "HTTP 404", Attempts: []article.Attempt{{Status: 404}}}
	}
	a, err := f.assets.Put(bytes.NewReader(picture(p.Src)))
	if err != nil {
		return press.Fetched{Reason: "failed", Detail: err.Error(), Fault: err}
	}
	return press.Fetched{Key: a.Key, Size: a.Bytes, Bytes: a.Bytes}
}

// picture makes a picture that no other address has.
func picture(address string) []byte {
	h := fnv.New32a()
	h.Write([]byte(address))
	v := h.Sum32()
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range img.Pix {
		img.Pix[i] = byte(v >> (i % 24))
	}
	img.Set(1, 1, color.White)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// news is the nth item of a feed: about a hundred words that no other item has.
func news(n int, date time.Time) entry {
	e := entry{
		guid: fmt.Sprintf("urn:news:%d", n), link: fmt.Sprintf("http://news.example/%d?utm_source=feed", n),
		title: fmt.Sprintf("Title %d", n), date: date,
	}
	var text strings.Builder
	for i := range 6 {
		sum := sha256.Sum256([]byte(fmt.Sprint(n, " ", i)))
		fmt.Fprintf(&text, "<p>Story %d says %x and 第%d段：", n, sum[:12], i)
		for _, c := range sum {
			text.WriteRune(0x4e00 + 37*rune(c))
		}
		text.WriteString("。</p>")
	}
	e.body = text.String()
	return e
}

// pictured gives an entry a picture, which the web has.
func (v *web) pictured(e entry) entry {
	src := "https://pictures.example/" + e.guid + ".png"
	v.mu.Lock()
	v.pictures[src] = true
	v.mu.Unlock()
	e.body += `<p><img src="` + src + `" alt="a picture"></p>`
	return e
}

// run makes the issues that are due, or one outside of the schedule, and returns the
// runs, finished.
func (m *machine) run(digest string) []state.Run {
	m.w.Helper()
	runs, err := m.try(digest)
	if err != nil {
		m.w.Fatal(err)
	}
	return runs
}

func (m *machine) try(digest string) ([]state.Run, error) {
	ctx := m.w.Context()
	unfinished, err := m.Unfinished(ctx, digest)
	if err != nil {
		return nil, err
	}
	var runs []state.Run
	finish := func(r state.Run) error {
		err := m.local.Run(ctx, r.ID)
		if r, rerr := m.State.Run(ctx, r.ID); rerr == nil {
			runs = append(runs, r)
		}
		return err
	}
	for _, r := range unfinished {
		if err := finish(r); err != nil {
			return runs, err
		}
	}
	due, err := m.DueOf(ctx, digest, m.Clock())
	if err != nil {
		return runs, err
	}
	for _, slot := range due {
		r, err := m.Begin(ctx, slot, Plan{})
		if err == nil {
			err = finish(r)
		}
		if err != nil {
			return runs, err
		}
	}
	if len(runs) == 0 && m.Config.Digest(digest).Schedule == nil {
		r, err := m.BeginExtra(ctx, digest, Plan{})
		if err == nil {
			err = finish(r)
		}
		return runs, err
	}
	return runs, nil
}

// harvest reads all sources.
func (m *machine) harvest() {
	m.w.Helper()
	r, err := m.BeginHarvest(m.w.Context(), nil)
	if err == nil {
		err = m.local.Run(m.w.Context(), r.ID)
	}
	if err != nil {
		m.w.Fatal(err)
	}
}

// titles returns the titles of what an issue has, and of what it has not with the
// reasons.
func (m *machine) titles(r state.Run) (chosen, left []string) {
	m.w.Helper()
	items, err := m.State.Items(m.w.Context(), r.ID)
	if err != nil {
		m.w.Fatal(err)
	}
	for _, it := range items {
		a, err := m.State.Article(m.w.Context(), it.Article)
		if err != nil {
			m.w.Fatal(err)
		}
		if it.Chosen {
			chosen = append(chosen, a.Title)
		} else {
			left = append(left, a.Title+": "+string(it.Reason))
		}
	}
	return chosen, left
}

// bytes returns the files of an issue by their names.
func (m *machine) files(r state.Run) map[string]string {
	m.w.Helper()
	outputs, err := m.State.Outputs(m.w.Context(), r.ID)
	if err != nil {
		m.w.Fatal(err)
	}
	files := map[string]string{}
	for _, o := range outputs {
		b, err := os.ReadFile(o.Path)
		if err != nil {
			m.w.Fatal(err)
		}
		files[filepath.Base(o.Path)] = string(b)
	}
	return files
}

// unzipped returns the pages of an EPUB.
func unzipped(w *world, data string) string {
	w.Helper()
	z, err := zip.NewReader(strings.NewReader(data), int64(len(data)))
	if err != nil {
		w.Fatal(err)
	}
	var text strings.Builder
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, ".xhtml") {
			r, err := f.Open()
			if err == nil {
				_, err = io.Copy(&text, r)
			}
			if err != nil {
				w.Fatal(err)
			}
		}
	}
	return text.String()
}

func logTo(b io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
