//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
)

// library looks at the library as reading programs do, at a time when nothing is due.
func (w *household) library(now time.Time) {
	w.Helper()
	// The catalogue beside the books needs no server.
	for name, want := range map[string]int{"shelf/opds.xml": 8, "tray/opds.xml": 3} {
		feed, err := gofeed.NewParser().ParseString(w.read(name))
		if err != nil || len(feed.Items) != want {
			w.Errorf("%s: %v, %+v", name, err, feed)
			continue
		}
		for _, item := range feed.Items {
			if _, err := os.Stat(w.path(path.Join(path.Dir(name), acquisition(item.Links)))); err != nil {
				w.Errorf("%s: %s: %v", name, item.Title, err)
			}
		}
	}
	p := open(w.T, w.workbench, "--now", now.Format(time.RFC3339))
	(&browser{p, w, "KOReader/2026.03 (https://koreader.rocks/) LuaSocket/3.0", ""}).koreader()
	(&browser{p, w, "readium-desktop/3.1", "application/opds+json,application/opds-publication+json;q=0.9,application/atom+xml;q=0.8"}).thorium()
	if code := p.end(); code != exitOK {
		w.Errorf("serve: exit code %d", code)
	}
}

// acquisition returns the link to an EPUB.
func acquisition(links []string) string {
	for _, l := range links {
		if u, err := url.Parse(l); err == nil && strings.HasSuffix(u.Path, ".epub") {
			p, _ := url.PathUnescape(l)
			return p
		}
	}
	return ""
}

// browser is a reading program before the library.
type browser struct {
	*bookshop
	world         *household
	agent, accept string
}

// get asks for an address.
func (b *browser) get(address string) (*http.Response, []byte) {
	b.Helper()
	header := []string{"User-Agent", b.agent}
	if b.accept != "" {
		header = append(header, "Accept", b.accept)
	}
	path, ok := strings.CutPrefix(address, b.address)
	if !ok {
		b.T.Fatalf("%s is not in the library", address)
	}
	res, body := b.bookshop.get(http.MethodGet, path, header...)
	return res, []byte(body)
}

// resolve returns where a link leads.
func (b *browser) resolve(base, href string) string {
	b.Helper()
	u, err := url.Parse(base)
	if err == nil {
		u, err = u.Parse(href)
	}
	if err != nil {
		b.T.Fatal(err)
	}
	return u.String()
}

// koreader browses as KOReader does: from the root down by links of Atom, page by page,
// then it searches, looks at covers and gets books.
func (b *browser) koreader() {
	b.Helper()
	at := b.address
	open := func(address string) *atom.Feed {
		b.Helper()
		resp, body := b.get(address)
		kind := resp.Header.Get("Content-Type")
		if resp.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "application/atom+xml") || !strings.Contains(kind, "profile=opds-catalog") {
			b.T.Fatalf("%s: %s, %s", address, resp.Status, kind)
		}
		feed, err := new(atom.Parser).Parse(bytes.NewReader(body))
		if err != nil || feed.ID == "" || feed.Title == "" || feed.UpdatedParsed == nil {
			b.T.Fatalf("%s: %v\n%s", address, err, body)
		}
		return feed
	}
	link := func(links []*atom.Link, base, rel, kind string) string {
		for _, l := range links {
			if strings.HasPrefix(l.Rel, rel) && strings.HasPrefix(l.Type, kind) {
				return b.resolve(base, l.Href)
			}
		}
		return ""
	}
	root := open(at + "/opds")
	got := map[string]int{}
	for _, shelf := range root.Entries {
		for next := link(shelf.Links, at+"/opds", "", "application/atom+xml"); next != ""; {
			feed := open(next)
			for _, e := range feed.Entries {
				got[shelf.Title]++
				file := link(e.Links, next, "http://opds-spec.org/acquisition", "application/epub+zip")
				resp, body := b.get(file)
				if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/epub+zip" || !b.world.isBook(body) {
					b.Errorf("%s of %s: %s, %d bytes of %s", file, e.Title, resp.Status, len(body), resp.Header.Get("Content-Type"))
				}
				cover := link(e.Links, next, "http://opds-spec.org/image", "image/")
				if resp, body := b.get(cover); resp.StatusCode != http.StatusOK || http.DetectContentType(body) != resp.Header.Get("Content-Type") {
					b.Errorf("the cover of %s: %s, %s", e.Title, resp.Status, resp.Header.Get("Content-Type"))
				}
			}
			next = link(feed.Links, next, "next", "")
		}
	}
	if got["weekly"]+got["一周"] != 8 || got["brief"]+got["简报"] != 7 {
		b.Errorf("on the shelves: %v", got)
	}
	search := link(root.Links, at+"/opds", "search", "application/opensearchdescription+xml")
	_, body := b.get(search)
	var description struct {
		URL []struct {
			Type     string `xml:"type,attr"`
			Template string `xml:"template,attr"`
		} `xml:"Url"`
	}
	if err := xml.Unmarshal(body, &description); err != nil || len(description.URL) == 0 {
		b.T.Fatalf("%s: %v\n%s", search, err, body)
	}
	words := strings.Replace(description.URL[0].Template, "{searchTerms}", url.QueryEscape("第 3 期"), 1)
	if found := open(words); len(found.Entries) == 0 || !strings.Contains(found.Entries[0].Title, "第 3 期") {
		b.Errorf("%s: %d found", words, len(found.Entries))
	}
}

