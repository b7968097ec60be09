package press

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/redact"
	"github.com/leporello-press/leporello/media"
)

// Schema names the form of the report. Fields may be added under the same name;
// none changes its meaning.
const Schema = "leporello.report/1"

// Report is what became of a run.
type Report struct {
	Schema string `json:"schema"`
	Tool   string `json:"tool,omitempty"`
	Status Status `json:"status"`
	Error  string `json:"error,omitempty"` // why there is no book
	Title  string `json:"title,omitempty"`
	Lang   string `json:"lang,omitempty"`

	Articles Articles       `json:"articles"`
	Images   Images         `json:"images"`
	Outputs  []OutputReport `json:"outputs"` // those that were finished
	Problems []Problem      `json:"problems"`
	// Hints are what a person may do to get what is missing.
	Hints []string `json:"hints,omitempty"`
	// MoreProblems counts those that the list was too short for.
	MoreProblems int `json:"more_problems,omitempty"`
	// Pictures has every picture that was asked for, where Options.EachPicture is
	// set, and MorePictures counts those that the list was too short for.
	Pictures     []PictureReport `json:"pictures,omitempty"`
	MorePictures int             `json:"more_pictures,omitempty"`

	Timing Timing `json:"timing"`

	// Of all problems, also those that are not listed.
	lostText, missingGlyphs, warnings, frontMatter int
	losses                                         map[string]int // by code
}

// Recount counts the problems of a report that was read from JSON, so that Losses and
// Exceeds tell what they did when it was written, but for problems that the list was
// too short for.
func (r *Report) Recount() {
	r.lostText, r.missingGlyphs, r.warnings, r.frontMatter, r.losses = 0, 0, 0, 0, nil
	for _, p := range r.Problems {
		r.count(p.Issue())
	}
}

// Status says in one word how a run ended.
type Status string

// The states of a finished run.
const (
	Complete Status = "complete" // nothing is lost
	Partial  Status = "partial"  // the books are made, something is missing in them
	Failed   Status = "failed"   // a book that was asked for is not made
)

// Articles counts the articles that were found by what became of them.
type Articles struct {
	Seen      int `json:"seen"`
	Used      int `json:"used"`
	TooOld    int `json:"too_old,omitempty"`
	TooNew    int `json:"too_new,omitempty"`
	Drafts    int `json:"drafts,omitempty"`
	Future    int `json:"future,omitempty"`
	Expired   int `json:"expired,omitempty"`
	OverLimit int `json:"over_limit,omitempty"`
	Failed    int `json:"failed"`
}

// Images counts pictures; one that an article shows twice counts once for it.
type Images struct {
	Wanted   int   `json:"wanted"`
	Embedded int   `json:"embedded"`
	Cached   int   `json:"cached"` // of the embedded ones
	Failed   int   `json:"failed"`
	Skipped  int   `json:"skipped"` // not to be embedded, or none to be seen
	BytesIn  int64 `json:"bytes_in"`
}

func (c *Images) add(p *picture) {
	c.BytesIn += p.bytes
	switch p.fate {
	case "": // nobody asked for it
		c.Wanted++
	case LeftOut:
		c.Skipped++
	case Missing:
		c.Wanted++
		c.Failed++
	case Stale, Cached:
		c.Wanted++
		c.Cached++
		c.Embedded++
	default:
		c.Wanted++
		c.Embedded++
	}
}

// PictureReport is what became of one picture of one article.
type PictureReport struct {
	Article  string           `json:"article"`
	Line     int              `json:"line,omitempty"`
	URL      string           `json:"url"`
	Fate     Fate             `json:"fate"`
	SHA256   string           `json:"sha256,omitempty"` // of the picture as it came; see PicturesMade
	Code     string           `json:"code,omitempty"`   // why it is missing, as in Problem without "image."
	Bytes    int64            `json:"bytes"`            // that came over the network
	Attempts []ProblemAttempt `json:"attempts,omitempty"`
}

