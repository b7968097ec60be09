package epub

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/words"
	"github.com/leporello-press/leporello/media"
)

func (c *chapter) figure(f *article.Figure, outer string) {
	class := ""
	if n := c.inRow(f.Images); n > 0 {
		class = [...]string{2: "row two", 3: "row three"}[n]
	} else if c.cut(f.Images) {
		class = "cut"
	}
	c.start("figure", f, outer, class)
	caption := plain(f.Caption)
	for _, img := range f.Images {
		c.figureImage(img, f.Pos, caption)
	}
	if len(f.Caption) > 0 {
		c.raw("<figcaption>")
		c.open = append(c.open, container{})
		c.inlines(f.Caption)
		c.open = c.open[:len(c.open)-1]
		c.raw("</figcaption>")
	}
	c.raw("</figure>\n")
}

// cut tells whether one of the pictures is in pieces.
func (c *chapter) cut(images []*article.Image) bool {
	return slices.ContainsFunc(images, func(img *article.Image) bool {
		p := c.pictures[img.Asset]
		return p != nil && len(p.below) > 0
	})
}

// inRow is the number of pictures of a figure where they can stand side by side:
// two or three upright ones of like shape.
func (c *chapter) inRow(images []*article.Image) int {
	if len(images) != 2 && len(images) != 3 {
		return 0
	}
	var low, high float64
	for _, img := range images {
		p := c.pictures[img.Asset]
		if p == nil || p.fault != nil || p.width >= p.height || len(p.below) > 0 {
			return 0
		}
		shape := float64(p.height) / float64(p.width)
		if low == 0 || shape < low {
			low = shape
		}
		high = max(high, shape)
	}
	if high > 1.3*low {
		return 0
	}
	return len(images)
}

// figureImage writes a picture of a figure, or what stands in its place. Caption
// describes it where its author did not.
func (c *chapter) figureImage(img *article.Image, pos article.Pos, caption string) {
	p, reason := c.pictureOf(img, pos)
	if p == nil {
		c.missing(img, reason)
		return
	}
	c.raw(`<div class="picture">`)
	linked := c.startImageLink(img)
	class := ""
	if p.width >= 700 && p.width*4 >= p.height*5 {
		class = "wide" // it may fill the measure
	}
	c.img(img, p, class, caption)
	if linked {
		c.raw("</a>")
	}
	c.raw("</div>")
}

// img writes the picture itself, all pieces of it.
func (c *chapter) img(img *article.Image, p *picture, class, caption string) {
	alt := label(img.Alt)
	if alt == "" {
		alt = label(img.Title)
	}
	c.shown++
	if alt == "" {
		c.undescribed++
		if alt = caption; alt == "" {
			alt = c.words.Picture
		}
	}
	title := label(img.Title)
	if title == alt {
		title = ""
	}
	pieces := append([]*picture{p}, p.below...)
	for i, p := range pieces {
		nth := ""
		if len(pieces) > 1 {
			class, nth = "piece", fmt.Sprintf(" (%d/%d)", i+1, len(pieces))
		}
		c.raw("<img")
		c.attrIf("class", class)
		c.attr("src", "../"+imageDir+p.name())
		c.attr("alt", alt+nth)
		c.attrIf("title", title)
		if len(pieces) == 1 { // a piece is a picture of its own
			c.record(img, alt, title)
		}
		c.raw("/>")
	}
}

// record writes what is known of a picture beside the description and the title
// that are written: reading systems pass over it, and who reads the book as a source
// has it again.
func (c *chapter) record(img *article.Image, alt, title string) {
	if img.Alt != alt {
		c.attr("data-alt", img.Alt)
	}
	if img.Title != title {
		c.attr("data-title", img.Title)
	}
	if img.Width > 0 {
		c.attr("data-width", strconv.Itoa(img.Width))
	}
	if img.Height > 0 {
		c.attr("data-height", strconv.Itoa(img.Height))
	}
	c.attrIf("data-referrer", img.Referrer)
}

// whence is the address of a thing that the book does not have, for who reads the book
// as a source: as it was, but without the name of a user.
func whence(src string) string {
	if a := address(src); a != "" {
		return a
	}
	return webURL(src)
}

// absent begins the element that stands in the place of a picture, with what is
// known of that.
func (c *chapter) absent(name, class string, img *article.Image) {
	c.raw("<", name)
	c.attr("class", class)
	c.attr("data-address", whence(img.Src))
	link := address(img.Link)
	if anchor, ok := strings.CutPrefix(img.Link, "#"); ok && c.ids[anchor] != "" {
		link = "#" + c.ids[anchor]
	}
	c.attrIf("data-link", link)
	c.record(img, "", "")
	c.raw(">")
}

// startImageLink opens the link of a picture, if it has one that leads somewhere.
func (c *chapter) startImageLink(img *article.Image) bool {
	return img.Link != "" && c.startLink(img.Link)
}

