//go:build linux

package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/smtptest"
)

// household is a person with a configuration, three feeds that forget, a host of
// pictures with faults, and a mail server.
type household struct {
	*workbench
	news *editors
	mail *smtptest.Server
	zone *time.Location
}

const worldConfig = `version: 1
state_dir: state
cache_dir: cache
network: {allow_network: [127.0.0.0/8]}
defaults: {timezone: Europe/London, lang: zh-Hans}
sources:
  ferry: [$NEWS/rss.xml]
  town: [$NEWS/atom.xml]
  light: [$NEWS/feed.json]
digests:
  weekly:
    title: '一周 第 {{ .Issue }} 期'
    series: 一周
    schedule: Sun 01:30
    catch_up: all
    outputs: ['books/{{ .Name }}-{{ .Date }}.epub']
    deliver:
      - {type: mail, name: reader, to: me@example.com, from: press@example.com, smtp: 'smtps://press@$MAIL', password_env: MAIL_PASSWORD}
      - {type: folder, name: shelf, path: shelf, opds: true}
  brief:
    title: '简报 {{ .Date }}'
    schedule: Sun 01:30
    catch_up: latest
    sources: [ferry, light]
    group_by: date
    images: none
    outputs: ['books/{{ .Name }}-{{ .Date }}.epub']
    deliver:
      - {type: folder, name: tray, path: tray, opds: true, keep: 3}
`

func newHousehold(t *testing.T, from time.Time, weeks int, config string) *household {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	w := &household{workbench: newWorkbench(t), zone: zone}
	w.news = newEditors(t, from, weeks)
	w.mail = smtptest.Start(t, smtptest.Options{TLS: true, User: "press", Password: "open sesame"})
	w.write("ca.pem", string(w.mail.PEM))
	w.env = append(w.env, "SSL_CERT_FILE="+w.path("ca.pem"), "MAIL_PASSWORD=open sesame", "FAULT_PAUSE=10ms")
	w.write("leporello.yaml", strings.NewReplacer("$NEWS", w.news.URL, "$MAIL", w.mail.Addr).Replace(config))
	return w
}

// runAt runs the command at a time of the world, and returns its exit code and what it says.
func (w *household) runAt(now time.Time, args ...string) (int, string) {
	w.Helper()
	if w.news != nil {
		w.news.setTime(now)
	}
	return w.run(append(args, "--now", now.Format(time.RFC3339))...)
}

// run runs --due at a time and wants an exit code.
func (w *household) due(now time.Time, want int) {
	w.Helper()
	if code, stderr := w.runAt(now, "run", "--due"); code != want {
		w.Fatalf("run --due at %v: exit code %d, want %d\n%s", now, code, want, stderr)
	}
}

// history returns the runs that the command tells of, the newest first.
func (w *household) history(digest string) []pastRun {
	w.Helper()
	out, err := w.command("history", "--json", digest).Output()
	var h history
	if err == nil {
		err = json.Unmarshal(out, &h)
	}
	if err != nil {
		w.Fatalf("history: %v\n%s", err, out)
	}
	return h.Runs
}

// books returns the books of a digest, by the date in their names.
func (w *household) books(digest string) (list []string) {
	w.Helper()
	list, err := filepath.Glob(w.path("books/" + digest + "-*.epub"))
	if err != nil {
		w.Fatal(err)
	}
	slices.Sort(list)
	return list
}

