package filelock

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

func must(t *testing.T) func(*Lock, error) *Lock {
	return func(l *Lock, err error) *Lock {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
}

func TestShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	a, b := must(t)(Shared(path)), must(t)(Shared(path))
	if _, err := Alone(path); !errors.Is(err, ErrHeld) {
		t.Errorf("alone beside two who share: %v", err)
	}
	a.Release()
	if _, err := Alone(path); !errors.Is(err, ErrHeld) {
		t.Errorf("alone beside one who shares: %v", err)
	}
	b.Release()
	alone := must(t)(Alone(path))
	waited := make(chan *Lock)
	go func() { l, _ := Shared(path); waited <- l }()
	select {
	case <-waited:
		t.Error("shared what another has alone")
	default:
	}
	alone.Release()
	(<-waited).Release()
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestSharedInFolderThatIsClosed(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("nothing is closed to root")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	must(t)(Shared(filepath.Join(dir, "lock"))).Release()
}

func TestClaim(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if err := os.WriteFile(path, nil, 0o644); err != nil { // of one that was killed
		t.Fatal(err)
	}
	l := must(t)(Claim(path))
	if _, err := Claim(path); !errors.Is(err, ErrHeld) {
		t.Errorf("twice: %v", err)
	}
	l.Release()
	l.Release()
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
}

// However many come and go, one has it at a time.
func TestClaimsOneAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var inside, had atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				l, err := Claim(path)
				if err != nil {
					if !errors.Is(err, ErrHeld) {
						t.Error(err)
					}
					continue
				}
				if inside.Add(1) != 1 {
					t.Error("two at a time")
				}
				had.Add(1)
				inside.Add(-1)
				l.Release()
			}
		})
	}
	wg.Wait()
	if had.Load() == 0 {
		t.Error("nobody had it")
	}
}
