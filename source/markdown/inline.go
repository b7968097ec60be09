package markdown

import (
	"bytes"
	"html"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/leporello-press/leporello/article"
)

// piece is HTML that stands for something CommonMark has no name for.
type piece struct {
	ast.BaseInline
	html  string
	text  string         // what it is within the description of a picture
	issue *article.Issue // nil: none; its place is not set
	left  string         // text of the file that the HTML has not
}

var kindPiece = ast.NewNodeKind("Piece")

func (*piece) Kind() ast.NodeKind { return kindPiece }

func (n *piece) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// The longest that is looked for on a line.
const maxPiece = 2000

// ahead returns what is left of the line, bounded.
func ahead(block text.Reader) []byte {
	line, _ := block.PeekLine()
	return line[:min(len(line), maxPiece)]
}

// wikiLinks recognises [[links]] of notes, ![[pictures]], the kinds of callouts,
// and pictures with spaces or sizes in their addresses, which CommonMark takes for
// text.
type wikiLinks struct{}

func (wikiLinks) Trigger() []byte { return []byte{'[', '!'} }

var (
	wikiLink    = regexp.MustCompile(`^(!?)\[\[([^\[\]|^\n][^\[\]|\n]*)(?:\|([^\[\]\n]*))?\]\]`)
	loosePic    = regexp.MustCompile(`^!\[([^\[\]\n]*)\]\(([^()<>"\n]+?\.(?:(?i)jpe?g|png|gif|webp|svg|avif|bmp)(?:\?[^()<>"\s]*)?)(?:\s+=(\d*)x(\d*))?(?:\s+"([^"\n]*)")?\s*\)`)
	pictureName = regexp.MustCompile(`(?i)\.(?:jpe?g|png|gif|webp|svg|avif|bmp)$`)
	mediaName   = regexp.MustCompile(`(?i)\.(?:mp4|webm|ogv|mov|mkv|mp3|m4a|ogg|wav|flac)$`)
	pixels      = regexp.MustCompile(`^(\d{1,4})(?:x(\d{1,4}))?$`)
	callout     = regexp.MustCompile(`^\[!([A-Za-z][\w-]*)\][+-]?[ \t]*(\n?)`)
	contents    = regexp.MustCompile(`(?i)^_?toc_?$`)
)

func (wikiLinks) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line := ahead(block)
	if m := callout.FindSubmatch(line); m != nil && parent.ChildCount() == 0 && parent.Parent() != nil && parent.Parent().Kind() == ast.KindBlockquote {
		block.Advance(len(m[0]) - len(m[2]))
		p := &piece{html: "<strong>" + string(m[1]) + "</strong> ", text: string(m[1])}
		if len(m[2]) > 0 {
			p.html = "<strong>" + string(m[1]) + "</strong><br>"
		}
		// A title stands on a line of its own. One with marks in it is left to the
		// others, and runs on.
		if title, _, ends := bytes.Cut(line[len(m[0]):], []byte("\n")); ends && len(m[2]) == 0 && !bytes.ContainsAny(title, "*_`[]<&\\~=$:/@{") {
			block.Advance(len(title))
			p.html += html.EscapeString(string(title)) + "<br>"
			p.text += " " + string(title)
		}
		return p
	}
	if m := wikiLink.FindSubmatch(line); m != nil {
		next := line[len(m[0]):]
		if _, defined := pc.Reference(util.ToLinkReference(m[2])); defined || len(next) > 0 && (next[0] == '(' || next[0] == '[') {
			return nil // brackets around a link of CommonMark's
		}
		block.Advance(len(m[0]))
		return wiki(len(m[1]) > 0, strings.TrimSpace(string(m[2])), strings.TrimSpace(string(m[3])), string(m[0]))
	}
	if m := loosePic.FindSubmatch(line); m != nil && (bytes.ContainsAny(m[2], " \t") || len(m[3])+len(m[4]) > 0) {
		block.Advance(len(m[0]))
		return &piece{html: picture(string(m[2]), string(m[1]), string(m[5]), string(m[3]), string(m[4])), text: string(m[1]), left: string(m[0]),
			issue: &article.Issue{Severity: article.Info, Code: "markdown.picture", URL: string(m[2]), Detail: "a space in the address of a picture", Action: "read as a picture"}}
	}
	return nil
}

