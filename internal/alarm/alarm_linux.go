package alarm

import (
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// system is a timer of the kernel over the clock that people set.
type system struct {
	fd   int
	file *os.File
}

func (a *Alarm) open(func() time.Time) error {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return fmt.Errorf("alarm: %w", err)
	}
	// Being non-blocking, its reads wait in the poller with those of the network, and
	// hold no thread.
	a.fd, a.file = fd, os.NewFile(uintptr(fd), "alarm")
	go func() {
		var n [8]byte
		for {
			// ECANCELED: the clock was set, or the machine woke up.
			if _, err := a.file.Read(n[:]); err != nil && !errors.Is(err, unix.ECANCELED) {
				return
			}
			a.ring()
		}
	}()
	return nil
}

// Set sets the alarm for t instead of what it was set for; a t that is past rings
// at once, a zero one never.
func (a *Alarm) Set(t time.Time) error {
	moment := int64(math.MaxInt64) // never; a timer without a moment would not tell when the clock jumps
	if !t.IsZero() {
		moment = max(t.UnixNano(), 1)
	}
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(moment)}
	// The second flag asks for ECANCELED when the clock is set.
	if err := unix.TimerfdSettime(a.fd, unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, &spec, nil); err != nil && !errors.Is(err, unix.ECANCELED) {
		return fmt.Errorf("alarm: %w", err)
	}
	return nil
}

// Close ends the alarm; it does not ring any more.
func (a *Alarm) Close() error { return a.file.Close() }
