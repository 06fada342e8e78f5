package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	driver "modernc.org/sqlite"
	code "modernc.org/sqlite/lib"
)

// maxBatch bounds the writes that share one transaction, and so the wait of the first of them.
const maxBatch = 512

// op is one write. Its do may run twice, the second time after the first was undone.
type op struct {
	ctx  context.Context
	do   func(*conn) error
	err  error
	done chan error
}

// submit hands a write to the writer and returns its outcome once it is on disk, or undone.
// A write whose context ends before the writer takes it is not run.
func (db *DB) submit(ctx context.Context, do func(*conn) error) error {
	o := &op{ctx: ctx, do: do, done: make(chan error, 1)}
	select {
	case <-db.closing:
		return closed()
	default:
	}
	select {
	case db.ops <- o:
		return <-o.done // even when ctx ends: a write that has begun has a known outcome
	case <-ctx.Done():
		return ctx.Err()
	case <-db.closing:
		return closed()
	}
}

// write runs what submit hands over, until Close.
func (db *DB) write() {
	defer close(db.drained)
	for {
		select {
		case o := <-db.ops:
			db.commit(db.gather(o))
		case <-db.closing:
			return
		}
	}
}

// gather returns the first write together with those that wait already.
func (db *DB) gather(first *op) []*op {
	batch := []*op{first}
	for len(batch) < maxBatch {
		select {
		case o := <-db.ops:
			batch = append(batch, o)
		default:
			return batch
		}
	}
	return batch
}

// commit runs the batch in one transaction; when one member spoils it, each in its own.
func (db *DB) commit(batch []*op) {
	c := <-db.writers
	if spoiled := attempt(c, batch); spoiled && len(batch) > 1 {
		for i := range batch {
			attempt(c, batch[i:i+1])
		}
	}
	db.writers <- c
	for _, o := range batch {
		o.done <- o.err
	}
}

// attempt runs the batch in one transaction and sets the outcome of each member. It reports whether one of them
// failed in a way that took the others with it.
func attempt(c *conn, batch []*op) (spoiled bool) {
	ctx := context.Background()
	fail := func(err error) {
		_, _ = c.exec(ctx, "ROLLBACK") // SQLite may have done it already
		for _, o := range batch {
			o.err = err
		}
	}
	defer func() {
		if p := recover(); p != nil {
			fail(fmt.Errorf("a write panicked: %v", p))
			spoiled = true
		}
	}()
	if _, err := c.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		fail(err)
		return false
	}
	for _, o := range batch {
		if o.err = o.ctx.Err(); o.err != nil {
			continue
		}
		if o.err = o.do(c); spoils(o.err) {
			fail(o.err)
			return true
		}
	}
	if _, err := c.exec(ctx, "COMMIT"); err != nil {
		fail(err)
	}
	return false
}

// spoils says whether an error may have undone more than the statement that it came from. A broken constraint and a
// refusal of ours, which has no cause, undo no more than that; SQLite may roll back all of a transaction for anything else.
func spoils(err error) bool {
	if e, ok := errors.AsType[*driver.Error](err); ok {
		return e.Code()&0xff != code.SQLITE_CONSTRAINT
	}
	refusal, ok := errors.AsType[*fault.Error](err)
	return err != nil && (!ok || refusal.Err != nil)
}
