package online

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"

	"github.com/leporello-press/leporello/article"
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

// Get brings what is at address, which a person named, as an input of a job. Its
// name is the address as it was asked for, its base the one it came from.
func (p *Pages) Get(ctx context.Context, address string) (source.Input, error) {
	return p.bring(ctx, address, p.fetcher.Get)
}

// Follow is Get for an address that a page or feed named and no person: the
// robots.txt of its host may refuse it.
func (p *Pages) Follow(ctx context.Context, address string) (source.Input, error) {
	return p.bring(ctx, address, p.fetcher.Follow)
}

func (p *Pages) bring(ctx context.Context, address string, get func(context.Context, string, fetch.Kind) (*fetch.Response, []article.Attempt, error)) (source.Input, error) {
	p.mu.Lock()
	at := p.pages[address]
	if at == nil {
		at = &page{}
		p.pages[address] = at
	}
	p.mu.Unlock()
	at.once.Do(func() {
		r, _, err := get(ctx, address, fetch.Page)
		if at.err = err; err != nil {
			return
		}
		at.in = source.Input{Name: address, Type: r.Type, Base: r.URL, Referrer: r.Referrer, Stale: r.Stale}
		name := sha256.Sum256([]byte(address))
		at.file = filepath.Join(p.dir, hex.EncodeToString(name[:16]))
		at.err = os.WriteFile(at.file, r.Body, 0o600)
	})
	if at.err != nil {
		return source.Input{}, at.err
	}
	in := at.in
	var err error
	in.Data, err = os.ReadFile(at.file)
	return in, err
}
