// Package feed reads feeds of articles: RSS 0.9 to 2.0, RDF, Atom and JSON Feed.
// Each entry is one document, in the order of the feed. It decides which of the
// texts of an entry is the article and what its fields mean; what the HTML means
// is left to source/tree. It fetches nothing: an entry that has only a summary is
// read as that, and said to be.
package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"iter"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mmcdole/gofeed"
	ext "github.com/mmcdole/gofeed/extensions"
	nethtml "golang.org/x/net/html"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/charset"
	"github.com/leporello-press/leporello/source/date"
	"github.com/leporello-press/leporello/source/dtd"
	"github.com/leporello-press/leporello/source/lang"
	"github.com/leporello-press/leporello/source/tree"
)

// maxEntries bounds the entries that are read of one feed.
const maxEntries = 20_000

// ErrNoFeed is the error for what cannot be read as a feed.
var ErrNoFeed = errors.New("not a feed")

// Reader reads feeds. The zero value is good.
type Reader struct {
	Options source.Options

	left func(string) // see tree.Page
}

var _ source.Reader = Reader{}

// Name implements source.Reader.
func (Reader) Name() string { return "feed" }

var (
	feedRoot = regexp.MustCompile(`(?is)^\s*(?:<\?xml[^>]*>\s*|<\?xml-stylesheet[^>]*>\s*|<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<(?:\w+:)?(?:rss|feed|RDF)[\s>]`)
	jsonFeed = regexp.MustCompile(`^\s*\{(?s:.*)"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org`)
)

// Match tells whether in is a feed: by its declared type, by the ending of its
// name, or by its first bytes.
func (Reader) Match(in source.Input) bool {
	t, _, _ := strings.Cut(strings.ToLower(in.Type), ";")
	switch strings.TrimSpace(t) {
	case "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml":
		return true
	case "", "application/xml", "text/xml", "application/json", "text/plain", "application/octet-stream", "text/html":
	default:
		return false
	}
	ext := strings.ToLower(path.Ext(in.Name))
	if t == "" && (ext == ".rss" || ext == ".atom") {
		return true
	}
	if t == "" && ext != ".xml" && ext != ".json" && ext != ".rdf" && ext != "" && !strings.Contains(in.Name, "://") {
		return false
	}
	head := bytes.TrimPrefix(in.Data, []byte("\xef\xbb\xbf"))
	head = bytes.ReplaceAll(head[:min(len(head), 8192)], []byte{0}, nil) // UTF-16
	head = bytes.TrimPrefix(bytes.TrimPrefix(head, []byte("\xff\xfe")), []byte("\xfe\xff"))
	head, _ = dtd.Resolve(head)
	return feedRoot.Match(head) || jsonFeed.Match(head)
}

// Read implements source.Reader. It yields a document for each entry.
func (r Reader) Read(in source.Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	return func(yield func(*article.Document, error) bool) {
		say := func(i article.Issue) {
			if i.Article == "" {
				i.Article = in.Name
			}
			report(i)
		}
		f, err := r.parse(in, say)
		if err != nil {
			yield(nil, fmt.Errorf("feed: %s: %w", in.Name, err))
			return
		}
		f.in, f.o, f.report, f.left = in, r.Options, say, r.left
		for i, item := range f.feed.Items {
			if i == maxEntries {
				say(article.Issue{Severity: article.Loss, Code: "feed.long", Detail: fmt.Sprintf("the feed has %d entries", len(f.feed.Items)), Action: fmt.Sprintf("the first %d are taken", maxEntries)})
				return
			}
			doc, err := f.document(item, f.place(i))
			if err != nil {
				err = fmt.Errorf("feed: %s: entry %d: %w", in.Name, i+1, err)
			}
			if !yield(doc, err) {
				return
			}
		}
	}
}

// reading is a feed that is read.
type reading struct {
	feed   *gofeed.Feed
	text   []byte
	starts []int // where in text each entry begins
	json   bool

	prefixes []*regexp.Regexp // tags of XHTML with the prefixes that the feed gives it

	counted, line int // line ends in text[:counted]

	in     source.Input
	o      source.Options
	report func(article.Issue)
	left   func(string)
}