// pictureOf returns the picture that the container has, or why there is none.
func (c *chapter) pictureOf(img *article.Image, pos article.Pos) (p *picture, reason string) {
	if img.Asset == "" {
		return nil, label(img.Missing)
	}
	p = c.pictures[img.Asset]
	if p == nil {
		return nil, ""
	}
	if p.fault == nil {
		return p, ""
	}
	detail := p.fault.Error()
	// Only what is wrong with the picture is for the reader: other errors name files
	// of the machine that the book is made on.
	var e *media.Error
	if errors.As(p.fault, &e) {
		detail, reason = e.Detail, label(e.Detail)
	}
	c.issue(article.Issue{Severity: article.Loss, Code: "image.embed", Pos: pos, URL: webURL(img.Src), Detail: detail, Action: "placeholder"})
	return nil, reason
}

// webURL is the address of a picture for a report: a data: address would fill it.
func webURL(src string) string {
	if strings.HasPrefix(src, "data:") {
		return "data:"
	}
	return src
}

// missing writes what stands in the place of a picture: what it showed, where it
// was, why it is not here, and the way to it.
func (c *chapter) missing(img *article.Image, reason string) {
	alt := label(img.Alt)
	if alt == "" {
		alt = label(img.Title)
	}
	c.absent("div", "missing", img)
	if alt == "" && address(img.Link) != "" {
		alt = label(words.Host(img.Link))
	}
	if alt != "" {
		c.raw(`<p class="alt">`)
		linked := c.startImageLink(img)
		c.text(alt)
		if linked {
			c.raw("</a>")
		}
		c.raw("</p>")
	}
	c.raw(`<p class="why">`)
	c.text(joinLabels([]string{c.words.Missing, place(img.Src), reason}, " · "))
	c.raw("</p>")
	if a := address(img.Src); a != "" {
		c.raw(`<p class="why">`)
		c.element("a", c.words.Open, "href", a)
		c.raw("</p>")
	}
	c.raw("</div>")
}

// place is where a picture was: the host of an address, or the path of a file.
func place(src string) string {
	if strings.HasPrefix(src, "data:") {
		return ""
	}
	if h := label(words.Host(src)); h != "" {
		return h
	}
	return shorten(label(src), 60)
}

// iconHeight is how high, in pixels, a picture among text is that stands in its line
// like a letter.
const iconHeight = 40

// inlineImage writes a picture among text.
func (c *chapter) inlineImage(img *article.Image) {
	p, reason := c.pictureOf(img, article.Pos{})
	if p == nil {
		what := label(img.Alt)
		if what == "" {
			what = label(img.Title)
		}
		if what == "" {
			what = c.words.Missing
		}
		c.absent("span", "missing-inline", img)
		if reason == "" {
			reason = c.words.Missing
		}
		c.bracketed(img, what, joinLabels([]string{place(img.Src), reason}, " · "))
		c.raw("</span>")
		return
	}
	linked := c.startImageLink(img)
	class := "inline"
	height := img.Height
	if height == 0 || p.height < height {
		height = p.height
	}
	if height <= iconHeight {
		class = "icon"
	}
	c.img(img, p, class, "")
	if linked {
		c.raw("</a>")
	}
}

// bracketed writes the text that stands for a picture among text, in brackets,
// and the way to it.
func (c *chapter) bracketed(img *article.Image, what, why string) {
	c.raw("[")
	if a := address(img.Src); a != "" {
		c.element("a", what, "href", a, "title", why)
	} else {
		c.text(joinLabels([]string{what, why}, " · "))
	}
	c.raw("]")
}

// embed writes what a book cannot hold: its poster, what it is, its title and
// where it is.
func (c *chapter) embed(e *article.Embed, outer string) {
	kind, word := "", ""
	switch e.Kind {
	case article.Frame:
		kind, word = "frame", c.words.Frame
	case article.Video:
		kind, word = "video", c.words.Video
	case article.Audio:
		kind, word = "audio", c.words.Audio
	default:
		panic("epub: unknown kind of embed")
	}
	c.start("div", e, outer, "embed", "data-kind", kind, "data-address", whence(e.Src), "data-title", e.Title)
	if e.Poster != nil {
		if p, _ := c.pictureOf(e.Poster, e.Pos); p != nil {
			c.raw(`<div class="picture">`)
			class := ""
			if p.width >= 700 {
				class = "wide"
			}
			c.img(e.Poster, p, class, label(e.Title))
			c.raw("</div>")
		} else {
			c.missing(e.Poster, label(e.Poster.Missing))
		}
	}
	c.raw("<p>")
	c.element("span", word, "class", "kind")
	if t := label(e.Title); t != "" {
		c.raw(" ")
		c.element("strong", t)
	}
	c.raw("</p>")
	if a := address(e.Src); a != "" {
		c.raw(`<p class="where">`)
		c.element("a", shorten(a, 80), "href", a)
		c.raw("</p>")
	}
	c.raw("</div>\n")
}

// shorten cuts s after n characters and says so.
func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
