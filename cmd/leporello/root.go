package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/internal/spelling"
)

// root returns the tree of commands.
func (e *env) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "leporello",
		Short: "Make EPUB and PDF books of articles",
		Long: `leporello makes books of articles: EPUB collections for e-readers and typeset
PDF, from files and folders, with their pictures in them.`,
		Example: `  leporello build posts -o weekly.epub -o weekly.pdf
  leporello build posts --since 7d --group-by date -o weekly.epub
  leporello inspect posts/a.html`,
		Version:           toolVersion(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              e.noSuchCommand,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: e.environment,
	}
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(e.buildCommand(), e.cacheCommand(), e.configCommand(), e.devicesCommand(), e.harvestCommand(), e.historyCommand(), e.inspectCommand(), e.listCommand(), e.runCommand(), e.scheduleCommand(), e.serveCommand(), e.stateCommand(), e.stylesCommand(), e.versionCommand(), e.workCommand())
	return root
}

// noSuchCommand is reached by what is no command: a typing error, or an input
// whose command was forgotten.
func (e *env) noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := cmd.CommandPath() + " --help lists the commands"
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + spelling.Or(near) + "?"
	} else if _, err := os.Stat(args[0]); err == nil {
		hint = fmt.Sprintf("leporello build %s -o book.epub", args[0])
	}
	return usagef(hint, "unknown command %q", args[0])
}

// flagError explains a flag that could not be read.
func flagError(cmd *cobra.Command, err error) error {
	text := err.Error()
	hint := fmt.Sprintf("%s --help lists the flags", cmd.CommandPath())
	if name, ok := strings.CutPrefix(text, "unknown flag: --"); ok {
		if near := nearFlags(cmd.Flags(), name); len(near) > 0 {
			hint = "did you mean " + spelling.Or(near) + "?"
		}
	}
	return &usageError{err: fmt.Errorf("%s", text), hint: hint}
}

// nearFlags returns the flags whose names are like name, the nearest first.
func nearFlags(flags *pflag.FlagSet, name string) []string {
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	near := spelling.Nearest(names, name)
	for i := range near {
		near[i] = "--" + near[i]
	}
	return near
}

// environment gives every flag that was not typed the value of its variable:
// LEPORELLO_PAGE_SIZE is --page-size.
func (e *env) environment(cmd *cobra.Command, _ []string) error {
	var failed error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "help" || failed != nil {
			return
		}
		key := variable(f.Name)
		value := e.getenv(key)
		if value == "" {
			return
		}
		if err := cmd.Flags().Set(f.Name, value); err != nil {
			failed = usagef("", "%s: %w", key, err)
		}
	})
	return failed
}

// variable is the variable of the environment that a flag has its value from.
func variable(flag string) string {
	return "LEPORELLO_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
