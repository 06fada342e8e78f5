package sqlite

import (
	"context"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Writes of one document run without their context: they are too short to interrupt, and an interrupt would undo the other writes in the
// same transaction.

// Insert implements store.Backend.
func (db *DB) Insert(ctx context.Context, m *store.Model, d store.Document) error {
	t, err := db.tables.Of(m)
	if err != nil {
		return err
	}
	if err := store.Storable(d.JSON); err != nil {
		return err
	}
	return t.problem(db.submit(ctx, func(c *conn) error {
		c.changes(t, d.ID)
		_, err := c.exec(context.Background(), t.insert, d.ID, max(d.Version, 1), string(d.JSON))
		if err == nil {
			c.adds(t, 1)
		}
		if _, ok := taken(err); !ok {
			return err
		}
		// SQLite names the newest of the violated indexes.
		if there, lookup := c.one(context.Background(), t.get, d.ID); lookup == nil && there != nil {
			return store.Duplicate(m, "id")
		}
		return err
	}))
}

// Update implements store.Backend.
func (db *DB) Update(ctx context.Context, m *store.Model, id string, set []store.Change, g store.Guard) (d store.Document, err error) {
	t, err := db.tables.Of(m)
	if err != nil {
		return d, err
	}
	q := new(query)
	q.update(t, set)
	q.guard(t, id, g)
	q.add(" RETURNING id, _version, CAST(_doc AS BLOB)")
	if q.err != nil {
		return d, q.err
	}
	err = db.submit(ctx, func(c *conn) error {
		c.changes(t, id)
		d = store.Document{}
		if err := c.query(context.Background(), q.String(), q.args, scan(&d)); err != nil {
			return err
		}
		if d.Version == 0 {
			return t.refusal(c, id, g)
		}
		return nil
	})
	return d, t.problem(err)
}

// Delete implements store.Backend.
func (db *DB) Delete(ctx context.Context, m *store.Model, id string, g store.Guard) error {
	t, err := db.tables.Of(m)
	if err != nil {
		return err
	}
	q := new(query).add("DELETE FROM ", t.name)
	if q.guard(t, id, g); q.err != nil {
		return q.err
	}
	return t.problem(db.submit(ctx, func(c *conn) error {
		c.changes(t, id)
		n, err := c.exec(context.Background(), q.String(), q.args...)
		if err == nil && n == 0 {
			err = t.refusal(c, id, g)
		}
		c.adds(t, -n)
		return err
	}))
}

// update appends an UPDATE without its WHERE. A column changes with the property that contains it.
func (q *query) update(t *table, set []store.Change) {
	q.add("UPDATE ", t.name, " SET _version = _version + 1")
	removed, assigned := new(query), new(query)
	seen := map[string]bool{}
	for _, s := range set {
		if !t.properties[s.Name] || s.Name == "id" || seen[s.Name] {
			q.fail("collection %s: invalid change of %q: it is unknown, is the id, or is changed twice", t.model.Collection, s.Name)
			return
		}
		seen[s.Name] = true
		if q.err = store.Storable(s.JSON); q.err != nil {
			return
		}
		if s.JSON == nil {
			removed.add(", ", path(s.Name))
		} else {
			assigned.add(", ", path(s.Name), ", json(").bind(string(s.JSON)).add(")")
		}
		for _, c := range t.own() {
			switch {
			case c.Path[0] != s.Name:
			case s.JSON == nil:
				q.add(", ", c.value, " = NULL")
			default:
				q.add(", ", c.value, " = ").bind(string(s.JSON)).add(" ->> ", path(c.Path[1:]...))
			}
		}
	}
	doc := "_doc"
	if removed.Len() > 0 {
		doc = "json_remove(" + doc + removed.String() + ")"
	}
	if assigned.Len() > 0 {
		doc = "json_set(" + doc + assigned.String() + ")"
	}
	q.add(", _doc = ", doc)
	q.args = append(q.args, assigned.args...)
}

// guard appends the WHERE of a write to one document.
func (q *query) guard(t *table, id string, g store.Guard) {
	q.add(" WHERE id = ").bind(id).add(" AND (")
	q.where(t, g.Where)
	q.add(")")
	if g.Version != 0 {
		q.add(" AND _version = ").bind(g.Version)
	}
}

// refusal returns the error for a write to one document that has found none.
func (t *table) refusal(c *conn, id string, g store.Guard) error {
	q := new(query).add("SELECT 1 FROM ", t.name)
	q.guard(t, id, store.Guard{Where: g.Where})
	switch found, err := c.one(context.Background(), q.String(), q.args...); {
	case err != nil:
		return err
	case found == nil:
		return store.NotFound(t.model, id)
	}
	return store.PreconditionFailed(t.model, id)
}
