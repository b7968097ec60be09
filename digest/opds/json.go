package opds

import (
	"cmp"
	"encoding/json"
	"io"
	"time"
)

// WriteJSON writes a feed of OPDS 2.0. Shelves that show publications are groups, the
// others navigation.
func WriteJSON(w io.Writer, c Catalog) error {
	f := feed{Metadata: feedMetadata{
		Identifier: address(c.ID), Title: c.Title, Subtitle: c.Subtitle, Modified: date(c.Updated),
		NumberOfItems: c.Total, ItemsPerPage: c.PerPage, CurrentPage: c.Page,
	}}
	f.Links = links(
		link{Rel: "self", Href: c.Self, Type: JSONType},
		link{Rel: "start", Href: c.Start.Href, Type: JSONType, Title: c.Start.Title},
		link{Rel: "up", Href: c.Up.Href, Type: JSONType, Title: c.Up.Title},
		link{Rel: "first", Href: c.First, Type: JSONType},
		link{Rel: "previous", Href: c.Previous, Type: JSONType},
		link{Rel: "next", Href: c.Next, Type: JSONType},
		link{Rel: "last", Href: c.Last, Type: JSONType},
		link{Rel: "search", Href: c.Search, Type: JSONType, Templated: true},
		link{Rel: "alternate", Href: c.Alternate, Type: c.Kind().atomType()},
		link{Rel: "icon", Href: c.Icon},
	)
	for _, s := range c.Shelves {
		if len(s.Publications) == 0 {
			n := link{Rel: "subsection", Href: address(s.Href), Type: JSONType, Title: s.Title}
			if s.Count > 0 {
				n.Properties = &properties{NumberOfItems: s.Count}
			}
			f.Navigation = append(f.Navigation, n)
			continue
		}
		f.Groups = append(f.Groups, group{
			Metadata: feedMetadata{
				Identifier: address(s.ID), Title: s.Title, Description: s.Summary, Modified: date(s.Updated), NumberOfItems: s.Count,
			},
			Links:        links(link{Rel: "self", Href: s.Href, Type: JSONType}),
			Publications: publications(s.Publications),
		})
	}
	f.Publications = publications(c.Publications)
	if len(c.Shelves) == 0 && len(c.Publications) == 0 {
		// A feed has a collection, and none is empty (OPDS 2.0 §1.1 and its schema): what
		// holds nothing leads back.
		back := cmp.Or(c.Up, c.Start, Ref{Href: c.Self})
		f.Navigation = []link{{Href: address(back.Href), Type: JSONType, Title: cmp.Or(back.Title, c.Title)}}
	}
	return write(w, f)
}

// WritePublication writes one publication as OPDS 2.0 has it, a document of
// PublicationType.
func WritePublication(w io.Writer, p Publication) error {
	return write(w, publicationOf(&p))
}

func write(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type feed struct {
	Metadata     feedMetadata  `json:"metadata"`
	Links        []link        `json:"links"`
	Navigation   []link        `json:"navigation,omitempty"`
	Groups       []group       `json:"groups,omitempty"`
	Publications []publication `json:"publications,omitempty"`
}

type feedMetadata struct {
	Identifier    string `json:"identifier,omitempty"`
	Title         string `json:"title"`
	Subtitle      string `json:"subtitle,omitempty"`
	Description   string `json:"description,omitempty"`
	Modified      string `json:"modified,omitempty"`
	NumberOfItems int    `json:"numberOfItems,omitempty"`
	ItemsPerPage  int    `json:"itemsPerPage,omitempty"`
	CurrentPage   int    `json:"currentPage,omitempty"`
}

type group struct {
	Metadata     feedMetadata  `json:"metadata"`
	Links        []link        `json:"links"`
	Publications []publication `json:"publications"`
}

type link struct {
	Rel        string      `json:"rel,omitempty"`
	Href       string      `json:"href"`
	Type       string      `json:"type,omitempty"`
	Templated  bool        `json:"templated,omitempty"`
	Title      string      `json:"title,omitempty"`
	Size       int64       `json:"size,omitempty"`
	Width      int         `json:"width,omitempty"`
	Height     int         `json:"height,omitempty"`
	Properties *properties `json:"properties,omitempty"`
}

type properties struct {
	NumberOfItems int `json:"numberOfItems"`
}

type publication struct {
	Metadata metadata `json:"metadata"`
	Links    []link   `json:"links"`
	Images   []link   `json:"images,omitempty"`
}

type metadata struct {
	Type        string   `json:"@type"`
	Identifier  string   `json:"identifier,omitempty"`
	Title       string   `json:"title"`
	Author      []string `json:"author,omitempty"`
	Language    string   `json:"language,omitempty"`
	Published   string   `json:"published,omitempty"`
	Modified    string   `json:"modified,omitempty"`
	Description string   `json:"description,omitempty"`
	Subject     []string `json:"subject,omitempty"`
	BelongsTo   *belongs `json:"belongsTo,omitempty"`
}

type belongs struct {
	Series series `json:"series"`
}

type series struct {
	Name     string `json:"name"`
	Position int    `json:"position,omitempty"`
}

func publications(list []Publication) []publication {
	out := make([]publication, len(list))
	for i := range list {
		out[i] = publicationOf(&list[i])
	}
	return out
}

func publicationOf(p *Publication) publication {
	out := publication{Metadata: metadata{
		Type:       "http://schema.org/Book",
		Identifier: address(p.ID), Title: p.Title, Author: p.Authors, Language: p.Lang,
		Published: date(p.Issued), Modified: date(p.Updated),
		Description: p.Summary, Subject: p.Categories,
	}}
	if p.Series != "" {
		out.Metadata.BelongsTo = &belongs{series{p.Series, p.Number}}
	}
	out.Links = links(
		link{Rel: "self", Href: p.Self, Type: PublicationType},
		link{Rel: "alternate", Href: p.Page, Type: "text/html"},
	)
	for _, f := range p.Files {
		out.Links = append(out.Links, link{Rel: acquisition, Href: address(f.Href), Type: f.Type, Title: f.Title, Size: f.Bytes})
	}
	out.Images = links(
		link{Rel: "cover", Href: p.Cover.Href, Type: p.Cover.Type, Width: p.Cover.Width, Height: p.Cover.Height},
		link{Href: p.Thumbnail.Href, Type: p.Thumbnail.Type, Width: p.Thumbnail.Width, Height: p.Thumbnail.Height},
	)
	return out
}

// links returns those that lead somewhere, with addresses as they are written.
func links(list ...link) []link {
	out := []link{}
	for _, l := range list {
		switch {
		case l.Href == "":
			continue
		case l.Templated:
			l.Href = template(l.Href)
		default:
			l.Href = address(l.Href)
		}
		out = append(out, l)
	}
	return out
}

// date is stamp, and nothing for no time.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}
