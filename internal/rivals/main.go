// Command rivals makes the same book with leporello and with the libraries that
// a Go programmer would otherwise reach for, and prints what each needed and what
// came out: characters in and out, processor seconds, size, and whether a
// second run gives the same bytes.
//
//	cd internal/rivals && go run . -font FONT.ttf
//
// The PDF rivals read TrueType outlines only, so they need a font file with Chinese
// characters (Debian: fonts-droid-fallback). Characters are counted in the text that
// pdftotext finds, and in the pages of an EPUB.
package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/xml"
	"flag"
	"fmt"
	"html"
	"io"
	"iter"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-shiori/go-epub"
	"github.com/jung-kurt/gofpdf"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/export"
	leporelloepub "github.com/leporello-press/leporello/export/epub"
	leporellopdf "github.com/leporello-press/leporello/export/pdf"
	"github.com/leporello-press/leporello/media"
)

// book is the job in the form that each contestant takes: trees for us, strings
// and file names for the others.
type book struct {
	docs  []*article.Document
	store *media.Dir
	files map[string]string // the pictures by key
	font  string
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("rivals: ")
	n := flag.Int("n", 20, "articles")
	font := flag.String("font", "", "TrueType font with Chinese characters; empty: no PDF rivals")
	pictures := flag.String("pictures", "../../testdata/articles/images", "folder of JPEG and PNG pictures")
	flag.Parse()

	dir, err := os.MkdirTemp("", "rivals")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	b, err := newBook(dir, *pictures, *n)
	if err != nil {
		log.Fatal(err)
	}
	b.font = *font

	type contestant struct {
		name, ext string
		write     func(*book, string) error
	}
	list := []contestant{{"leporello", ".epub", leporelloEPUB}, {"go-shiori/go-epub", ".epub", goEPUB}, {"leporello", ".pdf", leporelloPDF}}
	if b.font != "" {
		list = append(list, contestant{"jung-kurt/gofpdf", ".pdf", gofpdfPDF}, contestant{"go-pdf/fpdf", ".pdf", fpdfPDF})
	}
	in := 0
	for _, d := range b.docs {
		in += count(d.Text())
	}
	fmt.Printf("%d articles, %d characters\n", *n, in)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "made with\tcpu s\tMB\tcharacters lost\tsame bytes twice")
	for _, c := range list {
		var sums [2][32]byte
		var used time.Duration
		path := ""
		for run := range sums {
			path = filepath.Join(dir, fmt.Sprint(run)+c.ext)
			before := cpuTime()
			if err = c.write(b, path); err != nil {
				break
			}
			used = cpuTime() - before
			data, err := os.ReadFile(path)
			if err != nil {
				log.Fatal(err)
			}
			sums[run] = sha256.Sum256(data)
		}
		if err != nil {
			fmt.Fprintf(w, "%s%s\tfailed: %v\n", c.name, c.ext, err)
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			log.Fatal(err)
		}
		lost := "?"
		if text, err := extract(path); err == nil {
			lost = fmt.Sprint(missing(b, text))
		}
		fmt.Fprintf(w, "%s %s\t%.2f\t%.1f\t%s\t%v\n", c.name, c.ext, used.Seconds(), float64(info.Size())/1e6, lost, sums[0] == sums[1])
	}
	w.Flush()
}

// newBook makes articles of random common characters with the pictures of a folder.
func newBook(dir, pictures string, n int) (*book, error) {
	store, err := media.New(filepath.Join(dir, "store"), media.Options{})
	if err != nil {
		return nil, err
	}
	b := &book{store: store, files: map[string]string{}}
	var keys []string
	names, _ := filepath.Glob(filepath.Join(pictures, "*.jpg"))
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		asset, err := store.Put(f)
		f.Close()
		if err != nil {
			return nil, err
		}
		if b.files[asset.Key], err = filepath.Abs(name); err != nil {
			return nil, err
		}
		keys = append(keys, asset.Key)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("no pictures in %s", pictures)
	}
	r := rand.New(rand.NewPCG(1, 2))
	const common = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"
	hanzi := []rune(common)
	for i := range n {
		d := &article.Document{Meta: article.Meta{Title: fmt.Sprintf("第%d篇 %s", i+1, sentence(r, hanzi, 8)), Lang: "zh-Hans"}}
		for p := range 24 {
			d.Blocks = append(d.Blocks, articletest.P(sentence(r, hanzi, 60+r.IntN(80))))
			if p%6 == 2 {
				key := keys[r.IntN(len(keys))]
				d.Blocks = append(d.Blocks, &article.Figure{Images: []*article.Image{{Src: b.files[key], Alt: "图", Asset: key}}})
			}
		}
		b.docs = append(b.docs, d)
	}
	return b, nil
}

func sentence(r *rand.Rand, hanzi []rune, n int) string {
	var s strings.Builder
	for i := range n {
		s.WriteRune(hanzi[r.IntN(len(hanzi))])
		if i%14 == 13 && i < n-2 {
			s.WriteString("，")
		}
	}
	s.WriteString("。")
	return s.String()
}

