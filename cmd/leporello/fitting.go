package main

import (
	"slices"

	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/internal/spelling"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/media/device"
)

// fitting are the flags that say what a book is read on, and how large it may be.
type fitting struct {
	name, tall, grayscale, max string
	quality, maxWidth          int

	device   *device.Device // nil: any
	maxBytes int64          // 0: no limit
}

func (t *fitting) flags(f *pflag.FlagSet) {
	f.StringVar(&t.name, "device", "", "what the book is read on: leporello devices lists them")
	f.StringVar(&t.max, "max-size", "", "how large a book may be, as 45MB: pictures lose quality until it is met, then there are several volumes")
	f.StringVar(&t.tall, "tall", "auto", "pictures much higher or wider than a page: fit makes them smaller, slice divides high ones (auto: with --device), turn lays wide ones on their side in PDF")
	f.StringVar(&t.grayscale, "grayscale", "auto", "pictures without colour: yes, no, 16 (dithered to 16 greys) or auto (as the device)")
	f.IntVar(&t.quality, "quality", 0, "of pictures that are written as JPEG, 1 to 100 (default: about 80)")
	f.IntVar(&t.maxWidth, "max-width", 0, "of pictures, in pixels (default: that of the device)")
	oneOf(f, "tall", talls...)
	oneOf(f, "grayscale", grayscales...)
}

// What --tall and --grayscale take.
var (
	talls      = []string{"auto", "fit", "slice", "turn"}
	grayscales = []string{"auto", "yes", "no", "16"}
)

func (t *fitting) resolve() (err error) {
	if t.name != "" {
		if t.device, err = findDevice(t.name); err != nil {
			return err
		}
	}
	for _, c := range []struct {
		flag, value string
		all         []string
	}{{"tall", t.tall, talls}, {"grayscale", t.grayscale, grayscales}} {
		if !slices.Contains(c.all, c.value) {
			return usagef("", "--%s: %q is none of %s", c.flag, c.value, spelling.Or(c.all))
		}
	}
	if t.quality < 0 || t.quality > 100 {
		return usagef("", "--quality: %d is not between 1 and 100", t.quality)
	}
	if t.maxWidth < 0 || t.maxWidth > 0 && t.maxWidth < 100 {
		return usagef("", "--max-width: %d pixels show nothing", t.maxWidth)
	}
	if t.max != "" {
		if t.maxBytes, err = recipe.ParseBytes(t.max); err != nil {
			return usagef("as in --max-size 45MB", "--max-size: %w", err)
		}
		if t.maxBytes < 1000 {
			return usagef("as in --max-size 45MB", "--max-size: no book has %s", plural(int(t.maxBytes), "byte", "bytes"))
		}
	}
	return nil
}

// pictures returns what is made of pictures, where a format by itself shows those of
// base, and whether tall ones are cut.
func (t *fitting) pictures(base media.Profile) (p media.Profile, slice bool) {
	p = base
	if d := t.device; d != nil {
		p.MaxWidth, p.MaxHeight, p.MaxPixels = d.Width, d.Height, 0
		p.Gray = d.Greys > 0
		p.MaxBytes = d.Family.MaxPicture
		p.SVG = base.SVG && d.Family.Takes(media.SVG)
		// Readers lay what is transparent on a colour of their own, and paper on white.
		p.Opaque = true
	}
	switch t.grayscale {
	case "yes":
		p.Gray = true
	case "no":
		p.Gray = false
	case "16":
		p.Gray, p.Levels = true, 16
	}
	if t.quality > 0 {
		p.Quality = t.quality
	}
	slice = t.tall == "slice" || t.tall == "auto" && t.device != nil
	if slice && p.MaxHeight == 0 {
		p.MaxWidth, p.MaxHeight = p.Screen()
	}
	if t.maxWidth > 0 {
		p.MaxWidth = t.maxWidth
	}
	return p, slice
}
