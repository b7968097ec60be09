// Package article is the tree that every input is read into and every book is
// made from: what things are (headings, paragraphs, figures), never how they
// look. It decides the kinds of block and inline, their plain text and their
// written forms. It leaves parsing to source, styling to layout and the bytes
// of pictures to media.
package article

import "time"

// Document is one article: a news story, a post, a chapter.
// The zero value is an empty article without a title.
type Document struct {
	Meta   Meta
	Blocks []Block
	Extent Extent
	// Notes are the footnotes, in the order of their first reference. A NoteRef
	// names a note by its ID; a note that nothing names is still printed.
	Notes []Note
}

// Extent is how much of an article a document has.
type Extent uint8

const (
	// Whole: all of it.
	Whole Extent = iota
	// Excerpt: its beginning or a summary, which may be nothing; the article is at
	// Meta.URL.
	Excerpt
	// Listed: nothing; it is at Meta.URL, which someone kept in a list.
	Listed
)

// Note is a footnote or endnote.
type Note struct {
	Pos    Pos
	ID     string // unique in its document, also among the anchors of blocks
	Blocks []Block
}

// Meta is what is known of an article beside its body. Empty fields are
// unknown; none is invented.
type Meta struct {
	ID        string // the publisher's own identifier (guid), if it has one
	Title     string
	Subtitle  string
	Authors   []string
	Lang      string    // BCP 47: zh-Hans, zh-Hant-HK, ja, ko, en
	Published time.Time // in a fixed zone or UTC, so that equal dates are DeepEqual
	Updated   time.Time
	URL       string   // the address of the original
	Section   []string // the hierarchy of categories, outermost first
	Tags      []string
	Summary   string
	Lead      *Image // nil: none. A lead that is also the first picture of the body is nil here
	Publisher string // the site or periodical
	Extra     []Field
}

// Field is a key of the front matter that no field of Meta holds, with its
// source text. Meta.Extra keeps them in the order of the input.
type Field struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Pos is a place in an input: line and column counted from 1, the column in
// runes. Zero is unknown.
type Pos struct{ Line, Column int }

// Attr is what every block carries.
type Attr struct {
	Pos  Pos
	ID   string // the anchor that links name; unique in its document; empty: none
	Lang string // BCP 47; empty: the language of what surrounds it
}

// Position returns where the block began in its input.
func (a *Attr) Position() Pos { return a.Pos }

// Anchor returns the block's ID.
func (a *Attr) Anchor() string { return a.ID }

// settle takes away a language that is that of what surrounds the block, and returns
// the one that it has.
func (a *Attr) settle(outer string) string {
	if a.Lang == outer {
		a.Lang = ""
	}
	if a.Lang == "" {
		return outer
	}
	return a.Lang
}

// Language returns the block's own language; empty: that of what surrounds it.
func (a *Attr) Language() string { return a.Lang }

// Block is one of *Heading, *Paragraph, *List, *DefinitionList, *Quote, *Code,
// *Figure, *Table, *Rule and *Embed.
//
//sumtype:decl
type Block interface {
	Position() Pos
	Anchor() string
	Language() string
	settle(outer string) string
	block()
}

// Heading opens a section of the article.
type Heading struct {
	Attr
	Level   int // 2 to 6: level 1 is the article's title, which lives in Meta
	Inlines []Inline
}

// Paragraph is running text.
type Paragraph struct {
	Attr
	Align   Align // only where the author's alignment carries meaning (a signature, a verse)
	Inlines []Inline
}

// Align is where text stands in its measure.
type Align uint8

// The zero Align leaves it to the style: justified text, left-aligned cells.
const (
	AlignDefault Align = iota
	AlignStart
	AlignCenter
	AlignEnd
)

// List is a bulleted or, when Order is set, a numbered list.
type List struct {
	Attr
	Order *Order // nil: bullets
	Items []ListItem
}

// Order is how a numbered list counts.
type Order struct {
	Start    int // the number of the first item
	Style    NumberStyle
	Reversed bool // counts down
}

// NumberStyle is how the number of an item is written.
type NumberStyle uint8

// The number styles of HTML's ol element; Decimal is the zero value.
const (
	Decimal NumberStyle = iota
	LowerAlpha
	UpperAlpha
	LowerRoman
	UpperRoman
)

// ListItem is one item of a List.
type ListItem struct {
	Attr
	Task   Task
	Blocks []Block
}

// Task is the state of an item of a list of tasks.
type Task uint8

// NoTask is the state of an ordinary item.
const (
	NoTask Task = iota
	TaskOpen
	TaskDone
)

// DefinitionList pairs terms with what they mean.
type DefinitionList struct {
	Attr
	Entries []Definition
}

// Definition is one or more terms with one or more descriptions. Either may be
// missing in careless input.
type Definition struct {
	Terms        [][]Inline
	Descriptions [][]Block
}

// Quote is a quotation set as a block.
type Quote struct {
	Attr
	Cite   string // address of the quoted work; empty: unknown
	Blocks []Block
}

// Code is preformatted text: every space and line end counts.
type Code struct {
	Attr
	Syntax string // the language it is written in ("go"); empty: unknown
	Text   string // lines end in "\n", the last one in none
}

// Figure is a picture, or several that belong together, with a caption.
type Figure struct {
	Attr
	Images  []*Image // one at least
	Caption []Inline // empty: none
}

