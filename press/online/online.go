// Package online joins the pipeline of press, which knows no network, with
// media/fetch, which knows no pipeline.
package online

import (
	"context"
	"errors"
	"strings"

	"github.com/leporello-press/leporello/media/fetch"
	"github.com/leporello-press/leporello/press"
)

// Fetcher returns f as the fetcher of a press.Job. The store of both must be
// the same.
func Fetcher(f *fetch.Fetcher) press.Fetcher { return fetcher{f} }

type fetcher struct{ *fetch.Fetcher }

func (f fetcher) Fetch(ctx context.Context, p press.Picture) press.Fetched {
	asset, attempts, err := f.Picture(ctx, fetch.Ref{Src: p.Src, Page: p.Page, Referrer: p.Referrer, Files: p.Files, Path: p.Path})
	if err == nil {
		got := press.Fetched{Key: asset.Key, Attempts: attempts}
		if len(attempts) > 0 {
			got.Bytes = asset.Bytes
		} else {
			got.Cached = remote(p)
		}
		return got
	}
	got := press.Fetched{Reason: string(fetch.Failed), Detail: err.Error(), Attempts: attempts}
	var e *fetch.Error
	if errors.As(err, &e) {
		got.Reason, got.Hint, got.Worthless = string(e.Reason), e.Hint, e.Reason == fetch.Tracker
	}
	return got
}

// remote tells whether a picture lies on the network: not in the article itself,
// nor beside it.
func remote(p press.Picture) bool {
	scheme, _, ok := strings.Cut(p.Src, ":")
	switch strings.ToLower(strings.TrimSpace(scheme)) {
	case "http", "https":
		return ok
	}
	return p.Files == nil && !strings.EqualFold(scheme, "data")
}
