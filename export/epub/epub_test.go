package epub_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/export/epub"
	"github.com/leporello-press/leporello/media"
)

// store is a media store with a few pictures, by name.
func store(t testing.TB) (*media.Dir, map[string]string) {
	t.Helper()
	d, err := media.New(t.TempDir(), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{}
	for i, s := range []struct {
		name string
		w, h int
	}{{"wide", 900, 600}, {"tall", 300, 500}, {"tall2", 310, 500}, {"icon", 16, 16}, {"cover", 600, 800}, {"strip", 400, 1600}} {
		m := image.NewGray(image.Rect(0, 0, s.w, s.h))
		for y := range s.h {
			for x := range s.w {
				m.SetGray(x, y, color.Gray{uint8(255 - (x*120/s.w+y*100/s.h+i*7)%256)})
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		a, err := d.Put(&b)
		if err != nil {
			t.Fatal(err)
		}
		keys[s.name] = a.Key
	}
	return d, keys
}

// pictured is AllKinds with some of its pictures.
func pictured(keys map[string]string) *article.Document {
	d := articletest.AllKinds()
	names := []string{"wide", "icon", "tall", "tall2", "", "wide"}
	i := 0
	for img := range d.Images() {
		if n := names[i%len(names)]; n != "" {
			img.Asset = keys[n]
		}
		i++
	}
	return d
}

// sample is a book of several articles in parts, with everything.
func sample(t testing.TB) export.Job {
	d, keys := store(t)
	en := &article.Document{Meta: article.Meta{Title: "A second article", Lang: "en", Authors: []string{"Ada"}, URL: "https://www.example.org/b"},
		Blocks: []article.Block{articletest.P("It begins here, and it goes on for a while so that a summary can be made of it."), articletest.H(2, "One"), articletest.H(3, "Deeper"), articletest.P("Text.")}}
	docs := []*article.Document{pictured(keys), en, articletest.AllKinds(), {}}
	parts := [][]string{{"新媒体", "样张"}, {"新媒体", "其他"}, {"科技"}, nil}
	return export.Job{
		Book: export.Book{
			Title: "样张周刊 第 1 期", Subtitle: "每周一次", Lang: "zh-Hans", Creators: []string{"编辑部"}, Publisher: "样张社",
			Modified: time.Date(2021, 8, 8, 1, 2, 3, 0, time.UTC), From: time.Date(2021, 8, 1, 0, 0, 0, 0, time.UTC),
			To: time.Date(2021, 8, 7, 0, 0, 0, 0, time.UTC), Cover: keys["cover"], Articles: len(docs),
		},
		Assets: d,
		Chapters: func(yield func(export.Chapter, error) bool) {
			for i, doc := range docs {
				if !yield(export.Chapter{Part: parts[i], Document: doc, Name: fmt.Sprintf("%d.html", i)}, nil) {
					return
				}
			}
		},
	}
}

func write(t testing.TB, job export.Job) []byte {
	t.Helper()
	return writeAs(t, epub.Options{}, job)
}

func writeAs(t testing.TB, o epub.Options, job export.Job) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := epub.New(o).Export(context.Background(), &b, job); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unpacked is a publication as a reader sees it.
type unpacked struct {
	names []string
	files map[string]string
	spine []string
}

func unpack(t testing.TB, data []byte) *unpacked {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	u := &unpacked{files: map[string]string{}}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		u.names = append(u.names, f.Name)
		if _, ok := u.files[f.Name]; ok {
			t.Errorf("%s: twice", f.Name)
		}
		u.files[f.Name] = string(b)
	}
	var p struct {
		Items []struct {
			ID         string `xml:"id,attr"`
			Href       string `xml:"href,attr"`
			Properties string `xml:"properties,attr"`
		} `xml:"manifest>item"`
		Refs []struct {
			IDRef string `xml:"idref,attr"`
		} `xml:"spine>itemref"`
	}
	if err := xml.Unmarshal([]byte(u.files["EPUB/package.opf"]), &p); err != nil {
		t.Fatal(err)
	}
	href := map[string]string{}
	listed := map[string]bool{"mimetype": true, "META-INF/container.xml": true, "EPUB/package.opf": true}
	for _, it := range p.Items {
		if href[it.ID] != "" {
			t.Errorf("manifest: id %s twice", it.ID)
		}
		href[it.ID] = "EPUB/" + it.Href
		listed["EPUB/"+it.Href] = true
		body, ok := u.files["EPUB/"+it.Href]
		if !ok {
			t.Errorf("manifest: no file %s", it.Href)
		}
		if strings.HasSuffix(it.Href, ".xhtml") && strings.Contains(body, "<math ") != (it.Properties == "mathml") {
			t.Errorf("manifest: properties of %s are %q", it.Href, it.Properties)
		}
	}
	for _, n := range u.names {
		if !listed[n] {
			t.Errorf("%s is not in the manifest", n)
		}
	}
	for _, r := range p.Refs {
		if href[r.IDRef] == "" {
			t.Errorf("spine: no item %s", r.IDRef)
		}
		u.spine = append(u.spine, href[r.IDRef])
	}
	return u
}

// own are the classes of elements whose text is not the article's: headers,
// placeholders, numbers of notes.
var own = []string{"opening", "missing", "missing-inline", "embed", "task", "number", "ref"}

// reading is what a page says: the article's text, ids and links.
type reading struct {
	text, notes strings.Builder
	ids         []string
	links       []string
}

// read parses a page as XML.
func read(t testing.TB, name, page string) *reading {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	r := &reading{}
	type frame struct{ hidden, note bool }
	stack := []frame{{}}
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return r
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, page)
		}
		top := stack[len(stack)-1]
		out := &r.text
		if top.note {
			out = &r.notes
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			f := top
			switch tok.Name.Local {
			case "head", "rp":
				f.hidden = true
			case "aside":
				f.note = true
			case "br", "p", "li", "td", "th":
				out.WriteByte(' ')
			}
			for _, a := range tok.Attr {
				switch a.Name.Local {
				case "class":
					// A cell of that class has a number of the article in it.
					if cell := tok.Name.Local == "td" || tok.Name.Local == "th"; !cell && slices.Contains(own, a.Value) {
						f.hidden = true
					}
				case "id":
					r.ids = append(r.ids, a.Value)
				case "href", "src":
					r.links = append(r.links, a.Value)
				case "alttext":
					// A formula's text, whatever its markup says.
					out.WriteString(a.Value)
				}
			}
			if tok.Name.Local == "math" {
				f.hidden = true
			}
			stack = append(stack, f)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if !top.hidden {
				out.Write(tok)
			}
		}
	}
}

