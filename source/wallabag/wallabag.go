// Package wallabag reads the JSON that wallabag exports: articles with their text.
// An entry whose text wallabag could not get is an excerpt that has nothing but an
// address.
package wallabag

import (
	"iter"
	"regexp"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/readlater"
)

// Reader reads exports of wallabag. The zero value is good.
type Reader struct {
	Options source.Options

	left func(string) // see tree.Page
}

var _ source.Reader = Reader{}

// Name implements source.Reader.
func (Reader) Name() string { return "wallabag" }

// Match tells whether in is an export: an array of objects with the fields that
// only wallabag has, or one such object.
func (Reader) Match(in source.Input) bool {
	return readlater.HasKeys(in.Data, "is_archived", "url") || readlater.HasKeys(in.Data, "domain_name", "url")
}

type entry struct {
	ID             readlater.Text  `json:"id"`
	UID            readlater.Text  `json:"uid"`
	Title          readlater.Text  `json:"title"`
	URL            readlater.Text  `json:"url"`
	GivenURL       readlater.Text  `json:"given_url"`
	Content        readlater.Text  `json:"content"`
	Archived       readlater.Text  `json:"is_archived"`
	Starred        readlater.Text  `json:"is_starred"`
	Tags           readlater.Texts `json:"tags"`
	Created        readlater.Text  `json:"created_at"`
	Published      readlater.Text  `json:"published_at"`
	PublishedBy    readlater.Texts `json:"published_by"`
	Language       readlater.Text  `json:"language"`
	Domain         readlater.Text  `json:"domain_name"`
	PreviewPicture readlater.Text  `json:"preview_picture"`
	Annotations    []any           `json:"annotations"`
}

// Read implements source.Reader. It yields a document for each entry.
func (r Reader) Read(in source.Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	x := &readlater.Export{Format: "wallabag", Input: in, Options: r.Options, Report: report, Left: r.left}
	return x.Read(readlater.Objects(x, in.Data, item))
}

// failed is what wallabag writes where it got no text.
var failed = regexp.MustCompile(`(?i)^\s*(?:<[^>]*>\s*)*wallabag can.?t retrieve contents for this article`)

func item(e entry) readlater.Item {
	it := readlater.Item{ID: string(e.UID), URL: string(e.URL), Title: readlater.Plain(string(e.Title)), Authors: e.PublishedBy, Publisher: string(e.Domain),
		Lang: strings.ReplaceAll(string(e.Language), "_", "-"), Picture: string(e.PreviewPicture), Published: string(e.Published), Saved: string(e.Created), State: "unread", Tags: e.Tags, HTML: string(e.Content), Notes: len(e.Annotations)}
	if it.URL == "" {
		it.URL = string(e.GivenURL)
	}
	if e.Archived == "1" || e.Archived == "true" {
		it.State = "archive"
	}
	if e.Starred == "1" || e.Starred == "true" {
		it.State += ", starred"
	}
	if failed.MatchString(it.HTML) {
		it.HTML = ""
	}
	return it
}
