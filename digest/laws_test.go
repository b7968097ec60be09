package digest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/digest/deliver"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/filelock"
)

// postbox is a target that writes down what came, in a file of the world.
type postbox struct {
	file       string
	repeatable bool
	parts      int
	fail       []error // of the next attempts
}

func (p *postbox) Repeatable() bool { return p.repeatable }

func (p *postbox) Parts(b deliver.Book) ([]deliver.Part, error) {
	var parts []deliver.Part
	for i := range max(p.parts, 1) {
		parts = append(parts, deliver.Part{Index: i, Of: max(p.parts, 1), Files: b.Files})
	}
	return parts, nil
}

func (p *postbox) Deliver(_ context.Context, b deliver.Book, part deliver.Part) (deliver.Receipt, error) {
	if len(p.fail) > 0 {
		err := p.fail[0]
		p.fail = p.fail[1:]
		return deliver.Receipt{}, err
	}
	for _, f := range part.Files {
		data, err := os.ReadFile(f.Path)
		if err != nil || int64(len(data)) != f.Bytes {
			return deliver.Receipt{}, deliver.Permanent(fmt.Errorf("%s: %d bytes, not %d: %w", f.Path, len(data), f.Bytes, err))
		}
	}
	f, err := os.OpenFile(p.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return deliver.Receipt{}, err
	}
	fmt.Fprintf(f, "%s %s %d/%d\n", b.Digest, b.Slot, part.Index+1, part.Of)
	return deliver.Receipt{MessageID: fmt.Sprint(b.Slot, part.Index)}, f.Close()
}

