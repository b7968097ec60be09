package layout

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/words"
	"github.com/leporello-press/leporello/layout/linebreak"
)

// Options are how a book is to look. The zero value sets a digest on A5 pages
// for print: serif, 34 em by 30 lines, left and right pages mirrored.
type Options struct {
	// Page is the size of a page; zero is A5. ParseSize reads one.
	Page Size
	// Screen says that the pages are read on a screen of their size: margins are
	// narrow and alike on every side, pages are not mirrored, and AutoTypeface is
	// sans.
	Screen bool

	// Body is the em of running text, Pitch the distance of its baselines; zero
	// follows from the page.
	Body, Pitch Length
	// Mode is which way the lines run. In vertical writing Ems are along the lines, from
	// top to bottom, Rows from right to left, and columns stand below one another.
	Mode WritingMode
	// Combine is how many digits of a number are set side by side in one em of a vertical
	// line; 0 is 2, the most is 4. CornerQuotes draws “ and ” there as ﹃ and ﹄ or ﹁ and ﹂.
	Combine      int
	CornerQuotes bool
	// Ems and Rows are the type area, columns and all, in ems and in lines; zero
	// follows from the page and the margins.
	Ems, Rows int
	// Margins are the least white around the type area, which stands within them in
	// the same proportions; zero follows from the page.
	Margins  Margins
	Typeface Typeface
	OneSided bool // left pages look like right ones
	// Columns are those that text stands in, one or two; zero is one. Two stand only where
	// each has twelve ems, or Ems says so. Gap is the white between them, in whole ems;
	// zero is two ems. ColumnRule draws a hairline there.
	Columns    int
	Gap        int
	ColumnRule bool

	// Title and Lang (BCP 47; empty: und) are those of the book. The title is the
	// running head of left pages.
	Title, Lang string
	NoHeads     bool // no running heads
	NoFolios    bool // no page numbers
	// NoCover says that no cover stands before the contents; left and right pages
	// are told apart without it.
	NoCover bool

	// RunOn lets an article begin on the page where the one before ended, where that
	// is the better page.
	RunOn bool
	// Indent says which paragraphs begin with an indent.
	Indent IndentRule
	// Level is which marks may not begin or end a line of Chinese; zero follows the
	// language. Hanging is which marks of
	// running text may stand outside the type area; zero is none.
	Level   linebreak.Level
	Hanging Hanging
	// Punctuation is how full-width marks are set; zero is Quanjiao.
	Punctuation Punctuation
	// Hyphenate parts words in letters at the ends of lines by the patterns of their
	// language, words within Chinese, Japanese and Korean by those of English. Soft
	// hyphens are where an author put them either way.
	Hyphenate bool
	// EmphasisDots marks emphasis in Chinese, Japanese and Korean by dots, instead of
	// another design.
	EmphasisDots bool
	// NotesAtEnd sets notes after their article instead of at the foot of the page.
	NotesAtEnd bool
	// FigureHeight is the greatest height of a picture in hundredths of the type
	// area; 0 is 72. FigureScale is how far a picture may be made smaller to fill
	// a page, in hundredths; 0 is 60, 100 never.
	FigureHeight, FigureScale int
	// Long is what becomes of pictures that are many times as long as wide.
	Long LongPictures
	// Wrap sets small pictures at the side of the text that follows them.
	Wrap bool
	// OffGrid lets lines stand where they come instead of on a baseline grid; the white
	// that a page has to spare is then shared out evenly.
	OffGrid bool
	// Accent is the one colour beside black and grey; zero is a cinnabar that prints
	// well in grey.
	Accent Color
}

// Margins are the white around a type area. Inner is the side of the binding:
// left on right pages.
type Margins struct{ Inner, Outer, Top, Bottom Length }

// Typeface is the kind of design running text is set in.
type Typeface uint8

// AutoTypeface is serif on paper and sans on screens.
const (
	AutoTypeface Typeface = iota
	SerifTypeface
	SansTypeface
)

// IndentRule says which paragraphs begin with an indent: two ems in Chinese,
// one elsewhere.
type IndentRule uint8

const (
	// AutoIndent: every paragraph in Chinese, Japanese and Korean; in other
	// languages all but the first after a heading.
	AutoIndent IndentRule = iota
	// NoIndent: no paragraph; a line of white stands between paragraphs.
	NoIndent
)

// LongPictures says what becomes of a picture that fits a page only when made much
// smaller.
type LongPictures uint8

const (
	// FitLong makes them as small as it takes.
	FitLong LongPictures = iota
	// SliceLong cuts tall ones into pieces that follow one another over pages, where
	// Assets is a Slicer.
	SliceLong
	// TurnLong turns wide ones to the left that are a quarter larger so.
	TurnLong
)

