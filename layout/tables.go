package layout

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
)

// table is a table being set.
type table struct {
	c       *composer
	f       frame // of its cells, but for x and measure
	src     *article.Table
	places  []article.Place
	columns int
	numeric []bool     // columns of numbers
	rows    []*Element // TR
	cells   []*Element // TH or TD, by place
	width   []Length   // of columns
	gap     Length     // between columns
	lead    Length     // white above and below the text of a row
}

// The rules of a table: the outer ones heavier, none between columns.
const (
	heavyRule = Pt * 8 / 10
	thinRule  = hairline
)

func (c *composer) table(f *frame, b *article.Table) {
	el := c.blockElement(f, Table)
	places, columns := b.Grid()
	if g := c.acrossColumns(*f); g.span && columns > 0 {
		// What does not fit a column stands across all of them, where it fits there.
		probe := &table{c: c, src: b, places: places, columns: columns}
		probe.structure(&Element{}, f)
		probe.findNumbers()
		if probe.styled(f, 80); !probe.columnWidths() {
			if probe.styled(&g, 70); probe.columnWidths() {
				f = &g
			}
		}
	}
	if len(b.Caption) > 0 {
		// The caption stands above and stays with the first rows.
		f.space(f.pitch * 45 / 100)
		begin := len(f.out.nodes)
		list := c.caption(f, b.Caption, el)
		for _, n := range list.nodes {
			c.add(f, n)
		}
		if last := f.out.last(); last != nil && len(f.out.nodes) > begin && columns > 0 {
			f.out.keep(begin)
			last.penalty, last.after = neverCut, f.style.size/2
		}
	}
	if columns == 0 {
		return
	}
	t := &table{c: c, src: b, places: places, columns: columns}
	t.structure(el, f)
	t.findNumbers()
	for _, percent := range []Length{90, 80, 70} {
		if t.styled(f, percent); t.columnWidths() {
			t.setRows(f)
			return
		}
	}
	t.f.style.size = c.t.geo.smaller(f.style.size, 90)
	t.f.pitch = t.f.style.size * 145 / 100
	t.records(f)
}

// styled sets how the cells of a table in f look in type of percent of its size.
func (t *table) styled(f *frame, percent Length) {
	t.f = *f
	t.f.grid, t.f.cell, t.f.flush, t.f.first, t.f.ragged = false, true, true, true, true
	t.f.style.size = t.c.t.geo.smaller(f.style.size, percent)
	t.f.pitch = t.f.style.size * 145 / 100
	t.gap = t.f.style.size * 12 / 10
	t.lead = t.f.style.size * 28 / 100
}

// structure makes the elements of rows and cells, in reading order.
func (t *table) structure(el *Element, f *frame) {
	row := 0
	t.rows = make([]*Element, len(t.src.Head)+len(t.src.Body))
	t.cells = make([]*Element, len(t.places))
	for part, rows := range [][]article.Row{t.src.Head, t.src.Body} {
		if len(rows) == 0 {
			continue
		}
		group := element(el, [...]Role{THead, TBody}[part])
		for range rows {
			t.rows[row] = element(group, TR)
			row++
		}
	}
	for i, p := range t.places {
		role := TD
		if p.Cell.Header || p.HeadPart {
			role = TH
		}
		e := element(t.rows[p.Row], role)
		e.ColSpan, e.RowSpan = p.Columns, p.Rows
		if role == TH {
			e.Scope = "Row"
			if p.Cell.Scope == article.ScopeColumn || p.Cell.Scope == article.ScopeAuto && p.HeadPart {
				e.Scope = "Column"
			}
		}
		t.cells[i] = e
	}
}

