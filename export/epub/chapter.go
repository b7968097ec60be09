package epub

import (
	"crypto/sha256"
	"encoding/hex"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/internal/words"
)

// chapter writes one article. Its whole markup is made in one buffer; then it is
// cut into content documents, between blocks, where it is too large for one.
// What depends on the cuts, links from one document to another, is put in last.
type chapter struct {
	*book
	markup
	doc   *article.Document
	name  string // base of its file names and ids
	input string // what issues call it
	lang  string // of the text being written
	words *words.Words

	ids     map[string]string // from ids of the tree to those of the page
	notes   map[string]int    // index of a note by its id
	marks   []int             // references to each note that were written
	seen    map[string]int    // offset of each id of the page that was written
	refs    []ref
	math    []int // offsets of MathML
	open    []container
	cuts    []cut
	heads   []heading
	later   []placed // the notes
	level   []int    // of the headings that are open now
	unnamed int      // headings without an id of their own, so far
	down    bool     // what is being written stands in vertical lines

	scratch markup
}

// ref is a place where the file of a link to another place of the article stands:
// before its "#".
type ref struct {
	at int
	id string
}

// container is an element that a cut closes and opens again.
type container struct{ open, close string }

// cut is a place where the text may be divided.
type cut struct {
	at          int
	close, open string
}

// placed is the markup of a note.
type placed struct {
	from, to int
	ref      int // offset of the first mark that leads to it; -1: none
}

// heading is a heading that the contents name.
type heading struct {
	depth     int
	title, id string
}

// segment is one content document of an article: a part of the text, and the
// notes that are first referred to in it.
type segment struct {
	from, to    int
	open, close string // what a cut had opened before, and opens behind
	notes       []placed
	href        string
}

func (c *chapter) reset(ch export.Chapter, n int) {
	c.doc, c.input, c.name = ch.Document, ch.Name, articleName(n)
	c.lang = tag(c.doc.Meta.Lang)
	if c.lang == "" {
		c.lang = tag(c.job.Book.Lang)
	}
	if c.lang == "" {
		c.lang = "und"
	}
	c.words = words.For(c.lang)
	c.markup.b = c.markup.b[:0]
	c.ids, c.notes, c.seen = map[string]string{}, map[string]int{}, map[string]int{}
	c.marks = make([]int, len(c.doc.Notes))
	c.refs, c.math, c.open, c.cuts, c.heads, c.later, c.level = c.refs[:0], c.math[:0], c.open[:0], c.cuts[:0], c.heads[:0], c.later[:0], c.level[:0]
	c.unnamed, c.down = 0, c.vertical
}

// write adds the pages and pictures of an article, the nth, which takes so many
// minutes to read, and keeps a record of it.
func (c *chapter) write(ch export.Chapter, n, minutes int) error {
	c.reset(ch, n)
	if err := c.addPictures(); err != nil {
		return err
	}
	c.collect()

	begin := len(c.b)
	c.opening(ch, minutes)
	lead := len(c.b)
	c.blocks(c.doc.Blocks)
	body := len(c.b)
	for i := range c.doc.Notes {
		c.note(i)
	}

	segments := c.divide(begin, lead, body)
	fileOf := c.locate(segments)
	for i, s := range segments {
		p := page{id: c.name, href: textDir + s.href}
		if i > 0 {
			p.id += "-" + strconv.Itoa(i+1)
		}
		data := c.page(segments, i, fileOf)
		p.math = c.hasMath(s)
		c.book.math = c.book.math || p.math
		if err := c.addPage(p.href, data); err != nil {
			return err
		}
		c.pages = append(c.pages, p)
	}

	e := entry{title: c.title(), lang: c.lang, href: textDir + segments[0].href, minutes: minutes, meta: c.recordLine(), summary: strings.Clone(c.summary())}
	for _, p := range ch.Part {
		if p = c.intern(p); p != "" {
			e.part = append(e.part, p)
		}
	}
	for _, h := range c.heads {
		e.heads = append(e.heads, head{depth: h.depth, title: strings.Clone(h.title), href: textDir + fileOf(c.seen[h.id]) + "#" + h.id})
	}
	c.records = append(c.records, e)
	return nil
}

// addPictures copies the pictures of the article into the container. They are
// first made fit for the device, several at a time.
func (c *chapter) addPictures() error {
	var keys []string
	known := map[string]bool{}
	for img := range c.doc.Images() {
		if k := img.Asset; k != "" && !known[k] && c.pictures[k] == nil {
			known[k] = true
			keys = append(keys, k)
		}
	}
	c.job.Prepare(keys)
	for _, k := range keys {
		if _, err := c.picture(k); err != nil {
			return err
		}
	}
	return nil
}