// sheet is a page size that has a name, with the type that fits it.
type sheet struct {
	name        string
	w, h        Length
	body, pitch Length
	ems         int
}

// sheets are the sizes with names. B5 and B6 are those of JIS P 0138, which is
// what books and offices of East Asia call so; those of ISO 216 are iso-b5 and
// iso-b6.
var sheets = []sheet{
	{"a5", MM(148), MM(210), 10 * Pt, 33 * Pt / 2, 34},
	{"a4", MM(210), MM(297), 12 * Pt, 20 * Pt, 38},
	{"a6", MM(105), MM(148), 17 * Pt / 2, 55 * Pt / 4, 27},
	{"b5", MM(182), MM(257), 21 * Pt / 2, 35 * Pt / 2, 38},
	{"b6", MM(128), MM(182), 19 * Pt / 2, 63 * Pt / 4, 28},
	{"iso-b5", MM(176), MM(250), 21 * Pt / 2, 35 * Pt / 2, 36},
	{"iso-b6", MM(125), MM(176), 19 * Pt / 2, 63 * Pt / 4, 28},
	{"letter", 17 * In / 2, 11 * In, 12 * Pt, 20 * Pt, 38},
}

// The least and the greatest side of a page. 200 inches is what PDF readers take.
const (
	minSide = In
	maxSide = 200 * In
)

// ParseSize reads the size of a page: a name (A4, A5, A6, B5, B6 of JIS, iso-B5,
// iso-B6, letter) or width x height with a unit, "148x210mm", "6.2x8.2in",
// "14.8x21cm", "420x595pt", or the pixels of a screen and their number to the
// inch, "1072x1448px@300"; for those, screen is true.
func ParseSize(s string) (size Size, screen bool, err error) {
	t := strings.ToLower(strings.TrimSpace(s))
	for _, sh := range sheets {
		if t == sh.name {
			return Size{sh.w, sh.h}, false, nil
		}
	}
	bad := func(why string) (Size, bool, error) {
		return Size{}, false, fmt.Errorf("page size %q: %s", s, why)
	}
	dpi := int64(0)
	if head, tail, ok := strings.Cut(t, "@"); ok {
		t = head
		dpi, err = strconv.ParseInt(strings.TrimSuffix(tail, "dpi"), 10, 32)
		if err != nil || dpi < 30 || dpi > 2400 || !strings.HasSuffix(t, "px") {
			return bad("want pixels to the inch after @, as in 1072x1448px@300")
		}
	}
	unit := strings.TrimLeft(t, "0123456789.x×* ")
	num, den := unitOf(unit)
	switch {
	case unit == "px" && dpi == 0:
		return bad("pixels need their number to the inch, as in 1072x1448px@300")
	case unit == "px":
		num, den = int64(In), dpi
	case num == 0:
		return bad("want A4, A5, B5, B6, letter, or WIDTHxHEIGHT in mm, cm, in, pt or px")
	}
	t = strings.TrimSuffix(t, unit)
	w, h, ok := strings.Cut(strings.NewReplacer("×", "x", "*", "x").Replace(t), "x")
	if !ok {
		return bad("want WIDTHxHEIGHT")
	}
	for i, side := range []string{w, h} {
		n, d, ok := decimal(strings.TrimSpace(side))
		if !ok {
			return bad("want WIDTHxHEIGHT")
		}
		l := Length(n * num / (d * den))
		if l < minSide || l > maxSide {
			return bad("a side must be between 1 and 200 inches")
		}
		if i == 0 {
			size.W = l
		} else {
			size.H = l
		}
	}
	return size, dpi > 0, nil
}

// ParseLength reads a length with a unit: "10.5pt", "3.5mm", "0.4cm", "1in".
func ParseLength(s string) (Length, error) {
	t := strings.ToLower(strings.TrimSpace(s))
	unit := strings.TrimLeft(t, "0123456789. ")
	num, den := unitOf(unit)
	n, d, ok := decimal(strings.TrimSpace(strings.TrimSuffix(t, unit)))
	if !ok || num == 0 {
		return 0, fmt.Errorf("length %q: want a number and pt, mm, cm or in", s)
	}
	return Length(n * num / (d * den)), nil
}

// unitOf returns what a unit is in Lengths as a fraction; of unknown ones, 0.
func unitOf(unit string) (num, den int64) {
	switch unit {
	case "mm":
		return int64(In) * 10, 254
	case "cm":
		return int64(In) * 100, 254
	case "in":
		return int64(In), 1
	case "pt":
		return int64(Pt), 1
	}
	return 0, 1
}