// check tests what holds of every publication: unique ids, links that lead
// somewhere, and returns the text of the articles, that of notes behind the rest
// of each article.
func (u *unpacked) check(t testing.TB) []string {
	t.Helper()
	ids := map[string]map[string]bool{}
	pages := map[string]*reading{}
	for name, body := range u.files {
		if !strings.HasSuffix(name, ".xhtml") && !strings.HasSuffix(name, ".ncx") {
			continue
		}
		r := read(t, name, body)
		pages[name] = r
		ids[name] = map[string]bool{}
		for _, id := range r.ids {
			if ids[name][id] {
				t.Errorf("%s: id %s twice", name, id)
			}
			ids[name][id] = true
			if strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" || id[0] < 'a' || id[0] > 'z' {
				t.Errorf("%s: id %q", name, id)
			}
		}
	}
	for name, r := range pages {
		for _, l := range r.links {
			if strings.HasPrefix(l, "https:") || strings.HasPrefix(l, "http:") || strings.HasPrefix(l, "mailto:") || strings.HasPrefix(l, "tel:") {
				continue
			}
			file, id, _ := strings.Cut(l, "#")
			target := name
			if file != "" {
				target = path.Join(path.Dir(name), file)
			}
			if _, ok := u.files[target]; !ok {
				t.Errorf("%s: link to %s leads to no file", name, l)
			} else if id != "" && !ids[target][id] {
				t.Errorf("%s: link to %s leads to no id", name, l)
			}
		}
	}
	var texts []string
	var notes []string
	article := ""
	for _, name := range u.spine {
		base, ok := strings.CutPrefix(name, "EPUB/text/")
		if !ok {
			continue
		}
		if n := len(u.files[name]); n > 300_000 {
			t.Errorf("%s: %d bytes", name, n)
		}
		base, _, _ = strings.Cut(strings.TrimSuffix(base, ".xhtml"), "-")
		if base != article {
			article = base
			texts, notes = append(texts, ""), append(notes, "")
		}
		texts[len(texts)-1] += pages[name].text.String()
		notes[len(notes)-1] += pages[name].notes.String()
	}
	for i := range texts {
		texts[i] = articletest.Squeeze(texts[i] + notes[i])
	}
	return texts
}

func TestExport(t *testing.T) {
	job := sample(t)
	data := write(t, job)
	if string(data[30:38]) != "mimetype" || string(data[38:58]) != "application/epub+zip" {
		t.Errorf("the container begins with %q", data[:60])
	}
	u := unpack(t, data)
	texts := u.check(t)
	i := 0
	for ch := range job.Chapters {
		if want := articletest.Squeeze(ch.Document.Text()); texts[i] != want {
			t.Errorf("article %d: got\n%s\nwant\n%s", i, texts[i], want)
		}
		i++
	}
	if i != len(texts) {
		t.Errorf("%d articles, want %d", len(texts), i)
	}
}

