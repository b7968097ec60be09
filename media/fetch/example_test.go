package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/media/fetch"
)

// What cannot be had says why, in a code for reports and in words for readers.
func Example() {
	dir, err := os.MkdirTemp("", "pictures")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	store, err := media.New(dir, media.Options{})
	if err != nil {
		panic(err)
	}
	f, err := fetch.New(fetch.Options{Store: store})
	if err != nil {
		panic(err)
	}
	_, _, err = f.Picture(context.Background(), fetch.Ref{
		Src:  "http://192.168.1.1/camera.jpg",
		Page: "https://news.example/2026/article.html",
	})
	var e *fetch.Error
	if errors.As(err, &e) {
		fmt.Println(e.Reason)
		fmt.Println(e)
		fmt.Println(e.Hint)
	}
	// Output:
	// ssrf_blocked
	// 192.168.1.1: blocked: not a public address
	// to fetch from your own network: --allow-network 192.168.1.1/32
}