var (
	declared    = regexp.MustCompile(`^(\s*<\?xml[^>]*?)\s+encoding\s*=\s*(?:"[^"]*"|'[^']*')`)
	entryTags   = regexp.MustCompile(`(?is)<!\[CDATA\[.*?\]\]>|<!--.*?-->|<(?:\w+:)?(?:item|entry)[\s>]`)
	entryEnd    = regexp.MustCompile(`(?i)</(?:\w+:)?(?:item|entry)\s*>`)
	xhtmlPrefix = regexp.MustCompile(`xmlns:([\w.-]+)\s*=\s*["']http://www\.w3\.org/1999/xhtml["']`)
	rootTag     = regexp.MustCompile(`(?i)<((?:\w+:)?(?:rss|feed|RDF))[\s>]`)
)

func (r Reader) parse(in source.Input, report func(article.Issue)) (*reading, error) {
	limit := r.Options.Limit()
	text, err := charset.Decode(in.Data, in.Type, limit, report)
	if err != nil {
		return nil, err
	}
	text = bytes.TrimLeft(text, " \t\r\n\f\ufeff")
	skipped := 0
	if i := bytes.LastIndex(in.Data[:min(len(in.Data), 4096)], text[:min(len(text), 16)]); i > 0 && len(text) > 0 {
		skipped = bytes.Count(in.Data[:i], []byte("\n"))
	}
	// It is UTF-8 now, whatever it says.
	text = declared.ReplaceAll(text, []byte("$1"))
	text = bytes.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return ' ' // XML has no such characters
		}
		return r
	}, text)
	text, left := dtd.Resolve(text)
	if left > 0 {
		report(article.Issue{Severity: article.Warning, Code: "feed.entities", Detail: fmt.Sprintf("entities that stand for another file, for themselves or for too much: %d", left), Action: "their names are kept"})
	}
	f := &reading{json: len(text) > 0 && text[0] == '{'}
	if !f.json && tangled(text) {
		return nil, fmt.Errorf("%w: more name spaces are open at one place than any feed has", ErrNoFeed)
	}
	feed, err := parseFeed(text)
	if err != nil && !f.json {
		if cut := mend(text); cut != nil {
			if whole, again := parseFeed(cut); again == nil && len(whole.Items) > 0 {
				report(article.Issue{Severity: article.Loss, Code: "feed.broken", Detail: err.Error(), Action: fmt.Sprintf("the %d entries before that are taken", len(whole.Items))})
				feed, err = whole, nil
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoFeed, err)
	}
	f.feed = feed
	f.text = append(bytes.Repeat([]byte("\n"), skipped), text...)
	f.findEntries()
	for _, m := range xhtmlPrefix.FindAllSubmatch(f.text, 8) {
		f.prefixes = append(f.prefixes, regexp.MustCompile(`<(/?)`+regexp.QuoteMeta(string(m[1]))+`:`))
	}
	return f, nil
}

// maxSpaces bounds the name spaces that are open at one place of a feed: the parser
// copies them for every element within.
const maxSpaces = 100

var xmlTags = regexp.MustCompile(`(?s)<!\[CDATA\[.*?\]\]>|<!--.*?-->|<(/?)([\w:.-]+)[^>]*>`)

// tangled tells whether more are open somewhere in text.
func tangled(text []byte) bool {
	type element struct {
		name   string
		spaces int // that it declares
	}
	var open []element
	spaces := 0
	for {
		m := xmlTags.FindSubmatchIndex(text)
		if m == nil {
			return false
		}
		tag := text[m[0]:m[1]]
		if m[4] >= 0 && tag[len(tag)-2] != '/' {
			name := string(text[m[4]:m[5]])
			if m[2] == m[3] {
				n := bytes.Count(tag, []byte("xmlns"))
				open = append(open, element{name, n})
				spaces += n
			}
			// What was not closed within an element ends with it.
			for i := len(open) - 1; m[2] < m[3] && i >= max(0, len(open)-1000); i-- {
				if open[i].name == name {
					for _, e := range open[i:] {
						spaces -= e.spaces
					}
					open = open[:i]
					break
				}
			}
		}
		if spaces > maxSpaces {
			return true
		}
		text = text[m[1]:]
	}
}

// parseFeed parses text; a panic of the parser, which reads what strangers wrote,
// is an error.
func parseFeed(text []byte) (f *gofeed.Feed, err error) {
	defer func() {
		if p := recover(); p != nil {
			f, err = nil, fmt.Errorf("the parser failed: %v", p)
		}
	}()
	return gofeed.NewParser().Parse(bytes.NewReader(text))
}

