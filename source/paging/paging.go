// Package paging joins the pages of an article that a site shows on several. It is
// a service to the formats under source whose inputs are web pages.
//
// It decides which link of a page leads to the page that goes on with the article,
// and whether what is there goes on with it and is not another article; what is
// said on every page it keeps once. It fetches nothing itself and does not read
// pages.
package paging

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
)

// maxPages bounds the pages of one article.
const maxPages = 20

// Page is a page that was read.
type Page struct {
	Input    source.Input
	Document *article.Document
	Text     []byte // its HTML, in UTF-8
}

// Article joins pages.
type Article struct {
	// Read reads a page, which reports for itself.
	Read func(source.Input) (Page, error)
	// Follow brings the page at an address; nil: pages are only looked for beside the
	// first one.
	Follow func(address string) (source.Input, error)
	Report func(article.Issue)
}

// Join appends to the document of first the pages that go on with it, at most 20
// in all, and returns the inputs that they are. One that cannot be had ends the
// article, and is reported.
func (a Article) Join(first Page) []source.Input {
	doc := first.Document
	title := doc.Meta.Title
	begin := placeOf(first)
	if begin.address() == "" {
		return nil
	}
	heads := map[string]bool{}
	for _, b := range doc.Blocks[:min(len(doc.Blocks), maxRepeated)] {
		heads[key(b)] = true
	}
	var joined []source.Input
	seen := map[string]bool{begin.address(): true}
	last, text := first, doc.Text()
	for number := 2; ; number++ {
		next, how := a.next(begin, last, number, seen)
		if how == unlike {
			return joined
		}
		seen[next.address()] = true
		if number > maxPages {
			a.report(article.Loss, "long", next, fmt.Sprintf("the article has more than %d pages", maxPages), "the first are taken")
			return joined
		}
		page, err := a.load(next)
		if err == nil && !goesOn(begin, title, page, how) {
			a.report(article.Info, "other", next, "a link to a next page leads to another article", "not joined")
			return joined
		}
		if err == nil && squeeze(page.Document.Text()) == squeeze(text) {
			err = errors.New("it says the same as the page before it")
		}
		if err != nil {
			a.report(article.Loss, "failed", next, fmt.Sprintf("page %d of the article: %v", number, err), "the article ends before it")
			return joined
		}
		last, text = page, page.Document.Text()
		joined = append(joined, page.Input)
		a.report(article.Info, "joined", next, fmt.Sprintf("page %d of the article", number), "joined")
		a.dropRepeats(heads, doc, page.Document, next)
		doc.Join(page.Document)
	}
}

// part is the name of a file that is a page of an article, but not its first.
var part = regexp.MustCompile(`(?i)^(.*?)(?:[_.-]?(?:p|pg|page)?[_-]?|[ _]?\()(\d{1,3})\)?(\.\w+)$`)

// PartOf returns the file that lies beside the one of in and is the first page of
// an article that in goes on with; empty: there is none.
func (a Article) PartOf(in source.Input) string {
	m := part.FindStringSubmatch(in.Path)
	if m == nil || in.Base != "" || in.Files == nil {
		return ""
	}
	quiet := a
	quiet.Report = func(article.Issue) {}
	for _, first := range []string{m[1] + m[3], m[1] + "/index" + m[3], strings.TrimSuffix(in.Path, m[2]+m[3]) + "1" + m[3]} {
		at := place{in: in, file: first}
		if info, err := fs.Stat(in.Files, first); err != nil || !info.Mode().IsRegular() || first == in.Path {
			continue
		}
		page, err := quiet.load(at)
		if err == nil && slices.ContainsFunc(quiet.Join(page), func(more source.Input) bool { return more.Path == in.Path }) {
			return at.name()
		}
	}
	return ""
}

func (a Article) report(s article.Severity, code string, at place, detail, action string) {
	a.Report(article.Issue{Severity: s, Code: "pages." + code, URL: at.name(), Detail: detail, Action: action})
}

// place is where a page is.
type place struct {
	in   source.Input
	url  *url.URL // nil: unknown
	file string   // in in.Files; empty: it is not beside the article
}

func placeOf(p Page) place {
	at := place{in: p.Input, file: p.Input.Path}
	for _, s := range []string{p.Input.Base, p.Document.Meta.URL} {
		if u, err := url.Parse(s); err == nil && u.Host != "" && at.url == nil {
			at.url = u
		}
	}
	if p.Input.Base != "" || p.Input.Files == nil {
		at.file = ""
	}
	return at
}

