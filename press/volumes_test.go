package press

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/source"
)

// scales is a store whose pictures, "key of http://h/400x300.jpg", weigh a byte for
// each pixel and percent of quality, and a fifth less without colour.
type scales struct{ media.Store }

func (scales) Stat(key string) (media.Asset, error) {
	a := media.Asset{Key: key, Type: media.JPEG}
	if n, _ := fmt.Sscanf(key[strings.LastIndex(key, "/")+1:], "%dx%d", &a.Width, &a.Height); n != 2 {
		return a, fs.ErrNotExist
	}
	a.Bytes = int64(a.Width) * int64(a.Height)
	return a, nil
}

func (s scales) Derive(key string, p media.Profile) (media.Asset, error) {
	a, err := s.Stat(key)
	if err != nil {
		return a, err
	}
	if p.MaxWidth > 0 && a.Width > p.MaxWidth {
		a.Width, a.Height = p.MaxWidth, a.Height*p.MaxWidth/a.Width
	}
	a.Bytes = int64(a.Width) * int64(a.Height)
	if p.Recompress {
		a.Bytes = a.Bytes * int64(p.Quality) / 100
	}
	if p.Gray {
		a.Bytes = a.Bytes * 4 / 5
	}
	if p.Recompress || p.Gray {
		a.Key = fmt.Sprintf("%x", a.Bytes)
	}
	return a, nil
}

// given is a fetcher that gets every picture.
type given struct{}

func (given) Fetch(_ context.Context, p Picture) Fetched { return Fetched{Key: "key of " + p.Src} }

// weighed is an exporter whose books weigh what is in them: a head, the text, each
// picture once, and behind them contents and a font that does not divide.
type weighed struct{ head, entry, font int }

func (x weighed) Export(_ context.Context, w io.Writer, job export.Job) error {
	b := &job.Book
	fmt.Fprintf(w, "%s|%d|%d|%s|%s|%s|%s|%s\n%s", b.Title, b.Volume, b.Volumes, b.Whole, b.CoverTitle(), b.Cover, b.Headlines, b.WholeID+" "+b.Identifier, strings.Repeat("h", x.head))
	seen := map[string]bool{}
	chapters := 0
	for c, err := range job.Chapters {
		if err != nil {
			return err
		}
		chapters++
		fmt.Fprintf(w, "\n> %s\n%s", c.Name, c.Document.Text())
		for img := range c.Document.Images() {
			if seen[img.Asset] {
				continue
			}
			seen[img.Asset] = true
			pieces, err := job.Fit(img.Asset)
			if err != nil {
				return err
			}
			job.Tell(img.Asset, pieces)
			for _, a := range pieces {
				if file := "file " + a.Key; !seen[file] {
					seen[file] = true
					w.Write(bytes.Repeat([]byte("p"), int(a.Bytes)))
				}
			}
		}
	}
	_, err := io.WriteString(w, strings.Repeat("t", x.font+chapters*x.entry))
	return err
}

// illustrated makes inputs of n articles in parts of four, each with a picture of
// its own and one that all share.
func illustrated(n int) []Input {
	var pairs []string
	for i := range n {
		pairs = append(pairs, fmt.Sprintf("a%02d", i), fmt.Sprintf("title: T%02d\nin: P%d\nimg: http://h/400x%d.jpg\nimg: http://h/200x300.jpg\n%s\n", i, i/4, 300+i, strings.Repeat("text ", 100)))
	}
	return inputs(pairs...)
}

// shelf runs a job with one output of at most so many bytes and returns the files.
func shelf(t *testing.T, dir string, in []Input, x export.Exporter, o Output) (map[string]string, *Report, error) {
	t.Helper()
	o.Exporter, o.Format = x, "weighed"
	if o.Path == "" {
		o.Path = filepath.Join(dir, "b.txt")
	}
	job := Job{
		Inputs: in, Readers: []source.Reader{lines{}}, Outputs: []Output{o}, Assets: scales{}, Pictures: given{}, Options: Options{Title: "Book"},
		Cover: func(_ context.Context, c Cover) (string, error) { return fmt.Sprintf("cover of %s", c.Book.Title), nil },
	}
	rep, err := Run(t.Context(), job)
	files := map[string]string{}
	entries, rerr := os.ReadDir(dir)
	if rerr != nil {
		t.Fatal(rerr)
	}
	for _, e := range entries {
		b, rerr := os.ReadFile(filepath.Join(dir, e.Name()))
		if rerr != nil {
			t.Fatal(rerr)
		}
		files[e.Name()] = string(b)
	}
	return files, rep, err
}