// mend closes a feed that breaks off behind its last whole entry.
func mend(text []byte) []byte {
	ends := entryEnd.FindAllIndex(text, -1)
	root := rootTag.FindSubmatch(text)
	if len(ends) == 0 || root == nil {
		return nil
	}
	out := bytes.Clone(text[:ends[len(ends)-1][1]])
	name := string(root[1])
	if strings.EqualFold(name, "rss") {
		out = append(out, "</channel>"...)
	}
	return append(out, "</"+name+">"...)
}

// findEntries finds where in the text the entries begin.
func (f *reading) findEntries() {
	if !f.json {
		for _, m := range entryTags.FindAllIndex(f.text, -1) {
			if c := f.text[m[0]+1]; c != '!' {
				f.starts = append(f.starts, m[0])
			}
		}
		return
	}
	d := json.NewDecoder(bytes.NewReader(f.text))
	depth := 0
	for {
		tok, err := d.Token()
		if err != nil {
			return
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		case "items":
			if depth != 1 {
				continue
			}
			if tok, err := d.Token(); err != nil || tok != json.Delim('[') {
				return
			}
			for d.More() {
				var skip json.RawMessage
				at := int(d.InputOffset())
				if d.Decode(&skip) != nil {
					return
				}
				at += max(bytes.IndexByte(f.text[at:], '{'), 0)
				f.starts = append(f.starts, at)
			}
			return
		}
	}
}

// spot is where an entry stands in the feed.
type spot struct {
	from, to int // in the text; equal: unknown
	line     int
}

func (f *reading) place(i int) spot {
	if i >= len(f.starts) || len(f.starts) != len(f.feed.Items) {
		return spot{line: 1} // an entry within an entry, or one that the parser left out
	}
	s := spot{from: f.starts[i], to: len(f.text)}
	if i+1 < len(f.starts) {
		s.to = f.starts[i+1]
	}
	// Entries are asked for in their order.
	f.line += bytes.Count(f.text[f.counted:s.from], []byte("\n"))
	f.counted = s.from
	s.line = f.line + 1
	return s
}

var textTags = map[bool]*regexp.Regexp{
	true:  regexp.MustCompile(`(?i)<(?:content:encoded|(?:atom:)?content|xhtml:body|body)(?:\s[^>]*)?>`),
	false: regexp.MustCompile(`(?i)<(?:\w+:)?(?:description|summary)(?:\s[^>]*)?>`),
}

// lineOf returns the line that the text of an entry begins in.
func (f *reading) lineOf(s spot, content bool) int {
	if s.from == s.to || f.json {
		return s.line
	}
	m := textTags[content].FindIndex(f.text[s.from:s.to])
	if m == nil {
		return s.line
	}
	return s.line + bytes.Count(f.text[s.from:s.from+m[1]], []byte("\n"))
}

// document makes the document of an entry.
func (f *reading) document(item *gofeed.Item, at spot) (*article.Document, error) {
	in := f.in
	m := article.Meta{ID: strings.TrimSpace(item.GUID), Title: plain(item.Title), Publisher: plain(f.feed.Title), Tags: texts(item.Categories)}
	m.URL = f.address(item)
	if m.URL != "" {
		in.Base = m.URL
	} else if u := webAddress(f.feed.Link, nil); u != "" {
		in.Base = u
	}
	for _, p := range item.Authors {
		if p == nil {
			continue
		}
		if name := plain(p.Name); name != "" {
			m.Authors = append(m.Authors, name)
		}
	}
	m.Published = f.date(item.Published, item.PublishedParsed, at)
	m.Updated = f.date(item.Updated, item.UpdatedParsed, at)
	if m.Updated.Equal(m.Published) {
		m.Updated = time.Time{}
	}

	body, other, content := item.Content, item.Description, true
	if lang.Width(plain(other)) > 2*lang.Width(plain(body)) {
		body, other, content = other, body, false
	}
	if plain(body) == "" {
		if d := f.described(item); d != "" {
			body, content = d, false
		}
	}
	text := plain(body)
	if o := appeared.ReplaceAllString(plain(other), ""); o != "" && !strings.HasPrefix(squeeze(text), strings.TrimRight(squeeze(o), ".…[]")) {
		m.Summary = o
	}
	excerpt := isExcerpt(text, content || item.Content != "" || m.Title == "")
	if excerpt {
		action := "taken for the article"
		if excerpt = m.URL != "" && f.o.FullText != source.NeverFullText; excerpt {
			action = "the rest is left to its page"
		}
		f.report(article.Issue{Severity: article.Info, Code: "feed.summary", Pos: article.Pos{Line: at.line}, URL: m.URL,
			Detail: fmt.Sprintf("of %q the feed has only %d characters", m.Title, utf8.RuneCountInString(text)), Action: action})
	}
	if src := f.picture(item); src != "" {
		m.Lead = &article.Image{Src: src}
	}
	p := tree.Page{Input: in, Meta: m, Line: f.lineOf(at, content), Left: f.left}
	if f.json {
		p.Lines = []int{at.line}
	}
	// The feed's language is that of its template, more often than that of its
	// texts: it is declared where source/tree does not believe everything.
	open := "<body>"
	if l := lang.Normal(f.feed.Language); l != "" {
		open = `<html lang="` + html.EscapeString(l) + `"><body>`
	}
	if !anyTag.MatchString(body) {
		body = paragraphs(body)
	}
	for _, prefix := range f.prefixes {
		body = prefix.ReplaceAllString(body, "<$1")
	}
	p.Text = []byte(open + body)
	doc, err := tree.Build(p, f.o, f.report)
	if err != nil {
		return nil, err
	}
	doc.Meta.URL = m.URL // not that of the feed's site, which references resolve against
	f.enclosures(doc, item, at)
	if excerpt || m.URL != "" && f.o.FullText == source.AlwaysFullText {
		doc.Extent = article.Excerpt
	}
	return doc, nil
}