// isBook tells whether bytes are one of the books.
func (w *household) isBook(b []byte) bool {
	books, _ := filepath.Glob(w.path("books/*.epub"))
	return slices.ContainsFunc(books, func(name string) bool {
		want, err := os.ReadFile(name)
		return err == nil && bytes.Equal(b, want)
	})
}

// opds2 is what Thorium reads of a catalogue of OPDS 2.0.
type opds2 struct {
	Metadata   struct{ Title string }
	Links      []opds2Link
	Navigation []opds2Link
	Groups     []struct { // whose link self leads to all of one
		Links        []opds2Link
		Publications []opds2Book
	}
	Publications []opds2Book
}

type opds2Link struct {
	Rel, Href, Type, Title string
	Templated              bool
}

type opds2Book struct {
	Metadata struct {
		Type  string `json:"@type"`
		Title string
	}
	Links, Images []opds2Link
}

// thorium browses as Thorium does, by OPDS 2.0.
func (b *browser) thorium() {
	b.Helper()
	open := func(address string) (c opds2) {
		b.Helper()
		resp, body := b.get(address)
		if err := json.Unmarshal(body, &c); err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/opds+json" || c.Metadata.Title == "" {
			b.T.Fatalf("%s: %s, %v\n%.300s", address, resp.Status, err, body)
		}
		if !slices.ContainsFunc(c.Links, func(l opds2Link) bool { return l.Rel == "self" }) || c.Navigation == nil && c.Groups == nil && c.Publications == nil {
			b.Errorf("%s: not as OPDS 2.0 wants it\n%.300s", address, body)
		}
		return c
	}
	n := 0
	var walk func(address string)
	seen := map[string]bool{}
	walk = func(address string) {
		if seen[address] {
			return
		}
		seen[address] = true
		c := open(address)
		for _, p := range c.Publications {
			n++
			i := slices.IndexFunc(p.Links, func(l opds2Link) bool {
				return strings.HasPrefix(l.Rel, "http://opds-spec.org/acquisition") && l.Type == "application/epub+zip"
			})
			if i < 0 || p.Metadata.Title == "" || !strings.HasPrefix(p.Metadata.Type, "http://schema.org/") || len(p.Images) == 0 {
				b.Errorf("%+v", p)
				continue
			}
			if _, body := b.get(b.resolve(address, p.Links[i].Href)); !b.world.isBook(body) {
				b.Errorf("%s: %d bytes, no book", p.Links[i].Href, len(body))
			}
		}
		links := slices.Concat(c.Navigation, c.Links)
		for _, g := range c.Groups {
			links = append(links, g.Links...)
		}
		for _, l := range links {
			if l.Rel == "search" && !l.Templated {
				b.Errorf("search: %+v", l)
			}
			if (l.Rel == "next" || l.Rel == "subsection" || l.Rel == "self") && l.Type == "application/opds+json" {
				walk(b.resolve(address, l.Href))
			}
		}
	}
	walk(b.address + "/opds/v2")
	if n != 15 {
		b.Errorf("%d publications", n)
	}
}
