package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// index creates the indexes of the model. It drops indexes that the model does not have only if the migration prunes, because older
// programs may need them, and only those whose names begin with the collection's. A unique index also serves as one that is not unique.
func (t *table) index(ctx context.Context, m *migration) (refused []string, err error) {
	have, err := t.indexes(ctx, m.conn)
	if err != nil {
		return nil, err
	}
	want := map[string]string{}
	for _, ix := range t.model.Indexes {
		sql := t.createIndex(ix)
		if now := have[ix.Name]; !m.prune && !ix.Unique && now == t.createIndex(store.Index{Name: ix.Name, Keys: ix.Keys, Unique: true}) {
			sql = now
		}
		want[ix.Name] = sql
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if want[name] == have[name] || !strings.HasPrefix(name, t.model.Collection+"_") || want[name] == "" && !m.prune {
			continue
		}
		m.did(t, "drop the index %q", name)
		if _, err := m.exec(ctx, "DROP INDEX "+quote(name)); err != nil {
			return nil, err
		}
	}
	for _, ix := range t.model.Indexes {
		if have[ix.Name] == want[ix.Name] {
			continue
		}
		m.did(t, "create the index %q", ix.Name)
		_, err := m.exec(ctx, want[ix.Name])
		_, dup := taken(err)
		switch {
		case err == nil:
		case dup:
			refused = append(refused, t.duplicates(ix))
		// index names are unique in the whole file: a table or an index of another table has this one
		case fault.KindOf(problem(err)) == fault.Internal:
			refused = append(refused, fmt.Sprintf("%s: the index %q cannot be created, because another index conflicts with it: %v. Drop "+
				"or rename that index, or remove this one from the contract.",
				t.model.Schema.Name(), ix.Name, err))
		default:
			return nil, err
		}
	}
	return refused, nil
}

// restore creates indexes again after the table was rewritten, except those of columns that it no longer has.
func (t *table) restore(ctx context.Context, m *migration, have map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if _, err := m.exec(ctx, have[name]); err != nil {
			if fault.KindOf(problem(err)) != fault.Internal {
				return err
			}
			m.did(t, "drop the index %q", name)
		}
	}
	return nil
}

// indexes returns the statements of the table's indexes, by index name.
func (t *table) indexes(ctx context.Context, c *conn) (map[string]string, error) {
	have := map[string]string{}
	err := c.query(ctx, "SELECT name, sql FROM sqlite_schema WHERE type='index' AND sql IS NOT NULL AND tbl_name=?",
		[]any{t.model.Collection},
		func(v []driver.Value) error {
			have[fmt.Sprint(v[0])] = fmt.Sprint(v[1])
			return nil
		})
	return have, err
}

// createIndex returns the statement that creates an index, as SQLite stores it. An index ends in id, as every order does. A unique index
// must not, and omits the documents that it does not apply to.
func (t *table) createIndex(ix store.Index) string {
	q := new(query)
	if ix.Unique {
		q.add("CREATE UNIQUE INDEX ", quote(ix.Name), " ON ", t.name, "(")
		q.keys(t, ix.Keys, false)
		q.add(") WHERE ", t.byName[ix.Keys[0].Property.Name].value, " IS NOT NULL")
	} else {
		q.add("CREATE INDEX ", quote(ix.Name), " ON ", t.name, "(")
		q.keys(t, ix.Keys, true)
		q.add(")")
	}
	return q.String()
}

func (t *table) duplicates(ix store.Index) string {
	return fmt.Sprintf("%s: the index %q cannot be unique, because documents share a value of %q. Change the values, or remove "+
		"unique from the index.",
		t.model.Schema.Name(), ix.Name, ix.Keys[0].Property.Name)
}
