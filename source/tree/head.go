package tree

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/date"
	"github.com/leporello-press/leporello/source/dom"
	"github.com/leporello-press/leporello/source/lang"
)

// head is what a page says of itself.
type head struct {
	title string              // of the window
	lang  string              // of the html element
	base  string              // as written
	canon string              // the address that it wants to be known by
	meta  map[string][]string // by name or property, in lower case
	ld    linkedData
}

// linkedData is the part of a schema.org Article that is of use here.
type linkedData struct {
	Headline, Description, DatePublished, DateModified string
	Author, Publisher                                  json.RawMessage
	Image                                              json.RawMessage
	ArticleSection, Keywords                           json.RawMessage
	InLanguage                                         json.RawMessage
}

func readHead(root *html.Node) head {
	doc := goquery.NewDocumentFromNode(root)
	h := head{meta: map[string][]string{}}
	if t := dom.Find(root, atom.Title); t != nil && t.FirstChild != nil { // drawings have titles, too
		h.title = foldLine(t.FirstChild.Data)
	}
	if n := doc.Find("html").Nodes; len(n) > 0 {
		h.lang = dom.Attr(n[0], "lang")
		if h.lang == "" {
			h.lang = dom.Attr(n[0], "xml:lang")
		}
	}
	if h.lang == "" {
		if n := doc.Find("body[lang]").Nodes; len(n) > 0 {
			h.lang = dom.Attr(n[0], "lang")
		}
	}
	h.base = clean(doc.Find("base[href]").First().AttrOr("href", ""))
	h.canon = clean(doc.Find(`link[rel~="canonical"]`).First().AttrOr("href", ""))
	doc.Find("meta").Each(func(_ int, s *goquery.Selection) {
		content := foldLine(s.AttrOr("content", ""))
		if content == "" {
			return
		}
		for _, key := range []string{"name", "property", "itemprop", "http-equiv"} {
			if name := strings.ToLower(strings.TrimSpace(s.AttrOr(key, ""))); name != "" {
				h.meta[name] = append(h.meta[name], content)
			}
		}
	})
	doc.Find(`script[type="application/ld+json"]`).Each(func(_ int, s *goquery.Selection) {
		if h.ld.Headline == "" {
			h.ld = readLinkedData([]byte(s.Text()))
		}
	})
	return h
}

// readLinkedData returns the article that data describes: by itself, in a list or
// in a graph.
func readLinkedData(data []byte) linkedData {
	var one struct {
		linkedData
		Graph []linkedData `json:"@graph"`
	}
	var list []linkedData
	if json.Unmarshal(data, &one) == nil {
		list = append(one.Graph, one.linkedData)
	} else if json.Unmarshal(data, &list) != nil {
		return linkedData{}
	}
	for _, d := range list {
		if d.Headline != "" && (d.DatePublished != "" || d.Author != nil) {
			return d
		}
	}
	return linkedData{}
}

// namesOf returns the names in a person, an organisation or a list of them.
func namesOf(data json.RawMessage) []string {
	var s string
	if json.Unmarshal(data, &s) == nil {
		return oneName(s)
	}
	var thing struct{ Name string }
	if json.Unmarshal(data, &thing) == nil {
		return oneName(thing.Name)
	}
	var list []json.RawMessage
	if json.Unmarshal(data, &list) != nil || len(list) > 100 {
		return nil
	}
	var names []string
	for _, d := range list {
		var s string
		var thing struct{ Name string }
		if json.Unmarshal(d, &s) == nil {
			names = append(names, oneName(s)...)
		} else if json.Unmarshal(d, &thing) == nil {
			names = append(names, oneName(thing.Name)...)
		}
	}
	return names
}

func oneName(s string) []string {
	if s = foldLine(s); s == "" {
		return nil
	}
	return []string{s}
}

// addressOf returns the address in a string, an ImageObject or a list of them.
func addressOf(data json.RawMessage) string {
	var s string
	if json.Unmarshal(data, &s) == nil {
		return s
	}
	var thing struct{ URL string }
	if json.Unmarshal(data, &thing) == nil {
		return thing.URL
	}
	var list []json.RawMessage
	if json.Unmarshal(data, &list) == nil && len(list) > 0 && list[0][0] != '[' {
		return addressOf(list[0])
	}
	return ""
}

// first returns the first value that any of the names has.
func (h *head) first(names ...string) string {
	for _, n := range names {
		if v := h.meta[n]; len(v) > 0 {
			return v[0]
		}
	}
	return ""
}