// What feeds put behind a text that breaks off, and behind any text.
var (
	breaksOff = regexp.MustCompile(`(?i)(?:…|\.\.\.|⋯)\s*(?:[\])）】]\s*)?$`)
	readMore  = regexp.MustCompile(`(?i)(?:read (?:more|on|the rest|the (?:full|whole|entire) (?:article|story|post))|continue reading|keep reading|full (?:story|article|text)|(?:点击)?(?:阅读|查看|展开|閱讀|查看)(?:全文|原文|更多|完整\S{0,4})|(?:繼續|继续)(?:阅读|閱讀)|(?:全文|続き)(?:を|は)\S{0,6}(?:読む|こちら)|もっと(?:見る|読む)|記事全文|계속 읽기|더 ?보기|전문 보기)[\s.…:：»›>→⟶\])）】]*$`)
	appeared  = regexp.MustCompile(`(?is)\s*The post .{1,300}? (?:first appeared|appeared first) on .{1,200}?\.?\s*$`)
)

// The widths of texts, as lang.Width counts: one that is longer is an article
// although the feed calls it a summary, or although it ends in an ellipsis.
const (
	maxSummary = 1000
	maxBroken  = 3000
)

// isExcerpt tells whether text, the best that a feed has of an entry, is only the
// beginning of an article or a summary of it: there is none; it ends in words that
// ask to read on; it is not long and breaks off in an ellipsis; or it is short, and
// what it stands in is for summaries, not for content. A note without a title is
// content.
func isExcerpt(text string, content bool) bool {
	text = strings.TrimSpace(appeared.ReplaceAllString(text, ""))
	w := lang.Width(text)
	return text == "" || readMore.MatchString(text) || w <= maxBroken && breaksOff.MatchString(text) || !content && w <= maxSummary
}

var (
	anyTag    = regexp.MustCompile(`<[A-Za-z!/?]`)
	emptyLine = regexp.MustCompile(`\n[ \t]*\n`)
)

// paragraphs makes HTML of a text without tags, which may have been escaped once
// more than needed.
func paragraphs(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return "<p>" + emptyLine.ReplaceAllStringFunc(s, func(gap string) string { return gap + "<p>" })
}

// enclosures adds what the entry has beside its text to the end of the document.
func (f *reading) enclosures(doc *article.Document, item *gofeed.Item, at spot) {
	seen := map[string]bool{}
	doc.Walk(func(b article.Block) bool {
		if e, ok := b.(*article.Embed); ok {
			seen[e.Src] = true
		}
		return true
	})
	for _, e := range item.Enclosures {
		if e == nil {
			continue
		}
		src := webAddress(e.URL, f.base(doc))
		kind, _, _ := strings.Cut(strings.ToLower(e.Type), "/")
		switch {
		case src == "" || seen[src] || kind == "image":
			continue
		case kind == "audio" || kind == "video":
			seen[src] = true
			b := &article.Embed{Kind: article.Audio, Src: src, Title: doc.Meta.Title}
			if b.Pos = (article.Pos{Line: at.line}); kind == "video" {
				b.Kind = article.Video
			}
			doc.Blocks = append(doc.Blocks, b)
		default:
			f.report(article.Issue{Severity: article.Info, Code: "feed.enclosure", Pos: article.Pos{Line: at.line}, URL: src,
				Detail: "a file beside the article: " + strings.TrimSpace(e.Type), Action: "left where it is"})
		}
	}
}

