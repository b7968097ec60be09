package pdf

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/internal/pdfobj"
	"github.com/leporello-press/leporello/layout"
	"github.com/leporello-press/leporello/media"
)

// pictures are the image objects of a file: one for every picture, however
// often it is shown. Their bytes go from the store to the file.
type pictures struct {
	doc     *document
	job     *export.Job
	byKey   map[string]*picture
	byAsset map[string]*picture      // by the key of what is embedded: different pictures may become alike
	cut     map[string][]media.Asset // the pieces of tall pictures, by the key of the whole
	piece   map[string]bool          // their keys: they are as they are to be
	count   int
	icc     map[[32]byte]pdfobj.Ref // profiles of pictures, by digest
}

// assets is what layout sees of the pictures.
func (p *pictures) assets() layout.Assets {
	if p.job.Assets == nil {
		return nil
	}
	return p
}

// Stat implements layout.Assets.
func (p *pictures) Stat(key string) (media.Asset, error) { return p.job.Assets.Stat(key) }

// Pieces implements layout.Slicer: the pieces are of the shape of the area, as wide
// as the device.
func (p *pictures) Pieces(key string, area layout.Size) []media.Asset {
	if pieces, ok := p.cut[key]; ok {
		return pieces
	}
	job := *p.job
	if w := job.Pictures.MaxWidth; w > 0 {
		job.Pictures.MaxHeight = min(job.Pictures.MaxHeight, int(int64(w)*int64(area.H)/int64(area.W)))
	}
	if a, err := p.Stat(key); err != nil || !job.Slices(a) {
		return nil
	}
	pieces, err := job.Fit(key)
	if err != nil || len(pieces) < 2 {
		pieces = nil // what is wrong is said when the whole is embedded
	}
	p.cut[key] = pieces
	for _, a := range pieces {
		p.piece[a.Key] = true
	}
	if pieces != nil {
		p.job.Tell(key, pieces)
	}
	return pieces
}

// prepare makes the pictures of an article fit that are not yet known.
func (p *pictures) prepare(doc *article.Document) {
	if doc == nil || p.job.Assets == nil {
		return
	}
	var keys []string
	for im := range doc.Images() {
		if im.Asset == "" || p.byKey[im.Asset] != nil || slices.Contains(keys, im.Asset) {
			continue
		}
		if a, err := p.Stat(im.Asset); err == nil && !fits(a, p.job.Pictures) {
			keys = append(keys, im.Asset)
		}
	}
	p.job.Prepare(keys)
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
	pic, err := p.embed(key)
	if err != nil {
		p.doc.issue(article.Issue{
			Severity: article.Loss, Code: "image.embed",
			Detail: err.Error(), Action: "frame",
		})
		pic = &picture{}
	}
	p.byKey[key] = pic
	return pic
}

// embed returns the image object of a picture, as the device can show it.
func (p *pictures) embed(key string) (*picture, error) {
	store := p.job.Assets
	a, err := store.Stat(key)
	if err != nil {
		return nil, err
	}
	if p.piece[key] {
		return p.object(a)
	}
	if fits(a, p.job.Pictures) {
		var pic *picture
		if pic, err = p.object(a); err == nil {
			p.job.Tell(key, []media.Asset{a})
			return pic, nil
		}
		// The store decodes more than the format of this file does.
	}
	derived, derr := store.Derive(key, p.job.Pictures)
	if derr != nil {
		if err == nil {
			err = derr
		}
		return nil, err
	}
	if derived.Key == a.Key && err != nil {
		return nil, err
	}
	pic, err := p.object(derived)
	if err == nil {
		p.job.Tell(key, []media.Asset{derived})
	}
	return pic, err
}

// object returns the image object of a JPEG or PNG as it is. After an error nothing
// was written.
func (p *pictures) object(a media.Asset) (*picture, error) {
	if got := p.byAsset[a.Key]; got != nil {
		return got, nil
	}
	embed := p.jpeg
	switch a.Type {
	case media.JPEG:
	case media.PNG:
		embed = p.png
	default:
		return nil, fmt.Errorf("a %s picture cannot be shown", a.Type)
	}
	f, err := p.job.Assets.Open(a.Key)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pic := &picture{}
	if err := embed(pic, a, f); err != nil {
		return nil, err
	}
	p.count++
	pic.name = name("P" + strconv.Itoa(p.count))
	p.byAsset[a.Key] = pic
	return pic, nil
}

// fits tells whether a picture is within the bounds of a profile as it is.
func fits(a media.Asset, p media.Profile) bool {
	switch {
	case p.MaxWidth > 0 && a.Width > p.MaxWidth,
		p.MaxHeight > 0 && a.Height > p.MaxHeight,
		p.MaxPixels > 0 && a.Width*a.Height > p.MaxPixels,
		p.MaxBytes > 0 && a.Bytes > p.MaxBytes,
		(p.Gray || p.Levels > 0) && !a.Gray,
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
	if p.Turned {
		// A quarter to the left takes (u, v) to (w-v, u).
		m := upright(pic.orientation, 0, 0, h, w)
		c.put(-m[1], m[0], -m[3], m[2], x+w-m[5], y+m[4])
	} else {
		c.put(upright(pic.orientation, x, y, w, h)...)
	}
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