// decimal reads a number with at most four decimals as a fraction.
func decimal(s string) (num, den int64, ok bool) {
	whole, frac, _ := strings.Cut(s, ".")
	if len(whole)+len(frac) == 0 || len(whole) > 6 || len(frac) > 4 {
		return 0, 0, false
	}
	den = 1
	for range frac {
		den *= 10
	}
	n, err := strconv.ParseUint(whole+frac, 10, 62)
	if err != nil {
		return 0, 0, false
	}
	return int64(n), den, true
}

// geometry is the grid of a book's pages: what Options come to.
type geometry struct {
	page           Size
	size, pitch    Length // of running text
	ems, rows      int    // ems: of a column
	measure        Length // of a column, ems × size
	columns        int
	gap            Length // between columns
	width          Length // of the type area, along the lines
	height         Length // across them: from the first one's em to the far side of the last one's
	inner, outer   Length // margins
	top, bottom    Length
	family         fonts.Family
	vertical       bool
	backward       bool
	mirrored       bool
	accent         Color
	figMax, figMin int // hundredths
	grid           bool
}

// leastColumn is how many ems each of two columns has at least.
const leastColumn = 12

// Backward says that the pages of a book follow one another from right to left: those
// of vertical lines, and of a language that is written so.
func (o Options) Backward() bool { return o.Mode == VerticalRL || words.RightToLeft(o.Lang) }

// geometry returns the grid, or an error when the page has no room for one.
func (o Options) geometry() (geometry, error) {
	g := geometry{page: o.Page, vertical: o.Mode == VerticalRL, backward: o.Backward(), mirrored: !o.OneSided && !o.Screen, accent: o.Accent, grid: !o.OffGrid}
	if g.page == (Size{}) {
		g.page = Size{sheets[0].w, sheets[0].h}
	}
	if g.page.W < minSide || g.page.H < minSide || g.page.W > maxSide || g.page.H > maxSide {
		return g, fmt.Errorf("layout: page of %s by %s points: a side must be between 1 and 200 inches", g.page.W, g.page.H)
	}
	if o.Typeface == SansTypeface || o.Typeface == AutoTypeface && o.Screen {
		g.family = fonts.Sans
	}
	if g.accent == 0 {
		g.accent = 0xA6342A
	}
	g.figMax, g.figMin = o.FigureHeight, o.FigureScale
	if g.figMax <= 0 || g.figMax > 100 {
		g.figMax = 72
	}
	if g.figMin <= 0 || g.figMin > 100 {
		g.figMin = 60
	}
	g.size, g.pitch, g.ems = typeFor(g.page, o.Screen)
	if o.Body > 0 && o.Body != g.size {
		g.size, g.pitch, g.ems = o.Body, quarter(o.Body*33/20), 0
	}
	if o.Pitch > 0 {
		g.pitch = max(o.Pitch, g.size)
	}

	// Margins are 1 : 1.4 across and 1.2 : 1.8 down in books, on screens the same on all
	// sides.
	ratio := [4]Length{10, 14, 12, 18}
	side := g.page.W
	if g.vertical { // lines run along the height, and flat pages have little of it
		side = min(side, g.page.H)
	}
	least := side * 8 / 100
	if o.Screen {
		ratio, least = [4]Length{10, 10, 10, 12}, side*7/100
	}
	m := o.Margins
	if m == (Margins{}) {
		m = Margins{least, least * ratio[1] / 10, least * ratio[2] / 10, least * ratio[3] / 10}
	} else {
		ratio = [4]Length{m.Inner, m.Outer, m.Top, m.Bottom}
		g.ems = 0
	}
	along := axis{g.page.W, m.Inner, m.Outer, ratio[0], ratio[1]}
	across := axis{g.page.H, m.Top, m.Bottom, ratio[2], ratio[3]}
	if g.vertical {
		along, across = across, along
		g.ems = 0
	}
	if o.Ems > 0 {
		g.ems = o.Ems
	}
	g.columns = max(o.Columns, 1)
	if g.columns > 2 {
		return g, fmt.Errorf("layout: %d columns: there may be one or two", g.columns)
	}
	between := 0
	if g.columns == 2 {
		if between = o.Gap; between <= 0 {
			between = 2
		}
		if o.Ems == 0 && int(along.room()/g.size) < 2*leastColumn+between {
			g.columns, between = 1, 0
		}
	}
	if g.ems == 0 {
		g.ems = int(min(along.room()/g.size, Length(44*g.columns+between)))
	}
	g.ems = (g.ems - between) / g.columns
	g.measure, g.gap = Length(g.ems)*g.size, Length(between)*g.size
	g.width = g.measure*Length(g.columns) + g.gap
	if g.ems < 6 || g.width > along.page {
		return g, fmt.Errorf("layout: page of %s points is too narrow for text of %s points", along.page, g.size)
	}
	along.leave(g.width)

	// The white before and after the lines follows the white at their ends, so that a
	// narrow measure does not leave a tall block.
	if o.Margins == (Margins{}) {
		across.before = max(across.before, along.before*across.share0/along.share0)
		across.after = max(across.after, along.before*across.share1/along.share0)
		// On a page that is wider than high, white in measure with its width would take
		// the lines away.
		if most := across.page * 3 / 10; across.before+across.after > most {
			across.leave(across.page - most)
		}
	}
	g.rows = o.Rows
	if g.rows <= 0 {
		g.rows = int((across.room()-g.size)/g.pitch) + 1
	}
	g.height = Length(g.rows-1)*g.pitch + g.size
	if g.rows < 6 || g.height > across.page {
		return g, fmt.Errorf("layout: page of %s points is too low for lines of %s points", across.page, g.pitch)
	}
	across.leave(g.height)
	if g.vertical {
		along, across = across, along
	}
	g.inner, g.outer, g.top, g.bottom = along.before, along.after, across.before, across.after
	return g, nil
}

