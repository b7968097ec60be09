package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/press"
	"github.com/leporello-press/leporello/source"
)

// inspectCommand shows what was understood of an article.
func (e *env) inspectCommand() *cobra.Command {
	var tree, asJSON, text, strict bool
	var lang, zone string
	var whole pages
	var how reading
	n := &network{}
	cmd := &cobra.Command{
		Use:   "inspect ARTICLE",
		Short: "Show what was understood of an article",
		Long: `Inspect reads one article and prints its metadata, how its encoding and its language
were found, what was left out and why, what was worked around and its tree of
blocks: what books are made from. It is the tool to find out why a book looks as it
does.

Exit codes: 0 the article can be read; 1 it cannot; 2 the command line is wrong;
3 with --strict, something is lost or metadata had to be repaired.`,
		Example: `  leporello inspect posts/a.html
  leporello inspect posts/a.html --text | wc -m`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("leporello inspect posts/a.html", "inspect takes one article")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			loc, err := loadZone(zone)
			if err != nil {
				return err
			}
			if err := checkLang("--lang", lang); err != nil {
				return err
			}
			page, err := whole.options()
			if err != nil {
				return err
			}
			web := n.web(cmd.Context())
			o, err := how.options(loc, lang, web)
			if err != nil {
				return err
			}
			if err := n.resolve(e, false); err != nil {
				return err
			}
			defer n.close()
			show := e.summary
			switch {
			case tree && asJSON || tree && text || asJSON && text:
				return usagef("", "--tree, --json and --text print one thing each: name one")
			case tree:
				show = e.tree
			case asJSON:
				show = e.documentJSON
			case text:
				show = e.text
			}
			if strict {
				show = e.strictly(show)
			}
			return e.inspect(args, web, readers(o, page), show)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&tree, "tree", false, "print the tree of blocks only")
	f.BoolVar(&asJSON, "json", false, "print all of it as JSON")
	f.BoolVar(&text, "text", false, "print the plain text only")
	f.BoolVar(&strict, "strict", false, "exit with 3 where something is lost or metadata had to be repaired, and say what")
	f.StringVar(&lang, "lang", "", "language, where the article names none")
	f.StringVar(&zone, "timezone", "UTC", "zone of dates that name none")
	how.flags(f)
	whole.flags(f)
	n.flags(f)
	cmd.AddCommand(e.breaksCommand(), e.linesCommand())
	return cmd
}

// showing prints an article that r read from in, and what was reported with it.
type showing func(r source.Reader, in source.Input, doc *article.Document, issues []article.Issue) error

func (e *env) inspect(operands []string, web source.Web, readers []source.Reader, show showing) error {
	entries, err := e.find(operands, web.Get)
	if err != nil {
		return err
	}
	if len(entries) > 1 {
		return usagef("leporello ls lists them", "%s holds %d articles; inspect takes one", operands[0], len(entries))
	}
	in, err := entries[0].Load()
	if err != nil {
		return err
	}
	r := source.ReaderOf(readers, in)
	var last *article.Document
	var shown, issues []article.Issue // those of last, and those since
	report := func(i article.Issue) { issues = append(issues, i) }
	for doc, err := range source.Read(readers, in, report) {
		if err != nil {
			return fmt.Errorf("%s: %w", in.Name, err)
		}
		if last != nil {
			if err := show(r, in, last, shown); err != nil {
				return err
			}
		}
		if doc.Extent != article.Whole {
			whole, err := source.Complete(doc, web, readers, report)
			if err == nil {
				doc = whole
			} else {
				report(article.Issue{Severity: article.Loss, Code: "article.failed", Article: in.Name, URL: doc.Meta.URL, Detail: err.Error()})
			}
		}
		last, shown, issues = doc, issues, nil
	}
	if last == nil {
		for _, i := range issues {
			e.say(i.Severity.String(), "%s", i)
		}
		return fmt.Errorf("%s: nothing in it is an article", in.Name)
	}
	return show(r, in, last, append(shown, issues...))
}

func (e *env) tree(_ source.Reader, _ source.Input, doc *article.Document, _ []article.Issue) error {
	_, err := fmt.Fprint(e.stdout, printable(doc.Dump()))
	return err
}

func (e *env) text(_ source.Reader, _ source.Input, doc *article.Document, _ []article.Issue) error {
	_, err := fmt.Fprintln(e.stdout, strings.TrimRight(doc.Text(), "\n"))
	return err
}

