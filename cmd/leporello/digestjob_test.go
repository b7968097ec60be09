package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/press"
	"github.com/leporello-press/leporello/source"
)

// configOf reads a configuration of a folder with these files.
func configOf(t *testing.T, e *env, yaml string, files ...string) *recipe.Config {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		write(t, filepath.Join(dir, files[i]), files[i+1])
	}
	path := filepath.Join(dir, configName)
	write(t, path, yaml)
	c, err := e.loadConfig(path)
	if err != nil {
		t.Fatal(err, e.stderr)
	}
	return c
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestBookOf: each output has a device, a budget and pages of its own, and the settings that all
// share hold for all.
func TestBookOf(t *testing.T) {
	const yaml = `
defaults: {timezone: Asia/Shanghai, quality: 70, sort: -date}
sources: {posts: posts}
digests:
  weekly:
    title: '{{ .Issue }}'
    images: link
    group_by: date
    drafts: true
    lang: zh-Hans
    fail_on: [lost-text, 'missing-images>20%']
    max_size: 30MB
    outputs:
      - {path: a.epub, device: kindle-paperwhite-6, max_size: 10MB}
      - {path: b.epub, quality: 90}
      - {path: c.pdf, device: remarkable-2, grayscale: no}
`
	e := world(nil)
	c := configOf(t, e, yaml)
	n := &network{cacheDir: t.TempDir(), connections: 1}
	if err := n.open(); err != nil {
		t.Fatal(err)
	}
	defer n.close()
	job, thresholds, err := e.bookOf(c, &c.Digests[0], n)
	if err != nil {
		t.Fatal(err)
	}
	o := job.Options
	if o.Lang != "zh-Hans" || o.Sort != press.Newest || o.Group != press.ByDate || !o.Drafts || o.Future || o.Images != press.Link || o.Zone.String() != "Asia/Shanghai" {
		t.Errorf("%+v", o)
	}
	if got := fmt.Sprint(thresholds); got != "[lost-text missing-images>20%]" {
		t.Error(got)
	}
	type shown struct {
		format         string
		max            int64
		width, quality int
		gray, slice    bool
	}
	var got []shown
	for _, o := range job.Outputs {
		got = append(got, shown{o.Format, o.MaxBytes, o.Pictures.MaxWidth, o.Pictures.Quality, o.Pictures.Gray, o.Slice})
		if o.Path != "" || o.Exporter == nil {
			t.Errorf("%+v", o)
		}
	}
	if want := []shown{
		{"epub3", 10e6, 1272, 70, true, true},
		{"epub3", 30e6, 0, 90, false, false},
		{"pdf", 30e6, 1404, 70, false, true},
	}; !slices.Equal(got[:1], want[:1]) || got[1].max != 30e6 || got[1].quality != 90 || got[1].gray || got[1].slice || !slices.Equal(got[2:], want[2:]) {
		t.Errorf("%+v, want %+v", got, want)
	}

	// Covers have the shape of what they are for, and those that draw their own get none.
	for i, want := range []string{"1272x1696", "1008x1344", ""} {
		key, err := job.Cover(t.Context(), press.Cover{Output: i})
		if err != nil {
			t.Fatal(err)
		}
		size := ""
		if key != "" {
			a, err := n.store.Stat(key)
			if err != nil {
				t.Fatal(err)
			}
			size = fmt.Sprintf("%dx%d", a.Width, a.Height)
		}
		if size != want {
			t.Errorf("the cover of output %d has %s, want %s", i, size, want)
		}
	}

	// The environment is above the file.
	e = world(map[string]string{"LEPORELLO_QUALITY": "55", "LEPORELLO_SORT": "title", "LEPORELLO_FAIL_ON": "losses,front-matter"})
	if c, err = e.loadConfig(c.Path); err != nil {
		t.Fatal(err)
	}
	if job, thresholds, err = e.bookOf(c, &c.Digests[0], n); err != nil {
		t.Fatal(err)
	}
	for _, o := range job.Outputs {
		if o.Pictures.Quality != 55 {
			t.Errorf("%+v", o.Pictures)
		}
	}
	if job.Options.Sort != press.ByTitle || fmt.Sprint(thresholds) != "[losses front-matter]" {
		t.Error(job.Options.Sort, thresholds)
	}
	e = world(map[string]string{"LEPORELLO_QUALITY": "much"})
	if c, err = e.loadConfig(c.Path); err != nil {
		t.Fatal(err)
	}
	if _, _, err = e.bookOf(c, &c.Digests[0], n); err == nil || !strings.Contains(err.Error(), "LEPORELLO_QUALITY") {
		t.Errorf("a bad variable: %v", err)
	}
}

