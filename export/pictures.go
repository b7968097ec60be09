package export

import (
	"runtime"
	"sync"

	"github.com/leporello-press/leporello/media"
)

// Fit returns what the picture of a key is shown as: one asset, or the pieces of
// one that is sliced, which have the shape of the screen.
func (j *Job) Fit(key string) ([]media.Asset, error) {
	if j.Slice {
		if a, err := j.Assets.Stat(key); err == nil && j.Slices(a) {
			p := j.Pictures
			p.MaxHeight = max(p.MaxHeight*min(a.Width, p.MaxWidth)/p.MaxWidth, 1)
			return j.Assets.Slice(key, p)
		}
	}
	a, err := j.Assets.Derive(key, j.Pictures)
	if err != nil {
		return nil, err
	}
	return []media.Asset{a}, nil
}

// sliceWidth is how many pixels wide a picture is at least that is sliced: what is
// narrower would be a blur at the width of a page.
const sliceWidth = 320

// Slices tells whether a picture is sliced: where it is half again as high as a
// screen of its width.
func (j *Job) Slices(a media.Asset) bool {
	w, h := j.Pictures.MaxWidth, j.Pictures.MaxHeight
	return j.Slice && w > 0 && h > 0 && a.Width >= sliceWidth && 2*int64(a.Height)*int64(w) > 3*int64(a.Width)*int64(h)
}

// Prepare has pictures made fit, several at a time, so that Fit, which is asked in
// order, finds them done.
func (j *Job) Prepare(keys []string) {
	if len(keys) < 2 || j.Assets == nil {
		return
	}
	var wg sync.WaitGroup
	turn := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, k := range keys {
		turn <- struct{}{}
		wg.Go(func() {
			_, _ = j.Fit(k) // what it says is asked for again; the store keeps it
			<-turn
		})
	}
	wg.Wait()
}

// Tell calls Embedded.
func (j *Job) Tell(key string, pieces []media.Asset) {
	if j.Embedded != nil {
		j.Embedded(key, pieces)
	}
}
