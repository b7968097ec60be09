package media

import (
	"fmt"
	"image"
)

// tall tells whether fitting a w×h picture to the height of p leaves less than
// two thirds of its width.
func (p Profile) tall(w, h int) bool {
	wide := p
	wide.MaxHeight, wide.MaxPixels = 0, 0
	_, full := wide.fit(w, h)
	return p.MaxHeight > 0 && 2*full > 3*p.MaxHeight
}

// slice cuts a picture of prepare into pieces of at most so many rows.
func slice(m image.Image, most int) (pieces []image.Image) {
	h := m.Bounds().Dy()
	busy := busyRows(m)
	for y := 0; ; {
		rest := h - y
		if rest <= most {
			return append(pieces, rowsOf(m, y, h))
		}
		// Pieces are of like height, so that none is a sliver.
		even := rest / ((rest + most - 1) / most)
		at := y + even
		for c := y + max(even*2/3, 1); c <= y+min(even*4/3, most); c++ {
			// Of equally quiet rows the one nearest to even counts.
			if d := busy[c] - busy[at]; d < 0 || d == 0 && max(c-y-even, even-c+y) < max(at-y-even, even-at+y) {
				at = c
			}
		}
		pieces = append(pieces, rowsOf(m, y, at))
		if y = at; busy[at] > quiet {
			y -= most / 32
		}
	}
}

// quiet is how busy a row may be that is empty but for the noise of a JPEG.
const quiet = 4

// busyRows says of each row how much neighbours differ, in quarters of a gray on
// the average, there and two rows around, so that cuts keep off what they pass.
func busyRows(m image.Image) []int {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	row := func(y int) []byte { panic(fmt.Sprintf("media: slice of %T", m)) }
	switch m := m.(type) {
	case *image.YCbCr:
		row = func(y int) []byte { return m.Y[y*m.YStride : y*m.YStride+w] }
	case *image.Gray:
		row = func(y int) []byte { return m.Pix[y*m.Stride : y*m.Stride+w] }
	case *image.RGBA, *image.NRGBA:
		src, opaque := rgbaRows(m)
		if !opaque {
			src = onWhite(src)
		}
		row = grayRows(src, w)
	}
	each := make([]int, h)
	for y := range each {
		line, sum := row(y), 0
		for x := 1; x < w; x++ {
			d := int(line[x]) - int(line[x-1])
			sum += max(d, -d)
		}
		each[y] = 4 * sum / w
	}
	around := make([]int, h)
	for y := range around {
		for _, v := range each[max(y-2, 0):min(y+2, h)] {
			around[y] = max(around[y], v)
		}
	}
	return around
}

// rowsOf returns the rows of m from y to end.
func rowsOf(m image.Image, y, end int) image.Image {
	r := m.Bounds()
	r.Min.Y, r.Max.Y = r.Min.Y+y, r.Min.Y+end
	return part(m, r)
}

// part returns what is in r of one of image's own pictures.
func part(m image.Image, r image.Rectangle) image.Image {
	return m.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(r)
}
