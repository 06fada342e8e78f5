package sqlite

import (
	"slices"
	"sync"
	"time"
)

// maxQueued is how many writes of one caller wait; more are refused. The program's own are not counted.
const maxQueued = 1024

// writeQueue holds the writes that wait. Callers take turns. After one that changes many documents (a bulk write) those of one
// document come first, and the next bulk write of the same caller waits for as long as it took, so that one caller's take half
// of the time at most.
type writeQueue struct {
	lock        sync.Mutex
	small, bulk turns
	resting     map[string]time.Time // before which no bulk write of a caller begins
	wasBulk     bool                 // the last thing taken
	filled      chan struct{}
}

// push adds a write. It reports whether there was room for it.
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

// withdraw takes back a write that has not begun. It reports whether it has not.
func (q *writeQueue) withdraw(o *op) bool {
	q.lock.Lock()
	defer q.lock.Unlock()
	return q.of(o).remove(o)
}

// take returns the writes that share the next transaction. When there are none it returns how long to wait, unless another
// write is pushed before; 0 is for as long as it takes.
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

// putBack returns the writes of a batch that have not begun to where they were.
func (q *writeQueue) putBack(rest []*op) {
	q.lock.Lock()
	defer q.lock.Unlock()
	for _, o := range slices.Backward(rest) {
		q.of(o).unshift(o)
	}
}

// rest keeps a caller's bulk writes waiting after one of them, which ended now and took that long. The program's own do not wait.
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

// turns are the writes of several callers, those of each in the order in which they came.
type turns struct {
	callers map[string]*line
	order   []*line // whose turn it is
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

// pop takes the oldest write of the i-th caller, who then has the last turn.
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
