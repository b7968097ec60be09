package online

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"

	"github.com/leporello-press/leporello/media/fetch"
	"github.com/leporello-press/leporello/source"
)

// Pages brings pages and feeds, each once: asked for again, another could come, and
// a book whose inputs change while it is made is none. What came is kept in files,
// so that memory does not grow with the book.
type Pages struct {
	fetcher *fetch.Fetcher
	dir     string

	mu    sync.Mutex
	pages map[string]*page
}

// page is what came from an address.
type page struct {
	once sync.Once
	in   source.Input // without its bytes
	file string
	err  error
}

// NewPages returns Pages that come through f and are kept in dir.
func NewPages(f *fetch.Fetcher, dir string) *Pages {
	return &Pages{fetcher: f, dir: dir, pages: map[string]*page{}}
}

// Get brings what is at address as an input of a job. Its name is the address as
// it was asked for, its base the one it came from.
func (p *Pages) Get(ctx context.Context, address string) (source.Input, error) {
	p.mu.Lock()
	at := p.pages[address]
	if at == nil {
		at = &page{}
		p.pages[address] = at
	}
	p.mu.Unlock()
	at.once.Do(func() { at.err = at.fetch(ctx, p, address) })
	if at.err != nil {
		return source.Input{}, at.err
	}
	in := at.in
	var err error
	in.Data, err = os.ReadFile(at.file)
	return in, err
}

func (at *page) fetch(ctx context.Context, p *Pages, address string) error {
	r, _, err := p.fetcher.Get(ctx, address, fetch.Page)
	if err != nil {
		return err
	}
	at.in = source.Input{Name: address, Type: r.Type, Base: r.URL}
	name := sha256.Sum256([]byte(address))
	at.file = filepath.Join(p.dir, hex.EncodeToString(name[:16]))
	return os.WriteFile(at.file, r.Body, 0o600)
}