// TestSourceOf: a source is read by its own settings, and its paths are those of the file's folder.
func TestSourceOf(t *testing.T) {
	e := world(nil)
	c := configOf(t, e, `
sources:
  posts: {inputs: [posts, "more/*.md", "@list.txt", https://example.org/feed.xml], remove: .ad, site_rules: rules.yaml, timezone: Asia/Tokyo}
`, "posts/a.html", `<title>一</title><p>正文在这里。</p><p class="ad">广告</p>`, "more/b.md", "# 二\n\n文字", "list.txt", "posts/c.html\n", "posts/c.html", "<p>三",
		"rules.yaml", "- {hosts: [example.com], remove: [.x]}\n")
	web := source.Web{Get: func(address string) (source.Input, error) {
		return source.Input{}, fmt.Errorf("nobody is to ask for %s", address)
	}}
	reading, err := e.sourceOf(c, &c.Sources[0], web)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := reading.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, strings.TrimPrefix(entry.Name, filepath.ToSlash(c.Dir)+"/"))
	}
	if want := []string{"posts/a.html", "posts/c.html", "more/b.md", "https://example.org/feed.xml"}; !slices.Equal(names, want) {
		t.Errorf("found %v, want %v", names, want)
	}
	in, err := entries[0].Load()
	if err != nil {
		t.Fatal(err)
	}
	for doc, err := range source.Read(reading.Readers, in, func(article.Issue) {}) {
		if err != nil || !strings.Contains(doc.Text(), "正文") || strings.Contains(doc.Text(), "广告") {
			t.Errorf("%v: %q", err, doc.Text())
		}
	}
	if err := os.Remove(c.Abs("rules.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := e.sourceOf(c, &c.Sources[0], web); err == nil || !strings.Contains(err.Error(), "source posts") {
		t.Errorf("rules that are not there: %v", err)
	}
}

// TestNetworkOf: what was typed is above the environment, and that above the file.
func TestNetworkOf(t *testing.T) {
	e := world(map[string]string{"LEPORELLO_CONNECTIONS": "3"})
	c := configOf(t, e, "cache_dir: pictures\nnetwork: {offline: true, connections: 2, per_host: 2, user_agent: file, allow_port: [8000, 8001]}\n")
	n := &network{}
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	n.flags(f)
	if err := f.Parse([]string{"--per-host", "5"}); err != nil {
		t.Fatal(err)
	}
	if err := e.networkOf(c, f, n, true); err != nil {
		t.Fatal(err)
	}
	if n.perHost != 5 || n.connections != 3 || n.userAgent != "file" || !n.offline || n.cacheDir != filepath.Join(c.Dir, "pictures") || !slices.Equal(n.fetching.Ports, []uint16{8000, 8001}) {
		t.Errorf("%+v", n.fetching)
	}
}

func TestSecret(t *testing.T) {
	e := world(map[string]string{"WORD": "of the environment"})
	c := configOf(t, e, "sources: {a: a}\n", "word.txt", "of a file\r\nand more\n", "empty.txt", "\n", "long.txt", strings.Repeat("x", maxSecret+1))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(asCommand, "1")
	for _, s := range []struct {
		secret recipe.Secret
		want   string
		fails  string
	}{
		{recipe.Secret{}, "", ""},
		{recipe.Secret{Clear: "clear"}, "clear", ""},
		{recipe.Secret{Env: "WORD"}, "of the environment", ""},
		{recipe.Secret{Env: "NONE"}, "", "the variable NONE is empty"},
		{recipe.Secret{File: "word.txt"}, "of a file", ""},
		{recipe.Secret{File: "empty.txt"}, "", "first line has 0 bytes"},
		{recipe.Secret{File: "long.txt"}, "", "larger than the limit"},
		{recipe.Secret{File: "none.txt"}, "", "none.txt"},
		{recipe.Secret{Command: []string{self, "version"}}, "leporello ", ""},
		{recipe.Secret{Command: []string{self, "nonsense"}}, "", "the password: "},
		{recipe.Secret{Command: []string{filepath.Join(c.Dir, "nothing")}}, "", "the password: nothing"},
	} {
		got, err := e.secret(t.Context(), c, s.secret)
		if s.fails == "" && err != nil || s.fails != "" && (err == nil || !strings.Contains(err.Error(), s.fails)) || !strings.HasPrefix(got, s.want) || s.want == "" && got != "" {
			t.Errorf("%+v: %q, %v", s.secret, got, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	if _, err := e.secret(ctx, c, recipe.Secret{Command: []string{self, "version"}}); err == nil {
		t.Error("a command ran after its time")
	}
}

// TestStateFolder: what is remembered is where the user keeps such things.
func TestStateFolder(t *testing.T) {
	e := world(map[string]string{"XDG_STATE_HOME": t.TempDir()})
	c := configOf(t, e, "sources: {a: a}\n")
	k := configured{path: c.Path}
	c, err := k.load(e)
	if err != nil || c.StateDir != filepath.Join(e.getenv("XDG_STATE_HOME"), "leporello") {
		t.Errorf("%+v, %v", c, err)
	}
	c = configOf(t, e, "state_dir: here\nsources: {a: a}\n")
	k = configured{path: c.Path}
	if again, err := k.load(e); err != nil || again.StateDir != filepath.Join(c.Dir, "here") {
		t.Errorf("%+v, %v", again, err)
	}
	k.state = "there"
	if again, err := k.load(world(map[string]string{databaseVariable: "postgres://db/x"})); err != nil || again.StateDir != "there" || again.DatabaseURL != "postgres://db/x" {
		t.Errorf("%+v, %v", again, err)
	}
}
