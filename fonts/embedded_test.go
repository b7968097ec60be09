package fonts

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// TestManifest: the files in noto are those that generate.sh made.
func TestManifest(t *testing.T) {
	raw, err := os.ReadFile("noto/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	listed := make(map[string]string)
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok {
			t.Fatalf("SHA256SUMS: %q", lines.Text())
		}
		listed[name] = sum
	}
	files, err := filepath.Glob("noto/*.zst")
	more, _ := filepath.Glob("noto/scripts/*.zst")
	files = append(files, more...)
	if err != nil || len(files) != len(listed) || len(files) != slots {
		t.Fatalf("%d files, %d listed, %d embedded: %v", len(files), len(listed), slots, err)
	}
	total := 0
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if listed[strings.TrimPrefix(filepath.ToSlash(path), "noto/")] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s is another file than the one listed", path)
		}
		total += len(data)
	}
	if total > 34e6 {
		t.Errorf("%d bytes of fonts make the program larger than 70 MB", total)
	}
}

// TestEmbeddedWhole reads every embedded font as the file it was and checks the checksum
// that font files have of themselves.
func TestEmbeddedWhole(t *testing.T) {
	for _, f := range slotFaces(t) {
		size := int64(0)
		for _, r := range f.sfnt.tables {
			size = max(size, r.off+r.len)
		}
		data := make([]byte, (size+3)&^3)
		if _, err := f.sfnt.src.ReadAt(data, 0); err != nil && err != io.EOF {
			t.Fatal(err)
		}
		if got := checksum(data); got != 0xB1B0AFBA {
			t.Errorf("%s: checksum %08x", f.Name(), got)
		}
		if n, err := f.sfnt.src.ReadAt(data[:4], 1<<40); n != 0 || err != io.EOF {
			t.Errorf("%s: reading past the end: %d, %v", f.Name(), n, err)
		}
	}
}

// TestFramesErrors: a file that is not of our frames is an error.
func TestFramesErrors(t *testing.T) {
	whole := embedded()[symbolsSlot]
	if whole == nil {
		t.Skip("built without fonts")
	}
	for what, data := range map[string][]byte{
		"text":    []byte("not a frame"),
		"cut off": whole.packed[:len(whole.packed)/2],
		"a byte":  whole.packed[:1],
	} {
		if _, err := openFrames(data); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	broken := bytes.Clone(whole.packed)
	for i := 16; i < 80; i++ { // the code tables of the first block; frames carry no checksum
		broken[i] ^= 0x55
	}
	f, err := openFrames(broken)
	if err == nil {
		_, err = f.ReadAt(make([]byte, f.size), 0)
	}
	if err == nil {
		t.Error("a broken frame: no error")
	}
}

// TestConcurrent uses the set from many places at once, for the race detector.
func TestConcurrent(t *testing.T) {
	slotFaces(t)
	s := Embedded()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			q := Request{Lang: []string{"zh", "ja", "en"}[i%3], Bold: i%2 == 0}
			var glyphs = []GID{0}
			for _, r := range "春天的早晨Hello“”。あ한😀" {
				f, _ := s.Face(r, q)
				g, _ := f.Glyph(r)
				f.Extents(g)
				f.Simple(q.Lang).Glyph(r)
				f.Single("vert", q.Lang, g)
			}
			f, _ := s.Face('永', q)
			for r := rune(0x4e00 + i*100); len(glyphs) < 50; r++ {
				g, _ := f.Glyph(r)
				glyphs = append(glyphs, g)
			}
			if _, err := f.Subset(glyphs); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestFaceMemory: a CJK face that only measures text costs a few megabytes, not its outlines.
func TestFaceMemory(t *testing.T) {
	slotFaces(t)
	heap := func() int64 {
		unpacked.release()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	l := &lazyFace{packed: embedded()[serifCJKSlot].packed}
	f := l.load()
	for r := rune(0x4e00); r < 0x9fff; r++ {
		g, _ := f.Glyph(r)
		f.Advance(g)
	}
	if used := heap() - before; used > 8<<20 {
		t.Errorf("%s holds %d bytes", f.Name(), used)
	}
	runtime.KeepAlive(f)
}

// BenchmarkLoad measures reading each embedded face for the first time.
func BenchmarkLoad(b *testing.B) {
	for i, f := range slotFaces(b) {
		b.Run(f.Name(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				unpacked.release()
				(&lazyFace{packed: embeddedFaces[i].packed}).load()
			}
		})
	}
}