// axis is one direction of a page: its extent, the margins, and their proportions.
type axis struct{ page, before, after, share0, share1 Length }

func (a *axis) room() Length { return a.page - a.before - a.after }

// leave makes the margins what remains beside used.
func (a *axis) leave(used Length) { a.before, a.after = share(a.page-used, a.share0, a.share1) }

// share divides l in the ratio a : b.
func share(l, a, b Length) (Length, Length) {
	if a+b <= 0 {
		return l / 2, l - l/2
	}
	first := Length(int64(l) / 64 * int64(a) / int64(a+b) * 64)
	return first, l - first
}

// quarter rounds to a quarter of a point.
func quarter(l Length) Length { return (l + Pt/8) / (Pt / 4) * (Pt / 4) }

// typeFor returns the body size, pitch and measure for a page.
func typeFor(p Size, screen bool) (body, pitch Length, ems int) {
	if !screen {
		for _, sh := range sheets {
			if sh.w == p.W && sh.h == p.H {
				return sh.body, sh.pitch, sh.ems
			}
		}
	}
	// On screens a little smaller type, so that 24 em fit on six inches. The shorter
	// side decides: a low page has room for few lines.
	w := min(p.W, p.H)
	switch {
	case w < 70*Pt*2:
		body = 7 * Pt
	case w < 110*In*10/254:
		body = 9 * Pt
	case w < 140*In*10/254:
		body = 19 * Pt / 2
	case w < 165*In*10/254:
		body = 10 * Pt
	case w < 195*In*10/254:
		body = 21 * Pt / 2
	default:
		// What is larger than A4 is read from farther away: lines of at most 44 em are to
		// fill a poster too.
		body = max(12*Pt, quarter(w*8/10/44))
	}
	return body, quarter(body * 33 / 20), 0
}

// smaller returns percent of size, but no less than six tenths of running text:
// tables within tables and quotes within quotes do not shrink to nothing.
func (g *geometry) smaller(size, percent Length) Length {
	return max(size*percent/100, min(size, g.size*60/100))
}

// left returns the distance of the type area from the left edge of a page. Books that
// run backward are bound at the right: their first page is a left one.
func (g *geometry) left(verso bool) Length {
	if g.mirrored && verso != g.backward {
		return g.outer
	}
	return g.inner
}

// area returns the size of the type area as it stands on the page.
func (g *geometry) area() Size {
	if g.vertical {
		return Size{g.height, g.width}
	}
	return Size{g.width, g.height}
}

// onPage moves items from the frame of the lines to a page, x along the lines and
// y across them from the begin of the type area, and returns them.
func (g *geometry) onPage(items []Item, verso bool, x, y Length) []Item {
	if !g.vertical {
		return moved(items, g.left(verso)+x, g.top+y)
	}
	for _, it := range items {
		turned(it, g.left(verso)+g.height-y, g.top+x)
	}
	return items
}

// String returns l in points with at most two decimals, for messages and dumps.
func (l Length) String() string {
	h := (int64(l)*100 + int64(Pt)/2) >> 16
	sign := ""
	if h < 0 {
		sign, h = "-", -h
	}
	s := fmt.Sprintf("%s%d.%02d", sign, h/100, h%100)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