// collect gives every id of the tree the id that it has on the page. Of equal
// ones the first counts.
func (c *chapter) collect() {
	add := func(id string) {
		if _, ok := c.ids[id]; id != "" && !ok {
			c.ids[id] = c.name + "-i-" + cleanID(id)
		}
	}
	c.doc.Walk(func(b article.Block) bool {
		add(b.Anchor())
		if l, ok := b.(*article.List); ok {
			for i := range l.Items {
				add(l.Items[i].ID)
			}
		}
		return true
	})
	for i := range c.doc.Notes {
		id := c.doc.Notes[i].ID
		if _, ok := c.notes[id]; ok || id == "" {
			continue
		}
		c.notes[id] = i
		if _, ok := c.ids[id]; !ok {
			c.ids[id] = c.noteID(i)
		}
	}
}

// cleanID writes id in letters, digits, "-" and "_" alone, so that it is an XML
// name and a CSS identifier behind a letter; different ids stay different.
func cleanID(id string) string {
	var b strings.Builder
	for _, r := range id {
		if r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			b.WriteRune(r)
			continue
		}
		b.WriteByte('_')
		b.WriteString(strconv.FormatInt(int64(r), 16))
		b.WriteByte('_')
	}
	if b.Len() > 100 || !validRunes(id) {
		sum := sha256.Sum256([]byte(id))
		return "_" + hex.EncodeToString(sum[:16])
	}
	return b.String()
}

func validRunes(s string) bool { return strings.ToValidUTF8(s, "") == s }

func (c *chapter) noteID(i int) string { return c.name + "-n-" + strconv.Itoa(i+1) }

// refID is the id of the nth mark that leads to note i, counted from 1.
func (c *chapter) refID(i, n int) string {
	id := c.name + "-r-" + strconv.Itoa(i+1)
	if n > 1 {
		id += "-" + strconv.Itoa(n)
	}
	return id
}

// writeID writes the id attribute of the page's id, once.
func (c *chapter) writeID(id string) {
	if _, ok := c.seen[id]; ok || id == "" {
		return
	}
	c.seen[id] = len(c.b)
	c.attr("id", id)
}

// title is the article's title on one line, never empty.
func (c *chapter) title() string {
	if t := label(c.doc.Meta.Title); t != "" {
		return t
	}
	return c.words.Untitled
}

// opening writes the article's header: where it stands, what it is called, who
// wrote it, and where the original is.
func (c *chapter) opening(ch export.Chapter, minutes int) {
	m := &c.doc.Meta
	c.raw(`<header class="opening">`, "\n")
	path := m.Section
	if len(path) == 0 {
		path = ch.Part
	}
	if s := joinLabels(path, " / "); s != "" {
		c.element("p", s, "class", "path")
		c.raw("\n")
	}
	c.raw(`<h1`)
	if label(m.Title) == "" {
		c.attr("class", "untitled")
	}
	c.writeID(c.name)
	c.raw(">")
	c.text(c.title())
	c.raw("</h1>\n")
	if s := label(m.Subtitle); s != "" {
		c.element("p", s, "class", "subtitle", "role", "doc-subtitle")
		c.raw("\n")
	}
	c.raw(`<p class="byline">`)
	sep := ""
	item := func(write func()) {
		c.raw(sep)
		sep = " · "
		write()
	}
	if authors := labels(m.Authors); len(authors) > 0 {
		item(func() {
			for i, a := range authors {
				if i > 0 {
					c.text(c.words.Join)
				}
				c.element("span", a, "class", "author")
			}
		})
	}
	if s := c.publisher(); s != "" {
		item(func() { c.element("span", s, "class", "publisher") })
	}
	if t := date(m); !t.IsZero() {
		item(func() {
			if t.Year() >= 1 && t.Year() <= 9999 {
				c.element("time", c.words.Day(t), "datetime", t.Format(time.DateOnly))
				return
			}
			c.text(c.words.Day(t))
		})
	}
	item(func() { c.text(c.words.Minutes(minutes)) })
	c.raw("</p>\n")
	if a := address(m.URL); a != "" {
		c.raw(`<p class="original">`)
		c.text(c.words.Original + c.words.Colon)
		c.element("a", linkText(a), "href", a)
		c.raw("</p>\n")
	}
	c.raw("</header>\n")
	if m.Lead != nil {
		c.raw(`<figure class="lead">`)
		c.figureImage(m.Lead, article.Pos{}, "")
		c.raw("</figure>\n")
	}
}

