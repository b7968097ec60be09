package webpage

import (
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/leporello-press/leporello/source/date"
	"github.com/leporello-press/leporello/source/dom"
	"github.com/leporello-press/leporello/source/lang"
)

// Programs that save a page write its address into a comment at its beginning.
var (
	savedWhole = regexp.MustCompile(`(?i)<!--\s*(?:Page saved with SingleFile\s+)url:\s*(https?://\S+)`)
	savedFrom  = regexp.MustCompile(`(?i)<!--\s*saved from url=\(\d+\)(https?://\S+?)\s*-->`)
)

// Origin returns the address that text, a page, was saved from, as browsers and
// SingleFile note it; "" where they do not.
func Origin(text []byte) string {
	head := text[:min(len(text), 4096)]
	for _, e := range []*regexp.Regexp{savedWhole, savedFrom} {
		if m := e.FindSubmatch(head); m != nil {
			if u, err := url.Parse(string(m[1])); err == nil && u.Host != "" {
				return u.String()
			}
		}
	}
	return ""
}

// title finds the element that shows the title and takes the name of the site
// from the end of the title that the head has.
func (r *reducer) title(f *Found) {
	for _, n := range find(r.body, r.rule.title) {
		if t := text(n); t != "" {
			f.Title, f.TitleAt = t, n
			return
		}
	}
	known := squeeze(r.known.Title)
	best := 0
	each(r.body, func(n *html.Node) bool {
		if !dom.Is(n, atom.H1, atom.H2, atom.H3) && !(dom.Is(n, atom.Div, atom.P, atom.Span, atom.Td, atom.Strong, atom.B, atom.Font, atom.A) && hasWord(n, titleWords)) {
			return true
		}
		t := text(n)
		s := squeeze(t)
		if s == "" || utf8.RuneCountInString(s) > 200 {
			return true
		}
		// The title of the window begins with that of the article, as a rule; some
		// put the name of the site first.
		score := 0
		switch {
		case s == known:
			score = 4
		case len(s) >= 6 && strings.HasPrefix(known, s) && separated(r.known.Title, t):
			score = 3
		case len(s) >= 12 && strings.HasSuffix(known, s):
			score = 2
		case known == "" && dom.Is(n, atom.H1):
			score = 1
		}
		if score > 0 && dom.Is(n, atom.H1) {
			score += 10
		}
		if score > best {
			best = score
			f.Title, f.TitleAt = t, n
		}
		return true
	})
	if f.TitleAt == nil {
		if t := trimSite(r.known.Title, r.known.Site, r.known.URL); t != fold(r.known.Title) {
			f.Title = t
		}
	}
}

var titleWords = words("title headline subject tit biaoti")

// separated tells whether title goes on after begin with something that is not
// a part of the same sentence.
func separated(title, begin string) bool {
	rest := strings.TrimSpace(strings.TrimPrefix(fold(title), fold(begin)))
	if rest == "" || rest == fold(title) {
		return rest == ""
	}
	return strings.ContainsAny(rest[:1], "_-|/:<>,(") || strings.HasPrefix(rest, "—") || strings.HasPrefix(rest, "–") || strings.HasPrefix(rest, "－") ||
		strings.HasPrefix(rest, "｜") || strings.HasPrefix(rest, "·") || strings.HasPrefix(rest, "•") || strings.HasPrefix(rest, "»") ||
		strings.HasPrefix(rest, "：") || strings.HasPrefix(rest, "（") || strings.HasPrefix(rest, "【")
}

// A part of a title that a site adds stands behind one of these.
var separator = regexp.MustCompile(`\s*[_|｜]+\s*|\s+[-–—－·•»]+\s+|\s*(?:::|--|——|－|»)\s*|\s*-\s*`)

