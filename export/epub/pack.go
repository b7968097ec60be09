package epub

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"time"

	"github.com/klauspost/compress/flate"

	"github.com/leporello-press/leporello/media"
)

// pack writes the ZIP container (OCF 3.3). Sizes and sums stand in the local
// headers, so that readers that stream need no data descriptors.
type pack struct {
	zip        *zip.Writer
	date, hour uint16 // of every entry, MS-DOS
	deflate    *flate.Writer
	packed     bytes.Buffer
	copying    []byte
}

// copySize is the buffer that pictures are copied through. Those that fit are
// read once, others twice: their sum stands before their bytes.
const copySize = 1 << 20

func newPack(w io.Writer, modified time.Time) *pack {
	p := &pack{zip: zip.NewWriter(w)}
	p.date, p.hour = dosTime(modified)
	p.deflate, _ = flate.NewWriter(nil, 6) // fails for bad levels only
	return p
}

// dosTime is t in UTC in the date format of ZIP, which counts from 1980 in steps
// of two seconds to 2107.
func dosTime(t time.Time) (date, hour uint16) {
	t = t.UTC()
	switch {
	case t.Year() < 1980:
		t = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	case t.Year() > 2107:
		t = time.Date(2107, 12, 31, 23, 59, 58, 0, time.UTC)
	}
	return uint16((t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day()), uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
}

// entry begins an entry whose size and sum are known. CreateRaw is what leaves
// out the extra field of CreateHeader: "mimetype" must have none (OCF 4.3).
func (p *pack) entry(name string, method uint16, sum uint32, packed, size int64) (io.Writer, error) {
	version := uint16(20)
	if method == zip.Store {
		version = 10
	}
	header := &zip.FileHeader{
		Name: name, Method: method, CreatorVersion: 20, ReaderVersion: version,
		CRC32: sum, CompressedSize64: uint64(packed), UncompressedSize64: uint64(size),
	}
	//lint:ignore SA1019 Modified, which is to be used instead, adds the extra field.
	header.ModifiedDate, header.ModifiedTime = p.date, p.hour
	return p.zip.CreateRaw(header)
}

// store adds an entry as it is.
func (p *pack) store(name string, data []byte) error {
	w, err := p.entry(name, zip.Store, crc32.ChecksumIEEE(data), int64(len(data)), int64(len(data)))
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}

// text adds a deflated entry.
func (p *pack) text(name string, data []byte) error {
	p.packed.Reset()
	p.deflate.Reset(&p.packed)
	if _, err := p.deflate.Write(data); err != nil {
		return err
	}
	if err := p.deflate.Close(); err != nil {
		return err
	}
	w, err := p.entry(name, zip.Deflate, crc32.ChecksumIEEE(data), int64(p.packed.Len()), int64(len(data)))
	if err == nil {
		_, err = w.Write(p.packed.Bytes())
	}
	return err
}

// file adds the bytes of an asset as they are.
func (p *pack) file(name string, f media.File, size int64) error {
	if p.copying == nil {
		p.copying = make([]byte, copySize)
	}
	if size <= copySize {
		data := p.copying[:size]
		if _, err := io.ReadFull(f, data); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return p.store(name, data)
	}
	sum := crc32.NewIEEE()
	n, err := io.CopyBuffer(sum, struct{ io.Reader }{f}, p.copying)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if n != size {
		return fmt.Errorf("%s: %d bytes, not %d", name, n, size)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	w, err := p.entry(name, zip.Store, sum.Sum32(), size, size)
	if err != nil {
		return err
	}
	if n, err = io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{f}, p.copying); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if n != size {
		return fmt.Errorf("%s: %d bytes, not %d", name, n, size)
	}
	return nil
}

func (p *pack) close() error { return p.zip.Close() }