func TestMaxBytes(t *testing.T) {
	base := media.Profile{MaxWidth: 400, MaxHeight: 500}
	whole, _, err := shelf(t, t.TempDir(), illustrated(12), weighed{head: 500, entry: 50, font: 2000}, Output{Pictures: base})
	if err != nil {
		t.Fatal(err)
	}
	full := int64(len(whole["b.txt"]))
	for _, c := range []struct {
		percent int64 // of the whole book as it is
		volumes int
		reduced string
	}{
		{100, 0, ""},
		{99, 0, "pictures at quality 70"},
		{69, 0, "pictures at quality 60"},
		{52, 0, "pictures at quality 50"},
		{46, 0, "pictures at quality 50, without colour"},
		{35, 2, "pictures at quality 60"},
		{16, 3, "pictures at quality 50, without colour"},
		{10, 6, "pictures at quality 50, without colour"},
	} {
		t.Run(fmt.Sprint(c.percent), func(t *testing.T) {
			limit := full * c.percent / 100
			files, rep, err := shelf(t, t.TempDir(), illustrated(12), weighed{head: 500, entry: 50, font: 2000}, Output{Pictures: base, MaxBytes: limit})
			if err != nil {
				t.Fatal(err)
			}
			if len(files) != max(c.volumes, 1) || len(rep.Outputs) != len(files) {
				t.Fatalf("%d files, %d outputs", len(files), len(rep.Outputs))
			}
			var articles []string
			var least, most int64
			for i, o := range rep.Outputs {
				text := files[filepath.Base(o.Path)]
				if o.Reduced != c.reduced || o.Volumes != c.volumes || o.Bytes > limit || o.Bytes != int64(len(text)) {
					t.Errorf("%+v", o)
				}
				if c.volumes > 0 {
					title := fmt.Sprintf("Book %d/%d", i+1, c.volumes)
					want := fmt.Sprintf("%s|%d|%d|Book|Book|cover of %s|", title, i+1, c.volumes, title)
					if !strings.HasPrefix(text, want) || filepath.Base(o.Path) != fmt.Sprintf("b-%d.txt", i+1) || o.Volume != i+1 {
						t.Errorf("%s: %.80q, want %q", o.Path, text, want)
					}
				}
				if least == 0 || o.Bytes < least {
					least = o.Bytes
				}
				most = max(most, o.Bytes)
				n := 0
				for line := range strings.Lines(text) {
					if name, ok := strings.CutPrefix(line, "> "); ok {
						articles = append(articles, strings.TrimSpace(name))
						n++
					}
				}
				if o.Articles != n || o.Pictures.Shown != n+1 {
					t.Errorf("%s: %d articles, %+v", o.Path, n, o)
				}
			}
			if len(articles) != 12 || !slices.IsSorted(articles) {
				t.Errorf("articles %q", articles)
			}
			if 3*least < most {
				t.Errorf("volumes of %d to %d bytes", least, most)
			}
		})
	}
}

// Pictures that turn out alike weigh once.
func TestAlikePictures(t *testing.T) {
	var pairs []string
	for i := range 10 {
		pairs = append(pairs, fmt.Sprint(i), fmt.Sprintf("title: T\nimg: http://h/%d/400x300.jpg\n", i))
	}
	files, rep, err := shelf(t, t.TempDir(), inputs(pairs...), weighed{}, Output{MaxBytes: 100_000})
	if err != nil || len(files) != 1 || rep.Outputs[0].Reduced != "pictures at quality 70" {
		t.Errorf("%v, %d files, %+v", err, len(files), rep.Outputs)
	}
}

// A volume ends with a part where that is as good as elsewhere, and equal jobs
// make equal volumes.
func TestVolumesEndWithParts(t *testing.T) {
	x := weighed{head: 100, entry: 10, font: 100}
	o := Output{MaxBytes: 700_000, Pictures: media.Profile{MaxWidth: 400}}
	files, _, err := shelf(t, t.TempDir(), illustrated(24), x, o)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := shelf(t, t.TempDir(), illustrated(24), x, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2 {
		t.Fatalf("%d files", len(files))
	}
	for name, text := range files {
		if again[name] != text {
			t.Errorf("%s differs", name)
		}
	}
	if !strings.Contains(files["b-1.txt"], "> a11\n") || strings.Contains(files["b-1.txt"], "> a12\n") {
		t.Error("the first volume does not end where a part does")
	}
	id := func(text string) (whole, own string) {
		line, _, _ := strings.Cut(text, "\n")
		whole, own, _ = strings.Cut(line[strings.LastIndex(line, "|")+1:], " ")
		return whole, own
	}
	w1, own1 := id(files["b-1.txt"])
	w2, own2 := id(files["b-2.txt"])
	if w1 == "" || w1 != w2 || own1 == own2 || own1 == w1 {
		t.Errorf("identifiers %s %s, %s %s", w1, own1, w2, own2)
	}
}

// What cannot be made leaves what was there, and nothing else.
func TestTooLarge(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Output
		want string
	}{
		{"one article", Output{MaxBytes: 5000}, `"a00" alone makes a book of`},
		{"the head", Output{MaxBytes: 50}, "alone makes a book of"},
		{"a stream", Output{MaxBytes: 150_000, Path: "-", Writer: io.Discard}, "volumes, and there is one stream"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "b.txt"), []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
		files, rep, err := shelf(t, dir, illustrated(6), weighed{head: 100}, c.o)
		if !errors.Is(err, ErrTooLarge) || !errors.Is(err, ErrOutput) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if len(files) != 1 || files["b.txt"] != "old" || len(rep.Outputs) != 0 || rep.Status != Failed {
			t.Errorf("%s: left %d files, %+v", c.name, len(files), rep.Outputs)
		}
	}
}

