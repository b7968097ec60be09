package main

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/leporello-press/leporello/layout"
)

// stylesCommand prints the looks that --style knows.
func (e *env) stylesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "styles [NAME...]",
		Short: "List the designed looks of pages",
		Long: `Styles lists what --style takes. With names, or as JSON, it prints all that makes
up each: the page, the type, the type area in ems and lines.`,
		Example: `  leporello styles
  leporello styles newspaper
  leporello build posts --style newspaper -o weekly.pdf`,
		RunE: func(cmd *cobra.Command, args []string) error {
			list := layout.Styles
			if len(args) > 0 {
				list = nil
				for _, name := range args {
					s, err := findStyle(name)
					if err != nil {
						return err
					}
					list = append(list, s)
				}
			}
			out := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
			for i, s := range list {
				switch {
				case asJSON:
					enc := json.NewEncoder(e.stdout)
					if err := enc.Encode(s); err != nil {
						return err
					}
				case len(args) == 0:
					fmt.Fprintf(out, "%s\t%s\n", s.Name, s.About)
				default:
					if i > 0 {
						fmt.Fprintln(out)
					}
					fmt.Fprintf(out, "%s\t%s\n", s.Name, s.About)
					for line := range settings(s.Options) {
						fmt.Fprintf(out, "  %s\n", line)
					}
				}
			}
			return out.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object for each style, with every option")
	return cmd
}

// settings yields the options that are set, each with a tab before its value.
func settings(o layout.Options) func(func(string) bool) {
	return func(yield func(string) bool) {
		v := reflect.ValueOf(o)
		for i := range v.NumField() {
			f := v.Field(i)
			if f.IsZero() {
				continue
			}
			value := fmt.Sprint(f.Interface())
			switch x := f.Interface().(type) {
			case encoding.TextMarshaler:
				text, _ := x.MarshalText()
				value = string(text)
			case layout.Size:
				value = x.W.String() + " by " + x.H.String() + "pt"
			}
			if !yield(v.Type().Field(i).Name + "\t" + value) {
				return
			}
		}
	}
}

// findStyle returns the style of a name, or an error that says which there are.
func findStyle(name string) (layout.Style, error) {
	if s, ok := layout.FindStyle(name); ok {
		return s, nil
	}
	return layout.Style{}, usagef("it is one of "+strings.Join(styleNames(), ", "), "--style: unknown style %q", name)
}

func styleNames() []string {
	var names []string
	for _, s := range layout.Styles {
		names = append(names, s.Name)
	}
	return names
}
