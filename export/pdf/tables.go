package pdf

import "github.com/leporello-press/leporello/layout"

// tableRepair is what the structure of a table needs to be regular (PDF/UA-1
// 7.2): every row has as many columns as the longest, and a head has a body
// below it. It changes nothing that shows.
type tableRepair struct {
	empty map[*layout.Element]int // by row: cells that are missing at its end
	head  *layout.Element         // a head without a body, which is written as a body
}

// repairTable looks at the rows of a table.
func repairTable(table *layout.Element) tableRepair {
	var all []*layout.Element
	taken := map[*layout.Element]int{} // columns of each row that a cell covers
	widest := 0
	rows := func(group []*layout.Element) {
		var busy []int // for each column: rows it is still taken for
		for _, row := range group {
			if row.Role != layout.TR {
				continue
			}
			col := 0
			for _, cell := range row.Kids {
				if cell.Role != layout.TH && cell.Role != layout.TD {
					continue
				}
				for col < len(busy) && busy[col] > 0 {
					col++
				}
				for range max(cell.ColSpan, 1) {
					if col == len(busy) {
						busy = append(busy, 0)
					}
					busy[col] = max(cell.RowSpan, 1)
					col++
				}
			}
			n := 0
			for i := range busy {
				if busy[i] > 0 {
					busy[i]--
					n++
				}
			}
			all = append(all, row)
			taken[row] = n
			widest = max(widest, n)
		}
	}
	var r tableRepair
	body := false
	for _, kid := range table.Kids {
		switch kid.Role {
		case layout.THead:
			r.head = kid
			rows(kid.Kids)
		case layout.TBody:
			body = true
			rows(kid.Kids)
		}
	}
	rows(table.Kids)
	if body {
		r.head = nil
	}
	for _, row := range all {
		if n := widest - taken[row]; n > 0 {
			if r.empty == nil {
				r.empty = map[*layout.Element]int{}
			}
			r.empty[row] = n
		}
	}
	return r
}