// address is what places are told apart by; empty: the place is unknown.
func (p place) address() string {
	switch {
	case p.file != "":
		return p.file
	case p.url == nil || p.in.Base == "":
		return ""
	}
	u := *p.url
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

// name is what messages call it.
func (p place) name() string {
	if p.file != "" {
		return path.Join(path.Dir(p.in.Name), path.Base(p.file))
	}
	return p.address()
}

// next returns the place of the page that a link of page says is the next, and how
// much like the first one its address is; unlike: there is none.
func (a Article) next(first place, page Page, number int, seen map[string]bool) (place, likeness) {
	at := placeOf(page)
	for _, l := range linksOf(page.Text, number) {
		next, ok := a.resolve(at, l.href)
		if !ok || seen[next.address()] {
			continue
		}
		how := alike(first, next, number)
		if how == unlike || how == counted && !l.pages || l.number && how != suffixed {
			continue
		}
		return next, how
	}
	return place{}, unlike
}

// resolve returns the place that a link of the page at leads to: on its host, or
// beside its file.
func (a Article) resolve(at place, href string) (place, bool) {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil {
		return place{}, false
	}
	next := place{in: at.in}
	if at.url != nil {
		next.url = at.url.ResolveReference(u)
	} else if u.Host != "" {
		next.url = u
	}
	if next.url != nil && next.url.Scheme != "http" && next.url.Scheme != "https" {
		return place{}, false
	}
	if at.file == "" {
		return next, a.Follow != nil && next.url != nil && hostOf(next.url) == hostOf(at.url)
	}
	dir := path.Dir(at.file)
	tries := []string{path.Join(dir, path.Base(u.Path))}
	if u.Host == "" && u.Scheme == "" {
		tries = slices.Insert(tries, 0, path.Join(dir, u.Path))
	}
	for _, file := range tries {
		if !fs.ValidPath(file) {
			continue
		}
		if info, err := fs.Stat(at.in.Files, file); err == nil && info.Mode().IsRegular() {
			next.file = file
			return next, true
		}
	}
	return place{}, false
}

func hostOf(u *url.URL) string {
	if u == nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Host), "www.")
}

func (a Article) load(at place) (Page, error) {
	if at.file == "" {
		in, err := a.Follow(at.address())
		if err != nil {
			return Page{}, err
		}
		return a.Read(in)
	}
	in := source.Input{Name: at.name(), Files: at.in.Files, Path: at.file}
	var err error
	if in.Data, err = in.ReadFile(at.file, maxBytes); err != nil {
		return Page{}, err
	}
	return a.Read(in)
}

// maxBytes bounds a page beside the first one.
const maxBytes = 32 << 20

// likeness is how much the address of a page is like that of the first page of the
// article that it may go on with.
type likeness uint8

const (
	// unlike: nothing tells that they are pages of one article.
	unlike likeness = iota
	// counted: both end in numbers, the first one in 1. They may be of two articles.
	counted
	// suffixed: it is the first one's with the number of the page.
	suffixed
)

var (
	extension = regexp.MustCompile(`(?i)\.(?:s?html?|xhtml|php\d?|aspx?|jsp)$`)
	suffix    = regexp.MustCompile(`(?i)^(?:[_.-]?(?:p|pg|page)?[_-]?|/(?:p|pg|page)?[/_-]?|[ _]?\()(\d{1,3})\)?$`)
	ending    = regexp.MustCompile(`(?i)^(.*[^0-9])(\d{1,3})$`)
)

// pageKeys are what the number of a page is called in queries.
var pageKeys = []string{"page", "p", "pn", "pg", "paged", "pageno", "page_no", "pagenum", "page_num", "pageindex", "pageid", "currentpage"}

// alike compares the address of the page of a number with that of the first.
func alike(first, next place, number int) likeness {
	if first.url == nil || next.url == nil {
		return alikePaths(first.file, next.file, number)
	}
	if hostOf(first.url) != hostOf(next.url) {
		return unlike
	}
	a, b := first.url, next.url
	if a.Path == b.Path {
		if !isArticle(a.Path) && len(a.Query()) == 0 {
			return unlike
		}
		return alikeQueries(a.Query(), b.Query(), number)
	}
	if a.RawQuery != b.RawQuery {
		return unlike
	}
	return alikePaths(a.Path, b.Path, number)
}

// counts tells whether a page is called n that is the one of the number: sites
// count from 1 or from 0.
func counts(n string, number int) bool {
	return n == fmt.Sprint(number) || number > 2 && n == fmt.Sprint(number-1) || number == 2 && n == "1"
}

func alikePaths(first, next string, number int) likeness {
	stem := func(s string) string { return strings.TrimSuffix(extension.ReplaceAllString(s, ""), "/") }
	a, b := stem(first), stem(next)
	for _, a := range []string{a, strings.TrimSuffix(a, "/index")} {
		if rest, ok := strings.CutPrefix(b, a); ok && a != "" {
			list := strings.HasPrefix(rest, "/page") && !isArticle(first)
			if m := suffix.FindStringSubmatch(rest); m != nil && rest != m[1] && counts(m[1], number) && !list {
				return suffixed
			}
		}
	}
	m, n := ending.FindStringSubmatch(a), ending.FindStringSubmatch(b)
	if m != nil && n != nil && m[1] == n[1] && m[2] == "1" && n[2] == fmt.Sprint(number) {
		return counted
	}
	return unlike
}

// isArticle tells whether a path is more likely of an article than of a list of
// some, which goes on over pages, too.
func isArticle(p string) bool {
	name := path.Base(p)
	return extension.MatchString(name) && !strings.HasPrefix(name, "index.") || strings.ContainsAny(name, "0123456789") || utf8.RuneCountInString(name) >= 15
}

