package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

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
	fitting
	network
	outputs  []string
	format   string
	report   string
	json     bool
	style    string
	pageSize string
	font     string
	fontSize string
	columns  int
	runOn    bool
	wrap     bool
	offGrid  bool
	mode     string
	combine  int
	corners  bool
	level    string
	hanging  string
	punct    string
	dots     bool
	hyphens  bool
	images   string
	failOn   []string
	strict   bool
	quiet    bool
	verbose  bool

	look       look
	thresholds []press.Threshold
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
	b.choosing.flags(cmd)
	b.fitting.flags(f)
	f.StringVar(&b.images, "images", "embed", "pictures: embed, link or none")
	f.StringVar(&b.pageSize, "page-size", "", "pages of PDF: a4, a5, a6, b5, b6, letter, 148x210mm, 6x8in, 1072x1448px@300 (default: that of the style, else the screen of the device, else a5)")
	f.StringVar(&b.style, "style", "", "look of PDF: digest, book, large, eink or newspaper; leporello styles tells more")
	f.StringVar(&b.fontSize, "font-size", "", "of running text in PDF, as 10.5pt")
	f.IntVar(&b.columns, "columns", 0, "columns of text on pages of PDF, 1 or 2 (default: those of the style, else 1)")
	f.BoolVar(&b.runOn, "run-on", false, "begin articles where the one before ended in PDF, instead of on a new page")
	f.StringVar(&b.font, "font", "", "type of running text in PDF: serif, sans or a font file (default: serif, sans on screens)")
	modeFlag(f, &b.mode)
	f.IntVar(&b.combine, "combine-digits", 2, "how many digits of a number stand side by side in vertical lines of PDF, 1 to 4; longer numbers lie on their side")
	f.BoolVar(&b.corners, "corner-quotes", false, "draw “ and ” as corner brackets in vertical lines of PDF; the text stays")
	f.BoolVar(&b.offGrid, "off-grid", false, "let lines of PDF stand off the baseline grid; white is then shared out evenly")
	f.BoolVar(&b.wrap, "wrap-pictures", false, "set small pictures beside the text in PDF")
	levelFlag(f, &b.level)
	hangingFlag(f, &b.hanging)
	f.StringVar(&b.punct, "punctuation", "quanjiao", "full-width marks in PDF: quanjiao (an em, less where they meet), banjiao (half an em), kaiming (half but for 。！？), plain (an em)")
	f.BoolVar(&b.hyphens, "hyphenate", false, "part words in letters by hyphens at the ends of the lines of PDF")
	f.BoolVar(&b.dots, "emphasis-dots", false, "mark emphasis in Chinese, Japanese and Korean by dots in PDF; else another design marks it")
	f.StringVar(&b.report, "report", "", "write what was done and what is missing to this file, as JSON")
	f.BoolVar(&b.json, "json", false, "print that report on standard output")
	f.StringSliceVar(&b.failOn, "fail-on", nil, "exit with 3 where more is missing: "+strings.Join(press.ThresholdNames(), ", ")+", each with >N, some with >N% (repeatable)")
	f.BoolVar(&b.strict, "strict", false, "exit with 3 where anything at all is missing or had to be repaired: --fail-on with each of those")
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
		job.Cover = b.look.cover(b.store)
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
	var err error
	if b.options.Images, err = press.ParseImageMode(b.images); err != nil {
		return usagef("", "--images: %w", err)
	}
	if b.strict {
		b.failOn = press.ThresholdNames()
	}
	for _, s := range b.failOn {
		t, err := press.ParseThreshold(s)
		if err != nil {
			return usagef("as in --fail-on 'missing-images>10%'", "--fail-on: %w", err)
		}
		b.thresholds = append(b.thresholds, t)
	}
	if err := b.network.resolve(b.env, b.quiet); err != nil {
		return err
	}
	if err := b.fitting.resolve(); err != nil {
		return err
	}
	if len(b.outputs) == 0 {
		return usagef("name a file to write: -o book.epub", "no output")
	}
	if b.look, err = newLook(b); err != nil {
		return err
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
		x, err := f.exporter(&b.look)
		if err != nil {
			return nil, err
		}
		o := press.Output{Path: path, Format: f.name, Exporter: x, MaxBytes: b.maxBytes}
		o.Pictures, o.Slice = b.fitting.pictures(*f.pictures)
		if path == "-" {
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
