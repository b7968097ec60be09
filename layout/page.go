package layout

import (
	"github.com/leporello-press/leporello/fonts"
)

// Length is a distance in 1/65536 of a point (a point is 1/72 inch). It is an
// integer so that every machine breaks the same lines: Go may fuse
// floating-point multiplications and additions on some architectures.
type Length int64

// Units of length.
const (
	Pt Length = 65536
	In        = 72 * Pt
)

// MM returns millimetres as a Length, rounded down to the unit.
func MM(n int64) Length { return Length(n * int64(In) * 10 / 254) }

// Points returns l in points.
func (l Length) Points() float64 { return float64(l) / float64(Pt) }

// Point is a place on a page, from its top left corner, y down.
type Point struct{ X, Y Length }

// Size is a width and a height.
type Size struct{ W, H Length }

// Rect is a box on a page; At is its top left corner.
type Rect struct {
	At   Point
	Size Size
}

// Color is an sRGB colour, 0xRRGGBB. The zero value is black.
type Color uint32

// Page is one page as data: what an output format only has to draw.
type Page struct {
	Size Size
	// Label is the number printed on the page, or the one it would have: "iv", "12".
	Label string
	// Kind tells covers and contents pages from text.
	Kind PageKind
	// Items are in reading order, except that what they cover comes before.
	Items []Item
	// Ended are the roots of the structure trees that no later page adds to.
	Ended []*Element
}

// PageKind is what a page is for.
type PageKind uint8

// Body pages carry articles.
const (
	Body PageKind = iota
	Cover
	Contents
)

// Item is one of *GlyphRun, *Picture, *Box, *Link and *Anchor.
//
//sumtype:decl
type Item interface{ item() }

// GlyphRun is text of one face, size and colour on one baseline.
type GlyphRun struct {
	Face  *fonts.Face
	Size  Length // of the em
	Color Color
	At    Point // origin of the first glyph, on the baseline
	// Glyphs are in visual order.
	Glyphs []Glyph
	// Text is the source text of the run in logical order; the glyphs' clusters
	// partition it. Spaces between words are glyphs like others, also at the ends
	// of lines where the text goes on after a space (with no advance that shows).
	// An artifact that reads as nothing, such as emphasis dots, has none.
	Text string
	// Sideways turns the run a quarter clockwise around At (Latin in vertical lines).
	Sideways bool
	// Vertical glyphs advance downwards, each from its vertical origin.
	Vertical bool
	// Slant skews the glyphs to the right where an italic is asked of a face that has none.
	Slant bool
	// Embolden thickens the glyphs where bold is asked of a face that has none, as of the
	// rare characters that only the regular weight has: strokes grow by Thickening.
	Embolden bool
	// Element is the leaf of the structure tree the text belongs to; nil: an artifact
	// (running head, folio, list bullet drawn by us…).
	Element *Element

	level bool // stays horizontal where the frame it stands in is turned
}

// Thickening is what strokes of r grow by when it is emboldened.
func (r *GlyphRun) Thickening() Length { return r.Size / 28 }

// Glyph is one glyph of a run.
type Glyph struct {
	ID fonts.GID
	// X and Y move the glyph from the pen, Y down; they do not move the pen.
	X, Y Length
	// Advance moves the pen after the glyph, justification included.
	Advance Length
	// Text0 and Text1 are the bytes of the run's Text this glyph's cluster stands for.
	// Glyphs of one cluster have the same range. A hyphen that the end of a line made
	// has an empty one at the end of the text.
	Text0, Text1 int32
}

// Picture is a picture scaled into a box.
type Picture struct {
	Key     string // of the asset in the job's store
	Rect    Rect
	Crop    Crop     // the part that shows; zero: all of it
	Turned  bool     // a quarter to the left: its top is the left side of the Rect
	Element *Element // a Figure's leaf; nil: an artifact
}

// Crop is a part of a picture in 1/65536 of its width and height. The zero
// value is the whole picture.
type Crop struct{ X0, Y0, X1, Y1 int32 }

// Box is a filled rectangle (rules and bars are thin ones), a frame, or both.
type Box struct {
	Rect   Rect
	Fill   Color
	Filled bool
	Frame  Length // width of the line around it, drawn inside the Rect; 0: none
	Stroke Color
	// Element is usually nil: lines are artifacts.
	Element *Element
}

// Link is an area that leads somewhere.
type Link struct {
	Rect Rect
	// Target is an address (http, https, mailto, tel), or "#" and the Name of an Anchor
	// anywhere in the book.
	Target  string
	Element *Element // the Link element whose leaf the text under the area is
}

// Anchor is a place that links lead to. Names are unique in a book.
type Anchor struct {
	Name string
	At   Point
}

func (*GlyphRun) item() {}
func (*Picture) item()  {}
func (*Box) item()      {}
func (*Link) item()     {}
func (*Anchor) item()   {}

// Element is a node of the structure tree: what the items of a page are, in
// logical order. A node with the empty Role is a leaf: its items are content of
// its parent, at this place among the parent's kids.
type Element struct {
	Role   Role
	Parent *Element // nil: a child of the document
	Kids   []*Element

	Lang   string // BCP 47, where it differs from the parent's
	Title  string
	Alt    string // of Figure and Formula
	Actual string // replaces the text of all kids

	ColSpan, RowSpan int    // of TH and TD; 0 is 1
	Scope            string // of TH: "Row", "Column"
	Numbering        string // of L: "Decimal", "Disc", "LowerAlpha"…; empty: None
	Placement        string // of Figure: "Block"; empty: "Inline"

	note int  // of a Note: its number
	own  bool // a leaf of text that layout wrote: numbers, marks of notes, notices
}

// Role is the standard structure type of PDF 1.7 §14.8.4 that an Element has.
type Role string

// The roles that layout gives.
const (
	Leaf       Role = ""
	Part       Role = "Part"
	Art        Role = "Art"
	Sect       Role = "Sect"
	H1         Role = "H1"
	H2         Role = "H2"
	H3         Role = "H3"
	H4         Role = "H4"
	H5         Role = "H5"
	H6         Role = "H6"
	P          Role = "P"
	L          Role = "L"
	LI         Role = "LI"
	Lbl        Role = "Lbl"
	LBody      Role = "LBody"
	BlockQuote Role = "BlockQuote"
	Code       Role = "Code"
	Caption    Role = "Caption"
	Figure     Role = "Figure"
	Formula    Role = "Formula"
	Table      Role = "Table"
	THead      Role = "THead"
	TBody      Role = "TBody"
	TR         Role = "TR"
	TH         Role = "TH"
	TD         Role = "TD"
	Note       Role = "Note"
	Reference  Role = "Reference"
	LinkRole   Role = "Link"
	Span       Role = "Span"
	TOC        Role = "TOC"
	TOCI       Role = "TOCI"
	RubyRole   Role = "Ruby"
	RB         Role = "RB"
	RT         Role = "RT"
	Div        Role = "Div"
)

// OutlineEntry is a line of the contents and of the bookmarks.
type OutlineEntry struct {
	Level  int // 1: part or article, counted without holes
	Title  string
	Anchor string // the Name of an Anchor
	Page   int    // index among the body pages, from 0
	Label  string // of that page
	Kind   EntryKind
	Author string // of an article; empty: unknown
}

// EntryKind is what an OutlineEntry stands for.
type EntryKind uint8

// The kinds of entries.
const (
	PartEntry EntryKind = iota
	ArticleEntry
	HeadingEntry
)