// wiki makes what a link of notes shows: its alias or the name of its target.
func wiki(embedded bool, target, alias, whole string) ast.Node {
	show := alias
	if show == "" {
		show = target
	}
	page, anchor, _ := strings.Cut(target, "#")
	switch {
	case embedded && pictureName.MatchString(page):
		width, height, alt := "", "", alias
		if m := pixels.FindStringSubmatch(alias); m != nil {
			width, height, alt = m[1], m[2], ""
		}
		return &piece{html: picture(page, alt, "", width, height), text: alt, left: whole,
			issue: &article.Issue{Severity: article.Info, Code: "markdown.wiki", URL: page, Detail: "a picture of notes", Action: "read as a picture"}}
	case embedded && mediaName.MatchString(page):
		tag := "video"
		if strings.ContainsAny(page[strings.LastIndexByte(page, '.')+1:], "3agf") && !strings.HasSuffix(strings.ToLower(page), "4") {
			tag = "audio"
		}
		return &piece{html: "<" + tag + ` src="` + html.EscapeString(page) + `"></` + tag + ">", left: whole,
			issue: &article.Issue{Severity: article.Info, Code: "markdown.wiki", URL: page, Detail: "a recording in notes", Action: "read as one"}}
	case !embedded && page == "" && anchor != "":
		if alias == "" {
			show = anchor
		}
		return &piece{html: `<a href="#` + html.EscapeString(slug(anchor)) + `">` + html.EscapeString(show) + "</a>", text: show, left: whole,
			issue: &article.Issue{Severity: article.Info, Code: "markdown.wiki", Detail: "a link to the heading " + anchor, Action: "read as a link"}}
	case contents.MatchString(target) && alias == "":
		return dropped(whole, "a mark for a table of contents")
	}
	detail := "a link to the note " + target
	if embedded {
		detail = "another note shown here: " + target
	}
	return &piece{html: html.EscapeString(show), text: show, left: whole,
		issue: &article.Issue{Severity: article.Info, Code: "markdown.wiki", Detail: detail, Action: "its text is kept"}}
}

func picture(src, alt, title, width, height string) string {
	var b strings.Builder
	b.WriteString(`<img src="` + html.EscapeString(strings.TrimSpace(src)) + `" alt="` + html.EscapeString(alt) + `"`)
	for _, a := range [][2]string{{"title", title}, {"width", width}, {"height", height}} {
		if a[1] != "" {
			b.WriteString(" " + a[0] + `="` + html.EscapeString(a[1]) + `"`)
		}
	}
	b.WriteByte('>')
	return b.String()
}

// dropped is what was a sign to a program and no text.
func dropped(whole, what string) *piece {
	return &piece{left: whole, issue: &article.Issue{Severity: article.Info, Code: "markdown.sign", Detail: what + ": " + whole, Action: "dropped"}}
}

// shortcodes recognises what site generators replace: {{< x >}} and {{% x %}} of
// Hugo, {% x %} of Hexo, Jekyll and Zola, {: x} of kramdown.
type shortcodes struct{}

func (shortcodes) Trigger() []byte { return []byte{'{'} }

var (
	shortcode = regexp.MustCompile(`^(?:\{\{<(.*?)>\}\}|\{\{%(.*?)%\}\}|\{%-?(.*?)-?%\})`)
	kramdown  = regexp.MustCompile(`^\{:[^{}\n]*\}`)
	argument  = regexp.MustCompile(`(?:([\w-]+)\s*[=:]\s*)?(?:"([^"]*)"|'([^']*)'|` + "`([^`]*)`" + `|([^\s"'=]+))`)
)

func (shortcodes) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line := ahead(block)
	if m := kramdown.Find(line); m != nil {
		block.Advance(len(m))
		return dropped(string(m), "an attribute list")
	}
	m := [][]byte(nil)
	if len(line) > 2 && (line[1] == '{' || line[1] == '%') && (bytes.Contains(line, []byte("%}")) || bytes.Contains(line, []byte(">}}"))) {
		m = shortcode.FindSubmatch(line)
	}
	if m == nil {
		return nil
	}
	inside := strings.TrimSpace(string(m[1]) + string(m[2]) + string(m[3]))
	if inside == "" || strings.HasPrefix(inside, "/*") {
		return nil // Hugo's way to write about short codes
	}
	block.Advance(len(m[0]))
	return code(inside, string(m[0]))
}

// call is a short code taken apart.
type call struct {
	name   string
	values []string          // without a name
	named  map[string]string // with one
}

func parseCall(inside string) call {
	name, rest := inside, ""
	if i := strings.IndexAny(inside, " \t"); i >= 0 {
		name, rest = inside[:i], inside[i:]
	}
	c := call{name: strings.ToLower(strings.TrimSuffix(name, "/")), named: map[string]string{}}
	for _, m := range argument.FindAllStringSubmatch(rest, -1) {
		v := m[2] + m[3] + m[4] + m[5]
		switch {
		case strings.HasPrefix(m[5], "//") && m[1] != "": // the scheme of an address is no name
			c.values = append(c.values, m[1]+":"+v)
		case m[1] != "":
			c.named[strings.ToLower(m[1])] = v
		case v != "" && v != "/":
			c.values = append(c.values, v)
		}
	}
	return c
}

// first returns the first of the named values that is not empty.
func (c call) first(names ...string) string {
	for _, n := range names {
		if v := c.named[n]; v != "" {
			return v
		}
	}
	return ""
}

var players = map[string]string{
	"youtube": "https://www.youtube.com/embed/", "vimeo": "https://player.vimeo.com/video/",
	"bilibili": "https://player.bilibili.com/player.html?bvid=",
}

