package library

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	_ "image/png" // covers are PNG or JPEG
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/internal/atomicfile"
)

// Bounds of covers: what the program made is far below them.
const (
	coverBytes  = 32 << 20
	coverPixels = 40_000_000
	smallWidth  = 400 // pixels of a thumbnail, twice what it takes on a page
)

// pictureType is the type of a cover by its first bytes, one of those that are shown.
func pictureType(b []byte) string {
	switch t := http.DetectContentType(b); t {
	case "image/png", "image/jpeg":
		return t
	}
	return noPicture
}

// noPicture is the type of what no browser shows.
const noPicture = "application/octet-stream"

// thumbnail returns a cover made small, a JPEG. It is made once where there is a folder
// for it.
func (s *site) thumbnail(ctx context.Context, key string) ([]byte, error) {
	var path string
	if s.Thumbnails != "" {
		path = filepath.Join(s.Thumbnails, fmt.Sprintf("%s-%d.jpg", key, smallWidth))
		if b, err := os.ReadFile(path); err == nil {
			return b, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			s.Log.Warn("thumbnail", "error", err)
		}
	}
	s.drawing.Lock()
	defer s.drawing.Unlock()
	if path != "" {
		if b, err := os.ReadFile(path); err == nil {
			return b, nil // made while this one waited
		}
	}
	small, err := s.shrink(ctx, key)
	if err != nil {
		return nil, err
	}
	if path != "" {
		if err := keep(path, small); err != nil {
			s.Log.Warn("thumbnail", "error", err) // it is made again next time
		}
	}
	return small, nil
}

func keep(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.Commit()
}

// shrink draws a cover small.
func (s *site) shrink(ctx context.Context, key string) ([]byte, error) {
	b, err := blob.ReadAll(ctx, s.Blobs, key, coverBytes)
	if err != nil {
		return nil, err
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("cover %.8s: %w", key, err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > coverPixels/c.Height {
		return nil, fmt.Errorf("cover %.8s: %d×%d pixels are too many", key, c.Width, c.Height)
	}
	large, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("cover %.8s: %w", key, err)
	}
	page := image.NewRGBA(image.Rect(0, 0, c.Width, c.Height))
	draw.Draw(page, page.Bounds(), image.White, image.Point{}, draw.Src) // a cover is on paper
	draw.Draw(page, page.Bounds(), large, large.Bounds().Min, draw.Over)
	small := smaller(page, min(smallWidth, c.Width))
	var out bytes.Buffer
	if err := jpeg.Encode(&out, small, &jpeg.Options{Quality: 88}); err != nil {
		return nil, fmt.Errorf("cover %.8s: %w", key, err)
	}
	return out.Bytes(), nil
}

// smaller returns a picture of a width that is no larger than its own: each pixel is
// the mean of those that it stands for.
func smaller(m *image.RGBA, width int) *image.RGBA {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	out := image.NewRGBA(image.Rect(0, 0, width, max(h*width/w, 1)))
	height := out.Bounds().Dy()
	for y := range height {
		for x := range width {
			x0, x1, y0, y1 := x*w/width, (x+1)*w/width, y*h/height, (y+1)*h/height
			var sum [4]int
			for v := y0; v < y1; v++ {
				row := m.Pix[m.PixOffset(x0, v):m.PixOffset(x1, v)]
				for i, c := range row {
					sum[i&3] += int(c)
				}
			}
			n := (x1 - x0) * (y1 - y0)
			to := out.Pix[out.PixOffset(x, y):]
			for i, s := range sum {
				to[i] = uint8((s + n/2) / n)
			}
		}
	}
	return out
}