// findNumbers finds the columns whose cells in the body are numbers.
func (t *table) findNumbers() {
	t.numeric = make([]bool, t.columns)
	for i := range t.numeric {
		t.numeric[i] = true
	}
	seen := make([]bool, t.columns)
	for _, p := range t.places {
		if p.HeadPart || p.Columns > 1 {
			continue
		}
		text := strings.TrimSpace(article.BlocksText(p.Cell.Blocks))
		if text == "" || text == "-" || text == "–" || text == "—" {
			continue
		}
		seen[p.Column] = true
		// The first column names its row: years with their unit are names.
		if !isNumber(text) || p.Column == 0 && strings.ContainsFunc(text, unicode.IsLetter) {
			t.numeric[p.Column] = false
		}
	}
	for i := range t.numeric {
		t.numeric[i] = t.numeric[i] && seen[i]
	}
}

// isNumber says that s is a number, perhaps after a sign or a currency and
// before a unit of at most three letters.
func isNumber(s string) bool {
	s = strings.TrimLeft(s, "+-−±~≈<>≤≥$€¥￥£₩ (")
	n := strings.TrimLeft(s, "0123456789０１２３４５６７８９.,， :/\u00A0\u202F")
	if len(n) == len(s) || !unicode.IsDigit([]rune(s)[0]) {
		return false
	}
	unit := 0
	for _, r := range n {
		switch {
		case strings.ContainsRune("%‰％) \u00A0*†", r):
		case unicode.IsLetter(r) || unicode.IsSymbol(r):
			unit++
		default:
			return false
		}
	}
	return unit <= 3
}

// cellFrame returns the frame of the cell at place i, in a list of its own.
func (t *table) cellFrame(i int, x, measure Length) frame {
	p := &t.places[i]
	f := t.f
	f.out, f.el = &vlist{}, t.cells[i]
	f.x, f.measure = x, measure
	if p.Cell.Header || p.HeadPart {
		f.style.bold, f.style.family = true, fonts.Sans
	}
	f.align = p.Cell.Align
	if f.align == article.AlignDefault {
		f.align = article.AlignStart
		if t.numeric[p.Column] && p.Columns == 1 {
			f.align = article.AlignEnd
		}
		if t.joins(p) {
			f.align = article.AlignCenter
		}
	}
	return f
}

// joins says that p is the head of several columns that have heads of their own.
func (t *table) joins(p *article.Place) bool {
	return p.HeadPart && p.Columns > 1 && p.Row+p.Rows < len(t.src.Head)
}

// wishes returns the width that a cell needs to break no word, and the one at
// which its paragraphs break no line.
func (t *table) wishes(i int) (least, most Length) {
	p := &t.places[i]
	f := t.cellFrame(i, 0, 0)
	em := f.style.size
	least = em * 3 / 2
	// Lines set only to be measured leave no trace in the structure.
	probe := *t.c
	probe.list, probe.ids, probe.measure = f.out, nil, t.f.measure
	var visit func(bs []article.Block, indent Length)
	measure := func(ins []article.Inline, indent Length) {
		scratch := &Element{}
		spans := probe.spans(ins, scratch, f.style)
		for _, l := range t.c.t.setParagraph(&paragraph{spans: spans, lang: f.style.lang, vertical: f.vertical, measure: wide, ragged: true, align: article.AlignStart}) {
			most = max(most, l.width+indent)
		}
		longest := ""
		for _, word := range strings.FieldsFunc(article.InlinesText(ins), func(r rune) bool {
			return unicode.IsSpace(r) || r >= 0x2E80
		}) {
			if len(word) > len(longest) {
				longest = word
			}
		}
		if longest != "" {
			l := t.c.label([]span{{text: longest, style: f.style}}, f.style.lang)
			least = max(least, l.width+indent)
		}
	}
	visit = func(bs []article.Block, indent Length) {
		for _, b := range bs {
			switch b := b.(type) {
			case *article.Heading:
				measure(b.Inlines, indent)
			case *article.Paragraph:
				measure(b.Inlines, indent)
			case *article.List:
				for j := range b.Items {
					visit(b.Items[j].Blocks, indent+2*em)
				}
			case *article.DefinitionList:
				for _, e := range b.Entries {
					for _, term := range e.Terms {
						measure(term, indent)
					}
					for _, d := range e.Descriptions {
						visit(d, indent+em)
					}
				}
			case *article.Quote:
				visit(b.Blocks, indent+2*em)
			case *article.Code:
				for line := range strings.Lines(b.Text) {
					most = max(most, indent+Length(len(line))*em/2)
				}
				least = max(least, indent+5*em)
			case *article.Figure:
				for _, im := range b.Images {
					w := 12 * em
					if a, why := t.c.asset(im); why == "" {
						w = t.c.natural(&t.f, a, im).W
					}
					most = max(most, indent+w)
				}
				least = max(least, indent+5*em)
				measure(b.Caption, indent)
			case *article.Table:
				most, least = max(most, indent+18*em), max(least, indent+9*em)
			case *article.Embed:
				most, least = max(most, indent+12*em), max(least, indent+6*em)
			case *article.Rule:
			default:
				panic(fmt.Sprintf("layout: unknown block %T", b))
			}
		}
	}
	visit(p.Cell.Blocks, 0)
	// Four characters are a word in most tables.
	least = max(least, min(most, 4*em))
	return least, max(least, most)
}

