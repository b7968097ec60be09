package library

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/leporello-press/leporello/digest/opds"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/words"
)

// page is what differs from page to page.
type page struct {
	title string // of the window; the site's follows
	here  string // which entry of the navigation it is: its path
	query string // what was searched for
	body  part
}

// html writes a page.
func (v *view) html(p *page) []byte {
	title := v.title
	if p.title != "" {
		title = p.title + " · " + v.title
	}
	return document(el("html", lang(v.Lang),
		el("head",
			el("meta", value("charset", "utf-8")),
			el("meta", value("name", "viewport"), value("content", "width=device-width, initial-scale=1")),
			el("meta", value("name", "color-scheme"), value("content", "light dark")),
			el("title", text(title)),
			el("link", value("rel", "stylesheet"), href(v.to("/style.css"))),
			el("link", value("rel", "icon"), value("type", "image/svg+xml"), href(v.to("/icon.svg"))),
			el("link", value("rel", "alternate"), value("type", opds.NavigationType), value("title", v.catalog), href(v.to("/opds"))),
			el("link", value("rel", "search"), value("type", opds.SearchType), value("title", v.title), href(v.to("/opensearch.xml"))),
		),
		el("body",
			el("a", class("skip"), href("#main"), text(v.skip)),
			el("header", class("top"),
				el("p", class("name"), el("a", href(v.to("/")), value("dir", "auto"), text(v.title))),
				el("nav", label(v.title),
					v.tab(p, "/", v.digests), v.tab(p, "/runs", v.phrases.runs), v.tab(p, "/opds", v.catalog),
				),
			),
			el("main", id("main"), p.body),
			el("footer", class("foot"),
				el("form", value("action", v.to("/search")), value("role", "search"),
					el("label", value("for", "q"), text(v.phrases.search)), text(" "),
					el("input", value("type", "search"), id("q"), value("name", "q"), value("value", p.query)), text(" "),
					el("button", value("type", "submit"), text(v.find)),
				),
				el("p", text(v.Tool)),
			),
		),
	))
}

// tab is an entry of the navigation.
func (v *view) tab(p *page, to, word string) part {
	return group{
		el("a", href(v.to(to)), when(p.here == to, value("aria-current", "page")), text(word)),
		text(" "),
	}
}

// to is the address of a path of this site.
func (v *view) to(path string) string { return v.prefix + path }

func (v *view) toDigest(name string) string { return v.to("/digest/" + url.PathEscape(name)) }
func (v *view) toIssue(run int64) string    { return v.to("/issue/" + strconv.FormatInt(run, 10)) }
func (v *view) toFile(i *issue, o state.Output) string {
	return v.to(fmt.Sprintf("/file/%d-%d/%s", i.ID, o.N, plainName(i, o)))
}

// front is the first page: every digest with its newest issue.
func (v *view) front() (*page, error) {
	body := group{el("h1", class("unseen"), text(v.digests))}
	if len(v.Config.Digests) == 0 {
		body = append(body, el("p", class("nothing"), text(v.noDigest)))
	}
	for n := range v.Config.Digests {
		d := &v.Config.Digests[n]
		list, _, err := v.issues(d.Name, 0, 1)
		if err != nil {
			return nil, err
		}
		var newest, speech part = el("p", class("nothing"), text(v.noIssue)), nil
		if len(list) > 0 {
			speech = lang(list[0].Lang)
			if newest, err = v.newestIssue(list[0]); err != nil {
				return nil, err
			}
		}
		body = append(body, el("section", class("shelf"),
			el("h2", el("a", href(v.toDigest(d.Name)), speech, value("dir", "auto"), text(heading(d)))),
			newest,
			el("p", class("after"),
				v.dueLine(d), text(" "),
				when(len(list) > 0, el("a", class("all"), href(v.toDigest(d.Name)), text(v.all))),
			),
		))
	}
	return &page{here: "/", body: body}, nil
}

// leads is how many articles stand beside a cover.
const leads = 5

