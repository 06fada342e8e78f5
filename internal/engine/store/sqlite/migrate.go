package sqlite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Migrate implements store.Backend. It runs in one transaction; its Conflict lists all rejected changes, one per line.
//
// A collection that is not among the models is not changed. Columns and indexes that the models do not have are kept, because another
// program may need them; see Prune. These changes are rejected: requiring a property without a default that documents lack, a type that
// stored values do not fit, and a unique index over duplicate values.
func (db *DB) Migrate(ctx context.Context, models []*store.Model) error {
	tables, err := store.Compile(models, compile)
	if err != nil {
		return err
	}
	if _, err := db.migrate(ctx, tables, true, false); err != nil {
		return err
	}
	db.tables.Publish(models, tables)
	return nil
}

// Prune implements store.Backend. Like Migrate, it is one transaction.
func (db *DB) Prune(ctx context.Context, models []*store.Model, dry bool) ([]string, error) {
	tables, err := store.Compile(models, compile)
	if err != nil {
		return nil, err
	}
	steps, err := db.migrate(ctx, tables, !dry, true)
	if err == nil && !dry {
		db.tables.Publish(models, tables)
	}
	return steps, err
}

// Plan implements store.Backend. It does what Migrate would do and rolls it back, so it may take as long.
func (db *DB) Plan(ctx context.Context, models []*store.Model) ([]string, error) {
	tables, err := store.Compile(models, compile)
	if err != nil {
		return nil, err
	}
	return db.migrate(ctx, tables, false, false)
}

// migrate makes the tables fit in one transaction, which it rolls back unless keep is set, and returns its steps.
func (db *DB) migrate(ctx context.Context, tables []*table, keep, prune bool) (steps []string, err error) {
	err = db.submit(ctx, func(c *conn) error {
		c.changed.all = true
		if _, err := c.exec(ctx, "SAVEPOINT migration"); err != nil {
			return err
		}
		m := &migration{conn: c, ctx: ctx, prune: prune}
		err := m.run(ctx, tables)
		steps = m.steps
		if err != nil || !keep {
			if _, undo := c.exec(ctx, "ROLLBACK TO migration"); undo != nil {
				return errors.Join(undo, err)
			}
		}
		_, end := c.exec(ctx, "RELEASE migration")
		return errors.Join(err, end)
	})
	if err != nil {
		return nil, problem(err)
	}
	db.counts.forget()
	return steps, nil
}

// migration is the connection of a migration and the steps that it has done.
type migration struct {
	*conn
	ctx   context.Context // of the whole migration
	prune bool            // drop what the models do not have
	steps []string
}

// did adds a step. The text of a step begins with the collection.
func (m *migration) did(t *table, format string, args ...any) {
	step := t.model.Collection + ": " + fmt.Sprintf(format, args...)
	m.steps = append(m.steps, step)
	store.Progress(m.ctx, step)
}

