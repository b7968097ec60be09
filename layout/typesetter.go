package layout

import (
	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/media"
)

// Assets says what is known of a picture; media.Store does.
type Assets interface {
	Stat(key string) (media.Asset, error)
}

// Chapter is one article to be set.
type Chapter struct {
	Document *article.Document
	Part     []string // parts it stands in, outermost first
	Name     string   // what issues call it
}

// CoverText is what stands on a cover.
type CoverText struct {
	Title, Subtitle, Lang string
	Dates                 string // "2021-08-01 – 2021-08-07"
	Articles              int
	Headlines             []string
	Pictures              []string // keys of lead pictures
}

// Typesetter sets the chapters of one book in their order. It is for one
// goroutine.
type Typesetter struct {
	o      Options
	geo    geometry
	set    *fonts.Set
	assets Assets
	report func(article.Issue)
	name   string // of the chapter being set, for issues
	lines  lineSetter
}

// New returns a typesetter. It fails where o leaves no room for text.
// Report receives what was worked around; nil drops it.
func New(o Options, set *fonts.Set, assets Assets, report func(article.Issue)) (*Typesetter, error) {
	g, err := o.geometry()
	if err != nil {
		return nil, err
	}
	if report == nil {
		report = func(article.Issue) {}
	}
	if o.Lang == "" {
		o.Lang = "und"
	}
	return &Typesetter{o: o, geo: g, set: set, assets: assets, report: report}, nil
}

// issue reports i as of the chapter being set.
func (t *Typesetter) issue(i article.Issue) {
	i.Article = t.name
	t.report(i)
}

// Chapter sets one article and emits the pages that are complete.
func (t *Typesetter) Chapter(c Chapter, emit func(*Page) error) error { panic("to be written") }

// Finish emits what is left of the last page.
func (t *Typesetter) Finish(emit func(*Page) error) error { panic("to be written") }

// Outline returns the entries of the contents so far, in reading order.
func (t *Typesetter) Outline() []OutlineEntry { panic("to be written") }

// Contents emits the contents pages. Call it after Finish.
func (t *Typesetter) Contents(emit func(*Page) error) error { panic("to be written") }

// Cover emits the cover page. It needs no chapter.
func (t *Typesetter) Cover(c CoverText, emit func(*Page) error) error { panic("to be written") }
