// Package readlater has what the exports of programs that keep articles to read
// later have in common: tables of addresses, JSON with the text of the articles. It
// is a service to the formats under source that read them. It decides what makes
// an entry an article (an address or a text), which entry is there twice, and where
// what is known beside its text goes; it leaves to the formats what their fields
// are called.
package readlater

import (
	"cmp"
	"fmt"
	"html"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/charset"
	"github.com/leporello-press/leporello/source/date"
	"github.com/leporello-press/leporello/source/lang"
	"github.com/leporello-press/leporello/source/tree"
)

// maxItems bounds the entries that are read of one export.
const maxItems = 100_000

// Item is an entry of an export, as it is written there.
type Item struct {
	Line int // of the input, where it begins
	ID   string
	// URL is where the article is; it may be empty or none where there is HTML.
	URL                string
	Title              string
	Authors            []string
	Summary            string // what its reader marked in it, or a description
	Publisher          string
	Lang               string
	Picture            string // the address of the picture that stands for it
	Published, Updated string // dates
	Saved              string // the date when it was kept; Unix seconds or a date
	Folder             string // a folder that its reader made for it; empty: none
	State              string // a folder that the program has for all: "unread", "archive"
	Tags               []string
	HTML               string // its text; empty: only its address is known
	File               string // what messages call the file that HTML is all of; empty: HTML is part of the entry
	Broken             error  // why its text cannot be read, which is there; nil: nothing is broken
	Notes              int    // remarks of its reader, which are no part of the article

	input string // the name of the file of the input that the entry is in; empty: the input is the file
}

// Export is an export that is read.
type Export struct {
	Format  string // the name of the reader
	Input   source.Input
	Options source.Options
	Report  func(article.Issue)
	// Left hears every visible text that a tree does not have; see tree.Page.
	Left func(string)
}

// Items are the entries of an export in their order. An error is the last.
type Items = iter.Seq2[Item, error]

// Read yields the documents of the items: articles, and for those without a text
// documents that have nothing but an address. What cannot be either is reported
// with its line. After an error of items there are no more.
func (x *Export) Read(items Items) iter.Seq2[*article.Document, error] {
	return func(yield func(*article.Document, error) bool) {
		seen := map[string]bool{}
		n := 0
		for it, err := range items {
			if err != nil {
				yield(nil, fmt.Errorf("%s: %s: %w", x.Format, x.Input.Name, err))
				return
			}
			if n++; n > maxItems {
				x.issue(it, article.Loss, "long", fmt.Sprintf("there are more than %d entries", maxItems), "the first are taken")
				return
			}
			doc, err := x.document(it, seen)
			if err != nil {
				err = fmt.Errorf("%s: %s: line %d: %w", x.Format, x.Input.Name, it.Line, err)
			}
			if (doc != nil || err != nil) && !yield(doc, err) {
				return
			}
		}
	}
}

// report reports something about the input, or the file of it, called name.
func (x *Export) report(name string, i article.Issue) {
	if i.Article == "" {
		i.Article = name
	}
	x.Report(i)
}

func (x *Export) issue(it Item, s article.Severity, code, detail, action string) {
	x.report(cmp.Or(it.input, x.Input.Name), article.Issue{Severity: s, Code: x.Format + "." + code, Pos: article.Pos{Line: it.Line}, URL: strings.TrimSpace(it.URL), Detail: detail, Action: action})
}

