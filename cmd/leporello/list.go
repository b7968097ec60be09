package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leporello-press/leporello/press"
)

// listCommand shows what would go into a book.
func (e *env) listCommand() *cobra.Command {
	c := &choosing{}
	n := &network{}
	var (
		k      configured
		name   string
		now    string
		issue  int
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "ls INPUT...",
		Short: "List what would go into a book, part by part",
		Long: `Ls reads the inputs and prints the articles that a build with the same flags
would put into the book, in their order. Nothing is fetched but articles that
the inputs only name or begin, and no book is written.

With --digest it prints which of the articles that were harvested the next issue
of a digest would have, and which not and why; with --issue, which an old one had.
Then nothing is read but what is remembered.`,
		Example: `  leporello ls posts --group-by date
  leporello ls --digest weekly
  leporello ls --digest weekly --issue 3`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case name == "" && issue != 0, issue < 0:
				return usagef("as in leporello ls --digest weekly --issue 3", "--issue is the number of an issue of a digest")
			case name != "" && len(args) > 0:
				return usagef("the inputs of a digest stand in the configuration", "ls takes inputs or --digest, not both")
			case name != "":
				return nil
			}
			return needInputs(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := e.pretend(now); err != nil {
				return err
			}
			if name != "" {
				return e.listDigest(cmd.Context(), k, name, issue, asJSON)
			}
			web := n.web(cmd.Context())
			if err := c.resolve(e, web); err != nil {
				return err
			}
			if err := n.resolve(e, false); err != nil {
				return err
			}
			defer n.close()
			inputs, err := e.inputs(args, web.Get)
			if err != nil {
				return err
			}
			items, rep, err := press.List(cmd.Context(), press.Job{Inputs: inputs, Readers: c.readers, Options: c.options, Whole: whole(web, c.readers)})
			if err != nil {
				return err
			}
			if asJSON {
				return e.listJSON(items)
			}
			fmt.Fprintf(e.stdout, "%s\n", printable(rep.Title))
			e.list(items)
			return nil
		},
	}
	c.flags(cmd.Flags())
	n.flags(cmd.Flags())
	k.flags(cmd.Flags())
	cmd.Flags().StringVar(&name, "digest", "", "list what the next issue of this digest would have")
	nowFlag(cmd.Flags(), &now)
	cmd.Flags().IntVar(&issue, "issue", 0, "list what this issue of the digest had")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, one object a line")
	return cmd
}

func (e *env) list(items []press.Item) {
	var part []string
	for _, it := range items {
		if !slices.Equal(part, it.Part) {
			part = it.Part
			if len(part) > 0 {
				fmt.Fprintf(e.stdout, "\n%s\n", printable(strings.Join(part, " › ")))
			}
		}
		line := it.Title
		if line == "" {
			line = "(no title)"
		}
		line = "  " + line
		if !it.Published.IsZero() {
			line += "  " + it.Published.Format(time.DateOnly)
		}
		if it.Pictures > 0 {
			line += "  " + plural(it.Pictures, "picture", "pictures")
		}
		line += "  [" + it.Name + "]"
		if it.Err != nil {
			line += "  cannot be read: " + plain(it.Err)
		}
		fmt.Fprintln(e.stdout, printable(line))
	}
}

func (e *env) listJSON(items []press.Item) error {
	enc := json.NewEncoder(e.stdout)
	enc.SetEscapeHTML(false)
	for _, it := range items {
		line := struct {
			Input     string   `json:"input"`
			Title     string   `json:"title"`
			Part      []string `json:"part,omitempty"`
			Published string   `json:"published,omitempty"`
			Lang      string   `json:"lang,omitempty"`
			Pictures  int      `json:"pictures"`
			Error     string   `json:"error,omitempty"`
		}{Input: it.Name, Title: it.Title, Part: it.Part, Lang: it.Lang, Pictures: it.Pictures}
		if !it.Published.IsZero() {
			line.Published = it.Published.Format(time.RFC3339)
		}
		if it.Err != nil {
			line.Error = it.Err.Error()
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
