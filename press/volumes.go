package press

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"

	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/media"
)

// ErrTooLarge is wrapped, with ErrOutput, where a book cannot be made as small as
// Output.MaxBytes asks.
var ErrTooLarge = errors.New("too large")

// plan is how a book is made small enough: the step of the ladder, and where its
// volumes end, as indexes of chapters; the last is their number.
type plan struct {
	step int
	ends []int
}

// planner knows from a first draft of a book what each chapter weighs, and works out
// the sizes of other editions without writing them.
type planner struct {
	job      *export.Job // for the store
	slice    bool
	max      int64
	steps    []step
	chapters []*record
	head     int64   // bytes before the first chapter
	text     []int64 // of each chapter, without its pictures
	tail     int64   // after the last chapter
	keys     []string
	shows    [][]int // by chapter: indexes into keys
	cover    int     // index of the cover; -1: none
	made     []made  // by step
	// slack is by how much volumes turned out larger than they were thought to be:
	// fonts and contents do not divide evenly.
	slack int64
}

// made is what pictures are at a step.
type made struct {
	pieces [][]int // by picture: indexes into bytes; pictures may turn out alike
	bytes  []int64
}

// newPlanner reads what d, the whole book at the first step, weighs.
func newPlanner(o *Output, store media.Store, chapters []*record, d *draft) *planner {
	p := &planner{
		job: &export.Job{Assets: store}, slice: o.Slice, max: o.MaxBytes, steps: ladder(o.Pictures), chapters: chapters,
		head: d.marks[0], text: make([]int64, len(chapters)), shows: make([][]int, len(chapters)),
	}
	p.made = make([]made, len(p.steps))
	last := len(d.marks) - 1
	p.tail = d.count.n - d.marks[last]
	index := map[string]int{}
	number := func(key string) int {
		n, ok := index[key]
		if !ok {
			n = len(p.keys)
			index[key] = n
			p.keys = append(p.keys, key)
		}
		return n
	}
	p.cover = -1
	if d.shown[d.book.Cover] {
		p.head -= d.front
		p.cover = number(d.book.Cover)
	}
	for i, rec := range chapters {
		if i < last {
			p.text[i] = d.marks[i+1] - d.marks[i] - d.embedded[i]
		}
		for k := range rec.pictures {
			if key := rec.pictures[k].key; d.shown[key] {
				p.shows[i] = append(p.shows[i], number(key))
			}
		}
	}
	return p
}

// weigh finds out what the pictures weigh at a step. The store makes them for it,
// and has them when the book is written.
func (p *planner) weigh(ctx context.Context, step int) error {
	if p.made[step].pieces != nil {
		return ctx.Err()
	}
	job := *p.job
	job.Pictures, job.Slice = p.steps[step].profile, p.slice
	assets := make([][]media.Asset, len(p.keys))
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				assets[i], _ = job.Fit(p.keys[i]) // the exporter says what is wrong with it
			}
		})
	}
	for i := range p.keys {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	m := made{pieces: make([][]int, len(p.keys))}
	index := map[string]int{}
	for i, list := range assets {
		for _, a := range list {
			n, ok := index[a.Key]
			if !ok {
				n = len(m.bytes)
				index[a.Key] = n
				m.bytes = append(m.bytes, a.Bytes)
			}
			m.pieces[i] = append(m.pieces[i], n)
		}
	}
	p.made[step] = m
	return ctx.Err()
}

// volume adds up what a volume of chapters that follow each other weighs.
type volume struct {
	*planner
	made
	total int64 // bytes
	seen  map[int]bool
}

func (p *planner) volume(step int) *volume {
	v := &volume{p, p.made[step], p.head + p.slack, map[int]bool{}}
	if p.cover >= 0 {
		v.show(p.cover)
	}
	return v
}

// show adds a picture. What the volume has it has once.
func (v *volume) show(picture int) {
	for _, k := range v.pieces[picture] {
		if !v.seen[k] {
			v.seen[k] = true
			v.total += v.bytes[k]
		}
	}
}

// add adds a chapter, and tells what the volume weighs then.
func (v *volume) add(chapter int) int64 {
	n := len(v.chapters)
	// The tail, contents for the most part, is shared out evenly.
	v.total += v.text[chapter] + v.tail*int64(chapter+1)/int64(n) - v.tail*int64(chapter)/int64(n)
	for _, k := range v.shows[chapter] {
		v.show(k)
	}
	return v.total
}

