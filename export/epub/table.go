package epub

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/leporello-press/leporello/article"
)

// manyColumns is how many columns a table has whose type is set smaller.
const manyColumns = 6

func (c *chapter) table(t *article.Table, outer string) {
	defer func(was bool) { c.down = was }(c.down)
	c.down = false
	places, columns := t.Grid()
	class := "table"
	if columns >= manyColumns {
		class = "table many"
	}
	// The box scrolls where the table is wider than the screen; the id is the
	// table's, so that a reader is led to it and not to its box.
	c.raw(`<div class="`, class, `">`)
	c.start("table", t, outer, "")
	c.raw("\n")
	c.open = append(c.open, container{})
	if len(t.Caption) > 0 {
		c.raw("<caption>")
		c.inlines(t.Caption)
		c.raw("</caption>\n")
	}
	numbers := numeric(places, columns)
	next := c.rows("thead", 0, len(t.Head), places, numbers)
	c.open = c.open[:len(c.open)-1]

	c.pushLang(`div class="`+class+`"><table`, "", outer, "</table></div>\n")
	c.push("<tbody>\n", "</tbody>\n")
	c.rows("tbody", len(t.Head), len(t.Head)+len(t.Body), places[next:], numbers)
	c.pop()
	c.pop()
	c.raw("</table></div>\n")
}

// rows writes the rows from first to end, and returns how many places they took.
func (c *chapter) rows(name string, first, end int, places []article.Place, numbers []bool) int {
	if first == end {
		return 0
	}
	c.raw("<", name, ">\n")
	next, free := 0, first // rows before free are covered by a span
	for row := first; row < end; row++ {
		if row > first && row >= free {
			c.mayCut()
		}
		c.open = append(c.open, container{})
		c.raw("<tr>")
		for next < len(places) && places[next].Row == row {
			free = max(free, row+places[next].Rows)
			c.cell(&places[next], numbers)
			next++
		}
		c.raw("</tr>\n")
		c.open = c.open[:len(c.open)-1]
	}
	c.raw("</", name, ">\n")
	return next
}

func (c *chapter) cell(p *article.Place, numbers []bool) {
	cell := p.Cell
	name, scope := "td", ""
	if cell.Header {
		name = "th"
		switch cell.Scope {
		case article.ScopeColumn:
			scope = "col"
		case article.ScopeRow:
			scope = "row"
		default:
			scope = "row"
			if p.HeadPart {
				scope = "col"
			}
		}
	}
	c.raw("<", name)
	class := ""
	if int(cell.Align) < len(alignClass) {
		class = alignClass[cell.Align]
	}
	if class == "" && p.Columns == 1 && numbers[p.Column] && (!cell.Header || p.HeadPart) {
		class = "number"
	}
	c.attrIf("class", class)
	c.attrIf("scope", scope)
	if p.Columns > 1 {
		c.attr("colspan", strconv.Itoa(p.Columns))
	}
	if p.Rows > 1 {
		c.attr("rowspan", strconv.Itoa(p.Rows))
	}
	c.raw(">")
	if ins, ok := onlyText(cell.Blocks); ok {
		c.inlines(ins)
	} else {
		c.blocks(cell.Blocks)
	}
	c.raw("</", name, ">")
}

// numeric tells of each column whether all that its body says are numbers, which
// are aligned at the right.
func numeric(places []article.Place, columns int) []bool {
	numbers, others := make([]bool, columns), make([]bool, columns)
	for i := range places {
		p := &places[i]
		if p.HeadPart || p.Cell.Header || p.Columns > 1 {
			continue
		}
		ins, ok := onlyText(p.Cell.Blocks)
		switch text := strings.TrimSpace(article.InlinesText(ins)); {
		case len(p.Cell.Blocks) == 0, ok && (text == "" || text == "-" || text == "–" || text == "—"):
		case ok && isNumber(text):
			numbers[p.Column] = true
		default:
			others[p.Column] = true
		}
	}
	for i := range numbers {
		numbers[i] = numbers[i] && !others[i]
	}
	return numbers
}

// isNumber tells whether s reads as a number: digits with their signs, a currency
// before them or a short unit behind.
func isNumber(s string) bool {
	digits, unit := 0, 0
	for _, r := range s {
		switch {
		case '0' <= r && r <= '9':
			if unit > 0 {
				return false
			}
			digits++
		case strings.ContainsRune(" .,+-−±()\u00a0\u2009", r):
		case digits == 0 && unicode.Is(unicode.Sc, r):
		case digits == 0:
			return false
		default:
			if unit++; unit > 3 {
				return false
			}
		}
	}
	return digits > 0
}
