package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/leporello-press/leporello/press"
)

// bar is the progress bar: one line of the terminal that is written over.
type bar struct {
	w       io.Writer
	now     func() time.Time
	mu      sync.Mutex
	drawn   bool
	last    time.Time
	outputs map[string]press.Progress // while writing: of each output
}

// update draws the line, ten times a second at most.
func (b *bar) update(p press.Progress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.Phase == press.Writing {
		if b.outputs == nil {
			b.outputs = map[string]press.Progress{}
		}
		b.outputs[p.Output] = p
		// Two books are written at once; the line shows both together.
		p.Done, p.Total = 0, 0
		for _, o := range b.outputs {
			p.Done += o.Done
			p.Total += o.Total
		}
	}
	now := b.now()
	if p.Done < p.Total && now.Sub(b.last) < 100*time.Millisecond {
		return
	}
	b.last, b.drawn = now, true
	fmt.Fprintf(b.w, "\r%s\x1b[K", barLine(p))
}

// clear takes the line away.
func (b *bar) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawn {
		fmt.Fprint(b.w, "\r\x1b[K")
		b.drawn = false
	}
}

// barLine writes progress in less than 80 columns.
func barLine(p press.Progress) string {
	const width = 32
	filled := width
	if p.Total > 0 {
		filled = width * p.Done / p.Total
	}
	line := fmt.Sprintf("%-8s [%s%s] %d/%d", p.Phase, strings.Repeat("#", filled), strings.Repeat("-", width-filled), p.Done, p.Total)
	if p.Failed > 0 {
		line += fmt.Sprintf(", %d missing", p.Failed)
	}
	return line
}
