package epub

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/charset"
	"github.com/leporello-press/leporello/source/date"
	"github.com/leporello-press/leporello/source/dtd"
)

const containerName = "META-INF/container.xml"

// book is a book that is read.
type book struct {
	in     source.Input
	o      source.Options
	report func(article.Issue)
	left   func(string)

	opf      string // the name of the package document
	manifest []item
	spine    []*page
	pages    map[string]*page // those of the spine, by file
	contents []entry
	meta     article.Meta // what all chapters share
	title    string
	lang     string
	cover    string // the file of the cover picture; empty: none, or a chapter has it
	started  bool   // a page was read that is a part of a chapter

	names     map[string]string     // of the files, by their name in lower case
	parsed    map[string]*html.Node // of files that notes were looked for in
	taken     map[string][]string   // texts of notes that stand with their marks now, by file
	summaries map[string]string     // of chapters, by file
}

// item is a file of the manifest.
type item struct {
	ID         string `xml:"id,attr"`
	Href       string `xml:"href,attr"`
	Type       string `xml:"media-type,attr"`
	Properties string `xml:"properties,attr"`
	Fallback   string `xml:"fallback,attr"`

	file string // in the archive; empty: it is not there
}

// page is a file of the spine.
type page struct {
	item
	linear bool
	kind   string // what the guide or the landmarks call it: "cover", "toc"; empty: nothing
	label  string // and in words
}

// element is any element of a package's metadata.
type element struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Kids    []element  `xml:",any"`
}