// date is when the article was published, else when it was changed.
func date(m *article.Meta) time.Time {
	if m.Published.IsZero() {
		return m.Updated
	}
	return m.Published
}

// publisher is the site, unless it is named as the author already.
func (c *chapter) publisher() string {
	m := &c.doc.Meta
	p := label(m.Publisher)
	if p == "" {
		p = label(words.Host(m.URL))
	}
	for _, a := range m.Authors {
		if label(a) == p {
			return ""
		}
	}
	return p
}

// linkText is an address for people: its host and the beginning of its path.
func linkText(a string) string {
	h := label(words.Host(a))
	if h == "" {
		return a
	}
	return h
}

// labels returns each text of list as a label; empty ones are left out.
func labels(list []string) []string {
	var parts []string
	for _, s := range list {
		if s = label(s); s != "" {
			parts = append(parts, s)
		}
	}
	return parts
}

func joinLabels(list []string, sep string) string { return strings.Join(labels(list), sep) }

// recordLine is what the page of the issue says below an article's title.
func (c *chapter) recordLine() string {
	m := &c.doc.Meta
	source := c.publisher()
	if source == "" {
		source = joinLabels(m.Authors, c.words.Join)
	}
	var parts []string
	if source != "" {
		parts = append(parts, source)
	}
	if t := date(m); !t.IsZero() {
		parts = append(parts, c.words.Day(t))
	}
	return strings.Join(parts, " · ")
}

// note writes a note; the mark in the text is at refs before it.
func (c *chapter) note(i int) {
	n := &c.doc.Notes[i]
	p := placed{from: len(c.b), ref: -1}
	if at, ok := c.seen[c.refID(i, 1)]; ok {
		p.ref = at
	}
	c.raw(`<aside epub:type="footnote" role="doc-footnote"`)
	c.writeID(c.noteID(i))
	c.raw(">")
	number := func() {
		if p.ref < 0 {
			c.raw(`<span class="number">`, strconv.Itoa(i+1), "</span> ")
			return
		}
		c.raw(`<a class="number" role="doc-backlink" href="`)
		c.link(c.refID(i, 1))
		c.raw(`"`)
		c.attr("title", c.words.Back)
		c.raw(">", strconv.Itoa(i+1), "</a> ")
	}
	blocks := n.Blocks
	if len(blocks) > 0 {
		if first, ok := blocks[0].(*article.Paragraph); ok {
			c.paragraph(first, number)
			blocks = blocks[1:]
			number = nil
		}
	}
	if number != nil {
		c.raw("<p>")
		number()
		c.raw("</p>")
	}
	c.open = append(c.open, container{}) // no cuts within notes
	c.blocks(blocks)
	c.open = c.open[:len(c.open)-1]
	c.raw("</aside>\n")
	p.to = len(c.b)
	c.later = append(c.later, p)
}

// link writes the value of an href that leads to an id of the article.
func (c *chapter) link(id string) {
	c.refs = append(c.refs, ref{len(c.b), id})
	c.raw("#", id)
}

// mayCut notes that the text can be divided here.
func (c *chapter) mayCut() {
	k := cut{at: len(c.b)}
	for i := range c.open {
		o := c.open[i]
		if o.close == "" {
			return
		}
		k.open += o.open
		k.close = o.close + k.close
	}
	// A cut costs memory; closer than this they are of no use.
	if n := len(c.cuts); n > 0 && c.cuts[n-1].at+cutEvery > k.at && len(k.open) >= len(c.cuts[n-1].open) {
		return
	}
	c.cuts = append(c.cuts, k)
}

// cutEvery is how many bytes are between two cuts at least.
const cutEvery = 2000

// room is how many bytes of a page its shell takes at most, title aside.
const room = 4000

