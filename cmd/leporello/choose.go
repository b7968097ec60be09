package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/press"
	"github.com/leporello-press/leporello/source"
)

// choosing are the flags of every command that gathers articles.
type choosing struct {
	title, lang         string
	since, until        string
	group, sort         string
	zone                string
	limit, concurrency  int
	drafts, future      bool
	reading             reading
	pages               pages
	options             press.Options // made by resolve
	readers             []source.Reader
	sourceDateEpoch, at time.Time // when the command runs
}

func (c *choosing) flags(f *pflag.FlagSet) {
	c.own(f)
	c.reading.flags(f)
	c.pages.flags(f)
}

// own adds the flags that choose and order, without those of reading.
func (c *choosing) own(f *pflag.FlagSet) {
	f.StringVarP(&c.title, "title", "t", "", "title of the book (default: made from the articles)")
	f.StringVar(&c.lang, "lang", "", "language of the book and of articles that name none, as zh-Hans (default: found out)")
	f.StringVar(&c.since, "since", "", "only articles from this date on, or not older than this: 2021-08-01, yesterday, 7d")
	f.StringVar(&c.until, "until", "", "only articles up to this date")
	f.StringVar(&c.group, "group-by", "category", "parts of the book: category, source, date or none")
	f.StringVar(&c.sort, "sort", "input", "order of the articles: input, date, -date or title")
	f.IntVar(&c.limit, "limit", 0, "take this many articles at most (default: all)")
	f.BoolVar(&c.drafts, "drafts", false, "take drafts too")
	f.BoolVar(&c.future, "future", false, "take articles dated in the future too")
	f.StringVar(&c.zone, "timezone", "UTC", "zone of dates that name none and of days, as Asia/Shanghai")
	f.IntVarP(&c.concurrency, "concurrency", "j", 0, "inputs read at once (default: one for each processor)")
	oneOf(f, "group-by", "category", "source", "date", "none")
	oneOf(f, "sort", "input", "date", "-date", "title")
}

// resolve turns the flags into options. web brings pages.
func (c *choosing) resolve(e *env, web source.Web) error {
	if err := c.choose(e); err != nil {
		return err
	}
	whole, err := c.pages.options()
	if err != nil {
		return err
	}
	read, err := c.reading.options(c.options.Zone, c.lang, web)
	if err != nil {
		return err
	}
	c.readers = readers(read, whole)
	return nil
}

// choose reads the flags that own adds.
func (c *choosing) choose(e *env) error {
	zone, err := loadZone(c.zone)
	if err != nil {
		return err
	}
	if c.sourceDateEpoch, err = epoch(e.getenv("SOURCE_DATE_EPOCH")); err != nil {
		return usagef("", "%w", err)
	}
	// A build that is to be repeated has a clock that stands still.
	c.at = c.sourceDateEpoch
	if c.at.IsZero() {
		c.at = e.now()
	}
	c.at = c.at.In(zone)
	o := press.Options{
		Title: c.title, Lang: c.lang, Now: c.at, Drafts: c.drafts, Future: c.future, Limit: c.limit,
		Modified: c.sourceDateEpoch, Zone: zone, Workers: c.concurrency,
	}
	if o.Sort, err = press.ParseSort(c.sort); err != nil {
		return usagef("", "--sort: %w", err)
	}
	if o.Group, err = press.ParseGrouping(c.group); err != nil {
		return usagef("", "--group-by: %w", err)
	}
	if c.since != "" {
		if o.Since, err = moment(c.since, c.at, false); err != nil {
			return usagef("", "--since: %w", err)
		}
	}
	if c.until != "" {
		if o.Until, err = moment(c.until, c.at, true); err != nil {
			return usagef("", "--until: %w", err)
		}
	}
	if !o.Since.IsZero() && !o.Until.IsZero() && !o.Since.Before(o.Until) {
		return usagef("", "--since %s is not before --until %s", c.since, c.until)
	}
	for _, n := range []struct {
		name  string
		value int
	}{{"limit", c.limit}, {"concurrency", c.concurrency}} {
		if n.value < 0 {
			return usagef("", "--%s: %d is less than nothing", n.name, n.value)
		}
	}
	if err := checkLang("--lang", c.lang); err != nil {
		return err
	}
	c.options = o
	return nil
}

func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		// The machine's zone would make the same articles another book elsewhere.
		return nil, usagef("name the zone, as in --timezone Asia/Shanghai", "--timezone: %q is no name of a zone", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, usagef("zones are named as Asia/Shanghai, Europe/Berlin, UTC", "--timezone: there is no zone %q", name)
	}
	return zone, nil
}

// inputs finds what the operands name. get brings what addresses name.
func (e *env) inputs(operands []string, get func(string) (source.Input, error)) ([]press.Input, error) {
	entries, err := e.find(operands, get)
	if err != nil {
		return nil, err
	}
	return press.Inputs(entries), nil
}

func (e *env) find(operands []string, get func(string) (source.Input, error)) ([]source.Entry, error) {
	return source.Find(operands, source.Search{Stdin: e.stdin, Get: get, Folder: isOneInput})
}

// whole returns a function that completes documents of which the readers have only
// a part.
func whole(web source.Web, readers []source.Reader) func(*article.Document, func(article.Issue)) (*article.Document, error) {
	return func(doc *article.Document, report func(article.Issue)) (*article.Document, error) {
		return source.Complete(doc, web, readers, report)
	}
}

// needInputs refuses a command without operands.
func needInputs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef(fmt.Sprintf("inputs are files, folders, patterns, or - for standard input: %s posts", cmd.CommandPath()), "no inputs")
	}
	return nil
}
