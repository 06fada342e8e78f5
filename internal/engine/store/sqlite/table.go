package sqlite

import (
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// table is a model as SQL. A table has the columns id, one for each scalar that a filter can name, _version and,
// last, so that a scan of columns does not read it, _doc, the document. Ours begin with an
// underscore, which no property does. A table is immutable.
type table struct {
	model   *store.Model
	name    string    // quoted
	columns []*column // id first
	byName  map[string]*column

	properties map[string]bool // the top-level names that a document can have

	get, insert string // statements that do not depend on a request
}

// column is a property that SQL can name: a scalar in a column of its own, or an array, which stays in the document.
type column struct {
	*filter.Property
	column string // its column's name; empty for an array
	value  string // the SQL of its value; for an array, of its JSON text
	path   string // the SQL of its place in the document: '$."address"."city"'
}

// compile makes the table of a model that store.Compile accepts.
func compile(m *store.Model) *table {
	t := &table{model: m, name: quote(m.Collection), byName: map[string]*column{}, properties: map[string]bool{}}
	for _, p := range m.Properties {
		t.properties[p.Name] = true
	}
	for _, p := range m.Named() {
		c := &column{Property: p, path: path(p.Path...)}
		if p.Array {
			c.value = "(_doc ->> " + c.path + ")"
		} else {
			c.column = strings.Join(p.Path, "__")
			c.value = quote(c.column)
		}
		t.columns = append(t.columns, c)
		t.byName[p.Name] = c
	}
	t.get = "SELECT id, _version, CAST(_doc AS BLOB) FROM " + t.name + " WHERE id=?"
	t.insert = "INSERT INTO " + t.name + " VALUES (?1, ?2" + t.extract("?3") + ", ?3)"
	return t
}

// extract is the list of the values that columns take from a document, given as SQL.
func (t *table) extract(doc string) string {
	q := new(query)
	for _, c := range t.own() {
		q.add(", ", doc, " ->> ", c.path)
	}
	return q.String()
}

// create is the statement that makes the table under any name, quoted.
func (t *table) create(name string) string {
	q := new(query).add("CREATE TABLE ", name, "(id TEXT NOT NULL PRIMARY KEY, _version INTEGER NOT NULL")
	for _, c := range t.own() {
		q.add(", ", c.value, " ", c.sqlType())
	}
	return q.add(", _doc TEXT NOT NULL) STRICT").String()
}

// own returns the properties that have a column, but id.
func (t *table) own() []*column {
	return slices.DeleteFunc(slices.Clone(t.columns), func(c *column) bool { return c.Array || c.column == "id" })
}

// sqlType is the type of the column in a STRICT table. ANY keeps integers and
// fractions as they are; REAL would lose integers above 2^53.
func (c *column) sqlType() string {
	switch c.Type {
	case filter.Integer, filter.Boolean:
		return "INTEGER"
	case filter.Number:
		return "ANY"
	default:
		return "TEXT"
	}
}
