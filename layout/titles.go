package layout

import (
	"strings"
	"unicode"

	"github.com/leporello-press/leporello/article"
)

// displayed sets a title or heading that stands in lines of about equal length.
// Chinese and Japanese have no spaces to break at, and a break within a word is
// what a reader sees first; where the text has marks or spaces that divide it,
// its lines end there.
func (t *Typesetter) displayed(p paragraph) []line {
	p.ragged, p.balanced = true, true
	lines := t.setParagraph(&p)
	if len(lines) < 2 || len(lines) > 4 || len(p.spans) != 1 {
		return lines
	}
	parts := phrases(p.spans[0].text)
	if len(parts) < 2 || len(parts) > 24 {
		return lines
	}
	width := make([]Length, len(parts))
	for i, s := range parts {
		ls := t.setParagraph(&paragraph{
			spans: []span{{text: strings.TrimRight(s, " \u3000"), style: p.spans[0].style}}, lang: p.lang,
			vertical: p.vertical, measure: wide, ragged: true, align: article.AlignStart,
		})
		if len(ls) != 1 {
			return lines
		}
		width[i] = ls[0].width
	}
	ends := evenLines(width, p.measure, len(lines))
	if ends == nil {
		return lines
	}
	q := p
	q.balanced, q.spans = false, nil
	from := 0
	for _, to := range ends {
		s := p.spans[0]
		s.text = strings.Join(parts[from:to], "")
		s.forced = to < len(parts)
		q.spans = append(q.spans, s)
		from = to
	}
	if set := t.setParagraph(&q); len(set) == len(ends) {
		return set
	}
	return lines
}

// phrases divides a title after its marks and at spaces beside East Asian text.
func phrases(s string) []string {
	var parts []string
	runes := []rune(s)
	from := 0
	for i := 1; i < len(runes); i++ {
		before, after := runes[i-1], runes[i]
		if after == ' ' || after == '\u3000' || unicode.IsPunct(after) && !isOpener(after) {
			continue
		}
		divides := false
		switch {
		case strings.ContainsRune("：，；。！？、—…》」』）】｜", before):
			divides = true
		case before == ' ' || before == '\u3000':
			last := before
			for k := i - 1; k >= from && (last == ' ' || last == '\u3000'); k-- {
				last = runes[k]
			}
			divides = last >= 0x2E80 || after >= 0x2E80 || strings.ContainsRune(":;,.!?–—|", last)
		}
		if divides {
			parts = append(parts, string(runes[from:i]))
			from = i
		}
	}
	return append(parts, string(runes[from:]))
}

func isOpener(r rune) bool {
	return unicode.In(r, unicode.Ps, unicode.Pi)
}

// evenLines divides pieces into n lines, or one more, none wider than measure and
// none shorter than three tenths of the longest, as evenly as can be. It returns
// the piece after each line, or nil.
func evenLines(width []Length, measure Length, n int) []int {
	for lines := n; lines <= min(n+1, 3); lines++ {
		var best []int
		var bestCost Length = -1
		var try func(from int, ends []int)
		try = func(from int, ends []int) {
			if len(ends) == lines {
				if from != len(width) {
					return
				}
				var long, short Length
				begin := 0
				for i, end := range ends {
					w := sum(width[begin:end])
					begin = end
					long = max(long, w)
					if i == 0 || w < short {
						short = w
					}
				}
				if short >= long*3/10 && (bestCost < 0 || long-short < bestCost) {
					bestCost, best = long-short, append([]int(nil), ends...)
				}
				return
			}
			for to := from + 1; to <= len(width) && sum(width[from:to]) <= measure; to++ {
				try(to, append(ends, to))
			}
		}
		try(0, nil)
		if best != nil {
			return best
		}
	}
	return nil
}

func sum(ls []Length) Length {
	var s Length
	for _, l := range ls {
		s += l
	}
	return s
}
