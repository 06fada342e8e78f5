// Package fair shares resources, such as connections to the store, among callers. Each caller can hold at most its share. Waiting
// callers take turns, so that a caller with a hundred requests delays another caller's request by only one of them.
package fair

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// Unlimited is the Total of a Queue that limits only the share of each caller.
const Unlimited = math.MaxInt64

// retryAfter is the time that a rejected caller should wait.
const retryAfter = time.Second

// Queue grants units to callers. Total and Share must be set before the first use, and the limits must not change after it. Queue is safe
// for concurrent use.
type Queue struct {
	Total        int64 // the maximum number of units of all callers together
	Share        int64 // the maximum number of units of one caller
	Waiting      int   // the maximum number of waiting requests of one caller; more are rejected at once
	WaitingTotal int   // the maximum number of waiting requests of all callers; 0: only Waiting limits them

	Reserve time.Duration // the time before the context's deadline that is left for the work; 0: half of the remaining time

	lock    sync.Mutex
	held    int64
	waiting int                // requests of all callers
	callers map[string]*caller // those who hold or wait
	turns   []*caller          // those who wait and may hold more, the next one first
}

// caller is what one caller holds and waits for.
type caller struct {
	name    string
	held    int64
	waiting []*request // the oldest first
	inTurns bool
}

type request struct {
	units   int64
	granted chan struct{} // closed when the caller holds the units
}

// Acquire waits until the caller with that name holds n more units, and returns the function that releases them, which must be called once.
// If n exceeds the share, it counts as the share. It stops waiting Reserve before the context's deadline, so that there is time for the
// work.
//
// If the context is canceled, the error is that of the context. Otherwise it is a fault: RateLimited if the caller's own requests were the
// cause, and Unavailable if only those of other callers were.
func (q *Queue) Acquire(ctx context.Context, name string, n int64) (release func(), err error) {
	n = min(n, q.Share, q.Total)
	q.lock.Lock()
	c := q.caller(name)
	if len(c.waiting) == 0 && len(q.turns) == 0 && q.fits(c, n) {
		q.hold(c, n)
		q.lock.Unlock()
		return func() { q.release(c, n) }, nil
	}
	if len(c.waiting) >= q.Waiting {
		q.forget(c)
		q.lock.Unlock()
		return nil, tooMany()
	}
	if q.WaitingTotal > 0 && q.waiting >= q.WaitingTotal {
		q.forget(c)
		q.lock.Unlock()
		return nil, busy()
	}
	r := &request{n, make(chan struct{})}
	c.waiting = append(c.waiting, r)
	q.waiting++
	q.line(c)
	q.grant()
	q.lock.Unlock()
	return q.wait(ctx, c, r)
}

// wait returns when the request is granted or its time to wait is over.
func (q *Queue) wait(ctx context.Context, c *caller, r *request) (release func(), err error) {
	release = func() { q.release(c, r.units) }
	var late <-chan time.Time
	if deadline, ok := ctx.Deadline(); ok {
		patience := time.Until(deadline) - q.Reserve
		if q.Reserve == 0 {
			patience /= 2
		}
		timer := time.NewTimer(patience)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-r.granted:
		return release, nil
	case <-ctx.Done():
	case <-late:
	}
	q.lock.Lock()
	defer q.lock.Unlock()
	select {
	case <-r.granted:
		return release, nil
	default:
	}
	first := c.waiting[0] == r
	own := !first || c.held > 0
	c.waiting = remove(c.waiting, r)
	q.waiting--
	if first {
		q.line(c) // the next one may need less
	}
	q.grant()
	q.forget(c)
	switch {
	case ctx.Err() == context.Canceled:
		return nil, ctx.Err()
	case own:
		return nil, tooMany()
	}
	return nil, busy()
}

// Stats returns the number of units that callers hold, and of requests that wait.
func (q *Queue) Stats() (held int64, waiting int) {
	q.lock.Lock()
	defer q.lock.Unlock()
	return q.held, q.waiting
}

func busy() error {
	f := fault.New(fault.Unavailable, "", "The server is busy with the requests of many callers. Try again in a moment.")
	f.RetryAfter = retryAfter
	return f
}

func tooMany() error {
	f := fault.New(fault.RateLimited, fault.TooManyConcurrentRequests,
		"Too many of your requests are running or waiting at the same time. Wait for their responses before you send more.")
	f.RetryAfter = retryAfter
	return f
}

func (q *Queue) release(c *caller, n int64) {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.held -= n
	c.held -= n
	q.line(c)
	q.grant()
	q.forget(c)
}

// grant gives units to the callers in the order of turns. It waits for the next one, even if a later one needs less, because otherwise
// large requests would never run.
func (q *Queue) grant() {
	for len(q.turns) > 0 {
		c := q.turns[0]
		if len(c.waiting) > 0 && q.fits(c, c.waiting[0].units) {
			r := c.waiting[0]
			c.waiting = c.waiting[1:]
			q.waiting--
			q.hold(c, r.units)
			close(r.granted)
		} else if len(c.waiting) > 0 && c.held+c.waiting[0].units <= q.Share {
			return // it waits for others
		}
		q.turns, c.inTurns = q.turns[1:], false
		q.line(c)
	}
}

// line puts the caller at the end of the turns, unless it is already there, has no waiting requests or has its share.
func (q *Queue) line(c *caller) {
	if !c.inTurns && len(c.waiting) > 0 && c.held+c.waiting[0].units <= q.Share {
		q.turns, c.inTurns = append(q.turns, c), true
	}
}

func (q *Queue) fits(c *caller, n int64) bool { return c.held+n <= q.Share && n <= q.Total-q.held }

func (q *Queue) hold(c *caller, n int64) {
	q.held += n
	c.held += n
}

func (q *Queue) caller(name string) *caller {
	c := q.callers[name]
	if c == nil {
		if q.callers == nil {
			q.callers = map[string]*caller{}
		}
		c = &caller{name: name}
		q.callers[name] = c
	}
	return c
}

// forget deletes a caller without units and waiting requests.
func (q *Queue) forget(c *caller) {
	if c.held == 0 && len(c.waiting) == 0 {
		delete(q.callers, c.name)
	}
}

func remove(list []*request, r *request) []*request {
	for i := range list {
		if list[i] == r {
			return append(list[:i:i], list[i+1:]...)
		}
	}
	return list
}
