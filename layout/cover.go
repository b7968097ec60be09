package layout

import (
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/words"
	"github.com/leporello-press/leporello/media"
)

// Cover emits the cover page. It needs no chapter. On a panel in the accent
// colour stand the title and the dates; a band of pictures, cropped to a strict
// grid, and the headlines follow. Every measure is a part of the page, so that a
// cover looks the same on paper and as a picture of 1600 by 2400 pixels.
func (t *Typesetter) Cover(ct CoverText, emit func(*Page) error) error {
	if ct.Lang == "" {
		ct.Lang = t.o.Lang
	}
	c := &cover{t: t, text: ct, page: &Page{Size: t.geo.page, Kind: Cover}}
	c.root = &Element{Role: Sect, Lang: ct.Lang, Title: ct.Title}
	c.draw()
	c.page.Ended = []*Element{c.root}
	return emit(c.page)
}

// cover is a cover being drawn.
type cover struct {
	t    *Typesetter
	text CoverText
	page *Page
	root *Element
	unit Length // 24 make the width of the page
	side Length // margin
}

const white Color = 0xFFFFFF

func (c *cover) draw() {
	w, h := c.page.Size.W, c.page.Size.H
	c.unit = w / 24
	c.side = 2 * c.unit
	// A wide page is measured by its height.
	c.unit = min(c.unit, h/32)
	pics := c.pictures()

	panel := h * 40 / 100
	if len(pics) == 0 {
		panel = h * 54 / 100
	}
	c.fill(Rect{Point{0, 0}, Size{w, panel}}, c.t.geo.accent)
	c.heading(panel)
	y := panel
	if len(pics) > 0 {
		band := h * 25 / 100
		c.band(pics, Rect{Point{0, y}, Size{w, band}})
		y += band
	}
	c.headlines(y)
}

func (c *cover) fill(r Rect, color Color) {
	c.page.Items = append(c.page.Items, &Box{Rect: r, Fill: color, Filled: true})
}

// lines sets text in the cover's measure at one size.
func (c *cover) lines(text string, st textStyle, el *Element, balanced bool) []line {
	p := paragraph{
		spans: []span{{text: text, style: st, leaf: ownLeaf(el)}}, lang: c.text.Lang,
		measure: c.page.Size.W - 2*c.side, ragged: true, align: article.AlignStart,
	}
	if balanced {
		return c.t.displayed(p)
	}
	return c.t.setParagraph(&p)
}

// put places lines from the baseline y on and returns the baseline after them.
func (c *cover) put(ls []line, y, pitch Length) Length {
	for i := range ls {
		c.page.Items = append(c.page.Items, moved(ls[i].items, c.side, y)...)
		y += pitch
	}
	return y
}

