package article

// Place is where a cell of a table stands once spans are counted.
type Place struct {
	Cell     *Cell
	Row      int // of all rows, those of the head first
	Column   int
	Rows     int // rows it covers, never past the end of its part (head or body)
	Columns  int // columns it covers
	HeadPart bool
}

// maxColumns bounds the columns of a table, so that a hostile span cannot make a
// grid of millions. HTML bounds colspan at 1,000.
const maxColumns = 1000

// Grid gives every cell its row and column, as the table model of HTML does, and
// returns the number of columns. Cells that would begin past column 1,000 are
// put into the last one.
func (t *Table) Grid() (places []Place, columns int) {
	row := 0
	for part, rows := range [][]Row{t.Head, t.Body} {
		busy := []int{} // for each column: rows it is still taken for by a cell above
		for i, r := range rows {
			next := 0
			for c := range r.Cells {
				for next < len(busy) && busy[next] > 0 && next < maxColumns-1 {
					next++
				}
				cell := &r.Cells[c]
				p := Place{
					Cell: cell, Row: row, Column: next, HeadPart: part == 0,
					Rows:    min(max(cell.RowSpan, 1), len(rows)-i),
					Columns: min(max(cell.ColSpan, 1), maxColumns-next),
				}
				// A span never covers a column that a cell from above still holds.
				for k := next + 1; k < next+p.Columns; k++ {
					if k < len(busy) && busy[k] > 0 {
						p.Columns = k - next
						break
					}
				}
				for len(busy) < next+p.Columns {
					busy = append(busy, 0)
				}
				for k := next; k < next+p.Columns; k++ {
					busy[k] = p.Rows
				}
				columns = max(columns, next+p.Columns)
				places = append(places, p)
				next = min(next+p.Columns, maxColumns-1)
			}
			for k := range busy {
				busy[k] = max(busy[k]-1, 0)
			}
			row++
		}
	}
	return places, columns
}
