package layout

import (
	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
)

// textStyle is how a span looks.
type textStyle struct {
	family       fonts.Family
	bold, italic bool
	size         Length // of the em
	color        Color
	lang         string // BCP 47, never empty
	rise         Length // of the baseline, upwards
	underline    bool
	name, title  bool // within an item: the line of a name, the wavy one of a title
	item         int  // where name or title: lines of different items do not join
	strike       bool
	highlight    bool
	dots         bool // a dot by each ideograph, kana and syllable
}

// span is a piece of a paragraph in one style.
type span struct {
	text    string // of an object: U+FFFC
	style   textStyle
	leaf    *Element // that the text belongs to; nil: an artifact
	link    string   // target of a Link item; empty: none
	linkEl  *Element // the Link element; set with link
	object  *object  // a box among the text; nil: text
	ruby    string   // reading set over text; empty: none
	rubyEl  *Element // leaf of the reading
	word    int      // readings of one number, side by side, are jukugo ruby; 0: alone
	pair    int      // text of one number is a note within the line, in two rows; 0: none
	forced  bool     // the line ends after the span
	noteRef string   // ID of the note whose mark this is; empty: none
	combine bool     // in lines that go down: one upright em, whatever it is
}

// object is a box set among text, such as a small picture.
type object struct {
	width, ascent, descent Length
	items                  []Item // placed from the box's left end on the baseline, y down
}

// paragraph is text to be set in lines.
type paragraph struct {
	spans    []span
	lang     string        // BCP 47; decides conventions of breaking and spacing
	align    article.Align // AlignDefault: justified
	ragged   bool          // AlignDefault is not stretched (headings, captions, narrow cells)
	balanced bool          // lines of about equal length (titles)
	verbatim bool          // white space counts, lines end at "\n", break anywhere when too long (code)
	vertical bool          // the lines go down: Latin lies on its side
	indent   Length        // of the first line
	measure  Length
	// looseness asks for so many lines more or less than are best, where that does
	// not show. It is for paragraphs without line ends of their own.
	looseness int
	conventions
}

// line is one set line. Its items are placed from the left end of the measure on the
// baseline, y down.
type line struct {
	items           []Item
	width           Length // as set, trailing space not counted
	natural         Length // before justification
	ascent, descent Length // of its tallest content, both positive
	notes           []string
	text0, text1    int // runes of the paragraph's text, spans joined
	hyphen          bool
	// What stands outside the measure, at the begin and the end.
	hangStart, hangEnd Length
	advances           []Length // of its characters, if asked for
}