// columnWidths gives every column its width and says whether the table fits the
// measure without breaking words.
func (t *table) columnWidths() bool {
	room := t.f.measure - t.gap*Length(t.columns-1)
	if room < Length(t.columns)*t.f.style.size*3/2 {
		return false
	}
	least, most := make([]Length, t.columns), make([]Length, t.columns)
	for i := range least {
		least[i], most[i] = t.f.style.size*3/2, t.f.style.size*3/2
	}
	type spanning struct {
		at, n       int
		least, most Length
	}
	var spans []spanning
	for i := range t.places {
		p := &t.places[i]
		a, b := t.wishes(i)
		if p.Columns == 1 {
			least[p.Column], most[p.Column] = max(least[p.Column], a), max(most[p.Column], b)
		} else {
			spans = append(spans, spanning{p.Column, p.Columns, a, b})
		}
	}
	for _, s := range spans {
		widen(least[s.at:s.at+s.n], s.least-t.gap*Length(s.n-1))
		widen(most[s.at:s.at+s.n], s.most-t.gap*Length(s.n-1))
	}
	var sumLeast, sumMost Length
	for i := range least {
		// No column of words claims more than two fifths for one word.
		least[i] = min(least[i], room*2/5)
		most[i] = max(most[i], least[i])
		sumLeast += least[i]
		sumMost += most[i]
	}
	if sumLeast > room {
		return false
	}
	t.width = make([]Length, t.columns)
	switch {
	case sumMost <= room:
		// A small table takes the measure when it nearly fills it, else what it needs.
		copy(t.width, most)
		if sumMost > room*6/10 {
			for i := range t.width {
				t.width[i] += (room - sumMost) / Length(t.columns)
			}
		}
	default:
		// What is left over the least goes to columns by what more they would take.
		for i := range t.width {
			t.width[i] = least[i] + Length(int64(room-sumLeast)/256*int64(most[i]-least[i])/(int64(sumMost-sumLeast)/256+1))
		}
	}
	return true
}

// widen makes widths sum to at least need.
func widen(widths []Length, need Length) {
	var sum Length
	for _, w := range widths {
		sum += w
	}
	if more := need - sum; more > 0 {
		for i := range widths {
			widths[i] += more / Length(len(widths))
		}
	}
}