// A volume replaces neither another output nor an input.
func TestVolumesKeepOff(t *testing.T) {
	dir := t.TempDir()
	in := illustrated(6)
	path := filepath.Join(dir, "b-2.txt")
	if err := os.WriteFile(path, []byte("input"), 0o644); err != nil {
		t.Fatal(err)
	}
	in[3].File = path
	files, _, err := shelf(t, dir, in, weighed{}, Output{MaxBytes: 150_000})
	if !errors.Is(err, ErrIsInput) || len(files) != 1 || files["b-2.txt"] != "input" {
		t.Errorf("%v, %d files", err, len(files))
	}

	dir = t.TempDir()
	job := Job{Inputs: illustrated(6), Readers: []source.Reader{lines{}}, Assets: scales{}, Pictures: given{}, Outputs: []Output{
		{Path: filepath.Join(dir, "b.txt"), Exporter: weighed{}, MaxBytes: 150_000},
		{Path: filepath.Join(dir, "b-1.txt"), Exporter: weighed{}},
	}}
	if _, err := Run(t.Context(), job); err == nil || !strings.Contains(err.Error(), "which is another output") {
		t.Error(err)
	}
}

func TestLadder(t *testing.T) {
	for _, c := range []struct {
		p     media.Profile
		steps int
		last  string
	}{
		{media.Profile{}, 9, "pictures at quality 50, at most 768 pixels wide, without colour"},
		{media.Profile{MaxWidth: 1072, MaxHeight: 1448, Gray: true}, 8, "pictures at quality 50, at most 600 pixels wide"},
		{media.Profile{MaxWidth: 500, Quality: 40}, 2, "pictures without colour"},
		{media.Profile{MaxWidth: 500, Quality: 40, Levels: 16}, 1, ""},
		{media.Profile{MaxPixels: 6_000_000, Quality: 60}, 7, "pictures at quality 50, at most 1060 pixels wide, without colour"},
	} {
		steps := ladder(c.p)
		if len(steps) != c.steps || steps[len(steps)-1].lost != c.last || steps[0].profile != c.p || steps[0].lost != "" {
			t.Errorf("%+v: %d steps, the last %q", c.p, len(steps), steps[len(steps)-1].lost)
		}
		for i, s := range steps[1:] {
			before := steps[i].profile
			if !s.profile.Recompress || s.profile.Levels != c.p.Levels || before.MaxWidth > 0 && s.profile.MaxWidth > before.MaxWidth || before.Gray && !s.profile.Gray {
				t.Errorf("%+v after %+v", s.profile, before)
			}
			if q := s.profile.Quality; q != c.p.Quality && q < leastQuality || s.profile.MaxWidth > 0 && s.profile.MaxWidth < min(leastWidth, cmp.Or(c.p.MaxWidth, leastWidth)) {
				t.Errorf("%+v is too bad", s.profile)
			}
		}
	}
}

func TestVolumePath(t *testing.T) {
	for want, c := range map[string]struct {
		path  string
		n, of int
	}{
		"a/w-1.epub":      {"a/w.epub", 1, 3},
		"w.2021-02.epub":  {"w.2021.epub", 2, 10},
		"a.b/weekly-3":    {"a.b/weekly", 3, 3},
		"书-100.epub":      {"书.epub", 100, 120},
		"/tmp/x-007.epub": {"/tmp/x.epub", 7, 120},
	} {
		if got := volumePath(filepath.FromSlash(c.path), c.n, c.of); filepath.ToSlash(got) != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestMissingGlyphs(t *testing.T) {
	missing := func(name, char string) article.Issue {
		return article.Issue{Code: "glyph.missing", Article: name, Text: char, Detail: "no font has it"}
	}
	issues := []article.Issue{missing("b", "\U00020bb7"), missing("b", "\ue123"), {Code: "image.embed", Article: "a"}, missing("a", "\U00020bb7")}
	for i := range 101 {
		issues = append(issues, missing(fmt.Sprint(i), "\ue123"))
	}
	got := missingGlyphs(issues)
	if len(got) != 2 || got[0].Code != "U+E123" || len(got[0].Articles) != 100 || got[0].More != 2 ||
		!reflect.DeepEqual(got[1], MissingGlyph{Char: "\U00020bb7", Code: "U+20BB7", Articles: []string{"b", "a"}}) {
		t.Errorf("%+v", got)
	}
	if missingGlyphs(nil) != nil {
		t.Error("glyphs are missing from nothing")
	}
}
