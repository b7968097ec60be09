package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/internal/atomicfile"
	"github.com/leporello-press/leporello/internal/spelling"
	"github.com/leporello-press/leporello/press"
	"github.com/leporello-press/leporello/press/online"
	"github.com/leporello-press/leporello/source"
)

// build is the command that makes books.
type build struct {
	*env
	choosing
	making
	edition
	network
	outputs []string
	format  string
	report  string
	json    bool
	quiet   bool
	verbose bool
}

// making are the flags that hold for all outputs of a book, whatever they look like.
type making struct {
	images string
	failOn []string
	strict bool

	mode       press.ImageMode // made by resolve
	thresholds []press.Threshold
}

func (m *making) flags(f *pflag.FlagSet) {
	f.StringVar(&m.images, "images", "embed", "pictures: embed, link or none")
	oneOf(f, "images", "embed", "link", "none")
	f.StringSliceVar(&m.failOn, "fail-on", nil, "exit with 3 where more is missing: "+strings.Join(press.ThresholdNames(), ", ")+", each with >N, some with >N% (repeatable)")
	f.BoolVar(&m.strict, "strict", false, "exit with 3 where anything at all is missing or had to be repaired: --fail-on with each of those")
}

func (m *making) resolve() (err error) {
	if m.mode, err = press.ParseImageMode(m.images); err != nil {
		return usagef("", "--images: %w", err)
	}
	if m.strict {
		m.failOn = press.ThresholdNames()
	}
	for _, s := range m.failOn {
		t, err := press.ParseThreshold(s)
		if err != nil {
			return usagef("as in --fail-on 'missing-images>10%'", "--fail-on: %w", err)
		}
		m.thresholds = append(m.thresholds, t)
	}
	return nil
}

func (e *env) buildCommand() *cobra.Command {
	b := &build{env: e}
	cmd := &cobra.Command{
		Use:   "build INPUT... -o FILE [-o FILE]",
		Short: "Make a book of articles",
		Long: `Build makes one book of all articles that the inputs name, in the formats of the
outputs: .epub and .pdf. Several outputs are made in one run.

An input is a file (HTML, Markdown, a saved page, MHTML, a feed, an EPUB, an
export of Pocket, Instapaper, Omnivore, wallabag or Readwise Reader), a folder
with all articles below it, but for EPUBs, which may be its own books; a pattern
in quotes, an address (https://…) of a page or feed, an OPML file, @FILE for a
list of inputs, or - for standard input. Every flag may also be given by the environment:
LEPORELLO_PAGE_SIZE is --page-size.

Exit codes: 0 the book is made, what is missing is listed; 1 no book; 2 the
command line is wrong; 3 the book is made, but more is missing than --fail-on or
--strict allows; 75 another run works on the same; 130 interrupted.`,
		Example: `  leporello build posts -o weekly.epub -o weekly.pdf
  leporello build posts --since 7d --group-by date --title Weekly -o weekly.epub
  leporello build a.html -o - --format pdf > a.pdf`,
		Args: needInputs,
		RunE: func(cmd *cobra.Command, args []string) error { return b.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringArrayVarP(&b.outputs, "output", "o", nil, "file to write, .epub or .pdf; - is standard output (repeatable)")
	f.StringVar(&b.format, "format", "", "format of outputs whose name does not tell: epub or pdf")
	oneOf(f, "format", formatWords()...)
	b.choosing.flags(f)
	b.making.flags(f)
	b.edition.flags(f)
	f.StringVar(&b.report, "report", "", "write what was done and what is missing to this file, as JSON")
	f.BoolVar(&b.json, "json", false, "print that report on standard output")
	b.network.flags(f)
	f.BoolVarP(&b.quiet, "quiet", "q", false, "print errors only")
	f.BoolVarP(&b.verbose, "verbose", "v", false, "list everything that was worked around")
	return cmd
}

func (b *build) run(ctx context.Context, args []string) error {
	web := b.network.web(ctx)
	if err := b.resolve(web); err != nil {
		return err
	}
	defer b.network.close()
	inputs, err := b.inputs(args, web.Get)
	if err != nil {
		return err
	}
	for _, path := range append(b.outputs[:len(b.outputs):len(b.outputs)], b.report) {
		if err := press.Replaces(inputs, path); err != nil {
			return usagef("", "%s", plain(err))
		}
	}
	b.options.EachPicture = b.json || b.report != ""
	job := press.Job{
		Inputs: inputs, Readers: b.readers, Options: b.options, Whole: whole(web, b.readers),
		Tool: "leporello " + toolVersion(), Clock: b.now,
	}
	if job.Options.Images == press.Embed || b.wantsCover() {
		if err := b.network.open(); err != nil {
			return err
		}
		if b.network.lost != nil && !b.quiet {
			b.say("warning", "%v; what is fetched is kept for this run only", b.network.lost)
		}
		job.Assets, job.Pictures = b.store, online.Fetcher(b.fetcher)
	}
	if job.Outputs, err = b.open(); err != nil {
		return err
	}
	if b.wantsCover() {
		draw := b.look.cover(b.store)
		job.Cover = func(ctx context.Context, c press.Cover) (string, error) {
			if f, err := b.formatOf(b.outputs[c.Output]); err != nil || !f.cover {
				return "", err
			}
			return draw(ctx, c)
		}
	}
	var progress *bar
	if b.terminal && !b.quiet {
		progress = &bar{w: b.stderr, now: b.now}
		job.Progress = progress.update
	}
	if faults.at != nil {
		job.Progress = func(p press.Progress) { faults.at(fmt.Sprint(p.Phase, " ", p.Done)) }
	}
	rep, err := press.Run(ctx, job)
	if faults.at != nil {
		faults.at("made")
	}
	if progress != nil {
		progress.clear()
	}
	return b.finish(rep, err)
}

// resolve reads the flags.
func (b *build) resolve(web source.Web) error {
	if err := b.choosing.resolve(b.env, web); err != nil {
		return err
	}
	if err := b.making.resolve(); err != nil {
		return err
	}
	b.options.Images = b.making.mode
	if err := b.network.resolve(b.env, b.quiet); err != nil {
		return err
	}
	if err := b.edition.resolve(); err != nil {
		return err
	}
	if len(b.outputs) == 0 {
		return usagef("name a file to write: -o book.epub", "no output")
	}
	stdouts := 0
	if b.json {
		stdouts++
	}
	seen := map[string]string{}
	for _, path := range append(b.outputs[:len(b.outputs):len(b.outputs)], b.report) {
		if path == "-" {
			if stdouts++; stdouts > 1 {
				return usagef("", "only one thing can go to standard output")
			}
			continue
		}
		if path == "" {
			continue
		}
		abs, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		if seen[abs] != "" {
			return usagef("", "%s is to be written twice", path)
		}
		seen[abs] = path
	}
	for _, path := range b.outputs {
		if _, err := b.formatOf(path); err != nil {
			return err
		}
	}
	return nil
}

// formatOf chooses the format of an output by the ending of its name.
func (b *build) formatOf(path string) (*format, error) {
	ext := strings.ToLower(filepath.Ext(path))
	for i := range formats {
		if f := &formats[i]; path != "-" && f.ext == ext {
			return f, nil
		}
	}
	if b.format != "" {
		for i := range formats {
			if f := &formats[i]; strings.EqualFold(f.ext, "."+b.format) {
				return f, nil
			}
		}
		return nil, usagef("", "--format: %q is no format: it is one of %s", b.format, formatNames())
	}
	if path == "-" {
		return nil, usagef("say which: --format epub", "the format of standard output is not known")
	}
	return nil, usagef("the name of an output ends in "+formatNames()+", or --format tells", "-o %s: no format is known by this ending", path)
}

func formatNames() string {
	var names []string
	for _, f := range formats {
		names = append(names, f.ext)
	}
	return spelling.Or(names)
}

// formatWords are the values of --format.
func formatWords() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.ext[1:])
	}
	return names
}