// setRows sets the table in columns. Rows that cells span together are cut into
// bands between the lines of their cells, so that no row is too high for a
// page.
func (t *table) setRows(f *frame) {
	c := t.c
	total := t.gap * Length(t.columns-1)
	from := make([]Length, t.columns) // where lines begin
	at := Length(0)
	for i, w := range t.width {
		from[i] = at
		at += w + t.gap
		total += w
	}
	left := f.x + (f.measure-total)/2
	whole := *f
	whole.x, whole.measure = left, total

	// The cells, each a list of nodes.
	lists := make([]*vlist, len(t.places))
	height := make([]Length, len(t.places))
	for i := range t.places {
		p := &t.places[i]
		w := t.gap * Length(p.Columns-1)
		for k := p.Column; k < p.Column+p.Columns; k++ {
			w += t.width[k]
		}
		x := whole.start(from[p.Column], w)
		cf := t.cellFrame(i, x, w)
		c.blocks(&cf, p.Cell.Blocks)
		lists[i] = cf.out
		height[i] = cf.out.extent()
		if last := cf.out.last(); last != nil && t.joins(p) {
			last.items = append(last.items, &Box{
				Rect: Rect{Point{x, last.height + t.lead}, Size{w, thinRule}}, Filled: true,
			})
		}
	}

	// Heights of rows: those of their cells, the rest of spanning cells in the last
	// row they cover.
	rows := make([]Length, len(t.rows))
	for r := range rows {
		rows[r] = t.f.style.size
	}
	for pass := range 2 {
		for i := range t.places {
			p := &t.places[i]
			if pass == 0 && p.Rows == 1 {
				rows[p.Row] = max(rows[p.Row], height[i])
			}
			if pass == 1 && p.Rows > 1 {
				have := 2 * t.lead * Length(p.Rows-1)
				for r := p.Row; r < p.Row+p.Rows; r++ {
					have += rows[r]
				}
				rows[p.Row+p.Rows-1] += max(height[i]-have, 0)
			}
		}
	}

	starts := make([]int, len(rows)+1) // places of each row
	for i := range t.places {
		starts[t.places[i].Row+1] = i + 1
	}
	for r := range rows {
		starts[r+1] = max(starts[r+1], starts[r])
	}

	rule := func(y, thick Length) Item {
		return &Box{Rect: Rect{Point{left, y}, Size{total, thick}}, Filled: true}
	}
	begin := len(f.out.nodes)
	foot := &strip{items: []Item{rule(t.lead, thinRule)}}
	captioned := len(t.src.Caption) > 0
	if !captioned {
		f.space(f.pitch * 45 / 100)
	}
	c.add(f, node{height: heavyRule, penalty: neverCut, stretch: !captioned, items: []Item{rule(0, heavyRule)}})
	var head *strip
	headFrom := len(f.out.nodes)
	for r := 0; r < len(rows); {
		// A group: rows that spans tie together.
		end := r + 1
		for k := r; k < end; k++ {
			for i := starts[k]; i < starts[k+1]; i++ {
				end = max(end, k+t.places[i].Rows)
			}
		}
		group := len(f.out.nodes)
		t.bands(f, lists[starts[r]:starts[end]], t.places[starts[r]:starts[end]], rows, r, end)
		for k := group; k < len(f.out.nodes); k++ {
			f.out.nodes[k].foot = foot
			if r < len(t.src.Head) {
				f.out.nodes[k].penalty = max(f.out.nodes[k].penalty, neverCut)
			} else {
				f.out.nodes[k].head = head
			}
		}
		r = end
		if len(t.src.Head) > 0 && r == len(t.src.Head) {
			c.add(f, node{height: thinRule, penalty: neverCut, items: []Item{rule(0, thinRule)}})
			head = t.repeatedHead(f, headFrom, rule(0, heavyRule))
			if r < len(rows) {
				continue
			}
		}
	}
	nodes := f.out.nodes
	// The first row stays with the head, the last one with the closing rule.
	nodes[len(nodes)-1].penalty = max(nodes[len(nodes)-1].penalty, neverCut)
	if len(nodes)-begin > 3 && nodes[len(nodes)-2].penalty < lonely {
		nodes[len(nodes)-2].penalty += unwelcome
	}
	c.add(f, node{
		height: heavyRule, after: f.pitch*45/100 + (f.pitch - f.style.size), head: head, items: []Item{rule(0, heavyRule)},
	})
}

