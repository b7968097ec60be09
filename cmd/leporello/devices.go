package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/leporello-press/leporello/internal/spelling"
	"github.com/leporello-press/leporello/media/device"
)

// devicesCommand lists the devices that --device knows.
func (e *env) devicesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "devices [NAME...]",
		Short: "List the devices that books can be made for",
		Long: `Devices lists what --device takes: the screen of each device, what it shows, and
how large a book may be on its way there. With names it tells all about these.`,
		Example: `  leporello devices
  leporello devices kindle-paperwhite-6
  leporello build posts --device kobo-libra-colour -o weekly.epub`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var list []*device.Device
			for i := range device.Devices {
				list = append(list, &device.Devices[i])
			}
			if len(args) > 0 {
				list = nil
				for _, name := range args {
					d, err := findDevice(name)
					if err != nil {
						return err
					}
					list = append(list, d)
				}
			}
			switch {
			case asJSON:
				return e.devicesJSON(list)
			case len(args) > 0:
				return e.describeDevices(list)
			}
			return e.tableOfDevices(list)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object for each device")
	return cmd
}

// findDevice returns the device of a name, or an error that names those it may
// have meant.
func findDevice(name string) (*device.Device, error) {
	if d := device.Find(name); d != nil {
		return d, nil
	}
	hint := "leporello devices lists them"
	if near := spelling.Nearest(device.Names(), strings.ToLower(name)); len(near) > 0 {
		hint = "did you mean " + spelling.Or(near) + "? " + hint
	}
	return nil, usagef(hint, "no device is called %q", name)
}

func (e *env) tableOfDevices(list []*device.Device) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tPIXELS\tDPI\tSHOWS\tBOOK AT MOST\tDEVICE")
	for _, d := range list {
		limit := "-"
		if l := d.Family.Limits; len(l) > 0 {
			limit = size(l[0].Bytes)
		}
		fmt.Fprintf(w, "%s\t%dx%d\t%d\t%s\t%s\t%s\n", d.Name, d.Width, d.Height, d.DPI, d.Shows(), limit, d.Title)
	}
	return w.Flush()
}

func (e *env) describeDevices(list []*device.Device) error {
	for i, d := range list {
		if i > 0 {
			fmt.Fprintln(e.stdout)
		}
		line := func(name, value string) {
			if value != "" {
				fmt.Fprintf(e.stdout, "%-9s %s\n", name, value)
			}
		}
		line("name", d.Name)
		line("also", strings.Join(d.Aliases, ", "))
		line("device", d.Title)
		line("screen", fmt.Sprintf("%dx%d pixels, %d to the inch, %s", d.Width, d.Height, d.DPI, d.Shows()))
		line("PDF page", d.PageSize())
		line("pictures", strings.Join(typeNames(d), ", "))
		for _, l := range d.Family.Limits {
			line("limit", fmt.Sprintf("%s: %s", l.Way, size(l.Bytes)))
		}
		for _, n := range d.Family.Notes {
			line("note", n)
		}
		line("source", d.Source)
		line("", d.Family.Source)
	}
	return nil
}

func typeNames(d *device.Device) []string {
	var names []string
	for _, t := range d.Family.Types {
		names = append(names, t.String())
	}
	return names
}

// deviceLimit is a device.Limit in JSON.
type deviceLimit struct {
	Way   string `json:"way"`
	Bytes int64  `json:"bytes"`
}

func (e *env) devicesJSON(list []*device.Device) error {
	enc := json.NewEncoder(e.stdout)
	enc.SetEscapeHTML(false)
	for _, d := range list {
		line := struct {
			Name       string        `json:"name"`
			Aliases    []string      `json:"aliases"`
			Title      string        `json:"title"`
			Family     string        `json:"family"`
			Width      int           `json:"width"`
			Height     int           `json:"height"`
			DPI        int           `json:"dpi"`
			Colour     bool          `json:"colour"`
			Greys      int           `json:"greys,omitempty"`
			PageSize   string        `json:"page_size"`
			Pictures   []string      `json:"pictures"`
			MaxPicture int64         `json:"max_picture,omitempty"` // bytes
			Limits     []deviceLimit `json:"limits,omitempty"`
			Notes      []string      `json:"notes"`
			Sources    []string      `json:"sources"`
		}{
			d.Name, d.Aliases, d.Title, d.Family.Name, d.Width, d.Height, d.DPI, d.Greys == 0, d.Greys, d.PageSize(),
			typeNames(d), d.Family.MaxPicture, nil, d.Family.Notes, []string{d.Source},
		}
		for _, l := range d.Family.Limits {
			line.Limits = append(line.Limits, deviceLimit(l))
		}
		if s := d.Family.Source; s != "" {
			line.Sources = append(line.Sources, s)
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
