// Package opds writes the catalogues that reading programs browse: OPDS 1.2, which
// is Atom, and OPDS 2.0, which is JSON. It writes what it is given, with the same
// bytes for the same catalogue; what is in a catalogue and where it is served is
// decided by those who call it.
package opds

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Media types of what this package writes and what links to it.
const (
	NavigationType  = "application/atom+xml;profile=opds-catalog;kind=navigation"
	AcquisitionType = "application/atom+xml;profile=opds-catalog;kind=acquisition"
	JSONType        = "application/opds+json"
	PublicationType = "application/opds-publication+json"
	SearchType      = "application/opensearchdescription+xml"
)

// Relation of a link from a publication to one of its files: the book, whole.
// OPDS has open-access too, for what anybody may have; a private library is not that.
const acquisition = "http://opds-spec.org/acquisition"

// Kind says what a catalogue holds.
type Kind int

const (
	Acquisition Kind = iota // publications
	Navigation              // shelves, which lead to other catalogues
)

// atomType is the media type of an OPDS 1.2 feed of kind k.
func (k Kind) atomType() string {
	if k == Navigation {
		return NavigationType
	}
	return AcquisitionType
}

// Catalog is one feed, or one page of a long one. Its addresses are absolute or
// relative to where it is served; those that are empty are left out. Characters
// that an address may not have are percent-encoded.
type Catalog struct {
	// ID never changes and belongs to no other feed: an IRI, as from the function ID.
	ID       string
	Title    string
	Subtitle string
	// Author is who publishes the catalogue; empty: Title.
	Author string
	// Updated is when something in it changed last.
	Updated time.Time
	Icon    string

	Self  string // of this page; some readers of OPDS 2.0 want it absolute
	Start Ref    // the catalogue that people begin with
	Up    Ref    // the one that leads here
	// Pages of the same feed.
	First, Previous, Next, Last string
	// Search is where to search: in OPDS 1.2 the address of what WriteSearch writes,
	// in 2.0 a template such as "/search{?query}".
	Search string
	// Alternate is this catalogue in the other version of OPDS.
	Alternate string

	Total   int // entries on all pages; 0: not said
	PerPage int // at most; 0: not said
	Page    int // from 1; 0: not said

	// Shelves and Publications are what it holds, in order. A catalogue of OPDS 1.2
	// holds one of the two.
	Shelves      []Shelf
	Publications []Publication
}

// Kind returns Navigation when c has shelves.
func (c *Catalog) Kind() Kind {
	if len(c.Shelves) > 0 {
		return Navigation
	}
	return Acquisition
}

// Ref leads to another catalogue.
type Ref struct {
	Href  string
	Title string
	Kind  Kind
}

// Shelf is an entry that leads to another catalogue.
type Shelf struct {
	ID      string // as Catalog.ID: of the catalogue it leads to
	Title   string
	Summary string
	Updated time.Time
	Href    string
	Kind    Kind // of the catalogue it leads to
	Count   int  // publications there; 0: not said
	// Publications are some of them to show beforehand. OPDS 1.2 has no place for
	// these.
	Publications []Publication
}

// Publication is a book: one issue, in one or several files.
type Publication struct {
	ID      string // as Catalog.ID
	Title   string
	Authors []string
	Lang    string // BCP 47; empty: not said
	// Issued is when it was published, Updated when it or what is said of it
	// changed last.
	Issued, Updated time.Time
	Summary         string
	Categories      []string
	Series          string
	Number          int // within Series; 0: none
	Files           []File
	// Cover and Thumbnail are pictures, of types that readers know: PNG, JPEG or GIF.
	Cover, Thumbnail Image
	// Self is the address of what WritePublication writes; of OPDS 2.0 alone.
	Self string
	// Page is a web page about it.
	Page string
}

// File is a book's file in one format.
type File struct {
	Href  string
	Type  string // the media type, "application/epub+zip"
	Title string // "EPUB", "PDF, part 2 of 3"
	Bytes int64  // 0: not said
}

// Image is a picture; the zero value is none.
type Image struct {
	Href          string
	Type          string // the media type, "image/png"
	Width, Height int    // pixels; 0: not said
}

// FileType returns the media type of a format that books come in, "epub" or "pdf".
func FileType(format string) string {
	switch format {
	case "epub":
		return "application/epub+zip"
	case "pdf":
		return "application/pdf"
	}
	return "application/octet-stream"
}

// ID returns an identifier for what is named by parts, the same whenever and
// wherever it is asked: a UUID of version 8 (RFC 9562), which is free to come from
// any hash.
func ID(parts ...string) string {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	h[6] = h[6]&0x0f | 0x80
	h[8] = h[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// errMixed says that a feed of OPDS 1.2 would lead on and hold books (OPDS 1.2 §2.2).
var errMixed = errors.New("opds: a feed of OPDS 1.2 holds shelves or publications, not both")

// address makes a reference of RFC 3986 of s: what may not stand in one is
// percent-encoded, escapes stay.
func address(s string) string {
	host := 0 // brackets may stand around the host alone
	if _, after, ok := strings.Cut(s, "//["); ok {
		host = len(s) - len(after) + strings.IndexByte(after, ']') + 1
	}
	return escape(s[:host], "\"<>\\^`{|}") + escape(s[host:], "\"<>\\^`{|}[]")
}

// template is address for a template of RFC 6570, where braces have a meaning.
func template(s string) string {
	return escape(s, "\"<>\\^`|[]")
}

func escape(s, unsafe string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(unsafe, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
