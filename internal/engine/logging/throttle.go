package logging

import (
	"sync"
	"time"
)

// window is the time in which a Throttle reports an event once.
const window = time.Minute

// Throttle limits how often a repeated event is reported: once a minute. Its zero value reports the first event. It is safe for concurrent
// use.
type Throttle struct {
	After int // the number of events in a minute that are not reported; the next one is

	lock       sync.Mutex
	start      time.Time // of the current minute
	events     int       // in the current minute
	reported   bool      // in the current minute
	suppressed uint64    // since the last report
}

// Event counts an event. It returns whether the event must be reported, and the number of events since the last report that were not.
func (t *Throttle) Event(now time.Time) (suppressed uint64, report bool) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if now.Sub(t.start) >= window || now.Before(t.start) {
		t.start, t.events, t.reported = now, 0, false
	}
	t.events++
	if t.reported || t.events <= t.After {
		t.suppressed++
		return 0, false
	}
	t.reported = true
	return t.take(), true
}

// Suppressed returns the number of events since the last report that were not reported, and forgets them.
func (t *Throttle) Suppressed() uint64 {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.take()
}

func (t *Throttle) take() uint64 {
	n := t.suppressed
	t.suppressed = 0
	return n
}
