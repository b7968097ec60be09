// Package alarm wakes a program at a moment of the wall clock. A timer of
// package time counts seconds that the machine is awake: one that is set for
// seven in the morning comes late after a night's sleep, and not at all when
// someone puts the clock forward. An alarm comes at seven, or as soon after it as
// the machine is awake.
//
// On Linux the system keeps the time, and nothing wakes until then. Elsewhere the
// clock is looked at every few minutes.
package alarm

import "time"

// Alarm rings at one moment at a time.
type Alarm struct {
	// C gets a value when the moment has come, and also when the clock was set or the
	// machine slept, so that who waits can look at the clock anew.
	C <-chan struct{}

	c chan struct{}
	system
}

// New returns an alarm that is not set. clock tells the time of the wall.
func New(clock func() time.Time) (*Alarm, error) {
	c := make(chan struct{}, 1)
	a := &Alarm{C: c, c: c}
	if err := a.open(clock); err != nil {
		return nil, err
	}
	return a, nil
}

// ring tells who waits; one value is enough for any number of reasons.
func (a *Alarm) ring() {
	select {
	case a.c <- struct{}{}:
	default:
	}
}
