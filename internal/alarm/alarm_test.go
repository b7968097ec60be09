package alarm

import (
	"testing"
	"time"
)

func rings(t *testing.T, a *Alarm, within time.Duration) bool {
	t.Helper()
	select {
	case <-a.C:
		return true
	case <-time.After(within):
		return false
	}
}

func TestAlarm(t *testing.T) {
	a, err := New(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	set := func(at time.Time) time.Time {
		t.Helper()
		if err := a.Set(at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	if rings(t, a, 20*time.Millisecond) {
		t.Error("rings before it is set")
	}
	at := set(time.Now().Add(60 * time.Millisecond))
	if !rings(t, a, time.Minute) {
		t.Fatal("does not ring")
	}
	if time.Now().Before(at) {
		t.Error("rings too early")
	}
	set(time.Now().Add(-time.Hour))
	if !rings(t, a, time.Minute) {
		t.Error("does not ring for a moment that is past")
	}
	set(time.Unix(0, 0))
	if !rings(t, a, time.Minute) {
		t.Error("does not ring for the first moment of all")
	}
	set(time.Now().Add(30 * time.Millisecond))
	set(time.Now().Add(time.Hour))
	if rings(t, a, 100*time.Millisecond) {
		t.Error("rings for a moment that was taken back")
	}
	set(time.Now().Add(30 * time.Millisecond))
	set(time.Time{})
	if rings(t, a, 100*time.Millisecond) {
		t.Error("rings although it is not set any more")
	}
	set(time.Now().Add(30 * time.Millisecond))
	a.Close()
	if rings(t, a, 100*time.Millisecond) {
		t.Error("rings after its end")
	}
}