func (b *book) job() export.Job {
	var chapters iter.Seq2[export.Chapter, error] = func(yield func(export.Chapter, error) bool) {
		for _, d := range b.docs {
			if !yield(export.Chapter{Document: d, Name: d.Meta.Title}, nil) {
				return
			}
		}
	}
	return export.Job{Book: export.Book{Title: "合集", Lang: "zh-Hans"}, Chapters: chapters, Assets: b.store}
}

func leporelloEPUB(b *book, path string) error {
	return b.export(path, leporelloepub.New(leporelloepub.Options{}))
}

func leporelloPDF(b *book, path string) error {
	return b.export(path, leporellopdf.New(leporellopdf.Options{}))
}

func (b *book) export(path string, e export.Exporter) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return e.Export(context.Background(), f, b.job())
}

func goEPUB(b *book, path string) error {
	e, err := epub.NewEpub("合集")
	if err != nil {
		return err
	}
	e.SetLang("zh-Hans")
	inside := map[string]string{}
	for _, d := range b.docs {
		var body strings.Builder
		fmt.Fprintf(&body, "<h1>%s</h1>", html.EscapeString(d.Meta.Title))
		for _, block := range d.Blocks {
			switch block := block.(type) {
			case *article.Paragraph:
				fmt.Fprintf(&body, "<p>%s</p>", html.EscapeString(article.InlinesText(block.Inlines)))
			case *article.Figure:
				key := block.Images[0].Asset
				if inside[key] == "" {
					if inside[key], err = e.AddImage(b.files[key], ""); err != nil {
						return err
					}
				}
				fmt.Fprintf(&body, `<p><img src="%s" alt="图"/></p>`, inside[key])
			}
		}
		if _, err := e.AddSection(body.String(), d.Meta.Title, "", ""); err != nil {
			return err
		}
	}
	return e.Write(path)
}

// pdfWriter is what gofpdf and its fork have in common.
type pdfWriter interface {
	AddPage()
	SetFont(family, style string, size float64)
	MultiCell(w, h float64, text, border, align string, fill bool)
	GetY() float64
	SetY(y float64)
	OutputFileAndClose(path string) error
}

func gofpdfPDF(b *book, path string) error {
	data, err := os.ReadFile(b.font)
	if err != nil {
		return err
	}
	p := gofpdf.New("P", "mm", "A5", "")
	p.AddUTF8FontFromBytes("han", "", data)
	return drawPDF(b, path, p, func(file string, y float64) { p.Image(file, 18, y, 112, 0, false, "JPG", 0, "") })
}

func fpdfPDF(b *book, path string) error {
	data, err := os.ReadFile(b.font)
	if err != nil {
		return err
	}
	p := fpdf.New("P", "mm", "A5", "")
	p.AddUTF8FontFromBytes("han", "", data)
	return drawPDF(b, path, p, func(file string, y float64) { p.Image(file, 18, y, 112, 0, false, "JPG", 0, "") })
}

func drawPDF(b *book, path string, p pdfWriter, image func(file string, y float64)) error {
	for _, d := range b.docs {
		p.AddPage()
		p.SetFont("han", "", 16)
		p.MultiCell(0, 9, d.Meta.Title, "", "L", false)
		p.SetFont("han", "", 10)
		for _, block := range d.Blocks {
			switch block := block.(type) {
			case *article.Paragraph:
				p.MultiCell(0, 6, article.InlinesText(block.Inlines), "", "J", false)
			case *article.Figure:
				if p.GetY() > 100 {
					p.AddPage()
				}
				image(b.files[block.Images[0].Asset], p.GetY())
				p.SetY(p.GetY() + 90)
			}
		}
	}
	return p.OutputFileAndClose(path)
}

// extract returns the text of a book without white space.
func extract(path string) (string, error) {
	if strings.HasSuffix(path, ".pdf") {
		out, err := exec.Command("pdftotext", path, "-").Output()
		return articletest.Squeeze(string(out)), err
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return "", err
	}
	defer z.Close()
	var text strings.Builder
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, ".xhtml") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return "", err
		}
		data, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			return "", err
		}
		dec := xml.NewDecoder(bytes.NewReader(data))
		dec.Strict, dec.Entity = false, xml.HTMLEntity
		for {
			token, err := dec.Token()
			if err != nil {
				break
			}
			if c, ok := token.(xml.CharData); ok {
				text.Write(c)
			}
		}
	}
	return articletest.Squeeze(text.String()), nil
}

// missing counts the characters of the book that its text has too few of.
func missing(b *book, text string) int {
	need := map[rune]int{}
	for _, d := range b.docs {
		for _, r := range articletest.Squeeze(d.Text()) {
			need[r]++
		}
	}
	for _, r := range text {
		need[r]--
	}
	lost := 0
	for _, n := range need {
		lost += max(n, 0)
	}
	return lost
}

func count(s string) int { return len([]rune(articletest.Squeeze(s))) }
