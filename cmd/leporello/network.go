package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/media"
	"github.com/leporello-press/leporello/media/fetch"
	"github.com/leporello-press/leporello/press/online"
	"github.com/leporello-press/leporello/source"
)

// network are the flags of every command that may use the network, and what is
// opened for it when it is first needed.
type network struct {
	offline      bool
	cacheDir     string
	allowNetwork []string

	allow []netip.Prefix // made by resolve

	once      sync.Once
	err       error
	lost      error    // why the cache is a temporary one; nil: it is not, or was meant to be
	temporary []string // folders that are removed in the end
	store     *media.Dir
	fetcher   *fetch.Fetcher
}

func (n *network) flags(f *pflag.FlagSet) {
	f.BoolVar(&n.offline, "offline", false, "do not use the network: pictures and pages come from the cache")
	f.StringVar(&n.cacheDir, "cache-dir", "", "folder for fetched pictures and pages (default: leporello in the user's cache folder)")
	f.StringSliceVar(&n.allowNetwork, "allow-network", nil, "let pictures and pages come from addresses of this private network, as 192.168.0.0/16 (repeatable)")
}

func (n *network) resolve() error {
	for _, s := range n.allowNetwork {
		p, err := parsePrefix(s)
		if err != nil {
			return usagef("a network is written as 192.168.0.0/16, an address as 127.0.0.1", "--allow-network: %w", err)
		}
		n.allow = append(n.allow, p)
	}
	return nil
}

// parsePrefix reads a range of addresses, or one address.
func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("%q is no network", s)
	}
	if p.Bits() == 0 {
		return p, fmt.Errorf("%q is all there is: the guard would guard nothing", s)
	}
	return p, nil
}

// open opens the cache. It may be called again and from several goroutines.
func (n *network) open() error {
	n.once.Do(func() {
		n.err = n.openCache()
		if n.err != nil {
			n.err = &cacheError{n.err}
		}
	})
	return n.err
}

func (n *network) openCache() error {
	dir, temporary, err := n.cacheFolder()
	if err != nil {
		return err
	}
	if temporary {
		n.temporary = append(n.temporary, dir)
	}
	n.store, err = media.New(filepath.Join(dir, "pictures"), media.Options{})
	if err != nil && n.cacheDir == "" && !temporary {
		// Services often run without a home that they may write to.
		n.lost = &cacheError{err}
		if dir, err = os.MkdirTemp("", "leporello-"); err != nil {
			return err
		}
		n.temporary = append(n.temporary, dir)
		n.store, err = media.New(filepath.Join(dir, "pictures"), media.Options{})
	}
	if err != nil {
		return err
	}
	n.fetcher, err = fetch.New(fetch.Options{Store: n.store, Offline: n.offline, Allow: n.allow})
	return err
}

// close lets go of what was opened.
func (n *network) close() {
	if n.fetcher != nil {
		n.fetcher.Close()
	}
	for _, dir := range n.temporary {
		os.RemoveAll(dir)
	}
}

// cacheFolder returns where fetched things are kept. Where the user has no
// folder for that, it is a temporary one, and temporary is true.
func (n *network) cacheFolder() (dir string, temporary bool, err error) {
	if n.cacheDir != "" {
		return n.cacheDir, false, nil
	}
	if user, err := os.UserCacheDir(); err == nil {
		return filepath.Join(user, "leporello"), false, nil
	}
	dir, err = os.MkdirTemp("", "leporello-")
	return dir, true, err
}

// web returns what brings pages and feeds.
func (n *network) web(ctx context.Context) source.Web {
	pages := sync.OnceValues(func() (*online.Pages, error) {
		if err := n.open(); err != nil {
			return nil, err
		}
		dir, err := os.MkdirTemp("", "leporello-pages-")
		if err != nil {
			return nil, err
		}
		n.temporary = append(n.temporary, dir)
		return online.NewPages(n.fetcher, dir), nil
	})
	by := func(get func(*online.Pages, context.Context, string) (source.Input, error)) func(string) (source.Input, error) {
		return func(address string) (source.Input, error) {
			p, err := pages()
			if err != nil {
				return source.Input{}, err
			}
			return get(p, ctx, address)
		}
	}
	return source.Web{Get: by((*online.Pages).Get), Follow: by((*online.Pages).Follow)}
}

// cacheError is why the cache cannot be used.
type cacheError struct{ err error }

func (c *cacheError) Error() string { return "the cache: " + plain(c.err) }
func (c *cacheError) Unwrap() error { return c.err }