func alikeQueries(first, next url.Values, number int) likeness {
	found := false
	for k, v := range next {
		if slices.Contains(pageKeys, strings.ToLower(k)) && len(v) == 1 && counts(v[0], number) && (first.Get(k) == "" || first.Get(k) == "1" || first.Get(k) == "0") {
			if found {
				return unlike
			}
			found = true
			continue
		}
		if !slices.Equal(v, first[k]) {
			return unlike
		}
	}
	for k, v := range first {
		if !slices.Contains(pageKeys, strings.ToLower(k)) && !slices.Equal(v, next[k]) {
			return unlike
		}
	}
	if !found {
		return unlike
	}
	return suffixed
}

// goesOn tells whether a page goes on with the article that began with the first:
// it says that its address is the first one's, or it has the same title. Where its
// address alone says that it is a page of the same article, no title is also one.
func goesOn(first place, title string, page Page, how likeness) bool {
	if u, err := url.Parse(page.Document.Meta.URL); err == nil && first.url != nil && u.Host != "" && u.Path == first.url.Path && u.RawQuery == first.url.RawQuery {
		return true
	}
	a, b := plainTitle(title), plainTitle(page.Document.Meta.Title)
	if a == "" || b == "" {
		return how == suffixed
	}
	return a == b || how == suffixed && min(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) >= 4 && (strings.Contains(a, b) || strings.Contains(b, a))
}

var numbering = regexp.MustCompile(`(?i)[\s_|｜:：—–-]*[(（\[【]?\s*(?:第\s*[0-9一二三四五六七八九十]+\s*[页頁](?:\s*[/／]?\s*共\s*[0-9]+\s*[页頁])?|page\s*[0-9]+(?:\s*(?:of|/)\s*[0-9]+)?|[0-9]+\s*(?:ページ目?|[/／]\s*[0-9]+)|[(（\[【]\s*[0-9一二三四五六七八九十]+)\s*[)）\]】]?\s*$`)

// plainTitle returns a title without the number of a page behind it, in lower case
// and without white space.
func plainTitle(s string) string {
	return strings.ToLower(squeeze(numbering.ReplaceAllString(strings.TrimSpace(s), "")))
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// The bounds of what pages repeat: how many blocks at the beginning of the first one
// others may begin with, and from how many characters on a text is one.
const (
	maxRepeated = 6
	minRepeated = 8
)

// key is what equal blocks have in common; empty: a block with too little in it.
func key(b article.Block) string {
	s := squeeze(article.BlocksText([]article.Block{b}))
	if utf8.RuneCountInString(s) < minRepeated {
		s = ""
	}
	for _, img := range article.Images(b) {
		s += "\n" + img.Src
	}
	return s
}

var pagerText = regexp.MustCompile(`(?i)^(?:[\s\d«»‹›<>←→|\[\]（）()…·•/,，:：-]|[上下前后後次首末尾]一?[页頁]|前へ|次へ|前の?ページ|次の?ページ|ページ|[第共页頁]|이전|다음|previous|prev|next|first|last|page|pages|of|阅读全文|在本页阅读全文|显示全文)+$`)

// isPager tells whether a block is nothing but links to the pages of an article.
func isPager(b article.Block) bool {
	linked := false
	article.Walk([]article.Block{b}, func(b article.Block) bool {
		for in := range article.Inlines(b) {
			run, ok := in.(article.Run)
			linked = linked || ok && run.Style.Link != ""
		}
		return true
	})
	s := article.BlocksText([]article.Block{b})
	return linked && len(s) < 400 && pagerText.MatchString(s)
}

// dropRepeats takes out what every page says: at the beginning of more what doc
// begins with, at the end of doc what more ends with, and the links to the pages.
// What links lead to stays.
func (a Article) dropRepeats(heads map[string]bool, doc, more *article.Document, at place) {
	var dropped []string
	drop := func(b article.Block) {
		dropped = append(dropped, strings.Join(strings.Fields(article.BlocksText([]article.Block{b})), " "))
	}
	for _, d := range []*article.Document{doc, more} {
		d.Blocks = slices.DeleteFunc(d.Blocks, func(b article.Block) bool {
			if !isPager(b) {
				return false
			}
			drop(b)
			return true
		})
	}
	for len(more.Blocks) > 1 && more.Blocks[0].Anchor() == "" && key(more.Blocks[0]) != "" && heads[key(more.Blocks[0])] {
		drop(more.Blocks[0])
		more.Blocks = more.Blocks[1:]
	}
	for len(doc.Blocks) > 1 && len(more.Blocks) > 0 {
		last := doc.Blocks[len(doc.Blocks)-1]
		k, same := key(last), false
		for _, b := range more.Blocks[max(0, len(more.Blocks)-maxRepeated):] {
			same = same || k != "" && key(b) == k
		}
		if !same || last.Anchor() != "" {
			break
		}
		drop(last)
		doc.Blocks = doc.Blocks[:len(doc.Blocks)-1]
	}
	if len(dropped) > 0 {
		a.report(article.Info, "repeated", at, fmt.Sprintf("what pages of the article repeat: %q", dropped), "kept once")
	}
}
