package markdown

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// lines is a block whose lines are not Markdown: a listing between tags of a site
// generator, or a formula between lines of dollars.
type lines struct {
	ast.BaseBlock
	tag  string // the line that opens it; empty for a formula
	end  string // what closes it
	math bool
	shut bool // the end was found
}

var kindLines = ast.NewNodeKind("Lines")

func (*lines) Kind() ast.NodeKind { return kindLines }

func (n *lines) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// codeTags recognises listings between {% codeblock %} or {% highlight %} and
// their ends, and Hugo's highlight.
type codeTags struct{}

var codeTag = regexp.MustCompile(`^[ \t]*(?:\{%-?\s*(codeblock|highlight)\b.*%\}|\{\{<\s*(highlight)\b.*>\}\}|\{\{%\s*(highlight)\b.*%\}\})[ \t]*\n?$`)

func (codeTags) Trigger() []byte { return []byte{'{'} }

func (codeTags) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	if len(line) > maxPiece {
		return nil, parser.NoChildren
	}
	m := codeTag.FindSubmatch(line)
	if m == nil {
		return nil, parser.NoChildren
	}
	n := &lines{tag: strings.TrimSpace(string(line))}
	if len(m[1]) > 0 {
		n.end = "end" + string(m[1])
	} else {
		n.end = "/highlight"
	}
	if last(reader.Source(), n.end, pc) < segment.Stop {
		return nil, parser.NoChildren
	}
	reader.AdvanceToEOL()
	return n, parser.NoChildren
}

func (codeTags) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	n := node.(*lines)
	line, segment := reader.PeekLine()
	t := bytes.TrimSpace(line)
	if bytes.HasPrefix(t, []byte("{")) && bytes.HasSuffix(t, []byte("}")) && bytes.Contains(t[:min(len(t), 60)], []byte(n.end)) {
		n.shut = true
		reader.AdvanceToEOL()
		return parser.Close
	}
	n.Lines().Append(segment)
	reader.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

func (codeTags) Close(ast.Node, text.Reader, parser.Context) {}

func (codeTags) CanInterruptParagraph() bool { return true }

func (codeTags) CanAcceptIndentedLine() bool { return false }

// displays recognises formulas that begin with a line of $$ and end with one.
type displays struct{}

func (displays) Trigger() []byte { return []byte{'$'} }

func (displays) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	t := bytes.TrimSpace(line)
	if !bytes.HasPrefix(t, []byte("$$")) || bytes.Contains(t[2:], []byte("$")) || last(reader.Source(), "$$", pc) < segment.Stop {
		return nil, parser.NoChildren
	}
	n := &lines{math: true, end: "$$"}
	if first := bytes.Index(line, []byte("$$")) + 2; len(bytes.TrimSpace(line[first:])) > 0 {
		n.Lines().Append(text.NewSegment(segment.Start+first-segment.Padding, segment.Stop))
	}
	reader.AdvanceToEOL()
	return n, parser.NoChildren
}

func (displays) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	n := node.(*lines)
	line, segment := reader.PeekLine()
	t := bytes.TrimRight(line, " \t\n")
	if before, ok := bytes.CutSuffix(t, []byte("$$")); ok {
		n.shut = true
		if len(bytes.TrimSpace(before)) > 0 {
			n.Lines().Append(segment.WithStop(segment.Start + len(before) - segment.Padding))
		}
		reader.AdvanceToEOL()
		return parser.Close
	}
	n.Lines().Append(segment)
	reader.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

func (displays) Close(ast.Node, text.Reader, parser.Context) {}

func (displays) CanInterruptParagraph() bool { return true }

func (displays) CanAcceptIndentedLine() bool { return false }
