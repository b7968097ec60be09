package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/layout"
	"github.com/leporello-press/leporello/media/device"
)

// photograph is smooth with grain, as photographs are.
func photograph(w, h int) image.Image {
	rnd := rand.New(rand.NewPCG(1, 2))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			grain := rnd.IntN(9)
			m.SetRGBA(x, y, color.RGBA{uint8(x*240/w + grain), uint8(y*240/h + grain), uint8((x+y)*200/(w+h) + grain), 255})
		}
	}
	return m
}

// strip is six panels one above the other with white between them.
func strip(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{255, 255, 255, 255}
			if y%(h/6) > h/60 {
				c = color.NRGBA{uint8(x * 200 / w), uint8(y * 6 / h * 40), 90, 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// newGallery writes an article with a photograph larger than any screen, a small
// one, a drawing with alpha and a picture six times as high as wide.
func newGallery(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	put := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	asPNG := func(m image.Image) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	asJPEG := func(m image.Image) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	glass := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	for i := range glass.Pix {
		glass.Pix[i] = uint8(i / 4 % 300 * 255 / 300)
	}
	put("large.jpg", asJPEG(photograph(1800, 1300)))
	put("small.jpg", asJPEG(photograph(400, 300)))
	put("glass.png", asPNG(glass))
	put("strip.png", asPNG(strip(500, 3000)))
	put("a.html", []byte(`<html lang="en"><title>Gallery</title><p>Text.</p><p><img src="large.jpg"></p><p><img src="small.jpg"></p>`+
		`<p><img src="glass.png"></p><figure><img src="strip.png" alt="Panels"><figcaption>A strip</figcaption></figure>`))
	return dir
}

// built runs leporello build on the gallery and returns the pictures of the EPUB,
// and the files, by name.
func built(t *testing.T, dir string, args ...string) (pictures map[string]image.Image, files map[string][]byte) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "a.epub")
	cmd := command(append([]string{"build", "-q", "--cache-dir", t.TempDir(), filepath.Join(dir, "a.html"), "-o", out}, args...)...)
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	z, err := zip.OpenReader(out)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	pictures, files = map[string]image.Image{}, map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		files[f.Name] = b.Bytes()
		if filepath.Ext(f.Name) == ".jpg" || filepath.Ext(f.Name) == ".png" {
			m, _, err := image.Decode(&b)
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			pictures[f.Name] = m
		}
	}
	return pictures, files
}

// greys returns how many greys pictures have between them; -1 where one has a
// colour or can be seen through.
func greys(pictures map[string]image.Image) int {
	seen := map[uint32]bool{}
	for _, m := range pictures {
		b := m.Bounds()
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				r, g, b, a := m.At(x, y).RGBA()
				if r != g || g != b || a != 0xffff {
					return -1
				}
				seen[r>>8] = true
			}
		}
	}
	return len(seen)
}

// Every pixel of every picture is what the device can show.
func TestPicturesFitTheDevice(t *testing.T) {
	if testing.Short() {
		t.Skip("decodes many pictures")
	}
	dir := newGallery(t)
	small, err := os.ReadFile(filepath.Join(dir, "small.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args             []string
		w, h             int // no picture is larger
		files            int // of pictures, with the cover
		leastG, mostG    int // greys; -1: colour
		smallIsUntouched bool
	}{
		{[]string{"--device", "eink-6"}, 1072, 1448, 9, 100, 256, false},
		{[]string{"--device", "eink-6", "--grayscale", "16"}, 1072, 1448, 9, 16, 16, false},
		{[]string{"--device", "kobo-libra-colour"}, 1264, 1680, 9, -1, -1, true},
		{[]string{"--device", "kobo-libra-colour", "--max-width", "800", "--tall", "fit"}, 800, 1680, 5, -1, -1, true},
		{[]string{"--device", "eink-6", "--grayscale", "no"}, 1072, 1448, 9, -1, -1, true},
		{nil, 1800, 3000, 5, -1, -1, true},
		{[]string{"--tall", "slice"}, 1549, 2065, 9, -1, -1, true},
	} {
		t.Run(fmt.Sprint(c.args), func(t *testing.T) {
			pictures, files := built(t, dir, c.args...)
			if len(pictures) != c.files {
				t.Errorf("%d pictures, want %d", len(pictures), c.files)
			}
			untouched := false
			for name, m := range pictures {
				if s := m.Bounds().Size(); s.X > c.w || s.Y > c.h {
					t.Errorf("%s: %v", name, s)
				}
				untouched = untouched || bytes.Equal(files[name], small)
			}
			if n := greys(pictures); n < c.leastG || n > c.mostG {
				t.Errorf("%d greys, want %d to %d", n, c.leastG, c.mostG)
			}
			if untouched != c.smallIsUntouched {
				t.Errorf("the JPEG that fits is untouched: %v", untouched)
			}
		})
	}
}

// judge has EPUBCheck look at books; it must have nothing to say.
func judge(t *testing.T, books ...string) {
	t.Helper()
	if _, err := exec.LookPath("epubcheck"); err != nil {
		if os.Getenv("LEPORELLO_JUDGES") == "1" {
			t.Fatal(err)
		}
		t.Skip("epubcheck is not installed")
	}
	for _, book := range books {
		if b, err := exec.Command("epubcheck", "--failonwarnings", book).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", book, err, b)
		}
	}
}

