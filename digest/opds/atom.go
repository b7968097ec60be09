package opds

import (
	"bufio"
	"encoding/xml"
	"io"
	"strconv"
	"time"
)

// WriteAtom writes a feed of OPDS 1.2. It is an error when c has shelves and
// publications.
func WriteAtom(w io.Writer, c Catalog) error {
	if len(c.Shelves) > 0 && len(c.Publications) > 0 {
		return errMixed
	}
	x := &xmlWriter{w: bufio.NewWriter(w)}
	x.open("feed",
		"xmlns", "http://www.w3.org/2005/Atom",
		"xmlns:dc", "http://purl.org/dc/terms/",
		"xmlns:opensearch", "http://a9.com/-/spec/opensearch/1.1/")
	x.text("id", address(c.ID))
	x.text("title", c.Title)
	x.some("subtitle", c.Subtitle)
	x.text("updated", stamp(c.Updated))
	author := c.Author
	if author == "" {
		author = c.Title
	}
	x.person("author", author)
	x.some("icon", address(c.Icon))
	own := c.Kind().atomType()
	x.link("self", c.Self, own, "")
	x.link("start", c.Start.Href, c.Start.Kind.atomType(), c.Start.Title)
	x.link("up", c.Up.Href, c.Up.Kind.atomType(), c.Up.Title)
	x.link("first", c.First, own, "")
	x.link("previous", c.Previous, own, "")
	x.link("next", c.Next, own, "")
	x.link("last", c.Last, own, "")
	x.link("search", c.Search, SearchType, "")
	x.link("alternate", c.Alternate, JSONType, "")
	if c.Total > 0 {
		x.text("opensearch:totalResults", strconv.Itoa(c.Total))
	}
	if c.PerPage > 0 {
		x.text("opensearch:itemsPerPage", strconv.Itoa(c.PerPage))
		if c.Page > 0 {
			x.text("opensearch:startIndex", strconv.Itoa((c.Page-1)*c.PerPage+1))
		}
	}
	for i := range c.Shelves {
		x.shelf(&c.Shelves[i])
	}
	for i := range c.Publications {
		x.publication(&c.Publications[i])
	}
	x.close("feed")
	return x.w.Flush()
}

func (x *xmlWriter) shelf(s *Shelf) {
	x.open("entry")
	x.text("id", address(s.ID))
	x.text("title", s.Title)
	x.text("updated", stamp(s.Updated))
	// OPDS 1.2 §2.2 wants a description as the content.
	x.text("content", s.Summary, "type", "text")
	x.link("subsection", s.Href, s.Kind.atomType(), "")
	x.close("entry")
}

func (x *xmlWriter) publication(p *Publication) {
	x.open("entry")
	x.text("id", address(p.ID))
	x.text("title", p.Title)
	x.text("updated", stamp(p.Updated))
	for _, name := range p.Authors {
		x.person("author", name)
	}
	x.some("dc:language", p.Lang)
	if !p.Issued.IsZero() {
		x.text("published", stamp(p.Issued))
		x.text("dc:issued", p.Issued.Format(time.DateOnly))
	}
	for _, c := range p.Categories {
		x.empty("category", "term", c, "label", c)
	}
	if p.Summary != "" {
		x.text("summary", p.Summary, "type", "text")
	}
	x.link("http://opds-spec.org/image", p.Cover.Href, p.Cover.Type, "")
	x.link("http://opds-spec.org/image/thumbnail", p.Thumbnail.Href, p.Thumbnail.Type, "")
	x.link("alternate", p.Page, "text/html", "")
	for _, f := range p.Files {
		size := ""
		if f.Bytes > 0 {
			size = strconv.FormatInt(f.Bytes, 10)
		}
		x.empty("link", "rel", acquisition, "href", address(f.Href), "type", f.Type, "length", size, "title", f.Title)
	}
	x.close("entry")
}

// Search describes where a library is searched.
type Search struct {
	Name        string // at most 16 characters by OpenSearch 1.1
	Description string
	// Template is the address of a search in OPDS 1.2, with {searchTerms} where the
	// words go; absolute, for there is no base in the description.
	Template string
	Icon     string
}

// WriteSearch writes an OpenSearch 1.1 description.
func WriteSearch(w io.Writer, s Search) error {
	x := &xmlWriter{w: bufio.NewWriter(w)}
	x.open("OpenSearchDescription", "xmlns", "http://a9.com/-/spec/opensearch/1.1/")
	x.text("ShortName", s.Name)
	x.text("Description", s.Description)
	x.some("Image", address(s.Icon))
	x.text("InputEncoding", "UTF-8")
	x.text("OutputEncoding", "UTF-8")
	x.empty("Url", "type", AcquisitionType, "template", template(s.Template))
	x.close("OpenSearchDescription")
	return x.w.Flush()
}

// stamp is a time as RFC 3339 has it, which is that of Atom (RFC 4287 §3.3).
func stamp(t time.Time) string { return t.Format(time.RFC3339) }

// xmlWriter writes indented elements. Errors are kept by the bufio.Writer, whose
// Flush tells them.
type xmlWriter struct {
	w     *bufio.Writer
	depth int
}

// tag writes a start tag, less its closing bracket. Attributes are names and
// values in turn; those without a value are left out.
func (x *xmlWriter) tag(name string, attrs []string) {
	if x.depth == 0 {
		x.w.WriteString(xml.Header)
	}
	for range x.depth {
		x.w.WriteString("  ")
	}
	x.w.WriteString("<" + name)
	for i := 0; i < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			x.w.WriteString(" " + attrs[i] + `="`)
			x.escape(attrs[i+1])
			x.w.WriteString(`"`)
		}
	}
}

// escape writes text; a character that XML has no place for becomes U+FFFD.
func (x *xmlWriter) escape(s string) {
	xml.EscapeText(x.w, []byte(s)) // its error is x.w's
}

func (x *xmlWriter) open(name string, attrs ...string) {
	x.tag(name, attrs)
	x.w.WriteString(">\n")
	x.depth++
}

func (x *xmlWriter) close(name string) {
	x.depth--
	for range x.depth {
		x.w.WriteString("  ")
	}
	x.w.WriteString("</" + name + ">\n")
}

func (x *xmlWriter) empty(name string, attrs ...string) {
	x.tag(name, attrs)
	x.w.WriteString("/>\n")
}

func (x *xmlWriter) text(name, text string, attrs ...string) {
	x.tag(name, attrs)
	x.w.WriteString(">")
	x.escape(text)
	x.w.WriteString("</" + name + ">\n")
}

// some is text, where there is some.
func (x *xmlWriter) some(name, text string) {
	if text != "" {
		x.text(name, text)
	}
}

func (x *xmlWriter) person(name, who string) {
	x.open(name)
	x.text("name", who)
	x.close(name)
}

// link writes a link, where there is an address.
func (x *xmlWriter) link(rel, href, mediaType, title string) {
	if href != "" {
		x.empty("link", "rel", rel, "href", address(href), "type", mediaType, "title", title)
	}
}