// TestWorld is two months of two digests, which ends with a look at the library.
//
// The feeds show their last four entries, so that of a week much is only there in the
// middle of it. In the fourth week nobody makes an issue; in the sixth it takes four
// attempts, of which three are killed.
func TestWorld(t *testing.T) {
	t.Parallel()
	// The clocks of London are put back in the third week, at the time of the slot.
	from := time.Date(2026, 10, 4, 0, 30, 0, 0, time.UTC)
	w := newHousehold(t, from, 8, worldConfig)
	slots := []time.Time{from}
	for week := 1; week <= 8; week++ {
		slots = append(slots, time.Date(2026, 10, 4+7*week, 1, 30, 0, 0, w.zone))
	}
	slots[3] = slots[3].Add(-time.Hour) // the first time that clocks show 1:30
	if !slots[3].Equal(time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)) {
		t.Fatalf("1:30 is first at %v", slots[3])
	}
	undisturbed := ""
	for week := 1; week <= 8; week++ {
		for _, days := range []int{3, 6} {
			if code, stderr := w.runAt(slots[week].AddDate(0, 0, days-7), "harvest"); code != exitOK {
				t.Fatalf("week %d: harvest: exit code %d\n%s", week, code, stderr)
			}
		}
		switch week {
		case 3:
			w.due(slots[3].Add(time.Minute), exitOK)
			w.due(slots[3].Add(time.Hour+time.Minute), exitOK) // 1:31 again
		case 4: // nobody is there
		case 6:
			undisturbed = w.copied()
			other := &household{workbench: &workbench{T: t, dir: undisturbed, env: w.env}, news: w.news, mail: w.mail, zone: w.zone}
			if code, stderr := other.runAt(slots[week].Add(time.Minute), "run", "--due", "--no-deliver"); code != exitOK {
				t.Fatalf("the undisturbed run: exit code %d\n%s", code, stderr)
			}
			os.RemoveAll(w.path("cache"))
			w.killed(slots[week].Add(time.Minute))
			w.due(slots[week].Add(2*time.Hour), exitOK)
		default:
			w.due(slots[week].Add(time.Duration(week)*time.Minute), exitOK)
		}
	}
	w.due(slots[8].Add(24*time.Hour), exitOK) // nothing is due
	w.closed()

	w.shelves(slots)
	w.told()
	w.mailed()
	for _, name := range w.books("weekly") {
		validEPUB(t, name)
	}
	week6 := "books/weekly-" + slots[6].Format(time.DateOnly) + ".epub"
	if got, err := os.ReadFile(filepath.Join(undisturbed, week6)); err != nil || string(got) != w.read(week6) {
		t.Errorf("the issue of the killed runs is another than that of the undisturbed one, %v", err)
	}
	if os.Getenv("LEPORELLO_JUDGES") == "1" { // of one, for it takes its time
		if out, err := exec.Command("epubcheck", "--failonwarnings", w.path(week6)).CombinedOutput(); err != nil {
			t.Errorf("epubcheck: %v\n%s", err, out)
		}
	}

	// The feeds have forgotten, the servers are gone, and so is the cache.
	os.RemoveAll(w.path("cache"))
	if code, stderr := w.runAt(slots[8].AddDate(1, 0, 0), "run", "weekly", "--issue", "3", "--output-dir", "again"); code != exitOK {
		t.Fatalf("the third issue again: exit code %d\n%s", code, stderr)
	}
	third := "weekly-" + slots[3].Format(time.DateOnly) + ".epub"
	if w.read("again/"+third) != w.read("books/"+third) {
		t.Error("the third issue made again is another")
	}
	if n := len(w.mail.Messages()); n != 8 {
		t.Errorf("%d mails after an issue was made again", n)
	}
	w.library(slots[8].Add(25 * time.Hour))
}

// closed ends all servers but that of mail.
func (w *household) closed() { w.news.closed.Store(true) }

// copied copies the whole folder.
func (w *household) copied() string {
	w.Helper()
	dir := w.TempDir()
	if err := os.CopyFS(dir, os.DirFS(w.dir)); err != nil {
		w.Fatal(err)
	}
	return dir
}

// killed makes three runs that are killed: one that waits for a feed, one that has
// chosen, one that has made its books.
func (w *household) killed(now time.Time) {
	w.Helper()
	w.news.setTime(now)
	w.news.hang.Store(2)
	cmd := w.command("run", "--due", "--now", now.Format(time.RFC3339))
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-w.news.hung:
		cmd.Process.Kill()
		<-ended
	case err := <-ended:
		w.Fatalf("the run ended before it asked for a feed: %v", err)
	}
	for _, point := range []string{"assembling", "committed"} {
		cmd := w.command("run", "--due", "--now", now.Add(time.Minute).Format(time.RFC3339))
		cmd.Env = append(cmd.Env, "FAULT_AT="+point)
		out, _ := cmd.CombinedOutput()
		if s := cmd.ProcessState.Sys().(syscall.WaitStatus); !s.Signaled() || s.Signal() != syscall.SIGKILL {
			w.Fatalf("%s: not killed: %v\n%s", point, cmd.ProcessState, out)
		}
	}
}

