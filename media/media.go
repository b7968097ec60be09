// Package media owns pictures as bytes on disk: what type they are, how many
// pixels they have, and how they are made fit for a device. An asset is named
// by the SHA-256 of its bytes, so that the same picture is kept once however
// many articles show it. The package has no network and knows no page: what
// size a picture is printed at is for layout.
package media

import "io"

// Asset is what is known of one stored picture.
type Asset struct {
	Key    string // lower-case hexadecimal SHA-256 of the bytes
	Type   Type
	Width  int // pixels, upright: after the EXIF orientation is applied
	Height int
	Bytes  int64
	// Orientation is the EXIF orientation, 1 to 8, of a JPEG; 1 elsewhere.
	Orientation int
	Alpha       bool // has an alpha channel or a transparent colour
	Animated    bool // more than one frame
	// Cut tells that the file ends before the picture does. Derive may still make
	// a picture of it; its own bytes are for no book.
	Cut  bool
	Gray bool // no colour at all in the file's colour model
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
}

// Profile is what a device or format can show. The zero value accepts baseline
// and progressive JPEG and PNG of any size, and turns everything else into one
// of them; pictures come out upright.
type Profile struct {
	MaxWidth  int  // pixels; 0: no limit
	MaxHeight int  // pixels; 0: no limit
	MaxPixels int  // width times height; 0: no limit
	Gray      bool // no colour
	Opaque    bool // alpha is flattened on white
	Quality   int  // of JPEGs that are written, 1 to 100; 0 is 82
}
