//go:build unix

package media

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BenchmarkCorpus makes every picture of the folder that LEPORELLO_PICTURES names
// fit for a reader of 1072 pixels in gray: once in a new store, and again in another
// run on it. It prints CPU seconds and the most memory that the process ever had.
func BenchmarkCorpus(b *testing.B) {
	folder := os.Getenv("LEPORELLO_PICTURES")
	if folder == "" {
		b.Skip("LEPORELLO_PICTURES names no folder")
	}
	var names []string
	err := filepath.WalkDir(folder, func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	usage := func() syscall.Rusage {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u
	}
	for b.Loop() {
		root := b.TempDir()
		var from, to int64
		for run := range 2 {
			d, err := New(root, Options{})
			if err != nil {
				b.Fatal(err)
			}
			before, start := usage(), time.Now()
			var mu sync.Mutex
			from, to = 0, 0
			var wg sync.WaitGroup
			next := make(chan string)
			for range runtime.GOMAXPROCS(0) {
				wg.Go(func() {
					for name := range next {
						f, err := os.Open(name)
						if err != nil {
							b.Error(err)
							continue
						}
						a, err := d.Put(f)
						f.Close()
						if err != nil {
							continue // no picture
						}
						got, err := d.Derive(a.Key, Profile{MaxWidth: 1072, Gray: true, Quality: 80, Opaque: true})
						if err != nil {
							b.Errorf("%s: %v", name, err)
						}
						mu.Lock()
						from, to = from+a.Bytes, to+got.Bytes
						mu.Unlock()
					}
				})
			}
			for _, name := range names {
				next <- name
			}
			close(next)
			wg.Wait()
			after := usage()
			cpu := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
			b.Logf("run %d: %d pictures, %.1f MB to %.1f MB, %.2f CPU s, %.2f s, %d MB of memory at most",
				run+1, len(names), float64(from)/1e6, float64(to)/1e6, cpu.Seconds(), time.Since(start).Seconds(), after.Maxrss>>10)
		}
	}
}
