package epub

import (
	"context"
	"crypto/sha1"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/internal/words"
	"github.com/leporello-press/leporello/media"
)

// Names of the files in the container. They are our own and ASCII; nothing of
// the input is in them.
const (
	root      = "EPUB/"
	opfName   = "package.opf"
	ncxName   = "toc.ncx"
	navName   = "nav.xhtml"
	coverName = "cover.xhtml"
	styleName = "style.css"
	textDir   = "text/"
	imageDir  = "img/"
)

// maxPage is how large a content document may get, in bytes: Adobe's old engine
// opens none past about 300 KB.
const maxPage = 250_000

//go:embed style.css
var style string

// book is a publication being written.
type book struct {
	ctx    context.Context
	job    export.Job
	pack   *pack
	report func(article.Issue)
	lang   string       // of the book; until the end it may be empty
	words  *words.Words // of that language; set at the end

	pictures map[string]*picture // by the key in the tree
	images   []*picture          // in the order of the container
	written  map[string]*picture // the same, by key
	cover    *picture

	pages   []page  // the content documents of articles
	records []entry // the articles
	content hash.Hash
	id      string            // the identifier; set at the end
	titles  map[string]string // copies of part names, so that each is kept once

	shown       int // pictures
	undescribed int // of them, those without a text
	ruby        bool
	math        bool
	vertical    bool
}

// page is a content document in the manifest.
type page struct {
	id, href string
	math     bool
}

// entry is what the contents say of an article.
type entry struct {
	part    []string
	title   string
	lang    string
	href    string
	meta    string // source and date
	summary string
	minutes int
	heads   []head
}

// head is a heading of an article in the contents.
type head struct {
	depth int // 1 or 2
	title string
	href  string
}

func newBook(ctx context.Context, w io.Writer, job export.Job) *book {
	report := job.Report
	if report == nil {
		report = func(article.Issue) {}
	}
	return &book{
		ctx: ctx, job: job, report: report,
		pack: newPack(w, job.Book.Modified), lang: tag(job.Book.Lang),
		pictures: map[string]*picture{}, written: map[string]*picture{},
		content: sha1.New(), titles: map[string]string{},
	}
}

const containerXML = `<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles>
    <rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
  </rootfiles>
</container>
`

func (b *book) write() error {
	// First and stored: readers look for it at byte 38 (OCF 4.3).
	if err := b.pack.store("mimetype", []byte("application/epub+zip")); err != nil {
		return err
	}
	if err := b.pack.text("META-INF/container.xml", []byte(containerXML)); err != nil {
		return err
	}
	sheet := style
	if b.vertical {
		sheet = turned(style)
	}
	if err := b.pack.text(root+styleName, []byte(sheet)); err != nil {
		return err
	}
	if err := b.addCover(); err != nil {
		return err
	}
	if err := b.addChapters(); err != nil {
		return err
	}
	if b.lang == "" {
		b.lang = b.records[0].lang
	}
	b.words = words.For(b.lang)
	b.sumString(b.job.Book.Title)
	b.sumString(b.lang)
	b.id = b.identifier()
	issue, err := b.addIssue()
	if err != nil {
		return err
	}
	if b.cover != nil {
		if err := b.addPage(coverName, b.coverPage()); err != nil {
			return err
		}
	}
	if err := b.addPage(navName, b.navPage(issue[0].href)); err != nil {
		return err
	}
	if err := b.addPage(ncxName, b.ncx(issue[0].href)); err != nil {
		return err
	}
	if err := b.addPage(opfName, b.opf(issue)); err != nil {
		return err
	}
	return b.pack.close()
}

// addPage checks and adds a page; name is relative to the package document.
func (b *book) addPage(name string, data []byte) error {
	if err := wellFormed(name, data); err != nil {
		return err
	}
	return b.pack.text(root+name, data)
}

func (b *book) addCover() error {
	key := b.job.Book.Cover
	if key == "" {
		return nil
	}
	p, err := b.picture(key)
	if err != nil {
		return fmt.Errorf("cover: %w", err)
	}
	if p.fault != nil {
		b.report(article.Issue{Severity: article.Loss, Code: "image.embed", Detail: p.fault.Error(), Action: "no cover picture"})
		return nil
	}
	b.cover = p
	return nil
}