// newestIssue presents an issue beside its cover.
func (v *view) newestIssue(i *issue) (part, error) {
	chosen, _, err := v.entries(i.ID)
	if err != nil {
		return nil, err
	}
	var titles []part
	for _, e := range chosen[:min(len(chosen), leads)] {
		titles = append(titles, el("li", v.articleTitle(e)))
	}
	if more := len(chosen) - leads; more > 0 {
		titles = append(titles, el("li", class("more"), el("a", href(v.toIssue(i.ID)), text(fmt.Sprintf(v.more, more)))))
	}
	return el("article", class("issue"),
		el("div", class("cover"), el("a", href(v.toIssue(i.ID)), value("tabindex", "-1"), value("aria-hidden", "true"), v.coverOf(i, "small"))),
		el("div", class("about"),
			el("p", class("kicker"), v.kicker(i)),
			el("h3", el("a", href(v.toIssue(i.ID)), lang(i.Lang), value("dir", "auto"), text(i.title()))),
			when(len(titles) > 0, el("ul", class("leads"), group(titles))),
			v.downloads(i),
		),
	), nil
}

// kicker is the line over the title: number, days, how much it holds.
func (v *view) kicker(i *issue) part {
	number := ""
	if i.Number > 0 && !strings.Contains(i.title(), strconv.Itoa(i.Number)) {
		number = fmt.Sprintf(v.phrases.number, i.Number)
	}
	var parts group
	for _, s := range []string{number, v.window(i), v.count(i)} {
		if s == "" {
			continue
		}
		if len(parts) > 0 {
			parts = append(parts, text(" · "))
		}
		parts = append(parts, el("span", text(s)))
	}
	return parts
}

// count says how many articles an issue has; empty where nobody knows.
func (v *view) count(i *issue) string {
	if n := i.articles(); n > 0 {
		return v.Articles(n)
	}
	return ""
}

// window says from which to which day the articles of an issue are.
func (v *view) window(i *issue) string {
	z := v.zone(i.Digest)
	from, to := i.From, i.To
	if to.IsZero() {
		to = i.At
	}
	if to.IsZero() {
		return ""
	}
	// The end of a window is not in it: what ends at midnight ends the day before.
	to = to.Add(-time.Nanosecond)
	if from.IsZero() {
		from = to
	}
	return v.Days(from.In(z), to.In(z))
}

// dueLine says when the next issue of a digest comes.
func (v *view) dueLine(d *recipe.Digest) part {
	return el("span", class("due"), text(v.next+v.Colon), v.dueTime(d))
}

func (v *view) dueTime(d *recipe.Digest) part {
	at := v.Next(d.Name)
	switch {
	case at.IsZero():
		return text(v.none)
	case !at.After(v.Clock()):
		return text(v.due)
	}
	return v.time(at.In(v.zone(d)))
}

// time is a moment, which programs can read too.
func (v *view) time(t time.Time) part {
	return el("time", value("datetime", t.Format(time.RFC3339)), text(v.Moment(t)))
}

// coverOf is the picture of a cover, or one of type where there is none; size is
// "small" or "large".
func (v *view) coverOf(i *issue, size string) part {
	if i.coverKey() == "" {
		return el("span", class("blank"), lang(i.Lang), value("dir", "auto"),
			el("b", text(i.name())),
			when(i.Number > 0, el("i", text(fmt.Sprintf(v.phrases.number, i.Number)))),
		)
	}
	return el("img", value("src", v.toCover(i, size)), value("alt", v.Cover+v.Colon+i.title()))
}

// toCover is the address of a cover: with the beginning of its key, so that another
// picture has another address.
func (v *view) toCover(i *issue, size string) string {
	return v.to(fmt.Sprintf("/cover/%d-%s-%.8s", i.ID, size, i.coverKey()))
}

