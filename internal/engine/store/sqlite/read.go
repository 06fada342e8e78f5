package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"math"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Get implements store.Backend.
func (db *DB) Get(ctx context.Context, m *store.Model, id string) (d store.Document, err error) {
	t, err := db.tables.Of(m)
	if err != nil {
		return d, err
	}
	key := cacheKey{collection: m.Collection, id: id}
	documents, commits, cached := db.cache.get(key)
	if cached {
		return documents[0], problem(db.ended(ctx))
	}
	err = db.read(ctx, func(c *conn) error {
		// Without ctx, because one seek is too short to interrupt.
		return c.query(context.Background(), t.get, []any{id}, scan(&d))
	})
	switch {
	case err != nil:
	case d.Version == 0 && d.Unreadable == nil:
		err = store.NotFound(m, id)
	default:
		key.id = d.ID // the caller's may be a part of a longer text
		db.cache.add(key, []store.Document{d}, commits)
	}
	return d, err
}

// Find implements store.Backend.
func (db *DB) Find(ctx context.Context, m *store.Model, f *filter.Query, yield func(store.Document) error) error {
	t, err := db.tables.Of(m)
	if err != nil {
		return err
	}
	q := new(query)
	if q.page(t, f); q.err != nil {
		return q.err
	}
	key := listKey(t, q)
	list, commits, cached := db.cache.get(key)
	if cached {
		err = problem(db.ended(ctx))
	} else {
		inMemory := db.lock == nil // yield may need the connection of this read
		size := 0
		var stop error // the error of yield, which is returned unchanged
		err = db.scan(ctx, func(p *pass, c *conn) error {
			list, size = nil, 0
			var d store.Document
			row := scan(&d)
			return c.query(p.ctx, q.String(), q.args, func(v []driver.Value) error {
				if err := p.found(); err != nil {
					return err
				}
				if err := row(v); err != nil {
					return err
				}
				if size += len(d.JSON); size <= cachedMax || inMemory {
					list = append(list, d)
				}
				if !inMemory {
					stop = yield(d)
				}
				return stop
			})
		})
		if stop != nil {
			return stop
		}
		if err == nil && size <= cachedMax {
			db.cache.add(key, list, commits)
		}
		if !inMemory {
			return err
		}
	}
	for i := 0; i < len(list) && err == nil; i++ {
		err = yield(list[i])
	}
	return err
}

// Scan implements store.Backend.
func (db *DB) Scan(ctx context.Context, m *store.Model, yield func(store.Document) error) error {
	return db.Find(ctx, m, &filter.Query{Limit: math.MaxInt}, yield)
}

// Count implements store.Backend.
func (db *DB) Count(ctx context.Context, m *store.Model, where filter.Where) (n int64, err error) {
	t, err := db.tables.Of(m)
	if err != nil {
		return 0, err
	}
	if isEverything(where) {
		return db.countAll(ctx, t)
	}
	q := new(query).add("SELECT count(*) FROM ", t.name, " WHERE ")
	if q.where(t, where); q.err != nil {
		return 0, q.err
	}
	err = db.scan(ctx, func(p *pass, c *conn) error {
		v, err := c.one(p.ctx, q.String(), q.args...)
		n, _ = v.(int64)
		return err
	})
	return n, err
}

// read calls do with a connection for its exclusive use.
func (db *DB) read(ctx context.Context, do func(*conn) error) error {
	select {
	case <-db.closing:
		return closed()
	default:
	}
	if err := ctx.Err(); err != nil {
		return problem(err)
	}
	select {
	case c := <-db.readers:
		defer func() { db.readers <- c }()
		return problem(do(c))
	case <-ctx.Done():
		return problem(ctx.Err())
	}
}

// page appends the statement of a Find. The statement selects the page before it reads a document, because this part can take long, and the
// driver observes a context only until the first row.
func (q *query) page(t *table, f *filter.Query) {
	if err := f.CheckPage(); err != nil {
		q.fail("%v", err)
	}
	q.add("WITH page AS MATERIALIZED (SELECT _rowid_ AS r FROM ", t.name, " WHERE ")
	q.where(t, f.Where)
	q.add(" ORDER BY ")
	q.keys(t, f.Order, true)
	q.add(" LIMIT ").bind(int64(f.Limit)).add(" OFFSET ").bind(int64(f.Skip))
	q.add(") SELECT id, _version, CAST(_doc AS BLOB) FROM page CROSS JOIN ", t.name, " d ON d._rowid_ = page.r")
}

// scan returns a function that reads the row id, version, document into d.
func scan(d *store.Document) func([]driver.Value) error {
	return func(v []driver.Value) error {
		id, isID := v[0].(string)
		version, isVersion := v[1].(int64)
		doc, isDoc := v[2].([]byte)
		if !isID || !isVersion || !isDoc {
			return errors.New("invalid row")
		}
		*d = store.Document{ID: id, Version: version, JSON: doc}
		if version < 1 {
			*d = store.Document{ID: id, Unreadable: errors.New("its version is less than 1")}
		}
		return nil
	}
}
