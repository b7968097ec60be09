//go:build !linux

package alarm

import (
	"sync"
	"time"
)

// look is how long the clock goes unseen where the system cannot tell.
const look = 5 * time.Minute

// system is a timer that is set again until the clock shows the moment.
type system struct {
	clock func() time.Time
	mu    sync.Mutex
	timer *time.Timer
	at    time.Time
}

func (a *Alarm) open(clock func() time.Time) error {
	a.clock = clock
	return nil
}

// Set sets the alarm for t instead of what it was set for; a t that is past rings
// at once, a zero one never.
func (a *Alarm) Set(t time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = t
	a.wait()
	return nil
}

// wait sets the timer for the moment, or for the next look at the clock; mu is held.
func (a *Alarm) wait() {
	if a.timer != nil {
		a.timer.Stop()
	}
	if a.at.IsZero() {
		return
	}
	// Round takes the reading of the monotonic clock off.
	left := a.at.Sub(a.clock().Round(0))
	a.timer = time.AfterFunc(min(left, look), func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.at.IsZero() {
			return
		}
		if a.clock().Round(0).Before(a.at) {
			a.wait()
			return
		}
		a.at = time.Time{}
		a.ring()
	})
}

// Close ends the alarm; it does not ring any more.
func (a *Alarm) Close() error { return a.Set(time.Time{}) }
