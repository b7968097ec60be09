// Package device knows the devices that books are read on: their screens, what
// pictures their reading systems show, how large a book may be and what is odd
// about them. It is a table; what a book for a device looks like is decided by
// those who read it. Facts of a screen are the maker's, those of a reading system
// are what its maker or its users have published; each row says where.
package device

import (
	"slices"
	"strconv"
	"strings"

	"github.com/leporello-press/leporello/media"
)

// Device is one device, or one kind of them.
type Device struct {
	Name    string // what --device takes: "kindle-paperwhite-5"
	Aliases []string
	Title   string // for people
	Family  *Family
	// Width and Height are the pixels of the screen, upright; those of a page at DPI
	// on paper.
	Width, Height int
	DPI           int // pixels to the inch
	// Greys is how many levels of grey it shows; 0: it shows colours.
	Greys int
	// Page is the name of its paper, as layout.ParseSize takes it; empty: a screen.
	Page   string
	Source string // where the facts of the screen are published: an address, or a standard
}

// Family is what devices with the same reading system have in common.
type Family struct {
	Name string
	// Types are the pictures that its reading system shows in an EPUB.
	Types []media.Type
	// MaxPicture is how large the file of a picture may be, in bytes; 0: no limit is
	// known.
	MaxPicture int64
	Limits     []Limit
	Notes      []string // what is odd about its reading of EPUB
	Source     string   // address of where they are published
}

// Limit is how large a book may be on one way to a device.
type Limit struct {
	Way   string // "Send to Kindle by e-mail"
	Bytes int64
}

// Screen tells whether pages are read on a screen of their size.
func (d *Device) Screen() bool { return d.Page == "" }

// PageSize is the page of a PDF for the device, as layout.ParseSize takes it.
func (d *Device) PageSize() string {
	if d.Page != "" {
		return d.Page
	}
	return strconv.Itoa(d.Width) + "x" + strconv.Itoa(d.Height) + "px@" + strconv.Itoa(d.DPI)
}

// Shows says what the device shows in few words.
func (d *Device) Shows() string {
	if d.Greys == 0 {
		return "colour"
	}
	return strconv.Itoa(d.Greys) + " greys"
}

// Takes tells whether the device shows pictures of a type in an EPUB.
func (f *Family) Takes(t media.Type) bool { return slices.Contains(f.Types, t) }

// Find returns the device of a name or an alias, in whatever case, with spaces or
// underscores for hyphens; nil where there is none.
func Find(name string) *Device {
	name = plain(name)
	for i := range Devices {
		d := &Devices[i]
		if d.Name == name || slices.Contains(d.Aliases, name) {
			return d
		}
	}
	return nil
}

func plain(name string) string {
	return strings.NewReplacer(" ", "-", "_", "-").Replace(strings.ToLower(strings.TrimSpace(name)))
}

// Names returns all names and aliases.
func Names() []string {
	var names []string
	for i := range Devices {
		names = append(append(names, Devices[i].Name), Devices[i].Aliases...)
	}
	return names
}
