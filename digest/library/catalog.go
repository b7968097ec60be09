package library

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/digest/opds"
)

// version is which of the two forms of OPDS a request is for: everything below
// /opds/v2 is the second one.
func (v *view) second() bool {
	return v.r.URL.Path == "/opds/v2" || strings.HasPrefix(v.r.URL.Path, "/opds/v2/")
}

// shelf is the address of a catalogue in a form.
func (v *view) shelf(second bool, path string) string {
	if second {
		return v.to("/opds/v2" + path)
	}
	return v.to("/opds" + path)
}

// send answers with a catalogue.
func (v *view) catalogue(w http.ResponseWriter, c opds.Catalog, path string) error {
	second := v.second()
	c.Self, c.Alternate = v.shelf(second, path), v.shelf(!second, path)
	c.Start = opds.Ref{Href: v.shelf(second, ""), Title: v.title, Kind: v.rootKind()}
	c.Author, c.Icon = v.title, v.to("/icon.svg")
	c.Search = v.to("/opensearch.xml")
	write, mediaType := opds.WriteAtom, atomType(c)
	if second {
		c.Search = v.to("/opds/v2/search{?query}")
		write, mediaType = opds.WriteJSON, opds.JSONType
	}
	return v.written(w, mediaType, func(w io.Writer) error { return write(w, c) })
}

// written answers with what f writes.
func (v *view) written(w http.ResponseWriter, mediaType string, f func(io.Writer) error) error {
	var b bytes.Buffer
	if err := f(&b); err != nil {
		return err
	}
	w.Header().Add("Vary", "Accept-Language")
	serve(w, v.r, mediaType, b.Bytes())
	return nil
}

func atomType(c opds.Catalog) string {
	if c.Kind() == opds.Navigation {
		return opds.NavigationType
	}
	return opds.AcquisitionType
}

// rootKind is what the first catalogue holds.
func (v *view) rootKind() opds.Kind {
	if len(v.Config.Digests) > 0 {
		return opds.Navigation
	}
	return opds.Acquisition
}

// opdsRoot is the first catalogue: a shelf for each digest.
func (v *view) opdsRoot(w http.ResponseWriter) error {
	c := opds.Catalog{ID: opds.ID("library", v.title), Title: v.title}
	for n := range v.Config.Digests {
		d := &v.Config.Digests[n]
		list, _, err := v.issues(d.Name, 0, 1)
		if err != nil {
			return err
		}
		s := opds.Shelf{
			ID: opds.ID("digest", d.Name), Title: heading(d), Summary: v.noIssue,
			Href: v.shelf(v.second(), "/digest/"+url.PathEscape(d.Name)), Kind: opds.Acquisition,
		}
		for _, i := range list {
			s.Updated = i.changed()
			s.Summary = v.newest + v.Colon + i.title()
			p, err := v.publication(i)
			if err != nil {
				return err
			}
			s.Publications = append(s.Publications, p)
		}
		c.Updated = later(c.Updated, s.Updated)
		c.Shelves = append(c.Shelves, s)
	}
	return v.catalogue(w, c, "")
}

// opdsDigest is the catalogue of a digest: its issues, page by page.
func (v *view) opdsDigest(w http.ResponseWriter) error {
	name := v.r.PathValue("name")
	before := v.before()
	list, more, err := v.issues(name, before, perPage)
	if err != nil {
		return err
	}
	d := v.Config.Digest(name)
	if d == nil && len(list) == 0 {
		return errNotFound
	}
	title := name
	if d != nil {
		title = heading(d)
	}
	path := "/digest/" + url.PathEscape(name)
	c := opds.Catalog{ID: opds.ID("digest", name), Title: title, First: v.shelf(v.second(), path)}
	if more {
		c.Next = v.shelf(v.second(), path+"?before="+last(list))
	}
	if before != 0 {
		path += "?before=" + strconv.FormatInt(before, 10)
	}
	return v.acquisition(w, c, list, path)
}

