package sqlite

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
)

// compactPages is the number of free pages that one transaction of Compact returns. Writes wait for it.
const compactPages = 128

// ErrNeedsVacuum is returned by Compact for a database that was created without a list of the pages' owners.
var ErrNeedsVacuum = errors.New("the database was created by a version that could not return free space while others write")

// Compact returns the space of deleted data to the file system. Reads and writes go on. It returns the size of the database in bytes before
// and after. progress, if not nil, is called with the numbers of returned and all free pages.
//
// A database that was created by an earlier version must be rewritten once, which whole allows: writes wait until all of it is rewritten.
// Without whole, the error is ErrNeedsVacuum.
func (db *DB) Compact(ctx context.Context, whole bool, progress func(done, total int64)) (before, after int64, err error) {
	release, err := db.tool(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer release()
	var mode, free int64
	err = db.withWriter(func(c *conn) error {
		mode, err = c.number(ctx, "PRAGMA auto_vacuum")
		if err == nil {
			free, err = c.number(ctx, "PRAGMA freelist_count")
		}
		if err == nil {
			before, err = c.size(ctx)
		}
		return err
	})
	switch {
	case err != nil:
		return 0, 0, err
	case mode != 2 && !whole:
		return before, before, ErrNeedsVacuum
	case mode != 2:
		err = db.withWriter(func(c *conn) error { return c.vacuum(ctx) })
	default:
		err = db.returnFree(ctx, free, progress)
	}
	if err == nil {
		err = db.withWriter(func(c *conn) error {
			after, err = c.size(ctx)
			return err
		})
	}
	return before, after, err
}

// returnFree returns the free pages in small transactions.
func (db *DB) returnFree(ctx context.Context, total int64, progress func(done, total int64)) error {
	nothing := func([]sqldriver.Value) error { return nil }
	for left := total; left > 0; {
		if err := db.ended(ctx); err != nil {
			return err
		}
		before := left
		err := db.withWriter(func(c *conn) (err error) {
			// It returns a page for each row that is read.
			if err := c.query(context.Background(), fmt.Sprintf("PRAGMA incremental_vacuum(%d)", compactPages), nil, nothing); err != nil {
				return err
			}
			left, err = c.number(context.Background(), "PRAGMA freelist_count")
			return err
		})
		if err != nil {
			return err
		}
		if progress != nil {
			progress(max(0, total-left), total)
		}
		if left >= before { // others delete faster
			break
		}
	}
	// The file shrinks when the log is moved into it.
	return db.withWriter(func(c *conn) error {
		_, err := c.exec(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
		return err
	})
}

// vacuum rewrites the whole database, so that free pages can be returned in small steps from then on.
func (c *conn) vacuum(ctx context.Context) error {
	for _, sql := range []string{"PRAGMA auto_vacuum=2", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := c.exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) size(ctx context.Context) (int64, error) {
	pages, err := c.number(ctx, "PRAGMA page_count")
	if err != nil {
		return 0, err
	}
	size, err := c.number(ctx, "PRAGMA page_size")
	return pages * size, err
}

func (c *conn) number(ctx context.Context, sql string) (int64, error) {
	value, err := c.one(ctx, sql)
	n, _ := value.(int64)
	return n, err
}