// size returns what the volume of the chapters from, from+1, … to-1 weighs.
func (p *planner) size(step, from, to int) int64 {
	v := p.volume(step)
	for i := from; i < to; i++ {
		v.add(i)
	}
	return v.total
}

// fill puts as many chapters into each volume as weigh no more than room, and
// returns the ends of the volumes; nil and the chapter where one alone weighs more.
func (p *planner) fill(step int, room int64) (ends []int, tooLarge int) {
	v, from := p.volume(step), 0
	for i := range p.chapters {
		if v.add(i) <= room {
			continue
		}
		if i > from {
			ends, from = append(ends, i), i
			v = p.volume(step)
			if v.add(i) <= room {
				continue
			}
		}
		return nil, i
	}
	return append(ends, len(p.chapters)), -1
}

// plan returns the first step at which the book is small enough, else the fewest
// volumes at the last step, and then the first step at which as many do.
func (p *planner) plan(ctx context.Context) (plan, error) {
	var err error
	first := func(volumes int) int { // the first step at which so many volumes are enough
		return sort.Search(len(p.steps)-1, func(step int) bool {
			if e := p.weigh(ctx, step); e != nil {
				err = e
				return true
			}
			ends, _ := p.fill(step, p.max)
			return ends != nil && len(ends) <= volumes
		})
	}
	step := first(1)
	if err == nil {
		err = p.weigh(ctx, step)
	}
	if err != nil {
		return plan{}, err
	}
	ends, i := p.fill(step, p.max)
	if ends == nil {
		return plan{}, fmt.Errorf("%w: %q alone makes a book of %d bytes, and it may have %d", ErrTooLarge, p.chapters[i].name, p.size(step, i, i+1), p.max)
	}
	if len(ends) > 1 {
		step = first(len(ends))
		if err != nil {
			return plan{}, err
		}
		ends = p.even(step, len(ends))
	}
	return plan{step, ends}, nil
}

// even returns the ends of so many volumes of like size; where the reader would
// hardly tell, they end where a part does.
func (p *planner) even(step, volumes int) []int {
	low, high := int64(0), p.max // high is enough, low is not known to be
	for high-low > p.max/200 {
		room := low + (high-low)/2
		if ends, _ := p.fill(step, room); ends != nil && len(ends) <= volumes {
			high = room
		} else {
			low = room
		}
	}
	ends, _ := p.fill(step, high)
	from := 0
	for k := 0; k < len(ends)-1; k++ {
		ends[k] = p.atPart(step, from, ends[k], ends[k+1])
		from = ends[k]
	}
	return ends
}

// atPart moves the end of a volume of the chapters from, … end-1 to the nearest
// end of a part, the outermost first, that makes neither it nor the next one, which
// ends at next, too large, and moves no more than an eighth of it.
func (p *planner) atPart(step, from, end, next int) int {
	reach := p.size(step, from, end) / 8
	for depth := 1; depth <= 2; depth++ {
	offsets:
		for off := 0; off < max(end-from, next-end); off++ {
			for _, at := range [...]int{end - off, end + off} {
				if at <= from || at >= next || !p.opens(at, depth) {
					continue
				}
				if moved := p.size(step, min(at, end), max(at, end)) - p.size(step, 0, 0); moved > reach {
					break offsets
				}
				if p.size(step, from, at) <= p.max && p.size(step, at, next) <= p.max {
					return at
				}
			}
		}
	}
	return end
}

// opens tells whether a part of at most that depth begins with a chapter.
func (p *planner) opens(chapter, depth int) bool {
	a, b := p.chapters[chapter-1].part, p.chapters[chapter].part
	for d := range depth {
		if d >= len(a) || d >= len(b) {
			return len(a) != len(b)
		}
		if a[d] != b[d] {
			return true
		}
	}
	return false
}

// volumePath returns the file of a volume: "weekly-2.epub".
func volumePath(path string, n, of int) string {
	ext := filepath.Ext(path)
	return fmt.Sprintf("%s-%0*d%s", strings.TrimSuffix(path, ext), len(fmt.Sprint(of)), n, ext)
}