func TestEPUBCheckOfDevices(t *testing.T) {
	dir := newGallery(t)
	var books []string
	for _, name := range []string{"kindle-paperwhite-6", "kobo-libra-colour", "remarkable-2", "tablet"} {
		out := filepath.Join(t.TempDir(), "a.epub")
		if b, err := command("build", "-q", "--cache-dir", t.TempDir(), filepath.Join(dir, "a.html"), "-o", out, "--device", name).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		books = append(books, out)
	}
	judge(t, books...)
}

// A book that may have so many bytes has no more, in both formats; its volumes hold
// every article once, in order, and are the same on one processor.
func TestMaxSize(t *testing.T) {
	if testing.Short() {
		t.Skip("makes many pictures")
	}
	dir := newGallery(t)
	const articles, limit = 6, 70_000
	var want []string
	for i := range articles {
		title := fmt.Sprintf("Article %02d", i)
		want = append(want, title)
		text := fmt.Sprintf(`<html lang="en"><title>%s</title><p>Text.</p><p><img src="p%d.jpg"></p><p><img src="small.jpg"></p>`, title, i)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("m%d.html", i)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, photograph(640+i, 480), &jpeg.Options{Quality: 90}); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("p%d.jpg", i)), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	books := func(processors int) (files map[string]string, said string) {
		out := t.TempDir()
		cmd := command("build", "--cache-dir", t.TempDir(), filepath.Join(dir, "m*.html"), "--title", "Shelf",
			"-o", filepath.Join(out, "b.epub"), "-o", filepath.Join(out, "b.pdf"), "--max-size", "70KB")
		cmd.Env = append(cmd.Env, fmt.Sprint("GOMAXPROCS=", processors))
		b, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		files = map[string]string{}
		entries, err := os.ReadDir(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			data, err := os.ReadFile(filepath.Join(out, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			files[e.Name()] = string(data)
		}
		return files, string(b)
	}
	files, said := books(1)
	again, _ := books(4)
	if !reflect.DeepEqual(files, again) {
		t.Error("volumes differ")
	}
	var titles, epubs []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if len(files[name]) > limit {
			t.Errorf("%s has %d bytes", name, len(files[name]))
		}
		if filepath.Ext(name) != ".epub" {
			continue
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(files[name]), 0o644); err != nil {
			t.Fatal(err)
		}
		epubs = append(epubs, path)
		nav, _, _ := strings.Cut(entry(t, path, "EPUB/nav.xhtml"), "landmarks")
		for _, m := range regexp.MustCompile(`Article \d\d`).FindAllString(nav, -1) {
			if len(titles) == 0 || titles[len(titles)-1] != m {
				titles = append(titles, m)
			}
		}
		if opf := entry(t, path, "EPUB/package.opf"); !strings.Contains(opf, fmt.Sprintf(">Shelf %d/", len(epubs))) {
			t.Errorf("%s is called otherwise:\n%s", name, opf)
		}
	}
	if !reflect.DeepEqual(titles, want) || len(epubs) < 2 || files["b.pdf"]+files["b-1.pdf"] == "" {
		t.Errorf("%d volumes of EPUB with %q", len(epubs), titles)
	}
	if !strings.Contains(said, fmt.Sprintf("b-1.epub: at most 70.0 KB: %d volumes", len(epubs))) {
		t.Errorf("it said: %s", said)
	}
	t.Run("EPUBCheck", func(t *testing.T) { judge(t, epubs...) })
}

// entry returns a file of an EPUB.
func entry(t *testing.T, path, name string) string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	b, err := fs.ReadFile(z, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The pages of a PDF are those of the device, unless others are asked for.
func TestPagesOfDevices(t *testing.T) {
	eink, _ := layout.FindStyle("eink")
	for _, c := range []struct {
		device, size, want string
		screen             bool
		accent             layout.Color
	}{
		{"remarkable-2", "", "1404x1872px@226", true, eink.Options.Accent},
		{"remarkable-2", "b6", "b6", false, eink.Options.Accent},
		{"tablet", "", "1620x2160px@264", true, 0},
		{"print-b6", "", "b6", false, 0},
	} {
		b := &edition{pageSize: c.size, level: "auto", hanging: "none", punct: "quanjiao", mode: "horizontal-tb", combine: 2, fitting: fitting{device: device.Find(c.device)}}
		l, err := newLook(b)
		want, _, err2 := layout.ParseSize(c.want)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if o := l.layout; o.Page != want || o.Screen != c.screen || o.Accent != c.accent {
			t.Errorf("%s %s: %+v", c.device, c.size, o)
		}
	}
}