// eachPicture lists the pictures in reading order, as far as limit allows.
func (r *run) eachPicture(limit int) {
	for _, rec := range r.chapters {
		for i := range rec.pictures {
			p := &rec.pictures[i]
			if p.fate == "" {
				continue
			}
			if len(r.report.Pictures) >= limit {
				r.report.MorePictures++
				continue
			}
			line := PictureReport{
				Article: redact.Address(rec.name), Line: p.pos.Line, URL: shorten(redact.Address(p.src)),
				Fate: p.fate, SHA256: p.key, Code: p.reason, Bytes: p.bytes,
			}
			if p.inline {
				line.URL = "data:…"
			}
			for _, a := range p.attempts {
				line.Attempts = append(line.Attempts, ProblemAttempt(a))
			}
			r.report.Pictures = append(r.report.Pictures, line)
		}
	}
}

// OutputReport is one book that was made.
type OutputReport struct {
	Path     string `json:"path"`
	Format   string `json:"format"`
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256"`
	Articles int    `json:"articles"`
	Pages    int    `json:"pages,omitempty"`
	// Volume is which of so many Volumes of the book it is; 0: it is whole.
	Volume  int `json:"volume,omitempty"`
	Volumes int `json:"volumes,omitempty"`
	// Reduced says what pictures gave up so that the book is no larger than asked for.
	Reduced  string       `json:"reduced,omitempty"`
	Pictures PicturesMade `json:"pictures,omitzero"`
	// MissingGlyphs are the characters that no font has, sorted.
	MissingGlyphs []MissingGlyph `json:"missing_glyphs,omitempty"`
}

// MissingGlyph is a character that stands as an empty box in a book.
type MissingGlyph struct {
	Char     string   `json:"char"`
	Code     string   `json:"code"`     // "U+20BB7"
	Articles []string `json:"articles"` // those it stands in, in their order, at most 100
	More     int      `json:"more,omitempty"`
}

// missingGlyphs gathers what a book has no glyphs for.
func missingGlyphs(issues []article.Issue) []MissingGlyph {
	const most = 100 // articles of a character
	found := map[string]*MissingGlyph{}
	for _, i := range issues {
		if i.Code != "glyph.missing" || i.Text == "" {
			continue
		}
		g := found[i.Text]
		if g == nil {
			r, _ := utf8.DecodeRuneInString(i.Text)
			g = &MissingGlyph{Char: i.Text, Code: fmt.Sprintf("U+%04X", r)}
			found[i.Text] = g
		}
		if len(g.Articles) < most {
			g.Articles = append(g.Articles, redact.Address(i.Article))
		} else {
			g.More++
		}
	}
	var list []MissingGlyph
	for _, c := range slices.Sorted(maps.Keys(found)) {
		list = append(list, *found[c])
	}
	return list
}

// PicturesMade is what became of the pictures of a book. One that is shown more
// than once counts once.
type PicturesMade struct {
	Shown     int   `json:"shown"`
	Derived   int   `json:"derived"`           // made from the original, which is of another size or type
	Sliced    int   `json:"sliced,omitempty"`  // of these, those that were cut into pieces
	Quality   int   `json:"quality,omitempty"` // of JPEGs that were written; 0: the usual
	BytesFrom int64 `json:"bytes_from"`        // of the originals
	BytesTo   int64 `json:"bytes_to"`
	// List are those that were derived, where Options.EachPicture is set; More counts
	// those that it was too short for.
	List []PictureMade `json:"list,omitempty"`
	More int           `json:"more,omitempty"`
}

// PictureMade is a picture that was made fit.
type PictureMade struct {
	From PictureFile   `json:"from"`
	To   []PictureFile `json:"to"` // pieces, from top to bottom
}

// PictureFile is what is known of the file of a picture.
type PictureFile struct {
	SHA256 string `json:"sha256"`
	Type   string `json:"type"`
	Width  int    `json:"width"` // pixels
	Height int    `json:"height"`
	Bytes  int64  `json:"bytes"`
}

func pictureFile(a media.Asset) PictureFile {
	return PictureFile{a.Key, a.Type.String(), a.Width, a.Height, a.Bytes}
}

// add adds a picture; the list becomes no longer than limit, which is 0 where none
// is wanted.
func (m *PicturesMade) add(from media.Asset, to []media.Asset, limit int) {
	m.Shown++
	m.BytesFrom += from.Bytes
	made := PictureMade{From: pictureFile(from)}
	for _, a := range to {
		m.BytesTo += a.Bytes
		made.To = append(made.To, pictureFile(a))
	}
	if len(to) == 1 && to[0].Key == from.Key {
		return
	}
	if m.Derived++; len(to) > 1 {
		m.Sliced++
	}
	switch {
	case len(m.List) < limit:
		m.List = append(m.List, made)
	case limit > 0:
		m.More++
	}
}

