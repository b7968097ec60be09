package article

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Schema names the JSON form that MarshalJSON writes. A change that a reader of
// the old form would misunderstand gets a new number.
const Schema = "leporello.article/1"

// MarshalJSON writes the document as one object whose "schema" is Schema. Blocks
// and inlines are objects with a "kind"; fields of zero value are left out.
func (d *Document) MarshalJSON() ([]byte, error) {
	j := jsonDocument{Schema: Schema, Meta: toJSONMeta(&d.Meta), Extent: word(extentWords, int(d.Extent)), Blocks: toJSONBlocks(d.Blocks)}
	for _, n := range d.Notes {
		j.Notes = append(j.Notes, jsonNote{jsonPos(n.Pos), n.ID, toJSONBlocks(n.Blocks)})
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote. Unknown schemas and kinds are
// errors.
func (d *Document) UnmarshalJSON(data []byte) error {
	var j jsonDocument
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("article: %w", err)
	}
	if j.Schema != Schema {
		return fmt.Errorf("article: schema %q is not %q", j.Schema, Schema)
	}
	blocks, err := fromJSONBlocks(j.Blocks)
	if err != nil {
		return err
	}
	*d = Document{Meta: j.Meta.meta(), Blocks: blocks, Extent: Extent(max(slices.Index(extentWords, j.Extent), 0))}
	for _, n := range j.Notes {
		blocks, err := fromJSONBlocks(n.Blocks)
		if err != nil {
			return err
		}
		d.Notes = append(d.Notes, Note{Pos: Pos(n.jsonPos), ID: n.ID, Blocks: blocks})
	}
	return nil
}

type jsonDocument struct {
	Schema string      `json:"schema"`
	Meta   jsonMeta    `json:"meta"`
	Extent string      `json:"extent,omitempty"`
	Blocks []jsonBlock `json:"blocks"`
	Notes  []jsonNote  `json:"notes,omitempty"`
}

type jsonPos struct {
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
}

type jsonNote struct {
	jsonPos
	ID     string      `json:"id"`
	Blocks []jsonBlock `json:"blocks"`
}

type jsonMeta struct {
	ID        string     `json:"id,omitempty"`
	Title     string     `json:"title,omitempty"`
	Subtitle  string     `json:"subtitle,omitempty"`
	Authors   []string   `json:"authors,omitempty"`
	Lang      string     `json:"lang,omitempty"`
	Published time.Time  `json:"published,omitzero"`
	Updated   time.Time  `json:"updated,omitzero"`
	URL       string     `json:"url,omitempty"`
	Section   []string   `json:"section,omitempty"`
	Tags      []string   `json:"tags,omitempty"`
	Summary   string     `json:"summary,omitempty"`
	Lead      *jsonImage `json:"lead,omitempty"`
	Publisher string     `json:"publisher,omitempty"`
	Extra     []Field    `json:"extra,omitempty"`
}

type jsonImage struct {
	Src      string `json:"src,omitempty"`
	Alt      string `json:"alt,omitempty"`
	Title    string `json:"title,omitempty"`
	Link     string `json:"link,omitempty"`
	Width    int    `json:"width,omitempty"`
	Height   int    `json:"height,omitempty"`
	Referrer string `json:"referrer,omitempty"`
	Asset    string `json:"asset,omitempty"`
	Missing  string `json:"missing,omitempty"`
}

// jsonBlock has the fields of every kind of block.
type jsonBlock struct {
	Kind string `json:"kind"`
	jsonPos
	ID      string           `json:"id,omitempty"`
	Lang    string           `json:"lang,omitempty"`
	Level   int              `json:"level,omitempty"`
	Align   string           `json:"align,omitempty"`
	Inlines []jsonInline     `json:"inlines,omitempty"`
	Order   *jsonOrder       `json:"order,omitempty"`
	Items   []jsonItem       `json:"items,omitempty"`
	Entries []jsonDefinition `json:"entries,omitempty"`
	Cite    string           `json:"cite,omitempty"`
	Blocks  []jsonBlock      `json:"blocks,omitempty"`
	Syntax  string           `json:"syntax,omitempty"`
	Text    string           `json:"text,omitempty"`
	Images  []*jsonImage     `json:"images,omitempty"`
	Caption []jsonInline     `json:"caption,omitempty"`
	Head    []jsonRow        `json:"head,omitempty"`
	Body    []jsonRow        `json:"body,omitempty"`
	Embed   string           `json:"embed,omitempty"`
	Src     string           `json:"src,omitempty"`
	Title   string           `json:"title,omitempty"`
	Poster  *jsonImage       `json:"poster,omitempty"`
}

type jsonOrder struct {
	Start    int    `json:"start"`
	Style    string `json:"style"`
	Reversed bool   `json:"reversed,omitempty"`
}

type jsonItem struct {
	jsonPos
	ID     string      `json:"id,omitempty"`
	Lang   string      `json:"lang,omitempty"`
	Task   string      `json:"task,omitempty"`
	Blocks []jsonBlock `json:"blocks,omitempty"`
}

type jsonDefinition struct {
	Terms        [][]jsonInline `json:"terms,omitempty"`
	Descriptions [][]jsonBlock  `json:"descriptions,omitempty"`
}

type jsonRow []jsonCell

type jsonCell struct {
	Header  bool        `json:"header,omitempty"`
	Scope   string      `json:"scope,omitempty"`
	ColSpan int         `json:"colspan,omitempty"`
	RowSpan int         `json:"rowspan,omitempty"`
	Align   string      `json:"align,omitempty"`
	Blocks  []jsonBlock `json:"blocks,omitempty"`
}

// jsonInline has the fields of every kind of inline.
type jsonInline struct {
	Kind     string        `json:"kind"`
	Text     string        `json:"text,omitempty"`
	Marks    []string      `json:"marks,omitempty"`
	Link     string        `json:"link,omitempty"`
	Lang     string        `json:"lang,omitempty"`
	Segments []jsonSegment `json:"segments,omitempty"`
	Image    *jsonImage    `json:"image,omitempty"`
	ID       string        `json:"id,omitempty"`
	Format   string        `json:"format,omitempty"`
	Source   string        `json:"source,omitempty"`
	Display  bool          `json:"display,omitempty"`
}

type jsonSegment struct {
	Base string `json:"base"`
	Text string `json:"text,omitempty"`
}

func toJSONMeta(m *Meta) jsonMeta {
	return jsonMeta{m.ID, m.Title, m.Subtitle, m.Authors, m.Lang, m.Published, m.Updated, m.URL, m.Section,
		m.Tags, m.Summary, toJSONImage(m.Lead), m.Publisher, m.Extra}
}

func (j *jsonMeta) meta() Meta {
	return Meta{j.ID, j.Title, j.Subtitle, j.Authors, j.Lang, j.Published, j.Updated, j.URL, j.Section,
		j.Tags, j.Summary, fromJSONImage(j.Lead), j.Publisher, j.Extra}
}

func toJSONImage(img *Image) *jsonImage {
	if img == nil {
		return nil
	}
	return &jsonImage{img.Src, img.Alt, img.Title, img.Link, img.Width, img.Height, img.Referrer, img.Asset, img.Missing}
}

func fromJSONImage(j *jsonImage) *Image {
	if j == nil {
		return nil
	}
	return &Image{j.Src, j.Alt, j.Title, j.Link, j.Width, j.Height, j.Referrer, j.Asset, j.Missing}
}

func toJSONBlocks(bs []Block) []jsonBlock { return mapped(bs, toJSONBlock) }

func toJSONBlock(b Block) jsonBlock {
	j := jsonBlock{jsonPos: jsonPos(b.Position()), ID: b.Anchor(), Lang: b.Language()}
	switch b := b.(type) {
	case *Heading:
		j.Kind, j.Level, j.Inlines = "heading", b.Level, toJSONInlines(b.Inlines)
	case *Paragraph:
		j.Kind, j.Align, j.Inlines = "paragraph", word(alignWords, int(b.Align)), toJSONInlines(b.Inlines)
	case *List:
		j.Kind = "list"
		if o := b.Order; o != nil {
			j.Order = &jsonOrder{o.Start, numberWords[o.Style], o.Reversed}
		}
		for _, it := range b.Items {
			j.Items = append(j.Items, jsonItem{jsonPos(it.Pos), it.ID, it.Lang, word(taskKinds, int(it.Task)), toJSONBlocks(it.Blocks)})
		}
	case *DefinitionList:
		j.Kind = "definitions"
		for _, e := range b.Entries {
			j.Entries = append(j.Entries, jsonDefinition{mapped(e.Terms, toJSONInlines), mapped(e.Descriptions, toJSONBlocks)})
		}
	case *Quote:
		j.Kind, j.Cite, j.Blocks = "quote", b.Cite, toJSONBlocks(b.Blocks)
	case *Code:
		j.Kind, j.Syntax, j.Text = "code", b.Syntax, b.Text
	case *Figure:
		j.Kind, j.Images, j.Caption = "figure", mapped(b.Images, toJSONImage), toJSONInlines(b.Caption)
	case *Table:
		j.Kind, j.Caption, j.Head, j.Body = "table", toJSONInlines(b.Caption), mapped(b.Head, toJSONRow), mapped(b.Body, toJSONRow)
	case *Rule:
		j.Kind = "rule"
	case *Embed:
		j.Kind, j.Embed, j.Src, j.Title, j.Poster = "embed", embedWords[b.Kind], b.Src, b.Title, toJSONImage(b.Poster)
	default:
		panic(fmt.Sprintf("article: unknown block %T", b))
	}
	return j
}

func toJSONRow(r Row) jsonRow {
	return mapped(r.Cells, func(c Cell) jsonCell {
		return jsonCell{c.Header, word(scopeKinds, int(c.Scope)), c.ColSpan, c.RowSpan, word(alignWords, int(c.Align)), toJSONBlocks(c.Blocks)}
	})
}

func toJSONInlines(ins []Inline) []jsonInline {
	return mapped(ins, func(in Inline) jsonInline {
		switch in := in.(type) {
		case Run:
			return withStyle(jsonInline{Kind: "run", Text: in.Text}, in.Style)
		case LineBreak:
			return jsonInline{Kind: "break"}
		case *Ruby:
			return withStyle(jsonInline{Kind: "ruby", Segments: mapped(in.Segments, func(s RubySegment) jsonSegment { return jsonSegment(s) })}, in.Style)
		case *Image:
			return jsonInline{Kind: "image", Image: toJSONImage(in)}
		case *NoteRef:
			return jsonInline{Kind: "noteref", ID: in.ID}
		case *Math:
			return jsonInline{Kind: "math", Format: mathWords[in.Format], Source: in.Source, Text: in.Text, Display: in.Display}
		default:
			panic(fmt.Sprintf("article: unknown inline %T", in))
		}
	})
}

func withStyle(j jsonInline, s Style) jsonInline {
	j.Link, j.Lang = s.Link, s.Lang
	for i, w := range markWords {
		if s.Marks&(1<<i) != 0 {
			j.Marks = append(j.Marks, w)
		}
	}
	return j
}

func fromJSONBlocks(js []jsonBlock) ([]Block, error) { return mappedErr(js, fromJSONBlock) }

func fromJSONBlock(j jsonBlock) (Block, error) {
	attr := Attr{Pos(j.jsonPos), j.ID, j.Lang}
	var first error
	// The conversions below go on after an error; the first one is returned.
	note := func(err error) {
		if first == nil {
			first = err
		}
	}
	inlines := func(js []jsonInline) []Inline {
		ins, err := fromJSONInlines(js)
		note(err)
		return ins
	}
	blocks := func(js []jsonBlock) []Block {
		bs, err := fromJSONBlocks(js)
		note(err)
		return bs
	}
	index := func(words []string, w string) int {
		i := slices.Index(words, w)
		if w == "" {
			i = 0
		} else if i < 0 {
			note(fmt.Errorf("article: %s: unknown word %q", j.Kind, w))
			i = 0
		}
		return i
	}
	rows := func(js []jsonRow) []Row {
		return mapped(js, func(r jsonRow) Row {
			return Row{mapped(r, func(c jsonCell) Cell {
				return Cell{c.Header, Scope(index(scopeKinds, c.Scope)), c.ColSpan, c.RowSpan, Align(index(alignWords, c.Align)), blocks(c.Blocks)}
			})}
		})
	}
	var b Block
	switch j.Kind {
	case "heading":
		b = &Heading{attr, j.Level, inlines(j.Inlines)}
	case "paragraph":
		b = &Paragraph{attr, Align(index(alignWords, j.Align)), inlines(j.Inlines)}
	case "list":
		l := &List{Attr: attr}
		if o := j.Order; o != nil {
			l.Order = &Order{o.Start, NumberStyle(index(numberWords, o.Style)), o.Reversed}
		}
		for _, it := range j.Items {
			l.Items = append(l.Items, ListItem{Attr{Pos(it.jsonPos), it.ID, it.Lang}, Task(index(taskKinds, it.Task)), blocks(it.Blocks)})
		}
		b = l
	case "definitions":
		b = &DefinitionList{attr, mapped(j.Entries, func(e jsonDefinition) Definition {
			return Definition{mapped(e.Terms, inlines), mapped(e.Descriptions, blocks)}
		})}
	case "quote":
		b = &Quote{attr, j.Cite, blocks(j.Blocks)}
	case "code":
		b = &Code{attr, j.Syntax, j.Text}
	case "figure":
		if slices.Contains(j.Images, nil) {
			note(fmt.Errorf("article: figure with an image that is null"))
		}
		b = &Figure{attr, mapped(j.Images, fromJSONImage), inlines(j.Caption)}
	case "table":
		b = &Table{attr, inlines(j.Caption), rows(j.Head), rows(j.Body)}
	case "rule":
		b = &Rule{attr}
	case "embed":
		b = &Embed{attr, EmbedKind(index(embedWords, j.Embed)), j.Src, j.Title, fromJSONImage(j.Poster)}
	default:
		return nil, fmt.Errorf("article: unknown kind of block %q", j.Kind)
	}
	return b, first
}

func fromJSONInlines(js []jsonInline) ([]Inline, error) {
	return mappedErr(js, func(j jsonInline) (Inline, error) {
		style := Style{Link: j.Link, Lang: j.Lang}
		for _, w := range j.Marks {
			i := slices.Index(markWords, w)
			if i < 0 {
				return nil, fmt.Errorf("article: unknown mark %q", w)
			}
			style.Marks |= 1 << i
		}
		switch j.Kind {
		case "run":
			return Run{j.Text, style}, nil
		case "break":
			return LineBreak{}, nil
		case "ruby":
			return &Ruby{style, mapped(j.Segments, func(s jsonSegment) RubySegment { return RubySegment(s) })}, nil
		case "image":
			if j.Image == nil {
				return nil, fmt.Errorf("article: image without its fields")
			}
			return fromJSONImage(j.Image), nil
		case "noteref":
			return &NoteRef{j.ID}, nil
		case "math":
			format := max(slices.Index(mathWords, j.Format), 0)
			return &Math{MathFormat(format), j.Source, j.Text, j.Display}, nil
		}
		return nil, fmt.Errorf("article: unknown kind of inline %q", j.Kind)
	})
}

// The words of the JSON form where Dump writes other ones.
var (
	extentWords = []string{"whole", "excerpt", "listed"}
	taskKinds   = []string{"none", "open", "done"}
	scopeKinds  = []string{"auto", "column", "row"}
)

// word returns words[i], or nothing for the zero value, so that it is left out.
func word(words []string, i int) string {
	if i == 0 {
		return ""
	}
	return words[i]
}

// mapped applies f to every element. Nil stays nil.
func mapped[S ~[]A, A, B any](list S, f func(A) B) []B {
	if list == nil {
		return nil
	}
	out := make([]B, len(list))
	for i, a := range list {
		out[i] = f(a)
	}
	return out
}

// mappedErr is mapped for an f that may fail; it stops at the first error.
func mappedErr[A, B any](list []A, f func(A) (B, error)) ([]B, error) {
	if list == nil {
		return nil, nil
	}
	out := make([]B, len(list))
	for i, a := range list {
		b, err := f(a)
		if err != nil {
			return nil, err
		}
		out[i] = b
	}
	return out, nil
}
