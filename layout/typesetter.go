package layout

import (
	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/media"
)

// Options are how a book is to look. The zero value sets A5 pages in serif.
type Options struct{}

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

// Typesetter sets the chapters of one book in their order.
type Typesetter struct{}

// New returns a typesetter.
func New(o Options, set *fonts.Set, assets Assets, report func(article.Issue)) (*Typesetter, error) {
	panic("to be written")
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
