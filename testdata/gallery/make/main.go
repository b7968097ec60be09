// Command make sets the pages of the gallery: five languages, both ways of writing,
// every style. Run it in the root of the repository:
//
//	go run ./testdata/gallery/make
//
// The same program draws the same files on every run.
package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"log"
	"os"
	"path/filepath"
	"slices"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/raster"
	"github.com/leporello-press/leporello/layout"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/html"
)

// sheet is a picture of the gallery: pages of a book side by side.
type sheet struct {
	name        string
	style       string
	change      func(*layout.Options) // of the style; nil: none
	title, lang string
	articles    []string // below testdata
	from, pages int      // which pages, counted from the first of the text
	width       int      // pixels of one page
}

func vertical(o *layout.Options) { *o = o.WithMode(layout.VerticalRL) }

func wrap(o *layout.Options) { o.Wrap = true }

var sheets = []sheet{
	{"digest-zh-Hans", "digest", nil, "江岸周刊", "zh-Hans", []string{"gallery/articles/zh-Hans.html"}, 0, 2, 640},
	{"digest-ko", "digest", nil, "나루 다이제스트", "ko", []string{"gallery/articles/ko.html"}, 0, 2, 640},
	{"book-ja-vertical", "book", vertical, "季刊しおり", "ja", []string{"gallery/articles/ja.html"}, 0, 2, 600},
	{"book-zh-Hant-vertical", "book", vertical, "霧社散文選", "zh-Hant-TW", []string{"gallery/articles/zh-Hant.html"}, 0, 2, 600},
	{"book-zh-Hant", "book", nil, "霧社散文選", "zh-Hant-TW", []string{"gallery/articles/zh-Hant.html"}, 0, 2, 600},
	{"book-en", "book", nil, "The Slow Quarterly", "en", []string{"gallery/articles/en.html"}, 0, 2, 600},
	{"large-ko", "large", nil, "나루 다이제스트", "ko", []string{"gallery/articles/ko.html"}, 0, 2, 600},
	{"eink-ja", "eink", nil, "季刊しおり", "ja", []string{"gallery/articles/ja.html"}, 0, 3, 440},
	{"newspaper-zh-Hans", "newspaper", wrap, "江岸日报", "zh-Hans", []string{"gallery/articles/zh-Hans.html", "articles/08-zh-hans-brief.html", "articles/07-zh-hans-science.html"}, 0, 1, 860},
	{"newspaper-ja-vertical", "newspaper", vertical, "季刊しおり", "ja", []string{"gallery/articles/ja.html", "articles/03-ja-essay.html"}, 0, 1, 860},
	{"newspaper-en", "newspaper", nil, "The Slow Quarterly", "en", []string{"gallery/articles/en.html", "articles/05-en-howto.html"}, 0, 1, 860},
}

func main() {
	log.SetFlags(0)
	dir, err := os.MkdirTemp("", "gallery")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := media.New(dir, media.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range sheets {
		b, err := s.draw(store)
		if err == nil {
			err = os.WriteFile(filepath.Join("testdata", "gallery", "pages", s.name+".png"), b, 0o644)
		}
		if err != nil {
			log.Fatalf("%s: %v", s.name, err)
		}
		log.Printf("%s: %d KB", s.name, len(b)/1024)
	}
}

// draw sets the articles of a sheet and draws its pages in greys.
func (s *sheet) draw(store *media.Dir) ([]byte, error) {
	style, ok := layout.FindStyle(s.style)
	if !ok {
		return nil, fmt.Errorf("no style %s", s.style)
	}
	o := style.Options
	if s.change != nil {
		s.change(&o)
	}
	o.Title, o.Lang = s.title, s.lang
	t, err := layout.New(o, fonts.Embedded(), store, func(i article.Issue) { log.Printf("%s: %v", s.name, i) })
	if err != nil {
		return nil, err
	}
	var pages []*layout.Page
	emit := func(p *layout.Page) error { pages = append(pages, p); return nil }
	for _, name := range s.articles {
		doc, err := read(filepath.Join("testdata", filepath.FromSlash(name)), store)
		if err != nil {
			return nil, err
		}
		if err := t.Chapter(layout.Chapter{Document: doc, Name: name}, emit); err != nil {
			return nil, err
		}
	}
	if err := t.Finish(emit); err != nil {
		return nil, err
	}
	pages = pages[s.from:min(s.from+s.pages, len(pages))]
	if o.Mode == layout.VerticalRL {
		slices.Reverse(pages) // such books are read from the right
	}
	return s.join(pages, store)
}

// join draws pages side by side on a grey ground, in greys.
func (s *sheet) join(pages []*layout.Page, store *media.Dir) ([]byte, error) {
	const gap = 10
	var all *image.Gray
	for i, p := range pages {
		img, err := raster.Draw(p, s.width, store)
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = image.NewGray(image.Rect(0, 0, len(pages)*(s.width+gap)+gap, img.Rect.Dy()+2*gap))
			draw.Draw(all, all.Rect, image.NewUniform(color.Gray{0xBB}), image.Point{}, draw.Src)
		}
		draw.Draw(all, img.Rect.Add(image.Pt(gap+i*(s.width+gap), gap)), img, image.Point{}, draw.Src)
	}
	// Half as many bytes for what no eye tells apart.
	for i, v := range all.Pix {
		all.Pix[i] = v&^7 | v>>5
	}
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, all)
	return b.Bytes(), err
}

// read reads an article and puts its pictures into store.
func read(path string, store *media.Dir) (*article.Document, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for doc, err := range (html.Reader{}).Read(source.Input{Name: path, Data: data, Files: os.DirFS("testdata"), Path: filepath.ToSlash(path[len("testdata/"):])}, func(article.Issue) {}) {
		if err != nil {
			return nil, err
		}
		for im := range doc.Images() {
			f, err := os.Open(filepath.Join(filepath.Dir(path), filepath.FromSlash(im.Src)))
			if err != nil {
				return nil, err
			}
			a, err := store.Put(f)
			f.Close()
			if err != nil {
				return nil, err
			}
			im.Asset = a.Key
		}
		return doc, nil
	}
	return nil, fmt.Errorf("%s: no article", path)
}
