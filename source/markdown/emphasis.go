package markdown

import (
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// delimiters recognises *emphasis*, _emphasis_, ~~strikethrough~~ and
// ==highlight==. The rules are CommonMark's (6.2, left- and right-flanking), but
// that a delimiter run beside a character of Chinese, Japanese or Korean is not
// kept from opening or closing by punctuation on its other side: such text has no
// spaces around **「强调」**的 words.
type delimiters struct{ char byte }

func (d delimiters) Trigger() []byte { return []byte{d.char} }

func (d delimiters) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	n := 0
	for n < len(line) && line[n] == d.char {
		n++
	}
	switch d.char {
	case '~':
		if n > 2 || before == '~' {
			return nil
		}
	case '=':
		if n != 2 || before == '=' {
			return nil
		}
	}
	after := ' '
	if n < len(line) {
		after, _ = utf8.DecodeRune(line[n:])
	}
	canOpen, canClose := flanks(d.char, before, after)
	node := parser.NewDelimiter(canOpen, canClose, n, d.char, d)
	node.Segment = segment.WithStop(segment.Start + n)
	block.Advance(n)
	pc.PushDelimiter(node)
	return node
}

func flanks(char byte, before, after rune) (canOpen, canClose bool) {
	spaceBefore, spaceAfter := util.IsSpaceRune(before), util.IsSpaceRune(after)
	wideBefore, wideAfter := isWide(before), isWide(after)
	punctBefore, punctAfter := util.IsPunctRune(before), util.IsPunctRune(after)
	left := !spaceAfter && (!punctAfter || wideAfter || spaceBefore || punctBefore || wideBefore)
	right := !spaceBefore && (!punctBefore || wideBefore || spaceAfter || punctAfter || wideAfter)
	if char != '_' {
		return left, right
	}
	return left && (!right || punctBefore), right && (!left || punctAfter)
}

// isWide: a character or punctuation of Chinese, Japanese or Korean.
func isWide(r rune) bool {
	return r >= 0x2e80 && (r <= 0x303e || r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 || r >= 0xfe30 && r <= 0xfe4f ||
		unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo) || r == 'ー' || r == '・')
}

// IsDelimiter implements parser.DelimiterProcessor.
func (d delimiters) IsDelimiter(b byte) bool { return b == d.char }

// CanOpenCloser implements parser.DelimiterProcessor.
func (d delimiters) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char && (d.char != '~' && d.char != '=' || opener.Length == closer.Length)
}

// OnMatch implements parser.DelimiterProcessor.
func (d delimiters) OnMatch(consumes int) ast.Node {
	switch d.char {
	case '~':
		return east.NewStrikethrough()
	case '=':
		return &highlight{}
	}
	return ast.NewEmphasis(consumes)
}

// highlight is ==text==.
type highlight struct{ ast.BaseInline }

var kindHighlight = ast.NewNodeKind("Highlight")

func (*highlight) Kind() ast.NodeKind { return kindHighlight }

func (n *highlight) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }
