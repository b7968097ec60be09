package pdfobj

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"strconv"

	"github.com/klauspost/compress/zlib"
)

// Writer writes one file. Its methods may not be called from several
// goroutines. After the first error they do nothing; Close returns it.
type Writer struct {
	w       io.Writer
	sum     hash.Hash // of all that was written: the file's identifier
	off     int64
	err     error
	entries []entry // by object number
	zip     *zlib.Writer
	zipped  bytes.Buffer
	head    []byte

	// The object stream that is being filled.
	inner   []byte
	offsets []innerOffset
}

type innerOffset struct {
	ref Ref
	at  int
}

// entry says where an object is: nothing, an offset of the file, or a place in
// an object stream. It is packed into eight bytes, because there is one for
// every object of the file.
type entry uint64

const compressed entry = 1 << 63

func (e entry) written() bool { return e != 0 }

// inStream: stream number in bits 16 to 62, index below.
func inStream(stream Ref, index int) entry {
	return compressed | entry(stream)<<16 | entry(index)
}

// Bounds of an object stream: readers decode one whole to get at an object.
const (
	maxInnerObjects = 200
	maxInnerBytes   = 64 << 10
)

// level is the effort of Flate. Whole files of text are 2 % larger than at level
// 9 and take less than half the time.
const level = 5

// NewWriter writes the header of a PDF 1.7 file to w.
func NewWriter(w io.Writer) *Writer {
	pw := &Writer{w: w, sum: sha256.New(), entries: make([]entry, 1, 256)}
	// Four bytes above 127 tell tools that the file is binary (§7.5.2).
	pw.write([]byte("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"))
	return pw
}

// Err returns the first error.
func (w *Writer) Err() error { return w.err }

// Offset returns the number of bytes written so far.
func (w *Writer) Offset() int64 { return w.off }

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *Writer) write(b []byte) {
	w.sum.Write(b)
	w.send(b)
}

func (w *Writer) send(b []byte) {
	if w.err != nil {
		return
	}
	n, err := w.w.Write(b)
	w.off += int64(n)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.fail(err)
	}
}

// Reserve returns the number of an object to be written later.
func (w *Writer) Reserve() Ref {
	w.entries = append(w.entries, 0)
	return Ref(len(w.entries) - 1)
}

// place notes where ref is. Writing an object twice, or one that was never
// reserved, is a mistake of the caller.
func (w *Writer) place(ref Ref, e entry) {
	if ref == 0 || int(ref) >= len(w.entries) {
		panic(fmt.Sprintf("pdfobj: object %d was not reserved", ref))
	}
	if w.entries[ref].written() {
		panic(fmt.Sprintf("pdfobj: object %d is written twice", ref))
	}
	w.entries[ref] = e
}

// Add writes an object and returns its number.
func (w *Writer) Add(o Object) Ref {
	ref := w.Reserve()
	w.Put(ref, o)
	return ref
}

// Put writes the object that ref was reserved for.
func (w *Writer) Put(ref Ref, o Object) {
	// Its place is known when the object stream is written; until then it only
	// counts as written.
	w.place(ref, compressed)
	w.offsets = append(w.offsets, innerOffset{ref, len(w.inner)})
	w.inner = o.appendTo(w.inner)
	w.inner = append(w.inner, '\n')
	if len(w.offsets) == maxInnerObjects || len(w.inner) >= maxInnerBytes {
		w.flushInner()
	}
}

func (w *Writer) flushInner() {
	if len(w.offsets) == 0 {
		return
	}
	stream := w.Reserve()
	var index []byte
	for i, o := range w.offsets {
		w.entries[o.ref] = inStream(stream, i)
		index = strconv.AppendUint(index, uint64(o.ref), 10)
		index = append(index, ' ')
		index = strconv.AppendInt(index, int64(o.at), 10)
		index = append(index, ' ')
	}
	dict := Dict{
		{"Type", Name("ObjStm")},
		{"N", Int(len(w.offsets))},
		{"First", Int(len(index))},
	}
	w.flate(stream, dict, index, w.inner)
	w.inner, w.offsets = w.inner[:0], w.offsets[:0]
}

// Stream writes a stream whose data it compresses, and returns its number.
// dict must not have Length and Filter.
func (w *Writer) Stream(dict Dict, data []byte) Ref {
	ref := w.Reserve()
	w.PutStream(ref, dict, data)
	return ref
}

// PutStream is Stream for a reserved number.
func (w *Writer) PutStream(ref Ref, dict Dict, data []byte) { w.flate(ref, dict, data) }

