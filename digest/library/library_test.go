package library

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/schedule"
	"github.com/leporello-press/leporello/digest/state"
)

// world is a library with what is in it.
type world struct {
	testing.TB
	Options
	now time.Time
}

func day(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// empty returns a library without anything in it, on 23 November 2026.
func empty(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, now: day("2026-11-23T10:00:00+08:00")}
	clock := func() time.Time { return w.now }
	s, err := state.Open(context.Background(), state.Options{Path: filepath.Join(t.TempDir(), "state.db"), Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	b, err := blob.OpenURL(context.Background(), "", blob.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	w.Options = Options{State: s, Blobs: b, Config: &recipe.Config{}, Tool: "leporello 1.0", Clock: clock, Thumbnails: t.TempDir()}
	return w
}

func (w *world) digest(name, series, spec, zone string) {
	w.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		w.Fatal(err)
	}
	d := recipe.Digest{Name: name, Series: series, Zone: z}
	if spec != "" {
		if d.Schedule, err = schedule.Parse(spec, z); err != nil {
			w.Fatal(err)
		}
	}
	w.Config.Digests = append(w.Config.Digests, d)
	w.Next = func(name string) time.Time {
		if d := w.Config.Digest(name); d != nil && d.Schedule != nil {
			return d.Schedule.Next(w.now).At
		}
		return time.Time{}
	}
}

func (w *world) put(b []byte) string {
	w.Helper()
	key, _, err := w.Blobs.Put(context.Background(), bytes.NewReader(b))
	if err != nil {
		w.Fatal(err)
	}
	return key
}

// drawn is a cover of one colour.
func drawn(c color.Color) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 600, 800))
	for i := range m.Pix {
		m.Pix[i] = 0xff
	}
	for y := 500; y < 700; y++ {
		for x := 60; x < 540; x++ {
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// piece is an article of a test.
type piece struct {
	title, url, section, lang string
	left                      state.Reason
}

// made enters an issue with its book; the time is that of its slot.
func (w *world) made(digest string, number int, title, lang, at string, cover []byte, pieces []piece, outputs ...state.Output) *state.Run {
	w.Helper()
	ctx := context.Background()
	when := day(at)
	r := &state.Run{Digest: digest, Slot: when.Format("2006-01-02T15:04"), At: when, From: when.AddDate(0, 0, -7), To: when, Started: when}
	must := func(err error) {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
	}
	_, err := w.State.BeginRun(ctx, r)
	must(err)
	var items []state.Item
	for n, p := range pieces {
		a := &state.Article{Source: "feed", GUID: fmt.Sprintf("%s-%d-%d", digest, number, n), URL: p.url, Title: p.title, Lang: p.lang, Published: when.AddDate(0, 0, -n%7), Chars: 2000, Doc: "x"}
		if p.section != "" {
			a.Section = strings.Split(p.section, "/")
		}
		_, _, err := w.State.PutArticle(ctx, a)
		must(err)
		items = append(items, state.Item{Index: n, Article: a.ID, Chosen: p.left == "", Reason: p.left})
	}
	r.Number, r.Title = number, title
	must(w.State.FreezeItems(ctx, r, items))
	key := ""
	if cover != nil {
		key = w.put(cover)
	}
	for n := range outputs {
		o := &outputs[n]
		o.N, o.Cover = n, key
		o.Blob = w.put([]byte(fmt.Sprintf("%s book %d of %s %d", o.Format, n, digest, number)))
		if o.Bytes == 0 {
			o.Bytes = 11_234_567
		}
	}
	r.State = state.RunDone
	r.Made, r.Finished = when.Add(95*time.Second), when.Add(100*time.Second)
	r.Report = []byte(fmt.Sprintf(`{"schema":"leporello.report/1","lang":%q,"articles":{"used":%d},"problems":[
		{"severity":"info","code":"lang.guessed","article":"a","detail":"no language is declared","action":"taken"},
		{"severity":"loss","code":"image.http","article":"https://example.org/a","line":14,"url":"https://img.example.org/7.jpg","detail":"HTTP 403","action":"placeholder"}]}`, lang, len(pieces)))
	must(w.State.Commit(ctx, r, outputs, nil))
	return r
}

func epub(path string) state.Output {
	return state.Output{Path: path, Format: "epub3", Articles: 2, Volume: 1, Volumes: 1}
}
func pdf(path string) state.Output {
	return state.Output{Path: path, Format: "pdf", Articles: 2, Pages: 212, Bytes: 4_812_000, Volume: 1, Volumes: 1}
}