// code makes what a short code shows, as far as that is known without its site.
func code(inside, whole string) ast.Node {
	c := parseCall(inside)
	p := &piece{left: whole, issue: &article.Issue{Severity: article.Info, Code: "markdown.shortcode"}}
	switch c.name {
	case "figure", "img", "image", "picture", "asset_img", "asset-img":
		src, width, height, title := c.first("src", "path", "url"), c.named["width"], c.named["height"], c.named["title"]
		alt, caption := c.named["alt"], c.first("caption")
		for _, v := range c.values {
			switch {
			case src == "" && pictureName.MatchString(v):
				src = v
			case src == "": // a class
			case width == "" && pixels.MatchString(v):
				width = v
			case height == "" && pixels.MatchString(v):
				height = v
			case title == "":
				title = v
			case alt == "":
				alt = v
			}
		}
		if src == "" {
			break
		}
		p.html, p.text = picture(src, alt, title, width, height), alt
		if caption != "" {
			p.html = "<figure>" + p.html + "<figcaption>" + html.EscapeString(caption) + "</figcaption></figure>"
		}
		p.issue.URL, p.issue.Detail, p.issue.Action = src, "a short code: "+whole, "read as a picture"
		return p
	case "youtube", "vimeo", "bilibili":
		id := c.first("id", "bvid")
		if id == "" && len(c.values) > 0 {
			id = c.values[0]
		}
		if id == "" || strings.ContainsAny(id, "/\"<>") {
			break
		}
		p.html = `<iframe src="` + html.EscapeString(players[c.name]+id) + `"></iframe>`
		p.issue.Detail, p.issue.Action = "a short code: "+whole, "read as a video"
		return p
	case "post_link", "link":
		words := c.values
		address := ""
		if c.name == "post_link" && len(words) > 1 {
			words = words[1:]
		}
		if n := len(words); c.name == "link" && n > 1 && strings.Contains(words[n-1], "://") {
			words, address = words[:n-1], words[n-1]
		}
		p.text = strings.Join(words, " ")
		p.html = html.EscapeString(p.text)
		if address != "" {
			p.html = `<a href="` + html.EscapeString(address) + `">` + p.html + "</a>"
		}
		p.issue.Detail, p.issue.Action = "a short code: "+whole, "its text is kept"
		return p
	}
	p.issue.Severity = article.Warning
	p.issue.Detail, p.issue.Action = "a short code that only its site understands: "+whole, "dropped; what stands between such marks is kept"
	return p
}

// formulas recognises $…$ and $$…$$ on one line. As in Pandoc, the first dollar
// has no space after it, the last none before it and no digit after it.
type formulas struct{}

func (formulas) Trigger() []byte { return []byte{'$'} }

func (formulas) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line := ahead(block)
	mark := 1
	if bytes.HasPrefix(line, []byte("$$")) {
		mark = 2
	}
	inside := line[mark:]
	if len(inside) == 0 || mark == 1 && util.IsSpace(inside[0]) {
		return nil
	}
	for i := 0; i < len(inside); i++ {
		switch c := inside[i]; {
		case c == '\\':
			i++
		case c != '$':
		case i == 0:
			return nil
		case mark == 2:
			if i+1 < len(inside) && inside[i+1] == '$' {
				return formula(block, string(line[:i+4]), string(inside[:i]), true)
			}
			return nil
		case util.IsSpace(inside[i-1]) || i+1 < len(inside) && inside[i+1] >= '0' && inside[i+1] <= '9':
			return nil
		default:
			return formula(block, string(line[:i+2]), string(inside[:i]), false)
		}
	}
	return nil
}

func formula(block text.Reader, whole, source string, display bool) ast.Node {
	s, ok := script(source, display)
	if !ok {
		return nil
	}
	block.Advance(len(whole))
	return &piece{html: s, text: source}
}

// script is the element that stands for a formula of TeX in HTML, as MathJax has
// it; ok is false for text that cannot stand in one.
func script(source string, display bool) (s string, ok bool) {
	if strings.TrimSpace(source) == "" || strings.Contains(strings.ToLower(source), "</script") || strings.Contains(source, "<!--") {
		return "", false
	}
	kind := "math/tex"
	if display {
		kind += "; mode=display"
	}
	return `<script type="` + kind + `">` + source + "</script>", true
}

// links keeps the library from reading the rest of a long line again for every
// "](" in it that nothing closes.
type links struct {
	w      *writer
	budget *int // the bytes that may be looked at; beyond them links must be short
}

// shortLink is the length of an address that costs nothing.
const shortLink = 1000

func (links) Trigger() []byte { return []byte{']'} }

func (l links) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if len(line) < 2 || line[1] != '(' {
		return nil
	}
	depth, i := 0, 1
	for most := min(len(line), max(*l.budget, shortLink)); i < most; i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
		if util.IsSpace(line[min(i, len(line)-1)]) || depth == 0 {
			*l.budget -= i
			return nil
		}
	}
	if *l.budget -= i; *l.budget > 0 || i < shortLink {
		return nil
	}
	if *l.budget > -1<<40 {
		*l.budget = -1 << 40
		l.w.issue(segment.Start, article.Warning, "markdown.links", "more brackets that open links without an end than any article has", "kept as text")
	}
	block.Advance(1)
	return ast.NewTextSegment(segment.WithStop(segment.Start + 1 - segment.Padding))
}