// judge runs EPUBCheck, which must have nothing to say.
func judge(t *testing.T, data []byte) {
	t.Helper()
	command := []string{"epubcheck"}
	if jar := os.Getenv("EPUBCHECK_JAR"); jar != "" {
		command = []string{"java", "-jar", jar}
	}
	if _, err := exec.LookPath(command[0]); err != nil {
		if os.Getenv("LEPORELLO_JUDGES") == "1" {
			t.Fatal("EPUBCheck is not installed; EPUBCHECK_JAR may name its jar")
		}
		t.Skip("no EPUBCheck")
	}
	name := filepath.Join(t.TempDir(), "book.epub")
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, command[0], append(command[1:], "--failonwarnings", name)...).CombinedOutput()
	if err != nil {
		t.Errorf("epubcheck: %v\n%s", err, out)
	}
}

func TestEPUBCheck(t *testing.T) { judge(t, write(t, sample(t))) }

func TestDeterministic(t *testing.T) {
	job := sample(t)
	want := write(t, job)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	local := time.Local
	defer func() { time.Local = local }()
	time.Local = time.FixedZone("X", -7*3600)
	if !bytes.Equal(want, write(t, job)) {
		t.Error("another time zone and one processor give other bytes")
	}
}

func TestEmpty(t *testing.T) {
	err := epub.New(epub.Options{}).Export(context.Background(), io.Discard, export.Job{Chapters: export.Chapters()})
	if !errors.Is(err, epub.ErrEmpty) {
		t.Errorf("got %v", err)
	}
}

// A volume names the book that it belongs to, and its place there.
func TestVolume(t *testing.T) {
	job := sample(t)
	job.Book.Whole, job.Book.WholeID, job.Book.Volume, job.Book.Volumes = "全本 & 其他", "urn:uuid:00000000-0000-4000-8000-000000000001", 2, 3
	data := write(t, job)
	opf := unpack(t, data).files["EPUB/package.opf"]
	for _, want := range []string{
		`<meta property="belongs-to-collection" id="whole">全本 &amp; 其他</meta>`,
		`<meta property="collection-type" refines="#whole">set</meta>`,
		`<meta property="group-position" refines="#whole">2</meta>`,
		`<meta property="dcterms:identifier" refines="#whole">urn:uuid:00000000-0000-4000-8000-000000000001</meta>`,
	} {
		if !strings.Contains(opf, want) {
			t.Errorf("no %s in\n%s", want, opf)
		}
	}
	judge(t, data)
}

// An issue names its series, and its number there.
func TestSeries(t *testing.T) {
	job := sample(t)
	job.Book.Series, job.Book.Number = "周刊 & 其他", 42
	data := write(t, job)
	opf := unpack(t, data).files["EPUB/package.opf"]
	for _, want := range []string{
		`<meta property="belongs-to-collection" id="series">周刊 &amp; 其他</meta>`,
		`<meta property="collection-type" refines="#series">series</meta>`,
		`<meta property="group-position" refines="#series">42</meta>`,
	} {
		if !strings.Contains(opf, want) {
			t.Errorf("no %s in\n%s", want, opf)
		}
	}
	judge(t, data)
}

// A tall picture is in pieces, in order; the caller is told of each picture once.
func TestPieces(t *testing.T) {
	d, keys := store(t)
	doc := &article.Document{Meta: article.Meta{Title: "A", Lang: "en"}, Blocks: []article.Block{
		&article.Figure{Images: []*article.Image{{Asset: keys["strip"], Alt: "Strip"}}},
		&article.Paragraph{Inlines: []article.Inline{article.Run{Text: "See "}, &article.Image{Asset: keys["strip"], Alt: "Strip"}}},
		&article.Figure{Images: []*article.Image{{Asset: keys["wide"]}}},
	}}
	told := map[string]int{}
	u := unpack(t, write(t, export.Job{
		Book: export.Book{Title: "A", Lang: "en"}, Chapters: export.Chapters(doc, doc), Assets: d,
		Pictures: media.Profile{MaxWidth: 600, MaxHeight: 600}, Slice: true,
		Embedded: func(key string, pieces []media.Asset) { told[key] += len(pieces) },
	}))
	pieces := told[keys["strip"]]
	if pieces < 3 || told[keys["wide"]] != 1 || len(told) != 2 {
		t.Fatalf("told of %v", told)
	}
	files := 0
	for name := range u.files {
		if strings.HasPrefix(name, "EPUB/img/") {
			files++
		}
	}
	if files != pieces+1 {
		t.Errorf("%d pictures, want %d", files, pieces+1)
	}
	page := u.files["EPUB/text/a0001.xhtml"]
	for i := range pieces {
		if n := strings.Count(page, fmt.Sprintf(`alt="Strip (%d/%d)"`, i+1, pieces)); n != 2 {
			t.Errorf("piece %d is shown %d times\n%s", i+1, n, page)
		}
	}
	if n := strings.Count(page, `<figure class="cut">`); n != 1 {
		t.Errorf("%d figures are cut", n)
	}
}