func (e *element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

type opf struct {
	Lang     string  `xml:"lang,attr"`
	Metadata element `xml:"metadata"`
	Manifest []item  `xml:"manifest>item"`
	Spine    struct {
		Toc   string `xml:"toc,attr"`
		Items []struct {
			Ref    string `xml:"idref,attr"`
			Linear string `xml:"linear,attr"`
		} `xml:"itemref"`
	} `xml:"spine"`
	Guide []struct {
		Type  string `xml:"type,attr"`
		Title string `xml:"title,attr"`
		Href  string `xml:"href,attr"`
	} `xml:"guide>reference"`
}

// open reads what the book says of itself.
func (b *book) open() error {
	b.parsed, b.taken, b.pages = map[string]*html.Node{}, map[string][]string{}, map[string]*page{}
	b.names = map[string]string{}
	err := fs.WalkDir(b.in.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b.names[strings.ToLower(name)] = name
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := b.unlocked(); err != nil {
		return err
	}
	if b.opf, err = b.packageName(); err != nil {
		return err
	}
	var p opf
	if err := b.parse(b.opf, &p); err != nil {
		return fmt.Errorf("%s: %w", b.opf, err)
	}
	b.readManifest(&p)
	if len(b.spine) == 0 {
		return fmt.Errorf("%w: %s has no spine", ErrNoBook, b.opf)
	}
	b.readMetadata(&p)
	for _, g := range p.Guide {
		b.mark(b.opf, g.Href, g.Type, g.Title)
	}
	b.readContents(p.Spine.Toc)
	b.reportUnread()
	return nil
}

// reportUnread reports pages of the manifest that are not in the spine. Readers
// show them only where a link leads to them.
func (b *book) reportUnread() {
	seen := map[string]bool{}
	for i, it := range b.manifest {
		if it.file == "" || b.pages[it.file] != nil || seen[it.file] || has(it.Properties, "nav") || it.Type != "application/xhtml+xml" && it.Type != "text/html" {
			continue
		}
		if slices.ContainsFunc(b.manifest, func(other item) bool { return other.Fallback == it.ID && it.ID != "" }) {
			continue
		}
		seen[it.file] = true
		list, err := b.load(&page{item: b.manifest[i]})
		if text := words(list[bodyOf(list):]); err == nil && text != "" {
			b.report(article.Issue{Severity: article.Loss, Code: "epub.unread", Article: b.in.Name + "/" + it.file, Detail: fmt.Sprintf("a page of %d characters that the spine does not name", utf8.RuneCountInString(text)), Action: "left out"})
		}
	}
}

// unlocked returns an error where more than fonts is encrypted.
func (b *book) unlocked() error {
	var enc struct {
		Data []struct {
			Method struct {
				Algorithm string `xml:"Algorithm,attr"`
			} `xml:"EncryptionMethod"`
		} `xml:"EncryptedData"`
	}
	err := b.parse("META-INF/encryption.xml", &enc)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("META-INF/encryption.xml: %w", err)
	}
	for _, d := range enc.Data {
		switch d.Method.Algorithm {
		case "http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC": // fonts
		default:
			return ErrEncrypted
		}
	}
	return nil
}

// packageName finds the package document.
func (b *book) packageName() (string, error) {
	var c struct {
		Roots []struct {
			Path string `xml:"full-path,attr"`
			Type string `xml:"media-type,attr"`
		} `xml:"rootfiles>rootfile"`
	}
	err := b.parse(containerName, &c)
	for _, r := range c.Roots {
		if r.Type != "" && r.Type != "application/oebps-package+xml" {
			continue
		}
		if name := b.file("", r.Path); name != "" {
			return name, nil
		}
	}
	var found []string
	for lower, name := range b.names {
		if strings.HasSuffix(lower, ".opf") {
			found = append(found, name)
		}
	}
	if len(found) != 1 {
		if err == nil {
			err = errors.New("it names no package document")
		}
		return "", fmt.Errorf("%w: %s: %w", ErrNoBook, containerName, err)
	}
	b.report(article.Issue{Severity: article.Warning, Code: "epub.container", Detail: containerName + " names no package document", Action: found[0] + " is read"})
	return found[0], nil
}

func (b *book) readManifest(p *opf) {
	byID := map[string]*item{}
	for i := range p.Manifest {
		it := &p.Manifest[i]
		it.file = b.file(b.opf, it.Href)
		if byID[it.ID] == nil {
			byID[it.ID] = it
		}
		if has(it.Properties, "cover-image") {
			b.cover = it.file
		}
	}
	b.manifest = p.Manifest
	for _, ref := range p.Spine.Items {
		it := byID[ref.Ref]
		for hops := 0; it != nil && !readable(it.Type) && byID[it.Fallback] != nil && hops < 5; hops++ {
			it = byID[it.Fallback]
		}
		switch {
		case it == nil:
			b.report(article.Issue{Severity: article.Loss, Code: "epub.missing", Detail: fmt.Sprintf("the spine names %q, which is not in the manifest", ref.Ref), Action: "left out"})
		case it.file == "":
			b.report(article.Issue{Severity: article.Loss, Code: "epub.missing", Detail: "no such file in the archive: " + it.Href, Action: "left out"})
		case !readable(it.Type):
			b.report(article.Issue{Severity: article.Loss, Code: "epub.type", Detail: fmt.Sprintf("%s is %s", it.file, it.Type), Action: "left out"})
		case b.pages[it.file] != nil:
			b.report(article.Issue{Severity: article.Info, Code: "epub.twice", Detail: it.file + " is in the spine twice", Action: "read once"})
		default:
			pg := &page{item: *it, linear: ref.Linear != "no"}
			b.pages[it.file] = pg
			b.spine = append(b.spine, pg)
		}
	}
}

// readable tells whether files of a type are chapters, or pictures that are.
func readable(mediaType string) bool {
	switch mediaType {
	case "application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/x-dtbook+xml", "application/xml", "text/xml", "":
		return true
	}
	return strings.HasPrefix(mediaType, "image/")
}

// has tells whether list, words with spaces between them, has the word.
func has(list, word string) bool { return slices.Contains(strings.Fields(list), word) }

func (b *book) readMetadata(p *opf) {
	elements := p.Metadata.Kids
	for _, e := range p.Metadata.Kids {
		elements = append(elements, e.Kids...) // dc-metadata and x-metadata of EPUB 2
	}
	refines := func(id, property string) string {
		for _, e := range elements {
			if id != "" && e.attr("refines") == "#"+id && e.attr("property") == property {
				return fold(e.Text)
			}
		}
		return ""
	}
	m := &b.meta
	for i := range elements {
		e := &elements[i]
		text := fold(e.Text)
		if e.XMLName.Local == "meta" {
			if e.attr("name") == "cover" && b.cover == "" {
				for _, it := range b.manifest {
					if it.ID == e.attr("content") && strings.HasPrefix(it.Type, "image/") {
						b.cover = it.file
					}
				}
			}
			continue
		}
		if text == "" {
			continue
		}
		switch e.XMLName.Local {
		case "title":
			if kind := refines(e.attr("id"), "title-type"); b.title == "" || kind == "main" {
				b.title = text
			}
		case "creator":
			role := cmp.Or(e.attr("role"), refines(e.attr("id"), "role"))
			if role == "" || role == "aut" {
				m.Authors = append(m.Authors, text)
			} else {
				m.Extra = append(m.Extra, article.Field{Key: role, Value: text})
			}
		case "language":
			b.lang = cmp.Or(b.lang, text)
		case "subject":
			m.Tags = append(m.Tags, text)
		case "identifier":
			m.ID = cmp.Or(m.ID, text)
		case "publisher":
			m.Extra = append(m.Extra, article.Field{Key: "publisher", Value: text})
		case "date":
			if event := e.attr("event"); event != "" && event != "publication" || !m.Published.IsZero() {
				continue
			}
			t, _, err := date.Parse(text, b.o.Zone)
			if year, yerr := time.Parse("2006", text); err != nil && yerr == nil {
				t, err = year, nil
			}
			if err != nil {
				b.report(article.Issue{Severity: article.Warning, Code: "epub.date", Detail: fmt.Sprintf("%q is no date that can be read", text), Action: "no date"})
			}
			m.Published = t
		}
	}
	b.lang = cmp.Or(b.lang, p.Lang)
	m.Publisher = b.title
}

// mark notes what the guide or the landmarks call a page.
func (b *book) mark(from, href, kind, label string) {
	switch kind = strings.ToLower(kind); kind {
	case "text", "start", "bodymatter", "chapter", "part":
		return // where reading begins, or any page
	}
	file, fragment := b.target(from, href)
	if pg := b.pages[file]; pg != nil && pg.kind == "" && fragment == "" {
		pg.kind, pg.label = kind, fold(label)
	}
}

// target returns the file that a reference of the file from leads to, and the id
// in it; no file: none of the book.
func (b *book) target(from, href string) (file, fragment string) {
	href, fragment, _ = strings.Cut(strings.TrimSpace(href), "#")
	if f, err := url.PathUnescape(fragment); err == nil {
		fragment = f
	}
	if href == "" {
		return from, fragment
	}
	return b.file(from, href), fragment
}

// file returns the file that a reference of the file from names; "": none of the
// book. Escapes are resolved before anything is decided. Careless programs write
// names in other letters than they have.
func (b *book) file(from, href string) string {
	u, err := url.Parse(strings.ReplaceAll(strings.TrimSpace(href), `\`, "/"))
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" {
		return ""
	}
	name := path.Join(path.Dir(from), u.Path)
	if strings.HasPrefix(u.Path, "/") {
		name = strings.TrimPrefix(path.Clean(u.Path), "/")
	}
	if !fs.ValidPath(name) {
		return ""
	}
	if info, err := fs.Stat(b.in.Files, name); err == nil && info.Mode().IsRegular() {
		return name
	}
	return b.names[strings.ToLower(name)]
}

// text returns the text of a file in UTF-8.
func (b *book) text(name string) ([]byte, error) {
	data, err := b.in.ReadFile(name, b.o.Limit())
	if err != nil {
		return nil, err
	}
	report := func(i article.Issue) {
		i.Article = b.in.Name + "/" + name
		b.report(i)
	}
	if data, err = charset.Decode(data, "", b.o.Limit(), report); err != nil {
		return nil, err
	}
	data, left := dtd.Resolve(data)
	if left > 0 {
		report(article.Issue{Severity: article.Warning, Code: "epub.entities", Detail: fmt.Sprintf("entities that stand for another file, for themselves or for too much: %d", left), Action: "their names are kept"})
	}
	return data, nil
}

// parse reads an XML file into what to points at.
func (b *book) parse(name string, to any) error {
	text, err := b.text(name)
	if err != nil {
		return err
	}
	text = bytes.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return ' ' // XML has no such characters
		}
		return r
	}, text)
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 already
	return d.Decode(to)
}

func fold(s string) string { return strings.Join(strings.Fields(s), " ") }