// heading sets dates and count at the head of the panel, the title as large as
// its foot allows.
func (c *cover) heading(panel Length) {
	u := c.unit
	st := textStyle{family: fonts.Sans, lang: c.text.Lang, color: white}
	var facts []string
	if c.text.Dates != "" {
		facts = append(facts, c.text.Dates)
	}
	if c.text.Articles > 0 {
		facts = append(facts, words.For(c.text.Lang).Articles(c.text.Articles))
	}
	top := c.side
	if len(facts) > 0 {
		st.size = u * 9 / 10
		ls := c.lines(strings.Join(facts, between(c.text.Lang)), st, element(c.root, P), false)
		for i := range ls {
			track(ls[i].items, st.size/25)
		}
		y := c.put(ls, c.side+st.size*88/100, st.size*14/10)
		top = y - st.size*88/100
		top += u / 4
		c.fill(Rect{Point{c.side, top}, Size{3 * u, u / 5}}, white)
		top += u
	}

	// From the foot up: subtitle, title.
	foot := panel - c.side*9/10
	titleEl := element(c.root, P)
	var sub []line
	if s := c.subtitle(); s != "" {
		st.size = u * 11 / 10
		sub = c.lines(s, st, element(c.root, P), true)
		if len(sub) > 2 {
			sub = nil
			c.root.Kids = c.root.Kids[:len(c.root.Kids)-1]
		}
	}
	subPitch := st.size * 14 / 10
	room := foot - top - subPitch*Length(len(sub))
	title := strings.TrimSpace(c.text.Title)
	st.bold = true
	var best []line
	for tenths := Length(46); tenths >= 8; tenths -= 2 {
		st.size = u * tenths / 10
		titleEl.Kids = nil
		best = c.lines(title, st, titleEl, true)
		if n := Length(len(best)); n*st.size*118/100 <= room && (n <= 3 || tenths < 16) && c.unbroken(best, title) {
			break
		}
	}
	pitch := st.size * 118 / 100
	for len(best) > 1 && Length(len(best))*pitch > room {
		best = best[:len(best)-1]
	}
	y := foot - st.size*12/100 - subPitch*Length(len(sub)) - pitch*Length(len(best)-1)
	if len(sub) > 0 {
		y -= u / 3
	}
	c.put(best, y, pitch)
	if len(sub) > 0 {
		c.put(sub, foot-subPitch*Length(len(sub)-1)-u/5, subPitch)
	}
}

// subtitle is what stands below the title: which volume it is, and the subtitle.
func (c *cover) subtitle() string {
	var parts []string
	if c.text.Volume > 0 {
		parts = append(parts, words.For(c.text.Lang).Volume(c.text.Volume, c.text.Volumes))
	}
	if s := strings.TrimSpace(c.text.Subtitle); s != "" {
		parts = append(parts, s)
	}
	return strings.Join(parts, between(c.text.Lang))
}

// unbroken says that no line ends within a word of letters.
func (c *cover) unbroken(ls []line, title string) bool {
	runes := []rune(title)
	for i := range ls {
		if ls[i].hyphen {
			return false
		}
		if k := ls[i].text1; i < len(ls)-1 && k > 0 && k < len(runes) && latinLetter(runes[k-1]) && latinLetter(runes[k]) {
			return false
		}
	}
	return true
}

func latinLetter(r rune) bool { return r < 0x2E80 && r > ' ' && !strings.ContainsRune("-–—/·", r) }

// coverPicture is a picture of the band.
type coverPicture struct {
	key  string
	w, h int
}

// pictures returns the pictures that are fit for a cover: large enough and not
// long strips, while there are such.
func (c *cover) pictures() []coverPicture {
	var fit, rest []coverPicture
	seen := map[string]bool{}
	for _, key := range c.text.Pictures {
		if c.t.assets == nil || seen[key] {
			continue
		}
		seen[key] = true
		a, err := c.t.assets.Stat(key)
		if err != nil || a.Width <= 0 || a.Height <= 0 || a.Type == media.SVG {
			continue
		}
		p := coverPicture{key, a.Width, a.Height}
		if min(p.w, p.h) >= 240 && p.w <= 3*p.h && p.h <= 3*p.w {
			fit = append(fit, p)
		} else if min(p.w, p.h) >= 80 {
			rest = append(rest, p)
		}
	}
	if len(fit) == 0 {
		fit = rest[:min(len(rest), 1)]
	}
	return fit[:min(len(fit), 4)]
}

// band fills r with pictures: one across, two in halves, three as one of two
// thirds and two above each other, four with the large one and three in a row.
func (c *cover) band(pics []coverPicture, r Rect) {
	gap := c.unit / 6
	switch len(pics) {
	case 1:
		c.picture(pics[0], r)
	case 2:
		l, right := split(r, 1, 2, gap)
		c.picture(pics[0], l)
		c.picture(pics[1], right)
	case 3:
		l, right := split(r, 2, 3, gap)
		c.picture(pics[0], l)
		a, b := stackSplit(right, gap)
		c.picture(pics[1], a)
		c.picture(pics[2], b)
	default:
		l, right := split(r, 1, 2, gap)
		c.picture(pics[0], l)
		top, low := stackSplit(right, gap)
		c.picture(pics[1], top)
		a, b := split(low, 1, 2, gap)
		c.picture(pics[2], a)
		c.picture(pics[3], b)
	}
}