// repeatedHead returns the head as it stands again at the top of a page; a head
// of more than a third of a page is not repeated.
func (t *table) repeatedHead(f *frame, from int, top Item) *strip {
	s := &strip{}
	var y Length
	items := []Item{top}
	y = heavyRule
	for i := from; i < len(f.out.nodes); i++ {
		n := &f.out.nodes[i]
		y += n.before
		items = append(items, moved(echo(n.items), 0, y)...)
		y += n.height + n.after
	}
	s.height, s.items = y, items
	if y > t.c.t.geo.height/3 {
		return nil
	}
	return s
}

// bands adds the rows [from, to) as nodes. A band ends wherever no node of any
// cell reaches across.
func (t *table) bands(f *frame, lists []*vlist, places []article.Place, rows []Length, from, to int) {
	type piece struct {
		top, bottom Length
		n           *node
	}
	var pieces []piece
	tops := make([]Length, to-from+1)
	for r := from; r < to; r++ {
		tops[r-from+1] = tops[r-from] + rows[r] + 2*t.lead
	}
	for i := range places {
		p := &places[i]
		y := tops[p.Row-from] + t.lead
		for k := range lists[i].nodes {
			n := &lists[i].nodes[k]
			if k > 0 {
				y += n.before
			}
			pieces = append(pieces, piece{y, y + n.height, n})
			y += n.height + n.after
		}
	}
	total := tops[to-from]
	// Where bands may end: above a piece that nothing reaches across. Rows' ends
	// come first, so that a row of moderate height is one band.
	limit := t.c.t.geo.height / 5
	var ends []Length
	free := func(y Length) bool {
		for _, p := range pieces {
			if p.top < y && p.bottom > y {
				return false
			}
		}
		return true
	}
	prev := Length(0)
	for r := 1; r < len(tops); r++ {
		if tops[r]-prev > limit {
			for _, y := range pieceTops(len(pieces), func(i int) Length { return pieces[i].top }) {
				if y > prev+t.f.pitch && y < tops[r] && free(y) {
					ends = append(ends, y)
				}
			}
		}
		if free(tops[r]) || r == len(tops)-1 {
			ends = append(ends, tops[r])
			prev = tops[r]
		}
	}
	y := Length(0)
	for _, e := range ends {
		if e <= y {
			continue
		}
		n := node{height: e - y}
		for _, p := range pieces {
			if p.top >= y && p.top < e {
				n.items = append(n.items, moved(p.n.material(p.n.height), 0, p.top-y)...)
				n.notes = append(n.notes, p.n.notes...)
				n.entries = append(n.entries, p.n.entries...)
			}
		}
		if e < total {
			n.penalty = unwelcome
		}
		t.c.add(f, n)
		y = e
	}
}

// pieceTops returns sorted distinct values.
func pieceTops(n int, at func(int) Length) []Length {
	var tops []Length
	for i := range n {
		y, k := at(i), len(tops)
		for k > 0 && tops[k-1] > y {
			k--
		}
		if k > 0 && tops[k-1] == y {
			continue
		}
		tops = append(tops, 0)
		copy(tops[k+1:], tops[k:])
		tops[k] = y
	}
	return tops
}

