package sqlite

import (
	"context"
	"errors"
	"maps"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/fault"
	"github.com/newsdesk-api/newsdesk/internal/store"
)

// Migrate implements store.Backend. All of it is one transaction; its Conflict holds every refusal, one a line.
//
// A collection that is not among the models stays as it is. A property that is gone is refused
// while a document has it, and so are a required one without a default that documents lack, a type that values do not fit,
// and a unique index over equal values.
func (db *DB) Migrate(ctx context.Context, models []*store.Model) error {
	tables, seen := make([]*table, len(models)), map[string]bool{}
	for i, m := range models {
		var err error
		if tables[i], err = compile(m); err != nil {
			return err
		}
		folded := strings.ToLower(m.Collection)
		if seen[folded] {
			return fault.New(fault.Internal, "", "collection %s: another one has this name, or one that differs in case only; rename one of them", m.Collection)
		}
		seen[folded] = true
	}
	err := db.submit(ctx, func(c *conn) error {
		if _, err := c.exec(ctx, "SAVEPOINT migration"); err != nil {
			return err
		}
		err := migrate(ctx, c, tables)
		if err != nil {
			if _, undo := c.exec(ctx, "ROLLBACK TO migration"); undo != nil {
				return errors.Join(undo, err)
			}
		}
		_, end := c.exec(ctx, "RELEASE migration")
		return errors.Join(err, end)
	})
	if err != nil {
		return problem(err)
	}
	db.publish(tables)
	return nil
}

// publish lets the methods see the tables, in place of those that their collections had.
func (db *DB) publish(tables []*table) {
	for _, t := range tables {
		db.tables.Range(func(m, _ any) bool {
			if m.(*store.Model).Collection == t.model.Collection {
				db.tables.Delete(m)
			}
			return true
		})
		db.tables.Store(t.model, t)
	}
}

func migrate(ctx context.Context, c *conn, tables []*table) error {
	_, err := c.exec(ctx, "CREATE TABLE IF NOT EXISTS _contract (collection TEXT NOT NULL PRIMARY KEY, declared TEXT NOT NULL) STRICT")
	if err != nil {
		return err
	}
	var refused []string
	for _, t := range tables {
		list, err := t.migrate(ctx, c)
		if err != nil {
			return err
		}
		refused = append(refused, list...)
	}
	if len(refused) > 0 {
		return fault.New(fault.Conflict, "MIGRATION_REFUSED", "%s", strings.Join(refused, "\n"))
	}
	return nil
}

// migrate makes one table fit, and returns what it refuses to do.
func (t *table) migrate(ctx context.Context, c *conn) (refused []string, err error) {
	now := t.declared()
	was, err := recall(ctx, c, t.model.Collection)
	switch {
	case err != nil:
		return nil, err
	case was == nil:
		_, err = c.exec(ctx, t.create(t.name))
	default:
		if refused, err = t.refuse(ctx, c, was, now); err != nil || len(refused) > 0 {
			return refused, err
		}
		if !maps.Equal(was.Columns, now.Columns) {
			err = t.rebuild(ctx, c)
		}
		if err == nil {
			err = t.fill(ctx, c, was)
		}
	}
	if err != nil {
		return nil, err
	}
	if refused, err = t.index(ctx, c); err != nil {
		return nil, err
	}
	return refused, now.remember(ctx, c, t.model.Collection)
}

// rebuild writes the table anew, with the columns that it should have, in their order.
func (t *table) rebuild(ctx context.Context, c *conn) error {
	const fresh = "_fresh"
	for _, sql := range []string{
		t.create(fresh),
		"INSERT INTO " + fresh + " SELECT id, _version" + t.extract("_doc") + ", _doc FROM " + t.name + " ORDER BY _rowid_",
		"DROP TABLE " + t.name,
		"ALTER TABLE " + fresh + " RENAME TO " + t.name,
	} {
		if _, err := c.exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// fill gives documents that lack a property that has become required its default.
func (t *table) fill(ctx context.Context, c *conn, was *contract) error {
	for _, p := range t.model.Properties {
		if !p.Required || was.Properties[p.Name] || p.Default == nil {
			continue
		}
		q := new(query)
		q.update(t, []store.Change{{Name: p.Name, JSON: p.Default}})
		q.add(" WHERE json_type(_doc, ", path(p.Name), ") IS NULL")
		if q.err != nil {
			return q.err
		}
		_, err := c.exec(ctx, q.String(), q.args...)
		if _, dup := taken(err); dup {
			return t.problem(err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
