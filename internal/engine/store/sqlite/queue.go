package sqlite

import (
	"slices"
	"sync"
	"time"
)

// maxQueued is the maximum number of waiting writes of one caller; more are rejected. The program's own writes are not limited.
const maxQueued = 1024

// writeQueue contains the waiting writes. Callers take turns. After a write of many documents (a bulk write), writes of one document come
// first, and the next bulk write of the same caller waits for as long as the last one took, so that the bulk writes of one caller use at
// most half of the time.
type writeQueue struct {
	lock        sync.Mutex
	small, bulk turns
	resting     map[string]time.Time // the time before which no bulk write of a caller begins
	wasBulk     bool                 // whether the last write taken was one
	filled      chan struct{}
}

// push adds a write, and reports whether the queue had space for it.
func (q *writeQueue) push(o *op) bool {
	q.lock.Lock()
	ok := q.of(o).push(o)
	q.lock.Unlock()
	select {
	case q.filled <- struct{}{}:
	default:
	}
	return ok
}

// len returns the number of waiting writes.
func (q *writeQueue) len() (n int) {
	q.lock.Lock()
	defer q.lock.Unlock()
	for _, t := range []*turns{&q.small, &q.bulk} {
		for _, l := range t.order {
			n += len(l.ops)
		}
	}
	return n
}

// withdraw removes a write that has not begun, and reports whether it did.
func (q *writeQueue) withdraw(o *op) bool {
	q.lock.Lock()
	defer q.lock.Unlock()
	return q.of(o).remove(o)
}

// take returns the writes of the next transaction. If there are none, it returns how long to wait unless another write is pushed earlier; 0
// means without limit.
func (q *writeQueue) take(now time.Time) (batch []*op, wait time.Duration) {
	q.lock.Lock()
	defer q.lock.Unlock()
	if len(q.small.order) == 0 || !q.wasBulk {
		for i, l := range q.bulk.order {
			rest := q.resting[l.caller].Sub(now)
			if rest <= 0 {
				q.wasBulk = true
				return []*op{q.bulk.pop(i)}, 0
			}
			if wait == 0 || rest < wait {
				wait = rest
			}
		}
	}
	for len(batch) < maxBatch && len(q.small.order) > 0 {
		batch = append(batch, q.small.pop(0))
	}
	q.wasBulk = false
	return batch, wait
}

// putBack puts the writes of a batch that have not begun back to their places.
func (q *writeQueue) putBack(rest []*op) {
	q.lock.Lock()
	defer q.lock.Unlock()
	for _, o := range slices.Backward(rest) {
		q.of(o).unshift(o)
	}
}

// rest makes a caller's bulk writes wait after one of them, which has just ended and took that long. The program's own bulk writes do not
// wait.
func (q *writeQueue) rest(caller string, now time.Time, took time.Duration) {
	if caller == "" {
		return
	}
	q.lock.Lock()
	defer q.lock.Unlock()
	for name, end := range q.resting {
		if end.Before(now) {
			delete(q.resting, name)
		}
	}
	q.resting[caller] = now.Add(took)
}

func (q *writeQueue) of(o *op) *turns {
	if o.bulk {
		return &q.bulk
	}
	return &q.small
}

// turns contains the writes of several callers, those of each caller in their order of arrival.
type turns struct {
	callers map[string]*line
	order   []*line // in the order of turns
}

type line struct {
	caller string
	ops    []*op // one at least
}

func (t *turns) push(o *op) bool {
	l := t.callers[o.caller]
	if l == nil {
		if t.callers == nil {
			t.callers = map[string]*line{}
		}
		l = &line{caller: o.caller}
		t.callers[o.caller], t.order = l, append(t.order, l)
	}
	if o.caller != "" && len(l.ops) >= maxQueued {
		return false
	}
	l.ops = append(l.ops, o)
	return true
}

// pop removes the oldest write of the i-th caller, and moves this caller to the end of the turns.
func (t *turns) pop(i int) *op {
	l := t.order[i]
	o := l.ops[0]
	t.order, l.ops = slices.Delete(t.order, i, i+1), l.ops[1:]
	if len(l.ops) > 0 {
		t.order = append(t.order, l)
	} else {
		delete(t.callers, l.caller)
	}
	return o
}

func (t *turns) unshift(o *op) {
	l := t.callers[o.caller]
	if l == nil {
		t.push(o)
		l = t.callers[o.caller]
	} else {
		l.ops = slices.Insert(l.ops, 0, o)
	}
	t.order = slices.DeleteFunc(t.order, func(other *line) bool { return other == l })
	t.order = slices.Insert(t.order, 0, l)
}

func (t *turns) remove(o *op) bool {
	l := t.callers[o.caller]
	if l == nil {
		return false
	}
	i := slices.Index(l.ops, o)
	if i < 0 {
		return false
	}
	l.ops = slices.Delete(l.ops, i, i+1)
	if len(l.ops) == 0 {
		delete(t.callers, l.caller)
		t.order = slices.DeleteFunc(t.order, func(other *line) bool { return other == l })
	}
	return true
}
