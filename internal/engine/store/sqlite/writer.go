package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	driver "modernc.org/sqlite"
	code "modernc.org/sqlite/lib"
)

// Limits of the writes in one transaction, and therefore of the wait of the first of them.
const (
	maxBatch  = 512
	batchTime = 20 * time.Millisecond // after which no other write of the batch begins
	yields    = 4                     // of the processor before a batch is taken; more of them save nothing
)

// op is one write. Its do may run twice, if the first run was rolled back.
type op struct {
	ctx    context.Context
	caller string
	bulk   bool // it changes many documents
	do     func(*conn) error
	err    error
	done   chan error
}

// submit passes a write to the writer and returns its outcome after it was stored on disk or rolled back. A write whose context ends before
// the writer begins it is not run.
func (db *DB) submit(ctx context.Context, do func(*conn) error) error {
	return db.await(&op{ctx: ctx, do: do})
}

// submitBulk is submit for a write that changes many documents. Writes of one document come first.
func (db *DB) submitBulk(ctx context.Context, do func(*conn) error) error {
	return db.await(&op{ctx: ctx, do: do, bulk: true})
}

func (db *DB) await(o *op) error {
	o.caller, o.done = store.Caller(o.ctx), make(chan error, 1)
	select {
	case <-db.closing:
		return closed()
	default:
	}
	if err := o.ctx.Err(); err != nil {
		return err
	}
	if !db.writes.push(o) {
		return fault.New(fault.RateLimited, fault.TooManyConcurrentRequests,
			"Too many of your writes are waiting. Wait for their responses before you send more.")
	}
	var err error
	select {
	case err = <-o.done:
		return err
	case <-o.ctx.Done():
		err = o.ctx.Err()
	case <-db.closing:
		err = closed()
	}
	if db.writes.withdraw(o) {
		return err
	}
	select { // a write that has begun has a known outcome
	case err := <-o.done:
		return err
	case <-db.drained:
	}
	select {
	case err := <-o.done:
		return err
	default: // the write was put back
		return closed()
	}
}

// write runs the writes that await returns, until Close.
func (db *DB) write() {
	defer close(db.drained)
	for {
		select {
		case <-db.closing:
			return
		default:
		}
		for range yields {
			runtime.Gosched() // so that writes that are about to be pushed share the transaction
		}
		start := time.Now()
		batch, wait := db.writes.take(start)
		if len(batch) > 0 {
			db.writes.putBack(db.commit(batch))
			if batch[0].bulk {
				db.writes.rest(batch[0].caller, time.Now(), time.Since(start))
			}
			continue
		}
		var due <-chan time.Time
		if wait > 0 {
			due = time.After(wait)
		}
		select {
		case <-db.writes.filled:
		case <-due:
		case <-db.closing:
			return
		}
	}
}

// commit runs a batch in one transaction or, if one write spoils it, each write in its own. It returns the writes that have not begun.
func (db *DB) commit(batch []*op) (rest []*op) {
	c := <-db.writers
	n, spoiled := db.attempt(c, batch)
	batch, rest = batch[:n], batch[n:]
	db.batches.add(n)
	if spoiled && n > 1 {
		for i := range batch {
			db.attempt(c, batch[i:i+1])
		}
	}
	db.writers <- c
	for _, o := range batch {
		o.done <- o.err
	}
	return rest
}

// attempt runs the first writes of the batch in one transaction, sets the outcome of each, and returns their number. It reports whether the
// last of them failed in a way that rolled back the others.
func (db *DB) attempt(c *conn, batch []*op) (n int, spoiled bool) {
	ctx, start := context.Background(), time.Now()
	c.added, c.changed = c.added[:0], changes{keys: c.changed.keys[:0]}
	fail := func(err error) {
		_, _ = c.exec(ctx, "ROLLBACK") // SQLite may have done it already
		for _, o := range batch[:n] {
			o.err = err
		}
	}
	defer func() {
		if p := recover(); p != nil {
			fail(fmt.Errorf("a write panicked: %v", p))
			spoiled = true
		}
	}()
	err := db.still(start)
	if err == nil {
		_, err = c.exec(ctx, "BEGIN IMMEDIATE")
	}
	if err != nil {
		n = len(batch)
		fail(err)
		return n, false
	}
	for n < len(batch) && (n == 0 || time.Since(start) < batchTime) {
		o := batch[n]
		n++
		if o.err = o.ctx.Err(); o.err != nil {
			continue
		}
		if o.err = o.do(c); spoils(o.err) {
			fail(o.err)
			return n, true
		}
	}
	db.cache.begin(c.changed)
	defer db.cache.end()
	if err := db.counts.commit(ctx, c); err != nil {
		fail(err)
	}
	return n, false
}

// still returns the fault of moved. It looks once a second, and at each write after a failure.
func (db *DB) still(now time.Time) error {
	if now.Sub(db.checked) < time.Second {
		return nil
	}
	if err := db.moved(); err != nil {
		return err
	}
	db.checked = now
	return nil
}

// spoils reports whether an error may have undone more than its own statement. A violated constraint, and a fault of this program, which
// has no cause, undo only the statement; for any other error SQLite may roll back the whole transaction.
func spoils(err error) bool {
	if e, ok := errors.AsType[*driver.Error](err); ok {
		return e.Code()&0xff != code.SQLITE_CONSTRAINT
	}
	refusal, ok := errors.AsType[*fault.Error](err)
	return err != nil && (!ok || refusal.Err != nil)
}
