package media_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"

	"github.com/leporello-press/leporello/media"
)

// A picture goes into the store once and comes out as a device wants it.
func Example() {
	dir, err := os.MkdirTemp("", "pictures")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	store, err := media.New(dir, media.Options{})
	if err != nil {
		panic(err)
	}
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewRGBA(image.Rect(0, 0, 2000, 1000))); err != nil {
		panic(err)
	}
	a, err := store.Put(&file)
	if err != nil {
		panic(err)
	}
	small, err := store.Derive(a.Key, media.Profile{MaxWidth: 1072, Gray: true, Opaque: true})
	if err != nil {
		panic(err)
	}
	fmt.Println(a.Type, a.Width, a.Height, a.Alpha)
	fmt.Println(small.Type, small.Width, small.Height, small.Alpha)
	// Output:
	// PNG 2000 1000 true
	// PNG 1072 536 false
}
