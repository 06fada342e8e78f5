package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

const (
	// maxDeleted is the maximum number of documents that a DeleteAll deletes in one transaction, before other writes have their turn.
	maxDeleted = 1000
	// recheckTime limits how long the writer evaluates a condition again, on documents that have changed since a reader evaluated it. There
	// are seldom any.
	recheckTime = 250 * time.Millisecond
)

// matches contains the documents that met a condition when a reader evaluated it.
type matches struct {
	n, bytes int64
	list     string // JSON: [["id", version], …]
}

// UpdateAll implements store.Backend.
func (db *DB) UpdateAll(ctx context.Context, m *store.Model, where filter.Where, set []store.Change) (int64, error) {
	t, err := db.tables.Of(m)
	if err != nil {
		return 0, err
	}
	update := new(query)
	if update.update(t, set); update.err != nil {
		return 0, update.err
	}
	found, err := db.match(ctx, t, where, store.MaxUpdateDocuments+1)
	if err != nil {
		return 0, err
	}
	if err := store.CheckUpdate(found.n, found.bytes, set); err != nil {
		return 0, err
	}
	return db.writeAll(ctx, t, where, found, update, 0)
}

// DeleteAll implements store.Backend.
func (db *DB) DeleteAll(ctx context.Context, m *store.Model, where filter.Where) (n int64, err error) {
	t, err := db.tables.Of(m)
	if err != nil {
		return 0, err
	}
	for {
		found, err := db.match(ctx, t, where, maxDeleted)
		if err != nil {
			return n, err
		}
		deleted, err := db.writeAll(ctx, t, where, found, new(query).add("DELETE FROM ", t.name), -1)
		if n += deleted; err != nil || found.n < maxDeleted {
			return n, err
		}
	}
}

// match evaluates a condition on a reader, so that the writer is free in the meantime.
func (db *DB) match(ctx context.Context, t *table, where filter.Where, limit int64) (found matches, err error) {
	q := new(query).add("SELECT count(*), coalesce(sum(_bytes), 0), json_group_array(json_array(id, _version)) FROM (",
		"SELECT id, _version, octet_length(_doc) AS _bytes FROM ", t.name, " WHERE ")
	if q.where(t, where); q.err != nil {
		return found, q.err
	}
	q.add(" LIMIT ").bind(limit).add(")")
	err = db.scan(ctx, func(p *pass, c *conn) error {
		return c.query(p.ctx, q.String(), q.args, func(v []driver.Value) error {
			found.n, _ = v[0].(int64)
			found.bytes, _ = v[1].(int64)
			found.list, _ = v[2].(string)
			return nil
		})
	})
	return found, err
}

// writeAll runs a statement, given without its WHERE, on the documents that were found and still match, and returns their number. A
// document that has not changed in the meantime still matches. added is what the statement adds to the number of documents for each.
func (db *DB) writeAll(ctx context.Context, t *table, where filter.Where, found matches, statement *query, added int64) (
	n int64, err error) {
	if found.n == 0 {
		return 0, nil
	}
	still := new(query).add("WITH found(_id, _known) AS (SELECT value ->> 0, value ->> 1 FROM json_each(").bind(found.list).add(")) ",
		"SELECT json_group_array(id) FROM found CROSS JOIN ", t.name, " ON id = _id WHERE CASE WHEN _version = _known THEN 1 ELSE (")
	if still.where(t, where); still.err != nil {
		return 0, still.err
	}
	still.add(") END")
	statement.add(" WHERE id IN (SELECT value FROM json_each(?))")
	err = db.submitBulk(ctx, func(c *conn) error {
		c.changed.all = true
		brief, cancel := context.WithTimeout(ctx, recheckTime)
		defer cancel()
		list, err := c.one(brief, still.String(), still.args...)
		if err != nil && brief.Err() != nil { // without a cause, because nothing was written: see spoils
			return fault.New(fault.Unavailable, "", "Matching documents have changed in the meantime, and checking them again takes "+
				"too long. Try again.")
		}
		if err != nil {
			return err
		}
		n, err = c.exec(context.Background(), statement.String(), append(statement.args[:len(statement.args):len(statement.args)], list)...)
		c.adds(t, added*n)
		return err
	})
	if err != nil {
		return 0, t.problem(err)
	}
	return n, nil
}
