package heif

import "image"

// standard returns m, as RGB where its samples do not mean what those of
// image.YCbCr do: ITU-R BT.601 over the whole range.
func (info *Info) standard(m image.Image) image.Image {
	switch m := m.(type) {
	case *image.Gray:
		if info.limited {
			for i, y := range m.Pix {
				m.Pix[i] = clamp((int(y)-16)*wholeY + 1<<15)
			}
		}
	case *image.YCbCr:
		k, other := matrices[info.matrix]
		if !other {
			k = bt601
		}
		if other || info.limited || info.matrix == noMatrix {
			return info.rgb(m, k)
		}
	}
	return m
}

// matrix is how much red and blue weigh in the luma of a colour, in 10,000ths.
type matrix struct{ red, blue int }

var bt601 = matrix{2990, 1140}

// noMatrix is the number of none: the samples are green, blue and red.
const noMatrix = 0

// matrices are those of H.273, table 4, that are not that of BT.601.
var matrices = map[int]matrix{
	1:  {2126, 722},
	4:  {3000, 1100},
	7:  {2120, 870},
	9:  {2627, 593},
	10: {2627, 593},
}

// What a step of a limited range is in the whole one, in 65536ths.
const (
	wholeY = 255 * 65536 / 219
	wholeC = 255 * 65536 / 224
)

func (info *Info) rgb(m *image.YCbCr, k matrix) image.Image {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewRGBA(m.Rect)
	zero, stepY, stepC := 0, 1<<16, 1<<16
	if info.limited {
		zero, stepY, stepC = 16, wholeY, wholeC
	}
	// H.273, equations for R, G and B, solved.
	const one = 10_000
	green := one - k.red - k.blue
	redCr, blueCb := 2*(one-k.red)*stepC/one, 2*(one-k.blue)*stepC/one
	greenCr, greenCb := redCr*k.red/green, blueCb*k.blue/green
	for y := range h {
		row := out.Pix[y*out.Stride:]
		for x := range w {
			c := m.COffset(x, y)
			l := (int(m.Y[y*m.YStride+x])-zero)*stepY + 1<<15
			q := row[4*x : 4*x+4 : 4*x+4]
			q[3] = 255
			if info.matrix == noMatrix {
				cb, cr := (int(m.Cb[c])-zero)*stepY+1<<15, (int(m.Cr[c])-zero)*stepY+1<<15
				q[0], q[1], q[2] = clamp(cr), clamp(l), clamp(cb)
				continue
			}
			cb, cr := int(m.Cb[c])-128, int(m.Cr[c])-128
			q[0], q[1], q[2] = clamp(l+redCr*cr), clamp(l-greenCb*cb-greenCr*cr), clamp(l+blueCb*cb)
		}
	}
	return out
}

// clamp returns v, in 65536ths, as a byte.
func clamp(v int) uint8 { return uint8(min(max(v>>16, 0), 255)) }

// withAlpha returns m with the luma of a, which is as large, as its alpha.
func withAlpha(m, a image.Image) image.Image {
	alpha, ok := a.(*image.Gray)
	if y, is := a.(*image.YCbCr); is {
		alpha, ok = &image.Gray{Pix: y.Y, Stride: y.YStride, Rect: y.Rect}, true
	}
	if !ok {
		return m
	}
	if y, is := m.(*image.YCbCr); is {
		return &image.NYCbCrA{YCbCr: *y, A: alpha.Pix, AStride: alpha.Stride}
	}
	out := image.NewNRGBA(m.Bounds())
	for y := range out.Rect.Dy() {
		row := out.Pix[y*out.Stride:]
		for x := range out.Rect.Dx() {
			r, g, b, _ := m.At(x, y).RGBA()
			*(*[4]byte)(row[4*x:]) = [4]byte{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), alpha.Pix[y*alpha.Stride+x]}
		}
	}
	return out
}