// divide cuts the article into content documents that are not larger than maxPage
// with the notes that belong to them. Notes come to the first mark; those that no mark
// leads to come last.
func (c *chapter) divide(begin, lead, body int) []segment {
	limit := maxPage - room - 2*len(c.title())
	total := len(c.b) - begin
	if total <= limit {
		return []segment{{from: begin, to: body, notes: c.later, href: c.name + ".xhtml"}}
	}
	notes := c.first(body)
	var segments []segment
	cur := segment{from: begin}
	size, next := 0, 0 // bytes of cur up to the last cut, notes included; notes given away
	last := cut{at: begin}
	emit := func(k cut) {
		cur.to, cur.close = k.at, k.close
		segments = append(segments, cur)
		cur = segment{from: k.at, open: k.open}
		size = len(k.open)
	}
	step := func(k cut) {
		from := next
		more := k.at - last.at
		for next < len(notes) && notes[next].ref < k.at {
			more += notes[next].to - notes[next].from
			next++
		}
		if size > 0 && size+more+len(k.close) > limit && last.at > lead {
			emit(last)
		}
		cur.notes = append(cur.notes, notes[from:next]...)
		size += more
		last = k
	}
	for _, k := range c.cuts {
		if k.at > lead && k.at < body {
			step(k)
		}
	}
	step(cut{at: body})
	// Notes that nothing in the text leads to, or only other notes.
	for _, n := range notes[next:] {
		if size+n.to-n.from > limit && size > 0 {
			emit(cut{at: body})
		}
		cur.notes = append(cur.notes, n)
		size += n.to - n.from
	}
	cur.to = body
	segments = append(segments, cur)
	for i := range segments {
		segments[i].href = c.name + ".xhtml"
		if i > 0 {
			segments[i].href = c.name + "-" + strconv.Itoa(i+1) + ".xhtml"
		}
	}
	return segments
}

// first returns the notes in the order of their first marks in the text, those
// without behind them in their own order.
func (c *chapter) first(body int) []placed {
	notes := append([]placed(nil), c.later...)
	for i := range notes {
		if notes[i].ref < 0 || notes[i].ref >= body {
			notes[i].ref = body // only another note leads to it
		}
	}
	sort.SliceStable(notes, func(i, j int) bool { return notes[i].ref < notes[j].ref })
	return notes
}

// locate returns a function that tells the file of an offset.
func (c *chapter) locate(segments []segment) func(int) string {
	return func(at int) string {
		for _, s := range segments {
			if at >= s.from && at < s.to {
				return s.href
			}
			for _, n := range s.notes {
				if at >= n.from && at < n.to {
					return s.href
				}
			}
		}
		return segments[0].href
	}
}

func (c *chapter) hasMath(s segment) bool {
	for _, at := range c.math {
		if at >= s.from && at < s.to {
			return true
		}
		for _, n := range s.notes {
			if at >= n.from && at < n.to {
				return true
			}
		}
	}
	return false
}

// page puts one content document together.
func (c *chapter) page(segments []segment, i int, fileOf func(int) string) []byte {
	s := segments[i]
	m := &c.scratch
	m.b = m.b[:0]
	m.shellHead(c.title(), c.lang, "../"+styleName, "")
	m.raw(`<section epub:type="chapter" role="doc-chapter"`)
	if i == 0 {
		m.attr("aria-labelledby", c.name)
	} else {
		m.attr("aria-label", c.title())
	}
	m.raw(">\n", s.open)
	c.copy(m, s.from, s.to, s.href, len(segments) > 1, fileOf)
	m.raw(s.close)
	if len(s.notes) > 0 {
		m.raw(`<div class="notes">`, "\n")
		for _, n := range s.notes {
			c.copy(m, n.from, n.to, s.href, len(segments) > 1, fileOf)
		}
		m.raw("</div>\n")
	}
	m.raw("</section>\n")
	m.shellFoot()
	return m.b
}

// copy appends markup, and puts the files of links in.
func (c *chapter) copy(m *markup, from, to int, href string, several bool, fileOf func(int) string) {
	if several {
		k := sort.Search(len(c.refs), func(k int) bool { return c.refs[k].at >= from })
		for ; k < len(c.refs) && c.refs[k].at < to; k++ {
			m.b = append(m.b, c.b[from:c.refs[k].at]...)
			from = c.refs[k].at
			if f := fileOf(c.seen[c.refs[k].id]); f != href {
				m.raw(f)
			}
		}
	}
	m.b = append(m.b, c.b[from:to]...)
}

// shellHead begins an XHTML page.
func (m *markup) shellHead(title, lang, css, class string) {
	m.raw(`<?xml version="1.0" encoding="utf-8"?>`, "\n<!DOCTYPE html>\n",
		`<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"`)
	m.langAttrs(lang)
	m.attrIf("dir", direction(lang, ""))
	m.raw(">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"generator\" content=\"leporello\"/>\n")
	m.element("title", title)
	m.raw("\n", `<link rel="stylesheet" type="text/css"`)
	m.attr("href", css)
	m.raw("/>\n</head>\n<body")
	m.attrIf("class", class)
	m.raw(">\n")
}

func (m *markup) shellFoot() { m.raw("</body>\n</html>\n") }

// langAttrs writes a language for HTML and for XML; the two must be equal.
func (m *markup) langAttrs(lang string) {
	m.attrIf("lang", lang)
	m.attrIf("xml:lang", lang)
}
