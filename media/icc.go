package media

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/zlib"

	"github.com/leporello-press/leporello/media/internal/heif"
)

// maxICC bounds a colour profile, in bytes. Those of cameras and screens have
// some thousand.
const maxICC = 1 << 20

// colour returns what turns the samples of a picture into sRGB; where its profile
// is of a kind that is not read, the profile, to be passed on; else two nils.
// Damaged profiles are as good as none. Inks are taken for what they are called.
func colour(r io.ReaderAt, f facts) (*colours, []byte) {
	if f.Type == JPEG && f.components == 4 {
		return nil, nil
	}
	p := profile(r, f)
	if p == nil {
		return named(r, f), nil
	}
	// ICC.1, 7.2: the colour space stands at byte 16.
	if space := string(p[16:20]); space != "RGB " && space != "GRAY" || (space == "GRAY") != f.Gray {
		return nil, nil
	}
	c, ok := coloursOf(p)
	if ok || f.Gray || bytes.Contains(p, []byte("sRGB")) || bytes.Contains(p, []byte("s\x00R\x00G\x00B")) {
		return c, nil // what calls itself sRGB is what pictures without a profile are taken for
	}
	return nil, p
}

// named returns the colours that an AVIF or HEIC names by numbers.
func named(r io.ReaderAt, f facts) *colours {
	if f.Type != AVIF && f.Type != HEIC || f.Gray {
		return nil
	}
	info, err := heif.Parse(r, f.Bytes)
	if err != nil {
		return nil
	}
	m, ok := map[int][3][3]float64{9: bt2020, 12: displayP3}[info.Primaries]
	if !ok {
		return nil
	}
	return newColours(m, [3]func(float64) float64{srgbLight, srgbLight, srgbLight})
}

// profile returns the ICC profile of a picture, nil: it has none.
func profile(r io.ReaderAt, f facts) []byte {
	var p []byte
	w := &window{r: r, size: f.Bytes}
	switch f.Type {
	case JPEG:
		p = jpegProfile(w, r)
	case PNG:
		p = pngProfile(w, r)
	case WebP:
		p = webpProfile(w, r)
	case AVIF, HEIC:
		if info, err := heif.Parse(r, f.Bytes); err == nil {
			p = info.ICC
		}
	}
	if len(p) < 132 || string(p[36:40]) != "acsp" {
		return nil
	}
	return p
}

// jpegProfile joins the segments that hold the pieces of a profile (ICC.1, B.4).
func jpegProfile(w *window, r io.ReaderAt) []byte {
	pieces := map[byte][]byte{}
	total, count := 0, byte(0)
	for off := int64(2); ; {
		b, ok := w.bytes(off, 4)
		if !ok || b[0] != 0xff || b[1] == 0xda {
			break
		}
		if b[1] == 0xff || b[1] == 0x01 || b[1] >= 0xd0 && b[1] <= 0xd8 {
			off++
			if b[1] != 0xff {
				off++
			}
			continue
		}
		marker, n := b[1], int64(be16(b[2:]))
		if b, ok = w.bytes(off+4, 14); ok && marker == 0xe2 && n > 16 && string(b[:12]) == "ICC_PROFILE\x00" {
			if total += int(n) - 16; total > maxICC {
				return nil
			}
			seq, data := b[12], make([]byte, n-16)
			count = b[13]
			if _, err := r.ReadAt(data, off+18); err != nil {
				return nil
			}
			pieces[seq] = data
		}
		off += 2 + n
	}
	var p []byte
	for i := byte(1); i <= count && i != 0; i++ {
		if pieces[i] == nil {
			return nil
		}
		p = append(p, pieces[i]...)
	}
	return p
}

func pngProfile(w *window, r io.ReaderAt) []byte {
	for off := int64(8); ; {
		b, ok := w.bytes(off, 8)
		if !ok {
			return nil
		}
		n := int64(be32(b))
		switch string(b[4:8]) {
		case "IDAT", "IEND", "sRGB":
			return nil
		case "iCCP":
			if n > maxICC {
				return nil
			}
			data := make([]byte, n)
			if _, err := r.ReadAt(data, off+8); err != nil {
				return nil
			}
			_, data, ok = bytes.Cut(data, []byte{0})
			if !ok || len(data) < 1 {
				return nil
			}
			z, err := zlib.NewReader(bytes.NewReader(data[1:]))
			if err != nil {
				return nil
			}
			p, err := io.ReadAll(io.LimitReader(z, maxICC+1))
			if err != nil || len(p) > maxICC {
				return nil
			}
			return p
		}
		off += 12 + n
	}
}

func webpProfile(w *window, r io.ReaderAt) []byte {
	for off := int64(12); ; {
		b, ok := w.bytes(off, 8)
		if !ok {
			return nil
		}
		n := int64(le32(b[4:]))
		if string(b[:4]) == "ICCP" && n <= maxICC {
			data := make([]byte, n)
			if _, err := r.ReadAt(data, off+8); err != nil {
				return nil
			}
			return data
		}
		off += 8 + n + n&1
	}
}

// withProfile puts a profile into a JPEG, behind the marker it starts with.
func withProfile(b, p []byte) []byte {
	const piece = 65533 - 16
	count := (len(p) + piece - 1) / piece
	out := append(make([]byte, 0, len(b)+len(p)+18*count), b[:2]...)
	for i := range count {
		part := p[i*piece : min((i+1)*piece, len(p))]
		n := len(part) + 16
		out = append(out, 0xff, 0xe2, byte(n>>8), byte(n))
		out = append(out, "ICC_PROFILE\x00"...)
		out = append(out, byte(i+1), byte(count))
		out = append(out, part...)
	}
	return append(out, b[2:]...)
}