// document makes the document of an item; nil: it is none.
func (x *Export) document(it Item, seen map[string]bool) (*article.Document, error) {
	address := Address(it.URL)
	title := fold(it.Title)
	if Address(title) != "" {
		title = "" // a page whose title nobody knew
	}
	if it.HTML = strings.TrimSpace(it.HTML); it.HTML == "" && address == "" {
		why := "no address of the web"
		if strings.TrimSpace(it.URL) == "" {
			why = "no address"
		}
		if title != "" {
			why = fmt.Sprintf("%q has %s", title, why)
		}
		x.issue(it, article.Loss, "address", why, "left out")
		return nil, nil
	}
	if address != "" && seen[address] {
		x.issue(it, article.Info, "twice", "the address was there before", "left out")
		return nil, nil
	}
	seen[address] = true
	m := article.Meta{ID: it.ID, Title: title, Authors: folded(it.Authors), Lang: lang.Normal(it.Lang), URL: address, Tags: folded(it.Tags),
		Summary: fold(it.Summary), Publisher: fold(it.Publisher), Published: x.date(it, it.Published), Updated: x.date(it, it.Updated)}
	if m.Updated.Equal(m.Published) {
		m.Updated = time.Time{}
	}
	if folder := fold(it.Folder); folder != "" {
		m.Section = []string{folder}
	}
	if t := x.date(it, it.Saved); !t.IsZero() {
		m.Extra = append(m.Extra, article.Field{Key: "saved", Value: t.Format(time.RFC3339)})
	}
	if s := fold(it.State); s != "" {
		m.Extra = append(m.Extra, article.Field{Key: "state", Value: s})
	}
	if it.Notes > 0 {
		x.issue(it, article.Info, "notes", fmt.Sprintf("the reader's own remarks: %d", it.Notes), "left out")
	}
	if it.Broken != nil {
		x.issue(it, article.Loss, "text", "its text cannot be read: "+it.Broken.Error(), "left to the page at its address")
	}
	if it.HTML == "" {
		return &article.Document{Meta: m, Extent: article.Listed}, nil
	}
	if u := Address(it.Picture); u != "" {
		m.Lead = &article.Image{Src: u}
	}
	p := tree.Page{Input: source.Input{Base: address}, Meta: m, Text: []byte(it.HTML), Lines: []int{it.Line}, Left: x.Left}
	name := cmp.Or(it.input, x.Input.Name)
	if it.File != "" {
		p.Lines, name = nil, it.File
		var err error
		if p.Text, err = charset.Decode(p.Text, "", x.Options.Limit(), func(i article.Issue) { x.report(name, i) }); err != nil {
			return nil, err
		}
	}
	return tree.Build(p, x.Options, func(i article.Issue) { x.report(name, i) })
}

// date reads a date; zero: there is none.
func (x *Export) date(it Item, s string) time.Time {
	if s = strings.TrimSpace(s); s == "" || s == "0" {
		return time.Time{}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 && n < 1<<40 {
		return time.Unix(n, 0).UTC()
	}
	t, _, err := date.Parse(s, x.Options.Zone)
	if err != nil {
		x.issue(it, article.Warning, "date", fmt.Sprintf("%q is no date that can be read", s), "no date")
	}
	return t
}

// text returns the text that data, the input or a file in it, is in UTF-8.
func (x *Export) text(data []byte) (string, error) {
	b, err := charset.Decode(data, x.Input.Type, x.Options.Limit(), func(i article.Issue) { x.report(x.Input.Name, i) })
	return string(b), err
}

// Files yields the items of files of the input, one file after the other, as items
// finds them in the bytes of each.
func (x *Export) Files(names []string, items func(x *Export, name string, data []byte) Items) Items {
	return func(yield func(Item, error) bool) {
		for _, name := range names {
			data, err := x.Input.ReadFile(name, x.Options.Limit())
			if err != nil {
				yield(Item{}, err)
				return
			}
			part := *x
			part.Input.Name += "/" + name
			for it, err := range items(&part, name, data) {
				it.input = part.Input.Name
				if !yield(it, err) || err != nil {
					return
				}
			}
		}
	}
}

// Address returns the address of the web that s is; "" where it is none.
func Address(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}

// Plain returns what a field with characters of HTML in it says.
func Plain(s string) string { return fold(html.UnescapeString(s)) }

func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

func folded(list []string) []string {
	var out []string
	for _, s := range list {
		if s = fold(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
