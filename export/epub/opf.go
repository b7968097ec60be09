package epub

import (
	"strconv"
	"time"

	"github.com/leporello-press/leporello/internal/words"
)

// opf is the package document: metadata, manifest, spine, guide.
func (b *book) opf(issue []page) []byte {
	var m markup
	m.raw(`<?xml version="1.0" encoding="utf-8"?>`, "\n",
		`<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"`)
	m.attr("xml:lang", b.lang)
	m.attrIf("dir", direction(b.lang, ""))
	m.raw(">\n")
	b.metadata(&m)
	b.manifest(&m, issue)
	b.spine(&m, issue)
	m.raw("<guide>\n")
	for _, l := range b.landmarks() {
		m.raw("<reference")
		m.attr("type", l.guide)
		m.attr("title", l.title)
		m.attr("href", l.href)
		m.raw("/>\n")
	}
	m.raw("</guide>\n</package>\n")
	return m.b
}

func (b *book) metadata(m *markup) {
	k := &b.job.Book
	m.raw(`<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">`, "\n")
	dc := func(name, value string, attrs ...string) {
		if value != "" {
			m.element("dc:"+name, value, attrs...)
			m.raw("\n")
		}
	}
	meta := func(property, value string, attrs ...string) {
		m.element("meta", value, append([]string{"property", property}, attrs...)...)
		m.raw("\n")
	}
	dc("identifier", b.id, "id", "id")
	dc("title", b.title(), "id", "title")
	meta("title-type", "main", "refines", "#title")
	if s := label(k.Subtitle); s != "" {
		dc("title", s, "id", "subtitle")
		meta("title-type", "subtitle", "refines", "#subtitle")
	}
	if k.Volume > 0 {
		// EPUB 3.3, D.3: a set is finite, a series goes on.
		meta("belongs-to-collection", label(k.Whole), "id", "whole")
		meta("collection-type", "set", "refines", "#whole")
		meta("group-position", strconv.Itoa(k.Volume), "refines", "#whole")
		if id := label(k.WholeID); id != "" {
			meta("dcterms:identifier", id, "refines", "#whole")
		}
	}
	if s := label(k.Series); s != "" {
		meta("belongs-to-collection", s, "id", "series")
		meta("collection-type", "series", "refines", "#series")
		if k.Number > 0 {
			meta("group-position", strconv.Itoa(k.Number), "refines", "#series")
		}
	}
	dc("language", b.lang)
	for i, s := range k.Creators {
		id := "creator" + strconv.Itoa(i+1)
		if s = label(s); s != "" {
			dc("creator", s, "id", id)
			meta("role", "aut", "refines", "#"+id, "scheme", "marc:relators")
		}
	}
	dc("publisher", label(k.Publisher))
	dc("description", label(k.Description))
	modified := k.Modified
	if modified.IsZero() {
		modified = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	published := k.To
	if published.IsZero() {
		published = modified
	}
	if y := published.Year(); y >= 1 && y <= 9999 {
		dc("date", published.Format(time.DateOnly))
	}
	// EPUB 3.3, 5.5.6: UTC, without parts of a second.
	meta("dcterms:modified", modified.UTC().Format("2006-01-02T15:04:05Z"))
	b.accessibility(meta)
	if b.cover != nil {
		m.raw("<meta name=\"cover\"")
		m.attr("content", b.cover.id())
		m.raw("/>\n")
	}
	if b.vertical {
		m.raw(`<meta name="primary-writing-mode" content="vertical-rl"/>`, "\n") // Kindle's
	}
	m.raw("</metadata>\n")
}

// accessibility says what EPUB Accessibility 1.1 asks for. Conformance is not
// claimed: that takes a person who has looked.
func (b *book) accessibility(meta func(property, value string, attrs ...string)) {
	described := b.undescribed == 0
	meta("schema:accessMode", "textual")
	if b.shown > 0 {
		meta("schema:accessMode", "visual")
	}
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"structuralNavigation", true}, {"tableOfContents", true}, {"readingOrder", true}, {"displayTransformability", true},
		{"unlocked", true}, {"alternativeText", described && b.shown > 0}, {"MathML", b.math}, {"rubyAnnotations", b.ruby},
	} {
		if f.has {
			meta("schema:accessibilityFeature", f.name)
		}
	}
	// There are only still pictures, no sound and no scripts.
	meta("schema:accessibilityHazard", "none")
	if described {
		meta("schema:accessModeSufficient", "textual")
	}
	if b.shown > 0 {
		meta("schema:accessModeSufficient", "textual,visual")
	}
	meta("schema:accessibilitySummary", b.words.Access(described))
}

// id is the picture's id in the manifest.
func (p *picture) id() string { return "i" + p.key[:keyLen] }

func (b *book) manifest(m *markup, issue []page) {
	m.raw("<manifest>\n")
	item := func(id, href, mediaType, properties string) {
		m.raw("<item")
		m.attr("id", id)
		m.attr("href", href)
		m.attr("media-type", mediaType)
		m.attrIf("properties", properties)
		m.raw("/>\n")
	}
	const xhtml = "application/xhtml+xml"
	if b.cover != nil {
		item("cover", coverName, xhtml, "")
	}
	item("nav", navName, xhtml, "nav")
	for _, pages := range [][]page{issue, b.pages} {
		for _, p := range pages {
			properties := ""
			if p.math {
				properties = "mathml"
			}
			item(p.id, p.href, xhtml, properties)
		}
	}
	item("ncx", ncxName, "application/x-dtbncx+xml", "")
	item("css", styleName, "text/css", "")
	for _, p := range b.images {
		properties := ""
		if b.cover != nil && p.key == b.cover.key {
			properties = "cover-image"
		}
		item(p.id(), imageDir+p.name(), p.typ.MediaType(), properties)
	}
	m.raw("</manifest>\n")
}

func (b *book) spine(m *markup, issue []page) {
	m.raw(`<spine toc="ncx"`)
	if b.vertical || words.RightToLeft(b.lang) {
		m.attr("page-progression-direction", "rtl")
	}
	m.raw(">\n")
	ref := func(id string) {
		m.raw("<itemref")
		m.attr("idref", id)
		m.raw("/>\n")
	}
	if b.cover != nil {
		ref("cover")
	}
	ref("nav")
	for _, pages := range [][]page{issue, b.pages} {
		for _, p := range pages {
			ref(p.id)
		}
	}
	m.raw("</spine>\n")
}
