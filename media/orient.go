package media

import (
	"fmt"
	"image"
	"image/draw"
)

// turn maps a place of the upright picture, which is w×h pixels large, to where
// it is stored (TIFF 6.0, Orientation).
func turn(orientation, x, y, w, h int) (int, int) {
	switch orientation {
	case 1:
		return x, y
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, w - 1 - x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return h - 1 - y, x
	default:
		panic(fmt.Sprintf("media: orientation %d", orientation))
	}
}

// turnPlane returns the plane of w×h samples upright, and its new size.
// channels is 1 or 4.
func turnPlane(pix []byte, stride, w, h, channels, orientation int) (out []byte, ow, oh int) {
	ow, oh = w, h
	if orientation >= 5 {
		ow, oh = h, w
	}
	out = make([]byte, ow*oh*channels)
	for y := range oh {
		row := out[y*ow*channels : (y+1)*ow*channels]
		for x := range ow {
			sx, sy := turn(orientation, x, y, ow, oh)
			copy(row[x*channels:(x+1)*channels], pix[sy*stride+sx*channels:])
		}
	}
	return out, ow, oh
}

// upright returns m as its orientation means it.
func upright(m image.Image, orientation int) image.Image {
	if orientation <= 1 {
		return m
	}
	switch m := m.(type) {
	case *image.Gray:
		pix, w, h := turnPlane(m.Pix, m.Stride, m.Rect.Dx(), m.Rect.Dy(), 1, orientation)
		return &image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, h)}
	case *image.RGBA:
		pix, w, h := turnPlane(m.Pix, m.Stride, m.Rect.Dx(), m.Rect.Dy(), 4, orientation)
		return &image.RGBA{Pix: pix, Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
	case *image.CMYK:
		pix, w, h := turnPlane(m.Pix, m.Stride, m.Rect.Dx(), m.Rect.Dy(), 4, orientation)
		return &image.CMYK{Pix: pix, Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
	case *image.YCbCr:
		ratio, even := m.SubsampleRatio, true
		if orientation >= 5 {
			ratio, even = turnedRatio(m.SubsampleRatio)
		}
		if even {
			cw, ch := chromaSize(m.Rect.Dx(), m.Rect.Dy(), m.SubsampleRatio)
			out := &image.YCbCr{SubsampleRatio: ratio}
			var w, h int
			out.Cb, w, _ = turnPlane(m.Cb, m.CStride, cw, ch, 1, orientation)
			out.Cr, _, _ = turnPlane(m.Cr, m.CStride, cw, ch, 1, orientation)
			out.CStride = w
			out.Y, w, h = turnPlane(m.Y, m.YStride, m.Rect.Dx(), m.Rect.Dy(), 1, orientation)
			out.YStride, out.Rect = w, image.Rect(0, 0, w, h)
			return out
		}
	}
	// Only JPEGs have an orientation; what is left is a rare way of subsampling.
	b := m.Bounds()
	flat := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(flat, flat.Rect, m, b.Min, draw.Src)
	return upright(flat, orientation)
}

// turnedRatio is what a way of subsampling becomes when rows become columns,
// and whether image has that way.
func turnedRatio(r image.YCbCrSubsampleRatio) (image.YCbCrSubsampleRatio, bool) {
	switch r {
	case image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio420:
		return r, true
	case image.YCbCrSubsampleRatio422:
		return image.YCbCrSubsampleRatio440, true
	case image.YCbCrSubsampleRatio440:
		return image.YCbCrSubsampleRatio422, true
	}
	return r, false
}

// chromaStep is how many pixels one chroma sample covers, across and down.
func chromaStep(r image.YCbCrSubsampleRatio) (int, int) {
	switch r {
	case image.YCbCrSubsampleRatio444:
		return 1, 1
	case image.YCbCrSubsampleRatio422:
		return 2, 1
	case image.YCbCrSubsampleRatio420:
		return 2, 2
	case image.YCbCrSubsampleRatio440:
		return 1, 2
	case image.YCbCrSubsampleRatio411:
		return 4, 1
	case image.YCbCrSubsampleRatio410:
		return 4, 2
	default:
		panic("media: " + r.String())
	}
}

func chromaSize(w, h int, r image.YCbCrSubsampleRatio) (int, int) {
	x, y := chromaStep(r)
	return (w + x - 1) / x, (h + y - 1) / y
}

// luma is the gray of a colour, as color.GrayModel has it.
func luma(r, g, b uint32) uint8 {
	return uint8((19595*r*0x101 + 38470*g*0x101 + 7471*b*0x101 + 1<<15) >> 24)
}