// split cuts r into a left part of n in d and the rest, gap between them.
func split(r Rect, n, d, gap Length) (Rect, Rect) {
	w := (r.Size.W - gap) * n / d
	left := Rect{r.At, Size{w, r.Size.H}}
	return left, Rect{Point{r.At.X + w + gap, r.At.Y}, Size{r.Size.W - w - gap, r.Size.H}}
}

// stackSplit cuts r into an upper and a lower half.
func stackSplit(r Rect, gap Length) (Rect, Rect) {
	h := (r.Size.H - gap) / 2
	return Rect{r.At, Size{r.Size.W, h}}, Rect{Point{r.At.X, r.At.Y + h + gap}, Size{r.Size.W, r.Size.H - h - gap}}
}

// picture fills r with p, cropped: evenly at the sides, more below than above,
// where faces and horizons rarely are.
func (c *cover) picture(p coverPicture, r Rect) {
	const one = 65536
	crop := Crop{0, 0, one, one}
	// Compare w/h with r's: products of pixels and Lengths fit 64 bits.
	if a, b := int64(p.w)*int64(r.Size.H), int64(p.h)*int64(r.Size.W); a > b {
		part := int32(b * 1024 / (a / 64))
		crop.X0 = (one - part) / 2
		crop.X1 = crop.X0 + part
	} else if a < b {
		part := int32(a * 1024 / (b / 64))
		crop.Y0 = (one - part) / 3
		crop.Y1 = crop.Y0 + part
	}
	if crop == (Crop{0, 0, one, one}) {
		crop = Crop{}
	}
	c.page.Items = append(c.page.Items, &Picture{Key: p.key, Rect: r, Crop: crop})
}

// headlines sets as many headlines as fit below y, hairlines between them.
func (c *cover) headlines(y Length) {
	u := c.unit
	st := textStyle{family: fonts.Sans, lang: c.text.Lang, size: u * 90 / 100, bold: true}
	if len(c.text.Headlines) <= 2 {
		st.size = u * 12 / 10
	}
	pitch := st.size * 135 / 100
	bottom := c.page.Size.H - c.side
	n := min(len(c.text.Headlines), 12)
	if n == 0 {
		return
	}
	list := element(c.root, L)
	type entry struct {
		lines []line
		li    *Element
	}
	var entries []entry
	var height Length
	pad := u * 45 / 100
	for _, h := range c.text.Headlines[:n] {
		h = strings.Join(strings.Fields(h), " ")
		li := element(list, LI)
		ls := c.lines(h, st, element(li, LBody), true)
		add := Length(len(ls))*pitch + 2*pad
		if h == "" || len(entries) == 6 || len(ls) > 2 || height+add > bottom-y-u {
			list.Kids = list.Kids[:len(list.Kids)-1]
			continue
		}
		entries = append(entries, entry{ls, li})
		height += add
	}
	// What is left over opens the list up, within bounds, and then stands below it.
	if k := Length(len(entries)); k > 0 {
		pad += min((bottom-y-u-height)/(2*k), u*40/100)
	}
	y += u
	for i, e := range entries {
		if i > 0 {
			c.fill(Rect{Point{c.side, y}, Size{c.page.Size.W - 2*c.side, max(u/30, Pt/4)}}, pale)
		}
		y = c.put(e.lines, y+pad+st.size*88/100+(pitch-st.size)/2, pitch)
		y += pad - st.size*88/100 - (pitch-st.size)/2
	}
	if len(list.Kids) == 0 {
		c.root.Kids = c.root.Kids[:len(c.root.Kids)-1]
	}
}