// siteName is how a site calls itself or a part of itself.
var siteName = regexp.MustCompile(`(?i)(?:网|網|报|報|新闻|新聞|日报|晚报|周刊|杂志|雜誌|频道|頻道|中心|博客|部落格|论坛|論壇|社区|社區|门户|首页|ニュース|オンライン|ブログ|マガジン|통신|뉴스|신문|news|blog|times|post|daily|online|journal|magazine|forum|\.(?:com|cn|net|org|jp|tw|hk))$`)

// trimSite returns title without the names of the site and its parts behind it.
func trimSite(title, site, address string) string {
	title = fold(title)
	host := ""
	if u, err := url.Parse(address); err == nil {
		host = strings.ToLower(u.Hostname())
	}
	for range 4 {
		seps := separator.FindAllStringIndex(title, -1)
		if len(seps) == 0 {
			return title
		}
		last := seps[len(seps)-1]
		rest, part := title[:last[0]], title[last[1]:]
		sep := strings.TrimSpace(title[last[0]:last[1]])
		strong := strings.ContainsAny(sep, "_|") || sep == "｜"
		// Without white space a hyphen joins words: only a name makes it a separator.
		tight := last[1]-last[0] == 1 && sep == "-"
		switch {
		case lang.Width(rest) < 4 || part == "":
			return title
		case site != "" && strings.EqualFold(squeeze(part), squeeze(site)),
			host != "" && len(part) > 3 && strings.Contains(host, strings.ToLower(squeeze(part))),
			siteName.MatchString(part) && lang.Width(part) <= 30 && (!tight || lang.Width(part) > utf8.RuneCountInString(part)),
			strong && lang.Width(part) <= 24 && lang.Width(rest) >= 8,
			!tight && lang.Width(part) <= 12 && lang.Width(rest) >= 2*lang.Width(part) && lang.Width(part) > utf8.RuneCountInString(part):
			title = strings.TrimSpace(rest)
		default:
			return title
		}
	}
	return title
}

// Dates as they stand near the title of a page, with the clock behind.
var dateInText = regexp.MustCompile(`(?:19|20)\d\d\s*(?:年|년|[-/.])\s*\d{1,2}\s*(?:月|월|[-/.])\s*\d{1,2}(?:\s*[日號号일]|\.)?` +
	`(?:\s*[(（][^()（）]{1,6}[)）])?(?:[\s,，T]*(?:(?:星期|周|週)[一二三四五六日天]\s*)?(?:(?:上午|下午|凌晨|早上|中午|晚上|午前|午後)\s*)?\d{1,2}\s*[:：时時点點시]\s*\d{1,2}(?:\s*[:：分분]?\s*\d{1,2})?\s*[秒분분分]?(?:\s*(?:am|pm|Z|[+-]\d\d:?\d\d)\b)?)?`)

var (
	weekdayInBrackets = regexp.MustCompile(`[(（][^()（）]{1,6}[)）]`)
	// today: words before the date that a page shows of the day it is read on.
	today = regexp.MustCompile(`(?i)今天|今日|现在|現在|오늘|today`)
)

var updatedWord = regexp.MustCompile(`(?i)更新|修改|수정|updated|modified`)

// epochOfScript is the time of publication as some pages keep it in a script.
var epochOfScript = regexp.MustCompile(`\bvar\s+(?:ct|publish_?time|publishTime)\s*=\s*["'](\d{10})["']`)