// Problem is an article.Issue as the report writes it.
type Problem struct {
	Severity string           `json:"severity"`
	Code     string           `json:"code"`
	Output   string           `json:"output,omitempty"` // which output met it; empty: all are the same
	Article  string           `json:"article,omitempty"`
	Line     int              `json:"line,omitempty"`
	Column   int              `json:"column,omitempty"`
	URL      string           `json:"url,omitempty"`
	Text     string           `json:"text,omitempty"` // the characters it is about
	Detail   string           `json:"detail,omitempty"`
	Attempts []ProblemAttempt `json:"attempts,omitempty"`
	Action   string           `json:"action,omitempty"`
}

// ProblemAttempt is an article.Attempt as the report writes it.
type ProblemAttempt struct {
	Referer string `json:"referer,omitempty"`
	Agent   string `json:"agent,omitempty"`
	Status  int    `json:"status,omitempty"`
	Bytes   int64  `json:"bytes,omitempty"`
	Final   string `json:"final,omitempty"`
	Error   string `json:"error,omitempty"`
}

// Timing holds the seconds that parts of the run took. Books are written from when
// the first pictures are there.
type Timing struct {
	Read     float64 `json:"read"`
	Pictures float64 `json:"pictures"` // until the last picture was there
	Write    float64 `json:"write"`    // what was left to do then
	Total    float64 `json:"total"`
}

// WriteJSON writes the report, indented.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

// ProblemOf is i as the report writes it, met by one output or, where that is empty,
// by all.
func ProblemOf(output string, i article.Issue) Problem {
	p := Problem{
		Severity: i.Severity.String(), Code: i.Code, Output: output, Article: redact.Address(i.Article),
		Line: i.Pos.Line, Column: i.Pos.Column, URL: shorten(redact.Address(i.URL)), Text: i.Text, Detail: redact.Text(i.Detail), Action: i.Action,
	}
	for _, a := range i.Attempts {
		p.Attempts = append(p.Attempts, ProblemAttempt(a))
	}
	return p
}

// shorten cuts an address that is longer than any real one (a data: address).
func shorten(s string) string {
	const most = 2048
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Issue returns the problem as the article.Issue it was made from.
func (p Problem) Issue() article.Issue {
	i := article.Issue{
		Code: p.Code, Article: p.Article, Pos: article.Pos{Line: p.Line, Column: p.Column},
		URL: p.URL, Text: p.Text, Detail: p.Detail, Action: p.Action,
	}
	for _, s := range []article.Severity{article.Info, article.Warning, article.Loss} {
		if s.String() == p.Severity {
			i.Severity = s
		}
	}
	for _, a := range p.Attempts {
		i.Attempts = append(i.Attempts, article.Attempt(a))
	}
	return i
}

// MissingGlyphs is how many characters no font has, counted once for each
// article.
func (r *Report) MissingGlyphs() int { return r.missingGlyphs }

// Warnings counts what shows in another form than its author meant, without
// missing glyphs.
func (r *Report) Warnings() int { return r.warnings }

// Loss is how often a book lacks something of one kind.
type Loss struct {
	Code string
	N    int
}

// Losses counts what is missing from the books by the codes of the issues,
// sorted, also of the problems that are not listed.
func (r *Report) Losses() []Loss {
	var list []Loss
	for code, n := range r.losses {
		list = append(list, Loss{code, n})
	}
	slices.SortFunc(list, func(a, b Loss) int { return strings.Compare(a.Code, b.Code) })
	return list
}

// FrontMatter tells whether an entry of metadata was repaired or lost.
func FrontMatter(i article.Issue) bool {
	return strings.HasPrefix(i.Code, "frontmatter.") && i.Severity >= article.Warning
}

// count counts an issue for the thresholds.
func (r *Report) count(i article.Issue) {
	if i.Severity == article.Loss {
		if r.losses == nil {
			r.losses = map[string]int{}
		}
		r.losses[i.Code]++
	}
	area, _, _ := strings.Cut(i.Code, ".")
	if FrontMatter(i) {
		r.frontMatter++
	}
	switch {
	case area == "glyph":
		r.missingGlyphs++
	case i.Severity == article.Warning:
		r.warnings++
	case area == "image" || area == "article" || area == "cover":
	case i.Severity == article.Loss:
		r.lostText++
	}
}
