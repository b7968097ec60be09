package main

import (
	"io/fs"

	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/export/epub"
	"github.com/leporello-press/leporello/export/pdf"
	"github.com/leporello-press/leporello/layout"
	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/source"
	sourceepub "github.com/leporello-press/leporello/source/epub"
	"github.com/leporello-press/leporello/source/feed"
	"github.com/leporello-press/leporello/source/html"
	"github.com/leporello-press/leporello/source/instapaper"
	"github.com/leporello-press/leporello/source/markdown"
	"github.com/leporello-press/leporello/source/mhtml"
	"github.com/leporello-press/leporello/source/omnivore"
	"github.com/leporello-press/leporello/source/pocket"
	"github.com/leporello-press/leporello/source/readwise"
	"github.com/leporello-press/leporello/source/wallabag"
	"github.com/leporello-press/leporello/source/webpage"
)

// readers are the formats of inputs. They are asked in this order.
func readers(o source.Options, p webpage.Options) []source.Reader {
	return []source.Reader{
		pocket.Reader{Options: o},
		instapaper.Reader{Options: o},
		readwise.Reader{Options: o},
		wallabag.Reader{Options: o},
		omnivore.Reader{Options: o},
		sourceepub.Reader{Options: o},
		feed.Reader{Options: o},
		mhtml.Reader{Options: o, Page: p},
		markdown.Reader{Options: o},
		html.Reader{Options: o, Page: p},
	}
}

// isOneInput tells whether a folder is not a folder of inputs, but one input: an
// archive that someone unpacked.
func isOneInput(folder fs.FS) bool {
	return omnivore.Unpacked(folder) || sourceepub.Unpacked(folder)
}

// format is a format of outputs.
type format struct {
	name     string         // in the report
	ext      string         // of files, with the dot
	cover    bool           // shows the cover picture; else it draws its own or has none
	pictures *media.Profile // what all its readers show
	exporter func(*look) (export.Exporter, error)
}

// formats are the formats of outputs.
var formats = []format{
	{"epub3", ".epub", true, &epub.Pictures, func(l *look) (export.Exporter, error) {
		return epub.New(epub.Options{Vertical: l.layout.Mode == layout.VerticalRL}), nil
	}},
	{"pdf", ".pdf", false, &pdf.Pictures, func(l *look) (export.Exporter, error) {
		set, err := l.fonts()
		if err != nil {
			return nil, err
		}
		return pdf.New(pdf.Options{Layout: l.layout, Fonts: set}), nil
	}},
}
