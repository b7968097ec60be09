package fonts

import (
	"bytes"
	"testing"
)

// FuzzSplit: splitting loses nothing, and merging never panics.
func FuzzSplit(f *testing.F) {
	f.Add([]byte{139, 28, 1, 2, 255, 1, 2, 3, 4, 247, 9, 254, 9, 12, 34, 14})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		mergeCharstrings(nil, b)
		b = append(b, 14, 14, 14, 14) // whole charstrings do not end in half a number
		got, err := mergeCharstrings([]byte("x"), splitCharstrings(b))
		if err != nil || !bytes.Equal(got[1:], b) {
			t.Fatalf("%x came back as %x, %v", b, got, err)
		}
	})
}

func BenchmarkFrames(b *testing.B) {
	slotFaces(b)
	src, err := openFrames(embeddedFaces[serifCJKSlot].packed)
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := openPacked(src); err != nil {
		b.Fatal(err)
	}
	p := &src.parts[len(src.parts)-2]
	b.SetBytes(p.to - p.from)
	for b.Loop() {
		unpacked.release()
		if err := unpacked.use(p, func([]byte) {}); err != nil {
			b.Fatal(err)
		}
	}
}
