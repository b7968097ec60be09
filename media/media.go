// Package media owns pictures as bytes on disk: what type they are, how many
// pixels they have, and how they are made fit for a device. An asset is named
// by the SHA-256 of its bytes, so that the same picture is kept once however
// many articles show it. The package has no network and knows no page: what
// size a picture is printed at is for layout.
package media

import (
	"io"
	"math"
)

// Asset is what is known of one stored picture.
type Asset struct {
	Key    string // lower-case hexadecimal SHA-256 of the bytes
	Type   Type
	Width  int // pixels, upright: after the EXIF orientation is applied
	Height int
	Bytes  int64
	// Orientation is the EXIF orientation of a JPEG, or what the boxes of an AVIF say
	// as one, 1 to 8; 1 elsewhere.
	Orientation int
	Alpha       bool // has an alpha channel or a transparent colour
	Animated    bool // more than one frame
	// Cut tells that the file ends before the picture does. Derive may still make
	// a picture of it; its own bytes are for no book.
	Cut  bool
	Gray bool // no colour at all in the file's colour model
	// Lost says in few words what a drawing in SVG had that is not shown: "a filter,
	// a picture that is elsewhere".
	Lost string
}

// Type is the format of a picture as its bytes say, whatever its name claimed.
type Type uint8

// The types that Sniff tells apart. Unknown is the zero value.
const (
	Unknown Type = iota
	JPEG
	PNG
	GIF
	WebP
	SVG
	AVIF
	HEIC
	BMP
	TIFF
)

// File is an open asset.
type File interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	io.Closer
}

// Store keeps assets by key. It is safe for concurrent use.
type Store interface {
	// Stat returns what is known of an asset, or an error that wraps fs.ErrNotExist.
	Stat(key string) (Asset, error)
	// Open opens the bytes of an asset for reading.
	Open(key string) (File, error)
	// Derive returns the asset as p wants it: the asset itself when it already
	// fits, else one made from it, which is kept, so that a second call is free.
	Derive(key string, p Profile) (Asset, error)
	// Slice is Derive for pictures of any height: where fitting one to p.MaxHeight
	// would leave less than two thirds of the width that p.MaxWidth allows, it is
	// made that wide and cut into pieces, from top to bottom, none higher than
	// p.MaxHeight. Cuts lie where a row of pixels has least in it, so that they go
	// between lines of text and panels of a comic; where no such row is near, the
	// lower piece repeats a few rows of the upper one. Everything else, and
	// everything where p.MaxHeight is 0, is one piece: that of Derive.
	Slice(key string, p Profile) ([]Asset, error)
}

// Profile is what a device or format can show. The zero value accepts baseline
// and progressive JPEG and PNG of any size, and turns everything else into one
// of them; pictures come out upright. A JPEG or PNG that is all that its profile
// asks for passes untouched: it is not written again, and keeps its key. Drawings
// in SVG become PNG of three times the pixels that they say, so that they are
// sharp on paper, or fewer where limits are.
type Profile struct {
	MaxWidth  int  // pixels; 0: no limit
	MaxHeight int  // pixels; 0: no limit
	MaxPixels int  // width times height; 0: no limit
	Gray      bool // no colour
	// SVG lets drawings stay SVG, of which nothing is left but what draws: no scripts,
	// no animations, nothing from elsewhere. Limits of pixels do not concern them.
	SVG bool
	// Levels is how many grays a screen has, from black to white in even steps:
	// 16 on panels of electronic paper. At least 2 and at most 256; 0: as many as
	// the picture has. More than 0 means Gray as well. Photographs are dithered to
	// the levels, drawings rounded; both become PNG of as few bits as the levels
	// need, because a JPEG would blur them again. That is two to four times as
	// large as a JPEG of all the grays.
	Levels int
	Opaque bool // alpha is flattened on white
	// Quality is that of JPEGs that are written, 1 to 100; 0 is 82. It does not
	// keep a picture from passing untouched: Recompress does.
	Quality int
	// Recompress writes pictures again that would pass untouched, at Quality, and
	// keeps what comes of it where that is smaller by at least a tenth. It is how a
	// book is made smaller step by step.
	Recompress bool
	// MaxBytes is how large a file may be that is made or passes; 0: no limit, and
	// less than 4096 counts as 4096. What is larger is written at lower quality, down
	// to 30, drawings and Levels as JPEG too unless they have alpha, and then with
	// fewer pixels.
	MaxBytes int64
}

// gray tells whether p wants no colour.
func (p Profile) gray() bool { return p.Gray || p.Levels > 0 }

// maxBytes is what MaxBytes means.
func (p Profile) maxBytes() int64 {
	if p.MaxBytes == 0 {
		return math.MaxInt64
	}
	return max(p.MaxBytes, 4096)
}

func (p Profile) quality() int {
	if p.Quality == 0 {
		return 82
	}
	return p.Quality
}