// date finds the date of the article in the text of the page: the first near the title.
func (r *reducer) date(f *Found) {
	parse := func(s string) time.Time {
		t, _, err := date.Parse(strings.TrimSpace(s), r.known.Zone)
		if err != nil {
			return time.Time{}
		}
		return t
	}
	for _, n := range find(r.body, r.rule.date) {
		s := dom.Attr(n, "datetime")
		if s == "" {
			s = text(n)
			if m := dateInText.FindString(s); m != "" {
				s = m
			}
		}
		if t := parse(s); !t.IsZero() {
			f.Published, f.DateAt = t, n
			return
		}
	}
	const before, after = 400, 800 // characters around the title that are looked at
	type spot struct {
		n       *html.Node
		s       string
		at      int
		machine bool
	}
	var spots []spot
	at, title := 0, 0
	each(r.body, func(n *html.Node) bool {
		if n == f.TitleAt {
			title = at
		}
		switch {
		case n.Type == html.TextNode:
			l := letters(n.Data)
			if l >= 8 && l < 120 {
				spots = append(spots, spot{n, n.Data, at, false})
			}
			at += l
		case dom.Is(n, atom.Time) && dom.Attr(n, "datetime") != "":
			spots = append(spots, spot{n, dom.Attr(n, "datetime"), at, true})
		case n.Type == html.ElementNode && n.DataAtom != atom.Meta && strings.Contains(dom.Attr(n, "itemprop"), "datePublished") && dom.Attr(n, "content") != "":
			spots = append(spots, spot{n, dom.Attr(n, "content"), at, true})
		case unseen(n):
			if dom.Is(n, atom.Script) && n.FirstChild != nil && f.Published.IsZero() {
				if m := epochOfScript.FindStringSubmatch(n.FirstChild.Data); m != nil {
					f.Published = parse(m[1])
					f.DateAt = n
				}
			}
			return false
		case comments(n):
			return false
		}
		return true
	})
	if !f.Published.IsZero() {
		return
	}
	best := -1
	for _, s := range spots {
		distance := s.at - title
		if distance < 0 {
			distance = -distance * 2 // what is above the title is the date of today, more often
		}
		if s.at < title-before || s.at > title+after {
			continue
		}
		m := s.s
		if !s.machine {
			if m = dateInText.FindString(s.s); m == "" || letters(s.s) > letters(m)+40 || strings.Contains(s.s, "。") {
				continue // a sentence with a date in it
			}
		}
		t := parse(weekdayInBrackets.ReplaceAllString(m, " "))
		word, _, _ := strings.Cut(s.s, m)
		if t.IsZero() || !s.machine && today.MatchString(word) {
			continue
		}
		if !s.machine && updatedWord.MatchString(word) || s.machine && updatedWord.MatchString(dom.Attr(s.n, "class")+dom.Attr(s.n, "itemprop")) {
			if f.Updated.IsZero() {
				f.Updated = t
			}
			continue
		}
		if best < 0 || distance < best {
			best = distance
			f.Published, f.DateAt = t, s.n
		}
	}
}

// authorLine is how pages introduce their authors.
var authorLine = regexp.MustCompile(`^(?:作者|文|撰文|记者|記者|編集|筆者|著者|By|by|BY)\s*[:：/／|｜ ]\s*(.{2,30})$`)

// author finds the author by the rule of the site, by markup, or by a word before the name.
func (r *reducer) author(f *Found) {
	for _, n := range find(r.body, r.rule.author) {
		if t := text(n); t != "" && lang.Width(t) <= 80 {
			f.Author = cleanAuthor(t)
			return
		}
	}
	title := f.TitleAt == nil
	seen := 0
	each(r.body, func(n *html.Node) bool {
		if n == f.TitleAt {
			title = true
		}
		switch {
		case f.Author != "" || seen > 600 || n.Type == html.ElementNode && (unseen(n) || comments(n)):
			return false
		case n.Type == html.TextNode:
			if !title {
				return true
			}
			seen += letters(n.Data)
			if m := authorLine.FindStringSubmatch(fold(n.Data)); m != nil && !strings.ContainsAny(m[1], "。，,") {
				f.Author = cleanAuthor(m[1])
			}
		case n.Type == html.ElementNode && (dom.Attr(n, "rel") == "author" || strings.Contains(dom.Attr(n, "itemprop"), "author") || title && hasWord(n, authorWords)):
			if t := text(n); t != "" && lang.Width(t) <= 40 && !dateInText.MatchString(t) {
				f.Author = cleanAuthor(t)
			}
		}
		return true
	})
}

var authorWords = words("author byline")

func cleanAuthor(s string) string {
	s = fold(s)
	if m := authorLine.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	return strings.Trim(s, " :：/|")
}
