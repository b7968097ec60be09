package press

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"hash"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/internal/words"
)

// describe makes the metadata of the book from the articles that were chosen.
func (r *run) describe() export.Book {
	o := &r.job.Options
	b := export.Book{Lang: r.report.Lang, Modified: o.Modified, Articles: len(r.chapters), Series: o.Series, Number: o.Number}
	var newest time.Time
	for _, rec := range r.chapters {
		d := rec.date()
		if !d.IsZero() {
			if b.From.IsZero() || d.Before(b.From) {
				b.From = d
			}
			if d.After(b.To) {
				b.To = d
			}
		}
		for _, t := range []time.Time{d, rec.updated} {
			if t.After(newest) {
				newest = t
			}
		}
	}
	b.From, b.To = inZone(b.From, o.zone()), inZone(b.To, o.zone())
	if b.Modified.IsZero() {
		b.Modified = newest
	}
	b.Publisher = common(r.chapters, func(rec *record) string { return rec.publisher })
	if authors := common(r.chapters, func(rec *record) string { return strings.Join(rec.authors, "\x00") }); authors != "" {
		b.Creators = strings.Split(authors, "\x00")
	}
	b.Title = o.Title
	if b.Title == "" {
		b.Title = r.title(&b)
	}
	if len(r.chapters) > 1 {
		b.Headlines = headlines(r.chapters)
	}
	if b.Identifier = o.Identifier; b.Identifier == "" {
		b.Identifier = identifier(&b, r.chapters)
	}
	return b
}

// title makes a title where none was given: that of the only article, else what
// the articles have in common and their dates.
func (r *run) title(b *export.Book) string {
	if len(r.chapters) == 1 && r.chapters[0].title != "" {
		return r.chapters[0].title
	}
	name := b.Publisher
	if name == "" {
		name = common(r.chapters, func(rec *record) string {
			if len(rec.section) == 0 {
				return ""
			}
			return rec.section[0]
		})
	}
	if name == "" {
		name = words.For(b.Lang).Collected
	}
	if dates := b.Dates(); dates != "" {
		name += " " + dates
	}
	return name
}

// maxHeadlines is how many titles a cover announces.
const maxHeadlines = 6

// headlines are the titles of the first article of each part, then of the
// others, in reading order.
func headlines(chapters []*record) []string {
	var first, rest []string
	var last []string
	for i, rec := range chapters {
		if rec.err != nil || rec.title == "" {
			continue
		}
		if i == 0 || !slices.Equal(rec.part, last) {
			first = append(first, rec.title)
		} else if len(rest) < maxHeadlines {
			rest = append(rest, rec.title)
		}
		last = rec.part
	}
	list := append(first, rest...)
	return list[:min(len(list), maxHeadlines)]
}

// language returns the language of the book: the one that was asked for, else
// that of most articles, the first of several.
func (r *run) language(records []*record) string {
	if r.job.Options.Lang != "" {
		return r.job.Options.Lang
	}
	return Language(records, func(rec *record) string { return rec.lang })
}

// Language returns the language of most articles, the first of several.
func Language[T any](articles []T, lang func(T) string) string {
	count := map[string]int{}
	best := ""
	for _, a := range articles {
		if l := lang(a); l != "" {
			count[l]++
		}
	}
	for _, a := range articles { // in order, so that a tie is decided
		if l := lang(a); l != "" && (best == "" || count[l] > count[best]) {
			best = l
		}
	}
	return best
}

// identifier derives the identifier of the book from what is in it, so that the
// same content has the same one wherever and whenever it is made.
func identifier(b *export.Book, chapters []*record) string {
	h := sha256.New()
	write(h, b.Title)
	write(h, b.Lang)
	for _, rec := range chapters {
		h.Write(rec.sum[:])
		write(h, fmt.Sprint(rec.nth))
		write(h, strings.Join(rec.part, "\x00"))
	}
	return uuid5(h.Sum(nil))
}

// Identifier returns the URI of what parts name: other parts, another one.
func Identifier(parts ...string) string {
	h := sha256.New()
	for _, s := range parts {
		write(h, s)
	}
	return uuid5(h.Sum(nil))
}

func write(h hash.Hash, s string) {
	fmt.Fprintf(h, "%d:%s", len(s), s)
}

// uuid5 returns the name-based UUID (RFC 9562, version 5) of name, in a
// namespace of our own, as a URN.
func uuid5(name []byte) string {
	namespace := [16]byte{0x5b, 0x1c, 0x9e, 0x6f, 0x0a, 0x47, 0x5d, 0x2e, 0x8f, 0x31, 0x6c, 0x65, 0x70, 0x6f, 0x72, 0x6c}
	h := sha1.New()
	h.Write(namespace[:])
	h.Write(name)
	u := h.Sum(nil)[:16]
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// coverPictures is how many pictures a cover may choose from.
const coverPictures = 6

// volumeOf returns the nth of so many volumes of a book.
func volumeOf(o *Options, b export.Book, chapters []*record, n, of int) export.Book {
	b.Whole, b.WholeID = b.Title, b.Identifier
	b.Volume, b.Volumes = n, of
	b.Title = fmt.Sprintf("%s %d/%d", b.Title, n, of)
	b.Articles = len(chapters)
	if b.Headlines = nil; len(chapters) > 1 {
		b.Headlines = headlines(chapters)
	}
	if o.Identifier == "" {
		b.Identifier = identifier(&b, chapters)
	} else {
		b.Identifier = Identifier(o.Identifier, fmt.Sprint(n), fmt.Sprint(of))
	}
	return b
}

// cover has the cover picture of a draft of the nth output made.
func (r *run) cover(ctx context.Context, n int, d *draft) {
	if r.job.Cover == nil {
		return
	}
	c := Cover{Output: n, Book: d.book}
	for _, rec := range d.chapters {
		if rec.await(ctx) != nil {
			return
		}
		for i := range rec.pictures {
			if key := rec.pictures[i].key; key != "" && !slices.Contains(c.Pictures, key) {
				c.Pictures = append(c.Pictures, key)
				break
			}
		}
		if len(c.Pictures) == coverPictures {
			break
		}
	}
	var err error
	if d.book.Cover, err = r.job.Cover(ctx, c); err != nil && ctx.Err() == nil {
		d.book.Cover = ""
		d.issues = append(d.issues, article.Issue{
			Severity: article.Warning, Code: "cover.failed", Detail: err.Error(), Action: "no cover picture",
		})
	}
}

// sourceOf returns where an article comes from: its publisher, the host of its
// address, or the folder of its file.
func (r *run) sourceOf(rec *record) string {
	if rec.publisher != "" {
		return rec.publisher
	}
	if u, err := url.Parse(rec.url); err == nil && u.Host != "" {
		return strings.TrimPrefix(u.Hostname(), "www.")
	}
	if dir := path.Base(path.Dir(strings.ReplaceAll(rec.name, `\`, "/"))); dir != "." && dir != "/" {
		return dir
	}
	return ""
}

// common returns what of gives for every article that was read, or the empty
// string where they differ.
func common(records []*record, of func(*record) string) string {
	first := true
	value := ""
	for _, rec := range records {
		if rec.err != nil {
			continue
		}
		v := of(rec)
		if first {
			value, first = v, false
		} else if v != value {
			return ""
		}
	}
	return value
}

func inZone(t time.Time, zone *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}