// Table is a table of data. Rows may be ragged; spans may reach past the edge:
// Grid gives the cells their columns.
type Table struct {
	Attr
	Caption []Inline
	Head    []Row // repeated when the table runs over a page
	Body    []Row
}

// Row is one row of a Table.
type Row struct{ Cells []Cell }

// Cell is one cell of a Row.
type Cell struct {
	Header  bool // th
	Scope   Scope
	ColSpan int // columns it covers; 0 is 1
	RowSpan int // rows it covers; 0 is 1
	Align   Align
	Blocks  []Block
}

// Scope says which cells a header cell is the header of.
type Scope uint8

// ScopeAuto: a header in the head is for its column, elsewhere for its row.
const (
	ScopeAuto Scope = iota
	ScopeColumn
	ScopeRow
)

// Rule is a thematic break.
type Rule struct{ Attr }

// Embed is something a book cannot hold, printed as its poster, title and link.
type Embed struct {
	Attr
	Kind   EmbedKind
	Src    string // its address
	Title  string // empty: unknown
	Poster *Image // nil: none
}

// EmbedKind is what an Embed stands for.
type EmbedKind uint8

// Frame is another page shown within the article (iframe, object).
const (
	Frame EmbedKind = iota
	Video
	Audio
)

func (*Heading) block()        {}
func (*Paragraph) block()      {}
func (*List) block()           {}
func (*DefinitionList) block() {}
func (*Quote) block()          {}
func (*Code) block()           {}
func (*Figure) block()         {}
func (*Table) block()          {}
func (*Rule) block()           {}
func (*Embed) block()          {}

// Inline is one of Run, LineBreak, *Ruby, *Image, *NoteRef and *Math.
//
//sumtype:decl
type Inline interface{ inline() }

// Run is text of one style. Runs are flat: a bold word within a link is a run
// whose style has both; two side by side are of one style only where Apart. White space in Text is folded: no line ends, no tabs,
// no two spaces in a row, except U+00A0 and U+3000, which are kept.
type Run struct {
	Text  string
	Style Style
}

// Style is what a run is, not how it looks. It compares with ==.
type Style struct {
	Marks Mark
	Link  string // an absolute address, or "#" and the ID of a block or note of the same document; empty: none
	Lang  string // BCP 47; empty: the language of the block
}

// Mark is a set of properties of a run.
type Mark uint16

// The marks. They may be combined at will.
const (
	Emphasis   Mark = 1 << iota // em, i, cite, dfn, var
	Strong                      // strong, b
	Mono                        // code, kbd, samp, tt
	Strike                      // s, del, strike
	Underline                   // u, ins
	Highlight                   // mark
	Super                       // sup
	Sub                         // sub
	Small                       // small
	ProperNoun                  // the line along the name of a person or place (专名号)
	BookTitle                   // the wavy line along the title of a work (书名号甲式)
	Warichu                     // a note set within the line, in two lines of half its size (割注, 双行夹注)
)

// Items are the marks that enclose one thing each: two runs of one style side by
// side are two names, two titles or two notes, each with a line of its own.
const Items = ProperNoun | BookTitle | Warichu

// Apart tells whether an item ends between two inlines that stand side by side.
func Apart(a, b Inline) bool {
	x, ok := a.(Run)
	y, both := b.(Run)
	return ok && both && x.Style == y.Style && x.Style.Marks&Items != 0
}

// LineBreak ends the line, not the paragraph.
type LineBreak struct{}

// Ruby is base text with its reading. One segment is group ruby; a segment a
// character is mono ruby; segments that belong to one word are jukugo ruby.
type Ruby struct {
	Style    Style
	Segments []RubySegment
}

// RubySegment is a piece of base text and what is set over it; Text may be
// empty where a word mixes annotated and plain characters (送り仮名).
type RubySegment struct{ Base, Text string }

// Image is a picture: within a Figure, or among text.
type Image struct {
	// Src is its absolute address, a path relative to the article's file, or a
	// data: address. In a path, as in an address, %, ? and # of a name are escaped.
	Src      string
	Alt      string // its description; empty: none was given
	Title    string
	Link     string // where a click leads; as in Style
	Width    int    // CSS pixels as the author declared them; 0: not declared
	Height   int    // the same
	Referrer string // the referrer policy of the picture or its page ("no-referrer"); empty: the default

	// Asset is the key of the picture's bytes in the job's media.Store. While
	// it is empty the picture is missing, and Missing says why in a few words
	// ("HTTP 403"); Missing is empty while nobody has tried to get it.
	Asset   string
	Missing string
}

// NoteRef is the mark in the text that leads to a Note.
type NoteRef struct{ ID string }

// Math is a formula. Its source is kept as it was written.
type Math struct {
	Format  MathFormat
	Source  string // MathML: one well-formed math element; TeX: without delimiters
	Text    string // the formula as plain text; what is printed where the source cannot be set
	Display bool   // stands on lines of its own
}

// MathFormat is the notation of a Math's source.
type MathFormat uint8

// The formats of formulas that articles are written with.
const (
	MathML MathFormat = iota
	TeX
)

func (Run) inline()       {}
func (LineBreak) inline() {}
func (*Ruby) inline()     {}
func (*Image) inline()    {}
func (*NoteRef) inline()  {}
func (*Math) inline()     {}
