package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A collection with a quota has triggers that update the usage of each owner in the table _usage within each write, and undo a statement
// that exceeds an owner's quota. Writes that reduce the usage are never rejected.

const usageTable = "CREATE TABLE IF NOT EXISTS _usage (collection TEXT NOT NULL, owner TEXT NOT NULL, documents INTEGER NOT NULL, " +
	"bytes INTEGER NOT NULL, PRIMARY KEY (collection, owner)) STRICT, WITHOUT ROWID"

// triggers returns the statements that create the quota's triggers, by trigger name, or none if there is no quota.
func (t *table) triggers() map[string]string {
	q := t.model.Quota
	if q == nil {
		return nil
	}
	owner := t.byName[t.model.Owner.Name].value
	collection := "'" + t.model.Collection + "'" // names have no quotes
	of := func(row string) string {
		return " WHERE collection = " + collection + " AND owner = " + row + "." + owner
	}
	var beyond []string
	if q.Documents > 0 {
		beyond = append(beyond, fmt.Sprintf("documents > %d", q.Documents))
	}
	bytes := "0"
	if q.Bytes > 0 {
		bytes = fmt.Sprintf("bytes > %d", q.Bytes)
		beyond = append(beyond, bytes)
	}
	all := map[string]string{}
	trigger := func(name, when, body string) {
		name = "_usage_" + t.model.Collection + "_" + name
		all[name] = "CREATE TRIGGER " + quote(name) + " AFTER " + when + " BEGIN " + body + " END"
	}
	trigger("insert", "INSERT ON "+t.name+" WHEN NEW."+owner+" IS NOT NULL",
		"INSERT INTO _usage VALUES ("+collection+", NEW."+owner+", 1, octet_length(NEW._doc)) "+
			"ON CONFLICT DO UPDATE SET documents = documents + 1, bytes = bytes + excluded.bytes; "+
			"SELECT RAISE(ABORT, 'quota') FROM _usage"+of("NEW")+" AND ("+strings.Join(beyond, " OR ")+");")
	trigger("update", "UPDATE OF _doc ON "+t.name+" WHEN octet_length(NEW._doc) <> octet_length(OLD._doc)",
		"UPDATE _usage SET bytes = bytes + octet_length(NEW._doc) - octet_length(OLD._doc)"+of("NEW")+"; "+
			"SELECT RAISE(ABORT, 'quota') FROM _usage"+of("NEW")+" AND "+bytes+" AND octet_length(NEW._doc) > octet_length(OLD._doc);")
	trigger("delete", "DELETE ON "+t.name,
		"UPDATE _usage SET documents = documents - 1, bytes = bytes - octet_length(OLD._doc)"+of("OLD")+"; "+
			"DELETE FROM _usage"+of("OLD")+" AND documents < 1;")
	return all
}

// limit creates the quota's triggers and, if they are new, counts the stored documents.
func (t *table) limit(ctx context.Context, m *migration) error {
	wanted := t.triggers()
	have, err := t.limited(ctx, m.conn)
	if err != nil || maps.Equal(have, wanted) {
		return err
	}
	if err := t.unlimit(ctx, m.conn); err != nil {
		return err
	}
	if len(wanted) == 0 {
		m.did(t, "drop the quota")
		return nil
	}
	m.did(t, "count what each %s stores, for the quota", t.model.Owner.Name)
	owner := t.byName[t.model.Owner.Name].value
	statements := []string{usageTable, "INSERT INTO _usage SELECT '" + t.model.Collection + "', " + owner + ", count(*), " +
		"sum(octet_length(_doc)) FROM " + t.name + " WHERE " + owner + " IS NOT NULL GROUP BY " + owner}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		statements = append(statements, wanted[name])
	}
	for _, sql := range statements {
		if _, err := m.exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// unlimit drops the quota's triggers and counts, if there are any.
func (t *table) unlimit(ctx context.Context, c *conn) error {
	have, err := t.limited(ctx, c)
	if err != nil {
		return err
	}
	for name := range have {
		if _, err := c.exec(ctx, "DROP TRIGGER "+quote(name)); err != nil {
			return err
		}
	}
	there, err := c.one(ctx, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '_usage'")
	if err != nil || there == nil {
		return err
	}
	_, err = c.exec(ctx, "DELETE FROM _usage WHERE collection = ?", t.model.Collection)
	return err
}

// limited returns the existing triggers of the quota.
func (t *table) limited(ctx context.Context, c *conn) (map[string]string, error) {
	var have map[string]string
	err := c.query(ctx, "SELECT name, sql FROM sqlite_schema "+
		`WHERE type = 'trigger' AND tbl_name = ? AND name LIKE '\_usage\_%' ESCAPE '\'`, []any{t.model.Collection},
		func(v []driver.Value) error {
			if have == nil {
				have = map[string]string{}
			}
			name, _ := v[0].(string)
			have[name], _ = v[1].(string)
			return nil
		})
	return have, err
}
