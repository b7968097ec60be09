package fonts

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// frames gives random access to a Zstandard file that was written as several frames
// (RFC 8878). Only the frames that are asked for are decompressed: the first of a large face
// holds all tables but the outlines, so that text can be measured for a megabyte.
type frames struct {
	parts []frame
	size  int64
}

type frame struct {
	from, to int64 // in the decompressed file
	packed   []byte
	split    bool // charstrings in streams, see splitCharstrings
}

// maxFrame bounds the decompressed size of one frame.
const maxFrame = 64 << 20

// openFrames finds the frames of a file; nothing is decompressed.
func openFrames(packed []byte) (*frames, error) {
	f := &frames{}
	for rest := packed; len(rest) > 0; {
		var h zstd.Header
		if err := h.Decode(rest[:min(len(rest), zstd.HeaderMaxSize)]); err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		if h.Skippable || !h.HasFCS || h.FrameContentSize > maxFrame {
			return nil, errors.New("zstd: not a font frame")
		}
		// Blocks: a header of 3 bytes with the last flag, the type and the size.
		at := h.HeaderSize
		for last := false; !last; {
			if at+3 > len(rest) {
				return nil, io.ErrUnexpectedEOF
			}
			block := uint32(rest[at]) | uint32(rest[at+1])<<8 | uint32(rest[at+2])<<16
			last = block&1 != 0
			n := int(block >> 3)
			if block>>1&3 == 1 { // one byte, repeated
				n = 1
			}
			at += 3 + n
		}
		if h.HasCheckSum {
			at += 4
		}
		if at > len(rest) {
			return nil, io.ErrUnexpectedEOF
		}
		to := f.size + int64(h.FrameContentSize)
		f.parts = append(f.parts, frame{from: f.size, to: to, packed: rest[:at]})
		f.size, rest = to, rest[at:]
	}
	return f, nil
}

// split says that all frames but the first hold split charstrings.
func (f *frames) split() {
	at := f.parts[0].to
	for i := 1; i < len(f.parts); i++ {
		p := &f.parts[i]
		n := p.to - p.from - splitHeader
		p.from, p.to, p.split = at, at+n, true
		at += n
	}
	f.size = at
}

// ReadAt implements io.ReaderAt.
func (f *frames) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) {
		at := off + int64(n)
		if at < 0 || at >= f.size {
			return n, io.EOF
		}
		i := sort.Search(len(f.parts), func(i int) bool { return f.parts[i].to > at })
		part := &f.parts[i]
		err := unpacked.use(part, func(data []byte) { n += copy(p[n:], data[at-part.from:]) })
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// unpacked is the frames that were decompressed last, of all faces together.
var unpacked frameCache

// frameCache keeps a few decompressed frames and uses their memory again.
type frameCache struct {
	mu    sync.Mutex
	dec   *zstd.Decoder
	slots [4]frameSlot
	clock uint64
	// streams is where split charstrings are decompressed.
	streams []byte
}

type frameSlot struct {
	part *frame
	data []byte
	used uint64
}

func (c *frameCache) use(part *frame, read func([]byte)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	oldest := &c.slots[0]
	for i := range c.slots {
		s := &c.slots[i]
		if s.part == part {
			s.used = c.clock
			read(s.data)
			return nil
		}
		if s.used < oldest.used {
			oldest = s
		}
	}
	if c.dec == nil {
		dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxFrame))
		if err != nil {
			return err
		}
		c.dec = dec
	}
	oldest.part = nil
	want := int(part.to - part.from)
	if cap(oldest.data) < want+1 {
		oldest.data = make([]byte, 0, want+1)
	}
	buf := &oldest.data
	if part.split {
		if buf = &c.streams; cap(*buf) < want+splitHeader+1 { // mergeCharstrings wants one to spare
			*buf = make([]byte, 0, want+splitHeader+1)
		}
	}
	data, err := c.dec.DecodeAll(part.packed, (*buf)[:0])
	if err != nil {
		return fmt.Errorf("zstd: %w", err)
	}
	if part.split {
		if data, err = mergeCharstrings(oldest.data[:0], data); err != nil {
			return err
		}
	}
	if len(data) != want {
		return errors.New("zstd: a frame of another size than it says")
	}
	oldest.part, oldest.data, oldest.used = part, data, c.clock
	read(data)
	return nil
}

// release lets go of the memory of all frames.
func (c *frameCache) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.slots {
		c.slots[i] = frameSlot{}
	}
	c.streams = nil
}