// came returns how often each delivery came.
func (p *postbox) came(t *testing.T) map[string]int {
	t.Helper()
	b, err := os.ReadFile(p.file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	n := map[string]int{}
	for line := range strings.Lines(string(b)) {
		n[strings.TrimSpace(line)]++
	}
	return n
}

const delivered = `
sources:
  news: https://news.example/feed
  notes: notes
digests:
  weekly:
    title: Weekly {{ .Issue }}
    schedule: Sun 07:00
    outputs: ['out/{{ .Name }}-{{ .Issue }}.epub', 'out/latest.epub']
    deliver:
      - {type: exec, name: post, command: [post]}
      - {type: exec, name: shelf, command: [shelf]}
`

// crashWorld is a world in which everything is done that an issue may need.
func crashWorld(t *testing.T) *world {
	w := newWorld(t, delivered)
	summary := news(3, sunday.Add(-3*time.Hour))
	summary.body = "Only the beginning…"
	w.web.pages["https://news.example/3"] = "<html><head><title>Title 3</title></head><body><article><h1>Title 3</h1>" + news(3, sunday).body + `<p><img src="https://pictures.example/page.png"></p></article></body></html>`
	summary.link = "https://news.example/3"
	w.web.pictures["https://pictures.example/page.png"] = true
	missing := news(4, sunday.Add(-4*time.Hour))
	missing.body += `<p><img src="https://pictures.example/gone.png"></p>`
	w.web.feeds["https://news.example/feed"] = []entry{w.web.pictured(news(1, sunday.Add(-time.Hour))), w.web.pictured(news(2, sunday.Add(-2*time.Hour))), summary, missing}
	notes := filepath.Join(w.dir, "notes")
	if err := os.MkdirAll(notes, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"a.md": "---\ntitle: Note\ndate: 2026-11-20\n---\nText of a note.\n\n![](p.png)\n", "p.png": string(picture("note"))} {
		if err := os.WriteFile(filepath.Join(notes, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	w.targets = map[string]deliver.Target{
		"post":  &postbox{file: filepath.Join(w.dir, "post"), parts: 2},
		"shelf": &postbox{file: filepath.Join(w.dir, "shelf"), repeatable: true},
	}
	return w
}

// Whatever moment a run is killed at, the next one ends with the bytes that an
// undisturbed one ends with; the slot has one issue, nothing is sent twice that may
// not be, and each book in its place is whole at any time.
//
// What a kill leaves is what the disk holds at that moment: it is copied there.
func TestCrashes(t *testing.T) {
	t.Parallel()
	w := crashWorld(t)
	os.MkdirAll(filepath.Join(w.dir, "out"), 0o755)
	latest := filepath.Join(w.dir, "out", "latest.epub")
	if err := os.WriteFile(latest, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	type image struct{ point, dir string }
	var images []image
	images = append(images, image{"nothing", ""})
	took := filepath.Join(t.TempDir(), "images")
	take := func(point string) {
		dir := filepath.Join(took, fmt.Sprint(len(images)))
		if err := os.CopyFS(dir, os.DirFS(w.dir)); err != nil {
			t.Error(err)
		}
		images = append(images, image{point, dir})
	}
	if err := os.CopyFS(filepath.Join(took, "0"), os.DirFS(w.dir)); err != nil {
		t.Fatal(err)
	}
	images[0].dir = filepath.Join(took, "0")
	w.fault = take
	m := w.start()
	m.local.Workers = 1
	runs := m.run("weekly")
	w.fault = nil
	want := m.files(runs[0])
	if len(runs) != 1 || runs[0].State != state.RunDone || len(want) != 2 {
		t.Fatalf("%+v", runs)
	}
	if chosen, _ := m.titles(runs[0]); len(chosen) != 5 {
		t.Fatalf("%v", chosen)
	}
	m.stop()
	whole := want["latest.epub"]
	points := map[string]bool{}
	for _, i := range images {
		step, _, _ := strings.Cut(i.point, " ")
		points[step] = true
		if err := errors.Join(os.RemoveAll(w.dir), os.CopyFS(w.dir, os.DirFS(i.dir))); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(latest); err != nil || string(b) != "old" && string(b) != whole {
			t.Errorf("at %s: a torn book of %d bytes: %v", i.point, len(b), err)
		}
		m := w.start()
		m.run("weekly")
		all, err := m.State.Runs(t.Context(), state.RunQuery{})
		if err != nil || len(all) != 1 || all[0].State != state.RunDone || all[0].Number != 1 {
			t.Errorf("after %s: %+v, %v", i.point, all, err)
			continue
		}
		if got := m.files(all[0]); !maps.Equal(got, want) {
			t.Errorf("after %s: other books", i.point)
		}
		for name, n := range w.targets["shelf"].(*postbox).came(t) {
			if n < 1 || n > 2 {
				t.Errorf("after %s: %s came %d times to the shelf", i.point, name, n)
			}
		}
		post := w.targets["post"].(*postbox).came(t)
		for name, n := range post {
			if n > 1 {
				t.Errorf("after %s: %s was sent %d times", i.point, name, n)
			}
		}
		deliveries, err := m.State.Deliveries(t.Context(), all[0].ID)
		if err != nil || len(deliveries) != 3 {
			t.Errorf("after %s: %+v, %v", i.point, deliveries, err)
		}
		for _, d := range deliveries {
			uncertain := strings.HasPrefix(i.point, "sending post") || strings.HasPrefix(i.point, "sent post")
			if d.State != state.DeliverySent && !(uncertain && d.State == state.DeliveryUncertain) {
				t.Errorf("after %s: %+v", i.point, d)
			}
		}
		m.stop()
	}
	for _, step := range []string{"fetch", "parse", "pictures", "picture", "assemble", "print", "printed", "committing", "committed", "deliver", "sending", "sent", "harvesting", "selecting", "assembling", "delivering", "done"} {
		if !points[step] {
			t.Errorf("nothing was killed at %s", step)
		}
	}
	t.Logf("killed %d times", len(images))
}

// In years of weeks whose feeds forget, repeat and change what they have, every article
// is in one issue, and in one only, though runs fail and are late.
func TestEveryArticleOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, weekly)
	m := w.start()
	r := rand.New(rand.NewPCG(1, 2))
	const feed = "https://news.example/feed"
	var all []entry
	weeks := 20
	if testing.Short() {
		weeks = 6
	}
	for week := range weeks {
		for day := 1; day < 7; day += 2 {
			w.at(sunday.AddDate(0, 0, 7*week+day-6).Add(-time.Hour))
			for range r.IntN(4) {
				date := w.clock().Add(-time.Duration(r.IntN(60)) * time.Hour)
				if r.IntN(10) == 0 {
					date = time.Time{}
				}
				all = append(all, news(len(all), date))
			}
			if n := len(all); n > 0 && r.IntN(4) == 0 {
				all[n-1].body += "<p>One sentence more.</p>"
			}
			shown := slices.Clone(all[max(0, len(all)-4):])
			slices.Reverse(shown)
			w.web.feeds[feed] = shown
			m.harvest()
		}
		w.at(sunday.AddDate(0, 0, 7*week).Add(time.Duration(r.IntN(8)) * time.Minute))
		if r.IntN(8) == 0 {
			continue // the machine is off
		}
		w.web.down = r.IntN(8) == 0
		if _, err := m.try("weekly"); err != nil && !errors.Is(err, ErrSources) {
			t.Fatal(err)
		}
		w.web.down = false
	}
	w.at(w.clock().AddDate(0, 0, 7))
	m.run("weekly")
	w.at(w.clock().AddDate(0, 0, 7))
	m.run("weekly")
	in := map[string][]int{}
	numbers := 0
	runs, err := m.State.Runs(t.Context(), state.RunQuery{Digest: "weekly"})
	if err != nil {
		t.Fatal(err)
	}
	slots := map[string]bool{}
	for _, run := range runs {
		if slots[run.Slot] {
			t.Errorf("%s twice", run.Slot)
		}
		slots[run.Slot] = true
		if run.Made.IsZero() {
			continue
		}
		numbers++
		chosen, _ := m.titles(run)
		for _, title := range chosen {
			in[title] = append(in[title], run.Number)
		}
	}
	for i := range all {
		if title := fmt.Sprint("Title ", i); len(in[title]) != 1 {
			t.Errorf("%s is in the issues %v", title, in[title])
		}
	}
	if last, _, err := m.State.LastMade(t.Context(), "weekly"); err != nil || last.Number != numbers {
		t.Errorf("%d issues, the last has the number %d: %v", numbers, last.Number, err)
	}
	t.Logf("%d articles in %d issues of %d weeks", len(all), numbers, weeks)
}

// An issue is made again byte for byte when its feed has forgotten it, the web is
// gone, the cache is deleted and a picture has turned up that was missing.
func TestRemake(t *testing.T) {
	t.Parallel()
	w := crashWorld(t)
	m := w.start()
	runs := m.run("weekly")
	want := m.files(runs[0])
	w.web.feeds["https://news.example/feed"] = []entry{news(9, sunday.AddDate(0, 0, 2))}
	w.web.pictures["https://pictures.example/gone.png"] = true
	w.at(sunday.AddDate(0, 0, 1))
	m.harvest()
	w.at(sunday.AddDate(0, 0, 7))
	if second := m.run("weekly"); second[0].Number != 2 {
		t.Fatalf("%+v", second)
	}
	m.stop()
	w.web.down = true
	for _, dir := range []string{w.cache, filepath.Join(w.dir, "notes"), filepath.Join(w.dir, "out")} {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	w.configure(strings.Replace(delivered, "Weekly {{", "Another title {{", 1)) // of issues to come
	m = w.start()
	rep, other, err := m.Remake(t.Context(), "weekly", 1, filepath.Join(w.dir, "again"))
	if err != nil || other != nil || rep.Title != "Weekly 1" {
		t.Fatalf("%+v, %v, %v", rep, other, err)
	}
	for name, data := range want {
		b, err := os.ReadFile(filepath.Join(w.dir, "again", name))
		if err != nil || string(b) != data {
			t.Errorf("%s: %d bytes, not %d: %v", name, len(b), len(data), err)
		}
	}
	if _, _, err := m.Remake(t.Context(), "weekly", 1, ""); err != nil {
		t.Fatal(err)
	}
	if got := m.files(runs[0]); !maps.Equal(got, want) {
		t.Error("other books in their places")
	}
	if _, _, err := m.Remake(t.Context(), "weekly", 3, ""); !errors.Is(err, ErrNoIssue) {
		t.Error(err)
	}
}

// Two issues of a series are two books; one made again is the same.
func TestIdentifiers(t *testing.T) {
	w := newWorld(t, weekly)
	const feed = "https://news.example/feed"
	m := w.start()
	seen := map[string]bool{}
	for week := range 3 {
		w.at(sunday.AddDate(0, 0, 7*week))
		w.web.feeds[feed] = []entry{news(week, w.clock().Add(-time.Hour))}
		f, err := configOf(&m.run("weekly")[0])
		if err != nil || seen[f.Identifier] {
			t.Errorf("week %d: %s, %v", week, f.Identifier, err)
		}
		seen[f.Identifier] = true
	}
}

// Without its sources a run waits; with one of them it goes on, and tells.
func TestSourcesFail(t *testing.T) {
	w := crashWorld(t)
	m := w.start()
	os.RemoveAll(filepath.Join(w.dir, "notes"))
	w.web.down = true
	runs, err := m.try("weekly")
	if !errors.Is(err, ErrSources) || len(runs) != 1 || runs[0].State.Ended() || !strings.Contains(runs[0].Error, "connection refused") && !strings.Contains(runs[0].Error, "notes") {
		t.Fatalf("%+v, %v", runs, err)
	}
	if asked := w.web.asked["https://news.example/feed"]; asked != 3 || w.slept != 2 { // a folder that is not there is not waited for
		t.Errorf("asked %d times, waited %d times", asked, w.slept)
	}
	w.at(sunday.Add(time.Hour))
	w.web.down = false
	runs = m.run("weekly")
	if len(runs) != 1 || runs[0].State != state.RunDone || runs[0].Slot != "2026-11-22T07:00" || runs[0].Error != "" {
		t.Fatalf("%+v", runs)
	}
	rep, err := m.ReportOf(t.Context(), &runs[0])
	if err != nil || len(rep.Sources) != 1 || rep.Sources[0].Name != "notes" {
		t.Errorf("%+v, %v", rep.Sources, err)
	}
}

// The page of an excerpt is asked for until it comes, and then not again; the article
// is what was known of it in the meantime.
func TestExcerpts(t *testing.T) {
	w := newWorld(t, strings.Replace(weekly, "schedule: Sun 07:00", "updates: include", 1))
	const feed, page = "https://news.example/feed", "https://news.example/1"
	summary := news(1, sunday.Add(-time.Hour))
	summary.link, summary.body = page, "Only the beginning…"
	w.web.feeds[feed] = []entry{summary}
	m := w.start()
	look := func() state.Article {
		t.Helper()
		m.harvest()
		w.at(w.clock().Add(time.Hour))
		a, err := m.State.Article(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := look(); a.Doc == "" || a.Extent == 0 || a.Chars > 30 {
		t.Errorf("%+v", a)
	}
	w.web.pages[page] = "<article><h1>Title 1</h1>" + news(1, sunday).body + "</article>"
	if a := look(); a.Extent != 0 || a.Chars < 200 || a.Error != "" || a.Title != "Title 1" {
		t.Errorf("%+v", a)
	}
	asked := w.web.asked[page]
	a := look()
	if w.web.asked[page] != asked || a.Chars < 200 {
		t.Errorf("asked %d times, and then %d", asked, w.web.asked[page])
	}
	// What the feed says of it has changed: it is asked for again, and its going away
	// loses nothing.
	w.web.feeds[feed][0].body = "Only the beginning, and an update…"
	w.web.pages[page] = strings.Replace(w.web.pages[page], "Story", "Tale", -1)
	if b := look(); b.Content == a.Content || b.Revision != 2 { // the first was the whole after the excerpt
		t.Errorf("%+v", b)
	}
	w.web.feeds[feed][0].body = "Only the beginning, and another update…"
	delete(w.web.pages, page)
	if b := look(); b.Extent != 0 || b.Chars < 200 || b.Revision != 2 {
		t.Errorf("%+v", b)
	}
}

// An article that changed after it was in an issue comes again where the recipe says so.
func TestUpdates(t *testing.T) {
	for policy, want := range map[string][]string{"ignore": nil, "include": {"Title 1"}} {
		w := newWorld(t, strings.Replace(weekly, "schedule:", "updates: "+policy+"\n    schedule:", 1))
		const feed = "https://news.example/feed"
		w.web.feeds[feed] = []entry{news(1, sunday.Add(-time.Hour))}
		m := w.start()
		m.run("weekly")
		w.at(sunday.AddDate(0, 0, 7))
		w.web.feeds[feed][0].body += "<p>And there was more to be said about it later.</p>"
		runs := m.run("weekly")
		if chosen, left := m.titles(runs[0]); !slices.Equal(chosen, want) {
			t.Errorf("%s: %v, without %v", policy, chosen, left)
		}
		w.at(sunday.AddDate(0, 0, 14))
		if chosen, left := m.titles(m.run("weekly")[0]); chosen != nil {
			t.Errorf("%s, unchanged: %v, without %v", policy, chosen, left)
		}
	}
}

// Deliveries are tried again when their time has come, each part by itself.
func TestDeliveries(t *testing.T) {
	w := crashWorld(t)
	post := w.targets["post"].(*postbox)
	post.fail = []error{errors.New("try later"), deliver.Later(errors.New("in three hours"), 3*time.Hour), deliver.Uncertain(errors.New("cut off"))}
	w.targets["shelf"].(*postbox).fail = []error{deliver.Permanent(errors.New("no such shelf"))}
	m := w.start()
	m.local.Workers = 1
	runs := m.run("weekly")
	states := func() string {
		t.Helper()
		rows, err := m.State.Deliveries(t.Context(), runs[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		var s []string
		for _, d := range rows {
			s = append(s, fmt.Sprintf("%s/%d %s %d", d.Target, d.Part, d.State, d.Attempts))
		}
		return strings.Join(s, ", ")
	}
	if runs[0].State != state.RunDone || states() != "post/0 failed 1, post/1 failed 1, shelf/0 gave_up 1" {
		t.Errorf("%s: %s", runs[0].State, states())
	}
	again := func(after time.Duration, want string) {
		t.Helper()
		w.at(w.clock().Add(after))
		if _, err := m.Redeliver(t.Context(), w.clock()); err != nil {
			t.Fatal(err)
		}
		if states() != want {
			t.Errorf("%s", states())
		}
	}
	// The files that were delivered from are gone: they are kept.
	os.RemoveAll(filepath.Join(w.dir, "out"))
	again(30*time.Second, "post/0 failed 1, post/1 failed 1, shelf/0 gave_up 1")
	again(40*time.Second, "post/0 uncertain 2, post/1 failed 1, shelf/0 gave_up 1")
	again(time.Hour, "post/0 uncertain 2, post/1 failed 1, shelf/0 gave_up 1")
	again(2*time.Hour, "post/0 uncertain 2, post/1 sent 2, shelf/0 gave_up 1")
	if came := post.came(t); !maps.Equal(came, map[string]int{"weekly 2026-11-22T07:00 2/2": 1}) {
		t.Error(came)
	}
	rep, err := m.ReportOf(t.Context(), &runs[0])
	if err != nil || len(rep.Delivery) != 3 || rep.Delivery[0].Status != state.DeliveryUncertain {
		t.Errorf("%+v, %v", rep.Delivery, err)
	}
}

// A delivery that fails for ever is given up.
func TestGiveUpDelivery(t *testing.T) {
	w := crashWorld(t)
	post := w.targets["post"].(*postbox)
	for range 100 {
		post.fail = append(post.fail, errors.New("try later"))
	}
	m := w.start()
	runs := m.run("weekly")
	for range 100 {
		w.at(w.clock().Add(time.Hour))
		if _, err := m.Redeliver(t.Context(), w.clock()); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := m.State.Deliveries(t.Context(), runs[0].ID)
	if err != nil || rows[0].State != state.DeliveryGaveUp || rows[0].Attempts != deliveries {
		t.Errorf("%+v, %v", rows, err)
	}
}

// One process works on a digest.
func TestLock(t *testing.T) {
	w := newWorld(t, weekly)
	m := w.start()
	m.Locks = w.dir
	release, err := m.Lock(t.Context(), "weekly")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Lock(t.Context(), "weekly"); !errors.Is(err, filelock.ErrHeld) {
		t.Error(err)
	}
	release()
	if release, err = m.Lock(t.Context(), "weekly"); err != nil {
		t.Error(err)
	}
	release()
}

// What cannot be written now is written when it can.
func TestFullDisk(t *testing.T) {
	w := crashWorld(t)
	m := w.start()
	if err := os.WriteFile(filepath.Join(w.dir, "out"), nil, 0o644); err != nil { // in the way of the folder
		t.Fatal(err)
	}
	runs, err := m.try("weekly")
	if err == nil || len(runs) != 1 || runs[0].State != state.RunAssembling {
		t.Fatalf("%+v, %v", runs, err)
	}
	if err := os.Remove(filepath.Join(w.dir, "out")); err != nil {
		t.Fatal(err)
	}
	if runs := m.run("weekly"); len(runs) != 1 || runs[0].State != state.RunDone || runs[0].Error != "" {
		t.Errorf("%+v", runs)
	}
	if err := os.RemoveAll(filepath.Join(w.dir, "out")); err != nil {
		t.Fatal(err)
	}
	// For ever is too long.
	if err := os.WriteFile(filepath.Join(w.dir, "out"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	w.at(sunday.AddDate(0, 0, 7))
	w.web.feeds["https://news.example/feed"] = []entry{news(8, w.clock().Add(-time.Hour))}
	for i := range mostAttempts {
		if _, err = m.try("weekly"); err == nil {
			t.Fatal("written?")
		}
		if r, err := m.Unfinished(t.Context(), "weekly"); err != nil || (i < mostAttempts-1) != (len(r) == 1) {
			t.Fatalf("after %d attempts: %+v, %v", i+1, r, err)
		}
		w.at(w.clock().Add(5*time.Hour + 20*time.Minute))
	}
	last, err := m.State.Runs(t.Context(), state.RunQuery{Limit: 1})
	if err != nil || last[0].State != state.RunFailed || last[0].Number != 0 || last[0].Error == "" {
		t.Errorf("%+v, %v", last, err)
	}
	os.Remove(filepath.Join(w.dir, "out"))
	w.at(sunday.AddDate(0, 0, 14))
	runs = m.run("weekly") // has what the failed one was to have
	if chosen, left := m.titles(runs[0]); !slices.Equal(chosen, []string{"Title 8"}) || runs[0].Number != 2 {
		t.Errorf("issue %d: %v, without %v", runs[0].Number, chosen, left)
	}
}

// Articles that cannot be read stand for themselves where others can, and make no book
// alone.
func TestUnreadable(t *testing.T) {
	w := newWorld(t, strings.Replace(weekly, "outputs:", "fail_on: [failed-articles, 'missing-images>60%']\n    outputs:", 1))
	const list = "https://news.example/feed"
	gone := news(1, sunday.Add(-time.Hour))
	gone.link, gone.body = "https://news.example/1", ""
	pictured := w.web.pictured(news(2, sunday.Add(-time.Hour)))
	pictured.body += `<p><img src="https://pictures.example/gone.png"></p>`
	w.web.feeds[list] = []entry{gone, pictured}
	m := w.start()
	runs := m.run("weekly")
	rep, err := m.ReportOf(t.Context(), &runs[0])
	if err != nil || runs[0].State != state.RunDone || rep.Articles.Failed != 1 || rep.Articles.Used != 1 || rep.Images.Failed != 1 || !slices.Equal(rep.Exceeded, []string{"failed-articles: 1 of 2"}) {
		t.Errorf("%s: %+v, %v", runs[0].State, rep, err)
	}
	if !strings.Contains(m.text(runs[0]), "HTTP 404") {
		t.Errorf("no chapter tells of the article that is missing")
	}
	// Its page comes back: it is news for the next issue.
	w.at(sunday.AddDate(0, 0, 7))
	w.web.pages["https://news.example/1"] = "<article><h1>Title 1</h1>" + news(1, sunday).body + "</article>"
	runs = m.run("weekly")
	if chosen, left := m.titles(runs[0]); !slices.Equal(chosen, []string{"Title 1"}) {
		t.Errorf("%v, without %v", chosen, left)
	}
	// Nothing but what cannot be read is no book.
	w.at(sunday.AddDate(0, 0, 14))
	if runs = m.run("weekly"); runs[0].State != state.RunEmpty {
		t.Errorf("%+v", runs[0])
	}
	w.at(sunday.AddDate(0, 0, 21))
	gone.guid, gone.link = "urn:news:7", "https://news.example/7"
	gone.date = w.clock().Add(-time.Hour)
	w.web.feeds[list] = []entry{gone}
	if runs = m.run("weekly"); runs[0].State != state.RunFailed || !strings.Contains(runs[0].Error, "none of 1 articles") {
		t.Errorf("%+v", runs[0])
	}
}

// text returns what the pages of the first book of a run say.
func (m *machine) text(r state.Run) string {
	m.w.Helper()
	for _, data := range m.files(r) {
		return unzipped(m.w, data)
	}
	return ""
}

// Pictures are kept with what was in the cache, and what was damaged there is mended.
func TestDamagedCache(t *testing.T) {
	t.Parallel()
	w := crashWorld(t)
	m := w.start()
	m.harvest()
	m.stop()
	err := filepath.WalkDir(w.cache, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.Contains(path, "blobs") {
			return err
		}
		b, err := os.ReadFile(path)
		if err == nil {
			b[len(b)/2] ^= 1
			err = errors.Join(os.Remove(path), os.WriteFile(path, b, 0o644))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.web.down = true
	m = w.start()
	plain := crashWorld(t)
	if got, want := m.files(m.run("weekly")[0])["weekly-1.epub"], plain.startAndRun(); got != want {
		t.Errorf("%d bytes, not %d", len(got), len(want))
	}
}

func (w *world) startAndRun() string {
	m := w.start()
	return m.files(m.run("weekly")[0])["weekly-1.epub"]
}

// The log tells each step, and no secret of an address.
func TestRedacted(t *testing.T) {
	w := newWorld(t, strings.Replace(weekly, "https://news.example/feed", "https://me:canary@news.example/feed?token=canary", 1))
	m := w.start()
	var log bytes.Buffer
	m.Log = logTo(&log)
	w.web.down = true
	if _, err := m.try("weekly"); err == nil {
		t.Fatal("read?")
	}
	if log.Len() == 0 || strings.Contains(log.String(), "canary") {
		t.Errorf("%s", &log)
	}
}

// A network that answers everything with its login does not put it in the place of the
// articles.
func TestCaptive(t *testing.T) {
	w := newWorld(t, weekly)
	const feed = "https://news.example/feed"
	for n := range 5 {
		e := news(n, sunday.Add(-time.Duration(n+1)*time.Hour))
		e.link, e.body = fmt.Sprint("https://news.example/", n), fmt.Sprintf("Only the beginning of story %d…", n)
		w.web.feeds[feed] = append(w.web.feeds[feed], e)
		w.web.pages[e.link] = "<article><h1>Welcome</h1>" + news(100, sunday).body + "</article>"
	}
	m := w.start()
	m.harvest()
	for n := range 5 {
		w.web.pages[fmt.Sprint("https://news.example/", n)] = "<article><h1>Title</h1>" + news(n, sunday).body + "</article>"
	}
	w.at(sunday.Add(time.Hour))
	m.harvest()
	content := map[string]bool{}
	for a, err := range m.State.Articles(t.Context(), state.ArticleQuery{}) {
		if err != nil || a.Extent != 0 || a.Error != "" || content[a.Content] {
			t.Errorf("%+v, %v", a, err)
		}
		content[a.Content] = true
	}
	if len(content) != 5 {
		t.Errorf("%d articles", len(content))
	}
}

// A folder that was moved has the articles that it had.
func TestMoved(t *testing.T) {
	w := crashWorld(t)
	m := w.start()
	m.run("weekly")
	m.stop()
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(w.dir, moved); err != nil {
		t.Fatal(err)
	}
	w.dir, w.cache = moved, filepath.Join(moved, "cache")
	w.configure(delivered)
	note := filepath.Join(moved, "notes", "a.md")
	if err := os.WriteFile(note, []byte("---\ntitle: Note\ndate: 2026-11-20\n---\nAnother text of the note.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	m = w.start()
	w.at(sunday.AddDate(0, 0, 7))
	if runs := m.run("weekly"); len(runs) != 1 || runs[0].State != state.RunEmpty {
		t.Errorf("%+v", runs)
	}
	n := 0
	for a, err := range m.State.Articles(t.Context(), state.ArticleQuery{Sources: []string{"notes"}}) {
		if n++; err != nil || a.Name != "notes/a.md" || a.Revision != 1 {
			t.Errorf("%+v, %v", a, err)
		}
	}
	if n != 1 {
		t.Errorf("%d notes", n)
	}
}