// shelves checks that every article is in one issue of each digest, which is the first after
// it could be.
func (w *household) shelves(slots []time.Time) {
	w.Helper()
	for _, digest := range []string{"weekly", "brief"} {
		want := 8
		if digest == "brief" {
			want = 7 // one stands for two weeks
		}
		books := w.books(digest)
		if len(books) != want {
			w.Errorf("%s: %d issues: %v", digest, len(books), books)
		}
		in := map[string][]string{} // books by title
		for _, book := range books {
			for title := range articlesOf(w.T, book) {
				in[title] = append(in[title], strings.TrimSuffix(path.Base(book), ".epub"))
			}
		}
		for _, s := range w.news.stories {
			if digest == "brief" && s.feed == "atom" {
				continue
			}
			// Of the missed week nothing was known late, for somebody harvested.
			at := slices.IndexFunc(slots[1:], func(slot time.Time) bool { return s.dated.Before(slot) && s.shown.Before(slot) }) + 1
			expected := ""
			if at > 0 {
				if digest == "brief" && at == 4 {
					at = 5
				}
				expected = digest + "-" + slots[at].In(w.zone).Format(time.DateOnly)
			}
			if got := strings.Join(in[s.title], " "); got != expected && !(at == 5 && got == digest+"-"+slots[4].In(w.zone).Format(time.DateOnly)) {
				w.Errorf("%s, dated %v, shown %v: in %q, want %q", s.title, s.dated, s.shown, got, expected)
			}
			delete(in, s.title)
		}
		for title, books := range in {
			w.Errorf("%s: nobody wrote it, but it is in %v", title, books)
		}
	}
}

// told checks what history tells.
func (w *household) told() {
	w.Helper()
	issue := 0
	runs := w.history("weekly")
	slices.Reverse(runs)
	for _, r := range runs {
		issue++
		if r.State != state.RunDone || r.Issue != issue || r.Articles.Used == 0 || len(r.Deliveries) != 2 {
			w.Errorf("issue %d: %+v", issue, r)
		}
		for _, d := range r.Deliveries {
			if d.Status != state.DeliverySent {
				w.Errorf("issue %d: %+v", issue, d)
			}
		}
	}
	if issue != 8 {
		w.Errorf("history tells of %d issues of weekly", issue)
	}
	states := map[state.RunState]int{}
	for _, r := range w.history("brief") {
		states[r.State]++
	}
	if states[state.RunDone] != 7 || states[state.RunMissed] != 1 {
		w.Errorf("brief: %v", states)
	}
}

// mailed checks that each book was mailed once.
func (w *household) mailed() {
	w.Helper()
	messages := w.mail.Messages()
	books := w.books("weekly")
	if len(messages) != len(books) {
		w.Fatalf("%d mails of %d books", len(messages), len(books))
	}
	for i, m := range messages {
		subject, files := attachments(w.T, m.Data)
		if subject != fmt.Sprintf("一周 第 %d 期", i+1) || len(files) != 1 || !m.TLS || !slices.Equal(m.To, []string{"me@example.com"}) {
			w.Errorf("mail %d: %q to %v with %d files", i+1, subject, m.To, len(files))
		}
		for name, b := range files {
			if want, err := os.ReadFile(books[i]); err != nil || !bytes.Equal(b, want) || regexp.MustCompile(`[^ -~]`).MatchString(name) {
				w.Errorf("mail %d: %s is not %s, %v", i+1, name, books[i], err)
			}
		}
	}
}

// attachments returns the subject of a message, and its files by name.
func attachments(t *testing.T, data []byte) (subject string, files map[string][]byte) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		t.Fatalf("a mail of type %q, %v", kind, err)
	}
	files = map[string][]byte{}
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return subject, files
		}
		if err != nil {
			t.Fatal(err)
		}
		if name := p.FileName(); name != "" {
			b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, p))
			if err != nil {
				t.Fatal(err)
			}
			files[name] = b
		}
	}
}

// validEPUB checks an EPUB: its first entry, well-formed XML, files that are named and
// there.
func validEPUB(t *testing.T, name string) {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Error(err)
		return
	}
	defer z.Close()
	there := map[string][]byte{}
	for i, f := range z.File {
		if i == 0 && (f.Name != "mimetype" || f.Method != zip.Store) {
			t.Errorf("%s begins with %s", name, f.Name)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if there[f.Name], err = io.ReadAll(r); err != nil { // its checksum, too
			t.Errorf("%s: %s: %v", name, f.Name, err)
		}
		switch path.Ext(f.Name) {
		case ".xhtml", ".opf", ".ncx", ".xml":
			dec := xml.NewDecoder(bytes.NewReader(there[f.Name]))
			for {
				if _, err := dec.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Errorf("%s: %s: %v", name, f.Name, err)
					break
				}
			}
		}
	}
	for file, b := range there {
		for _, m := range regexp.MustCompile(`(?:src|href)="([^":]+)"`).FindAllSubmatch(b, -1) {
			to, _, _ := strings.Cut(string(m[1]), "#")
			if to, err = url.PathUnescape(to); err != nil || to != "" && there[path.Join(path.Dir(file), to)] == nil {
				t.Errorf("%s: %s names %s, which is not there", name, file, m[1])
			}
		}
	}
}
