// Package online joins the pipeline of press, which knows no network, with
// media/fetch, which knows no pipeline.
package online

import (
	"context"
	"errors"
	"io/fs"

	"github.com/leporello-press/leporello/media/fetch"
	"github.com/leporello-press/leporello/press"
)

// Fetcher returns f as the fetcher of a press.Job. The store of both must be
// the same.
func Fetcher(f *fetch.Fetcher) press.Fetcher { return fetcher{f} }

type fetcher struct{ *fetch.Fetcher }

func (f fetcher) Fetch(ctx context.Context, p press.Picture) press.Fetched {
	asset, attempts, err := f.Picture(ctx, fetch.Ref{Src: p.Src, Page: p.Page, Referrer: p.Referrer, Files: p.Files, Path: p.Path})
	var bytes int64
	for _, a := range attempts {
		bytes += a.Bytes
	}
	if err == nil {
		got := press.Fetched{Key: asset.Key, Lost: asset.Lost, Size: asset.Bytes, Bytes: bytes, Attempts: attempts}
		if n := len(attempts); n > 0 {
			got.Stale = attempts[n-1].Error != "" // and there is a picture all the same
			got.Cached = attempts[n-1].Status == 304
		} else {
			got.Cached = p.Remote()
		}
		return got
	}
	got := press.Fetched{Reason: string(fetch.Failed), Detail: err.Error(), Bytes: bytes, Attempts: attempts}
	var e *fetch.Error
	if errors.As(err, &e) {
		got.Reason, got.Hint, got.Worthless = string(e.Reason), e.Hint, e.Reason == fetch.Tracker
	}
	if f := new(fs.PathError); p.Remote() && errors.As(err, &f) {
		got.Fault = err // there is no file in it but those of the cache
	}
	return got
}