// articleTitle is the title of an article, leading to where it was found.
func (v *view) articleTitle(e entry) part {
	title := e.Title
	if title == "" {
		title = words.Host(e.URL)
	}
	if title == "" {
		title = v.Untitled
	}
	address := e.Name // as it was found; URL is what it is compared by
	if !webAddress(address) {
		address = e.URL
	}
	if !webAddress(address) {
		return el("cite", lang(e.Lang), value("dir", "auto"), text(title))
	}
	return el("cite", el("a", href(address), lang(e.Lang), value("dir", "auto"), text(title)))
}

// downloads are the buttons of an issue's files.
func (v *view) downloads(i *issue) part {
	if len(i.Outputs) == 0 {
		return nil
	}
	formats := map[string]int{}
	for _, o := range i.Outputs {
		if o.Volume <= 1 {
			formats[o.Format]++
		}
	}
	var buttons []part
	for _, o := range i.Outputs {
		name := strings.ToUpper(extension(o))
		if o.Volumes > 1 {
			name += " " + strconv.Itoa(o.Volume) + "/" + strconv.Itoa(o.Volumes)
		}
		about := fileSize(o.Bytes)
		if o.Pages > 0 {
			about = fmt.Sprintf(v.size, about, fmt.Sprintf(v.phrases.pages, o.Pages))
		}
		buttons = append(buttons, el("li",
			el("a", class("button"), href(v.toFile(i, o)), value("download", fileName(o)), value("title", fileName(o)),
				el("b", text(name)), text(" "), el("span", text(about)),
				// Two of a format are told apart by their names.
				when(formats[o.Format] > 1, text(" "), el("span", class("file"), text(fileName(o)))),
			),
		))
	}
	return el("ul", class("downloads"), label(v.download), group(buttons))
}

// perPage is how many issues stand on one page.
const perPage = 24

