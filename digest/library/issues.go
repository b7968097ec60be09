package library

import (
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
)

// published are the states of a run that has its book.
var published = []state.RunState{state.RunMade, state.RunDelivering, state.RunDone}

// issue is one number of a digest, with what is shown of it.
type issue struct {
	state.Run
	Digest  *recipe.Digest // nil: the configuration does not name it any more
	Lang    string         // of the book; empty: unknown
	Outputs []state.Output
	Report  report
}

// report is what is read of the report of a run, leporello.report/1.
type report struct {
	Lang     string `json:"lang"`
	Articles struct {
		Used   int `json:"used"`
		Failed int `json:"failed"`
	} `json:"articles"`
	Images struct {
		Wanted   int `json:"wanted"`
		Embedded int `json:"embedded"`
		Failed   int `json:"failed"`
	} `json:"images"`
	Problems     []problem `json:"problems"`
	MoreProblems int       `json:"more_problems"`
}

// problem is one thing that was worked around.
type problem struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Article  string `json:"article"`
	Line     int    `json:"line"`
	URL      string `json:"url"`
	Detail   string `json:"detail"`
	Action   string `json:"action"`
}

// heading is what a digest is called.
func heading(d *recipe.Digest) string {
	if d.Series != "" {
		return d.Series
	}
	return d.Name
}

// name is what the digest of an issue is called.
func (i *issue) name() string {
	if i.Digest != nil {
		return heading(i.Digest)
	}
	return i.Run.Digest
}

// zone is where the times of a digest are told; nil: those of what is no digest's, as the first one's.
func (s *site) zone(d *recipe.Digest) *time.Location {
	if d == nil && len(s.Config.Digests) > 0 {
		d = &s.Config.Digests[0]
	}
	if d == nil {
		return time.UTC
	}
	return d.Zone
}

// title is what an issue is called.
func (i *issue) title() string {
	if i.Title != "" {
		return i.Title
	}
	if i.Number > 0 {
		return i.name() + " " + strconv.Itoa(i.Number)
	}
	return i.name()
}

// articles counts those in the book; its volumes share them, its formats do not.
func (i *issue) articles() int {
	most, sum := 0, 0
	for n, o := range i.Outputs {
		if n > 0 && o.Volume <= 1 {
			sum = 0
		}
		sum += o.Articles
		most = max(most, sum)
	}
	if most == 0 {
		return i.Report.Articles.Used
	}
	return most
}

// coverKey is the blob of the cover; empty: there is none.
func (i *issue) coverKey() string {
	for _, o := range i.Outputs {
		if o.Cover != "" {
			return o.Cover
		}
	}
	return ""
}

// issueOf reads what belongs to a run.
func (v *view) issueOf(run state.Run) (*issue, error) {
	i := &issue{Run: run, Digest: v.Config.Digest(run.Digest)}
	var err error
	if i.Outputs, err = v.State.Outputs(v.ctx(), run.ID); err != nil {
		return nil, err
	}
	// A report of a form that is not known has nothing to show; the books are there.
	if json.Unmarshal(run.Report, &i.Report) == nil {
		i.Lang = i.Report.Lang
	}
	// What only tells how something was understood is no problem.
	i.Report.Problems = slices.DeleteFunc(i.Report.Problems, func(p problem) bool { return p.Severity == "info" })
	return i, nil
}

// issues returns the issues of a digest, the newest first, at most limit of those
// older than before; before 0 is from the newest. digest may be empty: of all.
func (v *view) issues(digest string, before int64, limit int) (list []*issue, more bool, err error) {
	runs, err := v.State.Runs(v.ctx(), state.RunQuery{Digest: digest, States: published, Before: before, Limit: limit + 1})
	if err != nil {
		return nil, false, err
	}
	if len(runs) > limit {
		runs, more = runs[:limit], true
	}
	for _, run := range runs {
		i, err := v.issueOf(run)
		if err != nil {
			return nil, false, err
		}
		list = append(list, i)
	}
	return list, more, nil
}

// entry is an article that was looked at for an issue.
type entry struct {
	state.Item
	state.Article
}

// entries returns the articles of an issue in their order, and those left out.
func (v *view) entries(run int64) (chosen, left []entry, err error) {
	items, err := v.State.Items(v.ctx(), run)
	if err != nil {
		return nil, nil, err
	}
	ids := make([]int64, 0, len(items))
	for _, it := range items {
		ids = append(ids, it.Article)
	}
	articles := make(map[int64]state.Article, len(ids))
	for some := range slices.Chunk(ids, 10_000) { // databases bound the values of a query
		for a, err := range v.State.Articles(v.ctx(), state.ArticleQuery{IDs: some}) {
			if err != nil {
				return nil, nil, err
			}
			articles[a.ID] = a
		}
	}
	for _, it := range items {
		e := entry{it, articles[it.Article]}
		if it.Chosen {
			chosen = append(chosen, e)
		} else {
			left = append(left, e)
		}
	}
	return chosen, left, nil
}

// name is the last part of where an output was written, as people call the file.
func fileName(o state.Output) string {
	name := path.Base(strings.ReplaceAll(o.Path, `\`, "/"))
	if name == "." || name == "/" {
		return "book." + o.Format
	}
	return name
}

// plainName is the name of a file in ASCII, for addresses and old programs.
func plainName(i *issue, o state.Output) string {
	if name := fileName(o); ascii(name) {
		return name
	}
	name := "issue"
	if ascii(i.Run.Digest) && i.Run.Digest != "" {
		name = i.Run.Digest
	}
	if i.Number > 0 {
		name += "-" + strconv.Itoa(i.Number)
	} else {
		name += "-run" + strconv.FormatInt(i.ID, 10)
	}
	if o.Volumes > 1 {
		name += "-" + strconv.Itoa(o.Volume)
	}
	return name + "." + extension(o)
}

// extension is that of the file in the state, else its format.
func extension(o state.Output) string {
	if ext := strings.TrimPrefix(path.Ext(fileName(o)), "."); ext != "" && ascii(ext) {
		return ext
	}
	return o.Format
}

// ascii tells whether a name is letters, digits and what never troubles anybody.
func ascii(name string) bool {
	for _, r := range name {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r == '.':
		default:
			return false
		}
	}
	return name != "" && name[0] != '.'
}