func (w *Writer) flate(ref Ref, dict Dict, data ...[]byte) {
	w.zipped.Reset()
	zip := w.deflater(&w.zipped)
	for _, d := range data {
		zip.Write(d) // a Buffer does not fail
	}
	zip.Close()
	dict = append(dict[:len(dict):len(dict)], Entry{"Filter", Name("FlateDecode")})
	w.PutRaw(ref, dict, w.zipped.Bytes())
}

func (w *Writer) deflater(to io.Writer) *zlib.Writer {
	if w.zip == nil {
		z, err := zlib.NewWriterLevel(to, level)
		if err != nil {
			panic(err) // the level is a constant
		}
		w.zip = z
		return z
	}
	w.zip.Reset(to)
	return w.zip
}

// PutRaw writes a stream with data as it is. dict must not have Length, and
// has the Filter that data is encoded with, if any.
func (w *Writer) PutRaw(ref Ref, dict Dict, data []byte) {
	w.open(ref, dict, Int(len(data)))
	w.write(data)
	w.close()
}

// PutFrom is PutRaw for data that is read; it must be n bytes. Digest tells it
// from other data, so that it need not be hashed for the file's identifier.
func (w *Writer) PutFrom(ref Ref, dict Dict, r io.Reader, n int64, digest string) {
	w.open(ref, dict, Int(n))
	if w.err == nil {
		io.WriteString(w.sum, digest) // a hash does not fail
		got, err := io.CopyN(bare{w}, r, n)
		if err != nil {
			w.fail(fmt.Errorf("pdfobj: stream ends after %d of %d bytes: %w", got, n, err))
		}
	}
	w.close()
}

// bare writes without hashing.
type bare struct{ w *Writer }

func (s bare) Write(b []byte) (int, error) {
	s.w.send(b)
	return len(b), s.w.err
}

func (w *Writer) open(ref Ref, dict Dict, length Object) {
	w.place(ref, entry(w.off))
	b := strconv.AppendUint(w.head[:0], uint64(ref), 10)
	b = append(b, " 0 obj\n"...)
	b = append(dict[:len(dict):len(dict)], Entry{"Length", length}).appendTo(b)
	b = append(b, "\nstream\n"...)
	w.head = b
	w.write(b)
}

func (w *Writer) close() { w.write([]byte("\nendstream\nendobj\n")) }

// Close writes the cross-reference stream with the document's catalog and
// information dictionary; info may be 0. The identifier of the file is a digest
// of its bytes. Every reserved object must have been written.
func (w *Writer) Close(catalog, info Ref) error {
	w.flushInner()
	for n := 1; n < len(w.entries); n++ {
		if !w.entries[n].written() {
			w.fail(fmt.Errorf("pdfobj: object %d was reserved and never written", n))
			break
		}
	}
	if w.err != nil {
		return w.err
	}
	ref := w.Reserve()
	start := w.off
	w.entries[ref] = entry(start) // open places it again
	table, widths := w.table()
	w.entries[ref] = 0
	id := Bytes(w.sum.Sum(nil)[:16])
	dict := Dict{
		{"Type", Name("XRef")},
		{"Size", Int(len(w.entries))},
		{"W", widths},
		{"Root", catalog},
		{"ID", Array{id, id}},
		{"DecodeParms", Dict{{"Predictor", Int(12)}, {"Columns", Int(rowBytes(widths))}}},
	}
	if info != 0 {
		dict = append(dict, Entry{"Info", info})
	}
	w.flate(ref, dict, table)
	w.write(fmt.Appendf(nil, "startxref\n%d\n%%%%EOF\n", start))
	return w.err
}

func rowBytes(widths Array) int {
	n := 0
	for _, x := range widths {
		n += int(x.(Int))
	}
	return n
}

// table returns the rows of the cross-reference stream (§7.5.8.3), each with
// the PNG predictor Up before it, which makes it a third of the size.
func (w *Writer) table() ([]byte, Array) {
	wide := 1
	for n := max(w.off, int64(len(w.entries))); n > 255; n >>= 8 {
		wide++
	}
	row := 1 + wide + 1
	out := make([]byte, 0, len(w.entries)*(row+1))
	prev, cur := make([]byte, row), make([]byte, row)
	for n, e := range w.entries {
		var field uint64
		switch {
		case n == 0:
			cur[0], field, cur[row-1] = 0, 0, 0xFF // head of the list of free objects
		case e&compressed != 0:
			cur[0], field, cur[row-1] = 2, uint64(e&^compressed>>16), byte(e)
		default:
			cur[0], field, cur[row-1] = 1, uint64(e), 0
		}
		for i := wide; i > 0; i-- {
			cur[i] = byte(field)
			field >>= 8
		}
		out = append(out, 2)
		for i := range cur {
			out = append(out, cur[i]-prev[i])
		}
		prev, cur = cur, prev
	}
	return out, Array{Int(1), Int(wide), Int(1)}
}
