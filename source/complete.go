package source

import (
	"errors"
	"fmt"
	"strings"

	"github.com/leporello-press/leporello/article"
)

// Web brings pages, the same each time. Follow is for addresses that a page or a
// feed named, which the host may refuse, Get for those that a person did.
type Web struct {
	Get, Follow func(address string) (Input, error)
}

// Complete returns the whole of doc, which is an excerpt or listed: the page at its
// address, read by the first of the readers that matches, with what doc's feed or
// list says of it. What that left empty the page fills. Where the page cannot be
// had, or has less text than doc, doc itself is returned as if it were whole, and
// that is reported; where doc has no text either, it is an error.
func Complete(doc *article.Document, web Web, readers []Reader, report func(article.Issue)) (*article.Document, error) {
	get := web.Follow
	if doc.Extent == article.Listed {
		get = web.Get
	}
	page, err := only(doc.Meta.URL, get, readers, report)
	if err == nil && len(squeeze(page.Text())) < len(squeeze(doc.Text())) {
		err = errors.New("the page has less text than the excerpt")
	}
	switch {
	case err == nil:
		complete(page, doc)
		return page, nil
	case len(doc.Blocks) == 0:
		return nil, fmt.Errorf("%s: %w", doc.Meta.URL, err)
	}
	report(article.Issue{Severity: article.Loss, Code: "excerpt.only", URL: doc.Meta.URL,
		Detail: "only the beginning or a summary is known: " + err.Error(), Action: "taken for the article"})
	kept := *doc
	kept.Extent = article.Whole
	return &kept, nil
}

// only reads the only document of what is at an address.
func only(address string, get func(address string) (Input, error), readers []Reader, report func(article.Issue)) (*article.Document, error) {
	in, err := get(address)
	if err != nil {
		return nil, err
	}
	if in, err = unpacked(in, nil); err != nil {
		return nil, err
	}
	var found *article.Document
	for doc, err := range Read(readers, in, report) {
		if err != nil {
			return nil, err
		}
		if found != nil {
			return nil, errors.New("the address is of many articles")
		}
		found = doc
	}
	if found == nil || found.Extent != article.Whole || len(found.Blocks) == 0 {
		return nil, errors.New("the page has no article")
	}
	return found, nil
}

// complete gives page what its excerpt says of it.
func complete(page, excerpt *article.Document) {
	m, known := &page.Meta, &excerpt.Meta
	or := func(to *string, known string) {
		if known != "" {
			*to = known
		}
	}
	or(&m.ID, known.ID)
	or(&m.Summary, known.Summary)
	or(&m.Publisher, known.Publisher)
	or(&m.Subtitle, known.Subtitle)
	// A feed names its entries with care; a list of addresses has what stood in the
	// title bar of a window.
	if len(excerpt.Blocks) > 0 || m.Title == "" {
		or(&m.Title, known.Title)
	}
	if len(known.Authors) > 0 {
		m.Authors = known.Authors
	}
	if len(known.Section) > 0 {
		m.Section = known.Section
	}
	if len(known.Tags) > 0 {
		m.Tags = known.Tags
	}
	if !known.Published.IsZero() {
		m.Published = known.Published
	}
	if !known.Updated.IsZero() {
		m.Updated = known.Updated
	}
	if m.URL == "" {
		m.URL = known.URL
	}
	// What its feed says of an article in words of its own stays with it.
	if text := strings.Join(strings.Fields(excerpt.Text()), " "); known.Summary == "" &&
		!strings.Contains(squeeze(page.Text()), strings.TrimRight(squeeze(text), ".…[]")) {
		m.Summary = text
	}
	m.Extra = append(known.Extra[:len(known.Extra):len(known.Extra)], m.Extra...)
	pictures := false
	for range page.Images() {
		pictures = true
		break
	}
	if !pictures {
		m.Lead = known.Lead
	}
	// What a feed has beside the text of an entry: recordings, films.
	shown := map[string]bool{}
	page.Walk(func(b article.Block) bool {
		if e, ok := b.(*article.Embed); ok {
			shown[e.Src] = true
		}
		return true
	})
	for _, b := range excerpt.Blocks {
		if e, ok := b.(*article.Embed); ok && !shown[e.Src] {
			page.Blocks = append(page.Blocks, e)
		}
	}
}

// squeeze returns s without white space.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }
