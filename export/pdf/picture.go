package pdf

import (
	"fmt"
	"io"
	"strconv"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/pdfobj"
	"github.com/leporello-press/leporello/layout"
	"github.com/leporello-press/leporello/media"
)

// pictures are the image objects of a file: one for every picture, however
// often it is shown. Their bytes go from the store to the file.
type pictures struct {
	doc     *document
	store   media.Store
	profile media.Profile
	byKey   map[string]*picture
	count   int
	icc     map[[32]byte]pdfobj.Ref // profiles of pictures, by digest
}

// picture is one image object. One whose name is empty could not be embedded.
type picture struct {
	name        name
	ref         pdfobj.Ref
	orientation int // EXIF, 1 to 8: what the matrix has to turn
}

// get returns the image object of an asset. It writes it when it is first asked for.
func (p *pictures) get(key string) *picture {
	if got := p.byKey[key]; got != nil {
		return got
	}
	pic := &picture{}
	p.byKey[key] = pic
	if err := p.embed(pic, key); err != nil {
		p.doc.issue(article.Issue{
			Severity: article.Loss, Code: "image.embed",
			Detail: err.Error(), Action: "frame",
		})
		return pic
	}
	p.count++
	pic.name = name("P" + strconv.Itoa(p.count))
	return pic
}

// embed writes the image object of an asset. After an error nothing was written.
func (p *pictures) embed(pic *picture, key string) error {
	a, err := p.store.Stat(key)
	if err != nil {
		return err
	}
	if fits(a, p.profile) {
		switch a.Type {
		case media.JPEG:
			if err = p.embedWith(pic, a, p.jpeg); err == nil {
				return nil
			}
		case media.PNG:
			if err = p.embedWith(pic, a, p.png); err == nil {
				return nil
			}
		}
		// The store decodes more than the format of this file does.
	}
	profile := p.profile
	derived, derr := p.store.Derive(key, profile)
	if derr != nil {
		if err == nil {
			err = derr
		}
		return err
	}
	if derived.Key == a.Key && err != nil {
		return err
	}
	switch derived.Type {
	case media.JPEG:
		return p.embedWith(pic, derived, p.jpeg)
	case media.PNG:
		return p.embedWith(pic, derived, p.png)
	}
	return fmt.Errorf("a picture was turned into type %d, not JPEG or PNG", derived.Type)
}

func (p *pictures) embedWith(pic *picture, a media.Asset, embed func(*picture, media.Asset, media.File) error) error {
	f, err := p.store.Open(a.Key)
	if err != nil {
		return err
	}
	defer f.Close()
	return embed(pic, a, f)
}

// fits tells whether a picture is within the bounds of a profile as it is.
func fits(a media.Asset, p media.Profile) bool {
	switch {
	case p.MaxWidth > 0 && a.Width > p.MaxWidth,
		p.MaxHeight > 0 && a.Height > p.MaxHeight,
		p.MaxPixels > 0 && a.Width*a.Height > p.MaxPixels,
		p.MaxBytes > 0 && a.Bytes > p.MaxBytes,
		p.Gray && !a.Gray,
		p.Opaque && a.Alpha,
		p.Levels > 0, p.Recompress, // Derive knows whether there is anything to do
		a.Animated, a.Cut:
		return false
	}
	return true
}

// imageDict returns the entries that all image objects have.
func imageDict(width, height int, space pdfobj.Object, bits int) dict {
	return dict{
		kv("Type", name("XObject")),
		kv("Subtype", name("Image")),
		kv("Width", num(width)),
		kv("Height", num(height)),
		kv("ColorSpace", space),
		kv("BitsPerComponent", num(bits)),
	}
}

// picture draws a picture, or a frame where it could not be embedded.
func (c *canvas) picture(p *layout.Picture) {
	c.begin(p.Element, p.Rect.At.Y, false)
	c.endText()
	if p.Element != nil {
		c.doc.tags.picture(p.Element, p.Rect, c.size)
	}
	pic := c.doc.pictures.get(p.Key)
	x, y := milli(p.Rect.At.X), c.height-milli(p.Rect.At.Y+p.Rect.Size.H)
	w, h := milli(p.Rect.Size.W), milli(p.Rect.Size.H)
	if pic.name == "" {
		const line = 500
		c.put(600)
		c.op("G")
		c.put(line)
		c.op("w")
		c.put(x+line/2, y+line/2, w-line, h-line)
		c.op("re S")
		return
	}
	c.op("q")
	if crop := p.Crop; crop != (layout.Crop{}) && crop.X1 > crop.X0 && crop.Y1 > crop.Y0 {
		c.put(x, y, w, h)
		c.op("re W n")
		// The whole picture is larger than the part that shows, and begins before it.
		fullW := w << 16 / int64(crop.X1-crop.X0)
		fullH := h << 16 / int64(crop.Y1-crop.Y0)
		x -= fullW * int64(crop.X0) >> 16
		y -= fullH * (1<<16 - int64(crop.Y1)) >> 16
		w, h = fullW, fullH
	}
	c.put(upright(pic.orientation, x, y, w, h)...)
	c.op("cm")
	c.buf = pdfobj.Append(c.buf, pic.name)
	c.op(" Do")
	c.op("Q")
	for _, known := range c.images {
		if known == pic {
			return
		}
	}
	c.images = append(c.images, pic)
}

// upright returns the matrix that takes the unit square of a picture, stored
// with an EXIF orientation, to an upright box.
func upright(orientation int, x, y, w, h int64) []int64 {
	switch orientation {
	case 2: // mirrored left to right
		return []int64{-w, 0, 0, h, x + w, y}
	case 3: // upside down
		return []int64{-w, 0, 0, -h, x + w, y + h}
	case 4: // mirrored top to bottom
		return []int64{w, 0, 0, -h, x, y + h}
	case 5: // first row is the left edge, first column the top
		return []int64{0, -h, -w, 0, x + w, y + h}
	case 6: // first row is the right edge, first column the top
		return []int64{0, -h, w, 0, x, y + h}
	case 7: // first row is the right edge, first column the bottom
		return []int64{0, h, w, 0, x, y}
	case 8: // first row is the left edge, first column the bottom
		return []int64{0, h, -w, 0, x + w, y}
	}
	return []int64{w, 0, 0, h, x, y}
}

// readAt reads n bytes at off, all of them.
func readAt(r io.ReaderAt, off int64, n int) ([]byte, error) {
	b := make([]byte, n)
	got, err := r.ReadAt(b, off)
	if got == n {
		return b, nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return nil, err
}
