package sqlite

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fair"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// A scan (store.IsScan) runs in two passes, each in a queue of its own. The first pass is short, so that a list by an index never waits for
// one that reads every document. A scan that finds nothing in time in the first pass starts again in the second one, which only the context
// ends. In both passes, one caller has at most half of the connections, and scans never use two of the connections.

const (
	shortPass  = 50 * time.Millisecond
	maxWaiting = 64 // scans of one caller; more are rejected
)

// parallel returns the number of scans that run at the same time in each of the two passes.
func parallel() int { return max(2, runtime.NumCPU()) }

// passes returns the queue of one of the two passes.
func passes() fair.Queue {
	n := int64(parallel())
	return fair.Queue{Total: n, Share: n / 2, Waiting: maxWaiting}
}

// errShortPass means that the first pass took too long.
var errShortPass = errors.New("the scan takes long")

// scan is like read, but for what may be a scan. It may call do again after an error, unless pass.found was called.
func (db *DB) scan(ctx context.Context, do func(*pass, *conn) error) error {
	if !store.IsScan(ctx) {
		return db.read(ctx, func(c *conn) error { return do(&pass{ctx: ctx}, c) })
	}
	err := db.pass(ctx, &db.short, shortPass, do)
	if errors.Is(err, errShortPass) {
		err = db.pass(ctx, &db.long, 0, do)
	}
	return problem(err)
}

func (db *DB) pass(ctx context.Context, queue *fair.Queue, limit time.Duration, do func(*pass, *conn) error) error {
	leave, err := queue.Acquire(ctx, store.Caller(ctx), 1)
	if err != nil {
		return err
	}
	defer leave()
	return db.read(ctx, func(c *conn) error {
		p := &pass{ctx: ctx}
		if limit > 0 {
			limited, cancel := context.WithCancelCause(ctx)
			defer cancel(nil)
			p.ctx, p.timer = limited, time.AfterFunc(limit, func() { cancel(errShortPass) })
			defer p.timer.Stop()
		}
		err := do(p, c)
		if err != nil && ctx.Err() == nil && context.Cause(p.ctx) == errShortPass {
			return errShortPass
		}
		return err
	})
}

// pass is one run of a scan.
type pass struct {
	ctx   context.Context // ends when the pass has taken too long
	timer *time.Timer     // nil if only the context ends the pass
}

// found must be called at the first result; after that, the time of the pass is not limited. If it returns an error, the pass must end.
func (p *pass) found() error {
	if p.timer != nil && !p.timer.Stop() {
		return errShortPass
	}
	p.timer = nil
	return nil
}