// before is the query of a further page: the issues older than one.
func (v *view) before() int64 {
	n, err := strconv.ParseInt(v.r.URL.Query().Get("before"), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// digest is the page of one digest: its issues.
func (v *view) digest() (*page, error) {
	name := v.r.PathValue("name")
	before := v.before()
	list, more, err := v.issues(name, before, perPage)
	if err != nil {
		return nil, err
	}
	d := v.Config.Digest(name)
	if d == nil && len(list) == 0 {
		return nil, errNotFound
	}
	title := name
	var due part
	if d != nil {
		title = heading(d)
		due = el("p", class("after"), v.dueLine(d))
	}
	speech := ""
	if len(list) > 0 {
		speech = list[0].Lang
	}
	body := group{el("h1", lang(speech), value("dir", "auto"), text(title)), due}
	if len(list) == 0 {
		body = append(body, el("p", class("nothing"), text(v.noIssue)))
	}
	body = append(body, v.wall(list), v.pager(v.toDigest(name), before, list, more))
	return &page{title: title, body: body}, nil
}

// wall shows issues by their covers.
func (v *view) wall(list []*issue) part {
	if len(list) == 0 {
		return nil
	}
	var all []part
	for _, i := range list {
		all = append(all, el("li",
			el("a", class("cover"), href(v.toIssue(i.ID)), value("tabindex", "-1"), value("aria-hidden", "true"), v.coverOf(i, "small")),
			el("h2", el("a", href(v.toIssue(i.ID)), lang(i.Lang), value("dir", "auto"), text(i.title()))),
			el("p", class("kicker"), text(v.window(i)), el("br"), text(v.count(i))),
		))
	}
	return el("ul", class("wall"), group(all))
}

// pager leads to older issues and back to the newest.
func (v *view) pager(path string, before int64, list []*issue, more bool) part {
	if before == 0 && !more {
		return nil
	}
	return el("nav", class("pager"), label(v.all),
		when(before != 0, el("a", class("button"), href(path), value("rel", "first"), text(v.first)), text(" ")),
		when(more, el("a", class("button"), href(path+"?before="+last(list)), value("rel", "next"), text(v.older))),
	)
}

func last(list []*issue) string {
	if len(list) == 0 {
		return "0"
	}
	return strconv.FormatInt(list[len(list)-1].ID, 10)
}

// issue is the page of one issue.
func (v *view) issue() (*page, error) {
	n, err := v.number("run")
	if err != nil {
		return nil, err
	}
	i, err := v.published(n)
	if err != nil {
		return nil, err
	}
	chosen, left, err := v.entries(n)
	if err != nil {
		return nil, err
	}
	deliveries, err := v.State.Deliveries(v.ctx(), n)
	if err != nil {
		return nil, err
	}
	body := el("article", class("full"),
		el("div", class("head"),
			el("div", class("cover"), el("a", when(i.coverKey() != "", href(v.toCover(i, "large"))), v.coverOf(i, "large"))),
			el("div", class("about"),
				el("p", class("kicker"), el("a", href(v.toDigest(i.Run.Digest)), lang(i.Lang), value("dir", "auto"), text(i.name()))),
				el("h1", lang(i.Lang), value("dir", "auto"), text(i.title())),
				el("p", class("kicker"), v.kicker(i)),
				v.downloads(i),
				v.contents(chosen),
				v.deliveryList(i, deliveries),
				v.leftOut(left),
				v.problemList(i),
			),
		),
	)
	return &page{title: i.title(), body: body}, nil
}

// published returns the issue of a run, which must have its book.
func (v *view) published(run int64) (*issue, error) {
	r, err := v.State.Run(v.ctx(), run)
	if err != nil {
		return nil, missing(err)
	}
	if r.Made.IsZero() {
		return nil, errNotFound
	}
	return v.issueOf(r)
}

// contents lists the articles of an issue by its parts.
func (v *view) contents(chosen []entry) part {
	if len(chosen) == 0 {
		return nil
	}
	var parts []part
	for len(chosen) > 0 {
		name := partOf(chosen[0])
		n := 1
		for n < len(chosen) && partOf(chosen[n]) == name {
			n++
		}
		var list []part
		for _, e := range chosen[:n] {
			list = append(list, el("li", v.articleTitle(e), text(" "), el("span", class("by"), text(v.byline(e)))))
		}
		parts = append(parts,
			when(name != "", el("h3", lang(chosen[0].Lang), value("dir", "auto"), text(name))),
			el("ol", class("articles"), group(list)))
		chosen = chosen[n:]
	}
	return el("section", class("contents"), el("h2", text(v.Contents)), group(parts))
}

// partOf is the part of the book that an article stands in.
func partOf(e entry) string { return strings.Join(e.Section, " / ") }

// byline says whence and from when an article is.
func (v *view) byline(e entry) string {
	var said []string
	if host := words.Host(e.URL); host != "" {
		said = append(said, host)
	} else if e.Source != "" {
		said = append(said, e.Source)
	}
	if !e.Published.IsZero() {
		said = append(said, v.Day(e.Published))
	}
	return strings.Join(said, " · ")
}

// leftOut lists the articles that were found and not taken, by reason.
func (v *view) leftOut(left []entry) part {
	if len(left) == 0 {
		return nil
	}
	var reasons []state.Reason
	by := map[state.Reason][]entry{}
	for _, e := range left {
		if by[e.Reason] == nil {
			reasons = append(reasons, e.Reason)
		}
		by[e.Reason] = append(by[e.Reason], e)
	}
	var parts []part
	for _, reason := range reasons {
		var list []part
		for _, e := range by[reason] {
			list = append(list, el("li", v.articleTitle(e), text(" "), el("span", class("by"), text(join(e.Detail, v.byline(e))))))
		}
		parts = append(parts,
			el("h3", text(fmt.Sprintf("%s (%d)", say(v.reasons, string(reason)), len(by[reason])))),
			el("ul", class("articles"), group(list)))
	}
	return el("section", class("aside"), id("left-out"),
		el("h2", text(v.phrases.leftOut)),
		el("details", el("summary", text(v.Articles(len(left)))), group(parts)))
}

// dotted is what goes on after a dot, where there is something.
func dotted(s string) string {
	if s == "" {
		return ""
	}
	return " · " + s
}

// join puts a dot between what is not empty.
func join(said ...string) string {
	var out []string
	for _, s := range said {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " · ")
}

// problemsShown is how many are listed; the report has all.
const problemsShown = 200

// problemList lists what was worked around.
func (v *view) problemList(i *issue) part {
	all := i.Report.Problems
	if len(all) == 0 {
		return nil
	}
	var list []part
	for _, p := range all[:min(len(all), problemsShown)] {
		where := p.Article
		if p.Line > 0 {
			where += ":" + strconv.Itoa(p.Line)
		}
		list = append(list, el("li",
			el("code", text(p.Code)), text(" "), text(join(p.Detail, p.Action)), text(" "),
			el("span", class("by"), text(join(where, words.Host(p.URL))))))
	}
	if more := len(all) - problemsShown + i.Report.MoreProblems; more > 0 {
		list = append(list, el("li", text(fmt.Sprintf(v.more, more))))
	}
	return el("section", class("aside"), id("problems"),
		el("h2", text(v.problems)),
		el("details", el("summary", text(v.Problems(len(all)+i.Report.MoreProblems))), el("ul", class("articles"), group(list))))
}

// deliveryList says where the issue was sent.
func (v *view) deliveryList(i *issue, deliveries []state.Delivery) part {
	if len(deliveries) == 0 {
		return nil
	}
	z := v.zone(i.Digest)
	var list []part
	for _, d := range deliveries {
		name := d.Target
		if d.Part > 0 {
			name += " " + strconv.Itoa(d.Part+1)
		}
		var when part = v.time(d.Updated.In(z))
		if !d.NextAt.IsZero() && d.State != state.DeliverySent {
			when = text(fmt.Sprintf(v.retry, v.Moment(d.NextAt.In(z))))
		}
		list = append(list, el("li",
			v.mark(string(d.State)), text(" "), el("b", value("dir", "auto"), text(name)), text(" "),
			el("span", class("by"), when, text(dotted(d.Detail)))))
	}
	return el("section", class("aside"), id("deliveries"), el("h2", text(v.phrases.deliveries)), el("ul", class("articles"), group(list)))
}

// mark is the state of something; one that a person should look at stands out.
func (v *view) mark(s string) part {
	name := markup("state")
	switch s {
	case "failed", "gave_up", "uncertain", "missed":
		name = "state bad"
	}
	return el("span", class(name), text(say(v.states, s)))
}

// search lists the issues in which something was found.
func (v *view) search() (*page, error) {
	q := strings.TrimSpace(v.r.URL.Query().Get("q"))
	list, err := v.found(q)
	if err != nil {
		return nil, err
	}
	title := v.phrases.search
	if q != "" {
		title = fmt.Sprintf(v.resultsFor, q)
	}
	said := fmt.Sprintf(v.phrases.found, len(list))
	if len(list) == 0 {
		said = v.noMatch
	}
	return &page{title: title, query: q, body: group{
		el("h1", value("dir", "auto"), text(title)),
		when(q != "", el("p", class("after"), text(said))),
		v.wall(list),
	}}, nil
}

// found returns the issues whose title, or that of one of their articles, has
// what is searched for, the newest first.
func (v *view) found(q string) ([]*issue, error) {
	if q == "" {
		return nil, nil
	}
	runs, err := v.State.FindRuns(v.ctx(), q, perPage)
	if err != nil {
		return nil, err
	}
	var list []*issue
	for _, run := range runs {
		i, err := v.issueOf(run)
		if err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, nil
}

// message is a page with one sentence.
func message(title, sentence string) *page {
	return &page{title: title, body: group{el("h1", text(title)), el("p", class("nothing"), text(sentence))}}
}

func (v *view) missing() *page { return message(v.notFound, v.notFoundWhy) }
func (v *view) broken() *page  { return message(v.failure, v.failureWhy) }
func (v *view) gone(g *goneError) *page {
	return message(v.notFound, fmt.Sprintf(v.missingFile, g.digest, g.number))
}