func (b *book) addChapters() error {
	if b.job.Chapters == nil {
		return ErrEmpty
	}
	c := chapter{book: b}
	for ch, err := range b.job.Chapters {
		if err != nil {
			return err
		}
		if err := b.ctx.Err(); err != nil {
			return err
		}
		if ch.Document == nil {
			return fmt.Errorf("%s: a chapter without a document", ch.Name)
		}
		text := ch.Document.Text()
		b.sum(ch, text)
		if err := c.write(ch, len(b.records)+1, words.ReadingTime(text)); err != nil {
			return fmt.Errorf("%s: %w", ch.Name, err)
		}
	}
	if len(b.records) == 0 {
		return ErrEmpty
	}
	return nil
}

// sum adds a chapter to what the identifier of the book is made from.
func (b *book) sum(ch export.Chapter, text string) {
	m := &ch.Document.Meta
	for _, s := range []string{m.ID, m.URL, m.Title, text} {
		b.sumString(s)
	}
}

func (b *book) sumString(s string) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(s)))
	b.content.Write(n[:])
	io.WriteString(b.content, s)
}

// nameSpace is the name space of our identifiers, a UUID of version 4.
var nameSpace = [16]byte{0x6f, 0x0b, 0x1d, 0x52, 0x8c, 0x35, 0x4e, 0x0c, 0x9d, 0x2e, 0x4a, 0x91, 0x7e, 0xc3, 0x58, 0x26}

// identifier is the given one, or a UUID of version 5 (RFC 9562, 5.5) from what
// the book says: the same articles give the same book.
func (b *book) identifier() string {
	if id := label(b.job.Book.Identifier); id != "" {
		return id
	}
	h := sha1.New()
	h.Write(nameSpace[:])
	h.Write(b.content.Sum(nil))
	u := h.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x50, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// intern returns one copy of s for all articles, so that a record does not hold
// the input that s was cut from.
func (b *book) intern(s string) string {
	if c, ok := b.titles[s]; ok {
		return c
	}
	c := label(s)
	b.titles[strings.Clone(s)] = c
	return c
}

// picture is a picture of the container.
type picture struct {
	key    string // lower-case hexadecimal
	typ    media.Type
	width  int // pixels
	height int
	fault  error      // why it cannot be shown; nil: it can
	below  []*picture // the other pieces of one that was cut, top to bottom
}

// name is the picture's file below the folder of pictures.
func (p *picture) name() string { return p.key[:keyLen] + p.typ.Extension() }

// keyLen is how much of a key stands in names: 128 bits, which never meet by chance.
const keyLen = 32

// picture returns the picture of a key as the container has it, copied into it when
// it is first asked for. The error is one of writing or of the store, not of the
// picture.
func (b *book) picture(key string) (*picture, error) {
	if p, ok := b.pictures[key]; ok {
		return p, nil
	}
	if b.job.Assets == nil {
		return nil, errors.New("pictures, but no store")
	}
	if err := b.ctx.Err(); err != nil {
		return nil, err
	}
	p, err := b.derive(key)
	if err != nil {
		return nil, err
	}
	b.pictures[strings.Clone(key)] = p
	return p, nil
}

func (b *book) derive(key string) (*picture, error) {
	pieces, err := b.job.Fit(key)
	if err != nil {
		return &picture{fault: err}, nil
	}
	var first *picture
	for _, a := range pieces {
		p, err := b.embed(a)
		if err != nil || p.fault != nil {
			return p, err
		}
		if first == nil {
			top := *p // another picture may be the same but for the pieces below
			first = &top
		} else {
			first.below = append(first.below, p)
		}
	}
	b.job.Tell(key, pieces)
	return first, nil
}

// embed copies an asset into the container, once.
func (b *book) embed(a media.Asset) (*picture, error) {
	if a.Type != media.JPEG && a.Type != media.PNG && a.Type != media.SVG || len(a.Key) < keyLen {
		return &picture{fault: fmt.Errorf("a %s picture cannot be shown", a.Type)}, nil
	}
	if p, ok := b.written[a.Key]; ok {
		return p, nil
	}
	f, err := b.job.Assets.Open(a.Key)
	if err != nil {
		return &picture{fault: err}, nil
	}
	defer f.Close()
	p := &picture{key: a.Key, typ: a.Type, width: a.Width, height: a.Height}
	if err := b.pack.file(root+imageDir+p.name(), f, a.Bytes); err != nil {
		return nil, err
	}
	b.written[a.Key] = p
	b.images = append(b.images, p)
	return p, nil
}

// articleName is the base of the names and ids of an article: "a0012".
func articleName(n int) string {
	s := strconv.Itoa(n)
	return "a" + strings.Repeat("0", max(4-len(s), 0)) + s
}