// records sets a table that no type is small enough for: its cells one below
// the other, each after the head of its column.
func (t *table) records(f *frame) {
	c := t.c
	line := func(thick Length) Item {
		return &Box{Rect: Rect{Point{f.x, 0}, Size{f.measure, thick}}, Filled: true}
	}
	if len(t.src.Caption) == 0 {
		f.space(f.pitch * 45 / 100)
	}
	c.add(f, node{height: heavyRule, after: t.lead, penalty: neverCut, items: []Item{line(heavyRule)}})

	heads, simple := t.columnHeads()
	hf := t.f
	hf.out, hf.x, hf.measure = f.out, f.x, f.measure
	hf.style.family, hf.style.size, hf.style.color = fonts.Sans, t.f.style.size*88/100, grey
	var column Length // of the heads
	for _, h := range heads {
		if h != "" {
			column = max(column, c.label([]span{{text: h, style: hf.style}}, hf.style.lang).width)
		}
	}
	column = min(column+t.gap, f.measure*2/5)

	row := -1
	for i := range t.places {
		p := &t.places[i]
		if p.HeadPart && simple[p.Column] != nil {
			continue // it stands in the first record
		}
		if p.Row != row {
			if row >= 0 && (!p.HeadPart || p.Row >= len(t.src.Head)) {
				c.add(f, node{before: t.lead, height: thinRule, after: t.lead, items: []Item{line(thinRule)}})
			}
			row = p.Row
		}
		cf := t.cellFrame(i, f.x, f.measure)
		cf.out, cf.align = f.out, article.AlignStart
		if p.HeadPart || heads[p.Column] == "" {
			c.blocks(&cf, p.Cell.Blocks)
			continue
		}
		// The first record has the head itself, the others its echo.
		spans := []span{{text: heads[p.Column], style: hf.style}}
		if ins := simple[p.Column]; ins != nil {
			for k := range t.places {
				if h := &t.places[k]; h.HeadPart && h.Column == p.Column && len(t.cells[k].Kids) == 0 {
					spans = c.spans(ins, element(t.cells[k], P), hf.style)
				}
			}
		}
		l := c.label(spans, hf.style.lang)
		if l.width > column-t.gap/2 {
			begin := len(f.out.nodes)
			c.set(&hf, hf.paragraphOf(spans))
			f.out.keep(begin)
			if last := f.out.last(); last != nil {
				last.penalty = neverCut
			}
			c.blocks(&cf, p.Cell.Blocks)
			continue
		}
		if cf.measure -= column; !f.rtl() {
			cf.x += column
		}
		begin := len(f.out.nodes)
		c.blocks(&cf, p.Cell.Blocks)
		c.hangLabel(&cf, begin, l, f.start(0, l.width))
	}
	c.add(f, node{before: t.lead, height: heavyRule, after: f.pitch*45/100 + (f.pitch - f.style.size), items: []Item{line(heavyRule)}})
}

// plain says that inlines are text on one line.
func plain(ins []article.Inline) bool {
	for _, in := range ins {
		if _, ok := in.(article.Run); !ok {
			return false
		}
	}
	return true
}

// columnHeads returns the text of every column's head for the records. Heads that
// are a paragraph above one column, with a cell below them, are also returned as
// inlines: they stand in the first record and nowhere else.
func (t *table) columnHeads() (text []string, simple [][]article.Inline) {
	text, simple = make([]string, t.columns), make([][]article.Inline, t.columns)
	below := make([]bool, t.columns)
	for _, p := range t.places {
		if !p.HeadPart {
			below[p.Column] = true
			continue
		}
		s := strings.Join(strings.Fields(article.BlocksText(p.Cell.Blocks)), " ")
		for k := p.Column; k < min(p.Column+p.Columns, t.columns); k++ {
			if text[k] != "" && s != "" {
				text[k] += " · "
			}
			text[k] += s
		}
		if len(t.src.Head) == 1 && p.Columns == 1 && len(p.Cell.Blocks) == 1 {
			if par, ok := p.Cell.Blocks[0].(*article.Paragraph); ok && s != "" && par.ID == "" && plain(par.Inlines) {
				simple[p.Column] = par.Inlines
			}
		}
	}
	for k := range simple {
		if !below[k] {
			simple[k] = nil
		}
	}
	return text, simple
}
