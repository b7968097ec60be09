package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/source"
)

// configName is what the configuration is called where no one says another name.
const configName = "leporello.yaml"

// databaseVariable names the database: addresses with passwords in them are nothing
// for a command line.
const databaseVariable = "LEPORELLO_DATABASE_URL"

// maxConfig is one more byte than recipe.Parse takes.
const maxConfig = 1<<20 + 1

// configured are the flags of every command that works by the configuration.
type configured struct {
	path, state string
}

func (k *configured) flags(f *pflag.FlagSet) {
	configFlag(f, &k.path)
	f.StringVar(&k.state, "state-dir", "", "folder for what is remembered from issue to issue (default: state_dir of the configuration, else leporello in the user's folder for such things)")
	isPath(f, "state-dir")
}

func configFlag(f *pflag.FlagSet, path *string) {
	f.StringVarP(path, "config", "c", "", "the configuration (default: "+configName+" here, else leporello/"+configName+" in the user's folder for configurations)")
	isPath(f, "config")
}

// load reads the configuration, and completes it: its StateDir is a path that can be
// used as it is, and its DatabaseURL may come from the environment.
func (k *configured) load(e *env) (*recipe.Config, error) {
	c, err := e.loadConfig(k.path)
	if err != nil {
		return nil, err
	}
	switch {
	case k.state != "":
		c.StateDir = k.state
	case c.StateDir != "":
		c.StateDir = c.Abs(c.StateDir)
	default:
		if c.StateDir, err = e.stateFolder(); err != nil {
			return nil, err
		}
	}
	if url := e.getenv(databaseVariable); url != "" {
		c.DatabaseURL = url
	}
	return c, nil
}

// stateFolder is the user's folder for what programs remember (XDG Base Directory
// Specification 0.8), which only Unix knows.
func (e *env) stateFolder() (string, error) {
	if dir := e.getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "leporello"), nil
	}
	switch runtime.GOOS {
	case "darwin", "ios", "windows", "plan9":
		dir, err := os.UserConfigDir()
		return filepath.Join(dir, "leporello", "state"), err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", usagef("--state-dir or state_dir names it", "there is no folder for what is remembered: %w", err)
	}
	return filepath.Join(home, ".local", "state", "leporello"), nil
}

// loadConfig reads the configuration; path is empty where nobody said one. What is wrong
// with it is said, and the error then is an exitError.
func (e *env) loadConfig(path string) (*recipe.Config, error) {
	if path == "" {
		var err error
		if path, err = findConfig(); err != nil {
			return nil, err
		}
	}
	data, err := readBounded(path, maxConfig)
	if err != nil && !errors.Is(err, source.ErrTooLarge) { // that recipe says itself
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usagef("leporello config init "+path+" writes one to begin with", "%s: there is no such file", path)
		}
		return nil, usagef("", "%s: %w", path, cause(err))
	}
	c, problems := recipe.Parse(path, data, e.settings())
	for _, p := range problems {
		kind := "error"
		if p.Warning {
			kind = "warning"
		}
		e.say(kind, "%s", p)
		if p.Hint != "" {
			e.say("hint", "%s", p.Hint)
		}
	}
	if c == nil {
		return nil, &exitError{exitUsage}
	}
	c.Home, _ = os.UserHomeDir()
	e.overlay(c)
	return c, nil
}

// findConfig returns where the configuration is.
func findConfig() (string, error) {
	places := []string{configName}
	if dir, err := os.UserConfigDir(); err == nil {
		places = append(places, filepath.Join(dir, "leporello", configName))
	}
	for _, path := range places {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", usagef("leporello config init writes one to begin with, -c names another", "there is no configuration: no %s", strings.Join(places, ", and no "))
}

func (e *env) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Write, check and show the configuration of digests",
		Long: `Digests are books that come again and again, by what a file called ` + configName + `
says of them: their sources, when they are due, what they take, what they look
like and who gets them. Its keys are the flags of build, with _ for -, and some more.`,
		Example: `  leporello config init
  leporello config validate
  leporello config show --origin`,
		Args: e.noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(e.configInitCommand(), e.configValidateCommand(), e.configSchemaCommand(), e.configShowCommand())
	return cmd
}

//go:embed starter.yaml
var starter []byte

func (e *env) configInitCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a configuration to begin with",
		Long:  `Init writes a file that explains itself. It replaces none.`,
		Args:  atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			path := configName
			if len(args) > 0 {
				path = args[0]
			}
			if path == "-" {
				_, err := e.stdout.Write(starter)
				return err
			}
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
			if errors.Is(err, fs.ErrExist) {
				return usagef("leporello config init FILE writes another", "%s exists", path)
			}
			if err != nil {
				return err
			}
			_, err = f.Write(starter)
			if err = errors.Join(err, f.Close()); err != nil {
				return err
			}
			e.say("note", "%s: say there what to read, then: leporello config validate", path)
			return nil
		},
	}
}

func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usagef("", "%s takes one file", cmd.CommandPath())
	}
	return nil
}

func (e *env) configValidateCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "validate [FILE]",
		Short: "Check the configuration",
		Long: `Validate tells everything that is wrong with the configuration, and where. Files
that it names for the look of books and for reading them must exist; sources are
not asked.

Exit codes: 0 it can be used; 2 it cannot.`,
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				path = args[0]
			}
			c, err := e.loadConfig(path)
			if err != nil {
				return err
			}
			if err := e.tryConfig(c); err != nil {
				return err
			}
			outputs := 0
			for i := range c.Digests {
				outputs += len(c.Digests[i].Outputs)
			}
			fmt.Fprintf(e.stdout, "%s: %s, %s, %s\n", c.Path, plural(len(c.Sources), "source", "sources"), plural(len(c.Digests), "digest", "digests"), plural(outputs, "output", "outputs"))
			return nil
		},
	}
	configFlag(cmd.Flags(), &path)
	return cmd
}

// tryConfig does with a configuration all that can be done without reading a source.
func (e *env) tryConfig(c *recipe.Config) error {
	n := &network{}
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	n.flags(f)
	failed := false
	try := func(err error) {
		var usage *usageError
		if err == nil {
			return
		}
		failed = true
		e.say("error", "%s", asKeys(plain(err)))
		if errors.As(err, &usage) && usage.hint != "" {
			e.say("hint", "%s", asKeys(usage.hint))
		}
	}
	try(e.networkOf(c, f, n, false))
	for i := range c.Sources {
		_, err := e.sourceOf(c, &c.Sources[i], source.Web{})
		try(err)
	}
	for i := range c.Digests {
		d := &c.Digests[i]
		_, _, err := e.bookOf(c, d, n)
		try(err)
		for k := range d.Deliver {
			_, err := e.targetOf(c, &d.Deliver[k])
			try(err)
		}
	}
	if failed {
		return &exitError{exitUsage}
	}
	return nil
}

func (e *env) configSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the schema of the configuration, for editors",
		Long: `Schema prints what the configuration may say, as JSON Schema 2020-12. Editors that
know it complete keys and mark mistakes:

  # yaml-language-server: $schema=leporello.schema.json`,
		Args: noOperands(""),
		RunE: func(*cobra.Command, []string) error {
			_, err := e.stdout.Write(recipe.Schema(e.settings()))
			return err
		},
	}
}
