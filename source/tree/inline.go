package tree

import (
	"strings"
	"unicode"

	"github.com/leporello-press/leporello/article"
)

// para collects what will be one paragraph or several: lines that breaks
// separate, with white space folded over all that stands in them.
type para struct {
	lines []line
	pos   article.Pos // of the element; zero: each paragraph is where its text begins
	align article.Align
	lang  string // of the block
	loose bool   // text that no p holds

	text  strings.Builder // the run being written
	style article.Style   // of it
	last  rune            // the last thing written in the line; 0: nothing yet

	cut bool // the run ends once the white space is written

	space      spaceKind // white space seen since
	spaceStyle article.Style
}

type spaceKind uint8

const (
	noSpace spaceKind = iota
	aSpace
	lineEnd
)

// line is a line between two breaks.
type line struct {
	inlines  []article.Inline
	anchors  []string    // of links that lead here
	pos      article.Pos // of the first visible thing
	indented bool        // by spaces that a browser shows
}

// object stands for a picture or another thing in para.last.
const object = '\ufffc'

func (p *para) current() *line {
	if len(p.lines) == 0 {
		p.lines = append(p.lines, line{})
	}
	return &p.lines[len(p.lines)-1]
}

// add writes text. pos is its place; only the line is known after the first of
// its own line ends. Where keep is set, line ends are breaks.
func (p *para) add(text string, style article.Style, pos article.Pos, keep bool) {
	for _, r := range text {
		switch {
		case r == '\n' || r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			if r == '\n' {
				pos = article.Pos{Line: pos.Line + 1}
			}
			if keep || r == '\u2029' {
				p.lineBreak()
				continue
			}
			p.space = lineEnd
			p.spaceStyle = style
		case r == ' ' || r == '\t' || r == '\f':
			if p.space == noSpace {
				p.space, p.spaceStyle = aSpace, style
			}
		case invisible(r):
		case p.last == 0 && indent(r):
			p.current().indented = true
			p.space = noSpace
		default:
			p.put(r, style, pos)
		}
	}
}

// put writes one character and the space before it.
func (p *para) put(r rune, style article.Style, pos article.Pos) {
	p.flushSpace(r)
	if p.last == 0 {
		p.current().pos = pos
	}
	p.write(r, style)
	p.last = r
}

// flushSpace writes the white space that was seen, folded: nothing at the
// beginning of a line and where a line of the file ends between two characters
// of Chinese or Japanese, else one space.
func (p *para) flushSpace(next rune) {
	if p.space != noSpace && p.last != 0 && !(p.space == lineEnd && solid(p.last) && solid(next)) {
		p.write(' ', p.spaceStyle)
	}
	p.space = noSpace
	if p.cut {
		p.endRun()
		p.cut = false
	}
}

// apart ends the name, title or note that was written: what follows is another
// one, even in the same style.
func (p *para) apart() {
	if p.space == noSpace {
		p.endRun()
	} else {
		p.cut = true
	}
}

func (p *para) write(r rune, style article.Style) {
	if style != p.style {
		p.endRun()
		p.style = style
	}
	p.text.WriteRune(r)
}

func (p *para) endRun() {
	if p.text.Len() == 0 {
		return
	}
	l := p.current()
	l.inlines = append(l.inlines, article.Run{Text: p.text.String(), Style: p.style})
	p.text.Reset()
}

// addObject writes a picture, ruby or another thing. first and last are the
// characters it shows at its ends.
func (p *para) addObject(in article.Inline, pos article.Pos, first, last rune) {
	p.flushSpace(first)
	p.endRun()
	l := p.current()
	if p.last == 0 {
		l.pos = pos
	}
	l.inlines = append(l.inlines, in)
	p.last = last
}

func (p *para) lineBreak() {
	p.endRun()
	p.current()
	p.lines = append(p.lines, line{})
	p.last, p.space, p.cut = 0, noSpace, false
}

func (p *para) anchor(id string) {
	l := p.current()
	l.anchors = append(l.anchors, id)
}

// empty tells whether nothing was added but spaces.
func (p *para) empty() bool { return len(p.lines) == 0 && p.text.Len() == 0 }

// invisible: characters that print nothing and only disturb: controls, marks of
// byte order, places where a line may break, noncharacters.
func invisible(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true // white space among them was seen before
	case r == '\u200b', r == '\ufeff', r >= 0xfff9 && r <= 0xfffc, r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef:
		return true
	}
	return false
}

// indent: a space that a browser shows at the beginning of a line.
func indent(r rune) bool {
	return r == '\u3000' || r == '\u00a0' || r >= '\u2000' && r <= '\u200a' || r == '\u202f' || r == '\u205f' || r == '\u1680'
}

// solid: a character of Chinese or Japanese, which are written without spaces.
func solid(r rune) bool {
	if r < 0x2e80 {
		return false
	}
	return r >= 0x3000 && r <= 0x30ff || r >= 0xff00 && r <= 0xff60 || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo)
}

// foldLine folds s to one line, without indents and what prints nothing.
func foldLine(s string) string {
	var p para
	p.add(s, article.Style{}, article.Pos{}, false)
	p.endRun()
	if len(p.lines) == 0 {
		return ""
	}
	return article.InlinesText(trimEnd(p.lines[0].inlines))
}

// trimEnd removes spaces of all kinds at the end of ins.
func trimEnd(ins []article.Inline) []article.Inline {
	for len(ins) > 0 {
		run, ok := ins[len(ins)-1].(article.Run)
		if !ok {
			break
		}
		t := strings.TrimRightFunc(run.Text, func(r rune) bool { return r == ' ' || indent(r) })
		if t == run.Text {
			break
		}
		if t != "" {
			ins[len(ins)-1] = article.Run{Text: t, Style: run.Style}
			break
		}
		ins = ins[:len(ins)-1]
	}
	return ins
}