func (m *migration) run(ctx context.Context, tables []*table) error {
	_, err := m.exec(ctx, "CREATE TABLE IF NOT EXISTS _contract (collection TEXT NOT NULL PRIMARY KEY, declared TEXT NOT NULL) STRICT")
	if err != nil {
		return err
	}
	var refused []string
	for _, t := range tables {
		list, err := t.migrate(ctx, m)
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

// migrate makes one table fit, and returns the changes that it rejects.
func (t *table) migrate(ctx context.Context, m *migration) (refused []string, err error) {
	before := len(m.steps)
	was, err := recall(ctx, m.conn, t.model.Collection)
	if err == nil && was != nil && !m.prune {
		t.adopt(was)
	}
	now := t.declared()
	switch {
	case err != nil:
		return nil, err
	case was == nil:
		m.did(t, "create the table")
		_, err = m.exec(ctx, t.create(t.name))
	default:
		if refused, err = t.refuse(ctx, m.conn, was, now); err != nil || len(refused) > 0 {
			return refused, err
		}
		if !maps.Equal(was.Columns, now.Columns) {
			err = t.rebuild(ctx, m, was, now)
		}
		rewritten := !maps.Equal(was.Properties, now.Properties) || !maps.Equal(was.Columns, now.Columns) || !maps.Equal(was.Was, now.Was)
		if err == nil && rewritten {
			err = t.unlimit(ctx, m.conn) // defaults that fill adds do not count against quotas
		}
		if err == nil {
			err = t.convert(ctx, m, was)
		}
		if err == nil {
			err = t.rename(ctx, m, was)
		}
		if err == nil {
			err = t.fill(ctx, m, was)
		}
		if err == nil && m.prune {
			err = t.remove(ctx, m)
		}
	}
	if err != nil {
		return nil, err
	}
	if refused, err = t.index(ctx, m); err != nil {
		return nil, err
	}
	if err := t.limit(ctx, m); err != nil {
		return nil, err
	}
	changed, err := now.remember(ctx, m.conn, t.model.Collection)
	if changed && len(m.steps) == before {
		m.did(t, "record which properties the contract has and requires")
	}
	return refused, err
}

// rebuild rewrites the table with the columns of the model, in their order.
func (t *table) rebuild(ctx context.Context, m *migration, was, now *contract) error {
	for _, name := range slices.Sorted(maps.Keys(was.Columns)) {
		if now.Columns[name] == "" {
			m.did(t, "drop the column %q", name)
		}
	}
	for _, c := range t.columns {
		switch old := was.Columns[c.Name]; old {
		case c.Kind():
		case "":
			m.did(t, "add the column %q (%s)", c.Name, c.Kind())
		default:
			m.did(t, "change the column %q from %s to %s", c.Name, old, c.Kind())
		}
	}
	indexes, err := t.indexes(ctx, m.conn)
	if err != nil {
		return err
	}
	const fresh = "_fresh"
	for _, sql := range []string{
		t.create(fresh),
		"INSERT INTO " + fresh + t.into() + " SELECT id, _version" + t.extract("_doc") + ", _doc FROM " + t.name + " ORDER BY _rowid_",
		"DROP TABLE " + t.name,
		"ALTER TABLE " + fresh + " RENAME TO " + t.name,
	} {
		if _, err := m.exec(ctx, sql); err != nil {
			return err
		}
	}
	return t.restore(ctx, m, indexes)
}

// rename copies the values of former names that a program without x-was has written. The last program that used the table had the contract
// was.
func (t *table) rename(ctx context.Context, m *migration, was *contract) error {
	for _, p := range t.model.Properties {
		if p.Was == "" || was.Was[p.Name] == p.Was {
			continue
		}
		q := new(query).add("UPDATE ", t.name, " SET _version = _version + 1, _doc = json_set(_doc, ", path(p.Name), ", json(_doc -> ",
			path(p.Was), "))")
		for _, c := range t.own() {
			if c.Path[0] == p.Name {
				q.add(", ", c.value, " = _doc ->> ", path(append([]string{p.Was}, c.Path[1:]...)...))
			}
		}
		q.add(" WHERE json_type(_doc, ", path(p.Was), ") IS NOT NULL AND (_doc -> ", path(p.Was), ") IS NOT (_doc -> ", path(p.Name), ")")
		n, err := m.exec(ctx, q.String(), q.args...)
		if _, dup := taken(err); dup {
			return t.problem(err)
		}
		if err != nil {
			return err
		}
		if n > 0 {
			m.did(t, "copy %q to %q in documents of older programs: %d", p.Was, p.Name, n)
		}
	}
	return nil
}

// remove deletes the values of former properties.
func (t *table) remove(ctx context.Context, m *migration) error {
	for _, name := range t.model.Removed {
		n, err := m.exec(ctx, "UPDATE "+t.name+" SET _doc = json_remove(_doc, "+path(name)+") WHERE json_type(_doc, "+path(name)+
			") IS NOT NULL")
		if err != nil {
			return err
		}
		if n > 0 {
			m.did(t, "delete %q from documents: %d", name, n)
		}
	}
	return nil
}

// fill sets the default of a property that has become required in the documents that lack it.
func (t *table) fill(ctx context.Context, m *migration, was *contract) error {
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
		n, err := m.exec(ctx, q.String(), q.args...)
		if _, dup := taken(err); dup {
			return t.problem(err)
		}
		if err != nil {
			return err
		}
		if n > 0 {
			m.did(t, "give %q its default in documents that lack it: %d", p.Name, n)
		}
	}
	return nil
}