// strictly is show, and fails where something is lost or metadata was repaired.
func (e *env) strictly(show showing) showing {
	return func(r source.Reader, in source.Input, doc *article.Document, issues []article.Issue) error {
		if err := show(r, in, doc, issues); err != nil {
			return err
		}
		failed := false
		for _, i := range issues {
			if i.Severity == article.Loss || press.FrontMatter(i) {
				e.say("error", "--strict: %s", i)
				failed = true
			}
		}
		if failed {
			return &exitError{exitThreshold}
		}
		return nil
	}
}

// inspected is the JSON form of an article and of how it was understood. Fields may
// be added under the same schema; none changes its meaning.
type inspected struct {
	Schema   string            `json:"schema"`
	Input    inspectedInput    `json:"input"`
	Language found             `json:"language"`
	Text     string            `json:"text"`
	Issues   []press.Problem   `json:"issues"`
	Document *article.Document `json:"document"`
}

type inspectedInput struct {
	Name     string `json:"name"`
	Reader   string `json:"reader"`
	Bytes    int    `json:"bytes"`
	Encoding found  `json:"encoding"`
}

// found is something that was found out, and from what.
type found struct {
	Value string `json:"value"`
	From  string `json:"from"`
}

func (f found) String() string {
	if f.Value == "" {
		return f.From
	}
	return f.Value + " (" + f.From + ")"
}

// encodingOf tells in what encoding an input was, of the issues of its reading.
func encodingOf(issues []article.Issue) found {
	for _, i := range issues {
		if name, ok := strings.CutPrefix(i.Action, "read as "); ok && strings.HasPrefix(i.Code, "charset.") {
			name = strings.ToLower(name)
			return found{name, strings.TrimPrefix(i.Detail, name+", ")}
		}
	}
	return found{"utf-8", "valid"}
}

// languageOf tells how the language of an article was found, of the issues of its
// reading.
func languageOf(m *article.Meta, issues []article.Issue) found {
	for _, i := range issues {
		if strings.HasPrefix(i.Code, "lang.") {
			return found{m.Lang, i.Detail}
		}
	}
	return found{m.Lang, "declared"}
}

func (e *env) documentJSON(r source.Reader, in source.Input, doc *article.Document, issues []article.Issue) error {
	out := inspected{
		Schema:   "leporello.inspect/1",
		Input:    inspectedInput{in.Name, r.Name(), len(in.Data), encodingOf(issues)},
		Language: languageOf(&doc.Meta, issues), Text: doc.Text(), Issues: []press.Problem{}, Document: doc,
	}
	for _, i := range issues {
		out.Issues = append(out.Issues, press.ProblemOf("", i))
	}
	enc := json.NewEncoder(e.stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

// summary prints what a person wants to know first.
func (e *env) summary(r source.Reader, in source.Input, doc *article.Document, issues []article.Issue) error {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-10s %s\n", name, value)
		}
	}
	date := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format("2006-01-02 15:04:05 -07:00")
	}
	m := &doc.Meta
	line("input", fmt.Sprintf("%s (%s, %s)", in.Name, r.Name(), size(int64(len(in.Data)))))
	line("encoding", encodingOf(issues).String())
	line("title", m.Title)
	line("subtitle", m.Subtitle)
	line("authors", strings.Join(m.Authors, ", "))
	line("language", languageOf(m, issues).String())
	line("published", date(m.Published))
	line("updated", date(m.Updated))
	line("section", strings.Join(m.Section, " › "))
	line("tags", strings.Join(m.Tags, ", "))
	line("publisher", m.Publisher)
	line("address", m.URL)
	line("summary", m.Summary)
	if m.Lead != nil {
		line("lead", m.Lead.Src)
	}
	for _, f := range m.Extra {
		line("("+f.Key+")", f.Value)
	}
	pictures := 0
	for range doc.Images() {
		pictures++
	}
	blocks := 0
	doc.Walk(func(article.Block) bool { blocks++; return true })
	line("size", fmt.Sprintf("%s, %s, %s", plural(blocks, "block", "blocks"), plural(len([]rune(doc.Text())), "character", "characters"), plural(pictures, "picture", "pictures")))
	for _, i := range issues {
		kind := i.Severity.String()
		if i.Action == "dropped" && i.Severity != article.Loss {
			kind = i.Action
		}
		line(kind, i.String())
	}
	b.WriteByte('\n')
	b.WriteString(doc.Dump())
	_, err := fmt.Fprint(e.stdout, printable(b.String()))
	return err
}
