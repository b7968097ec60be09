package markdown

import (
	"bytes"
	"slices"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/leporello-press/leporello/article"
)

// parse returns the syntax tree of body. Its kinds of nodes are those that
// writer.node has a case for.
func parse(body []byte, tex bool, w *writer) ast.Node {
	extensions := []goldmark.Extender{extension.Linkify, extension.TaskList, extension.DefinitionList,
		extension.NewCJK(extension.WithEscapedSpace())}
	if wideTables(body) {
		w.issue(0, article.Warning, "markdown.table", "a table with more cells than any article has", "kept as text")
	} else {
		extensions = append(extensions, extension.Table)
	}
	budget := 4*len(body) + 1<<20
	inline := []util.PrioritizedValue{
		util.Prioritized(links{w, &budget}, 150),
		util.Prioritized(wikiLinks{}, 90),
		util.Prioritized(shortcodes{}, 95),
	}
	for _, c := range "*_~=" {
		inline = append(inline, util.Prioritized(delimiters{byte(c)}, 450))
	}
	block := []util.PrioritizedValue{util.Prioritized(codeTags{}, 650)}
	if tex {
		inline = append(inline, util.Prioritized(formulas{}, 96))
		block = append(block, util.Prioritized(displays{}, 660))
	}
	transform := []util.PrioritizedValue{}
	if n := bytes.Count(body, []byte("[^")); n <= maxNotes {
		extensions = append(extensions, extension.Footnote)
		// Before the extension's own, which removes notes that no mark leads to.
		transform = append(transform, util.Prioritized(orphans{w}, 100))
	} else {
		w.issue(0, article.Warning, "markdown.notes", "more marks of notes than any article has", "kept as text")
	}
	definitions, inlines := parser.DefaultParagraphTransformers(), parser.DefaultInlineParsers()
	if manyLinks(body) {
		definitions = nil
		inlines = slices.DeleteFunc(inlines, func(v util.PrioritizedValue) bool { return v.Value == parser.NewLinkParser() })
		w.issue(0, article.Warning, "markdown.links", "more links side by side than any article has", "kept as text")
	}
	base := parser.NewParser(parser.WithBlockParsers(parser.DefaultBlockParsers()...), parser.WithInlineParsers(inlines...),
		parser.WithParagraphTransformers(definitions...))
	md := goldmark.New(goldmark.WithParser(base), goldmark.WithExtensions(extensions...), goldmark.WithParserOptions(
		parser.WithInlineParsers(inline...), parser.WithBlockParsers(block...), parser.WithASTTransformers(transform...), parser.WithHeadingAttribute()))
	return md.Parser().Parse(text.NewReader(body))
}

// orphans keeps the footnotes that no mark leads to.
type orphans struct{ w *writer }

func (o orphans) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		o.lists(n)
	}
}

func (o orphans) lists(n ast.Node) {
	list, ok := n.(*east.FootnoteList)
	if !ok {
		if n.Type() != ast.TypeInline {
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				o.lists(c)
			}
		}
		return
	}
	for c := list.FirstChild(); c != nil; c = c.NextSibling() {
		if note := c.(*east.Footnote); note.Index < 0 {
			list.Count++
			note.Index = list.Count
			if o.w.orphan == nil {
				o.w.orphan = map[*east.Footnote]bool{}
			}
			o.w.orphan[note] = true
		}
	}
}

// last returns the offset at which mark stands last in the text, -1 if nowhere.
// It is looked for once, so that many openings without an end cost no time.
func last(source []byte, mark string, pc parser.Context) int {
	found, _ := pc.Get(lastKey).(map[string]int)
	if found == nil {
		found = map[string]int{}
		pc.Set(lastKey, found)
	}
	at, ok := found[mark]
	if !ok {
		at = bytes.LastIndex(source, []byte(mark))
		found[mark] = at
	}
	return at
}

var lastKey = parser.NewContextKey()