func (f *reading) base(doc *article.Document) *url.URL {
	u, err := url.Parse(doc.Meta.URL)
	if err != nil || u.Host == "" {
		return nil
	}
	return u
}

// address returns the address of the article of an entry; "" where it has none.
func (f *reading) address(item *gofeed.Item) string {
	var base *url.URL
	for _, s := range []string{f.feed.Link, f.feed.FeedLink, f.in.Base} {
		if u, err := url.Parse(strings.TrimSpace(s)); err == nil && u.Host != "" {
			base = u
			break
		}
	}
	for _, s := range append([]string{item.Link}, item.Links...) {
		if u := webAddress(s, base); u != "" {
			return u
		}
	}
	return webAddress(item.GUID, nil) // RSS: a guid is an address, as long as it does not say otherwise
}

func webAddress(s string, base *url.URL) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}

// described returns, as HTML, what an entry that is a film says of it.
func (f *reading) described(item *gofeed.Item) string {
	media := item.Extensions["media"]
	for _, of := range append(media["group"], ext.Extension{Children: media}) {
		list := of.Children["description"]
		switch {
		case len(list) == 0:
		case list[0].Attrs["type"] == "html":
			return list[0].Value
		default:
			return strings.ReplaceAll(html.EscapeString(list[0].Value), "\n", "<br>\n")
		}
	}
	return ""
}

// picture returns the address of the picture that stands for an entry.
func (f *reading) picture(item *gofeed.Item) string {
	// The parser takes the first picture of the text for it, which may only keep the
	// place of another.
	if item.Image != nil && item.Image.URL != "" && !strings.HasPrefix(item.Image.URL, "data:") {
		return item.Image.URL
	}
	for _, e := range item.Enclosures {
		if e != nil && strings.HasPrefix(strings.ToLower(e.Type), "image/") {
			return e.URL
		}
	}
	media := item.Extensions["media"]
	for _, group := range media["group"] {
		for _, c := range group.Children["content"] {
			media = map[string][]ext.Extension{"content": {c}}
			break
		}
	}
	for _, c := range media["content"] {
		if c.Attrs["medium"] == "image" || strings.HasPrefix(c.Attrs["type"], "image/") {
			return c.Attrs["url"]
		}
	}
	for _, c := range media["thumbnail"] {
		return c.Attrs["url"]
	}
	return ""
}

// date reads a date as the feed has it; what the parser made of it is the second choice.
func (f *reading) date(s string, parsed *time.Time, at spot) time.Time {
	if s = strings.TrimSpace(s); s == "" && parsed == nil {
		return time.Time{}
	}
	t, note, err := date.Parse(s, f.o.Zone)
	switch {
	case err == nil && note != "":
		f.report(article.Issue{Severity: article.Info, Code: "date.doubtful", Pos: article.Pos{Line: at.line}, Detail: fmt.Sprintf("%q: %s", s, note), Action: "taken"})
		return t
	case err == nil:
		return t
	case parsed != nil && !parsed.IsZero():
		return parsed.UTC()
	}
	f.report(article.Issue{Severity: article.Warning, Code: "date.unknown", Pos: article.Pos{Line: at.line}, Detail: fmt.Sprintf("%q is no date that can be read", s), Action: "no date"})
	return time.Time{}
}

// plain returns the text of what may be HTML on one line.
func plain(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return strings.Join(strings.Fields(s), " ")
	}
	var b strings.Builder
	z := nethtml.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case nethtml.TextToken:
			b.Write(z.Text())
		case nethtml.StartTagToken, nethtml.EndTagToken, nethtml.SelfClosingTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "p", "div", "br", "li", "td", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "figure":
				b.WriteByte(' ')
			}
		}
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func texts(list []string) []string {
	var out []string
	for _, s := range list {
		if s = plain(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}