// opdsSearch is the catalogue of what was found.
func (v *view) opdsSearch(w http.ResponseWriter) error {
	name := "q"
	if v.second() {
		name = "query"
	}
	q := strings.TrimSpace(v.r.URL.Query().Get(name))
	list, err := v.found(q)
	if err != nil {
		return err
	}
	c := opds.Catalog{ID: opds.ID("search", q), Title: fmt.Sprintf(v.resultsFor, q)}
	return v.acquisition(w, c, list, "/search?"+name+"="+url.QueryEscape(q))
}

// acquisition answers with a catalogue of issues.
func (v *view) acquisition(w http.ResponseWriter, c opds.Catalog, list []*issue, path string) error {
	c.Up = opds.Ref{Href: v.shelf(v.second(), ""), Title: v.title, Kind: v.rootKind()}
	c.PerPage = perPage
	for _, i := range list {
		p, err := v.publication(i)
		if err != nil {
			return err
		}
		c.Publications = append(c.Publications, p)
		c.Updated = later(c.Updated, i.changed())
	}
	return v.catalogue(w, c, path)
}

// opdsIssue is one issue as OPDS 2.0 has it.
func (v *view) opdsIssue(w http.ResponseWriter) error {
	n, err := v.number("run")
	if err != nil {
		return err
	}
	i, err := v.published(n)
	if err != nil {
		return err
	}
	p, err := v.publication(i)
	if err != nil {
		return err
	}
	return v.written(w, opds.PublicationType, func(w io.Writer) error { return opds.WritePublication(w, p) })
}

// publication describes an issue for reading programs.
func (v *view) publication(i *issue) (opds.Publication, error) {
	p := opds.Publication{
		ID: opds.ID("issue", i.Run.Digest, i.Slot), Title: i.title(), Authors: []string{i.name()}, Lang: i.Lang,
		Issued: i.At, Updated: i.changed(), Summary: join(v.window(i), v.count(i)),
		Series: i.name(), Number: i.Number,
		Self: v.to(fmt.Sprintf("/opds/v2/issue/%d", i.ID)), Page: v.toIssue(i.ID),
	}
	for _, o := range i.Outputs {
		title := strings.ToUpper(extension(o))
		if o.Volumes > 1 {
			title += fmt.Sprintf(" %d/%d", o.Volume, o.Volumes)
		}
		p.Files = append(p.Files, opds.File{Href: v.toFile(i, o), Type: mediaType(o), Title: title, Bytes: o.Bytes})
	}
	if key := i.coverKey(); key != "" {
		t, err := v.coverType(key)
		if err != nil {
			return p, err
		}
		if t != "" {
			p.Cover = opds.Image{Href: v.toCover(i, "large"), Type: t}
			p.Thumbnail = opds.Image{Href: v.toCover(i, "small"), Type: "image/jpeg"}
		}
	}
	return p, nil
}

// changed is when an issue or what is said of it changed last.
func (i *issue) changed() time.Time {
	return later(later(i.At, i.Finished), i.Updated)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// coverType is the type of a cover; empty where it is none, or there is none any more.
func (v *view) coverType(key string) (string, error) {
	b, err := v.Blobs.Open(v.ctx(), key)
	if errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrDamaged) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer b.Close()
	var head [16]byte
	n, _ := io.ReadFull(b, head[:])
	if t := pictureType(head[:n]); t != noPicture {
		return t, nil
	}
	return "", nil
}

// openSearch describes the search to browsers and reading programs.
func (v *view) openSearch(w http.ResponseWriter) error {
	name := []rune(v.title)
	return v.written(w, opds.SearchType, func(w io.Writer) error {
		return opds.WriteSearch(w, opds.Search{
			Name: string(name[:min(len(name), 16)]), Description: v.title + v.Colon + v.phrases.search,
			Template: v.from() + v.to("/opds/search?q={searchTerms}"),
			Icon:     v.from() + v.to("/icon.svg"),
		})
	})
}

// from is scheme and host of this site, as who asks knows it.
func (v *view) from() string {
	if v.origin != "" {
		return v.origin
	}
	if v.r.TLS != nil {
		return "https://" + v.r.Host
	}
	return "http://" + v.r.Host
}