func (b *build) wantsCover() bool {
	for _, path := range b.outputs {
		if f, err := b.formatOf(path); err == nil && f.cover {
			return true
		}
	}
	return false
}

// open makes the outputs of the job.
func (b *build) open() ([]press.Output, error) {
	var list []press.Output
	for _, path := range b.outputs {
		f, err := b.formatOf(path)
		if err != nil {
			return nil, err
		}
		o, err := b.edition.output(f)
		if err != nil {
			return nil, err
		}
		if o.Path = path; path == "-" {
			o.Writer = b.stdout
		}
		list = append(list, o)
	}
	return list, nil
}

// finish writes the report and says what became of the run.
func (b *build) finish(rep *press.Report, err error) error {
	if rerr := b.writeReport(rep); rerr != nil {
		b.say("error", "the report could not be written: %s", plain(rerr))
		if err == nil {
			err = &exitError{exitNoBook}
		}
	}
	var sig interrupted
	if errors.As(err, &sig) {
		return err
	}
	if !b.quiet {
		for _, o := range rep.Outputs {
			b.say("made", "%s", made(o, rep))
		}
		b.reduced(rep)
		b.losses(rep, b.verbose, b.strict)
		for _, h := range rep.Hints {
			b.say("hint", "%s", h)
		}
	}
	if err != nil {
		return err
	}
	past := false
	for _, t := range b.thresholds {
		if over, n := rep.Exceeds(t); over {
			why := "--fail-on"
			if b.strict {
				why = "--strict:"
			}
			b.say("error", "%s %s: %s", why, t, n)
			past = true
		}
	}
	if past {
		return &exitError{exitThreshold}
	}
	return nil
}

// made describes a book that was made in one line.
func made(o press.OutputReport, rep *press.Report) string {
	path := o.Path
	if path == "-" {
		path = "standard output"
	}
	s := fmt.Sprintf("%s: %s", path, plural(o.Articles, "article", "articles"))
	if o.Pages > 0 {
		s += ", " + plural(o.Pages, "page", "pages")
	}
	pictures := rep.Images.Embedded
	if o.Volumes > 0 {
		pictures = o.Pictures.Shown
	}
	if pictures > 0 {
		s += ", " + plural(pictures, "picture", "pictures")
	}
	return s + ", " + size(o.Bytes)
}

// reduced says what was done to make books as small as --max-size asks.
func (b *build) reduced(rep *press.Report) {
	for _, o := range rep.Outputs {
		var parts []string
		if o.Volumes > 0 {
			parts = append(parts, plural(o.Volumes, "volume", "volumes"))
		}
		if o.Reduced != "" {
			parts = append(parts, o.Reduced)
		}
		if len(parts) > 0 && o.Volume <= 1 {
			b.say("note", "%s: at most %s: %s", o.Path, size(b.maxBytes), strings.Join(parts, "; "))
		}
	}
}

func (b *build) writeReport(rep *press.Report) error {
	if b.json || b.report == "-" {
		if err := rep.WriteJSON(b.stdout); err != nil {
			return err
		}
	}
	if b.report == "" || b.report == "-" {
		return nil
	}
	f, err := atomicfile.Create(b.report)
	if err != nil {
		return err
	}
	defer f.Abort()
	if err := rep.WriteJSON(f); err != nil {
		return err
	}
	return f.Commit()
}
