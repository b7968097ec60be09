package layout

import (
	"fmt"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/media"
)

// Assets says what is known of a picture; media.Store does. It may be a Slicer.
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
	Volume, Volumes       int // which of how many volumes it is; 0: the book is whole
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
	name   string      // of the chapter being set, for issues
	pos    article.Pos // of the block being set, for issues
	lines  lineSetter
	search search

	chapters int // set so far
	pages    int // body pages made so far
	outline  []OutlineEntry
	part     []string  // of the chapter before
	level    int       // of the chapter in the outline
	levels   []int     // of the headings that are open
	opened   []int     // entries that lead to the chapter's opening
	lang     string    // of the first chapter
	open     *openPage // that the next chapter may go on on
}

// New returns a typesetter. It fails where o leaves no room for text and where set
// has no face.
// Report receives what was worked around; nil drops it.
func New(o Options, set *fonts.Set, assets Assets, report func(article.Issue)) (*Typesetter, error) {
	g, err := o.geometry()
	if err != nil {
		return nil, err
	}
	if err := set.Err(); err != nil {
		return nil, fmt.Errorf("layout: %w", err)
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
	if i.Pos == (article.Pos{}) {
		i.Pos = t.pos
	}
	t.report(i)
}

// Outline returns the entries of the contents so far, in reading order.
func (t *Typesetter) Outline() []OutlineEntry { return t.outline }

// Chapter sets one article and emits the pages that are complete.
func (t *Typesetter) Chapter(c Chapter, emit func(*Page) error) error {
	if c.Document == nil {
		return fmt.Errorf("layout: chapter %q without a document", c.Name)
	}
	t.name, t.pos = c.Name, article.Pos{}
	t.chapters++
	cm := newComposer(t, c)
	if t.lang == "" {
		t.lang = cm.lang
	}
	cm.article(c)
	return t.setPages(cm, emit)
}
