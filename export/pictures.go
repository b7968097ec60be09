package export

import (
	"runtime"
	"sync"

	"github.com/leporello-press/leporello/media"
)

// Fit returns what the picture of a key is shown as: one asset, or the pieces of
// one that is sliced.
func (j *Job) Fit(key string) ([]media.Asset, error) {
	if j.Slice {
		return j.Assets.Slice(key, j.Pictures)
	}
	a, err := j.Assets.Derive(key, j.Pictures)
	if err != nil {
		return nil, err
	}
	return []media.Asset{a}, nil
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