// fill fills what m does not have yet from the page's head.
func (w *walker) fill(m *article.Meta, h *head, o *source.Options) {
	or := func(to *string, values ...string) {
		for _, v := range values {
			if *to == "" {
				*to = foldLine(v)
			}
		}
	}
	or(&m.Title, h.first("og:title", "twitter:title", "citation_title", "dc.title"), h.ld.Headline, h.title)
	or(&m.Summary, h.first("summary", "description", "og:description", "twitter:description", "dc.description"), h.ld.Description)
	or(&m.Publisher, h.first("og:site_name", "citation_journal_title", "application-name"))
	if m.Publisher == "" {
		or(&m.Publisher, strings.Join(namesOf(h.ld.Publisher), ", "))
	}
	if len(m.Authors) == 0 {
		for _, name := range []string{"author", "authors", "article:author", "dc.creator", "citation_author", "parsely-author", "byl"} {
			for _, a := range h.meta[name] {
				if !strings.Contains(a, "://") { // a profile page, not a name
					m.Authors = append(m.Authors, a)
				}
			}
			if len(m.Authors) > 0 {
				break
			}
		}
	}
	if len(m.Authors) == 0 {
		m.Authors = namesOf(h.ld.Author)
	}
	for i, values := range [][]string{
		{h.first("article:published_time", "og:published_time", "datepublished", "pubdate", "publishdate", "publish_date", "date", "dc.date", "dcterms.created", "citation_publication_date", "weibo: article:create_at"), h.ld.DatePublished},
		{h.first("article:modified_time", "og:updated_time", "modified", "datemodified", "last-modified", "dcterms.modified"), h.ld.DateModified},
	} {
		to := &m.Published
		if i == 1 {
			to = &m.Updated
		}
		for _, v := range values {
			if v == "" || !to.IsZero() {
				continue
			}
			t, note, err := date.Parse(v, o.Zone)
			switch {
			case err != nil:
				w.report(article.Issue{Severity: article.Warning, Code: "html.date", Detail: "in the head: " + err.Error(), Action: "ignored"})
				continue
			case note != "":
				w.report(article.Issue{Severity: article.Warning, Code: "html.date", Detail: fmt.Sprintf("in the head: %q: %s", v, note), Action: "read as " + t.Format(time.RFC3339)})
			}
			*to = t
		}
	}
	if m.URL == "" {
		for _, v := range []string{h.canon, h.first("og:url"), w.in.Base} {
			if u, why := w.href(v); m.URL == "" && why == "" && !strings.HasPrefix(u, "#") {
				m.URL = u
			}
		}
	}
	if len(m.Section) == 0 {
		if s := h.first("article:section", "category"); s != "" {
			m.Section = []string{s}
		} else if names := namesOf(h.ld.ArticleSection); len(names) > 0 {
			m.Section = names[:1]
		}
	}
	if len(m.Tags) == 0 {
		m.Tags = append(m.Tags, h.meta["article:tag"]...)
		keywords := []string{h.first("tags", "keywords", "news_keywords")}
		if keywords[0] == "" {
			keywords = namesOf(h.ld.Keywords)
		}
		if len(m.Tags) == 0 {
			for _, k := range keywords {
				for t := range strings.FieldsFuncSeq(k, func(r rune) bool { return strings.ContainsRune(",，、;；", r) }) {
					if t = foldLine(t); t != "" && !slices.Contains(m.Tags, t) {
						m.Tags = append(m.Tags, t)
					}
				}
			}
		}
	}
	// The state of Pelican's pages, as front matter has it.
	if s := h.first("status"); s != "" && !slices.ContainsFunc(m.Extra, func(f article.Field) bool { return strings.EqualFold(f.Key, "status") }) {
		m.Extra = append(m.Extra, article.Field{Key: "status", Value: s})
	}
	if m.Lead == nil {
		for _, v := range []string{h.first("og:image", "og:image:url", "twitter:image", "twitter:image:src"), addressOf(h.ld.Image)} {
			if v != "" && m.Lead == nil {
				m.Lead = &article.Image{Src: v}
			}
		}
	}
}

// chooseLang decides the language of the document: what front matter or page
// declare, what the caller says, what the text looks like.
func (w *walker) chooseLang(m *article.Meta, h *head, o *source.Options, text string) {
	if o.ArticleLang != "" {
		m.Lang = o.ArticleLang
		w.report(article.Issue{Severity: article.Info, Code: "lang.given", Detail: "all articles are to be " + o.ArticleLang, Action: "taken"})
		return
	}
	declared, by := m.Lang, "the front matter"
	if declared == "" {
		declared, by = lang.Normal(h.lang), "the page"
	}
	if declared == "" {
		declared, by = lang.Normal(h.first("content-language", "og:locale", "dc.language", "lang")), "the page"
	}
	if names := namesOf(h.ld.InLanguage); declared == "" && len(names) > 0 {
		declared, by = lang.Normal(names[0]), "the page"
	}
	if declared == "" && o.Lang != "" {
		m.Lang = o.Lang
		w.report(article.Issue{Severity: article.Info, Code: "lang.given", Detail: "no language is declared; those without one are to be " + o.Lang, Action: "taken"})
		return
	}
	guess, sure := lang.Guess(text)
	switch base := lang.Base(declared); {
	case declared == "":
		m.Lang = guess
		switch {
		case guess == "":
			w.report(article.Issue{Severity: article.Info, Code: "lang.unknown", Detail: "no language is declared, and the text does not tell", Action: "that of the book is taken"})
		case sure:
			w.report(article.Issue{Severity: article.Info, Code: "lang.guessed", Detail: "no language is declared; the text looks like " + guess, Action: "taken"})
		default:
			w.report(article.Issue{Severity: article.Warning, Code: "lang.guessed", Detail: "no language is declared; the text is short or mixed and looks like " + guess, Action: "taken"})
		}
	case declared == "zh" && lang.Base(guess) == "zh":
		m.Lang = guess // the script decides the shapes of characters
	case sure && base != lang.Base(guess) && by == "the page" && len(text) > 600:
		// Templates say lang="en" whatever is put in them.
		m.Lang = guess
		w.report(article.Issue{Severity: article.Warning, Code: "lang.contradicted", Detail: by + " declares " + declared + "; the text looks like " + guess, Action: "read as " + guess})
	default:
		m.Lang = declared
	}
}

var dateInName = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:\D|$)`)
